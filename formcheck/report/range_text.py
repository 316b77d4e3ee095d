"""Ranges and end positions as text, the same wherever they are printed: terminal, report, comparison."""

from __future__ import annotations

from formcheck.ranges import SidesCompared, compare_sides
from formcheck.results import JointRange, RepJoint, Sides

SIDES_TEXT = {
    SidesCompared.ALIKE: "no difference between left and right beyond the error",
    SidesCompared.UNKNOWN: "left and right cannot be compared",
    SidesCompared.APART: "",
}
"""What is said where both sides have a range."""


def range_text(one: JointRange) -> str:
    """Return a range as a phrase: "10 to 153 degrees, give or take 7 and 14"."""
    low = f"{'at most ' if one.min_at_least else ''}{one.min_deg:.0f}"
    high = f"{'at least ' if one.max_at_least else ''}{one.max_deg:.0f}"
    errors = [f"{half:.0f}" for half in _halves(one) if half is not None]
    error = f", give or take {' and '.join(dict.fromkeys(errors))}" if errors else ""
    reason = f" ({one.reason})" if one.reason and (one.min_at_least or one.max_at_least) else ""
    return f"{low} to {high} degrees{error}{reason}"


def low_cell(one: JointRange) -> str:
    """Return the smallest angle for a table: "10° ± 7°", "at most 12°"."""
    return _cell(one.min_deg, _halves(one)[0], "at most " if one.min_at_least else "")


def high_cell(one: JointRange) -> str:
    """Return the largest angle for a table: "153° ± 14°", "at least 130°"."""
    return _cell(one.max_deg, _halves(one)[1], "at least " if one.max_at_least else "")


def range_cell(one: JointRange) -> str:
    """Return a range for a table: "10° ± 7° to at least 130°"."""
    return f"{low_cell(one)} to {high_cell(one)}"


def peak_cell(one: RepJoint) -> str:
    """Return the end position of a joint in one repetition: "117° ± 9°", "at least 90°", a dash."""
    if one.peak_deg is None:
        return "–"
    falling = one.rest_deg is not None and one.peak_deg < one.rest_deg
    prefix = ("at most " if falling else "at least ") if one.at_least else ""
    return _cell(one.peak_deg, one.error_deg, prefix)


def sides_text(sides: Sides) -> str:
    """Return what may be said of left and right, empty where only one has a range or they really differ."""
    if sides.left is None or sides.right is None:
        return ""
    return SIDES_TEXT[compare_sides(sides.left, sides.right)]


def _halves(one: JointRange) -> tuple[float | None, float | None]:
    low = one.min_error_deg if one.min_error_deg is not None else one.error_deg
    high = one.max_error_deg if one.max_error_deg is not None else one.error_deg
    return low, high


def _cell(angle_deg: float, half_deg: float | None, prefix: str) -> str:
    angle = f"{round(angle_deg) + 0:d}".replace("-", "\N{MINUS SIGN}")
    if prefix:
        return f"{prefix}{angle}°"
    return f"{angle}°" if half_deg is None else f"{angle}° ± {half_deg:.0f}°"
