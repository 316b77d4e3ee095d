"""The angle traces: few numbers, as whole as they need to be, and the lines drawn in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from formcheck.exercises.spec import Against, Exercise, FaultRule, FromPlan, Reported, When
from formcheck.kinematics import CORRECTED
from formcheck.pose.skeleton import Side
from formcheck.report.form_text import rule_of
from formcheck.report.page.parts import Part
from formcheck.report.page.section import Series
from formcheck.results import FaultVerdict, Rep, ViewLabel
from formcheck.rules import rules_for, target_limit

MOST_POINTS = 6000
"""A trace of more frames keeps the smallest and the largest of every few."""
TICKS_PER_S = 10_000
SEEN_SHARE = 0.05
"""An angle that could be measured in less of the recording has no trace."""
LONGEST_GAPS = 200

Json = dict[str, Any]


class Kind(NamedTuple):
    """How a trace is called and written."""

    label: str
    unit: str
    decimals: int


SIGNALS: Mapping[str, Kind] = MappingProxyType(
    {
        "knee_bend": Kind("Knee bend", "degrees", 1),
        "knee_flexion_3d": Kind("Knee bend, estimated in depth", "degrees", 1),
        "hip_drop_2d": Kind("How far the hips came down", "leg lengths", 3),
        "hip_height": Kind("Height of the hips", "trunk lengths", 3),
        "knee_gap": Kind("Upper knee above the lower one", "thigh lengths", 3),
        "knee_rise": Kind("Height of the lifted knee", "shank lengths", 3),
        "knee_lead": Kind("Lifted knee above the other", "shank lengths", 3),
    }
)
"""By measure that is counted from."""

ANGLES: Mapping[str, str] = MappingProxyType(
    {
        "knee_flexion": "Knee bend",
        "hip_flexion": "Hip bend (trunk-thigh)",
        "trunk_inclination": "Trunk lean, forward +",
    }
)


def frame_times(series: Series) -> list[int]:
    """Return the time of every frame in ten-thousandths of a second, each as the step from the one before."""
    ticks = np.round(series.time_s * TICKS_PER_S).astype(np.int64)
    return [int(step) for step in np.diff(ticks, prepend=0)]


def gaps(series: Series) -> list[Json]:
    """Return where the exercise's own measure could not be taken, and why, as ``from``, ``to`` (frames)."""
    edges = np.flatnonzero(np.diff(np.concatenate(([True], series.valid, [True])).astype(np.int8)))
    spans = list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
    longest = sorted(spans, key=lambda span: span[0] - span[1])[:LONGEST_GAPS]
    return [
        {"from": first, "to": last - 1, "reason": series.reasons[first] if series.reasons else ""}
        for first, last in sorted(longest)
    ]


def traces(part: Part) -> list[Json]:
    """Return the traces of a part, the one that repetitions are judged by first."""
    found = [*_angle_traces(part)]
    signal = _signal_trace(part)
    reported = _reported(part)
    led = reported.measure.removesuffix(CORRECTED) if reported else ""
    found.sort(key=lambda one: one["measure"] != led)
    if signal is not None and not any(one["measure"] == led for one in found):
        found.insert(0, signal)
    return found


def _angle_traces(part: Part) -> Iterator[Json]:
    near = part.summary.camera_side
    for measure, label in ANGLES.items():
        for side in (near,) if near else tuple(Side):
            name = f"{measure}_deg" if measure == "trunk_inclination" else f"{side}_{measure}_deg"
            values = part.series.angles_deg[name]
            if np.isfinite(values).mean() < SEEN_SHARE:
                continue
            whose = "" if measure == "trunk_inclination" else f", {side}"
            lines = [
                *_fixed_lines(part, measure),
                *_target_lines(part, measure, values),
                *_found_lines(part, measure, values),
            ]
            bands = part.series.bands_deg.get(name)
            yield _trace(Kind(f"{label}{whose}", "degrees", 1), measure, values, lines, bands)
            if measure == "trunk_inclination":
                break


def _signal_trace(part: Part) -> Json | None:
    channel = _channel(part)
    if channel is None or not np.isfinite(part.series.signal).any():
        return None
    kind = SIGNALS.get(channel, Kind(channel.replace("_", " ").capitalize(), "", 3))
    reported = _reported(part)
    scale = reported.scale if reported and reported.measure == channel else 1.0
    values = part.series.signal * scale
    lines = [*_target_lines(part, channel, values)]
    return _trace(kind, channel, values, lines)


def _trace(
    kind: Kind,
    measure: str,
    values: NDArray[np.float64],
    lines: list[Json],
    bands: NDArray[np.float64] | None = None,
) -> Json:
    step, points = _thinned(values)
    whole = 10**kind.decimals
    return {
        "label": kind.label,
        "unit": kind.unit,
        "measure": measure,
        "decimals": min(kind.decimals, 2) if kind.unit != "degrees" else 0,
        "scale": whole,
        "step": step,
        "values": [None if np.isnan(value) else round(value * whole) for value in points.tolist()],
        "bands": [] if bands is None else _bands(bands, step, points),
        "lines": lines,
    }


def _bands(bands: NDArray[np.float64], step: int, points: NDArray[np.float64]) -> list[int | None]:
    """Return the half-width of the band at every point, whole degrees rounded up; empty if none is known."""
    if step > 1:
        widest = np.concatenate([bands, np.full(-len(bands) % (2 * step), np.nan)]).reshape(-1, 2 * step)
        bands = np.repeat(np.max(np.where(np.isnan(widest), -np.inf, widest), axis=1), 2)
    known = np.isfinite(bands) & np.isfinite(points)
    if not known.any():
        return []
    return [int(np.ceil(band)) if sure else None for band, sure in zip(bands, known, strict=True)]


