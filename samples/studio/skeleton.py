"""From what a posture asks for to where every bone is.

A posture says how pelvis, chest and head are turned, where the body is held, and for each limb either
where its end is (`Reach`) or how it is folded (`Fold`).  Both are solved in closed form and both reach full
extension and beyond: a limb is a triangle, and which way its joint bends is told by a pole, not read off
the bend.

Every bone carries one rotation from the rest posture, in the world, so that no bone axes matter:
``place = place_of_parent + rotation_of_parent (head - head_of_parent)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from .body import Body, Template, skinned
from .rotation import (
    FORWARD,
    NO_TURN,
    Floats,
    across,
    limb_frame,
    part_of,
    turn_about,
    unit,
)

SIDES = {"L": 1.0, "R": -1.0}
"""Sign of x on the person's left and right."""
SPINE = {"spine05": 0.2, "spine04": 0.5, "spine03": 0.8, "spine02": 1.0, "spine01": 1.0}
"""Share of the turn from pelvis to chest that a vertebra makes."""
NECK = {"neck01": 0.3, "neck02": 0.6, "neck03": 0.9, "head": 1.0, "eye.L": 1.0, "eye.R": 1.0}
"""Share of the turn from chest to head."""
JOINTS = {
    "hip": "upperleg01",
    "knee": "lowerleg01",
    "ankle": "foot",
    "shoulder": "upperarm01",
    "elbow": "lowerarm01",
    "wrist": "wrist",
}
"""Joint: the bone that begins there, left and right."""
SEGMENTS = {"pelvis": "root", "chest": "spine01", "head": "head"}
LIMB_SEGMENTS = {"thigh": "upperleg01", "shank": "lowerleg01", "foot": "foot"}


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """A limb that brings its end (ankle or wrist) somewhere.

    Attributes
    ----------
    at_m : Floats
        In the world; for a `local` reach, from the middle of the shoulders in the chest's own axes.
    pole : Floats
        Towards where the middle joint goes when the limb is bent.
    backwards : bool
        The joint is bent past straight.
    local : bool
    end : Floats, optional
        Rotation of foot or hand; without it, it goes with the lower segment.
    toes : Floats
        Rotation of the toes against the foot.
    """

    at_m: Floats
    pole: Floats
    backwards: bool = False
    local: bool = False
    end: Floats | None = None
    toes: Floats | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """A limb with known directions.

    Attributes
    ----------
    upper : Floats
        Direction of the upper segment.
    pole : Floats
        Towards where the middle joint goes when the limb is bent; not along `upper`.
    bend_deg : float
        Of the middle joint; 0 = straight, negative = past it.
    end, toes : Floats, optional
        As for `Reach`.
    """

    upper: Floats
    pole: Floats
    bend_deg: float
    end: Floats | None = None
    toes: Floats | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Posture:
    """What is asked of a body.

    Attributes
    ----------
    pelvis, chest, head : Floats
        Rotations from the rest posture, in the world.
    held : str
        Which point is put somewhere: ``hips`` (their middle) or ``nape`` (between shoulders and neck).
    at_m : Floats
        Where.
    legs, arms : Mapping[str, Reach | Fold]
        By side, ``L`` and ``R``.
    """

    pelvis: Floats
    chest: Floats
    head: Floats
    held: str
    at_m: Floats
    legs: Mapping[str, Reach | Fold]
    arms: Mapping[str, Reach | Fold]


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A posed body: rotation (bones, 3, 3) and place (bones, 3) of every bone."""

    body: Body
    rotations: Floats
    places_m: Floats

    def place(self, bone: str) -> Floats:
        """Return where a bone begins."""
        place: Floats = self.places_m[self.body.template.bone(bone)]
        return place

    def turn(self, bone: str) -> Floats:
        """Return a bone's rotation from the rest posture."""
        turn: Floats = self.rotations[self.body.template.bone(bone)]
        return turn

    def mesh(self) -> Floats:
        """Return the vertices of the posed mesh."""
        return skinned(self.body, self.rotations, self.places_m)


def bent_reach_m(upper_m: float, lower_m: float, bend_deg: float) -> float:
    """Return the distance of a limb's ends when its joint is bent by so much."""
    cosine = float(np.cos(np.radians(bend_deg)))
    return float(np.sqrt(upper_m**2 + lower_m**2 + 2.0 * upper_m * lower_m * cosine))


def solve(body: Body, posture: Posture) -> Figure:
    """Return the body in the posture; what cannot be reached is reached for with a straight limb."""
    template = body.template
    rotations = np.repeat(NO_TURN[None], len(template.names), axis=0)
    _turn_trunk(template, posture, rotations)
    places = _chain(body, rotations)
    places += posture.at_m - _held(body, places, posture.held)
    figure = Figure(body, rotations, places)
    for side in SIDES:
        _turn_leg(figure, side, posture.legs[side])
        _turn_arm(figure, side, posture.arms[side], posture.chest)
    return Figure(body, rotations, _chain(body, rotations) + places[0])


