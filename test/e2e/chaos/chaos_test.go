package chaos

import (
	"slices"
	"strings"
	"testing"
	"time"
)

var zero = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// at is a moment, in seconds of a test's own clock.
func at(seconds float64) time.Time { return zero.Add(time.Duration(seconds * float64(time.Second))) }

// 10 jobs; 3 more from 20 s on; nothing is heard from 30 to 40 s, in which 4 end and 1 comes; from 50 s on there are 2.
func truth() *Truth {
	t := &Truth{}
	observe := func(from, to float64, demand, finished int) {
		for s := from; s < to; s += 0.5 {
			t.Observe(Sample{at(s), at(s + 0.1), demand, finished})
		}
	}
	observe(0, 20, 10, 0)
	observe(20, 30, 13, 0)
	t.Observe(Sample{at(30), at(40), 10, 4})
	observe(40.5, 50, 10, 4)
	observe(50, 100, 2, 12)
	return t
}

func TestTruth(t *testing.T) {
	for _, row := range []struct {
		name       string
		begin, end float64
		want       Range
		known      bool
	}{
		{"nothing changes", 5, 8, Range{10, 10}, true},
		{"one moment", 5, 5, Range{10, 10}, true},
		{"around a change", 19, 21, Range{10, 13}, true},
		{"between the looks at a change", 19.7, 19.7, Range{10, 13}, true},
		{"just before the look that is the last without it", 19.4, 19.49, Range{10, 10}, true},
		{"behind it", 20.2, 25, Range{13, 13}, true},
		{"no look: what ended may have ended first, what came may have come first", 33, 34, Range{9, 14}, true},
		{"a fall", 49, 51, Range{2, 10}, true},
		{"everything", 0, 99, Range{2, 14}, true},
		{"before the first look", -1, 5, Range{}, false},
		{"behind the last look", 90, 101, Range{}, false},
	} {
		if got, known := truth().Between(at(row.begin), at(row.end)); got != row.want || known != row.known {
			t.Errorf("%s: %v %v, want %v %v", row.name, got, known, row.want, row.known)
		}
	}
	if _, known := (&Truth{}).Between(at(0), at(1)); known {
		t.Error("without a look something is known")
	}
}

var rules = Rules{StaleAfter: 3 * time.Second, Precision: time.Second, Reaction: 10 * time.Second, Least: 6, Most: 15}

func value(metric Metric, value int64, asked, stamp float64) Reading {
	return Reading{Asked: at(asked), Answered: at(asked + 0.1), Metric: metric, Form: "JSON", Value: value, At: at(stamp)}
}

func failed(asked, answered float64) Reading {
	return Reading{Asked: at(asked), Answered: at(answered), Metric: Demand, Form: "JSON", Err: "503"}
}

