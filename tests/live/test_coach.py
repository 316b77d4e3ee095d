import re
from dataclasses import replace
from itertools import pairwise

import pytest

from formcheck.analyser import Analyser
from formcheck.live.acts import Kind, Say, Screen, Sound, Tone, Tune
from formcheck.live.coach import Coach, Stage
from formcheck.live.inputs import GoOn, Pause
from formcheck.live.programme import Dose, Programme
from formcheck.live.script import capital, number
from formcheck.profile import STANDARD, CheckSetting
from formcheck.results import Event, Severity
from tests import synthetic
from tests.exercises.watched import HALF, amplitudes_of, usual
from tests.live.people import (
    CAMERAS,
    RATE_HZ,
    arm_up,
    gone,
    moving,
    rep,
    session,
    until,
    waiting,
    willing,
)
from tests.live.stories import PEOPLE, story
from tests.live.test_script import NEVER_SAID
from tests.synthetic import Camera, Tempo

EXERCISES = tuple(PEOPLE)


def bare(exercise, profile=STANDARD, **options):
    """Return a coach that begins with little more than the set-up."""
    return Coach(exercise, profile, **({"questions": False, "introduce": False, "rest_s": 12.0} | options))


def in_order(heard, *texts):
    """Whether these are said in this order."""
    said = heard.said()
    at = 0
    for text in texts:
        found = [i for i in range(at, len(said)) if text in said[i]]
        assert found, f"{text!r} is not said after {said[max(0, at - 3) : at]}"
        at = found[0] + 1
    return True


# Whole sessions


def test_the_squat_story():
    heard = story("squat")
    assert in_order(
        heard,
        "Can you hear me?",
        "How much does your hip hurt now?",
        "Two.",
        "Stand with your left side towards the laptop.",
        "Stop if it hurts or you feel dizzy.",
        "I can't see you yet.",
        "Turn so that your left side faces the laptop.",
        "Ready. Begin.",
        "One.",
        "Two.",
        "I can't see you. I will wait for you.",
        "Welcome back. You had done two.",
        "Ready. Go on.",
        "Three.",
        "Four.",
        "That was four, and one shorter.",
        "For the next set, turn to face the laptop, so that I see both knees.",
        "Set two.",
        "Ready. Begin.",
        "Knees over your toes.",
        "Better.",
        "Paused.",
        "We go on. You had done three.",
        "All right. We stop here.",
        "Did it hurt?",
        "Then rest.",
        "Set one: four, and one shorter.",
        "Set two: three.",
    )
    assert heard.ended == "pain"
    record = heard.coach.record
    assert [(one.complete, one.partial) for one in record.sets] == [(4, 1), (3, 0)]
    assert (record.pain_before, record.pain_after, record.reason) == (2, 4, "pain")


def test_the_bridge_story():
    heard = story("bridge")
    assert in_order(
        heard,
        "Go gently today: smaller movements, and five repetitions.",
        "Two sets of five.",
        "Lie down in front of the laptop.",
        "Slide a little towards your head.",
        "Ready. Begin.",
        "A little lower. Straight is enough.",
        "That was five.",
        "Set two.",
        "I can wait.",
        "We leave it there for today.",
        "roll onto your side",
    )
    assert heard.ended == "interrupted"


def test_the_clamshell_story_from_the_first_key_to_standing_again():
    heard = story("clamshell")
    assert in_order(
        heard,
        "Two sets of five on each side.",
        "Lie on your left side, facing the laptop.",
        "Keep your feet together.",
        "That was five.",
        "Rest for 25 seconds.",
        "That was five.",
        "Now the other side. Put your head where your feet were, so that you still face the laptop.",
        "Lie on your right side.",
        "Ready. Begin.",
        "You have finished.",
        "Right leg, set one: five.",
        "Left leg, set two: five.",
        "push up with your arms",
        "hands and knees",
    )
    assert heard.ended == "done"
    assert [(one.side.value, one.complete) for one in heard.coach.record.sets] == [
        *[("right", 5)] * 2,
        *[("left", 5)] * 2,
    ]


