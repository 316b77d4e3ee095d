"""Describing a movement: is it the exercise, and what is reported of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise, takewhile
from math import isnan
from statistics import median

from formcheck import atlas
from formcheck.atlas import FROM_REST
from formcheck.counting import GivenUp, Movement, Sample, value_of
from formcheck.exercises.spec import Exercise, Gate, Of, Reported, Statistic
from formcheck.geometry import NAN
from formcheck.kinematics import BAND, CORRECTED
from formcheck.pose.skeleton import Side
from formcheck.reps import PARTIAL_SHARE, TOO_QUICK
from formcheck.results import ViewLabel

HELD_S = 0.1
"""Extremes must be held this long (product definition)."""
HOLD_SHARE = 0.95
"""The end position: within 5 % of the excursion from the peak."""
PEAK_SHARE = 0.9
"""Gates look at the time within 10 % of the peak."""
EDGE_SHARES = (0.02, 0.06)
"""The edges of a repetition are extrapolated (`Channel.edge_reach`) from where its signal crosses a small
share of its excursion, within these bounds, ..."""
EDGE_NOISE = 4.0
"""... this many times the noise at rest, ..."""
EDGE_RATIO = 3.0
"""... and this many times that share."""
BELOW_REST = 0.05
"""A signal this share of the excursion below rest belongs to something else, ..."""
BELOW_LEAST = 0.15
"""... and at least this share of the minimum excursion: rest is not known better."""
REST_S, REST_DRIFT = 0.2, 0.01
"""At rest: falling by no more than this share of the excursion in this time."""
START_S = 0.15
"""The value at the start is the median within this time around it."""
MIN_VALID = 0.5
"""A movement seen in fewer of its frames is not counted."""
MIN_REPORTED = 0.7
"""What is reported must be measurable in this share of the repetition's frames (clinical gate)."""
UNCONFIRMED = 1.5
"""Where the deciding measure is missing (feet out of the picture), the signal must exceed its minimum
excursion by this factor."""
FOUND_S = 0.5
"""A pose this close to frames without one may be that of a model still settling."""
SPEED_S = 0.1
"""Speeds are taken over at least this time."""

Trace = list[tuple[float, float]]


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """A movement that is the exercise, with what is reported of it; NaN = not measurable.

    ``error`` is half of the band around the peak that is meant to hold the truth in nine cases of ten, in the
    reported unit; NaN where it is not known.
    """

    movement: Movement
    complete: bool
    start_s: float
    peak_s: float
    release_s: float
    end_s: float
    reported: Reported
    peak: float
    range: float
    error: float
    peak_velocity: float
    valid_fraction: float
    label: ViewLabel


@dataclass(frozen=True, slots=True, eq=False)
class Refused:
    """A movement that is no repetition, and why.

    Attributes
    ----------
    movement : Movement
    reason : str
        One phrase in plain words.
    start_s, end_s : float
    reported : Reported
    size : float
        The range as it is reported, NaN where it could not be measured.
    full : bool
        It had the size of a complete repetition.
    missed : int
        How many of the exercise's gates it missed: with more than one it was another movement.
    """

    movement: Movement
    reason: str
    start_s: float
    end_s: float
    reported: Reported
    size: float
    full: bool
    missed: int

    @property
    def noteworthy(self) -> bool:
        """Whether somebody who did it may have meant a repetition."""
        return self.full and self.missed <= 1


def describe(exercise: Exercise, movement: Movement) -> Described | None:
    """Return the repetition this movement is, or None when it is something else."""
    assessed = assess(exercise, movement)
    return assessed if isinstance(assessed, Described) else None


def assess(exercise: Exercise, movement: Movement) -> Described | Refused:
    """Return the repetition this movement is, or why it is none."""
    gate = rejected_by(exercise, movement)
    if gate is not None:
        missed = sum(not _passes(one, movement) for one in exercise.gates)
        return _refused(exercise, movement, gate.why, missed)
    start_s, end_s = _edges(movement)
    inside = [s for s in movement.samples if start_s <= s.observation.time_s <= end_s]
    valid = sum(not isnan(s.value) for s in inside) / max(len(inside), 1)
    if valid < MIN_VALID:
        return _refused(exercise, movement, f"the body was seen in only {valid:.0%} of it")
    if end_s - start_s < movement.channel.cycle.min_time_s:
        return _refused(exercise, movement, TOO_QUICK)
    peak_s, release_s = _hold(movement, start_s, end_s)
    label, reported = _reported(exercise, inside)
    peak, _, reach = _reach(movement, inside, reported, start_s, end_s)
    complete = _is_complete(movement, reported, reach)
    if complete is None:
        return _refused(exercise, movement, "it was too small")
    return Described(
        movement=movement,
        complete=complete,
        start_s=start_s,
        peak_s=peak_s,
        release_s=release_s,
        end_s=end_s,
        reported=reported,
        peak=reach if reported.relative else peak,
        range=reach,
        error=error_of(exercise, movement, reported, label),
        peak_velocity=_fastest(
            [p for p in trace_of(movement.samples, reported, movement.side) if start_s <= p[0] <= end_s]
        ),
        valid_fraction=valid,
        label=label,
    )


