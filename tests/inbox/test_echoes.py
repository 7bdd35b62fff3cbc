"""What the business wrote comes back as an echo, early, late, twice or from another app."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from app import clock
from app.channels.base import Sent
from app.channels.faults import GraphFault, Unsure
from app.inbox import decisions
from app.models import (
    CommunicationLog,
    Conversation,
    ConversationRead,
    Delivery,
    DeliveryStep,
    ExternalEvent,
    Lead,
    Message,
    User,
)
from app.models.database import writing
from tests.bodies import echo, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.inbox.deliver import Call
    from tests.office import Office

LOST = Unsure(GraphFault("the answer was lost"))


@pytest.fixture
def office(office: Office) -> Office:
    """A conversation whose window is open."""
    office.take_in(message("m1", at=clock.now()))
    return office


def sending(office: Office, text: str = "Welcome") -> Call:
    office.reply(text)
    return office.begin()


def unconfirmed(office: Office, text: str = "Welcome") -> Message:
    sent = office.reply(text)
    with later(61 * (len(office.states()) - 1)):  # an unconfirmed one blocks the next for a minute
        office.finish(office.begin(), LOST)
    return sent


def come_back(
    office: Office, mid: str, text: str = "Welcome", *, seconds: int = 0, mark: str | None = None
) -> None:
    at = clock.now() + timedelta(seconds=seconds)
    office.take_in(echo(mid, text, at=at, mark=mark))


def decide(office: Office, verb: Callable[..., Message]) -> None:
    """Let a person decide about the only answer."""
    with writing(office.engine) as session:
        verb(session, office.workspace_id, office.row(Delivery).message_id)


def later(seconds: int) -> time_machine.travel:
    return time_machine.travel(clock.now() + timedelta(seconds=seconds))


def latest(office: Office) -> ExternalEvent:
    return office.rows(ExternalEvent)[-1]


def test_an_echo_of_a_message_that_was_answered_changes_nothing(office: Office) -> None:
    office.finish(sending(office), Sent("x1"))
    version = office.thread().version
    come_back(office, "x1")
    assert office.texts() == ["Hi", "Welcome"]
    assert (latest(office).outcome, office.thread().version) == ("applied", version)


def test_an_early_echo_waits_for_the_answer_and_its_id_decides(office: Office) -> None:
    call = sending(office)
    come_back(office, "x1")
    assert (latest(office).outcome, office.texts()) == ("parked", ["Hi", "Welcome"])
    office.finish(call, Sent("x1"))
    with later(2):
        office.drain()
    assert (latest(office).outcome, office.statuses()) == ("applied", ["delivered", "sent"])
    assert office.texts() == ["Hi", "Welcome"]


def test_an_early_echo_with_another_id_is_a_message_of_its_own(office: Office) -> None:
    call = sending(office)
    come_back(office, "x2")
    office.finish(call, Sent("x1"))
    with later(2):
        office.drain()
    assert office.texts() == ["Hi", "Welcome", "Welcome"]


def test_an_early_echo_confirms_a_send_whose_answer_was_lost(office: Office) -> None:
    call = sending(office)
    come_back(office, "x1")
    office.finish(call, LOST)
    with later(2):
        office.drain()
    assert office.states() == ["sent"]
    assert [one.external_id for one in office.messages()] == ["m1", "x1"]


def test_an_echo_waits_no_longer_than_a_minute(office: Office) -> None:
    sending(office)
    come_back(office, "x1")
    with later(61):
        office.drain()
    assert office.texts() == ["Hi", "Welcome", "Welcome"]


def test_an_echo_confirms_an_unconfirmed_send(office: Office) -> None:
    unconfirmed(office)
    come_back(office, "x1")
    assert (office.texts(), office.statuses()) == (["Hi", "Welcome"], ["delivered", "sent"])
    assert office.messages()[1].error_message is None
    thread = office.thread()
    assert (thread.attention_count, thread.preview_status) == (0, "sent")


def test_one_echo_confirms_the_oldest_of_two_unconfirmed_sends(office: Office) -> None:
    unconfirmed(office)
    unconfirmed(office)
    come_back(office, "x1")
    assert office.statuses() == ["delivered", "sent", "unconfirmed"]
    assert office.thread().attention_count == 1
    come_back(office, "x2")
    assert office.statuses() == ["delivered", "sent", "sent"]


def test_two_echoes_in_one_batch_confirm_two_unconfirmed_sends(office: Office) -> None:
    unconfirmed(office)
    unconfirmed(office)
    now = clock.now()
    office.take_in(echo("x1", "Welcome", at=now), echo("x2", "Welcome", at=now))
    assert office.statuses() == ["delivered", "sent", "sent"]
    assert len(office.texts()) == 3


def test_an_echo_with_another_text_confirms_nothing(office: Office) -> None:
    unconfirmed(office)
    come_back(office, "x1", "Something else")
    assert office.states() == ["unconfirmed"]
    assert office.texts() == ["Hi", "Welcome", "Something else"]


@pytest.mark.parametrize(("seconds", "state"), [(-118, "sent"), (-125, "unconfirmed")])
def test_an_echo_from_before_the_call_confirms_nothing(
    office: Office, seconds: int, state: str
) -> None:
    """Meta's clock may be two minutes behind ours."""
    unconfirmed(office)
    come_back(office, "x1", seconds=seconds)
    assert office.states() == [state]


