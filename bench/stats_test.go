package main

import (
	"strings"
	"testing"
	"time"
)

func TestPercentileIsTheNearestRank(t *testing.T) {
	t.Parallel()
	var hundred []time.Duration
	for i := range 100 {
		hundred = append(hundred, time.Duration(i+1))
	}
	for _, c := range []struct {
		of   []time.Duration
		p    float64
		want time.Duration
	}{
		{nil, 50, 0}, {hundred[:1], 1, 1}, {hundred[:1], 99, 1}, {hundred, 50, 50}, {hundred, 99, 99}, {hundred, 100, 100}, {hundred[:3], 50, 2}, {hundred[:4], 50, 2},
	} {
		if got := percentile(c.of, c.p); got != c.want {
			t.Errorf("percentile of %d, %g: %d, want %d", len(c.of), c.p, got, c.want)
		}
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of   []float64
		want spread
	}{
		{nil, spread{}}, {[]float64{3}, spread{3, 3, 3}}, {[]float64{9, 1, 2}, spread{2, 1, 9}}, {[]float64{4, 1, 2, 9}, spread{3, 1, 9}},
	} {
		if got := spreadOf(c.of); got != c.want {
			t.Errorf("spreadOf(%v) = %+v, want %+v", c.of, got, c.want)
		}
	}
}

func TestRatioComparesRepetitionWithRepetition(t *testing.T) {
	t.Parallel()
	a := []run{{PerSecond: 10}, {PerSecond: 100}, {PerSecond: 30}}
	b := []run{{PerSecond: 5}, {PerSecond: 10}, {PerSecond: 10}}
	if got, want := ratioOf(a, b), (spread{3, 2, 10}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestReportJudgesEveryRival: also the one that answers faster than the one the
// target names; not the one that promises less.
func TestReportJudgesEveryRival(t *testing.T) {
	t.Parallel()
	r := newReport(options{scale: 1000, users: 140, reps: 1, lasts: time.Second})
	list, create := targetOf("list"), targetOf("create")
	r.add(list, "Sente, all users in turn", 1, []run{{P50: 1, P99: 2, PerSecond: 1000, CPU: 0.5, Requests: 1000, Bytes: 7}})
	r.add(list, "Sente, all users in turn, 5 % writes", 1, []run{{PerSecond: 900, CPU: 0.6}})
	r.add(list, "PocketBase", 1, []run{{PerSecond: 90}})
	r.add(list, "PocketBase, skipTotal", 1, []run{{PerSecond: 500}})
	r.add(create, "Sente", 8, []run{{PerSecond: 100}})
	r.add(create, "PocketBase, FULL", 8, []run{{PerSecond: 50}})
	r.add(create, "PocketBase, NORMAL (may lose the last writes)", 8, []run{{PerSecond: 200}})
	text := r.text()
	for _, want := range []string{
		"| 1 | Sente, all users in turn | 1.00 | 2.00 | 1000 | 1000 – 1000 | 0.50 | 7 |",
		"| 1 | Sente, all users in turn | PocketBase (named) | 11.1 | 11.1 – 11.1 | yes |",
		"| 1 | Sente, all users in turn | PocketBase, skipTotal | 2.00 | 2.00 – 2.00 | **no** |",
		"| 1 | Sente, all users in turn | CPU ≤ 0.45 ms | 0.50 ms | 0.50 – 0.50 | **no** |",
		"| 1 | Sente, all users in turn, 5 % writes | PocketBase (named) | 10.0 | 10.0 – 10.0 | yes |",
		"| 1 | Sente, all users in turn, 5 % writes | CPU ≤ 0.45 ms | 0.60 ms | 0.60 – 0.60 | – |",
		"| 8 | Sente | PocketBase, FULL (named) | 2.00 | 2.00 – 2.00 | yes |",
		"| 8 | Sente | PocketBase, NORMAL (may lose the last writes) | 0.50 | 0.50 – 0.50 | – |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no line %q in\n%s", want, text)
		}
	}
}

func TestDataIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	var csv strings.Builder
	if err := writeCSV(&csv, 0, 2000); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(csv.String(), "\n"); n != 2001 {
		t.Errorf("%d lines, want the heading and 2000", n)
	}
	if a, b := projectAt(77), projectAt(77); a != b || !strings.Contains(a.Name, brand(77)) || a.Amount < 100 {
		t.Errorf("%+v, then %+v", a, b)
	}
	if brand(branded) != "" {
		t.Error("a rare word has more hits in a larger zone")
	}
}

func TestThirdsLeaveTheBeginningOut(t *testing.T) {
	t.Parallel()
	var all []sample
	for _, mb := range []float64{1, 2, 50, 51, 52, 60, 61, 62} {
		all = append(all, sample{memory: mb})
	}
	of := func(s sample) float64 { return s.memory }
	if middle, end := thirds(all, of); middle != 51.5 || end != 61.5 {
		t.Errorf("%g and %g, want 51.5 and 61.5", middle, end)
	}
	if middle, end := thirds(all[:2], of); middle != 1.5 || end != 1.5 {
		t.Errorf("of two: %g and %g, want 1.5", middle, end)
	}
}

func TestFlushCallsOfStrace(t *testing.T) {
	t.Parallel()
	const summary = `% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 99.00    0.120000         120      1000           fdatasync
  1.00    0.001000         100        10         2 fsync
------ ----------- ----------- --------- --------- ----------------
100.00    0.121000         119      1010         2 total
`
	if n := flushCalls(summary); n != 1010 {
		t.Errorf("%d, want 1010", n)
	}
}
