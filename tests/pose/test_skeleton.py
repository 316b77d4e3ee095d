"""Landmarks, sides and the mirror."""

import numpy as np
import pytest

from formcheck.kinematics import SIDES
from formcheck.pose.skeleton import (
    LANDMARK_COUNT,
    MIRROR_ORDER,
    Landmark,
    Pose,
    Side,
    mirrored,
    no_pose,
)
from tests.synthetic import squat


def test_indices_are_those_of_blazepose():
    assert LANDMARK_COUNT == len(Landmark) == 33
    assert [Landmark.NOSE, Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER] == [0, 11, 12]
    assert [Landmark.LEFT_HIP, Landmark.RIGHT_HIP, Landmark.LEFT_KNEE, Landmark.RIGHT_KNEE] == [
        23,
        24,
        25,
        26,
    ]
    assert [Landmark.LEFT_ANKLE, Landmark.LEFT_HEEL, Landmark.LEFT_FOOT_INDEX] == [27, 29, 31]


@pytest.mark.parametrize("side", list(Side))
def test_the_side_table_names_the_joints_of_one_side(side):
    at = SIDES[side]
    for name in ("ear", "shoulder", "hip", "knee", "ankle", "heel"):
        assert Landmark(getattr(at, name)).name == f"{side.name}_{name.upper()}"
    assert Landmark(at.toe).name == f"{side.name}_FOOT_INDEX"


def test_every_landmark_has_a_twin():
    for landmark in Landmark:
        twin = Landmark(MIRROR_ORDER[landmark])
        assert MIRROR_ORDER[twin] == landmark
        assert (twin is landmark) == (landmark is Landmark.NOSE)
        if twin is not landmark:
            assert {"LEFT" in landmark.name, "LEFT" in twin.name} == {True, False}


def test_sides_have_opposites():
    assert Side.LEFT.other is Side.RIGHT
    assert Side.RIGHT.other is Side.LEFT


def test_a_mirror_swaps_sides_and_flips_the_picture():
    pose = squat([1]).poses[50]
    reflected = mirrored(pose)
    assert reflected.image_px[Landmark.LEFT_KNEE, 0] == pytest.approx(
        640 - pose.image_px[Landmark.RIGHT_KNEE, 0]
    )
    assert reflected.image_px[Landmark.LEFT_KNEE, 1] == pose.image_px[Landmark.RIGHT_KNEE, 1]
    assert reflected.world_m[Landmark.LEFT_KNEE] == pytest.approx(
        pose.world_m[Landmark.RIGHT_KNEE] * [-1.0, 1.0, 1.0]
    )
    assert reflected.visibility[Landmark.LEFT_KNEE] == pose.visibility[Landmark.RIGHT_KNEE]
    assert (reflected.time_s, reflected.frame_size) == (pose.time_s, pose.frame_size)


def test_mirroring_twice_is_nothing():
    pose = squat([1]).poses[50]
    again = mirrored(mirrored(pose))
    assert again.image_px == pytest.approx(pose.image_px)
    assert again.world_m == pytest.approx(pose.world_m)
    assert np.array_equal(again.visibility, pose.visibility)


def test_the_original_is_left_alone():
    pose = squat([1]).poses[0]
    before = pose.image_px.copy()
    mirrored(pose)
    assert np.array_equal(pose.image_px, before)


def test_nobody_is_all_nan_and_not_detected():
    nobody = no_pose(1.5, (640, 480), cut=True)
    assert not nobody.detected
    assert np.isnan(nobody.image_px).all()
    assert np.isnan(nobody.world_m).all()
    assert np.isnan(nobody.visibility).all()
    assert (nobody.time_s, nobody.frame_size, nobody.cut, nobody.people) == (1.5, (640, 480), True, 0)
    assert not mirrored(nobody).detected


def test_a_pose_is_frozen():
    pose: Pose = squat([1]).poses[0]
    with pytest.raises(AttributeError):
        pose.time_s = 3.0  # type: ignore[misc]
