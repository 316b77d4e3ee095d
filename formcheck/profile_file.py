"""Profiles as TOML files: read with every mistake told by its line, and written."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from formcheck.errors import UsageError
from formcheck.exercises import EXERCISES
from formcheck.exercises.spec import FromPlan
from formcheck.profile import BUILT_IN, CEILINGS, STANDARD, CheckSetting, ExercisePlan, Profile
from formcheck.profile_keys import (
    AIMED_AT,
    BLOCKS,
    CHECK,
    NOT_IN_A_CHECK,
    TARGETS,
    TOP,
    Key,
    check_codes,
    measure_key,
)
from formcheck.profile_template import name_after, template, write_template
from formcheck.report.text import printable
from formcheck.results import Severity
from formcheck.toml_text import key_lines, written_key, written_line

__all__ = ["canonical", "load", "parse", "template", "to_toml", "write_template"]

MAX_BYTES = 100_000
"""A profile is a page or two of text; what is larger is something else."""
SHOWN_LENGTH = 60
"""So much of a value or key that somebody wrote is repeated in a message."""

KeyPath = tuple[str, ...]


def load(name_or_path: str | os.PathLike[str]) -> Profile:
    """Return a built-in profile, or that of a file.

    Parameters
    ----------
    name_or_path : str or path-like
        ``standard``, ``gentle``, ``own``, or a TOML file; the built-in wins.

    Raises
    ------
    UsageError
        There is neither, or the file is no profile; one line that says where and why.
    """
    given = os.fspath(name_or_path)
    if given in BUILT_IN:
        return BUILT_IN[given]
    text = _text_of(given)
    profile = parse(text, given)
    if profile.name in BUILT_IN and profile != BUILT_IN[profile.name]:
        source = _Source(given, key_lines(text))
        raise source.problem(("name",), f'is "{profile.name}", as a built-in profile; choose another name')
    return profile


def parse(text: str, origin: str) -> Profile:
    """Return the profile that a TOML text describes.

    Parameters
    ----------
    text : str
    origin : str
        Where it is from, for messages; the stem of this is the name of a profile that has none.

    Raises
    ------
    UsageError
        The text is no TOML, or says something unknown or impossible; one line that names the origin, the
        line, the key, what was given and what is possible.
    """
    return _profile(_tables(text, origin), _Source(origin, key_lines(text)))


def canonical(profile: Profile) -> Profile:
    """Return a profile made in Python as its file would say it: checked, and in the form that is hashed.

    Raises
    ------
    UsageError
        It says something impossible.
    """
    origin = f"profile {_shown(profile.name)}"
    return _profile(_tables(to_toml(profile), origin), _Source(origin, {}))


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a profile is from, and on which lines its keys stand."""

    origin: str
    lines: Mapping[KeyPath, int]

    def problem(self, path: KeyPath, told: str) -> UsageError:
        """Return the error for a key."""
        line = f"line {self.lines[path]}: " if path in self.lines else ""
        return UsageError(printable(f"{self.origin}: {line}{_dotted(path)} {told}"))

    def table(self, path: KeyPath, value: object, known: Iterable[str]) -> Mapping[str, object]:
        """Return a block after making sure that it is one, and that every key in it is known."""
        if not isinstance(value, dict):
            raise self.problem(path, f"is {_shown(value)}; it must be a block: [{_dotted(path)}]")
        names = tuple(known)
        for name in value:
            if name not in names:
                raise self.problem((*path, name), f"is not known here; {_instead(path, name, names)}")
        return value

    def values(self, path: KeyPath, table: Mapping[str, object], keys: Iterable[Key]) -> dict[str, Any]:
        """Return the values that a block gives to these keys, each checked."""
        found = {}
        for key in keys:
            if key.name in table:
                value = table[key.name]
                if not key.accepts(value):
                    raise self.problem((*path, key.name), f"is {_shown(value)}; it must be {key.possible}")
                found[key.name] = key.canonical(value)
        return found


def _profile(tables: Mapping[str, object], source: _Source) -> Profile:
    if not tables:
        raise UsageError(
            printable(f"{source.origin}: says nothing; 'formcheck profile new FILE' writes one to edit")
        )
    tables = source.table((), tables, [*(key.name for key in TOP), *EXERCISES])
    given = source.values((), tables, TOP)
    base = BUILT_IN[given.get("base", STANDARD.name)]
    return Profile(
        name=given.get("name") or name_after(source.origin),
        plans={name: _plan(source, name, tables.get(name, {}), base) for name in EXERCISES},
        affected_side=given.get("affected_side", base.affected_side),
        own_target=base.own_target,
    )


