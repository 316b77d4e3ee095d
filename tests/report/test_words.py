import json
import re

import pytest
from people import example_summary

from formcheck.exercises import EXERCISES
from formcheck.recognition import TOO_LITTLE
from formcheck.report.cues import CUES
from formcheck.report.exercise_text import EXERCISE_TEXTS, title_of
from formcheck.report.summary_json import summary_from_dict, summary_schema, summary_to_dict
from formcheck.report.text import WIDTH, exercise_list, files_text, patient_page, printable, summary_text
from formcheck.report.words import (
    CHECK_WORDS,
    FOUND_WORDS,
    NOT_SHOWN,
    PHASE_WORDS,
    SEVERITY_MEANINGS,
    SEVERITY_WORDS,
    VIEW_WORDS,
    WARNING_WORDS,
)
from formcheck.results import Phase, Severity, ViewLabel

DEFINITIONS = summary_schema()["$defs"]


def changed(**changes):
    document = summary_to_dict(example_summary())
    document.update(json.loads(json.dumps(changes)))
    return summary_from_dict(document)


def test_every_exercise_has_a_text():
    assert list(EXERCISE_TEXTS) == list(EXERCISES)
    assert [title_of(name) for name in EXERCISES] == [exercise.title for exercise in EXERCISES.values()]


def test_every_code_has_words_and_stands_in_the_schema():
    codes = {code for exercise in EXERCISES.values() for code in exercise.codes} | {"range_limit"}
    assert set(CHECK_WORDS) == set(FOUND_WORDS) == codes == set(DEFINITIONS["fault_code"]["enum"])
    assert set(WARNING_WORDS) == set(DEFINITIONS["warning"]["enum"])
    assert set(PHASE_WORDS) == set(Phase)
    assert set(VIEW_WORDS) == set(ViewLabel)
    assert set(SEVERITY_WORDS) == set(SEVERITY_MEANINGS) == set(Severity)
    assert [*EXERCISES, "unknown"] == DEFINITIONS["exercise"]["enum"]


NEVER_SAID = (
    *("fault", "faulty", "wrong", "bad", "incorrect", "failed", "unsafe", "danger", "damage", "injury"),
    *("valgus", "lumbar"),
)
"""Product definition, section 4: what is shown and said to the person exercising never contains these."""


def patient_texts():
    tables = (CHECK_WORDS, FOUND_WORDS, PHASE_WORDS, VIEW_WORDS, WARNING_WORDS, SEVERITY_WORDS)
    yield from ((f"{key}: {text}", text) for table in tables for key, text in table.items())
    yield from ((f"cue {code}", text) for code, text in CUES.items())
    yield from ((f"page of {name}", patient_page(name)) for name in EXERCISES)
    yield from ((f"line of {name}", EXERCISE_TEXTS[name].short) for name in EXERCISES)
    yield "list", exercise_list()
    yield "summary", summary_text(example_summary())
    yield "files", files_text("folder", ["summary.json"], ["annotated.mp4"])


def test_the_list_of_words_is_that_of_the_product():
    assert NOT_SHOWN == NEVER_SAID


@pytest.mark.parametrize(("where", "text"), list(patient_texts()), ids=lambda one: one[:30])
def test_no_patient_reads_an_alarming_word(where, text):
    assert not re.search("|".join(NEVER_SAID), text, re.IGNORECASE), where


@pytest.mark.parametrize("name", EXERCISES)
def test_the_half_page_is_half_a_page_of_short_sentences(name):
    page = patient_page(name)
    assert len(page.splitlines()) <= 40
    sentences = [one for one in re.split(r"[.:?]\s", " ".join(page.split())) if one]
    words = [len(one.split()) for one in sentences]
    assert max(words) <= 32
    assert sum(words) / len(words) <= 13


def test_one_repetition_is_singular():
    assert "1 complete repetition, 1 partial." in summary_text(example_summary())
    assert "2 complete repetitions, 0 partial." in summary_text(changed(reps=_reps(2, 0)))


def _reps(complete, partial, left=None, right=None):
    return {"complete": complete, "partial": partial, "left": left, "right": right}


