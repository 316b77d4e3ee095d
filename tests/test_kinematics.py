"""The table of measures against known answers: clinical.md §6.1, and signs seen from everywhere."""

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest

from formcheck.correction import TURNED_ROUND
from formcheck.kinematics import (
    LEFT,
    MEASURES,
    RIGHT,
    body_of,
    facing,
    foot_pitch,
    hip_line_offset,
    knee_medial_displacement,
    knee_separation_ratio,
    measure,
    shank_inclination,
    trunk_lateral_lean,
)
from formcheck.pose.skeleton import Landmark, Pose, Side, mirrored, no_pose
from tests.synthetic import (
    QUIET,
    Body,
    Camera,
    arms,
    bridge,
    clamshell,
    forward_bend,
    high_knees,
    lunge,
    seated_lean,
    seated_march,
    squat,
    standing_still,
    still,
)
from tests.synthetic.body import landmarks, posture
from tests.synthetic.camera import film

SEGMENT = 0.43
TEXTBOOK = Body(thigh=SEGMENT, shank=SEGMENT, trunk=0.50, asymmetry=0.0, shoulder_width=0.21)
"""The rigid model of clinical.md: thigh = shank, shoulders as wide as the hips so that sides are planar."""


class Vector(NamedTuple):
    """A row of clinical.md §6.1: KF, SI, TI, HF and hip height over leg length."""

    knee: float
    shank: float
    trunk: float
    hip: float
    height: float


VECTORS = (
    Vector(60, 22, 22, 60, 0.86),
    Vector(90, 30, 35, 95, 0.68),
    Vector(100, 30, 45, 115, 0.60),
    Vector(110, 32, 40, 118, 0.53),
)


def far(azimuth_deg: float, **more) -> Camera:
    """A camera so far away that perspective vanishes."""
    return Camera(azimuth_deg=azimuth_deg, distance_m=400.0, focal_px=0.8 * 640 * 130, **more)


def at_the_top(clip) -> Pose:
    """The pose in the middle of the first hold."""
    rep = clip.truth.repetitions[0]
    return clip.poses[int(np.argmin(np.abs(clip.truth.times_s - rep.peak_s)))]


def values_at_the_top(clip) -> dict[str, float]:
    return measure(body_of(at_the_top(clip)))


def posed(angles: dict[str, float], azimuth_deg: float = 90.0, body: Body = TEXTBOOK) -> Pose:
    """One pose from joint angles, without noise or perspective."""
    room = landmarks(posture(1, angles), body)
    return film(room, np.zeros(1), far(azimuth_deg), QUIET)[0]


def seen(angles: dict[str, float], azimuth_deg: float = 90.0) -> dict[str, float]:
    return measure(body_of(posed(angles, azimuth_deg)))


# --- clinical.md §6.1 --------------------------------------------------------------------------------


@pytest.mark.parametrize("azimuth_deg", [90, 270])
@pytest.mark.parametrize("true", VECTORS)
def test_squat_vectors(true, azimuth_deg):
    clip = squat(
        [1],
        knee_deg=true.knee,
        shank_deg=true.shank,
        trunk_deg=true.trunk,
        toe_out_deg=0,
        body=TEXTBOOK,
        noise=QUIET,
        camera=far(azimuth_deg),
    )
    values = values_at_the_top(clip)
    near, side = ("left", LEFT) if azimuth_deg == 90 else ("right", RIGHT)
    assert values[f"{near}_knee_flexion"] == pytest.approx(true.knee, abs=0.5)
    assert shank_inclination(body_of(at_the_top(clip)), side) == pytest.approx(true.shank, abs=0.5)
    assert values["trunk_inclination"] == pytest.approx(true.trunk, abs=0.5)
    assert values[f"{near}_hip_flexion"] == pytest.approx(true.hip, abs=0.7)
    assert 1 - values["hip_drop"] == pytest.approx(true.height, abs=0.01)


