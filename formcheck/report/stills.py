"""Small pictures of the peak of each repetition: the body drawn on it, nothing else, close up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from formcheck.report.body import draw_body
from formcheck.report.labels import joint_labels
from formcheck.report.overlay import fitted
from formcheck.report.page.thumbnail import LONGEST_PX, thumbnail
from formcheck.report.panel import Picture
from formcheck.results import Snapshot, Summary

LINE_PX = 2.5
"""Width of the body's lines in the small picture."""
_AROUND = 0.22
"""What is shown around the body, as a share of its larger side."""
_LEAST = 0.3
"""At least this share of the picture is shown, each way."""


class PeakWatch:
    """Keeps the snapshot at the peak of each repetition.

    Parameters
    ----------
    summary : Summary

    Attributes
    ----------
    shots : dict[int, Snapshot]
        By repetition index; of repetitions that begin within each other each has its own.
    """

    def __init__(self, summary: Summary) -> None:
        self.shots: dict[int, Snapshot] = {}
        self._peaks = sorted((rep.peak_s, rep.index) for rep in summary.rep_list)

    def watch(self, snapshots: Iterable[Snapshot]) -> Iterator[Snapshot]:
        """Yield every snapshot, having kept what is needed."""
        for snapshot in snapshots:
            while self._peaks and self._peaks[0][0] <= snapshot.time_s + 1e-6:
                self.shots[self._peaks.pop(0)[1]] = snapshot
            yield snapshot


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
