"""The design of stills: everything that may vary, drawn from a seed.

A still is a number.  From it follow body, clothes, movement, camera, room, light and lens, each from a random
stream of its own, so that a change to one table leaves the others as they were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .body import BODIES, Body, make_body
from .faults import Fault, fault, names, with_fault
from .lens import Lens
from .looks import HAIRS, HEMS, LOW_SHOE_Z, NO_SHOE_Z, SKINS, SLEEVES, Look
from .motions import EXERCISES, Exercise, Rep, blend, repetition
from .render import Light

Range = tuple[float, float]
Random = np.random.Generator

HELD_OUT = ("f80", "m65")
"""Bodies for testing only; `train` mixes the others, `test` these two."""
SPLITS = {"train": tuple(name for name in BODIES if name not in HELD_OUT), "test": HELD_OUT, "all": BODIES}
STREAMS = ("body", "look", "motion", "camera", "room", "light", "lens", "extras")

GOOD_SHARE = 0.5
"""How many stills have nothing put in."""
FAULT_AMOUNT: Range = (0.4, 1.2)
PHASES = (0.2, 0.25)
"""Shares of stills at rest and at the end of the movement; the others are anywhere between."""
SIZES = {(320, 240): 0.4, (320, 180): 0.3, (240, 320): 0.15, (180, 320): 0.15}
SQUARE_YAWS = {
    "squat": (0, 90, 270, 45, 315, 180),
    "bridge": (90, 270, 45, 315, 60, 300),
    "clamshell": (0, 0, 180, 30, 330),
    "seated_march": (0, 90, 270, 45, 315),
}
"""Where people are told to put the camera, degrees around the person; 0 = in front."""
AT_A_SQUARE_YAW, YAW_JITTER_DEG = 0.45, 12.0
SHARES = {
    "blanket": 0.15,
    "bystander": 0.15,
    "in_the_way": 0.12,
    "cropped": 0.1,
    "motion_blur": 0.15,
    "dim": 0.12,
    "empty_room": 0.25,
}
"""How often a still has what real rooms have (`blanket`: of people lying)."""

REST: Mapping[str, Mapping[str, Range]] = {
    "squat": {
        "knee_deg": (-7, 12),
        "shank_deg": (-3, 4),
        "trunk_deg": (-5, 9),
        "stance_m": (0.07, 0.3),
        "toe_deg": (0, 30),
        "tilt_share": (-0.1, 0.3),
        "obliquity_deg": (-1.5, 1.5),
        "lateral_deg": (-4, 4),
        "forward_m.L": (-0.06, 0.06),
        "head_turn_deg": (-35, 35),
        "nod_deg": (-15, 25),
    },
    "bridge": {
        "knee_deg": (65, 125),
        "width_m": (0.06, 0.25),
        "neck_deg": (-6, 12),
        "head_turn_deg": (-35, 35),
        "knees_in_deg": (-6, 5),
        "drop_deg": (-3, 3),
    },
    "clamshell": {
        "hip_deg": (15, 85),
        "knee_deg": (40, 115),
        "roll_deg": (-8, 12),
        "trunk_roll_share": (0.3, 1.1),
        "open_deg": (-2, 8),
        "head_turn_deg": (-15, 25),
    },
    "seated_march": {
        "thigh_deg": (-15, 12),
        "shank_deg": (-20, 18),
        "out_deg": (-3, 18),
        "trunk_deg": (-14, 22),
        "slump_deg": (-4, 18),
        "lateral_deg": (-4, 4),
        "obliquity_deg": (-3, 3),
        "head_turn_deg": (-35, 35),
        "nod_deg": (-15, 25),
    },
}
END: Mapping[str, Mapping[str, Range]] = {
    "squat": {
        "knee_deg": (35, 130),
        "shift_m": (-0.05, 0.05),
        "lateral_deg": (-6, 6),
        "knee_out_deg": (-4, 14),
    },
    "bridge": {"lift": (0.25, 1.25), "arch_deg": (-6, 16), "drop_deg": (-6, 6), "knees_in_deg": (-8, 8)},
    "clamshell": {"open_deg": (8, 62), "roll_deg": (-8, 16)},
    "seated_march": {"thigh_deg.@": (5, 55), "shank_deg.@": (-15, 25), "lateral_deg": (-6, 6)},
}
LEGS_FLAT, KNEE_OUT = 0.2, 0.2
"""Shares of people lying with straight legs, and of seated ones who straighten the knee, not lift it."""


@dataclass(frozen=True, slots=True)
class View:
    """Where the camera is put, before it is known how large the person is.

    Attributes
    ----------
    yaw_deg, height_m, roll_deg, width_deg : float
        As for `camera.around` and `camera.look`.
    fill : float
        How much of the picture the person fills; over 1 = cut off.
    aim : tuple of float
        Sideways and up from the person's middle, shares of their extent.
    size : tuple[int, int]
    """

    yaw_deg: float
    height_m: float
    roll_deg: float
    width_deg: float
    fill: float
    aim: tuple[float, float]
    size: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One still, drawn but not built.

    Attributes
    ----------
    seed : int
    exercise : Exercise
    body : Body
    look : Look
    arms : str
    rest : dict[str, float]
    rep : Rep
    phase : float
    view : View
    light : Light
    lens : Lens
    mirrored : bool
        Picture and truth are those of the mirrored world.
    extras : frozenset[str]
        Of `SHARES`.
    again : int
        How often the same person was drawn before, elsewhere and in other clothes.
    """

    seed: int
    exercise: Exercise
    body: Body
    look: Look
    arms: str
    rest: dict[str, float]
    rep: Rep
    phase: float
    view: View
    light: Light
    lens: Lens
    mirrored: bool
    extras: frozenset[str]
    again: int = 0

    def stream(self, name: str) -> Random:
        """Return the random numbers of one aspect of this still."""
        return stream(self.seed, name, self.again)

    def settings(self, phase: float | None = None) -> dict[str, float]:
        """Return the settings at a phase; by default the still's own."""
        q = self.phase if phase is None else phase
        out = blend(self.rest, self.rep.end, q)
        for track in self.rep.tracks:
            middle = max((number for _, _, number in track.keys), key=abs)
            out[track.setting] = out.get(track.setting, 0.0) + middle * q
        return out

    def described(self) -> dict[str, float | str | bool]:
        """Return what there is to know of the design, for a table."""
        return {
            "seed": self.seed,
            "exercise": self.exercise.name,
            "body": self.body.name,
            "fault": self.rep.name,
            "side": self.rep.side,
            "phase": round(self.phase, 4),
            "arms": self.arms,
            "yaw_deg": round(self.view.yaw_deg, 2),
            "camera_height_m": round(self.view.height_m, 3),
            "camera_roll_deg": round(self.view.roll_deg, 2),
            "fill": round(self.view.fill, 3),
            "mirrored": self.mirrored,
            "extras": " ".join(sorted(self.extras)),
        }


