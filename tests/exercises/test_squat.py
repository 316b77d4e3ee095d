"""The squat from every side of the room, shallow and deep, and what a squat is not."""

import pytest

from formcheck.pose.skeleton import Side
from formcheck.results import Posture, ViewLabel
from tests.exercises.watched import (
    analysed,
    assert_counted_as_put_in,
    complete_reps,
    count,
    count_as_each,
    counts,
    filmed,
    usual,
)
from tests.synthetic import (
    QUIET,
    Body,
    Camera,
    forward_bend,
    high_knees,
    lunge,
    sit_to_stand,
    squat,
)

CAMERAS = {
    "left side": (Camera(azimuth_deg=90), ViewLabel.SIDE, Side.LEFT),
    "right side": (Camera(azimuth_deg=270), ViewLabel.SIDE, Side.RIGHT),
    "a little off the side": (Camera(azimuth_deg=110), ViewLabel.SIDE, Side.LEFT),
    "30 degrees off the side": (Camera(azimuth_deg=300), ViewLabel.SIDE, Side.RIGHT),
    "45 degrees": (Camera(azimuth_deg=45), ViewLabel.OBLIQUE, Side.LEFT),
    "45 degrees from behind": (Camera(azimuth_deg=225), ViewLabel.OBLIQUE, Side.RIGHT),
    "30 degrees off the front": (Camera(azimuth_deg=330), None, None),
    "front": (Camera(azimuth_deg=0), ViewLabel.FRONT, None),
    "a little off the front": (Camera(azimuth_deg=12), ViewLabel.FRONT, None),
    "back": (Camera(azimuth_deg=180), ViewLabel.BACK, None),
    "from above": (Camera(azimuth_deg=90, elevation_deg=15), ViewLabel.SIDE, Side.LEFT),
    "front, from the floor": (Camera(azimuth_deg=0, height_m=0.2), ViewLabel.FRONT, None),
    "portrait phone": (Camera(azimuth_deg=90, size=(480, 854), distance_m=4.0), ViewLabel.SIDE, Side.LEFT),
    "far away": (Camera(azimuth_deg=90, distance_m=4.5, size=(1280, 720)), ViewLabel.SIDE, Side.LEFT),
}


@pytest.mark.parametrize("place", CAMERAS, ids=str)
def test_counted_from_everywhere(place):
    camera, label, side = CAMERAS[place]
    summary = assert_counted_as_put_in(filmed("squat", (1.0, 0.8, 0.6), camera=camera), "squat")
    assert summary.view.assessable
    if label is not None:
        assert summary.view.label is label
        assert summary.camera_side is side


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("azimuth_deg", [52, 54, 56, 306, 28, 32])
def test_the_border_between_two_views_loses_nothing(azimuth_deg, seed):
    """Just where the label may change from side to oblique or from oblique to front in mid-set."""
    camera = Camera(azimuth_deg, distance_m=2.6, height_m=0.9)
    clip = filmed("squat", (1.0,) * 4, camera=camera, noise=usual(seed), rate_hz=15)
    assert count(clip.poses, "squat") == (4, 0)


@pytest.mark.parametrize("seed", range(2, 6))
@pytest.mark.parametrize("azimuth_deg", [0, 45, 90, 180])
def test_counted_whatever_the_noise(azimuth_deg, seed):
    clip = filmed("squat", (1.0,) * 3, camera=Camera(azimuth_deg=azimuth_deg), noise=usual(seed), rate_hz=20)
    assert count(clip.poses, "squat") == (3, 0)


@pytest.mark.parametrize("azimuth_deg", [90, 270])
@pytest.mark.parametrize(
    ("excursion_deg", "expected"),
    [(84, (1, 0)), (33, (1, 0)), (27, (0, 1)), (18, (0, 1)), (12, (0, 0))],
)
def test_thirty_degrees_of_knee_flexion_make_a_repetition_and_fifteen_a_partial_one(
    excursion_deg, expected, azimuth_deg
):
    """Side view, no noise: the definition itself (product.md §3, clinical.md §1.1)."""
    camera = Camera(azimuth_deg=azimuth_deg)
    poses, truth = squat([excursion_deg / 84], noise=QUIET, body=Body(asymmetry=0), camera=camera)
    assert truth.repetitions[0].range == pytest.approx(excursion_deg)
    assert count(poses, "squat") == expected


STICK_DEG = 15.0
"""Learned angles expect the pose model's hip, which lies forward of the joint: stick people read deeper."""


def test_a_side_view_reports_degrees_of_the_near_knee():
    clip = squat([1, 1], knee_deg=95, noise=QUIET, body=Body(asymmetry=0))
    rep = analysed(clip.poses, "squat").rep_list[0]
    assert (rep.signal, rep.signal_unit) == ("knee_flexion", "deg")
    assert rep.peak == pytest.approx(95, abs=STICK_DEG)
    assert rep.range == pytest.approx(89, abs=STICK_DEG)
    assert 60 < rep.peak_velocity < 180  # 89 degrees in 1.2 s, minimum jerk: 139 at the fastest


