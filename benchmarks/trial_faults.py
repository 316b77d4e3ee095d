"""Score counts and form faults on the trials, and print Markdown tables.

    python benchmarks/trial_faults.py [FOLDER] [--into docs/FILE.md]

FOLDER (default ``benchmarks/trials``) holds ``NAME.poses.npz``, what a review saw of a clip, and
``NAME.truth.npz``, what was true (`samples.studio.trials`); nothing is rendered and no pose model runs.
Tables as `benchmarks.accuracy` prints them for clips: counts, form faults against what the true joints say
(`benchmarks.fault_truth`, `benchmarks.fault_score`), good repetitions, what was answered though it cannot be
seen.  The hard trials (poor light, loose clothes, blankets) come apart from the others.

Views go by where the camera truly stood: by the angle between its line of sight and the person's left-right
axis as for clips, with `formcheck.view`'s borders for people who lie, and its end views.  Within `BORDER_DEG`
of a border between two views nothing is expected where the two differ.

The exit code is 1 when a count is off or a form fault falls short as for clips, in the trials that are not
hard.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.accuracy import Counts, boundary_errors, counts_table
from benchmarks.angles import HARD, TRIALS
from benchmarks.fault_score import Case, compare, faults_table, is_built, passed, report, tallies, wrong_table
from benchmarks.fault_truth import NOTHING, SEEN, expectations, profile_for
from benchmarks.true_motion import FRONT_FROM_DEG, SIDE_UP_TO_DEG, Floats, Motion, TrueRep
from formcheck.pose import recorded
from formcheck.pose.recorded import Recording
from formcheck.profile import Profile
from formcheck.results import Rep
from formcheck.review import Options, analyse
from formcheck.view import END_VIEW_DEG, SIDE_LYING_FRONT_YAW_DEG

MARK = "<!-- printed by benchmarks/trial_faults.py -->"
TUNED = "- Limits set on rendered people"
BORDER_DEG = 5.0
"""So near to the border between two views either may be said to be right."""


@dataclass(frozen=True, slots=True)
class Score:
    """How one trial was scored.

    Attributes
    ----------
    counts : Counts
    faults : list[Case]
    opened : list[Case]
        What a rule judges from where `benchmarks.fault_truth` expects nothing but ``not_assessed``, against
        the motion all the same.
    """

    counts: Counts
    faults: list[Case]
    opened: list[Case]


@dataclass(frozen=True, slots=True)
class Stand:
    """Where the camera stood.

    Attributes
    ----------
    off_side_deg : float
        Angle between the line of sight and the person's left-right axis, 0 to 90.
    off_front_deg : float
        The same from straight in front of the chest, 0 to 180.
    off_feet_deg : float
        Within the floor, the same from the way from head to feet, 0 to 180; means something of who lies.
    """

    off_side_deg: float
    off_front_deg: float
    off_feet_deg: float


def read_motions(truth: Path) -> list[Motion]:
    """Read what was true of a trial, from its ``NAME.truth.npz``; once for every view it may be seen from.

    The first is the view that the camera truly has.
    """
    with np.load(truth, allow_pickle=False) as archive:
        header = json.loads(str(archive["header"]))
        joints_m = archive["joints_m"].astype(np.float64) * float(archive["unit_m"])
        names = [str(name) for name in archive["joint_names"]]
        time_s, rest = archive["time_s"].astype(np.float64), archive["phase"] == 0.0
        eye_m = archive["eye_m"].astype(np.float64)
    joints = {name: joints_m[:, place] for place, name in enumerate(names)}
    exercise, stand = str(header["exercise"]), stand_of({name: at[0] for name, at in joints.items()}, eye_m)
    motion = Motion(
        clip=str(header["name"]),
        exercise=exercise,
        view=view_of(exercise, stand),
        body=str(header["design"]["body"]),
        near=str(header["near"]),
        joints=joints,
        time_s=time_s,
        rest=rest,
        reps=tuple(
            TrueRep(float(rep["start"]), float(rep["end"]), str(rep["side"]), str(rep["fault"]))
            for rep in header["reps"]
        ),
    )
    return [replace(motion, view=view) for view in views_near(exercise, stand)]


def stand_of(joints_m: dict[str, Floats], eye_m: Floats) -> Stand:
    """Return where a camera stands, from joints of shape (3,)."""
    hips, shoulders = ((joints_m[f"{name}.L"] + joints_m[f"{name}.R"]) / 2 for name in ("hip", "shoulder"))
    left = joints_m["hip.L"] - joints_m["hip.R"]
    sight = eye_m - hips
    to_left, floor = _between_deg(sight, left), np.array([1.0, 1.0, 0.0])
    return Stand(
        off_side_deg=min(to_left, 180.0 - to_left),
        off_front_deg=_between_deg(sight, np.cross(left, shoulders - hips)),
        off_feet_deg=_between_deg(sight * floor, (hips - shoulders) * floor),
    )


def _between_deg(first: Floats, second: Floats) -> float:
    """Return the angle between two directions; 90 where one of them is none."""
    size = max(float(np.linalg.norm(first) * np.linalg.norm(second)), 1e-9)
    return float(np.degrees(np.arccos(np.clip(float(first @ second) / size, -1.0, 1.0))))


def view_of(exercise: str, stand: Stand) -> str:
    """Return the view that formcheck calls it, given that it sees exactly how the person lies or stands."""
    from_feet = min(stand.off_feet_deg, 180.0 - stand.off_feet_deg)
    if exercise == "bridge" and from_feet < 90.0 - END_VIEW_DEG:
        return "foot_end" if stand.off_feet_deg < 90.0 else "head_end"
    if stand.off_side_deg <= SIDE_UP_TO_DEG:
        return "side"
    front_from = SIDE_LYING_FRONT_YAW_DEG if exercise == "clamshell" else FRONT_FROM_DEG
    if exercise == "bridge" or stand.off_side_deg < front_from:
        return "oblique"
    return "front" if stand.off_front_deg < 90.0 else "back"


def views_near(exercise: str, stand: Stand) -> list[str]:
    """Return the view and those that begin within `BORDER_DEG`."""
    nearby = [
        replace(stand, off_side_deg=stand.off_side_deg + side, off_feet_deg=stand.off_feet_deg + feet)
        for side in (0.0, -BORDER_DEG, BORDER_DEG)
        for feet in (0.0, -BORDER_DEG, BORDER_DEG)
    ]
    return list(dict.fromkeys(view_of(exercise, one) for one in nearby))


def seen(truth: Path) -> Recording:
    """Read what a review saw of a trial; it says nothing of how to review it."""
    recording = recorded.load(truth.with_name(truth.name.replace(".truth.", ".poses.")))
    recording.options = {}
    return recording


def score(motions: Sequence[Motion], recording: Recording) -> Score:
    """Review one trial, with the exercise recognised and given, and compare."""
    motion = motions[0]
    profile = profile_for(motion)
    recognised = analyse(recording, Options().completed_by({}))
    given = analyse(recording, Options(exercise=motion.exercise, profile=profile).completed_by({}))
    starts, ends = boundary_errors([(rep.start_s, rep.end_s) for rep in motion.reps], given)
    counts = Counts(
        clip=motion.clip,
        exercise=motion.exercise,
        view=motion.view,
        true=len(motion.reps),
        given=given.summary.reps.complete,
        recognised_as=recognised.summary.exercise,
        recognised=recognised.summary.reps.complete,
        start_errors_s=starts,
        end_errors_s=ends,
    )
    found = given.summary.rep_list
    return Score(counts, cases(motions, profile, found), list(opened(motion, profile, found)))


def cases(motions: Sequence[Motion], profile: Profile, found: Sequence[Rep]) -> list[Case]:
    """Return every fault of every repetition; nothing is expected where the possible views differ."""
    first, *others = (list(compare(motion, profile, found)) for motion in motions)
    return [
        case
        if all(other.expected.verdict is case.expected.verdict for other in same)
        else replace(case, expected=NOTHING)
        for case, *same in zip(first, *others, strict=True)
    ]


def opened(motion: Motion, profile: Profile, found: Sequence[Rep]) -> Iterator[Case]:
    """Yield the faults that a rule judges though they are not to be seen from here, by the true motion.

    What is true does not hang on the view: it is asked for as if from a view that shows the fault.
    """
    for case in compare(motion, profile, found):
        elsewhere = SEEN[motion.exercise][case.code]
        if motion.view not in elsewhere and elsewhere and is_built(case.row):
            near = motion.reps[case.rep - 1].side or motion.near
            shown = replace(motion, view=elsewhere[0], near=near)
            told = expectations(shown, profile)[case.rep - 1][case.code]
            yield replace(case, expected=told)


def is_exact(one: Counts) -> bool:
    """Return whether every repetition was counted, the exercise given and recognised."""
    return one.true == one.given == one.recognised


def section(scores: Sequence[Score]) -> str:
    """Return all tables of some trials."""
    counts = [one.counts for one in scores]
    exact = sum(map(is_exact, counts))
    every = [case for one in scores for case in one.faults]
    return (
        f"Counted exactly, given and recognised: {exact} of {len(counts)} trials.\n\n{counts_table(counts)}\n"
        f"{_in_all(every)}\n\n{_without_tuned(report(every))}"
        f"{_opened_tables([case for one in scores for case in one.opened])}"
    )


def _opened_tables(every: Sequence[Case]) -> str:
    """Return how rules do that judge from elsewhere than clinical observability has it."""
    if not every:
        return ""
    return (
        "\nRules that judge from where the fault is said not to be seen, against the true motion.\n\n"
        f"{faults_table(tallies(every))}\n{_in_all(every)}\n\n{wrong_table(every)}"
    )


def _in_all(every: Sequence[Case]) -> str:
    """Return all faults together in words: most rows of the table have a case or two."""
    rows = tallies(every)
    true, found, silent = (sum(getattr(row, name) for row in rows) for name in ("true", "found", "silent"))
    good, alarms, quiet = (
        sum(getattr(row, name) for row in rows) for name in ("good", "alarms", "silent_on_good")
    )
    return (
        f"All faults together: {found} of {true} true cases found, {silent} not assessed; "
        f"{alarms} false alarms where {good} were absent, {quiet} of these not assessed."
    )


def _without_tuned(text: str) -> str:
    """Return the report without what it says of clips that limits were set on; none was set on a trial."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(TUNED))


