"""What the page says and holds, without a browser."""

from __future__ import annotations

import base64
import json
import re
import time
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from formcheck.errors import OutputError
from formcheck.exercises import EXERCISES as TABLES
from formcheck.pose.skeleton import Side
from formcheck.profile import STANDARD
from formcheck.report.page import Section, SeriesBuilder, thumbnail, write_report
from formcheck.report.page.html import el, paragraph, script_json, text
from formcheck.report.page.parts import parts_of
from formcheck.report.page.patient import PRAISE, next_time, patient_markup, things, together, went_well
from formcheck.report.page.plots import drawn_pose, range_plot
from formcheck.report.page.record import record_text
from formcheck.report.page.sheet import part_markup
from formcheck.report.page.together import together_markup
from formcheck.report.page.told import (
    blind_text,
    cannot_tell,
    consistency_text,
    film_better,
    findings,
    key_numbers,
    not_judged,
    peak_number,
    symmetry_text,
    trend_text,
)
from formcheck.report.page.traces import MOST_POINTS, frame_times, gaps, target_of, traces
from formcheck.report.page.write import page, payload
from formcheck.report.words import NOT_SHOWN
from formcheck.results import FaultCheck, FaultVerdict, JointRange, NotCounted, Severity, Sides, ViewLabel
from formcheck.review import Review
from tests.exercises.watched import HALF
from tests.page.made import Changed, Decided, Merged, Together, judged_by, renamed, reviewed, section

EXERCISES = ("squat", "bridge", "clamshell", "seated_march")
VOID = {"br", "hr", "img", "input", "meta", "path", "rect", "circle"}


def part(review: Review | None = None, **more: Any) -> Any:
    (only,) = parts_of([section(review or reviewed(), **more)])
    return only


