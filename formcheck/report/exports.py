"""Landmarks and angles in the formats of other programs: OpenSim ``.trc`` and ``.mot``, OpenPose JSON.

``landmarks.trc``
    The model's world landmarks in metres, smoothed as they were measured from; x to the right of the
    picture, y up, z toward the camera.  The origin is the middle between the hips in every frame: distances,
    angles and shapes hold, the way of the body through the room is not in it.
``angles.mot``
    The angles of ``frames.csv`` in degrees, clinical signs (flexion positive).
``openpose/``
    One file a frame in the layout of OpenPose 1.3, BODY_25, pixels of the displayed picture; small toes,
    which the model does not know, and what was not seen are 0 0 0.  Kinovea and Pose2Sim read it.

``.trc`` and ``.mot`` stand on a uniform time grid, linear between frames.  Where a value is missing, or
frames lie further apart than `LONGEST_BRIDGED_S`, nothing is made up: the cell is ``nan``, which every
reader takes for a number that is none (empty cells would shift the others for those that split at blanks).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, field, fields
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.skeleton import LANDMARK_COUNT, Floats, Landmark, Pose
from formcheck.results import FrameAngles, Snapshot

FORMATS = ("trc", "mot", "openpose")
TRC, MOT, OPENPOSE = "landmarks.trc", "angles.mot", "openpose"
KEYPOINTS_SUFFIX = "_keypoints.json"

LONGEST_BRIDGED_S = 0.25
"""Between values further apart than this nothing is interpolated (as `formcheck.rules.MAX_STEP_S`)."""
USUAL_RATES_HZ = (
    10.0,
    12.0,
    12.5,
    15.0,
    20.0,
    24.0,
    25.0,
    29.97,
    30.0,
    48.0,
    50.0,
    59.94,
    60.0,
    90.0,
    100.0,
    120.0,
)
_NEARLY = 0.002
_OPENPOSE_VERSION = 1.3

_NECK, _MID_HIP = (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER), (Landmark.LEFT_HIP, Landmark.RIGHT_HIP)
BODY_25: tuple[tuple[str, tuple[Landmark, ...]], ...] = (
    ("Nose", (Landmark.NOSE,)),
    ("Neck", _NECK),
    ("RShoulder", (Landmark.RIGHT_SHOULDER,)),
    ("RElbow", (Landmark.RIGHT_ELBOW,)),
    ("RWrist", (Landmark.RIGHT_WRIST,)),
    ("LShoulder", (Landmark.LEFT_SHOULDER,)),
    ("LElbow", (Landmark.LEFT_ELBOW,)),
    ("LWrist", (Landmark.LEFT_WRIST,)),
    ("MidHip", _MID_HIP),
    ("RHip", (Landmark.RIGHT_HIP,)),
    ("RKnee", (Landmark.RIGHT_KNEE,)),
    ("RAnkle", (Landmark.RIGHT_ANKLE,)),
    ("LHip", (Landmark.LEFT_HIP,)),
    ("LKnee", (Landmark.LEFT_KNEE,)),
    ("LAnkle", (Landmark.LEFT_ANKLE,)),
    ("REye", (Landmark.RIGHT_EYE,)),
    ("LEye", (Landmark.LEFT_EYE,)),
    ("REar", (Landmark.RIGHT_EAR,)),
    ("LEar", (Landmark.LEFT_EAR,)),
    ("LBigToe", (Landmark.LEFT_FOOT_INDEX,)),
    ("LSmallToe", ()),
    ("LHeel", (Landmark.LEFT_HEEL,)),
    ("RBigToe", (Landmark.RIGHT_FOOT_INDEX,)),
    ("RSmallToe", ()),
    ("RHeel", (Landmark.RIGHT_HEEL,)),
)
"""OpenPose's 25 points in order, and the landmarks whose middle each one is; none = not known."""

MARKERS = tuple(landmark.name.lower() for landmark in Landmark)
ANGLES = tuple(one.name.removesuffix("_deg") for one in fields(FrameAngles))


