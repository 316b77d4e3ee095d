"""The pose model beside the session: in order, nothing left out, errors passed on; lost cameras."""

from __future__ import annotations

import time

import numpy as np
import pytest

from formcheck.frame import Frame
from formcheck.live import script, session
from formcheck.live.looking import Looking
from formcheck.live.session import Session, Setup
from formcheck.live.speech import Speech
from formcheck.pose.sighting import Sighting
from formcheck.video.cameras import Capture, Captured, State

IMAGE = np.zeros((48, 64, 3), np.uint8)


class Eye:
    """Gives so many pictures at once, then ends."""

    def __init__(self, pictures: int, rate_hz: float = 30.0) -> None:
        self.left, self.given, self.rate_hz = pictures, 0, rate_hz

    @property
    def state(self) -> State:
        return State.OK if self.left else State.ENDED

    def latest(self, timeout_s: float) -> Captured | None:
        self.left, self.given = self.left - 1, self.given + 1
        return Captured(Frame(IMAGE, self.given / self.rate_hz, self.given), 0.0)


class Nobody:
    """A pose model that finds nobody, or breaks."""

    def __init__(self, breaks_at_s: float = float("inf")) -> None:
        self._breaks_at_s = breaks_at_s

    def estimate(self, frame: Frame) -> Sighting:
        if frame.time_s >= self._breaks_at_s:
            raise RuntimeError("the model broke")
        return Sighting(frame.time_s, frame.size, (), -1, False, 0.5, 0)

    def close(self) -> None:
        """Nothing to close."""


def test_everything_looked_at_is_handed_on_in_order():
    times_s = []
    with Looking(Eye(20), Nobody()) as looking:
        while not looking.over:
            looked = looking.next(1.0)
            if looked is not None:
                time.sleep(0.002)
                times_s.append(looked.sighting.time_s)
                assert looked.sighting.time_s == looked.captured.frame.time_s
    assert times_s == [index / 30 for index in range(1, 21)]


@pytest.mark.parametrize("rate_hz", [60.0, 120.0])
def test_a_quick_camera_is_looked_at_thirty_times_a_second(rate_hz):
    times_s = []
    with Looking(Eye(int(rate_hz), rate_hz), Nobody()) as looking:
        while not looking.over:
            looked = looking.next(1.0)
            times_s += [] if looked is None else [looked.sighting.time_s]
    assert len(times_s) == 30
    np.testing.assert_allclose(np.diff(times_s), 1 / 30, atol=1e-9)


def test_the_model_waits_for_a_slow_session():
    eye = Eye(1000)
    with Looking(eye, Nobody()) as looking:
        looking.next(1.0)
        time.sleep(0.2)
        assert eye.given <= 3


def test_an_error_of_the_model_is_raised_where_the_session_waits():
    with Looking(Eye(20), Nobody(breaks_at_s=0.1)) as looking:
        seen = [looking.next(1.0) for _ in range(2)]
        with pytest.raises(RuntimeError, match="the model broke"):
            looking.next(1.0)
        assert all(seen)
        assert looking.over


def test_nothing_comes_of_a_camera_that_gives_nothing():
    class Dark(Eye):
        def latest(self, timeout_s: float) -> None:
            time.sleep(timeout_s / 10)

    with Looking(Dark(5), Nobody()) as looking:
        assert looking.next(0.05) is None
        assert not looking.over


class Unplugged:
    """A camera that gives three pictures and then none, and breaks for good after a while."""

    recorded = False

    def __init__(self) -> None:
        self._left = 3

    def read(self):
        time.sleep(0.02)
        self._left -= 1
        if self._left < -400:
            raise RuntimeError("nobody has closed the window")
        return (IMAGE, None) if self._left >= 0 else (None, None)

    def reopen(self) -> bool:
        return False

    def close(self) -> None:
        """Nothing to close."""


class Shown:
    """A window in which somebody closes what says that the camera stopped."""

    size = (320, 240)

    def __init__(self) -> None:
        self.since_lost = self.frames = 0

    def show(self, picture):
        self.frames += 1
        if self.frames > 3:
            self.since_lost += 1
        return ["end"] if self.since_lost > 12 else []


def test_with_the_camera_lost_the_window_lives_says_so_and_can_be_closed(monkeypatch):
    headlines = []
    compose = session._composed

    def watched(image, snapshot, screen, size, *, mirror=True):
        headlines.append(screen.headline)
        return compose(image, snapshot, screen, size, mirror=mirror)

    monkeypatch.setattr(session, "_composed", watched)
    window, speech = Shown(), Speech.recording(time.perf_counter)
    began_s = time.perf_counter()
    with Capture(Unplugged(), stuck_s=0.3, retry_s=0.2) as capture:
        Session(Setup("squat", questions=False), Nobody(), speech, window=window).run(capture)
    assert time.perf_counter() - began_s < 10
    assert script.CAMERA_STOPPED in headlines
    assert window.since_lost > 12
