"""``index.html``: which recordings to open this morning.  One file, no script from elsewhere."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from formcheck.batch.decided import Decided
from formcheck.batch.digest import MOST_LISTED, Digest, Histogram, Listed, ordered
from formcheck.batch.places import is_address
from formcheck.batch.ranking import SEVERAL_PARTICIPANTS
from formcheck.batch.work import POSES_SUFFIX
from formcheck.report.exercise_text import title_of
from formcheck.report.words import CHECK_WORDS, VIEW_WORDS, WARNING_WORDS
from formcheck.results import ViewLabel

REVIEW_WORDS = {
    **WARNING_WORDS,
    "no_repetition": "no complete repetition was counted",
    "not_counted": "a movement was not counted",
    SEVERAL_PARTICIPANTS: "listed for several participants",
    "stop_severity": "something that the plan says to stop for",
}
REASON_WORDS = {
    "not_found": "there is no such file",
    "unreadable": "the file cannot be read",
    "no_video_stream": "sound without picture",
    "no_frames": "no picture can be decoded",
    "too_short": "one picture, or less than a second",
    "no_person": "nobody is to be seen",
    "unsupported": "a format or address that cannot be opened",
    "timeout": "took longer than the time limit; tried again by the next run",
    "crashed": "ended its worker twice; tried again by the next run",
    "bad_options": "the row asks for something that makes no sense",
}


SIGNAL_WORDS = {
    "knee_flexion": "knee flexion",
    "hip_flexion": "hip flexion (trunk-thigh)",
    "thigh_elevation": "elevation of the thigh",
    "hip_drop": "drop of the hips",
    "hip_height": "height of the hips",
    "knee_rise": "rise of the knee",
}
LENGTHS = {
    "hip_drop": "leg lengths",
    "hip_height": "trunk lengths",
    "knee_rise": "shank lengths",
    ("clamshell", "knee_rise"): "thigh lengths",
}
"""What ratios are shares of, by measure; where exercises differ, by both."""
LOOK, SCORED = "to look at", "scored"
UNREADABLE_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Home:
    """Where the page lies, for its links.

    Attributes
    ----------
    folder : str
        The output folder or address; empty: no links to recordings.
    named : bool
        Recordings may be named.
    """

    folder: str = ""
    named: bool = True


def page(
    digest: Digest, about: dict[str, Any], decided: Decided | None = None, home: Home | None = None
) -> str:
    """Return the page.

    Parameters
    ----------
    digest : Digest
    about : dict
        ``run.json``.
    decided : Decided, optional
        What therapists said.
    home : Home, optional
    """
    home = home or Home()
    statuses = digest.counts.get("status", Counter())
    parts = [
        _head(statuses, about),
        _to_open(digest, about["to_look_at"], home),
        _said(decided or Decided()),
        "<h2>Counts</h2><div class=grid>",
        _counts("Status", statuses),
        _counts("Exercise", _titled(digest.counts.get("exercise"))),
        _counts("View", _worded(digest.counts.get("view"), VIEW_WORDS)),
        _counts("Repetitions", digest.counts.get("verdict")),
        _counts("Reasons to look", digest.counts.get("review"), REVIEW_WORDS),
        _counts("Reasons for failing", digest.counts.get("reason"), REASON_WORDS),
        "</div><h2>Distributions</h2><div class=grid>",
        _bars("Complete repetitions per recording", digest.rep_counts, "repetitions", "recordings"),
        _bars("Measurable share of the recording", digest.covered, "%", "recordings"),
        _bars("Length of the recording", digest.durations_min, "min", "recordings"),
        *(
            _bars(
                f"{title_of(exercise)}: peak {SIGNAL_WORDS.get(signal, signal.replace('_', ' '))}",
                bars,
                unit_of(exercise, signal, unit),
                "repetitions",
            )
            for (exercise, signal, unit), bars in sorted(digest.peaks.items())
        ),
        "</div>",
        _all_scored(digest, home),
        _foot(about),
    ]
    return TEMPLATE.replace("BODY", "\n".join(part for part in parts if part))


def unit_of(exercise: str, signal: str, unit: str) -> str:
    """Return the unit of a repetition's measure in words."""
    if unit == "deg":
        return "degrees"
    return LENGTHS.get((exercise, signal)) or LENGTHS.get(signal, "body lengths")


