"""Faces hidden, or whole people: in no picture is anything left of what was to be hidden."""

from __future__ import annotations

import numpy as np
import pytest
from people import snapshot, squatting

from formcheck.pose.sighting import Candidate, Sighting
from formcheck.pose.skeleton import Landmark
from formcheck.report.overlay import Overlay
from formcheck.report.privacy import (
    HELD_S,
    PLAIN,
    SQUARES,
    WHOLE_PICTURE,
    Circle,
    Privacy,
    Veil,
    face,
    faces,
    hidden,
    px_per_m,
)
from formcheck.report.stills import close_up, still

SIZE = (640, 480)
M_PX = 200.0
HEAD = list(range(11))


def candidate(shift: tuple[float, float] = (0.0, 0.0)) -> Candidate:
    """The squatting person at 200 pixels a metre."""
    image = squatting(*SIZE).image_px.copy()
    image[Landmark.LEFT_EYE_INNER : Landmark.LEFT_EAR] = image[Landmark.NOSE] + (-6.0, -8.0)
    image[Landmark.MOUTH_LEFT : Landmark.LEFT_SHOULDER] = image[Landmark.NOSE] + (-6.0, 10.0)
    image += shift
    world = np.full((33, 3), np.nan)
    world[:, :2], world[:, 2] = image / M_PX, 0.0
    ones = np.ones(33, np.float32)
    return Candidate(image.astype(np.float32), world.astype(np.float32), ones, ones)


def sighting(time_s: float, *people: Candidate) -> Sighting:
    return Sighting(time_s, SIZE, people, 0 if people else -1, False, 0.5, len(people))


def striped(size: tuple[int, int] = SIZE) -> np.ndarray:
    """One pixel wide stripes: nothing as fine may be left where something was hidden."""
    image = np.zeros((size[1], size[0], 3), np.uint8)
    image[:, ::2] = 255
    return image


def covers(circle: Circle, points: np.ndarray) -> bool:
    return bool((np.hypot(*(points - (circle.x, circle.y)).T) <= circle.radius).all())


# Where a face is


def test_a_head_is_covered_with_its_hair():
    person = candidate()
    circle = face(person)
    assert circle is not None
    assert px_per_m(person) == pytest.approx(M_PX, rel=0.01)
    assert circle.radius >= 0.17 * M_PX
    assert covers(circle, person.image_px[HEAD])
    crown = person.image_px[Landmark.LEFT_EAR] - (0.0, 0.12 * M_PX)
    assert covers(circle, crown[None])


def test_a_head_near_the_camera_is_larger_than_the_body_tells():
    person = candidate()
    person.image_px[Landmark.NOSE] += (150.0, 0.0)
    circle = face(person)
    assert circle is not None
    assert covers(circle, person.image_px[HEAD])


def test_no_head_has_no_face():
    person = candidate()
    person.image_px[HEAD] = np.nan
    assert face(person) is None


def test_everybody_found_is_hidden():
    (both,) = faces([sighting(0.0, candidate(), candidate((-200.0, 0.0)))])
    assert len(both) == 2
    assert abs(both[0].x - both[1].x) == pytest.approx(200.0)


def test_a_face_is_held_where_it_was_and_where_it_will_be_and_then_everything_is_hidden():
    rows = [sighting(0.0, candidate())]
    rows += [sighting(0.1 * i) for i in range(1, 40)]
    rows += [sighting(4.0, candidate((-300.0, 0.0)))]
    found = list(faces(rows))
    known, later = face(candidate()), face(candidate((-300.0, 0.0)))
    assert known is not None
    assert later is not None
    assert found[0] == (known,)
    just_after, long_after, just_before = found[5], found[20], found[36]
    assert just_after[0][:2] == known[:2]
    assert just_after[0].radius > known.radius
    assert long_after == (WHOLE_PICTURE,)
    assert just_before[0][:2] == later[:2]
    assert [one == (WHOLE_PICTURE,) for one in found] == [
        0.1 * i > HELD_S + 1e-6 and 4.0 - 0.1 * i > HELD_S + 1e-6 for i in range(41)
    ]


