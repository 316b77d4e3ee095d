"""``formcheck live``: opens camera, voice, window and recorder, runs one session, tells what was done."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from formcheck.errors import UsageError
from formcheck.live.recorder import Recorder
from formcheck.live.session import Outcome, Session, Setup
from formcheck.live.speech import Speech
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
    every_frame : bool
        Drop no picture of a recording played as a camera; it may then be slower than its own pace.
    """

    camera: str = "0"
    model: str = "full"
    headless: bool = False
    mute: bool = False
    record: Path | None = None
    every_frame: bool = False


def run(setup: Setup, around: Around, tell: Tell) -> Outcome:
    """Run a session.

    Raises
    ------
    UsageError
        There is no display and nothing was said of it.
    InputError
        The camera cannot be opened.
    """
    if not around.headless and not has_display():
        raise UsageError("there is no screen for a window; add --headless to go on with sound alone")
    bundle = load_model(around.model)
    camera = open_camera(around.camera)
    with ExitStack() as stack:
        stack.enter_context(keep_awake())
        speech = stack.enter_context(Speech(mute=around.mute))
        estimator = stack.enter_context(BlazePoseEstimator(bundle, wanted_posture(setup.exercise)))
        window = None if around.headless else stack.enter_context(Window())
        recorder = _recorder(setup, around, stack)
        capture = stack.enter_context(Capture(camera.source, every_frame=around.every_frame))
        tell(f"Camera: {camera.name}, {camera.width} x {camera.height}. Ctrl-C ends the session.")
        outcome = Session(setup, estimator, speech, window=window, recorder=recorder).run(capture)
        for notice in speech.notices():
            tell(notice)
        if recorder is not None and recorder.close() is not None:
            tell(f"Recorded in {around.record}.")
    source = replace(outcome.summary.source, path=camera.name)
    return replace(outcome, summary=replace(outcome.summary, source=source))


def _recorder(setup: Setup, around: Around, stack: ExitStack) -> Recorder | None:
    if around.record is None:
        return None
    options = Options(setup.exercise, setup.side, setup.affected_side, setup.profile)
    return stack.enter_context(Recorder(around.record, software(load_model(around.model)), options))
