"""What is logged gives no secret away, however much is logged."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from app import logs

if TYPE_CHECKING:
    import pytest


def test_the_addresses_of_calls_to_meta_are_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    logging.getLogger("urllib3").setLevel("NOTSET")

    logs.configure("DEBUG")
    logging.getLogger("urllib3.connectionpool").debug("GET /debug_token?input_token=EAAG")

    assert caplog.text == ""
