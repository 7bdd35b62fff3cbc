"""The page of the event log: for whom, what it shows, and applying again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from app import clock
from app.models import Contact, ExternalEvent, User
from app.models.database import writing
from app.models.states import Role
from tests.bodies import body, message
from tests.inbox_pages.visitor import Visitor, forms, statements

if TYPE_CHECKING:
    from flask import Flask

    from tests.office import Office

HOME = "/settings/events"
NOBODYS = "scope=installation"
SIGNED = "https://lookaside.fbsbx.com/?asset_id=1&signature=AbCdEf"


@pytest.fixture
def manager(app: Flask, office: Office) -> Visitor:
    return Visitor.member(app, office, Role.MANAGER)


@pytest.fixture
def operator(app: Flask, office: Office) -> Visitor:
    """The person who runs the installation, an agent in this workspace."""
    found = Visitor.member(app, office, Role.AGENT)
    with writing(office.engine) as session:
        session.execute(update(User).where(User.id == found.user_id).values(is_operator=True))
    return found


def settle(office: Office, outcome: str, **more: object) -> int:
    """Give the newest item an outcome; return its id."""
    event_id = office.rows(ExternalEvent)[-1].id
    with writing(office.engine) as session:
        event = session.get_one(ExternalEvent, event_id)
        for name, value in ({"outcome": outcome} | more).items():
            setattr(event, name, value)
    return event_id


def test_an_agent_has_no_event_log(agent: Visitor) -> None:
    assert agent.get(HOME).status_code == 403
    assert f'href="{HOME}"' not in agent.get("/settings/profile").text


def test_an_empty_log_says_what_will_come(manager: Visitor) -> None:
    assert "Nothing arrived yet" in manager.get(HOME).text
    assert "Nothing matches" in manager.get(f"{HOME}?outcome=failed").text


def test_the_list_says_what_came_and_what_became_of_it(manager: Visitor, office: Office) -> None:
    office.take_in(message("m1"))
    settle(office, "failed", reason="ValueError: <b>odd</b>", repaired="NUL")
    page = manager.get(HOME).text

    for words in ("Message from a customer", "failed", "&lt;b&gt;odd", "repaired"):
        assert words in page


def test_who_wrote_is_said_in_the_list_and_of_the_item(
    app: Flask, manager: Visitor, office: Office
) -> None:
    office.take_in(message("m1", at=clock.now()))
    event_id = office.row(ExternalEvent).id
    with writing(office.engine) as session:
        session.execute(update(Contact).values(name="Leila <b>"))

    for path in (HOME, f"{HOME}/{event_id}", f"/inbox/events/{event_id}"):
        assert "<bdi>Leila &lt;b&gt;</bdi>" in manager.get(path).text
    with statements(app) as one:
        manager.get(HOME)
    office.take_in(*(message(f"n{n}", person=f"7{n}", at=clock.now()) for n in range(5)))
    with statements(app) as six:
        manager.get(HOME)
    assert len(six) == len(one)


def test_filters_are_a_form_that_keeps_what_was_chosen(manager: Visitor, office: Office) -> None:
    office.take_in(message("m1"))
    [form] = [one for one in forms(manager.get(f"{HOME}?outcome=applied").text) if one.fields]
    assert form.fields["outcome"] == "applied"

    def number(query: str) -> int:
        return manager.get(f"{HOME}?{query}").text.count("Message from a customer</a>")

    assert number("outcome=applied&kind=message_received&since=2000-01-01&until=2099-12-31") == 1
    assert number("kind=postback") == number("since=2099-01-01") == number("account=999") == 0


@pytest.mark.parametrize(
    "query",
    ["outcome=odd", "since=x", "since=0001-01-01", "until=9999-12-31", "account=x", "before=-1",
     "scope=x"],
)  # fmt: skip
def test_an_odd_filter_is_not_there(manager: Visitor, query: str) -> None:
    assert manager.get(f"{HOME}?{query}").status_code == 404


def test_older_events_are_a_link_away(manager: Visitor, office: Office) -> None:
    office.take_in(*(message(f"m{n}") for n in range(60)))
    first = manager.get(f"{HOME}?kind=message_received").text
    older = first.partition('class="pages"')[2].partition('href="')[2].partition('"')[0]
    second = manager.get(older.replace("&amp;", "&")).text

    assert "kind=message_received" in older
    assert (first.count("</a>\n") > 50, "Back to the newest" in second) == (True, True)
    assert second.count("Message from a customer</a>") == 10


def test_one_event_is_told_in_words(manager: Visitor, office: Office) -> None:
    for _ in range(2):
        office.receive(body(message("m1", "hello")))
    office.drain()
    event_id = office.row(ExternalEvent).id
    page = manager.get(f"{HOME}/{event_id}").text

    for words in ("has had its effect", "delivered it 2 times", "hello", "Show the message"):
        assert words in page
    assert "The whole body" not in page
    assert f'action="{HOME}/{event_id}/replay' not in page


def test_a_body_that_was_cut_off_is_without_secrets_too(operator: Visitor, office: Office) -> None:
    office.receive(b'{"object":"instagram","entry":[{"access_token":"rawsecret","id":"17841')
    office.drain()
    page = operator.get(f"{HOME}/{office.row(ExternalEvent).id}?scope=installation").text

    assert "17841" in page
    assert "rawsecret" not in page


def test_the_operator_sees_the_body_without_secrets(operator: Visitor, office: Office) -> None:
    file = {"type": "image", "payload": {"url": SIGNED, "access_token": "EAAGverysecret"}}
    office.take_in(message("m1", None, attachments=[file]), message("m2", "in the same body"))
    event_id = office.rows(ExternalEvent)[0].id

    page = operator.get(f"{HOME}/{event_id}").text
    files = [
        operator.get(f"{HOME}/{event_id}/fixture?{query}").text
        for query in ("", "body=1", "anonymous=1")
    ]

    assert "in the same body" in page
    assert "in the same body" in files[1]
    for text in (page, *files):
        assert "AbCdEf" not in text
        assert "EAAG" not in text


def test_a_manager_gets_the_item_alone_as_a_file(manager: Visitor, office: Office) -> None:
    office.take_in(message("m1", "hello"), message("m2", "of somebody else"))
    event_id = office.rows(ExternalEvent)[0].id
    answer = manager.get(f"{HOME}/{event_id}/fixture")

    assert "attachment" in answer.headers["Content-Disposition"]
    assert [one["message"]["mid"] for one in json.loads(answer.text)["entry"][0]["messaging"]] == [
        "m1"
    ]
    assert manager.get(f"{HOME}/{event_id}/fixture?body=1").status_code == 403


def test_one_is_replayed_and_once_only(manager: Visitor, office: Office) -> None:
    office.take_in(message("m1"))
    event_id = settle(office, "failed")
    form = manager.form(f"{HOME}/{event_id}", f"{HOME}/{event_id}/replay")

    first, again = manager.send(form), manager.send(form)

    assert (first.status_code, again.status_code) == (303, 303)
    page = manager.get(f"{HOME}/{event_id}").text
    assert "It is applied again." in page
    assert "Nothing to do" in page
    assert office.outcomes() == ["pending"]
    office.drain()
    assert office.texts() == ["Hi"]


def test_all_of_a_filter_are_replayed_after_a_look(manager: Visitor, office: Office) -> None:
    office.take_in(message("m1"))
    settle(office, "failed")
    office.take_in(message("m2"))
    assert "Replay these: 1 item" in manager.get(f"{HOME}?outcome=failed").text
    form = manager.form(f"{HOME}/replay?outcome=failed", f"{HOME}/replay")
    office.take_in(message("m3"))
    late = settle(office, "failed")

    answer = manager.send(form)

    assert "Applied again: 1 item." in manager.get(answer.location).text
    assert office.outcomes() == ["pending", "applied", "failed"]
    assert office.rows(ExternalEvent)[-1].id == late


def test_nothing_to_replay_is_said(manager: Visitor) -> None:
    page = manager.get(f"{HOME}/replay?outcome=failed").text

    assert "Nothing to replay" in page
    assert "They are applied again" not in page


def test_what_is_nobodys_is_the_operators(
    manager: Visitor, operator: Visitor, office: Office
) -> None:
    office.take_in(message("m1"), secret="of somebody else")
    event_id = office.row(ExternalEvent).id

    assert "no account" not in manager.get(HOME).text
    assert manager.get(f"{HOME}?{NOBODYS}").status_code == 403
    assert manager.get(f"{HOME}/{event_id}?{NOBODYS}").status_code == 403
    assert operator.get(f"{HOME}/{event_id}").status_code == 404
    assert "unroutable" in operator.get(f"{HOME}?{NOBODYS}").text
    assert "Show it in" not in operator.get(f"{HOME}/{event_id}?{NOBODYS}").text
    form = operator.form(f"{HOME}/{event_id}?{NOBODYS}", f"{HOME}/{event_id}/replay")
    assert operator.send(form).status_code == 303
    assert office.outcomes() == ["pending"]


def test_a_body_that_is_no_webhook_keeps_its_reason_when_it_is_replayed(
    operator: Visitor, office: Office
) -> None:
    office.receive(b"hello")
    office.drain()
    event_id = office.row(ExternalEvent).id

    form = operator.form(f"{HOME}/{event_id}?{NOBODYS}", f"{HOME}/{event_id}/replay")
    after = operator.send(form).headers["Location"]
    office.drain()

    assert "not JSON" in operator.get(after).text


def test_another_workspace_finds_nothing(app: Flask, office: Office) -> None:
    office.take_in(message("m1"))
    event_id = settle(office, "failed")
    other = Visitor.elsewhere(app, office, Role.ADMIN)

    assert "Message from" not in other.get(HOME).text.partition("<table")[2]
    assert other.get(f"{HOME}/{event_id}").status_code == 404
    assert other.get(f"{HOME}/{event_id}/fixture").status_code == 404
    form = other.form("/settings/profile", "/settings/profile/name")
    kept = {"csrf_token": form.fields["csrf_token"]}
    assert other.client.post(f"{HOME}/{event_id}/replay", data=kept).status_code == 404
    assert other.client.post(f"{HOME}/replay?outcome=failed", data=kept).status_code == 303
    assert office.outcomes() == ["failed"]


def test_a_body_that_is_no_webhook_is_shown_to_the_operator(
    operator: Visitor, office: Office
) -> None:
    office.receive(b"no JSON \x00 <script>")
    office.drain()
    event_id = office.row(ExternalEvent).id
    page = operator.get(f"{HOME}/{event_id}?{NOBODYS}").text

    assert "There is no item that can be read." in page
    assert "no JSON \\x00 &lt;script&gt;" in page
    assert operator.get(f"{HOME}/{event_id}/fixture?{NOBODYS}").status_code == 404


def test_the_health_page_leads_to_what_failed(admin: Visitor, office: Office) -> None:
    office.take_in(message("m1"))
    settle(office, "failed")

    assert f'href="{HOME}?outcome=failed"' in admin.get("/settings/health").text


def test_the_raw_item_leads_to_the_log(manager: Visitor, agent: Visitor, office: Office) -> None:
    office.take_in(message("m1"))
    raw = f"/inbox/events/{office.row(ExternalEvent).id}"

    assert HOME in manager.get(raw).text
    assert HOME not in agent.get(raw).text


def test_the_statements_do_not_grow_with_the_history(
    app: Flask, manager: Visitor, office: Office
) -> None:
    office.take_in(message("m0"))
    settle(office, "failed")

    def count(path: str) -> int:
        with statements(app) as seen:
            assert manager.get(path).status_code == 200
        return len(seen)

    paths = [HOME, f"{HOME}?outcome=failed", f"{HOME}/{office.row(ExternalEvent).id}"]
    few = [count(path) for path in paths]
    office.take_in(*(message(f"m{n}", person=f"7{n}") for n in range(1, 50)))
    with writing(office.engine) as session:
        session.execute(update(ExternalEvent).values(outcome="failed"))

    assert [count(path) for path in paths] == few
    assert max(few) <= 9
