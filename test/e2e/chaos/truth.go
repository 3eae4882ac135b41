// Package chaos judges what was read while things went wrong. Pure: what was true, what was answered and what happened go in, and
// what must not be comes out.
package chaos

import (
	"sort"
	"sync"
	"time"
)

// Sample is what Coder itself said about its jobs, at some moment between the question and the answer.
type Sample struct {
	Asked, Answered  time.Time
	Demand, Finished int // jobs waiting or at work; jobs that have ended since the start
}

// Range is what a number may have been; both ends belong to it.
type Range struct{ Low, High int }

// Has says whether a number lies in it.
func (r Range) Has(n int) bool { return r.Low <= n && n <= r.High }

// Clamp is the range of replicas that a demand in it justifies.
func (r Range) Clamp(low, high int) Range {
	return Range{min(max(r.Low, low), high), min(max(r.High, low), high)}
}

// Truth is the demand over time. Any goroutine may call its functions; samples come in the order of their questions.
type Truth struct {
	mutex   sync.Mutex
	samples []Sample
}

// Observe takes the next sample.
func (t *Truth) Observe(s Sample) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.samples = append(t.samples, s)
}

// Ends are the first sample and the last one; false when there is none.
func (t *Truth) Ends() (oldest, newest Sample, known bool) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if len(t.samples) == 0 {
		return Sample{}, Sample{}, false
	}
	return t.samples[0], t.samples[len(t.samples)-1], true
}

// Between is what the demand may have been at any moment of that time; false when no sample comes before or none behind it.
func (t *Truth) Between(begin, end time.Time) (r Range, known bool) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	// The first gap whose later sample was answered only within that time or behind it, and so on to the last that began before its end.
	first := max(1, sort.Search(len(t.samples), func(i int) bool { return !t.samples[i].Answered.Before(begin) }))
	if len(t.samples) < 2 || t.samples[0].Asked.After(begin) || t.samples[len(t.samples)-1].Asked.Before(end) {
		return Range{}, false
	}
	r = gap(t.samples[first-1], t.samples[first])
	for i := first + 1; i < len(t.samples) && !t.samples[i-1].Asked.After(end); i++ {
		next := gap(t.samples[i-1], t.samples[i])
		r = Range{min(r.Low, next.Low), max(r.High, next.High)}
	}
	return r, true
}

// gap is what the demand may have been between two samples: every job that ended may have done so before any other came.
func gap(before, after Sample) Range {
	ended := after.Finished - before.Finished
	came := after.Demand + ended - before.Demand
	return Range{before.Demand - ended, before.Demand + came}
}
