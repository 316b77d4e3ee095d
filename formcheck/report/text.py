"""Results and exercises in plain words, for the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from formcheck.report.exercise_text import DISCLAIMER, EXERCISE_TEXTS, WHEN_TO_STOP, ExerciseText, title_of
from formcheck.report.words import CHECK_WORDS, VIEW_WORDS, WARNING_WORDS
from formcheck.results import JointRange, RepCounts, Summary

WIDTH = 96
UNKNOWN = "unknown"
UNKNOWN_CODE = "unknown_exercise"
NOTHING_COUNTED = "Nothing was counted; if you know the exercise, name it with --exercise"


def printable(text: str) -> str:
    """Return the text on one line, control characters and undecodable bytes spelled out."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def summary_text(summary: Summary) -> str:
    """Return what was found in a recording, and what could not be judged."""
    unknown = summary.exercise == UNKNOWN
    found = [NOTHING_COUNTED] if unknown else [_counts(summary.reps), _sets(summary), _ranges(summary)]
    lines = [
        f"{printable(summary.source.path)}: {_exercise(summary)}, {_view(summary)}.",
        *(f"{part}." for part in (*found, *_not_judged(summary)) if part),
        *(
            f"Note: {WARNING_WORDS.get(code, code)}."
            for code in summary.quality.warnings
            if code != UNKNOWN_CODE
        ),
    ]
    return _paragraphs(lines)


def files_text(folder: str, names: Iterable[str], older: Iterable[str] = ()) -> str:
    """Return where the results are, and which files there are from an earlier review."""
    lines = [f"Results in {printable(folder)}: {', '.join(names)}."]
    lines += [f"{name} there is from an earlier review." for name in older]
    return "".join(f"{_indented(line)}\n" for line in lines)


def exercise_list() -> str:
    """Return the exercises that can be checked, a line each."""
    width = max(map(len, EXERCISE_TEXTS))
    lines = [f"{text.name:<{width}}  {text.short}" for text in EXERCISE_TEXTS.values()]
    return "\n".join([*lines, "", "More about one: formcheck exercises squat", ""])


def exercise_page(name: str) -> str:
    """Return what is to know about one exercise."""
    text = EXERCISE_TEXTS[name]
    parts = [f"{text.title} ({text.name})", ""]
    for heading, content in _sections(text):
        parts.append(heading)
        parts += [_indented(line) for line in content]
        parts.append("")
    return "\n".join([*parts, textwrap.fill(DISCLAIMER, WIDTH), ""])


def _sections(text: ExerciseText) -> Iterator[tuple[str, Sequence[str]]]:
    yield "Good for", [text.good_for]
    yield "How", [text.movement]
    yield "How it should feel", [text.feeling]
    yield "When to stop", [WHEN_TO_STOP]
    yield "What counts", [text.counted]
    yield "Camera", [f"- {line}" for line in text.camera]
    yield "Measured, by camera position", [f"- {view}: {what}" for view, what in text.measured]
    yield "Not seen", [text.not_seen]


def _exercise(summary: Summary) -> str:
    title = title_of(summary.exercise)
    if summary.exercise == UNKNOWN:
        return title.lower()
    how = (
        "as given"
        if summary.exercise_source == "given"
        else f"recognised, {summary.exercise_confidence:.0%} sure"
    )
    return f"{title} ({how})"


def _view(summary: Summary) -> str:
    side = f", {summary.camera_side} side to the camera" if summary.camera_side else ""
    return f"filmed {VIEW_WORDS[summary.view.label]}{side}"


def _counts(reps: RepCounts) -> str:
    plural = "" if reps.complete == 1 else "s"
    apart = (
        ""
        if reps.left is None and reps.right is None
        else f" (left {reps.left or 0}, right {reps.right or 0})"
    )
    return f"{reps.complete} complete repetition{plural}{apart}, {reps.partial} partial"


def _sets(summary: Summary) -> str:
    if len(summary.sets) < 2:
        return ""
    each = (
        f"{one.index}: {title_of(one.exercise)}{f' {one.working_side}' if one.working_side else ''} "
        f"{one.complete} complete, {one.partial} partial"
        for one in summary.sets
    )
    return "Sets " + "; ".join(each)


def _ranges(summary: Summary) -> str:
    """Return the ranges used, named for what they are: not the joint's range of motion."""
    found = [
        f"{side} {_measure(name)} {_degrees(band)}"
        for name, sides in summary.range_of_motion.items()
        for side, band in (("left", sides.left), ("right", sides.right))
        if band is not None
    ]
    return "Range used in this exercise: " + ", ".join(found) if found else ""


def _measure(name: str) -> str:
    joint = name.removesuffix("_flexion").replace("_", " ")
    return "hip (trunk-thigh)" if joint == "hip" else joint


def _degrees(band: JointRange) -> str:
    return f"{band.min_deg:.0f} to {band.max_deg:.0f} degrees"


def _not_judged(summary: Summary) -> Iterator[str]:
    if summary.exercise != UNKNOWN and not summary.view.assessable and summary.view.reason:
        yield f"Cannot be judged from this view: {summary.view.reason}"
    if summary.quality.valid_fraction < 0.9:
        yield f"Measured in {summary.quality.valid_fraction:.0%} of the pictures"
    by_reason: dict[str, list[str]] = {}
    for code, totals in summary.faults.items():
        if totals.not_assessed and not totals.present and not totals.absent:
            by_reason.setdefault(totals.reason or "no reason given", []).append(CHECK_WORDS.get(code, code))
    if len(by_reason) == 1 and sum(map(len, by_reason.values())) == len(summary.faults) > 1:
        yield f"No form check was judged: {next(iter(by_reason))}"
        return
    for reason, checks in by_reason.items():
        yield f"Not judged ({reason}): {', '.join(dict.fromkeys(checks))}"


def _paragraphs(lines: Sequence[str]) -> str:
    """Return the first line and the others below it, indented."""
    first, *others = lines
    return "\n".join([textwrap.fill(first, WIDTH), *map(_indented, others), ""])


def _indented(text: str) -> str:
    hanging = "    " if text.startswith("- ") else "  "
    return textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent=hanging)
