"""The Ray engine on a local cluster of two workers, one of them killed; each run in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from formcheck.batch import ray_crew
from formcheck.errors import UsageError
from tests.batch.fakes import clip, clips, score_all, start_process, table

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None,
    reason="Ray is not installed (pip install 'formcheck[ray]'): the Ray engine is not tested",
)


def comparable(out, name):
    """The rows of a table without what differs between two runs."""
    varying = ("processing_s", "cpu_s")
    return [{key: row[key] for key in row if key not in varying} for row in table(out, name)]


@needs_ray
def test_ray_gives_the_same_tables_though_a_worker_is_killed(tmp_path):
    folder, log = tmp_path / "in", tmp_path / "log"
    clips(folder, 16, "sleep 0.4")
    clip(folder, "twin.mp4", "sleep 0.4 # 000.mp4")
    clip(folder, "person.mp4", "raise")
    clip(folder, "hang.mp4", "hang")
    clip(folder, "crash.mp4", "crash")
    paths = [str(folder), str(folder / "none.mp4")]
    options = {"paths": paths, "engine": "ray", "time_limit_s": 6.0}
    process = start_process(log, out=str(tmp_path / "ray"), **options)
    killed = kill_a_worker(log)
    _, told = process.communicate(timeout=180)
    assert process.returncode == 1, told
    score_all(*paths, out=tmp_path / "local", processes=True, time_limit_s=6.0)
    for name in ("videos", "reps", "faults"):
        ours, theirs = (comparable(tmp_path / engine, name) for engine in ("local", "ray"))
        for row in (*ours, *theirs):
            if name == "videos" and row["reason"] == "crashed":
                row["message"] = "each engine says in its own words how a worker died"
        assert ours == theirs
    statuses = json.loads((tmp_path / "ray" / "run.json").read_text())["status"]
    assert statuses == {"ok": 17, "failed": 4}
    workers = {line.split()[1] for line in log.read_text().splitlines()}
    assert killed in workers
    assert len(workers) >= 3, "another worker took the place of the one killed"


def kill_a_worker(log: Path) -> str:
    """Kill the worker that has finished something first; return its process id."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        lines = log.read_text().splitlines() if log.exists() else []
        if lines:
            pid = lines[0].split()[1]
            os.kill(int(pid), signal.SIGKILL)
            return pid
        time.sleep(0.05)
    raise AssertionError("no recording was scored")


@needs_ray
def test_ctrl_c_ends_a_ray_run_in_order(tmp_path):
    folder, out = tmp_path / "in", tmp_path / "out"
    clips(folder, 40, "sleep 0.3")
    process = start_process(out=str(out), paths=[str(folder)], engine="ray")
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and len(list(out.glob("results/*"))) < 2:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert 2 <= len(table(out)) < 40


def test_without_ray_the_message_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    clips(tmp_path / "in", 1)
    with pytest.raises(UsageError, match=r"formcheck\[ray\]"):
        score_all(tmp_path / "in", out=tmp_path / "out", engine="ray")


def test_statistics_are_off_before_ray_is_imported(monkeypatch):
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "1")
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError):
        ray_crew._load_ray()
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
    assert ray_crew.NO_STATISTICS == {"RAY_USAGE_STATS_ENABLED": "0"}


def test_an_address_without_the_engine_is_wrong_use(tmp_path):
    clips(tmp_path / "in", 1)
    with pytest.raises(UsageError, match="--engine ray"):
        score_all(tmp_path / "in", out=tmp_path / "out", address="auto")
