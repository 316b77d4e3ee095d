"""The command line: parse, wire, exit code; no analysis.

Exit codes: 0 done; 1 ``batch`` finished, but some recordings failed; 2 wrong use or unusable input (one line
on standard error); 3 a bug of ours (with the traceback); 130 after Ctrl-C.  What a command needs is imported
when it runs, so that ``--help`` is instant and poses are scored without any video library.
"""

from __future__ import annotations

import argparse
import glob
import io
import json
import math
import os
import re
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from formcheck import __version__
from formcheck.errors import FormcheckError, InputError, OutputError, Reason, UsageError
from formcheck.profile import BUILT_IN, STANDARD, Profile
from formcheck.reading import OPTIONS, USUAL, Reading, reading_of
from formcheck.report.exercise_text import DISCLAIMER, EXERCISE_TEXTS
from formcheck.report.text import exercise_list, exercise_page, files_text, printable, summary_text

if TYPE_CHECKING:
    from formcheck.history import Entry
    from formcheck.live.session import Outcome, Setup
    from formcheck.report.decisions import Decisions
    from formcheck.report.folder import Wanted, Written
    from formcheck.report.page import Section
    from formcheck.review import Review

EXIT_DONE = 0
EXIT_SOME_FAILED = 1
EXIT_UNUSABLE = 2
EXIT_BUG = 3
EXIT_STOPPED = 130
MOST_REPETITIONS = 999
LONGEST_REST_S = 900.0

ONLY_FOUND_FACES = (
    "The face of the person measured is hidden; others in the picture, or in a mirror, may not be."
)
NAME_SHORTENED = "  The name of the recording is too long for a folder of results; theirs was shortened.\n"
STAGES = {"poses": "Looking for the body", "analysis": "Measuring", "video": "Drawing the video"}

Progress = Callable[[str, float, float | None], None]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : sequence of str | None
        The words after ``formcheck``; those of the process when None.

    Returns
    -------
    int
        The exit code.
    """
    try:
        return _run(sys.argv[1:] if argv is None else list(argv))
    except FormcheckError as error:
        _complain(str(error))
        return EXIT_UNUSABLE
    except KeyboardInterrupt:
        _complain("stopped; what was finished before is kept")
        return EXIT_STOPPED
    except BrokenPipeError:  # the reader of our output has seen enough
        _abandon_output()
        return EXIT_DONE
    except Exception:  # noqa: BLE001 - the outermost boundary: whatever gets here is a bug of ours
        traceback.print_exc()
        return EXIT_BUG


def _run(argv: list[str]) -> int:
    if not argv:
        raise UsageError("no command given; try 'formcheck review clip.mp4', or 'formcheck --help'")
    if not argv[0].startswith("-") and argv[0] not in COMMANDS:
        known = ", ".join(COMMANDS)
        raise UsageError(f"'{argv[0]}' is not a command of version {__version__}; there are: {known}")
    args = parser().parse_args(argv)
    command: Callable[[argparse.Namespace], int] = args.run
    return command(args)


# The grammar


class _Parser(argparse.ArgumentParser):
    """Answers wrong use with our own error, to be told in one line."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage and leaving."""
        raise UsageError(f"{message}; see '{self.prog} --help'")


def parser() -> argparse.ArgumentParser:
    """Return the parser of every command and option."""
    top = _new_parser(
        _Parser,
        prog="formcheck",
        description="Checks hip exercises in video: counts repetitions and measures angles.",
        epilog=TOP_HELP,
    )
    top.add_argument("--version", action="version", version=f"formcheck {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, (short, add) in COMMANDS.items():
        add(_new_parser(commands.add_parser, name, help=short))
    return top


def _new_parser(make: Callable[..., Any], *names: str, **options: Any) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = make(
        *names, allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **options
    )
    return made


def _add_review(command: argparse.ArgumentParser) -> None:
    command.description = textwrap.dedent(REVIEW_HELP)
    command.epilog = textwrap.dedent(REVIEW_EXAMPLES)
    command.add_argument(
        "recordings",
        nargs="+",
        metavar="VIDEO",
        help="a recording, a pattern in quotes, or the poses.npz of an earlier review",
    )
    measured = command.add_argument_group("what to measure")
    _add_analysis_options(measured)
    _add_reading_options(measured)
    measured.add_argument(
        "--from", dest="from_s", type=_seconds, metavar="S", help="leave out what is before this second"
    )
    measured.add_argument(
        "--to", dest="to_s", type=_seconds, metavar="S", help="leave out what is after this second"
    )
    output = command.add_argument_group("what to write")
    output.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="put the result folder in this one, not beside the recording",
    )
    output.add_argument("--no-video", action="store_true", help="no annotated video (much quicker)")
    output.add_argument("--open", action="store_true", help="open the report in the browser")
    output.add_argument(
        "--decisions",
        type=Path,
        metavar="FILE",
        help="show what a therapist decided: the decisions.json that a report saved",
    )
    output.add_argument(
        "--export",
        type=_formats,
        default=(),
        metavar="LIST",
        help="also for other programs, such as trc,mot,openpose: OpenSim landmarks and angles, OpenPose JSON",
    )
    shown = output.add_mutually_exclusive_group()
    shown.add_argument(
        "--blur-face", action="store_true", help="hide the face of the person measured in video and pictures"
    )
    shown.add_argument(
        "--stick-figure", action="store_true", help="show the measured body only, nothing of the recording"
    )
    output.add_argument(
        "--json",
        action="store_true",
        help="print the summary as JSON and nothing else; files only if --out is given as well",
    )
    volume = output.add_mutually_exclusive_group()
    volume.add_argument("--quiet", action="store_true", help="say nothing but errors")
    volume.add_argument("--verbose", action="store_true", help="show what the pose model and the decoder say")
    command.set_defaults(run=_review)


