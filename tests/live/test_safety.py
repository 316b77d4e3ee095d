"""What must be right before anything else: stops, pain, form that does not change, slow computers, words."""

import re
from dataclasses import replace

import numpy as np
import pytest

from formcheck.analyser import Analyser
from formcheck.exercises import EXERCISES
from formcheck.live import evidence, script
from formcheck.live.acts import Kind, Say, Screen
from formcheck.live.coach import Coach, Stage
from formcheck.live.cue_policy import SPOKEN, PolicyState, Saying
from formcheck.live.gestures import FallState, follow_fall
from formcheck.live.inputs import Choose, GoOn, Pain
from formcheck.live.looked import Looked, look_at
from formcheck.live.programme import Dose, Programme
from formcheck.live.summary import SetRecord, best_of, next_time, summary_lines
from formcheck.pose.skeleton import Side, no_pose
from formcheck.profile import STANDARD
from formcheck.results import Event, ViewLabel
from tests import synthetic
from tests.exercises.watched import usual
from tests.live.people import RATE_HZ, gone, moving, rep, session, waiting, willing
from tests.live.stories import FRONT, PEOPLE, story
from tests.live.test_coach import bare, in_order
from tests.live.test_script import NEVER_SAID
from tests.synthetic import Camera

SEATED_SIDE = Camera(azimuth_deg=90, height_m=0.9, distance_m=2.4, aim_m=(0.0, 0.0, 0.7))


# Somebody walks past


def foot_taken(poses, at_s, for_s=0.6, after_s=1.5):
    """Give the right foot to somebody who walks past; that there are two people is known afterwards."""
    first_s, changed = poses[0].time_s, []
    for pose in poses:
        since_s = pose.time_s - first_s - at_s
        points = pose.image_px.copy()
        if 0.0 <= since_s < for_s:
            points[[28, 30, 32], 0] -= 35.0 * np.sin(np.pi * since_s / for_s)
        others = for_s <= since_s < for_s + after_s
        changed.append(replace(pose, image_px=points, people=2 if others else 1))
    return changed


def squats_with(change, rate_hz=20.0, at_s=6.3):
    """Return four good squats from the front, changed in the second, before the coach."""
    poses = synthetic.squat((1.0,) * 4, noise=usual(), rate_hz=rate_hz, camera=FRONT, lead_s=2.0).poses
    coach, analyser, heard = bare("squat", sets=1, reps=4), Analyser("squat", counting=()), []
    lead = waiting("squat", 2.0, camera=FRONT, rate_hz=rate_hz).poses
    whole = [*lead, *change(poses, at_s)]
    for index, pose in enumerate(whole):
        snapshot = analyser.step(replace(pose, time_s=index / rate_hz))
        begin = index == len(lead) - 5
        acts = coach.step(snapshot, inputs=[GoOn()] if begin or coach.stage is Stage.SHOW else [])
        analyser.counting = coach.counting
        heard += acts
    coach.close()
    return heard, coach, analyser.finish()


def texts(acts, kind):
    return [act.text for act in acts if isinstance(act, Say) and act.kind is kind]


@pytest.mark.parametrize("rate_hz", [12.0, 20.0, 30.0])
def test_somebody_who_walks_past_good_squats_stops_nothing(rate_hz):
    heard, coach, summary = squats_with(foot_taken, rate_hz)
    assert texts(heard, Kind.STOP) == []
    assert texts(heard, Kind.COUNT) == ["One.", "Two.", "Three.", "Four."]
    assert coach.record.sets[0].complete == 4
    assert summary.faults["loss_of_balance"].present == 0
    assert summary.faults["loss_of_balance"].reason == "another person was in the picture"


def test_a_foot_that_steps_with_nobody_around_does_stop():
    heard, _, _ = squats_with(lambda poses, at_s: foot_taken(poses, at_s, after_s=0.0))
    assert texts(heard, Kind.STOP)[:1] == ["Pause. Hold on to something steady."]
    stopped = next(act for act in heard if isinstance(act, Screen) and act.stage == "stopped")
    assert stopped.instructions == ("Pause. Hold on to something steady.", script.STOP_AFTER)


