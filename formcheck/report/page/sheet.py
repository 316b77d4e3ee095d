"""The therapist's page as markup: one section for each part, readable without its script and on paper."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import quote

from formcheck.report.decisions import Decision
from formcheck.report.exercise_text import DISCLAIMER
from formcheck.report.form_text import Level, gravity
from formcheck.report.page import plots, told
from formcheck.report.page.html import Html, el, foreign, joined, paragraph
from formcheck.report.page.parts import Found, Part
from formcheck.report.page.record import record_text
from formcheck.report.page.told import Finding
from formcheck.report.rule_text import source_text
from formcheck.report.sources import source_lines
from formcheck.report.text import UNKNOWN_CODE
from formcheck.report.words import CHECK_WORDS, FOUND_WORDS, SEVERITY_WORDS, WARNING_WORDS
from formcheck.results import FaultCheck, FaultTotals, FaultVerdict, NotCounted, Rep, Severity

SEVERITY_MARKS: Mapping[Severity, str] = MappingProxyType(
    {Severity.STOP: "■", Severity.CORRECT: "▲", Severity.IMPROVE: "◆", Severity.LOG: "●"}
)
LEVEL_SIGNS: Mapping[Level, str] = MappingProxyType(
    {Level.CORRECT: "▲", Level.IMPROVE: "◆", Level.NOTED: "●", Level.CLEAR: "✓", Level.UNJUDGED: "?"}
)
"""Sign before the words of a repetition's level: never a colour alone."""
PARTIAL = ("◐", "partial")
CHECK_SIGNS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"present": ("▲", "found"), "absent": ("✓", "nothing found"), "not_assessed": ("?", "not judged")}
)


def part_markup(part: Part) -> Html:
    """Return the whole section of one part."""
    number = part.number
    return el(
        "section",
        _top(part),
        el("div", _screen(part), _findings(part), class_="look"),
        _strip(part),
        _not_counted(part),
        _checks(part),
        _repetitions(part),
        _over_the_set(part),
        _limits_of_sight(part),
        _about(part),
        class_="part",
        id=f"part-{number}",
        data_part=number,
        aria_label=_label(part),
    )


def part_name(part: Part) -> Html:
    """Return what a part is called: the exercise, then the file."""
    return joined(told.heading(part), ", ", foreign(part.section.title))


def _label(part: Part) -> str:
    """Return what tells the part from others for who hears the page."""
    return f"{told.heading(part)}, {part.section.title}"


# Top


def _top(part: Part) -> Html:
    facts = [
        told.filmed(part),
        f"{told.recorded(part)}, {part.summary.source.duration_s:.0f} s long",
        told.planned(part),
        *([told.known(part)] if part.table is not None else []),
        *filter(None, [told.judged(part)]),
    ]
    rejected, blind = told.rejected_text(part), told.blind_text(part)
    return el(
        "header",
        el("h2", told.heading(part)),
        el("p", foreign(part.section.title), class_="file"),
        el(
            "ul",
            *(el("li", _capital(fact)) for fact in facts),
            *map(_warning, _warnings(part)),
            class_="facts",
        ),
        el(
            "div",
            el("h3", "What matters"),
            el("ol", *(el("li", sentence) for sentence in told.findings(part)), class_="matters-list"),
            el("p", rejected, class_="rejected", hidden=not rejected),
            el("p", blind, class_="blind") if blind else None,
            class_="matters",
        ),
        el("dl", *(_number(one) for one in told.key_numbers(part)), class_="numbers") if part.reps else None,
        class_="top",
    )


def _warnings(part: Part) -> Iterator[str]:
    for code in part.summary.quality.warnings:
        if code != UNKNOWN_CODE:
            yield _capital(WARNING_WORDS.get(code, code))


def _warning(words: str) -> Html:
    return el("li", el("span", "▲ ", aria_hidden="true"), words, class_="warning")


