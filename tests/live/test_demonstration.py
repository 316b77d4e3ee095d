"""The demonstrations: what is asked for is what is shown, without a seam, and never a reason to stop."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from formcheck.analyser import Analyser
from formcheck.exercises import EXERCISES
from formcheck.frame import Frame
from formcheck.live.acts import Kind, Say, Screen, Sound
from formcheck.live.coach import Coach, Stage
from formcheck.live.demonstration import FOLDER, Demonstration, Showing
from formcheck.live.script import WORDS
from formcheck.live.session import Session, Setup
from formcheck.live.speech import Speech
from formcheck.live.window import compose
from formcheck.pose.blazepose import BlazePoseEstimator
from formcheck.pose.models import load_model
from formcheck.pose.sighting import Sighting
from formcheck.pose.skeleton import Side
from formcheck.results import FaultVerdict, ViewLabel
from formcheck.review import wanted_posture
from formcheck.video.cameras import Capture, open_camera
from tests.clips import SAMPLES, first_seconds
from tests.live.people import Heard, moving, rep, session, waiting
from tests.media import make_video, scramble, steady, truncate

ROOT = Path(__file__).resolve().parents[2]
RATE_HZ = 15
SHAPE = (450, 800, 3)
ROUNDS = 2
NAMES = tuple(EXERCISES)


@pytest.fixture(scope="module", params=NAMES)
def shown(request) -> Demonstration:
    demonstration = Demonstration.load(request.param)
    assert demonstration is not None
    return demonstration


# The clips


@pytest.mark.parametrize("name", NAMES)
def test_a_clip_is_small(name):
    assert (FOLDER / f"{name}.mp4").stat().st_size < 150_000


def test_a_clip_goes_round_in_a_few_seconds(shown):
    assert 4.0 <= shown.duration_s <= 6.0
    first = shown.picture_at(0.0)
    assert first.shape == SHAPE
    assert first.dtype == np.uint8


def test_the_end_leads_back_to_the_beginning(shown):
    frames = round(shown.duration_s * RATE_HZ)
    rounds = [shown.picture_at(i / RATE_HZ).astype(np.int16) for i in range(frames + 1)]
    steps = [float(np.abs(after - before).mean()) for before, after in pairwise(rounds)]
    assert max(np.abs(other - rounds[0]).mean() for other in rounds) > 1.0
    assert steps[-1] <= max(steps[:-1])
    assert (rounds[0] == rounds[-1]).all()


def test_the_ground_is_light_and_the_person_stands_out(shown):
    picture = shown.picture_at(0.0).astype(float).mean(axis=2)
    assert np.median(picture) > 180
    assert np.quantile(picture, 0.02) < 80


@pytest.mark.parametrize(
    ("name", "view", "complete"),
    [
        ("squat", ViewLabel.SIDE, 1),
        ("bridge", ViewLabel.SIDE, 1),
        ("clamshell", ViewLabel.FRONT, 1),
        ("seated_march", None, 2),
    ],
)
def test_what_is_shown_is_what_is_asked_for(name, view, complete):
    """The engine counts the demonstration and finds nothing to change in it."""
    demonstration = Demonstration.load(name)
    analyser = Analyser(name)
    with BlazePoseEstimator(load_model("full"), wanted_posture(name)) as estimator:
        for index in range(round(ROUNDS * demonstration.duration_s * RATE_HZ)):
            time_s = index / RATE_HZ
            picture = demonstration.picture_at(time_s)
            analyser.step(estimator.estimate(Frame(picture, time_s, index)).pose)
    summary = analyser.finish()
    assert (summary.reps.complete, summary.reps.partial) == (ROUNDS * complete, 0)
    verdicts = {fault.code: fault.verdict for one in summary.rep_list for fault in one.faults}
    assert FaultVerdict.PRESENT not in verdicts.values()
    assert FaultVerdict.ABSENT in verdicts.values()
    if view is not None:
        assert summary.view.label is view
    if view is ViewLabel.SIDE:
        assert summary.camera_side is Side.LEFT


# Time


def test_the_same_time_gives_the_same_picture(shown):
    times_s = [0.0, 2.0, 2.01, 0.4, 3.3, 1.0]
    once = [shown.picture_at(t).copy() for t in times_s]
    again = [shown.picture_at(t + 3 * shown.duration_s).copy() for t in reversed(times_s)]
    assert all((a == b).all() for a, b in zip(once, reversed(again), strict=True))
    assert (once[1] == once[2]).all()
    assert not (once[0] == once[1]).all()


def test_a_picture_stays_until_the_next_one(tmp_path):
    numbered(tmp_path / "squat.mp4")
    demonstration = Demonstration.load("squat", folder=tmp_path)
    assert demonstration.duration_s == pytest.approx(2.0)
    for elapsed_s, number in [(0, 0), (0.05, 0), (0.1, 1), (1.99, 19), (2.0, 0), (5.35, 13), (0.25, 2)]:
        assert seen(demonstration.picture_at(elapsed_s)) == number, elapsed_s


@pytest.mark.parametrize("elapsed_s", [-3.0, float("nan"), float("inf"), float("-inf")])
def test_no_time_is_the_beginning(shown, elapsed_s):
    assert (shown.picture_at(elapsed_s) == shown.picture_at(0.0)).all()


def test_mirrored_is_from_the_other_side():
    left, right = Demonstration.load("squat"), Demonstration.load("squat", mirrored=True)
    assert (right.picture_at(2.0) == left.picture_at(2.0)[:, ::-1]).all()
    assert right.picture_at(2.0).flags.c_contiguous


# Nothing to show


def numbered(path: Path) -> None:
    """Write two seconds of ten pictures each, ever lighter."""
    make_video(path, [np.full((48, 64, 3), 10 * i, np.uint8) for i in range(20)], steady(20, 10))


def seen(picture: np.ndarray) -> int:
    return round(float(picture.mean()) / 10)


@pytest.mark.parametrize("content", [None, b"", b"no video", b"\0" * 5000])
def test_a_clip_that_cannot_be_read_is_none(tmp_path, content):
    if content is not None:
        (tmp_path / "squat.mp4").write_bytes(content)
    assert Demonstration.load("squat", folder=tmp_path) is None


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
def test_a_clip_with_its_end_missing_does_no_harm(tmp_path, kept):
    truncate(Path(shutil.copy(FOLDER / "squat.mp4", tmp_path)), kept)
    demonstration = Demonstration.load("squat", folder=tmp_path)
    for i in range(100 if demonstration else 0):
        picture = demonstration.picture_at(i / 10)
        assert picture is None or picture.shape == SHAPE


def test_a_clip_with_spoilt_bytes_does_no_harm(tmp_path):
    scramble(Path(shutil.copy(FOLDER / "squat.mp4", tmp_path)), 0.5, 0.6)
    demonstration = Demonstration.load("squat", folder=tmp_path)
    assert demonstration.picture_at(0.0) is not None
    for i in range(100):
        picture = demonstration.picture_at(i / 10)
        assert picture is None or picture.shape == SHAPE


def test_a_clip_that_goes_away_ends_the_showing(tmp_path):
    Path(shutil.copy(FOLDER / "squat.mp4", tmp_path))
    demonstration = Demonstration.load("squat", folder=tmp_path)
    assert demonstration.picture_at(3.0) is not None
    (tmp_path / "squat.mp4").unlink()
    assert demonstration.picture_at(1.0) is None
    assert demonstration.picture_at(3.0) is None


# On the screen


def screens(heard: Heard) -> list[tuple[float, Screen]]:
    return [(time_s, act) for time_s, act in heard.acts if isinstance(act, Screen)]


def test_it_is_shown_from_its_beginning_as_long_as_it_is_asked_for():
    showing, asked = Showing(), Screen(headline="Squat", demonstration="squat")
    alone = Demonstration.load("squat")
    assert showing.picture(Screen(), 10.0) is None
    assert (showing.picture(asked, 12.0) == alone.picture_at(0.0)).all()
    assert (showing.picture(Screen(headline="x", demonstration="squat"), 14.0) == alone.picture_at(2.0)).all()
    mirrored = showing.picture(Screen(demonstration="squat", demonstration_mirrored=True), 15.0)
    assert (mirrored == alone.picture_at(0.0)[:, ::-1]).all()
    assert showing.picture(Screen(), 16.0) is None
    assert showing.picture(Screen(demonstration="no such exercise"), 17.0) is None


def test_the_window_does_not_mirror_it():
    picture = Demonstration.load("squat").picture_at(2.0)
    shown = compose(picture, None, Screen(), SHAPE[1::-1], mirror=False)
    assert (shown == picture).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_coach_shows_it_while_it_tells_how_and_counts_nothing(name):
    coach = Coach(name, questions=False)

    def impatient(coach: Coach):
        index = 0
        while coach.stage is Stage.SHOW:
            yield from rep(name, 1.0, index)
            index += 1

    heard = session(coach, impatient, limit_s=120.0)
    began_s, ended_s = (
        next(t for t, stage in heard.stages if stage is which) for which in (Stage.SHOW, Stage.SETUP)
    )
    assert ended_s - began_s > 15.0
    during = [s for t, s in screens(heard) if t < ended_s]
    assert during
    assert all(s.demonstration == name and s.count is None and s.reached is None for s in during)
    after = next(s for t, s in screens(heard) if t >= ended_s)
    assert after.demonstration == ""
    acts = [act for at_s, act in heard.acts if at_s < ended_s]
    assert not [act for act in acts if isinstance(act, Say) and act.kind in (Kind.COUNT, Kind.CUE)]
    assert not [act for act in acts if isinstance(act, Sound)]
    assert sum(len(one.ranges) for one in coach.record.sets) <= 1  # begun when it was over, if any


def test_without_explanation_there_is_no_demonstration():
    heard = session(Coach("squat", questions=False, introduce=False), lambda _: iter([waiting("squat", 3.0)]))
    assert heard.screens()
    assert not any(s.demonstration for s in heard.screens())


@pytest.mark.parametrize("name", ["squat", "bridge", "clamshell"])
@pytest.mark.parametrize(("affected", "mirrored"), [("left", False), ("right", True), (None, False)])
def test_the_side_that_is_shown_is_the_one_that_is_told(name, affected, mirrored):
    coach = Coach(name, questions=False, affected_side=affected)
    heard = session(coach, lambda _: iter([waiting(name, 2.0)]))
    assert {s.demonstration_mirrored for s in heard.screens() if s.demonstration} == {mirrored}


def test_the_other_side_of_a_clamshell_is_shown_mirrored_while_turning_over():
    coach = Coach(
        "clamshell", sets=1, reps=2, questions=False, introduce=False, affected_side="left", rest_s=5.0
    )

    def person(coach: Coach):
        while coach.stage is not Stage.SET:
            yield waiting("clamshell", 0.5, top=Side.LEFT)
        yield moving("clamshell", (1.0, 1.0), top=Side.LEFT)
        yield waiting("clamshell", 40.0, top=Side.LEFT)

    heard = session(coach, person)
    shown = [(t, s) for t, s in screens(heard) if s.demonstration]
    told_s = heard.when("Now the other side.")
    assert {(s.demonstration, s.demonstration_mirrored) for _, s in shown} == {("clamshell", True)}
    assert abs(shown[0][0] - told_s) < 3.0
    gone_s = next(t for t, s in screens(heard) if t > shown[0][0] and not s.demonstration)
    assert 10.0 < gone_s - shown[0][0] < 25.0


class Wall:
    """A window that keeps what it is given, and is closed after a second."""

    size = (320, 180)

    def __init__(self):
        self.pictures = []

    def show(self, picture: np.ndarray) -> list[str]:
        self.pictures.append(picture)
        return ["end"] if len(self.pictures) == 30 else []


class Blind:
    """A pose model that sees nobody."""

    def estimate(self, frame: Frame) -> Sighting:
        return Sighting(frame.time_s, frame.size, (), -1, False, 0.5, 0)


def test_the_session_shows_it_in_its_window(tmp_path):
    clip = first_seconds(SAMPLES / "squat_side.mp4", tmp_path / "clip.mp4", 2.0)
    wall, hasty = Wall(), Speech.recording(lambda: 100 * time.perf_counter())
    with Capture(open_camera(str(clip)).source, every_frame=True, pace=False) as eye:
        Session(Setup("squat", questions=False), Blind(), hasty, window=wall).run(eye)
    began = Demonstration.load("squat").picture_at(0.0)
    title = WORDS["squat"].title
    screen = Screen(headline=title.rstrip("."), caption=title)
    assert (wall.pictures[0] == compose(began, None, screen, Wall.size, mirror=False)).all()
    assert not (wall.pictures[0] == wall.pictures[29]).all()


# Making them


def test_without_the_renderer_the_script_says_so(tmp_path):
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "demonstrations.py", tmp_path],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "is not the renderer" in done.stderr
    assert "formcheck/live/demonstrations" in done.stderr
    assert "Traceback" not in done.stderr