def seen(poses, rate_hz=RATE_HZ):
    """Return what the evidence says of these poses, one after the other."""
    analyser, state, out = Analyser("squat"), evidence.BodyEvidence(), []
    for index, pose in enumerate(poses):
        snapshot = analyser.step(replace(pose, time_s=index / rate_hz))
        state = evidence.follow_body(state, snapshot)
        out.append(state.own_body(snapshot.time_s))
    return out


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_body_of_ones_own_is_believed_in_every_exercise(exercise):
    believed = seen(moving(exercise, [1.0, 1.0], lead_s=2.0).poses)[int(1.5 * RATE_HZ) :]
    assert np.mean(believed) > 0.97


def test_a_body_that_changes_its_place_or_size_at_once_is_not():
    near = waiting("squat", 2.0, camera=FRONT).poses
    for other in (replace(FRONT, distance_m=2.0), replace(FRONT, pan_deg=14.0)):
        believed = seen([*near, *waiting("squat", 2.0, camera=other).poses])
        change = len(near)
        assert all(believed[change - 4 : change])
        assert not any(believed[change + 3 : change + 8])


def test_the_way_down_from_one_person_to_another_is_no_fall():
    camera = Camera(azimuth_deg=90, distance_m=3.5)
    down = synthetic.concatenate(
        synthetic.standing_still(4.0, rate_hz=RATE_HZ),
        synthetic.still(6.0, rest="prone", rate_hz=RATE_HZ),
        camera=camera,
        noise=usual(),
        blend_s=1.0,
        rate_hz=RATE_HZ,
    ).poses
    for others, falls in ((False, 1), (True, 0)):
        analyser, state, told = Analyser("squat"), FallState(), 0
        for index, pose in enumerate(down):
            snapshot = analyser.step(replace(pose, time_s=index / RATE_HZ))
            state, fallen = follow_fall(state, snapshot, 3.0, one_body=not others or index < 4.5 * RATE_HZ)
            told += fallen
        assert told == falls


# Pain, and half of the range


def pained(level, *more, exercise="squat", size=0.5, **options):
    """Return a session of somebody in pain who does the whole set with small movements."""
    coach = Coach(exercise, sets=1, reps=8, introduce=False, rest_s=12.0, **options)

    def person(coach):
        yield gone(0.3)
        for one in (GoOn(), Pain(level), *more):
            yield one
            yield gone(0.3)
        yield from willing(exercise, [size] * 9)(coach)

    return session(coach, person, limit_s=150.0), coach


@pytest.mark.parametrize(
    ("level", "more", "share", "reps"), [(5, (), 0.6, 5), (8, (Choose("half"),), 0.5, 4)]
)
def test_gently_is_fewer_repetitions_a_smaller_target_and_nothing_is_short(level, more, share, reps):
    heard, coach = pained(level, *more)
    assert coach.target == reps
    assert {one.range_share for one in coach.counting} == {share}
    counting = [one for one in heard.screens() if one.count is not None]
    assert all(one.smaller for one in counting)
    assert max(one.reached or 0.0 for one in counting) > 0.9
    summary = heard.finish()
    assert summary.reps.complete == reps
    assert (summary.faults["shallow_depth"].present, summary.faults["shallow_depth"].absent) == (0, reps)
    again = Analyser(plan=heard.analyser.plan, counting=coach.counting)
    for pose in heard.poses:
        again.step(pose)
    assert again.finish() == summary


def test_the_same_small_movement_is_short_of_the_whole():
    heard, coach = pained(0, size=0.42)
    counting = [one.reached or 0.0 for one in heard.screens() if one.count is not None]
    assert not coach._programme.smaller
    assert max(counting) < 0.8
    assert heard.finish().faults["shallow_depth"].present == 8


