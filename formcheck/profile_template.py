"""A commented profile to edit, made from the table of what may stand in one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from formcheck.errors import OutputError, UsageError
from formcheck.exercises import EXERCISES
from formcheck.profile import BUILT_IN
from formcheck.profile_keys import AFFECTED_SIDE, BASE, BLOCKS, CHECK, NAME, NAME_LENGTH, Key, check_codes
from formcheck.report.folder import text_file
from formcheck.report.text import printable
from formcheck.report.words import CHECK_WORDS
from formcheck.toml_text import written_value

HEAD = """\
# A plan for formcheck: what to aim for, what not to pass, how much to do, which form checks speak.
#
# Lines that begin with "# " explain. A line such as "#sets = 2" is an example: take its # away and write
# your own value. What stays as it is comes from the base named below. Words after a # at the end of a line
# explain too, with what is possible in brackets.
#
#   formcheck profile check FILE                 says what this file means, or where it has a mistake
#   formcheck review clip.mp4 --profile FILE     reviews a recording by it
#
# Units stand at the end of a name: _deg degrees, _s seconds, _per_min in a minute. Numbers have a point, not
# a comma. Angles are 0 when standing upright and grow as the joint bends. Hip bend is the angle between trunk
# and thigh, so a bent back counts into it. The rise of a knee in the clamshell is counted in thigh lengths:
# 0.35 is about 30 degrees of opening.
#
# target: what a full repetition reaches. It never decides what is counted.
# ceiling: what must not be passed. Reaching it brings one calm cue; passing it by more than the camera's
# error is marked range_limit, the strongest mark there is. Write it lower than the true limit:
# camera error about 8°: for a true limit of 90 write 80
# comfort_cap: what is better not passed, at or below the ceiling.
#
# What the camera cannot see: crossing the legs, turning the knee in. Tell such limits to the person.
"""

ABOUT_BASE = """\
# standard: usual targets. gentle: smaller ones, for a careful start. own: the target is 90 % of the median of
# the person's first three repetitions (then leave the target lines as they are). None of the built-in plans
# names a condition or an operation: such limits are yours, as the clinician, to write.
"""

ABOUT_CHECKS = """\
# Form checks of this exercise, each with its own [{exercise}.checks.NAME] line and the keys below it:
"""

EXAMPLE_CHECKS: Mapping[str, str] = {
    "squat": "forward_lean",
    "bridge": "neck_lift",
    "clamshell": "head_lifted",
    "seated_march": "slump",
}
WITH_LIMIT = ("squat",)
"""Where the template gives an example of a limit: elsewhere the unit would have to be explained first."""
COLUMN = 38


def template(name: str = "my plan") -> str:
    """Return a commented profile to edit; as it stands it says what the base says.

    Parameters
    ----------
    name : str
        Of the profile.
    """
    parts = [HEAD, f"{_commented(NAME, name, '')}\n", ABOUT_BASE, f"{_commented(BASE, BASE.example, '')}\n"]
    parts.append(f"{_commented(AFFECTED_SIDE, AFFECTED_SIDE.example)}\n")
    parts += [_template_block(exercise) for exercise in EXERCISES]
    return "\n".join(parts)


def _template_block(exercise: str) -> str:
    code = EXAMPLE_CHECKS[exercise]
    lines = [f"[{exercise}]", *(_commented(key, key.example) for key in BLOCKS[exercise])]
    lines += ["#", ABOUT_CHECKS.format(exercise=exercise).rstrip()]
    lines += [f"#   {code}: {CHECK_WORDS.get(code, code)}" for code in check_codes(exercise)]
    lines.append(f"#[{exercise}.checks.{code}]")
    lines += [_commented(key, key.example) for key in CHECK if key.name != "limit" or exercise in WITH_LIMIT]
    return "\n".join([*lines, ""])


def _commented(key: Key, value: object, marker: str = "#") -> str:
    shown = f"{value:g}" if isinstance(value, float) else written_value(value)
    possible = f" ({key.span})" if key.span else ""
    return f"{f'{marker}{key.name} = {shown}':<{COLUMN}} # {key.about}{possible}"


def write_template(path: str | os.PathLike[str]) -> None:
    """Write the template to a new file, named after it.

    Raises
    ------
    UsageError
        There is something of that name, or the name is that of a built-in profile.
    OutputError
        The file cannot be written; nothing is left behind.
    """
    given = os.fspath(path)
    if given in BUILT_IN:
        raise UsageError(f"{given} is the name of a built-in profile; name the file {given}.toml, say")
    if not Path(given).name or "\0" in given:
        raise UsageError(printable(f"'{given}' is no name for a file; take plan.toml, say"))
    if os.path.lexists(given):
        raise UsageError(printable(f"{given}: is there already and was left as it is; choose another name"))
    stem = name_after(given)
    text = template() if stem in BUILT_IN else template(stem)
    try:
        with text_file(Path(given)) as file:
            file.write(text)
    except OutputError as error:
        cause = error.__cause__
        why = cause.strerror if isinstance(cause, OSError) else None
        raise OutputError(
            printable(f"{given}: cannot be written ({why or cause}); choose another folder or name")
        ) from cause


def name_after(file: str) -> str:
    """Return the name of a profile that is named after its file."""
    stem = " ".join(printable(Path(file).stem).split())
    return stem[:NAME_LENGTH].strip() or "profile"
