"""One live session: the camera's newest picture through the same engine as review, and the coach's acts out.

The loop runs in the main thread, as the window needs.  The camera and the pose model have a thread each, the
voice lives in a process of its own; nothing here waits for a voice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from formcheck.analyser import Analyser
from formcheck.frame import Frame
from formcheck.live import script
from formcheck.live.acts import Act, Ended, Kind, Say, Screen, Sound, Tune
from formcheck.live.coach import Coach
from formcheck.live.demonstration import Showing
from formcheck.live.inputs import Keyboard, Stop
from formcheck.live.looking import Looking
from formcheck.live.prepared import at_any_moment
from formcheck.live.speech import Said, Speech, Voice
from formcheck.live.summary import SessionRecord
from formcheck.live.tuning import USUAL
from formcheck.plan import Course
from formcheck.pose.sighting import Estimator, Sighting
from formcheck.profile import STANDARD, Profile
from formcheck.results import Event, Snapshot, Summary
from formcheck.video.cameras import Capture, Captured, State

WAIT_S = 0.1
"""The loop looks at keys and at the camera at least this often."""
SPEECH_LINGER_S = 15.0
"""What is still being said at the end may go on this long."""


class Window(Protocol):
    """Where the picture is shown."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) to draw for."""
        ...

    def show(self, picture: NDArray[np.uint8]) -> list[str]:
        """Show a picture; return the keys pressed since the last one, as words."""
        ...


class Recorder(Protocol):
    """Where a session is kept while it runs."""

    def add(self, frame: Frame, sighting: Sighting) -> None:
        """Keep what was analysed."""
        ...

    def event(self, event: Event) -> None:
        """Keep what happened."""
        ...

    def course(self, course: Course) -> None:
        """Keep how the session goes, whenever that changes."""
        ...


@dataclass(frozen=True, slots=True)
class Setup:
    """What a session is about.

    Attributes
    ----------
    exercise : str
    profile : Profile
    side, affected_side : str | None
        None as the profile says.
    sets, reps : int | None
        None as the profile says; ``reps`` 0 = no limit.
    coaching : bool
        False: counts and judges from the first frame, as ``review`` does.
    questions : bool
        Sound check, pain, reason for stopping; not without a window, which takes the keys to answer by.
    first_use : bool
        "Before you start" is read out.
    rest_s : float | None
        Between two sets; None as the profile says.
    voice : Tune
        How loud and fast the voice is at the beginning; the sound check may change it.
    """

    exercise: str
    profile: Profile = STANDARD
    side: str | None = None
    affected_side: str | None = None
    sets: int | None = None
    reps: int | None = None
    coaching: bool = True
    questions: bool = True
    first_use: bool = False
    rest_s: float | None = None
    voice: Tune = USUAL


