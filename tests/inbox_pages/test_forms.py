"""Every form works as a plain POST."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from app import clock
from app.channels.faults import GraphFault, Permanent, Unsure
from app.inbox import integrations
from app.models import Integration
from app.models.database import writing
from app.models.states import Role
from tests.bodies import message
from tests.inbox_pages.visitor import Form, Visitor, forms

if TYPE_CHECKING:
    from flask import Flask

    from tests.office import Office


@pytest.fixture
def page(office: Office) -> str:
    """The page of a conversation in which a customer has just written."""
    office.take_in(message("m1", "Is it in stock?", at=clock.now()))
    return f"/inbox/{office.thread().id}"


def test_marking_as_read_clears_the_count_and_takes_the_button_away(
    agent: Visitor, office: Office, page: str
) -> None:
    button = f'action="{page}/read"'
    assert button in agent.get(page).text

    answer = agent.submit(page, f"{page}/read")

    assert (answer.status_code, answer.location) == (303, page)
    assert office.thread().unread_count == 0
    assert office.thread().waiting_since is not None
    assert button not in agent.get(page).text


def test_a_reply_is_queued_and_shown(agent: Visitor, office: Office, page: str) -> None:
    answer = agent.submit(page, f"{page}/reply", text="Yes,\r\nit is.")

    assert (answer.status_code, answer.location) == (303, page)
    assert office.texts() == ["Is it in stock?", "Yes,\nit is."]
    assert office.messages()[1].author_id == agent.user_id
    assert "Yes,\nit is." in agent.get(page).text


def test_the_same_form_sent_twice_is_one_message(agent: Visitor, office: Office, page: str) -> None:
    form = agent.form(page, f"{page}/reply")

    answers = [agent.send(form, text="Yes").status_code for _ in range(2)]

    assert answers == [303, 303]
    assert office.texts() == ["Is it in stock?", "Yes"]


def test_each_form_has_an_id_of_its_own(agent: Visitor, page: str) -> None:
    ids = {agent.form(page, f"{page}/reply").fields["client_id"] for _ in range(3)}

    assert len(ids) == 3


@pytest.mark.parametrize("client_id", ["", "\0", "x" * 5000, "not-a-uuid"])
def test_an_odd_id_is_replaced(agent: Visitor, office: Office, page: str, client_id: str) -> None:
    answer = agent.submit(page, f"{page}/reply", text="Yes", client_id=client_id)

    assert answer.status_code == 303
    assert office.texts()[-1] == "Yes"


def test_the_filter_stays(agent: Visitor, page: str) -> None:
    answer = agent.submit(f"{page}?channel=instagram", page, text="Yes")

    assert answer.location == f"{page}?channel=instagram"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("ä" * 501, "The message is too long: 1002 of 1000 bytes."), (" \n", "The message is empty.")],
)
def test_a_refused_reply_comes_back_with_reason_and_draft(
    agent: Visitor, office: Office, page: str, text: str, reason: str
) -> None:
    answer = agent.submit(page, f"{page}/reply", text=text)

    assert answer.status_code == 422
    assert reason in answer.text
    assert _composer(answer.text, page).fields["text"].strip() == text.strip()
    assert office.texts() == ["Is it in stock?"]


def test_after_the_window_closed_the_draft_is_kept(agent: Visitor, office: Office) -> None:
    office.take_in(message("m1", "Hello", at=clock.now() - timedelta(hours=25)))
    page = f"/inbox/{office.thread().id}"

    answer = agent.submit(page, f"{page}/reply", text="Too late")

    assert answer.status_code == 422
    assert "The time to answer this customer is over." in answer.text
    assert "troubleshooting#window-closed" in answer.text
    assert _composer(answer.text, page).fields["text"] == "Too late"


def test_an_expired_form_gives_the_draft_back_and_can_be_sent(
    agent: Visitor, office: Office, page: str
) -> None:
    form = agent.form(page, f"{page}/reply")

    answer = agent.send(form, text="<Important>", csrf_token="expired")

    assert answer.status_code == 400
    again = _composer(answer.text, page)
    assert again.fields["text"] == "<Important>"
    assert agent.send(again).status_code == 303
    assert office.texts()[-1] == "<Important>"


@pytest.mark.parametrize("what", ["reply", "messages/1/retry", "messages/1/discard"])
def test_without_a_token_nothing_is_done(agent: Visitor, page: str, what: str) -> None:
    path = f"{page}/reply" if what == "reply" else f"/inbox/{what}"

    assert agent.client.post(path, data={"text": "x"}).status_code == 400


def test_a_failed_message_says_why_and_is_sent_again(
    agent: Visitor, office: Office, page: str
) -> None:
    fail(office, Permanent(GraphFault("(#3) no capability", code=3, http_status=400)))

    shown = agent.get(page).text
    assert "Meta does not allow this app to send messages yet." in shown
    assert "completes App Review" in shown
    assert "/help/troubleshooting#no-capability" in shown

    assert agent.submit(page, retry(office)).location == page
    assert office.states() == ["queued"]


def test_the_cause_of_a_failure_is_for_who_can_mend_it(
    agent: Visitor, admin: Visitor, office: Office, page: str
) -> None:
    fail(office, Permanent(GraphFault("(#3) no capability", code=3, http_status=400)))

    cause = "The app lacks the product or the advanced access"
    assert cause in admin.get(page).text
    assert cause not in agent.get(page).text


def test_an_unconfirmed_message_does_not_claim_to_know(
    agent: Visitor, office: Office, page: str
) -> None:
    fail(office, Unsure(GraphFault("timed out")))

    with time_machine.travel(clock.now() + timedelta(seconds=61)):
        shown = agent.get(page).text.split("<article")[2].split("</article>")[0]

    assert "It may or may not have arrived." in shown
    assert "Not sent" not in shown
    assert "Send again" in shown


def test_a_failed_message_is_discarded(agent: Visitor, office: Office, page: str) -> None:
    fail(office, Permanent(GraphFault("no")))
    action = retry(office).replace("retry", "discard")

    assert agent.submit(page, action).status_code == 303

    assert office.states() == ["discarded"]
    assert "Discarded, not sent" in agent.get(page).text


def test_words_of_metas_with_a_percent_sign_are_shown_to_an_admin(
    admin: Visitor, office: Office, page: str
) -> None:
    fail(office, Permanent(GraphFault("100% wrong %(sure)s <b>", code=999_999, http_status=400)))

    assert "100% wrong %(sure)s &lt;b&gt;" in admin.get(page).text


def test_what_is_settled_already_is_explained(agent: Visitor, office: Office, page: str) -> None:
    fail(office, Permanent(GraphFault("no")))
    form = agent.form(page, retry(office))
    agent.send(form)

    answer = agent.send(form)

    assert answer.status_code == 409
    assert "This message cannot be sent again: it is queued." in answer.text


def test_what_a_switched_off_channel_cannot_send_is_explained(
    agent: Visitor, office: Office, page: str
) -> None:
    fail(office, Permanent(GraphFault("no")))
    form = agent.form(page, retry(office))
    with writing(office.engine) as session:
        integration = session.get_one(Integration, office.integration_id)
        integrations.enable(session, integration, is_enabled=False)

    answer = agent.send(form)

    assert answer.status_code == 422
    assert "The channel of this conversation is switched off." in answer.text
    assert office.states() == ["failed"]


def test_another_workspace_can_do_nothing_here(app: Flask, office: Office, page: str) -> None:
    fail(office, Permanent(GraphFault("no")))
    stranger = Visitor.elsewhere(app, office, Role.ADMIN)
    token = stranger.form("/inbox", "/logout").fields
    event_id = office.messages()[0].event_id

    pages = [page, f"{page}?before=9.9", f"/inbox/events/{event_id}"]
    actions = [f"{page}/reply", retry(office), retry(office).replace("retry", "discard")]

    assert {stranger.get(one).status_code for one in pages} == {404}
    assert {stranger.send(Form(one, token), text="x").status_code for one in actions} == {404}
    assert office.states() == ["failed"]


def fail(office: Office, answer: Exception) -> None:
    """Let our answer end as ``answer`` says."""
    office.reply("Yes, it is.")
    office.finish(office.begin(), answer)


def retry(office: Office) -> str:
    return f"/inbox/messages/{office.messages()[-1].id}/retry"


def _composer(html: str, page: str) -> Form:
    return next(form for form in forms(html) if form.action.startswith(f"{page}/reply"))
