"""What the rendered people do besides their exercises: walk in and out, turn, lie down, raise an arm.

A *key* is a posture in the room: points and rotations by name, to be blended.  World: metres, z up, the
camera stands at negative y, somebody who faces it has their left at positive x.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

Array = np.ndarray
SIDES = (("L", 1.0), ("R", -1.0))
FLOOR_M = 0.012
"""The mat."""


@dataclass(frozen=True)
class Key:
    """Where hips, ankles and wrists are, where knees and elbows point, how the parts are turned."""

    points: dict[str, Array] = field(default_factory=dict)
    turns: dict[str, Array] = field(default_factory=dict)

    def but(self, **changes: Any) -> Key:
        """Return the key with some points (3) or turns (3, 3) changed; ``ankle_L`` means ``ankle.L``."""
        named = {name.replace("_L", ".L").replace("_R", ".R"): np.asarray(v) for name, v in changes.items()}
        return Key(
            self.points | {name: v for name, v in named.items() if v.ndim == 1},
            self.turns | {name: v for name, v in named.items() if v.ndim == 2},
        )


def turned(axis: Iterable[float], degrees: float) -> Array:
    """Return the rotation about an axis."""
    x, y, z = unit(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def rx(degrees: float) -> Array:
    return turned((1, 0, 0), degrees)


def ry(degrees: float) -> Array:
    return turned((0, 1, 0), degrees)


def rz(degrees: float) -> Array:
    return turned((0, 0, 1), degrees)


def unit(vector: Iterable[float]) -> Array:
    array = np.asarray(vector, float)
    return array / np.linalg.norm(array)


def ease(share: float) -> float:
    return float(0.5 - 0.5 * np.cos(np.pi * np.clip(share, 0, 1)))


def asked_of_body(key: Key) -> dict[str, Any]:
    """Return the key as the renderer's body takes it."""
    out: dict[str, Any] = {
        "Rp": key.turns["pelvis"],
        "Rt": key.turns["thorax"],
        "Rh": key.turns["head"],
        "anchor": ("midhip", key.points["hip"]),
    }
    for side, _ in SIDES:
        out[f"leg.{side}"] = {
            "ankle": key.points[f"ankle.{side}"],
            "pole": key.points[f"knee.{side}"],
            "foot": key.turns[f"foot.{side}"],
        }
        out[f"arm.{side}"] = {"wrist": key.points[f"wrist.{side}"], "pole": key.points[f"elbow.{side}"]}
    return out


def key_of(body: Any, asked: dict[str, Any]) -> Key:
    """Return the key of what an exercise of the renderer asks of the body."""
    turn, place = body.solve(asked)

    def at(name: str) -> Array:
        return place[body.idx[name]].copy()

    points = {"hip": (at("upperleg01.L") + at("upperleg01.R")) / 2}
    turns = {
        "pelvis": asked["Rp"],
        "thorax": asked.get("Rt", asked["Rp"]),
        "head": asked.get("Rh", asked["Rp"]),
    }
    for side, _ in SIDES:
        points[f"ankle.{side}"], points[f"wrist.{side}"] = at(f"foot.{side}"), at(f"wrist.{side}")
        points[f"knee.{side}"] = turn[body.idx[f"upperleg01.{side}"]] @ [0.0, -1.0, 0.0]
        middle = (at(f"upperarm01.{side}") + at(f"wrist.{side}")) / 2
        bent = at(f"lowerarm01.{side}") - middle
        points[f"elbow.{side}"] = bent + 1e-3 * np.array([0, 1.0, 0])
        turns[f"foot.{side}"] = turn[body.idx[f"foot.{side}"]].copy()
    return Key(points, turns)


def moved(key: Key, turn_deg: float = 0.0, by: tuple[float, float] = (0.0, 0.0)) -> Key:
    """Return the key turned about the vertical axis of the room, then moved along the floor."""
    turn, shift = rz(turn_deg), np.array([*by, 0.0])
    free = ("knee", "elbow")
    points = {name: turn @ v + (0.0 if name.startswith(free) else shift) for name, v in key.points.items()}
    return Key(points, {name: turn @ v for name, v in key.turns.items()})


