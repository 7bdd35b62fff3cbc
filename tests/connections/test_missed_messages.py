"""Looking for missed messages by hand, and what the page says of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from app import clock
from app.inbox import repair
from app.inbox.repair import Result
from app.inbox.token_check import NO_TOKEN
from app.models import ChannelAccount
from app.models.database import writing
from app.models.states import Role
from tests.inbox_pages.visitor import Visitor

if TYPE_CHECKING:
    from flask import Flask

    from tests.office import Office

HOME = "/settings/connections"
BUTTON = "Look for missed messages"


def found(office: Office, result: Result, *, is_done: bool = True) -> None:
    with writing(office.engine) as session:
        account = session.get_one(ChannelAccount, office.row(ChannelAccount).id)
        repair.note(session, account.id, result, None)
        account.repaired_at = clock.now() if is_done else None
        account.repair_from = account.repair_due_at = None if is_done else clock.now()


def test_a_press_of_the_button(admin: Visitor, office: Office) -> None:
    assert BUTTON in admin.get(HOME).text
    answer = admin.submit(HOME, f"{HOME}/{office.integration_id}/repair")
    assert answer.status_code == 303
    page = admin.get(HOME).text
    assert "Looking for missed messages." in page
    assert "Looking for them at Meta." in page
    account = office.row(ChannelAccount)
    assert account.repair_from is not None
    assert account.repair_from < clock.now() - timedelta(hours=23)


def test_nobody_elses_connection(app: Flask, office: Office) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    stranger = Visitor.elsewhere(app, office, Role.ADMIN)
    answer = stranger.client.post(f"{HOME}/{office.integration_id}/repair")
    assert answer.status_code == 404
    assert office.row(ChannelAccount).repair_due_at is None


def test_what_was_recovered(admin: Visitor, office: Office) -> None:
    found(office, Result(conversations=1, messages=3))
    assert "3 messages recovered." in admin.get(HOME).text


def test_what_meta_does_not_give(admin: Visitor, office: Office) -> None:
    found(office, Result(messages=20, gaps=1, unread=2, is_cut=True))
    page = admin.get(HOME).text
    assert "Of 1 conversation Meta gives only the newest messages" in page
    assert "2 conversations were not shown by Meta." in page
    assert "More conversations had changed" in page


def test_why_it_waits(admin: Visitor, office: Office) -> None:
    found(office, Result(problem=NO_TOKEN), is_done=False)
    page = admin.get(HOME).text
    assert f"They could not be looked for: {NO_TOKEN.message}" in page


def test_the_command_line_asks_too(app: Flask, office: Office) -> None:
    run = app.test_cli_runner().invoke
    answer = run(args=["integrations", "repair", str(office.integration_id)])
    assert answer.output == "Looking for missed messages of 1 account(s).\n"
    assert office.row(ChannelAccount).repair_due_at is not None
    assert run(args=["integrations", "repair", "999"]).exit_code == 1


def test_a_broken_connection_has_no_such_button(admin: Visitor, office: Office) -> None:
    with writing(office.engine) as session:
        account = session.get_one(ChannelAccount, office.row(ChannelAccount).id)
        assert account.integration is not None
        account.integration.broken_at = clock.now()
    assert BUTTON not in admin.get(HOME).text
