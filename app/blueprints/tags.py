"""Tags of the parts that browsers poll: the same tag, the same part."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from flask import Response, request

from app import clock
from app.blueprints.access import caller
from app.locale import select_locale, select_zone
from app.models.states import Role

TAG_HEADER = "HX-PTag"


class Viewer(NamedTuple):
    """For whom a part is drawn: where they are, as what, and how texts and times are written."""

    workspace_id: int
    user_id: int | None
    role: Role
    language: str
    zone: str | None


def viewer() -> Viewer:
    """Return the caller as the one for whom a part is drawn."""
    found = caller()
    user_id = found.user.id if found.user else None
    return Viewer(found.workspace_id, user_id, found.role, select_locale(), select_zone())


def tag(who: Viewer, *parts: object) -> str:
    """Return a short digest; the minute is in it because times and countdowns are shown."""
    minute = int(clock.now().timestamp()) // 60
    words = repr((*parts, *who, minute))
    return hashlib.sha256(words.encode()).hexdigest()[:20]


def is_held(tag: str) -> bool:
    """Say whether the browser holds ``tag`` already."""
    return request.headers.get(TAG_HEADER) == tag


def unchanged(tag: str) -> Response | None:
    """Return an empty 304 where the browser holds ``tag`` already, else None."""
    return Response(status=304, headers={TAG_HEADER: tag}) if is_held(tag) else None
