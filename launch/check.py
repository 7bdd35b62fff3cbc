"""Every check of the project, one after the other: ``bin/test`` inside its environment.

Stops at the first that fails. ``--fast`` leaves out what needs PostgreSQL or a browser; other
arguments go to pytest.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = [folder for folder in ("app/templates", "simulator/templates") if Path(folder).exists()]
NO_TESTS_COLLECTED = 5


def main() -> None:
    arguments = sys.argv[1:]
    fast = "--fast" in arguments
    if not fast:
        install_programs()
    for heading, command in stages(
        [argument for argument in arguments if argument != "--fast"], fast=fast
    ):
        check(heading, command)
    print("\nEvery check passed." + (" (Without PostgreSQL and browser.)" if fast else ""))


def stages(arguments: list[str], *, fast: bool) -> list[tuple[str, list[str]]]:
    found = [
        ("Format", ["ruff", "format", "--check", "."]),
        ("Lint", ["ruff", "check", "."]),
        ("Types", ["mypy", "."]),
        ("Layers", ["importlinter.cli"]),
    ]
    if any(next(Path(folder).rglob("*.html"), None) for folder in TEMPLATES):
        found.append(("Templates", ["djlint", "--check", "--lint", *TEMPLATES]))
    selected = ["-m", "not postgresql and not browser"] if fast else []
    return [*found, ("Tests", ["pytest", "-n", "2", *selected, *arguments])]


def check(heading: str, command: list[str]) -> None:
    print(f"\n== {heading}: {' '.join(command)}", flush=True)
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-m", *command], stdin=subprocess.DEVNULL, check=False)
    if done.returncode not in (0, NO_TESTS_COLLECTED if heading == "Tests" else 0):
        sys.exit(f"\n{heading}: failed.")
    print(f"   passed in {time.monotonic() - started:.0f} s", flush=True)


def install_programs() -> None:
    """Install the servers and the browser that the tests need, or say in one line which."""
    missing = missing_packages()
    if not missing:
        return
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *missing]
    if os.getuid() != 0 or not shutil.which("apt-get"):
        sys.exit(f"Missing for the tests; on Debian: {' '.join(install)} (or bin/test --fast)")
    print(f"== Installing {', '.join(missing)}", flush=True)
    for command in (["apt-get", "update", "--quiet"], install):
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(
            command, env=quiet, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True
        )


def missing_packages() -> list[str]:
    postgresql = shutil.which("initdb") or next(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), None
    )
    found = {
        "postgresql": postgresql,
        "redis-server": shutil.which("redis-server"),
        "chromium": shutil.which("chromium"),
    }
    return [package for package, program in found.items() if not program]


if __name__ == "__main__":
    main()
