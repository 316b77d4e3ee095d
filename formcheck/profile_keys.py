"""What may stand in a profile: one table that reading, the template and the messages follow."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from formcheck.exercises import EXERCISES
from formcheck.profile import BUILT_IN, CEILINGS
from formcheck.results import Severity

NAME_LENGTH = 80
NOT_IN_A_CHECK = "range_limit"
"""Speaks for the ceilings; without ceilings it is silent."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a profile.

    Attributes
    ----------
    name : str
        As in the file; ends in its unit where it has one.
    about : str
        For a physical therapist.
    example : bool | int | float | str
        For the template; its type is the type of the key.
    low, high : float
        Of a number: between which values it lies, both included.
    choices : tuple[str, ...]
        Of a text: what it may be; empty = any one line.
    """

    name: str
    about: str
    example: bool | int | float | str
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()

    @property
    def possible(self) -> str:
        """What the value may be, in words."""
        if self.choices:
            return "one of " + ", ".join(f'"{choice}"' for choice in self.choices)
        if isinstance(self.example, bool):
            return "true or false"
        if isinstance(self.example, str):
            return f"one line of text in quotes, at most {NAME_LENGTH} signs"
        kind = "a whole number" if isinstance(self.example, int) else "a number"
        return kind if math.isinf(self.high) else f"{kind} between {self.low:g} and {self.high:g}"

    @property
    def span(self) -> str:
        """What the value may be, in few words; empty where anything may stand."""
        if self.choices or isinstance(self.example, bool):
            return ", ".join(self.choices) or "true, false"
        return "" if math.isinf(self.high) else f"{self.low:g} to {self.high:g}"

    def accepts(self, value: object) -> bool:
        """Return whether a value of a TOML file is possible here."""
        if isinstance(self.example, bool):
            return isinstance(value, bool)
        if isinstance(self.example, str):
            return isinstance(value, str) and (value in self.choices if self.choices else _is_line(value))
        whole = isinstance(self.example, int)
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            return False
        return _is_finite(value) and self.low <= value <= self.high

    def canonical(self, value: Any) -> Any:
        """Return an accepted value in the one form that is kept (and hashed)."""
        if isinstance(self.example, float):
            return float(value) + 0.0  # and no negative zero
        return " ".join(value.split()) if isinstance(self.example, str) else value


NAME = Key("name", "stands in every result", "my plan")
BASE = Key("base", "what is not said here is taken from it", "standard", choices=tuple(BUILT_IN))
AFFECTED_SIDE = Key("affected_side", "the sore side", "left", choices=("left", "right", "both", "none"))
TOP = (NAME, BASE, AFFECTED_SIDE)

TARGETS: Mapping[str, Key] = {
    "squat": Key("target_knee_flexion_deg", "knee bend that a full squat reaches", 70.0, 20, 140),
    "bridge": Key("target_hip_flexion_deg", "hip bend left at the top, at most", 10.0, -10, 45),
    "clamshell": Key("target_knee_rise", "rise of the upper knee (thigh lengths)", 0.35, 0.1, 0.9),
    "seated_march": Key(
        "target_thigh_elevation_deg", "lift of the thigh that a full lift reaches", 15.0, 3, 60
    ),
}
AIMED_AT: Mapping[str, tuple[str, int]] = {
    "squat": ("knee_flexion", 1),
    "bridge": ("hip_extension", -1),
    "clamshell": ("knee_rise", 1),
    "seated_march": ("thigh_elevation", 1),
}
"""The measure whose ceiling bounds the target, and the sign that turns the target into that measure."""
MEASURES: Mapping[tuple[str, str], tuple[str, float]] = {
    ("squat", "hip_flexion"): ("hip bend (trunk-thigh)", 80.0),
    ("squat", "knee_flexion"): ("knee bend", 90.0),
    ("bridge", "hip_extension"): ("hip past the straight line", 5.0),
    ("bridge", "knee_flexion"): ("knee bend", 120.0),
    ("clamshell", "knee_rise"): ("rise of the upper knee (thigh lengths)", 0.5),
    ("seated_march", "hip_flexion"): ("hip bend (trunk-thigh)", 100.0),
    ("seated_march", "thigh_elevation"): ("lift of the thigh", 30.0),
}
"""What a ceiling may name: in words, and an example."""
CAPPED = ("squat", "seated_march")
"""Exercises with a check that judges a comfort cap."""
DOSE = (
    Key("sets", "how many sets", 2, 1, 20),
    Key("repetitions", "how many in a set", 8, 1, 100),
    Key("rest_s", "seconds of rest between two sets", 45.0, 0, 900),
    Key("hold_s", "seconds to hold the end position; 0 = no hold", 2.0, 0, 60),
    Key("tempo_out_s", "seconds for the way out; together with tempo_return_s", 2.0, 0.3, 20),
    Key("tempo_return_s", "seconds for the way back", 2.0, 0.3, 20),
    Key("side", "which side works", "both", choices=("left", "right", "both", "auto")),
)
MARCH = (
    Key("max_lifts_per_min", "the fastest pace, lifts of both legs together", 80.0, 20, 200),
    Key("alternate", "the legs have to take turns", True),
)
CHECK = (
    Key("enabled", "false switches the check off", True),
    Key("limit", "from where it speaks, in its unit in summary.json", 48.0),
    Key("severity", "how much it matters", "improve", choices=tuple(severity.value for severity in Severity)),
)


def measure_key(prefix: str, measure: str) -> str:
    """Return the key of a ceiling or comfort cap: ``ceiling_knee_flexion_deg``, ``ceiling_knee_rise``."""
    return f"{prefix}_{measure}" + ("" if measure == "knee_rise" else "_deg")


def _block(exercise: str) -> tuple[Key, ...]:
    return (
        TARGETS[exercise],
        *_measure_keys(exercise, "ceiling", "not to be passed", 1.0),
        *(_measure_keys(exercise, "comfort_cap", "better not passed", 0.9) if exercise in CAPPED else ()),
        *DOSE,
        *(MARCH if exercise == "seated_march" else ()),
    )


def _measure_keys(exercise: str, prefix: str, what: str, share: float) -> Iterator[Key]:
    for measure, (low, high) in CEILINGS[exercise].items():
        words, example = MEASURES[exercise, measure]
        yield Key(measure_key(prefix, measure), f"{words}, {what}", round(share * example, 2), low, high)


BLOCKS: Mapping[str, tuple[Key, ...]] = {exercise: _block(exercise) for exercise in EXERCISES}
"""By exercise: every key of its block, in the order of the template."""


def check_codes(exercise: str) -> tuple[str, ...]:
    """Return the fault codes whose checks a profile may change."""
    return tuple(code for code in EXERCISES[exercise].codes if code != NOT_IN_A_CHECK)


def _is_finite(value: int | float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond every float
        return False


def _is_line(text: str) -> bool:
    line = " ".join(text.split())
    return 0 < len(line) <= NAME_LENGTH and line.isprintable()
