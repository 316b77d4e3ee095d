"""Anatomy: the angles and proxies measured on one pose, as a table.

Conventions (clinical signs, docs of `MEASURES`): degrees, anatomical neutral 0, flexion positive,
left and right are the participant's.  Hip flexion is trunk-thigh, not femur on pelvis.  Image measures
use pixels of the displayed picture (isotropic), ``*_3d`` measures the model's world landmarks, which
are noisier but do not depend on the view.  NaN wherever a landmark is missing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from math import isnan

from formcheck import correction
from formcheck.correction import LEG_ANGLES, WHOLE_ANGLES, Estimate
from formcheck.geometry import (
    NAN,
    UP,
    Vector,
    angle_between_deg,
    cross,
    dot,
    elevation_deg,
    mid,
    norm,
    offset_from_line,
    sub,
    turn_deg,
    unit,
)
from formcheck.pose.skeleton import Pose, Side, no_pose


@dataclass(frozen=True, slots=True)
class SideLandmarks:
    """Landmark indices of one side, so that left and right are written once."""

    side: Side
    ear: int
    shoulder: int
    hip: int
    knee: int
    ankle: int
    heel: int
    toe: int


SIDES: dict[Side, SideLandmarks] = {
    Side.LEFT: SideLandmarks(Side.LEFT, 7, 11, 23, 25, 27, 29, 31),
    Side.RIGHT: SideLandmarks(Side.RIGHT, 8, 12, 24, 26, 28, 30, 32),
}
LEFT, RIGHT = SIDES[Side.LEFT], SIDES[Side.RIGHT]
KNEE_PER_THIGH = 1.35
"""Knee flexion per degree of thigh inclination: 1.2 in deep rendered squats, 1.5 in the clinical table."""
NEAR_DEPTH = 0.6
"""Share of the left-right axis along the line of sight from which one side is the near one (53 degrees)."""
SHANK_PER_TRUNK = THIGH_PER_TRUNK = 0.86
"""Length in trunk lengths (clinical geometry: 0.43 m and 0.50 m; the limb itself is foreshortened)."""
SHOULDERS_PER_TRUNK = 0.55
"""Least width of the shoulders in trunk lengths, seen from the front: 0.6 and more with the arms down
(clinical 0.6); raised arms draw them together, to 0.33 to 0.46 in ten recorded people: no wide stance."""
TRUNK_M = 0.50
"""Length of the trunk by the same geometry, in the model's metres."""
NARROWEST = 0.6
"""Ankle distance in shoulder widths that a sideways shift is told by at least (hip width)."""
_FRAME = tuple(i for s in (LEFT, RIGHT) for i in (s.shoulder, s.hip, s.knee, s.ankle))


@dataclass(slots=True, eq=False)
class Body:
    """One pose prepared for measuring: points as plain numbers, mid-points and body axes.

    Attributes
    ----------
    image : list[complex]
        33 image points, pixels, y down.
    world : list[Vector]
        33 space points, metres, y down, z away from the camera.
    visibility : list[float]
        33 opinions of the model, 0 to 1.
    mid_shoulder, mid_hip, mid_ankle : complex
        In the image.
    trunk_px : float
        Length of mid-hip to mid-shoulder in the image.
    scale_px : float
        Pixels per metre of the world landmarks (least squares over trunk and legs).
    stand_px : float
        Height of the hips over the lower ankle when standing, in the image; for a single pose that of the
        model's own legs.
    lateral, up, front : Vector
        Unit axes of the trunk in camera coordinates: toward the person's left, toward the head, and
        out of the chest; all NaN when shoulders or hips are missing.
    pose : Pose
        What it was prepared from.
    stands : bool
        Somebody on their feet was followed, so that `stand_px` is theirs.
    """

    image: list[complex]
    world: list[Vector]
    visibility: list[float]
    mid_shoulder: complex
    mid_hip: complex
    mid_ankle: complex
    trunk_px: float
    scale_px: float
    lateral: Vector
    up: Vector
    front: Vector
    pose: Pose = field(default_factory=lambda: no_pose(0.0))
    stand_px: float = NAN
    stands: bool = False
    _estimate: Estimate | None = None

    @property
    def estimate(self) -> Estimate:
        """The learned angles of the pose, taken when first asked for."""
        if self._estimate is None:
            known_px = self.stand_px if self.stands else NAN
            self._estimate = correction.load().estimate(self.pose, known_px)
        return self._estimate


