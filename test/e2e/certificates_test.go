package e2e

import (
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"

	"coder-metrics-adapter/test/e2e/adapter"
	"coder-metrics-adapter/test/e2e/emulator"
)

// Names that the adapter's configuration has by default.
const (
	secretName = "coder-metrics-adapter-tls"
	leaseName  = "coder-metrics-adapter"
)

// Without certFile the adapter makes its certificate and tells the aggregator, with no right to create anything.
func TestOwnCertificate(t *testing.T) {
	coder := startCoder(t)
	makeCertificateObjects(t, adapter.Service)
	open := adapter.Options{Authentication: "none"} // so that /metrics may be looked at
	first := startReplica(t, coder, "first", open)
	must(t, first.AddEndpoint(t.Context(), control.Client))
	awaitAvailable(t)

	leaf := servedCertificate(t, first, caBundle(t))
	if _, is := leaf.PublicKey.(*ecdsa.PublicKey); !is {
		t.Errorf("its key is a %T, want ECDSA", leaf.PublicKey)
	}
	want := []string{
		"coder-metrics-adapter", "coder-metrics-adapter.coder-metrics", "coder-metrics-adapter.coder-metrics.svc",
		"coder-metrics-adapter.coder-metrics.svc.cluster.local",
	}
	if fmt.Sprint(leaf.DNSNames) != fmt.Sprint(want) {
		t.Errorf("it is for %q, want %q", leaf.DNSNames, want)
	}
	if list := getRaw(t, namespace, demand, "queue%3Ddefault"); len(list.Items) != 1 {
		t.Errorf("%d items through the aggregator, want 1", len(list.Items))
	}

	second := startReplica(t, coder, "second", open)
	must(t, second.AddEndpoint(t.Context(), control.Client))
	makeNamespace(t, namespace) // made last, so deleted while the second replica still answers
	if !servedCertificate(t, second, caBundle(t)).Equal(leaf) {
		t.Error("the second replica serves another certificate than the first")
	}
	awaitLeader(t, first, second)
	if !servedCertificate(t, first, caBundle(t)).Equal(leaf) {
		t.Error("the second replica has changed the certificate")
	}

	// Another leader goes on with what is there, and mends what somebody breaks.
	must(t, first.RemoveEndpoint(t.Context(), control.Client))
	begin := time.Now()
	if err := first.Stop(); err != nil {
		t.Errorf("the first replica: %v", err)
	}
	await(t, 30*time.Second, "the second replica leads", func(ctx context.Context) error { return leads(ctx, second, true) })
	t.Logf("the second replica led %.1f s after the first was told to stop (5 s of them its grace)", time.Since(begin).Seconds())
	breakSecret(t)
	await(t, 10*time.Second, "the Secret is mended", func(ctx context.Context) error {
		if mended := servedCertificate(t, second, nil); mended.Equal(leaf) {
			return fmt.Errorf("the old certificate is still served")
		}
		return nil
	})
	awaitAvailable(t)
	servedCertificate(t, second, caBundle(t))
}

// Whole renewals, of certificate and CA, under load, with two replicas as they run in production.
func TestOwnCertificateIsRenewed(t *testing.T) {
	coder := startCoder(t)
	makeCertificateObjects(t, adapter.Service)
	bindAdapter(t)
	shortLived := adapter.Options{Authentication: "delegated", CertificateLifetime: "1m"}
	replicas := []*adapter.Adapter{startReplica(t, coder, "first", shortLived), startReplica(t, coder, "second", shortLived)}
	for _, replica := range replicas {
		must(t, replica.AddEndpoint(t.Context(), control.Client))
	}
	awaitAvailable(t)
	makeNamespace(t, namespace)

	load := startLoad(t, replicas...)
	renewals, bundles := map[string]bool{}, map[string]bool{}
	for end := time.Now().Add(110 * time.Second); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		bundle := caBundle(t)
		bundles[fmt.Sprintf("%d CAs", strings.Count(string(bundle), "BEGIN CERTIFICATE"))] = true
		for _, replica := range replicas {
			renewals[servedCertificate(t, replica, bundle).SerialNumber.String()] = true
		}
	}
	load.stop(t)
	t.Logf("%d certificates served, bundles seen with %v", len(renewals), bundles)
	if len(renewals) < 3 {
		t.Errorf("%d certificates were served in 110 s, want at least 3 with a lifetime of 1 min", len(renewals))
	}
	if !bundles["1 CAs"] || !bundles["2 CAs"] {
		t.Errorf("caBundle had %v, want the old CA beside the new one for a time, then alone", bundles)
	}
}

