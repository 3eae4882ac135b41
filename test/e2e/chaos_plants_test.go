//go:build chaos

package e2e

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"coder-metrics-adapter/test/e2e/adapter"
	"coder-metrics-adapter/test/e2e/chaos"
)

// plants are what the checker must find.
var plants = []struct {
	name string
	seen chaos.Kind
	do   func(*chaosWorld)
}{
	{"wrong-value", chaos.WrongValue, (*chaosWorld).plantWrongValue},
	{"stale-value", chaos.StaleValue, (*chaosWorld).plantStaleValue},
	{"scale-down", chaos.WrongScale, (*chaosWorld).plantScaleDown},
	{"stray-error", chaos.StrayError, (*chaosWorld).plantStrayError},
}

func (w *chaosWorld) plant(name string) {
	for _, row := range plants {
		if row.name == name {
			w.say("planted: %s", name)
			row.do(w)
			return
		}
	}
	w.t.Fatalf("nothing that can be planted is called %s", name)
}

// lie is by how much what is taken for the truth is wrong.
type lie struct{ by atomic.Int64 }

func (l *lie) now() int { return int(l.by.Load()) }

// plantWrongValue: for the checker there is a job more than the adapter can know of.
func (w *chaosWorld) plantWrongValue() {
	w.lie.by.Store(1)
	time.Sleep(8 * time.Second)
	w.lie.by.Store(0)
}

// plantStaleValue: the adapters serve what they know for longer than the checker thinks right.
func (w *chaosWorld) plantStaleValue() {
	allow := func(staleAfter string) {
		for _, replica := range w.replicas {
			must(w.t, replica.Reconfigure(func(o *adapter.Options) { o.StaleAfter = staleAfter }))
		}
		time.Sleep(3 * time.Second) // until the file is in force
	}
	allow("1m")
	w.coder.Freeze()
	time.Sleep(7 * time.Second)
	w.coder.Thaw()
	time.Sleep(4 * time.Second) // until everything is fresh again
	allow("")
}

// plantScaleDown sets fewer replicas than there ever may be; the HPA mends that.
func (w *chaosWorld) plantScaleDown() {
	scaleProvisioners(w.t, minReplicas-1)
	await(w.t, time.Minute, "the HPA mends it", func(ctx context.Context) error {
		replicas, err := wantedReplicas(ctx)
		if err == nil && replicas < minReplicas {
			err = fmt.Errorf("%d replicas", replicas)
		}
		return err
	})
}

// plantStrayError: a replica dies, and nobody tells the checker.
func (w *chaosWorld) plantStrayError() {
	replica := w.anyReplica()
	replica.Kill()
	time.Sleep(time.Second)
	must(w.t, replica.StartAgain())
	await(w.t, time.Minute, "reads are well again", func(context.Context) error {
		if _, again := w.readsAgain(time.Now().Add(-3 * time.Second)); !again {
			return fmt.Errorf("not yet")
		}
		return nil
	})
}

// required: what cannot be done here is a failure.
func required() bool { return os.Getenv("E2E_REQUIRED") == "1" }
