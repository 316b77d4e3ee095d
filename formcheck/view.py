"""Where the camera stands relative to the person, how the person is placed, what can be judged from there.

The trunk's axes come from the model's world landmarks: on rendered people their direction is good to
about 10 degrees in every view, far better than shoulder width in the image, which clothing and body
shape change.  Vectors are averaged over time before angles are taken, so that nothing wraps around.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from math import isnan

from formcheck.geometry import NAN, UP, Vector, dot, norm, sub
from formcheck.kinematics import Body
from formcheck.pose.skeleton import Side
from formcheck.results import Posture, View, ViewLabel

AVERAGE_S = 0.5
"""Time constant of the averaged axes, seconds: a person turns in about a second."""
SIDE_YAW_DEG = 35.0
"""Largest yaw off a side view at which image angles are degrees (clinical view rules: 7 degrees error)."""
FRONT_YAW_DEG = 60.0
"""Smallest yaw that is called front or back; between the two lies oblique."""
SIDE_LYING_FRONT_YAW_DEG = 45.0
"""The same lying on a side, where it is the camera's height that turns the view: a lens at table height, as
asked for, looks down by 15 to 30 degrees."""
YAW_HYSTERESIS_DEG = 4.0
"""A label is kept until the yaw is this far past its border."""
LYING_UPNESS = 0.6
"""Cosine of the trunk's angle from the vertical below which a person may be lying (53 degrees)."""
LYING_CHEST_UP, LYING_SIDE_UP = 0.4, 0.6
"""Cosines of the angle between vertical and the chest's or a side's direction, on the back and side."""
LYING_SHOULDER_HEIGHT = 0.85
"""Shoulders lower than this over the ankles, in trunk lengths: lying.  The deepest, most bent squat of
our material keeps 1.16, a propped-up side-lying person reaches 0.61."""
SIDE_LYING_ROLL_DEG = (45.0, 135.0)
"""Roll of the trunk about its long axis that is side-lying; 0 = on the back, 180 = on the front ..."""
STILL_SIDE_LYING_ROLL_DEG = (20.0, 160.0)
"""... and that ends it: a pelvis rolled back by 30 degrees, filmed from 30 above, reads 30."""
END_VIEW_DEG = 52.0
"""Angle within the floor, between the trunk and the picture, from which a lying person is seen from an
end: bridges are counted up to here."""
END_VIEW_HYSTERESIS_DEG = 8.0
SEATED_HIP_DROP = 0.25
"""Hips this much lower than on straight legs ..."""
SEATED_BEHIND_FEET = -0.3
"""... with the trunk this far behind the feet (thigh lengths) need a chair: nobody balances there."""


@dataclass(frozen=True, slots=True)
class Axes:
    """The trunk's axes averaged over time; NaN before the first sight of a trunk."""

    time_s: float = NAN
    lateral: Vector = (NAN, NAN, NAN)
    up: Vector = (NAN, NAN, NAN)
    front: Vector = (NAN, NAN, NAN)

    @property
    def known(self) -> bool:
        """Whether a trunk has been seen."""
        return not isnan(self.time_s)


def follow(axes: Axes, body: Body, time_s: float) -> Axes:
    """Return the axes with one more body averaged in; a body without trunk leaves them as they are."""
    if not norm(body.lateral) > 0:
        return axes
    if not axes.known or dot(axes.up, body.up) < 0.0:
        return Axes(time_s, body.lateral, body.up, body.front)
    share = 1.0 - math.exp(-max(0.0, time_s - axes.time_s) / AVERAGE_S)

    def blend(old: Vector, new: Vector) -> Vector:
        step = sub(new, old)
        return old[0] + share * step[0], old[1] + share * step[1], old[2] + share * step[2]

    return Axes(
        time_s, blend(axes.lateral, body.lateral), blend(axes.up, body.up), blend(axes.front, body.front)
    )


def yaw_deg(axes: Axes) -> float:
    """Return the angle between the line of sight and the body's left-right axis; 0 = true side view."""
    x, y, z = axes.lateral
    return math.degrees(math.atan2(math.hypot(x, y), abs(z)))


def camera_side(axes: Axes, label: ViewLabel) -> Side | None:
    """Return the participant's side that faces the camera, None in front, back and end views."""
    if label not in (ViewLabel.SIDE, ViewLabel.OBLIQUE):
        return None
    return Side.LEFT if axes.lateral[2] < 0 else Side.RIGHT


def roll_deg(axes: Axes) -> float:
    """Return how far a lying trunk is rolled about its long axis: 0 on the back, +90 on the right side.

    Positive means that the left side is up.
    """
    along = dot(UP, axes.up)
    across = sub(UP, (along * axes.up[0], along * axes.up[1], along * axes.up[2]))
    return math.degrees(math.atan2(dot(axes.lateral, across), dot(axes.front, across)))


def is_lying(axes: Axes, shoulder_height: float) -> bool:
    """Return whether the person lies: trunk far from upright, and chest up, a side up, or shoulders low.

    Somebody who bends over while standing turns the chest down, keeps both sides level and the shoulders
    well above the feet.
    """
    if not dot(axes.up, UP) < LYING_UPNESS:
        return False
    chest_up = dot(axes.front, UP) > LYING_CHEST_UP
    side_up = abs(dot(axes.lateral, UP)) > LYING_SIDE_UP
    return chest_up or side_up or not shoulder_height > LYING_SHOULDER_HEIGHT


