"""drawing.py - panels of a dashboard as one SVG, from what Prometheus answered."""
from html import escape

WIDTH, PANEL_HEIGHT, MARGIN = 1200, 230, 12
COLORS = ["#1f77b4", "#d62728", "#2ca02c", "#ff7f0e", "#9467bd", "#8c564b", "#17becf", "#7f7f7f", "#bcbd22", "#e377c2"]


def shown(value, unit):
    if unit == "percentunit":
        return f"{100 * value:.0f}%"
    if unit == "s":
        return f"{value / 86400:.0f} d" if value >= 2 * 86400 else f"{value / 3600:.0f} h" if value >= 7200 else f"{value:.0f} s"
    if unit == "bytes":
        return f"{value / 2 ** 30:.0f} GiB" if abs(value) >= 2 ** 30 else f"{value / 2 ** 20:.0f} MiB"
    return f"{value:.2f}".rstrip("0").rstrip(".")


def text(x, y, words, size=11, color="#444", anchor="start"):
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" fill="{color}" text-anchor="{anchor}">{escape(words)}</text>'


def nice_top(highest, unit):
    """Where the axis ends."""
    if unit in ("percentunit", "bool"):
        return 1.0
    step = 10.0 ** (len(str(int(highest))) - 1) if highest >= 1 else 0.1
    return next((step * factor for factor in (1, 2, 3, 4, 5, 6, 8, 10) if step * factor >= highest * 1.02), step * 20)


class Panel:
    """One panel in its place: series are (legend, [(time, value)])."""

    def __init__(self, panel, series, place, span):
        self.title, self.unit, self.series = panel["title"], panel["fieldConfig"]["defaults"]["unit"], series
        self.x, self.y, self.width = place
        self.start, self.end = span

    def box(self):
        return self.x + 52, self.x + self.width - 14, self.y + 30, self.y + PANEL_HEIGHT - 26 - 14 * ((len(self.series) + 1) // 2)

    def draw(self):
        high = nice_top(max(value for _, points in self.series for _, value in points), self.unit)
        frame = f'<rect x="{self.x}" y="{self.y}" width="{self.width}" height="{PANEL_HEIGHT}" fill="#fff" stroke="#ddd" rx="4"/>'
        return frame + text(self.x + 10, self.y + 19, self.title, 13, "#111") + self.axes(high) + self.lines(high)

    def axes(self, high):
        left, right, top, bottom = self.box()
        parts = []
        for share in (0, 0.25, 0.5, 0.75, 1):
            y = bottom - share * (bottom - top)
            parts.append(f'<path d="M{left} {y:.0f}H{right}" stroke="#eee"/>' + text(left - 6, y + 4, shown(share * high, self.unit), 10, anchor="end"))
        ago = self.end - self.start
        parts.append(text(left, bottom + 13, f"-{shown(ago, 's')}", 10) + text(right, bottom + 13, "now", 10, anchor="end"))
        return "".join(parts)

    def lines(self, high):
        left, right, top, bottom = self.box()
        scale = (right - left) / (self.end - self.start)
        parts = []
        for i, (legend, points) in enumerate(self.series):
            color, x, y = COLORS[i % len(COLORS)], self.x + 12 + (i % 2) * self.width / 2, bottom + 28 + 14 * (i // 2)
            pairs = " ".join(f"{left + (at - self.start) * scale:.0f},{bottom - min(max(value / high, 0), 1) * (bottom - top):.1f}" for at, value in points)
            parts.append(f'<polyline points="{pairs}" fill="none" stroke="{color}" stroke-width="1.6"/>')
            parts.append(f'<path d="M{x:.0f} {y - 4:.0f}h14" stroke="{color}" stroke-width="3"/>')
            parts.append(text(x + 19, y, f"{legend}: {shown(points[-1][1], self.unit)}", 10))
        return "".join(parts)


def page(title, note, panels, columns=2):
    """panels: (panel, series, span)"""
    width = (WIDTH - MARGIN * (columns + 1)) // columns
    drawn = []
    for i, (panel, series, span) in enumerate(panels):
        place = (MARGIN + (i % columns) * (width + MARGIN), 56 + (i // columns) * (PANEL_HEIGHT + MARGIN), width)
        drawn.append(Panel(panel, series, place, span).draw())
    height = 56 + (len(panels) + columns - 1) // columns * (PANEL_HEIGHT + MARGIN)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif"><title>{escape(title)}</title>'
            f'<rect width="{WIDTH}" height="{height}" fill="#f5f6f7"/>' + text(MARGIN, 24, title, 18, "#111") + text(MARGIN, 43, note, 12, "#666")
            + "\n".join(drawn) + "</svg>\n")