def stream(seed: int, name: str, again: int = 0) -> Random:
    """Return the random numbers of one aspect of a still."""
    return np.random.default_rng([seed, STREAMS.index(name), *([again] if again else [])])


def draw(
    seed: int,
    split: str = "all",
    exercise: str | None = None,
    put_in: str | None = None,
    again: int = 0,
) -> Shot:
    """Return the still of a seed.

    Parameters
    ----------
    split : str
        Of `SPLITS`: which bodies are mixed.
    exercise : str, optional
        Instead of the one that the seed gives.
    put_in : str, optional
        A fault of that exercise, at the end of the movement, instead of what the seed gives.
    again : int
        From 1 up: the same body in the same posture before the same camera, with other clothes, room, light
        and lens.  What differs between such stills is what no angle can be read from.
    """
    random = stream(seed, "motion")
    drawn = str(random.choice(list(EXERCISES)))
    which = EXERCISES[exercise or drawn]
    rest, rep, phase = draw_motion(random, which, put_in)
    framed = draw_extras(stream(seed, "extras"), which.name) & {"cropped"}
    extras = draw_extras(stream(seed, "extras", again), which.name) - {"cropped"} | framed
    shot = Shot(
        seed=seed,
        exercise=which,
        body=draw_body(stream(seed, "body"), SPLITS[split]),
        look=draw_look(stream(seed, "look", again)),
        arms=str(random.choice(which.arms)),
        rest=rest,
        rep=rep,
        phase=phase,
        view=draw_view(stream(seed, "camera"), which.name, "cropped" in extras),
        light=draw_light(stream(seed, "light", again)),
        lens=draw_lens(stream(seed, "lens", again), "dim" in extras),
        mirrored=bool(random.random() < 0.5),
        extras=extras,
        again=again,
    )
    return shot


