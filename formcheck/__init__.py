"""formcheck: a form checker for hip exercises that runs on one camera and one machine."""

from formcheck.analyser import Analyser
from formcheck.errors import FormcheckError, InputError, ModelError, OutputError, Reason, UsageError
from formcheck.pose.skeleton import Landmark, Pose, Side
from formcheck.results import Event, Phase, Rep, Snapshot, Summary
from formcheck.review import Review, review

__version__ = "0.1.0"

__all__ = [
    "Analyser",
    "Event",
    "FormcheckError",
    "InputError",
    "Landmark",
    "ModelError",
    "OutputError",
    "Phase",
    "Pose",
    "Reason",
    "Rep",
    "Review",
    "Side",
    "Snapshot",
    "Summary",
    "UsageError",
    "__version__",
    "review",
]
