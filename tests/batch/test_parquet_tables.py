"""What the tables hold, beyond one row per recording, repetition and check."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime

import pyarrow.parquet as pq
import pytest

from formcheck import __version__
from formcheck.batch.columns import COLUMNS, SCHEMA
from formcheck.batch.values import Survey, moment, value_of
from formcheck.report.summary_json import summary_schema
from formcheck.results import RepJoint
from tests.batch.fakes import EXAMPLE, clip, clips, score_all, table

ROOT = EXAMPLE.parent.parent.parent
RIGHT = {"joint": "knee_flexion", "side": "right", "near": True, "rest_deg": 4.0, "peak_deg": 92.0}
RIGHT |= {"range_deg": 88.0, "error_deg": 7.5, "valid_fraction": 0.97, "at_least": False}
LEFT = {**RIGHT, "side": "left", "near": False, "peak_deg": 70.0, "range_deg": None, "at_least": True}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "in"


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def document(**changes):
    """Return words for the scorer of the tests that make it write this over the example summary."""
    return "summary " + json.dumps(changes, separators=(",", ":")).replace(" ", "\N{SYMBOL FOR SPACE}")


def rep(**changes):
    (first, _) = json.loads(EXAMPLE.read_text())["rep_list"]
    return {**first, **changes}


def listed(folder, text):
    path = folder / "m.csv"
    folder.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


# Joints


def test_joints_hold_a_row_for_each_repetition_joint_and_side(folder, out):
    assert set(RIGHT) == set(asdict(RepJoint("", "left", None, None, None, None, None, 0.0)))
    reps = [rep(joints=[LEFT, RIGHT]), rep(index=2, verdict="partial", joints=[RIGHT])]
    clip(folder, "a.mp4", document(rep_list=reps))
    score_all(folder, out=out, csv=True)
    rows = table(out, "joints")
    assert [(row["rep"], row["side"], row["complete"]) for row in rows] == [
        (1, "left", True),
        (1, "right", True),
        (2, "right", False),
    ]
    (video,) = table(out)
    belongs = {"id": video["id"], "exercise": "squat", "rep": 1, "complete": True}
    assert rows[0] == {**belongs, **LEFT}
    assert rows[1] == {**belongs, **RIGHT}
    assert video["at_least"] == 1


def test_range_over_time_with_its_error_is_one_query(folder, out, monkeypatch):
    """The query is that of the documentation."""
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed: the queries are not tested")
    for day, peak in ((1, 90.0), (8, 101.0)):
        reps = [rep(index=i, joints=[{**RIGHT, "peak_deg": peak + i}, LEFT]) for i in (1, 2, 3)]
        clip(folder, f"{day}.mp4", document(rep_list=reps))
    manifest = listed(
        folder, "path,participant,recorded_at\n1.mp4,Anna,2026-03-01\n8.mp4,Anna,2026-03-08\n1.mp4,Bo,\n"
    )
    score_all(out=out.parent / "scored", manifest=manifest)
    monkeypatch.chdir(out.parent)
    queries = documented_queries()
    (query,) = (one for one in queries if "joints.parquet" in one)
    rows = duckdb.sql(query).fetchall()
    near = [row for row in rows if row[:4] == ("Anna", "knee_flexion", "right", True)]
    assert [row[4:] for row in near] == [
        (datetime(2026, 3, 1), 92.0, 7.5, False, 3),
        (datetime(2026, 3, 8), 103.0, 7.5, False, 3),
    ]
    hidden = [row for row in rows if row[2] == "left"]
    assert hidden
    assert all(row[7] for row in hidden)


def documented_queries():
    """Return the SQL of the documentation."""
    text = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
    blocks = [block.partition("```")[0] for block in text.split("```sql\n")[1:]]
    return [query.strip() for block in blocks for query in block.split(";") if query.strip()]


def test_every_documented_query_runs(folder, out, monkeypatch):
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed: the queries are not tested")
    clips(folder, 2)
    score_all(folder, out=out.parent / "scored")
    monkeypatch.chdir(out.parent)
    queries = documented_queries()
    assert len(queries) >= 5
    for query in queries:
        duckdb.sql(query).fetchall()


# Verdicts, and what was not counted


def test_videos_count_verdicts_and_what_was_not_counted(folder, out):
    verdicts = ["good", "good", "faulty", "partial", "not_assessed"]
    reps = [rep(index=i, verdict=verdict) for i, verdict in enumerate(verdicts, start=1)]
    missed = {
        **{"exercise": "squat", "side": None, "start_s": 1.0, "peak_s": 2.0, "end_s": 3.0, "size": 60.0},
        **{"signal": "knee_flexion", "signal_unit": "deg", "reason": "began before the recording"},
    }
    clip(folder, "a.mp4", document(rep_list=reps, not_counted=[missed]) + " warn count_uncertain")
    clip(folder, "bad.mp4", "raise")
    score_all(folder, out=out)
    row, failed = table(out)
    names = ("verdict_good", "verdict_faulty", "verdict_partial", "verdict_not_assessed", "not_counted")
    assert [row[name] for name in names] == [2, 1, 1, 1, 1]
    assert [failed[name] for name in names] == [None] * 5
    assert row["review_reasons"] == ["count_uncertain", "not_counted"]
    page = (out / "index.html").read_text()
    assert "a movement was not counted (began before the recording)" in page
    assert "a.mp4#t=1.0'>at 0:01.0</a>" in page


def test_rank_says_what_to_open_first(folder, out):
    stop = {**rep()["faults"][0], "code": "range_limit", "severity": "stop"}
    clip(folder, "a.mp4", "warn low_coverage")
    clip(folder, "b.mp4", "raise")
    clip(folder, "c.mp4")
    clip(folder, "d.mp4", document(rep_list=[rep(faults=[stop])]) + " warn limit_exceeded")
    clip(folder, "e.mp4", "warn low_coverage # a.mp4")
    clip(folder, "f.mp4", "warn count_uncertain")
    clip(folder, "g_test.mp4")
    result = score_all(folder, out=out, exclude=["*_test*"])
    ranks = {row["path"][-5:-4]: row["rank"] for row in table(out)}
    assert ranks == {"d": 1, "b": 2, "f": 3, "a": 4, "e": 4, "c": None, "t": None}
    assert (result.about["to_look_at"], result.about["needs_review"]) == (4, 4)


# One recording, several rows


def test_a_recording_of_two_participants_keeps_both_and_says_so(folder, out):
    clip(folder, "a.mp4", "ok # same")
    clip(folder, "b.mp4", "ok # same")
    clip(folder, "c.mp4")
    manifest = listed(folder, "path,participant\na.mp4,Anna\nb.mp4,Bo\na.mp4,Anna\nc.mp4,Cleo\n")
    score_all(out=out, manifest=manifest)
    first, second, third, own = table(out)
    assert [row["participant"] for row in (first, second, third)] == ["Anna", "Bo", "Anna"]
    assert second["duplicate_of"] == third["duplicate_of"] == "a.mp4"
    for row in (first, second, third):
        assert row["participants"] == ["Anna", "Bo"]
        assert row["needs_review"]
        assert row["review_reasons"] == ["several_participants"]
    assert (own["participants"], own["needs_review"], own["rank"]) == (["Cleo"], False, None)
    assert "listed for several participants (Anna, Bo)" in (out / "index.html").read_text()


def test_two_participants_with_other_options_are_seen_too(folder, out):
    clip(folder, "a.mp4")
    manifest = listed(folder, "path,participant,profile\na.mp4,Anna,\na.mp4,Bo,gentle\n")
    score_all(out=out, manifest=manifest, pseudonymise=True)
    first, second = table(out)
    assert first["id"] != second["id"]
    assert first["recording_id"] == second["recording_id"] == first["sha256"][:20]
    assert first["participants"] == second["participants"]
    assert len(first["participants"]) == 2
    assert not {"Anna", "Bo"} & set(first["participants"])
    assert first["participant"] in first["participants"]
    assert b"Anna" not in (out / "index.html").read_bytes()


# Dates


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-03-01", datetime(2026, 3, 1)),
        (" 2026-03-01 ", datetime(2026, 3, 1)),
        ("2026-03-01T09:30", datetime(2026, 3, 1, 9, 30)),
        ("2026-03-01 09:30:15.25", datetime(2026, 3, 1, 9, 30, 15, 250000)),
        ("2026-03-01T09:30:00+02:00", datetime(2026, 3, 1, 7, 30)),
        ("2026-03-01T09:30:00Z", datetime(2026, 3, 1, 9, 30)),
    ],
)
def test_what_is_a_date(text, when):
    assert moment(text) == when


@pytest.mark.parametrize(
    "text", ["1.3.2026", "03/01/2026", "2026-02-30", "2026", "20260301", "46082", "March", "0202-01-01", "?"]
)
def test_what_is_none(text):
    with pytest.raises(ValueError, match=r"not written|before|range|month|day"):
        moment(text)


def test_what_is_no_date_is_an_error_of_its_row(folder, out):
    clips(folder, 3)
    manifest = listed(
        folder, "path,recorded_at\n000.mp4,1.3.2026\n001.mp4,2026-03-01T10:00+01:00\n002.mp4,\n"
    )
    result = score_all(out=out, manifest=manifest)
    assert result.about["reasons"] == {"bad_options": 1}
    bad, good, empty = table(out)
    assert bad["status"] == "failed"
    assert bad["message"] == (
        "recorded_at is '1.3.2026', which is no date (not written as 2026-03-01 or 2026-03-01T09:30)"
    )
    assert (bad["recorded_at"], bad["recorded_at_source"]) == (None, None)
    assert (good["recorded_at"], good["recorded_at_source"]) == (datetime(2026, 3, 1, 9), "manifest")
    assert (empty["recorded_at"], empty["recorded_at_source"]) == (None, None)
    assert str(pq.read_schema(out / "videos.parquet").field("recorded_at").type) == "timestamp[us]"


def test_the_date_of_the_file_is_taken_where_the_manifest_says_none(folder, out):
    source = json.loads(EXAMPLE.read_text())["source"]
    clip(folder, "a.mp4", document(source={**source, "recorded_at": "2025-12-24T18:00:00+01:00"}))
    score_all(folder, out=out)
    (row,) = table(out)
    assert (row["recorded_at"], row["recorded_at_source"]) == (datetime(2025, 12, 24, 17), "file")


# Columns of one's own


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["3", "-12", ""], "int64", [3, -12, None]),
        (["3", "1.5", "NA"], "float64", [3.0, 1.5, None]),
        (["1.2e-5"], "float64", [1.2e-5]),
        (["true", "FALSE"], "bool", [True, False]),
        (["2026-03-01", ""], "date32[day]", [date(2026, 3, 1), None]),
        (
            ["2026-03-01T10:00", "2026-03-01"],
            "timestamp[us]",
            [datetime(2026, 3, 1, 10), datetime(2026, 3, 1)],
        ),
        (["007", "12"], "string", ["007", "12"]),
        (["3E2", "12"], "string", ["3E2", "12"]),
        (["+49", "12"], "string", ["+49", "12"]),
        (["1_000"], "string", ["1_000"]),
        (["1,5"], "string", ["1,5"]),
        (["12345678901234567890"], "string", ["12345678901234567890"]),
        (["yes", "no"], "string", ["yes", "no"]),
        (["NA", ""], "string", ["NA", None]),
        (["1", "x"], "string", ["1", "x"]),
        (["1.3.2026"], "string", ["1.3.2026"]),
        ([], "string", []),
    ],
)
def test_a_column_has_the_type_that_all_its_cells_fit(cells, kind, values):
    survey = Survey()
    for cell in cells:
        survey.add(cell)
    assert survey.kind == kind
    assert [value_of(cell, kind, comma=False) for cell in cells] == values


def test_columns_of_ones_own_keep_their_type_in_the_tables(folder, out):
    clips(folder, 3)
    manifest = listed(
        folder,
        "path,age,weight,code,left_handed,born,status\n"
        "000.mp4,41,70.5,007,true,1985-01-31,1\n001.mp4,,70,12,FALSE,,2\n002.mp4,39,a,b,c,d,e,f,g\n",
    )
    score_all(out=out, manifest=manifest, csv=True)
    schema = pq.read_schema(out / "videos.parquet")
    kinds = {"age": "int64", "weight": "double", "code": "string", "left_handed": "bool"}
    kinds |= {"born": "date32[day]", "manifest_status": "int64"}
    assert {name: str(schema.field(name).type) for name in kinds} == kinds
    first, second, shifted = table(out)
    assert [first[name] for name in kinds] == [41, 70.5, "007", True, date(1985, 1, 31), 1]
    assert [second[name] for name in kinds] == [None, 70.0, "12", False, None, 2]
    assert shifted["reason"] == "bad_options"
    assert [shifted[name] for name in kinds] == [None] * 6
    assert "1985-01-31" in (out / "videos.csv").read_text()
    assert "born,date32[day]" in (out / "data_dictionary.csv").read_text()


def test_a_decimal_comma_is_a_number_where_semicolons_separate(folder, out):
    clips(folder, 1)
    score_all(out=out, manifest=listed(folder, "path;weight\n000.mp4;70,5\n"))
    assert table(out)[0]["weight"] == 70.5


# Versions, and the log of runs


def test_every_table_says_its_schema(folder, out):
    clips(folder, 1)
    result = score_all(folder, out=out)
    for name in COLUMNS:
        told = pq.read_schema(out / f"{name}.parquet").metadata
        assert told[b"formcheck.schema"].decode() == SCHEMA == "formcheck.batch/2"
        assert told[b"formcheck.table"].decode() == name
        assert told[b"formcheck.version"].decode() == __version__
        assert told[b"formcheck.summary_schema"] == b"formcheck.summary/2"
    assert result.about["schema"] == SCHEMA
    assert summary_schema()["properties"]["schema"]["const"] == "formcheck.summary/2"


def test_runs_are_appended_to_a_log(folder, out):
    clips(folder, 1)
    first = score_all(folder, out=out)
    clips(folder, 2)
    second = score_all(folder, out=out)
    lines = [json.loads(line) for line in (out / "runs.jsonl").read_text().splitlines()]
    assert lines == [first.about, second.about]
    assert json.loads((out / "run.json").read_text()) == lines[-1]


def test_the_log_loses_its_names_when_none_are_wanted(folder, out):
    clip(folder / "Hagrid", "a.mp4")
    score_all(folder / "Hagrid", out=out)
    (out / "runs.jsonl").write_text((out / "runs.jsonl").read_text() + "Hagrid was here\n")
    score_all(folder / "Hagrid", out=out, pseudonymise=True)
    lines = (out / "runs.jsonl").read_text().splitlines()
    assert len(lines) == 2
    assert "Hagrid" not in "".join(lines)
    assert json.loads(lines[0])["rows"] == 1
