"""The body as the pose model sees it: 33 landmarks, two sides, one pose per frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LANDMARK_COUNT = 33


class Landmark(IntEnum):
    """BlazePose landmark indices; left and right are the participant's."""

    NOSE = 0
    LEFT_EYE_INNER = 1
    LEFT_EYE = 2
    LEFT_EYE_OUTER = 3
    RIGHT_EYE_INNER = 4
    RIGHT_EYE = 5
    RIGHT_EYE_OUTER = 6
    LEFT_EAR = 7
    RIGHT_EAR = 8
    MOUTH_LEFT = 9
    MOUTH_RIGHT = 10
    LEFT_SHOULDER = 11
    RIGHT_SHOULDER = 12
    LEFT_ELBOW = 13
    RIGHT_ELBOW = 14
    LEFT_WRIST = 15
    RIGHT_WRIST = 16
    LEFT_PINKY = 17
    RIGHT_PINKY = 18
    LEFT_INDEX = 19
    RIGHT_INDEX = 20
    LEFT_THUMB = 21
    RIGHT_THUMB = 22
    LEFT_HIP = 23
    RIGHT_HIP = 24
    LEFT_KNEE = 25
    RIGHT_KNEE = 26
    LEFT_ANKLE = 27
    RIGHT_ANKLE = 28
    LEFT_HEEL = 29
    RIGHT_HEEL = 30
    LEFT_FOOT_INDEX = 31
    RIGHT_FOOT_INDEX = 32


class Side(StrEnum):
    """The participant's left or right, never the picture's."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """The opposite side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


def _mirror_order() -> tuple[int, ...]:
    by_name = {landmark.name: landmark for landmark in Landmark}

    def twin(landmark: Landmark) -> int:
        name = landmark.name
        if "LEFT" in name:
            return by_name[name.replace("LEFT", "RIGHT")]
        return by_name[name.replace("RIGHT", "LEFT")]

    return tuple(int(twin(landmark)) for landmark in Landmark)


MIRROR_ORDER = _mirror_order()
"""``MIRROR_ORDER[i]`` is the landmark on the other side of landmark ``i`` (the nose is its own)."""


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """One person in one frame.

    Attributes
    ----------
    time_s : float
        Presentation time of the frame, seconds since the first frame.
    image_px : Floats, shape (33, 2)
        Landmark positions in pixels of the displayed picture, x right, y down; NaN = unseen.
    world_m : Floats, shape (33, 3)
        Landmark positions in metres, origin between the hips, x right, y down, z away from the
        camera; NaN = unseen.
    visibility : Floats, shape (33,)
        The model's opinion, 0 to 1, that the landmark is in the picture and not hidden; NaN = unseen.
        It is 0.99 for many hidden joints: never trust it alone.
    frame_size : tuple[int, int]
        (width, height) of the picture in pixels; (0, 0) when unknown.
    cut : bool
        The picture belongs to another shot than the one before it.
    people : int
        How many people were seen around this time (0 when nobody was looked for).
    """

    time_s: float
    image_px: Floats
    world_m: Floats
    visibility: Floats
    frame_size: tuple[int, int] = (0, 0)
    cut: bool = False
    people: int = 1

    @property
    def detected(self) -> bool:
        """Whether the model returned anything; detected is not the same as valid."""
        return bool(np.isfinite(self.image_px[Landmark.LEFT_HIP, 0]))


def no_pose(time_s: float, frame_size: tuple[int, int] = (0, 0), cut: bool = False, people: int = 0) -> Pose:
    """Return the pose of a frame in which nobody was found: all NaN."""
    return Pose(
        time_s=time_s,
        image_px=np.full((LANDMARK_COUNT, 2), np.nan),
        world_m=np.full((LANDMARK_COUNT, 3), np.nan),
        visibility=np.full(LANDMARK_COUNT, np.nan),
        frame_size=frame_size,
        cut=cut,
        people=people,
    )


def turned(pose: Pose, degrees: int) -> Pose:
    """Return the pose as it is in the picture turned clockwise by 90, 180 or 270 degrees."""
    for _ in range(degrees // 90):
        width, height = pose.frame_size
        image = np.column_stack([height - pose.image_px[:, 1], pose.image_px[:, 0]])
        world = np.column_stack([-pose.world_m[:, 1], pose.world_m[:, 0], pose.world_m[:, 2]])
        pose = replace(pose, image_px=image, world_m=world, frame_size=(height, width))
    return pose


def mirrored(pose: Pose) -> Pose:
    """Return the pose as a mirror shows it: x flipped and left swapped with right.

    The image is flipped about ``frame_size`` (about x = 0 when the size is unknown).
    """
    order = list(MIRROR_ORDER)
    width = pose.frame_size[0]
    image = pose.image_px[order].copy()
    image[:, 0] = width - image[:, 0]
    world = pose.world_m[order].copy()
    world[:, 0] = -world[:, 0]
    return Pose(pose.time_s, image, world, pose.visibility[order], pose.frame_size, pose.cut, pose.people)
