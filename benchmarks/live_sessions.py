"""Who is let in: coached sessions in virtual time over recordings, looped as if they were the camera.

    python benchmarks/live_sessions.py [FOLDER ...] [--cache DIR | --poses DIR] [--verbose] [--into FILE]

FOLDER (default: ``samples``, ``benchmarks/clips`` and the folders in ``FORMCHECK_CLIPS``, separated as in
``PATH``) holds recordings with their truth (``NAME.json``, as in `benchmarks.accuracy`) or a ``labels.json``
by eye.  The poses of one loop are taken by the real pose model once and kept in the cache by content and
model; ``--poses`` feeds ``NAME.npz`` instead.  Then the real session runs over them, without camera, voice or
clock: nobody is in the picture until the coach begins to guide, then the recording plays round and round with
strictly increasing times.  One set without a limit is asked for.

Columns:

begin
    Seconds from the person being in place (``benchmarks/live_labels.json``, written before the coach was
    changed) to "Begin".
counted, missed, extra
    True repetitions since counting began that were counted, those that were not, and what was counted but is
    none.  A movement within `SEAM_S` of a seam of the loop is cut or joined there: it is listed under *seam*
    (counted of all, and joined ones), never held against anybody.
headline
    Most changes of the headline in any minute, but for the one to the set.
cues
    What was said about form, with the code and the figure behind it.

Judged are target recordings with two whole repetitions or more and without a cut; the others are printed.
Passed: in within `BEGIN_S`, nothing missed, nothing extra, at most `HEADLINES` changes.  The exit code is 1
when one of them was not.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.fault_score import markdown
from benchmarks.true_motion import EXERCISE_NAMES
from formcheck.cli import native_chatter_silenced
from formcheck.frame import Frame
from formcheck.live.acts import Act, Kind, Say, Screen
from formcheck.live.coach import Stage
from formcheck.live.session import Session, Setup
from formcheck.live.speech import Heard, Speech
from formcheck.pose import recorded
from formcheck.pose.models import load_model
from formcheck.pose.recorded import Recording
from formcheck.pose.sighting import Sighting
from formcheck.results import Event, Rep
from formcheck.review import Options, record
from formcheck.video.cameras import Captured
from formcheck.video.files import sha256_of

ROOT = Path(__file__).resolve().parent.parent
LABELS = ROOT / "benchmarks" / "live_labels.json"
FOLDERS = "FORMCHECK_CLIPS"
SUFFIXES = (".mp4", ".gif", ".webm", ".mov")
SECONDS = 90.0
"""A session plays this long after the coach has begun to guide."""
BEGIN_S = 20.0
HEADLINES = 6
"""A set begins so soon after the person is in place; changes of the headline in a minute (issue 13)."""
SEAM_S = 0.3
"""Labels by eye are so exact: a movement this close to the seam may be cut by it."""
HALF_S = 1.2
"""Half of a repetition of which only the end position was labelled."""
END_S = 1.0
"""A repetition that ended this long before the session's end was due to be counted."""
WHOLE = 2
"""Whole repetitions that a recording must have to be judged."""
MINUTE_S = 60.0
MARK = "<!-- printed by benchmarks/live_sessions.py -->"


@dataclass(frozen=True, slots=True)
class Label:
    """What is known of one recording.

    Attributes
    ----------
    path : Path
    exercise : str
        It is played as this one.
    target : bool
        It shows this exercise.
    reps : tuple[tuple[float, float], ...]
        True start and end of each whole repetition in one loop, seconds.
    cut : bool
    placed_well : bool
    in_place_s : float
    """

    path: Path
    exercise: str
    target: bool
    reps: tuple[tuple[float, float], ...]
    cut: bool = False
    placed_well: bool = True
    in_place_s: float = 0.0

    @property
    def judged(self) -> bool:
        """Whether the session is held against the limits."""
        return self.target and not self.cut and len(self.reps) >= WHOLE


# Labels


def labels_in(folder: Path, placed: Mapping[str, Any]) -> Iterator[Label]:
    """Yield the recordings of a folder that something is known of."""
    by_eye = folder / "labels.json"
    if by_eye.exists():
        document = json.loads(by_eye.read_text(encoding="utf-8"))
        for name, row in document.get("files", document).items():
            yield _seen(folder / name, row, placed.get(name, {}))
        return
    for path in sorted(folder.iterdir()):
        truth = path.with_suffix(".json")
        if path.suffix in SUFFIXES and truth.exists():
            document = json.loads(truth.read_text(encoding="utf-8"))
            name = document["meta"]["exercise"]
            reps = tuple((float(rep["start"]), float(rep["end"])) for rep in document["reps"])
            label = Label(path, EXERCISE_NAMES.get(name, name), target=True, reps=reps)
            yield _placed(label, placed.get(path.name, {}))


