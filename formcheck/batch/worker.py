"""A worker process of this machine: requests on standard input, answers on standard output.

    python -m formcheck.batch.worker MODEL MODULE:SCORER FOLDER [CPU,CPU...]

Messages are pickled and preceded by their length.  When the input ends, whoever asked is gone, and the
process ends at once, in the middle of whatever it does.  Temporary files go to FOLDER, which is removed then.
"""

from __future__ import annotations

import importlib
import os
import pickle
import shutil
import signal
import struct
import sys
import tempfile
from queue import SimpleQueue
from threading import Thread
from typing import IO, Any

from formcheck.batch.messages import Request
from formcheck.batch.work import Scorer, Worker

_LENGTH = struct.Struct(">Q")


def write_message(stream: IO[bytes], message: object) -> None:
    """Write one message."""
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def read_message(stream: IO[bytes]) -> Any:
    """Read one message.

    Raises
    ------
    EOFError
        The other side is gone.
    """
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    return pickle.loads(_exactly(stream, length))


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data


def scorer_of(name: str) -> Scorer:
    """Return the scorer of this name, ``module:function``."""
    module, _, function = name.partition(":")
    scorer: Scorer = getattr(importlib.import_module(module), function)
    return scorer


def keep_to(cpus: str) -> None:
    """Run on these processors only, so that native libraries start no more threads than that."""
    if cpus and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(cpu) for cpu in cpus.split(",")})


def main(arguments: list[str]) -> None:
    """Answer requests until there are no more."""
    model, scorer, folder, cpus = arguments
    keep_to(cpus)
    tempfile.tempdir = folder
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # what libraries print must not get between the answers
        requests: SimpleQueue[Request] = SimpleQueue()
        Thread(target=_listen, args=(requests, folder), daemon=True).start()
        worker = Worker(scorer_of(scorer))
        write_message(answers, worker.ready(model))
        while True:
            write_message(answers, worker.answer(requests.get()))


def _listen(requests: SimpleQueue[Request], folder: str) -> None:
    stream = os.fdopen(0, "rb", closefd=False)
    while True:
        try:
            requests.put(read_message(stream))
        except (EOFError, OSError):
            shutil.rmtree(folder, ignore_errors=True)
            os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
