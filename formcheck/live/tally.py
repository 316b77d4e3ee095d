"""What was done in a set: repetitions, their ranges, tiredness, how far towards the target.  Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import mean

from formcheck.exercises.squat import hip_drop_at
from formcheck.plan import EARLY_S
from formcheck.pose.skeleton import Side
from formcheck.profile import STANDARD, TARGET_FROM, ExercisePlan
from formcheck.results import Event, Phase, Snapshot, ViewLabel

TIRED_OF = 3
TIRED_SHARE = 0.75
"""The last three reach only this share of the first three's range (issue 4)."""
STEADY_SHARE = 0.9
"""The last three as large as the first three."""
KEEP_S = 25.0
"""The signal is kept this long: longer than any repetition."""
REST_S = 0.5
THIGH_TRUNKS = 0.86
"""Thigh length in trunk lengths (clinical 1.3)."""
BRIDGE_HEIGHT = 0.4
"""Hip height at the top of a usual bridge, trunk lengths, at the standard target (clinical 1.4)."""


@dataclass(frozen=True, slots=True)
class Tally:
    """One set as the coach counts it.

    Attributes
    ----------
    since_s : float
        Nothing before counts: when "Ready" was said, or when the set went on after a pause.
    side : Side | None
        The working side, where the exercise has one.
    complete, partial : int
    ranges : tuple[float, ...]
        Excursion of the counting signal in each repetition, in its own unit.
    signal : tuple[tuple[float, float], ...]
        (time, value) of the last seconds.
    rest : float
        The signal at rest; NaN before it was seen.
    """

    since_s: float
    side: Side | None = None
    complete: int = 0
    partial: int = 0
    ranges: tuple[float, ...] = ()
    signal: tuple[tuple[float, float], ...] = ()
    rest: float = math.nan

    @property
    def done(self) -> int:
        """All repetitions, complete or short."""
        return self.complete + self.partial


def follow(tally: Tally, snapshot: Snapshot) -> Tally:
    """Take the signal in."""
    now, value = snapshot.time_s, snapshot.signal
    if math.isnan(value):
        return tally
    kept = (*(one for one in tally.signal if now - one[0] <= KEEP_S), (now, value))
    rest = tally.rest
    if snapshot.phase is Phase.REST:
        before_s = tally.signal[-1][0] if tally.signal else now
        share = 1.0 - math.exp(-(now - before_s) / REST_S)
        rest = value if math.isnan(rest) else rest + share * (value - rest)
    return replace(tally, signal=kept, rest=rest)


def seen(tally: Tally) -> Tally:
    """Return a tally of nothing that knows the signal so far: somebody may have begun already."""
    return Tally(tally.since_s, signal=tally.signal, rest=tally.rest)


def counted(tally: Tally, event: Event) -> Tally | None:
    """Return the tally with one more repetition, None when the event is none of this set's."""
    if event.event not in ("rep_completed", "rep_partial"):
        return None
    details = dict(event.details)
    start_s, end_s = float(details["start_s"] or 0.0), float(details["end_s"] or 0.0)
    if start_s < tally.since_s - EARLY_S:
        return None
    complete = event.event == "rep_completed"
    return replace(
        tally,
        complete=tally.complete + complete,
        partial=tally.partial + (not complete),
        ranges=(*tally.ranges, _range(tally, start_s, end_s)),
        side=Side(str(details["side"])) if details["side"] else tally.side,
    )


def _range(tally: Tally, start_s: float, end_s: float) -> float:
    values = [value for time_s, value in tally.signal if start_s <= time_s <= end_s]
    return max(values) - min(values) if values else math.nan


def _last_over_first(tally: Tally) -> float:
    known = [one for one in tally.ranges if not math.isnan(one)]
    if len(known) < 2 * TIRED_OF:
        return math.nan
    return mean(known[-TIRED_OF:]) / max(mean(known[:TIRED_OF]), 1e-9)


def tired(tally: Tally) -> bool:
    """Return whether the last three repetitions lost a quarter of the first three's range."""
    return _last_over_first(tally) <= TIRED_SHARE


def steady(tally: Tally) -> bool:
    """Return whether the last three repetitions were as large as the first three."""
    return _last_over_first(tally) >= STEADY_SHARE


def reached(exercise: str, plan: ExercisePlan, tally: Tally, snapshot: Snapshot) -> float | None:
    """Return how far the movement is towards its target, 0 to 1 and beyond; None when not measurable."""
    rise = snapshot.signal - tally.rest
    if exercise == "squat":
        frontal = snapshot.view.label in (ViewLabel.FRONT, ViewLabel.BACK)
        share = rise / (hip_drop_at(plan.target) if frontal else plan.target)
    elif exercise == "clamshell":
        share = rise / (plan.target * THIGH_TRUNKS)
    elif exercise == "seated_march":
        share = rise / math.sin(math.radians(plan.target))
    else:
        rest = TARGET_FROM[exercise]
        way = (rest - plan.target) / (rest - STANDARD.plans[exercise].target)
        share = rise / (BRIDGE_HEIGHT * way)
    return None if math.isnan(share) else round(max(0.0, share), 2)
