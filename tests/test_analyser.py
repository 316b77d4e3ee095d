"""The analyser: one pose in, all that is known out; and the summary at the end."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest

from formcheck.analyser import UNKNOWN, Analyser
from formcheck.errors import UsageError
from formcheck.exercises import EXERCISES
from formcheck.plan import Segment
from formcheck.pose.skeleton import Side, no_pose
from formcheck.results import (
    FaultVerdict,
    Phase,
    Posture,
    Snapshot,
    Software,
    Source,
    Verdict,
    ViewLabel,
)
from tests.exercises.watched import analysed, counts, filmed, usual
from tests.synthetic import (
    QUIET,
    Body,
    Camera,
    Tempo,
    bridge,
    concatenate,
    lie_down,
    squat,
    standing_still,
    walking,
)


def watched(poses, exercise: str = "squat", **options) -> tuple[list[Snapshot], Analyser]:
    analyser = Analyser(exercise, **options)
    return [analyser.step(pose) for pose in poses], analyser


def warnings(poses, exercise: str = "squat", **options) -> tuple[str, ...]:
    return analysed(poses, exercise, **options).quality.warnings


# --- what makes sense ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pushup", "", "Squat", "auto", "seated march", "squat "])
def test_an_unknown_exercise_is_refused_with_the_choices(name):
    with pytest.raises(UsageError, match="squat, bridge, clamshell, seated_march"):
        Analyser(name)


def test_the_hyphen_is_accepted():
    snapshots, analyser = watched(standing_still(1).poses, "seated-march")
    assert snapshots[-1].exercise == "seated_march"
    assert analyser.finish().exercise == "seated_march"


@pytest.mark.parametrize(
    "options", [{"side": "middle"}, {"side": ""}, {"affected_side": "auto"}, {"affected_side": "x"}]
)
def test_nonsense_sides_are_refused(options):
    with pytest.raises(UsageError, match="is not one of"):
        Analyser("squat", **options)


@pytest.mark.parametrize("affected_side", [None, "left", "right", "both", "none"])
def test_the_affected_side_is_passed_on(affected_side):
    assert Analyser("squat", affected_side=affected_side).finish().affected_side == affected_side


# --- step by step --------------------------------------------------------------------------------------


def test_the_count_rises_when_a_repetition_ends_not_at_its_bottom():
    clip = filmed("squat", (1.0,) * 3)
    snapshots, _ = watched(clip.poses)
    rises = [b.time_s for a, b in pairwise(snapshots) if b.complete > a.complete]
    assert len(rises) == 3
    for rise_s, true in zip(rises, clip.truth.repetitions, strict=True):
        assert true.top_end_s < rise_s <= true.end_s + 0.3


def test_phases_follow_the_movement():
    clip = squat([1], tempo=Tempo(1.4, 1.0, 1.4, 0.6), noise=QUIET)
    snapshots, _ = watched(clip.poses)
    true = clip.truth.repetitions[0]
    at = {round(one.time_s, 3): one.phase for one in snapshots}
    assert at[0.5] is Phase.REST
    assert at[round(true.start_s + 0.7, 3)] is Phase.OUTBOUND
    assert at[round(true.top_start_s + 0.5, 3)] is Phase.END_RANGE
    assert at[round(true.top_end_s + 0.7, 3)] is Phase.RETURN
    assert snapshots[-1].phase is Phase.REST


def test_a_snapshot_says_all_that_is_known():
    clip = squat([1, 1], noise=QUIET, camera=Camera(270))
    snapshots, _ = watched(clip.poses)
    last = snapshots[-1]
    assert [one.frame for one in snapshots] == list(range(len(clip.poses)))
    assert [one.time_s for one in snapshots] == [pose.time_s for pose in clip.poses]
    assert (last.exercise, last.complete, last.partial, last.left, last.right) == ("squat", 2, 0, 0, 0)
    assert (last.posture, last.view.label, last.camera_side) == (Posture.STANDING, ViewLabel.SIDE, Side.RIGHT)
    assert last.valid
    assert last.reason is None
    assert math.isfinite(last.angles.right_knee_flexion_deg)
    assert math.isfinite(last.signal)


def test_events_tell_each_repetition_once_and_in_order():
    snapshots, _ = watched(filmed("squat", (1.0, -1.0, 1.0)).poses)
    told = [event for one in snapshots for event in one.events if event.event.startswith("rep_")]
    assert [event.event for event in told] == ["rep_completed", "rep_partial", "rep_completed"]
    assert [dict(event.details)["rep"] for event in told] == [1, 2, 3]
    assert all(dict(event.details)["end_s"] <= event.time_s + 0.5 for event in told)
    for one in snapshots:
        assert all(event.time_s == one.time_s for event in one.events)


def test_losing_and_finding_the_person_is_told_once():
    clip = filmed("squat", (1.0,), lead_s=4.0, noise=usual(dropped_spans=[(0.5, 0.8), (1.5, 3.0)]))
    snapshots, _ = watched(clip.poses)
    told = [(event.event, event.time_s) for one in snapshots for event in one.events]
    assert [name for name, _ in told] == ["tracking_lost", "tracking_regained", "rep_completed"]
    assert told[0][1] == pytest.approx(2.0, abs=0.1)
    assert told[1][1] == pytest.approx(3.0, abs=0.1)


def test_an_unseen_person_is_invalid_with_the_reason():
    snapshots, _ = watched([no_pose(0.0), *standing_still(1).poses[3:]])
    assert not snapshots[0].valid
    assert snapshots[0].reason == "nobody is seen"
    assert math.isnan(snapshots[0].signal)
    assert math.isnan(snapshots[0].angles.left_knee_flexion_deg)
    assert snapshots[-1].valid


def test_the_wrong_posture_is_invalid_with_the_reason():
    snapshots, _ = watched(standing_still(1).poses, "bridge")
    assert not snapshots[-1].valid
    assert snapshots[-1].reason == "not in the position for the bridge"


def test_the_same_poses_give_the_same_snapshots():
    poses = filmed("clamshell", (1.0, 1.0)).poses
    once, again = (watched(poses, "clamshell")[0] for _ in range(2))
    assert [(a.phase, a.complete, a.valid) for a in once] == [(b.phase, b.complete, b.valid) for b in again]


def test_what_comes_later_changes_nothing_before():
    """Causal: the first half of a recording gives the first half of the snapshots."""
    poses = filmed("bridge", (1.0,) * 4).poses
    whole, _ = watched(poses, "bridge")
    half, _ = watched(poses[: len(poses) // 2], "bridge")
    for a, b in zip(half, whole, strict=False):
        assert (a.phase, a.complete, a.partial, a.events) == (b.phase, b.complete, b.partial, b.events)


# --- the summary ---------------------------------------------------------------------------------------


def test_the_summary_of_a_set():
    clip = filmed("squat", (1.0, 1.0, -1.0, 1.0), camera=Camera(270))
    summary = analysed(clip.poses, "squat")
    assert (summary.exercise, summary.exercise_source, summary.exercise_confidence) == ("squat", "given", 1.0)
    assert counts(summary) == (3, 1)
    assert (summary.reps.left, summary.reps.right) == (None, None)
    assert summary.camera_side is Side.RIGHT
    assert (summary.view.label, summary.view.assessable, summary.view.reason) == (ViewLabel.SIDE, True, None)
    [one] = summary.sets
    assert (one.index, one.exercise, one.working_side, one.complete, one.partial) == (1, "squat", None, 3, 1)
    assert one.start_s == summary.rep_list[0].start_s
    assert one.end_s == summary.rep_list[-1].end_s
    assert [rep.index for rep in summary.rep_list] == [1, 2, 3, 4]
    assert [rep.verdict for rep in summary.rep_list].count(Verdict.PARTIAL) == 1
    assert summary.quality.warnings == ()
    assert not summary.quality.needs_review
    assert summary.quality.valid_fraction > 0.95
    assert summary.quality.pose_detected_fraction == 1.0


@pytest.mark.parametrize("name", EXERCISES)
def test_every_fault_has_a_verdict_or_a_reason(name):
    summary = analysed(filmed(name, (1.0, 1.0)).poses, name)
    codes = list(EXERCISES[name].codes)
    assert list(summary.faults) == codes
    for rep in summary.rep_list:
        assert [fault.code for fault in rep.faults] == codes
        left_open = [fault for fault in rep.faults if fault.verdict is FaultVerdict.NOT_ASSESSED]
        assert all(fault.reason for fault in left_open)
        assert (rep.checks.assessed, rep.checks.of) == (len(codes) - len(left_open), len(codes))
        assert not any(fault.verdict is FaultVerdict.PRESENT for fault in rep.faults)
    for totals in summary.faults.values():
        assert totals.present + totals.absent + totals.not_assessed == 2


def test_the_range_of_motion_is_held_for_a_tenth_of_a_second():
    """A spike of one frame widens no range (product.md §3)."""
    clip = squat([1, 1], knee_deg=90, noise=QUIET, body=Body(asymmetry=0))
    steady = analysed(clip.poses, "squat").range_of_motion["knee_flexion"].left
    poses = list(clip.poses)
    top = int((1.0 + 1.4 + 0.2) * 30)
    image = poses[top].image_px.copy()
    image[[27, 29, 31]] += [12.0, -6.0]
    poses[top] = replace(poses[top], image_px=image)
    spiked = analysed(poses, "squat").range_of_motion["knee_flexion"].left
    assert steady.max_deg == pytest.approx(90, abs=steady.error_deg)
    assert 0.0 < steady.error_deg <= 15.0
    assert spiked.max_deg == pytest.approx(steady.max_deg, abs=0.5)
    assert spiked.min_deg == pytest.approx(steady.min_deg, abs=0.5)


def test_the_range_of_motion_is_that_of_the_repetitions_not_of_walking_in():
    parts = walking(3.0), standing_still(1.5), squat([1] * 3, knee_deg=70, shank_deg=22, trunk_deg=25)
    whole, alone = (
        analysed(concatenate(*some, camera=Camera(90, distance_m=4.0), noise=usual()).poses, "squat")
        for some in (parts, parts[1:])
    )
    assert whole.reps.complete == alone.reps.complete == 3
    own = alone.range_of_motion["hip_flexion"].left
    assert whole.range_of_motion["hip_flexion"].left.max_deg == pytest.approx(own.max_deg, abs=6)
    assert whole.range_of_motion["hip_flexion"].left.min_deg == pytest.approx(own.min_deg, abs=6)


def test_a_range_without_its_end_is_none(monkeypatch):
    """Seen from the front the band grows as the hips come down: what is told of standing is no range."""
    clip = squat([1, 1], camera=Camera(0), noise=QUIET)
    snapshots, _ = watched(clip.poses)
    halves = [one.estimate.half_deg["left_hip_flexion"] for one in snapshots]
    resting = halves[0]
    assert max(halves) > resting + 2.0
    for limit, told in ((max(halves) + 1.0, True), (resting + 1.0, False)):
        monkeypatch.setattr("formcheck.observer.TOLD_BAND_DEG", (limit, limit))
        assert (analysed(clip.poses, "squat").range_of_motion["hip_flexion"].left is not None) == told


def test_what_is_given_for_the_record_is_kept():
    source = Source("a.mp4", "ab", None, 5.0, 150, 150, 640, 480, 90)
    software = Software("0.1.0", "0.10.31", "pose_full", "cd")
    analyser = Analyser("squat")
    for pose in filmed("squat", (1.0,)).poses:
        analyser.step(pose)
    summary = analyser.finish(source, software, ["truncated"], "recognised")
    assert (summary.source, summary.software) == (source, software)
    assert summary.exercise_source == "recognised"
    assert summary.quality.warnings == ("truncated",)
    assert summary.quality.needs_review


def test_without_a_source_the_poses_tell():
    poses = filmed("squat", (1.0,)).poses
    source = analysed(poses, "squat").source
    assert (source.frames, source.frames_analysed) == (len(poses), len(poses))
    assert (source.width, source.height) == (640, 480)
    assert source.duration_s == pytest.approx(poses[-1].time_s)


def test_nothing_at_all():
    summary = Analyser("squat").finish()
    assert counts(summary) == (0, 0)
    assert (summary.sets, summary.rep_list) == ((), ())
    assert summary.view.label is ViewLabel.UNKNOWN
    assert summary.quality.needs_review


# --- finish --------------------------------------------------------------------------------------------


def test_finish_closes_a_repetition_that_had_come_back():
    snapshots, analyser = watched(filmed("squat", (1.0, 1.0), end_fraction=0.9).poses)
    counted = snapshots[-1].complete
    summary = analyser.finish()
    assert summary.reps.complete == 2
    closing = [event for event in analyser.closing_events if event.event == "rep_completed"]
    assert counted + len(closing) == 2
    assert all(event.time_s == snapshots[-1].time_s for event in closing)
    assert "count_uncertain" not in summary.quality.warnings


def test_finish_in_mid_repetition_says_that_the_count_is_uncertain():
    summary = analysed(filmed("squat", (1.0, 1.0), end_fraction=0.55).poses, "squat")
    assert counts(summary) == (1, 0)
    assert "count_uncertain" in summary.quality.warnings
    assert summary.quality.needs_review


def test_finishing_twice_counts_nothing_twice():
    _, analyser = watched(filmed("squat", (1.0, 1.0), end_fraction=0.9).poses)
    first, second = analyser.finish(), analyser.finish()
    assert counts(second) == counts(first)
    assert len(second.rep_list) == len(first.rep_list)


# --- warnings ------------------------------------------------------------------------------------------


def test_a_good_recording_has_no_warnings():
    for name in EXERCISES:
        assert warnings(filmed(name, (1.0,) * 3).poses, name) == (), name


@pytest.mark.parametrize(("rate_hz", "low"), [(30, False), (10, False), (8, True), (4, True)])
def test_a_low_frame_rate(rate_hz, low):
    assert ("low_frame_rate" in warnings(filmed("squat", (1.0,) * 2, rate_hz=rate_hz).poses)) is low


@pytest.mark.parametrize(("lost_s", "low"), [(1.0, False), (6.0, True)])
def test_low_coverage(lost_s, low):
    clip = filmed("squat", (1.0,) * 2, lead_s=7.0, noise=usual(dropped_spans=[(0.0, lost_s)]))
    told = analysed(clip.poses, "squat")
    assert ("low_coverage" in told.quality.warnings) is low
    assert told.quality.pose_detected_fraction == pytest.approx(told.quality.valid_fraction, abs=0.05)


@pytest.mark.parametrize(("share", "told"), [(0.05, False), (0.3, True)])
def test_a_second_person(share, told):
    poses = filmed("squat", (1.0,) * 2).poses
    crowd = [replace(pose, people=2) if i < share * len(poses) else pose for i, pose in enumerate(poses)]
    assert ("second_person" in warnings(crowd)) is told


def test_an_unusable_view():
    clip = filmed("bridge", (1.0,) * 3, camera=Camera(0, 10, 2.5))
    summary = analysed(clip.poses, "bridge")
    assert "view_unusable" in summary.quality.warnings
    assert not summary.view.assessable
    assert summary.view.reason


def test_a_repetition_lost_out_of_sight_makes_the_count_uncertain():
    clip = filmed("squat", (1.0,) * 3, noise=usual(dropped_spans=[(5.6, 60.0)]))
    assert "count_uncertain" in warnings(clip.poses)


# --- plans ---------------------------------------------------------------------------------------------


def test_unknown_measures_and_counts_nothing():
    snapshots, analyser = watched(filmed("squat", (1.0,) * 2).poses, UNKNOWN)
    summary = analyser.finish()
    assert (summary.exercise, summary.exercise_confidence, summary.reps.complete) == ("unknown", 0.0, 0)
    assert "unknown_exercise" in summary.quality.warnings
    assert "view_unusable" not in summary.quality.warnings
    assert not summary.view.assessable
    assert math.isfinite(snapshots[-1].angles.left_knee_flexion_deg)
    assert {one.exercise for one in snapshots} == {"unknown"}
    assert counts(analysed(filmed("squat", (1.0,)).poses, "squat", plan=())) == (0, 0)


def test_a_plan_counts_each_exercise_in_its_own_part():
    clip = concatenate(
        squat([1] * 2), lie_down(), bridge([1] * 3),
        camera=Camera(90, height_m=0.7, distance_m=4.0), noise=usual(), rate_hz=20,
    )  # fmt: skip
    halfway_s = next(segment.end_s for segment in clip.truth.segments if segment.motion == "lie_down")
    plan = [Segment("squat", 0.0, halfway_s, 0.8), Segment("bridge", halfway_s, 1e9, 0.9)]
    snapshots, analyser = watched(clip.poses, plan=plan)
    summary = analyser.finish()
    assert [(one.index, one.exercise, one.complete) for one in summary.sets] == [
        (1, "squat", 2),
        (2, "bridge", 3),
    ]
    assert (summary.exercise, summary.exercise_confidence) == ("bridge", 0.9)
    assert summary.reps.complete == 3
    assert len(summary.rep_list) == 5
    assert [rep.set for rep in summary.rep_list] == [1, 1, 2, 2, 2]
    assert "several_exercises" in summary.quality.warnings
    assert (snapshots[10].exercise, snapshots[-1].exercise) == ("squat", "bridge")
    assert snapshots[-1].complete == 5


def test_outside_its_part_an_exercise_is_not_counted():
    clip = filmed("squat", (1.0,) * 4)
    third = clip.truth.repetitions[2]
    plan = [Segment("squat", third.start_s - 0.3, 1e9)]
    _, analyser = watched(clip.poses, plan=plan)
    assert analyser.finish().reps.complete == 2


def test_given_poses_of_nobody_the_warnings_say_so():
    poses = [no_pose(i / 10, (640, 480)) for i in range(50)]
    summary = analysed(poses, "squat")
    assert {"low_coverage", "view_unusable"} <= set(summary.quality.warnings)
    assert summary.quality.pose_detected_fraction == 0
