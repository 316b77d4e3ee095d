"""The page of an exercise and what a review prints about form, held against the rules themselves."""

import json
import math
import re
from dataclasses import replace

import pytest
from people import example_summary

from formcheck.exercises import EXERCISES
from formcheck.exercises.spec import FromPlan
from formcheck.profile import GENTLE, OWN, STANDARD, CheckSetting
from formcheck.report.exercise_text import EXERCISE_TEXTS
from formcheck.report.form_text import Level, form_lines, levels_text
from formcheck.report.rule_text import (
    LOOKS,
    check_lines,
    reason_text,
    rule_lines,
    shown_value,
    source_text,
)
from formcheck.report.sources import TAGS, WORKS, cited
from formcheck.report.summary_json import summary_from_dict, summary_to_dict
from formcheck.report.text import exercise_page
from formcheck.results import Severity
from formcheck.rules import HOLD_SHARE, target_limit

NUMBER = re.compile(r"\d+(?:\.\d+)?")
RULES = [(name, rule) for name, exercise in EXERCISES.items() for rule in exercise.rules]


def ident(value):
    return value if isinstance(value, str) else f"{value.code}-{value.measure}-{value.unit}"


def flowing(text):
    return " ".join(text.split())


def form_checks(name):
    """Return the part of the page about form checks, by code."""
    page = exercise_page(name)
    part = page.partition("Form checks")[2].partition("\nDose and tempo")[0]
    places = [part.index(f"\n{code}: ") for code in EXERCISES[name].codes]
    assert places == sorted(places)
    ends = [*places[1:], len(part)]
    blocks = zip(EXERCISES[name].codes, places, ends, strict=True)
    return {code: flowing(part[start:end]) for code, start, end in blocks}


def numbers_of(name, rule):
    """Return every number that may be told of a rule."""
    exercise, target = EXERCISES[name], STANDARD.plans[name].target
    known = [rule.min_duration_s, rule.min_rate_hz, rule.max_off_deg, rule.error, rule.min_rise, target]
    known += [rule.widest] if rule.widest < math.inf else []
    known += [shown_value(rule, limit.on) for limit in rule.limits]
    if rule.from_plan is FromPlan.TARGET:
        known += [100 * rule.limits[0].on, round(target_limit(rule, target, 0.0), 2)]
    if rule.from_plan is FromPlan.HOLD:
        known.append(100 * HOLD_SHARE)
    reasons = " ".join(reason for _, reason in exercise.unseen)
    return {abs(value) for value in known} | {float(one) for one in NUMBER.findall(rule.evidence + reasons)}


@pytest.mark.parametrize(("name", "rule"), RULES, ids=ident)
def test_every_rule_has_words_of_its_own(name, rule):
    assert (rule.code, rule.measure, rule.unit) in LOOKS


def test_no_words_are_left_over():
    assert set(LOOKS) == {(rule.code, rule.measure, rule.unit) for _, rule in RULES}


@pytest.mark.parametrize(("name", "rule"), RULES, ids=ident)
def test_every_limit_stands_on_the_page_with_its_severity(name, rule):
    told = form_checks(name)[rule.code]
    assert flowing(source_text(rule)) in told
    for limit in rule.limits:
        if rule.from_plan is FromPlan.TARGET:
            assert f"{limit.severity}: short of {100 * limit.on:g} % of" in told
            assert f"by more than {rule.error:g} " in told
        else:
            more = rf"{limit.severity}: (more|less) than {shown_value(rule, limit.on):g} "
            assert re.search(more, told)
    if rule.when == "held" and rule.min_duration_s:
        assert f"for at least {rule.min_duration_s:g} s" in told


