"""What an error means decides how often a message is tried, and what is told about it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from app import clock
from app.inbox.reply import trouble_with
from tests.bodies import PAGE, message

if TYPE_CHECKING:
    import responses

    from app.inbox.errors import Trouble
    from tests.office import Office

SEND = f"https://graph.facebook.com/v23.0/{PAGE}/messages"


@pytest.fixture
def office(office: Office) -> Office:
    """An answer waits in a conversation."""
    office.take_in(message("m1", at=clock.now()))
    office.reply("Welcome")
    return office


def refuse(meta: responses.RequestsMock, code: int, subcode: int | None = None) -> None:
    error = {"message": "(#) no", "type": "OAuthException", "code": code, "error_subcode": subcode}
    meta.post(SEND, json={"error": error}, status=400)


def send_for_an_hour(office: Office) -> None:
    start = clock.now()
    for minutes in range(0, 60, 5):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            office.send()


def told(office: Office) -> Trouble:
    trouble = trouble_with(office.messages()[1])
    assert trouble is not None
    return trouble


@pytest.mark.parametrize(
    ("code", "subcode", "tries"), [(100, 2018008, 2), (1, None, 4), (2, None, 8)]
)
def test_each_error_is_tried_as_often_as_it_is_worth(
    office: Office, meta: responses.RequestsMock, code: int, subcode: int | None, tries: int
) -> None:
    refuse(meta, code, subcode)
    send_for_an_hour(office)
    assert (office.states(), len(office.attempts())) == (["failed"], tries)


def test_what_failed_in_the_end_is_not_said_to_be_tried_again(
    office: Office, meta: responses.RequestsMock
) -> None:
    refuse(meta, 100, 2018008)
    send_for_an_hour(office)
    assert told(office).message == "Meta could not read the attached file."
    assert "Send a smaller file" in told(office).next_step


def test_a_proxy_that_refuses_is_not_called_a_missing_connection(
    office: Office, meta: responses.RequestsMock
) -> None:
    meta.post(SEND, body="<html>Not found</html>", status=404)
    office.send()
    assert office.states() == ["failed"]
    assert told(office).message == "Meta refused this."
    assert told(office).explanation == "HTTP 404 without an explanation"


def test_a_restricted_account_waits_for_an_hour(
    office: Office, meta: responses.RequestsMock
) -> None:
    refuse(meta, 10, 1893063)
    for minutes in (0, 50):
        with time_machine.travel(clock.now() + timedelta(minutes=minutes), tick=False):
            office.send()
    assert (office.states(), len(meta.calls)) == (["queued"], 1)
