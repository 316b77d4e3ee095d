"""The rules themselves, without anybody: values over time go in, alarms and verdicts come out."""

from dataclasses import replace
from math import isnan, nan

import pytest

from formcheck.exercises.spec import Against, FaultRule, FromPlan, Limit, Of
from formcheck.results import FaultVerdict, Phase, Severity, ViewLabel
from formcheck.rules import (
    Blocked,
    Finding,
    Reading,
    RuleState,
    beyond,
    follow,
    holds_in,
    merged,
    settled,
    target_limit,
    view_need,
    weighed,
)

MILD, STRONG = Limit(10.0, 6.0, Severity.IMPROVE), Limit(20.0, 15.0, Severity.CORRECT)
RULE = FaultRule("lean", "trunk", Of.BODY, "deg", (MILD, STRONG), (ViewLabel.SIDE,), min_duration_s=0.375)
BELOW = replace(
    RULE, limits=(Limit(-10.0, -6.0, Severity.IMPROVE), Limit(-20.0, -15.0, Severity.CORRECT)), above=False
)
TARGET = replace(
    RULE, limits=(Limit(0.8, 0.8, Severity.IMPROVE),), from_plan=FromPlan.TARGET, above=False, error=4.0
)
SPAN_S = (1.0, 3.0, 2.0)
STEP_S = 0.125
"""Exact in binary, so that three steps are three eighths of a second."""


def told(rule, *parts, step_s=STEP_S):
    """Follow (value, pictures) one after the other; return the state and (picture, severity or None)."""
    state, alarms, frame = RuleState(), [], 0
    for value, count in parts:
        for _ in range(count):
            reading = value if isinstance(value, Reading) else Reading(value)
            state, alarm = follow(rule, state, frame * step_s, reading)
            if alarm is not None:
                alarms.append((frame, alarm.limit and alarm.limit.severity.value))
            frame += 1
    return state, alarms


# Raising and clearing


def test_a_fault_is_raised_once_it_lasted_and_cleared_once_it_was_gone_for_a_while():
    """Beyond from picture 2 on, so raised with picture 5; back from picture 8, so cleared with the third."""
    _, alarms = told(RULE, (5.0, 2), (12.0, 6), (5.0, 6))
    assert alarms == [(5, "improve"), (10, None)]


def test_the_mirrored_rule_does_the_same_below():
    _, alarms = told(BELOW, (-5.0, 2), (-12.0, 6), (-5.0, 6))
    assert alarms == [(5, "improve"), (10, None)]


@pytest.mark.parametrize(("pictures", "raised"), [(3, False), (4, True)])
def test_three_pictures_span_two_steps_and_four_span_three(pictures, raised):
    state, alarms = told(RULE, (0.0, 2), (12.0, pictures), (0.0, 3))
    assert bool(alarms) is raised
    assert settled(RULE, state).verdict is (FaultVerdict.PRESENT if raised else FaultVerdict.ABSENT)


def test_twice_too_short_is_not_once_long_enough():
    _, alarms = told(RULE, (12.0, 3), (9.0, 1), (12.0, 3))
    assert alarms == []


def test_between_the_two_limits_nothing_changes():
    _, alarms = told(RULE, (7.0, 5), (12.0, 5), (7.0, 9), (12.0, 9))
    assert alarms == [(8, "improve")]


def test_a_moment_below_does_not_clear():
    _, alarms = told(RULE, (12.0, 5), (5.0, 2), (12.0, 5), (5.0, 2), (7.0, 9))
    assert alarms == [(3, "improve")]


def test_what_was_cleared_may_be_raised_again():
    state, alarms = told(RULE, (12.0, 5), (5.0, 4), (12.0, 5))
    assert alarms == [(3, "improve"), (7, None), (12, "improve")]
    assert settled(RULE, state).start_s == pytest.approx(0.0)


def test_getting_worse_is_raised_again_and_getting_less_bad_is_not():
    state, alarms = told(RULE, (12.0, 5), (25.0, 5), (12.0, 5))
    assert alarms == [(3, "improve"), (8, "correct")]
    found = settled(RULE, state)
    assert (found.limit, found.value, found.worst_s) == (STRONG, 25.0, 0.625)