def _add_batch(command: argparse.ArgumentParser) -> None:
    command.description = textwrap.dedent(BATCH_HELP)
    command.epilog = textwrap.dedent(BATCH_EXAMPLES)
    command.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="a recording, a folder, a pattern in quotes, or an address such as s3://bucket/folder",
    )
    command.add_argument("--out", required=True, metavar="DIR", help="folder or address for the results")
    given = command.add_argument_group("what to score")
    given.add_argument(
        "--manifest",
        metavar="CSV",
        help="a table of recordings: path, and optionally exercise, side, affected_side, profile, rotate, "
        "mirrored, slow_motion, max_rate, person, participant, recorded_at, and columns of your own",
    )
    given.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="PATTERN",
        help="leave out recordings of this name or path, such as '*_test.mp4'; may be repeated",
    )
    measured = command.add_argument_group("what to measure")
    _add_analysis_options(measured)
    _add_reading_options(measured)
    how = command.add_argument_group("how to work")
    how.add_argument("--jobs", type=_jobs, metavar="N", help="workers (default: one per processor)")
    how.add_argument(
        "--engine", choices=("local", "ray"), default="local", help="this machine (default), or Ray"
    )
    how.add_argument("--address", metavar="ADDRESS", help="of a Ray cluster; without it one starts here")
    how.add_argument(
        "--time-limit",
        type=_time_limit,
        metavar="S",
        help="longest time for one recording (default: 3600 seconds)",
    )
    how.add_argument("--fresh", action="store_true", help="do everything again, finished work too")
    output = command.add_argument_group("what to write")
    output.add_argument("--csv", action="store_true", help="the tables as CSV as well")
    output.add_argument(
        "--report", action="store_true", help="everything that review writes, but no annotated video"
    )
    output.add_argument(
        "--pseudonymise", action="store_true", help="ids in place of paths, file names and participants"
    )
    output.add_argument(
        "--no-poses",
        dest="keep_poses",
        action="store_false",
        help="do not keep what was taken from the pictures (other options will have to decode again)",
    )
    output.add_argument("--json", action="store_true", help="print run.json and nothing else")
    volume = output.add_mutually_exclusive_group()
    volume.add_argument("--quiet", action="store_true", help="say nothing but errors")
    volume.add_argument("--verbose", action="store_true", help="show what the pose model and the decoder say")
    command.set_defaults(run=_batch)


def _add_live(command: argparse.ArgumentParser) -> None:
    command.description = textwrap.dedent(LIVE_HELP)
    command.epilog = textwrap.dedent(LIVE_EXAMPLES)
    command.add_argument("exercise", type=_exercise_name, metavar="EXERCISE", help=", ".join(EXERCISE_TEXTS))
    _add_person_options(command.add_argument_group("what to do"))
    dose = command.add_argument_group("how much")
    dose.add_argument("--sets", type=_count, metavar="N", help="sets (default: as the profile says, else 2)")
    dose.add_argument(
        "--reps",
        type=_count,
        metavar="N",
        help="repetitions in a set, 0 = no limit (default: the same, else 8)",
    )
    dose.add_argument(
        "--rest",
        type=_rest,
        metavar="S",
        help="seconds of rest between two sets (default: as the profile says, else 45)",
    )
    around = command.add_argument_group("camera, screen and sound")
    around.add_argument(
        "--camera",
        default="0",
        metavar="N|PATH|URL",
        help="number of the camera (default 0), a video file played at its own pace, or an address",
    )
    around.add_argument("--headless", action="store_true", help="no window: sound alone")
    around.add_argument("--mute", action="store_true", help="no voice and no tones")
    around.add_argument("--skip-questions", action="store_true", help="no sound check, none about pain")
    around.add_argument(
        "--before-you-start",
        action="store_true",
        help="read out when to ask a clinician first (on first use this is done anyway)",
    )
    around.add_argument(
        "--no-coach",
        action="store_true",
        help="no set-up, pacing or set limit: count from the first picture",
    )
    kept = command.add_argument_group("what is kept")
    kept.add_argument("--record", type=Path, metavar="DIR", help="keep the session in this folder")
    kept.add_argument("--no-history", action="store_true", help="no line in the history of sessions")
    kept.add_argument("--json", action="store_true", help="print the summary as JSON and nothing else")
    volume = kept.add_mutually_exclusive_group()
    volume.add_argument("--quiet", action="store_true", help="say nothing but errors on the terminal")
    volume.add_argument("--verbose", action="store_true", help="show what the pose model and the camera say")
    command.set_defaults(run=_live)


