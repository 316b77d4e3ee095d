"""The synthetic people are what they claim to be; every expected number comes from other geometry."""

import inspect
import itertools
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from formcheck.pose.skeleton import Landmark, Side, mirrored
from tests import synthetic
from tests.synthetic import Body, Camera, Noise, Tempo, Tremor
from tests.synthetic.body import landmarks, posture, reach
from tests.synthetic.stances import standing

TEXTBOOK = Body(thigh=0.43, shank=0.43, trunk=0.50, asymmetry=0.0)
"""The rigid model the clinical test vectors were computed with (clinical.md §6.1)."""

FAR_PX = 0.8 * 640 * 100
REPETITIVE = [
    getattr(synthetic, name)
    for name in synthetic.__all__
    if inspect.isfunction(getattr(synthetic, name))
    and "amplitudes" in inspect.signature(getattr(synthetic, name)).parameters
]
SINGLE = [
    synthetic.walking,
    synthetic.standing_still,
    synthetic.fidget,
    synthetic.stand_from_chair,
    synthetic.sit_down,
    synthetic.lie_down,
    synthetic.get_up,
    synthetic.rolling_over,
    synthetic.still,
]
TOP_S = 1.0 + 1.4 + 0.2
"""Middle of the first hold with the default tempo and lead."""


def far(azimuth_deg, **more):
    """A camera so far away that perspective vanishes."""
    return Camera(azimuth_deg=azimuth_deg, distance_m=300.0, focal_px=FAR_PX, **more)


def interior_deg(a, b, c):
    """The angle at b, by the law of cosines from the three distances."""
    ab, bc, ac = (np.linalg.norm(p - q, axis=-1) for p, q in ((a, b), (b, c), (a, c)))
    return np.degrees(np.arccos(np.clip((ab**2 + bc**2 - ac**2) / (2 * ab * bc), -1, 1)))


def joint(points, name):
    return points[..., Landmark[name], :]


def flexions(points, side="LEFT"):
    """Knee flexion and trunk-thigh hip flexion from points of any dimension."""
    s, h, k, a = (joint(points, f"{side}_{n}") for n in ("SHOULDER", "HIP", "KNEE", "ANKLE"))
    return 180 - interior_deg(h, k, a), 180 - interior_deg(s, h, k)


def sagittal(room):
    """Drop the lateral coordinate: the shoulders are wider than the hips, which bends S-H-K in 3D."""
    return room[..., [0, 2]]


def middle(points, name):
    return (joint(points, f"LEFT_{name}") + joint(points, f"RIGHT_{name}")) / 2


def stacked(poses, field):
    return np.array([getattr(p, field) for p in poses])


def frame_at(truth, time_s):
    return int(np.argmin(np.abs(truth.times_s - time_s)))


# --- the body ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("motion", REPETITIVE + SINGLE, ids=lambda f: f.__name__)
def test_bones_keep_their_length(motion):
    _, truth = motion(noise=Noise(seed=3), rate_hz=10)
    bones = {
        ("LEFT_HIP", "LEFT_KNEE"): 0.415 * 1.01,
        ("RIGHT_HIP", "RIGHT_KNEE"): 0.415 * 0.99,
        ("LEFT_KNEE", "LEFT_ANKLE"): 0.40 * 0.99,
        ("RIGHT_KNEE", "RIGHT_ANKLE"): 0.40 * 1.01,
        ("LEFT_HIP", "RIGHT_HIP"): 0.21,
        ("LEFT_SHOULDER", "RIGHT_SHOULDER"): 0.34,
        ("LEFT_SHOULDER", "LEFT_ELBOW"): 0.25 * 1.01,
        ("RIGHT_ELBOW", "RIGHT_WRIST"): 0.24 * 1.01,
    }
    for (a, b), length in bones.items():
        assert_allclose(np.linalg.norm(joint(truth.room_m, a) - joint(truth.room_m, b), axis=-1), length)
    for a, b in (("LEFT_HEEL", "LEFT_FOOT_INDEX"), ("NOSE", "LEFT_EAR"), ("NOSE", "RIGHT_EYE")):
        lengths = np.linalg.norm(joint(truth.room_m, a) - joint(truth.room_m, b), axis=-1)
        assert np.ptp(lengths) < 1e-9
    assert np.isfinite(truth.room_m).all()


@pytest.mark.parametrize(
    ("angles", "knee_from_hip", "ankle_from_knee"),
    [
        ({"hip_flexion": 90}, (1, 0, 0), (1, 0, 0)),
        ({"hip_flexion": 90, "knee_flexion": 90}, (1, 0, 0), (0, 0, -1)),
        ({"knee_flexion": 90}, (0, 0, -1), (-1, 0, 0)),
        ({"hip_abduction": 90}, (0, 1, 0), (0, 1, 0)),
        ({"hip_flexion": 90, "knee_flexion": 90, "hip_rotation": 90}, (1, 0, 0), (0, -1, 0)),
        ({"hip_flexion": 90, "hip_abduction": 90}, (0, 1, 0), (0, 1, 0)),
        ({"pitch": -90, "hip_flexion": 90}, (0, 0, 1), (0, 0, 1)),
        ({"pitch": -90}, (1, 0, 0), (1, 0, 0)),
        ({"heading": 90, "hip_flexion": 90}, (0, 1, 0), (0, 1, 0)),
        ({"pitch": -90, "twist": 90, "hip_flexion": 90}, (0, 1, 0), (0, 1, 0)),
    ],
)
def test_left_leg_points_where_anatomy_says(angles, knee_from_hip, ankle_from_knee):
    room = landmarks(posture(1, angles), TEXTBOOK)[0]
    hip, knee, ankle = (joint(room, f"LEFT_{n}") for n in ("HIP", "KNEE", "ANKLE"))
    assert_allclose((knee - hip) / 0.43, knee_from_hip, atol=1e-12)
    assert_allclose((ankle - knee) / 0.43, ankle_from_knee, atol=1e-12)


