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
	sqliteIO         = 10
	sqliteFull       = 13
	sqliteCannotOpen = 14
	sqliteForeignKey = 787
	sqlitePrimaryKey = 1555
	sqliteUnique     = 2067
)

// openSQLite opens the one writing and the reading connections and migrates.
func (db *DB) openSQLite(ctx context.Context, all []migration) error {
	path := strings.TrimPrefix(db.cfg.DSN, "sqlite:")
	if err := touch(path); err != nil {
		return err
	}
	var err error
	if db.writer, err = sqlitePool(path, 1, db.cfg.Wait, url.Values{"_txlock": {"immediate"}}); err != nil {
		return err
	}
	if err := db.migrateSQLite(ctx, all); err != nil {
		return err
	}
	db.reader, err = sqlitePool(path, db.cfg.Readers, db.cfg.Wait, url.Values{"_pragma": {"query_only(1)"}})
	if err != nil {
		return err
	}
	db.uniques, err = uniqueIndexes(ctx, db.reader, SQLite)
	return err
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

// sqlitePool opens a pool of n connections with the settings in q and those
// every connection has. LIKE is made to tell case apart as PostgreSQL's does;
// synchronous(FULL) keeps a committed act through a power cut; secure_delete
// overwrites with zeros what is deleted or replaced, so that what was erased by
// law is not left in free pages of the file.
func sqlitePool(path string, n int, wait time.Duration, q url.Values) (*sql.DB, error) {
	q["_pragma"] = append([]string{
		fmt.Sprintf("busy_timeout(%d)", wait.Milliseconds()),
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "case_sensitive_like(1)", "secure_delete(1)",
	}, q["_pragma"]...)
	pool, err := sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	return pool, nil
}

// migrateSQLite brings the schema up to the program's in one transaction.
func (db *DB) migrateSQLite(ctx context.Context, all []migration) error {
	tx, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // without effect after Commit
	m := migrator{tx: tx, dialect: SQLite, now: db.Now, log: db.cfg.Log}
	if err := m.run(ctx, all); err != nil {
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
	case code&0xff == sqliteIO || code&0xff == sqliteCannotOpen:
		return down, "", nil
	}
	return none, "", nil
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
