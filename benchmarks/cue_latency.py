"""How soon a form cue is heard: from the moment it may be said, and from the true onset of what it is about.

    python benchmarks/cue_latency.py [FOLDER ...] [--poses CACHE] [--player NAME] [--into FILE]

Recordings whose truth is known (``NAME.mp4``, ``.json`` and ``.npz``; default: ``samples`` and
``benchmarks/clips``) are played at their own pace into the real session: engine, coach, cue policy, and the
speech process with this computer's voice.  Only the pixels are not looked at again: their poses are given
out after the time that the pose model takes.  The person stands still until "Ready. Begin." has been said;
a set that was stopped is gone on with as soon as that has been said.  A few recordings are played a second
time with ceilings in the profile, so that the two cues about them are heard as well.

allowed to sound
    From the moment the coach hands a cue to the voice to the start of its sound.
onset to sound
    From the first moment at which the true motion lies beyond the limit and stays there for the rule's
    minimum duration (`benchmarks.fault_truth`).  Its limit is `TARGET_S` plus that duration.

Cues that are said when a repetition has ended come after its number, which is said first; they are listed
apart, without an onset.  The exit code is 1 when something took longer than its limit.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Container, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.accuracy import CLIPS, SAMPLES, Truth, poses_of, read_truth
from benchmarks.fault_score import markdown
from benchmarks.fault_truth import looked_at, profile_for
from benchmarks.true_motion import FORMULAS, Floats
from formcheck.cli import native_chatter_silenced
from formcheck.exercises import EXERCISES
from formcheck.exercises.spec import FaultRule, When
from formcheck.frame import Frame
from formcheck.live.acts import Act, Kind, Say
from formcheck.live.coach import Stage
from formcheck.live.cue_policy import Cue, spoken_codes
from formcheck.live.looking import Looking
from formcheck.live.session import Session, Setup
from formcheck.live.speech import Said, Speech, Voice
from formcheck.live.voices import installed
from formcheck.pose.recorded import Recording
from formcheck.pose.sighting import Sighting
from formcheck.profile import Profile
from formcheck.results import Event, Severity
from formcheck.review import Options, analyse
from formcheck.rules import LIMIT_NEAR, rules_for
from formcheck.video.cameras import Capture

TARGET_S = 0.5
"""From allowed to sound; the same, and the rule's minimum duration, from the onset (issue 4)."""
MODEL_S = 0.03
"""What the pose model takes for a picture on the slowest machine tried."""
RATE_HZ = 30.0
LOST_S = 5.0
"""Words that have not begun after this were dropped."""
END_SLACK_S = 1.0
"""An alarm so long after the end of a true repetition still belongs to it."""
STILL_MOST_S = 40.0
"""The person waits for "Ready. Begin." no longer than this."""
CEILINGS = {
    "squat_side": {"knee_flexion": 75.0},
    "march_side": {"thigh_elevation": 14.0},
}
"""Recordings played a second time, with these ceilings."""
BLANK: NDArray[np.uint8] = np.full((8, 8, 3), 120, np.uint8)
MARK = "<!-- printed by benchmarks/cue_latency.py -->"


@dataclass(frozen=True, slots=True)
class Spoken:
    """One cue that was handed to the voice.

    Attributes
    ----------
    clip, code : str
    severity : Severity
    at_once : bool
        Said in the middle of a repetition, not after its number.
    raised_s, allowed_s : float
        The picture in which the rule spoke, and when the voice was asked; in the recording's time.
    sound_s : float
        When its sound began; NaN: it was dropped.
    onset_s : float
        When the true motion went beyond the limit; NaN: it did not.
    least_s : float
        How long the rule wants it to last.
    """

    clip: str
    code: str
    severity: Severity
    at_once: bool
    raised_s: float
    allowed_s: float
    sound_s: float
    onset_s: float = float("nan")
    least_s: float = 0.0

    @property
    def waited_s(self) -> float:
        """From allowed to sound; NaN: never."""
        return self.sound_s - self.allowed_s

    @property
    def late_from_onset(self) -> bool:
        """Whether its sound began later than `TARGET_S` and the rule's duration after the true onset."""
        return self.sound_s - self.onset_s > TARGET_S + self.least_s


