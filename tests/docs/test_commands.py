"""Every command that a document names exists, and every command is documented."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import pytest
from flask import Flask
from flask.cli import FlaskGroup, ScriptInfo

from app import cli
from tests.docs.markdown import ROOT, code, name_of, pages

if TYPE_CHECKING:
    from pathlib import Path

_PROGRAM = re.compile(r"(?<![\w./-])bin/([a-z]+)")
_CALL = re.compile(r"(?:bin/inlet|launch\.inlet)((?: [a-z][a-z-]*(?=\s|$))+)(.*)")
_OPTION = re.compile(r"(?<=\s)(--[a-z-]+)")


def find(app: Flask, words: list[str]) -> click.Command:
    """The command that ``words`` call; what follows its name are arguments. Raises KeyError."""
    found: click.Command = FlaskGroup(create_app=lambda: app)
    with click.Context(found, obj=ScriptInfo(create_app=lambda: app)) as context:
        for word in words:
            if not isinstance(found, click.Group):
                break
            inner = found.get_command(context, word)
            if inner is None:
                raise KeyError(" ".join(words))
            found = inner
    return found


def calls(page: Path) -> list[tuple[list[str], list[str]]]:
    """Each call of bin/inlet in a page: its words and its options."""
    matches = [match for line in code(page) for match in _CALL.finditer(line)]
    return [(match[1].split(), _OPTION.findall(match[2])) for match in matches]


def own_commands() -> set[str]:
    app = Flask(__name__)
    cli.register(app)
    return {
        f"{name} {inner}"
        for name, group in app.cli.commands.items()
        if isinstance(group, click.Group)
        for inner in group.commands
    }


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_named_programs_exist(page: Path) -> None:
    named = {name for line in code(page) for name in _PROGRAM.findall(line)}
    assert {name for name in named if not (ROOT / "bin" / name).exists()} == set()


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_named_commands_exist_with_their_options(page: Path, inlet: Flask) -> None:
    for words, options in calls(page):
        known = {option for parameter in find(inlet, words).params for option in parameter.opts}
        assert set(options) <= {*known, "--help"}


def test_every_command_is_documented() -> None:
    named = {" ".join(words[:2]) for words, _ in calls(ROOT / "docs" / "configuration.md")}
    assert own_commands() <= named


def test_an_unknown_command_is_noticed(inlet: Flask) -> None:
    with pytest.raises(KeyError):
        find(inlet, ["users", "banish"])
