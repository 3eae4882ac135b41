"""Workspaces that start by schedule: Coder is asked for them page by page, and provisioners are wanted before they start."""
import json
import time
import unittest
import urllib.parse

from harness import FakeCoder, IntegrationTest, config_for, wait_for

ID = "20b65688-77aa-59a7-b24c-dace09ddbc4c"
DESIRED = "coder_provisioner_desired_replicas"


def workspace(in_seconds, transition="stop"):
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + in_seconds))
    return {"id": ID, "organization_id": ID, "next_start_at": at,
            "latest_build": {"transition": transition, "job": {"tags": {"scope": "organization", "owner": ""}}}}


class Autostart(IntegrationTest):
    def start(self, workspaces, status=200, autostart=True):
        self.asked = []

        def answer(path):
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)
            offset, limit = int(query["offset"][0]), int(query["limit"][0])
            self.asked.append((offset, limit))
            page = {"workspaces": workspaces[offset:offset + limit], "count": len(workspaces)} if status == 200 else {"message": "Forbidden."}
            return status, "application/json", json.dumps(page).encode()

        base, empty = "/api/v2/organizations/default", (200, "application/json", b"[]")
        organization = (200, "application/json", json.dumps({"id": ID, "name": "coder"}).encode())
        coder = self.keep(FakeCoder({base: organization, base + "/provisionerdaemons": empty, base + "/provisionerjobs": empty,
                                     "/api/v2/workspaces": answer}))
        config = config_for(coder.url, self.folder)
        config["queues"][0].update(autostart=autostart, replicas={"min": 1, "max": 15})
        return self.start_adapter(config)

    def explanation(self, adapter):
        answer = adapter.get(f"/explain/namespaces/coder/{DESIRED}").json
        return answer["items"][0]["explanation"] if answer.get("items") else {}

    def test_a_crowd_is_waited_for(self):
        workspaces = [workspace(8 * 3600) for _ in range(70)] + [workspace(600) for _ in range(12)] + [workspace(600, "start") for _ in range(9)]
        adapter = self.start(workspaces)
        wait_for("the crowd raises the wish", lambda: adapter.total(DESIRED) == 8)  # the guideline for twelve
        self.assertEqual(self.asked, [(0, 50), (50, 50)])  # and no more for the next ten minutes
        self.assertEqual(self.explanation(adapter)["decidedBy"], "autostart")

    def test_without_the_right_the_rest_goes_on(self):
        adapter = self.start([], status=403)
        wait_for("it is told", lambda: "scheduled starts of workspaces cannot be read" in adapter.log())
        self.assertIn("workspace:read", adapter.log())
        wait_for("a value", lambda: adapter.total(DESIRED) == 1)

    def test_it_is_asked_only_when_a_queue_wants_it(self):
        adapter = self.start([workspace(600)] * 9, autostart=False)
        wait_for("a value", lambda: adapter.total(DESIRED) == 1)
        time.sleep(2)
        self.assertEqual(self.asked, [])


if __name__ == "__main__":
    unittest.main()
