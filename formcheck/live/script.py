"""Every sentence the coach says, and how long it takes to say; tables only.

Plain words for someone of 68 with eyes closed.  None of `formcheck.report.words.NOT_SHOWN` may stand here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from formcheck.pose.skeleton import Side
from formcheck.report import words as shown

LONGEST_REASON = 12
"""Words of a reason that are said in the middle of a set."""
WORDS_PER_S = 2.4
"""A calm voice: 145 words a minute."""
SENTENCE_S = 0.35
"""The breath after a sentence."""
COUNTED_IN_WORDS = (
    *("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    *("nineteen", "twenty"),
)


def number(count: int) -> str:
    """Return a number in words up to twenty, in figures beyond."""
    return COUNTED_IN_WORDS[count] if 0 <= count < len(COUNTED_IN_WORDS) else str(count)


def speech_s(text: str) -> float:
    """Return about how long a text takes to be said, seconds."""
    sentences = sum(text.count(mark) for mark in ".?!:")
    return len(text.split()) / WORDS_PER_S + SENTENCE_S * max(1, sentences)


def capital(text: str) -> str:
    """Return the text with its first letter large."""
    return text[:1].upper() + text[1:]


def listed(parts: Sequence[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


# Before

SOUND_TEST = "Can you hear me?"
SOUND_KEYS = "Arrow keys: up is louder, down is quieter, left is slower, right is faster. Enter goes on."
SOUND_END = "Can you hear me? It goes no further."
BEFORE_TITLE = "Before you start"
DISCLAIMER = (
    "I give general suggestions on exercise form from a camera.",
    "This is not a medical device, it does not diagnose, and it can be mistaken.",
)
BEFORE_YOU_START = (
    "Before you start. You can press Enter to go on.",
    # Get help now
    "Get help now if, after a fall, you cannot stand on the leg, or it looks shorter or turned.",
    "Also if the leg is suddenly cold, pale or numb, or the hip hurts and you have a fever.",
    "Also with a hot, swollen joint, or one calf or thigh newly swollen and painful.",
    "Also with new numbness between the legs, or when bladder or bowel are out of control.",
    "And with chest pain, fainting or sudden breathlessness.",
    # Ask a clinician first
    "Ask a clinician first after a recent fall with new hip or groin pain.",
    "Also when no position eases the pain and you lose weight, sweat at night, or once had cancer.",
    "Also with new groin or thigh pain on standing, if your bones are thin, if you take steroids, or if "
    "you have suddenly become more active.",
    "Also with hip pain at rest and steroids, heavy alcohol or sickle-cell disease.",
    "Also when a leg gets weaker.",
    "Also within twelve weeks of surgery or an injection, when pregnant, or under eighteen.",
    # Usual
    "Night ache, morning stiffness and clicking are usual. So is pain up to five that settles by tomorrow.",
)
"""Clinical 3.8; static, said on first use and on request, never because of a measurement."""
STOP_IF = "Stop if it hurts or you feel dizzy."
PAIN_BEFORE = "How much does your hip hurt now? Zero is not at all, ten is the most."
PAIN_KEYS = "Type a figure, or use the arrow keys, then Enter."
PAIN_AFTER = "When you are back at the laptop: how much does it hurt now, zero to ten?"
PAIN_AFTER_KEYS = "Type a figure, or use the arrow keys, then Enter. Or leave it out: press S."
PAIN_AGAIN = "Please choose a figure from zero to ten, then Enter. To leave it out, press S."
PAIN_NOTED = "Thank you."
PAIN_SKIPPED = "We leave that out."
PAIN_GENTLE = "Go gently today: smaller movements, and {reps} repetitions."
PAIN_GENTLE_FREE = "Go gently today: smaller movements, and only a few."
PAIN_HIGH = "That is a lot. What would you like to do?"
CHOICE_KEYS = "Press the figure, or use the arrow keys, then Enter."
CHOICE_AGAIN = "Please choose: a figure from one to {last}, then Enter."
CHOICES: Mapping[str, str] = MappingProxyType(
    {
        "half": "Half the range, gently.",
        "march": "The seated march, on a chair.",
        "rest": "Leave it for today.",
    }
)
LEFT_FOR_TODAY = "All right. Rest today. If it stays like this, talk to your clinician."
NEXT_TIME: Mapping[str, str] = MappingProxyType(
    {
        "high": "Rest now. If it has not settled by tomorrow, talk to your clinician. Next time do less, and "
        "smaller.",
        "more": "It hurts more than before. Rest now, and next time do less, and smaller.",
        "some": "That may be so much, if it settles by tomorrow morning. If it does not, do less next time.",
        "low": "Thank you. It should be no worse tomorrow morning. If it is, do less next time.",
    }
)
"""After the pain that is told at the end (clinical 3.7)."""

# Showing how


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of one exercise.

    Attributes
    ----------
    title : str
    how : str
        With the demonstration; at most 25 words.
    place : str
        Where the laptop goes.
    way_down : str
        How to get into the start position.
    face, face_side : str
        Which way to lie or stand; the second names the ``{side}`` towards the laptop (or to lie on).
    out, back : str
        The two words to pace by.
    unit : str
        What is counted.
    rest : str
        What to do with oneself between two sets.
    get_up : tuple[str, ...]
        How to end it.
    """

    title: str
    how: str
    place: str
    way_down: str
    face: str
    face_side: str
    out: str
    back: str
    unit: str
    rest: str
    get_up: tuple[str, ...]


