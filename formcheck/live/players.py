"""How sound reaches the speaker; used inside the speech process only.

`sounddevice` (PortAudio) first: its stream stays open, so a sound starts within a buffer, words stop at
once, tones play over words, and a Bluetooth speaker does not fall asleep between counts. It comes with
mediapipe, but on Linux PortAudio itself may be missing; then the system's own player is run per sound.
Whatever is chosen has played a moment of silence without complaint.
"""

from __future__ import annotations

import contextlib
import importlib
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from formcheck.live.tones import RATE_HZ, Pcm, Samples, resampled, to_wav

PROBE_S = 1.5
"""A player that needs longer for a moment of silence is not used."""
SILENCE = Pcm(np.zeros(RATE_HZ // 20, dtype=np.float32), RATE_HZ)
PROGRAMS: dict[str, tuple[str, ...]] = {
    "pw-play": (),
    "paplay": (),
    "aplay": ("-q",),
    "afplay": (),
}
"""System players in the order tried (PipeWire, PulseAudio, ALSA, macOS), with their options."""


class Sounding(Protocol):
    """A sound under way."""

    @property
    def started_s(self) -> float | None:
        """When it began, `time.perf_counter`; None while it has not."""

    @property
    def over(self) -> bool:
        """Whether it has ended."""

    @property
    def failed(self) -> bool:
        """Whether it ended because it could not be played."""

    def stop(self) -> None:
        """End it at once."""


class Player(Protocol):
    """A way to the speaker."""

    name: str

    def play(self, pcm: Pcm) -> Sounding:
        """Begin a sound; several may be under way."""

    def close(self) -> None:
        """Let go of the device."""


class Pretended:
    """Nothing is heard, time passes: words without a voice keep their place and length."""

    failed = False

    def __init__(self, duration_s: float) -> None:
        self.started_s: float | None = time.perf_counter()
        self._end_s = time.perf_counter() + duration_s

    @property
    def over(self) -> bool:
        """Whether its time has passed."""
        return time.perf_counter() >= self._end_s

    def stop(self) -> None:
        """End it at once."""
        self._end_s = float("-inf")


class Silent:
    """A player for tests and measurements without a device."""

    name = "silent"

    def play(self, pcm: Pcm) -> Sounding:
        """Begin a sound that nobody hears."""
        return Pretended(pcm.duration_s)

    def close(self) -> None:
        """Nothing to do."""


class Running:
    """A program making a sound, one process per sound.

    Parameters
    ----------
    command : sequence of str
    text : str | None
        For its standard input.
    cancel : sequence of str
        A command that ends the sound where ending the process does not; empty: not needed.
    after : callable
        Called once the sound is over.

    Raises
    ------
    OSError
        The program does not start.
    """

    def __init__(
        self,
        command: Sequence[str],
        text: str | None = None,
        cancel: Sequence[str] = (),
        after: Callable[[], None] = lambda: None,
    ) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL if text is None else subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            creationflags=NO_WINDOW,
        )
        self.started_s: float | None = time.perf_counter()
        self._cancel, self._after, self._stopped, self._told = cancel, after, False, False
        if text is not None and self._process.stdin is not None:
            with self._process.stdin as pipe:
                pipe.write(text.encode())

    @property
    def over(self) -> bool:
        """Whether the process has ended."""
        ended = self._process.poll() is not None
        if ended and not self._told:
            self._told = True
            self._after()
        return ended

    @property
    def failed(self) -> bool:
        """Whether it complained."""
        return self.over and not self._stopped and self._process.returncode != 0

    def stop(self) -> None:
        """End the process and with it the sound."""
        if self.over:
            return
        self._stopped = True
        self._process.kill()
        self._process.wait()
        if self._cancel:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(self._cancel, timeout=PROBE_S, check=False, **QUIETLY)
        _ = self.over


class Program:
    """The system's own player, started for each sound.

    Parameters
    ----------
    program : str
        A key of `PROGRAMS`.
    folder : Path
        For the sounds, which these programs read from files.
    """

    def __init__(self, program: str, folder: Path) -> None:
        self.name = program
        self._folder, self._count = folder, 0

    def play(self, pcm: Pcm) -> Sounding:
        """Begin a sound."""
        self._count += 1
        path = self._folder / f"{self.name}-{self._count}.wav"
        path.write_bytes(to_wav(pcm))
        return Running(
            [self.name, *PROGRAMS[self.name], str(path)], after=lambda: path.unlink(missing_ok=True)
        )

    def close(self) -> None:
        """Nothing to do."""


class Fed:
    """A sound that the PortAudio stream takes piece by piece."""

    failed = False

    def __init__(self, samples: Samples) -> None:
        self._samples, self._at = samples, 0
        self._end_s = float("inf")
        self.started_s: float | None = None

    @property
    def over(self) -> bool:
        """Whether its last sample has left the speaker."""
        return time.perf_counter() >= self._end_s

    @property
    def used(self) -> bool:
        """Whether nothing is left to take."""
        return self._at >= len(self._samples)

    def stop(self) -> None:
        """End it at once."""
        self._at, self._end_s = len(self._samples), float("-inf")

    def feed(self, out: Samples, heard_s: float, rate_hz: float) -> None:
        """Add the next piece to the buffer `out`, which is heard from `heard_s` on."""
        piece = self._samples[self._at : self._at + len(out)]
        if self.started_s is None:
            self.started_s = heard_s
            self._end_s = heard_s + len(self._samples) / rate_hz
        out[: len(piece)] += piece
        self._at += len(piece)


class PortAudio:
    """A stream that stays open, mixing what is to be heard.

    Raises
    ------
    OSError
        No PortAudio, no device, or none that opens.
    """

    name = "sounddevice"

    def __init__(self) -> None:
        self._library = _sounddevice()
        self._sounds: list[Fed] = []
        self._lag_s = 0.0
        self._stream: Any = None
        self._open()

    def play(self, pcm: Pcm) -> Sounding:
        """Begin a sound.

        Raises
        ------
        OSError
            The device has gone and no other is there.
        """
        if not self._stream.active:
            self.close()
            self._open()
        sound = Fed(resampled(pcm, self._rate_hz).samples)
        self._sounds = [*(one for one in self._sounds if not one.used), sound]
        return sound

    def close(self) -> None:
        """Let go of the device."""
        try:
            self._stream.close()
        except self._library.PortAudioError:
            return

    def _open(self) -> None:
        try:
            device = self._library.query_devices(kind="output")
            self._rate_hz = int(device["default_samplerate"])
            self._stream = self._library.OutputStream(
                samplerate=self._rate_hz, channels=1, dtype="float32", callback=self._fill
            )
            self._stream.start()
            self._lag_s = float(self._stream.latency)
        except (self._library.PortAudioError, ValueError) as error:
            raise OSError(f"no sound device: {error}") from error

    def _fill(self, out: Samples, frames: int, times: Any, status: Any) -> None:  # noqa: ARG002
        out.fill(0.0)
        lag_s = times.outputBufferDacTime - times.currentTime
        heard_s = time.perf_counter() + (lag_s if 0.0 < lag_s < 2.0 else self._lag_s)
        for sound in self._sounds:
            if not sound.used:
                sound.feed(out[:, 0], heard_s, self._rate_hz)
        np.clip(out, -1.0, 1.0, out=out)


class WinSound:
    """Windows without PortAudio: one sound at a time, so a tone gives way to words under way."""

    name = "winsound"

    def __init__(self, folder: Path) -> None:
        self._folder, self._count = folder, 0
        self._last: Sounding | None = None
        self._winsound: Any = importlib.import_module("winsound")

    def play(self, pcm: Pcm) -> Sounding:
        """Begin a sound, unless one is under way."""
        if self._last is not None and not self._last.over:
            return Pretended(0.0)
        self._count = (self._count + 1) % 4
        path = self._folder / f"sound-{self._count}.wav"
        path.write_bytes(to_wav(pcm))
        flags = self._winsound.SND_ASYNC | self._winsound.SND_FILENAME | self._winsound.SND_NODEFAULT
        try:
            self._winsound.PlaySound(str(path), flags)
        except RuntimeError as error:
            raise OSError(f"no sound device: {error}") from error
        self._last = _Async(pcm.duration_s, lambda: self._winsound.PlaySound(None, 0))
        return self._last

    def close(self) -> None:
        """End what sounds."""
        if self._last is not None:
            self._last.stop()


class _Async(Pretended):
    def __init__(self, duration_s: float, hush: Callable[[], None]) -> None:
        super().__init__(duration_s)
        self._hush = hush

    def stop(self) -> None:
        if not self.over:
            self._hush()
        super().stop()


def usable(folder: Path, only: Sequence[str] | None = None) -> Iterator[Player]:
    """Yield the players that work here, best first; each was tried with a moment of silence.

    Parameters
    ----------
    folder : Path
        For files of sounds.
    only : sequence of str, optional
        Names to be considered.
    """
    for name in ("sounddevice", *PROGRAMS, "winsound", "silent") if only is None else only:
        if only is None and name == "silent":
            continue
        player = _tried(name, folder)
        if player is not None:
            yield player


def device_missing() -> bool:
    """Return whether a player is installed: where none is usable then, voices have no device either."""
    if any(shutil.which(program) for program in PROGRAMS):
        return True
    try:
        _sounddevice()
    except OSError:
        return False
    return True


def _tried(name: str, folder: Path) -> Player | None:
    try:
        player = _made(name, folder)
        if player is None:
            return None
        return player if not isinstance(player, Program) or _plays(player) else None
    except (OSError, ImportError):
        return None


def _made(name: str, folder: Path) -> Player | None:
    if name == "sounddevice":
        return PortAudio()
    if name == "silent":
        return Silent()
    if name == "winsound":
        return WinSound(folder) if sys.platform == "win32" else None
    return Program(name, folder) if shutil.which(name) else None


def _plays(player: Player) -> bool:
    sound = player.play(SILENCE)
    end_s = time.perf_counter() + PROBE_S
    while not sound.over and time.perf_counter() < end_s:
        time.sleep(0.01)
    played = sound.over and not sound.failed
    sound.stop()
    return played


def _sounddevice() -> ModuleType:
    try:
        return importlib.import_module("sounddevice")
    except ImportError as error:
        raise OSError("sounddevice is not installed") from error


NO_WINDOW = 0x08000000 if sys.platform == "win32" else 0
"""No console flashes up on Windows."""
QUIETLY: dict[str, Any] = {
    "stdout": subprocess.DEVNULL,
    "stderr": subprocess.DEVNULL,
    "creationflags": NO_WINDOW,
}
