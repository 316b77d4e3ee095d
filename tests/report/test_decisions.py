"""``decisions.json``: read, checked, matched to a recording, compared with what the software found."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from people import example_summary

from formcheck.errors import UsageError
from formcheck.report.decisions import (
    SCHEMA,
    Agreement,
    Decision,
    Decisions,
    FaultDecision,
    RepDecision,
    agreement,
    check_about,
    complete_reps,
    load,
    matching,
    parse,
    to_json,
)

SHA = example_summary().source.sha256
ONE = Decisions(
    SHA,
    (RepDecision(1, True, ""), RepDecision(2, None, "=SUM(1) <script>alert('ä\u202e🦵')</script>")),
    (
        FaultDecision(1, "forward_lean", Decision.CONFIRMED, "clear"),
        FaultDecision(2, "knee_valgus", None, "?"),
    ),
    added_reps=2,
    note='"quotes"',
    saved_at="2026-11-25T10:00:00Z",
)


def document(**changes):
    return {"schema": SCHEMA, **ONE.to_dict(), **changes}


@pytest.mark.parametrize("several", [[ONE], [ONE, replace(ONE, source_sha256=None, reps=())], [ONE] * 0])
def test_what_is_written_is_read_back(several, tmp_path):
    path = tmp_path / "decisions.json"
    path.write_text(to_json(several), encoding="utf-8")
    assert load(path) == tuple(several)


def test_entries_as_the_page_writes_them():
    entries = [document(), document(source_sha256="cd" * 32)]
    assert parse({"schema": SCHEMA, "recordings": entries}, "d") == (
        ONE,
        replace(ONE, source_sha256="cd" * 32),
    )
    with pytest.raises(UsageError, match=r"recordings\[0\]\.schema is not"):
        parse({"schema": SCHEMA, "recordings": [document(schema="other/2")]}, "d")


OLDER = Path(__file__).with_name("decisions_0.1.0.json")
"""Saved by the page of formcheck 0.1.0: without a text for the patient."""


def test_a_file_of_0_1_0_is_read_and_says_nothing_to_the_patient():
    (read,) = load(OLDER)
    assert (read.patient, read.for_patient) == ("", "")
    assert (read.added_reps, read.note) == (1, "second visit")
    assert read.reps == (RepDecision(3, False, "talking"),)
    assert [one.decision for one in read.faults] == [Decision.CONFIRMED, Decision.MISSED]
    assert to_json([read]) == OLDER.read_text(encoding="utf-8")


def test_what_is_written_for_the_patient_is_kept():
    told = replace(ONE, patient="A. B.", for_patient="Twice a day.\nSlowly.")
    (read,) = parse(json.loads(to_json([told])), "d")
    assert read == told
    assert {"patient", "for_patient"}.isdisjoint(ONE.to_dict())
    with pytest.raises(UsageError, match="for_patient is 3, expected text"):
        parse(document(for_patient=3), "d")


def test_everything_but_the_recording_may_be_missing():
    assert parse({"schema": SCHEMA, "source_sha256": "AB"}, "d") == (Decisions("ab"),)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"schema": "formcheck.summary/1"}, 'schema is "formcheck.summary/1", expected'),
        ({"reps": []}, "reps is [], expected an object"),
        ({"reps": {"x": {}}}, 'reps."x" is not the number of a repetition'),
        ({"reps": {"0": {}}}, 'reps."0" is 0, expected a whole number from 1'),
        ({"reps": {"1": {"count": 1}}}, 'reps."1".count is 1, expected true, false or null'),
        ({"reps": {"1": {"counts": True}}}, 'reps."1".counts is not known; there are: count, note'),
        ({"faults": {}}, "faults is {}, expected a list"),
        ({"faults": [{"rep": 1}]}, "faults[0].code is missing"),
        ({"faults": [{"rep": True, "code": "x"}]}, "faults[0].rep is true"),
        ({"faults": [{"rep": 1, "code": "x", "decision": "yes"}]}, 'faults[0].decision is "yes"'),
        ({"faults": [{"rep": 1, "code": "x"}] * 2}, "faults[1] decides the same"),
        ({"added_reps": -1}, "added_reps is -1"),
        ({"added_reps": 1.5}, "added_reps is 1.5"),
        ({"note": None}, "note is null, expected text"),
        ({"fautls": []}, "fautls is not known"),
        ({"recordings": [{}]}, "source_sha256 is not known; there are: note, recordings"),
    ],
)
def test_what_is_wrong_is_named(changes, told):
    with pytest.raises(UsageError) as caught:
        parse(document(**changes), "my.json")
    assert str(caught.value).startswith("my.json: ")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({}, "recordings[0].source_sha256 is missing"),
        ({"source_sha256": 1}, "recordings[0].source_sha256 is 1, expected text"),
    ],
)
def test_of_several_the_entry_is_named_too(entry, told):
    with pytest.raises(UsageError, match="recordings") as caught:
        parse({"schema": SCHEMA, "recordings": [entry]}, "d")
    assert told in str(caught.value)
    twice = {"schema": SCHEMA, "recordings": [{"source_sha256": "a"}] * 2}
    with pytest.raises(UsageError, match=r"recordings\[1\]\.source_sha256 is that of an entry before"):
        parse(twice, "d")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'"text"', b"[]", b"null"])
def test_what_is_no_such_file(content, tmp_path):
    path = tmp_path / "decisions.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"decisions\.json: "):
        load(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path / "none.json")


# Matched to a recording


def test_decisions_are_matched_by_what_was_filmed():
    summary = example_summary()
    assert matching([Decisions("other"), ONE], summary, "d") == ONE
    assert matching([Decisions("other")], summary, "d") is None


def test_a_file_about_another_recording_is_refused():
    sources = {"clip.mp4": SHA, "live": None}
    check_about([Decisions("other"), ONE], sources, "d.json")
    check_about([Decisions(None)], sources, "d.json")
    with pytest.raises(UsageError) as caught:
        check_about([Decisions("c0ffee" * 10)], {"clip.mp4": SHA}, "d.json")
    assert "d.json: source_sha256 is that of another recording: c0ffeec0ffee; clip.mp4 is 9f86" in str(
        caught.value
    )
    with pytest.raises(UsageError, match=r"recordings\[…\]\.source_sha256"):
        check_about([Decisions("a"), Decisions("b")], {"clip.mp4": SHA}, "d.json")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"reps": (RepDecision(9),)}, 'reps."9" is a repetition that is not there: 2 were found'),
        ({"faults": (FaultDecision(9, "forward_lean"),)}, "faults[0].rep is a repetition that is not there"),
        (
            {"faults": (FaultDecision(1, "hips_drop"),)},
            'faults[0].code "hips_drop" is no check of repetition 1',
        ),
    ],
)
def test_decisions_about_another_review_of_it_are_refused(changes, told):
    with pytest.raises(UsageError) as caught:
        matching([replace(ONE, **changes)], example_summary(), "d")
    assert told in str(caught.value)


# Compared


def test_corrected_counts_stand_beside_the_software_s():
    summary = example_summary()  # a complete and a partial repetition
    assert summary.reps.complete == 1
    assert complete_reps(summary, Decisions(SHA)) == 1
    assert complete_reps(summary, Decisions(SHA, (RepDecision(1, False),))) == 0
    assert complete_reps(summary, Decisions(SHA, (RepDecision(2, True),), added_reps=3)) == 5
    assert summary.reps.complete == 1


def test_agreement_per_check():
    summary = example_summary()
    present = {(rep.index, c.code) for rep in summary.rep_list for c in rep.faults if c.verdict == "present"}
    assert present == {(1, "forward_lean")}
    said = (
        FaultDecision(1, "forward_lean", Decision.REJECTED),
        FaultDecision(2, "forward_lean", Decision.MISSED),
        FaultDecision(2, "knee_valgus", Decision.CONFIRMED),
        FaultDecision(1, "knee_valgus", None, "only a note"),
    )
    assert agreement(summary, Decisions(SHA, faults=said)) == (
        Agreement("forward_lean", 0, 1, 1, 0),
        Agreement("knee_valgus", 1, 0, 0, 0),
    )
    later = Decisions(SHA, faults=said[1:2])
    assert agreement(summary, later) == (Agreement("forward_lean", 0, 0, 1, 1),)
    assert agreement(summary, Decisions(SHA)) == ()


def test_the_file_is_plain_json():
    assert json.loads(to_json([ONE]))["reps"]["2"]["note"].startswith("=SUM(1) <script>")
