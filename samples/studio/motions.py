"""Exercises as data: what a person at rest and at the end of the movement does, and how fast.

A posture of an exercise is described by named settings (``knee_deg``, ``shift_m``; one side alone as
``knee_deg.L``).  A repetition goes from those of `Exercise.rest` to those of `Rep.end` and back; what does
not follow the movement (a step aside, a head that is lifted before) is a `Track`.  Settings that are not
named are 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from .body import Body, moved_by
from .rotation import FORWARD, UP, Floats, across, turn_about, turn_x, turn_y, turn_z, unit
from .skeleton import SIDES, Fold, Posture, Reach, bent_reach_m, nape_of

Settings = Mapping[str, float]
Poser = Callable[[Settings], Posture]

MAT_M = 0.012
"""Thickness of the mat."""
SINK_M = 0.012
"""How far soft tissue gives way on the floor."""
OTHER = {"L": "R", "R": "L"}


@dataclass(frozen=True, slots=True)
class Tempo:
    """Seconds to the end of the movement, there, back, and until the next repetition."""

    out_s: float = 1.4
    hold_s: float = 0.4
    back_s: float = 1.2
    rest_s: float = 0.6


@dataclass(frozen=True, slots=True)
class Track:
    """A setting that follows the clock instead of the movement.

    Attributes
    ----------
    setting : str
    keys : tuple of (mark, seconds after it, value)
        Marks are ``start``, ``bottom``, ``release`` and ``end`` of the repetition.  Eased between the keys,
        added to what the setting is otherwise.
    """

    setting: str
    keys: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True)
class Rep:
    """One repetition.

    Attributes
    ----------
    name : str
        What was put in, or ``none``.
    end : Settings
        At the end of the movement; the rest is as at rest.
    tempo : Tempo
    side : str
        Of the leg that moves, where one does.
    tracks : tuple[Track, ...]
    """

    name: str = "none"
    end: Settings = field(default_factory=dict)
    tempo: Tempo = Tempo()
    side: str = ""
    tracks: tuple[Track, ...] = ()


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise.

    Attributes
    ----------
    name : str
    rest, end : Settings
        Of a good repetition; ``@`` stands for the side that moves.
    tempo : Tempo
    poser : callable
        From body, settings at rest and arm style to what makes postures from settings.
    arms : tuple[str, ...]
        Arm styles, the usual one first.
    """

    name: str
    rest: Settings
    end: Settings
    tempo: Tempo
    poser: Callable[[Body, Settings, str], Poser]
    arms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ArmStyle:
    """Where the wrist is: outward, forward and up from the shoulder, in arm lengths.

    Attributes
    ----------
    rest, end : tuple of float
    pole : tuple of float
        Where the elbow points: outward, forward, up.
    level : float
        How much of the trunk's inclination the arm does not follow.
    """

    rest: tuple[float, float, float]
    end: tuple[float, float, float]
    pole: tuple[float, float, float]
    level: float = 0.0


ARMS = {
    "front": ArmStyle((0.12, 0.06, -0.96), (-0.08, 0.97, 0.02), (0.5, 0.0, -1.0), 0.7),
    "chest": ArmStyle((-0.22, 0.52, -0.18), (-0.22, 0.52, -0.18), (0.8, -0.1, -0.6)),
    "sides": ArmStyle((0.14, 0.02, -0.96), (0.2, 0.05, -0.94), (0.3, -1.0, 0.0), 0.8),
    "hips": ArmStyle((0.12, 0.08, -0.74), (0.12, 0.1, -0.74), (1.0, -0.6, 0.0)),
    "crossed": ArmStyle((-0.52, 0.4, -0.12), (-0.52, 0.4, -0.12), (0.6, 0.3, -1.0)),
    "belly": ArmStyle((-0.2, 0.32, -0.62), (-0.2, 0.32, -0.62), (1.0, -0.3, 0.0)),
}


def value(settings: Settings, name: str, side: str = "") -> float:
    """Return a setting, one side's own before that of both; 0 where it is not named."""
    return settings.get(f"{name}.{side}", settings.get(name, 0.0))


def ease(share: float) -> float:
    """Return a smooth way from 0 to 1."""
    return float(0.5 - 0.5 * np.cos(np.pi * np.clip(share, 0.0, 1.0)))


