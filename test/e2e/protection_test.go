package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"coder-metrics-adapter/test/e2e/adapter"
	"coder-metrics-adapter/test/e2e/emulator"
)

const (
	deletionCost  = "controller.kubernetes.io/pod-deletion-cost"
	replicaSet    = provisionersName + "-6d4c9"
	workshopLabel = "coder-metrics-adapter/workshop"
)

// Pods of busy provisioners are marked, each change is written once, and a ReplicaSet that shrinks takes the others.
func TestScaleDownSparesTheBusy(t *testing.T) {
	const busy, buildTime = 3, 20 * time.Second
	coder := startCoder(t)
	makeNamespace(t, namespace)
	makeLease(t)
	unbind := grantPods(t)
	names := daemons(t, coder, func(daemon) bool { return true })
	makeProvisionerPods(t, names)
	server := startClusterWorker(t, coder, adapter.Options{ProtectBusy: true})

	must(t, coder.Post(t.Context(), emulator.Arrival{Count: busy, Duration: buildTime}))
	var marked []string
	await(t, 10*time.Second, "the busy provisioners' pods are marked", func(context.Context) error {
		marked = markedPods(t)
		if taken := daemons(t, coder, daemon.busy); len(taken) != busy || !slices.Equal(marked, taken) {
			return fmt.Errorf("busy %v, marked %v", taken, marked)
		}
		return nil
	})
	scaleReplicaSet(t, busy)
	await(t, 10*time.Second, "the idle ones are gone", func(context.Context) error {
		if left := pods(t); !slices.Equal(left, marked) {
			return fmt.Errorf("%v are left, %v are busy", left, marked)
		}
		return nil
	})
	await(t, buildTime+10*time.Second, "the marks are gone", func(context.Context) error {
		if left := markedPods(t); len(left) > 0 {
			return fmt.Errorf("%v are marked", left)
		}
		return nil
	})
	awaitSeries(t, server, "adapter_protection_marks_total 3", "adapter_protection_unmarks_total 3", "adapter_protection_failures_total 0",
		"adapter_protected_pods 0")
	if left := pods(t); !slices.Equal(left, marked) {
		t.Errorf("%v are left, want %v", left, marked)
	}

	// Without the right nothing breaks, and the log says which one is missing.
	unbind()
	must(t, coder.Post(t.Context(), emulator.Arrival{Count: 6, Duration: time.Second}))
	await(t, 10*time.Second, "the log names the missing right", func(context.Context) error {
		log, err := os.ReadFile(server.LogFile())
		if err == nil && !strings.Contains(string(log), "pods in namespace coder (it needs get, list and patch)") {
			err = fmt.Errorf("it does not")
		}
		return err
	})
}

// A workshop in a ConfigMap raises the replicas, one that cannot be read is told, and both go when they are deleted.
func TestWorkshopConfigMaps(t *testing.T) {
	coder := startCoder(t)
	makeNamespace(t, namespace)
	makeNamespace(t, "classes")
	grant(t, "classes", "workshops", rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"list", "watch"}})
	server := startClusterWorker(t, coder, adapter.Options{WorkshopNamespace: "classes"})
	awaitSeries(t, server, `adapter_workshop_configmaps{state="in_force"} 0`, `decided="6"`)

	now := time.Now().UTC()
	makeWorkshop(t, "autumn", map[string]string{
		"users": "15", "start": now.Format(time.RFC3339), "end": now.Add(time.Hour).Format(time.RFC3339),
	})
	awaitSeries(t, server, `adapter_workshop_configmaps{state="in_force"} 1`, `decided="10"`)
	makeWorkshop(t, "broken", map[string]string{"users": "many"})
	awaitSeries(t, server, `adapter_workshop_configmaps{state="in_force"} 1`, `adapter_workshop_configmaps{state="refused"} 1`)
	log, err := os.ReadFile(server.LogFile())
	must(t, err)
	if !strings.Contains(string(log), "configmap=broken") || !strings.Contains(string(log), "namespace=classes") {
		t.Error("the log does not name the ConfigMap that was refused")
	}
	for _, name := range []string{"autumn", "broken"} {
		must(t, control.Client.CoreV1().ConfigMaps("classes").Delete(t.Context(), name, metav1.DeleteOptions{}))
	}
	awaitSeries(t, server, `adapter_workshop_configmaps{state="in_force"} 0`, `adapter_workshop_configmaps{state="refused"} 0`)
}

// startClusterWorker runs an adapter that works in the cluster but is not registered there.
func startClusterWorker(t *testing.T, coder *emulator.Emulator, options adapter.Options) *adapter.Adapter {
	t.Helper()
	kubeconfig, err := control.WriteKubeconfig(adapterUser)
	must(t, err)
	options.Program, options.Dir, options.Logs = programs.adapter, t.TempDir(), testLogs(t)
	options.CoderURL, options.CoderToken = coder.URL, emulator.Token
	options.Authentication, options.Kubeconfig = "none", kubeconfig
	server, err := adapter.Start(t.Context(), options)
	must(t, err)
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Errorf("coder-metrics-adapter: %v", err)
		}
		if t.Failed() {
			t.Log(server.LogTail(30))
		}
	})
	return server
}

