"""How many SQL statements a page takes does not depend on how much it shows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from app import clock
from app.channels.base import Sent
from tests.bodies import message
from tests.inbox_pages.visitor import Visitor, statements

if TYPE_CHECKING:
    from flask import Flask

    from tests.office import Office


POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgresql)
PLANS = text("SELECT generic_plans FROM pg_prepared_statements WHERE statement LIKE :sign")


def write(office: Office, people: int, messages: int) -> None:
    """Let people write, each so often, each message with a file."""
    files = [{"type": "image", "payload": {"url": "https://example.com/a.png"}}]
    start = clock.now() - timedelta(hours=1)
    office.take_in(
        *(
            message(
                f"p{person}m{n}",
                person=f"99{person}",
                at=start + timedelta(seconds=n),
                attachments=files,
            )
            for person in range(people)
            for n in range(messages)
        )
    )


def count(app: Flask, visitor: Visitor, path: str) -> int:
    app.extensions["inlet_watch"].look()  # what it found holds for ten seconds
    with statements(app) as seen:
        answer = visitor.get(path)
    assert answer.status_code == 200
    return len(seen)


def read_often(app: Flask, visitor: Visitor, path: str) -> None:
    """Read a page until its statements are prepared on every connection of the pool.

    A look at what is wrong, every ten seconds, may have opened a second and a third one.
    """
    with app.extensions["inlet"].engine.begin() as connection:
        connection.execute(text("ANALYZE"))  # else plans depend on what ran before
    for _ in range(50):
        visitor.get(path)


def kept(app: Flask, sign: str) -> list[bool]:
    """Say of the prepared statements with ``sign`` in them whether their plans are kept."""
    with app.extensions["inlet"].engine.connect() as connection:
        return [one.generic_plans > 0 for one in connection.execute(PLANS, {"sign": sign})]


@pytest.mark.parametrize("path", ["/inbox", "/inbox/list"])
def test_the_list_takes_at_most_six(
    app: Flask, office: Office, agent: Visitor, admin: Visitor, path: str
) -> None:
    write(office, people=1, messages=1)
    few = count(app, agent, path)
    write(office, people=60, messages=1)

    assert count(app, agent, path) == few <= 6
    assert count(app, admin, path) <= 6


def test_the_thread_takes_at_most_six_and_its_page_twelve(
    app: Flask, office: Office, agent: Visitor
) -> None:
    write(office, people=1, messages=2)
    thread = office.thread()
    paths = [f"/inbox/{thread.id}/thread", f"/inbox/{thread.id}"]
    few = [count(app, agent, path) for path in paths]
    write(office, people=1, messages=60)
    for text_sent in ("one", "two"):
        office.reply(text_sent)
        office.finish(office.begin(), Sent(text_sent))

    assert [count(app, agent, path) for path in paths] == few
    assert few[0] <= 6
    assert few[1] <= 12


def test_a_thread_with_answers_that_wait_takes_one_more(
    app: Flask, office: Office, agent: Visitor
) -> None:
    write(office, people=1, messages=2)
    path = f"/inbox/{office.thread().id}/thread"
    none = count(app, agent, path)
    for number in range(5):
        office.reply(f"Answer {number}")

    assert count(app, agent, path) == none + 1


@pytest.mark.parametrize("engine", [POSTGRESQL], indirect=True)
def test_postgresql_keeps_the_plans_of_a_list(app: Flask, office: Office, agent: Visitor) -> None:
    write(office, people=3, messages=1)
    read_often(app, agent, "/inbox/list")

    assert kept(app, "%conversation.preview,%") == [True]


@pytest.mark.parametrize("engine", [POSTGRESQL], indirect=True)
def test_postgresql_keeps_the_plans_of_a_thread(app: Flask, office: Office, agent: Visitor) -> None:
    write(office, people=1, messages=3)
    read_often(app, agent, f"/inbox/{office.thread().id}/thread")

    assert kept(app, "%message.reply_to%") == [True]
    assert kept(app, "%lower(app_user.name)%") == [True]
