"""Reading a conversation at Meta's, to find a message of which nobody knows whether it was sent.

What is not there proves nothing, also where Meta shows later messages: it may take a message
late, and shows what it likes. So a look only ever settles a message as sent; that it was not is
for a person to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session, joinedload

from app import clock
from app.channels import registry
from app.channels.faults import GraphFault, Permanent, SendError
from app.channels.graph import Graph
from app.channels.past import PastMessage
from app.crypto import WrongKeyError
from app.inbox import settle
from app.inbox.deliver import NO_TOKEN, sender_id
from app.inbox.evidence import Seen, proven
from app.inbox.keyring import Keyring
from app.inbox.look_times import next_look
from app.inbox.steps import note
from app.inbox.versions import raise_versions
from app.models import ChannelAccount, Conversation, Delivery, Integration, Message
from app.models.database import reading, writing
from app.models.outbox import DELIVERY_IS_OPEN, DELIVERY_IS_TO_LOOK_FOR, DELIVERY_IS_UNDECIDED
from app.models.states import DeliveryState, Evidence, StepKind

MOST = 5
"""Conversations in a round, each of another account: Meta takes two such calls a second of one."""
MOST_LOOKED_AT = 200
LOOK_TAKES = timedelta(seconds=30)
"""Until then nobody else looks into the same conversation."""

log = structlog.get_logger()
Answer = Sequence[PastMessage] | SendError


@dataclass(frozen=True, slots=True)
class Look:
    """A conversation that is to be read, and by whom."""

    conversation_id: int
    channel: str
    person: str
    integration: Integration | None


@dataclass(frozen=True, slots=True)
class Looks:
    """Reads the conversations that are due. Assume that two of these run at a time."""

    engine: Engine
    graph: Graph
    keyring: Keyring

    def look(self) -> int:
        """Read up to :data:`MOST` conversations and return how many that were.

        No database connection is held during the calls.
        """
        with reading(self.engine) as session:
            found = due(session)
        return sum(self._look(one) for one in found)

    def _look(self, one: Look) -> bool:
        with writing(self.engine) as session:
            if not take(session, one.conversation_id):
                return False
        answer = self._ask(one)
        with writing(self.engine) as session:
            found = finish(session, one.conversation_id, answer)
        log.info("looked_for_messages", conversation_id=one.conversation_id, found=found)
        return True

    def _ask(self, one: Look) -> Answer:
        if one.integration is None:
            return Permanent(GraphFault(NO_TOKEN, name="no-token"))
        try:
            who = self.keyring.credentials(one.integration, sender_id(one.integration))
        except WrongKeyError as problem:
            return Permanent(GraphFault(str(problem), name="secret-unreadable"))
        if who is None:
            return Permanent(GraphFault(NO_TOKEN, name="no-token"))
        try:
            return registry.channel(one.channel).history(self.graph, who, one.person)
        except SendError as error:
            return error


def due(session: Session) -> list[Look]:
    """Return the conversations to read now, the longest due first, one of each account."""
    first = (
        select(Delivery.conversation_id, Delivery.next_look_at)
        .where(DELIVERY_IS_TO_LOOK_FOR, Delivery.next_look_at <= clock.now())
        .order_by(Delivery.next_look_at)
        .limit(MOST_LOOKED_AT)
        .subquery()
    )
    query = (
        select(Conversation, Integration)
        .join(first, first.c.conversation_id == Conversation.id)
        .join(Conversation.account)
        .outerjoin(ChannelAccount.integration)
        .options(joinedload(Conversation.identity))
        .order_by(first.c.next_look_at)
    )
    looks: dict[int, Look] = {}
    for one, integration in session.execute(query):
        look = Look(one.id, one.channel, one.identity.value, integration)
        looks.setdefault(one.account_id, look)
    return list(looks.values())[:MOST]


def take(session: Session, conversation_id: int) -> bool:
    """Keep others from reading the conversation meanwhile; False where one does so already."""
    now = clock.now()
    mine = update(Delivery).where(
        DELIVERY_IS_TO_LOOK_FOR,
        Delivery.conversation_id == conversation_id,
        Delivery.next_look_at <= now,
    )
    taken = session.execute(
        mine.values(next_look_at=now + LOOK_TAKES).returning(Delivery.id),
        execution_options={"synchronize_session": False},
    )
    return bool(taken.all())


def finish(session: Session, conversation_id: int, answer: Answer) -> int:
    """Settle what the conversation proves as sent and return how many messages that were.

    What is not there is noted, and looked for again at its next time.
    """
    lock = select(Conversation.id).where(Conversation.id == conversation_id).with_for_update()
    session.execute(lock)
    if _is_sending(session, conversation_id):
        return 0  # what is there may be that one; the look is repeated after LOOK_TAKES
    undecided = list(
        session.scalars(
            select(Delivery)
            .where(DELIVERY_IS_UNDECIDED, Delivery.conversation_id == conversation_id)
            .options(joinedload(Delivery.message))
            .order_by(Delivery.id)
        )
    )
    found = [] if isinstance(answer, SendError) else _settle(session, undecided, answer)
    for one in undecided:
        if one not in found and one.state == DeliveryState.UNCONFIRMED:
            _note_nothing(session, one, answer)
    return len(found)


def _is_sending(session: Session, conversation_id: int) -> bool:
    sending = select(Delivery.id).where(
        DELIVERY_IS_OPEN,
        Delivery.conversation_id == conversation_id,
        Delivery.state == DeliveryState.SENDING,
    )
    return session.scalar(sending.limit(1)) is not None


def _settle(
    session: Session, undecided: Sequence[Delivery], past: Iterable[PastMessage]
) -> list[Delivery]:
    ours = [one for one in past if one.by_us]
    known = _known_ids(session, undecided, [one.external_id for one in ours])
    found: list[Delivery] = []
    for one in ours:
        if one.external_id in known:
            continue
        seen = Seen(one.external_id, one.text, one.occurred_at)
        delivery = proven((left for left in undecided if left not in found), seen)
        if delivery is not None:
            settle.confirm(session, delivery, one.external_id, one.occurred_at, Evidence.HISTORY)
            note(session, delivery, StepKind.FOUND)
            found.append(delivery)
    return found


def _known_ids(
    session: Session, undecided: Sequence[Delivery], external_ids: Sequence[str]
) -> set[str | None]:
    accounts = {one.account_id for one in undecided}
    known = select(Message.external_id).where(
        Message.account_id.in_(accounts), Message.external_id.in_(external_ids)
    )
    return set(session.scalars(known))


def _note_nothing(session: Session, delivery: Delivery, answer: Answer) -> None:
    if isinstance(answer, SendError):
        note(session, delivery, StepKind.UNREADABLE, detail=answer.fault.message)
    else:
        note(session, delivery, StepKind.ABSENT)
    delivery.next_look_at = next_look(delivery.sending_at, clock.now())
    raise_versions(session, delivery.conversation_id, delivery.workspace_id)
