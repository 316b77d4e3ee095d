"""Recorded poses: write them, read them, play them back."""

from __future__ import annotations

import json
import lzma
import math
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import IO, Any, TypeVar, get_type_hints

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import InputError, Reason
from formcheck.exercises import EXERCISES
from formcheck.plan import Course, Segment, Stretch
from formcheck.pose.sighting import Candidate, Sighting, stack_candidates
from formcheck.pose.skeleton import LANDMARK_COUNT, Pose
from formcheck.results import Software, Source

FORMAT = "formcheck.poses/1"
MOST_PX = 1 << 16
"""Larger pictures are none."""
DAMAGE = (
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    OverflowError,
    EOFError,
    OSError,
    MemoryError,
    RecursionError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    SyntaxError,
    tokenize.TokenError,
)
"""What reading damaged bytes may raise: `zipfile` (of an unknown version, encrypted, compressed in another
way), its decompressors, NumPy (a header that is none, an array larger than memory), JSON, our own checks."""
Plain = TypeVar("Plain", Source, Software)


@dataclass(slots=True)
class Recording:
    """Everything taken from the pixels of one source, enough to repeat the analysis exactly.

    Attributes
    ----------
    source : Source
        What was recorded.
    software : Software
        Which pose model looked at it.
    warnings : tuple[str, ...]
        Warning codes that concern the source itself (``truncated``, ``low_frame_rate``).
    options : dict[str, str | None]
        How it was reviewed (exercise, side, affected side); a re-run without options uses these.
    sightings : list[Sighting]
        One for every analysed frame, times strictly increasing.
    course : Course | None
        How the coached session went that was recorded, where it was one.
    """

    source: Source
    software: Software
    warnings: tuple[str, ...] = ()
    options: dict[str, str | None] = field(default_factory=dict)
    sightings: list[Sighting] = field(default_factory=list)
    course: Course | None = None

    def poses(self) -> Iterator[Pose]:
        """Yield the chosen person's pose of every frame."""
        return (sighting.pose for sighting in self.sightings)


def save(recording: Recording, file: IO[bytes]) -> None:
    """Write the recording as a compressed ``.npz`` that needs no pickling to read."""
    rows = recording.sightings
    header = {
        "format": FORMAT,
        "source": asdict(recording.source),
        "software": asdict(recording.software),
        "warnings": list(recording.warnings),
        "options": recording.options,
    }
    if recording.course is not None:
        header["course"] = course_record(recording.course)
    arrays: dict[str, NDArray[Any]] = {
        "header": np.array(json.dumps(header, ensure_ascii=False)),
        "time_s": np.array([row.time_s for row in rows], dtype=np.float64),
        "frame_size": np.array([row.frame_size for row in rows], dtype=np.int32).reshape(-1, 2),
        "candidates": np.array([len(row.candidates) for row in rows], dtype=np.int16),
        "chosen": np.array([row.chosen for row in rows], dtype=np.int16),
        "cut": np.array([row.cut for row in rows], dtype=np.bool_),
        "light": np.array([row.light for row in rows], dtype=np.float64),
        "people": np.array([row.people for row in rows], dtype=np.int16),
        **stack_candidates(rows),
    }
    np.savez_compressed(file, allow_pickle=False, **arrays)


def load(path: Path) -> Recording:
    """Read a recording back.

    Raises
    ------
    InputError
        The file is missing or is not a poses file of this format.
    """
    if not path.is_file():
        raise InputError(
            Reason.NOT_FOUND, f"{path}: there is no such file; give a poses.npz that formcheck wrote"
        )
    try:
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.simplefilter("ignore")  # of headers that only look like old ones
            with np.load(file, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
        header = json.loads(str(arrays["header"]))
        if header.get("format") != FORMAT:
            raise ValueError(f"its format is {header.get('format')!r}, expected {FORMAT!r}")
        return Recording(
            source=_plain(Source, header["source"]),
            software=_plain(Software, header["software"]),
            warnings=tuple(_texts(header["warnings"])),
            options=_options(header["options"]),
            course=read_course(header["course"]) if "course" in header else None,
            sightings=_sightings(arrays),
        )
    except DAMAGE as error:
        why = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(
            Reason.UNREADABLE,
            f"{path}: not a poses file that this formcheck can read ({why}); "
            "review the video again to make one",
        ) from error


def _plain(kind: type[Plain], record: Mapping[str, Any]) -> Plain:
    """Return a record whose fields are of the types that they should be.

    Raises
    ------
    ValueError, TypeError
        They are not, or one is missing.
    """
    hints = get_type_hints(kind)
    for one in fields(kind):
        if one.name not in record and one.default is MISSING:
            raise ValueError(f"it lacks {one.name!r}")
        value, hint = record.get(one.name, one.default), hints[one.name]
        number = isinstance(value, int) and not isinstance(value, bool) and isinstance(0.0, hint)
        if not (number or isinstance(value, hint)):
            raise ValueError(f"its {one.name} is {value!r}"[:100])
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"its {one.name} is not finite")
    made = kind(**record)
    if isinstance(made, Source) and not all(0 <= side <= MOST_PX for side in (made.width, made.height)):
        raise ValueError("no picture has its size")
    return made


