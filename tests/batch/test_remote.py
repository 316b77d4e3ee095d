"""Recordings and results behind addresses; ``memory://`` stands for a bucket."""

from __future__ import annotations

import io
import json

import fsspec
import pyarrow.parquet as pq
import pytest

from formcheck.batch import store as storing
from formcheck.batch.store import RemoteStore
from formcheck.errors import OutputError
from tests.batch.fakes import clip, score_all


@pytest.fixture
def memory():
    system = fsspec.filesystem("memory")
    system.store.clear()
    system.pseudo_dirs[:] = [""]
    yield system
    system.store.clear()


def remote_table(memory, name="videos"):
    return pq.read_table(io.BytesIO(memory.cat_file(f"/out/{name}.parquet"))).to_pylist()


def upload(memory, *names):
    for name in names:
        memory.pipe_file(f"/in/{name}", f"ok # {name}".encode())


def test_recordings_and_results_at_an_address(memory, tmp_path, monkeypatch):
    log = tmp_path / "log"
    monkeypatch.setenv("FAKE_LOG", str(log))
    upload(memory, "a.mp4", "b.mp4")
    memory.pipe_file("/in/bad.mp4", b"raise")
    result = score_all("memory://in", "memory://in/none.mp4", out="memory://out", csv=True)
    assert result.about["status"] == {"ok": 2, "failed": 2}
    rows = remote_table(memory)
    assert [row["path"] for row in rows if row["status"] == "ok"] == [
        "memory:///in/a.mp4",
        "memory:///in/b.mp4",
    ]
    for row in rows[:2]:
        summary = json.loads(memory.cat_file(f"/out/results/{row['id']}/summary.json"))
        assert summary["source"]["path"] == row["path"].rpartition("/")[2]
    for name in ("index.html", "run.json", "data_dictionary.csv", "faults.csv", "reps.parquet"):
        assert memory.exists(f"/out/{name}")
    assert not [path for path in memory.find("/out") if ".part-" in path]

    again = score_all("memory://in", out="memory://out")
    assert again.about["known_before"] == 3
    assert len(log.read_text().splitlines()) == 2
    assert not memory.exists("/out/faults.csv")


def test_receipts_that_were_lost_are_made_up_for_by_results(memory, tmp_path, monkeypatch):
    log = tmp_path / "log"
    monkeypatch.setenv("FAKE_LOG", str(log))
    upload(memory, "a.mp4", "b.mp4")
    score_all("memory://in", out="memory://out")
    memory.rm(f"/out/{storing.STATE}", recursive=True)
    assert score_all("memory://in", out="memory://out").about["status"] == {"ok": 2}
    assert len(log.read_text().splitlines()) == 2


def test_local_recordings_to_an_address_and_back(memory, tmp_path):
    clip(tmp_path, "a.mp4")
    score_all(tmp_path, out="memory://out")
    assert len(remote_table(memory)) == 1
    upload(memory, "b.mp4")
    score_all("memory://in", out=tmp_path / "here")
    assert (tmp_path / "here" / "videos.parquet").is_file()


def test_where_files_grow_under_their_name_they_get_another_one_first(memory, monkeypatch):
    moved, move = [], type(memory).mv
    monkeypatch.setattr(storing, "WHOLE_OBJECTS", frozenset())
    monkeypatch.setattr(
        type(memory), "mv", lambda self, one, other: (moved.append(other), move(self, one, other))
    )
    upload(memory, "a.mp4")
    score_all("memory://in", out="memory://out")
    assert {path.rpartition("/")[2] for path in moved} >= {"summary.json", "videos.parquet", "index.html"}
    assert len(remote_table(memory)) == 1
    assert not [path for path in memory.find("/out") if ".part-" in path]


def test_an_address_that_takes_nothing_is_told(memory, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError("Access Denied")

    monkeypatch.setattr(type(memory), "pipe_file", refuse)
    with pytest.raises(OutputError, match=r"memory://out.*Access Denied"):
        RemoteStore("memory://out")


def test_receipts_go_to_the_address_now_and_then(memory, monkeypatch):
    store = RemoteStore("memory://out")
    try:
        (store.state / "receipts.sqlite").write_bytes(b"1")
        store.keep()
        assert not memory.exists(f"/out/{storing.STATE}/receipts.sqlite")
        monkeypatch.setattr(storing, "SAVE_EVERY_S", 0.0)
        store.keep()
        assert memory.cat_file(f"/out/{storing.STATE}/receipts.sqlite") == b"1"
    finally:
        store.close()
    assert not store.state.exists()
