"""The distribution's Chromium, driven by Playwright, with its network cut."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    return next((path for path in map(shutil.which, NAMES) if path), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A running browser; without one the tests of the page in a browser are skipped."""
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="the page is not tested in a browser: no playwright (extra 'dev')"
    )
    path = chromium()
    if path is None:
        pytest.skip("the page is not tested in a browser: no Chromium here (apt-get install chromium)")
    with sync_api.sync_playwright() as running:
        # Chromium refuses to sandbox for the superuser, as whom containers run
        sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        started = running.chromium.launch(executable_path=path, args=[*sandbox, "--disable-dev-shm-usage"])
        yield started
        started.close()


@pytest.fixture
def opened(browser: Any) -> Iterator[Any]:
    """Open a page from disk in a new window; complains if it said anything or asked for anything outside."""
    contexts, said, asked = [], [], []

    def outside(route: Any) -> None:
        asked.append(route.request.url)
        route.abort()

    def open_page(path: Path, **options: Any) -> Any:
        context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 800}, "offline": True} | options
        )
        contexts.append(context)
        context.route(lambda url: not url.startswith(("file:", "data:", "blob:")), outside)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []
    assert asked == []