@pytest.mark.parametrize("azimuth_deg", [90, 270])
def test_hip_minus_knee_is_trunk_minus_shank_whatever_the_roll_of_the_camera(azimuth_deg):
    """HF - KF = TI - SI holds without a vertical reference (clinical.md §0.6)."""
    for roll_deg in (0, 15, -25):
        clip = squat(
            [1], body=TEXTBOOK, noise=QUIET, camera=far(azimuth_deg, roll_deg=roll_deg), toe_out_deg=0
        )
        values = values_at_the_top(clip)
        side = "left" if azimuth_deg == 90 else "right"
        assert values[f"{side}_hip_flexion"] - values[f"{side}_knee_flexion"] == pytest.approx(5, abs=0.5)


def test_the_aspect_trap():
    """From coordinates normalised by width and height the same pose reads 62 and 66 (clinical.md §6.1)."""
    pose = at_the_top(squat([1], body=TEXTBOOK, noise=QUIET, camera=far(90, size=(1280, 720)), toe_out_deg=0))
    normalised = replace(pose, image_px=pose.image_px / np.array([1280, 720]))
    wrong, right = measure(body_of(normalised)), measure(body_of(pose))
    assert (right["left_knee_flexion"], right["left_hip_flexion"]) == pytest.approx((90, 95), abs=0.7)
    assert (wrong["left_knee_flexion"], wrong["left_hip_flexion"]) == pytest.approx((62, 66), abs=1.5)


def test_a_yaw_of_thirty_degrees_costs_seven_degrees():
    clip = squat([1], body=TEXTBOOK, noise=QUIET, camera=far(60), toe_out_deg=0)
    values = values_at_the_top(clip)
    assert values["left_knee_flexion"] == pytest.approx(82.9, abs=0.7)
    assert values["left_hip_flexion"] == pytest.approx(87.5, abs=0.9)
    assert values["left_knee_flexion_3d"] == pytest.approx(90, abs=0.5)


@pytest.mark.parametrize(("hip_deg", "offset"), [(20, -0.161), (10, -0.081), (0, 0.0), (-10, 0.081)])
@pytest.mark.parametrize("azimuth_deg", [90, 270])
def test_bridge_line_offset(hip_deg, offset, azimuth_deg):
    """HSL of a trunk 0.50 and a thigh 0.43 long: the hip lies that far above the line shoulder-knee."""
    clip = bridge([1], top_deg=hip_deg, body=TEXTBOOK, noise=QUIET, camera=far(azimuth_deg, elevation_deg=0))
    side = LEFT if azimuth_deg == 90 else RIGHT
    assert hip_line_offset(body_of(at_the_top(clip)), side) == pytest.approx(offset, abs=0.012)
    name = "left" if azimuth_deg == 90 else "right"
    assert values_at_the_top(clip)[f"{name}_hip_flexion"] == pytest.approx(hip_deg, abs=1)


@pytest.mark.parametrize(("lift_deg", "rise"), [(5, 0.09), (10, 0.17), (15, 0.26), (20, 0.34), (25, 0.42)])
def test_seated_knee_rise(lift_deg, rise):
    clip = seated_march(
        [1], sides="R", lift_deg=lift_deg, body=TEXTBOOK, noise=QUIET, camera=far(0), knee_follow=1
    )
    rest, top = (measure(body_of(pose)) for pose in (clip.poses[0], at_the_top(clip)))
    assert top["right_knee_rise"] - rest["right_knee_rise"] == pytest.approx(rise, abs=0.01)
    assert top["left_knee_rise"] == pytest.approx(rest["left_knee_rise"], abs=0.01)


