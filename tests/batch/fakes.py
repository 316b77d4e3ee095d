"""A scorer that does what the file says; and how to run a batch with it, in worker processes or in this one.

A file is a line of words: ``ok``, ``reps N``, ``warn CODE``, ``summary JSON`` (fields to write over),
``sleep S``, ``crash``, ``crash-once``, ``hang``, ``raise``, ``bug``, ``no-room``, ``model``, ``write``; what
comes after a # only makes the content differ.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from formcheck.batch.messages import Answer, Crew, Request
from formcheck.batch.store import STATE
from formcheck.batch.work import UnusablePosesError, Work, Worker
from formcheck.batch.worker import scorer_of
from formcheck.errors import InputError, ModelError, OutputError, Reason

if TYPE_CHECKING:
    from formcheck.batch.command import Result  # with pyarrow, which a worker would load for nothing

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "tests" / "report" / "squat.json"
SCORER = "tests.batch.fakes:score"
POSES = b"what was taken from the pictures"


def score(path, task, alias, poses=None):
    """Stands in for `formcheck.batch.work.score`."""
    if poses not in (None, POSES):
        raise UnusablePosesError
    content = path.read_bytes()
    words = content.decode().partition(" # ")[0].split()
    summary = json.loads(EXAMPLE.read_text())
    name = path.name.encode("utf-8", "replace").decode()
    summary["source"] |= {"path": alias or name, "sha256": hashlib.sha256(content).hexdigest()}
    summary["quality"] |= {"needs_review": False, "warnings": []}
    summary["profile"] = {"name": task.profile.name, "sha256": task.profile.sha256}
    while words:
        word = words.pop(0)
        if word == "summary":
            write_over(summary, words.pop(0))
        else:
            act(word, words, path, summary)
    with open(os.environ.get("FAKE_LOG", os.devnull), "a") as log:
        log.write(f"{ascii(path.name)[1:-1]} {os.getpid()} {'from-poses' if poses else 'decoded'}\n")
    files = {"summary.json": json.dumps(summary).encode()}
    return Work(files | ({"report.html": b"<p>report"} if task.report else {}), None if poses else POSES)


def write_over(summary, text):
    """Change a summary as a text of JSON says, all but what tells which recording it is of."""
    changes = json.loads(text.replace("\N{SYMBOL FOR SPACE}", " "))
    source = {name: summary["source"][name] for name in ("path", "sha256")}
    changes["source"] = {**summary["source"], **changes.get("source", {}), **source}
    summary |= changes


def act(word, words, path, summary):
    match word:
        case "reps":
            summary["reps"]["complete"] = int(words.pop(0))
        case "warn":
            summary["quality"]["needs_review"] = True
            summary["quality"]["warnings"].append(words.pop(0))
        case "sleep":
            time.sleep(float(words.pop(0)))
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "crash-once":
            mark = path.with_name(path.name + ".crashed")
            if not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            time.sleep(1000)
        case "raise":
            raise InputError(Reason.NO_PERSON, f"{path.name}: nobody was found; film somebody")
        case "bug":
            raise ZeroDivisionError(f"nothing in {path}")
        case "no-room":
            raise OutputError(f"{path}: the disk is full; free some space")
        case "model":
            raise ModelError("the pose model was altered; install it again")
        case "write":
            raise OSError(errno.EIO, "worn out")


def clip(folder: Path, name: str, text: str = "ok") -> Path:
    """Write a file for the scorer; content differs by name unless the text says otherwise."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text if "#" in text else f"{text} # {name}")
    return path


def clips(folder: Path, count: int, text: str = "ok") -> list[Path]:
    return [clip(folder, f"{i:03}.mp4", text) for i in range(count)]


class CrewOfOne:
    """A `Crew` without processes: it works while it is asked for answers.  Nothing may crash or hang."""

    def __init__(self, scorer: str) -> None:
        self.size = 1
        self.workers: tuple[int, ...] = ()
        self._worker = Worker(scorer_of(scorer))
        self._asked: list[Request | None] = []

    def hire(self) -> None:
        self.workers = (0,)
        self._asked.append(None)

    def send(self, worker: int, request: Request) -> None:
        self._asked.append(request)

    def answers(self, timeout_s: float) -> list[tuple[int, Answer]]:
        asked, self._asked = self._asked, []
        return [(0, self._worker.answer(one) if one else self._worker.ready("")) for one in asked]

    def close(self) -> None:
        pass


def score_all(*paths: object, out: object, processes: bool = False, **options: object) -> Result:
    """Run a batch with the scorer above; what crashes or hangs needs ``processes`` (one, unless told).

    Starting a process takes longer than all that most tests do.
    """
    from formcheck.batch import command  # noqa: PLC0415 - see above

    def new_crew(request: command.Request) -> Crew:
        return CrewOfOne(request.scorer)

    options = {"jobs": 1, "scorer": SCORER, **options}
    request = command.Request(out=str(out), paths=[str(path) for path in paths], **options)
    if processes or request.engine != command.LOCAL:
        return command.batch(request)
    with patch.object(command, "_new_crew", new_crew):
        return command.batch(request)


def table(out: Path, name: str = "videos") -> list[dict[str, object]]:
    """Read a table as a list of rows."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - see above

    return pq.read_table(out / f"{name}.parquet").to_pylist()


SCRIPT = """
import sys
from formcheck.batch.command import Request, batch
options = eval(sys.argv[1])
result = batch(Request(**options), sys.stderr)
sys.exit(130 if result.interrupted else 1 if result.failed else 0)
"""


def start_process(log: Path | None = None, **options: object) -> subprocess.Popen[str]:
    """Start a batch in a process of its own, to be killed."""
    options = {"jobs": 2, "scorer": SCORER, **options}
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if log is not None:
        environment["FAKE_LOG"] = str(log)
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, repr(options)],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def receipts(out, table):
    """Return how many receipts a run elsewhere has written: of ``files`` known, of ``results`` kept."""
    try:
        with closing(sqlite3.connect(f"file:{out}/{STATE}/receipts.sqlite?mode=ro", uri=True)) as db:
            return db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    except sqlite3.OperationalError:  # not there yet, or being written
        return 0
