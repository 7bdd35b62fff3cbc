"""Asking Meta how an integration's token stands, and keeping the answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from app import clock
from app.channels import registry
from app.channels.base import Credentials, Named, Standing
from app.channels.explain_token import explain_check
from app.channels.faults import Retryable, SendError
from app.channels.graph import Graph
from app.crypto import WrongKeyError
from app.inbox import broken
from app.inbox.errors import Trouble
from app.inbox.integrations import in_workspace
from app.inbox.keyring import Keyring
from app.models import ChannelAccount, Integration
from app.models.database import reading, writing

UNREADABLE = Trouble(
    message="The stored token or app secret cannot be opened.",
    explanation="It was stored with another key than the one that Inlet has now.",
    next_step="Bring the earlier ENCRYPTION_KEYS back, or enter token and app secret again under "
    "“Edit”.",
    page="troubleshooting.md#secret-cannot-be-opened",
)
NO_TOKEN = Trouble(
    message="This connection has no access token.",
    explanation="Messages arrive without one, but nobody can answer, and names stay unknown.",
    next_step="Enter one under “Edit”.",
    page="connect-instagram.md#the-access-token",
)
OTHER_ACCOUNT = Trouble(
    message="The token works, but for another account.",
    explanation="The ids of this connection are not among those that the token speaks for.",
    next_step="Make the token for this account, or correct the ids under “Edit”.",
    page="connect-instagram.md#the-access-token",
)


class Told(BaseModel):
    """What Meta told about an integration's token, as it is stored: nothing secret.

    None is "not told". ``is_valid`` is None where Meta could not be asked.
    """

    model_config = ConfigDict(extra="ignore")

    is_valid: bool | None
    problem: Trouble | None = None
    metas_words: str | None = None
    expires_at: datetime | None = None
    never_expires: bool = False
    scopes: tuple[str, ...] | None = None
    missing_scopes: tuple[str, ...] = ()
    page: Named | None = None
    account: Named | None = None
    fields: tuple[str, ...] | None = None
    missing_fields: tuple[str, ...] = ()

    @classmethod
    def of(cls, found: Standing, ids: Iterable[str]) -> Self:
        """Return what was told of the token of an integration with these account ids."""
        is_other = found.account_ids.isdisjoint(ids)
        return cls(
            is_valid=True,
            problem=OTHER_ACCOUNT if is_other else None,
            expires_at=found.expires_at,
            never_expires=found.never_expires,
            scopes=_sorted(found.scopes),
            missing_scopes=_sorted(found.missing_scopes) or (),
            page=found.page,
            account=found.account,
            fields=_sorted(found.fields),
            missing_fields=_sorted(found.missing_fields) or (),
        )

    @classmethod
    def refused(cls, error: SendError) -> Self:
        """Return what a refusal tells."""
        found, fault = explain_check(error), error.fault
        trouble = Trouble(
            message=found.sentence,
            explanation=found.cause,
            next_step=found.next_step,
            page=found.page,
            code=fault.code,
            subcode=fault.subcode,
        )
        is_valid = None if isinstance(error, Retryable) else False
        return cls(is_valid=is_valid, problem=trouble, metas_words=fault.message)


def check(
    engine: Engine, graph: Graph, keyring: Keyring, workspace_id: int, integration_id: int
) -> Told:
    """Ask Meta how the integration's token stands, store the answer and return it.

    No database connection is held during the calls. Raises
    :class:`app.inbox.errors.NotFound` outside the workspace.
    """
    with reading(engine) as session:
        integration = in_workspace(session, workspace_id, integration_id)
        channel, ids = integration.channel, _ids(integration)
        told, who = _prepared(integration, keyring, next(iter(ids), "me"))
    if who is not None:
        told = _ask(graph, channel, who, ids)
    with writing(engine) as session:
        _store(session, integration_id, told)
    return told


def last(integration: Integration) -> Told | None:
    """Return what the last check told, or None where there was none."""
    result = integration.check_result
    return None if result is None else Told.model_validate(result)


def _ids(integration: Integration) -> list[str]:
    return [one.external_id for account in integration.accounts for one in account.addresses]


def _prepared(
    integration: Integration, keyring: Keyring, sender_id: str
) -> tuple[Told, Credentials | None]:
    """Return the credentials to ask with; else what is to be told without asking."""
    try:
        who = keyring.credentials(integration, sender_id)
    except WrongKeyError:
        return Told(is_valid=None, problem=UNREADABLE), None
    return Told(is_valid=None, problem=NO_TOKEN), who


def _ask(graph: Graph, channel: str, who: Credentials, ids: list[str]) -> Told:
    try:
        return Told.of(registry.channel(channel).standing(graph, who), ids)
    except SendError as error:
        return Told.refused(error)


def _store(session: Session, integration_id: int, told: Told) -> None:
    session.execute(
        update(Integration)
        .where(Integration.id == integration_id)
        .values(
            checked_at=clock.now(),
            check_result=told.model_dump(mode="json"),
            updated_at=Integration.updated_at,
        )
    )
    if told.is_valid and told.problem is None:
        _mend(session, integration_id)
    if told.account is not None and told.account.name and told.problem is None:
        nameless = ChannelAccount.integration_id == integration_id, ChannelAccount.name.is_(None)
        session.execute(update(ChannelAccount).where(*nameless).values(name=told.account.name))


def _mend(session: Session, integration_id: int) -> None:
    one = session.get_one(Integration, integration_id)
    if one.broken_at is not None:
        broken.mend(session, one)


def _sorted(names: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(sorted(names))
