"""Review small inputs on which formcheck failed once, and print what comes of each beside what should.

    python benchmarks/cases.py FOLDER [--only NAME ...] > docs/cases.md

FOLDER holds the inputs, made from the rendered samples: the tests make those that are quick to make
themselves.  Inputs that are missing are named and left out.  The exit code is 1 where a result is not as
expected.  Runs the pose model: a few minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from formcheck import cli

TITLE = """\
# Small inputs on which it failed once

Each came from a public report about some tool of this kind, was made anew from the rendered samples, and
failed here as well. Made by `benchmarks/cases.py`; "before" is version 0.1.0 when the case was found.

| input | command | expected | before | now | as expected |
|---|---|---|---|---|---|"""


@dataclass(frozen=True)
class Got:
    """What a command left: exit code, the summary if there is one, everything said."""

    code: int
    summary: dict[str, Any] | None
    said: str

    def text(self) -> str:
        """Return it in a few words."""
        if self.summary is None:
            return f"exit {self.code}: {self.said.strip().splitlines()[-1] if self.said.strip() else ''}"
        reps, source = self.summary["reps"], self.summary["source"]
        parts = [f"{reps['complete']} complete, {reps['partial']} partial"]
        parts += [f"not counted: {one['reason']}" for one in self.summary["not_counted"]]
        parts += self.summary["quality"]["warnings"]
        if source["frames_analysed"] < source["frames"]:
            parts.append(f"{source['frames_analysed']} of {source['frames']} pictures analysed")
        return "; ".join(parts)

    def complete(self) -> int:
        """Return the complete repetitions; -1 without a result."""
        return -1 if self.summary is None else int(self.summary["reps"]["complete"])

    def warns(self, code: str) -> bool:
        """Whether a warning was given."""
        return self.summary is not None and code in self.summary["quality"]["warnings"]


@dataclass(frozen=True)
class Case:
    """One input, how it is reviewed, and what should come of it."""

    name: str
    options: tuple[str, ...]
    expected: str
    before: str
    holds: Callable[[Got], bool]


def _held(got: Got) -> bool:
    if got.summary is None or got.complete() != 2:
        return False
    return any(rep["hold_s"] > 20.0 for rep in got.summary["rep_list"])


def _explained(got: Got) -> bool:
    return got.complete() == 1 or (got.summary is not None and bool(got.summary["not_counted"]))


def _speed_not_judged(got: Got) -> bool:
    assert got.summary is not None
    return got.warns("low_frame_rate") and not got.summary["faults"]["fast_descent"]["absent"]


def _sideways(got: Got) -> bool:
    return got.warns("sideways")


def _one_line(got: Got) -> bool:
    return got.code == cli.EXIT_UNUSABLE and len(got.said.strip().splitlines()) == 1


SQUAT = ("--exercise", "squat")
CASES = (
    Case(
        "hold24.mp4",
        ("--exercise", "bridge"),
        "2 complete, one held for 24 s",
        "1 complete, not a word",
        _held,
    ),
    Case("slomo8.mp4", SQUAT, "1 complete, or the reason why not", "0 complete, no note", _explained),
    Case(
        "slomo8.mp4",
        (*SQUAT, "--slow-motion", "8"),
        "1 complete, in seconds of life",
        "there was no such option",
        lambda got: got.complete() == 1,
    ),
    Case(
        "joined.webm",
        (*SQUAT, "--from", "5"),
        "1 complete",
        "exit 2, 'ends at 4.4 s'",
        lambda got: got.complete() == 1,
    ),
    Case(
        "joined.ts",
        SQUAT,
        "2 complete, no warning",
        "`truncated`",
        lambda got: got.complete() == 2 and not got.warns("truncated"),
    ),
    Case("dup8to30.mp4", SQUAT, "low frame rate, speed not judged", "no warning", _speed_not_judged),
    Case(
        "sideways.mp4",
        SQUAT,
        "says that it lies on its side",
        "0 repetitions",
        lambda got: got.warns("sideways"),
    ),
    Case(
        "sideways.mp4",
        (),
        "says that it lies on its side",
        "not recognised",
        lambda got: got.warns("sideways"),
    ),
    Case(
        "sideways.mp4",
        ("--rotate", "270"),
        "counted",
        "there was no such option",
        lambda got: got.complete() > 0 and not got.warns("sideways"),
    ),
    Case(
        "still_default.mov",
        SQUAT,
        "the moving track",
        "exit 2, 'holds a single picture'",
        lambda got: got.complete() == 1,
    ),
    Case("damaged_poses.npz", (), "exit 2, one line", "exit 3, a traceback", _one_line),
)


def run(arguments: Sequence[str]) -> Got:
    """Run one review in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main(["review", *arguments])
    summary = json.loads(out.getvalue()) if code == cli.EXIT_DONE and "--json" in arguments else None
    return Got(code, summary, err.getvalue())


def long_names(sample: Path) -> tuple[int, str]:
    """Review a recording with each of three long names; return how many gave a report, and what was left."""
    left = []
    for name in ("x" * 251 + ".mp4", "\u6df1" * 80 + ".mp4", "y" * 211 + ".mp4"):
        with TemporaryDirectory() as folder:
            path = Path(folder) / name
            shutil.copyfile(sample, path)
            got = run([str(path), "--no-video", "--quiet", *SQUAT, "--export", "openpose"])
            left.append(got.code == cli.EXIT_DONE and any(Path(folder).glob("*/report.html")))
    return sum(left), f"{sum(left)} of {len(left)} names have a report and the export"


def main() -> int:
    """Review every case and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", default=None, metavar="NAME")
    options = parser.parse_args()
    print(TITLE)
    wrong = 0
    for case in CASES:
        path = options.folder / case.name
        if options.only is not None and case.name not in options.only:
            continue
        if not path.exists():
            print(f"{path} is missing", file=sys.stderr)
            continue
        got = run([str(path), "--json", *case.options])
        fine = (got.summary is not None or got.code != cli.EXIT_DONE) and case.holds(got)
        wrong += not fine
        told = got.text().replace(str(options.folder) + os.sep, "").replace("|", "/")
        command = " ".join(("review", case.name, *case.options))
        row = [case.name, f"`{command}`", case.expected, case.before, told, "yes" if fine else "**no**"]
        print(f"| {' | '.join(row)} |", flush=True)
    short = options.folder / "joined.ts"
    if short.exists() and (options.only is None or "names" in options.only):
        fine_names, told = long_names(short)
        wrong += fine_names < 3
        row = ["a name of 215 to 255 bytes", "`review NAME --export openpose`", "results", "exit 2", told]
        print(f"| {' | '.join([*row, 'yes' if fine_names == 3 else '**no**'])} |")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
