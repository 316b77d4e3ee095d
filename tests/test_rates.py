"""The same recording at other frame rates, and in a mirror, through the pose model and the whole engine."""

from __future__ import annotations

import bisect
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from formcheck.frame import Frame
from formcheck.pose.skeleton import Side
from formcheck.review import review
from formcheck.video.files import VideoFile
from tests.clips import SAMPLES
from tests.media import make_video

CUTS_S = {"squat_side": 8.0, "bridge_side": 9.0, "clamshell_front": 8.0, "march_side": 8.5}
"""How much of each sample is used: two repetitions, or three lifts."""
RATES_HZ = {
    **dict.fromkeys(CUTS_S, (10.0, 15.0)),
    "squat_side": (10.0, 24.0, 60.0),
    "march_side": (10.0, 29.97),
}
"""Few pictures a second are hard for every one; the other rates in turns, as each takes long."""


@cache
def beginning(name: str) -> tuple[Frame, ...]:
    frames = VideoFile(SAMPLES / f"{name}.mp4")
    return tuple(frame for frame in frames if frame.time_s < CUTS_S[name])


def true_repetitions(name: str) -> int:
    truth = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return sum(rep["end"] < CUTS_S[name] for rep in truth["reps"])


def counted(path: Path) -> tuple[str, int, list[Side | None], Side | None]:
    summary = review(path).summary
    sides = [rep.side for rep in summary.rep_list if rep.complete]
    return summary.exercise, summary.reps.complete, sides, summary.camera_side


def retimed(name: str, rate_hz: float, path: Path) -> Path:
    """Show at every time of the new rate the latest picture of the old one."""
    frames = beginning(name)
    times_s = [i / rate_hz for i in range(int(frames[-1].time_s * rate_hz) + 1)]
    old_s = [frame.time_s for frame in frames]
    shown = [frames[bisect.bisect_right(old_s, time_s + 1e-6) - 1].image for time_s in times_s]
    return make_video(path, shown, times_s)


@pytest.mark.parametrize(("name", "rate_hz"), [(name, one) for name in RATES_HZ for one in RATES_HZ[name]])
def test_the_frame_rate_does_not_change_the_count(name, rate_hz, tmp_path):
    assert true_repetitions(name) >= 2
    assert counted(retimed(name, rate_hz, tmp_path / "clip.mp4"))[1] == true_repetitions(name)


@pytest.mark.parametrize("name", ["clamshell_front", "march_side"])  # each leg is counted for itself there
def test_a_mirrored_recording_gives_the_mirrored_result(name, tmp_path):
    frames = beginning(name)
    times_s = [frame.time_s for frame in frames]
    plain = make_video(tmp_path / "plain.mp4", [frame.image for frame in frames], times_s)
    flipped = [np.ascontiguousarray(frame.image[:, ::-1]) for frame in frames]
    mirror = make_video(tmp_path / "mirror.mp4", flipped, times_s)
    exercise, count, sides, camera_side = counted(plain)
    assert counted(mirror) == (
        exercise,
        count,
        [side and side.other for side in sides],
        camera_side and camera_side.other,
    )
