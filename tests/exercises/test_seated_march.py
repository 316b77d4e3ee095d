"""The seated march: each lift counts, left and right apart, one leg at a time."""

import pytest

from formcheck.pose.skeleton import Side
from formcheck.results import ViewLabel
from tests.exercises.watched import (
    analysed,
    assert_counted_as_put_in,
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
    Tempo,
    arms,
    seated_lean,
    seated_leg_extension,
    seated_march,
    sit_down,
    stand_from_chair,
    still,
)


def seat(azimuth_deg: float = 0.0) -> Camera:
    return Camera(azimuth_deg=azimuth_deg, distance_m=2.2, height_m=0.9)


CAMERAS = {
    0: (ViewLabel.FRONT, None),
    25: (ViewLabel.FRONT, None),
    45: (ViewLabel.OBLIQUE, Side.LEFT),
    315: (ViewLabel.OBLIQUE, Side.RIGHT),
    75: (ViewLabel.SIDE, Side.LEFT),
    90: (ViewLabel.SIDE, Side.LEFT),
    270: (ViewLabel.SIDE, Side.RIGHT),
}


@pytest.mark.parametrize("azimuth_deg", CAMERAS)
def test_counted_from_the_front_obliquely_and_from_both_sides(azimuth_deg):
    label, near = CAMERAS[azimuth_deg]
    clip = filmed("seated_march", (1.0, 0.8, 0.6, 1.0, 0.7, 0.9), camera=seat(azimuth_deg))
    summary = assert_counted_as_put_in(clip, "seated_march")
    assert (summary.reps.left, summary.reps.right) == (3, 3)
    assert summary.view.label is label
    assert summary.camera_side is near


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("azimuth_deg", [52, 54, 56, 306])
def test_the_border_between_two_views_loses_nothing(azimuth_deg, seed):
    """Just where the label may change from side to oblique in mid-set."""
    camera = Camera(azimuth_deg, distance_m=2.6, height_m=0.9)
    clip = filmed("seated_march", (1.0,) * 4, camera=camera, noise=usual(seed), rate_hz=15)
    assert count(clip.poses, "seated_march") == (4, 0)


@pytest.mark.parametrize("seed", range(2, 6))
@pytest.mark.parametrize("azimuth_deg", [0, 45, 90, 270])
def test_counted_whatever_the_noise(azimuth_deg, seed):
    clip = filmed("seated_march", (1.0,) * 4, camera=seat(azimuth_deg), noise=usual(seed))
    summary = analysed(clip.poses, "seated_march")
    assert [rep.side for rep in summary.rep_list if rep.complete] == [Side.LEFT, Side.RIGHT] * 2


@pytest.mark.parametrize("azimuth_deg", [90, 270, 65, 295])
def test_a_hidden_leg_dragged_along_is_no_lift(azimuth_deg):
    """The pose model moves the leg it cannot see with the one it sees (0.4 to 1 of the way)."""
    clip = filmed("seated_march", (1.0,) * 6, camera=seat(azimuth_deg), noise=usual(drag=0.4))
    summary = analysed(clip.poses, "seated_march")
    assert [rep.side for rep in summary.rep_list] == [rep.side for rep in clip.truth.repetitions]


@pytest.mark.parametrize(("azimuth_deg", "near"), [(90, Side.LEFT), (270, Side.RIGHT)])
def test_one_leg_only_seen_from_its_own_side(azimuth_deg, near):
    letters = "L" if near is Side.LEFT else "R"
    noise = usual(drag=0.9)
    clip = filmed("seated_march", (1.0,) * 4, sides=letters, camera=seat(azimuth_deg), noise=noise)
    summary = analysed(clip.poses, "seated_march")
    assert [rep.side for rep in summary.rep_list] == [near] * 4


@pytest.mark.parametrize("sides", ["L", "R", "LLR", "LRRL"])
def test_any_order_of_legs(sides):
    clip = filmed("seated_march", (1.0,) * 6, sides=sides)
    summary = assert_counted_as_put_in(clip, "seated_march")
    assert summary.reps.left == clip.truth.count(side=Side.LEFT)
    assert summary.reps.right == clip.truth.count(side=Side.RIGHT)


@pytest.mark.parametrize("azimuth_deg", [0, 45, 90])
@pytest.mark.parametrize("lift_deg", [9, 35, 55])
def test_low_and_high_lifts(lift_deg, azimuth_deg):
    clip = filmed("seated_march", (1.0,) * 4, lift_deg=lift_deg, camera=seat(azimuth_deg), rate_hz=20)
    assert count(clip.poses, "seated_march") == (4, 0)


