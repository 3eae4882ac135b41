package e2e

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"coder-metrics-adapter/test/e2e/adapter"
	"coder-metrics-adapter/test/e2e/emulator"
	"coder-metrics-adapter/test/e2e/helm"
	"coder-metrics-adapter/test/e2e/loopback"
	"coder-metrics-adapter/test/e2e/nodemetrics"
)

// installed is the chart in the cluster and what a pod of it would be started with, here on loopback.
type installed struct {
	kubeconfig string // with a token of the chart's ServiceAccount
	config     string // out of the chart's ConfigMap
	port       int
	coder      *emulator.Emulator
}

// installForRights installs the chart with every feature that asks the cluster for something.
func installForRights(t *testing.T, coder *emulator.Emulator) *installed {
	t.Helper()
	port, err := loopback.FreePort()
	must(t, err)
	dir := t.TempDir()
	token := filepath.Join(dir, "token")
	must(t, os.WriteFile(token, []byte(emulator.Token), 0o600))
	values, err := yaml.Marshal(map[string]any{
		"config": map[string]any{
			"serving":            map[string]any{"address": "127.0.0.1", "port": port, "authorizationTTL": "2s", "shutdownGrace": "0s"},
			"coder":              map[string]any{"url": coder.URL, "tokenFile": token, "pollInterval": "1s", "timeout": "2s", "staleAfter": "5s"},
			"workshopNamespaces": []string{"classes"},
		},
		"queues": map[string]any{"default": map[string]any{"protectBusy": true}},
		"nodeGroups": map[string]any{
			"enabled": true, "usage": map[string]any{"interval": "5s", "staleAfter": "30s"},
			"history": map[string]any{"path": filepath.Join(dir, "history.db")},
		},
		"history":        map[string]any{"enabled": true},
		"rbac":           map[string]any{"readVolumes": true},
		"serviceMonitor": map[string]any{"prometheusAccount": map[string]any{}},
	})
	must(t, err)
	file := filepath.Join(dir, "values.yaml")
	must(t, os.WriteFile(file, values, 0o600))
	program := chartHelm(t)
	t.Cleanup(func() {
		if err := program.Uninstall(context.Background(), release); err != nil {
			t.Errorf("%v", err)
		}
	})
	_, err = program.Install(t.Context(), release, manifests("chart"), helm.File(file))
	must(t, err)
	object, err := control.Client.CoreV1().ConfigMaps(adapter.Namespace).Get(t.Context(), release, metav1.GetOptions{})
	must(t, err)
	return &installed{kubeconfig: accountKubeconfig(t), config: object.Data["config.yaml"], port: port, coder: coder}
}

