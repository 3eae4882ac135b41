//go:build chaos

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"coder-metrics-adapter/test/e2e/adapter"
	"coder-metrics-adapter/test/e2e/cluster"
	"coder-metrics-adapter/test/e2e/emulator"
	"coder-metrics-adapter/test/e2e/pki"
)

// rotateCoderToken: the new one is made, the adapters get it, the old one is revoked.
func (w *chaosWorld) rotateCoderToken() {
	old := w.token
	w.token = fmt.Sprintf("%s-%d", emulator.Token, w.dice.Uint64())
	w.door.Accept(old, w.token)
	w.giveToken(w.token)
	time.Sleep(w.some(0, 1500))
	w.door.Accept(w.token)
}

// rotateCoderTokenBadly revokes the old token while the adapters get one that was never good.
func (w *chaosWorld) rotateCoderTokenBadly() {
	w.token = fmt.Sprintf("%s-%d", emulator.Token, w.dice.Uint64())
	w.door.Accept(w.token)
	w.giveToken("wrong")
	time.Sleep(w.some(500, 5000))
	w.giveToken(w.token)
}

func (w *chaosWorld) giveToken(token string) {
	for _, replica := range w.replicas {
		must(w.t, replica.ReplaceToken(token))
	}
}

func (w *chaosWorld) rotateServing() {
	for range 3 {
		for _, replica := range w.replicas {
			must(w.t, replica.ReplaceCertificate())
		}
		time.Sleep(w.some(100, 1000))
	}
}

// rotateServingAuthority: both are trusted, the certificates are replaced, the old authority goes.
func (w *chaosWorld) rotateServingAuthority() {
	fresh, err := pki.NewAuthority("adapter-ca")
	must(w.t, err)
	w.trust(bytes.Join([][]byte{w.authority.CertPEM, fresh.CertPEM}, nil))
	for _, replica := range w.replicas {
		must(w.t, replica.ReplaceAuthority(fresh))
		await(w.t, time.Minute, "the certificate of the new authority", func(context.Context) error {
			_, err := handshake(replica.Adapter, fresh.CertPEM)
			return err
		})
	}
	w.authority = fresh
	w.trust(fresh.CertPEM)
}

// trust writes the caBundle and waits for the aggregator to have it, which nothing tells.
func (w *chaosWorld) trust(bundle []byte) {
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"caBundle": bundle}})
	must(w.t, err)
	_, err = control.Aggregator.ApiregistrationV1().APIServices().
		Patch(w.t.Context(), adapter.APIService, types.MergePatchType, patch, metav1.PatchOptions{})
	must(w.t, err)
	time.Sleep(3 * time.Second)
}

// rotateFrontProxy gives the aggregator another client certificate of the same authority.
func (w *chaosWorld) rotateFrontProxy() {
	seen := serverLogSize(w.t)
	must(w.t, control.UseFrontProxy(control.FrontProxy))
	w.awaitFrontProxyTaken(seen)
}

func (w *chaosWorld) awaitFrontProxyTaken(seen int64) {
	await(w.t, 90*time.Second, "the aggregator has its new certificate", func(context.Context) error {
		return serverLogSays(w.t, seen, cluster.FrontProxyCertificateTaken)
	})
	time.Sleep(5 * time.Second) // until every handler of the aggregator has it too, which nothing tells
}

// rotateFrontProxyAuthority: both are trusted, the aggregator gets a certificate of the new one, the old one is no longer trusted.
func (w *chaosWorld) rotateFrontProxyAuthority() {
	before := control.FrontProxy
	after, err := pki.NewAuthority("front-proxy-ca")
	must(w.t, err)
	must(w.t, control.TrustFrontProxies(before, after))
	w.awaitProxies(after, http.StatusOK)
	seen := serverLogSize(w.t)
	must(w.t, control.UseFrontProxy(after))
	w.awaitFrontProxyTaken(seen)
	must(w.t, control.TrustFrontProxies(after))
	await(w.t, 90*time.Second, "only the new authority is published", func(ctx context.Context) error { return publishOnly(ctx, after) })
	w.awaitProxies(before, http.StatusUnauthorized)
}

// awaitProxies waits until every replica answers a front proxy of that authority so.
func (w *chaosWorld) awaitProxies(authority *pki.Authority, want int) {
	for _, replica := range w.replicas {
		proxy := clientFrom(w.t, replica.Adapter, authority, cluster.FrontProxyName)
		anybody := http.Header{"X-Remote-User": {"root"}, "X-Remote-Group": {"system:masters"}}
		await(w.t, 90*time.Second, fmt.Sprintf("replica %s answers %d", replica.name, want), func(context.Context) error {
			if status, body := get(w.t, proxy, replica.Adapter, metricPath, anybody); status != want {
				return fmt.Errorf("%d %s", status, body)
			}
			return nil
		})
	}
}

// makeAccount makes the adapter's service account, and what its token hangs on.
func (w *chaosWorld) makeAccount() error {
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: adapter.Service}}
	if _, err := control.Client.CoreV1().ServiceAccounts(adapter.Namespace).Create(w.t.Context(), account, metav1.CreateOptions{}); err != nil {
		return err
	}
	return w.makeTokenOwner()
}

// makeTokenOwner makes the Secret whose end is the end of the tokens that are bound to it.
func (w *chaosWorld) makeTokenOwner() (err error) {
	w.account, err = control.Client.CoreV1().Secrets(adapter.Namespace).Create(w.t.Context(),
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{GenerateName: "token-"}}, metav1.CreateOptions{})
	return err
}

// rotateIdentities gives each replica another credential towards the API server, and takes the old token's right away.
func (w *chaosWorld) rotateIdentities() {
	old := w.account
	must(w.t, w.makeTokenOwner())
	for _, replica := range w.replicas {
		must(w.t, w.giveIdentity(replica))
	}
	time.Sleep(w.some(0, 2000))
	must(w.t, control.Client.CoreV1().Secrets(adapter.Namespace).Delete(w.t.Context(), old.Name, metav1.DeleteOptions{}))
	time.Sleep(w.some(0, 5000))
}

// giveIdentity writes both credentials, of which a replica's kubeconfig names one.
func (w *chaosWorld) giveIdentity(replica *chaosReplica) error {
	pair, err := control.ClientCA.IssueClient(adapterUser)
	if err != nil {
		return err
	}
	if err := adapter.Mount(replica.folder, pair); err != nil {
		return err
	}
	request, err := control.Client.CoreV1().ServiceAccounts(adapter.Namespace).CreateToken(w.t.Context(), adapter.Service,
		&authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
			BoundObjectRef: &authenticationv1.BoundObjectReference{APIVersion: "v1", Kind: "Secret", Name: w.account.Name, UID: w.account.UID},
		}}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	return adapter.ReplaceFile(filepath.Join(replica.folder, "token"), []byte(request.Status.Token))
}
