"""What formcheck ought to say of every form fault in every repetition, from the true motion.

The expected verdict follows from the true joints (`benchmarks.true_motion`), never from what was injected.
Limits, durations and "counted from" come from formcheck's rule rows and the profile, so that they are one
number, but for those of `CLINICAL`; what is measured against them is not formcheck's.  Around every limit
lies a dead zone, `DEAD_ZONES`: a truth inside it expects nothing, since a camera need not tell it.  What a
view cannot show, `SEEN`, is expected to be ``not_assessed``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.true_motion import FORMULAS, Bools, Floats, Motion, TrueRep
from formcheck.exercises import EXERCISES
from formcheck.exercises.spec import Against, FaultRule, FromPlan, Limit, Of, When
from formcheck.profile import STANDARD, Profile
from formcheck.results import FaultVerdict, Severity, ViewLabel
from formcheck.rules import rules_for, target_limit

PRESENT, ABSENT, NOT_ASSESSED = FaultVerdict.PRESENT, FaultVerdict.ABSENT, FaultVerdict.NOT_ASSESSED

DEAD_ZONES: Mapping[str, float] = {
    "knee_flexion": 4.0,
    "hip_flexion": 4.0,
    "thigh_elevation": 2.0,
    "trunk_inclination": 3.0,
    "trunk_lateral_lean": 2.5,
    "foot_pitch": 4.0,
    "pelvic_obliquity": 2.5,
    "pelvis_roll": 6.0,
    "trunk_roll": 6.0,
    "hip_drop": 0.02,
    "knee_rise": 0.03,
    "knee_gap": 0.03,
    "hip_line_offset": 0.03,
    "head_rise": 0.03,
    "knee_separation_ratio": 0.06,
    "knee_medial_displacement": 0.03,
    "hip_shift": 0.03,
    "stance_ratio": 0.10,
    "ankles_apart_x": 0.03,
    "ankles_apart_y": 0.03,
    "trunk_length": 0.02,
    "feet_gap": 0.04,
    "lift_rate": 10.0,
    "same_leg_lifts": 0.0,
}
"""Half width around a limit, in the unit of the true measure: about the guard band of clinical.md 0.8."""
TIME_SHARE = 0.15
"""The same for times, as a share of the limit."""
SURE_S = 0.1
"""A held fault is expected when it lasts this much longer than its rule asks for."""
HELD_S = 0.1
"""A peak is a value that was held this long."""
STEP_M = 0.04
"""A toe this far from its place at rest has stepped: ratios of planted feet mean nothing then."""
ON_PLANTED_FEET = ("knee_valgus", "weight_shift")
MIDDLE = (0.1, 0.9)
MIDDLE_SHARE = 0.55
"""A way is timed between these shares of its excursion, which an angle spends this share of the time between
(0.51 for a minimum jerk, 0.59 for a raised cosine)."""
NEAR_TOP, AT_TOP = 0.95, 0.9
"""Shares of the excursion that are the end position, and the top."""
TRANSIT = 0.16
"""Share of each way spent beyond `NEAR_TOP`: no part of a hold."""
PACE_LIFTS = 6

_SIDE, _FRONT, _FRONTAL = ("side",), ("front",), ("front", "back")
_ANY = ("side", "front", "back", "oblique")
SEEN: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "squat": {
        "knee_valgus": _FRONT,
        "forward_lean": _SIDE,
        "heel_lift": _SIDE,
        "shallow_depth": _ANY,
        "too_deep": _SIDE,
        "weight_shift": _FRONTAL,
        "lateral_lean": _FRONTAL,
        "stance_width": _FRONTAL,
        "fast_descent": _ANY,
        "loss_of_balance": _FRONTAL,
    },
    "bridge": {
        "incomplete_extension": _SIDE,
        "lumbar_overextension": _SIDE,
        "hips_drop": _SIDE,
        "feet_far": _SIDE,
        "neck_lift": _SIDE,
        "short_hold": _SIDE,
        "pushing_through_toes": _SIDE,
        "fast_lowering": _SIDE,
        "knees_in": ("foot_end",),
        "pelvic_drop": ("foot_end",),
    },
    "clamshell": {
        "pelvis_rollback": ("back",),
        "trunk_rollback": ("back",),
        "feet_apart": _FRONT,
        "low_opening": _FRONT,
        "setup_hip_flexion": (),
        "momentum": _FRONT,
        "short_hold": _FRONT,
        "head_lifted": _FRONT,
    },
    "seated_march": {
        "lean_back": _SIDE,
        "slump": _FRONT,
        "lateral_sway": _FRONT,
        "low_lift": ("side", "front"),
        "too_high": _SIDE,
        "pelvic_hike": _FRONT,
        "fast_drop": _ANY,
        "rushing": _ANY,
        "missed_alternation": ("front", "oblique"),
    },
}
"""From where a fault can be seen (clinical.md 1.x and 2.x).  From anywhere else: ``not_assessed``, ..."""
EITHER_WAY: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "bridge": {"short_hold": ("oblique",), "fast_lowering": ("oblique",)},
    "clamshell": {
        "momentum": ("back", "oblique"),
        "short_hold": ("back", "oblique"),
        "head_lifted": ("back",),
    },
    "seated_march": {"slump": _SIDE},
}
"""... but for these: formcheck may answer or not, nothing is expected."""
FAR_LEG_HIDDEN = ("low_lift", "too_high")
"""From the side, of the leg turned away: not observable."""

TARGET_MEASURES: Mapping[tuple[str, str], str] = {
    ("squat", "deg"): "knee_flexion",
    ("squat", "ratio"): "hip_drop",
    ("bridge", "deg"): "hip_flexion",
    ("clamshell", "ratio"): "knee_gap",
    ("seated_march", "deg"): "thigh_elevation",
    ("seated_march", "ratio"): "knee_rise",
}
"""What range faults look at, by exercise and the rule's unit."""
_IMPROVE = Severity.IMPROVE
CLINICAL = (
    FaultRule(
        "lumbar_overextension",
        "hip_line_offset",
        Of.NEAR,
        "ratio",
        (Limit(0.08, 0.05, _IMPROVE),),
        (ViewLabel.SIDE,),
        min_duration_s=0.4,
        evidence="clinical 2.4: hips above the line from shoulder to knee by 0.08 trunk lengths (10 deg)",
    ),
    FaultRule(
        "neck_lift",
        "head_rise",
        Of.BODY,
        "ratio",
        (Limit(0.18, 0.12, _IMPROVE),),
        (ViewLabel.SIDE,),
        against=Against.REST,
        min_duration_s=0.7,
        evidence="clinical 2.4: 0.18 trunk lengths",
    ),
    FaultRule(
        "head_lifted",
        "head_rise",
        Of.BODY,
        "ratio",
        (Limit(0.20, 0.13, _IMPROVE),),
        (ViewLabel.FRONT,),
        against=Against.REST,
        min_duration_s=1.0,
        evidence="clinical 2.3: 0.20 trunk lengths",
    ),
    FaultRule(
        "pelvis_rollback",
        "pelvis_roll",
        Of.BODY,
        "deg",
        (Limit(15.0, 9.0, _IMPROVE),),
        (ViewLabel.BACK,),
        min_duration_s=0.3,
        evidence="clinical 2.3",
    ),
    FaultRule(
        "trunk_rollback",
        "trunk_roll",
        Of.BODY,
        "deg",
        (Limit(18.0, 11.0, _IMPROVE),),
        (ViewLabel.BACK,),
        min_duration_s=0.3,
        evidence="clinical 2.3",
    ),
    FaultRule(
        "pelvic_hike",
        "pelvic_obliquity",
        Of.BODY,
        "deg",
        (Limit(6.0, 3.0, _IMPROVE),),
        (ViewLabel.FRONT,),
        against=Against.REST_EITHER_WAY,
        min_duration_s=0.4,
        evidence="clinical 2.2",
    ),
)
"""Rows whose number is clinical.md's, not formcheck's: formcheck has no rule, or one whose limit stands in
what the pose model reads (a lifted head reads half its rise) and not in what the body does."""

