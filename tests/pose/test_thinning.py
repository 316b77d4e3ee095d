"""Which pictures are analysed: the rate, and repeats of the picture before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from formcheck.frame import Frame
from formcheck.pose.thinning import Thinning, is_slow
from formcheck.reading import MAX_RATE_HZ

RNG = np.random.default_rng(3)
ROOM = RNG.integers(60, 200, (180, 320, 3), dtype=np.uint8)


def picture(at: float, noise: int = 0) -> np.ndarray:
    """A body in a striped shirt that moves through a room, with noise of so many steps of brightness."""
    image = ROOM.copy()
    top = 20 + 100 * at
    rows, columns = np.mgrid[int(top) : int(top) + 50, 130:190]
    image[int(top) : int(top) + 50, 130:190] = (
        128 + 100 * np.sin((rows - top) * 0.35 + columns * 0.5)
    ).astype(np.uint8)[..., None]
    if noise:
        image = np.clip(image + RNG.integers(-noise, noise + 1, image.shape), 0, 255).astype(np.uint8)
    return image


def taken(images: Sequence[np.ndarray], rate_hz: float, max_rate_hz: float = MAX_RATE_HZ) -> list[int]:
    thinning = Thinning(max_rate_hz)
    return [i for i, image in enumerate(images) if thinning.takes(Frame(image, i / rate_hz, i))]


def moving(count: int, noise: int = 0) -> list[np.ndarray]:
    return [picture(0.5 - 0.5 * np.cos(i / count * 4 * np.pi), noise) for i in range(count)]


@pytest.mark.parametrize(
    ("rate_hz", "of"), [(24, 1), (25, 1), (29.97, 1), (30, 1), (59.94, 2), (60, 2), (120, 4), (240, 8)]
)
def test_no_more_than_thirty_a_second(rate_hz, of):
    indices = taken(moving(240), rate_hz)
    assert indices == list(range(0, 240, of))


@pytest.mark.parametrize("rate_hz", [36, 48, 50, 100])
def test_other_rates_keep_an_even_share(rate_hz):
    indices = taken(moving(200), rate_hz)
    assert len(indices) / 200 * rate_hz == pytest.approx(30.0, abs=0.7)
    assert np.diff(indices).max() / rate_hz <= 2 / 30


def test_jitter_of_a_phone_loses_nothing():
    thinning = Thinning()
    times_s = np.arange(300) / 30 + RNG.uniform(-0.004, 0.004, 300)
    assert all(thinning.takes(Frame(image, t, 0)) for image, t in zip(moving(300), times_s, strict=True))
    assert thinning.left_out == 0


def test_a_pause_is_followed_by_no_burst():
    thinning = Thinning()
    times_s = [0.0, *(5.0 + i / 60 for i in range(10))]
    kept = [t for t, image in zip(times_s, moving(11), strict=True) if thinning.takes(Frame(image, t, 0))]
    assert kept == [0.0, *(5.0 + i / 30 for i in range(5))]


def test_another_rate_may_be_asked_for():
    assert taken(moving(60), 60, 60.0) == list(range(60))
    assert taken(moving(60), 30, 10.0) == list(range(0, 60, 3))


@pytest.mark.parametrize("noise", [0, 1])
def test_repeats_are_left_out(noise):
    """Eight different pictures a second in a file of 30; encoding anew leaves a step of noise at most."""
    different = moving(32, noise=4)
    images = [different[int(i * 8 / 30)] for i in range(120)]
    if noise:
        images = [
            np.clip(one.astype(int) + RNG.integers(-1, 2, one.shape), 0, 255).astype(np.uint8)
            for one in images
        ]
    indices = taken(images, 30)
    times_s = [i / 30 for i in indices]
    assert 32 <= len(indices) <= 32 + (24 if noise else 12)
    assert is_slow(times_s)
    shown = [int(i * 8 / 30) for i in indices]
    assert set(shown) == set(range(32)), "no different picture is lost"


@pytest.mark.parametrize("noise", [0, 2])
def test_standing_still_is_no_repeat(noise):
    """Ten repetitions with a rest after each, without any noise too."""
    once = [*moving(60, noise), *([picture(0.0)] * 45 if not noise else [picture(0.0, 2) for _ in range(45)])]
    assert len(taken(once * 10, 30)) == 1050


def test_a_single_dropped_picture_is_no_matter():
    images = moving(120, noise=3)
    images[50] = images[49]
    assert len(taken(images, 30)) == 120


def test_repeats_for_long_are_not_waited_out():
    different = moving(40, noise=4)
    images = [different[i // 45] for i in range(900)]  # one and a half seconds each
    assert np.diff(taken(images, 30)).max() <= 15


def test_slow_is_most_steps_or_many_or_a_gap():
    assert not is_slow([])
    assert not is_slow(list(np.arange(100) / 10))
    assert is_slow(list(np.arange(100) / 9))
    half = [*(np.arange(150) / 30), *(5.0 + np.arange(40) / 8)]
    assert is_slow(half), "half of the recording at 8 a second"
    assert not is_slow([*(np.arange(150) / 30), 5.1, *(5.2 + np.arange(150) / 30)])
    assert is_slow([*(np.arange(150) / 30), *(6.0 + np.arange(150) / 30)])
