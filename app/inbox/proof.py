"""Asking Meta whether an integration may speak for the accounts it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from app.channels import registry
from app.channels.base import Credentials
from app.channels.faults import SendError
from app.channels.graph import Graph
from app.crypto import WrongKeyError
from app.inbox.claims import has_own_secret
from app.inbox.integrations import prove
from app.inbox.keyring import Keyring
from app.models import AccountAddress, ChannelAccount, Integration
from app.models.database import reading, writing

NOT_THE_ACCOUNT = "the access token belongs to another account"
NO_TOKEN = "the integration has neither a secret of its own nor an access token"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Question:
    """Does the token in ``who`` speak for ``external_id``, and for which other ids."""

    account_id: int
    channel: str
    external_id: str
    who: Credentials


def check_accounts(
    engine: Engine, graph: Graph, keyring: Keyring, integration_id: int
) -> str | None:
    """Prove the integration's accounts and learn their other ids from Meta.

    An integration with a secret of its own needs no proof: only what that secret signed reaches
    it. No database connection is held during the calls. Returns why an account could not be
    looked up, in Meta's words where they are Meta's, else None. Where a stored secret of the
    integration cannot be opened, that is the reason, and nothing is asked.
    """
    try:
        with reading(engine) as session:
            questions = _questions(session, keyring, integration_id)
    except WrongKeyError as mismatch:
        return str(mismatch)
    found, problem = _ask(graph, questions)
    with writing(engine) as session:
        unproven = _note(session, integration_id, found)
    if problem is None and unproven:
        return NOT_THE_ACCOUNT if questions else NO_TOKEN
    return problem


def _questions(session: Session, keyring: Keyring, integration_id: int) -> list[Question]:
    integration = session.get_one(Integration, integration_id)
    found = []
    for account in integration.accounts:
        who = keyring.credentials(integration, account.external_id)
        if who is not None:
            found.append(Question(account.id, account.channel, account.external_id, who))
    return found


def _ask(
    graph: Graph, questions: Sequence[Question]
) -> tuple[dict[int, frozenset[str]], str | None]:
    """Return the ids by account id, and what Meta said to the last question it refused."""
    found: dict[int, frozenset[str]] = {}
    problem = None
    for one in questions:
        try:
            found[one.account_id] = registry.channel(one.channel).accounts(
                graph, one.who, one.external_id
            )
        except SendError as error:
            problem = error.fault.message
    return found, problem


def _note(session: Session, integration_id: int, found: Mapping[int, frozenset[str]]) -> bool:
    """Write down what is proven and say whether any account is not."""
    integration = session.get_one(Integration, integration_id)
    for account in integration.accounts:
        ids = found.get(account.id, frozenset())
        is_owner = account.external_id in ids
        if has_own_secret(integration):
            prove(session, account, ids | {account.external_id}, is_owner=is_owner)
        elif is_owner:
            _keep_only(session, account, ids)
            prove(session, account, ids)
    return any(account.proven_at is None for account in integration.accounts)


def _keep_only(session: Session, account: ChannelAccount, ids: frozenset[str]) -> None:
    """Take away ids that were claimed and that the token does not speak for."""
    session.execute(
        delete(AccountAddress).where(
            AccountAddress.account_id == account.id, AccountAddress.external_id.not_in(ids)
        )
    )
    session.refresh(account, ["addresses"])