INJECTED: Mapping[tuple[str, str], str] = {
    ("squat", "shallow"): "shallow_depth",
    ("squat", "trunk_lean"): "forward_lean",
    ("squat", "lateral_shift"): "weight_shift",
    ("squat", "too_fast"): "fast_descent",
    ("squat", "knee_valgus_L"): "knee_valgus",
    ("squat", "knee_valgus_R"): "knee_valgus",
    ("bridge", "incomplete"): "incomplete_extension",
    ("bridge", "too_fast"): "fast_lowering",
    ("clamshell", "shallow"): "low_opening",
    ("clamshell", "feet_separating"): "feet_apart",
    ("clamshell", "too_fast"): "momentum",
    ("seated_march", "backward_lean"): "lean_back",
}
"""Codes of faults whose injected name is another."""
SHORT_HOLD_S = 1.5
"""The hold prescribed in bridge clips with repetitions that hold too shortly."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What formcheck ought to say of one fault in one repetition.

    Attributes
    ----------
    verdict : FaultVerdict | None
        None: nothing is expected.
    value, limit : float
        The true number that decided, and the limit it was held against; NaN where there is none.  Of a held
        fault the value is the one that was kept for as long as the rule asks for.
    """

    verdict: FaultVerdict | None
    value: float = float("nan")
    limit: float = float("nan")


