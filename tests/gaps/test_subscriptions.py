"""Meta unsubscribes an app that did not answer: Inlet notices, subscribes again, says so."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import responses

from app import clock
from app.channels.graph import Graph
from app.inbox.keyring import Keyring
from app.inbox.subscriptions import Subscriptions
from app.models import ChannelAccount
from app.models.database import writing
from app.present.connection_gaps import subscription_line
from app.present.signs import Sign
from tests.bodies import ACCOUNT, PAGE
from tests.office import connect, given, vault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from sqlalchemy import Engine

    from tests.gaps.conftest import Gaps
    from tests.office import Office

GRAPH = "https://graph.facebook.com/v23.0"
REFUSED = "(#100) Param subscribed_fields[1] must be one of {messages} - got 'x'."


@dataclass
class Subscribed:
    """What Meta has of the subscription, and what it refuses."""

    fields: list[str] | None = field(default_factory=lambda: ["messages"])
    refusals: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def lose(self) -> None:
        """Unsubscribe the app."""
        self.fields = None

    def told(self, _: Any) -> tuple[int, dict[str, str], str]:
        apps = [{"id": "42", "subscribed_fields": self.fields}] if self.fields else []
        return 200, {}, json.dumps({"data": apps})

    def subscribe(self, request: Any) -> tuple[int, dict[str, str], str]:
        wanted = json.loads(request.body)["subscribed_fields"]
        self.asked.append(wanted)
        if self.refusals:
            return 400, {}, json.dumps({"error": self.refusals.pop(0)})
        self.fields = wanted.split(",")
        return 200, {}, '{"success":true}'


@pytest.fixture
def meta() -> Iterator[Subscribed]:
    found = Subscribed()
    me = {"id": PAGE, "instagram_business_account": {"id": ACCOUNT, "username": "harbour"}}
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(f"{GRAPH}/me", json=me)
        mock.get(f"{GRAPH}/debug_token", json={"data": {"app_id": "42", "expires_at": 0}})
        mock.add_callback(responses.GET, f"{GRAPH}/{PAGE}/subscribed_apps", found.told)
        mock.add_callback(responses.POST, f"{GRAPH}/me/subscribed_apps", found.subscribe)
        yield found


def look(office: Office) -> None:
    list(Subscriptions(office.engine, Graph(), office.keyring).work())


def checked(office: Office, ago: timedelta) -> None:
    """Let the last look be so long ago."""
    with writing(office.engine) as session:
        account = session.get_one(ChannelAccount, office.row(ChannelAccount).id)
        account.subscription_checked_at = clock.now() - ago


def test_a_subscription_that_stands_is_left_alone(
    office: Office, meta: Subscribed, gaps: Gaps
) -> None:
    look(office)
    assert meta.asked == []
    account = gaps.account()
    assert account.subscription_checked_at is not None
    assert (account.resubscribed_at, account.repair_due_at) == (None, None)


def test_it_is_looked_at_once_an_hour(office: Office, meta: Subscribed, gaps: Gaps) -> None:
    checked(office, timedelta(minutes=59))
    meta.lose()
    look(office)
    assert meta.asked == []
    checked(office, timedelta(minutes=61))
    look(office)
    assert gaps.account().resubscribed_at is not None


@pytest.mark.parametrize(("unseen", "back"), [(3, 24), (30, 30)], ids=["a day", "since the look"])
def test_a_lost_subscription_is_made_again_and_the_gap_filled(
    office: Office, meta: Subscribed, gaps: Gaps, unseen: int, back: int
) -> None:
    """Webhooks fail for an hour before Meta unsubscribes an app: also before the last look."""
    checked(office, timedelta(hours=unseen))
    meta.lose()
    now = clock.now()
    look(office)
    assert meta.asked == ["messages,messaging_postbacks"]
    account = gaps.account()
    assert account.repair_from is not None
    assert abs(now - account.repair_from - timedelta(hours=back)) < timedelta(minutes=5)
    assert account.resubscribed_at is not None
    assert account.integration_id is not None


def test_it_is_said(app: Flask, office: Office, meta: Subscribed, gaps: Gaps) -> None:
    checked(office, timedelta(hours=3))
    meta.lose()
    look(office)
    with app.test_request_context():
        line = subscription_line(gaps.account(), clock.now())
        later = subscription_line(gaps.account(), clock.now() + timedelta(days=8))
    assert line is not None
    assert "Meta had unsubscribed this account" in line.words
    assert later is None


def test_other_fields_stay(office: Office, meta: Subscribed) -> None:
    meta.fields = ["feed"]
    look(office)
    assert meta.asked == ["messages,messaging_postbacks,feed"]


def test_a_refused_field_is_left_out(office: Office, meta: Subscribed, gaps: Gaps) -> None:
    meta.lose()
    meta.refusals = [{"code": 100, "message": REFUSED}]
    look(office)
    assert meta.asked == ["messages,messaging_postbacks", "messages"]
    assert gaps.account().subscription_problem is None


def test_the_first_subscription_is_no_loss(office: Office, meta: Subscribed, gaps: Gaps) -> None:
    meta.lose()
    look(office)
    assert meta.fields == ["messages", "messaging_postbacks"]
    account = gaps.account()
    assert (account.resubscribed_at, account.repair_due_at) == (None, None)


def test_without_the_right_to_it_people_are_told_what_to_do(
    app: Flask, office: Office, meta: Subscribed, gaps: Gaps
) -> None:
    checked(office, timedelta(hours=3))
    meta.lose()
    meta.refusals = [{"code": 200, "message": "(#200) pages_manage_metadata is needed"}]
    look(office)
    with app.test_request_context():
        line = subscription_line(gaps.account(), clock.now())
    assert line is not None
    assert (line.sign, line.page) == (Sign.BAD, "connect-instagram.md#subscribe-the-account")
    assert line.detail == "(#200) pages_manage_metadata is needed"
    assert gaps.account().repair_due_at is None


def test_a_token_for_another_account_subscribes_nothing(engine: Engine, meta: Subscribed) -> None:
    config = {"webhookVerifyToken": "verify", "instagramPageId": "17841400000000009"}
    other = connect(engine, Keyring(vault()), "Elsewhere", given(config=config))
    meta.lose()
    look(other)
    assert meta.asked == []
