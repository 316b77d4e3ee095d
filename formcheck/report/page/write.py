"""The page put together, and written in one step."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from string import Template
from typing import Any

from formcheck.report.folder import text_file
from formcheck.report.page import told
from formcheck.report.page.decided import Decided
from formcheck.report.page.html import Html, joined, script_json, text
from formcheck.report.page.parts import Part, parts_of
from formcheck.report.page.patient import cue_of, patient_markup
from formcheck.report.page.record import head_lines, measured_by, part_text, range_lines, tail_lines
from formcheck.report.page.section import Assessment, Section
from formcheck.report.page.sheet import recording_markup
from formcheck.report.page.together import contents, together_markup
from formcheck.report.page.told import heading
from formcheck.report.page.traces import TICKS_PER_S, frame_times, gaps, traces
from formcheck.report.summary_json import plain
from formcheck.report.words import CHECK_WORDS, FOUND_WORDS
from formcheck.results import FaultCheck, FaultVerdict, Rep

REPORT = "report.html"

Json = dict[str, Any]


def write_report(sections: Sequence[Section], path: Path, *, assessment: Assessment | None = None) -> None:
    """Write ``report.html``: complete under its name, or not there at all.

    Parameters
    ----------
    sections : sequence of Section
        One for each recording, in the order shown; at least one.
    path : Path
        Where to; videos are found relative to it.
    assessment : Assessment | None
        What several recordings say together.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    document = page(sections, assessment)
    with text_file(path) as file:
        file.write(document)


def page(sections: Sequence[Section], assessment: Assessment | None = None) -> str:
    """Return the whole page.

    Parameters as of `write_report`.
    """
    parts = parts_of(sections)
    recordings = [list(group) for _, group in groupby(parts, key=lambda part: part.recording)]
    style, script = _asset("page.css"), _asset("page.js")
    return Template(_asset("page.html")).substitute(
        title=text(_title(parts)),
        policy=text(_policy(style, script)),
        style=style,
        script=script,
        contents=contents(parts) or "",
        patient_name=text(_patient(sections)),
        together=together_markup(assessment, sections) or "",
        recordings=joined(*map(recording_markup, recordings)),
        patient=patient_markup(parts),
        data=script_json(payload(parts, sections)),
    )


def payload(parts: Sequence[Part], sections: Sequence[Section]) -> Json:
    """Return what the page's script works with."""
    recordings: list[Json] = [_recording(section) for section in sections]
    for part in parts:
        recordings[part.recording].setdefault("times", frame_times(part.series))
        recordings[part.recording].setdefault("gaps", gaps(part.series))
        recordings[part.recording]["measured_by"] = measured_by(part)
    return {
        "ticks": TICKS_PER_S,
        "recordings": recordings,
        "parts": [_part(part) for part in parts],
        "patient": _patient(sections),
        "words": {code: CHECK_WORDS.get(code, code) for code in (*CHECK_WORDS, *FOUND_WORDS)},
    }


def _recording(section: Section) -> Json:
    summary = section.review.summary
    decisions = None if section.decisions is None else plain(section.decisions.to_dict())
    return {
        "sha256": summary.source.sha256,
        "name": section.title,
        "key": f"{summary.source.sha256 or summary.source.path}/{summary.profile.sha256[:12]}",
        "decisions": decisions,
        "patient": section.patient,
        "measured_by": None,
        "reps": {str(rep.index): rep.complete for rep in summary.rep_list},
    }


def _patient(sections: Sequence[Section]) -> str:
    """Return whose report this is, as far as it is known."""
    names = (Decided.of(section.decisions).patient or section.patient for section in sections)
    return next(filter(None, names), "")


def _part(part: Part) -> Json:
    trend = told.trend_text(part)
    return {
        "recording": part.recording,
        "leads": part.leads,
        "name": heading(part),
        "codes": list(part.totals()),
        "offered": list(part.table.codes) if part.table else [],
        "span": list(part.span_s),
        "traces": traces(part),
        "reps": [
            {
                "index": rep.index,
                "start": rep.start_s,
                "peak": rep.peak_s,
                "end": rep.end_s,
                "assessed": rep.checks.assessed,
                "of": rep.checks.of,
                "judged": any(check.verdict is not FaultVerdict.NOT_ASSESSED for check in rep.faults),
            }
            for rep in part.reps
        ],
        "checks": {code: _check(part, code) for code in part.totals()},
        "note": told.software_note(part),
        "trend": trend.text if trend.notable else "",
        "record": {
            "head": head_lines(part),
            "range": range_lines(part),
            "tail": tail_lines(part),
            "whole": part_text(part),
        },
        "findings": [
            _finding(part, rep, check)
            for rep in part.reps
            for check in rep.faults
            if check.verdict is FaultVerdict.PRESENT
        ],
    }


def _check(part: Part, code: str) -> Json:
    """Return what the script needs of a check to say what stands after a decision."""
    one = part.totals()[code]
    judged, unjudged = told.judged_reps(part, code)
    return {
        "found": told.found_words(code),
        "rejected": FOUND_WORDS.get(code, code),
        "judged": judged,
        "unjudged": unjudged,
        "clear": bool(one.absent and not one.present),
        "name": told.clear_name(part, code),
        "cue": cue_of(code),
    }


def _finding(part: Part, rep: Rep, check: FaultCheck) -> Json:
    words = told.in_words(part, rep, check)
    return {
        "rep": rep.index,
        "code": check.code,
        "words": FOUND_WORDS.get(check.code, check.code),
        "severity": told.severity_of(check).value,
        "from": check.start_s,
        "to": check.end_s,
        "worst": words.when_s,
        "value": words.value,
        "limit": words.limit,
        "most": words.most,
        "beyond": list(told.beyond(check)),
    }


def _title(parts: Sequence[Part]) -> str:
    names = ", ".join(dict.fromkeys(heading(part) for part in parts))
    return f"{names} – movement report"


@lru_cache
def _asset(name: str) -> str:
    return files("formcheck.report.page").joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> Html:
    """Return what the page may do: show its own pictures and video, run its own script, nothing else."""
    return Html(
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "img-src data:; media-src 'self' file:; base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
