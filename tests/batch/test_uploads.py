"""Real recordings, good and bad, scored by real workers; the whole night is `tests.batch.uploads`."""

from __future__ import annotations

from collections import Counter

from formcheck.batch.command import Request, batch
from tests.batch.fakes import table
from tests.batch.uploads import BAD, SCORER, differences, make, write_manifest

GOOD = 7
"""Each way of making a good one, and one more."""


def test_every_good_one_is_scored_as_a_review_and_every_bad_one_has_its_reason(tmp_path):
    uploads = make(tmp_path / "in", len(BAD) + GOOD)
    assert Counter(one.reason for one in uploads)[None] == GOOD
    manifest = write_manifest(uploads, tmp_path / "m.csv")
    out = tmp_path / "out"
    result = batch(
        Request(out=str(out), manifest=str(manifest), scorer=SCORER, time_limit_s=20.0, exclude=["nothing"])
    )
    assert differences(uploads, out) == []
    assert result.about["status"] == {"ok": GOOD, "failed": len(BAD)}
    warned = {row["path"].rpartition("/")[2]: row["warnings"] for row in table(out)}
    assert "truncated" in warned["005.mp4"]
