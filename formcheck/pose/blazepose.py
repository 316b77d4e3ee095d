"""BlazePose through mediapipe: pictures in, sightings out.  The only file that imports mediapipe.

One landmarker tracks one person.  Allowing it two (``num_poses=2``) would cost 60 to 90 % more, switch off
mediapipe's own smoothing, and find fewer people: what is detected in a picture depends on what else is in
it.  Instead, about once a second, the person tracked is *painted over* and a second landmarker looks for
anybody else in what remains.  That costs one detector run (nothing is found most of the time; who is found
must be found again in the mirrored picture, which no plant is), and it finds people whom ``num_poses=2`` does
not: 22 of 24 looks against none with a real lying woman and a smaller standing man side by side, and no false
second person in 25 clips of one.

When the subject turns out to be one of the others, a fresh tracker is shown the picture with everyone else
painted over: it locks on the subject and then follows them by their own last position, with the whole
picture back in place.  On a rendered patient with a therapist kneeling behind her that is the patient in
286 of 286 frames (one pose: never; two poses: found in 279, unsmoothed).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np

from formcheck import __version__
from formcheck.errors import ModelError, UsageError
from formcheck.frame import Frame
from formcheck.pose.models import Model
from formcheck.pose.picture import Pixels, Shot, look_at, next_look, without
from formcheck.pose.sighting import Candidate, Sighting
from formcheck.pose.subject import (
    BodyPosture,
    Subject,
    choose,
    found_again,
    is_another_person,
    same_person,
)
from formcheck.reading import AT, place_of
from formcheck.results import Software

MEDIAPIPE_VERSION = "0.10.31"
"""The last line of versions without telemetry (0.10.35 and later send usage data to Google)."""

# --- mediapipe's own limits, measured on 21 clips -----------------------------------------------------
MIN_DETECTION = 0.5
"""0.3 gives poses in 95 instead of 88 % of the frames of one cropped close-up, but the gain is forearms
taken for bodies, and it locks on invented skeletons (presence 1.00) for 157 of 571 frames of bridge_45:
the detector averages overlapping boxes, so weak ones pull good ones away."""
MIN_PRESENCE = 0.5
"""0.3 changed nothing or added poses that were wrong."""
MIN_TRACKING = 0.5
"""mediapipe's default; it decides only between several poses."""

# --- looking for others -------------------------------------------------------------------------------
LOOK_EVERY_S = 1.0
"""Seconds between two looks around."""
LOOK_AGAIN_S = 0.5
"""The least time between two, however much there is to find out: after somebody appears, when the person
tracked is not the subject, when the subject might be the wrong one."""
LOOK_OTHERS = 2
"""How many others are looked for; more than one costs nothing while there is nobody."""
LOOK_SIDE_PX = 640
"""Pictures with a longer side are thinned out first; the detector sees 224 pixels anyway."""


class Landmarker(Protocol):
    """What the estimator needs of a pose landmarker."""

    def detect(self, image: Pixels, time_ms: int) -> tuple[Candidate, ...]:
        """Return everyone found; times must strictly increase in video mode."""
        ...

    def close(self) -> None:
        """Release the native memory."""
        ...


class LandmarkerFactory(Protocol):
    """Makes landmarkers (tests put a fake here)."""

    def __call__(self, model: Model, *, video: bool, poses: int) -> Landmarker:
        """Return a fresh one: following a video, or looking at unrelated pictures."""
        ...


@dataclass(slots=True)
class _Watch:
    """When somebody last looked around, and what is to be known before the next time."""

    looked_s: float = float("-inf")
    people: int = 0
    somebody: bool = False