def test_the_march_story():
    heard = story("seated_march")
    assert in_order(
        heard,
        "Two sets of six with each leg.",
        "Please sit down on the chair.",
        "Getting tired? Stopping at seven is fine.",
        "Eight.",
        "We stop here.",
        "Why did you stop?",
        "Tired.",
    )
    assert heard.ended == "tired"


@pytest.mark.parametrize("exercise", EXERCISES)
def test_no_alarming_word_is_said_or_shown(exercise):
    heard = story(exercise)
    shown = [f"{one.headline} {one.cue} {one.phase}" for one in heard.screens()]
    assert not re.search("|".join(NEVER_SAID), " ".join([*heard.said(), *shown]), re.IGNORECASE)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_guidance_is_one_sentence_at_a_time_and_never_ceases_for_long(exercise):
    """With eyes closed nobody waits long without a word before the exercise has begun."""
    heard = story(exercise)
    begun = heard.when("Ready. Begin.")
    before = [time_s for time_s, act in heard.acts if isinstance(act, Say) and time_s <= begun]
    assert max(b - a for a, b in pairwise(before)) < 15.0


@pytest.mark.parametrize("exercise", EXERCISES)
def test_headlines_can_be_read_from_afar(exercise):
    headlines = {one.headline for one in story(exercise).screens()}
    assert max(len(one) for one in headlines) <= 70
    counted = [one for one in story(exercise).screens() if one.count is not None]
    assert {one.target for one in counted} <= {5, 12}


def test_the_number_is_said_although_a_cue_follows_and_the_tone_gives_way():
    heard = story("squat")
    at_s = heard.when("Better.")
    acts = [act for time_s, act in heard.acts if time_s == at_s and not isinstance(act, Screen)]
    assert acts == [Say("Three.", Kind.COUNT, 2.5), Say("Better.", Kind.CUE, 2.0)]


@pytest.mark.parametrize("complete", [16, 17])
def test_no_number_gives_way_to_a_cue(complete):
    coach = bare("squat", reps=0)
    said = Say(f"{capital(number(complete))}.", Kind.COUNT, 2.5)
    coach._tally, coach._acts = replace(coach._tally, complete=complete), [Sound(Tone.REP), said]
    coach._make_way()
    assert coach._acts == [said]
    coach._acts = [Sound(Tone.PARTIAL)]
    coach._make_way()
    assert coach._acts == [Sound(Tone.PARTIAL)]


def test_only_what_is_said_in_the_middle_of_a_repetition_is_urgent():
    cues = {act.text: act.urgent for _, act in story("squat").acts if getattr(act, "kind", None) is Kind.CUE}
    assert cues == {"Knees over your toes.": True, "Better.": False}
    others = [act for _, act in story("squat").acts if isinstance(act, Say) and act.kind is not Kind.CUE]
    assert not any(act.urgent for act in others)


def test_counts_and_paces_are_dropped_when_late():
    for _, act in story("clamshell").acts:
        if isinstance(act, Say) and act.kind in (Kind.COUNT, Kind.PACE):
            assert act.within_s <= (2.5 if act.kind is Kind.COUNT else 0.7)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_engine_counts_what_the_coach_counts_and_a_replay_the_same(exercise):
    """Through set-up, pauses, a person lost and rests: the summary and the history line are one."""
    heard = story(exercise)
    summary = heard.finish()
    told = [(one.complete, one.partial, one.side) for one in heard.coach.record.sets]
    assert [(one.complete, one.partial, one.working_side) for one in summary.sets] == told
    assert sum(complete for complete, _, _ in told) > 3
    counted = [event for event in heard.events if event.event.startswith("rep_")]
    assert len(counted) == sum(complete + partial for complete, partial, _ in told)

    again = Analyser(plan=heard.analyser.plan, counting=heard.coach.counting)
    events = [event for pose in heard.poses for event in again.step(pose).events]
    assert again.finish() == summary
    assert events == heard.events


