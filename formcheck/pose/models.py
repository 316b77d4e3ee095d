"""The pose model bundles that come with formcheck: found, checked against their checksums, loaded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from formcheck.errors import ModelError, UsageError

VARIANTS = ("lite", "full", "heavy")
"""The published BlazePose sizes; about 9, 13 and 32 ms a frame on one core."""

DEFAULT_VARIANT = "full"
"""Heavy is no more accurate on rendered clips with known truth (knee in 2D on squat_side: 4.3 against 3.0
degrees) and costs 2.5 times as much."""

CHECKSUMS = "checksums.txt"
"""``sha256sum`` format, beside the bundles, written by ``models/build.py``."""

REPAIR = "reinstall formcheck, or in a source checkout rebuild the file with: python models/build.py"


@dataclass(frozen=True, slots=True)
class Model:
    """A bundle that has been checked.

    Attributes
    ----------
    name : str
        ``pose_lite``, ``pose_full`` or ``pose_heavy``.
    data : bytes
        The whole ``.task`` file.
    sha256 : str
        Its checksum, lower-case hexadecimal.
    """

    name: str
    data: bytes = field(repr=False)
    sha256: str


def load_model(name: str = DEFAULT_VARIANT, folder: Path | None = None) -> Model:
    """Load a bundle and verify its checksum.

    Parameters
    ----------
    name : str
        One of `VARIANTS`.
    folder : Path, optional
        Where the bundles and ``checksums.txt`` are; by default those that came with formcheck.

    Raises
    ------
    UsageError
        There is no such variant.
    ModelError
        The bundle is missing, cannot be read or is not the one the checksum belongs to.
    """
    if name not in VARIANTS:
        raise UsageError(f"there is no pose model {name!r}; choose one of {', '.join(VARIANTS)}")
    place = bundle_folder() if folder is None else folder
    file = place / f"pose_{name}.task"
    expected = _checksum_of(place / CHECKSUMS, file.name)
    data = _read(file)
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        raise ModelError(
            f"{file}: the pose model was altered or is incomplete ({len(data):,} bytes, "
            f"sha256 {found[:12]}..., expected {expected[:12]}...); {REPAIR}"
        )
    return Model(f"pose_{name}", data, found)


def bundle_folder() -> Traversable:
    """Return where the bundles are: inside the installed package, or beside it in a source checkout."""
    package = resources.files("formcheck")
    installed = package / "_models"
    if installed.is_dir():
        return installed
    checkout = Path(str(package)).parent / "models"
    return checkout if checkout.is_dir() else installed


def _checksum_of(file: Traversable, bundle: str) -> str:
    for line in _read(file).decode("ascii", errors="replace").splitlines():
        checksum, _, name = line.partition("  ")
        if name.strip() == bundle:
            return checksum.lower()
    raise ModelError(f"{file}: the checksum of {bundle} is not in this list; {REPAIR}")


def _read(file: Traversable) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise ModelError(f"{file}: this part of the pose model is missing; {REPAIR}") from error
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ModelError(
            f"{file}: the pose model cannot be read ({why}); check its permissions, or {REPAIR}"
        ) from error
