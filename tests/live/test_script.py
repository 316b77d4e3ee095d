import dataclasses
import re

import pytest

from formcheck.exercises import EXERCISES
from formcheck.live import script
from formcheck.live.cue_policy import SPOKEN
from formcheck.live.programme import OTHER_VIEW
from formcheck.live.script import ADVICE, WORDS, number, speech_s
from formcheck.live.setup import WANTED, lie_text, lost_from, wanted
from formcheck.pose.skeleton import Side
from formcheck.report.cues import CUES

NEVER_SAID = (
    *("fault", "faulty", "wrong", "bad", "incorrect", "failed", "unsafe", "danger", "damage", "injury"),
    *("valgus", "lumbar"),
)
"""Product definition, section 4."""


def texts_in(value):
    if isinstance(value, str):
        yield value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from texts_in([getattr(value, one.name) for one in dataclasses.fields(value)])
    elif hasattr(value, "values"):
        yield from texts_in(list(value.values()))
    elif isinstance(value, tuple | list):
        for one in value:
            yield from texts_in(one)


EVERYTHING = [
    (name, text) for name, value in vars(script).items() if name.isupper() for text in texts_in(value)
] + [("cue", text) for text in CUES.values()]


@pytest.mark.parametrize(("name", "text"), EVERYTHING, ids=lambda one: one[:30])
def test_no_alarming_word_can_be_said(name, text):
    assert not re.search("|".join(NEVER_SAID), text, re.IGNORECASE)


def sentences(text):
    return [one for one in re.split(r"(?<=[.?!:])\s+", text) if one]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_demonstration_has_at_most_25_spoken_words(exercise):
    assert len(WORDS[exercise].how.split()) <= 25


@pytest.mark.parametrize("code", ADVICE)
def test_an_advice_has_at_most_12_words_a_sentence(code):
    assert all(len(one.split()) <= 12 for one in sentences(ADVICE[code].format(side="right")))


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("side", [None, Side.LEFT, Side.RIGHT])
def test_how_to_lie_is_told_in_12_words(exercise, side):
    assert len(lie_text(wanted(exercise, near=side, top=side)).split()) <= 12


def test_every_exercise_has_words_and_a_wanted_view():
    assert set(WORDS) == set(WANTED) == set(EXERCISES)


def test_numbers_are_words_up_to_twenty():
    assert [number(n) for n in (1, 7, 12, 20, 21)] == ["one", "seven", "twelve", "twenty", "21"]


def test_speaking_takes_time():
    assert 0.5 < speech_s("Four.") < 1.0
    assert 8.0 < speech_s(WORDS["squat"].how) < 12.0


def test_what_the_second_sets_are_for_has_words_where_it_is_not_seen():
    assert set(script.NOT_JUDGED) >= {code for codes in OTHER_VIEW.values() for code in codes}


def test_what_a_view_does_not_show_has_words():
    """Every spoken form check that another view from which is counted loses; stops and caps have no words."""
    for name, rows in WANTED.items():
        views = {view for channel in EXERCISES[name].channels for view in channel.views}
        for want in rows:
            lost = {code for view in views for code in lost_from(want, view)}
            silent = {"loss_of_balance", "too_deep", "too_high", "range_limit"}
            assert (lost & SPOKEN) - silent <= set(script.NOT_JUDGED)
