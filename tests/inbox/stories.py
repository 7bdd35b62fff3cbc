"""Random orders of what a state machine says can happen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from hypothesis.stateful import RuleBasedStateMachine

    from tests.office import Office


SHARE = 3
"""On PostgreSQL, where each statement is a round trip, so much fewer are told."""


def tell(
    machine: Callable[[], RuleBasedStateMachine],
    office: Office,
    config: pytest.Config,
    *,
    steps: int,
) -> None:
    """Try as many orders as ``--stories`` says, of up to ``steps`` steps, drawn from ``--seed``."""
    most: int = config.getoption("--stories")
    is_sqlite = office.engine.dialect.name == "sqlite"
    made: Any = seed(config.getoption("--seed"))(machine)
    run_state_machine_as_test(
        made,
        settings=settings(
            max_examples=most if is_sqlite else most // SHARE,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
