"""A real headless Chromium for tests of the page, and what a page must never do in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def chromium() -> str:
    """The path of a Chromium; without one, or without playwright, the module of tests is skipped and says so."""
    pytest.importorskip("playwright", reason="playwright is not installed: pip install -e '.[dev]'")
    found = next((path for path in map(shutil.which, _NAMES) if path), None)
    if found is None:
        pytest.skip("no Chromium here, and `make browser` could not install one", allow_module_level=True)
    return found


def node() -> str:
    """The path of playwright's own Node.js, which runs the tests of the scripts."""
    playwright = pytest.importorskip("playwright", reason="playwright is not installed: pip install -e '.[dev]'")
    return str(Path(playwright.__file__).parent / "driver" / "node")


@contextmanager
def started() -> Iterator[Any]:
    """A browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium(), args=sandbox)
        yield browser
        browser.close()


@dataclass
class Said:
    """What went wrong while a page was open: console errors, exceptions, requests beyond the file, dialogs."""

    faults: list[str] = field(default_factory=list)


@contextmanager
def opened(browser: Any, file: Path, fragment: str = "", **context: Any) -> Iterator[Any]:
    """The page of a file, all of it drawn; fails where the page said an error or asked for anything."""
    own = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "accept_downloads": True, **context})
    page, said = own.new_page(), Said()
    page.set_default_timeout(20_000)
    page.on("console", lambda m: said.faults.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.faults.append(f"{error}"))
    page.on("dialog", lambda dialog: (said.faults.append(f"dialog {dialog.message}"), dialog.dismiss()))
    address = f"file://{file}"
    page.on("request", lambda one: None if one.url.split("#")[0] == address else said.faults.append(one.url))
    page.goto(address + fragment)
    page.wait_for_selector("html[data-ready=all]")
    yield page
    own.close()
    assert said.faults == []
