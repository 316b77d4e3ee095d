"""The speech of live mode, as the loop sees it: calls that return at once, whatever the voice does.

The voice runs in a process of its own (`formcheck.live.speaker`). One that ends or hangs is noticed, started
again once, then once more for tones only; after that the words are only timed, for the text on the screen.
That is told once each (`Speech.notices`) and never raised.

::

    with Speech(Voice(rate=150)) as speech:
        speech.prepare(["One", "Two", "Three", "Keep your feet together"])
        speech.say(Say("One", Kind.COUNT, 0.7))
        speech.play(Sound(Tone.REP))
        for said in speech.poll():
            ...
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

import formcheck
from formcheck.live.acts import Kind, Say, Sound, Tone
from formcheck.live.players import NO_WINDOW
from formcheck.live.tones import TONES
from formcheck.live.turns import BEAT_LIMIT_S, Asked, Queue, speaking_s
from formcheck.live.voices import Voice

__all__ = [
    "BEAT_LIMIT_S",
    "Asked",
    "Heard",
    "Queue",
    "Recording",
    "Said",
    "Speech",
    "Voice",
    "available",
    "describe",
]

HUNG_S = 6.0
"""A speech process silent this long hangs; it says twice a second that it is alive."""
START_S = 30.0
"""Until its first word it may take longer: Python starts, players are tried."""
ASLEEP_S = 2.0
"""After the loop itself was away this long (a closed lid), the process gets its time anew."""
CLOSE_S = 1.0
FIND_S = 20.0
AGAIN = "The voice stopped; I started it again."
TONES_ONLY = "The voice stopped again: from now on there are tones, and text on the screen."
TEXT_ONLY = "Sound stopped: from now on there is text on the screen only."

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """Words whose sound has begun.

    Attributes
    ----------
    text : str
    kind : Kind
    asked_s, started_s : float
        `time.perf_counter`, one clock for the camera, this program and the speech process (or the clock given
        to `Speech.recording`): when `say` was called, when the sound began. For ``sounddevice`` that is when
        the first sample leaves the buffer; for system players and ``spd-say``, when the program was started.
    aloud : bool
        False where the words were only timed: muted, or no voice there.
    """

    text: str
    kind: Kind
    asked_s: float
    started_s: float
    aloud: bool = True


class Heard(NamedTuple):
    """A line of a transcript; words cut by a stop end in a dash where they were cut."""

    time_s: float
    text: str
    kind: Kind


class Out(Protocol):
    """Where words and tones go."""

    @property
    def busy(self) -> bool:
        """Whether words are being said or wait."""

    def say(self, asked: Asked) -> None:
        """Take words."""

    def play(self, tone: Tone) -> None:
        """Begin a tone."""

    def prepare(self, texts: Sequence[str]) -> None:
        """Make words ready."""

    def change(self, voice: Voice) -> None:
        """Speak differently."""

    def stop_all(self) -> None:
        """Be silent."""

    def poll(self) -> list[Said]:
        """Return what began since the last call."""

    def notices(self) -> list[str]:
        """Return what the terminal should tell."""

    def close(self) -> None:
        """End."""


class Speech:
    """What live mode says; every method returns at once.

    Parameters
    ----------
    voice : Voice
    mute : bool
        No voice and no tones; the words still take their turns and their time, so that a session runs the
        same.
    players : sequence of str, optional
        Only these players (`formcheck.live.players.usable`); None = what is there.
    """

    def __init__(
        self, voice: Voice | None = None, *, mute: bool = False, players: Sequence[str] | None = None
    ) -> None:
        voice = voice or Voice()
        self._clock: Callable[[], float] = time.perf_counter
        self._out: Out = Timed(self._clock, voice.rate) if mute else Spoken(voice, players)
        self._count = 0

    @classmethod
    def recording(cls, clock: Callable[[], float], rate: float = 150.0) -> Recording:
        """Return a speech that is not heard but written down, by a clock of the caller's."""
        return Recording(clock, rate)

    def say(self, say: Say) -> None:
        """Have words said when it is their turn (`formcheck.live.turns`)."""
        self._count += 1
        self._out.say(Asked(self._count, say, self._clock()))

    def play(self, sound: Sound) -> None:
        """Play a tone at once; words that have not begun wait for its end."""
        self._out.play(sound.tone)

    def prepare(self, texts: Iterable[str]) -> None:
        """Make the sound of words beforehand, while nothing else is to be done: they will start at once."""
        self._out.prepare(list(texts))

    def change(self, voice: Voice) -> None:
        """Speak at another rate or volume from the next words on."""
        self._out.change(voice)

    def stop_all(self) -> None:
        """Be silent at once and forget what waits."""
        self._out.stop_all()

    def poll(self) -> list[Said]:
        """Return the words whose sound began since the last call; call it in every turn of the loop."""
        return self._out.poll()

    def notices(self) -> list[str]:
        """Return what should be told on the terminal, each once: no voice, a voice that stopped."""
        return self._out.notices()

    @property
    def busy(self) -> bool:
        """Whether words are being said or wait."""
        return self._out.busy

    def close(self) -> None:
        """Be silent and end; harmless when repeated."""
        self._out.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Recording(Speech):
    """Speech for tests and transcripts: nobody hears it, a simulated listener writes it down.

    Parameters
    ----------
    clock : callable
        Returns the time, seconds; never goes back.
    rate : float
        Words a minute.
    """

    def __init__(self, clock: Callable[[], float], rate: float = 150.0) -> None:
        self._clock = clock
        self._timed = Timed(clock, rate, aloud=True)
        self._out = self._timed
        self._count = 0

    @property
    def transcript(self) -> list[Heard]:
        """What was said until now: (time_s, text, kind), in order."""
        self._timed.advance(self._clock())
        return list(self._timed.transcript)

    @property
    def tones(self) -> list[tuple[float, Tone]]:
        """The tones played until now: (time_s, tone), in order."""
        return list(self._timed.tones)

    def listing(self) -> str:
        """Return words and tones in order, one line each, as for `docs/`."""
        words = [(one.time_s, one.kind.value, one.text) for one in self.transcript]
        lines = sorted([*words, *((time_s, "tone", f"({tone})") for time_s, tone in self.tones)])
        return "".join(f"{time_s:7.1f} s  {kind:5}  {text}\n" for time_s, kind, text in lines)


