"""A poll that finds nothing new is answered from one statement, as the whole way would answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from sqlalchemy import text, update

from app import doorway
from app.inbox import members, people
from app.models import Membership, User
from app.models.database import writing
from app.models.states import Role
from tests.bodies import message
from tests.inbox_pages.visitor import Visitor, statements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from werkzeug.test import TestResponse

    from config import Settings
    from tests.office import Office

NOON = datetime(2026, 11, 22, 12, 0, 1, tzinfo=UTC)
POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgresql)
POLLS = ("/inbox/list?open=1&view=unassigned", "/inbox/{}/thread", "/inbox/{}/panel?view=mine")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture(params=POLLS)
def poll(request: pytest.FixtureRequest, office: Office) -> str:
    office.take_in(message("m1", "Hello", at=NOON))
    address: str = request.param
    return address.format(office.thread().id)


@pytest.fixture
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """The settings of an installation that is reached by HTTP, or as the test says."""
    scheme = getattr(request, "param", "http")
    return settings.model_copy(update={"public_url": f"{scheme}://inbox.example.com"})


def tag_of(visitor: Visitor, poll: str) -> str:
    """Return the tag of a poll whose answer has been read to its end."""
    with visitor.get(poll) as answer:
        return answer.headers["HX-PTag"]


def is_quiet(app: Flask, visitor: Visitor, poll: str, tag: str) -> bool:
    """Say whether nothing new is answered, from one statement."""
    with statements(app) as seen, visitor.get(poll, HX_PTag=tag) as answer:
        status = answer.status_code
    return (status, len(seen)) == (304, 1)


def shown(answer: TestResponse) -> tuple[str, bytes, list[tuple[str, str]]]:
    """Return an answer without the session, which only the whole way keeps alive."""
    headers = [(name, value) for name, value in answer.headers if name != "Set-Cookie"]
    return answer.status, answer.data, sorted(headers)


@pytest.mark.parametrize("is_permanent", [True, False])
@pytest.mark.parametrize("settings", ["http", "https"], indirect=True)
def test_it_answers_as_the_whole_way_does(
    app: Flask, agent: Visitor, poll: str, is_permanent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with agent.client.session_transaction() as kept:
        kept.permanent = is_permanent
    tag = tag_of(agent, poll)
    assert is_quiet(app, agent, poll, tag)

    quiet = shown(agent.get(poll, HX_PTag=tag))
    monkeypatch.setattr(doorway, "TAG", "led past it")
    whole = shown(agent.get(poll, HX_PTag=tag))

    assert quiet == whole
    assert ("HX-PTag", tag) in whole[2]
    assert ("Cache-Control", "private, no-store") in whole[2]


def test_the_session_stays_alive_with_the_next_minute(
    app: Flask, agent: Visitor, poll: str, clock: time_machine.Traveller
) -> None:
    with agent.client.session_transaction() as kept:
        kept.permanent = True
    tag = tag_of(agent, poll)
    assert "Set-Cookie" not in agent.get(poll, HX_PTag=tag).headers
    clock.shift(timedelta(minutes=1))

    assert "inlet=" in agent.get(poll, HX_PTag=tag).headers["Set-Cookie"]


def test_an_old_session_is_over(
    app: Flask, agent: Visitor, poll: str, clock: time_machine.Traveller
) -> None:
    with agent.client.session_transaction() as kept:
        kept.permanent = True
    cookie = agent.client.get_cookie("inlet")
    assert cookie is not None
    clock.shift(timedelta(days=15))
    assert agent.user_id is not None
    tag = tag_of(Visitor.returning(app, agent.user_id), poll)
    late = Visitor(app.test_client())
    late.client.set_cookie("inlet", cookie.value)

    assert late.get(poll, HX_PTag=tag).status_code == 401


def test_news_are_seen_by_the_very_next_poll(
    app: Flask, agent: Visitor, office: Office, poll: str
) -> None:
    tag = tag_of(agent, poll)
    assert is_quiet(app, agent, poll, tag)

    office.reply("An answer")

    answer = agent.get(poll, HX_PTag=tag)
    assert answer.status_code == 200
    assert answer.headers["HX-PTag"] != tag


def test_the_next_minute_is_news(
    app: Flask, agent: Visitor, poll: str, clock: time_machine.Traveller
) -> None:
    tag = tag_of(agent, poll)
    assert is_quiet(app, agent, poll, tag)
    clock.shift(timedelta(minutes=1))

    assert agent.get(poll, HX_PTag=tag).status_code == 200


def test_another_language_zone_or_query_is_another_part(
    app: Flask, agent: Visitor, poll: str
) -> None:
    tag = tag_of(agent, poll)
    other = poll.partition("?")[0] + "?channel=instagram"
    assert agent.get(other, HX_PTag=tag).status_code == 200

    agent.client.set_cookie("zone", "Asia/Tbilisi")

    assert agent.get(poll, HX_PTag=tag).status_code == 200


def test_nobody_profits_from_the_tag_of_somebody_else(
    app: Flask, agent: Visitor, admin: Visitor, office: Office, poll: str
) -> None:
    elsewhere = Visitor.elsewhere(app, office, Role.AGENT)
    tag = tag_of(agent, poll)
    others = [admin, elsewhere, Visitor(app.test_client())]
    for other in others:
        other.get(poll).close()

    statuses = [other.get(poll, HX_PTag=tag).status_code for other in others]

    assert 304 not in statuses
    assert statuses[2] == 401


def test_the_cookie_of_a_session_must_be_signed(app: Flask, agent: Visitor, poll: str) -> None:
    tag = tag_of(agent, poll)
    cookie = agent.client.get_cookie("inlet")
    assert cookie is not None
    agent.client.set_cookie("inlet", cookie.value[:-4] + "AAAA")

    assert agent.get(poll, HX_PTag=tag).status_code == 401


def test_what_strangers_send_is_remembered_in_part_only(
    app: Flask, agent: Visitor, poll: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[str] = []
    monkeypatch.setattr(doorway, "lru_cache", lambda _: lambda read: note(kept, read))
    doorway.open_quiet_way(app, is_https=False)
    stranger = Visitor(app.test_client(use_cookies=False))
    assert stranger.get(poll, HX_PTag="t", Cookie=f"inlet={'x' * 100_000}").status_code == 401
    assert len(kept[-1]) == doorway.LONGEST_COOKIE


def note(kept: list[str], read: Callable[[str, int], Any]) -> Callable[[str, int], Any]:
    def noting(cookie: str, period: int) -> Any:
        kept.append(cookie)
        return read(cookie, period)

    return noting


def test_after_the_logout_nothing_is_answered(app: Flask, agent: Visitor, poll: str) -> None:
    tag = tag_of(agent, poll)
    assert is_quiet(app, agent, poll, tag)
    agent.submit("/inbox", "/logout")

    assert agent.get(poll, HX_PTag=tag).status_code == 401


def switch_off(office: Office, user_id: int) -> None:
    with writing(office.engine) as session:
        members.switch_off(session.get_one(User, user_id))


def end_sessions(office: Office, user_id: int) -> None:
    with writing(office.engine) as session:
        members.set_password(session.get_one(User, user_id), "another long password")


def deactivate(office: Office, user_id: int) -> None:
    with writing(office.engine) as session:
        people.deactivate(session, office.workspace_id, user_id)


@pytest.mark.parametrize("ended", [switch_off, end_sessions, deactivate])
def test_who_may_no_longer_is_told_so_by_the_very_next_poll(
    app: Flask, agent: Visitor, office: Office, poll: str, ended: Callable[[Office, int], None]
) -> None:
    tag = tag_of(agent, poll)
    assert is_quiet(app, agent, poll, tag)
    assert agent.user_id is not None

    ended(office, agent.user_id)

    assert agent.get(poll, HX_PTag=tag).status_code == 401


def test_another_role_is_another_part(
    app: Flask, agent: Visitor, office: Office, poll: str
) -> None:
    tag = tag_of(agent, poll)
    assert is_quiet(app, agent, poll, tag)
    assert agent.user_id is not None

    with writing(office.engine) as session:
        people.change_role(session, office.workspace_id, agent.user_id, Role.MANAGER)

    assert agent.get(poll, HX_PTag=tag).status_code == 200


def test_another_workspace_is_another_part(
    app: Flask, agent: Visitor, office: Office, poll: str
) -> None:
    assert agent.user_id is not None
    with writing(office.engine) as session:
        second = members.make_workspace(session, "Elsewhere").id
        people.join(session, second, agent.user_id, Role.AGENT)
    tag = tag_of(agent, poll)
    assert is_quiet(app, agent, poll, tag)

    agent.submit("/inbox", f"/workspaces/{second}/switch")

    assert agent.get(poll, HX_PTag=tag).status_code != 304
    chosen = "/inbox/list"
    with agent.get(chosen) as answer:
        tag = answer.headers["HX-PTag"]
    assert is_quiet(app, agent, chosen, tag)


def test_who_was_not_seen_for_long_is_noted_by_the_whole_way(
    app: Flask, agent: Visitor, office: Office, poll: str
) -> None:
    tag = tag_of(agent, poll)
    with writing(office.engine) as session:
        session.execute(update(Membership).values(seen_at=NOON - timedelta(hours=1)))

    with agent.get(poll, HX_PTag=tag) as answer:
        assert answer.status_code == 304

    assert office.row(Membership, Membership.user_id == agent.user_id).seen_at == NOON
    assert is_quiet(app, agent, poll, tag)


@pytest.mark.parametrize("path", ["/inbox/2/thread", "/inbox/list?view=none", "/inbox/0/panel"])
def test_what_is_not_there_stays_so(agent: Visitor, poll: str, path: str) -> None:
    assert agent.get(path, HX_PTag=tag_of(agent, poll)).status_code == 404


def test_only_reading_is_quiet(agent: Visitor, poll: str) -> None:
    tag = tag_of(agent, poll)

    assert agent.client.post(poll, headers={"HX-PTag": tag}).status_code in {400, 405}


@pytest.mark.parametrize("engine", [POSTGRESQL], indirect=True)
def test_a_connection_that_died_in_the_pool_is_not_noticed(
    app: Flask, agent: Visitor, office: Office, poll: str
) -> None:
    tag = tag_of(agent, poll)
    assert is_quiet(app, agent, poll, tag)

    with office.engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )

    assert agent.get(poll, HX_PTag=tag).status_code == 304
    assert is_quiet(app, agent, poll, tag)
