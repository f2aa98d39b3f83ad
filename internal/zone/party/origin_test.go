package party

import (
	"strings"
	"testing"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
)

// Who kept the register an organisation came from is a person, too: masked for
// those who see no names, and kept outside what the journal can never erase.
func TestWhoKeptTheRegisterIsMasked(t *testing.T) {
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		officer := r.as("a1", "d1", "officer")
		p := r.register(officer, Party{Kind: Enterprise, Name: "示例精工有限公司", OriginAuthor: "甄虚构"})
		for role, want := range map[string]string{"officer": "甄虚构", "auditor": "甄虚构", "province": "甄**"} {
			ctx := r.as("reader", "zone", role)
			s, err := r.desk.Find(ctx, p.ID)
			r.must(err)
			list, _, err := r.desk.List(ctx, Query{Limit: 10})
			r.must(err)
			if s.Party.OriginAuthor != want || len(list) != 1 || list[0].OriginAuthor != want {
				t.Errorf("%s sees %q and lists %+v, want %q", role, s.Party.OriginAuthor, list, want)
			}
		}
		r.must(db.View(officer, func(tx store.Tx) error {
			for _, e := range r.entries(p.Object()) {
				e, err := journal.Get(officer, tx, e.ID)
				if err != nil {
					return err
				}
				for _, image := range e.Images {
					if strings.Contains(string(image.After["origin_author"]), "甄虚构") {
						t.Errorf("the open body of %s holds the name", e.Verb)
					}
				}
			}
			return nil
		}))
	})
}
