"""Seated march: what each form rule says of lifts around its limits."""

import pytest

from formcheck.pose.skeleton import Side
from tests.rules.stories import (
    ABSENT,
    FAR_LEG,
    NOT_SEEN,
    QUICK,
    Film,
    Row,
    Table,
    Told,
    around,
    cases,
    lost,
    one_in_five,
    planned,
    scaled,
    seldom,
    sights,
    two_in_five,
    watched,
)
from tests.synthetic import Camera, Tempo

TELE = {"distance_m": 8.0, "focal_px": 1860.0, "height_m": 0.9}
SIDE, FRONT = Camera(azimuth_deg=90, **TELE), Camera(azimuth_deg=0, **TELE)
SQUARER = "needs a squarer view from the front"


def row(code, measure, **more):
    return Row("seated_march", code, measure, **more)


BACK = row("lean_back", "trunk_inclination")
SLUMP = row("slump", "trunk_length")
SWAY = row("lateral_sway", "trunk_lateral_lean")
LOW, LOW_FRONT = (row("low_lift", "range", unit=unit) for unit in ("deg", "ratio"))
HIGH = row("too_high", "hip_flexion")
DROP = row("fast_drop", "return_time")
RUSH = row("rushing", "lift_rate")
TURNS = row("missed_alternation", "same_leg_lifts")
LIMIT_HIP, LIMIT_THIGH = (row("range_limit", name) for name in ("hip_flexion", "thigh_elevation"))
LONG = Tempo(1.2, 5.6, 1.2, 0.8)
NEAR = {"camera": SIDE, "sides": "L"}


def turned(by_deg):
    return Camera(azimuth_deg=by_deg, **TELE)


def off_square(which):
    return [
        Table(which, Told(story, says), name=f"at {off}", camera=turned(off), sides="L", tempo=QUICK)
        for off, story, says in ((22, "turned a little", ABSENT), (28, "turned too far", SQUARER))
    ]


FAR_OFF = planned(
    "seated_march",
    comfort_caps={"hip_flexion": 150.0},
    ceilings={"hip_flexion": 155.0, "thigh_elevation": 70.0},
)
UNEVEN = (("improve", 0.4), (ABSENT, 0.7)) * 2
FEW = "told over 6 lifts"

