"""The health page tells admins of their workspace, and the operator of the installation."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from app import clock
from app.inbox.spool.record import Received
from app.models import Delivery, ExternalEvent, ExternalEventLog
from app.models.database import writing
from app.models.states import Role
from tests.bodies import body, message
from tests.inbox_pages.visitor import Visitor, statements

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings
    from tests.office import Office

HOME = "/settings/health"


def test_where_all_is_well_nothing_wants_a_look(admin: Visitor) -> None:
    page = admin.get(HOME).text
    assert "All is well." in page
    assert "Wants a look" not in page


def test_what_is_wrong_stands_on_top_with_what_to_do(admin: Visitor, office: Office) -> None:
    office.take_in(message("m1"))
    with writing(office.engine) as session:
        session.execute(update(ExternalEvent).values(outcome="failed"))
    page = admin.get(HOME).text
    assert page.index("Wants a look") < page.index("Items failed") < page.index("This workspace")
    assert "troubleshooting#items-that-failed" in page


def test_an_admin_sees_the_workspace_alone(admin: Visitor) -> None:
    page = admin.get(HOME).text
    assert "This workspace" in page
    assert "All are applied." in page
    assert "The installation" not in page
    assert "Refused webhooks" not in page


def test_the_operator_sees_the_installation_too(operator: Visitor) -> None:
    page = operator.get(HOME).text
    for words in ("The installation", "Refused webhooks", "Worker", "Disk", "Versions", "granian"):
        assert words in page


@pytest.mark.parametrize("role", [Role.AGENT, Role.MANAGER])
def test_nobody_else_may(app: Flask, office: Office, role: Role) -> None:
    assert Visitor.member(app, office, role).get(HOME).status_code == 403


def test_a_process_that_is_not_seen_is_broken(operator: Visitor) -> None:
    page = operator.get(HOME).text
    assert "Never seen." in page
    assert "Something is broken." in page
    assert "troubleshooting#a-process-is-not-seen" in page


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(minutes=2), "It works, and something wants a look."),
        (timedelta(minutes=20), "Something is broken."),
    ],
)
def test_what_waits_too_long_is_late(
    admin: Visitor, office: Office, age: timedelta, words: str
) -> None:
    office.take_in(message("m1"))
    with writing(office.engine) as session:
        late = {"outcome": "parked", "created_at": clock.now() - age}
        session.execute(update(ExternalEvent).values(late))
    page = admin.get(HOME).text
    assert words in page
    assert "troubleshooting#nothing-is-processed" in page


def test_a_body_that_waits_is_the_operators_to_see(operator: Visitor, office: Office) -> None:
    office.receive(body(message("m1")))
    long_ago = clock.now() - timedelta(minutes=20)
    with writing(office.engine) as session:
        session.execute(update(ExternalEventLog).values(received_at=long_ago))
    assert "1 waits, the oldest for 20 min." in operator.get(HOME).text


def test_items_without_an_account_lead_to_the_guide(admin: Visitor, office: Office) -> None:
    office.take_in(message("m1"), secret="of somebody else")
    page = admin.get(HOME).text
    assert "1 item waits for an account." in page
    assert "connect-instagram#unroutable" in page


def test_the_page_answers_while_redis_is_away(
    operator: Visitor, app: Flask, settings: Settings
) -> None:
    from app.queue import Queue

    vars(app.extensions["inlet"])["queue"] = Queue(f"unix://{settings.home}/nobody.sock")
    answer = operator.get(HOME)
    assert answer.status_code == 200
    assert "Away. Everything works" in answer.text


def test_the_statements_do_not_grow_with_the_history(
    app: Flask, operator: Visitor, office: Office
) -> None:
    def count() -> int:
        with statements(app) as seen:
            assert operator.get(HOME).status_code == 200
        return len(seen)

    few = count()
    office.take_in(*(message(f"m{n}", person=f"7{n}") for n in range(50)))
    assert count() == few <= 25


def test_the_operator_sees_what_lies_in_the_spool(
    app: Flask, operator: Visitor, settings: Settings
) -> None:
    assert "Empty. The database takes every webhook." in operator.get(HOME).text
    app.extensions["inlet"].spool.put(Received("instagram", b"{}", "x", clock.now()))
    page = operator.get(HOME).text
    assert "1 waits," in page
    assert "of 256 MB" in page
    assert "whether the sweep is alive" in page


@pytest.mark.parametrize(
    ("age", "signs"),
    [
        (timedelta(seconds=25), {"ok"}),
        (timedelta(seconds=45), {"soon"}),
        (timedelta(minutes=11), {"bad"}),
    ],
)
def test_a_line_and_its_alert_agree_on_what_is_late(
    operator: Visitor, office: Office, age: timedelta, signs: set[str]
) -> None:
    office.take_in(message("m1"))
    office.receive(body(message("m2")))
    since = clock.now() - age
    with writing(office.engine) as session:
        due = {"outcome": "pending", "created_at": since, "next_try_at": since}
        session.execute(update(ExternalEvent).values(due))
        session.execute(update(ExternalEventLog).values(received_at=since))
    page = operator.get(HOME).text
    assert signs_of(page, "Incoming items") == signs
    assert signs_of(page, "Incoming webhooks") == signs
    assert signs_of(page, "New messages appear late") == signs - {"ok"}


@pytest.mark.parametrize(("seconds", "sign"), [(45, "ok"), (75, "soon")])
def test_an_answer_is_late_when_its_alert_says_so(
    admin: Visitor, office: Office, seconds: int, sign: str
) -> None:
    office.take_in(message("m1", at=clock.now()))
    office.reply("Yes")
    since = clock.now() - timedelta(seconds=seconds)
    with writing(office.engine) as session:
        session.execute(update(Delivery).values(created_at=since, next_try_at=since))
    page = admin.get(HOME).text
    assert signs_of(page, "Outgoing answers") == {sign}
    assert signs_of(page, "Answers go out late") == {sign} - {"ok"}


def test_a_spool_in_use_wants_a_look_as_its_alert_does(app: Flask, operator: Visitor) -> None:
    app.extensions["inlet"].spool.put(Received("instagram", b"{}", "x", clock.now()))
    page = operator.get(HOME).text
    assert signs_of(page, "The spool is in use") == signs_of(page, "Spool") == {"soon"}


def signs_of(page: str, title: str) -> set[str]:
    """Return the signs of all lines with this title."""
    return set(
        re.findall(rf'<li class="fact (\w+)">(?:(?!</li>).)*?<b>{title}</b>', page, re.DOTALL)
    )