def test_a_front_view_reports_hip_drop_instead_of_degrees():
    clip = squat([1, 1], camera=Camera(azimuth_deg=0), noise=QUIET)
    summary = analysed(clip.poses, "squat")
    rep = summary.rep_list[0]
    assert (rep.signal, rep.signal_unit) == ("hip_drop", "ratio")
    assert rep.peak == pytest.approx(0.32, abs=0.05)  # hip height / leg at 90 deg of knee flexion: 0.68
    assert summary.range_of_motion["knee_flexion"].left is None
    assert summary.range_of_motion["knee_flexion"].right is None


@pytest.mark.parametrize(("azimuth_deg", "near"), [(90, Side.LEFT), (270, Side.RIGHT)])
def test_the_range_of_motion_is_that_of_the_near_leg(azimuth_deg, near):
    summary = analysed(filmed("squat", (1.0,) * 3, camera=Camera(azimuth_deg=azimuth_deg)).poses, "squat")
    for joint, top_deg in (("knee_flexion", 90), ("hip_flexion", 95)):
        sides = summary.range_of_motion[joint]
        seen, hidden = (sides.left, sides.right) if near is Side.LEFT else (sides.right, sides.left)
        assert seen.max_deg == pytest.approx(top_deg, abs=STICK_DEG)
        assert seen.min_deg == pytest.approx(5, abs=STICK_DEG)
        assert hidden is None or hidden.error_deg >= seen.error_deg / 2


@pytest.mark.parametrize("azimuth_deg", [0, 45, 90, 180])
def test_depth_decides_nothing_but_the_range(azimuth_deg):
    """A deep squat, thighs below the horizontal, much lean."""
    clip = filmed(
        "squat", (1.0,) * 3, knee_deg=115, shank_deg=35, trunk_deg=50, camera=Camera(azimuth_deg=azimuth_deg)
    )
    assert count(clip.poses, "squat") == (3, 0)


@pytest.mark.parametrize("azimuth_deg", [0, 45, 90])
def test_faults_do_not_change_the_count(azimuth_deg):
    camera = Camera(azimuth_deg=azimuth_deg)
    faulty = filmed("squat", (1.0,) * 3, knee_in_deg=20, heel_up_deg=15, shift_m=0.05, camera=camera)
    assert count(faulty.poses, "squat") == (3, 0)


@pytest.mark.parametrize("roll_deg", [-14, 14])
@pytest.mark.parametrize("azimuth_deg", [0, 45, 90, 270])
def test_a_camera_that_leans_is_no_obstacle(azimuth_deg, roll_deg):
    camera = Camera(azimuth_deg, 5, 2.8, roll_deg=roll_deg)
    assert count(filmed("squat", (1.0,) * 3, camera=camera, rate_hz=15).poses, "squat") == (3, 0)


BODIES = {
    "small": Body(trunk=0.42, thigh=0.36, shank=0.34, hip_width=0.18, shoulder_width=0.28),
    "tall": Body(trunk=0.58, thigh=0.47, shank=0.46, hip_width=0.26, shoulder_width=0.42),
    "uneven legs": Body(asymmetry=0.06),
    "short thighs": Body(thigh=0.36, shank=0.44),
    "long thighs": Body(thigh=0.46, shank=0.36),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("azimuth_deg", [0, 45, 90])
def test_people_of_all_shapes(azimuth_deg, body):
    clip = filmed("squat", (1.0,) * 3, camera=Camera(azimuth_deg), body=body, rate_hz=15)
    assert count(clip.poses, "squat") == (3, 0)


@pytest.mark.parametrize("rest_knee_deg", [0, 20])
def test_standing_with_bent_or_straight_knees_is_rest_all_the_same(rest_knee_deg):
    clip = filmed("squat", (1.0,) * 3, rest_knee_deg=rest_knee_deg)
    assert count(clip.poses, "squat") == (3, 0)


def test_a_long_set_is_one_set():
    summary = analysed(filmed("squat", (1.0,) * 12, rate_hz=12.0).poses, "squat")
    assert counts(summary) == (12, 0)
    assert [(one.complete, one.partial) for one in summary.sets] == [(12, 0)]
    assert [rep.set for rep in summary.rep_list] == [1] * 12
    starts = [rep.start_s for rep in complete_reps(summary)]
    assert starts == sorted(starts)


@pytest.mark.parametrize("azimuth_deg", [0, 90, 180, 315])
@pytest.mark.parametrize(
    ("motion", "options"),
    [
        (lunge, {}),
        (lunge, {"split": True}),
        (high_knees, {}),
        (forward_bend, {}),
        (sit_to_stand, {}),
    ],
    ids=["lunge", "split lunge", "high knees", "forward bend", "sit to stand"],
)
def test_other_movements_of_standing_people_are_no_squats(motion, options, azimuth_deg):
    clip = motion(camera=Camera(azimuth_deg=azimuth_deg), noise=usual(), rate_hz=20, **options)
    assert count_as_each(clip.poses) == {}


def test_a_squat_is_recognised_as_standing():
    from formcheck.observer import Observer  # noqa: PLC0415

    observer = Observer()
    seen = [observer.observe(pose).posture for pose in filmed("squat", (1.0,) * 2).poses]
    assert set(seen) == {Posture.STANDING}
