"""What a running installation weighs: ``bin/run`` in one terminal, this in another.

Proportional set size by process, from /proc, so Linux only. INLET_HOME says which installation.
"""

from __future__ import annotations

import sys
from collections import defaultdict

from benchmarks import processes
from benchmarks.report import headline, table
from config import load_settings

BUDGET = 250.0  # MB, of what does the work
WORKING = ("web", "worker", "sweep", "Redis")
_MARKS = {
    "simulator.wsgi:app": "simulator",
    "wsgi:app": "web",
    "worker.py worker": "worker",
    "worker.py sweep": "sweep",
    "redis": "Redis",
    "valkey": "Redis",
    "supervisord": "supervisor",
}


def main() -> None:
    """Print the table; the exit code is 1 where the budget is exceeded."""
    pid_file = load_settings().home / "supervisord.pid"
    if not pid_file.exists():
        sys.exit(f"Nothing runs here: {pid_file} is missing.")
    weights: defaultdict[str, list[float]] = defaultdict(list)
    supervisor = int(pid_file.read_text())
    for pid in processes.tree(supervisor):
        weights[_name(pid)].append(processes.pss(pid))
    headline("Memory (PSS)")
    lines = [
        [name, str(len(weights[name])), f"{sum(weights[name]):.0f}"]
        for name in sorted(weights, key=lambda name: (name not in WORKING, -sum(weights[name])))
    ]
    total = sum(sum(weights[name]) for name in WORKING)
    table(["what", "processes", "MB"], [*lines, [" + ".join(WORKING), "", f"{total:.0f}"]])
    print(f"\nBudget {BUDGET:.0f} MB: {'kept' if total <= BUDGET else 'exceeded'}")
    sys.exit(total > BUDGET)


def _name(pid: int) -> str:
    """Return what a process is; a helper of the web server counts as what it helps."""
    line = processes.command(pid)
    return next((name for mark, name in _MARKS.items() if mark in line), "other")


if __name__ == "__main__":
    main()
