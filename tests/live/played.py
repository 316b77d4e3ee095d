"""Whole sessions from rendered people: the real `Session`, a camera that plays their poses, a listener.

A person is a generator as in `tests.live.people`: it is given the coach and yields parts of the material
(`tests/live/material`), or keys as strings.  The next picture is asked for when the last one was worked off,
so that a session is the same every time, and much faster than life.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from unittest import mock

import numpy as np

from formcheck.frame import Frame
from formcheck.live.acts import Kind, Tone
from formcheck.live.coach import Coach, Stage
from formcheck.live.session import Outcome, Session, Setup
from formcheck.live.speech import Heard, Recording, Speech
from formcheck.pose.sighting import Sighting
from formcheck.video.cameras import Captured, State
from tests.live.material import parts

Part = list[Sighting]
Person = Callable[[Coach, "Material"], Iterator[Part | str]]
LIMIT_S = 900.0
LINGER_S = 0.25
"""After the end time goes on by this much whenever somebody looks at the clock."""
NOISE = 4
"""No two pictures of a camera are the same; those that repeat the one before are not analysed."""


class Material:
    """The parts of a rendered clip, by name."""

    def __init__(self, name: str, every: int = 1) -> None:
        rate_hz, whole = parts.load(name)
        self.rate_hz = rate_hz / every
        self._parts = {part: frames[::every] for part, frames in whole.items()}

    @property
    def names(self) -> list[str]:
        return list(self._parts)

    def __getitem__(self, name: str) -> Part:
        return self._parts[name]

    def lasting(self, name: str, seconds: float) -> Part:
        """Return a still part for as long as wanted, to and fro."""
        part = self[name]
        there_and_back = [*part, *part[-2:0:-1]]
        return [there_and_back[i % len(there_and_back)] for i in range(round(seconds * self.rate_hz))]

    def arm(self, side: str, up_s: float, prefix: str = "") -> Part:
        """Return one arm going up, staying there, coming down."""
        name = f"{prefix}arm_{side}"
        return [*self[f"{name}_raise"], *self.lasting(f"{name}_hold", up_s), *self[f"{name}_lower"]]


@cache
def material(name: str) -> Material:
    return Material(name)


class Playing:
    """Camera, pose model, window and clock of a session, all in one."""

    size = (640, 480)

    def __init__(self, setup: Setup, person: Person, clip: Material) -> None:
        self.now_s, self._ended = 0.0, False
        self.delivered, self.dropped, self.state = 0, 0, State.OK
        self.stages: list[tuple[float, Stage]] = []
        self.speech: Recording = Speech.recording(self.clock)
        self.session = Session(setup, self, self.speech, window=self)
        self.coach: Coach = self.session._coach
        self._clip, self._keys = clip, []
        self._frames = self._played(person(self.coach, clip))
        self._sighting: Sighting | None = None

    def clock(self) -> float:
        if self._ended:
            self.now_s += LINGER_S
        return self.now_s

    def _played(self, person: Iterable[Part | str]) -> Iterator[Sighting]:
        for part in person:
            if isinstance(part, str):
                self._keys.append(part)
            else:
                yield from part

    # As camera

    def latest(self, timeout_s: float) -> Captured | None:
        until_s = time.perf_counter() + timeout_s
        while self.session.timing.analysed < self.delivered:
            if time.perf_counter() > until_s:
                return None
            time.sleep(1e-4)
        stage = self.coach.stage
        if not self.stages or self.stages[-1][1] is not stage:
            self.stages.append((self.now_s, stage))
        sighting = None if stage is Stage.ENDED or self.now_s > LIMIT_S else next(self._frames, None)
        if sighting is None:
            self._ended, self.state = True, State.ENDED
            return None
        self.now_s = self.delivered / self._clip.rate_hz
        self._sighting = replace(sighting, time_s=self.now_s)
        noise = NOISE * (self.delivered % 2)
        image = np.full((8, 8, 3), round((255 - NOISE) * sighting.light) + noise, np.uint8)
        self.delivered += 1
        return Captured(Frame(image, self.now_s, self.delivered - 1), self.now_s)

    # As pose model

    def estimate(self, frame: Frame) -> Sighting:
        assert self._sighting is not None
        assert self._sighting.time_s == frame.time_s
        return self._sighting

    # As window

    def show(self, picture: object) -> list[str]:
        keys, self._keys = self._keys, []
        return keys


@dataclass
class Told:
    """What a session gave."""

    outcome: Outcome
    transcript: list[Heard]
    tones: list[tuple[float, Tone]]
    stages: list[tuple[float, Stage]]

    def said(self, *kinds: Kind) -> list[str]:
        return [one.text for one in self.transcript if not kinds or one.kind in kinds]

    def when(self, text: str, after_s: float = 0.0) -> float:
        return next(one.time_s for one in self.transcript if text in one.text and one.time_s >= after_s)

    def stage_at(self, time_s: float) -> Stage:
        return [stage for since_s, stage in self.stages if since_s <= time_s][-1]

    def listing(self) -> str:
        """Return words and tones in order, as for `docs/`."""
        words = [(one.time_s, one.kind.value, one.text) for one in self.transcript]
        tones = [(time_s, "~", f"({tone} tone)") for time_s, tone in self.tones]
        lines = sorted([*words, *tones], key=lambda line: line[0])
        listed = "".join(f"{time_s:7.1f}  {kind:5}  {text}\n" for time_s, kind, text in lines)
        return f"{listed}         =      ended: {self.outcome.record.reason}\n"


def play(setup: Setup, person: Person, clip: Material) -> Told:
    """Let somebody do a session."""
    playing = Playing(setup, person, clip)
    blank = np.zeros((8, 8, 3), np.uint8)
    with mock.patch("formcheck.live.window.compose", return_value=blank):
        outcome = playing.session.run(playing)  # type: ignore[arg-type]
    return Told(outcome, playing.speech.transcript, playing.speech.tones, playing.stages)
