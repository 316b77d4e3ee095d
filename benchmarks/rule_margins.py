"""What it costs and saves that a finding has to pass its limit by more than its measure may be off.

    python benchmarks/rule_margins.py POSES [POSES ...] [--into docs/rule-margins.md]

POSES are folders of kept poses (``NAME.npz``, ``NAME.mp4.npz``).  What ``samples``, ``benchmarks/clips`` or
``benchmarks/holdout`` know the truth of is scored against it, as `benchmarks.accuracy` does; the rest are
real people, of whom the findings are counted: recordings of the exercises done well.  The exercise is the
first word of the name, or the one that is recognised.  The trials (`benchmarks.trial_faults`) come along.

Everything is judged twice: with the limits alone, and as formcheck does, with the error of
`formcheck.exercises.guards` on top of the first limit of a row and a second measure where a row asks for one.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter as Tally
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import trial_faults
from benchmarks.angles import TRIALS as TRIAL_FOLDER
from benchmarks.fault_score import Case, compare, good_reps, markdown
from benchmarks.fault_truth import ABSENT, PRESENT, profile_for
from benchmarks.true_motion import Motion, read_motion
from formcheck.exercises import EXERCISES
from formcheck.pose import recorded
from formcheck.pose.recorded import Recording
from formcheck.review import Options, analyse
from formcheck.rules import GRANTED_HERE

MARK = "<!-- printed by benchmarks/rule_margins.py -->"
ROOT = Path(__file__).resolve().parent.parent
KNOWN = {
    "clips looked at": (ROOT / "samples", ROOT / "benchmarks" / "clips"),
    "clips held out": (ROOT / "benchmarks" / "holdout",),
}
TRIALS, REAL = "trials", "real people, done well"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was said of a group of recordings: cases with a truth, and findings on real people by code."""

    cases: dict[str, list[Case]]
    found: Tally[str]
    reps: int


@contextmanager
def limits_alone() -> Iterator[None]:
    """Judge as if no measure had an error and no second one were asked for."""
    usual = dict(EXERCISES)
    for name, exercise in usual.items():
        rows = (
            replace(rule, confirmed_by="", error=0.0 if rule.from_plan in GRANTED_HERE else rule.error)
            for rule in exercise.rules
        )
        EXERCISES[name] = replace(exercise, rules=tuple(rows))
    try:
        yield
    finally:
        EXERCISES.update(usual)


def judged(folders: Sequence[Path], *, trials: bool = True) -> Outcome:
    """Return what is said of every recording."""
    cases: dict[str, list[Case]] = {}
    found: Tally[str] = Tally()
    reps = 0
    for path in sorted(path for folder in folders for path in folder.glob("*.npz")):
        stem = path.name.removesuffix(".npz").rpartition(".")[0] or path.stem
        recording = recorded.load(path)
        recording.options = {}
        group, motion = truth_of(stem)
        if motion is not None:
            cases.setdefault(group, []).extend(_cases(motion, recording))
            continue
        summary = analyse(recording, Options(exercise=_named(stem)).completed_by({})).summary
        complete = [rep for rep in summary.rep_list if rep.complete]
        reps += len(complete)
        found.update(check.code for rep in complete for check in rep.faults if check.severity is not None)
    for path in sorted(TRIAL_FOLDER.glob("*.truth.npz")) if trials else ():
        score = trial_faults.score(trial_faults.read_motions(path), trial_faults.seen(path))
        cases.setdefault(TRIALS, []).extend(score.faults)
    return Outcome(cases, found, reps)


def truth_of(stem: str) -> tuple[str, Motion | None]:
    """Return the group and the true motion of a clip; None of real people."""
    for group, folders in KNOWN.items():
        for folder in folders:
            if (folder / f"{stem}.json").exists():
                return group, read_motion(folder / f"{stem}.json")
    return REAL, None


def _named(stem: str) -> str:
    word = stem.partition("_")[0]
    first = {"march": "seated_march"}.get(word, word)
    return first if first in EXERCISES else "auto"


def _cases(motion: Motion, recording: Recording) -> list[Case]:
    profile = profile_for(motion)
    options = Options(exercise=motion.exercise, profile=profile).completed_by({})
    return list(compare(motion, profile, analyse(recording, options).summary.rep_list))


def overview(before: Outcome, after: Outcome) -> str:
    """Return one row a group: true cases found, false alarms."""
    header = (
        "recordings",
        "true cases",
        "found",
        "",
        "absent",
        "false alarms",
        "",
        "good repetitions",
        "in them",
        "",
    )
    rows = []
    for group, told in before.cases.items():
        again = after.cases[group]
        true, good = (sum(c.expected.verdict is which for c in told) for which in (PRESENT, ABSENT))
        found, alarms = (
            [
                str(sum(c.expected.verdict is which and c.verdict is PRESENT for c in one))
                for one in (told, again)
            ]
            for which in (PRESENT, ABSENT)
        )
        reps, *_ = good_reps(told)
        in_good = [str(good_reps(one)[1]) for one in (told, again)]
        rows.append((group, str(true), *found, str(good), *alarms, str(reps), *in_good))
    findings = [str(one.found.total()) for one in (before, after)]
    rows.append((REAL, "-", "-", "-", "-", "-", "-", str(after.reps), *findings))
    return markdown(header, rows)


def by_code(before: Outcome, after: Outcome) -> str:
    """Return the codes whose numbers differ, by group."""
    header = ("recordings", "fault", "true cases", "found", "", "absent", "false alarms", "")
    rows = []
    for group, told in before.cases.items():
        for code in dict.fromkeys(case.code for case in told):
            own, again = ([c for c in one if c.code == code] for one in (told, after.cases[group]))
            counts = [
                sum(c.expected.verdict is which for c in own)
                if said is None
                else sum(c.expected.verdict is which and c.verdict is PRESENT for c in said)
                for which in (PRESENT, ABSENT)
                for said in (None, own, again)
            ]
            if counts[1] != counts[2] or counts[4] != counts[5]:
                rows.append((group, code, *map(str, counts)))
    for code in sorted(before.found | after.found):
        if before.found[code] != after.found[code]:
            rows.append((REAL, code, "-", "-", "-", "-", str(before.found[code]), str(after.found[code])))
    return markdown(header, rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge everything twice and print the tables."""
    parser = argparse.ArgumentParser(description="What the margins of form checks cost and save.")
    parser.add_argument("folders", nargs="+", type=Path, metavar="POSES")
    parser.add_argument("--into", type=Path, metavar="FILE", help=f"also renew what follows {MARK} in it")
    asked = parser.parse_args(arguments)
    with limits_alone():
        before = judged(asked.folders)
    after = judged(asked.folders)
    text = (
        "Limits alone, then with the margins.\n\n"
        f"{overview(before, after)}\nWhere the two differ.\n\n{by_code(before, after)}"
    )
    print(text, end="")
    if asked.into:
        kept = asked.into.read_text(encoding="utf-8").partition(MARK)[0]
        asked.into.write_text(f"{kept}{MARK}\n\n{text}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
