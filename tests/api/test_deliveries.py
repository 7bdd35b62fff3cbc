"""How the sending of a message went, for programs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from app import clock
from app.channels.faults import GraphFault
from app.inbox import attempts, decisions, reply, settle
from app.models import Delivery
from app.models.database import writing

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.api.conftest import Api, Tenant


FAULT = GraphFault("No", code=100, trace_id="T1")


def refused(engine: Engine, ours: Tenant) -> int:
    """Return a message that Meta refused, and that an admin had sent again."""
    with writing(engine) as session:
        author = reply.Author(ours.workspace_id, ours.admin_id, "api")
        message = reply.reply(session, author, ours.conversation_id, "Hello", None).message
        delivery = session.query(Delivery).filter_by(message_id=message.id).one()
        delivery.attempts = 1
        attempt = attempts.opened(delivery)
        attempt.endpoint = "1/messages"
        session.add(attempt)
        settle.start(session, delivery, clock.now())
        attempts.close(session, delivery, "failed", FAULT, timedelta(milliseconds=80))
        settle.fail(session, delivery, FAULT)
        decisions.retry(session, ours.workspace_id, message.id, ours.admin_id)
        return message.id


def test_every_try_and_decision_is_told(api: Api, ours: Tenant, engine: Engine) -> None:
    message_id = refused(engine, ours)
    shown = api.get(f"/api/messages/{message_id}/deliveries").json
    assert (shown["message_id"], shown["state"], shown["settled_by"]) == (
        message_id,
        "queued",
        None,
    )
    [attempt], [step] = shown["attempts"], shown["steps"]
    assert (attempt["number"], attempt["outcome"], attempt["duration_ms"]) == (1, "failed", 80)
    assert (attempt["endpoint"], attempt["code"], attempt["trace_id"]) == ("1/messages", 100, "T1")
    assert (step["kind"], step["person"]["id"]) == ("retried", ours.admin_id)


def test_what_was_not_sent_here_is_404(api: Api, ours: Tenant) -> None:
    assert api.get(f"/api/messages/{ours.message_id}/deliveries").status_code == 404


def test_somebody_says_that_it_arrived(api: Api, ours: Tenant, engine: Engine) -> None:
    with writing(engine) as session:
        author = reply.Author(ours.workspace_id, ours.admin_id, "api")
        message = reply.reply(session, author, ours.conversation_id, "Hello", None).message
        delivery = session.query(Delivery).filter_by(message_id=message.id).one()
        delivery.attempts, delivery.sending_at = 1, clock.now()
        settle.leave_unconfirmed(session, delivery, FAULT)
    answer = api.post(f"/api/messages/{message.id}/arrived")
    assert (answer.status_code, answer.json["status"]) == (200, "sent")
    shown = api.get(f"/api/messages/{message.id}/deliveries").json
    assert (shown["state"], shown["settled_by"]) == ("sent", "person")
    assert api.post(f"/api/messages/{message.id}/arrived").status_code == 409


def test_a_held_message_is_given_up(api: Api, ours: Tenant, engine: Engine) -> None:
    with writing(engine) as session:
        author = reply.Author(ours.workspace_id, ours.admin_id, "api")
        message = reply.reply(session, author, ours.conversation_id, "Hello", None).message
        settle.set_aside(session, session.query(Delivery).filter_by(message_id=message.id).one())
    answer = api.post(f"/api/messages/{message.id}/discard")
    assert (answer.status_code, answer.json["status"]) == (200, "discarded")
    assert api.post(f"/api/messages/{message.id}/discard").status_code == 409