def blend(rest: Settings, end: Settings, phase: float) -> dict[str, float]:
    """Return the settings between rest (phase 0) and end (1; also beyond)."""
    out = {}
    for name in {**rest, **end}:
        both = name.partition(".")[0]
        a = rest.get(name, rest.get(both, 0.0))
        b = end.get(name, end.get(both, a))
        out[name] = a + (b - a) * phase
    return out


def sided(settings: Settings, side: str) -> dict[str, float]:
    """Return the settings with ``@`` replaced by a side."""
    return {name.replace("@", side): number for name, number in settings.items()}


def repetition(exercise: Exercise, side: str = "", tempo: Tempo | None = None, **end: float) -> Rep:
    """Return a good repetition, with other settings at its end where told (``knee_deg=60``)."""
    return Rep("none", sided({**exercise.end, **end}, side), tempo or exercise.tempo, side)


def arm(body: Body, style: str, side: str, chest: Floats, settings: Settings) -> Reach:
    """Return what an arm does; ``arms`` of the settings goes from 0 (rest) to 1, ``trunk_deg`` tips it."""
    how, sign = ARMS[style], SIDES[side]
    share = value(settings, "arms")
    out, forward, up = (np.array(how.rest) * (1 - share) + np.array(how.end) * share) * arm_m(body)
    level = turn_x(-how.level * value(settings, "trunk_deg"))
    at = body.head(f"upperarm01.{side}") - body.middle("upperarm01")
    pole = chest @ level @ np.array([sign * how.pole[0], -how.pole[1], how.pole[2]])
    return Reach(at + level @ np.array([sign * out, -forward, up]), pole, local=True)


def arm_m(body: Body) -> float:
    """Return the length of the arm, shoulder to wrist."""
    return body.length("upperarm01.L", "lowerarm01.L") + body.length("lowerarm01.L", "wrist.L")


def head_turn(settings: Settings) -> Floats:
    """Return the head's own turn: ``head_turn_deg`` to the left, ``nod_deg`` forward."""
    return turn_z(value(settings, "head_turn_deg")) @ turn_x(value(settings, "nod_deg"))


# Squat and standing


def squat(body: Body, _: Settings, arms: str) -> Poser:
    """Return what makes postures with both feet on the floor.

    ``knee_deg`` flexion of the knees (exact where both bend alike; below 0 = past straight), ``shank_deg``
    forward inclination of the shanks, ``trunk_deg`` of the trunk, ``lateral_deg`` to the left, ``shift_m``
    of the hips to the left, ``heel_deg`` of the feet about their balls, ``valgus_deg`` of the knees inward,
    ``knee_out_deg`` outward, ``stance_m`` from the middle to the ankle, ``toe_deg`` outward, ``step_m`` and
    ``step_up_m`` of a foot that leaves its place, ``obliquity_deg`` of the pelvis (left side up),
    ``tilt_share`` of the trunk's inclination that the pelvis does not follow.
    """
    trunk = body.middle("upperarm01") - body.middle("upperleg01")
    standing_deg = float(np.degrees(np.arctan2(-trunk[1], trunk[2])))

    def pose(s: Settings) -> Posture:
        pitch, follows = value(s, "trunk_deg") - standing_deg, 1.0 - value(s, "tilt_share")
        chest = turn_y(value(s, "lateral_deg")) @ turn_x(pitch)
        pelvis = turn_y(-value(s, "obliquity_deg")) @ turn_x(pitch * follows)
        head = turn_y(value(s, "lateral_deg")) @ turn_x(pitch * 0.45) @ head_turn(s)
        steps = {side: _step(body, s, side) for side in SIDES}
        at = _over_the_feet(body, s, pelvis, {side: ankle for side, (ankle, _, _) in steps.items()})
        legs = {
            side: Reach(ankle, _knee_way(s, side), value(s, "knee_deg", side) < 0.0, end=foot, toes=toes)
            for side, (ankle, foot, toes) in steps.items()
        }
        return Posture(
            pelvis, chest, head, "hips", at, legs, {x: arm(body, arms, x, chest, s) for x in SIDES}
        )

    return pose


