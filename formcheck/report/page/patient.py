"""The patient's sheet, one page: what was looked at, what went well, one thing to work on, next time.

It follows the therapist's decisions, praises only what was judged in most repetitions, and never reads as if
everything had been looked at.  Nothing here contains a word of `formcheck.report.words.NOT_SHOWN`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from types import MappingProxyType
from typing import NamedTuple

from formcheck.report.cues import CUES
from formcheck.report.exercise_text import DISCLAIMER, EXERCISE_TEXTS, WHEN_TO_STOP, title_of
from formcheck.report.form_text import gravity
from formcheck.report.page import told
from formcheck.report.page.html import Html, el, foreign, joined, paragraph
from formcheck.report.page.parts import Part
from formcheck.report.words import VIEW_WORDS
from formcheck.results import Severity
from formcheck.rules import MISSING, RANGE_LIMIT, SEVERITIES

STEADY_SHARE = 0.9
"""The last repetitions were at least this share as large as the first."""
STEADY_REPS = 4
MOST_PRAISED = 3
JUDGED_SHARE = 0.8
"""A check counts as looked at when it was judged in this share of the repetitions; judgement [D]."""
ENOUGH_SHARE = 0.5
"""This share of the checks that the plan asks for must have been looked at for "carry on"; judgement [D]."""
PAST_THE_LIMIT = "Go a little less far. Part of this was past the limit in your plan."
CARRY_ON = "Nothing stood out in what the camera could look at. Carry on like this."
LITTLE_SEEN = (
    "Nothing stood out in the few things the camera could look at. Ask your therapist about the rest."
)
ONLY_NOTED = "Nothing to change for now. Your therapist will go through the details with you."
NOT_TO_BE_JUDGED = "This recording does not show enough to suggest anything."
UNKNOWN_EXERCISE = "The exercise in this recording was not recognised. Ask your therapist about it."

LOOKED_AT: Mapping[str, str] = MappingProxyType(
    {
        "knee_valgus": "your knees",
        "forward_lean": "how far you lean forward",
        "heel_lift": "your heels",
        "shallow_depth": "how deep you go",
        "too_deep": "the depth in your plan",
        "weight_shift": "your weight on both feet",
        "lateral_lean": "leaning to one side",
        "stance_width": "how far apart your feet are",
        "fast_descent": "how fast you go down",
        "loss_of_balance": "your balance",
        "incomplete_extension": "how high you lift",
        "lumbar_overextension": "how straight you are at the top",
        "hips_drop": "your hips during the hold",
        "feet_far": "where your feet are",
        "neck_lift": "your head",
        "short_hold": "how long you hold",
        "pushing_through_toes": "your heels",
        "fast_lowering": "how fast you come down",
        "knees_in": "your knees",
        "pelvic_drop": "whether your pelvis stays level",
        "pelvis_rollback": "whether you roll back",
        "trunk_rollback": "your shoulders",
        "feet_apart": "your feet",
        "low_opening": "how far you open",
        "setup_hip_flexion": "how you lie at the start",
        "momentum": "your speed",
        "head_lifted": "your head",
        "lean_back": "whether you lean back",
        "slump": "how tall you sit",
        "lateral_sway": "swaying from side to side",
        "low_lift": "how high you lift",
        "too_high": "the height in your plan",
        "pelvic_hike": "whether your pelvis stays level",
        "fast_drop": "how softly you put your foot down",
        "rushing": "your pace",
        "missed_alternation": "your legs taking turns",
        "range_limit": "the limit in your plan",
    }
)
"""What a check looks at, to the person exercising."""

PRAISE: Mapping[str, str] = MappingProxyType(
    {
        "knee_valgus": "your knees stayed over your toes",
        "forward_lean": "your chest stayed up",
        "heel_lift": "your heels stayed on the floor",
        "shallow_depth": "you went as deep as your target",
        "weight_shift": "your weight was on both feet",
        "lateral_lean": "you stayed in the middle",
        "stance_width": "your feet were well placed",
        "fast_descent": "you went down slowly",
        "loss_of_balance": "your feet stood steady",
        "incomplete_extension": "you lifted as high as your target",
        "lumbar_overextension": "you did not lift past the straight line",
        "hips_drop": "your hips stayed up",
        "feet_far": "your heels were close to you",
        "neck_lift": "your head rested",
        "short_hold": "you held the end position",
        "pushing_through_toes": "your heels stayed down",
        "fast_lowering": "you came down slowly",
        "pelvis_rollback": "you did not roll back",
        "feet_apart": "your feet stayed together",
        "low_opening": "you opened as far as your target",
        "momentum": "you moved calmly",
        "head_lifted": "your head rested",
        "lean_back": "you sat without leaning back",
        "slump": "you sat tall",
        "lateral_sway": "you stayed in the middle",
        "low_lift": "you lifted as high as your target",
        "fast_drop": "you put your feet down softly",
        "rushing": "you kept a calm pace",
        "missed_alternation": "your legs took turns",
    }
)
"""What went well where a check was judged and silent."""


class Thing(NamedTuple):
    """Something to work on: what to do, and in how many of the repetitions judged it was seen."""

    code: str
    cue: str
    seen: int
    of: int


def patient_markup(parts: Sequence[Part]) -> Html:
    """Return the whole sheet for the patient."""
    written = next((part.decided.for_patient for part in parts if part.decided.for_patient), "")
    return el(
        "div",
        el("h1", "Your exercises"),
        _for_whom(parts),
        *map(_exercise, together(parts)),
        el(
            "section",
            el("h2", "From your therapist"),
            el(
                "textarea",
                paragraph(written),
                rows=3,
                class_="for-patient needs-script",
                aria_label="What you write here stands on the patient's sheet",
            ),
            el("p", paragraph(written), class_="for-patient-said on-paper"),
            class_="from-therapist" if written else "from-therapist empty",
        ),
        el("section", el("h2", "When to stop"), el("p", WHEN_TO_STOP)),
        el("p", DISCLAIMER, class_="disclaimer"),
        class_="sheet",
    )


def _for_whom(parts: Sequence[Part]) -> Html:
    """Return whose sheet it is, of which day and plan."""
    dated = [part for part in parts if part.summary.source.recorded_at]
    plans = dict.fromkeys(part.profile.name for part in parts)
    date = told.recorded(dated[-1]) if dated else joined("date: ", el("span", class_="blank"))
    name = next((part.decided.patient or part.section.patient for part in parts), "")
    return el(
        "p",
        "For ",
        el("b", foreign(name) if name else None, class_="patient-said"),
        ", ",
        date,
        f", plan: {', '.join(plans)}",
        class_="for-whom",
    )


def together(parts: Sequence[Part]) -> list[list[Part]]:
    """Return the parts of each exercise and side: views of one day together, of several days the last."""
    kinds: dict[tuple[str, str | None], list[Part]] = {}
    for part in parts:
        kinds.setdefault((part.exercise, part.side), []).append(part)
    return [_of_last_day(group) for group in kinds.values()]


def _of_last_day(group: list[Part]) -> list[Part]:
    days = [(part.summary.source.recorded_at or "")[:10] for part in group]
    return [part for part, day in zip(group, days, strict=True) if not day or day == max(days)]


def _exercise(group: Sequence[Part]) -> Html:
    first = group[0]
    title = f"{title_of(first.exercise)}{f', {first.side} side' if first.side else ''}"
    if first.table is None:
        return el("section", el("h2", title), el("p", UNKNOWN_EXERCISE), class_="done")
    count = sum(part.count for part in group)
    praise = list(went_well(group))
    standing = {code for part in group for code in part.standing()}
    shown = [place for place, (code, _) in enumerate(praise) if code not in standing][:MOST_PRAISED]
    return el(
        "section",
        el("h2", title),
        el("h3", "What was looked at"),
        *(el("p", line) for line in looked_at(group)),
        el("h3", "What went well"),
        el(
            "ul",
            el("li", *_count(count), class_="done-count"),
            *(
                el("li", line, data_code=code or None, class_="praise", hidden=place not in shown)
                for place, (code, line) in enumerate(praise)
            ),
        ),
        el("h3", "One thing to work on"),
        _work_on(group),
        el("h3", "Next time"),
        el("ul", *(el("li", line) for line in next_time(first))),
        class_="done",
        data_parts=" ".join(str(part.number) for part in group),
    )


def _count(count: int) -> tuple[str, ...]:
    if count == 0:
        return ("No full repetition was counted this time.",)
    return (
        "You did ",
        el("b", str(count), class_="own-count"),
        f" full repetition{'' if count == 1 else 's'}.",
    )


# What was looked at


def _asked(group: Sequence[Part]) -> list[str]:
    """Return the checks that the plan asks for, in order."""
    totals = [part.totals() for part in group]
    codes = dict.fromkeys(code for one in totals for code in one)
    unset = MISSING.values()
    return [code for code in codes if not all(one[code].reason in unset for one in totals if code in one)]


def seen_codes(group: Sequence[Part]) -> list[str]:
    """Return the checks that were judged in most repetitions of at least one recording."""
    return [code for code in _asked(group) if any(_judged_mostly(part, code) for part in group)]


def _judged_mostly(part: Part, code: str) -> bool:
    one = part.totals().get(code)
    if one is None:
        return False
    judged = one.present + one.absent
    return judged > 0 and judged >= JUDGED_SHARE * (judged + one.not_assessed)


def looked_at(group: Sequence[Part]) -> Iterator[str]:
    """Yield what the camera could look at in this exercise, and what not."""
    views = list(dict.fromkeys(VIEW_WORDS[part.summary.view.label] for part in group))
    seen = seen_codes(group)
    unseen = [code for code in _asked(group) if code not in seen]
    if seen:
        yield f"You were filmed {' and '.join(views)}. The camera could look at: {_named(seen)}."
    else:
        yield f"You were filmed {' and '.join(views)}. The camera could count, but not look at how you move."
    if seen and unseen:
        yield f"Not seen well enough this time: {_named(unseen)}."


def _named(codes: Sequence[str]) -> str:
    names = list(dict.fromkeys(LOOKED_AT.get(code, code.replace("_", " ")) for code in codes))
    return ", ".join(names)


def went_well(group: Sequence[Part]) -> Iterator[tuple[str, str]]:
    """Yield (code, words) of what there is to be pleased with, besides the count.

    Only of checks that were judged in most repetitions and found nothing.
    """
    if all(_steady(part) for part in group):
        yield "", "Your last repetitions went as far as your first."
    present = {code for part in group for code, one in part.totals().items() if one.present}
    for code in seen_codes(group):
        if code in PRAISE and code not in present:
            yield code, f"{PRAISE[code][:1].upper()}{PRAISE[code][1:]}."


def _steady(part: Part) -> bool:
    ranges = [rep.range for rep in part.complete if rep.range is not None]
    third = max(1, len(ranges) // 3)
    return len(ranges) >= STEADY_REPS and fmean(ranges[-third:]) >= STEADY_SHARE * fmean(ranges[:third])


# What to work on


def things(group: Sequence[Part]) -> list[Thing]:
    """Return what could be worked on, the most important first, as it stands after the decisions.

    First a limit of the plan, then what the therapist confirmed or added, then by weight and how often.
    """
    found: dict[str, list[Severity]] = {}
    endorsed: set[str] = set()
    for part in group:
        for code, pairs in part.standing().items():
            found.setdefault(code, []).extend([SEVERITIES[max(0, gravity([pair]))] for pair in pairs])
            endorsed |= {code for rep, _ in pairs if _endorsed(part, rep.index, code)}
    worth = [code for code, weights in found.items() if code in endorsed or set(weights) != {Severity.LOG}]
    worth.sort(
        key=lambda code: (
            code != RANGE_LIMIT,
            code not in endorsed,
            -max(map(SEVERITIES.index, found[code])),
            -len(found[code]),
        )
    )
    return [
        Thing(code, cue, len(found[code]), sum(_base(part, code) for part in group))
        for code in worth
        if (cue := cue_of(code))
    ]


def cue_of(code: str) -> str:
    """Return what to do about a finding, empty where there are no words for it."""
    return PAST_THE_LIMIT if code == RANGE_LIMIT else CUES.get(code, "")


def _endorsed(part: Part, rep: int, code: str) -> bool:
    return part.decided.confirmed(rep, code) or part.decided.missed(rep, code)


def _base(part: Part, code: str) -> int:
    """Return in how many repetitions a check was judged, by software or therapist."""
    if code not in part.totals():
        return 0
    judged, unjudged = told.judged_reps(part, code)
    return judged + sum(part.decided.missed(index, code) for index in unjudged)


def otherwise(group: Sequence[Part]) -> str:
    """Return what is said where nothing stands: how much was looked at decides."""
    seen, asked = seen_codes(group), _asked(group)
    if not seen:
        return NOT_TO_BE_JUDGED
    return CARRY_ON if len(seen) >= ENOUGH_SHARE * len(asked) else LITTLE_SEEN


def _work_on(group: Sequence[Part]) -> Html:
    """Return the one thing; the script chooses again when a decision changes."""
    worth = things(group)
    noted = any(part.standing() for part in group)
    nothing = otherwise(group)
    if worth:
        first = worth[0]
        said, often = first.cue, seen_in(first.seen, first.of)
    else:
        said, often = (ONLY_NOTED if noted else nothing), ""
    return el(
        "div",
        el("p", said, class_="thing"),
        el("p", often, class_="how-often", hidden=not often),
        class_="things",
        data_nothing=nothing,
        data_noted=ONLY_NOTED,
    )


def seen_in(seen: int, of: int) -> str:
    """Return how often the thing to work on was seen."""
    return f"Seen in {seen} of {of} repetitions." if of > 1 else ""


def next_time(part: Part) -> Iterator[str]:
    """Yield how to go on."""
    words = EXERCISE_TEXTS[part.exercise]
    plan = part.profile.plans[part.exercise]
    if plan.repetitions is not None:
        sets = f"{plan.sets} sets of " if plan.sets and plan.sets > 1 else ""
        yield f"{sets}{plan.repetitions} repetitions, as in your plan."
    else:
        yield words.dose
    if plan.hold_s:
        yield f"Hold for {plan.hold_s:g} seconds."
    yield words.feeling
    yield f"To make it easier: {words.easier[:1].lower()}{words.easier[1:]}"
