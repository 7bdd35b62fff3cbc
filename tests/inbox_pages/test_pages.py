"""What the pages show, whatever a stranger wrote."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from app import clock
from tests.bodies import CUSTOMER, echo, item, message, numbered
from tests.inbox_pages.visitor import Visitor

if TYPE_CHECKING:
    from tests.office import Office

NASTY = "<script>alert(1)</script> %(x)s {{ 7919*7907 }} \"' \u202e\u0000 " + "w" * 4000


def thread(agent: Visitor, office: Office) -> str:
    return agent.get(f"/inbox/{office.thread().id}").text


def said(**content: Any) -> dict[str, Any]:
    return message("m1", content.pop("text", None), at=clock.now(), **content)


def test_a_row_says_who_what_when_and_how_long(agent: Visitor, office: Office) -> None:
    office.take_in(message("m1", "Hello", at=clock.now() - timedelta(hours=21, minutes=30)))

    shown = agent.get("/inbox").text

    for words in (f"Instagram user …{CUSTOMER[-4:]}", "Hello", "21 h", "2 h 29 left", "soon"):
        assert words in shown


@pytest.mark.parametrize(
    ("hours", "words"), [(1, "23 h to reply"), (22.01, "1 h 59 to reply"), (25, "Window closed")]
)
def test_the_thread_says_how_long_a_reply_is_possible(
    agent: Visitor, office: Office, hours: float, words: str
) -> None:
    office.take_in(
        message("m1", "Hello", at=clock.now() - timedelta(hours=hours) + timedelta(seconds=30))
    )

    assert words in thread(agent, office)


@pytest.mark.parametrize("text", [NASTY, "\u202eevil", "🧶" * 300, "مرحبا", "\ud83d", "a\0b"])
def test_odd_text_is_shown_as_text(agent: Visitor, office: Office, text: str) -> None:
    office.take_in(said(text=text))

    for path in ("/inbox", f"/inbox/{office.thread().id}"):
        answer = agent.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert str(7919 * 7907) not in answer.text


def test_links_are_links_that_tell_nobody(agent: Visitor, office: Office) -> None:
    office.take_in(said(text="see https://example.com/a?b=1&c=2 or javascript:alert(1)"))

    shown = thread(agent, office)

    assert 'href="https://example.com/a?b=1&amp;c=2"' in shown
    [link] = [tag for tag in re.findall(r"<a [^>]+>", shown) if "example.com" in tag]
    assert "noopener" in link
    assert "noreferrer" in link
    assert 'href="javascript' not in shown


def test_files_are_links_to_meta_and_nothing_is_loaded(agent: Visitor, office: Office) -> None:
    files = [
        {"type": "image", "payload": {"url": "https://cdn.example/photo.jpg"}},
        {"type": "audio", "payload": {"url": "javascript:alert(1)"}},
        {"type": "video", "payload": {}},
    ]
    office.take_in(said(attachments=files))

    shown = thread(agent, office)

    assert 'href="https://cdn.example/photo.jpg"' in shown
    assert "Voice message" in shown
    assert shown.count("Meta gave no address for it") == 2
    assert "javascript:" not in shown
    assert "<img" not in shown


def test_a_tapped_button_is_shown_as_such(agent: Visitor, office: Office) -> None:
    tapped = {"mid": "m1", "title": "Opening hours?", "payload": "HOURS"}
    office.take_in(item(at=clock.now(), postback=tapped))

    assert re.search(
        r"Tapped:\s*</p>\s*<p class=\"text\" dir=\"auto\">Opening hours\?", thread(agent, office)
    )


def test_what_is_not_supported_is_shown_with_its_raw_item(agent: Visitor, office: Office) -> None:
    office.take_in(said(is_unsupported=True))

    shown = thread(agent, office)
    [path] = re.findall(r'href="(/inbox/events/\d+)"', shown)
    raw = agent.get(path)

    assert "Unsupported message. Open it in Instagram." in shown
    assert "&#34;is_unsupported&#34;: true" in raw.text
    assert CUSTOMER in raw.text


def test_a_colleagues_answer_from_the_phone_says_so(agent: Visitor, office: Office) -> None:
    office.take_in(said(text="Hello"), echo("m2", "Hi", at=clock.now()))

    assert "sent from the Instagram app" in thread(agent, office)


def test_a_quoted_message_is_shown_above(agent: Visitor, office: Office) -> None:
    first = message("m1", "The blue one?", at=clock.now())
    second = message("m2", "Yes, that", at=clock.now(), reply_to={"mid": "m1"})
    office.take_in(first, second)

    assert re.search(r'<blockquote dir="auto">\s*The blue one\?', thread(agent, office))


def test_older_messages_are_a_link_away(agent: Visitor, office: Office) -> None:
    office.take_in(*numbered(60))
    page = f"/inbox/{office.thread().id}"

    newest = agent.get(page).text
    [older] = re.findall(rf'href="({page}\?before=[^"]+)"', newest)
    before = agent.get(older).text

    assert [n for n in range(60) if f'dir="auto">{n}</p>' in newest] == list(range(10, 60))
    assert [n for n in range(60) if f'dir="auto">{n}</p>' in before] == list(range(10))
    assert "every 5s" not in before.split('id="live"')[1].split(">")[0]


def test_older_conversations_are_a_link_away(agent: Visitor, office: Office) -> None:
    start = clock.now() - timedelta(hours=1)
    office.take_in(
        *(
            message(f"m{n}", f"Text {n}.", person=f"77{n}", at=start + timedelta(seconds=n))
            for n in range(60)
        )
    )

    newest = agent.get("/inbox").text
    [older] = re.findall(r'href="(/inbox\?after=[^"]+)"', newest)

    assert "Text 59." in newest
    assert "Text 9." not in newest
    assert "Text 9." in agent.get(older).text


def test_tabs_filter_by_channel(agent: Visitor, office: Office) -> None:
    office.take_in(said(text="Hello there"))

    assert "Hello there" in agent.get("/inbox?channel=instagram").text
    assert "Nothing in “All open” on WhatsApp" in agent.get("/inbox?channel=whatsapp").text


def test_without_conversations_the_page_says_what_will_happen(agent: Visitor) -> None:
    shown = agent.get("/inbox").text

    assert "All quiet" in shown
    assert "simulator" not in shown


@pytest.mark.parametrize(
    "path",
    [
        "/inbox?channel=telegram",
        "/inbox?view=odd",
        "/inbox?sort=odd",
        "/inbox?after=nonsense",
        "/inbox?after=1.99999999999999999999",
        "/inbox?after=-1.1",
        "/inbox?after=%00",
        "/inbox/99999999999999999999999",
        "/inbox/9223372036854775808",
        "/inbox/events/9223372036854775807",
        "/inbox/0/thread",
        "/inbox/messages/1/retry/x",
        "/help/..%2fREADME",
        "/help/nothing",
    ],
)
def test_an_odd_address_is_not_there(agent: Visitor, path: str) -> None:
    answer = agent.get(path)

    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_the_front_door_leads_to_the_inbox(agent: Visitor) -> None:
    assert agent.get("/").location == "/inbox"


@pytest.mark.parametrize("path", ["/inbox", "/inbox/1", "/inbox?channel=instagram"])
def test_strangers_are_led_to_the_login(app: Any, office: Office, path: str) -> None:
    assert Visitor(app.test_client()).get(path).location.startswith("/login?next=/inbox")


def test_repeated_refusals_alarm_admins_alone(
    agent: Visitor, admin: Visitor, office: Office
) -> None:
    for n in range(3):
        wrong = {"X-Hub-Signature-256": f"sha256={n:064x}"}
        admin.client.post("/api/webhooks/instagram", data="{}", headers=wrong)

    assert "3 webhooks were refused" in admin.get("/inbox").text
    assert "refused" not in agent.get("/inbox").text


def test_times_are_in_the_readers_zone(agent: Visitor, office: Office) -> None:
    agent.client.set_cookie("zone", "Asia/Tbilisi")
    office.take_in(*numbered(1))

    assert ">16:00</time>" in thread(agent, office)


def test_an_odd_zone_is_utc(agent: Visitor, office: Office) -> None:
    agent.client.set_cookie("zone", "../../etc/passwd")
    office.take_in(*numbered(1))

    assert ">12:00</time>" in thread(agent, office)
