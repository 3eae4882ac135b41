package chaos

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Recovery is how long it took after an action until every reading was fresh again, and until the HPA could scale again.
type Recovery struct {
	Span
	Reads, HPA time.Duration
}

// Order is which of so many actions to take in which order: each as often as any other, or once more.
func Order(actions, times int, seed uint64) []int {
	dice := rand.New(rand.NewPCG(seed, seed))
	order := make([]int, 0, times)
	for len(order) < times {
		order = append(order, dice.Perm(actions)...)
	}
	order = order[:times]
	dice.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	return order
}

// Table shows, for each action, recovery times in seconds and how the reads fared from its beginning to the end of its recovery.
func Table(recoveries []Recovery, readings []Reading) string {
	of := map[string][]Recovery{}
	for _, r := range recoveries {
		of[r.Action] = append(of[r.Action], r)
	}
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	var text strings.Builder
	fmt.Fprintf(&text, "%-34s %5s %14s %14s\n%-34s %5s %7s %6s %7s %6s %7s %7s %7s\n", "", "", "reads again", "HPA again",
		"action", "times", "median", "worst", "median", "worst", "reads", "failed", "")
	for _, name := range names {
		reads, failed := count(of[name], readings)
		fmt.Fprintf(&text, "%-34s %5d %s %s %7d %7d %6.1f%%\n", name, len(of[name]),
			spread(of[name], func(r Recovery) time.Duration { return r.Reads }),
			spread(of[name], func(r Recovery) time.Duration { return r.HPA }), reads, failed, 100*float64(failed)/float64(max(1, reads)))
	}
	return text.String()
}

// spread is the median and the longest of some times.
func spread(recoveries []Recovery, of func(Recovery) time.Duration) string {
	times := make([]float64, len(recoveries))
	for i, r := range recoveries {
		times[i] = of(r).Seconds()
	}
	slices.Sort(times)
	middle := (times[(len(times)-1)/2] + times[len(times)/2]) / 2
	return fmt.Sprintf("%7.1f %6.1f", middle, times[len(times)-1])
}

// count is how many reads ended within the spans, and how many of them failed.
func count(recoveries []Recovery, readings []Reading) (reads, failed int) {
	for _, r := range recoveries {
		for _, reading := range readings {
			if reading.Answered.Before(r.Began) || reading.Answered.After(r.Ended) {
				continue
			}
			reads++
			if reading.Err != "" {
				failed++
			}
		}
	}
	return reads, failed
}
