"""Where recordings are: on this machine, or behind an address that fsspec understands.  Imports fsspec.

A *place* is a text: an absolute local path, or an address such as ``s3://bucket/clip.mp4``.  Nothing but
the address that the user named is ever contacted.
"""

from __future__ import annotations

import errno
import glob
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from formcheck.errors import InputError, OutputError, Reason, UsageError

RECORDING_SUFFIXES = frozenset(
    {
        ".mp4",
        ".m4v",
        ".mov",
        ".avi",
        ".mkv",
        ".webm",
        ".mpg",
        ".mpeg",
        ".ts",
        ".mts",
        ".m2ts",
        ".3gp",
        ".3g2",
        ".wmv",
        ".asf",
        ".flv",
        ".ogv",
        ".vob",
    }
)
"""What is taken for a recording in a folder; a file that is named is taken whatever its suffix."""
RESULT_SUFFIX = ".formcheck"
"""Folders that ``review`` wrote hold annotated videos, no recordings."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]+:(?:/|:)")
_FILE = re.compile(r"(?:file|local):/+")
_MARKS = ("mtime", "ETag", "etag", "md5Hash", "last_modified", "LastModified", "updated", "created")
"""Keys under which file systems tell whether a file is still the same, the best first."""
_LOCAL_TO_THIS_PROCESS = "memory"
_DECISIONS = "decisions"
"""In the names of the files that reports save, as in ``decisions.json`` and ``decisions (1).json``."""
MOST_DECISIONS_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells, without reading it, that a file is still the same.

    Attributes
    ----------
    size : int
        Bytes.
    mark : str
        Time of the last change, or what the file system has instead.
    """

    size: int
    mark: str


def is_address(text: str) -> bool:
    """Whether a text is an address for fsspec and no local path."""
    return bool(_ADDRESS.match(text)) and not _FILE.match(text)


def place_of(text: str, folder: str | None = None) -> str:
    """Return the place that a text of the user names.

    Parameters
    ----------
    text : str
        A path or an address.
    folder : str | None
        What relative paths count from; the working folder unless told, and where that file is missing.
    """
    if is_address(text):
        return text
    path = os.path.expanduser(_FILE.sub("/", text))
    if folder is not None and not os.path.isabs(path):
        if is_address(folder):
            return f"{folder.rstrip('/')}/{path}"
        beside = os.path.join(folder, path)
        path = beside if os.path.exists(beside) or not os.path.exists(path) else path
    return os.path.abspath(path)


def folder_of(place: str) -> str:
    """Return the place of the folder that a file lies in."""
    return place.rpartition("/")[0] if is_address(place) else os.path.dirname(place)


def name_of(place: str) -> str:
    """Return the file name at the end of a place."""
    return PurePosixPath(place).name if is_address(place) else os.path.basename(place)


def file_system(place: str) -> tuple[Any, str]:
    """Return the fsspec file system of an address, and the path on it.

    Raises
    ------
    UsageError
        The address is of no known kind, or the package for its kind is not installed.
    """
    import fsspec  # noqa: PLC0415 - half a second that local recordings do not need

    try:
        system, path = fsspec.core.url_to_fs(place)
    except (ImportError, ValueError) as error:
        raise UsageError(f"{place}: this kind of address cannot be opened ({error})") from error
    return system, path


def stamp_of(place: str) -> Stamp:
    """Return what is known of a file without reading it.

    Raises
    ------
    InputError
        ``not_found`` for what is missing or a folder, ``unreadable`` for what may not be looked at.
    """
    return _stamp_at_address(place) if is_address(place) else _stamp_here(place)


def _stamp_here(path: str) -> Stamp:
    try:
        found = os.stat(path)
    except PermissionError as error:
        raise InputError(Reason.UNREADABLE, "may not be looked at; change the permissions") from error
    except (OSError, ValueError) as error:
        raise InputError(Reason.NOT_FOUND, "there is no such file; check the name and the folder") from error
    if stat.S_ISDIR(found.st_mode):
        raise InputError(Reason.NOT_FOUND, "is a folder; name the recordings in it, or the folder itself")
    return Stamp(found.st_size, str(found.st_mtime_ns))


def _stamp_at_address(place: str) -> Stamp:
    system, path = file_system(place)
    try:
        told = system.info(path)
    except FileNotFoundError as error:
        raise InputError(Reason.NOT_FOUND, "there is no such file; check the address") from error
    except Exception as error:  # file systems raise what they like
        raise InputError(Reason.UNREADABLE, f"cannot be reached ({_told(error)})") from error
    if told.get("type") == "directory":
        raise InputError(Reason.NOT_FOUND, "is a folder; name the recordings in it, or the folder itself")
    mark = next((f"{key} {told[key]}" for key in _MARKS if told.get(key)), "")
    return Stamp(int(told.get("size") or 0), mark)