_FROM_THE_SIDE = (
    "From a bed, sit on the edge and wait a moment.",
    "From the floor, go onto hands and knees, crawl to a chair, and lean on it to stand.",
    "Take your time.",
)
WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "squat": Words(
            title="Squat.",
            how="Feet hip-wide, arms forward. Sit back and down as if onto a chair, as far as is "
            "comfortable. Stand up again.",
            place="Put the laptop at hip height, and stand three metres away. Keep a chair within reach.",
            way_down="",
            face="Stand with one side towards the laptop.",
            face_side="Stand with your {side} side towards the laptop.",
            out="Down",
            back="and up.",
            unit="squat",
            rest="Stand easy, or sit on the chair.",
            get_up=("Walk a few steps, or sit down for a moment.",),
        ),
        "bridge": Words(
            title="Bridge.",
            how="Knees bent, feet flat, arms beside you. Lift your hips until shoulders, hips and knees make "
            "a line. Lower slowly.",
            place="Put the laptop on a low stool, two metres beside where you will lie.",
            way_down="To lie down, sit on the bed first, lean onto your side, then roll onto your back. For "
            "the floor, hold a chair, kneel, and sit down to one side.",
            face="Lie on your back, with one side towards the laptop.",
            face_side="Lie on your back, with your {side} side towards the laptop.",
            out="Up",
            back="and down.",
            unit="lift",
            rest="Stay lying down.",
            get_up=(
                "When you are ready to get up: roll onto your side and push up with your arms.",
                *_FROM_THE_SIDE,
            ),
        ),
        "clamshell": Words(
            title="Clamshell.",
            how="Knees bent, heels together, head resting. Open the top knee. Heels stay together, belly "
            "stays still. Close it slowly.",
            place="Put the laptop on a table, about two metres in front of where your belly will be.",
            way_down="To lie down, sit on the bed first, then lean onto your side. For the floor, hold a "
            "chair, kneel, and sit down to one side.",
            face="Lie on one side, facing the laptop.",
            face_side="Lie on your {side} side, facing the laptop.",
            out="Open",
            back="and close.",
            unit="repetition",
            rest="Stay lying down.",
            get_up=("When you are ready to get up: push up with your arms.", *_FROM_THE_SIDE),
        ),
        "seated_march": Words(
            title="Seated march.",
            how="Sit tall. Lift one knee, then put the foot down softly. Then the other knee. Small lifts "
            "are fine.",
            place="Put the laptop two metres in front of a firm chair, about as high as your chest.",
            way_down="",
            face="Sit on the front part of a chair that cannot slide, and face the laptop.",
            face_side="Sit on the front part of a chair that cannot slide, and face the laptop.",
            out="Up",
            back="and down.",
            unit="lift",
            rest="Stay on the chair.",
            get_up=("Stay seated for a moment before you stand up.",),
        ),
    }
)
DOSE = {
    "sets": "{sets} of {reps}.",
    "no_limit": "As many as you like.",
    "each_leg": "{sets} of {reps} with each leg.",
    "each_side": "{sets} of {reps} on each side.",
}
ARM_PAUSES: Mapping[str, str] = MappingProxyType(
    {
        "any": "To pause, raise one arm straight up until I say paused. To finish, keep it up.",
        "near": "To pause, raise the arm nearer the laptop straight up until I say paused. "
        "To finish, keep it up.",
        "lying": "To pause, raise one arm to the ceiling until I say paused. To finish, keep it up.",
    }
)
"""By how one is seen: of somebody standing side-on the pose model does not follow the far arm."""
GET_READY = "Now get into place. I will guide you."
SMALLER = "About half as far as usual is right for today."

