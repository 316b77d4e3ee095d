"""A whole session from a recording played as a camera: what review finds, live finds."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import formcheck
from formcheck.live.session import Session, Setup
from formcheck.live.speech import Speech
from formcheck.pose.blazepose import BlazePoseEstimator
from formcheck.pose.models import load_model
from formcheck.video.cameras import Capture, open_camera
from tests.clips import SAMPLES, first_seconds


def played(path: Path, exercise: str, posture: str, *, coaching: bool = False, **capture: bool):
    """Play a recording as a camera into a session without window or voice."""
    camera = open_camera(str(path))
    speech = Speech.recording(time.monotonic)
    setup = Setup(exercise, coaching=coaching, questions=False)
    with (
        BlazePoseEstimator(load_model("full"), posture) as estimator,
        Capture(camera.source, **capture) as eye,
    ):
        outcome = Session(setup, estimator, speech).run(eye)
    return outcome, speech


@pytest.mark.parametrize(
    ("name", "exercise", "posture", "seconds"),
    [("squat_side", "squat", "upright", 8.0), ("bridge_side", "bridge", "lying", 5.5)],
)
def test_without_coaching_and_drops_live_is_review(tmp_path, name, exercise, posture, seconds):
    path = first_seconds(SAMPLES / f"{name}.mp4", tmp_path / "clip.mp4", seconds)
    outcome, _ = played(path, exercise, posture, every_frame=True, pace=False)
    reviewed = formcheck.review(path, exercise=exercise)
    assert reviewed.summary.reps.complete > 0
    assert outcome.timing.dropped == 0
    assert outcome.summary.rep_list == reviewed.summary.rep_list
    assert outcome.summary.faults == reviewed.summary.faults
    happened = [event for event in outcome.events if event.event != "said"]
    assert happened == list(reviewed.events)
