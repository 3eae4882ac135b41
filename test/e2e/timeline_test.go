package e2e

import (
	"fmt"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"coder-metrics-adapter/test/e2e/emulator"
)

// moment is what one look at Coder, the Deployment and the HPA shows.
type moment struct {
	waiting, active       int   // jobs, as Coder counts them
	replicas, pods, wants int32 // Deployment's replicas, pods made for them, what the HPA wants
	scaling               condition
}

// condition is the part of the HPA's ScalingActive condition that a person reads.
type condition struct {
	status          corev1.ConditionStatus
	reason, message string
}

// timeline looks at the cluster again and again, logs what changes, and fails the test when a look shows what must
// never be.
type timeline struct {
	t     *testing.T
	coder *emulator.Emulator
	begin time.Time
	last  moment
}

func newTimeline(t *testing.T, coder *emulator.Emulator) *timeline {
	fmt.Fprintln(t.Output(), "   time  waiting  active  replicas  pods  HPA wants  ScalingActive")
	return &timeline{t: t, coder: coder, begin: time.Now()}
}

// until looks until done and fails the test when that takes longer than within.
func (l *timeline) until(within time.Duration, what string, done func(moment) bool) moment {
	l.t.Helper()
	for deadline := time.Now().Add(within); time.Now().Before(deadline); {
		if now := l.look(); done(now) {
			l.say("-- " + what)
			return now
		}
	}
	l.t.Fatalf("not within %s: %s; last seen: %+v", within, what, l.last)
	return moment{}
}

// throughout looks for a while and fails the test at the first look that does not hold.
func (l *timeline) throughout(while time.Duration, what string, holds func(moment) bool) {
	l.t.Helper()
	for end := time.Now().Add(while); time.Now().Before(end); {
		if now := l.look(); !holds(now) {
			l.t.Fatalf("no longer true: %s: %+v", what, now)
		}
	}
	l.say(fmt.Sprintf("-- for %s: %s", while, what))
}

// happens puts what the test does into the timeline.
func (l *timeline) happens(what string) { l.say("** " + what) }

// say writes past t.Log, whose file and line in front would bend the columns.
func (l *timeline) say(what string) {
	fmt.Fprintf(l.t.Output(), "%6.1fs  %s\n", time.Since(l.begin).Seconds(), what)
}

// look takes at most two looks a second.
func (l *timeline) look() moment {
	l.t.Helper()
	<-time.After(500 * time.Millisecond)
	now := l.see()
	if now.String() != l.last.String() {
		l.say(now.String())
	}
	if now.scaling.status == corev1.ConditionFalse && now.scaling.reason != l.last.scaling.reason {
		l.say("HPA: " + now.scaling.message)
	}
	l.check(now)
	l.last = now
	return now
}

// see asks the HPA first: what it decided is then never newer than the jobs it is compared with.
func (l *timeline) see() (now moment) {
	l.t.Helper()
	hpa, err := control.Client.AutoscalingV2().HorizontalPodAutoscalers(namespace).
		Get(l.t.Context(), provisionersName, metav1.GetOptions{})
	must(l.t, err)
	deployment, err := control.Client.AppsV1().Deployments(namespace).
		Get(l.t.Context(), provisionersName, metav1.GetOptions{})
	must(l.t, err)
	state, err := l.coder.State(l.t.Context())
	must(l.t, err)
	return moment{
		waiting:  state.Jobs.Pending,
		active:   state.Jobs.Active,
		replicas: *deployment.Spec.Replicas,
		pods:     deployment.Status.Replicas,
		wants:    hpa.Status.DesiredReplicas,
		scaling:  scalingActive(hpa),
	}
}

func (l *timeline) check(now moment) {
	l.t.Helper()
	if now.replicas < minReplicas || now.replicas > maxReplicas {
		l.t.Fatalf("%d replicas, outside %d to %d", now.replicas, minReplicas, maxReplicas)
	}
	if now.replicas < l.last.replicas && int(now.replicas) < now.waiting+now.active {
		l.t.Fatalf("replicas fell from %d to %d with %d jobs waiting and %d active",
			l.last.replicas, now.replicas, now.waiting, now.active)
	}
}

func (m moment) String() string {
	line := fmt.Sprintf("%7d  %6d  %8d  %4d  %9d  %s", m.waiting, m.active, m.replicas, m.pods, m.wants, m.scaling.status)
	if m.scaling.status == corev1.ConditionFalse {
		line += " " + m.scaling.reason
	}
	return line
}

func scalingActive(hpa *autoscalingv2.HorizontalPodAutoscaler) condition {
	for _, c := range hpa.Status.Conditions {
		if c.Type == autoscalingv2.ScalingActive {
			return condition{c.Status, c.Reason, c.Message}
		}
	}
	return condition{status: corev1.ConditionUnknown}
}