def fine(scores: Sequence[Score]) -> bool:
    """Return whether every count is exact and no form fault falls short."""
    faults = [case for one in scores for case in one.faults]
    return all(is_exact(one.counts) for one in scores) and passed(faults)


def main(arguments: Sequence[str] | None = None) -> int:
    """Score the trials and print the tables; 1 if a count or a fault is off."""
    parser = argparse.ArgumentParser(description="Score counts and form faults on the trials.")
    parser.add_argument("folder", nargs="?", type=Path, default=TRIALS)
    parser.add_argument(
        "--into", type=Path, metavar="FILE", help=f"also renew what follows {MARK} in this file"
    )
    asked = parser.parse_args(arguments)
    paths = sorted(asked.folder.glob("*.truth.npz"))
    if not paths:
        parser.error(f"there is no NAME.truth.npz in {asked.folder}")
    scores = [score(read_motions(path), seen(path)) for path in paths]
    hard = [one for one in scores if one.counts.clip.endswith(HARD)]
    easy = [one for one in scores if not one.counts.clip.endswith(HARD)]
    text = "\n".join(
        f"### {title}\n\n{section(chosen)}"
        for title, chosen in (("Trials", easy), ("Hard trials", hard))
        if chosen
    )
    print(text, end="")
    if asked.into:
        kept = asked.into.read_text(encoding="utf-8").partition(MARK)[0]
        asked.into.write_text(f"{kept}{MARK}\n\n{text}", encoding="utf-8")
    return 0 if fine(easy) else 1


if __name__ == "__main__":
    raise SystemExit(main())
