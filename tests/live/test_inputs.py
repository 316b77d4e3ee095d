"""Typed answers, and what keys mean: "10" is ten, an arrow points, Enter alone answers nothing."""

import pytest

from formcheck.analyser import Analyser
from formcheck.live.coach import ASKED, Coach, Stage
from formcheck.live.inputs import (
    Ask,
    ChangeVoice,
    Choose,
    GoOn,
    Keyboard,
    Pain,
    Pause,
    Point,
    Skip,
    Stop,
    Yes,
)
from formcheck.pose.skeleton import no_pose
from tests.live.people import gone, session

PAIN, CHOICE, SOUND = ASKED["pain"], ASKED["choice"], ASKED["sound"]


def typed(keys, question=PAIN):
    """Return what keys mean, pressed one after the other."""
    keyboard = Keyboard()
    return [one for key in keys for one in keyboard.inputs([key], question)]


@pytest.mark.parametrize(
    ("keys", "level"),
    [
        (["1", "0"], 10),
        (["7"], 7),
        (["7", "3"], 3),
        (["0"], 0),
        (["0", "4"], 4),
        (["up"], 1),
        (["right", "right"], 2),
        (["up", "up", "left", "down"], 0),
        (["9", "up", "up"], 10),
        (["1", "0", "down"], 9),
    ],
)
def test_pain_is_what_was_typed_or_pointed_at(keys, level):
    assert typed([*keys, "enter"])[-1] == Pain(level)
    assert typed(keys)[-1] == Point(level)


def test_keys_pressed_at_once_mean_the_same():
    assert Keyboard().inputs(["1", "0", "enter"], PAIN)[-1] == Pain(10)


def test_enter_alone_is_no_answer():
    assert typed(["enter"]) == [GoOn()]
    assert typed(["enter"], CHOICE) == [GoOn()]


def test_what_was_typed_belongs_to_its_question():
    keyboard = Keyboard()
    keyboard.inputs(["7"], PAIN)
    assert keyboard.inputs(["enter"], ASKED["pain_after"]) == [GoOn()]


@pytest.mark.parametrize(
    ("keys", "answer"),
    [(["1"], "half"), (["3"], "rest"), (["down"], "half"), (["right", "down"], "march"), (["up"], "half")],
)
def test_a_choice_is_a_figure_or_an_arrow(keys, answer):
    assert typed([*keys, "enter"], CHOICE)[-1] == Choose(answer)


def test_the_other_keys():
    assert typed(["up", "left"], SOUND) == [ChangeVoice(louder=1), ChangeVoice(faster=-1)]
    assert typed(["pause", "end", "skip", "enter", "up", "5"], None) == [Pause(), Stop(), Skip(), GoOn()]
    assert typed(["enter"], ASKED["ask_pain"]) == [Yes()]


@pytest.mark.parametrize("level", [-1, 11])
def test_pain_is_on_its_scale(level):
    with pytest.raises(ValueError, match="0 to 10"):
        Pain(level)


# The coach


def asked(*given):
    """Return a session that gets as far as the question of pain, and is given these one after the other."""
    coach = Coach("bridge")

    def person(coach):
        yield gone(0.5)
        yield "enter"
        yield gone(0.5)
        assert coach.stage is Stage.PAIN
        for one in given:
            yield one
            yield gone(0.5)

    return session(coach, person), coach


def test_ten_is_recorded_as_ten_and_takes_the_gentle_path():
    for given in ([Pain(10)], ["1", "0", "enter"]):
        _, coach = asked(*given)
        assert (coach.record.pain_before, coach.stage) == (10, Stage.CHOICE)


def test_an_untouched_question_is_asked_again_and_then_left_out():
    heard, coach = asked("enter")
    assert (coach.record.pain_before, coach.stage) == (None, Stage.PAIN)
    assert "Please choose a figure from zero to ten, then Enter. To leave it out, press S." in heard.said()
    heard, coach = asked("enter", "enter")
    assert (coach.record.pain_before, coach.stage) == (None, Stage.SHOW)
    heard, coach = asked("enter", "4", "enter")
    assert coach.record.pain_before == 4


def test_what_is_pointed_at_is_said_and_shown_before_it_is_an_answer():
    heard, coach = asked("1", "0")
    assert heard.said()[-2:] == ["One.", "Ten."]
    last = heard.screens()[-1]
    assert (last.headline, last.question.pointed) == ("Pain now: 10 of 10", 10)
    assert (coach.record.pain_before, coach.stage) == (None, Stage.PAIN)


def test_a_question_stands_on_the_screen_with_its_answers_and_nothing_chosen():
    heard, _ = asked()
    question = heard.screens()[-1].question
    assert (question.ask, question.pointed) == (Ask.PAIN, None)
    assert [one.key for one in question.answers] == [str(level) for level in range(11)]
    assert question.text.startswith("How much does your hip hurt now?")


def test_before_you_start_can_be_read_in_full():
    coach = Coach("bridge", first_use=True)
    analyser, shown = Analyser("bridge"), []
    for index in range(3):
        snapshot = analyser.step(no_pose(index / 10, (640, 480)))
        acts = coach.step(snapshot, inputs=[GoOn()] if index == 1 else [])
        shown += [act for act in acts if hasattr(act, "instructions")]
    assert coach.stage is Stage.TEXT
    text = " ".join(shown[-1].instructions)
    assert "Ask a clinician first" in text
    assert "not a medical device" in text


def test_the_reason_is_one_of_the_answers_or_left_out():
    for given, reason in (([Choose("tired")], "tired"), ([Skip()], "stopped"), (["2", "enter"], "tired")):
        coach = Coach("bridge")

        def person(coach, given=given):
            yield gone(0.5)
            coach._reason = "stopped"
            coach._enter(Stage.REASON, 0.5)
            yield gone(0.5)
            for one in given:
                yield one
                yield gone(0.3)

        session(coach, person)
        assert coach.record.reason == reason
