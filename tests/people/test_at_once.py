"""What two admins do at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

from app.inbox import members, people
from app.inbox.errors import Refused
from app.models import Membership, OneTimeCode, User
from app.models.database import reading, writing
from app.models.states import Role
from tests.inbox_pages.visitor import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from tests.office import Office


def at_once(office: Office, *deeds: Callable[[Session], object]) -> list[bool]:
    """Do all deeds at the same moment and return which were not refused."""

    def do(deed: Callable[[Session], object]) -> bool:
        try:
            with writing(office.engine) as session:
                deed(session)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(do, deeds))


def admins(office: Office, count: int) -> list[int]:
    with writing(office.engine) as session:
        return [
            people.add(session, office.workspace_id, f"a{n}@example.com", "A", Role.ADMIN).user.id
            for n in range(count)
        ]


def deactivate(office: Office, user_id: int) -> Callable[[Session], object]:
    return lambda session: people.deactivate(session, office.workspace_id, user_id)


def test_two_admins_cannot_deactivate_each_other(office: Office) -> None:
    for _ in range(5):
        first, second = admins(office, 2) if not office.rows(User) else _reset(office)
        at_once(office, deactivate(office, first), deactivate(office, second))
        assert len(office.rows(Membership, Membership.deactivated_at.is_(None))) == 1


def _reset(office: Office) -> tuple[int, int]:
    first, second = (one.id for one in office.rows(User))
    with writing(office.engine) as session:
        for user_id in (first, second):
            people.reactivate(session, office.workspace_id, user_id)
    return first, second


def test_a_colleague_who_is_added_twice_is_one(office: Office) -> None:
    def add(session: Session) -> object:
        return people.add(session, office.workspace_id, "t@example.com", "Tamar", Role.AGENT)

    assert sorted(at_once(office, add, add, add)) == [False, False, True]
    assert len(office.rows(User)) == len(office.rows(OneTimeCode)) == 1


def test_a_login_made_in_two_workspaces_is_one(office: Office) -> None:
    with writing(office.engine) as session:
        other = members.make_workspace(session, "Elsewhere").id

    def add(workspace_id: int) -> Callable[[Session], object]:
        return lambda session: people.add(
            session, workspace_id, "t@example.com", "Tamar", Role.AGENT
        )

    at_once(office, add(office.workspace_id), add(other))

    assert len(office.rows(User)) == 1


def test_no_link_is_made_for_whom_another_workspace_takes_in(office: Office) -> None:
    with writing(office.engine) as session:
        other = members.make_workspace(session, "Elsewhere").id
        user = people.add(session, office.workspace_id, "t@example.com", "Tamar", Role.AGENT).user

    def take_in(session: Session) -> None:
        people.add(session, other, "t@example.com", "Tamar", Role.AGENT)
        link.start()
        link.join(0.3)  # where nothing held it, it would be made by now

    def make_link() -> None:
        with suppress(Refused), writing(office.engine) as session:
            people.make_link(session, office.workspace_id, user.id, by_operator=False)

    link = Thread(target=make_link)
    at_once(office, take_in)
    link.join()

    assert office.rows(OneTimeCode) == []


def test_a_link_that_two_use_lets_one_in(office: Office) -> None:
    with writing(office.engine) as session:
        added = people.add(session, office.workspace_id, "t@example.com", "Tamar", Role.AGENT)
    code = added.code or ""

    def choose(password: str) -> Callable[[Session], object]:
        return lambda session: people.choose_password(session, code, password)

    done = at_once(office, *(choose(PASSWORD + str(n)) for n in range(3)))

    assert sorted(done) == [False, False, True]
    with reading(office.engine) as session:
        assert members.log_in(session, "t@example.com", PASSWORD + str(done.index(True)))
