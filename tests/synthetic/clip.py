"""A clip: poses with the truth they were made from; and clips joined into a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.skeleton import Landmark, Pose, Side

from .body import NEUTRAL, SIDES, Body, Posture, between, landmarks, posture, rotation, unit
from .camera import Camera, Noise, film
from .script import Amount, Pace, Script, Tremor, TrueRep, frame_times, ramp

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Segment:
    """What is being done from when to when; ``blend`` is the way from one thing to the next."""

    motion: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Truth:
    """What was put in.

    Attributes
    ----------
    times_s : Floats, shape (n,)
    repetitions : tuple[TrueRep, ...]
        In order of time; empty for motions without repetitions.
    angles_deg : Mapping[str, Floats]
        By name, shape (n,): per side (``_left``, ``_right``) ``hip_flexion`` (thigh to pelvis),
        ``hip_abduction``, ``hip_rotation``, ``knee_flexion``, ``trunk_thigh`` (HF of clinical.md),
        ``thigh_elevation`` (TE), ``shank_inclination`` (SI); ``trunk_inclination`` (TI);
        ``side_to_sight``: 0 = true side view, 90 = seen from the front, the back or an end; clamshells also
        ``opening``.
    segments : tuple[Segment, ...]
        What was done when.
    room_m : Floats, shape (n, 33, 3)
        Landmarks in the room (x forward, y to the person's left, z up, floor at 0).
    posture, body, camera, noise
        Everything needed to film it again.
    """

    times_s: Floats
    repetitions: tuple[TrueRep, ...]
    angles_deg: Mapping[str, Floats]
    segments: tuple[Segment, ...]
    room_m: Floats
    posture: Posture
    body: Body
    camera: Camera
    noise: Noise | None

    def count(self, kind: str = "complete", side: Side | None = None) -> int:
        """Return how many repetitions are of ``kind`` (of one side, when given)."""
        return sum(r.kind == kind and side in (None, r.side) for r in self.repetitions)


class Clip(NamedTuple):
    """Poses and truth; unpacks as ``poses, truth = squat(...)``."""

    poses: list[Pose]
    truth: Truth


class Shot(TypedDict, total=False):
    """How a motion is filmed; every motion takes these keywords.

    ``rate_hz`` (30) or explicit ``times_s``; ``at`` moves the person in the room; ``heading_deg`` turns the
    person about the vertical, on top of the default heading of the motion.
    """

    camera: Camera
    noise: Noise
    body: Body
    rate_hz: float
    times_s: Sequence[float] | Floats
    heading_deg: float
    at: tuple[float, float]


class Paced(Shot, total=False):
    """What motions made of repetitions take on top: see :class:`Script`."""

    tempo: Pace | Sequence[Pace]
    lead_s: float
    tail_s: float
    tremor: Tremor | None
    residual: float
    end_fraction: float


_SCRIPT = ("tempo", "lead_s", "tail_s", "tremor", "residual", "end_fraction")


@dataclass(frozen=True, slots=True)
class Stage:
    """The common half of every motion: a body, a time axis, a camera; films the posture it is given."""

    script: Script
    times_s: Floats
    body: Body
    shot: Shot = field(repr=False)

    @classmethod
    def set_up(cls, amplitudes: Sequence[float], **options: Unpack[Paced]) -> Stage:
        """Return the stage for a row of repetitions."""
        script = Script(tuple(amplitudes), **{k: options[k] for k in _SCRIPT if k in options})  # type: ignore[literal-required]
        shot = Shot(**{k: v for k, v in options.items() if k not in _SCRIPT})  # type: ignore[typeddict-item]
        return cls.lasting(script.duration_s, script, **shot)

    @classmethod
    def lasting(cls, duration_s: float, script: Script | None = None, **shot: Unpack[Shot]) -> Stage:
        """Return the stage for a motion of ``duration_s`` seconds."""
        unknown = set(shot) - set(Shot.__annotations__)
        if unknown:
            raise TypeError(f"unknown options: {sorted(unknown)}")
        times = shot.get("times_s")
        if times is None:
            times = frame_times(duration_s, shot.get("rate_hz", 30.0))
        empty = Script((), lead_s=duration_s, tail_s=0.0)
        return cls(script or empty, np.asarray(times, float), shot.get("body", Body()), shot)

    def progress(self, only: Sequence[int] | None = None) -> Floats:
        """Return the share of the full range at every frame."""
        return self.script.progress(self.times_s, only)

    def amount(self, wanted: Amount) -> Floats:
        """Return an amount at every frame."""
        return self.script.amount(self.times_s, wanted)

    def side_progress(self, sides: Sequence[Side], side: Side) -> Floats:
        """Return the progress made of the repetitions of one side only."""
        return self.progress([i for i, s in enumerate(sides) if s is side])

    def posture(self, values: Mapping[str, object] | None = None) -> Posture:
        """Return a posture with one row per frame."""
        return posture(len(self.times_s), values)  # type: ignore[arg-type]

    def film(
        self,
        motion: str,
        p: Posture,
        camera: Camera,
        repetitions: tuple[TrueRep, ...] = (),
        *,
        heading_deg: float = 0.0,
        extra_deg: Mapping[str, Floats] | None = None,
    ) -> Clip:
        """Return the clip; ``camera`` and ``heading_deg`` are the motion's defaults."""
        p = placed(p, heading_deg + self.shot.get("heading_deg", 0.0), self.shot.get("at", (0.0, 0.0)))
        end = float(self.times_s[-1])
        return render(
            p,
            self.times_s,
            self.body,
            self.shot.get("camera", camera),
            self.shot.get("noise"),
            repetitions=repetitions,
            segments=(Segment(motion, 0.0, end),),
            extra_deg=extra_deg,
        )


def placed(p: Posture, heading_deg: float, at: tuple[float, float]) -> Posture:
    """Return the posture turned about the vertical through the room's origin, then moved."""
    c, s = np.cos(np.radians(heading_deg)), np.sin(np.radians(heading_deg))
    x, y = c * p["x"] - s * p["y"] + at[0], s * p["x"] + c * p["y"] + at[1]
    return p | {"x": x, "y": y, "heading": p["heading"] + heading_deg}


def render(
    p: Posture,
    times_s: Floats,
    body: Body,
    camera: Camera,
    noise: Noise | None,
    *,
    repetitions: tuple[TrueRep, ...],
    segments: tuple[Segment, ...],
    extra_deg: Mapping[str, Floats] | None = None,
) -> Clip:
    """Film a posture over time and collect its truth."""
    room = landmarks(p, body)
    sight = camera.project(room)[1][:, [Landmark.LEFT_HIP, Landmark.RIGHT_HIP]].mean(axis=1)
    lateral = _lateral(room) @ camera.place(room)[1].T
    cosine = np.abs((sight * lateral).sum(-1)) / np.linalg.norm(sight, axis=-1)
    angles = _angles(p, room) | {"side_to_sight": np.degrees(np.arccos(np.clip(cosine, 0, 1)))}
    angles |= dict(extra_deg or {})
    truth = Truth(times_s, repetitions, angles, segments, room, p, body, camera, noise)
    return Clip(film(room, times_s, camera, noise), truth)


def _lateral(room: Floats) -> Floats:
    """Return the unit vector from the right to the left side, hips and shoulders together."""
    pairs = [(Landmark.LEFT_HIP, Landmark.RIGHT_HIP), (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER)]
    return unit(sum((room[:, left] - room[:, right] for left, right in pairs), np.zeros(3)))


def refilm(clip: Clip, camera: Camera | None = None, noise: Noise | None = None) -> Clip:
    """Return the same movement seen by another camera or with other noise."""
    truth = replace(clip.truth, camera=camera or clip.truth.camera, noise=noise or clip.truth.noise)
    return Clip(film(truth.room_m, truth.times_s, truth.camera, truth.noise), truth)


_JOINT = ("hip_flexion", "hip_abduction", "hip_rotation", "knee_flexion")


def _angles(p: Posture, room: Floats) -> dict[str, Floats]:
    out = {f"{name}_{side}": p[f"{name}_{side}"] for name in _JOINT for side in SIDES}
    ahead = rotation(2, p["heading"])[..., 0]
    for side in SIDES:
        hip, knee, ankle = (room[:, Landmark[f"{side.name}_{j}"]] for j in ("HIP", "KNEE", "ANKLE"))
        out[f"trunk_thigh_{side}"] = p[f"hip_flexion_{side}"] + p["bend"]
        out[f"thigh_elevation_{side}"] = np.degrees(
            np.arcsin((knee - hip)[:, 2] / np.linalg.norm(knee - hip, axis=-1))
        )
        out[f"shank_inclination_{side}"] = _lean(knee - ankle, ahead)
    middles = [
        (room[:, Landmark[f"LEFT_{j}"]] + room[:, Landmark[f"RIGHT_{j}"]]) / 2 for j in ("HIP", "SHOULDER")
    ]
    out["trunk_inclination"] = _lean(middles[1] - middles[0], ahead)
    return out


def _lean(segment: Floats, ahead: Floats) -> Floats:
    """Return the angle of segments from the vertical, + = forward."""
    angle: Floats = np.degrees(np.arctan2((segment * ahead).sum(-1), segment[:, 2]))
    return angle


def concatenate(
    *clips: Clip,
    blend_s: float = 1.0,
    camera: Camera | None = None,
    noise: Noise | None = None,
    rate_hz: float = 30.0,
    follow: bool = True,
) -> Clip:
    """Join motions into one session filmed by one camera (the first clip's unless given).

    The person gets from the last posture of a clip to the first of the next in ``blend_s`` seconds;
    repetitions, angles and segments move along in time.  With ``follow`` each motion starts where the last
    one ended instead of at its own place in the room, and somebody lying stays the way he lies.  The body is
    the first clip's.
    """
    joined = _Session()
    for clip in clips:
        joined.append(clip.truth, blend_s, rate_hz, follow)
    first = clips[0].truth
    p = {name: np.concatenate([part[name] for part in joined.postures]) for name in NEUTRAL}
    return render(
        p,
        np.concatenate(joined.times),
        first.body,
        camera or first.camera,
        noise or first.noise,
        repetitions=tuple(joined.repetitions),
        segments=tuple(joined.segments),
    )


@dataclass
class _Session:
    times: list[Floats] = field(default_factory=list)
    postures: list[Posture] = field(default_factory=list)
    repetitions: list[TrueRep] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)

    def append(self, truth: Truth, blend_s: float, rate_hz: float, follow: bool) -> None:
        p, offset = dict(truth.posture), 0.0
        if self.times:
            end_s, last = float(self.times[-1][-1]), {k: v[-1:] for k, v in self.postures[-1].items()}
            if follow:
                p = _from(last, p)
            p["heading"] = p["heading"] + 360 * np.round((last["heading"] - p["heading"][0]) / 360)
            offset = end_s + max(blend_s, 1 / rate_hz)
            self._blend(last, {k: v[:1] for k, v in p.items()}, end_s, offset, rate_hz)
        self.times.append(truth.times_s + offset)
        self.postures.append(p)
        self.repetitions += [_later(r, offset) for r in truth.repetitions]
        self.segments += [Segment(s.motion, s.start_s + offset, s.end_s + offset) for s in truth.segments]

    def _blend(self, last: Posture, first: Posture, end_s: float, next_s: float, rate_hz: float) -> None:
        count = round((next_s - end_s) * rate_hz) - 1
        if count < 1:
            return
        times = end_s + np.arange(1, count + 1) / rate_hz
        times = times[times < next_s - 0.5 / rate_hz]
        self.times.append(times)
        self.postures.append(between(last, first, ramp(times, end_s, next_s - end_s)))
        self.segments.append(Segment("blend", end_s, next_s))


def _from(last: Posture, p: Posture) -> Posture:
    """Return the motion moved to where the last posture ended, and turned likewise when both are lying."""
    if min(abs(last["pitch"][0]), abs(p["pitch"][0])) > 60:
        p = placed(p, float((last["heading"] - p["heading"])[0]), (0.0, 0.0))
    return p | {axis: p[axis] - p[axis][0] + last[axis] for axis in ("x", "y")}


def _later(rep: TrueRep, offset_s: float) -> TrueRep:
    moments = ("start_s", "top_start_s", "peak_s", "top_end_s", "end_s")
    return replace(rep, **{name: getattr(rep, name) + offset_s for name in moments})
