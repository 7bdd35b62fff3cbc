"""Beside a conversation stands who it is with: the forms there work without a script."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from app import clock
from app.channels.faults import GraphFault, Permanent
from app.models import CommunicationLog, Contact, ContactNote, Conversation, Lead, Workspace
from app.models.database import writing
from app.models.states import Role
from tests.bodies import message
from tests.inbox_pages.visitor import Visitor, forms, statements

if TYPE_CHECKING:
    from flask import Flask

    from tests.office import Office


@pytest.fixture
def thread(office: Office) -> Conversation:
    office.take_in(message("m1", "Do you ship to Oslo?", at=clock.now()))
    change(office, name="Leila Mgeladze", username="leila.makes", follower_count=1204)
    return office.thread()


def change(office: Office, **values: Any) -> None:
    with writing(office.engine) as session:
        contact = session.query(Contact).order_by(Contact.id).first()
        assert contact is not None
        for name, value in values.items():
            setattr(contact, name, value)


def page(thread: Conversation) -> str:
    return f"/inbox/{thread.id}"


def note(visitor: Visitor, thread: Conversation, text: str) -> Any:
    return visitor.submit(page(thread), f"{page(thread)}/notes", text=text)


def test_the_panel_tells_who_it_is(agent: Visitor, thread: Conversation) -> None:
    for path in (page(thread), f"{page(thread)}/panel", f"{page(thread)}/contact"):
        shown = agent.get(path).text
        assert "Leila Mgeladze" in shown
        assert "@leila.makes" in shown
        assert "1,204 followers" in shown
        assert "Do you ship to Oslo?" in shown.partition('id="timeline-title"')[2]


def test_a_note_is_kept_with_its_author(
    office: Office, agent: Visitor, thread: Conversation
) -> None:
    before = thread.version

    answer = note(agent, thread, "Prefers mornings.\r\n<b>VIP</b>")

    assert answer.status_code == 303
    kept = office.row(ContactNote)
    assert (kept.text, kept.author_id) == ("Prefers mornings.\n<b>VIP</b>", agent.user_id)
    assert office.thread().version > before
    shown = agent.get(page(thread)).text
    assert "&lt;b&gt;VIP&lt;/b&gt;" in shown
    assert "Agent Harbour" in shown


def test_a_double_click_makes_one_note(
    office: Office, agent: Visitor, thread: Conversation
) -> None:
    note(agent, thread, "Prefers mornings.")
    note(agent, thread, "Prefers mornings.")

    assert len(office.rows(ContactNote)) == 1


@pytest.mark.parametrize("text", ["  ", "x" * 5001])
def test_a_refused_note_comes_back_with_the_reason(
    office: Office, agent: Visitor, thread: Conversation, text: str
) -> None:
    answer = note(agent, thread, text)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    form = next(one for one in forms(answer.text) if one.action.endswith("/notes"))
    assert form.fields["text"] == text
    assert office.rows(ContactNote) == []


def test_ones_own_note_can_be_deleted(office: Office, agent: Visitor, thread: Conversation) -> None:
    note(agent, thread, "Mistaken.")

    answer = agent.submit(page(thread), f"{page(thread)}/notes/")

    assert answer.status_code == 303
    assert office.rows(ContactNote) == []


def test_nobody_deletes_a_colleagues_note(
    app: Flask, office: Office, agent: Visitor, admin: Visitor, thread: Conversation
) -> None:
    note(agent, thread, "Mine.")
    form = agent.form(page(thread), f"{page(thread)}/notes/")
    token = admin.form(page(thread), f"{page(thread)}/notes").fields

    assert admin.client.post(form.action, data=token).status_code == 404
    assert not [one for one in forms(admin.get(page(thread)).text) if "/delete" in one.action]
    assert len(office.rows(ContactNote)) == 1


def test_a_won_lead_is_closed_and_the_next_message_opens_a_new_one(
    office: Office, agent: Visitor, thread: Conversation
) -> None:
    before = thread.version
    answer = agent.submit(page(thread), f"{page(thread)}/leads/", stage="won")
    assert answer.status_code == 303
    assert office.row(Lead).closed_at is not None
    assert office.thread().version > before
    assert "Closed on" in agent.get(page(thread)).text

    office.take_in(message("m2", "One more thing", at=clock.now()))

    assert [one.stage for one in office.rows(Lead)] == ["won", "new"]
    assert office.rows(CommunicationLog)[1].lead_id == office.rows(Lead)[1].id


def test_a_lead_closed_by_mistake_is_opened_again(
    office: Office, agent: Visitor, thread: Conversation
) -> None:
    agent.submit(page(thread), f"{page(thread)}/leads/", stage="lost")
    agent.submit(page(thread), f"{page(thread)}/leads/", stage="qualified")

    assert (office.row(Lead).stage, office.row(Lead).closed_at) == ("qualified", None)


def test_an_old_lead_stays_closed_beside_a_new_one(
    office: Office, agent: Visitor, thread: Conversation
) -> None:
    form = agent.form(page(thread), f"{page(thread)}/leads/")
    agent.send(form, stage="lost")
    office.take_in(message("m2", "Again", at=clock.now()))

    answer = agent.send(form, stage="new")

    assert answer.status_code == 409
    assert "has a newer one" in answer.text


def test_a_stage_that_is_none_is_refused(agent: Visitor, thread: Conversation) -> None:
    answer = agent.submit(page(thread), f"{page(thread)}/leads/", stage="sold")

    assert answer.status_code == 400


def test_a_lead_of_another_contact_is_not_there(
    office: Office, agent: Visitor, thread: Conversation
) -> None:
    office.take_in(message("m2", "Me too", person="99", at=clock.now()))
    other = office.rows(Lead)[1]
    form = agent.form(page(thread), f"{page(thread)}/leads/")
    path = f"{page(thread)}/leads/{other.id}/stage"

    assert agent.client.post(path, data=form.fields | {"stage": "won"}).status_code == 404


def test_other_conversations_of_the_person_are_linked(
    office: Office, agent: Visitor, thread: Conversation
) -> None:
    office.take_in(message("m2", "Same person", person="99", at=clock.now()))
    other = office.rows(Conversation)[1]
    with writing(office.engine) as session:
        session.get_one(Conversation, other.id).contact_id = thread.contact_id
        session.get_one(Conversation, other.id).status = "resolved"

    shown = agent.get(page(thread)).text.partition('id="others-title"')[2]

    assert f'href="/inbox/{other.id}"' in shown
    assert "Resolved" in shown


def test_the_timeline_counts_by_day_and_is_walked_back(
    office: Office, agent: Visitor, thread: Conversation
) -> None:
    noon = clock.now().replace(hour=12) - timedelta(days=40)
    office.take_in(
        *(
            message(f"d{day}n{n}", f"Text {n}", at=noon + timedelta(days=day, seconds=n))
            for day in range(1, 31)
            for n in range(7)
        )
    )
    found: list[str] = []
    path: str | None = f"{page(thread)}/contact"
    while path:
        shown = agent.get(path).text.partition('id="timeline-title"')[2]
        found += [one for one in shown.split("\n") if " messages" in one]
        path = _onward(shown)

    assert len(found) == 30
    assert all("7 messages" in one for one in found)


def _onward(html: str) -> str | None:
    """Return where "Show earlier" leads."""
    before, found, _rest = html.partition("Show earlier")
    return before.rpartition('href="')[2].partition('"')[0].replace("&amp;", "&") if found else None


def test_a_busy_day_says_that_there_were_more(
    office: Office, agent: Visitor, thread: Conversation
) -> None:
    noon = clock.now().replace(hour=12) - timedelta(days=40)
    office.take_in(*(message(f"n{n}", at=noon + timedelta(seconds=n)) for n in range(201)))
    with writing(office.engine) as session:
        session.query(CommunicationLog).order_by(CommunicationLog.id).limit(1)[0].occurred_at = noon

    assert "more than 200 messages" in agent.get(page(thread)).text


def test_a_message_that_was_not_sent_has_not_passed(
    office: Office, agent: Visitor, thread: Conversation
) -> None:
    office.reply("It never left")
    office.finish(office.begin(), Permanent(GraphFault("no")))

    shown = agent.get(page(thread)).text.partition('id="timeline-title"')[2]

    assert "2 messages" not in shown
    assert "It never left" not in shown


def test_notes_are_walked_back(office: Office, agent: Visitor, thread: Conversation) -> None:
    with writing(office.engine) as session:
        session.add_all(
            ContactNote(
                workspace_id=office.workspace_id, contact_id=thread.contact_id, text=f"#{n}."
            )
            for n in range(25)
        )
    first = agent.get(f"{page(thread)}/contact").text
    assert "#24." in first
    assert "#4." not in first
    path = first.partition("Earlier notes")[0].rpartition('href="')[2].partition('"')[0]

    second = agent.get(path.replace("&amp;", "&")).text

    assert "#4." in second
    assert "#5." not in second


@pytest.mark.parametrize("query", ["notes=x", "notes=-1", "notes=" + "9" * 30, "log=x", "log=1"])
def test_a_place_that_is_none_is_not_there(
    agent: Visitor, thread: Conversation, query: str
) -> None:
    assert agent.get(f"{page(thread)}/panel?{query}").status_code == 404


def test_nothing_new_is_an_empty_304(agent: Visitor, thread: Conversation) -> None:
    path = f"{page(thread)}/panel"
    tag = agent.get(path).headers["HX-PTag"]

    same = agent.get(path, HX_PTag=tag)
    assert (same.status_code, same.data) == (304, b"")
    note(agent, thread, "New.")
    assert agent.get(path, HX_PTag=tag).status_code == 200


def test_what_is_shown_costs_the_same_however_much_it_is(
    app: Flask, office: Office, agent: Visitor, thread: Conversation
) -> None:
    path = f"{page(thread)}/panel"
    agent.get(path)

    def count() -> int:
        with statements(app) as seen:
            assert agent.get(path).status_code == 200
        return len(seen)

    few = count()
    with writing(office.engine) as session:
        author = agent.user_id
        for n in range(30):
            session.add(
                ContactNote(
                    workspace_id=office.workspace_id,
                    contact_id=thread.contact_id,
                    author_id=author if n % 2 else None,
                    text=str(n),
                )
            )
    office.take_in(*(message(f"x{n}", at=clock.now() - timedelta(days=n)) for n in range(60)))

    assert count() == few <= 9


def test_another_workspace_finds_nothing(app: Flask, office: Office, thread: Conversation) -> None:
    stranger = Visitor.elsewhere(app, office, Role.ADMIN)
    lead, contact = office.row(Lead).id, thread.contact_id
    workspace = office.row(Workspace, Workspace.id == office.workspace_id).version

    for path in (f"{page(thread)}/panel", f"{page(thread)}/contact"):
        assert stranger.get(path).status_code == 404
    assert stranger.get(f"/media/contacts/{contact}/picture").status_code == 404
    token = stranger.form("/inbox", "/logout").fields
    for path in ("notes", "notes/1/delete", f"leads/{lead}/stage"):
        data = token | {"text": "x", "stage": "won"}
        assert stranger.client.post(f"{page(thread)}/{path}", data=data).status_code == 404
    assert office.rows(ContactNote) == []
    assert office.row(Workspace, Workspace.id == office.workspace_id).version == workspace
