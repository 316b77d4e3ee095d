"""``report.html``: one self-contained page that lets a therapist check a recording in two minutes.

Who writes results uses four things::

    recorder = SeriesBuilder(review.summary)            # one pass over the snapshots serves all
    for snapshot in recorder.watch(review.snapshots()):  # passes on, keeps what the page needs
        ...                                              # frames.csv, the annotated video
    picture = thumbnail(image_rgb)                       # of a frame at ``rep.peak_s``, as drawn or blurred
    section = Section(review, title, "annotated.mp4", recorder.series(), {rep.index: picture}, decisions)
    write_report([section], folder / "report.html", assessment=assessment)

`formcheck.report.folder` is imported here (for its atomic writing), so folder.py imports this package only
inside the function that needs it.
"""

from formcheck.report.page.section import (
    Assessment,
    Change,
    Decisions,
    MergedCheck,
    Section,
    Series,
    SeriesBuilder,
)
from formcheck.report.page.thumbnail import thumbnail
from formcheck.report.page.write import REPORT, write_report

__all__ = [
    "REPORT",
    "Assessment",
    "Change",
    "Decisions",
    "MergedCheck",
    "Section",
    "Series",
    "SeriesBuilder",
    "thumbnail",
    "write_report",
]
