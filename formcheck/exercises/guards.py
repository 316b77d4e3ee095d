"""How far a reading may lie beyond a limit while the body does not: the error that every limit is granted.

One number a measure, set before any clip was looked at: the guard band of clinical.md 0.8, about one standard
error of the measure in the view it is judged from, and for times the share by which they are off on rendered
people.  `benchmarks/rule_margins.py` shows what it costs and saves (docs/rule-margins.md).  Rows whose limit
was itself set between what good and deviating people read (``[M]`` in their evidence) hold it already.
Knees that fall in are granted none either: of all faults that are found this one is found least often, and no
good person, rendered, filmed or recorded with markers, comes as near to its limits as that.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

GUARD: Mapping[str, float] = MappingProxyType(
    {
        # Degrees.  Clinical 0.8 but for the foot, which it does not name: as an angle of flexion.
        "trunk_inclination": 3.0,
        "trunk_lateral_lean": 2.5,
        "hip_flexion": 4.0,
        "knee_flexion": 4.0,
        "foot_pitch": 4.0,
        "pelvic_obliquity": 2.5,
        # Ratios.  Clinical 0.8 but for what follows.
        "knee_separation_ratio": 0.06,
        "ankles_apart_x": 0.03,  # planted feet wander by so much in rendered good squats [M]
        "ankles_apart_y": 0.03,
        "stance_ratio": 0.10,  # 95 % of good stances read within 0.14, with a mean of 0.01 [M]
        "feet_gap": 0.04,  # 95 % of feet that lie together read up to 0.07 in all [M]
        "trunk_length": 0.02,  # standing still it reads within this [M]
        "head_height": 0.02,  # resting heads read up to 0.02, the model follows a head by half [M]
        "head_over_feet": 0.02,
        # Lifts a minute, over six of them: 95 % within 4.9 [M].
        "lift_rate": 5.0,
    }
)
"""In the measure's unit; also of its change from rest."""
TIME_SHARE = 0.15
"""Times of one way or of a repetition are off by up to this share: edges fall between two pictures."""


def time_guard(limit_s: float) -> float:
    """Return how far below a limit a time has to lie, seconds, to the hundredth."""
    return round(TIME_SHARE * limit_s, 2)
