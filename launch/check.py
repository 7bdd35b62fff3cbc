"""Every check of the project, one after the other: ``bin/test`` inside its environment.

Stops at the first that fails. ``--fast`` leaves out what needs PostgreSQL or a browser; other
arguments go to pytest.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = Path(sys.executable).parent
ENVIRONMENT = os.environ | {
    "NO_MKDOCS_2_WARNING": "1",  # else Material prints an announcement at every build
    "PYTHONDONTWRITEBYTECODE": "",  # else each process of the tests compiles everything anew
}


def main() -> None:
    arguments = sys.argv[1:]
    fast = "--fast" in arguments
    if not fast:
        install_programs()
    selection = ["-m", "not postgresql and not browser"] if fast else []
    for_pytest = [argument for argument in arguments if argument != "--fast"]
    check("Format", "ruff", "format", "--check", ".")
    check("Lint", "ruff", "check", ".")
    with compiling_tests():
        check("Types", "mypy", ".")
    check("Layers", "lint-imports")
    if templates := [
        folder for folder in Path().glob("*/templates") if any(folder.rglob("*.html"))
    ]:
        check("Templates", "djlint", "--check", "--lint", *map(str, templates))
    with tempfile.TemporaryDirectory() as site:
        check("Docs", "mkdocs", "build", "--strict", "--site-dir", site)
    workers = str((os.cpu_count() or 1) + 2)  # two more, for some always wait for a process
    check("Tests", "pytest", "-n", workers, "--dist", "worksteal", *selection, *for_pytest)
    print("\nEvery check passed." + (" (Without PostgreSQL and browser.)" if fast else ""))


def check(heading: str, program: str, *arguments: str) -> None:
    """Run one check; leave where it fails."""
    print(f"\n== {heading}: {program} {' '.join(arguments)}", flush=True)
    started = time.monotonic()
    command = [str(PROGRAMS / program), *arguments]
    if subprocess.run(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, check=False).returncode:
        sys.exit(f"\n{heading}: failed.")
    print(f"   passed in {time.monotonic() - started:.0f} s", flush=True)


@contextmanager
def compiling_tests() -> Iterator[None]:
    """Collect the tests meanwhile: what pytest compiles for it once, each worker would.

    Where the check fails, nobody waits for it.
    """
    command, quiet = [str(PROGRAMS / "pytest"), "--collect-only", "-qq"], subprocess.DEVNULL
    with subprocess.Popen(
        command, env=ENVIRONMENT, stdin=quiet, stdout=quiet, stderr=quiet
    ) as collecting:
        try:
            yield
        except BaseException:
            collecting.terminate()
            raise


def install_programs() -> None:
    """Install the servers and the browser that the tests need, or say in one line which."""
    missing = missing_packages()
    if not missing:
        return
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *missing]
    if os.getuid() != 0 or not shutil.which("apt-get"):
        sys.exit(f"Missing for the tests; on Debian: {' '.join(install)} (or bin/test --fast)")
    print(f"== Installing {', '.join(missing)}", flush=True)
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "--quiet"], install):
        done = subprocess.run(
            command, env=quiet, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False
        )
        if done.returncode:
            sys.exit(f"Could not install what the tests need: {' '.join(command)}")


def missing_packages() -> list[str]:
    """The Debian packages whose programs are not there."""
    debian_initdb = next(Path("/usr/lib/postgresql").glob("*/bin/initdb"), None)
    found = {
        "postgresql": debian_initdb or shutil.which("initdb"),
        "redis-server": shutil.which("redis-server"),
        "chromium": shutil.which("chromium"),
    }
    return [package for package, program in found.items() if not program]


if __name__ == "__main__":
    main()
