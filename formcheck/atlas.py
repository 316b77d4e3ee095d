"""How far off every measure is, by exercise and view: the error atlas that ships with the package.

Made from rendered people whose angles are known exactly (docs/error-atlas.md).  Half-widths cover 90 % of
what was measured there, the model's bias included; real rooms and people may differ.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType

ALL = "all"
BOTH = "both"
COLUMNS = (
    *("measure", "exercise", "view", "side", "phase", "joints"),
    *("n", "bias", "sd", "mae", "p90", "guess"),
)
"""Of the table; the first six name a cell, ``all`` left empty."""


class Grade(StrEnum):
    """What a measure is good for from a view."""

    GOOD = "good"
    """The number may be said and judged."""
    SCREENING = "screening only"
    """Large or small may be said, not how much."""
    UNUSABLE = "not to be used"


@dataclass(frozen=True, slots=True)
class Band:
    """The error of a measure in one cell of the table, in the measure's unit.

    Attributes
    ----------
    bias : float
        Mean of measured minus true.
    spread : float
        Standard deviation of it.
    half : float
        90 % of the absolute errors are smaller, bias included: what a value is off by at most, mostly.
    n : int
        Legs or bodies it was taken from.
    mean : float
        Mean absolute error.
    guess : float
        The same of one fixed number said of everybody, the best there is.
    grade : Grade
    """

    bias: float
    spread: float
    half: float
    n: int
    mean: float
    guess: float
    grade: Grade


@dataclass(frozen=True, slots=True)
class Cell:
    """Where an error was taken.

    Attributes
    ----------
    measure : str
        Of `formcheck.kinematics.BY_NAME`, perhaps with `CORRECTED` or `FROM_REST` at its end.
    exercise : str
        Or ``all``.
    view : str
        As the product labels it (`formcheck.results.ViewLabel`), or ``all``.
    side : str
        ``near`` or ``far`` leg (side and oblique views), ``upper`` or ``lower`` (clamshell), ``both``.
    phase : str
        ``rest``, ``moving``, ``end`` or ``all``.
    joints : str
        ``believed`` (all that it needs are visible, says the model: what rules ask for) or ``all``.
    """

    measure: str
    exercise: str = ALL
    view: str = ALL
    side: str = BOTH
    phase: str = ALL
    joints: str = ALL


USUAL_GOOD_DEG = 7.5
"""Largest half-width of a good angle, degrees.

