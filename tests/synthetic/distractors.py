"""What people also do in front of a camera: other exercises, and everything between the sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from formcheck.pose.skeleton import Side

from .body import NEUTRAL, SIDES, Body, Posture, between, grounded, posture
from .camera import Camera, Span
from .clip import Clip, Paced, Shot, Stage
from .exercises import MINIMUM_DEG, side_list
from .script import ramp
from .stances import (
    HIP_SUPINE_M,
    ankles,
    belly_heading_deg,
    hook_feet,
    hook_lying,
    planted,
    poles,
    poles_up,
    prone,
    seated,
    side_lying,
    standing,
    supine,
)

Floats = NDArray[np.float64]
Rest = Literal["standing", "seated", "supine", "hook_lying", "prone", "all_fours", "left_up", "right_up"]

SIDE_VIEW = Camera(azimuth_deg=90)
FLOOR_VIEW = Camera(azimuth_deg=90, height_m=0.5, distance_m=2.5)
BELLY_VIEW = Camera(azimuth_deg=0, height_m=0.95, distance_m=1.75)


def resting(body: Body, rest: Rest) -> Posture:
    """Return one frame of a start posture."""
    if rest in ("left_up", "right_up"):
        return side_lying(body, Side.LEFT if rest == "left_up" else Side.RIGHT)
    if rest in ("supine", "prone"):
        return supine() if rest == "supine" else prone()
    if rest in ("standing", "seated"):
        return standing(body) if rest == "standing" else seated(body)
    return hook_lying(body) if rest == "hook_lying" else _all_fours(body)


def _all_fours(body: Body) -> Posture:
    values = {"pitch": 80.0, "hip_flexion": 80.0, "knee_flexion": 90.0, "shoulder_flexion": 80.0}
    p = posture(1, values | {"elbow_flexion": 3.0, "flat_foot": 0.0, "dorsiflexion": -40.0, "neck": -30.0})
    return grounded(p, body)


def _heading(rest: Rest) -> float:
    return {"left_up": 90.0, "right_up": -90.0}.get(rest, 0.0)


def _view(rest: Rest) -> Camera:
    upright = {"standing": SIDE_VIEW, "seated": SIDE_VIEW, "left_up": BELLY_VIEW, "right_up": BELLY_VIEW}
    return upright.get(rest, FLOOR_VIEW)


def _moving(base: Posture, weight: Floats, change: Mapping[str, float]) -> Posture:
    """Return the posture with some degrees of freedom changed by ``weight`` times an amount.

    A limb name without a side changes both sides.
    """
    p = {name: np.broadcast_to(value, weight.shape).copy() for name, value in base.items()}
    for name, amount in change.items():
        for full in [name] if name in NEUTRAL else [f"{name}_{side}" for side in SIDES]:
            p[full] = p[full] + weight * amount
    return p


def _one_sided(side: Side, **change: float) -> dict[str, float]:
    return {f"{name}_{side}": amount for name, amount in change.items()}


def _order(sides: str | Sequence[Side], count: int) -> list[Side]:
    order = side_list(sides)
    return [order[i % len(order)] for i in range(count)]


def _alternating(
    stage: Stage, base: Posture, sides: str | Sequence[Side], change: Mapping[str, float]
) -> Posture:
    order = _order(sides, len(stage.script.amplitudes))
    p = _moving(base, np.zeros_like(stage.times_s), {})
    for side in SIDES:
        w = stage.side_progress(order, side)
        for name, amount in change.items():
            p[f"{name}_{side}"] = p[f"{name}_{side}"] + w * amount
    return p


# --- standing ----------------------------------------------------------------------------------------


def standing_still(duration_s: float = 5.0, **shot: Unpack[Shot]) -> Clip:
    """Stand, arms hanging, swaying by millimetres."""
    return fidget(duration_s, sway_m=0.004, shakes=(), arms_up=(), motion="standing_still", **shot)


def fidget(
    duration_s: float = 10.0,
    *,
    sway_m: float = 0.03,
    shakes: Sequence[tuple[float, Side]] = ((2.0, Side.LEFT), (6.0, Side.RIGHT)),
    shake_deg: float = 25.0,
    shake_s: float = 0.3,
    arms_up: Sequence[Span] = ((4.0, 5.5),),
    motion: str = "fidget",
    **shot: Unpack[Shot],
) -> Clip:
    """Stand about: shift the weight, shake a leg (knee ``shake_deg`` for ``shake_s``), stretch the arms."""
    stage = Stage.lasting(duration_s, **shot)
    t = stage.times_s
    shift = sway_m * (0.7 * np.sin(2 * np.pi * t / 3.7) + 0.3 * np.sin(2 * np.pi * t / 1.9 + 1))
    p = standing(stage.body, 8.0 + 2 * np.sin(2 * np.pi * t / 2.9), 4.0, np.zeros_like(t), shift_m=shift)
    for at_s, side in shakes:
        w = ramp(t, at_s, shake_s / 2) - ramp(t, at_s + shake_s / 2, shake_s / 2)
        p = _moving(p, w, _one_sided(side, knee_flexion=shake_deg, hip_flexion=0.6 * shake_deg))
    for start, end in arms_up:
        p = _moving(p, ramp(t, start, 0.5) - ramp(t, end, 0.5), {"shoulder_flexion": 165.0})
    return stage.film(motion, p, SIDE_VIEW)


def walking(
    duration_s: float = 4.0, *, speed_m_s: float = 1.1, steps_per_min: float = 105.0, **shot: Unpack[Shot]
) -> Clip:
    """Walk straight ahead, passing the origin half-way.

    Camera azimuth 90 or 270: past the camera; 0: towards it; 180: away from it.
    """
    stage = Stage.lasting(duration_s, **shot)
    t = stage.times_s
    values: dict[str, ArrayLike] = {"x": speed_m_s * (t - duration_s / 2), "pitch": 3.0, "flat_foot": 0.4}
    for side, lag in zip(SIDES, (0.0, np.pi), strict=True):
        phase = np.pi * steps_per_min / 60 * t + lag
        values[f"hip_flexion_{side}"] = 8 + 22 * np.cos(phase)
        values[f"knee_flexion_{side}"] = 6 + 55 * _bump(phase, 1.45, 3) + 12 * _bump(phase, 0.3, 6)
        values[f"shoulder_flexion_{side}"] = -18 * np.cos(phase)
    p = grounded(posture(len(t), values), stage.body)
    return stage.film("walking", p, Camera(azimuth_deg=90, distance_m=3.5))


def _bump(phase: Floats, centre_pi: float, sharpness: float) -> Floats:
    return np.exp(sharpness * (np.cos(phase - centre_pi * np.pi) - 1))


def forward_bend(
    amplitudes: Sequence[float] = (1, 1, 1), *, hip_deg: float = 80.0, **options: Unpack[Paced]
) -> Clip:
    """Bend forward from the hips with straight knees (good morning); measure = hip flexion."""
    stage = Stage.set_up(amplitudes, **options)
    w = stage.progress()
    trunk = w * hip_deg - 16 * w  # HF = TI + KF - SI, with SI down to -10 and KF 6
    p = standing(stage.body, 6.0, 3 - 13 * w, trunk, more={"shoulder_flexion": trunk})
    reps = stage.script.repetitions(3.0, hip_deg, MINIMUM_DEG["squat"])
    return stage.film("forward_bend", p, SIDE_VIEW, reps)


def high_knees(
    amplitudes: Sequence[float] = (1, 1, 1, 1),
    *,
    sides: str | Sequence[Side] = "LRLR",
    lift_deg: float = 80.0,
    **options: Unpack[Paced],
) -> Clip:
    """March standing; measure = hip flexion of the lifted leg."""
    stage = Stage.set_up(amplitudes, **options)
    change = {"hip_flexion": lift_deg, "knee_flexion": 85.0, "shoulder_flexion": 25.0}
    p = _alternating(stage, standing(stage.body), sides, change)
    reps = stage.script.repetitions(3.0, lift_deg + 3, MINIMUM_DEG["squat"], _order(sides, len(amplitudes)))
    return stage.film("high_knees", p, SIDE_VIEW, reps)


def lunge(
    amplitudes: Sequence[float] = (1, 1, 1),
    *,
    sides: str | Sequence[Side] = "LR",
    step_m: float = 0.75,
    drop_m: float = 0.32,
    split: bool = False,
    **options: Unpack[Paced],
) -> Clip:
    """Step forward with alternate legs, sink, push back; measure = drop of the hips in metres.

    ``split`` stays in the stride with the first of ``sides`` in front and only goes down and up.
    """
    stage = Stage.set_up(amplitudes, **options)
    body, order = stage.body, _order(sides[:1] if split else sides, len(amplitudes))
    w = stage.progress()
    step = np.ones_like(w) if split else ramp(w, 0.0, 0.6)
    sink = w if split else np.clip((w - 0.4) / 0.6, 0, None)
    base = standing(body)
    p = _moving(base, np.ones_like(w), {})
    p = p | {"x": base["x"] + 0.5 * step_m * step, "z": base["z"] - 0.1 * step - (drop_m - 0.1) * sink}
    feet = ankles(body, np.zeros_like(w), body.hip_width)
    for side in SIDES:
        front, rear = (_stride(stage, order, s, split) for s in (side, side.other))
        lift = 0.08 * np.sin(np.pi * front[0]) + 0.09 * rear[1]
        feet[side] = feet[side] + np.stack([step_m * front[0], 0 * w, lift], axis=-1)
        p[f"flat_foot_{side}"] = 1 - 0.7 * rear[1]
    p = planted(p, body, feet, poles(5.0))
    reps = stage.script.repetitions(0.0, drop_m, 0.1, order)
    return stage.film("lunge", p, SIDE_VIEW, reps)


def _stride(stage: Stage, order: Sequence[Side], side: Side, split: bool) -> tuple[Floats, Floats]:
    """Return how far a foot has stepped forward, and how far the other one's heel has come up."""
    if split:
        ahead = np.full_like(stage.times_s, float(bool(order) and order[0] is side))
        return ahead, ahead
    mine = stage.side_progress(order, side)
    return ramp(mine, 0.0, 0.6), ramp(mine, 0.4, 0.6)


