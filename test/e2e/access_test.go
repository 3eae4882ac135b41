package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/rest"
	externalmetrics "k8s.io/metrics/pkg/client/external_metrics"

	"coder-metrics-adapter/test/e2e/adapter"
	"coder-metrics-adapter/test/e2e/cluster"
	"coder-metrics-adapter/test/e2e/pki"
)

const metricPath = "/apis/external.metrics.k8s.io/v1beta1/namespaces/" + namespace + "/" + demand

// The ways by which a caller can prove who it is, right and wrong, at the adapter's own port.
func TestDirectAccess(t *testing.T) {
	coder := startCoder(t)
	server := startAdapter(t, coder)
	makeReaderRole(t, "reader", demand)
	bindRole(t, namespace, "reader", userSubject("anna"))
	bindRole(t, namespace, "reader", serviceAccountSubject("reader"))
	makePathRole(t, "e2e-scraper", "/metrics")
	bindClusterRole(t, "e2e-scraper", serviceAccountSubject("scraper"))
	reader, scraper, stranger := makeToken(t, "reader"), makeToken(t, "scraper"), makeToken(t, "stranger")

	foreign, err := pki.NewAuthority("foreign-ca")
	must(t, err)
	frontProxy := clientFrom(t, server, control.FrontProxy, cluster.FrontProxyName)
	impostor := clientFrom(t, server, control.FrontProxy, "impostor")
	rogue := clientFrom(t, server, foreign, cluster.FrontProxyName)
	anna := clientFrom(t, server, control.ClientCA, "anna")
	bob := clientFrom(t, server, control.ClientCA, "bob")
	admin := clientFrom(t, server, control.ClientCA, "admin", "system:masters")
	nobody := newClient(server, nil)

	as := func(user string, groups ...string) http.Header {
		return http.Header{"X-Remote-User": {user}, "X-Remote-Group": groups}
	}
	bearer := func(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }
	forbidden := func(user string) string {
		return fmt.Sprintf(`%s.external.metrics.k8s.io is forbidden: User \"%s\" cannot list resource \"%s\" in API group \"external.metrics.k8s.io\" in the namespace \"%s\"`,
			demand, user, demand, namespace)
	}
	for _, row := range []struct {
		name    string
		client  *http.Client
		headers http.Header
		path    string
		status  int
		says    string
	}{
		{"front proxy, a user with the right", frontProxy, as("anna"), metricPath, 200, `"ExternalMetricValueList"`},
		{"front proxy, a user without it", frontProxy, as("bob", "devs"), metricPath, 403, forbidden("bob")},
		{"front proxy, an administrator", frontProxy, as("root", "system:masters"), metricPath, 200, ""},
		{"front proxy, no user", frontProxy, nil, metricPath, 401, `"message":"Unauthorized"`},
		{"front proxy of another name", impostor, as("anna"), metricPath, 401, `"Unauthorized"`},
		{"front proxy of another name, health", impostor, as("anna"), "/healthz", 401, `"Unauthorized"`},
		{"a foreign CA", rogue, as("anna"), metricPath, 401, `"Unauthorized"`},
		{"headers without a certificate", nobody, as("anna", "system:masters"), metricPath, 403, forbidden("system:anonymous")},
		{"nothing", nobody, nil, metricPath, 403, forbidden("system:anonymous")},
		{"nothing, health", nobody, nil, "/livez", 200, "ok"},
		{"nothing, version", nobody, nil, "/version", 200, "gitVersion"},
		{"nothing, metrics", nobody, nil, "/metrics", 403, `forbidden: User \"system:anonymous\" cannot get path \"/metrics\"`},
		{"a client certificate with the right", anna, nil, metricPath, 200, ""},
		{"a client certificate without it", bob, nil, metricPath, 403, forbidden("bob")},
		{"a client certificate and forged headers", bob, as("anna"), metricPath, 403, forbidden("bob")},
		{"a client certificate of an administrator", admin, nil, metricPath, 200, ""},
		{"a token with the right", nobody, bearer(reader), metricPath, 200, ""},
		{"a token without it", nobody, bearer(stranger), metricPath, 403, forbidden("system:serviceaccount:coder:stranger")},
		{"a token that is none", nobody, bearer("nonsense"), metricPath, 401, `"Unauthorized"`},
		{"a token that is none, health", nobody, bearer("nonsense"), "/livez", 401, `"Unauthorized"`},
		{"an empty token", nobody, http.Header{"Authorization": {"Bearer "}}, metricPath, 403, forbidden("system:anonymous")},
		{"Prometheus with its right", nobody, bearer(scraper), "/metrics", 200, `adapter_authentication_total{result="token"}`},
		{"Prometheus without it", nobody, bearer(reader), "/metrics", 403, "cannot get path"},
		{"a path that is none", frontProxy, as("root", "system:masters"), "/nosuch", 404, ""},
		{"a path that is none, without the right to it", frontProxy, as("bob"), "/nosuch", 403, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, body := get(t, row.client, server, row.path, row.headers)
			if status != row.status || !strings.Contains(body, row.says) {
				t.Errorf("%d %s, want %d %s", status, body, row.status, row.says)
			}
		})
	}
}

