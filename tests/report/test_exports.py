"""Formats of other programs, read back by a parser that is not ours."""

from __future__ import annotations

import io
import json
import math
import warnings

import jsonschema
import numpy as np
import pytest
from people import snapshot, squatting

from formcheck.pose.skeleton import Landmark, no_pose
from formcheck.report.exports import (
    BODY_25,
    MARKERS,
    Track,
    grid_s,
    keypoints,
    keypoints_json,
    on_grid,
    usual_rate_hz,
    write_mot,
    write_trc,
)
from formcheck.results import FrameAngles

TIMES = [10.0, 10.1, 10.2, 10.3, 10.6, 10.7, 10.8, 10.9, 11.0]
"""Ten a second from 10 s on, two missing."""


def track(times=TIMES, hidden_at=()):
    made = Track()
    for i, time_s in enumerate(times):
        pose = squatting(640, 480, time_s, (Landmark.LEFT_KNEE,) if i in hidden_at else ())
        pose.world_m[:] = np.arange(99).reshape(33, 3) / 100 + time_s
        angles = FrameAngles(10 * time_s, -5.0, math.nan if i in hidden_at else 1.5, 0.0, -0.0)
        made.add(snapshot(pose, time_s=time_s, angles=angles))
    return made


def text(write, *arguments):
    file = io.StringIO()
    write(*arguments, file)
    return file.getvalue()


# The grid


@pytest.mark.parametrize(
    ("rate_hz", "told"), [(30.0, 30.0), (30000 / 1001, 29.97), (30.02, 30.0), (23.976, 24.0), (13.3, 13.3)]
)
def test_the_grid_has_the_rate_of_the_frames(rate_hz, told):
    assert usual_rate_hz(np.arange(100) / rate_hz) == told


def test_the_grid_is_uniform_and_stays_within_the_recording():
    times = [3.0, 3.033, 3.066, 3.133, 3.2, 3.233]
    grid = grid_s(times, 30.0)
    assert grid[0] == 3.0
    assert np.diff(grid) == pytest.approx(1 / 30)
    assert times[-1] - 1 / 30 < grid[-1] <= times[-1]


def test_values_are_interpolated_but_nothing_is_made_up():
    times = [0.0, 0.1, 0.2, 0.6, 0.7, 0.8]
    values = np.array([[0.0, 1.0], [1.0, np.nan], [2.0, 3.0], [6.0, 7.0], [7.0, np.nan], [8.0, np.nan]])
    grid = np.arange(17) / 20
    first, second = on_grid(times, values, grid).T
    gap = (grid > 0.2 + 1e-6) & (grid < 0.6 - 1e-6)
    assert np.isnan(first[gap]).all()
    assert first[~gap] == pytest.approx(10 * grid[~gap])
    assert second[:5] == pytest.approx([1.0, 1.5, 2.0, 2.5, 3.0])
    assert np.flatnonzero(np.isfinite(second)).tolist() == [0, 1, 2, 3, 4, 12]


# OpenSim


@pytest.fixture
def pyomeca():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("pyomeca", reason="pip install pyomeca, which reads OpenSim's formats")


def test_trc_is_read_back(tmp_path, pyomeca):
    path = tmp_path / "landmarks.trc"
    path.write_text(text(write_trc, track(hidden_at=(2,))), encoding="utf-8")
    read = pyomeca.Markers.from_trc(path, pandas_kwargs={"sep": "\t"})
    assert read.attrs["rate"] == 10
    assert [str(name) for name in read.channel.values] == list(MARKERS)
    assert read.time.values == pytest.approx(10.0 + np.arange(11) / 10)
    knee = read.sel(channel="right_knee", axis=["x", "y", "z"]).values
    seen = np.isfinite(knee[0])
    assert np.flatnonzero(~seen).tolist() == [4, 5]  # the gap
    number = 3 * Landmark.RIGHT_KNEE
    expected = [[number / 100], [-(number + 1) / 100], [-(number + 2) / 100]] + np.array(
        [[1], [-1], [-1]]
    ) * (read.time.values)
    assert knee[:, seen] == pytest.approx(expected[:, seen], abs=1e-5)  # x right, y up, z to the camera
    other = read.sel(channel="left_knee", axis="x").values
    assert np.isfinite(other).tolist() == [*[True] * 4, False, False, *[True] * 5]  # 0.2 s are bridged