# The set


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_set_ends_after_its_repetitions_complete_or_short(exercise):
    coach = bare(exercise, sets=1, reps=3, side="left" if exercise == "seated_march" else None)
    options = {"sides": "L"} if exercise == "seated_march" else {}
    if exercise == "clamshell":
        coach = bare(exercise, sets=1, reps=3, side="right")
    heard = session(coach, willing(exercise, [1.0, HALF, 1.0, 1.0, 1.0], **options), limit_s=80.0)
    (one,) = coach.record.sets
    assert (one.complete, one.partial) == (2, 1)
    assert heard.said(Kind.COUNT) == ["One.", "Two."]
    assert heard.tones().count("partial") == 1
    assert heard.ended == "done"


def test_nothing_counts_before_ready():
    coach = bare("squat", sets=1, reps=8)

    def person(coach):
        yield moving("squat", [1.0] * 3, camera=replace(CAMERAS["squat"], azimuth_deg=0))
        yield from until(coach, Stage.SET, exercise="squat")
        yield moving("squat", [1.0])
        yield waiting("squat", 3.0)

    heard = session(coach, person)
    assert heard.said(Kind.COUNT) == ["One."]
    assert heard.when("One.") > heard.when("Ready. Begin.")


def test_the_first_two_repetitions_are_paced():
    heard = session(bare("squat", sets=1, reps=4), willing("squat", [1.0] * 4), limit_s=60.0)
    assert heard.said(Kind.PACE) == ["Down...", "And up.", "Down...", "And up."]


def test_what_is_under_way_as_it_begins_is_not_paced():
    coach = bare("squat", sets=1, reps=4)

    def person(coach):
        while coach.stage is not Stage.SETUP:
            yield gone(0.5)
        down = moving("squat", [1.0], lead_s=0.0, tempo=Tempo(1.2, 3.0, 1.3, 0.6))
        yield down.poses[: int(2.0 * RATE_HZ)]
        yield "enter"
        yield down.poses[int(2.0 * RATE_HZ) :]
        yield from rep("squat", 1.0, 0)

    heard = session(coach, person)
    assert heard.said(Kind.PACE)[:2] == ["Down...", "And up."]
    assert heard.said(Kind.COUNT) == ["One."]
    assert heard.when("Down...") > heard.when("Ready. Begin.") + 1.0


def test_a_repetition_that_ends_as_an_arm_or_a_key_pauses_still_counts():
    """A key pressed in the very step in which the repetition is known to be over."""
    coach, analyser, now, said = bare("squat", sets=1, reps=5), Analyser("squat", counting=()), 0.0, []
    for clip in (waiting("squat", 11.0), moving("squat", [1.0]), waiting("squat", 2.0)):
        for pose in clip.poses:
            snapshot = analyser.step(replace(pose, time_s=now))
            ended = any(event.event == "rep_completed" for event in snapshot.events)
            acts = coach.step(snapshot, inputs=[Pause()] if ended else [])
            analyser.counting = coach.counting
            said += [act.text for act in acts if isinstance(act, Say)]
            now += 1 / RATE_HZ
    assert coach.stage is Stage.PAUSED
    assert "One." in said
    coach.close()
    assert coach.record.sets[0].complete == analyser.finish().reps.complete == 1


def test_a_prescribed_hold_is_counted_aloud():
    plans = {**STANDARD.plans, "bridge": replace(STANDARD.plans["bridge"], hold_s=3.0)}
    coach = bare("bridge", replace(STANDARD, plans=plans), sets=1, reps=3)
    person = willing("bridge", [1.0] * 3, tempo=Tempo(1.4, 3.6, 1.3, 0.6))
    heard = session(coach, person, limit_s=60.0)
    assert heard.said(Kind.PACE)[-4:] == ["Hold. One.", "Two.", "Three.", "And down."]