// The teeth of the checker: each kind of wrong answer, right beside the one that is just allowed.
func TestReading(t *testing.T) {
	spans := []Span{
		{"cut", at(10), at(14), true},
		{"rotate", at(15), at(19), false},
	}
	malformed := value(Demand, 10000, 5, 5)
	malformed.Malformed = "2 items"
	for _, row := range []struct {
		name    string
		reading Reading
		want    Kind
	}{
		{"true", value(Demand, 10000, 5, 4), ""},
		{"one too many", value(Demand, 11000, 5, 4), WrongValue},
		{"one too few", value(Demand, 9000, 5, 4), WrongValue},
		{"a false zero", value(Demand, 0, 5, 4), WrongValue},
		{"half a job", value(Demand, 10500, 5, 4), WrongValue},
		{"the old value under a time just before the change", value(Demand, 10000, 22, 19.5), ""},
		{"the old value under a time behind the change", value(Demand, 10000, 22, 20.5), WrongValue},
		{"the new value under a time before the change", value(Demand, 13000, 22, 19), ""},
		{"the new value before it was true", value(Demand, 13000, 18, 18), WrongValue},
		{"as old as it may be", value(Demand, 10000, 9, 5), ""},
		{"older", value(Demand, 10000, 9.5, 5), StaleValue},
		{"from the time to come", value(Demand, 10000, 5, 6), StaleValue},
		{"a time that nobody looked at", value(Demand, 10000, 1, -0.5), WrongValue},
		{"what it may have been while nobody could look", value(Demand, 9000, 36, 35), ""},
		{"what it cannot have been then", value(Demand, 8000, 36, 35), WrongValue},
		{"enough replicas", value(Desired, 11000, 5, 4), ""},
		{"too few replicas", value(Desired, 9000, 5, 4), WrongValue},
		{"the least replicas for less demand", value(Desired, 6000, 60, 59), ""},
		{"less than the least", value(Desired, 5000, 60, 59), WrongValue},
		{"malformed", malformed, Malformed},
		{"an error within a recovery", failed(11, 11.1), ""},
		{"an error that began before the fault", failed(9, 10.5), ""},
		{"an error that ended behind the recovery", failed(13, 15), ""},
		{"an error before the fault", failed(9, 9.5), StrayError},
		{"an error behind the recovery", failed(14.5, 14.6), StrayError},
		{"an error while nothing may fail", failed(16, 17), StrayError},
	} {
		got := Kind("")
		if finding := rules.Reading(row.reading, truth(), spans); finding != nil {
			got = finding.Kind
		}
		if got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}

func TestStep(t *testing.T) {
	for _, row := range []struct {
		name          string
		from, to      int
		before, after float64
		right         bool
	}{
		{"up to the demand", 6, 10, 15, 15.2, true},
		{"up, not yet to the demand", 6, 8, 15, 15.2, true},
		{"above the demand", 6, 11, 15, 15.2, false},
		{"down to the demand", 12, 10, 15, 15.2, true},
		{"below the demand", 10, 9, 15, 15.2, false},
		{"down to the least", 13, 6, 70, 70.2, true},
		{"below the least", 6, 5, 70, 70.2, false},
		{"down on a demand that is long gone", 13, 10, 45, 45.2, true},
		{"down before the demand fell", 13, 6, 48, 48.2, false},
		{"nobody knows", 13, 6, 200, 201, false},
	} {
		finding := rules.Step(Step{"Deployment", row.from, row.to, at(row.before), at(row.after)}, truth())
		if right := finding == nil; right != row.right {
			t.Errorf("%s: %v", row.name, finding)
		}
	}
}

func TestOrder(t *testing.T) {
	order := Order(7, 20, 3)
	if !slices.Equal(order, Order(7, 20, 3)) {
		t.Error("the same seed gives another order")
	}
	if slices.Equal(order, Order(7, 20, 4)) {
		t.Error("another seed gives the same order")
	}
	for action := range 7 {
		n := 0
		for _, o := range order {
			if o == action {
				n++
			}
		}
		if n < 2 || n > 3 {
			t.Errorf("action %d comes %d times of 20", action, n)
		}
	}
}

func TestTable(t *testing.T) {
	text := Table([]Recovery{
		{Span{"cut", at(10), at(20), true}, time.Second, 2 * time.Second},
		{Span{"cut", at(30), at(40), true}, 3 * time.Second, 4 * time.Second},
	}, []Reading{value(Demand, 10000, 12, 12), failed(13, 14), failed(35, 36), failed(50, 51)})
	want := "cut                                    2     2.0    3.0     3.0    4.0       3       2   66.7%"
	if !strings.Contains(text, want) {
		t.Errorf("no line %q in\n%s", want, text)
	}
}

func TestAgain(t *testing.T) {
	good := func(s float64) Reading { return value(Demand, 10000, s, s) }
	for _, row := range []struct {
		name     string
		readings []Reading
		again    float64
		known    bool
	}{
		{"nothing was read yet", nil, 10, false},
		{"nothing failed", []Reading{good(10), good(11)}, 10, true},
		{"too few yet", []Reading{failed(8, 9), good(9), good(11)}, 10, false},
		{"a failure before is none", []Reading{failed(8, 11), good(12), good(13)}, 10, true},
		{"failures", []Reading{good(11), failed(12, 13), good(14), failed(14, 15), good(15), good(16)}, 15, true},
		{"failures to the end", []Reading{good(11), good(12), failed(12, 13)}, 13, false},
	} {
		again, known := Again(row.readings, at(10), 2)
		if !again.Equal(at(row.again)) || known != row.known {
			t.Errorf("%s: %s %v, want %s %v", row.name, again, known, at(row.again), row.known)
		}
	}
}
