"""The sound check: louder, quieter, slower, faster, in steps that can be heard.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from formcheck.live import script
from formcheck.live.acts import Tune
from formcheck.live.inputs import ChangeVoice

VOLUMES = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
RATES = (90.0, 105.0, 120.0, 135.0, 150.0, 165.0, 180.0, 195.0, 210.0)
"""Words a minute; beyond these it is a drawl or a gabble."""
USUAL = Tune(volume=1.0, rate=150.0)
"""150 is easier to follow for older listeners than the usual 175."""


def again(volume: float | None, rate: float | None) -> Tune:
    """Return how to speak as the last session ended, in the nearest step; `USUAL` where it is not known."""
    return Tune(
        USUAL.volume if volume is None else _stepped(VOLUMES, volume, 0),
        USUAL.rate if rate is None else _stepped(RATES, rate, 0),
    )


def tuned(now: Tune, changes: Iterable[ChangeVoice]) -> Tune | None:
    """Return how to speak after these changes; None when there are none."""
    steps = list(changes)
    for one in steps:
        now = Tune(_stepped(VOLUMES, now.volume, one.louder), _stepped(RATES, now.rate, one.faster))
    return now if steps else None


def _stepped(values: Sequence[float], value: float, by: int) -> float:
    nearest = min(range(len(values)), key=lambda i: abs(values[i] - value))
    return values[max(0, min(len(values) - 1, nearest + by))]


def trial_words(before: Tune, after: Tune) -> str:
    """Return what is said to try a voice: the test sentence, or that it goes no further."""
    return script.SOUND_END if after == before else script.SOUND_TEST
