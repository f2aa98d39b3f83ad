package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"sente/internal/kernel"
)

// session is one run of the bench: what is being measured and what was found.
type session struct {
	options
	work   string
	sente  *sente
	peer   *peer
	made   atomic.Int64 // projects made by hand in Sente
	report *report
}

// figureNames are what -only takes.
func figureNames() []string {
	return []string{"import", "start", "list", "totals", "search", "create", "mixed", "disk", "size", "postgres", "large"}
}

// contender is one that is sent a load, under the name the report gives it.
type contender struct {
	label string
	on    *server
	of    next
}

// measure takes the figures that are wanted, in the order in which they need
// each other.
func (b *session) measure(ctx context.Context) error {
	steps := []struct {
		wanted bool
		take   func(context.Context) error
	}{
		{b.wants("import"), b.imports},
		{b.wantsZone(), b.open},
		{b.wants("start"), b.startAgain},
		{b.wants("list"), b.compareAll("list")},
		{b.wants("totals"), b.compareAll("totals")},
		{b.wants("search"), b.compareAll("rare")},
		{b.wants("search"), b.compareAll("common")},
		{b.wants("create"), b.compareCreate},
		{b.wants("mixed"), b.mixed},
		{b.wants("start") && b.wantsLoads(), b.memoryAfter},
		{b.wants("disk"), b.diskAtEnd},
		{b.wants("size"), b.sizes},
		{b.wants("postgres") && b.postgres, b.onPostgres},
		{b.wants("large") && b.large > 0, b.larger},
	}
	for _, s := range steps {
		if !s.wanted {
			continue
		}
		if err := errors.Join(s.take(ctx), ctx.Err()); err != nil {
			return err
		}
	}
	return nil
}

// open starts both sides and fills what is not full; a kept folder may hold more
// than was asked for.
func (b *session) open(ctx context.Context) (err error) {
	say("Sente: departments and %d accounts", b.users)
	if b.sente, err = openSente(ctx, b.options, filepath.Join(b.work, "sente-data")); err != nil {
		return err
	}
	b.made.Store(int64(b.sente.Created))
	b.users, b.scale = len(b.sente.Users), max(b.scale, b.sente.Scale)
	b.report.options = b.options
	if b.options.peer && b.wantsPeer() {
		if b.peer, err = openPeer(ctx, filepath.Join(b.work, "pocketbase-data"), b.work); err != nil {
			return err
		}
	}
	say("%s projects", thousands(b.scale))
	if err := b.sente.fill(ctx, b.scale); err != nil {
		return err
	}
	return b.fillPeer(ctx)
}

// wantsZone: some figure is taken on the zone and its peer that open fills.
func (b *session) wantsZone() bool {
	return slices.ContainsFunc(figureNames(), func(name string) bool { return name != "import" && name != "size" && b.wants(name) })
}

// wantsLoads: some figure sends requests for a while.
func (b *session) wantsLoads() bool { return b.wantsPeer() || b.wants("mixed") }

// wantsPeer: some figure is compared with the peer.
func (b *session) wantsPeer() bool {
	return slices.ContainsFunc([]string{"list", "totals", "search", "create"}, b.wants)
}

// compareAll compares the loads whose ids begin with id.
func (b *session) compareAll(id string) func(context.Context) error {
	return func(ctx context.Context) error {
		t := targetOf(id)
		var side []contender
		for _, l := range b.sente.loads(&b.made) {
			if l.id == id || strings.HasPrefix(l.id, id+"-") {
				side = append(side, contender{senteLabel(l.id), b.sente.server, l.of})
			}
		}
		_, err := b.contest(ctx, t, append(side, b.peer.contenders(id)...))
		return err
	}
}

func senteLabel(id string) string {
	switch {
	case strings.HasSuffix(id, "-whole"):
		return "Sente, one who sees the whole zone"
	case strings.HasSuffix(id, "-written"):
		return "Sente, all users in turn" + withWrites
	}
	return "Sente, all users in turn"
}

