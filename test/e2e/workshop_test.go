package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"coder-metrics-adapter/test/e2e/adapter"
	"coder-metrics-adapter/test/e2e/emulator"
)

const (
	desired = "coder_provisioner_desired_replicas"
	depth   = "coder_provisioner_queue_depth"
	people  = 20
	// Builds of 60 to 180 s, scaled down; so is Kubernetes' own grace period of 30 s, in which a build that is told to end may still do so.
	buildTime, buildSpread = 12 * time.Second, 6 * time.Second
	grace                  = 3 * time.Second
)

// Twenty people start their workspaces at once: with what the adapter wants they wait less than with the depth of the queue alone, and than
// with six provisioners whatever comes.
func TestWorkshopWaits(t *testing.T) {
	waits := map[string]float64{}
	for _, policy := range []string{"fixed 6", depth, desired} {
		t.Run(policy, func(t *testing.T) { waits[policy] = holdWorkshop(t, policy) })
	}
	if t.Failed() {
		return
	}
	fmt.Fprintf(t.Output(), "%d people at once, builds of %s to %s: p95 of the waits %.1f s with fixed 6, %.1f s with depth alone, %.1f s with desired_replicas\n",
		people, buildTime-buildSpread, buildTime+buildSpread, waits["fixed 6"], waits[depth], waits[desired])
	if waits[desired] >= waits[depth] || waits[desired] >= waits["fixed 6"] {
		t.Errorf("desired_replicas is not the best: %v", waits)
	}
}

func holdWorkshop(t *testing.T, policy string) (p95 float64) {
	coder := startCoder(t)
	if policy != "fixed 6" {
		now := time.Now().UTC()
		startAdapterWith(t, coder, adapter.Options{Workshop: &adapter.Workshop{
			Start: now.Format(time.RFC3339), End: now.Add(time.Hour).Format(time.RFC3339), Users: people}})
		startProvisionersOn(t, coder, policy)
	}
	awaitIdle(t, coder, map[string]int{"fixed 6": minReplicas, depth: minReplicas, desired: maxReplicas}[policy])
	must(t, coder.Post(t.Context(), emulator.Arrival{Count: people, Duration: buildTime, Spread: buildSpread}))
	return awaitAllBuilt(t, coder, people)
}

