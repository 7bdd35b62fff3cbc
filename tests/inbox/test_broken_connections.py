"""What Meta refuses for a whole connection is held, and goes on once it is mended."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from sqlalchemy import update

from app import clock
from app.channels.base import Sent
from app.channels.faults import GraphFault, Unauthorized
from app.inbox import broken, decisions, deliver, integrations
from app.inbox.errors import Conflict
from app.models import Conversation, Delivery, DeliveryStep, Integration, Message
from app.models.database import reading, writing
from tests.bodies import CUSTOMER, PAGE, message
from tests.office import given

if TYPE_CHECKING:
    import responses

    from tests.office import Office

FACEBOOK = f"https://graph.facebook.com/v23.0/{PAGE}/messages"
EXPIRED = GraphFault("Session has expired", code=190, subcode=463)


@pytest.fixture
def office(office: Office) -> Office:
    """Two answers wait in one conversation, one in another."""
    office.take_in(message("m1", at=clock.now()), message("m2", person="770002", at=clock.now()))
    first, second = office.rows(Conversation)
    office.reply("one", thread=first.id)
    office.reply("two", thread=first.id)
    office.reply("three", thread=second.id)
    return office


def refused(code: int, subcode: int | None = None, words: str = "No") -> dict[str, Any]:
    fault = {"message": words, "code": code, "error_subcode": subcode}
    return {"error": {"type": "OAuthException", **fault}}


def integration(office: Office) -> Integration:
    return office.row(Integration)


def break_off(office: Office, fault: GraphFault = EXPIRED) -> None:
    with writing(office.engine) as session:
        token = session.get_one(Integration, office.integration_id).access_token
        broken.break_off(session, office.integration_id, token, fault)


def reconnect(office: Office, **changed: Any) -> None:
    with writing(office.engine) as session:
        known = session.get_one(Integration, office.integration_id)
        integrations.change(
            session, known, given(accessToken="EAAG-new", **changed), office.keyring.vault
        )


def sent_texts(meta: responses.RequestsMock) -> list[str]:
    return [str(call.request.body) for call in meta.calls]


@pytest.mark.parametrize("code", [190, 3, 10, 36103])
def test_a_refused_connection_holds_all_that_waits(
    office: Office, meta: responses.RequestsMock, code: int
) -> None:
    meta.post(FACEBOOK, json=refused(code), status=400)
    office.send()
    assert office.states() == ["held"] * 3
    assert office.statuses().count("held") == 3
    assert {one.preview_status for one in office.rows(Conversation)} == {"held"}
    assert len(meta.calls) == len(office.attempts())
    assert integration(office).broken_code == code
    assert integration(office).broken_at is not None


def test_the_one_that_met_it_keeps_its_record(office: Office, meta: responses.RequestsMock) -> None:
    meta.post(FACEBOOK, json=refused(190, 463, "Session has expired"), status=400)
    office.deliver(office.claim()[0])
    [attempt] = office.attempts()
    assert (attempt.outcome, attempt.code, attempt.subcode) == ("held", 190, 463)
    assert office.states() == ["held", "held", "claimed"]


@pytest.mark.parametrize(
    "answer",
    [
        refused(200, 2018028, "Cannot message users who are not testers"),
        refused(100, 33, f"Object with ID '{CUSTOMER}' does not exist"),
    ],
    ids=["no tester", "no such person"],
)
def test_one_stranger_does_not_stop_the_account(
    office: Office, meta: responses.RequestsMock, answer: dict[str, Any]
) -> None:
    meta.post(FACEBOOK, json=answer, status=400)
    meta.post(FACEBOOK, json={"message_id": "x1"})
    meta.post(FACEBOOK, json={"message_id": "x2"})
    office.send()
    assert sorted(office.states()) == ["failed", "sent", "sent"]
    assert integration(office).broken_at is None


def test_an_account_that_is_gone_stops_the_account(
    office: Office, meta: responses.RequestsMock
) -> None:
    meta.post(FACEBOOK, json=refused(100, 33, f"Object with ID '{PAGE}' is gone"), status=400)
    office.send()
    assert office.states() == ["held"] * 3


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        (None, "This account is connected without an access token."),
        ("stored with another key", "Inlet cannot open the stored access token."),
    ],
)
def test_without_a_usable_token_nothing_is_called(
    office: Office, token: str | None, sentence: str
) -> None:
    with writing(office.engine) as session:
        session.execute(update(Integration).values(access_token=token))
    office.send()
    assert office.states() == ["held"] * 3
    assert office.attempts() == []
    told = broken.why(integration(office))
    assert told is not None
    assert told.sentence == sentence


def test_a_new_token_lets_everything_go_on_in_order(
    office: Office, meta: responses.RequestsMock
) -> None:
    break_off(office)
    for number in range(3):
        meta.post(FACEBOOK, json={"message_id": f"x{number}"})
    reconnect(office)
    assert integration(office).broken_at is None
    office.send()
    assert office.states() == ["sent"] * 3
    said = " ".join(sent_texts(meta))
    assert len(meta.calls) == 3
    assert said.index('"one"') < said.index('"two"')


def test_what_is_held_too_long_fails_with_its_window(office: Office) -> None:
    break_off(office)
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        reconnect(office)
        office.send()
    assert office.states() == ["failed"] * 3
    assert {one.error_subcode for one in office.messages()[2:]} == {2534022}


def test_saving_a_switched_off_connection_releases_nothing(office: Office) -> None:
    break_off(office)
    reconnect(office, isEnabled=False)
    assert office.states() == ["held"] * 3


def test_switching_a_broken_connection_off_and_on_releases_nothing(office: Office) -> None:
    break_off(office)
    for is_enabled in (False, True):
        with writing(office.engine) as session:
            one = session.get_one(Integration, office.integration_id)
            integrations.enable(session, one, is_enabled=is_enabled)
        assert office.states() == ["held"] * 3


def test_a_token_that_dies_again_is_tried_once(
    office: Office, meta: responses.RequestsMock
) -> None:
    break_off(office)
    meta.post(FACEBOOK, json=refused(190), status=400)
    for tries in (1, 2):
        reconnect(office)
        office.deliver(office.claim()[0])
        with writing(office.engine) as session:
            session.execute(
                update(Delivery).where(Delivery.state == "claimed").values(state="held")
            )
        assert (office.states(), len(meta.calls)) == (["held"] * 3, tries)


def test_an_answer_to_the_old_token_does_not_break_the_new_one(office: Office) -> None:
    call = office.begin()
    reconnect(office)
    office.sender.break_off(deliver.Dead(call.integration_id, call.access_token, EXPIRED), 0.0)
    office.finish(call, Unauthorized(EXPIRED))
    assert integration(office).broken_at is None
    assert office.states()[0] == "queued"
    assert office.attempts()[0].outcome == "held"
    assert call.delivery_id in office.claim()


def test_two_that_meet_it_at_once_break_it_once(office: Office) -> None:
    first, second = office.claim()
    calls = [office.begin(first), office.begin(second)]

    def meet(call: deliver.Call) -> None:
        dead = deliver.Dead(call.integration_id, call.access_token, EXPIRED)
        office.sender.break_off(dead, 0.0)
        office.finish(call, Unauthorized(EXPIRED))

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(meet, calls))
    assert office.states() == ["held"] * 3
    assert office.claim() == []


def test_answers_are_taken_in_and_held_meanwhile(office: Office) -> None:
    break_off(office)
    office.take_in(message("m3", at=clock.now()))
    assert office.outcomes() == ["applied"] * 3
    thread = office.rows(Conversation)[0]
    assert office.reply("four", thread=thread.id).status == "held"
    assert office.states() == ["held"] * 4
    assert office.rows(Conversation)[0].preview_status == "held"


def test_what_slipped_through_is_put_right(office: Office) -> None:
    break_off(office)
    for state, is_broken, wanted in (("queued", True, "held"), ("held", False, "queued")):
        with writing(office.engine) as session:
            session.execute(update(Delivery).values(state=state))
            session.execute(update(Message).values(status=state))
            broken_at = clock.now() if is_broken else None
            session.execute(update(Integration).values(broken_at=broken_at))
        with reading(office.engine) as session:
            assert broken.is_untidy(session)
        with writing(office.engine) as session:
            broken.tidy(session)
        with reading(office.engine) as session:
            assert not broken.is_untidy(session)
        assert office.states() == [wanted] * 3


def test_a_deleted_connection_keeps_what_waits_until_it_is_connected_again(
    office: Office, meta: responses.RequestsMock
) -> None:
    with writing(office.engine) as session:
        integrations.remove(session, session.get_one(Integration, office.integration_id))
    office.send()
    assert office.states() == ["held"] * 3
    for number in range(3):
        meta.post(FACEBOOK, json={"message_id": f"x{number}"})
    with writing(office.engine) as session:
        integrations.load(session, office.workspace_id, given(), office.keyring.vault)
    office.send()
    assert office.states() == ["sent"] * 3


def test_a_send_under_way_ends_as_it_ended(office: Office) -> None:
    call = office.begin()
    break_off(office)
    office.finish(call, Sent("x1"))
    assert office.states() == ["sent", "held", "claimed"]


def test_a_held_message_that_is_discarded_is_never_sent(
    office: Office, meta: responses.RequestsMock
) -> None:
    break_off(office)
    second = office.messages()[3]
    with writing(office.engine) as session:
        decisions.give_up(session, office.workspace_id, second.id, office.person().id)
    meta.post(FACEBOOK, json={"message_id": "x1"})
    meta.post(FACEBOOK, json={"message_id": "x3"})
    reconnect(office)
    office.send()
    assert sorted(office.states()) == ["discarded", "sent", "sent"]
    assert second.text is not None
    assert second.text not in " ".join(sent_texts(meta))
    assert office.row(DeliveryStep).kind == "discarded"
    assert {one.attention_count for one in office.rows(Conversation)} == {0}


def test_the_list_shows_that_the_newest_held_message_was_discarded(office: Office) -> None:
    break_off(office)
    newest = office.messages()[-1]
    before = office.thread(Conversation.id == newest.conversation_id)
    with writing(office.engine) as session:
        decisions.give_up(session, office.workspace_id, newest.id)
    after = office.thread(Conversation.id == newest.conversation_id)
    assert (before.preview_status, after.preview_status) == ("held", "discarded")
    assert after.version > before.version


def test_what_is_held_cannot_be_sent_again_by_hand(office: Office) -> None:
    break_off(office)
    with writing(office.engine) as session, pytest.raises(Conflict):
        decisions.retry(session, office.workspace_id, office.messages()[-1].id)
