"""Judging one exercise: what its rules read off each frame, the person's rest posture, the verdicts.

Causal: a rule speaks while the repetition is still going on; what it said by the end is the verdict, and is
not revised.  A verdict that cannot be given has a reason in words.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import isnan
from statistics import median

from formcheck import rules
from formcheck.counting import Progress
from formcheck.exercises.spec import Against, Exercise, FaultRule, FromPlan, Of, When
from formcheck.geometry import NAN
from formcheck.kinematics import BY_NAME, LEFT, RIGHT, SIDES, Body
from formcheck.movement import PEAK_SHARE, Described
from formcheck.observer import Observation
from formcheck.own_body import OwnBody, follow_body
from formcheck.pose.skeleton import Side
from formcheck.profile import Profile, eased
from formcheck.results import FaultCheck, FaultVerdict, ViewLabel
from formcheck.rules import Alarm, Blocked, Finding, Reading, RuleState
from formcheck.view import yaw_deg

REST_SAMPLES = 120
"""The rest posture is the median of this many last frames at rest (4 s at 30 frames a second) ..."""
REST_LEAST_S = 0.3
"""... and known once they span this time."""
MIDDLE = (0.3, 0.8)
"""One way of a movement is timed between these shares of its excursion (`Channel.middle_share`)."""
TRANSIT = 0.16
"""Share of each way spent within 5 % of the end: no part of a hold (0.14 to 0.19, as above)."""
RATE_SLACK_HZ = 0.5
"""23.976 pictures a second are called 24."""
PACE_LIFTS = 6
"""Pace is told over this many lifts (clinical corrections)."""
OWN_REPS, OWN_SHARE = 3, 0.9
"""The ``own`` profile: this share of the median of so many first repetitions (product definition)."""

Key = tuple[str, Side | None]


Place = tuple[str, Side | None, ViewLabel]
"""A measure on a side, in a view."""


class RestPosture:
    """The values of measures while the person rests, seen so far.

    What was seen while they held still comes first; somebody who never pauses passes rest all the same.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[Place, bool], deque[tuple[float, float]]] = {}

    def add(self, place: Place, time_s: float, value: float, still: bool) -> None:
        """Take one value at rest in; NaN is left out."""
        if not isnan(value):
            self._seen.setdefault((place, still), deque(maxlen=REST_SAMPLES)).append((time_s, value))

    def of(self, place: Place) -> float:
        """Return the value at rest, NaN while not known."""
        for still in (True, False):
            seen = self._seen.get((place, still))
            if seen and seen[-1][0] - seen[0][0] >= REST_LEAST_S:
                return median(value for _, value in seen)
        return NAN