@pytest.mark.parametrize(
    ("before", "after", "says", "never"),
    [
        (2, 8, "Next time do less, and smaller.", "the same again"),
        (2, 4, "next time do less, and smaller.", "the same again"),
        (4, 4, "If it does not, do less next time.", "the same again"),
        (7, 2, "Next time, as gently as today.", "the same again"),
        (1, 1, "It should be no worse tomorrow morning.", "do less, and smaller"),
    ],
)
def test_what_to_do_next_time_comes_after_the_pain_and_fits_it(before, after, says, never):
    smaller = before >= 6
    lines = next_time([done_set()], "done", SPOKEN, (before, after), smaller=smaller)
    assert says in " ".join(lines)
    assert never not in " ".join(lines)


def test_nothing_is_said_about_next_time_before_the_pain_is_known():
    heard = story("clamshell")
    asked_s = heard.when("how much does it hurt now")
    before = [act.text for time_s, act in heard.acts if isinstance(act, Say) and time_s < asked_s]
    assert not [text for text in before if "ext time" in text]
    assert heard.when("Next time, just the same again.") >= asked_s


# Form that does not change


def test_knees_that_fall_in_in_every_repetition_end_the_set_kindly():
    coach = bare("squat", sets=2, reps=8, rest_s=5.0)
    coach._programme.pop()  # the set that is seen from the front

    def person(coach):
        while coach.stage is not Stage.SET:
            yield waiting("squat", 0.5, camera=FRONT)
        for index in range(9):
            if coach.stage is Stage.SET:
                yield from rep("squat", 1.0, index, knee_in_deg=25.0, camera=FRONT)
        yield waiting("squat", 60.0, camera=FRONT)

    heard = session(coach, person)
    assert in_order(
        heard,
        "Knees over your toes.",
        "Knees over your toes.",
        "Easier now: half as far down.",
        "We leave this set here. That is fine.",
        "What I saw most: your knees came inward, in seven of seven.",
        "For next time: smaller, and knees over your toes.",
    )
    (one,) = coach.record.sets
    assert one.complete == 7
    assert coach.counting[-1].range_share == 0.5
    assert heard.when("Easier now") <= coach.counting[-1].eased_from_s < heard.when("We leave this set here.")
    praise = ("Well done", "The best thing: your", "finished every", "nothing to change", "you made it")
    assert not [text for text in heard.said() if any(word in text for word in praise)]


def test_a_set_that_ends_before_it_was_escalated_makes_the_next_one_easier():
    coach = bare("squat", sets=3, reps=5, rest_s=4.0)
    coach._programme.pop()

    def person(coach):
        while coach.stage is not Stage.SET:
            yield waiting("squat", 0.5, camera=FRONT)
        for index in range(5):
            if coach.stage is Stage.SET:
                yield from rep("squat", 1.0, index, knee_in_deg=25.0, camera=FRONT)
        yield waiting("squat", 2.0, camera=FRONT)

    heard = session(coach, person)
    assert coach._programme.smaller
    rest = [one.instructions for one in heard.screens() if one.stage == "rest"]
    assert "In the next set, make it easier." in rest[-1]


# The summary says what the numbers carry


def done_set(present=None, judged=None, reps=8, **more):
    """Return a set of eight; present and judged by code."""
    looked_at = Looked(reps, judged or {}, present or {})
    values = {"index": 1, "side": None, "complete": reps, "partial": 0, "ranges": (), "policy": PolicyState()}
    return SetRecord(**(values | {"steady": False, "target": 8, "looked": looked_at} | more))


def test_nothing_is_praised_that_was_not_looked_at():
    blind = done_set(target=None)
    assert best_of([blind], "stopped", SPOKEN, "squat") == "began"
    seen_well = done_set(judged={"forward_lean": 8}, target=None)
    assert best_of([seen_well], "stopped", SPOKEN, "squat") == "clean"
    assert best_of([seen_well], "stopped", SPOKEN, "squat", slow=True) == "began"


