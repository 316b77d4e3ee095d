"""Bridge: what each form rule says of repetitions around its limits."""

import pytest

from formcheck.pose.skeleton import Side
from tests.rules.stories import ABSENT, QUICK, Row, Table, Told, around, cases, planned, seldom, sights
from tests.synthetic import Camera, Course, Tempo

TELE = {"distance_m": 8.0, "focal_px": 1365.0, "height_m": 0.5}
SIDE = Camera(azimuth_deg=90, **TELE)
TRUNK_THIGH = ("shoulder", "hip", "knee")
LEG = ("hip", "knee", "ankle")


def row(code, measure, **more):
    return Row("bridge", code, measure, **more)


SHORT_OF_TOP = row("incomplete_extension", "peak", beside="lumbar_overextension")
ARCH = row("lumbar_overextension", "hip_flexion")
SAG = row("hips_drop", "hip_flexion")
FAR = row("feet_far", "knee_flexion")
HEAD = row("neck_lift", "head_over_feet")
BRIEF = row("short_hold", "hold_time")
TOES = row("pushing_through_toes", "foot_pitch")
DROP = row("fast_lowering", "return_time")
LIMIT_HIP, LIMIT_KNEE = (row("range_limit", name) for name in ("hip_extension", "knee_flexion"))
LONG = Tempo(1.2, 3.2, 1.2, 0.8)
HOLD_3 = planned("bridge", hold_s=3.0)
FAR_OFF = planned("bridge", ceilings={"hip_extension": 30.0, "knee_flexion": 140.0})
"""Limits that nobody here reaches."""


def sinking(speed_deg_s):
    """Somebody whose hips sink at an even speed for 16 degrees, and stay there for a moment."""
    end_s = 1.8 + 16.0 / speed_deg_s
    return Course(((1.8, 0.0), (end_s, 16.0), (end_s + 0.1, 0.0)))


def sagging(*depths):
    """Hips that sink and rise at 8 degrees a second, slower than lowering them: (degrees, seconds there)."""
    points, now_s, at = [(1.8, 0.0)], 1.8, 0.0
    for deg, seconds in depths:
        now_s += abs(deg - at) / 8.0
        points += [(now_s, deg), (now_s + seconds, deg)]
        now_s, at = now_s + seconds, deg
    return Course((*points, (now_s + at / 8.0, 0.0)))


def creeping(from_deg):
    """Hips that come down at an even 12.5 degrees a second, creep on for 2.8 degrees, then lie down."""
    there_s = 1.8 + from_deg / 12.5
    creep = ((there_s, from_deg), (there_s + 0.88, from_deg + 2.8))
    return Course(((1.8, 0.0), *creep, (there_s + 1.5, 54.0), (8.0, 54.0)))