def body_of(pose: Pose) -> Body:
    """Prepare a pose for measuring."""
    image = [complex(x, y) for x, y in pose.image_px.tolist()]
    world: list[Vector] = [(x, y, z) for x, y, z in pose.world_m.tolist()]
    shoulder = (image[LEFT.shoulder] + image[RIGHT.shoulder]) / 2
    hip = (image[LEFT.hip] + image[RIGHT.hip]) / 2
    up = unit(sub(mid(world[LEFT.shoulder], world[RIGHT.shoulder]), mid(world[LEFT.hip], world[RIGHT.hip])))
    across_shoulders = sub(world[LEFT.shoulder], world[RIGHT.shoulder])
    across_hips = sub(world[LEFT.hip], world[RIGHT.hip])
    across = tuple(a + b for a, b in zip(across_shoulders, across_hips, strict=True))
    along = dot((across[0], across[1], across[2]), up)
    lateral = unit((across[0] - along * up[0], across[1] - along * up[1], across[2] - along * up[2]))
    body = Body(
        image=image,
        world=world,
        visibility=pose.visibility.tolist(),
        mid_shoulder=shoulder,
        mid_hip=hip,
        mid_ankle=(image[LEFT.ankle] + image[RIGHT.ankle]) / 2,
        trunk_px=abs(shoulder - hip),
        scale_px=_scale_px(image, world),
        lateral=lateral,
        up=up,
        front=cross(lateral, up),
        pose=pose,
    )
    body.stand_px = _leg_px(body)
    return body


def _scale_px(image: list[complex], world: list[Vector]) -> float:
    """Return the factor that maps the world landmarks of shoulders, hips and legs onto the image."""
    points = [(image[i], complex(world[i][0], world[i][1])) for i in _FRAME]
    centre_px = sum(p for p, _ in points) / len(points)
    centre_m = sum(w for _, w in points) / len(points)
    both = sum(((p - centre_px) * (w - centre_m).conjugate()).real for p, w in points)
    own = sum(abs(w - centre_m) ** 2 for _, w in points)
    return both / own if own > 0 else NAN


def facing(body: Body) -> float:
    """Return +1 when the person's front points to the right of the picture, -1 to the left, NaN if unclear.

    From the trunk's front axis, whatever the posture; NaN when it points along the line of sight.
    """
    along = body.front[0]
    return math.copysign(1.0, along) if abs(along) > 0.1 else NAN


def knee_flexion(body: Body, side: SideLandmarks) -> float:
    """Return 180 minus the interior angle hip-knee-ankle in the image; 0 = straight (clinical KF)."""
    hip, knee, ankle = body.image[side.hip], body.image[side.knee], body.image[side.ankle]
    return 180.0 - abs(turn_deg(hip - knee, ankle - knee))


def hip_flexion(body: Body, side: SideLandmarks) -> float:
    """Return the signed trunk-thigh angle in the image, + = thigh in front of the trunk line (clinical HF).

    The sign comes from the bend of the knee on the same side, which only bends backward: the thigh is
    in front of the trunk line when hip and knee turn opposite ways.  With a nearly straight knee (under
    15 degrees) the trunk's front axis decides.
    """
    shoulder, hip, knee = body.image[side.shoulder], body.image[side.hip], body.image[side.knee]
    at_hip = turn_deg(hip - shoulder, knee - hip)
    at_knee = turn_deg(knee - hip, body.image[side.ankle] - knee)
    if abs(at_knee) >= 15.0:
        return -math.copysign(1.0, at_knee) * at_hip
    sign = _front_sign(body, hip - shoulder)
    return sign * at_hip if not isnan(sign) else abs(at_hip)


def _front_sign(body: Body, down_trunk: complex) -> float:
    """Return the sign that makes a turn from the trunk toward the front positive."""
    toward_front = complex(body.front[0], body.front[1])
    if not abs(toward_front) > 0.3:
        return NAN
    return math.copysign(1.0, (toward_front * down_trunk.conjugate()).imag)


def thigh_elevation(body: Body, side: SideLandmarks) -> float:
    """Return how far the knee lies above the horizontal through the hip in the image (clinical TE)."""
    return elevation_deg(body.image[side.hip], body.image[side.knee])


