"""How the accounts of a channel are doing: the newest event and the newest send of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session, aliased

from app.models import ChannelAccount, Delivery, ExternalEvent, Message


@dataclass(frozen=True, slots=True)
class Activity:
    """The newest event and the newest outgoing message of an account; None: there was none."""

    last_event_at: datetime | None
    last_send_at: datetime | None
    last_send_status: str | None


def activity(session: Session, among: Sequence[ChannelAccount]) -> dict[int, Activity]:
    """Return what happened last at each of these accounts, by their ids.

    Each newest row is the end of an index: what it costs does not grow with the history.
    """
    event, delivery = aliased(ExternalEvent), aliased(Delivery)
    query = (
        select(
            ChannelAccount.id,
            event.created_at,
            func.coalesce(delivery.settled_at, delivery.created_at),
            Message.status,
        )
        .select_from(ChannelAccount)
        .outerjoin(event, event.id == _newest(ExternalEvent))
        .outerjoin(delivery, delivery.id == _newest(Delivery))
        .outerjoin(Message, Message.id == delivery.message_id)
        .where(ChannelAccount.id.in_([one.id for one in among]))
    )
    rows = session.execute(query)
    return {account: Activity(event_at, at, status) for account, event_at, at, status in rows}


def _newest(table: type[ExternalEvent | Delivery]) -> ScalarSelect[int | None]:
    newest = select(func.max(table.id)).where(table.account_id == ChannelAccount.id)
    return newest.correlate(ChannelAccount).scalar_subquery()
