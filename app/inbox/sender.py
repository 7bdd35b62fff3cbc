"""Sending what was claimed: the calls to Meta, and around them the steps in the database.

Calls are made side by side. Those that begin together, and those whose answers come while others
are written down, share a transaction.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Engine

from app import clock
from app.channels import registry
from app.channels.base import Sent
from app.channels.faults import SendError
from app.channels.graph import Graph
from app.inbox import broken, deliver, refusals, slowing
from app.inbox.deliver import Answered, Call, Dead
from app.inbox.desk import Desk
from app.inbox.keyring import Keyring
from app.models.database import is_away, persist

BEGIN_PATIENCE = 10.0
"""Seconds for which a beginning is tried again while the database is away.

Soon after, the claims are taken back anyway.
"""
PATIENCE = math.inf
"""The same once Meta answered: nobody else knows the answer, so it waits for the database."""
BATCH_PATIENCE = 30.0
"""The same for answers that are written together; after that each waits by itself."""

log = structlog.get_logger()


class Sender(Desk[Answered]):
    """Sends over one database and one way to Meta; may be used by many threads."""

    def __init__(self, engine: Engine, graph: Graph, keyring: Keyring) -> None:
        """Take the database, the way to Meta and what opens the tokens."""
        super().__init__(is_patient=True)
        self._engine = engine
        self._graph = graph
        self._keyring = keyring

    def begin(self, delivery_ids: Collection[int]) -> list[Call]:
        """Note that the calls of claimed deliveries begin and return those that are to be made.

        They must be made at once: what is found as it is then counts as unconfirmed later.
        """
        calls, dead = self._begin(delivery_ids, BEGIN_PATIENCE)
        if dead:
            calls += self._begin_again(dead, set(delivery_ids) - {one.delivery_id for one in calls})
        return calls

    def send(self, call: Call) -> None:
        """Make a call and settle its delivery; nobody but this knows Meta's answer."""
        began = time.monotonic()
        try:
            answer: Sent | SendError = registry.channel(call.channel).send(
                self._graph, call.who, call.out
            )
        except SendError as error:
            answer = error
        took = timedelta(seconds=time.monotonic() - began)
        try:
            if isinstance(answer, SendError) and refusals.is_unknown(answer):
                answer = self._judged(call, answer)
            if isinstance(answer, SendError) and broken.breaks_connection(answer, call.out.to):
                dead = Dead(call.integration_id, call.access_token, answer.fault)
                self.break_off(dead, PATIENCE)
        finally:
            self.hand_in(Answered(call, answer, took))
        if wait := slowing.app_pause(answer, call.attempt):
            self._pause_app(call, wait)

    def break_off(self, dead: Dead, patience: float) -> None:
        """Send nothing more over a connection with the token that failed.

        ``patience`` are seconds for which that is tried again while the database is away.
        """
        step = partial(
            broken.break_off,
            integration_id=dead.integration_id,
            access_token=dead.access_token,
            fault=dead.fault,
        )
        persist(self._engine, step, patience)
        log.warning("connection_broken", integration_id=dead.integration_id, code=dead.fault.code)

    def write(self, things: list[Answered]) -> Exception | None:
        """Settle what was answered in one transaction; where that fails, each in its own."""
        try:
            patience = BATCH_PATIENCE if len(things) > 1 else PATIENCE
            persist(self._engine, partial(deliver.finish, answered=things), patience)
        except Exception as problem:  # noqa: BLE001 - raised to who waits, or logged below
            if len(things) == 1:
                return problem
            log.warning("answers_not_settled_together", count=len(things), error=str(problem))
            for one in things:
                self._write_alone(one)
        return None

    def _write_alone(self, answered: Answered) -> None:
        try:
            persist(self._engine, partial(deliver.finish, answered=[answered]), PATIENCE)
        except Exception:
            log.exception("answer_not_settled", delivery_id=answered.call.delivery_id)

    def _begin(
        self, delivery_ids: Collection[int], patience: float
    ) -> tuple[list[Call], list[Dead]]:
        """Begin in one transaction; where that fails, each in its own."""
        at = clock.now()
        try:
            found = self._begin_together(delivery_ids, at, patience)
        except Exception as problem:
            if is_away(problem):
                raise
            log.warning("not_begun_together", count=len(delivery_ids), error=str(problem))
            found = self._begin_each(delivery_ids, at)
        calls = [one for one in found if isinstance(one, Call)]
        return calls, [one for one in found if isinstance(one, Dead)]

    def _begin_together(
        self, delivery_ids: Collection[int], at: datetime, patience: float
    ) -> list[Call | Dead]:
        step = partial(deliver.begin, keyring=self._keyring, delivery_ids=delivery_ids, at=at)
        return persist(self._engine, step, patience)

    def _begin_each(self, delivery_ids: Collection[int], at: datetime) -> list[Call | Dead]:
        """Begin each alone, and wait for nothing: the calls that have begun are to be made.

        Where the database goes away, the others' claims become stale.
        """
        found: list[Call | Dead] = []
        for each in delivery_ids:
            try:
                found += self._begin_together([each], at, 0.0)
            except Exception as problem:
                log.exception("send_not_begun", delivery_id=each)
                if is_away(problem):
                    break
                self._note_not_begun(each, type(problem).__name__)
        return found

    def _note_not_begun(self, delivery_id: int, problem: str) -> None:
        """Count a call that could not begin; where that fails too, its claim becomes stale."""
        step = partial(deliver.not_begun, delivery_id=delivery_id, problem=problem)
        try:
            persist(self._engine, step, 0.0)
        except Exception:
            log.exception("not_begun_not_noted", delivery_id=delivery_id)

    def _begin_again(self, dead: Collection[Dead], delivery_ids: Collection[int]) -> list[Call]:
        """Begin the rest once it is known over which connections nothing can be sent.

        A failure is logged only, and nothing is waited for: nobody else would make the calls that
        have begun. The rest is claimed again.
        """
        try:
            for one in dead:
                self.break_off(one, patience=0.0)
            return self._begin(delivery_ids, 0.0)[0]
        except Exception:
            log.exception("connection_not_broken_off", deliveries=len(delivery_ids))
            return []

    def _judged(self, call: Call, error: SendError) -> SendError:
        """Return an error that may be about one customer, or all, as what it is taken for."""
        step = partial(
            refusals.is_last_in_row,
            delivery_id=call.delivery_id,
            integration_id=call.integration_id,
        )
        return refusals.of_account(error) if persist(self._engine, step, PATIENCE) else error

    def _pause_app(self, call: Call, wait: timedelta) -> None:
        step = partial(
            slowing.pause_app,
            keyring=self._keyring,
            integration_id=call.integration_id,
            until=clock.now() + wait,
        )
        persist(self._engine, step, PATIENCE)