# --- signs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("azimuth_deg", [90, 270])
@pytest.mark.parametrize(("hip", "knee"), [(30, 40), (-15, 30), (90, 90), (-10, 5), (20, 0), (0, 60)])
def test_hip_flexion_is_negative_past_straight(hip, knee, azimuth_deg):
    near = "left" if azimuth_deg == 90 else "right"
    values = seen({"hip_flexion": hip, "knee_flexion": knee}, azimuth_deg)
    assert values[f"{near}_hip_flexion"] == pytest.approx(hip, abs=0.5)
    assert values[f"{near}_knee_flexion"] == pytest.approx(knee, abs=0.5)
    assert values[f"{near}_hip_flexion_3d"] == pytest.approx(abs(hip), abs=0.5)


@pytest.mark.parametrize("azimuth_deg", [90, 270, 60, 300])
@pytest.mark.parametrize("lean_deg", [-20, 0, 35])
def test_leaning_forward_is_positive_from_either_side(azimuth_deg, lean_deg):
    values = seen({"pitch": lean_deg}, azimuth_deg)
    assert math.copysign(1, values["trunk_inclination"]) == math.copysign(1, lean_deg) or lean_deg == 0
    if azimuth_deg in (90, 270):
        assert values["trunk_inclination"] == pytest.approx(lean_deg, abs=0.5)


def test_without_a_facing_the_trunk_angle_is_unsigned():
    assert seen({"lean": 12}, 0)["trunk_inclination"] == pytest.approx(12, abs=2)
    assert seen({"lean": -12}, 0)["trunk_inclination"] == pytest.approx(12, abs=2)


@pytest.mark.parametrize("azimuth_deg", [0, 180])
@pytest.mark.parametrize("lean_deg", [10, -10])
def test_leaning_to_the_own_right_is_positive_from_the_front_and_from_behind(azimuth_deg, lean_deg):
    lean = trunk_lateral_lean(body_of(posed({"lean": lean_deg}, azimuth_deg)))
    assert lean == pytest.approx(lean_deg, abs=2)


@pytest.mark.parametrize(("azimuth_deg", "expected"), [(90, -1), (270, 1)])
def test_facing_is_where_the_chest_points_in_the_picture(azimuth_deg, expected):
    """Seen from the left side, somebody faces the left of the picture."""
    assert facing(body_of(posed({}, azimuth_deg))) == expected
    assert facing(body_of(posed({"pitch": 50}, azimuth_deg))) == expected


def test_facing_is_unknown_from_the_front():
    assert math.isnan(facing(body_of(posed({}, 0))))


@pytest.mark.parametrize("azimuth_deg", [90, 270])
def test_thigh_elevation_and_foot_pitch(azimuth_deg):
    near, side = ("left", LEFT) if azimuth_deg == 90 else ("right", RIGHT)
    assert seen({"hip_flexion": 100}, azimuth_deg)[f"{near}_thigh_elevation"] == pytest.approx(10, abs=0.5)
    assert seen({"hip_flexion": 80}, azimuth_deg)[f"{near}_thigh_elevation"] == pytest.approx(-10, abs=0.5)
    flat, tipped = (foot_pitch(body_of(posed({"heel_up": up}, azimuth_deg)), side) for up in (0, 25))
    assert tipped - flat == pytest.approx(25, abs=1)


@pytest.mark.parametrize("azimuth_deg", [90, 270])
@pytest.mark.parametrize("shank_deg", [25, -15])
def test_knee_forward_of_the_ankle_is_positive(azimuth_deg, shank_deg):
    side = LEFT if azimuth_deg == 90 else RIGHT
    pose = posed({"hip_flexion": 40, "knee_flexion": 40 + shank_deg, "flat_foot": 0}, azimuth_deg)
    assert shank_inclination(body_of(pose), side) == pytest.approx(shank_deg, abs=0.5)


def test_hip_height_of_a_bridge_does_not_depend_on_the_roll_of_the_camera():
    heights = [
        values_at_the_top(bridge([1], noise=QUIET, camera=Camera(90, 5, 2.5, roll_deg=roll)))["hip_height"]
        for roll in (-20, 0, 30)
    ]
    assert heights[0] > 0.25
    assert heights == pytest.approx([heights[0]] * 3, abs=0.02)