def thigh_inclination(body: Body, side: SideLandmarks) -> float:
    """Return the thigh's angle from straight down in the image, knee forward of the hip positive.

    0 standing, 90 = thigh parallel to the floor.  Needs no foot in the picture.
    """
    return -turn_deg(1j, body.image[side.knee] - body.image[side.hip]) * facing(body)


def knee_bend(body: Body, side: SideLandmarks) -> float:
    """Return knee flexion to count from: the angle in the image, or an estimate without the foot.

    With the ankle out of the picture it is `KNEE_PER_THIGH` times the thigh's inclination: the shank
    does the rest of the bend.  Never reported as an angle.
    """
    if not math.isnan(body.image[side.ankle].real):
        return knee_flexion(body, side)
    return KNEE_PER_THIGH * thigh_inclination(body, side)


def shank_inclination(body: Body, side: SideLandmarks) -> float:
    """Return the angle of ankle-knee from the vertical, + = knee forward of the ankle (clinical SI)."""
    return turn_deg(-1j, body.image[side.knee] - body.image[side.ankle]) * facing(body)


def knee_rise(body: Body, side: SideLandmarks) -> float:
    """Return the knee's height above the hip in shank lengths (clinical KR, from its rest value)."""
    knee, ankle = body.image[side.knee], body.image[side.ankle]
    length = abs(knee - ankle)
    return (body.image[side.hip] - knee).imag / length if length > 0 else NAN


def foot_pitch(body: Body, side: SideLandmarks) -> float:
    """Return how far the heel lies above the toe, as an angle from the horizontal (clinical FP)."""
    return elevation_deg(body.image[side.toe], body.image[side.heel])


def knee_flexion_3d(body: Body, side: SideLandmarks) -> float:
    """Return knee flexion between the model's world landmarks; view-free, mean error 3 to 27 degrees."""
    hip, knee, ankle = body.world[side.hip], body.world[side.knee], body.world[side.ankle]
    return 180.0 - angle_between_deg(sub(hip, knee), sub(ankle, knee))


def hip_flexion_3d(body: Body, side: SideLandmarks) -> float:
    """Return the unsigned trunk-thigh angle between the model's world landmarks."""
    shoulder, hip, knee = body.world[side.shoulder], body.world[side.hip], body.world[side.knee]
    return 180.0 - angle_between_deg(sub(shoulder, hip), sub(knee, hip))


def thigh_elevation_3d(body: Body, side: SideLandmarks) -> float:
    """Return the thigh's elevation above the horizontal from the world landmarks."""
    thigh = sub(body.world[side.knee], body.world[side.hip])
    return math.degrees(math.atan2(-thigh[1], math.hypot(thigh[0], thigh[2])))


def trunk_inclination(body: Body) -> float:
    """Return the trunk's angle from the vertical in the image, forward positive (clinical TI).

    Without a clear facing (front and back views) the sign is lost and the size is returned.
    """
    angle = turn_deg(-1j, body.mid_shoulder - body.mid_hip)
    sign = facing(body)
    return angle * sign if not isnan(sign) else abs(angle)


def trunk_lateral_lean(body: Body) -> float:
    """Return the trunk's angle from the vertical in the image, right positive (clinical LTL)."""
    return turn_deg(-1j, body.mid_shoulder - body.mid_hip) * math.copysign(1.0, -body.lateral[0])


def hip_drop(body: Body) -> float:
    """Return 1 - height of the hips over the ankles / leg length, from the world landmarks (clinical HD).

    0 = straight legs, 0.5 = deep squat; the model's own leg length (thigh + shank, mean of both sides)
    makes it independent of the distance from the camera.  The lower ankle is the standing one: lifting
    the other foot does not lower the hips.
    """
    hips = mid(body.world[LEFT.hip], body.world[RIGHT.hip])
    lower_ankle = max(body.world[LEFT.ankle][1], body.world[RIGHT.ankle][1])
    length = (_leg_m(body, LEFT) + _leg_m(body, RIGHT)) / 2
    return 1.0 - (lower_ankle - hips[1]) / length if length > 0 else NAN


def hip_height_px(body: Body) -> float:
    """Return the height of the hips over the lower ankle in the image, pixels: that of the standing leg."""
    return max(body.image[LEFT.ankle].imag, body.image[RIGHT.ankle].imag) - body.mid_hip.imag


