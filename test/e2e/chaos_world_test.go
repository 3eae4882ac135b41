//go:build chaos

package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd/api"

	"coder-metrics-adapter/test/e2e/adapter"
	"coder-metrics-adapter/test/e2e/chaos"
	"coder-metrics-adapter/test/e2e/emulator"
	"coder-metrics-adapter/test/e2e/network"
	"coder-metrics-adapter/test/e2e/pki"
)

// Links of a replica's place, in the order of their networks.
const (
	toAPIServer   = "kube"
	toCoder       = "coder"
	fromAPIServer = "serve"
)

// chaosWorld is two replicas behind one Service, each in a place of its own, a Coder whose jobs come and go, an HPA, and those who look.
type chaosWorld struct {
	t         *testing.T
	began     time.Time
	dice      *rand.Rand // of the actions; only the test's goroutine throws it
	rules     chaos.Rules
	coder     *emulator.Emulator
	door      *network.Door
	token     string         // of Coder, in force
	authority *pki.Authority // of the serving certificates
	replicas  []*chaosReplica
	account   *corev1.Secret // that the service account's token hangs on

	players, readers *crew
	truth            chaos.Truth
	sees             scalingSeen

	mutex    sync.Mutex
	readings []chaos.Reading // under the mutex, until the readers have ended
	steps    []chaos.Step    // likewise

	lie        lie
	recoveries []chaos.Recovery
	complaints []chaos.Finding
}

func startChaos(t *testing.T, seed uint64) *chaosWorld {
	t.Helper()
	w := &chaosWorld{t: t, began: time.Now(), dice: rand.New(rand.NewPCG(seed, 1)), token: emulator.Token + "-0"}
	// What config.yaml and provisionersHPA say. Precision: whole seconds on the wire, and a clock that is set meanwhile. Reaction: a reading
	// of 4 s ago, the stabilization of 6 s, and a write that waited for a store that was away.
	w.rules = chaos.Rules{StaleAfter: 3 * time.Second, Precision: 1100 * time.Millisecond, Reaction: 20 * time.Second, Least: minReplicas, Most: maxReplicas}
	w.coder = startCoder(t)
	t.Cleanup(w.coder.Thaw)
	var err error
	w.door, err = network.OpenDoor(w.coder.URL, "Coder-Session-Token", emulator.Token)
	must(t, err)
	t.Cleanup(w.door.Close)
	w.door.Accept(w.token)
	w.authority, err = pki.NewAuthority("adapter-ca")
	must(t, err)
	makeNamespace(t, adapter.Namespace)
	bindAdapter(t)
	must(t, w.makeAccount())
	for i, name := range []string{"a", "b"} {
		w.replicas = append(w.replicas, w.startReplica(i+1, name))
	}
	must(t, adapter.RegisterService(t.Context(), control.Client, control.Aggregator, adapter.Service, w.authority.CertPEM))
	t.Cleanup(func() { unregister(t) })
	w.startWork()
	awaitAvailable(t)
	makeNamespace(t, namespace)
	must(t, w.makeProvisioners())
	w.startReaders()
	await(t, time.Minute, "everything is well at first", func(context.Context) error {
		if _, reads := w.readsAgain(w.began); !reads {
			return fmt.Errorf("reads fail")
		}
		if _, scales := w.scalesAgain(w.began); !scales {
			return fmt.Errorf("the HPA cannot scale")
		}
		return nil
	})
	w.forgetReadings()
	return w
}

func (w *chaosWorld) makeProvisioners() error {
	_, err := control.Client.AppsV1().Deployments(namespace).Create(w.t.Context(), provisioners(), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	_, err = control.Client.AutoscalingV2().HorizontalPodAutoscalers(namespace).Create(w.t.Context(), provisionersHPA(), metav1.CreateOptions{})
	return err
}

// chaosReplica is one adapter and where it runs.
type chaosReplica struct {
	*adapter.Adapter
	name    string
	place   *network.Place // nil: beside us
	folder  string         // of its credentials towards the API server
	mutex   sync.Mutex
	leaving bool // it was told to end, so its endpoint goes
	listed  bool // it has an endpoint
}

func (w *chaosWorld) startReplica(number int, name string) *chaosReplica {
	w.t.Helper()
	r := &chaosReplica{name: name, folder: w.t.TempDir()}
	options := adapter.Options{
		Program: programs.adapter, Dir: w.t.TempDir(), Logs: filepath.Join(testLogs(w.t), name), CoderToken: w.token,
		Authentication: "delegated", Authority: w.authority,
	}
	must(w.t, os.MkdirAll(options.Logs, 0o755))
	server, coder := "127.0.0.1", "127.0.0.1"
	var err error
	if inNamespaces() {
		r.place, err = network.New("chaos-"+name, number, toAPIServer, toCoder, fromAPIServer)
		must(w.t, err)
		w.t.Cleanup(func() { must(w.t, r.place.Remove()) })
		server, coder = r.place.Near(toAPIServer), r.place.Near(toCoder)
		options.Address, options.Within = r.place.Far(fromAPIServer), r.place.Within
	}
	options.CoderURL, err = w.door.Listen(coder)
	must(w.t, err)
	options.Kubeconfig, err = control.WriteKubeconfigOf("chaos-"+name, server, r.identity(number))
	must(w.t, err)
	must(w.t, w.giveIdentity(r))
	r.Adapter, err = adapter.Start(w.t.Context(), options)
	must(w.t, err)
	w.t.Cleanup(func() {
		if err := r.Stop(); err != nil {
			w.t.Errorf("replica %s: %v", r.name, err)
		}
		if w.t.Failed() {
			w.t.Log(r.LogTail(40))
		}
	})
	return r
}

// identity: the one replica is known by a certificate, the other by a service account's token.
func (r *chaosReplica) identity(number int) *api.AuthInfo {
	if number%2 == 1 {
		return &api.AuthInfo{ClientCertificate: filepath.Join(r.folder, "tls.crt"), ClientKey: filepath.Join(r.folder, "tls.key")}
	}
	return &api.AuthInfo{TokenFile: filepath.Join(r.folder, "token")}
}

// some is a time between two numbers of milliseconds.
func (w *chaosWorld) some(least, most int) time.Duration {
	return time.Duration(least+w.dice.IntN(most-least+1)) * time.Millisecond
}

// say writes past t.Log, whose file and line in front would bend the columns.
func (w *chaosWorld) say(format string, arguments ...any) {
	fmt.Fprintf(w.t.Output(), "%6.1fs  %s\n", time.Since(w.began).Seconds(), fmt.Sprintf(format, arguments...))
}

func (w *chaosWorld) complain(finding chaos.Finding) {
	w.say("  %s", finding)
	w.complaints = append(w.complaints, finding)
}