// accountKubeconfig asks for a token as the kubelet does for a pod.
func accountKubeconfig(t *testing.T) string {
	t.Helper()
	request, err := control.Client.CoreV1().ServiceAccounts(adapter.Namespace).
		CreateToken(t.Context(), release, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	must(t, err)
	kubeconfig, err := control.WriteTokenKubeconfig("chart-account", request.Status.Token)
	must(t, err)
	return kubeconfig
}

// start runs the adapter; name is its log's.
func (i *installed) start(t *testing.T, name string, neverReady bool) *adapter.Adapter {
	t.Helper()
	folder := filepath.Join(testLogs(t), strings.NewReplacer("/", "-", " ", "-").Replace(name))
	must(t, os.MkdirAll(folder, 0o755))
	server, err := adapter.Start(t.Context(), adapter.Options{
		Program: programs.adapter, Dir: t.TempDir(), Logs: folder, Config: i.config, Port: i.port,
		Kubeconfig: i.kubeconfig, OwnCertificate: true, NeverReady: neverReady,
	})
	must(t, err)
	return server
}

// The adapter does everything it can with a token of the chart's account, and with nothing else.
func TestChartRights(t *testing.T) {
	coder := startCoder(t)
	makeNode(t, "worker-a")
	makeNamespace(t, namespace)
	makeNamespace(t, "classes")
	makeRestrictedNamespace(t)
	names := daemons(t, coder, func(daemon) bool { return true })
	makeProvisionerPods(t, names)
	workload := provisioners()
	workload.Spec.Paused = true // it adopts the pods that are there and makes no others
	_, err := control.Client.AppsV1().Deployments(namespace).Create(t.Context(), workload, metav1.CreateOptions{})
	must(t, err)
	usage := startNodeMetrics(t)
	usage.Set("worker-a", nodemetrics.Usage{CPU: "1", Memory: "2Gi"})
	chart := installForRights(t, coder)

	server := chart.start(t, "everything", false)
	stopped := false
	stop := func() {
		if !stopped {
			stopped = true
			if err := server.Stop(); err != nil {
				t.Errorf("coder-metrics-adapter: %v", err)
			}
		}
	}
	t.Cleanup(stop)
	must(t, server.AddEndpoint(t.Context(), control.Client))
	awaitAvailable(t)
	t.Run("every feature works", func(t *testing.T) { checkFeatures(t, chart, server) })
	t.Run("check-config --online finds nothing it may not look at", func(t *testing.T) { checkOnline(t, chart) })
	t.Run("nothing was forbidden", func(t *testing.T) {
		log, err := os.ReadFile(server.LogFile())
		must(t, err)
		if strings.Contains(string(log), "forbidden") {
			t.Errorf("the log says:\n%s", linesContaining(string(log), "forbidden"))
		}
	})
	must(t, server.RemoveEndpoint(t.Context(), control.Client))
	stop()
	t.Run("a right taken away is named", func(t *testing.T) { checkTakenAway(t, chart) })
}

// checkFeatures looks at what each feature leaves behind.
func checkFeatures(t *testing.T, chart *installed, server *adapter.Adapter) {
	if list := getRaw(t, namespace, demand, "queue%3Ddefault"); len(list.Items) != 1 { // certificate, requestheader, reviews
		t.Errorf("%d items through the aggregator, want 1", len(list.Items))
	}
	now := time.Now().UTC()
	makeWorkshop(t, "autumn", map[string]string{
		"users": "15", "start": now.Format(time.RFC3339), "end": now.Add(time.Hour).Format(time.RFC3339),
	})
	must(t, chart.coder.Post(t.Context(), emulator.Arrival{Count: 3, Duration: 20 * time.Second}))
	await(t, 30*time.Second, "a workshop, nodes, their usage and marks of busy pods", func(context.Context) error {
		for _, row := range []struct{ metric, selector, value string }{
			{"coder_provisioner_desired_replicas", "queue%3Ddefault", "10"},
			{"node_group_nodes", "node_group%3Dworkers,state%3Dready", "1"},
			{"node_cpu_usage_ratio", "node%3Dworker-a,window%3Dnow", "250m"},
		} {
			list := getRaw(t, namespace, row.metric, row.selector)
			if len(list.Items) != 1 || list.Items[0].Value.String() != row.value {
				return fmt.Errorf("%s: %+v, want %s", row.metric, list.Items, row.value)
			}
		}
		if marked := markedPods(t); len(marked) != 3 {
			return fmt.Errorf("%v are marked", marked)
		}
		return nil
	})
	if leaf := servedCertificate(t, server, caBundle(t)); leaf.Subject.CommonName == "" && len(leaf.DNSNames) == 0 {
		t.Error("the certificate has no name")
	}
}

// checkOnline runs the command with the account's token, as "kubectl exec" does.
func checkOnline(t *testing.T, chart *installed) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	must(t, os.WriteFile(path, []byte(chart.config), 0o600))
	text, err := exec.CommandContext(t.Context(), programs.adapter, "check-config", path, "--online", "--kubeconfig", chart.kubeconfig).CombinedOutput()
	if strings.Contains(string(text), "cannot be looked at") || strings.Contains(string(text), "forbidden") {
		t.Errorf("it says (%v):\n%s", err, text)
	}
	for _, words := range []string{"coder-metrics/coder-metrics-adapter", "default"} {
		if !strings.Contains(string(text), words) {
			t.Errorf("it does not speak of %s (%v):\n%s", words, err, text)
		}
	}
	capacity, err := exec.CommandContext(t.Context(), programs.adapter, "capacity", "--kubeconfig", chart.kubeconfig).CombinedOutput()
	if err != nil || strings.Contains(string(capacity), "forbidden") || !strings.Contains(string(capacity), "workers") {
		t.Errorf("capacity (%v) says:\n%s", err, capacity)
	}
}

// takenAway is a right of the chart, and the words by which the log must name it when it is missing.
type takenAway struct {
	role, namespace string // namespace empty: a ClusterRole
	resource        string
	words           string
}

