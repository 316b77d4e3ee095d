"""What the page says about one part, in a therapist's words: plain sentences made of numbers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from statistics import fmean, stdev
from types import MappingProxyType
from typing import NamedTuple

from formcheck import atlas
from formcheck.atlas import FROM_REST
from formcheck.exercises import EXERCISES
from formcheck.exercises.spec import FaultRule
from formcheck.pose.skeleton import Side
from formcheck.ranges import smallest_detectable_deg
from formcheck.report.decisions import Decision
from formcheck.report.exercise_text import EXERCISE_TEXTS, UNKNOWN_TITLE, title_of
from formcheck.report.form_text import Level, extreme, gravity, limit_number, numbers, rule_of
from formcheck.report.page.parts import Found, Part
from formcheck.report.page.traces import target_of, traces
from formcheck.report.rule_text import (
    TARGETS,
    UNIT_WORDS,
    check_lines,
    limit_texts,
    look_of,
    reason_text,
    shown_value,
    speaks_above,
)
from formcheck.report.text import exercise_known
from formcheck.report.words import CHECK_WORDS, FOUND_WORDS, SEVERITY_WORDS, VIEW_WORDS
from formcheck.results import (
    FaultCheck,
    FaultTotals,
    FaultVerdict,
    JointRange,
    NotCounted,
    Rep,
    Severity,
    Sides,
    ViewLabel,
)
from formcheck.rules import MISSING, SEVERITIES, rules_for

MOST_FINDINGS = 3
ERROR_UNKNOWN = "error not yet known"
TREND_REPS = 6
"""Fewer repetitions tell nothing about tiring."""
LESS_RANGE, OTHER_PACE = 0.10, 0.20
"""Changes from the first to the last third that are worth a sentence; judgement [D]."""
TIME = "time per repetition"
SYMMETRY_SHARE = 0.15
"""Clinical 3.5: differences between the sides below this are not named."""

RANGE_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "knee_flexion": ("knee bend", "degrees"),
        "hip_flexion": ("hip bend (trunk-thigh)", "degrees"),
        "clamshell_opening": ("opening of the knees", "degrees"),
        "thigh_elevation": ("lift of the thigh", "degrees"),
        "hip_drop": ("how far the hips came down", "leg lengths"),
        "hip_height": ("rise of the hips", "trunk lengths"),
        "knee_rise": ("rise of the knee", "shank lengths"),
    }
)
"""What a repetition's range is of, and its unit."""
CLAMSHELL_RISE = ("rise of the upper knee", "thigh lengths")

FACING: Mapping[ViewLabel, str] = MappingProxyType(
    {
        ViewLabel.SIDE: "a true side view",
        ViewLabel.FRONT: "a true front view",
        ViewLabel.BACK: "a true view from behind",
    }
)


class Peak(NamedTuple):
    """Which joint's end position says most about an exercise.

    ``most``: the largest angle, else the smallest one (a bridge ends straight).
    """

    joint: str
    most: bool
    label: str


PEAKS: Mapping[str, tuple[Peak, ...]] = MappingProxyType(
    {
        "squat": (
            Peak("knee_flexion", True, "Deepest knee bend"),
            Peak("hip_flexion", True, "hip bend (trunk-thigh)"),
        ),
        "bridge": (Peak("hip_flexion", False, "Hip at the top (0° is straight)"),),
        "clamshell": (Peak("clamshell_opening", True, "Widest opening of the knees"),),
        "seated_march": (Peak("hip_flexion", True, "Largest hip bend (trunk-thigh)"),),
    }
)
"""By exercise, the first one measurable is shown large, the others beside it."""


class Number(NamedTuple):
    """One of the numbers at the top."""

    key: str
    label: str
    value: str
    note: str


class Finding(NamedTuple):
    """One check that spoke in one repetition, in words; ``most`` stands before the furthest of several."""

    rep: Rep
    check: FaultCheck
    when_s: float
    value: str
    limit: str
    error: str
    most: str = ""


def heading(part: Part) -> str:
    """Return the name of what is shown: "Clamshell, left"."""
    title = title_of(part.exercise)
    return f"{title}, {part.side}" if part.side else title


