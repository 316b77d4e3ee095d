import pytest

from formcheck.analyser import Analyser
from formcheck.live.gestures import (
    ArmState,
    FallState,
    Gesture,
    Stillness,
    arm_raised,
    follow_arm,
    follow_fall,
    follow_stillness,
)
from formcheck.pose.skeleton import Side, mirrored
from tests import synthetic
from tests.exercises.watched import usual
from tests.live.people import CAMERAS, RATE_HZ, arm_up, filmed_again, moving, waiting
from tests.synthetic import Camera

EXERCISES = tuple(CAMERAS)


def raised_share(poses, exercise):
    analyser = Analyser(exercise)
    seen = [arm_raised(analyser.step(pose)) for pose in poses]
    return sum(seen) / len(seen)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_an_arm_straight_up_is_seen_in_every_start_posture(exercise):
    side = Side.RIGHT if exercise == "clamshell" else Side.LEFT
    clip = arm_up(exercise, 2.0, side)
    assert raised_share(clip.poses, exercise) > 0.95
    assert raised_share([mirrored(pose) for pose in clip.poses], exercise) > 0.95


@pytest.mark.parametrize("exercise", EXERCISES)
def test_doing_the_exercise_is_no_gesture(exercise):
    assert raised_share(moving(exercise, [1, 1]).poses, exercise) == 0.0


@pytest.mark.parametrize("azimuth_deg", [0, 45, 90])
def test_squats_with_the_arms_forward_are_no_gesture(azimuth_deg):
    camera = Camera(azimuth_deg=azimuth_deg, distance_m=3.0)
    assert raised_share(moving("squat", [1, 1], camera=camera).poses, "squat") == 0.0


def posed(exercise, camera=None, **degrees):
    clip = waiting(exercise, 2.0, **({"camera": camera} if camera else {}))
    zeros = 0 * clip.truth.times_s
    return filmed_again(clip, {name: value + zeros for name, value in degrees.items()}).poses


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_hand_behind_the_head_is_no_gesture(side):
    degrees = {f"shoulder_flexion_{side}": 150.0, f"elbow_flexion_{side}": 140.0}
    front = Camera(azimuth_deg=0, distance_m=3.0)
    assert raised_share(posed("squat", front, **degrees), "squat") == 0.0


def test_both_arms_up_are_no_gesture():
    degrees = {f"shoulder_flexion_{side}": 175.0 for side in ("left", "right")}
    front = Camera(azimuth_deg=0, distance_m=3.0)
    assert raised_share(posed("squat", front, **degrees), "squat") == 0.0


@pytest.mark.parametrize("shoulder_deg", [60.0, 90.0, 115.0])
def test_an_arm_held_forward_is_no_gesture(shoulder_deg):
    assert raised_share(posed("squat", shoulder_flexion_left=shoulder_deg), "squat") == 0.0


def understood(pattern, step_s=0.1):
    """Run (raised, seconds) through the state machine."""
    state, out, now = ArmState(), [], 0.0
    for raised, seconds in pattern:
        for _ in range(round(seconds / step_s)):
            state, gesture = follow_arm(state, now, raised)
            out += [(round(now, 1), gesture)] if gesture else []
            now += step_s
    return out


def test_an_arm_up_pauses_after_one_and_a_half_seconds_and_ends_after_four():
    assert understood([(True, 1.3), (False, 1.0)]) == []
    assert understood([(True, 3.0), (False, 1.0)]) == [(1.5, Gesture.PAUSE)]
    assert understood([(True, 6.0)]) == [(1.5, Gesture.PAUSE), (4.0, Gesture.END)]


def test_a_short_dropout_does_not_break_a_gesture_and_a_new_one_must_begin_again():
    assert understood([(True, 1.0), (False, 0.2), (True, 1.0)]) == [(1.5, Gesture.PAUSE)]
    assert understood([(True, 1.0), (False, 0.6), (True, 1.0)]) == []
    assert len(understood([(True, 2.0), (False, 1.0), (True, 2.0)])) == 2


def falls(clip):
    analyser, state, still, count = Analyser("squat"), FallState(), Stillness(), 0
    for pose in clip.poses:
        snapshot = analyser.step(pose)
        still = follow_stillness(still, snapshot)
        state, fallen = follow_fall(state, snapshot, still.for_s(snapshot.time_s))
        count += fallen
    return count


def going_down(last, blend_s, azimuth_deg):
    return synthetic.concatenate(
        synthetic.standing_still(2.0, rate_hz=RATE_HZ),
        last,
        camera=Camera(azimuth_deg=azimuth_deg, distance_m=3.5),
        noise=usual(),
        blend_s=blend_s,
        rate_hz=RATE_HZ,
    )


@pytest.mark.parametrize("azimuth_deg", [0, 90])
@pytest.mark.parametrize("seconds", [0.8, 1.2])
@pytest.mark.parametrize("rest", ["prone", "hook_lying"])
def test_a_fall_is_asked_about(rest, seconds, azimuth_deg):
    assert falls(going_down(synthetic.still(5.0, rest=rest, rate_hz=RATE_HZ), seconds, azimuth_deg)) == 1


@pytest.mark.parametrize("azimuth_deg", [0, 90])
@pytest.mark.parametrize("seconds", [3.0, 5.0])
def test_lying_down_is_no_fall(seconds, azimuth_deg):
    down = synthetic.lie_down(seconds, rate_hz=RATE_HZ)
    clip = synthetic.concatenate(
        going_down(down, 0.2, azimuth_deg), synthetic.still(4.0, rest="hook_lying", rate_hz=RATE_HZ)
    )
    assert falls(clip) == 0


@pytest.mark.parametrize("seconds", [0.7, 2.0])
def test_sitting_down_is_no_fall(seconds):
    assert falls(going_down(synthetic.still(4.0, rest="seated", rate_hz=RATE_HZ), seconds, 90)) == 0


def test_squats_are_no_falls():
    clip = moving("squat", [1.2] * 3, tempo=synthetic.Tempo(0.5, 2.5, 0.5, 0.5))
    assert falls(clip) == 0
