"""Recordings to try formcheck on, and the studio that renders people with exact truth."""
