"""Bodyweight squat."""

from formcheck.exercises.spec import Channel, Exercise, Gate, Legs, Of, Reported, Statistic
from formcheck.reps import RepCycle
from formcheck.results import Posture, ViewLabel

_NOT_SIDE = (ViewLabel.OBLIQUE, ViewLabel.FRONT, ViewLabel.BACK)

SQUAT = Exercise(
    name="squat",
    title="Squat",
    legs=Legs.TOGETHER,
    postures=(Posture.STANDING, Posture.SEATED),
    channels=(
        Channel(
            "knee_flexion",
            Of.NEAR,
            (ViewLabel.SIDE,),
            RepCycle(30.0, -20.0, 45.0, 0.6, source="clinical 1.1: knee flexion 30 deg; 0.6 s"),
        ),
        Channel(
            "knee_flexion_3d",
            Of.BOTH_MEAN,
            _NOT_SIDE,
            RepCycle(30.0, -20.0, 55.0, 0.6, source="clinical 1.1: knee flexion 30 deg; 0.6 s"),
            edge_measure="body_drop",
            edge_reach=2.8,
        ),
    ),
    reported=(
        Reported("knee_flexion", "knee_flexion", Of.NEAR, "deg", (ViewLabel.SIDE,)),
        Reported("hip_drop", "hip_drop", Of.BODY, "ratio", _NOT_SIDE),
    ),
    gates=(
        Gate(
            "hip_drop",
            Of.BODY,
            Statistic.CHANGE,
            "the hips did not go down",
            low=0.0003,
            per_excursion=True,
            source="geometry: 0.0005 leg lengths a degree at 17 deg of excursion, 0.0049 at 90",
        ),
        Gate(
            "knee_flexion_3d",
            Of.BOTH_MIN,
            Statistic.CHANGE,
            "one knee stayed straight",
            low=0.3,
            per_excursion=True,
            source="a stride or a lifted leg leaves the standing knee nearly straight; squats bend both",
        ),
        Gate(
            "ankle_split",
            Of.BODY,
            Statistic.AT_PEAK,
            "one foot far ahead of the other: a lunge or a stride",
            high=0.45,
            source="squats stay under 0.2 leg lengths, strides reach 0.5",
        ),
        Gate(
            "trunk_over_feet",
            Of.BODY,
            Statistic.AT_PEAK,
            "sitting on something",
            low=-0.55,
            source="balance: squats keep -0.35 to 0.6 thigh lengths, people on chairs -0.7 to -1.1",
        ),
    ),
    needs="hip_drop",
    codes=(
        "knee_valgus",
        "forward_lean",
        "heel_lift",
        "shallow_depth",
        "too_deep",
        "weight_shift",
        "lateral_lean",
        "stance_width",
        "fast_descent",
        "loss_of_balance",
        "range_limit",
    ),
)