class Tree(HTMLParser):
    """Complains about tags that do not match, collects texts and ids."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.said: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        assert not [name for name, _ in attrs if name == "style" or name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def tree_of(document: str) -> Tree:
    tree = Tree()
    tree.feed(document)
    tree.close()
    assert tree.open == []
    return tree


def data_of(document: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', document, re.DOTALL)
    assert found
    return json.loads(found[1])


# Markup


def test_text_is_escaped_and_markup_is_not():
    assert el("p", "<b>&\"'", el("b", "x"), None, class_='a"b', data_rep=1, hidden=False, open=True) == (
        '<p class="a&quot;b" data-rep="1" open>&lt;b&gt;&amp;&quot;&#x27;<b>x</b></p>'
    )
    assert text("a\x00\u202eb") == "a\\x00\\u202eb"
    assert paragraph("a<\n\x00b") == "a&lt;\n\\x00b"
    assert el("img", alt="") == '<img alt="">'
    assert el("path", d="M0 0") == '<path d="M0 0"/>'


@pytest.mark.parametrize("nasty", ["</script><script>alert(1)</script>", "<!--", "\u2028", "]]>", "😀\ud800"])
def test_json_in_a_script_ends_nothing(nasty):
    held = script_json({"name": nasty})
    assert not set("<>&\u2028") & set(held)
    assert json.loads(held) == {"name": nasty}


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_page_is_well_formed_and_asks_for_nothing(exercise):
    review = reviewed(exercise)
    document = page([section(review, video="a b#1.mp4", pictures={1: b"\xff\xd8jpeg"})])
    tree = tree_of(document)
    assert len(set(tree.ids)) == len(tree.ids)
    sources = re.findall(r'(?:src|href)="([^"]*)"', document)
    assert {one.split(",")[0] for one in sources} <= {"a%20b%231.mp4", "data:image/jpeg;base64", "#therapist"}
    assert not re.findall(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", document.split("<body")[0])
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', document)
    assert policy
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy[1]


def test_a_name_with_markup_is_text():
    nasty = '"><img src=x onerror=alert(1)></script>\u202e😀'
    review = renamed(reviewed(), nasty)
    tree = tree_of(page([section(review, nasty)]))
    assert tree.tags.count("script") == 2
    assert tree.tags.count("img") == 0
    assert any('"><img src=x onerror=alert(1)></script>\\u202e😀' in said for said in tree.said)


def test_pictures_stand_in_the_page_and_a_drawn_body_where_there_is_none():
    document = part_markup(part(pictures={1: b"\xff\xd8one"}))
    assert base64.b64encode(b"\xff\xd8one").decode() in document
    assert document.count('class="drawn"') == len(reviewed().summary.rep_list) - 1


def test_the_poster_stands_in_the_page_until_the_video_plays():
    jpeg = b"\xff\xd8poster"
    one = part(video="annotated.mp4", poster=jpeg)
    assert f'poster="data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"' in part_markup(one)
    assert "poster=" not in part_markup(part(video="annotated.mp4"))


def test_nobody_is_drawn_where_nobody_was_seen():
    builder = SeriesBuilder(reviewed().summary)
    for snapshot in reviewed().snapshots():
        builder.add(snapshot)
    pose = next(iter(builder.series().poses.values()))
    assert drawn_pose(pose)
    assert drawn_pose(replace(pose, image_px=np.full_like(pose.image_px, np.nan))) is None
    assert drawn_pose(None) is None


def test_a_thumbnail_is_small_and_carries_nothing_else():
    image = np.random.default_rng(1).integers(0, 255, (720, 1280, 3), dtype=np.uint8)
    jpeg = thumbnail(image)
    assert jpeg.startswith(b"\xff\xd8")
    assert len(jpeg) < 20_000
    assert b"Exif" not in jpeg


# What is said


def test_the_top_has_four_numbers_and_form_that_fits_the_findings():
    numbers = {one.key: one for one in key_numbers(part())}
    assert list(numbers) == ["count", "range", "form", "unseen"]
    assert numbers["count"][1:] == ("Complete repetitions", "3", "1 partial")
    assert numbers["form"][1:] == ("Form", "3 of 3 to improve", "")
    assert numbers["range"].label == "Deepest knee bend"
    assert re.fullmatch(r"(at least )?\d+°( ± \d+°)?", numbers["range"].value)
    assert re.fullmatch(r"\d of 11", numbers["unseen"].value)
    assert "need another camera position" in numbers["unseen"].note
    document = str(part_markup(part()))
    assert ">good<" not in document


def ranged(review: Review, **joints: Sides) -> Any:
    """Return the part of a review whose ranges are these."""
    return part(replace(review, summary=replace(review.summary, range_of_motion=joints)))


def test_a_range_whose_end_was_not_measurable_is_at_least_so_much():
    """Never a number with a small band where the end was cut off, and no difference between the sides."""
    near = JointRange(10.0, 153.0, 9.0, max_error_deg=12.0)
    cut = JointRange(10.0, 130.0, 8.0, max_at_least=True, reason="the far hip was hidden at the bottom")
    sided = replace(reviewed(), summary=replace(reviewed().summary, camera_side=Side.RIGHT))
    one = peak_number(ranged(sided, hip_flexion=Sides(near, cut)))
    assert one.value == "at least 130°"
    assert "the far hip was hidden at the bottom" in one.note
    frontal = replace(reviewed(), summary=replace(reviewed().summary, camera_side=None))
    both = peak_number(ranged(frontal, hip_flexion=Sides(near, cut)))
    assert both.value == "153° ± 12°"
    assert both.note.startswith("left and right cannot be compared")
    alike = peak_number(ranged(frontal, hip_flexion=Sides(near, JointRange(10.0, 145.0, 8.0))))
    assert alike.value == "145° ± 8°"
    assert alike.note == "left and right do not differ beyond the measurement error"
    apart = peak_number(ranged(frontal, hip_flexion=Sides(near, JointRange(10.0, 120.0, 8.0))))
    assert apart.value == "left 153° ± 12°, right 120° ± 8°"
    top = Sides(None, JointRange(-12.0, 57.0, 7.0, min_at_least=True))
    assert peak_number(ranged(reviewed("bridge"), hip_flexion=top)).value == "at most −12°"


def test_where_no_angle_is_known_the_page_says_why():
    view = replace(reviewed().summary.view, label=ViewLabel.FRONT)
    bare = part(replace(reviewed(), summary=replace(reviewed().summary, view=view, range_of_motion={})))
    series = replace(
        bare.series, angles_deg=dict.fromkeys(bare.series.angles_deg, bare.series.signal * np.nan)
    )
    without = str(part_markup(replace(bare, series=series)))
    assert "No knee or hip angles: from the front a bend points at the camera" in without
    assert "No knee or hip angles" not in str(part_markup(part()))


def test_the_findings_come_in_order_of_weight_and_are_three_at_most():
    said = findings(part())
    assert 1 <= len(said) <= 3
    assert re.match(
        r"Fast on the way down in 4 of 4 repetitions, as short as 0\.\d s in repetition \d "
        r"\(expected: at least 0\.8 s\)\. To improve\.$",
        said[0],
    )
    assert said[1] == (
        "Not as deep as the target in 1 of 4 repetitions: 34° of knee bend in repetition 4 "
        "(expected: at least 52°). To improve."
    )


def test_a_set_without_a_finding_says_what_was_looked_at():
    review = reviewed("clamshell", (1.0, 1.0, 1.0))
    said = findings(part(review))
    assert said == [
        "Nothing found in 4 checks: feet staying together, how far the knee opens, unhurried movement, head "
        "resting."
    ]
    assert "No check" not in part_markup(part(review))


def test_a_check_that_was_judged_now_and_then_says_how_often():
    """Nothing found in half of the repetitions is not "nothing found"."""

    def later_hidden(rep: Any, one: Any) -> Any:
        if rep.index > 2 and one.code == "head_lifted":
            return replace(one, verdict=FaultVerdict.NOT_ASSESSED, reason="hidden")
        return one

    review = rejudged(reviewed("clamshell", (1.0, 1.0, 1.0)), later_hidden)
    assert findings(part(review))[0].endswith("unhurried movement, head resting (judged in 2 of 3).")


def test_a_single_repetition_is_not_counted_out():
    review = reviewed("squat", (HALF,))
    assert len(review.summary.rep_list) == 1
    said = findings(part(review))
    (depth,) = (one for one in said if one.startswith("Not as deep"))
    assert re.fullmatch(
        r"Not as deep as the target: \d\d° of knee bend \(expected: at least 52°\)\. To improve\.", depth
    )
    assert "Seen in" not in sheet_of(review)


def test_numbers_of_another_unit_do_not_mix_with_the_rest():
    """A repetition seen from another side is in leg lengths: its number is left out, not averaged."""
    review = reviewed("squat", (1.0,) * 4)
    first, *others = review.summary.rep_list
    drop = replace(first, signal="hip_drop", signal_unit="ratio", peak=0.58, range=0.58, error=0.1)
    mixed = part(replace(review, summary=replace(review.summary, rep_list=(drop, *others))))
    alone = part(replace(review, summary=replace(review.summary, rep_list=tuple(others))))
    assert consistency_text(mixed).split(";")[0] == consistency_text(alone).split(";")[0]
    assert "repetition 1" not in str(range_plot(mixed))
    row = re.search(r'<tr data-rep="1">(.*?)</tr>', part_markup(mixed))
    assert row
    assert "0.58" not in row[1]
    other = re.search(r'<tr data-rep="2">(.*?)</tr>', part_markup(mixed))
    assert other
    assert row[1].count("<td") == other[1].count("<td")


def test_no_heading_reads_left_for_remaining():
    (number,) = (one for one in key_numbers(part(reviewed("bridge"))) if one.key == "range")
    assert number.label == "Hip at the top (0° is straight)"
    assert "bend left" not in page([section(reviewed("bridge"))])


def test_what_was_not_judged_stands_beside_what_was_found():
    document = part_markup(part())
    rows = re.findall(r'<tr class="(present|absent|not_assessed)" data-code="\w+">(.*?)</tr>', document)
    verdicts = [kind for kind, _ in rows]
    assert set(verdicts) == {"present", "absent", "not_assessed"}
    for kind, row in rows:
        if kind == "not_assessed":
            assert re.search(r'class="why">[A-Z][^<]+</span>', row)
        assert f"result {kind}" in row
    reasons = dict(not_judged(part()))
    assert "knee_valgus" in reasons["needs a front view"]
    (unseen,) = (one for one in key_numbers(part()) if one.key == "unseen")
    assert unseen.value == f"{verdicts.count('not_assessed')} of {len(verdicts)}"
    assert blind_text(part()).startswith("Not visible from the side: knee alignment (film from the front); ")


def test_how_to_film_better_names_the_missing_view():
    assert "For knee alignment: film from the front." in list(film_better(part()))
    assert any("not the joint's range of motion" in line for line in cannot_tell(part()))


def test_tiring_needs_six_repetitions_and_is_told_in_parts_of_the_range():
    assert not trend_text(part()).notable
    tiring = part(reviewed("squat", (1.0, 1.0, 0.95, 0.85, 0.7, 0.65, 0.6)))
    assert trend_text(tiring).notable
    assert re.search(r"range −\d\d%", trend_text(tiring).text)
    assert trend_text(tiring).text in findings(tiring)
    less = reviewed("squat", (1.0, 1.0, 0.95, 0.95, 0.9, 0.9, 0.85))
    reps = tuple(replace(rep, error=18.0) for rep in less.summary.rep_list)
    alike = part(replace(less, summary=replace(less.summary, rep_list=reps)))
    assert "no change in range beyond the measurement error" in trend_text(alike).text
    assert not trend_text(alike).notable


def test_left_and_right_are_compared_only_where_both_are_seen_alike():
    lifts, none = reviewed("seated_march", (1.0, 0.6) * 3), "no difference beyond the measurement error"
    assert none in symmetry_text(part(lifts))  # a lift is known to half a shank length only
    reps = tuple(replace(rep, error=0.03) for rep in lifts.summary.rep_list)
    surer = replace(lifts, summary=replace(lifts.summary, rep_list=reps))
    assert re.search(
        r"Left \d\.\d\d, right \d\.\d\d shank lengths .*difference of \d\d%", symmetry_text(part(surer))
    )
    alike = reviewed("seated_march", (1.0, 1.0) * 3)
    assert none in symmetry_text(part(alike))
    side = reviewed("seated_march", (1.0, 1.0) * 3, 90.0)
    assert side.summary.view.label == "side"
    assert symmetry_text(part(side)).startswith("Left and right are not compared")
    assert symmetry_text(part()) == ""


def test_nothing_counted_is_said_and_breaks_nothing():
    review = reviewed("squat", (0.05,))
    assert not review.summary.rep_list
    assert findings(part(review)) == ["No repetition was found in this recording."]
    unknown = replace(review, summary=replace(review.summary, exercise="unknown", sets=(), faults={}))
    assert "not recognised" in findings(part(unknown))[0]
    tree_of(page([section(review), section(unknown)]))


def test_sets_of_different_exercises_are_parts_of_their_own():
    review = reviewed()
    first = review.summary.sets[0]
    sets = (
        replace(first, end_s=6.0),
        replace(first, index=2, exercise="bridge", start_s=6.0),
    )
    reps = tuple(replace(rep, set=1 if rep.index < 3 else 2) for rep in review.summary.rep_list)
    several = replace(review, summary=replace(review.summary, sets=sets, rep_list=reps))
    one, two = parts_of([section(several)])
    assert (one.exercise, [rep.index for rep in one.reps]) == ("squat", [1, 2])
    assert (two.exercise, [rep.index for rep in two.reps]) == ("bridge", [3, 4])
    assert one.span_s[0] < first.start_s
    assert two.span_s[0] == pytest.approx(5.0)
    held = payload([one, two], [section(several)])
    assert len(held["recordings"]) == 1
    assert [one["recording"] for one in held["parts"]] == [0, 0]
    tree_of(page([section(several)]))


def test_movements_that_were_not_counted_stand_in_the_page_with_their_reason():
    short = NotCounted("squat", None, 3.1, 4.2, 5.3, "knee_flexion", "deg", 97.0, "one knee stayed straight")
    review = replace(reviewed(), summary=replace(reviewed().summary, not_counted=(short,)))
    tree = tree_of(part_markup(part(review)))
    assert "Movements that were not counted" in tree.said
    assert "3.1 to 5.3 s" in tree.said
    assert any("knee bend of 97°: one knee stayed straight" in said for said in tree.said)
    assert 'data-seek="4.2000"' in part_markup(part(review))
    assert "Not counted: 3.1 to 5.3 s, knee bend of 97°: one knee stayed straight." in record_text(
        [part(review)]
    )
    assert "Movements that were not counted" not in part_markup(part())
    nothing = reviewed("squat", (0.05,))
    refused = replace(
        nothing, summary=replace(nothing.summary, not_counted=(replace(short, exercise="bridge"),))
    )
    assert findings(part(refused)) == [
        "No repetition was counted. Below is what was seen, and why it does not count."
    ]
    assert "3.1 to 5.3 s, as a bridge, knee bend of 97°: one knee" in record_text([part(refused)])


# Person, plan and date


def test_person_plan_and_date_stand_on_both_pages():
    dated = renamed(reviewed(), "clip.mp4", recorded_at="2026-11-25T10:00:00+01:00")
    document = page([section(dated, patient="A. B.")])
    for one in ("#therapist", "#patient"):
        words = " ".join(tree_of(main_of(document, one)).said)
        assert "A. B." in words
        assert "ecorded on 25 November 2026, 10:00" in words
        assert re.search(r"[Pp]lan: standard", words)
    assert "Plan: standard (target: knee bend of 70 degrees)" in document
    undated = page([section(reviewed())])
    assert "Date of recording not in the file" in undated
    assert 'class="blank"' in main_of(undated, "#patient")


def main_of(document: str, name: str) -> str:
    return document.split(f'<main id="{name[1:]}"')[1].split(">", 1)[1].split("</main>", maxsplit=1)[0]


def test_no_percentage_beside_the_name_of_the_exercise():
    """How sure the recognition is says nothing about the rest of the page."""
    summary = replace(reviewed().summary, exercise_source="recognised", exercise_confidence=0.95)
    document = part_markup(part(replace(reviewed(), summary=summary)))
    top = document.split("</header>")[0]
    assert "Exercise recognised from the movement" in top
    assert "95" not in top
    assert "95%" in document.split('class="about"')[1]


# Traces


def test_traces_are_what_was_measured_with_gaps_left_open():
    held = data_of(page([section(reviewed())]))
    first = held["parts"][0]["traces"][0]
    assert first["label"].startswith("Knee bend")
    series = part().series
    measured = series.angles_deg[f"{part().summary.camera_side}_knee_flexion_deg"]
    shown = np.array([np.nan if one is None else one / first["scale"] for one in first["values"]])
    np.testing.assert_allclose(shown, measured, atol=0.051)
    assert np.isnan(shown).any()
    times = np.cumsum(held["recordings"][0]["times"]) / held["ticks"]
    np.testing.assert_allclose(times, series.time_s, atol=1e-4)


def test_gaps_have_their_frames_and_reasons():
    series = part().series
    found = gaps(series)
    assert found
    inside = np.zeros(len(series.valid), bool)
    for gap in found:
        inside[gap["from"] : gap["to"] + 1] = True
        assert gap["reason"]
    np.testing.assert_array_equal(inside, ~series.valid)


def test_targets_and_limits_are_drawn_where_they_apply():
    knee, *_, trunk = traces(part())
    assert {(line["kind"], round(line["y"])) for line in knee["lines"]} >= {("target", 70), ("limit", 52)}
    assert {line["code"] for line in trunk["lines"]} == {"forward_lean"}
    ceiling = replace(STANDARD.plans["squat"], ceilings={"knee_flexion": 90.0})
    strict = replace(STANDARD, name="strict", plans={**STANDARD.plans, "squat": ceiling})
    (knee, *_) = traces(part(judged_by(strict)))
    assert ("near", 90.0) in {(line["kind"], line["y"]) for line in knee["lines"]}
    assert ("limit", 94.0) in {(line["kind"], line["y"]) for line in knee["lines"]}


def test_a_target_counted_from_rest_is_drawn_for_each_repetition():
    """It lies as far from what the trace reads at the peak as the repetition's peak lies from the target."""
    one = part(reviewed("clamshell"))
    (first, *_) = traces(one)
    lines = [line for line in first["lines"] if line["kind"] == "target"]
    assert len(lines) == len(one.reps)
    target = target_of(one)
    values = np.array([np.nan if value is None else value / first["scale"] for value in first["values"]])
    for line, rep in zip(lines, one.reps, strict=True):
        inside = (one.series.time_s >= rep.start_s) & (one.series.time_s <= rep.end_s)
        seen = values[inside][np.isfinite(values[inside])]
        peak = seen.max()
        reach = rep.peak - target.value
        assert line["y"] == pytest.approx(peak - reach, abs=0.1 * abs(peak))


