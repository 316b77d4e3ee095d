"""Results and exercises in plain words, for the terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from formcheck.exercises import EXERCISES
from formcheck.exercises.spec import Exercise
from formcheck.profile import STANDARD
from formcheck.recognition import TOO_LITTLE
from formcheck.report.exercise_text import DISCLAIMER, EXERCISE_TEXTS, WHEN_TO_STOP, ExerciseText, title_of
from formcheck.report.form_text import form_lines
from formcheck.report.range_text import range_text, sides_text
from formcheck.report.rule_text import check_lines, counting_lines, source_text
from formcheck.report.sources import source_lines
from formcheck.report.words import CHECK_WORDS, SEVERITY_MEANINGS, VIEW_WORDS, WARNING_WORDS
from formcheck.results import RepCounts, Sides, Summary

WIDTH = 96
UNKNOWN = "unknown"
UNKNOWN_CODE = "unknown_exercise"
NOTHING_COUNTED = "Nothing was counted"
NAME_IT = "; if you know the exercise, name it with --exercise"
NOTHING_SEEN = "No movement as large as a repetition was seen"
MOST_TIMES = 4
"""So many moments are named for one reason."""
THERAPISTS = "For therapists"
SURE = 0.7
"""From this confidence on a recognised exercise is named without a doubt; judgement [D]."""
_MEASURE = re.compile(r"(\d) (s|m|cm|%)(?!\w)")
"""A number and its unit stay on one line."""


def printable(text: str) -> str:
    """Return the text on one line, control characters and undecodable bytes spelled out."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def summary_text(summary: Summary) -> str:
    """Return what was found in a recording, and what could not be judged."""
    unknown = summary.exercise == UNKNOWN
    found = [_nothing(summary)] if unknown else [_counts(summary.reps), _sets(summary), _ranges(summary)]
    lines = [
        f"{printable(summary.source.path)}: {_exercise(summary)}, {_view(summary)}.",
        *(f"{part}." for part in found if part),
        *not_counted_lines(summary),
        *_seen(summary),
        *form_lines(summary),
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
    return "".join(f"{indented(line)}\n" for line in lines)


def exercise_list() -> str:
    """Return the exercises that can be checked, a line each."""
    width = max(map(len, EXERCISE_TEXTS))
    lines = [f"{text.name:<{width}}  {text.short}" for text in EXERCISE_TEXTS.values()]
    return "\n".join([*lines, "", "More about one: formcheck exercises squat", ""])


def exercise_page(name: str) -> str:
    """Return what is to know about one exercise: first for who does it, then for therapists."""
    text, exercise = EXERCISE_TEXTS[name], EXERCISES[name]
    parts = [patient_page(name), THERAPISTS, "-" * len(THERAPISTS), ""]
    return "\n".join([*parts, *_headed(_therapist_sections(text, exercise))])


def patient_page(name: str) -> str:
    """Return the part of `exercise_page` that is for the person who does the exercise."""
    text = EXERCISE_TEXTS[name]
    head = f"{text.title} ({text.name})"
    return "\n".join([head, "=" * len(head), "", *_headed(_sections(text)), *_wrapped(DISCLAIMER), ""])


def _headed(sections: Iterable[tuple[str, Sequence[str]]]) -> Iterator[str]:
    for heading, content in sections:
        yield heading
        yield from map(indented, content)
        yield ""


def _sections(text: ExerciseText) -> Iterator[tuple[str, Sequence[str]]]:
    yield "What it helps", [text.good_for]
    yield "How to do it", [text.movement]
    yield "How it should feel", [text.feeling]
    yield "How much", [text.dose]
    yield "Easier", [text.easier]
    yield "Harder", [text.harder]
    yield "When to stop", [WHEN_TO_STOP]


def _therapist_sections(text: ExerciseText, exercise: Exercise) -> Iterator[tuple[str, Sequence[str]]]:
    yield "Camera", [f"- {line}" for line in text.camera]
    yield "Measured, by camera position", [f"- {view}: {what}" for view, what in text.measured]
    yield "Not seen", [text.not_seen]
    counted = [*counting_lines(exercise), *([text.count_note] if text.count_note else [])]
    yield "What counts as a repetition", [f"- {line}" for line in counted]
    yield (
        f"Form checks, with the limits of the profile {STANDARD.name}",
        [
            *(f"- {severity}: {meaning}" for severity, meaning in SEVERITY_MEANINGS.items()),
            "A plan of your own (formcheck profile new) can change limits and severities.",
        ],
    )
    for code in exercise.codes:
        yield f"{code}: {CHECK_WORDS.get(code, code)}", check_lines(exercise, code)
    yield "Dose and tempo in the first part", [f"source: {text.dose_source}"]
    evidence = [*map(source_text, exercise.rules), text.dose_source]
    yield "Sources", source_lines(evidence)


def _exercise(summary: Summary) -> str:
    title = title_of(summary.exercise)
    if summary.exercise == UNKNOWN:
        return title.lower()
    return f"{title} ({exercise_known(summary)})"


def exercise_known(summary: Summary) -> str:
    """Return where the name of the exercise comes from; how sure that is says nothing about the rest."""
    if summary.exercise_source == "given":
        return "as given"
    if summary.exercise_confidence < SURE:
        return "recognised from the movement, not certain"
    return "recognised from the movement"


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


def _nothing(summary: Summary) -> str:
    """Return that nothing was counted, and to name the exercise where that would count something."""
    helps = any(one.reason == TOO_LITTLE for one in summary.not_counted)
    return NOTHING_COUNTED + (NAME_IT if helps else "")


def not_counted_lines(summary: Summary) -> Iterator[str]:
    """Yield the movements of full size that do not count, by reason; or that there was none at all."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in summary.not_counted:
        exercise = title_of(one.exercise).lower() if summary.exercise == UNKNOWN else ""
        groups.setdefault((exercise, one.reason), []).append(f"{one.start_s:.1f} to {one.end_s:.1f} s")
    for (exercise, reason), times in groups.items():
        named = ", ".join(times[:MOST_TIMES])
        more = f" and {len(times) - MOST_TIMES} more" if len(times) > MOST_TIMES else ""
        what = f" as a {exercise}" if exercise else ""
        yield f"Not counted{what}, {named}{more}: {reason}."
    seen = summary.reps.complete or summary.reps.partial or summary.not_counted
    if not seen and summary.exercise != UNKNOWN:
        yield f"{NOTHING_SEEN}."


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
    found = [_of_joint(name, sides) for name, sides in summary.range_of_motion.items()]
    return "Range used in this exercise: " + "; ".join(filter(None, found)) if any(found) else ""


def _of_joint(name: str, sides: Sides) -> str:
    both = [
        f"{side} {_measure(name)} {range_text(one)}"
        for side, one in (("left", sides.left), ("right", sides.right))
        if one is not None
    ]
    note = sides_text(sides)
    return ", ".join([*both, note] if note else both)


def _measure(name: str) -> str:
    joint = name.removesuffix("_flexion").replace("_", " ")
    return {"hip": "hip (trunk-thigh)", "clamshell opening": "knee opened"}.get(joint, joint)


def _seen(summary: Summary) -> Iterator[str]:
    """Yield what stood in the way of measuring."""
    if summary.exercise != UNKNOWN and not summary.view.assessable and summary.view.reason:
        yield f"Cannot be judged from this view: {summary.view.reason}."
    if summary.quality.valid_fraction < 0.9:
        yield f"The exercise could be measured in {summary.quality.valid_fraction:.0%} of the frames."


def _paragraphs(lines: Sequence[str]) -> str:
    """Return the first line and the others below it, indented."""
    first, *others = lines
    return "\n".join([textwrap.fill(first, WIDTH), *map(indented, others), ""])


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH)


def indented(text: str) -> str:
    """Return a paragraph two in, further by its own leading blanks; the lines of an item hang below it."""
    first = "  " + text[: len(text) - len(text.lstrip())]
    hanging = first + ("  " if text.lstrip().startswith(("- ", "[")) else "")
    whole = _MEASURE.sub("\\1\N{NO-BREAK SPACE}\\2", text.strip())
    lines = textwrap.fill(whole, WIDTH, initial_indent=first, subsequent_indent=hanging)
    return lines.replace("\N{NO-BREAK SPACE}", " ")