def test_external_rotation_and_abduction_go_outwards_on_both_sides():
    angles = {"hip_flexion": 90, "knee_flexion": 90, "hip_rotation": 20, "hip_abduction": 10}
    room = landmarks(posture(1, angles), TEXTBOOK)[0]
    left, right = (joint(room, f"{s}_KNEE") - joint(room, f"{s}_HIP") for s in ("LEFT", "RIGHT"))
    assert left[1] > 0
    assert_allclose(left * [1, -1, 1], right)
    assert joint(room, "LEFT_ANKLE")[1] < joint(room, "LEFT_KNEE")[1]  # the foot turns inwards


@pytest.mark.parametrize("side", list(Side))
def test_a_leg_reaches_what_forward_kinematics_reached(side):
    asked = {"hip_flexion": 50, "hip_abduction": 12, "hip_rotation": 20, "knee_flexion": 70, "pitch": 15}
    before = posture(1, asked | {"heading": 33, "twist": -8})
    room = landmarks(before, Body())
    hip, knee, ankle = (joint(room, f"{side.name}_{n}") for n in ("HIP", "KNEE", "ANKLE"))
    bare = before | posture(1, {"heading": 33, "twist": -8, "pitch": 15})
    after = reach(bare, Body(), side, ankle, knee - (hip + ankle) / 2)
    for name in ("hip_flexion", "hip_abduction", "hip_rotation", "knee_flexion"):
        assert_allclose(after[f"{name}_{side}"], asked[name], atol=1e-9)


def test_body_height_scales_every_length_and_unknown_angles_are_refused():
    tall = landmarks(standing(Body.of_height(1.87)), Body.of_height(1.87))[0]
    usual = landmarks(standing(Body()), Body())[0]
    assert_allclose(tall, usual * 1.87 / 1.70, atol=1e-12)
    with pytest.raises(KeyError, match="hip_flexon"):
        posture(1, {"hip_flexon": 3})


def test_standing_person_is_as_tall_as_the_real_one():
    room = landmarks(standing(Body()), Body())[0]
    assert 1.50 < joint(room, "LEFT_EYE")[2] < 1.68  # the eyes of a 1.70 m person


# --- the squat, against clinical.md §6.1 -------------------------------------------------------------

VECTORS = [(60, 22, 22, 60, 0.86), (90, 30, 35, 95, 0.68), (100, 30, 45, 115, 0.60), (110, 32, 40, 118, 0.53)]


def textbook_squat(knee, shank, trunk, **more):
    return synthetic.squat(
        [1],
        knee_deg=knee,
        shank_deg=shank,
        trunk_deg=trunk,
        toe_out_deg=0.0,
        body=TEXTBOOK,
        times_s=[0.0, TOP_S],
        **more,
    )


@pytest.mark.parametrize(("knee", "shank", "trunk", "hip", "height"), VECTORS)
def test_squat_meets_the_clinical_vectors(knee, shank, trunk, hip, height):
    poses, truth = textbook_squat(knee, shank, trunk, camera=far(90))
    for points in (sagittal(truth.room_m[1]), poses[1].image_px):
        assert_allclose(flexions(points), (knee, hip), atol=0.15)
    rise = middle(truth.room_m[1], "HIP")[2] - middle(truth.room_m[1], "ANKLE")[2]
    assert rise / 0.86 == pytest.approx(height, abs=0.006)


def test_oblique_camera_shrinks_the_angles_as_computed():
    poses, _ = textbook_squat(90, 30, 35, camera=far(120))
    p = poses[1].image_px
    trunk_thigh = 180 - interior_deg(*(middle(p, name) for name in ("SHOULDER", "HIP", "KNEE")))
    assert_allclose((flexions(p)[0], trunk_thigh), (82.9, 87.5), atol=0.2)


def test_angles_from_normalised_coordinates_are_the_aspect_trap():
    poses, _ = textbook_squat(90, 30, 35, camera=far(90, size=(1280, 720)))
    assert_allclose(flexions(poses[1].image_px / (1280, 720)), (62, 66), atol=1)


def test_requested_knee_angle_holds_for_both_legs_of_an_asymmetric_body():
    _, truth = synthetic.squat([1], knee_deg=90, times_s=[0.0, TOP_S])
    left, right = (flexions(truth.room_m[1], s)[0] for s in ("LEFT", "RIGHT"))
    assert_allclose([left, right], 90, atol=0.5)
    assert left != pytest.approx(right, abs=1e-6)


@pytest.mark.parametrize(
    "clip",
    [
        synthetic.squat([1, 0.6], stance_m=0.45),
        synthetic.squat([1], knee_in_deg=20, shift_m=0.04),
        synthetic.forward_bend([1]),
        synthetic.sit_to_stand([1]),
    ],
)
def test_feet_do_not_move_on_the_floor(clip):
    feet = clip.truth.room_m[:, Landmark.LEFT_ANKLE :]
    assert np.ptp(feet, axis=0).max() < 1e-9


def test_raised_heels_leave_the_toes_on_the_floor():
    _, truth = synthetic.squat([1], heel_up_deg=15, times_s=[0.0, TOP_S])
    moved = truth.room_m[1] - truth.room_m[0]
    assert_allclose(joint(moved, "LEFT_FOOT_INDEX"), 0, atol=1e-9)
    assert_allclose(joint(moved, "LEFT_HEEL")[2], 0.145 * 1.01 * np.sin(np.radians(15)), atol=0.002)
    assert_allclose(flexions(truth.room_m[1])[0], 90, atol=0.5)


def test_knees_in_shows_in_front_view():
    clean, fault = (synthetic.squat([1], knee_in_deg=d, times_s=[0.0, TOP_S]).truth for d in (0, 20))
    gap = [np.ptp([joint(t.room_m[1], f"{s}_KNEE")[1] for s in ("LEFT", "RIGHT")]) for t in (clean, fault)]
    assert gap[1] < gap[0] - 0.1


# --- bridge, clamshell, march ------------------------------------------------------------------------


