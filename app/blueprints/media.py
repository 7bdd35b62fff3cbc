"""Our copies of pictures, for the members of the workspace that they belong to."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from app.blueprints.access import caller, needs
from app.extensions import reader
from app.inbox import contacts
from app.inbox.errors import NotFound
from app.inbox.permissions import Permission
from app.installation import current

bp = Blueprint("media", __name__, url_prefix="/media")

CONTENT_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
KEEP = "private, max-age=31536000, immutable"


@bp.get("/contacts/<int:contact_id>/picture")
@needs(Permission.READ_INBOX)
def picture(contact_id: int) -> Response:
    """Return the profile picture; under its present name (``v``) browsers keep it for good.

    Whatever the bytes are, a browser takes them for a picture of our choice or for nothing.
    """
    name = contacts.find(reader(), caller().workspace_id, contact_id).picture or ""
    try:
        with current().media.open(name) as file:
            data = file.read()
    except FileNotFoundError:
        raise NotFound from None
    answer = Response(data, content_type=CONTENT_TYPES[name.rpartition(".")[2]])
    is_current = request.args.get("v") == name[:12]
    answer.headers["Cache-Control"] = KEEP if is_current else "private, no-cache"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


@bp.errorhandler(401)
def not_logged_in(_error: HTTPException) -> Response:
    """Refuse without a page: nobody looks at it."""
    return Response(status=401)