def hip_drop_2d(body: Body) -> float:
    """Return how far the hips have come down, as a share of their height when standing (clinical HD).

    From the image: seen from the front the model's own depth believes in straight knees until they bend by
    50 degrees, and longer when they fall inward.
    """
    return 1.0 - hip_height_px(body) / body.stand_px


def body_drop_2d(body: Body) -> float:
    """Return how far the shoulders have come down over the lower ankle, in standing hip heights, from -1.6.

    Its changes are what counts: start and end of a squat from the front, where it moves most.
    """
    lower_ankle = max(body.image[LEFT.ankle].imag, body.image[RIGHT.ankle].imag)
    return -(lower_ankle - body.mid_shoulder.imag) / body.stand_px


def feet_height(body: Body) -> float:
    """Return how high the lower ankle is in the image, in standing hip heights; planted feet keep it."""
    return -max(body.image[LEFT.ankle].imag, body.image[RIGHT.ankle].imag) / body.stand_px


def body_drop(body: Body) -> float:
    """Return 1 - height of the shoulders over the lower ankle / (leg + trunk length), from the image.

    Bending knees or trunk lowers it; it shows the very start of a squat from every view, where the
    model's depth still sticks to "standing straight".  Scaled by the model's own body, so that the
    distance from the camera does not matter.
    """
    leg = (_leg_m(body, LEFT) + _leg_m(body, RIGHT)) / 2
    trunk = norm(sub(mid(body.world[11], body.world[12]), mid(body.world[23], body.world[24])))
    lower_ankle = max(body.image[LEFT.ankle].imag, body.image[RIGHT.ankle].imag)
    length_px = (leg + trunk) * body.scale_px
    return 1.0 - (lower_ankle - body.mid_shoulder.imag) / length_px if length_px > 0 else NAN


def _leg_m(body: Body, side: SideLandmarks) -> float:
    """Return thigh plus shank of one leg in the model's metres."""
    knee = body.world[side.knee]
    return math.dist(body.world[side.hip], knee) + math.dist(knee, body.world[side.ankle])


def hip_height(body: Body) -> float:
    """Return how far the hips stand off the line shoulders-ankles in the image, in trunk lengths.

    Toward the front of the body (toward the ceiling when lying on the back) positive; about 0 lying
    with the hips down, 0.3 to 0.6 at the top of a bridge (clinical HH).  A tilted or panning camera
    does not change it.  From the side the near landmarks are taken: the model invents hidden feet.
    """
    hip, ankle, shoulder = _near_line(body)
    offset = offset_from_line(hip, ankle, shoulder) / (body.trunk_px or NAN)
    line = shoulder - ankle
    toward_left_of_line = line * -1j
    front = complex(body.front[0], body.front[1])
    return offset * math.copysign(1.0, (front * toward_left_of_line.conjugate()).real)


def _near_line(body: Body) -> tuple[complex, complex, complex]:
    """Return hip, ankle and shoulder of the side facing the camera, mid-points when neither does."""
    if not abs(body.lateral[2]) > NEAR_DEPTH:
        return body.mid_hip, body.mid_ankle, body.mid_shoulder
    near = LEFT if body.lateral[2] < 0 else RIGHT
    return body.image[near.hip], body.image[near.ankle], body.image[near.shoulder]


def hip_line_offset(body: Body, side: SideLandmarks) -> float:
    """Return the distance of the hip from the line shoulder-knee in trunk lengths, above positive."""
    shoulder, hip, knee = body.image[side.shoulder], body.image[side.hip], body.image[side.knee]
    offset = offset_from_line(hip, knee, shoulder) / (abs(shoulder - hip) or NAN)
    toward_left_of_line = (shoulder - knee) * -1j
    front = complex(body.front[0], body.front[1])
    return offset * math.copysign(1.0, (front * toward_left_of_line.conjugate()).real)


def knee_gap(body: Body) -> float:
    """Return the left knee's height above the right knee in the image, in trunk lengths.

    Side-lying with the left side up it is positive and grows as the clamshell opens.
    """
    return (body.image[RIGHT.knee] - body.image[LEFT.knee]).imag / (body.trunk_px or NAN)


def clamshell_rise(body: Body) -> float:
    """Return `knee_gap` in thigh lengths (clinical KRc)."""
    return knee_gap(body) / THIGH_PER_TRUNK


