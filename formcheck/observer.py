"""From a pose to everything measured on it: one observation per frame, shared by all exercises."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

from formcheck.geometry import NAN
from formcheck.kinematics import (
    BAND,
    CORRECTED,
    MEASURES,
    SIDES,
    Body,
    SideLandmarks,
    body_of,
    hip_height_px,
)
from formcheck.pose.conditioning import Conditioning, condition
from formcheck.pose.skeleton import Floats, Pose, Side
from formcheck.results import FrameAngles, Posture, ViewLabel
from formcheck.view import Axes, camera_side, follow, judgeable, label_of, posture_of

BELIEVED_VISIBILITY = 0.2
"""Below this a leg is not even counted from: the model itself says that it guesses (hidden far legs of
correct side views keep 0.26 and more)."""
SHOWN_VISIBILITY = (0.5, 0.35)
"""A joint's angle is shown from the first value on and until it drops below the second (clinical gate)."""
SCALE_S = 2.0
"""Time constant of the averaged scale: longer than a repetition's start, shorter than a walk."""
STAND_RISE_S, STAND_FALL_S = 0.1, 30.0
"""Time constants with which the standing height follows the hips up, and down while nearly standing."""
STAND_SHARE = 0.9
"""First taken for the standing height: this share of the model's own legs, or what is seen if higher."""
NEARLY_STANDING = 0.1
"""Hips lowered by less than this share may be a person standing."""
TOLD_BAND_DEG = (15.0, 18.0)
"""An angle that may be off by more in one case of ten is not to be used (docs/error-atlas.md): it is told
from the first half-width on and until its band is wider than the second.  Of the leg in plain sight from the
side it is always told: there the view is right, and the band says the rest."""
GUESSED_FROM = (ViewLabel.HEAD_END,)
"""From there a learned flexion is no better than a guess, whatever its band says (docs/error-atlas.md: hips
16 and knees 18 degrees off in the mean): nothing is told."""
PICTURE_HALF_DEG, DOUBTED_DEG, PLAIN_VISIBILITY = 20.0, 75.0, 0.95
"""Half of the band around a flexion in the picture, from the side, of the leg in plain sight; how much wider
it is per unit of visibility that the least visible joint of the leg lacks; and from where on none is lacking
(docs/error-atlas.md, how far off 90 % of stills are)."""
IN_PICTURE = ("hip_flexion", "knee_flexion")
"""What such a picture shows besides the learned angle."""
DISTANCE_CHANGE = 0.12
"""From this change of scale on the person stands nearer or farther; less is noise of the model."""

_ROWS = {
    f"{side}_{row.name}" if side else row.name: (row.function, side)
    for row in MEASURES
    for side in (tuple(Side) if row.sided else (None,))
}
_ANGLES = {
    name: (name.removeprefix(f"{leg}_"), leg)
    for name in (one.name.removesuffix("_deg") for one in fields(FrameAngles))
    for leg in [next((side for side in Side if name.startswith(f"{side}_")), None)]
}
"""Measure and leg (None = the body's) of each angle that may be told."""
NOTHING: dict[str, float] = dict.fromkeys(_ROWS, NAN)


class Values(dict[str, float]):
    """The measures of one body, by name (sided ones as ``left_<name>``), taken when asked for.

    A frame needs a third of the table, and each exercise another third.
    """

    def __init__(self, body: Body, unbelieved: frozenset[Side]) -> None:
        super().__init__()
        self._body, self._unbelieved = body, unbelieved

    def __missing__(self, name: str) -> float:
        """Take the measure; NaN on a leg that the model itself does not believe."""
        function, side = _ROWS[name]
        if side is None:
            value = function(self._body)
        else:
            value = NAN if side in self._unbelieved else function(self._body, SIDES[side])
        self[name] = value
        return value


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """All that one frame tells, before any exercise is looked for.

    Attributes
    ----------
    frame : int
        Number of the analysed frame, from 0.
    time_s : float
    pose : Pose
        Conditioned.
    reason : str | None
        Why the pose was not believed, in words; None when it was.
    values : dict[str, float]
        Measures (`formcheck.kinematics.MEASURES`), NaN = not measurable.
    axes : Axes
    posture : Posture
        UNKNOWN while nobody is believed.
    label : ViewLabel
    camera_side : Side | None
    shown : frozenset[Side]
        Sides whose hip, knee and ankle are visible enough for their angles to be shown.
    told : frozenset[str]
        Angles whose bands are narrow enough to be told, as in `FrameAngles` without ``_deg``.
    plain : frozenset[str]
        Those that the picture shows too: a side view, the leg in plain sight.
    body : Body | None
        The pose prepared for measuring more; None when the pose was not believed.
    """

    frame: int
    time_s: float
    pose: Pose
    reason: str | None
    values: dict[str, float]
    axes: Axes
    posture: Posture
    label: ViewLabel
    camera_side: Side | None
    shown: frozenset[Side]
    told: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()
    body: Body | None = None


