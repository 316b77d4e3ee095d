import hashlib
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
import types
from pathlib import Path

import jsonschema
import pytest

from formcheck import __version__
from formcheck.cli import COMMANDS, main, native_chatter_silenced, parser
from formcheck.errors import InputError, OutputError, Reason
from formcheck.report import words
from formcheck.report.exercise_text import EXERCISE_TEXTS
from formcheck.report.summary_json import summary_schema

ROOT = Path(__file__).parent.parent
PEOPLE = Path(__file__).parent / "report" / "people.py"

CHILD = """
import os, sys, time, types
sys.path[:0] = [{root!r}, {people!r}]
from people import FakeReview, example_summary
from formcheck.errors import InputError, Reason

def review(path, exercise="auto", *, on_progress=None, **options):
    {body}
    return FakeReview(example_summary())

fake = types.ModuleType("formcheck.review")
fake.review = review
sys.modules["formcheck.review"] = fake
from formcheck.cli import main
sys.exit(main(sys.argv[1:]))
"""


def _people():
    spec = importlib.util.spec_from_file_location("people_for_cli", PEOPLE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def reviewed(monkeypatch):
    """Replace the analysis; the calls it got are returned."""
    people = _people()
    calls = []

    def review(path, exercise="auto", **options):
        calls.append((path, exercise, options))
        if path.stat().st_size == 0:
            raise InputError(Reason.UNREADABLE, f"{path}: is empty; copy it again")
        return people.FakeReview(people.example_summary())

    fake = types.ModuleType("formcheck.review")
    fake.review = review
    monkeypatch.setitem(sys.modules, "formcheck.review", fake)
    return calls


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"not looked at")
    return path


def start(arguments, body="pass", **options):
    code = CHILD.format(root=str(ROOT), people=str(PEOPLE.parent), body=body)
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def run(arguments, body="pass", **options):
    process = start(arguments, body, **options)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


# Review


def test_review_writes_a_folder_and_says_what_was_found(clip, reviewed, capsys):
    assert main(["review", str(clip), "--no-video"]) == 0
    folder = clip.with_name("clip.mp4.formcheck")
    assert {path.name for path in folder.iterdir()} == {
        "summary.json",
        "reps.csv",
        "frames.csv",
        "events.jsonl",
        "poses.npz",
        "report.html",
    }
    out, err = capsys.readouterr()
    assert err == ""
    assert "Squat" in out
    assert "1 complete repetition, 1 partial" in out
    assert "leaning forward: 1 of 2 repetitions, 52 degrees at 2.4 s (limit 48), to improve" in out
    assert "needs a front view: knee alignment" in out
    assert "clip.mp4.formcheck" in out


def test_options_reach_the_analysis(clip, reviewed):
    options = ["--exercise", "seated-march", "--side", "left", "--affected-side", "none", "--model", "lite"]
    assert main(["review", str(clip), "--json", *options]) == 0
    path, exercise, given = reviewed[0]
    given.pop("on_progress")
    assert (path, exercise) == (clip, "seated_march")
    part = {"from_s": None, "to_s": None}
    assert given == {"side": "left", "affected_side": "none", "model": "lite", "profile": None} | part


def test_how_it_is_read_reaches_the_analysis(clip, reviewed):
    options = ["--rotate", "270", "--mirrored", "--slow-motion", "8", "--max-rate", "60"]
    assert main(["review", str(clip), "--json", *options, "--person", "at:1.5,0.2,0.5"]) == 0
    said = {"rotate": 270, "mirrored": True, "slow_motion": 8.0, "max_rate": 60.0, "person": "at:1.5,0.2,0.5"}
    assert reviewed[0][2].items() >= said.items()


def test_a_pattern_is_expanded_and_a_name_with_such_signs_is_not(tmp_path, reviewed):
    for name in ("b.mp4", "a.mp4", "c[1].mp4"):
        (tmp_path / name).write_bytes(b"x")
    assert main(["review", str(tmp_path / "*.mp4"), "--json"]) == 0
    assert [call[0].name for call in reviewed] == ["a.mp4", "b.mp4", "c[1].mp4"]
    reviewed.clear()
    assert main(["review", str(tmp_path / "c[1].mp4"), "--json"]) == 0
    assert [call[0].name for call in reviewed] == ["c[1].mp4"]