def _add_analysis_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--exercise",
        type=_exercise,
        metavar="NAME",
        help="squat, bridge, clamshell, seated-march, or auto: recognised from the movement (default)",
    )
    _add_person_options(group)


def _add_reading_options(group: argparse._ArgumentGroup) -> None:
    """Add what says how pictures are read; texts, which `formcheck.reading` understands."""
    group.add_argument("--rotate", metavar="90|180|270", help="turn the picture clockwise by so many degrees")
    group.add_argument(
        "--mirrored",
        action="store_const",
        const="true",
        help="the recording is a mirror image (selfie): put left and right right",
    )
    group.add_argument(
        "--slow-motion",
        metavar="FACTOR",
        help="it plays so many times slower than life (default: as the file says); times are those of life",
    )
    group.add_argument(
        "--max-rate", metavar="HZ", help="analyse no more pictures a second than this (default: 30)"
    )
    group.add_argument(
        "--person",
        metavar="WHO",
        help="of several people: left, right, largest, or at:SECONDS,X,Y, whoever is there at that time "
        "(X and Y in pixels, or in shares of the picture from 0 to 1)",
    )


def _reading(args: argparse.Namespace) -> Reading:
    """Return how pictures are to be read."""
    return reading_of({name: getattr(args, name) for name in OPTIONS})


def _add_person_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--side",
        choices=("left", "right", "both", "auto"),
        help="the participant's side that works (default: auto, from the movement)",
    )
    group.add_argument(
        "--affected-side",
        choices=("left", "right", "both", "none"),
        help="the sore side, written into the results as told",
    )
    group.add_argument(
        "--model",
        choices=("lite", "full", "heavy"),
        default="full",
        help="pose model: lite is quicker, heavy slower, rarely better (default: full)",
    )
    group.add_argument(
        "--profile",
        metavar="FILE-or-name",
        help=f"the plan to judge by: {', '.join(BUILT_IN)}, or a file that 'formcheck profile new' wrote "
        "(default: standard; of a poses.npz, what it was reviewed by)",
    )


def _add_profile(command: argparse.ArgumentParser) -> None:
    command.description = textwrap.dedent(PROFILE_HELP)
    command.epilog = textwrap.dedent(PROFILE_EXAMPLES)
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    new = _new_parser(actions.add_parser, "new", help="write a commented profile to edit")
    new.description = "Write a commented profile to edit; a file that is there already is left as it is."
    new.add_argument("file", metavar="FILE", help="the file to write, such as anna.toml")
    new.set_defaults(run=_profile_new)
    check = _new_parser(actions.add_parser, "check", help="say what a profile means, or where its mistake is")
    check.description = "Say what a profile means for each exercise, or in which line it has a mistake."
    check.add_argument("file", metavar="FILE", help=f"a profile, or one of {', '.join(BUILT_IN)}")
    check.set_defaults(run=_profile_check)


def _add_history(command: argparse.ArgumentParser) -> None:
    command.description = "The sessions done on this computer, oldest first; kept here only, without video."
    command.set_defaults(run=_history)


def _add_doctor(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Camera, models, screen, sound, encoder and versions: what works, and what to do if not."
    )
    command.add_argument("--verbose", action="store_true", help="show what the libraries say")
    command.set_defaults(run=_doctor)


def _add_exercises(command: argparse.ArgumentParser) -> None:
    command.description = (
        "What can be checked; with a name: how it is done, where the camera goes, what is measured."
    )
    command.epilog = "examples:\n  formcheck exercises\n  formcheck exercises bridge"
    command.add_argument(
        "name", nargs="?", type=_exercise_name, metavar="NAME", help=", ".join(EXERCISE_TEXTS)
    )
    command.set_defaults(run=_exercises)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > MOST_REPETITIONS:
        raise UsageError(f"'{text}' is not a number from 0 to {MOST_REPETITIONS}")
    return int(text)


def _jobs(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not int(text):
        raise UsageError(f"'{text}' is not a number of workers from 1")
    return int(text)


def _time_limit(text: str) -> float:
    seconds = _seconds(text)
    if not seconds:
        raise UsageError("a time limit of 0 seconds leaves no time for any recording")
    return seconds


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds) or seconds < 0:
        raise UsageError(f"'{text}' is not a time in seconds, such as 12.5")
    return seconds


def _formats(text: str) -> tuple[str, ...]:
    from formcheck.report.exports import FORMATS  # noqa: PLC0415

    asked = [part.strip().lower() for part in text.split(",")]
    for one in asked:
        if one not in FORMATS:
            raise UsageError(f"there is no export '{one}'; there are: {', '.join(FORMATS)}")
    return tuple(dict.fromkeys(asked))


def _rest(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]+)?", text) or float(text) > LONGEST_REST_S:
        raise UsageError(f"'{text}' is not a time from 0 to {LONGEST_REST_S:g} seconds")
    return float(text)