def filmed(part: Part) -> str:
    """Return from where it was filmed and how squarely."""
    view, near = part.summary.view, part.summary.camera_side
    said = f"filmed {VIEW_WORDS[view.label]}"
    if near:
        said += f", {near} side to the camera"
    off = _off_deg(view.label, view.yaw_deg)
    if off is not None and view.label in FACING:
        said += f", about {off:.0f}° off {FACING[view.label]}"
    return said


def recorded(part: Part) -> str:
    """Return when it was recorded, in words, as far as the file says."""
    when = part.summary.source.recorded_at
    if not when:
        return "date of recording not in the file"
    try:
        at = datetime.fromisoformat(when)
    except ValueError:
        return f"recorded {when}"
    time = f", {at:%H:%M}" if len(when) > 10 else ""
    return f"recorded on {at.day} {at:%B %Y}{time}"


def planned(part: Part) -> str:
    """Return which plan judged, with its target."""
    name = part.profile.name
    if part.profile.own_target:
        return f"plan: {name} (target: 90% of the first repetitions)"
    plan = part.profile.plans.get(part.exercise)
    target = TARGETS.get(part.exercise)
    if plan is None or target is None:
        return f"plan: {name}"
    return f"plan: {name} (target: {target.format(plan.target)})"


def known(part: Part) -> str:
    """Return where the name of the exercise comes from."""
    return f"exercise {exercise_known(part.summary)}"


def _off_deg(label: ViewLabel, yaw_deg: float | None) -> float | None:
    if yaw_deg is None:
        return None
    return abs(yaw_deg) if label is ViewLabel.SIDE else abs(90.0 - abs(yaw_deg))


def judged(part: Part) -> str:
    """Return what could not be judged at all, and why; empty where something was."""
    if part.exercise not in EXERCISES:
        return "nothing was counted or judged"
    view = part.summary.view
    why = f": {view.reason}" if not view.assessable and view.reason else ""
    if not part.reps:
        return f"no repetition was found, so nothing could be judged{why}"
    return f"this exercise cannot be judged well from here{why}" if why else ""


def found_words(code: str) -> str:
    """Return what a check found, as a sentence begins."""
    words = FOUND_WORDS.get(code, code)
    return words[:1].upper() + words[1:]


def check_words(code: str) -> str:
    """Return what a check looks at, as a sentence begins."""
    words = CHECK_WORDS.get(code, code)
    return words[:1].upper() + words[1:]


def severity_of(check: FaultCheck) -> Severity:
    """Return how much a present check matters."""
    return Severity(check.severity) if check.severity else Severity.LOG


def gravest(found: Found) -> Severity:
    """Return the weight of the gravest of several."""
    return SEVERITIES[max(0, gravity(found))]


# Numbers at the top


def key_numbers(part: Part) -> Iterator[Number]:
    """Yield the few numbers that a look at the recording begins with."""
    yield Number("count", "Complete repetitions", str(part.count), count_note(part))
    yield peak_number(part)
    yield form_number(part)
    yield unseen_number(part)


def count_note(part: Part) -> str:
    """Return what stands below the count: the software's where the therapist counts otherwise."""
    if part.count != len(part.complete):
        return f"by the therapist; {len(part.complete)} by the software"
    return software_note(part)


def software_note(part: Part) -> str:
    """Return what the software says besides the count: left and right, partial ones."""
    partial = len(part.reps) - len(part.complete)
    sides = Counter(rep.side for rep in part.complete)
    apart = (
        f"left {sides[Side.LEFT]}, right {sides[Side.RIGHT]}"
        if sides[Side.LEFT] and sides[Side.RIGHT]
        else ""
    )
    return ", ".join(said for said in (apart, f"{partial} partial" if partial else "") if said)


def form_number(part: Part) -> Number:
    """Return what form the repetitions that count had, after the therapist's decisions."""
    levels = Counter(map(part.level, part.counted))
    total = sum(levels.values())
    found = [one for one in (Level.CORRECT, Level.IMPROVE, Level.NOTED) if levels[one]]
    if not found:
        value = Level.CLEAR if levels[Level.CLEAR] else Level.UNJUDGED
        rest = [Level.UNJUDGED] if levels[Level.UNJUDGED] and value is Level.CLEAR else []
        seen = [_judged_checks(part)] if value is Level.CLEAR else []
        return Number("form", "Form", _capital(value), ", ".join([*seen, *_some(levels, rest)]))
    rest = [*found[1:], *(one for one in (Level.CLEAR, Level.UNJUDGED) if levels[one])]
    return Number("form", "Form", f"{levels[found[0]]} of {total} {found[0]}", ", ".join(_some(levels, rest)))