def test_the_same_text_long_afterwards_is_somebodys_own(office: Office) -> None:
    unconfirmed(office)
    come_back(office, "x1", seconds=301)
    assert (office.states(), len(office.texts())) == (["unconfirmed"], 3)


def test_a_mark_decides_whatever_text_and_order_say(office: Office) -> None:
    unconfirmed(office)
    unconfirmed(office)
    come_back(office, "x1", "Welcome, shortened", mark=office.rows(Delivery)[1].mark)
    assert office.states() == ["unconfirmed", "sent"]


def test_a_mark_that_is_none_of_ours_confirms_nothing(office: Office) -> None:
    unconfirmed(office)
    come_back(office, "x1", mark="another program's")
    assert (office.states(), len(office.texts())) == (["unconfirmed"], 3)


def test_nobody_can_guess_a_mark(office: Office) -> None:
    sending(office)
    office.reply("Hello again")
    marks = {one.mark or "" for one in office.rows(Delivery)}
    assert len(marks) == 2
    assert all(len(mark) >= 22 for mark in marks)


@pytest.mark.parametrize("verb", [decisions.give_up, decisions.arrived, decisions.retry])
def test_an_echo_proves_it_also_after_a_person_decided(
    office: Office, verb: Callable[..., Message]
) -> None:
    unconfirmed(office)
    decide(office, verb)
    come_back(office, "x1")
    delivery = office.row(Delivery)
    assert (delivery.state, delivery.settled_by) == ("sent", "echo")
    assert [one.external_id for one in office.messages()] == ["m1", "x1"]
    assert office.claim() == []


def test_an_echo_is_noted_as_what_settled_it(office: Office) -> None:
    unconfirmed(office)
    come_back(office, "x1")
    assert office.row(Delivery).settled_by == "echo"
    assert office.row(DeliveryStep).kind == "echoed"


def test_an_echo_to_another_person_confirms_nothing(office: Office) -> None:
    unconfirmed(office)
    office.take_in(echo("x1", "Welcome", person="770002"))
    assert office.states() == ["unconfirmed"]
    assert len(office.rows(Conversation)) == 2


def test_the_same_echo_twice_settles_one_send(office: Office) -> None:
    unconfirmed(office)
    unconfirmed(office)
    come_back(office, "x1")
    come_back(office, "x1")
    assert office.states() == ["sent", "unconfirmed"]


def test_the_same_text_twice_by_us_and_once_from_the_phone_app_is_three_messages(
    office: Office,
) -> None:
    office.finish(sending(office), Sent("x1"))
    office.finish(sending(office), Sent("x2"))
    for mid in ("x1", "x2", "x3"):
        come_back(office, mid)
    assert office.texts() == ["Hi", "Welcome", "Welcome", "Welcome"]
    assert [one.via for one in office.messages()] == [None, "api", "api", "app"]


def test_the_answer_after_an_echo_that_became_a_message_takes_that_back(office: Office) -> None:
    call = twin_of_a_send(office)
    office.finish(call, Sent("x1"))
    assert [one.external_id for one in office.messages()] == ["m1", "x1"]
    assert len(office.rows(CommunicationLog)) == 2
    assert office.states() == ["sent"]


def test_a_twin_that_somebody_has_read_is_taken_back_too(office: Office) -> None:
    call = twin_of_a_send(office)
    twin = office.messages()[-1]
    with writing(office.engine) as session:
        reader = User(email="ana@example.com", name="Ana", password_hash="-")
        session.add(reader)
        session.flush()
        read = {"conversation_id": twin.conversation_id, "last_message_id": twin.id}
        session.add(ConversationRead(user_id=reader.id, **read))
    office.finish(call, Sent("x1"))
    assert office.row(ConversationRead).last_message_id == office.messages()[-1].id


def test_after_a_twin_was_taken_back_the_conversation_shows_what_is_newest(office: Office) -> None:
    call = twin_of_a_send(office)
    office.finish(call, Sent("x1"))
    newest = office.messages()[-1]
    thread = office.thread()
    assert (thread.preview, thread.preview_status) == (newest.text, newest.status)
    assert thread.position_at == newest.position_at


def test_an_echo_for_an_unknown_thread_opens_one_that_nobody_waits_in(office: Office) -> None:
    office.take_in(echo("x1", "Hello from the phone", person="770002"))
    thread = office.rows(Conversation)[-1]
    assert (thread.unread_count, thread.waiting_since, thread.window_opened_at) == (0, None, None)
    assert (thread.preview, thread.preview_direction) == ("Hello from the phone", "outbound")
    assert len(office.rows(Lead)) == 1


def test_an_echo_from_the_phone_app_ends_the_waiting(office: Office) -> None:
    come_back(office, "x1", "I am on it")
    thread = office.thread()
    assert (thread.unread_count, thread.waiting_since, thread.preview) == (0, None, "I am on it")


def twin_of_a_send(office: Office) -> Call:
    """Return the call whose echo became a message of its own after a minute."""
    call = sending(office)
    come_back(office, "x1")
    with later(61):
        office.drain()
    assert len(office.texts()) == 3
    return call
