"""The whole program in a process of its own: no network, no OpenCV, quick scoring of recorded poses."""

from __future__ import annotations

import json
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import formcheck
from benchmarks.rescore import one_minute, timed
from formcheck.pose import recorded
from tests.clips import one_squat

ROOT = Path(__file__).resolve().parent.parent
FILES = {
    "annotated.mp4",
    "report.html",
    "events.jsonl",
    "frames.csv",
    "poses.npz",
    "reps.csv",
    "summary.json",
}

NO_INTERNET = """
import ctypes, os, struct, sys

SOCKET_CALLS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, KILL_PROCESS = 0x7FFF0000, 0x80000000
NUMBER_AT, ARCHITECTURE_AT, FIRST_ARGUMENT_AT = 0, 4, 16
AF_INET, AF_INET6 = 2, 10

architecture, socket_call = SOCKET_CALLS[os.uname().machine]
steps = [  # (code, steps to skip if equal, if not, value)
    (LOAD, 0, 0, ARCHITECTURE_AT), (JUMP_IF_EQUAL, 0, 6, architecture),
    (LOAD, 0, 0, NUMBER_AT), (JUMP_IF_EQUAL, 0, 3, socket_call),
    (LOAD, 0, 0, FIRST_ARGUMENT_AT), (JUMP_IF_EQUAL, 2, 0, AF_INET), (JUMP_IF_EQUAL, 1, 0, AF_INET6),
    (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, KILL_PROCESS),
]
program = b"".join(struct.pack("HBBI", *step) for step in steps)

class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_char_p)]

prctl = ctypes.CDLL(None, use_errno=True).prctl
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
if prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or prctl(
    PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(Filter(len(steps), program)), 0, 0
):
    sys.exit(f"no filter: errno {ctypes.get_errno()}")
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""Makes the kernel kill the Python process that follows when it, or native code in it, asks for an IPv4 or
IPv6 socket (seccomp, Linux).  Unlike strace it needs no tool and no right; unlike an empty network
namespace it also notices sockets that are opened and not used."""

WITHOUT_CV2 = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "cv2":
            raise ImportError("libGL.so.1: cannot open shared object file")

sys.meta_path.insert(0, Refuse())
from formcheck.cli import main
sys.exit(main(sys.argv[1:]))
"""


def run(*command: str | Path, expect: int | None = 0) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments, from the checkout."""
    done = subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert expect is None or done.returncode == expect, done.stderr
    return done


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A recording of one squat."""
    return one_squat(tmp_path_factory.mktemp("clip") / "squat.mp4")


@pytest.fixture(scope="module")
def reviewed(clip):
    """The result folder of the clip, made where the kernel lets nobody open an internet socket."""
    _skip_without_filter()
    folder = clip.with_name("results")
    run("-c", NO_INTERNET, "-m", "formcheck", "review", clip, "--out", folder)
    return folder / "squat.mp4.formcheck"


@pytest.fixture(scope="module")
def poses(clip):
    """The clip's poses, recorded."""
    path = clip.with_name("poses.npz")
    with path.open("wb") as file:
        recorded.save(formcheck.review(clip).recording, file)
    return path


def _skip_without_filter():
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"):
        pytest.skip("socket calls are watched on Linux only (x86_64, aarch64)")
    done = run("-c", NO_INTERNET, "-c", "pass", expect=None)
    if done.returncode != 0:
        pytest.skip(f"this kernel refuses to watch socket calls ({done.stderr.strip()})")


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6"])
def test_the_watch_on_sockets_sees_a_socket(family):
    _skip_without_filter()
    done = run("-c", NO_INTERNET, "-c", f"import socket; socket.socket(socket.{family})", expect=None)
    assert done.returncode == -signal.SIGSYS


def test_a_whole_review_opens_no_internet_socket(reviewed):
    assert {path.name for path in reviewed.iterdir()} == FILES
    assert json.loads((reviewed / "summary.json").read_text())["reps"]["complete"] == 1


def test_a_review_without_video_needs_no_opencv(clip, tmp_path):
    run("-c", WITHOUT_CV2, "review", clip, "--no-video", "--out", tmp_path)
    done = run("-c", WITHOUT_CV2, "review", clip, "--exercise", "squat", "--json")
    assert json.loads(done.stdout)["reps"]["complete"] == 1


def test_scoring_recorded_poses_needs_no_pose_model_no_opencv_and_no_decoder(poses):
    code = """if True:
        import sys
        from formcheck.cli import main
        code = main(["review", sys.argv[1], "--json"])
        loaded = {"mediapipe", "cv2", "av"} & set(sys.modules)
        sys.exit(code or " ".join(loaded) or 0)
    """
    done = run("-c", code, poses)
    assert json.loads(done.stdout)["reps"]["complete"] == 1


def test_a_minute_of_poses_is_scored_in_seconds(poses, tmp_path):
    """A quiet machine takes 1.5 s of CPU; one that runs other tests on the same core twice that and more."""
    minute = tmp_path / "minute.npz"
    with minute.open("wb") as file:
        recorded.save(one_minute(recorded.load(poses)), file)
    cpu_s, _ = timed(lambda: formcheck.review(minute), runs=3)
    assert cpu_s < 4.0
