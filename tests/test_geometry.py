"""Angles and distances whose answers are self-evident."""

import math

import pytest

from formcheck.geometry import (
    angle_between_deg,
    cross,
    dot,
    elevation_deg,
    interior_angle_deg,
    mid,
    norm,
    offset_from_line,
    sub,
    turn_deg,
    unit,
)

NAN = float("nan")
RIGHT, DOWN = 1 + 0j, 1j
"""Image points: x to the right, y down."""


@pytest.mark.parametrize(
    ("p", "q", "r", "angle_deg"),
    [
        (RIGHT, 0j, DOWN, 90),
        (RIGHT, 0j, -RIGHT, 180),
        (RIGHT, 0j, RIGHT, 0),
        (RIGHT, 0j, RIGHT + DOWN, 45),
        (3 + 7j, 2 + 7j, 2 + 3j, 90),
        (RIGHT * 640, 0j, DOWN * 0.001, 90),
    ],
)
def test_interior_angles(p, q, r, angle_deg):
    assert interior_angle_deg(p, q, r) == pytest.approx(angle_deg)
    assert interior_angle_deg(r, q, p) == pytest.approx(angle_deg)


@pytest.mark.parametrize(
    ("a", "b", "angle_deg"),
    [
        (RIGHT, DOWN, 90),
        (DOWN, RIGHT, -90),
        (-DOWN, RIGHT, 90),
        (RIGHT, RIGHT - DOWN, -45),
        (DOWN, -DOWN, 180),
    ],
)
def test_clockwise_on_the_screen_is_positive(a, b, angle_deg):
    assert turn_deg(a, b) == pytest.approx(angle_deg)


@pytest.mark.parametrize(
    ("to", "angle_deg"),
    [
        (RIGHT, 0),
        (-RIGHT, 0),
        (-DOWN, 90),
        (DOWN, -90),
        (RIGHT - DOWN, 45),
        (-RIGHT - DOWN, 45),
        (RIGHT + DOWN, -45),
    ],
)
def test_elevation_is_above_the_horizontal_whichever_way_the_segment_points(to, angle_deg):
    assert elevation_deg(5 + 5j, 5 + 5j + to) == pytest.approx(angle_deg)


def test_a_point_above_a_line_drawn_to_the_right_is_positive():
    assert offset_from_line(5 - 3j, 0j, 10 + 0j) == pytest.approx(3)
    assert offset_from_line(5 + 3j, 0j, 10 + 0j) == pytest.approx(-3)
    assert offset_from_line(5 - 3j, 10 + 0j, 0j) == pytest.approx(-3)
    assert offset_from_line(7 + 0j, 0j, 10 + 0j) == 0


@pytest.mark.parametrize(
    "angle_deg",
    [
        interior_angle_deg(0j, 0j, RIGHT),
        turn_deg(0j, RIGHT),
        turn_deg(RIGHT, 0j),
        elevation_deg(RIGHT, RIGHT),
        offset_from_line(RIGHT, DOWN, DOWN),
        angle_between_deg((0.0, 0.0, 0.0), (1.0, 0.0, 0.0)),
        turn_deg(complex(NAN, 0), RIGHT),
        interior_angle_deg(RIGHT, complex(NAN, NAN), DOWN),
        elevation_deg(complex(NAN, NAN), DOWN),
        offset_from_line(complex(NAN, NAN), 0j, DOWN),
        angle_between_deg((NAN, 0.0, 0.0), (1.0, 0.0, 0.0)),
        *unit((0.0, 0.0, 0.0)),
        *unit((NAN, 1.0, 0.0)),
    ],
)
def test_what_has_no_angle_is_nan(angle_deg):
    assert math.isnan(angle_deg)


def test_vectors():
    a, b = (1.0, 2.0, 3.0), (4.0, 5.0, 6.0)
    assert sub(b, a) == (3, 3, 3)
    assert mid(a, b) == (2.5, 3.5, 4.5)
    assert dot(a, b) == 32
    assert norm((2.0, 3.0, 6.0)) == 7
    assert unit((0.0, 3.0, -4.0)) == pytest.approx((0, 0.6, -0.8))


def test_the_vector_product_is_right_handed():
    assert cross((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)) == (0, 0, 1)
    assert cross((0.0, 1.0, 0.0), (1.0, 0.0, 0.0)) == (0, 0, -1)
    assert dot(cross((1.0, 2.0, 3.0), (4.0, 5.0, 6.0)), (1.0, 2.0, 3.0)) == 0


@pytest.mark.parametrize(
    ("b", "angle_deg"),
    [((0.0, 1.0, 0.0), 90), ((2.0, 0.0, 0.0), 0), ((-1.0, 0.0, 0.0), 180), ((1.0, 1.0, 0.0), 45)],
)
def test_angles_between_vectors(b, angle_deg):
    assert angle_between_deg((1.0, 0.0, 0.0), b) == pytest.approx(angle_deg)


def test_rounding_never_leaves_the_range_of_the_arc_cosine():
    third = (0.1 / 3, 0.2 / 3, 0.7 / 3)
    assert angle_between_deg(third, third) == pytest.approx(0, abs=1e-5)
    assert angle_between_deg(third, (-0.1, -0.2, -0.7)) == pytest.approx(180, abs=1e-5)
