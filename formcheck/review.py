"""Reviewing one recording: poses from the pixels once, then the same causal engine that runs live."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from formcheck import profile_file
from formcheck.analyser import UNKNOWN, Analyser, not_counted
from formcheck.errors import InputError, Reason, UsageError
from formcheck.exercises import find_exercise
from formcheck.frame import Frame
from formcheck.observer import Observation
from formcheck.plan import Course, Segment, whole
from formcheck.pose import recorded
from formcheck.pose.recorded import Recording
from formcheck.pose.sighting import Estimator, Sighting
from formcheck.pose.skeleton import Pose, turned
from formcheck.pose.subject import BodyPosture
from formcheck.pose.thinning import Thinning, is_slow
from formcheck.profile import STANDARD, Profile
from formcheck.reading import USUAL, Reading, reading_of
from formcheck.recognition import recognise, recognised
from formcheck.results import Event, NotCounted, Snapshot, Summary

AUTO = "auto"
MIN_SIDE_PX = 32
"""Pictures smaller than this show nobody that could be measured."""
MIN_KEPT_S = 1.0
"""After Ctrl-C a shorter beginning is not worth keeping; shorter recordings are refused as well."""
KEPT_OBSERVATIONS = 5400
"""Of recordings up to this many frames (3 minutes at 30 a second) what recognition saw is used again; longer
ones are looked at twice, so that memory stays bounded."""
TAKES, SIDEWAYS = "several_takes", "sideways"
TELLING_SIDEWAYS = ("squat", "bridge", "clamshell")
"""What is believed of turned poses when no exercise was named: somebody who lies and lifts a knee is, turned,
somebody who sits and marches (a sample of a bridge)."""
LYING_EXERCISES = ("bridge", "clamshell")
POSES_SUFFIX = ".npz"

Part = tuple[float, float]
"""Start and end of what is reviewed, seconds since the first frame of the recording."""
WHOLE: Part = (0.0, math.inf)

Progress = Callable[[str, float, float | None], None]
"""Called with the stage (``poses`` or ``analysis``), the seconds done, and all seconds if known."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to review; None = as the poses file says, or the default.

    Attributes
    ----------
    exercise : str | None
        An exercise, or ``auto`` (the default).
    side : str | None
        ``left``, ``right``, ``both`` or ``auto`` (the default).
    affected_side : str | None
        ``left``, ``right``, ``both`` or ``none``; only passed on.  None and nothing said before: as the
        profile says, as for the side.
    profile : Profile | None
        The plan to judge by (default: standard).
    reading : Reading
        How the pictures are turned, at what pace and rate they are read, and who is followed.
    """

    exercise: str | None = None
    side: str | None = None
    affected_side: str | None = None
    profile: Profile | None = None
    reading: Reading = USUAL

    def completed_by(self, before: Mapping[str, str | None], origin: str = "the poses file") -> Options:
        """Return the options with what is missing taken from an earlier review, then from the defaults.

        Raises
        ------
        InputError
            The profile of the earlier review cannot be used, and there is no other.
        UsageError
            The pictures of the earlier review were read in another way, which poses cannot undo.
        """
        reading = _kept_reading(before, origin)
        if self.reading not in (USUAL, reading):
            raise UsageError(
                f"{origin}: holds poses: too late to turn, mirror, slow down or thin them out, or to follow "
                "another person; review the recording itself with these options"
            )
        return Options(
            exercise=self.exercise or before.get("exercise") or AUTO,
            side=self.side or before.get("side"),
            affected_side=self.affected_side or before.get("affected_side"),
            profile=self.profile or _kept_profile(before.get("profile"), origin) or STANDARD,
            reading=reading,
        )

    def record(self) -> dict[str, str | None]:
        """Return the options as the poses file keeps them: the profile as text, so that no file is needed."""
        return {
            "exercise": self.exercise,
            "side": self.side,
            "affected_side": self.affected_side,
            "profile": None if self.profile is None else profile_file.to_toml(self.profile),
            **self.reading.record(),
        }


def _kept_reading(before: Mapping[str, str | None], origin: str) -> Reading:
    try:
        return reading_of(before)
    except UsageError as error:
        raise InputError(
            Reason.UNREADABLE, f"{origin}: what it says of its pictures cannot be used ({error})"
        ) from error


def _kept_profile(text: str | None, origin: str) -> Profile | None:
    if text is None:
        return None
    try:
        return profile_file.parse(str(text), "its profile")
    except UsageError as error:
        raise InputError(
            Reason.UNREADABLE,
            f"{origin}: the profile kept in it cannot be used ({error}); name one with --profile",
        ) from error


@dataclass(frozen=True, slots=True, eq=False)
class Review:
    """The result of a review.

    Attributes
    ----------
    summary : Summary
    events : tuple[Event, ...]
        What happened, in order of time.
    recording : Recording
        Everything taken from the pixels; with it the review can be repeated exactly.
    plan : tuple[Segment, ...]
        Which exercise was counted when.
    interrupted : bool
        Ctrl-C ended the reading; everything up to there is kept.
    turn_deg : int | None
        How far to turn the picture clockwise, where it lies on its side.
    """

    summary: Summary
    events: tuple[Event, ...]
    recording: Recording
    plan: tuple[Segment, ...]
    interrupted: bool = False
    turn_deg: int | None = None

    def snapshots(self) -> Iterator[Snapshot]:
        """Yield the snapshot of every analysed frame: the same engine over the same poses, streamed."""
        options = Options().completed_by(self.recording.options)
        analyser = _analyser(self.plan, options, self.recording.course)
        return (analyser.step(pose) for pose in self.recording.poses())


def review(
    path: str | Path,
    exercise: str | None = None,
    *,
    side: str | None = None,
    affected_side: str | None = None,
    model: str = "full",
    profile: str | Path | Profile | None = None,
    from_s: float | None = None,
    to_s: float | None = None,
    rotate: int = 0,
    mirrored: bool = False,
    slow_motion: float | None = None,
    max_rate: float | None = None,
    person: str | None = None,
    on_progress: Progress | None = None,
) -> Review:
    """Analyse one recording; no file is written.

    Parameters
    ----------
    path : str | Path
        A video, or a ``poses.npz`` of an earlier review.
    exercise : str, optional
        ``squat``, ``bridge``, ``clamshell``, ``seated_march`` or ``auto`` (recognised; the default).
    side : str, optional
        Count only this working side, where the exercise has one.
    affected_side : str, optional
        Passed on to the summary.
    model : str
        Pose model: ``lite``, ``full`` or ``heavy``.
    profile : str, Path or Profile, optional
        ``standard`` (the default), ``gentle``, ``own``, a TOML file, or one made in Python.  It says the
        side and the affected side where the options do not.
    from_s, to_s : float, optional
        Review this part only; seconds since the recording's first frame, as are all times in the result.
    rotate : int
        Turn the picture clockwise by 90, 180 or 270 degrees.
    mirrored : bool
        The recording is a mirror image (selfie); left and right are put right.
    slow_motion : float, optional
        The recording plays so many times slower than life (default: as the file says).
    max_rate : float, optional
        Most frames analysed a second (default: 30).
    person : str, optional
        ``left``, ``right``, ``largest`` or ``at:SECONDS,X,Y``; see `formcheck.reading.Reading`.
    on_progress : callable, optional
        See `Progress`.

    Raises
    ------
    InputError
        The recording cannot be used; ``reason`` says why.
    UsageError
        An option makes no sense.
    ModelError
        The pose model is missing or altered.
    """
    reading = Reading(rotate, mirrored, slow_motion, max_rate, person)
    options = Options(exercise, side, affected_side, _profile(profile), reading)
    _check(options)
    part = _part(from_s, to_s)
    path = Path(path)
    tell = on_progress or _silent
    interrupted = False
    if path.suffix == POSES_SUFFIX:
        recording = _within(recorded.load(path), part, path)
        options = options.completed_by(recording.options, str(path))
        keep_course(recording, options)
    else:
        options = _with_defaults(options)
        recording, interrupted = record(path, options, model, tell, part)
    recording.options = options.record()
    _ensure_somebody(recording)
    return replace(analyse(recording, options, tell), interrupted=interrupted)


def _with_defaults(options: Options) -> Options:
    """Return the options for a recording that nobody has read before."""
    return replace(replace(options, reading=USUAL).completed_by({}), reading=options.reading)


def keep_course(recording: Recording, options: Options) -> None:
    """Forget how a coached session went where another exercise is to be looked for."""
    if options.exercise != recording.options.get("exercise"):
        recording.course = None


def _silent(stage: str, done_s: float, total_s: float | None) -> None:
    """Tell nobody."""


def _profile(given: str | Path | Profile | None) -> Profile | None:
    """Return the profile, checked and in the form that is kept with the poses."""
    if given is None:
        return None
    return profile_file.canonical(given) if isinstance(given, Profile) else profile_file.load(given)


def _check(options: Options) -> None:
    """Refuse options that make no sense, before any work."""
    if options.exercise not in (None, AUTO):
        find_exercise(str(options.exercise))
    Analyser(UNKNOWN, side=options.side or "auto", affected_side=options.affected_side)


def _part(from_s: float | None, to_s: float | None) -> Part:
    """Return the part to review.

    Raises
    ------
    UsageError
        There is no such part, or it is too short for any repetition.
    """
    start_s, end_s = 0.0 if from_s is None else from_s, math.inf if to_s is None else to_s
    if not (math.isfinite(start_s) and start_s >= 0.0) or math.isnan(end_s) or end_s < 0.0:
        raise UsageError("--from and --to are seconds since the beginning of the recording, 0 or more")
    if end_s - start_s < MIN_KEPT_S:
        raise UsageError(
            f"the part from {start_s:g} to {end_s:g} s is shorter than {MIN_KEPT_S:g} s; "
            "--to must come at least that much after --from"
        )
    return start_s, end_s


def _within(recording: Recording, part: Part, path: Path) -> Recording:
    """Return the part of a recording; all of it is returned as it is.

    Raises
    ------
    InputError
        ``too_short``: it holds hardly any frame of that part.
    """
    if part == WHOLE:
        return recording
    start_s, end_s = part
    kept = [one for one in recording.sightings if start_s - 1e-6 <= one.time_s <= end_s + 1e-6]
    if len(kept) < 2 or kept[-1].time_s - kept[0].time_s < 0.9 * MIN_KEPT_S:
        known = recording.sightings[-1].time_s if recording.sightings else 0.0
        raise InputError(
            Reason.TOO_SHORT,
            f"{path}: ends at {known:.1f} s and holds less than {MIN_KEPT_S:g} s from {start_s:g} s on",
        )
    source = replace(recording.source, frames_analysed=len(kept))
    return replace(recording, source=source, sightings=kept)


def record(
    path: Path, options: Options, model: str, tell: Progress, part: Part = WHOLE
) -> tuple[Recording, bool]:
    """Take everything the analysis needs from the pixels of a video, or a part of it.

    Returns
    -------
    recording : Recording
    interrupted : bool
        Ctrl-C ended the reading; what was seen until then is in the recording.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C within the first second: there is nothing to keep.
    """
    # Imported here: mediapipe takes 1.5 s, and scoring recorded poses needs none of these.
    from formcheck.pose.blazepose import BlazePoseEstimator, software  # noqa: PLC0415
    from formcheck.pose.models import load_model  # noqa: PLC0415
    from formcheck.video.files import Span, VideoFile, sha256_of, source_record  # noqa: PLC0415

    bundle, reading = load_model(model), options.reading
    video = VideoFile(path, Span(*part), reading)
    sightings: list[Sighting] = []
    thinning = Thinning(reading.rate_hz)
    with BlazePoseEstimator(bundle, wanted_posture(options.exercise), person=reading.person) as estimator:
        frames = thinned(iter(video), thinning)
        interrupted = _look_at_all(frames, estimator, sightings, tell, video.declared_duration_s)
    source = replace(
        source_record(video, sha256=sha256_of(path), frames_analysed=len(sightings)),
        max_rate_hz=reading.rate_hz if thinning.left_out else None,
    )
    slow = is_slow([sighting.time_s for sighting in sightings])
    warnings = dict.fromkeys(
        [
            *(["truncated"] if interrupted else []),
            *video.warnings,
            *(["low_frame_rate"] if slow else []),
        ]
    )
    return Recording(source, software(bundle), tuple(warnings), sightings=sightings), interrupted


def thinned(frames: Iterator[Frame], thinning: Thinning) -> Iterator[Frame]:
    """Yield the frames that are to be analysed."""
    with closing(frames):  # type: ignore[type-var]  # a generator
        yield from (frame for frame in frames if thinning.takes(frame))


def _look_at_all(
    frames: Iterator[Frame],
    estimator: Estimator,
    sightings: list[Sighting],
    tell: Progress,
    total_s: float | None,
) -> bool:
    """Append the sighting of every frame; return whether Ctrl-C ended it, with enough seen to keep."""
    with closing(frames):  # type: ignore[type-var]  # a generator
        try:
            for frame in frames:
                sightings.append(estimator.estimate(frame))
                tell("poses", frame.time_s, total_s)
        except KeyboardInterrupt:
            if not sightings or sightings[-1].time_s - sightings[0].time_s < MIN_KEPT_S:
                raise
            return True
    return False


def wanted_posture(exercise: str | None) -> BodyPosture | None:
    """Return how the subject of an exercise is placed, None when the exercise is not known."""
    if exercise in (None, AUTO):
        return None
    return "lying" if find_exercise(str(exercise)).name in LYING_EXERCISES else "upright"


def _ensure_somebody(recording: Recording) -> None:
    source = recording.source
    nobody = not any(sighting.chosen >= 0 for sighting in recording.sightings)
    if nobody or min(source.width, source.height) < MIN_SIDE_PX:
        raise InputError(
            Reason.NO_PERSON,
            f"{source.path}: nobody was found in {len(recording.sightings)} frames of "
            f"{source.width}x{source.height} pixels; film the whole body in good light",
        )


def analyse(recording: Recording, options: Options, tell: Progress = _silent) -> Review:
    """Run recognition (for ``auto``) and the causal engine over recorded poses."""
    auto = options.exercise == AUTO
    unknown: list[NotCounted] = []
    seen: list[Observation] = []
    keep = seen if len(recording.sightings) <= KEPT_OBSERVATIONS else None
    if recording.course is not None:
        plan = recording.course.plan
    elif auto:
        plan, refused = recognised(recording.poses(), keep)
        unknown = [not_counted(name, movement) for name, movement in refused]
    else:
        plan = whole(find_exercise(str(options.exercise)).name)
    analyser = _analyser(plan, options, recording.course)
    total_s = recording.source.duration_s
    events: list[Event] = []
    for pose, observation in zip_longest(recording.poses(), seen):
        snapshot = analyser.step(pose) if observation is None else analyser.take(observation, pose)
        events += snapshot.events
        tell("analysis", pose.time_s, total_s)
    summary = analyser.finish(
        recording.source,
        recording.software,
        recording.warnings,
        "recognised" if auto else "given",
        unknown,
    )
    nothing = not summary.reps.complete
    mismatch = nothing and not auto and _is_another(recording, summary.exercise)
    turn_deg = None
    if nothing and not mismatch and recording.course is None:
        turn_deg = turned_up(recording, options.exercise or AUTO)
    takes = recording.course is None and any(sighting.cut for sighting in recording.sightings[1:])
    met = {"exercise_mismatch": mismatch, TAKES: takes, SIDEWAYS: turn_deg is not None}
    codes = [code for code, holds in met.items() if holds]
    if codes:
        quality = summary.quality
        warnings = tuple(dict.fromkeys((*quality.warnings, *codes)))
        summary = replace(summary, quality=replace(quality, warnings=warnings, needs_review=True))
    return Review(summary, (*events, *analyser.closing_events), recording, plan, turn_deg=turn_deg)


def turned_up(recording: Recording, exercise: str) -> int | None:
    """Return the clockwise turn, 90 or 270 degrees, after which the exercise shows that does not as it is.

    By evidence: the poses are turned, and the same engine counts them.  Where somebody lies on the floor in a
    picture that stands upright, turning gives no repetitions of an exercise done upright: a bridge lifts the
    hips between feet and shoulders that stay, a squat lowers hips and shoulders towards the feet.
    """
    counts = {turn: _complete_when_turned(recording, exercise, turn) for turn in (90, 270)}
    turn = max(counts, key=lambda one: counts[one])
    return turn if counts[turn] else None


def _complete_when_turned(recording: Recording, exercise: str, turn_deg: int) -> int:
    """Return the complete repetitions in poses that are turned clockwise."""

    def poses() -> Iterator[Pose]:
        return (turned(pose, turn_deg) for pose in recording.poses())

    plan = recognise(poses()) if exercise == AUTO else whole(find_exercise(exercise).name)
    analyser = Analyser(plan=plan)
    for pose in poses():
        analyser.step(pose)
    summary = analyser.finish()
    believed = {one.index for one in summary.sets if exercise != AUTO or one.exercise in TELLING_SIDEWAYS}
    return sum(rep.complete and rep.set in believed for rep in summary.rep_list)


def _is_another(recording: Recording, exercise: str) -> bool:
    """Return whether the recording shows other exercises than the one given."""
    return any(segment.exercise != exercise for segment in recognise(recording.poses()))


def _analyser(plan: tuple[Segment, ...], options: Options, course: Course | None) -> Analyser:
    profile = options.profile or STANDARD
    return Analyser(
        side=options.side,
        affected_side=options.affected_side or profile.affected_side,
        plan=plan,
        profile=profile,
        counting=None if course is None else course.counting,
    )
