"""What can be done about a message that was not sent: what helps stands first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from app import clock
from app.channels.faults import GraphFault, Permanent
from app.models import Conversation
from app.models.database import writing
from tests.bodies import message

if TYPE_CHECKING:
    from tests.inbox_pages.visitor import Visitor
    from tests.office import Office


def fail(office: Office, code: int, subcode: int | None = None) -> None:
    office.take_in(message("m1", at=clock.now()))
    office.reply("Yes, it is.")
    office.finish(office.begin(), Permanent(GraphFault("no", code, subcode)))


def close(office: Office) -> None:
    """Let the time to answer pass."""
    with writing(office.engine) as session:
        session.execute(update(Conversation).values(window_opened_at=None))


def offered(office: Office, agent: Visitor) -> tuple[list[str], list[str]]:
    """Return what the bubble offers, and what its menu does."""
    bubble = agent.get(f"/inbox/{office.thread().id}").text.split("<article")[2]
    actions = bubble.split('class="actions"')[1].split("</article>")[0]
    at_hand, menu = actions.split("popovertarget", 1)
    words = re.compile(r">\s*([A-Z][a-z ]+?)\s*</(?:button|a)>")
    return words.findall(at_hand), words.findall(menu)


@pytest.mark.parametrize(
    ("code", "subcode", "at_hand"),
    [
        (2, None, ["Retry", "Edit and resend"]),
        (190, None, ["Retry", "Edit and resend"]),
        (100, 2534015, ["Edit and resend", "Discard"]),
        (551, None, ["Copy text", "Discard"]),
    ],
)
def test_what_helps_is_at_hand_and_the_rest_in_the_menu(
    office: Office, agent: Visitor, code: int, subcode: int | None, at_hand: list[str]
) -> None:
    fail(office, code, subcode)

    shown, menu = offered(office, agent)

    assert shown == at_hand
    assert sorted(shown + menu) == ["Copy text", "Details", "Discard", "Edit and resend", "Retry"]


def test_where_nothing_can_be_sent_the_text_is_kept_or_given_up(
    office: Office, agent: Visitor
) -> None:
    fail(office, 10, 2534022)
    assert offered(office, agent)[0] == ["Retry", "Edit and resend"]

    close(office)

    assert offered(office, agent)[0] == ["Copy text", "Discard"]
