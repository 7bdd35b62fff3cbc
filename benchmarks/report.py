"""How a benchmark says what it saw, and on which machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median


def headline(title: str) -> None:
    """Print what was measured when and where, with the machine's load before it began."""
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"\n# {title}")
    print(f"{moment}; Python {platform.python_version()}; {os.cpu_count()} cores; load {load}\n")


def table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """Print lines under their heads, as a Markdown table."""
    widths = [max(map(len, column)) for column in zip(heads, *lines, strict=True)]
    rule = ["-" * width for width in widths]
    for line in (heads, rule, *lines):
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print(f"| {' | '.join(cells)} |", flush=True)


def middle(values: Sequence[float]) -> float:
    """Return the median, 0 for no values."""
    return median(values) if values else 0.0


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` (0-1) of all values lie, 0 for no values."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0
