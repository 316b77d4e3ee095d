"""The coach: what is said, sounded and shown, from setting up the laptop to getting up again.

A state machine without camera, voice, window, keys or clock: `Coach.step` takes the snapshot after each frame
and what was answered since the last one (`formcheck.live.inputs`), and returns what to do
(`formcheck.live.acts`).  Time is the snapshot's.  The numbers stand in the tables below, the sentences in
`formcheck.live.script`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from formcheck.kinematics import body_of
from formcheck.live import cue_policy, evidence, gestures, looked, pacing, script, tally, tuning
from formcheck.live.acts import Act, Ended, Kind, Say, Screen, Sound, Tone, Tune
from formcheck.live.cue_policy import Cue, PolicyState, Step
from formcheck.live.evidence import BodyEvidence, LookRate
from formcheck.live.gestures import ArmState, FallState, Gesture, Stillness
from formcheck.live.inputs import (
    Answer,
    Ask,
    ChangeVoice,
    Choose,
    GoOn,
    Input,
    No,
    Pain,
    Pause,
    Point,
    Question,
    Skip,
    StartAnyway,
    Stop,
    Yes,
    pain_answers,
)
from formcheck.live.looked import Looked
from formcheck.live.narrator import Narrator
from formcheck.live.programme import Dose, Planned, Programme
from formcheck.live.script import WORDS, number
from formcheck.live.setup import (
    GOOD,
    Advice,
    Need,
    SetupCoach,
    findings,
    lie_text,
    lost_from,
    near_side,
    upper_side_of,
)
from formcheck.live.summary import SessionRecord, SetRecord, next_time, summary_lines, troubles
from formcheck.live.tally import Tally
from formcheck.plan import EARLY_S, Stretch
from formcheck.pose.skeleton import Side
from formcheck.profile import STANDARD, Profile
from formcheck.report.cues import CUES
from formcheck.report.words import PHASE_WORDS
from formcheck.results import Event, Phase, Posture, Severity, Snapshot, ViewLabel

REST_SOON_S = 10.0
COUNT_WITHIN_S = 2.5
"""A count cuts guidance and waits only for a cue that is being said (`formcheck.live.turns`)."""
PACE_WITHIN_S = 0.5
CUE_WITHIN_S = 2.0
CUE_SHOWN_S = 4.0
NO_REP_S, NO_REP_END_S = 20.0, 40.0
"""No repetition for so long: asks, ends kindly (issue 4)."""
GONE_S = 3.0
"""Nobody in the picture for so long: waits (clinical 2.5)."""
BACK_S = 1.0
VIEW_LOST_S = 2.0
"""What can't be judged for so long is said, once a set."""
GAP_S = 2.0
"""No snapshot for so long: the camera was away (issue 4)."""
PAIN_WAIT_S, PAIN_AFTER_WAIT_S = 45.0, 120.0
"""A question that nobody answers is left out."""
SOUND_AGAIN_S, SOUND_WAIT_S = 15.0, 30.0
ASK_PAIN_S = 9.0
WAIT_AGAIN_S, WAIT_END_S = 60.0, 300.0
"""Paused, lost, stopped: reminded so often, ended in the end."""
FALL_AGAIN_S = 15.0
SETUP_END_S = 420.0
"""Nobody in the picture for so long while getting into place: left for today.  Nobody who is there is."""
BEGUN_WITHIN_S = 1.5
PAIN_GENTLE, PAIN_HIGH = 4, 6
"""Pain before from which it is done gently, and from which the person chooses (clinical 3.7)."""
LESS_REPS = {PAIN_GENTLE: 0.6, PAIN_HIGH: 0.5}
"""Share of the repetitions and of the range left: 30 to 50 % less (clinical 3.7)."""
EASIER_SHARE = 0.5
"""Share of the range of the easier version that is offered where cues did not help."""
TO_CONFIRM, CONFIRM_S = ("loss_of_balance",), 1.1
"""A step to the side may be the foot of somebody who walks past; the pose model looks for others once a
second.  Little is lost by saying so a second later: it is the set that is stopped."""
SLOW_FOR_S = 4.0
"""The computer has looked too seldom for so long: it is told, once."""
NOT_COUNTED_MOST, NOT_COUNTED_AGAIN_S = 2, 15.0
"""That a movement was not counted is said so often in a set, and not again within this time."""
CAPTION_S = 3.0
"""What was said can be read this long after it is over."""
BEAT_SHOWN_S = 1.5
PATIENCE_S = {"squat": 3.0, "bridge": 8.0, "clamshell": 8.0, "seated_march": 4.0}
"""Nobody is told what to do while still getting down."""
TURN_PATIENCE_S = 10.0
AGAIN_PATIENCE_S = 1.0
TOLD_IN_SET = frozenset({Need.SECOND_PERSON, Need.POSTURE, Need.DISTANCE, Need.FRAME, Need.VIEW})
REST_FIGURES = 3
"""The rest ends with three, two, one."""


class Stage(StrEnum):
    """Where in the session."""

    SOUND = "sound"
    TEXT = "text"
    PAIN = "pain"
    CHOICE = "choice"
    SHOW = "show"
    SETUP = "setup"
    SET = "set"
    REST = "rest"
    PAUSED = "paused"
    LOST = "lost"
    STOPPED = "stopped"
    FALLEN = "fallen"
    ASK_PAIN = "ask_pain"
    SUMMARY = "summary"
    GET_UP = "get_up"
    PAIN_AFTER = "pain_after"
    REASON = "reason"
    ENDED = "ended"


PAUSABLE = (Stage.SHOW, Stage.SETUP, Stage.SET, Stage.REST)
LATE = (Stage.ASK_PAIN, Stage.SUMMARY, Stage.GET_UP, Stage.PAIN_AFTER, Stage.REASON, Stage.ENDED)
"""Nothing more is to be ended or paused."""
QUESTIONS = (Stage.SOUND, Stage.TEXT, Stage.PAIN, Stage.CHOICE)
COUNTING = (Stage.SET, Stage.PAUSED, Stage.LOST)


LEVELS = tuple(script.level(level) for level in range(11))
"""Pain, as it is said."""


def _answers(texts: Mapping[str, str]) -> tuple[Answer, ...]:
    return tuple(Answer(key, text) for key, text in texts.items())