def _exercise(text: str) -> str:
    return "auto" if text == "auto" else _exercise_name(text)


def _exercise_name(text: str) -> str:
    name = text.replace("-", "_")
    if name not in EXERCISE_TEXTS:
        raise UsageError(f"there is no exercise '{text}'; there are: {', '.join(EXERCISE_TEXTS)}")
    return name


# The commands


def _exercises(args: argparse.Namespace) -> int:
    _say(exercise_page(args.name) if args.name else exercise_list())
    return EXIT_DONE


def _profile_new(args: argparse.Namespace) -> int:
    from formcheck.profile_file import write_template  # noqa: PLC0415

    write_template(args.file)
    name = printable(args.file)
    _say(
        f"Wrote {name}. Edit it in a text editor, then:\n"
        f"  formcheck profile check {name}\n"
        f"  formcheck review clip.mp4 --profile {name}\n"
    )
    return EXIT_DONE


def _profile_check(args: argparse.Namespace) -> int:
    from formcheck.profile_file import load  # noqa: PLC0415
    from formcheck.report.profile_text import profile_text  # noqa: PLC0415

    profile = load(args.file)
    _say(f"{printable(args.file)}: no mistakes found\n\n{profile_text(profile)}")
    return EXIT_DONE


@dataclass(frozen=True, slots=True)
class _Job:
    """One recording and where its results go; None for nowhere."""

    recording: Path
    folder: Path | None


@dataclass(frozen=True, slots=True)
class _Given:
    """What was asked for, with the files that it names read."""

    args: argparse.Namespace
    profile: Profile | None
    decided: tuple[Decisions, ...]
    reading: Reading = USUAL


def _review(args: argparse.Namespace) -> int:
    reading = _reading(args)
    args.recordings = [path for text in args.recordings for path in _named(text)]
    jobs = _planned(args)
    given = _Given(args, _given_profile(args.profile), _given_decisions(args), reading)
    documents: list[dict[str, Any]] = []
    sections: list[tuple[Path, Section]] = []
    problems: list[InputError] = []
    with native_chatter_silenced(args.verbose) as terminal:
        for number, job in enumerate(jobs, start=1):
            prefix = f"{number} of {len(jobs)}: " if len(jobs) > 1 else ""
            try:
                document, section = _review_one(given, job, terminal, prefix)
            except InputError as error:
                problems.append(error)
                continue
            documents.append(document)
            if job.folder is not None and section is not None:
                sections.append((job.folder, section))
        report = _assessed(args, jobs, sections)
        if args.open and report is not None:
            _open(report, args.quiet or args.json)
    if args.json and documents:
        _say(json.dumps(documents if len(jobs) > 1 else documents[0], indent=2, allow_nan=False) + "\n")
    if problems:
        raise _together(problems, len(jobs))
    return EXIT_DONE


def _assessed(
    args: argparse.Namespace, jobs: Sequence[_Job], sections: Sequence[tuple[Path, Section]]
) -> Path | None:
    """Write the report of several recordings, and return the report to look at; None without any."""
    from formcheck.report.folder import REPORT, write_assessment  # noqa: PLC0415

    if len(sections) < 2:
        written = [job.folder / REPORT for job in jobs if job.folder and (job.folder / REPORT).exists()]
        return sections[0][0] / REPORT if sections else next(iter(written), None)
    folder = _assessment_folder(args, jobs)
    assessment, titles = write_assessment(sections, folder)
    if not (args.quiet or args.json):
        from formcheck.report.review_text import assessment_text  # noqa: PLC0415

        _say(assessment_text(str(folder / REPORT), assessment, titles))
    return folder / REPORT


def _assessment_folder(args: argparse.Namespace, jobs: Sequence[_Job]) -> Path:
    """Return where the report of several recordings goes: as told, or beside the first one."""
    from formcheck.report.folder import ASSESSMENT  # noqa: PLC0415

    out: Path | None = args.out
    first = jobs[0].folder or jobs[0].recording
    return out if out is not None else first.parent / ASSESSMENT


def _open(report: Path, silent: bool) -> None:
    import webbrowser  # noqa: PLC0415

    if not webbrowser.open(report.absolute().as_uri()) and not silent:
        _say(f"There is no browser to open; the report is {printable(str(report))}\n")


def _given_decisions(args: argparse.Namespace) -> tuple[Decisions, ...]:
    """Return what a therapist decided, refused at once when it is about none of the recordings.

    Raises
    ------
    UsageError
        The file cannot be used.
    """
    if args.decisions is None:
        return ()
    from formcheck.report.decisions import check_about, load  # noqa: PLC0415

    given = load(args.decisions)
    check_about(given, {str(path): _hash_of(path) for path in args.recordings}, str(args.decisions))
    return given


def _hash_of(recording: Path) -> str | None:
    """Return what identifies the recording that a video or a poses file is of."""
    from formcheck.report.folder import is_poses  # noqa: PLC0415

    if is_poses(recording):
        from formcheck.pose import recorded  # noqa: PLC0415

        return recorded.load(recording).source.sha256
    from formcheck.video.files import sha256_of  # noqa: PLC0415

    return sha256_of(recording)


