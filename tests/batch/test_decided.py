"""What therapists decided becomes tables, and is set against what the software found."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

import fsspec
import pytest

from tests.batch.fakes import clip, clips, score_all, table


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "in"


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def decide(path, source, **changes):
    """Write a file of decisions about a recording."""
    document = {"schema": "formcheck.decisions/1", "source_sha256": source, **changes}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return path


def lean(decision, rep=1):
    return {"rep": rep, "code": "forward_lean", "decision": decision, "note": "Hagrid leans"}


def decided(out, kind):
    return [row for row in table(out, "decisions") if row["kind"] == kind]


def test_decisions_beside_recordings_and_results_become_a_table(folder, out):
    one, two, three = clips(folder, 3)
    score_all(folder, out=out)
    assert table(out, "decisions") == table(out, "agreement") == []
    ids = {row["sha256"]: row["id"] for row in table(out)}
    decide(
        folder / "decisions.json", sha256(one), faults=[lean("confirmed")], saved_at="2026-03-01T10:00:00Z"
    )
    decide(folder / "001.mp4.formcheck" / "decisions (1).json", sha256(two), reps={"2": {"count": True}})
    decide(out / "results" / ids[sha256(three)] / "decisions.json", sha256(three), faults=[lean("rejected")])
    result = score_all(folder, out=out)
    assert result.about["scored"] == 0
    assert result.about["decisions"]["files"] == 3
    assert result.about["decisions"]["not_used"] == []
    first, second = decided(out, "check")
    assert (first["id"], first["recording_id"]) == (ids[sha256(one)], sha256(one)[:20])
    assert (first["rep"], first["code"], first["exercise"]) == (1, "forward_lean", "squat")
    assert (first["software"], first["decision"], first["note"]) == ("present", "confirmed", "Hagrid leans")
    assert first["saved_at"] == datetime(2026, 3, 1, 10)
    assert second["decision"] == "rejected"
    (rep,) = decided(out, "repetition")
    assert (rep["software"], rep["decision"]) == ("partial", "counted")
    counts = [(row["reps_software"], row["reps_therapist"]) for row in decided(out, "recording")]
    assert counts == [(1, 1), (1, 2), (1, 1)]


def test_agreement_per_check_and_of_counts(folder, out):
    said = [("confirmed", None), ("rejected", 0), ("confirmed", 1), (None, 0)]
    for i, (path, (decision, added)) in enumerate(zip(clips(folder, 4), said, strict=True)):
        faults = [lean(decision), {"rep": 2, "code": "knee_valgus", "decision": "missed"}]
        changes = {} if added is None else {"added_reps": added}
        decide(folder / f"decisions {i}.json", sha256(path), faults=faults[: 2 if i else 1], **changes)
    result = score_all(folder, out=out)
    counts, leans, valgus = table(out, "agreement")
    assert (leans["code"], leans["recordings"], leans["open"]) == ("forward_lean", 3, 0)
    assert (leans["confirmed"], leans["rejected"], leans["missed"]) == (2, 1, 0)
    assert leans["agreement"] == pytest.approx(2 / 3)
    assert (valgus["code"], valgus["missed"], valgus["agreement"]) == ("knee_valgus", 3, 0.0)
    assert (counts["code"], counts["recordings"]) == (None, 3)
    assert (counts["reps_software"], counts["reps_therapist"], counts["reps_off"]) == (3, 4, 1)
    assert counts["agreement"] == pytest.approx(2 / 3)
    assert [row["code"] for row in result.about["decisions"]["agreement"]] == [
        None,
        "forward_lean",
        "knee_valgus",
    ]
    page = (out / "index.html").read_text()
    assert "What therapists decided" in page
    assert "67%" in page


def test_what_nobody_decided_on_is_open_only_where_the_check_was_looked_at(folder, out):
    one, _ = clips(folder, 2)
    decide(
        folder / "decisions.json",
        sha256(one),
        faults=[{"rep": 2, "code": "knee_valgus", "decision": "missed"}],
    )
    score_all(folder, out=out)
    (row,) = table(out, "agreement")
    assert (row["code"], row["open"]) == ("knee_valgus", 0)


def test_of_several_files_about_a_recording_the_last_one_counts(folder, out):
    (one,) = clips(folder, 1)
    decide(
        folder / "b_decisions.json", sha256(one), faults=[lean("confirmed")], saved_at="2026-03-01T10:00:00Z"
    )
    decide(
        folder / "a_decisions.json", sha256(one), faults=[lean("rejected")], saved_at="2026-03-02T10:00:00Z"
    )
    decide(folder / "c_decisions.json", sha256(one), faults=[lean("missed")])
    score_all(folder, out=out)
    rows = {row["decision"]: row["superseded"] for row in decided(out, "check")}
    assert rows == {"confirmed": True, "rejected": False, "missed": True}
    (leans,) = table(out, "agreement")
    assert (leans["confirmed"], leans["rejected"], leans["missed"]) == (0, 1, 0)


def test_a_decision_belongs_to_the_result_that_it_fits(folder, out):
    """A file in the folder of a result is about that one; the same recording under other options is not."""
    (one,) = clips(folder, 1)
    manifest = folder / "m.csv"
    manifest.write_text("path,profile\n000.mp4,\n000.mp4,gentle\n")
    score_all(out=out, manifest=str(manifest))
    first, second = (row["id"] for row in table(out))
    decide(out / "results" / second / "decisions.json", sha256(one), faults=[lean("confirmed")])
    decide(folder / "decisions.json", sha256(one), faults=[lean("rejected")])
    score_all(out=out, manifest=str(manifest))
    rows = {row["id"]: row["decision"] for row in decided(out, "check")}
    assert rows == {first: "rejected", second: "confirmed"}


def test_what_cannot_be_used_is_told(folder, out):
    (one,) = clips(folder, 1)
    (folder / "decisions.json").write_text("{")
    decide(folder / "decisions 2.json", sha256(one), faults=[lean("confirmed", rep=9)])
    decide(folder / "decisions 3.json", "0" * 64, faults=[lean("confirmed")])
    decide(folder / "decisions 4.json", sha256(one), fault=[])
    result = score_all(folder, out=out)
    told = {one.rpartition("/")[2].partition(": ")[::2] for one in result.about["decisions"]["not_used"]}
    assert {name: what.partition(";")[0][:30] for name, what in told} == {
        "decisions.json": "is no JSON (Expecting property",
        "decisions 2.json": "speaks of repetitions or check",
        "decisions 3.json": "is about no recording of this ",
        "decisions 4.json": "fault is not known",
    }
    rows = decided(out, "check")
    assert [(row["id"], row["software"]) for row in rows] == [(None, None)] * 2
    assert table(out, "agreement") == []
    assert "is no JSON" in (out / "index.html").read_text()


def test_pseudonymised_decisions_hold_no_note_and_no_file_name(folder, out):
    one = clip(folder, "Hagrid.mp4")
    decide(folder / "Hagrid decisions.json", sha256(one), faults=[lean("confirmed")], note="Hagrid")
    decide(folder / "Hagrid bad decisions.json", sha256(one), faults=[lean("confirmed", rep=9)])
    result = score_all(folder, out=out, pseudonymise=True)
    assert decided(out, "check")[0]["decision"] == "confirmed"
    assert result.about["decisions"]["not_used"] == 1
    for path in out.rglob("*"):
        assert path.is_dir() or b"hagrid" not in path.read_bytes().lower(), path


def test_decisions_at_an_address_are_found(out):
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pipe_file("/in/a.mp4", b"ok # a")
    source = hashlib.sha256(b"ok # a").hexdigest()
    document = {"schema": "formcheck.decisions/1", "source_sha256": source, "faults": [lean("confirmed")]}
    memory.pipe_file("/in/decisions.json", json.dumps(document).encode())
    try:
        score_all("memory://in", out=out)
        assert [row["decision"] for row in decided(out, "check")] == ["confirmed"]
        score_all("memory://in", out="memory://out")
        memory.pipe_file("/out/results/x/decisions.json", json.dumps(document).encode())
        again = score_all("memory://in", out="memory://out")
        assert again.about["decisions"]["files"] == 2
    finally:
        memory.store.clear()