def test_the_trace_of_a_bridge_reaches_the_peaks_that_the_table_states():
    """Target, trace and table are about one angle: no line needs to be moved to fit."""
    one = part(reviewed("bridge"))
    (first, *_) = traces(one)
    targets = [line for line in first["lines"] if line["kind"] == "target"]
    assert targets == [{"kind": "target", "y": target_of(one).value, "most": True}]
    values = np.array([np.nan if value is None else value / first["scale"] for value in first["values"]])
    for rep in one.reps:
        inside = (one.series.time_s >= rep.start_s) & (one.series.time_s <= rep.end_s)
        assert np.nanmin(values[inside]) == pytest.approx(rep.peak, abs=4.0)


def test_a_limit_counted_from_rest_is_drawn_where_it_was_passed():
    """Leaning back by 10 degrees more than at rest, against a limit of 8 from rest."""
    review = reviewed("seated_march", (1.0, 1.0), 90.0)
    first, *others = review.summary.rep_list
    found = FaultCheck(
        "lean_back",
        FaultVerdict.PRESENT,
        Severity.IMPROVE,
        1.6,
        2.2,
        2.0,
        value=-10.0,
        unit="deg",
        limit=-8.0,
    )
    spoilt = replace(first, faults=(found, *first.faults[1:]))
    leaning = replace(review, summary=replace(review.summary, rep_list=(spoilt, *others)))
    (trunk,) = (one for one in traces(part(leaning)) if one["measure"] == "trunk_inclination")
    (line,) = trunk["lines"]
    reads = trunk["values"][int(np.argmin(np.abs(part(leaning).series.time_s - 2.0)))] / trunk["scale"]
    assert line["y"] == pytest.approx(reads + 2.0, abs=0.06)
    assert (line["from"], line["to"], line["relative"]) == (1.6, 2.2, True)