def test_left_and_right_are_told_where_they_count_apart():
    text = summary_text(changed(exercise="seated_march", reps=_reps(5, 0, 3, 2)))
    assert "5 complete repetitions (left 3, right 2), 0 partial." in text


def test_sets_are_told_when_there_are_several():
    one = {"index": 1, "exercise": "clamshell", "working_side": "left", "start_s": 0, "end_s": 9}
    sets = [
        {**one, "complete": 5, "partial": 0},
        {**one, "index": 2, "working_side": "right", "complete": 4, "partial": 1},
    ]
    text = " ".join(summary_text(changed(exercise="clamshell", sets=sets)).split())
    assert "Sets 1: Clamshell left 5 complete, 0 partial; 2: Clamshell right 4 complete, 1 partial." in text


def test_ranges_are_named_for_what_they_are():
    text = " ".join(summary_text(example_summary()).split())
    assert (
        "Range used in this exercise: right knee 3 to 95 degrees; right hip (trunk-thigh) 2 to 88 degrees"
        in text
    )


def test_a_range_says_how_far_off_its_ends_may_be():
    knee = {"left": None, "right": {"min_deg": 3.2, "max_deg": 95.4, "error_deg": 8.6}}
    text = " ".join(summary_text(changed(range_of_motion={"knee_flexion": knee})).split())
    assert "Range used in this exercise: right knee 3 to 95 degrees, give or take 9." in text


def left_out(reason: str, start_s: float = 3.1, **more) -> dict:
    return {
        **{"exercise": "squat", "side": None, "start_s": start_s, "peak_s": 4.0, "end_s": start_s + 2.0},
        **{"signal": "knee_flexion", "signal_unit": "deg", "size": 97.0, "reason": reason},
        **more,
    }


@pytest.mark.parametrize(("reason", "helps"), [(TOO_LITTLE, True), ("sitting on something", False)])
def test_an_unknown_exercise_counts_nothing_and_says_to_name_it_only_where_that_helps(reason, helps):
    unknown = {"exercise": "unknown", "exercise_source": "recognised", "faults": {}}
    text = " ".join(summary_text(changed(**unknown, not_counted=[left_out(reason)])).split())
    assert "exercise not recognised" in text
    assert "Nothing was counted" in text
    assert f"Not counted as a squat, 3.1 to 5.1 s: {reason}." in text
    assert ("name it with --exercise" in text) == helps
    assert "complete" not in text


def test_what_is_not_counted_is_named_with_its_reason():
    moments = [left_out("sitting on something", start_s) for start_s in (3.0, 8.0)]
    text = " ".join(summary_text(changed(not_counted=moments)).split())
    assert "Not counted, 3.0 to 5.0 s, 8.0 to 10.0 s: sitting on something." in text


def test_nothing_counted_is_never_the_whole_answer():
    nothing = {"reps": {"complete": 0, "partial": 0, "left": None, "right": None}, "rep_list": []}
    assert "No movement as large as a repetition was seen." in summary_text(changed(**nothing))


def test_view_coverage_and_warnings_are_told():
    view = {
        "label": "oblique",
        "yaw_deg": 40.0,
        "elevation_deg": None,
        "assessable": False,
        "reason": "turn side-on",
    }
    quality = {
        "pose_detected_fraction": 1.0,
        "valid_fraction": 0.5,
        "needs_review": True,
        "warnings": ["truncated"],
    }
    text = summary_text(changed(view=view, quality=quality))
    assert "filmed at an angle" in text
    assert "Cannot be judged from this view: turn side-on." in text
    assert "The exercise could be measured in 50% of the frames." in text
    assert "Note: the end of the recording cannot be read." in text


def test_lines_fit_the_terminal():
    text = summary_text(example_summary()) + files_text("a folder", [f"file{i}.csv" for i in range(30)])
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text.endswith("\n")


def test_names_cannot_write_control_characters():
    source = summary_to_dict(example_summary())["source"]
    text = summary_text(changed(source={**source, "path": "a\x1b]0;x\x07.mp4"}))
    assert "\x1b" not in text
    assert printable("ü°\n\x9b\u202e") == "ü°\\n\\x9b\\u202e"
