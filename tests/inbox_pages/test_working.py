"""Working on a conversation, by plain forms."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from app import clock
from app.channels.faults import GraphFault, Permanent
from app.models import ChannelCounter, Integration, Message
from app.models.database import writing
from app.models.states import Role
from tests.bodies import NOON, message, numbered
from tests.inbox_pages.visitor import Form, Visitor, forms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from time_machine import Traveller

    from tests.office import Office


@pytest.fixture
def noon() -> Iterator[Traveller]:
    """Stand at a fixed moment, before anybody logs in: a session may not begin later than now."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def page(office: Office) -> str:
    """The page of a conversation in which a customer has just written."""
    office.take_in(message("m1", "Is it in stock?", at=clock.now()))
    return f"/inbox/{office.thread().id}"


def put(agent: Visitor, page: str, **fields: str) -> Any:
    """Send the form for the status that ``fields`` name, as it stands on the page."""
    found = forms(agent.get(page).text)
    wanted = {name: fields[name] for name in ("status",)}
    form = next(
        one
        for one in found
        if one.action.startswith(f"{page}/status") and wanted.items() <= one.fields.items()
    )
    return agent.send(form, **fields)


@pytest.mark.parametrize(
    ("status", "words"),
    [("resolved", "Resolved."), ("archived", "Archived."), ("pending", "Pending.")],
)
def test_a_status_is_set_said_and_undone(
    agent: Visitor, office: Office, page: str, status: str, words: str
) -> None:
    answer = put(agent, page, status=status)

    assert (answer.status_code, answer.location) == (303, page)
    assert office.thread().status == status
    assert words in agent.get(page).text
    assert "Undo" in agent.get(page).text

    put(agent, page, status="open")
    assert office.thread().status == "open"
    assert "Undo" not in agent.get(page).text


def test_undo_brings_the_unread_count_back(agent: Visitor, office: Office, page: str) -> None:
    office.take_in(message("m2", "Hello?", at=clock.now()))
    put(agent, page, status="resolved")
    put(agent, page, status="archived")
    assert office.thread().unread_count == 0

    put(agent, page, status="open")

    assert office.thread().unread_count == 2
    assert office.row(ChannelCounter).unread_conversations == 1


def test_undo_counts_nothing_that_was_answered_meanwhile(
    agent: Visitor, office: Office, page: str
) -> None:
    put(agent, page, status="resolved")
    office.reply("A colleague was quicker")

    put(agent, page, status="open")

    assert office.thread().unread_count == 0


def test_the_keys_find_their_forms(agent: Visitor, page: str) -> None:
    def ids() -> list[str]:
        return re.findall(r'id="((?:resolve|unread)-form)"', agent.get(page).text)

    assert ids() == ["resolve-form", "unread-form"]
    put(agent, page, status="resolved")
    assert ids() == ["resolve-form", "unread-form"]


def test_it_is_given_to_me_to_a_colleague_and_to_nobody(
    agent: Visitor, admin: Visitor, office: Office, page: str
) -> None:
    for user_id in (agent.user_id, admin.user_id, None):
        answer = agent.submit(page, f"{page}/assign", user_id=str(user_id or ""))

        assert answer.status_code == 303
        assert office.thread().assignee_id == user_id


def test_i_am_the_first_who_is_offered(agent: Visitor, office: Office, page: str) -> None:
    office.person("Aaron")

    menu = agent.get(page).text.split('id="assign-menu"')[1].split("</form>")[0]

    names = re.findall(r"<bdi>([^<]+)</bdi>", menu)
    assert names == ["Agent Harbour", "Nobody", "Aaron"]


def offered(agent: Visitor, office: Office) -> list[str]:
    """Return the times until which a conversation can be snoozed with one press."""
    office.take_in(message("m1", at=clock.now()))
    shown = agent.get(f"/inbox/{office.thread().id}").text
    return re.findall(r'name="until"\s+value="([^"]+)"', shown)


@pytest.mark.usefixtures("noon")
def test_a_snooze_is_offered_by_the_readers_clock(agent: Visitor, office: Office) -> None:
    agent.client.set_cookie("zone", "Asia/Tbilisi")

    assert offered(agent, office) == [
        "2026-11-22T13:00:00+00:00",  # in an hour
        "2026-11-22T14:00:00+00:00",  # this evening: 18:00 in Tbilisi
        "2026-11-23T05:00:00+00:00",  # tomorrow, a Monday: 09:00 in Tbilisi
    ]


def test_next_monday_is_offered_where_it_is_not_tomorrow(
    noon: Traveller, agent: Visitor, office: Office
) -> None:
    noon.shift(timedelta(days=1, hours=9))

    assert offered(agent, office) == [
        "2026-11-23T22:00:00+00:00",
        "2026-11-24T09:00:00+00:00",
        "2026-11-30T09:00:00+00:00",
    ]