def _step(body: Body, s: Settings, side: str) -> tuple[Floats, Floats, Floats]:
    """Return ankle, foot and toes of a foot that stands where the settings say."""
    sign = SIDES[side]
    yaw, tip = turn_z(sign * value(s, "toe_deg", side)), turn_x(value(s, "heel_deg", side))
    x = sign * (value(s, "stance_m", side) + value(s, "step_m", side))
    place = np.array([x, -value(s, "forward_m", side), value(s, "step_up_m", side)])
    ankle = np.array([0.0, 0.14, body.ankle_m])
    ball = place + yaw @ np.array([0.0, -0.14, 0.0])
    return ball + yaw @ tip @ ankle, yaw @ tip, turn_x(-value(s, "heel_deg", side))


def _knee_way(s: Settings, side: str) -> Floats:
    turn_deg = value(s, "toe_deg", side) + value(s, "knee_out_deg", side) - value(s, "valgus_deg", side)
    return turn_z(SIDES[side] * turn_deg) @ FORWARD


def _over_the_feet(body: Body, s: Settings, pelvis: Floats, ankles: Mapping[str, Floats]) -> Floats:
    """Return where the hips are: as high as the leg that is bent least allows."""
    knee, shank = value(s, "knee_deg"), np.radians(value(s, "shank_deg"))
    thigh = np.radians(knee) - shank
    y = body.thigh_m * np.sin(thigh) - body.shank_m * np.sin(shank)
    stepped = sum(SIDES[x] * value(s, "step_m", x) for x in SIDES)
    at = np.array([value(s, "shift_m") + 0.45 * stepped, y, 0.0])
    at[0] += value(s, "sway_x_m")
    at[1] += value(s, "sway_y_m")
    heights = []
    for side, ankle in ankles.items():
        hip = at + pelvis @ (body.head(f"upperleg01.{side}") - body.middle("upperleg01"))
        reach_m = bent_reach_m(body.thigh_m, body.shank_m, value(s, "knee_deg", side))
        aside = float(np.hypot(*(hip - ankle)[:2]))
        # a foot up in the air does not carry anybody
        floor = ankle[2] - value(s, "step_up_m", side)
        heights.append(floor - hip[2] + np.sqrt(max(reach_m**2 - aside**2, 0.01)))
    at[2] = min(heights)
    return at


# Bridge and lying on the back


def bridge(body: Body, rest: Settings, arms: str) -> Poser:
    """Return what makes postures on the back, head at +y, feet on the floor.

    ``lift`` of the hips (1 = shoulder, hip and knee as straight as they get), ``sink`` a share of it that is
    lost, ``knee_deg`` at rest (it places the feet; 0 = legs flat), ``width_m`` from the middle to the ankle,
    ``widen_m``, ``arch_deg`` of the back, ``drop_deg`` of the pelvis' left side, ``knees_in_deg``,
    ``neck_deg`` chin to chest, ``curl_deg`` of the chest, ``raise_m`` of the nape, ``heel_deg``.
    """
    nape_from = {"hip": body.middle("upperleg01"), "shoulder": body.middle("upperarm01")}
    arms_from = {name: place - nape_of(body) for name, place in nape_from.items()}
    nape_y = 0.55
    flat = turn_x(-90.0)
    bent = value(rest, "knee_deg")
    toes_up_deg = 90.0 * ease((45.0 - bent) / 45.0)
    ankle_z = MAT_M + body.ankle_m * (1.0 - 0.25 * toes_up_deg / 90.0)
    nape_z = MAT_M - SINK_M - _lowest_m(body, flat, ("spine", "root", "pelvis"))
    hip = np.array([0.0, nape_y, nape_z]) + flat @ arms_from["hip"]
    aside = value(rest, "width_m") - abs(body.head("upperleg01.L")[0])
    reach_m = bent_reach_m(body.thigh_m, body.shank_m, bent)
    ankle_y = hip[1] - np.sqrt(max(reach_m**2 - (hip[2] - ankle_z) ** 2 - aside**2, 0.01))
    full_deg = _straightest_deg(body, np.array([nape_y, nape_z]), arms_from, np.array([ankle_y, ankle_z]))

    def pose(s: Settings) -> Posture:
        rise_deg = full_deg * value(s, "lift") * (1.0 - value(s, "sink"))
        arch, neck = value(s, "arch_deg"), value(s, "neck_deg")
        pelvis = turn_x(-(90.0 + rise_deg - 0.8 * arch)) @ turn_y(value(s, "drop_deg"))
        chest = turn_x(-(90.0 + rise_deg + 0.2 * arch) + value(s, "curl_deg"))
        head = turn_x(-83.0 + neck) @ turn_z(value(s, "head_turn_deg"))
        at = np.array([0.0, nape_y, nape_z + value(s, "raise_m") + 0.0005 * neck])
        legs, limbs = {}, {}
        for side, sign in SIDES.items():
            in_out = np.sin(np.radians(value(s, "knees_in_deg", side)))
            tip = turn_x(value(s, "heel_deg", side) - toes_up_deg)
            up = 0.14 * np.sin(np.radians(value(s, "heel_deg", side)))
            ankle = np.array([sign * (value(s, "width_m") + value(s, "widen_m")), ankle_y, ankle_z + up])
            pole = np.array([sign * (0.03 - in_out), -0.3, 1.0])
            legs[side] = Reach(ankle, pole, end=turn_z(sign * 5.0) @ tip)
            limbs[side] = (
                arm(body, arms, side, chest, {})
                if arms in ARMS
                else Reach(np.array([sign * 0.36, 0.1, 0.06]), np.array([sign * 0.6, 0.0, -0.25]))
            )
        return Posture(pelvis, chest, head, "nape", at, legs, limbs)

    return pose