// awaitSeries waits until /metrics has all of these. decided="N" stands for the desired replicas of the queue before the HPA's tolerance.
func awaitSeries(t *testing.T, server *adapter.Adapter, wanted ...string) {
	t.Helper()
	await(t, 15*time.Second, strings.Join(wanted, ", "), func(ctx context.Context) error {
		text, err := server.Get(ctx, "/metrics")
		if err != nil {
			return err
		}
		for _, series := range wanted {
			if replicas, is := strings.CutPrefix(series, `decided="`); is {
				series = fmt.Sprintf("coder_provisioner_desired_replicas{queue=\"default\",organization=\"default\"} %s", strings.Trim(replicas, `"`))
			}
			if !strings.Contains(text, series) {
				return fmt.Errorf("no %s in\n%s", series, linesWith(text, series[:20]))
			}
		}
		return nil
	})
}

func linesWith(text, start string) string {
	var found []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, start) {
			found = append(found, line)
		}
	}
	return strings.Join(found, "")
}

// daemon is what Coder says of a provisioner.
type daemon struct{ Name, Status string }

func (d daemon) busy() bool { return d.Status == "busy" }

// daemons returns the sorted names of those that are wanted.
func daemons(t *testing.T, coder *emulator.Emulator, wanted func(daemon) bool) (names []string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, coder.URL+"/api/v2/organizations/default/provisionerdaemons", nil)
	must(t, err)
	request.Header.Set("Coder-Session-Token", emulator.Token)
	answer, err := http.DefaultClient.Do(request)
	must(t, err)
	defer answer.Body.Close()
	var all []daemon
	must(t, json.NewDecoder(answer.Body).Decode(&all))
	for _, one := range all {
		if wanted(one) {
			names = append(names, one.Name)
		}
	}
	slices.Sort(names)
	return names
}

// makeProvisionerPods makes a pod of the name of each provisioner, as the kubelet's host names would have it, and the ReplicaSet that
// adopts them.
func makeProvisionerPods(t *testing.T, names []string) {
	t.Helper()
	template := provisioners().Spec.Template
	for _, name := range names {
		_, err := control.Client.CoreV1().Pods(namespace).Create(t.Context(), &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: template.Labels}, Spec: template.Spec,
		}, metav1.CreateOptions{})
		must(t, err)
	}
	replicas := int32(len(names))
	_, err := control.Client.AppsV1().ReplicaSets(namespace).Create(t.Context(), &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Name: replicaSet},
		Spec: appsv1.ReplicaSetSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: template.Labels}, Template: template,
		},
	}, metav1.CreateOptions{})
	must(t, err)
	await(t, 20*time.Second, "the ReplicaSet has adopted the pods", func(ctx context.Context) error {
		list, err := control.Client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
		for _, pod := range list.Items {
			if err == nil && len(pod.OwnerReferences) == 0 {
				err = fmt.Errorf("%s has no owner", pod.Name)
			}
		}
		return err
	})
}

func scaleReplicaSet(t *testing.T, replicas int32) {
	t.Helper()
	sets := control.Client.AppsV1().ReplicaSets(namespace)
	scale, err := sets.GetScale(t.Context(), replicaSet, metav1.GetOptions{})
	must(t, err)
	scale.Spec.Replicas = replicas
	_, err = sets.UpdateScale(t.Context(), replicaSet, scale, metav1.UpdateOptions{})
	must(t, err)
}

func podsWith(t *testing.T, wanted func(*corev1.Pod) bool) (names []string) {
	t.Helper()
	list, err := control.Client.CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{})
	must(t, err)
	for i := range list.Items {
		if wanted(&list.Items[i]) {
			names = append(names, list.Items[i].Name)
		}
	}
	slices.Sort(names)
	return names
}

func pods(t *testing.T) []string {
	return podsWith(t, func(*corev1.Pod) bool { return true })
}

func markedPods(t *testing.T) []string {
	return podsWith(t, func(pod *corev1.Pod) bool { return pod.Annotations[deletionCost] == "1000" })
}

// makeLease makes what the chart makes for replicas that must agree who writes.
func makeLease(t *testing.T) {
	t.Helper()
	makeNamespace(t, adapter.Namespace)
	makeLeaseThere(t)
}

// makeLeaseThere does so where the adapter's namespace is there already.
func makeLeaseThere(t *testing.T) {
	t.Helper()
	_, err := control.Client.CoordinationV1().Leases(adapter.Namespace).Create(t.Context(),
		&coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: leaseName}}, metav1.CreateOptions{})
	must(t, err)
	grant(t, adapter.Namespace, "lease", rbacv1.PolicyRule{
		APIGroups: []string{"coordination.k8s.io"}, Resources: []string{"leases"}, ResourceNames: []string{leaseName}, Verbs: []string{"get", "update"},
	})
}

func grantPods(t *testing.T) (unbind func()) {
	t.Helper()
	return grant(t, namespace, "protect-busy", rbacv1.PolicyRule{
		APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"get", "list", "patch"},
	})
}

// grant gives the adapter one right in one namespace, and returns how to take it away.
func grant(t *testing.T, namespace, name string, rule rbacv1.PolicyRule) (unbind func()) {
	t.Helper()
	_, err := control.Client.RbacV1().Roles(namespace).Create(t.Context(),
		&rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: []rbacv1.PolicyRule{rule}}, metav1.CreateOptions{})
	must(t, err)
	return bindRole(t, namespace, name, userSubject(adapterUser))
}

func makeWorkshop(t *testing.T, name string, values map[string]string) {
	t.Helper()
	_, err := control.Client.CoreV1().ConfigMaps("classes").Create(t.Context(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{workshopLabel: ""}}, Data: values,
	}, metav1.CreateOptions{})
	must(t, err)
}