@dataclass(slots=True)
class Track:
    """What the uniform formats need of the frames that pass by.

    Attributes
    ----------
    times_s : list[float]
    world_m : list[Floats], each shape (33, 3)
    angles_deg : list[tuple[float, ...]]
        In the order of `ANGLES`.
    poses : list[Pose]
    """

    times_s: list[float] = field(default_factory=list)
    world_m: list[Floats] = field(default_factory=list)
    angles_deg: list[tuple[float, ...]] = field(default_factory=list)
    poses: list[Pose] = field(default_factory=list)

    def watch(self, snapshots: Iterable[Snapshot]) -> Iterator[Snapshot]:
        """Yield every snapshot, having taken what is needed."""
        for snapshot in snapshots:
            self.add(snapshot)
            yield snapshot

    def add(self, snapshot: Snapshot) -> None:
        """Take one frame."""
        self.times_s.append(snapshot.time_s)
        self.world_m.append(believed(snapshot.pose))
        self.angles_deg.append(astuple(snapshot.angles))
        self.poses.append(snapshot.pose)


def believed(pose: Pose) -> Floats:
    """Return the world landmarks, NaN also where the picture's are."""
    world = pose.world_m.copy()
    world[~np.isfinite(pose.image_px).all(axis=1)] = np.nan
    return world


# The uniform grid


def usual_rate_hz(times_s: Sequence[float]) -> float:
    """Return the rate of the grid: that of the frames, as people name it where it is close; NaN for < 2."""
    if len(times_s) < 2:
        return math.nan
    rate_hz = 1.0 / float(np.median(np.diff(times_s)))
    nearest = min(USUAL_RATES_HZ, key=lambda usual: abs(usual - rate_hz))
    return nearest if abs(nearest - rate_hz) <= _NEARLY * rate_hz else round(rate_hz, 3)


def grid_s(times_s: Sequence[float], rate_hz: float) -> Floats:
    """Return uniform times from the first frame to the last."""
    count = math.floor((times_s[-1] - times_s[0]) * rate_hz + 1e-6) + 1
    return np.asarray(times_s[0] + np.arange(count) / rate_hz)


def on_grid(times_s: Sequence[float], values: NDArray[np.float64], grid: Floats) -> Floats:
    """Interpolate columns to other times, linear between frames.

    Parameters
    ----------
    times_s : sequence of float, length n
        Strictly increasing.
    values : NDArray, shape (n, columns)
        NaN = missing.
    grid : Floats, shape (m,)
        Within the times.

    Returns
    -------
    Floats, shape (m, columns)
        NaN where a neighbouring value is missing or more than `LONGEST_BRIDGED_S` away from the other one.
    """
    result = np.full((len(grid), values.shape[1]), np.nan)
    times = np.asarray(times_s)
    for column in range(values.shape[1]):
        known = np.isfinite(values[:, column])
        if not known.any():
            continue
        at, of = times[known], values[known, column]
        right = np.clip(np.searchsorted(at, grid - 1e-9), 0, len(at) - 1)
        left = np.clip(np.searchsorted(at, grid + 1e-9, side="right") - 1, 0, len(at) - 1)
        bridged = (at[left] <= grid + 1e-9) & (at[right] >= grid - 1e-9)
        bridged &= at[right] - at[left] <= LONGEST_BRIDGED_S
        result[bridged, column] = np.interp(grid, at, of)[bridged]
    return result


# OpenSim