TABLES = [
    Table(BACK, *around(8.0, 5.0, 0.3, lambda lean: {"lean_back_deg": lean}, strong=14.0), **NEAR),
    Table(
        SLUMP,
        *around(21.6, 16.3, 2.0, lambda bend: {"slump_deg": bend}),
        camera=FRONT,
        sides="L",
        tempo=LONG,
    ),
    Table(
        SWAY,
        *around(7.0, 4.0, 0.3, lambda sway: {"sway_deg": sway}, strong=14.0),
        Told("to the left as well", "improve", sway_deg=-9.0),
        camera=FRONT,
        sides="L",
    ),
    Table(
        LOW,
        Told("just short of the target", "improve", amplitude=0.485),
        Told("just high enough", ABSENT, amplitude=0.515),
        tempo=QUICK,
        **NEAR,
    ),
    Table(
        LOW_FRONT,
        Told("just short of the target", "improve", amplitude=0.47),
        Told("just high enough", ABSENT, amplitude=0.50),
        camera=FRONT,
        sides="L",
        tempo=QUICK,
    ),
    Table(
        LOW_FRONT,
        *(Told(f"lift {i + 1}", says, amplitude=high) for i, (says, high) in enumerate(UNEVEN)),
        name="left low, right high",
        camera=FRONT,
        sides="LR",
        tempo=QUICK,
    ),
    Table(
        HIGH,
        *around(16.92, 16.92, 0.2, lambda lean: {"lean_back_deg": scaled(lean, -1.0)}),
        profile=planned("seated_march", comfort_caps={"hip_flexion": 123.0}),
        **NEAR,
    ),
    Table(
        HIGH,
        Told("the near leg", "improve", lean_back_deg=-20.0),
        Told("the far leg", FAR_LEG, lean_back_deg=-20.0),
        name="left and right",
        profile=planned("seated_march", comfort_caps={"hip_flexion": 123.0}),
        camera=SIDE,
        sides="LR",
    ),
    Table(
        LIMIT_HIP,
        *around(
            20.92, 16.92, 0.1, lambda lean: {"lean_back_deg": scaled(lean, -1.0)}, near=0.04, says="stop"
        ),
        profile=planned("seated_march", ceilings={"hip_flexion": 123.0}),
        **NEAR,
    ),
    Table(
        LIMIT_THIGH,
        *around(6.94, 4.94, 0.1, lambda more: {"higher_deg": more}, near=0.06, says="stop"),
        profile=planned("seated_march", ceilings={"thigh_elevation": 25.0}),
        **NEAR,
    ),
    *(
        Table(
            which,
            Told("the near leg", "stop", **beyond),
            Told("the far leg", FAR_LEG, **beyond),
            name="left and right",
            profile=planned("seated_march", ceilings=ceiling),
            camera=SIDE,
            sides="LR",
        )
        for which, ceiling, beyond in (
            (LIMIT_HIP, {"hip_flexion": 123.0}, {"lean_back_deg": -24.0}),
            (LIMIT_THIGH, {"thigh_elevation": 25.0}, {"higher_deg": 8.0}),
        )
    ),
    Table(
        DROP,
        Told("let down", ABSENT, tempo=Tempo(0.8, 0.4, 0.44, 0.8)),
        Told("dropped", "improve", tempo=Tempo(0.8, 0.4, 0.34, 0.8)),
        camera=FRONT,
        sides="L",
    ),
    Table(DROP, Told("filmed at 25 a second", ABSENT), name="25/s", camera=FRONT, sides="L"),
    Table(
        DROP,
        Told("filmed at 22 a second", "needs 24 pictures a second"),
        name="22/s",
        rate_hz=22.0,
        camera=FRONT,
        sides="L",
    ),
    *(
        Table(
            RUSH,
            *(Told(f"lift {i}", FEW) for i in range(1, 6)),
            *(Told(f"lift {i}", says) for i in range(6, 9)),
            name=f"{pace} a minute",
            camera=FRONT,
            sides="LR",
            tempo=Tempo(*(60.0 / pace * part for part in (0.35, 0.1, 0.35, 0.2))),
        )
        for pace, says in ((93, ABSENT), (107, "improve"))
    ),
    Table(
        TURNS,
        *(Told(f"lift {i + 1}", "log" if i == 4 else ABSENT) for i in range(6)),
        camera=FRONT,
        sides="LLRRRL",
        tempo=QUICK,
    ),
    *(
        Table(which, *seldom(), name="sight", camera=camera, sides="L")
        for which, camera in ((LOW, SIDE), (LOW_FRONT, FRONT), (DROP, FRONT))
    ),
    Table(
        RUSH,
        *(Told(f"lift {i}", FEW) for i in range(1, 6)),
        Told("nobody found in one picture of five", ABSENT, sight=one_in_five(lost)),
        Told("nobody found in two pictures of five", NOT_SEEN, sight=two_in_five(lost)),
        name="sight",
        camera=FRONT,
        sides="LR",
        tempo=QUICK,
    ),
    Table(TURNS, *seldom(), name="sight", camera=FRONT, sides="LR", tempo=QUICK),
    *(table for which in (SLUMP, SWAY) for table in off_square(which)),
    *(
        Table(
            which,
            *sights(names, least, near),
            name="sight",
            camera=camera,
            sides="L",
            tempo=QUICK,
            profile=FAR_OFF,
        )
        for which, names, least, near, camera in (
            (BACK, ("shoulder", "hip"), 0.5, Side.LEFT, SIDE),
            (SLUMP, ("shoulder", "hip"), 0.5, None, FRONT),
            (SWAY, ("shoulder", "hip"), 0.5, None, FRONT),
            (HIGH, ("shoulder", "hip", "knee"), 0.5, Side.LEFT, SIDE),
            (LIMIT_HIP, ("shoulder", "hip", "knee"), 0.5, Side.LEFT, SIDE),
            (LIMIT_THIGH, ("shoulder", "hip", "knee"), 0.5, Side.LEFT, SIDE),
        )
    ),
]


@pytest.mark.parametrize("case", cases(TABLES))
def test_a_march_is_judged_as_its_story_says(case):
    case()


def test_a_lift_of_the_leg_behind_is_not_called_within_the_limit():
    """Filmed from the left, the right leg is lifted beyond the ceiling: nobody can tell."""
    film = Film("seated_march", [1.0, 1.0], {"camera": SIDE, "sides": "LR", "lift_deg": 30.0})
    plan = planned("seated_march", ceilings={"thigh_elevation": 15.0})
    judged = watched(film.poses, "seated_march", plan)
    assert judged.said("range_limit", 0) == "stop"
    assert judged.said("range_limit", 1) == FAR_LEG