def jumping_jack(amplitudes: Sequence[float] = (1,) * 5, **options: Unpack[Paced]) -> Clip:
    """Spread legs and arms and back (without leaving the floor); measure = hip abduction."""
    stage = Stage.set_up(amplitudes, **options)
    change = {"hip_abduction": 25.0, "shoulder_abduction": 140.0}
    p = grounded(_moving(standing(stage.body), stage.progress(), change), stage.body)
    return stage.film("jumping_jack", p, Camera(azimuth_deg=0), stage.script.repetitions(0.0, 25.0, 10.0))


# --- chair -------------------------------------------------------------------------------------------

_SEATED_KNEE_DEG = 88.0


def sit_to_stand(
    amplitudes: Sequence[float] = (1, 1, 1), *, lean_deg: float = 40.0, **options: Unpack[Paced]
) -> Clip:
    """Stand up from a chair and sit down again: rest is sitting; measure = knee flexion, falling."""
    stage = Stage.set_up(amplitudes, **options)
    reps = stage.script.repetitions(_SEATED_KNEE_DEG, 6.0, MINIMUM_DEG["sit_to_stand"])
    return stage.film("sit_to_stand", _rising(stage.body, stage.progress(), lean_deg), SIDE_VIEW, reps)


def stand_from_chair(
    rise_s: float = 1.6,
    *,
    lead_s: float = 1.5,
    tail_s: float = 1.5,
    lean_deg: float = 40.0,
    **shot: Unpack[Shot],
) -> Clip:
    """Sit, stand up once, stay standing."""
    stage = Stage.lasting(lead_s + rise_s + tail_s, **shot)
    return stage.film(
        "stand_from_chair", _rising(stage.body, ramp(stage.times_s, lead_s, rise_s), lean_deg), SIDE_VIEW
    )


