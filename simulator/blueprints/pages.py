"""What every page shares. All forms work without JavaScript."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, render_template, request

from simulator import panel
from simulator.lively import current_lively
from simulator.world import World, current


def page_blueprint(name: str) -> Blueprint:
    """A part of the pages; its templates know the inbox and which switches are on."""
    bp = Blueprint(name, __name__)
    bp.context_processor(_everywhere)
    return bp


def _everywhere() -> dict[str, Any]:
    world = current()
    return {
        "inbox_url": inbox_url(world),
        "active": panel.active(world),
        "lively": current_lively().state(),
    }


def inbox_url(world: World) -> str | None:
    """Where the inbox is; without a word on it, the origin of the callback."""
    app = world.store.app()
    parts = urlsplit(app.callback_url or "")
    origin = f"{parts.scheme}://{parts.netloc}/" if parts.netloc else None
    return app.inbox_url or origin


def live(template: str, also: object = "", **values: object) -> Response:
    """A page that the script asks for again and again: unchanged is an empty 304.

    `also` is what the page shows beside the world.
    """
    world = current()
    tag = f"{world.version}-{current_lively().running}-{also}"
    if request.if_none_match.contains(tag):
        return Response(status=304)
    response = make_response(render_template(template, **values))
    response.set_etag(tag)
    response.cache_control.no_cache = True
    return response
