"""A session on disk: killed in the middle, cut off anywhere, disk full, finished again and again."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from formcheck.analyser import Analyser
from formcheck.errors import InputError, OutputError, Reason
from formcheck.frame import Frame
from formcheck.live import recorder
from formcheck.live.recorder import Recorder, discard, finish, is_session, recover, session_events
from formcheck.plan import Course, Stretch, then, whole
from formcheck.pose import recorded
from formcheck.pose.recorded import Recording
from formcheck.pose.sighting import Candidate, Sighting
from formcheck.report.summary_json import summary_to_dict
from formcheck.results import Event, Software, Source
from formcheck.review import Options, analyse, review
from formcheck.video.files import VideoFile
from tests.exercises.watched import filmed

SOFTWARE = Software("0.1.0", "0.10.31", "pose_full", "cd" * 32)
OPTIONS = Options("squat", affected_side="left").completed_by({})
SIZE = (64, 48)
SAID = Event(0.5, "said", (("text", "Ready. Begin."),))
CHILD = """
import sys, time
from pathlib import Path
import numpy as np
from formcheck.frame import Frame
from formcheck.live.recorder import Recorder
from formcheck.pose import recorded
from formcheck.results import Event
from formcheck.review import Options
told = recorded.load(Path(sys.argv[1]))
recorder = Recorder(Path(sys.argv[2]), told.software, Options("squat").completed_by({}))
for i, sighting in enumerate(told.sightings):
    recorder.add(Frame(np.full((48, 64, 3), i % 256, np.uint8), sighting.time_s, i), sighting)
    recorder.event(Event(sighting.time_s, "said", (("text", str(i)),)))
    time.sleep(0.005)
    print(sighting.time_s, flush=True)