def test_no_limit_counts_on_until_nobody_moves():
    coach = bare("squat", sets=1, reps=0)

    def person(coach):
        yield from until(coach, Stage.SET, exercise="squat")
        for _ in range(11):
            yield from rep("squat", 1.0)
        while True:
            yield waiting("squat", 1.0)

    heard = session(coach, person, limit_s=140.0)
    assert heard.said(Kind.COUNT)[-1] == "Eleven."
    assert heard.ended == "interrupted"
    assert {one.target for one in heard.screens()} == {None}


def test_without_coaching_only_counts():
    coach = Coach("squat", coaching=False)

    def person(coach):
        yield moving("squat", [1.0] * 10, lead_s=1.0)

    heard = session(coach, person)
    assert heard.said() == [f"{capital(number(n))}." for n in range(1, 11)]
    assert heard.ended is None
    assert [act.reason for act in coach.close()] == ["interrupted"]


def test_the_screen_follows_the_movement():
    heard = session(bare("squat", sets=1, reps=3), willing("squat", [1.0] * 3), limit_s=40.0)
    counting = [one for one in heard.screens() if one.count is not None]
    assert max(one.count for one in counting) >= 2
    assert {one.phase for one in counting} == {"rest", "moving out", "end position", "returning"}
    assert 1.0 < max(one.reached or 0.0 for one in counting) < 1.6
    assert {one.target for one in counting} == {3}


def test_squats_take_turns_side_and_front_unless_nothing_is_asked_of_the_front():
    """Knees and weight are seen from the front only; a plan without these checks stays at the side."""
    off = {code: CheckSetting(enabled=False) for code in ("knee_valgus", "weight_shift")}
    one, both = ({**STANDARD.plans, "squat": replace(STANDARD.plans["squat"], checks=c)} for c in (
        {"knee_valgus": off["knee_valgus"]}, off,
    ))  # fmt: skip
    views = {}
    for name, plans in {"usual": STANDARD.plans, "one": one, "both": both}.items():
        programme = Programme("squat", replace(STANDARD, plans=plans), Dose(sets=3), None)
        views[name] = []
        while not programme.over:
            views[name].append((programme.wanted().view.value, programme.next_view() != ""))
            programme.pop()
    turning = [("side", False), ("front", True), ("side", True)]
    assert views == {"usual": turning, "one": turning, "both": [("side", False)] * 3}


def test_the_rest_is_that_of_the_command_line_then_of_the_plan():
    plans = {**STANDARD.plans, "squat": replace(STANDARD.plans["squat"], rest_s=90.0)}
    profile = replace(STANDARD, plans=plans)
    rests = [
        Programme("squat", one, Dose(rest_s=given), None).rest_s
        for one, given in ((STANDARD, None), (profile, None), (profile, 20.0), (profile, 0.0))
    ]
    assert rests == [45.0, 90.0, 20.0, 0.0]


def test_without_a_rest_the_next_set_follows():
    heard = session(bare("squat", sets=2, reps=2, rest_s=0.0), willing("squat", [1.0] * 2), limit_s=60.0)
    assert in_order(heard, "That was two.", "turn to face the laptop", "Set two.", "Ready. Begin.")
    assert not [text for text in heard.said() if text.startswith("Rest for")]


# Hands free


@pytest.mark.parametrize("exercise", EXERCISES)
def test_an_arm_pauses_and_resumes_in_every_posture(exercise):
    coach = bare(exercise, sets=1, reps=5)
    side = synthetic.body.Side.RIGHT if exercise == "clamshell" else synthetic.body.Side.LEFT

    def person(coach):
        yield from until(coach, Stage.SET, exercise=exercise)
        yield arm_up(exercise, 2.0, side)
        yield waiting(exercise, 2.0)
        assert coach.stage is Stage.PAUSED
        yield arm_up(exercise, 2.0, side)
        yield waiting(exercise, 1.0)
        assert coach.stage is Stage.SET
        yield arm_up(exercise, 4.5, side)
        yield waiting(exercise, 1.0)

    heard = session(coach, person)
    assert in_order(heard, "Ready. Begin.", "Paused.", "We go on.", "Paused.", "We stop here.")