@pytest.mark.parametrize("name", EXERCISES)
def test_no_number_of_the_form_checks_is_invented(name):
    for code, told in form_checks(name).items():
        own = [rule for rule in EXERCISES[name].rules if rule.code == code]
        known = set().union(*(numbers_of(name, rule) for rule in own)) if own else set()
        known |= {float(one) for _, reason in EXERCISES[name].unseen for one in NUMBER.findall(reason)}
        assert {float(one) for one in NUMBER.findall(told)} <= known, code


@pytest.mark.parametrize("name", EXERCISES)
def test_a_change_of_a_limit_changes_the_page(name):
    exercise = EXERCISES[name]
    rule = next(rule for rule in exercise.rules if rule.limits and rule.from_plan is None)
    other = replace(rule, limits=(replace(rule.limits[0], on=rule.limits[0].on * 1.37),))
    assert rule_lines(exercise, rule) != rule_lines(exercise, other)


@pytest.mark.parametrize("name", EXERCISES)
def test_what_cannot_be_judged_says_why(name):
    told = form_checks(name)
    for code, reason in EXERCISES[name].unseen:
        assert f"Not judged: {reason_text(reason).split(',')[0]}" in told[code]
    for code in {"too_deep", "too_high"} & set(told):
        assert "Not judged with the profile standard: no cap set" in told[code]
    if "short_hold" in told:
        assert "Not judged with the profile standard: no hold prescribed" in told["short_hold"]
    for code in {"knees_in", "pelvic_drop"} & set(told):
        assert "Not judged yet: needs a view from the foot end" in told[code]
    assert "no limit set in the plan" in told["range_limit"]


@pytest.mark.parametrize("name", EXERCISES)
def test_the_page_fits_the_terminal_and_names_its_sources(name):
    page = exercise_page(name)
    assert max(map(len, page.splitlines())) <= 100
    assert page.endswith("\n")
    assert "clinical 2" not in page
    assert "product definition" not in page
    evidence = [rule.evidence for rule in EXERCISES[name].rules] + [EXERCISE_TEXTS[name].dose_source]
    sources = page.partition("\nSources\n")[2]
    for number in cited(evidence):
        assert f"  [V#{number}] " in sources
    assert len(re.findall(r"^  \[V#", sources, re.MULTILINE)) == len(cited(evidence))
    for tag in TAGS:
        assert (f"  [{tag}] " in sources) == any(f"[{tag}" in text for text in evidence)


def test_every_work_that_is_named_is_listed_and_no_other():
    named = [rule.evidence for _, rule in RULES] + [text.dose_source for text in EXERCISE_TEXTS.values()]
    assert cited(named) == sorted(WORKS)


def test_limits_of_a_profile_are_told_instead():
    squat = EXERCISES["squat"]
    assert "knee bend of 60 degrees, so less than 44 degrees" in " ".join(
        check_lines(squat, "shallow_depth", GENTLE)
    )
    assert "profile own" not in " ".join(check_lines(squat, "shallow_depth", OWN))
    off, changed = CheckSetting(enabled=False), CheckSetting(limit=40.0, severity=Severity.LOG)
    plan = replace(
        STANDARD.plans["squat"],
        ceilings={"knee_flexion": 90.0},
        comfort_caps={"hip_flexion": 80.0},
        checks={"heel_lift": off, "forward_lean": changed},
    )
    profile = replace(STANDARD, name="mine", plans={**STANDARD.plans, "squat": plan})
    told = {code: " ".join(check_lines(squat, code, profile)) for code in squat.codes}
    assert (
        "stop: more than 94 degrees in the picture (the plan's limit and 4 for the camera's error)"
        in told["range_limit"]
    )
    assert "improve: more than 80 degrees in the picture;" in told["too_deep"]
    assert "log: more than 40 degrees" in told["forward_lean"]
    assert "Not judged with the profile mine: off in this profile" in told["heel_lift"]


# What a review prints


