"""What ``formcheck exercises`` says about each exercise, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class ExerciseText:
    """One exercise for a reader who has never seen this program.

    Attributes
    ----------
    name : str
        As typed on the command line.
    title : str
        As a person says it.
    short : str
        One line for the list.
    good_for, movement, feeling : str
        What it trains, how it is done, how it should feel.
    dose : str
        How much to begin with.
    easier, harder : str
        How to make it so.
    dose_source : str
        Where dose and tempo come from, with its tags.
    count_note : str
        What else to know about counting.
    camera : tuple[str, ...]
        Where to put the camera, one instruction each.
    measured : tuple[tuple[str, str], ...]
        (camera position, what is measured from there).
    not_seen : str
        What one camera cannot see.
    """

    name: str
    title: str
    short: str
    good_for: str
    movement: str
    feeling: str
    dose: str
    easier: str
    harder: str
    dose_source: str
    count_note: str
    camera: tuple[str, ...]
    measured: tuple[tuple[str, str], ...]
    not_seen: str


WHEN_TO_STOP = (
    "Mild pain that settles by the next morning is usual. Stop if the pain goes above 5 of 10, is sharp or "
    "keeps rising, or if the hip catches or gives way. Stop and get medical help if you feel dizzy, short of "
    "breath or have chest pain. Had surgery or a fall not long ago? Ask a clinician first."
)

DISCLAIMER = (
    "General exercise form suggestions from a camera. Not a medical device: it does not diagnose, and it "
    "can be mistaken."
)

SQUAT = ExerciseText(
    name="squat",
    title="Squat",
    short="stand, bend hips and knees, stand up again",
    good_for="Strong thighs and hips, for getting out of a chair, for stairs and for lifting.",
    movement=(
        "Stand with your feet hip to shoulder width apart, arms forward or crossed. Sit back and down, as if "
        "onto a chair, as far as is comfortable. Take 2 to 3 seconds to go down and 1 to 2 to stand up."
    ),
    feeling="You should feel it in your thighs and buttocks. How deep you go is up to you: comfort first.",
    dose="1 or 2 sets of 8 to 10, on 2 or 3 days a week, unless your plan says otherwise.",
    easier="Go less deep. Put a chair behind you and touch it lightly. Hold on to a table.",
    harder="Go down more slowly, or stay down for 2 seconds before you stand up.",
    dose_source="judgement after common guidance [D]",
    count_note="",
    camera=(
        "Side-on for angles and depth; from the front for left and right. Best is one set of each.",
        "About 3 m away, lens at hip height, the whole body and both feet in the picture all the time.",
        "Close-fitting clothes that stand out from the floor and the wall.",
    ),
    measured=(
        ("side", "knee and hip bend in degrees (of the side facing the camera), trunk lean, depth, tempo"),
        ("front or behind", "repetitions, depth without degrees, knees, left and right, tempo"),
        ("at an angle", "repetitions and tempo"),
    ),
    not_seen="The spine, the tilt of the pelvis, the arch of the foot, how the load is shared, pain.",
)

BRIDGE = ExerciseText(
    name="bridge",
    title="Bridge",
    short="on your back, knees bent, lift the hips and lower them",
    good_for="Strong buttocks and backs of the thighs, for walking, stairs and turning in bed.",
    movement=(
        "Lie on your back on the floor or a firm bed, knees bent, feet flat and hip-width apart, about "
        "a foot's length from your buttocks. Arms beside you, head down. Lift your hips until shoulder, hip "
        "and knee make a line, in 1 to 2 seconds. Hold if you were asked to. Lower slowly, in 2 to 3 seconds."
    ),
    feeling=(
        "You should feel it mostly in your buttocks. If the back of your thigh cramps, bring your heels a "
        "little closer. Straight is enough: you do not need to arch your back."
    ),
    dose="2 sets of 10, unless your plan says otherwise.",
    easier="Lift only part of the way, and rest flat between lifts.",
    harder="Hold the top for 3 to 5 seconds, or come down more slowly.",
    dose_source="judgement [D] within 2 to 3 sets of 10 to 15, held for 3 s [V#92][V#93]",
    count_note="",
    camera=(
        "Side-on to your body, 1.5 to 2 m away, from head to toes in the picture.",
        "Lens 0.3 to 0.7 m above the surface you lie on. Low is best: from higher up the angles read low.",
        "Nothing between you and the camera, no blanket over hips or legs.",
    ),
    measured=(
        ("side", "hip bend at rest and at the top, knee bend, trunk, hip height, head, heels, tempo"),
        ("at an angle", "repetitions only"),
        ("foot end or head end", "nothing reliable: please film from the side"),
    ),
    not_seen="The spine itself, the far side of the body, and from the side whether the knees drift apart.",
)

CLAMSHELL = ExerciseText(
    name="clamshell",
    title="Clamshell",
    short="on your side, feet together, open the top knee and close it",
    good_for="The muscles at the side of the hip, which keep the pelvis steady when you walk.",
    movement=(
        "Lie on your side with your hips a little bent (about 45 degrees) and your knees bent to a right "
        "angle, heels together, head supported. Keep the heels touching. Open the top knee in 2 seconds "
        "without rolling back, close it in 2 to 3. Then do the other side."
    ),
    feeling="You should feel it at the side of the top hip. Open only as far as your pelvis stays still.",
    dose="2 sets of 10 on each side, on 3 days a week, unless your plan says otherwise.",
    easier="Open less far. Rest your knees on a pillow, and pause between lifts.",
    harder=(
        "Keep the knee open for 2 seconds, or close it more slowly. Later, put a light band around both "
        "thighs just above the knees."
    ),
    dose_source="judgement [D] within 10 to 15 on each side [V#92]",
    count_note="Each side is a set of its own.",
    camera=(
        "In front of the body, facing the belly, 1.5 to 1.75 m away, the body centred in the picture.",
        "Lens at table height, about 95 cm above the surface you lie on. Lens height matters, not its tilt.",
        "Head and both feet in the picture, no blanket over the legs.",
        "To see whether the pelvis rolls back, film one set from behind.",
    ),
    measured=(
        ("front of the body", "how far the knee opens (as a part of the thigh's length), feet, head, tempo"),
        ("behind the body", "repetitions, and whether the trunk rolls back; the knees are mostly hidden"),
        ("foot end or head end", "nothing reliable: please film from the front of the body"),
    ),
    not_seen=(
        "From the front, whether the pelvis rolled back. Which muscle works. Hip and knee bend in degrees: "
        "they lie flat, and the camera sees them edge-on."
    ),
)

SEATED_MARCH = ExerciseText(
    name="seated_march",
    title="Seated march",
    short="on a chair, lift one knee, put it down, then the other",
    good_for="Lifting your legs for steps and walking. A good start if you cannot lie down.",
    movement=(
        "Sit tall on the front third of a stable chair without armrests, feet flat, hips and knees at about "
        "a right angle. Lift one knee in 1 to 2 seconds, put the foot down softly in 1 to 2, then the other."
    ),
    feeling=(
        "You should feel it at the front of your hip. Small lifts are normal: many healthy people lift the "
        "thigh only about 20 degrees."
    ),
    dose="2 sets of 10 with each leg, unless your plan says otherwise.",
    easier=(
        "Lift the foot just off the floor. Hold on to the seat. Do all lifts with one leg, rest, then change."
    ),
    harder="Hold the knee up for 2 seconds, lower it more slowly, or cross your arms.",
    dose_source="judgement [D]; lift of healthy people [V#31]",
    count_note="Left and right lifts count apart.",
    camera=(
        "From the front, about 2 m away, lens at seat to chest height: both legs and how they take turns.",
        "A second set side-on, sore hip towards the camera: shows leaning back, and the lift in degrees.",
        "No table in front of you: hips, knees and feet must be in the picture.",
    ),
    measured=(
        ("front", "left and right lifts, their height, sway, how the legs take turns, tempo"),
        ("side", "lift of the leg facing the camera in degrees, hip and knee bend, trunk lean, tempo"),
        ("at an angle", "lifts of both legs, how they take turns, tempo"),
    ),
    not_seen="The spine, the pelvis on the seat in degrees, from the side the far leg, how hard hands push.",
)

EXERCISE_TEXTS: Mapping[str, ExerciseText] = MappingProxyType(
    {text.name: text for text in (SQUAT, BRIDGE, CLAMSHELL, SEATED_MARCH)}
)

UNKNOWN_TITLE = "Exercise not recognised"


def title_of(exercise: str) -> str:
    """Return the name of an exercise in words; also of ``unknown`` and of one without a text yet."""
    text = EXERCISE_TEXTS.get(exercise)
    if text is not None:
        return text.title
    return UNKNOWN_TITLE if exercise == "unknown" else exercise.replace("_", " ").capitalize()