def _turn_trunk(template: Template, posture: Posture, rotations: Floats) -> None:
    to_chest, to_head = posture.chest @ posture.pelvis.T, posture.head @ posture.chest.T
    for bone in ("root", "pelvis.L", "pelvis.R"):
        rotations[template.bone(bone)] = posture.pelvis
    for bone, share in SPINE.items():
        rotations[template.bone(bone)] = part_of(to_chest, share) @ posture.pelvis
    for bone in ("clavicle.L", "clavicle.R", "shoulder01.L", "shoulder01.R"):
        rotations[template.bone(bone)] = posture.chest
    for bone, share in NECK.items():
        rotations[template.bone(bone)] = part_of(to_head, share) @ posture.chest


def _chain(body: Body, rotations: Floats) -> Floats:
    """Return where every bone begins when the first is at the origin."""
    places = np.zeros_like(body.heads_m)
    for bone, parent in enumerate(body.template.parents):
        if parent >= 0:
            places[bone] = places[parent] + rotations[parent] @ (body.heads_m[bone] - body.heads_m[parent])
    return places


def _held(body: Body, places: Floats, held: str) -> Floats:
    def at(bone: str) -> Floats:
        place: Floats = places[body.template.bone(bone)]
        return place

    if held == "hips":
        hips: Floats = (at("upperleg01.L") + at("upperleg01.R")) / 2.0
        return hips
    nape: Floats = (at("upperarm01.L") + at("upperarm01.R")) / 4.0 + at("neck01") / 2.0
    return nape


def nape_of(body: Body) -> Floats:
    """Return the point ``nape`` of the rest posture."""
    return _held(body, body.heads_m, "nape")


def _folded(
    start: Floats, limb: Reach | Fold, upper_m: float, lower_m: float, target_m: Floats | None
) -> tuple[Floats, Floats, Floats]:
    """Return the directions of both segments, and the hinge between them."""
    if isinstance(limb, Fold):
        upper = unit(limb.upper)
        hinge = np.cross(across(limb.pole, upper), upper)
        return upper, turn_about(hinge, limb.bend_deg) @ upper, hinge
    assert target_m is not None
    way = target_m - start
    longest, shortest = upper_m + lower_m, abs(upper_m - lower_m) * 1.001
    distance = float(np.clip(np.linalg.norm(way), shortest, longest))
    straight = unit(way)
    side = across(limb.pole, straight)
    along = (upper_m**2 - lower_m**2 + distance**2) / (2.0 * distance)
    out = float(np.sqrt(max(0.0, upper_m**2 - along**2))) * (-1.0 if limb.backwards else 1.0)
    upper = (along * straight + out * side) / upper_m
    lower = (distance * straight - upper * upper_m) / lower_m
    return upper, unit(lower), np.cross(side, straight)


def _turn_leg(figure: Figure, side: str, leg: Reach | Fold) -> None:
    body = figure.body
    hip, knee, ankle = (body.head(f"{JOINTS[name]}.{side}") for name in ("hip", "knee", "ankle"))
    target = leg.at_m if isinstance(leg, Reach) else None
    thigh, shank, hinge = _folded(figure.place(f"upperleg01.{side}"), leg, body.thigh_m, body.shank_m, target)
    rest_hinge = hinge_at_rest(body, side)
    turn_thigh = limb_frame(thigh, hinge) @ limb_frame(knee - hip, rest_hinge).T
    turn_shank = limb_frame(shank, hinge) @ limb_frame(ankle - knee, rest_hinge).T
    foot = turn_shank if leg.end is None else leg.end
    toes = foot if leg.toes is None else foot @ leg.toes
    turns = {"upperleg": turn_thigh, "lowerleg": turn_shank, "foot": foot, "toe": toes}
    for start, turn in turns.items():
        figure.rotations[_bones(body.template, start, side)] = turn


def _turn_arm(figure: Figure, side: str, arm: Reach | Fold, chest: Floats) -> None:
    body = figure.body
    names = [f"{JOINTS[name]}.{side}" for name in ("shoulder", "elbow", "wrist")]
    shoulder, elbow, wrist = (body.head(name) for name in names)
    target = None
    if isinstance(arm, Reach):
        middle = (figure.place("upperarm01.L") + figure.place("upperarm01.R")) / 2.0
        target = middle + chest @ arm.at_m if arm.local else arm.at_m
    upper_m, lower_m = body.length(names[0], names[1]), body.length(names[1], names[2])
    upper, lower, hinge = _folded(figure.place(names[0]), arm, upper_m, lower_m, target)
    rest_hinge = np.cross(elbow - shoulder, wrist - elbow)
    turn_upper = limb_frame(upper, -hinge) @ limb_frame(elbow - shoulder, rest_hinge).T
    turn_lower = limb_frame(lower, -hinge) @ limb_frame(wrist - elbow, rest_hinge).T
    hand = turn_lower if arm.end is None else arm.end
    turns = {"upperarm": turn_upper, "lowerarm": turn_lower}
    turns |= {"wrist": hand, "finger": hand, "metacarpal": hand}
    for start, turn in turns.items():
        figure.rotations[_bones(body.template, start, side)] = turn


def hinge_at_rest(body: Body, side: str) -> Floats:
    """Return the axis that a knee bends about in the rest posture, to the person's left."""
    return np.cross(FORWARD, unit(body.head(f"foot.{side}") - body.head(f"upperleg01.{side}")))


@cache
def _bones(template: Template, start: str, side: str) -> list[int]:
    return [
        i for i, name in enumerate(template.names) if name.startswith(start) and name.endswith(f".{side}")
    ]
