"""The nine rendered samples, as data: who does what, in front of which camera."""

from __future__ import annotations

from dataclasses import replace

from .clip import ClipPlan
from .faults import faulty
from .looks import HAIRS, HEMS, SKINS, SLEEVES, Look
from .motions import Rep, Tempo
from .render import Light

LATE = Light(towards=(-0.3, -0.5, 0.9), rgb=(2.0, 1.75, 1.4), exposure=0.5)
LONG, SHORTS = HEMS["long"], HEMS["short"]


def _reps(exercise: str, *names: str, tempo: Tempo | None = None, sides: str = "") -> tuple[Rep, ...]:
    """Return repetitions by what is put into each."""
    reps = [faulty(exercise, name, sides[i] if sides else "") for i, name in enumerate(names)]
    if tempo is None:
        return tuple(reps)
    return tuple(rep if rep.name.startswith("fast") else replace(rep, tempo=tempo) for rep in reps)


def _squat_front() -> tuple[Rep, ...]:
    good = faulty("squat", "none", valgus_deg=-4.0)
    inward = faulty("squat", "knee_valgus")
    return good, good, inward, inward, good


_HOLD, _SHORTER = Tempo(hold_s=1.0), Tempo(hold_s=0.8)
_HALF_AND_OVER = ("incomplete_extension", "lumbar_overextension")
_RUSHED = Tempo(0.55, 0.1, 0.45, 0.25)
_QUICK = Tempo(0.5, 0.1, 0.45, 0.6)

CLIPS: dict[str, ClipPlan] = {
    plan.name: plan
    for plan in (
        ClipPlan(
            "squat_side", "squat", "f60",
            _reps("squat", "none", "none", "shallow_depth", "forward_lean", "none"),
            (2.9, -0.25, 0.95), (0.0, 0.03, 0.82), 62.0,
            meta={"view": "side", "camera_side": "left", "body": "female"},
            pictures=(((-2.0, 0.9, 1.5), 0),),
        ),
        ClipPlan(
            "squat_front_valgus", "squat", "m65", _squat_front(),
            (0.1, -3.0, 1.0), (0.0, 0.0, 0.85), 62.0,
            Look(SKINS["tan"], HAIRS["black"], (0.3, 0.04, 0.04), (0.1, 0.11, 0.13), hem_z=SHORTS),
            rest={"stance_m": 0.17}, arms="chest", wall=(0.45, 0.52, 0.58), mat=(0.03, 0.12, 0.08),
            meta={"view": "front", "body": "male"}, pictures=(((0.9, 2.0, 1.6), 1),),
        ),
        ClipPlan(
            "squat_45", "squat", "f80",
            (
                *_reps("squat", "none", "heel_lift", "weight_shift"),
                *(replace(rep, tempo=_RUSHED) for rep in _reps("squat", *["fast_descent"] * 2)),
                faulty("squat", "knee_valgus_L"),
            ),
            (2.15, -2.15, 1.0), (0.0, 0.0, 0.8), 62.0,
            Look(SKINS["dark"], HAIRS["black"], (0.42, 0.42, 0.44), (0.08, 0.02, 0.1)),
            rest={"stance_m": 0.16}, arms="chest", wall=(0.55, 0.5, 0.4), floor=(0.18, 0.11, 0.07),
            mat=(0.2, 0.2, 0.22), light=LATE, meta={"view": "45", "body": "female"},
        ),
        ClipPlan(
            "bridge_side", "bridge", "f70",
            _reps("bridge", "none", "none", *_HALF_AND_OVER, "none", tempo=_HOLD),
            (2.6, 0.0, 0.75), (0.0, -0.05, 0.3), 55.0,
            Look(shirt=(0.55, 0.5, 0.1), trousers=(0.02, 0.04, 0.12), hair=HAIRS["fair"]),
            floor=(0.42, 0.36, 0.28), meta={"view": "side", "body": "female", "camera_side": "left"},
        ),
        ClipPlan(
            "bridge_45", "bridge", "m67",
            (
                *_reps("bridge", "none", "pelvic_drop", "knees_in", "incomplete_extension", tempo=_SHORTER),
                replace(faulty("bridge", "fast_lowering"), tempo=_QUICK),
            ),
            (2.0, -1.9, 0.9), (0.0, -0.05, 0.25), 56.0,
            Look(SKINS["brown"], HAIRS["black"], (0.35, 0.36, 0.38), (0.02, 0.02, 0.025), hem_z=SHORTS),
            mat=(0.4, 0.08, 0.05), wall=(0.5, 0.55, 0.5), light=Light(exposure=0.5),
            meta={"view": "45", "body": "male"},
        ),
        ClipPlan(
            "clamshell_front", "clamshell", "f65",
            _reps("clamshell", "none", "none", "pelvis_rollback", "feet_apart", "none"),
            (0.05, -2.4, 0.75), (0.0, 0.0, 0.22), 55.0,
            Look(SKINS["brown"], HAIRS["black"], (0.45, 0.12, 0.3), (0.05, 0.05, 0.06), (0.6, 0.6, 0.6)),
            mat=(0.05, 0.16, 0.28), meta={"view": "front", "body": "female", "top_leg": "L"},
        ),
        ClipPlan(
            "clamshell_male", "clamshell", "m60",
            _reps("clamshell", "none", "none", "low_opening", "pelvis_rollback", "momentum"),
            (0.35, -2.5, 1.0), (0.02, 0.0, 0.2), 56.0,
            Look(shirt=(0.02, 0.02, 0.025), trousers=(0.28, 0.28, 0.3), hem_z=SHORTS),
            rest={"hip_deg": 40.0, "knee_deg": 90.0}, mat=(0.25, 0.25, 0.1), light=Light(exposure=0.55),
            meta={"view": "front", "body": "male", "top_leg": "L"},
        ),
        ClipPlan(
            "march_side", "seated_march", "f90",
            _reps("seated_march", "none", "none", "lean_back", "none", "low_lift", "none", sides="LRLRLR"),
            (2.5, -0.2, 0.9), (0.0, -0.12, 0.66), 58.0,
            Look(
                SKINS["tan"], HAIRS["grey"], (0.4, 0.08, 0.06), (0.04, 0.06, 0.14), (0.08, 0.08, 0.09),
                sleeve=SLEEVES["elbow"],
            ),
            wall=(0.5, 0.53, 0.58), chair=(0.05, 0.05, 0.055),
            meta={"view": "side", "body": "female", "camera_side": "left"},
        ),
        ClipPlan(
            "march_45", "seated_march", "m85",
            _reps("seated_march", "none", "none", "none", "lean_back", "none", "low_lift", sides="LRLRLR"),
            (1.9, -2.0, 0.95), (0.0, -0.1, 0.68), 58.0,
            Look(SKINS["light"], HAIRS["grey"], (0.1, 0.25, 0.1), (0.16, 0.15, 0.14), (0.05, 0.05, 0.06)),
            wall=(0.62, 0.58, 0.48), meta={"view": "45", "body": "male"}, pictures=(((0.3, 2.0, 1.5), 1),),
        ),
    )
}  # fmt: skip
"""By name; exercises, views and faults of the samples that are shipped, with knees that straighten."""
