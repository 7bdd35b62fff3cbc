"""Everything that can happen to answers, in any order, against what really happened."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

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
from app.channels.faults import (
    GraphFault,
    Permanent,
    Retryable,
    SendError,
    Throttled,
    Unauthorized,
    Unsure,
)
from app.inbox import broken, decisions, deliver, integrations, looks, recover, reply
from app.inbox.errors import Conflict, Refused
from app.models import Delivery, Integration
from app.models.database import writing
from app.models.states import DeliveryState
from tests.bodies import NOON, entry, message, of_entries
from tests.inbox import truth
from tests.inbox.world import Exchange, World
from tests.office import given

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.office import Office

Some = TypeVar("Some")
PEOPLE = ["770001", "770002"]
SECONDS = [2, 16, 26, 61, 61, 61, 301, 301, 90_000]
"""Mostly so long as something may wait, seldom until a window has closed."""
REFUSALS: dict[str, SendError] = {
    "retryable": Retryable(GraphFault("Later", code=2)),
    "throttled": Throttled(GraphFault("Too many calls", code=613)),
    "permanent": Permanent(GraphFault("No", code=100)),
    "dead token": Unauthorized(GraphFault("Session has expired", code=190, subcode=463)),
}
LOST = Unsure(GraphFault("lost"))
MAY_DECIDE = {
    decisions.retry: decisions.STUCK,
    decisions.give_up: decisions.CAN_BE_GIVEN_UP,
    decisions.arrived: {DeliveryState.UNCONFIRMED},
}
some = st.integers(0, 5)
"""Which of several: the last ones are asked for oftener."""
people = st.sampled_from([PEOPLE[0], *PEOPLE])
how_far = st.integers(0, 4)
"""How far a send comes at once: it waits, is claimed, is begun, is on the phone."""


class Sending(RuleBasedStateMachine):
    """Answers to two people, sent by workers that stop anywhere, over a Meta that does anything."""

    def __init__(self, office: Office) -> None:
        """Let both people write."""
        super().__init__()
        self.office, self.world = office, World()
        self.pocket: list[int] = []  # ids of what workers claimed, some of them long ago
        self.said = 0
        self.travel = time_machine.travel(NOON, tick=False)
        self.moment = self.travel.start()
        office.start_anew()
        for person in PEOPLE:
            self.write(person)

    @initialize(answers=st.lists(st.tuples(people, st.booleans(), how_far), min_size=2, max_size=4))
    def answer_all(self, answers: list[tuple[str, bool, int]]) -> None:
        """Let colleagues answer, some of them the same."""
        for person, is_same, comes in answers:
            self.answer(person, is_same=is_same, comes=comes)

    @rule(person=people)
    def write(self, person: str) -> None:
        """Let a customer write."""
        self.said += 1
        self.tick()
        said = message(f"m{self.said}", f"question {self.said}", person=person, at=clock.now())
        self.receive(said)

    @rule(person=people, is_same=st.booleans(), comes=how_far)
    def answer(self, person: str, *, is_same: bool, comes: int) -> None:
        """Let a colleague answer, with an ordinary text or one of its own, and send that so far."""
        self.said += 1
        self.reply(person, truth.SAME if is_same else f"answer {self.said}")
        if comes > 0:
            self.claim(100)
        while comes > 1 and self.pocket:
            self.begin(0)
        if comes > 2 and self.open_calls():
            self.take(0)

    @rule(person=people)
    def write_instead(self, person: str) -> None:
        """Let a colleague put another answer in the place of one that failed."""
        self.said += 1
        mine = truth.thread_of(self.office, person).id
        failed = [one for one in truth.deliveries(self.office) if one.state == "failed"]
        there = [one.message_id for one in failed if one.conversation_id == mine]
        self.reply(person, f"answer {self.said}", *there[:1])

    @rule(limit=st.sampled_from([1, 100]))
    def claim(self, limit: int) -> None:
        """Let two workers claim: what one has the other has not, and nothing overtakes."""
        before = truth.deliveries(self.office)
        claimed = [*self.office.claim(limit), *self.office.claim(limit)]
        assert len(claimed) == len(set(claimed))
        for one in claimed:
            truth.check_turn(before, one)
        self.pocket += claimed

    @precondition(lambda self: self.pocket)
    @rule(which=some)
    def begin(self, which: int) -> None:
        """Let a worker begin a call, perhaps of a claim that was taken from it."""
        self.tick()
        claimed = self.pocket.pop(-1 - which % len(self.pocket))
        with writing(self.office.engine) as session:
            found = deliver.begin(session, self.office.keyring, [claimed], clock.now())
        for call in found:
            assert isinstance(call, deliver.Call)
            self.world.begin(call)

    @precondition(lambda self: self.open_calls())
    @rule(which=some)
    def take(self, which: int) -> None:
        """Let Meta put the message of a call on the phone, also when nobody waits any more."""
        self.tick()
        self.world.take(pick(self.open_calls(), which))

    @precondition(lambda self: self.unanswered())
    @rule(which=some, kind=st.sampled_from(["sent", "lost", *REFUSALS]))
    def respond(self, which: int, kind: str) -> None:
        """Let Meta answer a call, in time or late."""
        one = pick(self.unanswered(), which)
        one.is_answered = True
        if one.mid:
            self.settle(one, LOST if kind == "lost" else Sent(one.mid))
        elif kind in REFUSALS:
            one.is_refused = True
            self.settle(one, REFUSALS[kind])
        else:
            self.settle(one, LOST)

    @precondition(lambda self: self.world.taken())
    @rule(which=some, is_marked=st.booleans())
    def echo(self, which: int, *, is_marked: bool) -> None:
        """Let Meta tell what is on a phone, perhaps once more: that settles what nobody knew."""
        one = pick(self.world.taken(), which)
        self.echo_one(one, is_marked=is_marked)
        if self.integration().is_enabled:
            truth.check_told(self.office, self.world, one)

    @precondition(lambda self: self.world.exchanges)
    @rule(person=people, is_shown=st.booleans())
    def look(self, person: str, *, is_shown: bool) -> None:
        """Read a conversation at Meta's, which shows all of it or nothing."""
        with writing(self.office.engine) as session:
            thread = truth.thread_of(self.office, person).id
            looks.finish(session, thread, self.world.past(person) if is_shown else [])

    @precondition(lambda self: bool(truth.deliveries(self.office)))
    @rule(which=some, verb=st.sampled_from(list(MAY_DECIDE)))
    def decide(self, which: int, verb: Callable[..., Any]) -> None:
        """Let a person decide; who says that a message arrived has seen it."""
        known = truth.deliveries(self.office)
        one = pick([one for one in known if one.state in decisions.STUCK] or known, which)
        if verb == decisions.arrived and not truth.is_unseen(self.office, self.world, one):
            return
        try:
            with writing(self.office.engine) as session:
                verb(session, self.office.workspace_id, one.message_id)
        except Conflict:
            assert one.state not in MAY_DECIDE[verb]
        except Refused:
            is_open = truth.is_window_open(self.office, one)
            assert not (self.integration().is_enabled and is_open)
        else:
            assert one.state in MAY_DECIDE[verb]
            if verb == decisions.retry:
                self.world.retried_at.setdefault(one.id, []).append(clock.now())

    @rule(is_enabled=st.sampled_from([True, True, False]))
    def reconnect(self, *, is_enabled: bool) -> None:
        """Give the connection a new token, and switch it on or off."""
        wanted = given(accessToken=f"EAAG-{self.tick()}", isEnabled=is_enabled)
        with writing(self.office.engine) as session:
            known = session.get_one(Integration, self.office.integration_id)
            integrations.change(session, known, wanted, self.office.keyring.vault)

    @rule(seconds=st.sampled_from(SECONDS))
    def pass_time(self, seconds: int) -> None:
        """Let time pass, and the sweep see to what dead workers left behind."""
        self.moment.shift(timedelta(seconds=seconds))
        with writing(self.office.engine) as session:
            recover.recover(session)
            broken.tidy(session)
        self.office.drain()

    @invariant()
    def holds(self) -> None:
        """Nothing is shown that is not so."""
        truth.check(self.office, self.world)

    def teardown(self) -> None:
        """Let everything come to its end, and compare."""
        try:
            self.come_to_its_end()
            truth.check(self.office, self.world)
            truth.check_end(self.office, self.world)
        finally:
            self.travel.stop()

    def come_to_its_end(self) -> None:
        """Mend, send what waits, tell everything that is on the phones."""
        self.reconnect(is_enabled=True)
        self.pass_time(61)
        while truth.is_moving(self.office):
            self.claim(100)
            while self.pocket:
                self.begin(0)
            for one in self.unanswered():
                if one.can_be_taken:
                    self.world.take(one)
                self.respond(0, "sent")
            self.pass_time(901)
        for _ in range(2):  # the second time nothing changes
            for one in self.world.taken():
                self.echo_one(one, is_marked=False)
            self.pass_time(61)

    def reply(self, person: str, text: str, instead_of: int | None = None) -> None:
        thread = truth.thread_of(self.office, person).id
        author = reply.Author(self.office.workspace_id, None, "api")
        with suppress(Refused), writing(self.office.engine) as session:
            reply.reply(session, author, thread, text, None, instead_of)

    def settle(self, one: Exchange, answer: Sent | SendError) -> None:
        if isinstance(answer, Unauthorized):
            with writing(self.office.engine) as session:
                token = one.call.access_token
                broken.break_off(session, one.call.integration_id, token, answer.fault)
        self.office.finish(one.call, answer)

    def echo_one(self, one: Exchange, *, is_marked: bool) -> None:
        mark = self.office.row(Delivery, Delivery.id == one.delivery_id).mark
        one.is_echoed = True
        self.receive(one.echo(mark if is_marked else None))

    def receive(self, item: dict[str, Any]) -> None:
        """Take an item in, in a body of its own."""
        self.office.receive(of_entries(entry(item) | {"time": self.tick()}))
        self.office.drain()

    def tick(self) -> int:
        """Let a moment pass, so that no two things happen at once; return a number of it."""
        self.moment.shift(timedelta(milliseconds=1))
        return int(clock.now().timestamp() * 1000)

    def open_calls(self) -> list[Exchange]:
        return [one for one in self.world.exchanges if one.can_be_taken]

    def unanswered(self) -> list[Exchange]:
        return [one for one in self.world.exchanges if not one.is_answered]

    def integration(self) -> Integration:
        return self.office.row(Integration)


def pick(of: list[Some], which: int) -> Some:
    """Return one of several, the last for 0."""
    return of[-1 - which % len(of)]
