"""review(): options, recognition, warnings; everything after the pixels, from recorded poses."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from formcheck import InputError, Reason, UsageError, review
from formcheck.pose import recorded
from formcheck.pose.recorded import Recording
from formcheck.pose.sighting import Candidate, Sighting
from formcheck.pose.skeleton import Pose, turned
from formcheck.profile import GENTLE, STANDARD
from formcheck.profile_file import to_toml
from formcheck.reading import Reading
from formcheck.reps import CUT
from formcheck.results import Software, Source
from formcheck.review import Options, analyse, record
from tests import media
from tests.exercises.watched import filmed, usual
from tests.synthetic import Camera, concatenate, lie_down, sit_to_stand, walking
from tests.synthetic import bridge as bridging
from tests.synthetic import squat as squatting

SOFTWARE = Software("0.1.0", "0.10.31", "pose_full", "cd" * 32)


def sighting(pose: Pose) -> Sighting:
    """Return what the estimator would have recorded of a pose (float32, one candidate)."""
    if not pose.detected:
        return Sighting(pose.time_s, pose.frame_size, (), -1, pose.cut, 0.5, pose.people)
    arrays = (pose.image_px, pose.world_m, pose.visibility, pose.visibility)
    candidate = Candidate(*(array.astype(np.float32) for array in arrays))
    return Sighting(pose.time_s, pose.frame_size, (candidate,), 0, pose.cut, 0.5, pose.people)


def recording_of(poses: list[Pose], warnings: tuple[str, ...] = (), **options: str) -> Recording:
    width, height = poses[0].frame_size
    source = Source("clip.mp4", "ab" * 32, None, poses[-1].time_s, len(poses), len(poses), width, height, 0)
    return Recording(source, SOFTWARE, warnings, dict(options), [sighting(pose) for pose in poses])


def saved(tmp_path: Path, recording: Recording) -> Path:
    path = tmp_path / "poses.npz"
    with path.open("wb") as file:
        recorded.save(recording, file)
    return path


@pytest.fixture
def squats(tmp_path: Path) -> Path:
    return saved(tmp_path, recording_of(filmed("squat", (1.0,) * 3).poses))


# --- recognised or given -------------------------------------------------------------------------------


def test_the_default_is_to_recognise(squats):
    summary = review(squats).summary
    assert (summary.exercise, summary.exercise_source) == ("squat", "recognised")
    assert 0.5 < summary.exercise_confidence < 1
    assert summary.reps.complete == 3
    assert summary.quality.warnings == ()


def test_a_given_exercise_is_not_questioned(squats):
    summary = review(squats, "squat").summary
    assert (summary.exercise, summary.exercise_source, summary.exercise_confidence) == ("squat", "given", 1.0)
    assert summary.reps.complete == 3


@pytest.mark.parametrize("path_as", [str, Path])
def test_a_path_may_be_text_or_a_path(squats, path_as):
    assert review(path_as(squats)).summary.reps.complete == 3


def test_the_wrong_exercise_is_counted_as_nothing_and_named(squats):
    summary = review(squats, "bridge").summary
    assert (summary.exercise, summary.reps.complete) == ("bridge", 0)
    assert "exercise_mismatch" in summary.quality.warnings
    assert summary.quality.needs_review


def test_nothing_of_the_four_is_no_mismatch(tmp_path):
    path = saved(tmp_path, recording_of(sit_to_stand([1] * 3, noise=usual()).poses))
    given = review(path, "bridge").summary
    assert given.reps.complete == 0
    assert "exercise_mismatch" not in given.quality.warnings
    auto = review(path, "auto").summary
    assert (auto.exercise, auto.exercise_confidence, auto.reps.complete) == ("unknown", 0.0, 0)
    assert "unknown_exercise" in auto.quality.warnings


def test_several_exercises_are_several_sets(tmp_path):
    clip = concatenate(
        walking(2.0), squatting([1] * 4), lie_down(), bridging([1] * 5),
        camera=Camera(90, height_m=0.7, distance_m=4.0), noise=usual(), rate_hz=20,
    )  # fmt: skip
    result = review(saved(tmp_path, recording_of(clip.poses)))
    summary = result.summary
    assert [(one.exercise, one.complete) for one in summary.sets] == [("squat", 4), ("bridge", 5)]
    assert (summary.exercise, summary.reps.complete) == ("bridge", 5)
    assert "several_exercises" in summary.quality.warnings
    assert [segment.exercise for segment in result.plan] == ["squat", "bridge"]


# --- options -------------------------------------------------------------------------------------------


def test_what_is_missing_is_taken_from_the_earlier_review(tmp_path):
    poses = filmed("squat", (1.0,) * 3).poses
    path = saved(tmp_path, recording_of(poses, exercise="squat", side="left", affected_side="right"))
    result = review(path)
    assert (result.summary.exercise_source, result.summary.affected_side) == ("given", "right")
    assert result.recording.options == {
        "exercise": "squat",
        "side": "left",
        "affected_side": "right",
        "profile": to_toml(STANDARD),
    }
    changed = review(path, "auto", side="both", affected_side="none")
    assert (changed.summary.exercise_source, changed.summary.affected_side) == ("recognised", "none")
    assert changed.recording.options == {
        "exercise": "auto",
        "side": "both",
        "affected_side": "none",
        "profile": to_toml(STANDARD),
    }


def test_options_are_completed_in_order():
    assert Options().completed_by({}) == Options("auto", None, None, STANDARD)
    assert Options("squat").completed_by({"exercise": "bridge", "side": "left"}) == Options(
        "squat", "left", None, STANDARD
    )
    before = Options("squat", "left", "both", GENTLE)
    assert Options().completed_by(before.record()) == before


def test_a_side_counts_that_side_only(tmp_path):
    path = saved(tmp_path, recording_of(filmed("seated_march", (1.0,) * 6).poses))
    for side in ("left", "right"):
        summary = review(path, "seated_march", side=side).summary
        assert {rep.side.value for rep in summary.rep_list} == {side}
        assert summary.reps.complete == 3


@pytest.mark.parametrize(
    ("exercise", "options"),
    [
        ("pushup", {}),
        ("unknown", {}),
        ("squat", {"side": "top"}),
        ("squat", {"affected_side": "auto"}),
        ("squat", {"profile": "nosuch"}),
    ],
)
def test_nonsense_is_refused_before_any_work(tmp_path, exercise, options):
    with pytest.raises(UsageError):
        review(tmp_path / "not there.npz", exercise, **options)


# --- a part of it --------------------------------------------------------------------------------------


def test_a_part_keeps_the_times_of_the_recording(tmp_path):
    path = saved(tmp_path, recording_of(filmed("squat", (1.0,) * 8, rate_hz=20.0).poses))
    whole = review(path, "squat")
    start_s, end_s = whole.summary.rep_list[3].end_s - 0.05, whole.summary.rep_list[6].end_s + 0.3
    part = review(path, "squat", from_s=start_s, to_s=end_s)
    assert part.summary.reps.complete == 3
    for one, other in zip(part.summary.rep_list, whole.summary.rep_list[4:7], strict=True):
        assert one.peak_s == pytest.approx(other.peak_s, abs=0.1)
    times = [snapshot.time_s for snapshot in part.snapshots()]
    assert start_s <= times[0] < start_s + 0.1
    assert end_s - 0.1 < times[-1] <= end_s
    source = part.summary.source
    assert source.duration_s == whole.summary.source.duration_s
    assert (source.frames, source.frames_analysed) == (whole.summary.source.frames, len(times))
    assert "low_frame_rate" not in part.summary.quality.warnings
    assert review(saved(tmp_path, part.recording)).summary == part.summary


@pytest.mark.parametrize(
    "part", [(-1.0, None), (None, 0.5), (5.0, 3.0), (5.0, 5.0), (float("nan"), None), (float("inf"), None)]
)
def test_a_part_that_is_none_is_refused_before_any_work(tmp_path, part):
    with pytest.raises(UsageError, match="--from"):
        review(tmp_path / "not there.npz", from_s=part[0], to_s=part[1])


def test_a_part_behind_the_end(squats):
    with pytest.raises(InputError, match="holds less than 1 s from 900 s on") as caught:
        review(squats, from_s=900.0)
    assert caught.value.reason is Reason.TOO_SHORT


# --- the same result again -----------------------------------------------------------------------------


def test_the_summary_from_recorded_poses_is_identical(tmp_path):
    """First from memory, then from the file, then from the file of the file."""
    fresh = analyse(
        recording_of(filmed("clamshell", (1.0,) * 3).poses, ("truncated",)), Options("auto", "auto")
    )
    once = review(saved(tmp_path, fresh.recording))
    again = review(saved(tmp_path, once.recording))
    assert fresh.summary == once.summary == again.summary
    assert fresh.events == once.events == again.events
    assert fresh.summary.quality.warnings == ("truncated",)


def test_the_snapshots_are_those_of_the_summary(squats):
    result = review(squats, "squat")
    snapshots = list(result.snapshots())
    assert len(snapshots) == result.summary.source.frames_analysed
    assert snapshots[-1].complete == result.summary.reps.complete
    told = [event for one in snapshots for event in one.events]
    assert told == list(result.events)[: len(told)]
    assert [one.complete for one in result.snapshots()] == [one.complete for one in snapshots]


def test_progress_is_told(squats):
    told: list[tuple[str, float, float | None]] = []
    review(squats, on_progress=lambda *what: told.append(what))
    assert {stage for stage, _, _ in told} == {"analysis"}
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert told[-1][1] == pytest.approx(told[-1][2], abs=0.1)


def test_no_file_is_written(squats, tmp_path):
    before = sorted(tmp_path.iterdir())
    review(squats)
    assert sorted(tmp_path.iterdir()) == before


# --- what cannot be used -------------------------------------------------------------------------------


def test_nobody_in_it(tmp_path):
    clip = filmed("squat", (1.0,), noise=usual(dropped_spans=[(0.0, 100.0)]))
    with pytest.raises(InputError) as caught:
        review(saved(tmp_path, recording_of(clip.poses)))
    assert caught.value.reason is Reason.NO_PERSON


def test_a_postage_stamp(tmp_path):
    clip = filmed("squat", (1.0,), camera=Camera(90, size=(16, 16)))
    with pytest.raises(InputError) as caught:
        review(saved(tmp_path, recording_of(clip.poses)))
    assert caught.value.reason is Reason.NO_PERSON


def test_a_missing_poses_file(tmp_path):
    with pytest.raises(InputError) as caught:
        review(tmp_path / "none.npz")
    assert caught.value.reason is Reason.NOT_FOUND


# --- how long it takes ---------------------------------------------------------------------------------


def test_scoring_a_minute_of_poses_takes_about_a_second(tmp_path):
    """With slack for a busy machine: processor time, not the clock on the wall."""
    clip = filmed("squat", (1.0,) * 16, rate_hz=30.0)
    assert clip.poses[-1].time_s == pytest.approx(60, abs=3)
    path = saved(tmp_path, recording_of(clip.poses))
    began = time.process_time()
    assert review(path).summary.reps.complete == 16
    assert time.process_time() - began < 3.0


# --- the picture itself --------------------------------------------------------------------------------


def on_its_side(poses: list[Pose], turn_deg: int) -> list[Pose]:
    return [turned(pose, turn_deg) for pose in poses]


@pytest.mark.parametrize("exercise", ["auto", "squat"])
@pytest.mark.parametrize(("lies_deg", "turn_deg"), [(90, 270), (270, 90)])
def test_a_picture_on_its_side_is_named_and_the_turn_told(tmp_path, exercise, lies_deg, turn_deg):
    poses = on_its_side(filmed("squat", (1.0,) * 3).poses, lies_deg)
    result = review(saved(tmp_path, recording_of(poses)), exercise)
    assert result.summary.reps.complete == 0
    assert "sideways" in result.summary.quality.warnings
    assert "exercise_mismatch" not in result.summary.quality.warnings
    assert result.turn_deg == turn_deg
    assert result.summary.quality.needs_review


@pytest.mark.parametrize("exercise", ["bridge", "clamshell"])
@pytest.mark.parametrize("given", ["auto", "squat", "own"])
def test_who_lies_on_the_floor_is_not_on_their_side(tmp_path, exercise, given):
    """Lying exercises, too small to count as well, and named wrong."""
    for size in (1.0, 0.25):
        path = saved(tmp_path, recording_of(filmed(exercise, (size,) * 3).poses))
        result = review(path, exercise if given == "own" else given)
        assert "sideways" not in result.summary.quality.warnings
        assert result.turn_deg is None


def test_turning_four_times_is_no_turn():
    pose = filmed("squat", (1.0,)).poses[10]
    again = turned(turned(pose, 90), 270)
    assert again.frame_size == pose.frame_size
    np.testing.assert_allclose(again.image_px, pose.image_px)
    np.testing.assert_allclose(again.world_m, pose.world_m)


def test_takes_that_were_cut_together_are_named(tmp_path):
    poses = filmed("squat", (1.0,) * 3).poses
    whole = review(saved(tmp_path, recording_of(poses))).summary
    assert "several_takes" not in whole.quality.warnings
    middle = len(poses) // 2
    poses[middle] = replace(poses[middle], cut=True)
    assert "several_takes" in review(saved(tmp_path, recording_of(poses))).summary.quality.warnings
    poses[0] = replace(poses[0], cut=True)
    one = review(saved(tmp_path, recording_of([poses[0], *poses[1:middle]]))).summary
    assert "several_takes" not in one.quality.warnings, "the first picture begins a take anyway"


@pytest.mark.parametrize(("far", "complete", "reasons"), [(False, 2, []), (True, 1, [CUT])])
def test_a_repetition_that_had_come_back_when_the_take_ended_counts(tmp_path, far, complete, reasons):
    """The next take begins elsewhere in a squat; what was far from its end is given up, and named."""
    poses = filmed("squat", (1.0,) * 3).poses
    reps = review(saved(tmp_path, recording_of(poses)), "squat").summary.rep_list
    until_s, from_s = (
        (reps[1].peak_s + 0.1, reps[2].end_s + 0.2) if far else (reps[1].end_s - 0.1, reps[2].peak_s)
    )
    first = [pose for pose in poses if pose.time_s < until_s]
    shift_s = first[-1].time_s + 1 / 30 - from_s
    then = [replace(one, time_s=one.time_s + shift_s) for one in poses if one.time_s >= from_s]
    joined = [*first, replace(then[0], cut=True), *then[1:]]
    summary = review(saved(tmp_path, recording_of(joined)), "squat").summary
    assert summary.reps.complete == complete
    assert [one.reason for one in summary.not_counted if one.start_s < first[-1].time_s] == reasons


# --- how it was read -----------------------------------------------------------------------------------


class Nobody:
    """An estimator that sees a person in no picture, and remembers how it was made."""

    made: ClassVar[list[Nobody]] = []

    def __init__(self, bundle, posture, *, person=None) -> None:
        self.person, self.sizes = person, []
        self.made.append(self)

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        pass

    def estimate(self, frame) -> Sighting:
        self.sizes.append(frame.size)
        return Sighting(frame.time_s, frame.size, (), -1, False, 0.5, 0)


@pytest.fixture
def nobody(monkeypatch):
    monkeypatch.setattr("formcheck.pose.blazepose.BlazePoseEstimator", Nobody)
    Nobody.made.clear()
    return Nobody.made


@pytest.mark.parametrize(("rate_hz", "analysed"), [(30, 60), (60, 60), (120, 60)])
def test_no_more_than_thirty_pictures_a_second_are_analysed(tmp_path, nobody, rate_hz, analysed):
    count = 2 * rate_hz
    path = media.make_video(tmp_path / "clip.mp4", media.grain(count), media.steady(count, rate_hz))
    recording, _ = record(path, Options().completed_by({}), "lite", lambda *_: None)
    assert len(recording.sightings) == analysed
    source = recording.source
    assert (source.frames, source.frames_analysed) == (count, analysed)
    assert source.max_rate_hz == (None if rate_hz == 30 else 30.0)
    assert recording.warnings == ()


def test_what_was_asked_for_reaches_the_pictures_and_the_source(tmp_path, nobody):
    path = media.make_video(tmp_path / "clip.mp4", media.grain(240))
    reading = Reading(90, mirrored=True, slow_motion=4.0, max_rate_hz=15.0, person="left")
    recording, _ = record(path, Options("squat", reading=reading), "lite", lambda *_: None)
    source = recording.source
    assert (source.rotation_deg, source.mirrored, source.slow_motion) == (90, True, 4.0)
    assert (source.max_rate_hz, source.person) == (15.0, "left")
    assert source.duration_s == pytest.approx(2.0, abs=0.01)
    assert source.frames_analysed == 30
    assert nobody[0].person == "left"
    assert set(nobody[0].sizes) == {(48, 64)}


def test_a_file_of_repeats_has_a_low_frame_rate(tmp_path, nobody):
    """Eight different pictures a second among thirty."""
    different = media.grain(24)
    path = media.make_video(tmp_path / "clip.mkv", [different[i * 8 // 30] for i in range(90)], codec="ffv1")
    recording, _ = record(path, Options().completed_by({}), "lite", lambda *_: None)
    assert recording.warnings == ("low_frame_rate",)
    assert 24 <= recording.source.frames_analysed <= 36


def test_how_it_was_read_stays_with_the_poses(tmp_path):
    poses = filmed("squat", (1.0,) * 3).poses
    said = {"rotate": "90", "mirrored": "true", "slow_motion": "4", "max_rate": "15", "person": "left"}
    path = saved(tmp_path, recording_of(poses, **said))
    result = review(path)
    assert result.recording.options.items() >= said.items()
    same = review(path, rotate=90, mirrored=True, slow_motion=4.0, max_rate=15.0, person="left")
    assert same.summary == result.summary
    with pytest.raises(UsageError, match="review the recording itself"):
        review(path, rotate=180)


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ({"rotate": 45}, "90, 180 or 270"),
        ({"slow_motion": 0.0}, "slow-motion factor"),
        ({"max_rate": float("nan")}, "highest rate"),
        ({"person": "the tall one"}, "at:SECONDS,X,Y"),
        ({"person": "at:1,2"}, "at:SECONDS,X,Y"),
        ({"person": "at:1,-2,3"}, "at:SECONDS,X,Y"),
    ],
)
def test_a_reading_that_makes_no_sense_is_refused(squats, option, told):
    with pytest.raises(UsageError, match=told):
        review(squats, **option)


def test_an_earlier_reading_that_makes_no_sense_is_refused(tmp_path):
    path = saved(tmp_path, recording_of(filmed("squat", (1.0,) * 3).poses, rotate="45"))
    with pytest.raises(InputError, match="what it says of its pictures"):
        review(path)
