"""Cameras that are well, ill, absent or hang; short real threads, thresholds scaled down."""

from __future__ import annotations

import http.server
import io
import itertools
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from formcheck.errors import InputError, Reason
from formcheck.video import cameras
from formcheck.video.cameras import (
    Capture,
    Captured,
    State,
    has_display,
    keep_awake,
    list_cameras,
    open_camera,
    opencv,
)
from formcheck.video.files import VideoFile
from tests import media

STUCK_S, RETRY_S = 0.2, 0.1
"""A tenth of the real thresholds and less."""


class Fake:
    """A camera to be told what to do.

    Parameters
    ----------
    shots : Iterator of images, None (a read that fails at once) or functions returning either
    rate_hz : float
        How often it gives one.
    times_s : Iterator of time stamps
    """

    def __init__(self, shots, *, rate_hz=100.0, times_s=None, recorded=False, opens=lambda: True):
        self.recorded = recorded
        self.shots = iter(shots)
        self.step_s = 1 / rate_hz
        self.times_s = itertools.repeat(None) if times_s is None else iter(times_s)
        self.opens = opens
        self.reopened_s: list[float] = []
        self.reading = threading.Event()
        self.closed = threading.Event()
        self.closed_while_reading = False

    def read(self):
        assert not self.closed.is_set()
        self.reading.set()
        shot = next(self.shots, None)
        shot = shot() if callable(shot) else shot
        if shot is None:
            self.reading.clear()
            return None, None
        time.sleep(self.step_s)
        self.reading.clear()
        return shot, next(self.times_s)

    def reopen(self):
        self.reopened_s.append(time.perf_counter())
        return self.opens()

    def close(self):
        self.closed_while_reading = self.reading.is_set()
        self.closed.set()


def shots(count: int | None = None, size: tuple[int, int] = media.SIZE) -> Iterator[media.Image]:
    return itertools.repeat(media.picture(size), *([] if count is None else [count]))


def capture(source, **options) -> Capture:
    return Capture(source, **({"stuck_s": STUCK_S, "retry_s": RETRY_S} | options))


def take(camera: Capture, seconds: float) -> list[Captured]:
    """What a quick consumer gets in some time, or until the end."""
    until_s = time.perf_counter() + seconds
    taken = []
    while time.perf_counter() < until_s and camera.state is not State.ENDED:
        if captured := camera.latest(0.05):
            taken.append(captured)
    return taken


def wait_for(condition: Callable[[], bool], seconds: float = 2.0) -> bool:
    until_s = time.perf_counter() + seconds
    while time.perf_counter() < until_s:
        if condition():
            return True
        time.sleep(0.005)
    return False


def times(taken: list[Captured]) -> list[float]:
    return [captured.frame.time_s for captured in taken]


def assert_increasing(times_s: list[float]) -> None:
    assert all(earlier < later for earlier, later in itertools.pairwise(times_s))


# The newest picture


def test_a_quick_consumer_gets_every_picture_and_when_it_was_grabbed():
    with capture(Fake(shots(), rate_hz=50)) as camera:
        taken = take(camera, 0.4)
        assert camera.state is State.OK
        assert camera.dropped <= 2
    assert 10 <= len(taken) <= 21
    assert taken[0].frame.time_s == 0
    assert_increasing([captured.frame.index for captured in taken])
    assert_increasing(times(taken))
    for captured in taken:
        since_s = captured.grabbed_s - taken[0].grabbed_s
        assert captured.frame.time_s == pytest.approx(since_s, abs=1e-5)
    assert taken[0].frame.image.flags.c_contiguous
    assert taken[0].frame.image.dtype == np.uint8


def test_a_slow_consumer_gets_the_newest_and_the_others_are_counted():
    with capture(Fake(shots(), rate_hz=200)) as camera:
        assert camera.latest(1)
        time.sleep(0.2)
        before = camera.delivered
        captured = camera.latest(1)
        now_s = time.perf_counter()
        taken, dropped = 2, camera.dropped
        assert dropped >= 10
        assert before - 1 <= captured.frame.index
        assert camera.delivered - camera.dropped - taken in {0, 1}
    assert now_s - captured.grabbed_s < 0.05


def test_a_picture_is_taken_once():
    with capture(Fake(shots(1))) as camera:
        assert camera.latest(1)
        assert camera.latest(0.02) is None


