"""past.py - what was before a test began: weeks of use for the adapter's history, and days of recorded series for Prometheus.

A working day's wave that grows, so that the forecast has a trend and every range of the rules has samples.
"""
import math
import subprocess

HOUR, DAY, WEEK = 3600, 86400, 7 * 86400
GIB = 1 << 30
SIZES = {"cpu": 12.0, "memory": 48.0 * GIB}  # of the group worker: w1 to w3
HISTORY_UNITS = {"cpu": 1000, "memory": 1}  # the adapter keeps thousandths of a core, and bytes


def use_ratio(at, now, resource):
    """A night is 0.50 of cpu and 0.62 of memory now, noon is 0.15 more, and each of the last nine weeks has 0.03 more than the one before."""
    wave = max(0.0, math.sin(2 * math.pi * (at % DAY) / DAY - math.pi / 2))
    weekday = 0.6 if int(at // DAY) % 7 in (2, 3) else 1.0  # the epoch was a Thursday
    growth = 0.03 * max(at - now, -9 * WEEK) / WEEK
    return (0.50 if resource == "cpu" else 0.62) + 0.15 * wave * weekday + growth


def fill_history(writer, path, now):
    """Nine weeks of the adapter's own history, in pieces of an hour, and of five minutes in the last two days."""
    starts = [*range(now - 9 * WEEK, now - 2 * DAY, HOUR), *range(now - 2 * DAY, now - 300, 300)]
    lines = []
    for at, to in zip(starts, starts[1:]):
        for resource, size in SIZES.items():
            size *= HISTORY_UNITS[resource]
            lines.append(f"worker/{resource}/use {at} {to} {use_ratio(at, now, resource) * size:.6g}")
            lines.append(f"worker/{resource}/capacity {at} {to} {size:.6g}")
    subprocess.run([writer, "fill", path], input="\n".join(lines), text=True, check=True, capture_output=True)



def every(now, span, step, value):
    return [(at, value(at)) for at in range(now - span, now + 1, step)]


def drawn(now):
    """What the adapter itself would have said for a day, had it been there; for pictures, which begin before the test."""
    for resource in SIZES:
        hour = lambda at, resource=resource: use_ratio(at, now, resource)
        day = lambda at, hour=hour: sum(hour(at - back) for back in range(0, DAY, HOUR)) / 24
        for window, ratio in (("1h", hour), ("24h", day)):
            yield f"node_group_{resource}_usage_ratio", {"node_group": "worker", "window": window}, every(now, 25 * HOUR, 240, ratio)
    for line, labels in ((0.95, {"severity": "P1", "resource": "cpu"}), (0.85, {"severity": "P1", "resource": "memory"}), (0.75, {"severity": "P2"})):
        yield "node_group:line:ratio", labels, [(at, line) for span, step in ((26 * WEEK, HOUR), (25 * HOUR, 240)) for at, _ in every(now, span, step, float)]
    yield "node_group_nodes", {"node_group": "worker", "state": "ready"}, every(now, 25 * HOUR, 240, lambda at: 3)


def recorded(now):
    """(name, labels, points) of what the rules would have recorded, had they run for so long."""
    for resource, size in SIZES.items():
        group = {"node_group": "worker", "resource": resource}
        ratio = lambda at, resource=resource: use_ratio(at, now, resource)
        used = lambda at, ratio=ratio, size=size: ratio(at) * size
        busiest = lambda at, resource=resource, size=size: (use_ratio(at - at % DAY + DAY // 2, now, resource)) * size
        yield "node_group:usage_ratio:max", {**group, "window": "1h"}, every(now, 25 * HOUR, 120, ratio)
        yield "node_group:usage_ratio:max", {**group, "window": "24h"}, every(now, 26 * WEEK, HOUR, ratio) + [(now, ratio(now))]
        for name, value in (("capacity:group_used", used), ("capacity:group_measured", lambda at, size=size: size),
                            ("capacity:group_size", lambda at, size=size: size), ("capacity:group_usage:ratio1h", ratio),
                            ("capacity:group_used:mean1h", used), ("capacity:group_busy:bool", lambda at, ratio=ratio: float(ratio(at) > 0.75))):
            yield name, group, every(now, 25 * HOUR, 60, value)
        for name in ("capacity:group_used:mean24h", "capacity:group_used:peak1w"):
            yield name, group, every(now, 5 * WEEK, HOUR, busiest)
        for node in ("w1", "w2", "w3"):
            # The adapter keeps no history of a node: its hour would be known in an hour.
            yield f"node_{resource}_usage_ratio", {"node": node, "node_group": "worker", "window": "1h"}, every(now, HOUR, 60, ratio)
            yield "node:usage_ratio:max", {"node": node, **group, "window": "1h"}, every(now, HOUR, 60, ratio)
            for name, value in (("capacity:node_used", lambda at, used=used: used(at) / 3), ("capacity:node_size", lambda at, size=size: size / 3)):
                yield name, {"node": node, "resource": resource}, every(now, 2 * HOUR, 60, value)
    grows = lambda at: 0.60 + 0.03 * (at - now) / DAY
    for labels in ({"kind": "disk", "instance": "w1", "mountpoint": "/"}, {"kind": "ceph", "namespace": "rook-ceph"},
                   {"kind": "volume", "namespace": "db", "persistentvolumeclaim": "data-0"}):
        for name in ("storage:used:ratio", "storage:used:peak1d"):
            yield name, labels, every(now, 3 * DAY, 240, grows)


def backfill(folder, data, now, more=()):
    """Blocks of the recorded series in Prometheus' folder of data."""
    text, path = [], folder / "past.om"
    by_name = {}
    for name, labels, points in [*recorded(now), *more]:
        by_name.setdefault(name, []).append((labels, dict(points)))
    for name, rows in by_name.items():
        text.append(f"# TYPE {name} gauge")
        for labels, points in rows:
            inside = ",".join(f'{key}="{value}"' for key, value in labels.items())
            text += [f"{name}{{{inside}}} {value:.6g} {at}" for at, value in sorted(points.items())]
    path.write_text("\n".join(text) + "\n# EOF\n")
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=5000h", str(path), str(data)], check=True, capture_output=True)
