"""Schemathesis holds the API to its own document: what is described is what is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import responses
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode as Mode

from app.blueprints.exchange import write_cursor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from tests.api.conftest import Tenant

NOT_HELD = {
    # What the document allows may still be refused: a closed window, a time that is over.
    "positive_data_acceptance",
    # This test puts ids that exist, and its token, in place of what was made invalid.
    "negative_data_rejection",
    # A deleted integration stays gone; the ids that are tried are put in by this test.
    "use_after_free",
    "ensure_resource_availability",
}
load_all_checks()
HELD: Any = [check for check in CHECKS.get_all() if check.__name__ not in NOT_HELD]

schemathesis.openapi.format("cursor", st.just(write_cursor((2**40, 5)) or ""))
few = settings(
    max_examples=6,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def described(app: Flask, ours: Tenant) -> Iterator[schemathesis.BaseSchema]:
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as meta:
        for host in ("https://graph.facebook.com", "https://graph.instagram.com"):
            meta.get(f"{host}/v23.0/me", json={"id": "1"})
        yield schema


def hold(operation: Any, mode: Mode, ours: Tenant) -> None:
    """Try an operation with what its description allows, or with what it does not."""

    @given(case=operation.as_strategy(generation_mode=mode))
    @few
    def tried(case: Any) -> None:
        for name in case.path_parameters or {}:
            case.path_parameters[name] = getattr(ours, name)
        case.call_and_validate(headers={"Authorization": f"Bearer {ours.token}"}, checks=HELD)

    tried()


@pytest.mark.parametrize("mode", list(Mode))
def test_every_answer_is_as_described(described: Any, ours: Tenant, mode: Mode) -> None:
    operations = [found.ok() for found in described.get_all_operations()]

    for operation in sorted(operations, key=lambda one: one.method == "delete"):
        hold(operation, mode, ours)