@dataclass(frozen=True, slots=True)
class Asked:
    """A cue that the voice was asked for.

    ``raised_s`` is the session's time, ``asked_s`` that of the computer's clock, which is ``offset_s`` ahead.
    """

    cue: Cue
    at_once: bool
    raised_s: float
    asked_s: float
    offset_s: float


class Film:
    """A recording as a camera: still until it is let go, then at its own pace."""

    recorded = True

    def __init__(self, sightings: Sequence[Sighting]) -> None:
        self._sightings = sightings
        self._still, self._index = 0, -1
        self.going = False
        self.shown: dict[float, Sighting] = {}

    @property
    def begun_s(self) -> float:
        """Session time of the recording's first picture."""
        return self._still / RATE_HZ - self._sightings[0].time_s

    def read(self) -> tuple[NDArray[np.uint8] | None, float | None]:
        """Return the next picture, empty, and its time."""
        if self.going or self._still > STILL_MOST_S * RATE_HZ:
            self._index += 1
            if self._index >= len(self._sightings):
                return None, None
            sighting = self._sightings[self._index]
            time_s = self.begun_s + sighting.time_s
        else:
            sighting, time_s = self._sightings[0], self._still / RATE_HZ
            self._still += 1
        self.shown[time_s] = replace(sighting, time_s=time_s, cut=False)
        return BLANK, time_s

    def reopen(self) -> bool:
        """There is nothing to open again."""
        return False

    def close(self) -> None:
        """There is nothing to close."""

    def estimate(self, frame: Frame) -> Sighting:
        """Return what was seen, after as long as the pose model takes."""
        time.sleep(MODEL_S)
        return self.shown.pop(frame.time_s)


class Heard(Session):
    """A session in which the impatient press Enter, and that notes every cue and when it was heard."""

    film: Film
    cues: list[Asked]
    said: list[Said]

    def _turn(self, capture: Capture, looking: Looking) -> None:
        super()._turn(capture, looking)
        coach = self._coach
        if coach.stage is Stage.SET:
            self.film.going |= not self._speech.busy
        elif coach.stage is not Stage.STOPPED or not self._speech.busy:
            self._keys.append("enter")

    def _carry_out(self, acts: Sequence[Act]) -> None:
        for act in acts:
            cue = self._coach.cue
            if isinstance(act, Say) and cue is not None and is_about_form(cue, act):
                at_once = act.urgent or act.kind is Kind.STOP
                asked_s = time.perf_counter()
                self.cues.append(Asked(cue, at_once, self._last_s, asked_s, self._clock_offset_s))
        super()._carry_out(acts)

    def _said_event(self, said: Said) -> Event:
        self.said.append(said)
        return super()._said_event(said)


def is_about_form(cue: Cue, say: Say) -> bool:
    """Return whether these words are the cue, and not praise."""
    return say.kind in (Kind.CUE, Kind.STOP) and say.text == cue.text and cue.code != "better"


def play(playing: Playing, player: str) -> list[Spoken]:
    """Play one recording into a session; return what was said about form."""
    truth, profile = playing.truth, playing.profile
    film = Film(playing.recording.sightings)
    setup = Setup(truth.exercise, profile, reps=0, sets=20, questions=False, rest_s=0.0)
    with ExitStack() as stack:
        speech = stack.enter_context(Speech(Voice(), players=[player]))
        session = Heard(setup, film, speech)
        session.film, session.cues, session.said = film, [], []
        session.run(stack.enter_context(Capture(film)))
    return list(matched(truth, profile, session, film.begun_s))


def matched(truth: Truth, profile: Profile, session: Heard, begun_s: float) -> Iterator[Spoken]:
    """Yield every cue with the start of its sound and its true onset, in the recording's time."""
    left = list(session.said)
    for asked in session.cues:
        cue = asked.cue
        mine = [one for one in left if one.text == cue.text and 0 <= one.started_s - asked.asked_s < LOST_S]
        first = min(mine, key=lambda one: one.started_s, default=None)
        if first is not None:
            left.remove(first)
        raised_s, clip_s = asked.raised_s - begun_s, asked.offset_s + begun_s
        yield Spoken(
            truth.video.stem,
            cue.code,
            cue.severity,
            asked.at_once,
            raised_s,
            asked.asked_s - clip_s,
            math.nan if first is None else first.started_s - clip_s,
            *onset(truth, profile, cue.code, cue.severity, raised_s),
        )


