"""A conversation is read at Meta's to find a message that may or may not have been sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import responses
import time_machine
from sqlalchemy import QueuePool, update

from app import clock
from app.channels.base import Sent
from app.channels.faults import GraphFault, Unsure
from app.inbox import decisions
from app.inbox.looks import Looks
from app.models import Conversation, Delivery, DeliveryStep, Integration, Message
from app.models.database import writing
from tests.bodies import ACCOUNT, CUSTOMER, echo, message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.office import Office

CONVERSATIONS = "https://graph.facebook.com/v23.0/me/conversations"
LOST = Unsure(GraphFault("Meta's answer was lost on the way (ReadTimeout)"))


@pytest.fixture
def began() -> Iterator[datetime]:
    """Time stands still, unless a test moves it."""
    with time_machine.travel(clock.now().replace(microsecond=0), tick=False):
        yield clock.now()


@pytest.fixture
def office(office: Office, began: datetime) -> Office:
    """Nobody knows whether the answer in a conversation was sent."""
    office.take_in(message("m1", at=began))
    unconfirmed(office)
    return office


def unconfirmed(office: Office, text: str = "Welcome") -> None:
    office.reply(text)
    office.finish(office.begin(), LOST)


def there(at: datetime, *messages: tuple[str, str], author: str = ACCOUNT) -> dict[str, Any]:
    """Return Meta's answer: the conversation holds these (id, text), newest first."""
    told = [
        {
            "id": external_id,
            "created_time": f"{at:%Y-%m-%dT%H:%M:%S}+0000",
            "from": {"id": author},
            "message": text,
        }
        for external_id, text in messages
    ]
    return {"data": [{"id": "c1", "messages": {"data": told}}]}


def look(office: Office, began: datetime, seconds: int = 16) -> int:
    """Look so long after the call began and return how many conversations were read."""
    with time_machine.travel(began + timedelta(seconds=seconds), tick=False):
        return Looks(office.engine, office.graph, office.keyring).look()


def next_look(office: Office, began: datetime) -> float | None:
    moment = office.rows(Delivery)[0].next_look_at
    return (moment - began).total_seconds() if moment else None


def steps(office: Office) -> list[str]:
    return [one.kind for one in office.rows(DeliveryStep)]


def test_what_is_there_was_sent(
    office: Office, began: datetime, meta: responses.RequestsMock
) -> None:
    meta.get(CONVERSATIONS, json=there(began, ("x1", "Welcome")))
    assert look(office, began) == 1
    delivery, sent = office.row(Delivery), office.messages()[1]
    assert (delivery.state, delivery.settled_by, delivery.next_look_at) == ("sent", "history", None)
    assert (sent.status, sent.external_id, sent.error_message) == ("sent", "x1", None)
    assert (steps(office), office.thread().attention_count) == (["found"], 0)


def test_nobody_looks_before_its_time(office: Office, began: datetime) -> None:
    assert look(office, began, seconds=14) == 0


def test_what_is_not_there_is_looked_for_again_and_never_given_up_by_itself(
    office: Office, began: datetime, meta: responses.RequestsMock
) -> None:
    meta.get(CONVERSATIONS, json=there(began, ("x9", "Later"), author=CUSTOMER))
    looks = []
    for seconds in (16, 31, 61, 301):
        assert look(office, began, seconds) == 1
        looks.append(next_look(office, began))
    assert looks == [30, 60, 300, None]
    assert (office.states(), steps(office)) == (["unconfirmed"], ["absent"] * 4)
    assert look(office, began, seconds=9999) == 0


def test_what_is_found_late_counts_too(
    office: Office, began: datetime, meta: responses.RequestsMock
) -> None:
    meta.get(CONVERSATIONS, json={"data": []})
    meta.get(CONVERSATIONS, json=there(began, ("x1", "Welcome")))
    look(office, began, 16)
    look(office, began, 31)
    assert (office.states(), steps(office)) == (["sent"], ["absent", "found"])


@pytest.mark.parametrize(
    ("seconds", "text", "author"),
    [(-121, "Welcome", ACCOUNT), (0, "Bye", ACCOUNT), (0, "Welcome", CUSTOMER)],
    ids=["before the call", "another text", "the customer's"],
)
def test_what_another_message_is_proves_nothing(
    office: Office,
    began: datetime,
    meta: responses.RequestsMock,
    seconds: int,
    text: str,
    author: str,
) -> None:
    told = there(began + timedelta(seconds=seconds), ("x1", text), author=author)
    meta.get(CONVERSATIONS, json=told)
    look(office, began)
    assert office.states() == ["unconfirmed"]