def _seen(path: Path, row: Mapping[str, Any], placed: Mapping[str, Any]) -> Label:
    words = str(row["exercise"]).lower()
    named = (name for name in ("squat", "bridge", "clamshell", "seated_march") if name in words)
    exercise = str(placed.get("as") or next(named, "squat"))
    spans = row.get("rep_intervals_s")
    reps = [(float(a), float(b)) for a, b in spans] if spans else times_in(str(row.get("notes", "")))
    target = row["kind"] == "target"
    return _placed(Label(path, exercise, target, tuple(reps) if target else ()), placed)


def times_in(notes: str) -> list[tuple[float, float]]:
    """Return the repetitions that a note names: by their end positions, or from when to when."""
    ends = re.search(r"\b(?:tops|bottoms) ((?:\d+\.\d(?:, )?)+)", notes)
    if ends:
        return [
            (round(float(at) - HALF_S, 3), round(float(at) + HALF_S, 3))
            for at in re.findall(r"\d+\.\d", ends[1])
        ]
    spans = re.findall(r"(\d+\.\d)-(\d+\.\d)", notes)
    return [(float(since), float(until)) for since, until in spans]


def _placed(label: Label, row: Mapping[str, Any]) -> Label:
    return replace(
        label,
        cut=bool(row.get("cut", False)),
        placed_well=bool(row.get("placed_well", True)),
        in_place_s=float(row.get("in_place_s", 0.0)),
    )


# Poses


def poses_of(label: Label, cache: Path | None, given: Path | None) -> Recording | None:
    """Return the poses of one loop: as given, or of the real pose model and kept; None: not given."""
    if given is not None:
        found = next(given.rglob(f"{label.path.name}.npz"), None)
        return None if found is None else recorded.load(found)
    model = load_model("full")
    key = f"{sha256_of(label.path)[:16]}-{model.sha256[:8]}-{label.exercise}.npz"
    kept = None if cache is None else cache / key
    if kept is not None and kept.exists():
        return recorded.load(kept)
    recording, interrupted = record(
        label.path, Options(exercise=label.exercise).completed_by({}), "full", lambda *_: None
    )
    if interrupted:
        raise KeyboardInterrupt
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with kept.open("wb") as file:
            recorded.save(recording, file)
    return recording


class Loop:
    """A recording that begins again at its end; times go on."""

    def __init__(self, sightings: Sequence[Sighting]) -> None:
        self._rows = sightings
        steps = np.diff([row.time_s for row in sightings])
        self.step_s = float(median(steps)) if len(steps) else 0.04
        self._first_s = sightings[0].time_s
        self.period_s = sightings[-1].time_s - self._first_s + self.step_s

    def play(self, since_s: float) -> Iterator[Sighting]:
        """Yield it from this moment on, without end."""
        index = 0
        while True:
            turn, at = divmod(index, len(self._rows))
            row = self._rows[at]
            yield replace(row, time_s=since_s + turn * self.period_s + row.time_s - self._first_s)
            index += 1

    def nobody(self) -> Iterator[Sighting]:
        """Yield an empty room at the same rate."""
        size, index = self._rows[0].frame_size, 0
        while True:
            yield Sighting(index * self.step_s, size, (), -1, cut=False, light=0.5, people=0)
            index += 1


# A session


@dataclass(slots=True)
class Played:
    """What one session gave, in its own time.

    ``since_s``: when the recording began to play; ``begun_s``: "Begin"; ``counts_from_s``: what began before
    does not count.
    """

    since_s: float
    until_s: float = math.nan
    begun_s: float = math.nan
    counts_from_s: float = math.nan
    headlines: list[tuple[float, str]] = field(default_factory=list)
    cues: list[str] = field(default_factory=list)
    said: list[Heard] = field(default_factory=list)
    reps: tuple[Rep, ...] = ()


