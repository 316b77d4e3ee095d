"""What has been done, kept between runs (SQLite): which files hold which content, and how it was scored.

No path and no name is written into it: a file is known by a keyed hash of its place.  The rows of the run in
progress, which do name paths, are in a temporary database that goes with the process.
"""

from __future__ import annotations

import hashlib
import json
import math
import secrets
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from formcheck.batch.manifest import Row
from formcheck.batch.options import Options
from formcheck.batch.places import Stamp, folder_of
from formcheck.batch.ranking import Priority
from formcheck.errors import OutputError

FILE = "receipts.sqlite"
ID_BYTES = 10
"""80 bits tell a billion recordings apart."""
KEEP_EVERY_S = 1.0
MOST_PARTICIPANTS = 20
"""So many of those under whom one recording is listed are named with it."""
QUOTE = '"'
"""A text that begins so is JSON."""

_KEPT = """
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
    place BLOB PRIMARY KEY, size INTEGER NOT NULL, mark TEXT NOT NULL, sha256 TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS results (
    id TEXT PRIMARY KEY, status TEXT NOT NULL, reason TEXT, message TEXT, wall_s REAL, cpu_s REAL,
    transient INTEGER NOT NULL DEFAULT 0, named INTEGER NOT NULL DEFAULT 0,
    full INTEGER NOT NULL DEFAULT 0, page INTEGER NOT NULL DEFAULT 0, run INTEGER NOT NULL, poses TEXT
) WITHOUT ROWID;
"""
_OF_THIS_RUN = """
CREATE TABLE run.rows (
    number INTEGER PRIMARY KEY, path TEXT NOT NULL, place TEXT NOT NULL, details TEXT NOT NULL,
    stamp TEXT, state TEXT NOT NULL, id TEXT, sha256 TEXT, status TEXT, reason TEXT, message TEXT,
    participant TEXT
);
CREATE INDEX run.waiting ON rows (number) WHERE state = 'waiting';
CREATE INDEX run.by_id ON rows (id, number);
CREATE TABLE run.people (sha256 TEXT PRIMARY KEY, names TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE run.videos (
    number INTEGER PRIMARY KEY, grade INTEGER, fewer INTEGER, first INTEGER NOT NULL, recording TEXT NOT NULL,
    record BLOB NOT NULL
);
CREATE TABLE run.present (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE run.made (poses TEXT PRIMARY KEY) WITHOUT ROWID;
"""

