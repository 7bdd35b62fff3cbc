"""A webhook from Inlet to itself, signed with the integration's secret: does the way in work."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.channels import registry
from app.channels.knock import Answer, knock
from app.crypto import WrongKeyError
from app.inbox.integrations import in_workspace
from app.inbox.keyring import Keyring
from app.models import ExternalEvent, ExternalEventLog
from app.models.database import reading

PATIENCE = 4.0
"""Seconds in which the test should have been unpacked; a worker needs a fraction of one."""
_NAP = 0.1


@dataclass(frozen=True, slots=True)
class Knocked:
    """What came of posting the test.

    ``address`` is the one that was tried last; ``unreachable`` is the first one where that did
    not answer. ``digest`` and ``verified_by`` find the stored body again.
    """

    address: str
    status: int | None
    problem: str | None
    unreachable: str | None
    digest: str
    verified_by: str


@dataclass(frozen=True, slots=True)
class Found:
    """What became of the test: stored at all, and the outcome and id of its item, if unpacked."""

    is_stored: bool
    event_id: int | None = None
    outcome: str | None = None


def secret_of(
    session: Session, keyring: Keyring, workspace_id: int, integration_id: int
) -> tuple[str, str | None]:
    """Return the integration's channel and the secret that signs its webhooks, if there is one.

    Raises :class:`app.inbox.errors.NotFound`.
    """
    integration = in_workspace(session, workspace_id, integration_id)
    try:
        found = keyring.app_secrets(integration)
    except WrongKeyError:
        found = ()
    return integration.channel, next(iter(found), None)


def post(keyring: Keyring, channel: str, secret: str, addresses: Sequence[str]) -> Knocked:
    """Post a test through the real route of the first of ``addresses`` that answers."""
    body = registry.channel(channel).test_body(secrets.token_hex(8))
    answer, tried = Answer(None), ""
    for address in addresses:
        tried = f"{address}/api/webhooks/{channel}"
        answer = knock(tried, body, secret)
        if answer.status is not None:
            break
    first = f"{addresses[0]}/api/webhooks/{channel}"
    return Knocked(
        address=tried,
        status=answer.status,
        problem=answer.problem,
        unreachable=first if first != tried else None,
        digest=hashlib.sha256(body).hexdigest(),
        verified_by=keyring.vault.fingerprint(secret),
    )


def find(session: Session, digest: str, verified_by: str) -> Found:
    """Return what became of a test; ``digest`` in hex digits, as it was posted."""
    log_id = session.scalar(
        select(ExternalEventLog.id).where(
            ExternalEventLog.digest == bytes.fromhex(digest),
            ExternalEventLog.verified_by == verified_by,
        )
    )
    if log_id is None:
        return Found(is_stored=False)
    event = session.execute(
        select(ExternalEvent.id, ExternalEvent.outcome).where(ExternalEvent.log_id == log_id)
    ).first()
    return Found(True, *event) if event else Found(is_stored=True)


def wait(engine: Engine, knocked: Knocked) -> None:
    """Return when the test is unpacked, or after PATIENCE seconds."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with reading(engine) as session:
            if find(session, knocked.digest, knocked.verified_by).outcome not in {None, "pending"}:
                return
        time.sleep(_NAP)