NOTHING, CANNOT = Expected(None), Expected(NOT_ASSESSED)


def profile_for(motion: Motion | None) -> Profile:
    """Return the profile to judge a clip by: a hold is prescribed where the clip asks for it."""
    if motion is None or motion.exercise != "bridge":
        return STANDARD
    if not any(rep.injected == "short_hold" for rep in motion.reps):
        return STANDARD
    plan = replace(STANDARD.plans["bridge"], hold_s=SHORT_HOLD_S)
    return replace(STANDARD, plans={**STANDARD.plans, "bridge": plan})


def injected_code(motion: Motion, rep: TrueRep) -> str:
    """Return the code of what was injected, empty for nothing."""
    return "" if rep.injected == "none" else INJECTED.get((motion.exercise, rep.injected), rep.injected)


def expectations(motion: Motion, profile: Profile) -> list[dict[str, Expected]]:
    """Return what to expect of every repetition, by fault code."""
    exercise = EXERCISES[motion.exercise]
    rows, _ = rules_for(exercise, profile.plans[motion.exercise])
    own = {row.code for row in CLINICAL}
    rows = (*(row for row in rows if row.code not in own), *CLINICAL)
    target = profile.plans[motion.exercise].target
    codes = [code for code in exercise.codes if code in SEEN[motion.exercise]]
    return [
        {code: expected(motion, index, code, rows, target) for code in codes}
        for index in range(len(motion.reps))
    ]


def expected(motion: Motion, index: int, code: str, rows: Sequence[FaultRule], target: float) -> Expected:
    """Return what to expect of one fault in one repetition: any of its rows makes it present."""
    if motion.view in EITHER_WAY.get(motion.exercise, {}).get(code, ()):
        return NOTHING
    far = motion.view == "side" and motion.reps[index].side not in ("", motion.near)
    if motion.view not in SEEN[motion.exercise][code] or (far and code in FAR_LEG_HIDDEN):
        return CANNOT
    if code in ON_PLANTED_FEET and has_stepped(motion, motion.reps[index]):
        return NOTHING
    own = [row for row in rows if row.code == code and motion.view in row.views]
    return any_of([_by_row(motion, index, row, target) for row in own])


def any_of(found: Sequence[Expected]) -> Expected:
    """Return one expectation of those of several rows of one code."""
    present = [one for one in found if one.verdict is PRESENT]
    if present:
        return present[0]
    unsure = [one for one in found if one.verdict is None]
    return unsure[0] if unsure else found[0] if found else NOTHING


