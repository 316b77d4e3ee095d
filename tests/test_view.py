"""Where the camera stands, how the person is placed, and what can be judged from there."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from formcheck.exercises import EXERCISES
from formcheck.kinematics import body_of
from formcheck.observer import Observation, Observer, angles_of
from formcheck.pose.skeleton import Pose, Side
from formcheck.results import Posture, ViewLabel
from formcheck.view import (
    JUDGEABLE,
    Axes,
    camera_side,
    follow,
    judgeable,
    label_of,
    roll_deg,
    upper_side,
    view_record,
    yaw_deg,
)
from tests.synthetic import (
    QUIET,
    Camera,
    Noise,
    bridge,
    clamshell,
    rolling_over,
    seated_march,
    sit_to_stand,
    squat,
    standing_still,
    still,
)
from tests.synthetic.clip import Clip


def observed(clip: Clip) -> list[Observation]:
    observer = Observer()
    return [observer.observe(pose) for pose in clip.poses]


def usual_noise(seed: int = 1) -> Noise:
    return Noise(seed=seed, knee_forward_m=0.07)


def settled(clip: Clip) -> Observation:
    """The last observation, when averages have settled."""
    return observed(clip)[-1]


# --- yaw and labels --------------------------------------------------------------------------------------

AROUND = {
    0: (ViewLabel.FRONT, None),
    20: (ViewLabel.FRONT, None),
    45: (ViewLabel.OBLIQUE, Side.LEFT),
    65: (ViewLabel.SIDE, Side.LEFT),
    90: (ViewLabel.SIDE, Side.LEFT),
    115: (ViewLabel.SIDE, Side.LEFT),
    135: (ViewLabel.OBLIQUE, Side.LEFT),
    160: (ViewLabel.BACK, None),
    180: (ViewLabel.BACK, None),
    225: (ViewLabel.OBLIQUE, Side.RIGHT),
    270: (ViewLabel.SIDE, Side.RIGHT),
    315: (ViewLabel.OBLIQUE, Side.RIGHT),
}
"""Azimuth (90 = sees the left side): label and the side that faces the camera."""


@pytest.mark.parametrize("azimuth_deg", AROUND)
def test_standing_people_from_all_around(azimuth_deg):
    clip = standing_still(2, camera=Camera(azimuth_deg), noise=usual_noise())
    one = settled(clip)
    label, side = AROUND[azimuth_deg]
    assert one.label is label
    assert one.camera_side is side
    assert one.posture is Posture.STANDING
    assert yaw_deg(one.axes) == pytest.approx(clip.truth.angles_deg["side_to_sight"][-1], abs=10)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("azimuth_deg", range(0, 360, 30))
@pytest.mark.parametrize("motion", [squat, seated_march])
def test_the_yaw_is_within_ten_degrees_of_the_truth(motion, azimuth_deg, seed):
    clip = motion([1] * 2, camera=Camera(azimuth_deg, 5, 2.8), noise=usual_noise(seed), rate_hz=15)
    yaws = np.median([yaw_deg(one.axes) for one in observed(clip)[8:]])
    assert yaws == pytest.approx(np.median(clip.truth.angles_deg["side_to_sight"]), abs=10)


@pytest.mark.parametrize(
    ("motion", "azimuth_deg", "label"),
    [
        (bridge, 90, ViewLabel.SIDE),
        (bridge, 270, ViewLabel.SIDE),
        (bridge, 45, ViewLabel.OBLIQUE),
        (bridge, 0, ViewLabel.FOOT_END),
        (bridge, 180, ViewLabel.HEAD_END),
        (clamshell, 0, ViewLabel.FRONT),
        (clamshell, 180, ViewLabel.BACK),
        (clamshell, 90, ViewLabel.HEAD_END),
        (clamshell, 270, ViewLabel.FOOT_END),
    ],
)
def test_lying_people_from_all_around(motion, azimuth_deg, label):
    """The right side up: the head lies at azimuth 90."""
    clip = motion([1] * 2, camera=Camera(azimuth_deg, 8, 2.5), noise=usual_noise(), rate_hz=15)
    assert settled(clip).label is label


def test_a_label_is_kept_within_four_degrees_of_its_border():
    def seen_at(yaw: float, before: ViewLabel) -> ViewLabel:
        axes = axes_at(yaw)
        assert yaw_deg(axes) == pytest.approx(yaw)
        return label_of(axes, Posture.STANDING, before)

    assert seen_at(34.9, ViewLabel.UNKNOWN) is ViewLabel.SIDE
    assert seen_at(35.1, ViewLabel.UNKNOWN) is ViewLabel.OBLIQUE
    assert seen_at(38.9, ViewLabel.SIDE) is ViewLabel.SIDE
    assert seen_at(39.1, ViewLabel.SIDE) is ViewLabel.OBLIQUE
    assert seen_at(59.9, ViewLabel.UNKNOWN) is ViewLabel.OBLIQUE
    assert seen_at(60.1, ViewLabel.UNKNOWN) is ViewLabel.FRONT
    assert seen_at(56.1, ViewLabel.FRONT) is ViewLabel.FRONT
    assert seen_at(55.9, ViewLabel.FRONT) is ViewLabel.OBLIQUE


def axes_at(yaw: float) -> Axes:
    """Axes of somebody upright, the left side `90 - yaw` degrees toward the camera."""
    c, s = math.cos(math.radians(yaw)), math.sin(math.radians(yaw))
    return Axes(0.0, lateral=(s, 0.0, -c), up=(0.0, -1.0, 0.0), front=(-c, 0.0, -s))


def test_before_anybody_is_seen_nothing_is_known():
    nothing = Axes()
    assert not nothing.known
    assert label_of(nothing, Posture.UNKNOWN, ViewLabel.SIDE) is ViewLabel.UNKNOWN
    assert camera_side(nothing, ViewLabel.UNKNOWN) is None
    assert math.isnan(yaw_deg(nothing))


def test_turning_round_is_followed_within_two_seconds():
    side = standing_still(2, camera=Camera(90), noise=QUIET)
    front = standing_still(3, camera=Camera(0), noise=QUIET)
    observer, labels = Observer(), []
    for pose in side.poses:
        labels.append(observer.observe(pose).label)
    for pose in front.poses:
        labels.append(observer.observe(shifted(pose, 2.1)).label)
    assert labels[-1] is ViewLabel.FRONT
    assert labels[len(side.poses) + 60] is ViewLabel.FRONT
    assert set(labels[: len(side.poses)]) == {ViewLabel.SIDE}


def shifted(pose: Pose, by_s: float) -> Pose:
    return replace(pose, time_s=pose.time_s + by_s)


def test_axes_follow_time_not_frames():
    start, goal = (body_of(standing_still(1, camera=Camera(a), noise=QUIET).poses[0]) for a in (90, 40))
    slow = fast = follow(Axes(), start, 0.0)
    for i in range(1, 11):
        slow = follow(slow, goal, i / 10)
    for i in range(1, 61):
        fast = follow(fast, goal, i / 60)
    assert yaw_deg(slow) == pytest.approx(yaw_deg(fast), abs=0.5)


# --- posture ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("azimuth_deg", [0, 45, 90, 180, 270])
@pytest.mark.parametrize(("rest", "posture"), [("standing", Posture.STANDING), ("seated", Posture.SEATED)])
def test_upright_postures(rest, posture, azimuth_deg):
    clip = still(
        2, rest, camera=Camera(azimuth_deg, distance_m=2.6, height_m=0.9), noise=usual_noise(), rate_hz=15
    )
    assert settled(clip).posture is posture


@pytest.mark.parametrize("azimuth_deg", [45, 90, 135, 270])
@pytest.mark.parametrize("elevation_deg", [2, 15, 30])
@pytest.mark.parametrize(
    ("rest", "posture"),
    [("hook_lying", Posture.SUPINE), ("supine", Posture.SUPINE), ("prone", Posture.PRONE)],
)
def test_lying_postures(rest, posture, azimuth_deg, elevation_deg):
    if rest == "prone":
        elevation_deg /= 3  # no exercise is done prone: a low camera will do
    clip = still(2, rest, camera=Camera(azimuth_deg, elevation_deg, 2.6), noise=usual_noise(), rate_hz=15)
    assert settled(clip).posture is posture


@pytest.mark.parametrize("azimuth_deg", [0, 180])
@pytest.mark.parametrize("elevation_deg", [0, 15, 30])
@pytest.mark.parametrize(("rest", "up"), [("left_up", Side.LEFT), ("right_up", Side.RIGHT)])
def test_side_lying_and_which_side_is_up(rest, up, azimuth_deg, elevation_deg):
    clip = still(2, rest, camera=Camera(azimuth_deg, elevation_deg, 2.2), noise=usual_noise(), rate_hz=15)
    one = settled(clip)
    assert one.posture is Posture.SIDE_LYING
    assert upper_side(one.axes) is up
    assert roll_deg(one.axes) == pytest.approx(90 if up is Side.LEFT else -90, abs=10 + elevation_deg)


def test_rolling_over_changes_the_posture_once():
    clip = rolling_over(4, start="hook_lying", end="right_up", camera=Camera(0, 15, 2.5), noise=QUIET)
    postures = [one.posture for one in observed(clip)]
    assert (postures[0], postures[-1]) == (Posture.SUPINE, Posture.SIDE_LYING)
    assert sum(a is not b for a, b in pairwise(postures)) == 1


@pytest.mark.parametrize("trunk_deg", [55, 70])
@pytest.mark.parametrize("azimuth_deg", [0, 45, 90, 180])
def test_even_a_deep_squat_is_standing(azimuth_deg, trunk_deg):
    clip = squat(
        [1] * 2,
        knee_deg=120,
        trunk_deg=trunk_deg,
        camera=Camera(azimuth_deg),
        noise=usual_noise(),
        rate_hz=15,
    )
    assert {one.posture for one in observed(clip)} == {Posture.STANDING}


def test_standing_up_from_a_chair_is_seated_then_standing():
    postures = [one.posture for one in observed(sit_to_stand([1], noise=usual_noise()))]
    assert postures[0] is Posture.SEATED
    assert Posture.STANDING in postures
    assert set(postures) == {Posture.SEATED, Posture.STANDING}


# --- what can be judged ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "label", "posture", "fits"),
    [
        ("knee_flexion", ViewLabel.SIDE, Posture.STANDING, True),
        ("knee_flexion", ViewLabel.SIDE, Posture.SUPINE, True),
        ("knee_flexion", ViewLabel.OBLIQUE, Posture.STANDING, False),
        ("knee_flexion", ViewLabel.FRONT, Posture.STANDING, False),
        ("knee_flexion", ViewLabel.SIDE, Posture.SIDE_LYING, False),
        ("hip_flexion", ViewLabel.SIDE, Posture.SUPINE, True),
        ("hip_flexion", ViewLabel.BACK, Posture.STANDING, False),
        ("thigh_elevation", ViewLabel.SIDE, Posture.SEATED, True),
        ("thigh_elevation", ViewLabel.FRONT, Posture.SEATED, False),
        ("trunk_inclination", ViewLabel.SIDE, Posture.STANDING, True),
        ("trunk_inclination", ViewLabel.FRONT, Posture.STANDING, False),
        ("hip_drop", ViewLabel.FRONT, Posture.STANDING, True),
        ("hip_drop", ViewLabel.SIDE, Posture.SUPINE, False),
        ("knee_rise", ViewLabel.FRONT, Posture.SEATED, True),
        ("hip_height", ViewLabel.SIDE, Posture.SUPINE, True),
        ("hip_height", ViewLabel.FOOT_END, Posture.SUPINE, False),
        ("hip_height", ViewLabel.SIDE, Posture.STANDING, False),
        ("knee_gap", ViewLabel.FRONT, Posture.SIDE_LYING, True),
        ("knee_gap", ViewLabel.FOOT_END, Posture.SIDE_LYING, False),
        ("knee_gap", ViewLabel.FRONT, Posture.SUPINE, False),
    ],
)
def test_what_can_be_judged_from_where(measure, label, posture, fits):
    assert judgeable(measure, label, posture) is fits


def test_nothing_can_be_judged_of_nobody():
    for measure in JUDGEABLE:
        assert not judgeable(measure, ViewLabel.UNKNOWN, Posture.UNKNOWN)
        assert not judgeable(measure, ViewLabel.SIDE, Posture.UNKNOWN)


@pytest.mark.parametrize("name", EXERCISES)
def test_every_exercise_needs_a_measure_of_the_table(name):
    assert EXERCISES[name].needs in JUDGEABLE


def test_the_record_says_why_not():
    good = view_record(ViewLabel.SIDE, 8.0, "hip_height", Posture.SUPINE)
    assert (good.label, good.yaw_deg, good.elevation_deg) == (ViewLabel.SIDE, 8.0, None)
    assert (good.assessable, good.reason) == (True, None)
    bad = view_record(ViewLabel.FOOT_END, 88.0, "hip_height", Posture.SUPINE)
    assert not bad.assessable
    assert "side" in str(bad.reason)
    nobody = view_record(ViewLabel.UNKNOWN, float("nan"), "hip_height", Posture.UNKNOWN)
    assert (nobody.yaw_deg, nobody.assessable) == (None, False)
    assert view_record(ViewLabel.SIDE, 8.0, None, Posture.STANDING).reason == "the exercise is not known"


# --- what may be shown -----------------------------------------------------------------------------------


def test_a_side_view_shows_the_near_leg_only():
    angles, bands = angles_of(settled(squat([1], camera=Camera(270), noise=QUIET)))
    assert math.isfinite(angles.right_knee_flexion_deg)
    assert math.isfinite(angles.right_hip_flexion_deg)
    assert math.isfinite(angles.trunk_inclination_deg)
    assert min(bands.right_knee_flexion_deg, bands.right_hip_flexion_deg, bands.trunk_inclination_deg) > 0.0


@pytest.fixture
def wide_bands(monkeypatch):
    monkeypatch.setattr("formcheck.observer.TOLD_BAND_DEG", (0.0, 0.0))


def test_with_wide_bands_only_the_leg_in_plain_sight_from_the_side_is_told(wide_bands):
    angles, bands = angles_of(settled(squat([1], camera=Camera(270), noise=QUIET)))
    assert math.isfinite(angles.right_knee_flexion_deg)
    assert math.isfinite(bands.right_knee_flexion_deg)
    assert math.isfinite(angles.trunk_inclination_deg)
    assert math.isnan(angles.left_knee_flexion_deg)
    assert math.isnan(angles.left_hip_flexion_deg)
    assert math.isnan(bands.left_hip_flexion_deg)


@pytest.mark.parametrize("azimuth_deg", [0, 45, 180])
def test_with_wide_bands_other_views_tell_no_degrees(azimuth_deg, wide_bands):
    angles, _ = angles_of(settled(squat([1], camera=Camera(azimuth_deg), noise=QUIET)))
    assert math.isnan(angles.left_knee_flexion_deg)
    assert math.isnan(angles.right_hip_flexion_deg)
    assert math.isnan(angles.trunk_inclination_deg)


@pytest.mark.parametrize("azimuth_deg", [0, 45, 180, 270])
def test_an_angle_is_told_from_any_view_while_its_band_is_narrow(azimuth_deg, monkeypatch):
    clip = squat([1], camera=Camera(azimuth_deg), noise=QUIET)
    half = settled(clip).values["left_hip_flexion_band"]
    monkeypatch.setattr("formcheck.observer.TOLD_BAND_DEG", (half + 1.0, half + 1.0))
    one = settled(clip)
    angles, bands = angles_of(one)
    assert angles.left_hip_flexion_deg == one.values["left_hip_flexion_corrected"]
    assert bands.left_hip_flexion_deg == one.values["left_hip_flexion_band"]


def test_a_told_angle_is_kept_while_its_band_widens_a_little(monkeypatch):
    poses = squat([1], camera=Camera(0), noise=QUIET).poses
    halves = [one.values["left_hip_flexion_band"] for one in map(Observer().observe, poses)]
    narrow, wide = min(halves), max(halves)
    monkeypatch.setattr("formcheck.observer.TOLD_BAND_DEG", (narrow + 0.1, wide + 0.1))
    told = ["left_hip_flexion" in one.told for one in map(Observer().observe, poses)]
    first = told.index(True)
    assert all(told[first:])
    monkeypatch.setattr("formcheck.observer.TOLD_BAND_DEG", (narrow + 0.1, narrow + 0.1))
    assert sum("left_hip_flexion" in one.told for one in map(Observer().observe, poses)) < sum(told)


def test_a_joint_is_shown_from_half_visibility_on_and_hidden_below_a_third(wide_bands):
    poses = squat([0], noise=QUIET, lead_s=2, rate_hz=10).poses
    observer, shown = Observer(), []
    for pose, visibility in zip(poses, (0.4, 0.6, 0.4, 0.36, 0.3, 0.4, 0.49, 0.51, 0.36), strict=False):
        fading = replace(pose, visibility=np.full(33, visibility))
        shown.append(math.isfinite(angles_of(observer.observe(fading))[0].left_knee_flexion_deg))
    assert shown == [False, True, True, True, False, False, False, True, True]


def test_a_leg_that_the_model_guesses_is_not_measured():
    pose = squat([0], noise=QUIET).poses[0]
    visibility = pose.visibility.copy()
    visibility[25] = 0.1
    values = Observer().observe(replace(pose, visibility=visibility)).values
    assert math.isnan(values["left_knee_flexion"])
    assert math.isfinite(values["right_knee_flexion"])
