package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sente/internal/infra/jobs"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// start runs jobs until the bubble's test ends; the bubble's clock passes by itself.
func start(t *testing.T, log *bytes.Buffer, all ...jobs.Job) (r *jobs.Runner, stop func()) {
	t.Helper()
	r = jobs.New(slog.New(slog.NewTextHandler(log, nil)), nil)
	for _, j := range all {
		r.Add(j)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { r.Run(ctx); close(done) }()
	return r, func() { cancel(); <-done }
}

func TestIntervalAndWake(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var runs []time.Duration
		begun := time.Now()
		var log bytes.Buffer
		r, stop := start(t, &log, jobs.Job{Name: "a", Every: time.Minute, Run: func(context.Context) error {
			runs = append(runs, time.Since(begun))
			time.Sleep(10 * time.Second)
			return nil
		}})
		time.Sleep(3 * time.Minute)
		r.Wake("nobody")
		r.Wake("a")
		time.Sleep(30 * time.Second)
		stop()
		want := []time.Duration{0, 70 * time.Second, 140 * time.Second, 180 * time.Second}
		if !slices.Equal(runs, want) || log.Len() != 0 {
			t.Errorf("ran at %v, want %v; log %s", runs, want, log.String())
		}
	})
}

func TestWokenWhileRunningRunsOnceMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		runs, at := 0, 0
		var log bytes.Buffer
		r, stop := start(t, &log, jobs.Job{Name: "a", Every: time.Hour, Run: func(context.Context) error {
			at++
			if at > 1 {
				t.Error("two runs at the same time")
			}
			runs++
			time.Sleep(time.Second)
			at--
			return nil
		}})
		time.Sleep(500 * time.Millisecond)
		r.Wake("a")
		time.Sleep(time.Minute)
		stop()
		if runs != 2 {
			t.Errorf("%d runs, want 2", runs)
		}
	})
}

func TestFailuresAndPanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var n, limited int
		var log, figures bytes.Buffer
		r, stop := start(t, &log,
			jobs.Job{Name: "bad", Every: time.Minute, Run: func(context.Context) error {
				n++
				switch n {
				case 1:
					return errors.New("no luck")
				case 2:
					panic("wires crossed")
				}
				return nil
			}},
			jobs.Job{Name: "long", Every: time.Hour, Limit: time.Second, Run: func(ctx context.Context) error {
				<-ctx.Done()
				limited++
				return ctx.Err()
			}})
		time.Sleep(90 * time.Second)
		r.Metrics(&figures)
		time.Sleep(time.Minute)
		stop()
		if n != 3 || limited != 1 {
			t.Errorf("runs %d and %d, want 3 and 1", n, limited)
		}
		for _, want := range []string{"job=bad error=\"no luck\"", "panic: wires crossed", "runner_test.go", "job=long"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log lacks %s:\n%s", want, log.String())
			}
		}
		for _, want := range []string{
			`sente_job_runs_total{job="bad"} 2`, `sente_job_failures_total{job="bad"} 2`, `sente_job_last_success_seconds{job="bad"} 0`,
			`sente_job_last_duration_seconds{job="long"} 1`,
		} {
			if !strings.Contains(figures.String(), want) {
				t.Errorf("the figures lack %s:\n%s", want, figures.String())
			}
		}
		figures.Reset()
		r.Metrics(&figures)
		if !strings.Contains(figures.String(), `sente_job_runs_total{job="bad"} 3`) || strings.Contains(figures.String(), `sente_job_last_success_seconds{job="bad"} 0`) {
			t.Errorf("after a success:\n%s", figures.String())
		}
	})
}

func TestStopTellsTheRunInProgress(t *testing.T) {
	t.Parallel()
	var told atomic.Bool
	begun := make(chan struct{})
	var log bytes.Buffer
	_, stop := start(t, &log, jobs.Job{Name: "a", Every: time.Hour, Run: func(ctx context.Context) error {
		close(begun)
		<-ctx.Done()
		told.Store(true)
		return ctx.Err()
	}})
	<-begun
	stop()
	if !told.Load() {
		t.Error("Run returned before its job")
	}
	if log.Len() != 0 {
		t.Errorf("a stop on request is no failure: %s", log.String())
	}
}

func TestEachZone(t *testing.T) {
	t.Parallel()
	var seen []kernel.Actor
	run := jobs.EachZone(func(context.Context) ([]store.Zone, error) {
		return []store.Zone{{ID: "a"}, {ID: "b"}, {ID: "c"}, {ID: "d"}}, nil
	}, func(ctx context.Context) error {
		actor := kernel.ActorOf(ctx)
		seen = append(seen, actor)
		switch actor.Zone {
		case "a":
			return errors.New("no luck")
		case "b":
			panic("wires crossed")
		}
		return nil
	})
	err := run(t.Context())
	if len(seen) != 4 || seen[3].Zone != "d" || seen[3].ID != "system" || seen[3].Via != "job" {
		t.Errorf("ran as %+v", seen)
	}
	if err == nil || !strings.Contains(err.Error(), "zone a: no luck") || !strings.Contains(err.Error(), "zone b: panic: wires crossed") {
		t.Errorf("got %v", err)
	}
	broken := jobs.EachZone(func(context.Context) ([]store.Zone, error) { return nil, errors.New("down") }, func(context.Context) error { t.Error("ran"); return nil })
	if err := broken(t.Context()); err == nil || err.Error() != "list of zones: down" {
		t.Errorf("got %v", err)
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	ok := jobs.Job{Name: "a", Every: 1, Run: func(context.Context) error { return nil }}
	for want, add := range map[string]func(*jobs.Runner){
		"added twice":   func(r *jobs.Runner) { r.Add(ok); r.Add(ok) },
		"needs a name":  func(r *jobs.Runner) { r.Add(jobs.Job{}) },
		`job "b" needs`: func(r *jobs.Runner) { r.Add(jobs.Job{Name: "b", Every: 1}) },
	} {
		t.Run(want, func(t *testing.T) {
			defer func() {
				if got, _ := recover().(string); !strings.Contains(got, want) {
					t.Errorf("panic %q, want %q", got, want)
				}
			}()
			add(jobs.New(slog.New(slog.DiscardHandler), nil))
		})
	}
}
