"""What is told of a frame: learned angles with narrow bands, from the side weighed with the picture's."""

import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.angles import TRIALS, read_trial
from formcheck.kinematics import BAND, CORRECTED
from formcheck.observer import (
    PICTURE_HALF_DEG,
    TOLD_BAND_DEG,
    Observer,
    angles_of,
    picture_half_deg,
    weighed,
)
from formcheck.results import ViewLabel


def observations(name):
    observer = Observer()
    clip = read_trial(TRIALS / f"{name}.truth.npz")
    return clip, [observer.observe(pose) for pose in clip.recording.poses()]


def test_as_uncertain_as_the_picture_both_count_the_same():
    assert weighed(40.0, PICTURE_HALF_DEG, 60.0)[0] == pytest.approx(50.0)


def test_two_that_agree_are_surer_than_one_and_two_that_do_not_are_less_sure():
    assert weighed(40.0, 20.0, 40.0) == pytest.approx((40.0, 20.0 / math.sqrt(2.0)))
    assert weighed(40.0, 8.0, 40.0)[1] < 8.0 < weighed(40.0, 8.0, 80.0)[1]


def test_a_sure_angle_stays_and_an_unsure_one_follows_the_picture():
    sure, unsure = weighed(40.0, 5.0, 60.0), weighed(40.0, 80.0, 60.0)
    assert sure == pytest.approx((41.18, 6.76), abs=0.01)
    assert unsure == pytest.approx((58.82, 19.97), abs=0.01)


def test_angles_are_weighed_the_short_way_round():
    assert weighed(170.0, PICTURE_HALF_DEG, -170.0)[0] == pytest.approx(180.0)


def test_what_the_picture_does_not_show_stays_as_learned():
    assert weighed(40.0, 7.0, math.nan) == (40.0, 7.0)
    assert all(map(math.isnan, weighed(math.nan, math.nan, 60.0)))


@pytest.mark.parametrize(("least", "half"), [(1.0, 20.0), (0.95, 20.0), (0.85, 27.5), (0.55, 50.0)])
def test_a_joint_that_is_hardly_seen_makes_the_pictures_band_wider(least, half):
    assert picture_half_deg(least) == pytest.approx(half)


def test_a_shin_under_a_blanket_leaves_more_to_what_was_learned():
    clip, seen = observations("bridge_side_c")
    near = "left" if clip.near == "L" else "right"
    middle = seen[len(seen) // 2]
    learned, half, picture = (middle.values[f"{near}_knee_flexion{kind}"] for kind in (CORRECTED, BAND, ""))
    told = getattr(angles_of(middle)[0], f"{near}_knee_flexion_deg")
    in_plain_sight = weighed(learned, half, picture)[0]
    true = clip.true_deg[f"knee_flexion.{clip.near}"][len(seen) // 2]
    assert abs(told - true) < abs(in_plain_sight - true)
    assert abs(told - learned) < 0.6 * abs(in_plain_sight - learned)


def test_from_the_side_the_picture_is_weighed_into_the_near_leg_alone():
    clip, seen = observations("squat_side_b")
    near, far = ("left", "right") if clip.near == "L" else ("right", "left")
    middle = seen[len(seen) // 2]
    assert {f"{near}_hip_flexion", f"{near}_knee_flexion"} <= middle.plain
    assert not [name for name in middle.plain if name.startswith(far)]
    angles, bands = angles_of(middle)
    learned, half, picture = (middle.values[f"{near}_knee_flexion{kind}"] for kind in (CORRECTED, BAND, ""))
    told = getattr(angles, f"{near}_knee_flexion_deg")
    assert min(learned, picture) < told < max(learned, picture)
    assert abs(told - learned) < abs(told - picture)
    assert getattr(bands, f"{near}_knee_flexion_deg") == weighed(learned, half, picture)[1]
    assert angles.trunk_inclination_deg == middle.values[f"trunk_inclination{CORRECTED}"]


def test_from_the_front_what_is_told_is_what_was_learned():
    _, seen = observations("march_front_a")
    for one in seen:
        assert not one.plain & {"left_knee_flexion", "right_knee_flexion"}
        angles, bands = angles_of(one)
        if "left_knee_flexion" in one.told:
            assert angles.left_knee_flexion_deg == one.values[f"left_knee_flexion{CORRECTED}"]
            assert bands.left_knee_flexion_deg == one.values[f"left_knee_flexion{BAND}"] <= TOLD_BAND_DEG[1]
        else:
            assert math.isnan(angles.left_knee_flexion_deg)
            assert math.isnan(bands.left_knee_flexion_deg)
    assert any("left_knee_flexion" in one.told for one in seen)


def test_from_the_head_end_nothing_is_told_however_narrow_the_band():
    _, seen = observations("bridge_back_a")
    from_there = [one for one in seen if one.label is ViewLabel.HEAD_END]
    assert min(one.values[f"right_hip_flexion{BAND}"] for one in from_there) < TOLD_BAND_DEG[0]
    assert not [one for one in from_there if one.told]


def test_where_nobody_is_believed_nothing_is_told():
    poses = list(read_trial(TRIALS / "squat_side_b.truth.npz").recording.poses())
    observer = Observer()
    for pose in poses[:30]:
        observer.observe(pose)
    gone = {name: np.full_like(getattr(poses[30], name), np.nan) for name in ("image_px", "world_m")}
    lost = observer.observe(replace(poses[30], **gone))
    assert lost.reason is not None
    assert not lost.plain | lost.told
    assert all(math.isnan(value) for value in vars_of(angles_of(lost)[0]))


def vars_of(angles):
    return [getattr(angles, name) for name in angles.__slots__]
