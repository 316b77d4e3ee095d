"""From where a rule can judge: the wrong view, no rest posture, and the world in a mirror."""

import pytest

from formcheck.exercises import EXERCISES
from formcheck.pose.skeleton import Side
from tests.rules.stories import ABSENT, NO_REST, QUICK, SEVERITIES, Film, Judged, planned, watched
from tests.synthetic import Camera, Tempo

SIDE, FRONT, BACK, OBLIQUE = "side", "front", "back", "oblique"
AZIMUTH = {SIDE: 90.0, FRONT: 0.0, BACK: 180.0, OBLIQUE: 45.0}
NEEDS_SIDE, NEEDS_FRONT = "needs a side view", "needs a front view"
NEEDS_FOOT_END, FROM_BEHIND = "needs a view from the foot end", "film one set from behind"
NEEDS_FRONTAL = "needs a view from the front or from behind"
SHOULDERS, HIP_EDGE = "whether the shoulders rolled cannot be seen from here", "the hip's bend lies edge-on"

PLANS = {
    "squat": planned(
        "squat",
        ceilings={"hip_flexion": 120.0, "knee_flexion": 120.0},
        comfort_caps={"hip_flexion": 115.0, "knee_flexion": 115.0},
    ),
    "bridge": planned("bridge", ceilings={"hip_extension": 30.0, "knee_flexion": 140.0}, hold_s=1.0),
    "clamshell": planned("clamshell", ceilings={"knee_rise": 1.0}, hold_s=1.0),
    "seated_march": planned(
        "seated_march",
        ceilings={"hip_flexion": 150.0, "thigh_elevation": 60.0},
        comfort_caps={"hip_flexion": 145.0},
    ),
}
"""Everything may judge, nothing is reached."""

FRONTAL_SQUAT = {"weight_shift", "lateral_lean", "stance_width", "loss_of_balance"}
SIDE_SQUAT = {"forward_lean", "heel_lift", "too_deep", "range_limit"}
SIDE_BRIDGE = set(EXERCISES["bridge"].codes) - {"knees_in", "pelvic_drop"}
FRONT_CLAM = {"feet_apart", "low_opening", "momentum", "short_hold", "head_lifted", "range_limit"}
SIDE_MARCH = {"lean_back", "too_high", "range_limit"}
FRONT_MARCH = {"slump", "lateral_sway"}
UNSEEN_PELVIS = "the pelvis is not seen well enough"

CANNOT = {
    ("squat", SIDE): {NEEDS_FRONT: {"knee_valgus"}, NEEDS_FRONTAL: FRONTAL_SQUAT},
    ("squat", FRONT): {NEEDS_SIDE: SIDE_SQUAT},
    ("squat", BACK): {NEEDS_SIDE: SIDE_SQUAT, NEEDS_FRONT: {"knee_valgus"}},
    ("squat", OBLIQUE): {
        NEEDS_SIDE: SIDE_SQUAT,
        NEEDS_FRONT: {"knee_valgus"},
        NEEDS_FRONTAL: FRONTAL_SQUAT,
    },
    ("bridge", SIDE): {NEEDS_FOOT_END: {"knees_in", "pelvic_drop"}},
    ("bridge", OBLIQUE): {NEEDS_FOOT_END: {"knees_in", "pelvic_drop"}, NEEDS_SIDE: SIDE_BRIDGE},
    ("clamshell", FRONT): {
        FROM_BEHIND: {"pelvis_rollback"},
        SHOULDERS: {"trunk_rollback"},
        HIP_EDGE: {"setup_hip_flexion"},
    },
    ("clamshell", BACK): {
        NEEDS_FRONT: FRONT_CLAM,
        SHOULDERS: {"trunk_rollback"},
        HIP_EDGE: {"setup_hip_flexion"},
    },
    ("seated_march", SIDE): {
        NEEDS_FRONT: FRONT_MARCH | {"missed_alternation"},
        UNSEEN_PELVIS: {"pelvic_hike"},
    },
    ("seated_march", FRONT): {NEEDS_SIDE: SIDE_MARCH, UNSEEN_PELVIS: {"pelvic_hike"}},
    ("seated_march", BACK): {
        NEEDS_SIDE: SIDE_MARCH | {"low_lift"},
        NEEDS_FRONT: FRONT_MARCH | {"missed_alternation"},
        UNSEEN_PELVIS: {"pelvic_hike"},
    },
    ("seated_march", OBLIQUE): {
        NEEDS_SIDE: SIDE_MARCH | {"low_lift"},
        NEEDS_FRONT: FRONT_MARCH,
        UNSEEN_PELVIS: {"pelvic_hike"},
    },
}
"""By exercise and view: what cannot be told, by the words in which that is said; all else is judged."""


def camera(view, **more):
    return Camera(azimuth_deg=AZIMUTH[view], **{"distance_m": 4.0, "focal_px": 700.0, "height_m": 0.8} | more)


FILMS = {
    (exercise, view): Film(
        exercise,
        [1.0] * (7 if exercise == "seated_march" else 2),
        {"camera": camera(view), "tempo": QUICK} | ({"sides": "L"} if view == SIDE else {}),
    )
    if exercise == "seated_march"
    else Film(exercise, [1.0, 1.0], {"camera": camera(view), "tempo": QUICK})
    for exercise, view in CANNOT
}


