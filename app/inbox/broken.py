"""Connections over which nothing can be sent: what waits for them is held, nothing is lost.

What happens to a connection is written before its queue is moved, and its row is locked before
any conversation. Whoever queues an answer at the same moment locks no connection: :func:`tidy`
moves what slipped through.
"""

from __future__ import annotations

from sqlalchemy import Select, and_, case, select
from sqlalchemy.orm import Session

from app import clock
from app.channels import errors, explain
from app.channels.explain import Explanation
from app.channels.faults import GraphFault, SendError, Unauthorized
from app.inbox import repair, settle
from app.inbox.versions import raise_workspaces
from app.models import ChannelAccount, Delivery, Integration
from app.models.outbox import DELIVERY_IS_OPEN
from app.models.states import DeliveryState

_SENDS = and_(
    Integration.is_enabled, Integration.deleted_at.is_(None), Integration.broken_at.is_(None)
)


def can_send(integration: Integration | None) -> bool:
    """Say whether anything can be sent: there is a connection, switched on and not broken."""
    if integration is None or integration.deleted_at is not None:
        return False
    return integration.is_enabled and integration.broken_at is None


def breaks_connection(error: SendError, recipient: str) -> bool:
    """Say whether an answer of Meta's stops the whole connection, not just one customer's thread.

    What names the recipient is about them: one stranger must not stop an account.
    """
    is_about_all = errors.meaning(error.fault).scope == "account"
    return isinstance(error, Unauthorized) and is_about_all and recipient not in error.fault.message


def break_off(
    session: Session, integration_id: int, access_token: str | None, fault: GraphFault
) -> None:
    """Note that Meta refuses the connection, and hold its queue until somebody mends it.

    ``access_token`` is the stored token that was refused: another one, stored since, is left to
    be tried.
    """
    one = session.get_one(Integration, integration_id, with_for_update={"key_share": True})
    if not can_send(one) or one.access_token != access_token:
        return
    one.broken_at = clock.now()
    one.broken_kind = errors.meaning(fault).name
    one.broken_code, one.broken_subcode = fault.code, fault.subcode
    one.broken_message = fault.message
    move_queue(session, one)


def mend(session: Session, integration: Integration) -> None:
    """Take the connection for whole again: what is held goes on, in its order.

    What Meta did not deliver meanwhile is looked for.
    """
    if integration.broken_at is not None:
        repair.ask_after_mending(session, integration, integration.broken_at)
    integration.broken_at = integration.broken_kind = integration.broken_message = None
    integration.broken_code = integration.broken_subcode = None
    move_queue(session, integration)


def move_queue(session: Session, integration: Integration) -> None:
    """Hold what waits for a connection, or let it go on, as its state says."""
    session.flush()
    accounts = select(ChannelAccount.id).where(ChannelAccount.integration_id == integration.id)
    if can_send(integration):
        settle.release(session, session.scalars(accounts).all())
    else:
        settle.hold(session, session.scalars(accounts).all())
    raise_workspaces(session, [integration.workspace_id])


def why(integration: Integration) -> Explanation | None:
    """Return why Meta refuses a connection and what to do; None for one that is not broken."""
    if integration.broken_at is None:
        return None
    words = integration.broken_message or ""
    fault = GraphFault(words, integration.broken_code, integration.broken_subcode)
    return explain.recall(integration.broken_kind, fault)


def of_workspace(session: Session, workspace_id: int) -> list[Integration]:
    """Return the workspace's broken connections that are switched on, oldest first."""
    query = select(Integration).where(
        Integration.workspace_id == workspace_id,
        Integration.broken_at.is_not(None),
        Integration.is_enabled,
        Integration.deleted_at.is_(None),
    )
    return list(session.scalars(query.order_by(Integration.id)))


def is_untidy(session: Session) -> bool:
    """Say whether anything waits in another state than its connection's."""
    return session.execute(_strays().limit(1)).first() is not None


def tidy(session: Session) -> None:
    """Hold what is queued where nothing can be sent, and release what is held where it can."""
    strays = session.execute(_strays().distinct()).all()
    settle.hold(session, [account for account, state in strays if state == DeliveryState.QUEUED])
    settle.release(session, [account for account, state in strays if state == DeliveryState.HELD])


def _strays() -> Select[int, str]:
    """Select accounts and the state in which something waits there that should not."""
    wrong = case((_SENDS, DeliveryState.HELD.value), else_=DeliveryState.QUEUED.value)
    return (
        select(Delivery.account_id, Delivery.state)
        .join(ChannelAccount, ChannelAccount.id == Delivery.account_id)
        .outerjoin(ChannelAccount.integration)
        .where(DELIVERY_IS_OPEN, Delivery.state == wrong)
    )