class Timed:
    """Words that take their turns and their time, without sound.

    Parameters
    ----------
    clock : callable
    rate : float
        Words a minute.
    aloud : bool
        What `Said` says about them.
    """

    def __init__(self, clock: Callable[[], float], rate: float, *, aloud: bool = False) -> None:
        self._clock, self._rate, self._aloud = clock, rate, aloud
        self._queue = Queue()
        self._free_s = float("-inf")
        self._tone_end_s = float("-inf")
        self._said: list[Said] = []
        self.transcript: list[Heard] = []
        self.tones: list[tuple[float, Tone]] = []

    @property
    def busy(self) -> bool:
        """Whether words are being said or wait."""
        self.advance(self._clock())
        return self._queue != Queue()

    def say(self, asked: Asked) -> None:
        """Take words; they begin at once where nothing is in the way."""
        self.advance(asked.asked_s)
        before, self._queue = self._queue, self._queue.put(asked)
        if before.speaking is not None and self._queue.speaking is None:
            self._cut(asked.asked_s)
        if self._queue.speaking is None:
            self._free_s = max(self._free_s, asked.asked_s)
        self.advance(asked.asked_s)

    def advance(self, now_s: float) -> None:
        """Let time pass: end what has ended, begin what follows."""
        while True:
            if self._queue.speaking is not None:
                if self._free_s > now_s:
                    return
                self._queue = self._queue.over()
            at_s = max(self._free_s, self._tone_end_s)
            if at_s > now_s:
                return
            self._queue = self._queue.take(at_s)
            if self._queue.speaking is None:
                return
            self._begin(self._queue.speaking, at_s)

    def _begin(self, asked: Asked, at_s: float) -> None:
        say = asked.say
        self._free_s = at_s + speaking_s(say.text, self._rate)
        self._said.append(Said(say.text, say.kind, asked.asked_s, at_s, self._aloud))
        self.transcript.append(Heard(at_s, say.text, say.kind))

    def _cut(self, now_s: float) -> None:
        """End what is being said; the transcript keeps the words heard until then."""
        last = self.transcript[-1]
        words = last.text.split()
        heard = int((now_s - last.time_s) * self._rate / 60.0)
        if heard < len(words):
            self.transcript[-1] = last._replace(text=" ".join([*words[:heard], "–"]))
        self._free_s = now_s

    def play(self, tone: Tone) -> None:
        """Begin a tone."""
        now_s = self._clock()
        self.advance(now_s)
        self.tones.append((now_s, tone))
        self._tone_end_s = max(self._tone_end_s, now_s + sum(note.length_s for note in TONES[tone]))

    def prepare(self, texts: Sequence[str]) -> None:
        """Nothing to do."""

    def change(self, voice: Voice) -> None:
        """Speak at another rate from the next words on."""
        self._rate = voice.rate

    def stop_all(self) -> None:
        """Be silent."""
        now_s = self._clock()
        self.advance(now_s)
        if self._queue.speaking is not None:
            self._cut(now_s)
        self._queue = Queue()

    def poll(self) -> list[Said]:
        """Return what began since the last call."""
        self.advance(self._clock())
        said, self._said = self._said, []
        return said

    def notices(self) -> list[str]:
        """Return nothing: it cannot fail."""
        return []

    def close(self) -> None:
        """Be silent."""
        self.stop_all()