def test_strong_at_once_is_one_alarm():
    _, alarms = told(RULE, (0.0, 2), (25.0, 5))
    assert alarms == [(5, "correct")]


def test_exactly_the_limit_is_within_it():
    assert not beyond(RULE, 10.0, 10.0)
    assert not beyond(BELOW, -10.0, -10.0)
    assert beyond(RULE, 10.1, 10.0)
    assert beyond(BELOW, -10.1, -10.0)
    assert not beyond(RULE, nan, 10.0)


# What cannot be measured


def test_a_picture_without_a_value_neither_raises_nor_clears():
    hidden = Reading(reason="needs the hip in plain sight")
    state, alarms = told(RULE, (12.0, 3), (hidden, 1), (12.0, 1))
    assert alarms == [(4, "improve")]
    state, alarms = told(RULE, (12.0, 5), (hidden, 9), (12.0, 3))
    assert alarms == [(3, "improve")]
    assert (state.frames, state.valid) == (17, 8)


def test_a_gap_counts_for_a_quarter_of_a_second_at_most():
    """Beyond the limit a second ago and now does not prove that it was beyond all the time."""
    state, first = follow(RULE, RuleState(), 0.0, Reading(12.0))
    state, second = follow(RULE, state, 1.0, Reading(12.0))
    assert (first, second) == (None, None)
    assert state.over_s[0] == pytest.approx(0.25)
    _, third = follow(RULE, state, 1.2, Reading(12.0))
    assert third is not None


@pytest.mark.parametrize(("missing", "verdict"), [(3, FaultVerdict.ABSENT), (4, FaultVerdict.NOT_ASSESSED)])
def test_seven_of_ten_pictures_are_needed_for_a_verdict(missing, verdict):
    state, _ = told(RULE, (5.0, 10 - missing), (Reading(reason="hidden"), missing))
    assert settled(RULE, state).verdict is verdict


def test_the_commonest_reason_is_given():
    state, _ = told(RULE, (5.0, 2), (Reading(reason="one"), 3), (Reading(reason="other"), 4), (nan, 2))
    assert settled(RULE, state).reason == "other"


def test_a_fault_seen_too_seldom_is_not_told_even_if_it_was_raised():
    state, alarms = told(RULE, (12.0, 5), (Reading(reason="hidden"), 5))
    assert alarms
    assert settled(RULE, state).verdict is FaultVerdict.NOT_ASSESSED


def test_a_rule_that_never_looked_says_so():
    found = settled(RULE, RuleState())
    assert (found.verdict, found.reason) == (
        FaultVerdict.NOT_ASSESSED,
        "this part of the movement was not reached",
    )


@pytest.mark.parametrize(
    ("phase", "rise", "looks"),
    [
        (Phase.OUTBOUND, 0.3, True),
        (Phase.RETURN, 0.3, True),
        (Phase.END_RANGE, 0.2, True),
        (Phase.OUTBOUND, 0.1, False),
        (Phase.REST, 0.3, False),
    ],
)
def test_a_rule_looks_while_moving_and_far_enough(phase, rise, looks):
    assert holds_in(replace(RULE, min_rise=0.2), phase, rise) is looks


# The worst value


def test_the_worst_value_was_held_for_a_tenth_of_a_second():
    state, _ = told(RULE, (12.0, 12), (30.0, 1), (12.0, 6), (14.0, 3), (12.0, 3), step_s=0.05)
    assert settled(RULE, state).value == 14.0
    state, _ = told(BELOW, (-12.0, 12), (-30.0, 1), (-14.0, 3), (-12.0, 3), step_s=0.05)
    assert settled(BELOW, state).value == -14.0


def test_an_absent_fault_still_knows_how_far_it_went():
    state, _ = told(RULE, (3.0, 5), (8.0, 5))
    found = settled(RULE, state)
    assert (found.verdict, found.value, found.limit) == (FaultVerdict.ABSENT, 8.0, None)


# Sagging: from the best so far, while nearly still

SAG = replace(RULE, limits=(MILD,), against=Against.BEST, still_per_s=10.0)


def slope(start, per_s, pictures):
    return [(start + per_s * STEP_S * i, 1) for i in range(pictures)]