@pytest.mark.skipif(sys.platform == "win32", reason="names of 255 bytes")
@pytest.mark.parametrize("name", ["x" * 251 + ".mp4", "\u6df1" * 80 + ".mp4", "y" * 211 + ".mp4"])
def test_a_long_name_gets_its_results(tmp_path, reviewed, capsys, name):
    path = tmp_path / name
    path.write_bytes(b"not looked at")
    arguments = ["review", str(path), "--no-video", "--export", "openpose"]
    assert main(arguments) == 0
    (folder,) = (one for one in tmp_path.iterdir() if one.is_dir())
    assert (folder / "report.html").exists()
    assert len(list((folder / "openpose").iterdir())) == 40
    out = capsys.readouterr().out
    assert ("was shortened" in " ".join(out.split())) == (folder.name != name + ".formcheck")
    assert main(arguments) == 0
    assert len(list(tmp_path.iterdir())) == 2, "the same name again"


def test_json_is_the_summary_and_nothing_else(clip, reviewed, capsys):
    assert main(["review", str(clip), "--json"]) == 0
    out, err = capsys.readouterr()
    jsonschema.Draft202012Validator(summary_schema()).validate(json.loads(out))
    assert err == ""
    assert out.isascii()
    assert list(clip.parent.iterdir()) == [clip]


def test_json_of_several_is_an_array(clip, reviewed, capsys):
    assert main(["review", str(clip), str(clip), "--json"]) == 0
    assert [one["schema"] for one in json.loads(capsys.readouterr().out)] == ["formcheck.summary/2"] * 2


def test_json_with_out_prints_and_writes(clip, reviewed, capsys, tmp_path):
    assert main(["review", str(clip), "--json", "--no-video", "--out", str(tmp_path / "out")]) == 0
    written = tmp_path / "out" / "clip.mp4.formcheck" / "summary.json"
    assert json.loads(capsys.readouterr().out) == json.loads(written.read_text())


def test_quiet_writes_and_says_nothing(clip, reviewed, capsys):
    assert main(["review", str(clip), "--quiet", "--no-video"]) == 0
    assert capsys.readouterr() == ("", "")
    assert clip.with_name("clip.mp4.formcheck").is_dir()


def test_several_recordings_have_a_folder_each(tmp_path, reviewed):
    clips = [tmp_path / name for name in ("a.mp4", "b.mp4")]
    for clip in clips:
        clip.write_bytes(b"x")
    assert main(["review", *map(str, clips), "--no-video", "--out", str(tmp_path / "out")]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "a.mp4.formcheck",
        "b.mp4.formcheck",
        "report.html",
    ]


def test_one_unusable_recording_does_not_stop_the_others(tmp_path, clip, reviewed, capsys):
    empty = tmp_path / "empty.mp4"
    empty.touch()
    assert main(["review", str(empty), str(clip), "--no-video"]) == 2
    out, err = capsys.readouterr()
    assert "1 of 2 recordings could not be reviewed" in err
    assert err.count("\n") == 1
    assert "1 complete repetition" in out


def test_poses_are_scored_again_in_their_folder(clip, reviewed, capsys):
    main(["review", str(clip), "--no-video"])
    poses = clip.with_name("clip.mp4.formcheck") / "poses.npz"
    before = poses.read_bytes()
    (poses.parent / "summary.json").unlink()
    assert "earlier review" not in capsys.readouterr().out
    assert main(["review", str(poses)]) == 0
    assert (poses.parent / "summary.json").exists()
    assert not (poses.parent / "annotated.mp4").exists()
    assert poses.read_bytes() == before
    (poses.parent / "annotated.mp4").touch()
    main(["review", str(poses)])
    assert "annotated.mp4 there is from an earlier review" in capsys.readouterr().out


# Several recordings, decisions, the browser


@pytest.fixture
def decided(tmp_path):
    """Write a file of decisions about the example recording, and return its path."""

    def write(**changes):
        sha256 = hashlib.sha256(b"test").hexdigest()
        fault = {"rep": 1, "code": "forward_lean", "decision": "rejected", "note": "<script>"}
        document = {"schema": "formcheck.decisions/1", "source_sha256": sha256, "faults": [fault]}
        path = tmp_path / "decisions.json"
        path.write_text(json.dumps(document | {"reps": {"1": {"count": False}}} | changes), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("out", "report"), [(None, "assessment.formcheck/report.html"), ("out", "out/report.html")]
)
def test_several_recordings_also_have_a_report_together(tmp_path, reviewed, capsys, out, report):
    clips = [tmp_path / "a.mp4", tmp_path / "b c.mp4"]
    for clip in clips:
        clip.write_bytes(b"x")
    to = ["--out", str(tmp_path / out)] if out else []
    assert main(["review", *map(str, clips), "--no-video", *to]) == 0
    assert (tmp_path / report).exists()
    told = " ".join(capsys.readouterr().out.split())
    assert f"Together in {tmp_path / report}" in told
    assert "compared in the order given" in told
    assert "changed" not in told  # the error of no number is known
    assert {path.name for path in (tmp_path / report).parent.iterdir()} >= {"report.html"}


