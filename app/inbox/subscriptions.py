"""Whether Meta still delivers: each hour every account's subscription is looked at.

When webhooks fail for an hour, Meta unsubscribes the app and does not subscribe it again.
Source: developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine, or_, select
from sqlalchemy.orm import Session

from app import clock
from app.channels import registry
from app.channels.faults import SendError
from app.channels.graph import Graph
from app.inbox import repair, token_check
from app.inbox.deliver import sender_id
from app.inbox.errors import Trouble
from app.inbox.keyring import Keyring
from app.models import ChannelAccount
from app.models.database import reading, writing

INTERVAL = timedelta(hours=1)
SOON = timedelta(minutes=5)
"""When Meta could not be asked it is asked again sooner."""

MAY_NOT = Trouble(
    message="The account is not subscribed to your app, and Inlet could not subscribe it.",
    explanation="Meta delivers nothing until it is. The token may lack a permission for it.",
    next_step="Subscribe it with the one call that the guide shows, then press “Check now” and "
    "“Look for missed messages”.",
    page="connect-instagram.md#subscribe-the-account",
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Looks at the subscriptions that are due. Assume that two of these run at a time.

    ``later`` are accounts of which Meta told nothing: when they are looked at again.
    """

    engine: Engine
    graph: Graph
    keyring: Keyring
    later: dict[int, datetime] = field(default_factory=dict)

    def work(self) -> Iterator[None]:
        """Look at what is due, yielding after each account."""
        with reading(self.engine) as session:
            waiting, now = due(session), clock.now()
        for account_id in waiting:
            if account_id not in self.later or self.later[account_id] <= now:
                self.look(account_id)
                yield

    def look(self, account_id: int) -> None:
        """Ask Meta how an account is subscribed; subscribe it again where it is not.

        No database connection is held during the calls.
        """
        with reading(self.engine) as session:
            account = session.get_one(ChannelAccount, account_id)
            workspace_id, integration_id = account.workspace_id, account.integration_id
        told = token_check.check(
            self.engine, self.graph, self.keyring, workspace_id, integration_id or 0
        )
        if not told.is_valid or told.problem is not None:
            self.later[account_id] = clock.now() + SOON
        elif not told.missing_fields:
            self.later.pop(account_id, None)
            with writing(self.engine) as session:
                _found_well(session, account_id)
        else:
            self._subscribe(account_id, told.fields or ())

    def _subscribe(self, account_id: int, present: tuple[str, ...]) -> None:
        self.later[account_id] = clock.now() + INTERVAL
        with reading(self.engine) as session:
            account = session.get_one(ChannelAccount, account_id)
            integration = account.integration
            assert integration is not None  # noqa: S101 - it was just checked
            who = self.keyring.credentials(integration, sender_id(integration))
            workspace_id, integration_id = account.workspace_id, integration.id
            channel = registry.channel(account.channel)
        assert who is not None  # noqa: S101 - its token was just checked
        try:
            fields = channel.subscribe(self.graph, who, present)
        except SendError as error:
            log.warning("not_subscribed", account_id=account_id, code=error.fault.code)
            with writing(self.engine) as session:
                _refused(session, account_id, error)
            return
        log.warning("subscribed_again", account_id=account_id, fields=sorted(fields))
        with writing(self.engine) as session:
            _subscribed(session, account_id)
        token_check.check(self.engine, self.graph, self.keyring, workspace_id, integration_id)


def due(session: Session) -> list[int]:
    """Return the ids of the connected accounts that were not looked at for an hour."""
    checked = ChannelAccount.subscription_checked_at
    query = (
        select(ChannelAccount.id)
        .join(ChannelAccount.integration)
        .where(or_(checked.is_(None), checked < clock.now() - INTERVAL), *repair.IS_CONNECTED)
        .order_by(ChannelAccount.id)
    )
    return list(session.scalars(query))


def _found_well(session: Session, account_id: int) -> None:
    account = session.get_one(ChannelAccount, account_id)
    account.subscription_checked_at, account.subscription_problem = clock.now(), None


def _subscribed(session: Session, account_id: int) -> None:
    """Note it; what Meta did not deliver is looked for, back to the check before, or a day.

    An hour of failed webhooks makes Meta unsubscribe an app: they began before that check.
    Source: developers.facebook.com/docs/graph-api/webhooks/getting-started.
    """
    account = session.get_one(ChannelAccount, account_id)
    before = account.subscription_checked_at
    _found_well(session, account_id)
    if before is not None:
        account.resubscribed_at = clock.now()
        repair.ask(session, account, min(before, clock.now() - repair.A_DAY))


def _refused(session: Session, account_id: int, error: SendError) -> None:
    account = session.get_one(ChannelAccount, account_id)
    account.subscription_problem = {**asdict(MAY_NOT), "metas_words": error.fault.message}
