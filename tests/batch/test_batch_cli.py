"""``formcheck batch`` from the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from threading import Thread

import pytest

from formcheck import cli
from formcheck.batch import command
from formcheck.batch.progress import duration, line_of
from formcheck.batch.run import Standing
from formcheck.errors import UsageError
from tests.batch.fakes import SCORER, clip, clips, score_all, table


@pytest.fixture
def faked(monkeypatch):
    """Let the command use the scorer of the tests; the requests it got are returned."""
    requests, batch = [], command.batch

    def with_fake(request, stream=None):
        requests.append(request)
        return batch(replace(request, scorer=SCORER, jobs=1), stream)

    monkeypatch.setattr(command, "batch", with_fake)
    return requests


def test_everything_scored_is_0_and_says_where_to_look(tmp_path, faked, capsys):
    clips(tmp_path / "in", 2)
    out = tmp_path / "out"
    assert cli.main(["batch", str(tmp_path / "in"), "--out", str(out)]) == 0
    told, _ = capsys.readouterr()
    assert told.startswith("2 of 2 recordings scored.\n")
    assert f"To look at: 0; open {out}/index.html" in told


def test_some_failed_is_1_and_tells_each(tmp_path, faked, capsys):
    clips(tmp_path / "in", 1)
    clip(tmp_path / "in", "bad.mp4", "raise")
    assert cli.main(["batch", str(tmp_path / "in"), "--out", str(tmp_path / "out")]) == 1
    told, complained = capsys.readouterr()
    assert "1 of 2 recordings scored, 1 failed." in told
    assert "Failed: 1 no_person." in told
    assert "bad.mp4: no_person: nobody was found; film somebody" in complained


def test_json_is_run_json_and_nothing_else(tmp_path, faked, capsys):
    clips(tmp_path / "in", 1)
    out = tmp_path / "out"
    assert cli.main(["batch", str(tmp_path / "in"), "--out", str(out), "--json"]) == 0
    told, complained = capsys.readouterr()
    assert json.loads(told) == json.loads((out / "run.json").read_text())
    assert complained == ""


def test_quiet_says_nothing(tmp_path, faked, capsys):
    clip(tmp_path / "in", "bad.mp4", "raise")
    assert cli.main(["batch", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--quiet"]) == 1
    assert capsys.readouterr() == ("", "")


def test_the_disk_is_a_reason_to_stop_with_2(tmp_path, faked, capsys):
    clip(tmp_path / "in", "a.mp4", "no-room")
    assert cli.main(["batch", str(tmp_path / "in"), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert "the disk is full" in told
    assert "0 of 1 recordings are done and kept; the same command goes on from there" in told


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "--out"),
        (["--out", "o"], "nothing to score"),
        (["x", "--out", "o", "--jobs", "0"], "number of workers"),
        (["x", "--out", "o", "--time-limit", "-1"], "not a time in seconds"),
        (["x", "--out", "o", "--time-limit", "0"], "time limit of 0"),
        (["x", "--out", "o", "--exercise", "yoga"], "yoga"),
        (["x", "--out", "o", "--profile", "nobody.toml"], "nobody.toml"),
        (["x", "--out", "o", "--address", "auto"], "--engine ray"),
        (["--manifest", "none.csv", "--out", "o"], "cannot be read"),
    ],
)
def test_wrong_use_is_2_in_one_line(words, complaint, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["batch", *words]) == 2
    told = capsys.readouterr().err
    assert complaint in told
    assert told.count("\n") == 1
    assert not (tmp_path / "o").exists()


def test_a_folder_that_cannot_be_written_is_2(tmp_path, capsys):
    clips(tmp_path / "in", 1)
    (tmp_path / "file").write_text("in the way")
    assert cli.main(["batch", str(tmp_path / "in"), "--out", str(tmp_path / "file")]) == 2
    assert "a file is where the result folder should be" in capsys.readouterr().err


def test_options_reach_the_run(tmp_path, faked):
    clips(tmp_path / "in", 1)
    words = ["--exercise", "seated-march", "--side", "left", "--affected-side", "none", "--model", "lite"]
    words += [
        "--profile",
        "gentle",
        "--fresh",
        "--csv",
        "--report",
        "--pseudonymise",
        "--no-poses",
        "--time-limit",
        "9",
    ]
    cli.main(["batch", str(tmp_path / "in"), "--out", str(tmp_path / "out"), *words])
    (request,) = faked
    assert (request.exercise, request.side, request.affected_side) == ("seated_march", "left", "none")
    assert (request.model, request.profile.name, request.time_limit_s) == ("lite", "gentle", 9.0)
    assert request.fresh
    assert request.csv
    assert request.report
    assert request.pseudonymise
    assert not request.keep_poses
    (row,) = table(tmp_path / "out")
    assert row["asked_exercise"] == "seated_march"


def test_progress_says_where_the_run_is():
    standing = Standing(rows=3000, ok=40, failed=2, known=10, handled=30, first_s=100.0, ended_s=160.0)
    standing.current, standing.checking = ("a.mp4", "b.mp4"), False
    assert line_of(standing) == (
        "42 of 3,000 done, 10 of them before, 2 failed, 30.0 a minute, 1 h 39 min left; now: a.mp4, b.mp4"
    )
    assert [duration(seconds) for seconds in (5, 600, 7300)] == ["5 s", "10 min", "2 h 2 min"]


def test_one_in_a_thread_of_its_own_does_without_signals(tmp_path):
    clips(tmp_path / "in", 1)
    thread = Thread(target=score_all, args=(tmp_path / "in",), kwargs={"out": tmp_path / "out"})
    thread.start()
    thread.join(30)
    assert len(table(tmp_path / "out")) == 1


def test_a_request_that_makes_no_sense_from_python(tmp_path):
    with pytest.raises(UsageError, match="--jobs"):
        command.batch(command.Request(out=str(tmp_path / "o"), paths=["x"], jobs=0))
