"""Filling gaps: what Meta has in its conversations and never delivered goes into the log.

The drain applies it from there like all else, so that a webhook that comes late is a duplicate
and an answer whose fate nobody knew is settled. Killed half-way, a repair goes on with the
conversation it had reached; one that is read twice brings nothing twice.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine, exists, select
from sqlalchemy.orm import Session

from app import clock
from app.channels import registry
from app.channels.base import Channel, Credentials
from app.channels.faults import Permanent, Retryable, SendError, Unauthorized
from app.channels.graph import Graph
from app.channels.past import PastConversation, PastMessage
from app.crypto import WrongKeyError
from app.inbox import lease, repair
from app.inbox.deliver import sender_id
from app.inbox.ingest import asked_for
from app.inbox.keyring import Keyring
from app.inbox.missing import missing
from app.inbox.repair import Result
from app.inbox.token_check import Told
from app.models import ChannelAccount, ExternalEventLog, Message
from app.models.database import reading, writing

LEASE = "repair"
LEASE_LENGTH = timedelta(seconds=20)
"""Longer than a call to Meta takes."""
MARGIN = timedelta(minutes=5)
"""So much earlier is looked, for Meta's clock may differ from ours."""
MAX_PAGES = 40
"""So many pages of changed conversations are looked at: about two thousand."""
AGAIN = timedelta(minutes=1)
"""After an answer that passes; where Meta asks for more, that."""
LATER = timedelta(hours=6)
"""After a refusal that somebody must mend."""

log = structlog.get_logger()


@dataclass(slots=True)
class _Job:
    """The repair of one account."""

    account_id: int
    external_id: str
    ours: frozenset[str]
    channel: Channel
    who: Credentials
    since: datetime
    reached: datetime | None
    due_at: datetime
    result: Result


@dataclass(frozen=True, slots=True)
class Repairs:
    """Repairs the accounts that are due. One process at a time does."""

    engine: Engine
    graph: Graph
    keyring: Keyring
    holder: str = field(default_factory=lambda: uuid.uuid4().hex)

    def work(self) -> Iterator[None]:
        """Repair what is due, yielding after each call to Meta: two a second are allowed.

        No database connection is held during the calls.
        """
        with reading(self.engine) as session:
            waiting = repair.due(session)
        for account_id in waiting:
            job = self._begin(account_id)
            if job is None:
                continue
            try:
                yield from self._repair(job)
            except SendError as error:
                self._put_off(job, error)
            except lease.LeaseLost:
                log.warning("repair_lease_lost", account_id=account_id)
                return
            finally:
                with writing(self.engine) as session:
                    lease.release(session, LEASE, self.holder)

    def _begin(self, account_id: int) -> _Job | None:
        """Take the role and return what is to be done; None where somebody else does it."""
        with writing(self.engine) as session:
            if not lease.acquire(session, LEASE, self.holder, LEASE_LENGTH):
                return None
            account = session.get_one(ChannelAccount, account_id)
            return _job(session, account, self.keyring)

    def _repair(self, job: _Job) -> Iterator[None]:
        conversations: list[PastConversation] = []
        after: str | None = None
        for _ in range(MAX_PAGES):
            page = job.channel.changed(self.graph, job.who, job.since - MARGIN, after)
            conversations += page.conversations
            after = page.next_after
            self._keep_role()
            yield
            if after is None:
                break
        job.result.is_cut = after is not None
        for one in sorted(conversations, key=lambda one: one.changed_at):
            if job.reached is None or one.changed_at >= job.reached:
                yield from self._read(job, one)
        self._end(job)

    def _read(self, job: _Job, conversation: PastConversation) -> Iterator[None]:
        """Read one conversation; one that Meta does not show holds up no other."""
        for person in conversation.participants:
            if person in job.ours:
                continue
            messages: Sequence[PastMessage] = ()
            try:
                messages = job.channel.history(self.graph, job.who, person)
            except Unauthorized:
                raise
            except Permanent as error:
                log.info("conversation_not_read", account_id=job.account_id, error=str(error))
                job.result.unread += 1
            with writing(self.engine) as session:
                lease.renew(session, LEASE, self.holder, LEASE_LENGTH)
                _keep(session, job, messages)
                repair.note(session, job.account_id, job.result, conversation.changed_at)
            yield

    def _keep_role(self) -> None:
        with writing(self.engine) as session:
            lease.renew(session, LEASE, self.holder, LEASE_LENGTH)

    def _end(self, job: _Job) -> None:
        with writing(self.engine) as session:
            repair.note(session, job.account_id, job.result, None)
            is_done = repair.end(session, job.account_id, job.due_at)
        log.info(
            "gap_repaired",
            account_id=job.account_id,
            messages=job.result.messages,
            conversations=job.result.conversations,
            gaps=job.result.gaps,
            asked_anew=not is_done,
        )

    def _put_off(self, job: _Job, error: SendError) -> None:
        passes = isinstance(error, Retryable)
        asked = timedelta(seconds=min(error.fault.retry_after or 0.0, 86_400.0))
        until = clock.now() + (max(AGAIN, asked) if passes else LATER)
        told = Told.refused(error)
        job.result.problem, job.result.metas_words = told.problem, told.metas_words
        with writing(self.engine) as session:
            repair.note(session, job.account_id, job.result, None)
            repair.put_off(session, job.account_id, job.due_at, until)
        log.warning("repair_put_off", account_id=job.account_id, code=error.fault.code)


def _job(session: Session, account: ChannelAccount, keyring: Keyring) -> _Job | None:
    """Return what is to be done for an account; None where Meta cannot be asked."""
    integration, since, due_at = account.integration, account.repair_from, account.repair_due_at
    if integration is None or since is None or due_at is None:
        return None
    try:
        who = keyring.credentials(integration, sender_id(integration))
    except WrongKeyError:
        who = None
    if who is None:
        repair.put_off(session, account.id, due_at, clock.now() + LATER)
        return None
    goes_on = account.repair_reached is not None
    result = (repair.last(account) if goes_on else None) or Result()
    return _Job(
        account_id=account.id,
        external_id=account.external_id,
        ours=frozenset(one.external_id for one in account.addresses),
        channel=registry.channel(account.channel),
        who=who,
        since=since,
        reached=account.repair_reached,
        due_at=due_at,
        result=result.model_copy(update={"problem": None, "metas_words": None}),
    )


def _keep(session: Session, job: _Job, messages: Sequence[PastMessage]) -> None:
    """Put what is missing of a conversation into the log, as one body."""
    ids = [one.external_id for one in messages]
    query = select(Message.external_id, Message.position_at).where(
        Message.account_id == job.account_id, Message.external_id.in_(ids)
    )
    known = {external_id or "": place for external_id, place in session.execute(query)}
    found = missing(messages, known, job.since - MARGIN, job.channel.history_size)
    if found and _store(session, job, job.channel.history_body(job.external_id, found)):
        job.result.conversations += 1
        job.result.messages += len(found)
        job.result.gaps += found[0].after_gap


def _store(session: Session, job: _Job, body: bytes) -> bool:
    """Store a body that was asked for; False where the same waits already or was applied."""
    digest, verified_by = hashlib.sha256(body).digest(), asked_for(job.account_id)
    log_ = ExternalEventLog
    is_there = exists().where(log_.digest == digest, log_.verified_by == verified_by)
    if session.scalar(select(is_there)):
        return False
    now = clock.now()
    session.add(
        log_(
            endpoint=job.channel.kind,
            body=body,
            digest=digest,
            verified_by=verified_by,
            source="history",
            received_at=now,
            last_received_at=now,
        )
    )
    return True