def _judged_checks(part: Part) -> str:
    """Return in how many checks nothing was found: fewest and most in a repetition that counts."""
    assessed = [rep.checks.assessed for rep in part.counted]
    low, high, of = min(assessed), max(assessed), max(rep.checks.of for rep in part.counted)
    return f"in {low if low == high else f'{low} to {high}'} of {of} checks"


def _some(levels: Counter[Level], which: Sequence[Level]) -> list[str]:
    return [f"{levels[one]} {'with ' if one is Level.CLEAR else ''}{one}" for one in which]


def unseen_number(part: Part) -> Number:
    """Return how many checks judged nothing, and what kept them from it."""
    totals = part.totals()
    blind = [one for one in totals.values() if not (one.present or one.absent)]
    unset = sum(one.reason in MISSING.values() for one in blind)
    view = sum(_needs_view(one) for one in blind)
    others = len(blind) - unset - view
    notes = [
        f"{count} {words}"
        for count, words in (
            (view, "need another camera position"),
            (unset, "not set in the plan"),
            (others, "for other reasons"),
        )
        if count
    ]
    note = ", ".join(notes).replace("1 need ", "1 needs ")
    return Number("unseen", "Checks not judged", f"{len(blind)} of {len(totals)}", note)


def _needs_view(one: FaultTotals) -> bool:
    return (one.reason or "").startswith(("needs a ", "cannot be seen from here")) and "in plain" not in (
        one.reason or ""
    )


def peak_number(part: Part) -> Number:
    """Return how far the movement went: the angle at its end with the band there, or "at least"."""
    shown = [(peak, _ends(part, peak)) for peak in PEAKS.get(part.exercise, ())]
    shown = [(peak, ends) for peak, ends in shown if ends]
    if shown:
        first, ends = shown[0]
        notes = [_whose(part, ends)]
        notes += [f"{peak.label} {_end_values(other, peak)}" for peak, other in shown[1:]]
        notes += dict.fromkeys(band.reason for _, band in ends if band.reason and _open(band, first))
        return Number("range", first.label, _end_values(ends, first), "; ".join(filter(None, notes)))
    sized = [rep.range for rep in part.sized if rep.complete and rep.range is not None]
    if not sized or part.signal[1] == "deg":
        return Number("range", "Range", "not measurable", no_angle_reason(part))
    what, unit = range_words(part)
    mean, spread = _mean_sd(sized)
    note = f"{unit}, mean ± SD; {each_error(part)}"
    return Number("range", _capital(what), f"{mean:.2f}{spread}", note)


Ends = list[tuple[str, JointRange]]


def _ends(part: Part, peak: Peak) -> Ends:
    """Return the ranges of a joint to show: of the leg nearer the camera, of both where neither is."""
    sides: Sides | None = part.summary.range_of_motion.get(peak.joint) if part.whole else None
    if sides is None:
        return []
    near = part.summary.camera_side
    wanted = (near.value,) if near and getattr(sides, near.value) else ("left", "right")
    return [(side, band) for side in wanted if (band := getattr(sides, side)) is not None]


def _open(band: JointRange, peak: Peak) -> bool:
    """Return whether the end was not measurable, so that the movement went at least so far."""
    return band.max_at_least if peak.most else band.min_at_least


def _at(band: JointRange, peak: Peak) -> tuple[float, float | None]:
    own = band.max_error_deg if peak.most else band.min_error_deg
    value = band.max_deg if peak.most else band.min_deg
    return value, band.error_deg if own is None else own


def _end_value(band: JointRange, peak: Peak) -> str:
    value, error = _at(band, peak)
    if _open(band, peak):
        return f"{'at least' if peak.most else 'at most'} {_minus(value, 0)}°"
    return f"{_minus(value, 0)}°" + ("" if error is None else f" ± {error:.0f}°")