time.sleep(60)
"""


def sighting_of(pose) -> Sighting:
    arrays = (pose.image_px, pose.world_m, pose.visibility, pose.visibility)
    candidate = Candidate(*(array.astype(np.float32) for array in arrays))
    nobody_else = Candidate(
        *(array + np.float32(1) for array in (candidate.image_px, candidate.world_m)), *arrays[2:]
    )
    return Sighting(pose.time_s, pose.frame_size, (nobody_else, candidate), 1, pose.cut, 0.5, pose.people)


@pytest.fixture(scope="module")
def sightings() -> list[Sighting]:
    return [sighting_of(pose) for pose in filmed("squat", (1.0,) * 3).poses]


def picture(i: int) -> np.ndarray:
    return np.full((SIZE[1], SIZE[0], 3), i % 256, np.uint8)


def fed(folder: Path, sightings: list[Sighting]) -> Recorder:
    """Record all, slowly enough for the encoder."""
    session = Recorder(folder, SOFTWARE, OPTIONS)
    session.event(SAID)
    for i, sighting in enumerate(sightings):
        while session._film.full:
            time.sleep(0.001)
        session.add(Frame(picture(i), sighting.time_s, 2 * i), sighting)
    return session


def same(one: Sighting, other: Sighting) -> bool:
    scalars = ("time_s", "frame_size", "chosen", "cut", "light", "people")
    arrays = ("image_px", "world_m", "visibility", "presence")
    return all(getattr(one, name) == getattr(other, name) for name in scalars) and all(
        np.array_equal(np.float32(getattr(a, name)), getattr(b, name), equal_nan=True)
        for a, b in zip(one.candidates, other.candidates, strict=True)
        for name in arrays
    )


def measured(result) -> dict:
    """Return the summary without what depends on where it came from."""
    told = summary_to_dict(result.summary)
    return {name: value for name, value in told.items() if name not in ("source", "software")}


# --- killed --------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_session_keeps_all_but_the_last_second(tmp_path, sightings):
    poses, folder = tmp_path / "told.npz", tmp_path / "monday"
    source = Source("clip", None, None, 9.0, len(sightings), len(sightings), *sightings[0].frame_size, 0)
    with poses.open("wb") as file:
        recorded.save(Recording(source, SOFTWARE, sightings=sightings), file)
    until_s = 0.75 * sightings[-1].time_s
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, poses, folder], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    ) as child:
        assert child.stdout is not None
        last_s = next(float(line) for line in child.stdout if float(line) >= until_s)
        child.kill()
    assert is_session(folder)
    recording = recover(folder)
    assert "truncated" in recording.warnings
    assert recording.sightings[-1].time_s >= last_s - 1.0
    assert all(map(same, sightings, recording.sightings))
    assert session_events(folder)[-1].time_s >= last_s - 1.0
    assert sum(1 for _ in VideoFile(folder / recorder.VIDEO)) / 20.0 >= last_s - 1.0

    result, names = finish(folder)
    assert not is_session(folder)
    assert {path.name for path in folder.iterdir()} == set(names)
    direct = analyse(recording, Options("squat").completed_by({}))
    assert direct.summary.reps.complete == 2
    assert measured(result) == measured(direct) == measured(review(folder / "poses.npz"))


# --- finished ------------------------------------------------------------------------------------------


def test_the_folder_is_that_of_a_review(tmp_path, sightings):
    folder = tmp_path / "monday"
    with fed(folder, sightings) as session:
        outcome = session.close(annotate=True)
    assert outcome is not None
    result, names = outcome
    assert session.problem is None
    assert set(names) == {
        *("poses.npz", "summary.json", "reps.csv", "frames.csv", "events.jsonl", "annotated.mp4"),
        *("recording.mp4", "report.html"),
    }
    assert {path.name for path in folder.iterdir()} == set(names)
    assert 'src="annotated.mp4"' in (folder / "report.html").read_text("utf-8")
    source = result.summary.source
    assert (source.frames, source.frames_analysed) == (2 * len(sightings) - 1, len(sightings))
    assert result.summary.reps.complete == 3
    assert result.summary.affected_side == "left"
    assert result.summary.quality.warnings == ()
    assert json.loads((folder / "summary.json").read_text("utf-8")) == summary_to_dict(
        review(folder / "poses.npz").summary
    )


@pytest.mark.parametrize("start_s", [0.0, 100.0])
def test_without_an_annotated_video_the_report_shows_the_recording(tmp_path, sightings, start_s):
    folder = tmp_path / "monday"
    with fed(folder, [replace(one, time_s=one.time_s + start_s) for one in sightings]) as session:
        outcome = session.close()
    assert outcome is not None
    page = (folder / "report.html").read_text("utf-8")
    assert 'src="recording.mp4"' in page
    assert page.count("data:image/jpeg") >= len(outcome[0].summary.rep_list)


def test_the_summary_is_that_of_the_poses(tmp_path, sightings):
    with fed(tmp_path / "monday", sightings) as session:
        outcome = session.close()
    assert outcome is not None
    source = Source("clip", None, None, 9.0, len(sightings), len(sightings), *sightings[0].frame_size, 0)
    direct = analyse(Recording(source, SOFTWARE, sightings=sightings), OPTIONS)
    assert measured(outcome[0]) == measured(direct)


def test_the_recording_counts_what_the_session_counted(tmp_path):
    """Squats before "Ready", in a set, in a pause and in another set, told by the course of the session."""
    poses = filmed("squat", (1.0,) * 5).poses
    ends = [e.time_s for e in analyse(told_by(poses), OPTIONS).events if e.event == "rep_completed"]
    counting = (Stretch(1, ends[0], ends[1]), Stretch(2, ends[2], ends[4]))
    folder = tmp_path / "monday"
    with fed(folder, [sighting_of(pose) for pose in poses]) as session:
        session.course(Course(whole("squat"), counting[:1]))
        session.course(Course(whole("squat"), counting))
        result, _ = session.close()
    assert [(one.complete, one.partial) for one in result.summary.sets] == [(1, 0), (2, 0)]
    assert [e.event for e in result.events if e.event.startswith("rep_")] == ["rep_completed"] * 3
    again = review(folder / "poses.npz")
    assert measured(again) == measured(result)
    assert [one.complete for one in again.snapshots()][-1] == 3
    assert review(folder / "poses.npz", "squat").summary.reps.complete == 3
    assert review(folder / "poses.npz", "auto").summary.reps.complete == 5


def test_a_killed_session_knows_when_it_counted(tmp_path):
    poses = filmed("squat", (1.0,) * 4).poses
    ends = [e.time_s for e in analyse(told_by(poses), OPTIONS).events if e.event == "rep_completed"]
    folder = tmp_path / "monday"
    session = fed(folder, [sighting_of(pose) for pose in poses])
    session.course(Course(whole("squat"), (Stretch(1, ends[1]),)))
    session.stop()
    cut = (folder / recorder.POSES).read_bytes().removesuffix(recorder._framed(recorder._END))
    (folder / recorder.POSES).write_bytes(cut)
    result, _ = finish(folder)
    assert result.summary.reps.complete == 2
    assert "truncated" in result.summary.quality.warnings


def test_another_exercise_taken_up_in_between(tmp_path):
    """The march instead of squats: counted from there on, as in the session."""
    stand, march = filmed("squat", (1.0,)).poses, filmed("seated_march", (1.0,) * 4).poses
    at_s = stand[-1].time_s
    poses = [*stand, *(replace(pose, time_s=at_s + 0.05 + pose.time_s) for pose in march)]
    plan = then(whole("squat"), "seated_march", at_s)
    analyser = Analyser("squat", counting=())
    for pose in poses:
        analyser.step(pose)
        if pose.time_s == at_s:
            analyser.take_up("seated_march", at_s)
            analyser.counting = (Stretch(1, at_s),)
    live = analyser.finish()
    folder = tmp_path / "monday"
    with fed(folder, [sighting_of(pose) for pose in poses]) as session:
        session.course(Course(plan, (Stretch(1, at_s),)))
        result, _ = session.close()
    assert result.summary.exercise == live.exercise == "seated_march"
    assert result.summary.reps == live.reps
    assert live.reps.complete == 4


def told_by(poses) -> Recording:
    source = Source("clip", None, None, 9.0, len(poses), len(poses), *poses[0].frame_size, 0)
    return Recording(source, SOFTWARE, sightings=[sighting_of(pose) for pose in poses])


def test_the_video_has_the_times_of_the_poses(tmp_path, sightings):
    late = [replace(one, time_s=one.time_s + 0.0333) for one in sightings]
    folder = tmp_path / "monday"
    with fed(folder, late) as session:
        assert session.close(annotate=True) is not None
    for name in ("recording.mp4", "annotated.mp4"):
        times = [frame.time_s for frame in VideoFile(folder / name)]
        assert np.allclose(times, [one.time_s for one in sightings], atol=2e-5)
    recorded_pictures = [frame.image.mean() for frame in VideoFile(folder / "recording.mp4")]
    assert np.allclose(recorded_pictures, [i % 256 for i in range(len(sightings))], atol=6)


def test_what_was_said_is_among_the_events(tmp_path, sightings):
    folder = tmp_path / "monday"
    session = fed(folder, sightings)
    session.event(Event(2.0, "rep_completed", (("index", 77),)))
    assert session.close() is not None
    lines = [json.loads(line) for line in (folder / "events.jsonl").read_text("utf-8").splitlines()]
    assert [line["time_s"] for line in lines] == sorted(line["time_s"] for line in lines)
    assert {"time_s": 0.5, "event": "said", "text": "Ready. Begin."} in lines
    assert sum(line["event"] == "rep_completed" for line in lines) == 3


def test_a_finish_that_was_interrupted_is_repeated(tmp_path, sightings, monkeypatch):
    folder = tmp_path / "monday"
    session = fed(folder, sightings)

    def full(*_):
        raise OutputError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(recorder, "_remove", full)
        with pytest.raises(OutputError):
            session.close()
    assert is_session(folder)
    first = (folder / "events.jsonl").read_bytes()
    result, _ = finish(folder, Options(affected_side="right"))
    assert not is_session(folder)
    assert (folder / "events.jsonl").read_bytes() == first
    assert result.summary.affected_side == "right"
    assert result.summary.reps.complete == 3


def test_pictures_of_another_size_are_scaled(tmp_path, sightings):
    folder = tmp_path / "monday"
    session = fed(folder, sightings[:30])
    for i, sighting in enumerate(sightings[30:40]):
        session.add(Frame(np.zeros((96, 128, 3), np.uint8), sighting.time_s, 60 + i), sighting)
    assert session.close() is not None
    assert session.problem is None
    assert {frame.size for frame in VideoFile(folder / "recording.mp4")} == {SIZE}


# --- cut off -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [1, 7, 9, 500, 2000])
def test_a_cut_off_record_is_left_out(tmp_path, sightings, cut):
    fed(tmp_path, sightings[:50]).stop()
    path = tmp_path / recorder.POSES
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    recording = recover(tmp_path)
    size = len(recorder._framed(recorder._packed(0, sightings[0])))
    lost = -(-max(0, cut - len(recorder._framed(recorder._END))) // size)
    assert len(recording.sightings) == 50 - lost
    assert recording.warnings == ("truncated",)


@pytest.mark.parametrize("tail", [bytes(4096), b"\xff" * 100, b"x"])
def test_what_a_power_cut_left_at_the_end_is_left_out(tmp_path, sightings, tail):
    fed(tmp_path, sightings[:50]).stop()
    path = tmp_path / recorder.POSES
    path.write_bytes(path.read_bytes()[: -len(recorder._framed(recorder._END))] + tail)
    with (tmp_path / recorder.EVENTS).open("ab") as file:
        file.write(b'{"time_s": 1.0, "ev')
    assert len(recover(tmp_path).sightings) == 50
    assert session_events(tmp_path) == (SAID,)


def test_a_video_cut_anywhere_is_kept_up_to_there(tmp_path, sightings):
    fed(tmp_path, sightings[:80]).stop()
    path = tmp_path / recorder.VIDEO
    path.write_bytes(path.read_bytes()[: int(0.6 * path.stat().st_size)])
    finish(tmp_path)
    assert 20 < sum(1 for _ in VideoFile(path)) < 80


def test_an_unreadable_video_harms_nothing_else(tmp_path, sightings):
    fed(tmp_path, sightings).stop()
    (tmp_path / recorder.VIDEO).write_bytes(b"not a video")
    result, names = finish(tmp_path)
    assert result.summary.reps.complete == 3
    assert recorder.VIDEO not in names


# --- nothing to keep, no room --------------------------------------------------------------------------


def test_less_than_a_second_is_not_kept(tmp_path, sightings):
    folder = tmp_path / "monday"
    assert fed(folder, sightings[:10]).close() is None
    assert not folder.exists()
    assert fed(folder, []).close() is None
    assert not folder.exists()


def test_a_folder_without_a_session(tmp_path):
    assert not is_session(tmp_path)
    assert not is_session(tmp_path / "nowhere")
    with pytest.raises(InputError) as caught:
        recover(tmp_path)
    assert caught.value.reason is Reason.NOT_FOUND
    (tmp_path / recorder.POSES).write_bytes(b"something else")
    with pytest.raises(InputError) as caught:
        recover(tmp_path)
    assert caught.value.reason is Reason.UNREADABLE


def test_no_session_is_overwritten(tmp_path, sightings):
    fed(tmp_path, sightings[:50]).stop()
    with pytest.raises(OutputError, match="formcheck review"):
        Recorder(tmp_path, SOFTWARE, OPTIONS)
    finish(tmp_path)
    with pytest.raises(OutputError, match="another folder"):
        Recorder(tmp_path, SOFTWARE, OPTIONS)
    discard(tmp_path)
    assert (tmp_path / "summary.json").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows refuses by itself")
def test_a_running_session_is_not_finished(tmp_path, sightings):
    with fed(tmp_path, sightings) as session:
        with pytest.raises(OutputError, match="still running"):
            finish(tmp_path)
        assert session.close() is not None


def test_a_file_in_the_way(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="--record"):
        Recorder(tmp_path / "file", SOFTWARE, OPTIONS)


def test_a_full_disk_is_told_and_ends_nothing(tmp_path, sightings, monkeypatch):
    session = fed(tmp_path, sightings[:60])

    def full(image, time_s):
        raise OutputError("the disk is full; free some space")

    monkeypatch.setattr(session, "_encode", full)
    for i, sighting in enumerate(sightings[60:]):
        session.add(Frame(picture(i), sighting.time_s, i), sighting)
    result = session.close()
    assert session.problem == "the disk is full; free some space"
    assert result is not None
    assert result[0].summary.reps.complete == 3


def test_a_full_disk_under_the_poses(tmp_path, sightings):
    class Full:
        def __init__(self, file):
            self.file = file

        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

        def __getattr__(self, name):
            return getattr(self.file, name)

    session = fed(tmp_path, sightings[:60])
    while session._log._jobs.qsize():
        time.sleep(0.001)
    session._poses = Full(session._poses)
    session.add(Frame(picture(0), sightings[60].time_s, 60), sightings[60])
    session.stop()
    assert "free some space" in str(session.problem)
    assert len(recover(tmp_path).sightings) >= 59


def test_the_loop_waits_for_nothing(tmp_path, sightings, monkeypatch):
    session = Recorder(tmp_path, SOFTWARE, OPTIONS)
    monkeypatch.setattr(session, "_encode", lambda image, time_s: time.sleep(0.05))
    before = time.perf_counter()
    for i, sighting in enumerate(sightings[:40]):
        session.add(Frame(picture(i), sighting.time_s, i), sighting)
    assert time.perf_counter() - before < 0.5
    assert session.unfilmed > 0
    session.stop()
    assert len(recover(tmp_path).sightings) == 40
