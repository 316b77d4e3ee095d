"""The speech process: ``python -m formcheck.live.speaker``, a line of JSON for each message, both ways.

Standard input brings ``say``, ``tone``, ``hush``, ``voice``, ``prepare``, ``close``; its end ends the
process, so nothing speaks on after formcheck has gone. Standard output gives ``ready``, ``said``, ``state``,
``notice`` and, twice a second, ``alive``: a process that hangs is told from one that has nothing to say.
Making sound of text runs in a thread, so that a stop is heard even while a voice hangs.
"""

from __future__ import annotations

import contextlib
import json
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from formcheck.live.acts import Kind, Say, Tone
from formcheck.live.players import SILENCE, Player, Pretended, Sounding, device_missing, usable
from formcheck.live.tones import Pcm, evened, louder, tone, trimmed
from formcheck.live.turns import Asked, Queue, speaking_s
from formcheck.live.voices import Mouth, Voice, installed

ALIVE_S = 0.5
TICK_S = 0.01
"""While something sounds; otherwise a message wakes the process."""
LONG_WORDS = 20
"""Longer texts are made sentence by sentence: the first is heard while the next is made."""
HANGS_S = 4.0
HANGS_TIMES = 2.0
"""A sound longer than this beyond so many times the length of its words is ended, its maker replaced."""
TONE_S = 1.5
"""A tone, all under 0.5 s, that has not ended by now never will."""
TOO_SHORT = 0.2
"""A voice that is done in so small a part of the time words take has not spoken."""
BRISK, FASTEST = 1.3, 300.0
"""Numbers are easier to follow than sentences, and what follows a number has to be heard soon."""
SHELF_BYTES = 16_000_000
"""Sounds kept: about two minutes of words."""
NO_VOICE = "I have no voice on this computer: there will be tones, and text on the screen."
NO_SOUND = "I can make no sound on this computer: there will be text on the screen."
INSTALL = " On Linux, installing espeak-ng gives me one."

Message = dict[str, Any]


def sentences(text: str) -> list[str]:
    """Return a long text sentence by sentence, a short one whole."""
    return re.split(r"(?<=[.!?])\s+", text.strip()) if len(text.split()) > LONG_WORDS else [text]


class Shelf:
    """Sounds already made, the least recently used given up first."""

    def __init__(self, size: int = SHELF_BYTES) -> None:
        self._size, self._held = size, 0
        self._sounds: OrderedDict[str, Pcm] = OrderedDict()

    def __contains__(self, text: str) -> bool:
        return text in self._sounds

    def get(self, text: str) -> Pcm | None:
        """Return the sound of a text where it is there."""
        if text in self._sounds:
            self._sounds.move_to_end(text)
        return self._sounds.get(text)

    def put(self, text: str, pcm: Pcm) -> None:
        """Keep the sound of a text."""
        if text not in self._sounds:
            self._held += pcm.samples.nbytes
        self._sounds[text] = pcm
        while self._held > self._size and len(self._sounds) > 1:
            self._held -= self._sounds.popitem(last=False)[1].samples.nbytes

    def clear(self) -> None:
        """Give all up: the voice has changed."""
        self._sounds.clear()
        self._held = 0


