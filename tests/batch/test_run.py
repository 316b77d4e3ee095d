"""Whole runs, with worker processes whose scorer does what the files say."""

from __future__ import annotations

import csv
import errno
import json
import os
import random
import signal
import subprocess
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from formcheck.batch import receipts as receiving
from formcheck.batch import run as running
from formcheck.batch import store as storing
from formcheck.batch.columns import COLUMNS
from formcheck.batch.store import LocalStore
from formcheck.errors import ModelError, OutputError, UsageError
from formcheck.profile import GENTLE
from formcheck.reading import Reading
from tests.batch.fakes import clip, clips, receipts, score_all, start_process, table


@pytest.fixture
def log(tmp_path, monkeypatch):
    """Every recording that was scored, a line each."""
    path = tmp_path / "log"
    monkeypatch.setenv("FAKE_LOG", str(path))

    def scored():
        lines = path.read_text().splitlines() if path.exists() else []
        return sorted(line.split()[0] for line in lines)

    return scored


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "in"


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def by_name(out, name="videos"):
    return {Path(row["path"]).name: row for row in table(out, name)}


def reasons(out):
    return {name: row["reason"] for name, row in by_name(out).items() if row["status"] == "failed"}


# What a run does with recordings


def test_every_recording_becomes_a_row_and_its_repetitions(folder, out):
    clips(folder, 3)
    result = score_all(folder, out=out)
    assert result.about["status"] == {"ok": 3}
    videos, reps, faults = (table(out, name) for name in ("videos", "reps", "faults"))
    assert [row["row"] for row in videos] == [1, 2, 3]
    assert len({row["id"] for row in videos}) == 3
    for row in videos:
        summary = json.loads((out / "results" / row["id"] / "summary.json").read_text())
        own = [rep for rep in reps if rep["id"] == row["id"]]
        assert [rep["peak"] for rep in own] == [rep["peak"] for rep in summary["rep_list"]]
        assert [rep["exercise"] for rep in own] == ["squat"] * len(own)
        checks = [fault for fault in faults if fault["id"] == row["id"]]
        assert len(checks) == sum(len(rep["faults"]) for rep in summary["rep_list"])
        assert row["reps_complete"] == summary["reps"]["complete"]
        assert row["processing_s"] > 0


def test_what_cannot_be_scored_is_a_row_with_a_reason_and_the_rest_goes_on(folder, out):
    clips(folder, 3)
    clip(folder, "person.mp4", "raise")
    clip(folder, "crash.mp4", "crash")
    clip(folder, "hang.mp4", "hang")
    clip(folder, "bug.mp4", "bug")
    clip(folder, "once.mp4", "crash-once")
    result = score_all(folder, folder / "none.mp4", out=out, processes=True, time_limit_s=1.5)
    assert result.about["status"] == {"ok": 4, "failed": 5}
    assert reasons(out) == {
        "person.mp4": "no_person",
        "crash.mp4": "crashed",
        "hang.mp4": "timeout",
        "bug.mp4": "crashed",
        "none.mp4": "not_found",
    }
    messages = {name: row["message"] for name, row in by_name(out).items()}
    assert messages["person.mp4"] == "nobody was found; film somebody"
    assert "SIGSEGV" in messages["crash.mp4"]
    assert "2 times" in messages["crash.mp4"]
    assert str(folder) not in messages["bug.mp4"]


def test_identical_files_are_scored_once_and_give_a_row_each(folder, out, log):
    for name in ("b.mp4", "a.mp4", "c.mp4"):
        clip(folder, name, "sleep 0.1 # the same")
    assert score_all(folder, out=out).about["known_before"] == 0
    assert len(log()) == 1
    rows = table(out)
    assert len({row["id"] for row in rows}) == 1
    assert [row["duplicate_of"] and Path(row["duplicate_of"]).name for row in rows] == [
        None,
        "a.mp4",
        "a.mp4",
    ]
    assert len(table(out, "reps")) == 2
    assert [row["status"] for row in rows] == ["ok"] * 3