def sit_down(
    drop_s: float = 1.6,
    *,
    lead_s: float = 1.5,
    tail_s: float = 1.5,
    lean_deg: float = 40.0,
    **shot: Unpack[Shot],
) -> Clip:
    """Stand, sit down once, stay seated."""
    stage = Stage.lasting(lead_s + drop_s + tail_s, **shot)
    p = _rising(stage.body, 1 - ramp(stage.times_s, lead_s, drop_s), lean_deg)
    return stage.film("sit_down", p, SIDE_VIEW)


def _rising(body: Body, w: Floats, lean_deg: float) -> Posture:
    """Return the way from the chair (0) to standing (1): first the trunk leans, then the hips rise."""
    lift = np.clip(w, 0, 1) ** 1.5
    swing = np.sin(np.pi * np.clip(w, 0, 1) ** 0.7)
    return standing(
        body,
        _SEATED_KNEE_DEG + (6 - _SEATED_KNEE_DEG) * lift,
        1 + 2 * w + 14 * swing * (1 - lift),
        lean_deg * swing,
        stance_m=0.26,
        more={"shoulder_flexion": 25 * (1 - lift) + lean_deg * swing, "elbow_flexion": 45 - 33 * lift},
    )


def seated_leg_extension(
    amplitudes: Sequence[float] = (1, 1, 1, 1),
    *,
    sides: str | Sequence[Side] = "LRLR",
    extend_deg: float = 80.0,
    **options: Unpack[Paced],
) -> Clip:
    """Straighten one knee at a time, the thigh stays; measure = change of knee flexion."""
    stage = Stage.set_up(amplitudes, **options)
    p = _alternating(stage, seated(stage.body), sides, {"knee_flexion": -extend_deg, "flat_foot": -1.0})
    reps = stage.script.repetitions(0.0, extend_deg, 30.0, _order(sides, len(amplitudes)))
    return stage.film("seated_leg_extension", p, SIDE_VIEW, reps)


