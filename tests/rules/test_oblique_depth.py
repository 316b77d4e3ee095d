"""Depth at an angle, from the learned knee: on rendered people, since stick people are strange to it."""

from dataclasses import replace

import pytest

import formcheck
from formcheck import correction
from formcheck.judging import UNMEASURED
from formcheck.profile import STANDARD
from formcheck.results import FaultVerdict, ViewLabel
from tests.clips import SAMPLES

TRIAL = SAMPLES.parent / "benchmarks" / "trials" / "squat_oblique_b.poses.npz"


def depth_of(profile=STANDARD):
    """Return the verdicts on depth of the repetitions seen at an angle."""
    summary = formcheck.review(str(TRIAL), exercise="squat", profile=profile).summary
    assert summary.view.label is ViewLabel.OBLIQUE
    checks = [next(one for one in rep.faults if one.code == "shallow_depth") for rep in summary.rep_list]
    assert checks
    assert {rep.signal_unit for rep in summary.rep_list} == {"deg"}
    return checks


def deeper(target_deg):
    plans = dict(STANDARD.plans)
    plans["squat"] = replace(plans["squat"], target=target_deg)
    return replace(STANDARD, plans=plans)


def test_a_squat_is_deep_enough_where_its_angle_is_known_well_enough():
    told = [(one.verdict, one.reason) for one in depth_of()]
    assert told == [(FaultVerdict.ABSENT, None)] * 2  # truly 63 and 99 degrees, of 70 asked for


def test_nothing_is_said_where_the_angle_may_be_too_far_off(monkeypatch):
    weights = correction.load().weights
    monkeypatch.setitem(weights, "half", 2.0 * weights["half"])
    told = [(one.verdict, one.reason) for one in depth_of()]
    assert told == [(FaultVerdict.NOT_ASSESSED, UNMEASURED["peak"])] * 2


def test_one_that_falls_far_short_of_its_target_is_told():
    told = [(one.verdict, one.limit) for one in depth_of(deeper(120.0))]
    assert told[0] == (FaultVerdict.PRESENT, pytest.approx(0.8 * 120.0 - 10.0))
    assert told[1][0] is FaultVerdict.ABSENT