def between(one: Key, other: Key, share: float) -> Key:
    """Return the key at a share of the way."""
    points = {name: v + share * (other.points[name] - v) for name, v in one.points.items()}
    return Key(points, {name: _turned(v, other.turns[name], share) for name, v in one.turns.items()})


def _turned(one: Array, other: Array, share: float) -> Array:
    way = one.T @ other
    axis = np.array([way[2, 1] - way[1, 2], way[0, 2] - way[2, 0], way[1, 0] - way[0, 1]])
    if not np.linalg.norm(axis) > 1e-9:
        return other
    angle = np.degrees(np.arccos(np.clip((np.trace(way) - 1) / 2, -1, 1)))
    return one @ turned(axis, share * angle)


def through(keys: list[tuple[float, Key]], rate_hz: float) -> list[Key]:
    """Return the way through keys: (seconds to get there, key), the first one being where it begins."""
    out: list[Key] = []
    for (_, one), (seconds, other) in pairwise(keys):
        frames = max(1, round(seconds * rate_hz))
        out += [between(one, other, ease((i + 1) / frames)) for i in range(frames)]
    return out


def held(key: Key, seconds: float, rate_hz: float) -> list[Key]:
    return [key] * round(seconds * rate_hz)


# Standing and walking


@dataclass(frozen=True)
class Spot:
    """A place to stand, metres, and the way to face there, degrees (0 = the camera)."""

    x: float
    y: float
    facing_deg: float


STANCE_M, STEP_M, STEP_S, LIFT_M = 0.12, 0.42, 0.5, 0.07


def standing(body: Any, spot: Spot = Spot(0, 0, 0), straight: float = 0.998) -> Key:
    """Return somebody who stands with the arms hanging."""
    hip_x = abs(body.J("upperleg01.L")[0])
    leg = straight * sum(body.leg["L"])
    height = body.ankle_h + np.sqrt(leg**2 - (STANCE_M - hip_x) ** 2)
    asked: dict[str, Any] = {"Rp": rx(0), "Rt": rx(0), "Rh": rx(0), "anchor": ("midhip", [0, 0, height])}
    for side, sign in SIDES:
        asked[f"leg.{side}"] = {
            "ankle": np.array([sign * STANCE_M, 0, body.ankle_h]),
            "pole": rz(sign * 8) @ [0, -1.0, 0],
            "foot": rz(sign * 10),
        }
        asked[f"arm.{side}"] = {"upper": [sign * 0.16, 0.05, -1], "fore": [sign * 0.05, -0.15, -1]}
    return moved(key_of(body, asked), spot.facing_deg, (spot.x, spot.y))


def walk(body: Any, start: Spot, spots: list[Spot], rate_hz: float) -> list[Key]:
    """Return small steps from one spot to the next, turning on the way."""
    now, out, last = standing(body, start), [], start
    left = True
    for spot in _small_steps(start, spots):
        left = not left
        out += _step(body, now, spot, "L" if left else "R", rate_hz)
        now, last = out[-1], spot
    end = standing(body, last)
    for side in ("R", "L") if left else ("L", "R"):
        target = now.but(
            **{
                f"ankle_{side}": end.points[f"ankle.{side}"],
                f"knee_{side}": end.points[f"knee.{side}"],
                f"foot_{side}": end.turns[f"foot.{side}"],
            }
        )
        out += _swing(now, replace_trunk(target, between(now, end, 0.5)), side, 0.35, rate_hz)
        now = out[-1]
    return out + through([(0.0, now), (0.3, end)], rate_hz)


