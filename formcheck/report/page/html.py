"""HTML from values: everything that is not markup already is escaped, whatever it holds."""

from __future__ import annotations

import html
import json
from typing import Any

from formcheck.report.text import printable

_VOID = frozenset({"br", "hr", "img", "input", "meta"})
_SHAPES = frozenset({"path", "rect", "circle"})
"""Of SVG: without content, closed in place."""


class Html(str):
    """Text that is markup; only `el`, `joined` and the template make it."""

    __slots__ = ()


Child = str | None
Attribute = str | int | float | bool | None


def text(value: str) -> Html:
    """Return a text as markup, control characters spelled out."""
    return value if isinstance(value, Html) else Html(html.escape(printable(value), quote=True))


def el(name: str, *children: Child, **attributes: Attribute) -> Html:
    """Return one element.

    Parameters
    ----------
    name : str
    *children : str | None
        Text, escaped, or `Html`; None is left out.
    **attributes
        A final underscore is dropped and others become hyphens (``class_``, ``aria_label``); True is a bare
        attribute, False and None are none.
    """
    opened = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}"
    if name in _VOID:
        return Html(f"{opened}>")
    if name in _SHAPES:
        return Html(f"{opened}/>")
    return Html(f"{opened}>{joined(*children)}</{name}>")


def joined(*children: Child) -> Html:
    """Return several pieces one after the other."""
    return Html("".join(text(child) for child in children if child))


def paragraph(value: str) -> Html:
    """Return a text as markup that keeps its line breaks."""
    return Html("\n".join(text(line) for line in value.splitlines()))


def foreign(name: str) -> Html:
    """Return a name that somebody gave, kept apart from the direction of the text around it."""
    return el("bdi", name)


def script_json(value: Any) -> Html:
    """Return JSON that no browser reads as markup, whatever strings it holds."""
    document = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Html(document.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{text(str(value))}"'
