"""What the pictures of docs/screenshots show: the inbox is filled, then led into each state.

The states come in acts, because some change what the others show: news and answers of colleagues
arrive, a workspace is empty, a connection breaks.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from playwright.sync_api import Page

from benchmarks.acting import Scene, answer, open_thread, pressing, show, submitting, typing

TIMEOUT = 10.0  # seconds
NEWS_TIMEOUT = 20_000.0  # milliseconds: several polls
CUSTOMERS = (
    ("Jörg Müller 🌊", "joerg.m", ["Guten Tag, liefern Sie auch nach Wien?"], 0.2),
    (
        "Anneliese Freifrau von und zu Hohenstaufen",
        "anneliese",
        ["The vase arrived, thank you!"],
        1,
    ),
    ("יעל כהן", "yael", ["מתי אתם פתוחים?"], 3),
    ("Marta Jansen", "marta", ["Is the walnut shelf back in stock?"], 20.7),
    ("Tornike B.", "tornike", ["Do you have the small bowls in blue?"], 26),
    ("Noa Lind", "noa", ["Can I pick it up on Saturday?"], 5),
    ("Teo Brandt", "teo.b", ["Which glaze is this?", "And is it safe for food?"], 2),
)
FAMILIAR = {
    "leila.makes": ["Hi! Do you still have the blue one in size M? 💙", "The one from your story"],
    "sandro.k": ["Hello, is the walnut shelf back?", "How deep is it?", "Perfect, I'll take two"],
    "dina.w": ["شكرا جزيلا، وصل الطلب اليوم"],
    "ana.rossi": ["Where is order 4711? https://shop.example/orders/4711"],
}
BLOCKED = {"code": 551, "message": "This person isn't available right now.", "times": 1}
SECOND_WORKSPACE = "Atelier North"


@dataclass
class Stage:
    """Where the scenes play. Both addresses are without a slash at the end.

    ``link`` is the path of the latest link to a new password.
    """

    inbox: str
    simulator: str
    link: str = ""
    heralds: deque[str] = field(default_factory=lambda: deque(["joerg.m", "yael", "leila.makes"]))

    def let_customers_write(self) -> None:
        """Have everybody write who is in the list."""
        for name, username, _, _ in CUSTOMERS:
            self.control("POST", "customers", {"name": name, "username": username})
        for _, username, texts, hours in CUSTOMERS:
            for text in texts:
                self.say(username, text, age_hours=hours)
        for username, texts in FAMILIAR.items():
            for text in texts:
                self.say(username, text)
                time.sleep(0.3)
        self.say("sandro.k", kind="attachment", type="image", url=f"{self.simulator}/shelf.jpg")
        time.sleep(4)
        self.control("POST", "test-button", {})
        stranger = {"sender": {"id": "1"}, "recipient": {"id": "2"}, "message": {"mid": "x"}}
        body = {"object": "instagram", "entry": [{"id": "2", "messaging": [stranger]}]}
        self.control("POST", "deliver", {"json": body})
        time.sleep(1)

    def work(self, page: Page) -> None:
        """Answer, snooze and resolve; let an answer fail and another stay unconfirmed."""
        self.go(page, "/inbox")
        open_thread(page, "Sandro Kalandadze")
        answer(page, "28 cm. For two of them we take 10 % off and deliver on Saturday.")
        self.say("sandro.k", "Great, how do I pay?")
        open_thread(page, "Anneliese Freifrau")
        answer(page, "That is good to hear 😊")
        page.locator("#resolve-form button").click()
        open_thread(page, "Noa Lind")
        page.locator("#snooze").click()
        page.locator("#snooze-menu button", has_text="Tomorrow").click()
        for name, text in (
            ("Ana Rossi", "Hello Ana, it left the warehouse this morning."),
            ("Teo Brandt", "It is our celadon."),
        ):
            self.control("PUT", "switches", {"error": BLOCKED})
            open_thread(page, name)
            answer(page, text)
            page.locator(".msg.failed", has_text=text).wait_for()
        self.control("PUT", "switches", {"html_500": 1})
        answer(page, "Yes, all our glazes are safe for food.")
        page.locator(".msg.unconfirmed").wait_for(timeout=NEWS_TIMEOUT)
        self.control("DELETE", "switches", {})
        self.go(page, "/settings/workspaces")
        home = page.locator("input[name=name]").first.input_value()
        page.locator("form[action$=workspaces] input[name=name]").fill(SECOND_WORKSPACE)
        page.get_by_role("button", name="Make it").click()
        self.change_over(page, home)

    def still(self) -> Iterator[tuple[str, Scene]]:
        """Yield what can be looked at without changing it."""
        yield "inbox", self.at("/inbox")
        yield "navigation", pressing(self.at("/inbox"), ".list .menu")
        yield "conversation", self.conversation("Sandro Kalandadze")
        yield "conversation-failed", self.conversation("Ana Rossi")
        yield "conversation-edit", self._edited
        yield "conversation-unconfirmed", self.conversation("Teo Brandt")
        yield "conversation-deliveries", self._deliveries("Sandro Kalandadze")
        yield "conversation-deliveries-failed", self._deliveries("Ana Rossi")
        yield "conversation-ending", self.conversation("Marta Jansen")
        yield "conversation-closed", self.conversation("Tornike B.")
        yield "conversation-right-to-left", self.conversation("دينا وليد")
        leila = self.conversation("Leila Mgeladze")
        for name, button in (("assign", "#assign"), ("snooze", "#snooze"), ("more", "#more")):
            yield f"conversation-{name}", pressing(leila, button)
        yield "conversation-panel", pressing(self.conversation("Sandro Kalandadze"), "#about")
        yield "contact", self._contact
        yield "conversation-too-long", self._too_long
        for view in ("mine", "ending", "attention", "snoozed", "resolved", "archived"):
            yield f"view-{view}", self.at(f"/inbox?view={view}")
        yield "channel-empty", self.at("/inbox?channel=whatsapp")
        yield "search", self.at("/inbox?q=walnut")
        yield "search-nothing", self.at("/inbox?q=zebra")
        yield "shortcuts", typing(self.at("/inbox"), "?")
        yield from self._settings()
        for name in ("", "troubleshooting", "errors"):
            yield f"help-{name}" if name else "help", self.at(f"/help/{name}")
        yield "api", self.at("/api/docs")
        yield "not-found", self.at("/inbox/999999")
        yield "simulator", lambda page: show(page, f"{self.simulator}/")
        yield "simulator-switches", lambda page: show(page, f"{self.simulator}/switches")

    def _settings(self) -> Iterator[tuple[str, Scene]]:
        pages = ("profile", "people", "workspaces", "tokens", "connections", "events", "health")
        for name in pages:
            yield f"settings-{name}", self.at(f"/settings/{name}")
        yield "settings-person", self.at("/settings/people/2")
        for name, path in (("new", "new"), ("edit", "1/edit"), ("delete", "1/delete")):
            yield f"settings-connections-{name}", self.at(f"/settings/connections/{path}")
        yield "settings-events-event", self.at("/settings/events/1")
        yield "settings-events-replay", self.at("/settings/events/replay?scope=installation")
        yield "settings-events-installation", self.at("/settings/events?scope=installation")
        yield (
            "settings-events-nothing",
            self.at("/settings/events?outcome=failed&kind=message_received"),
        )

    def live(self) -> Iterator[tuple[str, Scene]]:
        """Yield what happens while somebody looks, and what is made anew each time."""
        yield "inbox-news", self._news
        yield "conversation-answered", self._answered_elsewhere
        yield "settings-people-link", self._link
        yield "settings-tokens-made", self._token
        yield (
            "settings-connections-test",
            submitting(self.at("/settings/connections"), "Send a test"),
        )
        yield "form-expired", self._expired

    def empty(self) -> Iterator[tuple[str, Scene]]:
        """Yield a workspace in which nothing has happened yet."""
        yield "empty-inbox", self._empty
        for name in ("connections", "tokens", "events"):
            yield f"empty-{name}", self.at(f"/settings/{name}")

    def broken(self) -> Iterator[tuple[str, Scene]]:
        """Yield a connection whose token Meta refuses."""
        yield "broken-inbox", self.at("/inbox")
        yield "conversation-held", self.conversation("Teo Brandt")
        yield "broken-connections", self.at("/settings/connections")
        yield "broken-health", self.at("/settings/health")

    def logged_out(self) -> Iterator[tuple[str, Scene]]:
        """Yield what everybody sees."""
        yield "login", self.at("/login")
        yield "login-refused", self._refused
        yield "welcome", self.at(self.link)
        yield "welcome-used", self.at("/welcome/used")

    def fresh(self) -> Iterator[tuple[str, Scene]]:
        """Yield what an Inlet shows in which nobody is known yet."""
        yield "setup", self.at("/setup")

    def breaks(self, page: Page) -> None:
        """Let Meta refuse the account's token; an answer finds out."""
        self.control("PATCH", "accounts/harbour.ceramics", {"conditions": ["token_expired"]})
        self.go(page, "/inbox")
        open_thread(page, "Teo Brandt")
        answer(page, "Shall I keep one for you?")
        page.locator(".msg.held").wait_for(timeout=NEWS_TIMEOUT)

    def change_over(self, page: Page, workspace: str) -> None:
        """Lead to the other workspace."""
        self.go(page, "/settings/profile")
        page.locator(".switch summary").click()
        page.locator(".switch button", has_text=workspace).click()

    def at(self, path: str) -> Scene:
        """Return the scene of a page that is reached by its address."""
        return lambda page: self.go(page, path)

    def conversation(self, name: str) -> Scene:
        """Return the scene of an open conversation."""

        def play(page: Page) -> None:
            self.go(page, "/inbox")
            open_thread(page, name)

        return play

    def go(self, page: Page, path: str) -> None:
        """Show one page of the inbox."""
        show(page, self.inbox + path)

    def say(self, customer: str, text: str | None = None, **more: Any) -> None:
        """Have a customer write."""
        words = {} if text is None else {"text": text}
        self.control("POST", "messages", {"customer": customer, **words, **more})

    def control(self, method: str, path: str, body: dict[str, Any]) -> None:
        """Ask the simulator for something; raises :class:`requests.HTTPError` when it refuses."""
        address = f"{self.simulator}/control/{path}"
        requests.request(method, address, json=body, timeout=TIMEOUT).raise_for_status()

    def _edited(self, page: Page) -> None:
        self.conversation("Ana Rossi")(page)
        page.locator("a", has_text="Edit and resend").first.dispatch_event("click")
        page.locator("input[name=instead_of]").wait_for(state="attached")

    def _too_long(self, page: Page) -> None:
        self.conversation("Leila Mgeladze")(page)
        page.locator("#draft").fill("Yes, we still have it in blue. " * 36)

    def _contact(self, page: Page) -> None:
        self.conversation("Sandro Kalandadze")(page)
        show(page, page.url.split("?")[0] + "/contact")

    def _news(self, page: Page) -> None:
        self.go(page, "/inbox")
        page.mouse.move(9, 9)
        self.heralds.rotate()
        for username in self.heralds:
            self.say(username, "Are you there?")
        page.locator("#fresh-words", has_text="3").wait_for(timeout=NEWS_TIMEOUT)

    def _answered_elsewhere(self, page: Page) -> None:
        self.conversation("Leila Mgeladze")(page)
        page.locator("#draft").press_sequentially("Yes, one is left")
        self.control("POST", "colleague", {"customer": "leila.makes", "text": "Yes, we do!"})
        page.locator("#answered:not(:empty)").wait_for(timeout=NEWS_TIMEOUT)

    def _deliveries(self, name: str) -> Scene:
        def play(page: Page) -> None:
            self.conversation(name)(page)
            page.locator("a[data-deliveries]").last.dispatch_event("click")
            page.locator("#deliveries-part > *").first.wait_for()

        return play

    def _link(self, page: Page) -> None:
        submitting(self.at("/settings/people/2"), "Make a link")(page)
        self.link = urlsplit(page.locator(".once input").input_value()).path

    def _token(self, page: Page) -> None:
        self.go(page, "/settings/tokens")
        page.get_by_label("Name").fill("Order system")
        page.locator("main form .primary").last.click()
        page.locator(".once").wait_for()

    def _expired(self, page: Page) -> None:
        self.go(page, "/settings/profile")
        page.evaluate("document.querySelectorAll('[name=csrf_token]').forEach(e => e.value = '')")
        page.locator("main form .primary").first.click()

    def _empty(self, page: Page) -> None:
        self.change_over(page, SECOND_WORKSPACE)
        self.go(page, "/inbox")

    def _refused(self, page: Page) -> None:
        self.go(page, "/login")
        page.get_by_label("E-mail address").fill("agent@demo.inlet")
        page.get_by_label("Password").fill("not the password")
        page.get_by_role("button", name="Log in").click()
        page.locator(".problem").wait_for()
