"""The clamshell: either side up, camera before or behind the body, and what a clamshell is not."""

from dataclasses import replace

import numpy as np
import pytest

from formcheck.pose.skeleton import Landmark, Side, mirrored
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
def test_lying_on_the_other_side_from_one_moment_to_the_next(top):
    """Two takes cut together: within two seconds the other leg works."""
    poses = filmed("clamshell", (1.0,) * 2, top=top, lead_s=2.5).poses
    later = [replace(mirrored(pose), time_s=pose.time_s + poses[-1].time_s + 0.05) for pose in poses]
    summary = analysed([*poses, *later], "clamshell")
    assert [(one.working_side, one.complete) for one in summary.sets] == [(top, 2), (top.other, 2)]


@both_sides
def test_only_the_side_asked_for_is_counted(top):
    clip = filmed("clamshell", (1.0,) * 3, top=top)
    assert counts(analysed(clip.poses, "clamshell", side=top.value)) == (3, 0)
    assert counts(analysed(clip.poses, "clamshell", side=top.other.value)) == (0, 0)
    assert counts(analysed(clip.poses, "clamshell", side="both")) == (3, 0)


@both_sides
@pytest.mark.parametrize("open_deg", [20, 30, 40, 50])
def test_the_range_is_the_rise_of_the_upper_knee_in_thigh_lengths(open_deg, top):
    """Against the room itself: height of the upper over the lower knee, camera level and far away."""
    camera = Camera(azimuth_deg=0, distance_m=60.0, focal_px=25_000.0)
    body = Body(asymmetry=0)
    poses, truth = clamshell([1, 1], top=top, open_deg=open_deg, noise=QUIET, camera=camera, body=body)
    upper, lower = (truth.room_m[:, Landmark[f"{side.name}_KNEE"], 2] for side in (top, top.other))
    rise = np.ptp(upper - lower) / (0.86 * body.trunk)
    rep = analysed(poses, "clamshell").rep_list[0]
    assert (rep.signal, rep.signal_unit) == ("knee_rise", "ratio")
    assert rep.range == pytest.approx(rise, abs=0.03)
    assert rise == pytest.approx(
        {20: 0.24, 30: 0.35, 40: 0.45, 50: 0.54}[open_deg], abs=0.09
    )  # clinical.md §1.3


@pytest.mark.parametrize("roll_back_deg", [15, 25])
@pytest.mark.parametrize(("azimuth_deg", "elevation_deg"), [(0, 15), (0, 35), (180, 15), (180, 25)])
def test_rolling_the_pelvis_back_does_not_stop_the_count(azimuth_deg, elevation_deg, roll_back_deg):
    camera = before(azimuth_deg, elevation_deg)
    clip = filmed("clamshell", (1.0,) * 3, roll_back_deg=roll_back_deg, camera=camera, rate_hz=20)
    assert count(clip.poses, "clamshell") == (3, 0)


@pytest.mark.parametrize(("hip_deg", "knee_deg"), [(30, 75), (60, 105), (45, 60)])
def test_any_usual_set_up(hip_deg, knee_deg):
    clip = filmed("clamshell", (1.0,) * 3, hip_deg=hip_deg, knee_deg=knee_deg, rate_hz=20)
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
