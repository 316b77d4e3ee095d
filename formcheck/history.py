"""The sessions done on this computer: one line of JSON each, without video and without names of people."""

from __future__ import annotations

import json
import math
import os
import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from formcheck.errors import OutputError
from formcheck.results import Summary

FORMAT = "formcheck.history/1"
FILE = "history.jsonl"
FOLDER_VARIABLE = "FORMCHECK_DATA"
"""Environment variable that names another folder for what formcheck keeps."""

REASON_WORDS = {
    "done": "all done",
    "pain": "because of pain",
    "tired": "tired",
    "interrupted": "interrupted",
    "stopped": "stopped early",
    "other": "stopped early",
}
RATIO_OF = {"squat": "leg", "bridge": "trunk", "clamshell": "thigh", "seated_march": "lower leg"}
"""What a range that is a ratio is counted in the lengths of."""
NOTHING = "No session yet. They are noted after each: formcheck live squat\n"
_HEADINGS = ("When", "Exercise", "Repetitions", "Range", "Pain", "How it ended", "Profile")
_GAP = "  "
_LONGEST = 24


@dataclass(frozen=True, slots=True)
class SetEntry:
    """One set of a session.

    Attributes
    ----------
    complete, partial : int
    side : str | None
        ``left`` or ``right`` where one side worked throughout.
    range : float | None
        Median over the repetitions, in the unit of the session.
    """

    complete: int
    partial: int = 0
    side: str | None = None
    range: float | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One session.

    Attributes
    ----------
    date : str
        ISO 8601, local time with its offset (`now`).
    exercise : str
    sets : tuple[SetEntry, ...]
    unit : str
        Of the ranges: ``deg`` or ``ratio``.
    pain_before, pain_after : int | None
        0 to 10; None = not told.
    reason : str
        Why it ended (`formcheck.live.acts.Ended`).
    profile : str
        Name of the profile.
    volume, rate : float | None
        Of the voice, as the sound check left it: the next session begins so.  None = not kept.
    """

    date: str
    exercise: str
    sets: tuple[SetEntry, ...]
    unit: str
    pain_before: int | None
    pain_after: int | None
    reason: str
    profile: str
    volume: float | None = None
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What was kept.

    Attributes
    ----------
    entries : tuple[Entry, ...]
        The newest last.
    skipped : int
        Lines that could not be read.
    """

    entries: tuple[Entry, ...]
    skipped: int = 0


def now() -> str:
    """Return the local time as `Entry.date` has it."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def median_range(ranges: Sequence[float]) -> float | None:
    """Return what a set's repetitions reach, None without any."""
    return round(statistics.median(ranges), 3) if ranges else None


def sets_of(summary: Summary) -> tuple[str, tuple[SetEntry, ...]]:
    """Return the unit in which most repetitions are known, and every set with its median in that unit.

    A set that was measured in another unit (squats from the front) has no range.
    """
    units = Counter(rep.signal_unit for rep in summary.rep_list if rep.range is not None)
    unit = max(units, key=lambda one: units[one], default="deg")
    reaches: dict[int, list[float]] = {}
    for rep in summary.rep_list:
        if rep.range is not None and rep.signal_unit == unit:
            reaches.setdefault(rep.set, []).append(rep.range)
    return unit, tuple(
        SetEntry(
            one.complete,
            one.partial,
            None if one.working_side is None else one.working_side.value,
            median_range(reaches.get(one.index, [])),
        )
        for one in summary.sets
    )


def data_folder() -> Path:
    """Return the folder for what formcheck keeps about its user; it may not exist yet."""
    told = os.environ.get(FOLDER_VARIABLE)
    if told:
        return Path(told)
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "formcheck"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "formcheck"
    shared = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (shared if shared.is_absolute() else Path.home() / ".local" / "share") / "formcheck"


def append(entry: Entry) -> None:
    """Keep a session, in one write, after whatever is there.

    Raises
    ------
    OutputError
        The folder or its file cannot be written.
    """
    path = data_folder() / FILE
    line = json.dumps({"format": FORMAT, **asdict(entry)}, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags, 0o600)
        try:
            _write(descriptor, line.encode("utf-8", "replace"))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OutputError(
            f"{path}: this session could not be noted ({error.strerror or error}); make room there, or set "
            f"{FOLDER_VARIABLE} to a folder that you may write to"
        ) from error


