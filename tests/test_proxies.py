"""The measures that form rules will ask for, against answers known from geometry (clinical 0.6 and 6.1)."""

import math

import numpy as np
import pytest

from formcheck.kinematics import LEFT, MEASURES, PROXIES, RIGHT, body_of
from formcheck.pose.skeleton import Pose, mirrored
from tests.synthetic import Body, Camera, Noise, bridge, clamshell, squat

QUIET = Noise(jitter_px=0.0, drift_px=0.0, world_m=0.0, wander_m=0.0, drag=0.0)
BY_NAME = {row.name: row.function for row in (*MEASURES, *PROXIES)}
FAR = {"distance_m": 40.0, "focal_px": 8000.0}


def pose_from(points: dict[int, tuple[float, float]], world: dict[int, tuple[float, float, float]]) -> Pose:
    image_px, world_m = np.full((33, 2), np.nan), np.full((33, 3), np.nan)
    for index, point in points.items():
        image_px[index] = point
    for index, place in world.items():
        world_m[index] = place
    return Pose(0.0, image_px, world_m, np.ones(33), (1000, 1000))


FRONT_IMAGE = {11: (600, 200), 12: (400, 200), 23: (560, 500), 24: (440, 500), 27: (560, 900), 28: (440, 900)}
FRONT_WORLD = {11: (0.2, -0.5, 0), 12: (-0.2, -0.5, 0), 23: (0.1, 0, 0), 24: (-0.1, 0, 0)}


def front(left_knee: tuple[float, float], **moved: tuple[float, float]) -> Pose:
    """Somebody seen from the front; the person's left is on the right of the picture."""
    points = FRONT_IMAGE | {25: left_knee, 26: (440, 700)} | {int(k[1:]): v for k, v in moved.items()}
    return pose_from(points, FRONT_WORLD)


def value(name: str, pose: Pose, *side: object) -> float:
    return BY_NAME[name](body_of(pose), *side)


def test_a_knee_on_the_line_from_hip_to_ankle_is_neither_in_nor_out():
    assert value("knee_medial_displacement", front((560, 700)), LEFT) == pytest.approx(0.0)
    assert value("frontal_plane_projection", front((560, 700)), LEFT) == pytest.approx(0.0)


@pytest.mark.parametrize(("x", "sign"), [(540, 1), (580, -1)])
def test_a_knee_inside_the_line_counts_positive_on_either_side(x, sign):
    shank = math.hypot(20, 200)
    angle = 2 * math.degrees(math.atan2(20, 200))
    for pose, side in ((front((x, 700)), LEFT), (mirrored(front((x, 700))), RIGHT)):
        assert value("knee_medial_displacement", pose, side) == pytest.approx(sign * 20 / shank)
        assert value("frontal_plane_projection", pose, side) == pytest.approx(sign * angle)


def test_knees_half_as_far_apart_as_the_ankles():
    assert value("knee_separation_ratio", front((530, 700), _26=(470, 700))) == pytest.approx(0.5)


def test_lean_is_positive_toward_the_persons_right():
    leaning = front((560, 700), _11=(500, 200), _12=(300, 200))
    assert value("trunk_lateral_lean", leaning) == pytest.approx(math.degrees(math.atan2(100, 300)))
    assert value("trunk_lateral_lean", mirrored(leaning)) == pytest.approx(
        -math.degrees(math.atan2(100, 300))
    )


def test_a_raised_left_hip_counts_positive():
    raised = front((560, 700), _23=(560, 480))
    assert value("pelvic_obliquity", raised) == pytest.approx(math.degrees(math.atan2(20, 120)))
    assert value("pelvic_obliquity", mirrored(raised)) == pytest.approx(-math.degrees(math.atan2(20, 120)))


def test_a_thigh_straight_down_is_not_abducted_and_outward_counts_positive():
    assert value("hip_abduction", front((560, 700)), LEFT) == pytest.approx(0.0)
    assert value("hip_abduction", front((660, 600)), LEFT) == pytest.approx(45.0)
    assert value("hip_abduction", mirrored(front((660, 600))), RIGHT) == pytest.approx(45.0)


def at_peak(clip):
    peak_s = clip.truth.repetitions[0].peak_s
    return min(clip.poses, key=lambda pose: abs(pose.time_s - peak_s))


@pytest.mark.parametrize(
    ("knee", "shank", "trunk", "hip"),
    [(60, 22, 22, 60), (90, 30, 35, 95), (100, 30, 45, 115), (110, 32, 40, 118)],
)
@pytest.mark.parametrize("azimuth_deg", [90, 270])
def test_clinical_squat_vectors(knee, shank, trunk, hip, azimuth_deg):
    clip = squat(
        [1],
        knee_deg=knee,
        shank_deg=shank,
        trunk_deg=trunk,
        toe_out_deg=0,
        noise=QUIET,
        body=Body(asymmetry=0),
        camera=Camera(azimuth_deg=azimuth_deg, **FAR),
    )
    pose, side = at_peak(clip), LEFT if azimuth_deg == 90 else RIGHT
    assert value("shank_inclination", pose, side) == pytest.approx(shank, abs=1.0)
    assert value("trunk_inclination", pose) == pytest.approx(trunk, abs=1.0)
    assert value("knee_flexion", pose, side) - shank + trunk == pytest.approx(hip, abs=1.5)


@pytest.mark.parametrize(("top_deg", "offset"), [(20, -0.16), (10, -0.08), (-10, 0.08)])
def test_the_hip_stands_off_the_line_from_shoulder_to_knee_as_the_clinical_table_says(top_deg, offset):
    clip = bridge([1], top_deg=top_deg, noise=QUIET, body=Body(asymmetry=0), camera=Camera(90, **FAR))
    assert value("hip_line_offset", at_peak(clip), LEFT) == pytest.approx(offset, abs=0.03)


@pytest.mark.parametrize("open_deg", [20, 40])
def test_the_planes_of_the_legs_part_by_nearly_what_the_knee_opens(open_deg):
    """The upper hip lies higher than the lower, so the planes are not parallel at rest."""
    clip = clamshell([1], open_deg=open_deg, noise=QUIET, body=Body(asymmetry=0))
    at_rest = value("clamshell_opening", clip.poses[0])
    assert value("clamshell_opening", at_peak(clip)) - at_rest == pytest.approx(open_deg, abs=5.0)


def test_rolling_back_shows_in_pelvis_and_trunk():
    clip = clamshell([1], roll_back_deg=20, noise=QUIET, body=Body(asymmetry=0))
    for name in ("pelvis_roll", "trunk_roll"):
        change = abs(value(name, clip.poses[0])) - abs(value(name, at_peak(clip)))
        assert change == pytest.approx(20, abs=4.0), name


def test_a_heel_above_the_toe_counts_positive():
    pose = pose_from({31: (600, 900), 29: (500, 880)}, {})
    assert value("foot_pitch", pose, LEFT) == pytest.approx(math.degrees(math.atan2(20, 100)))


@pytest.mark.parametrize("row", PROXIES, ids=lambda row: row.name)
def test_what_is_not_seen_is_not_measured(row):
    nothing = pose_from({}, {})
    assert math.isnan(row.function(body_of(nothing), *([LEFT] if row.sided else [])))