def _lowest_m(body: Body, turn: Floats, bones: tuple[str, ...]) -> float:
    """Return how far the skin of some bones reaches below the nape when the whole body is turned."""
    down = (turn @ (body.rest_m[moved_by(body.template, bones)] - nape_of(body)).T)[2]
    return float(down.min())


def _straightest_deg(body: Body, nape: Floats, offsets: Mapping[str, Floats], ankle: Floats) -> float:
    """Return the lift at which shoulder, hip and knee lie on a line as nearly as they can (y, z only)."""
    lifts = np.arange(0.0, 45.0, 0.25)
    turns = np.radians(90.0 + lifts)

    def turned(offset: Floats) -> Floats:
        y, z = offset[1:]
        c, s = np.cos(turns), np.sin(turns)
        places: Floats = nape + np.stack([y * c + z * s, z * c - y * s], axis=1)
        return places

    hip, shoulder = turned(offsets["hip"]), turned(offsets["shoulder"])
    way = ankle - hip
    far = np.minimum(np.linalg.norm(way, axis=1), (body.thigh_m + body.shank_m) * 0.9999)
    along = (body.thigh_m**2 - body.shank_m**2 + far**2) / (2.0 * far)
    out = np.sqrt(np.maximum(body.thigh_m**2 - along**2, 0.0))
    u = unit(way)
    knee = hip + along[:, None] * u + out[:, None] * np.stack([u[:, 1], -u[:, 0]], axis=1)
    straight = (unit(shoulder - hip) * unit(knee - hip)).sum(axis=1)
    return float(lifts[int(np.argmin(straight))])


# Clamshell and lying on the side


