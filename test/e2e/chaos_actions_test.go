//go:build chaos

package e2e

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"coder-metrics-adapter/test/e2e/adapter"
)

// chaosAction is something that goes wrong, or that an administrator does, and is over when act returns.
type chaosAction struct {
	name    string
	act     func(*chaosWorld)
	mayFail bool          // reads may, until all is well again
	sudden  bool          // recovery counts from its beginning, not from its end: the parts themselves have to get over it
	links   bool          // it needs links that can be cut
	limit   time.Duration // until all has to be well again; a minute when it is less
}

var actions = []chaosAction{
	{name: "kill a replica", act: (*chaosWorld).killReplica, mayFail: true, sudden: true},
	{name: "roll both replicas", act: (*chaosWorld).rollReplicas},
	{name: "hang up on both replicas", act: (*chaosWorld).hangUp},
	{name: "freeze Coder", act: (*chaosWorld).freezeCoder, mayFail: true},
	{name: "break Coder's answers", act: (*chaosWorld).breakCoder, mayFail: true},
	{name: "cut Coder from one replica", act: cutter(toCoder, false), mayFail: true, links: true},
	{name: "cut Coder from both replicas", act: cutter(toCoder, true), mayFail: true, links: true},
	{name: "cut a replica from API server", act: cutter(toAPIServer, false), mayFail: true, links: true},
	{name: "cut both from API server", act: cutter(toAPIServer, true), mayFail: true, links: true},
	{name: "cut API server from a replica", act: cutter(fromAPIServer, false), mayFail: true, links: true},
	{name: "cut API server from both", act: cutter(fromAPIServer, true), mayFail: true, links: true},
	{name: "restart etcd", act: restarter("etcd"), mayFail: true, sudden: true, limit: 2 * time.Minute},
	{name: "restart kube-apiserver", act: restarter("kube-apiserver"), mayFail: true, sudden: true, limit: 2 * time.Minute},
	{name: "restart the controllers", act: restarter("kube-controller-manager"), sudden: true, limit: 2 * time.Minute},
	{name: "good configuration", act: (*chaosWorld).goodConfiguration},
	{name: "bad configuration", act: (*chaosWorld).badConfiguration},
	{name: "rotate Coder's token", act: (*chaosWorld).rotateCoderToken},
	{name: "rotate Coder's token, wrong first", act: (*chaosWorld).rotateCoderTokenBadly, mayFail: true},
	{name: "rotate serving certificates", act: (*chaosWorld).rotateServing},
	{name: "rotate the serving CA", act: (*chaosWorld).rotateServingAuthority},
	{name: "rotate the front proxy's cert", act: (*chaosWorld).rotateFrontProxy},
	{name: "rotate the front proxy's CA", act: (*chaosWorld).rotateFrontProxyAuthority},
	{name: "rotate kubeconfig credentials", act: (*chaosWorld).rotateIdentities},
}

func (w *chaosWorld) anyReplica() *chaosReplica { return w.replicas[w.dice.IntN(len(w.replicas))] }

func oneOf[T any](w *chaosWorld, items ...T) T { return items[w.dice.IntN(len(items))] }

func (w *chaosWorld) killReplica() {
	replica := w.anyReplica()
	replica.Kill()
	time.Sleep(w.some(0, 3000))
	must(w.t, replica.StartAgain())
}

// rollReplicas does what a rollout does: a replica that leaves has lost its endpoint first, and the next one leaves when its
// successor has one.
func (w *chaosWorld) rollReplicas() {
	for _, replica := range w.replicas {
		replica.setLeaving(true)
		w.awaitListed(replica, false)
		must(w.t, replica.Stop())
		must(w.t, replica.StartAgain())
		replica.setLeaving(false)
		w.awaitListed(replica, true)
		time.Sleep(time.Second) // until the aggregator has heard of the endpoint
	}
}

func (w *chaosWorld) awaitListed(replica *chaosReplica, want bool) {
	w.t.Helper()
	await(w.t, time.Minute, fmt.Sprintf("replica %s: endpoint %v", replica.name, want), func(context.Context) error {
		if _, listed := replica.state(); listed != want {
			return fmt.Errorf("not yet")
		}
		return nil
	})
}

func (w *chaosWorld) hangUp() {
	for range 20 {
		for _, replica := range w.replicas {
			replica.Signal(syscall.SIGHUP)
		}
		time.Sleep(w.some(0, 50))
	}
}

func (w *chaosWorld) freezeCoder() {
	w.coder.Freeze()
	defer w.coder.Thaw()
	time.Sleep(w.some(500, 6000))
}

func (w *chaosWorld) breakCoder() {
	kind := oneOf(w, "down", "slow", "html", "bad-gateway", "truncated", "cut", "token-revoked", "error-500", "forbidden", "wrong-type")
	w.say("  %s", kind)
	must(w.t, w.coder.Break(w.t.Context(), kind))
	time.Sleep(w.some(500, 6000))
	must(w.t, w.coder.ComeBack(w.t.Context()))
}

// cutter cuts a link of one replica, or of both, at the one end or the other.
func cutter(link string, both bool) func(*chaosWorld) {
	return func(w *chaosWorld) {
		cut := []*chaosReplica{w.anyReplica()}
		if both {
			cut = w.replicas
		}
		ours := w.dice.IntN(2) == 0
		for _, replica := range cut {
			must(w.t, replica.place.Cut(link, ours))
		}
		time.Sleep(w.some(500, 8000))
		for _, replica := range cut {
			must(w.t, replica.place.Mend(link))
		}
	}
}

func restarter(program string) func(*chaosWorld) {
	return func(w *chaosWorld) { must(w.t, control.Restart(program, w.some(0, 5000))) }
}

// goodConfiguration plans a workshop of next month, or another one.
func (w *chaosWorld) goodConfiguration() {
	start := time.Now().Add(30 * 24 * time.Hour).Add(w.some(0, 86400000)).UTC()
	workshop := &adapter.Workshop{Start: start.Format(time.RFC3339), End: start.Add(time.Hour).Format(time.RFC3339), Users: 10 + w.dice.IntN(20)}
	for _, replica := range w.replicas {
		must(w.t, replica.Reconfigure(func(o *adapter.Options) { o.Workshop = workshop }))
	}
	time.Sleep(w.some(500, 2000))
}

func (w *chaosWorld) badConfiguration() {
	for range 3 {
		text := oneOf(w, "", "coder: [", "\x00\x00\x00", "apiVersion: v0\nqueues: 7\n",
			"apiVersion: coder-metrics-adapter/v1\nkind: Config\n", "apiVersion: coder-metrics-adapter/v1\nkind: Config\ncoder: {url: 'ftp://nowhere', tokenFile: /nowhere}\n")
		for _, replica := range w.replicas {
			must(w.t, replica.BreakConfig(text))
		}
		time.Sleep(w.some(300, 1000))
	}
	for _, replica := range w.replicas {
		must(w.t, replica.Reconfigure(func(*adapter.Options) {}))
	}
}