def test_keys_do_the_same():
    coach = bare("squat", sets=1, reps=5)

    def person(coach):
        yield from until(coach, Stage.SET, exercise="squat")
        yield "pause"
        yield waiting("squat", 1.0)
        assert coach.stage is Stage.PAUSED
        yield "pause"
        yield waiting("squat", 1.0)
        assert coach.stage is Stage.SET
        yield "end"
        yield waiting("squat", 1.0)
        assert coach.stage is Stage.ASK_PAIN

    session(coach, person)


def test_nothing_counts_while_paused():
    coach = bare("squat", sets=1, reps=5)

    def person(coach):
        yield from until(coach, Stage.SET, exercise="squat")
        yield from rep("squat", 1.0)
        yield "pause"
        for _ in range(2):
            yield from rep("squat", 1.0)
        yield "pause"
        yield waiting("squat", 1.0)
        yield from rep("squat", 1.0)

    heard = session(coach, person)
    assert heard.said(Kind.COUNT) == ["One.", "Two."]
    assert "We go on. You had done one." in heard.said()


# Interruptions


def stopping(code):
    """Return a squat session in which a check with this code stops the set."""
    analyser, coach, now, heard = Analyser("squat"), bare("squat", sets=2, reps=5), 0.0, []
    stopped_at, enter_at = None, float("inf")
    for clip in [waiting("squat", 11.0), moving("squat", [1.0]), *[waiting("squat", 4.0)] * 4]:
        for pose in clip.poses:
            snapshot = analyser.step(replace(pose, time_s=now))
            if coach.record.sets and stopped_at is None:
                stopped_at, enter_at = now, now + 9.0
                details = (("rep", 1), ("code", code), ("severity", "stop"))
                snapshot = replace(snapshot, events=(Event(now, "fault_raised", details),))
            inputs = [GoOn()] if now >= enter_at else []
            enter_at = float("inf") if inputs else enter_at
            heard += [(now, act) for act in coach.step(snapshot, inputs=inputs)]
            now += 1 / RATE_HZ
    return heard, stopped_at


@pytest.mark.parametrize("code", ["loss_of_balance", "range_limit"])
def test_a_stop_interrupts_calmly_ends_the_set_and_waits(code):
    heard, stopped_at = stopping(code)
    said = [(time_s, act) for time_s, act in heard if isinstance(act, Say)]
    (first,) = [(time_s, act) for time_s, act in said if act.kind is Kind.STOP]
    late_s = 1.1 if code == "loss_of_balance" else 0.0  # until it is clear that nobody walked past
    assert stopped_at + late_s <= first[0] <= stopped_at + late_s + 0.2
    assert (first[0], Sound(Tone.ATTENTION)) in heard
    after = [act.text for time_s, act in said if time_s > first[0]]
    assert after[0].startswith("This set is over. Rest.")
    assert any(text.startswith("Set two.") for text in after)
    shown = [act for time_s, act in heard if isinstance(act, Screen) and time_s >= first[0]]
    assert (shown[0].severity, shown[0].paused) == ("stop", True)


def test_the_camera_away_for_a_while_goes_on_with_the_set():
    analyser, coach, now, said = Analyser("squat"), bare("squat", sets=1, reps=5), 0.0, []
    for clip in (waiting("squat", 11.0), moving("squat", [1.0]), moving("squat", [1.0], lead_s=2.0)):
        now += 25.0 if coach.record.sets else 0.0
        for pose in clip.poses:
            acts = coach.step(analyser.step(replace(pose, time_s=now)))
            said += [act.text for act in acts if isinstance(act, Say) and act.kind is not Kind.PACE]
            now += 1 / RATE_HZ
    after = said[said.index("One.") :]
    assert after[:3] == ["One.", "The camera is back. Go on. You had done one.", "Two."]