def recordings_in(text: str, avoid: str) -> Iterator[str]:
    """Yield the places that a folder, a pattern, a path or an address stands for, in order of their names.

    A folder yields the recordings in it and in its folders; hidden files and results of formcheck are no
    recordings.  What names a file, or nothing at all, yields itself: it becomes a row in any case.

    Parameters
    ----------
    text : str
        As the user wrote it.
    avoid : str
        The place of the folder for results, which may lie among the recordings.
    """
    place = place_of(text)
    yield from _at_address(place, avoid) if is_address(place) else _here(place, avoid)


def _here(path: str, avoid: str) -> Iterator[str]:
    if os.path.isdir(path):
        yield from _in_folder(path, avoid)
    elif os.path.lexists(path) or not glob.has_magic(path):
        yield path
    else:
        found = sorted(glob.iglob(path, recursive=True))
        for one in found:
            if not os.path.isdir(one):
                yield one
        if not found:
            yield path


def _in_folder(path: str, avoid: str) -> Iterator[str]:
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(
            one
            for one in folders
            if not one.startswith(".")
            and not one.endswith(RESULT_SUFFIX)
            and os.path.join(folder, one) != avoid
        )
        yield from (os.path.join(folder, name) for name in sorted(names) if _is_recording(name))


def _at_address(place: str, avoid: str) -> Iterator[str]:
    system, path = file_system(place)
    try:
        if glob.has_magic(place):
            hidden = name_of(place).startswith(".")
            names = [one for one in system.glob(path) if hidden or not name_of(one).startswith(".")]
            found = [one for one in names if not system.isdir(one)]
        elif system.isdir(path):
            found = [one for one in system.find(path) if _is_wanted(one, path)]
        else:
            found = []
    except Exception as error:  # file systems raise what they like
        raise UsageError(f"{place}: cannot be listed ({_told(error)})") from error
    results = file_system(avoid)[1].rstrip("/") + "/" if is_address(avoid) else "\0"
    wanted = (one for one in sorted(found) if not one.startswith(results))
    yield from map(system.unstrip_protocol, wanted) if found else [place]


def _is_wanted(path: str, folder: str) -> bool:
    parts = PurePosixPath(path[len(folder) :]).parts
    inside = not any(part.startswith(".") or part.endswith(RESULT_SUFFIX) for part in parts[:-1])
    return inside and _is_recording(parts[-1] if parts else "")


def _is_recording(name: str) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in RECORDING_SUFFIXES


def decision_files(folder: str, *, deep: bool = False) -> Iterator[tuple[str, bytes]]:
    """Yield the files of therapists' decisions in a folder, by place and content, in order of their places.

    In the folder itself and in results of ``review`` in it; ``deep``: anywhere below it.  What cannot be read
    is left out.
    """
    if is_address(folder):
        system, root = file_system(folder)
        pattern = f"{root.rstrip('/')}/{'**/' if deep else ''}*{_DECISIONS}*.json"
        with suppress(Exception):  # file systems raise what they like
            for path in sorted(system.glob(pattern)):
                yield system.unstrip_protocol(path), system.cat_file(path)
        return
    found = []
    for home, folders, names in os.walk(folder):
        folders[:] = [
            one for one in folders if not one.startswith(".") and (deep or one.endswith(RESULT_SUFFIX))
        ]
        found += [os.path.join(home, name) for name in names if _is_decisions(name)]
    for path in sorted(found):
        with suppress(OSError), open(path, "rb") as file:
            yield path, file.read(MOST_DECISIONS_BYTES)


def _is_decisions(name: str) -> bool:
    return _DECISIONS in name.lower() and name.lower().endswith(".json") and not name.startswith(".")


def lives_in_this_process(place: str) -> bool:
    """Whether no other process can open an address."""
    return is_address(place) and place.partition(":")[0] == _LOCAL_TO_THIS_PROCESS


@contextmanager
def fetched(place: str) -> Iterator[Path]:
    """Give the local path of a recording, fetched into a temporary folder if it lies elsewhere.

    Raises
    ------
    InputError
        It is not there, or cannot be fetched.
    OutputError
        There is no room for it in the temporary folder.
    """
    if not is_address(place):
        yield Path(place)
        return
    with tempfile.TemporaryDirectory(prefix="formcheck-") as folder:
        path = Path(folder) / (name_of(place) or "recording")
        fetch(place, path)
        yield path


def fetch(place: str, path: Path) -> None:
    """Copy the file at an address to a local path.

    Raises
    ------
    InputError
        It is not there, or cannot be fetched.
    OutputError
        There is no room for it.
    """
    system, remote = file_system(place)
    try:
        system.get_file(remote, str(path))
    except FileNotFoundError as error:
        raise InputError(Reason.NOT_FOUND, "there is no such file; check the address") from error
    except Exception as error:  # file systems raise what they like
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise OutputError(
                f"{path.parent}: the disk is full; free some space, or name another folder for temporary "
                "files in TMPDIR"
            ) from error
        raise InputError(Reason.UNREADABLE, f"cannot be fetched ({_told(error)})") from error


def _told(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