def _head(statuses: Counter[str], about: dict[str, Any]) -> str:
    numbers = [
        (about["to_look_at"], LOOK, "warm"),
        (statuses["ok"], SCORED, ""),
        (statuses["failed"], "failed", "warm" if statuses["failed"] else ""),
        *([(statuses["skipped"], "left out", "")] if statuses["skipped"] else []),
    ]
    boxes = "".join(f"<li class='{kind}'><b>{count:,}</b> {word}</li>" for count, word, kind in numbers)
    rows, recordings = about["rows"], about["recordings"]
    unfinished = rows - sum(statuses.values())
    note = (
        f"<p class=note>The run was stopped: {unfinished:,} of {rows:,} rows are still to be "
        "done. The same command goes on from there.</p>"
        if unfinished
        else ""
    )
    when = escape(about["finished_at"][:16].replace("T", " "))
    title = _number(rows, "recording")
    if recordings + unfinished < rows:
        title = f"{_number(rows, 'row')}, {_number(recordings, 'different recording')}"
    return f"<h1>{title}, {when} UTC</h1><ul class=big>{boxes}</ul>{note}"


def _to_open(digest: Digest, count: int, home: Home) -> str:
    """Return the list of what to open, failures among it."""
    if not count:
        return "<h2>To look at</h2><p>None of the recordings asks for it.</p>"
    reasons = Counter(code for one in digest.to_open for code in one.why)
    choices = "".join(
        f"<option value='{escape(code)}'>{escape(_words(code))} ({number:,})</option>"
        for code, number in reasons.most_common()
    )
    shown = digest.first()
    return (
        "<h2>To look at</h2>"
        f"<p><label>Show <select id=reason><option value=''>all ({count:,})</option>"
        f"{choices}</select></label> "
        "<label>Find <input id=find type=search></label></p>"
        "<table id=review><thead><tr><th>recording<th>why, and when<th>exercise<th>view<th>complete<th>open"
        "</tr></thead><tbody>"
        + "".join(_open_row(one, home) for one in shown)
        + f"</tbody></table>{_more(count - len(shown))}"
    )


def _words(code: str) -> str:
    return REVIEW_WORDS.get(code) or REASON_WORDS.get(code, code)


def _open_row(one: Listed, home: Home) -> str:
    codes = escape(" ".join(one.why))
    if one.failed:
        code = one.why[0] or ""
        why = f"<ul><li>not scored: {escape(_words(code))}</li></ul><code>{escape(code)}</code> "
        why += escape(one.message or "")
        return f"<tr data-why='{codes}'><td>{_path(one)}<td>{why}<td><td><td><td>{_recording(one, home)}</tr>"
    items = "".join(_reason(one, code, home) for code in ordered(one.why))
    cells = f"<td>{_path(one)}<td><ul>{items}</ul><td>{_what(one)}<td>{_links(one, home)}"
    return f"<tr data-why='{codes}'>{cells}</tr>"


def _reason(one: Listed, code: str, home: Home) -> str:
    words = escape(_words(code))
    if code in one.details:
        words += f" ({escape(one.details[code])})"
    if code == SEVERAL_PARTICIPANTS:
        words += f" ({escape(', '.join(one.participants))})"
    time_s = one.moments.get(code)
    if time_s is not None:
        link, when = _href(one, home, time_s), f"at {clock(time_s)}"
        words += f" <a href='{escape(link)}'>{when}</a>" if link else f" {when}"
    return f"<li title='{escape(code)}'>{words}</li>"


def clock(time_s: float) -> str:
    """Return a time in a recording as players show it: ``1:02.5``."""
    minutes, seconds = divmod(round(time_s, 1), 60)
    return f"{minutes:.0f}:{seconds:04.1f}"