90 % within 7.5 degrees is a standard error of 4.6, near the 4 that rules allow for flexion from the
side, and a mean absolute error under 4.  A goniometer's standard error is 3.5 to 4.7 in painful hips, its
smallest detectable change 9.7 to 13 [V#49]; 15 degrees, the limit of what screens, is a standard error of 9.
"""
GOOD: Mapping[str, float] = MappingProxyType(
    {
        # Angles of which a few degrees decide: 1.645 standard errors of the guard bands (clinical 0.8).
        "trunk_inclination": 5.0,
        "trunk_lateral_lean": 4.0,
        "pelvic_obliquity": 4.0,
        "frontal_plane_projection": 5.0,
        "clamshell_opening": 10.0,
        "trunk_roll": 10.0,
        "pelvis_roll": 10.0,
        # Ratios with such a guard band.
        "knee_medial_displacement": 0.05,
        "knee_separation_ratio": 0.10,
        "hip_line_offset": 0.05,
        # Ratios with a target: a fifth of it, since four fifths of a target count as reached.
        "hip_drop": 0.065,  # 0.32 leg lengths, knees at 90 degrees
        "hip_drop_2d": 0.065,
        "knee_rise": 0.05,  # 0.25 shank lengths
        "knee_lead": 0.05,
        "clamshell_rise": 0.07,  # 0.35 thigh lengths
        "hip_height": 0.08,  # 0.4 trunk lengths
        # Ratios with a limit: half of it.
        "hip_shift": 0.05,
        "feet_gap": 0.10,
        "stance_ratio": 0.15,
    }
)
"""Largest half-width of a good measure where it is not `USUAL_GOOD_DEG`."""
BIAS_SHARE, SCREENING_SHARE = 0.4, 2.0
"""Shares of it: the largest bias of a good measure, the largest half-width that screens."""
NO_NEWS = 0.8
"""Share of a fixed guess' mean error from which a measure tells nothing about the person."""
CORRECTED, FROM_REST = "_corrected", "_from_rest"
"""Endings of measures: as the learned correction tells it; the change from the person's own rest."""


def good_half(measure: str) -> float:
    """Return the largest half-width with which a measure is good."""
    return GOOD.get(measure.removesuffix(CORRECTED).removesuffix(FROM_REST), USUAL_GOOD_DEG)


def grade(measure: str, bias: float, half: float, news: float = 0.0) -> Grade:
    """Return what a measure with such an error is good for.

    Good: half-width within the measure's limit and bias within 0.4 of it (7.5 and 3 degrees of flexion);
    screening: half-width within twice the limit (15 degrees).  Neither where a fixed guess would be nearly as
    near.

    Parameters
    ----------
    news : float
        Mean absolute error as a share of the best fixed guess'.
    """
    limit = good_half(measure)
    if half > SCREENING_SHARE * limit or news >= NO_NEWS:
        return Grade.UNUSABLE
    return Grade.GOOD if half <= limit and abs(bias) <= BIAS_SHARE * limit else Grade.SCREENING


class Atlas:
    """The table, asked by cell."""

    def __init__(self, bands: Mapping[Cell, Band]) -> None:
        self.bands = MappingProxyType(dict(bands))
        self._exercises = {cell.exercise for cell in bands} - {ALL}

    def band(
        self,
        measure: str,
        exercise: str = ALL,
        view: str = ALL,
        side: str = BOTH,
        *,
        phase: str = ALL,
        joints: str = ALL,
    ) -> Band | None:
        """Return the error of a measure; None when nothing is known.

        The finest cell that is in the table answers, asked in this order: phase and joints as given, then
        joints alone, then neither; in each the leg as given, then both legs; then the same in all views
        together.  Of an exercise that the table knows no other exercise answers; of another one, all
        together do.

        Parameters
        ----------
        exercise, view, side, phase, joints : str
            As in `Cell`.
        """
        known = exercise if exercise in self._exercises else ALL
        for cell in coarser(Cell(measure, known, view, side, phase, joints)):
            if cell in self.bands:
                return self.bands[cell]
        return None


def coarser(cell: Cell) -> Iterator[Cell]:
    """Yield a cell and what stands for it where it is empty, the finest first."""
    details = dict.fromkeys(((cell.phase, cell.joints), (ALL, cell.joints), (ALL, ALL)))
    for view in dict.fromkeys((cell.view, ALL)):
        for phase, joints in details:
            for side in dict.fromkeys((cell.side, BOTH)):
                yield Cell(cell.measure, cell.exercise, view, side, phase, joints)


def read(lines: Iterable[str]) -> Atlas:
    """Return the atlas of a CSV table with the columns `COLUMNS`."""
    bands = {}
    for row in csv.DictReader(lines):
        cell = Cell(*(row[name] or ALL for name in COLUMNS[:6]))
        bias, spread, mean, half, guess = (float(row[name]) for name in COLUMNS[7:])
        news = mean / guess if cell.phase == ALL and guess > 0.0 else 0.0
        graded = grade(cell.measure, bias, half, news)
        bands[cell] = Band(bias, spread, half, int(row["n"]), mean, guess, graded)
    return Atlas(bands)


@cache
def load() -> Atlas:
    """Return the atlas that ships with the package."""
    text = files("formcheck").joinpath("data", "atlas.csv").read_text(encoding="utf-8")
    return read(text.splitlines())


def band(
    measure: str, exercise: str = ALL, view: str = ALL, side: str = BOTH, *, joints: str = ALL
) -> Band | None:
    """Return the error of a measure from the atlas of the package (`Atlas.band`)."""
    return load().band(measure, exercise, view, side, joints=joints)