def _number(one: told.Number) -> Html:
    return el(
        "div", el("dt", one.label), el("dd", el("b", one.value), el("small", one.note)), data_key=one.key
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


# Video and traces


def _screen(part: Part) -> Html:
    number = part.number
    name = f"Video, {_label(part)}"
    if part.section.video is None:
        picture = el("p", "There is no annotated video with this report.", class_="novideo")
    else:
        picture = el(
            "video",
            src=quote(part.section.video.replace(os.sep, "/"), safe="/"),
            controls=True,
            playsinline=True,
            muted=True,
            preload="metadata",
            poster=_jpeg(part.section.poster) if part.section.poster else None,
            aria_label=name,
            width=part.summary.source.width,
            height=part.summary.source.height,
        )
    without = told.no_angles(part)
    return el(
        "div",
        el("div", picture, class_="frame"),
        _transport(part),
        el("div", class_="graphs", id=f"graphs-{number}"),
        el("p", _capital(without), class_="hint no-angles") if without else None,
        el("noscript", el("p", "The charts need scripts, which this browser does not run.")),
        class_="screen",
    )


def _transport(part: Part) -> Html:
    buttons = (
        ("rep-back", "«", "Previous repetition (Shift + left arrow)"),
        ("frame-back", "‹", "Previous frame (left arrow)"),
        ("play", "Play", "Play or pause (space)"),
        ("frame-on", "›", "Next frame (right arrow)"),
        ("rep-on", "»", "Next repetition (Shift + right arrow)"),
    )
    return el(
        "div",
        *(
            el("button", sign, type="button", data_do=do, aria_label=words, title=words)
            for do, sign, words in buttons
        ),
        el(
            "label",
            "Speed ",
            el(
                "select",
                *(
                    el("option", f"{speed} ×", value=speed, selected=speed == "1")
                    for speed in ("0.25", "0.5", "1", "2")
                ),
                data_do="speed",
            ),
        ),
        el(
            "span",
            el("button", "−", type="button", data_do="zoom-out", aria_label="Show more of the recording"),
            el("button", "+", type="button", data_do="zoom-in", aria_label="Show less, in more detail"),
            class_="zoom",
        ),
        el("output", class_="now", aria_live="off"),
        class_="transport needs-script",
        role="group",
        aria_label=f"Playing, {_label(part)}",
    )


# Findings


def _findings(part: Part) -> Html:
    found = part.found()
    groups = [_group(part, code, pairs) for code, pairs in found.items()]
    if not groups:
        groups = [el("p", _nothing_found(part), class_="none")]
    return el(
        "aside",
        el("h3", "Findings"),
        el(
            "p",
            "Select a finding to see its worst moment. Confirm or reject it: the page follows, and you can "
            "change your mind.",
            class_="hint needs-script",
        )
        if found
        else None,
        *groups,
        class_="findings",
        tabindex=0,
        role="region",
        aria_label=f"Findings, {_label(part)}",
    )


def _nothing_found(part: Part) -> str:
    seen = sum(bool(one.present or one.absent) for one in part.totals().values())
    if not seen:
        return "No check could be judged, so this recording says nothing about form. The reasons are below."
    return f"Nothing found in the {seen} checks that could be judged. What was not judged is listed below."


def _group(part: Part, code: str, pairs: Found) -> Html:
    totals = part.totals()[code]
    gravest = told.gravest(pairs)
    judged = totals.present + totals.absent
    of = f"{judged} judged" if judged < len(part.reps) else str(judged)
    words = f"in {totals.present} of {of}, {SEVERITY_WORDS[gravest]}"
    rule_id = f"rule-{part.number}-{code}"
    return el(
        "section",
        el(
            "h4",
            el("span", SEVERITY_MARKS[gravest], class_=f"mark {gravest}", aria_hidden="true"),
            " ",
            told.found_words(code),
            " ",
            el("small", words),
        ),
        el(
            "details",
            el("summary", "Rule, limits and sources"),
            _rule(part, code),
            class_="rule",
            id=rule_id,
        ),
        el("ul", *(_finding(part, told.in_words(part, *pair), code) for pair in pairs)),
        class_="group",
        data_code=code,
    )


def _rule(part: Part, code: str) -> Html:
    lines = told.rule_words(part, code)
    if not lines:
        return el("p", "No rule is on record for this check.")
    rows = [row for row in part.table.rules if row.code == code] if part.table else []
    sources = source_lines(map(source_text, rows))
    return joined(
        *(el("p", line.strip(), class_="deeper" if line.startswith(" ") else None) for line in lines),
        el("p", el("code", code), f", profile {part.profile.name}", class_="code"),
        el("ul", *(el("li", line) for line in sources), class_="sources") if sources else None,
    )


def _finding(part: Part, finding: Finding, code: str) -> Html:
    rep, check = finding.rep, finding.check
    severity = told.severity_of(check)
    label = f"{told.found_words(code)}, repetition {rep.index}"
    side = f", {rep.side}" if rep.side and not part.side else ""
    value = ", ".join(piece for piece in (finding.value, finding.limit, finding.error) if piece)
    key = (rep.index, code)
    decision, note = part.decided.faults.get(key), part.decided.fault_notes.get(key, "")
    decided = ": ".join(filter(None, (f"{decision.capitalize()} by the therapist" if decision else "", note)))
    return el(
        "li",
        el(
            "button",
            el("b", f"Repetition {rep.index}{side}"),
            el("span", f"{finding.when_s:.1f} s", class_="when"),
            el("span", value, class_="value"),
            el("span", SEVERITY_WORDS[severity], class_="weight"),
            type="button",
            class_="go",
            data_seek=f"{finding.when_s:.4f}",
        ),
        el(
            "div",
            *(
                el("button", words, type="button", data_decide=one, aria_pressed=str(decision == one).lower())
                for words, one in (("Confirm", Decision.CONFIRMED), ("Reject", Decision.REJECTED))
            ),
            el("input", type="text", class_="note", placeholder="Note", aria_label=f"Note on {label}"),
            role="group",
            aria_label=f"Your decision: {label}",
            class_="decide needs-script",
        ),
        el("p", decided, class_="decided"),
        class_="finding rejected" if decision is Decision.REJECTED else "finding",
        data_rep=rep.index,
        data_code=code,
    )


# The strip


def _strip(part: Part) -> Html | None:
    if not part.reps:
        return None
    return el(
        "div",
        el("h3", "Repetitions"),
        el("ul", *(_tile(part, rep) for rep in part.reps), class_="strip"),
        class_="strip-box",
    )


def _tile(part: Part, rep: Rep) -> Html:
    side = f" {rep.side}" if rep.side and not part.side else ""
    found = [check for check in rep.faults if check.verdict is FaultVerdict.PRESENT]
    found.sort(key=lambda check: -gravity([(rep, check)]))
    return el(
        "li",
        el(
            "button",
            _picture(part, rep),
            el("b", f"{rep.index}{side}"),
            type="button",
            class_="go",
            data_seek=f"{rep.peak_s:.4f}",
            aria_label=f"Repetition {rep.index}{side}: go to its peak at {rep.peak_s:.1f} s",
        ),
        _verdict(part, rep, "p"),
        el("p", f"{rep.checks.assessed} of {rep.checks.of} checks", class_="judged"),
        el("p", told.sized(told.charted(part, rep), rep.signal_unit), class_="size"),
        el("p", f"{rep.outbound_s:.1f} · {rep.hold_s:.1f} · {rep.return_s:.1f} s", class_="tempo"),
        el("ul", *(_chip(rep, check) for check in found), class_="chips") if found else None,
        el(
            "label",
            el("input", type="checkbox", checked=rep in part.counted, class_="counts"),
            " counts",
            class_="needs-script",
        ),
        class_=f"tile {'complete' if rep.complete else 'partial'}",
        data_rep=rep.index,
    )


def _verdict(part: Part, rep: Rep, name: str) -> Html:
    """Return the level of a repetition as it stands, with its sign; one that does not count is partial."""
    level = part.level(rep)
    sign, words = LEVEL_SIGNS[level], str(level)
    if not part.decided.counts.get(rep.index, rep.complete):
        sign, words = PARTIAL if not rep.complete else ("–", "not counted")
    return el(
        name,
        el("span", sign, aria_hidden="true", class_="sign"),
        " ",
        el("span", words, class_="level"),
        class_=f"verdict {words.replace(' ', '-')}",
    )


def _chip(rep: Rep, check: FaultCheck) -> Html:
    code, severity = check.code, told.severity_of(check)
    when_s = check.worst_s if check.worst_s is not None else rep.peak_s
    return el(
        "li",
        el(
            "button",
            el("span", SEVERITY_MARKS[severity], aria_hidden="true", class_=f"mark {severity}"),
            f" {FOUND_WORDS.get(code, code)}",
            type="button",
            class_="chip",
            data_seek=f"{when_s:.4f}",
            data_rep=rep.index,
            data_code=code,
        ),
    )


def _picture(part: Part, rep: Rep) -> Html:
    jpeg = part.section.pictures.get(rep.index)
    if jpeg:
        return el("img", src=_jpeg(jpeg), alt="", loading="lazy", decoding="async")
    drawn = plots.drawn_pose(part.series.poses.get(rep.index))
    return drawn or el("span", "no picture", class_="nopicture")


def _jpeg(content: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(content).decode('ascii')}"


# Movements that were not counted


def _not_counted(part: Part) -> Html | None:
    if not part.not_counted:
        return None
    return el(
        "div",
        el("h3", "Movements that were not counted"),
        el("ul", *(_movement(part, one) for one in part.not_counted)),
        class_="not-counted",
    )


def _movement(part: Part, one: NotCounted) -> Html:
    when = f"{one.start_s:.1f} to {one.end_s:.1f} s"
    go = el(
        "button", when, type="button", class_="go", data_seek=f"{one.peak_s:.4f}", aria_label=f"Go to {when}"
    )
    return el("li", go, " ", told.not_counted_text(part, one))


# Tables


def _checks(part: Part) -> Html | None:
    totals = part.totals()
    if not totals:
        return None
    return el(
        "div",
        el("h3", "Checks"),
        table(
            f"Checks, {_label(part)}",
            ("Check", "Result", "Repetitions", "Limit, or why it was not judged"),
            (_check_row(part, code, one) for code, one in totals.items()),
        ),
        class_="checks",
    )


def _check_row(part: Part, code: str, one: FaultTotals) -> Html:
    verdict = "present" if one.present else "absent" if one.absent else "not_assessed"
    sign, words = CHECK_SIGNS[verdict]
    if one.present:
        words = FOUND_WORDS.get(code, code)
    why = _capital(told.plain_reason(one.reason)) if one.not_assessed else ""
    if why and verdict != "not_assessed":
        why = f"Not judged in {one.not_assessed}: {told.plain_reason(one.reason)}"
    lines = told.rule_words(part, code)
    rule = el("details", el("summary", "Rule"), _rule(part, code)) if lines else None
    limits = None
    if verdict != "not_assessed":
        limits = el("span", *(el("span", said) for said in told.limits_here(part, code)), class_="limits")
    judged = one.present + one.absent
    return el(
        "tr",
        el("th", told.check_words(code), " ", el("code", code), scope="row"),
        el(
            "td",
            el("span", sign, aria_hidden="true", class_="sign"),
            " ",
            el("span", words),
            el("small", told.check_decided(part, code), class_="by-therapist"),
            class_=f"result {verdict}",
        ),
        el("td", f"{one.present} of {judged}" if judged else "–", class_="count"),
        el("td", el("span", why, class_="why") if why else None, limits, rule),
        class_=verdict,
        data_code=code,
    )


def _repetitions(part: Part) -> Html | None:
    if not part.reps:
        return None
    what, unit = told.range_words(part)
    sided = any(rep.side for rep in part.reps)
    known = any(rep.error is not None for rep in part.reps)
    angle = part.signal[1] == "deg"
    head = (
        "No.",
        *(("Set",) if len(part.sets) > 1 else ()),
        *(("Side",) if sided else ()),
        "Start s",
        "End s",
        *((f"End position: {what}", "Range from rest") if angle else (f"{_capital(what)}, {unit}",)),
        *(("Error ±",) if known else ()),
        "Out s",
        "Held s",
        "Back s",
        "Top speed per s",
        "Measured",
        "Form",
        "Checks judged",
        "Counts",
        "Note",
    )
    return el(
        "details",
        el("summary", el("h3", "Repetitions in numbers")),
        table(f"Repetitions, {_label(part)}", head, (_rep_row(part, rep, sided, known) for rep in part.reps)),
        None if known else el("p", "The error of these numbers is not known yet.", class_="hint"),
        class_="reps",
        open=True,
    )


def _rep_row(part: Part, rep: Rep, sided: bool, known: bool) -> Html:
    unit, own = part.signal[1], rep in part.sized
    cells = (
        f"{rep.start_s:.2f}",
        f"{rep.end_s:.2f}",
        *((told.sized(rep.peak, unit) if own else "–",) if unit == "deg" else ()),
        told.sized(rep.range, unit) if own else "–",
        *((told.sized(rep.error, unit) if own else "–",) if known else ()),
        f"{rep.outbound_s:.2f}",
        f"{rep.hold_s:.2f}",
        f"{rep.return_s:.2f}",
        told.sized(rep.peak_velocity, unit) if own else "–",
        f"{rep.valid_fraction:.0%}",
    )
    return el(
        "tr",
        el("th", str(rep.index), scope="row"),
        el("td", str(rep.set)) if len(part.sets) > 1 else None,
        el("td", str(rep.side or "–")) if sided else None,
        *(el("td", cell) for cell in cells),
        _verdict(part, rep, "td"),
        el("td", f"{rep.checks.assessed} of {rep.checks.of}"),
        el("td", _counts(part, rep), class_="counted"),
        el(
            "td",
            el(
                "input",
                type="text",
                class_="rep-note needs-script",
                aria_label=f"Note on repetition {rep.index}",
            ),
            el("span", part.decided.rep_notes.get(rep.index, ""), class_="noted"),
        ),
        data_rep=rep.index,
    )


def _counts(part: Part, rep: Rep) -> str:
    own = part.decided.counts.get(rep.index)
    words = "yes" if (rep.complete if own is None else own) else "no"
    return words if own is None else f"{words} (therapist)"


def table(caption: str, head: Sequence[str], rows: Iterable[Html]) -> Html:
    """Return a table that scrolls by itself where it is too wide."""
    return el(
        "div",
        el(
            "table",
            el("caption", caption, class_="unseen"),
            el("thead", el("tr", *(el("th", words, scope="col") for words in head))),
            el("tbody", *rows),
        ),
        class_="scroll",
        tabindex=0,
        role="region",
        aria_label=caption,
    )


# Over the set, and what is not known


def _over_the_set(part: Part) -> Html | None:
    if not part.reps:
        return None
    keys = plots.side_keys(part)
    known = any(rep.error is not None for rep in part.reps)
    texts = (told.consistency_text(part), told.trend_text(part).text, told.symmetry_text(part))
    return el(
        "div",
        el("h3", "Across the set"),
        el(
            "div",
            plots.range_plot(part),
            plots.tempo_plot(part),
            class_="plots",
        ),
        el("p", f"Marks: {keys}.", class_="keys") if keys else None,
        el("p", "The thin lines show the error of each value.", class_="keys") if known else None,
        *(el("p", words) for words in texts if words),
        class_="set",
    )


def _limits_of_sight(part: Part) -> Html:
    better = list(told.film_better(part))
    reasons = told.not_judged(part)
    return el(
        "div",
        el(
            "div",
            el("h3", "What this recording cannot tell"),
            el(
                "ul",
                *(
                    el("li", el("b", f"{_capital(reason)}: "), ", ".join(dict.fromkeys(_named(codes))))
                    for reason, codes in reasons
                ),
                *(el("li", line) for line in told.cannot_tell(part)),
            ),
        ),
        el(
            "div",
            el("h3", "Filming it better next time"),
            el("ul", *(el("li", line) for line in better)),
        )
        if better
        else None,
        class_="sight",
    )


def _named(codes: list[str]) -> Iterator[str]:
    return (CHECK_WORDS.get(code, code) for code in codes)


# Decisions


def recording_markup(parts: Sequence[Part]) -> Html:
    """Return the sections of one recording, and what the therapist decided about it."""
    return el(
        "article",
        *map(part_markup, parts),
        _decision_box(parts),
        class_="recording",
        data_recording=parts[0].recording,
        aria_label=f"Recording {parts[0].recording + 1}: {parts[0].section.title}",
    )


def _decision_box(parts: Sequence[Part]) -> Html:
    first = parts[0]
    note = first.decided.note
    reps = [rep for part in parts for rep in part.reps]
    codes = dict.fromkeys(code for part in parts if part.table for code in part.table.codes)
    missed = el(
        "div",
        el(
            "label",
            "Repetition ",
            el(
                "select",
                *(el("option", str(rep.index), value=rep.index) for rep in reps),
                class_="missed-rep",
            ),
        ),
        el(
            "label",
            "Check ",
            el(
                "select",
                *(el("option", told.check_words(code), value=code) for code in codes),
                class_="missed-code",
            ),
        ),
        el("button", "Add what the software missed", type="button", data_do="missed"),
        class_="missed needs-script",
        role="group",
        aria_label="Something you saw and the software did not",
    )
    return el(
        "div",
        el("h3", "Your decisions"),
        el("p", foreign(first.section.title), class_="file"),
        el("p", _tally(parts), class_="tally", role="status"),
        el("div", class_="agreement"),
        missed if reps and codes else None,
        el("ul", class_="missed-list"),
        el(
            "div",
            el(
                "label",
                "Repetitions that the software did not find ",
                el("input", type="number", min=0, max=999, step=1, value=0, class_="added"),
            ),
            el("label", "Note on this recording ", el("textarea", rows=2, class_="whole-note")),
            class_="whole needs-script",
        ),
        el("p", paragraph(f"Note: {note}") if note else None, class_="whole-noted", hidden=not note),
        el(
            "div",
            el("h3", "For the record"),
            el("button", "Copy for the record", type="button", data_do="copy", class_="needs-script"),
            el("span", class_="copied", role="status"),
            el(
                "pre",
                paragraph(record_text(parts)),
                class_="record",
                tabindex=0,
                role="region",
                aria_label="Text for the record",
            ),
            class_="record-box",
        ),
        class_="decisions",
        id=f"decisions-{first.recording}",
    )


def _tally(parts: Sequence[Part]) -> str:
    """Return how much was decided, and whose count it is."""
    found = [(rep.index, code) for part in parts for code, pairs in part.found().items() for rep, _ in pairs]
    decided = sum(key in parts[0].decided.faults for key in found)
    own, software = sum(part.count for part in parts), sum(len(part.complete) for part in parts)
    counted = f"{software} complete repetition{'' if software == 1 else 's'}"
    if own != software:
        counted = f"{own} complete repetitions by your count, {software} by the software"
    return f"{decided} of {len(found)} findings decided; {counted}."


def _about(part: Part) -> Html:
    summary = part.summary
    software = summary.software
    rows = (
        ("File", summary.source.path),
        ("SHA-256", summary.source.sha256 or "not known"),
        ("Recorded", summary.source.recorded_at or "not in the file"),
        ("Frames", f"{summary.source.frames_analysed}, {summary.source.width} × {summary.source.height}"),
        ("Exercise", told.certainty(part)),
        ("Profile", f"{summary.profile.name} (SHA-256 {summary.profile.sha256})"),
        ("Software", f"formcheck {software.formcheck}, pose model {software.model or 'not known'}"),
        ("Affected side", summary.affected_side or "not given"),
    )
    return el(
        "details",
        el("summary", el("h3", "About this recording and report")),
        el("dl", *(joined(el("dt", name), el("dd", foreign(value))) for name, value in rows)),
        el("p", DISCLAIMER),
        class_="about",
    )
