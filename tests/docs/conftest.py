from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app import create_app
from config import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask


@pytest.fixture
def inlet(tmp_path: Path) -> Flask:
    """The application with all its routes and commands; its database is never opened."""
    return create_app(Settings(inlet_home=tmp_path, inlet_demo=False))
