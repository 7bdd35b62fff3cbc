"""What processes cost, as Linux tells it under /proc."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_USER, _SYSTEM = 13, 14  # places in /proc/PID/stat, counted from 0


def tree(pid: int) -> Iterator[int]:
    """Return a process and all its descendants."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from tree(int(child))


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process and its descendants, user and system."""
    return sum(sum(map(int, _stat(one)[_USER : _SYSTEM + 1])) for one in tree(pid)) / _TICKS


def pss(pid: int) -> float:
    """Return a process's proportional share of memory in MB: shared pages are split."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def command(pid: int) -> str:
    """Return the command line of a process, "" where it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat; the name, which may hold blanks, as one."""
    head, _, rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    return [*head.split(" (", 1), *rest.split()]
