"""What the person answers or asks for, as typed records; and keys turned into them.

The coach takes these and knows nothing of keys, buttons or gestures of a page.  A page sends the record that
belongs to the button; a keyboard needs two steps, since "10" is two keys and an arrow only points: `Keyboard`
keeps what was typed, and the coach is told what is pointed at (`Point`) before it is told the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

PAIN_MOST = 10
"""Numeric pain rating scale, 0 to 10 (clinical 3.6)."""


@dataclass(frozen=True, slots=True)
class Pain:
    """How much it hurts.

    Attributes
    ----------
    level : int
        0 (not at all) to 10 (the most).

    Raises
    ------
    ValueError
        The level is not on the scale.
    """

    level: int

    def __post_init__(self) -> None:
        if not 0 <= self.level <= PAIN_MOST:
            raise ValueError(f"pain is 0 to {PAIN_MOST}, not {self.level}")


@dataclass(frozen=True, slots=True)
class Choose:
    """One of the answers of a question (`formcheck.live.acts.Answer.key`)."""

    key: str


@dataclass(frozen=True, slots=True)
class Point:
    """The answer pointed at, from 0; said and shown, but not yet given."""

    index: int


@dataclass(frozen=True, slots=True)
class Yes:
    """Yes; also: go on after a pause, I am fine."""


@dataclass(frozen=True, slots=True)
class No:
    """No."""


@dataclass(frozen=True, slots=True)
class GoOn:
    """Enough of this, go on; no answer to a question that asks for one."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Leave it out: a question is not answered."""


@dataclass(frozen=True, slots=True)
class StartAnyway:
    """Begin the set as I am placed now."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Pause; while paused: go on."""


@dataclass(frozen=True, slots=True)
class Stop:
    """End the exercise."""


@dataclass(frozen=True, slots=True)
class ChangeVoice:
    """Speak louder or faster by so many steps; negative: quieter, slower."""

    louder: int = 0
    faster: int = 0


Input = Pain | Choose | Point | Yes | No | GoOn | Skip | StartAnyway | Pause | Stop | ChangeVoice


class Ask(StrEnum):
    """What kind of answer a question takes."""

    SOUND = "sound"
    """`ChangeVoice`, then `GoOn`."""
    READ = "read"
    """Something to be read: `GoOn`."""
    PAIN = "pain"
    """`Pain` or `Skip`; there is no default."""
    CHOICE = "choice"
    """`Choose` one of the answers, or `Skip`; there is no default."""
    YES_NO = "yes_no"
    """`Yes` or `No`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a question.

    Attributes
    ----------
    key : str
        For `Choose`; of a pain question the level.
    text : str
    """

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked now, for whoever shows it.

    Attributes
    ----------
    name : str
        Which question: ``sound``, ``pain_before``, ``reason``, ...
    ask : Ask
    text : str
        In full, as it is said.
    keys : str
        How to answer it by keys, as it is said.
    answers : tuple[Answer, ...]
        To choose from.
    pointed : int | None
        Index of the answer pointed at; None = none yet.
    """

    name: str
    ask: Ask
    text: str
    keys: str = ""
    answers: tuple[Answer, ...] = ()
    pointed: int | None = None


def pain_answers() -> tuple[Answer, ...]:
    """Return the eleven answers of a pain question."""
    return tuple(Answer(str(level), str(level)) for level in range(PAIN_MOST + 1))


# Keys

_MEANING: dict[str, Input] = {
    "skip": Skip(),
    "pause": Pause(),
    "end": Stop(),
    "enter": GoOn(),
    "start": StartAnyway(),
}
_VOICE = {"up": (1, 0), "down": (-1, 0), "right": (0, 1), "left": (0, -1)}
_MORE = {Ask.PAIN: ("up", "right"), Ask.CHOICE: ("down", "right")}
"""The arrows that lead to the next answer: a level higher, a line further down."""
_ARROWS = tuple(_VOICE)


class Keyboard:
    """Turns keys into inputs; remembers what was typed and pointed at of the question that is open."""

    def __init__(self) -> None:
        self._name, self._typed = "", ""
        self._pointed: int | None = None

    def inputs(self, keys: Iterable[str], question: Question | None) -> list[Input]:
        """Return what these keys mean.

        Parameters
        ----------
        keys : Iterable[str]
            ``up``, ``down``, ``left``, ``right``, ``enter``, ``skip``, ``pause``, ``end``, ``start``, or
            a figure.
        question : Question | None
            The question that is open.
        """
        name = question.name if question is not None else ""
        if name != self._name:
            self._name, self._typed, self._pointed = name, "", None
        return [one for key in keys for one in self._meant(key, question)]

    def _meant(self, key: str, question: Question | None) -> Iterator[Input]:
        ask = question.ask if question is not None else None
        if question is not None and ask in (Ask.PAIN, Ask.CHOICE) and (key in _ARROWS or key.isdecimal()):
            self._point(key, question)
            if self._pointed is not None:
                yield Point(self._pointed)
        elif ask is Ask.SOUND and key in _VOICE:
            yield ChangeVoice(*_VOICE[key])
        elif key == "enter" and question is not None and self._pointed is not None:
            yield Pain(self._pointed) if ask is Ask.PAIN else Choose(question.answers[self._pointed].key)
            self._typed, self._pointed = "", None
        elif key == "enter" and ask is Ask.YES_NO:
            yield Yes()
        elif key in _MEANING:
            yield _MEANING[key]

    def _point(self, key: str, question: Question) -> None:
        """Move to the next answer, or to the figure typed: "1" and "0" are ten, "7" and "3" are three."""
        first = 0 if question.ask is Ask.PAIN else 1
        last = len(question.answers) - 1
        if key in _ARROWS:
            self._typed = ""
            step = 1 if key in _MORE[question.ask] else -1
            # From nowhere an arrow leads to the first answer, and up from "no pain" to one.
            before = self._pointed if self._pointed is not None else -first
            self._pointed = max(0, min(last, before + step))
            return
        for typed in (self._typed + key, key):
            if first <= int(typed) <= last + first:
                self._typed, self._pointed = typed, int(typed) - first
                return