@dataclass(slots=True)
class Timing:
    """How the pipeline kept up.

    ``latency_s``: from the grab of a picture to its overlay on the screen (without a window to the end of
    its analysis).
    """

    delivered: int = 0
    analysed: int = 0
    dropped: int = 0
    latency_s: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a session yields."""

    summary: Summary
    record: SessionRecord
    events: tuple[Event, ...]
    timing: Timing


class Session:
    """Runs one session.

    Parameters
    ----------
    setup : Setup
    estimator : Estimator
        Fresh.
    speech : Speech
    window : Window | None
        None = no display (``--headless``).
    recorder : Recorder | None
    tell : Callable[[str], None]
        Takes what the terminal should tell: no voice here, a voice that stopped.
    """

    def __init__(
        self,
        setup: Setup,
        estimator: Estimator,
        speech: Speech,
        *,
        window: Window | None = None,
        recorder: Recorder | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._setup, self._estimator, self._speech = setup, estimator, speech
        self._window, self._recorder, self._tell = window, recorder, tell
        self._coach = Coach(
            setup.exercise,
            setup.profile,
            setup.sets,
            setup.reps,
            setup.side,
            affected_side=setup.affected_side,
            coaching=setup.coaching,
            questions=setup.questions and setup.coaching and window is not None,
            first_use=setup.first_use,
            rest_s=setup.rest_s,
            voice=setup.voice,
        )
        self._exercise = setup.exercise
        self._analyser = Analyser(
            setup.exercise,
            side=setup.side,
            affected_side=setup.affected_side or setup.profile.affected_side,
            profile=setup.profile,
            counting=() if setup.coaching else None,
        )
        self._course: Course | None = None
        self._last_s = 0.0
        self._events: list[Event] = []
        self._keys: list[str] = []
        self._keyboard = Keyboard()
        self._screen, self._showing = Screen(), Showing()
        self._clock_offset_s = 0.0
        self._picture: NDArray[np.uint8] | None = None
        self._gone = self._over = False
        self.timing = Timing()

    def run(self, capture: Capture) -> Outcome:
        """Run until the coach, the keys or the camera end it; Ctrl-C ends it kindly."""
        self._speech.prepare(at_any_moment(self._setup.exercise))
        try:
            with Looking(capture, self._estimator) as looking:
                while not self._over and not looking.over:
                    self._turn(capture, looking)
        except KeyboardInterrupt:
            self._speech.stop_all()
        self._carry_out(self._coach.close())
        self._follow_course(self._last_s)
        self._finish_speaking()
        self.timing.delivered, self.timing.dropped = capture.delivered, capture.dropped
        summary = self._analyser.finish()
        self._events += self._analyser.closing_events
        return Outcome(summary, self._coach.record, tuple(self._events), self.timing)

    def _turn(self, capture: Capture, looking: Looking) -> None:
        looked = looking.next(WAIT_S)
        self._watch_camera(capture.state)
        for notice in self._speech.notices():
            self._tell(notice)
        if looked is not None:
            self._take(looked.captured, looked.sighting)
        elif self._window is not None:
            self._wait_at(self._window)

    def _wait_at(self, window: Window) -> None:
        """Keep the window alive while no picture comes, and let it be closed."""
        if self._gone:
            screen = replace(self._screen, headline=script.CAMERA_STOPPED, cue="", reached=None)
            self._picture = _composed(None, None, screen, window.size)
        if self._picture is not None:
            self._keys += window.show(self._picture)
        self._over = self._over or (self._gone and Stop() in Keyboard().inputs(self._keys, None))

    def _watch_camera(self, state: State) -> None:
        """Say once that the camera is away; that it is back the coach says."""
        gone = state in (State.STUCK, State.LOST)
        if gone and not self._gone and self._setup.coaching:
            self._speech.say(Say(script.CAMERA_STOPPED, Kind.GUIDE))
        self._gone = gone

    def _take(self, captured: Captured, sighting: Sighting) -> None:
        frame = captured.frame
        self._clock_offset_s = captured.grabbed_s - frame.time_s
        self._last_s = frame.time_s
        snapshot = self._analyser.step(sighting.pose)
        keys, self._keys = self._keys, []
        acts = self._coach.step(
            snapshot,
            brightness=255.0 * captured.brightness,
            inputs=self._keyboard.inputs(keys, self._screen.question),
            speaking=self._speech.busy,
        )
        self._carry_out(acts)
        events = [*snapshot.events, *self._heard()]
        self._events += events
        if self._window is not None:
            self._keys += self._shown(self._window, frame.image, snapshot)
        self.timing.analysed += 1
        self.timing.latency_s.append(time.perf_counter() - captured.grabbed_s)
        if self._recorder is not None:
            self._recorder.add(frame, sighting)
            for event in events:
                self._recorder.event(event)
        self._follow_course(frame.time_s)

    def _shown(self, window: Window, image: NDArray[np.uint8], snapshot: Snapshot) -> list[str]:
        shown = self._showing.picture(self._screen, snapshot.time_s)
        if shown is not None:
            self._picture = _composed(shown, None, self._screen, window.size, mirror=False)
        else:
            self._picture = _composed(image, snapshot, self._screen, window.size)
        return window.show(self._picture)

    def _carry_out(self, acts: Sequence[Act]) -> None:
        for act in acts:
            match act:
                case Say():
                    self._speech.say(act)
                case Sound():
                    self._speech.play(act)
                case Screen():
                    self._screen = act
                case Tune():
                    self._speech.stop_all()
                    self._speech.change(Voice(rate=act.rate, volume=act.volume))
                case Ended():
                    self._over = True

    def _heard(self) -> list[Event]:
        """Return what began to sound since the last look, at the session's time."""
        return [self._said_event(said) for said in self._speech.poll()]

    def _said_event(self, said: Said) -> Event:
        time_s = max(0.0, said.started_s - self._clock_offset_s)
        return Event(time_s, "said", (("text", said.text), ("kind", said.kind.value)))

    def _finish_speaking(self) -> None:
        """Let the last words be said."""
        until_s = time.perf_counter() + SPEECH_LINGER_S
        try:
            while self._speech.busy and time.perf_counter() < until_s:
                time.sleep(WAIT_S / 2)
        except KeyboardInterrupt:
            self._speech.stop_all()
        self._events += self._heard()

    def _follow_course(self, time_s: float) -> None:
        """Count what the coach counts, from the next picture on; and let the recording know."""
        if not self._setup.coaching:
            return
        if self._coach.exercise != self._exercise:
            self._exercise = self._coach.exercise
            self._analyser.take_up(self._exercise, time_s)
            self._speech.prepare(at_any_moment(self._exercise))
        course = Course(self._analyser.plan, self._coach.counting)
        if course != self._course:
            self._course = course
            self._analyser.counting = course.counting
            if self._recorder is not None:
                self._recorder.course(course)


def _composed(
    image: NDArray[np.uint8] | None,
    snapshot: Snapshot | None,
    screen: Screen,
    size: tuple[int, int],
    *,
    mirror: bool = True,
) -> NDArray[np.uint8]:
    from formcheck.live.window import compose  # noqa: PLC0415 - fonts and drawing: only with a window

    return compose(image, snapshot, screen, size, mirror=mirror)