def clamshell(body: Body, rest: Settings, _: str) -> Poser:
    """Return what makes postures on the right side, head at -x, facing -y.

    ``hip_deg`` and ``knee_deg`` flexion at rest, ``open_deg`` of the upper knee about the line from hip to
    ankle, ``roll_deg`` of the pelvis backward, ``trunk_roll_share`` of it in the chest, ``sep_m`` of the
    feet, ``head_deg`` lifted.
    """
    down = turn_y(-90.0)
    hip_deg, knee_deg = value(rest, "hip_deg"), value(rest, "knee_deg")
    thigh = turn_x(-hip_deg) @ -UP
    shank = turn_x(knee_deg - hip_deg) @ -UP
    leg = body.thigh_m * thigh + body.shank_m * shank
    lower = ("spine", "root", "pelvis", "upperleg")
    hips_above_nape = (down @ (body.middle("upperleg01") - nape_of(body)))[2]
    hips_z = MAT_M - SINK_M - _lowest_m(body, down, lower) + hips_above_nape
    beside = {"L": 0.0, "R": -0.095}

    def pose(s: Settings) -> Posture:
        roll, head_deg = value(s, "roll_deg"), value(s, "head_deg")
        share = value(s, "trunk_roll_share")
        pelvis = down @ turn_z(roll)
        chest = down @ turn_z(roll * share) @ turn_y(0.18 * head_deg)
        head = down @ turn_y(head_deg) @ turn_z(value(s, "head_turn_deg"))
        at = np.array([0.0, 0.06 * np.sin(np.radians(roll)), hips_z])
        legs = {}
        for side in SIDES:
            socket = body.head(f"upperleg01.{side}") - body.middle("upperleg01")
            hip = down @ socket + np.array([0.0, 0.0, hips_z])
            ankle = hip + down @ np.array([beside[side] - socket[0], leg[1], leg[2]])
            if side == "L":
                ankle = ankle + np.array([0.0, 0.0, value(s, "sep_m")])
            way = unit(ankle - hip)
            pole = across(np.cross(way, UP), way)
            if side == "L":  # the knees touch at rest
                pole = turn_about(way, 9.0 - value(s, "open_deg")) @ pole
            legs[side] = Reach(ankle, pole, end=None)
        scale = body.height_m / 1.7
        arms = {
            "L": Reach(np.array([-0.22, -0.34, 0.11]) * [scale, scale, 1.0], np.array([0.3, 0.2, 1.0])),
            "R": Reach(np.array([-0.74, -0.33, 0.06]) * [scale, scale, 1.0], np.array([0.1, -1.0, 0.05])),
        }
        return Posture(pelvis, chest, head, "hips", at, legs, arms)

    return pose


# Seated march and sitting


def march(body: Body, rest: Settings, arms: str) -> Poser:
    """Return what makes postures on a chair.

    ``thigh_deg`` elevation of a thigh over the horizontal (at rest it tells how high the chair is),
    ``shank_deg`` of a foot behind the vertical through its knee, ``out_deg`` of a thigh, ``trunk_deg``
    forward, ``lateral_deg`` to the left, ``obliquity_deg`` (left side of the pelvis up), ``slump_deg``
    backward tilt of the pelvis alone.
    """
    thigh, shank = np.radians(value(rest, "thigh_deg")), np.radians(value(rest, "shank_deg"))
    hips_z = body.ankle_m + body.shank_m * np.cos(shank) - body.thigh_m * np.sin(thigh)

    def pose(s: Settings) -> Posture:
        trunk = value(s, "trunk_deg")
        tilt = turn_y(value(s, "lateral_deg"))
        pelvis = turn_y(-value(s, "obliquity_deg")) @ turn_x(trunk * 0.8 - 5.0 - value(s, "slump_deg"))
        chest = tilt @ turn_x(trunk + 0.4 * value(s, "slump_deg"))
        head = tilt @ turn_x(0.3 * trunk) @ head_turn(s)
        at = np.array([0.3 * value(s, "sway_x_m"), 0.3 * value(s, "sway_y_m"), hips_z])
        legs, limbs = {}, {}
        for side, sign in SIDES.items():
            up, back = value(s, "thigh_deg", side), value(s, "shank_deg", side)
            yaw = turn_z(sign * value(s, "out_deg", side))
            upper = yaw @ turn_x(-up) @ FORWARD
            raised = up - value(rest, "thigh_deg")
            foot = turn_z(sign * 6.0) @ turn_x(0.25 * raised)
            legs[side] = Fold(upper, yaw @ turn_x(-up) @ UP, 90.0 + up + back, end=foot)
            limbs[side] = (
                arm(body, arms, side, chest, s)
                if arms in ARMS
                else _hand_down(sign, hips_z, lap=arms == "lap")
            )
        return Posture(pelvis, chest, head, "hips", at, legs, limbs)

    return pose


def _hand_down(sign: float, hips_z: float, *, lap: bool) -> Reach:
    """Return an arm whose hand lies on the thigh, or holds the seat."""
    if lap:
        return Reach(np.array([sign * 0.12, -0.26, hips_z + 0.1]), np.array([sign, 0.3, 0.0]))
    return Reach(np.array([sign * 0.27, -0.1, hips_z - 0.05]), np.array([sign * 0.35, 1.0, -0.1]))