def test_what_happened_in_most_repetitions_is_named_and_not_praised_over():
    one = done_set({"knee_valgus": 8, "forward_lean": 2}, {"knee_valgus": 8, "forward_lean": 8}, steady=True)
    lines = summary_lines([one], "done", SPOKEN, "squat")
    assert "What I saw most: your knees came inward, in eight of eight." in lines
    assert script.BEST["began"] in lines


def test_every_repetition_is_finished_only_when_all_were_done():
    assert best_of([done_set()], "done") == "complete"
    assert best_of([done_set(complete=5, partial=3)], "done") == "began"


def test_a_change_that_did_not_last_is_no_change():
    saying = {"forward_lean": Saying(1, 0, ViewLabel.SIDE, answered=True)}
    kept, lost = (
        PolicyState(
            reps=(frozenset({"forward_lean"}), *(frozenset(codes) for codes in after)),
            said=saying,
            improved=frozenset({"forward_lean"}),
        )
        for after in ([[]] * 4, [[], *[["forward_lean"]] * 3])
    )
    assert best_of([done_set(policy=kept)], "stopped") == "improved"
    assert best_of([done_set(policy=lost)], "stopped") == "began"


def test_verdicts_are_added_up():
    analyser = Analyser("squat")
    reps = [one for pose in moving("squat", [1.0] * 3, lead_s=1.5).poses for one in analyser.step(pose).reps]
    looked_at = look_at(Looked(), reps)
    assert (looked_at.reps, looked_at.judged["forward_lean"]) == (3, 3)
    assert "knee_valgus" not in looked_at.judged


def test_what_was_not_looked_at_is_said():
    one = done_set(judged={"forward_lean": 8})
    text = " ".join(summary_lines([one], "done", SPOKEN, "squat"))
    assert "I could not look at this today: whether your knees stay over your toes" in text
    both = done_set(judged={"knee_valgus": 8, "weight_shift": 8})
    assert "could not look" not in " ".join(summary_lines([one, both], "done", SPOKEN, "squat"))


# Views


def test_every_exercise_has_a_set_for_its_most_important_check():
    views = {}
    for exercise in ("squat", "seated_march"):
        programme = Programme(exercise, STANDARD, Dose(), Side.LEFT)
        views[exercise] = []
        while not programme.over:
            views[exercise].append((programme.wanted().view.value, programme.next_view()))
            programme.pop()
    assert views["squat"][1][0] == "front"
    assert [view for view, _ in views["seated_march"]] == ["front", "side"]
    assert "turn the chair, with your left side to the laptop" in views["seated_march"][1][1]


def test_leaning_back_in_a_march_is_seen_and_said_in_the_second_set():
    coach = bare("seated_march", sets=2, reps=4, rest_s=3.0)
    coach._programme.pop()

    def person(coach):
        while coach.stage is not Stage.SET:
            yield waiting("seated_march", 0.5, camera=SEATED_SIDE)
        for index in range(8):
            if coach.stage is Stage.SET:
                yield from rep("seated_march", 1.0, index, camera=SEATED_SIDE, lean_back_deg=18.0)
        yield waiting("seated_march", 8.0, camera=SEATED_SIDE)

    heard = session(coach, person)
    assert "Sit tall. Lift only the knee." in heard.said(Kind.CUE)
    assert in_order(heard, "Easier now: half as high.", script.SET_LEFT)
    (one,) = coach.record.sets
    assert (one.complete, one.looked.present["lean_back"]) == (7, 7)


# A slow computer


def test_a_computer_that_looks_three_times_a_second_is_told_about_once_and_in_the_summary():
    coach, analyser, heard = bare("squat", sets=1, reps=8), Analyser("squat", counting=()), []
    clips = [waiting("squat", 14.0, rate_hz=30.0), *[moving("squat", [1.0], rate_hz=30.0)] * 8]
    poses = [pose for clip in clips for pose in clip.poses][::10]
    for index, pose in enumerate(poses):
        snapshot = analyser.step(replace(pose, time_s=index / 3.0))
        inputs = [GoOn()] if coach.stage is Stage.SETUP and index > 40 else []
        heard += coach.step(snapshot, inputs=inputs)
        analyser.counting = coach.counting
    told = [act.text for act in heard if isinstance(act, Say) and "This computer looks only" in act.text]
    assert told == [script.SLOW.format(times="three times").strip()]
    lines = summary_lines(coach.record.sets, "done", SPOKEN, "squat", coach._slow_hz)
    assert any("looked only three times a second, so I may have missed some" in line for line in lines)
    assert script.BEST["clean"] not in lines


