"""The names promised in product.md §7, and what importing them costs."""

import subprocess
import sys
import types

import pytest

import formcheck

PROMISED = ("Analyser", "Pose", "Review", "review")
HEAVY = ("mediapipe", "av", "cv2", "scipy", "PIL", "rich", "matplotlib", "torch")


def test_all_is_sorted_complete_and_true():
    names = formcheck.__all__
    assert sorted(names) == list(names)
    assert len(set(names)) == len(names)
    assert all(getattr(formcheck, name) is not None for name in names)


def test_every_public_name_is_in_all():
    public = {
        name
        for name, value in vars(formcheck).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert public <= set(formcheck.__all__)
    assert set(formcheck.__all__) - public <= {"__version__"}


@pytest.mark.parametrize("name", PROMISED)
def test_what_was_promised_is_there(name):
    assert name in formcheck.__all__


def test_everything_public_is_documented():
    for name in formcheck.__all__:
        if name != "__version__":
            assert (getattr(formcheck, name).__doc__ or "").strip(), name


def test_errors_are_one_family():
    for name in ("InputError", "UsageError", "OutputError", "ModelError"):
        assert issubclass(getattr(formcheck, name), formcheck.FormcheckError)
    assert not issubclass(formcheck.FormcheckError, (ValueError, OSError))


def test_importing_formcheck_loads_no_heavy_library():
    """Scoring recorded poses must start at once; measured in a fresh interpreter."""
    code = f"import formcheck, sys; print([m for m in {HEAVY!r} if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_the_version_is_that_of_the_project():
    assert formcheck.__version__.count(".") == 2