EXERCISES: dict[str, Exercise] = {
    one.name: one
    for one in (
        Exercise(
            "squat",
            {
                "knee_deg": 3,
                "shank_deg": 1,
                "trunk_deg": 1,
                "stance_m": 0.15,
                "toe_deg": 12,
                "tilt_share": 0.05,
            },
            {"knee_deg": 95, "shank_deg": 27, "trunk_deg": 38, "arms": 1},
            Tempo(),
            squat,
            ("front", "chest", "sides", "hips", "crossed"),
        ),
        Exercise(
            "bridge",
            {"knee_deg": 110, "width_m": 0.11},
            {"lift": 1},
            Tempo(hold_s=1.0),
            bridge,
            ("floor", "belly", "crossed"),
        ),
        Exercise(
            "clamshell",
            {"hip_deg": 50, "knee_deg": 85, "trunk_roll_share": 0.7},
            {"open_deg": 38},
            Tempo(),
            clamshell,
            ("floor",),
        ),
        Exercise(
            "seated_march",
            {"thigh_deg": -2, "shank_deg": 4, "out_deg": 6, "trunk_deg": 2},
            {"thigh_deg.@": 28, "shank_deg.@": 7},
            Tempo(1.0, 0.3, 0.9, 0.35),
            march,
            ("seat", "lap", "crossed"),
        ),
    )
}


# A run of repetitions


@dataclass(frozen=True, slots=True)
class Bounds:
    """When a repetition starts, reaches its end, leaves it and is over, seconds."""

    start: float
    bottom: float
    release: float
    end: float


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Settings over time.

    Attributes
    ----------
    time_s, phase : Floats, shape (frames,)
        Phase 0 = at rest, 1 = at the end of the movement.
    settings : tuple[dict[str, float], ...]
    reps : tuple[Rep, ...]
    bounds : tuple[Bounds, ...]
    """

    time_s: Floats
    phase: Floats
    settings: tuple[dict[str, float], ...]
    reps: tuple[Rep, ...]
    bounds: tuple[Bounds, ...]


def course(
    rest: Settings, reps: Sequence[Rep], rate_hz: float, lead_s: float = 1.0, tail_s: float = 1.0
) -> Course:
    """Return the settings of every frame of a run of repetitions."""
    bounds, t = [], lead_s
    for rep in reps:
        bottom = t + rep.tempo.out_s
        release = bottom + rep.tempo.hold_s
        bounds.append(Bounds(t, bottom, release, release + rep.tempo.back_s))
        t = bounds[-1].end + rep.tempo.rest_s
    frames = round((bounds[-1].end + tail_s) * rate_hz)
    times = np.arange(frames) / rate_hz
    phases = np.array([max(_phase(b, float(t)) for b in bounds) for t in times])
    settings = tuple(_at(rest, reps, bounds, float(t), float(q)) for t, q in zip(times, phases, strict=True))
    return Course(times, phases, settings, tuple(reps), tuple(bounds))


def _phase(bounds: Bounds, time_s: float) -> float:
    rising = (time_s - bounds.start) / (bounds.bottom - bounds.start)
    falling = (time_s - bounds.release) / (bounds.end - bounds.release)
    return ease(rising) - ease(falling)


def _at(
    rest: Settings, reps: Sequence[Rep], bounds: Sequence[Bounds], time_s: float, phase: float
) -> dict[str, float]:
    begun = [rep for rep, b in zip(reps, bounds, strict=True) if b.start <= time_s]
    out = blend(rest, begun[-1].end, phase) if begun else dict(rest)
    frame = time_s * 30.0
    out["sway_x_m"] = 0.004 * float(np.sin(frame * 0.045) + 0.5 * np.sin(frame * 0.11 + 1.0))
    out["sway_y_m"] = 0.004 * float(np.sin(frame * 0.037 + 2.0))
    for rep, b in zip(reps, bounds, strict=True):
        for track in rep.tracks:
            out[track.setting] = value(out, *track.setting.split(".")) + track_value(track, b, time_s)
    return out


def track_value(track: Track, bounds: Bounds, time_s: float) -> float:
    """Return what a track adds at a time."""
    keys = [(getattr(bounds, mark) + after_s, number) for mark, after_s, number in track.keys]
    if time_s <= keys[0][0]:
        return keys[0][1]
    for (t0, a), (t1, b) in pairwise(keys):
        if time_s < t1:
            return a + (b - a) * ease((time_s - t0) / (t1 - t0))
    return keys[-1][1]
