"""Seated march: one knee at a time is lifted from a chair."""

from formcheck.exercises.spec import Channel, Exercise, Gate, Legs, Of, Reported, Statistic
from formcheck.reps import RepCycle
from formcheck.results import Posture, ViewLabel

_NOT_SIDE = (ViewLabel.OBLIQUE, ViewLabel.FRONT, ViewLabel.BACK)
_ANY = (ViewLabel.SIDE, *_NOT_SIDE)
_SOURCE = "clinical 1.2: knee rise 0.10 shank lengths (6 deg); 0.3 s"

SEATED_MARCH = Exercise(
    name="seated_march",
    title="Seated march",
    legs=Legs.EACH,
    postures=(Posture.SEATED, Posture.STANDING),
    channels=(
        Channel("knee_rise", Of.WORKING, (ViewLabel.SIDE,), RepCycle(0.10, -0.7, 0.5, 0.3, source=_SOURCE)),
        Channel(
            "knee_lead", Of.WORKING_OVER_OTHER, _NOT_SIDE, RepCycle(0.10, -0.6, 0.6, 0.3, source=_SOURCE)
        ),
    ),
    reported=(
        Reported("thigh_elevation", "thigh_elevation", Of.WORKING, "deg", (ViewLabel.SIDE,), near_only=True),
        Reported("knee_rise", "knee_rise", Of.WORKING, "ratio", _ANY),
    ),
    gates=(
        Gate(
            "knee_flexion_3d",
            Of.WORKING,
            Statistic.AT_PEAK,
            "the knee straightened: a leg extension",
            low=40.0,
            source="marching knees keep 70 deg and more",
        ),
        Gate(
            "knee_rise",
            Of.WORKING,
            Statistic.AT_START,
            "the thigh is not level at rest",
            low=-0.7,
            high=0.5,
            source="seated thighs stay within 30 deg of level, seen from 20 deg above or below",
        ),
        Gate(
            "hip_drop",
            Of.BODY,
            Statistic.AT_START,
            "standing, not seated",
            low=0.2,
            source="seated people read 0.36 to 0.67, standing 0.02 to 0.1",
        ),
        Gate(
            "trunk_over_feet",
            Of.BODY,
            Statistic.AT_START,
            "standing over the feet, not seated",
            high=-0.15,
            source="balance: seated people read -0.38 to -1.1 thigh lengths, squats -0.2 and more",
        ),
        Gate(
            "hip_drop",
            Of.BODY,
            Statistic.CHANGE,
            "the hips moved: a squat or getting up",
            high=0.25,
            source="marching lowers the hips by less than 0.1 leg lengths against the standing foot",
        ),
    ),
    needs="knee_rise",
    codes=(
        "lean_back",
        "slump",
        "lateral_sway",
        "low_lift",
        "too_high",
        "pelvic_hike",
        "fast_drop",
        "rushing",
        "missed_alternation",
        "range_limit",
    ),
)
