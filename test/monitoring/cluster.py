"""cluster.py - a small Kubernetes cluster, told twice: as the API server tells it to the adapter, and as kube-state-metrics, cAdvisor, the
kubelet and Ceph's exporter tell it to Prometheus. Three nodes of the group worker in three zones, and one without a group.
"""
import http.server
import json
import threading
import time

from harness import FakeCoder

GIB = 1 << 30
NODES = [("w1", "worker", "z1"), ("w2", "worker", "z2"), ("w3", "worker", "z3"), ("stray", None, "z1")]
PODS = [(f"app-{i}", f"w{i % 3 + 1}", "500m", 0.5) for i in range(9)] + [("coder-provisioner-default-7d9f-x2x4z", "w1", "500m", 0.5)]
HPA = 'namespace="coder",horizontalpodautoscaler="coder-provisioner-default"'
PROVISIONER = 'namespace="coder",pod="coder-provisioner-default-7d9f-x2x4z",container="coder"'


def node_object(name, group, zone):
    labels = {"topology.kubernetes.io/zone": zone, **({"elastisys.io/node-group": group} if group else {})}
    amounts = {"cpu": "4", "memory": "16Gi", "pods": "110"}
    return {"metadata": {"name": name, "labels": labels, "creationTimestamp": "2026-01-01T00:00:00Z"}, "spec": {},
            "status": {"capacity": amounts, "allocatable": amounts, "conditions": [{"type": "Ready", "status": "True"}]}}


def pod_object(name, node, cpu, memory):
    owner = [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "app", "uid": name, "controller": True}]
    requests = {"cpu": cpu, "memory": f"{int(memory * 1024)}Mi"}
    return {"metadata": {"name": name, "namespace": "coder", "uid": name, "ownerReferences": owner},
            "spec": {"nodeName": node, "containers": [{"name": "coder", "resources": {"requests": requests}}]}, "status": {"phase": "Running"}}


def collection(kind, objects):
    whole = json.dumps({"kind": kind + "List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": objects}).encode()

    def answer(path):
        if "watch=" not in path:
            return 200, "application/json", whole
        time.sleep(3)  # nothing happens, and the watch ends as watches do
        return 200, "application/json", b""

    return answer


