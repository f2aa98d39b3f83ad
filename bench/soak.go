package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// sample is one minute of the mixed load.
type sample struct {
	minute        int
	memory        float64 // MB
	handles       int
	reads, writes int
	p99, p99Write float64 // ms
	lag           float64 // s, the most seen: age of the oldest journal entry not sequenced
}

// soak keeps a mixed load up for o.soak, minute by minute, and writes docs/soak.md
// (or what -write says): memory, handles and p99 must stay flat, the journal
// within a second.
func soak(ctx context.Context, o options, work string) (err error) {
	on, err := openSente(ctx, o, filepath.Join(work, "sente-data"))
	if err != nil {
		return err
	}
	b := &session{options: o, work: work, sente: on}
	defer func() { err = errors.Join(err, b.close()) }()
	if err := on.fill(ctx, o.scale); err != nil {
		return err
	}
	b.made.Store(int64(on.Created))
	m := &mixture{oracle: newOracle(on.zone), on: on, made: &b.made}
	say("mixed load for %s", o.soak)
	began := time.Now()
	var samples []sample
	step := min(time.Minute, o.soak)
	for n := 1; time.Since(began) < o.soak; n++ {
		s, err := b.minute(ctx, m, step)
		if err != nil {
			return err
		}
		s.minute = n
		samples = append(samples, s)
		say("minute %d: %.0f MB, %d handles, p99 %.1f ms, lag %.2f s", n, s.memory, s.handles, s.p99, s.lag)
	}
	text := soakText(o, began, samples, m)
	fmt.Print(text)
	if o.write == "" {
		return nil
	}
	return os.WriteFile(o.write, []byte(text), 0o644)
}

// minute keeps the load up for a while and looks at the server meanwhile.
func (b *session) minute(ctx context.Context, m *mixture, lasts time.Duration) (s sample, err error) {
	m.reads, m.writes = nil, nil
	watch, stop := context.WithCancel(ctx)
	defer stop()
	var lag float64
	var lagErr error
	var watcher sync.WaitGroup
	watcher.Go(func() { lag, lagErr = b.lag(watch) })
	if err := m.run(ctx, lasts); err != nil {
		return s, err
	}
	stop()
	watcher.Wait()
	slices.Sort(m.reads)
	slices.Sort(m.writes)
	s = sample{reads: len(m.reads), writes: len(m.writes), p99: ms(percentile(m.reads, 99)), p99Write: ms(percentile(m.writes, 99)), lag: lag}
	var memErr error
	s.memory, _, memErr = b.sente.memory()
	s.handles, err = b.sente.handles()
	return s, errors.Join(err, memErr, lagErr)
}

// lag looks into the database once a second until ctx ends: how old the oldest
// entry is that no checkpoint covers.
func (b *session) lag(ctx context.Context) (most float64, err error) {
	dsn := "file:" + filepath.Join(b.sente.dir, "data", "sente.db") + "?mode=ro&_pragma=busy_timeout(5000)"
	for {
		select {
		case <-ctx.Done():
			return most, nil
		case <-time.After(time.Second):
		}
		waiting, err := query(context.WithoutCancel(ctx), "sqlite", dsn, `SELECT 'at', coalesce(min(at), 0) FROM journal_entries WHERE seq IS NULL`)
		if err != nil {
			return most, err
		}
		if at := waiting[0].bytes; at > 0 {
			most = max(most, time.Since(time.UnixMilli(at)).Seconds())
		}
	}
}

// soakText is the document. Flat means: the last third is no more than a tenth,
// p99 no more than a quarter, above the second.
func soakText(o options, began time.Time, samples []sample, m *mixture) string {
	var b strings.Builder
	b.WriteString("# A long mixed load\n\n<!-- Written by `make soak`. -->\n\n")
	fmt.Fprintf(&b, "%s, %s, %d processors, %s. Sente %s; %s projects, %d accounts, %d clients without a pause for %s, %s %% of the requests writes, every answer checked.\n\nThe command: `go run ./bench %s`\n\n",
		began.Format("2006-01-02 15:04"), processor(), runtime.NumCPU(), runtime.Version(), commit(), thousands(o.scale), o.users, mixedClients, o.soak, short(100*written(samples)), strings.Join(os.Args[1:], " "))
	fmt.Fprintf(&b, "Stale answers: %d. Foreign answers: %d. Lists and totals checked: %d.\n\n", len(m.stale), len(m.alien), m.checks)
	for _, wrong := range append(m.stale[:min(5, len(m.stale))], m.alien[:min(5, len(m.alien))]...) {
		b.WriteString("- " + wrong + "\n")
	}
	b.WriteString("| | middle third | last third | asked | reached |\n|---|---|---|---|---|\n")
	for _, f := range []struct {
		name string
		most float64
		of   func(sample) float64
	}{
		{"resident memory, MB", 1.1, func(s sample) float64 { return s.memory }},
		{"open handles", 1.1, func(s sample) float64 { return float64(s.handles) }},
		{"p99 of reads, ms", 1.25, func(s sample) float64 { return s.p99 }},
		{"p99 of writes, ms", 1.25, func(s sample) float64 { return s.p99Write }},
	} {
		middle, end := thirds(samples, f.of)
		fmt.Fprintf(&b, "| %s | %s | %s | no more than %g× | %s |\n", f.name, short(middle), short(end), f.most, yesNo(end <= f.most*middle))
	}
	worst := 0.0
	for _, s := range samples {
		worst = max(worst, s.lag)
	}
	fmt.Fprintf(&b, "| journal lag, s, the most seen | | %s | ≤ 1 | %s |\n\n", short(worst), yesNo(worst <= 1))
	b.WriteString("| minute | memory MB | handles | reads | p99 ms | writes | p99 ms | lag s |\n|---|---|---|---|---|---|---|---|\n")
	for _, s := range samples {
		fmt.Fprintf(&b, "| %d | %s | %d | %d | %s | %d | %s | %s |\n", s.minute, short(s.memory), s.handles, s.reads, short(s.p99), s.writes, short(s.p99Write), short(s.lag))
	}
	return b.String()
}

// written is the part of the requests that wrote.
func written(samples []sample) float64 {
	reads, writes := 0, 0
	for _, s := range samples {
		reads, writes = reads+s.reads, writes+s.writes
	}
	return float64(writes) / float64(max(1, reads+writes))
}

// thirds are the medians of the middle and of the last third of the samples;
// the first third warms up. With fewer than three both are of all.
func thirds(samples []sample, of func(sample) float64) (middle, end float64) {
	var v []float64
	for _, s := range samples {
		v = append(v, of(s))
	}
	n := len(v) / 3
	if n == 0 {
		return spreadOf(v).Median, spreadOf(v).Median
	}
	return spreadOf(v[n : len(v)-n]).Median, spreadOf(v[len(v)-n:]).Median
}
