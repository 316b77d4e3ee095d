"""How a run tells where it is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from formcheck.batch.run import Shown, Standing
from formcheck.report.text import printable

LINE_EVERY_S = 30.0
FIRST_LINE_S = 3.0
NAMED = 4
"""So many of the recordings in hand are named."""


def line_of(standing: Standing) -> str:
    """Return where a run is, in one line."""
    parts = [f"{standing.done:,} of {standing.rows:,} done"]
    if standing.known:
        parts.append(f"{standing.known:,} of them before")
    parts.append(f"{standing.failed:,} failed")
    rate, left_s = standing.rate_per_min, standing.left_s
    if rate is not None:
        parts.append(f"{rate:.1f} a minute")
    if left_s is not None and standing.rows > standing.done:
        parts.append(f"{duration(left_s)} left")
    line = ", ".join(parts)
    return f"{line}; now: {current(standing)}" if standing.current else line


def current(standing: Standing) -> str:
    """Return the names of what is in hand."""
    names = [printable(name) for name in standing.current[:NAMED]]
    more = len(standing.current) - len(names)
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def duration(seconds: float) -> str:
    """Return a time in words: ``40 s``, ``12 min``, ``3 h 20 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


class _Nothing:
    def tell(self, standing: Standing) -> None:
        """Show nothing."""

    def note(self, path: str, reason: str, message: str) -> None:
        """Show nothing."""


class _Lines:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._next_s = time.monotonic() + FIRST_LINE_S

    def tell(self, standing: Standing) -> None:
        """Write a line now and then."""
        if time.monotonic() >= self._next_s:
            self._next_s = time.monotonic() + LINE_EVERY_S
            self._write(line_of(standing))

    def note(self, path: str, reason: str, message: str) -> None:
        """Write a line."""
        self._write(f"{printable(path)}: {reason}: {printable(message)}")

    def _write(self, line: str) -> None:
        self._stream.write(f"formcheck: {line}\n")
        self._stream.flush()


@contextmanager
def shown_on(stream: TextIO | None) -> Iterator[Shown]:
    """Show progress on a stream: a bar if it is a terminal, lines if not, nothing without one."""
    if stream is None:
        yield _Nothing()
    elif not stream.isatty():
        yield _Lines(stream)
    else:
        with _bar(stream) as bar:
            yield bar


@contextmanager
def _bar(stream: TextIO) -> Iterator[Shown]:
    from rich.console import Console  # noqa: PLC0415
    from rich.markup import escape  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415

    console = Console(file=stream)
    columns = (BarColumn(), TextColumn("{task.description}"))
    with Progress(
        *columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False
    ) as bar:
        task = bar.add_task("checking what is done", total=None)

        class Bar:
            def tell(self, standing: Standing) -> None:
                """Move the bar."""
                bar.update(
                    task,
                    total=standing.rows or None,
                    completed=standing.done,
                    description=escape(line_of(standing)),
                )

            def note(self, path: str, reason: str, message: str) -> None:
                """Write a line above the bar."""
                console.print(
                    f"{printable(path)}: {reason}: {printable(message)}", markup=False, highlight=False
                )

        yield Bar()
