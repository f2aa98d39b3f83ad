package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

// TestShownIsListed: after any history everybody is shown, page by page, in
// order and to the letter, what a query of whole rows under the permission's own
// filter lists; and a version with its last reckoning names one content for ever.
func TestShownIsListed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, importSources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		r.below("d11", "d1")
		for _, id := range []string{officer, lead, "officer-2"} {
			r.account(id, access.Active)
		}
		h := &tallyHistory{room: r, rnd: rand.New(rand.NewPCG(5, 22))}
		for step := range 100 {
			h.act()
			if step%20 == 19 {
				h.everyoneIsShownTheirs()
			}
		}
		h.reckon()
		h.everyoneIsShownTheirs()
		h.versionsNameOneContent()
	})
}

func (h *tallyHistory) everyoneIsShownTheirs() {
	h.t.Helper()
	seen := map[int]bool{}
	for _, ctx := range []context.Context{h.system(), h.leader(), h.officer(), h.lead(), h.as("officer-2", "", "officer"), h.as("officer-2", "d2", "officer"),
		h.as("o", "d11", "operator"), h.as("p", "zone", "province"), h.as("both", "d2", "officer", "operator")} {
		for range 4 {
			f := Filter{Unit: one(h.rnd, "", "", "d1", "d2"), Owner: one(h.rnd, "", "", officer), Q: one(h.rnd, "", "", "项目1"), Currency: one(h.rnd, "", "CNY")}
			if h.rnd.IntN(3) > 0 {
				f.Stages = [][]string{{"lead"}, {"shelved", "lost"}, {"signed", "negotiating", "lead"}}[h.rnd.IntN(3)]
			}
			seen[h.shownTo(ctx, f, one(h.rnd, "", "updated_at", "-amount", "name", "-stage_since"))] = true
		}
	}
	if len(seen) < 3 {
		h.t.Errorf("lists of %v projects: too much alike to tell them apart", seen)
	}
}

// shownTo compares the two ways page by page and returns how many projects
// there are.
func (h *tallyHistory) shownTo(ctx context.Context, f Filter, sort string) (n int) {
	h.t.Helper()
	show := func(p Project) View { return h.desk.view(ctx, Listed{Project: p}) }
	var after *Place
	for {
		rows, next, err := h.desk.List(ctx, f, sort, after, 5)
		items, more, again := h.desk.Shown(ctx, f, sort, after, 5, h.desk.sees(ctx), show)
		if err != nil || again != nil {
			h.t.Errorf("listed: %v; shown: %v", err, again)
			return n
		}
		var want []json.RawMessage
		for _, l := range rows {
			raw, err := json.Marshal(h.desk.view(ctx, l))
			h.must(err)
			want = append(want, raw)
		}
		if !slices.EqualFunc(items, want, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) || (next == nil) != (more == nil) || next != nil && *next != *more {
			h.t.Fatalf("%+v with %+v by %q after %v:\nshown  %s, then %v\nlisted %s, then %v", kernel.ActorOf(ctx), f, sort, after, items, more, want, next)
		}
		n += len(rows)
		if after = next; after == nil {
			return n
		}
	}
}

// versionsNameOneContent reads every image of every project in the journal.
func (h *tallyHistory) versionsNameOneContent() {
	h.t.Helper()
	states, images := map[edition]string{}, 0
	h.must(h.db.View(h.system(), func(tx store.Tx) error {
		for page := (journal.Page{Limit: 200}); ; {
			entries, err := journal.List(h.t.Context(), tx, journal.Filter{}, page)
			h.must(err)
			for _, e := range entries {
				full, err := journal.Get(h.t.Context(), tx, e.ID)
				h.must(err)
				for _, img := range full.Images {
					if img.Table != "pipeline_projects" || img.After == nil {
						continue
					}
					var is edition
					h.must(json.Unmarshal(img.After["version"], &is.version))
					if raw, told := img.After["reckoned_at"]; told {
						h.must(json.Unmarshal(raw, &is.reckoned))
					}
					is.id = img.Key
					raw, err := json.Marshal(img.After)
					h.must(err)
					if was, twice := states[is]; twice && was != string(raw) {
						h.t.Errorf("%+v is\n%s\nand\n%s", is, was, raw)
					}
					states[is], images = string(raw), images+1
				}
				page.Before, page.BeforeID = e.Ord, e.ID
			}
			if len(entries) < page.Limit {
				return nil
			}
		}
	}))
	if images < 80 {
		h.t.Errorf("only %d images", images)
	}
}
