package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// openPostgres migrates as the owner where an OwnerDSN is given, then opens
// the pool of the application's role and refuses a role that row-level
// security does not bind.
func (db *DB) openPostgres(ctx context.Context, all []migration) error {
	app, err := db.pgConfig(db.cfg.DSN)
	if err != nil {
		return fmt.Errorf("the database address: %w", err)
	}
	pool := stdlib.OpenDB(*app)
	pool.SetMaxOpenConns(db.cfg.Readers)
	pool.SetMaxIdleConns(db.cfg.Readers)
	db.pg = pool
	if err := checkServer(ctx, pool); err != nil {
		return err
	}
	if err := checkRole(ctx, pool); err != nil {
		return err
	}
	if db.cfg.OwnerDSN != "" {
		if err := db.migratePostgres(ctx, app.User, all); err != nil {
			return err
		}
	}
	if err := db.checkSchema(ctx, all); err != nil {
		return err
	}
	return checkRole(ctx, pool) // again: now there are tables it might own
}

// pgConfig reads a DSN. Errors of the parser do not show the password.
func (db *DB) pgConfig(dsn string) (*pgx.ConnConfig, error) {
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	if db.cfg.Pooled {
		c.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	if _, ok := c.RuntimeParams["application_name"]; !ok {
		c.RuntimeParams["application_name"] = "sente"
	}
	return c, nil
}

// checkServer refuses a server too old or a database that cannot hold every text.
func checkServer(ctx context.Context, pool *sql.DB) error {
	var version int
	var encoding string
	err := pool.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::bigint, current_setting('server_encoding')`).Scan(&version, &encoding)
	if err != nil {
		return translate(err, nil)
	}
	if version < 150000 {
		return fmt.Errorf("the server is PostgreSQL %d: version 15 or later is needed", version/10000)
	}
	if encoding != "UTF8" {
		return fmt.Errorf("the database's encoding is %s: create it with ENCODING 'UTF8' TEMPLATE template0", encoding)
	}
	return nil
}

const roleHelp = `create a role that row-level security binds and give its address: ` +
	`CREATE ROLE sente LOGIN PASSWORD '…' NOSUPERUSER NOBYPASSRLS; ` +
	`the tables belong to another role, named by the owner's address`

// checkRole refuses a role that is, or may become, one row-level security does
// not bind: a superuser, one with BYPASSRLS, an owner of tables.
func checkRole(ctx context.Context, pool *sql.DB) error {
	var user string
	var super, bypass, owner bool
	err := pool.QueryRowContext(ctx, `SELECT session_user::text,
		EXISTS (SELECT 1 FROM pg_roles WHERE rolsuper AND pg_has_role(session_user, oid, 'MEMBER')),
		EXISTS (SELECT 1 FROM pg_roles WHERE rolbypassrls AND pg_has_role(session_user, oid, 'MEMBER')),
		EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = current_schema()::regnamespace
			AND relkind IN ('r', 'p') AND pg_has_role(session_user, relowner, 'MEMBER'))`).Scan(&user, &super, &bypass, &owner)
	if err != nil {
		return err
	}
	switch {
	case super:
		return fmt.Errorf("the database role %q is a superuser: %s", user, roleHelp)
	case bypass:
		return fmt.Errorf("the database role %q has BYPASSRLS: %s", user, roleHelp)
	case owner:
		return fmt.Errorf("the database role %q owns tables of this database: %s", user, roleHelp)
	}
	return nil
}

// migratePostgres brings the schema up to the program's as the owner, in one
// transaction that also turns row-level security on and grants the
// application's role its rights.
func (db *DB) migratePostgres(ctx context.Context, appRole string, all []migration) error {
	c, err := db.pgConfig(db.cfg.OwnerDSN)
	if err != nil {
		return fmt.Errorf("the owner's database address: %w", err)
	}
	if c.User == appRole {
		return fmt.Errorf("the owner's address signs in as %q, the application's own role: %s", appRole, roleHelp)
	}
	pool := stdlib.OpenDB(*c)
	defer pool.Close()
	for attempt := 1; ; attempt++ {
		err := db.migrateOnce(ctx, pool, appRole, all)
		// Programs starting together on an empty database collide over the
		// very first table; the others then find it there.
		if what, _, _ := classifyPostgres(err); what != duplicate && what != retry || attempt == 5 {
			return err
		}
		if err := sleep(ctx, backoff(attempt)); err != nil {
			return err
		}
	}
}

func (db *DB) migrateOnce(ctx context.Context, pool *sql.DB, appRole string, all []migration) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // without effect after Commit
	m := migrator{tx: tx, dialect: Postgres, now: db.Now, log: db.cfg.Log}
	if err := m.run(ctx, all); err != nil {
		return err
	}
	if err := grant(ctx, tx, pgx.Identifier{appRole}.Sanitize()); err != nil {
		return err
	}
	return tx.Commit()
}

// checkSchema refuses a database whose migrations are not the program's or on
// which row-level security was turned off by hand, and learns the indexes.
func (db *DB) checkSchema(ctx context.Context, all []migration) error {
	tx, err := db.pg.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback() // nothing was written
	if _, err := tx.ExecContext(ctx, `SELECT set_config('sente.zone', '*', true)`); err != nil {
		return err
	}
	m := migrator{tx: tx, dialect: Postgres, now: db.Now, log: db.cfg.Log}
	pending, err := m.pending(ctx, all)
	if err != nil {
		return err
	}
	if len(pending) > 0 {
		return fmt.Errorf("the database lacks %d migrations, the first is %s: migrate it with the owner's address", len(pending), pending[0].label())
	}
	open, err := texts(ctx, tx, `SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace
		AND relkind IN ('r', 'p') AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY relname`)
	if err != nil {
		return err
	}
	if len(open) > 0 {
		return fmt.Errorf("row-level security is not forced on %s: open the database once with the owner's address to restore it", strings.Join(open, ", "))
	}
	db.uniques, err = uniqueIndexes(ctx, tx, Postgres)
	return err
}

// The policies: a row is visible and writable in its own zone only, and with no
// zone set nowhere. The list of zones can also be read with all zones set.
const (
	pgZone       = `zone = NULLIF(NULLIF(current_setting('sente.zone', true), ''), '*')`
	pgAll        = `current_setting('sente.zone', true) = '*'`
	pgPolicyName = `sente_zone`
)

// policies returns the statements that create table's policies.
func policies(table string) []string {
	t := pgx.Identifier{table}.Sanitize()
	create := func(name, rest string) string {
		return fmt.Sprintf(`CREATE POLICY %s ON %s %s`, name, t, rest)
	}
	switch table {
	case "schema_migrations":
		return []string{create(pgPolicyName, fmt.Sprintf(`USING (%s) WITH CHECK (%[1]s)`, pgAll))}
	case "zones":
		return []string{
			create(pgPolicyName, fmt.Sprintf(`USING (%s) WITH CHECK (%[1]s)`, pgZone)),
			create(pgPolicyName+"_list", fmt.Sprintf(`FOR SELECT USING (%s)`, pgAll)),
		}
	}
	return []string{create(pgPolicyName, fmt.Sprintf(`USING (%s) WITH CHECK (%[1]s)`, pgZone))}
}

// unforce lets the owner see every zone's rows within the migrating
// transaction; secure undoes it before anyone else can look.
func unforce(ctx context.Context, tx *sql.Tx) error {
	tables, err := texts(ctx, tx, `SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace
		AND relkind IN ('r', 'p') AND relforcerowsecurity ORDER BY relname`)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if _, err := tx.ExecContext(ctx, `ALTER TABLE `+pgx.Identifier{table}.Sanitize()+` NO FORCE ROW LEVEL SECURITY`); err != nil {
			return err
		}
	}
	return nil
}