def test_identical_files_fail_together(folder, out, log):
    clip(folder, "a.mp4", "raise # the same")
    clip(folder, "b.mp4", "raise # the same")
    result = score_all(folder, out=out)
    assert result.failed == 2
    assert [row["duplicate_of"] is None for row in table(out)] == [True, False]


def test_needs_review_says_why(folder, out):
    clip(folder, "two.mp4", "warn second_person warn low_coverage")
    clip(folder, "good.mp4")
    result = score_all(folder, out=out)
    rows = by_name(out)
    assert rows["two.mp4"]["needs_review"]
    assert rows["two.mp4"]["review_reasons"] == ["second_person", "low_coverage"]
    assert not rows["good.mp4"]["needs_review"]
    assert rows["good.mp4"]["review_reasons"] == []
    assert result.about["needs_review"] == 1


def test_a_worker_without_a_model_ends_the_run(folder, out):
    clip(folder, "a.mp4", "model")
    with pytest.raises(ModelError, match="altered"):
        score_all(folder, out=out)


def test_workers_that_cannot_start_end_the_run(folder, out):
    clip(folder, "a.mp4")
    with pytest.raises(ModelError, match="end as soon as they start"):
        score_all(folder, out=out, processes=True, scorer="tests.batch.no_such_module:score")


def test_nothing_to_score_is_wrong_use(tmp_path, out):
    with pytest.raises(UsageError, match="nothing to score"):
        score_all(tmp_path, out=out)
    assert not out.exists()


# The manifest


def test_a_manifest_row_decides_and_its_own_columns_are_carried(folder, out):
    clips(folder, 3)
    manifest = folder / "study.csv"
    manifest.write_text(
        "path,exercise,affected_side,profile,participant,recorded_at,site,status\n"
        "000.mp4,squat,left,gentle,Anna,2026-01-02,Ulm,new\n"
        "001.mp4,,,,,,,\n"
        "001.mp4,yoga,,,,,,\n"
        "002.mp4,,up,,,,,\n"
        "002.mp4,,,nobody.toml,,,,\n"
        "zzz.mp4,,,,,,,\n"
    )
    score_all(out=out, manifest=str(manifest), exercise="bridge")
    rows = table(out)
    assert [row["status"] for row in rows] == ["ok", "ok", "failed", "failed", "failed", "failed"]
    assert [row["reason"] for row in rows[2:]] == ["bad_options"] * 3 + ["not_found"]
    assert [row["asked_exercise"] for row in rows[:3]] == ["squat", "bridge", "yoga"]
    first = rows[0]
    assert (first["participant"], first["recorded_at"]) == ("Anna", datetime(2026, 1, 2))
    assert (first["site"], first["manifest_status"]) == ("Ulm", "new")
    assert first["profile_sha256"] == GENTLE.sha256
    assert first["path"] == "000.mp4"


def test_what_the_user_excludes_is_skipped(folder, out, log):
    clips(folder, 2)
    clip(folder, "x_test.mp4")
    result = score_all(folder, out=out, exclude=["*_test.mp4"])
    assert result.about["status"] == {"ok": 2, "skipped": 1}
    assert log() == ["000.mp4", "001.mp4"]
    again = score_all(folder, out=out)
    assert again.about["status"] == {"ok": 3}


# Receipts


def test_finished_work_is_not_done_again(folder, out, log):
    clips(folder, 4)
    clip(folder, "bad.mp4", "raise")
    score_all(folder, out=out)
    before = table(out)
    again = score_all(folder, out=out)
    assert len(log()) == 4
    assert again.about["known_before"] == 5
    assert again.about["scored"] == 0
    assert table(out) == before


def test_a_moved_or_touched_file_is_recognised_by_its_content(folder, out, log):
    one, two = clips(folder, 2)
    score_all(folder, out=out)
    os.utime(one, (1, 1))
    two.rename(folder / "other.mp4")
    result = score_all(folder, out=out)
    assert result.about["status"] == {"ok": 2}
    assert len(log()) == 2


