package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// readers are the reading connections to SQLite, opened when first needed.
type readers struct {
	open  func(context.Context) (*conn, error)
	slots chan struct{} // one for each connection in use
	mu    sync.Mutex
	idle  []*conn // the one used last at the end: its pages and statements are warm
	ended bool

	opened, waits, waited atomic.Int64 // connections; acquisitions that waited; ns
}

func newReaders(n int, open func(context.Context) (*conn, error)) *readers {
	return &readers{open: open, slots: make(chan struct{}, n)}
}

// take returns a connection within wait.
func (p *readers) take(ctx context.Context, wait time.Duration) (*conn, error) {
	select {
	case p.slots <- struct{}{}:
	default:
		begun := time.Now()
		err := enter(ctx, p.slots, wait)
		p.waits.Add(1)
		p.waited.Add(int64(time.Since(begun)))
		if err != nil {
			return nil, err
		}
	}
	c, err := p.pick(ctx)
	if err != nil {
		<-p.slots
	}
	return c, err
}

// enter waits for a slot, at most wait.
func enter(ctx context.Context, slots chan struct{}, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return busyFor(wait)
	}
}

func (p *readers) pick(ctx context.Context) (*conn, error) {
	p.mu.Lock()
	if p.ended {
		p.mu.Unlock()
		return nil, sql.ErrConnDone
	}
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return c, nil
	}
	p.mu.Unlock()
	c, err := p.open(ctx)
	if err == nil {
		p.opened.Add(1)
	}
	return c, err
}

// put gives c back; one that is broken is closed.
func (p *readers) put(c *conn, broken bool) error {
	defer func() { <-p.slots }()
	p.mu.Lock()
	defer p.mu.Unlock()
	if broken || p.ended || !c.sound() {
		p.opened.Add(-1)
		return c.close()
	}
	p.idle = append(p.idle, c)
	return nil
}

// close closes the idle connections; those in use are closed when given back.
func (p *readers) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	var errs []error
	for _, c := range p.idle {
		p.opened.Add(-1)
		errs = append(errs, c.close())
	}
	p.idle = nil
	return errors.Join(errs...)
}

func (p *readers) stats() sql.DBStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return sql.DBStats{MaxOpenConnections: cap(p.slots), OpenConnections: int(p.opened.Load()), InUse: int(p.opened.Load()) - len(p.idle),
		Idle: len(p.idle), WaitCount: p.waits.Load(), WaitDuration: time.Duration(p.waited.Load())}
}
