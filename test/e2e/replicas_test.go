package e2e

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"coder-metrics-adapter/test/e2e/adapter"
	"coder-metrics-adapter/test/e2e/emulator"
)

// A replica that is told to stop, as at every rollout: nobody notices.
func TestReplicaIsStopped(t *testing.T) {
	leaving, _, timeline, load := startTwoReplicas(t)
	gone := playEndpointController(t, leaving, 1)
	timeline.happens("SIGTERM to one of two replicas")
	if err := leaving.Stop(); err != nil {
		t.Errorf("it did not end well: %v", err)
	}
	<-gone
	timeline.happens("it has ended")
	timeline.throughout(4*hpaSyncPeriod, "10 replicas are kept", holds)
	load.more(t, 100)
	load.stop(t)
	if failed := failedSyncs(t); failed > 0 {
		t.Errorf("%d syncs of the HPA failed", failed)
	}
}

// A replica that dies with its node: reads that are sent to it fail until its endpoint is removed, and then no more.
func TestReplicaIsKilled(t *testing.T) {
	dying, _, timeline, load := startTwoReplicas(t)
	gone := playEndpointController(t, dying, 3)
	killed := time.Now()
	dying.Kill()
	timeline.happens("SIGKILL to one of two replicas")
	removed := <-gone
	timeline.happens("its endpoint is removed")
	timeline.throughout(4*hpaSyncPeriod, "10 replicas are kept", holds)
	load.more(t, 100)
	awaitAvailable(t)

	last, failures := time.Time{}, load.end(t)
	for _, f := range failures {
		if f.asked.Before(killed.Add(-time.Second)) {
			t.Errorf("failed before: %s", f)
		}
		if f.asked.After(last) {
			last = f.asked
		}
	}
	t.Logf("%d reads failed, the last begun %.1f s after the kill; the endpoint was removed after %.1f s; %d syncs of the HPA failed",
		len(failures), max(0, last.Sub(killed).Seconds()), removed.Sub(killed).Seconds(), failedSyncs(t))
	if last.After(removed.Add(5 * time.Second)) { // the aggregator hears of endpoints by a watch
		t.Errorf("reads still failed without the endpoint:%s", describeFailures(failures[len(failures)-1:]))
	}
}

// startTwoReplicas has two replicas that make their own certificate, an HPA that wants 10 provisioners, and readers.
func startTwoReplicas(t *testing.T) (first, second *adapter.Adapter, timeline *timeline, load *load) {
	t.Helper()
	coder := startCoder(t)
	makeCertificateObjects(t, adapter.Service)
	bindAdapter(t)
	// Longer than the default, for machines that have other things to do.
	usual := adapter.Options{Authentication: "delegated", ShutdownGrace: "10s"}
	first, second = startReplica(t, coder, "first", usual), startReplica(t, coder, "second", usual)
	for _, replica := range []*adapter.Adapter{first, second} {
		must(t, replica.AddEndpoint(t.Context(), control.Client))
	}
	awaitAvailable(t)
	makeNamespace(t, namespace)
	startProvisioners(t, coder)
	timeline = newTimeline(t, coder)
	must(t, coder.Post(t.Context(), emulator.Arrival{Count: 10, Duration: 10 * time.Minute}))
	timeline.until(time.Minute, "10 provisioners for 10 jobs", func(m moment) bool {
		return holds(m) && m.scaling.status == corev1.ConditionTrue
	})
	load = startLoad(t, second)
	load.more(t, 100)
	return first, second, timeline, load
}

func holds(m moment) bool { return m.replicas == 10 && m.wants == 10 }

// playEndpointController removes a replica's endpoint when its readiness probe, each second, has failed so many times in a row, and
// says when.
func playEndpointController(t *testing.T, replica *adapter.Adapter, threshold int) <-chan time.Time {
	gone := make(chan time.Time, 1)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go func() {
		defer close(gone)
		for failed := 0; failed < threshold; time.Sleep(time.Second) {
			_, err := replica.Get(ctx, "/readyz")
			if ctx.Err() != nil {
				return
			}
			failed++
			if err == nil {
				failed = 0
			}
		}
		if err := replica.RemoveEndpoint(ctx, control.Client); err != nil {
			t.Errorf("remove the endpoint: %v", err)
		}
		gone <- time.Now()
	}()
	return gone
}

// failedSyncs counts the times that the HPA controller has complained about a metric.
func failedSyncs(t *testing.T) (n int32) {
	t.Helper()
	events, err := control.Client.CoreV1().Events(namespace).List(t.Context(), metav1.ListOptions{
		FieldSelector: "reason=FailedGetExternalMetric,involvedObject.kind=HorizontalPodAutoscaler"})
	must(t, err)
	for _, event := range events.Items {
		n += max(1, event.Count)
	}
	return n
}