// An APIService that leads to somebody else is not the adapter's to change.
func TestForeignAPIServiceIsLeftAlone(t *testing.T) {
	coder := startCoder(t)
	makeCertificateObjects(t, "prometheus-adapter")
	before := apiService(t)
	replica := startReplica(t, coder, "only", adapter.Options{Authentication: "none"})
	await(t, 30*time.Second, "the adapter complains", func(ctx context.Context) error {
		text, err := replica.Get(ctx, "/metrics")
		if err == nil && !strings.Contains(text, `adapter_certificate_problem{reason="registration_foreign"} 1`) {
			err = fmt.Errorf("no such problem on /metrics")
		}
		return err
	})
	time.Sleep(3 * time.Second) // long enough for whatever it might do
	if after := apiService(t); after.Generation != before.Generation || after.Spec.CABundle != nil || after.Spec.InsecureSkipTLSVerify {
		t.Errorf("it was changed from\n%+v to\n%+v", before.Spec, after.Spec)
	}
	log, err := os.ReadFile(replica.LogFile())
	must(t, err)
	if !strings.Contains(string(log), "service=coder-metrics/prometheus-adapter") {
		t.Error("its log does not name the service that the APIService leads to")
	}
}

// Given files, as of cert-manager: replaced twenty times under load.
func TestGivenCertificateIsReplaced(t *testing.T) {
	coder := startCoder(t)
	server := startAdapter(t, coder)
	load := startLoad(t, server)
	for range 20 {
		before := servedCertificate(t, server, server.CABundle)
		replaced := time.Now()
		must(t, server.ReplaceCertificate())
		for servedCertificate(t, server, server.CABundle).Equal(before) {
			if time.Since(replaced) > time.Second {
				t.Fatal("the new certificate is not in force after a second")
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	load.stop(t)
}

// makeCertificateObjects makes what the chart makes: the empty Secret and Lease, the rights by name, and the APIService, without a
// caBundle, for a service of that name.
func makeCertificateObjects(t *testing.T, service string) {
	t.Helper()
	makeNamespace(t, adapter.Namespace)
	_, err := control.Client.CoreV1().Secrets(adapter.Namespace).Create(t.Context(),
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: secretName}}, metav1.CreateOptions{})
	must(t, err)
	_, err = control.Client.CoordinationV1().Leases(adapter.Namespace).Create(t.Context(),
		&coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: leaseName}}, metav1.CreateOptions{})
	must(t, err)
	grantByName(t)
	must(t, adapter.RegisterService(t.Context(), control.Client, control.Aggregator, service, nil))
	t.Cleanup(func() { unregister(t) })
}

func grantByName(t *testing.T) {
	t.Helper()
	rbac := control.Client.RbacV1()
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "e2e-certificate"}, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{"secrets"}, ResourceNames: []string{secretName},
			Verbs: []string{"get", "list", "watch", "update"}},
		{APIGroups: []string{"coordination.k8s.io"}, Resources: []string{"leases"}, ResourceNames: []string{leaseName},
			Verbs: []string{"get", "update"}},
	}}
	_, err := rbac.Roles(adapter.Namespace).Create(t.Context(), role, metav1.CreateOptions{}) // goes with its namespace
	must(t, err)
	_, err = rbac.RoleBindings(adapter.Namespace).Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: role.ObjectMeta, Subjects: []rbacv1.Subject{userSubject(adapterUser)},
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role.Name}}, metav1.CreateOptions{})
	must(t, err)
	clusterRole := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "e2e-ca-bundle"}, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{"apiregistration.k8s.io"}, Resources: []string{"apiservices"}, ResourceNames: []string{adapter.APIService},
			Verbs: []string{"get", "list", "watch", "patch"}},
	}}
	_, err = rbac.ClusterRoles().Create(t.Context(), clusterRole, metav1.CreateOptions{})
	must(t, err)
	t.Cleanup(func() { _ = rbac.ClusterRoles().Delete(context.Background(), clusterRole.Name, metav1.DeleteOptions{}) })
	bindClusterRole(t, clusterRole.Name, userSubject(adapterUser))
}

