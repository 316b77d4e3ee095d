"""Clamshell: side-lying, feet together, the upper knee opens."""

from formcheck.exercises.guards import GUARD, time_guard
from formcheck.exercises.spec import (
    Against,
    Channel,
    Exercise,
    FaultRule,
    FromPlan,
    Gate,
    Legs,
    Limit,
    Of,
    OwnRange,
    Reported,
    Statistic,
    When,
)
from formcheck.kinematics import THIGH_PER_TRUNK
from formcheck.reps import RepCycle
from formcheck.results import Posture, Severity, ViewLabel

_ANY = (ViewLabel.FRONT, ViewLabel.BACK, ViewLabel.OBLIQUE, ViewLabel.SIDE)
_FRONT = (ViewLabel.FRONT,)

RULES = (
    FaultRule(
        "pelvis_rollback",
        "trunk_roll",
        Of.WORKING_OVER_OTHER,
        "deg",
        (Limit(-16.0, -11.0, Severity.IMPROVE),),
        (ViewLabel.BACK,),
        above=False,
        against=Against.REST,
        landmarks=("shoulder", "hip"),
        evidence="clinical 2.3: 15 deg of pelvis roll; told from the shoulders, which it carries along, "
        "because the model's pelvis line is noisier: 18 to 28 deg for a pelvis rolled by 18 to 28, 8 to 14 "
        "in good repetitions, two bodies from behind [M]; from the front a roll looks like a good one [M]",
    ),
    FaultRule(
        "feet_apart",
        "feet_gap",
        Of.BODY,
        "ratio",
        (Limit(0.20, 0.12, Severity.IMPROVE), Limit(0.35, 0.28, Severity.CORRECT)),
        _FRONT,
        against=Against.REST,
        min_duration_s=0.4,
        landmarks=("ankle",),
        error=GUARD["feet_gap"],
        evidence="clinical 2.3 [D]: shank lengths from the set-up; apart it is another exercise [V#43]",
    ),
    FaultRule(
        "low_opening",
        "peak",
        Of.BODY,
        "ratio",
        (Limit(0.8, 0.8, Severity.IMPROVE),),
        _FRONT,
        above=False,
        when=When.AT_END,
        from_plan=FromPlan.TARGET,
        error=0.03,
        evidence="product definition: 80 % of the target rise of the knee, less its error (thigh lengths)",
    ),
    FaultRule(
        "momentum",
        "duration",
        Of.BODY,
        "s",
        (Limit(1.6, 1.6, Severity.IMPROVE),),
        _FRONT,
        above=False,
        when=When.AT_END,
        error=time_guard(1.6),
        evidence="clinical 2.3 [D]: a whole repetition in under 1.6 s",
    ),
    FaultRule(
        "momentum",
        "return_time",
        Of.BODY,
        "s",
        (Limit(0.6, 0.6, Severity.IMPROVE),),
        _FRONT,
        above=False,
        when=When.AT_END,
        min_rate_hz=24.0,
        evidence="clinical 2.3 [D]: the knee falls back; 0.8 s there, less the error of timing one way",
    ),
    FaultRule(
        "short_hold",
        "hold_time",
        Of.BODY,
        "s",
        (),
        _FRONT,
        above=False,
        when=When.AT_END,
        from_plan=FromPlan.HOLD,
        evidence="clinical 2.3 [D]: 70 % of the prescribed hold",
    ),
    FaultRule(
        "head_lifted",
        "head_height",
        Of.BODY,
        "ratio",
        (Limit(0.09, 0.05, Severity.IMPROVE),),
        _FRONT,
        against=Against.REST,
        min_duration_s=1.0,
        landmarks=("shoulder",),
        error=GUARD["head_height"],
        evidence="clinical 2.3 [D]: 0.20 trunk lengths; the model follows a lifted head by half: true lifts "
        "of 0.23 to 0.27 read 0.13 to 0.16, resting heads up to 0.01 [M]; from the set-up, so that a pillow "
        "or a propping hand is no lift",
    ),
    FaultRule(
        "range_limit",
        "clamshell_rise",
        Of.WORKING_OVER_OTHER,
        "ratio",
        (),
        _FRONT,
        against=Against.REST,
        min_duration_s=0.1,
        landmarks=("knee",),
        from_plan=FromPlan.CEILING,
        plan_key="knee_rise",
        error=0.03,
        evidence="the profile's ceiling for the knee's rise, passed by more than its error",
    ),
)

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
                0.15 * THIGH_PER_TRUNK,
                -0.3,
                0.75,
                0.5,
                source="clinical 1.3: knee rise 0.15 thigh lengths; 0.5 s",
            ),
        ),
    ),
    reported=(
        Reported(
            "knee_rise",
            "knee_gap",
            Of.WORKING_OVER_OTHER,
            "ratio",
            _ANY,
            scale=1.0 / THIGH_PER_TRUNK,
            error_of="clamshell_rise_from_rest",
        ),
    ),
    ranges=(OwnRange("clamshell_opening", (ViewLabel.FRONT,)),),
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
    rules=RULES,
    unseen=(
        ("trunk_rollback", "whether the shoulders rolled cannot be seen from here"),
        ("setup_hip_flexion", "the hip's bend lies edge-on to the camera"),
    ),
)
