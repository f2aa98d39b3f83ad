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
	"time"

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
		{true, b.open},
		{b.wants("start"), b.startAgain},
		{b.wants("list"), b.compareAll("list")},
		{b.wants("totals"), b.compareAll("totals")},
		{b.wants("search"), b.compareAll("rare")},
		{b.wants("search"), b.compareAll("common")},
		{b.wants("create"), b.compareCreate},
		{b.wants("mixed"), b.mixed},
		{b.wants("start"), b.memoryAfter},
		{b.wants("disk"), b.disk},
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

// open starts both sides and fills what is empty; filling is the import figure.
func (b *session) open(ctx context.Context) (err error) {
	say("Sente: departments and %d accounts", b.users)
	if b.sente, err = openSente(ctx, b.options, filepath.Join(b.work, "sente-data")); err != nil {
		return err
	}
	b.made.Store(int64(b.sente.Created))
	if b.options.peer && b.wantsPeer() {
		if b.peer, err = openPeer(ctx, filepath.Join(b.work, "pocketbase-data"), b.work); err != nil {
			return err
		}
	}
	switch {
	case b.sente.Scale == 0 && b.wants("import"):
		if err := b.timedImport(ctx); err != nil {
			return err
		}
	case len(b.only) > 0 && b.wants("import"):
		return b.importAside(ctx)
	}
	say("%s projects", thousands(b.scale))
	if err := b.sente.fill(ctx, b.scale); err != nil {
		return err
	}
	return b.fillPeer(ctx)
}

// wantsPeer: some figure is compared with the peer.
func (b *session) wantsPeer() bool {
	return slices.ContainsFunc([]string{"import", "list", "totals", "search", "create"}, b.wants)
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
	if strings.HasSuffix(id, "-whole") {
		return "Sente, one who sees the whole zone"
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
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(3 * time.Second):
	}
	mb, err := b.sente.memory()
	b.report.figure("resident memory at rest, 3 s after the start", "≤ 60 MB", spreadOf([]float64{mb}), "MB", func(v float64) bool { return v <= 60 })
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

func (b *session) memoryAfter(context.Context) error {
	mb, err := b.sente.memory()
	b.report.figure("resident memory after the load", "≤ 150 MB", spreadOf([]float64{mb}), "MB", func(v float64) bool { return v <= 150 })
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