class Observer:
    """Turns poses into observations, in order; remembers only what was seen so far."""

    def __init__(self) -> None:
        self._conditioning = Conditioning()
        self._axes = Axes()
        self._label = ViewLabel.UNKNOWN
        self._posture = Posture.UNKNOWN
        self._shown: frozenset[Side] = frozenset()
        self._told: frozenset[str] = frozenset()
        self._plain: frozenset[str] = frozenset()
        self._frame = -1
        self._scale_px, self._scale_s, self._scaled_since_s = NAN, NAN, NAN
        self._stand_px, self._stand_scale_px, self._stand_s = NAN, NAN, NAN

    def observe(self, pose: Pose) -> Observation:
        """Take the next pose in (times strictly increasing) and return what it tells."""
        self._frame += 1
        self._conditioning, clean, reason = condition(self._conditioning, pose)
        if reason is not None:
            self._told = self._plain = frozenset()
            return self._observation(clean, reason, NOTHING, Posture.UNKNOWN)
        body = body_of(clean)
        if pose.cut:
            self._stand_px = NAN
        body.scale_px = self._scale(body.scale_px, pose.time_s)
        body.stand_px = self._stand(body, pose.time_s)
        values = Values(body, _unbelieved(body.visibility))
        self._axes = follow(self._axes, body, pose.time_s)
        posture = self._posture = posture_of(self._axes, values, self._posture)
        body.stands = posture is Posture.STANDING
        self._label = label_of(self._axes, posture, self._label)
        self._shown = frozenset(side for side in Side if self._is_shown(body.visibility, side))
        self._plain = self._in_plain_sight()
        self._told = frozenset(name for name in _ANGLES if self._is_told(name, values[name + BAND]))
        return self._observation(clean, None, values, posture, body)

    def _observation(
        self,
        pose: Pose,
        reason: str | None,
        values: dict[str, float],
        posture: Posture,
        body: Body | None = None,
    ) -> Observation:
        return Observation(
            frame=self._frame,
            time_s=pose.time_s,
            pose=pose,
            reason=reason,
            values=values,
            axes=self._axes,
            posture=posture,
            label=self._label,
            camera_side=camera_side(self._axes, self._label),
            shown=self._shown if reason is None else frozenset(),
            told=self._told,
            plain=self._plain,
            body=body,
        )

    def _scale(self, scale_px: float, time_s: float) -> float:
        """Return the scale averaged over time: the model's own flickers as the body bends."""
        dt_s, known_s = time_s - self._scale_s, time_s - self._scaled_since_s
        if math.isnan(self._scale_px) or math.isnan(scale_px):
            self._scale_px, self._scaled_since_s = scale_px, time_s
        else:
            share = max(1.0 - math.exp(-dt_s / SCALE_S), dt_s / known_s)
            self._scale_px += share * (scale_px - self._scale_px)
        self._scale_s = time_s
        return self._scale_px

    def _stand(self, body: Body, time_s: float) -> float:
        """Return the hips' height when standing: the largest so far, carried along with the distance."""
        height = hip_height_px(body)
        if math.isnan(height):
            return self._stand_px
        if not self._stand_px > 0.0:
            self._stand_px = max(height, STAND_SHARE * body.stand_px, 1.0)
            self._stand_scale_px = body.scale_px
        elif abs(body.scale_px / self._stand_scale_px - 1.0) > DISTANCE_CHANGE:
            self._stand_px *= body.scale_px / self._stand_scale_px
            self._stand_scale_px = body.scale_px
        lowered = 1.0 - height / self._stand_px
        follow_s = STAND_RISE_S if lowered < 0.0 else STAND_FALL_S if lowered < NEARLY_STANDING else math.inf
        dt_s = time_s - self._stand_s if not math.isnan(self._stand_s) else 0.0
        self._stand_px += (1.0 - math.exp(-dt_s / follow_s)) * (height - self._stand_px)
        self._stand_s = time_s
        if lowered < 0.0:
            self._stand_scale_px = body.scale_px
        return self._stand_px

    def _is_told(self, name: str, half_deg: float) -> bool:
        """Whether an angle is told: its band is narrow, or the picture shows it."""
        if self._label in GUESSED_FROM:
            return False
        if half_deg <= TOLD_BAND_DEG[1 if name in self._told else 0]:
            return True
        return not math.isnan(half_deg) and name in self._plain

    def _in_plain_sight(self) -> frozenset[str]:
        """Return the angles that the picture shows: from the side, of the leg in plain sight."""
        near = camera_side(self._axes, self._label)
        return frozenset(
            name
            for name, (measure, leg) in _ANGLES.items()
            if (leg is None or (leg is near and leg in self._shown))
            and judgeable(measure, self._label, self._posture)
        )

    def _is_shown(self, visibility: list[float], side: Side) -> bool:
        return _least(visibility, SIDES[side]) >= SHOWN_VISIBILITY[1 if side in self._shown else 0]