def refused(exercise: Exercise, given_up: GivenUp) -> Refused:
    """Return the movement that was given up, with what can be told of it.

    Gates that need an end that was not seen decide nothing.
    """
    movement, missed = given_up.movement, 0
    for gate in exercise.gates:
        if not movement.span.begun or gate.statistic is not Statistic.AT_END:
            missed += not _passes(gate, movement)
    return _refused(exercise, movement, given_up.reason, 2 * missed)


def _refused(exercise: Exercise, movement: Movement, reason: str, missed: int = 0) -> Refused:
    start_s, end_s = movement.span.start_s, movement.span.end_s
    inside = _inside(movement)
    _, reported = _reported(exercise, inside)
    _, _, reach = _reach(movement, inside, reported, start_s, end_s)
    full = movement.span.complete and _is_complete(movement, reported, reach) is True
    return Refused(movement, reason, start_s, end_s, reported, reach, full, missed)


def _reported(exercise: Exercise, inside: list[Sample]) -> tuple[ViewLabel, Reported]:
    """Return from where it was mostly seen, and what is reported from there."""
    label = _usual_label(inside)
    return label, next((row for row in exercise.reported if label in row.views), exercise.reported[-1])


def _reach(
    movement: Movement, inside: list[Sample], reported: Reported, start_s: float, end_s: float
) -> tuple[float, float, float]:
    """Return the peak of what is reported, its value at the start, and the way between; NaN = unknown."""
    trace = trace_of(movement.samples, reported, movement.side)
    if not _covers(trace, inside):
        return NAN, NAN, NAN
    peak = held_extreme([p for p in trace if start_s <= p[0] <= end_s], reported.direction)
    rest = _value_at(trace, start_s if movement.span.begun else end_s)
    change = reported.direction * (peak - rest)
    return peak, rest, change if isnan(change) else max(0.0, change)


def error_of(exercise: Exercise, movement: Movement, reported: Reported, label: ViewLabel) -> float:
    """Return half of the band around the peak, in the reported unit.

    Of a learned angle it is what the correction says of these very frames, of everything else what the atlas
    knows of the measure from this view at the end of the movement.
    """
    if reported.measure.endswith(CORRECTED):
        band = reported.measure.removesuffix(CORRECTED) + BAND
        trace = [
            (s.observation.time_s, value_of(band, reported.of, s.observation, movement.side))
            for s in movement.samples
        ]
        return _at_peak(trace, movement)
    near = {s.observation.camera_side for s in movement.samples}
    one = reported.of is Of.NEAR or (reported.of is Of.WORKING and movement.side in near)
    measure = reported.error_of or reported.measure + (FROM_REST if reported.relative else "")
    known = atlas.load().band(
        measure, exercise.name, label, "near" if one else atlas.BOTH, phase="end", joints="believed"
    )
    return known.half if known is not None else NAN


def _covers(trace: Trace, inside: list[Sample]) -> bool:
    """Return whether what is reported was measurable in enough of the repetition's frames."""
    times = {time_s for time_s, _ in trace}
    return sum(s.observation.time_s in times for s in inside) >= MIN_REPORTED * len(inside)


def _is_complete(movement: Movement, reported: Reported, reach: float) -> bool | None:
    """Return complete (True), partial (False) or too small (None)."""
    if reach < reported.least_range:
        return None
    if reported.min_range is None:
        return movement.span.complete
    if isnan(reach):
        return movement.span.excursion >= UNCONFIRMED * movement.channel.cycle.min_excursion
    if reach < PARTIAL_SHARE * reported.min_range:
        return None
    return reach >= reported.min_range