@dataclass(slots=True)
class Run:
    """One repetition in progress: what every rule has seen of it, and the rest it started from."""

    states: list[RuleState]
    rest: dict[Place, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """A finished repetition as rules about whole repetitions see it.

    ``before`` are the earlier repetitions of the same set, oldest first; ``range_share`` is the share of the
    target range that was agreed on for it (`formcheck.profile.eased`).
    """

    described: Described
    before: tuple[Described, ...]
    range_share: float = 1.0


class Judge:
    """Applies the rules of one exercise.

    Parameters
    ----------
    exercise : Exercise
    profile : Profile
    """

    def __init__(self, exercise: Exercise, profile: Profile) -> None:
        self._exercise = exercise
        self._plan = profile.plans[exercise.name]
        self._own = profile.own_target
        self._rules, self._blocked = rules.rules_for(exercise, self._plan)
        self._held = [rule for rule in self._rules if rule.when is When.HELD]
        self._rested = _rest_keys(self._rules)
        self._rest = RestPosture()
        self._runs: dict[Side | None, Run] = {}
        self._first: dict[float, list[Described]] = {}
        self._body = OwnBody()

    def step(self, observation: Observation, progress: Sequence[Progress]) -> list[Alarm]:
        """Take one frame in; return the rules that were raised or cleared by it."""
        self._body = follow_body(self._body, observation)
        if any(one.near_rest for one in progress) and not any(one.moving for one in progress):
            self._watch_rest(observation, progress[0].side, any(one.still for one in progress))
        alarms: list[Alarm] = []
        for one in progress:
            if not one.moving:
                alarms += self.close(one.side)[1]
                continue
            run = self._runs.setdefault(one.side, Run([RuleState()] * len(self._held)))
            alarms += self._follow(run, observation, one)
        return alarms

    def close(self, side: Side | None) -> tuple[Run | None, list[Alarm]]:
        """End the repetition in progress on a side; return what was seen of it, and what it clears."""
        run = self._runs.pop(side, None)
        pairs = zip(self._held, run.states, strict=True) if run is not None else ()
        return run, [Alarm(rule, state.value, None, side) for rule, state in pairs if state.level >= 0]

    def verdicts(
        self, described: Described, before: Sequence[Described], run: Run | None, range_share: float = 1.0
    ) -> tuple[tuple[FaultCheck, ...], list[Alarm]]:
        """Return the verdict on every fault in a repetition that has ended, and what only its end raises."""
        facts = Facts(described, tuple(before), range_share)
        states = run.states if run else [RuleState()] * len(self._held)
        findings = [_settled(rule, state, described) for rule, state in zip(self._held, states, strict=True)]
        findings += [self._of_whole(rule, facts, run) for rule in self._rules if rule.when is not When.HELD]
        unseen = [Blocked(code, reason) for code, reason in self._exercise.unseen]
        chosen = rules.merged(self._exercise.codes, findings, (*self._blocked, *unseen))
        first = self._first.setdefault(range_share, [])
        if described.complete and len(first) < OWN_REPS:
            first.append(replace(described, movement=replace(described.movement, samples=())))
        chosen = _range_limit_speaks(chosen)
        late = (one for one in chosen if isinstance(one, Finding) and one.rule.when is not When.HELD)
        side = described.movement.side
        alarms = [Alarm(one.rule, one.value, one.limit, side) for one in late if one.limit is not None]
        return tuple(map(check_of, chosen)), alarms

    def _watch_rest(self, observation: Observation, side: Side | None, still: bool) -> None:
        for rule in self._rested:
            for key, reading in self._read(rule, observation, side):
                self._rest.add((*key, observation.label), observation.time_s, reading.value, still)

    def _follow(self, run: Run, observation: Observation, progress: Progress) -> list[Alarm]:
        alarms = []
        for i, rule in enumerate(self._held):
            if not rules.holds_in(rule, progress.phase, progress.rise):
                continue
            reading = self._worst_reading(rule, observation, progress.side, run)
            run.states[i], alarm = rules.follow(rule, run.states[i], observation.time_s, reading)
            if alarm is not None:
                alarms.append(replace(alarm, side=progress.side))
        return alarms

    # What a rule reads off one frame

    def _worst_reading(
        self, rule: FaultRule, observation: Observation, side: Side | None, run: Run
    ) -> Reading:
        readings = [
            self._against_rest(rule, key, reading, observation, run)
            for key, reading in self._read(rule, observation, side)
        ]
        if len(readings) == 1:
            return readings[0]
        values = [reading for reading in readings if not isnan(reading.value)]
        if len(values) < len(readings):
            return next(reading for reading in readings if isnan(reading.value))
        return (max if rule.above else min)(values, key=lambda reading: reading.value)

    def _read(
        self, rule: FaultRule, observation: Observation, side: Side | None
    ) -> list[tuple[Key, Reading]]:
        """Return the rule's measure on each side it asks for, before any comparison with rest."""
        reason = self._unreadable(rule, observation, side)
        sides = _sides(rule, observation, side)
        if reason is not None:
            return [((rule.measure, one), Reading(reason=reason)) for one in sides]
        return [((rule.measure, one), Reading(_measured(rule, observation, one, side))) for one in sides]

    def _unreadable(self, rule: FaultRule, observation: Observation, side: Side | None) -> str | None:
        """Return why the rule can read nothing off this frame, None when it can."""
        if (unseen := self._not_theirs(rule, observation)) is not None:
            return unseen
        if observation.label not in rule.views:
            return rules.view_need(rule)
        frontal = observation.label in (ViewLabel.FRONT, ViewLabel.BACK)
        if frontal and 90.0 - yaw_deg(observation.axes) > rule.max_off_deg:
            return rules.SQUARE_ON
        if observation.posture not in self._exercise.postures:
            return f"not in the position for the {self._exercise.title.lower()}"
        near = observation.camera_side
        if rule.of is Of.WORKING and BY_NAME[rule.measure].sided and near is not None and side is not near:
            return rules.FAR_LEG
        return _hidden(rule, observation, side)

    def _not_theirs(self, rule: FaultRule, observation: Observation) -> str | None:
        """Return why the body seen may not be the subject's own, as far as the rule minds."""
        if observation.body is None:
            return rules.NOT_SEEN
        if rule.alone and not self._body.alone(observation.time_s):
            return rules.CROWDED
        if rules.may_stop(rule) and not self._body.continuous(observation.time_s):
            return rules.ONE_BODY
        return None

    def _against_rest(
        self, rule: FaultRule, key: Key, reading: Reading, observation: Observation, run: Run
    ) -> Reading:
        label = observation.label
        if isnan(reading.value) or not rule.needs_rest:
            return reading
        rest = self._rest_of(run, (rule.rest_measure or rule.measure, key[1]), label)
        if isnan(rest):
            return Reading(reason=rules.NO_REST)
        if rule.confirmed_by:
            return self._confirmed(rule, key, reading.value - rest, observation, run)
        match rule.against:
            case Against.REST_EITHER_WAY:
                return Reading(abs(reading.value - rest))
            case Against.REST_SHARE:
                return Reading(reading.value / rest if rest else NAN)
        return Reading(reading.value - rest)

    def _confirmed(
        self, rule: FaultRule, key: Key, change: float, observation: Observation, run: Run
    ) -> Reading:
        """Return the change from rest that both measures of the rule agree on."""
        name, side = rule.confirmed_by, key[1]
        rest = self._rest_of(run, (name, side), observation.label)
        other = _measured(replace(rule, measure=name), observation, side, side) - rest
        agreed = rules.less_beyond(rule, change, other)
        return Reading(reason=rules.NO_REST) if isnan(agreed) else Reading(agreed)

    def _rest_of(self, run: Run, key: Key, label: ViewLabel) -> float:
        """Return the rest value as it was when the repetition began."""
        place = (*key, label)
        if place not in run.rest:
            run.rest[place] = self._rest.of(place)
        return run.rest[place]

    # What a rule says of a whole repetition

    def _of_whole(self, rule: FaultRule, facts: Facts, run: Run | None) -> Finding:
        described = facts.described
        span_s = (described.start_s, described.end_s, described.peak_s)
        if rule.when is When.AT_REST:
            return self._of_rest(rule, facts, run or Run([]), span_s)
        if rule.when is When.AT_TOP:
            return self._of_top(rule, facts, run or Run([]), span_s)
        reason = _whole_unreadable(rule, facts)
        if reason is not None:
            return rules.weighed(rule, NAN, span_s, reason)
        if rule.from_plan is FromPlan.TARGET:
            return self._of_target(rule, facts, run or Run([]), span_s)
        value = REP_MEASURES[rule.measure](facts)
        return rules.weighed(rule, value, span_s, UNMEASURED.get(rule.measure))

    def _of_rest(
        self, rule: FaultRule, facts: Facts, run: Run, span_s: tuple[float, float, float]
    ) -> Finding:
        described = facts.described
        if described.label not in rule.views:
            return rules.weighed(rule, NAN, span_s, rules.view_need(rule))
        key = (rule.measure, described.movement.side if rule.of is Of.WORKING else None)
        value = self._rest_of(run, key, described.label)
        return rules.weighed(rule, value, span_s, self._usually_unreadable(rule, described) or rules.NO_REST)

    def _usually_unreadable(self, rule: FaultRule, described: Described) -> str | None:
        """Return why the rule could read nothing in most of a repetition, None when it could."""
        side = described.movement.side
        reasons = [self._unreadable(rule, s.observation, side) for s in described.movement.samples]
        return max(dict.fromkeys(reasons), key=reasons.count, default=None)

    def _of_top(self, rule: FaultRule, facts: Facts, run: Run, span_s: tuple[float, float, float]) -> Finding:
        """Return the median over the time within 10 % of the peak."""
        if too_seldom := _too_seldom(rule, facts.described):
            return rules.weighed(rule, NAN, span_s, too_seldom)
        movement = facts.described.movement
        level = movement.span.base + PEAK_SHARE * movement.span.excursion
        times = [
            s.observation.time_s
            for s in movement.samples
            if span_s[0] <= s.observation.time_s <= span_s[1] and s.value >= level
        ]
        top = [
            s.observation
            for s in movement.samples
            if times
            and times[0] <= s.observation.time_s <= times[-1]
            and (isnan(s.value) or s.value >= level)
        ]
        readings = [self._worst_reading(rule, one, movement.side, run) for one in top]
        values = [reading.value for reading in readings if not isnan(reading.value)]
        if len(values) < rule.valid_fraction * max(len(top), 1):
            reasons = [reading.reason for reading in readings if reading.reason]
            return rules.weighed(rule, NAN, span_s, max(reasons, key=reasons.count, default=rules.NOT_SEEN))
        return rules.weighed(rule, median(values), span_s, None)

    def _of_target(
        self, rule: FaultRule, facts: Facts, run: Run, span_s: tuple[float, float, float]
    ) -> Finding:
        described = facts.described
        value = described.range if rule.measure == "range" else described.peak
        if isnan(value):
            return rules.weighed(rule, NAN, span_s, UNMEASURED["peak"])
        if described.error > rule.widest:
            return rules.weighed(rule, NAN, span_s, rules.TOO_FAR_OFF)
        limit = self._own_limit(rule, facts) if self._own else self._target_limit(rule, facts, run)
        if isnan(limit):
            return rules.weighed(rule, NAN, span_s, rules.OWN_UNKNOWN if self._own else rules.NO_REST)
        judged = replace(rule, limits=(replace(rule.limits[0], on=limit, off=limit),))
        return rules.weighed(judged, value, span_s, None)

    def _target_limit(self, rule: FaultRule, facts: Facts, run: Run) -> float:
        """Return the limit from the target agreed on, NaN where the person's rest is not known."""
        described, moved = facts.described, 0.0
        target = eased(self._plan, self._exercise.name, facts.range_share).target
        if rule.rest_measure:
            moved = self._rest_of(run, (rule.rest_measure, _near_side(described)), described.label)
        return rules.target_limit(rule, target + moved, _rest_level(described))

    def _own_limit(self, rule: FaultRule, facts: Facts) -> float:
        """Return the limit from the person's first repetitions of this range, NaN while there are too few."""
        described = facts.described
        own = self._first.get(facts.range_share, [])
        first = [_reach(rule, one) for one in own if one.reported is described.reported]
        known = [reach for reach in first if not isnan(reach)]
        if len(known) < OWN_REPS:
            return NAN
        ceiling = self._plan.ceilings.get(described.reported.name, math.inf)
        reach = rule.limits[0].on * min(OWN_SHARE * median(known), ceiling) - rule.error
        return _rest_level(described) - reach if rule.from_rest else reach


def _settled(rule: FaultRule, state: RuleState, described: Described) -> Finding:
    """Return the verdict of a rule that looked at every frame of a repetition."""
    if described.label not in rule.views:
        return Finding(rule, FaultVerdict.NOT_ASSESSED, rules.view_need(rule))
    # That somebody else is there is seen up to a second late: then the frames before are in doubt, too.
    if rule.alone and any(s.observation.pose.people > 1 for s in described.movement.samples):
        return Finding(rule, FaultVerdict.NOT_ASSESSED, rules.CROWDED)
    return _seen_often_enough(rules.settled(rule, state), described)


def check_of(one: Finding | Blocked) -> FaultCheck:
    """Return a finding as results show it: numbers only where the fault is present."""
    if isinstance(one, Blocked):
        return FaultCheck(one.code, FaultVerdict.NOT_ASSESSED, reason=one.reason)
    if one.verdict is not FaultVerdict.PRESENT or one.limit is None:
        return FaultCheck(one.rule.code, one.verdict, reason=one.reason)
    return FaultCheck(
        one.rule.code,
        one.verdict,
        severity=one.limit.severity,
        start_s=one.start_s,
        end_s=one.end_s,
        worst_s=one.worst_s,
        value=one.value,
        unit=one.rule.unit,
        limit=one.limit.on,
    )


# Reading a frame


def _rest_keys(table: Sequence[FaultRule]) -> list[FaultRule]:
    """Return a row for every measure whose rest value matters, once each."""
    rows = [
        replace(rule, measure=name)
        for rule in table
        if rule.needs_rest
        for name in (rule.rest_measure or rule.measure, rule.confirmed_by)
        if name
    ]
    return list({(row.measure, row.of): row for row in rows}.values())


def _sides(rule: FaultRule, observation: Observation, side: Side | None) -> tuple[Side | None, ...]:
    match rule.of:
        case Of.EITHER:
            return tuple(Side)
        case Of.NEAR:
            return (observation.camera_side,)
        case Of.WORKING | Of.WORKING_OVER_OTHER:
            return (side,)
    return (None,)


def _measured(rule: FaultRule, observation: Observation, side: Side | None, working: Side | None) -> float:
    """Return the rule's measure in this frame, NaN when not measurable."""
    row, body = BY_NAME[rule.measure], observation.body
    if body is None or (row.sided and side is None):
        return NAN
    if row.sided and side is not None:
        return row.function(body, SIDES[side])
    value = row.function(body)
    turned = rule.of is Of.WORKING_OVER_OTHER and working is Side.RIGHT
    return -value if turned else value


def _hidden(rule: FaultRule, observation: Observation, side: Side | None) -> str | None:
    """Return which of the rule's landmarks is not visible, in words; None when all are."""
    near_only = rule.of is Of.NEAR or (rule.of is Of.BODY and observation.label is ViewLabel.SIDE)
    one = side if rule.of is Of.WORKING else observation.camera_side if near_only else None
    legs = (SIDES[one],) if one is not None else (LEFT, RIGHT)
    body, frame_size = observation.body, observation.pose.frame_size
    if body is None:
        return rules.NOT_SEEN
    for name in rule.landmarks:
        if not all(_in_sight(body, frame_size, getattr(leg, name), rule.min_visibility) for leg in legs):
            return rules.NOT_VISIBLE.format(f"the {name}" if len(legs) == 1 else f"both {PLURAL[name]}")
    return None


def _in_sight(body: Body, frame_size: tuple[int, int], landmark: int, least: float) -> bool:
    """Return whether a landmark is visible and in the picture; beyond its edge the model only guesses."""
    if not body.visibility[landmark] >= least:
        return False
    point, (width, height) = body.image[landmark], frame_size
    return not width or (0.0 <= point.real <= width and 0.0 <= point.imag <= height)


PLURAL: Mapping[str, str] = {
    "ear": "ears",
    "shoulder": "shoulders",
    "hip": "hips",
    "knee": "knees",
    "ankle": "ankles",
    "heel": "heels",
    "toe": "feet",
}


# Numbers of a whole repetition


def _whole_unreadable(rule: FaultRule, facts: Facts) -> str | None:
    described = facts.described
    if described.label not in rule.views:
        return rules.view_need(rule)
    if described.valid_fraction < rule.valid_fraction:
        return rules.NOT_SEEN
    return _too_seldom(rule, described)


def _too_seldom(rule: FaultRule, described: Described) -> str | None:
    """Return that a rule was given too few pictures a second in a repetition, None when it was not."""
    needed_hz = rules.needed_rate_hz(rule)
    if rate_hz(described) >= needed_hz - RATE_SLACK_HZ:
        return None
    return rules.SLOW_CAMERA.format(math.ceil(needed_hz))


def _seen_often_enough(finding: Finding, described: Described) -> Finding:
    """Return a finding of a rule over frames; nothing found means nothing where it looked too seldom.

    What was found was beyond the limit in every look for long enough, however few there were.
    """
    if finding.verdict is not FaultVerdict.ABSENT:
        return finding
    reason = _too_seldom(finding.rule, described)
    return finding if reason is None else Finding(finding.rule, FaultVerdict.NOT_ASSESSED, reason)


def rate_hz(described: Described) -> float:
    """Return the pictures a second during a movement, 0 for a single one."""
    times = [s.observation.time_s for s in described.movement.samples]
    return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0


def outbound_time(facts: Facts) -> float:
    """Return the time of the way out, seconds, from that of its middle part (`MIDDLE`)."""
    span = facts.described.movement.span
    return _middle_time(_way(facts.described, outbound=True), span.base, span.peak) / _middle_share(facts)


def return_time(facts: Facts) -> float:
    """Return the time of the way back, seconds, from that of its middle part (`MIDDLE`)."""
    span = facts.described.movement.span
    way = [(-t, v) for t, v in _way(facts.described, outbound=False)][::-1]
    return _middle_time(way, span.base, span.peak) / _middle_share(facts)


def duration(facts: Facts) -> float:
    """Return the time from leaving rest to being back, seconds."""
    return facts.described.end_s - facts.described.start_s


def hold_time(facts: Facts) -> float:
    """Return the time held at the end position, seconds: that near the peak, less what moving there takes."""
    described = facts.described
    near = described.release_s - described.peak_s
    moving = outbound_time(facts) + return_time(facts)
    return max(0.0, near - TRANSIT * moving) if not isnan(moving) else near


def lift_rate(facts: Facts) -> float:
    """Return the pace over the last `PACE_LIFTS` lifts, per minute; NaN for fewer."""
    starts = [one.start_s for one in (*facts.before, facts.described)][-PACE_LIFTS:]
    if len(starts) < PACE_LIFTS or not starts[-1] > starts[0]:
        return NAN
    return 60.0 * (PACE_LIFTS - 1) / (starts[-1] - starts[0])


def same_leg_lifts(facts: Facts) -> float:
    """Return how many lifts in a row the leg has done, this one included."""
    sides = [one.movement.side for one in (facts.described, *facts.before[::-1])]
    return float(next((i for i, side in enumerate(sides) if side is not sides[0]), len(sides)))


def _way(described: Described, outbound: bool) -> list[tuple[float, float]]:
    """Return (time, counting signal) from leaving rest to the end position, or from there to rest."""
    first, last = (
        (described.start_s, described.peak_s) if outbound else (described.release_s, described.end_s)
    )
    return [
        (s.observation.time_s, s.value)
        for s in described.movement.samples
        if first - 0.05 <= s.observation.time_s <= last + 0.05 and not isnan(s.value)
    ]


def _middle_share(facts: Facts) -> float:
    return facts.described.movement.channel.middle_share


def _middle_time(trace: Sequence[tuple[float, float]], base: float, peak: float) -> float:
    """Return the time of a rise, from the last crossing of its low share to the first of its high one.

    From the level at rest, or from where it turned round above that.
    """
    if len(trace) < 2:
        return NAN
    low = max(base, min(value for _, value in trace))
    high = min(peak, max(value for _, value in trace))
    from_s, to_s = (_rising_through(trace, low + share * (high - low), share > 0.5) for share in MIDDLE)
    return to_s - from_s if to_s > from_s else NAN


def _rising_through(trace: Sequence[tuple[float, float]], level: float, first: bool) -> float:
    """Return when the trace rises through a level, for the first time or the last, interpolated."""
    times = [
        t0 + (t1 - t0) * (level - v0) / (v1 - v0)
        for (t0, v0), (t1, v1) in pairwise(trace)
        if v0 <= level < v1
    ]
    return NAN if not times else times[0] if first else times[-1]


REP_MEASURES: Mapping[str, Callable[[Facts], float]] = {
    "outbound_time": outbound_time,
    "return_time": return_time,
    "duration": duration,
    "hold_time": hold_time,
    "lift_rate": lift_rate,
    "same_leg_lifts": same_leg_lifts,
}
"""What rules may ask of a whole repetition."""
UNMEASURED: Mapping[str, str] = {
    "peak": "its size could not be measured from here",
    "lift_rate": f"told over {PACE_LIFTS} lifts",
}


def _rest_level(described: Described) -> float:
    """Return what is reported of the signal at rest."""
    return described.peak - described.reported.direction * described.range


def _near_side(described: Described) -> Side | None:
    """Return the side that faced the camera during a movement."""
    sides = [s.observation.camera_side for s in described.movement.samples]
    return max(dict.fromkeys(sides), key=sides.count, default=None)


def _reach(rule: FaultRule, described: Described) -> float:
    """Return how far a repetition went, from where its target range begins."""
    return described.range if rule.from_rest or rule.measure == "range" else described.peak


def _range_limit_speaks(chosen: list[Finding | Blocked]) -> list[Finding | Blocked]:
    """Silence the comfort caps where the range limit of the plan was passed."""
    present = {one.rule.code for one in chosen if isinstance(one, Finding) and one.limit is not None}
    if rules.RANGE_LIMIT not in present:
        return chosen
    return [
        Blocked(one.rule.code, "the limit in the plan speaks for it")
        if isinstance(one, Finding) and one.rule.code in rules.CAPPED
        else one
        for one in chosen
    ]