# Set-up

ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "nobody": "I can't see you yet. Come in front of the laptop.",
        "nobody_lying": "I can't see you yet. Lie down in front of the laptop.",
        "partly": "I see only part of you. Move further from the laptop.",
        "partly_lying": "I see only part of you. Shuffle a little away from the laptop.",
        "dark": "It is dark here. Please put a light on.",
        "bright": "It is very bright. Close the curtain behind you a little.",
        "second_person": "I see two people. Only you in the picture, please.",
        "stand": "Please stand up.",
        "sit": "Please sit down on the chair.",
        "knees": "Bend your knees, with your feet flat.",
        "near": "Move a little further from the laptop.",
        "near_lying": "Shuffle a little away from the laptop.",
        "far": "Come a little closer to the laptop.",
        "closer_lying": "Shuffle a little closer to the laptop.",
        "to_left": "Move a little to your left.",
        "to_right": "Move a little to your right.",
        "forward": "Move a little forward.",
        "backward": "Move a little back.",
        "headward": "Slide a little towards your head.",
        "footward": "Slide a little towards your feet.",
        "to_middle": "Move a little towards the middle.",
        "tip_back": "Tip the screen back a little, away from the keys.",
        "tip_forward": "Tip the screen forward a little, towards the keys.",
        "turn_side": "Turn so that one side faces the laptop.",
        "turn_named_side": "Turn so that your {side} side faces the laptop.",
        "turn_more": "Turn a little more, so that your side faces the laptop.",
        "turn_named_more": "Turn a little more, so that your {side} side faces the laptop.",
        "turn_around": "Turn around, so that your {side} side faces the laptop.",
        "turn_front": "Turn to face the laptop.",
        "lie_side_on": "Turn on the spot, with one side towards the laptop.",
        "lie_named_side_on": "Turn on the spot, with your {side} side towards the laptop.",
        "swap_ends": "Put your head where your feet are now.",
        "belly": "Turn your belly towards the laptop.",
        "lie_across": "Lie across the picture, with your belly towards the laptop.",
        "roll_over": "Roll over onto your {side} side, to face the laptop.",
        "other_side": "Lie on your {side} side. Your head goes where your feet are.",
        "raise_lens": "Put the laptop a little higher.",
        "lower_lens": "Put the laptop a little lower.",
    }
)
"""By code; sentences of at most 12 words.  Who lies two metres away can do what ends in ``_lying``."""
GOOD_ENOUGH = "That will do."
READY = "Ready. Begin."
READY_AGAIN = "Ready. Go on."
BEGUN = "That makes {count}."
"""Somebody began without waiting for the word: so many count already."""
LIMITED: Mapping[str, str] = MappingProxyType(
    {
        "second_person": "With two people here I may mix you up.",
        "distance": "At this distance I judge less.",
        "frame": "I don't see all of you, so I judge less.",
        "view": "From here I can't judge {what}.",
        "lens": "From this height I judge less.",
        "light": "In this light I judge less.",
    }
)
"""What is in the way as a set begins all the same, by `formcheck.live.setup.Need`; said once."""
NOT_JUDGED: Mapping[str, str] = MappingProxyType(
    {
        "forward_lean": "how far you lean",
        "knee_valgus": "your knees",
        "weight_shift": "your weight",
        "lumbar_overextension": "your back",
        "neck_lift": "your neck",
        "hips_drop": "how long your hips stay up",
        "feet_apart": "your feet",
        "lean_back": "whether you lean back",
    }
)
"""By check: what is not looked at where the view does not show it."""
OFFER_MARCH = "Is the room too small? Raise an arm, and we do the seated march on a chair instead."
MARCH_INSTEAD = "All right. We do the seated march."

