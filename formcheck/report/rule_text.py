"""A form rule in words for therapists: what is looked at, from where, from which limit on, and why.

Every number comes from the rule's row or the profile, none is written here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from formcheck.exercises.spec import Against, Exercise, FaultRule, FromPlan, Limit
from formcheck.profile import STANDARD, Profile
from formcheck.report.words import VIEW_WORDS
from formcheck.reps import PARTIAL_SHARE
from formcheck.results import Severity, ViewLabel
from formcheck.rules import HOLD_SHARE, MISSING, rules_for, speaks_from, target_limit, view_need

DEGREES, IN_PICTURE = "degrees", "degrees in the picture"
_LEG, _SHANK, _TRUNK, _THIGH = "leg lengths", "shank lengths", "trunk lengths", "thigh lengths"


class Look(NamedTuple):
    """What a rule looks at, and what its numbers count."""

    what: str
    unit: str


_PICTURE = "in the picture, on which this limit was set; the range used is the body's own angle and differs"
"""Which of the angles of a joint a rule looks at, where it is not the stated one, and why."""
_HIP_BEND = Look(f"hip bend (trunk-thigh) {_PICTURE}", IN_PICTURE)
_KNEE_BEND = Look(f"knee bend {_PICTURE}", IN_PICTURE)
_KNEES_APART = "distance between the knees, as a share of that between the ankles"
_WAY_DOWN = Look("time of the way down", "s")
_HELD = Look("time held at the end position", "s")

LOOKS: Mapping[tuple[str, str, str], Look] = MappingProxyType(
    {
        ("knee_valgus", "knee_separation_ratio", "ratio"): Look(
            "distance between the knees, as a share of that between the ankles",
            "of the knees' distance in standing",
        ),
        ("knee_valgus", "knee_medial_displacement", "ratio"): Look(
            "how far either knee lies inside the line from hip to ankle, from standing", _SHANK
        ),
        ("forward_lean", "trunk_inclination", "deg"): Look("lean of the trunk from the vertical", DEGREES),
        ("heel_lift", "foot_pitch", "deg"): Look("tilt of the foot, heel up, from standing", DEGREES),
        ("shallow_depth", "peak", "deg"): Look("knee bend at the deepest point", "degrees of knee bend"),
        ("shallow_depth", "peak", "ratio"): Look("how far the hips come down", _LEG),
        ("too_deep", "hip_flexion", "deg"): _HIP_BEND,
        ("too_deep", "knee_flexion", "deg"): _KNEE_BEND,
        ("weight_shift", "hip_shift", "ratio"): Look(
            "how far the hips move sideways over the feet, from standing", "ankle distances"
        ),
        ("lateral_lean", "trunk_lateral_lean", "deg"): Look(
            "lean of the trunk to either side, from standing", DEGREES
        ),
        ("stance_width", "stance_ratio", "ratio"): Look(
            "distance between the ankles, standing, before the repetition", "shoulder widths"
        ),
        ("fast_descent", "outbound_time", "s"): _WAY_DOWN,
        ("loss_of_balance", "ankles_apart_x", "ratio"): Look("how far a foot moves against the other", _LEG),
        ("loss_of_balance", "ankles_apart_y", "ratio"): Look("how far a foot moves against the other", _LEG),
        ("incomplete_extension", "peak", "deg"): Look(
            "hip bend (trunk-thigh) remaining at the top", "degrees of hip bend"
        ),
        ("lumbar_overextension", "hip_flexion", "deg"): Look(
            "hip past the straight line from shoulder to knee, corrected by what is read at rest, "
            f"{_PICTURE}",
            IN_PICTURE,
        ),
        ("hips_drop", "hip_flexion", "deg"): Look(
            "how far the hips sink from their highest while held nearly still", IN_PICTURE
        ),
        ("feet_far", "knee_flexion", "deg"): Look(f"knee bend at the top {_PICTURE}", IN_PICTURE),
        ("neck_lift", "head_over_feet", "ratio"): Look("how far the head lifts from where it lay", _TRUNK),
        ("short_hold", "hold_time", "s"): _HELD,
        ("pushing_through_toes", "foot_pitch", "deg"): Look("tilt of the foot, heel up, from rest", DEGREES),
        ("fast_lowering", "return_time", "s"): _WAY_DOWN,
        ("knees_in", "knee_separation_ratio", "ratio"): Look(
            "distance between the knees, as a share of that between the ankles",
            "of the knees' distance at rest",
        ),
        ("pelvic_drop", "pelvic_obliquity", "deg"): Look("tilt of the hip line, from rest", DEGREES),
        ("pelvis_rollback", "trunk_roll", "deg"): Look("how far the trunk rolls back, from rest", DEGREES),
        ("feet_apart", "feet_gap", "ratio"): Look("how far the feet part, from rest", _SHANK),
        ("low_opening", "peak", "ratio"): Look("rise of the upper knee", _THIGH),
        ("momentum", "duration", "s"): Look("time of the whole repetition", "s"),
        ("momentum", "return_time", "s"): Look("time of the way back", "s"),
        ("head_lifted", "head_height", "ratio"): Look("how far the head lifts from where it lay", _TRUNK),
        ("lean_back", "trunk_inclination", "deg"): Look("lean of the trunk backward, from rest", DEGREES),
        ("slump", "trunk_length", "ratio"): Look(
            "length of the trunk in the picture", "of the length at rest"
        ),
        ("lateral_sway", "trunk_lateral_lean", "deg"): Look(
            "lean of the trunk to either side, from rest", DEGREES
        ),
        ("low_lift", "range", "deg"): Look("lift of the thigh from rest", DEGREES),
        ("low_lift", "range", "ratio"): Look("rise of the knee from rest", _SHANK),
        ("too_high", "hip_flexion", "deg"): _HIP_BEND,
        ("fast_drop", "return_time", "s"): _WAY_DOWN,
        ("rushing", "lift_rate", "per_min"): Look("pace, both legs together", "lifts a minute"),
        ("missed_alternation", "same_leg_lifts", "lifts"): Look("lifts of the same leg in a row", "in a row"),
        ("range_limit", "hip_flexion", "deg"): _HIP_BEND,
        ("range_limit", "knee_flexion", "deg"): _KNEE_BEND,
        ("range_limit", "hip_extension", "deg"): Look(
            f"hip past the straight line (trunk-thigh) {_PICTURE}", IN_PICTURE
        ),
        ("range_limit", "clamshell_rise", "ratio"): Look("rise of the upper knee", _THIGH),
        ("range_limit", "thigh_elevation", "deg"): Look("lift of the thigh from rest", DEGREES),
    }
)
"""By code, measure and unit of a rule."""

UNIT_WORDS: Mapping[str, str] = MappingProxyType(
    {"deg": DEGREES, "s": "s", "per_min": "a minute", "lifts": "lifts", "ratio": ""}
)

RISES: Mapping[str, str] = MappingProxyType(
    {
        "knee_bend": "the knee has bent by {:.3g} degrees",
        "knee_flexion_3d": "the knee has bent by {:.3g} degrees",
        "hip_drop_2d": "the hips have come down by {:g} leg lengths",
        "hip_height": "the hips have risen by {:g} trunk lengths",
        "knee_gap": "the upper knee has risen by {:g} thigh lengths",
        "knee_rise": "the knee has risen by {:g} shank lengths",
        "knee_lead": "the knee has risen by {:g} shank lengths",
    }
)
"""By measure that is counted from: how far a repetition has gone."""

TARGETS: Mapping[str, str] = MappingProxyType(
    {
        "squat": "knee bend of {:.3g} degrees",
        "bridge": "at most {:g} degrees of hip bend remaining",
        "clamshell": "rise of {:g} thigh lengths",
        "seated_march": "lift of {:.3g} degrees",
    }
)
"""By exercise: the target of a profile."""

PLAIN_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "no rest posture yet": "the start position was never held still",
        "told over 6 lifts": "needs 6 lifts or more",
        "whether the shoulders rolled cannot be seen from here": "cannot be seen from here",
    }
)
"""Reasons of the analysis as a therapist would put them, where they read otherwise."""

_HEAD = re.compile(r"^clinical (?:\d\.\d|corrections)(?P<judged> \[D\])?(?P<after>[:;])? ?")
_DEGREES = re.compile(r"\bdeg\b")
_ORIGIN = re.compile(r"^product definition: ")


def look_of(rule: FaultRule) -> Look:
    """Return what a rule looks at, in words."""
    fallback = Look(rule.measure.replace("_", " "), UNIT_WORDS.get(rule.unit, rule.unit))
    return LOOKS.get((rule.code, rule.measure, rule.unit), fallback)


def shown_value(rule: FaultRule, value: float) -> float:
    """Return a value or limit of a rule as people read it: how far, not in which sign."""
    return -value if _turned(rule) else value


def speaks_above(rule: FaultRule) -> bool:
    """Return whether more of what `shown_value` shows is beyond a limit; else less."""
    return rule.above or _turned(rule)


def _turned(rule: FaultRule) -> bool:
    return rule.against is Against.REST and not rule.above


def views_text(views: Iterable[ViewLabel]) -> str:
    """Return camera positions in words: "from the front or from behind"."""
    *others, last = [VIEW_WORDS[view] for view in views]
    return f"{', '.join(others)} or {last}" if others else last


def started_text(exercise: Exercise, views: Sequence[ViewLabel], rise: float) -> str:
    """Return how far a repetition has gone, in words, where it is counted from one of these views."""
    channel = next((one for one in exercise.channels if set(one.views) & set(views)), None)
    if channel is None or channel.measure not in RISES:
        return ""
    scale = next((one.scale for one in exercise.reported if one.measure == channel.measure), 1.0)
    return RISES[channel.measure].format(rise * scale)


def counting_lines(exercise: Exercise) -> list[str]:
    """Return what makes a complete repetition, by camera position."""
    views: dict[str, list[ViewLabel]] = {}
    for channel in exercise.channels:
        begun = started_text(exercise, channel.views, channel.cycle.min_excursion)
        said = f"once {begun} and come back, in {channel.cycle.min_time_s:g} s or more"
        views.setdefault(said, []).extend(channel.views)
    return [
        *(f"{views_text(seen)}: {said}" for said, seen in views.items()),
        f"from {_percent(PARTIAL_SHARE)} of that way on it is a partial one",
    ]


def source_text(rule: FaultRule) -> str:
    """Return where a rule's limits come from, with its tags."""
    text = _DEGREES.sub("degrees", _ORIGIN.sub("", rule.evidence.replace("`", "")))
    return _HEAD.sub(
        lambda head: f"judgement [D]{head['after'] or ''} " if head["judged"] else "", text
    ).strip()