def test_warnings_stand_at_the_top():
    quality = replace(reviewed().summary.quality, warnings=("count_uncertain", "truncated"))
    doubtful = replace(reviewed(), summary=replace(reviewed().summary, quality=quality))
    top = str(part_markup(part(doubtful))).split("</header>")[0]
    assert "The count is uncertain, look at the recording" in top
    assert "The end of the recording cannot be read" in top


def test_a_target_that_is_not_to_be_passed_says_so():
    assert target_of(part(reviewed("bridge"))).most
    assert not target_of(part()).most
    assert "target, at most" in str(range_plot(part(reviewed("bridge"))))


def test_a_long_recording_keeps_its_extremes_in_few_points():
    one = part()
    count = 30 * 60 * 30
    wave = 50.0 + 40.0 * np.sin(np.linspace(0.0, 600.0, count))
    wave[12_345] = 120.0
    wave[20_000:20_400] = np.nan
    angles = dict.fromkeys(one.series.angles_deg, wave)
    series = replace(
        one.series,
        time_s=np.arange(count) / 30.0,
        angles_deg=angles,
        signal=wave,
        valid=np.isfinite(wave),
        reasons=(),
        bands_deg=dict.fromkeys(one.series.angles_deg, np.full(count, 8.4)),
    )
    long = parts_of([section(reviewed(), series=series)])
    (first, *_) = traces(long[0])
    assert len(first["values"]) <= MOST_POINTS + 1
    assert max(value for value in first["values"] if value is not None) == 1200
    assert None in first["values"]
    assert len(first["bands"]) == len(first["values"])
    assert set(first["bands"]) == {9, None}
    document = page([section(reviewed(), series=series)])
    assert len(document) < 1_000_000
    assert sum(frame_times(series)) == round(series.time_s[-1] * 10_000)


