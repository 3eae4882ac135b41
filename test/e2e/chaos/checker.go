package chaos

import (
	"fmt"
	"time"
)

// Kind is a sort of what must not be.
type Kind string

const (
	WrongValue Kind = "wrong value"      // not true at any moment from its timestamp to its answer
	StaleValue Kind = "stale value"      // older than the adapter may serve
	Malformed  Kind = "malformed answer" // a success that is none
	WrongScale Kind = "wrong scale"      // replicas that no demand of late justifies
	StrayError Kind = "stray error"      // a read failed when nothing was wrong, or when what happened is no reason to
	SlowRepair Kind = "slow recovery"    // the limit of an action was over
)

// Finding is something that must not be.
type Finding struct {
	Kind Kind
	When time.Time
	What string
}

func (f Finding) String() string {
	return fmt.Sprintf("%s: %s: %s", f.When.UTC().Format("15:04:05.000"), f.Kind, f.What)
}

// Metric is what a reader asks for.
type Metric string

const (
	Demand  Metric = "coder_provisioner_demand"           // must be true
	Desired Metric = "coder_provisioner_desired_replicas" // must not be less than the demand needs
)

// Reading is one question and what came of it. Err and Malformed are empty when a value came.
type Reading struct {
	Asked, Answered time.Time
	Metric          Metric
	Form            string    // of the answer: JSON or protobuf
	Value           int64     // in thousandths
	At              time.Time // its timestamp
	Err, Malformed  string
}

// Step is a change of replicas, wanted or set, that happened after the one look and before the other.
type Step struct {
	What          string // whose replicas
	From, To      int
	Before, After time.Time
}

// Span is the time from the beginning of an action to the end of its recovery.
type Span struct {
	Action       string
	Began, Ended time.Time
	MayFail      bool // reads may fail in it
}

// Rules are what the parts may do.
type Rules struct {
	StaleAfter  time.Duration // oldest reading that may be served
	Precision   time.Duration // of a timestamp, which is cut
	Reaction    time.Duration // how far back the demand may lie that an HPA acts on
	Least, Most int           // replicas
}

// Reading judges one; nil when nothing is wrong with it.
func (r Rules) Reading(reading Reading, truth *Truth, spans []Span) *Finding {
	complain := func(kind Kind, format string, arguments ...any) *Finding {
		what := fmt.Sprintf("%s in %s: ", reading.Metric, reading.Form) + fmt.Sprintf(format, arguments...)
		return &Finding{kind, reading.Answered, what}
	}
	switch {
	case reading.Err != "" && excused(reading, spans):
		return nil
	case reading.Err != "":
		return complain(StrayError, "%s (asked %s before)", reading.Err, reading.Answered.Sub(reading.Asked).Round(time.Millisecond))
	case reading.Malformed != "":
		return complain(Malformed, "%s", reading.Malformed)
	case reading.At.Before(reading.Asked.Add(-r.StaleAfter - r.Precision)):
		return complain(StaleValue, "it was %s old when it was asked for", reading.Asked.Sub(reading.At).Round(time.Millisecond))
	case reading.At.After(reading.Answered):
		return complain(StaleValue, "its time is %s ahead", reading.At.Sub(reading.Answered).Round(time.Millisecond))
	}
	// The timestamp is when the adapter asked the first of the value's sources; one of them may have said more since.
	was, known := truth.Between(reading.At, reading.Answered)
	if !known {
		return complain(WrongValue, "nobody knows what was true at %s", reading.At)
	}
	if !r.value(reading, was) {
		return complain(WrongValue, "%d thousandths, read %s before, and the demand has been %d to %d since",
			reading.Value, reading.Answered.Sub(reading.At).Round(time.Millisecond), was.Low, was.High)
	}
	return nil
}

// value says whether a reading may be served while the demand was in that range.
func (r Rules) value(reading Reading, was Range) bool {
	n := int(reading.Value / 1000)
	if reading.Value%1000 != 0 {
		return false
	}
	if reading.Metric == Demand {
		return was.Has(n)
	}
	return n >= was.Clamp(r.Least, r.Most).Low
}

// excused: a fault's recovery was under way at some moment between question and answer.
func excused(reading Reading, spans []Span) bool {
	for _, span := range spans {
		if span.MayFail && !span.Ended.Before(reading.Asked) && !span.Began.After(reading.Answered) {
			return true
		}
	}
	return false
}

// Step judges one; nil when nothing is wrong with it.
func (r Rules) Step(step Step, truth *Truth) *Finding {
	begin := step.Before.Add(-r.Reaction)
	if oldest, _, known := truth.Ends(); known && oldest.Asked.After(begin) {
		begin = oldest.Asked // nobody can have acted on what was before
	}
	was, known := truth.Between(begin, step.After)
	justified := was.Clamp(r.Least, r.Most)
	switch {
	case !known:
		return &Finding{WrongScale, step.After, fmt.Sprintf("%s: %d to %d, and nobody knows the demand", step.What, step.From, step.To)}
	case step.To < step.From && step.To < justified.Low, step.To > step.From && step.To > justified.High:
		return &Finding{WrongScale, step.After, fmt.Sprintf("%s: %d to %d, and the demand of the %s before was %d to %d",
			step.What, step.From, step.To, r.Reaction, was.Low, was.High)}
	}
	return nil
}
