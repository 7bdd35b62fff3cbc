"""Ways in that work once: a code for the first person, links for colleagues."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, joinedload

from app import clock
from app.inbox.errors import Refused, Trouble
from app.models import OneTimeCode

SETUP_LIFE = timedelta(hours=24)
WELCOME_LIFE = timedelta(days=7)
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # none that looks like another
_GROUPS, _GROUP = 4, 4


def make_setup_code(session: Session) -> str:
    """Make the code for the first person and return it; earlier ones no longer work."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    code = "-".join(groups)
    _replace(session, _plain(code), None, SETUP_LIFE)
    return code


def make_welcome_code(session: Session, user_id: int) -> str:
    """Make the code with which a person chooses a password; their earlier ones no longer work."""
    code = secrets.token_urlsafe(32)
    _replace(session, code, user_id, WELCOME_LIFE)
    return code


def claim_setup_code(session: Session, code: str) -> None:
    """Use up the code for the first person. Raises :class:`Refused` where it does not work."""
    _claim(session, _find(session, _plain(code), is_setup=True, trouble=_WRONG_SETUP), _OLD_SETUP)


def find_welcome_code(session: Session, code: str) -> OneTimeCode:
    """Return a code that still works, with its user. Raises :class:`Refused`."""
    found = _find(session, code, is_setup=False, trouble=_WRONG_WELCOME)
    if found.used_at or found.expires_at <= clock.now():
        raise Refused(_OLD_WELCOME)
    return found


def claim_welcome_code(session: Session, code: str) -> OneTimeCode:
    """Use up a person's code and return it, with its user. Raises :class:`Refused`."""
    found = find_welcome_code(session, code)
    _claim(session, found, _OLD_WELCOME)
    return found


def void(session: Session, user_id: int | None) -> None:
    """Have the codes of a person that were not used work no longer; None: the first person's."""
    theirs = OneTimeCode.user_id.is_(None) if user_id is None else OneTimeCode.user_id == user_id
    session.execute(delete(OneTimeCode).where(theirs, OneTimeCode.used_at.is_(None)))


def _replace(session: Session, code: str, user_id: int | None, life: timedelta) -> None:
    void(session, user_id)
    expires_at = clock.now() + life
    session.add(OneTimeCode(digest=_digest(code), user_id=user_id, expires_at=expires_at))
    session.flush()


def _find(session: Session, code: str, *, is_setup: bool, trouble: Trouble) -> OneTimeCode:
    """Return a code, where it is its person's newest: two may have been made at once."""
    found = session.scalar(
        select(OneTimeCode)
        .where(OneTimeCode.digest == _digest(code))
        .options(joinedload(OneTimeCode.user))
    )
    if found is None or (found.user_id is None) != is_setup or not _is_newest(session, found):
        raise Refused(trouble)
    return found


def _is_newest(session: Session, code: OneTimeCode) -> bool:
    theirs = OneTimeCode.user_id.is_not_distinct_from(code.user_id)
    return session.scalar(select(func.max(OneTimeCode.id)).where(theirs)) == code.id


def _claim(session: Session, found: OneTimeCode, too_late: Trouble) -> None:
    """Mark a code as used; of two at once the row lets one through."""
    moment = clock.now()
    still = (OneTimeCode.used_at.is_(None), OneTimeCode.expires_at > moment)
    claim = update(OneTimeCode).where(OneTimeCode.id == found.id, *still).values(used_at=moment)
    if session.execute(claim).rowcount != 1:  # type: ignore[attr-defined]
        raise Refused(too_late)


def _plain(code: str) -> str:
    return "".join(letter for letter in code.upper() if letter.isalnum())


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.encode("utf-8", "replace")).digest()


_WRONG_SETUP = Trouble(
    message="This is not the code that Inlet printed.",
    explanation="Each start prints a new code, and the ones before it stop working.",
    next_step="Copy the code of the latest start, or make one: bin/inlet users setup-code",
    page="troubleshooting.md#setup-code",
)
_OLD_SETUP = Trouble(
    message="This code no longer works.",
    explanation="A code works once, and for 24 hours.",
    next_step="Start Inlet again, or make a new one: bin/inlet users setup-code",
    page="troubleshooting.md#setup-code",
)
_WRONG_WELCOME = Trouble(
    message="This link does not work.",
    explanation="It was cut off on its way, or a newer link has taken its place.",
    next_step="Ask an admin of your workspace for a new one.",
    page="people.md#links",
)
_OLD_WELCOME = Trouble(
    message="This link no longer works.",
    explanation="A link works once, and for seven days.",
    next_step="Log in with your password, or ask an admin of your workspace for a new link.",
    page="people.md#links",
)
