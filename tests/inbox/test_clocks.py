"""Meta's clock is not ours: order, reply window and waiting times are right all the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from app import clock
from app.inbox.window import WindowState, window_for
from app.models import Conversation
from app.models.database import reading
from tests.bodies import NOON, message

if TYPE_CHECKING:
    from tests.office import Office

SKEWS = [timedelta(seconds=seconds) for seconds in (-90, 0, 90)]
SECONDS = timedelta(seconds=1)


def write(office: Office, text: str, at: datetime, skew: timedelta) -> None:
    """Let the customer write at our time ``at``, with Meta's clock off by ``skew``."""
    with time_machine.travel(at, tick=False):
        office.take_in(message(text, text, at=at + skew))


def answer(office: Office, text: str, at: datetime) -> None:
    with time_machine.travel(at, tick=False):
        office.reply(text)


@pytest.mark.parametrize("skew", SKEWS, ids=str)
def test_question_and_answer_stand_in_the_order_in_which_they_were_written(
    office: Office, skew: timedelta
) -> None:
    for turn in range(3):
        moment = NOON + 40 * turn * SECONDS
        write(office, f"question {turn}", moment, skew)
        answer(office, f"answer {turn}", moment + 20 * SECONDS)
    said = [(f"question {turn}", f"answer {turn}") for turn in range(3)]
    assert office.texts() == [text for pair in said for text in pair]


@pytest.mark.parametrize("skew", SKEWS, ids=str)
def test_who_writes_after_an_answer_waits(office: Office, skew: timedelta) -> None:
    write(office, "question", NOON, skew)
    answer(office, "answer", NOON + 10 * SECONDS)
    assert office.thread().waiting_since is None
    write(office, "thanks", NOON + 20 * SECONDS, skew)
    thread = office.thread()
    assert (thread.preview, thread.unread_count) == ("thanks", 1)
    assert thread.waiting_since is not None
    assert thread.waiting_since <= NOON + 20 * SECONDS


@pytest.mark.parametrize("skew", SKEWS, ids=str)
def test_the_window_is_never_open_longer_than_metas(office: Office, skew: timedelta) -> None:
    write(office, "Hi", NOON, skew)
    with reading(office.engine) as session:
        thread = session.get_one(Conversation, office.thread().id)
        end = NOON + timedelta(days=1)
        at_end = window_for(thread, end).state
        before = window_for(thread, end - 91 * SECONDS).state
    assert (before, at_end) == (WindowState.OPEN, WindowState.CLOSED)


def test_what_was_delivered_late_says_nothing_of_the_clock(office: Office) -> None:
    later = NOON + timedelta(hours=1)
    with time_machine.travel(later, tick=False):
        office.take_in(message("late", "late", at=NOON))
        assert office.reply("answer").position_at == clock.milliseconds(later)