ASKED: Mapping[str, Question] = MappingProxyType(
    {
        "sound": Question("sound", Ask.SOUND, script.SOUND_TEST, script.SOUND_KEYS),
        "text": Question("before_you_start", Ask.READ, script.BEFORE_TITLE),
        "pain": Question("pain_before", Ask.PAIN, script.PAIN_BEFORE, script.PAIN_KEYS, pain_answers()),
        "choice": Question(
            "choice", Ask.CHOICE, script.PAIN_HIGH, script.CHOICE_KEYS, _answers(script.CHOICES)
        ),
        "march": Question("march", Ask.YES_NO, script.OFFER_MARCH),
        "ask_pain": Question("was_it_pain", Ask.YES_NO, script.WAS_IT_PAIN),
        "fallen": Question("fallen", Ask.YES_NO, script.FALLEN),
        "pain_after": Question(
            "pain_after", Ask.PAIN, script.PAIN_AFTER, script.PAIN_AFTER_KEYS, pain_answers()
        ),
        "reason": Question("reason", Ask.CHOICE, script.REASON, script.CHOICE_KEYS, _answers(script.REASONS)),
    }
)
"""What is asked, by stage, and while setting up where the march is offered."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What one step is given."""

    now: float
    snapshot: Snapshot
    brightness: float | None
    inputs: tuple[Input, ...]
    gesture: Gesture | None

    def given(self, *kinds: type) -> bool:
        """Whether one of these was given."""
        return any(isinstance(one, kinds) for one in self.inputs)

    @property
    def yes(self) -> bool:
        """An arm or an input says: yes, go on."""
        return self.gesture is Gesture.PAUSE or self.given(Yes, GoOn, Pause)

    @property
    def onward(self) -> bool:
        """An input says: enough of this."""
        return self.given(GoOn, Skip, StartAnyway)

    @property
    def pain(self) -> int | None:
        """The level of pain that was told."""
        return next((one.level for one in self.inputs if isinstance(one, Pain)), None)

    @property
    def choice(self) -> str | None:
        """The answer that was chosen."""
        return next((one.key for one in self.inputs if isinstance(one, Choose)), None)

    @property
    def pointed(self) -> int | None:
        """The answer that was pointed at last."""
        return next((one.index for one in reversed(self.inputs) if isinstance(one, Point)), None)


