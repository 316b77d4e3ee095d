"""The output folder: on this machine, or behind an address.

::

    OUT/
      videos.parquet  reps.parquet  faults.parquet  data_dictionary.csv  run.json  index.html
      results/ID/summary.json
      poses/POSES.npz                       what was taken from the pictures, once per content
      .formcheck-batch/receipts.sqlite      what is done (not to be passed on)

Every file is complete under its name, or not there at all; a result folder appears as a whole.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from formcheck.batch import places
from formcheck.batch.receipts import FILE as RECEIPTS
from formcheck.batch.work import SUMMARY
from formcheck.errors import OutputError, UsageError
from formcheck.report.folder import check_writable, output_errors, replacing

RESULTS = "results"
POSES = "poses"
STATE = ".formcheck-batch"
LOCK = "lock.sqlite"
PART = ".part-"
WHOLE_OBJECTS = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "az", "oci", "oss", "memory"})
"""Stores in which an object appears when it is complete; elsewhere it is written under another name first."""
SAVE_EVERY_S = 60.0
"""How often the receipts go to an address; what was done since the last time is found by its content."""


class Store(Protocol):
    """Where results go."""

    place: str
    """Its folder or address."""
    state: Path
    """A folder on this machine for the receipts."""

    def ids(self) -> Iterator[str]:
        """Yield whose results are there."""
        ...

    def put_result(self, id: str, files: dict[str, bytes]) -> None:
        """Put the files of one result in place, all or none, for any that are there."""
        ...

    def summary(self, id: str) -> dict[str, Any]:
        """Read a summary back."""
        ...

    def decision_files(self) -> Iterator[tuple[str, bytes]]:
        """Yield the files of therapists' decisions anywhere in the folder, by name and content."""
        ...

    def text(self, name: str) -> str:
        """Read a text file of the folder back; empty when there is none."""
        ...

    def put_poses(self, key: str, data: bytes) -> None:
        """Keep recorded poses."""
        ...

    def poses(self, key: str) -> bytes | None:
        """Read recorded poses back; None when there are none."""
        ...

    def file(self, name: str) -> Any:
        """Give (a context manager) a local path to write to; put the file in place when that went well."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        ...

    def keep(self) -> None:
        """Keep the receipts, now and then."""
        ...

    def close(self) -> None:
        """Keep the receipts, and let others in."""
        ...


def poses_file(key: str) -> str:
    """Return the path, from the output folder, of recorded poses."""
    return f"{POSES}/{key}.npz"


def open_store(out: str) -> Store:
    """Open the output folder for one run.

    Raises
    ------
    OutputError
        It cannot be written.
    UsageError
        Another run is using it.
    """
    place = places.place_of(out)
    return RemoteStore(place) if places.is_address(place) else LocalStore(Path(place))


class LocalStore:
    """A folder on this machine.

    Raises
    ------
    OutputError
        It cannot be written.
    UsageError
        Another run is using it.
    """

    def __init__(self, folder: Path) -> None:
        check_writable(folder)
        self.place = str(folder)
        self.state = folder / STATE
        self._folder, self._results = folder, folder / RESULTS
        with output_errors(folder):
            self.state.mkdir(parents=True, exist_ok=True)
            self._results.mkdir(exist_ok=True)
            (folder / POSES).mkdir(exist_ok=True)
        self._lock = _locked(self.state / LOCK, folder)
        with output_errors(folder):
            _sweep(folder)
            _sweep(self._results)
            _sweep(folder / POSES)

    def ids(self) -> Iterator[str]:
        """Yield whose results are there."""
        with os.scandir(self._results) as found:
            for entry in found:
                if not entry.name.startswith(".") and os.path.isfile(os.path.join(entry.path, SUMMARY)):
                    yield entry.name

    def put_result(self, id: str, files: dict[str, bytes]) -> None:
        """Put the files of one result in place, all or none, for any that are there."""
        part, old, final = (self._results / name for name in (PART + id, f"{PART}old-{id}", id))
        try:
            with output_errors(final):
                shutil.rmtree(part, ignore_errors=True)
                part.mkdir()
                for name, data in files.items():
                    _write(part / name, data)
                if final.exists():
                    os.rename(final, old)
                os.rename(part, final)
        finally:
            shutil.rmtree(part, ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)

    def summary(self, id: str) -> dict[str, Any]:
        """Read a summary back."""
        path = self._results / id / SUMMARY
        try:
            document: dict[str, Any] = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise OutputError(
                f"{path}: cannot be read ({error}); delete its folder and run the same command again"
            ) from error
        return document

    def decision_files(self) -> Iterator[tuple[str, bytes]]:
        """Yield the files of therapists' decisions anywhere in the folder, by name and content."""
        yield from places.decision_files(self.place, deep=True)

    def text(self, name: str) -> str:
        """Read a text file of the folder back; empty when there is none."""
        path = self._folder / name
        with output_errors(path):
            return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def put_poses(self, key: str, data: bytes) -> None:
        """Keep recorded poses."""
        with replacing(self._folder / poses_file(key)) as part:
            part.write_bytes(data)

    def poses(self, key: str) -> bytes | None:
        """Read recorded poses back; None when there are none."""
        path = self._folder / poses_file(key)
        with output_errors(path):
            return path.read_bytes() if path.exists() else None

    @contextmanager
    def file(self, name: str) -> Iterator[Path]:
        """Give a path to write to; put the file in place when that went well."""
        with replacing(self._folder / name) as part:
            yield part

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        with output_errors(self._folder / name):
            (self._folder / name).unlink(missing_ok=True)

    def keep(self) -> None:
        """Nothing to do: the receipts are in the folder."""

    def close(self) -> None:
        """Let others in."""
        self._lock.close()


