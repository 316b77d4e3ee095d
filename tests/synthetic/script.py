"""When things happen: tempo, repetitions with known truth, and the smooth curve between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.skeleton import Side

Floats = NDArray[np.float64]
Kind = Literal["complete", "partial", "too_small", "not_returned", "unfinished"]

RETURNED = 0.6
"""A repetition is over when this share of its excursion has been undone (product.md §3)."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """Seconds for each part of a repetition; the pause follows it, at rest."""

    outbound_s: float = 1.4
    hold_s: float = 0.4
    return_s: float = 1.2
    pause_s: float = 0.6

    @property
    def repetition_s(self) -> float:
        """From leaving rest to being back, without the pause."""
        return self.outbound_s + self.hold_s + self.return_s


@dataclass(frozen=True, slots=True)
class Path:
    """A repetition that stops, hurries or hesitates on its way, instead of a `Tempo`.

    Attributes
    ----------
    points : tuple[tuple[float, float], ...]
        (seconds from leaving rest, share of the repetition's amplitude), from (0, 0) to (end, 0); smooth in
        between, still where two neighbours have the same share.
    pause_s : float
        At rest afterwards.
    """

    points: tuple[tuple[float, float], ...]
    pause_s: float = 0.6

    @property
    def outbound_s(self) -> float:
        """Until the highest share is first reached."""
        return max(self.points, key=lambda point: point[1])[0]

    @property
    def return_s(self) -> float:
        """From where the highest share is left to being back."""
        return self.points[-1][0] - max(self.points[::-1], key=lambda point: point[1])[0]

    @property
    def hold_s(self) -> float:
        """Between the two."""
        return self.repetition_s - self.outbound_s - self.return_s

    @property
    def repetition_s(self) -> float:
        """From leaving rest to being back, without the pause."""
        return self.points[-1][0]

    def share(self, times_s: Floats) -> Floats:
        """Return the share of the amplitude at these times after leaving rest."""
        total = np.zeros_like(times_s)
        for (t0, v0), (t1, v1) in pairwise(self.points):
            total += (v1 - v0) * ramp(times_s, t0, t1 - t0)
        return total


Pace = Tempo | Path


@dataclass(frozen=True, slots=True)
class Course:
    """An amount over one repetition: (seconds from leaving rest, amount), straight in between, else 0."""

    points: tuple[tuple[float, float], ...]

    def at(self, times_s: Floats) -> Floats:
        """Return the amount at these times after leaving rest."""
        times, amounts = zip(*self.points, strict=True)
        out: Floats = np.interp(times_s, times, amounts, left=0.0, right=0.0)
        return out


Amount = float | Course | Sequence["float | Course"]
"""How much of something: a number is meant at full range and grows with the movement, a `Course` is the
amount itself; a sequence has one of them per repetition."""


@dataclass(frozen=True, slots=True)
class Tremor:
    """A shaky end of range: a sine on top of the hold, amplitude as a share of the full range."""

    amplitude: float = 0.05
    frequency_hz: float = 5.0


@dataclass(frozen=True, slots=True)
class TrueRep:
    """One repetition that was put in.

    Attributes
    ----------
    amplitude : float
        Share of the full range asked for.
    peak, range : float
        Extreme value (without tremor) and excursion from rest, in the unit of the exercise's own measure.
    kind : Kind
        ``complete`` or ``partial`` by the exercise's minimum excursion, ``too_small`` below half of it,
        ``not_returned`` when the next one began before 60 % of the way to rest was undone, ``unfinished``
        when the clip ends first.
    """

    start_s: float
    top_start_s: float
    peak_s: float
    top_end_s: float
    end_s: float
    side: Side | None
    amplitude: float
    peak: float
    range: float
    kind: Kind


@dataclass(frozen=True, slots=True)
class Script:
    """A row of repetitions in time, still without a body.

    Attributes
    ----------
    amplitudes : Sequence[float]
        Share of the full range, one per repetition.
    tempo : Tempo | Path | Sequence of them
        One for all or one each.
    lead_s, tail_s : float
        Start posture before the first and after the last repetition; 0 = the set starts at once.
    residual : float
        Share of each amplitude that is not undone between repetitions (the last one returns fully).
    end_fraction : float
        The clip ends at this fraction of the last repetition; 1 = it is finished and followed by ``tail_s``.
    """

    amplitudes: Sequence[float]
    tempo: Pace | Sequence[Pace] = Tempo()
    lead_s: float = 1.0
    tail_s: float = 1.0
    tremor: Tremor | None = None
    residual: float = 0.0
    end_fraction: float = 1.0

    def tempos(self) -> list[Pace]:
        """Return one tempo per repetition."""
        if isinstance(self.tempo, Tempo | Path):
            return [self.tempo] * len(self.amplitudes)
        if len(self.tempo) != len(self.amplitudes):
            raise ValueError(f"{len(self.tempo)} tempos for {len(self.amplitudes)} repetitions")
        return list(self.tempo)

    def starts(self) -> list[float]:
        """Return when each repetition leaves rest."""
        lengths = [t.repetition_s + t.pause_s for t in self.tempos()]
        return [self.lead_s + sum(lengths[:i]) for i in range(len(lengths))]

    @property
    def duration_s(self) -> float:
        """Return the length of the clip."""
        if not self.amplitudes:
            return self.lead_s + self.tail_s
        last = self.starts()[-1], self.tempos()[-1].repetition_s
        if self.end_fraction < 1:
            return last[0] + self.end_fraction * last[1]
        return last[0] + last[1] + self.tail_s

    def bases(self) -> list[float]:
        """Return the level before each repetition, and after the last one."""
        return [0.0, *(self.residual * a for a in self.amplitudes[:-1]), 0.0]

    def progress(self, times_s: Floats, only: Sequence[int] | None = None) -> Floats:
        """Return the share of the full range at each time; ``only`` keeps some repetitions."""
        total = np.zeros_like(times_s)
        chosen = range(len(self.amplitudes)) if only is None else only
        starts, tempos, bases = self.starts(), self.tempos(), self.bases()
        for i in chosen:
            tempo, peak = tempos[i], self.amplitudes[i]
            if isinstance(tempo, Path):
                total += peak * tempo.share(times_s - starts[i])
                continue
            top = starts[i] + tempo.outbound_s
            total += (peak - bases[i]) * ramp(times_s, starts[i], tempo.outbound_s)
            total -= (peak - bases[i + 1]) * ramp(times_s, top + tempo.hold_s, tempo.return_s)
            total += self._shake(times_s, top, tempo.hold_s)
        return total

    def amount(self, times_s: Floats, wanted: Amount) -> Floats:
        """Return an amount at each time."""
        if not isinstance(wanted, Sequence):
            wanted = [wanted] * len(self.amplitudes)
        if len(wanted) != len(self.amplitudes):
            raise ValueError(f"{len(wanted)} amounts for {len(self.amplitudes)} repetitions")
        total = np.zeros_like(times_s)
        for i, (one, start) in enumerate(zip(wanted, self.starts(), strict=True)):
            course = one.at(times_s - start) if isinstance(one, Course) else one * self.progress(times_s, [i])
            total += course
        return total

    def _shake(self, times_s: Floats, top_s: float, hold_s: float) -> Floats:
        if self.tremor is None or hold_s <= 0:
            return np.zeros_like(times_s)
        inside = ((times_s >= top_s) & (times_s <= top_s + hold_s)).astype(float)
        fade = np.clip(np.minimum(times_s - top_s, top_s + hold_s - times_s) / 0.1, 0, 1)
        return (
            inside
            * fade
            * self.tremor.amplitude
            * np.sin(2 * np.pi * self.tremor.frequency_hz * (times_s - top_s))
        )

    def repetitions(
        self, rest: float, full: float, minimum: float, sides: Sequence[Side | None] | None = None
    ) -> tuple[TrueRep, ...]:
        """Return the truth, given the measure at rest and at amplitude 1 and its minimum excursion."""
        sides = [None] * len(self.amplitudes) if sides is None else sides
        out = []
        for i, (start, tempo) in enumerate(zip(self.starts(), self.tempos(), strict=True)):
            top, finish = start + tempo.outbound_s, min(start + tempo.repetition_s, self.duration_s)
            amplitude, scale = self.amplitudes[i], full - rest
            out.append(
                TrueRep(
                    start_s=start,
                    top_start_s=top,
                    peak_s=top + tempo.hold_s / 2,
                    top_end_s=top + tempo.hold_s,
                    end_s=finish,
                    side=sides[i],
                    amplitude=amplitude,
                    peak=rest + amplitude * scale,
                    range=abs(amplitude * scale),
                    kind=self._kind(i, abs(scale), minimum),
                )
            )
        return tuple(out)

    def _kind(self, i: int, scale: float, minimum: float) -> Kind:
        peak, after = self.amplitudes[i], self.bases()[i + 1]
        if i == len(self.amplitudes) - 1 and self.end_fraction < 1:
            return "unfinished"
        if abs(peak - after) < RETURNED * abs(peak):
            return "not_returned"
        if abs(peak) * scale >= minimum:
            return "complete"
        return "partial" if abs(peak) * scale >= minimum / 2 else "too_small"


def ramp(times_s: Floats, start_s: float, length_s: float) -> Floats:
    """Rise smoothly (minimum jerk) from 0 at ``start_s`` to 1 ``length_s`` later."""
    u = np.clip((times_s - start_s) / max(length_s, 1e-9), 0, 1)
    return u**3 * (10 - 15 * u + 6 * u**2)


def frame_times(duration_s: float, rate_hz: float = 30.0, drift: float = 0.0, seed: int = 0) -> Floats:
    """Return time stamps from 0; ``drift`` > 0 makes the rate vary by up to that share (VFR)."""
    count = int(np.floor(duration_s * rate_hz + 1e-6)) + 1
    steps = np.full(count, 1 / rate_hz)
    steps *= 1 + drift * np.random.default_rng(seed).uniform(-1, 1, count)
    return np.concatenate([[0.0], np.cumsum(steps)[:-1]])