def replace_trunk(key: Key, trunk: Key) -> Key:
    """Return the key with trunk and arms of another."""
    names = ("hip", "wrist.L", "wrist.R", "elbow.L", "elbow.R")
    return Key(
        key.points | {name: trunk.points[name] for name in names},
        key.turns | {name: trunk.turns[name] for name in ("pelvis", "thorax", "head")},
    )


def _small_steps(start: Spot, spots: list[Spot]) -> list[Spot]:
    """Return the same way in steps of a length and a turn that a person can do."""
    out, last = [], start
    for spot in spots:
        turn = (spot.facing_deg - last.facing_deg + 180) % 360 - 180
        far = float(np.hypot(spot.x - last.x, spot.y - last.y))
        count = max(1, int(np.ceil(max(far / STEP_M, abs(turn) / 40))))
        for i in range(count):
            share = (i + 1) / count
            out.append(
                Spot(
                    last.x + share * (spot.x - last.x),
                    last.y + share * (spot.y - last.y),
                    last.facing_deg + share * turn,
                )
            )
        last = replace(spot, facing_deg=last.facing_deg + turn)
    return out


def _step(body: Any, now: Key, spot: Spot, side: str, rate_hz: float) -> list[Key]:
    """Return one foot going to the next spot while the trunk goes half a step further."""
    there = standing(body, spot, straight=0.985)
    target = now.but(
        **{
            f"ankle_{side}": there.points[f"ankle.{side}"],
            f"knee_{side}": there.points[f"knee.{side}"],
            f"foot_{side}": there.turns[f"foot.{side}"],
        }
    )
    middle = (target.points["ankle.L"] + target.points["ankle.R"]) / 2
    trunk = moved(there, 0.0, tuple((middle - there.points["hip"])[:2]))
    legs = [np.hypot(*(target.points[f"ankle.{s}"] - trunk.points["hip"])[:2]) for s, _ in SIDES]
    leg = 0.99 * sum(body.leg["L"])
    height = body.ankle_h + np.sqrt(max(leg**2 - max(legs) ** 2, 0.3))
    lower = np.array([0, 0, min(0.0, height - trunk.points["hip"][2])])
    trunk = trunk.but(hip=trunk.points["hip"] + lower)
    return _swing(now, replace_trunk(target, trunk), side, STEP_S, rate_hz)


def _swing(now: Key, target: Key, side: str, seconds: float, rate_hz: float) -> list[Key]:
    frames = max(1, round(seconds * rate_hz))
    out = []
    for i in range(frames):
        key = between(now, target, (i + 1) / frames)
        lift = LIFT_M * np.sin(np.pi * (i + 1) / frames)
        name = f"ankle.{side}"
        out.append(Key(key.points | {name: key.points[name] + [0, 0, lift]}, key.turns))
    return out


# Arms


def arm_raised(
    body: Any, key: Key, side: str, rate_hz: float, tilt: tuple[float, float] = (0.0, 0.0)
) -> dict[str, list[Key]]:
    """Return raising, holding and lowering one straight arm.

    ``tilt``: how far it leans (x, y) for each metre of height: nobody points exactly upwards.
    """
    _, place = body.solve(asked_of_body(key))
    shoulder, elbow, wrist = (
        place[body.idx[f"{name}.{side}"]].copy() for name in ("upperarm01", "lowerarm01", "wrist")
    )
    upper, fore = unit(elbow - shoulder), unit(wrist - elbow)
    up = unit([*tilt, 1.0])
    sign = 1.0 if side == "L" else -1.0
    out_dir = key.turns["thorax"] @ unit([0.5 * sign, -1.0, 0.0])
    lengths = body.arm[side]

    def at(share: float) -> Key:
        one, two = (_swung(v, out_dir, up, share) for v in (upper, fore))
        joint = shoulder + lengths[0] * one
        hand = joint + lengths[1] * unit(two + 0.06 * out_dir)
        bend = joint - (shoulder + hand) / 2 + 1e-3 * (key.turns["thorax"] @ [sign, 0.5, 0.0])
        return key.but(**{f"wrist_{side}": hand, f"elbow_{side}": bend})

    frames = round(0.9 * rate_hz)
    raising = [at(ease((i + 1) / frames)) for i in range(frames)]
    lowering = [*reversed(raising[:-1]), key]
    return {"raise": raising, "hold": held(raising[-1], 1.6, rate_hz), "lower": lowering}


