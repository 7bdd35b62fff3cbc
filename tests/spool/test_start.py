"""Nothing starts with a spool it could not write."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from launch.programs import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def start(home: Path, *program: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "INLET_HOME": str(home),
        "INLET_DEMO": "0",
        "INLET_PORT": "18999",
        "PYTHONPATH": str(ROOT),
        "REDIS_URL": "redis://127.0.0.1:1",
    }
    command = [sys.executable, "-m", *program]
    return subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("name", ["web", "sweep"])
def test_a_container_ends_with_one_clear_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "spool").write_text("in the way")
    ended = start(tmp_path, "launch.process", name)
    assert ended.returncode == 1
    assert ended.stderr == f"Cannot write the spool folder ({tmp_path}/spool): File exists\n"


def test_bin_run_ends_with_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "spool").symlink_to(tmp_path / "elsewhere")
    ended = start(tmp_path, "launch.prepare")
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"Cannot write the spool folder ({tmp_path}/spool): it must be")
