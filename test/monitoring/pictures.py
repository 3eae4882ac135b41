#!/usr/bin/env python3
"""Draws docs/pictures anew: panels of the shipped dashboards, from what a real Prometheus answered.

provisioners.svg is a workshop that really runs: 20 people within seconds, the emulator's provisioners, and this script in the place of
the HPA. capacity.svg ends with what the adapter says now of a small cluster; the weeks before are made up (past.py).
"""
import pathlib
import re
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
import past  # noqa: E402
from drawing import page  # noqa: E402
from harness import IntegrationTest  # noqa: E402
from stage import TOP, Stage, filled, panels  # noqa: E402

PICTURES = TOP / "docs/pictures"
TITLES = {"provisioners": "Coder provisioners", "capacity": "Node group capacity"}
POINTS, WORKSHOP_SECONDS, DAY = 100, 100, 86400
PROVISIONERS = ["Jobs", "Provisioners, wanted and there", "Why that many", "Provisioners by status", "Oldest waiting job", "Mean run time by kind"]
CAPACITY = [("Cpu over an hour", DAY), ("Memory over an hour", DAY), ("Memory over a day", DAY), ("Half a year", 180 * DAY),
            ("Cores left after the worst loss", 60), ("Requests of allocatable", 60)]


class Pictures(IntegrationTest):
    def series_of(self, panel, start, end):
        """(legend, points) of each series, as Grafana names them; what is 0 all the time is left out."""
        found, step = [], max(1, (end - start) // POINTS)
        if step > 3600:
            step -= step % 3600  # such old samples are an hour apart
        for target in panel["targets"]:
            expression = filled(target["expr"]).replace('queue=~".*"', 'queue="default"').replace('node_group=~".*"', 'node_group="worker"')
            for one in self.stage.ask_range(expression, start, end, step):
                legend = re.sub(r"\{\{(\w+)\}\}", lambda match, one=one: one["metric"].get(match[1], ""), target["legendFormat"])
                points = [(float(at), float(value)) for at, value in one["values"]]
                if any(value for _, value in points):
                    found.append((legend.strip(), points))
        return found

    def draw(self, name, note, wanted):
        by_title = {panel["title"]: panel for panel in panels(name)}
        end = int(time.time())
        drawn = [(by_title[title], self.series_of(by_title[title], end - span, end), (end - span, end)) for title, span in wanted]
        for panel, series, _ in drawn:
            self.assertTrue(series, panel["title"])
        PICTURES.mkdir(exist_ok=True)
        path = PICTURES / f"{name}.svg"
        path.write_text(page(TITLES[name], note, drawn))
        self.assertLess(path.stat().st_size, 100_000)
        print(path.relative_to(TOP), path.stat().st_size, "bytes")

    def scale(self):
        """What an HPA with the largest wish does, every three seconds."""
        wanted = self.stage.adapter.total("coder_provisioner_desired_replicas", "queue=default")
        if wanted is not None:
            self.stage.exporters.replicas = min(15, int(wanted))
            self.stage.emulator.call("PUT", "/emulator/pools/default/replicas", {"replicas": self.stage.exporters.replicas})

    def workshop(self):
        began = time.monotonic()
        self.stage.build(count=3, duration="6s")
        started = False
        while time.monotonic() - began < WORKSHOP_SECONDS:
            if not started and time.monotonic() - began > 15:
                self.stage.build(count=20, over="5s", duration="20s", spread="6s")
                started = True
            self.scale()
            time.sleep(3)

    def test_draw(self):
        self.stage = Stage(self, list(past.drawn(int(time.time()))))
        self.workshop()
        self.draw("provisioners", "20 people start their workspaces within five seconds; builds take 14 to 26 s, the adapter asks each second",
                  [(title, WORKSHOP_SECONDS) for title in PROVISIONERS])
        self.draw("capacity", "three nodes in three zones: what the adapter says now, behind weeks that are made up", CAPACITY)


if __name__ == "__main__":
    unittest.main()