@pytest.mark.parametrize("azimuth_deg", [90, 270])
def test_lying_with_the_hips_down_is_no_hip_height(azimuth_deg):
    clip = bridge([1], noise=QUIET, camera=Camera(azimuth_deg, 5, 2.5))
    assert abs(measure(body_of(clip.poses[0]))["hip_height"]) < 0.12


@pytest.mark.parametrize("top", list(Side))
@pytest.mark.parametrize("azimuth_deg", [0, 180])
def test_the_knee_gap_is_left_over_right(top, azimuth_deg):
    clip = clamshell([1], top=top, noise=QUIET, camera=Camera(azimuth_deg, 10, 1.75))
    closed, opened = (measure(body_of(pose)) for pose in (clip.poses[0], at_the_top(clip)))
    sign = 1 if top is Side.LEFT else -1
    assert sign * (opened["knee_gap"] - closed["knee_gap"]) > 0.25
    assert sign * (opened["ankle_gap"] - closed["ankle_gap"]) < 0.1


def test_knees_falling_in_show_from_the_front():
    straight, inward = (
        body_of(at_the_top(squat([1], knee_in_deg=angle, noise=QUIET, camera=far(0)))) for angle in (0, 25)
    )
    assert knee_separation_ratio(inward) < knee_separation_ratio(straight) - 0.2
    for side in (LEFT, RIGHT):
        assert knee_medial_displacement(inward, side) > knee_medial_displacement(straight, side) + 0.05


# --- what tells one movement from another ---------------------------------------------------------------


def test_a_lunge_splits_the_feet_and_a_squat_does_not():
    assert values_at_the_top(lunge([1], noise=QUIET))["ankle_split"] > 0.5
    assert values_at_the_top(squat([1], noise=QUIET))["ankle_split"] < 0.1


def test_only_a_chair_keeps_somebody_up_behind_their_feet():
    assert measure(body_of(still(1, "seated", noise=QUIET).poses[0]))["trunk_over_feet"] < -0.7
    assert values_at_the_top(squat([1], noise=QUIET))["trunk_over_feet"] > -0.4


def test_the_hips_drop_in_a_squat_and_not_in_a_bend():
    standing = measure(body_of(standing_still(1, noise=QUIET).poses[0]))
    bent = values_at_the_top(forward_bend([1], noise=QUIET))
    assert standing["hip_drop"] == pytest.approx(0, abs=0.03)
    assert bent["hip_drop"] == pytest.approx(0, abs=0.06)
    assert bent["body_drop"] > standing["body_drop"] + 0.15


def test_shoulder_height_tells_lying_from_upright():
    assert measure(body_of(still(1, "hook_lying", noise=QUIET).poses[0]))["shoulder_height"] < 0.3
    assert values_at_the_top(squat([1], trunk_deg=55, knee_deg=115, noise=QUIET))["shoulder_height"] > 1.0


def test_lifting_a_foot_does_not_lower_the_hips():
    """The lower foot is the one that is stood on."""
    assert values_at_the_top(high_knees([1], sides="L", noise=QUIET))["hip_drop"] < 0.08


def test_the_bend_of_the_knee_tells_front_from_back_where_the_trunk_does_not():
    """The model's trunk turned round by mistake: a knee only bends backward, the sign of the hip stays."""
    right, wrong = (posed({"hip_flexion": 30, "knee_flexion": 60}, azimuth) for azimuth in (90, 270))
    mistaken = replace(right, world_m=wrong.world_m)
    assert measure(body_of(mistaken))["left_hip_flexion"] == pytest.approx(30, abs=0.5)


# --- scale, distance and nothing to see -------------------------------------------------------------------


