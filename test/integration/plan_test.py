"""plan asks a running adapter: how long builds take, and what room the nodes have."""
import json
import subprocess
import unittest

from harness import ADAPTER, IntegrationTest, wait_for

ENDED = 'coder_provisioner_jobs_completed_total{queue="default",organization="default",job_type="workspace_build",status="succeeded"}'


def plan(*args):
    return subprocess.run([ADAPTER, "plan", *args], capture_output=True, text=True, timeout=30, check=False)


class Plan(IntegrationTest):
    def test_builds_of_a_queue(self):
        emulator, adapter = self.start_pair()
        wait_for("a poll", lambda: adapter.series().get(ENDED) == 0)
        asked = ("--users", "30", "--provisioners", "10", "--from-history", "default", "--server", adapter.url)
        done = plan(*asked)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no workspace build of such a queue in namespace coder has ended", done.stderr)
        emulator.arrive(organization="coder", count=4, duration="4s")
        emulator.arrive(organization="coder", count=2, duration="4s", type="template_version_import")
        wait_for("they are counted", lambda: adapter.series()[ENDED] == 4)
        done = plan(*asked, "--format", "json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        answer = json.loads(done.stdout)
        self.assertEqual(set(answer), {"provisioners", "p50WaitSeconds", "p95WaitSeconds", "longestWaitSeconds", "requiredProvisioners",
                                       "guidelineMinimum", "guidelineProvisioners"})
        self.assertAlmostEqual(answer["longestWaitSeconds"], 8, delta=0.4)  # three waves of four seconds
        self.assertAlmostEqual(answer["p50WaitSeconds"], 4, delta=0.2)
        done = plan(*asked)
        self.assertIn("as those of queue default in the last hour", done.stdout)
        self.assertIn("nodeGroups are off", done.stdout)
        self.assertIn("kubectl scale deployment coder-provisioner-default", done.stdout)
        done = plan("--users", "5", "--from-history", "default", "--server", adapter.url, "-n", "elsewhere")
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
