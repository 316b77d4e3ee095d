"""The pose model in a thread of its own, between the camera and the session.

The model takes one core for nearly as long as a picture lasts (28 to 31 ms of 33 on the slowest machine
tried) and does so outside Python's lock.  Drawing, coaching and the window's own work fit on another core
meanwhile, so a picture is drawn while the next one is looked at.  In order and one at a time: the analysis
sees what it would see without threads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Thread
from types import TracebackType
from typing import Protocol, Self

from formcheck.pose.sighting import Estimator, Sighting
from formcheck.pose.thinning import Thinning
from formcheck.video.cameras import Captured, State

_WAIT_S = 0.1
"""How often the thread looks whether it is to end."""
_CLOSE_S = 5.0
"""A model that does not come back in this time is left behind."""


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """A picture and what the pose model saw in it."""

    captured: Captured
    sighting: Sighting


class Eye(Protocol):
    """Where pictures come from: a `formcheck.video.cameras.Capture`."""

    @property
    def state(self) -> State:
        """How the camera does."""
        ...

    def latest(self, timeout_s: float) -> Captured | None:
        """Take the newest picture."""
        ...


class Looking:
    """Sightings of the newest pictures; to be used with ``with``.

    Parameters
    ----------
    eye : Eye
    estimator : Estimator
        Only called from the thread; still closed by whoever made it.
    """

    def __init__(self, eye: Eye, estimator: Estimator) -> None:
        self._eye, self._estimator = eye, estimator
        self._thinning = Thinning()
        self._changed = Condition()
        self._looked: Looked | None = None
        self._stopping = self._over = False
        self._error: BaseException | None = None
        self._thread = Thread(target=self._work, name="formcheck-pose", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join(_CLOSE_S)

    @property
    def over(self) -> bool:
        """Whether the recording has ended and everything seen of it was taken."""
        with self._changed:
            return self._over and self._looked is None and self._error is None

    def next(self, timeout_s: float) -> Looked | None:
        """Take what was seen in the next picture, waiting for it.

        Returns
        -------
        Looked | None
            None if there was nothing within `timeout_s`.

        Raises
        ------
        Exception
            What the pose model raised.
        """
        with self._changed:
            self._wait(lambda: self._looked is not None or self._over, timeout_s)
            looked, self._looked = self._looked, None
            self._changed.notify_all()
            if looked is None and self._error is not None:
                error, self._error = self._error, None
                raise error
        return looked

    def _wait(self, condition: Callable[[], bool], timeout_s: float | None = None) -> None:
        self._changed.wait_for(condition, timeout_s)

    # In the thread

    def _work(self) -> None:
        try:
            while not self._stopping and self._eye.state is not State.ENDED:
                captured = self._eye.latest(_WAIT_S)
                if captured is not None and self._thinning.takes(captured.frame):
                    self._hand_over(Looked(captured, self._estimator.estimate(captured.frame)))
        except Exception as error:  # noqa: BLE001 - raised again where the session waits
            self._error = error
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()

    def _hand_over(self, looked: Looked) -> None:
        """Wait until the one before was taken: nothing that was looked at is left out of the analysis."""
        with self._changed:
            self._wait(lambda: self._looked is None or self._stopping)
            self._looked = looked
            self._changed.notify_all()
