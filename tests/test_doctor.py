"""The doctor: every part looked at, every problem with its advice, and never a hang."""

from __future__ import annotations

import shutil
import time

import pytest

from formcheck import doctor
from formcheck.doctor import Check, doctor_text, within
from formcheck.errors import InputError, ModelError, OutputError, Reason
from formcheck.live import speech
from formcheck.pose import models
from formcheck.report import folder
from formcheck.report.words import NOT_SHOWN
from formcheck.video import cameras, fragments, writer
from formcheck.video.cameras import Found


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))


def raising(error):
    def call(*_, **__):
        raise error

    return call


def test_everything_is_looked_at_and_nothing_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(cameras, "list_cameras", lambda **_: [Found(0, 640, 480, 30.0, "V4L2")])
    monkeypatch.setattr(cameras, "has_display", lambda: True)
    monkeypatch.setattr(speech, "available", lambda: ["voice espeak-ng", "player aplay"])
    found = doctor.checks()
    assert [check.name for check in found] == [
        *("versions", "packages", "model lite", "model full", "model heavy", "picture library", "cameras"),
        *("window", "sound", "video encoder", "disk", "data folder"),
    ]
    assert not [check for check in found if not check.told]
    assert [check for check in found if check.ok is not True] == []
    assert doctor_text(found).endswith("Everything that formcheck needs works here.\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("found", "ok", "told"),
    [
        ([], False, "none found"),
        ([Found(0, problem="camera 0: does not open")], False, "does not open"),
        ([Found(0, problem="camera 0: hangs"), Found(2, 640, 480, None, "V4L2")], True, "2: 640x480"),
    ],
)
def test_cameras(monkeypatch, found, ok, told):
    monkeypatch.setattr(cameras, "list_cameras", lambda **_: found)
    check = doctor.cameras_check()
    assert (check.ok, bool(check.todo)) == (ok, not ok)
    assert told in check.told


@pytest.mark.parametrize(
    ("there", "ok", "told"),
    [
        ([], None, "text on the screen"),
        (["player aplay"], None, "there are tones"),
        (["voice espeak-ng"], None, "nothing"),
        (["voice espeak-ng", "player aplay"], True, "voice: espeak-ng; sound through: aplay"),
    ],
)
def test_sound(monkeypatch, there, ok, told):
    monkeypatch.setattr(speech, "available", lambda: there)
    check = doctor.sound_check()
    assert (check.ok, bool(check.todo)) == (ok, ok is None)
    assert told in check.told


def test_an_altered_model(monkeypatch):
    monkeypatch.setattr(models, "load_model", raising(ModelError("pose_full.task: was altered")))
    check = doctor.model_check("full")
    assert (check.ok, check.told) == (False, "pose_full.task: was altered")
    assert "install formcheck anew" in check.todo


def test_python_too_new_or_too_old(monkeypatch):
    for version in ((3, 10, 9), (3, 14, 0)):
        monkeypatch.setattr(doctor.sys, "version_info", version)
        check = doctor.python_check()
        assert check.ok is False
        assert "from 3.11 to 3.13" in check.todo


def test_packages_missing_or_of_another_version(monkeypatch):
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "scipy" else "1.0")
    assert doctor.packages_check().todo == "python -m pip install scipy"
    monkeypatch.setattr(doctor, "_version", lambda name: "1.0")
    monkeypatch.setattr(doctor.metadata, "requires", lambda name: ["mediapipe==0.10.31", "ruff==1; extra"])
    assert doctor.packages_check().todo == "python -m pip install mediapipe==0.10.31"


def test_libraries_of_the_system_missing(monkeypatch):
    monkeypatch.setattr(cameras, "opencv", raising(InputError(Reason.UNSUPPORTED, "OpenCV does not load")))
    check = doctor.opencv_check()
    assert check.ok is False
    assert "libgl1" in check.todo


def test_no_display(monkeypatch):
    monkeypatch.setattr(cameras, "has_display", lambda: False)
    assert doctor.window_check().ok is None
    assert "--headless" in doctor.window_check().todo


def test_no_encoder(monkeypatch):
    monkeypatch.setattr(writer, "_encoder", raising(OutputError("no H.264 encoder here")))
    check = within("video encoder", doctor.encoder_check, 10.0)
    assert check.ok is False
    assert "no H.264 encoder here" in check.told
    assert check.todo


def test_an_encoder_that_some_players_do_not_know(monkeypatch):
    monkeypatch.setattr(fragments, "_encoder", lambda: "libvpx-vp9")
    assert doctor.encoder_check().ok is None


def test_little_space(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: shutil._ntuple_diskusage(1, 1, 5_000_000))
    check = doctor.disk_check()
    assert (check.ok, "0.0 GB free" in check.told, bool(check.todo)) == (False, True, True)


def test_a_data_folder_that_cannot_be_written(monkeypatch):
    monkeypatch.setattr(folder, "check_writable", raising(OutputError("read-only")))
    check = doctor.data_check()
    assert check.ok is False
    assert "FORMCHECK_DATA" in check.todo


def test_a_check_that_hangs_is_given_up():
    before = time.monotonic()
    check = within("cameras", lambda: time.sleep(3) or Check("", True, ""), 0.1)
    assert time.monotonic() - before < 1.0
    assert (check.name, check.ok) == ("cameras", None)
    assert "no answer" in check.told


def test_an_error_becomes_a_line():
    check = within("disk", raising(OSError(5, "Input/output\nerror")), 5.0)
    assert check.ok is False
    assert "\n" not in check.told


def test_the_text():
    text = doctor_text(
        [Check("a", True, "fine"), Check("bcd", None, "less", "do"), Check("e", False, "no", "fix")]
    )
    assert text == (
        "ok    a    fine\n"
        "note  bcd  less\n"
        "           -> do\n"
        "look  e    no\n"
        "           -> fix\n"
        "\n"
        "One thing needs your attention (look).\n"
    )
    assert not [word for word in NOT_SHOWN if word in text]