def summary(exercise, reps, **totals):
    """Return a summary of repetitions: for each its verdict, its side and the checks that spoke.

    ``reason`` of a code's totals makes the rest of its repetitions not judged.
    """
    document = summary_to_dict(example_summary())
    one = document["rep_list"][0]
    document["exercise"] = exercise
    document["sets"] = [{**document["sets"][0], "exercise": exercise}]
    document["rep_list"] = [
        {
            **one,
            "index": i + 1,
            "verdict": verdict,
            "side": side,
            "faults": [present(*check) for check in checks],
        }
        for i, (verdict, side, checks) in enumerate(reps)
    ]
    nothing = {"present": 0, "absent": 0, "not_assessed": 0, "reason": None}
    document["faults"] = {code: {**nothing, **given} for code, given in totals.items()}
    return summary_from_dict(json.loads(json.dumps(document)))


def present(code, severity, value, limit, *unit_and_time):
    unit, worst_s = unit_and_time
    times = {"start_s": worst_s, "end_s": worst_s, "worst_s": worst_s}
    numbers = {"value": value, "limit": limit, "unit": unit}
    return {"code": code, "verdict": "present", "severity": severity, "reason": None, **times, **numbers}


def test_what_was_found_is_told_gravest_first_with_the_worst_value():
    lean = [
        ("forward_lean", "correct", 65.2, 58.0, "deg", 27.44),
        ("forward_lean", "improve", 50.0, 48.0, "deg", 3.0),
    ]
    fast = ("fast_descent", "improve", 0.62, 0.8, "s", 9.0)
    limit = ("range_limit", "stop", 97.0, 94.0, "deg", 12.0)
    step = ("loss_of_balance", "stop", 0.31, 0.15, "ratio", 12.0)
    reps = [("faulty", None, [fast, lean[0]]), ("good", None, [lean[1]]), ("faulty", None, [step, limit])]
    found = form_lines(
        summary(
            "squat",
            reps,
            fast_descent={"present": 1, "absent": 2},
            forward_lean={"present": 2, "absent": 1},
            loss_of_balance={"present": 1, "absent": 1, "not_assessed": 1},
            range_limit={"present": 1, "absent": 2},
            heel_lift={"absent": 3},
            weight_shift={"absent": 1, "not_assessed": 2, "reason": "needs both hips in plain sight"},
        )
    )
    assert found == [
        "Form, from 6 of 6 checks: 2 of 3 repetitions to correct, 1 to improve.",
        "- past the range limit in the plan: 1 of 3 repetitions, 97 degrees in the picture at 12.0 s "
        "(limit 94), stop",
        "- a foot moving: 1 of 2 judged, 0.31 leg lengths at 12.0 s (limit 0.15), stop",
        "- leaning forward: 2 of 3 repetitions, up to 65 degrees at 27.4 s (limit 58), "
        "1 to correct, 1 to improve",
        "- fast on the way down: 1 of 3 repetitions, 0.6 s at 9.0 s (limit 0.8), to improve",
        "Also checked, nothing found: heels on the floor, weight on both feet (judged in 1 of 3).",
    ]


@pytest.mark.parametrize(
    ("exercise", "check", "told"),
    [
        (
            "seated_march",
            ("lean_back", "correct", -15.0, -14.0, "deg", 2.0),
            "15 degrees at 2.0 s (limit 14)",
        ),
        (
            "squat",
            ("forward_lean", "improve", 48.04, 48.0, "deg", 2.0),
            "48.04 degrees at 2.0 s (limit 48)",
        ),
        ("squat", ("stance_width", "improve", 0.55, 0.7, "ratio", 2.0), "0.55 shoulder widths"),
        ("squat", ("stance_width", "improve", 2.4, 2.0, "ratio", 2.0), "2.40 shoulder widths"),
        ("squat", ("knee_valgus", "correct", 0.5, 0.72, "ratio", 2.0), "0.50 of the knees' distance"),
        ("squat", ("knee_valgus", "correct", 0.25, 0.18, "ratio", 2.0), "0.25 shank lengths"),
        ("bridge", ("incomplete_extension", "improve", 24.0, 18.93, "deg", 2.0), "(limit 19)"),
        ("bridge", ("lumbar_overextension", "improve", -30.0, -20.0, "deg", 2.0), "30 degrees"),
        ("clamshell", ("low_opening", "improve", 0.1, 0.25, "ratio", 2.0), "0.10 thigh lengths"),
        ("seated_march", ("rushing", "improve", 117.6, 100.0, "per_min", 2.0), "118 lifts a minute"),
        (
            "squat",
            ("of_tomorrow", "log", 3.0, 2.0, "deg", 2.0),
            "of_tomorrow: 1 of 1 repetition, 3 degrees",
        ),
    ],
)
def test_values_read_as_people_say_them(exercise, check, told):
    code = check[0]
    lines = form_lines(summary(exercise, [("good", None, [check])], **{code: {"present": 1}}))
    assert any(told in line for line in lines), lines