def _href(one: Listed, home: Home, time_s: float | None = None) -> str | None:
    """Return where a recording can be seen at a moment: its report, else the file itself if it lies here."""
    at = "" if time_s is None else f"#t={time_s:.1f}"
    if one.report:
        return f"results/{quote(one.id)}/report.html{at}"
    elsewhere = not home.folder or is_address(home.folder) or not one.place or is_address(one.place)
    if elsewhere or not home.named or one.place.endswith(POSES_SUFFIX):
        return None
    try:
        relative = Path(os.path.relpath(one.place, home.folder)).as_posix()
    except ValueError:  # on another drive
        return None
    return quote(os.fsencode(relative)) + at


def _recording(one: Listed, home: Home) -> str:
    link = None if one.failed and one.why[0] == "not_found" else _href(replace(one, report=False), home)
    return f"<a href='{escape(link)}'>recording</a> " if link else ""


def _said(decided: Decided) -> str:
    """Return how therapists and software agree."""
    if not decided.files:
        return ""
    rows, counts = [], []
    for row in decided.agreement():
        exercise, share = escape(title_of(row["exercise"])), f"{row['agreement']:.0%}"
        if row["code"] is None:
            counts.append(
                f"<tr><td>{exercise}{_cells(row['recordings'], share)}"
                f"{_cells(row['reps_software'], row['reps_therapist'], row['reps_off'])}</tr>"
            )
            continue
        check = escape(CHECK_WORDS.get(row["code"], row["code"]))
        numbers = (row[name] for name in ("recordings", "confirmed", "rejected", "missed", "open"))
        rows.append(
            f"<tr><td>{exercise}<td>{check} <code>{escape(row['code'])}</code>{_cells(*numbers, share)}</tr>"
        )
    parts = [f"<h2>What therapists decided</h2><p>{_number(decided.files, 'file')} with decisions.</p>"]
    if rows:
        parts.append(
            "<table><thead><tr><th>exercise<th>check<th>recordings<th>confirmed<th>rejected<th>missed"
            "<th>not decided<th>agreement</tr></thead><tbody>" + "".join(rows) + "</tbody></table>"
        )
    if counts:
        parts.append(
            "<table><thead><tr><th>exercise<th>recordings with a corrected or accepted count<th>count right"
            "<th>repetitions, software<th>therapist<th>off by, in all</tr></thead><tbody>"
            + "".join(counts)
            + "</tbody></table>"
        )
    if decided.complaints:
        listed = "".join(f"<li>{escape(one)}</li>" for one in decided.complaints[:UNREADABLE_SHOWN])
        parts.append(f"<p class=note>Not used:</p><ul class=note>{listed}</ul>")
    return "".join(parts)


def _cells(*values: object) -> str:
    return "".join(f"<td class=number>{value}" for value in values)


def _what(one: Listed) -> str:
    """Return the cells of exercise, view and complete repetitions."""
    return (
        f"{escape(title_of(one.exercise or ''))}<td>{escape(_view(one.view))}"
        f"<td class=number>{one.reps if one.reps is not None else ''}"
    )


def _view(code: str | None) -> str:
    return VIEW_WORDS[ViewLabel(code)] if code else ""


def _links(one: Listed, home: Home) -> str:
    folder = f"results/{quote(one.id)}"
    report = f"<a href='{folder}/report.html'>report</a> " if one.report else ""
    return f"{report}{_recording(one, home)}<a href='{folder}/summary.json'>summary</a>"


def _path(one: Listed) -> str:
    folder, slash, name = one.path.rpartition("/")
    more = " · ".join(escape(text) for text in (", ".join(one.participants), folder + slash) if text)
    return f"{escape(name)}<span class=more>{more}</span>" if more else escape(name)


