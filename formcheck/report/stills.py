"""Small pictures: the peak of each repetition, close up, and one frame that stands for the recording."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from formcheck.pose.skeleton import Pose, Side
from formcheck.report.body import draw_body, of_side
from formcheck.report.labels import joint_labels
from formcheck.report.overlay import fitted
from formcheck.report.page.thumbnail import LONGEST_PX, thumbnail
from formcheck.report.panel import Picture
from formcheck.results import Rep, Snapshot, Summary

LINE_PX = 2.5
"""Width of the body's lines in the small picture."""
_AROUND = 0.22
"""What is shown around the body, as a share of its larger side."""
_LEAST = 0.3
"""At least this share of the picture is shown, each way."""
POSTER_PX = 800
NEAR_PEAK_S = 0.3
"""A picture of a repetition may be taken so far from its peak, where the body is not believable there."""
SEEN = 0.5
EDGE_SHARE = 0.02
"""So far inside the picture, as a share of its smaller side, a body that is believed lies; judgement [D]."""
SMALLEST_SHARE = 0.3
"""From shoulder to ankle it spans at least this share of the picture's smaller side; judgement [D]."""
_WHOLE = ("SHOULDER", "HIP", "KNEE", "ANKLE")


class PeakWatch:
    """Keeps the snapshots that pictures are made of: of each repetition, and one for the whole recording.

    Parameters
    ----------
    summary : Summary

    Attributes
    ----------
    shots : dict[int, Snapshot]
        By repetition index: where it is furthest, or close to that if the body is not believable there; of
        repetitions that begin within each other each has its own.
    """

    def __init__(self, summary: Summary) -> None:
        self.shots: dict[int, Snapshot] = {}
        self._reps = sorted(summary.rep_list, key=lambda rep: rep.peak_s)
        self._best: tuple[float, Snapshot] | None = None

    def watch(self, snapshots: Iterable[Snapshot]) -> Iterator[Snapshot]:
        """Yield every snapshot, having kept what is needed."""
        for snapshot in snapshots:
            sure = believable(snapshot)
            now = snapshot.time_s
            for rep in self._reps:
                if rep.peak_s - NEAR_PEAK_S <= now <= rep.peak_s + NEAR_PEAK_S:
                    self._keep(rep, snapshot, sure)
            if sure > 0.0:
                self._choose(snapshot, sure)
            yield snapshot

    @property
    def poster(self) -> Snapshot | None:
        """The frame to stand for the recording, None where no body was believable in it."""
        return None if self._best is None else self._best[1]

    def _keep(self, rep: Rep, snapshot: Snapshot, sure: float) -> None:
        kept = self.shots.get(rep.index)
        if kept is None or _rank(rep, snapshot, sure) < _rank(rep, kept, believable(kept)):
            self.shots[rep.index] = snapshot

    def _choose(self, snapshot: Snapshot, sure: float) -> None:
        """Prefer a frame within a repetition that counts, then the surest, then the first."""
        now = snapshot.time_s
        counted = any(rep.complete and rep.start_s <= now <= rep.end_s for rep in self._reps)
        worth = sure + counted
        if self._best is None or worth > self._best[0] + 1e-9:
            self._best = worth, snapshot


def _rank(rep: Rep, snapshot: Snapshot, sure: float) -> tuple[bool, float]:
    return sure == 0.0, abs(snapshot.time_s - rep.peak_s)


def believable(snapshot: Snapshot) -> float:
    """Return how well a whole body is seen in a frame, 0 to 1; 0 where it is not to be believed.

    Shoulder, hip, knee and ankle of one side are needed, inside the picture, and large enough to be a body.
    """
    pose = snapshot.pose
    width, height = pose.frame_size
    if not snapshot.valid or min(width, height) <= 0:
        return 0.0
    return max(_side_seen(pose, side, width, height) for side in Side)


def _side_seen(pose: Pose, side: Side, width: int, height: int) -> float:
    parts = [of_side(side, name) for name in _WHOLE]
    points = pose.image_px[parts]
    if not np.isfinite(points).all():
        return 0.0
    edge = EDGE_SHARE * min(width, height)
    inside = (points >= edge).all() and (points <= np.array((width, height)) - edge).all()
    large = float(np.ptp(points, axis=0).max()) >= SMALLEST_SHARE * min(width, height)
    seen = float(np.nanmin(np.append(pose.visibility[parts], 1.0)))
    return seen if inside and large and seen >= SEEN else 0.0


def still(image: Picture, snapshot: Snapshot) -> bytes:
    """Return the small picture of a frame, as JPEG.

    Parameters
    ----------
    image : Picture, shape (height, width, 3)
        RGB, what may be shown of the frame; left as it is.
    snapshot : Snapshot
        Of this frame.
    """
    height, width = image.shape[:2]
    pose = fitted(snapshot.pose, width, height)
    left, top, right, bottom = close_up(pose.image_px, width, height)
    line = max(1, round(LINE_PX * max(right - left, bottom - top) / LONGEST_PX))
    drawn = np.array(image)
    bends = [label.bend for label in joint_labels(snapshot) if label.measured]
    draw_body(drawn, pose, snapshot.camera_side, line, bends)
    return thumbnail(np.ascontiguousarray(drawn[top:bottom, left:right]))


def poster(image: Picture, snapshot: Snapshot | None = None) -> bytes:
    """Return the picture that stands for a recording, as JPEG; with a snapshot its body is drawn on it."""
    if snapshot is None:
        return thumbnail(np.ascontiguousarray(image), POSTER_PX)
    drawn = np.array(image)
    height, width = drawn.shape[:2]
    line = max(1, round(LINE_PX * max(width, height) / POSTER_PX))
    draw_body(drawn, fitted(snapshot.pose, width, height), snapshot.camera_side, line)
    return thumbnail(drawn, POSTER_PX)


def close_up(points: np.ndarray, width: int, height: int) -> tuple[int, int, int, int]:
    """Return the part of a picture around a body as (left, top, right, bottom); all of it without one."""
    known = points[np.isfinite(points).all(axis=1)]
    if not len(known):
        return 0, 0, width, height
    low, high = known.min(axis=0), known.max(axis=0)
    around = _AROUND * float((high - low).max())
    size = np.minimum(np.maximum(high - low + 2 * around, _LEAST * max(width, height)), (width, height))
    start = np.clip((low + high - size) / 2, 0, (width, height) - size)
    left, top = (int(value) for value in start)
    return left, top, max(left + 1, int(left + size[0])), max(top + 1, int(top + size[1]))
