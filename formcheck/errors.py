"""Every exception formcheck raises on purpose, by whose fault it is.

::

    FormcheckError
    ├── InputError    the recording, poses file or camera given cannot be used (exit code 2)
    ├── UsageError    the command or call itself makes no sense (exit code 2)
    ├── OutputError   the result cannot be written: read-only folder, full disk (exit code 2)
    └── ModelError    a pose model is missing, altered or does not load (exit code 2)

Anything else that escapes is a bug of ours (exit code 3).
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a recording could not be used; the codes of ``batch`` tables."""

    NOT_FOUND = "not_found"
    UNREADABLE = "unreadable"
    NO_VIDEO_STREAM = "no_video_stream"
    NO_FRAMES = "no_frames"
    TOO_SHORT = "too_short"
    NO_PERSON = "no_person"
    UNSUPPORTED = "unsupported"


class FormcheckError(Exception):
    """Base of all errors below; the message says what was given, what is wrong and what to do."""


class InputError(FormcheckError):
    """The recording given cannot be used.

    Parameters
    ----------
    reason : Reason
        The code for programs.
    message : str
        One line for people: what, why, what to do.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class UsageError(FormcheckError):
    """The command or call makes no sense: an unknown exercise, options that exclude each other."""


class OutputError(FormcheckError):
    """The result cannot be written where it was asked for."""


class ModelError(FormcheckError):
    """A pose model bundle is missing, altered or does not load."""