def test_sinking_slowly_from_the_best_is_a_fault():
    """Up to 0, still for a moment, then down at 5 a second: 10 below after 2 s, raised three steps later."""
    state, alarms = told(SAG, *slope(50.0, -20.0, 21), (0.0, 10), *slope(0.0, 5.0, 40))
    assert [severity for _, severity in alarms] == ["improve"]
    assert alarms[0][0] == pytest.approx(21 + 10 + 16 + 4, abs=1)
    assert state.best == 0.0


def test_coming_down_quickly_is_not_sagging():
    _, alarms = told(SAG, (0.0, 10), *slope(0.0, 30.0, 20))
    assert alarms == []


# A number of the whole repetition


@pytest.mark.parametrize(
    ("value", "severity"), [(9.0, None), (11.0, "improve"), (19.0, "improve"), (21.0, "correct")]
)
def test_a_number_is_weighed_against_the_highest_limit_it_crossed(value, severity):
    found = weighed(RULE, value, SPAN_S, None)
    assert (found.limit.severity.value if found.limit else None) == severity
    if severity:
        assert (found.start_s, found.end_s, found.worst_s) == SPAN_S
    twin = weighed(BELOW, -value, SPAN_S, None)
    assert (twin.limit.severity.value if twin.limit else None) == severity


def test_no_number_is_no_verdict():
    assert weighed(RULE, nan, SPAN_S, "why").reason == "why"
    assert weighed(RULE, nan, SPAN_S, None).reason == "the person was not seen well enough"
    assert weighed(RULE, nan, SPAN_S, "why").verdict is FaultVerdict.NOT_ASSESSED


# Several rows, one code


def finding(code, verdict, limit=None, reason=None):
    return Finding(replace(RULE, code=code), FaultVerdict(verdict), reason, limit)


PRESENT, WORSE = finding("a", "present", MILD), finding("a", "present", STRONG)
FINE = finding("a", "absent")
HIDDEN = finding("a", "not_assessed", reason="first")


@pytest.mark.parametrize(
    ("findings", "chosen"),
    [
        ((FINE, PRESENT, HIDDEN), PRESENT),
        ((PRESENT, WORSE), WORSE),
        ((WORSE, PRESENT), WORSE),
        ((HIDDEN, FINE), FINE),
        ((HIDDEN, finding("a", "not_assessed", reason="second")), HIDDEN),
        ((finding("b", "present", STRONG), FINE), FINE),
    ],
)
def test_present_goes_before_absent_before_not_assessed(findings, chosen):
    assert merged(["a"], findings, []) == [chosen]


def test_what_no_row_judged_has_the_reason_of_the_block():
    off = Blocked("a", "off")
    assert merged(["a", "b"], [], [off]) == [off, Blocked("b", "the person was not seen well enough")]
    assert merged(["b", "a"], [FINE], [off]) == [Blocked("b", "the person was not seen well enough"), FINE]


# Targets


def test_a_target_from_neutral_is_met_at_four_fifths_less_the_error():
    assert target_limit(TARGET, 70.0, 5.0) == pytest.approx(52.0)
    assert target_limit(TARGET, 70.0, 25.0) == pytest.approx(52.0)


def test_a_target_from_rest_counts_the_way_from_there():
    """Rest 50, target 10: four fifths of the way are 18 degrees, 4 more are granted upwards."""
    falling = replace(TARGET, from_rest=True, above=True)
    assert target_limit(falling, 10.0, 50.0) == pytest.approx(22.0)
    rising = replace(TARGET, from_rest=True)
    assert target_limit(rising, 90.0, 10.0) == pytest.approx(70.0)


def test_a_target_in_another_unit_is_turned_into_the_measures():
    assert target_limit(replace(TARGET, scaled=lambda deg: deg / 100.0, error=0.02), 70.0, 0.0) == (
        pytest.approx(0.54)
    )


def test_every_view_has_its_words():
    assert view_need(RULE) == "needs a side view"
    assert view_need(replace(RULE, views=(ViewLabel.HEAD_END,))) == "needs another view"


def test_nothing_known_is_nan():
    assert isnan(RuleState().worst)
