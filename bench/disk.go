package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // looks into the databases from outside
	_ "modernc.org/sqlite"
)

// occupied is what one table takes on disk, its indexes included.
type occupied struct {
	table string
	bytes int64
}

// disk stops Sente, so that all is in one file, and adds up what each table takes.
func (b *session) disk(ctx context.Context) (err error) {
	if err := b.sente.stop(); err != nil {
		return err
	}
	all, err := query(ctx, "sqlite", "file:"+filepath.Join(b.sente.dir, "data", "sente.db")+"?mode=ro",
		`SELECT coalesce(m.tbl_name, s.name), sum(s.pgsize) FROM dbstat s LEFT JOIN sqlite_master m ON m.name = s.name WHERE s.aggregate = TRUE GROUP BY 1 ORDER BY 2 DESC`)
	if err != nil {
		return err
	}
	total := b.tables("Disk, SQLite", all, b.sente.Scale+int(b.made.Load()))
	b.report.figure("disk for 100,000 projects, journal included, SQLite", "≤ 200 MB", spreadOf([]float64{total}), "MB", func(v float64) bool { return v <= 200 })
	b.sente, err = openSente(ctx, b.options, b.sente.dir)
	return err
}

// tables adds a section with the tables and returns MB per 100,000 of projects.
func (b *session) tables(title string, all []occupied, projects int) float64 {
	var text strings.Builder
	fmt.Fprintf(&text, "%s projects, indexes with their table.\n\n| table | MB | bytes per project |\n|---|---|---|\n", thousands(projects))
	var total int64
	for _, t := range all {
		total += t.bytes
		if t.bytes >= 500_000 {
			fmt.Fprintf(&text, "| %s | %s | %d |\n", t.table, short(float64(t.bytes)/1e6), t.bytes/int64(projects))
		}
	}
	fmt.Fprintf(&text, "| all | %s | %d |\n", short(float64(total)/1e6), total/int64(projects))
	b.report.section(title, text.String())
	return float64(total) / 1e6 * 100_000 / float64(projects)
}

// query runs a query of names and sizes.
func query(ctx context.Context, driver, dsn, text string) (all []occupied, err error) {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var t occupied
		if err := rows.Scan(&t.table, &t.bytes); err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, rows.Err()
}

// execute runs statements, each in its own transaction.
func execute(ctx context.Context, driver, dsn string, statements ...string) (err error) {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}
