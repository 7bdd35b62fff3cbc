"""axe finds nothing to complain about: on any page, in both themes, on a desk and on a phone.

A new page adds its path to PATHS; ``{conversation}`` stands for a conversation's id.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from app import clock
from app.channels.faults import GraphFault, Permanent
from app.models.states import Role
from tests.bodies import message
from tests.browser.sessions import resume
from tests.inbox_pages.visitor import Visitor

if TYPE_CHECKING:
    from typing import Literal

    from flask import Flask
    from playwright.sync_api import Page

    from tests.office import Office

    Scheme = Literal["light", "dark"]

pytestmark = pytest.mark.browser

PATHS = [
    "/inbox",
    "/inbox?channel=whatsapp",
    "/inbox/{conversation}",
    "/inbox/{conversation}/contact",
    "/nowhere",
    "/help/index",
    "/help/troubleshooting",
    "/help/architecture",
    "/help/configuration",
    "/api/docs",
    "/settings/profile",
    "/settings/people",
    "/settings/tokens",
    "/settings/workspaces",
    "/settings/connections",
    "/settings/connections/new",
    "/settings/events",
    "/settings/events/1",
    "/settings/events/replay?outcome=failed",
    "/settings/health",
]
LOOKS: tuple[tuple[Scheme, int], ...] = (("light", 1440), ("dark", 390))
"""Contrast depends on the theme alone, what is shown on the width alone: two looks see all."""


@pytest.fixture
def busy(office: Office) -> int:
    """Fill the inbox with what it can show; return the id of a conversation with a failed send."""
    now = clock.now()
    office.take_in(
        *(
            message(f"m{hours}", text, person=f"5{hours}", at=now - timedelta(hours=hours))
            for hours, text in ((0, "Hello"), (21, "مرحبا"), (30, "w" * 300), (200, "🧶"))
        )
    )
    thread = next(one for one in office.messages() if one.text == "Hello").conversation_id
    office.reply("Yes", thread=thread)
    office.finish(office.begin(), Permanent(GraphFault("no")))
    return thread


@pytest.fixture
def admin(app: Flask, page: Page, office: Office, site: str) -> Page:
    """The browser of an admin, to whom every page is open."""
    resume(page, Visitor.member(app, office, Role.ADMIN), site)
    return page


def complaints(page: Page) -> list[str]:
    """Return what axe says of the page as it stands, in both themes and at both widths."""
    found = []
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 844})
        results = Axe().run(page)
        if results.violations_count:
            found.append(f"{scheme} {width}: {results.generate_report()}")
    return found


def test_the_login(page: Page, site: str) -> None:
    page.goto(f"{site}/login")

    assert complaints(page) == []


def test_the_pages(admin: Page, busy: int, site: str) -> None:
    found = {}
    for path in PATHS:
        admin.goto(f"{site}{path.format(conversation=busy)}")
        found[path] = complaints(admin)

    assert {path: said for path, said in found.items() if said} == {}


def test_an_empty_inbox(admin: Page, site: str) -> None:
    admin.goto(f"{site}/inbox")

    assert complaints(admin) == []
