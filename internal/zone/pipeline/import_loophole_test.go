package pipeline

import (
	"reflect"
	"slices"
	"testing"

	"sente/internal/infra/intake"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

// A register adds the dates of stages a project has reached; that a later stage
// was reached it can only propose.
func TestARegisterDoesNotMoveAProject(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, importSources()...))
	k := r.open(r.wholeFacts("轴承项目"))
	row := values("name", "轴承项目", "investor_name", "示例精工有限公司", "site", "一号地块", "stage", "在建", "started_on", "2026-01-20")
	if got := statuses(r.publish(r.officer(), "run-1", row)); !reflect.DeepEqual(got, []string{"changed"}) {
		t.Fatalf("decided %q", got)
	}
	k = r.find(k.Project.ID)
	if m := last(k.Milestones); actualOn(k.Milestones, Started) != "" || m.Kind != Proposed || m.On != "2026-01-20" || m.Stage != Started {
		t.Fatalf("the register's date is filed as %+v", m)
	}
	if got := statuses(r.publish(r.officer(), "run-2", row)); !reflect.DeepEqual(got, []string{"unchanged"}) {
		t.Fatalf("the same again: %q", got)
	}
	k = r.bring(k, Started)
	if got := statuses(r.publish(r.officer(), "run-3", row)); !reflect.DeepEqual(got, []string{"unchanged"}) || actualOn(r.find(k.Project.ID).Milestones, Started) != "2026-06-10" {
		t.Errorf("read again once the stage is reached: %q, started %s", got, actualOn(r.find(k.Project.ID).Milestones, Started))
	}
	early := values("name", "轴承项目", "investor_name", "示例精工有限公司", "site", "一号地块", "stage", "在建", "started_on", "2026-06-01")
	r.publish(r.officer(), "run-4", early)
	if on := actualOn(r.find(k.Project.ID).Milestones, Started); on != "2026-06-10" {
		t.Errorf("a register moved the date before its evidence, to %s", on)
	}
}

// The contract of an imported project that another one holds is one more
// ceremony, in the run that brought both and in a later one.
func TestAnImportedRepeatIsACeremony(t *testing.T) {
	t.Parallel()
	storetest.Each(t, importSources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		row := func(name, on string) intake.Values {
			return values("name", name, "investor_name", "示例精工有限公司", "site", "一号地块", "scope", "年产一万套", "stage", "签约", "signed_on", on)
		}
		first := r.publish(r.lead(), "run-1", row("轴承项目", "2025-03-01"), row("轴承项目（洽谈会）", "2025-06-18"))
		second := r.publish(r.lead(), "run-2", row("轴承项目（博览会）", "2025-09-01"))
		holder := r.find(first[0].Object)
		var on []string
		for _, c := range holder.Ceremonies {
			on = append(on, c.On)
		}
		if !slices.Equal(on, []string{"2025-03-01", "2025-06-18", "2025-09-01"}) || !holder.Ceremonies[0].First || holder.Ceremonies[2].First || holder.Ceremonies[2].Project != second[0].Object {
			t.Fatalf("ceremonies %+v", holder.Ceremonies)
		}
		if blocked := r.undo(r.lead(), "run-1", first); len(blocked) != 1 || blocked[0].Row != 2 {
			t.Errorf("the contract a later run refers to is undone: %+v", blocked)
		}
		repeat := r.find(second[0].Object)
		if repeat.Signing != nil || repeat.Project.SigningHeldBy != holder.Project.ID {
			t.Errorf("the repeat is %+v", repeat.Project)
		}
		// Its other fields can be put right, the contract it repeats excepted.
		amended, err := r.desk.Amend(r.lead(), repeat.Project.ID, repeat.Project.Version, Facts{Summary: text("重复签约，待核对")})
		r.must(err)
		amended, err = r.desk.Amend(r.lead(), repeat.Project.ID, amended.Project.Version, Facts{Scope: text("二期，年产两万套")})
		r.must(err)
		if amended.Signing == nil || amended.Project.SigningHeldBy != "" {
			t.Errorf("with a scope of its own it is %+v, signing %+v", amended.Project, amended.Signing)
		}
	})
}

// What is chosen once for a run is checked like a row's.
func TestRunOptionsName(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, importSources()...))
	r.account("officer-7", "active")
	kind := r.desk.ImportKind()
	decide := func(option, text string) (string, error) {
		var owner string
		err := r.db.View(r.lead(), func(tx store.Tx) error {
			v := values("name", "轴承项目", "stage", "在谈")
			out, err := kind.Decide(r.lead(), tx, intake.Run{ID: "run-1", Options: intake.Values{option: intake.Value{Text: text}}}, []intake.Row{{Number: 2, Key: kind.Key(v), Values: v}})
			if err == nil {
				owner = out[0].Title
			}
			return err
		})
		return owner, err
	}
	_, err := decide("owner", "张三")
	r.refused(err, kernel.ErrInvalid, "pipeline.unknown_owner")
	_, err = decide("unit", "没有这个部门")
	r.refused(err, kernel.ErrInvalid, "access.unit_unknown")
	for option, text := range map[string]string{"owner": "officer-7", "unit": "招商二部"} {
		if _, err := decide(option, text); err != nil {
			t.Errorf("%s %q: %v", option, text, err)
		}
	}
}
