"""What a batch costs does not grow with the batch."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.bodies import NOON, echo, message
from tests.statements import asked

if TYPE_CHECKING:
    from tests.office import Office


def statements(office: Office, count: int, prefix: str) -> int:
    """Return how many statements a drain takes for three items of each of ``count`` people."""
    people = [f"{prefix}{n}" for n in range(count)]
    files = [{"type": "image", "payload": {"url": "https://cdn.test/1"}}]
    items = [message(f"a{one}", person=one) for one in people]
    items += [message(f"b{one}", None, person=one, attachments=files) for one in people]
    items += [echo(f"c{one}", "x", person=one, at=NOON + timedelta(1)) for one in people]
    with asked(office.engine) as seen:
        office.take_in(*items)
    return len(seen)


def test_a_batch_of_many_people_takes_as_many_statements_as_one_of_few(office: Office) -> None:
    office.take_in(message("first"))
    assert statements(office, 100, "7") == statements(office, 2, "8")
    assert len(office.messages()) == 307
