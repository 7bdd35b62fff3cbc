"""Programs read who wrote, what was noted, how leads stand and what passed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from app import clock
from app.models import ChannelAccount, Contact, Conversation, Lead
from app.models.database import reading, writing
from tests.api.conftest import make_conversation, make_lead, make_line, make_message, make_note

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.api.conftest import Api, Tenant


def fill(engine: Engine, ours: Tenant, *names: str) -> list[int]:
    """Let people of these names write; return their contacts' ids."""
    with writing(engine) as session:
        account = session.get_one(ChannelAccount, ours.account_id)
        return [make_conversation(session, account, name).contact_id for name in names]


def walk(api: Api, path: str, **query: object) -> list[int]:
    """Return the ids on all pages of a list."""
    found: list[int] = []
    cursor = None
    while True:
        page = api.get(path, limit=2, **query, **({"cursor": cursor} if cursor else {})).json
        found += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def test_a_contact_is_shown_with_metas_ids(api: Api, ours: Tenant) -> None:
    shown = api.get(f"/api/contacts/{ours.contact_id}").json

    assert shown["name"] == "customer of Ours"
    assert shown["identities"] == [
        {"external_id": "person customer of Ours", "scope": f"account:{ours.account_id}"}
    ]
    assert shown["has_picture"] is False


def test_every_contact_is_on_one_page(api: Api, ours: Tenant, engine: Engine) -> None:
    made = fill(engine, ours, *"abcde")

    assert walk(api, "/api/contacts") == [*reversed(made), ours.contact_id]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("ANN", [0]),
        ("m", [1, 0]),
        ("mar ann", [0]),
        ("nna", []),
        ("100%", [2]),
        ("_", []),
        ("", None),
    ],
)
def test_contacts_are_found_by_words_of_the_name(
    api: Api, ours: Tenant, engine: Engine, q: str, found: list[int] | None
) -> None:
    made = fill(engine, ours, "Anna Mar", "Rina M", "100% wool")
    with writing(engine) as session:
        session.get_one(Contact, ours.contact_id).name = None

    expected = None if found is None else [made[n] for n in found]
    shown = [one["id"] for one in api.get("/api/contacts", q=q).json["items"]]
    assert shown == (expected if expected is not None else [*reversed(made), ours.contact_id])


def test_contacts_with_a_name_are_each_on_one_page(api: Api, ours: Tenant, engine: Engine) -> None:
    made = fill(engine, ours, *(f"Anna {n}" for n in range(5)))

    assert walk(api, "/api/contacts", q="anna") == list(reversed(made))


def test_a_note_is_added_and_listed_first(api: Api, ours: Tenant) -> None:
    path = f"/api/contacts/{ours.contact_id}/notes"

    answer = api.post(path, text="  Prefers mornings. \0")

    assert answer.status_code == 201
    assert answer.json["text"] == "Prefers mornings. \ufffd"
    assert answer.json["author"] is None
    assert [one["id"] for one in api.get(path).json["items"]] == [answer.json["id"], ours.note_id]


def test_a_note_sent_twice_is_one(api: Api, ours: Tenant) -> None:
    path = f"/api/contacts/{ours.contact_id}/notes"

    first, second = (api.post(path, text="Prefers mornings.").json for _ in range(2))

    assert first["id"] == second["id"]


@pytest.mark.parametrize("text", ["", "   ", "x" * 5001, None, 5])
def test_a_note_that_is_none_is_refused(api: Api, ours: Tenant, text: object) -> None:
    assert api.post(f"/api/contacts/{ours.contact_id}/notes", text=text).status_code == 422


def test_every_note_is_on_one_page(api: Api, ours: Tenant, engine: Engine) -> None:
    with writing(engine) as session:
        conversation = session.get_one(Conversation, ours.conversation_id)
        made = [make_note(session, conversation, ours.agent_id, f"n{n}").id for n in range(4)]

    expected = [*reversed(made), ours.note_id]
    assert walk(api, f"/api/contacts/{ours.contact_id}/notes") == expected


