"""Tables of synthetic repetitions: what somebody does, and what one row of the form rules must say of it.

A `Table` is one film.  Each of its repetitions is a story with a verdict; the row under test judges alone, so
that no other row of the same code can speak for it.  Films are made once; what a row said of one is kept
until the row changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pytest

from formcheck.analyser import Analyser
from formcheck.exercises import EXERCISES
from formcheck.exercises.spec import FaultRule
from formcheck.kinematics import SIDES
from formcheck.pose.skeleton import Pose, Side, mirrored, no_pose
from formcheck.profile import STANDARD, CheckSetting, Profile
from formcheck.results import Event, FaultCheck, FaultVerdict, Rep, Snapshot, Summary
from formcheck.rules import GRANTED_HERE
from tests import synthetic
from tests.synthetic import Course, Path, Tempo

STEP_S = 0.04
"""Between two pictures: 25 a second, and every moment below is a multiple of it."""
ABSENT = "absent"
NO_REST = "no rest posture yet"
NOT_SEEN = "the person was not seen well enough"
FAR_LEG = "the leg turned away from the camera is hidden"
SEVERITIES = ("log", "improve", "correct", "stop")
HOLD = Tempo(1.2, 2.4, 1.2, 0.8)
"""Long enough at the end position for anything to happen there: from 1.2 to 3.6 s."""


# Amounts over a repetition


def held(*plateaus: tuple[float, float], start_s: float = 1.6, base: float = 0.0) -> Course:
    """Return amounts that last: (amount, seconds) one after the other, from `base` and back to it."""
    points, now_s = [(start_s - 0.03, base)], start_s
    for amount, seconds in plateaus:
        points += [(now_s - 0.01, amount), (now_s + seconds + 0.01, amount)]
        now_s += seconds + STEP_S
    points.append((now_s - 0.01, base))
    if base:
        points = [(start_s - 1.0, 0.0), *points, (now_s + 0.6, 0.0)]
    return Course(tuple(points))


# Films


@dataclass(frozen=True, eq=False)
class Film:
    """Somebody filmed; `sights` is what the pose model makes of each repetition, `always` of everything."""

    exercise: str
    amplitudes: Sequence[float] = (1.0, 1.0)
    options: dict[str, Any] = field(default_factory=dict)
    sights: Sequence[Sight | None] = ()
    always: Sight | None = None

    @cached_property
    def clip(self) -> synthetic.Clip:
        options = {"rate_hz": 1.0 / STEP_S, "tempo": HOLD} | self.options
        return getattr(synthetic, self.exercise)(list(self.amplitudes), **options)

    @cached_property
    def poses(self) -> list[Pose]:
        return [self._as_seen(pose) for pose in self.clip.poses]

    def _as_seen(self, pose: Pose) -> Pose:
        if self.always is not None:
            return self.always(pose, 0)
        for rep, sight in zip(self.clip.truth.repetitions, self.sights, strict=False):
            if sight is not None and rep.start_s <= pose.time_s <= rep.end_s:
                return sight(pose, round((pose.time_s - rep.start_s) / STEP_S))
        return pose

    @cached_property
    def in_the_mirror(self) -> list[Pose]:
        return [mirrored(pose) for pose in self.poses]


Sight = Callable[[Pose, int], Pose]
"""What the pose model makes of a pose; the number of the picture within the repetition comes with it."""


def unsure(names: Sequence[str], visibility: float, sides: Sequence[Side] = tuple(Side)) -> Sight:
    """The model is that sure of the landmarks of these sides."""
    indices = [getattr(SIDES[side], name) for name in names for side in sides]

    def seen(pose: Pose, _: int) -> Pose:
        scores = pose.visibility.copy()
        scores[indices] = visibility
        return replace(pose, visibility=scores)

    return seen


def lost(pose: Pose, _: int) -> Pose:
    """Nobody is found."""
    return no_pose(pose.time_s, pose.frame_size, people=1)


def one_in_five(sight: Sight) -> Sight:
    return lambda pose, i: sight(pose, i) if i % 5 == 2 else pose


def two_in_five(sight: Sight) -> Sight:
    return lambda pose, i: sight(pose, i) if i % 5 in (1, 3) else pose


# Judging


@dataclass(frozen=True, eq=False)
class Judged:
    """What the engine said of a film."""

    summary: Summary
    events: tuple[Event, ...]
    snapshots: tuple[Snapshot, ...]

    @property
    def reps(self) -> tuple[Rep, ...]:
        return self.summary.rep_list

    def check(self, code: str, index: int) -> FaultCheck:
        return next(check for check in self.reps[index].faults if check.code == code)

    def said(self, code: str, index: int) -> str:
        """Return ``absent``, a severity, or why it could not be told."""
        check = self.check(code, index)
        if check.verdict is FaultVerdict.PRESENT:
            return str(check.severity)
        return check.reason if check.verdict is FaultVerdict.NOT_ASSESSED else ABSENT

    def of(self, event: str, code: str | None = None, index: int | None = None) -> list[Event]:
        """Return the events of a kind, on a code, in a repetition."""
        found = [one for one in self.events if one.event == event]
        if code is not None:
            found = [one for one in found if dict(one.details).get("code") == code]
        if index is not None:
            found = [one for one in found if dict(one.details)["rep"] == index + 1]
        return found


@contextmanager
def with_rules(exercise: str, rules: Sequence[FaultRule]) -> Iterator[None]:
    """Let the exercise have other rules for a while."""
    usual = EXERCISES[exercise]
    EXERCISES[exercise] = replace(usual, rules=tuple(rules))
    try:
        yield
    finally:
        EXERCISES[exercise] = usual


def watched(
    poses: Sequence[Pose],
    exercise: str,
    profile: Profile = STANDARD,
    rules: Sequence[FaultRule] | None = None,
    **options: Any,
) -> Judged:
    """Let the engine see the poses, with these rules or all of the exercise."""
    with with_rules(exercise, EXERCISES[exercise].rules if rules is None else rules):
        analyser = Analyser(exercise, profile=profile, **options)
        snapshots = tuple(analyser.step(pose) for pose in poses)
        summary = analyser.finish()
    events = [event for snapshot in snapshots for event in snapshot.events]
    return Judged(summary, (*events, *analyser.closing_events), snapshots)


def planned(exercise: str, code: str = "", setting: CheckSetting | None = None, **changes: Any) -> Profile:
    """Return the standard profile with another plan for one exercise."""
    plan = replace(STANDARD.plans[exercise], **changes)
    if setting is not None:
        plan = replace(plan, checks={code: setting})
    return replace(STANDARD, plans={**STANDARD.plans, exercise: plan})


def without_error(rule: FaultRule) -> FaultRule:
    """Return a row whose first limit is granted nothing."""
    return replace(rule, error=0.0) if rule.from_plan in GRANTED_HERE else rule


# Tables


@dataclass(frozen=True)
class Row:
    """Which row of an exercise's table; unit and direction tell rows of one code apart.

    ``beside`` is the code of a row without which it cannot judge.
    """

    exercise: str
    code: str
    measure: str
    unit: str = ""
    above: bool | None = None
    beside: str = ""

    def __str__(self) -> str:
        more = {None: "", True: "above", False: "below"}[self.above]
        return "-".join(filter(None, (self.exercise, self.code, self.measure, self.unit, more)))

    def fits(self, rule: FaultRule) -> bool:
        same = (rule.code, rule.measure) == (self.code, self.measure)
        return same and self.unit in ("", rule.unit) and self.above in (None, rule.above)

    @property
    def rule(self) -> FaultRule:
        """The first of the rows that differ in nothing but the view; without the error on top of its limit.

        Stories tell of limits as the table has them; that the error comes on top is tested of every row
        (``test_margins``).
        """
        return without_error(next(filter(self.fits, EXERCISES[self.exercise].rules)))

    @property
    def rules(self) -> tuple[FaultRule, ...]:
        """The row, and what it needs beside it."""
        return (self.rule, *(r for r in EXERCISES[self.exercise].rules if r.code == self.beside))


class Told:
    """One repetition: its story, what the row must say of it, and what is special about it.

    Parameters
    ----------
    story : str
    says : str
        ``absent``, a severity, or the reason why it cannot be told.
    raised : int | None
        ``fault_raised`` events during it; None = one when present, else none.
    amplitude : float
    tempo : Tempo | Path | None
        None = the table's.
    sight : Sight | None
        What the pose model makes of it.
    **amounts
        Of the film's options, for this repetition.
    """

    def __init__(
        self,
        story: str,
        says: str,
        *,
        raised: int | None = None,
        amplitude: float = 1.0,
        tempo: Tempo | Path | None = None,
        sight: Sight | None = None,
        **amounts: float | Course,
    ) -> None:
        self.story, self.says, self.amplitude, self.tempo, self.sight = story, says, amplitude, tempo, sight
        self.raised = raised if raised is not None else int(says in SEVERITIES)
        self.amounts = amounts


USUAL: dict[str, float] = {"trunk_deg": 35.0}
"""Amounts that are not 0 unless told otherwise."""


class Table:
    """A film of several repetitions, and what one row of the rules must say of each.

    Parameters
    ----------
    row : Row
    *reps : Told
    name : str
        Tells the tables of a row apart.
    profile : Profile
    always : Sight | None
        What the pose model makes of everything.
    **options
        Of the film.
    """

    def __init__(
        self,
        row: Row,
        *reps: Told,
        name: str = "",
        profile: Profile = STANDARD,
        always: Sight | None = None,
        **options: Any,
    ) -> None:
        self.row, self.reps, self.name, self.profile = row, reps, name, profile
        usual = options.pop("tempo", HOLD)
        names = dict.fromkeys(name for rep in reps for name in rep.amounts)
        amounts = {name: [rep.amounts.get(name, USUAL.get(name, 0.0)) for rep in reps] for name in names}
        options |= amounts | {"tempo": [rep.tempo or usual for rep in reps]}
        self.film = Film(row.exercise, [r.amplitude for r in reps], options, [r.sight for r in reps], always)
        self._judged: tuple[tuple[FaultRule, ...], Judged] | None = None

    def __str__(self) -> str:
        return " ".join(filter(None, (str(self.row), self.name)))

    def judged(self) -> Judged:
        """Return what the row says; kept as long as the row stays the same."""
        rules = self.row.rules
        if self._judged is None or self._judged[0] != rules:
            self._judged = rules, watched(self.film.poses, self.row.exercise, self.profile, rules)
        return self._judged[1]

    def forget(self) -> None:
        """Judge again the next time."""
        self._judged = None

    def assert_told(self, index: int) -> None:
        """One repetition is judged as its story says."""
        judged, rep, code = self.judged(), self.reps[index], self.row.code
        assert len(judged.reps) == len(self.reps), "the repetitions were not counted as put in"
        assert judged.reps[index].side == self.film.clip.truth.repetitions[index].side
        assert judged.said(code, index) == rep.says, judged.check(code, index)
        assert len(judged.of("fault_raised", code, index)) == rep.raised


@dataclass(frozen=True, eq=False)
class Case:
    """One line of a table, as a test."""

    table: Table
    index: int

    def __str__(self) -> str:
        return f"{self.table}: {self.table.reps[self.index].story}"

    def __call__(self) -> None:
        self.table.assert_told(self.index)


def cases(tables: Sequence[Table]) -> list[Any]:
    """Return every line of the tables as a parameter."""
    return [
        pytest.param(Case(table, i), id=f"{table}: {rep.story}")
        for table in tables
        for i, rep in enumerate(table.reps)
    ]


# What every limit of a rule that looks at every picture must hold


def around(
    on: float,
    off: float,
    min_s: float,
    pose: Callable[[Any], dict[str, Any]],
    *,
    strong: float | None = None,
    base: float = 0.0,
    near: float = 0.08,
    says: str = "improve",
) -> list[Told]:
    """Return the stories around a limit, in the measure's own unit.

    Parameters
    ----------
    on, off : float
        Where it must speak and fall silent, as amounts of the body.
    min_s : float
        ... and after how long.
    pose : Callable
        Turns a `Course` of amounts into options of the film.
    strong : float | None
        Where the stronger severity begins.
    base : float
        The harmless amount in between.
    near : float
        How near the limit, as a share of the way from `base`.
    """

    def beyond(limit: float, by: float) -> float:
        return base + (limit - base) * (1.0 + by)

    def at(*plateaus: tuple[float, float]) -> dict[str, Any]:
        return pose(held(*plateaus, base=base))

    inside, outside = beyond(on, -near), beyond(on, near)
    long_s = max(2.0 * min_s, 0.8)
    short_s = STEP_S * np.ceil(min_s / STEP_S - 1.0 - 1e-6)
    enough_s = short_s + 2 * STEP_S if min_s >= 0.2 else short_s + STEP_S
    silent = beyond(off, -near)
    still_raised = beyond(off, near)
    dip_s = 0.4 if off != on else 0.2
    stories = [
        Told("just inside the limit", ABSENT, **at((inside, long_s))),
        Told("just outside the limit", says, **at((outside, long_s))),
        Told("too short", ABSENT, **at((outside, short_s))),
        Told("just long enough", says, **at((outside, enough_s))),
        Told(
            "wobbling at the limit is one fault",
            says,
            **at(*((outside, max(min_s, 0.3) + 0.08), (min(inside, still_raised, key=abs), dip_s)) * 2),
        ),
        Told(
            "better, not yet good",
            says,
            **at((outside, min_s + 0.08), (still_raised, 0.6), (outside, min_s + 0.08)),
        ),
        Told(
            "good, and wrong again",
            says,
            raised=2,
            **at((outside, min_s + 0.08), (silent, 0.6), (outside, min_s + 0.08)),
        ),
    ]
    if strong is not None:
        stories += [
            Told("just inside the strong limit", says, **at((beyond(strong, -near), long_s))),
            Told("beyond the strong limit", "correct", **at((beyond(strong, near), long_s))),
            Told(
                "getting worse",
                "correct",
                raised=2,
                **at((outside, min_s + 0.2), (beyond(strong, near), min_s + 0.2)),
            ),
        ]
    return stories


def scaled(course: Course, by: float) -> Course:
    """Return the amounts in another unit."""
    return Course(tuple((time_s, by * amount) for time_s, amount in course.points))


PLURAL = {"hip": "hips", "knee": "knees", "ankle": "ankles", "shoulder": "shoulders", "heel": "heels"}
PLURAL |= {"toe": "feet", "ear": "ears"}
QUICK = Tempo(1.2, 0.4, 1.2, 0.6)


def in_plain_sight(name: str, near: bool = False) -> str:
    """Return the reason for a landmark that was not seen, on one side or on both."""
    return f"needs the {name} in plain sight" if near else f"needs both {PLURAL[name]} in plain sight"


def seldom(says: str = ABSENT) -> list[Told]:
    """Return the stories of a person who is not found now and then."""
    return [
        Told("nobody found in one picture of five", says, sight=one_in_five(lost)),
        Told("nobody found in two pictures of five", NOT_SEEN, sight=two_in_five(lost)),
    ]


def sights(names: Sequence[str], visibility: float, near: Side | None, says: str = ABSENT) -> list[Told]:
    """Return the stories of landmarks that are hidden, or nearly, or now and then.

    Parameters
    ----------
    names : Sequence[str]
        What the rule needs to see.
    visibility : float
        How well.
    near : Side | None
        Of which side only; None = of both.
    says : str
        When it sees enough.
    """
    sides = (near,) if near else tuple(Side)
    needs = [in_plain_sight(name, near is not None) for name in names]
    hidden = unsure(names[:1], 0.3, sides)
    stories = [
        Told("hidden in one picture of five", says, sight=one_in_five(hidden)),
        Told("hidden in two pictures of five", needs[0], sight=two_in_five(hidden)),
        Told("nobody found in one picture of five", says, sight=one_in_five(lost)),
        Told("nobody found in two pictures of five", NOT_SEEN, sight=two_in_five(lost)),
        Told("visible just well enough", says, sight=unsure(names, 1.1 * visibility)),
        Told("not quite visible", needs[0], sight=unsure(names, 0.9 * visibility)),
        *(
            Told(f"the {name} is hidden", need, sight=unsure([name], 0.3, sides))
            for name, need in zip(names, needs, strict=True)
        ),
    ]
    if near:
        stories.append(Told("the far side is hidden", says, sight=unsure(names, 0.3, [near.other])))
    else:
        stories += [
            Told(f"the {side} side is hidden", needs[0], sight=unsure(names, 0.3, [side])) for side in Side
        ]
    return stories