@dataclass(frozen=True, slots=True)
class Job:
    """A text to be made sound of, by which voice and how."""

    text: str
    mouth: Mouth
    voice: Voice


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a job; no sound where the voice failed."""

    job: Job
    pcm: Pcm | None


class Maker:
    """Makes sound of text in a thread, one at a time, and puts the result into an inbox."""

    def __init__(self, inbox: queue.SimpleQueue[Message | Made]) -> None:
        self._inbox = inbox
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self.job: Job | None = None
        threading.Thread(target=self._work, daemon=True).start()

    def make(self, job: Job) -> None:
        """Begin; `job` is this one until its `Made` was handled."""
        self.job = job
        self._jobs.put(job)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._inbox.put(Made(job, rendered(job)))

    def close(self) -> None:
        """Let the thread end."""
        self._jobs.put(None)


def brisk(text: str, voice: Voice) -> Voice:
    """Return the voice for a text: a single word is said quicker, unless it is drawn out ("Down...")."""
    single = len(text.split()) == 1 and not text.endswith("...")
    return replace(voice, rate=min(FASTEST, BRISK * voice.rate)) if single else voice


def rendered(job: Job) -> Pcm | None:
    """Return the words without silence around them and evenly loud; None where the voice fails."""
    if not any(letter.isalnum() for letter in job.text):
        return SILENCE
    try:
        pcm = evened(trimmed(job.mouth.render(job.text, brisk(job.text, job.voice))))
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return pcm if len(pcm.samples) else None


@dataclass(slots=True)
class Current:
    """What is being said: the parts left, and the one that sounds."""

    asked: Asked
    parts: deque[str]
    sounding: Sounding | None = None
    begun_s: float = 0.0
    aloud: bool = True
    reported: bool = False


@dataclass(slots=True)
class Speaker:
    """Carries out messages: asks the queue, the voice and the player.

    Parameters
    ----------
    mouths : iterator of Mouth
        The first that works is used; the next after two failures in a row.
    players : iterator of Player
    send : callable
        Takes each message to the other side.
    voice : Voice
    deviceless : callable
        Whether no usable player means that a voice speaking by itself will not be heard either.
    """

    mouths: Iterator[Mouth]
    players: Iterator[Player]
    send: Callable[[Message], None]
    voice: Voice = field(default_factory=Voice)
    inbox: queue.SimpleQueue[Message | Made] = field(default_factory=queue.SimpleQueue)
    deviceless: Callable[[], bool] = device_missing
    mouth: Mouth | None = None
    player: Player | None = None
    turns: Queue = field(default_factory=Queue)
    shelf: Shelf = field(default_factory=Shelf)
    maker: Maker = field(init=False)
    current: Current | None = None
    tones: list[tuple[float, Sounding]] = field(default_factory=list)
    prepared: deque[str] = field(default_factory=deque)
    given_up: str | None = None
    failures: int = 0
    seen: int = 0
    told: Message = field(default_factory=dict)
    alive_s: float = float("-inf")
    closed: bool = False

    def __post_init__(self) -> None:
        self.maker = Maker(self.inbox)
        self._next_player()
        self._next_mouth()
        self.send({"ready": self._names()})

    def run(self) -> None:
        """Work until told to close."""
        while not self.closed:
            with contextlib.suppress(queue.Empty):
                self.handle(self.inbox.get(timeout=self._pause_s()))
            self.step(time.perf_counter())
        self.close()

    def close(self) -> None:
        """End every sound, thread and process."""
        self._hush()
        self.maker.close()
        if self.mouth is not None:
            self.mouth.close()
        if self.player is not None:
            self.player.close()

    def handle(self, message: Message | Made) -> None:
        """Take in a message or a sound that was made."""
        if isinstance(message, Made):
            self._made(message)
            return
        for what, value in message.items():
            match what:
                case "say":
                    self._asked(Asked(value["number"], _say(value), value["asked_s"]))
                case "tone":
                    self._tone(Tone(value))
                case "hush":
                    self.turns = Queue()
                    self._hush()
                case "voice":
                    self._new_voice(Voice(**value))
                case "prepare":
                    self.prepared.extend(value)
                case "close":
                    self.closed = True

    def step(self, now_s: float) -> None:
        """Do what is due: the next words, the next part, sounds to be made; tell the other side."""
        self._part_over(now_s)
        self._tones_over(now_s)
        if self.current is None and not self.tones:
            self.turns = self.turns.take(now_s)
            if self.turns.speaking is not None:
                self.current = self._begun(self.turns.speaking)
        self._sound_part(now_s)
        self._make_next()
        self._tell(now_s)

    def _asked(self, asked: Asked) -> None:
        self.seen = asked.number
        self.turns = self.turns.put(asked)
        if self.current is not None and self.turns.speaking is None:
            self._hush_words()

    def _tone(self, which: Tone) -> None:
        if self.player is None:
            return
        sounding = self._played(louder(tone(which), min(self.voice.volume, 1.0)))
        if sounding is not None:
            self.tones.append((time.perf_counter(), sounding))

    def _tones_over(self, now_s: float) -> None:
        """Forget tones that have ended, so that words may begin; a stuck one must not hold them up."""
        sounding = [one for one in self.tones if not one[1].over]
        stuck = [one for begun_s, one in sounding if now_s - begun_s > TONE_S]
        for one in stuck:
            one.stop()
        self.tones = [] if stuck else sounding
        if stuck:
            self._next_player()

    def _new_voice(self, voice: Voice) -> None:
        if voice.rate != self.voice.rate:
            self.shelf.clear()
        self.voice = voice

    def _begun(self, asked: Asked) -> Current:
        text = asked.say.text
        parts = sentences(text) if self._renders() else [text]
        return Current(asked, deque(parts))

    def _renders(self) -> bool:
        """Whether the words pass through our player; otherwise the voice speaks itself, or there is none."""
        return self.mouth is not None and self.player is not None and self.mouth.name != "spd-say"

    def _expected_s(self, current: Current) -> float:
        return speaking_s(current.parts[0], self.voice.rate)

    def _hangs(self, current: Current, now_s: float) -> bool:
        """Return whether a sound goes on far beyond its words (spd-say without a device never ends)."""
        started_s = None if current.sounding is None else current.sounding.started_s
        since_s = now_s - (current.begun_s if started_s is None else started_s)
        return since_s > HANGS_S + HANGS_TIMES * self._expected_s(current)

    def _too_short(self, current: Current, now_s: float) -> bool:
        """Return whether a voice that speaks itself has said nothing (espeak-ng without a device)."""
        started_s = None if current.sounding is None else current.sounding.started_s
        if started_s is None or self._renders() or not current.aloud:
            return False
        return now_s - started_s < TOO_SHORT * self._expected_s(current)

    def _part_over(self, now_s: float) -> None:
        current = self.current
        if current is None or current.sounding is None:
            return
        hangs = self._hangs(current, now_s)
        if not current.sounding.over and not hangs:
            return
        self._report()
        failed = hangs or current.sounding.failed or self._too_short(current, now_s)
        current.sounding.stop()
        current.sounding = None
        if failed and self._renders():
            self._next_player()
            return
        if failed:
            self._next_mouth()
            return
        current.parts.popleft()
        if not current.parts:
            self._finish()

    def _finish(self) -> None:
        self.current = None
        self.turns = self.turns.over()

    def _sound_part(self, now_s: float) -> None:
        current = self.current
        if current is None:
            return
        if current.sounding is None:
            if not current.reported and now_s > current.asked.deadline_s:
                self._finish()
                return
            current.sounding, current.begun_s = self._sounding(current), now_s
        self._report()

    def _sounding(self, current: Current) -> Sounding | None:
        """Return the next part's sound, begun; None while it is not made yet."""
        text = current.parts[0]
        current.aloud = self.mouth is not None
        if self._renders():
            pcm = self.shelf.get(text)
            return None if pcm is None else self._played(louder(pcm, self.voice.volume))
        try:
            spoken = None if self.mouth is None else self.mouth.speak(text, self.voice)
        except OSError:
            self._next_mouth()
            return None
        current.aloud = spoken is not None
        return spoken or Pretended(speaking_s(text, self.voice.rate))

    def _played(self, pcm: Pcm) -> Sounding | None:
        if self.player is None:
            return None
        try:
            return self.player.play(pcm)
        except OSError:
            self._next_player()
            return None

    def _report(self) -> None:
        """Tell when the first part really began, once."""
        current = self.current
        if current is None or current.reported or current.sounding is None:
            return
        if current.sounding.started_s is not None:
            current.reported = True
            said = {"number": current.asked.number, "started_s": current.sounding.started_s}
            self.send({"said": {**said, "aloud": current.aloud}})

    def _make_next(self) -> None:
        """Have the most urgent missing text made, ending one that is less urgent than what is to be said."""
        if not self._renders() or self.mouth is None:
            return
        wanted = self.current.parts[0] if self.current is not None and self.current.sounding is None else None
        if self.maker.job is not None:
            if wanted is not None and wanted != self.maker.job.text:
                self.given_up = self.maker.job.text
                self.maker.job.mouth.cancel()
            return
        text = next((one for one in self._missing() if one not in self.shelf), None)
        if text is not None:
            self.maker.make(Job(text, self.mouth, self.voice))

    def _missing(self) -> Iterator[str]:
        yield from self.current.parts if self.current is not None else ()
        for asked in self.turns.waiting:
            yield from sentences(asked.say.text)
        while self.prepared:
            yield self.prepared.popleft()

    def _made(self, made: Made) -> None:
        self.maker.job, given_up, self.given_up = None, self.given_up, None
        wanted = self.current is not None and made.job.text == self.current.parts[0]
        if made.pcm is not None:
            self.failures = 0
            if made.job.voice.rate == self.voice.rate:
                self.shelf.put(made.job.text, made.pcm)
        elif given_up is not None:
            self.prepared.appendleft(made.job.text)
        elif wanted and made.job.mouth is self.mouth:
            self.failures += 1
            if self.failures >= 2:
                self._next_mouth()

    def _next_mouth(self) -> None:
        if self.mouth is not None:
            self.mouth.close()
        self.failures = 0
        silent = self.player is None and self.deviceless()
        self.mouth = None if silent else next(self.mouths, None)
        if self.mouth is None and self.voice.name != "none":
            install = INSTALL if sys.platform == "linux" else ""
            self.send({"notice": NO_SOUND if silent else NO_VOICE + install})

    def _next_player(self) -> None:
        if self.player is not None:
            self.player.close()
        self.player = next(self.players, None)
        if self.player is None and self.mouth is not None and self.deviceless():
            self._next_mouth()

    def _hush(self) -> None:
        for _, sounding in self.tones:
            sounding.stop()
        self.tones = []
        self._hush_words()

    def _hush_words(self) -> None:
        if self.current is not None and self.current.sounding is not None:
            self._report()
            self.current.sounding.stop()
        self.current = None

    def _tell(self, now_s: float) -> None:
        ahead = [] if self.turns.speaking is None else [self.turns.speaking.number]
        state = {"seen": self.seen, "open": [*ahead, *(one.number for one in self.turns.waiting)]}
        if state != self.told:
            self.told = state
            self.send({"state": state})
        if now_s - self.alive_s >= ALIVE_S:
            self.alive_s = now_s
            self.send({"alive": self._names()})

    def _names(self) -> Message:
        return {
            "voice": None if self.mouth is None else self.mouth.name,
            "player": None if self.player is None else self.player.name,
        }

    def _pause_s(self) -> float:
        return TICK_S if self.current is not None or self.tones else ALIVE_S / 2


