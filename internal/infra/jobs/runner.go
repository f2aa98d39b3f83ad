package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Job is a function run again and again.
type Job struct {
	Name   string        // "journal.sequence"
	Every  time.Duration // from the end of one run to the beginning of the next
	Jitter time.Duration // up to this much is added by chance, so that programs started together do not knock together
	Limit  time.Duration // of one run, after which its context ends; 0 means none
	Run    func(ctx context.Context) error
}

// Runner runs jobs. Jobs are added before Start.
type Runner struct {
	log  *slog.Logger
	now  func() time.Time
	jobs []*state
}

// state is a job and how it has fared.
type state struct {
	Job
	wake chan struct{}

	mu       sync.Mutex
	runs     int64
	failures int64
	last     time.Time // end of the last run
	lastGood time.Time // end of the last run that did not fail
	took     time.Duration
}

// New returns a Runner; a nil now means time.Now.
func New(log *slog.Logger, now func() time.Time) *Runner {
	if now == nil {
		now = time.Now
	}
	return &Runner{log: log, now: now}
}

// Add adds a job. It panics on one without name, interval or function and on a
// name added twice: mistakes in the program.
func (r *Runner) Add(j Job) {
	if j.Name == "" || j.Every <= 0 || j.Jitter < 0 || j.Run == nil {
		panic(fmt.Sprintf("jobs: job %q needs a name, an interval and a function", j.Name))
	}
	if r.find(j.Name) != nil {
		panic(fmt.Sprintf("jobs: job %q was added twice", j.Name))
	}
	r.jobs = append(r.jobs, &state{Job: j, wake: make(chan struct{}, 1)})
}

func (r *Runner) find(name string) *state {
	for _, s := range r.jobs {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Wake lets the job run at once, or once more when it is running just now. An
// unknown name is ignored.
func (r *Runner) Wake(name string) {
	if s := r.find(name); s != nil {
		select {
		case s.wake <- struct{}{}:
		default: // woken already
		}
	}
}

// Run runs all jobs, the first time after their jitter, until ctx ends; it returns
// when the last run has. Runs in progress are told by their context.
func (r *Runner) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, s := range r.jobs {
		all.Go(func() { r.loop(ctx, s) })
	}
	all.Wait()
}

func (r *Runner) loop(ctx context.Context, s *state) {
	timer := time.NewTimer(chance(s.Jitter))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-timer.C:
		}
		if ctx.Err() != nil {
			return
		}
		r.once(ctx, s)
		timer.Reset(s.Every + chance(s.Jitter))
	}
}

func chance(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return rand.N(d)
}

// once runs s and notes how it went.
func (r *Runner) once(ctx context.Context, s *state) {
	if s.Limit > 0 {
		limited, cancel := context.WithTimeout(ctx, s.Limit)
		defer cancel()
		ctx = limited
	}
	begun := r.now()
	err := guarded(ctx, s.Run)
	ended := r.now()
	if err != nil && !errors.Is(err, context.Canceled) {
		r.log.LogAttrs(ctx, slog.LevelError, "job failed", slog.String("job", s.Name), slog.String("error", err.Error()))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs++
	s.last, s.took = ended, ended.Sub(begun)
	if err != nil {
		s.failures++
	} else {
		s.lastGood = ended
	}
}

// guarded turns a panic into an error with the place it happened.
func guarded(ctx context.Context, run func(context.Context) error) (err error) {
	defer func() {
		if what := recover(); what != nil {
			err = fmt.Errorf("panic: %v\n%s", what, debug.Stack())
		}
	}()
	return run(ctx)
}

// Metrics writes how the jobs have fared as Prometheus text.
func (r *Runner) Metrics(w io.Writer) {
	sorted := slices.Clone(r.jobs)
	slices.SortFunc(sorted, func(a, b *state) int { return strings.Compare(a.Name, b.Name) })
	for _, s := range sorted {
		s.mu.Lock()
		fmt.Fprintf(w, "sente_job_runs_total{job=%q} %d\n", s.Name, s.runs)
		fmt.Fprintf(w, "sente_job_failures_total{job=%q} %d\n", s.Name, s.failures)
		fmt.Fprintf(w, "sente_job_last_run_seconds{job=%q} %d\n", s.Name, unix(s.last))
		fmt.Fprintf(w, "sente_job_last_success_seconds{job=%q} %d\n", s.Name, unix(s.lastGood))
		fmt.Fprintf(w, "sente_job_last_duration_seconds{job=%q} %g\n", s.Name, s.took.Seconds())
		s.mu.Unlock()
	}
}

// unix is t in seconds since 1970, 0 for never.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// EachZone makes a job's function of one that works in a single zone: it is called
// for every zone of list (store.DB.Zones), with the system as actor. A zone that fails,
// or panics, does not keep the next from its turn.
func EachZone(list func(context.Context) ([]store.Zone, error), run func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		zones, err := list(ctx)
		if err != nil {
			return fmt.Errorf("list of zones: %w", err)
		}
		var errs []error
		for _, zone := range zones {
			if ctx.Err() != nil {
				return errors.Join(append(errs, ctx.Err())...)
			}
			if err := guarded(kernel.WithActor(ctx, kernel.SystemActor(zone.ID, "job")), run); err != nil {
				errs = append(errs, fmt.Errorf("zone %s: %w", zone.ID, err))
			}
		}
		return errors.Join(errs...)
	}
}
