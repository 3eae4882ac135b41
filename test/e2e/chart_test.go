package e2e

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"coder-metrics-adapter/test/e2e/adapter"
	"coder-metrics-adapter/test/e2e/helm"
)

const release = "coder-metrics-adapter"

// everything turns all of the chart's features on that need no CustomResourceDefinition.
var everything = []helm.Values{
	helm.Set("queues.experimental.enabled=true"), helm.Set("queues.demo.enabled=true"), helm.Set("queues.default.protectBusy=true"),
	helm.Set("queues.demo.workload.kind=StatefulSet"), helm.Set("config.workshopNamespaces={classes}"), helm.Set("nodeGroups.enabled=true"),
	helm.Set("history.enabled=true"), helm.Set("rbac.readVolumes=true"), helm.Set("rbac.aggregateToView=true"), helm.Set("hpa.create=true"),
	helm.Set("hpa.tolerance=0"), helm.Set("hpa.keepReplicas=true"), helm.Set("serviceMonitor.prometheusAccount.name=prometheus"),
	helm.Set("serviceMonitor.prometheusAccount.namespace=monitoring"), helm.Set("antiAffinity=required"),
}

func manifests(path ...string) string {
	return filepath.Join(append([]string{os.Getenv("E2E_MANIFESTS")}, path...)...)
}

func chartHelm(t *testing.T) helm.Helm {
	t.Helper()
	return helm.Helm{Program: os.Getenv("HELM"), Kubeconfig: control.Kubeconfig, Home: t.TempDir(), Namespace: adapter.Namespace}
}

