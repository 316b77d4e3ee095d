"""What can be put into a repetition on purpose, by exercise and product code: a few lines each.

A fault changes settings at the end of the movement (`Fault.end`), at rest (`Fault.rest`), the tempo, or
something by the clock.  What it is called here is what was put in; whether it counts follows from the true
angles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .motions import EXERCISES, Exercise, Rep, Settings, Track, repetition, sided


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that may differ from a good repetition.

    Attributes
    ----------
    exercise, name : str
        `name` is a code of the product, with ``_L`` or ``_R`` where it is one side's alone.
    end, rest : Settings
        In full; ``@`` stands for the side that moves.
    tempo : Mapping[str, float]
        Fields of `Tempo`.
    tracks : tuple[Track, ...]
    """

    exercise: str
    name: str
    end: Settings = field(default_factory=dict)
    rest: Settings = field(default_factory=dict)
    tempo: Mapping[str, float] = field(default_factory=dict)
    tracks: tuple[Track, ...] = ()


def _stumble(side: str) -> tuple[Track, ...]:
    """Return a step aside after the way back has begun: out in 0.45 s, a short stay, a low step in again."""
    out = (("release", 0.3, 0.0), ("release", 0.75, 0.28), ("release", 1.0, 0.28), ("release", 1.7, 0.0))
    up = (
        *(("release", 0.3, 0.0), ("release", 0.52, 0.08), ("release", 0.75, 0.0)),
        *(("release", 1.0, 0.0), ("release", 1.35, 0.035), ("release", 1.7, 0.0)),
    )
    sign = 1.0 if side == "L" else -1.0
    lean = tuple((mark, after_s, sign * 28.0 * metres) for mark, after_s, metres in out)
    return (
        Track(f"step_m.{side}", out),
        Track(f"step_up_m.{side}", up),
        Track("lateral_deg", lean),
    )


_HEAD_UP = Track("head_deg", (("start", -0.65, 0), ("start", -0.15, 38), ("end", 0.15, 38), ("end", 0.65, 0)))

