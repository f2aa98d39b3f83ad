package store

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// statements turns a migration's text into the statements of one engine.
func statements(text string, d Dialect) ([]string, error) {
	text, err := blocks(text, d)
	if err != nil {
		return nil, err
	}
	masked, literals, err := mask(text)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, stmt := range strings.Split(masked, ";") {
		stmt = strings.TrimSpace(stmt)
		if stmt == "" {
			continue
		}
		stmt, err := translateDDL(stmt, d)
		if err != nil {
			return nil, err
		}
		out = append(out, unmask(stmt, literals))
	}
	return out, nil
}

// blocks drops the lines between "-- +pg" or "-- +sqlite" and "-- +end" that
// are for the other engine.
func blocks(text string, d Dialect) (string, error) {
	var out strings.Builder
	inside := ""
	for i, line := range strings.Split(text, "\n") {
		switch mark := strings.TrimSpace(line); {
		case mark == "-- +pg" || mark == "-- +sqlite":
			if inside != "" {
				return "", fmt.Errorf("line %d: %q inside another block", i+1, mark)
			}
			inside = map[string]string{"-- +pg": string(Postgres), "-- +sqlite": string(SQLite)}[mark]
			continue
		case mark == "-- +end":
			if inside == "" {
				return "", fmt.Errorf("line %d: %q without a block", i+1, mark)
			}
			inside = ""
			continue
		}
		if inside == "" || inside == string(d) {
			out.WriteString(line + "\n")
		}
	}
	if inside != "" {
		return "", fmt.Errorf("a block for %s has no \"-- +end\"", inside)
	}
	return out.String(), nil
}

// quoted matches what must not be looked into: comments, string literals,
// quoted identifiers and dollar-quoted bodies, or the beginning of one that
// never ends.
var quoted = regexp.MustCompile(`(?s)--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\$.*?\$\$|'|"|/\*|\$\$`)

// mask drops comments and replaces literals and quoted names by §n§.
func mask(text string) (masked string, literals []string, err error) {
	masked = quoted.ReplaceAllStringFunc(text, func(s string) string {
		switch {
		case strings.HasPrefix(s, "--"), strings.HasPrefix(s, "/*") && len(s) > 2:
			return " "
		case len(s) == 1 || s == "$$" || s == "/*":
			err = fmt.Errorf("%s is opened and never closed", s)
		}
		literals = append(literals, s)
		return "§" + strconv.Itoa(len(literals)-1) + "§"
	})
	return masked, literals, err
}

func unmask(stmt string, literals []string) string {
	for i, s := range literals {
		stmt = strings.ReplaceAll(stmt, "§"+strconv.Itoa(i)+"§", s)
	}
	return stmt
}

const columnStart = `(?i)([(,]\s*|\badd\s+column\s+)([a-z_][a-z0-9_]*|§\d+§)(\s+)`

var (
	tableStmt   = regexp.MustCompile(`(?i)^(create\s+table|alter\s+table)\b`)
	createTable = regexp.MustCompile(`(?i)^create\s+table\b`)
	column      = regexp.MustCompile(columnStart + `(text|bigint|boolean|bytea|double\s+precision)\b`)
	foreignType = regexp.MustCompile(columnStart + `(int|integer|smallint|serial|bigserial|int2|int4|int8|varchar|char|character|numeric|decimal|real|float|float4|float8|json|jsonb|uuid|date|time|timestamp|timestamptz|blob|bool|money)\b`)
)

// translateDDL gives a statement's columns the engine's types: on SQLite those
// of STRICT tables, on PostgreSQL text that compares by bytes.
func translateDDL(stmt string, d Dialect) (string, error) {
	if !tableStmt.MatchString(stmt) {
		return stmt, nil
	}
	if bad := foreignType.FindStringSubmatch(stmt); bad != nil {
		return "", fmt.Errorf("column %s has type %s: only text, bigint, boolean, bytea and double precision mean the same on both engines", bad[2], bad[4])
	}
	stmt = column.ReplaceAllStringFunc(stmt, func(s string) string {
		p := column.FindStringSubmatch(s)
		return p[1] + p[2] + p[3] + columnType(p[2], strings.ToLower(p[4]), d)
	})
	if d == SQLite && createTable.MatchString(stmt) {
		stmt += " STRICT"
	}
	return stmt, nil
}

// columnType returns the engine's word for a portable type.
func columnType(name, portable string, d Dialect) string {
	if d == Postgres {
		if portable == "text" {
			return `text COLLATE "C"`
		}
		return portable
	}
	switch portable {
	case "bigint":
		return "INTEGER"
	case "boolean":
		return "INTEGER CHECK (" + name + " IN (0, 1))"
	case "bytea":
		return "BLOB"
	case "text":
		return "TEXT"
	}
	return "REAL"
}

// unnumbered is text with a plain ? for each parameter when they stand in the
// order $1, $2, …, each once; otherwise it is text. SQLite takes $1 for a name,
// and looks names up one by one: a list of 1,000 costs half a million comparisons.
func unnumbered(text string) string {
	if !strings.Contains(text, "$1") || strings.Contains(text, "?") || hidden(text) {
		return text
	}
	var out strings.Builder
	rest, next := text, 1
	for {
		at := strings.IndexByte(rest, '$')
		if at < 0 {
			out.WriteString(rest)
			return out.String()
		}
		end := at + 1
		for end < len(rest) && '0' <= rest[end] && rest[end] <= '9' {
			end++
		}
		if rest[at+1:end] != strconv.Itoa(next) {
			return text
		}
		next++
		out.WriteString(rest[:at])
		out.WriteByte('?')
		rest = rest[end:]
	}
}

// hidden reports whether a $ stands in a comment or between quotes, where it is
// no parameter.
func hidden(text string) bool {
	return slices.ContainsFunc(quoted.FindAllString(text, -1), func(s string) bool { return strings.Contains(s, "$") })
}
