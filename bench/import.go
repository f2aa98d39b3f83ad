package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// importing is one repetition of the import on both sides.
type importing struct {
	mine, theirs   float64 // s; theirs is 0 without a peer
	phases         []phase
	beside, behind others  // the other writer of Sente and of the peer
	rested, peak   float64 // MB of Sente: a while after it, and at most
}

// imports brings the same register in on both sides, into new folders each time,
// the sides taking turns, while another user writes, and reports both.
func (b *session) imports(ctx context.Context) error {
	var all []importing
	for range b.importReps {
		var err error
		if all, err = b.importing(ctx, all); err != nil {
			return err
		}
	}
	return nil
}

// importing adds a repetition in a new folder. With the last one it reports all,
// and looks on at what the import has left in memory and on disk.
func (b *session) importing(ctx context.Context, all []importing) (_ []importing, err error) {
	dir := filepath.Join(b.work, "import")
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	aside := &session{options: b.options, work: dir, report: b.report}
	aside.users, aside.scale = leastUsers, min(b.scale, 100_000)
	defer func() { err = errors.Join(err, aside.close(), os.RemoveAll(dir)) }()
	var i importing
	sides := []func(context.Context, *importing) error{aside.importMine, aside.importTheirs}
	for n := range sides {
		if err := sides[(n+len(all))%len(sides)](ctx, &i); err != nil {
			return nil, err
		}
	}
	if all = append(all, i); len(all) < b.importReps {
		return all, nil
	}
	aside.imported(all)
	if b.wants("start") {
		if err := aside.loadsAfterImport(ctx); err != nil {
			return nil, err
		}
	}
	if b.wants("disk") {
		return all, aside.disk(ctx, "after an import")
	}
	return all, nil
}

// importMine opens the accounts of a new zone, starts the program again so that
// what that took is forgotten, and imports.
func (b *session) importMine(ctx context.Context, i *importing) (err error) {
	say("import of %s into Sente: accounts first", thousands(b.scale))
	if b.sente, err = openSente(ctx, b.options, filepath.Join(b.work, "sente-data")); err != nil {
		return err
	}
	if err := b.reopen(ctx); err != nil {
		return err
	}
	began := time.Now()
	i.beside, err = b.beside(ctx, b.sente.server, b.sente.creating(&b.made), func() (err error) {
		i.phases, err = b.sente.take(ctx, 0, b.scale)
		return err
	})
	if err != nil {
		return err
	}
	i.mine = time.Since(began).Seconds()
	b.sente.Scale, b.sente.Phases = b.scale, i.phases
	i.rested, i.peak, err = b.sente.rested(ctx)
	say("%.1f s", i.mine)
	return err
}

// importTheirs imports into a new PocketBase.
func (b *session) importTheirs(ctx context.Context, i *importing) (err error) {
	if !b.options.peer {
		return nil
	}
	say("import of %s into PocketBase", thousands(b.scale))
	if b.peer, err = openPeer(ctx, filepath.Join(b.work, "pocketbase-data"), filepath.Dir(b.work)); err != nil {
		return err
	}
	began := time.Now()
	i.behind, err = b.beside(ctx, b.peer.server, b.peer.creating(), func() error { return b.peer.take(ctx, 0, b.scale) })
	i.theirs = time.Since(began).Seconds()
	say("%.1f s", i.theirs)
	return err
}

// imported reports the repetitions.
func (b *session) imported(all []importing) {
	title := fmt.Sprintf("import of %s", thousands(b.scale))
	mine, theirs := eachOf(all, func(i importing) float64 { return i.mine }), eachOf(all, func(i importing) float64 { return i.theirs })
	var parts []string
	for n, p := range all[0].phases {
		parts = append(parts, p.Name+" "+short(spreadOf(eachOf(all, func(i importing) float64 { return i.phases[n].Seconds })).Median)+" s")
	}
	b.report.figure(title+", Sente ("+strings.Join(parts, ", ")+")", "≤ 4 s", spreadOf(mine), "s", func(v float64) bool { return v <= 4 })
	if b.options.peer {
		b.report.figure(title+", PocketBase, batches of "+fmt.Sprint(batchRows), "", spreadOf(theirs), "s", nil)
		var times []float64
		for n := range mine {
			times = append(times, theirs[n]/mine[n])
		}
		b.report.figure(title+", PocketBase's time over Sente's", "≥ 13×", spreadOf(times), "×", func(v float64) bool { return v >= 13 })
	}
	b.writers("Sente", all, func(i importing) others { return i.beside })
	if b.options.peer {
		b.writers("PocketBase", all, func(i importing) others { return i.behind })
	}
	b.report.figure("resident memory 5 s after the import", "", spreadOf(eachOf(all, func(i importing) float64 { return i.rested })), "MB", nil)
	b.report.figure("the same, at most since the start (VmHWM)", "", spreadOf(eachOf(all, func(i importing) float64 { return i.peak })), "MB", nil)
}

// eachOf is one figure of every repetition.
func eachOf(all []importing, of func(importing) float64) (v []float64) {
	for _, i := range all {
		v = append(v, of(i))
	}
	return v
}

// others is how another user's writes fared during an import.
type others struct {
	took    []time.Duration
	refused int
	why     string // the first refusal
}

// writers reports how the other writer of one side fared.
func (b *session) writers(name string, all []importing, of func(importing) others) {
	var p50, p99, refused []float64
	writes, worst, why := 0, time.Duration(0), ""
	for _, i := range all {
		o := of(i)
		slices.Sort(o.took)
		writes += len(o.took)
		worst = max(worst, percentile(o.took, 100))
		why = cmp.Or(why, o.why)
		p50, p99, refused = append(p50, ms(percentile(o.took, 50))), append(p99, ms(percentile(o.took, 99))), append(refused, float64(o.refused))
	}
	if why != "" {
		why = ": " + why
	}
	b.report.figure(fmt.Sprintf("another writer of %s meanwhile, p50, %d writes in all", name, writes), "", spreadOf(p50), "ms", nil)
	b.report.figure("the same, p99 (most: "+short(ms(worst))+" ms)", "", spreadOf(p99), "ms", nil)
	b.report.figure("the same, writes refused"+why, "0", spreadOf(refused), "", func(float64) bool { return why == "" })
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
	for n, again := 0, (request{}); ; {
		r := again
		if r.raw == nil {
			r, n = of(0, n), n+1
		}
		at := time.Now()
		_, err := c.do(r)
		o.took = append(o.took, time.Since(at))
		var other *statusError
		switch again = (request{}); {
		case errors.As(err, &other):
			again = r // what was refused is sent again
			if o.refused++; o.refused == 1 {
				o.why = fmt.Sprintf("%d %.120s", other.got, other.body)
			}
		case err != nil:
			return o, errors.Join(err, <-done)
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
