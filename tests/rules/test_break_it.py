"""Whoever breaks a number of a form rule, or a left for a right, is told by a synthetic repetition."""

import pytest

from formcheck.exercises import EXERCISES
from tests.rules import break_it
from tests.rules.break_it import TABLES, changes, noticed

SAMPLE = (
    ("squat", "forward_lean", "limits[0].on x 1.3"),
    ("bridge", "pushing_through_toes", "min_duration_s x 0.7"),
    ("seated_march", "too_high", "reads the other leg"),
)


@pytest.mark.parametrize(("exercise", "code", "what"), SAMPLE)
def test_a_broken_rule_is_noticed(exercise, code, what):
    (change,) = [one for one in changes([code]) if (one.exercise, one.what) == (exercise, what)]
    before = EXERCISES[exercise]
    assert noticed(change) is not None
    assert EXERCISES[exercise] is before


def test_what_is_not_broken_is_not_noticed():
    (change, *_) = changes(["heel_lift"])
    assert noticed(break_it.Change("nothing", "squat", change.rule, change.rule)) is None


def test_every_rule_that_can_judge_has_its_stories():
    silent = {
        rule.code
        for name, exercise in EXERCISES.items()
        for rule in exercise.rules
        if not any(table.row.exercise == name and table.row.fits(rule) for table in TABLES)
    }
    assert silent == {"knees_in", "pelvic_drop"}
