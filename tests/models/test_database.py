"""What the database complains about, and to whom."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from app.models.database import writing


def test_an_error_names_no_value(engine: Engine) -> None:
    broken = text("SELECT :words FROM no_such_table")

    with pytest.raises(DBAPIError, match="no_such_table") as caught, writing(engine) as session:
        session.execute(broken, {"words": "what a customer wrote"})

    assert "customer" not in str(caught.value)
