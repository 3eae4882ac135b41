package e2e

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"coder-metrics-adapter/test/e2e/emulator"
)

// Twenty people start a workspace at once against six provisioners: the main job of the adapter.
func TestQueueScalesProvisioners(t *testing.T) {
	coder := startCoder(t)
	startAdapter(t, coder)
	startProvisioners(t, coder)
	timeline := newTimeline(t, coder)

	timeline.until(time.Minute, "the HPA is at work on an empty queue", func(m moment) bool {
		return m.scaling.status == corev1.ConditionTrue && m.wants == minReplicas && m.pods == minReplicas
	})
	must(t, coder.Post(t.Context(), emulator.Arrival{Count: 20, Duration: 25 * time.Second}))
	timeline.happens("the workshop begins: 20 jobs")
	timeline.until(time.Minute, "all 15 provisioners are there while jobs wait", func(m moment) bool {
		return m.replicas == maxReplicas && m.pods == maxReplicas && m.waiting > 0
	})
	timeline.until(2*time.Minute, "the queue is empty", func(m moment) bool {
		return m.waiting == 0 && m.active == 0
	})
	timeline.until(time.Minute, "back to 6 provisioners", func(m moment) bool {
		return m.replicas == minReplicas && m.pods == minReplicas
	})

	state, err := coder.State(t.Context())
	must(t, err)
	if state.Jobs.Succeeded != 20 {
		t.Errorf("%d of 20 jobs succeeded", state.Jobs.Succeeded)
	}
	timeline.say(fmt.Sprintf("-- jobs waited %.0f s at p95, %.0f s at most", state.Waits.P95Seconds, state.Waits.LongestSeconds))
}

// One job more at a time: a stock HPA takes 15 for 14 and would stay there, so the adapter serves what the real controller obeys.
func TestToleranceStopsNoProvisioner(t *testing.T) {
	coder := startCoder(t)
	startAdapter(t, coder)
	startProvisionersOn(t, coder, desired)
	timeline := newTimeline(t, coder)

	jobs := 9 // and a headroom of one
	must(t, coder.Post(t.Context(), emulator.Arrival{Count: jobs, Duration: 5 * time.Minute}))
	for wanted := int32(jobs + 1); wanted <= maxReplicas; wanted++ {
		reached := timeline.until(time.Minute, fmt.Sprintf("at least %d provisioners for %d jobs", wanted, jobs), func(m moment) bool { return m.replicas >= wanted })
		if reached.replicas > wanted+1 {
			t.Errorf("%d provisioners for %d jobs", reached.replicas, jobs)
		}
		must(t, coder.Post(t.Context(), emulator.Arrival{Count: 1, Duration: 5 * time.Minute}))
		jobs++
	}
}
