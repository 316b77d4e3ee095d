"""What is to be scored: one row per recording, from paths or from a manifest (CSV).

Rows are read as they are needed, so that a manifest may be of any length.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import TextIO

from formcheck.batch import options as asked
from formcheck.batch import places
from formcheck.batch.options import UNSAID, Options, read_options
from formcheck.batch.values import Survey, moment
from formcheck.errors import UsageError

KNOWN_COLUMNS = ("path", *asked.COLUMNS, "profile", "participant", "recorded_at")
DELIMITERS = (",", ";", "\t")
DECIMAL_COMMA_WITH = ";"
"""Spreadsheets write semicolons in countries that write decimal commas."""
MOST_BYTES_A_CELL = 1 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """One row to be scored.

    Attributes
    ----------
    number : int
        From 1, over everything given.
    path : str
        As the user wrote it, or as the folder held it.
    place : str
        Where it is: an absolute path, or an address.
    options : Options
        As the manifest says; None = as the command line says.
    profile : str | None
        Likewise; a relative one counts from the manifest.
    participant, recorded_at : str | None
        As the manifest says.
    extra : tuple[str, ...]
        The cells of unknown columns, in order.
    excluded : bool
        The user left it out.
    problem : str | None
        What is wrong with the row itself.
    """

    number: int
    path: str
    place: str
    options: Options = UNSAID
    profile: str | None = None
    participant: str | None = None
    recorded_at: str | None = None
    extra: tuple[str, ...] = ()
    excluded: bool = False
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Manifest:
    """A manifest seen from afar: how many rows, its own columns with their types, and how numbers look."""

    rows: int = 0
    kinds: Mapping[str, str] = field(default_factory=dict)
    comma: bool = False


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that one run is given; may be iterated any number of times.

    Attributes
    ----------
    paths : Sequence[str]
        Folders, patterns, files, addresses.
    manifest : str | None
        A CSV file, by path or address.
    exclude : Sequence[str]
        Patterns of paths or file names to leave out.
    avoid : str
        The place of the folder for results.
    """

    paths: Sequence[str] = ()
    manifest: str | None = None
    exclude: Sequence[str] = ()
    avoid: str = ""
    _seen: list[_Manifest] = field(default_factory=list)

    def extra_columns(self) -> Mapping[str, str]:
        """Return the manifest's columns that formcheck does not know, with the type of each.

        Raises
        ------
        UsageError
            The manifest cannot be read, or has no column ``path``.
        """
        return self._survey().kinds

    @property
    def decimal_comma(self) -> bool:
        """Whether numbers in the manifest are written with a comma."""
        return self._survey().comma

    def _survey(self) -> _Manifest:
        if not self._seen:
            self._seen.append(_Manifest() if self.manifest is None else _surveyed(self.manifest))
        return self._seen[0]

    def count(self) -> int:
        """Return how many rows there are, without looking at any."""
        found = sum(1 for path in self.paths for _ in places.recordings_in(path, self.avoid))
        return self._survey().rows + found

    def __iter__(self) -> Iterator[Row]:
        number = 0
        blank = ("",) * len(self.extra_columns())
        for path in self.paths:
            for place in places.recordings_in(path, self.avoid):
                number += 1
                yield Row(number, place, place, extra=blank, excluded=self._excludes(place))
        if self.manifest is not None:
            yield from self._manifest_rows(self.manifest, number)

    def _manifest_rows(self, manifest: str, before: int) -> Iterator[Row]:
        folder = places.folder_of(places.place_of(manifest))
        lines = _lines(manifest)
        header = next(lines)
        for number, cells in enumerate(lines, start=before + 1):
            yield self._row(number, header, cells, folder)

    def _row(self, number: int, header: Sequence[str], cells: Sequence[str], folder: str) -> Row:
        known = dict.fromkeys(KNOWN_COLUMNS, "")
        extra = []
        for name, cell in zip(header, [*cells, *[""] * (len(header) - len(cells))], strict=False):
            if name in known:
                known[name] = cell.strip()
            elif name:
                extra.append(cell)
        path = known.pop("path")
        problem = None
        if len(cells) > len(header):
            problem = f"this row of the manifest has {len(cells)} cells, its header {len(header)}"
        elif not path:
            problem = "this row of the manifest names no path"
        if known["profile"].lower().endswith(".toml"):
            known["profile"] = places.place_of(known["profile"], folder)
        options = UNSAID
        try:
            options = read_options(known)
            _check_date(known["recorded_at"])
        except UsageError as error:
            problem = problem or str(error)
        place = places.place_of(path, folder) if path else ""
        return Row(
            number,
            path,
            place,
            options,
            known["profile"] or None,
            known["participant"] or None,
            known["recorded_at"] or None,
            extra=tuple(extra) if len(cells) <= len(header) else ("",) * len(extra),  # whose cell is whose?
            excluded=self._excludes(path),
            problem=problem,
        )

    def _excludes(self, path: str) -> bool:
        name = places.name_of(path)
        return any(fnmatch(path, pattern) or fnmatch(name, pattern) for pattern in self.exclude)