def _end_values(ends: Ends, peak: Peak) -> str:
    """Return the end position of one leg or both: one value where they differ by less than their bands."""
    if len(ends) == 2 and _alike(ends, peak):
        return _end_value(_surest([band for _, band in ends], peak), peak)
    if len(ends) == 2:
        return ", ".join(f"{side} {_end_value(band, peak)}" for side, band in ends)
    return _end_value(ends[0][1], peak)


def _alike(ends: Ends, peak: Peak) -> bool:
    (one, its), (other, others) = (_at(band, peak) for _, band in ends)
    if any(_open(band, peak) for _, band in ends):
        return True
    return its is None or others is None or abs(one - other) <= smallest_detectable_deg(its, others)


def _surest(bands: Sequence[JointRange], peak: Peak) -> JointRange:
    """Return the range whose end was measured, with the smallest band."""
    return min(bands, key=lambda band: (_open(band, peak), _at(band, peak)[1] or math.inf))


def _whose(part: Part, ends: Ends) -> str:
    """Return whose number it is; of both legs, that they do not differ, where that can be said."""
    peak = PEAKS[part.exercise][0]
    if len(ends) == 2:
        if any(_open(band, peak) for _, band in ends):
            return "left and right cannot be compared"
        alike = "left and right do not differ beyond the measurement error"
        return alike if _alike(ends, peak) else ""
    side = ends[0][0]
    near = part.summary.camera_side
    return f"{side} leg{', nearer the camera' if near and near.value == side else ''}"


def no_angle_reason(part: Part) -> str:
    """Return why no angle of knee or hip is shown."""
    view = part.summary.view.label
    if view in (ViewLabel.FRONT, ViewLabel.BACK):
        return f"{VIEW_WORDS[view]} a bend points at the camera and its angle is too uncertain to show"
    return f"the angles are too uncertain {VIEW_WORDS[view]} to show"


def each_error(part: Part) -> str:
    """Return how far off the number of each complete repetition may be, in words."""
    errors = [rep.error for rep in part.sized if rep.complete and rep.error is not None]
    if not errors:
        return ERROR_UNKNOWN
    digits = 0 if part.signal[1] == "deg" else 2
    return f"each ± {max(errors):.{digits}f}"


def pace_text(part: Part) -> str:
    """Return how long a repetition took and how the time was shared out."""
    times = [rep.end_s - rep.start_s for rep in part.complete]
    if not times:
        return ""
    mean, spread = _mean_sd(times, 1)
    out, hold, back = (
        fmean(getattr(rep, f"{way}_s") for rep in part.complete) for way in ("outbound", "hold", "return")
    )
    shares = f"out {out:.1f}, held {hold:.1f}, back {back:.1f} s"
    return f"{mean:.1f}{spread} s per repetition ({shares})"


def range_words(part: Part) -> tuple[str, str]:
    """Return what the range of a part's repetitions is of, and its unit in words."""
    if not part.reps:
        return "", ""
    if part.exercise == "clamshell":
        return CLAMSHELL_RISE
    signal, unit = part.signal
    return RANGE_WORDS.get(signal, (signal.replace("_", " "), UNIT_WORDS.get(unit, "")))


def sized(value: float | None, unit: str, decimals: int | None = None) -> str:
    """Return a value of a repetition with its unit sign; a dash when it could not be measured."""
    if value is None or math.isnan(value):
        return "–"
    if unit == "deg":
        return f"{_minus(value, decimals or 0)}°"
    return _minus(value, 2 if decimals is None else decimals)


def _minus(value: float, digits: int) -> str:
    """Return a number with a true minus sign, and no negative zero."""
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "\N{MINUS SIGN}")


def _mean_sd(values: Sequence[float], digits: int = 2) -> tuple[float, str]:
    spread = f" ± {stdev(values):.{digits}f}" if len(values) > 1 else ""
    return fmean(values), spread


# Findings


def findings(part: Part) -> list[str]:
    """Return the two or three things that matter, a sentence each, as they stand after the decisions."""
    if part.exercise not in EXERCISES:
        return [f"{UNKNOWN_TITLE}. If you know it, name it with --exercise and review the recording again."]
    if not part.reps:
        if part.not_counted:
            return ["No repetition was counted. Below is what was seen, and why it does not count."]
        return ["No repetition was found in this recording."]
    trend = trend_text(part)
    said = [found_text(part, code, found) for code, found in part.standing().items()]
    said = (said or [nothing_text(part)])[: MOST_FINDINGS - trend.notable]
    return [*said, trend.text] if trend.notable else said