def test_five_pictures_a_second():
    with capture(Fake(shots(), rate_hz=5), stuck_s=0.5) as camera:
        taken = take(camera, 0.7)
        assert camera.state is State.OK
    assert 3 <= len(taken) <= 5
    assert np.diff(times(taken)) == pytest.approx(0.2, abs=0.1)


def test_the_size_may_change():
    sizes = [*shots(3), *shots(3, (32, 64))]
    with capture(Fake(sizes), every_frame=True) as camera:
        taken = take(camera, STUCK_S)
    assert [captured.frame.size for captured in taken] == [(64, 48)] * 3 + [(32, 64)] * 3


@pytest.mark.parametrize(("level", "brightness"), [(0, 0.0), (51, 0.2), (255, 1.0)])
def test_black_pictures_are_pictures(level, brightness):
    with capture(Fake(itertools.repeat(np.full((48, 64, 3), level, np.uint8)))) as camera:
        captured = camera.latest(1)
        assert camera.state is State.OK
    assert captured.brightness == pytest.approx(brightness)


@pytest.mark.parametrize(
    "stamps",
    [
        lambda: itertools.repeat(time.perf_counter()),
        lambda: itertools.cycle([1e9, -5.0, 0.0]),
        lambda: (time.perf_counter() - (0.5 if i % 3 == 0 else 0.0) for i in itertools.count()),
        lambda: itertools.cycle([float("nan"), float("inf")]),
    ],
    ids=["repeated", "wild", "back", "no numbers"],
)
def test_stamps_that_jump_are_replaced(stamps):
    with capture(Fake(shots(), times_s=stamps())) as camera:
        taken = take(camera, 0.3)
    assert len(taken) > 10
    assert_increasing(times(taken))
    assert times(taken)[-1] <= 0.9  # at most the half second by which the first stamp was early
    assert np.diff(times(taken)[1:]) == pytest.approx(0.01, abs=0.2)


def test_sound_stamps_are_used():
    stamped = []

    def stamps():
        while True:
            stamped.append(time.perf_counter() - 0.005)
            yield stamped[-1]

    with capture(Fake(shots(), times_s=stamps()), every_frame=True) as camera:
        taken = take(camera, 0.1)
    assert [captured.grabbed_s for captured in taken] == stamped[: len(taken)]


# Cameras that fail


def test_a_camera_that_stops_is_told_and_picked_up_when_it_returns():
    gap_s = 0.5
    camera_back = time.perf_counter() + 0.2 + gap_s

    def shot():
        now_s = time.perf_counter()
        return media.picture() if now_s < camera_back - gap_s or now_s > camera_back else None

    source = Fake(itertools.repeat(shot), opens=lambda: time.perf_counter() > camera_back)
    states, taken = [], []
    with capture(source) as camera:
        began_s = time.perf_counter()
        while time.perf_counter() < camera_back + 0.4:
            if captured := camera.latest(0.01):
                taken.append(captured)
            states.append((time.perf_counter() - began_s, camera.state))
    lost_s = next(at_s for at_s, state in states if state is not State.OK)
    assert lost_s == pytest.approx(0.2 + STUCK_S, abs=0.15)
    assert [state for state, _ in itertools.groupby(state for _, state in states)][-2:] == [
        State.LOST,
        State.OK,
    ]
    assert_increasing(times(taken))
    steps_s = np.diff(times(taken))
    assert steps_s.max() == pytest.approx(gap_s, abs=0.15)
    assert sorted(steps_s)[-2] < 0.1
    tries = source.reopened_s
    assert len(tries) >= 2
    assert min(np.diff(tries)) >= RETRY_S


def test_a_read_that_hangs_is_told_too():
    resume = threading.Event()
    source = Fake([*shots(3), lambda: resume.wait(5) and media.picture(), *shots(50)])
    with capture(source, every_frame=True) as camera:
        assert len(take(camera, 0.15)) == 3
        assert wait_for(lambda: camera.state is State.STUCK, 2 * STUCK_S)
        resume.set()
        assert camera.latest(1)
        assert camera.state is State.OK


def test_a_camera_that_opens_and_gives_nothing_is_opened_again_and_again():
    source = Fake([])
    with capture(source) as camera:
        assert camera.latest(0.1) is None
        assert camera.state is State.OK
        assert camera.latest(0.5) is None
        assert camera.state is State.STUCK
    assert 3 <= len(source.reopened_s) <= 5