@pytest.mark.parametrize(("hip_deg", "offset"), [(20, -0.161), (10, -0.081), (-10, 0.081)])
def test_bridge_meets_the_clinical_line_offsets(hip_deg, offset):
    poses, truth = synthetic.bridge(
        [1], top_deg=hip_deg, body=TEXTBOOK, width_m=0.21, times_s=[0.0, TOP_S], camera=far(90)
    )
    s, h, k = (joint(poses[1].image_px, f"LEFT_{n}") for n in ("SHOULDER", "HIP", "KNEE"))
    along = (s - k) / np.linalg.norm(s - k)  # from knee to shoulder is to the right: y down = below
    below = along[0] * (h - k)[1] - along[1] * (h - k)[0]
    assert -below / np.linalg.norm(s - h) == pytest.approx(offset, abs=0.012)
    assert flexions(poses[1].image_px)[1] == pytest.approx(abs(hip_deg), abs=0.2)
    assert truth.repetitions[0].peak == hip_deg


def test_bridge_keeps_shoulders_and_feet_on_the_floor():
    _, truth = synthetic.bridge([1, 0.5])
    for name in ("SHOULDER", "ANKLE", "FOOT_INDEX"):
        assert np.ptp(middle(truth.room_m, name), axis=0).max() < 1e-9
    hips = middle(truth.room_m, "HIP")[:, 2]
    assert hips.max() - hips[0] > 0.15
    knee, hip = flexions(truth.room_m[0])
    assert knee == pytest.approx(108, abs=1)
    assert 40 < hip < 60  # rest HF is about half of KF
    assert_allclose(joint(truth.room_m, "NOSE")[:, 2], joint(truth.room_m, "NOSE")[0, 2], atol=1e-9)


def plane_normal(points, side):
    hip, knee, ankle = (joint(points, f"{side}_{n}") for n in ("HIP", "KNEE", "ANKLE"))
    return np.cross(knee - hip, ankle - knee)


def between_deg(u, v):
    return np.degrees(np.arccos(np.dot(u, v) / np.linalg.norm(u) / np.linalg.norm(v)))


@pytest.mark.parametrize("top", list(Side))
def test_clamshell_opens_about_the_hip_ankle_line(top):
    _, truth = synthetic.clamshell([1], top=top, open_deg=30, body=TEXTBOOK, times_s=[0.0, TOP_S])
    shut, wide = truth.room_m
    assert between_deg(plane_normal(shut, top.name), plane_normal(wide, top.name)) == pytest.approx(30)
    thighs = [joint(p, f"{top.name}_KNEE") - joint(p, f"{top.name}_HIP") for p in (shut, wide)]
    assert between_deg(*thighs) == pytest.approx(21.1, abs=0.5)
    assert thighs[1][2] - thighs[0][2] == pytest.approx(0.35 * 0.43, abs=0.03 * 0.43)
    assert_allclose(joint(shut, f"{top.name}_ANKLE"), joint(wide, f"{top.name}_ANKLE"), atol=1e-9)
    assert_allclose(flexions(wide, top.other.name), (90, 45), atol=2.5)
    assert joint(wide, f"{top.name}_HIP")[2] > joint(wide, f"{top.other.name}_HIP")[2] + 0.2


def test_pure_roll_back_lifts_the_upper_knee_but_leaves_the_lower_leg():
    _, truth = synthetic.clamshell([1], open_deg=0, roll_back_deg=15, body=TEXTBOOK, times_s=[0.0, TOP_S])
    shut, rolled = truth.room_m
    rise = (joint(rolled, "RIGHT_KNEE") - joint(shut, "RIGHT_KNEE"))[2]
    assert rise / 0.43 == pytest.approx(0.16, abs=0.03)
    for name in ("HIP", "KNEE", "ANKLE"):
        assert_allclose(joint(rolled, f"LEFT_{name}"), joint(shut, f"LEFT_{name}"), atol=1e-9)
    line = [joint(p, "RIGHT_HIP") - joint(p, "LEFT_HIP") for p in (shut, rolled)]
    assert between_deg(*line) == pytest.approx(15)
    assert line[1][0] < line[0][0]  # backwards: away from where the belly faces (+x)


def test_clamshell_feet_can_part():
    _, truth = synthetic.clamshell([1], feet_apart_m=0.12, times_s=[0.0, TOP_S])
    assert_allclose((truth.room_m[1] - truth.room_m[0])[Landmark.RIGHT_ANKLE], (0, 0, 0.12), atol=1e-9)


def test_seated_march_lifts_one_thigh_at_a_time_by_what_was_asked():
    _, truth = synthetic.seated_march([1, 0.5], sides="LR", lift_deg=20)
    left, right = (
        np.degrees(
            np.arcsin((joint(truth.room_m, f"{s}_KNEE") - joint(truth.room_m, f"{s}_HIP"))[:, 2] / length)
        )
        for s, length in (("LEFT", 0.415 * 1.01), ("RIGHT", 0.415 * 0.99))
    )
    first, second = (frame_at(truth, rep.peak_s) for rep in truth.repetitions)
    assert_allclose([left[first] - left[0], right[first] - right[0]], (20, 0), atol=0.1)
    assert_allclose([left[second] - left[0], right[second] - right[0]], (0, 10), atol=0.1)
    assert [r.side for r in truth.repetitions] == [Side.LEFT, Side.RIGHT]
    assert_allclose(flexions(truth.room_m[0]), (92, 87), atol=1.5)


def test_leaning_back_hides_a_lift_from_the_hip_angle():
    """Seated HF = 90 + TE + TI: leaning back as far as the thigh rises leaves it unchanged."""
    _, truth = synthetic.seated_march([1], lift_deg=10, lean_back_deg=10, body=TEXTBOOK, times_s=[0.0, TOP_S])
    hip = flexions(truth.room_m)[1]
    assert hip[1] == pytest.approx(hip[0], abs=0.1)


# --- the camera --------------------------------------------------------------------------------------


def test_pinhole_projection_by_hand():
    camera = Camera(azimuth_deg=0, distance_m=3.0, focal_px=600.0, size=(800, 400), aim_m=(0.0, 0.0, 1.0))
    points = np.array([[0.0, 0.0, 1.0], [0.0, 0.5, 1.0], [1.0, 0.0, 1.2], [-1.0, -0.4, 0.6]])
    pixels, seen = camera.project(points)
    assert_allclose(pixels, [(400, 200), (500, 200), (400, 140), (340, 260)])
    assert_allclose(seen, [(0, 0, 3), (0.5, 0, 3), (0, -0.2, 2), (-0.4, 0.4, 4)], atol=1e-12)


