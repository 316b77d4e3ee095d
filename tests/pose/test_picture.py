"""Light, hard cuts and painting people over, on pictures drawn here."""

from collections.abc import Callable, Iterable

import numpy as np
import pytest

from formcheck.pose.picture import (
    Look,
    Pixels,
    Shot,
    Singles,
    layout_change,
    longest_segment,
    look_at,
    next_look,
    without,
)
from formcheck.pose.skeleton import Landmark

SIZE = (360, 640)


def scene(seed: int, low: float = 30.0, high: float = 220.0) -> Pixels:
    """Return a room: soft patches of different brightness, with some grain."""
    random = np.random.default_rng(seed)
    patches = random.uniform(low, high, (6, 8)).repeat(60, axis=0).repeat(80, axis=1)
    grain = random.normal(0, 4, SIZE)
    return np.clip(patches + grain, 0, 255).astype(np.uint8)[..., None].repeat(3, axis=2)


def with_body(image: Pixels, x: int, width: int = 90) -> Pixels:
    picture = image.copy()
    picture[60:340, max(0, x) : x + width] = (60, 50, 90)
    return picture


def cuts(pictures: Iterable[Pixels], rate_hz: float = 25.0) -> list[int]:
    shot, found = Shot(), []
    for i, picture in enumerate(pictures):
        shot, cut = next_look(shot, look_at(picture), i / rate_hz)
        if cut:
            found.append(i)
    return found


@pytest.mark.parametrize(("value", "light"), [(0, 0.0), (255, 1.0), (51, 0.2)])
def test_light_of_a_grey_picture(value: int, light: float) -> None:
    assert look_at(np.full((48, 64, 3), value, np.uint8)).light == pytest.approx(light, abs=1e-6)


def test_light_weighs_green_most() -> None:
    lights = [look_at(np.full((48, 64, 3), rgb, np.uint8)).light for rgb in np.eye(3) * 255]
    assert lights == pytest.approx([0.299, 0.587, 0.114], abs=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (17, 31), (480, 640), (1280, 720)])
def test_any_size_of_picture_can_be_looked_at(size: tuple[int, int]) -> None:
    look = look_at(np.full((*size, 3), 128, np.uint8))
    assert look.size == (size[1], size[0])
    assert look.histogram.sum() == pytest.approx(1.0)


def test_a_hard_cut_is_found_once() -> None:
    assert cuts([scene(1)] * 10 + [scene(2, 0, 120)] * 10) == [10]


def test_a_cut_within_a_room_is_one() -> None:
    """The camera stands elsewhere: the same brightness, shown in another order."""
    room = np.random.default_rng(4).integers(0, 3, (18, 32)).repeat(20, 0).repeat(20, 1)
    first = (90 + 40 * room.astype(np.uint8))[..., None].repeat(3, 2)
    second = np.roll(first, (120, 260), (0, 1))
    second[:60] = 60
    assert cuts([first] * 10 + [second] * 10) == [10]
    assert histogram_change(first, second) < 0.2


def histogram_change(one: Pixels, other: Pixels) -> float:
    return float(np.abs(look_at(one).histogram - look_at(other).histogram).sum()) / 2


def test_two_cuts_are_two() -> None:
    assert cuts([scene(1)] * 5 + [scene(2, 0, 120)] * 5 + [scene(1)] * 5) == [5, 10]


def test_another_size_is_another_shot() -> None:
    assert cuts([scene(1)] * 3 + [scene(1)[:, :320]] * 3) == [3]


def test_the_first_picture_is_no_cut() -> None:
    assert cuts([scene(1)]) == []


@pytest.mark.parametrize("rate_hz", [10.0, 25.0, 60.0])
def test_a_fast_body_is_no_cut(rate_hz: float) -> None:
    speed = 1200 / rate_hz
    assert cuts((with_body(scene(1), round(i * speed) % 560) for i in range(30)), rate_hz) == []


def test_a_dropped_second_before_the_same_background_is_no_cut() -> None:
    shot, _ = next_look(Shot(), look_at(with_body(scene(1), 20)), 0.0)
    assert not next_look(shot, look_at(with_body(scene(1), 500)), 1.5)[1]


