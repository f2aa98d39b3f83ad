package journal_test

import (
	"io/fs"
	"reflect"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
)

// grown is firm as a later version of the program knows it: with columns that
// the images of its rows do not have.
type grown struct {
	Zone    string   `db:"zone,key"`
	ID      string   `db:"id,key"`
	Name    string   `db:"name"`
	Tags    []string `db:"tags,json"`
	Phone   string   `db:"phone" class:"personal"`
	Tax     *int64   `db:"tax" class:"restricted"`
	Version int64    `db:"version"`
	Region  string   `db:"region"`
	Plots   []string `db:"plots,json"`
	Moved   bool     `db:"moved"`
	Sales   int64    `db:"sales" class:"restricted"`
}

func (grown) Table() string { return "firms" }

var growth = fstest.MapFS{"migrations/9001_growth.sql": {Data: []byte(`ALTER TABLE firms ADD COLUMN region text NOT NULL DEFAULT '';
ALTER TABLE firms ADD COLUMN plots text NOT NULL DEFAULT '[]';
ALTER TABLE firms ADD COLUMN moved boolean NOT NULL DEFAULT false;
ALTER TABLE firms ADD COLUMN sales bigint NOT NULL DEFAULT 0;`)}}

func TestAColumnAddedLaterVerifiesAndIsRebuilt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, []fs.FS{journal.Migrations, firms, growth}, func(t *testing.T, db *store.DB) {
		h := open(t, db)
		h.three() // written by a program that did not know the columns
		check := func() []journal.Finding {
			rep, err := journal.Verify(h.ctx, h.db, h.seq.Keys, h.dir, []store.Row{grown{}})
			h.must(err)
			return rep.Findings
		}
		if f := check(); len(f) != 0 {
			t.Fatalf("a column added later is found as %+v", f)
		}
		for column, change := range map[string]string{"region": `UPDATE firms SET region = '示例县' WHERE zone = 'z1'`, "plots": `UPDATE firms SET plots = '["a"]' WHERE zone = 'z1'`,
			"moved": `UPDATE firms SET moved = true WHERE zone = 'z1'`, "sales": `UPDATE firms SET sales = 1 WHERE zone = 'z1'`} {
			h.exec(change)
			if f := check(); len(f) != 1 || f[0].Kind != "row_changed" || !slices.Equal(f[0].Fields, []string{column}) {
				t.Errorf("%s changed behind the journal's back: %+v", column, f)
			}
			h.exec(`UPDATE firms SET region = '', plots = '[]', moved = false, sales = 0 WHERE zone = 'z1'`)
		}
		to := storetest.Open(t, journal.Migrations, firms, growth)
		h.must(db.View(h.ctx, func(from store.Tx) error {
			return to.Update(h.ctx, func(into store.Tx) error {
				_, err := journal.Rebuild(h.ctx, from, into, []store.Row{grown{}})
				return err
			})
		}))
		h.must(to.View(h.ctx, func(tx store.Tx) error {
			got, err := store.Get[grown](h.ctx, tx, "zone = $1", "z1")
			want := grown{Zone: "z1", ID: "a", Name: "乙公司", Tags: []string{"甲<&>", "乙"}, Phone: "13911111111", Tax: ptr(12345), Version: 3}
			if len(got.Plots) != 0 {
				t.Errorf("plots %v", got.Plots)
			}
			got.Plots = nil
			if !reflect.DeepEqual(got, want) {
				t.Errorf("rebuilt %+v, want %+v", got, want)
			}
			return err
		}))
		// From its next act on the row is known with all its columns.
		h.record("firm.amended", "", journal.Put(grown{Zone: "z1", ID: "a", Name: "乙公司", Phone: "13911111111", Region: "示例县", Sales: 7, Version: 4}))
		if f := check(); len(f) != 0 {
			t.Errorf("after the next act: %+v", f)
		}
	})
}

func TestRowsAsOfAnInstant(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_800_000_000_000)
	h := clocked(t, &now)
	at := func() int64 { defer func() { now = now.Add(time.Hour) }(); return now.UnixMilli() }
	b := a(1, "附公司", "")
	b.ID = "b"
	h.record("firm.registered", "", journal.Put(a(1, "甲公司", "13900000000")))
	first := at()
	h.record("firm.amended", "", journal.Put(a(2, "乙公司", "13900000000")), journal.Put(b))
	second := at()
	h.record("firm.seen", "") // no row at all
	third := at()
	h.record("firm.removed", "", journal.Drop(b))
	fourth := at()
	h.record("firm.closed", "", journal.Drop(a(2, "", "")))
	fifth := at()
	h.must(h.db.View(h.ctx, func(tx store.Tx) error {
		for _, c := range []struct {
			at   int64
			want []store.Row
		}{
			{first - 1, nil}, {first, []store.Row{a(1, "甲公司", "13900000000")}},
			{second, []store.Row{a(2, "乙公司", "13900000000"), b}}, {third, []store.Row{a(2, "乙公司", "13900000000"), b}},
			{fourth, []store.Row{a(2, "乙公司", "13900000000")}}, {fifth, nil},
		} {
			got, err := journal.AsOf(h.ctx, tx, "firm/a", c.at, firm{})
			h.must(err)
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("as of %d: %+v, want %+v", c.at, got, c.want)
			}
			var own []store.Row
			h.must(journal.AsOfEach(h.ctx, tx, []string{"firm/a", "firm/none"}, c.at, firm{}, func(r store.Row) error { own = append(own, r); return nil }))
			if want := c.want[:min(1, len(c.want))]; len(own) != len(want) || len(own) > 0 && !reflect.DeepEqual(own[0], want[0]) {
				t.Errorf("each as of %d: %+v, want %+v", c.at, own, want)
			}
		}
		got, err := journal.AsOf(h.ctx, tx, "firm/a", second)
		if err != nil || got != nil {
			t.Errorf("no table asked for: %+v, %v", got, err)
		}
		return nil
	}))
	// What has been erased is not known any more, of whatever day.
	h.must(h.db.Update(h.ctx, func(tx store.Tx) error {
		_, err := journal.Erase(h.ctx, tx, "firm/a")
		return err
	}))
	h.must(h.db.View(h.ctx, func(tx store.Tx) error {
		got, err := journal.AsOf(h.ctx, tx, "firm/a", first, firm{})
		if err != nil || len(got) != 1 || got[0].(firm).Phone != "" || got[0].(firm).Tax != nil || got[0].(firm).Name != "甲公司" {
			t.Errorf("after the erasure: %+v, %v", got, err)
		}
		return nil
	}))
}