WAITING, SETTLED = "waiting", "settled"
"""States of a row; between the two it is ``doing``."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """How one piece of work ended.

    Attributes
    ----------
    id : str
    status : str
        ``ok`` or ``failed``.
    reason, message : str | None
        Why it failed.
    wall_s, cpu_s : float | None
        What it took; None when that is not known any more.
    transient : bool
        Failed for a reason that another run may not meet.
    named : bool
        The result names the file.
    full : bool
        There is everything that ``review`` writes, not the summary alone.
    page : bool
        There is a report to open.
    poses : str | None
        Key of the recorded poses it was scored from; None when that is not known any more.
    earlier : bool
        An earlier run did it.
    """

    id: str
    status: str
    reason: str | None = None
    message: str | None = None
    wall_s: float | None = None
    cpu_s: float | None = None
    transient: bool = False
    named: bool = False
    full: bool = False
    page: bool = False
    poses: str | None = None
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """A row with what has become of it; ``status`` is ``ok``, ``failed`` or ``skipped``.

    ``first`` and ``first_path`` are of the first row with the same id, ``participants`` of all rows with the
    same content.
    """

    row: Row
    id: str
    sha256: str | None
    first: int
    first_path: str
    status: str
    reason: str | None
    message: str | None
    wall_s: float | None
    cpu_s: float | None
    page: bool
    poses: str | None
    participants: tuple[str, ...]


class Receipts:
    """The database of an output folder, open for one run.

    Parameters
    ----------
    folder : Path
        Where it is kept.

    Raises
    ------
    OutputError
        It cannot be read or written; so do all methods.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._noted: list[tuple[bytes, int, str, str]] = []
        self._kept_s = -math.inf
        with self._errors():
            self._db = sqlite3.connect(self._path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = TRUNCATE")  # WAL does not work on network file systems
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute("PRAGMA cache_size = -16000")
            self._db.execute("ATTACH '' AS run")
            self._db.executescript(_KEPT + _OF_THIS_RUN)
            if "poses" not in [row[1] for row in self._db.execute("PRAGMA table_info(results)")]:
                self._db.execute("ALTER TABLE results ADD COLUMN poses TEXT")  # a folder of version 0.1.0
            self._salt = bytes.fromhex(self._about("salt", secrets.token_hex(16)))
            self._run = int(self._about("run", "0")) + 1
            self._db.execute("UPDATE about SET value = ? WHERE key = 'run'", [str(self._run)])

    def _about(self, key: str, value: str) -> str:
        self._db.execute("INSERT OR IGNORE INTO about VALUES (?, ?)", [key, value])
        found: str = self._db.execute("SELECT value FROM about WHERE key = ?", [key]).fetchone()[0]
        return found

    def close(self) -> None:
        """Close it; everything is written already."""
        self._db.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise OutputError(f"{self._path}: {_explain(error)}") from error

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write everything inside the block at once."""
        with self._errors():
            self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        with self._errors():
            self._db.execute("COMMIT")

    # What is kept between runs

    def pseudonym(self, text: str) -> str:
        """Return a name for a text that tells nothing about it, the same in every run of this folder."""
        return hashlib.blake2b(
            text.encode("utf-8", "surrogatepass"), key=self._salt, digest_size=ID_BYTES
        ).hexdigest()

    def content(self, place: str, stamp: Stamp) -> str | None:
        """Return the hash of the file at a place, if it is known and the file is still the same."""
        with self._errors():
            found = self._db.execute(
                "SELECT sha256 FROM files WHERE place = ? AND size = ? AND mark = ?",
                [self._key(place), stamp.size, stamp.mark],
            ).fetchone()
        return found[0] if found else None

    def remember(self, place: str, stamp: Stamp, sha256: str) -> None:
        """Note the hash of the file at a place; `keep` writes it."""
        self._noted.append((self._key(place), stamp.size, stamp.mark, sha256))

    def keep(self, *, at_once: bool = False) -> None:
        """Write the hashes that were noted, if that was not done lately: a disk takes long for each writing.

        When the run is killed before, these files are hashed again.
        """
        now_s = time.monotonic()
        if not self._noted or not (at_once or now_s - self._kept_s > KEEP_EVERY_S):
            return
        with self.together(), self._errors():
            self._db.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", self._noted)
        self._noted.clear()
        self._kept_s = now_s

    def _key(self, place: str) -> bytes:
        return bytes.fromhex(self.pseudonym(place))

    def list_present(self, ids: Iterable[str]) -> None:
        """Note whose results are there."""
        with self.together(), self._errors():
            self._db.executemany("INSERT OR IGNORE INTO run.present VALUES (?)", ((one,) for one in ids))

    def present(self, id: str) -> bool:
        """Whether a result of this id is there."""
        with self._errors():
            return self._db.execute("SELECT 1 FROM run.present WHERE id = ?", [id]).fetchone() is not None

    def receipt(self, id: str, *, fresh: bool) -> Receipt | None:
        """Return how a piece of work ended; None when it is still to be done.

        A result without a receipt (the run was killed between the two) counts, a receipt without its result
        does not, nor does a failure that may have been none of the recording's.  With ``fresh`` only what
        this run has done counts.
        """
        with self._errors():
            present, *found = self._db.execute(
                "SELECT p.id IS NOT NULL, r.id, status, reason, message, wall_s, cpu_s, transient, named, "
                "  full, page, poses, run FROM (SELECT ? AS id) AS one LEFT JOIN results r ON r.id = one.id "
                "  LEFT JOIN run.present p ON p.id = one.id",
                [id],
            ).fetchone()
            if found[1] == "ok" and not present:
                self._db.execute("DELETE FROM results WHERE id = ?", [id])
                return None
        receipt = _receipt(found, self._run) if found[0] else None
        if receipt and not receipt.earlier:
            return receipt
        if fresh or (receipt and receipt.transient):
            return None
        if receipt or not present:
            return receipt
        adopted = Receipt(id, "ok", named=True, earlier=True)
        self.settle(adopted)
        return adopted

    def settle(self, receipt: Receipt) -> None:
        """Note how a piece of work ended; its result is in place already."""
        with self._errors():
            self._db.execute(
                "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    receipt.id,
                    receipt.status,
                    receipt.reason,
                    receipt.message,
                    receipt.wall_s,
                    receipt.cpu_s,
                    receipt.transient,
                    receipt.named,
                    receipt.full,
                    receipt.page,
                    0 if receipt.earlier else self._run,
                    receipt.poses,
                ],
            )
            if receipt.status == "ok":
                self._db.execute("INSERT OR IGNORE INTO run.present VALUES (?)", [receipt.id])

    def note_made(self, poses: str) -> None:
        """Note that this run has taken these poses from the pictures."""
        with self._errors():
            self._db.execute("INSERT OR IGNORE INTO run.made VALUES (?)", [poses])

    def made(self, poses: str) -> bool:
        """Whether this run has taken these poses from the pictures."""
        with self._errors():
            found = self._db.execute("SELECT 1 FROM run.made WHERE poses = ?", [poses]).fetchone()
        return found is not None

    # The rows of this run

    def add_waiting(self, row: Row, stamp: Stamp) -> None:
        """Note a row that is to be scored."""
        self._add(row, WAITING, stamp)

    def add_failed(self, row: Row, reason: str, message: str) -> None:
        """Note a row that cannot be scored, for reasons that lie in the row."""
        self._add(row, SETTLED, status="failed", reason=reason, message=message)

    def add_skipped(self, row: Row) -> None:
        """Note a row that the user left out."""
        self._add(row, SETTLED, status="skipped", message="excluded")

    def add_known(self, row: Row, id: str, sha256: str) -> None:
        """Note a row whose result is there already."""
        self._add(row, SETTLED, id=id, sha256=sha256)

    def _add(
        self,
        row: Row,
        state: str,
        stamp: Stamp | None = None,
        *,
        id: str | None = None,
        sha256: str | None = None,
        status: str | None = None,
        reason: str | None = None,
        message: str | None = None,
    ) -> None:
        details = json.dumps(
            [
                asdict(row.options),
                row.profile,
                row.participant,
                row.recorded_at,
                row.extra,
            ]
        )
        mark = json.dumps([stamp.size, stamp.mark]) if stamp else None
        with self._errors():
            self._db.execute(
                "INSERT INTO run.rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    row.number,
                    _storable(row.path),
                    _storable(row.place),
                    details,
                    mark,
                    state,
                    id,
                    sha256,
                    status,
                    reason,
                    message,
                    row.participant,
                ],
            )

    def take(self) -> tuple[Row, Stamp] | None:
        """Return the first row that waits, and count it as being done."""
        with self._errors():
            found = self._db.execute(
                "SELECT number, path, place, details, stamp FROM run.rows WHERE state = 'waiting' "
                "ORDER BY number LIMIT 1"
            ).fetchone()
            if found is None:
                return None
            self._db.execute("UPDATE run.rows SET state = 'doing' WHERE number = ?", [found[0]])
        return _row(*found[:4]), Stamp(*json.loads(found[4]))

    def defer(self, number: int) -> None:
        """Let a row rest until it is put back."""
        with self._errors():
            self._db.execute("UPDATE run.rows SET state = 'deferred' WHERE number = ?", [number])

    def put_back(self, number: int) -> None:
        """Let a row wait again."""
        with self._errors():
            self._db.execute("UPDATE run.rows SET state = 'waiting', id = NULL WHERE number = ?", [number])

    def assign(self, number: int, id: str, sha256: str) -> None:
        """Note which piece of work a row is; when that is done, so is the row."""
        with self._errors():
            self._db.execute(
                "UPDATE run.rows SET state = 'settled', id = ?, sha256 = ? WHERE number = ?",
                [id, sha256, number],
            )

    def fail_row(self, number: int, reason: str, message: str) -> None:
        """Note that a row failed before its content was known."""
        with self._errors():
            self._db.execute(
                "UPDATE run.rows SET state = 'settled', status = 'failed', reason = ?, message = ? "
                "WHERE number = ?",
                [reason, message, number],
            )

    def rows_of(self, id: str) -> int:
        """Return how many rows of this run are one piece of work."""
        with self._errors():
            found: int = self._db.execute("SELECT count(*) FROM run.rows WHERE id = ?", [id]).fetchone()[0]
        return found

    def finished(self, *, nameless: bool) -> Iterator[Finished]:
        """Yield the rows that have an end, in order.

        A row whose content is not known gets an id from its place; ``nameless`` keeps that from being
        guessed.
        """
        with self._errors():
            self._db.execute(
                "INSERT OR REPLACE INTO run.people SELECT sha256, json_group_array(DISTINCT participant) "
                "FROM run.rows WHERE sha256 IS NOT NULL AND participant IS NOT NULL GROUP BY sha256"
            )
            found = self._db.execute(
                "SELECT r.number, r.path, r.place, r.details, r.id, r.sha256, f.number, f.path, "
                "  coalesce(r.status, d.status), coalesce(r.reason, d.reason), "
                "  coalesce(r.message, d.message), d.wall_s, d.cpu_s, coalesce(d.page, 0), d.poses, "
                "  coalesce(p.names, '[]') "
                "FROM run.rows r LEFT JOIN results d ON d.id = r.id LEFT JOIN run.people p USING (sha256) "
                "  LEFT JOIN run.rows f "
                "  ON f.number = (SELECT min(o.number) FROM run.rows o WHERE o.id = r.id) "
                "WHERE r.status IS NOT NULL OR d.status IS NOT NULL ORDER BY r.number"
            )
            for number, path, place, details, id, sha256, first, first_path, *end in found:
                row = _row(number, path, place, details)
                status, reason, message, wall_s, cpu_s, page, poses, participants = end
                yield Finished(
                    row,
                    id or (self.pseudonym(row.place) if nameless else work_id(row.place, [])),
                    sha256,
                    first or number,
                    _restored(first_path or path),
                    status,
                    reason,
                    message,
                    wall_s,
                    cpu_s,
                    bool(page),
                    poses,
                    _people(json.loads(participants), row.participant),
                )

    # Rows of the table ``videos``, which are ranked before they are written

    def add_videos(self, rows: Iterable[tuple[int, Priority | None, int, str, bytes]]) -> None:
        """Note rows of ``videos``: number, priority, first number of its id, recording, content."""
        with self._errors():
            self._db.executemany(
                "INSERT INTO run.videos VALUES (?, ?, ?, ?, ?, ?)",
                ((number, *(grade or (None, None)), first, *rest) for number, grade, first, *rest in rows),
            )

    def ranked(self) -> Iterator[tuple[int | None, bytes]]:
        """Yield the rows of ``videos`` in order, each with its rank."""
        with self._errors():
            yield from self._db.execute(
                "SELECT CASE WHEN grade IS NOT NULL THEN dense_rank() OVER "
                "  (PARTITION BY grade IS NULL ORDER BY grade, fewer, first) END, record "
                "FROM run.videos ORDER BY number"
            )

    def counts(self) -> tuple[int, int]:
        """Return how many recordings the rows of ``videos`` are, and how many results are to be looked at."""
        with self._errors():
            recordings, first = self._db.execute(
                "SELECT count(DISTINCT recording), "
                "  count(DISTINCT CASE WHEN grade IS NOT NULL THEN first END) FROM run.videos"
            ).fetchone()
        return recordings, first

    def folders(self) -> list[str]:
        """Return the places of the folders that the recordings lie in."""
        with self._errors():
            found = self._db.execute("SELECT place FROM run.rows WHERE place != ''")
            return sorted({folder_of(_restored(place)) for (place,) in found})


def _people(names: Sequence[str], own: str | None) -> tuple[str, ...]:
    """Return under whom a recording is listed, this row's own participant for sure."""
    some = sorted(names)[:MOST_PARTICIPANTS]
    return tuple(some if own is None or own in some else sorted([own, *some[: MOST_PARTICIPANTS - 1]]))


def work_id(content: str, options: Iterable[str | None]) -> str:
    """Return the id of a piece of work: content, options, profile, software."""
    text = json.dumps([content, *options], ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[: 2 * ID_BYTES]


def _receipt(found: Sequence[Any], this_run: int) -> Receipt:
    id, status, reason, message, wall_s, cpu_s, *flags, poses, run = found
    transient, named, full, page = map(bool, flags)
    return Receipt(
        *(id, status, reason, message, wall_s, cpu_s, transient, named, full, page, poses),
        earlier=run != this_run,
    )


def _row(number: int, path: str, place: str, details: str) -> Row:
    options, profile, participant, recorded_at, extra = json.loads(details)
    return Row(
        number,
        _restored(path),
        _restored(place),
        Options(**options),
        profile,
        participant,
        recorded_at,
        tuple(extra),
    )


def _storable(text: str) -> str:
    """Return a text that SQLite takes: file names may hold bytes that are no characters."""
    plain = text.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in text)
    return text if plain and not text.startswith(QUOTE) else json.dumps(text)


def _restored(text: str) -> str:
    restored: str = json.loads(text) if text.startswith(QUOTE) else text
    return restored


def _explain(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_FULL:
        return "the disk is full; free some space, or choose another place with --out FOLDER"
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return (
            "the list of finished work is damaged; delete this file and run the same command again: results "
            "are found by their content"
        )
    return f"the list of finished work cannot be kept ({error}); choose another place with --out FOLDER"
