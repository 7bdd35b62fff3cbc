"""A message that no webhook brought says so: in the thread, and as an event."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.channels import registry
from app.channels.past import PastMessage
from app.inbox.ingest import asked_for
from app.models import ChannelAccount, ExternalEvent, ExternalEventLog
from app.models.database import writing
from app.models.states import Role
from tests.bodies import ACCOUNT, CUSTOMER, NOON
from tests.inbox_pages.visitor import Visitor

if TYPE_CHECKING:
    from flask import Flask

    from tests.office import Office

PAST = PastMessage(
    "m1", NOON, CUSTOMER, by_us=False, text="Hi", raw={"id": "m1", "from": {"id": CUSTOMER}}
)


def recover(office: Office, message: PastMessage) -> None:
    raw = {**message.raw, "message": message.text}
    found = registry.channel("instagram").history_body(ACCOUNT, [replace(message, raw=raw)])
    with writing(office.engine) as session:
        session.add(
            ExternalEventLog(
                endpoint="instagram",
                body=found,
                digest=b"1",
                verified_by=asked_for(office.row(ChannelAccount).id),
                source="history",
            )
        )
    office.drain()


@pytest.mark.parametrize(
    ("after_gap", "words"),
    [
        (False, "Recovered: Meta had not delivered it."),
        (True, "Recovered. Older messages may be missing: Meta gives only the newest."),
    ],
)
def test_in_the_thread(office: Office, agent: Visitor, after_gap: bool, words: str) -> None:
    recover(office, replace(PAST, after_gap=after_gap))
    assert words in agent.get(f"/inbox/{office.thread().id}").text


def test_as_an_event(app: Flask, office: Office) -> None:
    recover(office, PAST)
    manager = Visitor.member(app, office, Role.MANAGER)
    address = f"/settings/events/{office.row(ExternalEvent).id}"
    page = manager.get(address).text
    assert "Inlet read it from the conversation" in page
    assert "created_time" not in page
    fixture = manager.get(f"{address}/fixture").get_json()
    assert fixture["object"] == "instagram_history"
    assert fixture["items"][0]["message"]["message"] == "Hi"