FAULTS: tuple[Fault, ...] = (
    Fault("squat", "shallow_depth", {"knee_deg": 45, "shank_deg": 14, "trunk_deg": 18, "arms": 0.6}),
    Fault("squat", "too_deep", {"knee_deg": 130, "shank_deg": 36, "trunk_deg": 44}),
    Fault("squat", "forward_lean", {"trunk_deg": 63}),
    Fault("squat", "heel_lift", {"heel_deg": 20, "shank_deg": 36, "knee_deg": 94}),
    Fault("squat", "knee_valgus", {"valgus_deg": 21}),
    Fault("squat", "knee_valgus_L", {"valgus_deg.L": 26}),
    Fault("squat", "knee_valgus_R", {"valgus_deg.R": 26}),
    Fault("squat", "weight_shift", {"shift_m": 0.065}),
    Fault("squat", "lateral_lean", {"lateral_deg": 19}),
    Fault("squat", "stance_width", rest={"stance_m": 0.075, "toe_deg": 5}),
    Fault("squat", "fast_descent", tempo={"out_s": 0.5, "hold_s": 0.15, "back_s": 0.8}),
    Fault("squat", "loss_of_balance", tempo={"back_s": 1.9}, tracks=_stumble("L")),
    Fault("bridge", "incomplete_extension", {"lift": 0.47}),
    Fault("bridge", "lumbar_overextension", {"lift": 1.4, "arch_deg": 26}),
    Fault("bridge", "hips_drop", tempo={"hold_s": 2.6}, tracks=(
        Track("sink", (("bottom", 0.5, 0.0), ("bottom", 1.1, 0.4), ("end", 0.0, 0.4), ("end", 0.2, 0.0))),
    )),
    Fault("bridge", "feet_far", rest={"knee_deg": 75}),
    Fault("bridge", "neck_lift", {"neck_deg": 66, "curl_deg": 6, "raise_m": 0.02}),
    Fault("bridge", "short_hold", tempo={"hold_s": 0.1}),
    Fault("bridge", "pushing_through_toes", {"heel_deg": 25}),
    Fault("bridge", "fast_lowering", tempo={"back_s": 0.4}),
    Fault("bridge", "knees_in", {"knees_in_deg": 9}),
    Fault("bridge", "pelvic_drop", {"drop_deg": 14}),
    Fault("clamshell", "pelvis_rollback", {"roll_deg": 28, "open_deg": 45}),
    Fault("clamshell", "trunk_rollback", {"roll_deg": 24, "open_deg": 45, "trunk_roll_share": 1.2}),
    Fault("clamshell", "feet_apart", {"sep_m": 0.15}),
    Fault("clamshell", "low_opening", {"open_deg": 18}),
    Fault("clamshell", "setup_hip_flexion", rest={"hip_deg": 20}),
    Fault("clamshell", "momentum", tempo={"out_s": 0.45, "hold_s": 0.05, "back_s": 0.4}),
    Fault("clamshell", "short_hold", tempo={"hold_s": 0.0}),
    Fault("clamshell", "head_lifted", tracks=(_HEAD_UP,), tempo={"rest_s": 1.5}),
    Fault("seated_march", "lean_back", {"trunk_deg": -19}),
    Fault("seated_march", "slump", {"slump_deg": 22, "trunk_deg": 8}),
    Fault("seated_march", "lateral_sway", {"lateral_deg": -16}),
    Fault("seated_march", "low_lift", {"thigh_deg.@": 8}),
    Fault("seated_march", "too_high", {"thigh_deg.@": 48}),
    Fault("seated_march", "pelvic_hike", {"obliquity_deg": 12}),
    Fault("seated_march", "fast_drop", tempo={"back_s": 0.2}),
    Fault("seated_march", "rushing", {"thigh_deg.@": 22}, tempo={
        "out_s": 0.22, "hold_s": 0.02, "back_s": 0.22, "rest_s": 0.06,
    }),
)  # fmt: skip
SIDEWAYS = {"lateral_deg", "obliquity_deg", "shift_m"}
"""Settings whose sign follows the side that moves: as they stand for the left leg."""


def fault(exercise: str, name: str) -> Fault:
    """Return a fault of an exercise.

    Raises
    ------
    KeyError
        There is none of that name.
    """
    for one in FAULTS:
        if (one.exercise, one.name) == (exercise, name):
            return one
    raise KeyError(f"{exercise} has no fault {name!r}; known: {', '.join(names(exercise))}")


def names(exercise: str) -> tuple[str, ...]:
    """Return the faults of an exercise."""
    return tuple(one.name for one in FAULTS if one.exercise == exercise)


def with_fault(rep: Rep, what: Fault, amount: float = 1.0) -> Rep:
    """Return the repetition with something put in.

    Parameters
    ----------
    amount : float
        How much of the way from the good setting to the fault's; 1 = in full.
    """
    exercise: Exercise = EXERCISES[what.exercise]
    end = dict(rep.end)
    for name, full in sided(what.end, rep.side).items():
        both = name.partition(".")[0]
        good = end.get(name, end.get(both, exercise.rest.get(both, 0.0)))
        sign = -1.0 if rep.side == "R" and both in SIDEWAYS else 1.0
        end[name] = good + amount * (sign * full - good)
    tempo = replace(rep.tempo, **dict(what.tempo))
    return Rep(what.name, end, tempo, rep.side, rep.tracks + what.tracks)


def faulty(exercise: str, name: str, side: str = "", amount: float = 1.0, **end: float) -> Rep:
    """Return a repetition with one fault (``none``: a good one), with other settings where told."""
    rep = repetition(EXERCISES[exercise], side, None, **end)
    return rep if name == "none" else with_fault(rep, fault(exercise, name), amount)
