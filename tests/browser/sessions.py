"""A session without the form: what a login page does is tested where one logs in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.inbox_pages.visitor import Visitor


def resume(page: Page, visitor: Visitor, site: str) -> None:
    """Give the browser of ``page`` the session of ``visitor``, who logged in earlier."""
    cookie = visitor.client.get_cookie("inlet")
    assert cookie is not None
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])
