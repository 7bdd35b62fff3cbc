"""What a call to the Graph API asks for, and the note of it for the page that shows what passed."""

import json
import time
from typing import Any

from flask import Request, Response, g, request

from simulator import errors
from simulator.errors import GraphError
from simulator.world import current


def body_of(request: Request) -> dict[str, Any]:
    """JSON, or form fields whose values are JSON where they can be. Raises GraphError."""
    if request.is_json:
        try:
            found = json.loads(request.get_data() or b"{}")
        except (ValueError, RecursionError):
            raise GraphError(errors.invalid("Invalid JSON in the request body")) from None
        return found if isinstance(found, dict) else {}
    return {key: _parsed(value) for key, value in request.form.items()}


def _parsed(value: str) -> object:
    if not value.startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def note(response: Response) -> Response:
    """Write the call down; `g.arrived` is when it came."""
    try:
        body = body_of(request)
    except GraphError:
        body = {"body": request.get_data(as_text=True)}
    asked = (request.method, request.path.lstrip("/"), {**request.args.to_dict(), **body})
    ms = round((time.time() - g.arrived) * 1000)
    answered = (response.status_code, response.get_data(as_text=True))
    current().journal.write(g.arrived, ms, asked, answered)
    return response
