"""``formcheck live`` as a command: what it passes on, what it keeps, Ctrl-C, full disks."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

import formcheck
from formcheck import history
from formcheck.analyser import Analyser
from formcheck.cli import main
from formcheck.errors import InputError, OutputError, Reason
from formcheck.live import command
from formcheck.live.acts import Tune
from formcheck.live.command import Around, Done
from formcheck.live.recorder import is_session
from formcheck.live.session import Outcome, Setup, Timing
from formcheck.live.summary import SessionRecord
from formcheck.video.cameras import open_camera
from tests.clips import SAMPLES
from tests.exercises.watched import filmed

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / history.FILE


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """Two squats, as a session gives them."""
    analyser = Analyser("squat")
    for pose in filmed("squat", (1.0, 1.0)).poses:
        analyser.step(pose)
    record = SessionRecord("squat", (), 3, 2, "tired", Tune(1.5, 135.0))
    return Outcome(analyser.finish(), record, (), Timing())


@pytest.fixture
def sessions(monkeypatch, outcome):
    """Stand-ins for sessions: returns what each was asked for; ``ends_in`` is what comes of the next."""

    class Sessions(list):
        ends_in: object = Done(outcome)

        def run(self, setup, around, tell):
            self.append((setup, around))
            if isinstance(self.ends_in, BaseException):
                raise self.ends_in
            return self.ends_in

    ran = Sessions()
    monkeypatch.setattr(command, "run", ran.run)
    return ran


def asked(sessions, *words):
    """Return the set-up that these words on the command line give."""
    assert main(["live", "squat", *words, "--quiet"]) == 0
    return sessions[-1][0]


def test_before_you_start_is_read_on_first_use_and_on_request(sessions):
    assert asked(sessions, "--no-history").first_use
    assert asked(sessions, "--no-history").first_use
    assert not asked(sessions, "--no-history", "--skip-questions").first_use
    assert asked(sessions).first_use
    assert not asked(sessions).first_use
    assert not asked(sessions, "--no-history").first_use
    assert asked(sessions, "--before-you-start").first_use


def test_a_history_that_cannot_be_read_is_none(sessions, kept):
    kept.mkdir(parents=True)
    assert asked(sessions, "--no-history").first_use


def test_the_voice_is_that_of_the_last_session(sessions):
    assert asked(sessions).voice == Tune(1.0, 150.0)
    assert asked(sessions).voice == Tune(1.5, 135.0)


@pytest.mark.parametrize(
    ("volume", "rate", "expected"),
    [("null", "null", Tune(1.0, 150.0)), ("99", "1.0", Tune(2.0, 90.0)), ("0.6", "152", Tune(0.5, 150.0))],
)
def test_a_voice_that_somebody_wrote_into_the_file(sessions, kept, volume, rate, expected):
    asked(sessions)
    line = kept.read_text()
    line = re.sub(r'"volume": [\d.]+', f'"volume": {volume}', line)
    kept.write_text(re.sub(r'"rate": [\d.]+', f'"rate": {rate}', line))
    assert asked(sessions).voice == expected


@pytest.mark.parametrize(
    ("coaching", "recording", "expected"), [(False, True, True), (True, True, False), (False, False, False)]
)
def test_only_a_recording_without_coaching_is_played_whole(monkeypatch, coaching, recording, expected):
    asked = []

    def capture(source, *, every_frame):
        asked.append(every_frame)
        raise InputError(Reason.NOT_FOUND, "enough is known")

    camera = open_camera(str(SAMPLES / "squat_side.mp4"))
    monkeypatch.setattr(
        command, "open_camera", lambda _: camera if recording else replace(camera, recording=None)
    )
    monkeypatch.setattr(command, "BlazePoseEstimator", lambda *_: nullcontext())
    monkeypatch.setattr(command, "Capture", capture)
    setup = Setup("squat", coaching=coaching, questions=False)
    try:
        with pytest.raises(InputError, match="enough is known"):
            command.run(setup, Around(headless=True, mute=True), print)
    finally:
        camera.source.close()
    assert asked == [expected]


def test_the_rest(sessions):
    assert asked(sessions).rest_s is None
    assert asked(sessions, "--rest", "12.5").rest_s == 12.5
    assert asked(sessions, "--rest", "0").rest_s == 0.0


@pytest.mark.parametrize("given", ["-1", "901", "soon", "1e2", "nan", "٣"])
def test_a_rest_that_makes_no_sense(sessions, given, capsys):
    assert main(["live", "squat", f"--rest={given}"]) == 2
    assert "is not a time from 0 to 900 seconds" in capsys.readouterr().err
    assert sessions == []


def test_what_is_noted(sessions):
    asked(sessions)
    (entry,) = history.load().entries
    (one,) = entry.sets
    assert (entry.exercise, entry.reason, entry.profile, entry.unit) == ("squat", "tired", "standard", "deg")
    assert (entry.pain_before, entry.pain_after, one.complete, one.partial) == (3, 2, 2, 0)
    assert one.range == pytest.approx(85, abs=10)


def test_a_set_in_another_unit_has_no_range_and_spoils_none(outcome):
    summary = outcome.summary
    front = replace(summary.rep_list[1], set=2, signal="hip_drop", signal_unit="ratio", range=0.3)
    reps = (summary.rep_list[0], front, *(replace(summary.rep_list[0], set=1) for _ in range(2)))
    sets = (replace(summary.sets[0], complete=3), replace(summary.sets[0], index=2, complete=1))
    unit, noted = history.sets_of(replace(summary, rep_list=reps, sets=sets))
    assert unit == "deg"
    assert noted[0].range == pytest.approx(summary.rep_list[0].range, abs=0.001)
    assert noted[1].range is None


def test_nothing_done_is_not_noted(sessions, kept):
    sessions.ends_in = Done(replace(sessions.ends_in.outcome, summary=Analyser("squat").finish()))
    asked(sessions)
    assert not kept.exists()


def test_a_history_that_cannot_be_written_is_told_in_one_line(sessions, kept, capsys):
    kept.mkdir(parents=True)
    assert main(["live", "squat", "--quiet"]) == 0
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert "this session could not be noted" in told.err


def test_a_recording_that_is_not_whole_is_told_when_all_else_is_done(sessions, capsys):
    sessions.ends_in = replace(sessions.ends_in, problem=OutputError("monday: the disk is full; make room"))
    assert main(["live", "squat"]) == 2
    told = capsys.readouterr()
    assert "2 complete repetitions" in told.out
    assert told.err == "formcheck: monday: the disk is full; make room\n"
    assert len(history.load().entries) == 1


def test_ctrl_c_before_it_began(sessions, kept, capsys):
    sessions.ends_in = KeyboardInterrupt()
    assert main(["live", "squat"]) == 0
    assert capsys.readouterr().err == "formcheck: stopped before the session began\n"
    assert not kept.exists()


def test_no_camera(sessions, capsys):
    sessions.ends_in = InputError(Reason.NOT_FOUND, "camera 0: there is none; plug one in")
    assert main(["live", "squat"]) == 2
    assert capsys.readouterr().err == "formcheck: camera 0: there is none; plug one in\n"


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_ends_a_session_kindly(tmp_path):
    """A real one, a sample as its camera: exit 0, summary, history, and a recording that is finished."""
    folder = tmp_path / "monday"
    words = ["squat", "--camera", str(SAMPLES / "squat_side.mp4"), "--headless", "--mute", "--no-coach"]
    process = subprocess.Popen(
        [sys.executable, "-m", "formcheck", "live", *words, "--record", str(folder)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    events = folder / "events.jsonl"
    until_s = time.monotonic() + 60.0
    while not (events.exists() and "rep_completed" in events.read_text()) and time.monotonic() < until_s:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert "repetition" in out
    assert f"Recorded in {folder}" in out
    assert not is_session(folder)
    (entry,) = history.load().entries
    again = formcheck.review(folder / "poses.npz").summary
    assert entry.reason == "interrupted"
    assert entry.sets[0].complete == again.reps.complete > 0
