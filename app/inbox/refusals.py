"""Permission errors that nobody knows: whether they are one customer's, or the account's.

Meta's numbers do not say. See docs/decisions/0014-unknown-refusals.md.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.channels import errors
from app.channels.faults import Permanent, SendError, Unauthorized
from app.models import Delivery, Integration, Message
from app.models.states import DeliveryState, Evidence

UNKNOWN = "not-permitted"
OF_ACCOUNT = "no-permission"
IN_A_ROW = 3
"""So many different customers, none of them served in between, are no coincidence."""
LOOK_BACK = 50
"""So many of the account's latest sends are looked at."""


def is_unknown(error: SendError) -> bool:
    """Say whether an answer is such an error."""
    return isinstance(error, Permanent) and errors.meaning(error.fault).name == UNKNOWN


def of_account(error: SendError) -> SendError:
    """Return the error as one that concerns the whole account."""
    return Unauthorized(replace(error.fault, name=OF_ACCOUNT))


def is_last_in_row(session: Session, delivery_id: int, integration_id: int) -> bool:
    """Say whether a send that met such an error now completes the row.

    What was before the connection was last changed, or mended, does not count.
    """
    current = session.get_one(Delivery, delivery_id)
    met = {current.conversation_id}
    for conversation_id, kind in _ended(session, current, integration_id):
        if kind != UNKNOWN:
            break
        met.add(conversation_id)
    return len(met) >= IN_A_ROW


def _ended(
    session: Session, current: Delivery, integration_id: int
) -> list[tuple[int, str | None]]:
    """Return conversations and errors of what Meta answered, the latest first."""
    changed_at = session.get_one(Integration, integration_id).updated_at
    newest = (
        select(Delivery.conversation_id, Message.error_kind, Delivery.settled_at)
        .join(Delivery.message)
        .where(
            Delivery.account_id == current.account_id,
            Delivery.state.in_((DeliveryState.SENT, DeliveryState.FAILED)),
            Delivery.settled_by == Evidence.ANSWER,
            Delivery.settled_at > changed_at,
        )
        .order_by(Delivery.id.desc())
        .limit(LOOK_BACK)
    )
    found = sorted(session.execute(newest), key=lambda row: row.settled_at, reverse=True)
    return [(row.conversation_id, row.error_kind) for row in found]