def test_nobody_is_told_of_a_computer_that_keeps_up():
    assert not [text for text in story("squat").said() if "This computer" in text]


# Movements that are not counted


def not_counted(reason, times=1, *, seen=True):
    """Return what is said after movements that the engine did not count, of somebody seen then or not."""
    coach, analyser, said, now = bare("squat", sets=1, reps=5), Analyser("squat", counting=()), [], 0.0
    for clip in [waiting("squat", 11.0), *[waiting("squat", 20.0)] * times]:
        for index, pose in enumerate(clip.poses):
            snapshot = analyser.step(replace(pose, time_s=now))
            if index == 20 and coach.stage is Stage.SET:
                details = (("reason", reason), ("start_s", now - 2.0), ("end_s", now))
                snapshot = replace(snapshot, events=(Event(now, "rep_not_counted", details),))
                snapshot = snapshot if seen else replace(snapshot, pose=no_pose(now))
            said += [act.text for act in coach.step(snapshot) if isinstance(act, Say)]
            analyser.counting = coach.counting
            now += 1 / RATE_HZ
    return said, coach


def test_a_movement_that_is_not_counted_is_said_kindly_with_its_reason():
    said, coach = not_counted("the hips did not go down")
    assert "That one I did not count: the hips did not go down." in said
    lines = summary_lines([coach._set_record()], "stopped", SPOKEN, "squat")
    assert "One movement I did not count: the hips did not go down." in lines


def test_whoever_has_walked_off_is_not_told_that_it_was_not_counted():
    said, coach = not_counted("the body was out of sight for too long on the way", seen=False)
    assert not [text for text in said if "not count" in text]
    assert not [
        text for text in summary_lines([coach._set_record()], "stopped", SPOKEN, "squat") if "count:" in text
    ]


def test_it_is_said_at_most_twice_a_set_and_never_in_alarming_words():
    said, coach = not_counted("bad tracking: failed", times=4)
    assert said.count("That one I could not count.") == 2
    lines = summary_lines([coach._set_record()], "stopped", SPOKEN, "squat")
    assert "Movements that I did not count: four." in lines


# Everything that is said stands somewhere as text


def written(heard):
    """Return all text that was on the screen at any time."""
    texts = []
    for one in heard.screens():
        question = [one.question.text, one.question.keys] if one.question else []
        texts += [one.headline, one.caption, one.beat, one.cue, *one.instructions, *one.summary, *question]
    return set(texts)


@pytest.mark.parametrize("exercise", PEOPLE)
def test_everything_that_is_said_is_written(exercise):
    heard = story(exercise)
    screen = Screen()
    for time_s in sorted({time_s for time_s, _ in heard.acts}):
        acts = [act for at_s, act in heard.acts if at_s == time_s]
        screen = next((act for act in acts if isinstance(act, Screen)), screen)
        on_it = f"{screen.caption} {screen.beat}"
        for act in acts:
            if isinstance(act, Say):
                assert act.text in on_it or act.text in (*screen.instructions, *screen.summary)
    text = " ".join(written(heard))
    assert not re.search("|".join(NEVER_SAID), text, re.IGNORECASE)
    assert {one.stage for one in heard.screens()} >= {"sound", "pain", "show", "setup", "set", "summary"}


def test_the_summary_can_be_read_to_the_end():
    last = story("clamshell").screens()[-1]
    assert "Left leg, set two: five." in last.summary
    assert last.summary[-1] == "Next time, just the same again."
