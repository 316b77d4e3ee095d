"""Clamshell: what each form rule says of repetitions around its limits."""

import pytest

from formcheck.pose.skeleton import Side
from tests.rules.stories import ABSENT, QUICK, Row, Table, Told, around, cases, planned, seldom, sights
from tests.synthetic import Camera, Tempo

FRONT = Camera(azimuth_deg=0, distance_m=8.0, focal_px=2340.0, height_m=0.5)


def row(code, measure, **more):
    return Row("clamshell", code, measure, **more)


FEET = row("feet_apart", "feet_gap")
LOW = row("low_opening", "peak")
HASTE = row("momentum", "duration")
FALL = row("momentum", "return_time")
BRIEF = row("short_hold", "hold_time")
HEAD = row("head_lifted", "head_height")
LIMIT = row("range_limit", "clamshell_rise")
LONG = Tempo(1.2, 3.6, 1.2, 0.8)
HOLD_3 = planned("clamshell", hold_s=3.0)
FAR_OFF = planned("clamshell", ceilings={"knee_rise": 1.0})

BEHIND = Camera(azimuth_deg=180, distance_m=8.0, focal_px=2340.0, height_m=0.5)
ROLL = row("pelvis_rollback", "trunk_roll")

TABLES = [
    *(
        Table(
            ROLL,
            *around(16.0, 11.0, 0.3, lambda roll: {"roll_back_deg": roll}),
            name=f"{top} side up",
            camera=BEHIND,
            top=top,
        )
        for top in Side
    ),
    Table(ROLL, *sights(("shoulder", "hip"), 0.5, None), name="sight", camera=BEHIND, tempo=QUICK),
    *(
        Table(
            LIMIT,
            Told("far beyond", "stop"),
            name=f"{top} side up",
            profile=planned("clamshell", ceilings={"knee_rise": 0.2}),
            camera=FRONT,
            top=top,
        )
        for top in Side
    ),
    Table(
        FEET,
        *around(0.0692, 0.036, 0.4, lambda gap: {"feet_apart_m": gap}, strong=0.135),
        camera=FRONT,
    ),
    Table(
        LOW,
        Told("just short of the target", "improve", amplitude=0.559),
        Told("just far enough", ABSENT, amplitude=0.579),
        camera=FRONT,
        tempo=QUICK,
    ),
    Table(
        HASTE,
        Told("slow enough", ABSENT, tempo=Tempo(0.8, 0.1, 0.8, 0.8)),
        Told("swung", "improve", tempo=Tempo(0.7, 0.1, 0.7, 0.8)),
        camera=FRONT,
    ),
    Table(
        FALL,
        Told("let down", ABSENT, tempo=Tempo(1.2, 0.4, 0.72, 0.8)),
        Told("falling back", "improve", tempo=Tempo(1.2, 0.4, 0.56, 0.8)),
        camera=FRONT,
    ),
    Table(FALL, Told("filmed at 25 a second", ABSENT), name="25/s", camera=FRONT),
    Table(
        FALL,
        Told("filmed at 22 a second", "needs 24 pictures a second"),
        name="22/s",
        rate_hz=22.0,
        camera=FRONT,
    ),
    Table(
        BRIEF,
        Told("held long enough", ABSENT, tempo=Tempo(1.2, 2.2, 1.2, 0.8)),
        Told("let go a little early", "improve", tempo=Tempo(1.2, 1.8, 1.2, 0.8)),
        profile=HOLD_3,
        camera=FRONT,
    ),
    Table(HEAD, *around(12.9, 7.05, 1.0, lambda up: {"head_up_deg": up}), camera=FRONT, tempo=LONG),
    Table(
        LIMIT,
        # 0.0069 thigh lengths a degree
        *around(6.75, 1.98, 0.1, lambda more: {"wider_deg": more}, says="stop", near=0.09),
        profile=planned("clamshell", ceilings={"knee_rise": 0.42}),
        camera=FRONT,
    ),
    *(
        Table(which, *sights(names, 0.5, None), name="sight", camera=FRONT, tempo=QUICK, profile=FAR_OFF)
        for which, names in ((FEET, ("ankle",)), (HEAD, ("shoulder",)), (LIMIT, ("knee",)))
    ),
    *(
        Table(which, *seldom(), name="sight", camera=FRONT, profile=planned("clamshell", hold_s=2.0))
        for which in (LOW, HASTE, FALL, BRIEF)
    ),
]


@pytest.mark.parametrize("case", cases(TABLES))
def test_a_clamshell_is_judged_as_its_story_says(case):
    case()
