"""Half the range: the target, what counts as short, and the same verdicts when the recording is reviewed."""

import json
from dataclasses import replace

import pytest

from formcheck.analyser import Analyser
from formcheck.exercises import EXERCISES
from formcheck.plan import Course, Stretch, whole
from formcheck.pose.recorded import course_record, read_course
from formcheck.profile import GENTLE, OWN, SMALLEST_TARGET, STANDARD, eased
from formcheck.results import FaultVerdict
from tests import synthetic
from tests.exercises.watched import usual
from tests.live.people import CAMERAS

SHORT = {
    "squat": "shallow_depth",
    "bridge": "incomplete_extension",
    "clamshell": "low_opening",
    "seated_march": "low_lift",
}


def target(exercise, share, profile=STANDARD):
    return eased(profile.plans[exercise], exercise, share).target


def test_half_of_the_way_from_rest_to_the_target():
    assert target("squat", 0.5) == 35.0
    assert target("bridge", 0.5) == 30.0
    assert target("clamshell", 0.6) == pytest.approx(0.21)
    assert target("seated_march", 0.6) == pytest.approx(9.0)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_whole_is_the_plan_itself_and_nobody_is_asked_for_what_does_not_count(exercise):
    plan = STANDARD.plans[exercise]
    assert eased(plan, exercise, 1.0) is plan
    assert eased(GENTLE.plans[exercise], exercise, 0.1).target == SMALLEST_TARGET[exercise]
    tiny = replace(plan, target=eased(plan, exercise, 0.01).target)
    assert eased(tiny, exercise, 0.5).target == tiny.target
    assert eased(plan, exercise, 0.5).ceilings == plan.ceilings


# The verdicts


def small(exercise):
    """Return poses of repetitions about half as large as the standard target."""
    options = {"noise": usual(), "rate_hz": 15.0, "camera": CAMERAS[exercise], "lead_s": 2.0}
    if exercise == "bridge":
        return synthetic.bridge((1.0,) * 4, top_deg=27.0, **options).poses
    share = {"squat": 0.42, "clamshell": 0.36, "seated_march": 0.38}[exercise]
    return getattr(synthetic, exercise)((share,) * 4, **options).poses


def judged(poses, exercise, counting, profile=STANDARD):
    analyser = Analyser(plan=whole(exercise), counting=counting, profile=profile)
    ended = [rep for pose in poses for rep in analyser.step(pose).reps]
    return analyser.finish(), ended


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_smaller_movement_that_was_agreed_on_is_not_short(exercise):
    poses = small(exercise)
    found = {}
    for share in (1.0, 0.5):
        summary, _ = judged(poses, exercise, (Stretch(1, 0.5, range_share=share),))
        assert summary.reps.complete >= 3
        found[share] = summary.faults[SHORT[exercise]]
    assert found[1.0].present >= 3
    assert found[0.5].present == 0
    assert found[0.5].absent == found[1.0].present + found[1.0].absent


def test_what_was_done_before_it_was_made_easier_is_judged_by_the_whole():
    summary, ended = judged(small("squat"), "squat", (Stretch(1, 0.5, range_share=0.5, eased_from_s=8.0),))
    short = [one.verdict for rep in summary.rep_list for one in rep.faults if one.code == "shallow_depth"]
    starts = [rep.start_s >= 8.0 for rep in summary.rep_list]
    assert True in starts
    assert [verdict is FaultVerdict.ABSENT for verdict in short] == starts
    assert ended == list(summary.rep_list)


def test_the_own_range_of_the_smaller_movement_is_learned_anew():
    """Repetitions of the whole range say nothing about what is short of half of it."""
    options = {"noise": usual(), "rate_hz": 15.0, "camera": CAMERAS["squat"]}
    poses = synthetic.squat((1.0,) * 3 + (0.46,) * 4, lead_s=2.0, **options).poses
    whole_range, _ = judged(poses, "squat", (Stretch(1, 0.5),), OWN)
    ends = [rep.end_s for rep in whole_range.rep_list]
    counting = (Stretch(1, 0.5, range_share=0.5, eased_from_s=ends[2] - 0.3),)
    easier, _ = judged(poses, "squat", counting, OWN)
    assert whole_range.faults["shallow_depth"].present == 4
    assert easier.faults["shallow_depth"].present == 0


def test_the_profile_is_named_with_the_share_of_the_range():
    summary, _ = judged(small("squat"), "squat", (Stretch(1, 0.5, range_share=0.5),))
    assert summary.profile.name == "standard (50% of the range)"
    assert summary.profile.sha256 == STANDARD.sha256


# What is kept


def test_the_share_is_kept_with_the_recording_and_older_ones_have_the_whole():
    stretches = (Stretch(1, 1.0, 9.0, 0.5), Stretch(2, 12.0, 20.0, 0.5, 15.0), Stretch(3, 30.0))
    course = Course(whole("squat"), stretches)
    kept = json.loads(json.dumps(course_record(course)))
    assert read_course(kept) == course
    for row in kept["counting"]:
        del row["range_share"], row["eased_from_s"]
    older = read_course(kept)
    assert [one.range_share for one in older.counting] == [1.0, 1.0, 1.0]
