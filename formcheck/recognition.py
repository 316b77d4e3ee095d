"""Which of the exercises a recording shows, or none: all four are counted, the evidence decides.

Each exercise's counter already refuses what it is not (posture, feet, knees, hips), so recognising is
comparing what the counters found; a recording in which none found enough is ``unknown``.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable
from dataclasses import replace

from formcheck.counting import Counter, Movement
from formcheck.exercises import EXERCISES
from formcheck.movement import Described, describe
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
    reps = _one_at_a_time(_found(poses, seen))
    while True:
        sets = _sets(reps)
        believed = [inside for inside in sets if _confidence(inside) > 0]
        if len(believed) == len(sets):
            return tuple(_segment(inside) for inside in sets)
        reps = [rep for inside in believed for rep in inside]


def _found(poses: Iterable[Pose], seen: list[Observation] | None) -> list[Rep]:
    """Return what the counters of all exercises find, in order of time."""
    observer = Observer()
    counters = {name: Counter(exercise) for name, exercise in EXERCISES.items()}
    found: list[Rep] = []
    for pose in poses:
        observation = observer.observe(pose)
        if seen is not None:
            seen.append(observation)
        for name, counter in counters.items():
            found += _described(name, counter.step(observation))
    for name, counter in counters.items():
        found += _described(name, counter.close())
    return sorted(found, key=lambda rep: rep[1].start_s)


def _described(name: str, movements: list[Movement]) -> list[Rep]:
    """Describe the movements, and forget every pose of them: a recording may be long."""
    found = (describe(EXERCISES[name], movement) for movement in movements)
    return [
        (name, replace(rep, movement=replace(rep.movement, samples=()))) for rep in found if rep is not None
    ]


def _one_at_a_time(reps: list[Rep]) -> list[Rep]:
    """Where repetitions of different exercises overlap, keep those of the exercise with more of them."""
    numbers = Tally(name for name, rep in reps if rep.complete)
    return [
        (name, rep)
        for name, rep in reps
        if not any(
            other != name and numbers[other] > numbers[name] and _overlap(rep, one) for other, one in reps
        )
    ]


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
