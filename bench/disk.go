package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // looks into the databases from outside
	_ "modernc.org/sqlite"
)

// mostDisk is what 100,000 projects may take, journal included.
const mostDisk = 200 // MB

// occupied is what one table takes on disk, its indexes included, or one kind of
// file.
type occupied struct {
	name  string
	bytes int64
}

// held is what a database holds.
type held struct{ projects, entries, milestones, shares int64 }

// heldOf counts what the database holds.
func heldOf(ctx context.Context, driver, dsn string) (h held, err error) {
	for table, n := range map[string]*int64{"pipeline_projects": &h.projects, "journal_entries": &h.entries, "pipeline_milestones": &h.milestones, "pipeline_shares": &h.shares} {
		got, err := query(ctx, driver, dsn, "SELECT '', count(*) FROM "+table)
		if err != nil {
			return h, err
		}
		*n = got[0].bytes
	}
	if h.projects == 0 {
		return h, errors.New("there are no projects")
	}
	return h, nil
}

func (b *session) diskAtEnd(ctx context.Context) error { return b.disk(ctx, "after everything else") }

// disk reports what Sente's folder takes: its files while the program runs, then,
// with the program stopped so that all is in one file, that file table by table.
func (b *session) disk(ctx context.Context, when string) (err error) {
	data := filepath.Join(b.sente.dir, "data")
	running, err := filesOf(data)
	if err != nil {
		return err
	}
	if err := b.sente.stop(); err != nil {
		return err
	}
	atRest, err := filesOf(data)
	if err != nil {
		return err
	}
	dsn := "file:" + filepath.Join(data, "sente.db") + "?mode=ro"
	tables, err := query(ctx, "sqlite", dsn, `SELECT coalesce(m.tbl_name, s.name), sum(s.pgsize) FROM dbstat s LEFT JOIN sqlite_master m ON m.name = s.name WHERE s.aggregate = TRUE GROUP BY 1
		UNION ALL SELECT 'free pages', freelist_count*page_size FROM pragma_freelist_count, pragma_page_size ORDER BY 2 DESC`)
	if err != nil {
		return err
	}
	h, err := heldOf(ctx, "sqlite", dsn)
	if err != nil {
		return err
	}
	b.report.section("Disk, SQLite, "+when, h.text(b.made.Load())+h.table("table, its indexes with it", tables)+"\n"+
		h.table("file, while the program runs", running)+"\n"+h.table("file, after it was stopped", atRest))
	b.diskFigure("database, SQLite, "+when, h, tables)
	b.diskFigure("all files of the folder, SQLite, "+when+", the program stopped", h, atRest)
	b.sente, err = openSente(ctx, b.options, b.sente.dir)
	return err
}

// diskFigure judges what 100,000 projects take.
func (b *session) diskFigure(what string, h held, all []occupied) {
	mb := float64(sum(all)) / 1e6 * 100_000 / float64(h.projects)
	b.report.figure("disk per 100,000 projects, "+what, fmt.Sprintf("≤ %d MB", mostDisk), spreadOf([]float64{mb}), "MB", func(v float64) bool { return v <= mostDisk })
}

// text says what the projects hold; byHand is how many were opened one by one.
func (h held) text(byHand int64) string {
	per := func(n int64) string { return short(float64(n) / float64(h.projects)) }
	return fmt.Sprintf("%s projects, %s of them of the register (name of some 20 characters, stage, amount, department, official, one to three dates), %s opened one by one (name, amount, summary, source, finder, a date); "+
		"to each %s journal entries, %s milestones, %s shares.\n\n", thousands(int(h.projects)), thousands(int(h.projects-byHand)), thousands(int(byHand)), per(h.entries), per(h.milestones), per(h.shares))
}

// table lists what takes 500 kB or more, and the sum of all.
func (h held) table(heading string, all []occupied) string {
	var text strings.Builder
	fmt.Fprintf(&text, "| %s | MB | bytes per project |\n|---|---|---|\n", heading)
	for _, t := range all {
		if t.bytes >= 500_000 {
			fmt.Fprintf(&text, "| %s | %s | %d |\n", t.name, short(float64(t.bytes)/1e6), t.bytes/h.projects)
		}
	}
	total := sum(all)
	fmt.Fprintf(&text, "| all | %s | %d |\n", short(float64(total)/1e6), total/h.projects)
	return text.String()
}

func sum(all []occupied) (total int64) {
	for _, t := range all {
		total += t.bytes
	}
	return total
}

// filesOf adds up the files of a data folder by what they are.
func filesOf(dir string) ([]occupied, error) {
	kinds := []occupied{{"database", 0}, {"write-ahead log and its index", 0}, {"uploaded registers", 0}, {"attachments", 0}, {"checkpoints", 0}, {"others", 0}}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the program has just removed it
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		kinds[kindOf(filepath.ToSlash(name))].bytes += info.Size()
		return err
	})
	return kinds, err
}

// kindOf is the place in filesOf's list of what a file of the data folder is.
func kindOf(name string) int {
	folder, _, _ := strings.Cut(name, "/")
	switch {
	case name == "sente.db":
		return 0
	case strings.HasPrefix(name, "sente.db-"):
		return 1
	case folder == "imports":
		return 2
	case folder == "files":
		return 3
	case folder == "checkpoints":
		return 4
	}
	return 5
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
		if err := rows.Scan(&t.name, &t.bytes); err != nil {
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
