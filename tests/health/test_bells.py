"""Bells do not pile up while nobody answers them."""

from __future__ import annotations

import redis

from app.queue import INBOUND, OUTBOUND, Queue
from tests.docs.markdown import ROOT


def test_a_bell_that_waits_is_enough(redis_url: str) -> None:
    for _ in range(3):
        queue = Queue(redis_url)  # another process each: its own quiet time is not the reason
        queue.ring_inbound()
        queue.ring_outbound()
        queue.ring_outbound()
    assert queue.waiting() == {INBOUND: 1, OUTBOUND: 1}


def test_a_bell_that_was_answered_rings_again(redis_url: str) -> None:
    queue = Queue(redis_url)
    queue.ring_outbound()
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    queue.ring_outbound()
    assert queue.waiting() == {INBOUND: 0, OUTBOUND: 1}


def test_redis_that_is_away_is_none() -> None:
    queue = Queue("unix:///nowhere/redis.sock")
    assert (queue.waiting(), queue.version()) == (None, None)


def test_the_version_is_that_of_the_project() -> None:
    from app.version import VERSION

    assert f'\nversion = "{VERSION}"\n' in (ROOT / "pyproject.toml").read_text()
