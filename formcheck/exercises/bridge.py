"""Double-leg glute bridge."""

from formcheck.exercises.spec import Channel, Exercise, Gate, Legs, Of, Reported, Statistic
from formcheck.reps import RepCycle
from formcheck.results import Posture, ViewLabel

_ANY = (ViewLabel.SIDE, ViewLabel.OBLIQUE)

BRIDGE = Exercise(
    name="bridge",
    title="Bridge",
    legs=Legs.TOGETHER,
    postures=(Posture.SUPINE,),
    channels=(
        Channel(
            "hip_height",
            Of.BODY,
            _ANY,
            RepCycle(0.12, -0.15, 0.3, 0.5, source="clinical 1.4: hip height 0.12 trunk lengths; 0.5 s"),
        ),
    ),
    reported=(
        Reported("hip_flexion", "hip_flexion", Of.NEAR, "deg", (ViewLabel.SIDE,), direction=-1),
        Reported("hip_height", "hip_height", Of.BODY, "ratio", _ANY),
    ),
    gates=(
        Gate(
            "knee_flexion_3d",
            Of.BOTH_MIN,
            Statistic.AT_PEAK,
            "the knees are straight: a leg raise",
            low=40.0,
            source="bridges keep 75 deg and more, straight-leg raises stay under 35",
        ),
        Gate(
            "hip_height",
            Of.BODY,
            Statistic.AT_PEAK,
            "the hips stayed below the line from shoulders to feet",
            low=0.08,
            source="lying with the hips down reads 0 to 0.1; leg raises and sit-ups go negative",
        ),
    ),
    needs="hip_height",
    codes=(
        "incomplete_extension",
        "lumbar_overextension",
        "hips_drop",
        "feet_far",
        "neck_lift",
        "short_hold",
        "pushing_through_toes",
        "fast_lowering",
        "knees_in",
        "pelvic_drop",
        "range_limit",
    ),
)