class Virtual(Session):
    """A session whose pictures come from a loop; time is theirs."""

    def __init__(self, setup: Setup) -> None:
        self.now_s = 0.0
        self.heard = Speech.recording(lambda: self.now_s)
        super().__init__(setup, _NoModel(), self.heard)
        self.played: Played | None = None
        self._raised: dict[str, Event] = {}

    def play(self, loop: Loop, seconds: float) -> Played:
        """Play a loop from the moment the coach begins to guide."""
        for sighting in loop.nobody():
            if self._coach.stage is Stage.SETUP:
                break
            self._keys = ["enter"] if self._coach.stage is Stage.SHOW else []
            self._look(sighting)
        self._keys = []
        self.played = played = Played(self.now_s + loop.step_s)
        for sighting in loop.play(played.since_s):
            if sighting.time_s > played.since_s + seconds or self._over:
                break
            self._look(sighting)
        played.until_s = self.now_s
        self._carry_out(self._coach.close())
        self._follow_course(self.now_s)
        played.reps = self._analyser.finish().rep_list
        played.said = [one for one in self.heard.transcript if one.time_s >= played.since_s]
        return played

    def _look(self, sighting: Sighting) -> None:
        self.now_s = sighting.time_s
        image = np.full((8, 8, 3), round(255 * sighting.light), np.uint8)
        self._take(Captured(Frame(image, self.now_s, self.timing.analysed), self.now_s), sighting)
        played = self.played
        if played is not None and math.isnan(played.begun_s) and self._coach.stage is Stage.SET:
            played.begun_s = self.now_s
            played.counts_from_s = self._coach.counting[0].start_s

    def _carry_out(self, acts: Sequence[Act]) -> None:
        if self.played is not None:
            self._note(acts, self.played)
        super()._carry_out(acts)

    def _note(self, acts: Sequence[Act], played: Played) -> None:
        """Write down what is shown, and why something is said about form."""
        cue, shown = self._coach.cue, played.headlines
        for act in acts:
            if isinstance(act, Screen) and (not shown or shown[-1][1] != act.headline):
                shown.append((self.now_s, act.headline))
            about_form = isinstance(act, Say) and act.kind in (Kind.CUE, Kind.STOP)
            if isinstance(act, Say) and about_form and cue is not None and act.text == cue.text:
                played.cues.append(self._reason(cue.code))

    def _reason(self, code: str) -> str:
        """Return the code of a cue and the figure behind it."""
        events = (one for one in reversed(self._events) if one.event == "fault_raised")
        found = next((dict(one.details) for one in events if dict(one.details)["code"] == code), None)
        if found is None:
            return code
        return f"{code} {float(found['value'] or 0.0):.2f} against {float(found['limit'] or 0.0):.2f}"


class _NoModel:
    """Nothing is looked at: the poses are known."""

    def estimate(self, frame: Frame) -> Sighting:
        raise NotImplementedError


def session_over(label: Label, recording: Recording, seconds: float) -> Played:
    """Play a session over a recording."""
    setup = Setup(label.exercise, reps=0, sets=1, questions=False)
    return Virtual(setup).play(Loop(recording.sightings), seconds)


# Scores