def test_a_chosen_time_is_the_readers(agent: Visitor, office: Office, page: str) -> None:
    agent.client.set_cookie("zone", "Asia/Tbilisi")
    chosen = (clock.now() + timedelta(days=3)).replace(hour=6, minute=30)

    put(agent, page, status="snoozed", until=f"{chosen:%Y-%m-%dT%H:%M}")

    until = office.thread().snoozed_until
    assert until is not None
    assert (until.hour, until.minute) == (2, 30)
    assert "Snoozed until" in agent.get(page).text


@pytest.mark.parametrize(
    ("hours", "words"),
    [(1, "today 13:00"), (13, "tomorrow 01:00"), (48, "Tue 24 Nov, 12:00")],
)
@pytest.mark.usefixtures("noon")
def test_a_snooze_names_the_days_that_are_near(
    agent: Visitor, page: str, hours: int, words: str
) -> None:
    until = clock.now() + timedelta(hours=hours)

    put(agent, page, status="snoozed", until=until.isoformat())

    assert f"Snoozed until {words}." in agent.get(page).text


@pytest.mark.parametrize(
    "until", ["", "soon", "2020-01-01T09:00", "9999-12-31T23:59", "0001-01-01"]
)
def test_an_odd_time_is_refused_with_the_reason(
    agent: Visitor, office: Office, page: str, until: str
) -> None:
    answer = put(agent, page, status="snoozed", until=until)

    assert answer.status_code == 422
    assert "needs a time that is still ahead" in answer.text
    assert office.thread().status == "open"


def test_read_and_unread_take_turns(agent: Visitor, office: Office, page: str) -> None:
    agent.submit(page, f"{page}/read")
    assert office.thread().unread_count == 0

    agent.submit(page, f"{page}/unread")
    assert office.thread().unread_count == 1
    assert "Mark as read" in agent.get(page).text


def test_an_old_form_does_not_put_away_what_was_not_seen(
    agent: Visitor, office: Office, page: str
) -> None:
    old = forms(agent.get(page).text)
    form = next(one for one in old if one.fields.get("status") == "resolved")
    office.take_in(message("m2", "One more thing", at=clock.now()))

    answer = agent.send(form)

    assert answer.status_code == 409
    assert "The customer has written meanwhile." in answer.text
    assert 'class="note quiet" id="refused"' in answer.text
    assert office.thread().status == "open"


def test_an_old_form_works_where_only_colleagues_were_faster(
    agent: Visitor, admin: Visitor, office: Office, page: str
) -> None:
    old = forms(agent.get(page).text)
    form = next(one for one in old if one.fields.get("status") == "resolved")
    put(admin, page, status="archived")

    assert agent.send(form).status_code == 303
    assert office.thread().status == "resolved"


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("status", {"status": "gone"}),
        ("status", {}),
        ("assign", {"user_id": "x"}),
        ("assign", {"user_id": "9" * 30}),
    ],
)
def test_nonsense_is_refused(
    agent: Visitor, office: Office, page: str, what: str, fields: dict[str, str]
) -> None:
    token = agent.form(page, f"{page}/reply").fields["csrf_token"]

    answer = agent.send(Form(f"{page}/{what}", {"csrf_token": token}), **fields)

    assert answer.status_code == 400


def test_a_stranger_is_given_no_work(agent: Visitor, office: Office, page: str) -> None:
    answer = agent.submit(page, f"{page}/assign", user_id="999999")

    assert answer.status_code == 422
    assert "no member of the workspace" in answer.text


def test_another_workspace_can_change_nothing(app: Flask, office: Office, page: str) -> None:
    stranger = Visitor.elsewhere(app, office, Role.ADMIN)
    token = {"csrf_token": stranger.form("/inbox", "/logout").fields["csrf_token"]}
    done = {"status": "resolved", "user_id": str(stranger.user_id)}

    for what in ("status", "assign", "read", "unread", "reply"):
        assert stranger.send(Form(f"{page}/{what}", token), **done).status_code == 404
    assert stranger.get(f"{page}/older?before=9.9").status_code == 404
    assert (office.thread().status, office.thread().unread_count) == ("open", 1)


def test_a_failed_message_is_edited_and_sent_anew(
    agent: Visitor, office: Office, page: str
) -> None:
    failed = fail(office)

    form = agent.form(f"{page}?edit={failed.id}", f"{page}/reply")
    assert form.fields["text"].strip() == "Yes, it is."
    assert agent.send(form, text="Yes, it is!").status_code == 303

    assert [(one.text, one.status) for one in office.messages()[1:]] == [
        ("Yes, it is.", "discarded"),
        ("Yes, it is!", "queued"),
    ]


def test_what_was_edited_too_late_stays_in_the_composer(
    agent: Visitor, office: Office, page: str
) -> None:
    failed = fail(office)
    form = agent.form(f"{page}?edit={failed.id}", f"{page}/reply")
    agent.submit(page, f"/inbox/messages/{failed.id}/retry")

    answer = agent.send(form, text="Yes, it is!")

    assert answer.status_code == 409
    assert "cannot be discarded: it is queued" in answer.text
    assert "Yes, it is!" in answer.text
    assert len(office.messages()) == 2