def test_a_lost_view_is_told_once_and_never_punishes_the_count():
    coach = bare("squat", sets=1, reps=8)
    low = replace(CAMERAS["squat"], tilt_deg=-16.0, distance_m=2.6)

    def person(coach):
        yield from until(coach, Stage.SET, exercise="squat")
        yield from rep("squat", 1.0)
        yield waiting("squat", 6.0, camera=low)
        yield waiting("squat", 2.0)
        yield waiting("squat", 5.0, camera=low)
        yield waiting("squat", 2.0)
        yield from rep("squat", 1.0)

    heard = session(coach, person)
    assert len([text for text in heard.said() if text.startswith("I still count")]) == 1
    assert heard.said(Kind.COUNT) == ["One.", "Two."]


def test_a_fall_is_asked_about_and_never_calls_anyone():
    coach = bare("squat", sets=1, reps=5)
    camera = Camera(azimuth_deg=90, distance_m=3.5)
    down = synthetic.concatenate(
        synthetic.standing_still(8.0, rate_hz=RATE_HZ),
        synthetic.still(25.0, rest="prone", rate_hz=RATE_HZ),
        camera=camera,
        noise=usual(),
        blend_s=1.0,
        rate_hz=RATE_HZ,
    )

    def person(coach):
        yield down

    heard = session(coach, person)
    assert in_order(
        heard, "Are you all right? Take your time. Raise an arm if you are fine.", "I cannot call."
    )
    assert coach.stage is Stage.FALLEN


def test_a_room_too_small_becomes_the_seated_march():
    coach = bare("squat", sets=1, reps=2)
    near = replace(CAMERAS["squat"], distance_m=1.2)

    def person(coach):
        while not coach._march_offered:
            yield waiting("squat", 1.0, camera=near)
        yield "enter"
        while True:
            yield from until(coach, Stage.SET, exercise="seated_march")
            yield moving("seated_march", [1.0])

    heard = session(coach, person, limit_s=90.0)
    assert coach.exercise == "seated_march"
    assert in_order(
        heard, "Is the room too small?", "All right. We do the seated march.", "Ready. Begin.", "One."
    )


# Questions


def tuned(*keys, **options):
    """Return the acts of a sound check with these keys, each pressed a second after the one before."""
    coach = Coach("squat", **options)

    def person(coach):
        yield gone(2.0)
        for key in keys:
            yield key
            yield gone(1.0)

    return session(coach, person), coach


def test_the_sound_check_changes_the_voice_and_lets_it_be_heard():
    heard, coach = tuned("up", "up", "left", "down")
    changes = [(time_s, act) for time_s, act in heard.acts if isinstance(act, Tune)]
    assert [act for _, act in changes] == [
        Tune(1.25, 150.0),
        Tune(1.5, 150.0),
        Tune(1.5, 135.0),
        Tune(1.25, 135.0),
    ]
    for time_s, act in changes:
        now = [other for at_s, other in heard.acts if at_s == time_s and not isinstance(other, Screen)]
        assert now == [act, Say("Can you hear me?")]
    assert coach.stage is Stage.SOUND
    assert coach.record.voice == Tune(1.25, 135.0)


def test_the_voice_goes_only_so_far_and_says_so():
    heard, coach = tuned(*["up"] * 6, *["right"] * 6)
    assert coach.record.voice == Tune(2.0, 210.0)
    assert heard.said().count("Can you hear me? It goes no further.") == 4
    heard, coach = tuned(*["down"] * 9, *["left"] * 9, voice=Tune(0.5, 105.0))
    assert coach.record.voice == Tune(0.25, 90.0)


def test_arrow_keys_change_the_voice_only_during_the_sound_check():
    heard, coach = tuned("enter", "up", "up", "right")
    assert not [act for _, act in heard.acts if isinstance(act, Tune)]
    assert coach.stage is Stage.PAIN


def asked(keys, **options):
    coach = Coach("bridge", **options)

    def person(coach):
        yield gone(0.5)
        for key in keys:
            yield key
            yield gone(0.5)
        yield gone(3.0)

    return session(coach, person), coach


