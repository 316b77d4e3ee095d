"""The options of one recording: one record that travels from the manifest row to the worker.

A field is a manifest column, an argument of `formcheck.review`, and part of the id of the work: whoever adds
one adds it here, and nowhere else in the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from types import MappingProxyType
from typing import Any

from formcheck import reading
from formcheck.errors import UsageError
from formcheck.exercises import find_exercise
from formcheck.reading import Reading
from formcheck.review import AUTO, wanted_posture

READERS: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {name: read for name, (_, read) in reading.READERS.items()}
)
"""How a cell of the manifest becomes a value, where it is more than text; raises ValueError or UsageError."""
NOT_OF_PICTURES = ("exercise", "side", "affected_side")
"""Options that do not change what is taken from the pictures; the exercise does by its posture alone."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to review one recording; None = not said.

    Attributes
    ----------
    exercise, side, affected_side : str | None
        As for `formcheck.review`.
    rotate : int | None
    mirrored : bool | None
    slow_motion, max_rate : float | None
    person : str | None
        How the pictures are read (`formcheck.reading.Reading`).

    Raises
    ------
    UsageError
        The pictures cannot be read so.
    """

    exercise: str | None = None
    side: str | None = None
    affected_side: str | None = None
    rotate: int | None = None
    mirrored: bool | None = None
    slow_motion: float | None = None
    max_rate: float | None = None
    person: str | None = None

    def __post_init__(self) -> None:
        self._reading()

    def read_as(self, how: Reading) -> Options:
        """Return these options with pictures read in this way."""
        said = reading.values_of(how)
        return replace(self, **{name: value for name, value in said.items() if value})

    def _reading(self) -> Reading:
        return Reading(self.rotate or 0, bool(self.mirrored), self.slow_motion, self.max_rate, self.person)

    def completed_by(self, defaults: Options) -> Options:
        """Return these options, with those of the command line where the row says nothing."""
        own, theirs = asdict(self), asdict(defaults)
        return Options(
            **{name: theirs[name] if value in (None, "") else value for name, value in own.items()}
        )

    def named(self) -> Options:
        """Return the options with the exercise under its own name.

        Raises
        ------
        UsageError
            There is no such exercise.
        """
        if self.exercise in (None, AUTO):
            return self
        return Options(**{**asdict(self), "exercise": find_exercise(str(self.exercise)).name})

    def arguments(self) -> dict[str, Any]:
        """Return the options as `formcheck.review` takes them."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def judging_arguments(self) -> dict[str, Any]:
        """Return those that matter when the poses are there already, as `formcheck.review` takes them."""
        return {name: value for name, value in self.arguments().items() if name in NOT_OF_PICTURES}

    def of_work(self) -> list[Any]:
        """Return what of the options decides on the result."""
        judging = {**self.judging_arguments(), "exercise": self.exercise or AUTO}
        return sorted({**judging, **self._reading().record()}.items())

    def of_poses(self) -> list[Any]:
        """Return what of the options decides on the poses: two reviews that agree in it share them."""
        return sorted({**self._reading().record(), "posture": str(wanted_posture(self.exercise))}.items())


UNSAID = Options()
COLUMNS = tuple(field.name for field in fields(Options))
"""The manifest columns that are options."""


def read_options(cells: Mapping[str, str]) -> Options:
    """Return the options that the cells of a manifest row say.

    Raises
    ------
    UsageError
        A cell holds no value of its column.
    """
    values = {}
    for name in COLUMNS:
        text = cells.get(name, "")
        try:
            values[name] = READERS.get(name, str)(text) if text else None
        except ValueError as error:
            raise UsageError(f"{name} is {text!r}, which it cannot be ({error})") from error
    return Options(**values)