class Coach:
    """Decides what is said, sounded and shown.

    Parameters
    ----------
    exercise : str
    profile : Profile
        Dose, hold, tempo, side, which checks speak.
    sets, reps : int | None
        None as the profile says, else 2 of 8; ``reps`` 0 = no limit.  Seated march: lifts of each leg,
        clamshell: of each side.
    side : str | None
        ``left``, ``right``, ``both`` or ``auto``: the leg that works (clamshell, seated march); None as the
        profile says.
    affected_side : str | None
        ``left``, ``right``, ``both`` or ``none``; None as the profile says.  It faces the camera, or works
        first.
    coaching : bool
        False: only counts, from the first frame and without end.
    questions : bool
        Sound check, pain before and after, the reason for stopping.
    first_use : bool
        "Before you start" is read out.
    introduce : bool
        The exercise is explained.
    rest_s : float | None
        Between two sets; None as the profile says, else 45.
    more_spoken : Iterable[str]
        Codes that are spoken besides the twelve.
    voice : Tune
        How loud and fast the voice is at the beginning.

    Attributes
    ----------
    stage : Stage
        ``sound`` takes `ChangeVoice`; the questions take what `Screen.question` names.
    coaching : bool
    counting : tuple[Stretch, ...]
        When repetitions counted so far; of no meaning without coaching.
    """

    def __init__(
        self,
        exercise: str,
        profile: Profile = STANDARD,
        sets: int | None = None,
        reps: int | None = None,
        side: str | None = None,
        *,
        affected_side: str | None = None,
        coaching: bool = True,
        questions: bool = True,
        first_use: bool = False,
        introduce: bool = True,
        rest_s: float | None = None,
        more_spoken: Iterable[str] = (),
        voice: Tune = tuning.USUAL,
    ) -> None:
        self._profile, self._dose = profile, Dose(sets, reps, side, rest_s)
        self.coaching, self._asks, self._introduce = coaching, questions, introduce
        self._affected = near_side(affected_side or profile.affected_side)
        self._more_spoken = tuple(more_spoken)
        self._programme = Programme(exercise, profile, self._dose, self._affected)
        self._spoken = cue_policy.spoken_codes(self._programme.plan, self._more_spoken)
        self._agenda = [Stage.SOUND] if questions else []
        self._agenda += [Stage.TEXT] if first_use else []
        self._agenda += [Stage.PAIN] if questions else []
        self.stage = Stage.SHOW if coaching else Stage.SET
        self._acts: list[Act] = []
        self._voice, self._tune = Narrator(), voice
        self._screen = Screen()
        self._since_s = self._last_s = self._told_s = math.nan
        self._arm, self._still, self._fall = ArmState(), Stillness(), FallState()
        self._pointed: int | None = None
        self._asked_again = self._nudged = False
        self._pain_before: int | None = None
        self._pain_after: int | None = None
        self._reason = ""
        self._records: list[SetRecord] = []
        self._setup = SetupCoach(self._programme.wanted(), 0.0)
        self._advice, self._march_offered = GOOD, False
        self._paused_from, self._rest_left_s = Stage.SET, 0.0
        self._resuming = False
        self._figures = 0
        self._tally, self._policy, self._pacing = Tally(0.0), PolicyState(), pacing.Pacing()
        self._open = False
        self.counting: tuple[Stretch, ...] = ()
        self._set = 0
        self._limited, self._told_limits = "", frozenset({""})
        self._cue: tuple[Cue, float] | None = None
        self._body, self._rate = BodyEvidence(), LookRate()
        self._doubted: frozenset[str] = frozenset()
        self._to_confirm: tuple[Cue, float] | None = None
        self._slow_since_s, self._said_slow = math.nan, False
        self._slow_hz: float | None = None
        self._looked = Looked()
        self._not_counted: tuple[str, ...] = ()
        self._not_counted_s = -math.inf
        self._caption, self._beat_shown = ("", -math.inf), ("", -math.inf)
        self._rest_page: tuple[str, ...] = ()
        self._summary: tuple[str, ...] = ()
        self._said_tired = self._said_view = self._asked_if_there = False
        self._active_s = self._seen_s = self._judged_s = 0.0
        self._turning_until_s = 0.0

    # Seen from outside

    @property
    def exercise(self) -> str:
        """The exercise; becomes ``seated_march`` when that offer is taken: then a new `Analyser` is due."""
        return self._programme.exercise

    @property
    def cue(self) -> Cue | None:
        """The last thing said about form; None before."""
        return self._cue[0] if self._cue else None

    @property
    def target(self) -> int | None:
        """Repetitions after which a set ends, complete or short; None = no limit."""
        return self._programme.target if self.coaching else None

    @property
    def _rest_s(self) -> float:
        return self._programme.rest_s

    @property
    def record(self) -> SessionRecord:
        """What was done so far."""
        sets = (*self._records, *([self._set_record()] if self._open and self._tally.done else []))
        pain = (self._pain_before, self._pain_after)
        return SessionRecord(
            self.exercise, sets, *pain, self._reason, self._tune, self._programme.range_share
        )

    def step(
        self,
        snapshot: Snapshot,
        *,
        brightness: float | None = None,
        inputs: Sequence[Input] = (),
        speaking: bool | None = None,
    ) -> list[Act]:
        """Take in what is known after one frame; return what to do.

        Parameters
        ----------
        snapshot : Snapshot
            Times strictly increasing.
        brightness : float | None
            Mean of the picture, 0 to 255; None = not measured.
        inputs : Sequence[Input]
            What was answered or asked for since the last step.
        speaking : bool | None
            Whether the voice is busy; None = estimated from the length of what was said.
        """
        self._acts = []
        self._voice.speaking = speaking
        if math.isnan(self._last_s):
            self._arrive(snapshot.time_s)
        moment = self._moment(snapshot, brightness, tuple(inputs))
        if self.coaching:
            self._run(moment)
        else:
            self._only_count(moment)
        said = self._voice.next(moment.now)
        self._acts += [said] if said is not None else []
        self._show(moment)
        self._last_s = moment.now
        return self._acts

    def close(self) -> list[Act]:
        """Return what to do when it is broken off from outside (Ctrl-C, window closed, end of a file)."""
        self._acts = []
        if self.stage is not Stage.ENDED:
            self._end(self._reason or "interrupted")
        return self._acts

    # One step

    def _arrive(self, now: float) -> None:
        self._last_s = now
        self._start_set(now)
        self.counting, self._set = (), 0
        self._open = not self.coaching
        if self.coaching:
            self._next_question(now)

    def _moment(self, snapshot: Snapshot, brightness: float | None, inputs: tuple[Input, ...]) -> Moment:
        now = snapshot.time_s
        self._body = evidence.follow_body(self._body, snapshot)
        self._rate = evidence.follow_rate(self._rate, now)
        self._still = gestures.follow_stillness(self._still, snapshot)
        self._arm, gesture = gestures.follow_arm(self._arm, now, gestures.arm_raised(snapshot))
        return Moment(now, snapshot, brightness, inputs, gesture)

    def _run(self, m: Moment) -> None:
        one_body = self._body.alone(m.now) and self._body.continuous(m.now)
        still_s = self._still.for_s(m.now)
        self._fall, fallen = gestures.follow_fall(self._fall, m.snapshot, still_s, one_body=one_body)
        self._watch_rate(m.now)
        if self.stage is Stage.ENDED:
            return
        # First of all: what has ended counts, even if this very moment pauses or ends the set.
        cue, counted = self._take_in(m) if self.stage is Stage.SET else (None, False)
        if fallen and self.stage not in (*QUESTIONS, *LATE, Stage.FALLEN):
            self._fell(m.now)
        elif self.stage not in LATE and (m.gesture is Gesture.END or m.given(Stop)):
            self._end_early(m.now)
        elif self._pauses(m):
            self._pause(m.now)
        elif self.stage is Stage.SET:
            self._in_set(m, cue, counted)
        else:
            getattr(self, f"_in_{self.stage.value}")(m)

    def _pauses(self, m: Moment) -> bool:
        wish = m.gesture is Gesture.PAUSE or m.given(Pause)
        return wish and self.stage in PAUSABLE and not self._march_offered

    def _enter(self, stage: Stage, now: float) -> None:
        if self.stage is Stage.SET and stage is not Stage.SET and self.counting:
            *before, last = self.counting
            self.counting = (*before, replace(last, end_s=now))
        self.stage, self._since_s, self._told_s = stage, now, now

    def _only_count(self, m: Moment) -> None:
        self._tally = tally.follow(self._tally, m.snapshot)
        for event in m.snapshot.events:
            self._count(event)
        if m.given(Stop) and self.stage is not Stage.ENDED:
            self._end("stopped")

    def _say(self, text: str, kind: Kind, now: float, within_s: float = math.inf) -> None:
        """Hand words to the voice now, and let the guidance wait until they are over."""
        self._acts.append(self._voice.at_once(text, kind, now, within_s))

    def _beat(self, text: str, kind: Kind, within_s: float) -> None:
        """Hand over a number or a pace: too short to wait for."""
        self._acts.append(Say(text, kind, within_s))

    # Before

    def _next_question(self, now: float) -> None:
        self._voice.hush(now)
        if not self._agenda:
            self._show_how(now)
            return
        self._enter(self._agenda.pop(0), now)
        if self.stage is Stage.SOUND:
            self._voice.tell(script.SOUND_TEST, script.SOUND_KEYS)
        elif self.stage is Stage.TEXT:
            self._voice.tell(*script.DISCLAIMER, *script.BEFORE_YOU_START)
        else:
            self._ask(script.PAIN_BEFORE, script.PAIN_KEYS)

    def _ask(self, *texts: str) -> None:
        """Ask; no answer is pointed at."""
        self._pointed, self._nudged = None, False
        self._voice.tell(*texts)

    def _in_sound(self, m: Moment) -> None:
        voice = tuning.tuned(self._tune, [one for one in m.inputs if isinstance(one, ChangeVoice)])
        if voice is not None:
            self._try_voice(voice, m.now)
        if m.onward or m.now - self._since_s > SOUND_WAIT_S:
            self._next_question(m.now)
        elif m.now - self._told_s > SOUND_AGAIN_S:
            self._told_s = m.now
            self._voice.hush(m.now)
            self._voice.tell(script.SOUND_TEST, script.SOUND_KEYS)

    def _try_voice(self, voice: Tune, now: float) -> None:
        """Speak so from now on, and let it be heard."""
        text = tuning.trial_words(self._tune, voice)
        self._tune = voice
        self._enter(Stage.SOUND, now)
        self._voice.hush(now)
        self._acts.append(voice)
        self._say(text, Kind.GUIDE, now)

    def _in_text(self, m: Moment) -> None:
        if m.onward or self._voice.quiet(m.now):
            self._next_question(m.now)

    def _pointing(self, m: Moment, names: Sequence[str]) -> None:
        """Say and show the answer pointed at; it cuts the question short."""
        if m.pointed is None or not 0 <= m.pointed < len(names):
            return
        self._pointed, self._told_s = m.pointed, m.now
        self._voice.hush(m.now)
        self._say(names[self._pointed], Kind.STOP, m.now)

    def _unanswered(self, m: Moment, again: str) -> bool:
        """Ask again where somebody goes on without an answer; return whether that was done before."""
        if not m.given(GoOn):
            return False
        if self._nudged:
            return True
        self._nudged, self._told_s = True, m.now
        self._voice.hush(m.now)
        self._say(again, Kind.GUIDE, m.now)
        return False

    def _in_pain(self, m: Moment) -> None:
        self._pointing(m, LEVELS)
        if m.pain is not None:
            self._pain_before = m.pain
            self._after_pain(m.pain, m.now)
        elif m.given(Skip) or self._unanswered(m, script.PAIN_AGAIN) or m.now - self._told_s > PAIN_WAIT_S:
            self._next_question(m.now)
            self._voice.tell_first(script.PAIN_SKIPPED)

    def _after_pain(self, pain: int, now: float) -> None:
        if pain >= PAIN_HIGH:
            self._voice.hush(now)
            self._enter(Stage.CHOICE, now)
            choices = script.numbered(tuple(script.CHOICES.values()))
            self._ask(script.PAIN_HIGH, choices, script.CHOICE_KEYS)
        elif pain >= PAIN_GENTLE:
            self._go_gently(LESS_REPS[PAIN_GENTLE], now)
        else:
            self._next_question(now)
            self._voice.tell_first(script.PAIN_NOTED)

    def _go_gently(self, share: float, now: float) -> None:
        """Ask for fewer repetitions and for a smaller movement: ring, target and what is short follow."""
        self._programme.share = self._programme.range_share = share
        self._next_question(now)
        text = script.PAIN_GENTLE if self._programme.reps else script.PAIN_GENTLE_FREE
        self._voice.tell_first(text.format(reps=number(self._programme.a_set)))

    def _in_choice(self, m: Moment) -> None:
        self._pointing(m, tuple(script.CHOICES.values()))
        if m.choice == "rest" or m.given(Skip) or m.now - self._told_s > WAIT_AGAIN_S:
            self._say_choice(script.LEFT_FOR_TODAY, m.now)
            self._end("pain")
        elif m.choice in script.CHOICES:
            if m.choice == "march":
                self._take_up("seated_march")
            self._go_gently(LESS_REPS[PAIN_HIGH], m.now)
        elif m.given(GoOn):  # nothing was chosen, and nothing is taken for granted with so much pain
            self._told_s = m.now
            self._say_choice(script.CHOICE_AGAIN.format(last=number(len(script.CHOICES))), m.now)

    def _say_choice(self, text: str, now: float) -> None:
        self._voice.hush(now)
        self._say(text, Kind.STOP, now)

    def _take_up(self, exercise: str) -> None:
        """Do another exercise instead."""
        shares = (self._programme.share, self._programme.range_share)
        self._programme = Programme(exercise, self._profile, self._dose, self._affected, shares)
        self._spoken = cue_policy.spoken_codes(self._programme.plan, self._more_spoken)

    # Showing how

    def _show_how(self, now: float) -> None:
        self._enter(Stage.SHOW, now)
        words, voice = WORDS[self.exercise], self._voice
        if self._introduce:
            smaller = script.SMALLER if self._programme.smaller else ""
            voice.tell(words.title, words.how, self._programme.dose_text(), smaller, words.place)
            voice.tell(self._programme.facing(), words.way_down, self._programme.arm_text())
        voice.tell(script.STOP_IF, script.GET_READY)

    def _in_show(self, m: Moment) -> None:
        if m.onward:
            short = [line for line in self._voice.rest() if line in (script.STOP_IF, script.GET_READY)]
            self._voice.hush(m.now)
            self._voice.tell(*short)
        if self._voice.quiet(m.now):
            self._get_set_up(m.now, PATIENCE_S[self.exercise])

    # Set-up

    def _get_set_up(self, now: float, patience_s: float = AGAIN_PATIENCE_S) -> None:
        self._enter(Stage.SETUP, now)
        self._setup = SetupCoach(self._programme.wanted(), now, patience_s)
        self._advice, self._march_offered = GOOD, False
        self._seen_s = now
        if not self._resuming:
            self._tally = Tally(now)

    def _in_setup(self, m: Moment) -> None:
        self._tally = tally.follow(self._tally, m.snapshot)
        self._seen_s = m.now if m.snapshot.pose.detected else self._seen_s
        step = self._setup.step(m.snapshot, self._still, m.brightness, may_speak=self._voice.quiet(m.now))
        self._advice = step.advice
        self._march_offered |= step.offer_march
        if self._march_offered and m.yes and not m.given(StartAnyway):
            self._do_the_march(m.now)
        elif step.ready or step.begun_s is not None or m.onward:
            self._begin(m, step.begun_s)
        elif m.now - self._seen_s > SETUP_END_S:
            self._leave_it(m.now)
        elif step.say:
            self._say(self._with_details(step.say, step.advice), Kind.GUIDE, m.now)

    def _with_details(self, text: str, advice: Advice) -> str:
        """Add to a turn which way one lies afterwards."""
        return f"{text} {lie_text(self._programme.wanted())}" if advice.code == "swap_ends" else text

    def _do_the_march(self, now: float) -> None:
        self._voice.hush(now)
        self._take_up("seated_march")
        self._voice.tell(script.MARCH_INSTEAD)
        self._show_how(now)

    def _begin(self, m: Moment, begun_s: float | None = None) -> None:
        """From here on it counts; two repetitions that somebody has done already count with it."""
        if m.snapshot.posture is Posture.SIDE_LYING:
            self._programme.lies_with(upper_side_of(body_of(m.snapshot.pose)))
        self._acts.append(Sound(Tone.READY))
        kind = Kind.COUNT if self._voice.quiet(m.now) else Kind.STOP  # an advice under way is of no use now
        self._voice.hush(m.now)
        if begun_s is None:
            self._say(script.READY_AGAIN if self._resuming else script.READY, Kind.GUIDE, m.now)
        else:
            done = (self._tally.complete if self._resuming else 0) + 2
            self._say(script.BEGUN.format(count=number(done)), kind, m.now, BEGUN_WITHIN_S)
        self._tell_limit(m.now, m.snapshot.view.label)
        if self._resuming:
            self._resume_set(m.now, begun_s)
        else:
            self._start_set(m.now, begun_s)

    def _tell_limit(self, now: float, view: ViewLabel) -> None:
        """Say once what cannot be judged from where the person is, and show it."""
        lost = lost_from(self._programme.wanted(), view)
        what = [script.NOT_JUDGED[code] for code in lost if code in self._spoken & script.NOT_JUDGED.keys()]
        needs = (one.need for one in self._setup.left_over(now) if one.need is not Need.VIEW or what)
        names = [need.name.lower() for need in needs if need.name.lower() in script.LIMITED]
        self._limited = script.LIMITED[names[0]].format(what=script.listed(what[:2])) if names else ""
        if self._limited not in self._told_limits:
            self._told_limits |= {self._limited}
            self._voice.tell(self._limited)

    # How often the computer looks

    def _watch_rate(self, now: float) -> None:
        """Tell once that the computer looks too seldom, before the set or at its first pause for words."""
        if not self._rate.low or self.stage in (*QUESTIONS, *LATE):
            self._slow_since_s = math.nan
            return
        self._slow_since_s = now if math.isnan(self._slow_since_s) else self._slow_since_s
        if now - self._slow_since_s < SLOW_FOR_S:
            return
        self._slow_hz = min(self._rate.hz or math.inf, self._slow_hz or math.inf)
        if not self._said_slow:
            self._said_slow = True
            self._voice.tell(script.SLOW.format(times=script.times(self._slow_hz)).strip(), script.SLOW_HELP)

    # The set

    def _start_set(self, now: float, begun_s: float | None = None) -> None:
        self._tally, self._policy = tally.seen(self._tally), PolicyState()
        self._looked, self._not_counted, self._not_counted_s = Looked(), (), -math.inf
        self._doubted, self._to_confirm = frozenset(), None
        self._said_tired = self._said_view = False
        self._open, self._set = True, self._set + 1
        self._resume_set(now, begun_s)

    def _resume_set(self, now: float, begun_s: float | None = None) -> None:
        """Go on with the set: nothing counts that began before, or before ``begun_s``."""
        since_s = now if begun_s is None else begun_s
        self._tally = replace(self._tally, since_s=since_s)
        opened_s = None if begun_s is None else now
        share = self._programme.range_share
        self.counting = (
            *self.counting,
            Stretch(self._set, since_s, range_share=share, opened_s=opened_s),
        )
        self._resuming = False
        self._enter(Stage.SET, now)
        self._look_anew(now)

    def _look_anew(self, now: float) -> None:
        """Wait for movement and view from now on."""
        self._pacing = pacing.begin(now, self._tally.done)
        self._active_s = self._seen_s = self._judged_s = now
        self._asked_if_there = False

    def _take_in(self, m: Moment) -> tuple[Cue | None, bool]:
        """Count and judge; return the cue that may be said now, and whether a repetition has ended."""
        if m.now - self._last_s >= GAP_S:
            self._look_anew(m.now)
            self._voice.tell(script.so_far(script.CAMERA_BACK, self._tally.complete))
        self._tally = tally.follow(self._tally, m.snapshot)
        self._seen_s = m.now if m.snapshot.pose.detected else self._seen_s
        cue = self._judge(m)
        counted = [self._count(event) for event in m.snapshot.events]
        self._looked = looked.look_at(self._looked, m.snapshot.reps)
        for event in m.snapshot.events:
            self._miss(event)
        return cue, any(counted)

    def _in_set(self, m: Moment, cue: Cue | None, counted: bool) -> None:
        if cue is not None and cue.severity is Severity.STOP:
            self._stop(cue, m.now)
        elif cue is not None and cue.step is Step.END_SET and not self._reached(self._tally.done):
            self._leave_set(cue, m.now)
        elif m.now - self._seen_s >= GONE_S:
            self._lose(m.now)
        elif self.target is not None and self._tally.done >= self.target:
            self._finish_set(m.now)
        elif counted:
            self._after_a_rep(m.now, cue)
        else:
            self._say_cue(cue, m.now, urgent=True)
            self._pace(m)
            self._wait_for_movement(m.now)

    def _judge(self, m: Moment) -> Cue | None:
        """Return the cue that the policy allows now."""
        judging = self._watch_view(m)
        ours = [event for event in m.snapshot.events if self._of_this_set(event)]
        own_body = self._body.own_body(m.now)
        self._policy, cue = cue_policy.consider(
            self._policy,
            m.now,
            ours,
            self._spoken,
            judging=judging,
            view=m.snapshot.view.label,
            exercise=self.exercise,
            stops=own_body,
            smaller=self._programme.smaller,
        )
        return self._confirmed(m.now, self._doubted_stop(m, ours, own_body=own_body) or cue)

    def _confirmed(self, now: float, cue: Cue | None) -> Cue | None:
        """Hold a stop back until it is clear that nobody else was seen around it; return what may be said."""
        if cue is not None and cue.code in TO_CONFIRM and cue.severity is Severity.STOP:
            self._to_confirm, cue = self._to_confirm or (cue, now), None
        if self._to_confirm is None:
            return cue
        held, since_s = self._to_confirm
        if not (self._body.alone(now) and self._body.continuous(now)):
            self._to_confirm = None
        elif now - since_s >= CONFIRM_S:
            self._to_confirm = None
            return held
        return cue

    def _doubted_stop(self, m: Moment, events: Sequence[Event], *, own_body: bool) -> Cue | None:
        """Return a stop that was not believed at first and still stands now that the body is plainly seen."""
        raised = {one.code for one in m.snapshot.raised if one.severity is Severity.STOP}
        news = {str(dict(one.details).get("code")) for one in events if one.event == "fault_raised"}
        if own_body:
            still, self._doubted = sorted(self._doubted & raised), frozenset()
            return Cue(still[0], CUES[still[0]], Severity.STOP) if still else None
        self._doubted = (self._doubted | (news & raised)) & raised
        return None

    def _miss(self, event: Event) -> None:
        """Say kindly that a movement of full size was not counted, and why."""
        details = dict(event.details)
        since_s = self._tally.since_s - EARLY_S
        if event.event != "rep_not_counted" or float(details.get("start_s") or event.time_s) < since_s:
            return
        if event.time_s > self._seen_s:  # whoever has walked off knows
            return
        self._active_s, self._asked_if_there = event.time_s, False
        reason = str(details.get("reason") or "")
        self._not_counted = (*self._not_counted, reason)
        often = len(self._not_counted) > NOT_COUNTED_MOST
        if often or event.time_s - self._not_counted_s < NOT_COUNTED_AGAIN_S:
            return
        self._not_counted_s, words = event.time_s, script.plain(reason)
        text = script.NOT_COUNTED.format(reason=words) if words else script.NOT_COUNTED_PLAIN
        self._say(text, Kind.GUIDE, event.time_s, CUE_WITHIN_S)

    def _of_this_set(self, event: Event) -> bool:
        """Whether an event belongs to what is counted: not to a repetition from before "Ready"."""
        return not event.event.startswith("rep_") or tally.counted(self._tally, event) is not None

    def _count(self, event: Event) -> bool:
        """Count a repetition aloud; return whether it was one that has just ended."""
        after = tally.counted(self._tally, event)
        if after is None:
            return False
        if self._was_told(event):
            self._tally, self._pacing = after, pacing.begin(event.time_s, after.done)
            return False
        complete = after.complete > self._tally.complete
        self._tally = after
        self._acts.append(Sound(Tone.REP if complete else Tone.PARTIAL))
        if complete:
            self._beat(script.counted(after.complete), Kind.COUNT, COUNT_WITHIN_S)
        return True

    def _was_told(self, event: Event) -> bool:
        """Whether a repetition was over before its set was opened: its number was said then."""
        opened_s = self.counting[-1].opened_s if self.counting else None
        return opened_s is not None and float(dict(event.details)["end_s"] or 0.0) <= opened_s

    def _after_a_rep(self, now: float, cue: Cue | None) -> None:
        self._active_s, self._asked_if_there = now, False
        done = self._tally.done
        self._pacing = pacing.begin(now, done)
        if self._reached(done):
            self._finish_set(now)
        elif cue is not None:
            self._make_way()
            self._say_cue(cue, now)
            if cue.step is Step.EASIER:
                self._make_easier(now)
        elif not self._said_tired and tally.tired(self._tally):
            self._said_tired = True
            self._say(script.TIRED.format(count=number(self._tally.complete)), Kind.CUE, now, CUE_WITHIN_S)
        elif pacing.after(done):
            self._say(pacing.after(done), Kind.GUIDE, now, CUE_WITHIN_S)

    def _reached(self, done: int) -> bool:
        return self.target is not None and done >= self.target

    def _make_easier(self, now: float) -> None:
        """From here on half of the range is asked for, shown and judged by."""
        self._programme.range_share = EASIER_SHARE
        if self.counting and math.isinf(self.counting[-1].end_s):
            *before, last = self.counting
            eased = replace(last, range_share=EASIER_SHARE, eased_from_s=now)
            self.counting = (*before, eased)

    def _make_way(self) -> None:
        """Leave out the tone of a repetition whose number is followed by a cue: the number is enough."""
        said = any(isinstance(act, Say) and act.kind is Kind.COUNT for act in self._acts)
        self._acts = [act for act in self._acts if not said or act != Sound(Tone.REP)]

    def _say_cue(self, cue: Cue | None, now: float, *, urgent: bool = False) -> None:
        if cue is not None:
            self._cue = (cue, now)
            self._acts.append(self._voice.at_once(cue.text, Kind.CUE, now, CUE_WITHIN_S, urgent=urgent))

    def _pace(self, m: Moment) -> None:
        done, plan = self._tally.done, self._programme.plan
        self._pacing, word = pacing.advance(
            self._pacing, m.now, m.snapshot.phase, exercise=self.exercise, plan=plan, rep=done
        )
        if word:
            self._beat(word, Kind.PACE, PACE_WITHIN_S)

    def _wait_for_movement(self, now: float) -> None:
        if now - self._active_s >= NO_REP_END_S:
            self._leave_it(now)
        elif now - self._active_s >= NO_REP_S and not self._asked_if_there:
            self._asked_if_there = True
            self._voice.tell(script.SOMEONE_THERE)

    def _watch_view(self, m: Moment) -> bool:
        """Return whether form can be judged from here; say once a set when it cannot for a while."""
        moving = m.snapshot.phase is not Phase.REST and m.snapshot.valid
        if not moving:
            advice = self._in_the_way(m)
            if m.snapshot.pose.detected and advice is None:
                self._judged_s = m.now
            elif advice is not None and self._view_lost(m.now) and not self._said_view:
                self._said_view = True
                text = script.OUT_OF_PLACE if advice.need is Need.POSTURE else script.CANNOT_JUDGE
                self._say(text.format(advice=advice.text), Kind.GUIDE, m.now)
        return not self._view_lost(m.now) or moving

    def _in_the_way(self, m: Moment) -> Advice | None:
        """Return what keeps form from being judged, of somebody who is seen."""
        if not m.snapshot.pose.detected:
            return None
        every = findings(m.snapshot, self._programme.wanted(), m.brightness)
        told = (advice for advice in every if advice.need in TOLD_IN_SET)
        return next((one for one in told if one.needed or one.need is Need.SECOND_PERSON), None)

    def _view_lost(self, now: float) -> bool:
        return now - self._judged_s >= VIEW_LOST_S

    # Ending a set

    def _set_record(self) -> SetRecord:
        one, side = self._tally, self._tally.side if self._programme.upper else None
        return SetRecord(
            self._programme.now.index + 1,
            side,
            one.complete,
            one.partial,
            one.ranges,
            self._policy,
            tally.steady(one),
            self.target,
            self._looked,
            self._programme.smaller,
            self._not_counted,
        )

    def _close_set(self) -> None:
        """Put the set away; an empty one leaves no trace."""
        if self._open and self._tally.done:
            self._records.append(self._set_record())
        self._open = False

    def _finish_set(self, now: float, why: str = "") -> None:
        """Put the set away and rest; ``why`` it ended before all was done."""
        record = self._set_record()
        self._close_set()
        done, reason = self._programme.pop(), "done"
        self._acts.append(Sound(Tone.REST))
        self._voice.hush(now)
        lines = [why, *self._set_done_lines(record, early=bool(why))]
        if self._programme.over:
            self._voice.tell(why, "" if why else script.ALL_DONE)
            self._summarise(reason, now)
            return
        if not self._programme.smaller and cue_policy.unanswered(record.policy, self._spoken) is not None:
            self._programme.range_share = EASIER_SHARE
            lines += [script.EASIER_NEXT, script.SMALLER]
        self._voice.tell(*lines)
        if not self._turn_over(done, now):
            rest = script.REST.format(seconds=round(self._rest_s)) if self._rest_s else ""
            meanwhile = WORDS[self.exercise].rest if self._rest_s else ""
            lines += [rest, self._programme.next_view() or meanwhile]
            self._voice.tell(*lines[-2:])
            self._enter(Stage.REST, now)
            self._figures = REST_FIGURES + 1
        self._rest_page = tuple(line for line in lines if line)

    def _set_done_lines(self, record: SetRecord, *, early: bool) -> list[str]:
        """Return how many that were; praise only where form does not speak against it."""
        short = script.SET_DONE_SMALLER if record.smaller else script.SET_DONE_SHORT
        text = short if record.partial else script.SET_DONE
        praise = [] if early or troubles([record], self._spoken) else [script.WELL_DONE]
        return [text.format(count=number(record.complete), short=number(record.partial)), *praise]

    def _leave_set(self, cue: Cue, now: float) -> None:
        """End the set kindly: what was asked for did not come, and more of it does not help."""
        self._cue = (cue, now)
        self._finish_set(now, cue.text)

    def _turn_over(self, done: Planned, now: float) -> bool:
        """Ask for the other side when it comes next; return whether it does."""
        if self._programme.now.turn == done.turn:
            return False
        self._voice.tell(script.OTHER_SIDE, script.TAKE_YOUR_TIME)
        patience_s = script.speech_s(script.OTHER_SIDE) + TURN_PATIENCE_S
        self._get_set_up(now, patience_s)
        self._turning_until_s = now + patience_s
        return True

    def _in_rest(self, m: Moment) -> None:
        left = self._rest_s - (m.now - self._since_s)
        if left <= 0 or m.onward:
            self._voice.tell(self._next_set_text())
            self._get_set_up(m.now)
        elif self._figures > REST_FIGURES and left <= REST_SOON_S:
            self._figures = REST_FIGURES
            self._voice.tell(script.REST_SOON if self._rest_s >= 2 * REST_SOON_S else "")
        elif 0 < self._figures <= REST_FIGURES and left <= self._figures:
            self._beat(script.counted(self._figures), Kind.PACE, PACE_WITHIN_S)
            self._figures -= 1

    def _next_set_text(self) -> str:
        return script.NEXT_SET.format(index=number(self._programme.now.index + 1))

    # Interruptions

    def _pause(self, now: float) -> None:
        self._paused_from = self.stage
        self._rest_left_s = self._rest_s - (now - self._since_s)
        self._voice.hush(now)
        self._enter(Stage.PAUSED, now)
        self._say(script.PAUSED, Kind.STOP, now)
        self._voice.tell(script.PAUSED_HOW)

    def _in_paused(self, m: Moment) -> None:
        if m.yes:
            self._go_on(m.now)
        else:
            self._remind(m.now, script.PAUSED_STILL)

    def _go_on(self, now: float) -> None:
        self._voice.hush(now)
        if self._paused_from is Stage.SET:
            self._say(script.so_far(script.GOING_ON, self._tally.complete), Kind.STOP, now)
            self._resume_set(now)
            return
        self._say(script.GOING_ON, Kind.STOP, now)
        if self._paused_from is Stage.REST:
            self._enter(Stage.REST, now - (self._rest_s - self._rest_left_s))
        else:
            self._get_set_up(now)

    def _remind(self, now: float, text: str) -> None:
        """Say again now and then that it waits; end kindly when nobody answers for long."""
        if now - self._since_s >= WAIT_END_S:
            self._leave_it(now)
        elif now - self._told_s >= WAIT_AGAIN_S:
            self._told_s = now
            self._voice.tell(text)

    def _lose(self, now: float) -> None:
        self._voice.hush(now)
        self._enter(Stage.LOST, now)
        self._acts.append(Sound(Tone.ATTENTION))
        self._say(script.CANNOT_SEE, Kind.GUIDE, now)
        self._seen_s = math.inf

    def _in_lost(self, m: Moment) -> None:
        if not m.snapshot.pose.detected:
            self._seen_s = math.inf
            self._remind(m.now, script.STILL_WAITING)
            return
        self._seen_s = min(self._seen_s, m.now)
        if m.now - self._seen_s >= BACK_S:
            self._say(script.so_far(script.WELCOME_BACK, self._tally.complete), Kind.GUIDE, m.now)
            self._resuming = True
            self._get_set_up(m.now)

    def _stop(self, cue: Cue, now: float) -> None:
        self._voice.hush(now)
        self._close_set()
        self._cue = (cue, now)
        self._acts.append(Sound(Tone.ATTENTION))
        self._say(cue.text, Kind.STOP, now)
        self._voice.tell(script.STOP_AFTER)
        self._enter(Stage.STOPPED, now)

    def _in_stopped(self, m: Moment) -> None:
        if not m.yes:
            self._remind(m.now, script.STOP_WAITING)
            return
        self._voice.hush(m.now)
        done = self._programme.pop()
        if self._programme.over:
            self._summarise("stopped", m.now)
            return
        self._voice.tell(script.GOING_ON)
        if not self._turn_over(done, m.now):
            self._voice.tell(self._next_set_text(), self._programme.next_view())
            self._get_set_up(m.now)

    def _fell(self, now: float) -> None:
        self._voice.hush(now)
        self._acts.append(Sound(Tone.ATTENTION))
        self._say(script.FALLEN, Kind.STOP, now)
        self._enter(Stage.FALLEN, now)

    def _in_fallen(self, m: Moment) -> None:
        if m.yes:
            self._voice.hush(m.now)
            self._voice.tell(script.FALLEN_FINE)
            self._summarise("interrupted", m.now)
        elif m.given(No) or m.now - self._told_s >= FALL_AGAIN_S:
            self._told_s = m.now
            self._voice.tell(script.FALLEN_AGAIN)

    def _leave_it(self, now: float) -> None:
        self._voice.hush(now)
        self._voice.tell(script.LEAVE_IT)
        self._summarise("interrupted", now)

    def _end_early(self, now: float) -> None:
        """End because an arm or a key asks for it."""
        self._voice.hush(now)
        self._close_set()
        if not self._records and self.stage in (*QUESTIONS, Stage.SHOW):
            self._end("stopped")
            return
        self._say(script.ENDING_EARLY, Kind.STOP, now)
        self._voice.tell(script.WAS_IT_PAIN)
        self._enter(Stage.ASK_PAIN, now)

    def _in_ask_pain(self, m: Moment) -> None:
        if m.yes and not self._voice.waiting:  # an answer from before the question is none
            self._voice.hush(m.now)
            self._voice.tell(script.IT_WAS_PAIN)
            self._summarise("pain", m.now)
        elif m.given(Skip, No) or m.now - self._since_s > ASK_PAIN_S + script.speech_s(script.WAS_IT_PAIN):
            self._summarise("stopped", m.now)

    # After

    def _summarise(self, reason: str, now: float) -> None:
        self._close_set()
        self._reason = reason
        self._enter(Stage.SUMMARY, now)
        lines = summary_lines(self._records, reason, self._spoken, self.exercise, self._slow_hz)
        self._summary = tuple(lines)
        self._voice.tell(*lines)

    def _in_summary(self, m: Moment) -> None:
        if m.onward:
            self._voice.hush(m.now)
        if self._voice.quiet(m.now):
            self._enter(Stage.GET_UP, m.now)
            self._voice.tell(*WORDS[self.exercise].get_up)

    def _in_get_up(self, m: Moment) -> None:
        if m.onward:
            self._voice.hush(m.now)
        if not self._voice.quiet(m.now):
            return
        if self._asks:
            self._enter(Stage.PAIN_AFTER, m.now)
            self._ask(script.PAIN_AFTER, script.PAIN_AFTER_KEYS)
        else:
            self._say_goodbye(m.now)

    def _in_pain_after(self, m: Moment) -> None:
        self._pointing(m, LEVELS)
        left_out = m.given(Skip) or self._unanswered(m, script.PAIN_AGAIN)
        if m.pain is not None:
            self._pain_after = m.pain
        elif not left_out and m.now - self._told_s <= PAIN_AFTER_WAIT_S:
            self._ask_pain_again(m.now)
            return
        self._voice.hush(m.now)
        if self._reason == "stopped":
            self._enter(Stage.REASON, m.now)
            self._ask(script.REASON, script.numbered(tuple(script.REASONS.values())), script.CHOICE_KEYS)
        else:
            self._say_goodbye(m.now)

    def _ask_pain_again(self, now: float) -> None:
        """Repeat the question once: getting up takes a while."""
        if not self._asked_again and now - self._told_s >= PAIN_WAIT_S:
            self._asked_again = True
            self._voice.tell(script.PAIN_AFTER)

    def _in_reason(self, m: Moment) -> None:
        self._pointing(m, tuple(script.REASONS.values()))
        again = script.CHOICE_AGAIN.format(last=number(len(script.REASONS)))
        if m.choice in script.REASONS:
            self._reason = str(m.choice)
        elif not (m.given(Skip) or self._unanswered(m, again)) and m.now - self._told_s <= PAIN_WAIT_S:
            return
        self._voice.hush(m.now)
        self._say_goodbye(m.now)

    def _say_goodbye(self, now: float) -> None:
        """Say what to do next time, now that the pain is known, and goodbye."""
        pain = (self._pain_before, self._pain_after)
        after = next_time(self._records, self._reason, self._spoken, pain, smaller=self._programme.smaller)
        self._summary = (*self._summary, *after)
        bye = script.GOODBYE_DONE if self._reason == "done" and self._well_done() else script.GOODBYE
        for text in (*self._voice.rest(), *after, bye):
            self._say(text, Kind.GUIDE, now)
        self._end(self._reason)

    def _well_done(self) -> bool:
        """Whether something was done, form does not speak against it, and it does not hurt much."""
        troubled = troubles(self._records, self._spoken)
        return bool(self._records) and not troubled and (self._pain_after or 0) < PAIN_HIGH

    def _end(self, reason: str) -> None:
        self._close_set()
        self._reason = reason
        self._enter(Stage.ENDED, self._last_s)
        self._acts.append(Ended(reason))

    # The screen

    def _show(self, m: Moment) -> None:
        self._read_along(m.now)
        screen = self._screen_now(m)
        if screen != self._screen:
            self._screen = screen
            self._acts.append(screen)

    def _screen_now(self, m: Moment) -> Screen:
        in_set, counting = self.stage is Stage.SET, self.stage in COUNTING and self._open
        cue = self._cue[0] if self._cue and m.now - self._cue[1] < CUE_SHOWN_S else None
        plan, want = self._programme.plan, self._programme.wanted()
        shown = self._demonstrates(m.now)
        return Screen(
            headline="" if in_set else self._headline(m.now),
            count=self._tally.complete if counting else None,
            target=self.target if counting else None,
            phase=PHASE_WORDS[m.snapshot.phase] if in_set else "",
            cue=cue.text if cue else "",
            severity=cue.severity.value if cue and cue.code != "better" else "",
            reached=tally.reached(self.exercise, plan, self._tally, m.snapshot) if in_set else None,
            limited=self._limited if in_set else "",
            paused=self.stage in (Stage.PAUSED, Stage.LOST, Stage.STOPPED),
            demonstration=self.exercise if shown else "",
            demonstration_mirrored=shown and Side.RIGHT in (want.near, want.top),
            stage=self.stage.value,
            caption=self._caption[0],
            beat=self._beat_shown[0],
            instructions=self._instructions(),
            question=self._question(),
            summary=self._summary,
            smaller=self._programme.smaller,
        )

    def _read_along(self, now: float) -> None:
        """Keep what is said as text, for as long as it takes to read."""
        said = [act for act in self._acts if isinstance(act, Say)]
        words = [act.text for act in said if act.kind not in (Kind.COUNT, Kind.PACE)]
        beats = [act.text for act in said if act.kind in (Kind.COUNT, Kind.PACE)]
        if words:
            text = " ".join(words)
            self._caption = (text, now + script.speech_s(text) + CAPTION_S)
        elif now > self._caption[1]:
            self._caption = ("", now)
        if beats:
            self._beat_shown = (beats[-1], now + BEAT_SHOWN_S)
        elif now > self._beat_shown[1]:
            self._beat_shown = ("", now)

    def _instructions(self) -> tuple[str, ...]:
        """Return all that must be read in this stage, a sentence each."""
        words, programme = WORDS[self.exercise], self._programme
        lines: tuple[str, ...] = ()
        match self.stage:
            case Stage.TEXT:
                lines = (*script.DISCLAIMER, *script.BEFORE_YOU_START)
            case Stage.SHOW:
                smaller = script.SMALLER if programme.smaller else ""
                lines = (words.title, words.how, programme.dose_text(), smaller, words.place)
                lines += (programme.facing(), words.way_down, programme.arm_text(), script.STOP_IF)
            case Stage.SETUP:
                lines = (programme.facing(), self._advice.text)
            case Stage.REST:
                lines = self._rest_page
            case Stage.PAUSED:
                lines = (script.PAUSED, script.PAUSED_HOW)
            case Stage.LOST:
                lines = (script.CANNOT_SEE,)
            case Stage.STOPPED:
                lines = (self._cue[0].text if self._cue else "", script.STOP_AFTER)
            case Stage.FALLEN:
                lines = (script.FALLEN, script.FALLEN_AGAIN)
            case Stage.GET_UP:
                lines = words.get_up
        return tuple(line for line in lines if line)

    def _question(self) -> Question | None:
        """Return what is asked now."""
        march = self.stage is Stage.SETUP and self._march_offered
        row = ASKED.get("march" if march else self.stage.value)
        return None if row is None else replace(row, pointed=self._pointed)

    def _demonstrates(self, now: float) -> bool:
        """Whether it is shown how: while that is told, and while the person turns over."""
        turning = self.stage is Stage.SETUP and now < self._turning_until_s
        return turning or (self._introduce and self.stage is Stage.SHOW)

    def _headline(self, now: float) -> str:
        if self.stage is Stage.SETUP and self._advice.text:
            return self._advice.text
        key = "pain" if self.stage is Stage.PAIN_AFTER else self.stage.value
        question = self._question()
        names = [one.text for one in question.answers] if question is not None else []
        choice = names[self._pointed] if self._pointed is not None and self._pointed < len(names) else ""
        title = "" if question is None else question.text
        return script.HEADLINES[key].format(
            pain=f"{choice} of 10" if choice else "0 to 10?",
            choice=choice or title,
            title=WORDS[self.exercise].title.rstrip("."),
            seconds=max(0, math.ceil(self._rest_s - (now - self._since_s))),
        )
