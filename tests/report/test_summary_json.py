import copy
import json
import math
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
from people import SUMMARY_FILE, example_summary

from formcheck.errors import InputError
from formcheck.pose.skeleton import Side
from formcheck.report.summary_json import (
    plain,
    summary_from_dict,
    summary_schema,
    summary_to_dict,
    summary_to_json,
)
from formcheck.results import FaultTotals, Set, Summary, Verdict, ViewLabel

VALIDATOR = jsonschema.Draft202012Validator(summary_schema())


def test_schema_is_itself_valid():
    jsonschema.Draft202012Validator.check_schema(summary_schema())


def test_document_has_the_documented_keys_in_order():
    text = SUMMARY_FILE.read_text(encoding="utf-8")
    written = summary_to_json(example_summary())
    assert json.loads(written) == json.loads(text)
    assert list(_keys(json.loads(written))) == list(_keys(json.loads(text)))
    assert written.endswith("}\n")


def test_read_back_is_the_same_summary():
    summary = example_summary()
    assert summary_from_dict(summary_to_dict(summary)) == summary
    assert isinstance(summary.rep_list[0].verdict, Verdict)
    assert summary.camera_side is Side.RIGHT
    assert summary.view.label is ViewLabel.SIDE


def test_a_document_of_the_first_schema_is_still_read():
    document = summary_to_dict(example_summary()) | {"schema": "formcheck.summary/1"}
    del document["not_counted"]
    document["source"] = {key: document["source"][key] for key in list(document["source"])[:9]}
    document["rep_list"] = [{k: v for k, v in rep.items() if k != "joints"} for rep in document["rep_list"]]
    assert summary_from_dict(document) == example_summary()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float32("nan")])
def test_what_is_not_a_number_is_null(value):
    rep = replace(example_summary().rep_list[0], peak=value, peak_velocity=value)
    document = summary_to_dict(replace(example_summary(), rep_list=(rep,)))
    assert document["rep_list"][0]["peak"] is None
    VALIDATOR.validate(document)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.23456789, 1.2346),
        (-0.00001, 0.0),
        (np.float32(2.5), 2.5),
        (np.int16(3), 3),
        (np.bool_(True), True),
        (Verdict.GOOD, "good"),
        ((1, (2.0,)), [1, [2.0]]),
        ("clip\udcff.mp4", "clip?.mp4"),
        (None, None),
    ],
)
def test_plain_values(value, expected):
    result = plain(value)
    assert result == expected
    assert type(result) is type(expected)
    assert math.copysign(1, result) == 1 if result == 0.0 else True


def test_every_kind_of_result_validates():
    for summary in _variants():
        VALIDATOR.validate(json.loads(summary_to_json(summary)))


def _variants():
    base = example_summary()
    yield base
    yield replace(
        base, camera_side=None, affected_side="none", exercise="unknown", exercise_source="recognised"
    )
    yield replace(base, rep_list=(), sets=(), faults={}, range_of_motion={})
    yield replace(base, sets=(Set(1, "clamshell", Side.LEFT, 0.0, 2.0, 3, 0),))
    yield replace(base, reps=replace(base.reps, left=2, right=3), exercise="seated_march")
    yield replace(base, faults={"range_limit": FaultTotals(1, 0, 0)})
    yield replace(base, quality=replace(base.quality, warnings=("truncated", "no_rest_posture")))


def _at(path, value):
    """Return a change that sets one place of the document."""

    def change(document):
        *parents, last = path
        for key in parents:
            document = document[key]
        document[last] = value

    return change


FAULT = ("rep_list", 0, "faults", 0)


@pytest.mark.parametrize(
    "change",
    [
        _at(("schema",), "formcheck.summary/3"),
        _at(("extra",), 1),
        _at(("view", "label"), "sideways"),
        _at(("rep_list", 0, "verdict"), "great"),
        _at((*FAULT, "code"), "sq_varus"),
        _at((*FAULT, "severity"), "S2"),
        _at((*FAULT, "verdict"), "absent"),  # with value, limit and times left in place
        _at(("rep_list", 0, "faults", 1, "reason"), None),  # not assessed without a reason
        _at(("faults", "no_such_code"), {"present": 0, "absent": 0, "not_assessed": 0, "reason": None}),
        _at(("quality", "warnings"), ["unheard_of"]),
        _at(("quality", "valid_fraction"), 1.5),
        _at(("reps", "complete"), -1),
        _at(("reps", "complete"), 1.5),
        _at(("source", "rotation_deg"), 45),
        _at(("source", "sha256"), "abc"),
        _at(("exercise",), "seated-march"),
        _at(("camera_side",), "both"),
        lambda document: document.pop("profile"),
        lambda document: document["rep_list"][0].pop("error"),
    ],
)
def test_documents_that_are_not_a_summary_do_not_validate(change):
    document = copy.deepcopy(summary_to_dict(example_summary()))
    change(document)
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(document)


@pytest.mark.parametrize("change", [_at(("schema",), "other/1"), _at(("view",), 3), lambda d: d.pop("reps")])
def test_reading_something_else_says_so(change):
    document = summary_to_dict(example_summary())
    change(document)
    with pytest.raises(InputError, match="formcheck summary"):
        summary_from_dict(document)


def test_schema_knows_every_field_of_the_results():
    known = set(summary_schema()["properties"]) - {"schema"}
    assert known == set(Summary.__dataclass_fields__)


def _keys(value):
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _keys(item)
    elif isinstance(value, list):
        for item in value:
            yield from _keys(item)
