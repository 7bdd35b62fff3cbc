from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app import clock
from app.inbox.keyring import Keyring
from app.models import ExternalEvent, ExternalEventLog
from app.models.database import writing
from tests import emptied
from tests.office import Office, connect, given, vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

database_url, engine = emptied.database_url, emptied.engine
emptied_sqlite, emptied_postgres = emptied.emptied_sqlite, emptied.emptied_postgres

OTHER_ACCOUNT = "17841400000000002"
Put = "Callable[..., int]"


@pytest.fixture
def office(engine: Engine) -> Office:
    """A workspace whose Instagram account is connected and proven."""
    return connect(engine, Keyring(vault()), "Harbour")


@pytest.fixture
def other(engine: Engine, office: Office) -> Office:
    """Another workspace of the same installation."""
    wanted = given(config={"webhookVerifyToken": "verify", "instagramPageId": OTHER_ACCOUNT})
    return connect(engine, office.keyring, "Elsewhere", wanted)


@pytest.fixture
def put(engine: Engine) -> Callable[..., int]:
    """Put one item into the log as the drain would have left it, and return its id.

    Without an outcome it failed; ``body`` and ``received_count`` are those of its body.
    """

    def put(**changed: Any) -> int:
        with writing(engine) as session:
            at = changed.pop("created_at", None) or clock.now()
            log = ExternalEventLog(
                endpoint="instagram",
                body=changed.pop("body", b"{}"),
                digest=clock.now().isoformat().encode(),
                verified_by="print",
                received_count=changed.pop("received_count", 1),
                received_at=at,
                last_received_at=at,
                state="unpacked",
            )
            session.add(log)
            session.flush()
            plain = {"position": 0, "path": "", "kind": "message_received", "outcome": "failed"}
            event = ExternalEvent(log_id=log.id, created_at=at, **plain | changed)
            session.add(event)
            session.flush()
            return event.id

    return put
