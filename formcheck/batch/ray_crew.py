"""Workers as Ray actors, on an existing cluster or a local one.  The only file that imports Ray.

Placing, starting and watching them is Ray's; here one request at a time is handed to each.
"""

from __future__ import annotations

import os
from typing import Any

from formcheck.batch.local import processors
from formcheck.batch.messages import Answer, Died, Fatal, Request
from formcheck.batch.work import Worker
from formcheck.batch.worker import scorer_of
from formcheck.errors import UsageError

NO_STATISTICS = {"RAY_USAGE_STATS_ENABLED": "0"}
"""Ray tells a public host about its use unless this stands in the environment, of workers too."""
OBJECT_STORE_BYTES = 200_000_000
"""Of a local cluster: results with their poses are some MB; what does not fit goes to disk."""


class RayCrew:
    """A `Crew` of actors, one processor each.

    Parameters
    ----------
    size : int | None
        How many at most; by default as many as the cluster has processors.
    address : str | None
        Of a cluster (``auto``, ``host:6379``, ``ray://host:10001``); a local one is started without it.
    model : str
        The pose model they load.
    scorer : str
        ``module:function`` (tests put another one here).
    verbose : bool
        Let Ray and native libraries talk.

    Raises
    ------
    UsageError
        Ray is not installed, or the cluster does not answer.
    """

    def __init__(
        self, size: int | None, address: str | None, model: str, scorer: str, *, verbose: bool = False
    ) -> None:
        self._ray = _load_ray()
        self._model, self._scorer = model, scorer
        _join(self._ray, size or processors(), address, verbose)
        self.size = size or max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        actor = self._ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)
        self._make = actor(Actor).remote
        self._actors: dict[int, Any] = {}
        self._asked: dict[Any, int] = {}

    @property
    def workers(self) -> tuple[int, ...]:
        """The numbers of those hired so far."""
        return tuple(self._actors)

    def hire(self) -> None:
        """Start one more; it answers `Ready`."""
        self._start(len(self._actors))

    def _start(self, worker: int) -> None:
        actor = self._make(self._scorer)
        self._actors[worker] = actor
        self._asked[actor.ready.remote(self._model)] = worker

    def send(self, worker: int, request: Request) -> None:
        """Ask a worker that has nothing else to do."""
        self._asked[self._actors[worker].answer.remote(request)] = worker

    def answers(self, timeout_s: float) -> list[tuple[int, Answer]]:
        """Return what has been answered, after at most so many seconds."""
        waiting = list(self._asked)
        done, _ = self._ray.wait(waiting, num_returns=1, timeout=timeout_s) if waiting else ([], [])
        return [(self._asked.pop(one), self._answer(one)) for one in done]

    def _answer(self, one: Any) -> Answer:
        errors = self._ray.exceptions
        try:
            answer: Answer = self._ray.get(one)
        except errors.ActorUnschedulableError as error:
            return Fatal(f"the cluster has no room for a worker ({_first_line(error)})", "usage")
        except errors.RuntimeEnvSetupError as error:
            return Fatal(f"the cluster cannot run formcheck ({_first_line(error)})", "usage")
        except errors.RayTaskError as error:
            return Fatal(
                f"a worker on the cluster does not work ({_first_line(error.cause or error)}); install the "
                "same formcheck on every node",
                "usage",
            )
        except errors.RayError as error:
            return Died(_first_line(error))
        return answer

    def replace(self, worker: int) -> None:
        """End a worker, if it still lives, and start another under its number, which answers `Ready`."""
        self._ray.kill(self._actors[worker], no_restart=True)
        for one in [one for one, asked in self._asked.items() if asked == worker]:
            del self._asked[one]
        self._start(worker)

    def close(self) -> None:
        """End everybody, and leave the cluster; a local one ends."""
        for actor in self._actors.values():
            self._ray.kill(actor, no_restart=True)
        self._actors.clear()
        self._ray.shutdown()


class Actor:
    """What Ray runs on a node: our worker."""

    def __init__(self, scorer: str) -> None:
        self._worker = Worker(scorer_of(scorer))

    def ready(self, model: str) -> Answer:
        """Load what is needed."""
        return self._worker.ready(model)

    def answer(self, request: Request) -> Answer:
        """Do what is asked."""
        return self._worker.answer(request)


def _load_ray() -> Any:
    os.environ.update(NO_STATISTICS)
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray  # noqa: PLC0415 - only this engine needs it, and the environment must be set before
        import ray.exceptions  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(
            "--engine ray needs Ray, which is not installed; run: pip install 'formcheck[ray]'"
        ) from error
    return ray


def _join(ray: Any, size: int, address: str | None, verbose: bool) -> None:
    options: dict[str, Any] = {
        "runtime_env": {"env_vars": NO_STATISTICS},
        "log_to_driver": verbose,
        "logging_level": "INFO" if verbose else "ERROR",
    }
    if address is None:
        options |= {
            "address": "local",  # whatever cluster the environment names: the user has named none
            "num_cpus": size,
            "include_dashboard": False,
            "object_store_memory": OBJECT_STORE_BYTES,
            "_node_ip_address": "127.0.0.1",
        }
    else:
        options["address"] = address
    try:
        ray.init(**options)
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
        raise UsageError(
            f"the Ray cluster at {address or 'this machine'} does not answer ({_first_line(error)}); "
            "check the address, and that the cluster runs the same version of Ray"
        ) from error


def _first_line(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    return " ".join(text.splitlines()[0].split())[:200]