def within(random: Random, ranges: Mapping[str, Range]) -> dict[str, float]:
    """Return a number within each range, more often near its middle."""
    return {
        name: float(random.triangular(low, (low + high) / 2, high)) for name, (low, high) in ranges.items()
    }


def draw_body(random: Random, names_: Sequence[str]) -> Body:
    """Return a mixture of two of the bodies, stretched a little."""
    first, second = random.choice(names_, 2, replace=False)
    share = float(random.uniform(0.5, 1.0))
    return make_body(
        {str(first): share, str(second): 1.0 - share},
        scale=float(random.uniform(0.92, 1.08)),
        girth=float(random.uniform(0.93, 1.14)),
        legs=float(random.uniform(0.95, 1.05)),
    )


def draw_motion(
    random: Random, exercise: Exercise, put_in: str | None = None
) -> tuple[dict[str, float], Rep, float]:
    """Return settings at rest, a repetition, and a phase of it."""
    rest = {**exercise.rest, **within(random, REST[exercise.name])}
    side = str(random.choice(["L", "R"])) if exercise.name == "seated_march" else ""
    end = within(random, END[exercise.name])
    phase = float(random.choice([0.0, 1.0, random.random()], p=[*PHASES, 1.0 - sum(PHASES)]))
    if exercise.name == "squat":
        share = end["knee_deg"] / 95.0
        end |= {"shank_deg": 27.0 * share * random.uniform(0.5, 1.4), "arms": min(1.0, share)}
        end["trunk_deg"] = 38.0 * share * random.uniform(0.3, 1.7)
    elif exercise.name == "bridge" and random.random() < LEGS_FLAT:
        rest["knee_deg"], phase = float(random.uniform(2.0, 60.0)), 0.0
    elif exercise.name == "clamshell" and random.random() < LEGS_FLAT:
        rest |= {"hip_deg": float(random.uniform(-5.0, 20.0)), "knee_deg": float(random.uniform(0.0, 40.0))}
    elif exercise.name == "seated_march" and random.random() < KNEE_OUT:
        end |= {
            "thigh_deg.@": float(random.uniform(-10.0, 15.0)),
            "shank_deg.@": float(random.uniform(-95.0, -10.0)),
        }
    rep = repetition(exercise, side, None, **end)
    if put_in is not None:
        phase = 1.0
    if put_in is not None or random.random() >= GOOD_SHARE:
        what = fault(exercise.name, put_in or str(random.choice(names(exercise.name))))
        rep, rest = (
            with_fault(rep, _either_way(what, random), float(random.uniform(*FAULT_AMOUNT))),
            {**rest, **what.rest},
        )
    return rest, rep, phase


def _either_way(what: Fault, random: Random) -> Fault:
    """Return the fault, mirrored half the time where it has a direction."""
    sideways = {"lateral_deg", "shift_m", "obliquity_deg", "drop_deg"} & set(what.end)
    if not sideways or random.random() < 0.5:
        return what
    return replace(what, end={k: -v if k in sideways else v for k, v in what.end.items()})


def draw_look(random: Random) -> Look:
    """Return skin, hair and clothes."""
    return Look(
        skin=_near(random, SKINS[str(random.choice(list(SKINS)))], 0.15),
        hair=_near(random, HAIRS[str(random.choice(list(HAIRS)))], 0.3),
        shirt=_any_colour(random),
        trousers=_any_colour(random),
        shoe=_any_colour(random),
        print_=_any_colour(random),
        sleeve=SLEEVES[str(random.choice(list(SLEEVES)))],
        hem_z=HEMS[str(random.choice(list(HEMS), p=[0.6, 0.15, 0.25]))],
        waist_z=float(random.uniform(0.05, 0.11)),
        shoe_z=float(random.choice([LOW_SHOE_Z, -0.845, NO_SHOE_Z], p=[0.45, 0.3, 0.25])),
        pattern=int(random.choice(4, p=[0.55, 0.15, 0.1, 0.2])),
        loose_shirt=float(random.choice([0.0, random.uniform(0.2, 1.3)], p=[0.25, 0.75])),
        loose_trousers=float(random.choice([0.0, random.uniform(0.2, 1.4)], p=[0.45, 0.55])),
        bald=bool(random.random() < 0.1),
    )


