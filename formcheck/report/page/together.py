"""What several recordings say together: complementary views merged, dates compared."""

from __future__ import annotations

from collections.abc import Sequence

from formcheck.report.exercise_text import title_of
from formcheck.report.page import told
from formcheck.report.page.html import Html, el, foreign, joined
from formcheck.report.page.parts import Part
from formcheck.report.page.section import Assessment, Change, MergedCheck, Section
from formcheck.report.page.sheet import CHECK_SIGNS, part_name, table

CONFLICT = ("≠", "the recordings differ")


def contents(parts: Sequence[Part]) -> Html | None:
    """Return links to the parts, None when there is only one."""
    if len(parts) < 2:
        return None
    links = (el("li", el("a", part_name(part), href=f"#part-{part.number}")) for part in parts)
    return el("nav", el("ul", *links), aria_label="Sections", class_="contents")


def together_markup(assessment: Assessment | None, sections: Sequence[Section]) -> Html | None:
    """Return what the recordings say together, None without an assessment."""
    if assessment is None or not (assessment.merged or assessment.changes or assessment.notes):
        return None
    return el(
        "section",
        el("h2", "All recordings together", id="together-title"),
        _merged(assessment.merged, sections) if assessment.merged else None,
        _changes(assessment.changes, sections) if assessment.changes else None,
        *(el("p", foreign(note)) for note in assessment.notes),
        class_="together",
        id="together",
        aria_labelledby="together-title",
    )


def _merged(checks: Sequence[MergedCheck], sections: Sequence[Section]) -> Html:
    rows = (_merged_row(check, sections) for check in checks)
    return joined(
        el("h3", "Checks, from whichever camera position shows them"),
        table("Checks of all recordings", ("Exercise", "Check", "Result", "Found", "Seen in"), rows),
    )


def _merged_row(check: MergedCheck, sections: Sequence[Section]) -> Html:
    sign, words = CONFLICT if check.verdict == "conflict" else CHECK_SIGNS[check.verdict]
    names: list[Html] = [foreign(sections[number].title) for number in check.sections]
    if check.verdict == "conflict":
        counts = (f" ({one.present} of {one.judged})" for one in check.each)
        names = [joined(name, count) for name, count in zip(names, counts, strict=True)]
    listed = [piece for name in names for piece in (", ", name)][1:]
    seen = joined(*listed) if names else joined(f"none: {told.plain_reason(check.reason)}")
    return el(
        "tr",
        el("td", title_of(check.exercise)),
        el("th", told.check_words(check.code), " ", el("code", check.code), scope="row"),
        el(
            "td",
            el("span", sign, aria_hidden="true", class_="sign"),
            f" {words}",
            class_=f"result {check.verdict}",
        ),
        el("td", f"{check.present} of {check.judged}" if check.judged else "–"),
        el("td", seen),
        class_=check.verdict,
    )


def _changes(changes: Sequence[Change], sections: Sequence[Section]) -> Html:
    head = ("Exercise", "What", "Before", "After", "Change", "Smallest detectable", "What it says")
    return joined(
        el("h3", "Change between the recordings"),
        el("p", "Grey: smaller than the smallest detectable change, so it says nothing.", class_="hint"),
        table("Changes between recordings", head, (_change_row(change, sections) for change in changes)),
    )


def _change_row(change: Change, sections: Sequence[Section]) -> Html:
    digits = 0 if change.unit == "degrees" else 2
    shown = f"{change.after - change.before:+.{digits}f}"
    first, second = change.open_ended
    unit = f" {change.unit}" if change.unit else ""
    said = (
        "a change"
        if change.meaningful
        else "not compared: an end position was not measured"
        if any(change.open_ended)
        else "error not known, so not to be judged"
        if change.error is None
        else "smaller than can be detected"
    )
    before, after = (
        joined(" ", foreign(section.review.summary.source.recorded_at or section.title))
        for section in (sections[number] for number in change.sections)
    )
    return el(
        "tr",
        el("td", title_of(change.exercise)),
        el("th", change.label, scope="row"),
        el("td", f"{first} {change.before:.{digits}f}{unit}".lstrip(), el("small", before)),
        el("td", f"{second} {change.after:.{digits}f}{unit}".lstrip(), el("small", after)),
        el("td", "–" if any(change.open_ended) else shown.replace("-", "\N{MINUS SIGN}")),
        el("td", "not yet known" if change.error is None else f"{change.error:.{digits}f}"),
        el("td", said),
        class_=None if change.meaningful else "within",
    )
