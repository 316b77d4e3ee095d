"""How the pictures of a recording are read: turned, mirrored, at what pace and rate, and whom to follow.

Said once, on the command line, in a manifest or in Python; kept with the poses, so that whoever opens the
recording again later (for the annotated video, for pictures in the report) reads it the same way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from formcheck.errors import UsageError

MAX_RATE_HZ: Final = 30.0
"""Frames a second that are analysed at most, unless told otherwise: what phones record by default, what every
benchmark was made at, and twice what the quickest form check needs."""
TURNS_DEG = (0, 90, 180, 270)
SLOW_MOTION = (0.1, 100.0)
"""Least and largest factor; phones record up to 960 frames a second, played at 30: 32 times slower."""
RATES_HZ = (1.0, 1000.0)
"""Least and largest `max_rate_hz`."""
NAMED_PEOPLE = ("left", "right", "largest")
AT = "at:"
_YES, _NO = ("true", "yes", "1"), ("false", "no", "0")


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a picture: at a time, in pixels or in shares of width and height."""

    time_s: float
    x: float
    y: float

    def in_px(self, size: tuple[int, int]) -> tuple[float, float]:
        """Return the place in pixels of a picture of this size; up to 1 are shares."""
        if max(self.x, self.y) <= 1.0:
            return self.x * size[0], self.y * size[1]
        return self.x, self.y


@dataclass(frozen=True, slots=True)
class Reading:
    """How a recording is read.

    Attributes
    ----------
    rotate_deg : int
        Clockwise turn, besides the one that the file itself asks for: 0, 90, 180 or 270.
    mirrored : bool
        The recording shows a mirror image, as selfie cameras make; left and right are put right.
    slow_motion : float | None
        The recording plays so many times slower than life; None = as the file says, else 1.
    max_rate_hz : float | None
        Most frames analysed a second of life; None = `MAX_RATE_HZ`.
    person : str | None
        Who is followed: ``left``, ``right`` or ``largest`` of those in the picture at first, or
        ``at:SECONDS,X,Y``: whoever is there at that time.  None = chosen by posture and size.

    Raises
    ------
    UsageError
        A value makes no sense.
    """

    rotate_deg: int = 0
    mirrored: bool = False
    slow_motion: float | None = None
    max_rate_hz: float | None = None
    person: str | None = None

    def __post_init__(self) -> None:
        if self.rotate_deg not in TURNS_DEG:
            raise UsageError(f"a picture can be turned by 90, 180 or 270 degrees, not by {self.rotate_deg}")
        _check_between(self.slow_motion, SLOW_MOTION, "slow-motion factor")
        _check_between(self.max_rate_hz, RATES_HZ, "highest rate")
        if self.person is not None and self.person not in NAMED_PEOPLE:
            place_of(self.person)

    @property
    def rate_hz(self) -> float:
        """Most frames analysed a second of life."""
        return MAX_RATE_HZ if self.max_rate_hz is None else self.max_rate_hz

    def keywords(self) -> dict[str, Any]:
        """Return what was said, as `formcheck.review` takes it."""
        said = {
            "rotate": self.rotate_deg,
            "mirrored": self.mirrored,
            "slow_motion": self.slow_motion,
            "max_rate": self.max_rate_hz,
            "person": self.person,
        }
        return {name: value for name, value in said.items() if value}

    def record(self) -> dict[str, str | None]:
        """Return what was said, by the names of the options; nothing that was not."""
        said = {
            "rotate": str(self.rotate_deg) if self.rotate_deg else None,
            "mirrored": "true" if self.mirrored else None,
            "slow_motion": _text(self.slow_motion),
            "max_rate": _text(self.max_rate_hz),
            "person": self.person,
        }
        return {name: value for name, value in said.items() if value is not None}


def place_of(person: str) -> Place:
    """Return the place that ``at:SECONDS,X,Y`` names.

    Raises
    ------
    UsageError
        It is something else.
    """
    try:
        if not person.startswith(AT):
            raise ValueError(person)
        time_s, x, y = (float(part) for part in person.removeprefix(AT).split(","))
        if not all(math.isfinite(value) and value >= 0.0 for value in (time_s, x, y)):
            raise ValueError(person)
    except ValueError:
        raise UsageError(
            f"'{person}' names no person; there are: left, right, largest, and at:SECONDS,X,Y (in pixels of "
            "the picture, or in shares of it from 0 to 1), such as at:2.5,640,400"
        ) from None
    return Place(time_s, x, y)


def _check_between(value: float | None, limits: tuple[float, float], what: str) -> None:
    if value is not None and not limits[0] <= value <= limits[1]:
        raise UsageError(f"{value:g} is no {what}; give a number from {limits[0]:g} to {limits[1]:g}")


def _text(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"


def _turn(text: str) -> int:
    if text not in map(str, TURNS_DEG):
        raise UsageError(f"a picture can be turned by 90, 180 or 270 degrees, not by '{text}'")
    return int(text)


def _flag(text: str) -> bool:
    if text.lower() not in _YES + _NO:
        raise UsageError(f"'{text}' does not say whether the recording is mirrored; write true or false")
    return text.lower() in _YES


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"'{text}' is not a number") from None


READERS: dict[str, tuple[str, Callable[[str], object]]] = {
    "rotate": ("rotate_deg", _turn),
    "mirrored": ("mirrored", _flag),
    "slow_motion": ("slow_motion", _number),
    "max_rate": ("max_rate_hz", _number),
    "person": ("person", str),
}
"""Attribute, and how its text is read, of every option."""

OPTIONS = ("rotate", "mirrored", "slow_motion", "max_rate", "person")
"""What a reading is said by: options of ``review`` and ``batch``, columns of a manifest."""
USUAL = Reading()


def reading_of(said: Mapping[str, str | None], otherwise: Reading = USUAL) -> Reading:
    """Return the reading that texts say, by the names of the options.

    Parameters
    ----------
    said : mapping of str to str | None
        Of `OPTIONS`; others are passed over, what is missing or empty is as in ``otherwise``.
    otherwise : Reading

    Raises
    ------
    UsageError
        A value makes no sense.
    """
    values: dict[str, Any] = {field.name: getattr(otherwise, field.name) for field in fields(Reading)}
    for name in OPTIONS:
        text = (said.get(name) or "").strip()
        if text:
            attribute, read = READERS[name]
            values[attribute] = read(text)
    return Reading(**values)


def values_of(reading: Reading) -> dict[str, Any]:
    """Return the values of a reading by the names of the options."""
    return {name: getattr(reading, attribute) for name, (attribute, _) in READERS.items()}
