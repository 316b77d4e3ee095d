"""Which exercise is counted when, and how repetitions form sets.  Pure."""

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
    """A part of the recording in which one exercise is counted.

    Attributes
    ----------
    exercise : str
    start_s, end_s : float
    confidence : float
    chosen : bool
        The exercise was taken up at ``start_s`` by somebody's choice: nothing before is looked at for it.
    """

    exercise: str
    start_s: float = float("-inf")
    end_s: float = float("inf")
    confidence: float = 1.0
    chosen: bool = False

    def covers(self, start_s: float, end_s: float) -> bool:
        """Return whether a repetition between these times lies in the segment, at least in part."""
        return start_s <= self.end_s and end_s >= self.start_s


EARLY_S = 0.5
"""A repetition may have begun this long before "Ready": its start is told afterwards."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in a coached session in which repetitions count: from "Ready" to a pause or the set's end.

    Attributes
    ----------
    set : int
        From 1; stretches of one number are one set, whatever lies between.
    start_s, end_s : float
        The end is infinite while it lasts.
    range_share : float
        Share of the plan's target range that was agreed on (`formcheck.profile.eased`) ...
    eased_from_s : float
        ... for repetitions that begin from here on; before, it is the whole.
    opened_s : float | None
        When it was opened, if that was later than its start: somebody had begun already.  Repetitions that
        began since the start and were over by then count from this moment on.  None = at its start.
    """

    set: int
    start_s: float
    end_s: float = float("inf")
    range_share: float = 1.0
    eased_from_s: float = float("-inf")

    def share_at(self, start_s: float) -> float:
        """Return the share of the target range for a repetition that began at this time."""
        return self.range_share if start_s >= self.eased_from_s else 1.0

    opened_s: float | None = None

    @property
    def begun_s(self) -> float:
        """From when it counts."""
        return self.start_s if self.opened_s is None else self.opened_s

    def holds(self, time_s: float) -> bool:
        """Return whether it counts at this moment; what happens at the start does not, at the end it does."""
        return self.begun_s < time_s <= self.end_s

    def takes(self, start_s: float, known_s: float) -> bool:
        """Return whether a repetition that began at ``start_s`` and was over at ``known_s`` counts."""
        return self.holds(known_s) and start_s >= self.start_s - EARLY_S


@dataclass(frozen=True, slots=True)
class Course:
    """How a coached session went: what its recording needs so that a review counts the same.

    Attributes
    ----------
    plan : tuple[Segment, ...]
    counting : tuple[Stretch, ...]
        Nothing else counts.
    """

    plan: tuple[Segment, ...]
    counting: tuple[Stretch, ...] = ()


def then(plan: tuple[Segment, ...], exercise: str, time_s: float) -> tuple[Segment, ...]:
    """Return the plan with another exercise from here on."""
    before = tuple(replace(segment, end_s=min(segment.end_s, time_s)) for segment in plan)
    return (*before, Segment(exercise, start_s=time_s, chosen=True))


def whole(exercise: str) -> tuple[Segment, ...]:
    """Return the plan that counts one exercise from beginning to end."""
    return (Segment(exercise),)


def working_side(exercise: str, described: Described) -> Side | None:
    """Return the side that a whole set works on; None where both legs do."""
    return described.movement.side if EXERCISES[exercise].legs is Legs.UPPER else None


def grow(
    sets: tuple[Set, ...], exercise: str, described: Described, same: bool | None = None
) -> tuple[Set, ...]:
    """Return the sets with one more repetition, in a new set where one begins.

    Parameters
    ----------
    sets : tuple[Set, ...]
    exercise : str
    described : Described
    same : bool | None
        Whether it belongs with the one before; None = told from the pause between them.
    """
    side = working_side(exercise, described)
    last = sets[-1] if sets else None
    if last is not None and same is None:
        same = described.start_s - last.end_s <= SET_PAUSE_S
    if last is None or not same or last.exercise != exercise or last.working_side is not side:
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
