"""How fast an account sends: a token bucket in the database that all processes share.

A token is one message. The bucket holds few of them, so that no second ever sees much more than
the limit; Meta's own words (a throttled call, a usage near 100 %) slow it down or pause it.
Source: developers.facebook.com/docs/graph-api/overview/rate-limiting.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Double,
    Executable,
    FromClause,
    and_,
    or_,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from app import clock
from app.channels import registry
from app.channels.base import Usage
from app.models import Conversation, Delivery, DeliveryAttempt, SendPace
from app.models.base import BigId, UtcDateTime
from app.models.bulk import Columns, insert_rows, or_nothing, run_with_rows
from app.models.outbox import DELIVERY_IS_OPEN
from app.models.states import DeliveryState

MESSAGES = "messages"
"""The bucket of what is sent as a message."""

BURST_SECONDS = 0.1
"""A full bucket holds what the limit allows in this time, and at least one token."""
GATHER_SECONDS = 0.05
"""An empty bucket is looked at again when it holds what the limit allows in this time."""

HIGH_USAGE = 80
"""From this percentage of Meta's own limit on, sending gets slower."""
USAGE_LASTS = timedelta(minutes=1)
SLOWEST = 1.0
"""Messages a second at 100 %."""

LONGEST_PAUSE = timedelta(days=1)
"""What Meta counts, it forgets within a day."""

_TICK = timedelta(microseconds=1)
_SET_WISE = {"synchronize_session": False}
_COLUMNS: Columns = (
    ("account_id", BigId),
    ("known_at", UtcDateTime()),
    ("tokens", Double()),
    ("refilled_at", UtcDateTime()),
    ("paused_until", UtcDateTime()),
)


class Due(NamedTuple):
    """A delivery that is due, with the bucket of its account; None where it has none yet."""

    delivery_id: int
    account_id: int
    channel: str
    tokens: float | None
    refilled_at: datetime | None
    usage: int | None
    usage_at: datetime | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """Tokens at a moment; ``rate`` is how many are added in a second."""

    tokens: float
    at: datetime
    rate: float

    @property
    def size(self) -> float:
        """Return how many tokens it holds at most."""
        return max(1.0, self.rate * BURST_SECONDS)

    def filled(self, now: datetime) -> Bucket:
        """Return the bucket as it is ``now``; a clock that went back adds nothing."""
        seconds = max(0.0, (now - self.at).total_seconds())
        tokens = min(self.size, self.tokens + self.rate * seconds)
        return Bucket(tokens, max(self.at, now), self.rate)

    def take(self, wanted: int) -> tuple[int, Bucket]:
        """Return how many of the ``wanted`` tokens there are, and what is left."""
        taken = min(wanted, int(self.tokens))
        return taken, Bucket(self.tokens - taken, self.at, self.rate)

    def ready_at(self) -> datetime:
        """Return when it is worth looking again."""
        wanted = min(self.size, max(1.0, self.rate * GATHER_SECONDS))
        return self.at + timedelta(seconds=max(0.0, wanted - self.tokens) / self.rate)


@dataclass(frozen=True, slots=True)
class Granted:
    """What may be sent now; ``ready_at`` is when more may be, None where nothing has to wait."""

    delivery_ids: list[int]
    ready_at: datetime | None


def is_not_paused(now: datetime) -> ColumnElement[bool]:
    """Return the condition that an account's bucket, if there is one, is not paused."""
    return or_(SendPace.paused_until.is_(None), SendPace.paused_until <= now)


