//go:build chaos

package e2e

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/rest"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/external_metrics/v1beta1"
	externalmetrics "k8s.io/metrics/pkg/client/external_metrics"

	"coder-metrics-adapter/test/e2e/chaos"
	"coder-metrics-adapter/test/e2e/emulator"
)

// crew is a number of goroutines that do something over and over, and end together.
type crew struct {
	ctx     context.Context
	cancel  context.CancelFunc
	workers sync.WaitGroup
}

func newCrew() *crew {
	c := &crew{}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

func (c *crew) every(period time.Duration, do func(context.Context)) {
	c.workers.Go(func() {
		again := time.NewTicker(period)
		defer again.Stop()
		for c.ctx.Err() == nil {
			do(c.ctx)
			select {
			case <-c.ctx.Done():
			case <-again.C:
			}
		}
	})
}

func (c *crew) end() {
	c.cancel()
	c.workers.Wait()
}

// startWork lets those begin who learn what is true, start workspaces, and play the endpoint controller.
func (w *chaosWorld) startWork() {
	w.players, w.readers = newCrew(), newCrew()
	w.t.Cleanup(w.end)
	w.players.every(50*time.Millisecond, w.lookAtCoder)
	w.players.every(time.Second, w.people())
	for _, replica := range w.replicas {
		w.players.every(500*time.Millisecond, replica.endpointController())
	}
}

// end ends them all, the readers first, so that truth is known beyond the last reading.
func (w *chaosWorld) end() {
	w.readers.end()
	ended := time.Now()
	for until := ended.Add(10 * time.Second); time.Now().Before(until) && w.players.ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
		if _, newest, known := w.truth.Ends(); known && newest.Asked.After(ended) {
			break
		}
	}
	w.players.end()
}

// lookAtCoder learns what is true. A Coder that is frozen answers late, which makes for a wide gap and no more.
func (w *chaosWorld) lookAtCoder(ctx context.Context) {
	asked := time.Now()
	state, err := w.coder.State(ctx)
	if err != nil {
		if ctx.Err() == nil {
			w.t.Errorf("the emulator does not say what is true: %v", err)
		}
		return
	}
	jobs := state.Jobs
	w.truth.Observe(chaos.Sample{Asked: asked, Answered: time.Now(), Demand: jobs.Pending + jobs.Active + w.lie.now(),
		Finished: jobs.Succeeded + jobs.Failed + jobs.Canceled})
}

// people start workspaces, so that the demand wanders about between the fewest and the most provisioners.
func (w *chaosWorld) people() func(context.Context) {
	dice := rand.New(rand.NewPCG(w.dice.Uint64(), 2))
	level, until := 10, time.Now()
	return func(ctx context.Context) {
		if time.Now().After(until) {
			level, until = 7+dice.IntN(7), time.Now().Add(time.Duration(15+dice.IntN(15))*time.Second)
		}
		_, newest, known := w.truth.Ends()
		if more := level - newest.Demand; known && more > 0 {
			_ = w.coder.Post(ctx, emulator.Arrival{Count: min(more, 3), Duration: 20 * time.Second, Spread: 10 * time.Second}) // or in a second
		}
	}
}

// scalingSeen is what the looks at the HPA have shown.
type scalingSeen struct {
	mutex    sync.Mutex
	since    time.Time // from which look on the HPA has been able to scale; zero: it is not
	newest   time.Time // look
	replicas map[string]replicasSeen
}

type replicasSeen struct {
	number int
	when   time.Time
}

// lookAtScaling takes down each change of replicas, and lets the emulated pool follow the Deployment.
func (w *chaosWorld) lookAtScaling(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	asked := time.Now()
	hpa, err := control.Client.AutoscalingV2().HorizontalPodAutoscalers(namespace).Get(ctx, provisionersName, metav1.GetOptions{})
	if err != nil {
		w.sees.able(time.Time{})
		return
	}
	if scalingActive(hpa).status == corev1.ConditionTrue && hpaIsFresh(hpa) {
		w.sees.able(asked)
	} else {
		w.sees.able(time.Time{})
	}
	w.noteReplicas("the HPA's wish", int(hpa.Status.DesiredReplicas), asked)
	scale, err := control.Client.AppsV1().Deployments(namespace).GetScale(ctx, provisionersName, metav1.GetOptions{})
	if err != nil {
		return
	}
	if w.noteReplicas("the Deployment", int(scale.Spec.Replicas), asked) {
		_ = w.coder.SetReplicas(ctx, scale.Spec.Replicas)
	}
}

// hpaIsFresh: a new HPA shows no number before its first look at the metric.
func hpaIsFresh(hpa *autoscalingv2.HorizontalPodAutoscaler) bool {
	return hpa.Status.DesiredReplicas > 0
}

func (s *scalingSeen) able(look time.Time) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.newest = look; look.IsZero() || s.since.IsZero() {
		s.since = look
	}
}