// A right that is taken away takes effect within serving.authorizationTTL, though the caller never stops asking; and while it holds,
// whoever keeps asking does not wait for the API server.
func TestRightTakenAway(t *testing.T) {
	const ttl = 4 * time.Second // adapter/config.yaml
	coder := startCoder(t)
	server := startAdapter(t, coder)
	makeReaderRole(t, "reader", demand)
	unbind := bindRole(t, namespace, "reader", userSubject("anna"))
	anna := clientFrom(t, server, control.ClientCA, "anna")

	for end := time.Now().Add(2 * ttl); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if status, body := get(t, anna, server, metricPath, nil); status != http.StatusOK {
			t.Fatalf("with the right: %d %s", status, body)
		}
	}
	unbind()
	taken := time.Now()
	await(t, ttl+2*time.Second, "the right is gone", func(context.Context) error {
		if status, _ := get(t, anna, server, metricPath, nil); status != http.StatusForbidden {
			return fmt.Errorf("%d", status)
		}
		return nil
	})
	t.Logf("refused %.1f s after the right was taken away, with a TTL of %s", time.Since(taken).Seconds(), ttl)
}

// Through the aggregator, where kube-apiserver has asked for the right already.
func TestAccessThroughTheAggregator(t *testing.T) {
	coder := startCoder(t)
	startAdapter(t, coder)
	makeReaderRole(t, "reader", demand)
	bindRole(t, namespace, "reader", userSubject("anna"))
	for _, row := range []struct {
		user    string
		allowed bool
	}{{"anna", true}, {"bob", false}} {
		config := rest.CopyConfig(control.Admin)
		config.Impersonate = rest.ImpersonationConfig{UserName: row.user, Groups: []string{"system:authenticated"}}
		client, err := externalmetrics.NewForConfig(config)
		must(t, err)
		await(t, 5*time.Second, "the answer for "+row.user, func(context.Context) error {
			_, err := client.NamespacedMetrics(namespace).List(demand, labels.Everything())
			if row.allowed == (err == nil) && (row.allowed || apierrors.IsForbidden(err)) {
				return nil
			}
			return fmt.Errorf("allowed %t, got %v", row.allowed, err)
		})
	}
}

// clientFrom has a certificate of that authority.
func clientFrom(t *testing.T, server *adapter.Adapter, authority *pki.Authority, user string, groups ...string) *http.Client {
	t.Helper()
	pair, err := authority.IssueClient(user, groups...)
	must(t, err)
	certificate, err := tls.X509KeyPair(pair.CertPEM, pair.KeyPEM)
	must(t, err)
	return newClient(server, &certificate)
}

func newClient(server *adapter.Adapter, certificate *tls.Certificate) *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(server.CABundle)
	config := &tls.Config{RootCAs: roots, ServerName: adapter.ServerName}
	if certificate != nil {
		// Whatever CAs the server names, or none.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return certificate, nil }
	}
	return &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{TLSClientConfig: config}}
}

func get(t *testing.T, client *http.Client, server *adapter.Adapter, path string, headers http.Header) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL(path), nil)
	must(t, err)
	for name, values := range headers {
		request.Header[name] = values
	}
	answer, err := client.Do(request)
	must(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	return answer.StatusCode, string(body)
}