def is_of(account_id: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Return the condition that a row is the bucket of an account's messages."""
    return and_(SendPace.account_id == account_id, SendPace.bucket == MESSAGES)


def grant(session: Session, due: Sequence[Due], now: datetime, limit: float | None) -> Granted:
    """Take a token for each of the ``due`` deliveries, as far as their accounts' buckets go.

    ``limit`` are messages a second, where it is another than the channel's. The buckets are
    locked until commit. Where somebody else took from a bucket since ``due`` was read, nothing of
    its account is granted.
    """
    wanted: defaultdict[int, list[Due]] = defaultdict(list)
    for one in due:
        wanted[one.account_id].append(one)
    taken: dict[int, int] = {}
    left: dict[int, Bucket] = {}
    for account, waiting in wanted.items():
        bucket = _bucket(waiting[0], now, limit).filled(now)
        taken[account], left[account] = bucket.take(len(waiting))
    short = {account for account in wanted if taken[account] < len(wanted[account])}
    known = {account: waiting[0].refilled_at for account, waiting in wanted.items()}
    ours = _write(session, left, known, short)
    found = [one.delivery_id for account in ours for one in wanted[account][: taken[account]]]
    waits = [left[account].ready_at() for account in short]
    return Granted(sorted(found), min(waits, default=None))


def open_buckets(session: Session, due: Sequence[Due], now: datetime, limit: float | None) -> bool:
    """Make a full bucket for each account that has none; say whether any was missing."""
    missing = {one.account_id: one.channel for one in due if one.refilled_at is None}
    rows = [
        {
            "account_id": account_id,
            "bucket": MESSAGES,
            "tokens": Bucket(0.0, now, _limit(channel, limit)).size,
            "refilled_at": now,
        }
        for account_id, channel in sorted(missing.items())
    ]
    if rows:
        insert_rows(session, SendPace, rows, or_nothing)
    return bool(rows)


def pause(session: Session, account_ids: Collection[int], until: datetime) -> None:
    """Send nothing of these accounts before ``until``, and then a single message of each first."""
    begin = {"bucket": MESSAGES, "tokens": 1.0, "refilled_at": until, "paused_until": until}
    rows = [{"account_id": one, **begin} for one in sorted(account_ids)]
    if rows:
        insert_rows(session, SendPace, rows, or_nothing)
    theirs = and_(SendPace.account_id.in_(account_ids), SendPace.bucket == MESSAGES)
    in_order = select(SendPace.account_id).where(theirs).order_by(SendPace.account_id)
    session.execute(in_order.with_for_update())
    is_shorter = or_(SendPace.paused_until.is_(None), SendPace.paused_until < until)
    longer = update(SendPace).where(theirs, is_shorter)
    session.execute(
        longer.values(paused_until=until, tokens=1.0, refilled_at=until),
        execution_options=_SET_WISE,
    )


def note_usage(session: Session, account_id: int, usage: Usage) -> None:
    """Slow an account down where Meta says that it nears a limit, or pause it where it says so."""
    now = clock.now()
    if usage.percent >= HIGH_USAGE:
        mine = and_(SendPace.account_id == account_id, SendPace.bucket == MESSAGES)
        told = update(SendPace).where(mine).values(usage=usage.percent, usage_at=now)
        session.execute(told, execution_options=_SET_WISE)
    if usage.seconds:
        pause(session, [account_id], now + asked(usage.seconds))


def asked(seconds: float) -> timedelta:
    """Return a pause that Meta asks for, as far as it is believed."""
    return timedelta(seconds=min(seconds, LONGEST_PAUSE.total_seconds()))


def waits_until(session: Session, conversation: Conversation) -> datetime | None:
    """Return until when the oldest queued answer of a conversation waits by Meta's wish.

    None where it waits for its next try after a failure, or for an earlier one that is under way.
    """
    latest = (
        select(DeliveryAttempt.outcome)
        .where(DeliveryAttempt.delivery_id == Delivery.id)
        .order_by(DeliveryAttempt.number.desc())
        .limit(1)
    )
    oldest = (
        select(
            Delivery.state,
            Delivery.next_try_at,
            SendPace.paused_until,
            latest.scalar_subquery().label("outcome"),
        )
        .outerjoin(SendPace, is_of(Delivery.account_id))
        .where(
            DELIVERY_IS_OPEN,
            Delivery.conversation_id == conversation.id,
            Delivery.state != DeliveryState.UNCONFIRMED,
        )
        .order_by(Delivery.id)
        .limit(1)
    )
    found = session.execute(oldest).first()
    if found is None or found.state != DeliveryState.QUEUED:
        return None
    asked_for = [found.paused_until, found.next_try_at if found.outcome == "throttled" else None]
    return max((one for one in asked_for if one and one > clock.now()), default=None)


def _bucket(one: Due, now: datetime, limit: float | None) -> Bucket:
    rate = slowed(_limit(one.channel, limit), one.usage, one.usage_at, now)
    return Bucket(one.tokens or 0.0, one.refilled_at or now, rate)


def slowed(limit: float, usage: int | None, usage_at: datetime | None, now: datetime) -> float:
    """Return messages a second: the limit, or less where Meta said so within the last minute."""
    if usage is None or usage_at is None or usage < HIGH_USAGE or now - usage_at > USAGE_LASTS:
        return limit
    share = max(0, 100 - usage) / (100 - HIGH_USAGE)
    return max(limit * share, min(SLOWEST, limit))


def _limit(channel: str, limit: float | None) -> float:
    return limit or registry.channel(channel).limits.per_second


def _write(
    session: Session,
    left: dict[int, Bucket],
    known: dict[int, datetime | None],
    short: Collection[int],
) -> set[int]:
    """Write down what is left in buckets that nobody changed meanwhile; return which those are."""
    rows = [
        {
            "account_id": one,
            "known_at": known[one],
            "tokens": bucket.tokens,
            "refilled_at": max(bucket.at, (known[one] or bucket.at) + _TICK),
            "paused_until": bucket.ready_at() if one in short else None,
        }
        for one, bucket in sorted(left.items())
    ]
    return {row.account_id for row in run_with_rows(session, _written, _COLUMNS, rows)}


def _written(given: FromClause) -> Executable:
    """Change buckets; ``refilled_at`` is another after each change."""
    is_theirs = and_(
        SendPace.account_id == given.c.account_id,
        SendPace.bucket == MESSAGES,
        SendPace.refilled_at == given.c.known_at,
    )
    changed = {name: given.c[name] for name in ("tokens", "refilled_at", "paused_until")}
    return update(SendPace).where(is_theirs).values(changed).returning(SendPace.account_id)
