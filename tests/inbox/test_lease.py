"""A role has one holder at a time, and passes on when that one dies."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from app import clock
from app.inbox import lease
from app.inbox.drain import LEASE
from app.models.database import writing
from tests.bodies import body, message

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.office import Office

LENGTH = timedelta(seconds=5)


def acquire(engine: Engine, holder: str, seconds: int = 0) -> bool:
    with time_machine.travel(clock.now() + timedelta(seconds=seconds)), writing(engine) as session:
        return lease.acquire(session, "role", holder, LENGTH)


def test_one_of_many_gets_the_role(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as threads:
        got = list(threads.map(lambda n: acquire(engine, f"p{n}"), range(8)))
    assert sum(got) == 1


def test_the_holder_may_take_it_again(engine: Engine) -> None:
    assert acquire(engine, "a")
    assert acquire(engine, "a")


@pytest.mark.parametrize(("seconds", "passes"), [(4, False), (6, True)])
def test_a_dead_holders_role_passes_on_when_it_runs_out(
    engine: Engine, seconds: int, passes: bool
) -> None:
    acquire(engine, "a")
    assert acquire(engine, "b", seconds) is passes


def test_a_role_that_was_given_back_is_free(engine: Engine) -> None:
    acquire(engine, "a")
    with writing(engine) as session:
        lease.release(session, "role", "a")
    assert acquire(engine, "b")


def test_nobody_gives_back_what_another_holds(engine: Engine) -> None:
    acquire(engine, "a")
    with writing(engine) as session:
        lease.release(session, "role", "b")
    assert not acquire(engine, "b")


def test_who_lost_the_role_may_not_go_on(engine: Engine) -> None:
    acquire(engine, "a")
    acquire(engine, "b", 6)
    with writing(engine) as session, pytest.raises(lease.LeaseLost):
        lease.renew(session, "role", "a", LENGTH)


def test_a_drain_does_nothing_while_another_one_runs(office: Office) -> None:
    with writing(office.engine) as session:
        lease.acquire(session, LEASE, "another", LENGTH)
    office.receive(body(message("m1")))
    assert (office.drain(), office.messages()) == (0, [])
    with time_machine.travel(clock.now() + timedelta(seconds=6)):
        assert office.drain() == 1
