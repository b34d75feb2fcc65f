"""Small SVG drawings: lines on two scales and bars, for light and for dark pages.

All colours, that of the text too, are chosen to be seen on both. They do not follow the reader's colour
scheme, because a page may have another one than its reader. Nothing is drawn behind.
"""

import math
from html import escape

STYLE = """\
text { font: 12px system-ui, sans-serif; fill: #707a85 }
.title { font-weight: 600; font-size: 13px }
.small { font-size: 11px }
.rule { stroke: #8c959f; stroke-opacity: .35; stroke-width: 1 }
.line { fill: none; stroke-width: 2; stroke-linejoin: round }
"""

PALETTE = (
    "#3b82d6", "#e0822d", "#35a06a", "#a266d3", "#d4526b", "#1f9fb0", "#9a7b4f", "#8a8f98",
)


def colours(labels):
    """A colour for each label, the same in all drawings of a record."""
    return {label: PALETTE[n % len(PALETTE)] for n, label in enumerate(labels)}


class Drawing:
    """Elements in the order in which they are drawn."""

    def __init__(self, width, height, title):
        self.width, self.height, self.title = width, height, title
        self.parts = []

    def text(self, x, y, text, anchor="start", kind=""):
        style = f' class="{kind}"' if kind else ""
        side = f' text-anchor="{anchor}"' if anchor != "start" else ""
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}"{side}{style}>{escape(text)}</text>')

    def rule(self, x1, y1, x2, y2):
        place = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
        self.parts.append(f'<line class="rule" {place}/>')

    def path(self, points, colour):
        steps = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline class="line" stroke="{colour}" points="{steps}"/>')

    def dot(self, x, y, colour):
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>')

    def bar(self, x, y, width, height, colour, opacity=1.0):
        place = f'x="{x:.1f}" y="{y:.1f}" width="{max(0, width):.1f}" height="{height:.1f}"'
        faint = f' fill-opacity="{opacity}"' if opacity < 1 else ""
        self.parts.append(f'<rect {place} fill="{colour}"{faint}/>')

    def legend(self, x, y, names):
        """One line of coloured squares with names; returns the width it took."""
        start = x
        for name, colour in names.items():
            self.bar(x, y - 9, 10, 10, colour)
            self.text(x + 15, y, name)
            x += 30 + 7 * len(name)
        return x - start

    def render(self):
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}" role="img">'
        )
        lines = [head, f"<title>{escape(self.title)}</title>", f"<style>\n{STYLE}</style>"]
        return "\n".join([*lines, *self.parts, "</svg>"]) + "\n"


class Scale:
    """Turns values into places between two ends, evenly or by their logarithm."""

    def __init__(self, low, high, start, end, is_log=False):
        self.is_log = is_log
        self.low, self.high = self._inner(low), self._inner(high)
        self.start, self.end = start, end

    def _inner(self, value):
        return math.log10(value) if self.is_log else value

    def at(self, value):
        share = (self._inner(value) - self.low) / ((self.high - self.low) or 1)
        return self.start + share * (self.end - self.start)


def log_ticks(low, high):
    """1, 2, 5 of every power of ten that lie between, fewer where there would be too many."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = (1, 2, 5) if last - first <= 3 else (1,)
    found = [step * 10**power for power in range(first, last + 1) for step in steps]
    return [tick for tick in found if low <= tick <= high]


def even_ticks(high, count=5):
    """Round steps from 0 to beyond `high`."""
    raw = high / count or 1
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= raw * 0.999)
    return [step * n for n in range(math.ceil(high / step) + 1)]


def short(value):
    """1.2k, 3M: for axes."""
    for factor, unit in ((1e6, "M"), (1e3, "k")):
        if value >= factor:
            return f"{value / factor:g}{unit}"
    return f"{value:g}"
