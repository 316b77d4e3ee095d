"""What holds for all four exercises alike: one table, four times."""

import pytest

from formcheck.pose.skeleton import Side, mirrored
from formcheck.results import Verdict
from tests.exercises.watched import (
    BOUNDARY_S,
    COMMON,
    FAST,
    HALF,
    LATE,
    RATES_HZ,
    SLOW,
    Told,
    analysed,
    assert_counted_as_put_in,
    boundary_errors_s,
    complete_reps,
    count,
    counts,
    filmed,
    rough,
    usual,
)
from tests.synthetic import Camera, frame_times

EXERCISE_NAMES = ("squat", "bridge", "clamshell", "seated_march")
every_exercise = pytest.mark.parametrize("exercise", EXERCISE_NAMES)
MIXED = (1.0, HALF, 0.8, 1.0)


@every_exercise
@pytest.mark.parametrize("told", COMMON, ids=str)
def test_counts(exercise, told: Told):
    one_leg = {"sides": "L"} if exercise == "seated_march" and "residual" in told.options else {}
    clip = filmed(exercise, told.amplitudes, **told.options, **one_leg)
    assert count(clip.poses, exercise) == (told.complete, told.partial)


@every_exercise
def test_boundaries_are_within_a_quarter_of_a_second_at_the_median(exercise):
    summary = assert_counted_as_put_in(filmed(exercise, (1.0, 0.8, HALF, 1.0, 0.6)), exercise)
    for rep in summary.rep_list:
        assert rep.start_s <= rep.peak_s <= rep.end_s
        assert rep.outbound_s + rep.hold_s + rep.return_s == pytest.approx(rep.end_s - rep.start_s)


@every_exercise
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_the_frame_rate_does_not_change_the_counts(exercise, rate_hz):
    clip = filmed(exercise, MIXED, rate_hz=rate_hz)
    assert_counted_as_put_in(clip, exercise)


@every_exercise
@pytest.mark.parametrize("mean_hz", [12.0, 25.0])
def test_a_variable_frame_rate_does_not_change_the_counts(exercise, mean_hz):
    duration_s = float(filmed(exercise, MIXED).truth.times_s[-1])
    times_s = frame_times(duration_s, mean_hz, drift=0.7, seed=4)
    assert_counted_as_put_in(filmed(exercise, MIXED, times_s=times_s), exercise)


@every_exercise
@pytest.mark.parametrize("keep", [2, 3])
def test_decimating_a_recording_does_not_change_the_counts(exercise, keep):
    """The same noisy poses, only every second or third of them."""
    poses = filmed(exercise, MIXED, rate_hz=30.0).poses
    assert count(poses[::keep], exercise) == count(poses, exercise) == (3, 1)


@every_exercise
@pytest.mark.parametrize("seed", range(2, 6))
def test_the_noise_does_not_change_the_counts(exercise, seed):
    assert_counted_as_put_in(filmed(exercise, MIXED, noise=usual(seed)), exercise)


@every_exercise
@pytest.mark.parametrize("seed", range(1, 5))
def test_a_blurred_webcam_does_not_change_the_complete_count(exercise, seed):
    """Two to three times the usual noise: half-range movements drown in it, whole ones do not."""
    clip = filmed(exercise, (1.0,) * 4, noise=rough(seed), rate_hz=30.0)
    assert count(clip.poses, exercise)[0] == 4


@every_exercise
@pytest.mark.parametrize("gap_s", [0.3, 1.0])
@pytest.mark.parametrize("share", [0.15, 0.45, 0.8], ids=["going out", "at the top", "coming back"])
def test_a_dropped_second_in_mid_repetition_loses_nothing(exercise, gap_s, share):
    second = filmed(exercise, (1.0,) * 3).truth.repetitions[1]
    at_s = second.start_s + share * (second.end_s - second.start_s)
    noise = usual(dropped_spans=[(at_s - gap_s / 2, at_s + gap_s / 2)])
    assert count(filmed(exercise, (1.0,) * 3, noise=noise).poses, exercise) == (3, 0)


