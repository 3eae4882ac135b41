"""plot.py - line plots on two logarithmic axes as SVG, without a library. Colours hold on white and on black."""
import math

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 360, 80, 20, 40, 50
COLOURS = ("#2f7ed8", "#d9822b", "#3a9a5b", "#9a4fb8")
GREY = "#888888"


def slope(points):
    """The exponent b of y = a x^b by least squares on the logarithms: 1 is linear."""
    logs = [(math.log(x), math.log(y)) for x, y in points]
    mean_x, mean_y = (sum(column) / len(logs) for column in zip(*logs))
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / sum((x - mean_x) ** 2 for x, _ in logs)


def _decades(values):
    return math.floor(math.log10(min(values)) + 1e-9), math.ceil(math.log10(max(values)) - 1e-9)


def _label(power):
    return {-3: "0.001", -2: "0.01", -1: "0.1"}.get(power, f"{10 ** power:,}" if power >= 0 else f"1e{power}")


class Plot:
    def __init__(self, title, x_name, y_name):
        self.title, self.x_name, self.y_name, self.lines = title, x_name, y_name, []

    def line(self, name, points):
        self.lines.append((name, points))

    def _place(self, x, y):
        (low_x, high_x), (low_y, high_y) = self.range_x, self.range_y
        return (LEFT + (math.log10(x) - low_x) / (high_x - low_x) * (WIDTH - LEFT - RIGHT),
                HEIGHT - BOTTOM - (math.log10(y) - low_y) / (high_y - low_y) * (HEIGHT - TOP - BOTTOM))

    def _axes(self):
        for power in range(self.range_x[0], self.range_x[1] + 1):
            x, bottom = self._place(10.0 ** power, 10.0 ** self.range_y[0])
            yield f'<path d="M{x:.1f} {TOP}V{bottom:.1f}" stroke="{GREY}" stroke-opacity=".3"/>'
            yield f'<text x="{x:.1f}" y="{bottom + 18:.1f}" text-anchor="middle">{_label(power)}</text>'
        for power in range(self.range_y[0], self.range_y[1] + 1):
            left, y = self._place(10.0 ** self.range_x[0], 10.0 ** power)
            yield f'<path d="M{left:.1f} {y:.1f}H{WIDTH - RIGHT}" stroke="{GREY}" stroke-opacity=".3"/>'
            yield f'<text x="{left - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{_label(power)}</text>'

    def _line(self, name, points, at):
        colour, places = COLOURS[at % len(COLOURS)], [self._place(*point) for point in points]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        yield f'<path d="M{path}" stroke="{colour}" fill="none" stroke-width="2"/>'
        for x, y in places:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>'
        yield f'<text x="{LEFT + 10}" y="{TOP + 18 + 18 * at}" fill="{colour}">{name}</text>'

    def svg(self):
        xs, ys = zip(*(point for _, points in self.lines for point in points))
        self.range_x, self.range_y = _decades(xs), _decades(ys)
        body = [f"<title>{self.title}</title>",
                f'<text x="{WIDTH / 2}" y="22" text-anchor="middle" font-weight="bold">{self.title}</text>', *self._axes()]
        for at, (name, points) in enumerate(self.lines):
            body.extend(self._line(name, points, at))
        body.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">{self.x_name}</text>')
        body.append(f'<text transform="translate(18 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">{self.y_name}</text>')
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" '
                f'fill="{GREY}">\n' + "\n".join(body) + "\n</svg>\n")
