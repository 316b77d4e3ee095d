"""Sound as numbers: the tones of live mode, and WAV in and out. Pure; `formcheck.live.players` plays.

Tones stay within 250 to 900 Hz: hearing loss of age begins above, and the speakers of laptops give little
below. Pitch, length and number tell them apart, so that no single property has to be heard.
"""

from __future__ import annotations

import io
import struct
import wave
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.live.acts import Tone

Samples = NDArray[np.float32]

RATE_HZ = 22050
"""Of the tones; the voices' as well (espeak-ng and SAPI give it, `say` is asked for it)."""
ATTACK_S = 0.015
RELEASE_S = 0.060
HIGHEST_HZ = 900.0
LOUD = 0.9
"""Peak of what is played at volume 1, full scale = 1."""
QUIET = 0.01
"""Quieter than this is silence at the beginning and end of words."""
GUARD_S = 0.02
"""Left of that silence, so that no soft consonant is cut."""


@dataclass(frozen=True, slots=True, eq=False)
class Pcm:
    """One channel of sound.

    Attributes
    ----------
    samples : ndarray of float32, shape (n,)
        Full scale -1 to 1.
    rate_hz : int
    """

    samples: Samples
    rate_hz: int

    @property
    def duration_s(self) -> float:
        """Length, seconds."""
        return len(self.samples) / self.rate_hz


@dataclass(frozen=True, slots=True)
class Note:
    """A part of a tone; pitch 0 is a pause."""

    pitch_hz: float
    length_s: float
    loudness: float = 1.0


TONES: dict[Tone, tuple[Note, ...]] = {
    Tone.REP: (Note(784.0, 0.10),),
    Tone.PARTIAL: (Note(330.0, 0.16, 0.45),),
    Tone.READY: (Note(523.0, 0.12), Note(0.0, 0.02), Note(784.0, 0.16)),
    Tone.REST: (Note(659.0, 0.12), Note(0.0, 0.02), Note(440.0, 0.20)),
    Tone.ATTENTION: (Note(294.0, 0.11, 0.8), Note(0.0, 0.03), Note(294.0, 0.12, 0.8)),
}
"""All under 0.35 s: words wait for the end of a tone, and a stop must be heard within half a second
(`benchmarks/cue_latency.py` measures it)."""


def tone(which: Tone) -> Pcm:
    """Return the sound of a tone at volume 1."""
    return Pcm(np.concatenate([_note(one) for one in TONES[which]]), RATE_HZ)


def _note(note: Note) -> Samples:
    """Return a note with its harmonics below `HIGHEST_HZ`, risen and fallen along half a cosine."""
    time_s = np.arange(round(note.length_s * RATE_HZ)) / RATE_HZ
    if note.pitch_hz == 0.0:
        return np.zeros(len(time_s), dtype=np.float32)
    harmonics = range(1, int(HIGHEST_HZ // note.pitch_hz) + 1)
    waves = [np.sin(2 * np.pi * note.pitch_hz * k * time_s) / k**2 for k in harmonics]
    together = np.sum(waves, axis=0)
    edge = np.minimum(time_s / ATTACK_S, (time_s[-1] - time_s) / RELEASE_S)
    envelope = 0.5 - 0.5 * np.cos(np.pi * np.clip(edge, 0.0, 1.0))
    scaled = together * envelope * (note.loudness * LOUD / np.max(np.abs(together)))
    return np.asarray(scaled, dtype=np.float32)


def trimmed(pcm: Pcm) -> Pcm:
    """Return the sound without the silence around it; empty where there is nothing else."""
    loud = np.flatnonzero(np.abs(pcm.samples) > QUIET)
    if len(loud) == 0:
        return Pcm(pcm.samples[:0], pcm.rate_hz)
    guard = round(GUARD_S * pcm.rate_hz)
    return Pcm(pcm.samples[max(0, loud[0] - guard) : loud[-1] + guard], pcm.rate_hz)


def evened(pcm: Pcm) -> Pcm:
    """Return the sound with its peak at `LOUD`: every system's voice is equally loud."""
    peak = float(np.max(np.abs(pcm.samples), initial=0.0))
    return pcm if peak == 0.0 else Pcm((pcm.samples * (LOUD / peak)).astype(np.float32), pcm.rate_hz)


def louder(pcm: Pcm, volume: float) -> Pcm:
    """Return the sound at a volume; above 1 soft parts are raised and peaks rounded, never clipped."""
    if volume <= 1.0:
        return Pcm((pcm.samples * volume).astype(np.float32), pcm.rate_hz)
    return Pcm((np.tanh(pcm.samples * volume) / np.tanh(volume)).astype(np.float32), pcm.rate_hz)


def resampled(pcm: Pcm, rate_hz: int) -> Pcm:
    """Return the sound at another rate, linearly interpolated."""
    if pcm.rate_hz == rate_hz or len(pcm.samples) == 0:
        return Pcm(pcm.samples, rate_hz)
    count = round(len(pcm.samples) * rate_hz / pcm.rate_hz)
    at = np.arange(count) * (pcm.rate_hz / rate_hz)
    samples = np.interp(at, np.arange(len(pcm.samples)), pcm.samples)
    return Pcm(samples.astype(np.float32), rate_hz)


def to_wav(pcm: Pcm) -> bytes:
    """Return the sound as a 16-bit WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(pcm.rate_hz)
        file.writeframes((np.clip(pcm.samples, -1.0, 1.0) * 32767).astype("<i2").tobytes())
    return out.getvalue()


def from_wav(data: bytes) -> Pcm:
    """Read a 16-bit WAV file, also one written to a pipe, whose header cannot know its length.

    Raises
    ------
    ValueError
        Not such a file.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("not a WAV file")
    channels, rate_hz, bits, at = 0, 0, 0, 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        body = data[at + 8 : at + 8 + size]
        if name == b"fmt " and len(body) >= 16:
            _, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", body)
        if name == b"data":
            return _decoded(body, channels, rate_hz, bits)
        at += 8 + size + size % 2
    raise ValueError("WAV file without sound")


def _decoded(body: bytes, channels: int, rate_hz: int, bits: int) -> Pcm:
    if bits != 16 or channels < 1 or rate_hz < 1:
        raise ValueError(f"WAV file of {bits} bits, {channels} channels, {rate_hz} Hz; 16 bits are read")
    whole = len(body) // (2 * channels) * 2 * channels
    frames = np.frombuffer(body[:whole], dtype="<i2").reshape(-1, channels)
    return Pcm((frames.mean(axis=1) / 32768.0).astype(np.float32), rate_hz)