def _given_profile(name: str | None) -> Profile | None:
    from formcheck.profile_file import load  # noqa: PLC0415

    return None if name is None else load(name)


def _live(args: argparse.Namespace) -> int:
    from formcheck.live.command import Around, run  # noqa: PLC0415 - camera, voice and model: only here
    from formcheck.report.summary_json import summary_to_dict  # noqa: PLC0415

    setup = _setup(args)
    around = Around(args.camera, args.model, args.headless, args.mute, args.record)
    silent = args.quiet or args.json
    try:
        with native_chatter_silenced(args.verbose):
            done = run(setup, around, lambda line: None if silent else _say(f"{line}\n"))
    except KeyboardInterrupt:
        _complain("stopped before the session began")
        return EXIT_DONE
    if args.json:
        _say(json.dumps(summary_to_dict(done.outcome.summary), indent=2, allow_nan=False) + "\n")
    elif not args.quiet:
        _say(summary_text(done.outcome.summary))
    if not args.no_history:
        _note(done.outcome, setup.profile.name)
    if done.problem is not None:
        raise done.problem
    return EXIT_DONE


def _setup(args: argparse.Namespace) -> Setup:
    """Return what the session is about; the first one here begins with "Before you start"."""
    from formcheck.live import tuning  # noqa: PLC0415
    from formcheck.live.session import Setup  # noqa: PLC0415

    before = _sessions_before()
    voice = tuning.again(before[-1].volume, before[-1].rate) if before else tuning.USUAL
    questions = not args.skip_questions
    return Setup(
        args.exercise,
        _given_profile(args.profile) or STANDARD,
        side=args.side,
        affected_side=args.affected_side,
        sets=args.sets,
        reps=args.reps,
        coaching=not args.no_coach,
        questions=questions,
        first_use=args.before_you_start or (questions and not before),
        rest_s=args.rest,
        voice=voice,
    )


def _sessions_before() -> tuple[Entry, ...]:
    """Return the history; an unreadable one is none."""
    from formcheck import history  # noqa: PLC0415

    try:
        return history.load().entries
    except OutputError:
        return ()


def _note(outcome: Outcome, profile: str) -> None:
    """Add the session to the history, if anything was done; that it cannot be kept is told and no more."""
    from formcheck import history  # noqa: PLC0415

    done, (unit, sets) = outcome.record, history.sets_of(outcome.summary)
    if not sets:
        return
    entry = history.Entry(
        date=history.now(),
        exercise=done.exercise,
        sets=sets,
        unit=unit,
        pain_before=done.pain_before,
        pain_after=done.pain_after,
        reason=done.reason or "stopped",
        profile=profile,
        volume=done.voice.volume,
        rate=done.voice.rate,
    )
    try:
        history.append(entry)
    except OutputError as error:
        _complain(str(error))


def _batch(args: argparse.Namespace) -> int:
    from formcheck.batch.command import Request, batch, result_text  # noqa: PLC0415
    from formcheck.batch.run import DEFAULT_LIMIT_S  # noqa: PLC0415

    request = Request(
        out=args.out,
        paths=args.paths,
        manifest=args.manifest,
        exclude=args.exclude,
        exercise=args.exercise,
        side=args.side,
        affected_side=args.affected_side,
        profile=_given_profile(args.profile) or STANDARD,
        model=args.model,
        reading=_reading(args),
        jobs=args.jobs,
        engine=args.engine,
        address=args.address,
        time_limit_s=args.time_limit or DEFAULT_LIMIT_S,
        fresh=args.fresh,
        csv=args.csv,
        report=args.report,
        pseudonymise=args.pseudonymise,
        keep_poses=args.keep_poses,
        verbose=args.verbose,
    )
    result = batch(request, None if args.quiet or args.json else sys.stderr)
    if args.json:
        _say(json.dumps(result.about, indent=2) + "\n")
    elif not args.quiet:
        _say(result_text(result))
    if result.interrupted:
        return EXIT_STOPPED
    return EXIT_SOME_FAILED if result.failed else EXIT_DONE


def _history(_: argparse.Namespace) -> int:
    from formcheck import history  # noqa: PLC0415

    kept = history.load()
    _say(history.history_text(kept.entries, kept.skipped))
    return EXIT_DONE


def _doctor(args: argparse.Namespace) -> int:
    from formcheck.doctor import checks, doctor_text  # noqa: PLC0415

    with native_chatter_silenced(args.verbose):
        found = checks()
    _say(doctor_text(found))
    return EXIT_DONE


