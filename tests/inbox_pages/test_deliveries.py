"""Behind the tick of a message stands how its sending went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app import clock
from app.channels.base import Sent
from app.channels.faults import GraphFault, Permanent, Retryable, Throttled, Unsure
from app.inbox import broken, decisions
from app.models import Integration, Message
from app.models.database import writing
from app.models.states import Role
from tests.bodies import PAGE, echo, message
from tests.inbox_pages.visitor import Visitor, statements

if TYPE_CHECKING:
    from flask import Flask

    from tests.office import Office


@pytest.fixture
def office(office: Office) -> Office:
    office.take_in(message("m1", at=clock.now()))
    return office


def address(office: Office, sent: Message) -> str:
    return f"/inbox/{sent.conversation_id}/messages/{sent.id}"


def sent(office: Office) -> Message:
    answer = office.reply("Welcome", author_id=office.person("Ana").id)
    office.finish(office.begin(), Sent("x1"))
    return answer


def test_the_tick_leads_to_how_it_was_sent(office: Office, agent: Visitor) -> None:
    answer = sent(office)
    assert f'href="{address(office, answer)}"' in agent.get(f"/inbox/{office.thread().id}").text


def test_who_queued_it_what_was_called_and_what_says_so(office: Office, agent: Visitor) -> None:
    shown = agent.get(address(office, sent(office))).text
    assert "Queued by Ana" in shown
    assert "Attempt 1: Meta took it" in shown
    assert f"{PAGE}/messages" in shown
    assert "Meta&#39;s answer says so." in shown
    assert "Welcome" in shown


def test_a_refusal_shows_metas_code_words_and_trace(office: Office, agent: Visitor) -> None:
    answer = office.reply("Welcome")
    fault = GraphFault("No matching <user>", 100, 2018001, http_status=400, trace_id="T1")
    office.finish(office.begin(), Permanent(fault))
    shown = agent.get(f"{address(office, answer)}/deliveries").text
    for told in ("Queued by a program", "Attempt 1: refused", "100/2018001", "400", "T1"):
        assert told in shown
    assert "No matching &lt;user&gt;" in shown
    assert "<html" not in shown


def test_who_decided_is_told(office: Office, agent: Visitor) -> None:
    answer = office.reply("Welcome")
    office.finish(office.begin(), Unsure(GraphFault("lost")))
    page = f"/inbox/messages/{answer.id}"
    with writing(office.engine) as session:
        decisions.retry(session, office.workspace_id, answer.id, agent.user_id)
    office.finish(office.begin(), Permanent(GraphFault("no")))
    agent.submit(f"/inbox/{answer.conversation_id}", f"{page}/discard")
    shown = agent.get(address(office, answer)).text
    assert shown.index("Attempt 1: no clear answer") < shown.index("asked to send it again")
    assert shown.index("asked to send it again") < shown.index("Attempt 2: refused")
    assert "Agent Harbour discarded it" in shown
    assert "A person decided so." in shown


def test_a_try_that_is_repeated_says_so(office: Office, agent: Visitor) -> None:
    answer = office.reply("Welcome")
    office.finish(office.begin(), Retryable(GraphFault("busy", code=2)))
    assert "tried again later" in agent.get(address(office, answer)).text


def test_a_try_that_met_a_limit_says_so(office: Office, agent: Visitor) -> None:
    answer = office.reply("Welcome")
    office.finish(office.begin(), Throttled(GraphFault("slow", code=613)))
    assert "Attempt 1: Meta asked to wait" in agent.get(address(office, answer)).text


def test_what_was_not_sent_here_has_no_such_page(office: Office, agent: Visitor) -> None:
    office.take_in(echo("x9", "From the phone", at=clock.now()))
    thread = agent.get(f"/inbox/{office.thread().id}").text
    for one in office.messages():
        assert agent.get(address(office, one)).status_code == 404
        assert address(office, one) not in thread


def test_it_stands_under_its_own_conversation_and_workspace(
    app: Flask, office: Office, agent: Visitor
) -> None:
    answer = sent(office)
    office.take_in(message("m2", person="770002", at=clock.now()))
    assert agent.get(f"/inbox/2/messages/{answer.id}").status_code == 404
    stranger = Visitor.elsewhere(app, office, Role.ADMIN)
    assert stranger.get(address(office, answer)).status_code == 404
    assert stranger.get(f"{address(office, answer)}/deliveries").status_code == 404


def test_it_costs_the_same_however_often_it_was_tried(
    app: Flask, office: Office, agent: Visitor
) -> None:
    answer = sent(office)
    part = f"{address(office, answer)}/deliveries"
    with statements(app) as few:
        agent.get(part)
    again = office.reply("Again")
    for _ in range(5):
        office.finish(office.begin(), Permanent(GraphFault("no")))
        with writing(office.engine) as session:
            decisions.retry(session, office.workspace_id, again.id, agent.user_id)
    with statements(app) as many:
        agent.get(f"{address(office, again)}/deliveries")
    assert len(many) == len(few)


def held(office: Office) -> Message:
    answer = office.reply("Welcome")
    with writing(office.engine) as session:
        one = session.get_one(Integration, office.integration_id)
        broken.break_off(session, one.id, one.access_token, GraphFault("No", code=190))
    return answer


def test_a_held_message_is_discarded_from_its_bubble(office: Office, agent: Visitor) -> None:
    answer = held(office)
    page, discard = f"/inbox/{answer.conversation_id}", f"/inbox/messages/{answer.id}/discard"
    assert f'data-copy="m{answer.id}"' in agent.get(page).text
    done = agent.submit(page, discard)
    assert (done.status_code, done.location) == (303, page)
    shown = agent.get(page).text
    assert "Discarded, not sent" in shown
    assert discard not in shown
    assert office.messages()[-1].status == "discarded"


def test_what_was_released_and_sent_meanwhile_is_not_discarded(
    office: Office, agent: Visitor
) -> None:
    answer = held(office)
    discard = f"/inbox/messages/{answer.id}/discard"
    form = agent.form(f"/inbox/{answer.conversation_id}", discard)
    with writing(office.engine) as session:
        broken.mend(session, session.get_one(Integration, office.integration_id))
    office.begin()
    refused = agent.send(form)
    assert refused.status_code == 409
    assert "cannot be discarded: it is sending" in refused.text
    assert office.messages()[-1].status == "sending"
