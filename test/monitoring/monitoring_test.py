#!/usr/bin/env python3
"""Every query of every panel and of every alert, asked of a real Prometheus that scrapes the adapter and node_exporter: each has data.

An alert is asked without its threshold, so that it tells what it would compare; where an expression compares no number, its condition is
brought about. Every rule must evaluate without an error, and none may stay without a result that is not named in QUIET.
"""
import os
import pathlib
import re
import sys
import unittest

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
from harness import IntegrationTest, wait_for  # noqa: E402
from stage import RULES, Stage, filled, panels  # noqa: E402

NUMBER = re.compile(r"(?:[<>]=?|==)\s*(?:bool\s+)?[\d.]+(?:\s*[*/]\s*[\d.]+)*")
WHEN_GONE = {"AdapterDown"}  # has data only when the adapter has none


def without_threshold(expression):
    return NUMBER.sub("", expression)


def alerts():
    for path in RULES:
        for group in yaml.safe_load(path.read_text())["groups"]:
            for rule in group["rules"]:
                if "alert" in rule:
                    yield f"{path.name}: {rule['alert']} {rule['labels'].get('resource', '')}", rule


class Monitoring(IntegrationTest):
    maxDiff = None

    def lacking(self, stage, queries):
        """The queries without data; asked again until none is left or nothing changes any more."""
        left = dict(queries)

        def ask():
            for name in list(left):
                if stage.ask(left[name]):
                    del left[name]
            return not left

        try:
            wait_for("data for all", ask, seconds=60)
        except AssertionError:
            return [f"{name}: {query}" for name, query in left.items()]
        return []

    def check_rules(self, stage):
        groups = stage.get("rules")["groups"]
        wrong = [f"{rule['name']}: {rule['lastError']}" for group in groups for rule in group["rules"] if rule.get("lastError")]
        self.assertEqual(wrong, [])
        self.assertEqual(sum(len(group["rules"]) for group in groups),
                         sum(len(group["rules"]) for path in RULES for group in yaml.safe_load(path.read_text())["groups"]))

    def test_every_query_has_data(self):
        stage = Stage(self)
        stage.play()
        queries = {f"{name}: {panel['title']} {target['refId']}": filled(target["expr"])
                   for name in ("provisioners", "capacity") for panel in panels(name) for target in panel["targets"]}
        queries |= {f"{name} ({i})": without_threshold(rule["expr"]) for i, (name, rule) in enumerate(alerts()) if rule["alert"] not in WHEN_GONE}
        self.assertGreater(len(queries), 100)
        lacking = self.lacking(stage, queries)
        self.assertEqual(lacking, [])
        self.check_rules(stage)
        self.check_provoked(stage)
        print(f"{len(queries)} queries have data")

    def check_provoked(self, stage):
        """What is really so here fires, or waits for its time: all alerts whose conditions were brought about."""
        told = {alert["labels"]["alertname"] for alert in stage.get("alerts")["alerts"]}
        for name in ("ProvisionerQueueDeep", "ProvisionersAtMaximum", "ProvisionerJobsFailing", "ProvisionerJobsUnserved", "NodeGroupLabelMissing",
                     "ProvisionersNotConnected", "ProvisionerThrottled", "NodeGroupHistoryLost", "ProvisionerQueueNotRead"):
            self.assertIn(name, told)
        for name in ("AdapterDown", "AdapterSourceStale", "AdapterConfigurationRefused", "AdapterCertificateExpiring", "ProvisionerJobReaped"):
            self.assertNotIn(name, told)
        stage.adapter.stop()
        gone = next(rule["expr"] for _, rule in alerts() if rule["alert"] == "AdapterDown")
        wait_for("AdapterDown has data", lambda: stage.ask(gone), seconds=60)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    unittest.main()
