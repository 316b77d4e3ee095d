"""The poses of a recording as at another frame rate: thinned out, or with poses between the pictures."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from formcheck.pose.skeleton import Pose


def at_rate(poses: Sequence[Pose], rate_hz: float) -> list[Pose]:
    """Return the pose at every moment of the new rate, linear between two pictures that show somebody.

    A camera of a lower rate sees the same moments less often; one of a higher rate more often.  A cut stays
    where it was: the first pose after it carries it.
    """
    times_s = [pose.time_s for pose in poses]
    found: list[Pose] = []
    last = 0
    for i in range(int((times_s[-1] - times_s[0]) * rate_hz) + 1):
        time_s = times_s[0] + i / rate_hz
        at = max(bisect_right(times_s, time_s + 1e-6) - 1, 0)
        cut = any(pose.cut for pose in poses[last + 1 : at + 1])
        found.append(replace(_between(poses, at, time_s), time_s=time_s, cut=cut))
        last = at
    return found


def _between(poses: Sequence[Pose], at: int, time_s: float) -> Pose:
    one = poses[at]
    if at + 1 == len(poses):
        return one
    other = poses[at + 1]
    if not (one.detected and other.detected) or other.cut:
        return one
    share = (time_s - one.time_s) / (other.time_s - one.time_s)
    return replace(
        one,
        image_px=one.image_px + share * (other.image_px - one.image_px),
        world_m=one.world_m + share * (other.world_m - one.world_m),
        visibility=one.visibility + share * (other.visibility - one.visibility),
    )
