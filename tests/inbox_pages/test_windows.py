"""The last second of the reply window and the first after it: page, form and send agree."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import update

from app import clock
from app.inbox import deliver
from app.models import Conversation, Delivery
from app.models.database import writing
from tests.bodies import message

if TYPE_CHECKING:
    from tests.inbox_pages.visitor import Visitor
    from tests.office import Office

LAST, OVER = timedelta(hours=23, minutes=59, seconds=59), timedelta(hours=24, seconds=1)


@pytest.fixture(autouse=True)
def wrote_at(office: Office) -> datetime:
    """The customer wrote at this moment."""
    moment = clock.now()
    office.take_in(message("m1", at=moment))
    return office.row(Conversation).waiting_since or moment


def after(moment: datetime, span: timedelta) -> time_machine.travel:
    return time_machine.travel(moment + span, tick=False)


@pytest.mark.parametrize(("span", "is_open"), [(LAST, True), (OVER, False)], ids=str)
def test_the_page_says_whether_an_answer_can_be_sent(
    agent: Visitor, office: Office, wrote_at: datetime, span: timedelta, is_open: bool
) -> None:
    with after(wrote_at, span):
        page = agent.get(f"/inbox/{office.thread().id}").text
    assert ("The reply window is closed." in page) is not is_open
    assert ("1 min to reply" in page) is is_open


@pytest.mark.parametrize(("span", "status"), [(LAST, 303), (OVER, 422)], ids=str)
def test_the_form_is_taken_or_refused(
    agent: Visitor, office: Office, wrote_at: datetime, span: timedelta, status: int
) -> None:
    page = f"/inbox/{office.thread().id}"
    with after(wrote_at, span):
        form = agent.form(page, f"{page}/reply")
        answer = agent.send(form, text="Just in time")
    assert answer.status_code == status
    assert len(office.rows(Delivery)) == (status == 303)


@pytest.mark.parametrize(("span", "state"), [(LAST, "sending"), (OVER, "failed")], ids=str)
def test_what_was_written_in_time_is_sent_in_time_or_not_at_all(
    office: Office, wrote_at: datetime, span: timedelta, state: str
) -> None:
    with after(wrote_at, timedelta(hours=23)):
        office.reply("In time")
    with after(wrote_at, span), writing(office.engine) as session:
        session.execute(update(Delivery).values(state="claimed"))
        deliver.begin(session, office.keyring, [office.row(Delivery).id], clock.now())
    assert office.states() == [state]


@pytest.mark.parametrize("skew", [-90, 90])
def test_nothing_is_said_to_be_in_the_future(
    agent: Visitor, office: Office, wrote_at: datetime, skew: int
) -> None:
    moment = wrote_at + timedelta(hours=2)
    with after(moment, timedelta()):
        skewed = moment + timedelta(seconds=skew)
        office.take_in(message("m2", "skewed", person="7", at=skewed))
        thread = office.thread(Conversation.preview == "skewed")
        pages = [agent.get(path).text for path in ("/inbox", f"/inbox/{thread.id}")]
    assert thread.waiting_since is not None
    assert thread.waiting_since <= moment
    for page in pages:
        assert "skewed" in page
        assert "-1 " not in page
        assert "in 1 min" not in page