// noteReplicas says whether the number is another than at the last look.
func (w *chaosWorld) noteReplicas(what string, number int, looked time.Time) bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.sees.replicas == nil {
		w.sees.replicas = map[string]replicasSeen{}
	}
	last, known := w.sees.replicas[what]
	w.sees.replicas[what] = replicasSeen{number, looked}
	if known && last.number > 0 && last.number != number {
		w.steps = append(w.steps, chaos.Step{What: what, From: last.number, To: number, Before: last.when, After: time.Now()})
	}
	return !known || last.number != number
}

// scalesAgain says from when on, after an end, the HPA was able to scale, once that has lasted for longer than it needs to see otherwise.
func (w *chaosWorld) scalesAgain(end time.Time) (time.Time, bool) {
	w.sees.mutex.Lock()
	defer w.sees.mutex.Unlock()
	again := end
	if w.sees.since.After(end) {
		again = w.sees.since
	}
	return again, !w.sees.since.IsZero() && w.sees.newest.Sub(again) > hpaSyncPeriod+500*time.Millisecond
}

// startReaders: two metrics, each in the two forms that the wire has, as the HPA controller asks for them; and who looks at the HPA.
func (w *chaosWorld) startReaders() {
	w.readers.every(200*time.Millisecond, w.lookAtScaling)
	for _, form := range []struct{ name, accept string }{{"JSON", "application/json"}, {"protobuf", "application/vnd.kubernetes.protobuf"}} {
		config := rest.CopyConfig(control.Admin)
		config.Impersonate = rest.ImpersonationConfig{
			UserName: "system:serviceaccount:kube-system:horizontal-pod-autoscaler",
			Groups:   []string{"system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"},
		}
		config.ContentType, config.AcceptContentTypes, config.Timeout = form.accept, form.accept, 5*time.Second
		client, err := externalmetrics.NewForConfig(config)
		must(w.t, err)
		for _, metric := range []chaos.Metric{chaos.Demand, chaos.Desired} {
			selector := queueIs(w.t, "default")
			w.readers.every(100*time.Millisecond, func(ctx context.Context) { w.read(ctx, client, metric, form.name, selector) })
		}
	}
}

func (w *chaosWorld) read(ctx context.Context, client externalmetrics.ExternalMetricsClient, metric chaos.Metric, form string, selector labels.Selector) {
	reading := chaos.Reading{Asked: time.Now(), Metric: metric, Form: form}
	list, err := client.NamespacedMetrics(namespace).List(string(metric), selector)
	reading.Answered = time.Now()
	if ctx.Err() != nil {
		return
	}
	understand(&reading, list, err)
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.readings = append(w.readings, reading)
}

// understand fills in what came.
func understand(reading *chaos.Reading, list *metricsv1beta1.ExternalMetricValueList, err error) {
	switch {
	case err == nil && len(list.Items) == 1 && list.Items[0].MetricName == string(reading.Metric) && list.Items[0].MetricLabels["queue"] == "default":
		reading.Value, reading.At = list.Items[0].Value.MilliValue(), list.Items[0].Timestamp.Time
	case err == nil:
		reading.Malformed = list.String()
	case isError(err):
		reading.Err = err.Error()
	default:
		reading.Malformed = err.Error()
	}
}

// isError tells an answer that says no, or that did not come, from one that nobody can understand.
func isError(err error) bool {
	var status apierrors.APIStatus
	var transport *url.Error
	return errors.As(err, &status) || errors.As(err, &transport) || errors.Is(err, context.DeadlineExceeded) ||
		strings.Contains(err.Error(), "reading response body") || strings.Contains(err.Error(), "client rate limiter")
}

// readsAgain says when, after an end, the last read failed, once many in a row have gone well.
func (w *chaosWorld) readsAgain(end time.Time) (time.Time, bool) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	recent := w.readings[max(0, len(w.readings)-10000):]
	return chaos.Again(recent, end, 40)
}

// forgetReadings: those of the time in which the world came to be.
func (w *chaosWorld) forgetReadings() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.readings, w.steps = nil, nil
}

var prober = &http.Client{Timeout: time.Second, Transport: &http.Transport{
	DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // a kubelet verifies no certificate either
}}

// endpointController plays kubelet and endpoint controller: a replica that is ready gets an endpoint; one that is not, three times in a
// row, or that was told to end, loses it.
func (r *chaosReplica) endpointController() func(context.Context) {
	failed := 0
	return func(ctx context.Context) {
		if failed++; ready(ctx, r.URL("/readyz")) {
			failed = 0
		}
		leaving, listed := r.state()
		switch {
		case listed && (leaving || failed >= 3):
			if err := r.RemoveEndpoint(ctx, control.Client); err == nil || apierrors.IsNotFound(err) {
				r.setListed(false)
			}
		case !listed && !leaving && failed == 0:
			if err := r.AddEndpoint(ctx, control.Client); err == nil || apierrors.IsAlreadyExists(err) {
				r.setListed(true)
			}
		}
	}
}

func ready(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	answer, err := prober.Do(request)
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

func (r *chaosReplica) state() (leaving, listed bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.leaving, r.listed
}

func (r *chaosReplica) setListed(listed bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.listed = listed
}

func (r *chaosReplica) setLeaving(leaving bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.leaving = leaving
}
