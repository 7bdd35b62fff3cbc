"""What people enter about a connection, and where it is wrong. Secrets are never given back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from app.locale import gettext as _

if TYPE_CHECKING:
    from pydantic import ValidationError

CONFIG = ("page_id", "instagram_page_id", "login", "webhook_verify_token")
SECRETS = ("access_token", "api_secret")

_SECRET_MEMBER = re.compile(
    r'("(?:access_?token|api_?secret|webhook_?verify_?token)"\s*:\s*)"(?:[^"\\]|\\.)*"?',
    re.IGNORECASE,
)
_LONG_WORD = re.compile(r'[^\s"\',:{}\[\]]{20,}')
"""No key is so long, and no id; tokens and secrets are, wherever they stand."""


@dataclass(frozen=True)
class Draft:
    """What a form shows: values that were entered, and what is wrong by the place it stands.

    ``problems`` is keyed by the path in the Integration JSON ("config.page_id"), "" is the whole.
    ``unknown`` are the keys of the JSON that mean nothing to Inlet; ``is_cut`` says that secrets
    were taken out of ``json``.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    json: str = ""
    is_json: bool = False
    is_cut: bool = False
    unknown: Sequence[str] = ()
    problems: Mapping[str, list[str]] = field(default_factory=dict)

    def failed(self, problems: Mapping[str, list[str]]) -> Draft:
        """Return the same with problems."""
        return replace(self, problems=problems)

    def value(self, name: str) -> str:
        """Return what stands in a field; a secret's field is always empty."""
        return "" if name in SECRETS else self.values.get(name, "")

    def wrong(self, name: str) -> str:
        """Return what is wrong with a field of the form, or nothing."""
        path = f"config.{name}" if name in CONFIG else name
        return " ".join(self.problems.get(path, ())) if not self.is_json else ""


def read_fields(form: Mapping[str, str]) -> dict[str, Any]:
    """Return the Integration JSON that the fields of a form describe; empty ones are left out."""
    config = {name: given for name in CONFIG if (given := form.get(name, "").strip())}
    plain = {name: given for name in ("name", *SECRETS) if (given := form.get(name, "").strip())}
    return plain | {"config": config | {"human_agent": form.get("human_agent") == "1"}}


def without_secrets(text: str) -> str:
    """Return the Integration JSON as it was entered, with its secrets taken out.

    Works on text that is no JSON too, where nobody can say what is a secret: there long words
    are taken out.
    """
    return _LONG_WORD.sub("", _SECRET_MEMBER.sub(r'\1""', text))


def problems(error: ValidationError) -> dict[str, list[str]]:
    """Return what is wrong, in words, by its path in the Integration JSON."""
    found: dict[str, list[str]] = {}
    for one in error.errors(include_input=False, include_url=False):
        path = ".".join(map(str, one["loc"]))
        found.setdefault(path, []).append(_words(one["type"], one["msg"]))
    return found


def _words(kind: str, words: str) -> str:
    known = {
        "missing": _("This is needed."),
        "string_type": _("This must be text, in quotation marks."),
        "string_pattern_mismatch": _("This cannot be: an id is digits only."),
        "string_too_long": _("This is too long to be right."),
        "bool_parsing": _("This must be true or false."),
        "bool_type": _("This must be true or false."),
        "model_type": _("This must be an object: { … }."),
        "dict_type": _("This must be an object: { … }."),
    }
    return str(known.get(kind) or words.removeprefix("Value error, "))
