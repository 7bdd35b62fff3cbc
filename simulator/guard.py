"""Who may press a button or call the control API: people and programs on this machine.

The Graph API is open to whoever has a token, and the pages may be read: they tell no secret.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Request, Response, current_app, jsonify, make_response, request

READING = {"GET", "HEAD", "OPTIONS"}
OUR_PAGES = {"same-origin", "none"}


def refuse_strangers() -> Response | None:
    """A 403 for who is not on this machine, or comes by way of another site's page."""
    controls = request.path.startswith("/control/")
    if request.path.startswith("/graph.") or (request.method in READING and not controls):
        return None
    reason = _objection(request, anywhere=current_app.config["BUTTONS_FOR_ALL"] and not controls)
    if reason is None:
        return None
    return make_response(jsonify(error=reason) if controls else reason, 403)


def _objection(asking: Request, *, anywhere: bool) -> str | None:
    """Why this request may not change or read the world; None: it may.

    A page of another site can send requests from a browser on this machine, also under a name of
    its own that leads to 127.0.0.1; a page on another port of this machine counts as another site.
    """
    if not anywhere and not (_is_loopback(asking.remote_addr) and _is_here(asking.host)):
        return "The control API and the buttons answer programs on this machine only."
    origin = asking.headers.get("Origin")
    if asking.headers.get("Sec-Fetch-Site", "none") not in OUR_PAGES or (
        origin is not None and origin != asking.host_url.rstrip("/")
    ):
        return "Another site's page may not press these buttons."
    return None


def _is_here(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    return name == "localhost" or _is_loopback(name)


def _is_loopback(address: str | None) -> bool:
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False