def test_much_pain_lets_the_person_choose():
    _, coach = asked(["enter", "7", "enter", "down", "down", "enter"])
    assert coach.exercise == "seated_march"
    assert coach.record.pain_before == 7
    _, coach = asked(["enter", "7", "enter", "1", "enter"])
    assert coach.target == 4
    heard, _ = asked(["enter", "8", "enter", "3", "enter"])
    assert heard.ended == "pain"


def test_with_much_pain_nothing_is_chosen_by_enter_alone():
    heard, coach = asked(["enter", "7", "enter", "enter", "enter"])
    assert coach.stage is Stage.CHOICE
    assert len([text for text in heard.said() if text.startswith("Please choose")]) == 2
    assert (coach.target, coach._programme.smaller) == (8, False)


def test_questions_can_be_skipped_and_leave_themselves_out():
    _, coach = asked(["skip", "skip"])
    assert (coach.stage, coach.record.pain_before) == (Stage.SHOW, None)
    coach = Coach("bridge")
    session(coach, lambda coach: iter([gone(80.0)]))
    assert coach.stage not in (Stage.SOUND, Stage.PAIN)


def test_before_you_start_is_read_on_first_use_and_can_be_cut_short():
    _, coach = asked(["enter", "skip"], first_use=True)
    assert coach.stage is Stage.PAIN
    heard, coach = asked(["skip"], first_use=True)
    assert coach.stage is Stage.TEXT
    assert any("not a medical device" in text or "suggestions" in text for text in heard.said())


def test_skipping_the_introduction_still_says_when_to_stop():
    coach = Coach("bridge", questions=False)

    def person(coach):
        yield gone(1.0)
        yield "enter"
        yield gone(12.0)

    heard = session(coach, person)
    assert "Stop if it hurts or you feel dizzy." in heard.said()
    assert coach.stage is Stage.SETUP


def test_the_voice_says_when_it_is_free():
    """With `speaking` given, the next sentence waits for the voice and not for an estimate."""
    coach, analyser, said = Coach("bridge", questions=False), Analyser("bridge"), []
    for index, pose in enumerate(gone(20.0)):
        acts = coach.step(analyser.step(replace(pose, time_s=index / RATE_HZ)), speaking=index < 150)
        said += [act.text for act in acts if isinstance(act, Say)]
        assert len(said) <= (1 if index < 150 else 99)
    assert len(said) > 3


def test_a_check_that_the_plan_makes_grave_is_spoken():
    checks = {"heel_lift": CheckSetting(severity=Severity.CORRECT)}
    plans = {**STANDARD.plans, "squat": replace(STANDARD.plans["squat"], checks=checks)}
    assert "heel_lift" in Coach("squat", replace(STANDARD, plans=plans))._spoken


# Nobody is shut out


def shut_in(coach, person, **options):
    """Return the session, and check that a replay of its course counts the same."""
    heard = session(coach, person, **options)
    summary = heard.finish()
    again = Analyser(plan=heard.analyser.plan, counting=heard.coach.counting)
    events = [event for pose in heard.poses for event in again.step(pose).events]
    assert again.finish() == summary
    assert events == heard.events
    return heard, summary


@pytest.mark.parametrize("exercise", EXERCISES)
def test_two_even_repetitions_start_the_set_and_count(exercise):
    """Somebody who does not wait for the word, while the coach still asks for something: two are seen."""
    coach = bare(exercise, sets=1, reps=6, side="left" if exercise == "seated_march" else None)
    options = {"sides": "L"} if exercise == "seated_march" else {}

    def person(coach):
        while coach.stage is not Stage.SETUP:
            yield gone(0.5)
        amplitudes = amplitudes_of(exercise, [1.0] * 4)
        clip = moving(
            exercise, amplitudes, lead_s=1.5, tail_s=2.0, tempo=Tempo(1.2, 0.1, 1.2, 0.1), **options
        )
        yield [replace(pose, people=2) for pose in clip.poses]

    heard, summary = shut_in(coach, person)
    assert heard.stages[-1][1] is Stage.SET
    numbers = [text for text in heard.said() if text in ("That makes two.", "One.", "Two.", "Three.")]
    assert numbers[:2] == ["That makes two.", "Three."]
    assert coach.record.sets[0].complete == summary.reps.complete == 4
    assert [rep.set for rep in summary.rep_list] == [1] * 4
    assert all(one > 0 for one in coach.record.sets[0].ranges)
    assert "Ready. Begin." not in heard.said()