def test_what_is_known_as_another_message_proves_nothing(
    office: Office, began: datetime, meta: responses.RequestsMock
) -> None:
    with time_machine.travel(began + timedelta(seconds=61), tick=False):
        office.reply("Welcome")
        office.finish(office.begin(), Sent("x2"))
    meta.get(CONVERSATIONS, json=there(began, ("x2", "Welcome")))
    look(office, began, seconds=62)
    assert office.states() == ["unconfirmed", "sent"]


def test_one_of_two_with_the_same_text_is_proven_the_older_one(
    office: Office, began: datetime, meta: responses.RequestsMock
) -> None:
    with time_machine.travel(began + timedelta(seconds=61), tick=False):
        unconfirmed(office)
    meta.get(CONVERSATIONS, json=there(began, ("x1", "Welcome")))
    look(office, began, seconds=80)
    assert office.states() == ["sent", "unconfirmed"]
    assert len(meta.calls) == 1


def test_while_another_is_being_sent_nothing_is_taken_for_a_proof(
    office: Office, began: datetime, meta: responses.RequestsMock
) -> None:
    with time_machine.travel(began + timedelta(seconds=61), tick=False):
        office.reply("Welcome")
        call = office.begin()
    meta.get(CONVERSATIONS, json=there(began, ("x2", "Welcome")))
    look(office, began, seconds=62)
    office.finish(call, Sent("x2"))
    look(office, began, seconds=93)
    assert office.states() == ["unconfirmed", "sent"]


def test_the_echo_afterwards_changes_nothing(
    office: Office, began: datetime, meta: responses.RequestsMock
) -> None:
    meta.get(CONVERSATIONS, json=there(began, ("x1", "Welcome")))
    look(office, began)
    office.take_in(echo("x1", "Welcome", at=began))
    assert office.texts() == ["Hi", "Welcome"]


@pytest.mark.parametrize("verb", [decisions.retry, decisions.give_up, decisions.arrived])
def test_nobody_looks_once_a_person_decided(office: Office, began: datetime, verb: Any) -> None:
    with writing(office.engine) as session:
        verb(session, office.workspace_id, office.row(Message, Message.text == "Welcome").id)
    assert (look(office, began), next_look(office, began)) == (0, None)


def test_where_meta_cannot_be_asked_its_words_are_noted(
    office: Office, began: datetime, meta: responses.RequestsMock
) -> None:
    fault = {"error": {"message": "Session has expired", "code": 190, "type": "OAuthException"}}
    meta.get(CONVERSATIONS, json=fault, status=400)
    look(office, began)
    step = office.row(DeliveryStep)
    assert (step.kind, step.detail) == ("unreadable", "Session has expired")
    assert (office.states(), next_look(office, began)) == (["unconfirmed"], 30)


def test_without_a_token_nobody_is_asked(office: Office, began: datetime) -> None:
    with writing(office.engine) as session:
        session.execute(update(Integration).values(access_token=None))
    look(office, began)
    assert steps(office) == ["unreadable"]


def test_an_account_is_read_once_a_round(
    office: Office, began: datetime, meta: responses.RequestsMock
) -> None:
    """Meta takes two such calls a second of an account."""
    office.take_in(message("m2", person="770002", at=began))
    office.reply("Hello", thread=office.rows(Conversation)[-1].id)
    office.finish(office.begin(), LOST)
    meta.get(CONVERSATIONS, json={"data": []})
    assert [look(office, began), look(office, began)] == [1, 1]
    asked = " ".join(call.request.url or "" for call in meta.calls)
    assert f"user_id={CUSTOMER}" in asked
    assert "user_id=770002" in asked


def test_no_database_connection_is_held_during_the_call(
    office: Office, began: datetime, meta: responses.RequestsMock
) -> None:
    def answer(_: object) -> tuple[int, dict[str, str], str]:
        assert isinstance(office.engine.pool, QueuePool)
        held.append(office.engine.pool.checkedout())
        return 200, {}, "{}"

    held: list[int] = []
    meta.add_callback("GET", CONVERSATIONS, answer)
    look(office, began)
    assert held == [0]