def nothing_text(part: Part) -> str:
    """Return that no finding stands, and what was looked at."""
    totals = part.totals()
    clear = [code for code, one in totals.items() if one.absent and not one.present]
    if not clear:
        found = any(one.present for one in totals.values())
        return "No finding stands." if found else "Form could not be judged in this recording; see below why."
    return f"Nothing found in {_counted(len(clear), 'check')}: {clear_list(part, clear)}."


def clear_list(part: Part, codes: Sequence[str]) -> str:
    """Return the checks that found nothing, with how much they could judge where that is not everything."""
    return ", ".join(dict.fromkeys(clear_name(part, code) for code in codes))


def clear_name(part: Part, code: str) -> str:
    """Return one check that found nothing."""
    one = part.totals()[code]
    judged, words = one.present + one.absent, CHECK_WORDS.get(code, code)
    return f"{words} (judged in {judged} of {judged + one.not_assessed})" if one.not_assessed else words


def rejected_text(part: Part) -> str:
    """Return what the therapist rejected, empty without."""
    said = [
        f"{FOUND_WORDS.get(code, code)} ({_in_reps([rep for rep, _ in gone])})"
        for code, found in part.found().items()
        if (gone := [pair for pair in found if part.decided.rejected(pair[0].index, code)])
    ]
    return f"Rejected by the therapist: {', '.join(said)}." if said else ""


def _in_reps(reps: Sequence[Rep]) -> str:
    numbers_ = sorted(rep.index for rep in reps)
    if len(numbers_) == 1:
        return f"repetition {numbers_[0]}"
    return f"repetitions {', '.join(map(str, numbers_[:-1]))} and {numbers_[-1]}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def judged_reps(part: Part, code: str) -> tuple[int, list[int]]:
    """Return in how many repetitions a check was judged, and the numbers of the others."""
    one = part.totals()[code]
    unjudged = [
        rep.index
        for rep in part.reps
        for check in rep.faults
        if check.code == code and check.verdict is FaultVerdict.NOT_ASSESSED
    ]
    return one.present + one.absent, unjudged


def found_text(part: Part, code: str, found: Found) -> str:
    """Return one finding as it stands: how often, the furthest value, how much it matters, who saw it."""
    judged_count, unjudged = judged_reps(part, code)
    missed = [rep for rep, _ in found if part.decided.missed(rep.index, code)]
    if len(missed) == len(found):
        return f"{found_words(code)} in {_in_reps(missed)}: seen by the therapist, not by the software."
    base = judged_count + sum(rep.index in unjudged for rep in missed)
    of = f"{base} repetition{'' if base == 1 else 's'}"
    if base < len(part.reps):
        of = f"the {of} judged"
    only = len(part.reps) == 1
    said = found_words(code) if only else f"{found_words(code)} in {len(found)} of {of}"
    measured = [pair for pair in found if pair[1].value is not None]
    if measured:
        worst = max(measured, key=lambda pair: beyond(pair[1]))
        finding = in_words(part, *worst)
        between = ": " if len(measured) == 1 else f", {finding.most}"
        where = "" if only else f" in repetition {worst[0].index}"
        said += f"{between}{finding.value}{where} ({finding.limit})"
    said += f". {_weight(found)}."
    if missed:
        said += f" {_in_reps(missed).capitalize()}: seen by the therapist only."
    confirmed = [rep for rep, _ in found if part.decided.confirmed(rep.index, code)]
    if len(confirmed) + len(missed) == len(found):
        said += " Confirmed by the therapist."
    return said


def _weight(found: Found) -> str:
    return _capital(SEVERITY_WORDS[gravest(found)])


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def beyond(check: FaultCheck) -> tuple[int, float]:
    """Return by how much a check went past its limit, to be compared."""
    if check.value is None or check.limit is None:
        return -1, 0.0
    return SEVERITIES.index(severity_of(check)), abs(check.value - check.limit)