@every_exercise
def test_single_lost_frames_lose_nothing(exercise):
    clip = filmed(exercise, MIXED, noise=usual(drop_probability=0.15))
    summary = analysed(clip.poses, exercise)
    assert counts(summary) == (3, 1)
    assert all(0.7 < rep.valid_fraction < 1.0 for rep in summary.rep_list)
    assert all(rep.peak is not None and rep.range is not None for rep in summary.rep_list)


@every_exercise
def test_legs_swapped_for_some_frames_lose_nothing(exercise):
    clip = filmed(exercise, MIXED, noise=usual(swap_spans=[(1.5, 1.9), (4.0, 4.6)]))
    assert counts(analysed(clip.poses, exercise)) == (3, 1)


@every_exercise
def test_a_mirrored_recording_gives_the_mirrored_result(exercise):
    poses = filmed(exercise, MIXED, camera=OBLIQUE[exercise]).poses
    seen, reflected = (analysed(p, exercise) for p in (poses, [mirrored(p) for p in poses]))
    assert counts(reflected) == counts(seen) == (3, 1)
    assert reflected.view.label is seen.view.label
    assert reflected.view.yaw_deg == pytest.approx(seen.view.yaw_deg)
    assert reflected.camera_side is _other(seen.camera_side)
    assert reflected.reps.left == seen.reps.right
    assert reflected.reps.right == seen.reps.left
    for rep, twin in zip(seen.rep_list, reflected.rep_list, strict=True):
        assert twin.side is _other(rep.side)
        assert (twin.start_s, twin.peak_s, twin.end_s) == pytest.approx((rep.start_s, rep.peak_s, rep.end_s))
        assert (twin.peak, twin.range) == pytest.approx((rep.peak, rep.range))
    for joint, sides in seen.range_of_motion.items():
        twins = reflected.range_of_motion[joint]
        for mine, theirs in ((sides.left, twins.right), (sides.right, twins.left)):
            assert (mine is None) == (theirs is None)
            if mine is not None and theirs is not None:
                assert (mine.min_deg, mine.max_deg) == pytest.approx((theirs.min_deg, theirs.max_deg))


OBLIQUE = {
    "squat": Camera(azimuth_deg=70),
    "bridge": Camera(azimuth_deg=80, elevation_deg=10, distance_m=2.5),
    "clamshell": Camera(azimuth_deg=10, elevation_deg=15, distance_m=1.75),
    "seated_march": Camera(azimuth_deg=40, distance_m=2.2, height_m=0.9),
}


def _other(side: Side | None) -> Side | None:
    return None if side is None else side.other


@every_exercise
def test_a_recording_that_ends_late_in_the_return_has_a_last_repetition_of_its_own(exercise):
    clip = filmed(exercise, (1.0,) * 3, end_fraction=LATE)
    last = complete_reps(analysed(clip.poses, exercise))[-1]
    assert last.end_s <= float(clip.truth.times_s[-1]) + BOUNDARY_S
    assert last.start_s == pytest.approx(clip.truth.repetitions[-1].start_s, abs=BOUNDARY_S)


@every_exercise
def test_partial_repetitions_are_listed_with_their_verdict(exercise):
    summary = analysed(filmed(exercise, (1.0, HALF)).poses, exercise)
    assert summary.rep_list[0].verdict in (Verdict.GOOD, Verdict.NOT_ASSESSED)
    assert summary.rep_list[1].verdict is Verdict.PARTIAL
    assert [rep.index for rep in summary.rep_list] == [1, 2]
    assert summary.rep_list[1].range < summary.rep_list[0].range


@every_exercise
def test_boundaries_of_fast_repetitions(exercise):
    clip = filmed(exercise, (1.0,) * 5, tempo=FAST)
    start_error_s, end_error_s = boundary_errors_s(analysed(clip.poses, exercise), clip.truth)
    assert start_error_s <= BOUNDARY_S
    assert end_error_s <= BOUNDARY_S


@every_exercise
def test_boundaries_of_slow_repetitions_are_within_a_tenth_of_their_length(exercise):
    """In the first and last half second of 8 the limb has not moved by 2 % of its way."""
    clip = filmed(exercise, (1.0,) * 3, tempo=SLOW)
    start_error_s, end_error_s = boundary_errors_s(analysed(clip.poses, exercise), clip.truth)
    assert start_error_s <= 0.8
    assert end_error_s <= 0.8
