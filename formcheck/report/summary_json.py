"""``summary.json``: the whole result for programs, schema ``formcheck.summary/2``.

The field names of the dataclasses in `formcheck.results` are the field names of the document, in the
same order; this module only turns values into what JSON can hold, and back.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from importlib.resources import files
from types import UnionType
from typing import Any, cast, get_args, get_origin, get_type_hints

import numpy as np

from formcheck.errors import InputError, Reason
from formcheck.results import Summary

SCHEMA_NAME = "formcheck.summary/2"
READABLE = (SCHEMA_NAME, "formcheck.summary/1")
"""Fields that an older document lacks take their defaults."""
DECIMALS = 4

Json = dict[str, Any]


def summary_to_dict(summary: Summary) -> Json:
    """Return the summary as plain dictionaries, lists, strings, numbers and None.

    Keys stand in the documented order, ``schema`` first.  Floats carry at most four decimals; NaN and
    infinity become None; enumerations become their strings.
    """
    return {"schema": SCHEMA_NAME, **plain(summary)}


def summary_from_dict(document: Mapping[str, Any]) -> Summary:
    """Read a summary back; the inverse of `summary_to_dict` up to rounding.

    Raises
    ------
    InputError
        The document is not of this schema.
    """
    if document.get("schema") not in READABLE:
        raise InputError(
            Reason.UNREADABLE,
            f"not a formcheck summary: its schema is {document.get('schema')!r}, expected {SCHEMA_NAME!r}",
        )
    try:
        summary: Summary = _rebuild(Summary, document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(Reason.UNREADABLE, f"not a complete formcheck summary ({error!r})") from error
    return summary


def summary_to_json(summary: Summary) -> str:
    """Return the text of ``summary.json``, indented for reading, with a line end."""
    return json.dumps(summary_to_dict(summary), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def summary_schema() -> Json:
    """Return the JSON Schema (draft 2020-12) that every ``summary.json`` satisfies."""
    text = files("formcheck.report").joinpath("summary.schema.json").read_text(encoding="utf-8")
    schema: Json = json.loads(text)
    return schema


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: dataclasses, enums, tuples, NumPy scalars and NaN resolved."""
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, Enum | str):
        return printable_unicode(str(value.value if isinstance(value, Enum) else value))
    if isinstance(value, float):
        return round(value, DECIMALS) + 0.0 if math.isfinite(value) else None
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return value


def printable_unicode(text: str) -> str:
    """Return the text without lone surrogates (undecodable bytes of file names), which no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _rebuild(kind: Any, value: Any) -> Any:
    """Return a plain value as the annotated type."""
    origin, arguments = get_origin(kind), get_args(kind)
    if value is None or origin is UnionType:
        return None if value is None else _rebuild(arguments[0], value)
    if origin is tuple:
        return tuple(_rebuild(arguments[0], item) for item in value)
    if origin is dict:
        return {key: _rebuild(arguments[1], item) for key, item in value.items()}
    if is_dataclass(kind):
        optional = {field.name for field in fields(kind) if field.default is not MISSING}
        parts = {
            name: _rebuild(hint, value[name])
            for name, hint in get_type_hints(kind).items()
            if name in value or name not in optional
        }
        return cast(type[Any], kind)(**parts)
    return kind(value)
