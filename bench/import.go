package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// timedImport brings one register in on both sides while one other user writes,
// and reports both. It is how an empty zone is filled.
func (b *session) timedImport(ctx context.Context) error {
	rows := min(b.scale, 100_000)
	say("import of %s into Sente", thousands(rows))
	began := time.Now()
	var phases []phase
	fared, err := b.beside(ctx, b.sente.server, b.sente.creating(&b.made), func() (err error) {
		phases, err = b.sente.take(ctx, 0, rows)
		return err
	})
	if err != nil {
		return err
	}
	b.sente.Scale, b.sente.Phases = rows, phases
	mine := time.Since(began)
	var detail []string
	for _, p := range phases {
		detail = append(detail, fmt.Sprintf("%s %.1f s", p.Name, p.Seconds))
	}
	title := fmt.Sprintf("import of %s", thousands(rows))
	b.report.figure(title+", Sente ("+strings.Join(detail, ", ")+")", "≤ 4 s", spreadOf([]float64{mine.Seconds()}), "s", func(v float64) bool { return v <= 4 })
	b.writers("Sente", fared)
	if err := errors.Join(b.sente.keep()); err != nil || b.peer == nil || b.peer.Scale > 0 {
		return err
	}
	say("import of %s into PocketBase", thousands(rows))
	began = time.Now()
	fared, err = b.beside(ctx, b.peer.server, b.peer.creating(), func() error { return b.peer.take(ctx, 0, rows) })
	if err != nil {
		return err
	}
	theirs := time.Since(began)
	b.report.figure(title+", PocketBase, batches of "+fmt.Sprint(batchRows), "", spreadOf([]float64{theirs.Seconds()}), "s", nil)
	b.writers("PocketBase", fared)
	b.report.figure(title+", PocketBase's time over Sente's", "≥ 13×", spreadOf([]float64{theirs.Seconds() / mine.Seconds()}), "×", func(v float64) bool { return v >= 13 })
	return b.peer.keep()
}

// others is how another user's writes fared during an import.
type others struct {
	took    []time.Duration
	refused int
	why     string // the first refusal
}

// writers reports others.
func (b *session) writers(name string, o others) {
	slices.Sort(o.took)
	b.report.figure(fmt.Sprintf("another writer of %s meanwhile, p50 of %d writes", name, len(o.took)), "", spreadOf([]float64{ms(percentile(o.took, 50))}), "ms", nil)
	b.report.figure("the same, p99 (most: "+short(ms(percentile(o.took, 100)))+" ms)", "", spreadOf([]float64{ms(percentile(o.took, 99))}), "ms", nil)
	if o.refused > 0 {
		b.report.figure("the same, writes refused: "+o.why, "0", spreadOf([]float64{float64(o.refused)}), "", func(v float64) bool { return v == 0 })
	}
}

// beside runs work while one client writes, 20 ms after each answer, and
// returns how the writes fared.
func (b *session) beside(ctx context.Context, on *server, of next, work func() error) (o others, err error) {
	c, err := dial(on.address)
	if err != nil {
		return o, err
	}
	defer c.close()
	done := make(chan error, 1)
	go func() { done <- work() }()
	r := of(0, 0)
	for n := 1; ; n++ {
		at := time.Now()
		_, err := c.do(r)
		o.took = append(o.took, time.Since(at))
		var other *statusError
		if errors.As(err, &other) {
			if o.refused++; o.refused == 1 {
				o.why = fmt.Sprintf("%d %.120s", other.got, other.body)
			}
		} else if err != nil {
			return o, errors.Join(err, <-done)
		} else {
			r = of(0, n) // what was refused is sent again
		}
		select {
		case err := <-done:
			return o, err
		case <-ctx.Done():
			return o, errors.Join(ctx.Err(), <-done)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// importAside measures the import in a zone of its own when the kept one is full.
func (b *session) importAside(ctx context.Context) (err error) {
	aside := &session{options: b.options, work: filepath.Join(b.work, "import"), report: b.report}
	aside.users = leastUsers
	if err := os.RemoveAll(aside.work); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, aside.close(), os.RemoveAll(aside.work)) }()
	if aside.sente, err = openSente(ctx, aside.options, filepath.Join(aside.work, "sente-data")); err != nil {
		return err
	}
	if b.options.peer {
		if aside.peer, err = openPeer(ctx, filepath.Join(aside.work, "pocketbase-data"), b.work); err != nil {
			return err
		}
	}
	return aside.timedImport(ctx)
}
