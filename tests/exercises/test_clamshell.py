"""The clamshell: either side up, camera before or behind the body, and what a clamshell is not."""

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
    arms,
    clamshell,
    concatenate,
    rolling_over,
    side_leg_raise,
    still,
)


def before(azimuth_deg: float = 0.0, elevation_deg: float = 15.0) -> Camera:
    return Camera(azimuth_deg=azimuth_deg, elevation_deg=elevation_deg, distance_m=1.75)


both_sides = pytest.mark.parametrize("top", list(Side))


@both_sides
@pytest.mark.parametrize("elevation_deg", [0, 10, 25])
@pytest.mark.parametrize("azimuth_deg", [0, 20, 340, 180])
def test_counted_from_before_and_behind(top, azimuth_deg, elevation_deg):
    clip = filmed("clamshell", (1.0, 0.8, 0.6), top=top, camera=before(azimuth_deg, elevation_deg))
    summary = assert_counted_as_put_in(clip, "clamshell")
    assert [one.working_side for one in summary.sets] == [top]
    assert summary.reps.left is None
    assert summary.reps.right is None
    if elevation_deg < 25:
        assert summary.view.label is (ViewLabel.BACK if azimuth_deg == 180 else ViewLabel.FRONT)
        assert summary.view.assessable


@both_sides
@pytest.mark.parametrize("seed", range(2, 6))
def test_counted_whatever_the_noise(top, seed):
    clip = filmed("clamshell", (1.0,) * 3, top=top, camera=before(), noise=usual(seed), rate_hz=20)
    assert count(clip.poses, "clamshell") == (3, 0)


@both_sides
def test_rolling_over_begins_a_second_set(top):
    """One recording, one camera: after rolling over, the other leg is up and the back is filmed."""
    names = {Side.RIGHT: "right_up", Side.LEFT: "left_up"}
    session = concatenate(
        clamshell([1] * 4, top=top, camera=before(0, 20), noise=usual(), rate_hz=20),
        rolling_over(3.0, start=names[top], end=names[top.other], rate_hz=20),
        clamshell([1] * 3, top=top.other, rate_hz=20),
        rate_hz=20,
    )
    summary = analysed(session.poses, "clamshell")
    assert [(one.working_side, one.complete) for one in summary.sets] == [(top, 4), (top.other, 3)]
    assert [rep.side for rep in summary.rep_list] == [top] * 4 + [top.other] * 3
    assert [rep.set for rep in summary.rep_list] == [1] * 4 + [2] * 3


@both_sides
def test_only_the_side_asked_for_is_counted(top):
    clip = filmed("clamshell", (1.0,) * 3, top=top)
    assert counts(analysed(clip.poses, "clamshell", side=top.value)) == (3, 0)
    assert counts(analysed(clip.poses, "clamshell", side=top.other.value)) == (0, 0)
    assert counts(analysed(clip.poses, "clamshell", side="both")) == (3, 0)


@pytest.mark.parametrize(
    ("open_deg", "range_thighs"),
    [(20, 0.24), (30, 0.35), (40, 0.45), (50, 0.54)],
)
def test_the_range_is_the_knee_rise_that_geometry_predicts(open_deg, range_thighs):
    """Clinical.md §1.3: opening against knee rise in thigh lengths, camera level, seen from far away."""
    camera = Camera(azimuth_deg=0, distance_m=60.0, focal_px=25_000.0)
    clip = clamshell([1, 1], open_deg=open_deg, noise=QUIET, camera=camera, body=Body(asymmetry=0))
    rep = analysed(clip.poses, "clamshell").rep_list[0]
    assert (rep.signal, rep.signal_unit) == ("knee_rise", "ratio")
    assert rep.range == pytest.approx(range_thighs, abs=0.06)


def test_rolling_the_pelvis_back_does_not_stop_the_count():
    clip = filmed("clamshell", (1.0,) * 3, roll_back_deg=15)
    assert count(clip.poses, "clamshell") == (3, 0)


def test_feet_that_part_do_not_stop_the_count():
    clip = filmed("clamshell", (1.0,) * 3, feet_apart_m=0.08)
    assert count(clip.poses, "clamshell") == (3, 0)


@both_sides
@pytest.mark.parametrize("azimuth_deg", [0, 30, 180])
@pytest.mark.parametrize("raise_deg", [20, 35, 50])
def test_a_leg_raise_is_no_clamshell(top, azimuth_deg, raise_deg):
    camera = Camera(azimuth_deg=azimuth_deg, height_m=0.95, distance_m=2.2)
    clip = side_leg_raise(top=top, raise_deg=raise_deg, camera=camera, noise=usual(), rate_hz=20)
    assert count_as_each(clip.poses) == {}


@pytest.mark.parametrize("rest", ["left_up", "right_up"])
def test_arms_and_lying_still_are_no_clamshell(rest):
    for motion in (arms, still):
        assert count_as_each(motion(rest=rest, noise=usual(), rate_hz=20).poses) == {}
