"""``formcheck doctor``: what works on this computer, and what to do about what does not.

No check waits for ever, and none leaves anything behind.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np

from formcheck import __version__
from formcheck.errors import FormcheckError
from formcheck.history import FOLDER_VARIABLE, data_folder

PYTHONS = ((3, 11), (3, 13))
"""Oldest and newest version of Python that formcheck runs on."""
PACKAGES = ("mediapipe", "opencv-python", "numpy", "scipy", "av", "pillow", "rich")
FREE_BYTES = 1_000_000_000
"""Below this a longer recording may not fit."""
PATIENCE_S = 30.0
"""A check that has not answered by then is given up."""
CAMERA_PATIENCE_S = 3.0
REINSTALL = "install formcheck anew: python -m pip install --force-reinstall formcheck"
_FRAMES = 15


@dataclass(frozen=True, slots=True)
class Check:
    """What was found about one part.

    Attributes
    ----------
    name : str
    ok : bool | None
        False: something does not work; None: formcheck works with less, or it could not be told.
    told : str
        What was found, one line.
    todo : str
        What to do, one line; empty when there is nothing to do.
    """

    name: str
    ok: bool | None
    told: str
    todo: str = ""


def checks() -> list[Check]:
    """Look at everything; takes some seconds, since cameras, voices and the encoder are tried."""
    return list(each_check())


def each_check() -> Iterator[Check]:
    """Yield one check after the other, as they are done."""
    yield python_check()
    yield packages_check()
    yield from map(model_check, _variants())
    for name, look, seconds in (
        ("picture library", opencv_check, PATIENCE_S),
        ("cameras", cameras_check, PATIENCE_S),
        ("window", window_check, 5.0),
        ("sound", sound_check, PATIENCE_S),
        ("video encoder", encoder_check, PATIENCE_S),
        ("disk", disk_check, 5.0),
        ("data folder", data_check, 5.0),
    ):
        yield within(name, look, seconds)


def doctor_text(found: Sequence[Check]) -> str:
    """Return the checks for people: one line each, and below it what to do."""
    width = max((len(check.name) for check in found), default=0)
    lines = []
    for check in found:
        mark = {True: "ok    ", None: "note  ", False: "look  "}[check.ok]
        lines.append(f"{mark}{check.name.ljust(width)}  {check.told}")
        if check.todo:
            lines.append(f"{' ' * (len(mark) + width)}  -> {check.todo}")
    return "".join(f"{line}\n" for line in [*lines, "", _verdict(found)])


def _verdict(found: Sequence[Check]) -> str:
    todo = sum(check.ok is False for check in found)
    if not todo:
        return "Everything that formcheck needs works here."
    return (
        "One thing needs your attention (look)."
        if todo == 1
        else f"{todo} things need your attention (look)."
    )


def within(name: str, look: Callable[[], Check], seconds: float) -> Check:
    """Do a check in a thread that is left behind when it does not answer in time."""
    found: list[Check] = []

    def work() -> None:
        try:
            found.append(look())
        except (FormcheckError, OSError, RuntimeError, ImportError) as error:
            why = " ".join(str(error).split()) or type(error).__name__
            found.append(Check(name, False, f"does not work: {why}", REINSTALL))

    thread = threading.Thread(target=work, name="formcheck-doctor", daemon=True)
    thread.start()
    thread.join(seconds)
    if found:
        return found[0]
    return Check(name, None, f"gave no answer within {seconds:.0f} s", "restart the computer and try again")


def python_check() -> Check:
    """Look at the version of Python."""
    told = f"formcheck {__version__}, Python {platform.python_version()}, {platform.platform(terse=True)}"
    if PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
        return Check("versions", True, told)
    oldest, newest = (".".join(map(str, version)) for version in PYTHONS)
    return Check("versions", False, told, f"install formcheck with a Python from {oldest} to {newest}")


def packages_check() -> Check:
    """Look at the versions of the packages that formcheck needs."""
    there = {name: _version(name) for name in PACKAGES}
    told = ", ".join(f"{name} {version or 'missing'}" for name, version in there.items())
    missing = [name for name, version in there.items() if version is None]
    if missing:
        return Check("packages", False, told, f"python -m pip install {' '.join(missing)}")
    wanted = _pinned()
    other = [f"{name}=={version}" for name, version in wanted.items() if there.get(name) != version]
    if other:
        return Check("packages", False, told, f"python -m pip install {' '.join(other)}")
    return Check("packages", True, told)


def model_check(variant: str) -> Check:
    """Compare a pose model with its checksum."""
    from formcheck.pose.models import load_model  # noqa: PLC0415

    name = f"model {variant}"
    try:
        model = load_model(variant)
    except FormcheckError as error:
        return Check(name, False, str(error), "install formcheck anew; in a checkout: python models/build.py")
    return Check(name, True, f"complete, {len(model.data) / 1e6:.1f} MB, sha256 {model.sha256[:12]}")


def opencv_check() -> Check:
    """Load OpenCV, which needs libraries of the system."""
    from formcheck.video.cameras import opencv  # noqa: PLC0415

    try:
        version = opencv().__version__
    except FormcheckError as error:
        return Check(
            "picture library", False, str(error), "on Debian or Ubuntu: sudo apt install libgl1 libglib2.0-0"
        )
    return Check("picture library", True, f"OpenCV {version}")


def cameras_check() -> Check:
    """Try the cameras of this computer."""
    from formcheck.video.cameras import list_cameras  # noqa: PLC0415

    found = list_cameras(patience_s=CAMERA_PATIENCE_S)
    usable = [one for one in found if one.problem is None]
    told = [f"{one.number}: {one.width}x{one.height}{_rate(one.rate_hz)}" for one in usable]
    told += [str(one.problem) for one in found if one.problem is not None]
    if usable:
        return Check("cameras", True, "; ".join(told))
    if found:
        return Check(
            "cameras", False, "; ".join(told), "close other programs that use it, allow its use, try again"
        )
    return Check(
        "cameras",
        False,
        "none found (only formcheck live needs one)",
        "connect one, and allow programs to use it",
    )


def window_check() -> Check:
    """Look for a display."""
    from formcheck.video.cameras import has_display  # noqa: PLC0415

    if has_display():
        return Check("window", True, "a window can be opened")
    return Check(
        "window", None, "no display here", "formcheck live --headless works without; review needs none"
    )


def sound_check() -> Check:
    """Look for voices, and for something that plays tones."""
    from formcheck.live.speech import available  # noqa: PLC0415

    there = available()
    voices = [one.removeprefix("voice ") for one in there if one.startswith("voice ")]
    players = [one.removeprefix("player ") for one in there if one.startswith("player ")]
    told = f"voice: {', '.join(voices) or 'none'}; sound through: {', '.join(players) or 'nothing'}"
    if voices and players:
        return Check("sound", True, told)
    if players:
        return Check("sound", None, f"{told}; there are tones and text", _voice_advice())
    if voices:
        return Check("sound", None, told, "connect loudspeakers or headphones; without, read the screen")
    return Check("sound", None, f"{told}; there is text on the screen", _voice_advice())


def encoder_check() -> Check:
    """Encode some pictures, and read them back."""
    from formcheck.video.files import VideoFile  # noqa: PLC0415
    from formcheck.video.fragments import encoder_name  # noqa: PLC0415
    from formcheck.video.writer import VideoWriter  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="formcheck-doctor-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "test.mp4"
        with VideoWriter(path, (64, 48)) as writer:
            for i in range(_FRAMES):
                writer.write(np.full((48, 64, 3), 16 * i, np.uint8), i / 10)
        back = sum(1 for _ in VideoFile(path))
    name = encoder_name()
    if back != _FRAMES:
        return Check("video encoder", False, f"{name}: {back} of {_FRAMES} pictures came back", REINSTALL)
    if "264" not in name:
        return Check("video encoder", None, f"{name}, no H.264: some players show no picture", REINSTALL)
    return Check("video encoder", True, f"H.264 by {name}, tried")


def disk_check() -> Check:
    """Look at the space where the user is and where formcheck keeps its data."""
    places = {
        place: shutil.disk_usage(place).free for place in (_existing(Path.cwd()), _existing(data_folder()))
    }
    told = ", ".join(f"{free / 1e9:.1f} GB free in {place}" for place, free in places.items())
    if min(places.values()) >= FREE_BYTES:
        return Check("disk", True, told)
    return Check("disk", False, told, "free some space; a recorded session takes up to 20 MB a minute")


def data_check() -> Check:
    """See whether sessions can be noted."""
    from formcheck.report.folder import check_writable  # noqa: PLC0415

    folder = data_folder()
    try:
        check_writable(folder)
    except FormcheckError:
        return Check(
            "data folder",
            False,
            f"{folder}: cannot be written, so no session is noted",
            f"allow writing there, or set {FOLDER_VARIABLE} to a folder that you may write to",
        )
    return Check("data folder", True, str(folder))


def _variants() -> tuple[str, ...]:
    from formcheck.pose.models import VARIANTS  # noqa: PLC0415

    return VARIANTS


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _pinned() -> dict[str, str]:
    """Return the packages of which formcheck needs one version only."""
    try:
        needs = metadata.requires("formcheck") or []
    except metadata.PackageNotFoundError:
        return {}
    exact = (need.partition("==") for need in needs if "==" in need and ";" not in need)
    return {name.strip(): version.strip() for name, _, version in exact}


def _rate(rate_hz: float | None) -> str:
    return "" if rate_hz is None else f" at {rate_hz:.0f} a second"


def _existing(path: Path) -> Path:
    """Return the nearest folder above that exists."""
    return next((one for one in (path, *path.parents) if one.is_dir()), Path(os.sep))


def _voice_advice() -> str:
    if sys.platform == "linux":
        return "for a voice: sudo apt install espeak-ng alsa-utils"
    return "for a voice: add one in the system's settings, under speech or accessibility"