def test_one_of_two_people_who_is_lost_for_a_moment_stays_hidden():
    second = candidate((-250.0, 0.0))
    rows = [sighting(0.0, candidate(), second), sighting(0.1, candidate()), sighting(0.2, candidate())]
    other = face(second)
    assert other is not None
    for circles in list(faces(rows))[1:]:
        assert any(abs(one.x - other.x) < 1 and one.radius >= other.radius for one in circles)


# What is left


def test_nothing_fine_is_left_of_a_face_and_all_of_the_rest():
    image = striped()
    shown = hidden(image, [Circle(320.0, 200.0, 60.0)])
    ys, xs = np.mgrid[: SIZE[1], : SIZE[0]]
    away = np.hypot(xs - 320, ys - 200)
    assert (shown[away > 62] == image[away > 62]).all()
    inside = shown.astype(int)
    steps = np.abs(np.diff(inside[..., 0], axis=1))[away[:, 1:] < 56]
    assert steps.max() < 60  # 255 in the picture
    assert (image == striped()).all()


def test_a_face_is_a_handful_of_squares():
    """Whatever the size, about as many numbers are left: far too few to know anybody by."""
    rng = np.random.default_rng(7)
    for radius in (12.0, 40.0, 150.0):
        image = rng.integers(0, 256, (480, 640, 3), dtype=np.uint8)
        shown = hidden(image, [Circle(320.0, 240.0, radius)]).astype(float)
        half = int(radius / 2)
        middle = shown[240 - half : 240 + half, 320 - half : 320 + half, 0]
        spectrum = np.abs(np.fft.fft2(middle - middle.mean())) ** 2
        kept = spectrum[:SQUARES, :SQUARES].sum() + spectrum[:SQUARES, -SQUARES:].sum()
        kept += spectrum[-SQUARES:, :SQUARES].sum() + spectrum[-SQUARES:, -SQUARES:].sum()
        assert kept > 0.8 * spectrum.sum()  # 0.03 of noise that is left as it is


@pytest.mark.parametrize(
    "circle", [Circle(-5.0, -5.0, 30.0), Circle(639.0, 479.0, 3.0), Circle(9000.0, 10.0, 5.0), WHOLE_PICTURE]
)
def test_edges_and_everything(circle):
    shown = hidden(striped(), [circle])
    assert shown.shape == striped().shape
    if circle == WHOLE_PICTURE:
        assert np.abs(np.diff(shown[..., 0].astype(int), axis=1)).max() < 40


def test_a_time_of_which_nothing_is_known_hides_the_whole_picture():
    veil = Veil(Privacy.BLUR_FACE, [sighting(0.0, candidate())])
    assert (veil.over(striped(), 0.0)[400:] == striped()[400:]).all()
    assert np.abs(np.diff(veil.over(striped(), 0.033)[..., 0].astype(int), axis=1)).max() < 40


def test_a_stick_figure_shows_nothing_of_the_picture():
    veil = Veil(Privacy.STICK_FIGURE, [])
    rng = np.random.default_rng(7)
    one, other = (rng.integers(0, 256, (480, 640, 3), dtype=np.uint8) for _ in range(2))
    drawn = [Overlay().draw(veil.over(image, 0.0), snapshot()).copy() for image in (one, other)]
    assert (drawn[0] == drawn[1]).all()
    assert (drawn[0] == PLAIN).all(axis=2).mean() > 0.6
    assert still(veil.over(one, 0.0), snapshot()) == still(veil.over(other, 0.0), snapshot())


def test_without_privacy_pictures_are_as_they_are():
    assert Veil(Privacy.NONE, []).over(image := striped(), 3.0) is image


# Small pictures


def test_a_small_picture_is_a_close_up_of_the_body():
    points = squatting(1920, 1080).image_px
    left, top, right, bottom = close_up(points, 1920, 1080)
    known = points[np.isfinite(points).all(axis=1)]
    assert (known >= (left, top)).all()
    assert (known <= (right, bottom)).all()
    assert right - left < 0.7 * 1920
    assert close_up(np.full((33, 2), np.nan), 640, 480) == (0, 0, 640, 480)
    left, top, right, bottom = close_up(points * 3 - 2000, 640, 480)  # mostly outside
    assert 0 <= left < right <= 640
    assert 0 <= top < bottom <= 480
