"""Tags of the parts that browsers poll: the same tag, the same part."""

from __future__ import annotations

import hashlib

from flask import Response, request

from app import clock
from app.blueprints.access import caller
from app.locale import language_and_zone

TAG_HEADER = "HX-PTag"


def tag(*parts: object) -> str:
    """Return a short digest; the minute is in it because times and countdowns are shown."""
    found = caller()
    minute = int(clock.now().timestamp()) // 60
    who = (found.workspace_id, found.user.id if found.user else None, found.role)
    words = repr((*parts, who, language_and_zone(), minute))
    return hashlib.sha256(words.encode()).hexdigest()[:20]


def unchanged(tag: str) -> Response | None:
    """Return an empty 304 where the browser holds ``tag`` already, else None."""
    if request.headers.get(TAG_HEADER) != tag:
        return None
    return Response(status=304, headers={TAG_HEADER: tag})
