"""The error atlas: its reader, what stands for an empty cell, and grades."""

from __future__ import annotations

import csv
from importlib.resources import files

import pytest

from formcheck import atlas
from formcheck.atlas import ALL, COLUMNS, GOOD, Atlas, Band, Cell, Grade, coarser, grade, read
from formcheck.exercises import EXERCISES
from formcheck.kinematics import BY_NAME

ROWS = [
    # measure, exercise, view, side, phase, joints, n, bias, sd, mae, p90, guess
    ("knee_flexion", "squat", "side", "near", "", "", 200, -2.0, 3.0, 3.0, 6.0, 30.0),
    ("knee_flexion", "squat", "side", "near", "", "believed", 180, -1.0, 2.0, 2.0, 5.0, 30.0),
    ("knee_flexion", "squat", "side", "near", "end", "", 90, -3.0, 3.0, 4.0, 7.0, 20.0),
    ("knee_flexion", "squat", "side", "both", "", "", 400, -2.0, 5.0, 6.0, 12.0, 30.0),
    ("knee_flexion", "squat", "", "both", "", "", 900, -4.0, 9.0, 9.0, 20.0, 30.0),
    ("knee_flexion", "", "side", "both", "", "", 2000, -1.0, 6.0, 6.0, 14.0, 25.0),
    ("knee_flexion", "", "", "both", "", "", 4000, -2.0, 9.0, 9.0, 25.0, 25.0),
    ("hip_drop_2d_from_rest", "squat", "front", "both", "", "", 90, 0.01, 0.03, 0.02, 0.06, 0.1),
    ("pelvic_obliquity", "squat", "front", "both", "", "", 90, 0.1, 1.0, 0.9, 2.0, 1.0),
]


@pytest.fixture(scope="module")
def table() -> Atlas:
    lines = [",".join(COLUMNS), *(",".join(str(part) for part in row) for row in ROWS)]
    return read(lines)


def test_a_cell_is_read_as_it_was_written(table):
    band = table.band("knee_flexion", "squat", "side", "near")
    assert band == Band(bias=-2.0, spread=3.0, half=6.0, n=200, mean=3.0, guess=30.0, grade=Grade.GOOD)


@pytest.mark.parametrize(
    ("asked", "n"),
    [
        ({"exercise": "squat", "view": "side", "side": "near"}, 200),
        ({"exercise": "squat", "view": "side", "side": "near", "joints": "believed"}, 180),
        ({"exercise": "squat", "view": "side", "side": "near", "phase": "end"}, 90),
        ({"exercise": "squat", "view": "side", "side": "near", "phase": "rest"}, 200),
        ({"exercise": "squat", "view": "side", "side": "near", "phase": "end", "joints": "believed"}, 180),
        ({"exercise": "squat", "view": "side", "side": "far"}, 400),
        ({"exercise": "squat", "view": "side", "side": "far", "joints": "believed"}, 400),
        ({"exercise": "squat", "view": "back", "side": "near"}, 900),
        ({"exercise": "squat"}, 900),
        ({"exercise": "sit_to_stand", "view": "side", "side": "near"}, 2000),
        ({"exercise": "sit_to_stand", "view": "back"}, 4000),
        ({}, 4000),
    ],
    ids=str,
)
def test_an_empty_cell_is_answered_by_the_next_coarser_one(table, asked, n):
    assert table.band("knee_flexion", **asked).n == n


def test_what_is_not_known_is_none(table):
    assert table.band("knee_rise", "squat", "side") is None
    assert table.band("hip_drop_2d_from_rest", "sit_to_stand", "front") is None
    assert Atlas({}).band("knee_flexion") is None


def test_cells_are_asked_from_the_finest_to_the_coarsest():
    cell = Cell("m", "squat", "side", "near", "end", "believed")
    order = [(c.view, c.phase, c.joints, c.side) for c in coarser(cell)]
    assert order == [
        (view, phase, joints, side)
        for view in ("side", ALL)
        for phase, joints in (("end", "believed"), (ALL, "believed"), (ALL, ALL))
        for side in ("near", "both")
    ]
    assert [*coarser(Cell("m"))] == [Cell("m")]


