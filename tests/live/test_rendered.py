"""Whole sessions from rendered people, and what their bodies say, seen by the real pose model."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from formcheck.analyser import Analyser
from formcheck.live.acts import Kind, Tone
from formcheck.live.coach import Stage
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
from formcheck.live.script import WORDS, capital, number
from formcheck.report.cues import CUES
from tests.live.material import make
from tests.live.played import Material, material, play
from tests.live.rendered import PEOPLE, told

EXERCISE = {
    "squat": "squat",
    "bridge": "bridge",
    "clamshell_left_up": "clamshell",
    "clamshell_right_up": "clamshell",
    "seated_march": "seated_march",
}
INTERRUPTED = {
    "squat": (4, 5, [6, 5]),
    "bridge": (5, 6, [7]),
    "clamshell": (5, 6, [7]),
    "seated_march": (8, 10, [11]),
}
"""Repetitions before leaving, before the pause, and in each set."""
POOR = {
    "squat": ["forward_lean", "knee_valgus"],
    "bridge": ["lumbar_overextension"],
    "clamshell": ["feet_apart"],
    "seated_march": ["fast_drop"],
}


def counts(heard):
    """Return the numbers spoken while repetitions count: not those of pain and of rests."""
    sets = [i for i, (_, stage) in enumerate(heard.stages) if stage is Stage.SET]
    spans = [(heard.stages[i][0], heard.stages[i + 1][0] + 1.0) for i in sets]
    return [
        one.text
        for one in heard.transcript
        if one.kind is Kind.COUNT and any(since <= one.time_s <= until for since, until in spans)
    ]


# Whole sessions


@pytest.mark.parametrize("name", INTERRUPTED)
def test_every_repetition_is_counted_aloud_and_nothing_else(name):
    heard = told(name)
    of_sets = INTERRUPTED[name][2]
    assert counts(heard) == [f"{capital(number(i + 1))}." for of_set in of_sets for i in range(of_set)]
    assert [(one.complete, one.partial) for one in heard.outcome.record.sets] == [(n, 0) for n in of_sets]
    assert [(one.complete, one.partial) for one in heard.outcome.summary.sets] == [(n, 0) for n in of_sets]


@pytest.mark.parametrize("name", INTERRUPTED)
def test_two_poor_repetitions_are_spoken_about_once_and_that_it_is_better_too(name):
    heard = told(name)
    assert heard.said(Kind.CUE) == [text for code in POOR[name] for text in (CUES[code], "Better.")]
    for one, code in zip(heard.outcome.record.sets, POOR[name], strict=True):
        assert [code in rep for rep in one.policy.reps].count(True) == 2
        assert all(rep <= {code} for rep in one.policy.reps)


@pytest.mark.parametrize("name", INTERRUPTED)
def test_somebody_who_leaves_is_waited_for_and_welcomed_back(name):
    heard = told(name)
    lost_s = heard.when("I can't see you. I will wait for you.")
    back_s = heard.when(f"Welcome back. You had done {number(INTERRUPTED[name][0])}.", lost_s)
    assert heard.stage_at(lost_s) is Stage.LOST
    assert heard.stage_at(heard.when("Ready. Go on.", back_s)) is Stage.SET


@pytest.mark.parametrize("name", INTERRUPTED)
def test_an_arm_pauses_and_an_arm_goes_on(name):
    heard = told(name)
    paused_s = heard.when("Paused.")
    on_s = heard.when(f"We go on. You had done {number(INTERRUPTED[name][1])}.", paused_s)
    assert [heard.stage_at(paused_s), heard.stage_at(on_s)] == [Stage.PAUSED, Stage.SET]
    assert 6.0 < on_s - paused_s < 11.0


@pytest.mark.parametrize("name", INTERRUPTED)
def test_ending_for_pain_leads_through_the_summary_to_getting_up(name):
    heard = told(name)
    exercise = heard.outcome.record.exercise
    ended_s = heard.when("All right. We stop here.")
    asked_s = heard.when("Did it hurt? Raise an arm for yes.", ended_s)
    rest_s = heard.when("Then rest. Next time do less, and smaller.", asked_s)
    summary_s = heard.when(f"et one: {number(INTERRUPTED[name][2][0])}.", rest_s)
    up_s = [heard.when(line, summary_s) for line in WORDS[exercise].get_up]
    pain_s = heard.when("how much does it hurt now", up_s[-1])
    assert heard.when("That is all.", pain_s) == heard.transcript[-1].time_s
    assert up_s == sorted(up_s)
    record = heard.outcome.record
    assert record.reason == "pain"
    assert None not in (record.pain_before, record.pain_after)


@pytest.mark.parametrize("name", INTERRUPTED)
def test_the_end_is_said_at_once_when_an_arm_stays_up(name):
    heard = told(name)
    asked_s = next(time_s for time_s, stage in heard.stages if stage is Stage.ASK_PAIN)
    assert heard.when("All right. We stop here.") - asked_s < 0.5


@pytest.mark.parametrize("name", PEOPLE)
def test_the_first_two_repetitions_of_a_new_set_are_paced(name):
    heard = told(name)
    out = f"{WORDS[heard.outcome.record.exercise].out}..."
    begins = [one.time_s for one in heard.transcript if one.text == "Ready. Begin."]
    paced = [one.time_s for one in heard.transcript if one.text == out]
    assert len(paced) == 2 * len(begins)
    assert all(sum(0 < at - since < 12.0 for at in paced) == 2 for since in begins)


@pytest.mark.parametrize("name", PEOPLE)
def test_nobody_who_gets_up_or_lies_down_is_taken_for_fallen(name):
    assert Stage.FALLEN not in [stage for _, stage in told(name).stages]


def test_a_clamshell_on_both_sides_from_enter_to_standing_again():
    heard = told("clamshell_both_sides")
    record = heard.outcome.record
    assert [(one.side.value, one.complete, one.partial) for one in record.sets] == [
        *[("right", 5, 0)] * 2,
        *[("left", 5, 0)] * 2,
    ]
    assert record.reason == "done"
    at = 0.0
    for text in (
        "Lie on your left side, facing the laptop.",
        "Ready. Begin.",
        "Keep your feet together.",
        "That was five.",
        "Rest for 30 seconds.",
        "Set two.",
        "Ready. Begin.",
        "That was five.",
        "Now the other side. Put your head where your feet were",
        "Ready. Begin.",
        "Rest for 30 seconds.",
        "Ready. Begin.",
        "You have finished.",
        "Left leg, set two: five.",
        "push up with your arms",
        "hands and knees",
        "how much does it hurt now",
        "goodbye",
    ):
        at = heard.when(text, at)
    assert [tone for _, tone in heard.tones].count(Tone.READY) == 4


@pytest.mark.parametrize("name", ["bridge", "clamshell"])
def test_half_of_the_pictures_are_enough(name):
    person, clip, setup = PEOPLE[name]
    heard = play(setup, person, Material(clip, every=2))
    assert [one.complete for one in heard.outcome.record.sets] == INTERRUPTED[name][2]
    assert heard.said(Kind.CUE) == [CUES[POOR[name][0]], "Better."]
    assert heard.outcome.record.reason == "pain"


def test_an_arm_raised_before_the_question_is_no_answer():
    """The arm that ended it, let down and up again too soon, does not say that it hurt."""

    def hasty(coach, clip):
        for part in PEOPLE["bridge"][0](coach, clip):
            yield part
            if coach.stage is Stage.ASK_PAIN:
                break
        yield clip["arm_L_lower"]
        yield clip.lasting("still", 60.0)

    heard = play(PEOPLE["bridge"][2], hasty, material("bridge"))
    assert "Then rest." not in " ".join(heard.said())
    assert heard.outcome.record.reason == "stopped"


# What a body says


def gestures(clip: Material, exercise: str, part, lead):
    analyser, state, understood = Analyser(exercise), ArmState(), []
    for index, sighting in enumerate([*clip.lasting(lead, 2.0), *part]):
        snapshot = analyser.step(replace(sighting.pose, time_s=index / clip.rate_hz))
        state, gesture = follow_arm(state, snapshot.time_s, arm_raised(snapshot))
        understood += [gesture] if gesture else []
    return understood


ARMS = [
    *(("squat", side, "front_", "front_still") for side in "LR"),
    ("squat", "L", "", "still"),
    *(("bridge", side, "", "still") for side in "LR"),
    ("clamshell_left_up", "L", "", "still"),
    ("clamshell_right_up", "L", "", "still"),
    *(("seated_march", side, "", "still") for side in "LR"),
]
"""Of the mirrored clip ``arm_L`` is the right arm."""


@pytest.mark.parametrize(("name", "side", "prefix", "lead"), ARMS)
def test_an_arm_straight_up_is_understood(name, side, prefix, lead):
    clip = material(name)
    assert gestures(clip, EXERCISE[name], clip.arm(side, 1.6, prefix), lead) == [Gesture.PAUSE]
    assert gestures(clip, EXERCISE[name], clip.arm(side, 4.2, prefix), lead) == [Gesture.PAUSE, Gesture.END]
    assert gestures(clip, EXERCISE[name], clip.arm(side, 0.3, prefix), lead) == []


@pytest.mark.parametrize("name", EXERCISE)
def test_nothing_else_that_people_do_is_taken_for_a_raised_arm(name):
    clip = material(name)
    others = [frame for part in clip.names if "arm_" not in part for frame in clip[part]]
    assert gestures(clip, EXERCISE[name], others, clip.names[0]) == []


@pytest.mark.parametrize("name", ["bridge", "clamshell_left_up", "clamshell_right_up"])
@pytest.mark.parametrize(("faster", "asked"), [(1, 0), (2, 0), (4, 1)])
def test_down_within_one_and_a_half_seconds_is_a_fall_lying_down_is_none(name, faster, asked):
    """The way from standing to lying takes 5.1 seconds; four times as fast it is no lying down."""
    clip = material(name)
    way = round(5.1 * clip.rate_hz)
    coming = clip["come"]
    frames = [*coming[:-way], *coming[-way::faster], *clip.lasting("still", 6.0)]
    analyser, state, still, falls = Analyser(EXERCISE[name]), FallState(), Stillness(), 0
    for index, sighting in enumerate(frames):
        snapshot = analyser.step(replace(sighting.pose, time_s=index / clip.rate_hz))
        still = follow_stillness(still, snapshot)
        state, fallen = follow_fall(state, snapshot, still.for_s(snapshot.time_s))
        falls += fallen
    assert falls == asked


# The material


def test_without_the_renderer_it_says_so(tmp_path, capsys):
    assert make.main(["--renderer", str(tmp_path)]) == 2
    assert "no renderer there" in capsys.readouterr().err
    assert str(tmp_path) not in sys.path


def test_the_material_is_small():
    files = list(Path(make.__file__).parent.glob("*.npz"))
    assert {path.stem for path in files} == set(EXERCISE)
    assert sum(path.stat().st_size for path in files) < 2_000_000
