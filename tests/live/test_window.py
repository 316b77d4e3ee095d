"""The window: words inside and readable, a mirror that mirrors no word, and one that may be closed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from formcheck.errors import UsageError
from formcheck.live import window
from formcheck.live.acts import Screen
from formcheck.live.window import COUNT_HEIGHT, KEYS, RING_STEPS, Window, compose, key_word, moving_joint
from formcheck.pose.skeleton import Landmark, Side, no_pose
from formcheck.report.body import SIDE_COLOURS
from formcheck.report.cues import CUES
from formcheck.report.panel import GROUND, TEXT
from formcheck.report.raised import COLOURS
from formcheck.report.words import NOT_SHOWN, PHASE_WORDS
from formcheck.results import Raised, Severity, View, ViewLabel
from tests.report.people import snapshot, squatting

SIZES = [(640, 480), (1280, 720)]
ODD_SIZES = [(1, 1), (7, 300), (64, 64), (160, 120), (320, 240), (480, 640), (1280, 200), (1920, 1080)]
LONG = "Turn so that your left side faces the laptop"
FULL = Screen(
    headline=LONG,
    count=12,
    target=15,
    phase="end position",
    cue=CUES["range_limit"],
    severity="stop",
    reached=0.6,
)


def grey(width: int = 640, height: int = 480) -> np.ndarray:
    return np.full((height, width, 3), 128, np.uint8)


def luminance(colour: tuple[int, int, int]) -> float:
    parts = [v / 255 for v in colour]
    linear = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def tight(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def test_text_has_a_contrast_of_seven_to_one():
    assert (luminance(TEXT) + 0.05) / (luminance(GROUND) + 0.05) >= 7
    picture = compose(np.full((480, 640, 3), 255, np.uint8), None, Screen(headline="Rest: 42"), (640, 480))
    x0, y0, x1, y1 = tight((picture == GROUND).all(axis=2))
    assert (picture[y0:y1, x0:x1] == TEXT).all(axis=2).any()


@pytest.mark.parametrize("size", SIZES)
def test_the_count_is_a_sixth_of_the_height(size: tuple[int, int]):
    assert COUNT_HEIGHT >= 1 / 6
    picture = compose(grey(*size), None, Screen(count=8, target=8), size)
    left, top, right, bottom = tight((picture == TEXT).all(axis=2))
    assert bottom - top >= size[1] / 6
    assert left > 0
    assert top > 0
    assert right < size[0] / 2


@pytest.mark.parametrize("size", [*SIZES, *ODD_SIZES])
@pytest.mark.parametrize("paused", [False, True])
def test_everything_stays_inside_at_any_size(size: tuple[int, int], paused: bool):
    screen = replace(FULL, paused=paused)
    for image in (grey(), grey(360, 640), grey(1920, 1080), grey(1, 1), None):
        picture = compose(image, snapshot(), screen, size)
        assert picture.shape == (size[1], size[0], 3)
        assert picture.dtype == np.uint8


@pytest.mark.parametrize("size", SIZES)
def test_words_do_not_stand_on_the_edge_nor_on_each_other(size: tuple[int, int]):
    boxes = []
    base = compose(grey(*size), None, Screen(), size)
    for screen in (
        Screen(count=12, target=15, phase="end position"),
        Screen(headline=LONG),
        Screen(cue=CUES["range_limit"], severity="stop"),
    ):
        changed = (compose(grey(*size), None, screen, size) != base).any(axis=2)
        left, top, right, bottom = tight(changed)
        assert left > 0
        assert top > 0
        assert right < size[0]
        assert bottom < size[1]
        boxes.append((left, top, right, bottom))
    count, headline, cue = boxes
    assert max(count[3], headline[3]) <= cue[1]
    both = compose(grey(*size), None, Screen(headline=LONG, count=12, target=15, phase="rest"), size)
    alone = compose(grey(*size), None, Screen(count=12, target=15, phase="rest"), size)
    assert tight((both != alone).any(axis=2))[0] >= count[2]


@pytest.mark.parametrize("size", SIZES)
def test_every_cue_is_shown_whole_with_its_severity(size: tuple[int, int]):
    for words, severity in zip(CUES.values(), cycle(Severity), strict=False):
        picture = compose(None, None, replace(FULL, cue=words, severity=severity.value), size)
        assert (picture == COLOURS[severity]).all(axis=2).sum() > 100, words


def test_a_cue_without_severity_has_no_mark():
    picture = compose(None, None, Screen(cue="Better. Keep that."), (640, 480))
    assert (picture == TEXT).all(axis=2).any()
    assert not any((picture == colour).all(axis=2).any() for colour in COLOURS.values())


def test_the_picture_is_mirrored_and_no_word_is():
    image = grey()
    image[:, :320] = (200, 0, 0)
    plain = compose(image, None, Screen(), (640, 480))
    assert (plain == image[:, ::-1]).all()
    assert (compose(image, None, Screen(), (640, 480), mirror=False) == image).all()
    screen = Screen(headline="Rest: 42", count=5, target=8, phase="rest")
    mirror = compose(image, None, screen, (640, 480))
    straight = compose(image[:, ::-1], None, screen, (640, 480), mirror=False)
    assert (mirror == straight).all()
    assert (image[:, 320:] == 128).all()


def test_left_and_right_stay_the_participants():
    pose = squatting()
    pose.image_px[:, 0] = np.where(np.arange(33) % 2 == 1, 160.0, 480.0)
    picture = compose(grey(), snapshot(pose, camera_side=None), Screen(), (640, 480))
    for side, half in ((Side.LEFT, picture[:, 320:]), (Side.RIGHT, picture[:, :320])):
        assert (half == SIDE_COLOURS[side]).all(axis=2).any()
        assert not (half == SIDE_COLOURS[side.other]).all(axis=2).any()


def test_a_picture_of_another_shape_stands_beside_the_count():
    picture = compose(grey(), None, Screen(), (1280, 720))
    assert (picture[:, :320] == GROUND).all()
    assert (picture[:, 320:] == 128).all()
    picture = compose(grey(1280, 720), None, Screen(), (640, 480))
    assert (picture[:120] == GROUND).all()
    assert (picture[120:] == 128).all()


def test_no_person_no_numbers_nothing_breaks():
    unseen = no_pose(0.0, (640, 480))
    broken = squatting()
    broken.image_px[::3] = np.inf
    broken.image_px[1::3] = 1e12
    for pose in (unseen, broken, no_pose(0.0)):
        for share in (None, float("nan"), float("inf"), -1.0, 0.0, 7.0):
            for exercise in ("squat", "bridge", "clamshell", "seated_march", "unknown"):
                one = snapshot(pose, exercise=exercise, raised=(Raised("knee_valgus", Severity.CORRECT),))
                compose(grey(), one, replace(FULL, reached=share, cue=CUES["knee_valgus"]), (640, 480))
    for image in (np.zeros((0, 0, 3), np.uint8), np.zeros((5, 5), np.uint8), None):
        assert (compose(image, snapshot(), None, (640, 480)) == GROUND).all()
    nothing: Any = Screen(headline=None, phase=None, cue=None, severity=None)  # type: ignore[arg-type]
    compose(grey(), None, replace(nothing, count=0), (640, 480))
    compose(grey(), None, Screen(headline="x" * 400, cue="y" * 400, phase="z" * 400, count=10**6), (640, 480))


def test_the_picture_given_is_left_as_it_is():
    image = grey()
    compose(image, snapshot(), replace(FULL, paused=True), (640, 480))
    compose(image, snapshot(), replace(FULL, paused=True), (640, 480), mirror=False)
    assert (image == 128).all()


def test_the_ring_fills_with_the_movement_and_closes_at_the_target():
    filled = [int((window.ring(40, step).colour > 240 * 255).sum()) for step in range(RING_STEPS + 1)]
    assert filled[0] == 0
    assert all(a < b for a, b in pairwise(filled))
    one = snapshot()
    shown = [compose(grey(), one, Screen(reached=share), (640, 480)) for share in (0.99, 1.0, 1.5)]
    assert (shown[0] != shown[1]).any()
    assert (shown[1] == shown[2]).all()


def test_the_ring_is_at_the_joint_that_moves():
    pose = squatting()
    at = {name: tuple(pose.image_px[Landmark[name]]) for name in ("LEFT_KNEE", "RIGHT_KNEE", "RIGHT_HIP")}
    seen = snapshot(pose, camera_side=Side.RIGHT)
    assert moving_joint(replace(seen, exercise="squat")) == at["RIGHT_KNEE"]
    assert moving_joint(replace(seen, exercise="bridge")) == at["RIGHT_HIP"]
    march = replace(seen, exercise="seated_march", working_side=Side.LEFT)
    assert moving_joint(march) == at["LEFT_KNEE"]
    assert moving_joint(replace(march, working_side=None)) is None
    upper = replace(seen, exercise="clamshell", working_side=None)
    assert moving_joint(upper) == at["LEFT_KNEE"]
    front = replace(seen, exercise="squat", camera_side=None, view=View(ViewLabel.FRONT))
    hips = pose.image_px[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]].mean(axis=0)
    assert moving_joint(front) == tuple(hips)
    assert moving_joint(replace(seen, exercise="unknown")) is None


def test_the_mark_of_the_cue_stands_at_its_joint():
    one = snapshot(raised=(Raised("knee_valgus", Severity.CORRECT),), camera_side=Side.RIGHT)
    with_mark = compose(grey(), one, Screen(cue=CUES["knee_valgus"], severity="correct"), (640, 480))
    without = compose(grey(), one, Screen(cue="Sit tall.", severity="correct"), (640, 480))
    x, y = one.pose.image_px[Landmark.RIGHT_KNEE]
    assert tuple(with_mark[int(y), int(640 - x)]) == COLOURS[Severity.CORRECT]
    assert tuple(without[int(y), int(640 - x)]) != COLOURS[Severity.CORRECT]


def test_a_pause_is_plain_to_see():
    going = compose(grey(), None, Screen(count=5, target=8), (640, 480))
    paused = compose(grey(), None, Screen(count=5, target=8, paused=True), (640, 480))
    assert paused[400, 20].max() < going[400, 20].min()
    assert (paused[180:400, 250:390] == TEXT).all(axis=2).sum() > 1000
    assert not (going[180:400, 250:390] == TEXT).all(axis=2).any()


def test_own_words_are_calm():
    own = {window.PAUSED, *PHASE_WORDS.values(), "there is no screen for a window; add --headless"}
    assert not [word for word in NOT_SHOWN for text in own if word in text.lower().split()]


# Keys and closing, with an OpenCV of our own


class BrokenError(Exception):
    """What cv2 raises when a window is gone."""


class FakeCv2:
    WINDOW_NORMAL = WINDOW_FREERATIO = WINDOW_GUI_NORMAL = 0
    WND_PROP_VISIBLE = 4
    COLOR_RGB2BGR = 4
    error = BrokenError

    def __init__(self) -> None:
        self.open = False
        self.raises = True
        self.keys: list[int] = []
        self.shown: list[np.ndarray] = []
        self.close_while_waiting = False
        self.rect = (0, 0, 1280, 720)

    def namedWindow(self, title: str, flags: int) -> None:  # noqa: N802
        self.open = True

    def resizeWindow(self, title: str, width: int, height: int) -> None:  # noqa: N802
        self.rect = (0, 0, width, height)

    def getWindowImageRect(self, title: str) -> tuple[int, int, int, int]:  # noqa: N802
        return self.rect

    def getWindowProperty(self, title: str, which: int) -> float:  # noqa: N802
        if not self.open and self.raises:
            raise BrokenError("NULL window")
        return 1.0 if self.open else 0.0

    def imshow(self, title: str, picture: np.ndarray) -> None:
        self.open = True
        self.shown.append(picture)

    def cvtColor(self, picture: np.ndarray, how: int) -> np.ndarray:  # noqa: N802
        return picture[..., ::-1]

    def waitKeyEx(self, ms: int) -> int:  # noqa: N802
        if self.close_while_waiting:
            self.open = False
        return self.keys.pop(0) if self.keys else -1

    def destroyWindow(self, title: str) -> None:  # noqa: N802
        self.open = False


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeCv2:
    cv2 = FakeCv2()
    monkeypatch.setattr(window, "opencv", lambda: cv2)
    monkeypatch.setattr(window, "has_display", lambda: True)
    monkeypatch.setattr(window, "_would_hang", lambda: False)
    return cv2


def test_keys_are_words(fake: FakeCv2):
    one = Window()
    fake.keys = [0xFF52, 0x280000, 13, ord("s"), ord("x"), 32, ord("Q"), 27]
    assert one.show(grey()) == ["up", "down", "enter", "skip", "pause", "end", "end"]
    assert one.show(grey()) == []
    fake.keys = [ord("s")] * 100
    assert one.show(grey()) == ["skip"] * window.MOST_KEYS


def test_keys_of_every_platform():
    figures = {str(figure) for figure in range(10)}
    assert set(KEYS.values()) == {"up", "down", "left", "right", "enter", "skip", "pause", "end", *figures}
    assert [key_word(code) for code in (0x10FF51, 0xFF98, 0x250000, 0xF703)] == ["left", "right"] * 2
    assert [key_word(code) for code in (ord("0"), ord("7"), 0xFFB9)] == ["0", "7", "9"]
    assert key_word(0x10FF52) == "up", "NumLock"
    assert key_word(0x260000) == "up", "Windows"
    assert key_word(0xF701) == "down", "macOS"
    assert key_word(0x100000 | 27) == "end"
    assert key_word(82) is None
    assert key_word(0x230000) is None


def test_the_picture_reaches_the_window_in_its_order_of_colours(fake: FakeCv2):
    image = grey()
    image[..., 0] = 7
    Window().show(image)
    assert (fake.shown[0][..., 2] == 7).all()


@pytest.mark.parametrize("raises", [True, False])
def test_a_closed_window_ends_once_and_stays_closed(fake: FakeCv2, raises: bool):
    one = Window()
    fake.raises = raises
    assert one.show(grey()) == []
    fake.open = False
    assert one.show(grey()) == ["end"]
    assert one.show(grey()) == []
    assert one.closed
    assert not fake.open
    assert len(fake.shown) == 1
    one.close()


def test_closed_while_it_was_shown(fake: FakeCv2):
    one = Window()
    fake.close_while_waiting = True
    assert one.show(grey()) == ["end"]
    assert one.show(grey()) == []
    assert not fake.open


def test_closing_it_ourselves_is_no_key(fake: FakeCv2):
    with Window() as one:
        one.show(grey())
    assert one.closed
    assert one.show(grey()) == []
    one.close()


def test_drawing_follows_the_window_up_to_a_size(fake: FakeCv2):
    one = Window(size=(640, 480))
    assert one.size == (640, 480)
    fake.rect = (0, 0, 3840, 2160)
    assert one.size == (1280, 720)
    fake.rect = (0, 0, -1, -1)
    assert one.size == (1280, 720)
    one.close()
    assert one.size == (1280, 720)


def test_without_a_screen_no_window_is_tried(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(window, "has_display", lambda: False)
    monkeypatch.setattr(window, "opencv", lambda: pytest.fail("OpenCV was asked for a window"))
    with pytest.raises(UsageError, match="--headless") as caught:
        Window()
    assert "\n" not in str(caught.value)


def test_a_window_that_would_hang_is_not_tried(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(window, "has_display", lambda: True)
    monkeypatch.setattr(window, "_would_hang", lambda: True)
    monkeypatch.setattr(window, "opencv", lambda: pytest.fail("OpenCV was asked for a window"))
    with pytest.raises(UsageError, match="--headless"):
        Window()


# A real one


@pytest.fixture
def screen() -> Iterator[str]:
    xvfb = shutil.which("Xvfb")
    if xvfb is None or not sys.platform.startswith("linux"):
        pytest.skip("Xvfb is not installed: the real window is not tried (apt-get install xvfb)")
    reader, writer = os.pipe()
    command = [xvfb, "-displayfd", str(writer), "-screen", "0", "1400x900x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=(writer,), stderr=subprocess.DEVNULL) as server:
        os.close(writer)
        with os.fdopen(reader) as told:
            number = told.readline().strip()
        if not number:
            pytest.skip("Xvfb does not start here: the real window is not tried")
        yield f":{number}"
        server.terminate()


REAL = """
import numpy as np
from formcheck.live.window import Window
picture = np.full((480, 640, 3), 90, np.uint8)
window = Window(size=(640, 480))
words = [word for _ in range(10) for word in window.show(picture)]
assert words == [], words
assert not window.closed
assert window.size == (640, 480), window.size
window._cv2.destroyAllWindows()
window._cv2.waitKeyEx(1)
print("closed", window.show(picture), window.show(picture), window.closed)
"""


def run(code: str, screen: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "DISPLAY": screen},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_real_window_opens_and_stays_closed(screen: str):
    done = run(REAL, screen)
    assert done.returncode == 0, done.stderr
    assert "closed ['end'] [] True" in done.stdout


def test_with_the_libraries_of_pyav_it_is_refused_and_does_not_hang(screen: str):
    done = run("import av\n" + REAL, screen)
    assert "a window would hang here" in done.stderr or "closed ['end'] [] True" in done.stdout
