"""Form rules: one evaluator, three verdicts, for every row of the tables in `formcheck.exercises`.

A rule that looks at every frame is a small causal state machine, `follow`, with hysteresis and a minimum
duration; one that looks at a whole repetition is a number and a limit, `weigh`.  Both end as one `Finding`;
`merged` makes one verdict per code of them.  Everything here is a pure function of values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp, isnan

from formcheck.exercises.spec import Against, Exercise, FaultRule, FromPlan, Limit, When
from formcheck.geometry import NAN
from formcheck.pose.skeleton import Side
from formcheck.profile import CheckSetting, ExercisePlan
from formcheck.results import FaultVerdict, Phase, Severity, ViewLabel

CLEAR_S = 0.3
"""A raised fault clears when the value was back for this long (clinical fault state machine)."""
HELD_S = 0.1
"""The worst value is one that was held this long (product definition of ranges)."""
MAX_STEP_S = 0.25
"""Two frames further apart do not prove that the value held in between."""
SPEED_S = 0.25
"""Time constant of the speed that tells a sagging hold from lowering."""
HOLD_SHARE = 0.7
"""A hold shorter than this share of the prescribed one is short (clinical 2.4)."""

RANGE_LIMIT, LIMIT_NEAR = "range_limit", "limit_near"
CAPPED = ("too_deep", "too_high")
"""Silent where `RANGE_LIMIT` speaks (product definition)."""

OFF = "off in this profile"
NO_REST = "no rest posture yet"
NOT_REACHED = "this part of the movement was not reached"
NOT_SEEN = "the person was not seen well enough"
ONE_BODY = "needs one body in plain sight throughout"
FAR_LEG = "the leg turned away from the camera is hidden"
TOO_FAR_OFF = "cannot be measured well enough from here"
NOT_VISIBLE = "needs {} in plain sight"
CROWDED = "another person was in the picture"
SLOW_CAMERA = "needs {:.0f} pictures a second"
SQUARE_ON = "needs a squarer view from the front"
OWN_UNKNOWN = "the person's own range is known after three repetitions"
GRANTED_HERE = (None, FromPlan.PACE)
"""Where limits of these come from the error is granted on top of them."""
MISSING: Mapping[FromPlan, str] = {
    FromPlan.COMFORT_CAP: "no cap set",
    FromPlan.CEILING: "no limit set in the plan",
    FromPlan.HOLD: "no hold prescribed",
}
SEVERITIES = (Severity.LOG, Severity.IMPROVE, Severity.CORRECT, Severity.STOP)
"""In order of weight."""

VIEW_NEEDS: Mapping[frozenset[ViewLabel], str] = {
    frozenset({ViewLabel.SIDE}): "needs a side view",
    frozenset({ViewLabel.FRONT}): "needs a front view",
    frozenset({ViewLabel.BACK}): "cannot be seen from here; film one set from behind",
    frozenset({ViewLabel.FRONT, ViewLabel.BACK}): "needs a view from the front or from behind",
    frozenset({ViewLabel.FRONT, ViewLabel.OBLIQUE}): "needs a front view",
    frozenset({ViewLabel.FOOT_END}): "needs a view from the foot end",
}


def view_need(rule: FaultRule) -> str:
    """Return which view a rule needs, in words."""
    return VIEW_NEEDS.get(frozenset(rule.views), "needs another view")


# A profile makes limits


@dataclass(frozen=True, slots=True)
class Blocked:
    """A rule that cannot judge with this profile, and why."""

    code: str
    reason: str


def rules_for(exercise: Exercise, plan: ExercisePlan) -> tuple[tuple[FaultRule, ...], tuple[Blocked, ...]]:
    """Return the rules of an exercise with the limits of a profile, and the codes that cannot be judged.

    Every ceiling also yields a row `LIMIT_NEAR`, at the ceiling itself.
    """
    rows: list[FaultRule] = []
    blocked: list[Blocked] = []
    for rule in exercise.rules:
        setting = plan.checks.get(rule.code, CheckSetting())
        if not setting.enabled:
            blocked.append(Blocked(rule.code, OFF))
            continue
        limits = _limits(rule, plan)
        if limits is None:
            blocked.append(Blocked(rule.code, MISSING[rule.from_plan] if rule.from_plan else NOT_SEEN))
            continue
        changed = _changed(replace(rule, limits=limits), setting, plan)
        rows.append(changed)
        if rule.from_plan is FromPlan.CEILING:
            at = plan.ceilings[rule.plan_key]
            near = (Limit(at, at, Severity.LOG),)
            rows.append(replace(changed, code=LIMIT_NEAR, limits=near, min_duration_s=0.0))
    return tuple(rows), tuple(blocked)


def _limits(rule: FaultRule, plan: ExercisePlan) -> tuple[Limit, ...] | None:
    """Return the limits of a rule under a plan; None where the plan sets none."""
    match rule.from_plan:
        case FromPlan.CEILING | FromPlan.COMFORT_CAP:
            named = plan.ceilings if rule.from_plan is FromPlan.CEILING else plan.comfort_caps
            if rule.plan_key not in named:
                return None
            beyond = named[rule.plan_key] + rule.error
            severity = Severity.STOP if rule.from_plan is FromPlan.CEILING else Severity.IMPROVE
            return (Limit(beyond, named[rule.plan_key], severity),)
        case FromPlan.HOLD:
            if not plan.hold_s:
                return None
            least = HOLD_SHARE * plan.hold_s
            return (Limit(least, least, Severity.IMPROVE),)
        case FromPlan.PACE if plan.max_lifts_per_min is not None:
            return tuple(replace(limit, on=plan.max_lifts_per_min) for limit in rule.limits)
    return rule.limits


def _changed(rule: FaultRule, setting: CheckSetting, plan: ExercisePlan) -> FaultRule:
    """Return the rule with what the profile changes about it."""
    limits = rule.limits
    if rule.code == "missed_alternation" and plan.alternate:
        limits = tuple(replace(limit, severity=Severity.IMPROVE) for limit in limits)
    if setting.limit is not None and limits and rule.from_plan in (None, FromPlan.PACE):
        by = setting.limit - limits[0].on
        limits = tuple(replace(limit, on=limit.on + by, off=limit.off + by) for limit in limits)
    if setting.severity is not None:
        limits = tuple(replace(limit, severity=setting.severity) for limit in limits)
    return replace(rule, limits=limits)


def target_limit(rule: FaultRule, target: float, rest: float) -> float:
    """Return the peak below (or above) which a repetition falls short of its target.

    `formcheck.exercises.spec.FaultRule.limits` holds the share of the target range in ``on``; the error
    of the measure is granted on top (product definition of range faults).

    Parameters
    ----------
    rule : FaultRule
        With `FromPlan.TARGET`.
    target : float
        Of the plan, in its own unit.
    rest : float
        The signal at rest; only used when the target range begins there.
    """
    share = rule.limits[0].on
    if rule.from_rest:
        return rest + share * (target - rest) + (rule.error if rule.above else -rule.error)
    return rule.scaled(share * target) - rule.error


def speaks_from(rule: FaultRule, level: int) -> float:
    """Return the value beyond which a limit counts as passed: the first is granted the measure's error.

    Limits that the profile gives hold it already (`rules_for`, `target_limit`).
    """
    on = rule.limits[level].on
    if level > 0 or rule.from_plan not in GRANTED_HERE:
        return on
    return on + rule.error if rule.above else on - rule.error


# How often a rule has to look

LOOKS_WITHIN = 3
"""What lasts just as long as a rule asks for has to be looked at so often: beyond the limit at its first and
its last picture, and in between."""
LOOKS_HZ = (5.0, 10.0)
"""Fewest looks a second that tell where a movement turned round: a squat of two seconds is then cut short by
5 % of half its way, which the error of its depth holds; and as many as any rule over frames asks for, since
fewer than ten are too few to count by as well."""
EDGES_HZ = 10.0
"""Fewest for what hangs on when repetitions begin and end, and that none is missed."""


def needed_rate_hz(rule: FaultRule) -> float:
    """Return how many different pictures a second a rule needs before it may say that nothing was found."""
    least, most = LOOKS_HZ
    match rule.when:
        case When.AT_REST:
            return rule.min_rate_hz
        case When.HELD:
            lasting = LOOKS_WITHIN / rule.min_duration_s if rule.min_duration_s else most
            return max(rule.min_rate_hz, min(max(lasting, least), most))
        case When.AT_END if rule.from_plan is not FromPlan.TARGET:
            return max(rule.min_rate_hz, EDGES_HZ)
    return max(rule.min_rate_hz, least)


# One rule over the frames of one repetition


@dataclass(frozen=True, slots=True)
class RuleState:
    """What a rule remembers of the repetition in progress."""

    frames: int = 0
    valid: int = 0
    time_s: float = NAN
    value: float = NAN
    raw: float = NAN
    speed: float = 0.0
    best: float = NAN
    over_s: tuple[float, ...] = ()
    level: int = -1
    reached: int = -1
    back_s: float = 0.0
    start_s: float = NAN
    end_s: float = NAN
    worst: float = NAN
    worst_s: float = NAN
    recent: tuple[tuple[float, float], ...] = ()
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alarm:
    """A rule was raised to a limit, or cleared (``limit`` is None), in a repetition of a side."""

    rule: FaultRule
    value: float
    limit: Limit | None
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a rule reads off one frame: a value, or the reason why there is none."""

    value: float = NAN
    reason: str | None = None


