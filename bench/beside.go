package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"sente/internal/infra/store/storetest/pgserver"
)

// onPostgres fills a zone on PostgreSQL and compares lists and totals with
// SQLite's. Its server flushes nothing to disk (fsync off), which reading does
// not notice; its processor time is not in Sente's.
func (b *session) onPostgres(ctx context.Context) (err error) {
	pg, err := pgserver.Start()
	if err != nil {
		say("PostgreSQL is not measured: %v", err)
		return nil
	}
	defer func() { err = errors.Join(err, pg.Stop()) }()
	if err := execute(ctx, "pgx", pg.DSN, `CREATE ROLE bench_owner LOGIN NOSUPERUSER PASSWORD 'bench'`,
		`CREATE ROLE bench_app LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD 'bench'`, `CREATE DATABASE bench OWNER bench_owner`); err != nil {
		return err
	}
	super, owner, app, err := addresses(pg.DSN)
	if err != nil {
		return err
	}
	o, dir := b.options, filepath.Join(b.work, "postgres-data")
	o.users = leastUsers
	if err := os.RemoveAll(dir); err != nil { // a kept folder's is of a server that is gone
		return err
	}
	say("Sente on PostgreSQL: %d accounts, %s projects", o.users, thousands(o.scale))
	on, err := openSente(ctx, o, dir, "-database", app, "-owner-database", owner)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, on.stop()) }()
	if err := on.fill(ctx, o.scale); err != nil {
		return err
	}
	if err := execute(ctx, "pgx", super, "VACUUM ANALYZE"); err != nil {
		return err
	}
	b.report.figure(fmt.Sprintf("import of %s on PostgreSQL", thousands(min(o.scale, 100_000))), "", spreadOf([]float64{seconds(on.Phases)}), "s", nil)
	if err := b.besides(ctx, on, "PostgreSQL", 3, "list", "totals"); err != nil {
		return err
	}
	return b.diskOnPostgres(ctx, super, filepath.Join(dir, "data"))
}

// diskOnPostgres reports what the zone takes there: tables, the rest of the
// database, the log, and the files of the data folder.
func (b *session) diskOnPostgres(ctx context.Context, super, data string) error {
	tables, err := query(ctx, "pgx", super, `SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 2 DESC`)
	if err != nil {
		return err
	}
	others, err := query(ctx, "pgx", super, `SELECT 'the whole database, catalog included', pg_database_size(current_database())
		UNION ALL SELECT 'log of the server (pg_wal), segments kept for use again included', coalesce(sum(size), 0)::bigint FROM pg_ls_waldir()`)
	if err != nil {
		return err
	}
	files, err := filesOf(data)
	if err != nil {
		return err
	}
	h, err := heldOf(ctx, "pgx", super)
	if err != nil {
		return err
	}
	b.report.section("Disk, PostgreSQL, after an import and VACUUM", h.text(0)+h.table("table, its indexes with it", tables)+"\n"+h.table("beside the tables", append(others, files...)))
	b.diskFigure("database, PostgreSQL, after an import and VACUUM", h, others[:1])
	return nil
}

// addresses are those of the database bench for its three roles.
func addresses(dsn string) (super, owner, app string, err error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return "", "", "", err
	}
	u.Path = "/bench"
	super = u.String()
	u.User = url.UserPassword("bench_owner", "bench")
	owner = u.String()
	u.User = url.UserPassword("bench_app", "bench")
	return super, owner, u.String(), nil
}

func seconds(phases []phase) (sum float64) {
	for _, p := range phases {
		sum += p.Seconds
	}
	return sum
}

// larger fills a zone with many more projects and compares its times.
func (b *session) larger(ctx context.Context) (err error) {
	o := b.options
	o.users = leastUsers
	say("Sente with %s projects", thousands(o.large))
	big, err := openSente(ctx, o, filepath.Join(b.work, "large-data"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, big.stop()) }()
	for big.Scale < o.large {
		if err := big.fill(ctx, min(o.large, big.Scale+100_000)); err != nil {
			return err
		}
		say("%s: %.1f s", thousands(big.Scale), seconds(big.Phases))
	}
	return b.besides(ctx, big, thousands(o.large), 2, "list", "totals", "rare")
}

// besides compares other's answers with those of the zone under measurement:
// at most times as slow.
func (b *session) besides(ctx context.Context, other *sente, what string, times float64, ids ...string) error {
	for _, id := range ids {
		for _, suffix := range []string{"", "-whole"} {
			name := what + ": " + id + suffix
			here, there := loadOf(b.sente.loads(&b.made), id+suffix), loadOf(other.loads(&b.made), id+suffix)
			label := senteLabel(id + suffix)
			runs, err := b.contest(ctx, target{id: name, title: name + " beside " + thousands(b.sente.Scale) + " on SQLite"}, []contender{
				{label, b.sente.server, here.of}, {label + ", " + what, other.server, there.of}})
			if err != nil {
				return err
			}
			for _, clients := range []int{1, 8} {
				slow := ratioOf(runs[key(label, clients)], runs[key(label+", "+what, clients)])
				b.report.figure(fmt.Sprintf("%s, %d at once, times as slow", name, clients), fmt.Sprintf("≤ %g×", times), slow, "×", func(v float64) bool { return v <= times })
			}
		}
	}
	return nil
}

func loadOf(all []load, id string) load {
	for _, l := range all {
		if l.id == id {
			return l
		}
	}
	panic("no load " + id) // a mistake of this program
}