def test_the_range_plot_says_its_numbers_to_who_cannot_see_it():
    drawn = range_plot(part())
    assert drawn is not None
    assert re.search(r'aria-label="Knee bend at the end position, degrees. repetition 1: \d+', drawn)
    assert "target" in drawn


# What a therapist decided


def decided(faults: Any = (), **more: Any) -> Decided:
    """Return decisions; ``faults`` are (rep, code, decision)."""
    entries = [{"rep": rep, "code": code, "decision": said, "note": ""} for rep, code, said in faults]
    document = {"source_sha256": "ab" * 32, "reps": {}, "added_reps": None, "faults": entries, "note": ""}
    return Decided({**document, "saved_at": None, **more})


ALL_FAST = tuple((rep, "fast_descent", "rejected") for rep in (1, 2, 3, 4))


def test_what_is_rejected_leaves_what_matters_and_is_named_as_rejected():
    one = part(decisions=decided(ALL_FAST))
    assert [said.split(" in ")[0] for said in findings(one)] == ["Not as deep as the target"]
    top = str(part_markup(one)).split("</header>", maxsplit=1)[0]
    assert "Rejected by the therapist: fast on the way down (repetitions 1, 2, 3 and 4)." in top
    numbers = {one.key: one for one in key_numbers(one)}
    assert numbers["form"][2:] == ("Nothing found", "in 4 of 11 checks")
    some = part(decisions=decided(ALL_FAST[:2]))
    assert findings(some)[0].startswith("Fast on the way down in 2 of 4 repetitions")
    none = part(decisions=decided((*ALL_FAST, (4, "shallow_depth", "rejected"))))
    assert findings(none)[0].startswith("Nothing found in ")