def test_two_repetitions_are_enough_for_a_set_of_two():
    coach = bare("squat", sets=1, reps=2)

    def person(coach):
        while coach.stage is not Stage.SETUP:
            yield gone(0.5)
        clip = moving("squat", [1.0] * 2, lead_s=1.5, tail_s=2.0, tempo=Tempo(1.2, 0.1, 1.2, 0.1))
        yield [replace(pose, people=2) for pose in clip.poses]
        yield waiting("squat", 2.0)

    heard, summary = shut_in(coach, person)
    assert summary.reps.complete == coach.record.sets[0].complete == 2
    assert "You have finished." in heard.said()


def test_what_was_done_before_getting_into_place_never_counts():
    """Squats while it is explained, and in the rest."""
    coach = bare("squat", sets=2, reps=2, rest_s=14.0)

    def person(coach):
        yield moving("squat", [1.0], lead_s=0.5)
        yield from until(coach, Stage.SET, exercise="squat")
        for _ in range(2):
            yield from rep("squat", 1.0)
        yield moving("squat", [1.0] * 2)
        assert coach.stage is Stage.REST
        yield from until(coach, Stage.SET, exercise="squat")
        yield waiting("squat", 3.0)

    _, summary = shut_in(coach, person)
    assert [one.complete for one in summary.sets] == [2]


def test_start_anyway_at_any_time_and_what_cannot_be_judged_is_said_once():
    coach = bare("squat", sets=2, reps=2, rest_s=0.0)
    front = replace(CAMERAS["squat"], azimuth_deg=0)

    def person(coach):
        for index in range(2):
            while coach.stage is not Stage.SETUP:
                yield waiting("squat", 0.5, camera=front)
            yield waiting("squat", 1.5, camera=front)
            yield "start"
            yield waiting("squat", 0.5, camera=front)
            assert coach.stage is Stage.SET
            if index == 0:
                for _ in range(2):
                    yield from rep("squat", 1.0, camera=front)
        yield waiting("squat", 3.0, camera=front)

    heard, summary = shut_in(coach, person)
    assert heard.said().count("From here I can't judge how far you lean.") == 1
    limited = [one.limited for one in heard.screens() if one.count is not None]
    assert "From here I can't judge how far you lean." in limited
    assert summary.reps.complete == 2


def test_start_anyway_starts_although_the_march_was_offered():
    coach = bare("squat", sets=1, reps=2)
    near = replace(CAMERAS["squat"], distance_m=1.2)

    def person(coach):
        while not coach._march_offered:
            yield waiting("squat", 1.0, camera=near)
        yield "start"
        yield waiting("squat", 0.2, camera=near)

    session(coach, person, limit_s=90.0)
    assert (coach.exercise, coach.stage) == ("squat", Stage.SET)


def setup_for(minutes, poses):
    """Return the coach after somebody was there (or nobody) for so long, looked at twice a second."""
    coach, analyser = bare("bridge", sets=1, reps=2), Analyser("bridge", counting=())
    for index in range(round(minutes * 120)):
        coach.step(analyser.step(replace(poses[index % len(poses)], time_s=index / 2.0)))
    return coach


def test_somebody_who_is_there_is_never_given_up_on():
    """Not even standing where to lie was asked, for ten minutes; an empty room is left in the end."""
    assert setup_for(10.0, waiting("squat", 2.0).poses).stage is Stage.SETUP
    assert setup_for(10.0, gone(2.0)).stage not in (Stage.SETUP, Stage.SET)
