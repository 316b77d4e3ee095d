"""Which of the exercises a recording shows, or none: all four are counted, the evidence decides.

Each exercise's counter already refuses what it is not (posture, feet, knees, hips), so recognising is
comparing what the counters found; a recording in which none found enough is ``unknown``.
"""

from __future__ import annotations

from collections.abc import Iterable

from formcheck.counting import Counter, Movement
from formcheck.exercises import EXERCISES
from formcheck.movement import Described, describe
from formcheck.observer import Observer
from formcheck.plan import Segment, grow
from formcheck.pose.skeleton import Pose
from formcheck.results import Set

LONE_EXCURSION = 1.5
"""A single repetition convinces only from this many times the minimum excursion ..."""
LONE_VALID = 0.8
"""... and seen in this share of its frames: people bend their knees once for many reasons."""
CONFIDENCE = {1: 0.6, 2: 0.8, 3: 0.9}
"""Confidence by number of complete repetitions (judgement; 0.95 from four on)."""
CONFIDENT = 0.95

Found = dict[str, list[Described]]


def recognise(poses: Iterable[Pose]) -> tuple[Segment, ...]:
    """Return the parts of the recording that show one of the exercises; empty = unknown.

    Parameters
    ----------
    poses : Iterable[Pose]
        The whole recording in order.
    """
    segments = [segment for name, reps in _found(poses).items() for segment in _segments(name, reps)]
    return tuple(sorted(_without_overlap(segments), key=lambda segment: segment.start_s))


def _found(poses: Iterable[Pose]) -> Found:
    observer = Observer()
    counters = {name: Counter(exercise) for name, exercise in EXERCISES.items()}
    found: Found = {name: [] for name in EXERCISES}
    for pose in poses:
        observation = observer.observe(pose)
        for name, counter in counters.items():
            found[name] += _described(name, counter.step(observation))
    for name, counter in counters.items():
        found[name] += _described(name, counter.close())
    return found


def _described(name: str, movements: list[Movement]) -> list[Described]:
    exercise = EXERCISES[name]
    return [rep for movement in movements if (rep := describe(exercise, movement)) is not None]


def _segments(name: str, reps: list[Described]) -> list[Segment]:
    sets: tuple[Set, ...] = ()
    members: list[list[Described]] = []
    for rep in reps:
        grown = grow(sets, name, rep)
        if len(grown) > len(sets):
            members.append([])
        members[-1].append(rep)
        sets = grown
    return [
        Segment(name, one.start_s, one.end_s, confidence)
        for one, inside in zip(sets, members, strict=True)
        if (confidence := _confidence(inside)) > 0
    ]


def _confidence(reps: list[Described]) -> float:
    """Return how sure the set is to be the exercise, 0 = not believed."""
    complete = [rep for rep in reps if rep.complete]
    if len(complete) == 1:
        movement = complete[0].movement
        wide = movement.span.excursion >= LONE_EXCURSION * movement.channel.cycle.min_excursion
        if not (wide and complete[0].valid_fraction >= LONE_VALID):
            return 0.0
    return CONFIDENCE.get(len(complete), CONFIDENT) if complete else 0.0


def _without_overlap(segments: list[Segment]) -> list[Segment]:
    """Keep the more convincing of two segments of different exercises that overlap."""
    kept: list[Segment] = []
    for segment in sorted(segments, key=lambda s: (-s.confidence, s.start_s - s.end_s)):
        if not any(s.exercise != segment.exercise and s.covers(segment.start_s, segment.end_s) for s in kept):
            kept.append(segment)
    return kept
