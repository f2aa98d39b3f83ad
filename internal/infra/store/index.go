package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// index is an index of a table as the database itself describes it.
type index struct {
	table, name     string
	unique, primary bool
	columns         []string // an expression shows as ""
}

const sqliteIndexes = `
SELECT t.name, coalesce(x.name, ''), coalesce(x."unique", 0) = 1, coalesce(x.origin, '') = 'pk', coalesce(c.name, '')
FROM pragma_table_list t
LEFT JOIN pragma_index_list(t.name) x
LEFT JOIN pragma_index_info(x.name) c
WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\'
ORDER BY t.name, x.name, c.seqno`

// Only B-trees have an order to begin with: a search index may lack the zone.
const postgresIndexes = `
SELECT t.relname, coalesce(i.relname, ''), coalesce(x.indisunique, false), coalesce(x.indisprimary, false), coalesce(a.attname, '')
FROM pg_class t
LEFT JOIN (pg_index x JOIN pg_class i ON i.oid = x.indexrelid
	JOIN pg_am m ON m.oid = i.relam AND m.amname = 'btree') ON x.indrelid = t.oid
LEFT JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS k(att, n) ON true
LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.att
WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind IN ('r', 'p')
ORDER BY t.relname, i.relname, k.n`

// indexes lists the indexes of every table; a table without any shows as one
// index without a name.
func indexes(ctx context.Context, q *sql.Tx, d Dialect) (_ []index, err error) {
	query := postgresIndexes
	if d == SQLite {
		query = sqliteIndexes
	}
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var all []index
	for rows.Next() {
		var x index
		var column string
		if err := rows.Scan(&x.table, &x.name, &x.unique, &x.primary, &column); err != nil {
			return nil, err
		}
		if n := len(all); n > 0 && all[n-1].table == x.table && all[n-1].name == x.name {
			all[n-1].columns = append(all[n-1].columns, column)
			continue
		}
		x.columns = []string{column}
		all = append(all, x)
	}
	return all, rows.Err()
}

// uniqueIndexes lists the unique indexes, by the names PostgreSQL gives them.
func uniqueIndexes(ctx context.Context, q *sql.Tx, d Dialect) ([]index, error) {
	all, err := indexes(ctx, q, d)
	var out []index
	for _, x := range all {
		if !x.unique {
			continue
		}
		if strings.HasPrefix(x.name, "sqlite_autoindex_") {
			x.name = constraintName(x)
		}
		out = append(out, x)
	}
	return out, err
}

// constraintName is the name PostgreSQL gives a key declared without one.
func constraintName(x index) string {
	if x.primary {
		return x.table + "_pkey"
	}
	return x.table + "_" + strings.Join(x.columns, "_") + "_key"
}

// checkKeys refuses a table whose primary key or any index does not begin with
// the zone: such a key would tell one zone what another holds.
func checkKeys(ctx context.Context, q *sql.Tx, d Dialect) error {
	all, err := indexes(ctx, q, d)
	if err != nil {
		return err
	}
	keyed := map[string]bool{"schema_migrations": true}
	for _, x := range all {
		if x.table == "schema_migrations" {
			continue
		}
		if x.name != "" && x.columns[0] != "zone" {
			return fmt.Errorf("index %s of table %s does not begin with zone", x.name, x.table)
		}
		keyed[x.table] = keyed[x.table] || x.primary
	}
	for _, x := range all {
		if !keyed[x.table] {
			return fmt.Errorf("table %s has no primary key beginning with zone", x.table)
		}
	}
	return nil
}

// texts returns the first column of query's rows.
func texts(ctx context.Context, q *sql.Tx, query string, args ...any) (_ []string, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}
