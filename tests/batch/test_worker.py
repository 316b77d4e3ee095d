"""The worker, its process, and what it loads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from formcheck.batch import local
from formcheck.batch.local import LocalCrew, how_it_ended, shares
from formcheck.batch.messages import Died, Failed, Fatal, Identified, Identify, Ready, Score, Scored, Task
from formcheck.batch.work import Worker
from tests.batch.fakes import SCORER, clip
from tests.batch.fakes import score as fake
from tests.clips import first_seconds

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def crew():
    crew = LocalCrew(2, "full", SCORER)
    yield crew
    crew.close()


def hear(crew, seconds=20.0):
    """Return the next answer."""
    for _ in range(int(seconds / 0.5)):
        if found := crew.answers(0.5):
            (one,) = found
            return one
    raise AssertionError("nobody answers")


def test_a_worker_identifies_and_scores(tmp_path):
    worker = Worker(fake)
    task = Task(str(clip(tmp_path, "a.mp4", "reps 3")))
    assert worker.ready("full") == Ready()
    known = worker.answer(Identify(task))
    assert isinstance(known, Identified)
    scored = worker.answer(Score(task, known.sha256))
    assert isinstance(scored, Scored)
    assert b'"complete": 3' in scored.files["summary.json"]
    assert 0 < scored.wall_s < 5


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("raise", Failed("no_person", "nobody was found; film somebody")),
        ("model", Fatal("the pose model was altered; install it again")),
    ],
)
def test_errors_become_answers(tmp_path, words, answer):
    task = Task(str(clip(tmp_path, "a.mp4", words)))
    worker = Worker(fake)
    assert worker.answer(Score(task, worker.answer(Identify(task)).sha256)) == answer


def test_a_full_disk_ends_the_run_and_is_no_mark_against_the_recording(tmp_path):
    task = Task(str(clip(tmp_path, "a.mp4", "no-room")))
    worker = Worker(fake)
    answer = worker.answer(Score(task, worker.answer(Identify(task)).sha256))
    assert isinstance(answer, Fatal)
    assert answer.kind == "output"


def test_a_bug_of_ours_costs_one_recording_and_names_no_file(tmp_path):
    task = Task(str(clip(tmp_path, "Anna.mp4", "bug")))
    worker = Worker(fake)
    answer = worker.answer(Score(task, worker.answer(Identify(task)).sha256))
    assert isinstance(answer, Failed)
    assert (answer.reason, answer.transient) == ("crashed", False)
    assert "ZeroDivisionError" in answer.message
    assert "Anna" not in answer.message
    task = Task(str(clip(tmp_path, "b.mp4", "write")))
    assert worker.answer(Score(task, worker.answer(Identify(task)).sha256)).transient


def test_another_content_than_was_identified_is_not_kept(tmp_path):
    task = Task(str(clip(tmp_path, "a.mp4")))
    worker = Worker(fake)
    known = worker.answer(Identify(task))
    clip(tmp_path, "a.mp4", "reps 9")
    answer = worker.answer(Score(task, known.sha256))
    assert isinstance(answer, Failed)
    assert answer.transient
    assert "changed" in answer.message


def test_a_process_that_dies_says_so_and_another_takes_its_place(crew, tmp_path):
    crew.hire()
    assert hear(crew) == (0, Ready())
    task = Task(str(clip(tmp_path, "a.mp4", "crash")))
    crew.send(0, Identify(task))
    _, known = hear(crew)
    crew.send(0, Score(task, known.sha256))
    worker, died = hear(crew)
    assert (worker, type(died)) == (0, Died)
    assert "SIGSEGV" in died.why
    crew.send(0, Identify(task))  # into the void
    crew.replace(0)
    assert hear(crew) == (0, Ready())


def test_a_replaced_process_is_heard_no_more(crew, tmp_path):
    crew.hire()
    assert hear(crew) == (0, Ready())
    crew.send(0, Identify(Task(str(clip(tmp_path, "a.mp4")))))
    crew.replace(0)
    assert hear(crew) == (0, Ready())
    assert crew.answers(0.3) == []


def test_nobody_is_left_behind(crew):
    crew.hire()
    crew.hire()
    pids = crew.pids
    hear(crew)
    hear(crew)
    crew.close()
    assert not [pid for pid in pids if Path(f"/proc/{pid}/exe").exists()]


def test_what_a_killed_worker_had_fetched_goes_with_the_crew(crew):
    crew.hire()
    hear(crew)
    folder = Path(crew._temporary.name)
    (folder / "formcheck-abc").mkdir()
    (folder / "formcheck-abc" / "a.mp4").write_text("fetched")
    os.kill(crew.pids[0], 9)
    hear(crew)
    crew.close()
    assert not folder.exists()


def test_processors_are_divided_among_workers(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    assert shares(2) == [(0, 2), (1, 3)]
    assert shares(4) == [(0,), (1,), (2,), (3,)]
    assert shares(1) == [(0, 1, 2, 3)]
    assert shares(5) == [()] * 5
    assert shares(2, 1) == [(0,), (1,)]
    assert shares(1, 1) == [(0,)]
    monkeypatch.delattr(os, "sched_getaffinity")
    assert shares(2) == [(), ()]


def test_native_threads_are_limited_unless_the_user_says_otherwise(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    environment = local._environment(2)
    assert environment["OMP_NUM_THREADS"] == "7"
    assert environment["OPENBLAS_NUM_THREADS"] == "2"


def test_how_it_ended_in_words():
    assert how_it_ended(3) == "exit code 3"
    assert how_it_ended(-11) == "SIGSEGV"
    assert "memory" in how_it_ended(-9)
    assert how_it_ended(-99) == "signal 99"


NO_CV2 = """
import sys
class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "cv2":
            raise ImportError("libGL.so.1: cannot open shared object file")
sys.meta_path.insert(0, Refused())
from formcheck.batch.messages import Identify, Score, Task
from formcheck.batch.work import Worker
import formcheck.batch.command
worker = Worker()
task = Task(sys.argv[1], report=True)
print(worker.ready("lite"))
known = worker.answer(Identify(task))
print(type(worker.answer(Score(task, known.sha256))).__name__, "cv2" in sys.modules)
"""


def test_a_worker_scores_on_a_server_without_libgl(tmp_path):
    path = first_seconds(ROOT / "samples" / "squat_side.mp4", tmp_path / "a.mp4", 1.5)
    told = subprocess.check_output(
        [sys.executable, "-c", NO_CV2, str(path)],
        text=True,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert told.splitlines() == ["Ready()", "Scored False"]