def may_stop(rule: FaultRule) -> bool:
    """Return whether a rule may end a set."""
    return any(limit.severity is Severity.STOP for limit in rule.limits)


def holds_in(rule: FaultRule, phase: Phase, rise: float) -> bool:
    """Return whether the rule looks at this moment of a repetition."""
    return phase in rule.phases and rise >= rule.min_rise


def follow(
    rule: FaultRule, state: RuleState, time_s: float, reading: Reading
) -> tuple[RuleState, Alarm | None]:
    """Take one frame in; return the next state and what changed.

    A frame without a value freezes the state: it neither raises nor clears.
    """
    if isnan(reading.value):
        reason = reading.reason or NOT_SEEN
        reasons = {**state.reasons, reason: state.reasons.get(reason, 0) + 1}
        return replace(state, frames=state.frames + 1, reasons=reasons), None
    dt_s = min(MAX_STEP_S, time_s - state.time_s) if not isnan(state.time_s) else 0.0
    value, best, speed = _counted_from(rule, state, reading.value, dt_s)
    recent, worst, worst_s = _worst(rule, state, time_s, value)
    both = less_beyond(rule, value, state.value)
    over_s = tuple(
        before_s + dt_s if beyond(rule, both, speaks_from(rule, i)) else 0.0
        for i, before_s in enumerate(state.over_s or (0.0,) * len(rule.limits))
    )
    level = _level(rule, value, over_s)
    back_s = state.back_s + dt_s if not beyond(rule, value, rule.limits[0].off) else 0.0
    cleared = level < 0 <= state.level and back_s >= CLEAR_S
    raised = level > state.level
    now = RuleState(
        frames=state.frames + 1,
        valid=state.valid + 1,
        time_s=time_s,
        value=value,
        raw=reading.value,
        speed=speed,
        best=best,
        over_s=over_s,
        level=-1 if cleared else max(level, state.level),
        reached=max(level, state.reached),
        back_s=back_s,
        start_s=time_s - max(over_s) if raised and isnan(state.start_s) else state.start_s,
        end_s=time_s if raised or (state.level >= 0 and back_s == 0.0) else state.end_s,
        worst=worst,
        worst_s=worst_s,
        recent=recent,
        reasons=state.reasons,
    )
    if raised:
        return now, Alarm(rule, value, rule.limits[level])
    return now, Alarm(rule, value, None) if cleared else None


