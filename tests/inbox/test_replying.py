"""An answer is checked before it is queued, and the same one twice is one message."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import update

from app import clock
from app.channels.faults import GraphFault, Permanent
from app.inbox import reply
from app.inbox.errors import Conflict, NotFound, Refused
from app.models import CommunicationLog, Conversation, Integration, Lead, Message
from app.models.database import writing
from tests.bodies import NOON, message

if TYPE_CHECKING:
    from tests.office import Office

DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)


@pytest.fixture
def office(office: Office) -> Office:
    """A conversation whose window opened just now."""
    office.take_in(message("m1", at=clock.now()))
    return office


def nothing_stored(office: Office) -> bool:
    return office.states() == [] and len(office.messages()) == len(office.rows(CommunicationLog))


def test_an_answer_is_queued_and_logged(office: Office) -> None:
    sent = office.reply("Welcome")
    assert (sent.status, sent.direction, sent.via, sent.kind) == (
        "queued",
        "outbound",
        "api",
        "text",
    )
    line = office.rows(CommunicationLog)[1]
    assert (line.direction, line.summary) == ("outbound", "Welcome")
    assert line.lead_id == office.row(Lead).id


@pytest.mark.parametrize("age", [DAY - SECOND, timedelta(0)])
def test_an_open_window_takes_an_answer(office: Office, age: timedelta) -> None:
    opened(office)
    with time_machine.travel(NOON + age, tick=False):
        assert office.reply("Welcome").status == "queued"


@pytest.mark.parametrize("age", [DAY, DAY + SECOND])
def test_a_closed_window_refuses_an_answer(office: Office, age: timedelta) -> None:
    opened(office)
    with time_machine.travel(NOON + age, tick=False), pytest.raises(Refused) as refused:
        office.reply("Welcome")
    assert refused.value.trouble.code == 10
    assert nothing_stored(office)


@pytest.mark.parametrize(("age", "is_open"), [(7 * DAY - SECOND, True), (7 * DAY + SECOND, False)])
def test_a_human_agent_may_answer_for_seven_days(
    office: Office, age: timedelta, is_open: bool
) -> None:
    opened(office)
    grant_human_agent(office)
    with time_machine.travel(NOON + age, tick=False):
        if is_open:
            assert by_a_person(office).status == "queued"
        else:
            with pytest.raises(Refused):
                by_a_person(office)


def test_a_program_may_not_answer_in_the_human_agents_days(office: Office) -> None:
    opened(office)
    grant_human_agent(office)
    with time_machine.travel(NOON + 2 * DAY, tick=False), pytest.raises(Refused) as refused:
        office.reply("Welcome")
    assert "Only a person" in refused.value.trouble.message
    assert nothing_stored(office)


def test_an_answer_can_take_the_place_of_one_that_failed(office: Office) -> None:
    failed = office.reply("Welcme")
    office.finish(office.begin(), Permanent(GraphFault("no")))

    by_a_person(office, instead_of=failed.id)

    assert office.statuses()[1:] == ["discarded", "queued"]


def test_an_answer_takes_the_place_of_no_other_message(office: Office) -> None:
    queued = office.reply("Welcome")

    with pytest.raises(Conflict):
        by_a_person(office, instead_of=queued.id)
    with pytest.raises(NotFound):
        by_a_person(office, instead_of=queued.id + 999)

    assert office.statuses()[1:] == ["queued"]


def test_an_answer_takes_the_place_of_nothing_in_another_conversation(office: Office) -> None:
    failed = office.reply("Welcme")
    office.finish(office.begin(), Permanent(GraphFault("no")))
    office.take_in(message("m2", person="770002", at=clock.now()))
    other = office.rows(Conversation)[1]

    with pytest.raises(NotFound):
        by_a_person(office, thread=other.id, instead_of=failed.id)

    assert office.states() == ["failed"]


def test_a_window_that_never_opened_refuses_an_answer(office: Office) -> None:
    opened(office, None)
    with pytest.raises(Refused):
        office.reply("Welcome")


@pytest.mark.parametrize("text", ["x" * 1000, "ü" * 500, "\U0001f44b" * 250])
def test_a_thousand_bytes_are_taken(office: Office, text: str) -> None:
    assert office.reply(text).text == text


@pytest.mark.parametrize("text", ["x" * 1001, "ü" * 500 + "x", "", " \n ", "\0" * 400])
def test_too_long_and_empty_texts_are_refused(office: Office, text: str) -> None:
    with pytest.raises(Refused):
        office.reply(text)
    assert nothing_stored(office)


@pytest.mark.parametrize("text", ["a\0b", "a\ud83db"])
def test_what_no_database_takes_becomes_a_replacement_character(office: Office, text: str) -> None:
    assert office.reply(text).text == "a\ufffdb"


def test_a_switched_off_channel_refuses_an_answer(office: Office) -> None:
    with writing(office.engine) as session:
        session.execute(update(Integration).values(is_enabled=False))
    with pytest.raises(Refused):
        office.reply("Welcome")
    assert nothing_stored(office)


def test_the_same_client_id_and_text_is_the_same_message(office: Office) -> None:
    first = office.reply("Welcome", "c1")
    version = office.thread().version
    again = office.reply(" Welcome ", "c1")
    assert again.id == first.id
    assert (len(office.states()), office.thread().version) == (1, version)


def test_the_same_client_id_still_answers_after_the_window_closed(office: Office) -> None:
    first = office.reply("Welcome", "c1")
    opened(office, None)
    assert office.reply("Welcome", "c1").id == first.id


def test_the_same_client_id_with_another_text_is_a_conflict(office: Office) -> None:
    office.reply("Welcome", "c1")
    with pytest.raises(Conflict):
        office.reply("Goodbye", "c1")
    assert len(office.states()) == 1


def test_the_same_client_id_in_another_conversation_is_a_conflict(office: Office) -> None:
    office.take_in(message("m2", person="770002", at=clock.now()))
    one, other = office.rows(Conversation)
    office.reply("Welcome", "c1", one.id)
    with pytest.raises(Conflict):
        office.reply("Welcome", "c1", other.id)


def test_ten_answers_at_once_with_one_client_id_are_one_message(office: Office) -> None:
    client_id = uuid4().hex
    with ThreadPoolExecutor(10) as threads:
        sent = list(threads.map(lambda _: office.reply("Welcome", client_id).id, range(10)))
    assert len(set(sent)) == len(office.states()) == 1


def test_ten_answers_at_once_stand_one_after_another(office: Office) -> None:
    with ThreadPoolExecutor(10) as threads:
        list(threads.map(office.reply, [f"answer {n}" for n in range(10)]))
    places = [one.position_at for one in office.messages()]
    assert len(set(places)) == 11
    assert office.thread().position_at == places[-1]


def test_another_workspace_finds_no_such_conversation(office: Office) -> None:
    foreign = reply.Author(office.workspace_id + 1, None, "api")
    with writing(office.engine) as session, pytest.raises(NotFound):
        reply.reply(session, foreign, office.thread().id, "Welcome", None)
    assert nothing_stored(office)


def opened(office: Office, at: object = NOON) -> None:
    """Say when the customer opened the window."""
    with writing(office.engine) as session:
        session.execute(update(Conversation).values(window_opened_at=at))


def grant_human_agent(office: Office) -> None:
    with writing(office.engine) as session:
        session.execute(update(Integration).values(config={"human_agent": True}))


def by_a_person(
    office: Office, *, thread: int | None = None, instead_of: int | None = None
) -> Message:
    author = reply.Author(office.workspace_id, office.person().id, "inbox")
    chosen = thread or office.rows(Conversation)[0].id
    with writing(office.engine) as session:
        return reply.reply(session, author, chosen, "Welcome", None, instead_of).message
