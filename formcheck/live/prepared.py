"""What is made into sound before it is needed, so that it starts at once.  Pure."""

from __future__ import annotations

from formcheck.exercises import EXERCISES
from formcheck.live import script
from formcheck.live.script import WORDS, capital, counted
from formcheck.report.cues import CUES
from formcheck.rules import LIMIT_NEAR, RANGE_LIMIT

COUNTS = 20
"""Numbers up to this."""
INTERRUPTING = (script.STOP_AFTER, script.FALLEN, script.PAUSED, script.CANNOT_SEE, script.CAMERA_STOPPED)


def at_any_moment(exercise: str) -> list[str]:
    """Return what may have to be said at any moment of a set, the most urgent first."""
    words = WORDS[exercise]
    counts = [counted(count) for count in range(1, COUNTS + 1)]
    pace = [f"{words.out}...", capital(words.back), script.HOLD_ONE]
    cues = [CUES[code] for code in (RANGE_LIMIT, LIMIT_NEAR, *EXERCISES[exercise].codes)]
    return list(dict.fromkeys([*counts, *pace, *cues, *INTERRUPTING, script.BETTER, script.OWN_PACE]))
