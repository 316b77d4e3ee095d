"""One run: rows are checked against the receipts, what is missing goes to the workers, results are kept.

Checking and scoring go on side by side, so that the first recording is scored at once however long the
manifest is.  A result is put in place first, its receipt written after: whenever the run is killed, at
worst a finished result has no receipt, and is found by its content.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Protocol

from formcheck import __version__, profile_file
from formcheck.analyser import UNKNOWN, Analyser
from formcheck.batch import places
from formcheck.batch.manifest import Row
from formcheck.batch.messages import (
    Answer,
    Crew,
    Died,
    Failed,
    Fatal,
    Identified,
    Identify,
    Ready,
    Score,
    Scored,
    Task,
    Unusable,
)
from formcheck.batch.places import Stamp
from formcheck.batch.receipts import Receipt, Receipts, work_id
from formcheck.batch.store import Store, poses_file
from formcheck.batch.work import BAD_OPTIONS, CRASHED, POSES_SUFFIX, REPORT, SUMMARY
from formcheck.errors import FormcheckError, InputError, ModelError, OutputError, Reason, UsageError
from formcheck.pose.recorded import FORMAT as POSES_FORMAT
from formcheck.profile import BUILT_IN, Profile
from formcheck.report.summary_json import SCHEMA_NAME
from formcheck.results import Software
from formcheck.review import AUTO

TIMEOUT = "timeout"
DEFAULT_LIMIT_S = 3600.0
"""A recording of 90 minutes takes about so long on one core."""
START_LIMIT_S = 600.0
"""A worker that has not started by then never will; a cluster may take its time."""
CHECKED_AT_ONCE = 128
CHECKERS = 16
"""Addresses answer slowly: so many rows are looked at side by side."""
WAIT_S = 0.2
DEAD_STARTS = 3
"""So many workers in a row that die before they are ready: it is not the recordings."""
ATTEMPTS = 2
"""A recording that kills its worker is tried once more."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run scores.

    Attributes
    ----------
    defaults : Task
        For rows that say nothing else; ``place`` does not count.
    software : Software
        What scores; part of every id.
    fresh : bool
        Do everything again.
    pseudonymise : bool
        Names nowhere.
    limit_s : float
        Longest time for one recording, seconds.
    keep_poses : bool
        Keep what was taken from the pictures, so that other options score without decoding.
    """

    defaults: Task
    software: Software
    fresh: bool = False
    pseudonymise: bool = False
    limit_s: float = DEFAULT_LIMIT_S
    keep_poses: bool = True


@dataclass(slots=True)
class Standing:
    """How far a run is.

    Attributes
    ----------
    rows : int
        All of them.
    ok, failed, skipped : int
        Rows that have an end, those of earlier runs included.
    known : int
        Of these, how many were done before.
    scored : int
        Recordings that the workers of this run have finished, good or bad.
    from_poses : int
        Of these, how many were scored from kept poses, without decoding.
    outdated : int
        Of these, how many an earlier version of formcheck had scored.
    handled : int
        Rows that went to a worker and have an end: these, and those found to be the same as something done.
    started_s, first_s : float
        When the run began, and when the first recording went to a worker (monotonic clock; NaN = not yet).
    ended_s : float | None
        When the work ended; None while it goes on.
    current : tuple[str, ...]
        What the workers have in hand.
    checking : bool
        Rows are still being checked.
    """

    rows: int = 0
    ok: int = 0
    failed: int = 0
    skipped: int = 0
    known: int = 0
    scored: int = 0
    from_poses: int = 0
    outdated: int = 0
    handled: int = 0
    started_s: float = field(default_factory=time.monotonic)
    first_s: float = float("nan")
    ended_s: float | None = None
    current: tuple[str, ...] = ()
    checking: bool = True

    @property
    def done(self) -> int:
        """Rows that have an end."""
        return self.ok + self.failed + self.skipped

    @property
    def rate_per_min(self) -> float | None:
        """Recordings a minute that go through workers, None before the first is done."""
        elapsed_s = (self.ended_s or time.monotonic()) - self.first_s
        return 60 * self.handled / elapsed_s if self.handled and elapsed_s > 0 else None

    @property
    def left_s(self) -> float | None:
        """Seconds that the rest will take at this rate; None when that cannot be told."""
        rate = self.rate_per_min
        return None if rate is None or self.checking else 60 * (self.rows - self.done) / rate


@dataclass(slots=True)
class _Job:
    """What a worker has in hand; ``id`` once the content is known.

    ``poses`` is the key of the poses it is scored from, ``looking`` whether they are being taken from the
    pictures now.
    """

    row: Row
    stamp: Stamp
    task: Task
    deadline_s: float
    id: str | None = None
    poses: str | None = None
    looking: bool = False
    copy: tempfile.TemporaryDirectory[str] | None = None


class Shown(Protocol):
    """Who is told how the run goes."""

    def tell(self, standing: Standing) -> None:
        """Take in where the run is; called several times a second."""
        ...

    def note(self, path: str, reason: str, message: str) -> None:
        """Take in that a recording could not be scored."""
        ...


class Run:
    """One run over the rows of the inputs.

    Parameters
    ----------
    settings : Settings
    store : Store
    receipts : Receipts
    crew : Crew
    shown : Shown
    """

    def __init__(
        self, settings: Settings, store: Store, receipts: Receipts, crew: Crew, shown: Shown
    ) -> None:
        self._settings, self._store, self._receipts, self._crew = settings, store, receipts, crew
        self._tell, self._note = shown.tell, shown.note
        self._jobs: dict[int, _Job] = {}
        self._starting: dict[int, float] = {}
        self._idle: list[int] = []
        self._attempts: dict[int, int] = {}
        self._owners: set[str] = set()
        self._looking: dict[str, list[int]] = {}
        self._waiting = 0
        self._seen = 0
        self._dead_starts = 0
        self.standing = Standing()

    def go(self, rows: Iterator[Row], count: int, stop: Callable[[], bool]) -> Standing:
        """Work until everything is done or somebody says stop.

        Raises
        ------
        OutputError
            Results cannot be written; what was done before is kept.
        ModelError
            No worker can score.
        """
        self.standing.rows = count
        self._receipts.list_present(self._store.ids())
        with ThreadPoolExecutor(CHECKERS) as pool:
            checked = _looked_at(rows, pool)
            while not stop():
                self._check(list(islice(checked, CHECKED_AT_ONCE)))
                self._hand_out()
                if not (self.standing.checking or self._waiting or self._jobs):
                    break
                for worker, answer in self._crew.answers(0.0 if self.standing.checking else WAIT_S):
                    self._take(worker, answer)
                self._end_overdue()
                self._receipts.keep()
                self._store.keep()
                self.standing.current = tuple(places.name_of(job.row.place) for job in self._jobs.values())
                self._tell(self.standing)
        self._receipts.keep(at_once=True)
        self.standing.ended_s = time.monotonic()
        return self.standing

    # Rows against receipts

    def _check(self, rows: list[tuple[Row, Stamp | InputError]]) -> None:
        with self._receipts.together():
            for row, stamp in rows:
                self._check_row(row, stamp)
        self._seen += len(rows)
        self.standing.checking = len(rows) == CHECKED_AT_ONCE
        self.standing.rows = max(self.standing.rows, self._seen) if self.standing.checking else self._seen

    def _check_row(self, row: Row, stamp: Stamp | InputError) -> None:
        if row.excluded:
            self._receipts.add_skipped(row)
            self.standing.skipped += 1
            return
        try:
            task = self.task_of(row)
        except UsageError as error:
            self._fail_row(row, BAD_OPTIONS, str(error))
            return
        if isinstance(stamp, InputError):
            self._fail_row(row, stamp.reason, str(stamp))
            return
        content = self._receipts.content(row.place, stamp)
        id = None if content is None else self.id_of(content, task)
        receipt = None if id is None else self._known(id)
        if content is None or id is None or receipt is None:
            if content is not None:
                self.standing.outdated += self._receipts.present(self.id_before(content, task))
            self._receipts.add_waiting(row, stamp)
            self._waiting += 1
            return
        self._receipts.add_known(row, id, content)
        self._count(receipt, 1)

    def _fail_row(self, row: Row, reason: str, message: str) -> None:
        self._receipts.add_failed(row, reason, message)
        self.standing.failed += 1
        self._note(row.path, reason, message)

    def task_of(self, row: Row) -> Task:
        """Return how a row is to be scored.

        Raises
        ------
        UsageError
            An option of the row makes no sense.
        """
        if row.problem is not None:
            raise UsageError(row.problem)
        defaults = self._settings.defaults
        options = row.options.completed_by(defaults.options).named()
        _check_sides(options.side, options.affected_side)
        profile, sha256 = defaults.profile, defaults.profile_sha256
        if row.profile:
            profile, sha256 = _profile(row.profile)
        return replace(defaults, place=row.place, options=options, profile=profile, profile_sha256=sha256)

    def id_of(self, content: str, task: Task) -> str:
        """Return the id of a piece of work."""
        software = self._settings.software
        own = task.options.exercise is None and task.place.endswith(POSES_SUFFIX)
        return work_id(
            content,
            [
                SCHEMA_NAME,
                "as recorded" if own else None,
                json.dumps(task.options.of_work()),
                task.profile_sha256,
                software.model_sha256,
                software.mediapipe,
                __version__,
            ],
        )

    def id_before(self, content: str, task: Task) -> str:
        """Return the id that formcheck 0.1.0 gave a piece of work while summaries had the schema /1."""
        software, options = self._settings.software, task.options
        return work_id(
            content,
            [
                options.exercise or (None if task.place.endswith(POSES_SUFFIX) else AUTO),
                options.side,
                options.affected_side,
                task.profile_sha256,
                software.model_sha256,
                software.mediapipe,
                "0.1.0",
            ],
        )

    def poses_key(self, content: str, task: Task) -> str | None:
        """Return the key of what is taken from the pictures; None for a row that names recorded poses."""
        if task.place.endswith(POSES_SUFFIX):
            return None
        software = self._settings.software
        options = json.dumps(task.options.of_poses())
        return work_id(
            content, [POSES_FORMAT, options, software.model_sha256, software.mediapipe, __version__]
        )

    def _known(self, id: str) -> Receipt | None:
        """Return the receipt of finished work, if the result is what this run would write."""
        receipt = self._receipts.receipt(id, fresh=self._settings.fresh)
        if receipt is None or receipt.status != "ok":
            return receipt
        if self._settings.defaults.report and not receipt.full:
            return None
        if self._settings.pseudonymise and receipt.named:
            if receipt.full:
                return None
            receipt = self._without_names(receipt)
            self._receipts.settle(receipt)
        return receipt

    def _without_names(self, receipt: Receipt) -> Receipt:
        """Write a summary again, without the names in it."""
        document = self._store.summary(receipt.id)
        document["source"]["path"] = receipt.id
        profile = document["profile"]
        if profile["name"] not in BUILT_IN:
            profile["name"] = f"profile-{profile['sha256'][:8]}"
        text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        self._store.put_result(receipt.id, {SUMMARY: text.encode()})
        return replace(receipt, named=False)

    def _count(self, receipt: Receipt, rows: int) -> None:
        if receipt.status == "ok":
            self.standing.ok += rows
        else:
            self.standing.failed += rows
        self.standing.known += rows * receipt.earlier

    # Rows to workers

    def _hand_out(self) -> None:
        wanted = min(self._crew.size, self._waiting + len(self._jobs))
        while len(self._crew.workers) < wanted:
            self._crew.hire()
            self._starting[self._crew.workers[-1]] = time.monotonic()
        while self._idle and self._waiting:
            self._begin(self._idle.pop(0))

    def _begin(self, worker: int) -> None:
        taken = self._receipts.take()
        if taken is None:
            self._waiting = 0
            self._idle.append(worker)
            return
        self._waiting -= 1
        row, stamp = taken
        now_s = time.monotonic()
        job = _Job(row, stamp, self.task_of(row), now_s + self._settings.limit_s)
        if self.standing.first_s != self.standing.first_s:
            self.standing.first_s = now_s
        self._jobs[worker] = job
        content = self._receipts.content(row.place, stamp)
        if content is None:
            self._identify(worker)
        else:
            self._decide(worker, content, held=False)

    def _identify(self, worker: int) -> None:
        job = self._jobs[worker]
        try:
            self._fetch_here(job)
        except InputError as error:
            self._drop(worker, error.reason, str(error))
            return
        self._crew.send(worker, Identify(job.task))

    def _fetch_here(self, job: _Job) -> None:
        """Fetch what no other process can reach."""
        if places.lives_in_this_process(job.row.place):
            job.copy = tempfile.TemporaryDirectory(prefix="formcheck-")
            path = Path(job.copy.name) / (places.name_of(job.row.place) or "recording")
            places.fetch(job.row.place, path)
            job.task = replace(job.task, local=str(path))

    def _drop(self, worker: int, reason: str, message: str) -> None:
        """Give up a row whose content is not known."""
        job = self._release(worker)
        self._receipts.fail_row(job.row.number, reason, message)
        self.standing.failed += 1
        self.standing.scored += 1
        self.standing.handled += 1
        self._note(job.row.path, reason, message)

    def _release(self, worker: int) -> _Job:
        """Take the job from a worker, who is free again."""
        self._idle.append(worker)
        return self._forget(worker)

    def _forget(self, worker: int) -> _Job:
        job = self._jobs.pop(worker)
        if job.copy is not None:
            job.copy.cleanup()
        if job.id is not None:
            self._owners.discard(job.id)
        if job.looking:
            for number in self._looking.pop(job.poses or "", ()):
                self._receipts.put_back(number)
                self._waiting += 1
        return job

    # What workers answer

    def _take(self, worker: int, answer: Answer) -> None:
        match answer:
            case Ready():
                self._starting.pop(worker, None)
                self._dead_starts = 0
                self._idle.append(worker)
            case Identified(sha256):
                self._identified(worker, sha256)
            case Scored() | Failed():
                self._scored(worker, answer)
            case Unusable():
                self._look_again(worker)
            case Died(why):
                self._died(worker, why)
            case Fatal(message, kind):
                kinds: dict[str, type[FormcheckError]] = {"output": OutputError, "usage": UsageError}
                raise kinds.get(kind, ModelError)(message)

    def _identified(self, worker: int, sha256: str) -> None:
        job = self._jobs[worker]
        self._receipts.remember(job.row.place, job.stamp, sha256)
        self._decide(worker, sha256, held=True)

    def _decide(self, worker: int, sha256: str, *, held: bool) -> None:
        """Go on with a row whose content is known; ``held``: the worker has the recording at hand.

        What is done is not done again, what another worker is decoding is waited for, what has poses is
        scored from them.
        """
        job = self._jobs[worker]
        id, key = self.id_of(sha256, job.task), self.poses_key(sha256, job.task)
        receipt = self._known(id) or self._failed_before(id, key)
        if receipt is not None or id in self._owners:
            self._receipts.assign(job.row.number, id, sha256)
            self._release(worker)
            if receipt is not None:
                self._count(receipt, 1)
                self.standing.handled += 1
            return
        poses = None if key is None else self._kept_poses(key)
        if poses is None and key in self._looking:
            self._receipts.defer(job.row.number)
            self._looking[key].append(job.row.number)
            self._release(worker)
            return
        if not held and (poses is None or job.task.report):  # the report shows pictures of the recording
            self._identify(worker)
            return
        job.id, job.poses = id, key
        self._owners.add(id)
        if key is not None and poses is None:
            job.looking = True
            self._looking[key] = []
        self._receipts.assign(job.row.number, id, sha256)
        alias = id if self._settings.pseudonymise else None
        self._crew.send(worker, Score(job.task, sha256, alias, poses))

    def _kept_poses(self, key: str) -> bytes | None:
        """Return poses that are kept; under ``--fresh`` only what this run has taken."""
        if self._settings.fresh and not self._receipts.made(key):
            return None
        return self._store.poses(key)

    def _failed_before(self, id: str, key: str | None) -> Receipt | None:
        """Return the failure of a piece of work whose pictures gave no poses under other options either."""
        found = None if key is None else self._receipts.receipt(key, fresh=self._settings.fresh)
        if found is None:
            return None
        self._receipts.settle(replace(found, id=id))
        return replace(found, id=id)

    def _look_again(self, worker: int) -> None:
        """Forget poses that cannot be read, and let the row wait for being decoded."""
        job = self._release(worker)
        if job.poses is not None:
            self._store.remove(poses_file(job.poses))
        self._receipts.put_back(job.row.number)
        self._waiting += 1

    def _scored(self, worker: int, answer: Scored | Failed) -> None:
        job = self._jobs[worker]
        if job.id is None:
            assert isinstance(answer, Failed)
            self._drop(worker, answer.reason, answer.message)
            return
        if isinstance(answer, Failed):
            if job.looking and job.poses and answer.reason in set(Reason) and not answer.transient:
                self._receipts.settle(_failure(job.poses, answer))
            self._settle(worker, _failure(job.id, answer))
            return
        kept = job.poses
        if job.looking:
            kept = self._keep_poses(job.poses, answer.poses)
        self.standing.from_poses += kept is not None and not job.looking
        self._store.put_result(job.id, answer.files)
        self._settle(
            worker,
            Receipt(
                job.id,
                "ok",
                wall_s=answer.wall_s,
                cpu_s=answer.cpu_s,
                named=not self._settings.pseudonymise,
                full=len(answer.files) > 1,
                page=REPORT in answer.files,
                poses=kept,
            ),
        )

    def _keep_poses(self, key: str | None, poses: bytes | None) -> str | None:
        """Keep poses before the result that was scored from them; return the key if they are kept."""
        if key is None or poses is None or not self._settings.keep_poses:
            return None
        self._store.put_poses(key, poses)
        self._receipts.note_made(key)
        return key

    def _settle(self, worker: int, receipt: Receipt) -> None:
        self._receipts.settle(receipt)
        job = self._release(worker)
        rows = self._receipts.rows_of(receipt.id)
        self._count(receipt, rows)
        self.standing.scored += 1
        self.standing.handled += rows
        if receipt.status == "failed":
            self._note(job.row.path, receipt.reason or "", receipt.message or "")

    def _died(self, worker: int, why: str) -> None:
        job = self._jobs.get(worker)
        if job is None:
            self._died_idle(worker, why)
            return
        attempts = self._attempts[job.row.number] = self._attempts.get(job.row.number, 0) + 1
        if attempts < ATTEMPTS:
            self._forget(worker)
            self._receipts.put_back(job.row.number)
            self._waiting += 1
        else:
            self._give_up(
                worker,
                CRASHED,
                f"ended its worker process ({why}), {attempts} times; the recording may be damaged",
            )
        self._restart(worker)

    def _died_idle(self, worker: int, why: str) -> None:
        self._dead_starts += worker in self._starting
        if self._dead_starts >= DEAD_STARTS:
            raise ModelError(
                f"workers end as soon as they start ({why}); try 'formcheck doctor', or fewer of them with "
                "--jobs 1"
            )
        self._restart(worker)

    def _restart(self, worker: int) -> None:
        if worker in self._idle:
            self._idle.remove(worker)
        self._crew.replace(worker)
        self._starting[worker] = time.monotonic()

    def _give_up(self, worker: int, reason: str, message: str) -> None:
        failed = Failed(reason, message, transient=True)
        job = self._jobs[worker]
        if job.id is None:
            self._drop(worker, reason, message)
        else:
            self._settle(worker, _failure(job.id, failed))

    def _end_overdue(self) -> None:
        now_s = time.monotonic()
        for worker, job in list(self._jobs.items()):
            if now_s > job.deadline_s:
                self._give_up(
                    worker,
                    TIMEOUT,
                    f"took longer than {self._settings.limit_s:g} s; allow more with --time-limit",
                )
                self._restart(worker)
        for worker, since_s in list(self._starting.items()):
            if now_s - since_s > START_LIMIT_S:
                self._died_idle(worker, f"not ready after {START_LIMIT_S:g} s")


def _failure(id: str, answer: Failed) -> Receipt:
    return Receipt(id, "failed", answer.reason, answer.message, transient=answer.transient)


def _looked_at(rows: Iterator[Row], pool: ThreadPoolExecutor) -> Iterator[tuple[Row, Stamp | InputError]]:
    """Yield every row with what its file looks like from outside, many at a time."""
    while chunk := list(islice(rows, CHECKED_AT_ONCE)):
        remote = any(places.is_address(row.place) for row in chunk)
        yield from zip(chunk, pool.map(_look_at, chunk) if remote else map(_look_at, chunk), strict=True)


def _look_at(row: Row) -> Stamp | InputError:
    if row.excluded or row.problem is not None:
        return Stamp(0, "")
    try:
        return places.stamp_of(row.place)
    except UsageError as error:
        return InputError(Reason.UNSUPPORTED, str(error))
    except InputError as error:
        return error


@lru_cache(256)
def _profile(name: str) -> tuple[Profile, str]:
    profile = profile_file.load(name)
    return profile, profile.sha256


@lru_cache(256)
def _check_sides(side: str | None, affected_side: str | None) -> None:
    Analyser(UNKNOWN, side=side, affected_side=affected_side)
