"""Squat: what each form rule says of repetitions around its limits."""

import pytest

from formcheck.pose.skeleton import Side
from tests.rules.stories import (
    ABSENT,
    QUICK,
    Row,
    Table,
    Told,
    around,
    cases,
    held,
    in_plain_sight,
    planned,
    scaled,
    seldom,
    sights,
    unsure,
)
from tests.synthetic import Camera, Path, Tempo

TELE = {"distance_m": 8.0, "focal_px": 1365.0}
"""From far away, so that perspective does not blur the limits."""
SIDE, FRONT = Camera(azimuth_deg=90, **TELE), Camera(azimuth_deg=0, **TELE)
LEG = ("hip", "knee", "ankle")
SQUARER = "needs a squarer view from the front"


def row(code, measure, **more):
    return Row("squat", code, measure, **more)


def stopping(share):
    """Somebody who stops for 0.8 s on the way down, at this share of the depth: 0.8 to 1.6 s."""
    return Path(((0, 0), (0.8, share), (1.6, share), (2.6, 1), (3.0, 1), (4.2, 0)), 0.6)


def only_shallow(says_high, high, says_deep, deep, **amount):
    """Return the stories of a fault that is there only on the way down, while still high or already deep."""
    return [
        Told("only while still high", says_high, tempo=stopping(high), **amount),
        Told("only from where it looks", says_deep, tempo=stopping(deep), **amount),
    ]


def briefly(amount, start_s=0.9, length_s=0.6):
    return held((amount, length_s), start_s=start_s)


def off_square(which, **options):
    """Return two films, turned off the front by 10.5 and 13.5 degrees.

    An upright, small squat with the hips over the feet: turned, everything else looks like a fault.
    """
    options |= {"trunk_deg": 0.0, "shank_deg": 45.0, "tempo": QUICK}
    return [
        Table(which, Told(story, says, amplitude=0.4), name=f"at {off}", camera=turned(off), **options)
        for off, story, says in ((10.5, "turned a little", ABSENT), (13.5, "turned too far", SQUARER))
    ]


def interrupted(length_s):
    return held((52.0, 0.6), (38.0, length_s), (52.0, 0.6), base=32.0)


def turned(by_deg):
    return Camera(azimuth_deg=by_deg, **TELE)


LEAN = row("forward_lean", "trunk_inclination")
HEEL = row("heel_lift", "foot_pitch")
SHIFT = row("weight_shift", "hip_shift")
LATERAL = row("lateral_lean", "trunk_lateral_lean")
STEP_X, STEP_Y = (row("loss_of_balance", f"ankles_apart_{axis}") for axis in "xy")
CLOSER = row("knee_valgus", "knee_separation_ratio")
INWARD = row("knee_valgus", "knee_medial_displacement")
SHALLOW, SHALLOW_FRONT = (row("shallow_depth", "peak", unit=unit) for unit in ("deg", "ratio"))
NARROW, WIDE = (row("stance_width", "stance_ratio", above=above) for above in (False, True))
FAST = row("fast_descent", "outbound_time")
CAP_HIP, CAP_KNEE = (row("too_deep", f"{joint}_flexion") for joint in ("hip", "knee"))
LIMIT_HIP, LIMIT_KNEE = (row("range_limit", f"{joint}_flexion") for joint in ("hip", "knee"))
SQUARE = {"camera": FRONT, "toe_out_deg": 0.0}
FAR_OFF = planned(
    "squat",
    comfort_caps={"hip_flexion": 120.0, "knee_flexion": 120.0},
    ceilings={"hip_flexion": 130.0, "knee_flexion": 130.0},
)
"""Limits that nobody here reaches."""

