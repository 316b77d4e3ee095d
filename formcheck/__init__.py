"""formcheck: a form checker for hip exercises that runs on one camera and one machine."""

__version__ = "0.1.0"
