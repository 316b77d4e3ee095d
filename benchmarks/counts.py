"""Count everything at hand again, and print it beside what an earlier version counted.

    python benchmarks/counts.py FOLDER [FOLDER ...] [--poses DIR] [--before FILE] [--into PAGE] [--save FILE]

FOLDER holds recordings: with a ``labels.json`` (``{"files": {NAME: {"kind", "exercise", "reps"}}}``, or
without the ``files`` level; a ``target`` has to count its repetitions, a ``distractor`` none, a
``target-variant`` is only shown), or with a truth file ``NAME.json`` beside each (`benchmarks/accuracy.py`).
Poses are computed by the pose model, or taken from DIR, where they are kept for the next time.  FILE has the
results of another version, as ``--save`` writes them (``benchmarks/counts-0.1.0.json``): counts, verdicts and
findings, no landmarks.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import formcheck
from formcheck.pose import recorded

EXERCISES = {"squat": "squat", "bridge": "bridge", "clamshell": "clamshell", "march": "seated_march"}
SUFFIXES = (".mp4", ".gif", ".webm", ".mov", ".mkv")
HEADER = (
    "recording",
    "true",
    "before: given",
    "recognised",
    "now: given",
    "recognised",
    "findings before",
    "now",
)
MARKS = ("<!-- printed by benchmarks/counts.py -->", "<!-- end -->")

Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A recording, the exercise to name (None for a distractor), and the repetitions that are in it."""

    path: Path
    exercise: str | None
    reps: int | None
    judged: bool

    @property
    def name(self) -> str:
        """Folder and file, which tell recordings apart."""
        return f"{self.path.parent.name}/{self.path.name}"


def labelled(folder: Path) -> Iterator[Labelled]:
    """Yield the recordings of a folder with what is known of them."""
    labels = folder / "labels.json"
    known = json.loads(labels.read_text("utf-8")) if labels.exists() else {}
    known = known.get("files", known)
    for path in sorted(one for one in folder.iterdir() if one.suffix in SUFFIXES):
        if path.name in known:
            yield _by_label(path, known[path.name])
        elif path.with_suffix(".json").exists():
            reps = json.loads(path.with_suffix(".json").read_text("utf-8"))["reps"]
            exercise = next((name for key, name in EXERCISES.items() if key in path.stem), None)
            yield Labelled(path, exercise, len(reps) if isinstance(reps, list) else reps, True)


def _by_label(path: Path, label: Result) -> Labelled:
    kind, words = label["kind"], label["exercise"].lower().replace("_", " ")
    named = next((name for key, name in EXERCISES.items() if key in words), None)
    if kind == "distractor" or "stand" in words:
        return Labelled(path, None, 0, True)
    return Labelled(path, named, label["reps"], kind == "target")


def results(one: Labelled, poses: Path | None) -> Result:
    """Return what is counted and found with the exercise given and recognised."""
    kept = None if poses is None else poses / one.path.parent.name / f"{one.path.name}.npz"
    if kept is None or not kept.exists():
        taken = formcheck.review(one.path, exercise=one.exercise or "auto")
        if kept is None:
            return {"given": _told(taken.summary) if one.exercise else None, "auto": _auto(one, taken)}
        kept.parent.mkdir(parents=True, exist_ok=True)
        with kept.open("wb") as file:
            recorded.save(taken.recording, file)
    given = _told(formcheck.review(kept, exercise=one.exercise).summary) if one.exercise else None
    return {"given": given, "auto": _told(formcheck.review(kept, exercise="auto").summary)}


def _auto(one: Labelled, taken: formcheck.Review) -> Result:
    return _told(
        taken.summary if one.exercise is None else formcheck.review(one.path, exercise="auto").summary
    )


def _told(summary: formcheck.Summary) -> Result:
    return {
        "exercise": summary.exercise,
        "complete": summary.reps.complete,
        "partial": summary.reps.partial,
        "verdicts": dict(Counter(rep.verdict.value for rep in summary.rep_list)),
        "present": {code: one.present for code, one in summary.faults.items() if one.present},
        "not_counted": [one.reason for one in summary.not_counted],
    }


def table(rows: Sequence[Labelled], before: Result, now: Result) -> str:
    """Return the table, and how many judged recordings are exact."""
    lines = ["| " + " | ".join(HEADER) + " |", "| --- " * len(HEADER) + "|"]
    for one in rows:
        old, new = before.get(one.name, {}), now[one.name]
        cells = [_count(state, mode) for state in (old, new) for mode in ("given", "auto")]
        found = [_present(state, "given" if one.exercise else "auto") for state in (old, new)]
        true = f"{one.reps}" + ("" if one.judged else " (variant)")
        lines.append("| " + " | ".join([one.name, true, *cells, *found]) + " |")
    exact = [sum(_exact(one, state.get(one.name)) for one in rows) for state in (before, now)]
    judged = sum(one.judged for one in rows)
    return (
        "\n".join(lines) + f"\n\nExact in both: {exact[0]} of {judged} before, {exact[1]} of {judged} now.\n"
    )


def _exact(one: Labelled, state: Result | None) -> bool:
    told = [state[mode] for mode in ("given", "auto") if state[mode]] if state else []
    return one.judged and bool(told) and all(each["complete"] == one.reps for each in told)


def _count(state: Result, mode: str) -> str:
    told = state.get(mode)
    if not told:
        return "-"
    named = f" {told['exercise']}" if mode == "auto" and told["complete"] else ""
    partial = f" + {told['partial']} partial" if told["partial"] else ""
    return f"{told['complete']}{partial}{named}"


def _present(state: Result, mode: str) -> str:
    told = state.get(mode) or {}
    return ", ".join(f"{code} {count}" for code, count in told.get("present", {}).items()) or "-"


def main() -> None:
    """Parse arguments, score, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--poses", type=Path, metavar="DIR")
    parser.add_argument("--before", type=Path, metavar="FILE")
    parser.add_argument("--into", type=Path, metavar="PAGE", help="renew what stands between the marks there")
    parser.add_argument("--save", type=Path, metavar="FILE")
    args = parser.parse_args()
    rows = [one for folder in args.folders for one in labelled(folder.resolve())]
    now = {}
    for number, one in enumerate(rows, 1):
        print(f"{number} of {len(rows)}: {one.name}", file=sys.stderr)
        now[one.name] = results(one, args.poses)
    before = json.loads(args.before.read_text("utf-8")) if args.before else {}
    printed = table(rows, before, now)
    print(printed)
    if args.save:
        args.save.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    if args.into:
        text = args.into.read_text("utf-8")
        head, _, tail = text.partition(MARKS[0])
        args.into.write_text(
            f"{head}{MARKS[0]}\n\n{printed}\n{MARKS[1]}{tail.partition(MARKS[1])[2]}", "utf-8"
        )


if __name__ == "__main__":
    main()