// secure turns row-level security on, forces it and creates missing policies.
func secure(ctx context.Context, tx *sql.Tx) error {
	tables, err := texts(ctx, tx, `SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace
		AND relkind IN ('r', 'p') AND NOT (relrowsecurity AND relforcerowsecurity
			AND EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = pg_class.oid)) ORDER BY relname`)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if err := secureTable(ctx, tx, table); err != nil {
			return err
		}
	}
	return nil
}

func secureTable(ctx context.Context, tx *sql.Tx, table string) error {
	t := pgx.Identifier{table}.Sanitize()
	stmts := []string{
		`ALTER TABLE ` + t + ` ENABLE ROW LEVEL SECURITY`,
		`ALTER TABLE ` + t + ` FORCE ROW LEVEL SECURITY`,
		`DROP POLICY IF EXISTS ` + pgPolicyName + ` ON ` + t,
		`DROP POLICY IF EXISTS ` + pgPolicyName + `_list ON ` + t,
	}
	for _, stmt := range append(stmts, policies(table)...) {
		if _, err := tx.ExecContext(ctx, stmt); err != nil {
			return err
		}
	}
	return nil
}

// grant gives role the right to read and write rows, and nothing else.
func grant(ctx context.Context, tx *sql.Tx, role string) error {
	var schema string
	if err := tx.QueryRowContext(ctx, `SELECT quote_ident(current_schema())`).Scan(&schema); err != nil {
		return err
	}
	for _, stmt := range []string{
		`GRANT USAGE ON SCHEMA ` + schema + ` TO ` + role,
		`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ` + schema + ` TO ` + role,
		`REVOKE INSERT, UPDATE, DELETE ON schema_migrations FROM ` + role,
	} {
		if _, err := tx.ExecContext(ctx, stmt); err != nil {
			return err
		}
	}
	return nil
}

// classifyPostgres tells what a PostgreSQL error means
// (https://www.postgresql.org/docs/current/errcodes-appendix.html).
func classifyPostgres(err error) (what trouble, table, constraint string) {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		var refused *pgconn.ConnectError
		var cut *net.OpError
		if errors.As(err, &refused) || errors.As(err, &cut) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) ||
			errors.Is(err, sql.ErrConnDone) || pgconn.SafeToRetry(err) { // the last also tells of a connection found closed
			return down, "", ""
		}
		return none, "", ""
	}
	switch {
	case e.Code == "23505":
		return duplicate, e.TableName, e.ConstraintName
	case e.Code == "23503":
		return reference, e.TableName, e.ConstraintName
	case e.Code == "40001" || e.Code == "40P01":
		return retry, "", ""
	case e.Code == "22021" || e.Code == "22P05":
		return badText, "", ""
	case e.Code == "55P03" || e.Code == "53300":
		return busy, "", ""
	case e.Code == "53100":
		return full, "", ""
	case strings.HasPrefix(e.Code, "08") || strings.HasPrefix(e.Code, "57P") || e.Code == "25006": // the last: a standby, after a failover
		return down, "", ""
	}
	return none, "", ""
}