def test_mot_is_read_back(tmp_path, pyomeca):
    path = tmp_path / "angles.mot"
    path.write_text(text(write_mot, track(hidden_at=(0, 1, 2, 3))), encoding="utf-8")
    read = pyomeca.Analogs.from_mot(path, pandas_kwargs={"sep": "\t"})
    assert read.attrs["rate"] == 10
    assert [str(name) for name in read.channel.values] == [
        *("left_knee_flexion", "right_knee_flexion", "left_hip_flexion", "right_hip_flexion"),
        "trunk_inclination",
    ]
    assert read.time.values == pytest.approx(10.0 + np.arange(11) / 10)
    knee = read.sel(channel="left_knee_flexion").values
    assert knee[:4] == pytest.approx([100, 101, 102, 103])
    assert np.isnan(knee[4:6]).all()
    assert np.isnan(read.sel(channel="left_hip_flexion").values[:6]).all()
    lines = path.read_text().splitlines()
    assert lines[:6] == ["angles.mot", "version=1", "nRows=11", "nColumns=6", "inDegrees=yes", "endheader"]
    assert all(len(line.split("\t")) == 6 for line in lines[6:])
    assert "-0.0000" not in path.read_text()


def test_trc_is_laid_out_as_opensim_wants_it():
    """Layout of the OpenSim documentation, "Marker (.trc) Files"."""
    lines = text(write_trc, track()).split("\n")
    assert lines[0].split("\t") == ["PathFileType", "4", "(X/Y/Z)", "landmarks.trc"]
    header = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=True))
    assert header["NumFrames"] == "11"
    assert header["NumMarkers"] == "33"
    assert header["Units"] == "m"
    assert header["DataRate"] == header["CameraRate"] == "10"
    assert lines[3].split("\t")[:3] == ["Frame#", "Time", "nose"]
    assert lines[4].split("\t")[:6] == ["", "", "X1", "Y1", "Z1", "X2"]
    assert lines[5] == ""
    rows = [line.split("\t") for line in lines[6:-1]]
    assert [row[0] for row in rows] == [str(i) for i in range(1, 12)]
    assert {len(row) for row in rows} == {2 + 99}


# OpenPose

NUMBERS = {"type": "array", "items": {"type": "number"}}
OPENPOSE = {
    "type": "object",
    "required": ["version", "people"],
    "properties": {
        "version": {"const": 1.3},
        "people": {
            "type": "array",
            "maxItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["person_id", "pose_keypoints_2d"],
                "properties": {
                    "person_id": {"const": [-1]},
                    "pose_keypoints_2d": {**NUMBERS, "minItems": 75, "maxItems": 75},
                    **{
                        f"{part}_keypoints_{dimensions}d": {**NUMBERS, "maxItems": 0}
                        for part in ("face", "hand_left", "hand_right", "pose")
                        for dimensions in (2, 3)
                        if (part, dimensions) != ("pose", 2)
                    },
                },
            },
        },
    },
}
"""Of OpenPose's documentation, 02_output.md: version 1.3, BODY_25."""


def test_openpose_has_the_documented_layout():
    document = json.loads(keypoints_json(squatting(640, 480, hidden=(Landmark.RIGHT_ANKLE,)), (1280, 960)))
    jsonschema.Draft202012Validator(OPENPOSE).validate(document)
    points = np.array(document["people"][0]["pose_keypoints_2d"]).reshape(25, 3)
    named = dict(zip([name for name, _ in BODY_25], points.tolist(), strict=True))
    assert named["RKnee"] == pytest.approx([0.55 * 1280, 0.66 * 960, 1.0])
    assert named["LKnee"] == pytest.approx([0.57 * 1280, 0.64 * 960, 1.0])
    assert named["MidHip"] == pytest.approx([0.41 * 1280, 0.57 * 960, 1.0])
    assert named["Neck"] == pytest.approx([0.49 * 1280, 0.29 * 960, 1.0])
    assert named["RBigToe"] == pytest.approx([0.55 * 1280, 0.90 * 960, 1.0])
    for absent in ("RAnkle", "LSmallToe", "RSmallToe", "REye"):
        assert named[absent] == [0.0, 0.0, 0.0]


def test_openpose_knows_nobody_and_numbers_frames():
    seen = Track()
    assert len(list(seen.watch([snapshot(no_pose(0.0, (640, 480))), snapshot(squatting(), frame=1)]))) == 2
    files = dict(keypoints(seen, (640, 480), "clip"))
    assert list(files) == ["clip_000000000000_keypoints.json", "clip_000000000001_keypoints.json"]
    assert json.loads(files["clip_000000000000_keypoints.json"])["people"] == []
    assert len(json.loads(files["clip_000000000001_keypoints.json"])["people"]) == 1