def knee_lead(body: Body) -> float:
    """Return the left knee's height above the right knee in the image, in shank lengths (mean of both).

    What the lifted knee of a seated march gains; a lean of the trunk moves neither knee.
    """
    return (body.image[RIGHT.knee] - body.image[LEFT.knee]).imag / shank_px(body)


def shank_px(body: Body) -> float:
    """Return the length of the shanks in the image, pixels (mean of both)."""
    return sum(abs(body.image[s.knee] - body.image[s.ankle]) for s in (LEFT, RIGHT)) / 2 or NAN


def ankle_gap(body: Body) -> float:
    """Return the left ankle's height above the right ankle in the image, in trunk lengths."""
    return (body.image[RIGHT.ankle] - body.image[LEFT.ankle]).imag / (body.trunk_px or NAN)


def knee_separation_ratio(body: Body) -> float:
    """Return the knees' horizontal distance over the ankles' in the image (clinical KASR)."""
    ankles = abs((body.image[LEFT.ankle] - body.image[RIGHT.ankle]).real)
    return abs((body.image[LEFT.knee] - body.image[RIGHT.knee]).real) / ankles if ankles > 0 else NAN


def knee_medial_displacement(body: Body, side: SideLandmarks) -> float:
    """Return how far the knee lies inside the line hip-ankle, in shank lengths (clinical KMD)."""
    hip, knee, ankle = body.image[side.hip], body.image[side.knee], body.image[side.ankle]
    rise = (ankle - hip).imag
    shank = abs(knee - ankle)
    if not rise or not shank:
        return NAN
    on_line = hip.real + (ankle - hip).real * (knee - hip).imag / rise
    other = RIGHT if side is LEFT else LEFT
    inward = math.copysign(1.0, (body.image[other.hip] - hip).real)
    return (knee.real - on_line) * inward / shank


def pelvic_obliquity(body: Body) -> float:
    """Return the hip line's angle from the horizontal in the image, left hip up positive (clinical PO)."""
    left, right = body.image[LEFT.hip], body.image[RIGHT.hip]
    return math.degrees(math.atan2((right - left).imag, abs((left - right).real)))


def frontal_plane_projection(body: Body, side: SideLandmarks) -> float:
    """Return the knee's frontal-plane projection angle in the image, knee inside positive (clinical FPPA)."""
    return math.copysign(knee_flexion(body, side), knee_medial_displacement(body, side))


def hip_abduction(body: Body, side: SideLandmarks) -> float:
    """Return the thigh's angle from the perpendicular to the hip line in the image (clinical ABD)."""
    other = RIGHT if side is LEFT else LEFT
    hip = body.image[side.hip]
    return abs(turn_deg(body.image[other.hip] - hip, body.image[side.knee] - hip)) - 90.0


def clamshell_opening(body: Body) -> float:
    """Return the angle between the planes of the two legs, 0 to 180 (world landmarks, clinical OPEN)."""
    normals = []
    for side in (LEFT, RIGHT):
        hip, knee, ankle = body.world[side.hip], body.world[side.knee], body.world[side.ankle]
        normals.append(cross(sub(knee, hip), sub(ankle, knee)))
    return angle_between_deg(normals[0], normals[1])


def pelvis_roll(body: Body) -> float:
    """Return the hip line's roll about the trunk axis: 0 on the back, left side up positive."""
    return _roll_deg(body, sub(body.world[LEFT.hip], body.world[RIGHT.hip]))


def trunk_roll(body: Body) -> float:
    """Return the shoulder line's roll about the trunk axis, as `pelvis_roll`."""
    return _roll_deg(body, sub(body.world[LEFT.shoulder], body.world[RIGHT.shoulder]))


def _roll_deg(body: Body, across: Vector) -> float:
    along = dot(UP, body.up)
    level = (UP[0] - along * body.up[0], UP[1] - along * body.up[1], UP[2] - along * body.up[2])
    return math.degrees(math.atan2(dot(across, level), dot(cross(across, body.up), level)))


def ankle_split(body: Body) -> float:
    """Return how far apart the feet stand along the person's front axis, in leg lengths (world landmarks).

    Near 0 in a squat, about 0.5 and more in a lunge or a stride.
    """
    apart = sub(body.world[LEFT.ankle], body.world[RIGHT.ankle])
    leg = (_leg_m(body, LEFT) + _leg_m(body, RIGHT)) / 2
    ahead = unit((body.front[0], 0.0, body.front[2]))
    return abs(dot(apart, ahead)) / leg if leg > 0 else NAN