def test_sides_are_told_where_both_worked():
    back = ("lean_back", "improve", -9.0, -8.0, "deg", 2.0)
    totals = {"lean_back": {"present": 1, "absent": 1}}
    both = form_lines(summary("seated_march", [("good", "left", [back]), ("good", "right", [])], **totals))
    assert any("1 of 2 repetitions (left 1, right 0)" in line for line in both)
    one = form_lines(summary("seated_march", [("good", "left", [back]), ("good", "left", [])], **totals))
    assert not any("(left" in line for line in one)


def test_checks_that_could_not_be_judged_are_grouped_by_reason():
    front = {"not_assessed": 2, "reason": "needs a front view"}
    faults = {"knee_valgus": front, "weight_shift": front}
    assert form_lines(summary("squat", [], **faults)) == [
        "No form check could be judged: needs a front view."
    ]
    faults["heel_lift"] = {"absent": 2}
    faults["too_deep"] = {"not_assessed": 2, "reason": "no cap set"}
    faults["range_limit"] = {"not_assessed": 2, "reason": "no limit set in the plan"}
    faults["lateral_lean"] = {"not_assessed": 2, "reason": "not seen: too dark, 6 deg off"}
    assert form_lines(summary("squat", [], **faults)) == [
        "Checked, nothing found: heels on the floor.",
        "Not judged:",
        "- needs a front view: knee alignment, weight on both feet",
        "- not set in the plan: comfort limit for depth, range limit in the plan",
        "- not seen, too dark, 6 degrees off: side lean of the trunk",
    ]


def test_without_checks_nothing_is_said_of_form():
    assert form_lines(replace(summary("squat", []), faults={})) == []


def test_form_is_never_called_good_above_something_to_improve():
    lean = ("forward_lean", "improve", 50.0, 48.0, "deg", 3.0)
    once = form_lines(
        summary("squat", [("good", None, [lean])] * 2, forward_lean={"present": 2}, heel_lift={"absent": 2})
    )
    assert once[0] == "Form, from 2 of 2 checks: both repetitions to improve."
    assert "good" not in " ".join(once)


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        ([Level.CLEAR], "1 repetition with nothing found"),
        ([Level.IMPROVE] * 5, "all 5 repetitions to improve"),
        (
            [Level.CLEAR, Level.NOTED, Level.CORRECT],
            "1 of 3 repetitions to correct, 1 with a note only, 1 with nothing found",
        ),
        ([Level.UNJUDGED, Level.UNJUDGED], "both repetitions not judged"),
    ],
)
def test_levels_read_as_a_sentence(levels, said):
    assert levels_text(levels) == said


def test_the_furthest_of_several_values_says_which_way():
    shallow = [("shallow_depth", "improve", value, 52.0, "deg", 2.0) for value in (40.0, 28.0)]
    lines = form_lines(
        summary("squat", [("good", None, [one]) for one in shallow], shallow_depth={"present": 2})
    )
    assert "down to 28 degrees of knee bend" in lines[1]
