"""How far joints went in a repetition and over a recording: end positions, each with its own error.

In: the frames of a measured repetition.  Out: `RepJoint` (one joint of one leg in one repetition) and
`JointRange` (its smallest and largest angle over the repetitions).

An angle is reported in a frame only while its error interval is narrow
(`formcheck.observer.TOLD_BAND_DEG`).  The deeper somebody bends the wider the interval, so the reported
frames often stop short of the end position: their largest angle is where reporting stopped, not where the
person went.  The learned angle exists in every believed frame, however wide its interval, and serves as a
*guide*: it shows which frames are the extreme.  Where most of those frames are reported, the extreme was
measured; otherwise the repetition went "at least" as far as it was reported.

The measured extreme is the one held for 0.1 s (product definition), with the median interval of exactly those
frames.  Against the true held extreme its error has no bias to speak of (docs/range-coverage.md); the median
over a plateau was tried instead and falls half a degree short.

Over a recording the largest measured end counts.  One repetition with an unmeasured end makes it "at least",
unless the upper bound of its guide lies below the largest measured one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import isnan
from statistics import median

from formcheck.exercises.spec import Exercise
from formcheck.geometry import NAN
from formcheck.movement import HELD_S, MIN_REPORTED, START_S, Described, held_extreme
from formcheck.observer import Observation, angles_of, guide_of, learned_of
from formcheck.pose.skeleton import Side
from formcheck.results import JointRange, RepJoint, ViewLabel

JOINTS = ("knee_flexion", "hip_flexion")
"""Reported of both legs in every exercise."""
NEAR_DEG, NEAR_SHARE = 2.0, 0.05
"""Frames belong to an extreme within this many degrees of it, or within this share of the joint's excursion
in the repetition, whichever is more (as the end position of a repetition is defined)."""
ABOUT_END_S = 0.15
"""The end position includes this long before it is reached and after it is left."""
NEAR_BAND, FAR_BAND, FRONTAL_BAND = 0.85, 0.95, 0.75
"""Factors on the error interval of a hip or knee at a measured extreme: from the side and obliquely, of the
leg nearer to the camera and of the other; from the front and the back.

