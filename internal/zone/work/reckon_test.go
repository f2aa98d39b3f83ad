package work

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sente/internal/infra/access"
	"sente/internal/infra/calendar"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

// onBothAt runs fn on both engines in a room whose clock stands at noon of a day.
func onBothAt(t *testing.T, day string, fn func(t *testing.T, r *room, day *string)) {
	t.Helper()
	run := func(t *testing.T, cfg store.Config) {
		now := day
		cfg.Now = func() time.Time { return time.UnixMilli(kernel.Date(now).Start()).Add(12 * time.Hour) }
		cfg.Log = slog.New(slog.DiscardHandler)
		db, err := store.Open(t.Context(), cfg, sources()...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		fn(t, newRoom(t, db), &now)
	}
	t.Run("sqlite", func(t *testing.T) { run(t, store.Config{DSN: filepath.Join(t.TempDir(), "work.db")}) })
	t.Run("postgres", func(t *testing.T) {
		p := storetest.Postgres(t, sources()...)
		run(t, store.Config{DSN: p.App, OwnerDSN: p.Owner})
	})
}

// year2027 imports a year in which 1 January and what is given are off.
func (r *room) year2027(off ...string) {
	r.t.Helper()
	file := "year,date,kind\n2027,2027-05-01,off\n2027,2027-10-01,off\n2027,2027-01-01,off\n"
	for _, day := range off {
		file += "2027," + day + ",off\n"
	}
	admin := r.as("admin-1", "zone", access.SystemAdmin)
	_, err := calendar.NewDesk(r.db, r.desk.cfg.Gate, nil).Import(admin, strings.NewReader(file), calendar.Order{Source: "演示通知", Reason: "发布"})
	r.must(err)
}

func (r *room) reckon(want int) {
	r.t.Helper()
	n, err := r.desk.Reckon(kernel.WithActor(r.t.Context(), kernel.SystemActor("z1", "job")))
	r.must(err)
	if n != want {
		r.t.Fatalf("%d activities changed, want %d", n, want)
	}
}

// took registers an activity and holds it on a day.
func (r *room) took(ctx context.Context, name, on string) ShownActivity {
	r.t.Helper()
	a, err := r.desk.Plan(ctx, facts(name, on))
	r.must(err)
	a, err = r.desk.Hold(ctx, a.ID, a.Version, ActivityFacts{Parties: &[]Firm{{Name: "某外地企业"}}})
	r.must(err)
	return a
}

// judged is which activities are shown late, and how many the totals count in
// time.
func (r *room) judged() (late map[string]bool, inTime int64) {
	r.t.Helper()
	list, _, err := r.desk.Activities(r.officer(), ActivityFilter{Status: Held}, nil, 50)
	r.must(err)
	late = map[string]bool{}
	for _, a := range list {
		if a.MinutesLate(a.Day) {
			late[a.Name] = true
		}
	}
	totals, err := r.desk.Costs(r.officer(), ActivityFilter{})
	r.must(err)
	for _, s := range totals {
		inTime += s.InTime
	}
	return late, inTime
}

// Minutes beyond the calendar are judged by nobody; importing the year makes
// their day firm by one act of the program per activity, which is no work on it,
// and then each is in time or late.
func TestMinutesFollowTheCalendar(t *testing.T) {
	t.Parallel()
	onBothAt(t, "2026-12-30", func(t *testing.T, r *room, day *string) {
		soon, after, late, never := r.took(r.officer(), "按时", *day), r.took(r.officer(), "晚一天", *day), r.took(r.officer(), "晚一年", *day), r.took(r.officer(), "未交", *day)
		off, err := r.desk.Plan(r.officer(), facts("取消", *day))
		r.must(err)
		_, err = r.desk.CallOff(r.officer(), off.ID, off.Version, "企业改期")
		r.must(err)
		firm := r.took(r.officer(), "年内", "2026-10-20")
		if soon.MinutesDue != "2027-01-06" || !soon.Provisional || firm.Provisional {
			t.Fatalf("due %s, provisional %v; %v", soon.MinutesDue, soon.Provisional, firm.Provisional)
		}
		for _, c := range []struct {
			a  *ShownActivity
			on string
		}{{&soon, "2027-01-06"}, {&after, "2027-01-08"}, {&late, "2027-12-01"}} {
			*day = c.on
			*c.a, err = r.desk.FileMinutes(r.officer(), c.a.ID, c.a.Version, "纪要")
			r.must(err)
		}
		r.reckon(0)
		if late, inTime := r.judged(); len(late) != 1 || !late["年内"] || inTime != 3 {
			t.Errorf("before the year is known: late %v, %d in time", late, inTime)
		}
		r.year2027("2027-01-04") // 31 December, 5 to 8 January
		if late, _ := r.judged(); len(late) != 3 || !late["晚一年"] || !late["未交"] {
			t.Errorf("shown late before it is reckoned: %v", late)
		}
		r.reckon(4)
		if late, inTime := r.judged(); len(late) != 3 || late["按时"] || late["晚一天"] || inTime != 2 {
			t.Errorf("once the year is known: late %v, %d in time", late, inTime)
		}
		now, err := r.desk.Activity(r.officer(), never.ID)
		r.must(err)
		if now.MinutesDue != "2027-01-08" || now.Provisional || now.Version != never.Version || now.UpdatedAt != never.UpdatedAt {
			t.Errorf("due %s %v, version %d, was %d", now.MinutesDue, now.Provisional, now.Version, never.Version)
		}
		if verbs := r.verbs(ActivityObject(never.ID)); verbs[0] != "work.reckoned" || len(verbs) != 3 {
			t.Errorf("journal %v", verbs)
		}
		for _, a := range []string{off.ID, firm.ID} {
			if verbs := r.verbs(ActivityObject(a)); verbs[0] == "work.reckoned" {
				t.Errorf("nothing of it has changed: %v", verbs)
			}
		}
		r.reckon(0)
	})
}

// More activities than one batch holds are all put right, each once, and who may
// not keep activities may not have them reckoned.
func TestReckonInBatches(t *testing.T) {
	t.Parallel()
	onBothAt(t, "2026-12-30", func(t *testing.T, r *room, day *string) {
		const many = 2*reckonBatch + 1
		ctx := storetest.Ctx(t, "z1")
		r.must(r.db.Update(ctx, func(tx store.Tx) error {
			acts := make([]journal.Act, many)
			for i := range acts {
				a := Activity{Zone: tx.Zone, ID: fmt.Sprintf("a%05d", i), No: fmt.Sprintf("A2026-%05d", i), OnDate: *day, Unit: "d1", MinutesDue: "2027-01-06", Provisional: true, Status: Held, Version: 1}
				acts[i] = journal.Act{Verb: "work.activity_held", Object: ActivityObject(a.ID), Changes: []journal.Change{journal.Put(a)}}
			}
			return journal.RecordAll(ctx, tx, acts)
		}))
		r.year2027()
		_, err := r.desk.Reckon(r.as("officer-1", "d1"))
		r.refused(err, kernel.ErrDenied, "access.role_needed")
		r.reckon(many)
		r.must(r.db.View(ctx, func(tx store.Tx) error {
			n, err := store.Count(ctx, tx, "SELECT count(*) FROM work_activities WHERE zone = $1 AND minutes_due = '2027-01-07' AND minutes_provisional = $2", tx.Zone, false)
			if n != many {
				t.Errorf("%d of %d put right", n, many)
			}
			return err
		}))
		r.reckon(0)
	})
}
