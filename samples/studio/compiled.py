"""The one place that knows numba: loops over pixels and vertices as machine code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., object])

try:
    from numba import njit
except ImportError as error:
    raise ImportError("the studio needs numba; run: pip install 'formcheck[studio]'") from error


def compiled(function: Function) -> Function:
    """Compile a loop on first use; the result is kept on disk for the next process.

    Rounding may be rearranged (``fastmath``), so the pixels are the same on one machine, not on all.
    """
    return cast(Function, njit(cache=True, fastmath=True)(function))
