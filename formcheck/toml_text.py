"""What the standard TOML parser leaves out: on which line a key stands, and how a value is written."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from numbers import Real

Path = tuple[str, ...]

TOKEN = re.compile(
    r"""
    (?P<comment> \#[^\n]* )
  | (?P<string> \"{3}(?:\\.|[^\\])*?\"{3,5} | '{3}.*?'{3,5} | "(?:\\.|[^"\\\n])*" | '[^'\n]*' )
  | (?P<newline> \n )
  | (?P<space> [^\S\n]+ )
  | (?P<mark> [][{}=,.] )
  | (?P<bare> [^\s\[\]{}=,.\#"']+ )
  | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)


def key_lines(text: str) -> dict[Path, int]:
    """Return where the keys and tables of a TOML text stand.

    A scanner, no parser: it follows ``[table]`` headers, dotted and quoted keys and inline tables, and steps
    over comments, strings and lists.  Of a text that is no TOML it returns what it recognised.

    Parameters
    ----------
    text : str

    Returns
    -------
    dict[tuple[str, ...], int]
        The first line (from 1) of every key by its full path, tables and what contains them included.
    """
    scan = _Scan()
    for token in TOKEN.finditer(text):
        scan.take(str(token.lastgroup), token.group())
    return scan.found


@dataclass(slots=True)
class _Scan:
    """What is known between two tokens.

    Attributes
    ----------
    found : dict
        The result so far.
    line : int
        Of the next token.
    table : Path
        The last ``[table]``.
    inside : list[Path | None]
        Open brackets of the value: the path of an inline table, None for a list and what is in it.
    key : list[str]
        The parts of the key that is being read.
    reading_key : bool
        A key may stand here, else a value.
    header : bool
        Between the brackets of a ``[table]``.
    """

    found: dict[Path, int] = field(default_factory=dict)
    line: int = 1
    table: Path = ()
    inside: list[Path | None] = field(default_factory=list)
    key: list[str] = field(default_factory=list)
    reading_key: bool = True
    header: bool = False

    def take(self, kind: str, what: str) -> None:
        """Go on by one token."""
        if kind == "newline" and not self.inside:
            self.key, self.reading_key, self.header = [], True, False
        elif kind == "mark":
            self._mark(what)
        elif kind in ("string", "bare") and self.reading_key:
            self.key.append(_unquoted(what) if kind == "string" else what)
        self.line += what.count("\n")

    def _mark(self, mark: str) -> None:
        if self.reading_key and not self.inside and mark in "[]":
            self._bracket_of_header(mark)
        elif mark == "=" and self.reading_key:
            self._remember(self._full_path())
            self.reading_key = False
        elif mark in "[{" and not self.reading_key:
            in_list = bool(self.inside) and self.inside[-1] is None
            self.inside.append(None if mark == "[" or in_list else self._full_path())
            self.key, self.reading_key = [], self.inside[-1] is not None
        elif mark in "]}" and self.inside:
            self.inside.pop()
            self.key, self.reading_key = [], False
        elif mark == "," and self.inside:
            self.key, self.reading_key = [], self.inside[-1] is not None

    def _bracket_of_header(self, mark: str) -> None:
        if mark == "[":
            self.key, self.header = [], True
        elif self.header:
            self.table, self.header = tuple(self.key), False
            self._remember(self.table)

    def _full_path(self) -> Path:
        base = (self.inside[-1] or ()) if self.inside else self.table
        return (*base, *self.key)

    def _remember(self, path: Path) -> None:
        for length in range(1, len(path) + 1):
            self.found.setdefault(path[:length], self.line)


def _unquoted(text: str) -> str:
    """Return what a quoted key says."""
    try:
        return str(tomllib.loads(f"key = {text}")["key"])
    except tomllib.TOMLDecodeError:
        return text[1:-1]


def written_line(name: str, value: object) -> str:
    """Return the line that gives a value to a key."""
    return f"{written_key(name)} = {written_value(value)}"


def written_key(name: str) -> str:
    """Return a key as TOML, in quotes where it needs them."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _quoted(name)


def written_value(value: object) -> str:
    """Return a truth value, a number or a text as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Real):  # NumPy's as well
        return repr(float(value))
    return _quoted(str(value))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