def _all_scored(digest: Digest, home: Home) -> str:
    count = digest.counts.get("status", Counter())["ok"]
    if not count:
        return ""
    rows = "".join(
        f"<tr><td>{_path(one)}<td>{LOOK if one.why else ''}<td>{_what(one)}<td>{_links(one, home)}</tr>"
        for one in digest.scored
    )
    return (
        f"<h2>All scored</h2><details><summary>{_number(count, 'recording')}</summary>"
        f"<table><thead><tr><th>recording<th><th>exercise<th>view<th>complete<th>open</tr></thead><tbody>{rows}</tbody></table>"
        f"{_more(count - len(digest.scored))}</details>"
    )


def _number(count: int, of: str) -> str:
    """Return a count of things, given in the singular or with an s."""
    return f"{count:,} {of.removesuffix('s')}{'' if count == 1 else 's'}"


def _more(count: int) -> str:
    if count <= 0:
        return ""
    return (
        f"<p class=note>{count:,} more than the {MOST_LISTED:,} shown are in <code>videos.parquet</code>.</p>"
    )


def _titled(counts: Counter[str] | None) -> Counter[str]:
    return _worded(counts, {code: title_of(code) for code in counts or ()})


def _worded(counts: Counter[str] | None, words: Any) -> Counter[str]:
    return Counter({words.get(code, code): count for code, count in (counts or {}).items()})


def _counts(title: str, counts: Counter[str] | None, words: dict[str, str] | None = None) -> str:
    if not counts:
        return ""
    most = max(counts.values())
    rows = "".join(
        f"<tr><td>{_name(code, words)}<td class=number>{count:,}"
        f"<td class=bar><i style='width:{100 * count / most:.0f}%'></i></tr>"
        for code, count in counts.most_common()
    )
    return f"<section><h3>{escape(title)}</h3><table class=counts><tbody>{rows}</tbody></table></section>"


def _name(code: str, words: dict[str, str] | None) -> str:
    if words is None:
        return escape(code.replace("_", " "))
    return f"{escape(words.get(code, code))} <code>{escape(code)}</code>"


WIDTH, HEIGHT, LEFT, BOTTOM = 360, 150, 34, 34
MOST_BARS = 40


def _bars(title: str, histogram: Histogram, unit: str, of: str) -> str:
    steps = histogram.steps()
    if not steps:
        return ""
    width = histogram.width
    while len(steps) > MOST_BARS:  # wide spreads: join neighbours
        width *= 2
        steps = _joined(steps, width)
    return f"<section><h3>{escape(title)}</h3>{_drawn(steps, width, unit, of)}</section>"


