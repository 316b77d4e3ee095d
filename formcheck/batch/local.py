"""Workers on this machine: one process each, which may die without harm to the others.

`concurrent.futures.ProcessPoolExecutor` breaks as a whole when one of its processes dies, and cannot end
one that hangs; these few lines can.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from threading import Thread
from typing import IO

from formcheck.batch.messages import Answer, Died, Request
from formcheck.batch.worker import read_message, write_message

OUR_SCORER = "formcheck.batch.work:score"
THREAD_LIMITS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
"""What numerical libraries ask for how many threads to start."""
_END_S = 5.0


@dataclass(slots=True)
class _Member:
    """One worker process; ``number`` differs between a process and the one that takes its place."""

    process: subprocess.Popen[bytes]
    number: int


class LocalCrew:
    """A `Crew` of processes.

    Parameters
    ----------
    size : int
        How many at most.
    model : str
        The pose model they load.
    scorer : str
        ``module:function`` (tests put another one here).
    verbose : bool
        Let native libraries talk.
    cpus_each : int | None
        How many processors each may use; by default the machine is divided among them.
    """

    def __init__(
        self,
        size: int,
        model: str,
        scorer: str = OUR_SCORER,
        *,
        verbose: bool = False,
        cpus_each: int | None = None,
    ) -> None:
        self.size = size
        self._model, self._scorer, self._verbose = model, scorer, verbose
        self._shares = shares(size, cpus_each)
        self._members: dict[int, _Member] = {}
        self._heard: SimpleQueue[tuple[int, int, Answer]] = SimpleQueue()
        self._started = 0
        self._temporary = TemporaryDirectory(prefix="formcheck-batch-", ignore_cleanup_errors=True)

    @property
    def workers(self) -> tuple[int, ...]:
        """The numbers of those hired so far."""
        return tuple(self._members)

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of those hired so far."""
        return tuple(member.process.pid for member in self._members.values())

    def hire(self) -> None:
        """Start one more; it answers `Ready`."""
        self._start(len(self._members))

    def _start(self, worker: int) -> None:
        cpus = self._shares[worker]
        process = subprocess.Popen(
            [
                *(sys.executable, "-P", "-m", "formcheck.batch.worker"),
                *(self._model, self._scorer, self._temporary.name, ",".join(map(str, cpus))),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if self._verbose else subprocess.DEVNULL,
            env=_environment(len(cpus) or 1),
            start_new_session=True,  # Ctrl-C is for us alone
        )
        self._started += 1
        member = _Member(process, self._started)
        self._members[worker] = member
        Thread(target=self._listen, args=(worker, member), daemon=True).start()

    def _listen(self, worker: int, member: _Member) -> None:
        stream = _stream(member.process.stdout)
        while True:
            try:
                answer: Answer = read_message(stream)
            except (EOFError, OSError, ValueError):
                break
            self._heard.put((worker, member.number, answer))
        self._heard.put((worker, member.number, Died(how_it_ended(member.process.wait()))))

    def send(self, worker: int, request: Request) -> None:
        """Ask a worker that has nothing else to do; one that is gone says so later."""
        with suppress(OSError, ValueError):
            write_message(_stream(self._members[worker].process.stdin), request)

    def answers(self, timeout_s: float) -> list[tuple[int, Answer]]:
        """Return what has been answered, after at most so many seconds."""
        found = []
        try:
            found.append(self._heard.get(timeout=timeout_s) if timeout_s else self._heard.get_nowait())
            while True:
                found.append(self._heard.get_nowait())
        except Empty:
            pass
        return [
            (worker, answer) for worker, number, answer in found if self._members[worker].number == number
        ]

    def replace(self, worker: int) -> None:
        """End a worker, if it still lives, and start another under its number, which answers `Ready`."""
        _end(self._members[worker].process)
        self._start(worker)

    def close(self) -> None:
        """End everybody; what they were doing is lost."""
        for member in self._members.values():
            member.process.kill()
        for member in self._members.values():
            _end(member.process)
        self._members.clear()
        self._temporary.cleanup()


def shares(size: int, cpus_each: int | None = None) -> list[tuple[int, ...]]:
    """Return which processors each of so many workers may use; empty = any.

    The machine is divided evenly.  With more workers than processors, or where processes cannot be tied
    to processors, nobody is tied.
    """
    if not hasattr(os, "sched_getaffinity"):
        return [()] * size
    cpus = sorted(os.sched_getaffinity(0))
    if size * (cpus_each or 1) > len(cpus):
        return [()] * size
    return [tuple(cpus[first::size][:cpus_each]) for first in range(size)]


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def how_it_ended(code: int) -> str:
    """Return in words how a process ended."""
    if code >= 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"{name}; perhaps it was out of memory" if name == "SIGKILL" else name


def _environment(threads: int) -> dict[str, str]:
    """Return the environment of a worker: our import path, and no more threads than it has processors."""
    path = os.pathsep.join(filter(None, sys.path))
    limits = {name: os.environ.get(name, str(threads)) for name in THREAD_LIMITS}
    return {**os.environ, **limits, "PYTHONPATH": path}


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # both are pipes
    return stream


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(_END_S)
    for stream in (process.stdin, process.stdout):
        with suppress(OSError):  # unsent words for one who is gone
            _stream(stream).close()
