"""Which of the exercises a recording shows, or none: all four are counted, the evidence decides.

Each exercise's counter already refuses what it is not (posture, feet, knees, hips), so recognising is
comparing what the counters found; a recording in which none found enough is ``unknown``.  One movement
belongs to one exercise: of several that claim the same seconds the one with more evidence has them, which is
how large the movement is for the exercise and how well it was seen.  How many there are says nothing: every
squat is two ways of something else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from formcheck.counting import Counter, Movement
from formcheck.exercises import EXERCISES
from formcheck.movement import Described, Refused, assess, refused
from formcheck.observer import Observation, Observer
from formcheck.plan import Segment, grow
from formcheck.pose.skeleton import Pose
from formcheck.results import Set

LONE_EXCURSION = 2.0
"""A single repetition convinces only from this many times the minimum excursion ..."""
LONE_VALID = 0.8
"""... and seen in this share of its frames: people bend their knees once for many reasons."""
CONFIDENCE = {1: 0.6, 2: 0.8, 3: 0.9}
"""Confidence by number of complete repetitions (judgement; 0.95 from four on)."""
CONFIDENT = 0.95
TOO_LITTLE = "alone it tells too little to recognise the exercise by"
LARGEST = 4.0
"""A movement this many times the minimum excursion is as large as evidence gets."""
PARTIAL_WEIGHT = 0.25
"""How much a partial repetition counts as evidence against a complete one (judgement)."""

Assessed = TypeVar("Assessed", Described, Refused)
Rep = tuple[str, Described]
"""A repetition and the exercise whose counter found it."""


def recognise(poses: Iterable[Pose], seen: list[Observation] | None = None) -> tuple[Segment, ...]:
    """Return the parts of the recording that show one of the exercises; empty = unknown.

    Parameters
    ----------
    poses : Iterable[Pose]
        The whole recording in order.
    seen : list[Observation] | None
        Is given what every pose tells, for whoever wants to go on with it (`Analyser.take`).
    """
    return recognised(poses, seen)[0]


def recognised(
    poses: Iterable[Pose], seen: list[Observation] | None = None
) -> tuple[tuple[Segment, ...], tuple[tuple[str, Refused], ...]]:
    """Return the parts that show an exercise, and the movements of full size that each exercise refused.

    Parameters
    ----------
    poses, seen : optional
        As for `recognise`.
    """
    found, others = _found(poses, seen)
    segments = _parts(_one_at_a_time(found))
    if segments:
        return segments, others
    alone = [(name, unbelieved(rep)) for name, rep in _one_at_a_time(found) if rep.complete]
    return segments, tuple(sorted([*others, *alone], key=lambda one: one[1].start_s))


def unbelieved(rep: Described) -> Refused:
    """Return a repetition that could be one, but tells too little."""
    return Refused(rep.movement, TOO_LITTLE, rep.start_s, rep.end_s, rep.reported, rep.range, True, 0)


def _parts(reps: list[Rep]) -> tuple[Segment, ...]:
    while True:
        sets = _sets(reps)
        believed = [inside for inside in sets if _confidence(inside) > 0]
        if len(believed) == len(sets):
            return tuple(_segment(inside) for inside in sets)
        reps = [rep for inside in believed for rep in inside]


def _found(
    poses: Iterable[Pose], seen: list[Observation] | None
) -> tuple[list[Rep], tuple[tuple[str, Refused], ...]]:
    """Return what the counters of all exercises find and what they refuse, in order of time."""
    observer = Observer()
    counters = {name: Counter(exercise) for name, exercise in EXERCISES.items()}
    found: list[Rep] = []
    others: list[tuple[str, Refused]] = []

    def take(name: str, movements: list[Movement]) -> None:
        for movement in movements:
            assessed = assess(EXERCISES[name], movement)
            if isinstance(assessed, Described):
                found.append((name, _bare(assessed)))
            elif assessed.noteworthy:
                others.append((name, _bare(assessed)))
        for given_up in counters[name].given_up():
            late = refused(EXERCISES[name], given_up)
            if late.noteworthy:
                others.append((name, _bare(late)))

    for pose in poses:
        observation = observer.observe(pose)
        if seen is not None:
            seen.append(observation)
        for name, counter in counters.items():
            take(name, counter.step(observation))
    for name, counter in counters.items():
        take(name, counter.close())
    found.sort(key=lambda rep: rep[1].start_s)
    return found, tuple(sorted(others, key=lambda one: one[1].start_s))


def _bare(assessed: Assessed) -> Assessed:
    """Forget every pose of it: a recording may be long."""
    return replace(assessed, movement=replace(assessed.movement, samples=()))


def _one_at_a_time(reps: list[Rep]) -> list[Rep]:
    """Where exercises claim the same seconds, keep the repetition with more evidence."""
    kept: list[Rep] = []
    for name, rep in sorted(reps, key=lambda one: -_strength(one[1])):
        if not any(other != name and _overlap(rep, one) for other, one in kept):
            kept.append((name, rep))
    return sorted(kept, key=lambda one: one[1].start_s)


def _strength(rep: Described) -> float:
    """Return how much one movement speaks for its exercise, 0 to 1: its size, and how well it was seen."""
    size = min(LARGEST, rep.movement.span.excursion / rep.movement.channel.cycle.min_excursion) / LARGEST
    return size * rep.valid_fraction * (1.0 if rep.complete else PARTIAL_WEIGHT)


def _overlap(one: Described, other: Described) -> bool:
    return one.start_s < other.end_s and other.start_s < one.end_s


def _sets(reps: list[Rep]) -> list[list[Rep]]:
    """Group the repetitions as results do: by exercise, working side and pause."""
    sets: tuple[Set, ...] = ()
    members: list[list[Rep]] = []
    for name, rep in reps:
        before, sets = len(sets), grow(sets, name, rep)
        if len(sets) > before:
            members.append([])
        members[-1].append((name, rep))
    return members


def _segment(reps: list[Rep]) -> Segment:
    start_s, end_s = min(rep.start_s for _, rep in reps), max(rep.end_s for _, rep in reps)
    return Segment(reps[0][0], start_s, end_s, _confidence(reps))


def _confidence(reps: list[Rep]) -> float:
    """Return how sure the set is to be the exercise, 0 = not believed."""
    complete = [rep for _, rep in reps if rep.complete]
    if len(complete) == 1:
        movement = complete[0].movement
        wide = movement.span.excursion >= LONE_EXCURSION * movement.channel.cycle.min_excursion
        if not (wide and complete[0].valid_fraction >= LONE_VALID):
            return 0.0
    return CONFIDENCE.get(len(complete), CONFIDENT) if complete else 0.0