def test_a_lead_goes_through_its_stages(api: Api, ours: Tenant) -> None:
    path = f"/api/leads/{ours.lead_id}"
    assert api.get(path).json["stage"] == "new"

    won = api.patch(path, stage="won").json
    assert (won["stage"], won["closed_at"] is not None) == ("won", True)
    assert api.patch(path, stage="qualified").json["closed_at"] is None


@pytest.mark.parametrize("body", [{}, {"stage": "sold"}, {"stage": None}, {"stage": "won", "x": 1}])
def test_a_stage_that_is_none_is_refused(api: Api, ours: Tenant, body: dict[str, object]) -> None:
    assert api.patch(f"/api/leads/{ours.lead_id}", **body).status_code == 422


def test_an_old_lead_stays_closed_beside_a_newer_one(
    api: Api, ours: Tenant, engine: Engine
) -> None:
    api.patch(f"/api/leads/{ours.lead_id}", stage="lost")
    with writing(engine) as session:
        make_lead(session, session.get_one(Conversation, ours.conversation_id))

    answer = api.patch(f"/api/leads/{ours.lead_id}", stage="new")

    assert answer.status_code == 409
    with reading(engine) as session:
        assert session.get_one(Lead, ours.lead_id).stage == "lost"


def test_leads_are_narrowed(api: Api, ours: Tenant, engine: Engine) -> None:
    [other] = fill(engine, ours, "Anna")
    with writing(engine) as session:
        conversation = session.query(Conversation).filter_by(contact_id=other).one()
        lead_id = make_lead(session, conversation).id
    api.patch(f"/api/leads/{lead_id}", stage="won")

    assert walk(api, "/api/leads") == [lead_id, ours.lead_id]
    assert walk(api, "/api/leads", stage="won") == [lead_id]
    assert walk(api, "/api/leads", contact_id=ours.contact_id) == [ours.lead_id]
    assert walk(api, "/api/leads", contact_id=other, stage="new") == []


def test_the_log_is_walked_backwards_through_equal_times(
    api: Api, ours: Tenant, engine: Engine
) -> None:
    [first] = walk(api, "/api/communication-logs")
    moment = clock.now() - timedelta(days=1)
    with writing(engine) as session:
        conversation = session.get_one(Conversation, ours.conversation_id)
        lines = [
            make_line(session, make_message(session, conversation, f"m{n}"), conversation)
            for n in range(5)
        ]
        for line in lines:
            line.occurred_at = moment
        made = [line.id for line in lines]

    assert walk(api, "/api/communication-logs") == [first, *reversed(made)]
    since = (moment + timedelta(seconds=1)).isoformat()
    assert walk(api, "/api/communication-logs", since=since) == [first]


def test_the_log_is_narrowed(api: Api, ours: Tenant, engine: Engine) -> None:
    [other] = fill(engine, ours, "Anna")

    assert len(walk(api, "/api/communication-logs", contact_id=ours.contact_id)) == 1
    assert walk(api, "/api/communication-logs", contact_id=other) == []
    assert len(walk(api, "/api/communication-logs", channel="instagram")) == 1
    assert api.get("/api/communication-logs", channel="fax").status_code == 400


@pytest.mark.parametrize("path", ["/api/leads", "/api/communication-logs"])
def test_a_foreign_contact_has_nothing(stranger: Api, ours: Tenant, path: str) -> None:
    assert stranger.get(path, contact_id=ours.contact_id).json["items"] == []


def test_lists_hold_nothing_of_another_workspace(stranger: Api, ours: Tenant) -> None:
    assert ours.contact_id not in walk(stranger, "/api/contacts")
    assert ours.lead_id not in walk(stranger, "/api/leads")
    assert len(walk(stranger, "/api/communication-logs")) == 1
