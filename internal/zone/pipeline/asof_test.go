package pipeline

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// dated is a clock that stands at ten in the morning of a day in China and goes
// on by a second each time it is read.
type dated struct {
	day   kernel.Date
	reads int64
}

func (c *dated) now() time.Time {
	c.reads++
	return time.UnixMilli(c.day.Start() + 10*3_600_000 + c.reads*1000)
}

// open opens a database on SQLite whose clock is c.
func (c *dated) open(t testing.TB) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{DSN: filepath.Join(t.TempDir(), "test.db"), Now: c.now, Log: slog.New(slog.DiscardHandler)}, sources()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