def _level(rule: FaultRule, value: float, over_s: Sequence[float]) -> int:
    """Return the highest limit that the value has been beyond for long enough, -1 for none."""
    for i in range(len(rule.limits) - 1, -1, -1):
        if over_s[i] >= rule.min_duration_s - 1e-6 and beyond(rule, value, speaks_from(rule, i)):
            return i
    return -1


def beyond(rule: FaultRule, value: float, limit: float) -> bool:
    """Return whether a value is beyond a limit of the rule; NaN is not."""
    return value > limit if rule.above else value < limit


def less_beyond(rule: FaultRule, one: float, other: float) -> float:
    """Return the value less far beyond; NaN when either is."""
    if isnan(one) or isnan(other):
        return NAN
    return min(one, other) if rule.above else max(one, other)


def _counted_from(rule: FaultRule, state: RuleState, raw: float, dt_s: float) -> tuple[float, float, float]:
    """Return what a raw value counts as, the lowest so far and the speed.

    For `Against.BEST` it counts as how far it lies above the lowest so far, and only while nearly still: a
    limb on its way back is not sagging.
    """
    if rule.against is not Against.BEST:
        return raw, NAN, 0.0
    best = raw if isnan(state.best) else min(state.best, raw)
    now = (raw - state.raw) / dt_s if dt_s > 0 else 0.0
    speed = state.speed + (1.0 - exp(-dt_s / SPEED_S)) * (now - state.speed)
    return (raw - best if abs(speed) < rule.still_per_s else 0.0), best, speed


