"""Secrets that a page shows once: kept encrypted in the session for the page that follows."""

from __future__ import annotations

from dataclasses import dataclass

from flask import session

from app.crypto import WrongKeyError
from app.installation import current

_KEY = "once"


@dataclass(frozen=True, slots=True)
class Shown:
    """A secret, and whose it is: a token's name, a person's."""

    secret: str
    whose: str


def keep(kind: str, secret: str, whose: str) -> None:
    """Keep a secret for the next page that asks for ``kind``."""
    session[_KEY] = [kind, current().vault.encrypt(secret), whose]


def take(kind: str) -> Shown | None:
    """Return the secret of ``kind`` that was kept, the first time this is asked."""
    kept = session.get(_KEY)
    if not kept or kept[0] != kind:
        return None
    del session[_KEY]
    try:
        return Shown(current().vault.decrypt(kept[1]), kept[2])
    except WrongKeyError:
        return None
