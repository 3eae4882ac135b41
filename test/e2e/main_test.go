// Package e2e shows the adapter at work in a real control plane: kube-apiserver's aggregator reaches it, and the stock
// HorizontalPodAutoscaler controller scales a Deployment on what it says. Start it with test/e2e/run.
package e2e

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"coder-metrics-adapter/test/e2e/cluster"
	"coder-metrics-adapter/test/e2e/network"
)

// hpaSyncPeriod is how often the HPA controller asks; its default of 15 s would make every step of a test as slow.
const hpaSyncPeriod = 2 * time.Second

// Set once by TestMain, before any test runs.
var (
	control  *cluster.Cluster
	logs     string // folder with a log for each program
	programs struct{ adapter, emulator string }
)

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	options, err := optionsFromEnvironment()
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	begin := time.Now()
	control, err = cluster.Start(context.Background(), options)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e: the control plane did not start:", err)
		return 1
	}
	defer control.Stop()
	fmt.Printf("e2e: control plane ready after %.1f s, logs in %s\n", time.Since(begin).Seconds(), logs)
	code := m.Run()
	if code != 0 {
		fmt.Fprint(os.Stderr, control.LogTails(30))
	}
	return code
}

// inNamespaces: this program has a network to itself, and may make places beside it.
func inNamespaces() bool { return os.Getenv("E2E_NAMESPACES") != "" }

// optionsFromEnvironment reads what test/e2e/run has found and made.
func optionsFromEnvironment() (options cluster.Options, err error) {
	options.HPASyncPeriod = hpaSyncPeriod
	for _, variable := range []struct {
		into *string
		name string
	}{
		{&programs.adapter, "ADAPTER"},
		{&programs.emulator, "EMULATOR"},
		{&options.Etcd, "ETCD"},
		{&options.APIServer, "KUBE_APISERVER"},
		{&options.ControllerManager, "KUBE_CONTROLLER_MANAGER"},
		{&options.Kubectl, "KUBECTL"},
		{&options.Dir, "E2E_DIR"},
		{&options.Logs, "E2E_LOGS"},
	} {
		if *variable.into = os.Getenv(variable.name); *variable.into == "" {
			return options, fmt.Errorf("%s is not set; start the tests with test/e2e/run, which sees to it", variable.name)
		}
	}
	logs = options.Logs
	if inNamespaces() {
		options.Hosts = []string{network.Near(1, 0), network.Near(2, 0)}
	}
	return options, nil
}
