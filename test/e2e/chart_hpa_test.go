package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"coder-metrics-adapter/test/e2e/adapter"
	"coder-metrics-adapter/test/e2e/emulator"
	"coder-metrics-adapter/test/e2e/helm"
	"coder-metrics-adapter/test/e2e/nodemetrics"
)

// quickly are values with seconds for the minutes in which the shipped HPAs shrink; how they grow is as shipped.
var quickly = []helm.Values{
	helm.Set("hpa.create=true"), helm.Set("hpa.scaleDown.stabilizationWindowSeconds=2"),
	helm.Set("hpa.scaleDown.pods=5"), helm.Set("hpa.scaleDown.periodSeconds=2"),
}

var externalOnly = []helm.Values{helm.Set("hpa.cpuUtilization=null"), helm.Set("hpa.memoryUtilization=null")}

// The chart's HPA on the adapter's wish, CPU and memory: each can raise the replicas, the largest wins, and idle memory keeps them up.
func TestChartHPAScales(t *testing.T) {
	coder := startCoder(t)
	startAdapterWith(t, coder, adapter.Options{ScaleDownAfter: "1s"})
	usage := startNodeMetrics(t)
	idle := nodemetrics.Usage{CPU: "50m", Memory: "100Mi"} // of 500m and 512Mi
	usage.SetPods(idle, podNames)
	startPresetProvisioners(t)
	runPods(t)
	followDeployment(t, coder)
	applyHPA(t, quickly...)
	timeline := newTimeline(t, coder)

	timeline.until(time.Minute, "the HPA is at work on an empty queue", func(m moment) bool {
		return m.scaling.status == corev1.ConditionTrue && m.wants == minReplicas
	})
	must(t, coder.Post(t.Context(), emulator.Arrival{Count: 20, Duration: 15 * time.Second}))
	timeline.happens("20 jobs")
	timeline.until(time.Minute, "15 provisioners, while jobs wait", func(m moment) bool { return m.replicas == maxReplicas && m.waiting > 0 })
	usage.SetPods(nodemetrics.Usage{CPU: "50m", Memory: "450Mi"}, podNames)
	timeline.happens("their memory is at 88 %, and stays so when they idle")
	timeline.until(2*time.Minute, "the queue is empty", func(m moment) bool { return m.waiting == 0 && m.active == 0 })
	timeline.throughout(6*hpaSyncPeriod, "idle memory keeps 15", func(m moment) bool { return m.replicas == maxReplicas })

	applyHPA(t, append(quickly, externalOnly...)...)
	timeline.happens("the External-only variant")
	timeline.until(time.Minute, "back to 6", func(m moment) bool { return m.replicas == minReplicas })

	usage.SetPods(nodemetrics.Usage{CPU: "450m", Memory: "100Mi"}, podNames)
	applyHPA(t, quickly...)
	timeline.happens("CPU at 90 % of the requests, with all metrics")
	timeline.until(time.Minute, "more than 6 for it", func(m moment) bool { return m.replicas > minReplicas })
}

// Each of the other variants, on the numbers that it is for.
func TestChartHPAVariantsScale(t *testing.T) {
	coder := startCoder(t)
	startAdapterWith(t, coder, adapter.Options{ScaleDownAfter: "1s"})
	startPresetProvisioners(t)
	runPods(t)
	followDeployment(t, coder)
	for _, row := range []struct{ name, metrics string }{
		{"demand", "{demand}"}, {"queue depth", "{queue-depth}"}, {"active jobs", "{active-jobs}"}, {"both", "{queue-depth,active-jobs}"},
	} {
		t.Run(row.name, func(t *testing.T) {
			applyHPA(t, append(append(quickly, externalOnly...), helm.Set("hpa.metrics="+row.metrics), helm.Set("hpa.tolerance=0"))...)
			// Not by a timeline: queue depth alone shrinks under running builds, as its comment says.
			awaitReplicas(t, coder, "6 on an empty queue", func(replicas int32, jobs int) bool { return replicas == minReplicas && jobs == 0 })
			must(t, coder.Post(t.Context(), emulator.Arrival{Count: 16, Duration: 8 * time.Second}))
			awaitReplicas(t, coder, "more than 6 for 16 jobs", func(replicas int32, jobs int) bool { return replicas > minReplicas && jobs > 0 })
		})
	}
}

func awaitReplicas(t *testing.T, coder *emulator.Emulator, what string, done func(replicas int32, jobs int) bool) {
	t.Helper()
	await(t, time.Minute, what, func(ctx context.Context) error {
		replicas, err := wantedReplicas(ctx)
		if err != nil {
			return err
		}
		state, err := coder.State(ctx)
		if err == nil && !done(replicas, state.Jobs.Pending+state.Jobs.Active) {
			err = fmt.Errorf("%d replicas, jobs %+v", replicas, state.Jobs)
		}
		return err
	})
}

// applyHPA renders the chart's HPA of the queue "default" and applies it.
func applyHPA(t *testing.T, values ...helm.Values) {
	t.Helper()
	text, err := chartHelm(t).Template(t.Context(), release, manifests("chart"), append(values, helm.Only("templates/hpa.yaml"))...)
	must(t, err)
	path := filepath.Join(t.TempDir(), "chart.yaml")
	must(t, os.WriteFile(path, []byte(text), 0o600))
	_, err = control.Kubectl(t.Context(), "apply", "--server-side", "-f", path)
	must(t, err)
}

// startPresetProvisioners makes the Deployment that the preset of 500m and 512Mi is patched into.
func startPresetProvisioners(t *testing.T) {
	t.Helper()
	deployment := provisioners()
	deployment.Spec.Template.Spec.Containers[0].Name = "coder"
	_, err := control.Client.AppsV1().Deployments(namespace).Create(t.Context(), deployment, metav1.CreateOptions{})
	must(t, err)
	_, err = control.Kubectl(t.Context(), "-n", namespace, "patch", "deployment", provisionersName,
		"--patch-file", manifests("provisioner", "patch-500m-512Mi.yaml"))
	must(t, err)
	checkPreset(t, "500m", "512Mi")
}

func podNames(namespace, selector string) (names []string, err error) {
	list, err := control.Client.CoreV1().Pods(namespace).List(context.Background(), metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return nil, err
	}
	for _, pod := range list.Items {
		names = append(names, pod.Name)
	}
	return names, nil
}

// runPods says of every pod of the namespace that it runs and is ready, as a kubelet would, until the test ends.
func runPods(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			runOnce(ctx)
			select {
			case <-ctx.Done():
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-ended })
}

// runOnce overlooks pods that go meanwhile: the next look is soon.
func runOnce(ctx context.Context) {
	pods := control.Client.CoreV1().Pods(namespace)
	list, err := pods.List(ctx, metav1.ListOptions{FieldSelector: "status.phase=Pending"})
	if err != nil {
		return
	}
	began := metav1.NewTime(time.Now().Add(-10 * time.Minute)) // long enough that the HPA believes in its readings
	status, err := json.Marshal(map[string]any{"status": corev1.PodStatus{
		Phase: corev1.PodRunning, StartTime: &began,
		Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: began}},
	}})
	if err != nil {
		return
	}
	for _, pod := range list.Items {
		_, _ = pods.Patch(ctx, pod.Name, "application/strategic-merge-patch+json", status, metav1.PatchOptions{}, "status")
	}
}