# The set

OWN_PACE = "Now at your own pace."
HOLD_ONE = "Hold. One."
BETTER = "Better."
EASIER: Mapping[str, str] = MappingProxyType(
    {
        "": "Easier now: half as far.",
        "squat": "Easier now: half as far down.",
        "bridge": "Easier now: half as high.",
        "clamshell": "Easier now: half as far.",
        "seated_march": "Easier now: half as high.",
    }
)
EASIER_NEXT = "In the next set, make it easier."
SET_LEFT = "We leave this set here. That is fine."
NOT_COUNTED = "That one I did not count: {reason}."
NOT_COUNTED_PLAIN = "That one I could not count."
SLOW = "This computer looks only {times} a second. Movements may be missed, and I can't judge how you move. "
SLOW_HELP = "Closing other programs helps."
TIRED = "Getting tired? Stopping at {count} is fine."
SOMEONE_THERE = "I can wait. Carry on when you like, or raise an arm to pause."
LEAVE_IT = "We leave it there for today. That is fine."
CANNOT_JUDGE = "I still count, but I can't see well. {advice}"
OUT_OF_PLACE = "I will wait for you. {advice}"
CANNOT_SEE = "I can't see you. I will wait for you."
STILL_WAITING = "I am still waiting. Come back when you like."
WELCOME_BACK = "Welcome back."
CAMERA_STOPPED = "The camera has stopped. I will wait for it."
CAMERA_BACK = "The camera is back. Go on."
PAUSED = "Paused."
PAUSED_HOW = "Raise an arm again to go on, or keep it up to finish."
PAUSED_STILL = "Still paused. Raise an arm to go on."
GOING_ON = "We go on."
SO_FAR = "You had done {count}."
STOP_AFTER = "This set is over. Rest. When you are ready, raise an arm or press Enter."
STOP_WAITING = "Take your time. Raise an arm to go on, or keep it up to finish."
FALLEN = "Are you all right? Take your time. Raise an arm if you are fine."
FALLEN_AGAIN = "If you need help, please call someone. I cannot call. Raise an arm if you are fine."
FALLEN_FINE = "Good. We stop here for today. Stay down as long as you like."

# Rest

SET_DONE = "That was {count}."
SET_DONE_SHORT = "That was {count}, and {short} shorter."
SET_DONE_SMALLER = "That was {count}, and {short} smaller. Small is right today."
WELL_DONE = "Well done."
REST = "Rest for {seconds} seconds."
REST_SOON = "Ten seconds."
NEXT_SET = "Set {index}."
FACE_FRONT = "For the next set, turn to face the laptop, so that I see both knees."
FACE_SIDE = "For the next set, turn your {side} side to the laptop."
FACE_A_SIDE = "For the next set, turn one side to the laptop."
CHAIR_FRONT = "For the next set, turn the chair to face the laptop."
CHAIR_SIDE = "For the next set, turn the chair, with {side} to the laptop. Then I see whether you sit tall."
OTHER_SIDE = "Now the other side. Put your head where your feet were, so that you still face the laptop."
TAKE_YOUR_TIME = "Take your time."

