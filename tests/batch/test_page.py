"""The morning page and what it is made of."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from formcheck.batch.decided import Agreed, Decided
from formcheck.batch.digest import MOST_LISTED, Digest, Histogram, Passing
from formcheck.batch.page import REASON_WORDS, REVIEW_WORDS, Home, clock, page
from formcheck.batch.ranking import grade_of, moments, priority, review_reasons
from formcheck.batch.work import BAD_OPTIONS, CRASHED
from formcheck.errors import Reason
from formcheck.report.summary_json import summary_schema

ABOUT = {
    "rows": 4,
    "recordings": 4,
    "to_look_at": 1,
    "finished_at": "2026-01-02T06:30:00+00:00",
    "files": ["videos.parquet"],
    "software": {"formcheck": "0.1.0", "model": "pose_full"},
}


def video(number=1, status="ok", reasons=(), **changes):
    return {
        "path": f"/in/{number}.mp4",
        "id": f"id{number}",
        "status": status,
        "reason": None,
        "message": None,
        "needs_review": bool(reasons),
        "review_reasons": list(reasons),
        "exercise": "squat",
        "view": "side",
        "reps_complete": 5,
        "participants": [],
        "valid_fraction": 1.0,
        "duration_s": 30.0,
        **changes,
    }


def made(*videos, reps=(), decided=None, home=None, recordings=None, **passing):
    digest = Digest()
    for one in videos:
        digest.add(Passing(one, reps, one["path"], **passing))
    rows, looks = len(videos), len(digest.to_open)
    about = {**ABOUT, "rows": rows, "recordings": recordings or rows, "to_look_at": looks}
    return page(digest, about, decided, home)


class _Checker(HTMLParser):
    VOID = frozenset({"meta", "input", "br", "link"})
    LOOSE = frozenset({"td", "th", "tr", "option", "li", "html", "head", "body"})

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID | self.LOOSE:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.LOOSE:
            assert self.open, tag
            assert self.open.pop() == tag


def test_the_gravest_come_first():
    html = made(video(1, reasons=["low_coverage"]), video(2, reasons=["stop_severity"]), video(3))
    body = html[html.index("id=review") : html.index("All scored")]
    assert body.index("2.mp4") < body.index("1.mp4")
    assert "3.mp4" not in body
    assert "results/id3/summary.json" in html
    assert "<b>2</b> to look at" in html


def test_what_failed_stands_there_with_its_reason():
    html = made(video(1), video(2, "failed", reason="no_person", message="nobody <there>"))
    assert "nobody &lt;there&gt;" in html
    assert "<code>no_person</code>" in html


def test_nothing_of_a_name_becomes_markup():
    html = made(video(1, reasons=["truncated"], path="/in/<script>x</script>'\".mp4", participant="<b>"))
    assert "<script>x" not in html
    assert "&lt;script&gt;x" in html
    assert "<b>" not in html.replace("<b>1", "").replace("<b>0", "")


def test_the_page_is_whole_and_asks_nobody_for_anything():
    rep = {
        **{"verdict": "good", "signal": "knee_flexion", "signal_unit": "deg"},
        **{"exercise": "squat", "peak": 92.0},
    }
    html = made(video(1, reasons=["truncated"]), video(2, "failed", reason="crashed"), reps=[rep])
    checker = _Checker()
    checker.feed(html)
    assert checker.open == []
    assert not re.findall(r"https?://", html)
    assert "90 to 100 degrees: 2" not in html  # failed recordings have no repetitions
    assert "90 to 100 degrees: 1 repetition<" in html


def test_a_page_of_nothing_is_fine():
    html = made(video(1, "skipped", exercise=None, view=None))
    assert "None of the recordings asks for it" in html
    assert "left out" in html


def test_long_lists_are_cut_and_say_so():
    digest = Digest()
    for i in range(3 * MOST_LISTED):
        digest.add(Passing(video(i, reasons=["truncated"])))
    digest.add(Passing(video(9, reasons=["limit_exceeded"], path="gravest.mp4")))
    assert len(digest.to_open) < 2 * MOST_LISTED
    rows = 3 * MOST_LISTED + 1
    html = page(digest, {**ABOUT, "rows": rows, "recordings": rows, "to_look_at": rows})
    assert "gravest.mp4" in html
    assert "4,001 more than the 2,000 shown" in html


def test_every_code_has_words():
    codes = summary_schema()["$defs"]["warning"]["enum"]
    ours = {"no_repetition", "stop_severity", "not_counted", "several_participants"}
    assert set(REVIEW_WORDS) == {*codes, *ours}
    assert set(REASON_WORDS) == {*Reason, CRASHED, BAD_OPTIONS, "timeout"}


@pytest.mark.parametrize(
    ("needs", "warnings", "verdicts", "severity", "reasons"),
    [
        (False, [], ["good"], None, []),
        (True, ["truncated"], ["good"], None, ["truncated"]),
        (True, [], [], None, ["no_repetition"]),
        (True, [], ["partial", "partial"], None, ["no_repetition"]),
        (True, [], ["good", "partial"], "stop", ["stop_severity"]),
        (True, ["limit_exceeded"], ["faulty"], "stop", ["limit_exceeded", "stop_severity"]),
    ],
)
def test_reasons_to_look(needs, warnings, verdicts, severity, reasons):
    reps = [{"verdict": verdict, "faults": [{"severity": severity}]} for verdict in verdicts]
    summary = {
        "quality": {"needs_review": needs, "warnings": warnings},
        "rep_list": reps,
        "not_counted": [],
    }
    assert review_reasons(summary) == reasons
    assert review_reasons(summary, ("Anna", "Bo")) == ["several_participants", *reasons]


# What to open first, and where


def test_the_order_is_stop_then_failed_then_doubtful_then_measured_in_part():
    stop, doubtful = priority("ok", ["truncated", "stop_severity"]), priority("ok", ["no_repetition"])
    failed, in_part = priority("failed", []), priority("ok", ["low_coverage"])
    assert sorted([in_part, doubtful, failed, stop]) == [stop, failed, doubtful, in_part]
    assert priority("ok", ["low_coverage", "truncated"]) < in_part
    assert priority("ok", []) is priority("skipped", []) is None
    assert grade_of("of a later version") == grade_of("truncated")


def test_failures_stand_among_what_to_look_at_in_that_order():
    html = made(
        video(1, reasons=["low_coverage"]),
        video(2, "failed", reason="crashed", message="ended"),
        video(3, reasons=["limit_exceeded"]),
    )
    body = html[html.index("id=review") : html.index("</table>")]
    assert body.index("3.mp4") < body.index("2.mp4") < body.index("1.mp4")
    assert "<option value='crashed'>" in html
    assert "<b>3</b> to look at" in html


REP = {"start_s": 4.0, "end_s": 7.0, "verdict": "good", "faults": []}
FAULT = {"severity": "stop", "start_s": 5.25, "worst_s": 5.5}


@pytest.mark.parametrize(
    ("reason", "changes", "time_s"),
    [
        ("stop_severity", {"rep_list": [REP, {**REP, "faults": [FAULT]}]}, 5.25),
        ("limit_exceeded", {"rep_list": [{**REP, "faults": [{**FAULT, "start_s": None}]}]}, 5.5),
        ("no_repetition", {"not_counted": [{"start_s": 9.0}, {"start_s": 2.0}]}, 2.0),
        ("count_uncertain", {"rep_list": [REP, {**REP, "verdict": "partial", "start_s": 8.0}]}, 8.0),
        ("long_repetition", {"rep_list": [{**REP, "end_s": 40.0}, {**REP, "start_s": 41.0}]}, 4.0),
        (
            "several_exercises",
            {"sets": [{"exercise": name, "start_s": at} for name, at in (("squat", 1), ("bridge", 9))]},
            9,
        ),
        ("truncated", {"source": {"duration_s": 20.0}}, 17.0),
        ("count_uncertain", {}, None),
        ("second_person", {}, None),
    ],
)
def test_a_reason_leads_to_its_moment(reason, changes, time_s):
    summary = {"rep_list": [], "not_counted": [], "sets": [], **changes}
    assert moments(summary, [reason]).get(reason) == time_s


def test_without_a_report_the_recording_itself_opens_at_the_moment():
    one = video(1, reasons=["truncated"], path="/in/a b/x#1.mp4")
    html = made(one, home=Home("/out/scored"), moments={"truncated": 62.54})
    assert "href='../../in/a%20b/x%231.mp4#t=62.5'>at 1:02.5</a>" in html
    assert "href='../../in/a%20b/x%231.mp4'>recording</a>" in html


def test_with_a_report_the_report_opens_at_the_moment():
    html = made(video(1, reasons=["truncated"]), report=True, moments={"truncated": 3.0})
    assert "href='results/id1/report.html#t=3.0'>at 0:03.0</a>" in html


@pytest.mark.parametrize(
    ("path", "home"),
    [
        ("s3://b/x.mp4", Home("/out")),
        ("/in/x.mp4", Home("s3://b/out")),
        ("/in/x.mp4", Home("/out", False)),
        ("/in/poses.npz", Home("/out")),
    ],
)
def test_where_no_recording_can_be_linked_the_moment_is_written(path, home):
    html = made(video(1, reasons=["truncated"], path=path), home=home, moments={"truncated": 3.0})
    assert "at 0:03.0" in html
    assert ".mp4#t" not in html
    assert ">recording</a>" not in html


def test_clock():
    assert [clock(time_s) for time_s in (0.0, 59.97, 61.24, 3600.0)] == [
        "0:00.0",
        "1:00.0",
        "1:01.2",
        "60:00.0",
    ]


def test_what_was_not_counted_says_why_and_who_shares_a_recording_is_named():
    one = video(1, reasons=["not_counted", "several_participants"], participants=["Anna", "B<o"])
    html = made(one, details={"not_counted": "began before the recording"})
    assert "a movement was not counted (began before the recording)" in html
    assert "listed for several participants (Anna, B&lt;o)" in html


@pytest.mark.parametrize(
    ("exercise", "signal", "unit", "words"),
    [
        ("squat", "knee_flexion", "deg", "Squat: peak knee flexion"),
        ("squat", "hip_drop", "ratio", "leg lengths"),
        ("bridge", "hip_height", "ratio", "trunk lengths"),
        ("clamshell", "knee_rise", "ratio", "thigh lengths"),
        ("seated_march", "knee_rise", "ratio", "shank lengths"),
        ("seated_march", "thigh_elevation", "deg", "peak elevation of the thigh"),
    ],
)
def test_units_are_those_of_the_measure(exercise, signal, unit, words):
    rep = {"verdict": "good", "signal": signal, "signal_unit": unit, "exercise": exercise, "peak": 0.3}
    html = made(video(1, exercise=exercise), reps=[rep])
    assert words in html
    wrong = {"leg lengths", "trunk lengths", "thigh lengths", "shank lengths"} - {words}
    assert not [one for one in wrong if one in html]


def test_measures_of_one_exercise_are_not_mixed():
    reps = [
        {"verdict": "good", "signal": signal, "signal_unit": unit, "exercise": "squat", "peak": peak}
        for signal, unit, peak in (("knee_flexion", "deg", 92.0), ("hip_drop", "ratio", 0.3))
    ]
    html = made(video(1), reps=reps)
    assert "Squat: peak drop of the hips" in html
    assert "Squat: peak knee flexion" in html


def test_copies_are_listed_once_and_the_headline_says_how_many_differ():
    digest = Digest()
    for i in range(3):
        digest.add(Passing(video(i, reasons=["truncated"]), first=i == 0))
    assert len(digest.to_open) == 1
    html = page(digest, {**ABOUT, "rows": 3, "recordings": 1, "to_look_at": 1})
    assert "3 rows, 1 different recording," in html


def test_agreement_with_therapists_is_shown():
    decided = Decided(files=2, complaints=["x.json: is no JSON <"])
    one = Agreed(recordings=2, reps_software=9, reps_therapist=10, reps_off=1, exact=1)
    decided.agreed["squat", None] = one
    decided.agreed["squat", "forward_lean"] = Agreed(recordings=2)
    decided.agreed["squat", "forward_lean"].said.update(confirmed=3, rejected=1)
    html = made(video(1), decided=decided)
    assert "<code>forward_lean</code>" in html
    assert "75%" in html
    assert "50%" in html
    assert "x.json: is no JSON &lt;" in html
    assert "What therapists decided" not in made(video(1))


def test_histograms_show_empty_bars_between():
    histogram = Histogram(10.0)
    for value in (5.0, 31.0, 39.9, None):
        histogram.add(value)
    assert histogram.steps() == [(0.0, 1), (10.0, 0), (20.0, 0), (30.0, 2)]
    assert Histogram(1.0).steps() == []