def test_another_content_under_the_same_name_is_scored(folder, out, log):
    one, _ = clips(folder, 2)
    score_all(folder, out=out)
    one.write_text("reps 7 # longer than before")
    score_all(folder, out=out)
    assert len(log()) == 3
    assert by_name(out)["000.mp4"]["reps_complete"] == 7


def test_other_options_are_other_work(folder, out, log):
    clips(folder, 1)
    score_all(folder, out=out)
    for options in (
        {"exercise": "squat"},
        {"side": "left"},
        {"affected_side": "left"},
        {"profile": GENTLE},
        {"model": "lite"},
        {"reading": Reading(rotate_deg=90)},
        {"reading": Reading(max_rate_hz=15.0)},
    ):
        done = len(log())
        score_all(folder, out=out, **options)
        assert len(log()) == done + 1, options
    score_all(folder, out=out)
    assert len(log()) == 8
    assert len(list((out / "results").iterdir())) == 8
    assert len(table(out)) == 1


def test_fresh_does_everything_again(folder, out, log):
    clips(folder, 2)
    clip(folder, "same.mp4", "ok # 000.mp4")
    score_all(folder, out=out)
    result = score_all(folder, out=out, fresh=True)
    assert len(log()) == 4
    assert result.about["status"] == {"ok": 3}


def test_crashes_and_timeouts_are_tried_again_by_the_next_run(folder, out):
    clip(folder, "a.mp4", "hang")
    score_all(folder, out=out, processes=True, time_limit_s=0.5)
    assert reasons(out) == {"a.mp4": "timeout"}
    clip(folder, "a.mp4", "ok # in time now")
    result = score_all(folder, out=out)
    assert result.about["status"] == {"ok": 1}


def test_a_lost_result_is_made_again(folder, out, log):
    clips(folder, 2)
    score_all(folder, out=out)
    first = by_name(out)["000.mp4"]
    for file in (out / "results" / first["id"]).iterdir():
        file.unlink()
    result = score_all(folder, out=out)
    assert result.about["status"] == {"ok": 2}
    assert log() == ["000.mp4", "000.mp4", "001.mp4"]


def test_results_without_receipts_are_found_by_their_content(folder, out, log):
    clips(folder, 3)
    score_all(folder, out=out)
    for file in (out / storing.STATE).iterdir():
        file.unlink()
    result = score_all(folder, out=out)
    assert result.about["status"] == {"ok": 3}
    assert result.about["known_before"] == 3
    assert len(log()) == 3