def test_knees_nearer_to_the_camera_look_wider_apart():
    """A knee-to-ankle separation ratio of 1.00 reads 1.10 at 2.5 m with the knees 0.22 m forward."""
    camera = Camera(azimuth_deg=0, distance_m=2.5, aim_m=(0.0, 0.0, 0.5))
    points = np.array([(0.22, 0.1, 0.5), (0.22, -0.1, 0.5), (0, 0.1, 0.1), (0, -0.1, 0.1)])
    x = camera.project(points)[0][:, 0]
    assert (x[0] - x[1]) / (x[2] - x[3]) == pytest.approx(1.10, abs=0.005)


@pytest.mark.parametrize(
    ("azimuth", "near", "far_away"),
    [
        (0, "NOSE", "LEFT_EAR"),
        (90, "LEFT_HIP", "RIGHT_HIP"),
        (180, "LEFT_EAR", "NOSE"),
        (270, "RIGHT_HIP", "LEFT_HIP"),
    ],
)
def test_azimuth_says_what_is_near(azimuth, near, far_away):
    pose = synthetic.standing_still(0.1, camera=Camera(azimuth_deg=azimuth)).poses[0]
    assert joint(pose.world_m, near)[2] < joint(pose.world_m, far_away)[2]


def test_front_view_is_not_mirrored_and_side_view_faces_left():
    front = synthetic.standing_still(0.1, camera=Camera(azimuth_deg=0)).poses[0].image_px
    assert joint(front, "LEFT_SHOULDER")[0] > joint(front, "RIGHT_SHOULDER")[0]
    side = synthetic.standing_still(0.1, camera=Camera(azimuth_deg=90)).poses[0].image_px
    assert joint(side, "NOSE")[0] < joint(side, "LEFT_EAR")[0]
    assert joint(side, "NOSE")[1] < joint(side, "LEFT_HIP")[1]  # y down


@pytest.mark.parametrize(
    ("rest", "azimuth", "near", "far_away"),
    [
        ("supine", 90, "LEFT_HIP", "RIGHT_HIP"),
        ("supine", 0, "LEFT_ANKLE", "NOSE"),
        ("prone", 90, "LEFT_HIP", "RIGHT_HIP"),
        ("prone", 0, "NOSE", "LEFT_ANKLE"),
        ("left_up", 0, "NOSE", "LEFT_EAR"),
        ("right_up", 0, "NOSE", "LEFT_EAR"),
        ("left_up", 270, "NOSE", "LEFT_ANKLE"),
        ("right_up", 90, "NOSE", "LEFT_ANKLE"),
    ],
)
def test_azimuth_of_lying_people(rest, azimuth, near, far_away):
    pose = synthetic.still(0.1, rest, camera=Camera(azimuth_deg=azimuth, distance_m=2.5)).poses[0]
    assert joint(pose.world_m, near)[2] < joint(pose.world_m, far_away)[2]


@pytest.mark.parametrize(
    ("rest", "upper", "lower"),
    [
        ("left_up", "LEFT_HIP", "RIGHT_HIP"),
        ("right_up", "RIGHT_HIP", "LEFT_HIP"),
        ("supine", "NOSE", "LEFT_EAR"),
    ],
)
def test_what_is_up_when_lying(rest, upper, lower):
    room = synthetic.still(0.1, rest).truth.room_m[0]
    assert joint(room, upper)[2] > joint(room, lower)[2] + 0.1


def test_turning_the_camera():
    def hips(**turn):
        pose = synthetic.standing_still(0.1, camera=Camera(azimuth_deg=0, **turn)).poses[0]
        return middle(pose.image_px, "HIP")

    shift = 512 * np.tan(np.radians(5))
    assert hips(pan_deg=5)[0] == pytest.approx(hips()[0] - shift, abs=2)
    assert hips(tilt_deg=5)[1] == pytest.approx(hips()[1] - shift, abs=2)
    rolled = synthetic.standing_still(0.1, camera=Camera(azimuth_deg=0, roll_deg=90)).poses[0]
    assert joint(rolled.image_px, "NOSE")[0] < joint(rolled.image_px, "LEFT_HIP")[0] - 50
    assert joint(rolled.world_m, "NOSE")[0] < -0.5  # the world turns with the camera


def test_elevation_tilts_the_world_and_height_overrides_it():
    low, high = (
        synthetic.standing_still(0.1, camera=Camera(azimuth_deg=0, elevation_deg=e)).poses[0].world_m
        for e in (0, 30)
    )
    trunk = middle(high, "SHOULDER")
    assert np.degrees(np.arctan2(-trunk[2], -trunk[1])) == pytest.approx(30, abs=1)  # leans to the camera
    assert_allclose(np.linalg.norm(trunk), np.linalg.norm(middle(low, "SHOULDER")))
    camera = Camera(azimuth_deg=0, distance_m=2.0, height_m=2.0, aim_m=(0, 0, 0))
    assert_allclose(camera.place(np.zeros((1, 33, 3)))[1][2], (-(0.5**0.5), 0, -(0.5**0.5)), atol=1e-12)


def test_world_is_metres_from_the_hips_and_matches_the_room():
    poses, truth = synthetic.squat([1], camera=Camera(azimuth_deg=30, elevation_deg=12, roll_deg=4))
    world = stacked(poses, "world_m")
    assert_allclose(middle(world, "HIP"), 0, atol=1e-12)
    pairs = list(itertools.combinations((0, 11, 12, 23, 25, 28, 32), 2))
    for a, b in pairs:
        distance = np.linalg.norm(truth.room_m[:, a] - truth.room_m[:, b], axis=-1)
        assert_allclose(np.linalg.norm(world[:, a] - world[:, b], axis=-1), distance)