def onset(
    truth: Truth, profile: Profile, code: str, severity: Severity, raised_s: float
) -> tuple[float, float]:
    """Return since when the true motion lies beyond the limit of this severity, and the rule's duration.

    Of several rules of one code, and of two legs, the one that would have spoken nearest to when it did; NaN
    where the truth does not go beyond the limit for that long in this repetition.
    """
    motion = truth.motion
    rows, _ = rules_for(EXERCISES[truth.exercise], profile.plans[truth.exercise])
    found = [
        (since_s, row.min_duration_s)
        for row in rows
        if motion is not None and row.code == code and row.when is When.HELD
        if motion.view in row.views and row.measure in FORMULAS
        for rep in motion.reps
        if rep.start_s <= raised_s <= rep.end_s + END_SLACK_S
        for limit in row.limits
        if limit.severity is severity or code == LIMIT_NEAR
        for since_s in [held_since(row, limit.on, motion.time_s, looked_at(motion, rep, row))]
        if since_s is not None
    ]
    return min(found, key=lambda one: abs(raised_s - sum(one)), default=(math.nan, 0.0))


def held_since(row: FaultRule, limit: float, time_s: Floats, values: Floats) -> float | None:
    """Return since when values lie beyond a limit, the first time that they do for the rule's duration."""
    since_s: float | None = None
    for at_s, value in zip(time_s.tolist(), values.tolist(), strict=True):
        if not (value > limit if row.above else value < limit):
            since_s = None
            continue
        since_s = at_s if since_s is None else since_s
        if at_s - since_s >= row.min_duration_s - 1e-6:
            return since_s
    return None


# Which recordings


@dataclass(frozen=True, slots=True)
class Playing:
    """A recording to be played, and by which profile."""

    truth: Truth
    recording: Recording
    profile: Profile


def worth_playing(truths: Sequence[Truth], cache: Path | None) -> Iterator[Playing]:
    """Yield the recordings in which something may be said about form."""
    for truth in truths:
        if truth.motion is None:
            continue
        recording = poses_of(truth.video, "full", cache)
        for profile in profiles(truth):
            spoken = spoken_codes(profile.plans[truth.exercise])
            found = analyse(recording, Options(exercise=truth.exercise, profile=profile).completed_by({}))
            if any(is_spoken(event, spoken) for event in found.events):
                yield Playing(truth, recording, profile)


def profiles(truth: Truth) -> Iterator[Profile]:
    """Yield the profiles by which a recording is played."""
    usual = profile_for(truth.motion)
    yield usual
    if truth.video.stem in CEILINGS:
        plan = replace(usual.plans[truth.exercise], ceilings=CEILINGS[truth.video.stem])
        yield replace(usual, name="ceilings", plans={**usual.plans, truth.exercise: plan})


def is_spoken(event: Event, spoken: Container[str]) -> bool:
    """Return whether an event may make the coach speak about form."""
    return event.event == LIMIT_NEAR or (
        event.event == "fault_raised" and dict(event.details)["code"] in spoken
    )


# The tables


def tables(cues: Sequence[Spoken]) -> tuple[str, bool]:
    """Return the tables as text, and whether everything kept to its limits and something was said at once."""
    at_once = [one for one in cues if one.at_once]
    after = [one for one in cues if not one.at_once]
    late = [one for one in cues if not one.waited_s <= TARGET_S]
    late += [one for one in at_once if one not in late and one.late_from_onset]
    texts = [f"Said in the middle of a repetition.\n\n{at_once_table(at_once)}"] if at_once else []
    if after:
        texts.append(f"Said when a repetition had ended, after its number.\n\n{after_table(after)}")
    texts.append(f"{len(cues)} cues, {len(late)} later than a limit.\n")
    return "\n".join(texts), bool(at_once) and not late


def groups(cues: Sequence[Spoken]) -> Iterator[tuple[str, Severity, list[Spoken]]]:
    """Yield the cues by fault and severity."""
    for code, severity in sorted({(one.code, one.severity) for one in cues}):
        yield code, severity, [one for one in cues if (one.code, one.severity) == (code, severity)]


