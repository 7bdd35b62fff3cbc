"""``bin/inlet``: Inlet's own commands and those of the database, without Flask's."""

from __future__ import annotations

from flask.cli import ScriptInfo

from app import create_app
from config import load_settings


def main() -> None:
    """Run the command that the arguments name, and exit with its code."""
    app = create_app(load_settings())
    app.cli.help = "Look after an installation of Inlet."
    app.cli.main(prog_name="bin/inlet", obj=ScriptInfo(create_app=lambda: app))


if __name__ == "__main__":
    main()