def reason_text(reason: str) -> str:
    """Return why a check could not be judged, fit to stand before a colon."""
    said = PLAIN_REASONS.get(reason, reason)
    said = said.replace("pictures a second", "frames a second")
    return _DEGREES.sub("degrees", said).replace(": ", ", ")


def limit_texts(exercise: Exercise, rule: FaultRule, profile: Profile = STANDARD) -> list[str]:
    """Return each limit of a rule in words, the mildest first: "correct: more than 58 degrees".

    Parameters
    ----------
    exercise : Exercise
    rule : FaultRule
        Of the exercise's table, or of `formcheck.rules.rules_for` with the limits of a profile.
    profile : Profile
        Where the target comes from.
    """
    if rule.from_plan is FromPlan.TARGET:
        return [_target_text(exercise, rule, profile)]
    if not rule.limits and rule.from_plan is not None:
        return [_unset_text(rule)]
    granted = (
        f" (the plan's limit and {rule.error:g} for the camera's error)"
        if rule.from_plan and rule.error
        else ""
    )
    return [
        f"{limit.severity}: {_beyond(rule, limit.on)}{granted or _error_text(rule, level)}"
        for level, limit in enumerate(rule.limits)
    ]


def _error_text(rule: FaultRule, level: int) -> str:
    """Return how far beyond a limit a reading has to lie, where the measure's error comes on top of it."""
    apart = abs(speaks_from(rule, level) - rule.limits[level].on)
    return f" by more than the camera's error of {_digits(apart, rule.unit)}" if apart else ""


