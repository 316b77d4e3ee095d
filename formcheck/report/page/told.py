"""What the page says about one part, in a therapist's words: plain sentences made of numbers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean, stdev
from types import MappingProxyType
from typing import NamedTuple

from formcheck import atlas
from formcheck.atlas import FROM_REST
from formcheck.exercises import EXERCISES
from formcheck.exercises.spec import FaultRule
from formcheck.report.exercise_text import EXERCISE_TEXTS, UNKNOWN_TITLE, title_of
from formcheck.report.form_text import gravity, numbers, rule_of
from formcheck.report.page.parts import Found, Part
from formcheck.report.rule_text import (
    UNIT_WORDS,
    check_lines,
    limit_texts,
    look_of,
    reason_text,
    shown_value,
    speaks_above,
)
from formcheck.report.words import CHECK_WORDS, FOUND_WORDS, SEVERITY_WORDS, VIEW_WORDS
from formcheck.results import FaultCheck, Rep, Severity, Verdict, ViewLabel
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


class Number(NamedTuple):
    """One of the numbers at the top."""

    label: str
    value: str
    note: str


class Finding(NamedTuple):
    """One check that spoke in one repetition, in words."""

    rep: Rep
    check: FaultCheck
    when_s: float
    value: str
    limit: str
    error: str


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
        said += f", turned {off:.0f}° from {FACING[view.label]}"
    return said


def _off_deg(label: ViewLabel, yaw_deg: float | None) -> float | None:
    if yaw_deg is None:
        return None
    return abs(yaw_deg) if label is ViewLabel.SIDE else abs(90.0 - abs(yaw_deg))


def judged(part: Part) -> str:
    """Return what could be judged from there."""
    if part.exercise not in EXERCISES:
        return "Nothing was counted or judged"
    totals = part.totals()
    if not part.reps:
        return "No repetition was found, so nothing could be judged"
    seen = sum(bool(one.present or one.absent) for one in totals.values())
    said = f"{seen} of {len(totals)} checks could be judged from here"
    view = part.summary.view
    if not view.assessable and view.reason:
        said += f" ({view.reason})"
    return said


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
    complete, partial = len(part.complete), len(part.reps) - len(part.complete)
    counts = part.summary.reps if part.whole else None
    apart = (
        f"left {counts.left or 0}, right {counts.right or 0}"
        if counts and (counts.left is not None or counts.right is not None)
        else ""
    )
    yield Number("Complete repetitions", str(complete), apart)
    yield Number("Partial", str(partial), "")
    verdicts = Counter(rep.verdict for rep in part.complete)
    unjudged = verdicts[Verdict.NOT_ASSESSED]
    yield Number(
        "With something to correct",
        str(verdicts[Verdict.FAULTY]),
        f"{verdicts[Verdict.GOOD]} good" + (f", {unjudged} without a verdict" if unjudged else ""),
    )
    yield from _ranges(part)
    yield from _pace(part)


def _ranges(part: Part) -> Iterator[Number]:
    if part.whole:
        for name, sides in part.summary.range_of_motion.items():
            words = RANGE_WORDS.get(name, (name.replace("_", " "), "degrees"))[0]
            for side, band in (("left", sides.left), ("right", sides.right)):
                if band is not None:
                    error = ERROR_UNKNOWN if band.error_deg is None else f"± {band.error_deg:.0f}°"
                    span = f"{_minus(band.min_deg, 0)}° to {_minus(band.max_deg, 0)}°"
                    yield Number(f"Range used: {words}, {side}", span, error)
    sized = [rep for rep in part.complete if rep.range is not None]
    if sized and sized[0].signal_unit != "deg":
        what, unit = range_words(part)
        mean, spread = _mean_sd([rep.range for rep in sized if rep.range is not None])
        yield Number(f"Range used: {what}", f"{mean:.2f}{spread}", f"{unit}, mean ± SD; {each_error(sized)}")


def each_error(reps: Sequence[Rep]) -> str:
    """Return how far off the number of each repetition may be, in words."""
    errors = [rep.error for rep in reps if rep.error is not None]
    if not errors:
        return ERROR_UNKNOWN
    digits = 0 if reps[0].signal_unit == "deg" else 2
    return f"each ± {max(errors):.{digits}f}"


def _pace(part: Part) -> Iterator[Number]:
    times = [rep.end_s - rep.start_s for rep in part.complete]
    if times:
        mean, spread = _mean_sd(times, 1)
        out, hold, back = (
            fmean(getattr(rep, f"{way}_s") for rep in part.complete) for way in ("outbound", "hold", "return")
        )
        yield Number(
            "Time per repetition",
            f"{mean:.1f}{spread} s",
            f"out {out:.1f}, hold {hold:.1f}, back {back:.1f} s",
        )


def range_words(part: Part) -> tuple[str, str]:
    """Return what the range of a part's repetitions is of, and its unit in words."""
    if not part.reps:
        return "", ""
    if part.exercise == "clamshell":
        return CLAMSHELL_RISE
    rep = part.reps[0]
    return RANGE_WORDS.get(rep.signal, (rep.signal.replace("_", " "), UNIT_WORDS.get(rep.signal_unit, "")))


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
    """Return the two or three things that matter, a sentence each."""
    if part.exercise not in EXERCISES:
        return [f"{UNKNOWN_TITLE}. If you know it, name it with --exercise and review the recording again."]
    if not part.reps:
        return ["No repetition was found in this recording."]
    said = [_found(part, code, found) for code, found in part.found().items() if gravest(found) != "log"]
    trend = trend_text(part)
    further = [line for line in (trend.text if trend.notable else "", _blind(part)) if line]
    said = (said or [_nothing(part)])[: MOST_FINDINGS - trend.notable]
    return [*said, *further][:MOST_FINDINGS]


