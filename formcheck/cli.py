"""The command line: parse, wire, exit code; no analysis.

Exit codes: 0 done; 2 wrong use or unusable input (one line on standard error); 3 a bug of ours (with the
traceback); 130 after Ctrl-C.  What a command needs is imported when it runs, so that ``--help`` is instant
and poses are scored without any video library.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TextIO

from formcheck import __version__
from formcheck.errors import FormcheckError, InputError, OutputError, Reason, UsageError
from formcheck.profile import BUILT_IN, Profile
from formcheck.report.exercise_text import DISCLAIMER, EXERCISE_TEXTS
from formcheck.report.text import exercise_list, exercise_page, files_text, printable, summary_text

EXIT_DONE = 0
EXIT_UNUSABLE = 2
EXIT_BUG = 3
EXIT_STOPPED = 130

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
        type=Path,
        metavar="VIDEO",
        help="a recording, or the poses.npz of an earlier review",
    )
    _add_analysis_options(command.add_argument_group("what to measure"))
    output = command.add_argument_group("what to write")
    output.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="put the result folder in this one, not beside the recording",
    )
    output.add_argument("--no-video", action="store_true", help="no annotated video (much quicker)")
    output.add_argument(
        "--json",
        action="store_true",
        help="print the summary as JSON and nothing else; files only if --out is given as well",
    )
    volume = output.add_mutually_exclusive_group()
    volume.add_argument("--quiet", action="store_true", help="say nothing but errors")
    volume.add_argument("--verbose", action="store_true", help="show what the pose model and the decoder say")
    command.set_defaults(run=_review)


def _add_analysis_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--exercise",
        type=_exercise,
        metavar="NAME",
        help="squat, bridge, clamshell, seated-march, or auto: recognised from the movement (default)",
    )
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


def _add_exercises(command: argparse.ArgumentParser) -> None:
    command.description = (
        "What can be checked; with a name: how it is done, where the camera goes, what is measured."
    )
    command.epilog = "examples:\n  formcheck exercises\n  formcheck exercises bridge"
    command.add_argument(
        "name", nargs="?", type=_exercise_name, metavar="NAME", help=", ".join(EXERCISE_TEXTS)
    )
    command.set_defaults(run=_exercises)


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


def _review(args: argparse.Namespace) -> int:
    from formcheck.profile_file import load  # noqa: PLC0415

    jobs = _planned(args)
    profile = None if args.profile is None else load(args.profile)
    documents: list[dict[str, Any]] = []
    problems: list[InputError] = []
    with native_chatter_silenced(args.verbose) as terminal:
        for number, job in enumerate(jobs, start=1):
            prefix = f"{number} of {len(jobs)}: " if len(jobs) > 1 else ""
            try:
                documents.append(_review_one(args, job, profile, terminal, prefix))
            except InputError as error:
                problems.append(error)
    if args.json and documents:
        _say(json.dumps(documents if len(jobs) > 1 else documents[0], indent=2, allow_nan=False) + "\n")
    if problems:
        raise _together(problems, len(jobs))
    return EXIT_DONE


def _planned(args: argparse.Namespace) -> list[_Job]:
    """Return what is to be done, after making sure that it can be: nobody waits for a foreseeable error."""
    from formcheck.report.folder import check_writable, result_folder  # noqa: PLC0415

    recordings: list[Path] = args.recordings
    for recording in recordings:
        _check_recording(recording)
    if args.json and args.out is None:
        return [_Job(recording, None) for recording in recordings]
    folders = [result_folder(recording, args.out) for recording in recordings]
    for folder in folders:
        if folders.count(folder) > 1:
            raise UsageError(f"two recordings would both be written to {folder}; review them one at a time")
        check_writable(folder)
    return list(map(_Job, recordings, folders))


def _check_recording(path: Path) -> None:
    if os.path.isdir(path):
        raise InputError(Reason.NOT_FOUND, f"{path}: is a folder; name the recording itself")
    if not os.path.exists(path):
        raise InputError(Reason.NOT_FOUND, f"{path}: there is no such file; check the name and the folder")


def _review_one(
    args: argparse.Namespace, job: _Job, profile: Profile | None, terminal: TextIO | None, prefix: str
) -> dict[str, Any]:
    """Review one recording, write and tell what was found, and return the summary for programs."""
    from formcheck.report.folder import is_poses, older_files, write_results  # noqa: PLC0415
    from formcheck.report.summary_json import summary_to_dict  # noqa: PLC0415
    from formcheck.review import review  # noqa: PLC0415

    written: tuple[str, ...] = ()
    with progress_bar(terminal if not (args.quiet or args.json) else None, prefix) as on_progress:
        result = review(
            job.recording,
            args.exercise,
            side=args.side,
            affected_side=args.affected_side,
            model=args.model,
            profile=profile,
            on_progress=on_progress,
        )
        if job.folder is not None:
            no_video = args.no_video or is_poses(job.recording) or result.interrupted
            video = None if no_video else job.recording
            written = write_results(result, job.folder, job.recording, video, on_progress)
    if not (args.quiet or args.json):
        _say(summary_text(result.summary))
        if job.folder is not None:
            _say(files_text(str(job.folder), written, older_files(job.folder, written)))
    if result.interrupted:
        raise KeyboardInterrupt
    return summary_to_dict(result.summary)


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

The person should be alone in the picture, whole body, from the side where the exercise asks for it
(see 'formcheck exercises NAME'). A recording of a minute takes about a minute."""

REVIEW_EXAMPLES = """\
examples:
  formcheck review clip.mp4
  formcheck review clip.mp4 --exercise clamshell --affected-side left
  formcheck review clip.mp4 --profile anna.toml
  formcheck review monday.mp4 tuesday.mp4 --out results
  formcheck review clip.mp4 --json > result.json
  formcheck review clip.mp4.formcheck/poses.npz --exercise squat"""

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

COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "review": ("measure a recording and write the results beside it", _add_review),
    "profile": ("write a plan for one person, or check one", _add_profile),
    "exercises": ("what can be checked, and how to film it", _add_exercises),
}
