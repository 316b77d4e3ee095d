"""``formcheck live``: opens camera, voice, window and recorder, runs one session, tells what was done."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from formcheck.errors import FormcheckError, OutputError, UsageError
from formcheck.live.recorder import Recorder
from formcheck.live.session import Outcome, Session, Setup
from formcheck.live.speech import Speech, Voice
from formcheck.live.window import Window
from formcheck.pose.blazepose import BlazePoseEstimator, software
from formcheck.pose.models import load_model
from formcheck.review import Options, wanted_posture
from formcheck.video.cameras import Capture, has_display, keep_awake, open_camera

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Around:
    """What is around a session.

    Attributes
    ----------
    camera : str
        Number, path or URL.
    model : str
    headless, mute : bool
    record : Path | None
        Folder to keep the session in.
    """

    camera: str = "0"
    model: str = "full"
    headless: bool = False
    mute: bool = False
    record: Path | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A session that is over.

    Attributes
    ----------
    outcome : Outcome
    problem : FormcheckError | None
        Why its recording is not complete, to be told when everything else is done.
    """

    outcome: Outcome
    problem: FormcheckError | None = None


def run(setup: Setup, around: Around, tell: Tell) -> Done:
    """Run a session.

    Raises
    ------
    UsageError
        There is no display and nothing was said of it.
    InputError
        The camera cannot be opened.
    KeyboardInterrupt
        Ctrl-C before the session began; later it ends the session, and nothing is raised.
    """
    if not around.headless and not has_display():
        raise UsageError("there is no screen for a window; add --headless to go on with sound alone")
    bundle = load_model(around.model)
    camera = open_camera(around.camera)
    outcome, problem = None, None
    try:
        with ExitStack() as stack:
            stack.enter_context(keep_awake())
            voice = Voice(rate=setup.voice.rate, volume=setup.voice.volume)
            speech = stack.enter_context(Speech(voice, mute=around.mute))
            estimator = stack.enter_context(BlazePoseEstimator(bundle, wanted_posture(setup.exercise)))
            window = None if around.headless else stack.enter_context(Window())
            recorder = _recorder(setup, around, stack)
            # A recording that nobody exercises along with gives what ``review`` gives, on any machine.
            whole = camera.recording is not None and not setup.coaching
            capture = stack.enter_context(Capture(camera.source, every_frame=whole))
            tell(f"Camera: {camera.name}, {camera.width} x {camera.height}. Ctrl-C ends the session.")
            session = Session(setup, estimator, speech, window=window, recorder=recorder, tell=tell)
            outcome = session.run(capture)
            problem = None if recorder is None else _close(recorder, tell)
    except KeyboardInterrupt:
        if outcome is None:
            raise
    source = replace(outcome.summary.source, path=camera.name)
    return Done(replace(outcome, summary=replace(outcome.summary, source=source)), problem)


def _close(recorder: Recorder, tell: Tell) -> FormcheckError | None:
    """Make the recording the folder of a review; return why it is none, or not whole."""
    folder = recorder.folder
    tell(f"Writing {folder} ...")
    try:
        kept = recorder.close()
    except FormcheckError as error:
        return error
    except KeyboardInterrupt:
        tell(f"{folder} is not finished yet; this does it: formcheck review {folder}")
        return None
    if recorder.problem is not None:
        return OutputError(f"not all of the session was recorded: {recorder.problem}")
    tell(f"Recorded in {folder}." if kept is not None else "Too short to be recorded.")
    return None


def _recorder(setup: Setup, around: Around, stack: ExitStack) -> Recorder | None:
    if around.record is None:
        return None
    options = Options(setup.exercise, setup.side, setup.affected_side, setup.profile)
    return stack.enter_context(Recorder(around.record, software(load_model(around.model)), options))