def seated_lean(
    amplitudes: Sequence[float] = (1, -0.5, 1), *, lean_deg: float = 35.0, **options: Unpack[Paced]
) -> Clip:
    """Lean forward (backward for negative amplitudes) on the chair, the thighs stay."""
    stage = Stage.set_up(amplitudes, **options)
    change = {"pitch": lean_deg, "hip_flexion": lean_deg, "shoulder_flexion": lean_deg}
    p = _moving(seated(stage.body), stage.progress(), change)
    return stage.film("seated_lean", p, SIDE_VIEW, stage.script.repetitions(0.0, lean_deg, 10.0))


# --- floor -------------------------------------------------------------------------------------------


def supine_leg_raise(
    amplitudes: Sequence[float] = (1, 1, 1), *, raise_deg: float = 75.0, **options: Unpack[Paced]
) -> Clip:
    """Lie on the back and raise both straight legs; measure = hip flexion."""
    stage = Stage.set_up(amplitudes, **options)
    p = _moving(supine(), stage.progress(), {"hip_flexion": raise_deg})
    return stage.film("supine_leg_raise", p, FLOOR_VIEW, stage.script.repetitions(0.0, raise_deg, 20.0))


def knee_to_chest(
    amplitudes: Sequence[float] = (1, 1),
    *,
    sides: str | Sequence[Side] = "LR",
    flex_deg: float = 70.0,
    **options: Unpack[Paced],
) -> Clip:
    """Lie on the back, knees bent, and pull one knee to the chest; measure = change of hip flexion."""
    stage = Stage.set_up(amplitudes, **options)
    change = {"hip_flexion": flex_deg, "knee_flexion": 20.0, "flat_foot": -1.0, "shoulder_flexion": 60.0}
    p = _alternating(stage, hook_lying(stage.body), sides, change)
    reps = stage.script.repetitions(0.0, flex_deg, 20.0, _order(sides, len(amplitudes)))
    return stage.film("knee_to_chest", p, FLOOR_VIEW, reps)


def sit_up(
    amplitudes: Sequence[float] = (1, 1, 1), *, rise_deg: float = 55.0, **options: Unpack[Paced]
) -> Clip:
    """Lie on the back, knees bent, and raise the trunk; hips and feet stay; measure = trunk rise."""
    stage = Stage.set_up(amplitudes, **options)
    w = stage.progress()
    values: dict[str, ArrayLike] = {
        "z": HIP_SUPINE_M,
        "pitch": -90 + w * rise_deg,
        "neck": 15 * w,
        "shoulder_flexion": 40.0,
    }
    p = posture(len(w), values | {"elbow_flexion": 100.0, "toe_out": 4.0})
    p = planted(p, stage.body, hook_feet(stage.body, 100.0, 0.26), poles_up())
    return stage.film("sit_up", p, FLOOR_VIEW, stage.script.repetitions(0.0, rise_deg, 20.0))


def side_leg_raise(
    amplitudes: Sequence[float] = (1, 1, 1),
    *,
    top: Side = Side.RIGHT,
    raise_deg: float = 35.0,
    **options: Unpack[Paced],
) -> Clip:
    """Lie on the side and raise the straight upper leg; measure = hip abduction."""
    stage = Stage.set_up(amplitudes, **options)
    base = side_lying(stage.body, top)
    base[f"hip_abduction_{top}"] = base[f"hip_abduction_{top}"] - 6  # the upper foot rests on the lower one
    base[f"hip_flexion_{top.other}"] = base[f"hip_flexion_{top.other}"] + 10
    base[f"knee_flexion_{top.other}"] = base[f"knee_flexion_{top.other}"] + 15
    p = _moving(base, stage.progress(), _one_sided(top, hip_abduction=raise_deg))
    reps = stage.script.repetitions(-6.0, raise_deg - 6, 12.0, [top] * len(amplitudes))
    return stage.film("side_leg_raise", p, BELLY_VIEW, reps, heading_deg=belly_heading_deg(top))