def has_stepped(motion: Motion, rep: TrueRep) -> bool:
    """Return whether a foot leaves its place during the repetition."""
    moving = _during(motion, rep)
    toes = (motion.joints[f"toe.{side}"] for side in "LR")
    return any(
        float(np.linalg.norm(toe[moving] - np.median(toe[motion.rest], axis=0), axis=1).max()) > STEP_M
        for toe in toes
    )


# One row of the table of faults


def _by_row(motion: Motion, index: int, row: FaultRule, target: float) -> Expected:
    rep = motion.reps[index]
    if row.measure not in {*FORMULAS, *NUMBERS, "peak", "range"}:
        raise ValueError(f"{row.code}: no true formula for {row.measure}; add one, or a row of CLINICAL")
    if row.when is When.HELD:
        return _held(motion, rep, row)
    if row.when is When.AT_REST:
        value = _at_rest(motion, rep, _values(motion, rep, row))
        return beside_limit(row, value, row.limits[0].on, DEAD_ZONES[row.measure])
    if row.when is When.AT_TOP:
        return beside_limit(row, _at_top(motion, rep, row), row.limits[0].on, DEAD_ZONES[row.measure])
    if row.from_plan is FromPlan.TARGET:
        return _against_target(motion, rep, row, target)
    value = NUMBERS[row.measure](motion, index)
    limit = row.limits[0].on
    return beside_limit(row, value, limit, DEAD_ZONES.get(row.measure, TIME_SHARE * limit))


def beside_limit(row: FaultRule, value: float, limit: float, zone: float) -> Expected:
    """Return what to expect of one number: nothing when it lies in the dead zone or is not known."""
    beyond = value - limit if row.above else limit - value
    if np.isnan(value) or abs(beyond) < zone:
        return Expected(None, value, limit)
    return Expected(PRESENT if beyond > 0 else ABSENT, value, limit)


def _held(motion: Motion, rep: TrueRep, row: FaultRule) -> Expected:
    """Return what to expect of a fault that must last."""
    return held_beyond(row, looked_at(motion, rep, row), motion.frame_s, DEAD_ZONES[row.measure])


def looked_at(motion: Motion, rep: TrueRep, row: FaultRule) -> Floats:
    """Return the true values that a rule about what must last looks at, NaN in all other frames."""
    values = _compared(motion, rep, row, _values(motion, rep, row))
    inside = _during(motion, rep) & (_rise(motion, rep) >= row.min_rise)
    return np.where(inside, values, np.nan)


def held_beyond(row: FaultRule, values: Floats, frame_s: float, zone: float) -> Expected:
    """Return what to expect of a fault that must last, from its values per frame.

    Parameters
    ----------
    row : FaultRule
    values : Floats
        NaN in frames that the rule does not look at.
    frame_s : float
        Seconds from one frame to the next.
    zone : float
        Half width of the dead zone.
    """
    limit, sign = row.limits[0].on, 1.0 if row.above else -1.0
    beyond = sign * (values - limit)
    lasting_s = row.min_duration_s + SURE_S - 1e-9
    value = limit + sign * _kept(beyond, row.min_duration_s, frame_s)
    if longest_s(beyond > zone, frame_s) >= lasting_s:
        return Expected(PRESENT, value, limit)
    return Expected(ABSENT if longest_s(beyond > -zone, frame_s) < lasting_s else None, value, limit)


def longest_s(mask: Bools, frame_s: float) -> float:
    """Return the longest time that a condition holds without a break."""
    best = run = 0
    for one in mask.tolist():
        run = run + 1 if one else 0
        best = max(best, run)
    return best * frame_s


def _kept(values: Floats, span_s: float, frame_s: float) -> float:
    """Return the largest value that was kept for a time; NaN when none was."""
    frames = max(1, round(span_s / frame_s))
    windows = [values[i : i + frames].min() for i in range(len(values) - frames + 1)]
    known = [float(one) for one in windows if not np.isnan(one)]
    return max(known, default=float("nan"))


