"""What is wrong is told on top of the inbox: to whom it concerns, and without asking each time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from app import clock
from app.models import Delivery, ExternalEvent, ProcessBeat
from app.models.database import writing
from app.models.states import Role
from tests.bodies import message, signed
from tests.inbox_pages.visitor import Visitor, statements

if TYPE_CHECKING:
    from flask import Flask

    from app.models import Base
    from tests.office import Office


@pytest.fixture
def agent(app: Flask, office: Office) -> Visitor:
    return Visitor.member(app, office, Role.AGENT)


def let_fail(office: Office) -> None:
    office.take_in(message("m1"))
    change(office, ExternalEvent, outcome="failed")


def let_wait(office: Office) -> None:
    office.take_in(message("m1", at=clock.now()))
    office.reply("Yes")
    change(office, Delivery, next_try_at=clock.now() - timedelta(minutes=3))


def change(office: Office, model: type[Base], **values: object) -> None:
    with writing(office.engine) as session:
        session.execute(update(model).values(values))


def test_a_late_answer_is_told_to_agents_without_what_they_cannot_do(
    agent: Visitor, office: Office
) -> None:
    let_wait(office)
    page = agent.get("/inbox").text
    assert "1 answer has been waiting to be sent for 3 min." in page
    assert "What to do" not in page


def test_admins_are_told_what_to_do(admin: Visitor, office: Office) -> None:
    let_wait(office)
    assert "troubleshooting#answers-wait" in admin.get("/inbox").text


def test_failed_items_are_not_for_agents(agent: Visitor, admin: Visitor, office: Office) -> None:
    let_fail(office)
    words = "could not be applied"
    assert words in admin.get("/inbox").text
    assert words not in agent.get("/inbox").text


def test_another_workspace_hears_nothing(app: Flask, office: Office) -> None:
    let_fail(office)
    elsewhere = Visitor.elsewhere(app, office, Role.ADMIN)
    assert "could not be applied" not in elsewhere.get("/inbox").text


def test_the_installation_is_the_operators(
    operator: Visitor, admin: Visitor, office: Office
) -> None:
    app = operator.client.application
    app.extensions["inlet_watch"]._up_since = clock.now() - timedelta(minutes=3)
    change(office, ProcessBeat, seen_at=clock.now())
    words = "The sweep has given no sign for 3 min."
    assert words in operator.get("/inbox").text
    assert words not in admin.get("/inbox").text


def test_a_page_that_stays_open_learns_of_it_with_its_list(
    app: Flask, admin: Visitor, office: Office
) -> None:
    assert "could not be applied" not in admin.get("/inbox").text
    let_fail(office)
    app.extensions["inlet_watch"].look()
    assert "could not be applied" in admin.get("/inbox/list").text


def test_the_database_is_asked_once_in_ten_seconds(app: Flask, admin: Visitor) -> None:
    with statements(app) as first:
        admin.get("/inbox")
    with statements(app) as second:
        admin.get("/inbox")
    assert len(first) - len(second) >= 7
    assert not [one for one in second if "process_beat" in one.sql]


def test_many_are_told_in_two_lines(admin: Visitor, office: Office) -> None:
    let_fail(office)
    let_wait(office)
    for n in range(3):
        forged = signed(b"another")
        admin.client.post("/api/webhooks/instagram", data=f"{n}", headers=forged)
    page = admin.get("/inbox").text
    assert "1 more" in page
    assert "/settings/health" in page