def _planned(args: argparse.Namespace) -> list[_Job]:
    """Return what is to be done, after making sure that it can be: nobody waits for a foreseeable error."""
    from formcheck.report.folder import check_writable, result_folder  # noqa: PLC0415

    recordings: list[Path] = args.recordings
    for recording in recordings:
        _check_recording(recording)
        if _is_session(recording):
            _refuse_for_session(args, recording)
    if args.json and args.out is None:
        _refuse_without_folder(args)
        return [_Job(recording, None) for recording in recordings]
    folders = [
        recording if _is_session(recording) else result_folder(recording, args.out)
        for recording in recordings
    ]
    for folder in folders:
        if folders.count(folder) > 1:
            raise UsageError(f"two recordings would both be written to {folder}; review them one at a time")
        check_writable(folder)
    jobs = list(map(_Job, recordings, folders))
    if len(jobs) > 1:
        check_writable(_assessment_folder(args, jobs))
    return jobs


def _refuse_without_folder(args: argparse.Namespace) -> None:
    for option, given in (("--open", args.open), ("--export", args.export), ("--decisions", args.decisions)):
        if given:
            raise UsageError(
                f"{option} needs a folder to write to; --json alone writes none, add --out FOLDER"
            )


def _refuse_for_session(args: argparse.Namespace, folder: Path) -> None:
    """Refuse what the folder of a killed live session cannot be given yet."""
    given = {
        "--from": args.from_s is not None,
        "--to": args.to_s is not None,
        **{f"--{name.replace('_', '-')}": getattr(args, name) is not None for name in OPTIONS},
        "--decisions": args.decisions is not None,
        "--export": bool(args.export),
        "--blur-face": args.blur_face,
        "--stick-figure": args.stick_figure,
    }
    for option, is_given in given.items():
        if is_given:
            raise UsageError(
                f"{folder}: is a live session that was cut off; finish it with 'formcheck review' and "
                f"--no-video first, then review what is in it with {option}"
            )


def _named(text: str) -> list[Path]:
    """Return the recordings that a word on the command line names, in order of their names.

    Raises
    ------
    UsageError
        It names none: nothing, an address, or a pattern that no file fits.
    """
    if not text.strip():
        raise UsageError("an empty name was given; name a recording, such as clip.mp4")
    if re.match(r"[A-Za-z][A-Za-z0-9+.\-]+://", text):
        how = (
            "try 'formcheck live EXERCISE --camera ADDRESS'"
            if text.lower().startswith(("rtsp", "rtmp", "http", "udp", "tcp"))
            else "give it to 'formcheck batch'"
        )
        raise UsageError(
            f"{_without_password(text)}: is an address, and review opens files on this computer only; "
            f"save it as a file first, or {how}"
        )
    if os.path.lexists(text) or not glob.has_magic(text):
        return [Path(text)]
    found = [Path(one) for one in sorted(glob.glob(text, recursive=True)) if not os.path.isdir(one)]
    if not found:
        raise UsageError(f"no file fits the pattern {text}; check the folder and the ending")
    return found


def _without_password(address: str) -> str:
    return re.sub(r"(?<=://)[^/@]*@", "", address)


def _is_session(path: Path) -> bool:
    """Whether this is the folder of a live session that was killed."""
    if not os.path.isdir(path):
        return False
    from formcheck.live.recorder import is_session  # noqa: PLC0415

    return is_session(path)


def _check_recording(path: Path) -> None:
    if _is_session(path):
        return
    if os.path.isdir(path):
        raise InputError(Reason.NOT_FOUND, f"{path}: is a folder; name the recording itself")
    if not os.path.exists(path):
        raise InputError(Reason.NOT_FOUND, f"{path}: there is no such file; check the name and the folder")


def _review_one(
    given: _Given, job: _Job, terminal: TextIO | None, prefix: str
) -> tuple[dict[str, Any], Section | None]:
    """Review one recording, write and tell what was found, and return it for programs and for a report."""
    from formcheck.report.folder import is_shortened, older_files  # noqa: PLC0415
    from formcheck.report.summary_json import summary_to_dict  # noqa: PLC0415

    args, written = given.args, None
    with progress_bar(terminal if not (args.quiet or args.json) else None, prefix) as on_progress:
        if _is_session(job.recording):
            result, names = _finish_session(args, job.recording, given.profile, on_progress)
        else:
            result, written = _review_recording(given, job, on_progress)
            names = written.names if written else ()
    section = written.section if written else None
    if not (args.quiet or args.json):
        _say(summary_text(result.summary))
        if result.turn_deg is not None:
            turn_deg = (given.reading.rotate_deg + result.turn_deg) % 360
            _say(f"  Add --rotate {turn_deg} to turn it upright.\n")
        own = _own_decisions(given, result)
        if own is not None:
            from formcheck.report.review_text import decisions_text  # noqa: PLC0415

            _say(decisions_text(result.summary, own))
        if args.blur_face:
            _say(f"  {ONLY_FOUND_FACES}\n")
        if job.folder is not None:
            _say(files_text(str(job.folder), names, older_files(job.folder, names)))
            if is_shortened(job.recording, job.folder):
                _say(NAME_SHORTENED)
    if result.interrupted:
        raise KeyboardInterrupt
    return summary_to_dict(result.summary), section


