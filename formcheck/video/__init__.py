"""Video files in and out."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

_SHARED = ("shape", "shm", "xfixes")
"""Libraries of X11 that the wheels of OpenCV and PyAV both bring, under one name."""


def _load_opencv_libraries() -> None:
    """Load OpenCV's copies before PyAV loads its own, with which the first window would wait for ever.

    See opencv/opencv#29195 and PyAV-Org/PyAV#978.  Where they cannot be loaded there is no window either.
    The one thing in formcheck that happens on import: any later is too late.
    """
    if sys.platform != "linux":
        return
    spec = None
    with suppress(ImportError):
        spec = find_spec("cv2")
    if spec is None or spec.origin is None:
        return
    folder = Path(spec.origin).parents[1] / "opencv_python.libs"
    for name in _SHARED:
        for path in folder.glob(f"libxcb-{name}-*"):
            with suppress(OSError):
                ctypes.CDLL(str(path))


_load_opencv_libraries()  # before anything of this package imports av