def _worst(
    rule: FaultRule, state: RuleState, time_s: float, value: float
) -> tuple[tuple[tuple[float, float], ...], float, float]:
    """Return the values of the last `HELD_S`, and the worst value that was held this long, with its time."""
    since_s = time_s - HELD_S - 1e-6
    recent = (*(p for p in state.recent if p[0] >= since_s), (time_s, value))
    values = [v for _, v in recent]
    held = min(values) if rule.above else max(values)
    if isnan(state.worst) or beyond(rule, held, state.worst):
        return recent, held, time_s
    return recent, state.worst, state.worst_s


# From what was seen to a verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict of one row on one repetition."""

    rule: FaultRule
    verdict: FaultVerdict
    reason: str | None = None
    limit: Limit | None = None
    value: float = NAN
    start_s: float = NAN
    end_s: float = NAN
    worst_s: float = NAN


def settled(rule: FaultRule, state: RuleState) -> Finding:
    """Return the verdict of a rule that looked at every frame."""
    if not state.frames:
        return Finding(rule, FaultVerdict.NOT_ASSESSED, NOT_REACHED)
    if state.valid < rule.valid_fraction * state.frames:
        reason = max(state.reasons, key=lambda one: state.reasons[one])
        return Finding(rule, FaultVerdict.NOT_ASSESSED, reason)
    if state.reached < 0:
        return Finding(rule, FaultVerdict.ABSENT, value=state.worst)
    return Finding(
        rule,
        FaultVerdict.PRESENT,
        None,
        rule.limits[state.reached],
        state.worst,
        state.start_s,
        state.end_s,
        state.worst_s,
    )


def weighed(rule: FaultRule, value: float, span_s: tuple[float, float, float], reason: str | None) -> Finding:
    """Return the verdict of a rule that looked at one number.

    Parameters
    ----------
    value : float
        NaN when it could not be measured; then `reason` says why.
    span_s : tuple of float
        Start, end and worst moment to report.
    """
    if isnan(value):
        return Finding(rule, FaultVerdict.NOT_ASSESSED, reason or NOT_SEEN)
    crossed = [limit for i, limit in enumerate(rule.limits) if beyond(rule, value, speaks_from(rule, i))]
    if not crossed:
        return Finding(rule, FaultVerdict.ABSENT, value=value)
    return Finding(rule, FaultVerdict.PRESENT, None, crossed[-1], value, *span_s)


def merged(
    codes: Sequence[str], findings: Sequence[Finding], blocked: Sequence[Blocked]
) -> list[Finding | Blocked]:
    """Return one finding per code, in order: present before absent before not assessed.

    What no row assesses has the reason of a row for this view; other views are named only where none is.
    """
    return [_strongest(code, findings, blocked) for code in codes]


def _strongest(code: str, findings: Sequence[Finding], blocked: Sequence[Blocked]) -> Finding | Blocked:
    own = [one for one in findings if one.rule.code == code]
    present = [one for one in own if one.verdict is FaultVerdict.PRESENT]
    if present:
        return max(present, key=lambda one: SEVERITIES.index(one.limit.severity) if one.limit else -1)
    absent = [one for one in own if one.verdict is FaultVerdict.ABSENT]
    if absent:
        return absent[0]
    here = [one for one in own if one.reason != view_need(one.rule)] or own
    return here[0] if here else next((one for one in blocked if one.code == code), Blocked(code, NOT_SEEN))
