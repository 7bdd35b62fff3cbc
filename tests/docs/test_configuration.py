"""docs/configuration.md lists every variable with its default, and no other."""

from __future__ import annotations

import re

from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from config import Settings
from tests.docs.markdown import ROOT

_ROW = re.compile(r"^\| `([A-Z_]+)` \|[^|]*\| ([^|]*?) \|", re.MULTILINE)
NO_DEFAULT = "-"


def documented() -> dict[str, str]:
    text = (ROOT / "docs" / "configuration.md").read_text()
    return {name: default.strip("`") for name, default in _ROW.findall(text)}


def declared() -> dict[str, str]:
    return {
        alias.upper(): shown(field)
        for name, field in Settings.model_fields.items()
        for alias in aliases(name, field)
    }


def aliases(name: str, field: FieldInfo) -> list[str]:
    choices = field.validation_alias
    return [str(one) for one in choices.choices] if isinstance(choices, AliasChoices) else [name]


def shown(field: FieldInfo) -> str:
    default = field.default
    if default in (None, "", ()):
        return NO_DEFAULT
    return str(int(default)) if isinstance(default, bool) else str(default)


def test_the_list_of_variables_is_that_of_the_code() -> None:
    assert documented() == declared()
