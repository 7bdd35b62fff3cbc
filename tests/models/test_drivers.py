"""PostgreSQL's driver takes memory in every process: on SQLite nobody loads it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("process", ["wsgi", "worker", "app.tasks.sweep", "app.tasks.inbound"])
def test_on_sqlite_the_driver_of_postgresql_is_not_loaded(process: str, tmp_path: Path) -> None:
    code = f"import sys, {process}; sys.exit('psycopg' in sys.modules)"
    environment = {"INLET_HOME": str(tmp_path), "INLET_DEMO": "0"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=False, timeout=120)
    assert done.returncode == 0