def in_words(part: Part, rep: Rep, check: FaultCheck) -> Finding:
    """Return one check that spoke in one repetition, in words."""
    when_s = check.worst_s if check.worst_s is not None else rep.peak_s
    if check.value is None or check.limit is None:
        return Finding(rep, check, when_s, "", "", ERROR_UNKNOWN)
    rule = rule_of(part.table, check)
    value, limit, unit = check.value, check.limit, UNIT_WORDS.get(check.unit or "", check.unit or "")
    if rule is not None:
        value, limit, unit = shown_value(rule, value), shown_value(rule, limit), look_of(rule).unit
    above = speaks_above(rule) if rule is not None else check.value > check.limit
    sign = unit.partition(" of ")[0] if check.unit in ("deg", "s") else ""
    bound = with_unit(limit_number(value, limit, check.unit), sign)
    return Finding(
        rep,
        check,
        when_s,
        with_unit(numbers(value, limit, check.unit), unit),
        f"limit {bound}" if above else f"expected: at least {bound}",
        _error(part, rep, rule, check),
        extreme(above, check.unit, 2),
    )


def with_unit(number: str, unit: str) -> str:
    """Return a number with its unit: degrees as a sign, a true minus."""
    said = f"{number}{unit.replace('degrees', '°', 1) if unit.startswith('degrees') else f' {unit}'}"
    return said.rstrip().replace("-", "\N{MINUS SIGN}")


def _error(part: Part, rep: Rep, rule: FaultRule | None, check: FaultCheck) -> str:
    """Return how far off the number of a finding may be: in nine cases of ten it is nearer."""
    if rule is None:
        return ERROR_UNKNOWN
    unit = UNIT_WORDS[check.unit] if check.unit in ("deg", "s") else ""
    half = rep.error if rule.measure in ("peak", "range") else None
    if half is None and part.table is not None:
        from_rest = FROM_REST if rule.needs_rest else ""
        known = atlas.load().band(
            rule.measure + from_rest, part.table.name, part.summary.view.label, joints="believed"
        )
        half = None if known is None else known.half
    left = ""
    if rule.error and rule.from_plan:
        left = f" ({with_unit(f'{rule.error:g}', unit)} of it allowed for in the limit)"
    if half is None:
        return ERROR_UNKNOWN
    digits = 0 if check.unit == "deg" else 2
    return f"± {with_unit(f'{half:.{digits}f}', unit)}{left}"


def what_is_measured(part: Part, check: FaultCheck) -> str:
    """Return what the number of a present check counts, empty when several rules say different things."""
    rule = rule_of(part.table, check)
    return look_of(rule).what if rule is not None else ""


def rule_words(part: Part, code: str) -> list[str]:
    """Return a check's rule with limits and sources; deeper lines are indented."""
    return check_lines(part.table, code, part.profile) if part.table and code in part.table.codes else []


def limits_here(part: Part, code: str) -> list[str]:
    """Return the limits of a check that apply from this camera position, in words."""
    table, view = part.table, part.summary.view.label
    if table is None:
        return []
    rows, _ = rules_for(table, part.profile.plans[table.name])
    seen = [row for row in rows if row.code == code and view in row.views]
    return list(dict.fromkeys(said for row in seen for said in limit_texts(table, row, part.profile)))


def listed(codes: Sequence[str]) -> str:
    """Return what checks look at, in a list."""
    return ", ".join(dict.fromkeys(CHECK_WORDS.get(code, code) for code in codes))


def blind_text(part: Part) -> str:
    """Return what cannot be seen from this camera position, and from where it can; empty if nothing."""
    wanted: dict[str, list[str]] = {}
    for code, one in part.totals().items():
        if not (one.present or one.absent) and (one.reason or "").startswith("needs a "):
            wanted.setdefault(str(one.reason).removeprefix("needs "), []).append(code)
    if not wanted:
        return ""
    view = part.summary.view.label
    here = {ViewLabel.OBLIQUE: "from this angle", ViewLabel.UNKNOWN: "from here"}.get(view, VIEW_WORDS[view])
    said = "; ".join(f"{listed(codes)} (film {_from(need)})" for need, codes in wanted.items())
    return f"Not visible {here}: {said}."


def _from(need: str) -> str:
    """Return a camera position that a check needs, as one says it: "from the side"."""
    for name in ("front", "side"):
        if need == f"a {name} view":
            return f"from the {name}"
    return need.removeprefix("a view ")


