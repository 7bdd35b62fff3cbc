"""Become one process of an installation: ``python -m launch.process web``.

For containers and other supervisors than ours. ``migrate`` brings the database up to date and
ends.
"""

from __future__ import annotations

import os
import sys

from config import Settings, load_settings
from launch.programs import ROOT, commands
from launch.spool import check_spool

NEED_SPOOL = ("web", "sweep")


def main() -> None:
    settings = load_settings()
    known = known_commands(settings)
    if len(sys.argv) != 2 or sys.argv[1] not in known:  # noqa: PLR2004
        sys.exit(f"usage: python -m launch.process {'|'.join(known)}")
    if sys.argv[1] in NEED_SPOOL:
        check_spool(settings)
    command = known[sys.argv[1]]
    os.execv(command[0], command)


def known_commands(settings: Settings) -> dict[str, list[str]]:
    """Return the command line of each process by its name, that of ``migrate`` too."""
    migrate = [sys.executable, "-m", "flask", "--app", str(ROOT / "wsgi.py"), "db", "upgrade"]
    return {**commands(settings), "migrate": migrate}


if __name__ == "__main__":
    main()