def test_what_is_confirmed_and_what_was_missed_says_who_saw_it():
    said = findings(part(decisions=decided([(4, "shallow_depth", "confirmed"), (2, "heel_lift", "missed")])))
    assert (
        said[0] == "Heels lifting off the floor in repetition 2: seen by the therapist, not by the software."
    )
    assert said[2].endswith("To improve. Confirmed by the therapist.")


def test_corrected_counts_stand_first_with_the_software_s_beside_them():
    reps = {"3": {"count": False, "note": ""}, "4": {"count": True, "note": "deep enough"}}
    one = part(decisions=decided(reps=reps, added_reps=2))
    count = next(number for number in key_numbers(one) if number.key == "count")
    assert count[2:] == ("5", "by the therapist; 3 by the software")
    for words in ("no (therapist)", "yes (therapist)", "deep enough"):
        assert words in part_markup(one)
    tree = tree_of(page([section(reviewed(), decisions=decided(reps=reps, added_reps=2))]))
    assert any("5 complete repetitions by your count, 3 by the software" in said for said in tree.said)


def test_the_record_is_whole_plain_text_and_follows_the_decisions():
    said = record_text([part(decisions=decided(ALL_FAST, note="second visit", patient="A. B."))])
    assert said.startswith("Patient: A. B.\n\nSquat: video, date of recording not in the file, filmed from ")
    for line in (
        "Plan: standard (target: knee bend of 70 degrees).",
        "3 complete repetitions (1 partial).",
        "Rejected by the therapist: fast on the way down (repetitions 1, 2, 3 and 4).",
        "Note: second visit",
    ):
        assert line in said.split("\n")
    assert "- Not as deep as the target in 1 of 4 repetitions: 34°" in said
    assert "Not judged: knee alignment (needs a front view)" in said
    assert "<" not in said
    assert "Nothing found in 4 checks" in record_text([part(reviewed("clamshell", (1.0, 1.0, 1.0)))])


# The patient's page