def check_decided(part: Part, code: str) -> str:
    """Return what the therapist decided on a check, in few words; empty without."""
    reps = {rep.index for rep in part.reps}
    counts = Counter(
        decision
        for (rep, checked), decision in part.decided.faults.items()
        if checked == code and rep in reps
    )
    said = (
        (counts[Decision.CONFIRMED], "confirmed"),
        (counts[Decision.REJECTED], "rejected"),
        (counts[Decision.MISSED], "seen by the therapist only"),
    )
    return ", ".join(f"{count} {words}" for count, words in said if count)


def no_angles(part: Part) -> str:
    """Return why the chart shows no angle of knee or hip; empty where it shows one."""
    if part.table is None or not len(part.series.time_s):
        return ""
    if any(one["unit"] == "degrees" and "flexion" in one["measure"] for one in traces(part)):
        return ""
    return f"no knee or hip angles: {no_angle_reason(part)}"


def certainty(part: Part) -> str:
    """Return where the name of the exercise comes from, with the number behind it."""
    summary = part.summary
    if summary.exercise_source == "given":
        return "as given"
    return f"{exercise_known(summary)} ({summary.exercise_confidence:.0%}; of the name alone)"


# Over the set


class Trend(NamedTuple):
    """How the set went on."""

    text: str
    notable: bool


def trend_text(part: Part) -> Trend:
    """Return how range and time changed from the first to the last third of the repetitions."""
    reps = part.complete
    if len(reps) < TREND_REPS:
        return Trend(
            f"Fewer than {TREND_REPS} complete repetitions: too few to say anything about tiring.", False
        )
    third = len(reps) // 3
    said, notable = [], False
    for words, values in (
        ("range", [rep.range if rep in part.sized else None for rep in reps]),
        (TIME, [rep.end_s - rep.start_s for rep in reps]),
        ("peak speed", [rep.peak_velocity if rep in part.sized else None for rep in reps]),
    ):
        first = [value for value in values[:third] if value is not None]
        last = [value for value in values[-third:] if value is not None]
        if min(len(first), len(last)) < 2 or not fmean(first):
            continue
        change = fmean(last) / fmean(first) - 1.0
        if words == "range" and abs(fmean(last) - fmean(first)) <= max(
            (rep.error or 0.0 for rep in reps), default=0.0
        ):
            said.append("no change in range beyond the measurement error")
            continue
        notable = notable or (words == "range" and change <= -LESS_RANGE)
        notable = notable or (words == TIME and abs(change) >= OTHER_PACE)
        said.append(f"{words} {change:+.0%}".replace("-", "\N{MINUS SIGN}"))
    if not said:
        return Trend("Too few repetitions could be measured to say anything about tiring.", False)
    text = f"From the first third of the set to the last: {', '.join(said)}."
    return Trend(text, notable)


def consistency_text(part: Part) -> str:
    """Return how alike the repetitions were: of the numbers that stand in the plot beside it."""
    said = []
    values = [value for rep in part.complete if (value := charted(part, rep)) is not None]
    if len(values) > 1:
        what, unit = charted_words(part)
        digits = 0 if unit == "degrees" else 2
        mean, spread = _mean_sd(values, digits)
        number = with_unit(f"{mean:.{digits}f}{spread}", unit)
        said.append(f"{what} {number} ({each_error(part)})")
    pace = pace_text(part)
    if pace:
        said.append(pace)
    return f"Mean{' ± SD' if len(part.complete) > 1 else ''}: {'; '.join(said)}." if said else ""


def charted(part: Part, rep: Rep) -> float | None:
    """Return the number that is plotted of a repetition: what the target is about, else its range.

    None where it was not measurable, or is in another unit than most (the camera position changed).
    """
    if rep not in part.sized:
        return None
    target = target_of(part)
    return rep.peak if target is not None and target.of == "peak" else rep.range


def charted_words(part: Part) -> tuple[str, str]:
    """Return what `charted` is of, and its unit."""
    what, unit = range_words(part)
    if unit != "degrees":  # a rise or drop is counted from rest anyway
        return what, unit
    target = target_of(part)
    if target is not None and target.of == "peak":
        return f"{what} at the end position", unit
    return f"{what}, from rest", unit