def test_closing_does_not_wait_for_a_camera_that_hangs(monkeypatch):
    monkeypatch.setattr(cameras, "_CLOSE_S", 0.1)
    monkeypatch.setattr(cameras, "_READ_S", 0.1)
    resume = threading.Event()
    source = Fake([*shots(1), lambda: resume.wait(5) and None])
    with capture(source) as camera:
        assert camera.latest(1)
        assert source.reading.wait(1)
        began_s = time.perf_counter()
    assert time.perf_counter() - began_s < 0.5
    assert not source.closed.is_set()
    resume.set()
    assert source.closed.wait(1)
    assert not source.closed_while_reading
    assert camera.latest(0.01) is None


def test_closing_before_anything_is_read_closes_the_source():
    source = Fake(shots())
    capture(source).close()
    assert source.closed.is_set()


def test_a_bug_in_a_source_reaches_the_consumer():
    def broken():
        raise ZeroDivisionError

    source = Fake([*shots(1), broken])
    camera = capture(source)
    with pytest.raises(ZeroDivisionError), camera:
        take(camera, 1)
    assert camera.state is State.ENDED
    assert source.closed.is_set()


# Recordings


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    """1.2 s with uneven times and a gap of 0.4 s."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    at = [*media.steady(12), *(Fraction(23, 30) + t for t in media.steady(7, 15))]
    return media.make_video(path, media.pictures(len(at)), at)


def test_every_frame_of_a_recording_is_what_review_sees(clip):
    with capture(open_camera(str(clip)).source, every_frame=True, pace=False) as camera:
        taken = []
        while camera.state is not State.ENDED:
            if captured := camera.latest(0.05):
                taken.append(captured)
                time.sleep(0.005)
        assert (camera.delivered, camera.dropped) == (len(taken), 0)
    for captured, frame in zip(taken, VideoFile(clip), strict=True):
        assert captured.frame.time_s == frame.time_s
        assert captured.frame.index == frame.index
        assert np.array_equal(captured.frame.image, frame.image)


@pytest.mark.parametrize("every_frame", [False, True])
def test_a_recording_takes_its_time(clip, every_frame):
    states = set()
    with capture(open_camera(str(clip)).source, every_frame=every_frame) as camera:
        taken = []
        while camera.state is not State.ENDED:
            taken += [captured] if (captured := camera.latest(0.02)) else []
            states.add(camera.state)
    assert len(taken) >= 17
    ahead_s = [one.grabbed_s - taken[0].grabbed_s - one.frame.time_s for one in taken]
    assert min(ahead_s) > -0.001
    assert np.median(ahead_s) < 0.05
    assert State.STUCK in states  # in its gap, as a camera that stops and resumes
    assert State.LOST not in states


def test_a_recording_drops_for_a_slow_consumer_as_a_camera_does(clip):
    with capture(open_camera(str(clip)).source) as camera:
        taken = []
        while camera.state is not State.ENDED:
            taken += [captured] if (captured := camera.latest(0.02)) else []
            time.sleep(0.1)
        assert camera.delivered == 19
        assert camera.dropped == 19 - len(taken) > 3
    truth = [frame.time_s for frame in VideoFile(clip)]
    assert all(one.frame.time_s == truth[one.frame.index] for one in taken)


def test_a_recording_is_left_in_the_middle(clip):
    with capture(open_camera(str(clip)).source, every_frame=True) as camera:
        assert camera.latest(1)
        began_s = time.perf_counter()
    assert time.perf_counter() - began_s < 0.3


def test_a_short_recording_just_ends(tmp_path):
    path = media.make_video(tmp_path / "short.mp4", media.pictures(6))
    with capture(open_camera(str(path)).source, every_frame=True) as camera:
        assert len(take(camera, 2)) == 6
        assert camera.state is State.ENDED


def test_a_photo_is_no_camera(tmp_path):
    path = media.still(tmp_path / "photo.png")
    with pytest.raises(InputError, match="single picture") as refused:
        open_camera(str(path))
    assert refused.value.reason is Reason.TOO_SHORT


def test_a_recording_that_vanishes_is_told(tmp_path):
    path = media.make_video(tmp_path / "gone.mp4")
    source = open_camera(str(path)).source
    path.unlink()
    with pytest.raises(InputError, match="not found"), capture(source) as camera:
        take(camera, 1)


def test_times_of_a_recording_that_jump_back_or_lack():
    source = Fake(shots(5), times_s=[0.0, 0.5, 0.2, None, 0.6], recorded=True)
    with capture(source, every_frame=True, pace=False) as camera:
        taken = times(take(camera, 1))
    assert_increasing(taken)
    assert taken[:2] == [0.0, 0.5]
    assert taken[-1] == 0.6


def test_a_recording_as_camera_says_what_it_is(clip):
    camera = open_camera(str(clip))
    assert (camera.name, camera.backend, camera.width, camera.height) == ("clip.mp4", "file", 64, 48)
    assert camera.recording is not None
    camera.source.close()


# Opening


def one_line(error: pytest.ExceptionInfo[InputError]) -> str:
    assert str(error.value)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("what", "reason", "words"),
    [
        ("missing.mp4", Reason.NOT_FOUND, "not found"),
        ("", Reason.NOT_FOUND, "folder"),
        ("-1", Reason.NOT_FOUND, "not found"),
        ("a\0b", Reason.NOT_FOUND, "not found"),
        ("file:///etc/passwd", Reason.UNSUPPORTED, "no camera's address"),
        ("rtsp://user:secret@127.0.0.1:9/x", Reason.UNREADABLE, "rtsp://127.0.0.1:9/x: gives no video"),
    ],
)
def test_what_is_no_camera_is_refused(what, reason, words):
    with pytest.raises(InputError, match=words) as error:
        open_camera(what, patience_s=2)
    assert error.value.reason is reason
    assert "secret" not in one_line(error)


@pytest.mark.skipif(sys.platform != "linux", reason="device files")
def test_no_camera_of_that_number_names_the_others(monkeypatch):
    monkeypatch.setattr(cameras, "_nodes", lambda: [2, 4])
    with pytest.raises(InputError, match=r"camera 97: there is none; there are: 2, 4;") as error:
        open_camera("97")
    assert error.value.reason is Reason.NOT_FOUND
    monkeypatch.setattr(cameras, "_nodes", lambda: [])
    with pytest.raises(InputError, match="no camera is connected"):
        open_camera("97")


@pytest.mark.skipif(sys.platform != "linux", reason="device files")
@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero"])
def test_a_device_that_is_no_camera_does_not_open(path, capfd):
    with pytest.raises(InputError, match=f"camera {path}: does not open") as error:
        open_camera(path)
    assert error.value.reason is Reason.UNREADABLE
    assert capfd.readouterr() == ("", "")


class Handle:
    """An open camera in the hands of `_Live`."""

    rate_hz = 30.0

    def __init__(self, read=lambda: (media.picture(), None)):
        self.read = read
        self.closed = threading.Event()
        self.threads = {threading.get_ident()}

    def close(self):
        self.threads.add(threading.get_ident())
        self.closed.set()


@pytest.fixture
def devices(monkeypatch) -> Callable[..., None]:
    """Put cameras of our own behind the numbers, one per backend."""

    def put(*opens):
        backends = tuple(f"WAY{number}" for number in range(len(opens)))
        ways = dict(zip(backends, opens, strict=True))
        monkeypatch.setattr(cameras, "_BACKENDS", {sys.platform: backends})
        monkeypatch.setattr(cameras, "_check_node", lambda *_: None)
        monkeypatch.setattr(
            cameras._Device, "open", lambda name, device, backend, size, rate_hz: ways[backend]()
        )

    monkeypatch.setattr(cameras, "FIRST_PICTURE_S", 0.2)
    monkeypatch.setattr(cameras, "_READ_S", 0.1)
    return put


def busy():
    raise InputError(Reason.UNREADABLE, "camera 0: does not open; close other programs that use it")


def test_a_camera_reports_what_was_got(devices):
    handles = []
    devices(lambda: handles.append(Handle()) or handles[0])
    camera = open_camera("0")
    assert (camera.name, camera.backend) == ("camera 0", "WAY0")
    assert (camera.width, camera.height, camera.rate_hz) == (64, 48, 30.0)
    with capture(camera.source) as live:
        assert live.latest(1)
    assert handles[0].closed.is_set()
    assert len(handles[0].threads) == 1  # opened and closed by the same one


def test_a_busy_camera(devices):
    devices(busy)
    with pytest.raises(InputError, match="close other programs"):
        open_camera("0")


def test_a_camera_that_opens_and_gives_nothing(devices):
    handle = Handle(lambda: (None, None))
    devices(lambda: handle)
    with pytest.raises(InputError, match="opens but gives no picture") as error:
        open_camera("0")
    assert error.value.reason is Reason.NO_FRAMES
    assert handle.closed.is_set()


def test_a_camera_that_never_opens_is_left_behind_and_the_next_way_tried(devices):
    resume, late, good = threading.Event(), Handle(), Handle()
    devices(lambda: resume.wait(5) and late, lambda: good)
    camera = open_camera("0", patience_s=0.2)
    assert camera.backend == "WAY1"
    camera.source.close()
    resume.set()
    assert late.closed.wait(1)


def test_a_camera_that_hangs_is_left_behind_and_opened_anew(devices, monkeypatch):
    monkeypatch.setattr(cameras, "_CLOSE_S", 0.1)
    resume = threading.Event()
    reads = iter([True] * 3)

    def read():
        if not next(reads, False):
            resume.wait(9)
        return media.picture(), None

    handles = [Handle(read), Handle()]
    devices(partial(next, iter(handles)))
    with capture(open_camera("0").source) as live:
        first = take(live, 0.1)
        assert wait_for(lambda: live.state is State.STUCK)
        second = take(live, 0.6)
        assert live.state is State.OK
    assert_increasing(times(first + second))
    assert not handles[0].closed.is_set()
    resume.set()
    assert handles[0].closed.wait(1)


def test_a_camera_that_hangs_while_opened_anew_is_waited_for_without_another_try(devices, monkeypatch):
    monkeypatch.setattr(cameras, "_CLOSE_S", 0.05)
    resume, tries = threading.Event(), []
    reads = iter([(media.picture(), None)] * 2)

    def opens():
        tries.append(1)
        if len(tries) == 1:
            return Handle(lambda: next(reads, (None, None)))
        resume.wait(5)
        return Handle()

    devices(opens)
    with capture(open_camera("0").source) as live:
        assert wait_for(lambda: live.state is State.LOST)
        time.sleep(0.3)
        assert len(tries) == 2
        resume.set()
        assert wait_for(lambda: live.state is State.OK)


def test_opencv_reads_as_review_does_and_says_nothing(tmp_path, capfd):
    """The class that reads cameras, on a recording: a camera is not to be had here."""
    path = media.make_video(tmp_path / "clip.avi", media.pictures(4), codec="ffv1")
    device = cameras._Device.open("camera 0", str(path), "FFMPEG", cameras.SIZE, 30)
    assert device.rate_hz is not None
    image, grabbed_s = device.read()
    assert np.abs(image.astype(int) - media.picture()).mean() < 4  # RGB, not BGR
    assert image.flags.c_contiguous
    assert 0 <= time.perf_counter() - grabbed_s < 1
    for _ in range(3):
        assert device.read()[0] is not None
    assert device.read() == (None, None)
    device.close()
    assert capfd.readouterr() == ("", "")


def test_grey_cameras_have_three_channels(tmp_path):
    path = media.make_video(tmp_path / "clip.avi", media.pictures(2), codec="ffv1")
    device = cameras._Device.open("camera 0", str(path), "FFMPEG", cameras.SIZE, 30)
    assert device._rgb(np.full((4, 6), 9, np.uint8)).tolist() == np.full((4, 6, 3), 9).tolist()
    device.close()


def test_opencv_that_does_not_load_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(InputError, match="libgl1"):
        opencv()


# Cameras in the network


@contextmanager
def served(handler: Callable[..., http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """Answer on this machine; yields host and port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class MotionJpeg(http.server.BaseHTTPRequestHandler):
    """What a network camera or a phone serves; each visitor gets so many pictures."""

    def __init__(self, *args, pictures: int) -> None:
        self.pictures = pictures
        super().__init__(*args)

    def do_GET(self):
        buffer = io.BytesIO()
        Pillow.fromarray(media.picture()).save(buffer, "jpeg", quality=95)
        part = b"--edge\r\nContent-Type: image/jpeg\r\n\r\n" + buffer.getvalue() + b"\r\n"
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=edge")
        self.end_headers()
        with suppress(OSError):
            for _ in range(self.pictures):
                self.wfile.write(part)
                time.sleep(0.02)

    def log_message(self, *_):
        pass


class Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def test_a_camera_in_the_network():
    with served(partial(MotionJpeg, pictures=100)) as host:
        camera = open_camera(f"http://user:secret@{host}/video", patience_s=5)
        assert (camera.name, camera.backend) == (f"http://{host}/video", "network")
        assert (camera.width, camera.height) == media.SIZE
        with capture(camera.source) as live:
            taken = take(live, 0.3)
    assert len(taken) >= 5
    assert_increasing(times(taken))
    assert np.abs(taken[0].frame.image.astype(int) - media.picture()).mean() < 8


def test_a_camera_in_the_network_that_hangs_up_is_called_again():
    with (
        served(partial(MotionJpeg, pictures=15)) as host,
        capture(open_camera(f"http://{host}/video", patience_s=5).source) as live,
    ):
        taken = take(live, 0.9)
    assert len(taken) > 15
    assert max(np.diff(times(taken))) >= STUCK_S
    assert_increasing(times(taken))


def test_a_recording_in_the_network_is_no_camera(tmp_path):
    media.make_video(tmp_path / "clip.mp4")
    with (
        served(partial(Files, directory=str(tmp_path))) as host,
        pytest.raises(InputError, match="is a recording; download it"),
    ):
        open_camera(f"http://{host}/clip.mp4", patience_s=5)