def sheet_of(review: Review | None = None, decisions: Any = None) -> str:
    """Return what the patient reads, as text."""
    markup = str(patient_markup(parts_of([section(review or reviewed(), decisions=decisions)])))
    shown = re.sub(r"<(\w+)[^>]* hidden[^>]*>.*?</\1>", "", markup)
    return " ".join(" ".join(tree_of(shown).said).split())


def rejudged(review: Review, change: Any) -> Review:
    """Return the review with every check replaced by what ``change`` makes of (rep, check)."""
    reps = tuple(
        replace(rep, faults=tuple(change(rep, one) for one in rep.faults)) for rep in review.summary.rep_list
    )
    return replace(review, summary=replace(review.summary, rep_list=reps))


def test_the_sheet_never_says_carry_on_where_a_finding_stands():
    once = reviewed("bridge", (1.0, 0.5, 1.0, 1.0))
    found = [(rep.index, code) for code, pairs in part(once).found().items() for rep, _ in pairs]
    assert len(found) == 1
    assert "Carry on" not in sheet_of(once)
    assert "A little higher if comfortable. Seen in 1 of 4 repetitions." in sheet_of(once)
    confirmed = decided([(*one, "confirmed") for one in found])
    assert "A little higher if comfortable." in sheet_of(once, confirmed)
    rejected = decided([(*one, "rejected") for one in found])
    assert "Nothing stood out in what the camera could look at. Carry on like this." in sheet_of(
        once, rejected
    )


def test_the_sheet_does_not_say_carry_on_where_little_could_be_looked_at():
    def hide(rep: Any, one: Any) -> Any:
        if one.code in ("heel_lift", "forward_lean"):
            return replace(one, verdict=FaultVerdict.NOT_ASSESSED, reason="hidden")
        return replace(one, verdict=FaultVerdict.ABSENT) if one.verdict == "present" else one

    little = rejudged(reviewed("squat", (1.0,) * 4), hide)
    assert sum(bool(one.absent) for one in part(little).totals().values()) == 2
    words = sheet_of(little)
    assert "Carry on" not in words
    assert "Nothing stood out in the few things the camera could look at. Ask your therapist" in words
    assert "The camera could look at: how deep you go, how fast you go down." in words
    assert "Not seen well enough this time: your knees, how far you lean forward, your heels" in words


def test_no_praise_for_what_was_judged_in_one_repetition_of_six():
    def first_only(rep: Any, one: Any) -> Any:
        if one.code != "rushing":
            return one
        if rep.index == 1:
            return replace(one, verdict=FaultVerdict.ABSENT, reason=None)
        return replace(one, verdict=FaultVerdict.NOT_ASSESSED, reason="too few lifts")

    once = rejudged(reviewed("seated_march", (1.0,) * 6), first_only)
    assert part(once).totals()["rushing"].absent == 1
    assert "calm pace" not in sheet_of(once)
    assert "your pace" in sheet_of(once).split("Not seen well enough this time:")[1].split(".", 1)[0]


def test_the_sheet_follows_what_the_therapist_confirmed_added_and_counted():
    """What was confirmed or added comes before what the software found more often."""
    words = sheet_of(None, decided([(4, "shallow_depth", "confirmed")], added_reps=1))
    assert "A little lower if it's comfortable. If not, this is your range today. Seen in 1 of 4" in words
    assert "You did 4 full repetitions." in words
    added = sheet_of(None, decided([(2, "heel_lift", "missed")]))
    assert "Keep your heels down. Seen in 1 of 4 repetitions." in added
    assert "Your heels stayed on the floor." in sheet_of()
    assert "Your heels stayed on the floor." not in added
    none = decided(reps={str(i): {"count": False, "note": ""} for i in (1, 2, 3)})
    assert "No full repetition was counted this time." in sheet_of(None, none)


def test_what_the_therapist_writes_stands_on_the_sheet():
    assert "Twice a day." in sheet_of(None, decided(for_patient="Twice a day."))


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_patient_s_page_is_plain(exercise):
    words = " ".join(tree_of(patient_markup(parts_of([section(reviewed(exercise))]))).said).lower()
    assert [word for word in NOT_SHOWN if word in words] == []
    for heading in ("what went well", "one thing to work on", "next time", "when to stop"):
        assert heading in words


def test_praise_has_none_of_the_words_and_is_of_known_checks():
    known = {code for table in TABLES.values() for code in table.codes}
    assert set(PRAISE) <= known
    assert [word for word in NOT_SHOWN if word in " ".join(PRAISE.values())] == []


def test_one_thing_is_the_gravest_then_what_was_seen_most():
    assert [one.code for one in things([part()])] == ["fast_descent", "shallow_depth"]
    assert things([part()])[0][2:] == (4, 4)


