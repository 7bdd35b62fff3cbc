"""Pictures of every page and state, at three widths and in both themes, for docs/screenshots.

Runs against a freshly started demo (``bin/run`` with an empty INLET_HOME), which it fills and
leaves with a broken connection. Needs Chromium and the development environment.
"""

from __future__ import annotations

import argparse
import base64
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.acting import Scene
from benchmarks.scenes import Stage

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
WIDTHS = {1440: 900, 1024: 768, 390: 844}
PHONE = 390
THEMES = ("light", "dark")
QUALITY = 36
DRAWERS = ("navigation", "conversation-panel")
"""What the widest window shows anyway."""

Scenes = Callable[[], Iterable[tuple[str, Scene]]]


def main() -> None:
    """Fill the inbox and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inbox", default="http://127.0.0.1:8000")
    parser.add_argument("--simulator", default="http://127.0.0.1:8001")
    parser.add_argument("--password", required=True, help="of the demo logins")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--fresh", help="an Inlet that was started with INLET_DEMO=0")
    given = parser.parse_args()
    stage = Stage(given.inbox, given.simulator)
    stage.let_customers_write()
    with sync_playwright() as tools:
        options = {"executable_path": given.chromium, "args": ["--no-sandbox"]}
        studio = Studio(tools.chromium.launch(**options), given.folder)
        studio.log_in(stage, given.password)
        with studio.page() as page:
            stage.work(page)
        studio.take_all(stage.still)
        studio.take_all(stage.live)
        studio.take_all(stage.empty)
        with studio.page() as page:
            stage.breaks(page)
        studio.take_all(stage.broken)
        studio.visitor = None
        studio.take_all(stage.logged_out)
        if given.fresh:
            studio.take_all(Stage(given.fresh, given.simulator).fresh)


class Studio:
    """A browser that takes pictures and writes them into a folder.

    ``visitor`` is the state of who is logged in; None shows what everybody sees.
    """

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.visitor: Any = None
        self._browser = browser
        self._folder = folder

    def log_in(self, stage: Stage, password: str) -> None:
        """Log the admin of the demo in, once for all pictures."""
        with self.page() as page:
            stage.go(page, "/login")
            page.get_by_label("E-mail address").fill("admin@demo.inlet")
            page.get_by_label("Password").fill(password)
            page.get_by_role("button", name="Log in").click()
            page.wait_for_url(f"{stage.inbox}/inbox")
            self.visitor = page.context.storage_state()

    def take_all(self, scenes: Scenes) -> None:
        """Take each scene at each width in both themes."""
        for width in WIDTHS:
            for theme in THEMES:
                with self.page(width, theme) as page:
                    for name, show in scenes():
                        if name not in DRAWERS or width != max(WIDTHS):
                            show(page)
                            self._take(page, f"{name}-{width}-{theme}")

    @contextmanager
    def page(self, width: int = 1440, theme: Any = "light") -> Iterator[Page]:
        """Give a page of a browser that knows nothing but the visitor's login."""
        context = self._browser.new_context(
            storage_state=self.visitor,
            viewport={"width": width, "height": WIDTHS[width]},
            color_scheme=theme,
            reduced_motion="reduce",
            has_touch=width == PHONE,
            is_mobile=width == PHONE,
        )
        yield context.new_page()
        context.close()

    def _take(self, page: Page, name: str) -> None:
        """Write what is shown as WebP: a quarter of the same PNG."""
        page.wait_for_load_state()  # nothing can be taken while another page comes
        session = page.context.new_cdp_session(page)
        options = {"format": "webp", "quality": QUALITY}
        picture = session.send("Page.captureScreenshot", options)
        (self._folder / f"{name}.webp").write_bytes(base64.b64decode(picture["data"]))


if __name__ == "__main__":
    main()