@pytest.mark.parametrize(
    "exposure",
    [lambda x: x * 0.6, lambda x: x * 1.15, lambda x: 255 * (x / 255) ** 1.5, lambda x: x * 0.7 + 60],
    ids=["darker", "brighter", "gamma", "haze"],
)
def test_a_change_of_exposure_is_no_cut(exposure: Callable[[Pixels], Pixels]) -> None:
    changed = np.clip(exposure(scene(1).astype(float)), 0, 255).astype(np.uint8)
    assert cuts([scene(1)] * 5 + [changed] * 5 + [scene(1)] * 5) == []


def test_panning_is_no_cut() -> None:
    wide = np.hstack([scene(1), scene(2)])
    assert cuts(wide[:, x : x + 640] for x in range(0, 640, 30)) == []


def test_noise_is_no_cut() -> None:
    random = np.random.default_rng(0)
    noisy = [np.clip(scene(1) + random.normal(0, 25, (*SIZE, 3)), 0, 255).astype(np.uint8) for _ in range(8)]
    assert cuts(noisy) == []


def test_going_black_and_coming_back_is_no_cut() -> None:
    assert cuts([scene(1)] * 3 + [np.zeros((*SIZE, 3), np.uint8)] * 3 + [scene(1)] * 3) == []


def test_while_everything_moves_a_jump_is_no_surprise() -> None:
    before, after = look_at(scene(1)), look_at(scene(2, 0, 120))
    assert next_look(Shot(before, 0.0, motion=0.0), after, 0.04)[1]
    assert not next_look(Shot(before, 0.0, motion=0.2), after, 0.04)[1]


def test_motion_is_remembered_by_time_not_by_frames() -> None:
    def motion(rate_hz: int) -> float:
        shot = Shot()
        for i in range(2 * rate_hz):
            shot, _ = next_look(shot, look_at(with_body(scene(1), 100 + 100 * (i % 2))), i / rate_hz)
        return shot.motion

    assert motion(10) == pytest.approx(motion(60), rel=0.05)


def test_layout_change_ignores_gain_and_offset() -> None:
    luma = look_at(scene(1)).luma
    assert layout_change(luma, luma * np.float32(0.5) + np.float32(0.2)) == pytest.approx(0.0, abs=1e-5)
    assert layout_change(luma, -luma) == pytest.approx(2.0, abs=1e-5)
    assert layout_change(luma, np.zeros_like(luma)) == 0.0


def standing(x: float, top: float, trunk: float) -> Singles:
    """Return somebody seen from the side at ``x``, shoulders at ``top``."""
    places = np.full((33, 2), (x, top), dtype=np.float32)
    for name, down in (("HIP", 1.0), ("KNEE", 1.8), ("ANKLE", 2.6), ("FOOT_INDEX", 2.6)):
        for side in ("LEFT", "RIGHT"):
            places[Landmark[f"{side}_{name}"], 1] += down * trunk
    places[Landmark.NOSE, 1] -= 0.4 * trunk
    return places


def test_the_longest_segment_survives_foreshortening() -> None:
    places = standing(100, 50, 80)
    assert longest_segment(places) == pytest.approx(80)
    places[[Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER], 1] = places[Landmark.LEFT_HIP, 1]
    assert longest_segment(places) == pytest.approx(64)
    assert longest_segment(np.zeros((33, 2), np.float32)) == 1.0


def test_somebody_painted_over_is_gone_and_the_rest_stays() -> None:
    picture = np.full((300, 400, 3), 200, np.uint8)
    picture[10:290, 95:106] = 0
    picture[10:290, 295:306] = 0
    painted = without(picture, [standing(100, 60, 80)])
    assert painted[30:268, 95:106].min() > 150
    np.testing.assert_array_equal(painted[:, 200:], picture[:, 200:])
    assert picture[150, 100, 0] == 0, "the picture given is left alone"


def test_painting_takes_people_beyond_the_edge_and_thinned_views() -> None:
    picture = np.full((300, 400, 3), 200, np.uint8)[::2, ::2]
    painted = without(picture, [standing(-30, -40, 80), standing(230, 120, 80)])
    assert painted.shape == picture.shape
    assert painted.flags.c_contiguous


def test_a_look_is_small() -> None:
    look = look_at(scene(1))
    assert isinstance(look, Look)
    assert look.luma.shape == (18, 32)
    assert look.histogram.shape == (16,)
