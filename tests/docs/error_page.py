"""Writes docs/errors.md from the application's table of Meta's errors.

Run it after a change of the table: ``python -m tests.docs.error_page``. What stands before the
tables is written by hand and kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.channels import meanings
from tests.docs.markdown import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.channels.meanings import Kind, Meaning

PAGE = ROOT / "docs" / meanings.PAGE

FAMILIES = {
    "graph": (
        "Codes of Instagram, Messenger and the Graph API",
        "They count on every channel. A code without a subcode stands for its other subcodes too.",
    ),
    "whatsapp": (
        "Codes of WhatsApp",
        "On WhatsApp these come first; what is not here is in the table above.",
    ),
}
KINDS: dict[Kind, tuple[str, str]] = {
    "token": (
        "The account cannot send",
        "Nothing of the account goes out until an admin has mended it. Messages still arrive.",
    ),
    "window": ("The time is over", "Nothing is sent, and it is not tried again."),
    "recipient": (
        "The customer cannot be reached",
        "Nothing is sent, and it is not tried again. Other conversations are not affected.",
    ),
    "permanent": ("The message is refused", "Nothing is sent, and it is not tried again."),
    "throttled": (
        "Meta slows down",
        "Nothing is sent yet. It is tried again after a pause, until its window has closed.",
    ),
    "retryable": ("It will pass", "Nothing is sent yet. It is tried again soon."),
    "unsure": (
        "Nobody knows",
        "It may or may not be sent. No machine sends it again; an echo or a person decides.",
    ),
}


def page() -> str:
    """The whole page."""
    first, *_ = _tables()
    by_hand = PAGE.read_text(encoding="utf-8").partition(first.partition("\n")[0])[0]
    return by_hand + "\n".join([*_tables(), *_parts()])


def title(one: Meaning) -> str:
    """The heading of a meaning, whose anchor is its name."""
    return one.name.replace("-", " ").capitalize().replace("whatsapp", "WhatsApp")


def _tables() -> Iterator[str]:
    for family, (heading, words) in FAMILIES.items():
        yield f"## {heading}\n\n{words}\n\n| Code, subcode | Meaning |\n|---|---|"
        for code, one in sorted(_codes(family), key=lambda pair: _order(pair[0])):
            shown = code.replace("/*", ", any other").replace("/", ", ").replace("-", " to ")
            yield f"| {shown} | [{title(one)}](#{one.name}) |"
        yield ""


def _codes(family: str) -> Iterator[tuple[str, Meaning]]:
    for one in meanings.load().root.values():
        for code in getattr(one, family):
            yield code, one


def _order(code: str) -> tuple[int, ...]:
    numbers = code.replace("-", "/").replace(f"/{meanings.ANY}", "").split("/")
    return (*map(int, numbers), code.endswith(meanings.ANY))


def _parts() -> Iterator[str]:
    known = meanings.load().root.values()
    for kind, (heading, words) in KINDS.items():
        yield f"## {heading}\n\n{words}\n"
        for one in known:
            if one.kind == kind:
                yield _part(one)


def _part(one: Meaning) -> str:
    lines = [
        f"### {title(one)}",
        f"You see: “{one.what}”",
        f"Why: {one.cause}" if one.cause else "Why: Meta's own words say it; an admin sees them.",
        f"Next step: {one.next_step}",
        f"If it failed in the end: {one.afterwards}" if one.afterwards else "",
        "" if one.page.startswith(f"{meanings.PAGE}#") else f"[More about this]({one.page})",
    ]
    return "\n\n".join(line for line in lines if line) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