def _plan(source: _Source, exercise: str, value: object, base: Profile) -> ExercisePlan:
    """Return the plan of one exercise: the base with what the block says instead."""
    path, keys = (exercise,), BLOCKS[exercise]
    table = source.table(path, value, [*(key.name for key in keys), "checks"])
    given = source.values(path, table, keys)
    before = base.plans[exercise]
    plan = replace(
        before,
        target=given.get(TARGETS[exercise].name, before.target),
        ceilings={**before.ceilings, **_by_measure(exercise, "ceiling", given)},
        comfort_caps={**before.comfort_caps, **_by_measure(exercise, "comfort_cap", given)},
        sets=given.get("sets", before.sets),
        repetitions=given.get("repetitions", before.repetitions),
        rest_s=given.get("rest_s", before.rest_s),
        hold_s=given.get("hold_s", before.hold_s) or None,
        tempo_s=_tempo(source, path, given) or before.tempo_s,
        max_lifts_per_min=given.get("max_lifts_per_min", before.max_lifts_per_min),
        alternate=given.get("alternate", before.alternate),
        side=given.get("side", before.side),
        checks={**before.checks, **_checks(source, exercise, table.get("checks", {}))},
    )
    _refuse_contradictions(source, exercise, plan, given, base)
    return plan


def _by_measure(exercise: str, prefix: str, given: Mapping[str, Any]) -> dict[str, float]:
    names = {measure: measure_key(prefix, measure) for measure in CEILINGS[exercise]}
    return {measure: given[name] for measure, name in names.items() if name in given}


def _tempo(source: _Source, path: KeyPath, given: Mapping[str, Any]) -> tuple[float, float] | None:
    names = ("tempo_out_s", "tempo_return_s")
    there = [name for name in names if name in given]
    if len(there) == 1:
        (missing,) = set(names) - set(there)
        raise source.problem((*path, there[0]), f"needs {missing} beside it; give both or none")
    return (given[names[0]], given[names[1]]) if there else None


def _checks(source: _Source, exercise: str, value: object) -> dict[str, CheckSetting]:
    """Return the checks that are changed; a setting that changes nothing is none."""
    path = (exercise, "checks")
    settings = {}
    for code, block in source.table(path, value, check_codes(exercise)).items():
        table = source.table((*path, code), block, [key.name for key in CHECK])
        given = source.values((*path, code), table, CHECK)
        if "limit" in given and not has_own_limit(exercise, code):
            raise source.problem(
                (*path, code, "limit"),
                "cannot be set: this check follows the target, the hold or the comfort cap of the plan; "
                "change that instead",
            )
        if "severity" in given:
            given["severity"] = Severity(given["severity"])
        settings[code] = CheckSetting(**given)
    return {code: setting for code, setting in settings.items() if setting != CheckSetting()}


def has_own_limit(exercise: str, code: str) -> bool:
    """Return whether a check has a limit of its own, not one that follows from the plan."""
    rows = [rule for rule in EXERCISES[exercise].rules if rule.code == code]
    return not rows or any(rule.from_plan in (None, FromPlan.PACE) for rule in rows)


def _refuse_contradictions(
    source: _Source, exercise: str, plan: ExercisePlan, given: Mapping[str, Any], base: Profile
) -> None:
    """Refuse targets and comfort caps that can only be reached beyond a ceiling."""
    target = TARGETS[exercise].name
    if base.own_target and target in given:
        raise source.problem(
            (exercise, target),
            f'cannot stand beside base = "{base.name}", whose targets are 90 % of what the person reaches; '
            'leave it away, or take base = "standard"',
        )
    for measure, ceiling in plan.ceilings.items():
        cap = plan.comfort_caps.get(measure)
        if cap is not None and cap > ceiling:
            raise source.problem(
                (exercise, measure_key("comfort_cap", measure)),
                f"is {cap:g}, above {measure_key('ceiling', measure)}, which is {ceiling:g}; "
                "it must be at or below it",
            )
    if not base.own_target:
        for prefix, bounds in (("ceiling", plan.ceilings), ("comfort_cap", plan.comfort_caps)):
            _refuse_target_beyond(source, exercise, plan.target, prefix, bounds)


def _refuse_target_beyond(
    source: _Source, exercise: str, target: float, prefix: str, bounds: Mapping[str, float]
) -> None:
    measure, sign = AIMED_AT[exercise]
    bound = bounds.get(measure)
    if bound is None or bound >= sign * target:
        return
    key = TARGETS[exercise].name
    told = f"is {bound:g}, below the target: {key} is {target:g}"
    possible = f"at least {target:g}" if sign > 0 else f"at least {-target:g} (minus the target)"
    raise source.problem(
        (exercise, measure_key(prefix, measure)), f"{told}; it must be {possible}, or change the target"
    )


# The text of a file