def rejected_by(exercise: Exercise, movement: Movement) -> Gate | None:
    """Return the first gate that the movement does not pass, None when it passes all."""
    return next((gate for gate in exercise.gates if not _passes(gate, movement)), None)


def _passes(gate: Gate, movement: Movement) -> bool:
    if gate.signals and movement.channel.measure not in gate.signals:
        return True
    if gate.views and _usual_label(_inside(movement)) not in gate.views:
        return True
    unit = movement.span.excursion**gate.power
    values = [value for value in statistics(gate, movement) if not isnan(value)]
    strict = gate.start_unseen if not movement.span.begun else None
    low, high = strict if strict is not None else (gate.low, gate.high)
    return not values or any(low * unit <= value <= high * unit for value in values)


def statistics(gate: Gate, movement: Movement) -> tuple[float, ...]:
    """Return the gate's statistic over the movement, NaN when it could not be measured.

    A change is told from the start; when the person was just found then, from the end as well, and from the
    end alone, as everything of the start, when the start was not seen.
    """
    span = movement.span
    trace = [
        (s.observation.time_s, value_of(gate.measure, gate.of, s.observation, movement.side))
        for s in movement.samples
    ]
    before, at_end = _value_at(trace, span.start_s - START_S), _value_at(trace, span.end_s)
    at_start = _value_at(trace, span.start_s) if isnan(before) else before
    if not span.begun:
        at_start = at_end
    match gate.statistic:
        case Statistic.AT_START:
            return (at_start,)
        case Statistic.AT_END:
            return (at_end,)
        case Statistic.LARGEST:
            inside = [p for p in trace if span.start_s <= p[0] <= span.end_s and not isnan(p[1])]
            return (held_extreme(inside),)
    at_peak = _at_peak(trace, movement)
    if gate.statistic is Statistic.AT_PEAK:
        return (at_peak,)
    return (at_peak - at_start, at_peak - at_end) if _found_at_start(movement) else (at_peak - at_start,)


def _found_at_start(movement: Movement) -> bool:
    """Whether the start is spoilt by poses that were not believed."""
    near = (s for s in movement.samples if abs(s.observation.time_s - movement.span.start_s) < FOUND_S)
    return any(isnan(sample.value) for sample in near)


def _at_peak(trace: Trace, movement: Movement) -> float:
    span = movement.span
    near = [
        value
        for (time_s, value), sample in zip(trace, movement.samples, strict=True)
        if span.start_s <= time_s <= span.end_s
        and sample.value >= span.base + PEAK_SHARE * span.excursion
        and not isnan(value)
    ]
    return median(near) if near else NAN


def trace_of(samples: tuple[Sample, ...], reported: Reported, side: Side | None) -> Trace:
    """Return (time, value) of what is reported, in its own unit; unmeasurable moments left out."""
    trace = [
        (s.observation.time_s, reported.scale * value_of(reported.measure, reported.of, s.observation, side))
        for s in samples
        if not isnan(s.value) and (not reported.near_only or side is s.observation.camera_side)
    ]
    return [point for point in trace if not isnan(point[1])]


def held_extreme(trace: Trace, direction: int = 1) -> float:
    """Return the largest (direction -1: smallest) value that was held for at least `HELD_S`; NaN if none."""
    best = NAN
    for i, (start_s, value) in enumerate(trace):
        worst = direction * value
        for time_s, later in trace[i + 1 :]:
            if time_s > start_s + HELD_S + 1e-9:
                break
            worst = min(worst, direction * later)
        if not best >= worst:
            best = worst
    return direction * best


def _value_at(trace: Trace, time_s: float) -> float:
    near = [value for t, value in trace if abs(t - time_s) <= START_S and not isnan(value)]
    return median(near) if near else NAN


def _edges(movement: Movement) -> tuple[float, float]:
    """Return where the movement left rest and came back, in hindsight.

    A limb starts and stops smoothly, so the first and last percent drown in noise: each edge is
    extrapolated from where the signal stands out of the noise at the rest nearest in time.
    """
    span = movement.span
    trace = _edge_trace(movement)
    middle_s = span.peak_s
    top = max((value for time_s, value in trace if span.start_s <= time_s <= span.end_s), default=NAN)
    reach = movement.channel.edge_reach
    own = movement.channel.edge_measure or movement.channel.of is Of.WORKING
    below = max(BELOW_REST * span.excursion, BELOW_LEAST * movement.channel.cycle.min_excursion)
    floor = -math.inf if own else span.base - below
    before = _down_to(floor, [p for p in trace if p[0] <= middle_s][::-1])
    after = _down_to(floor, [p for p in trace if p[0] >= middle_s])
    start_s, end_s = _edge(before, top, reach, span.start_s), _edge(after, top, reach, span.end_s)
    first, last = movement.samples[0].observation, movement.samples[-1].observation
    return max(start_s, min(first.time_s, span.start_s)), min(end_s, last.time_s)


