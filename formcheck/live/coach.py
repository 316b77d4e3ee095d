"""The coach: what is said, sounded and shown, from setting up the laptop to getting up again.

A state machine without camera, voice, window or clock: `Coach.step` takes the snapshot after each frame and
the keys pressed since the last one, and returns what to do (`formcheck.live.acts`).  Time is the
snapshot's.  The numbers stand in the tables below, the sentences in `formcheck.live.script`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from formcheck.kinematics import body_of
from formcheck.live import cue_policy, gestures, pacing, script, tally, tuning
from formcheck.live.acts import Act, Ended, Kind, Say, Screen, Sound, Tone, Tune
from formcheck.live.cue_policy import Cue, PolicyState
from formcheck.live.gestures import ArmState, FallState, Gesture, Stillness
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
from formcheck.live.summary import SessionRecord, SetRecord, summary_lines
from formcheck.live.tally import Tally
from formcheck.plan import Stretch
from formcheck.pose.skeleton import Side
from formcheck.profile import STANDARD, Profile
from formcheck.report.words import PHASE_WORDS
from formcheck.results import Event, Phase, Posture, Severity, Snapshot, ViewLabel

REST_SOON_S = 10.0
COUNT_WITHIN_S = 0.7
"""A count that cannot start so soon is dropped (issue 4)."""
LONG_COUNT = 17
"""From here on numbers take longer to say than a cue may wait (0.5 s)."""
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
"""Share of the repetitions left: 30 to 50 % less (clinical 3.7)."""
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


@dataclass(frozen=True, slots=True)
class Moment:
    """What one step is given."""

    now: float
    snapshot: Snapshot
    brightness: float | None
    keys: tuple[str, ...]
    gesture: Gesture | None

    def pressed(self, *names: str) -> bool:
        """Whether one of these keys was pressed."""
        return any(key in names for key in self.keys)

    @property
    def yes(self) -> bool:
        """An arm or a key says: go on."""
        return self.gesture is Gesture.PAUSE or self.pressed("enter", "pause")

    @property
    def onward(self) -> bool:
        """A key says: enough of this."""
        return self.pressed("enter", "skip")

    @property
    def starts(self) -> bool:
        """A key says: start anyway."""
        return self.pressed("start") or self.onward


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
        During ``sound`` the arrow keys are for the voice: up and down louder and quieter, left and right
        slower and faster.
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
        self._answer, self._asked_again = 0, False
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
        return SessionRecord(self.exercise, sets, *pain, self._reason, self._tune)

    def step(
        self,
        snapshot: Snapshot,
        *,
        brightness: float | None = None,
        keys: Sequence[str] = (),
        speaking: bool | None = None,
    ) -> list[Act]:
        """Take in what is known after one frame; return what to do.

        Parameters
        ----------
        snapshot : Snapshot
            Times strictly increasing.
        brightness : float | None
            Mean of the picture, 0 to 255; None = not measured.
        keys : Sequence[str]
            Since the last step: ``up``, ``down``, ``left``, ``right``, ``enter``, ``skip``, ``pause``,
            ``end``, ``start`` (start anyway, while getting into place), or a figure.
        speaking : bool | None
            Whether the voice is busy; None = estimated from the length of what was said.
        """
        self._acts = []
        self._voice.speaking = speaking
        if math.isnan(self._last_s):
            self._arrive(snapshot.time_s)
        moment = self._moment(snapshot, brightness, tuple(keys))
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

    def _moment(self, snapshot: Snapshot, brightness: float | None, keys: tuple[str, ...]) -> Moment:
        now = snapshot.time_s
        self._still = gestures.follow_stillness(self._still, snapshot)
        self._arm, gesture = gestures.follow_arm(self._arm, now, gestures.arm_raised(snapshot))
        return Moment(now, snapshot, brightness, keys, gesture)

    def _run(self, m: Moment) -> None:
        self._fall, fallen = gestures.follow_fall(self._fall, m.snapshot, self._still.for_s(m.now))
        if self.stage is Stage.ENDED:
            return
        # First of all: what has ended counts, even if this very moment pauses or ends the set.
        cue, counted = self._take_in(m) if self.stage is Stage.SET else (None, False)
        if fallen and self.stage not in (*QUESTIONS, *LATE, Stage.FALLEN):
            self._fell(m.now)
        elif self.stage not in LATE and (m.gesture is Gesture.END or m.pressed("end")):
            self._end_early(m.now)
        elif self._pauses(m):
            self._pause(m.now)
        elif self.stage is Stage.SET:
            self._in_set(m, cue, counted)
        else:
            getattr(self, f"_in_{self.stage.value}")(m)

    def _pauses(self, m: Moment) -> bool:
        wish = m.gesture is Gesture.PAUSE or m.pressed("pause")
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
        if m.pressed("end") and self.stage is not Stage.ENDED:
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
            self._ask(script.PAIN_BEFORE)

    def _ask(self, text: str) -> None:
        self._answer = 0
        self._voice.tell(text)

    def _in_sound(self, m: Moment) -> None:
        voice = tuning.tuned(self._tune, m.keys)
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

    def _answered(self, m: Moment, highest: int, upward: int) -> bool:
        """Move the answer by the arrow keys or a figure; return whether there was one."""
        touched = False
        for key in m.keys:
            if key in ("up", "down"):
                self._answer += upward if key == "up" else -upward
            elif key.isdecimal():
                self._answer = int(key)
            else:
                continue
            touched, self._told_s = True, m.now
            self._answer = max(0, min(highest, self._answer))
        return touched

    def _say_number(self, now: float) -> None:
        """Say the number chosen; it cuts the question short."""
        text = script.counted(self._answer) if self._answer else "Zero."
        if self._voice.quiet(now):
            self._beat(text, Kind.COUNT, COUNT_WITHIN_S)
        else:
            self._voice.hush(now)
            self._say(text, Kind.STOP, now)

    def _say_choice(self, text: str, now: float) -> None:
        self._voice.hush(now)
        self._say(text, Kind.STOP, now)

    def _in_pain(self, m: Moment) -> None:
        if self._answered(m, 10, 1):
            self._say_number(m.now)
        if m.pressed("enter"):
            self._pain_before = self._answer
            self._after_pain(self._answer, m.now)
        elif m.pressed("skip") or m.now - self._told_s > PAIN_WAIT_S:
            self._next_question(m.now)
            self._voice.tell_first(script.PAIN_SKIPPED)

    def _after_pain(self, pain: int, now: float) -> None:
        if pain >= PAIN_HIGH:
            self._voice.hush(now)
            self._enter(Stage.CHOICE, now)
            self._ask(script.PAIN_HIGH)
            self._voice.tell(script.CHOICES[0])
        elif pain >= PAIN_GENTLE:
            self._go_gently(LESS_REPS[PAIN_GENTLE], now)
        else:
            self._next_question(now)
            self._voice.tell_first(script.PAIN_NOTED)

    def _go_gently(self, share: float, now: float) -> None:
        self._programme.share = share
        self._next_question(now)
        if self._programme.reps:
            self._voice.tell_first(script.PAIN_GENTLE.format(reps=number(self._programme.a_set)))

    def _in_choice(self, m: Moment) -> None:
        if self._answered(m, len(script.CHOICES) - 1, -1):
            self._say_choice(script.CHOICES[self._answer], m.now)
        leave = m.pressed("skip") or m.now - self._told_s > WAIT_AGAIN_S
        if leave or (m.pressed("enter") and self._answer == len(script.CHOICES) - 1):
            self._say_choice(script.LEFT_FOR_TODAY, m.now)
            self._end("pain")
        elif m.pressed("enter"):
            if self._answer == 1:
                self._take_up("seated_march")
            self._go_gently(LESS_REPS[PAIN_HIGH], m.now)

    def _take_up(self, exercise: str) -> None:
        """Do another exercise instead."""
        share = self._programme.share
        self._programme = Programme(exercise, self._profile, self._dose, self._affected, share)
        self._spoken = cue_policy.spoken_codes(self._programme.plan, self._more_spoken)

    # Showing how

    def _show_how(self, now: float) -> None:
        self._enter(Stage.SHOW, now)
        words, voice = WORDS[self.exercise], self._voice
        if self._introduce:
            voice.tell(words.title, words.how, self._programme.dose_text(), words.place)
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
        if self._march_offered and m.yes and not m.pressed("start"):
            self._do_the_march(m.now)
        elif step.ready or step.begun_s is not None or m.starts:
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
        self._voice.hush(m.now)
        if begun_s is None:
            self._say(script.READY_AGAIN if self._resuming else script.READY, Kind.GUIDE, m.now)
        else:
            done = (self._tally.complete if self._resuming else 0) + 2
            self._say(script.BEGUN.format(count=number(done)), Kind.COUNT, m.now, BEGUN_WITHIN_S)
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

    # The set

    def _start_set(self, now: float, begun_s: float | None = None) -> None:
        self._tally, self._policy = tally.seen(self._tally), PolicyState()
        self._said_tired = self._said_view = False
        self._open, self._set = True, self._set + 1
        self._resume_set(now, begun_s)

    def _resume_set(self, now: float, begun_s: float | None = None) -> None:
        """Go on with the set: nothing counts that began before, or before ``begun_s``."""
        since_s = now if begun_s is None else begun_s
        self._tally = replace(self._tally, since_s=since_s)
        self.counting = (
            *self.counting,
            Stretch(self._set, since_s, opened_s=None if begun_s is None else now),
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
        return cue, any(counted)

    def _in_set(self, m: Moment, cue: Cue | None, counted: bool) -> None:
        if cue is not None and cue.severity is Severity.STOP:
            self._stop(cue, m.now)
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
        self._policy, cue = cue_policy.consider(
            self._policy, m.now, ours, self._spoken, judging=judging, view=m.snapshot.view.label
        )
        return cue

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
        if self.target is not None and done >= self.target:
            self._finish_set(now)
        elif cue is not None:
            self._make_way()
            self._say_cue(cue, now)
        elif not self._said_tired and tally.tired(self._tally):
            self._said_tired = True
            self._say(script.TIRED.format(count=number(self._tally.complete)), Kind.CUE, now, CUE_WITHIN_S)
        elif pacing.after(done):
            self._say(pacing.after(done), Kind.GUIDE, now, CUE_WITHIN_S)

    def _make_way(self) -> None:
        """Leave out the tone of a repetition whose number is followed by a cue, or a number that takes long.

        The cue has to be heard soon; one of both is enough to know that it counted.
        """
        said = [act for act in self._acts if isinstance(act, Say) and act.kind is Kind.COUNT]
        tone: list[Act] = [Sound(Tone.REP)] if said else []
        without = said if self._tally.complete >= LONG_COUNT else tone
        self._acts = [act for act in self._acts if act not in without]

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
        )

    def _close_set(self) -> None:
        """Put the set away; an empty one leaves no trace."""
        if self._open and self._tally.done:
            self._records.append(self._set_record())
        self._open = False

    def _finish_set(self, now: float) -> None:
        self._close_set()
        done, one = self._programme.pop(), self._tally
        self._acts.append(Sound(Tone.REST))
        self._voice.hush(now)
        if self._programme.over:
            self._voice.tell(script.ALL_DONE)
            self._summarise("done", now)
            return
        text = script.SET_DONE_SHORT if one.partial else script.SET_DONE
        self._voice.tell(text.format(count=number(one.complete), short=number(one.partial)))
        if not self._turn_over(done, now):
            rest = script.REST.format(seconds=round(self._rest_s)) if self._rest_s else ""
            meanwhile = WORDS[self.exercise].rest if self._rest_s else ""
            self._voice.tell(rest, self._programme.next_view() or meanwhile)
            self._enter(Stage.REST, now)
            self._figures = REST_FIGURES + 1

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
        elif m.now - self._told_s >= FALL_AGAIN_S:
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
        elif m.pressed("skip") or m.now - self._since_s > ASK_PAIN_S + script.speech_s(script.WAS_IT_PAIN):
            self._summarise("stopped", m.now)

    # After

    def _summarise(self, reason: str, now: float) -> None:
        self._close_set()
        self._reason = reason
        self._enter(Stage.SUMMARY, now)
        self._voice.tell(*summary_lines(self._records, reason, self._spoken))

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
            self._ask(script.PAIN_AFTER)
        else:
            self._say_goodbye(m.now)

    def _in_pain_after(self, m: Moment) -> None:
        if self._answered(m, 10, 1):
            self._say_number(m.now)
        if m.pressed("enter"):
            self._pain_after = self._answer
            self._voice.tell(script.AFTER_HIGH if self._answer >= PAIN_HIGH else script.AFTER_OK)
        elif not m.pressed("skip") and m.now - self._told_s <= PAIN_AFTER_WAIT_S:
            self._ask_pain_again(m.now)
            return
        if self._reason == "stopped":
            self._enter(Stage.REASON, m.now)
            self._ask(script.REASON)
            self._voice.tell(next(iter(script.REASONS.values())))
        else:
            self._say_goodbye(m.now)

    def _ask_pain_again(self, now: float) -> None:
        """Repeat the question once: getting up takes a while."""
        if not self._asked_again and now - self._told_s >= PAIN_WAIT_S:
            self._asked_again = True
            self._voice.tell(script.PAIN_AFTER)

    def _in_reason(self, m: Moment) -> None:
        names = tuple(script.REASONS)
        if self._answered(m, len(names) - 1, -1):
            self._say_choice(script.REASONS[names[self._answer]], m.now)
        if m.pressed("enter"):
            self._reason = names[self._answer]
        elif not m.pressed("skip") and m.now - self._told_s <= PAIN_WAIT_S:
            return
        self._say_goodbye(m.now)

    def _say_goodbye(self, now: float) -> None:
        for text in (*self._voice.rest(), script.GOODBYE):
            self._say(text, Kind.GUIDE, now)
        self._end(self._reason)

    def _end(self, reason: str) -> None:
        self._close_set()
        self._reason = reason
        self._enter(Stage.ENDED, self._last_s)
        self._acts.append(Ended(reason))

    # The screen

    def _show(self, m: Moment) -> None:
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
        )

    def _demonstrates(self, now: float) -> bool:
        """Whether it is shown how: while that is told, and while the person turns over."""
        turning = self.stage is Stage.SETUP and now < self._turning_until_s
        return turning or (self._introduce and self.stage is Stage.SHOW)

    def _headline(self, now: float) -> str:
        if self.stage is Stage.SETUP and self._advice.text:
            return self._advice.text
        key = "pain" if self.stage is Stage.PAIN_AFTER else self.stage.value
        choices = script.CHOICES if self.stage is Stage.CHOICE else tuple(script.REASONS.values())
        return script.HEADLINES[key].format(
            pain=self._answer,
            choice=choices[min(self._answer, len(choices) - 1)],
            title=WORDS[self.exercise].title.rstrip("."),
            seconds=max(0, math.ceil(self._rest_s - (now - self._since_s))),
        )