def at_once_table(cues: Sequence[Spoken]) -> str:
    """Return the table of what was said in the middle of repetitions."""
    rows = []
    for code, severity, some in groups(cues):
        known = [one for one in some if not math.isnan(one.onset_s)]
        least_s = max((one.least_s for one in known), default=0.0)
        rows.append(
            (
                f"`{code}`",
                severity.value,
                str(len(some)),
                spread([one.waited_s for one in some]),
                spread([one.raised_s - one.onset_s for one in known]),
                spread([one.sound_s - one.onset_s for one in known]),
                f"{TARGET_S + least_s:.2f} s" if known else "-",
                f"{sum(not one.late_from_onset for one in known)} of {len(known)}",
            )
        )
    header = ("fault", "severity", "cues", "allowed to sound", "onset to rule", "onset to sound", "limit")
    return markdown((*header, "kept"), rows)


def after_table(cues: Sequence[Spoken]) -> str:
    """Return the table of what was said after repetitions."""
    rows = [
        (f"`{code}`", severity.value, str(len(some)), spread([one.waited_s for one in some]))
        for code, severity, some in groups(cues)
    ]
    return markdown(("fault", "severity", "cues", "allowed to sound"), rows)


def spread(times_s: Sequence[float]) -> str:
    """Return median and maximum, and how many never came."""
    known = [one for one in times_s if not math.isnan(one)]
    lost = len(times_s) - len(known)
    told = f"{median(known):.2f} / {max(known):.2f} s" if known else "-"
    return told + (f", {lost} dropped" if lost else "")


def single(cues: Sequence[Spoken]) -> str:
    """Return every cue on a line, for those who look into it."""
    lines = (
        f"{one.clip:20} {one.code:20} {one.severity:8} {'at once' if one.at_once else 'after':8}"
        f" onset {one.onset_s:6.2f} raised {one.raised_s:6.2f} sound {one.sound_s:6.2f}"
        f" waited {one.waited_s:5.2f}"
        for one in cues
    )
    return "".join(f"{line}\n" for line in lines)


def voice() -> str:
    """Return the name of the voice of this computer."""
    with tempfile.TemporaryDirectory() as folder:
        mouths = list(installed(Path(folder)))
        for mouth in mouths:
            mouth.close()
    return mouths[0].name if mouths else "none"


def main(arguments: list[str] | None = None) -> int:
    """Play the recordings and print the tables; 1 if a cue was later than its limit."""
    parser = argparse.ArgumentParser(description="How soon a form cue is heard.")
    parser.add_argument("folders", nargs="*", type=Path, default=[SAMPLES, CLIPS], metavar="FOLDER")
    parser.add_argument("--poses", type=Path, metavar="CACHE", help="keep the poses in this folder")
    parser.add_argument("--player", default="silent", help="way to the speaker (default: none is needed)")
    parser.add_argument("--only", metavar="NAME", help="only recordings whose name has this in it")
    parser.add_argument(
        "--into", type=Path, metavar="FILE", help=f"also renew what follows {MARK} in this file"
    )
    options = parser.parse_args(arguments)
    paths = [path for folder in options.folders for path in sorted(folder.glob("*.json"))]
    truths = [read_truth(path) for path in paths if path.with_suffix(".mp4").exists()]
    truths = [truth for truth in truths if (options.only or "") in truth.video.stem]
    cues: list[Spoken] = []
    with native_chatter_silenced() as terminal:
        for playing in worth_playing(truths, options.poses):
            found = play(playing, options.player)
            cues += found
            if terminal is not None:
                terminal.write(f"{playing.truth.video.name}, {playing.profile.name}\n{single(found)}")
    if not cues:
        parser.error("in these recordings nothing is said about form")
    text, kept = tables(cues)
    text = f"Voice: {voice()}; player: {options.player}.\n\n{text}"
    sys.stdout.write(text)
    if options.into:
        before = options.into.read_text(encoding="utf-8").partition(MARK)[0]
        options.into.write_text(f"{before}{MARK}\n\n{text}", encoding="utf-8")
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