// checkTakenAway takes one right after the other away and starts the adapter without it: its log has the API server's own words.
func checkTakenAway(t *testing.T, chart *installed) {
	for _, row := range []takenAway{
		{release, adapter.Namespace, "leases", `cannot get resource "leases" in API group "coordination.k8s.io"`},
		{release, adapter.Namespace, "secrets", `cannot list resource "secrets"`},
		{release, "", "apiservices", `cannot list resource "apiservices"`},
		{release, "", "nodes", `cannot list resource "nodes" in API group "" at the cluster scope`},
		{release, "", "pods", `cannot list resource "pods" in API group "" at the cluster scope`},
		{release, "", "nodes.metrics.k8s.io", `cannot list resource "nodes" in API group "metrics.k8s.io"`},
		{release + ":queues", namespace, "pods", `pods in namespace coder (it needs get, list and patch)`},
		{release + ":queues", namespace, "deployments", `cannot get resource "deployments"`},
		{release + ":workshops", "classes", "configmaps", `cannot list resource "configmaps" in API group "" in the namespace "classes"`},
	} {
		t.Run(row.role+" "+row.resource, func(t *testing.T) {
			rules := rulesOf(t, row, nil)
			rulesOf(t, row, without(t, rules, row.resource))
			defer rulesOf(t, row, rules)
			must(t, chart.coder.Post(t.Context(), emulator.Arrival{Count: 1, Duration: 2 * time.Second})) // somebody to protect
			checkLogNames(t, chart, row.words, nil)
		})
	}
	t.Run("delegator", func(t *testing.T) {
		bindings := control.Client.RbacV1().ClusterRoleBindings()
		binding, err := bindings.Get(t.Context(), release+":delegator", metav1.GetOptions{})
		must(t, err)
		must(t, bindings.Delete(t.Context(), binding.Name, metav1.DeleteOptions{}))
		defer func() {
			binding.ResourceVersion = ""
			_, err := bindings.Create(t.Context(), binding, metav1.CreateOptions{})
			must(t, err)
		}()
		checkLogNames(t, chart, `cannot create resource "tokenreviews"`, askWithToken)
	})
	t.Run("requestheader", func(t *testing.T) {
		bindings := control.Client.RbacV1().RoleBindings("kube-system")
		binding, err := bindings.Get(t.Context(), release+":requestheader", metav1.GetOptions{})
		must(t, err)
		must(t, bindings.Delete(t.Context(), binding.Name, metav1.DeleteOptions{}))
		defer func() {
			binding.ResourceVersion = ""
			_, err := bindings.Create(t.Context(), binding, metav1.CreateOptions{})
			must(t, err)
		}()
		checkLogNames(t, chart, `bind Role kube-system/extension-apiserver-authentication-reader`, nil)
	})
}

// rulesOf returns a role's rules after it has set them, unless they are nil.
func rulesOf(t *testing.T, row takenAway, rules []rbacv1.PolicyRule) []rbacv1.PolicyRule {
	t.Helper()
	if row.namespace == "" {
		roles := control.Client.RbacV1().ClusterRoles()
		role, err := roles.Get(t.Context(), row.role, metav1.GetOptions{})
		must(t, err)
		if rules != nil {
			role.Rules = rules
			role, err = roles.Update(t.Context(), role, metav1.UpdateOptions{})
			must(t, err)
		}
		return role.Rules
	}
	roles := control.Client.RbacV1().Roles(row.namespace)
	role, err := roles.Get(t.Context(), row.role, metav1.GetOptions{})
	must(t, err)
	if rules != nil {
		role.Rules = rules
		role, err = roles.Update(t.Context(), role, metav1.UpdateOptions{})
		must(t, err)
	}
	return role.Rules
}

// without returns the rules without a resource, "nodes" or "nodes.metrics.k8s.io", which must be there.
func without(t *testing.T, rules []rbacv1.PolicyRule, resource string) []rbacv1.PolicyRule {
	t.Helper()
	left, found := []rbacv1.PolicyRule{}, false
	for _, rule := range rules {
		rule = *rule.DeepCopy()
		rule.Resources = slices.DeleteFunc(rule.Resources, func(one string) bool {
			is := one == resource && rule.APIGroups[0] != "metrics.k8s.io" || one+"."+rule.APIGroups[0] == resource
			found = found || is
			return is
		})
		if len(rule.Resources) > 0 {
			left = append(left, rule)
		}
	}
	if !found {
		t.Fatalf("no rule names %s", resource)
	}
	return left
}

// checkLogNames starts the adapter and waits until its log has the words.
func checkLogNames(t *testing.T, chart *installed, words string, provoke func(*testing.T, *adapter.Adapter)) {
	t.Helper()
	server := chart.start(t, "without", true)
	defer func() { _ = server.Stop() }() // as it ends, the next one may lead at once
	await(t, 20*time.Second, "the log says "+words, func(context.Context) error {
		if provoke != nil {
			provoke(t, server)
		}
		log, err := os.ReadFile(server.LogFile())
		if err == nil && !strings.Contains(strings.ReplaceAll(string(log), `\"`, `"`), words) {
			err = fmt.Errorf("its end is:\n%s", server.LogTail(15))
		}
		return err
	})
}

// askWithToken asks as somebody whom only a TokenReview can know.
func askWithToken(t *testing.T, server *adapter.Adapter) {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("https://127.0.0.1:%d/metrics", server.Port), nil)
	must(t, err)
	request.Header.Set("Authorization", "Bearer somebody")
	anyServer := &http.Client{Timeout: time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer anyServer.CloseIdleConnections()
	if answer, err := anyServer.Do(request); err == nil {
		_ = answer.Body.Close()
	}
}

func linesContaining(text, words string) string {
	var found []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, words) {
			found = append(found, line)
		}
	}
	return strings.Join(found, "")
}