def _near(random: Random, colour: tuple[float, float, float], spread: float) -> tuple[float, float, float]:
    r, g, b = (float(c * random.uniform(1 - spread, 1 + spread)) for c in colour)
    return r, g, b


def _any_colour(random: Random) -> tuple[float, float, float]:
    brightest = 10 ** random.uniform(-1.7, -0.2)
    r, g, b = (float(brightest * share) for share in random.uniform(0.15, 1.0, 3))
    return r, g, b


def draw_extras(random: Random, exercise: str) -> frozenset[str]:
    """Return which of `SHARES` a still has."""
    lying = exercise in ("bridge", "clamshell")
    return frozenset(
        name for name, share in SHARES.items() if random.random() < share and (lying or name != "blanket")
    )


def draw_view(random: Random, exercise: str, cropped: bool) -> View:
    """Return where the camera stands."""
    lying = exercise in ("bridge", "clamshell")
    square = random.choice(SQUARE_YAWS[exercise]) + random.normal(0.0, YAW_JITTER_DEG)
    yaw = square if random.random() < AT_A_SQUARE_YAW else random.uniform(0.0, 360.0)
    sizes = list(SIZES)
    size = sizes[int(random.choice(len(sizes), p=list(SIZES.values())))]
    wide = size[0] > size[1]
    return View(
        yaw_deg=float(yaw % 360.0),
        height_m=float(random.uniform(0.2, 1.5) if lying else random.uniform(0.25, 1.8)),
        roll_deg=float(np.clip(random.normal(0.0, 3.0), -12.0, 12.0)),
        width_deg=float(random.uniform(48.0, 78.0) if wide else random.uniform(36.0, 58.0)),
        fill=float(random.uniform(1.05, 1.35) if cropped else random.uniform(0.45, 0.95)),
        aim=(
            float(random.uniform(-0.1, 0.1)),
            float(random.uniform(0.12, 0.3) if cropped else random.uniform(-0.08, 0.08)),
        ),
        size=size,
    )


def draw_light(random: Random) -> Light:
    """Return light from somewhere above."""
    around, up = random.uniform(0.0, 2 * np.pi), np.radians(random.uniform(30.0, 80.0))
    towards = (float(np.cos(around) * np.cos(up)), float(np.sin(around) * np.cos(up)), float(np.sin(up)))
    warm, strong, fill = random.uniform(-1.0, 1.0), random.uniform(0.5, 2.6), random.uniform(0.6, 1.6)
    r, g, b = (float(strong * k) for k in (1.0 + 0.15 * warm, 1.0, 1.0 - 0.25 * warm))
    ambient = tuple(
        (float(x * fill), float(y * fill), float(z * fill))
        for x, y, z in ((0.75, 0.8, 0.9), (0.45, 0.38, 0.32), (0.25, 0.25, 0.25))
    )
    return Light(towards, (r, g, b), ambient, exposure=float(random.uniform(0.4, 0.85)))


def draw_lens(random: Random, dim: bool) -> Lens:
    """Return a camera's shortcomings; a dim room makes it noisy."""
    r, g, b = (float(x) for x in random.normal(1.0, 0.05, 3))
    return Lens(
        blur_px=float(random.uniform(0.35, 1.1)),
        noise=float(random.uniform(0.01, 0.03) if dim else random.uniform(0.002, 0.012)),
        grain=float(random.uniform(0.01, 0.04) if dim else random.uniform(0.0, 0.012)),
        gain=float(random.uniform(0.25, 0.55) if dim else random.uniform(0.85, 1.15)),
        tint=(r, g, b),
        contrast=float(random.uniform(0.85, 1.2)),
        corners=float(random.uniform(0.0, 0.3)),
        shrink=float(random.choice([1.0, random.uniform(1.0, 1.8)], p=[0.75, 0.25])),
        quality=int(random.choice([100, int(random.uniform(25, 90))], p=[0.3, 0.7])),
    )