@contextmanager
def _opened(manifest: str) -> Iterator[TextIO]:
    place = places.place_of(manifest)
    try:
        if places.is_address(place):
            system, path = places.file_system(place)
            with system.open(path, "rb") as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as file:
                yield file
        else:
            with open(place, encoding="utf-8-sig", newline="") as file:
                yield file
    except OSError as error:
        why = error.strerror or str(error) or type(error).__name__
        raise UsageError(f"{manifest}: the manifest cannot be read ({why}); check its name") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{manifest}: the manifest is not UTF-8; save it as 'CSV UTF-8'") from error
    except csv.Error as error:
        raise UsageError(f"{manifest}: the manifest is no CSV file ({error})") from error


def _check_date(text: str) -> None:
    try:
        if text:
            moment(text)
    except ValueError as error:
        raise UsageError(f"recorded_at is {text[:40]!r}, which is no date ({error})") from error


def _surveyed(manifest: str) -> _Manifest:
    with _opened(manifest) as file:
        comma = _delimiter(file.readline(MOST_BYTES_A_CELL)) == DECIMAL_COMMA_WITH
    lines = _lines(manifest)
    header = next(lines)
    surveys = {
        place: Survey(comma) for place, name in enumerate(header) if name and name not in KNOWN_COLUMNS
    }
    rows = 0
    for cells in lines:
        rows += 1
        if len(cells) <= len(header):
            for place, survey in surveys.items():
                survey.add(cells[place] if place < len(cells) else "")
    return _Manifest(rows, {header[place]: survey.kind for place, survey in surveys.items()}, comma)


def _lines(manifest: str) -> Generator[list[str]]:
    """Yield the header, then the cells of every row."""
    with _opened(manifest) as file:
        lines = _cells(file)
        yield _header(manifest, lines)
        yield from (cells for cells in lines if any(cell.strip() for cell in cells))


def _delimiter(first: str) -> str:
    return max(DELIMITERS, key=first.count)


def _cells(file: TextIO) -> Iterator[list[str]]:
    first = file.readline(MOST_BYTES_A_CELL)
    delimiter = _delimiter(first)
    yield next(csv.reader([first], delimiter=delimiter), [])
    yield from csv.reader(file, delimiter=delimiter)


def _header(manifest: str, lines: Iterable[list[str]]) -> list[str]:
    cells = next(iter(lines), [])
    header = [
        cell.strip().lower() if cell.strip().lower() in KNOWN_COLUMNS else cell.strip() for cell in cells
    ]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if "path" not in header:
        raise UsageError(
            f"{manifest}: the manifest has no column 'path'; its first line names the columns: "
            f"{', '.join(KNOWN_COLUMNS)}, and any of your own"
        )
    if twice:
        raise UsageError(f"{manifest}: the manifest has two columns '{twice[0]}'; rename one")
    return header