def test_one_usable_recording_of_two_makes_no_report_together(tmp_path, clip, reviewed):
    empty = tmp_path / "empty.mp4"
    empty.touch()
    assert main(["review", str(clip), str(empty), "--no-video"]) == 2
    assert not (tmp_path / "assessment.formcheck").exists()


def test_decisions_are_shown_and_left_as_they_are(tmp_path, reviewed, decided, capsys):
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"test")
    path = decided()
    before = path.read_bytes()
    assert main(["review", str(clip), "--no-video", "--decisions", str(path)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "1 complete repetition, 1 partial" in told  # the software's, as ever
    assert "Therapist's decisions: 0 complete repetitions, the software counted 1." in told
    assert "leaning forward (forward_lean): agreement in 0 of 1: 1 rejected." in told
    folder = tmp_path / "clip.mp4.formcheck"
    assert json.loads((folder / "summary.json").read_text())["reps"]["complete"] == 1
    assert "&lt;script" in (html := (folder / "report.html").read_text()) or "\\u003cscript" in html
    home = folder / "decisions.json"
    home.write_bytes(before)
    assert main(["review", str(folder / "poses.npz"), "--quiet", "--decisions", str(home)]) == 0
    assert path.read_bytes() == home.read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"source_sha256": "ab" * 32}, "source_sha256 is that of another recording: abababababab;"),
        ({"schema": "x"}, 'schema is "x"'),
        ({"reps": {"7": {"count": True}}}, 'reps."7" is a repetition that is not there'),
    ],
)
@pytest.mark.usefixtures("reviewed")
def test_decisions_about_something_else_are_refused(tmp_path, decided, capsys, changes, told):
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"test")
    path = decided(**changes)
    assert main(["review", str(clip), "--no-video", "--decisions", str(path)]) == 2
    assert told in (err := capsys.readouterr().err)
    assert str(path) in err
    assert not (tmp_path / "clip.mp4.formcheck").exists()


def test_decisions_about_one_of_several(tmp_path, reviewed, decided, capsys):
    clips = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    clips[0].write_bytes(b"other")
    clips[1].write_bytes(b"test")
    assert main(["review", *map(str, clips), "--no-video", "--decisions", str(decided())]) == 0
    assert "Therapist's decisions" in capsys.readouterr().out


def test_the_report_is_opened(tmp_path, clip, reviewed, monkeypatch, capsys):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or len(opened) < 3)
    assert main(["review", str(clip), "--no-video", "--open"]) == 0
    other = tmp_path / "b.mp4"
    other.write_bytes(b"x")
    assert main(["review", str(clip), str(other), "--no-video", "--open"]) == 0
    assert opened == [
        (tmp_path / "clip.mp4.formcheck" / "report.html").as_uri(),
        (tmp_path / "assessment.formcheck" / "report.html").as_uri(),
    ]
    assert "no browser" not in capsys.readouterr().out
    assert main(["review", str(clip), "--no-video", "--open"]) == 0
    assert "There is no browser to open; the report is" in capsys.readouterr().out


def test_a_part_and_exports_reach_their_place(clip, reviewed, capsys):
    assert (
        main(["review", str(clip), "--no-video", "--from", "1.5", "--to", "20", "--export", "MOT, trc"]) == 0
    )
    assert (reviewed[0][2]["from_s"], reviewed[0][2]["to_s"]) == (1.5, 20.0)
    folder = clip.with_name("clip.mp4.formcheck")
    assert {"angles.mot", "landmarks.trc"} < {path.name for path in folder.iterdir()}
    assert "angles.mot" in capsys.readouterr().out


def test_hidden_faces_are_promised_of_the_person_measured_only(clip, reviewed, capsys):
    assert main(["review", str(clip), "--no-video", "--blur-face"]) == 0
    assert "others in the picture, or in a mirror, may not be" in capsys.readouterr().out


