package journal_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
)

// follow returns what Follow tells after a place: "seq verb key=name …".
func (h *house) follow(after int64, tables ...string) (out []string, last journal.Followed) {
	h.Helper()
	h.must(h.db.View(h.ctx, func(tx store.Tx) error {
		return journal.Follow(h.ctx, tx, after, tables, func(s journal.Followed) error {
			text := s.Verb
			for _, r := range s.Rows {
				text += " " + r.Table + "/" + r.Key
				if r.Gone() {
					text += "=gone"
				} else if strings.Contains(string(r.After), "139") {
					h.Errorf("a private field is told: %s", r.After)
				}
			}
			out, last = append(out, text), s
			return nil
		})
	}))
	return out, last
}

func TestFollowReadsSequencedEntriesInOrder(t *testing.T) {
	each(t, func(h *house) {
		a := firm{Zone: "z1", ID: "a", Name: "甲", Phone: "13900000000", Version: 1}
		first := h.record("firm.registered", "", journal.Put(a))
		h.record("firm.noted", "only a note")
		h.sequence()
		h.record("firm.removed", "", journal.Drop(a))

		got, last := h.follow(-1, "firms")
		if want := []string{"firm.registered firms/a", "firm.noted"}; !slices.Equal(got, want) {
			h.Fatalf("followed %q, want %q: what waits for its place is not told", got, want)
		}
		h.sequence()
		got, last = h.follow(last.Seq, "firms")
		if want := []string{"firm.removed firms/a=gone"}; !slices.Equal(got, want) {
			h.Fatalf("followed %q, want %q", got, want)
		}
		if got, _ := h.follow(last.Seq, "firms"); got != nil {
			h.Fatalf("followed %q after the end", got)
		}
		if got, _ := h.follow(-1, "others"); !slices.Equal(got, []string{"firm.registered", "firm.noted", "firm.removed"}) {
			h.Fatalf("rows of a table nobody asked for: %q", got)
		}
		h.must(h.db.View(h.ctx, func(tx store.Tx) error {
			ids, err := journal.Places(h.ctx, tx, []int64{0, 77})
			if len(ids) != 1 || ids[0] != first {
				h.Errorf("places %v, want 0: %s", ids, first)
			}
			return err
		}))
	})
}

func TestFollowStopsAtTheFirstError(t *testing.T) {
	each(t, func(h *house) {
		h.record("firm.noted", "")
		h.record("firm.noted", "")
		h.sequence()
		stop, n := errors.New("enough"), 0
		err := h.db.View(h.ctx, func(tx store.Tx) error {
			return journal.Follow(h.ctx, tx, -1, nil, func(journal.Followed) error { n++; return stop })
		})
		if !errors.Is(err, stop) || n != 1 {
			h.Fatalf("%d entries, %v", n, err)
		}
	})
}