// contest lets contenders take turns, repetition by repetition, with one and
// with eight clients, and adds what came out to the report.
func (b *session) contest(ctx context.Context, t target, all []contender) (runs map[string][]run, err error) {
	defer kernel.Wrap(&err, "%s", t.title)
	say("%s", t.title)
	for _, c := range all { // unmeasured: connections, caches and the first answer's content
		if _, err := blast(ctx, c.on, 2, b.lasts/2, c.of); err != nil {
			return nil, err
		}
	}
	runs = map[string][]run{}
	for rep := range b.reps {
		for _, clients := range []int{1, 8} {
			for i := range all {
				c := all[(i+rep)%len(all)]
				r, err := blast(ctx, c.on, clients, b.lasts, c.of)
				if err != nil {
					return nil, err
				}
				runs[key(c.label, clients)] = append(runs[key(c.label, clients)], r)
			}
		}
	}
	for _, clients := range []int{1, 8} {
		for _, c := range all {
			b.report.add(t, c.label, clients, runs[key(c.label, clients)])
		}
	}
	return runs, nil
}

// key names the runs of a contender with so many clients.
func key(label string, clients int) string { return fmt.Sprint(label, " ", clients) }

// startAgain restarts Sente on its data and measures the time to its first
// answer and its memory at rest.
func (b *session) startAgain(ctx context.Context) error {
	var ready []float64
	for range b.reps {
		if err := b.reopen(ctx); err != nil {
			return err
		}
		ready = append(ready, b.sente.ready.Seconds())
	}
	b.report.figure(fmt.Sprintf("start on %s projects until the first page of the list is answered", thousands(b.sente.Scale)), "≤ 0.2 s", spreadOf(ready), "s", func(v float64) bool { return v <= 0.2 })
	mb, _, err := b.sente.rested(ctx)
	b.report.figure("resident memory at rest, 5 s after the start", "≤ 60 MB", spreadOf([]float64{mb}), "MB", func(v float64) bool { return v <= 60 })
	return err
}

// reopen restarts Sente on its folder.
func (b *session) reopen(ctx context.Context) (err error) {
	if err := b.sente.stop(); err != nil {
		return err
	}
	if b.sente, err = openSente(ctx, b.options, b.sente.dir); err == nil {
		b.made.Store(int64(b.sente.Created))
	}
	return err
}

// memoryAfter reports what the loads have left in memory.
func (b *session) memoryAfter(ctx context.Context) error {
	return b.memoryOf(ctx, "5 s after the loads, on the full folder, the program started before them")
}

// loadsAfterImport sends a program that has just imported every load for a while,
// and the mixed one.
func (b *session) loadsAfterImport(ctx context.Context) error {
	say("the loads after the import")
	if err := b.sente.recount(ctx); err != nil { // a write refused at the end of the import was counted
		return err
	}
	b.made.Store(int64(b.sente.Created))
	for _, l := range b.sente.loads(&b.made) {
		if _, err := blast(ctx, b.sente.server, 8, b.lasts, l.of); err != nil {
			return err
		}
	}
	b.sente.Created = int(b.made.Load())
	m := &mixture{oracle: newOracle(b.sente.zone), on: b.sente, made: &b.made}
	if err := m.run(ctx, 4*b.lasts); err != nil {
		return err
	}
	if wrong := slices.Concat(m.stale, m.alien); len(wrong) > 0 {
		return fmt.Errorf("%d wrong answers after the import, the first: %s", len(wrong), wrong[0])
	}
	return b.memoryOf(ctx, "5 s after the loads, the import before them in the same run of the program")
}

func (b *session) memoryOf(ctx context.Context, when string) error {
	mb, peak, err := b.sente.rested(ctx)
	b.report.figure("resident memory "+when, "≤ 150 MB", spreadOf([]float64{mb}), "MB", func(v float64) bool { return v <= 150 })
	b.report.figure("the same, at most since the start (VmHWM)", "", spreadOf([]float64{peak}), "MB", nil)
	return err
}

// close ends the programs and keeps what a kept folder must know.
func (b *session) close() error {
	var errs []error
	if b.sente != nil {
		b.sente.Created = int(b.made.Load())
		errs = append(errs, b.sente.keep(), b.sente.stop())
	}
	if b.peer != nil {
		errs = append(errs, b.peer.stop())
	}
	return errors.Join(errs...)
}

// finish prints the report and, when all that was wanted was measured, writes it
// where it is wanted.
func (b *session) finish(whole bool) error {
	text := b.report.text()
	fmt.Print(text)
	if b.write == "" || !whole {
		return nil
	}
	return os.WriteFile(b.write, []byte(text), 0o644)
}