def test_the_scale_is_pixels_per_metre():
    focal_px, distance_m = 512, 3.0
    body = body_of(standing_still(1, noise=QUIET, camera=Camera(90, 0, distance_m)).poses[0])
    assert body.scale_px == pytest.approx(focal_px / distance_m, rel=0.05)


@pytest.mark.parametrize("name", ["hip_drop", "body_drop", "hip_height", "knee_gap", "left_knee_rise"])
def test_ratios_do_not_depend_on_distance(name):
    clips = {"hip_height": bridge, "knee_gap": clamshell, "left_knee_rise": seated_march}
    motion = clips.get(name, squat)
    azimuth_deg = 0 if name in ("knee_gap", "left_knee_rise") else 90
    near, distant = (
        values_at_the_top(motion([1], noise=QUIET, camera=Camera(azimuth_deg, 0, d)))[name]
        for d in (3.0, 6.0)
    )
    assert near == pytest.approx(distant, abs=0.06)


def test_every_row_of_the_table_is_measured_on_a_whole_person():
    values = measure(body_of(at_the_top(squat([1], noise=QUIET))))
    expected = {f"{side}_{row.name}" if row.sided else row.name for row in MEASURES for side in Side}
    assert set(values) == expected
    assert all(math.isfinite(value) for value in values.values())
    assert all(row.unit in ("deg", "ratio") and row.source for row in MEASURES)


NEEDED_BY_BOTH_LEGS = {
    "hip_drop",
    "body_drop",
    "ankle_split",
    "trunk_over_feet",
    "hip_height",
    "shoulder_height",
}


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("joint", ["SHOULDER", "HIP", "KNEE", "ANKLE"])
def test_a_missing_joint_makes_exactly_what_needs_it_nan(side, joint):
    pose = at_the_top(squat([1], noise=QUIET))
    image, world = pose.image_px.copy(), pose.world_m.copy()
    image[Landmark[f"{side.name}_{joint}"]] = np.nan
    world[Landmark[f"{side.name}_{joint}"]] = np.nan
    values = measure(body_of(replace(pose, image_px=image, world_m=world)))
    legs = {"HIP": ("knee_flexion", "hip_flexion", "knee_flexion_3d", "hip_flexion_3d", "knee_rise")}
    legs["KNEE"] = legs["HIP"]
    legs["ANKLE"] = ("knee_flexion", "knee_flexion_3d", "knee_rise")
    legs["SHOULDER"] = ("hip_flexion", "hip_flexion_3d")
    assert all(math.isnan(values[f"{side}_{name}"]) for name in legs[joint])
    others = ("knee_flexion", "knee_flexion_3d", "thigh_elevation", "knee_rise")
    assert all(math.isfinite(values[f"{side.other}_{name}"]) for name in others)
    if joint in ("ANKLE", "KNEE"):
        assert math.isnan(values["hip_drop"])


def test_nothing_seen_is_all_nan():
    assert all(math.isnan(value) for value in measure(body_of(no_pose(0.0, (640, 480)))).values())


@pytest.mark.parametrize("clip", [squat, bridge, clamshell, seated_march, lunge, seated_lean, arms])
def test_a_mirrored_pose_has_mirrored_measures(clip):
    pose = at_the_top(clip([1], noise=QUIET, camera=Camera(50, 10, 3.0)))
    values, reflected = measure(body_of(pose)), measure(body_of(mirrored(pose)))
    signed = {"knee_gap": -1.0, "ankle_gap": -1.0, "knee_lead": -1.0}
    signed |= {f"{name}_corrected": -1.0 for name in TURNED_ROUND}
    for name, value in values.items():
        twin = name.replace("left", "LEFT").replace("right", "left").replace("LEFT", "right")
        if name in TWINS_BY_BODY:
            assert reflected[name] == pytest.approx(signed.get(name, 1.0) * value, abs=1e-6), name
        elif twin != name:
            assert reflected[twin] == pytest.approx(value, abs=1e-6), name


TWINS_BY_BODY = {row.name for row in MEASURES if not row.sided}