@pytest.mark.parametrize("edit", ["0", "x", "999", "9" * 40])
def test_there_is_nothing_else_to_edit(
    agent: Visitor, office: Office, page: str, edit: str
) -> None:
    fields = agent.form(f"{page}?edit={edit}", f"{page}/reply").fields

    assert "instead_of" not in fields
    assert fields["text"].strip() == ""


def test_the_fragment_of_older_messages_goes_on(agent: Visitor, office: Office) -> None:
    office.take_in(*numbered(120))
    page = f"/inbox/{office.thread().id}"

    shown, seen = agent.get(page).text, []
    while path := re.search(rf'hx-get="({page}/older\?[^"]+)"', shown):
        shown = agent.get(path[1].replace("&amp;", "&")).text
        seen.append(re.findall(r'dir="auto">(\d+)</p>', shown))

    assert [len(one) for one in seen] == [50, 20]
    assert sorted(int(one) for part in seen for one in part) == list(range(70))


def test_a_day_is_named_once_where_older_messages_are_of_the_same(
    agent: Visitor, office: Office
) -> None:
    office.take_in(*numbered(60))
    page = f"/inbox/{office.thread().id}"
    first = agent.get(page).text
    [path] = re.findall(rf'hx-get="({page}/older\?[^"]+)"', first)

    assert first.count('class="day"') == 1
    assert agent.get(path).text.count('class="day"') == 1


def test_before_the_first_message_only_the_day_is_named(agent: Visitor, page: str) -> None:
    older = agent.get(f"{page}/older?before=1.1")

    assert older.status_code == 200
    assert older.text.count('class="day"') == 1
    assert "Show older" not in older.text


def test_a_poll_keeps_the_messages_that_were_shown(agent: Visitor, office: Office) -> None:
    office.take_in(*numbered(60))
    page = f"/inbox/{office.thread().id}"
    [poll] = re.findall(rf'hx-get="({page}/thread\?[^"]+)"', agent.get(page).text)
    office.take_in(*numbered(80)[60:])

    polled = agent.get(poll).text

    assert [n for n in range(80) if f'dir="auto">{n}</p>' in polled] == list(range(10, 80))
    assert poll in polled.replace("&amp;", "&")


def test_a_poll_of_too_many_begins_anew(agent: Visitor, office: Office) -> None:
    office.take_in(*numbered(60))
    page = f"/inbox/{office.thread().id}"
    [poll] = re.findall(rf'hx-get="({page}/thread\?[^"]+)"', agent.get(page).text)
    office.take_in(*numbered(300)[60:])

    polled = agent.get(poll).text

    assert [n for n in range(300) if f'dir="auto">{n}</p>' in polled] == list(range(250, 300))
    assert poll not in polled.replace("&amp;", "&")


@pytest.mark.parametrize(
    ("hours", "config", "words", "is_blocked"),
    [
        (1, {}, None, False),
        (25, {}, "The reply window is closed.", True),
        (25, {"human_agent": True}, "Meta allows a person to answer until", False),
        (24 * 7 + 1, {"human_agent": True}, "The reply window is closed.", True),
    ],
)
def test_the_composer_follows_the_rule(
    agent: Visitor,
    office: Office,
    hours: int,
    config: dict[str, Any],
    words: str | None,
    is_blocked: bool,
) -> None:
    configure(office, config=config)
    office.take_in(message("m1", at=clock.now() - timedelta(hours=hours)))

    shown = agent.get(f"/inbox/{office.thread().id}").text

    assert ('id="rule"' in shown) == (words is not None)
    assert (words or "") in shown
    assert ("disabled" in shown.split('id="send"')[1].split(">")[0]) == is_blocked


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"is_enabled": False}, "This channel is switched off."),
        ({"access_token": None}, "The connection has no access token."),
        ({"broken_at": NOON, "broken_code": 190}, "The connection to Meta is no longer valid."),
    ],
)
def test_a_connection_that_cannot_send_is_said_beforehand(
    agent: Visitor, office: Office, page: str, changed: dict[str, Any], words: str
) -> None:
    configure(office, **changed)

    [_, rule] = agent.get(page).text.split('id="rule"')
    assert words in rule
    assert "the reply window is" in rule.split("</div>")[0]


def test_when_the_window_closes_the_next_poll_says_so(
    noon: Traveller, agent: Visitor, office: Office
) -> None:
    office.take_in(message("m1", at=NOON - timedelta(hours=23, minutes=59, seconds=30)))
    poll = f"/inbox/{office.thread().id}/thread"
    tag = agent.get(poll).headers["HX-PTag"]
    noon.shift(timedelta(seconds=29))
    assert agent.get(poll, HX_PTag=tag).status_code == 304
    noon.shift(timedelta(seconds=2))

    assert "The reply window is closed." in agent.get(poll, HX_PTag=tag).text


def fail(office: Office) -> Message:
    """Let an answer of ours fail."""
    answer = office.reply("Yes, it is.")
    office.finish(office.begin(), Permanent(GraphFault("no")))
    return answer


def configure(office: Office, **values: Any) -> None:
    with writing(office.engine) as session:
        found = session.get_one(Integration, office.integration_id)
        for name, value in values.items():
            setattr(found, name, value)
