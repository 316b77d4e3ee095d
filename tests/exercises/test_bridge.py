"""The bridge: from either side, camera on the floor or on a table."""

import pytest

from formcheck.pose.skeleton import Side
from formcheck.results import ViewLabel
from tests.exercises.watched import analysed, assert_counted_as_put_in, count, count_as_each, filmed, usual
from tests.synthetic import (
    QUIET,
    Body,
    Camera,
    arms,
    bridge,
    knee_to_chest,
    sit_up,
    still,
    supine_leg_raise,
)


def beside(azimuth_deg: float, elevation_deg: float = 5.0) -> Camera:
    return Camera(azimuth_deg=azimuth_deg, elevation_deg=elevation_deg, distance_m=2.5)


@pytest.mark.parametrize("elevation_deg", [0, 10, 20, 35])
@pytest.mark.parametrize(("azimuth_deg", "near"), [(90, Side.LEFT), (270, Side.RIGHT)])
def test_counted_from_both_sides_and_every_height(azimuth_deg, near, elevation_deg):
    clip = filmed("bridge", (1.0, 0.8, 0.6), camera=beside(azimuth_deg, elevation_deg))
    summary = assert_counted_as_put_in(clip, "bridge")
    assert summary.view.label is ViewLabel.SIDE
    assert summary.view.assessable
    assert summary.camera_side is near


@pytest.mark.parametrize("azimuth_deg", [60, 75, 105, 120, 240, 285, 315, 45])
def test_counted_from_an_oblique_view(azimuth_deg):
    assert count(filmed("bridge", (1.0,) * 3, camera=beside(azimuth_deg)).poses, "bridge") == (3, 0)


@pytest.mark.parametrize("seed", range(2, 6))
@pytest.mark.parametrize("azimuth_deg", [90, 270, 60])
def test_counted_whatever_the_noise(azimuth_deg, seed):
    clip = filmed("bridge", (1.0,) * 3, camera=beside(azimuth_deg), noise=usual(seed), rate_hz=20)
    assert count(clip.poses, "bridge") == (3, 0)


@pytest.mark.parametrize("knee_deg", [75, 90, 125])
def test_feet_near_and_far(knee_deg):
    assert count(filmed("bridge", (1.0,) * 3, knee_deg=knee_deg).poses, "bridge") == (3, 0)


def test_the_peak_is_the_smallest_hip_flexion():
    clip = bridge([1, 1], top_deg=0.0, noise=QUIET, body=Body(asymmetry=0))
    rep = analysed(clip.poses, "bridge").rep_list[0]
    assert (rep.signal, rep.signal_unit) == ("hip_flexion", "deg")
    assert rep.peak == pytest.approx(0, abs=3)
    assert rep.range == pytest.approx(clip.truth.repetitions[0].range, abs=4)


@pytest.mark.parametrize("azimuth_deg", [90, 270])
def test_past_straight_is_negative(azimuth_deg):
    clip = bridge([1, 1], top_deg=-12.0, noise=QUIET, body=Body(asymmetry=0), camera=beside(azimuth_deg, 0))
    rep = analysed(clip.poses, "bridge").rep_list[0]
    assert rep.peak == pytest.approx(-12, abs=rep.error)
    assert rep.peak < -5.0


@pytest.mark.parametrize(("top_deg", "peak_deg"), [(25.0, 25.0), (10.0, 10.0)])
def test_an_incomplete_bridge_counts_and_shows_its_peak(top_deg, peak_deg):
    clip = bridge([1, 1], top_deg=top_deg, noise=QUIET, body=Body(asymmetry=0))
    summary = analysed(clip.poses, "bridge")
    assert summary.reps.complete == 2
    assert summary.rep_list[0].peak == pytest.approx(peak_deg, abs=3)


@pytest.mark.parametrize("azimuth_deg", [90, 270, 45, 135])
@pytest.mark.parametrize(
    ("motion", "options"),
    [
        (supine_leg_raise, {}),
        (knee_to_chest, {}),
        (sit_up, {}),
        (arms, {"rest": "hook_lying"}),
        (still, {"rest": "hook_lying"}),
        (still, {"rest": "supine"}),
    ],
    ids=["leg raise", "knee to chest", "sit-up", "arms", "lying still", "lying flat"],
)
def test_other_movements_on_the_back_are_no_bridges(motion, options, azimuth_deg):
    camera = Camera(azimuth_deg=azimuth_deg, height_m=0.5, distance_m=2.5)
    clip = motion(camera=camera, noise=usual(), rate_hz=20, **options)
    assert count_as_each(clip.poses) == {}


@pytest.mark.parametrize("azimuth_deg", [0, 180])
def test_the_ends_of_the_body_show_no_bridge_and_nothing_else(azimuth_deg):
    """Foreshortened; clinical.md §1.4 refuses the view.  What must not happen is another exercise."""
    camera = Camera(azimuth_deg=azimuth_deg, height_m=0.5, distance_m=2.5)
    counted = count_as_each(filmed("bridge", (1.0,) * 3, camera=camera).poses)
    assert set(counted) <= {"bridge"}