def _digits(value: float, unit: str) -> str:
    return f"{round(value, 1 if unit == 'deg' else 2):g}"


def rule_lines(exercise: Exercise, rule: FaultRule, profile: Profile = STANDARD) -> list[str]:
    """Return one rule in words, three lines: what from where, its limits, its source.

    Parameters as of `limit_texts`.
    """
    look = look_of(rule)
    squarely = f", turned away by at most {rule.max_off_deg:g} degrees" if rule.max_off_deg < 90.0 else ""
    begun = started_text(exercise, rule.views, rule.min_rise) if rule.min_rise else ""
    seen = f"{views_text(rule.views)}{squarely}: {look.what}{f', once {begun}' if begun else ''}"
    limits = "; ".join([*limit_texts(exercise, rule, profile), *_conditions(rule)])
    return [seen[0].upper() + seen[1:], limits, f"source: {source_text(rule)}"]


def check_lines(exercise: Exercise, code: str, profile: Profile = STANDARD) -> list[str]:
    """Return everything there is to say about one form check of an exercise; deeper lines are indented.

    Parameters
    ----------
    exercise : Exercise
    code : str
        One of its codes.
    profile : Profile
        Whose limits apply.
    """
    unseen = dict(exercise.unseen)
    if code in unseen:
        return [f"Not judged: {reason_text(unseen[code])}"]
    rows, blocked = rules_for(exercise, profile.plans[exercise.name])
    told = [row for row in rows if row.code == code]
    whole = told or [row for row in exercise.rules if row.code == code]
    lines = list(_blocks(rule_lines(exercise, rule, profile) for rule in whole))
    lines += [
        f"Not judged yet: {need}, from where no repetitions are counted"
        for need in _uncounted(exercise, whole)
    ]
    reasons = dict.fromkeys(one.reason for one in blocked if one.code == code) if not told else ()
    return lines + [
        f"Not judged with the profile {profile.name}: {reason_text(reason)}" for reason in reasons
    ]


