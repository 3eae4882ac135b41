"""A real Prometheus scrapes the adapter and answers queries on what it found."""
import json
import pathlib
import subprocess
import unittest
import urllib.parse

from harness import IntegrationTest, Program, free_port, request, wait_for


class Prometheus(IntegrationTest):
    def test_a_real_prometheus_scrapes(self):
        emulator, adapter = self.start_pair()
        emulator.arrive(count=7, organization="coder", duration="30m")
        wait_for("seven are seen", lambda: adapter.total("coder_provisioner_demand") == 7)
        port = free_port()
        config = pathlib.Path(self.folder) / "prometheus.yml"
        config.write_text(json.dumps({
            "global": {"scrape_interval": "1s"},
            "scrape_configs": [{
                "job_name": "adapter", "scheme": "https", "tls_config": {"insecure_skip_verify": True},
                "static_configs": [{"targets": [f"127.0.0.1:{adapter.port}"]}],
            }],
        }))
        subprocess.run(["promtool", "check", "config", str(config)], check=True, capture_output=True)
        self.keep(Program(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={self.folder}/tsdb", f"--web.listen-address=127.0.0.1:{port}"],
            self.folder, "prometheus"))

        def ask(query):
            url = f"http://127.0.0.1:{port}/api/v1/query?query={urllib.parse.quote(query)}"
            result = request(url).json["data"]["result"]
            return float(result[0]["value"][1]) if result else None

        wait_for("a scrape", lambda: ask("up") == 1, seconds=30)
        wait_for("the demand", lambda: ask('max by (queue) (coder_provisioner_demand{queue="default"})') == 7)
        self.assertEqual(ask("sum(coder_provisioner_queue_depth) + sum(coder_provisioner_active_jobs)"), 7)
        self.assertEqual(ask("min(adapter_source_up)"), 1)
        self.assertEqual([ask(f'coder_provisioner_policy_replicas{{part="{part}"}}') for part in ("min", "max", "workshop", "headroom", "wanted")],
                         [6, 15, 0, 8, 8])
        self.assertGreater(ask("sum(adapter_request_duration_seconds_count)"), 0)


if __name__ == "__main__":
    unittest.main()