// makeRestrictedNamespace makes the adapter's namespace as the installation page does.
func makeRestrictedNamespace(t *testing.T) {
	t.Helper()
	makeNamespace(t, adapter.Namespace)
	_, err := control.Client.CoreV1().Namespaces().Patch(t.Context(), adapter.Namespace, types.MergePatchType,
		[]byte(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}`), metav1.PatchOptions{})
	must(t, err)
}

// The chart goes in, is upgraded and goes out; what the adapter writes stays meanwhile, and nothing is left behind.
func TestChartLifecycle(t *testing.T) {
	program := chartHelm(t)
	for _, row := range []struct {
		name   string
		values []helm.Values
	}{
		{"defaults", nil},
		{"everything", everything},
	} {
		t.Run(row.name, func(t *testing.T) {
			makeNamespace(t, namespace)
			makeNamespace(t, "classes")
			makeRestrictedNamespace(t)
			before := takeInventory(t)
			removed := false
			t.Cleanup(func() {
				if !removed {
					_ = program.Uninstall(context.Background(), release)
				}
			})
			notes, err := program.Install(t.Context(), release, manifests("chart"), row.values...)
			must(t, err)
			if !strings.Contains(notes, "create secret generic coder-metrics-adapter-coder") {
				t.Errorf("the notes do not say how to give it Coder's token:\n%s", notes)
			}
			awaitPods(t, 2)
			writeAsTheAdapter(t)

			_, err = program.Install(t.Context(), release, manifests("chart"), append(row.values, helm.Set("config.coder.url=https://new.example.com"))...)
			must(t, err)
			checkWrittenStays(t)
			config, err := control.Client.CoreV1().ConfigMaps(adapter.Namespace).Get(t.Context(), release, metav1.GetOptions{})
			must(t, err)
			if !strings.Contains(config.Data["config.yaml"], "https://new.example.com") {
				t.Errorf("the upgrade has not changed the configuration:\n%s", config.Data["config.yaml"])
			}
			must(t, program.Uninstall(t.Context(), release))
			removed = true
			awaitInventory(t, before)
		})
	}
}

// awaitPods waits until the controllers could make all pods: the namespace admits only what is "restricted".
func awaitPods(t *testing.T, wanted int) {
	t.Helper()
	await(t, 30*time.Second, "the adapter's pods are admitted", func(ctx context.Context) error {
		list, err := control.Client.CoreV1().Pods(adapter.Namespace).List(ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/name=" + release})
		if err != nil || len(list.Items) == wanted {
			return err
		}
		events, err := control.Client.CoreV1().Events(adapter.Namespace).List(ctx, metav1.ListOptions{FieldSelector: "type=Warning"})
		if err != nil {
			return err
		}
		var told []string
		for _, event := range events.Items {
			told = append(told, event.Message)
		}
		return fmt.Errorf("%d of %d: %s", len(list.Items), wanted, strings.Join(told, "; "))
	})
}

var writtenCA = []byte("-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n")

// writeAsTheAdapter leaves in Secret, Lease and APIService what a running adapter leaves there.
func writeAsTheAdapter(t *testing.T) {
	t.Helper()
	secrets := control.Client.CoreV1().Secrets(adapter.Namespace)
	secret, err := secrets.Get(t.Context(), secretName, metav1.GetOptions{})
	must(t, err)
	if len(secret.Data) > 0 {
		t.Errorf("the chart's Secret is not empty: %d entries", len(secret.Data))
	}
	secret.Data = map[string][]byte{"tls.crt": writtenCA}
	_, err = secrets.Update(t.Context(), secret, metav1.UpdateOptions{})
	must(t, err)
	leases := control.Client.CoordinationV1().Leases(adapter.Namespace)
	lease, err := leases.Get(t.Context(), leaseName, metav1.GetOptions{})
	must(t, err)
	holder := "replica-1"
	lease.Spec.HolderIdentity = &holder
	_, err = leases.Update(t.Context(), lease, metav1.UpdateOptions{})
	must(t, err)
	patch := fmt.Sprintf(`{"spec":{"caBundle":%q}}`, base64.StdEncoding.EncodeToString(writtenCA))
	_, err = control.Aggregator.ApiregistrationV1().APIServices().
		Patch(t.Context(), adapter.APIService, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	must(t, err)
}

func checkWrittenStays(t *testing.T) {
	t.Helper()
	secret, err := control.Client.CoreV1().Secrets(adapter.Namespace).Get(t.Context(), secretName, metav1.GetOptions{})
	must(t, err)
	lease, err := control.Client.CoordinationV1().Leases(adapter.Namespace).Get(t.Context(), leaseName, metav1.GetOptions{})
	must(t, err)
	service := apiService(t)
	if string(secret.Data["tls.crt"]) != string(writtenCA) || string(service.Spec.CABundle) != string(writtenCA) {
		t.Errorf("an upgrade has changed what the adapter wrote: Secret %q, caBundle %q", secret.Data, service.Spec.CABundle)
	}
	if lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity != "replica-1" {
		t.Errorf("an upgrade has changed the Lease: %+v", lease.Spec)
	}
	if service.Spec.InsecureSkipTLSVerify {
		t.Error("insecureSkipTLSVerify is set")
	}
}

// What "restricted" refuses is refused in that namespace: otherwise admitted pods would show nothing.
func TestRestrictedNamespaceRefusesOthers(t *testing.T) {
	makeRestrictedNamespace(t)
	_, err := control.Client.CoreV1().Pods(adapter.Namespace).Create(t.Context(), &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "plain"},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "plain", Image: "plain"}}},
	}, metav1.CreateOptions{})
	if err == nil || !strings.Contains(err.Error(), "restricted") {
		t.Errorf("a pod without any security context: %v, want a refusal", err)
	}
}

// The plain files are valid for the server, work, and go without a rest.
func TestPlainYAML(t *testing.T) {
	makeNamespace(t, namespace)
	before := takeInventory(t)
	install := manifests("install.yaml")
	t.Cleanup(func() { awaitInventory(t, before) })
	t.Cleanup(func() {
		_, err := control.Kubectl(context.Background(), "delete", "--ignore-not-found", "-f", install)
		if err != nil {
			t.Errorf("delete: %v", err)
		}
	})
	_, err := control.Kubectl(t.Context(), "apply", "--server-side", "-f", install)
	must(t, err)
	awaitPods(t, 2)
	writeAsTheAdapter(t)
	_, err = control.Kubectl(t.Context(), "apply", "--server-side", "-f", install)
	must(t, err)
	checkWrittenStays(t)
	_, err = control.Kubectl(t.Context(), "apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", install)
	must(t, err)

	files, err := filepath.Glob(manifests("hpa", "*.yaml"))
	must(t, err)
	if len(files) < 12 {
		t.Errorf("only %d files in hpa/", len(files))
	}
	for _, file := range files {
		_, err = control.Kubectl(t.Context(), "apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", file)
		must(t, err)
	}
}

// The API group belongs to somebody else: neither helm nor kubectl takes it, and both say whose it is.
func TestForeignOwnerIsNotReplaced(t *testing.T) {
	makeNamespace(t, namespace)
	makeNamespace(t, adapter.Namespace)
	must(t, adapter.RegisterService(t.Context(), control.Client, control.Aggregator, "keda-operator-metrics-apiserver", nil))
	t.Cleanup(func() { unregister(t) })
	must(t, control.Client.CoreV1().Services(adapter.Namespace).Delete(t.Context(), adapter.Service, metav1.DeleteOptions{})) // the chart makes it
	program := chartHelm(t)
	t.Cleanup(func() { _ = program.Uninstall(context.Background(), release) })

	_, err := program.Install(t.Context(), release, manifests("chart"))
	if err == nil || !strings.Contains(err.Error(), "leads to Service coder-metrics/keda-operator-metrics-apiserver") ||
		!strings.Contains(err.Error(), "apiService.create=false") {
		t.Errorf("helm install says: %v", err)
	}
	_, err = control.Kubectl(t.Context(), "apply", "--server-side", "--dry-run=server", "-f", manifests("install.yaml"))
	if err == nil || !strings.Contains(err.Error(), "conflict") || !strings.Contains(err.Error(), ".spec.service") {
		t.Errorf("kubectl apply says: %v", err)
	}
	notes, err := program.Install(t.Context(), release, manifests("chart"), helm.Set("apiService.create=false"))
	must(t, err)
	if !strings.Contains(notes, "WARNING: apiService.create is false, and external.metrics.k8s.io leads to Service coder-metrics/keda-operator-metrics-apiserver") {
		t.Errorf("the notes do not warn:\n%s", notes)
	}
	if owner := apiService(t).Spec.Service.Name; owner != "keda-operator-metrics-apiserver" {
		t.Errorf("the owner is %s now", owner)
	}
}
