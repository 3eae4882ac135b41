"""What Coder, or something in its place, may answer; what the HPA then reads: a true value or an error, never a false zero."""
import json
import pathlib
import unittest

from harness import Adapter, FakeCoder, IntegrationTest, config_for, wait_for

ORGANIZATION = "/api/v2/organizations/default"
JOBS, DAEMONS = ORGANIZATION + "/provisionerjobs", ORGANIZATION + "/provisionerdaemons"
JSON = "application/json; charset=utf-8"


def job(number, status="pending", **more):
    return {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "created_at": "2026-11-22T09:00:00.5Z",
        "status": status,
        "tags": {"scope": "organization", "owner": ""},
        "type": "workspace_build",
        **more,
    }


def body_of(value):
    return json.dumps(value).encode()


def ok(value):
    return (200, JSON, body_of(value))


class CoderAnswers(IntegrationTest):
    def start(self, jobs, daemons=None, **coder):
        coder_server = self.keep(FakeCoder({JOBS: jobs, DAEMONS: daemons or ok([])}))
        return coder_server, self.start_adapter(config_for(coder_server.url, self.folder, **coder))

    def test_lenient_where_servers_differ(self):
        jobs = [
            job(1),
            job(2, created_at="2026-11-22T10:00:00+01:00"),
            job(3, status="running", started_at="2026-11-22T09:00:01Z", unknown_field={"a": [1, 2]}),
            job(4, status="canceling"),
            job(5, status="some_new_status"),
            job(6, type="some_new_type", worker_id=None, tags={"scope": "organization", "owner": ""}),
        ]
        _, adapter = self.start(ok(jobs))
        self.assertEqual(adapter.total("coder_provisioner_queue_depth"), 3)
        self.assertEqual(adapter.total("coder_provisioner_queue_depth", "job_type=other"), 1)
        self.assertEqual(adapter.total("coder_provisioner_active_jobs"), 2)

    def test_what_is_asked(self):
        coder, _ = self.start(ok([]))
        path, headers = next(entry for entry in coder.asked if entry[0].startswith(JOBS))
        self.assertIn("limit=10000", path)
        self.assertIn("status=pending,running,canceling", path.replace("%2C", ","))
        headers = {name.lower(): value for name, value in headers.items()}
        self.assertEqual(headers["coder-session-token"], "integration-token-of-no-worth")
        for path, _ in coder.asked:
            if path.startswith(DAEMONS):
                self.assertRegex(path, r"\?limit=\d+$")  # older servers refuse every other parameter

    def test_answers_that_are_errors(self):
        rows = [
            ("no array", ok({"jobs": []}), "array"),
            ("truncated", (200, JSON, body_of([job(1), job(2)])[:-20]), "truncated"),
            ("wrong type", ok([job(1), job(2, tags=["a"])]), "tags"),
            ("missing id", ok([{key: value for key, value in job(1).items() if key != "id"}]), "id"),
            ("missing status", ok([{key: value for key, value in job(1).items() if key != "status"}]), "status"),
            ("bad stamp", ok([job(1, created_at="yesterday")]), "created_at"),
            ("a full page", ok([job(1), job(2)]), "limit"),
            ("HTML", (200, "text/html", b"<html>sign in</html>"), "text/html"),
            ("401", (401, JSON, body_of({"message": "You are signed out"})), "token"),
            ("404", (404, JSON, body_of({"message": "Resource not found"})), "role"),
            ("500", (500, JSON, body_of({"message": "Internal error"})), "500"),
            ("502", (502, "text/html", b"<html>bad gateway</html>"), "502"),
            ("redirect", (302, "text/html", b""), "302"),
            ("empty body", (200, JSON, b""), ""),
            ("rubbish", (200, JSON, b"\x00\xff\xfe"), ""),
        ]
        started = [(name, word, *self.start_in_folder(name, answer)) for name, answer, word in rows]  # all at once: most of it is waiting
        for name, word, _, adapter in started:
            with self.subTest(name):
                wait_for("the first poll", adapter.is_ready)
                answer = adapter.read("coder_provisioner_demand")
                self.assertEqual(answer.status, 503)
                self.assertIn("coder/default/jobs", answer.json["message"])
                self.assertIn(word.lower(), answer.json["message"].lower())
                self.assertEqual(adapter.series()['adapter_source_up{source="coder/default/jobs"}'], 0)

    def start_in_folder(self, name, jobs):
        folder = pathlib.Path(self.folder) / name.replace(" ", "-")
        folder.mkdir()
        coder = self.keep(FakeCoder({JOBS: jobs, DAEMONS: ok([])}))
        return coder, self.keep(Adapter(folder, config_for(coder.url, folder, jobLimit=2), wait=False))

    def test_a_bad_answer_leaves_the_last_good_value_until_it_is_stale(self):
        coder, adapter = self.start(ok([job(1)]))
        self.assertEqual(adapter.total("coder_provisioner_demand"), 1)
        coder.answers[JOBS] = (200, JSON, b"[")
        self.assertIn("truncated", wait_for("an error instead", lambda: self.error_of(adapter)))
        coder.answers[JOBS] = ok([job(1), job(2)])
        wait_for("the next good value", lambda: adapter.total("coder_provisioner_demand") == 2)

    def error_of(self, adapter):
        answer = adapter.read("coder_provisioner_demand")
        if answer.status == 503:
            return answer.json["message"]
        self.assertEqual((answer.status, [item["value"] for item in answer.json["items"]]), (200, ["1"]))
        return None

    def test_never_read_is_an_error_from_the_first_answer_on(self):
        _, adapter = self.start((404, JSON, b'{"message":"Resource not found"}'))
        answer = adapter.read("coder_provisioner_demand")
        self.assertEqual(answer.status, 503)
        self.assertIn("provisioner_jobs:read", answer.json["message"])
        self.assertNotIn('coder_provisioner_demand{', adapter.get("/metrics").text)
        self.assertEqual(adapter.series()['adapter_source_up{source="coder/default/jobs"}'], 0)

    def test_one_path_that_fails_leaves_what_does_not_need_it(self):
        _, adapter = self.start(ok([job(1)]), daemons=(500, JSON, b'{"message":"no"}'))
        self.assertEqual(adapter.total("coder_provisioner_queue_depth"), 1)
        self.assertEqual(adapter.read("coder_provisioner_active_jobs").status, 503)

    def test_the_token_file_is_read_again(self):
        coder, adapter = self.start(ok([]))
        (adapter.folder / "token").write_text("another-token")
        wait_for("the new token is sent", lambda: coder.asked[-1][1].get("Coder-Session-Token") == "another-token")


if __name__ == "__main__":
    unittest.main()
