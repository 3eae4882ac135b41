package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"coder-metrics-adapter/test/e2e/adapter"
	"coder-metrics-adapter/test/e2e/nodemetrics"
)

const (
	groupLabel    = "elastisys.io/node-group"
	groupCPUUsage = "node_group_cpu_usage_ratio"
)

// Two workers, three quarters used: an HPA on the group's usage scales, requests count, a cordoned node counts apart, one that goes is gone.
func TestNodeGroups(t *testing.T) {
	coder := startCoder(t)
	grantNodes(t)
	for _, name := range []string{"worker-a", "worker-b"} {
		makeNode(t, name)
	}
	server := startAdapterWith(t, coder, adapter.Options{NodeGroups: true, OpenMetrics: true})
	usage := startNodeMetrics(t)
	usage.Set("worker-a", nodemetrics.Usage{CPU: "3", Memory: "4Gi"})
	usage.Set("worker-b", nodemetrics.Usage{CPU: "3000000000n", Memory: "2Gi"})

	makeBoundPod(t, "builder", "worker-a")
	awaitSeries(t, server,
		`node_group_nodes{node_group="workers",state="ready"} 2`,
		`node_group_cpu_requests_ratio{node_group="workers"} 0.25`,
		`node_group_resilient{node_group="workers",resilience="node"} 1`,
		`node_group_headroom_cores{node_group="workers",resilience="node"} 2`,
		`node_group_memory_usage_ratio{node_group="workers",window="now"} 0.375`,
		`node_cpu_usage_ratio{node="worker-b",node_group="workers",window="now"} 0.75`)

	checkCapacityCommand(t)

	startProvisionersOf(t)
	awaitScaling(t)

	setUnschedulable(t, "worker-b", true)
	awaitSeries(t, server,
		`node_group_nodes{node_group="workers",state="ready"} 1`,
		`node_group_nodes{node_group="workers",state="cordoned"} 1`,
		`node_group_cpu_requests_ratio{node_group="workers"} 0.5`)
	setUnschedulable(t, "worker-b", false)
	must(t, control.Client.CoreV1().Nodes().Delete(t.Context(), "worker-a", metav1.DeleteOptions{}))
	awaitSeries(t, server,
		`node_group_nodes{node_group="workers",state="ready"} 1`,
		`node_group_nodes{node_group="workers",state="cordoned"} 0`,
		`node_group_cpu_requests_ratio{node_group="workers"} 0`)
}

// checkCapacityCommand has the program ask the cluster itself, with the adapter's rights: volumes are not among them, and that is said.
func checkCapacityCommand(t *testing.T) {
	t.Helper()
	kubeconfig, err := control.WriteKubeconfig(adapterUser)
	must(t, err)
	var complaints strings.Builder
	command := exec.CommandContext(t.Context(), programs.adapter, "capacity", "--kubeconfig", kubeconfig, "--format", "json")
	command.Stderr = &complaints
	text, err := command.Output()
	if err != nil {
		t.Fatalf("capacity: %v: %s", err, complaints.String())
	}
	var report struct {
		NodeGroups []struct {
			Name          string
			RequestsRatio struct{ CPU float64 }
		}
	}
	must(t, json.Unmarshal(text, &report))
	if len(report.NodeGroups) != 1 || report.NodeGroups[0].Name != "workers" || report.NodeGroups[0].RequestsRatio.CPU != 0.25 {
		t.Errorf("capacity says %s", text)
	}
	if !strings.Contains(complaints.String(), "persistentvolumes") {
		t.Errorf("capacity does not say that it may not see volumes, but: %s", complaints.String())
	}
}

// grantNodes gives the adapter what node groups need: nodes, pods and their usage, to read.
func grantNodes(t *testing.T) {
	t.Helper()
	roles := control.Client.RbacV1().ClusterRoles()
	made, err := roles.Create(t.Context(), &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "e2e-nodes-"},
		Rules: []rbacv1.PolicyRule{
			{APIGroups: []string{""}, Resources: []string{"nodes", "pods"}, Verbs: []string{"list", "watch"}},
			{APIGroups: []string{"metrics.k8s.io"}, Resources: []string{"nodes"}, Verbs: []string{"list"}},
		},
	}, metav1.CreateOptions{})
	must(t, err)
	t.Cleanup(func() {
		if err := roles.Delete(context.Background(), made.Name, metav1.DeleteOptions{}); err != nil {
			t.Errorf("delete the role: %v", err)
		}
	})
	bindClusterRole(t, made.Name, userSubject(adapterUser))
}

