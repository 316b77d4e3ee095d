"""One line per session: kept, read back, shown; whatever happens to the file."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from formcheck import history
from formcheck.errors import OutputError
from formcheck.history import Entry, History, SetEntry, append, data_folder, history_text, load
from formcheck.report.words import NOT_SHOWN

SQUAT = Entry(
    date="2026-05-01T10:20:31+02:00",
    exercise="squat",
    sets=(SetEntry(8, 0, None, 84.2), SetEntry(7, 1, None, 80.0)),
    unit="deg",
    pain_before=2,
    pain_after=1,
    reason="done",
    profile="standard",
)
CLAMSHELL = Entry(
    date="2026-05-02T09:00:00+02:00",
    exercise="clamshell",
    sets=(SetEntry(8, 0, "left", 0.35), SetEntry(3, 0, "right", 0.31)),
    unit="ratio",
    pain_before=None,
    pain_after=4,
    reason="pain",
    profile="gentle",
)


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / history.FILE


def test_nothing_yet():
    assert load() == History(())
    assert "No session yet" in history_text(load().entries)


def test_what_is_kept_comes_back():
    append(SQUAT)
    append(CLAMSHELL)
    assert load() == History((SQUAT, CLAMSHELL))


def test_the_table():
    assert history_text((SQUAT, CLAMSHELL)) == (
        "When              Exercise   Repetitions       Range          Pain    How it ended     Profile\n"
        "2026-05-01 10:20  squat      8 + 7 (1 short)   82°            2 to 1  all done         standard\n"
        "2026-05-02 09:00  clamshell  left 8 + right 3  33 % of thigh  ? to 4  because of pain  gentle\n"
    )


def test_an_empty_session():
    empty = replace(SQUAT, sets=(), pain_before=None, pain_after=None, reason="new reason")
    assert history_text([empty]).splitlines()[1].split() == (
        ["2026-05-01", "10:20", "squat", "none", "-", "-", "stopped", "early", "standard"]
    )


def test_nothing_that_is_never_said():
    entries = [replace(SQUAT, reason=reason) for reason in [*history.REASON_WORDS, "?"]]
    text = (history_text(entries, 2) + history.NOTHING).lower()
    assert not [word for word in NOT_SHOWN if word in text]


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b"null",
        b"7",
        b"\xff\xfe",
        b"{}",
        b"[" * 100_000,
        json.dumps({"format": "formcheck.history/9", **asdict(SQUAT)}).encode(),
        json.dumps({"format": history.FORMAT, **asdict(SQUAT), "date": "yesterday"}).encode(),
        json.dumps({"format": history.FORMAT, **asdict(SQUAT), "sets": [3]}).encode(),
        json.dumps({"format": history.FORMAT, **asdict(SQUAT), "pain_after": "much"}).encode(),
    ],
)
def test_an_unreadable_line_is_left_out(kept, line):
    append(SQUAT)
    with kept.open("ab") as file:
        file.write(line)  # and no line end, as after a power cut
    append(CLAMSHELL)
    assert load() == History((SQUAT, CLAMSHELL), 1)
    assert "One line was left out" in history_text(load().entries, load().skipped)


def test_control_characters_do_not_reach_the_terminal():
    append(replace(SQUAT, profile="a\x1b[31m\nb", exercise="x" * 100))
    assert len(history_text(load().entries).splitlines()) == 2
    assert "\x1b" not in history_text(load().entries)


def test_many_at_once(kept):
    code = (
        "import json, sys\nfrom formcheck.history import Entry, SetEntry, append\n"
        "for i in range(50): append(Entry('2026-05-01T10:20:31', 'squat', (SetEntry(i),), 'deg', None, None,"
        " 'done', sys.argv[1] * 500))"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", code, name], cwd=Path(__file__).parents[1]) for name in "abc"
    ]
    assert [child.wait(20) for child in children] == [0, 0, 0]
    told = load()
    assert (len(told.entries), told.skipped) == (150, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_only_the_user_may_read_it(kept):
    append(SQUAT)
    assert kept.stat().st_mode & 0o077 == 0
    assert kept.parent.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_written(kept):
    kept.parent.write_text("a file")
    with pytest.raises(OutputError, match="FORMCHECK_DATA"):
        append(SQUAT)
    with pytest.raises(OutputError, match="FORMCHECK_DATA"):
        load()


def test_a_disk_that_takes_only_a_part(monkeypatch):
    append(SQUAT)
    with monkeypatch.context() as patch:
        whole = history.os.write
        patch.setattr(history.os, "write", lambda descriptor, data: whole(descriptor, data[:20]))
        with pytest.raises(OutputError, match="full"):
            append(SQUAT)
    append(CLAMSHELL)
    assert load() == History((SQUAT, CLAMSHELL), 1)


@pytest.mark.parametrize(
    ("system", "environment", "expected"),
    [
        ("linux", {}, "home/.local/share/formcheck"),
        ("linux", {"XDG_DATA_HOME": "/x/data"}, "/x/data/formcheck"),
        ("linux", {"XDG_DATA_HOME": "relative"}, "home/.local/share/formcheck"),
        ("darwin", {"XDG_DATA_HOME": "/x/data"}, "home/Library/Application Support/formcheck"),
        ("win32", {"LOCALAPPDATA": "/x/local"}, "/x/local/formcheck"),
        ("win32", {}, "home/AppData/Local/formcheck"),
        ("linux", {"FORMCHECK_DATA": "/x/own"}, "/x/own"),
    ],
)
def test_where_it_is(tmp_path, monkeypatch, system, environment, expected):
    for name in ("FORMCHECK_DATA", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(history.sys, "platform", system)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    assert data_folder() == (Path(expected) if expected.startswith("/") else tmp_path / expected)


def test_a_median_range():
    assert history.median_range([]) is None
    assert history.median_range([80.0, 90.0, 84.12345]) == 84.123


def test_now_is_read_back():
    append(replace(SQUAT, date=history.now()))
    assert load().skipped == 0