TABLES = [
    Table(
        LEAN,
        *around(48.0, 42.0, 0.4, lambda lean: {"trunk_deg": lean}, strong=58.0, base=32.0, near=0.15),
        camera=SIDE,
    ),
    Table(
        LEAN,
        *only_shallow(ABSENT, 0.274, "improve", 0.333, trunk_deg=briefly(53.0)),
        name="early",
        camera=SIDE,
    ),
    Table(
        LEAN,
        Told("upright for a moment is not good again", "improve", trunk_deg=interrupted(0.24)),
        Told("upright for longer is", "improve", raised=2, trunk_deg=interrupted(0.32)),
        name="moments",
        camera=SIDE,
    ),
    Table(HEEL, *around(12.0, 7.0, 0.3, lambda heel: {"heel_up_deg": heel}), camera=SIDE),
    Table(
        HEEL,
        *only_shallow(ABSENT, 0.16, "improve", 0.205, heel_up_deg=briefly(15.0, 0.8, 0.44)),
        name="early",
        camera=SIDE,
    ),
    Table(HEEL, Told("the near heel", "improve", heel_up_deg=14.0), name="l", camera=SIDE, only=Side.LEFT),
    Table(HEEL, Told("the far heel", ABSENT, heel_up_deg=14.0), name="r", camera=SIDE, only=Side.RIGHT),
    Table(
        SHIFT,
        *around(0.15, 0.10, 0.4, lambda share: {"shift_m": scaled(share, 0.21)}, strong=0.21),
        Told("to the right as well", "improve", shift_m=-0.167 * 0.21),
        camera=FRONT,
    ),
    Table(
        SHIFT,
        *only_shallow(ABSENT, 0.245, "improve", 0.287, shift_m=briefly(0.036)),
        name="early",
        camera=FRONT,
    ),
    Table(
        LATERAL,
        *around(8.0, 5.0, 0.4, lambda lean: {"lean_deg": lean}),
        Told("to the left as well", "improve", lean_deg=-9.0),
        camera=FRONT,
        trunk_deg=0.0,
    ),
    Table(
        LATERAL,
        *only_shallow(ABSENT, 0.245, "improve", 0.287, lean_deg=briefly(10.0)),
        name="early",
        **SQUARE,
    ),
    Table(
        CLOSER,
        # 0.051 a degree, from 0.44 degrees on
        *around(3.38, 2.01, 0.25, lambda turn: {"knee_in_deg": turn}, strong=5.93),
        **SQUARE,
    ),
    Table(
        CLOSER,
        *only_shallow(ABSENT, 0.245, "improve", 0.287, knee_in_deg=briefly(11.0)),
        name="early",
        **SQUARE,
    ),
    Table(
        INWARD,
        # 0.0157 a degree, from half a degree on
        *around(6.87, 4.31, 0.25, lambda turn: {"knee_in_deg": turn}, strong=11.98),
        **SQUARE,
    ),
    *(
        Table(INWARD, Told(f"the {side} knee", "improve", knee_in_deg=11.0), name=side, only=side, **SQUARE)
        for side in Side
    ),
    Table(
        INWARD,
        *only_shallow(ABSENT, 0.245, "improve", 0.287, knee_in_deg=briefly(28.0)),
        name="early",
        **SQUARE,
    ),
    Table(
        STEP_X,
        *around(0.15, 0.10, 0.1, lambda step: {"step_m": scaled(step, 0.82)}, says="stop"),
        Told("inwards as well", "stop", step_m=held((-0.165 * 0.82, 0.4))),
        camera=FRONT,
    ),
    Table(
        STEP_Y,
        *around(0.15, 0.10, 0.1, lambda step: {"foot_up_m": scaled(step, 0.82)}, says="stop"),
        camera=FRONT,
    ),
    Table(
        SHALLOW,
        Told("just short of the target", "improve", amplitude=0.48),
        Told("just far enough", ABSENT, amplitude=0.51),
        camera=SIDE,
        tempo=QUICK,
    ),
    Table(
        SHALLOW_FRONT,
        Told("just short of the target", "improve", amplitude=0.527),
        Told("just far enough", ABSENT, amplitude=0.549),
        camera=FRONT,
        tempo=QUICK,
    ),
    *(
        Table(which, Told(story, says), name=f"{stance_m} m", camera=FRONT, tempo=QUICK, stance_m=stance_m)
        for which, stance_m, story, says in (
            (NARROW, 0.167, "narrow", "improve"),
            (NARROW, 0.207, "hip width", ABSENT),
            (WIDE, 0.64, "not that wide", ABSENT),
            (WIDE, 0.74, "wide", "improve"),
        )
    ),
    Table(
        FAST,
        Told("slow enough", ABSENT, tempo=Tempo(0.96, 0.4, 1.2, 0.8)),
        Told("a little fast", "improve", tempo=Tempo(0.8, 0.4, 1.2, 0.8)),
        Told("fast, not yet a drop", "improve", tempo=Tempo(0.6, 0.4, 1.2, 0.8)),
        Told("a drop", "correct", tempo=Tempo(0.5, 0.4, 1.2, 0.8)),
        camera=SIDE,
    ),
    Table(FAST, Told("filmed at 25 a second", ABSENT), name="25/s", camera=SIDE),
    Table(FAST, Told("filmed at 22 a second", "needs 24 pictures a second"), name="22/s", rate_hz=22.0),
    Table(
        CAP_HIP,
        *around(36.5, 36.5, 0.2, lambda trunk: {"trunk_deg": trunk}, base=20.0, near=0.15),
        profile=planned("squat", comfort_caps={"hip_flexion": 95.0}),
        camera=SIDE,
    ),
    Table(
        CAP_KNEE,
        *around(6.0, 6.0, 0.2, lambda more: {"deeper_deg": more}, near=0.3),
        profile=planned("squat", comfort_caps={"knee_flexion": 95.0}),
        camera=SIDE,
    ),
    Table(
        LIMIT_HIP,
        *around(40.5, 36.5, 0.1, lambda trunk: {"trunk_deg": trunk}, base=20.0, near=0.04, says="stop"),
        profile=planned("squat", ceilings={"hip_flexion": 95.0}),
        camera=SIDE,
    ),
    Table(
        LIMIT_KNEE,
        *around(9.0, 5.0, 0.1, lambda more: {"deeper_deg": more}, near=0.1, says="stop"),
        profile=planned("squat", ceilings={"knee_flexion": 94.0}),
        camera=SIDE,
    ),
    # Who sees enough
    *(table for which in (SHIFT, LATERAL, CLOSER, INWARD) for table in off_square(which)),
    *(
        Table(which, *sights(names, least, near), name="sight", camera=camera, tempo=QUICK, profile=profile)
        for which, names, least, near, camera, profile in (
            (LEAN, ("shoulder", "hip"), 0.5, Side.LEFT, SIDE, planned("squat")),
            (HEEL, ("heel", "toe"), 0.6, Side.LEFT, SIDE, planned("squat")),
            (SHIFT, ("hip", "ankle", "toe"), 0.5, None, FRONT, planned("squat")),
            (LATERAL, ("shoulder", "hip"), 0.5, None, FRONT, planned("squat")),
            (CLOSER, (*LEG, "toe"), 0.5, None, FRONT, planned("squat")),
            (INWARD, (*LEG, "toe"), 0.5, None, FRONT, planned("squat")),
            (STEP_X, ("hip", "ankle", "toe"), 0.6, None, FRONT, planned("squat")),
            (STEP_Y, ("hip", "ankle", "toe"), 0.6, None, FRONT, planned("squat")),
            (CAP_HIP, ("shoulder", "hip", "knee"), 0.5, Side.LEFT, SIDE, FAR_OFF),
            (CAP_KNEE, LEG, 0.5, Side.LEFT, SIDE, FAR_OFF),
            (LIMIT_HIP, ("shoulder", "hip", "knee"), 0.5, Side.LEFT, SIDE, FAR_OFF),
            (LIMIT_KNEE, LEG, 0.5, Side.LEFT, SIDE, FAR_OFF),
        )
    ),
    *(
        Table(which, *seldom(), name="sight", camera=camera)
        for which, camera in ((SHALLOW, SIDE), (SHALLOW_FRONT, FRONT), (FAST, SIDE))
    ),
    *(
        Table(
            which, Told(story, says), name=story, camera=turned(off), stance_m=0.34, tempo=QUICK, always=sight
        )
        for which in (NARROW, WIDE)
        for story, says, off, sight in (
            ("turned a little", ABSENT, 10.5, None),
            ("turned too far", SQUARER, 13.5, None),
            ("feet just visible", ABSENT, 0, unsure(["ankle", "toe"], 0.55)),
            ("ankles not quite visible", in_plain_sight("ankle"), 0, unsure(["ankle"], 0.45)),
            ("toes not quite visible", in_plain_sight("toe"), 0, unsure(["toe"], 0.45)),
            ("shoulders not quite visible", in_plain_sight("shoulder"), 0, unsure(["shoulder"], 0.45)),
        )
    ),
]


@pytest.mark.parametrize("case", cases(TABLES))
def test_a_squat_is_judged_as_its_story_says(case):
    case()
