"""Two versions side by side: what counts as nearer to the truth, and how traces are summed up."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from benchmarks import compare
from benchmarks.angles import TRIALS
from benchmarks.compare import (
    ANGLE_NAMES,
    Trace,
    changes_of,
    comparison,
    jitter_deg,
    numbers_of,
    paired,
    put_into,
    reaches,
    switches_of,
    way_of,
)
from formcheck.pose import recorded
from formcheck.pose.recorded import Recording
from formcheck.pose.sighting import Candidate, Sighting
from formcheck.results import Software, Source


def rep(start_s, end_s, side="", **faults):
    return {"start_s": start_s, "end_s": end_s, "side": side, "complete": True, "faults": faults}


def result(*reps, exercise="squat", ranges=None):
    return {"exercise": exercise, "complete": len(reps), "reps": list(reps), "ranges": ranges or {}}


def clip(given, *, true=2, truth=None, auto=None):
    return {
        "folder": "made up",
        "exercise": "squat",
        "view": "side",
        "true": true,
        "given": given,
        "auto": auto or given,
        "truth": truth or {},
    }


def snapshots(before, after):
    return {"clips": {"made up/one": before}}, {"clips": {"made up/one": after}}


@pytest.mark.parametrize(
    ("expected", "before", "after", "way"),
    [
        ("present", "absent", "not_assessed", "nearer"),
        ("present", "not_assessed", "present", "nearer"),
        ("present", "not_assessed", "absent", "further"),
        ("absent", "absent", "present", "further"),
        ("absent", "absent", "not_assessed", "further"),
        ("not_assessed", "absent", "not_assessed", "nearer"),
        ("not_assessed", "absent", "present", "open"),
        (None, "absent", "present", "open"),
    ],
)
def test_a_right_verdict_is_nearer_than_none_and_that_than_a_wrong_one(expected, before, after, way):
    assert way_of(expected, before, after) == way


def test_verdicts_are_compared_in_the_true_repetitions_they_belong_to():
    truth = {
        "reps": [rep(1.0, 3.0) | {"expected": {"heel_lift": "absent"}}, rep(4.0, 6.0) | {"expected": {}}]
    }
    before = clip(result(rep(0.9, 3.1, heel_lift="absent"), rep(4.0, 6.1, heel_lift="absent")), truth=truth)
    after = clip(result(rep(4.1, 6.0, heel_lift="present"), rep(1.0, 3.0, heel_lift="present")), truth=truth)
    first, second = changes_of(before, after)
    assert (first.rep, first.before, first.after, first.way) == (1, "absent", "present", "further")
    assert (second.rep, second.way) == (2, "open")


def test_without_truth_only_what_both_counted_is_compared():
    before = clip(result(rep(1.0, 3.0, heel_lift="absent")))
    after = clip(result(rep(1.0, 3.0, heel_lift="present"), rep(7.0, 9.0, heel_lift="present")))
    (change,) = changes_of(before, after)
    assert (change.rep, change.way) == (1, "open")


def test_a_repetition_of_the_other_leg_is_another():
    before = clip(result(rep(1.0, 3.0, "L", low_lift="absent")))
    after = clip(result(rep(1.0, 3.0, "R", low_lift="present")))
    assert not changes_of(before, after)


def test_nothing_changed_is_no_worse():
    one = clip(result(rep(1.0, 3.0, heel_lift="absent"), rep(4.0, 6.0, heel_lift="absent")))
    text = comparison(*snapshots(one, one))
    assert "| **made up** | 2 | 2 / 2 | 2 / 2 | 1 of 1 clips as before; 0 nearer, 0 further, 0 open |" in text
    assert "counts and verdicts are no worse than before" in text
    assert "made up/one`" not in text


def test_a_lost_repetition_is_worse_and_told():
    before = clip(result(rep(1.0, 3.0), rep(4.0, 6.0)))
    text = comparison(*snapshots(before, clip(result(rep(1.0, 3.0)))))
    assert "| `made up/one` | 2 | 2 / 2 | 1 / 1 | count *further*; none |" in text
    assert "they are **worse** in the count of `made up/one`" in text


def test_a_lost_verdict_is_worse_and_told_with_its_repetitions():
    truth = {"reps": [rep(i, i + 0.9) | {"expected": {"heel_lift": "present"}} for i in range(3)]}
    before, after = (
        clip(result(*(rep(i, i + 0.9, heel_lift=said) for i in range(3))), true=3, truth=truth)
        for said in ("present", "absent")
    )
    text = comparison(*snapshots(before, after))
    assert "**worse** in `made up/one` heel_lift 1-3: present → absent (*further*)" in text


def test_counting_another_exercise_counts_nothing():
    right = result(rep(1.0, 3.0), rep(4.0, 6.0))
    other = result(rep(1.0, 3.0), rep(4.0, 6.0), exercise="bridge")
    (pair,) = paired(*snapshots(clip(right), clip(right, auto=other)))
    assert pair.counts_way() == "further"
    (pair,) = paired(*snapshots(clip(right, auto=other), clip(right)))
    assert pair.counts_way() == "nearer"


def test_a_range_that_misses_most_of_the_movement_is_cut_short():
    truth = {"reps": [], "ranges": {"left_hip_flexion": [5.0, 105.0], "left_knee_flexion": [0.0, 10.0]}}
    before = clip(result(ranges={"left_hip_flexion": [0.0, 100.0, None]}), truth=truth)
    after = clip(
        result(ranges={"left_hip_flexion": [10.0, 30.0, 12.0], "left_knee_flexion": [4.0, 8.0, 9.0]}),
        truth=truth,
    )
    pairs = paired(*snapshots(before, after))
    (old,) = reaches(pairs, "before")
    hip, knee = reaches(pairs, "after")
    assert (old.low_off, old.high_off, old.short) == (-5.0, -5.0, False)
    assert (hip.low_off, hip.high_off, hip.short) == (5.0, -75.0, True)
    assert not knee.short, "where hardly anything moves nothing is cut short"
    text = compare.ranges_section(pairs)
    assert "Ranges that span less than 60 % of the true one: 0 before, 1 after." in text
    assert "| squat | side | hip | 1 | -5° | -5° | 0 | 1 | +5° | -75° | 1 | 50 % |" in text


def test_what_is_printed_into_a_page_leaves_the_words_around_it(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        f"Before.\n\n{compare.TABLE_MARK}\n\nold\n\n{compare.END_MARK}\n\nAfter.\n", encoding="utf-8"
    )
    put_into(page, compare.TABLE_MARK, "new\n")
    put_into(page, compare.TRACES_MARK, "more\n")
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"Before.\n\n{compare.TABLE_MARK}\n\nnew\n\n{compare.END_MARK}\n\nAfter.\n")
    assert "old" not in text
    assert text.rstrip().endswith(f"{compare.TRACES_MARK}\n\nmore\n\n{compare.END_MARK}")


# Traces


def trace(frames=60, rest=None, **angles):
    """A trace whose ways are all 40 degrees in every angle, but for those given."""
    ways = {
        way: np.full((frames, len(ANGLE_NAMES)), 40.0) for way in (*compare.WAYS, "band", "before", "after")
    }
    for way, values in angles.items():
        ways[way] = np.tile(np.asarray(values, float)[:, None], (1, len(ANGLE_NAMES)))
    return Trace(
        "made up",
        np.arange(frames) / 30,
        ways,
        ["side"] * frames,
        np.ones((frames, len(ANGLE_NAMES)), bool),
        np.zeros(frames, bool) if rest is None else rest,
        "left",
    )


def test_a_straight_line_does_not_jitter_and_a_saw_does():
    assert jitter_deg(np.arange(10.0)) == pytest.approx(0.0)
    assert jitter_deg(np.array([0.0, 2.0] * 5)) == pytest.approx(2.0)
    assert np.isnan(jitter_deg(np.array([1.0, np.nan, 1.0, np.nan])))


def test_agreement_bias_and_rest_of_a_trace():
    wave = 40.0 + 30.0 * np.sin(np.linspace(0.0, 6.0, 60))
    rest = np.arange(60) < 10
    corrected = np.where(rest, 8.0, wave + 5.0)
    one = numbers_of(trace(image=np.where(rest, 3.0, wave), corrected=corrected, rest=rest), 0)
    assert one.agreement > 0.99
    assert one.bias == pytest.approx(5.0)
    assert one.apart == pytest.approx(5.0)
    assert (one.rest["image"], one.rest["corrected"]) == (3.0, 8.0)


def test_where_no_true_side_view_is_seen_nothing_is_said_of_agreement():
    shown = trace()
    shown.side_on[15:] = False
    assert np.isnan(numbers_of(shown, 0).agreement)
    assert np.isnan(numbers_of(shown, 0).rest["image"])


def test_shares_reported_and_beyond_the_joint():
    angles = np.where(np.arange(60) < 15, 140.0, 40.0)
    before = np.full(60, np.nan)
    one = numbers_of(trace(corrected=angles, before=before, after=np.where(angles > 100, np.nan, angles)), 0)
    assert (one.before, one.after, one.beyond) == (0.0, 0.75, 0.25)
    assert numbers_of(trace(corrected=angles), ANGLE_NAMES.index("left_knee_flexion")).beyond == 0.0


def test_changing_over_between_two_angles_is_counted():
    learned = np.array([10.0, 11.0, 12.0, 13.0, 14.0])
    assert switches_of(learned, learned) == 0
    assert switches_of(np.array([10.0, 3.0, np.nan, 13.0, 14.0]), learned) == 2


# A whole clip, made up


@pytest.fixture
def folder(tmp_path):
    """A folder with the poses of somebody who stands still."""
    rng = np.random.default_rng(0)
    image = rng.uniform(100.0, 300.0, (33, 2)).astype(np.float32)
    world = rng.uniform(-0.5, 0.5, (33, 3)).astype(np.float32)
    one = Candidate(image, world, np.ones(33, np.float32), np.ones(33, np.float32))
    sightings = [Sighting(i / 15, (400, 400), (one,), 0, False, 0.5, 1) for i in range(30)]
    source = Source("x.mp4", None, None, 2.0, 30, 30, 400, 400, 0)
    with (tmp_path / "someone.npz").open("wb") as file:
        recorded.save(Recording(source, Software("0", "0", "pose_full", "0"), sightings=sightings), file)
    return tmp_path


def test_clips_with_nothing_but_poses_are_reviewed_and_drawn(folder, capsys):
    labels = folder / "labels.json"
    row = {"formcheck_exercise": "squat", "expected_repetitions": 0, "view": "side"}
    labels.write_text(json.dumps({"files": {"someone.mp4": row}}), encoding="utf-8")
    told = ["--poses", str(folder), "--labels", str(labels)]
    out, angles = folder / "out.json", folder / "kept" / "angles.npz"
    angles.parent.mkdir()
    empty = folder / "empty"
    empty.mkdir()
    assert compare.main(["snapshot", str(out), str(empty), *told, "--angles", str(angles)]) == 0
    (name, one), *none = json.loads(out.read_text(encoding="utf-8"))["clips"].items()
    assert (name, none) == ("someone", [])
    assert (one["true"], one["given"]["complete"], one["auto"]["exercise"]) == (0, 0, "unknown")
    assert compare.main(["table", str(out), str(out)]) == 0
    assert "no worse" in capsys.readouterr().out
    pytest.importorskip("matplotlib", reason="pictures need matplotlib (the extra studio)")
    assert compare.main(["traces", "someone", *told, "--before", str(angles), "--out", str(empty)]) == 0
    assert capsys.readouterr().out.count("`someone`") == len(ANGLE_NAMES)
    assert (empty / "someone.png").stat().st_size > 5000


def test_in_an_older_version_trials_are_reviewed_without_their_truth(monkeypatch):
    monkeypatch.setitem(sys.modules, "benchmarks.trial_faults", None)
    one = compare.read_trial(TRIALS / "squat_side_b.truth.npz")
    assert (one.name, one.exercise, one.reps, one.truth) == ("squat_side_b", "squat", 2, {})


def test_a_trial_brings_its_truth():
    one = compare.read_trial(TRIALS / "squat_side_b.truth.npz")
    first, second = one.truth["reps"]
    assert (first["expected"]["shallow_depth"], second["expected"]["shallow_depth"]) == ("absent", "present")
    assert one.truth["ranges"]["left_knee_flexion"][1] > 100.0
    assert (one.view, one.rendered) == ("side", True)


def test_numbers_of_repetitions_are_told_in_runs():
    assert compare._numbers([1, 2, 3, 5, 8, 9]) == "1-3, 5, 8-9"