# Wrong use: one line, exit code 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "no command given"),
        (["coach", "clips"], "'coach' is not a command of version"),
        (["reveiw", "x.mp4"], "'reveiw' is not a command"),
        (["--bogus"], "see 'formcheck --help'"),
        (["review"], "VIDEO"),
        (["review", "nosuch.mp4"], "nosuch.mp4: there is no such file"),
        (["review", "."], "is a folder"),
        (["review", ""], "an empty name was given"),
        (["review", "rtsp://anna:secret@10.0.0.1/live"], "rtsp://10.0.0.1/live: is an address"),
        (["review", "https://host/clip.mp4"], "https://host/clip.mp4: is an address"),
        (["review", "s3://clinic/clip.mp4"], "give it to 'formcheck batch'"),
        (["review", "nosuch-*.mp4"], "no file fits the pattern nosuch-*.mp4"),
        (["review", __file__, "--rotate", "45"], "90, 180 or 270 degrees, not by '45'"),
        (["review", __file__, "--slow-motion", "fast"], "'fast' is not a number"),
        (["review", __file__, "--max-rate", "0"], "0 is no highest rate"),
        (["review", __file__, "--person", "her"], "'her' names no person"),
        (["review", __file__, "--exercise", "plank"], "no exercise 'plank'"),
        (["review", __file__, "--profile", "gentel"], "did you mean gentle?"),
        (["review", __file__, "--profile", __file__], "test_cli.py: line 1: "),
        (["review", __file__, "--side", "up"], "--side"),
        (["review", __file__, "--affected", "left"], "--affected"),
        (["review", __file__, "--quiet", "--verbose"], "not allowed with"),
        (["review", __file__, __file__, "--out", "x"], "two recordings"),
        (["review", __file__, "--from", "-1"], "'-1' is not a time in seconds"),
        (["review", __file__, "--from", "1:30"], "'1:30' is not a time in seconds"),
        (["review", __file__, "--to", "nan"], "'nan' is not a time in seconds"),
        (["review", __file__, "--export", "c3d"], "no export 'c3d'; there are: trc, mot, openpose"),
        (["review", __file__, "--export", ""], "no export ''"),
        (["review", __file__, "--blur-face", "--stick-figure"], "not allowed with"),
        (["review", __file__, "--decisions", "nosuch.json"], "nosuch.json: cannot be read"),
        (["review", __file__, "--decisions", __file__], "test_cli.py: is no JSON"),
        (["review", __file__, "--json", "--open"], "--open needs a folder to write to"),
        (["review", __file__, "--json", "--export", "trc"], "--export needs a folder"),
        (["exercises", "plank"], "squat, bridge, clamshell, seated_march"),
        (["review", "a\x1b[31m\nb\u202e.mp4"], r"a\x1b[31m\nb\u202e.mp4"),
    ],
)
def test_wrong_use_is_told_in_one_line(arguments, told, capsys):
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err
    assert err.startswith("formcheck: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert err.strip().isprintable()


def test_an_unwritable_place_is_told_before_the_analysis(clip, reviewed, capsys):
    blocked = clip.with_name("clip.mp4.formcheck")
    blocked.touch()
    assert main(["review", str(clip)]) == 2
    assert "a file is where the result folder should be" in capsys.readouterr().err
    assert reviewed == []


def test_an_unusable_recording_leaves_no_folder(tmp_path, reviewed, capsys):
    empty = tmp_path / "empty.mp4"
    empty.touch()
    assert main(["review", str(empty)]) == 2
    assert "is empty" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [empty]


# Bugs, Ctrl-C, pipes


def test_a_bug_shows_its_traceback_and_exits_with_3(clip):
    code, out, err = run(["review", clip, "--json"], "raise ZeroDivisionError('ours')")
    assert code == 3
    assert "Traceback" in err
    assert err.endswith("ZeroDivisionError: ours\n")
    assert out == ""


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_exits_with_130_and_one_line(clip):
    # Tests that a shell starts in the background inherit a Ctrl-C that is ignored.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    process = start(["review", clip, "--no-video"], heard + "print('ready', flush=True); time.sleep(30)")
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert err == "formcheck: stopped; what was finished before is kept\n"


def test_chatter_of_native_libraries_is_silenced(clip):
    noise = "os.write(2, b'W0000 native noise\\n'); print('python noise', file=sys.stderr)"
    code, out, err = run(["review", clip, "--json"], noise)
    assert (code, err) == (0, "")
    assert json.loads(out)["schema"] == "formcheck.summary/2"
    code, _, err = run(["review", clip, "--json", "--verbose"], noise)
    assert code == 0
    assert "native noise" in err


def test_errors_are_told_although_chatter_is_silenced(clip):
    body = "os.write(2, b'noise'); raise InputError(Reason.NO_PERSON, f'{path.name}: nobody to be seen')"
    assert run(["review", clip], body) == (2, "", "formcheck: clip.mp4: nobody to be seen\n")


def test_our_own_words_pass_while_others_are_silenced(capfd):
    with native_chatter_silenced() as stream:
        os.write(2, b"noise\n")
        stream.write("ours\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "ours\nafter\n"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_a_reader_that_leaves_early_is_no_error(clip):
    process = start(["review", clip, "--json"], "time.sleep(0.5)")
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_cannot_be_written_is_told(clip):
    with open("/dev/full", "w") as full:
        code = CHILD.format(root=str(ROOT), people=str(PEOPLE.parent), body="pass")
        done = subprocess.run(
            [sys.executable, "-c", code, "review", str(clip), "--json"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("formcheck: standard output cannot be written (No space left")
    assert done.stderr.count("\n") == 1


def test_closed_standard_streams_are_no_bug(clip):
    command = f'exec "{sys.executable}" -m formcheck review nosuch.mp4 2>&- >&-'
    done = subprocess.run(["sh", "-c", command], check=False, cwd=ROOT)
    assert done.returncode == 2


# Progress


def test_progress_is_shown_on_a_terminal_only(clip):
    pty = pytest.importorskip("pty")
    body = "on_progress and [on_progress('poses', i / 10, 2.0) for i in range(20)]"
    master, slave = pty.openpty()
    code = CHILD.format(root=str(ROOT), people=str(PEOPLE.parent), body=body)
    child = subprocess.Popen(
        [sys.executable, "-c", code, "review", str(clip), "--no-video"],
        stdout=subprocess.PIPE, stderr=slave, env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip
    out, _ = child.communicate(timeout=20)
    os.close(slave)
    shown = os.read(master, 65536).decode()
    os.close(master)
    assert "Looking for the body" in shown
    assert "\x1b" not in out.decode()
    assert run(["review", clip, "--no-video"], body)[2] == ""


# Help


def test_help_names_only_what_works(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    told = capsys.readouterr().out
    assert set(COMMANDS) == {"live", "review", "batch", "profile", "exercises", "history", "doctor"}
    for name in COMMANDS:
        assert name in told
    assert "Not a medical device" in " ".join(told.split())


def test_help_of_review_teaches(capsys):
    with pytest.raises(SystemExit):
        main(["review", "--help"])
    told = capsys.readouterr().out
    options = ("--from", "--to", "--open", "--decisions", "--export", "--blur-face", "--stick-figure")
    files = ("summary.json", "annotated.mp4", "report.html", "examples:")
    for word in ("--exercise", "--affected-side", "--json", *options, *files):
        assert word in told


def test_version(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"formcheck {__version__}\n"


@pytest.mark.parametrize("name", EXERCISE_TEXTS)
def test_every_exercise_has_its_page(name, capsys):
    assert main(["exercises", name.replace("_", "-")]) == 0
    told = capsys.readouterr().out
    assert name in told
    patient, _, therapist = told.partition("For therapists")
    for heading in (
        "What it helps",
        "How to do it",
        "How it should feel",
        "Easier",
        "Harder",
        "When to stop",
    ):
        assert f"\n{heading}\n" in patient
    for heading in ("Camera", "Measured, by camera position", "Sources"):
        assert f"\n{heading}\n" in therapist
    assert not re.search("|".join(words.NOT_SHOWN), patient, re.IGNORECASE)
    assert max(map(len, told.splitlines())) <= 96


def test_exercises_are_listed(capsys):
    assert main(["exercises"]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in EXERCISE_TEXTS)


def test_heavy_libraries_are_not_loaded_for_help_and_poses(clip):
    check = textwrap.dedent(
        """
        import sys
        sys.path.insert(0, {root!r})
        from formcheck.cli import main
        try:
            main({arguments!r})
        except SystemExit:
            pass
        heavy = {{"mediapipe", "cv2", "av", "rich", "scipy", "PIL"}}
        print(sorted(heavy & set(sys.modules)), file=sys.stderr)
        """
    )
    for arguments in (["--help"], ["exercises", "squat"], ["review", "nosuch.mp4"]):
        code = check.format(root=str(ROOT), arguments=arguments)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stderr.splitlines()[-1] == "[]"
    body = "import atexit; atexit.register(lambda: print({'mediapipe','cv2'} & set(sys.modules)))"
    _, out, _ = run(["review", clip, "--no-video", "--quiet"], body)
    assert out == "set()\n"


def test_python_m_formcheck_runs():
    done = subprocess.run(
        [sys.executable, "-m", "formcheck", "--version"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"formcheck {__version__}\n")


def test_parser_accepts_no_abbreviations():
    assert parser().allow_abbrev is False


def test_output_errors_are_told(clip, reviewed, capsys, monkeypatch):
    def full(*_):
        raise OutputError("out: the disk is full; free some space")

    monkeypatch.setattr("formcheck.report.folder.write_folder", full)
    assert main(["review", str(clip)]) == 2
    assert capsys.readouterr().err == "formcheck: out: the disk is full; free some space\n"