def donkey_kick(
    amplitudes: Sequence[float] = (1, 1, 1),
    *,
    sides: str | Sequence[Side] = "L",
    lift_deg: float = 80.0,
    **options: Unpack[Paced],
) -> Clip:
    """On hands and knees, lift one bent leg backwards; measure = change of hip flexion."""
    stage = Stage.set_up(amplitudes, **options)
    p = _alternating(stage, _all_fours(stage.body), sides, {"hip_flexion": -lift_deg})
    reps = stage.script.repetitions(0.0, lift_deg, 20.0, _order(sides, len(amplitudes)))
    return stage.film("donkey_kick", p, FLOOR_VIEW, reps)


# --- anywhere, and on the way ------------------------------------------------------------------------


def still(duration_s: float = 5.0, rest: Rest = "seated", **shot: Unpack[Shot]) -> Clip:
    """Stay in a posture without moving."""
    stage = Stage.lasting(duration_s, **shot)
    p = _moving(resting(stage.body, rest), np.zeros_like(stage.times_s), {})
    return stage.film(f"still_{rest}", p, _view(rest), heading_deg=_heading(rest))


def arms(
    amplitudes: Sequence[float] = (1, 1, 1),
    *,
    rest: Rest = "standing",
    raise_deg: float = 150.0,
    **options: Unpack[Paced],
) -> Clip:
    """Raise both arms and nothing else, in any posture; measure = shoulder flexion."""
    stage = Stage.set_up(amplitudes, **options)
    p = _moving(resting(stage.body, rest), stage.progress(), {"shoulder_flexion": raise_deg})
    reps = stage.script.repetitions(0.0, raise_deg, 30.0)
    return stage.film(f"arms_{rest}", p, _view(rest), reps, heading_deg=_heading(rest))


def lie_down(duration_s: float = 5.0, *, rest: Rest = "hook_lying", **shot: Unpack[Shot]) -> Clip:
    """From standing to the floor: crouch, sit, lie back; ends lying as ``rest`` says."""
    stage = Stage.lasting(duration_s, **shot)
    p = _through(_way_down(stage.body, rest), stage.times_s / duration_s)
    return stage.film("lie_down", grounded(p, stage.body), Camera(azimuth_deg=90, distance_m=3.5))


def get_up(duration_s: float = 5.0, *, rest: Rest = "hook_lying", **shot: Unpack[Shot]) -> Clip:
    """From the floor to standing: the way of :func:`lie_down` backwards."""
    stage = Stage.lasting(duration_s, **shot)
    p = _through(_way_down(stage.body, rest), 1 - stage.times_s / duration_s)
    return stage.film("get_up", grounded(p, stage.body), Camera(azimuth_deg=90, distance_m=3.5))


def _way_down(body: Body, rest: Rest) -> list[Posture]:
    crouch = {
        "x": -0.25,
        "pitch": 50.0,
        "hip_flexion": 125.0,
        "knee_flexion": 125.0,
        "shoulder_flexion": 40.0,
    }
    sit = {"x": -0.55, "pitch": -20.0, "hip_flexion": 115.0, "knee_flexion": 100.0, "shoulder_flexion": -45.0}
    back = resting(body, "hook_lying")
    ways = [resting(body, "standing"), posture(1, crouch), posture(1, sit), back]
    ways += [] if rest == "hook_lying" else [resting(body, rest)]
    return [p if i < 3 else p | {"x": p["x"] - 0.55} for i, p in enumerate(ways)]


def rolling_over(
    duration_s: float = 3.0, *, start: Rest = "hook_lying", end: Rest = "right_up", **shot: Unpack[Shot]
) -> Clip:
    """Roll from one lying posture to another (hook_lying, supine, prone is not reached by rolling)."""
    stage = Stage.lasting(duration_s, **shot)
    w = ramp(stage.times_s, 0.15 * duration_s, 0.7 * duration_s)
    p = between(resting(stage.body, start), resting(stage.body, end), w)
    return stage.film("rolling_over", grounded(p, stage.body), FLOOR_VIEW)


def _through(keys: Sequence[Posture], share: Floats) -> Posture:
    """Return postures along a row of key postures, equally spaced from share 0 to 1."""
    at = np.clip(share, 0, 1) * (len(keys) - 1)
    p = between(keys[0], keys[1], ramp(at, 0.0, 1.0))
    for i, (a, b) in enumerate(pairwise(keys[1:]), start=1):
        later, done = between(a, b, ramp(at, float(i), 1.0)), at >= i
        p = {name: np.where(done, later[name], p[name]) for name in p}
    return p
