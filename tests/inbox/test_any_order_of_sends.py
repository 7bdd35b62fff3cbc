"""Workers, Meta, people and time in any order: no answer is lost, doubled or shown as it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.inbox import stories
from tests.inbox.sending_machine import Sending

if TYPE_CHECKING:
    import pytest

    from tests.office import Office


def test_whatever_happens_to_answers_the_inbox_says_what_is_so(
    office: Office, pytestconfig: pytest.Config
) -> None:
    stories.tell(lambda: Sending(office), office, pytestconfig, steps=40)