def _nothing(part: Part) -> str:
    """Return that nothing was found, and in what."""
    clear = [code for code, one in part.totals().items() if one.absent and not one.present]
    if not clear:
        return "Form could not be judged in this recording; the reasons are below."
    return f"Nothing found in the {_counted(len(clear), 'check')} that could be judged: {_listed(clear)}."


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _found(part: Part, code: str, found: Found) -> str:
    one = part.totals()[code]
    seen = one.present + one.absent
    of = f"{seen} judged repetitions" if one.not_assessed else f"{seen} repetitions"
    if seen == 1:
        of = of.removesuffix("s")
    worst = max(found, key=lambda pair: _beyond(pair[1]))
    finding = in_words(part, *worst)
    most = "most in" if len(found) > 1 else "in"
    value = f", {most} repetition {worst[0].index}: {finding.value}" if finding.value else ""
    limit = f" (limit {finding.limit})" if finding.value and finding.limit else ""
    return f"{found_words(code)} in {one.present} of {of}{value}{limit}. {_weight(found)}."


def _weight(found: Found) -> str:
    words = SEVERITY_WORDS[gravest(found)]
    return words[:1].upper() + words[1:]


def _beyond(check: FaultCheck) -> tuple[int, float]:
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
    number = numbers(value, limit, check.unit).replace("-", "\N{MINUS SIGN}")
    digits = 1 if check.unit == "deg" else 2
    way = ""
    if rule is not None:
        way = "more than " if speaks_above(rule) else "less than "
    return Finding(
        rep,
        check,
        when_s,
        f"{number} {unit}".rstrip(),
        f"{way}{round(limit, digits):g}".replace("-", "\N{MINUS SIGN}"),
        _error(part, rep, rule, check),
    )


def _error(part: Part, rep: Rep, rule: FaultRule | None, check: FaultCheck) -> str:
    """Return how far off the number of a finding may be: in nine cases of ten it is nearer."""
    if rule is None:
        return ERROR_UNKNOWN
    unit = UNIT_WORDS.get(check.unit or "", "") or look_of(rule).unit
    half = rep.error if rule.measure in ("peak", "range") else None
    if half is None and part.table is not None:
        from_rest = FROM_REST if rule.needs_rest else ""
        known = atlas.load().band(
            rule.measure + from_rest, part.table.name, part.summary.view.label, joints="believed"
        )
        half = None if known is None else known.half
    left = f"; the limit leaves {rule.error:g} {unit} for it" if rule.error and rule.from_plan else ""
    if half is None:
        return ERROR_UNKNOWN + left
    digits = 0 if check.unit == "deg" else 2
    return f"± {half:.{digits}f} {unit}{left}"


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


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(CHECK_WORDS.get(code, code) for code in codes))


def _blind(part: Part) -> str:
    """Return what another camera position would show, as one sentence."""
    wanted = [
        code
        for code, one in part.totals().items()
        if not (one.present or one.absent) and (one.reason or "").startswith("needs a")
    ]
    return f"Not to be seen from here: {_listed(wanted)}." if wanted else ""


# Over the set


class Trend(NamedTuple):
    """How the set went on."""

    text: str
    notable: bool


