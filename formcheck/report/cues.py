"""What is said about form, in the words of the clinical table: shown on the video, spoken live.

Plain, short, calm; understood with eyes closed.  A cue tells what to do, not what was seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CUES: Mapping[str, str] = MappingProxyType(
    {
        "knee_valgus": "Knees over your toes.",
        "forward_lean": "Lift your chest a little.",
        "heel_lift": "Keep your heels down.",
        "shallow_depth": "A little lower if it's comfortable. If not, this is your range today.",
        "too_deep": "A little less deep.",
        "weight_shift": "Weight on both feet.",
        "lateral_lean": "Stay in the middle.",
        "stance_width": "Feet about shoulder-width.",
        "fast_descent": "Slower down. Count two.",
        "loss_of_balance": "Pause. Hold on to something steady.",
        "incomplete_extension": "A little higher if comfortable.",
        "lumbar_overextension": "A little lower. Straight is enough.",
        "hips_drop": "Keep your hips up.",
        "feet_far": "Heels a little closer to you.",
        "neck_lift": "Rest your head down.",
        "short_hold": "Hold at the top: one, two.",
        "pushing_through_toes": "Press through your heels.",
        "fast_lowering": "Slower on the way down.",
        "knees_in": "Knees apart a little.",
        "pelvic_drop": "Keep both sides level.",
        "pelvis_rollback": "Keep your belly facing the laptop.",
        "trunk_rollback": "Keep your belly facing the laptop.",
        "feet_apart": "Keep your feet together.",
        "low_opening": "Open a little more if it's comfortable.",
        "setup_hip_flexion": "Bring your knees a little forward.",
        "momentum": "Slower. Two up, two down.",
        "head_lifted": "Rest your head down.",
        "lean_back": "Sit tall. Lift only the knee.",
        "slump": "Sit tall.",
        "lateral_sway": "Stay in the middle.",
        "low_lift": "A little higher if it's comfortable.",
        "too_high": "A little less high.",
        "pelvic_hike": "Both sides of your seat stay down.",
        "fast_drop": "Put the foot down softly.",
        "rushing": "Slower. Hear each step.",
        "missed_alternation": "Other leg now.",
        "limit_near": "That's far enough.",
        "range_limit": "Come back a little and rest. That was past the limit in your plan.",
    }
)
"""Cue by code."""
