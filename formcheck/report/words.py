"""Plain words for what the program knows by code: phases, views, warnings, checks.

What a person exercising may see stays calm and contains none of `NOT_SHOWN`.  Codes and clinical words
are for therapists and stand in the data files.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from formcheck.results import Phase, Severity, Verdict, ViewLabel

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
        "several_takes": "the recording is cut together from several takes",
        "sideways": "the picture lies on its side; turn it with --rotate",
        "long_repetition": "a repetition lasts unusually long; there may be a pause in it",
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
"""What a form check looks at, whatever it finds."""

FOUND_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "knee_valgus": "knees inside the line of the toes",
        "forward_lean": "leaning forward",
        "heel_lift": "heels off the floor",
        "shallow_depth": "less deep than the target",
        "too_deep": "deeper than the comfort limit",
        "weight_shift": "weight to one side",
        "lateral_lean": "leaning to one side",
        "stance_width": "feet too narrow or too wide",
        "fast_descent": "fast on the way down",
        "loss_of_balance": "a foot moved",
        "incomplete_extension": "less high than the target",
        "lumbar_overextension": "hips above the straight line",
        "hips_drop": "hips sinking during the hold",
        "feet_far": "heels far from the seat",
        "neck_lift": "head lifted",
        "short_hold": "short hold",
        "pushing_through_toes": "heels off the floor",
        "fast_lowering": "fast on the way down",
        "knees_in": "knees moving together",
        "pelvic_drop": "pelvis not level",
        "pelvis_rollback": "pelvis rolling back",
        "trunk_rollback": "shoulders rolling back",
        "feet_apart": "feet apart",
        "low_opening": "less open than the target",
        "setup_hip_flexion": "hips bent too much or too little at the start",
        "momentum": "hurried",
        "head_lifted": "head lifted",
        "lean_back": "leaning back",
        "slump": "trunk sinking",
        "lateral_sway": "swaying to one side",
        "low_lift": "lower than the target",
        "too_high": "higher than the comfort limit",
        "pelvic_hike": "one side of the seat lifting",
        "fast_drop": "foot put down fast",
        "rushing": "hurried pace",
        "missed_alternation": "the same leg again",
        "range_limit": "past the limit in the plan",
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

VERDICT_WORDS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.GOOD: "good",
        Verdict.FAULTY: "with something to correct",
        Verdict.NOT_ASSESSED: "without a verdict",
    }
)
"""Of a complete repetition; partial ones have no verdict on form."""
