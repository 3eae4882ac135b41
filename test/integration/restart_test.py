"""A restart: with coder.keepHistory percentiles and failure ratios are there again at once, without it they begin anew."""
import pathlib
import unittest

from harness import IntegrationTest, config_for, wait_for

DURATION, WAIT = "coder_provisioner_job_duration_seconds", "coder_provisioner_job_wait_seconds"
P50 = "queue=default,job_type=workspace_build,quantile=0.5"
ENDED = 'coder_provisioner_jobs_completed_total{queue="default",organization="default",job_type="workspace_build",status="succeeded"}'
WAITS = 'coder_provisioner_job_wait_seconds_count{queue="default",organization="default",job_type="workspace_build"}'


class Restart(IntegrationTest):
    def config(self, emulator, keep):
        config = config_for(emulator.url, self.folder, keepHistory=keep)
        config["nodeGroups"] = {"history": {"path": str(pathlib.Path(self.folder) / "history.db")}}
        return config

    def play(self, keep):
        """What is left after a restart: the median run time, and how many waits were counted by the second process."""
        emulator = self.start_emulator()
        adapter = self.start_adapter(self.config(emulator, keep))
        emulator.arrive(organization="coder", count=3, duration="4s")
        wait_for("they are counted", lambda: adapter.series().get(ENDED) == 3)
        before = adapter.total(DURATION, P50)
        emulator.arrive(organization="coder", count=2, duration="5m")
        wait_for("they run, and their waits are counted", lambda: adapter.series()[WAITS] == 5)
        adapter.stop()
        again = self.start_adapter(self.config(emulator, keep))
        wait_for("it has polled", lambda: again.total("coder_provisioner_demand") == 2)
        self.assertAlmostEqual(before, 4, delta=0.1)
        return again.total(DURATION, P50), again.series()[WAITS], before

    def test_what_is_kept(self):
        after, waits, before = self.play(True)
        self.assertEqual(after, before)
        self.assertEqual(waits, 0)  # those of the jobs that still run are among what was kept

    def test_what_is_not_kept(self):
        after, waits, _ = self.play(False)
        self.assertIsNone(after)
        self.assertEqual(waits, 2)


if __name__ == "__main__":
    unittest.main()
