"""When refused webhooks mean that Meta's own are refused, and when only that somebody knocks.

Who may post to the webhook is anybody. A webhook of Meta's that is refused looks as one that
somebody else made up, so what counts is how many were accepted in the same time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from app import clock
from app.inbox.receive import NO_SIGNATURE, WRONG_SIGNATURE
from app.models import ExternalEventLog, Integration, WebhookRefusal

REPEATED = 3
"""So many are no accident."""
CAP = 1_000
"""So many accepted webhooks are counted at most."""
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Hour:
    """Webhooks of a clock hour: with a wrong signature, with none, and accepted ones."""

    wrong: int = 0
    unsigned: int = 0
    accepted: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """What came in this clock hour and in the one before.

    ``is_new`` says that no webhook was ever accepted. ``has_several`` says that several
    integrations are switched on: one may be refused while another is not.
    """

    this: Hour
    before: Hour
    is_new: bool
    has_several: bool

    @property
    def wrong(self) -> int:
        """Return how many had a wrong signature."""
        return self.this.wrong + self.before.wrong

    @property
    def unsigned(self) -> int:
        """Return how many had no signature."""
        return self.this.unsigned + self.before.unsigned

    @property
    def outweighs(self) -> bool:
        """Say whether wrong signatures outnumber good ones in the newest hour that tells.

        It does with a good one, or with so many wrong ones that they are no accident.

        That is urgent: an hour of refusals makes Meta unsubscribe the app.
        Source: developers.facebook.com/docs/graph-api/webhooks/getting-started.
        """
        enough = 1 if self.is_new else REPEATED
        tells = self.this.accepted or self.this.wrong >= enough
        newest = self.this if tells else self.before
        return newest.wrong >= enough and min(newest.wrong, CAP) > newest.accepted

    @property
    def lasts(self) -> bool:
        """Say whether wrong signatures go on and one of several secrets may be the wrong one."""
        return self.has_several and min(self.this.wrong, self.before.wrong) >= REPEATED

    @property
    def is_unsigned(self) -> bool:
        """Say whether signatures may be lost on the way: Meta signs each webhook."""
        is_any_accepted = self.this.accepted or self.before.accepted
        return not is_any_accepted and self.unsigned >= REPEATED


def refused(session: Session) -> Refused | None:
    """Return what was refused and accepted in these two hours, None where nothing was refused."""
    this = clock.now().replace(minute=0, second=0, microsecond=0)
    before = this - HOUR
    counted = (
        select(WebhookRefusal.hour, WebhookRefusal.reason, func.sum(WebhookRefusal.count))
        .where(WebhookRefusal.hour >= before)
        .group_by(WebhookRefusal.hour, WebhookRefusal.reason)
    )
    counts = Counter({(hour, reason): int(n) for hour, reason, n in session.execute(counted)})
    if not counts:
        return None
    accepted_now, accepted_before, ever, integrations = _accepted(session, this, before)
    return Refused(
        Hour(counts[this, WRONG_SIGNATURE], counts[this, NO_SIGNATURE], accepted_now),
        Hour(counts[before, WRONG_SIGNATURE], counts[before, NO_SIGNATURE], accepted_before),
        is_new=not ever,
        has_several=integrations > 1,
    )


def _accepted(session: Session, this: datetime, before: datetime) -> Row[int, int, int, int]:
    """Count accepted webhooks of both hours and at all, and the integrations switched on."""
    newest = (
        select(ExternalEventLog.received_at.label("at"))
        .where(ExternalEventLog.source == "webhook")
        .order_by(ExternalEventLog.id.desc())
        .limit(CAP)
        .subquery()
    )
    integrations = select(func.count(Integration.id)).where(
        Integration.is_enabled, Integration.deleted_at.is_(None)
    )
    counted = select(
        func.count().filter(newest.c.at >= this),
        func.count().filter(newest.c.at >= before, newest.c.at < this),
        func.count(),
        integrations.scalar_subquery(),
    ).select_from(newest)
    return session.execute(counted).one()
