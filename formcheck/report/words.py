"""Plain words for what the program knows by code: phases, views, warnings, checks.

What a person exercising may see stays calm and contains none of `NOT_SHOWN`.  Codes and clinical words
are for therapists and stand in the data files.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from formcheck.results import Phase, Severity, ViewLabel

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
        "low_frame_rate": "the recording has too few frames a second to judge speed",
        "no_rest_posture": "the start position was never held still, so ranges are less certain",
        "several_takes": "the recording is cut together from several takes",
        "sideways": "the picture lies on its side; turn it with --rotate",
        "long_repetition": "a repetition lasts unusually long; there may be a pause in it",
    }
)

CHECK_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "knee_valgus": "knee alignment",
        "forward_lean": "forward lean of the trunk",
        "heel_lift": "heels on the floor",
        "shallow_depth": "squat depth",
        "too_deep": "comfort limit for depth",
        "weight_shift": "weight on both feet",
        "lateral_lean": "side lean of the trunk",
        "stance_width": "stance width",
        "fast_descent": "speed on the way down",
        "loss_of_balance": "steady feet",
        "incomplete_extension": "height of the hips at the top",
        "lumbar_overextension": "hips lifted past the straight line",
        "hips_drop": "hips staying up during the hold",
        "feet_far": "distance from heels to buttocks",
        "neck_lift": "head resting",
        "short_hold": "length of the hold",
        "pushing_through_toes": "heels on the floor",
        "fast_lowering": "speed on the way down",
        "knees_in": "knees staying apart",
        "pelvic_drop": "pelvis staying level",
        "pelvis_rollback": "pelvis rolling back",
        "trunk_rollback": "shoulders rolling back",
        "feet_apart": "feet staying together",
        "low_opening": "how far the knee opens",
        "setup_hip_flexion": "hip bend in the start position",
        "momentum": "unhurried movement",
        "head_lifted": "head resting",
        "lean_back": "leaning back",
        "slump": "sitting tall",
        "lateral_sway": "swaying from side to side",
        "low_lift": "height of the knee lift",
        "too_high": "comfort limit for height",
        "pelvic_hike": "pelvis staying level",
        "fast_drop": "speed on the way down",
        "rushing": "pace",
        "missed_alternation": "alternating legs",
        "range_limit": "range limit in the plan",
    }
)
"""What a form check looks at, whatever it finds: a noun that stands in a list and before any result."""

FOUND_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "knee_valgus": "knees drifting inward",
        "forward_lean": "leaning forward",
        "heel_lift": "heels lifting off the floor",
        "shallow_depth": "not as deep as the target",
        "too_deep": "deeper than the comfort limit",
        "weight_shift": "weight shifting to one side",
        "lateral_lean": "leaning to one side",
        "stance_width": "feet too narrow or too wide",
        "fast_descent": "fast on the way down",
        "loss_of_balance": "a foot moving",
        "incomplete_extension": "hips not as high as the target",
        "lumbar_overextension": "hips lifted past the straight line",
        "hips_drop": "hips sinking during the hold",
        "feet_far": "heels far from the buttocks",
        "neck_lift": "head lifting",
        "short_hold": "hold shorter than prescribed",
        "pushing_through_toes": "heels lifting off the floor",
        "fast_lowering": "fast on the way down",
        "knees_in": "knees drifting together",
        "pelvic_drop": "pelvis tilting to one side",
        "pelvis_rollback": "pelvis rolling back",
        "trunk_rollback": "shoulders rolling back",
        "feet_apart": "feet coming apart",
        "low_opening": "knee not opened as far as the target",
        "setup_hip_flexion": "hips bent too much or too little at the start",
        "momentum": "hurried movement",
        "head_lifted": "head lifting",
        "lean_back": "leaning back",
        "slump": "slumping",
        "lateral_sway": "swaying to one side",
        "low_lift": "knee not lifted as high as the target",
        "too_high": "higher than the comfort limit",
        "pelvic_hike": "one side of the pelvis lifting",
        "fast_drop": "foot coming down fast",
        "rushing": "hurried pace",
        "missed_alternation": "same leg twice in a row",
        "range_limit": "past the range limit in the plan",
    }
)
"""What was found where a check speaks, for a therapist."""

SEVERITY_WORDS: Mapping[Severity, str] = MappingProxyType(
    {
        Severity.STOP: "stop",
        Severity.CORRECT: "to correct",
        Severity.IMPROVE: "to improve",
        Severity.LOG: "for the record",
    }
)
"""How much it matters; "correct" alone would read as praise."""

SEVERITY_MEANINGS: Mapping[Severity, str] = MappingProxyType(
    {
        Severity.STOP: "the set ends here, with a calm message",
        Severity.CORRECT: "a cue at once; the repetition is not a good one",
        Severity.IMPROVE: "a cue now and then; the repetition stays a good one",
        Severity.LOG: "noted for the therapist, nothing is said",
    }
)
"""What a severity does."""
