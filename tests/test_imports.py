"""Imports point one way, from the edges to the middle; heavy libraries stay at their one place."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import formcheck

PACKAGE = Path(formcheck.__file__).parent
MIDDLE = (
    "formcheck.analyser",
    "formcheck.atlas",
    "formcheck.correction",
    "formcheck.counting",
    "formcheck.errors",
    "formcheck.exercises",
    "formcheck.frame",
    "formcheck.geometry",
    "formcheck.judging",
    "formcheck.kinematics",
    "formcheck.movement",
    "formcheck.observer",
    "formcheck.own_body",
    "formcheck.plan",
    "formcheck.pose.conditioning",
    "formcheck.pose.skeleton",
    "formcheck.pose.sighting",
    "formcheck.pose.smoothing",
    "formcheck.profile",
    "formcheck.ranges",
    "formcheck.recognition",
    "formcheck.reps",
    "formcheck.results",
    "formcheck.rules",
    "formcheck.view",
)
"""Pure: these import one another and nothing else of formcheck."""
ALLOWED_IN_THE_MIDDLE = {"numpy", "__future__"}
"""Besides the standard library (of which no file, no clock, no network)."""
IMPURE_STANDARD = {
    *("datetime", "io", "logging", "multiprocessing", "os", "pathlib", "random", "shutil", "socket"),
    *("subprocess", "sys", "tempfile", "threading", "time", "urllib"),
}
ONLY_IN = {
    "mediapipe": ("formcheck.pose.blazepose",),
    "av": ("formcheck.video",),
    "cv2": ("formcheck.video.cameras",),
    "fsspec": ("formcheck.batch.places",),
    "pyarrow": ("formcheck.batch.tables",),
    "ray": ("formcheck.batch.ray_crew",),
    "torch": (),
    "matplotlib": (),
    "requests": (),
}
"""Third-party library: the only modules that may import it, at any depth of the code."""


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(source: str, module: str) -> set[str]:
    """Return the full names of all modules imported anywhere in the source, functions included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".")[: -node.level] if node.level else []
            base = ".".join([*package, *([node.module] if node.module else [])])
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return names


def inside(name: str, modules: tuple[str, ...]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def complaints(sources: dict[str, str]) -> list[str]:
    """Return what breaks the rules, one line each."""
    found = []
    everything = tuple(sources)
    for module, source in sources.items():
        for name in sorted(imported(source, module)):
            top = name.split(".")[0]
            if top in ONLY_IN and not inside(module, ONLY_IN[top]):
                found.append(f"{module} imports {name}")
            if not inside(module, MIDDLE):
                continue
            ours = inside(name, everything) or top == "formcheck"
            if ours and not inside(name, MIDDLE) and name not in PACKAGES_OF_THE_MIDDLE:
                found.append(f"{module} (middle) imports {name} (edge)")
            if not ours and (
                top in IMPURE_STANDARD or (top not in ALLOWED_IN_THE_MIDDLE and third_party(top))
            ):
                found.append(f"{module} (middle) imports {name}")
    return found


PACKAGES_OF_THE_MIDDLE = {"formcheck", "formcheck.pose"}


def third_party(top: str) -> bool:
    return top not in sys.stdlib_module_names


def sources() -> dict[str, str]:
    return {module_of(path): path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}


def test_imports_point_to_the_middle():
    assert complaints(sources()) == []


def test_the_list_of_the_middle_is_of_this_package():
    missing = [module for module in MIDDLE if not any(inside(one, (module,)) for one in sources())]
    assert missing == []


@pytest.mark.parametrize(
    ("module", "line", "complaint"),
    [
        (
            "formcheck.reps",
            "from formcheck.report import folder",
            "formcheck.reps (middle) imports formcheck.report",
        ),
        (
            "formcheck.analyser",
            "import formcheck.cli",
            "formcheck.analyser (middle) imports formcheck.cli (edge)",
        ),
        ("formcheck.analyser", "from formcheck import review", "imports formcheck.review (edge)"),
        ("formcheck.exercises.squat", "from formcheck.video.files import VideoFile", "(edge)"),
        (
            "formcheck.view",
            "from .report import x",
            "formcheck.view (middle) imports formcheck.report (edge)",
        ),
        ("formcheck.pose.smoothing", "from . import blazepose", "imports formcheck.pose.blazepose (edge)"),
        ("formcheck.reps", "import time", "formcheck.reps (middle) imports time"),
        ("formcheck.geometry", "import scipy.signal", "formcheck.geometry (middle) imports scipy.signal"),
        ("formcheck.report.panel", "import cv2", "formcheck.report.panel imports cv2"),
        ("formcheck.video.files", "import mediapipe as mp", "formcheck.video.files imports mediapipe"),
        ("formcheck.cli", "def f():\n    import av", "formcheck.cli imports av"),
        (
            "formcheck.pose.models",
            "from mediapipe.tasks import python",
            "formcheck.pose.models imports mediapipe",
        ),
    ],
)
def test_a_broken_example_is_caught(module, line, complaint):
    """The rule itself is tested: the same package with one forbidden line added."""
    broken = sources() | {module: f"{sources()[module]}\n{line}\n"}
    assert any(complaint in found for found in complaints(broken))


def test_allowed_examples_are_not_caught():
    fine = sources() | {
        "formcheck.reps": "import math\nimport numpy as np\nfrom formcheck.results import Phase\n",
        "formcheck.cli": "from formcheck.review import review\nfrom formcheck.analyser import Analyser\n",
        "formcheck.video.files": "import av\n",
        "formcheck.pose.blazepose": "def f():\n    import mediapipe\n",
    }
    assert complaints(fine) == []