// startReplica runs an adapter that makes its own certificate, and waits until it is ready.
func startReplica(t *testing.T, coder *emulator.Emulator, name string, options adapter.Options) *adapter.Adapter {
	t.Helper()
	kubeconfig, err := control.WriteKubeconfig(adapterUser)
	must(t, err)
	options.Program, options.Dir = programs.adapter, t.TempDir()
	options.Logs = filepath.Join(testLogs(t), name)
	must(t, os.MkdirAll(options.Logs, 0o755))
	options.CoderURL, options.CoderToken = coder.URL, emulator.Token
	options.Kubeconfig, options.OwnCertificate = kubeconfig, true
	replica, err := adapter.Start(t.Context(), options)
	must(t, err)
	t.Cleanup(func() {
		replica.Kill()
		if t.Failed() {
			t.Log(replica.LogTail(40))
		}
	})
	return replica
}

func apiService(t *testing.T) *apiregistrationv1.APIService {
	t.Helper()
	service, err := control.Aggregator.ApiregistrationV1().APIServices().Get(t.Context(), adapter.APIService, metav1.GetOptions{})
	must(t, err)
	return service
}

func caBundle(t *testing.T) []byte {
	t.Helper()
	return apiService(t).Spec.CABundle
}

// servedCertificate makes a connection as the aggregator would and returns the certificate that it got. bundle nil: any will do.
func servedCertificate(t *testing.T, replica *adapter.Adapter, bundle []byte) *x509.Certificate {
	t.Helper()
	leaf, err := handshake(replica, bundle)
	if err != nil {
		t.Fatalf("connect to port %d: %v\nwith the CAs\n%s", replica.Port, err, describe(bundle))
	}
	return leaf
}

func handshake(replica *adapter.Adapter, bundle []byte) (*x509.Certificate, error) {
	config := &tls.Config{ServerName: adapter.ServerName, InsecureSkipVerify: bundle == nil}
	if bundle != nil {
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM(bundle)
	}
	connection, err := tls.Dial("tcp", replica.Endpoint(), config)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	return connection.ConnectionState().PeerCertificates[0], nil
}

// describe names the CAs of a bundle.
func describe(bundle []byte) string {
	var text strings.Builder
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		if ca, err := x509.ParseCertificate(block.Bytes); err == nil {
			fmt.Fprintf(&text, "%s until %s\n", ca.Subject, ca.NotAfter)
		}
	}
	return text.String()
}

// leads says whether a replica shows itself as the leader, or as none.
func leads(ctx context.Context, replica *adapter.Adapter, want bool) error {
	text, err := replica.Get(ctx, "/metrics")
	if err == nil && strings.Contains(text, "\nadapter_leader 1\n") != want {
		err = fmt.Errorf("port %d: leading is not %v", replica.Port, want)
	}
	return err
}

func awaitLeader(t *testing.T, leader, follower *adapter.Adapter) {
	t.Helper()
	await(t, 10*time.Second, "one replica leads, the other does not", func(ctx context.Context) error {
		if err := leads(ctx, leader, true); err != nil {
			return err
		}
		return leads(ctx, follower, false)
	})
}

// breakSecret leaves a certificate in the Secret that its key does not belong to.
func breakSecret(t *testing.T) {
	t.Helper()
	secrets := control.Client.CoreV1().Secrets(adapter.Namespace)
	secret, err := secrets.Get(t.Context(), secretName, metav1.GetOptions{})
	must(t, err)
	secret.Data["tls.key"] = []byte("not a key")
	_, err = secrets.Update(t.Context(), secret, metav1.UpdateOptions{})
	must(t, err)
}
