"""Real recordings, good and bad, scored by real workers; the whole night is `tests.batch.uploads`."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

from formcheck.batch.command import Request, batch
from formcheck.batch.local import OUR_SCORER
from tests.batch.fakes import receipts, start_process, table
from tests.batch.uploads import BAD, SCORER, Upload, differences, make, write_manifest
from tests.clips import SAMPLES, first_seconds

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
    assert [Path(row["path"]).name for row in table(out) if row["reps_complete"]] == ["004.mp4"]


def test_a_real_run_that_is_killed_goes_on_where_it_was(tmp_path):
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for number, seconds in enumerate((1.3, 1.5, 1.7)):
        first_seconds(SAMPLES / "squat_side.mp4", folder / f"{number}.mp4", seconds)
    process = start_process(out=str(out), paths=[str(folder)], scorer=OUR_SCORER)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not receipts(out, "results"):
        time.sleep(0.02)
    process.kill()
    process.communicate(timeout=30)
    result = batch(Request(out=str(out), paths=[str(folder)]))
    assert result.about["status"] == {"ok": 3}
    assert 1 <= result.about["known_before"] <= 3
    uploads = [Upload(str(path)) for path in sorted(folder.iterdir())]
    assert differences(uploads, out) == []
