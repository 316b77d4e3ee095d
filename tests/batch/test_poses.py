"""Poses are taken from the pictures once per content, kept, and scored again without decoding."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

import formcheck
from formcheck.batch import work
from formcheck.batch.command import result_text
from formcheck.batch.messages import Task
from formcheck.batch.options import Options
from formcheck.batch.run import Run, Settings
from formcheck.batch.work import kept_poses, score
from formcheck.pose import recorded
from formcheck.pose.blazepose import software
from formcheck.pose.models import load_model
from formcheck.profile import GENTLE, STANDARD
from tests.batch.fakes import POSES, clip, clips, score_all, table
from tests.clips import SAMPLES, one_squat


@pytest.fixture
def log(tmp_path, monkeypatch):
    """How every recording was scored: ``decoded`` or ``from-poses``."""
    path = tmp_path / "log"
    monkeypatch.setenv("FAKE_LOG", str(path))
    return lambda: [line.split()[2] for line in path.read_text().splitlines()]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "in"


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def kept(out):
    return sorted((out / "poses").glob("*.npz"))


def test_another_profile_scores_without_decoding(folder, out, log):
    clips(folder, 3)
    score_all(folder, out=out)
    assert log() == ["decoded"] * 3
    assert [path.read_bytes() for path in kept(out)] == [POSES] * 3
    for options in ({"profile": GENTLE}, {"side": "left"}, {"affected_side": "right"}):
        result = score_all(folder, out=out, **options)
        assert (result.about["scored"], result.about["from_poses"]) == (3, 3)
        assert result_text(result).startswith("3 of 3 recordings scored, 3 from kept poses.\n")
    assert log() == ["decoded"] * 3 + ["from-poses"] * 9
    assert len(kept(out)) == 3
    assert {row["poses"] for row in table(out)} == {f"poses/{path.name}" for path in kept(out)}


def test_recordings_that_are_scored_from_poses_are_not_even_read(folder, out, log, monkeypatch):
    clips(folder, 2)
    score_all(folder, out=out)
    monkeypatch.setattr("formcheck.video.files.sha256_of", None)
    assert score_all(folder, out=out, profile=GENTLE).about["status"] == {"ok": 2}


def test_a_posture_that_chooses_another_person_is_looked_at_anew(folder, out, log):
    clips(folder, 1)
    for exercise in ("squat", "seated_march", "bridge", "clamshell"):
        score_all(folder, out=out, exercise=exercise)
    assert log() == ["decoded", "from-poses", "decoded", "from-poses"]


@pytest.mark.parametrize("processes", [False, True])
def test_one_content_under_several_options_is_decoded_once(folder, out, log, processes):
    clip(folder, "a.mp4", "sleep 0.3 # same")
    clip(folder, "copy.mp4", "sleep 0.3 # same")
    manifest = folder / "m.csv"
    manifest.write_text("path,profile\na.mp4,\na.mp4,gentle\ncopy.mp4,own\ncopy.mp4,gentle\n")
    options = {"processes": True, "jobs": 2} if processes else {}
    result = score_all(out=out, manifest=str(manifest), **options)
    assert sorted(log()) == ["decoded", "from-poses", "from-poses"]
    assert result.about["status"] == {"ok": 4}
    assert (result.about["rows"], result.about["recordings"]) == (4, 1)
    rows = table(out)
    assert len({row["id"] for row in rows}) == 3
    assert len({row["recording_id"] for row in rows}) == 1
    assert [row["duplicate_of"] for row in rows] == [None, None, None, "a.mp4"]


def test_pictures_read_in_another_way_are_decoded_anew(folder, out, log):
    clips(folder, 1)
    manifest = folder / "m.csv"
    cells = (",,", "90,,", ",true,", ",,squat", "45,,")
    manifest.write_text("path,rotate,mirrored,exercise\n" + "".join(f"000.mp4,{row}\n" for row in cells))
    score_all(out=out, manifest=str(manifest))
    assert log() == ["decoded"] * 4  # of the squat another posture is looked for
    rows = table(out)
    assert [row["reason"] for row in rows] == [None] * 4 + ["bad_options"]
    assert len({row["id"] for row in rows}) == 5
    assert len({row["recording_id"] for row in rows[:4]}) == 1
    score_all(out=out, manifest=str(manifest), profile=GENTLE)
    assert log() == ["decoded"] * 4 + ["from-poses"] * 4


def test_when_decoding_kills_a_worker_those_who_waited_try_themselves(folder, out, log):
    clip(folder, "a.mp4", "crash # same")
    clip(folder, "b.mp4", "crash # same")
    manifest = folder / "m.csv"
    manifest.write_text("path,profile\na.mp4,\nb.mp4,gentle\n")
    result = score_all(out=out, manifest=str(manifest), processes=True, jobs=2)
    assert result.about["reasons"] == {"crashed": 2}


def test_fresh_decodes_again_and_once(folder, out, log):
    clips(folder, 1)
    manifest = folder / "m.csv"
    manifest.write_text("path,profile\n000.mp4,\n000.mp4,gentle\n")
    score_all(out=out, manifest=str(manifest))
    score_all(out=out, manifest=str(manifest), fresh=True)
    assert log() == ["decoded", "from-poses"] * 2


def test_damaged_poses_are_taken_again(folder, out, log):
    clips(folder, 1)
    score_all(folder, out=out)
    kept(out)[0].write_bytes(b"half of it")
    assert score_all(folder, out=out, profile=GENTLE).about["status"] == {"ok": 1}
    assert log() == ["decoded", "decoded"]
    assert kept(out)[0].read_bytes() == POSES


def test_pictures_that_show_nobody_show_nobody_under_another_profile(folder, out, monkeypatch):
    clip(folder, "a.mp4", "raise")
    score_all(folder, out=out)
    clip_content = (folder / "a.mp4").read_bytes()
    monkeypatch.setattr("tests.batch.fakes.act", None)  # nothing is scored any more
    assert (folder / "a.mp4").read_bytes() == clip_content
    result = score_all(folder, out=out, profile=GENTLE)
    assert result.about["reasons"] == {"no_person": 1}
    assert table(out)[0]["message"] == "nobody was found; film somebody"


def test_poses_need_not_be_kept(folder, out, log):
    clips(folder, 1)
    score_all(folder, out=out, keep_poses=False)
    score_all(folder, out=out, keep_poses=False, profile=GENTLE)
    assert log() == ["decoded", "decoded"]
    assert kept(out) == []
    assert table(out)[0]["poses"] is None


def test_a_report_is_made_from_kept_poses(folder, out, log):
    clips(folder, 1)
    score_all(folder, out=out)
    score_all(folder, out=out, report=True)
    assert log() == ["decoded", "from-poses"]
    assert len(list(out.glob("results/*/report.html"))) == 1


def test_a_result_of_before_is_done_again_and_says_why(folder, out, log):
    """Of version 0.1.0: summaries had another schema, the list of finished work a column less."""
    clips(folder, 2)
    as_before(folder, out)
    result = score_all(folder, out=out)
    assert result.about["status"] == {"ok": 2}
    assert result.about["outdated"] == 2
    assert result.about["known_before"] == 0
    told = result_text(result)
    assert "2 of them had been scored by an earlier formcheck, whose results lack what is new" in told
    again = score_all(folder, out=out)
    assert (again.about["known_before"], again.about["outdated"]) == (2, 0)


def as_before(folder, out):
    """Make the folder that version 0.1.0 would have left."""
    score_all(folder, out=out)
    run = object.__new__(Run)
    run._settings = Settings(Task(""), software(load_model("full")))
    with closing(sqlite3.connect(out / ".formcheck-batch" / "receipts.sqlite")) as db, db:
        for row in table(out):
            before = run.id_before(row["sha256"], Task(row["path"]))
            result = out / "results" / row["id"]
            summary = json.loads((result / "summary.json").read_text())
            (result / "summary.json").write_text(json.dumps({**summary, "schema": "formcheck.summary/1"}))
            result.rename(out / "results" / before)
            db.execute("UPDATE results SET id = ? WHERE id = ?", [before, row["id"]])
        db.execute("ALTER TABLE results DROP COLUMN poses")
    for path in kept(out):
        path.unlink()


# With our own scorer


def test_kept_poses_score_as_the_recording_does_and_name_nobody(tmp_path):
    path = one_squat(tmp_path / "Hagrid.mp4")
    standard, gentle = Task(str(path)), Task(str(path), profile=GENTLE, profile_sha256=GENTLE.sha256)
    first = score(path, standard, None)
    assert first.poses is not None
    assert b"Hagrid" not in first.poses
    (tmp_path / "poses.npz").write_bytes(first.poses)
    assert recorded.load(tmp_path / "poses.npz").source.path.startswith("recording ")
    assert score(path, gentle, None, first.poses).files == score(path, gentle, None).files
    named, alias = (score(path, standard, name, first.poses) for name in (None, "alias"))
    assert named.files == first.files
    assert named.poses is None
    assert b"Hagrid" in named.files["summary.json"]
    assert b"Hagrid" not in alias.files["summary.json"]


def test_kept_poses_are_scored_as_their_pictures_were_read(tmp_path):
    path = one_squat(tmp_path / "a.mp4")
    options = Options(mirrored=True, slow_motion=2.0, max_rate=10.0)
    first = score(path, Task(str(path), options), None)
    again = score(path, Task(str(path), options), None, first.poses)
    assert again.files == first.files
    source = json.loads(again.files["summary.json"])["source"]
    assert (source["mirrored"], source["slow_motion"], source["max_rate_hz"]) == (True, 2.0, 10.0)


def test_kept_poses_carry_no_profile_and_are_not_too_large(tmp_path, monkeypatch):
    profile = replace(STANDARD, name="For Hagrid")
    trial = SAMPLES.parent / "benchmarks" / "trials" / "squat_front_b.poses.npz"
    result = formcheck.review(trial, "squat", side="left", profile=profile)
    data = kept_poses(result.recording)
    assert data is not None
    (tmp_path / "poses.npz").write_bytes(data)
    options = recorded.load(tmp_path / "poses.npz").options
    assert not {"exercise", "side", "affected_side", "profile"} & set(options)
    monkeypatch.setattr(work, "MOST_POSES_BYTES", len(data) - 1)
    assert kept_poses(result.recording) is None


def test_options_that_concern_the_pictures_alone_decide_on_the_poses():
    assert Options("squat", "left", "none").of_poses() == Options("seated_march").of_poses()
    assert Options("squat").of_poses() != Options("bridge").of_poses() != Options().of_poses()
    assert Options("auto").of_work() == Options().of_work() != Options("squat").of_work()
