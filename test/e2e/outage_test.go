package e2e

import (
	"regexp"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"coder-metrics-adapter/test/e2e/emulator"
)

// Coder goes down while provisioners work: nothing may scale on a number that nobody knows any more.
func TestReplicasHoldWhileCoderIsDown(t *testing.T) {
	coder := startCoder(t)
	startAdapter(t, coder)
	startProvisioners(t, coder)
	timeline := newTimeline(t, coder)

	must(t, coder.Post(t.Context(), emulator.Arrival{Count: 10, Duration: 10 * time.Minute}))
	timeline.happens("10 people start a workspace")
	timeline.until(time.Minute, "10 provisioners for 10 jobs", func(m moment) bool {
		return m.replicas == 10 && m.active == 10 && m.scaling.status == corev1.ConditionTrue
	})

	must(t, coder.GoDown(t.Context()))
	timeline.happens("Coder goes down")
	down := timeline.until(time.Minute, "the HPA says that it cannot know", func(m moment) bool {
		return m.scaling.status == corev1.ConditionFalse
	})
	checkOutageIsNamed(t, down.scaling)
	must(t, coder.Post(t.Context(), emulator.Arrival{Count: 10, Duration: 10 * time.Minute}))
	timeline.happens("10 more jobs, which nobody can see")
	timeline.throughout(6*hpaSyncPeriod, "10 replicas are kept", func(m moment) bool {
		return m.replicas == 10 && m.scaling.status == corev1.ConditionFalse
	})
	awaitAvailable(t) // an APIService that fails with Coder would break namespace deletion everywhere

	must(t, coder.ComeBack(t.Context()))
	timeline.happens("Coder is back")
	timeline.until(time.Minute, "scaling goes on", func(m moment) bool {
		return m.replicas == maxReplicas && m.scaling.status == corev1.ConditionTrue
	})
}

// checkOutageIsNamed reads the condition as the person at 3 am does: it must lead to Coder, not to the adapter.
func checkOutageIsNamed(t *testing.T, scaling condition) {
	t.Helper()
	if scaling.reason != "FailedGetExternalMetric" {
		t.Errorf("the reason is %s, want FailedGetExternalMetric", scaling.reason)
	}
	// What comes before is the HPA's own text, and names the metric, whose name begins with coder.
	_, answer, found := strings.Cut(scaling.message, "external metrics API: ")
	if !found || !regexp.MustCompile(`(?is)coder.*stale|stale.*coder`).MatchString(answer) {
		t.Errorf("the message does not name the stale Coder source: %s", scaling.message)
	}
}