def _down_to(floor: float, trace: Trace) -> Trace:
    """Return the trace up to where it falls below rest: there the other leg's turn begins."""
    return list(takewhile(lambda point: point[1] >= floor, trace))


def _edge_trace(movement: Movement) -> Trace:
    channel, side = movement.channel, movement.side
    trace = [
        (
            s.observation.time_s,
            value_of(channel.edge_measure, channel.edge_of, s.observation, side)
            if channel.edge_measure
            else s.value,
        )
        for s in movement.samples
        if not isnan(s.value)
    ]
    return [point for point in trace if not isnan(point[1])]


def _edge(trace: Trace, top: float, reach: float, otherwise_s: float) -> float:
    """Return the edge of a trace that leads away from the peak, in either direction of time."""
    if not trace or isnan(top):
        return otherwise_s
    height = top - min(value for _, value in trace)
    slope, rest = _until_rest(trace, top, height)
    base = median(rest)
    share = _edge_share(rest, top - base)
    inner, outer = (_crossing(slope, base + times * share * (top - base)) for times in (1.0, EDGE_RATIO))
    edge_s = inner + reach * (inner - outer)
    return edge_s if not isnan(edge_s) else otherwise_s


def _until_rest(trace: Trace, top: float, height: float) -> tuple[Trace, list[float]]:
    """Return the trace up to the first rest beyond its half, and the values at that rest."""
    for i, (time_s, value) in enumerate(trace):
        if value > top - height / 2.0:
            continue
        ahead = _within(REST_S, time_s, trace[i:])
        if value - min(ahead) <= REST_DRIFT * height:
            return trace[: i + len(ahead)], ahead
    return trace, _within(REST_S / 2.0, trace[-1][0], trace[::-1])


def _within(span_s: float, time_s: float, trace: Trace) -> list[float]:
    return [v for _, v in takewhile(lambda point: abs(point[0] - time_s) <= span_s, trace)]


def _edge_share(rest: list[float], height: float) -> float:
    """Return the share of the excursion that stands out of the noise at rest."""
    centre = median(rest)
    noise = median(abs(value - centre) for value in rest)
    low, high = EDGE_SHARES
    return min(high, max(low, EDGE_NOISE * noise / height)) if height > 0 else high


def _crossing(trace: Trace, level: float) -> float:
    """Return when the trace first falls to the level, interpolated; NaN when it never does."""
    for (t0, v0), (t1, v1) in pairwise(trace):
        if v1 <= level < v0:
            return t0 + (t1 - t0) * (v0 - level) / (v0 - v1)
    return NAN


def _hold(movement: Movement, start_s: float, end_s: float) -> tuple[float, float]:
    span = movement.span
    level = span.base + HOLD_SHARE * span.excursion
    held = [
        s.observation.time_s
        for s in movement.samples
        if start_s <= s.observation.time_s <= end_s and s.value >= level
    ]
    return (held[0], held[-1]) if held else (span.peak_s, span.peak_s)


def _inside(movement: Movement) -> list[Sample]:
    """Return what was observed between start and end, as the machine told them."""
    span = movement.span
    return [s for s in movement.samples if span.start_s <= s.observation.time_s <= span.end_s]


def _usual_label(samples: list[Sample]) -> ViewLabel:
    labels = [s.observation.label for s in samples if not isnan(s.value)]
    return max(dict.fromkeys(labels), key=labels.count) if labels else ViewLabel.UNKNOWN


def _fastest(trace: Trace) -> float:
    """Return the largest speed over `SPEED_S`, per second; NaN for fewer than two moments."""
    best, j = NAN, 0
    for i, (time_s, value) in enumerate(trace):
        while j < i and time_s - trace[j + 1][0] >= SPEED_S - 1e-9:
            j += 1
        dt = time_s - trace[j][0]
        if dt >= SPEED_S - 1e-9:
            speed = abs(value - trace[j][1]) / dt
            best = speed if not best >= speed else best
    return best if math.isfinite(best) else NAN
