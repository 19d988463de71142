"""Plots beside the tables, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

FOLDER = Path(__file__).parent


def bars(
    name: str, labels: Sequence[str], series: Mapping[str, Sequence[float | None]], y: str, logarithmic: bool = True
) -> str:
    """Write benchmarks/endpoint-NAME.svg, bars of each series at each label; the line of Markdown that shows it."""
    import pygal

    style = pygal.style.CleanStyle(font_family="sans-serif", background="#ffffff", plot_background="#ffffff")
    chart = pygal.Bar(
        style=style, logarithmic=logarithmic, width=760, height=420, y_title=y, x_label_rotation=40,
        truncate_legend=-1, legend_at_bottom=True, js=[],
    )  # fmt: skip
    chart.x_labels = labels
    for title, values in series.items():
        chart.add(title, list(values))
    path = FOLDER / f"endpoint-{name}.svg"
    path.write_bytes(chart.render())
    return f"![{y}]({path.name})"
