"""What an installed formcheck is made of, and that the code is clean."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from formcheck.exercises import EXERCISES

ROOT = Path(__file__).resolve().parent.parent
MODELS = ("pose_lite.task", "pose_full.task", "pose_heavy.task")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The content of the wheel, unpacked where nothing else of the project is."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    site = folder / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def test_the_wheel_carries_models_schema_and_type_marker(installed):
    package = installed / "formcheck"
    listed = dict(
        reversed(line.split()) for line in (package / "_models" / "checksums.txt").read_text().splitlines()
    )
    assert set(listed) == set(MODELS)
    for name in MODELS:
        assert hashlib.sha256((package / "_models" / name).read_bytes()).hexdigest() == listed[name]
    assert (package / "_models" / "LICENSE").is_file()
    assert (package / "report" / "summary.schema.json").is_file()
    assert all((package / "report" / "page" / f"page.{kind}").is_file() for kind in ("html", "css", "js"))
    assert (package / "py.typed").is_file()
    shown = {path.name for path in (package / "live" / "demonstrations").iterdir()}
    assert shown == {"README.md", *(f"{exercise}.mp4" for exercise in EXERCISES)}


def test_the_wheel_carries_the_code_and_nothing_else(installed):
    packed = {path.relative_to(installed) for path in (installed / "formcheck").rglob("*.py")}
    assert packed == {path.relative_to(ROOT) for path in (ROOT / "formcheck").rglob("*.py")}
    assert {path.name for path in installed.iterdir()} == {"formcheck", "formcheck-0.1.0.dist-info"}


def test_the_wheel_names_its_command_and_its_licences(installed):
    described = installed / "formcheck-0.1.0.dist-info"
    assert "formcheck = formcheck.cli:main" in (described / "entry_points.txt").read_text()
    licences = {str(path.relative_to(described / "licenses")) for path in described.rglob("licenses/**/*")}
    assert {"LICENSE", "NOTICE", "models/LICENSE"} <= licences
    required = [line for line in (described / "METADATA").read_text().splitlines() if "Requires-Dist" in line]
    assert "Requires-Dist: mediapipe==0.10.31" in required
    assert sum("opencv" in line and "extra" not in line for line in required) == 1


def test_an_installed_formcheck_finds_its_models_from_any_folder(installed, tmp_path):
    code = (
        "import formcheck; from formcheck.pose.models import VARIANTS, load_model; "
        "[load_model(name) for name in VARIANTS]; print(formcheck.__file__)"
    )
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    told = subprocess.check_output([sys.executable, "-c", code], cwd=tmp_path, env=environment, text=True)
    assert told.startswith(str(installed))


@pytest.mark.parametrize("check", [("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)], ids=" ".join)
def test_the_code_is_clean(check):
    done = subprocess.run(
        [sys.executable, "-m", *check], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
