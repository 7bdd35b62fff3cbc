"""What Meta sent, as text for people and as fixtures for tests; secrets are masked in both."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy.orm import Session

from app.channels import body, fixtures, masking
from app.inbox import ledger
from app.inbox.errors import Refused, Trouble
from app.models import ExternalEvent


def item_text(session: Session, event: ExternalEvent) -> str | None:
    """Return the item pretty-printed, None where the body holds none that can be read."""
    found = ledger.item(session, event)
    return None if found is None else pretty(found)


def body_text(session: Session, event: ExternalEvent) -> str:
    """Return the whole body pretty-printed; what is no webhook is shown as the text it is.

    For the operator alone: the body may hold items of several workspaces.
    """
    raw = ledger.raw_body(session, event)
    try:
        return pretty(masking.masked(_unwrapped(body.read(raw))))
    except body.Unreadable:
        text = raw.decode(json.detect_encoding(raw), "backslashreplace")
        return masking.masked_raw(text.replace("\0", "\\x00"))


def fixture(
    session: Session, event: ExternalEvent, *, whole: bool = False, anonymous: bool = False
) -> str:
    """Return a webhook body for a test: with the item alone, or the whole one.

    ``anonymous`` replaces ids, names and texts, the same by the same. Raises :class:`Refused`
    where the body is no webhook, so that nothing of it could be known to be harmless.
    """
    try:
        objects = body.read(ledger.raw_body(session, event))
        made = _unwrapped(objects) if whole else fixtures.alone(objects, event.path)
    except (body.Unreadable, LookupError):
        raise Refused(NO_FIXTURE) from None
    made = masking.masked(made)
    return pretty(fixtures.Anonymous().body(made) if anonymous else made) + "\n"


def pretty(value: object) -> str:
    """Return JSON as people read it."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _unwrapped(objects: list[dict[str, Any]]) -> Any:
    return objects[0] if len(objects) == 1 else objects


NO_FIXTURE = Trouble(
    message="This event cannot be made into a fixture.",
    explanation="What was stored is no webhook that can be read, so it cannot be taken apart.",
    next_step="Look at the whole body instead: bin/inlet events show ID --raw.",
    page="operations.md#look-at-what-meta-sent-and-apply-it-again",
)
