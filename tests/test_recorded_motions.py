"""Motions that people really made, from markers on their skin to repetitions counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.recorded_motions import (
    AS_ASKED,
    OTHERWISE,
    Markers,
    facing_forward,
    hip_centres,
    joint_centres,
    landmarks,
    poses_of,
    read,
    strung,
    summary_of,
)
from formcheck.pose.skeleton import Landmark

EXTRACT = Path(__file__).parents[1] / "benchmarks" / "motions" / "uiprmd_squats_person4.npz"
PERSON = 4


@pytest.fixture(scope="module")
def archive() -> dict[str, np.ndarray]:
    with np.load(EXTRACT, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


@pytest.fixture(scope="module")
def squat(archive: dict[str, np.ndarray]) -> Markers:
    return facing_forward(read(archive, "m01_s04_e02", [str(name) for name in archive["_markers"]]))


def test_bones_are_as_long_as_bones(squat: Markers) -> None:
    joints = joint_centres(squat)
    for side in "LR":
        for upper, lower in (("hip", "knee"), ("knee", "ankle")):
            bone = np.linalg.norm(joints[f"{upper}.{side}"] - joints[f"{lower}.{side}"], axis=1)
            assert bone.min() > 0.34
            assert bone.max() < 0.46


def test_hip_centres_lie_inside_the_pelvis(squat: Markers) -> None:
    hips = hip_centres(squat)
    apart = np.linalg.norm(hips["L"] - hips["R"], axis=1)
    assert 0.13 < apart.mean() < 0.22
    assert (hips["L"][0] - squat["LASI"][0])[2] < -0.05
    assert hips["L"][0, 1] > hips["R"][0, 1]


def test_the_knee_lies_inward_of_its_marker(squat: Markers) -> None:
    joints = joint_centres(squat)
    inward = squat["LKNE"][:, 1] - joints["knee.L"][:, 1]
    assert (inward > 0.03).all()


def test_landmarks_face_the_way_the_person_does(squat: Markers) -> None:
    room = landmarks(squat)
    assert np.isfinite(room).all()
    assert (room[:, Landmark.NOSE, 0] > room[:, Landmark.LEFT_EAR, 0]).all()
    assert (room[:, Landmark.LEFT_FOOT_INDEX, 0] > room[:, Landmark.LEFT_HEEL, 0] + 0.15).all()


def test_a_set_passes_from_each_repetition_to_the_next_without_a_leap(archive: dict[str, np.ndarray]) -> None:
    names = [str(name) for name in archive["_markers"]]
    pieces = [read(archive, f"m01_s04_e{i:02d}", names) for i in (1, 2, 3)]
    hip = strung(pieces)["LASI"]
    assert np.linalg.norm(np.diff(hip, axis=0), axis=1).max() < 0.08


@pytest.mark.parametrize("kind", [AS_ASKED, OTHERWISE])
def test_every_squat_of_a_person_is_counted_from_every_view(
    archive: dict[str, np.ndarray], kind: str
) -> None:
    for view, poses in poses_of(archive, "m01", PERSON, kind, ("side", "oblique", "front")):
        assert summary_of(poses, "squat").reps.complete == 10, view


def test_somebody_asked_to_do_it_well_shows_less(archive: dict[str, np.ndarray]) -> None:
    present = {}
    for kind in (AS_ASKED, OTHERWISE):
        ((_, poses),) = poses_of(archive, "m01", PERSON, kind, ("side",))
        present[kind] = sum(totals.present for totals in summary_of(poses, "squat").faults.values())
    assert present[AS_ASKED] == 0 < present[OTHERWISE]