def test_views_of_one_day_are_one_exercise_and_of_two_days_the_last():
    first, other = reviewed("squat", (1.0,) * 4), reviewed("squat", (1.0, 0.6, 1.0, HALF), 90.0)
    both = parts_of([section(first, "side"), section(other, "front")])
    (group,) = together(both)
    assert group == list(both)
    document = patient_markup(both)
    assert document.count("<h2>Squat</h2>") == 1
    assert f'class="own-count">{len(both[0].complete) + len(both[1].complete)}<' in document
    assert not any("target" in line for _, line in went_well(group))
    dated = [
        renamed(first, "a", recorded_at="2026-01-02T10:00:00Z"),
        renamed(other, "b", recorded_at="2026-03-02"),
    ]
    (group,) = together(parts_of([section(one) for one in dated]))
    assert [one.summary.source.path for one in group] == ["b"]


def test_what_went_well_is_what_was_judged_and_silent():
    review = reviewed("squat", (1.0,) * 4)
    said = [line for _, line in went_well([part(review)])]
    assert "Your last repetitions went as far as your first." in said
    assert "You went as deep as your target." in said
    assert not any("slowly" in line for line in said)
    silent = {code for code, one in part(review).totals().items() if not (one.present or one.absent)}
    assert not {PRAISE[code] for code in silent if code in PRAISE} & {
        line.lower().rstrip(".") for line in said
    }


def test_the_plan_s_dose_is_repeated():
    dosed = replace(STANDARD.plans["squat"], sets=2, repetitions=12, hold_s=3.0)
    plan = replace(STANDARD, name="dosed", plans={**STANDARD.plans, "squat": dosed})
    said = list(next_time(part(judged_by(plan))))
    assert said[:2] == ["2 sets of 12 repetitions, as in your plan.", "Hold for 3 seconds."]


# Together, decisions, files


def test_changes_within_the_error_are_grey_and_say_so():
    sections = [section(reviewed(), "one"), section(reviewed(), "two")]
    together = Together(
        [Merged("squat", "knee_valgus", "present", 2, 5, [1])],
        [
            Changed("squat", "knee bend, right", "degrees", 80.0, 84.0, 10.0, False, (0, 1)),
            Changed("squat", "hip bend, right", "degrees", 80.0, 60.0, 10.0, True, (0, 1)),
            Changed("squat", "depth", "leg lengths", 0.2, 0.3, None, False, (0, 1)),
        ],
    )
    shown = together_markup(together, sections)
    assert shown is not None
    rows = re.findall(r"<tr( class=\"within\")?><td>Squat</td><th scope=\"row\">(.*?)</tr>", shown)
    assert [bool(grey) for grey, row in rows if "knee_valgus" not in row] == [True, False, True]
    assert "−20" in shown
    assert "error not known" in shown
    assert together_markup(None, sections) is None
    assert together_markup(Together(), sections) is None


def test_given_decisions_are_in_the_page():
    given = {"source_sha256": "ab" * 32, "reps": {}, "faults": [], "note": "</script>", "saved_at": None}
    document = page([section(reviewed(), decisions=Decided(given))])
    assert data_of(document)["recordings"][0]["decisions"] == given
    assert data_of(page([section(reviewed())]))["recordings"][0]["decisions"] is None


def test_every_present_check_is_a_finding_to_decide_on():
    review = reviewed()
    present = [
        (rep.index, check.code)
        for rep in review.summary.rep_list
        for check in rep.faults
        if check.verdict is FaultVerdict.PRESENT
    ]
    document = part_markup(part(review))
    shown = re.findall(r'<li class="finding" data-rep="(\d+)" data-code="(\w+)">', document)
    assert sorted((int(index), code) for index, code in shown) == sorted(present)


def test_the_file_is_whole_or_not_there(tmp_path):
    write_report([section(reviewed())], tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    with pytest.raises(OutputError):
        write_report([section(reviewed())], tmp_path / "not there" / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_writing_costs_little_beside_the_analysis(tmp_path):
    """Under 15 % of the analysis, which takes a minute for two minutes of video."""
    review = reviewed("seated_march", (1.0,) * 40)
    builder = SeriesBuilder(review.summary)
    for snapshot in review.snapshots():
        builder.add(snapshot)
    ready = Section(review, "clip.mp4", series=builder.series())
    begun = time.process_time()
    write_report([ready], tmp_path / "report.html")
    assert time.process_time() - begun < 1.0


def test_half_a_repetition_is_marked_as_partial():
    review = reviewed("squat", (1.0, HALF))
    tiles = re.findall(r'<li class="tile (\w+)" data-rep="(\d)">(.*?)</label>', part_markup(part(review)))
    assert [(verdict, index) for verdict, index, _ in tiles] == [("complete", "1"), ("partial", "2")]
    assert "to improve" in tiles[0][2]
    assert "partial" in tiles[1][2]
    assert "checked" in tiles[0][2]
    assert "checked" not in tiles[1][2]