@pytest.mark.parametrize(
    ("make", "other"),
    [
        (synthetic.squat, {}),
        (synthetic.bridge, {}),
        (lambda *a, **k: synthetic.clamshell(*a, top=Side.LEFT, **k), {"top": Side.RIGHT}),
        (lambda *a, **k: synthetic.seated_march(*a, sides="LR", **k), {"sides": "RL"}),
        (lambda *a, **k: synthetic.lunge(*a, sides="LR", **k), {"sides": "RL"}),
    ],
)
def test_mirrored_person_filmed_from_the_mirrored_side_is_the_mirrored_pose(make, other):
    name = "clamshell" if "top" in other else "seated_march" if "sides" in other else make.__name__
    if "sides" in other and make([1, 1], rate_hz=1).truth.segments[0].motion == "lunge":
        name = "lunge"
    there = make([1, 0.5], body=Body(asymmetry=0.03), camera=Camera(azimuth_deg=50), rate_hz=5)
    back = getattr(synthetic, name)(
        [1, 0.5], body=Body(asymmetry=-0.03), camera=Camera(azimuth_deg=-50), rate_hz=5, **other
    )
    for a, b in zip(there.poses, back.poses, strict=True):
        flipped = mirrored(b)
        assert_allclose(a.image_px, flipped.image_px, atol=1e-6)
        assert_allclose(a.world_m, flipped.world_m, atol=1e-9)
        assert_allclose(a.visibility, flipped.visibility)


@pytest.mark.parametrize(("azimuth", "angle"), [(90, 0), (60, 30), (0, 90), (180, 90), (270, 0)])
def test_side_to_sight_angle(azimuth, angle):
    truth = synthetic.standing_still(0.1, camera=far(azimuth), body=TEXTBOOK).truth
    assert_allclose(truth.angles_deg["side_to_sight"], angle, atol=0.5)


# --- what the model sees: proportions measured on real and rendered people ---------------------------


def test_front_view_proportions():
    poses, _ = synthetic.standing_still(0.1, camera=Camera(azimuth_deg=0))
    p = poses[0].image_px
    trunk = np.linalg.norm(middle(p, "SHOULDER") - middle(p, "HIP"))

    def share(a, b):
        return np.linalg.norm(joint(p, a) - joint(p, b)) / trunk

    assert 0.38 <= share("LEFT_HIP", "RIGHT_HIP") <= 0.46
    assert 0.55 <= share("LEFT_SHOULDER", "RIGHT_SHOULDER") <= 0.75
    assert 0.74 <= share("LEFT_HIP", "LEFT_KNEE") <= 0.90
    assert 0.70 <= share("LEFT_KNEE", "LEFT_ANKLE") <= 0.85


def test_clamshell_gaps():
    poses, truth = synthetic.clamshell([1])
    top = frame_at(truth, TOP_S)

    def gap(i, name):
        p = poses[i].image_px
        trunk = np.linalg.norm(middle(p, "SHOULDER") - middle(p, "HIP"))
        return (joint(p, f"LEFT_{name}") - joint(p, f"RIGHT_{name}"))[1] / trunk

    assert gap(0, "KNEE") == pytest.approx(0.40, abs=0.05)
    assert gap(top, "KNEE") == pytest.approx(0.80, abs=0.06)
    assert gap(0, "ANKLE") == pytest.approx(0.20, abs=0.03)
    assert gap(top, "ANKLE") == pytest.approx(0.20, abs=0.03)


def test_bridge_hips_against_the_line_from_shoulder_to_ankle():
    poses, truth = synthetic.bridge([1])

    def offset(i):
        s, h, a = (joint(poses[i].image_px, f"LEFT_{n}") for n in ("SHOULDER", "HIP", "ANKLE"))
        along = (a - s) / np.linalg.norm(a - s)
        return abs(along[0] * (h - s)[1] - along[1] * (h - s)[0]) / np.linalg.norm(h - s)

    assert offset(0) == pytest.approx(0.03, abs=0.03)
    assert offset(frame_at(truth, TOP_S)) == pytest.approx(0.47, abs=0.08)


# --- noise -------------------------------------------------------------------------------------------


def test_same_seed_same_numbers():
    one, same, other = (synthetic.squat([1], noise=Noise(seed=s)).poses for s in (5, 5, 6))
    for field in ("image_px", "world_m", "visibility"):
        assert np.array_equal(stacked(one, field), stacked(same, field))
        assert not np.array_equal(stacked(one, field), stacked(other, field))


def test_jitter_and_wander_have_the_requested_size():
    still = {"rest": "standing", "duration_s": 30, "camera": Camera(azimuth_deg=0, size=(1280, 720))}
    clean = synthetic.still(**still).poses
    noisy = synthetic.still(**still, noise=Noise(jitter_px=2, drift_px=0, world_m=0.005, wander_m=0.03)).poses
    pixels = stacked(noisy, "image_px") - stacked(clean, "image_px")
    assert pixels.std() == pytest.approx(2 * 720 / 480, rel=0.03)
    world = stacked(noisy, "world_m") - stacked(clean, "world_m")
    knee = world[:, Landmark.LEFT_KNEE]
    assert knee[:, 0].std() == pytest.approx(0.005 * 1.5**0.5, rel=0.15)  # relative to two noisy hips
    assert 0.02 < knee[:, 2].std() < 0.06
    assert np.diff(knee[:, 2]).std() < 0.5 * knee[:, 2].std()  # slow
    assert_allclose(middle(stacked(noisy, "world_m"), "HIP"), 0, atol=1e-12)


def test_world_knees_can_look_bent_though_they_are_not():
    noise = replace(synthetic.QUIET, knee_forward_m=0.07)
    standing_up, biased = (
        synthetic.standing_still(0.1, camera=Camera(azimuth_deg=0), noise=n).poses[0] for n in (None, noise)
    )
    knee = [flexions(p.world_m)[0] for p in (standing_up, biased)]
    assert knee[1] - knee[0] == pytest.approx(np.degrees(0.07 / 0.419 + 0.07 / 0.396), abs=1)
    assert_allclose(biased.image_px, standing_up.image_px)


