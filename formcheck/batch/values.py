"""What cells of a manifest mean: dates, and the type of a column that formcheck does not know.

A type is that of the whole column and loses nothing: one cell that does not fit makes the column text, so
that codes such as ``007`` or ``3E2`` stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

STRING, INT, FLOAT, BOOL = "string", "int64", "float64", "bool"
DATE, TIMESTAMP = "date32[day]", "timestamp[us]"
MISSING = frozenset({"", "na", "n/a", "nan"})
"""Cells that say nothing in a column of numbers, dates or truth values; in a column of text they are text."""
FIRST_YEAR = 1900
MOST_INT = 2**63 - 1

_INT = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][+-]?[0-9]+)?|[eE][+-][0-9]+)?")
_DECIMAL_COMMA = re.compile(r"-?(?:0|[1-9][0-9]*)(?:,[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    rf"{_DATE.pattern}[T ][0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]{{1,6}})?)?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)


def moment(text: str) -> datetime:
    """Return the date or time that a text names in ISO 8601, without zone.

    A time with an offset becomes that of UTC; a date alone its midnight.

    Raises
    ------
    ValueError
        It names none, or a year before 1900.
    """
    text = text.strip()
    if not (_DATE.fullmatch(text) or _TIME.fullmatch(text)):
        raise ValueError("not written as 2026-03-01 or 2026-03-01T09:30")
    found = datetime.fromisoformat(text)
    if found.year < FIRST_YEAR:
        raise ValueError(f"a year before {FIRST_YEAR}")
    return found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)


def moment_or_none(text: str | None) -> datetime | None:
    """Return the date or time that a text names; None when it names none, or there is no text."""
    try:
        return None if text is None else moment(text)
    except ValueError:
        return None


def _int(text: str, _comma: bool) -> int:
    if not _INT.fullmatch(text) or abs(int(text)) > MOST_INT:
        raise ValueError(text)
    return int(text)


def _float(text: str, comma: bool) -> float:
    if comma and _DECIMAL_COMMA.fullmatch(text):
        return float(text.replace(",", "."))
    if not _FLOAT.fullmatch(text):
        raise ValueError(text)
    return float(text) if "." in text or "e" in text.lower() else _int(text, comma)  # too long: a code


def _bool(text: str, _comma: bool) -> bool:
    return {"true": True, "false": False}[text.lower()]


def _date(text: str, _comma: bool) -> date:
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    return moment(text).date()


def _timestamp(text: str, _comma: bool) -> datetime:
    return moment(text)


_READERS: Mapping[str, Callable[[str, bool], Any]] = MappingProxyType(
    {INT: _int, FLOAT: _float, BOOL: _bool, DATE: _date, TIMESTAMP: _timestamp}
)
"""By kind, the narrowest first."""


@dataclass(slots=True)
class Survey:
    """Finds the type of a column from its cells, one by one.

    Attributes
    ----------
    comma : bool
        Decimal commas are numbers: the manifest separates cells by semicolons.
    """

    comma: bool = False
    _possible: list[str] = field(default_factory=lambda: list(_READERS))
    _filled: bool = False

    def add(self, cell: str) -> None:
        """Take in a cell."""
        text = cell.strip()
        if text.lower() in MISSING:
            return
        self._filled = True
        self._possible = [kind for kind in self._possible if _fits(kind, text, self.comma)]

    @property
    def kind(self) -> str:
        """The narrowest type that every cell fits."""
        return self._possible[0] if self._filled and self._possible else STRING


def _fits(kind: str, text: str, comma: bool) -> bool:
    try:
        _READERS[kind](text, comma)
    except (ValueError, KeyError):
        return False
    return True


def value_of(cell: str, kind: str, *, comma: bool) -> Any:
    """Return a cell as a value of its column's type; None when it says nothing."""
    text = cell.strip()
    if kind == STRING:
        return cell if text else None
    if text.lower() in MISSING or not _fits(kind, text, comma):  # not fitting: edited during the run
        return None
    return _READERS[kind](text, comma)
