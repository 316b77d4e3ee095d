"""Lines of keys, and values written as TOML."""

from __future__ import annotations

import math
import tomllib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.toml_text import key_lines, written_key, written_line, written_value

EVERYTHING = '''# [no] = 1
name = "x # [y] = 2"
[squat] # [not.this]
sets = 2
"hold_s" = 1   # a = b
checks.forward_lean.limit = 3
list = [1, # ] c = 3
 [2], {phantom = 1, d = {e = 2}}
]
text = """
[bridge]
k = 1 \\""" still inside
"""
raw = \'\'\'
[clamshell]
\'\'\'
[ squat . checks . 'heel_lift' ]
enabled = true
[bridge]
checks = { neck_lift = { limit = 1, severity = "log" }, "x".y = [1, 2], z = 2 }
"with space \\u0041" = 1
[[several]]
of = 1
[[several]]
of = 2
'''

quick = settings(max_examples=100, deadline=None, derandomize=True)

LINES = {
    "name": 2,
    "squat": 3,
    "squat.sets": 4,
    "squat.hold_s": 5,
    "squat.checks": 6,
    "squat.checks.forward_lean": 6,
    "squat.checks.forward_lean.limit": 6,
    "squat.list": 7,
    "squat.text": 10,
    "squat.raw": 14,
    "squat.checks.heel_lift": 17,
    "squat.checks.heel_lift.enabled": 18,
    "bridge": 19,
    "bridge.checks": 20,
    "bridge.checks.neck_lift": 20,
    "bridge.checks.neck_lift.limit": 20,
    "bridge.checks.neck_lift.severity": 20,
    "bridge.checks.x": 20,
    "bridge.checks.x.y": 20,
    "bridge.checks.z": 20,
    "bridge.with space A": 21,
    "several": 22,
    "several.of": 23,
}


def test_every_key_stands_where_it_stands():
    tomllib.loads(EVERYTHING)
    assert {".".join(path): line for path, line in key_lines(EVERYTHING).items()} == LINES


def test_windows_line_ends_count_once():
    assert key_lines(EVERYTHING.replace("\n", "\r\n")) == key_lines(EVERYTHING)


def paths(tables, before=()):
    """Yield the path of every key of nested dictionaries."""
    for name, value in tables.items():
        yield (*before, name)
        if isinstance(value, dict):
            yield from paths(value, (*before, name))


VALUES = st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=5)
TABLES = st.recursive(VALUES, lambda inside: st.dictionaries(st.text(max_size=4), inside, max_size=3))


def inline(value):
    if not isinstance(value, dict):
        return written_value(value)
    return "{" + ", ".join(f"{written_key(name)} = {inline(one)}" for name, one in value.items()) + "}"


@quick
@given(st.dictionaries(st.text(max_size=4), TABLES, max_size=4))
def test_what_is_written_is_read_and_found_again(tables):
    """Whatever the names and texts: brackets, hashes, quotes and line ends in them are no structure."""
    text = "".join(f"{written_key(name)} = {inline(value)}\n" for name, value in tables.items())
    assert tomllib.loads(text) == tables
    found = key_lines(text)
    assert set(found) == set(paths(tables))
    assert [found[name,] for name in tables] == list(range(1, len(tables) + 1))


@quick
@given(st.text(alphabet=st.sampled_from("ab[]{}=.,#\"'\\\n \t1"), max_size=40))
def test_any_text_gives_some_lines(text):
    assert all(1 <= line <= text.count("\n") + 1 for line in key_lines(text).values())


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, "true"),
        (7, "7"),
        (0.35, "0.35"),
        (np.float64(70), "70.0"),
        (np.float32(0.5), "0.5"),
        (math.inf, "inf"),
        ('a "b"\n\x7f', '"a \\"b\\"\\n\\u007f"'),
    ],
)
def test_values_are_written_as_toml(value, written):
    assert written_value(value) == written
    assert tomllib.loads(written_line("a b", value)) == {"a b": value}