def trunk_over_feet(body: Body) -> float:
    """Return how far the trunk's centre lies ahead of the ankles, in thigh lengths (world landmarks).

    Somebody who stands keeps it near 0 at any depth, or would fall; a chair lets it go to -0.5 and less.
    """
    hips, shoulders = mid(body.world[23], body.world[24]), mid(body.world[11], body.world[12])
    ankles = mid(body.world[27], body.world[28])
    ahead = unit((body.lateral[2], 0.0, -body.lateral[0]))
    thigh = sum(norm(sub(body.world[s.hip], body.world[s.knee])) for s in (LEFT, RIGHT)) / 2
    return dot(sub(mid(hips, shoulders), ankles), ahead) / thigh if thigh > 0 else NAN


def shoulder_height(body: Body) -> float:
    """Return the height of the shoulders over the ankles in the image, in trunk lengths."""
    return (body.mid_ankle - body.mid_shoulder).imag / (body.trunk_px or NAN)


def hip_extension(body: Body, side: SideLandmarks) -> float:
    """Return hip flexion with its sign turned: past straight positive (trunk-thigh)."""
    return -hip_flexion(body, side)


def hip_flexion_bias(body: Body, side: SideLandmarks) -> float:
    """Return how far hip flexion lies above half the knee flexion in the image.

    Lying on the back with the feet flat it is 0 for equal segments (clinical 0.6): what is measured at rest
    is where the model puts this person's hip, and stays through the bridge (-7 to +2 degrees in rendered and
    real people).
    """
    return hip_flexion(body, side) - knee_flexion(body, side) / 2.0


def hip_extension_bias(body: Body, side: SideLandmarks) -> float:
    """Return `hip_flexion_bias` with its sign turned."""
    return -hip_flexion_bias(body, side)


def stance_ratio(body: Body) -> float:
    """Return the ankles' horizontal distance over the shoulders' in the image, arms raised or not."""
    seen = abs((body.image[LEFT.shoulder] - body.image[RIGHT.shoulder]).real)
    shoulders = max(seen, SHOULDERS_PER_TRUNK * body.trunk_px) if seen > 0 else NAN
    return abs((body.image[LEFT.ankle] - body.image[RIGHT.ankle]).real) / (shoulders or NAN)


def hip_shift(body: Body) -> float:
    """Return how far the hips stand to the right of the feet's middle in the image, in ankle distances.

    Feet closer than 0.6 shoulder widths count as that far apart.
    """
    ankles = abs((body.image[LEFT.ankle] - body.image[RIGHT.ankle]).real)
    shoulders = abs((body.image[LEFT.shoulder] - body.image[RIGHT.shoulder]).real)
    return (body.mid_hip - body.mid_ankle).real / (max(ankles, NARROWEST * shoulders) or NAN)


def ankles_apart_x(body: Body) -> float:
    """Return how far the left ankle lies to the right of the other in the image, in leg lengths.

    One foot stepping changes it; a panning camera, which moves both feet alike, does not.
    """
    apart = (body.image[LEFT.ankle] - body.image[RIGHT.ankle]).real
    return apart / (_leg_px(body) or NAN)


def ankles_apart_y(body: Body) -> float:
    """Return how far the left ankle lies below the other in the image, in leg lengths."""
    apart = (body.image[LEFT.ankle] - body.image[RIGHT.ankle]).imag
    return apart / (_leg_px(body) or NAN)


def _leg_px(body: Body) -> float:
    return (_leg_m(body, LEFT) + _leg_m(body, RIGHT)) / 2 * body.scale_px


def feet_gap(body: Body) -> float:
    """Return how far apart the feet are in the image, in shank lengths: the nearer of ankles and toes.

    The shank counts as 0.86 trunk lengths (equal segments): side-lying it is foreshortened itself.
    """
    ankles = abs(body.image[LEFT.ankle] - body.image[RIGHT.ankle])
    toes = abs(body.image[LEFT.toe] - body.image[RIGHT.toe])
    return min(ankles, toes) / (SHANK_PER_TRUNK * body.trunk_px or NAN)


