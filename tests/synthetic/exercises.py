"""The four exercises, with known truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.skeleton import Landmark, Side

from .body import FORWARD, SIDES, UP, Body, Posture, hip_point, landmarks, posture, reach, unit
from .camera import Camera
from .clip import Clip, Paced, Stage
from .script import Amount
from .stances import (
    HIP_SUPINE_M,
    SHOULDER_SUPINE_M,
    Feet,
    belly_heading_deg,
    hook_feet,
    planted,
    poles_up,
    seated,
    side_lying,
    standing,
    tipped,
)

Floats = NDArray[np.float64]

MINIMUM_DEG = {"squat": 30.0, "bridge": 18.0, "clamshell": 12.0, "seated_march": 6.0, "sit_to_stand": 30.0}
"""Smallest excursion of a complete repetition (clinical.md §1)."""


def side_list(sides: str | Sequence[Side]) -> list[Side]:
    """Return sides from "LRLR" or from a sequence of sides."""
    letters = {"L": Side.LEFT, "R": Side.RIGHT}
    return [letters[s] for s in sides] if isinstance(sides, str) else list(sides)


def squat(
    amplitudes: Sequence[float] = (1, 1, 1),
    *,
    knee_deg: float = 90.0,
    shank_deg: float = 30.0,
    trunk_deg: Amount = 35.0,
    rest_knee_deg: float = 6.0,
    stance_m: float | None = None,
    toe_out_deg: float = 10.0,
    knee_in_deg: Amount = 0.0,
    heel_up_deg: Amount = 0.0,
    only: Side | None = None,
    shift_m: Amount = 0.0,
    lean_deg: Amount = 0.0,
    step_m: Amount = 0.0,
    foot_up_m: Amount = 0.0,
    deeper_deg: Amount = 0.0,
    **options: Unpack[Paced],
) -> Clip:
    """Squat: the feet stay, the hips drop; measure = knee flexion (average of both legs).

    At amplitude 1 knee flexion, shank and trunk inclination are as given.  ``knee_in_deg`` turns the knees
    (``only`` one of them) inwards about the line from hip to ankle, ``heel_up_deg`` tips the feet about the
    toes, ``shift_m`` moves the pelvis to the left, ``lean_deg`` leans the trunk to the right, ``step_m``
    puts the left foot out, ``foot_up_m`` up, ``deeper_deg`` bends the knees more: each an `Amount`.
    """
    stage = Stage.set_up(amplitudes, **options)
    w = stage.progress()
    trunk = stage.amount(trunk_deg)
    p = standing(
        stage.body,
        rest_knee_deg + w * (knee_deg - rest_knee_deg) + stage.amount(deeper_deg),
        rest_knee_deg / 2 + w * (shank_deg - rest_knee_deg / 2),
        trunk,
        stance_m=stance_m,
        toe_out_deg=toe_out_deg,
        knee_in_deg=stage.amount(knee_in_deg),
        heel_up_deg=stage.amount(heel_up_deg),
        only=only,
        shift_m=stage.amount(shift_m),
        step_m=np.stack([stage.amount(step_m), stage.amount(foot_up_m)], axis=-1),
        more={
            "shoulder_flexion": 10 + 70 * np.minimum(w, 1),
            "neck": -0.5 * trunk,
            "lean": stage.amount(lean_deg),
        },
    )
    reps = stage.script.repetitions(rest_knee_deg, knee_deg, MINIMUM_DEG["squat"])
    return stage.film("squat", p, Camera(azimuth_deg=90), reps)


def bridge(
    amplitudes: Sequence[float] = (1, 1, 1),
    *,
    knee_deg: float = 108.0,
    top_deg: float = 0.0,
    width_m: float = 0.26,
    sag_deg: Amount = 0.0,
    heel_up_deg: Amount = 0.0,
    head_up_deg: Amount = 0.0,
    feet_in_m: Amount = 0.0,
    **options: Unpack[Paced],
) -> Clip:
    """Bridge: shoulders and feet stay, the hips rise; measure = trunk-thigh hip flexion (average).

    ``knee_deg`` is knee flexion at rest, ``top_deg`` the hip flexion at amplitude 1
    (negative = past straight); ``sag_deg`` adds to it, ``heel_up_deg`` tips the feet about the toes,
    ``head_up_deg`` brings the chin to the chest, ``feet_in_m`` slides the feet towards the seat: each an
    `Amount`.
    """
    stage = Stage.set_up(amplitudes, **options)
    feet = hook_feet(stage.body, knee_deg, width_m)
    rise = np.linspace(-2.0, 50.0, 261)
    hip = _average_hip_deg(_bridging(stage.body, rise, feet))
    turning = int(np.argmin(hip))
    resting = float(np.interp(_resting_rise_deg(stage.body), rise, hip))
    wanted = resting + stage.progress() * (top_deg - resting) + stage.amount(sag_deg)
    lifted = np.interp(-wanted, -hip[: turning + 1], rise[: turning + 1])
    heels = dict.fromkeys(SIDES, stage.amount(heel_up_deg))
    slid = np.outer(stage.amount(feet_in_m), FORWARD)
    feet = {side: feet[side] - slid for side in SIDES}
    p = _bridging(stage.body, lifted, tipped(feet, stage.body, 4.0, heels))
    p |= {f"heel_up_{side}": heels[side] for side in SIDES}
    p["neck"] = p["neck"] + stage.amount(head_up_deg)
    reps = stage.script.repetitions(resting, top_deg, MINIMUM_DEG["bridge"])
    return stage.film("bridge", p, Camera(azimuth_deg=90, height_m=0.5, distance_m=2.5), reps)


def _resting_rise_deg(body: Body) -> float:
    return float(np.degrees(np.arcsin((HIP_SUPINE_M - SHOULDER_SUPINE_M) / body.trunk)))


def _bridging(body: Body, rise_deg: Floats, feet: Feet) -> Posture:
    """Return the posture with the trunk turned up about the shoulders, which stay on the floor."""
    shoulder_x = -body.trunk * np.cos(np.radians(_resting_rise_deg(body)))
    angle = np.radians(rise_deg)
    values = {
        "x": shoulder_x + body.trunk * np.cos(angle),
        "z": SHOULDER_SUPINE_M + body.trunk * np.sin(angle),
        "pitch": -90.0 - rise_deg,
        "neck": rise_deg,
        "toe_out": 4.0,
        "shoulder_flexion": -rise_deg - 6,
        "shoulder_abduction": 12.0,
        "elbow_flexion": 5.0,
    }
    return planted(posture(len(rise_deg), values), body, feet, poles_up())


def _average_hip_deg(p: Posture) -> Floats:
    return (p["hip_flexion_left"] + p["hip_flexion_right"]) / 2


def clamshell(
    amplitudes: Sequence[float] = (1, 1, 1),
    *,
    top: Side = Side.RIGHT,
    open_deg: float = 40.0,
    hip_deg: float = 45.0,
    knee_deg: float = 90.0,
    roll_back_deg: Amount = 0.0,
    feet_apart_m: Amount = 0.0,
    head_up_deg: Amount = 0.0,
    wider_deg: Amount = 0.0,
    **options: Unpack[Paced],
) -> Clip:
    """Clamshell: feet together, the upper knee turns about the line from hip to ankle; measure = opening.

    ``roll_back_deg`` rolls the pelvis and trunk backwards over the lower hip; the lower leg
    stays, the upper leg is carried along, and the opening about its own axis is as asked all the same.
    ``feet_apart_m`` lifts the upper foot off the lower one, ``head_up_deg`` tilts the head to the ceiling,
    ``wider_deg`` opens more: each an `Amount`.
    """
    stage = Stage.set_up(amplitudes, **options)
    w, body = stage.progress(), stage.body
    opening = w * open_deg + stage.amount(wider_deg)
    under = top.other
    bent = {
        f"hip_flexion_{under}": hip_deg,
        f"knee_flexion_{under}": knee_deg,
        f"hip_abduction_{under}": -2.0,
        "head_tilt": stage.amount(head_up_deg) * (1 if top is Side.RIGHT else -1),
    }
    p = side_lying(body, top, len(w), bent)
    room = landmarks(p, body)
    hip, knee, ankle = (room[:, Landmark[f"{under.name}_{j}"]] for j in ("HIP", "KNEE", "ANKLE"))
    target = ankle + np.outer(0.2 * body.trunk + stage.amount(feet_apart_m), UP)
    axis = unit(target - hip_point(p, body, top))
    p = reach(p, body, top, target, _opened(axis, knee - hip, opening))
    p = _rolled_back(p, body, top, stage.amount(roll_back_deg), (hip, knee, ankle))
    reps = stage.script.repetitions(0.0, open_deg, MINIMUM_DEG["clamshell"], [top] * len(amplitudes))
    camera = Camera(azimuth_deg=0, height_m=0.95, distance_m=1.75)
    return stage.film(
        "clamshell", p, camera, reps, heading_deg=belly_heading_deg(top), extra_deg={"opening": opening}
    )


_CLOSED_DEG = 9.0
"""Tilt of the plane of the upper leg when closed: the knee rests higher than the feet allow."""


def _opened(axis: Floats, ahead: Floats, open_deg: Floats) -> Floats:
    """Return where the upper knee points: ``ahead``, turned about ``axis`` towards the ceiling."""
    up = unit(UP - axis[:, 2:] * axis)
    level = np.cross(axis, up)
    level = level * np.sign((level * ahead).sum(-1, keepdims=True))
    angle = np.radians(open_deg + _CLOSED_DEG)[:, None]
    pole: Floats = np.cos(angle) * level + np.sin(angle) * up
    return pole


def _rolled_back(
    p: Posture, body: Body, top: Side, roll_deg: Floats, lower: tuple[Floats, Floats, Floats]
) -> Posture:
    """Roll everything but the lower leg backwards about the lower hip."""
    if not np.any(roll_deg):
        return p
    hip, knee, ankle = lower
    backwards = -1 if top is Side.RIGHT else 1
    p = p | {"twist": p["twist"] + backwards * roll_deg}
    moved = landmarks(p, body)[:, Landmark[f"{top.other.name}_HIP"]]
    p = p | {axis: p[axis] + (hip - moved)[:, i] for i, axis in enumerate("xyz")}
    return reach(p, body, top.other, ankle, knee - hip)


def seated_march(
    amplitudes: Sequence[float] = (1, 1, 1, 1),
    *,
    sides: str | Sequence[Side] = "LRLR",
    lift_deg: float = 20.0,
    lean_back_deg: Amount = 0.0,
    sway_deg: Amount = 0.0,
    slump_deg: Amount = 0.0,
    higher_deg: Amount = 0.0,
    knee_follow: float = 0.6,
    **options: Unpack[Paced],
) -> Clip:
    """Seated march: one thigh at a time rises; measure = thigh elevation of that leg above its rest.

    ``sides`` is repeated as needed.  ``knee_follow`` is how far the shank keeps hanging straight down (1) or
    moves with the thigh (0).  ``lean_back_deg`` leans the trunk back, ``sway_deg`` to the right,
    ``slump_deg`` rounds it forward, ``higher_deg`` lifts the thigh more: each an `Amount`.
    """
    stage = Stage.set_up(amplitudes, **options)
    order = side_list(sides)
    order = [order[i % len(order)] for i in range(len(amplitudes))]
    lean = -stage.amount(lean_back_deg)
    bent = {"lean": stage.amount(sway_deg), "bend": stage.amount(slump_deg)}
    p = seated(stage.body, len(stage.times_s), trunk_deg=0.0, more=bent)
    for side in SIDES:
        lift = stage.side_progress(order, side) * lift_deg
        lift += stage.amount(_of_side(higher_deg, order, side))
        p[f"hip_flexion_{side}"] = p[f"hip_flexion_{side}"] + lift + lean
        p[f"knee_flexion_{side}"] = p[f"knee_flexion_{side}"] + knee_follow * lift
    p["pitch"] = p["pitch"] + lean
    reps = stage.script.repetitions(0.0, lift_deg, MINIMUM_DEG["seated_march"], order)
    return stage.film("seated_march", p, Camera(azimuth_deg=0, distance_m=2.2, height_m=0.9), reps)


def _of_side(wanted: Amount, order: Sequence[Side], side: Side) -> Amount:
    """Return the amounts of the repetitions of one side only."""
    each = wanted if isinstance(wanted, Sequence) else [wanted] * len(order)
    return [one if of is side else 0.0 for one, of in zip(each, order, strict=True)]
