"""Plots of what was measured, as SVG files that documents can show."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pygal
from pygal.style import CleanStyle


def growth(path: Path, costs: Mapping[int, Mapping[str, float]]) -> None:
    """Draw processor microseconds a request against the number of conversations behind it."""
    chart = pygal.Line(
        style=CleanStyle,
        js=[],
        logarithmic=True,
        width=760,
        height=420,
        title="Processor time of one request",
        x_title="conversations in the database",
        y_title="microseconds",
        legend_at_bottom=True,
        disable_xml_declaration=False,
    )
    chart.x_labels = [f"{size:,}" for size in costs]
    for what in next(iter(costs.values())):
        chart.add(what, [round(found[what]) for found in costs.values()])
    chart.render_to_file(str(path))