def head_over_feet(body: Body, side: SideLandmarks) -> float:
    """Return the ear's height above the ankle of its side in the image, in trunk lengths.

    On the back with the feet on the floor only the head moves it; the shoulders rise with the bridge.
    """
    return (body.image[side.ankle] - body.image[side.ear]).imag / (body.trunk_px or NAN)


def head_in_picture(body: Body, side: SideLandmarks) -> float:
    """Return the ear's height over the middle of the picture, in trunk lengths (averaged scale).

    While the camera stands still, a head that lies keeps it, whatever the model makes of the feet.
    """
    middle = body.pose.frame_size[1] / 2
    return (middle - body.image[side.ear].imag) / (TRUNK_M * body.scale_px or NAN)


def head_height(body: Body) -> float:
    """Return the ears' height above the middle of the shoulders in the image, in trunk lengths."""
    ears = (body.image[LEFT.ear] + body.image[RIGHT.ear]) / 2
    return (body.mid_shoulder - ears).imag / (body.trunk_px or NAN)


def trunk_length(body: Body) -> float:
    """Return the trunk's length in the image in the model's metres; slumping shortens it."""
    return body.trunk_px / body.scale_px if body.scale_px > 0 else NAN


def _learned(name: str, sided: bool, half: bool) -> Callable[..., float]:
    """Return the measure that reads a learned angle, or half of the band around it."""

    def of(body: Body, side: SideLandmarks | None = None) -> float:
        values = body.estimate.half_deg if half else body.estimate.angles_deg
        return values[f"{side.side}_{name}" if sided and side is not None else name]

    return of


@dataclass(frozen=True, slots=True)
class Measure:
    """One row of the table of measures.

    Attributes
    ----------
    name : str
    unit : str
        ``deg`` or ``ratio``.
    sided : bool
        Measured per leg (left and right) or once for the body.
    function : Callable
        ``f(body, side)`` when sided, else ``f(body)``.
    source : str
        Where the definition comes from.
    """

    name: str
    unit: str
    sided: bool
    function: Callable[..., float]
    source: str


CORRECTED, BAND = "_corrected", "_band"
_CLINICAL = "clinical definitions, angle table"
LEARNED: tuple[Measure, ...] = tuple(
    Measure(f"{name}{kind}", "deg", sided, _learned(name, sided, kind == BAND), f"docs/correction.md: {name}")
    for kind in (CORRECTED, BAND)
    for names, sided in ((LEG_ANGLES, True), (WHOLE_ANGLES, False))
    for name in names
)
"""Learned angles, valid from any view (``knee_flexion_corrected``), and half of the band around each that is
meant to hold the truth in nine cases of ten (``knee_flexion_band``)."""
MEASURES: tuple[Measure, ...] = (
    Measure("knee_flexion", "deg", True, knee_flexion, f"{_CLINICAL}: KF"),
    Measure("hip_flexion", "deg", True, hip_flexion, f"{_CLINICAL}: HF, trunk-thigh"),
    Measure("thigh_elevation", "deg", True, thigh_elevation, f"{_CLINICAL}: TE"),
    Measure("thigh_inclination", "deg", True, thigh_inclination, "start and end of a squat from the side"),
    Measure("knee_bend", "deg", True, knee_bend, "KF, or from the thigh without the feet; to count from"),
    Measure("knee_rise", "ratio", True, knee_rise, f"{_CLINICAL}: KR, shank lengths"),
    Measure("knee_flexion_3d", "deg", True, knee_flexion_3d, f"{_CLINICAL}: KF on world landmarks"),
    Measure("hip_flexion_3d", "deg", True, hip_flexion_3d, f"{_CLINICAL}: HF on world landmarks"),
    Measure("trunk_inclination", "deg", False, trunk_inclination, f"{_CLINICAL}: TI"),
    Measure("hip_drop", "ratio", False, hip_drop, f"{_CLINICAL}: HD on world landmarks"),
    Measure("hip_drop_2d", "ratio", False, hip_drop_2d, f"{_CLINICAL}: HD in the image"),
    Measure("body_drop_2d", "ratio", False, body_drop_2d, "start and end of a squat from the front"),
    Measure("feet_height", "ratio", False, feet_height, "planted feet against walking"),
    Measure("ankles_apart_x", "ratio", False, ankles_apart_x, "planted feet against steps and jumps"),
    Measure("body_drop", "ratio", False, body_drop, "start and end of a squat"),
    Measure("hip_height", "ratio", False, hip_height, "bridge: HH against the line shoulders-ankles"),
    Measure("knee_gap", "ratio", False, knee_gap, "clamshell: KRc, left knee over right"),
    Measure("knee_lead", "ratio", False, knee_lead, "seated march: KR of one knee over the other"),
    Measure("ankle_gap", "ratio", False, ankle_gap, "clamshell: foot gap, signed"),
    Measure("ankle_split", "ratio", False, ankle_split, "lunge and stride against squat"),
    Measure("trunk_over_feet", "ratio", False, trunk_over_feet, "balance: nobody squats behind their feet"),
    Measure("shoulder_height", "ratio", False, shoulder_height, "upright against lying"),
    *LEARNED,
)
"""What is measured on every frame."""