def _joined(steps: Sequence[tuple[float, int]], width: float) -> list[tuple[float, int]]:
    bars: Counter[int] = Counter()
    for low, count in steps:
        bars[int(low // width)] += count
    return [(i * width, bars[i]) for i in range(min(bars), max(bars) + 1)]


def _drawn(steps: Sequence[tuple[float, int]], width: float, unit: str, of: str) -> str:
    most = max(count for _, count in steps)
    room_x, room_y = WIDTH - LEFT - 6, HEIGHT - BOTTOM - 12
    step_px = room_x / len(steps)
    every = -(-len(steps) // 8)
    parts = []
    for i, (low, count) in enumerate(steps):
        x, height = LEFT + i * step_px, room_y * count / most
        label = f"{low:g}" if width == 1 else f"{low:g} to {low + width:g}"
        parts.append(
            f"<rect x='{x + 0.5:.1f}' y='{12 + room_y - height:.1f}' width='{max(1.0, step_px - 1):.1f}' "
            f"height='{height:.1f}'><title>{label} {unit}: {_number(count, of)}</title></rect>"
        )
        if i % every == 0:
            at = x + step_px / 2 if width == 1 else x
            parts.append(f"<text x='{at:.1f}' y='{HEIGHT - BOTTOM + 14}' text-anchor='middle'>{low:g}</text>")
    if width != 1:
        end = f"{steps[-1][0] + width:g}"
        parts.append(f"<text x='{WIDTH - 1}' y='{HEIGHT - BOTTOM + 14}' text-anchor='end'>{end}</text>")
    axis = f"<text x='{LEFT + room_x / 2:.0f}' y='{HEIGHT - 4}' text-anchor='middle'>{escape(unit)}</text>"
    scale = (
        f"<text x='{LEFT - 4}' y='18' text-anchor='end'>{most:,}</text>"
        f"<text x='{LEFT - 4}' y='{HEIGHT - BOTTOM}' text-anchor='end'>0</text>"
        f"<path d='M{LEFT} 12V{HEIGHT - BOTTOM}H{WIDTH - 6}'/>"
    )
    return (
        f"<svg viewBox='0 0 {WIDTH} {HEIGHT}' role='img'><title>{escape(of)} by {escape(unit)}</title>"
        f"{''.join(parts)}{scale}{axis}</svg>"
    )


def _foot(about: dict[str, Any]) -> str:
    files: Iterable[str] = about["files"]
    links = ", ".join(f"<a href='{escape(name)}'>{escape(name)}</a>" for name in files)
    versions = about["software"]
    return (
        f"<footer><p>Tables: {links}. How the run went: <a href='run.json'>run.json</a>; all runs: "
        "<a href='runs.jsonl'>runs.jsonl</a>.</p>"
        f"<p>formcheck {escape(str(versions['formcheck']))}, {escape(str(versions['model']))}. General form "
        "measurements from a camera: not a medical device, not a diagnosis.</p></footer>"
    )


TEMPLATE = """<!doctype html>
<html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width, initial-scale=1">
<title>formcheck: recordings to look at</title>
<style>
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --accent: #2a6f97; --warm: #b35a00; }
@media (prefers-color-scheme: dark) { :root { --accent: #7cc0e8; --warm: #f0a860; } }
body { font: 16px/1.45 system-ui, sans-serif; margin: 1.5rem auto; padding: 0 1rem; max-width: 76rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.2rem; margin-top: 2rem; } ul.big ~ h2:first-of-type { margin: 0; }
h3 { font-size: 1rem; margin: 0 0 .4rem; }
ul.big { display: flex; flex-wrap: wrap; gap: 1rem; list-style: none; padding: 0; }
ul.big li { border: 1px solid var(--line); border-radius: .5rem; padding: .3rem 1.2rem; }
ul.big b { font-size: 1.8rem; margin-right: .3rem; } ul.big .warm b { color: var(--warm); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; line-height: 1.35; }
th { text-align: left; font-weight: 600; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td:last-child:has(a) { white-space: nowrap; }
td ul { margin: 0; padding: 0; } td li { display: inline; } td li + li::before { content: " · "; }
td li:first-child { font-weight: 600; } .number { text-align: right; font-variant-numeric: tabular-nums; }
td:first-child { overflow-wrap: anywhere; min-width: 15rem; }
.more { display: block; font-size: .8rem; } .more, .note, footer { opacity: .75; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(21rem, 1fr)); gap: 1.5rem; }
.counts td { border: 0; padding: .15rem .4rem .15rem 0; } .bar { width: 35%; }
.bar i { display: block; height: .8rem; margin-top: .3rem; background: var(--accent); border-radius: 2px; }
code { font-size: .85em; background: var(--soft); padding: 0 .25em; border-radius: 3px; }
svg { width: 100%; max-width: 26rem; } svg rect { fill: var(--accent); }
svg text { font-size: 11px; fill: currentColor; } svg path { stroke: currentColor; fill: none; opacity: .5; }
a { color: var(--accent); } select, input { font: inherit; padding: .2rem; }
@media print { details, select, input { display: revert; } }
</style>
BODY
<script>
const table = document.getElementById("review");
if (table) {
  const reason = document.getElementById("reason"), find = document.getElementById("find");
  const show = () => {
    const words = find.value.toLowerCase();
    for (const row of table.tBodies[0].rows)
      row.hidden = !(!reason.value || row.dataset.why.split(" ").includes(reason.value))
        || !row.textContent.toLowerCase().includes(words);
  };
  reason.onchange = find.oninput = show;
}
</script>
</html>
"""