def _against_target(motion: Motion, rep: TrueRep, row: FaultRule, target: float) -> Expected:
    """Return what to expect of a range fault: the largest (in a bridge smallest) value held for 0.1 s."""
    measure = TARGET_MEASURES[motion.exercise, row.unit]
    values = _of_side(motion, rep, row.of, measure)
    rest = _at_rest(motion, rep, values)
    inside = values[_during(motion, rep)]
    sign = -1.0 if row.above else 1.0
    peak = sign * _kept(sign * inside, HELD_S, motion.frame_s)
    from_rest = row.measure == "range" or row.unit == "ratio"
    limit = target_limit(row, target, rest)
    return beside_limit(row, peak - rest if from_rest else peak, limit, DEAD_ZONES[measure])


# Values over time


def _during(motion: Motion, rep: TrueRep) -> Bools:
    return (motion.time_s >= rep.start_s - 1e-9) & (motion.time_s <= rep.end_s + 1e-9)


def _values(motion: Motion, rep: TrueRep, row: FaultRule) -> Floats:
    """Return the row's measure on the side it asks for; of either side the one further beyond."""
    if row.of is not Of.EITHER:
        return _of_side(motion, rep, row.of, row.measure)
    left, right = (FORMULAS[row.measure](motion, side) for side in "LR")
    return np.maximum(left, right) if row.above else np.minimum(left, right)


def _of_side(motion: Motion, rep: TrueRep, of: Of, measure: str) -> Floats:
    return FORMULAS[measure](motion, rep.side if of is Of.WORKING and rep.side else motion.near)


def _compared(motion: Motion, rep: TrueRep, row: FaultRule, values: Floats) -> Floats:
    """Return the values as the limit counts them."""
    rest = _at_rest(motion, rep, values)
    match row.against:
        case Against.REST:
            return values - rest
        case Against.REST_EITHER_WAY:
            return np.abs(values - rest)
        case Against.REST_SHARE:
            return values / rest
        case Against.BEST:
            return _above_best(motion, rep, row, values)
    return values


def _above_best(motion: Motion, rep: TrueRep, row: FaultRule, values: Floats) -> Floats:
    """Return how far the values lie above the lowest so far, 0 while they change quickly."""
    since = motion.time_s >= rep.start_s - 1e-9
    best = np.minimum.accumulate(np.where(since, values, np.inf))
    still = np.abs(np.gradient(values, motion.time_s)) < row.still_per_s
    return np.where(still & since, values - np.where(since, best, 0.0), 0.0)


def _at_rest(motion: Motion, rep: TrueRep, values: Floats) -> float:
    """Return the median over all frames at rest before the repetition."""
    return float(np.median(values[motion.rest & (motion.time_s < rep.start_s + 1e-9)]))


def progress(motion: Motion, rep: TrueRep) -> Floats:
    """Return the true signal that a repetition is made of: it grows away from rest."""
    match motion.exercise:
        case "squat":
            return (FORMULAS["knee_flexion"](motion, "L") + FORMULAS["knee_flexion"](motion, "R")) / 2
        case "bridge":
            return -FORMULAS["hip_flexion"](motion, motion.near)
        case "clamshell":
            return FORMULAS["knee_gap"](motion, motion.near)
    return FORMULAS["thigh_elevation"](motion, rep.side)


def _rise(motion: Motion, rep: TrueRep) -> Floats:
    """Return how far the repetition has gone from rest, in the unit of `FaultRule.min_rise`."""
    if motion.exercise == "bridge":
        return FORMULAS["hip_height"](motion, motion.near)
    if motion.exercise == "squat" and motion.view in ("front", "back"):
        return FORMULAS["hip_drop"](motion, motion.near)
    values = progress(motion, rep)
    rise: Floats = values - _at_rest(motion, rep, values)
    return rise