def _blocks(blocks: Iterable[list[str]]) -> Iterator[str]:
    """Yield the lines of several rules, limits and sources indented; what repeats is told once."""
    seen_before = source = ""
    limits_before: list[str] = []
    for seen, limits, own_source in blocks:
        if source and own_source != source:
            yield f"  {source}"
        if seen != seen_before:
            yield seen
            limits_before = []
        if limits not in limits_before:
            yield f"  {limits}"
        seen_before, source = seen, own_source
        limits_before.append(limits)
    if source:
        yield f"  {source}"


def _uncounted(exercise: Exercise, rows: Sequence[FaultRule]) -> list[str]:
    """Return which views rules need from where the exercise is not counted."""
    counted = {view for channel in exercise.channels for view in channel.views}
    return list(dict.fromkeys(view_need(row) for row in rows if not counted & set(row.views)))


def _conditions(rule: FaultRule) -> Iterator[str]:
    if rule.when == "held" and rule.min_duration_s:
        yield f"for at least {rule.min_duration_s:g} s"
    if rule.min_rate_hz:
        yield f"needs {rule.min_rate_hz:g} frames a second"
    if rule.widest < math.inf:
        yield f"only where the angle is known to within {rule.widest:g} degrees"


def _percent(share: float) -> str:
    return f"{100 * share:g} %"


def _beyond(rule: FaultRule, limit: float) -> str:
    more = "more" if speaks_above(rule) else "less"
    return f"{more} than {shown_value(rule, limit):g} {look_of(rule).unit}".rstrip()


def _target_text(exercise: Exercise, rule: FaultRule, profile: Profile) -> str:
    share: Limit = rule.limits[0]
    unit = UNIT_WORDS.get(rule.unit) or look_of(rule).unit
    way = "way from rest to the target" if rule.from_rest else "target"
    text = f"{share.severity}: short of {_percent(share.on)} of the {way} by more than {rule.error:g} {unit}"
    if profile.own_target:
        return text
    target = profile.plans[exercise.name].target
    aimed = f"{text} (profile {profile.name}: {TARGETS[exercise.name].format(target)}"
    if rule.from_rest:
        return f"{aimed})"
    return f"{aimed}, so {_beyond(rule, round(target_limit(rule, target, 0.0), 2))})"


def _unset_text(rule: FaultRule) -> str:
    beyond = f" by more than {rule.error:g} {look_of(rule).unit}" if rule.error else ""
    match rule.from_plan:
        case FromPlan.CEILING:
            return (
                f"{Severity.STOP}: past the ceiling of the plan{beyond}; at the ceiling itself one calm cue"
            )
        case FromPlan.COMFORT_CAP:
            return f"{Severity.IMPROVE}: past the comfort cap of the plan{beyond}"
        case FromPlan.HOLD:
            return f"{Severity.IMPROVE}: shorter than {_percent(HOLD_SHARE)} of the prescribed hold"
    return MISSING.get(rule.from_plan, "") if rule.from_plan else ""
