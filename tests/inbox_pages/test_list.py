"""The list says what each conversation needs, and what to do where there is nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, update

from app import clock
from app.models import (
    AccountAddress,
    ChannelAccount,
    Conversation,
    ConversationRead,
    Integration,
)
from app.models.database import writing
from app.models.states import Role
from app.present.people import initials
from tests.bodies import message
from tests.inbox_pages.visitor import Visitor

if TYPE_CHECKING:
    from flask import Flask

    from tests.office import Office

NASTY = "<b>shelf</b> & <script>alert(1)</script>"


def write(office: Office, text: str = "Hello", *, person: str = "7001", hours: float = 0) -> int:
    """Let a customer write; return the conversation's id."""
    at = clock.now() - timedelta(hours=hours)
    office.take_in(message(f"{person} {text} {hours}", text, person=person, at=at))
    return next(one for one in office.messages() if one.text == text).conversation_id


def change(office: Office, conversation_id: int, **fields: Any) -> None:
    with writing(office.engine) as session:
        session.execute(
            update(Conversation).where(Conversation.id == conversation_id).values(fields)
        )


def rows(html: str) -> list[str]:
    """Return the rows of the list, each without its markup."""
    found = re.findall(r'<li id="c\d+".*?</li>', html, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


def test_a_row_says_how_long_the_customer_waits(agent: Visitor, office: Office) -> None:
    write(office, hours=2.01)

    assert "waits 2 h 00" in rows(agent.get("/inbox").text)[0]
    office.reply("Yes")
    assert "waits" not in rows(agent.get("/inbox").text)[0]


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("nino kapanadze", "NK"),
        ("élise", "É"),
        ("ნინო კაპანაძე", "ნკ"),
        ("فاطمة", "ف"),
        ("🙂", "?"),
    ],
)
def test_a_face_without_a_picture_is_letters_that_fonts_have(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Any news about my order 4471?", "…news about my <mark>order</mark> 4471?"),
        ("My order 4471?", "My <mark>order</mark> 4471?"),
        ("-" * 40 + "order", "…" + "-" * 16 + "<mark>order</mark>"),
    ],
)
def test_what_a_search_found_begins_with_a_whole_word(
    agent: Visitor, office: Office, text: str, shown: str
) -> None:
    write(office, text)

    assert shown in agent.get("/inbox?q=order").text


def test_a_row_says_how_our_answer_stands(agent: Visitor, office: Office) -> None:
    write(office)
    office.reply("Yes")

    shown = agent.get("/inbox").text

    assert "You: Yes" in rows(shown)[0]
    assert 'title="Waiting to be sent"' in shown


def test_a_row_says_whose_it_is_and_until_when_it_sleeps(agent: Visitor, office: Office) -> None:
    until = clock.now() + timedelta(days=2)
    thread = write(office)
    change(office, thread, assignee_id=agent.user_id, status="snoozed", snoozed_until=until)

    [row] = rows(agent.get("/inbox?view=snoozed").text)

    assert "Assigned to Agent Harbour" in row
    assert f"until {until:%a} " in row


def test_a_row_that_sleeps_until_tomorrow_says_so(agent: Visitor, office: Office) -> None:
    tomorrow = clock.now() + timedelta(days=1)
    change(office, write(office), status="snoozed", snoozed_until=tomorrow)

    [row] = rows(agent.get("/inbox?view=snoozed").text)

    assert f"until tomorrow {tomorrow:%H:%M}" in row


def test_opening_moves_my_mark_and_leaves_the_teams(
    agent: Visitor, admin: Visitor, office: Office
) -> None:
    thread = write(office)
    agent.get(f"/inbox/{thread}")

    [mine], [theirs] = rows(agent.get("/inbox").text), rows(admin.get("/inbox").text)

    assert "New to you" not in mine
    assert "New to you" in theirs
    assert "1 unread" in mine
    assert "1 unread" in theirs


def test_a_row_carries_one_mark_for_what_is_unread(agent: Visitor, office: Office) -> None:
    thread = write(office)
    shown = agent.get("/inbox").text
    assert shown.count('class="dot') == 1
    assert 'class="new"' not in shown

    agent.get(f"/inbox/{thread}")

    assert 'class="dot seen"' in agent.get("/inbox").text


def test_what_came_after_my_mark_is_new_to_me(agent: Visitor, office: Office) -> None:
    thread = write(office, hours=1)
    agent.get(f"/inbox/{thread}")
    write(office, "And another thing")

    assert "New to you" in rows(agent.get("/inbox").text)[0]
    agent.get(f"/inbox/{thread}/thread")
    assert "New to you" not in rows(agent.get("/inbox").text)[0]