def _text_of(path: str) -> str:
    """Return what a file says, or the error that tells why it cannot be a profile."""
    if not path or not os.path.lexists(path):
        near = difflib.get_close_matches(path[:SHOWN_LENGTH].lower(), BUILT_IN, 1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise UsageError(
            printable(
                f"there is no profile {_shown(path)}{hint}; built in are {', '.join(BUILT_IN)}, and "
                "'formcheck profile new FILE' writes one to edit"
            )
        )
    if os.path.isdir(path):
        raise UsageError(printable(f"{path}: is a folder; name the profile file itself"))
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(
            printable(f"{path}: cannot be read ({error.strerror or error}); check the file")
        ) from error
    if len(data) > MAX_BYTES:
        raise UsageError(
            printable(f"{path}: is larger than {MAX_BYTES // 1000} kB; a profile is a page of text")
        )
    return _decoded(data, path)


def _decoded(data: bytes, origin: str) -> str:
    try:
        return data.decode("utf-8-sig")  # editors on Windows like to begin with a byte order mark
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(
            printable(f"{origin}: line {line}: is not text in UTF-8; save the file as UTF-8 in a text editor")
        ) from error


def _tables(text: str, origin: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        told = "has too many brackets inside one another; a profile needs none"
    except ValueError as error:  # of tomllib, and of numbers with thousands of digits
        told = _syntax_told(str(error), text)
    raise UsageError(printable(f"{origin}: {told}"))


def _syntax_told(message: str, text: str) -> str:
    """Return the line and, in plain words, why the text is no TOML."""
    why, _, where = message.rpartition(" (at ")
    at = re.match(r"line (\d+)", where)
    last = text.rstrip().count("\n") + 1
    number = int(at[1]) if at else last if where.startswith("end") else None
    line = f"line {number}: " if number else ""
    written = _cut(text.split("\n")[number - 1].strip()) if number else ""
    if why.startswith("Cannot overwrite"):
        return f"{line}{written.partition('=')[0].strip()} is there twice; keep one"
    if why.startswith("Cannot declare"):
        return f"{line}{written} is there twice; put everything under one"
    return (
        f"{line}cannot be understood ({_cut(why or message)}); write key = value, with a value such as 70, "
        '0.35, "left" or true'
    )


# Words for messages


def _shown(value: object) -> str:
    """Return a value that somebody wrote, as it may stand in a message."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{_cut(value)}"'
    if isinstance(value, int):
        return str(value) if abs(value) < 10**15 else "a very large number"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, dict | list):
        return "a block" if isinstance(value, dict) else "a list"
    return "a date or time"


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}…"


def _dotted(path: KeyPath) -> str:
    return ".".join(_cut(part) if re.fullmatch(r"[\w-]+", part) else _shown(part) for part in path)


def _instead(path: KeyPath, name: str, known: tuple[str, ...]) -> str:
    """Return what somebody may have meant by an unknown key."""
    if path[1:] == ("checks",) and name == NOT_IN_A_CHECK:
        return "this check speaks for the ceilings: leave the ceiling away instead"
    if path[1:] == () and path and name in check_codes(path[0]):
        return f"write [{_dotted((*path, 'checks', name))}]"
    if not path and any(name == key.name for keys in BLOCKS.values() for key in keys):
        return "it belongs below the line of an exercise, such as [squat]"
    begun = [one for one in known if name and one.startswith(name)]
    near = begun or difflib.get_close_matches(name[:SHOWN_LENGTH], known, 1)
    return f"did you mean {near[0]}?" if near else f"possible are {', '.join(known)}"


# Writing


def to_toml(profile: Profile) -> str:
    """Return a profile as the text of a file that `parse` reads back to the same profile.

    Targets are written out even where they are the base's, so that the text stays true when a later
    version's base is another.
    """
    base = "own" if profile.own_target else STANDARD.name
    lines = [written_line("name", profile.name), written_line("base", base)]
    if profile.affected_side is not None:
        lines.append(written_line("affected_side", profile.affected_side))
    for exercise, plan in profile.plans.items():
        lines += ["", f"[{written_key(exercise)}]", *_plan_lines(profile, exercise, plan)]
        for code, setting in plan.checks.items():
            lines += [f"[{written_key(exercise)}.checks.{written_key(code)}]", *_check_lines(setting)]
    return "\n".join([*lines, ""])


def _plan_lines(profile: Profile, exercise: str, plan: ExercisePlan) -> Iterator[str]:
    base = BUILT_IN["own"].plans.get(exercise)
    if not (profile.own_target and base and plan.target == base.target):
        yield written_line(TARGETS[exercise].name if exercise in TARGETS else "target", plan.target)
    for prefix, bounds in (("ceiling", plan.ceilings), ("comfort_cap", plan.comfort_caps)):
        for measure, value in bounds.items():
            yield written_line(measure_key(prefix, measure), value)
    out_s, return_s = plan.tempo_s or (None, None)
    told: tuple[tuple[str, object], ...] = (
        ("sets", plan.sets),
        ("repetitions", plan.repetitions),
        ("rest_s", plan.rest_s),
        ("hold_s", plan.hold_s),
        ("tempo_out_s", out_s),
        ("tempo_return_s", return_s),
        ("max_lifts_per_min", plan.max_lifts_per_min),
        ("alternate", plan.alternate or None),
        ("side", None if plan.side == "auto" else plan.side),
    )
    for name, given in told:
        if given is not None:
            yield written_line(name, given)


def _check_lines(setting: CheckSetting) -> Iterator[str]:
    yield written_line("enabled", setting.enabled)
    if setting.limit is not None:
        yield written_line("limit", setting.limit)
    if setting.severity is not None:
        yield written_line("severity", setting.severity)
