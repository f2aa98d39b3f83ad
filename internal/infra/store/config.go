package store

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"time"
)

// Dialect names a database engine.
type Dialect string

// The two engines.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// Config says which database to open and how.
type Config struct {
	// DSN is a file path or "sqlite:path" for SQLite, or a
	// postgres:// address signing in as the application's role.
	DSN string
	// OwnerDSN signs in to the same PostgreSQL database as the role that owns
	// the tables. With it Open migrates; without it Open requires that the
	// schema is current. SQLite ignores it.
	OwnerDSN string
	// Readers is the number of reading connections (SQLite) or of all
	// connections (PostgreSQL); 0 means a number fit for this machine.
	Readers int
	// Pooled says that a transaction-pooling proxy such as pgbouncer stands
	// before PostgreSQL: statements are then not prepared by name.
	Pooled bool
	// Wait bounds how long a transaction waits for a connection or for the
	// writer's lock before it fails with store.busy; 0 means 10 seconds.
	Wait time.Duration
	Now  func() time.Time // the clock; nil means time.Now
	Log  *slog.Logger     // nil means slog.Default()
}

// withDefaults fills what was left out and refuses what cannot work.
func (c Config) withDefaults() (Config, error) {
	if strings.TrimSpace(c.DSN) == "" {
		return c, errors.New("no database is named: give a file path or a postgres:// address")
	}
	if c.Readers < 0 || c.Wait < 0 {
		return c, fmt.Errorf("readers (%d) and wait (%s) must not be negative", c.Readers, c.Wait)
	}
	if c.Readers == 0 {
		c.Readers = max(4, 2*runtime.NumCPU())
		if c.dialect() == Postgres {
			c.Readers = max(16, 4*runtime.NumCPU())
		}
	}
	if c.Wait == 0 {
		c.Wait = 10 * time.Second
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c, nil
}

// Dialect tells the engine by the DSN's scheme.
func (c Config) Dialect() Dialect { return c.dialect() }

func (c Config) dialect() Dialect {
	if strings.HasPrefix(c.DSN, "postgres://") || strings.HasPrefix(c.DSN, "postgresql://") {
		return Postgres
	}
	return SQLite
}
