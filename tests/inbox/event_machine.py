"""Everything that can happen to webhooks, in any order; at the end all of them have come."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any
from unittest import mock

import time_machine
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from app import clock
from app.channels.base import Sent
from app.inbox import drain, ingest, integrations, lease, recover, replaying
from app.inbox.ledger import Scope, Wanted
from app.inbox.retention import forget
from app.inbox.spool.record import Received
from app.inbox.spool.unspool import Unspool
from app.inbox.spool.writer import Spool
from app.models import ExternalEvent, Integration
from app.models.database import writing
from tests.bodies import NOON, SECRET, body, of_entries
from tests.inbox import afterwards
from tests.inbox.happened import ITEMS, ODD, OTHER, OTHER_SECRET, POISON, THEIRS, WRITTEN_BEFORE
from tests.office import connect, given

if TYPE_CHECKING:
    from collections import Counter

    from app.inbox.spool.folder import Folder
    from tests.office import Office

applying = import_module("app.inbox.ingest.apply")
ALL = frozenset(ITEMS) | frozenset(ODD) | frozenset(THEIRS)
items = st.lists(st.sampled_from(sorted(ITEMS)), min_size=3, max_size=12)


class Killed(BaseException):
    """A drain is ended in the middle of its transaction."""


class Events(RuleBasedStateMachine):
    """Webhooks of two accounts, one of them not connected yet; an item that cannot be applied.

    An answer of ours is on the phone, and Meta's answer to its call is still to come.
    """

    def __init__(self, office: Office, folder: Folder, end: Counter[str] | None = None) -> None:
        """Let one customer have written, and a call to Meta have begun.

        ``end`` is what the inbox must hold at the end, None where that is to be seen.
        """
        super().__init__()
        self.office, self.folder, self.spool = office, folder, Spool(folder)
        self.end = end
        self.missing = ALL
        self.other: Office | None = None
        self.is_broken, self.is_killed = True, False
        self.travel = time_machine.travel(NOON, tick=False)
        self.moment = self.travel.start()
        self.patches = [
            mock.patch.object(applying, "_message", self.breaks(applying._message)),
            mock.patch.object(ingest, "record", self.dies(ingest.record)),
            mock.patch.object(drain, "MAX_ATTEMPTS", 2),
        ]
        for one in self.patches:
            one.start()
        office.start_anew()
        office.take_in(WRITTEN_BEFORE)
        office.reply("Welcome")
        self.call = office.begin()
        self.is_answered = False
        self.moment.shift(timedelta(seconds=10))  # all has happened, nothing has come

    @initialize(first=items, second=items)
    def deliver_many(self, first: list[str], second: list[str]) -> None:
        """Let Meta deliver two bodies, and the first be applied."""
        self.deliver(first, "drain")
        self.deliver(second, "wait")

    @rule(some=items, then=st.sampled_from(["drain", "wait", "spool"]))
    def deliver(self, some: list[str], then: str) -> None:
        """Let Meta deliver some items in one body, perhaps while the database is away."""
        self.missing = self.missing - set(some)
        self.receive(body(*[ITEMS[one] for one in some]), SECRET, is_away=then == "spool")
        if then == "drain":
            self.drain()

    @rule(name=st.sampled_from(sorted(ODD)), is_away=st.booleans())
    def deliver_odd(self, name: str, *, is_away: bool) -> None:
        """Let Meta deliver what is no message."""
        self.missing = self.missing - {name}
        self.receive(ODD[name], SECRET, is_away=is_away)

    @rule(name=st.sampled_from(sorted(THEIRS)), is_away=st.booleans())
    def deliver_theirs(self, name: str, *, is_away: bool) -> None:
        """Let Meta deliver what another secret signed."""
        self.missing = self.missing - {name}
        self.receive(of_entries(THEIRS[name]), OTHER_SECRET, is_away=is_away)

    @rule()
    def unspool(self) -> None:
        """Bring in what was kept while the database was away."""
        Unspool(self.office.engine, self.folder).run()

    @rule()
    def drain(self) -> None:
        """Apply what waits."""
        self.office.drain()

    @rule()
    def drain_twice_at_once(self) -> None:
        """Let two drains begin at the same moment."""
        with ThreadPoolExecutor(2) as threads:
            for one in [threads.submit(self.office.drain) for _ in range(2)]:
                one.result()

    @rule()
    def kill_a_drain(self) -> None:
        """Kill a drain before its commit; its lease stays."""
        self.is_killed = True
        try:
            self.office.drain()
        except Killed:
            with writing(self.office.engine) as session:
                lease.acquire(session, drain.LEASE, "who was killed", drain.LEASE_LENGTH)
        self.is_killed = False

    @rule(is_broken=st.booleans())
    def mend(self, *, is_broken: bool) -> None:
        """Let the item that cannot be applied be one that can, or the reverse."""
        self.is_broken = is_broken

    @rule(is_enabled=st.booleans())
    def switch(self, *, is_enabled: bool) -> None:
        """Switch the account's integration on or off."""
        with writing(self.office.engine) as session:
            known = session.get_one(Integration, self.office.integration_id)
            integrations.enable(session, known, is_enabled=is_enabled)

    @precondition(lambda self: self.other is None)
    @rule()
    def connect_other(self) -> None:
        """Connect the other account, in a workspace of its own."""
        wanted = given(apiSecret=OTHER_SECRET, config={"instagramPageId": OTHER})
        self.other = connect(self.office.engine, self.office.keyring, "Elsewhere", wanted)

    @precondition(lambda self: not self.is_answered)
    @rule()
    def answer(self) -> None:
        """Let Meta's answer to the call come."""
        self.is_answered = True
        self.office.finish(self.call, Sent("x1"))

    @rule(which=st.integers(0, 30))
    def replay_one(self, which: int) -> None:
        """Have one item applied again."""
        known = [one.id for one in self.office.rows(ExternalEvent)]
        with writing(self.office.engine) as session:
            replaying.replay(session, known[which % max(len(known), 1) :][:1])

    @rule(whose=st.sampled_from(["ours", Scope.NOBODY, Scope.EVERYTHING]), outcome=st.booleans())
    def replay_many(self, whose: str | Scope, *, outcome: bool) -> None:
        """Have all that failed applied again, or all that can be."""
        scope = whose if isinstance(whose, Scope) else self.office.workspace_id
        with writing(self.office.engine) as session:
            wanted = Wanted(outcome="failed" if outcome else None)
            replaying.replay_wanted(session, scope, wanted)

    @rule()
    def forget(self) -> None:
        """Let go of what came more than an hour ago and is finished."""
        with writing(self.office.engine) as session:
            forget(session, clock.now() - timedelta(hours=1), 0)

    @rule(seconds=st.sampled_from([2, 6, 30, 61, 3_700]))
    def pass_time(self, seconds: int) -> None:
        """Let time pass, and the sweep see to the call whose answer did not come."""
        self.moment.shift(timedelta(seconds=seconds))
        with writing(self.office.engine) as session:
            recover.recover(session)

    @invariant()
    def nothing_is_doubled(self) -> None:
        """At no moment is anything in the inbox twice."""
        afterwards.check_once(self.office)

    def teardown(self) -> None:
        """Let everything come and compare; then all of it once more, which changes nothing."""
        try:
            self.come_to_its_end()
            afterwards.check(self.office)
            shown = afterwards.shown(self.office)
            end = shown if self.end is None else self.end
            assert (shown - end, end - shown) == ({}, {})
            self.missing = ALL
            self.replay_many(Scope.EVERYTHING, outcome=False)
            self.come_to_its_end()
            assert afterwards.shown(self.office) == shown
        finally:
            for one in self.patches:
                one.stop()
            self.travel.stop()

    def come_to_its_end(self) -> None:
        """Let come what is missing, mend what is broken, and apply all."""
        self.is_broken = False
        self.switch(is_enabled=True)
        if self.other is None:
            self.connect_other()
        for name in sorted(self.missing & set(ITEMS)):
            self.deliver([name], "wait")
        for name in sorted(self.missing & set(ODD)):
            self.deliver_odd(name, is_away=False)
        for name in sorted(self.missing & set(THEIRS)):
            self.deliver_theirs(name, is_away=False)
        if not self.is_answered:
            self.answer()
        for _ in range(3):
            self.unspool()
            self.pass_time(3_700)
            self.office.drain()
            self.replay_many(Scope.EVERYTHING, outcome=True)
        self.office.drain()

    def receive(self, raw: bytes, secret: str, *, is_away: bool) -> None:
        if is_away:
            verified_by = self.office.keyring.vault.fingerprint(secret)
            self.spool.put(Received("instagram", raw, verified_by, clock.now()))
        else:
            self.office.receive(raw, secret=secret)

    def breaks(self, genuine: Any) -> Any:
        def message(arrival: Any, thread: Any) -> Any:
            if self.is_broken and arrival.key == POISON:
                raise ZeroDivisionError("an odd item")
            return genuine(arrival, thread)

        return message

    def dies(self, genuine: Any) -> Any:
        def record(*args: Any) -> None:
            if self.is_killed:
                raise Killed
            genuine(*args)

        return record
