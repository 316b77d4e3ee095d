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
    counted : str
        What counts as one repetition.
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
    counted: str
    camera: tuple[str, ...]
    measured: tuple[tuple[str, str], ...]
    not_seen: str


WHEN_TO_STOP = (
    "Mild discomfort that settles by the next morning is usual. Stop if pain goes above 5 of 10, is sharp, "
    "or keeps rising, and if you feel dizzy, short of breath or have chest pain: then get medical help. "
    "Ask a clinician first after recent surgery or a fall."
)

DISCLAIMER = (
    "General exercise form suggestions from a camera. Not a medical device: it does not diagnose, and it "
    "can be mistaken."
)

SQUAT = ExerciseText(
    name="squat",
    title="Squat",
    short="stand, bend hips and knees, stand up again",
    good_for="Strength of thighs and hips for chairs, stairs and lifting.",
    movement=(
        "Stand with feet hip to shoulder width apart, arms forward or crossed. Sit back and down as if onto "
        "a chair, as far as is comfortable, in 2 to 3 seconds; stand up in 1 to 2. A chair behind is fine."
    ),
    feeling="Thighs and seat work. Depth is yours to choose: comfortable comes before deep.",
    counted="The knee bends at least 30 degrees more than when standing, and straightens again.",
    camera=(
        "Side-on for angles and depth; from the front for left and right. Best is one set of each.",
        "About 3 m away, lens at hip height, the whole body and both feet in the picture all the time.",
        "Close-fitting clothes that stand out from the floor and the wall.",
    ),
    measured=(
        ("side", "knee and hip bend in degrees (of the side facing the camera), trunk lean, depth, tempo"),
        ("front or behind", "repetitions and tempo; no angles in degrees"),
        ("at an angle", "repetitions only"),
    ),
    not_seen="The spine, the tilt of the pelvis, the arch of the foot, how the load is shared, pain.",
)

BRIDGE = ExerciseText(
    name="bridge",
    title="Bridge",
    short="on your back, knees bent, lift the hips and lower them",
    good_for="Strength of the seat muscles and the back of the thighs.",
    movement=(
        "Lie on your back on the floor or a firm bed, knees bent, feet flat and hip-width apart, about a "
        "foot's length from your seat, arms beside you, head down. Lift the hips until shoulder, hip and "
        "knee make a line, in 1 to 2 seconds; hold if you were asked to; lower slowly in 2 to 3."
    ),
    feeling="The seat works most. Cramp at the back of the thigh: bring the heels a little closer.",
    counted="The hips open at least 18 degrees from lying, and come down again.",
    camera=(
        "Side-on to your body, 1.5 to 2 m away, from head to toes in the picture.",
        "Lens 0.3 to 0.7 m above the surface you lie on. Low is best: from higher up the angles read low.",
        "Nothing between you and the camera, no blanket over hips or legs.",
    ),
    measured=(
        ("side", "hip bend at rest and at the top, knee bend, trunk, hip height, tempo"),
        ("at an angle", "repetitions only"),
        ("foot end or head end", "nothing reliable: please film from the side"),
    ),
    not_seen="The spine itself, the far side of the body, and from the side whether the knees drift apart.",
)

CLAMSHELL = ExerciseText(
    name="clamshell",
    title="Clamshell",
    short="on your side, feet together, open the top knee and close it",
    good_for="The muscles at the side of the hip that steady the pelvis.",
    movement=(
        "Lie on your side, hips bent about 45 degrees, knees about 90, heels together, head supported. Keep "
        "the heels touching and open the top knee in 2 seconds without rolling back; close it in 2 to 3. "
        "Then the other side."
    ),
    feeling="The side of the top hip works. Open only as far as the pelvis stays still.",
    counted=(
        "The top knee rises at least 0.15 of a thigh's length, and closes again. "
        "Each side is a set of its own."
    ),
    camera=(
        "In front of the body, facing the belly, 1.5 to 1.75 m away, the body centred in the picture.",
        "Lens at table height, about 95 cm above the surface you lie on. Lens height matters, not its tilt.",
        "Head and both feet in the picture, no blanket over the legs.",
    ),
    measured=(
        ("front of the body", "how far the knee opens (as a part of the thigh's length), feet, tempo"),
        ("behind the body", "the pelvis; the knees are mostly hidden"),
        ("foot end or head end", "nothing reliable: please film from the front of the body"),
    ),
    not_seen=(
        "From the front, whether the pelvis rolled back (film one set from behind for that). Which muscle "
        "works. Hip and knee bend in degrees: they lie flat, and the camera sees them edge-on."
    ),
)

SEATED_MARCH = ExerciseText(
    name="seated_march",
    title="Seated march",
    short="on a chair, lift one knee, put it down, then the other",
    good_for="Lifting the leg for steps and walking; a start for those who cannot lie down.",
    movement=(
        "Sit tall on the front third of a stable chair without armrests, feet flat, hips and knees about 90 "
        "degrees. Lift one knee in 1 to 2 seconds, put the foot down softly in 1 to 2, then the other leg."
    ),
    feeling="The front of the hip works. Small is normal: many healthy people lift only about 20 degrees.",
    counted="The thigh rises at least 6 degrees and comes down again. Left and right lifts count apart.",
    camera=(
        "From the front, about 2 m away, lens at seat to chest height: both legs and how they take turns.",
        "A second set side-on, sore hip towards the camera: shows leaning back, and the lift in degrees.",
        "No table in front of you: hips, knees and feet must be in the picture.",
    ),
    measured=(
        ("front", "left and right lifts, how the legs take turns, tempo"),
        ("side", "lift of the leg facing the camera in degrees, hip and knee bend, trunk lean, tempo"),
        ("at an angle", "lifts of both legs"),
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