// makeNode makes a ready node of 4 cores and 8 GiB, as a kubelet would.
func makeNode(t *testing.T, name string) {
	t.Helper()
	nodes := control.Client.CoreV1().Nodes()
	_, err := nodes.Create(t.Context(), &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{groupLabel: "workers"}},
	}, metav1.CreateOptions{})
	must(t, err)
	t.Cleanup(func() { _ = nodes.Delete(context.Background(), name, metav1.DeleteOptions{}) }) // the test may have done so
	size := corev1.ResourceList{
		corev1.ResourceCPU:    resource.MustParse("4"),
		corev1.ResourceMemory: resource.MustParse("8Gi"),
		corev1.ResourcePods:   resource.MustParse("110"),
	}
	now := metav1.Now()
	patch, err := json.Marshal(map[string]any{"status": corev1.NodeStatus{
		Capacity: size, Allocatable: size,
		Conditions: []corev1.NodeCondition{{
			Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastHeartbeatTime: now, LastTransitionTime: now,
		}},
	}})
	must(t, err)
	_, err = nodes.PatchStatus(t.Context(), name, patch)
	must(t, err)
	setUnschedulable(t, name, false)
}

// setUnschedulable cordons a node or the contrary; the taints of a node that has just registered go too, and with no kubelet nobody
// else takes them.
func setUnschedulable(t *testing.T, name string, unschedulable bool) {
	t.Helper()
	patch := fmt.Sprintf(`{"spec":{"unschedulable":%t,"taints":null}}`, unschedulable)
	_, err := control.Client.CoreV1().Nodes().Patch(t.Context(), name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	must(t, err)
}

// makeBoundPod makes a pod of 2 cores that a scheduler has put on a node.
func makeBoundPod(t *testing.T, name, node string) {
	t.Helper()
	_, err := control.Client.CoreV1().Pods(namespace).Create(t.Context(), &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.PodSpec{
			NodeName: node,
			Containers: []corev1.Container{{
				Name: "builder", Image: "builder",
				Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
					corev1.ResourceCPU:    resource.MustParse("2"),
					corev1.ResourceMemory: resource.MustParse("1Gi"),
				}},
			}},
		},
	}, metav1.CreateOptions{})
	must(t, err)
	t.Cleanup(func() {
		now := int64(0) // no kubelet would confirm the end
		_ = control.Client.CoreV1().Pods(namespace).Delete(context.Background(), name, metav1.DeleteOptions{GracePeriodSeconds: &now})
	})
}

func startNodeMetrics(t *testing.T) *nodemetrics.Server {
	t.Helper()
	server := nodemetrics.Start()
	t.Cleanup(server.Close)
	must(t, server.Register(t.Context(), adapter.Namespace, control.Client, control.Aggregator))
	t.Cleanup(func() {
		err := control.Aggregator.ApiregistrationV1().APIServices().
			Delete(context.Background(), nodemetrics.APIService, metav1.DeleteOptions{})
		if err != nil {
			t.Errorf("delete the APIService of metrics.k8s.io: %v", err)
		}
	})
	return server
}

// startProvisionersOf makes a Deployment and an HPA that wants a replica for each tenth of the workers' cpu in use. (A target of type
// Value multiplies the ready pods, and without kubelets there are none.)
func startProvisionersOf(t *testing.T) {
	t.Helper()
	_, err := control.Client.AppsV1().Deployments(namespace).Create(t.Context(), provisioners(), metav1.CreateOptions{})
	must(t, err)
	tenth := resource.MustParse("100m")
	hpa := provisionersHPA()
	hpa.Spec.Metrics[0].External = &autoscalingv2.ExternalMetricSource{
		Metric: autoscalingv2.MetricIdentifier{
			Name:     groupCPUUsage,
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"node_group": "workers", "window": "now"}},
		},
		Target: autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: &tenth},
	}
	_, err = control.Client.AutoscalingV2().HorizontalPodAutoscalers(namespace).Create(t.Context(), hpa, metav1.CreateOptions{})
	must(t, err)
}

// awaitScaling waits until the HPA has read 0.75 and wants 8 replicas for it.
func awaitScaling(t *testing.T) {
	t.Helper()
	await(t, time.Minute, "the HPA scales on "+groupCPUUsage, func(ctx context.Context) error {
		hpa, err := control.Client.AutoscalingV2().HorizontalPodAutoscalers(namespace).Get(ctx, provisionersName, metav1.GetOptions{})
		if err != nil {
			return err
		}
		current := hpa.Status.CurrentMetrics
		if len(current) != 1 || current[0].External == nil || hpa.Status.DesiredReplicas != 8 {
			return fmt.Errorf("it wants %d for %+v; %+v", hpa.Status.DesiredReplicas, current, hpa.Status.Conditions)
		}
		return nil
	})
}
