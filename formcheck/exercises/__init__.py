"""The exercises: one file with one constant each, found by name."""

from __future__ import annotations

from formcheck.errors import UsageError
from formcheck.exercises.bridge import BRIDGE
from formcheck.exercises.clamshell import CLAMSHELL
from formcheck.exercises.seated_march import SEATED_MARCH
from formcheck.exercises.spec import Exercise
from formcheck.exercises.squat import SQUAT

EXERCISES: dict[str, Exercise] = {row.name: row for row in (SQUAT, BRIDGE, CLAMSHELL, SEATED_MARCH)}
"""Every exercise by name, in the order shown to people."""


def find_exercise(name: str) -> Exercise:
    """Return the exercise of this name; ``seated-march`` is accepted for ``seated_march``.

    Raises
    ------
    UsageError
        There is no such exercise.
    """
    exercise = EXERCISES.get(name.replace("-", "_"))
    if exercise is None:
        raise UsageError(f"{name!r} is not an exercise; choose one of {', '.join(EXERCISES)}")
    return exercise