def write_trc(track: Track, file: TextIO, name: str = TRC) -> None:
    """Write marker positions, tab-separated with line feeds.

    Parameters
    ----------
    track : Track
        At least two frames.
    file : TextIO
    name : str
        The file's own name, which its first line repeats.
    """
    rate_hz = usual_rate_hz(track.times_s)
    grid = grid_s(track.times_s, rate_hz)
    metres = np.array(track.world_m).reshape(len(track.times_s), 3 * LANDMARK_COUNT)
    rows = on_grid(track.times_s, metres, grid) * np.tile([1.0, -1.0, -1.0], LANDMARK_COUNT)
    count, rate = len(grid), f"{rate_hz:g}"
    numbers = (f"{axis}{number + 1}" for number in range(LANDMARK_COUNT) for axis in "XYZ")
    head = (
        ("PathFileType", "4", "(X/Y/Z)", name),
        (
            *("DataRate", "CameraRate", "NumFrames", "NumMarkers", "Units"),
            *("OrigDataRate", "OrigDataStartFrame", "OrigNumFrames"),
        ),
        (rate, rate, str(count), str(LANDMARK_COUNT), "m", rate, "1", str(count)),
        ("Frame#", "Time", *(cell for marker in MARKERS for cell in (marker, "", ""))),
        ("", "", *numbers),
        (),
    )
    for line in head:
        file.write("\t".join(line) + "\n")
    for number, (time_s, row) in enumerate(zip(grid, rows, strict=True), start=1):
        cells = ("nan" if math.isnan(value) else f"{value + 0.0:.5f}" for value in row)
        file.write("\t".join((str(number), f"{time_s:.6f}", *cells)) + "\n")


def write_mot(track: Track, file: TextIO, name: str = MOT) -> None:
    """Write angles over time, tab-separated with line feeds; the parameters are those of `write_trc`."""
    grid = grid_s(track.times_s, usual_rate_hz(track.times_s))
    rows = on_grid(track.times_s, np.array(track.angles_deg), grid)
    head = (
        name,
        "version=1",
        f"nRows={len(grid)}",
        f"nColumns={1 + len(ANGLES)}",
        "inDegrees=yes",
        "endheader",
        "\t".join(("time", *ANGLES)),
    )
    file.write("\n".join(head) + "\n")
    for time_s, row in zip(grid, rows, strict=True):
        cells = ("nan" if math.isnan(value) else f"{value + 0.0:.4f}" for value in row)
        file.write("\t".join((f"{time_s:.6f}", *cells)) + "\n")


# OpenPose


def keypoints_name(stem: str, frame: int) -> str:
    """Return the name of a frame's file, as OpenPose makes it from the name of a video."""
    return f"{stem}_{frame:012d}{KEYPOINTS_SUFFIX}"


def keypoints_json(pose: Pose, size: tuple[int, int]) -> str:
    """Return one frame in OpenPose's layout.

    Parameters
    ----------
    pose : Pose
        NaN = not seen; nobody at all is an empty list of people.
    size : tuple[int, int]
        Width and height to give pixels of.
    """
    points = list(_points(pose, size))
    person = {
        "person_id": [-1],
        "pose_keypoints_2d": [number for point in points for number in point],
        "face_keypoints_2d": [],
        "hand_left_keypoints_2d": [],
        "hand_right_keypoints_2d": [],
        "pose_keypoints_3d": [],
        "face_keypoints_3d": [],
        "hand_left_keypoints_3d": [],
        "hand_right_keypoints_3d": [],
    }
    people = [person] if any(point[2] for point in points) else []
    return json.dumps({"version": _OPENPOSE_VERSION, "people": people})


def _points(pose: Pose, size: tuple[int, int]) -> Iterable[tuple[float, float, float]]:
    width, height = pose.frame_size
    factor = np.array([size[0] / width, size[1] / height]) if width and height else np.ones(2)
    for _, landmarks in BODY_25:
        if not landmarks:
            yield (0.0, 0.0, 0.0)
            continue
        rows = list(landmarks)
        x, y = pose.image_px[rows].mean(axis=0) * factor
        sure = float(pose.visibility[rows].min())
        seen = math.isfinite(x) and math.isfinite(y)
        # 0 says "not there" to every reader: a point that is there has some confidence
        confidence = max(0.001, round(sure, 4)) if math.isfinite(sure) else 0.001
        yield (round(float(x), 3), round(float(y), 3), confidence) if seen else (0.0, 0.0, 0.0)


def keypoints(track: Track, size: tuple[int, int], stem: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the content of every analysed frame's file, numbered from 0."""
    for number, pose in enumerate(track.poses):
        yield keypoints_name(stem, number), keypoints_json(pose, size)
