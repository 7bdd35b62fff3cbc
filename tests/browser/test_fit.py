"""It fits: the weight budget, small screens, and the policy of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from app import clock
from tests.bodies import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, Response

    from tests.office import Office

pytestmark = pytest.mark.browser

BUDGET = 100_000  # bytes over the wire for a first page of the inbox, everything included
REQUESTS = 12
BEGINNINGS = """previews => previews.map((preview) => {
  const text = document.createRange();
  text.selectNodeContents(preview);
  return Math.round(text.getBoundingClientRect().left);
})"""
IS_TOO_WIDE = "() => document.documentElement.scrollWidth > innerWidth"


def fill(office: Office) -> int:
    """Let fifty people write, long words and right to left too; return one conversation's id."""
    texts = ["w" * 900, "مرحبا " * 40, "🧶" * 200, *(f"Message {n}" for n in range(47))]
    office.take_in(
        *(message(f"m{n}", text, person=f"5{n}", at=clock.now()) for n, text in enumerate(texts))
    )
    return next(one for one in office.messages() if one.text == texts[0]).conversation_id


def test_the_first_page_is_light(
    page: Page, office: Office, site: str, log_in: Callable[[Page], None]
) -> None:
    conversation_id = fill(office)
    log_in(page)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - Playwright marks what it is given

    page.goto(f"{site}/inbox/{conversation_id}", wait_until="networkidle")

    weights = {one.url: one.request.sizes()["responseBodySize"] for one in answers}
    assert len(answers) <= REQUESTS
    assert sum(weights.values()) <= BUDGET, weights


def test_nothing_is_wider_than_a_phone(
    phone: Page, office: Office, site: str, log_in: Callable[[Page], None]
) -> None:
    conversation_id = fill(office)
    log_in(phone)
    phone.goto(f"{site}/inbox")
    assert not phone.evaluate(IS_TOO_WIDE)

    phone.goto(f"{site}/inbox/{conversation_id}")
    expect(phone.get_by_label("Reply to")).to_be_visible()
    assert not phone.evaluate(IS_TOO_WIDE)
    assert not phone.locator("#log").evaluate("log => log.scrollWidth > log.clientWidth")
    expect(phone.locator("#list")).to_be_hidden()

    phone.get_by_role("link", name="Back to the list").tap()

    expect(phone.locator("#list")).to_be_visible()
    expect(phone.locator("#thread")).to_be_hidden()


def test_previews_of_any_script_begin_at_one_edge(
    page: Page, office: Office, site: str, log_in: Callable[[Page], None]
) -> None:
    texts = ["Hello", "مرحبا", "გამარჯობა"]
    office.take_in(
        *(message(text, text, person=f"6{n}", at=clock.now()) for n, text in enumerate(texts))
    )
    log_in(page)
    page.goto(f"{site}/inbox")

    edges = page.locator(".row .pre").evaluate_all(BEGINNINGS)

    assert len(edges) == len(texts)
    assert len(set(edges)) == 1


def test_on_a_phone_the_menu_opens_and_closes(
    phone: Page, site: str, log_in: Callable[[Page], None]
) -> None:
    log_in(phone)
    phone.goto(f"{site}/inbox")
    leave = phone.get_by_role("button", name="Log out")
    expect(leave).to_be_hidden()

    phone.get_by_role("button", name="Menu").tap()
    expect(leave).to_be_visible()
    leave.tap()

    phone.wait_for_url("**/login")


@pytest.mark.parametrize("path", ["/login", "/inbox", "/nowhere", "/inbox?channel=whatsapp"])
def test_no_page_breaks_its_own_policy(
    page: Page, site: str, log_in: Callable[[Page], None], complaints: list[str], path: str
) -> None:
    log_in(page)

    page.goto(f"{site}{path}", wait_until="networkidle")

    assert [one for one in complaints if "404" not in one] == []
