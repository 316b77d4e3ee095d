"""Plain words for what the program knows by code: phases, views, warnings, checks.

What a person exercising may see stays calm and contains none of `NOT_SHOWN`.  Codes and clinical words
are for therapists and stand in the data files.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from formcheck.results import Phase, ViewLabel

NOT_SHOWN = (
    "fault",
    "faulty",
    "wrong",
    "bad",
    "incorrect",
    "failed",
    "unsafe",
    "danger",
    "damage",
    "injury",
    "valgus",
    "lumbar",
)
"""Words that nothing shown or said to the person exercising contains."""

PHASE_WORDS: Mapping[Phase, str] = MappingProxyType(
    {
        Phase.REST: "rest",
        Phase.OUTBOUND: "moving out",
        Phase.END_RANGE: "end position",
        Phase.RETURN: "returning",
    }
)

VIEW_WORDS: Mapping[ViewLabel, str] = MappingProxyType(
    {
        ViewLabel.SIDE: "from the side",
        ViewLabel.FRONT: "from the front",
        ViewLabel.BACK: "from behind",
        ViewLabel.OBLIQUE: "at an angle",
        ViewLabel.FOOT_END: "from the foot end",
        ViewLabel.HEAD_END: "from the head end",
        ViewLabel.UNKNOWN: "from an unclear direction",
    }
)

WARNING_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "low_coverage": "the body could be measured in only part of the recording",
        "view_unusable": "from this camera position the exercise cannot be measured well",
        "second_person": "another person was in the picture",
        "exercise_mismatch": "the movement does not look like the exercise that was named",
        "several_exercises": "there is more than one exercise in the recording",
        "count_uncertain": "the count is uncertain, look at the recording",
        "limit_exceeded": "a limit of the plan was passed",
        "unknown_exercise": "the exercise was not recognised",
        "truncated": "the end of the recording cannot be read",
        "low_frame_rate": "the recording has too few pictures a second to judge speed",
        "no_rest_posture": "the start position was never held still, so ranges are less certain",
    }
)

CHECK_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "knee_valgus": "knees in line with the toes",
        "forward_lean": "how far the trunk leans forward",
        "heel_lift": "heels on the floor",
        "shallow_depth": "depth reached",
        "too_deep": "depth kept below the comfort limit",
        "weight_shift": "weight on both feet",
        "lateral_lean": "trunk leaning to one side",
        "stance_width": "distance between the feet",
        "fast_descent": "speed on the way down",
        "loss_of_balance": "steady footing",
        "incomplete_extension": "height reached",
        "lumbar_overextension": "hips above the straight line",
        "hips_drop": "hips kept up during the hold",
        "feet_far": "distance from heels to seat",
        "neck_lift": "head resting",
        "short_hold": "hold at the end position",
        "pushing_through_toes": "pressing through the heels",
        "fast_lowering": "speed on the way down",
        "knees_in": "distance between the knees",
        "pelvic_drop": "both sides of the pelvis level",
        "pelvis_rollback": "pelvis staying stacked",
        "trunk_rollback": "shoulders staying stacked",
        "feet_apart": "feet staying together",
        "low_opening": "opening reached",
        "setup_hip_flexion": "hip bend in the start position",
        "momentum": "steady speed",
        "head_lifted": "head resting",
        "lean_back": "trunk leaning back",
        "slump": "sitting tall",
        "lateral_sway": "trunk swaying sideways",
        "low_lift": "height reached",
        "too_high": "height kept below the comfort limit",
        "pelvic_hike": "both sides of the seat staying down",
        "fast_drop": "speed on the way down",
        "rushing": "pace of the march",
        "missed_alternation": "legs taking turns",
        "range_limit": "the limit in the plan",
    }
)