# After

ENDING_EARLY = "All right. We stop here."
WAS_IT_PAIN = "Did it hurt? Raise an arm for yes. If not, just rest."
IT_WAS_PAIN = "Then rest. Next time do less, and smaller. If it stays, talk to your clinician."
ALL_DONE = "You have finished."
NOTHING_DONE = "No repetition today. That is fine."
SET_LINE = "Set {index}: {count}."
SET_LINE_SHORT = "Set {index}: {count}, and {short} shorter."
SIDE_LINE = "{side} leg, set {index}: {count}."
SIDE_LINE_SHORT = "{side} leg, set {index}: {count}, and {short} shorter."
SET_LINE_SMALLER = "Set {index}: {count}, and {short} smaller."
SIDE_LINE_SMALLER = "{side} leg, set {index}: {count}, and {short} smaller."
BEST: Mapping[str, str] = MappingProxyType(
    {
        "improved": "The best thing: when I asked for a change, you made it.",
        "steady": "The best thing: your last repetitions were as large as your first.",
        "complete": "The best thing: you finished every repetition.",
        "clean": "The best thing: in what I could see, there was nothing to change.",
        "began": "The best thing: you did it today.",
    }
)
MOST = "What I saw most: {what}, in {count} of {total}."
HAPPENED: Mapping[str, str] = MappingProxyType(
    {
        "knee_valgus": "your knees came inward",
        "forward_lean": "you leaned forward",
        "heel_lift": "your heels came up",
        "shallow_depth": "you stayed higher than planned",
        "too_deep": "you went deeper than is comfortable for you",
        "weight_shift": "your weight went to one side",
        "lateral_lean": "you leaned to one side",
        "stance_width": "your feet stood closer or wider than is easy",
        "fast_descent": "you went down quickly",
        "loss_of_balance": "a foot had to step",
        "incomplete_extension": "your hips stayed lower than planned",
        "lumbar_overextension": "your hips went above the straight line",
        "hips_drop": "your hips sank while you held them up",
        "feet_far": "your heels were far away from you",
        "neck_lift": "your head came up",
        "short_hold": "the hold was shorter than planned",
        "pushing_through_toes": "your heels came up",
        "fast_lowering": "you came down quickly",
        "knees_in": "your knees came together",
        "pelvic_drop": "one side of your hips sank",
        "pelvis_rollback": "your hips rolled back",
        "trunk_rollback": "your shoulders rolled back",
        "feet_apart": "your feet came apart",
        "low_opening": "the knee opened less than planned",
        "setup_hip_flexion": "your knees lay too far down",
        "momentum": "you moved quickly",
        "head_lifted": "your head came up",
        "lean_back": "you leaned back",
        "slump": "your back sank",
        "lateral_sway": "you swayed to one side",
        "low_lift": "the knee came up less than planned",
        "too_high": "the knee came up higher than is comfortable for you",
        "pelvic_hike": "one side of your seat came up",
        "fast_drop": "the foot came down quickly",
        "rushing": "you marched quickly",
        "missed_alternation": "the same leg came again",
        "range_limit": "you went past the limit in your plan",
    }
)
"""By fault code: what happened, for the summary."""
NOT_LOOKED_AT = "I could not look at this today: {what}."
LOOKED_AT: Mapping[str, str] = MappingProxyType(
    {
        "knee_valgus": "whether your knees stay over your toes (face the laptop for that)",
        "forward_lean": "how far you lean forward (stand side-on for that)",
        "too_deep": "how deep you go",
        "weight_shift": "your weight on both feet (face the laptop for that)",
        "fast_drop": "how softly the foot comes down",
        "lean_back": "whether you lean back (sit side-on for that)",
        "pelvis_rollback": "whether your hips roll back (that is seen from behind only)",
        "feet_apart": "whether your feet stay together",
        "setup_hip_flexion": "how far your hips are bent",
        "lumbar_overextension": "whether your hips go above the straight line",
        "hips_drop": "whether your hips stay up",
        "neck_lift": "whether your head rests",
    }
)
"""By fault code, of what may be spoken: what was not looked at, for the summary."""
NOT_COUNTED_LINE_ONE = "One movement I did not count: {reason}."
NOT_COUNTED_LINE = "Movements that I did not count: {count}. Most often: {reason}."
NOT_COUNTED_LINE_PLAIN = "Movements that I did not count: {count}."
SLOW_LINE = "This computer looked only {times} a second, so I may have missed some, and could not judge form."
WORK_ON = "One thing for next time: {cue}"
WORK_ON_EASIER = "For next time: smaller, and {cue}"
AS_GENTLY = "Next time, as gently as today."
SAME_AGAIN = "Next time, just the same again."
AS_YOU_LIKE = "Next time, as it feels right."
REASON = "Why did you stop?"
REASONS: Mapping[str, str] = MappingProxyType(
    {"pain": "Pain.", "tired": "Tired.", "interrupted": "Interrupted.", "other": "Something else."}
)
GOODBYE = "That is all. Goodbye."
GOODBYE_DONE = "That is all. Well done, and goodbye."