def usage_list(_path):
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    items = [{"metadata": {"name": name}, "timestamp": now, "window": "15s", "usage": {"cpu": "2200m", "memory": "10600Mi"}} for name, _, _ in NODES]
    return 200, "application/json", json.dumps({"kind": "NodeMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "items": items}).encode()


def api_server():
    return FakeCoder({
        "/api/v1/nodes": collection("Node", [node_object(*node) for node in NODES]),
        "/api/v1/pods": collection("Pod", [pod_object(*pod) for pod in PODS]),
        "/apis/metrics.k8s.io/v1beta1/nodes": usage_list,
    })


def node_lines():
    for name, group, zone in NODES:
        node = f'node="{name}"'
        yield f"kube_node_info{{{node}}} 1"
        labels = f'{node},label_topology_kubernetes_io_zone="{zone}"' + (f',label_elastisys_io_node_group="{group}"' if group else "")
        yield f"kube_node_labels{{{labels}}} 1"
        yield f'kube_node_status_condition{{{node},condition="Ready",status="true"}} 1'
        yield f"kube_node_spec_unschedulable{{{node}}} 0"
        yield f"kube_node_created{{{node}}} {time.time() - 200 * 86400:.0f}"
        for what in ("capacity", "allocatable"):
            yield f'kube_node_status_{what}{{{node},resource="cpu",unit="core"}} 4'
            yield f'kube_node_status_{what}{{{node},resource="memory",unit="byte"}} {16 * GIB}'


def pod_lines():
    for name, node, _cpu, memory in PODS:
        pod = f'namespace="coder",pod="{name}"'
        yield f'kube_pod_info{{{pod},node="{node}",created_by_kind="ReplicaSet"}} 1'
        yield f'kube_pod_status_phase{{{pod},phase="Running"}} 1'
        yield f'kube_pod_status_phase{{{pod},phase="Pending"}} 0'
        yield f'kube_pod_container_resource_requests{{{pod},container="coder",node="{node}",resource="cpu",unit="core"}} 0.5'
        yield f'kube_pod_container_resource_requests{{{pod},container="coder",node="{node}",resource="memory",unit="byte"}} {int(memory * GIB)}'
    yield f'kube_pod_container_resource_limits{{{PROVISIONER},node="w1",resource="memory",unit="byte"}} {GIB // 2}'
    yield f"kube_pod_container_status_restarts_total{{{PROVISIONER}}} {int(time.time()) // 30 % 1000}"
    yield f'kube_pod_container_status_last_terminated_reason{{{PROVISIONER},reason="OOMKilled"}} 1'


def hpa_lines(replicas):
    metric = f'{HPA},metric_name="coder_provisioner_desired_replicas",metric_target_type="average"'
    yield f"kube_horizontalpodautoscaler_spec_target_metric{{{metric}}} 1"
    for what, value in (("spec_min_replicas", 6), ("spec_max_replicas", 15), ("status_current_replicas", replicas), ("status_desired_replicas", replicas)):
        yield f"kube_horizontalpodautoscaler_{what}{{{HPA}}} {value}"
    for condition, holds in (("AbleToScale", 1), ("ScalingActive", 1), ("ScalingLimited", 0)):
        yield f'kube_horizontalpodautoscaler_status_condition{{{HPA},condition="{condition}",status="true"}} {holds}'
        yield f'kube_horizontalpodautoscaler_status_condition{{{HPA},condition="{condition}",status="false"}} {1 - holds}'


def other_lines():
    """cAdvisor, kubelet, Ceph, disks; and what the adapter only says about a certificate of its own making, which it has not here."""
    busy = time.time() % 1e6
    yield f"container_cpu_usage_seconds_total{{{PROVISIONER}}} {busy * 0.4:.3f}"
    yield f"container_cpu_cfs_periods_total{{{PROVISIONER}}} {busy * 10:.0f}"
    yield f"container_cpu_cfs_throttled_periods_total{{{PROVISIONER}}} {busy * 3:.0f}"
    yield f"container_memory_working_set_bytes{{{PROVISIONER}}} {300 * 1024 * 1024}"
    yield f"container_oom_events_total{{{PROVISIONER}}} {int(busy) // 30}"
    disk = 'instance="w1",device="/dev/vda1",fstype="ext4",mountpoint="/"'
    yield f"node_filesystem_avail_bytes{{{disk}}} {int(0.4 * 100 * GIB)}"
    yield f"node_filesystem_size_bytes{{{disk}}} {100 * GIB}"
    yield f"node_filesystem_readonly{{{disk}}} 0"
    volume = 'namespace="db",persistentvolumeclaim="data-0"'
    yield f"kubelet_volume_stats_available_bytes{{{volume}}} {4 * GIB}"
    yield f"kubelet_volume_stats_capacity_bytes{{{volume}}} {10 * GIB}"
    for i, host in enumerate(("h1", "h2", "h3")):
        osd = f'namespace="rook-ceph",ceph_daemon="osd.{i}"'
        yield f"ceph_osd_stat_bytes{{{osd}}} {1000 * GIB}"
        yield f"ceph_osd_stat_bytes_used{{{osd}}} {(500 + 20 * i) * GIB}"
        yield f'ceph_osd_metadata{{{osd},hostname="{host}"}} 1'
    yield 'adapter_certificate_problem{reason="write_failed"} 0'


class Exporters:
    """One page with what several exporters say; replicas is what the HPA has."""

    def __init__(self):
        self.replicas = 6
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                lines = [*node_lines(), *pod_lines(), *hpa_lines(outer.replicas), *other_lines()]
                body = ("\n".join(lines) + "\n").encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