def test_drift_is_slow():
    still = {"rest": "standing", "duration_s": 60, "rate_hz": 10}
    quiet, drifting = (
        stacked(synthetic.still(**still, noise=n).poses, "image_px")
        for n in (synthetic.QUIET, replace(synthetic.QUIET, drift_px=1.5, drift_s=1.0))
    )
    drift = drifting - quiet
    assert drift.std() == pytest.approx(1.5, rel=0.1)
    kept = np.mean(drift[10:] * drift[:-10]) / np.mean(drift**2)
    assert kept == pytest.approx(np.exp(-1), abs=0.1)  # correlation after one correlation time


@pytest.mark.parametrize("drag", [0.0, 0.4, 1.0])
def test_hidden_leg_is_dragged_along_with_the_near_one(drag):
    camera = Camera(azimuth_deg=90, height_m=0.6)
    poses, truth = synthetic.seated_march(
        [1], sides="L", camera=camera, noise=Noise(jitter_px=0, drift_px=0, drag=drag)
    )
    top = frame_at(truth, TOP_S)
    image = stacked(poses, "image_px")
    near, hidden = (image[0, i, 1] - image[top, i, 1] for i in (Landmark.LEFT_KNEE, Landmark.RIGHT_KNEE))
    assert near > 20
    assert hidden / near == pytest.approx(drag, abs=0.1)  # and it is farther away, hence smaller


def test_nothing_is_dragged_in_a_front_view():
    poses, truth = synthetic.seated_march([1], sides="L", noise=replace(synthetic.QUIET, drag=1.0))
    image = stacked(poses, "image_px")[:, Landmark.RIGHT_KNEE]
    assert np.ptp(image, axis=0).max() < 1e-9
    assert truth.count(side=Side.LEFT) == 1


def test_swaps_exchange_the_legs_and_nothing_else():
    clean = synthetic.squat([1]).poses
    swapped = synthetic.squat([1], noise=replace(synthetic.QUIET, swap_spans=[(1, 2)])).poses
    for a, b in zip(clean, swapped, strict=True):
        left, right = (Landmark.RIGHT_KNEE, Landmark.LEFT_KNEE) if 1 <= a.time_s <= 2 else (25, 26)
        assert_allclose(b.image_px[[25, 26]], a.image_px[[left, right]])
        assert_allclose(b.image_px[:23], a.image_px[:23])
    at_random = synthetic.squat([1] * 5, noise=Noise(swap_probability=0.2)).poses
    behind = [p.world_m[Landmark.LEFT_HIP, 2] > p.world_m[Landmark.RIGHT_HIP, 2] for p in at_random]
    assert np.mean(behind) == pytest.approx(0.2, abs=0.07)


def test_dropped_detections():
    poses, _ = synthetic.squat([1], noise=Noise(dropped_spans=[(1.0, 1.5)]))
    assert [p.detected for p in poses] == [not 1.0 <= p.time_s <= 1.5 for p in poses]
    rare, _ = synthetic.squat([1] * 5, noise=Noise(drop_probability=0.1))
    assert np.mean([not p.detected for p in rare]) == pytest.approx(0.1, abs=0.05)


def test_visibility_of_hidden_and_unhidden_joints():
    def visibility(noise=None, **camera):
        return synthetic.standing_still(0.1, camera=Camera(**camera), noise=noise).poses[0].visibility

    side, front = visibility(azimuth_deg=90), visibility(azimuth_deg=0)
    assert side[Landmark.LEFT_KNEE] > 0.95
    assert side[Landmark.RIGHT_KNEE] == pytest.approx(0.55)
    assert side[Landmark.RIGHT_HIP] > 0.95  # the model reports hidden hips and shoulders as seen
    assert front.min() > 0.95
    flat = Noise(jitter_px=0, far_visibility=0.8)
    assert visibility(flat, azimuth_deg=270)[Landmark.LEFT_KNEE] == pytest.approx(0.8)
    close = synthetic.standing_still(0.1, camera=Camera(azimuth_deg=0, distance_m=1.2)).poses[0]
    assert close.image_px[Landmark.LEFT_ANKLE, 1] > 480
    assert close.visibility[Landmark.LEFT_ANKLE] < 0.3


# --- time --------------------------------------------------------------------------------------------


def test_repetitions_happen_when_the_tempo_says():
    tempo = Tempo(outbound_s=1.0, hold_s=0.5, return_s=2.0, pause_s=0.25)
    _, truth = synthetic.squat([1, 0.5], tempo=tempo, lead_s=0.75, tail_s=0.5)
    first, second = truth.repetitions
    assert (first.start_s, first.top_start_s, first.peak_s, first.top_end_s, first.end_s) == (
        0.75,
        1.75,
        2.0,
        2.25,
        4.25,
    )
    assert (second.start_s, second.end_s) == (4.5, 8.0)
    assert truth.times_s[-1] == pytest.approx(8.5, abs=1 / 30)
    knee = truth.angles_deg["knee_flexion_left"]
    moving = np.abs(np.diff(knee)) > 1e-9
    assert truth.times_s[:-1][moving][0] == pytest.approx(0.75, abs=0.05)
    assert knee[frame_at(truth, 2.0)] == pytest.approx(90, abs=0.5)
    assert knee[frame_at(truth, 4.4)] == pytest.approx(6, abs=0.5)


@pytest.mark.parametrize("times", [{"rate_hz": 10}, {"rate_hz": 60}, {"times_s": None}])
def test_truth_does_not_depend_on_the_frame_times(times):
    if "times_s" in times:
        times = {"times_s": synthetic.frame_times(9.0, 25, drift=0.8, seed=2)}
        assert np.ptp(np.diff(times["times_s"])) > 0.03
    poses, truth = synthetic.bridge([1, 1], **times)
    assert truth.repetitions == synthetic.bridge([1, 1]).truth.repetitions
    assert [p.time_s for p in poses] == list(truth.times_s)
    assert poses[0].time_s == 0


def test_tempo_can_differ_from_one_repetition_to_the_next():
    _, truth = synthetic.squat([1, 1], tempo=[Tempo(1, 0, 1, 0), Tempo(2, 0, 2, 0)], lead_s=0)
    assert [r.end_s for r in truth.repetitions] == [2, 6]
    with pytest.raises(ValueError, match="1 tempos for 2"):
        synthetic.squat([1, 1], tempo=[Tempo()])