# For doctor, and around a session


def test_the_list_of_cameras(devices, monkeypatch):
    monkeypatch.setattr(cameras, "_nodes", lambda: [0, 2])
    monkeypatch.setattr(sys, "platform", "linux")
    opens = iter([Handle, busy])

    def open_next():
        return next(opens)()

    devices(open_next)
    good, bad = list_cameras()
    assert (good.number, good.width, good.height, good.problem) == (0, 64, 48, None)
    assert (bad.number, bad.width) == (2, None)
    assert "close other programs" in bad.problem


@pytest.mark.skipif(sys.platform != "linux", reason="sockets of X")
def test_a_display_is_one_that_answers(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert not has_display()
    for nowhere in ("", ":9753", ":9753.0", "unix:9753", "127.0.0.1:9753", "junk", ":99999999"):
        monkeypatch.setenv("DISPLAY", nowhere)
        assert not has_display()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0/tmp/.X11-unix/X9753")
        server.listen()
        monkeypatch.setenv("DISPLAY", ":9753.0")
        assert has_display()
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1] - 6000
        monkeypatch.setenv("DISPLAY", f"127.0.0.1:{number}.0")
        assert has_display()


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_other_systems_have_a_display(monkeypatch, platform):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    assert has_display()


@pytest.fixture
def inhibitor(tmp_path, monkeypatch) -> Path:
    """A stand-in for the command that writes down its life."""
    log = tmp_path / "log"
    command = tmp_path / "systemd-inhibit"
    cat = shutil.which("cat")
    command.write_text(f'#!/bin/sh\necho "$1" > {log}\n{cat}\necho over >> {log}\n', encoding="utf-8")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return log


