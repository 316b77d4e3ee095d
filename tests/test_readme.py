"""The README says what is so: commands, options, names, files and links exist, and its Python runs."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from formcheck import cli
from formcheck.exercises import EXERCISES
from formcheck.report import folder
from tests.clips import one_squat

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DISCLAIMER = """
This tool gives general exercise form suggestions from a camera. It is not a medical device, it does not
diagnose, and it can be wrong (camera angle, clothing, lighting, other people in frame). Stop if you feel
sharp or increasing pain, dizziness, chest pain or shortness of breath and seek medical help. Ask a
clinician before starting if you have had recent surgery, a fall, or any of the conditions listed under
'Before you start'. In an emergency call your local emergency number.
"""


def blocks(language: str) -> list[str]:
    """Return the fenced blocks in a language, in order."""
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def commands() -> list[list[str]]:
    """Return every command of every shell block, split into words; comments and redirections left away."""
    lines = "\n".join(blocks("sh")).replace("&&", "\n").splitlines()
    words = (shlex.split(line.partition(" > ")[0], comments=True) for line in lines)
    return [command for command in words if command]


def called(program: str) -> list[list[str]]:
    """Return the words after a program, for each of its calls."""
    return [words[1:] for words in commands() if words[0] in (program, f".venv/bin/{program}")]


def test_every_command_and_exercise_is_there():
    shown = {words[0] for words in called("formcheck")}
    assert shown == set(cli.COMMANDS)
    for name in EXERCISES:
        assert f"`{name}`" in README


@pytest.mark.parametrize("words", called("formcheck"), ids=" ".join)
def test_a_formcheck_command_is_valid(words):
    cli.parser().parse_args(words)


@pytest.mark.parametrize(
    "words", [words for words in called("python") if words[0].endswith(".py")], ids=" ".join
)
def test_a_script_is_there_and_takes_these_options(words):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    told = subprocess.check_output([sys.executable, ROOT / words[0], "--help"], text=True, env=environment)
    assert all(word in told for word in words[1:] if word.startswith("--"))


def test_the_ci_does_what_the_readme_says():
    (line,) = [line for block in blocks("sh") for line in block.splitlines() if "pytest" in line]
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").replace('"', "")
    for step in line.replace(".venv", "$venv").split(" && "):
        assert f"\n{step}\n" in script


def test_every_output_file_is_described():
    for name in (folder.POSES, folder.SUMMARY, folder.REPS, folder.FRAMES, folder.EVENTS, folder.ANNOTATED):
        assert f"`{name}`" in README


def test_every_link_and_sample_leads_somewhere():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    named = re.findall(r"\b(?:samples|benchmarks|docs)/[\w/]+\.\w+", README)
    assert {"LICENSE", "NOTICE"} <= set(links)
    for path in (*links, *named):
        assert "://" in path or (ROOT / path).exists() or ".formcheck" in path, path


def test_the_picture_is_small():
    assert (ROOT / "docs" / "annotated.png").stat().st_size < 300_000


def test_the_disclaimer_stands_there_word_for_word():
    assert " ".join(DISCLAIMER.split()) in " ".join(README.replace("\n> ", " ").split())
    assert "## Before you start" in README


def test_the_python_example_runs(tmp_path, monkeypatch, capfd):
    (example,) = blocks("python")
    (tmp_path / "samples").mkdir()
    one_squat(tmp_path / "samples" / "squat_side.mp4")
    monkeypatch.chdir(tmp_path)
    exec(example, {})
    printed = capfd.readouterr().out.splitlines()
    assert printed[0] == "1"
    assert printed[-1] == "1 1"
