"""A person made by hand: poses, snapshots and a review, without any video or pose model."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from formcheck.pose.recorded import Recording
from formcheck.pose.sighting import Candidate, Sighting
from formcheck.pose.skeleton import Landmark, Pose, Side
from formcheck.report.summary_json import summary_from_dict
from formcheck.results import Event, FrameAngles, Phase, Posture, Snapshot, Summary, View, ViewLabel

SUMMARY_FILE = Path(__file__).with_name("squat.json")

BODY = {
    "EAR": (0.52, 0.18),
    "SHOULDER": (0.48, 0.30),
    "ELBOW": (0.58, 0.36),
    "WRIST": (0.68, 0.34),
    "HIP": (0.40, 0.58),
    "KNEE": (0.55, 0.66),
    "ANKLE": (0.48, 0.86),
    "HEEL": (0.46, 0.90),
    "FOOT_INDEX": (0.55, 0.90),
}


def example_summary() -> Summary:
    return summary_from_dict(json.loads(SUMMARY_FILE.read_text(encoding="utf-8")))


def squatting(
    width: int = 640, height: int = 480, time_s: float = 0.0, hidden: tuple[Landmark, ...] = ()
) -> Pose:
    """A person in a squat, seen from the right; the left side a little further back."""
    image = np.full((33, 2), np.nan)
    image[Landmark.NOSE] = (0.56 * width, 0.19 * height)
    for name, (x, y) in BODY.items():
        image[Landmark[f"RIGHT_{name}"]] = (x * width, y * height)
        image[Landmark[f"LEFT_{name}"]] = ((x + 0.02) * width, (y - 0.02) * height)
    image[list(hidden)] = np.nan
    return Pose(time_s, image, np.zeros((33, 3)), np.ones(33), (width, height))


def snapshot(pose: Pose | None = None, **changes: object) -> Snapshot:
    angles = FrameAngles(80.4, 92.4, 99.0, 101.0, 35.0)
    first = Snapshot(
        frame=0,
        time_s=0.0,
        pose=squatting() if pose is None else pose,
        valid=True,
        reason=None,
        posture=Posture.STANDING,
        view=View(ViewLabel.SIDE, 8.0, None, True, None),
        camera_side=Side.RIGHT,
        angles=angles,
        signal=92.4,
        phase=Phase.OUTBOUND,
        working_side=None,
        exercise="squat",
        complete=3,
    )
    return replace(first, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class FakeReview:
    """What `formcheck.review` returns, made of a summary and a number of frames."""

    summary: Summary
    frames: int = 40
    interrupted: bool = False
    turn_deg: int | None = None

    @property
    def events(self) -> tuple[Event, ...]:
        return (
            Event(0.5, "rep_completed", (("rep", 1), ("peak", math.nan), ("side", None))),
            Event(1.0, "tracking_lost", (("reason", "Füße nicht im Bild"),)),
        )

    @property
    def recording(self) -> Recording:
        points = np.zeros((33, 2), np.float32)
        one = Candidate(
            points, np.zeros((33, 3), np.float32), np.ones(33, np.float32), np.ones(33, np.float32)
        )
        sightings = [Sighting(i / 30, (64, 48), (one,), 0, False, 0.5, 1) for i in range(self.frames)]
        return Recording(self.summary.source, self.summary.software, sightings=sightings)

    def snapshots(self) -> Iterator[Snapshot]:
        for i in range(self.frames):
            yield snapshot(squatting(64, 48, i / 30), frame=i, time_s=i / 30)
