"""The way from the inbox to the phone simulator, while the demo runs and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app import clock
from app.models import Integration
from app.models.database import writing
from tests.bodies import message

if TYPE_CHECKING:
    from config import Settings
    from tests.inbox_pages.visitor import Visitor
    from tests.office import Office

PHONE = 'href="http://127.0.0.1:8001"'


@pytest.fixture(params=[True, False], ids=["demo", "no demo"])
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    return settings.model_copy(update={"inlet_demo": request.param})


@pytest.fixture
def _simulated(office: Office) -> None:
    with writing(office.engine) as session:
        found = session.get_one(Integration, office.integration_id)
        found.base_url = "http://127.0.0.1:8001"


@pytest.mark.usefixtures("_simulated")
def test_the_way_to_the_phone_is_there_as_long_as_the_phone(
    agent: Visitor, settings: Settings
) -> None:
    assert agent.get("/inbox").text.count(PHONE) == (3 if settings.inlet_demo else 0)


@pytest.mark.usefixtures("_simulated")
def test_the_connections_page_says_how_to_leave_the_demo_and_that_it_is_left(
    admin: Visitor, settings: Settings
) -> None:
    shown = admin.get("/settings/connections").text

    assert ("You are in the demo" in shown) is settings.inlet_demo
    assert ("start Inlet with INLET_DEMO=0" in shown) is settings.inlet_demo
    assert ("The demo is switched off" in shown) is not settings.inlet_demo


@pytest.mark.usefixtures("_simulated")
def test_a_thread_of_the_demo_says_simulated(agent: Visitor, office: Office) -> None:
    office.take_in(message("m1", "Hello", at=clock.now()))

    assert "simulated" in agent.get(f"/inbox/{office.thread().id}").text