class BlazePoseEstimator:
    """An `Estimator` that runs BlazePose on the CPU; a fresh one for every source.

    Parameters
    ----------
    model : Model
        The checked bundle (`formcheck.pose.models.load_model`).
    wanted_posture : {"lying", "upright"}, optional
        What the exercise needs, to choose among several people; see `formcheck.pose.subject`.
    landmarkers : LandmarkerFactory, optional
        Where landmarkers come from; by default mediapipe.
    person : str, optional
        Who is wanted, as `formcheck.reading.Reading` says it.

    Raises
    ------
    ModelError
        mediapipe is missing, has another version, or does not take the bundle.
    """

    def __init__(
        self,
        model: Model,
        wanted_posture: BodyPosture | None = None,
        landmarkers: LandmarkerFactory | None = None,
        *,
        person: str | None = None,
    ) -> None:
        self._model = model
        self._wanted = wanted_posture
        self._person = person
        pointed = person is not None and person.startswith(AT)
        self._pointed_s = place_of(person).time_s if person is not None and pointed else float("inf")
        self._make: LandmarkerFactory = landmarkers or TaskLandmarker
        self._tracker: Landmarker | None = self._make(model, video=True, poses=1)
        self._looker: Landmarker | None = None
        self._shot, self._subject, self._watch = Shot(), Subject(), _Watch()
        self._last_ms = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release mediapipe's memory; may be called twice."""
        for landmarker in (self._tracker, self._looker):
            if landmarker is not None:
                landmarker.close()
        self._tracker = self._looker = None

    def estimate(self, frame: Frame) -> Sighting:
        """Return what is to be seen in the frame; times must strictly increase.

        Raises
        ------
        UsageError
            The estimator was closed (mediapipe itself would find nobody and say nothing).
        """
        if self._tracker is None:
            raise UsageError("this pose estimator was closed; make a new one for every source")
        look = look_at(frame.image)
        self._shot, cut = next_look(self._shot, look, frame.time_s)
        if cut:
            self._start_again()
        candidates, chosen = self._people(frame)
        return Sighting(
            time_s=frame.time_s,
            frame_size=frame.size,
            candidates=candidates,
            chosen=chosen,
            cut=cut,
            light=look.light,
            people=self._watch.people,
        )

    def _start_again(self) -> None:
        assert self._tracker is not None
        self._tracker.close()
        self._tracker = self._make(self._model, video=True, poses=1)
        self._subject, self._watch = Subject(), _Watch()

    def _people(self, frame: Frame) -> tuple[tuple[Candidate, ...], int]:
        """Follow the person tracked, look for others when that is due, and choose."""
        assert self._tracker is not None
        tracked = self._tracker.detect(frame.image, self._next_ms(frame.time_s))
        subject, chosen = self._choose(tracked, frame)
        if self._look_is_due(frame.time_s, bool(tracked), chosen):
            others = self._others(frame, tracked[0])
            self._watch.looked_s, self._watch.people = frame.time_s, 1 + len(others)
            if others or self._person is not None:
                tracked = (*tracked, *others)
                subject, chosen = self._choose(tracked, frame, everyone=True)
        self._watch.somebody = bool(tracked)
        self._subject = subject
        if chosen > 0:
            tracked = self._point_at(frame, tracked, chosen)
        return tracked, chosen

    def _choose(
        self, candidates: Sequence[Candidate], frame: Frame, *, everyone: bool = False
    ) -> tuple[Subject, int]:
        return choose(
            self._subject,
            candidates,
            frame.time_s,
            frame.size,
            wanted_posture=self._wanted,
            person=self._person,
            everyone=everyone,
        )

    def _look_is_due(self, time_s: float, somebody: bool, chosen: int) -> bool:
        """Say whether to look around; not while the tracker finds nobody, with the same detector."""
        if not somebody:
            return False
        unsettled = self._person is not None and not self._subject.settled
        if unsettled and self._watch.looked_s < self._pointed_s <= time_s:
            return True
        subject = self._subject
        doubtful = subject.misfit_s is not None or subject.away or unsettled
        urgent = chosen < 0 or not self._watch.somebody or doubtful
        return time_s - self._watch.looked_s >= (LOOK_AGAIN_S if urgent else LOOK_EVERY_S)

    def _others(self, frame: Frame, tracked: Candidate) -> tuple[Candidate, ...]:
        if self._looker is None:
            self._looker = self._make(self._model, video=False, poses=LOOK_OTHERS)
        step = max(1, max(frame.size) // LOOK_SIDE_PX)
        thinned = without(frame.image[::step, ::step], [tracked.image_px / np.float32(step)])
        found = [(one, _scaled(one, step)) for one in self._looker.detect(thinned, 0)]
        others = [pair for pair in found if is_another_person(pair[1], tracked, frame.size)]
        if not others:
            return ()
        again = self._looker.detect(np.ascontiguousarray(thinned[:, ::-1]), 0)
        width = thinned.shape[1]
        return tuple(scaled for one, scaled in others if found_again(one, again, width))

    def _point_at(self, frame: Frame, people: tuple[Candidate, ...], chosen: int) -> tuple[Candidate, ...]:
        """Make the tracker follow the person chosen; return the candidates with their tracked pose.

        A fresh tracker sees the picture without the others, then as it is.  When it does not lock on the
        person chosen the old one stays, and the next look tries again.
        """
        assert self._tracker is not None
        rest = [one.image_px for i, one in enumerate(people) if i != chosen]
        tracker = self._make(self._model, video=True, poses=1)
        tracker.detect(without(frame.image, rest), self._last_ms)
        pose = tracker.detect(frame.image, self._next_ms(frame.time_s))
        if not pose or not same_person(pose[0], people[chosen]):
            tracker.close()
            return people
        self._tracker.close()
        self._tracker = tracker
        return (*people[:chosen], pose[0], *people[chosen + 1 :])

    def _next_ms(self, time_s: float) -> int:
        """Return the frame's time for mediapipe, which refuses times that do not increase."""
        self._last_ms = max(self._last_ms + 1, round(time_s * 1000))
        return self._last_ms


class TaskLandmarker:
    """mediapipe's pose landmarker on the CPU, with NumPy arrays for results.

    Parameters
    ----------
    model : Model
        The checked bundle, handed over as bytes: mediapipe has trouble with some paths.
    video : bool
        Follow one video with mediapipe's own tracking and smoothing, or look at every picture afresh.
    poses : int
        How many people at most.

    Raises
    ------
    ModelError
        mediapipe is missing, has another version, or does not take the bundle.
    """

    def __init__(self, model: Model, *, video: bool, poses: int) -> None:
        self._mp = load_mediapipe()
        self._video = video
        vision, base = self._mp.tasks.vision, self._mp.tasks.BaseOptions
        options = vision.PoseLandmarkerOptions(
            base_options=base(model_asset_buffer=model.data, delegate=base.Delegate.CPU),
            running_mode=vision.RunningMode.VIDEO if video else vision.RunningMode.IMAGE,
            num_poses=poses,
            min_pose_detection_confidence=MIN_DETECTION,
            min_pose_presence_confidence=MIN_PRESENCE,
            min_tracking_confidence=MIN_TRACKING,
        )
        try:
            self._task = vision.PoseLandmarker.create_from_options(options)
        except (RuntimeError, ValueError) as error:
            raise ModelError(
                f"{model.name}: mediapipe does not take this pose model ({error}); install formcheck again"
            ) from error

    def detect(self, image: Pixels, time_ms: int) -> tuple[Candidate, ...]:
        """Return everyone found in an RGB picture; ``time_ms`` counts in video mode only.

        mediapipe silently reads rows that are not contiguous as a skewed picture, hence the guard.
        """
        picture = self._mp.Image(image_format=self._mp.ImageFormat.SRGB, data=np.ascontiguousarray(image))
        result = self._task.detect_for_video(picture, time_ms) if self._video else self._task.detect(picture)
        size = image.shape[1], image.shape[0]
        return tuple(
            to_candidate(landmarks, world, size)
            for landmarks, world in zip(result.pose_landmarks, result.pose_world_landmarks, strict=True)
        )

    def close(self) -> None:
        """Release the native memory."""
        self._task.close()


def to_candidate(landmarks: Sequence[Any], world: Sequence[Any], size: tuple[int, int]) -> Candidate:
    """Turn one person of a mediapipe result into arrays.

    Parameters
    ----------
    landmarks : sequence
        33 landmarks with ``x`` and ``y`` in widths and heights of the picture, ``visibility``, ``presence``.
    world : sequence
        33 landmarks with ``x``, ``y``, ``z`` in metres.
    size : tuple[int, int]
        (width, height) of the picture in pixels.
    """
    width, height = size
    values = np.array(
        [(p.x * width, p.y * height, p.visibility, p.presence) for p in landmarks], dtype=np.float32
    )
    return Candidate(
        image_px=values[:, :2].copy(),
        world_m=np.array([(p.x, p.y, p.z) for p in world], dtype=np.float32),
        visibility=values[:, 2].copy(),
        presence=values[:, 3].copy(),
    )


def _scaled(candidate: Candidate, factor: int) -> Candidate:
    image_px = candidate.image_px * np.float32(factor)
    return Candidate(image_px, candidate.world_m, candidate.visibility, candidate.presence)


def load_mediapipe() -> Any:
    """Import mediapipe as quietly as it can be from here, and check its version.

    Its native code still writes a few lines to file descriptor 2; the command line redirects that.

    Raises
    ------
    ModelError
        mediapipe is missing, does not load, or is another version.
    """
    os.environ.setdefault("GLOG_minloglevel", "3")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        import mediapipe  # noqa: PLC0415 - 1.5 s that scoring recorded poses does not need
    except (ImportError, OSError) as error:
        raise ModelError(
            f"mediapipe {MEDIAPIPE_VERSION} does not load ({error}); "
            "install formcheck again in a fresh environment"
        ) from error
    if mediapipe.__version__ != MEDIAPIPE_VERSION:
        raise ModelError(
            f"mediapipe {mediapipe.__version__} is installed, but formcheck runs with {MEDIAPIPE_VERSION} "
            "only, because later versions send usage data to Google; "
            f"run: pip install mediapipe=={MEDIAPIPE_VERSION}"
        )
    return mediapipe


def software(model: Model) -> Software:
    """Return which software looks at the pictures, without loading mediapipe."""
    try:
        version: str | None = metadata.version("mediapipe")
    except metadata.PackageNotFoundError:
        version = None
    return Software(__version__, version, model.name, model.sha256)