def _thinned(values: NDArray[np.float64]) -> tuple[int, NDArray[np.float64]]:
    """Return every how many frames a point stands, and the points."""
    step = -(-len(values) // MOST_POINTS)
    if step <= 1:
        return 1, values
    padded = np.concatenate([values, np.full(-len(values) % (2 * step), np.nan)]).reshape(-1, 2 * step)
    bare = np.where(np.isnan(padded), 0.0, padded)
    low = np.argmin(np.where(np.isnan(padded), np.inf, bare), axis=1)
    high = np.argmax(np.where(np.isnan(padded), -np.inf, bare), axis=1)
    rows = np.arange(len(padded))
    first, second = np.minimum(low, high), np.maximum(low, high)
    return step, np.stack([padded[rows, first], padded[rows, second]], axis=1).reshape(-1)


# Lines


def _fixed_lines(part: Part, measure: str) -> Iterator[Json]:
    """Yield limits that are the same all the time: counted from neutral, seen from here."""
    table = part.table
    if table is None:
        return
    rows, _ = rules_for(table, part.profile.plans[table.name])
    for rule in rows:
        fixed = rule.against is Against.NEUTRAL and rule.when in (When.HELD, When.AT_TOP)
        if rule.measure != measure or not fixed or part.summary.view.label not in rule.views:
            continue
        if rule.unit != "deg":
            continue
        yield from (
            {
                "kind": "near" if rule.code == "limit_near" else "limit",
                "code": rule.code,
                "y": limit.on,
                "beyond": "above" if rule.above else "below",
                "severity": limit.severity.value,
            }
            for limit in rule.limits
        )


def _found_lines(part: Part, measure: str, values: NDArray[np.float64]) -> Iterator[Json]:
    """Yield limits that are counted from the person's rest, where they were passed.

    Such a limit lies as far from what the trace reads at the worst moment as from the value found then.
    """
    for rep in part.reps:
        for check in rep.faults:
            rule = rule_of(part.table, check) if check.verdict is FaultVerdict.PRESENT else None
            if rule is None or rule.measure != measure or rule.against is Against.NEUTRAL:
                continue
            if check.value is None or check.limit is None or check.worst_s is None or check.start_s is None:
                continue
            here = values[np.argmin(np.abs(part.series.time_s - check.worst_s))]
            if np.isfinite(here):
                yield {
                    "kind": "limit",
                    "code": check.code,
                    "y": float(here) - (check.value - check.limit),
                    "from": check.start_s,
                    "to": check.end_s if check.end_s is not None else rep.end_s,
                    "severity": check.severity,
                    "relative": True,
                }


def _target_lines(part: Part, measure: str, values: NDArray[np.float64]) -> Iterator[Json]:
    """Yield the target of the profile, per repetition where it is counted from the person's rest."""
    reported, table = _reported(part), part.table
    if reported is None or table is None or part.profile.own_target:
        return
    if reported.measure.removesuffix(CORRECTED) != measure:
        return
    rule = _target_rule(table, part.summary.view.label, reported.unit)
    if rule is None:
        return
    aim = part.profile.plans[table.name].target
    target = aim if rule.from_rest else rule.scaled(aim)
    if not reported.relative and not rule.rest_measure:
        yield {"kind": "target", "y": target, "most": rule.above}
        if rule.from_rest:  # the limit differs from repetition to repetition
            return
        short = target_limit(rule, aim, 0.0)
        beyond = "above" if rule.above else "below"
        yield {"kind": "limit", "code": rule.code, "y": short, "beyond": beyond, "severity": "improve"}
        return
    for rep in part.reps:
        level = _level(part, rep, reported, values)
        if level is not None and rep.peak is not None:
            yield {
                "kind": "target",
                "y": level - rep.peak + target,
                "shown": target,
                "most": rule.above,
                "from": rep.start_s,
                "to": rep.end_s,
            }


def _level(part: Part, rep: Rep, reported: Reported, values: NDArray[np.float64]) -> float | None:
    """Return what the trace reads where the repetition's peak was taken."""
    times = part.series.time_s
    inside = values[(times >= rep.start_s) & (times <= rep.end_s)]
    inside = inside[np.isfinite(inside)]
    if not inside.size:
        return None
    return float(np.percentile(inside, 97 if reported.direction > 0 else 3))


class Target(NamedTuple):
    """The target of the plan, in the unit that repetitions are reported in.

    ``of`` says what is held against it: a repetition's ``peak`` or its ``range``; ``most``: to be at most
    that, not at least.
    """

    value: float
    of: str
    most: bool


def target_of(part: Part) -> Target | None:
    """Return the target of a part; None where there is no fixed one."""
    reported, table = _reported(part), part.table
    if reported is None or table is None or part.profile.own_target:
        return None
    rule = _target_rule(table, part.summary.view.label, reported.unit)
    if rule is None:
        return None
    aim = part.profile.plans[table.name].target
    return Target(aim if rule.from_rest else rule.scaled(aim), rule.measure, rule.above)


def _target_rule(table: Exercise, view: ViewLabel, unit: str) -> FaultRule | None:
    wanted = (FromPlan.TARGET, unit)
    return next(
        (rule for rule in table.rules if (rule.from_plan, rule.unit) == wanted and view in rule.views), None
    )


def _reported(part: Part) -> Reported | None:
    """Return what the repetitions of a part are reported in."""
    if part.table is None or not part.reps:
        return None
    named = part.signal
    return next((one for one in part.table.reported if (one.name, one.unit) == named), None)


def _channel(part: Part) -> str | None:
    """Return which measure repetitions were counted from."""
    if part.table is None:
        return None
    view = part.summary.view.label
    return next((one.measure for one in part.table.channels if view in one.views), None)
