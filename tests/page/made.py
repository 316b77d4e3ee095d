"""Reviews of synthetic people, and videos whose pictures show their own number, for tests of the page."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from formcheck.pose.skeleton import no_pose
from formcheck.profile import Profile
from formcheck.report.page import Section
from formcheck.review import Options, Review, analyse
from formcheck.video.writer import VideoWriter
from tests.exercises.watched import HALF, filmed
from tests.synthetic import Camera, Tempo
from tests.test_review import recording_of

BITS = 10
BAR_PX = 24
SIZE = (BITS * BAR_PX, 96)
RATE_HZ = 25.0
LOST_S = (0.4, 0.7)
"""Nobody is seen for this long, so there is a gap in the traces."""


@cache
def reviewed(
    exercise: str = "squat",
    amplitudes: Sequence[float] = (1.0, 0.6, 1.0, HALF),
    view_deg: float = 0.0,
) -> Review:
    """Return the review of somebody who is quick on the way down, and once goes less deep."""
    return judged_by(None, exercise, amplitudes, view_deg)


def judged_by(
    profile: Profile | None,
    exercise: str = "squat",
    amplitudes: Sequence[float] = (1.0, 0.6, 1.0, HALF),
    view_deg: float = 0.0,
) -> Review:
    """Return such a review, judged by another profile."""
    clip = filmed(
        exercise, amplitudes, rate_hz=RATE_HZ, tempo=Tempo(0.62, 0.4, 1.0, 0.6), **_camera(view_deg)
    )
    poses = [
        no_pose(pose.time_s, pose.frame_size) if LOST_S[0] <= pose.time_s < LOST_S[1] else pose
        for pose in clip.poses
    ]
    options = Options(exercise=exercise, profile=profile).completed_by({})
    return analyse(recording_of(poses, **options.record()), options)


def _camera(view_deg: float) -> dict[str, Any]:
    return {"camera": Camera(azimuth_deg=view_deg)} if view_deg else {}


def section(review: Review, title: str = "clip.mp4", **more: Any) -> Section:
    return Section(review, title, **more)


def renamed(review: Review, path: str, **source: Any) -> Review:
    """Return the review as that of another recording."""
    changed = replace(review.summary.source, path=path, **source)
    return replace(review, summary=replace(review.summary, source=changed))


def numbered_video(path: Path, times_s: Iterable[float]) -> Path:
    """Write a video whose pictures show their number as black and white bars."""
    with VideoWriter(path, SIZE) as writer:
        for number, time_s in enumerate(times_s):
            writer.write(numbered_picture(number), time_s)
    return path


def numbered_picture(number: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    bits = [255 if number >> place & 1 else 0 for place in range(BITS)]
    row = np.repeat(np.array(bits, np.uint8), BAR_PX)
    return np.ascontiguousarray(np.broadcast_to(row[np.newaxis, :, np.newaxis], (SIZE[1], SIZE[0], 3)))


def number_shown(png: bytes) -> int:
    """Return the number that a screenshot of the video shows."""
    grey = np.asarray(Image.open(io.BytesIO(png)).convert("L"), dtype=np.float64)
    row = grey[grey.shape[0] // 2 - 4 : grey.shape[0] // 2 + 4].mean(axis=0)
    middles = [round((place + 0.5) * len(row) / BITS) for place in range(BITS)]
    return sum(1 << place for place, middle in enumerate(middles) if row[middle] > 128)


@dataclass(frozen=True)
class Decided:
    """Decisions as `formcheck.report.decisions` reads them."""

    document: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return self.document


@dataclass(frozen=True)
class Merged:
    exercise: str
    code: str
    verdict: str
    present: int
    judged: int
    sections: Sequence[int]
    reason: str | None = None
    each: Sequence[Any] = ()


@dataclass(frozen=True)
class Changed:
    exercise: str
    label: str
    unit: str
    before: float
    after: float
    error: float | None
    meaningful: bool
    sections: tuple[int, int]
    open_ended: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Together:
    merged: Sequence[Merged] = ()
    changes: Sequence[Changed] = ()
    notes: Sequence[str] = ()
