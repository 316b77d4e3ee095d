"""What the documents show of the form checks is what was printed, and decides which may be grave."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.readme_table import ANGLES_BEGIN, angle_table, fault_rows, renewed, side_by_side
from formcheck.exercises import EXERCISES
from formcheck.results import Severity

ROOT = Path(__file__).resolve().parent.parent
FIRST, HOLDOUT = (
    (ROOT / "docs" / name).read_text("utf-8") for name in ("accuracy.md", "accuracy-holdout.md")
)
GRAVE = {
    (exercise.name, rule.code)
    for exercise in EXERCISES.values()
    for rule in exercise.rules
    if any(limit.severity in (Severity.STOP, Severity.CORRECT) for limit in rule.limits)
}
"""Checks that make a repetition faulty; ``range_limit`` is the plan's and has no limits of its own."""


def test_the_table_in_the_readme_is_the_printed_one():
    readme = (ROOT / "README.md").read_text("utf-8")
    assert readme == renewed(readme, side_by_side(FIRST, HOLDOUT))


def test_the_angles_in_the_readme_are_the_printed_ones():
    readme = (ROOT / "README.md").read_text("utf-8")
    table = angle_table((ROOT / "docs" / "angles.md").read_text("utf-8"))
    assert table.count("\n") == 2 + 6
    assert readme == renewed(readme, table, ANGLES_BEGIN)


@pytest.mark.parametrize(("exercise", "code"), sorted(GRAVE))
def test_a_grave_check_has_shown_what_it_finds_and_how_often_it_errs(exercise, code):
    shown = [row for key, row in fault_rows(FIRST).items() if key[:2] == (exercise, code)]
    best = max(shown, key=lambda row: int(row["true cases"]))
    assert int(best["true cases"]) >= 4
    assert int(best["bodies"]) >= 2
    assert float(best["recall"]) >= 0.9
    assert 40 * sum(int(row["false alarms"]) for row in shown) <= sum(int(row["good"]) for row in shown)
