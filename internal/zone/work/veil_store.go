package work

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Veil returns what takes the reason and the detail out of the acts on tasks and
// notes that the context's actor may not read: who may read a project may not
// read everything that is asked and said about it. That there was an act, whose
// and when, stays.
func Veil(gate *access.Gate) journal.Veil {
	return func(ctx context.Context, tx store.Tx, entries []journal.Entry) (err error) {
		defer kernel.Wrap(&err, "work.Veil")
		tasks, err := readableIDs(ctx, tx, gate, "Task", Task{}.Table(), idsIn(entries, taskOf))
		if err != nil {
			return err
		}
		notes, err := readableIDs(ctx, tx, gate, "Note", Note{}.Table(), idsIn(entries, noteOf))
		if err != nil {
			return err
		}
		for i, e := range entries {
			task, note := taskOf(e), noteOf(e)
			if strings.HasPrefix(e.Verb, "work.") && (task != "" && !tasks[task] || note != "" && !notes[note]) {
				entries[i].Reason, entries[i].Detail = "", nil
			}
		}
		return nil
	}
}

// noteOf names the note an entry is about.
func noteOf(e journal.Entry) string {
	var about struct {
		Note string `json:"note"`
	}
	if json.Unmarshal(e.Detail, &about) != nil {
		return ""
	}
	return about.Note
}

// idsIn gathers what the acts of this context among entries name.
func idsIn(entries []journal.Entry, of func(journal.Entry) string) (ids []string) {
	for _, e := range entries {
		if id := of(e); id != "" && strings.HasPrefix(e.Verb, "work.") && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// readableIDs returns those of ids, rows of table, that the actor may read.
func readableIDs(ctx context.Context, tx store.Tx, gate *access.Gate, kind, table string, ids []string) (map[string]bool, error) {
	may := map[string]bool{}
	if len(ids) == 0 || gate.Require(ctx, "work.read") != nil {
		return may, nil
	}
	w := &where{}
	w.add("zone = ?", tx.Zone)
	w.in("id", ids)
	readable, args, err := gate.Filter(ctx, tx, "work.read", kind, "", len(w.args)+1)
	if err != nil {
		return nil, err
	}
	return may, eachID(ctx, tx, "SELECT id FROM "+table+" "+w.tail()+" AND "+readable, append(w.args, args...), may)
}

func eachID(ctx context.Context, tx store.Tx, query string, args []any, into map[string]bool) (err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		into[id] = true
	}
	return rows.Err()
}
