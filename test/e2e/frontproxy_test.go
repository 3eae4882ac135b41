package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"coder-metrics-adapter/test/e2e/cluster"
	"coder-metrics-adapter/test/e2e/pki"
)

// The front proxy's authority gives way to another as administrators do it: both are trusted, the aggregator gets a certificate
// of the new one, the old one is no longer trusted. Nothing is restarted, and no read fails.
func TestFrontProxyAuthorityIsReplaced(t *testing.T) {
	coder := startCoder(t)
	server := startAdapter(t, coder)
	before := control.FrontProxy
	after, err := pki.NewAuthority("front-proxy-ca") // of the same name, as kubeadm makes it
	must(t, err)
	oldProxy := clientFrom(t, server, before, cluster.FrontProxyName)
	newProxy := clientFrom(t, server, after, cluster.FrontProxyName)
	anybody := http.Header{"X-Remote-User": {"root"}, "X-Remote-Group": {"system:masters"}}
	answers := func(client *http.Client, want int) func(context.Context) error {
		return func(context.Context) error {
			if status, body := get(t, client, server, metricPath, anybody); status != want {
				return fmt.Errorf("%d %s, want %d", status, body, want)
			}
			return nil
		}
	}
	must(t, answers(oldProxy, http.StatusOK)(t.Context()))
	must(t, answers(newProxy, http.StatusUnauthorized)(t.Context()))
	load := startLoad(t, server)
	load.more(t, 100)

	must(t, control.TrustFrontProxies(before, after))
	await(t, 90*time.Second, "the adapter believes both", answers(newProxy, http.StatusOK))
	must(t, answers(oldProxy, http.StatusOK)(t.Context()))

	seen := serverLogSize(t)
	must(t, control.UseFrontProxy(after))
	await(t, 90*time.Second, "the aggregator has its new certificate", func(context.Context) error {
		return serverLogSays(t, seen, cluster.FrontProxyCertificateTaken)
	})
	time.Sleep(5 * time.Second) // until every handler of the aggregator has it too, which nothing tells
	load.more(t, 100)

	must(t, control.TrustFrontProxies(after))
	await(t, 90*time.Second, "the old authority is gone", func(ctx context.Context) error {
		if err := publishOnly(ctx, after); err != nil {
			return err
		}
		return answers(oldProxy, http.StatusUnauthorized)(ctx)
	})
	must(t, answers(newProxy, http.StatusOK)(t.Context()))
	load.more(t, 100)
	load.stop(t)
}

// publishOnly removes what kube-apiserver itself never does: it only adds to what it has published.
func publishOnly(ctx context.Context, authority *pki.Authority) error {
	maps := control.Client.CoreV1().ConfigMaps("kube-system")
	published, err := maps.Get(ctx, "extension-apiserver-authentication", metav1.GetOptions{})
	if err != nil {
		return err
	}
	const key = "requestheader-client-ca-file"
	if strings.TrimSpace(published.Data[key]) == strings.TrimSpace(string(authority.CertPEM)) {
		return nil
	}
	published.Data[key] = string(authority.CertPEM)
	_, err = maps.Update(ctx, published, metav1.UpdateOptions{})
	return err
}

// serverLogSays looks for a text in what kube-apiserver has logged since.
func serverLogSays(t *testing.T, since int64, text string) error {
	t.Helper()
	log, err := os.ReadFile(serverLog())
	must(t, err)
	if !strings.Contains(string(log[since:]), text) {
		return fmt.Errorf("kube-apiserver's log does not say %s", text)
	}
	return nil
}
