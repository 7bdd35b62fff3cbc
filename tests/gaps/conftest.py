"""An account that is connected, and a Meta whose conversations a test fills."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from sqlalchemy import delete

from app.channels.graph import Graph
from app.inbox import integrations, repair
from app.inbox.keyring import Keyring
from app.inbox.repair import Result
from app.inbox.repairs import Repairs
from app.models import ChannelAccount, Integration, Lease
from app.models.database import writing
from tests import emptied
from tests.bodies import ACCOUNT, CUSTOMER
from tests.office import Office, connect, vault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

database_url, engine = emptied.database_url, emptied.engine
emptied_sqlite, emptied_postgres = emptied.emptied_sqlite, emptied.emptied_postgres

CONVERSATIONS = "https://graph.facebook.com/v23.0/me/conversations"
Answer = tuple[int, dict[str, str], str]


@pytest.fixture
def office(engine: Engine) -> Office:
    """A workspace whose Instagram account is connected and proven."""
    return connect(engine, Keyring(vault()), "Harbour")


@dataclass
class Past:
    """What Meta has of the account's conversations, and what was asked of it."""

    threads: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    refusal: dict[str, int] | None = None
    """Codes of Meta's by person, "" for the list."""

    def wrote(
        self, mid: str, text: str, at: datetime, *, person: str = CUSTOMER, by_us: bool = False
    ) -> None:
        """Have a message in a conversation at Meta, newer than those before."""
        message = {
            "id": mid,
            "created_time": f"{at:%Y-%m-%dT%H:%M:%S}+0000",
            "from": {"id": ACCOUNT if by_us else person},
            "message": text,
        }
        self.threads.setdefault(person, []).insert(0, message)

    def answer(self, request: Any) -> Answer:
        asked = parse_qs(urlsplit(request.url).query)
        person = asked.get("user_id", [""])[0]
        self.asked.append(person)
        if self.refusal and person in self.refusal:
            error = {"error": {"code": self.refusal[person], "message": "no"}}
            return 400, {}, json.dumps(error)
        found = [self._thread(person)] if person else self._listed()
        return 200, {}, json.dumps({"data": found})

    def _listed(self) -> list[dict[str, Any]]:
        found = [
            {
                "id": f"c{person}",
                "updated_time": messages[0]["created_time"],
                "participants": {"data": [{"id": person}, {"id": ACCOUNT}]},
            }
            for person, messages in self.threads.items()
        ]
        return sorted(found, key=lambda one: one["updated_time"], reverse=True)

    def _thread(self, person: str) -> dict[str, Any]:
        return {"id": f"c{person}", "messages": {"data": self.threads[person][:20]}}


@pytest.fixture
def past() -> Iterator[Past]:
    found = Past()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add_callback(responses.GET, CONVERSATIONS, found.answer)
        yield found


@dataclass
class Gaps:
    """Asking for repairs, and doing them."""

    office: Office

    def repairs(self) -> Repairs:
        return Repairs(self.office.engine, Graph(), self.office.keyring)

    def ask(self, since: datetime) -> None:
        with writing(self.office.engine) as session:
            repair.ask(session, self.account(), since, timedelta())

    def repair(self, since: datetime) -> None:
        """Ask for a repair, do it, and apply what it found."""
        self.ask(since)
        self.work()

    def work(self) -> None:
        for _ in self.repairs().work():
            pass
        self.office.drain()

    def account(self) -> ChannelAccount:
        mine = ChannelAccount.integration_id == self.office.integration_id
        return self.office.row(ChannelAccount, mine)

    def switch(self, *, is_enabled: bool) -> None:
        """Switch the connection on or off."""
        with writing(self.office.engine) as session:
            one = session.get_one(Integration, self.office.integration_id)
            integrations.enable(session, one, is_enabled=is_enabled)

    def forget_lease(self) -> None:
        """Let the time pass after which the role of a killed process is free."""
        with writing(self.office.engine) as session:
            session.execute(delete(Lease))

    def result(self) -> Result:
        found = repair.last(self.account())
        assert found is not None
        return found


@pytest.fixture
def gaps(office: Office) -> Gaps:
    return Gaps(office)