def _finish_session(
    args: argparse.Namespace, folder: Path, profile: Profile | None, on_progress: Progress | None
) -> tuple[Review, tuple[str, ...]]:
    """Make a killed live session the folder that a review writes."""
    from formcheck.live.recorder import finish  # noqa: PLC0415
    from formcheck.review import Options  # noqa: PLC0415

    options = Options(args.exercise, args.side, args.affected_side, profile)
    return finish(folder, options, annotate=not args.no_video, on_progress=on_progress)


def _review_recording(
    given: _Given, job: _Job, on_progress: Progress | None
) -> tuple[Review, Written | None]:
    """Review a recording, and write what was found."""
    from formcheck.report.folder import write_folder  # noqa: PLC0415
    from formcheck.review import review  # noqa: PLC0415

    args = given.args
    result = review(
        job.recording,
        args.exercise,
        side=args.side,
        affected_side=args.affected_side,
        model=args.model,
        profile=given.profile,
        from_s=args.from_s,
        to_s=args.to_s,
        on_progress=on_progress,
        **given.reading.keywords(),
    )
    if job.folder is None:
        return result, None
    wanted = _wanted(args, job.recording, result, _own_decisions(given, result))
    return result, write_folder(result, job.folder, job.recording, wanted, on_progress)


def _own_decisions(given: _Given, result: Review) -> Decisions | None:
    """Return what a therapist decided about this recording."""
    if not given.decided:
        return None
    from formcheck.report.decisions import matching  # noqa: PLC0415

    return matching(given.decided, result.summary, str(given.args.decisions))


def _wanted(args: argparse.Namespace, recording: Path, result: Review, decisions: Decisions | None) -> Wanted:
    """Return what is to be written besides the data."""
    from formcheck.report.folder import Wanted, is_poses, original_of  # noqa: PLC0415
    from formcheck.report.privacy import Privacy  # noqa: PLC0415 - needs Pillow

    privacy = Privacy.STICK_FIGURE if args.stick_figure else Privacy.NONE
    privacy = Privacy.BLUR_FACE if args.blur_face else privacy
    around = Wanted(privacy=privacy, formats=args.export, decisions=decisions)
    if result.interrupted:
        return around
    if is_poses(recording):
        figure = args.stick_figure and not args.no_video
        original = None if args.stick_figure else original_of(recording, result.summary)
        return replace(around, figure=figure, original=original)
    if args.no_video:
        return replace(around, original=recording)
    return replace(around, video=recording)


def _together(problems: Sequence[InputError], recordings: int) -> InputError:
    if recordings == 1:
        return problems[0]
    told = "; ".join(map(str, problems))
    return InputError(
        problems[0].reason, f"{len(problems)} of {recordings} recordings could not be reviewed: {told}"
    )


# The terminal


@contextmanager
def native_chatter_silenced(verbose: bool = False) -> Iterator[TextIO | None]:
    """Keep what libraries write to file descriptor 2 away from the user, and give a stream that stays.

    The pose model and the decoder write there from C++, past `sys.stderr`.

    Parameters
    ----------
    verbose : bool
        Silence nothing.

    Yields
    ------
    TextIO | None
        For our own words; None without a standard error.
    """
    saved = None if verbose else _duplicate(2)
    if saved is None:
        yield sys.stderr
        return
    ours = _stream_on(saved)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)
    try:
        yield ours or sys.stderr
    finally:
        for stream in (ours, sys.stderr):
            if stream is not None:
                stream.flush()
        os.dup2(saved, 2)
        os.close(saved)


def _duplicate(descriptor: int) -> int | None:
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
        return os.dup(descriptor)
    except OSError:  # closed by whoever started us
        return None


def _stream_on(descriptor: int) -> TextIO | None:
    """Return a stream on a duplicate of standard error, None where `sys.stderr` goes elsewhere anyway."""
    try:
        if sys.stderr is None or sys.stderr.fileno() != 2:
            return None
    except (OSError, ValueError):  # replaced by something without a descriptor
        return None
    encoding = sys.stderr.encoding
    return io.TextIOWrapper(
        io.FileIO(descriptor, "w", closefd=False), encoding, "backslashreplace", write_through=True
    )


@contextmanager
def progress_bar(terminal: TextIO | None, prefix: str = "") -> Iterator[Progress | None]:
    """Show how far the work is and how long it will take; nothing unless ``terminal`` is one.

    Yields
    ------
    Progress | None
        To be called with the stage, the seconds done and the seconds in all.
    """
    if terminal is None or not terminal.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=Console(file=terminal), transient=True, redirect_stdout=False, redirect_stderr=False
    ) as bar:
        tasks: dict[str, Any] = {}

        def on_progress(stage: str, done_s: float, total_s: float | None) -> None:
            if stage not in tasks:
                for before in bar.tasks:
                    bar.update(before.id, completed=before.total)
                tasks[stage] = bar.add_task(prefix + STAGES.get(stage, stage), total=total_s)
            bar.update(tasks[stage], completed=done_s, total=total_s)

        yield on_progress


def _say(text: str) -> None:
    """Write to standard output, and make sure that it got there."""
    stream = sys.stdout
    if stream is None:
        return
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _abandon_output()
        raise OutputError(
            f"standard output cannot be written ({error.strerror}); direct it elsewhere"
        ) from error