def posture_of(axes: Axes, values: dict[str, float], before: Posture = Posture.UNKNOWN) -> Posture:
    """Return how the person is placed.

    Parameters
    ----------
    axes : Axes
    values : dict[str, float]
        The measures of the frame (`formcheck.kinematics.measure`).
    before : Posture
        The posture so far; side-lying is kept while the trunk rolls back and forth.
    """
    if not axes.known:
        return Posture.UNKNOWN
    if is_lying(axes, values["shoulder_height"]):
        roll = abs(roll_deg(axes))
        on_side = STILL_SIDE_LYING_ROLL_DEG if before is Posture.SIDE_LYING else SIDE_LYING_ROLL_DEG
        if roll < on_side[0]:
            return Posture.SUPINE
        return Posture.SIDE_LYING if roll <= on_side[1] else Posture.PRONE
    behind_feet = values["trunk_over_feet"] < SEATED_BEHIND_FEET
    return Posture.SEATED if behind_feet and values["hip_drop"] > SEATED_HIP_DROP else Posture.STANDING


def upper_side(axes: Axes) -> Side:
    """Return the side that is up when side-lying."""
    return Side.LEFT if roll_deg(axes) > 0 else Side.RIGHT


def _is_end_view(axes: Axes, before: ViewLabel) -> bool:
    """Return whether a lying trunk points along the line of sight, whatever the camera's height."""
    was = before in (ViewLabel.FOOT_END, ViewLabel.HEAD_END)
    off_deg = math.degrees(math.atan2(abs(axes.up[2]), abs(axes.up[0])))
    return off_deg > END_VIEW_DEG - (END_VIEW_HYSTERESIS_DEG if was else 0.0)


def label_of(axes: Axes, posture: Posture, before: ViewLabel) -> ViewLabel:
    """Return the view's name; `before` is kept within the hysteresis."""
    if not axes.known:
        return ViewLabel.UNKNOWN
    lying = posture in (Posture.SUPINE, Posture.SIDE_LYING, Posture.PRONE)
    if lying and _is_end_view(axes, before):
        return ViewLabel.FOOT_END if axes.up[2] > 0 else ViewLabel.HEAD_END
    yaw = yaw_deg(axes)
    side_limit = SIDE_YAW_DEG + (YAW_HYSTERESIS_DEG if before is ViewLabel.SIDE else 0.0)
    frontal = before in (ViewLabel.FRONT, ViewLabel.BACK)
    from_deg = SIDE_LYING_FRONT_YAW_DEG if posture is Posture.SIDE_LYING else FRONT_YAW_DEG
    front_limit = from_deg - (YAW_HYSTERESIS_DEG if frontal else 0.0)
    if yaw <= side_limit:
        return ViewLabel.SIDE
    if yaw < front_limit:
        return ViewLabel.OBLIQUE
    return ViewLabel.FRONT if axes.front[2] < 0 else ViewLabel.BACK


@dataclass(frozen=True, slots=True)
class Judgeable:
    """From where a measure may be taken: one row of the table.

    ``views`` and ``postures`` list where the number is valid; anywhere else it is not assessed.
    """

    measure: str
    views: tuple[ViewLabel, ...]
    postures: tuple[Posture, ...]
    why_not: str


_SIDE = (ViewLabel.SIDE,)
_FRONTAL = (ViewLabel.FRONT, ViewLabel.BACK)
_ANY = (ViewLabel.SIDE, ViewLabel.OBLIQUE, ViewLabel.FRONT, ViewLabel.BACK)
_UPRIGHT = (Posture.STANDING, Posture.SEATED)
_SAGITTAL = (*_UPRIGHT, Posture.SUPINE)
JUDGEABLE: dict[str, Judgeable] = {
    row.measure: row
    for row in (
        Judgeable("knee_flexion", _SIDE, _SAGITTAL, "needs a side view"),
        Judgeable("hip_flexion", _SIDE, _SAGITTAL, "needs a side view"),
        Judgeable("thigh_elevation", _SIDE, _UPRIGHT, "needs a side view"),
        Judgeable("trunk_inclination", _SIDE, _SAGITTAL, "needs a side view"),
        Judgeable("hip_drop", _ANY, _UPRIGHT, "needs a standing person"),
        Judgeable("knee_rise", _ANY, _UPRIGHT, "needs a seated person"),
        Judgeable("hip_height", (*_SIDE, ViewLabel.OBLIQUE), (Posture.SUPINE,), "needs a view from the side"),
        Judgeable("knee_gap", _FRONTAL, (Posture.SIDE_LYING,), "needs the camera in front of the body"),
    )
}
"""Which measure is valid from where (clinical observability tables)."""


def judgeable(measure: str, label: ViewLabel, posture: Posture) -> bool:
    """Return whether the measure may be reported from this view in this posture."""
    row = JUDGEABLE[measure]
    return label in row.views and posture in row.postures


def view_record(label: ViewLabel, yaw: float, measure: str | None, posture: Posture) -> View:
    """Return the view as results show it, judged for the exercise's own measure.

    Parameters
    ----------
    label : ViewLabel
    yaw : float
        Degrees, NaN while nobody has been seen.
    measure : str | None
        The measure the exercise needs; None while the exercise is not known.
    posture : Posture
    """
    yaw_or_none = yaw if not isnan(yaw) else None
    if label is ViewLabel.UNKNOWN:
        return View(label, yaw_or_none, None, False, "nobody was seen")
    if measure is None:
        return View(label, yaw_or_none, None, False, "the exercise is not known")
    fits = judgeable(measure, label, posture)
    return View(label, yaw_or_none, None, fits, None if fits else JUDGEABLE[measure].why_not)
