"""What an admin must hear of before customers notice."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.models import WebhookRefusal

REPEATED = 3
"""So many refused webhooks are no accident."""


def refused_webhooks(session: Session) -> int:
    """Return how many webhooks were refused in this clock hour and the one before, if repeatedly.

    0 for fewer than REPEATED. An hour of refusals makes Meta unsubscribe the app.
    Source: developers.facebook.com/docs/graph-api/webhooks/getting-started.
    """
    count = session.scalar(
        select(func.sum(WebhookRefusal.count)).where(
            WebhookRefusal.hour > clock.now() - timedelta(hours=2)
        )
    )
    return int(count or 0) if (count or 0) >= REPEATED else 0
