"""The frame of the settings: which pages there are, and for whom."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Flask, Response, abort, redirect, request, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as AnyResponse

from app.blueprints import people, profile, setup, tokens, welcome, workspaces
from app.blueprints.access import caller, needs
from app.blueprints.inbox import log_in_first
from app.inbox.permissions import Permission

bp = Blueprint("settings", __name__)


@dataclass(frozen=True, slots=True)
class Section:
    """A page of the settings; ``permission`` is what a person needs to see it."""

    endpoint: str
    words: str
    icon: str
    permission: Permission

    @property
    def url(self) -> str:
        """Return the address of the page."""
        return url_for(self.endpoint)

    @property
    def is_open(self) -> bool:
        """Say whether the request is for this page or a part of it."""
        return request.path.startswith(self.url)


SECTIONS = (
    Section("profile.page", _("Profile"), "person", Permission.READ_INBOX),
    Section("people.page", _("People"), "people", Permission.SEE_PEOPLE),
    Section("workspaces.page", _("Workspaces"), "workspace", Permission.MANAGE_WORKSPACE),
    Section("tokens.page", _("API tokens"), "key", Permission.MANAGE_TOKENS),
    Section("connections.page", _("Connections"), "plug", Permission.MANAGE_CONNECTIONS),
    Section("event_log.page", _("Events"), "events", Permission.REPLAY_EVENTS),
    Section("health_page.page", _("Health"), "pulse", Permission.SEE_HEALTH),
)


PRIVATE = ("/settings", "/setup", "/welcome/")


def register(app: Flask) -> None:
    """Add the frame to ``app``; templates ask for ``settings_sections()`` and ``caller()``."""
    for blueprint in (bp, profile.bp, people.bp, workspaces.bp, tokens.bp, setup.bp, welcome.bp):
        app.register_blueprint(blueprint)
    app.before_request(hold_to_workspace)
    app.after_request(keep_private)
    app.register_error_handler(401, log_in_first)
    app.add_template_global(sections, "settings_sections")
    app.add_template_global(caller, "caller")


def hold_to_workspace() -> None:
    """Refuse a form of the settings that was opened in another workspace than the present one.

    In a second tab its sender may have switched meanwhile.
    """
    if request.method == "POST" and request.path.startswith("/settings/"):
        opened_in = request.form.get("workspace")
        if opened_in is not None and opened_in != str(caller().workspace_id):
            abort(404)


def keep_private(answer: Response) -> Response:
    """Keep what the settings show, secrets at times, out of every cache."""
    if request.path.startswith(PRIVATE):
        answer.headers["Cache-Control"] = "private, no-store"
    return answer


def sections() -> list[Section]:
    """Return the pages that the caller may see."""
    me = caller()
    return [one for one in SECTIONS if me.may(one.permission)]


@bp.get("/settings")
@needs(Permission.READ_INBOX)
def first() -> AnyResponse:
    """Lead to the page ``section``, or to the first one that the caller may see."""
    wanted = request.args.get("section")
    seen = sections()
    return redirect(next((one for one in seen if one.endpoint == wanted), seen[0]).url, 303)
