package e2e

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// kube-apiserver takes the adapter's discovery and OpenAPI documents in, and has nothing to complain about.
func TestAggregatorTakesAllDocuments(t *testing.T) {
	seen := serverLogSize(t)
	coder := startCoder(t)
	startAdapter(t, coder)

	for path, part := range map[string]string{
		"/openapi/v3":                    `"apis/external.metrics.k8s.io/v1beta1"`,
		"/openapi/v2":                    `"/apis/external.metrics.k8s.io/v1beta1/"`,
		"/openapi/v3" + groupVersionPath: `"CoderProvisionerDemand"`,
		"/apis/external.metrics.k8s.io":  `"preferredVersion"`,
	} {
		await(t, 90*time.Second, path+" of kube-apiserver has "+part, func(ctx context.Context) error {
			text, err := control.Kubectl(ctx, "get", "--raw", path)
			if err == nil && !strings.Contains(text, part) {
				err = fmt.Errorf("%d bytes without it", len(text))
			}
			return err
		})
	}
	coderNamespaceLives(t, "while-coder-is-up")
	must(t, coder.GoDown(t.Context()))
	coderNamespaceLives(t, "while-coder-is-down")
	checkServerLog(t, seen)
}

// coderNamespaceLives makes a namespace with something in it and deletes it: the namespace controller reads all of
// discovery, and would stop at a group that it cannot read or empty.
func coderNamespaceLives(t *testing.T, name string) {
	t.Helper()
	_, err := control.Client.CoreV1().Namespaces().Create(t.Context(),
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	must(t, err)
	_, err = control.Client.CoreV1().ConfigMaps(name).Create(t.Context(),
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "content"}}, metav1.CreateOptions{})
	must(t, err)
	begin := time.Now()
	deleteNamespace(t, control.Client, name)
	t.Logf("namespace %s was gone after %.1f s", name, time.Since(begin).Seconds())
}

func serverLog() string { return filepath.Join(logs, "kube-apiserver.log") }

func serverLogSize(t *testing.T) int64 {
	t.Helper()
	info, err := os.Stat(serverLog())
	must(t, err)
	return info.Size()
}

var (
	information = regexp.MustCompile(`^I\d{4} `)
	ours        = regexp.MustCompile(`external\.metrics|coder-metrics`)
	// The APIService is made a moment before its endpoint.
	unregistered = regexp.MustCompile(`no endpoints available|ResponseCode: 503, Body: service unavailable`)
)

// checkServerLog looks for complaints about the adapter in what kube-apiserver wrote since. A complaint may go over several
// lines, of which only the first says that it is one.
func checkServerLog(t *testing.T, since int64) {
	t.Helper()
	file, err := os.Open(serverLog())
	must(t, err)
	defer file.Close()
	_, err = file.Seek(since, 0)
	must(t, err)
	mentioned := 0
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line := lines.Text()
		if !ours.MatchString(line) {
			continue
		}
		mentioned++
		if !information.MatchString(line) && !unregistered.MatchString(line) {
			t.Errorf("kube-apiserver: %s", line)
		}
	}
	must(t, lines.Err())
	if mentioned == 0 {
		t.Errorf("%s does not mention the adapter at all", serverLog())
	}
}
