"""Profiles of the people who write, asked of Meta afterwards: a message never waits for one.

A contact says when its profile is due: as soon as it is made, and again when the person writes
and what is known is old. What Meta does not tell stays as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from app import clock
from app.channels import registry
from app.channels.base import Profile
from app.channels.faults import GraphFault, Permanent, Retryable, SendError
from app.channels.graph import Graph
from app.channels.pictures import NotFetched, Picture, Pictures
from app.crypto import WrongKeyError
from app.inbox.deliver import NO_TOKEN, sender_id
from app.inbox.keyring import Keyring
from app.inbox.profile_queue import Due, due, set_aside
from app.inbox.versions import raise_contact, raise_workspaces
from app.media_store import MediaStore
from app.models import Contact
from app.models.database import reading, writing

MAX_TRIES = 12
LONGEST_NAME = 200

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking: Meta's answer, and the picture where it was told of one.

    ``is_picture_kept`` says that the picture could not be fetched: the present one stays.
    """

    answer: Profile | SendError | None
    picture: Picture | None = None
    is_picture_kept: bool = False
    again_in: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Profiles:
    """Asks for the profiles that are due. Assume that two of these run at a time."""

    engine: Engine
    graph: Graph
    keyring: Keyring
    pictures: Pictures
    store: MediaStore

    def fetch(self, limit: int = 20) -> int:
        """Ask Meta for up to ``limit`` profiles that are due; return how many that were.

        No database connection is held during the calls. Where Meta cannot be reached for one
        person of an integration, or slows it down, its others wait as well.
        """
        with reading(self.engine) as session:
            found, impossible = due(session, self.keyring)
        if impossible:
            with writing(self.engine) as session:
                set_aside(session, impossible)
        waiting = found[:limit]
        resting: dict[int, Retryable] = {}
        for one in waiting:
            asked = self._ask(one, resting.get(one.integration.id))
            if isinstance(asked.answer, Retryable):
                resting[one.integration.id] = asked.answer
            self._keep(one, asked)
        return len(waiting)

    def _ask(self, one: Due, known: Retryable | None) -> Asked:
        answer = known or self._answer(one)
        if isinstance(answer, SendError):
            log.info("profile_not_fetched", contact_id=one.contact_id, code=answer.fault.code)
            return Asked(answer, again_in=pause(answer, one.tries))
        if answer is None or not (answer.name or answer.username):
            return Asked(None)  # an empty profile says nothing
        if answer.picture_url is None:
            return Asked(answer)
        try:
            picture = self.pictures.fetch(answer.picture_url, one.integration.base_url)
        except NotFetched as problem:
            log.info("picture_not_fetched", contact_id=one.contact_id, reason=str(problem))
            again = pause(None, one.tries) if problem.is_passing else None
            return Asked(answer, is_picture_kept=True, again_in=again)
        return Asked(answer, picture)

    def _answer(self, one: Due) -> Profile | SendError | None:
        try:
            who = self.keyring.credentials(one.integration, sender_id(one.integration))
        except WrongKeyError as problem:
            return Permanent(GraphFault(str(problem)))
        if who is None:
            return Permanent(GraphFault(NO_TOKEN, code=190))
        try:
            return registry.channel(one.channel).profile(self.graph, who, one.person)
        except SendError as error:
            return error

    def _keep(self, one: Due, asked: Asked) -> None:
        picture = asked.picture
        owner = f"contact:{one.contact_id}"
        name = self.store.put(owner, picture.data, picture.kind) if picture else None
        with writing(self.engine) as session:
            replaced = note(session, one, asked, name)
        if replaced is not None:
            self.store.delete(replaced)


def note(session: Session, one: Due, asked: Asked, picture: str | None) -> str | None:
    """Write what Meta told; return the name of a picture that nobody needs any more."""
    contact = session.get(Contact, one.contact_id)
    if contact is None:
        return picture
    before = contact.picture
    told = _told(asked, picture)
    changed = {key: value for key, value in told.items() if getattr(contact, key) != value}
    if changed:
        # First the conversations, then the contact: the order in which messages are applied.
        raise_contact(session, one.workspace_id, one.contact_id)
        raise_workspaces(session, [one.workspace_id])
    person = update(Contact).where(Contact.id == one.contact_id)
    session.execute(person.values(changed | _next(asked, one.tries)))
    return before if "picture" in changed else None


def pause(error: SendError | None, tries: int) -> timedelta | None:
    """Return how long to wait after ``tries`` earlier failures; None: until the person writes.

    A passing failure (None: of the picture) waits a minute, longer each time, and as long as
    Meta asks; any other a day, for somebody may mend it.
    """
    if tries + 1 >= MAX_TRIES:
        return None
    if error is not None and not isinstance(error, Retryable):
        return timedelta(days=1)
    asked = min(error.fault.retry_after or 0.0, 86_400.0) if error else 0.0
    return timedelta(seconds=max(min(60.0 * 2**tries, 21_600.0), asked))


def _told(asked: Asked, picture: str | None) -> dict[str, object]:
    """Return the columns that Meta's answer fills."""
    profile = asked.answer
    if not isinstance(profile, Profile):
        return {}
    told: dict[str, object] = {
        "name": profile.name and profile.name[:LONGEST_NAME],
        "username": profile.username and profile.username[:LONGEST_NAME],
        "follower_count": profile.follower_count,
    }
    return told if asked.is_picture_kept else told | {"picture": picture}


def _next(asked: Asked, tries: int) -> dict[str, datetime | int | None]:
    """Return when the profile is due again; a try that comes to an end is a check."""
    now = clock.now()
    if asked.again_in is not None:
        return {"profile_due_at": now + asked.again_in, "profile_tries": tries + 1}
    return {"profile_due_at": None, "profile_tries": 0, "profile_checked_at": now}
