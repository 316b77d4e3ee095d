"""Break every number of the form rules, one at a time, and see whether a synthetic repetition notices.

``python tests/rules/break_it.py [CODE ...]`` changes each number that decides in a row by +30 % and -30 %,
each left and right for its other, drops each landmark it asks for, and runs the tables of that row.  It lists
every change that nothing noticed, with the reason where one is known, and fails when there is another.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from formcheck import analyser, judging, rules
from formcheck.exercises import EXERCISES
from formcheck.exercises.spec import Against, FaultRule, FromPlan, Of, When
from formcheck.kinematics import SIDES
from formcheck.observer import Observation, Observer
from formcheck.pose.skeleton import Pose, Side
from tests.rules import test_bridge_rules as bridge
from tests.rules import test_clamshell_rules as clamshell
from tests.rules import test_march_rules as march
from tests.rules import test_squat_rules as squat
from tests.rules.stories import Table

BY = (1.3, 0.7)
TABLES: Sequence[Table] = [*squat.TABLES, *bridge.TABLES, *clamshell.TABLES, *march.TABLES]

NOT_COUNTED = "bridges are not counted from the foot end, so it never judges"
KNOWN = {
    "knees_in": NOT_COUNTED,
    "pelvic_drop": NOT_COUNTED,
    "missed_alternation same_leg_lifts limits[0].on x 1.3": "three is more than 2 and more than 2.6",
    "limits[1].off": "a strong limit has no falling edge of its own: the weak one clears both",
    "stance_width stance_ratio valid_fraction": "the rest posture is the median of what was seen of it",
}
"""What nothing can notice, and why."""


@dataclass(frozen=True)
class Change:
    """One thing broken, and in which row; `patch` breaks what is not a number of the row."""

    what: str
    exercise: str
    rule: FaultRule
    changed: FaultRule
    patch: Callable[[], AbstractContextManager[object]] = nullcontext

    def __str__(self) -> str:
        return f"{self.exercise}: {self.rule.code} {self.rule.measure} {self.what}"


# What can be broken


def changes(codes: Sequence[str] = ()) -> list[Change]:
    """Return every change to the rows of these codes; of all when none is named."""
    return [
        change
        for name, exercise in EXERCISES.items()
        for rule in exercise.rules
        if not codes or rule.code in codes
        for change in (*_numbers(name, rule), *_swaps(name, rule), *_constants(name, rule))
    ]


def _numbers(exercise: str, rule: FaultRule) -> Iterator[Change]:
    for by in BY:
        for i, limit in enumerate(rule.limits):
            for edge in ("on", "off") if rule.when is When.HELD else ("on",):
                broken = replace(limit, **{edge: by * getattr(limit, edge)})
                limits = (*rule.limits[:i], broken, *rule.limits[i + 1 :])
                yield Change(f"limits[{i}].{edge} x {by}", exercise, rule, replace(rule, limits=limits))
        for name in _deciding(rule):
            broken = replace(rule, **{name: by * getattr(rule, name)})
            yield Change(f"{name} x {by}", exercise, rule, broken)
    for name in rule.landmarks:
        fewer = tuple(one for one in rule.landmarks if one != name)
        yield Change(f"does not ask for the {name}", exercise, rule, replace(rule, landmarks=fewer))


def _deciding(rule: FaultRule) -> list[str]:
    """Return the numbers that decide in a row besides its limits."""
    held = rule.when is When.HELD
    decides = {
        "min_duration_s": held,
        "min_rise": held and rule.min_rise > 0,
        "still_per_s": rule.against is Against.BEST,
        "min_rate_hz": rule.min_rate_hz > 0,
        "min_visibility": bool(rule.landmarks),
        "max_off_deg": rule.max_off_deg < 90,
        "valid_fraction": True,
        "error": rule.error > 0 and rule.from_plan not in rules.GRANTED_HERE,
    }
    return [name for name, does in decides.items() if does]


def _swaps(exercise: str, rule: FaultRule) -> Iterator[Change]:
    def swap(what: str, changed: FaultRule = rule, **patch: Callable[[], AbstractContextManager[object]]):
        return Change(what, exercise, rule, changed, **patch)

    by_frame = rule.when in (When.HELD, When.AT_TOP)
    if rule.of in (Of.NEAR, Of.WORKING) and by_frame:
        yield swap("reads the other leg", patch=_legs_swapped)
    if rule.of is Of.WORKING and by_frame:
        yield swap("reads the leg before the camera, whichever works", replace(rule, of=Of.NEAR))
    if rule.of is Of.EITHER:
        for side in Side:
            yield swap(f"reads only the {side} leg", patch=lambda side=side: _only(side))
    if rule.of is Of.WORKING_OVER_OTHER:
        yield swap("left over right, whichever works", replace(rule, of=Of.BODY))
    if rule.against is Against.REST_EITHER_WAY:
        yield swap("only to one side", replace(rule, against=Against.REST))


def _legs_swapped() -> AbstractContextManager[object]:
    other = {side: SIDES[side.other] for side in Side}
    return mock.patch.object(judging, "SIDES", other)


def _only(side: Side) -> AbstractContextManager[object]:
    return mock.patch.object(judging, "_sides", return_value=(side,))


def _constants(exercise: str, rule: FaultRule) -> Iterator[Change]:
    """Return the changes to numbers of the engine that decide in this row."""
    for by in BY:
        if rule.from_plan is FromPlan.HOLD:
            yield _constant(exercise, rule, rules, "HOLD_SHARE", by * rules.HOLD_SHARE)
        if rule.measure == "lift_rate":
            yield _constant(exercise, rule, judging, "PACE_LIFTS", round(by * judging.PACE_LIFTS))
        if rule.code == "forward_lean":
            yield _constant(exercise, rule, rules, "CLEAR_S", by * rules.CLEAR_S)


def _constant(exercise: str, rule: FaultRule, module: object, name: str, value: float) -> Change:
    return Change(f"{name} = {value}", exercise, rule, rule, lambda: mock.patch.object(module, name, value))


# Whether anything notices


class Remembering(Observer):
    """Gives the same answer to the same pose; what rules make of it is what changes here."""

    seen: dict[int, tuple[Pose, Observation]] = {}  # noqa: RUF012 - shared on purpose

    def observe(self, pose: Pose) -> Observation:
        if id(pose) not in self.seen:
            self.seen[id(pose)] = (pose, super().observe(pose))
        return self.seen[id(pose)][1]


def noticed(change: Change, tables: Sequence[Table] = TABLES) -> str | None:
    """Return the first story that goes otherwise than told with this change, None when none does."""
    exercise = EXERCISES[change.exercise]
    broken = [change.changed if one is change.rule else one for one in exercise.rules]
    own = [t for t in tables if t.row.exercise == change.exercise and t.row.fits(change.rule)]
    EXERCISES[change.exercise] = replace(exercise, rules=tuple(broken))
    try:
        with change.patch():
            return next((story for table in own if (story := _surprise(table))), None)
    finally:
        EXERCISES[change.exercise] = exercise
        for table in own:
            table.forget()


def _surprise(table: Table) -> str | None:
    table.forget()
    for i, rep in enumerate(table.reps):
        try:
            table.assert_told(i)
        except AssertionError:
            return f"{table}: {rep.story}"
    return None


def why(change: Change) -> str | None:
    """Return why nothing can notice a change, where that is known."""
    return next((reason for words, reason in KNOWN.items() if words in str(change)), None)


def main(codes: Sequence[str]) -> int:
    every, survivors = changes(codes), []
    with mock.patch.object(analyser, "Observer", Remembering):
        for change in every:
            found = noticed(change)
            print(  # noqa: T201
                f"{'seen    ' if found else 'SURVIVED'} {change}: {found or why(change)}", flush=True
            )
            survivors += [] if found else [change]
    unexplained = [change for change in survivors if why(change) is None]
    print(  # noqa: T201
        f"{len(every)} changes, {len(survivors)} not noticed, {len(unexplained)} of them unexplained"
    )
    return int(bool(unexplained))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
