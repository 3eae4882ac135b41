//go:build chaos

package e2e

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"coder-metrics-adapter/test/e2e/chaos"
)

var (
	chaosActions = flag.Int("actions", 50, "how many actions to take")
	chaosSeed    = flag.Uint64("seed", 0, "of the order of the actions and of whatever else is left to chance; 0: another one each time")
	chaosOnly    = flag.String("only", "", "take this one action alone")
	chaosPlant   = flag.String("plant", "", "do something wrong meanwhile, so that the run must fail: wrong-value, stale-value, scale-down or stray-error")
)

// Everything that can go wrong, in random order, under a steady load of reads through the aggregator and with an HPA at work.
func TestChaos(t *testing.T) {
	seed := *chaosSeed
	if seed == 0 {
		seed = uint64(time.Now().Unix())
	}
	fmt.Fprintf(t.Output(), "chaos: seed %d, %d actions\n", seed, *chaosActions)
	w := startChaos(t, seed)
	order := w.order(*chaosActions, seed)
	for i, action := range order {
		if *chaosPlant != "" && i == len(order)/2 {
			w.plant(*chaosPlant)
		}
		w.take(i+1, action)
	}
	w.end()
	w.print()
	findings := w.judge()
	for i, finding := range findings {
		if i < 20 {
			t.Error(finding)
		}
	}
	w.checkLoad(len(order))
	fmt.Fprintf(t.Output(), "chaos: seed %d, %d actions, %d findings\n", seed, len(order), len(findings))
	w.checkWhatIsMissing()
}

// The proof that the checker has teeth: what is planted beside the actions is found, each sort of it, and nothing else.
func TestChaosSeesWhatIsPlanted(t *testing.T) {
	w := startChaos(t, 1)
	for i, row := range plants {
		w.take(i+1, chaosAction{name: "nothing", act: func(*chaosWorld) {}})
		w.plant(row.name)
	}
	w.end()
	found := map[chaos.Kind]int{}
	for _, finding := range w.judge() {
		found[finding.Kind]++
	}
	fmt.Fprintf(t.Output(), "found: %v\n", found)
	for _, row := range plants {
		if found[row.seen] == 0 {
			t.Errorf("%s was planted, and no %s was found", row.name, row.seen)
		}
		delete(found, row.seen)
	}
	if len(found) > 0 {
		t.Errorf("found was what nobody had planted: %v", found)
	}
}

// order is which actions to take.
func (w *chaosWorld) order(times int, seed uint64) (order []chaosAction) {
	possible := slices.DeleteFunc(slices.Clone(actions), func(a chaosAction) bool {
		return a.links && !inNamespaces() || *chaosOnly != "" && a.name != *chaosOnly
	})
	if len(possible) == 0 {
		w.t.Fatalf("there is no action %s", *chaosOnly)
	}
	for _, i := range chaos.Order(len(possible), times, seed) {
		order = append(order, possible[i])
	}
	return order
}

// take does one action and waits until everything is well again, and a little more.
func (w *chaosWorld) take(number int, action chaosAction) {
	span := chaos.Span{Action: action.name, Began: time.Now(), MayFail: action.mayFail}
	w.say("%d %s", number, action.name)
	action.act(w)
	ended := time.Now()
	if action.sudden {
		ended = span.Began
	}
	limit := max(action.limit, time.Minute)
	recovery := chaos.Recovery{}
	for {
		reads, readsAgain := w.readsAgain(ended)
		hpa, hpaAgain := w.scalesAgain(ended)
		recovery.Reads, recovery.HPA = reads.Sub(ended), hpa.Sub(ended)
		if readsAgain && hpaAgain {
			break
		}
		if time.Since(ended) > limit {
			w.complain(chaos.Finding{Kind: chaos.SlowRepair, When: time.Now(), What: fmt.Sprintf("%s: not within %s: reads well again: %v, the HPA: %v",
				action.name, limit, readsAgain, hpaAgain)})
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	span.Ended = time.Now()
	recovery.Span = span
	w.recoveries = append(w.recoveries, recovery)
	w.say("  well again: reads after %.1f s, the HPA after %.1f s", recovery.Reads.Seconds(), recovery.HPA.Seconds())
	time.Sleep(w.some(500, 1500)) // a time in which nothing may fail
}

// judge says what was not as it must be.
func (w *chaosWorld) judge() (findings []chaos.Finding) {
	findings = append(findings, w.complaints...)
	spans := make([]chaos.Span, len(w.recoveries))
	for i, r := range w.recoveries {
		spans[i] = r.Span
	}
	for _, reading := range w.readings {
		if finding := w.rules.Reading(reading, &w.truth, spans); finding != nil {
			findings = append(findings, *finding)
		}
	}
	for _, step := range w.steps {
		if finding := w.rules.Step(step, &w.truth); finding != nil {
			findings = append(findings, *finding)
		}
	}
	slices.SortStableFunc(findings, func(a, b chaos.Finding) int { return a.When.Compare(b.When) })
	return findings
}

// checkLoad fails a run whose reads and steps were too few to show anything.
func (w *chaosWorld) checkLoad(actions int) {
	values := map[chaos.Metric]int{}
	for _, r := range w.readings {
		if r.Err == "" {
			values[r.Metric]++
		}
	}
	up, down := w.countSteps()
	if values[chaos.Demand] < 20*actions || values[chaos.Desired] < 20*actions || actions >= 10 && (up == 0 || down == 0) {
		w.t.Errorf("too little to say anything: values %v, %d steps up, %d down", values, up, down)
	}
}

func (w *chaosWorld) countSteps() (up, down int) {
	for _, step := range w.steps {
		if step.To > step.From {
			up++
		} else {
			down++
		}
	}
	return up, down
}

func (w *chaosWorld) print() {
	failed := 0
	for _, r := range w.readings {
		if r.Err != "" {
			failed++
		}
	}
	up, down := w.countSteps()
	fmt.Fprintf(w.t.Output(), "\nseconds after the end of an action (after the beginning of a kill), and the reads from its beginning until all was well\n%s\n%d reads through the aggregator, %d failed; "+
		"replicas were changed %d times up and %d times down (each seen at the HPA and at the Deployment)\n",
		chaos.Table(w.recoveries, w.readings), len(w.readings), failed, up, down)
}

// checkWhatIsMissing tells loudly what could not be done here.
func (w *chaosWorld) checkWhatIsMissing() {
	if inNamespaces() {
		return
	}
	for _, action := range actions {
		if action.links {
			fmt.Fprintf(w.t.Output(), "chaos: NOT DONE, because no network namespaces can be made here: %s\n", action.name)
		}
	}
	if required() {
		w.t.Error("links could not be cut, and E2E_REQUIRED=1 wants everything")
	}
}
