"""The plot: for each row, how many times our time the others took, on a logarithmic scale. SVG, by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

from .figures import Spread, shown

COLOURS = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#999999"]
LINE, TOP, LEFT, WIDTH, RIGHT = 26, 64, 330, 560, 30


class Line(NamedTuple):
    """A row of the plot: its title, and the ratios of the contenders that took part."""

    title: str
    ratios: dict[str, Spread]


def svg(lines: Sequence[Line], ours: str) -> str:
    """A dot for the median of each ratio, and a bar between its quartiles."""
    names = list(dict.fromkeys(name for line in lines for name in line.ratios))
    ends = [end for line in lines for ratio in line.ratios.values() for end in (ratio.low, ratio.high)] or [1.0]
    low = math.floor(math.log10(min(*ends, 0.5)))
    high = max(math.ceil(math.log10(max(*ends, 2.0))), low + 1)

    def x(ratio: float) -> float:
        return LEFT + WIDTH * (math.log10(ratio) - low) / (high - low)

    height = TOP + LINE * len(lines) + 20
    total = LEFT + WIDTH + RIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {height}" width="{total}" height="{height}" '
        'font-family="system-ui, sans-serif" font-size="12">',
        f'<rect width="{total}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="18" font-weight="bold">time over that of {escape(ours)}: right of 1 is slower</text>',
    ]
    at = float(LEFT)
    for name, colour in zip(names, COLOURS):
        parts.append(f'<circle cx="{at + 5:.0f}" cy="33" r="5" fill="{colour}"/>')
        parts.append(f'<text x="{at + 15:.0f}" y="37">{escape(name)}</text>')
        at += 40 + 7 * len(name)
    for power in range(low, high + 1):
        tick = x(10.0**power)
        colour, thickness = ("#000", 1.5) if power == 0 else ("#ccc", 1)
        parts.append(
            f'<line x1="{tick:.1f}" x2="{tick:.1f}" y1="{TOP - 4}" y2="{height - 16}" stroke="{colour}" '
            f'stroke-width="{thickness}"/>'
        )
        parts.append(f'<text x="{tick:.1f}" y="{TOP - 8}" text-anchor="middle">{shown(10.0**power)}</text>')
    for number, line in enumerate(lines):
        y = TOP + LINE * number + LINE // 2
        title = escape(line.title.replace("`", ""))
        parts.append(f'<text x="{LEFT - 12}" y="{y + 4}" text-anchor="end">{title}</text>')
        for name, ratio in line.ratios.items():
            colour = COLOURS[names.index(name) % len(COLOURS)]
            tip = f"{escape(name)}: {shown(ratio.median)} ({shown(ratio.low)} to {shown(ratio.high)})"
            parts.append(
                f'<g><title>{tip}</title><line x1="{x(ratio.low):.1f}" x2="{x(ratio.high):.1f}" y1="{y}" y2="{y}" '
                f'stroke="{colour}" stroke-width="3" stroke-opacity="0.5"/>'
                f'<circle cx="{x(ratio.median):.1f}" cy="{y}" r="5" fill="{colour}"/></g>'
            )
    return "\n".join([*parts, "</svg>"]) + "\n"
