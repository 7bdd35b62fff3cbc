"""How long what Meta slows down waits, and which accounts wait with it.

Meta counts some limits by account, and some by app: all accounts that send through one share it.
Source: developers.facebook.com/docs/graph-api/overview/rate-limiting.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.channels import errors
from app.channels.base import Sent
from app.channels.faults import Retryable, SendError, Throttled
from app.crypto import WrongKeyError
from app.inbox import pace
from app.inbox.keyring import ENVIRONMENT, Keyring
from app.models import Integration

FULL = 100
"""Per cent of an app's calls from which on Meta refuses the next ones."""
FULL_APP_PAUSE = timedelta(minutes=1)
"""Meta counts over a rolling hour and says of no time; after a minute some calls are forgotten."""

log = structlog.get_logger()


def pause(error: SendError, attempts: int) -> timedelta:
    """Return how long to wait before the next try, longer each time.

    What Meta asked for counts where it asks for more.
    """
    base, longest = (15, 900) if isinstance(error, Throttled) else (2, 300)
    ours = timedelta(seconds=min(base * 2 ** (attempts - 1), longest))
    return max(ours, pace.asked(error.fault.retry_after or 0.0))


def app_pause(answer: Sent | SendError, attempts: int) -> timedelta | None:
    """Return how long all accounts of the app wait after an answer; None where they need not."""
    if isinstance(answer, Sent):
        is_full = answer.usage is not None and answer.usage.app_percent >= FULL
        return FULL_APP_PAUSE if is_full else None
    is_apps = isinstance(answer, Retryable) and errors.meaning(answer.fault).scope == "app"
    return pause(answer, attempts) if is_apps else None


def pause_app(session: Session, keyring: Keyring, integration_id: int, until: datetime) -> None:
    """Send nothing before ``until`` through the Meta app of an integration.

    Apps are told apart by their secrets. Other workspaces wait only where the token is surely of
    that app: who enters a token of another one must not be able to slow them.
    """
    one = session.get_one(Integration, integration_id)
    mine = _fingerprints(keyring, one)
    sharing = select(Integration).where(
        Integration.deleted_at.is_(None), Integration.base_url.is_not_distinct_from(one.base_url)
    )
    if not _is_surely_of_its_app(one):
        sharing = sharing.where(Integration.workspace_id == one.workspace_id)
    accounts = {account.id for account in one.accounts}
    for other in session.scalars(sharing.options(selectinload(Integration.accounts))):
        if not mine.isdisjoint(_fingerprints(keyring, other)):
            accounts.update(account.id for account in other.accounts)
    pace.pause(session, accounts, until)
    log.warning("app_paused", integration_id=integration_id, accounts=len(accounts))


def _is_surely_of_its_app(integration: Integration) -> bool:
    """Say whether the app is known: by a secret that somebody entered, or by Meta.

    Meta refuses a Facebook token with the proof of another app's secret.
    """
    is_entered = integration.api_secret is not None or integration.source == ENVIRONMENT
    return is_entered or integration.config.get("login", "facebook") == "facebook"


def _fingerprints(keyring: Keyring, integration: Integration) -> frozenset[str]:
    try:
        return keyring.fingerprints(integration)
    except WrongKeyError:
        return frozenset()