def trend_text(part: Part) -> Trend:
    """Return how range and time changed from the first to the last third of the repetitions."""
    reps = part.complete
    if len(reps) < TREND_REPS:
        return Trend(f"Fewer than {TREND_REPS} complete repetitions: nothing is said about tiring.", False)
    third = len(reps) // 3
    said, notable = [], False
    for words, values in (
        ("range", [rep.range for rep in reps]),
        (TIME, [rep.end_s - rep.start_s for rep in reps]),
        ("peak speed", [rep.peak_velocity for rep in reps]),
    ):
        first = [value for value in values[:third] if value is not None]
        last = [value for value in values[-third:] if value is not None]
        if min(len(first), len(last)) < 2 or not fmean(first):
            continue
        change = fmean(last) / fmean(first) - 1.0
        notable = notable or (words == "range" and change <= -LESS_RANGE)
        notable = notable or (words == TIME and abs(change) >= OTHER_PACE)
        said.append(f"{words} {change:+.0%}".replace("-", "\N{MINUS SIGN}"))
    if not said:
        return Trend("Too few repetitions could be measured to say anything about tiring.", False)
    text = f"From the first to the last third of the repetitions: {', '.join(said)}."
    return Trend(text, notable)


def consistency_text(part: Part) -> str:
    """Return how alike the repetitions were."""
    said = []
    ranges = [rep.range for rep in part.complete if rep.range is not None]
    times = [rep.end_s - rep.start_s for rep in part.complete]
    if len(ranges) > 1:
        what, unit = range_words(part)
        digits = 0 if part.reps[0].signal_unit == "deg" else 2
        mean, spread = _mean_sd(ranges, digits)
        said.append(f"{what} {mean:.{digits}f}{spread} {unit} ({each_error(part.complete)})")
    if len(times) > 1:
        mean, spread = _mean_sd(times, 1)
        said.append(f"time per repetition {mean:.1f}{spread} s")
    return f"Mean ± SD: {'; '.join(said)}." if said else ""


def symmetry_text(part: Part) -> str:
    """Return how left and right compare, or why they are not compared; empty where both legs work as one."""
    sides = {rep.side for rep in part.reps}
    if None in sides or not sides:
        return ""
    if len(sides) < 2:
        return ""
    if part.summary.view.label not in (ViewLabel.FRONT, ViewLabel.BACK):
        view = VIEW_WORDS[part.summary.view.label]
        return f"Left and right are not compared: {view} one leg is nearer to the camera than the other."
    means = {}
    for side in ("left", "right"):
        ranges = [rep.range for rep in part.complete if rep.side == side and rep.range is not None]
        if len(ranges) < 2:
            return f"Left and right are not compared: too few lifts of the {side} leg could be measured."
        means[side] = fmean(ranges)
    unit = range_words(part)[1]
    difference = abs(means["left"] - means["right"]) / max(means.values())
    size = (
        f"a difference of {difference:.0%}"
        if difference > SYMMETRY_SHARE
        else f"within the {SYMMETRY_SHARE:.0%} that are not named a difference"
    )
    return f"Left {means['left']:.2f}, right {means['right']:.2f} {unit} (means): {size}."


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
        return f"nothing set in the plan ({reason})"
    return reason_text(reason) if reason else "no reason given"


def cannot_tell(part: Part) -> Iterator[str]:
    """Yield what this recording cannot tell."""
    words = EXERCISE_TEXTS.get(part.exercise)
    if words is not None:
        yield f"Never seen by one camera: {words.not_seen[:1].lower()}{words.not_seen[1:]}"
    yield (
        "Ranges are those used in this exercise between landmarks on the picture (trunk-thigh for the hip), "
        "not the joint's range of motion."
    )
    quality = part.summary.quality
    if quality.valid_fraction < 0.995:
        yield f"The exercise could be measured in {quality.valid_fraction:.0%} of the pictures."


def film_better(part: Part) -> Iterator[str]:
    """Yield how to film it better next time."""
    off = _off_deg(part.summary.view.label, part.summary.view.yaw_deg)
    if off is not None and off > 15.0 and part.summary.view.label in FACING:
        yield f"Stand squarer to the camera: this was {off:.0f}° off {FACING[part.summary.view.label]}."
    for reason, codes in not_judged(part):
        if reason.startswith(("needs a ", "cannot be seen from here; ")) and "in plain sight" not in reason:
            need = reason.removeprefix("needs ").removeprefix("cannot be seen from here; ")
            yield f"For {_listed(codes)}: {need}."
    words = EXERCISE_TEXTS.get(part.exercise)
    if words is not None:
        yield from words.camera