def _complain(message: str) -> None:
    """Write one line to standard error."""
    if sys.stderr is not None:
        sys.stderr.write(f"formcheck: {printable(message)}\n")


def _abandon_output() -> None:
    """Let what is still buffered for standard output go nowhere, so that leaving does not complain."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


TOP_HELP = f"""
examples:
  formcheck review clip.mp4                     what was done in this recording?
  formcheck review clip.mp4 --exercise squat    ... when you know the exercise
  formcheck profile new anna.toml               write down targets and limits for one person
  formcheck exercises squat                     where to put the camera

Nothing leaves this machine: no upload, no download, no account.

{textwrap.fill(DISCLAIMER, 96)}
"""

REVIEW_HELP = """\
Review a recording: count the repetitions, measure the angles, and say what could not be seen.

Results go to a folder beside the recording, clip.mp4.formcheck/:
  summary.json    the whole result, for programs
  reps.csv        one row per repetition
  frames.csv      one row per picture: angles, phase; an empty cell was not measurable
  events.jsonl    what happened, in order
  poses.npz       the body as seen; review it again in a second, without the video
  annotated.mp4   the recording with the measurements drawn on it
  report.html     all of it to look at: open it in a browser, check it, print it

Several recordings of one person also get a report together: in the folder --out, or in
assessment.formcheck/ beside the first.

The person should be alone in the picture, whole body, from the side where the exercise asks for it
(see 'formcheck exercises NAME'). A recording of a minute takes about a minute."""

REVIEW_EXAMPLES = """\
examples:
  formcheck review clip.mp4
  formcheck review clip.mp4 --exercise clamshell --affected-side left
  formcheck review clip.mp4 --profile anna.toml
  formcheck review monday.mp4 tuesday.mp4 --out results
  formcheck review clip.mp4 --open
  formcheck review clip.mp4 --from 12 --to 45 --blur-face
  formcheck review clip.mp4.formcheck/poses.npz --decisions decisions.json
  formcheck review side.mp4 front.mp4 --export trc,mot
  formcheck review clip.mp4 --json > result.json
  formcheck review clip.mp4.formcheck/poses.npz --exercise squat"""

BATCH_HELP = """\
Score many recordings: tables out, and a page that opens on the recordings to look at.

DIR receives:
  index.html              which recordings to open first, and at which moment; counts, distributions
  videos.parquet          one row per recording: status, reason, rank, needs_review and why, repetitions
  reps.parquet            one row per repetition
  joints.parquet          one row per repetition, joint and side: range with its band
  faults.parquet          one row per repetition and form check
  decisions.parquet       what therapists decided (decisions.json in DIR or beside the recordings);
                          agreement.parquet: how often that is what was found
  data_dictionary.csv     what every column means
  run.json, runs.jsonl    how the run went, and all runs before
  results/ID/summary.json the whole result of one recording
  poses/                  what was taken from the pictures: other profiles score without decoding again

A recording that cannot be scored becomes a row with a reason; the run goes on. Stop it at any moment: the
same command goes on from there, and what is finished is not done again."""

BATCH_EXAMPLES = """\
examples:
  formcheck batch uploads --out scored
  formcheck batch 'uploads/**/*.mov' --out scored --exercise squat --csv
  formcheck batch --manifest study.csv --out scored --pseudonymise
  formcheck batch s3://clinic/uploads --out s3://clinic/scored --engine ray --address auto"""

PROFILE_HELP = """\
A profile is a plan for one person, a text file (TOML) to edit: targets, what must not be passed, sets and
repetitions, and which form checks speak. Built in are standard (the default), gentle, and own, which takes
the target from the person's first three repetitions. None is made for a condition or an operation: such
limits are the clinician's to write."""

PROFILE_EXAMPLES = """\
examples:
  formcheck profile new anna.toml
  formcheck profile check anna.toml
  formcheck review clip.mp4 --profile anna.toml"""

LIVE_HELP = """\
Exercise in front of the camera: set-up, counts and form cues out loud, a summary at the end.

Everything can be followed with eyes closed: what to do is said, every complete repetition is counted aloud.
One arm raised straight up for a moment pauses and goes on; held for four seconds it ends the session. Keys:
space pauses, Enter goes on, S skips, Q ends; during the sound check the arrows make the voice louder or
quieter, slower or faster, which is remembered for the next session."""

LIVE_EXAMPLES = """\
examples:
  formcheck live squat
  formcheck live clamshell --affected-side left --sets 1
  formcheck live bridge --headless
  formcheck live seated-march --camera clip.mp4 --skip-questions"""

COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "live": ("exercise in front of the camera, counted and coached out loud", _add_live),
    "review": ("measure a recording and write the results beside it", _add_review),
    "batch": ("score many recordings, tables out", _add_batch),
    "profile": ("write a plan for one person, or check one", _add_profile),
    "exercises": ("what can be checked, and how to film it", _add_exercises),
    "history": ("the sessions done here", _add_history),
    "doctor": ("is everything there: camera, models, sound?", _add_doctor),
}
