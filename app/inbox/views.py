"""The views of the inbox: which conversations each shows and in which order.

Each condition stands as it stands in an index of app/models/threads.py, so that a planner sees
that the index answers it; so does each order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Select, TextClause, UnaryExpression, bindparam, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from app import clock
from app.channels import registry
from app.inbox.pages import Place
from app.models import Conversation
from app.models.states import ConversationStatus
from app.models.threads import IN_WORK, IS_SNOOZED, NEEDS_DECISION, NOT_OPEN

Ts = TypeVarTuple("Ts")
ENDS_WITHIN = timedelta(hours=4)
STANDARD = max(channel.window.standard for channel in registry.CHANNELS.values())
Condition = ColumnElement[bool] | TextClause
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND


class View(StrEnum):
    """A way to look at the conversations. Mine, unassigned and all are those in work."""

    MINE = "mine"
    UNASSIGNED = "unassigned"
    ALL = "all"
    ENDING = "ending"
    ATTENTION = "attention"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    ARCHIVED = "archived"


class Sort(StrEnum):
    """The newest message first; or those who wait for an answer, the window that ends first."""

    NEWEST = "newest"
    ENDING = "ending"


SORTED = frozenset({View.MINE, View.UNASSIGNED, View.ALL})
"""The views that can be sorted by the end of the window."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which conversations a list shows; None leaves a part open.

    ``view`` is seen by ``me``, a user's id. Without a view ``status`` and ``assignee`` ("none" or
    a user's id as text) narrow the list, and without a status archived ones are left out.
    """

    channel: str | None = None
    status: str | None = None
    assignee: str | None = None
    view: View | None = None
    me: int | None = None
    sort: Sort = Sort.NEWEST

    @property
    def order(self) -> Order:
        """Return the order in which the conversations stand."""
        if self.view is View.SNOOZED:
            return WAKING
        is_ending = self.view is View.ENDING or (self.view in SORTED and self.sort is Sort.ENDING)
        return ENDING if is_ending else NEWEST


@dataclass(frozen=True, slots=True)
class Order:
    """An order of conversations by one column, then by id."""

    column: InstrumentedAttribute[Any]
    is_descending: bool = False

    def place(self, row: Any) -> Place:
        """Return where a conversation stands, of which ``row`` has the column and the id."""
        value = getattr(row, self.column.key)
        is_time = isinstance(value, datetime)
        return Place((value - _EPOCH) // _MICROSECOND if is_time else value, row.id)

    def after(self) -> ColumnElement[bool]:
        """Return the condition of what follows the place that :meth:`values` binds."""
        mine = tuple_(self.column, Conversation.id)
        theirs = tuple_(
            bindparam("after_value", type_=self.column.type),
            bindparam("after_id", type_=Conversation.id.type),
        )
        return mine < theirs if self.is_descending else mine > theirs

    def values(self, place: Place) -> dict[str, Any]:
        """Return ``place`` as the parameters of :meth:`after`."""
        value: Any = place.position_at
        if self.column is not Conversation.position_at:
            value = _EPOCH + timedelta(microseconds=max(0, min(value, _LAST)))
        return {"after_value": value, "after_id": place.id}

    def columns(self) -> list[UnaryExpression[Any]]:
        """Return what to order by."""
        both = (self.column, Conversation.id)
        return [one.desc() if self.is_descending else one.asc() for one in both]


NEWEST = Order(Conversation.position_at, is_descending=True)
ENDING = Order(Conversation.window_opened_at)
WAKING = Order(Conversation.snoozed_until)


def narrowed(query: Select[*Ts], workspace_id: int, wanted: Filter) -> Select[*Ts]:
    """Return ``query`` of conversations narrowed to what is wanted, in its order.

    What :func:`values` gives is bound by name: a statement can be kept and asked again.
    """
    mine = Conversation.workspace_id == bindparam("workspace_id", workspace_id)
    query = query.where(mine, *conditions(wanted))
    order = wanted.order.columns()
    if wanted.view is View.UNASSIGNED and wanted.order is NEWEST:
        # PostgreSQL takes IS NULL for no constant: only so does the index have this order.
        order = [Conversation.assignee_id.desc(), *order]
    return query.order_by(*order)


def values(workspace_id: int, me: int | None) -> dict[str, Any]:
    """Return what changes from one asking to the next, by the names of its parameters."""
    ended = clock.now() - STANDARD
    return {
        "workspace_id": workspace_id,
        "me": me,
        "ended": ended,
        "ends_soon": ended + ENDS_WITHIN,
    }


def conditions(wanted: Filter) -> list[Condition]:
    """Return what the conversations of a list have in common."""
    found: list[Condition]
    found = [*(_of_status(wanted) if wanted.view is None else _of_view(wanted.view, wanted.me))]
    if wanted.order is ENDING:
        found += _with_open_window(wanted.view)
    if wanted.channel is not None:
        found.append(_of_channel(wanted.channel, wanted.view))
    return found


def _of_channel(channel: str, view: View | None) -> ColumnElement[bool]:
    if view is View.ATTENTION:
        # The few that need a decision are found by that; SQLite must not begin with the channel.
        return Conversation.channel.concat("") == channel
    return Conversation.channel == channel


def _of_view(view: View, me: int | None) -> tuple[Condition, ...]:
    mine = Conversation.assignee_id == bindparam("me", me)  # nobody is equal to NULL
    return {
        View.MINE: (IN_WORK, mine),
        View.UNASSIGNED: (IN_WORK, Conversation.assignee_id.is_(None)),
        View.ALL: (IN_WORK,),
        View.ENDING: (IN_WORK,),
        View.ATTENTION: (NEEDS_DECISION,),
        View.SNOOZED: (IS_SNOOZED,),
        View.RESOLVED: (NOT_OPEN, Conversation.status == ConversationStatus.RESOLVED),
        View.ARCHIVED: (NOT_OPEN, Conversation.status == ConversationStatus.ARCHIVED),
    }[view]


def _with_open_window(view: View | None) -> list[ColumnElement[bool]]:
    """Return the conditions of customers who wait while they can still be answered freely."""
    opened, ended = Conversation.window_opened_at, clock.now() - STANDARD
    found = [Conversation.waiting_since.is_not(None), opened > bindparam("ended", ended)]
    if view is View.ENDING:
        found.append(opened <= bindparam("ends_soon", ended + ENDS_WITHIN))
    return found


def _of_status(wanted: Filter) -> list[ColumnElement[bool]]:
    if wanted.status is not None:
        found = [Conversation.status == wanted.status]
    else:
        found = [Conversation.status != ConversationStatus.ARCHIVED]
    if wanted.assignee == "none":
        found.append(Conversation.assignee_id.is_(None))
    elif wanted.assignee is not None:
        found.append(Conversation.assignee_id == int(wanted.assignee))
    return found