The intervals are calibrated over single frames, poor ones included; an extreme is given only where it was
held and its frames were reported, and errs less.  Smallest twentieths that hold the truth in 90 % of the ends
in ``samples`` and ``benchmarks/clips`` (quantiles 0.82, 0.93 and 0.71; obliquely there are too few, and the
factors of the side are used).  Shown on ``benchmarks/trials`` and ``benchmarks/holdout``, on which nothing
was chosen (docs/range-coverage.md)."""
FRONTAL, SIDEWAYS = (ViewLabel.FRONT, ViewLabel.BACK), (ViewLabel.SIDE, ViewLabel.OBLIQUE)
DETECTABLE = 1.96 / 1.645
"""A difference is declared at 95 %, where half-intervals cover 90 %, so that at most 1 comparison in 20 of
equal ranges declares one (docs/range-coverage.md)."""
HIDDEN, UNCERTAIN = "the leg was hidden", "the angle was too uncertain"

Key = tuple[str, Side]


@dataclass(frozen=True, slots=True)
class Reading:
    """One joint in one frame, degrees.

    Attributes
    ----------
    time_s : float
    angle_deg, half_deg : float
        Of the reported angle, else of the learned one, however uncertain; NaN without either.
    reported : bool
    """

    time_s: float
    angle_deg: float
    half_deg: float
    reported: bool


@dataclass(frozen=True, slots=True)
class Extreme:
    """The largest or smallest angle of a joint in a repetition.

    Attributes
    ----------
    angle_deg, half_deg : float
        Held for 0.1 s in reported frames, and half of the 90 % interval there; NaN where too few frames were
        reported.
    measured : bool
        The frames of the extreme itself were reported.
    bound_deg : float
        The joint hardly went further than this; infinite where it was hidden.
    """

    angle_deg: float
    half_deg: float
    measured: bool
    bound_deg: float


@dataclass(frozen=True, slots=True)
class Reached:
    """One joint of one leg in one repetition: both extremes, and what becomes of them in results."""

    key: Key
    smallest: Extreme
    largest: Extreme
    joint: RepJoint


def reached(exercise: Exercise, described: Described) -> list[Reached]:
    """Return how far every joint of both legs went in a repetition."""
    tracks: dict[Key, list[Reading]] = {}
    for sample in described.movement.samples:
        if sample.observation.time_s > described.end_s:
            break
        for key, reading in _readings(exercise, described, sample.observation):
            tracks.setdefault(key, []).append(reading)
    near = _near_side(described)
    return [_reached(key, track, described, near) for key, track in tracks.items()]


def stated(described: Described, joints: Iterable[Reached]) -> Described:
    """Return the repetition with the end position that results state, where a joint stands for its measure.

    One quantity has one value: the peak of a squat is the knee that `RepJoint` and `JointRange` state, not
    the knee's angle in the picture, which decides whether the repetition counts.  NaN where not measured.
    """
    name = described.reported.joint
    if not name:
        return described
    key = name, _near_side(described)
    peak, size, half = NAN, NAN, NAN
    for one in joints:
        if one.key == key and one.joint.peak_deg is not None and not one.joint.at_least:
            peak, half = one.joint.peak_deg, one.joint.error_deg or NAN
            size = NAN if one.joint.range_deg is None else one.joint.range_deg
    return replace(described, peak=peak, range=size, error=half)


def joint_range(repetitions: Iterable[Reached]) -> JointRange | None:
    """Return the range of one joint over repetitions, None where none was reported."""
    several = list(repetitions)
    low, high = (
        _furthest([getattr(one, name) for one in several], way)
        for name, way in (("smallest", -1), ("largest", 1))
    )
    if low is None or high is None:
        return None
    reasons = [one.reason for one in (high, low) if one.reason]
    return JointRange(
        min_deg=low.angle_deg,
        max_deg=high.angle_deg,
        error_deg=max(low.half_deg, high.half_deg),
        min_error_deg=low.half_deg,
        max_error_deg=high.half_deg,
        min_at_least=bool(low.reason),
        max_at_least=bool(high.reason),
        reason=reasons[0] if reasons else None,
    )


# One repetition


def _readings(
    exercise: Exercise, described: Described, observation: Observation
) -> Iterator[tuple[Key, Reading]]:
    """Yield the joints of a frame."""
    angles, bands = angles_of(observation)
    for joint in JOINTS:
        for side in Side:
            name = f"{side}_{joint}"
            given = getattr(angles, f"{name}_deg"), getattr(bands, f"{name}_deg")
            yield (joint, side), _reading(observation, given, guide_of(observation, name))
    working = described.movement.side
    for own in exercise.ranges:
        if working is not None:
            given = learned_of(observation, own.measure) if observation.label in own.views else (NAN, NAN)
            yield (own.measure, working), _reading(observation, given, guide_of(observation, own.measure))


def _reading(observation: Observation, given: tuple[float, float], guide: tuple[float, float]) -> Reading:
    known = not isnan(given[0])
    return Reading(observation.time_s, *(given if known else guide), known)


def _reached(key: Key, track: Sequence[Reading], described: Described, near: Side | None) -> Reached:
    inside = [one for one in track if described.start_s <= one.time_s]
    at_end = [
        one
        for one in inside
        if described.peak_s - ABOUT_END_S <= one.time_s <= described.release_s + ABOUT_END_S
    ]
    rest = _median(one.angle_deg for one in track if one.reported and _at_start(one, described))
    way = _way(at_end, inside, rest, described)
    hidden = sum(isnan(one.angle_deg) for one in at_end) > (1.0 - MIN_REPORTED) * len(at_end)
    factor = band_factor(described.label, near is key[1]) if key[0] in JOINTS else 1.0
    low, high = (extreme(inside, one, factor, hidden and way in (one, 0)) for one in (-1, 1))
    peak = low if way < 0 else high
    known = not isnan(peak.angle_deg)
    return Reached(
        key,
        low,
        high,
        RepJoint(
            joint=key[0],
            side=key[1],
            near=None if near is None else key[1] is near,
            rest_deg=_or_none(rest),
            peak_deg=_or_none(peak.angle_deg),
            range_deg=_or_none(_size((way or 1) * (peak.angle_deg - rest))),
            error_deg=_or_none(peak.half_deg),
            valid_fraction=sum(one.reported for one in inside) / max(len(inside), 1),
            at_least=known and not peak.measured,
        ),
    )


def band_factor(view: ViewLabel, near: bool) -> float:
    """Return the factor on the error interval at a measured extreme; 1 where none was chosen."""
    if view in SIDEWAYS:
        return NEAR_BAND if near else FAR_BAND
    return FRONTAL_BAND if view in FRONTAL else 1.0


def extreme(track: Sequence[Reading], way: int, factor: float = 1.0, hidden: bool = False) -> Extreme:
    """Return the largest (``way`` 1) or smallest (-1) angle of a repetition.

    Parameters
    ----------
    track : Sequence[Reading]
        All frames of the repetition.
    way : int
    factor : float
        On the interval of a measured extreme.
    hidden : bool
        The end position was not seen at all, so the extreme may have been anywhere.
    """
    known = [one for one in track if not isnan(one.angle_deg)]
    if not known:
        return Extreme(NAN, NAN, False, way * math.inf)
    guide = held_extreme([(one.time_s, one.angle_deg) for one in known], way)
    angles = [one.angle_deg for one in known]
    within = max(NEAR_DEG, NEAR_SHARE * (max(angles) - min(angles)))
    about = [one for one in known if way * one.angle_deg >= way * guide - within]
    bound = way * math.inf if hidden else guide + way * median(one.half_deg for one in about)
    reported = [one for one in known if one.reported]
    measured = (
        not hidden
        and len(known) >= MIN_REPORTED * len(track)
        and sum(one.reported for one in about) >= MIN_REPORTED * len(about)
    )
    if not measured and len(reported) < MIN_REPORTED * len(track):
        return Extreme(NAN, NAN, False, bound)
    held = held_extreme([(one.time_s, one.angle_deg) for one in reported], way)
    half = _half_at(reported, held, way)
    return Extreme(held, half * factor if measured else half, measured, bound)


def _half_at(reported: Sequence[Reading], held: float, way: int) -> float:
    """Return the median half-interval of the frames in which an extreme was held."""
    for i, first in enumerate(reported):
        frames = [first]
        for one in reported[i + 1 :]:
            if one.time_s > first.time_s + HELD_S + 1e-9:
                break
            frames.append(one)
        if min(way * one.angle_deg for one in frames) >= way * held:
            return median(one.half_deg for one in frames)
    return NAN


def _way(at_end: Sequence[Reading], inside: Sequence[Reading], rest: float, described: Described) -> int:
    """Return in which direction a joint moves on the way out: 1, -1, or 0 where it is not known."""
    end = _median(one.angle_deg for one in at_end)
    if isnan(end):  # its last angle before, its first after
        before = [one.angle_deg for one in inside if one.time_s < described.peak_s]
        after = [one.angle_deg for one in inside if one.time_s > described.release_s]
        end = _median([*_known(before)[-1:], *_known(after)[:1]])
    if isnan(rest):
        rest = _median(one.angle_deg for one in inside if _at_start(one, described))
    apart = end - rest
    return 0 if isnan(apart) else -1 if apart < 0.0 else 1


def _at_start(one: Reading, described: Described) -> bool:
    return abs(one.time_s - described.start_s) <= START_S


def _near_side(described: Described) -> Side | None:
    """Return the side that faced the camera in most frames."""
    sides = [s.observation.camera_side for s in described.movement.samples if not isnan(s.value)]
    return max(dict.fromkeys(sides), key=sides.count, default=None)


# Over repetitions


@dataclass(frozen=True, slots=True)
class _Furthest:
    """The extreme over repetitions; ``reason`` is empty where it was measured."""

    angle_deg: float
    half_deg: float
    reason: str


def _furthest(extremes: Sequence[Extreme], way: int) -> _Furthest | None:
    known = [one for one in extremes if not isnan(one.angle_deg)]
    if not known:
        return None
    best = max(known, key=lambda one: way * one.angle_deg)
    open_ended = [
        one
        for one in extremes
        if not one.measured and (one is best or way * one.bound_deg > way * best.angle_deg)
    ]
    if not open_ended:
        return _Furthest(best.angle_deg, best.half_deg, "")
    hidden = all(math.isinf(one.bound_deg) for one in open_ended)
    why = HIDDEN if hidden else UNCERTAIN
    return _Furthest(
        best.angle_deg, best.half_deg, f"{why} there in {len(open_ended)} of {len(extremes)} repetitions"
    )


def _known(values: Iterable[float]) -> list[float]:
    return [value for value in values if not isnan(value)]


def _median(values: Iterable[float]) -> float:
    known = _known(values)
    return median(known) if known else NAN


def _size(value: float) -> float:
    return value if isnan(value) else max(0.0, value)


def _or_none(value: float) -> float | None:
    return None if isnan(value) else value


# Two ranges


class SidesCompared(StrEnum):
    """How the ranges of two legs compare."""

    ALIKE = "alike"
    """No difference beyond the error."""
    APART = "apart"
    UNKNOWN = "unknown"
    """An end of one was not measured, or an error is not known."""


def smallest_detectable_deg(first: float, second: float) -> float:
    """Return the smallest difference that two measurements with these half-intervals can show.

    Of independent errors, at 95 %: 1.96 standard errors where the half-intervals are 1.645 of each.
    """
    return DETECTABLE * math.hypot(first, second)


def compare_sides(left: JointRange, right: JointRange) -> SidesCompared:
    """Return whether the ranges of two legs differ beyond their errors."""
    ends = (
        ((left.min_deg, left.min_error_deg), (right.min_deg, right.min_error_deg)),
        ((left.max_deg, left.max_error_deg), (right.max_deg, right.max_error_deg)),
    )
    open_ended = any(one.min_at_least or one.max_at_least for one in (left, right))
    unknown = open_ended
    for (one, one_half), (other, other_half) in ends:
        if one_half is None or other_half is None:
            unknown = True
        elif not open_ended and abs(one - other) > smallest_detectable_deg(one_half, other_half):
            return SidesCompared.APART
    return SidesCompared.UNKNOWN if unknown else SidesCompared.ALIKE
