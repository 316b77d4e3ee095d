"""Put figures of docs/angles.md, docs/accuracy.md and docs/accuracy-holdout.md into the README.

    python benchmarks/readme_table.py

Those files are printed by ``benchmarks/angles.py`` and ``benchmarks/accuracy.py``; what stands between the
marks in README.md is renewed.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- printed by benchmarks/readme_table.py -->", "<!-- end -->"
ANGLES_BEGIN = "<!-- angles, printed by benchmarks/readme_table.py -->"
ANGLES_HEADER = ("leg, camera", "joint", "in the picture", "in space", "formcheck", "frames", "in its band")
ANGLES_ROWS = {
    "near side, side views": "camera's leg, from the side",
    "near side or both, other views": "camera's leg or both, elsewhere",
    "far side": "the other leg",
}
HEADER = ("exercise", "check", "view", "first set: found", "false alarms", "hold-out: found", "false alarms")
TRUE, FOUND, GOOD, FALSE = "true cases", "found", "good", "false alarms"

Row = dict[str, str]


def fault_rows(text: str) -> dict[tuple[str, str, str], Row]:
    """Return the rows of the faults table of a printed report, by exercise, fault and view."""
    table = text.partition("Form faults: verdicts against the truth.\n\n")[2].partition("\n\n")[0]
    header, _, *lines = (
        [cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines()
    )
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    return {(row["exercise"], row["fault"], row["view"]): row for row in rows}


def cells(row: Row | None) -> tuple[str, str]:
    """Return "found of true" and "false alarms of good"."""
    if row is None:
        return "-", "-"
    found = f"{row[FOUND]} of {row[TRUE]}" if row[TRUE] != "0" else "-"
    return found, f"{row[FALSE]} of {row[GOOD]}"


def side_by_side(first: str, holdout: str) -> str:
    """Return the table of every check that has a true case in either report."""
    ours, theirs = fault_rows(first), fault_rows(holdout)
    lines = [HEADER, ["---"] * len(HEADER)]
    for key in {**ours, **theirs}:
        pair = (ours.get(key), theirs.get(key))
        if any(row is not None and row[TRUE] != "0" for row in pair):
            exercise, fault, view = key
            lines.append((exercise, f"`{fault}`", view, *cells(pair[0]), *cells(pair[1])))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def angle_table(printed: str) -> str:
    """Return the errors of hip and knee flexion on the trials, from the first table of docs/angles.md."""
    table = printed.partition("### Trials")[2].partition("\n- ")[0]
    rows = ([cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines())
    told = [(ANGLES_ROWS[place], *cells[:6]) for place, *cells in rows if place in ANGLES_ROWS]
    lines = [ANGLES_HEADER, ["---"] * len(ANGLES_HEADER), *told]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def renewed(readme: str, table: str, begin: str = BEGIN) -> str:
    """Return the README with the table between its marks."""
    before, _, rest = readme.partition(begin)
    return f"{before}{begin}\n\n{table}\n{END}{rest.partition(END)[2]}"


def main() -> int:
    """Renew the README."""
    reports = ((ROOT / "docs" / name).read_text("utf-8") for name in ("accuracy.md", "accuracy-holdout.md"))
    angles = angle_table((ROOT / "docs" / "angles.md").read_text("utf-8"))
    readme = ROOT / "README.md"
    text = renewed(readme.read_text("utf-8"), angles, ANGLES_BEGIN)
    readme.write_text(renewed(text, side_by_side(*reports)), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
