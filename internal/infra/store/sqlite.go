package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite" // the only import of the driver, so that it can be exchanged
)

// SQLite's result codes (https://sqlite.org/rescode.html).
const (
	sqliteBusy       = 5
	sqliteLocked     = 6
	sqliteNoMemory   = 7
	sqliteInterrupt  = 9
	sqliteReadOnly   = 8
	sqliteIO         = 10
	sqliteFull       = 13
	sqliteCannotOpen = 14
	sqliteForeignKey = 787
	sqlitePrimaryKey = 1555
	sqliteUnique     = 2067
)

// openSQLite migrates and opens the one writing connection; the reading ones
// are opened when they are needed.
func (db *DB) openSQLite(ctx context.Context, all []migration) error {
	path := strings.TrimPrefix(db.cfg.DSN, "sqlite:")
	if err := touch(path); err != nil {
		return err
	}
	writing := sqliteSource(path, db.cfg.Wait, url.Values{"_txlock": {"immediate"}, "_pragma": {
		"wal_autocheckpoint(0)", "journal_size_limit(50331648)", "temp_store(2)", "cache_size(" + usualCache + ")"}})
	reading := sqliteSource(path, db.cfg.Wait, url.Values{"_pragma": {"query_only(1)"}})
	if err := db.migrateSQLite(ctx, writing, all); err != nil {
		return err
	}
	c, err := connect(ctx, writing)
	if err != nil {
		return err
	}
	open := func(source string) func(context.Context) (*conn, error) {
		return func(ctx context.Context) (*conn, error) { return connect(ctx, source) }
	}
	db.writer = &writer{conn: c, wait: db.cfg.Wait, age: groupAge, open: open(writing)}
	db.readers = newReaders(db.cfg.Readers, open(reading))
	return nil
}

// connect opens a connection to source.
func connect(ctx context.Context, source string) (*conn, error) {
	connector, err := sqlite.NewConnector(source)
	if err != nil {
		return nil, err
	}
	raw, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return newConn(raw), nil
}

// written returns how many pages the connection has written to the log.
func (c *conn) written() int64 {
	n, _, err := c.raw.(sqlite.DBStatus).Status(sqlite.DBStatusCacheWrite, false)
	if err != nil {
		return 0 // only an unknown counter is an error
	}
	return int64(n)
}

// touch makes the file, readable by its owner alone: it holds personal data.
func touch(path string) error {
	if path == "" || strings.Contains(path, ":memory:") {
		return errors.New("a database in memory cannot be shared by connections: name a file")
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("the database file cannot be opened; create its folder and let this program write there: %w", err)
	}
	return f.Close()
}

// sqliteSource is the driver's name for the database at path with the settings in q and those
// every connection has. LIKE is made to tell case apart as PostgreSQL's does;
// synchronous(FULL) keeps a committed act through a power cut; secure_delete
// overwrites with zeros what is deleted or replaced, so that what was erased by
// law is not left in free pages of the file.
func sqliteSource(path string, wait time.Duration, q url.Values) string {
	q["_pragma"] = append([]string{
		fmt.Sprintf("busy_timeout(%d)", wait.Milliseconds()),
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "case_sensitive_like(1)", "secure_delete(1)",
	}, q["_pragma"]...)
	return "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?" + q.Encode()
}

// migrateSQLite brings the schema up to the program's in one transaction and
// learns the indexes.
func (db *DB) migrateSQLite(ctx context.Context, source string, all []migration) (err error) {
	pool, err := sql.Open("sqlite", source)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	pool.SetMaxOpenConns(1)
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // without effect after Commit
	m := migrator{tx: tx, dialect: SQLite, now: db.Now, log: db.cfg.Log}
	if err := m.run(ctx, all); err != nil {
		return err
	}
	if db.uniques, err = uniqueIndexes(ctx, tx, SQLite); err != nil {
		return err
	}
	return tx.Commit()
}

// classifySQLite tells what a SQLite error means; for a duplicate also the
// table and the columns its message names.
func classifySQLite(err error) (what trouble, table string, columns []string) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return none, "", nil
	}
	switch code := e.Code(); {
	case code == sqliteUnique || code == sqlitePrimaryKey:
		table, columns = uniqueColumns(e.Error())
		return duplicate, table, columns
	case code == sqliteForeignKey:
		return reference, "", nil
	case code&0xff == sqliteBusy || code&0xff == sqliteLocked:
		return busy, "", nil
	case code&0xff == sqliteFull:
		return full, "", nil
	case code&0xff == sqliteReadOnly:
		return readOnly, "", nil
	case code&0xff == sqliteIO || code&0xff == sqliteCannotOpen:
		return down, "", nil
	}
	return none, "", nil
}

// fatal reports whether SQLite may have rolled back the whole transaction with
// the statement (https://sqlite.org/lang_transaction.html).
func fatal(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case sqliteBusy, sqliteNoMemory, sqliteInterrupt, sqliteIO, sqliteFull:
		return true
	}
	return false
}

// uniqueColumns reads "… UNIQUE constraint failed: t.zone, t.name (2067)".
func uniqueColumns(msg string) (table string, columns []string) {
	_, list, _ := strings.Cut(msg, "UNIQUE constraint failed: ")
	list, _, _ = strings.Cut(list, " (")
	for _, part := range strings.Split(list, ", ") {
		t, column, ok := strings.Cut(part, ".")
		if ok {
			table, columns = t, append(columns, column)
		}
	}
	return table, columns
}
