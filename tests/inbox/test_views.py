"""Each view shows what it says, in its order, on every channel, and counts it cheaply."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from sqlalchemy import text

from app.inbox import listing, members
from app.inbox.pages import Place
from app.inbox.views import SORTED, Filter, Sort, View
from app.models import ChannelAccount, Contact, ContactIdentity, Conversation
from app.models.database import reading, writing
from app.models.states import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ALL = [(view, Sort.NEWEST) for view in View] + [(view, Sort.ENDING) for view in sorted(SORTED)]


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@dataclass
class Desk:
    """A workspace in which ``me`` works; conversations are told apart by their preview."""

    engine: Engine
    workspace_id: int
    me: int
    colleague: int

    def add(self, name: str, session: Session, **fields: Any) -> None:
        """Add a conversation that is newer than those before it."""
        number = next(_numbers)
        channel = fields.setdefault("channel", "instagram")
        account = ChannelAccount(
            workspace_id=self.workspace_id, channel=channel, external_id=f"a{number}"
        )
        contact = Contact(workspace_id=self.workspace_id)
        session.add_all([account, contact])
        session.flush()
        identity = ContactIdentity(
            workspace_id=self.workspace_id, scope="s", kind="k", value=f"{number}", contact=contact
        )
        fields = {"account": account, "contact": contact, "identity": identity} | fields
        session.add(
            Conversation(workspace_id=self.workspace_id, preview=name, position_at=number, **fields)
        )

    def page(self, wanted: Filter, after: Place | None = None, limit: int = 50) -> Any:
        with reading(self.engine) as session:
            return listing.conversations(
                session, self.workspace_id, wanted, after=after, limit=limit
            )

    def shown(self, view: View, channel: str | None = None, sort: Sort = Sort.NEWEST) -> list[str]:
        wanted = Filter(view=view, channel=channel, sort=sort, me=self.me)
        return [one.preview for one in self.page(wanted).rows]


_numbers = count(1)


@pytest.fixture
def desk(engine: Engine) -> Desk:
    with writing(engine) as session:
        workspace = members.make_workspace(session, "Harbour")
        people = [
            members.make_user(
                session,
                f"{name}@example.com",
                name,
                "password",
                workspace=workspace,
                role=Role.AGENT,
            )
            for name in ("me", "colleague")
        ]
    return Desk(engine, workspace.id, people[0].id, people[1].id)


def opened(hours: float, **fields: Any) -> dict[str, Any]:
    """Return the fields of a conversation whose customer spoke last, so many hours ago."""
    moment = NOON - timedelta(hours=hours)
    return {"window_opened_at": moment, "waiting_since": moment, **fields}


@pytest.fixture
def full(desk: Desk) -> Desk:
    """A desk with something for every view."""
    me, colleague = desk.me, desk.colleague
    with writing(desk.engine) as session:
        desk.add("mine", session, assignee_id=me, **opened(1))
        desk.add("mine ends", session, assignee_id=me, status="pending", **opened(21))
        desk.add("hers ends sooner", session, assignee_id=colleague, **opened(23))
        desk.add("nobody's", session, **opened(22, channel="whatsapp"))
        desk.add("too late", session, **opened(25))
        desk.add("answered", session, window_opened_at=NOON - timedelta(hours=23))
        desk.add("broken", session, attention_count=1, status="resolved", channel="messenger")
        for hours in (3, 2):
            until = NOON + timedelta(hours=hours)
            desk.add(f"in {hours} h", session, status="snoozed", snoozed_until=until)
        desk.add("old", session, status="archived", assignee_id=me, **opened(23))
    return desk


@pytest.mark.parametrize(
    ("view", "sort", "expected"),
    [
        ("mine", "newest", ["mine ends", "mine"]),
        ("mine", "ending", ["mine ends", "mine"]),
        ("unassigned", "newest", ["answered", "too late", "nobody's"]),
        ("unassigned", "ending", ["nobody's"]),
        (
            "all",
            "newest",
            ["answered", "too late", "nobody's", "hers ends sooner", "mine ends", "mine"],
        ),
        ("all", "ending", ["hers ends sooner", "nobody's", "mine ends", "mine"]),
        ("ending", "newest", ["hers ends sooner", "nobody's", "mine ends"]),
        ("attention", "newest", ["broken"]),
        ("snoozed", "newest", ["in 2 h", "in 3 h"]),
        ("resolved", "newest", ["broken"]),
        ("archived", "newest", ["old"]),
    ],
)
def test_a_view_shows_what_it_says(full: Desk, view: str, sort: str, expected: list[str]) -> None:
    assert full.shown(View(view), sort=Sort(sort)) == expected


@pytest.mark.parametrize("channel", ["instagram", "whatsapp", "messenger"])
@pytest.mark.parametrize(("view", "sort"), ALL)
def test_a_channel_takes_its_part_of_each_view(
    full: Desk, view: View, sort: Sort, channel: str
) -> None:
    with reading(full.engine) as session:
        rows = session.execute(text("SELECT preview, channel FROM conversation")).all()
        channels = {row[0]: row[1] for row in rows}
    everything = full.shown(view, sort=sort)

    assert full.shown(view, channel, sort) == [x for x in everything if channels[x] == channel]


@pytest.mark.parametrize("channel", [None, "instagram"])
@pytest.mark.parametrize(("view", "sort"), ALL)
def test_pages_show_each_conversation_once(
    desk: Desk, view: View, sort: Sort, channel: str | None
) -> None:
    special: dict[View, dict[str, Any]] = {
        View.MINE: {"assignee_id": desk.me},
        View.ATTENTION: {"attention_count": 1},
        View.SNOOZED: {"status": "snoozed", "snoozed_until": NOON + timedelta(hours=1)},
        View.RESOLVED: {"status": "resolved"},
        View.ARCHIVED: {"status": "archived"},
    }
    with writing(desk.engine) as session:
        for n in range(7):
            desk.add(f"{n}", session, **opened(21 + n // 3 / 10), **special.get(view, {}))
    wanted = Filter(view=view, channel=channel, sort=sort, me=desk.me)

    pages: list[list[str]] = []
    after = None
    while not pages or after:
        page = desk.page(wanted, after, limit=2)
        pages.append([one.preview for one in page.rows])
        after = page.next

    assert [len(page) for page in pages] == [2, 2, 2, 1]
    assert sum(pages, []) == desk.shown(view, channel, sort)  # noqa: RUF017 - four short lists
    assert len(set(desk.shown(view, channel, sort))) == 7


def test_the_numbers_say_how_many(full: Desk) -> None:
    with reading(full.engine) as session:
        counts = listing.counts(session, full.workspace_id, full.me)

    assert counts.views == {
        View.MINE: 2,
        View.UNASSIGNED: 3,
        View.ALL: 6,
        View.ENDING: 3,
        View.ATTENTION: 1,
        View.SNOOZED: 2,
    }


def test_counting_stops_at_a_hundred(desk: Desk) -> None:
    with writing(desk.engine) as session:
        for n in range(103):
            desk.add(f"{n}", session)
    with reading(desk.engine) as session:
        counts = listing.counts(session, desk.workspace_id, desk.me)

    assert counts.views[View.ALL] == 100


def test_another_workspace_sees_nothing_of_it(full: Desk) -> None:
    with writing(full.engine) as session:
        elsewhere = members.make_workspace(session, "Elsewhere")
    stranger = Desk(full.engine, elsewhere.id, full.me, full.colleague)

    with reading(full.engine) as session:
        counts = listing.counts(session, elsewhere.id, full.me)
    assert [stranger.shown(view) for view in View] == [[]] * len(View)
    assert set(counts.views.values()) == {0}


def test_who_is_no_person_has_nothing_of_their_own(full: Desk) -> None:
    assert full.page(Filter(view=View.MINE)).rows == []


@pytest.mark.parametrize("place", [Place(10**18, 1), Place(-(10**18), 1), Place(0, 2**63 - 1)])
@pytest.mark.parametrize("view", list(View))
def test_a_place_beyond_the_calendar_is_one(full: Desk, view: View, place: Place) -> None:
    assert isinstance(full.page(Filter(view=view, me=full.me), place).rows, list)


@pytest.mark.parametrize("channel", [None, "instagram"])
@pytest.mark.parametrize(("view", "sort"), ALL)
def test_an_index_of_the_views_answers(
    full: Desk, view: View, sort: Sort, channel: str | None
) -> None:
    wanted = Filter(view=view, channel=channel, sort=sort, me=full.me)

    plan = "\n".join(plan_of(full, wanted))

    assert any(name in plan for name in PARTIAL), plan
    if view is not View.MINE or sort is Sort.NEWEST:
        assert "Sort" not in plan
        assert "TEMP B-TREE" not in plan


PARTIAL = [
    index.name
    for index in Conversation.__table__.indexes  # type: ignore[attr-defined] # a table
    if index.dialect_options["sqlite"]["where"] is not None
]


WHOLE = ["ix_conversation_list", "ix_conversation_channel_list"]
"""They have the same order, and so few rows in them cost the same: either may be taken."""


def plan_of(desk: Desk, wanted: Filter) -> list[str]:
    """Return how the database answers; so few rows are read from the table unless forbidden.

    What is changed for it on PostgreSQL is rolled back.
    """
    from sqlalchemy import select

    from app.inbox.views import narrowed

    query = narrowed(select(Conversation.id), desk.workspace_id, wanted).limit(50)
    with reading(desk.engine) as session:
        compiled = query.compile(desk.engine, compile_kwargs={"literal_binds": True})
        is_sqlite = desk.engine.dialect.name == "sqlite"
        if not is_sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))
            session.execute(text("SET LOCAL enable_bitmapscan = off"))
            session.execute(text("SET LOCAL enable_sort = off"))
            session.execute(text("SET LOCAL enable_incremental_sort = off"))
            session.execute(text(f"DROP INDEX {', '.join(WHOLE)}"))
        explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
        rows = session.connection().exec_driver_sql(f"{explain}{compiled}").all()
    return [str(row[-1]) for row in rows]