def _swung(one: Array, over: Array, other: Array, share: float) -> Array:
    """Return a direction on the way from one to the other; over a third one when they are far apart."""
    if float(one @ other) > -0.3:
        return unit(_slerp(one, other, share))
    return unit(_slerp(one, over, 2 * share) if share < 0.5 else _slerp(over, other, 2 * share - 1))


def _slerp(one: Array, other: Array, share: float) -> Array:
    angle = np.arccos(np.clip(one @ other, -1, 1))
    if angle < 1e-6:
        return one
    return (np.sin((1 - share) * angle) * one + np.sin(share * angle) * other) / np.sin(angle)


# Getting down and up


def from_the_back(body: Any, lying: Key, rate_hz: float) -> tuple[list[Key], Key]:
    """Return how somebody on the back, head towards +y, gets up, and the last key: standing at the feet."""
    feet = (lying.points["ankle.L"] + lying.points["ankle.R"]) / 2
    spot = Spot(float(feet[0]), float(feet[1]), 0.0)
    hip, flat = lying.points["hip"], {f"foot_{s}": rz(sign * 5) for s, sign in SIDES}
    sitting = lying.but(pelvis=rx(-25), thorax=rx(-5), head=rx(5), **flat)
    for side, sign in SIDES:
        sitting = sitting.but(
            **{
                f"wrist_{side}": hip + np.array([sign * 0.24, -0.28, 0.22]),
                f"elbow_{side}": [sign * 0.7, 0.6, 0.1],
            }
        )
    end = standing(body, spot)
    low = sitting.but(hip=[feet[0], feet[1] + 0.24, 0.36], pelvis=rx(35), thorax=rx(45), head=rx(15))
    half = low.but(hip=[feet[0], feet[1] + 0.2, 0.58], pelvis=rx(38), thorax=rx(40), head=rx(12))
    for side, sign in SIDES:
        low = low.but(
            **{f"wrist_{side}": [feet[0] + sign * 0.25, feet[1] - 0.25, 0.4], f"elbow_{side}": [sign, 0.3, 0]}
        )
        half = half.but(
            **{f"wrist_{side}": [feet[0] + sign * 0.2, feet[1] - 0.15, 0.55], f"elbow_{side}": [sign, 0.3, 0]}
        )
    return through([(0.0, lying), (1.6, sitting), (1.3, low), (0.7, half), (1.0, end)], rate_hz), end


def from_the_side(body: Any, lying: Key, rate_hz: float) -> tuple[list[Key], Key]:
    """Return how somebody on the right side, head towards -x, gets up, and the last key."""
    hip = lying.points["hip"]
    sitting = lying.but(
        hip=[hip[0] + 0.02, hip[1] + 0.05, 0.13],
        pelvis=ry(-20),
        thorax=ry(-12),
        head=ry(0),
        wrist_L=[hip[0] + 0.1, hip[1] - 0.35, 0.18],
        wrist_R=[hip[0] - 0.42, hip[1] - 0.05, 0.06],
        elbow_L=[0.8, 0.3, 0.3],
        elbow_R=[-0.8, 0.4, 0.1],
    )
    spot = Spot(float(hip[0]) + 0.1, float(hip[1]) - 0.12, 0.0)
    end = standing(body, spot)
    tucked = sitting.but(hip=[spot.x, spot.y + 0.26, 0.34], pelvis=rx(30), thorax=rx(42), head=rx(12))
    for side, sign in SIDES:
        tucked = tucked.but(
            **{
                f"ankle_{side}": end.points[f"ankle.{side}"],
                f"foot_{side}": end.turns[f"foot.{side}"],
                f"knee_{side}": rz(sign * 12) @ [0, -1.0, 0.1],
                f"wrist_{side}": [spot.x + sign * 0.25, spot.y - 0.25, 0.4],
                f"elbow_{side}": [sign, 0.3, 0],
            }
        )
    half = tucked.but(hip=[spot.x, spot.y + 0.2, 0.58], pelvis=rx(38), thorax=rx(38), head=rx(10))
    return through([(0.0, lying), (1.8, sitting), (1.6, tucked), (0.7, half), (1.0, end)], rate_hz), end