@dataclass(frozen=True, slots=True)
class Score:
    """One row of the table.

    ``seam`` is (counted, all) of the movements at a seam, ``joined`` what was counted across one.
    """

    label: Label
    begin_s: float
    counted: int
    missed: tuple[float, ...]
    extra: tuple[float, ...]
    seam: tuple[int, int]
    joined: int
    headlines: int
    cues: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether all limits are kept."""
        kept = self.begin_s <= BEGIN_S and self.headlines <= HEADLINES
        return kept and not self.missed and not self.extra


def score(label: Label, played: Played, period_s: float) -> Score:
    """Hold a session against what is known of its recording."""
    begin_s = played.begun_s - played.since_s - label.in_place_s
    turns = math.ceil((played.until_s - played.since_s) / period_s) if period_s > 0 else 0
    true = [
        (played.since_s + turn * period_s + since, played.since_s + turn * period_s + until)
        for turn in range(turns)
        for since, until in label.reps
    ]
    complete = [rep for rep in played.reps if rep.verdict.value != "partial"]
    pairs, extra = matched(true, complete)
    due = [index for index, one in enumerate(true) if _within(one, played)]
    at_seam = [index for index in due if _at_seam(true[index], played.since_s, period_s)]
    missed = [true[index] for index in due if index not in pairs and index not in at_seam]
    joined = [rep for rep in extra if _over_seam(rep, played.since_s, period_s)]
    return Score(
        label,
        begin_s if not math.isnan(begin_s) else math.inf,
        len(pairs),
        tuple(round(since - played.since_s, 1) for since, _ in missed),
        tuple(round(rep.start_s - played.since_s, 1) for rep in extra if rep not in joined),
        (sum(index in pairs for index in at_seam), len(at_seam)),
        len(joined),
        most_in_a_minute([time_s for time_s, _ in played.headlines[1:] if time_s != played.begun_s]),
        tuple(played.cues),
    )


def _within(rep: tuple[float, float], played: Played) -> bool:
    """Whether a repetition began after counting did, and ended soon enough to be counted."""
    return rep[0] >= played.counts_from_s and rep[1] <= played.until_s - END_S


def _at_seam(rep: tuple[float, float], since_s: float, period_s: float) -> bool:
    first, last = rep[0] - since_s, rep[1] - since_s
    turn = math.floor((first + last) / 2 / period_s) * period_s
    return first - turn < SEAM_S or turn + period_s - last < SEAM_S


def _over_seam(rep: Rep, since_s: float, period_s: float) -> bool:
    first, last = rep.start_s - since_s - SEAM_S, rep.end_s - since_s + SEAM_S
    return math.floor(first / period_s) != math.floor(last / period_s)


def matched(due: Sequence[tuple[float, float]], reps: Sequence[Rep]) -> tuple[dict[int, Rep], list[Rep]]:
    """Return which true repetition each counted one is, and those that are none."""
    pairs: dict[int, Rep] = {}
    extra = []
    for rep in reps:
        mine = [
            (abs((since + until) / 2 - rep.peak_s), index)
            for index, (since, until) in enumerate(due)
            if index not in pairs and since - SEAM_S <= rep.peak_s <= until + SEAM_S
        ]
        if mine:
            pairs[min(mine)[1]] = rep
        else:
            extra.append(rep)
    return pairs, extra


def most_in_a_minute(times_s: Sequence[float]) -> int:
    """Return the largest number of moments in any minute."""
    return max((sum(0 <= other - one < MINUTE_S for other in times_s) for one in times_s), default=0)


def table(scores: Sequence[Score]) -> str:
    """Return the scores as a Markdown table."""
    header = ("recording", "as", "placed well", "begin", "counted", "missed", "extra", "seam", "headline")
    rows = []
    for one in scores:
        seam = f"{one.seam[0]} of {one.seam[1]}" if one.seam[1] else "-"
        seam += f", {one.joined} joined" if one.joined else ""
        rows.append(
            (
                one.label.path.name,
                one.label.exercise,
                "yes" if one.label.placed_well else "no",
                "never" if math.isinf(one.begin_s) else f"{one.begin_s:.1f} s",
                str(one.counted),
                str(len(one.missed)),
                str(len(one.extra)),
                seam,
                str(one.headlines),
                ("passed" if one.passed else "not") if one.label.judged else "printed",
            )
        )
    return markdown((*header, "result"), rows)


def details(one: Score, played: Played) -> str:
    """Return what was said and shown, for those who look into it."""
    lines = [f"== {one.label.path.name}"]
    lines += [f"  missed at {one.missed}, extra at {one.extra}"] if one.missed or one.extra else []
    lines += [f"  {time_s - played.since_s:6.1f}  shown  {text}" for time_s, text in played.headlines]
    lines += [
        f"  {said.time_s - played.since_s:6.1f}  {said.kind.value:5}  {said.text}" for said in played.said
    ]
    return "\n".join(lines) + "\n"


def cue_table(scores: Sequence[Score]) -> str:
    """Return what was said about form, by recording."""
    rows = [(one.label.path.name, "; ".join(dict.fromkeys(one.cues))) for one in scores if one.cues]
    return markdown(("recording", "cues"), rows) if rows else ""


def main(arguments: list[str] | None = None) -> int:
    """Play the sessions and print the table; 1 if a judged one did not pass."""
    parser = argparse.ArgumentParser(description="Who is let in.")
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--poses", type=Path, metavar="DIR", help="poses of the recordings, NAME.npz")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep the poses in this folder")
    parser.add_argument("--labels", type=Path, default=LABELS, metavar="FILE")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--only", metavar="NAME", help="only recordings whose name has this in it")
    parser.add_argument("--verbose", action="store_true", help="also what was said and shown")
    parser.add_argument("--into", type=Path, metavar="FILE", help=f"also renew what follows {MARK}")
    options = parser.parse_args(arguments)
    named = [Path(one) for one in os.environ.get(FOLDERS, "").split(os.pathsep) if one]
    folders = options.folders or [ROOT / "samples", ROOT / "benchmarks" / "clips", *named]
    placed = json.loads(options.labels.read_text(encoding="utf-8"))["files"]
    scores: list[Score] = []
    with native_chatter_silenced() as terminal:
        for label in {one.path.name: one for folder in folders for one in labels_in(folder, placed)}.values():
            if (options.only or "") not in label.path.name:
                continue
            recording = poses_of(label, options.cache, options.poses)
            if recording is None:
                continue
            played = session_over(label, recording, options.seconds)
            scores.append(score(label, played, Loop(recording.sightings).period_s))
            if options.verbose and terminal is not None:
                terminal.write(details(scores[-1], played))
    judged = [one for one in scores if one.label.judged]
    passed = sum(one.passed for one in judged)
    text = f"{table(scores)}\n{passed} of {len(judged)} judged recordings passed.\n\n{cue_table(scores)}"
    sys.stdout.write(text)
    if options.into:
        before = options.into.read_text(encoding="utf-8").partition(MARK)[0]
        options.into.write_text(f"{before}{MARK}\n\n{text}", encoding="utf-8")
    return 0 if passed == len(judged) else 1


if __name__ == "__main__":
    raise SystemExit(main())
