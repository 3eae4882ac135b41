package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"

	"coder-metrics-adapter/test/e2e/adapter"
	"coder-metrics-adapter/test/e2e/emulator"
)

// namespace is where Coder's provisioners and their HPA live.
const namespace = "coder"

// startCoder runs an emulated Coder for one test.
func startCoder(t *testing.T) *emulator.Emulator {
	t.Helper()
	coder, err := emulator.Start(t.Context(), programs.emulator, t.TempDir(), testLogs(t))
	must(t, err)
	t.Cleanup(func() {
		if err := coder.Stop(); err != nil {
			t.Errorf("coder-emulator: %v", err)
		}
		if t.Failed() {
			t.Log(coder.LogTail(30))
		}
	})
	return coder
}

// startAdapter runs the adapter beside coder, registers it with the cluster and waits until the aggregator uses it.
func startAdapter(t *testing.T, coder *emulator.Emulator) *adapter.Adapter {
	t.Helper()
	return startAdapterWith(t, coder, adapter.Options{})
}

// startAdapterWith does so with options beside the usual ones.
func startAdapterWith(t *testing.T, coder *emulator.Emulator, options adapter.Options) *adapter.Adapter {
	t.Helper()
	kubeconfig, err := control.WriteKubeconfig(adapterUser)
	must(t, err)
	bindAdapter(t)
	options.Program, options.Dir, options.Logs = programs.adapter, t.TempDir(), testLogs(t)
	options.CoderURL, options.CoderToken = coder.URL, emulator.Token
	options.Authentication, options.Kubeconfig = "delegated", kubeconfig
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
	makeNamespace(t, adapter.Namespace)
	must(t, server.Register(t.Context(), control.Client, control.Aggregator))
	t.Cleanup(func() { unregister(t) })
	awaitAvailable(t)
	// Made last, so deleted first, while the adapter still answers: an unavailable APIService would block the deletion
	// of every namespace.
	makeNamespace(t, namespace)
	return server
}

func unregister(t *testing.T) {
	err := control.Aggregator.ApiregistrationV1().APIServices().
		Delete(context.Background(), adapter.APIService, metav1.DeleteOptions{})
	if err != nil {
		t.Errorf("delete the APIService: %v", err)
	}
}

// awaitAvailable waits until the aggregator has found the adapter worth asking.
func awaitAvailable(t *testing.T) {
	t.Helper()
	await(t, 40*time.Second, "the APIService is Available", func(ctx context.Context) error {
		service, err := control.Aggregator.ApiregistrationV1().APIServices().Get(ctx, adapter.APIService, metav1.GetOptions{})
		if err != nil {
			return err
		}
		return available(service)
	})
}

// available says why an APIService is not, if it is not.
func available(service *apiregistrationv1.APIService) error {
	for _, condition := range service.Status.Conditions {
		if condition.Type != apiregistrationv1.Available {
			continue
		}
		if condition.Status == apiregistrationv1.ConditionTrue {
			return nil
		}
		return fmt.Errorf("%s: %s", condition.Reason, condition.Message)
	}
	return fmt.Errorf("the aggregator has not looked at it yet")
}

// makeNamespace makes a namespace that pods can be created in, and deletes it after the test.
func makeNamespace(t *testing.T, name string) {
	t.Helper()
	_, err := control.Client.CoreV1().Namespaces().Create(t.Context(),
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	must(t, err)
	t.Cleanup(func() { deleteNamespace(t, control.Client, name) })
	await(t, 20*time.Second, "the service account of namespace "+name, func(ctx context.Context) error {
		_, err := control.Client.CoreV1().ServiceAccounts(name).Get(ctx, "default", metav1.GetOptions{})
		return err
	})
}

// deleteNamespace waits for the end, which also shows that the adapter does not stand in a namespace's way.
func deleteNamespace(t *testing.T, client kubernetes.Interface, name string) {
	if err := client.CoreV1().Namespaces().Delete(context.Background(), name, metav1.DeleteOptions{}); err != nil {
		t.Errorf("delete namespace %s: %v", name, err)
		return
	}
	await(t, time.Minute, "namespace "+name+" is gone", func(ctx context.Context) error {
		left, err := client.CoreV1().Namespaces().Get(ctx, name, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			return nil
		case err != nil:
			return err
		default:
			return fmt.Errorf("it is %s: %+v", left.Status.Phase, left.Status.Conditions)
		}
	})
}

// await asks until condition returns nil and fails the test when it has not within the time.
func await(t *testing.T, within time.Duration, what string, condition func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within) // not the test's: cleanups wait too
	defer cancel()
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	for {
		err := condition(ctx)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("not within %s: %s: %v", within, what, err)
		case <-again.C:
		}
	}
}

// testLogs makes the folder for the logs of one test's programs.
func testLogs(t *testing.T) string {
	t.Helper()
	path := filepath.Join(logs, t.Name())
	must(t, os.MkdirAll(path, 0o755))
	return path
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
