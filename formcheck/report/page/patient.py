"""The patient's page: what went well, one thing to work on, next time; plain words, one sheet of paper.

Nothing here contains a word of `formcheck.report.words.NOT_SHOWN`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from types import MappingProxyType

from formcheck.report.cues import CUES
from formcheck.report.exercise_text import DISCLAIMER, EXERCISE_TEXTS, WHEN_TO_STOP, title_of
from formcheck.report.page import told
from formcheck.report.page.html import Html, el, joined
from formcheck.report.page.parts import Part
from formcheck.results import Severity
from formcheck.rules import RANGE_LIMIT, SEVERITIES

STEADY_SHARE = 0.9
"""The last repetitions were at least this share as large as the first."""
STEADY_REPS = 4
MOST_PRAISED = 3
OFTEN = 2
"""A smaller thing is named when it was seen in this many repetitions."""
PAST_THE_LIMIT = "Go a little less far. Part of this was past the limit in your plan."
NOTHING_TO_CHANGE = "Nothing stood out in this recording. Carry on like this."
NOT_TO_BE_JUDGED = "This recording does not show enough to suggest anything."
UNKNOWN_EXERCISE = "The exercise in this recording was not recognised. Ask your therapist about it."


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
        "lumbar_overextension": "your hips stayed level with the line from shoulder to knee",
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


def patient_markup(parts: Sequence[Part]) -> Html:
    """Return the whole page for the patient."""
    return el(
        "div",
        el("h1", "Your exercises"),
        *map(_exercise, together(parts)),
        el(
            "label",
            el("b", "From your therapist"),
            el("textarea", rows=3, class_="for-patient", aria_label="Note to the patient"),
            class_="from-therapist needs-script",
        ),
        el("section", el("h2", "When to stop"), el("p", WHEN_TO_STOP)),
        el("p", DISCLAIMER, class_="disclaimer"),
        class_="sheet",
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
    return el(
        "section",
        el("h2", title),
        el("h3", "What went well"),
        el("ul", _count(group), *(el("li", line) for line in went_well(group))),
        el("h3", "One thing to work on"),
        _work_on(group),
        el("h3", "Next time"),
        el("ul", *(el("li", line) for line in next_time(first))),
        class_="done",
        data_parts=" ".join(str(part.number) for part in group),
    )


def _count(group: Sequence[Part]) -> Html:
    count = sum(len(part.complete) for part in group)
    words = joined("You did ", el("b", str(count), class_="own-count"), " full repetitions.")
    return el("li", words, class_="done-count")


def went_well(group: Sequence[Part]) -> Iterator[str]:
    """Yield what there is to be pleased with, besides the count."""
    if all(_steady(part) for part in group):
        yield "Your last repetitions were as large as the first."
    totals = [part.totals() for part in group]
    present = {code for one in totals for code, total in one.items() if total.present}
    absent = dict.fromkeys(code for one in totals for code, total in one.items() if total.absent)
    clear = [code for code in absent if code in PRAISE and code not in present]
    for code in clear[:MOST_PRAISED]:
        yield f"{PRAISE[code][:1].upper()}{PRAISE[code][1:]}."


def _steady(part: Part) -> bool:
    ranges = [rep.range for rep in part.complete if rep.range is not None]
    third = max(1, len(ranges) // 3)
    return len(ranges) >= STEADY_REPS and fmean(ranges[-third:]) >= STEADY_SHARE * fmean(ranges[:third])


def things(group: Sequence[Part]) -> list[tuple[str, str]]:
    """Return (code, what to do) of what could be worked on, the most important first."""
    worth: dict[str, int] = {}
    for part in group:
        for code, pairs in part.found().items():
            gravest = told.gravest(pairs)
            often = len(pairs) >= min(OFTEN, len(part.reps))
            if gravest is Severity.LOG or (gravest is Severity.IMPROVE and not often):
                continue
            worth[code] = max(worth.get(code, 0), SEVERITIES.index(gravest))
    order = sorted(worth, key=lambda code: (code != RANGE_LIMIT, -worth[code]))
    cues = ((code, PAST_THE_LIMIT if code == RANGE_LIMIT else CUES.get(code, "")) for code in order)
    return [(code, cue) for code, cue in cues if cue]


def _work_on(group: Sequence[Part]) -> Html:
    """Return every candidate, the first one shown; the script passes over those that are rejected."""
    judged = any(one.present or one.absent for part in group for one in part.totals().values())
    otherwise = NOTHING_TO_CHANGE if judged else NOT_TO_BE_JUDGED
    worth = things(group)
    lines = [
        el("p", cue, class_="thing", data_code=code, hidden=place > 0)
        for place, (code, cue) in enumerate(worth)
    ]
    lines.append(el("p", otherwise, class_="thing", hidden=bool(worth)))
    return el("div", *lines, class_="things")


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
    yield f"To make it easier: {words.easier}"