class RemoteStore:
    """A folder behind an address; receipts are worked on in a temporary folder.

    Nobody is kept from starting two runs into one address.
    """

    def __init__(self, address: str) -> None:
        self.place = address.rstrip("/")
        self._system, self._root = places.file_system(self.place)
        self._root = self._root.rstrip("/")
        self._temporary = tempfile.TemporaryDirectory(prefix="formcheck-batch-")
        self.state = Path(self._temporary.name)
        self._kept_s = time.monotonic()
        try:
            with self._errors(STATE):
                kept = f"{self._root}/{STATE}/{RECEIPTS}"
                if self._system.exists(kept):
                    self._system.get_file(kept, str(self.state / RECEIPTS))
                self._put(f"{STATE}/writable", b"")
        except OutputError:
            self._temporary.cleanup()
            raise

    @contextmanager
    def _errors(self, name: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            why = " ".join(str(error).split()) or type(error).__name__
            raise OutputError(
                f"{self.place}/{name}: cannot be written ({why[:200]}); check the address and your rights"
            ) from error

    def _put(self, name: str, data: bytes) -> None:
        path = f"{self._root}/{name}"
        self._system.makedirs(path.rpartition("/")[0], exist_ok=True)
        with self._whole(path) as part:
            self._system.pipe_file(part, data)

    @contextmanager
    def _whole(self, path: str) -> Iterator[str]:
        """Give a remote path to write to, of which nobody sees half a file under its final name."""
        folder, _, name = path.rpartition("/")
        protocols = self._system.protocol
        if WHOLE_OBJECTS & ({protocols} if isinstance(protocols, str) else set(protocols)):
            yield path
            return
        part = f"{folder}/{PART}{name}"
        yield part
        self._system.mv(part, path)

    def ids(self) -> Iterator[str]:
        """Yield whose results are there."""
        with self._errors(RESULTS):
            yield from (
                path.split("/")[-2] for path in self._system.glob(f"{self._root}/{RESULTS}/*/{SUMMARY}")
            )

    def put_result(self, id: str, files: dict[str, bytes]) -> None:
        """Put the files of one result in place, the summary last: without it there is no result."""
        with self._errors(f"{RESULTS}/{id}"):
            for name in sorted(files, key=lambda name: name == SUMMARY):
                self._put(f"{RESULTS}/{id}/{name}", files[name])

    def summary(self, id: str) -> dict[str, Any]:
        """Read a summary back."""
        with self._errors(f"{RESULTS}/{id}"):
            document: dict[str, Any] = json.loads(
                self._system.cat_file(f"{self._root}/{RESULTS}/{id}/{SUMMARY}")
            )
        return document

    def decision_files(self) -> Iterator[tuple[str, bytes]]:
        """Yield the files of therapists' decisions anywhere in the folder, by name and content."""
        yield from places.decision_files(self.place, deep=True)

    def text(self, name: str) -> str:
        """Read a text file of the folder back; empty when there is none."""
        with self._errors(name):
            try:
                data: bytes = self._system.cat_file(f"{self._root}/{name}")
            except FileNotFoundError:
                return ""
        return data.decode("utf-8", "replace")

    def put_poses(self, key: str, data: bytes) -> None:
        """Keep recorded poses."""
        with self._errors(poses_file(key)):
            self._put(poses_file(key), data)

    def poses(self, key: str) -> bytes | None:
        """Read recorded poses back; None when there are none."""
        with self._errors(poses_file(key)):
            try:
                data: bytes = self._system.cat_file(f"{self._root}/{poses_file(key)}")
            except FileNotFoundError:
                return None
        return data

    @contextmanager
    def file(self, name: str) -> Iterator[Path]:
        """Give a temporary path to write to; put the file in place when that went well."""
        path = self.state / f"{PART}{name}"
        try:
            with output_errors(path):
                yield path
            with self._errors(name):
                self._system.makedirs(self._root, exist_ok=True)
                with self._whole(f"{self._root}/{name}") as part:
                    self._system.put_file(str(path), part)
        finally:
            path.unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        with self._errors(name):
            if self._system.exists(f"{self._root}/{name}"):
                self._system.rm_file(f"{self._root}/{name}")

    def keep(self) -> None:
        """Keep the receipts, if that was not done lately."""
        if time.monotonic() - self._kept_s > SAVE_EVERY_S:
            self._keep()

    def _keep(self) -> None:
        with self._errors(f"{STATE}/{RECEIPTS}"):
            self._put(f"{STATE}/{RECEIPTS}", (self.state / RECEIPTS).read_bytes())
        self._kept_s = time.monotonic()

    def close(self) -> None:
        """Keep the receipts, and remove the temporary folder."""
        try:
            if (self.state / RECEIPTS).exists():
                self._keep()
        finally:
            self._temporary.cleanup()


def _locked(path: Path, folder: Path) -> sqlite3.Connection:
    """Keep other runs out for as long as this connection, or this process, lives."""
    try:
        connection = sqlite3.connect(path, timeout=0.0, isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise OutputError(
                f"{folder}: cannot be written ({error}); choose another place with --out FOLDER"
            ) from error
        raise UsageError(
            f"{folder}: another run is writing into this folder; wait for it, or choose another place with "
            "--out FOLDER"
        ) from error
    return connection


def _sweep(folder: Path) -> None:
    """Remove what a killed run has left half done."""
    for path in folder.glob(f"{PART}*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _write(path: Path, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