def from_a_chair(body: Any, sitting: Key, rate_hz: float) -> tuple[list[Key], Key]:
    """Return how somebody gets up from a chair, facing the camera, and the last key."""
    feet = (sitting.points["ankle.L"] + sitting.points["ankle.R"]) / 2
    end = standing(body, Spot(float(feet[0]), float(feet[1]), 0.0))
    hip = sitting.points["hip"]
    leaning = sitting.but(hip=hip + np.array([0, -0.06, 0.0]), pelvis=rx(30), thorax=rx(42), head=rx(15))
    half = sitting.but(
        hip=[feet[0], feet[1] + 0.16, hip[2] + 0.16], pelvis=rx(35), thorax=rx(38), head=rx(10)
    )
    return through([(0.0, sitting), (0.8, leaning), (0.5, half), (0.9, end)], rate_hz), end


# Exercises


def squat(body: Any, reps: list[dict[str, float]], rate_hz: float) -> list[list[Key]]:
    """Return squats, arms coming forward, one list each; angles in degrees, times in seconds."""
    long, short = body.leg["L"]
    hip_x = abs(body.J("upperleg01.L")[0])
    at_rest = standing(body)

    def pose(rep: dict[str, float], share: float) -> Key:
        thigh, shank, trunk = (np.radians(rep[name]) * share for name in ("thigh", "shank", "trunk"))
        y = 0.998 * (long * np.sin(thigh) - short * np.sin(shank))
        down = 0.998 * (short * np.cos(shank) + long * np.cos(thigh))
        height = body.ankle_h + np.sqrt(down**2 - (STANCE_M - hip_x) ** 2)
        lean = rx(np.degrees(trunk))
        asked: dict[str, Any] = {
            "Rp": rx(0.95 * np.degrees(trunk)),
            "Rt": lean,
            "Rh": rx(0.45 * np.degrees(trunk)),
            "anchor": ("midhip", [0, y, height]),
        }
        arms = np.radians(4 + 80 * share)
        for side, sign in SIDES:
            out = 8 - share * rep.get("inward", -6.0)
            asked[f"leg.{side}"] = {
                "ankle": np.array([sign * STANCE_M, 0, body.ankle_h]),
                "pole": rz(sign * out) @ [0, -1.0, 0],
                "foot": rz(sign * 10),
            }
            asked[f"arm.{side}"] = {
                "upper": rx(0.3 * np.degrees(trunk)) @ [sign * 0.14, -np.sin(arms), -np.cos(arms)],
                "fore": [0.0, -np.sin(min(arms + 0.2, 1.5)), -np.cos(min(arms + 0.2, 1.5))],
            }
        key = key_of(body, asked)
        return between(at_rest, key, min(1.0, 6 * share))

    return [_there_and_back(lambda share, rep=rep: pose(rep, share), rep, rate_hz) for rep in reps]


def _there_and_back(pose: Callable[[float], Key], rep: dict[str, float], rate_hz: float) -> list[Key]:
    out, hold, back, rest = (round(rep[name] * rate_hz) for name in ("down", "hold", "up", "rest"))
    shares = [ease((i + 1) / out) for i in range(out)] + [1.0] * hold
    shares += [1 - ease((i + 1) / back) for i in range(back)] + [0.0] * rest
    return [pose(share) for share in shares]
