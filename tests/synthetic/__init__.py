"""Synthetic people: pose sequences as the pose model would see them, with exactly known truth.

>>> from tests.synthetic import Camera, Noise, Tempo, squat
>>> poses, truth = squat([1, 1, 0.5], tempo=Tempo(1.4, 0.4, 1.2, 0.6), camera=Camera(azimuth_deg=90))
>>> [rep.kind for rep in truth.repetitions]
['complete', 'complete', 'complete']
"""

from .body import Body
from .camera import QUIET, Camera, Noise
from .clip import Clip, Segment, Truth, concatenate, refilm
from .distractors import (
    arms,
    donkey_kick,
    fidget,
    forward_bend,
    get_up,
    high_knees,
    jumping_jack,
    knee_to_chest,
    lie_down,
    lunge,
    rolling_over,
    seated_lean,
    seated_leg_extension,
    side_leg_raise,
    sit_down,
    sit_to_stand,
    sit_up,
    stand_from_chair,
    standing_still,
    still,
    supine_leg_raise,
    walking,
)
from .exercises import bridge, clamshell, seated_march, squat
from .script import Course, Path, Tempo, Tremor, TrueRep, frame_times

__all__ = [
    "QUIET",
    "Body",
    "Camera",
    "Clip",
    "Course",
    "Noise",
    "Path",
    "Segment",
    "Tempo",
    "Tremor",
    "TrueRep",
    "Truth",
    "arms",
    "bridge",
    "clamshell",
    "concatenate",
    "donkey_kick",
    "fidget",
    "forward_bend",
    "frame_times",
    "get_up",
    "high_knees",
    "jumping_jack",
    "knee_to_chest",
    "lie_down",
    "lunge",
    "refilm",
    "rolling_over",
    "seated_lean",
    "seated_leg_extension",
    "seated_march",
    "side_leg_raise",
    "sit_down",
    "sit_to_stand",
    "sit_up",
    "squat",
    "stand_from_chair",
    "standing_still",
    "still",
    "supine_leg_raise",
    "walking",
]