class Child:
    """A speech process and the two threads that talk with it, so that nobody waits for its pipes.

    Parameters
    ----------
    options : dict
        For `formcheck.live.speaker.main`.
    """

    def __init__(self, options: Message) -> None:
        self.inbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self.heard_s = time.perf_counter()
        self.ready = False
        self._process = subprocess.Popen(
            command(options),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
            start_new_session=True,
            creationflags=NO_WINDOW,
        )
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._read, self._write)]
        for thread in self._threads:
            thread.start()

    def send(self, message: Message) -> None:
        """Send a message, some time soon."""
        self._outbox.put(message)

    def hangs(self, now_s: float) -> bool:
        """Return whether it was silent for too long."""
        return now_s - self.heard_s > (HUNG_S if self.ready else START_S)

    def kill(self) -> None:
        """End it at once, with the voice that it runs."""
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)
        self._outbox.put(None)

    def close(self) -> None:
        """Ask it to end, and see to it."""
        self.send({"close": True})
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(CLOSE_S)
        self.kill()
        self.join()

    def join(self) -> None:
        """Wait for the threads of a process that was ended."""
        for thread in self._threads:
            thread.join(CLOSE_S)

    def _read(self) -> None:
        pipe = self._process.stdout
        if pipe is not None:
            with pipe:
                for line in pipe:
                    self._take(line)
        self._process.wait()
        self.inbox.put(None)

    def _take(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            return
        if isinstance(message, dict):
            self.heard_s, self.ready = time.perf_counter(), True
            self.inbox.put(message)

    def _write(self) -> None:
        pipe = self._process.stdin
        if pipe is None:
            return
        with contextlib.suppress(OSError, ValueError):
            while (message := self._outbox.get()) is not None:
                pipe.write(json.dumps(message).encode() + b"\n")
                pipe.flush()
        with contextlib.suppress(OSError):
            pipe.close()


def command(options: Message) -> list[str]:
    """Return how the speech process is started; the current folder is kept out of its imports."""
    return [sys.executable, "-P", "-m", "formcheck.live.speaker", json.dumps(options)]


def environment() -> dict[str, str]:
    """Return the environment in which it finds this very package."""
    ours = str(Path(formcheck.__file__).parent.parent)
    theirs = os.environ.get("PYTHONPATH")
    return os.environ | {"PYTHONPATH": os.pathsep.join([ours, *([theirs] if theirs else [])])}


class Spoken:
    """Words and tones through a speech process, and through another when it dies.

    Parameters
    ----------
    voice : Voice
    players : sequence of str | None
    """

    def __init__(self, voice: Voice, players: Sequence[str] | None) -> None:
        self._voice, self._players = voice, players
        self._folder = tempfile.TemporaryDirectory(prefix="formcheck-speech-", ignore_cleanup_errors=True)
        self._lives = [(AGAIN, voice.name), (TONES_ONLY, "none")]
        self._open: dict[int, Asked] = {}
        self._begun: set[int] = set()
        self._said: list[Said] = []
        self._notices: list[str] = []
        self._told: set[str] = set()
        self._prepared: list[str] = []
        self._polled_s = time.perf_counter()
        self._fallback: Timed | None = None
        self._child: Child | None = None
        self._start()

    @property
    def busy(self) -> bool:
        """Whether words are being said or wait."""
        self._look()
        return bool(self._open) if self._fallback is None else self._fallback.busy

    def say(self, asked: Asked) -> None:
        """Take words."""
        if self._fallback is not None:
            self._fallback.say(asked)
            return
        self._open[asked.number] = asked
        self._send({"say": {"number": asked.number, **asdict(asked.say), "asked_s": asked.asked_s}})

    def play(self, tone: Tone) -> None:
        """Begin a tone."""
        self._send({"tone": tone.value})

    def prepare(self, texts: Sequence[str]) -> None:
        """Make words ready."""
        self._prepared += [text for text in texts if text not in self._prepared]
        self._send({"prepare": list(texts)})

    def change(self, voice: Voice) -> None:
        """Speak differently from the next words on."""
        again = voice.rate != self._voice.rate
        self._voice = replace(voice, name=self._voice.name)
        self._send({"voice": asdict(self._voice)})
        if again and self._prepared:
            self._send({"prepare": self._prepared})

    def stop_all(self) -> None:
        """Be silent."""
        self._open.clear()
        self._send({"hush": True})
        if self._fallback is not None:
            self._fallback.stop_all()

    def poll(self) -> list[Said]:
        """Return what began since the last call; notice a process that died or hangs."""
        self._look()
        said, self._said = self._said, []
        return said if self._fallback is None else [*said, *self._fallback.poll()]

    def notices(self) -> list[str]:
        """Return what the terminal should tell."""
        self._look()
        notices, self._notices = self._notices, []
        return notices

    def close(self) -> None:
        """End the process and remove its files."""
        child, self._child = self._child, None
        if child is not None:
            child.close()
        self._fallback = self._fallback or Timed(time.perf_counter, self._voice.rate)
        self._fallback.stop_all()
        self._folder.cleanup()

    def _send(self, message: Message) -> None:
        if self._child is not None:
            self._child.send(message)

    def _start(self) -> None:
        Path(self._folder.name).mkdir(exist_ok=True)
        options = {"folder": self._folder.name, "voice": asdict(self._voice), "players": self._players}
        try:
            self._child = Child(options)
        except OSError:
            self._child = None
            self._give_up()

    def _look(self) -> None:
        """Take in what the process told, and see whether it lives."""
        now_s = time.perf_counter()
        child, away_s, self._polled_s = self._child, now_s - self._polled_s, now_s
        if child is None:
            return
        if away_s > ASLEEP_S:
            child.heard_s = now_s
        while not child.inbox.empty():
            message = child.inbox.get()
            if message is None:
                self._again(child)
                return
            self._take(message)
        if child.hangs(now_s):
            self._again(child)

    def _take(self, message: Message) -> None:
        for what, value in message.items():
            if what == "said" and value["number"] in self._open:
                self._began(self._open[value["number"]], value)
            elif what == "state":
                still = set(value["open"])
                self._open = {n: one for n, one in self._open.items() if n > value["seen"] or n in still}
                self._begun &= self._open.keys()
            elif what == "notice":
                self._notice(value)

    def _began(self, asked: Asked, value: Message) -> None:
        self._begun.add(asked.number)
        say = asked.say
        self._said.append(Said(say.text, say.kind, asked.asked_s, value["started_s"], value["aloud"]))

    def _notice(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._notices.append(text)

    def _again(self, child: Child) -> None:
        """Replace a process that died or hangs; what it owed is asked for again, numbers too late drop."""
        child.kill()
        self._child = None
        if not self._lives:
            self._give_up()
            return
        notice, name = self._lives.pop(0)
        self._notice(notice)
        self._voice = replace(self._voice, name=name)
        self._start()
        owed, self._open = self._owed(), {}
        if self._prepared and name != "none":
            self._send({"prepare": self._prepared})
        for asked in owed:
            self.say(asked)

    def _owed(self) -> list[Asked]:
        """Return the words not yet begun, and a stop that was cut off by the death of the voice."""
        return [one for n, one in self._open.items() if n not in self._begun or one.say.kind is Kind.STOP]

    def _give_up(self) -> None:
        self._notice(TEXT_ONLY)
        owed, self._open = self._owed(), {}
        self._fallback = Timed(time.perf_counter, self._voice.rate)
        for asked in owed:
            self._fallback.say(replace(asked, asked_s=max(asked.asked_s, time.perf_counter())))


def available() -> list[str]:
    """Return the voices and players of this computer, for `formcheck doctor`: ``"voice espeak-ng"``, ...

    Looked for in a process of its own, each player tried with a moment of silence (up to some seconds).
    """
    there = _find()
    return [f"voice {one}" for one in there["voices"]] + [f"player {one}" for one in there["players"]]


def describe() -> str:
    """Return one line about what will be heard here, for `formcheck doctor`."""
    there = _find()
    voice = there["voices"][0] if there["voices"] else "none (tones and text only)"
    player = there["players"][0] if there["players"] else "none"
    return f"voice: {voice}; sound through: {player}"


def _find() -> dict[str, list[str]]:
    with tempfile.TemporaryDirectory(prefix="formcheck-speech-", ignore_cleanup_errors=True) as folder:
        try:
            done = subprocess.run(
                command({"folder": folder, "find": True}),
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=FIND_S,
                check=True,
                creationflags=NO_WINDOW,
            )
            there = json.loads(done.stdout)
        except (OSError, subprocess.SubprocessError, ValueError):
            return {"voices": [], "players": []}
    return {"voices": list(there["voices"]), "players": list(there["players"])}