def _options(said: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the options as they are; what the profile says is checked where it is needed."""
    _texts([value for name, value in said.items() if name != "profile"], None)
    return dict(said)


def _texts(values: Iterable[Any], *others: None) -> list[Any]:
    """Return texts (or None, where that is one of the others) as they are; ValueError for anything else."""
    found = list(values)
    if not all(isinstance(one, str) or (one is None and one in others) for one in found):
        raise ValueError("it says something else than text where text belongs")
    return found


def course_record(course: Course) -> dict[str, Any]:
    """Return the course of a session as JSON has it; what is open at an end is null there."""
    return {
        "plan": [_finite(asdict(segment)) for segment in course.plan],
        "counting": [_finite(asdict(stretch)) for stretch in course.counting],
    }


def _finite(row: dict[str, Any]) -> dict[str, Any]:
    return {name: None if value in (math.inf, -math.inf) else value for name, value in row.items()}


def read_course(record: Mapping[str, Any]) -> Course:
    """Return the course of a session from what `course_record` gave.

    Raises
    ------
    ValueError, KeyError, TypeError
        It is something else.
    """
    return Course(
        tuple(
            Segment(
                _exercise(str(row["exercise"])),
                -math.inf if row["start_s"] is None else float(row["start_s"]),
                math.inf if row["end_s"] is None else float(row["end_s"]),
                float(row["confidence"]),
                bool(row["chosen"]),
            )
            for row in record["plan"]
        ),
        tuple(
            Stretch(
                int(row["set"]),
                float(row["start_s"]),
                math.inf if row["end_s"] is None else float(row["end_s"]),
                range_share=float(row.get("range_share", 1.0)),
                eased_from_s=-math.inf if row.get("eased_from_s") is None else float(row["eased_from_s"]),
                opened_s=None if row.get("opened_s") is None else float(row["opened_s"]),
            )
            for row in record["counting"]
        ),
    )


def _exercise(name: str) -> str:
    if name not in EXERCISES:
        raise ValueError(f"{name!r} is no exercise")
    return name


def _ensure_fitting(arrays: dict[str, NDArray[Any]]) -> None:
    """Raise ValueError when the arrays cannot come from one recording."""
    frames = len(arrays["time_s"])
    counts, chosen, time_s = arrays["candidates"], arrays["chosen"], arrays["time_s"]
    people = int(counts.sum()) if frames else 0
    shapes: dict[str, tuple[int, ...]] = {
        "time_s": (frames,),
        "frame_size": (frames, 2),
        "candidates": (frames,),
        "chosen": (frames,),
        "cut": (frames,),
        "light": (frames,),
        "people": (frames,),
        "image_px": (people, LANDMARK_COUNT, 2),
        "world_m": (people, LANDMARK_COUNT, 3),
        "visibility": (people, LANDMARK_COUNT),
        "presence": (people, LANDMARK_COUNT),
    }
    for name, shape in shapes.items():
        if arrays[name].shape != shape or arrays[name].dtype.kind not in "fiub":
            raise ValueError(f"its {name} do not fit the rest")
    if (counts < 0).any() or (chosen < -1).any() or (chosen >= counts).any():
        raise ValueError("it chooses somebody who is not there")
    if not (np.diff(time_s) > 0).all() or not np.isfinite(time_s).all():
        raise ValueError("its times do not increase")
    if (arrays["frame_size"] < 0).any() or (arrays["frame_size"] > MOST_PX).any():
        raise ValueError("no picture has that size")


def _sightings(arrays: dict[str, NDArray[Any]]) -> list[Sighting]:
    _ensure_fitting(arrays)
    ends = np.cumsum(arrays["candidates"], dtype=np.int64)
    rows = []
    for i, end in enumerate(ends):
        candidates = tuple(
            Candidate(
                arrays["image_px"][k], arrays["world_m"][k], arrays["visibility"][k], arrays["presence"][k]
            )
            for k in range(int(end - arrays["candidates"][i]), int(end))
        )
        rows.append(
            Sighting(
                time_s=float(arrays["time_s"][i]),
                frame_size=(int(arrays["frame_size"][i, 0]), int(arrays["frame_size"][i, 1])),
                candidates=candidates,
                chosen=int(arrays["chosen"][i]),
                cut=bool(arrays["cut"][i]),
                light=float(arrays["light"][i]),
                people=int(arrays["people"][i]),
            )
        )
    return rows