def test_older_messages_and_strangers_move_no_mark(
    app: Flask, agent: Visitor, office: Office
) -> None:
    thread = write(office)
    agent.get(f"/inbox/{thread}?before=1.1")
    Visitor.elsewhere(app, office, Role.ADMIN).get(f"/inbox/{thread}")

    assert office.rows(ConversationRead) == []


def test_the_poll_brings_the_numbers_of_the_views(agent: Visitor, office: Office) -> None:
    write(office)

    shown = agent.get("/inbox/list").text

    assert re.search(r'<hx-partial hx-target="#views".*All open\s*<b>1</b>', shown, re.DOTALL)


@pytest.mark.parametrize(
    ("path", "others"),
    [
        ("/inbox?view=unassigned&channel=instagram&sort=ending", "channel=instagram"),
        ("/inbox?view=resolved&channel=messenger", "channel=messenger"),
    ],
)
def test_links_keep_the_rest_of_the_view(
    agent: Visitor, office: Office, path: str, others: str
) -> None:
    write(office)
    shown = agent.get(path).text
    view = re.findall(r"view=(\w+)", path)[0]

    tabs = re.findall(r'<nav class="tabs".*?</nav>', shown, re.DOTALL)[0]
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)"', shown)

    assert tabs.count(f"view={view}") == 4
    assert others in shown
    assert ("view", view) in hidden


def test_a_search_shows_where_it_found_the_words(agent: Visitor, office: Office) -> None:
    thread = write(office, "Is the walnut shelf back?")

    shown = agent.get("/inbox?q=shelf").text

    assert "<mark>shelf</mark>" in shown
    assert re.search(rf'href="/inbox/{thread}\?around=\d+&amp;q=shelf#m\d+"', shown)
    assert "Is the walnut" in agent.get(f"/inbox/{thread}?around=1&q=shelf").text


def test_found_text_is_text(agent: Visitor, office: Office) -> None:
    write(office, NASTY)

    shown = agent.get("/inbox?q=shelf").text

    assert "&lt;b&gt;<mark>shelf</mark>&lt;/b&gt;" in shown
    assert "<script>alert" not in shown


def test_an_archived_conversation_is_found_too(agent: Visitor, office: Office) -> None:
    change(office, write(office, "The walnut shelf"), status="archived")

    assert len(rows(agent.get("/inbox?q=walnut").text)) == 1
    assert rows(agent.get("/inbox?q=walnut&channel=whatsapp").text) == []


def test_matches_go_on_on_the_next_page(agent: Visitor, office: Office) -> None:
    for n in range(60):
        write(office, f"shelf {n}.", person=f"70{n}")

    first = agent.get("/inbox?q=shelf").text
    [older] = re.findall(r'href="(/inbox\?after=[^"]+)"', first)
    second = agent.get(older.replace("&amp;", "&")).text

    assert (len(rows(first)), len(rows(second))) == (50, 10)


@pytest.mark.parametrize("asked", ["zebra", "💙", '"<script>', "%27%00", "a" * 500])
def test_nothing_found_says_what_was_searched(agent: Visitor, office: Office, asked: str) -> None:
    write(office)

    answer = agent.get(f"/inbox?q={asked}")

    assert answer.status_code == 200
    assert "Nothing found for" in answer.text
    assert "Clear the search" in answer.text


def test_an_empty_search_is_the_list(agent: Visitor, office: Office) -> None:
    write(office)

    assert len(rows(agent.get("/inbox?q=+").text)) == 1


def test_an_empty_view_says_its_name_and_the_way_out(agent: Visitor, office: Office) -> None:
    write(office)

    shown = agent.get("/inbox?view=snoozed").text

    assert "Nothing in “Snoozed”" in shown
    assert re.search(r'class="about"\s+hidden', shown)
    assert not re.search(r'class="about"\s+hidden', agent.get("/inbox").text)
    assert "Show all open conversations" in shown


def test_without_a_channel_admins_are_led_to_connect_one(
    agent: Visitor, admin: Visitor, office: Office
) -> None:
    with writing(office.engine) as session:
        for table in (AccountAddress, ChannelAccount, Integration):
            session.execute(delete(table))

    shown = admin.get("/inbox").text
    assert "No channel yet" in shown
    assert 'href="/settings/connections"' in shown
    assert "Ask an administrator" in agent.get("/inbox").text


def test_a_stranger_finds_nothing(app: Flask, office: Office) -> None:
    write(office, "The walnut shelf")
    stranger = Visitor.elsewhere(app, replace(office), Role.ADMIN)

    assert rows(stranger.get("/inbox?q=walnut").text) == []
