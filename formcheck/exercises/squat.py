"""Bodyweight squat."""

from formcheck.exercises.spec import Channel, Exercise, Gate, Legs, Of, Reported, Statistic
from formcheck.reps import RepCycle
from formcheck.results import Posture, ViewLabel

_CYCLE = RepCycle(30.0, -20.0, 50.0, 0.6, source="clinical 1.1: knee flexion 30 deg; 0.6 s")
_3D = "knee_flexion_3d"
_FRONTAL = (ViewLabel.FRONT, ViewLabel.BACK)
_NOT_SIDE = (ViewLabel.OBLIQUE, *_FRONTAL)

SQUAT = Exercise(
    name="squat",
    title="Squat",
    legs=Legs.TOGETHER,
    postures=(Posture.STANDING, Posture.SEATED),
    channels=(
        Channel("knee_bend", Of.NEAR, (ViewLabel.SIDE,), _CYCLE, "thigh_inclination", Of.NEAR),
        Channel(_3D, Of.BOTH_MIN, (ViewLabel.OBLIQUE,), _CYCLE, "thigh_inclination", Of.NEAR),
        Channel(_3D, Of.BOTH_MIN, _FRONTAL, _CYCLE, "body_drop", edge_reach=2.8),
    ),
    reported=(
        Reported("knee_flexion", "knee_flexion", Of.NEAR, "deg", (ViewLabel.SIDE,), min_range=30.0),
        Reported("hip_drop", "hip_drop", Of.BODY, "ratio", _NOT_SIDE),
    ),
    gates=(
        Gate(
            "knee_flexion_3d",
            Of.BOTH_MIN,
            Statistic.CHANGE,
            "one knee stayed straight",
            low=0.3,
            power=1,
            source="a stride or a lifted leg leaves the standing knee nearly straight; squats bend both",
        ),
        Gate(
            "knee_flexion_3d",
            Of.APART,
            Statistic.LARGEST,
            "one knee bent far more than the other",
            high=55.0,
            source="squats stay within 35 deg, knees lifted while standing reach 70 and more",
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
            "hip_drop",
            Of.BODY,
            Statistic.CHANGE,
            "the hips did not go down",
            low=1.8e-5,
            power=2,
            source="half of what two equal segments do (3.8e-5 leg lengths a square degree of the knee)",
        ),
        Gate(
            "body_drop",
            Of.BODY,
            Statistic.CHANGE,
            "the body did not go down",
            low=0.012,
            source="geometry: 17 deg of knee flexion lower the shoulders by 0.01 of the body's height",
        ),
        Gate(
            "body_drop",
            Of.BODY,
            Statistic.AT_END,
            "did not end standing",
            high=0.35,
            source="standing reads 0 to 0.1, sitting 0.5, lying 1",
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