def symmetry_text(part: Part) -> str:
    """Return how left and right compare, or why they are not compared; empty where both legs work as one.

    A difference is named only where it is larger than the error of both and than `SYMMETRY_SHARE`.
    """
    sides = {rep.side for rep in part.reps}
    if None in sides or len(sides) < 2:
        return ""
    if part.summary.view.label not in (ViewLabel.FRONT, ViewLabel.BACK):
        view = VIEW_WORDS[part.summary.view.label]
        return f"Left and right are not compared: {view} one leg is nearer to the camera than the other."
    means, errors = {}, []
    for side in ("left", "right"):
        ranges = [
            rep.range for rep in part.sized if rep.complete and rep.side == side and rep.range is not None
        ]
        if len(ranges) < 2:
            return f"Left and right are not compared: too few lifts of the {side} leg could be measured."
        means[side] = fmean(ranges)
        errors.append(
            max((rep.error for rep in part.complete if rep.side == side and rep.error), default=0.0)
        )
    least = max(SYMMETRY_SHARE * max(means.values()), smallest_detectable_deg(*errors))
    if abs(means["left"] - means["right"]) <= least:
        return "Left and right lifts: no difference beyond the measurement error."
    unit = range_words(part)[1]
    share = abs(means["left"] - means["right"]) / max(means.values())
    return (
        f"Left {means['left']:.2f}, right {means['right']:.2f} {unit} on average: a difference of "
        f"{share:.0%}, larger than the measurement error."
    )


# What the recording cannot tell


def not_judged(part: Part) -> list[tuple[str, list[str]]]:
    """Return (reason, codes) of the checks that judged nothing."""
    by_reason: dict[str, list[str]] = {}
    for code, one in part.totals().items():
        if not one.present and not one.absent:
            by_reason.setdefault(plain_reason(one.reason), []).append(code)
    return list(by_reason.items())


def plain_reason(reason: str | None) -> str:
    """Return why something was not judged."""
    if reason in MISSING.values():
        return "not set in the plan"
    return reason_text(reason) if reason else "no reason given"


def cannot_tell(part: Part) -> Iterator[str]:
    """Yield what this recording cannot tell."""
    words = EXERCISE_TEXTS.get(part.exercise)
    if words is not None:
        yield f"No single camera can see: {words.not_seen[:1].lower()}{words.not_seen[1:]}"
    yield (
        "Ranges are those used in this exercise, measured between body landmarks (trunk to thigh for the "
        "hip). They are not the joint's range of motion."
    )
    if part.summary.quality.valid_fraction < 0.995:
        yield f"The exercise could be measured in {part.summary.quality.valid_fraction:.0%} of the frames."


def film_better(part: Part) -> Iterator[str]:
    """Yield how to film it better next time."""
    off = _off_deg(part.summary.view.label, part.summary.view.yaw_deg)
    if off is not None and off > 15.0 and part.summary.view.label in FACING:
        yield f"Place the camera squarer: this was about {off:.0f}° off {FACING[part.summary.view.label]}."
    for reason, codes in not_judged(part):
        if reason.startswith(("needs a ", "cannot be seen from here; ")) and "in plain sight" not in reason:
            need = reason.removeprefix("needs ").removeprefix("cannot be seen from here; ")
            film = need if need.startswith("film") else f"film {_from(need)}"
            yield f"For {listed(codes)}: {film}."
    words = EXERCISE_TEXTS.get(part.exercise)
    if words is not None:
        yield from words.camera


# Movements that were not counted


def not_counted_text(part: Part, one: NotCounted) -> str:
    """Return how large a movement was that was not counted, and why it was not."""
    what, unit = RANGE_WORDS.get(one.signal, (one.signal.replace("_", " "), ""))
    unit = "degrees" if one.signal_unit == "deg" else unit
    side = f"{one.side} side, " if one.side else ""
    size = ""
    if one.size is not None:
        digits = 0 if one.signal_unit == "deg" else 2
        size = f"{what} of {with_unit(f'{one.size:.{digits}f}', unit)}: "
    taken = "" if one.exercise == part.exercise else f"as a {title_of(one.exercise).lower()}, "
    return f"{taken}{side}{size}{one.reason}"