@pytest.mark.parametrize(
    ("measure", "bias", "half", "news", "expected"),
    [
        ("knee_flexion", 0.0, 7.5, 0.2, Grade.GOOD),
        ("knee_flexion", -3.0, 7.5, 0.2, Grade.GOOD),
        ("knee_flexion", -3.1, 7.5, 0.2, Grade.SCREENING),
        ("knee_flexion", 0.0, 7.6, 0.2, Grade.SCREENING),
        ("knee_flexion", 9.0, 15.0, 0.2, Grade.SCREENING),
        ("knee_flexion", 0.0, 15.1, 0.2, Grade.UNUSABLE),
        ("knee_flexion", 0.0, 2.0, 0.8, Grade.UNUSABLE),
        ("hip_flexion_corrected", 0.0, 7.5, 0.2, Grade.GOOD),
        ("trunk_inclination", 0.0, 7.5, 0.2, Grade.SCREENING),
        ("trunk_inclination_from_rest", 0.0, 5.0, 0.2, Grade.GOOD),
        ("hip_drop", 0.0, 0.065, 0.2, Grade.GOOD),
        ("hip_drop_2d_from_rest", 0.03, 0.065, 0.2, Grade.SCREENING),
        ("knee_rise", 0.0, 0.11, 0.2, Grade.UNUSABLE),
    ],
)
def test_grades_follow_the_stated_rule(measure, bias, half, news, expected):
    assert grade(measure, bias, half, news) is expected


def test_a_measure_as_near_as_a_guess_is_not_used_but_for_parts_of_a_movement(table):
    assert table.band("pelvic_obliquity", "squat", "front").grade is Grade.UNUSABLE
    at_rest = ("knee_flexion", "squat", "side", "near", "rest", "", 90, 0.5, 2.0, 2.0, 5.0, 2.0)
    small = read([",".join(COLUMNS), ",".join(str(part) for part in at_rest)])
    assert small.band("knee_flexion", "squat", "side", "near", phase="rest").grade is Grade.GOOD


def test_every_limit_is_of_a_measure():
    assert set(GOOD) <= set(BY_NAME)
    assert all(BY_NAME[name].unit == "ratio" or GOOD[name] >= 4.0 for name in GOOD)


# The table that ships


def test_the_table_of_the_package_is_whole():
    text = files("formcheck").joinpath("data", "atlas.csv").read_text(encoding="utf-8")
    assert len(text) < 200_000
    rows = [*csv.DictReader(text.splitlines())]
    assert tuple(rows[0]) == COLUMNS
    assert len({tuple(row[name] for name in COLUMNS[:6]) for row in rows}) == len(rows)
    for row in rows:
        assert int(row["n"]) >= 20
        assert abs(float(row["bias"])) <= float(row["mae"]) + 0.051
        assert row["exercise"] in ("", *EXERCISES)


@pytest.mark.parametrize(
    ("measure", "exercise", "view", "side"),
    [
        ("knee_flexion", "squat", "side", "near"),
        ("hip_flexion", "bridge", "side", "near"),
        ("trunk_inclination", "squat", "side", "both"),
        ("hip_drop_2d_from_rest", "squat", "front", "both"),
        ("thigh_elevation", "seated_march", "side", "near"),
        ("knee_rise_from_rest", "seated_march", "front", "both"),
        ("hip_height_from_rest", "bridge", "side", "both"),
        ("clamshell_rise_from_rest", "clamshell", "front", "both"),
    ],
)
def test_what_repetitions_report_has_a_band(measure, exercise, view, side):
    band = atlas.band(measure, exercise, view, side)
    assert band is not None
    assert band.n >= 100
    assert 0.0 < band.half < (45.0 if BY_NAME[measure.removesuffix("_from_rest")].unit == "deg" else 1.0)


def test_the_side_view_beats_the_front_and_the_near_leg_counts():
    side = atlas.band("knee_flexion", "squat", "side", "near")
    front = atlas.band("knee_flexion", "squat", "front")
    assert side is not None
    assert front is not None
    assert side.half < front.half
    assert front.grade is Grade.UNUSABLE
    assert front.bias < -5.0