def test_kinds_follow_the_minimum_excursion():
    # squat: 84 degrees of knee flexion at amplitude 1, the minimum is 30
    _, truth = synthetic.squat([1, 0.37, 0.34, 0.19, 0.16])
    assert [r.kind for r in truth.repetitions] == ["complete", "complete", "partial", "partial", "too_small"]
    assert truth.repetitions[0].peak == 90
    assert truth.repetitions[1].range == pytest.approx(0.37 * 84)


def test_a_set_may_start_at_once_and_end_in_mid_repetition():
    _, truth = synthetic.squat([1, 1], lead_s=0, end_fraction=0.5)
    assert truth.repetitions[0].start_s == 0
    last = truth.repetitions[-1]
    assert last.kind == "unfinished"
    assert truth.times_s[-1] == pytest.approx(last.start_s + 1.5, abs=1 / 30)
    assert truth.angles_deg["knee_flexion_left"][-1] > 80


def test_incomplete_return_between_repetitions():
    _, truth = synthetic.squat([1, 1, 1], residual=0.5)
    knee = truth.angles_deg["knee_flexion_left"]
    between = frame_at(truth, truth.repetitions[0].end_s + 0.3)
    assert knee[between] == pytest.approx(6 + 0.5 * 84, abs=1)
    assert knee[-1] == pytest.approx(6, abs=1)
    assert [r.kind for r in truth.repetitions] == ["not_returned", "not_returned", "complete"]


def test_shaky_top():
    tempo = Tempo(1, 2, 1, 0.5)
    steady, shaky = (
        synthetic.squat([1], tempo=tempo, tremor=t).truth.angles_deg["knee_flexion_left"]
        for t in (None, Tremor(0.05, 4))
    )
    difference = (shaky - steady)[60:121]
    assert np.abs(difference).max() == pytest.approx(0.05 * 84, rel=0.1)
    crossings = np.sum(np.diff(np.sign(difference[3:-3])) != 0)
    assert crossings == pytest.approx(2 * 4 * 2, abs=2)
    assert_allclose(shaky[:60], steady[:60])


@pytest.mark.parametrize("motion", REPETITIVE, ids=lambda f: f.__name__)
def test_everything_starts_and_ends_at_rest(motion):
    _, truth = motion([1, 0.8])
    assert len(truth.repetitions) == 2
    assert np.abs(truth.room_m[0] - truth.room_m[-1]).max() < 1e-6
    peak = frame_at(truth, truth.repetitions[0].peak_s)
    assert np.abs(truth.room_m[0] - truth.room_m[peak]).max() > 0.1
    assert truth.room_m[..., 2].min() > -0.02


# --- the other motions -------------------------------------------------------------------------------


def extremes(truth, name):
    values = truth.angles_deg[name]
    return values.min(), values.max()


def test_forward_bend_keeps_the_knees_straight():
    _, truth = synthetic.forward_bend([1], hip_deg=80)
    knee, hip = flexions(sagittal(truth.room_m))
    assert knee.max() < 8
    assert hip.max() == pytest.approx(80, abs=1)


def test_sit_to_stand_starts_and_ends_on_the_chair():
    _, truth = synthetic.sit_to_stand([1])
    knee, _ = flexions(truth.room_m)
    assert_allclose(knee[[0, -1]], 88, atol=1)
    assert knee.min() < 8
    assert extremes(truth, "trunk_inclination")[1] == pytest.approx(40, abs=1)


def test_leg_extension_moves_the_shank_only():
    _, truth = synthetic.seated_leg_extension([1], sides="L", extend_deg=80)
    assert np.ptp(joint(truth.room_m, "LEFT_KNEE"), axis=0).max() < 1e-9
    assert np.ptp(flexions(truth.room_m)[0]) == pytest.approx(80, abs=0.1)


@pytest.mark.parametrize("top", list(Side))
def test_side_leg_raise_keeps_the_knee_straight(top):
    _, truth = synthetic.side_leg_raise([1], top=top, raise_deg=35)
    thigh = joint(truth.room_m, f"{top.name}_KNEE") - joint(truth.room_m, f"{top.name}_HIP")
    peak = frame_at(truth, TOP_S)
    assert between_deg(thigh[0], thigh[peak]) == pytest.approx(35, abs=0.01)
    assert thigh[peak, 2] > thigh[0, 2] + 0.2
    assert flexions(truth.room_m, top.name)[0].max() < 1


def test_floor_distractors_do_what_they_say():
    raised = synthetic.supine_leg_raise([1]).truth
    assert_allclose(flexions(raised.room_m)[0], 3, atol=0.1)
    assert np.ptp(middle(raised.room_m, "HIP"), axis=0).max() < 1e-9
    sat = synthetic.sit_up([1], rise_deg=55).truth
    for name in ("HIP", "ANKLE"):
        assert np.ptp(middle(sat.room_m, name), axis=0).max() < 1e-9
    rise = middle(sat.room_m, "SHOULDER")[:, 2]
    assert rise.max() - rise.min() == pytest.approx(0.5 * np.sin(np.radians(55)), abs=1e-3)
    pulled = synthetic.knee_to_chest([1], sides="R").truth
    assert np.ptp(joint(pulled.room_m, "LEFT_KNEE"), axis=0).max() < 1e-9
    assert np.ptp(joint(pulled.room_m, "RIGHT_KNEE"), axis=0).max() > 0.2


def test_lunge_alternates_and_sinks():
    _, truth = synthetic.lunge([1, 1], sides="LR", step_m=0.75, drop_m=0.32)
    first, second = (frame_at(truth, r.peak_s) for r in truth.repetitions)
    gap = (joint(truth.room_m, "LEFT_ANKLE") - joint(truth.room_m, "RIGHT_ANKLE"))[:, 0]
    assert_allclose(gap[[0, first, second]], (0, 0.75, -0.75), atol=0.08)
    hips = middle(truth.room_m, "HIP")[:, 2]
    assert hips[0] - hips[first] == pytest.approx(0.32, abs=0.01)