def _say(value: Message) -> Say:
    return Say(value["text"], Kind(value["kind"]), value["within_s"], value.get("urgent", False))


def _read(inbox: queue.SimpleQueue[Message | Made]) -> None:
    for line in sys.stdin:
        inbox.put(json.loads(line))
    inbox.put({"close": True})


def _send(message: Message) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def found(folder: Path) -> Message:
    """Return the names of the voices and players that are there."""
    voices = [one.name for one in installed(folder)]
    players = [one.name for one in usable(folder)]
    if not players and device_missing():
        voices = []
    return {"voices": voices, "players": players}


def main(arguments: Sequence[str]) -> int:
    """Run the speech process.

    Parameters
    ----------
    arguments : sequence of str
        JSON with ``folder`` (for sounds, removed at the end: after a kill of formcheck nobody else would)
        and either ``find``, or ``voice`` and ``players`` (names, or null).

    Returns
    -------
    int
        Exit code.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    options = json.loads(arguments[0])
    folder = Path(options["folder"])
    if options.get("find"):
        _send(found(folder))
        return 0
    voice = Voice(**options["voice"])
    speaker = Speaker(installed(folder, voice.name), usable(folder, options["players"]), _send, voice)
    threading.Thread(target=_read, args=(speaker.inbox,), daemon=True).start()
    try:
        speaker.run()
    except BrokenPipeError:
        speaker.close()
    shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
