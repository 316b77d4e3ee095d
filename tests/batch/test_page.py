"""The morning page and what it is made of."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from formcheck.batch.digest import MOST_LISTED, Digest, Histogram
from formcheck.batch.page import REASON_WORDS, REVIEW_WORDS, page
from formcheck.batch.tables import review_reasons
from formcheck.batch.work import BAD_OPTIONS, CRASHED
from formcheck.errors import Reason
from formcheck.report.summary_json import summary_schema

ABOUT = {
    "rows": 4,
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
        "participant": None,
        "valid_fraction": 1.0,
        "duration_s": 30.0,
        **changes,
    }


def made(*videos, reps=()):
    digest = Digest()
    for one in videos:
        digest.add(one, reps, False)
    return page(digest, {**ABOUT, "rows": len(videos)})


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
    rep = {"verdict": "good", "signal_unit": "deg", "exercise": "squat", "peak": 92.0}
    html = made(video(1, reasons=["truncated"]), video(2, "failed", reason="crashed"), reps=[rep])
    checker = _Checker()
    checker.feed(html)
    assert checker.open == []
    assert not re.findall(r"https?://", html)
    assert "90 to 100 degrees: 2" not in html  # failed recordings have no repetitions
    assert "90 to 100 degrees: 1 repetitions" in html


def test_a_page_of_nothing_is_fine():
    html = made(video(1, "skipped", exercise=None, view=None))
    assert "None of the scored recordings" in html
    assert "left out" in html


def test_long_lists_are_cut_and_say_so():
    digest = Digest()
    for i in range(3 * MOST_LISTED):
        digest.add(video(i, reasons=["truncated"]), (), False)
    digest.add(video(9, reasons=["limit_exceeded"], path="gravest.mp4"), (), False)
    assert len(digest.to_review) < 2 * MOST_LISTED
    html = page(digest, {**ABOUT, "rows": 3 * MOST_LISTED + 1})
    assert "gravest.mp4" in html
    assert "4,001 more than the 2,000 shown" in html


def test_every_code_has_words():
    codes = summary_schema()["$defs"]["warning"]["enum"]
    assert set(REVIEW_WORDS) == {*codes, "no_repetition", "stop_severity"}
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
    summary = {"quality": {"needs_review": needs, "warnings": warnings}, "rep_list": reps}
    assert review_reasons(summary) == reasons


def test_histograms_show_empty_bars_between():
    histogram = Histogram(10.0)
    for value in (5.0, 31.0, 39.9, None):
        histogram.add(value)
    assert histogram.steps() == [(0.0, 1), (10.0, 0), (20.0, 0), (30.0, 2)]
    assert Histogram(1.0).steps() == []