@pytest.mark.parametrize(("exercise", "view"), CANNOT)
def test_what_cannot_be_seen_from_here_is_said_in_words(exercise, view):
    judged = watched(FILMS[exercise, view].poses, exercise, PLANS[exercise])
    assert judged.summary.view.label == view
    last = len(judged.reps) - 1
    words = {code: reason for reason, codes in CANNOT[exercise, view].items() for code in codes}
    for code in EXERCISES[exercise].codes:
        said = judged.said(code, last)
        if code in words:
            assert words[code] in said, code
        else:
            assert said in (ABSENT, *SEVERITIES), code


NEED_REST = {
    ("squat", SIDE): {"heel_lift"},
    ("squat", FRONT): {"knee_valgus", "weight_shift", "lateral_lean", "stance_width", "loss_of_balance"},
    ("bridge", SIDE): {"lumbar_overextension", "neck_lift", "pushing_through_toes"},
    ("clamshell", FRONT): {"feet_apart", "head_lifted", "range_limit"},
    ("clamshell", BACK): {"pelvis_rollback"},
    ("seated_march", SIDE): {"lean_back"},
    ("seated_march", FRONT): {"slump", "lateral_sway"},
}


@pytest.mark.parametrize(("exercise", "view"), NEED_REST)
def test_without_a_rest_posture_nothing_is_said_about_leaving_it(exercise, view):
    """The recording begins with the movement; before the second one the person has been seen at rest."""
    options = {"camera": camera(view), "lead_s": 0.0, "tempo": Tempo(1.2, 0.4, 1.2, 1.4)}
    options |= {"sides": "L"} if exercise == "seated_march" else {}
    judged = watched(Film(exercise, [1.0, 1.0], options).poses, exercise, PLANS[exercise])
    assert {c.code for c in judged.reps[0].faults if c.reason == NO_REST} >= NEED_REST[exercise, view]
    assert not [c.code for c in judged.reps[1].faults if c.reason == NO_REST]
    assert "no_rest_posture" not in judged.summary.quality.warnings


def test_a_recording_that_never_shows_the_person_at_rest_says_so():
    film = Film("squat", [1.0], {"camera": camera(SIDE), "lead_s": 0.0, "tempo": QUICK})
    judged = watched(film.poses, "squat")
    assert judged.said("heel_lift", 0) == NO_REST
    assert "no_rest_posture" in judged.summary.quality.warnings


# In the mirror

LOPSIDED = {
    "a squat from the front": Film(
        "squat",
        [1.0, 1.0, 1.0],
        {
            "camera": camera(FRONT),
            "tempo": QUICK,
            "knee_in_deg": [12.0, 0.0, 0.0],
            "only": Side.LEFT,
            "shift_m": [0.0, 0.05, 0.0],
            "lean_deg": [0.0, 0.0, 12.0],
            "stance_m": 0.34,
            "toe_out_deg": 0.0,
        },
    ),
    "a squat from the left": Film(
        "squat",
        [1.0, 0.5],
        {
            "camera": camera(SIDE),
            "tempo": QUICK,
            "trunk_deg": [62.0, 30.0],
            "heel_up_deg": [0.0, 18.0],
            "only": Side.LEFT,
        },
    ),
    "a bridge from the left": Film(
        "bridge",
        [1.0, 0.5, 1.0],
        {
            "camera": camera(SIDE),
            "tempo": [QUICK, QUICK, Tempo(1.2, 1.0, 0.6, 0.8)],
            "heel_up_deg": [0.0, 0.0, 18.0],
            "head_up_deg": [12.0, 0.0, 0.0],
        },
    ),
    "a clamshell": Film(
        "clamshell",
        [1.0, 0.5, 1.0],
        {"camera": camera(FRONT), "tempo": QUICK, "feet_apart_m": [0.0, 0.0, 0.2]},
    ),
    "a clamshell from behind": Film(
        "clamshell", [1.0, 1.0], {"camera": camera(BACK), "tempo": QUICK, "roll_back_deg": [0.0, 25.0]}
    ),
    "a march from the front": Film(
        "seated_march",
        [1.0, 1.0, 1.0, 0.4],
        {"camera": camera(FRONT), "tempo": QUICK, "sides": "LLLR", "sway_deg": [0.0, 10.0, 0.0, 0.0]},
    ),
    "a march from the left": Film(
        "seated_march",
        [1.0, 1.0, 1.0],
        {"camera": camera(SIDE), "tempo": QUICK, "sides": "LLR", "lean_back_deg": [0.0, 12.0, 0.0]},
    ),
}


def verdicts(judged: Judged) -> list[dict[str, str]]:
    return [
        {check.code: judged.said(check.code, i) for check in rep.faults} for i, rep in enumerate(judged.reps)
    ]


@pytest.mark.parametrize("story", LOPSIDED)
def test_the_mirror_says_the_same_of_the_other_side(story):
    film = LOPSIDED[story]
    plan = PLANS[film.exercise]
    seen, mirror = (watched(poses, film.exercise, plan) for poses in (film.poses, film.in_the_mirror))
    assert verdicts(mirror) == verdicts(seen)
    assert any(said in SEVERITIES for rep in verdicts(seen) for said in rep.values())
    assert [rep.side for rep in mirror.reps] == [rep.side and rep.side.other for rep in seen.reps]
    side = seen.summary.camera_side
    assert mirror.summary.camera_side == (side and side.other)
    for one, other in zip(seen.reps, mirror.reps, strict=True):
        for check, twin in zip(one.faults, other.faults, strict=True):
            assert (twin.value or 0.0) == pytest.approx(check.value or 0.0, rel=1e-3), check.code