@pytest.mark.skipif(sys.platform != "linux", reason="systemd-inhibit")
def test_the_machine_is_kept_awake_as_long_as_needed(inhibitor):
    with keep_awake():
        assert wait_for(lambda: inhibitor.exists() and inhibitor.read_text(encoding="utf-8") != "")
        time.sleep(0.05)
        assert inhibitor.read_text(encoding="utf-8") == "--what=idle:sleep\n"
    # terminated or over, but not running: it was waited for


@pytest.mark.skipif(sys.platform != "linux", reason="systemd-inhibit")
def test_a_killed_program_keeps_nothing_awake(inhibitor):
    code = (
        "import os, sys; from formcheck.video.cameras import keep_awake\n"
        "assert 'cv2' not in sys.modules\n"
        "with keep_awake(): sys.stdin.read(1); os.kill(os.getpid(), 9)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    assert wait_for(lambda: inhibitor.exists() and inhibitor.read_text(encoding="utf-8") != "", 10)
    process.communicate(b"x")
    assert wait_for(lambda: "over" in inhibitor.read_text(encoding="utf-8"))


@pytest.mark.parametrize("script", [None, "#!/bin/sh\nexit 1\n", "not a program"])
def test_a_machine_that_cannot_be_kept_awake_is_no_matter(tmp_path, monkeypatch, capfd, script):
    if script:
        (tmp_path / "systemd-inhibit").write_text(script, encoding="utf-8")
        (tmp_path / "systemd-inhibit").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with keep_awake():
        pass
    with pytest.raises(KeyError), keep_awake():
        raise KeyError
    assert capfd.readouterr() == ("", "")
