"""Leads: how far a chance of business with a contact has come.

The customer's message opens one where none is open; winning or losing it closes it.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import clock
from app.inbox.errors import Conflict, NotFound, Trouble
from app.inbox.versions import raise_contact
from app.models import Lead
from app.models.states import LeadStage


def find(session: Session, workspace_id: int, lead_id: int) -> Lead:
    """Return one lead of the workspace. Raises :class:`NotFound`."""
    found = session.scalar(
        select(Lead).where(Lead.workspace_id == workspace_id, Lead.id == lead_id)
    )
    if found is None:
        raise NotFound
    return found


def latest(session: Session, workspace_id: int, contact_id: int) -> Lead | None:
    """Return the newest lead of a contact, open or closed; None where there was none yet."""
    return next(iter(listed(session, workspace_id, contact_id=contact_id, limit=1)), None)


def listed(
    session: Session,
    workspace_id: int,
    *,
    stage: LeadStage | None = None,
    contact_id: int | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[Lead]:
    """Return leads of the workspace, newest first."""
    query = select(Lead).where(Lead.workspace_id == workspace_id)
    if stage is not None:
        query = query.where(Lead.stage == stage)
    if contact_id is not None:
        query = query.where(Lead.contact_id == contact_id)
    if before_id is not None:
        query = query.where(Lead.id < before_id)
    return list(session.scalars(query.order_by(Lead.id.desc()).limit(limit)))


def set_stage(session: Session, workspace_id: int, lead_id: int, stage: LeadStage) -> Lead:
    """Say how far a lead has come; won and lost close it, any other stage opens it again.

    Raises :class:`NotFound`, and :class:`Conflict` where it cannot be opened because the contact
    has another open lead by now.
    """
    lead = find(session, workspace_id, lead_id)
    if lead.stage == stage:
        return lead
    raise_contact(session, workspace_id, lead.contact_id)
    lead.stage = stage
    lead.closed_at = (lead.closed_at or clock.now()) if stage.is_final else None
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(_another_is_open()) from None
    return lead


def _another_is_open() -> Trouble:
    return Trouble(
        message="This lead cannot be opened again: the contact has a newer one.",
        explanation="One lead is open per contact at a time. The customer's next message opened "
        "a new one after this was closed.",
        next_step="Change the stage of the newer lead.",
    )
