"""Serve one WSGI application: ``python -m launch.web wsgi:app 127.0.0.1 8000``.

Granian's command line would do, but for one thing: its worker process outlives a main process
that was killed and keeps the port, so that old and new share the requests. Here the worker
leaves when its parent is gone.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from granian import Granian
from granian.constants import Interfaces

if TYPE_CHECKING:
    from collections.abc import Callable

THREADS = 16  # requests at the same time; webhooks among them share a commit


def load(target: str) -> Callable[..., Any]:
    threading.Thread(target=_leave_with, args=[os.getppid()], daemon=True).start()
    module, name = target.split(":")
    gc.disable()  # nothing that imports leave behind is garbage: a fifth faster
    application: Callable[..., Any] = getattr(importlib.import_module(module), name)
    gc.freeze()
    gc.enable()
    _appear(application)
    return application


def _appear(application: Callable[..., Any]) -> None:
    """Let Inlet give signs of life while it is served; the simulator needs none."""
    inlet = getattr(application, "extensions", {}).get("inlet")
    if inlet is not None:
        from app.tasks import presence

        presence.appear(inlet.engine)


def _leave_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


def main() -> None:
    target, host, port = sys.argv[1:]
    Granian(
        target,
        address=host,
        port=int(port),
        interface=Interfaces.WSGI,
        blocking_threads=THREADS,
        websockets=False,
        workers_kill_timeout=4,
    ).serve(target_loader=load)


if __name__ == "__main__":
    main()