PROXIES: tuple[Measure, ...] = (
    Measure("shank_inclination", "deg", True, shank_inclination, f"{_CLINICAL}: SI"),
    Measure("foot_pitch", "deg", True, foot_pitch, f"{_CLINICAL}: FP, from its rest value"),
    Measure("trunk_lateral_lean", "deg", False, trunk_lateral_lean, f"{_CLINICAL}: LTL"),
    Measure("pelvic_obliquity", "deg", False, pelvic_obliquity, f"{_CLINICAL}: PO"),
    Measure("frontal_plane_projection", "deg", True, frontal_plane_projection, f"{_CLINICAL}: FPPA"),
    Measure("knee_medial_displacement", "ratio", True, knee_medial_displacement, f"{_CLINICAL}: KMD"),
    Measure("knee_separation_ratio", "ratio", False, knee_separation_ratio, f"{_CLINICAL}: KASR"),
    Measure("hip_abduction", "deg", True, hip_abduction, f"{_CLINICAL}: ABD"),
    Measure("clamshell_opening", "deg", False, clamshell_opening, f"{_CLINICAL}: OPEN, from its rest value"),
    Measure("pelvis_roll", "deg", False, pelvis_roll, f"{_CLINICAL}: ROLL, from its rest value"),
    Measure("trunk_roll", "deg", False, trunk_roll, f"{_CLINICAL}: ROLL, from its rest value"),
    Measure("hip_line_offset", "ratio", True, hip_line_offset, f"{_CLINICAL}: HSL"),
    Measure("hip_extension", "deg", True, hip_extension, f"{_CLINICAL}: HF, sign turned"),
    Measure("stance_ratio", "ratio", False, stance_ratio, "squat faults: ankles over shoulders"),
    Measure("hip_shift", "ratio", False, hip_shift, "squat faults: weight shift, from its rest value"),
    Measure("ankles_apart_y", "ratio", False, ankles_apart_y, "squat faults: a foot that steps"),
    Measure("clamshell_rise", "ratio", False, clamshell_rise, f"{_CLINICAL}: KRc, from its rest value"),
    Measure("feet_gap", "ratio", False, feet_gap, "clamshell faults: foot gap, from its rest value"),
    Measure("hip_flexion_bias", "deg", True, hip_flexion_bias, "bridge: HF against half of KF at rest"),
    Measure("hip_extension_bias", "deg", True, hip_extension_bias, "bridge: the same, sign turned"),
    Measure("head_over_feet", "ratio", True, head_over_feet, "bridge faults: head lift, from rest"),
    Measure("head_in_picture", "ratio", True, head_in_picture, "bridge faults: head lift, from rest"),
    Measure("head_height", "ratio", False, head_height, "clamshell faults: head lift, from rest"),
    Measure("trunk_length", "ratio", False, trunk_length, "march faults: slump, as a share of rest"),
)
"""What form rules ask for while a repetition is judged.  Frontal ones screen, they do not measure."""

BY_NAME: dict[str, Measure] = {row.name: row for row in (*MEASURES, *PROXIES)}


def measure(body: Body) -> dict[str, float]:
    """Return every measure of the table; sided ones as ``left_<name>`` and ``right_<name>``."""
    values: dict[str, float] = {}
    for row in MEASURES:
        if row.sided:
            values[f"left_{row.name}"] = row.function(body, LEFT)
            values[f"right_{row.name}"] = row.function(body, RIGHT)
        else:
            values[row.name] = row.function(body)
    return values
