package e2e

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"coder-metrics-adapter/test/e2e/adapter"
)

// load reads a metric through the aggregator, and makes new connections to the adapters that trust what caBundle says.
type load struct {
	cancel         context.CancelFunc
	workers        sync.WaitGroup
	asked, dialled atomic.Int64
	mutex          sync.Mutex
	failures       []failure
}

type failure struct {
	asked time.Time
	err   error
}

func (f failure) String() string {
	return fmt.Sprintf("%s: %v", f.asked.UTC().Format("15:04:05.000"), f.err)
}

func startLoad(t *testing.T, replicas ...*adapter.Adapter) *load {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{cancel: cancel}
	t.Cleanup(cancel)
	for range 4 {
		l.repeat(ctx, 25*time.Millisecond, &l.asked, func() error {
			return control.Client.Discovery().RESTClient().Get().AbsPath(metricPath).Do(ctx).Error()
		})
	}
	for _, replica := range replicas {
		l.repeat(ctx, 100*time.Millisecond, &l.dialled, func() error {
			service, err := control.Aggregator.ApiregistrationV1().APIServices().Get(ctx, adapter.APIService, metav1.GetOptions{})
			if err == nil {
				_, err = handshake(replica, service.Spec.CABundle)
			}
			return err
		})
	}
	return l
}

func (l *load) repeat(ctx context.Context, every time.Duration, count *atomic.Int64, request func() error) {
	l.workers.Go(func() {
		again := time.NewTicker(every)
		defer again.Stop()
		for {
			asked := time.Now()
			err := request()
			if ctx.Err() != nil {
				return
			}
			count.Add(1)
			if err != nil {
				l.mutex.Lock()
				l.failures = append(l.failures, failure{asked, err})
				l.mutex.Unlock()
			}
			select {
			case <-ctx.Done():
				return
			case <-again.C:
			}
		}
	})
}

// more waits until so many further reads were answered, well or badly.
func (l *load) more(t *testing.T, reads int64) {
	t.Helper()
	until := l.asked.Load() + reads
	await(t, time.Minute, fmt.Sprintf("%d more reads", reads), func(context.Context) error {
		if left := until - l.asked.Load(); left > 0 {
			return fmt.Errorf("%d to go", left)
		}
		return nil
	})
}

// end ends the load and returns what of it has failed.
func (l *load) end(t *testing.T) []failure {
	t.Helper()
	l.cancel()
	l.workers.Wait()
	t.Logf("%d reads through the aggregator and %d new connections, %d failed", l.asked.Load(), l.dialled.Load(), len(l.failures))
	if l.asked.Load() == 0 || l.dialled.Load() == 0 {
		t.Error("there was no load")
	}
	return l.failures
}

// stop ends the load and wants that nothing of it has failed.
func (l *load) stop(t *testing.T) {
	t.Helper()
	if failures := l.end(t); len(failures) > 0 {
		t.Errorf("the first failures:%s", describeFailures(failures))
	}
}

func describeFailures(failures []failure) string {
	var text strings.Builder
	for _, f := range failures[:min(5, len(failures))] {
		fmt.Fprintf(&text, "\n%s", f)
	}
	return text.String()
}