def test_split_lunge_keeps_both_feet_in_place():
    _, truth = synthetic.lunge([1], sides="R", split=True)
    for side in ("LEFT", "RIGHT"):
        assert np.ptp(joint(truth.room_m, f"{side}_ANKLE"), axis=0).max() < 0.01
    assert joint(truth.room_m, "RIGHT_ANKLE")[0, 0] > joint(truth.room_m, "LEFT_ANKLE")[0, 0] + 0.7


def test_walking_past_and_towards():
    past = synthetic.walking(4, speed_m_s=1.0, camera=Camera(azimuth_deg=90, distance_m=3)).poses
    x = middle(stacked(past, "image_px"), "HIP")[:, 0]
    assert x[0] > 600
    assert x[-1] < 40  # walks to the left when the left side is seen
    near = synthetic.walking(3, camera=Camera(azimuth_deg=0, distance_m=4)).poses
    image = stacked(near, "image_px")
    trunk = np.linalg.norm(middle(image, "SHOULDER") - middle(image, "HIP"), axis=-1)
    assert trunk[-1] > 1.8 * trunk[0]


def test_high_knees_and_fidgeting():
    truth = synthetic.high_knees([1, 1], sides="LR").truth
    assert extremes(truth, "thigh_elevation_left")[1] > -15
    shaken = synthetic.fidget(8, shakes=[(2.0, Side.LEFT)], shake_deg=25).truth
    knee = flexions(shaken.room_m)[0]
    assert 20 < np.ptp(knee) < 35
    moving = shaken.times_s[knee > knee.min() + 10]
    assert moving.min() >= 2.0
    assert moving.max() <= 2.3
    wrists = joint(shaken.room_m, "LEFT_WRIST")[:, 2]
    assert wrists.max() > 1.7  # overhead


def test_getting_down_and_up_again():
    down, up = synthetic.lie_down().truth, synthetic.get_up().truth
    trunk = [t.angles_deg["trunk_inclination"][[0, -1]] for t in (down, up)]
    assert_allclose(trunk[0], (0, -90), atol=1)
    assert_allclose(trunk[1], (-90, 0), atol=1)
    hips = middle(down.room_m, "HIP")[:, 2]
    assert hips[0] > 0.85
    assert hips[-1] < 0.15
    rolled = synthetic.rolling_over(end="right_up").truth.room_m
    assert joint(rolled, "RIGHT_HIP")[-1, 2] > joint(rolled, "LEFT_HIP")[-1, 2] + 0.2


# --- sessions ----------------------------------------------------------------------------------------


def session(**more):
    return synthetic.concatenate(
        synthetic.walking(2),
        synthetic.squat([1, 0.3]),
        synthetic.lie_down(4),
        synthetic.bridge([1]),
        synthetic.rolling_over(),
        synthetic.clamshell([1, 1], top=Side.RIGHT),
        synthetic.get_up(4),
        **more,
    )


def test_session_is_continuous_and_its_truth_moves_along():
    poses, truth = session(blend_s=1.5, camera=Camera(azimuth_deg=90, distance_m=4))
    steps = np.diff(truth.times_s)
    assert_allclose(steps, 1 / 30, atol=0.02)
    assert steps.min() > 0
    assert np.abs(np.diff(truth.room_m, axis=0)).max() < 0.2
    assert len(poses) == len(truth.times_s) == len(truth.angles_deg["trunk_inclination"])
    named = [s for s in truth.segments if s.motion != "blend"]
    assert [s.motion for s in named][:4] == ["walking", "squat", "lie_down", "bridge"]
    assert [r.kind for r in truth.repetitions] == ["complete", "partial", "complete", "complete", "complete"]
    squat = named[1]
    assert truth.repetitions[0].start_s == pytest.approx(squat.start_s + 1.0)
    knee = truth.angles_deg["knee_flexion_left"]
    assert knee[frame_at(truth, truth.repetitions[0].peak_s)] == pytest.approx(90, abs=1)
    hips = middle(truth.room_m, "HIP")[:, 2]
    bridge = truth.repetitions[2]
    assert hips[frame_at(truth, bridge.peak_s)] > hips[frame_at(truth, bridge.start_s)] + 0.15


def test_each_motion_starts_where_the_last_one_ended():
    _, truth = session()
    here = middle(truth.room_m, "HIP")[:, :2]
    for blend in (s for s in truth.segments if s.motion == "blend"):
        a, b = (here[frame_at(truth, t)] for t in (blend.start_s, blend.end_s))
        assert_allclose(a, b, atol=0.02)
    assert here[frame_at(truth, 2.0), 0] == pytest.approx(1.1, abs=0.01)  # walked 2 s at 1.1 m/s, from -1.1
    _, apart = session(follow=False)
    assert np.linalg.norm(np.ptp(middle(apart.room_m, "HIP")[70:, :2], axis=0)) > 0.5


def test_somebody_lying_stays_the_way_he_lies():
    _, truth = session()
    clam = next(s for s in truth.segments if s.motion == "clamshell")
    now, then = frame_at(truth, clam.start_s), frame_at(truth, clam.start_s - 2)
    axis = [middle(truth.room_m[i], "SHOULDER") - middle(truth.room_m[i], "HIP") for i in (now, then)]
    assert between_deg(*axis) < 10


def test_refilming_changes_the_camera_and_not_the_person():
    clip = synthetic.squat([1])
    front = synthetic.refilm(clip, camera=Camera(azimuth_deg=0))
    again = synthetic.squat([1], camera=Camera(azimuth_deg=0))
    assert np.array_equal(front.truth.room_m, clip.truth.room_m)
    assert_allclose(stacked(front.poses, "image_px"), stacked(again.poses, "image_px"))


def test_heading_and_place_turn_and_move_the_person():
    plain, moved = (
        synthetic.squat([1], rate_hz=5, **k).truth.room_m for k in ({}, {"heading_deg": 90, "at": (1, 2)})
    )
    x, y, z = np.moveaxis(plain, -1, 0)
    assert_allclose(moved, np.stack([1 - y, 2 + x, z], axis=-1), atol=1e-9)


def test_misspelt_options_are_refused():
    with pytest.raises(TypeError, match="tempoo"):
        synthetic.squat([1], tempoo=Tempo())
