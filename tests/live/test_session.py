"""A whole session from a recording played as a camera: what review finds, live finds."""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path

import pytest

import formcheck
from formcheck.analyser import Analyser
from formcheck.live.coach import Stage
from formcheck.live.session import Session, Setup
from formcheck.live.speech import Speech
from formcheck.pose.blazepose import BlazePoseEstimator
from formcheck.pose.models import load_model
from formcheck.pose.skeleton import no_pose
from formcheck.review import wanted_posture
from formcheck.video.cameras import Capture, open_camera
from tests.clips import SAMPLES, first_seconds

SEEDS = range(int(os.environ.get("FORMCHECK_DROP_SEEDS", "1")))
"""How often each sample loses half its pictures; ten take a quarter of an hour."""
KEPT = 0.5


class Halved:
    """A recording of which every picture is lost or not, by chance."""

    recorded = True

    def __init__(self, source, seed: int) -> None:
        self._source, self._random = source, random.Random(seed)
        self.all = self.kept = 0

    def read(self):
        while True:
            image, time_s = self._source.read()
            self.all += 1
            if image is None or self._random.random() < KEPT:
                self.kept += 1
                return image, time_s

    def reopen(self) -> bool:
        return False

    def close(self) -> None:
        self._source.close()


def played(path: Path, exercise: str, posture: str, *, coaching: bool = False, seed=None, **capture: bool):
    """Play a recording as a camera into a session without window or voice; a seed loses half the pictures."""
    camera = open_camera(str(path))
    source = camera.source if seed is None else Halved(camera.source, seed)
    speech = Speech.recording(time.perf_counter)
    setup = Setup(exercise, coaching=coaching, questions=False)
    with (
        BlazePoseEstimator(load_model("full"), posture) as estimator,
        Capture(source, **capture) as eye,
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


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", sorted(path.stem for path in SAMPLES.glob("*.json")))
def test_with_half_the_pictures_lost_the_count_is_the_same(name, seed):
    """The pose model sees only what is left; with all pictures review finds the truth (docs/accuracy.md)."""
    truth = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    exercise = {"march": "seated_march"}.get(truth["meta"]["exercise"], truth["meta"]["exercise"])
    outcome, _ = played(
        SAMPLES / f"{name}.mp4", exercise, wanted_posture(exercise), seed=seed, every_frame=True, pace=False
    )
    whole = truth["frames"]
    assert 0.4 * whole < outcome.timing.analysed < 0.6 * whole
    assert outcome.summary.reps.complete == len(truth["reps"])


def test_without_a_window_nothing_is_asked_that_keys_would_have_to_answer():
    for window, stage in ((None, Stage.SHOW), (object(), Stage.SOUND)):
        session = Session(Setup("squat"), None, Speech.recording(time.perf_counter), window=window)
        session._coach.step(Analyser("squat").step(no_pose(0.0, (640, 480))))
        assert session._coach.stage is stage
