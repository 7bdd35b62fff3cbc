"""Nothing new is an empty 304 that reads a version and no list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from app.models.states import Role
from tests.bodies import message
from tests.inbox_pages.visitor import Visitor, statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from tests.office import Office

NOON = datetime(2026, 11, 22, 12, 0, 1, tzinfo=UTC)
POLLS = ("/inbox/list", "/inbox/{}/thread")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture(params=POLLS)
def poll(request: pytest.FixtureRequest, office: Office) -> str:
    """The address of a fragment in a workspace where a customer wrote."""
    office.take_in(message("m1", "Hello", at=NOON))
    address: str = request.param
    return address.format(office.thread().id)


def test_the_same_tag_is_an_empty_304_after_one_statement(
    app: Flask, agent: Visitor, poll: str
) -> None:
    with agent.get(poll) as first:
        tag = first.headers["HX-PTag"]

    with statements(app) as seen:
        answer = agent.get(poll, HX_PTag=tag)

    assert (answer.status_code, answer.data, answer.headers["HX-PTag"]) == (304, b"", tag)
    assert len(seen) == 1
    assert "contact" not in seen[0].sql


def test_a_page_carries_the_tag_that_its_polls_begin_with(
    agent: Visitor, poll: str, office: Office
) -> None:
    query = f"?open={office.thread().id}" if "list" in poll else ""
    page = agent.get(f"/inbox/{office.thread().id}").text

    tag = agent.get(poll + query).headers["HX-PTag"]

    assert f'hx-ptag="{tag}"' in page


def test_a_new_message_is_a_new_tag(agent: Visitor, poll: str, office: Office) -> None:
    tag = agent.get(poll).headers["HX-PTag"]
    office.take_in(message("m2", "Something new", at=NOON))

    answer = agent.get(poll, HX_PTag=tag)

    assert answer.status_code == 200
    assert "Something new" in answer.text
    assert answer.headers["HX-PTag"] != tag


def test_a_reply_is_a_new_tag(agent: Visitor, poll: str, office: Office) -> None:
    tag = agent.get(poll).headers["HX-PTag"]
    office.reply("An answer")

    answer = agent.get(poll, HX_PTag=tag)

    assert "An answer" in answer.text


def test_a_minute_later_times_and_countdowns_are_written_anew(
    agent: Visitor, poll: str, clock: time_machine.Traveller
) -> None:
    tag = agent.get(poll).headers["HX-PTag"]
    clock.shift(timedelta(minutes=1))

    assert agent.get(poll, HX_PTag=tag).status_code == 200


def test_people_languages_and_zones_have_tags_of_their_own(
    app: Flask, agent: Visitor, admin: Visitor, poll: str
) -> None:
    tags = [agent.get(poll).headers["HX-PTag"], admin.get(poll).headers["HX-PTag"]]
    agent.client.set_cookie("zone", "Asia/Tbilisi")
    tags.append(agent.get(poll).headers["HX-PTag"])

    assert len(set(tags)) == 3


def test_filters_have_tags_of_their_own(agent: Visitor, office: Office) -> None:
    queries = (
        "",
        "?channel=instagram",
        "?channel=whatsapp",
        "?view=mine",
        "?sort=ending",
        "?q=Hello",
        "?open=1",
    )

    tags = {agent.get(f"/inbox/list{query}").headers["HX-PTag"] for query in queries}

    assert len(tags) == len(queries)


def test_without_a_login_the_page_is_sent_to_it_and_back(app: Flask, poll: str) -> None:
    stranger = Visitor(app.test_client())

    answer = stranger.get(poll, HX_Current_URL="http://localhost/inbox/1?channel=instagram")

    assert (answer.status_code, answer.data) == (401, b"")
    assert answer.headers["HX-Redirect"] == "/login?next=/inbox/1?channel%3Dinstagram"


def test_another_workspace_is_not_there(app: Flask, office: Office, agent: Visitor) -> None:
    office.take_in(message("m1", "Hello", at=NOON))
    stranger = Visitor.elsewhere(app, office, Role.ADMIN)

    assert stranger.get(f"/inbox/{office.thread().id}/thread").status_code == 404
    assert "Hello" not in stranger.get("/inbox/list").text


@pytest.mark.parametrize("given", ["0", "-1", "x", str(2**63), "9" * 30])
def test_a_list_beside_nothing_that_could_be_open_is_shown(agent: Visitor, given: str) -> None:
    assert agent.get(f"/inbox/list?open={given}").status_code == 200
