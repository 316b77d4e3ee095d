"""How text becomes a voice, with what every system has; used inside the speech process only.

============ ======================= ============================================================
system       voice                   why
============ ======================= ============================================================
macOS        ``say``                 part of the system, good voices; writes sound to a file
Windows      System.Speech (SAPI)    part of the system; PowerShell takes up to a second to start,
                                     so one is kept running and answers each text with its sound
Linux        ``espeak-ng``,          small and immediate (0.05 s for a number); called as a program,
             ``espeak``              never linked: it is GPL
Linux        ``spd-say``             where only the desktop's speech service is there: it speaks
                                     itself, so nothing can be prepared and its start is not seen
============ ======================= ============================================================

All but the last give their sound as numbers, which `formcheck.live.players` plays: counts and cues can be
made beforehand and start at once, the volume is ours, the start is known, and a stop is immediate. pyttsx3
is not used: it blocks its thread and hangs on a second sentence (its issues 126, 188, 262). Neural voices
are not used: they would have to be downloaded.
"""

from __future__ import annotations

import base64
import contextlib
import locale
import math
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from formcheck.errors import UsageError
from formcheck.live.players import NO_WINDOW, Running, Sounding
from formcheck.live.tones import RATE_HZ, Pcm, from_wav

RENDER_S = 3.0
"""A voice that needs longer for a sentence hangs (measured: 0.05 to 0.1 s; a cold `say` about 1 s)."""
START_S = 20.0
"""PowerShell's first answer may take this long on a cold disk."""
ENGLISH = ("Samantha", "Daniel", "Karen", "Moira", "Alex")
"""Voices of macOS for a system that speaks another language."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How to speak.

    Attributes
    ----------
    rate : float
        Words a minute, 80 to 300. Voices' own default is about 175; 150 is easier to follow for older
        listeners, and for anyone who cannot see the screen.
    volume : float
        0 to 2; above 1 quiet parts are raised too.
    name : str | None
        Only this voice; ``"none"`` for tones and text. None = the best there is.
    """

    rate: float = 150.0
    volume: float = 1.0
    name: str | None = None

    def __post_init__(self) -> None:
        if not 80.0 <= self.rate <= 300.0:
            raise UsageError(f"speech rate {self.rate:g}: words a minute, from 80 to 300")
        if not 0.0 <= self.volume <= 2.0:
            raise UsageError(f"speech volume {self.volume:g}: from 0 to 2")


class Mouth(Protocol):
    """A voice of this system."""

    name: str

    def render(self, text: str, voice: Voice) -> Pcm:
        """Return the words as sound; runs in a thread of its own.

        Raises
        ------
        OSError, subprocess.SubprocessError, ValueError
            It does not start, hangs, or gives no sound.
        """

    def speak(self, text: str, voice: Voice) -> Sounding | None:
        """Begin to say the words without a player of ours; None where it cannot."""

    def cancel(self) -> None:
        """Give up a `render` under way, from another thread."""

    def close(self) -> None:
        """End what is running."""


