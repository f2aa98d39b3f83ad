// Package store (存储) is the connection to the database: one
// PostgreSQL-flavoured SQL text for SQLite (the default) and for PostgreSQL 15
// or later, transactions confined to one zone, a forward-only migrator, and
// the mapping between row structs and tables.
//
// # What it keeps true
//
//   - A transaction touches one zone, the zone of the context's actor. On
//     PostgreSQL row-level security enforces it; on both engines rows mapped by
//     this package are checked on the way in and on the way out.
//   - A View is one unchanging snapshot. Updates behave as if they ran one
//     after another.
//   - A database whose migrations differ from the program's is refused.
//
// # The SQL both engines understand
//
// Parameters are $1, $2 …; ON CONFLICT … DO UPDATE, RETURNING, recursive CTE,
// FILTER, window functions, string_agg(x, ',' ORDER BY x), row-value paging
// (a, b) > ($2, $3), FULL OUTER JOIN, IS DISTINCT FROM and partial unique
// indexes work alike. Four habits keep them alike:
//
//   - Say NULLS FIRST or NULLS LAST wherever a sorted column may be NULL.
//   - Say ESCAPE '\' after LIKE and pass user input through [EscapeLike]; a
//     pattern that looks within a text stands as [Pattern].
//   - Text compares by bytes; sort Chinese names by a column filled with [SortKey].
//   - After an error inside a transaction return it: PostgreSQL carries out
//     nothing more in that transaction.
//
// Not portable, so not used: ->> on text, FOR UPDATE, generate_series, MERGE,
// identity columns, json_each.
//
// # Migrations
//
// Each context embeds migrations/NNNN_name.sql; numbers are global and each
// context has its range, so a number below the newest may still be applied
// later. Column types are text, bigint, boolean, bytea and double precision.
// Where the engines must differ, a block between "-- +pg" or "-- +sqlite" and
// "-- +end" is for that engine alone. Every table has zone as the first column
// of its primary key and of every index; a migration that forgets it is
// refused.
//
// # Roles on PostgreSQL
//
// Two roles are needed, an owner who migrates and the application's own:
//
//	CREATE ROLE sente_owner LOGIN PASSWORD '…' NOSUPERUSER;
//	CREATE ROLE sente LOGIN PASSWORD '…' NOSUPERUSER NOBYPASSRLS;
//	CREATE DATABASE sente OWNER sente_owner ENCODING 'UTF8' TEMPLATE template0;
//
// Config.DSN signs in as sente, Config.OwnerDSN as sente_owner. Open refuses to
// work as a superuser, as the owner of a table or as a role with BYPASSRLS.
package store