def _at_top(motion: Motion, rep: TrueRep, row: FaultRule) -> float:
    """Return the median of the row's measure within 10 % of the peak."""
    moving = _during(motion, rep)
    signal = progress(motion, rep)[moving]
    level = signal.min() + AT_TOP * (signal.max() - signal.min())
    return float(np.median(_values(motion, rep, row)[moving][signal >= level]))


# Numbers of a whole repetition


def outbound_time(motion: Motion, index: int) -> float:
    """Return the time of the way out, seconds, from that of its middle part."""
    return _way_s(motion, motion.reps[index])[0]


def return_time(motion: Motion, index: int) -> float:
    """Return the time of the way back, seconds, from that of its middle part."""
    return _way_s(motion, motion.reps[index])[1]


def duration(motion: Motion, index: int) -> float:
    """Return the time of a whole repetition."""
    return motion.reps[index].end_s - motion.reps[index].start_s


def hold_time(motion: Motion, index: int) -> float:
    """Return the time held at the end position, less what moving there takes."""
    out_s, back_s = _way_s(motion, motion.reps[index])
    return max(0.0, _near_top_s(motion, motion.reps[index]) - TRANSIT * (out_s + back_s))


def lift_rate(motion: Motion, index: int) -> float:
    """Return the pace over the last six lifts, per minute; NaN for fewer."""
    starts = [rep.start_s for rep in motion.reps[: index + 1]][-PACE_LIFTS:]
    if len(starts) < PACE_LIFTS:
        return float("nan")
    return 60.0 * (PACE_LIFTS - 1) / (starts[-1] - starts[0])


def same_leg_lifts(motion: Motion, index: int) -> float:
    """Return how many lifts in a row the leg has done, this one included."""
    sides = [rep.side for rep in motion.reps[: index + 1]][::-1]
    return float(next((i for i, side in enumerate(sides) if side != sides[0]), len(sides)))


NUMBERS: Mapping[str, Callable[[Motion, int], float]] = {
    "outbound_time": outbound_time,
    "return_time": return_time,
    "duration": duration,
    "hold_time": hold_time,
    "lift_rate": lift_rate,
    "same_leg_lifts": same_leg_lifts,
}


def _way_s(motion: Motion, rep: TrueRep) -> tuple[float, float]:
    """Return the times out and back, from those that the middle parts take."""
    moving = _during(motion, rep)
    time_s, signal = motion.time_s[moving], progress(motion, rep)[moving]
    top = np.flatnonzero(signal >= signal.min() + NEAR_TOP * (signal.max() - signal.min()))
    out, back = slice(0, int(top[0]) + 1), slice(int(top[-1]), len(signal))
    full = float(signal.max())
    return (
        middle_s(time_s[out], signal[out], full) / MIDDLE_SHARE,
        middle_s(-time_s[back][::-1], signal[back][::-1], full) / MIDDLE_SHARE,
    )


def middle_s(time_s: Floats, signal: Floats, full: float) -> float:
    """Return the time from the last rise through 10 % to the first through 90 %."""
    low, high = (float(signal[0] + share * (full - signal[0])) for share in MIDDLE)
    up_low, up_high = _rises(time_s, signal, low), _rises(time_s, signal, high)
    return up_high[0] - up_low[-1] if up_low and up_high else float("nan")


def _rises(time_s: Floats, signal: Floats, level: float) -> list[float]:
    before, after = signal[:-1], signal[1:]
    at = np.flatnonzero((before <= level) & (after > level))
    share = (level - before[at]) / (after[at] - before[at])
    return [float(t) for t in time_s[at] + share * (time_s[at + 1] - time_s[at])]


def _near_top_s(motion: Motion, rep: TrueRep) -> float:
    moving = _during(motion, rep)
    signal = progress(motion, rep)[moving]
    top = np.flatnonzero(signal >= signal.min() + NEAR_TOP * (signal.max() - signal.min()))
    return float(top[-1] - top[0]) * motion.frame_s
