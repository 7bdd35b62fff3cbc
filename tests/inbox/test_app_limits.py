"""Some of Meta's limits are the app's: all accounts that send through it pause together."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import update

from app import clock
from app.inbox.keyring import ChannelEnvironment, Keyring
from app.models import ChannelAccount, Conversation, Delivery, Integration, SendPace
from app.models.database import writing
from tests.bodies import PAGE, SECRET, body, message
from tests.office import Office, connect, given, vault

if TYPE_CHECKING:
    from datetime import datetime

    import responses
    from sqlalchemy import Engine

FACEBOOK = "https://graph.facebook.com/v23.0"
INSTAGRAM = "https://graph.instagram.com/v23.0/me/messages"
APP_IS_SLOWED = {"error": {"message": "Application request limit reached", "code": 4}}
ACCOUNT_IS_SLOWED = {"error": {"message": "Too many calls", "code": 613}}
FULL, NEARLY_FULL = '{"call_count":100,"total_time":3}', '{"call_count":99,"total_time":3}'


def another(office: Office, number: int, secret: str | None = SECRET) -> Office:
    """Return another workspace of the installation, with an account and a customer's message."""
    config = {"pageId": f"20{number}", "instagramPageId": f"30{number}"}
    wanted = given(apiSecret=secret, config=config)
    found = connect(office.engine, office.keyring, f"Workspace {number}", wanted)
    said = message(f"m{number}", person=f"77{number}", at=clock.now())
    signed = secret or SECRET
    found.receive(body(said, account=f"30{number}"), secret=signed)
    found.drain()
    return found


def answer(office: Office) -> None:
    thread = office.thread(Conversation.workspace_id == office.workspace_id)
    office.reply("Welcome", thread=thread.id)


def paused(office: Office) -> dict[int, datetime]:
    """Return until when the accounts pause, by workspace."""
    now = clock.now()
    workspaces = {one.id: one.workspace_id for one in office.rows(ChannelAccount)}
    return {
        workspaces[one.account_id]: one.paused_until
        for one in office.rows(SendPace)
        if one.paused_until is not None and one.paused_until > now
    }


@pytest.fixture
def office(office: Office) -> Office:
    office.take_in(message("m1", at=clock.now()))
    answer(office)
    return office


def test_all_accounts_of_an_app_pause_and_go_on_together(
    office: Office, meta: responses.RequestsMock
) -> None:
    same, foreign = another(office, 2), another(office, 3, "another secret")
    meta.post(f"{FACEBOOK}/{PAGE}/messages", json=APP_IS_SLOWED, status=400)
    office.send()
    assert set(paused(office)) == {office.workspace_id, same.workspace_id}
    for one in (same, foreign):
        answer(one)
    assert len(office.claim()) == 1  # the one of the other app
    until = max(paused(office).values())
    with time_machine.travel(until + timedelta(seconds=0.1), tick=False):
        assert len(office.claim(rate=100)) == 2


def test_each_begins_with_one(office: Office, meta: responses.RequestsMock) -> None:
    same = another(office, 2)
    meta.post(f"{FACEBOOK}/{PAGE}/messages", json=APP_IS_SLOWED, status=400)
    office.send()
    people = [message(f"n{n}", person=f"88{n}", at=clock.now()) for n in range(5)]
    same.receive(body(*people, account="302"))
    same.drain()
    for thread in office.rows(Conversation, Conversation.workspace_id == same.workspace_id):
        same.reply("Hello", thread=thread.id)
    with time_machine.travel(max(paused(office).values()), tick=False):
        assert len(office.claim(rate=100)) == 2


def test_an_accounts_own_limit_stops_no_other(office: Office, meta: responses.RequestsMock) -> None:
    another(office, 2)
    meta.post(f"{FACEBOOK}/{PAGE}/messages", json=ACCOUNT_IS_SLOWED, status=400)
    office.send()
    assert set(paused(office)) == {office.workspace_id}


@pytest.mark.parametrize(("usage", "pauses"), [(FULL, 2), (NEARLY_FULL, 0)])
def test_an_app_without_calls_left_pauses_before_it_is_refused(
    office: Office, meta: responses.RequestsMock, usage: str, pauses: int
) -> None:
    another(office, 2)
    address, headers = f"{FACEBOOK}/{PAGE}/messages", {"X-App-Usage": usage}
    meta.post(address, json={"message_id": "x1"}, headers=headers)
    office.send()
    assert office.states() == ["sent"]
    assert len(paused(office)) == pauses


def test_what_is_simulated_slows_nothing_real(office: Office, meta: responses.RequestsMock) -> None:
    another(office, 2)
    with writing(office.engine) as session:
        one = update(Integration).where(Integration.id == office.integration_id)
        session.execute(one.values(base_url="http://simulator.example"))
    address = f"http://simulator.example/graph.facebook.com/v23.0/{PAGE}/messages"
    meta.post(address, json=APP_IS_SLOWED, status=400)
    office.send()
    assert set(paused(office)) == {office.workspace_id}


@pytest.mark.parametrize(("login", "workspaces"), [("facebook", 2), ("instagram", 1)])
def test_a_token_of_who_knows_which_app_slows_its_own_workspace_only(
    engine: Engine, meta: responses.RequestsMock, login: str, workspaces: int
) -> None:
    """With a Facebook login Meta checks that the token is of the app whose secret is sent."""
    ring = Keyring(vault(), {"instagram": ChannelEnvironment(app_secrets=(SECRET,))})
    config = {"pageId": PAGE, "instagramPageId": "300", "login": login}
    office = connect(engine, ring, "Stranger", given(apiSecret=None, config=config))
    office.receive(body(message("m1", at=clock.now()), account="300"))
    office.drain()
    answer(office)
    another(office, 2, None)
    address = INSTAGRAM if login == "instagram" else f"{FACEBOOK}/{PAGE}/messages"
    meta.post(address, json=APP_IS_SLOWED, status=400)
    office.send()
    assert len(paused(office)) == workspaces


def test_a_secret_that_cannot_be_opened_is_passed_over(
    office: Office, meta: responses.RequestsMock
) -> None:
    other = another(office, 2)
    with writing(office.engine) as session:
        one = update(Integration).where(Integration.id == other.integration_id)
        session.execute(one.values(api_secret="stored with another key"))
    meta.post(f"{FACEBOOK}/{PAGE}/messages", json=APP_IS_SLOWED, status=400)
    office.send()
    assert set(paused(office)) == {office.workspace_id}
    assert office.row(Delivery).state == "queued"