HEADLINES: Mapping[str, str] = MappingProxyType(
    {
        "sound": "Can you hear me?",
        "text": "Before you start",
        "pain": "Pain now: {pain}",
        "choice": "{choice}",
        "show": "{title}",
        "setup": "Getting into place",
        "ready": "Begin",
        "rest": "Rest: {seconds}",
        "paused": "Paused",
        "lost": "I can't see you",
        "stopped": "Rest. The set is over.",
        "fallen": "Are you all right?",
        "ask_pain": "Did it hurt? Raise an arm",
        "summary": "That is it for today",
        "get_up": "Getting up: take your time",
        "reason": "{choice}",
        "ended": "Goodbye",
    }
)


def counted(count: int) -> str:
    """Return a count as it is said."""
    return f"{capital(number(count))}."


def chair_side(near: Side | None) -> str:
    """Return how to turn the chair for a set that is seen from the side."""
    return CHAIR_SIDE.format(side=f"your {near.value} side" if near is not None else "one side")


def level(pain: int) -> str:
    """Return a level of pain as it is said."""
    return counted(pain) if pain else "Zero."


def times(rate_hz: float) -> str:
    """Return how often a second, in words: "once", "three times"."""
    whole = max(1, round(rate_hz))
    return {1: "once", 2: "twice"}.get(whole, f"{number(whole)} times")


def numbered(texts: Sequence[str]) -> str:
    """Return the answers of a question as they are read out: "One: half the range. Two: ..."."""
    return " ".join(f"{capital(number(i + 1))}: {text[:1].lower()}{text[1:]}" for i, text in enumerate(texts))


def plain(reason: str) -> str:
    """Return a reason as it may be said to the person, empty where it cannot be."""
    alarming = any(word in reason.lower() for word in shown.NOT_SHOWN)
    return "" if alarming or len(reason.split()) > LONGEST_REASON else reason.strip().rstrip(".")


def so_far(text: str, count: int) -> str:
    """Return the text with how many were done, when there were any."""
    return f"{text} {SO_FAR.format(count=number(count))}" if count else text


def side_word(side: Side | None) -> str:
    """Return "left" or "right"; "one" when it is not known."""
    return side.value if side is not None else "one"
