"""What is to be done in a session: sets, repetitions, sides, and how each set must be seen."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from formcheck.exercises import EXERCISES
from formcheck.exercises.spec import Legs
from formcheck.live import script
from formcheck.live.gestures import LYING
from formcheck.live.script import WORDS, capital, number
from formcheck.live.setup import Wanted, near_side, wanted
from formcheck.pose.skeleton import Side
from formcheck.profile import CheckSetting, ExercisePlan, Profile, eased
from formcheck.results import Posture, ViewLabel

SETS, REPS = 2, 8
"""When neither the command line nor the plan says otherwise (issue 4)."""
REST_S = 45.0
"""Between two sets, likewise."""

OTHER_VIEW: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "squat": ("knee_valgus", "weight_shift"),
        "bridge": (),
        "clamshell": (),
        "seated_march": ("lean_back",),
    }
)
"""What is spoken of but cannot be seen in the view of the first set.

Squats take turns, side and front (clinical 1.1): knees that fall inward are what matters most for a hip, and
from the side they would never be seen.  Marches take turns, front and side: leaning back is the main
substitution and is seen from the side only (clinical 0).  The person is told to turn and why, is not held up
for long who does not, and a profile that switches these checks off leaves all sets in the first view.  Of a
clamshell the roll of the hips is seen from behind only, where opening and feet are hidden: that it was not
looked at is said at the end (`formcheck.live.summary`).
"""


@dataclass(frozen=True, slots=True)
class Dose:
    """What the command line asked for; None = as the profile says."""

    sets: int | None = None
    reps: int | None = None
    side: str | None = None
    rest_s: float | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """One set to do: ``index`` from 0 on its side, ``turn`` 1 on the second side."""

    index: int
    turn: int = 0


class Programme:
    """The sets of one exercise still to do.

    Parameters
    ----------
    exercise : str
    profile : Profile
    dose : Dose
    affected : Side | None
        Faces the camera, or works first.
    shares : tuple[float, float]
        Of the repetitions, when they are to be fewer; of the way to the target, when the movement is to be
        smaller.

    Attributes
    ----------
    share, range_share : float
        As told, and may be changed.
    first_top : Side | None
        The upper side of the first turn, once it is known.
    """

    def __init__(
        self,
        exercise: str,
        profile: Profile,
        dose: Dose,
        affected: Side | None,
        shares: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        self.exercise, self.affected = exercise, affected
        self.share, self.range_share = shares
        self._prescribed = profile.plans[exercise]
        self.sets = dose.sets or self.plan.sets or SETS
        self.reps = dose.reps if dose.reps is not None else self.plan.repetitions or REPS
        self.rest_s = next(one for one in (dose.rest_s, self.plan.rest_s, REST_S) if one is not None)
        self._side = dose.side or self.plan.side
        self.upper = EXERCISES[exercise].legs is Legs.UPPER
        self.both_sides = self.upper and near_side(self._side) is None
        turns = (0, 1) if self.both_sides else (0,)
        self._todo = deque(Planned(i, turn) for turn in turns for i in range(self.sets))
        self.first_top = (near_side(self._side) or affected) if self.upper else None

    @property
    def plan(self) -> ExercisePlan:
        """What is to be done today: the profile's plan, with a smaller target where that was agreed on."""
        return eased(self._prescribed, self.exercise, self.range_share)

    @property
    def smaller(self) -> bool:
        """Whether a smaller movement was agreed on."""
        return self.range_share < 1.0

    @property
    def over(self) -> bool:
        """Whether all sets are done."""
        return not self._todo

    @property
    def now(self) -> Planned:
        """The set that comes next or is being done."""
        return self._todo[0] if self._todo else Planned(0)

    def pop(self) -> Planned:
        """Take the set off the list."""
        return self._todo.popleft()

    @property
    def each_leg(self) -> bool:
        """Whether both legs take turns and each has its repetitions."""
        return EXERCISES[self.exercise].legs is Legs.EACH and near_side(self._side) is None

    @property
    def a_set(self) -> int:
        """Repetitions of a set, on each leg or side."""
        return max(1, round(self.reps * self.share))

    @property
    def target(self) -> int | None:
        """Repetitions after which a set ends, complete or short; None = no limit."""
        if not self.reps:
            return None
        return self.a_set * (2 if self.each_leg else 1)

    def wanted(self) -> Wanted:
        """Return how the next set must be seen."""
        top = self.first_top
        if self.now.turn and top is not None:
            top = top.other
        return wanted(self.exercise, self._view_of(self.now.index), self.affected, top)

    def _view_of(self, index: int) -> int:
        """Return which of the exercise's views a set is for: the first, where no other is asked about."""
        asked = any(self.plan.checks.get(code, CheckSetting()).enabled for code in OTHER_VIEW[self.exercise])
        return index if asked else 0

    def lies_with(self, up: Side) -> None:
        """Remember which side is up in the set that begins."""
        if self.upper:
            self.first_top = up.other if self.now.turn else up

    def facing(self) -> str:
        """Return how to stand, sit or lie, in words."""
        want, words = self.wanted(), WORDS[self.exercise]
        side = want.top.other if want.top else want.near
        return words.face_side.format(side=side.value) if side else words.face

    def arm_text(self) -> str:
        """Return how an arm pauses and ends, in words."""
        want = self.wanted()
        if want.posture in LYING:
            return script.ARM_PAUSES["lying"]
        return script.ARM_PAUSES["near" if want.view is ViewLabel.SIDE else "any"]

    def dose_text(self) -> str:
        """Return how much is to be done, in words."""
        if not self.reps:
            return script.DOSE["no_limit"]
        sets = f"{capital(number(self.sets))} set{'s' if self.sets > 1 else ''}"
        each = "each_leg" if self.each_leg else "each_side" if self.both_sides else "sets"
        return script.DOSE[each].format(sets=sets, reps=number(self.a_set))

    def next_view(self) -> str:
        """Return which way to turn for the next set, when it is another way than before."""
        want = self.wanted()
        if self.now.index == 0 or want.view is wanted(self.exercise, self._view_of(self.now.index - 1)).view:
            return ""
        if want.posture is Posture.SEATED:
            return script.CHAIR_FRONT if want.view is ViewLabel.FRONT else script.chair_side(want.near)
        if want.view is ViewLabel.FRONT:
            return script.FACE_FRONT
        return script.FACE_SIDE.format(side=want.near.value) if want.near else script.FACE_A_SIDE
