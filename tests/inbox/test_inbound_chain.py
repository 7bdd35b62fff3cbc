"""A message of the customer makes or moves everything that hangs on it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from app import clock
from app.inbox import listing
from app.models import (
    CommunicationLog,
    Contact,
    ContactIdentity,
    Conversation,
    Lead,
)
from app.models.database import reading, writing
from tests.bodies import CUSTOMER, NOON, echo, item, message, milliseconds

if TYPE_CHECKING:
    from tests.office import Office

LATER = NOON + timedelta(hours=1)
EARLIER = NOON - timedelta(hours=1)


def change(office: Office, model: type[Conversation | Lead], **values: object) -> None:
    with writing(office.engine) as session:
        session.execute(update(model).values(**values))


def unread(office: Office) -> dict[str, int]:
    with reading(office.engine) as session:
        return dict(listing.counts(session, office.workspace_id, None).unread)


def test_a_first_message_makes_the_contact_known_by_its_id(office: Office) -> None:
    office.take_in(message("m1"))
    contact, identity = office.row(Contact), office.row(ContactIdentity)
    assert (identity.value, identity.contact_id) == (CUSTOMER, contact.id)
    assert contact.workspace_id == identity.workspace_id == office.workspace_id


def test_a_second_message_makes_no_second_contact(office: Office) -> None:
    office.take_in(message("m1"))
    office.take_in(message("m2"))
    assert len(office.rows(Contact)) == len(office.rows(Conversation)) == 1
    assert len(office.rows(Lead)) == 1


def test_ten_people_in_one_batch_are_ten_contacts_each_with_their_message(office: Office) -> None:
    people = [f"77{n}" for n in range(10)]
    office.take_in(*[message(f"m{person}", person, person=person) for person in people])
    by_id = {one.id: one.value for one in office.rows(ContactIdentity)}
    said = {one.id: by_id[one.identity_id] for one in office.rows(Conversation)}
    assert [said[one.conversation_id] for one in office.messages()] == people
    assert {one.contact_id for one in office.rows(ContactIdentity)} == {
        one.id for one in office.rows(Contact)
    }


def test_a_message_is_delivered_inbound_and_keeps_metas_time(office: Office) -> None:
    office.take_in(message("m1", at=NOON))
    [kept] = office.messages()
    assert (kept.status, kept.direction, kept.external_id) == ("delivered", "inbound", "m1")
    assert (kept.provider_at, kept.position_at) == (NOON, milliseconds(NOON))
    assert (kept.workspace_id, kept.event_id is not None) == (office.workspace_id, True)


def test_a_message_without_a_time_stands_where_it_was_received(office: Office) -> None:
    before = milliseconds(clock.now())
    office.take_in(message("m1") | {"timestamp": "soon"})
    [kept] = office.messages()
    assert kept.provider_at is None
    assert before <= kept.position_at <= milliseconds(clock.now())


def test_a_message_opens_a_lead_and_notes_the_contact(office: Office) -> None:
    office.take_in(message("m1"))
    lead = office.row(Lead)
    assert (lead.stage, lead.closed_at) == ("new", None)
    assert (lead.last_contact_at, lead.last_contact_channel) == (NOON, "instagram")


@pytest.mark.parametrize(("at", "last"), [(LATER, LATER), (EARLIER, NOON)])
def test_the_last_contact_never_moves_backward(office: Office, at: object, last: object) -> None:
    office.take_in(message("m1", at=NOON))
    office.take_in(message("m2") | {"timestamp": milliseconds(at)})  # type: ignore[arg-type]
    assert office.row(Lead).last_contact_at == last


def test_a_closed_lead_stays_closed_and_a_new_one_opens(office: Office) -> None:
    office.take_in(message("m1"))
    change(office, Lead, closed_at=NOON)
    office.take_in(message("m2"))
    assert [one.closed_at for one in office.rows(Lead)] == [NOON, None]
    assert [one.lead_id for one in office.rows(CommunicationLog)] == [
        one.id for one in office.rows(Lead)
    ]


def test_a_conversation_shows_its_newest_message(office: Office) -> None:
    office.take_in(message("m1", "first", at=NOON), message("m2", "x" * 300, at=LATER))
    thread = office.thread()
    assert (thread.preview, thread.preview_direction) == ("x" * 200, "inbound")
    assert (thread.preview_kind, thread.preview_status) == ("text", "delivered")
    assert (thread.last_message_at, thread.position_at) == (LATER, milliseconds(LATER))


def test_the_customer_waits_since_the_first_unanswered_message(office: Office) -> None:
    office.take_in(message("m1", at=NOON))
    office.take_in(message("m2", at=LATER))
    assert office.thread().waiting_since == NOON


def test_the_window_opens_with_the_latest_message(office: Office) -> None:
    office.take_in(message("m1", at=LATER))
    office.take_in(message("m2", at=EARLIER))
    assert office.thread().window_opened_at == LATER


def test_a_tab_counts_conversations_not_messages(office: Office) -> None:
    office.take_in(message("m1"), message("m2"), message("m3", person="770002"))
    assert unread(office) == {"instagram": 2}


@pytest.mark.parametrize("status", ["pending", "snoozed", "resolved", "archived"])
def test_a_message_reopens_the_conversation(office: Office, status: str) -> None:
    office.take_in(message("m1"))
    change(office, Conversation, status=status, snoozed_until=LATER)
    office.take_in(message("m2"))
    assert (office.thread().status, office.thread().snoozed_until) == ("open", None)


def test_an_echo_does_not_reopen_the_conversation(office: Office) -> None:
    office.take_in(message("m1"))
    change(office, Conversation, status="archived")
    office.take_in(echo("m2", "Thanks", at=LATER))
    assert office.thread().status == "archived"


def test_files_are_rows_with_metas_address(office: Office) -> None:
    files = [
        {"type": "image", "payload": {"url": "https://cdn.test/1"}},
        {"type": "video", "payload": {"url": "https://cdn.test/2"}},
    ]
    office.take_in(message("m1", None, attachments=files))
    assert [(one.position, one.kind, one.source_url, one.state) for one in office.files()] == [
        (0, "image", "https://cdn.test/1", "remote"),
        (1, "video", "https://cdn.test/2", "remote"),
    ]
    assert office.messages()[0].kind == office.thread().preview_kind == "image"


def test_each_message_has_one_line_in_the_communication_log(office: Office) -> None:
    office.take_in(message("m1", "one"), message("m2", None, attachments=[{"type": "image"}]))
    first, second = office.rows(CommunicationLog)
    assert (first.summary, second.summary) == ("one", "image")
    assert (first.channel, first.direction, first.occurred_at) == ("instagram", "inbound", NOON)
    assert first.lead_id == second.lead_id == office.row(Lead).id


def test_a_message_from_the_phone_app_is_logged_with_the_open_lead(office: Office) -> None:
    office.take_in(message("m1"))
    office.take_in(echo("m2", "Thanks", at=LATER))
    assert office.rows(CommunicationLog)[1].lead_id == office.row(Lead).id


def test_a_tapped_button_is_a_message_that_opens_the_window(office: Office) -> None:
    office.take_in(item(postback={"mid": "p1", "title": "Prices", "payload": "PRICES"}))
    [tapped] = office.messages()
    assert (tapped.kind, tapped.text) == ("postback", "Prices")
    assert tapped.details == {"payload": "PRICES"}
    assert office.thread().window_opened_at == NOON


def test_a_read_receipt_is_ignored_and_changes_nothing(office: Office) -> None:
    office.take_in(message("m1"))
    version = office.thread().version
    office.take_in(item(read={"mid": "m1"}))
    assert office.outcomes() == ["applied", "ignored"]
    assert office.thread().version == version


def test_messages_delivered_in_reverse_are_shown_in_metas_order(office: Office) -> None:
    times = [NOON + timedelta(seconds=n) for n in range(20)]
    for n, at in reversed(list(enumerate(times))):
        office.take_in(message(f"m{n}", str(n), at=at))
    assert office.texts() == [str(n) for n in range(20)]
    assert (office.thread().preview, office.thread().unread_count) == ("19", 20)


def test_an_answer_stands_after_a_message_from_the_future(office: Office) -> None:
    future = clock.now() + timedelta(minutes=5)
    office.take_in(message("m1", at=future))
    assert office.reply("Welcome").position_at == milliseconds(future) + 1


def test_an_answer_stands_where_it_was_written(office: Office) -> None:
    office.take_in(message("m1", at=clock.now() - timedelta(minutes=5)))
    before = milliseconds(clock.now())
    assert before <= office.reply("Welcome").position_at <= milliseconds(clock.now())


def test_an_answer_ends_the_waiting_and_the_unread_count(office: Office) -> None:
    office.take_in(message("m1", at=clock.now()), message("m2", at=clock.now()))
    office.reply("Welcome")
    thread = office.thread()
    assert (thread.unread_count, thread.waiting_since) == (0, None)
    assert (thread.preview, thread.preview_status) == ("Welcome", "queued")
    assert unread(office) == {"instagram": 0}