TABLES = [
    Table(
        SHORT_OF_TOP,
        Told("just short of the target", "improve", amplitude=0.52),
        Told("just far enough", ABSENT, amplitude=0.55),
        camera=SIDE,
        tempo=QUICK,
    ),
    Table(
        ARCH,  # reads 5.6 degrees less: the hips of this body rest lower than half the knees' bend
        *around(-25.7, -20.7, 0.4, lambda arch: {"sag_deg": arch}, near=0.06),
        camera=SIDE,
    ),
    Table(
        SAG,
        Told("just inside the limit", ABSENT, sag_deg=sagging((9.2, 1.2))),
        Told("just outside the limit", "improve", sag_deg=sagging((10.8, 1.2))),
        Told("too short", ABSENT, sag_deg=sagging((10.8, 0.24))),
        Told("just long enough", "improve", sag_deg=sagging((10.8, 0.40))),
        Told("wobbling at the limit", "improve", sag_deg=sagging((10.8, 0.6), (9.2, 0.4), (10.8, 0.6))),
        Told("better, not yet good", "improve", sag_deg=sagging((10.8, 0.6), (5.4, 0.4), (10.8, 0.6))),
        Told(
            "good, and sagging again",
            "improve",
            raised=2,
            sag_deg=sagging((10.8, 0.6), (4.4, 0.4), (10.8, 0.6)),
        ),
        camera=SIDE,
        tempo=Tempo(1.2, 6.4, 1.2, 0.8),
    ),
    *(
        Table(
            SAG,
            Told(story, says, sag_deg=creeping(from_deg)),
            name=f"at {from_deg}",
            camera=SIDE,
            tempo=Tempo(1.2, 5.2, 1.2, 0.8),
        )
        for from_deg, story, says in (
            (37.0, "sagging near the floor", ABSENT),
            (33.2, "sagging just above it", "improve"),
        )
    ),
    Table(
        SAG,
        Told("sinking slowly", "improve", sag_deg=sinking(8.5)),
        Told("on the way down", ABSENT, sag_deg=sinking(11.5)),
        name="slow",
        camera=SIDE,
        tempo=LONG,
    ),
    *(
        Table(FAR, Told(story, says), name=f"knees at {knee}", camera=SIDE, tempo=QUICK, knee_deg=knee)
        for knee, story, says in ((84.0, "feet just near enough", ABSENT), (78.0, "feet too far", "improve"))
    ),
    Table(
        HEAD,  # 0.0069 trunk lengths a degree
        *around(5.58, 2.66, 0.7, lambda up: {"head_up_deg": up}),
        camera=SIDE,
        tempo=LONG,
    ),
    Table(
        BRIEF,
        Told("held long enough", ABSENT, tempo=Tempo(1.2, 2.2, 1.2, 0.8)),
        Told("let go a little early", "improve", tempo=Tempo(1.2, 1.8, 1.2, 0.8)),
        profile=HOLD_3,
        camera=SIDE,
    ),
    Table(TOES, *around(15.0, 10.0, 0.4, lambda heel: {"heel_up_deg": heel}), camera=SIDE),
    Table(
        DROP,
        Told("slow enough", ABSENT, tempo=Tempo(1.2, 0.8, 0.96, 0.8)),
        Told("a little fast", "improve", tempo=Tempo(1.2, 0.8, 0.8, 0.8)),
        Told("fast, not yet a drop", "improve", tempo=Tempo(1.2, 0.8, 0.6, 0.8)),
        Told("a drop", "correct", tempo=Tempo(1.2, 0.8, 0.5, 0.8)),
        camera=SIDE,
    ),
    Table(DROP, Told("filmed at 25 a second", ABSENT), name="25/s", camera=SIDE),
    Table(DROP, Told("filmed at 22 a second", "needs 24 pictures a second"), name="22/s", rate_hz=22.0),
    Table(
        LIMIT_HIP,
        *around(-14.5, -10.5, 0.1, lambda more: {"sag_deg": more}, near=0.05, says="stop"),
        profile=planned("bridge", ceilings={"hip_extension": 5.0}),
        camera=SIDE,
    ),
    Table(
        LIMIT_KNEE,
        *around(0.1423, 0.1176, 0.1, lambda slid: {"feet_in_m": slid}, near=0.03, says="stop"),
        profile=planned("bridge", ceilings={"knee_flexion": 112.0}),
        camera=SIDE,
    ),
    # Who sees enough
    *(
        Table(
            which,
            *sights(names, least, Side.LEFT),
            name="sight",
            camera=SIDE,
            tempo=QUICK,
            profile=FAR_OFF,
        )
        for which, names, least in (
            (ARCH, TRUNK_THIGH, 0.5),
            (SAG, TRUNK_THIGH, 0.5),
            (FAR, LEG, 0.5),
            (HEAD, ("ear", "ankle"), 0.5),
            (TOES, ("heel", "toe"), 0.6),
            (LIMIT_HIP, TRUNK_THIGH, 0.5),
            (LIMIT_KNEE, LEG, 0.5),
        )
    ),
    *(
        Table(which, *seldom(says), name="sight", camera=SIDE, profile=HOLD_3)
        for which, says in ((SHORT_OF_TOP, ABSENT), (BRIEF, ABSENT), (DROP, ABSENT))
    ),
]


@pytest.mark.parametrize("case", cases(TABLES))
def test_a_bridge_is_judged_as_its_story_says(case):
    case()