@pytest.mark.parametrize("azimuth_deg", [0, 45, 90, 270])
@pytest.mark.parametrize("lift_s", [0.6, 0.75, 1.0])
def test_marching_fast_without_a_pause(lift_s, azimuth_deg):
    """60 to 100 lifts a minute, one leg rising the moment the other is down."""
    tempo = Tempo(0.47 * lift_s, 0.06 * lift_s, 0.47 * lift_s, 0.0)
    clip = filmed("seated_march", (1.0,) * 10, tempo=tempo, rate_hz=30, camera=seat(azimuth_deg))
    assert count(clip.poses, "seated_march") == (10, 0)


@pytest.mark.parametrize("azimuth_deg", [0, 90])
def test_leaning_back_with_the_lift_still_counts_the_lift(azimuth_deg):
    clip = filmed("seated_march", (1.0,) * 4, lean_back_deg=12, camera=seat(azimuth_deg))
    assert count(clip.poses, "seated_march") == (4, 0)


@pytest.mark.parametrize("azimuth_deg", [0, 45, 90, 270])
def test_leaning_back_alone_is_no_lift(azimuth_deg):
    """HF = 90 + TE + TI: leaning changes the hip angle, not the thigh (clinical.md §0.6)."""
    clip = seated_lean([1, -0.6, -0.6, 1], camera=seat(azimuth_deg), noise=usual(), rate_hz=20)
    assert count_as_each(clip.poses) == {}


@pytest.mark.parametrize("side", list(Side))
def test_only_the_side_asked_for_is_counted(side):
    clip = filmed("seated_march", (1.0,) * 6)
    summary = analysed(clip.poses, "seated_march", side=side.value)
    assert counts(summary) == (3, 0)
    assert {rep.side for rep in summary.rep_list} == {side}


@pytest.mark.parametrize(("lift_deg", "expected"), [(9, (2, 0)), (4, (0, 2)), (1, (0, 0))])
def test_six_degrees_make_a_lift_and_three_a_partial_one(lift_deg, expected):
    clip = seated_march([1, 1], lift_deg=lift_deg, noise=QUIET, body=Body(asymmetry=0))
    assert count(clip.poses, "seated_march") == expected


def test_a_side_view_reports_thigh_elevation_of_the_near_leg():
    clip = seated_march([1, 1], sides="L", lift_deg=20, camera=seat(90), noise=QUIET, body=Body(asymmetry=0))
    rep = analysed(clip.poses, "seated_march").rep_list[0]
    assert (rep.signal, rep.signal_unit) == ("thigh_elevation", "deg")
    assert rep.range == pytest.approx(20, abs=3)


@pytest.mark.parametrize(("lift_deg", "rise"), [(10, 0.17), (15, 0.26), (20, 0.34)])
def test_a_front_view_reports_the_knee_rise_that_geometry_predicts(lift_deg, rise):
    """Clinical.md §1.2: 15 degrees lift the knee by 0.26 shank lengths; from far away, thigh = shank."""
    camera = Camera(azimuth_deg=0, distance_m=60.0, focal_px=25_000.0)
    body = Body(thigh=0.4, shank=0.4, asymmetry=0)
    clip = seated_march([1, 1], lift_deg=lift_deg, knee_follow=1.0, camera=camera, noise=QUIET, body=body)
    rep = analysed(clip.poses, "seated_march").rep_list[0]
    assert (rep.signal, rep.signal_unit) == ("knee_rise", "ratio")
    assert rep.range == pytest.approx(rise, abs=0.03)


@pytest.mark.parametrize("azimuth_deg", [0, 45, 90, 270])
@pytest.mark.parametrize(
    ("motion", "options"),
    [
        (seated_leg_extension, {}),
        (arms, {"rest": "seated"}),
        (still, {"rest": "seated", "duration_s": 8.0}),
        (sit_down, {}),
        (stand_from_chair, {}),
    ],
    ids=["leg extension", "arms", "sitting still", "sitting down", "standing up"],
)
def test_other_movements_on_a_chair_are_no_march(motion, options, azimuth_deg):
    clip = motion(camera=seat(azimuth_deg), noise=usual(), rate_hz=20, **options)
    assert count_as_each(clip.poses) == {}
