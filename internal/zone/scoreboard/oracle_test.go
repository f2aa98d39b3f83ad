package scoreboard_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/scoreboard"
	"sente/internal/zone/scoreboard/naive"
	"sente/internal/zone/work"
)

// Every figure over a made-up history equals what plain SQL over the rows comes
// to, whole and by department, platform and kind, on both engines.
func TestFiguresEqualANaiveCount(t *testing.T) {
	onBoth(t, func(z *zone) {
		r := rand.New(rand.NewPCG(7, 11))
		z.live(r, 3, 140)
		z.sequence()
		asOf := string(z.today())
		counted := 0
		for _, c := range []struct {
			q     scoreboard.Query
			units []string
		}{
			{scoreboard.Query{From: "2023-01-01", Until: "2025-12-31"}, nil},
			{scoreboard.Query{From: "2023-01-01", Until: "2023-12-31"}, nil},
			{scoreboard.Query{From: "2024-01-01", Until: "2024-06-30"}, nil},
			{scoreboard.Query{}, nil},
			{scoreboard.Query{From: "2023-01-01", Until: "2025-12-31", Kind: "expansion"}, nil},
			{scoreboard.Query{From: "2023-01-01", Until: "2025-12-31", Platform: "plaza"}, nil},
			{scoreboard.Query{From: "2023-01-01", Until: "2025-12-31", Unit: "d1"}, []string{"d1", "d11"}},
			{scoreboard.Query{From: "2023-01-01", Until: "2025-12-31", Unit: "d2", Platform: "bonded"}, []string{"d2"}},
		} {
			b := z.ask(c.q)
			q := naive.Question{From: string(b.From), Until: string(b.Until), AsOf: asOf, Expansion: c.q.Kind == "expansion", Platform: c.q.Platform, Units: c.units}
			var want map[string]naive.Result
			z.must(z.db.View(z.ctx, func(tx store.Tx) error { want = naive.Count(z.ctx, z, tx, q); return nil }))
			naive.Compare(z, b, want)
			counted += int(want["NEG_C"].Den)
			if z.Failed() {
				z.Fatalf("%+v", c.q)
			}
		}
		if counted < 50 {
			z.Fatalf("the history is too thin to tell: %d talks", counted)
		}
	})
}

// What methods and campaigns brought and cost over a made-up history equals what
// plain SQL over the rows comes to, whole, by department and by platform.
func TestYieldsEqualANaiveCount(t *testing.T) {
	onBoth(t, func(z *zone) {
		r := rand.New(rand.NewPCG(17, 23))
		z.live(r, 3, 140)
		z.must(z.db.Update(z.ctx, func(tx store.Tx) error {
			c := work.Campaign{Zone: tx.Zone, ID: "c1", Name: "百日攻坚", Unit: "d1", SinceOn: "2023-01-01", Version: 1}
			_, err := journal.Record(z.ctx, tx, journal.Act{Verb: "work.campaign_set", Object: "work.campaign/c1", Changes: []journal.Change{journal.Put(c)}})
			return err
		}))
		z.sequence()
		signed := int64(0)
		for _, c := range []struct {
			q     scoreboard.Query
			units []string
		}{
			{scoreboard.Query{From: "2023-01-01", Until: "2025-12-31"}, nil},
			{scoreboard.Query{From: "2023-07-01", Until: "2024-06-30"}, nil},
			{scoreboard.Query{From: "2023-01-01", Until: "2025-12-31", Platform: "plaza"}, nil},
			{scoreboard.Query{From: "2023-01-01", Until: "2025-12-31", Unit: "d1"}, []string{"d1", "d11"}},
		} {
			for _, by := range []string{scoreboard.ByMethod, scoreboard.ByCampaign} {
				y, err := z.desk.Yield(z.as("leader", "zone"), c.q, by, "")
				z.must(err)
				var want map[string]naive.Brought
				q := naive.Question{From: string(y.From), Until: string(y.Until), AsOf: string(z.today()), Platform: c.q.Platform, Units: c.units}
				z.must(z.db.View(z.ctx, func(tx store.Tx) error {
					want = naive.Yields(z.ctx, z, tx, q, by == scoreboard.ByCampaign)
					return nil
				}))
				for _, row := range y.Rows {
					got := naive.Brought{Leads: row.Leads, Amount: row.Amount.Minor, Held: row.Held, Ended: beside(row, "ended"), Unpriced: beside(row, "unpriced") + beside(row, "other_cost")}
					if row.Leads > 0 {
						got.Talked, got.Signed = *row.Talked.Numerator, *row.Signed.Numerator
					}
					if row.Cost.Money != nil {
						got.Cost = row.Cost.Money.Minor
					}
					if got != want[row.ID] {
						z.Errorf("%+v by %s, %q: %+v, counted naively %+v", c.q, by, row.ID, got, want[row.ID])
					}
					delete(want, row.ID)
					signed += got.Signed
				}
				for id, b := range want {
					z.Errorf("%+v by %s: no row %q: %+v", c.q, by, id, b)
				}
			}
		}
		if signed < 50 {
			z.Fatalf("the history is too thin to tell: %d signings", signed)
		}
	})
}

// What was counted as of a day never changes by what is recorded later, and a
// fold brought up entry by entry equals one made from nothing.
func TestTheRecordOfADayStays(t *testing.T) {
	onBoth(t, func(z *zone) {
		r := rand.New(rand.NewPCG(3, 5))
		then := map[kernel.Date]string{}
		for range 6 {
			z.live(r, 0.5, 18)
			z.sequence()
			z.now = at(string(z.today().AddDays(1)))
			day := z.today().AddDays(-1)
			then[day] = told(z, z.desk, query(day))
		}
		fresh := z.newDesk()
		for day, want := range then {
			q := query(day)
			if got := told(z, z.desk, q); got != want {
				z.Errorf("as of %s it was\n%s\nand is now\n%s", day, want, got)
			}
			if got := told(z, fresh, q); got != want {
				z.Errorf("as of %s, folded from nothing:\n%s\nwant\n%s", day, got, want)
			}
		}
		if got, want := told(z, fresh, scoreboard.Query{}), told(z, z.desk, scoreboard.Query{}); got != want {
			z.Errorf("folded from nothing:\n%s\nwant\n%s", got, want)
		}
	})
}

// query is everything since 2023 as it was known on day.
func query(day kernel.Date) scoreboard.Query {
	return scoreboard.Query{From: "2023-01-01", Until: day, AsOf: day}
}

// told is every figure of q as text, without the place up to which it counts.
func told(z *zone, desk *scoreboard.Desk, q scoreboard.Query) string {
	z.Helper()
	b, err := desk.Ask(z.as("leader", "zone"), q)
	z.must(err)
	b.Counted = scoreboard.Counted{}
	s, err := desk.Series(z.as("leader", "zone"), q)
	z.must(err)
	s.Counted = scoreboard.Counted{}
	text, err := json.MarshalIndent([]any{b, s}, "", " ")
	z.must(err)
	return string(text)
}
