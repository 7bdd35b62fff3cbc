"""A permission error that nobody knows is about one customer, until several in a row meet it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import responses
from responses import matchers
from sqlalchemy import update

from app import clock
from app.inbox import broken
from app.models import Conversation, Integration, Message
from app.models.database import writing
from tests.bodies import PAGE, message

if TYPE_CHECKING:
    from tests.office import Office

FACEBOOK = f"https://graph.facebook.com/v23.0/{PAGE}/messages"
PEOPLE = ["771", "772", "773", "774"]


def unknown(code: int = 10) -> dict[str, Any]:
    return {"error": {"type": "OAuthException", "message": "No", "code": code, "error_subcode": 99}}


def refuse(meta: responses.RequestsMock, *people: str, code: int = 10) -> None:
    """Refuse what goes to these people, take what goes to the others."""
    for number, person in enumerate(PEOPLE):
        to = matchers.json_params_matcher({"recipient": {"id": person}}, strict_match=False)
        answer = {"json": unknown(code), "status": 403} if person in people else {}
        meta.post(FACEBOOK, **({"json": {"message_id": f"x{number}"}} | answer), match=[to])


@pytest.fixture
def meta() -> Any:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def office(office: Office) -> Office:
    """An answer waits in each of four conversations."""
    office.take_in(*(message(f"m{one}", person=one, at=clock.now()) for one in PEOPLE))
    for thread in office.rows(Conversation):
        office.reply("Welcome", thread=thread.id)
    return office


def is_broken(office: Office) -> bool:
    return office.row(Integration).broken_at is not None


@pytest.mark.parametrize("code", [10, 200, 229, 299])
def test_it_fails_the_one_message_and_the_others_go_on(
    office: Office, meta: responses.RequestsMock, code: int
) -> None:
    refuse(meta, PEOPLE[0], code=code)
    office.send()
    assert office.states() == ["failed", "sent", "sent", "sent"]
    failed = office.row(Message, Message.status == "failed")
    assert (failed.error_kind, failed.error_message) == ("not-permitted", "No")
    assert not is_broken(office)


def test_three_customers_in_a_row_stop_the_account(
    office: Office, meta: responses.RequestsMock
) -> None:
    refuse(meta, *PEOPLE)
    office.send()
    assert office.states() == ["failed", "failed", "held", "held"]
    assert len(meta.calls) == 3
    one = office.row(Integration)
    assert (one.broken_kind, one.broken_code, one.broken_subcode) == ("no-permission", 10, 99)


def test_what_another_customer_got_shows_that_the_account_may_send(
    office: Office, meta: responses.RequestsMock
) -> None:
    refuse(meta, PEOPLE[0], PEOPLE[2], PEOPLE[3])
    office.send()
    assert office.states() == ["failed", "sent", "failed", "failed"]
    assert not is_broken(office)


def test_what_was_before_the_connection_was_mended_counts_no_more(
    office: Office, meta: responses.RequestsMock
) -> None:
    refuse(meta, *PEOPLE[:3])
    office.send()
    assert office.states() == ["failed", "failed", "held", "held"]
    with writing(office.engine) as session:
        broken.mend(session, session.get_one(Integration, office.integration_id))
    with writing(office.engine) as session:  # SQLite notes whole seconds
        session.execute(update(Integration).values(updated_at=clock.now()))
    office.send()
    assert office.states() == ["failed", "failed", "failed", "sent"]


def test_one_customer_who_meets_it_often_stops_nobody(
    office: Office, meta: responses.RequestsMock
) -> None:
    refuse(meta, PEOPLE[3])
    last = office.rows(Conversation)[-1]
    for _ in range(4):
        office.reply("Still there?", thread=last.id)
    office.send()
    assert office.states() == ["sent"] * 3 + ["failed"] * 5
    assert not is_broken(office)