def _unbelieved(visibility: list[float]) -> frozenset[Side]:
    """Return the legs that the model itself does not believe."""
    return frozenset(
        side
        for side, at in SIDES.items()
        if min(visibility[at.hip], visibility[at.knee]) < BELIEVED_VISIBILITY
    )


def sided(values: dict[str, float], name: str, side: Side | None) -> float:
    """Return a sided measure, NaN when the side is not known."""
    return values[f"{side}_{name}"] if side is not None else NAN


def angles_of(observation: Observation) -> tuple[FrameAngles, FrameAngles]:
    """Return the angles that are told of this frame, and half of the band around each; NaN = not told.

    They are the learned ones (`formcheck.correction`), from any view; where the picture shows a flexion too,
    it is weighed in.
    """
    told = {f"{name}_deg": _told(observation, name) for name in _ANGLES if name in observation.told}
    return (
        FrameAngles(**{name: angle for name, (angle, _) in told.items()}),
        FrameAngles(**{name: half for name, (_, half) in told.items()}),
    )


def learned_of(observation: Observation, measure: str) -> tuple[float, float]:
    """Return a learned angle of the whole body and half of its band; NaN while that is too wide."""
    half = observation.values[measure + BAND]
    return (observation.values[measure + CORRECTED], half) if half <= TOLD_BAND_DEG[0] else (NAN, NAN)


def guide_of(observation: Observation, name: str) -> tuple[float, float]:
    """Return a learned angle and half of its band, however wide it is; NaN where nothing was learned."""
    if observation.reason is not None:
        return NAN, NAN
    return observation.values[name + CORRECTED], observation.values[name + BAND]


def _told(observation: Observation, name: str) -> tuple[float, float]:
    values = observation.values
    learned, half = values[name + CORRECTED], values[name + BAND]
    leg = _ANGLES[name][1]
    if leg is not None and name in observation.plain and name.endswith(IN_PICTURE):
        least = _least(observation.pose.visibility, SIDES[leg])
        return weighed(learned, half, values[name], picture_half_deg(least))
    return learned, half


def picture_half_deg(least: float) -> float:
    """Return half of the band around a flexion in the picture, by its least visible joint's visibility."""
    return PICTURE_HALF_DEG + DOUBTED_DEG * max(0.0, PLAIN_VISIBILITY - least)


def _least(visibility: Sequence[float] | Floats, leg: SideLandmarks) -> float:
    return float(min(visibility[leg.hip], visibility[leg.knee], visibility[leg.ankle]))


def weighed(
    learned_deg: float, half_deg: float, picture_deg: float, picture_half: float = PICTURE_HALF_DEG
) -> tuple[float, float]:
    """Return the mean of a learned angle and the picture's, weighted by their bands, and half of its band.

    Weights and band are those of two measures with independent errors (inverse squares), the band wider where
    the two disagree.  It follows the picture in movements that were never learned; on what was learned the
    mean error hardly changes.  How this was chosen, and on which clips: docs/correction.md.

    Parameters
    ----------
    learned_deg, half_deg : float
        NaN where nothing was learned: then both are.
    picture_deg : float
        NaN where the picture does not show it: then the learned angle stays.
    picture_half : float
        Half of the picture's band, degrees: `picture_half_deg`.
    """
    if math.isnan(picture_deg):
        return learned_deg, half_deg
    share = half_deg**2 / (half_deg**2 + picture_half**2)
    apart = math.remainder(picture_deg - learned_deg, 360.0)
    within, between = (1.0 - share) * half_deg**2, share * (1.0 - share) * apart**2
    return learned_deg + share * apart, math.sqrt(within + between)