def load() -> History:
    """Return all sessions kept here; a line that cannot be read is left out and counted.

    Raises
    ------
    OutputError
        The file is there and may not be read.
    """
    path = data_folder() / FILE
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return History(())
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be read ({error.strerror or error}); check its permissions, or set "
            f"{FOLDER_VARIABLE} to another folder"
        ) from error
    read = [_entry(line) for line in lines if line.strip()]
    entries = tuple(entry for entry in read if entry is not None)
    return History(entries, len(read) - len(entries))


def history_text(entries: Sequence[Entry], skipped: int = 0) -> str:
    """Return a table of the sessions, the newest last.

    Parameters
    ----------
    entries : sequence of Entry
    skipped : int
        Lines that could not be read, told below.
    """
    table = _table([_HEADINGS, *map(_cells, entries)]) if entries else NOTHING
    if not skipped:
        return table
    lines = "One line was" if skipped == 1 else f"{skipped} lines were"
    return f"{table}\n{lines} left out, since they could not be read: {data_folder() / FILE}\n"


def _write(descriptor: int, line: bytes) -> None:
    """Append a line, on a line of its own even where the one before was cut off."""
    size = os.lseek(descriptor, 0, os.SEEK_END)
    if size:
        os.lseek(descriptor, size - 1, os.SEEK_SET)
        line = line if os.read(descriptor, 1) == b"\n" else b"\n" + line
    if os.write(descriptor, line) < len(line):
        raise OSError("the disk is full")
    os.fsync(descriptor)


def _entry(line: bytes) -> Entry | None:
    try:
        told: dict[str, Any] = json.loads(line)
        if told["format"] != FORMAT:
            return None
        date = datetime.fromisoformat(str(told["date"]))
        return Entry(
            date=date.isoformat(),
            exercise=str(told["exercise"]),
            sets=tuple(map(_set, told["sets"])),
            unit=str(told["unit"]),
            pain_before=_whole(told["pain_before"]),
            pain_after=_whole(told["pain_after"]),
            reason=str(told["reason"]),
            profile=str(told["profile"]),
            volume=_number(told.get("volume")),
            rate=_number(told.get("rate")),
        )
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def _set(told: dict[str, Any]) -> SetEntry:
    reached, side = told["range"], told["side"]
    return SetEntry(
        complete=int(told["complete"]),
        partial=int(told["partial"]),
        side=None if side is None else str(side),
        range=None if reached is None else float(reached),
    )


def _number(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise ValueError(f"{value!r} is no number")


def _whole(value: object) -> int | None:
    if value is None or type(value) is int:
        return value
    raise ValueError(f"{value!r} is no whole number")


# In words


def _cells(entry: Entry) -> tuple[str, ...]:
    return (
        datetime.fromisoformat(entry.date).strftime("%Y-%m-%d %H:%M"),
        _printable(entry.exercise.replace("_", " ")),
        _repetitions(entry.sets),
        _range(entry),
        _pain(entry.pain_before, entry.pain_after),
        _printable(REASON_WORDS.get(entry.reason, "stopped early")),
        _printable(entry.profile),
    )


def _repetitions(sets: Sequence[SetEntry]) -> str:
    """Return complete repetitions per set, then how many were short: ``8 + 7 (1 short)``."""
    if not sets:
        return "none"
    counts = " + ".join(f"{one.side} {one.complete}" if one.side else str(one.complete) for one in sets)
    short = sum(one.partial for one in sets)
    return f"{counts} ({short} short)" if short else counts


def _range(entry: Entry) -> str:
    """Return the median of the sets' ranges: degrees, or per cent of the length of a part of the body."""
    ranges = [one.range for one in entry.sets if one.range is not None]
    if not ranges:
        return "-"
    middle = statistics.median(ranges)
    if entry.unit == "deg":
        return f"{middle:.0f}°"
    part = RATIO_OF.get(entry.exercise)
    return f"{100 * middle:.0f} %" + (f" of {part}" if part else "")


def _pain(before: int | None, after: int | None) -> str:
    if before is None and after is None:
        return "-"
    return f"{'?' if before is None else before} to {'?' if after is None else after}"


def _printable(text: str) -> str:
    """Return the text without control characters, not too long for a column."""
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (_GAP.join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "".join(f"{line}\n" for line in lines)
