package main

import (
	"math"
	"slices"
	"time"
)

// percentile returns the least value that at least p of 100 values do not
// exceed (nearest rank); 0 of none. sorted is in ascending order.
func percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// spread is the middle and the ends of some measurements of one thing.
type spread struct{ Median, Min, Max float64 }

// spreadOf sums values up; the median of an even number is the mean of the two
// in the middle.
func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	return spread{(v[(n-1)/2] + v[n/2]) / 2, v[0], v[n-1]}
}

// run is one repetition of one load.
type run struct {
	P50, P99  float64 // ms
	PerSecond float64
	CPU       float64 // ms of the server's processor per request
	Requests  int
	Bytes     int // of the largest answer's body
}

// runOf sums one repetition up; took are the answers' times, cpu the server's
// processor time in all.
func runOf(took []time.Duration, wall, cpu time.Duration, bytes int) run {
	slices.Sort(took)
	r := run{P50: ms(percentile(took, 50)), P99: ms(percentile(took, 99)), Requests: len(took), Bytes: bytes}
	if len(took) > 0 && wall > 0 {
		r.PerSecond = float64(len(took)) / wall.Seconds()
		r.CPU = ms(cpu) / float64(len(took))
	}
	return r
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// over collects one figure of several repetitions.
func over(runs []run, of func(run) float64) spread {
	var v []float64
	for _, r := range runs {
		v = append(v, of(r))
	}
	return spreadOf(v)
}
