"""The checks of the project stop where one fails."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from launch import check

if TYPE_CHECKING:
    from pathlib import Path


def test_a_failed_check_does_not_wait_for_the_collection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "pytest"
    program.write_text("#!/bin/sh\nexec sleep 20\n")
    program.chmod(0o755)
    started: list[subprocess.Popen[bytes]] = []

    def start(*given: Any, **more: Any) -> subprocess.Popen[bytes]:
        started.append(genuine(*given, **more))
        return started[-1]

    genuine = subprocess.Popen
    monkeypatch.setattr(check, "PROGRAMS", tmp_path)
    monkeypatch.setattr(subprocess, "Popen", start)
    with pytest.raises(SystemExit, match="failed"), check.compiling_tests():
        sys.exit("failed")
    assert started[0].returncode < 0, "it was not ended"
