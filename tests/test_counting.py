"""One exercise's counter: which signal, which leg, and what happens when they change."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from formcheck.counting import Counter, value_of
from formcheck.exercises import EXERCISES
from formcheck.exercises.spec import Legs, Of
from formcheck.observer import NOTHING, Observation, Observer
from formcheck.pose.skeleton import Pose, Side, no_pose
from formcheck.results import Phase, Posture, ViewLabel
from formcheck.view import Axes
from tests.exercises.watched import filmed, usual
from tests.synthetic import QUIET, Camera, clamshell, concatenate, rolling_over, seated_march, squat

NAN = float("nan")


def observed(poses: list[Pose]) -> list[Observation]:
    observer = Observer()
    return [observer.observe(pose) for pose in poses]


def counter(name: str, only: Side | None = None) -> Counter:
    return Counter(EXERCISES[name], only)


def moved(name: str, poses: list[Pose], only: Side | None = None) -> tuple[Counter, list]:
    one = counter(name, only)
    movements = [movement for observation in observed(poses) for movement in one.step(observation)]
    return one, movements + one.close()


def observation(side: Side | None = None, **values: float) -> Observation:
    """An observation in which only these measures are known."""
    return Observation(
        frame=0,
        time_s=0.0,
        pose=no_pose(0.0),
        reason=None,
        values=NOTHING | values,
        axes=Axes(),
        posture=Posture.STANDING,
        label=ViewLabel.SIDE,
        camera_side=side,
        shown=frozenset(),
    )


# --- on which side a measure is taken ------------------------------------------------------------------

KNEES = {"left_knee_flexion": 10.0, "right_knee_flexion": 30.0}


@pytest.mark.parametrize(
    ("of", "near", "side", "value"),
    [
        (Of.NEAR, Side.LEFT, None, 10),
        (Of.NEAR, Side.RIGHT, None, 30),
        (Of.NEAR, None, None, NAN),
        (Of.WORKING, Side.LEFT, Side.RIGHT, 30),
        (Of.WORKING, Side.LEFT, Side.LEFT, 10),
        (Of.WORKING, Side.LEFT, None, NAN),
        (Of.BOTH_MIN, None, None, 10),
        (Of.APART, None, None, 20),
    ],
)
def test_the_side_of_a_sided_measure(of, near, side, value):
    assert value_of("knee_flexion", of, observation(near, **KNEES), side) == pytest.approx(value, nan_ok=True)


@pytest.mark.parametrize(("side", "value"), [(Side.LEFT, 0.4), (Side.RIGHT, -0.4), (None, NAN)])
def test_a_difference_of_the_sides_is_turned_to_the_working_one(side, value):
    seen = observation(knee_gap=0.4)
    assert value_of("knee_gap", Of.WORKING_OVER_OTHER, seen, side) == pytest.approx(value, nan_ok=True)
    assert value_of("knee_gap", Of.BODY, seen, side) == 0.4


@pytest.mark.parametrize("of", [Of.BOTH_MIN, Of.APART])
@pytest.mark.parametrize("seen", list(Side))
def test_one_unseen_leg_makes_both_unknown(seen, of):
    one = observation(**{f"{seen}_knee_flexion": 10.0})
    assert value_of("knee_flexion", of, one, None) == pytest.approx(NAN, nan_ok=True)


# --- channels ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("azimuth_deg", [90, 0])
def test_a_squat_is_counted_from_another_signal_in_another_view(azimuth_deg):
    _, movements = moved("squat", filmed("squat", (1.0,) * 2, camera=Camera(azimuth_deg)).poses)
    sideways = [ViewLabel.SIDE in movement.channel.views for movement in movements]
    assert sideways == [azimuth_deg == 90] * 2


def test_a_camera_carried_from_the_side_to_the_front_counts_on():
    """Two seconds of rest are enough to change to the signal of the new view."""
    side = filmed("squat", (1.0,) * 3).poses
    front = filmed("squat", (1.0,) * 3, camera=Camera(0), lead_s=3.0).poses
    offset_s = side[-1].time_s + 0.05
    later = [replace(pose, time_s=pose.time_s + offset_s) for pose in front]
    _, movements = moved("squat", side + later)
    assert [ViewLabel.SIDE in movement.channel.views for movement in movements] == [True] * 3 + [False] * 3


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=lambda exercise: exercise.name)
def test_no_view_has_two_channels(exercise):
    views = [view for channel in exercise.channels for view in channel.views]
    assert len(views) == len(set(views))
    assert ViewLabel.UNKNOWN not in views


# --- posture -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["bridge", "clamshell"])
def test_a_standing_person_has_no_lying_signal(name):
    one = counter(name)
    for seen in observed(squat([1], noise=QUIET).poses):
        assert one.step(seen) == []
        assert one.signal == pytest.approx(NAN, nan_ok=True)
    assert one.phase is Phase.REST


# --- sides ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("top", list(Side))
def test_the_upper_leg_works(top):
    one, movements = moved("clamshell", clamshell([1] * 2, top=top, noise=usual(), rate_hz=20).poses)
    assert [movement.side for movement in movements] == [top] * 2
    assert one.working_side is top


def test_rolling_over_changes_the_working_side_once():
    clip = concatenate(
        clamshell([1] * 2, top=Side.RIGHT), rolling_over(3.0, start="right_up", end="left_up"),
        clamshell([1] * 2, top=Side.LEFT), camera=Camera(0, 20, 2.0), noise=usual(), rate_hz=20,
    )  # fmt: skip
    one, sides = counter("clamshell"), []
    for seen in observed(clip.poses):
        one.step(seen)
        if one.working_side is not None and (not sides or sides[-1] is not one.working_side):
            sides.append(one.working_side)
    assert sides == [Side.RIGHT, Side.LEFT]


@pytest.mark.parametrize("azimuth_deg", [0, 90])
def test_marching_legs_never_work_at_the_same_time(azimuth_deg):
    clip = filmed("seated_march", (1.0,) * 6, camera=Camera(azimuth_deg, 0, 2.2))
    _, movements = moved("seated_march", clip.poses)
    assert [movement.side for movement in movements] == [Side.LEFT, Side.RIGHT] * 3
    for one, following in pairwise(movements):
        assert one.span.peak_s < following.span.start_s


RIGHT_LEG = [26, 28, 30, 32]


def test_both_knees_lifted_together_are_not_two_lifts():
    """Both thighs rise as one: at most one leg is believed."""
    left = seated_march([1], sides="L", noise=QUIET, camera=Camera(0, 0, 2.2))
    right = seated_march([1], sides="R", noise=QUIET, camera=Camera(0, 0, 2.2))
    both = []
    for a, b in zip(left.poses, right.poses, strict=True):
        image, world = a.image_px.copy(), a.world_m.copy()
        image[[26, 28, 30, 32]], world[[26, 28, 30, 32]] = (
            b.image_px[[26, 28, 30, 32]],
            b.world_m[[26, 28, 30, 32]],
        )
        both.append(replace(a, image_px=image, world_m=world))
    _, movements = moved("seated_march", both)
    assert len(movements) <= 1


# --- in progress ---------------------------------------------------------------------------------------


def test_an_open_excursion_is_known_as_such():
    clip = squat([1, 1], noise=QUIET)
    one = counter("squat")
    open_at = [one.open_excursion for seen in observed(clip.poses) if one.step(seen) is not None]
    first = clip.truth.repetitions[0]
    times = [pose.time_s for pose in clip.poses]
    told = dict(zip((round(t, 3) for t in times), open_at, strict=True))
    assert not told[0.5]
    assert told[round(first.top_start_s + 0.2, 3)]
    assert not open_at[-1]


def test_a_movement_carries_what_was_seen_around_it():
    clip = filmed("squat", (1.0,) * 3)
    _, movements = moved("squat", clip.poses)
    for movement, true in zip(movements, clip.truth.repetitions, strict=True):
        times = [sample.observation.time_s for sample in movement.samples]
        assert times == sorted(times)
        assert times[0] <= true.start_s
        assert times[-1] >= movement.span.end_s


def test_a_long_quiet_recording_is_not_kept_in_memory():
    """Twenty minutes of sitting (thinned out): the counter remembers seconds."""
    one = counter("seated_march")
    seen = observed(seated_march([0], noise=usual(), lead_s=30.0, rate_hz=10).poses)
    for i in range(40):
        for row in seen:
            one.step(replace(row, time_s=row.time_s + 30.2 * i))
    assert max(len(track.samples) for track in one._tracks) < 100


def test_the_legs_of_each_exercise():
    legs = {name: exercise.legs for name, exercise in EXERCISES.items()}
    assert legs == {
        "squat": Legs.TOGETHER,
        "bridge": Legs.TOGETHER,
        "clamshell": Legs.UPPER,
        "seated_march": Legs.EACH,
    }
