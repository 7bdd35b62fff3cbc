"""The template filters, and what templates call."""

from __future__ import annotations

from datetime import datetime

from flask import Flask, url_for

from app import clock
from app.blueprints.selection import write_place
from app.locale import gettext as _
from app.models.states import Role
from app.present.drawn import drawn
from app.present.people import CHANNEL_NAMES, initials
from app.present.times import ago, day, exact


def register(app: Flask) -> None:
    """Add them to ``app``."""
    for name, function in (
        ("place", write_place),
        ("exact", exact),
        ("since", since),
        ("day", day),
        ("initials", initials),
        ("role_name", role_name),
        ("channel_name", channel_name),
        ("help_url", help_url),
    ):
        app.add_template_filter(function, name)
    app.add_template_global(drawn)


def role_name(role: Role) -> str:
    """Return a role in words."""
    names = {Role.AGENT: _("Agent"), Role.MANAGER: _("Manager"), Role.ADMIN: _("Admin")}
    return str(names[role])


def channel_name(channel: str) -> str:
    """Return a channel in words."""
    return CHANNEL_NAMES.get(channel, channel)


def help_url(page: str) -> str:
    """Return where a page of docs/ ("troubleshooting.md#signature") is read."""
    name, _hash, anchor = page.partition("#")
    url: str = url_for("manual.page", name=name.removesuffix(".md"), _anchor=anchor or None)
    return url


def since(moment: datetime) -> str:
    """Return how long ago a moment was."""
    return ago(moment, clock.now())
