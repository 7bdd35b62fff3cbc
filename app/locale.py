"""Which language and time zone a page is written in."""

from __future__ import annotations

from datetime import tzinfo
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import flask_babel
import pytz
from babel import Locale
from flask import Flask, g, request
from flask_babel import Babel, get_domain, get_locale, get_timezone
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from app.inbox.errors import Filled

ZONE_COOKIE = "zone"
"""The browser's time zone, kept by inlet.js."""
MOST_LANGUAGES = 300
"""Characters of what a browser accepts that are read, and remembered."""


def init_app(app: Flask, babel: Babel) -> None:
    """Bind Flask-Babel, and the filter ``translated`` for texts that are message ids."""
    babel.init_app(app, locale_selector=select_locale, timezone_selector=select_zone)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined] # of jinja2.ext.i18n
        lambda text: _catalogue().ugettext(text),
        lambda one, many, number: _catalogue().ungettext(one, many, number),
        newstyle=True,
    )
    app.add_template_filter(translated, "translated")
    app.add_template_global(get_locale)


def gettext(text: str, **values: object) -> str:
    """Return the translation of ``text`` with ``values`` put in.

    As Flask-Babel's, which asks which language it is for each text: a list has hundreds.
    """
    found = str(_catalogue().ugettext(text))
    return found % values if values else found


def N_(text: str) -> str:  # noqa: N802 - the name that Babel's extractor knows
    """Mark ``text`` for translators and return it as it is: :func:`gettext` translates it later."""
    return text


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """Return the translation that fits a number, which the texts call ``num``."""
    return str(_catalogue().ungettext(one, many, num)) % ({"num": num} | values)


def refresh() -> None:
    """Choose the language anew, after the reader has changed it."""
    flask_babel.refresh()
    g.pop("catalogue", None)
    g.pop("language_and_zone", None)


def language_and_zone() -> tuple[str, tzinfo]:
    """Return the request's language and time zone, looked up once a request."""
    found: tuple[str, tzinfo] | None = g.get("language_and_zone")
    if found is None:
        found = g.language_and_zone = str(get_locale()), get_timezone()
    return found


def _catalogue() -> Any:
    """Return the texts of the request's language, looked up once a request."""
    found = g.get("catalogue")
    if found is None:
        found = g.catalogue = get_domain().get_translations()
    return found


def translated(text: str) -> str:
    """Return the translation of a text that is its own message id, or has values filled in.

    Unlike ``_()`` in a template it takes a % in the text for what it is: Meta's own words may
    hold one.
    """
    if isinstance(text, Filled):
        return gettext(text.pattern) % text.values
    return gettext(text)


@cache
def languages() -> list[str]:
    """Return the languages there are, English first."""
    folder = Path(__file__).with_name("translations")
    return ["en", *sorted(path.parent.parent.name for path in folder.glob("*/LC_MESSAGES/*.mo"))]


def select_locale() -> str:
    """Return the user's language, else the browser's, among those there are."""
    caller = g.get("caller")
    return language_for(caller.user.locale if caller and caller.user else None)


def language_for(chosen: str | None) -> str:
    """Return the language ``chosen``, else the browser's, among those there are."""
    known = languages()
    if chosen and Locale.parse(chosen).language in known:
        return str(chosen)
    return _best_language(request.headers.get("Accept-Language", "")[:MOST_LANGUAGES])


@lru_cache(256)
def _best_language(accepted: str) -> str:
    known = languages()
    return parse_accept_header(accepted, LanguageAccept).best_match(known) or known[0]


def select_zone() -> str | None:
    """Return the browser's time zone, or None for UTC where it is not known."""
    zone = request.cookies.get(ZONE_COOKIE, "")
    return zone if zone in pytz.all_timezones_set else None


def named_languages() -> list[tuple[str, str]]:
    """Return the languages there are, each with the name that its speakers give it."""
    return [(code, Locale.parse(code).get_display_name(code) or code) for code in languages()]
