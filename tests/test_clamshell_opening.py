"""How far the knees open, in degrees: told of the upper leg from where the error atlas calls it good."""

import numpy as np
import pytest

import formcheck
from benchmarks.angles import TRIALS, read_trial
from benchmarks.true_motion import opening_deg
from formcheck.report.text import summary_text
from formcheck.results import ViewLabel


def summary_of(name, exercise="clamshell"):
    return formcheck.review(str(TRIALS / f"{name}.poses.npz"), exercise=exercise).summary


@pytest.mark.parametrize("name", ["clamshell_front_a", "clamshell_front_b", "clamshell_front_c"])
def test_from_the_front_the_opening_of_the_upper_knee_is_told_within_its_error(name):
    true = read_trial(TRIALS / f"{name}.truth.npz").true_deg["clamshell_opening"]
    (told,) = [one for one in sides(summary_of(name)) if one is not None]
    assert told.min_deg == pytest.approx(true.min(), abs=told.error_deg)
    assert told.max_deg == pytest.approx(true.max(), abs=told.max_error_deg)
    assert told.error_deg < 10.0


def sides(summary):
    both = summary.range_of_motion["clamshell_opening"]
    return both.left, both.right


def test_the_text_names_it():
    text = " ".join(summary_text(summary_of("clamshell_front_a")).split())
    assert "right knee opened 12 to 39 degrees, give or take 4 and 9" in text


@pytest.mark.parametrize("name", ["clamshell_back_a", "clamshell_front_b_hard"])
def test_from_behind_and_with_wide_bands_nothing_is_told(name):
    summary = summary_of(name)
    assert summary.view.label in (ViewLabel.BACK, ViewLabel.FRONT)
    assert summary.reps.complete > 0
    assert list(summary.range_of_motion) == ["knee_flexion", "hip_flexion"]


def test_other_exercises_have_none():
    assert list(summary_of("march_front_a", "seated_march").range_of_motion) == [
        "knee_flexion",
        "hip_flexion",
    ]


def test_the_true_opening_is_the_angle_between_the_legs_planes():
    """The lower leg lies flat; the upper one, knee at a right angle, is turned about the line hip to foot."""
    hip, ankle = np.zeros((1, 3)), np.array([[1.0, 1.0, 0.0]])
    flat, open_by = np.array([[1.0, 0.0, 0.0]]), np.radians(40.0)
    axis = np.array([1.0, 1.0, 0.0]) / np.sqrt(2.0)
    along = (flat[0] @ axis) * axis
    raised = along + np.cos(open_by) * (flat[0] - along) + np.sin(open_by) * np.cross(axis, flat[0])
    lower = {"hip.L": hip, "knee.L": flat, "ankle.L": ankle}
    upper = {"hip.R": hip, "knee.R": raised[None], "ankle.R": ankle}
    assert opening_deg({**lower, **upper}) == pytest.approx(40.0)
    assert opening_deg({**lower, "hip.R": hip, "knee.R": flat, "ankle.R": ankle}) == pytest.approx(
        0.0, abs=1e-5
    )
