"""Clamshell: side-lying, feet together, the upper knee opens."""

from formcheck.exercises.spec import Channel, Exercise, Gate, Legs, Of, Reported, Statistic
from formcheck.reps import RepCycle
from formcheck.results import Posture, ViewLabel

THIGH_TO_TRUNK = 0.86
"""Thigh length in trunk lengths (clinical 1.3: the thigh itself is foreshortened in this view)."""
_ANY = (ViewLabel.FRONT, ViewLabel.BACK, ViewLabel.OBLIQUE, ViewLabel.SIDE)

CLAMSHELL = Exercise(
    name="clamshell",
    title="Clamshell",
    legs=Legs.UPPER,
    postures=(Posture.SIDE_LYING,),
    channels=(
        Channel(
            "knee_gap",
            Of.WORKING_OVER_OTHER,
            _ANY,
            RepCycle(
                0.15 * THIGH_TO_TRUNK,
                -0.3,
                0.75,
                0.5,
                source="clinical 1.3: knee rise 0.15 thigh lengths; 0.5 s",
            ),
        ),
    ),
    reported=(
        Reported("knee_rise", "knee_gap", Of.WORKING_OVER_OTHER, "ratio", _ANY, scale=1.0 / THIGH_TO_TRUNK),
    ),
    gates=(
        Gate(
            "ankle_gap",
            Of.WORKING_OVER_OTHER,
            Statistic.CHANGE,
            "the foot rose with the knee: a leg raise",
            high=1.2,
            power=1,
            source="feet together 0 to 0.2 of the knee's rise, feet drifting apart 0.76, leg raises 2.0",
        ),
    ),
    needs="knee_gap",
    codes=(
        "pelvis_rollback",
        "trunk_rollback",
        "feet_apart",
        "low_opening",
        "setup_hip_flexion",
        "momentum",
        "short_hold",
        "head_lifted",
        "range_limit",
    ),
)