def test_a_damaged_list_of_finished_work_is_told(folder, out):
    clips(folder, 1)
    score_all(folder, out=out)
    (out / storing.STATE / "receipts.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(OutputError, match="delete this file"):
        score_all(folder, out=out)


def test_a_file_that_changes_while_it_is_scored_is_tried_again_later(folder, out):
    one = clip(folder, "a.mp4", "sleep 1.5")
    process = start_process(out=str(out), paths=[str(folder)])
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not receipts(out, "files"):  # known before it is scored
        time.sleep(0.05)
    one.write_text("ok # and more")
    process.communicate(timeout=30)
    assert reasons(out) in ({"a.mp4": "unreadable"}, {})
    score_all(folder, out=out)
    assert reasons(out) == {}


def test_two_runs_cannot_write_into_one_folder(folder, out):
    clips(folder, 1)
    store = LocalStore(out)
    try:
        with pytest.raises(UsageError, match="another run"):
            score_all(folder, out=out)
    finally:
        store.close()
    score_all(folder, out=out)


# Names


def test_pseudonymise_writes_no_name_anywhere(folder, out):
    secret = folder / "Hagrid-Rubeus"
    clip(secret, "Hagrid_left.mp4")
    clip(secret, "Hagrid_twin.mp4", "ok # Hagrid_left.mp4")
    clip(secret, "Hagrid_bad.mp4", "raise")
    clip(secret, "Hagrid_bug.mp4", "bug")
    manifest = folder / "Hagrid.csv"
    lines = [f"{secret / name},Hagrid,Hagrid here" for name in sorted(os.listdir(secret))]
    manifest.write_text(
        "\n".join(["path,participant,note", *lines, "Hagrid_lost.mp4,Hagrid,", f"{secret},Hagrid,"])
        + "\nx.mp4,Hagrid,\nhagrid://x,Hagrid,\n"
    )
    score_all(out=out, manifest=str(manifest), csv=True, pseudonymise=True)
    for path in out.rglob("*"):
        assert "hagrid" not in str(path.relative_to(out)).lower()
        assert path.is_dir() or b"hagrid" not in path.read_bytes().lower(), path
    for name in COLUMNS:
        assert "hagrid" not in str(table(out, name)).lower()
    rows = table(out)
    assert len({row["participant"] for row in rows}) == 1
    assert all(row["path"] == row["id"] for row in rows)
    assert [row["reason"] for row in rows[4:]] == ["not_found"] * 3 + ["unsupported"]


def test_pseudonymise_takes_names_out_of_results_that_are_there(folder, out, log):
    clip(folder, "Hagrid.mp4")
    score_all(folder, out=out)
    score_all(folder, out=out, pseudonymise=True)
    assert len(log()) == 1
    (row,) = table(out)
    summary = json.loads((out / "results" / row["id"] / "summary.json").read_text())
    assert summary["source"]["path"] == row["id"]


def test_pseudonymise_does_reports_that_are_there_again(folder, out, log):
    clip(folder, "Hagrid.mp4")
    score_all(folder, out=out, report=True)
    score_all(folder, out=out, pseudonymise=True)
    assert len(log()) == 2
    (row,) = table(out)
    assert [path.name for path in (out / "results" / row["id"]).iterdir()] == ["summary.json"]


def test_a_report_is_linked_and_made_where_it_is_missing(folder, out, log):
    clip(folder, "a.mp4", "warn low_coverage")
    score_all(folder, out=out)
    (row,) = table(out)
    link = f"results/{row['id']}/report.html"
    assert link not in (out / "index.html").read_text()
    score_all(folder, out=out, report=True)
    assert link in (out / "index.html").read_text()
    assert (out / link).is_file()
    score_all(folder, out=out, report=True)
    assert len(log()) == 2


# What is written


def test_the_dictionary_describes_every_column(folder, out):
    clips(folder, 1)
    manifest = folder / "m.csv"
    manifest.write_text("path,my own\n000.mp4,1\n")
    score_all(out=out, manifest=str(manifest))
    with (out / "data_dictionary.csv").open(newline="") as file:
        described = {(row["table"], row["column"]): row for row in csv.DictReader(file)}
    for name in COLUMNS:
        schema = pq.read_schema(out / f"{name}.parquet")
        assert {column for table_name, column in described if table_name == name} == set(schema.names)
        for field in schema:
            told = described[name, field.name]
            assert told["meaning"]
            assert told["type"] in (str(field.type), str(field.type).replace("double", "float64")) or (
                told["type"] == "list<string>"
            )


def test_csv_says_the_same_and_goes_when_it_is_not_asked_for(folder, out):
    clip(folder, "=a.mp4", "warn low_coverage warn truncated")
    clip(folder, "b.mp4", "raise")
    score_all(folder, out=out, csv=True)
    for name in COLUMNS:
        with (out / f"{name}.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        columns = table(out, name)
        assert len(rows) == len(columns)
        if columns:
            assert list(rows[0]) == list(columns[0])
        if name != "agreement":
            assert [row["id"] for row in rows] == [row["id"] for row in columns]
    with (out / "videos.csv").open(newline="") as file:
        first = next(csv.DictReader(file))
    assert first["review_reasons"] == "low_coverage;truncated"
    score_all(folder, out=out)
    assert not list(out.glob("*.csv")) or [p.name for p in out.glob("*.csv")] == ["data_dictionary.csv"]


def test_tables_are_read_by_duckdb(folder, out):
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed: reading the tables is not tested")
    clips(folder, 3)
    score_all(folder, out=out)
    query = (
        f"SELECT count(*) FROM '{out}/videos.parquet' v JOIN '{out}/reps.parquet' r USING (id) "
        f"JOIN '{out}/faults.parquet' f ON f.id = r.id AND f.rep = r.index"
    )
    assert duckdb.sql(query).fetchall()[0][0] == len(table(out, "faults")) > 0


def test_tables_are_read_by_pandas(folder, out):
    pandas = pytest.importorskip("pandas", reason="pandas is not installed: reading the tables is not tested")
    clips(folder, 3)
    score_all(folder, out=out)
    assert len(pandas.read_parquet(out / "videos.parquet")) == 3


def test_a_name_that_is_no_text_is_scored_too(folder, out):
    folder.mkdir()
    name = os.fsdecode(b"caf\xe9.mp4")
    try:
        (folder / name).write_text("ok")
    except OSError:
        pytest.skip("this file system takes no such names")
    score_all(folder, out=out, csv=True)
    (row,) = table(out)
    assert row["status"] == "ok"
    assert row["path"].endswith("caf?.mp4")


def test_a_name_in_quotes_is_a_name(folder, out):
    manifest = folder / "m.csv"
    clip(folder, '"a".mp4')
    manifest.write_text('path\n"""a"".mp4"\n')
    score_all(out=out, manifest=str(manifest))
    assert [(row["path"], row["status"]) for row in table(out)] == [('"a".mp4', "ok")]


def test_hashes_are_written_now_and_then_and_at_the_end(folder, out, monkeypatch):
    clips(folder, 20)
    written = []
    keep = receiving.Receipts.keep

    def noted(kept, *, at_once=False):
        before = len(kept._noted)
        keep(kept, at_once=at_once)
        written.append(before - len(kept._noted))

    monkeypatch.setattr(receiving.Receipts, "keep", noted)
    score_all(folder, out=out)
    assert sum(written) == receipts(out, "files") == 20
    assert sum(1 for count in written if count) < 10


def test_no_pattern_of_a_crash_leaves_a_temporary_file(folder, out):
    clips(folder, 2)
    (out / "results" / ".part-abc").mkdir(parents=True)
    (out / "results" / ".part-abc" / "summary.json").write_text("{")
    (out / ".part-7-videos.parquet").write_text("PAR1")
    score_all(folder, out=out)
    assert not list(out.rglob(".part-*"))
    assert len(table(out)) == 2


# Ctrl-C, the disk, SIGKILL


def wait_for(condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)


def results_in(out):
    folder = out / "results"
    return [path for path in folder.iterdir() if path.name[0] != "."] if folder.exists() else []


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_keeps_what_was_done_and_writes_the_tables(folder, out, log, kind):
    clips(folder, 30, "sleep 0.1")
    process = start_process(out=str(out), paths=[str(folder)])
    wait_for(lambda: len(results_in(out)) >= 3)
    process.send_signal(kind)
    process.communicate(timeout=20)
    assert process.returncode == 130
    done = table(out)
    assert 3 <= len(done) < 30
    about = json.loads((out / "run.json").read_text())
    assert about["interrupted"]
    assert about["rows"] == 30
    assert "still to be done" in (out / "index.html").read_text()
    score_all(folder, out=out)
    assert len(log()) <= 32  # the two at hand were lost
    assert {row["id"] for row in done} <= {row["id"] for row in table(out)}
    assert len(table(out)) == 30


def test_a_full_disk_stops_the_run_and_a_later_one_completes(folder, out, log, monkeypatch):
    clips(folder, 8)
    write, room = storing._write, [3]

    def full(path, data):
        room[0] -= 1
        write(path, data if room[0] >= 0 else data[:100])
        if room[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storing, "_write", full)
    with pytest.raises(OutputError, match=r"disk is full.* 3 of 8 recordings are done and kept"):
        score_all(folder, out=out)
    assert len(results_in(out)) == 3
    assert not list(out.rglob(".part-*"))
    monkeypatch.setattr(storing, "_write", write)
    assert score_all(folder, out=out).about["status"] == {"ok": 8}
    assert len(table(out)) == 8


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 2 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here (needs root): a really full disk is not tested")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_really_full_disk(folder, small_disk, log):
    clips(folder, 12)
    out = small_disk / "out"
    ballast = small_disk / "ballast"
    process = start_process(out=str(out), paths=[str(folder)])
    wait_for(lambda: len(results_in(out)) >= 3)
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    _, told = process.communicate(timeout=30)
    if process.returncode == 0:
        pytest.skip("the run was over before the disk was full")
    assert "disk is full" in told
    assert "done and kept" in told or "receipts" in told or ".parquet" in told
    ballast.unlink()
    assert score_all(folder, out=out).about["status"] == {"ok": 12}
    assert len(table(out)) == 12
    assert not list(out.rglob(".part-*"))


def workers_of(pid):
    """The processes that a process has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(one) for one in children.read_text().split()] if children.exists() else []


def kill(pid):
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to find the workers")
@pytest.mark.parametrize("victims", ["workers", "parent", "both"])
def test_sigkill_at_any_moment_loses_nothing_and_does_nothing_twice(folder, out, tmp_path, victims):
    """Ten kills at random moments over the three cases; then one run that is left alone.

    A moment is so many results later, and a little: on a busy machine a time would hit the start alone.
    """
    count, kills = 30, {"workers": 4, "parent": 3, "both": 3}[victims]
    clips(folder, count, "sleep 0.05")
    clip(folder, "twin.mp4", "sleep 0.05 # 000.mp4")
    chance = random.Random(victims)
    log = tmp_path / "killed-log"
    for _ in range(kills):
        before = len(results_in(out))
        process = start_process(log, out=str(out), paths=[str(folder)])
        wanted = min(count, before + chance.randrange(7))
        wait_for(lambda process=process, wanted=wanted: process.poll() or len(results_in(out)) >= wanted)
        time.sleep(chance.uniform(0.0, 0.3))
        workers = workers_of(process.pid)
        if victims != "workers":
            kill(process.pid)
        if victims != "parent":
            for pid in workers:
                kill(pid)
        process.communicate(timeout=60)
        for path in results_in(out):
            assert json.loads((path / "summary.json").read_text())["schema"] == "formcheck.summary/2"
        for path in out.glob("[!.]*.parquet"):  # not those under their names of while they are written
            pq.read_table(path)
        for path in out.glob("[!.]*.json"):
            json.loads(path.read_text())
    result = score_all(folder, out=out)
    assert result.about["status"] == {"ok": count + 1}
    rows = table(out)
    assert [row["row"] for row in rows] == list(range(1, count + 2))
    assert len({row["id"] for row in rows}) == count
    reps = [(rep["id"], rep["index"]) for rep in table(out, "reps")]
    assert len(reps) == len(set(reps)) == 2 * count
    assert len(results_in(out)) == count
    assert not list(out.rglob(".part-*"))
    scored = len(log.read_text().splitlines()) if log.exists() else 0
    assert scored <= count + 4 * kills  # only what was at hand was done again


def test_workers_end_with_the_run(folder, out):
    clips(folder, 2, "sleep 30")
    process = start_process(out=str(out), paths=[str(folder)])
    wait_for(lambda: receipts(out, "files") >= 2)
    workers = workers_of(process.pid)
    assert len(workers) == 2
    kill(process.pid)
    process.communicate(timeout=20)
    wait_for(lambda: not any(Path(f"/proc/{pid}/exe").exists() for pid in workers), 10)


# Many rows


def test_scoring_starts_while_rows_are_checked(folder, out, monkeypatch):
    clips(folder, 100, "ok")
    begun = []
    begin, look = running.Run._begin, running._look_at

    def slow_look(row):
        time.sleep(0.02)
        return look(row)

    def noted(run, worker):
        begun.append(run.standing.checking)
        begin(run, worker)

    monkeypatch.setattr(running.Run, "_begin", noted)
    monkeypatch.setattr(running, "_look_at", slow_look)
    monkeypatch.setattr(running, "CHECKED_AT_ONCE", 4)
    result = score_all(folder, out=out)
    assert result.about["status"] == {"ok": 100}
    assert begun[0]
