"""Jobs that begin and end between two polls: no list of active jobs ever has them, but the provisioners name the last one they ran."""
import unittest

from harness import IntegrationTest, config_for, wait_for

NAME = 'coder_provisioner_jobs_completed_total{queue="default",organization="default",job_type="workspace_build",status="succeeded"}'
SOURCE = 'adapter_source_last_success_timestamp_seconds{source="coder/default/jobs"}'


class ShortJobs(IntegrationTest):
    def polled(self, adapter, times):
        for _ in range(times):
            last = adapter.series()[SOURCE]
            wait_for("the next poll", lambda last=last: adapter.series()[SOURCE] != last)

    def test_each_provisioners_last_job_is_counted_once(self):
        emulator, adapter = self.start_pair()
        wait_for("the first poll", lambda: adapter.series().get(NAME) == 0)
        self.polled(adapter, 2)
        for wanted in (3, 6):
            emulator.arrive(organization="coder", count=3, duration="50ms")  # one for each of three idle provisioners
            wait_for("they have ended", lambda wanted=wanted: emulator.state()["jobs"]["succeeded"] == wanted)
            wait_for("they are counted", lambda wanted=wanted: adapter.series()[NAME] == wanted)
            self.polled(adapter, 2)
            self.assertEqual(adapter.series()[NAME], wanted)

    def test_nothing_of_the_time_before_the_start(self):
        emulator = self.start_emulator()
        emulator.arrive(organization="coder", count=3, duration="1ms")
        wait_for("they have ended", lambda: emulator.state()["jobs"]["succeeded"] == 3)
        adapter = self.start_adapter(config_for(emulator.url, self.folder))
        wait_for("the first poll", lambda: adapter.series().get(NAME) is not None)
        self.polled(adapter, 2)
        self.assertEqual(adapter.series()[NAME], 0)


if __name__ == "__main__":
    unittest.main()
