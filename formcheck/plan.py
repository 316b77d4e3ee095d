"""Which exercise is counted when, and how repetitions form sets."""

from __future__ import annotations

from dataclasses import dataclass, replace

from formcheck.exercises import EXERCISES
from formcheck.exercises.spec import Legs
from formcheck.movement import Described
from formcheck.pose.skeleton import Side
from formcheck.results import Set

SET_PAUSE_S = 30.0
"""A longer pause between repetitions begins a new set (judgement: rests are 30 s and more)."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the recording in which one exercise is counted."""

    exercise: str
    start_s: float = float("-inf")
    end_s: float = float("inf")
    confidence: float = 1.0

    def covers(self, start_s: float, end_s: float) -> bool:
        """Return whether a repetition between these times lies in the segment, at least in part."""
        return start_s <= self.end_s and end_s >= self.start_s


def whole(exercise: str) -> tuple[Segment, ...]:
    """Return the plan that counts one exercise from beginning to end."""
    return (Segment(exercise),)


def working_side(exercise: str, described: Described) -> Side | None:
    """Return the side that a whole set works on; None where both legs do."""
    return described.movement.side if EXERCISES[exercise].legs is Legs.UPPER else None


def grow(sets: tuple[Set, ...], exercise: str, described: Described) -> tuple[Set, ...]:
    """Return the sets with one more repetition, in a new set where one begins."""
    side = working_side(exercise, described)
    last = sets[-1] if sets else None
    if (
        last is None
        or last.exercise != exercise
        or last.working_side is not side
        or described.start_s - last.end_s > SET_PAUSE_S
    ):
        last = Set(len(sets) + 1, exercise, side, described.start_s, described.end_s, 0, 0)
    else:
        sets = sets[:-1]
    return (
        *sets,
        replace(
            last,
            start_s=min(last.start_s, described.start_s),
            end_s=max(last.end_s, described.end_s),
            complete=last.complete + described.complete,
            partial=last.partial + (not described.complete),
        ),
    )