// awaitIdle waits until so many provisioners are connected.
func awaitIdle(t *testing.T, coder *emulator.Emulator, wanted int) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		state, err := coder.State(t.Context())
		must(t, err)
		if len(state.Pools) == 1 && state.Pools[0].Idle == wanted {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not %d idle provisioners within a minute: %+v", wanted, state.Pools)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

func awaitAllBuilt(t *testing.T, coder *emulator.Emulator, count int) (p95 float64) {
	t.Helper()
	deadline := time.Now().Add(3 * time.Minute)
	for {
		state, err := coder.State(t.Context())
		must(t, err)
		if state.Jobs.Succeeded == count {
			return state.Waits.P95Seconds
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d builds did not end within three minutes: %+v", count, state.Jobs)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// On the way down no build is cut. Without protection the ReplicaSet does not know who works.
func TestScaleDownCutsNoBuild(t *testing.T) {
	shrinks := map[bool]shrink{}
	for _, protect := range []bool{true, false} {
		t.Run(fmt.Sprintf("protectBusy %t", protect), func(t *testing.T) { shrinks[protect] = shrinkAfterWorkshop(t, protect) })
	}
	if t.Failed() {
		return
	}
	for _, protect := range []bool{true, false} {
		fmt.Fprintf(t.Output(), "protectBusy %t: %s\n", protect, shrinks[protect])
	}
	if shrinks[true].cut > 0 || shrinks[true].busy > 0 {
		t.Errorf("with protection %s, and no job was taken since the last poll", shrinks[true])
	}
}

// shrink is what was seen while a ReplicaSet became smaller.
type shrink struct{ deleted, busy, cut int }

func (s shrink) String() string {
	return fmt.Sprintf("%d pods deleted, %d of them while busy, %d builds cut", s.deleted, s.busy, s.cut)
}

// shrinkAfterWorkshop has fifteen provisioners build at once, and the HPA shrink their ReplicaSet as they finish. The pods bear the
// provisioners' names; that a provisioner goes on when its pod is gone only serves to see what it was doing.
func shrinkAfterWorkshop(t *testing.T, protect bool) shrink {
	coder := startCoder(t)
	startAdapterWith(t, coder, adapter.Options{ProtectBusy: protect, ScaleDownAfter: "0s"})
	makeLeaseThere(t)
	grantPods(t)
	must(t, coder.SetReplicas(t.Context(), maxReplicas))
	awaitIdle(t, coder, maxReplicas)
	must(t, coder.Post(t.Context(), emulator.Arrival{Count: maxReplicas, Duration: buildTime + buildSpread, Spread: 2 * buildSpread}))
	names := daemons(t, coder, func(daemon) bool { return true })
	makeProvisionerPods(t, names)
	makeReplicaSetHPA(t)
	watch := newShrinkWatch(names)
	for deadline := time.Now().Add(2 * time.Minute); len(watch.left) > minReplicas+1; watch.look(t, coder) {
		if time.Now().After(deadline) {
			t.Fatalf("the ReplicaSet did not shrink within two minutes: %v are left", watch.left)
		}
	}
	return watch.end(t, coder)
}

// shrinkWatch follows the pods, and what their provisioners do.
type shrinkWatch struct {
	left    []string
	busy    []string             // at the look before
	deleted map[string]time.Time // busy ones, and when they were seen to be gone
	seen    shrink
}

func newShrinkWatch(names []string) *shrinkWatch {
	return &shrinkWatch{left: names, busy: names, deleted: map[string]time.Time{}}
}

func (w *shrinkWatch) look(t *testing.T, coder *emulator.Emulator) {
	t.Helper()
	busy, left := daemons(t, coder, daemon.busy), pods(t)
	for _, name := range w.left {
		if slices.Contains(left, name) {
			continue
		}
		w.seen.deleted++
		if slices.Contains(busy, name) && slices.Contains(w.busy, name) {
			w.seen.busy++
			w.deleted[name] = time.Now()
		}
	}
	for name, at := range w.deleted {
		if !slices.Contains(busy, name) {
			delete(w.deleted, name)
		} else if time.Since(at) > grace {
			w.seen.cut++
			delete(w.deleted, name)
		}
	}
	w.left, w.busy = left, busy
	time.Sleep(100 * time.Millisecond)
}

// end waits for those whose grace runs.
func (w *shrinkWatch) end(t *testing.T, coder *emulator.Emulator) shrink {
	t.Helper()
	for deadline := time.Now().Add(2 * grace); len(w.deleted) > 0 && time.Now().Before(deadline); {
		w.look(t, coder)
	}
	if len(w.deleted) > 0 {
		t.Errorf("what became of the builds of %v was not seen", strings.Join(w.left, " "))
	}
	return w.seen
}

func makeReplicaSetHPA(t *testing.T) {
	t.Helper()
	hpa := provisionersHPA()
	hpa.Spec.ScaleTargetRef = autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: replicaSet}
	hpa.Spec.Metrics[0].External.Metric.Name = desired
	_, err := control.Client.AutoscalingV2().HorizontalPodAutoscalers(namespace).Create(t.Context(), hpa, metav1.CreateOptions{})
	must(t, err)
	await(t, 30*time.Second, "the HPA is at work", func(ctx context.Context) error {
		now, err := control.Client.AutoscalingV2().HorizontalPodAutoscalers(namespace).Get(ctx, hpa.Name, metav1.GetOptions{})
		if err == nil && scalingActive(now).status != corev1.ConditionTrue {
			err = fmt.Errorf("it says %s", scalingActive(now).message)
		}
		return err
	})
}