class _Once:
    """A program run once per text, that another thread may end."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, command: Sequence[str], text: str) -> bytes:
        """Return its standard output."""
        pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
        with subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=nothing, creationflags=NO_WINDOW
        ) as process:
            self._process = process
            try:
                out, _ = process.communicate(text.encode(), timeout=RENDER_S)
            finally:
                self._process = None
                process.kill()
        if process.returncode != 0:
            raise subprocess.CalledProcessError(process.returncode, command)
        return out

    def cancel(self) -> None:
        process = self._process
        if process is not None:
            process.kill()


class Espeak:
    """espeak-ng, or its predecessor; an installed program, called."""

    def __init__(self, program: str) -> None:
        self.name = program
        self._once = _Once()

    def render(self, text: str, voice: Voice) -> Pcm:
        """Return the words as sound."""
        return from_wav(self._once.run([*self._command(voice), "--stdout", "--stdin"], text))

    def speak(self, text: str, voice: Voice) -> Sounding | None:
        """Begin to say the words through its own sound output."""
        return Running([*self._command(voice), "-a", str(round(100 * voice.volume)), "--stdin"], text)

    def _command(self, voice: Voice) -> list[str]:
        return [self.name, "-v", "en", "-s", str(round(voice.rate))]

    def cancel(self) -> None:
        """Give up a `render` under way."""
        self._once.cancel()

    def close(self) -> None:
        """End what is running."""
        self._once.cancel()


class SpeechDispatcher:
    """The desktop's speech service on Linux; it speaks itself."""

    name = "spd-say"

    def render(self, text: str, voice: Voice) -> Pcm:  # noqa: ARG002
        """Raise ValueError: it gives no sound away."""
        raise ValueError("spd-say speaks itself")

    def speak(self, text: str, voice: Voice) -> Sounding | None:
        """Begin to say the words."""
        rate = round(max(-100.0, min(100.0, (voice.rate - 170.0) / 0.9)))
        volume = round(200 * min(voice.volume, 1.0)) - 100
        command = ["spd-say", "--wait", "-l", "en", "-r", str(rate), "-i", str(volume), "--", text]
        return Running(command, cancel=("spd-say", "--cancel"))

    def cancel(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""


class Say:
    """`say` of macOS.

    Parameters
    ----------
    folder : Path
        For its sound, which it writes only to files.
    """

    name = "say"

    def __init__(self, folder: Path) -> None:
        self._file = folder / "say.wav"
        self._once = _Once()
        self._english: list[str] | None = None

    def render(self, text: str, voice: Voice) -> Pcm:
        """Return the words as sound."""
        form = ["-o", str(self._file), f"--data-format=LEI16@{RATE_HZ}"]
        self._once.run([*self._command(voice), *form, "-f", "-"], text)
        return from_wav(self._file.read_bytes())

    def speak(self, text: str, voice: Voice) -> Sounding | None:
        """Begin to say the words."""
        return Running([*self._command(voice), "-f", "-"], text)

    def _command(self, voice: Voice) -> list[str]:
        if self._english is None:
            self._english = self._choice()
        return ["say", "-r", str(round(voice.rate)), *self._english]

    def _choice(self) -> list[str]:
        """Return the option that makes it speak English where the system speaks something else."""
        if (locale.getlocale()[0] or "en").startswith("en"):
            return []
        there = self._once.run(["say", "-v", "?"], "").decode(errors="replace")
        return next((["-v", name] for name in ENGLISH if name in there), [])

    def cancel(self) -> None:
        """Give up a `render` under way."""
        self._once.cancel()

    def close(self) -> None:
        """End what is running."""
        self._once.cancel()


SAPI = """
$ErrorActionPreference = 'Stop'
Add-Type -AssemblyName System.Speech
$voice = New-Object System.Speech.Synthesis.SpeechSynthesizer
if ($voice.Voice.Culture.TwoLetterISOLanguageName -ne 'en') {
  $english = $voice.GetInstalledVoices() | Where-Object {
    $_.Enabled -and $_.VoiceInfo.Culture.TwoLetterISOLanguageName -eq 'en' } | Select-Object -First 1
  if ($english) { $voice.SelectVoice($english.VoiceInfo.Name) }
}
while ($null -ne ($line = [Console]::In.ReadLine())) {
  $rate, $words = $line.Split(' ')
  $voice.Rate = [int]$rate
  $stream = New-Object System.IO.MemoryStream
  $voice.SetOutputToWaveStream($stream)
  $voice.Speak([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($words)))
  $voice.SetOutputToNull()
  [Console]::Out.WriteLine([Convert]::ToBase64String($stream.ToArray()))
}
"""
POWERSHELL = ("powershell.exe", "-NoLogo", "-NoProfile", "-NonInteractive", "-Command", SAPI)


class Sapi:
    """System.Speech of Windows, in one PowerShell that is kept: a line in, a line out.

    Parameters
    ----------
    command : sequence of str
    """

    name = "System.Speech"

    def __init__(self, command: Sequence[str] = POWERSHELL) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def render(self, text: str, voice: Voice) -> Pcm:
        """Return the words as sound."""
        limit_s = RENDER_S if self._process is not None else START_S
        process = self._process = self._process or self._started()
        watch = threading.Timer(limit_s, process.kill)
        watch.start()
        try:
            return from_wav(base64.b64decode(self._asked(process, text, voice)))
        except (OSError, ValueError):
            self.close()
            raise
        finally:
            watch.cancel()

    def _started(self) -> subprocess.Popen[bytes]:
        pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
        return subprocess.Popen(
            self._command, stdin=pipe, stdout=pipe, stderr=nothing, creationflags=NO_WINDOW
        )

    @staticmethod
    def _asked(process: subprocess.Popen[bytes], text: str, voice: Voice) -> bytes:
        if process.stdin is None or process.stdout is None:
            raise OSError("PowerShell without pipes")
        process.stdin.write(f"{sapi_rate(voice.rate)} ".encode() + base64.b64encode(text.encode()) + b"\n")
        process.stdin.flush()
        return process.stdout.readline().strip()

    def speak(self, text: str, voice: Voice) -> Sounding | None:  # noqa: ARG002
        """Return None: Windows always has a player."""
        return None

    def cancel(self) -> None:
        """Let it finish: a sentence takes it far less than starting again."""

    def close(self) -> None:
        """End PowerShell."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()


def sapi_rate(words_a_minute: float) -> int:
    """Return SAPI's rate: 0 is about 180 words a minute, 10 three times that, -10 a third."""
    return max(-10, min(10, round(10 * math.log(words_a_minute / 180.0, 3))))


ONLY_ON = {"say": "darwin", "System.Speech": "win32"}
"""Elsewhere a program of that name is another one."""


def installed(folder: Path, name: str | None = None) -> Iterator[Mouth]:
    """Yield the voices of this system, best first.

    Parameters
    ----------
    folder : Path
        For files of sounds.
    name : str, optional
        Only this one; ``"none"`` yields nothing.
    """
    make: list[tuple[str, str, Callable[[], Mouth]]] = [
        ("say", "say", lambda: Say(folder)),
        ("System.Speech", "powershell.exe", Sapi),
        ("espeak-ng", "espeak-ng", lambda: Espeak("espeak-ng")),
        ("espeak", "espeak", lambda: Espeak("espeak")),
        ("spd-say", "spd-say", SpeechDispatcher),
    ]
    for called, program, made in make:
        elsewhere = sys.platform != ONLY_ON.get(called, sys.platform)
        if name in (None, called) and not elsewhere and shutil.which(program):
            yield made()
