package pipeline

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/files"
	"sente/internal/infra/intake"
	"sente/internal/infra/journal"
	"sente/internal/infra/sheet"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/words"
	"sente/internal/kernel"
	"sente/internal/zone/office"
	"sente/internal/zone/party"
)

func staging() []fs.FS { return append(importSources(), intake.Migrations) }

// register is a register of projects brought in through intake.
type register struct {
	*room
	house *intake.Desk
	ctx   context.Context
	id    string
}

// stage uploads a register of n projects and stages it; investor names the
// investor of a row, counted from 0.
func (r *room) stage(n int, investor func(i int) string) *register {
	r.t.Helper()
	book, err := words.Load(Words, intake.Words, sheet.Words, access.Words, party.Words, store.Words, files.Words, office.Words)
	r.must(err)
	g := &register{room: r, ctx: r.lead()}
	g.house = intake.NewDesk(intake.Config{DB: r.db, Gate: r.desk.gate, Words: book, Dir: r.t.TempDir(), Kinds: []intake.Kind{r.desk.ImportKind()}})
	var text strings.Builder
	text.WriteString("项目名称,投资方,总投资(亿元),落户地点,当前阶段,责任部门,签约时间\n")
	for i := range n {
		fmt.Fprintf(&text, "虚构项目%d,%s,%d.5,%d号地块,签约,招商二部,2025-03-01\n", i, investor(i), i%90+1, i)
	}
	file, err := g.house.Upload(g.ctx, "台账.csv", strings.NewReader(text.String()))
	r.must(err)
	sniff, err := g.house.Sniff(g.ctx, file, "projects", intake.Settings{})
	r.must(err)
	g.id, err = g.house.Begin(g.ctx, file, "projects", intake.Settings{Mapping: sniff.Mapping})
	r.must(err)
	if v := g.drain(); v.State != intake.Staged || v.Counts.New != int64(n) {
		r.t.Fatalf("staged: %+v", v)
	}
	return g
}

func (g *register) drain() intake.RunView {
	g.t.Helper()
	g.must(g.house.Drain(g.ctx))
	v, err := g.house.Get(g.ctx, g.id)
	g.must(err)
	return v
}

func (g *register) publish() intake.RunView {
	g.t.Helper()
	g.must(g.house.Publish(g.ctx, g.id))
	return g.drain()
}

// projects are those of the register by their place in it, from 0.
func (g *register) projects() map[string]Project {
	g.t.Helper()
	out := map[string]Project{}
	g.must(g.db.View(g.ctx, func(tx store.Tx) error {
		return store.Each(g.ctx, tx, "WHERE zone = $1 AND origin_run = $2", []any{"z1", g.id}, func(p Project) error {
			out[p.Name] = p
			return nil
		})
	}))
	return out
}

func (g *register) count(query string) int64 {
	g.t.Helper()
	var n int64
	g.must(g.db.View(g.ctx, func(tx store.Tx) (err error) {
		n, err = store.Count(g.ctx, tx, query, tx.Zone)
		return err
	}))
	return n
}

// Whether rows are decided while others are being written or in their turn, the
// projects get their numbers in the order of the register, and one investor in
// several batches is one organisation.
func TestImportDecidedAheadIsNumberedInOrder(t *testing.T) {
	t.Parallel()
	storetest.Each(t, staging(), func(t *testing.T, db *store.DB) {
		const n = 2100
		for name, investor := range map[string]func(i int) string{
			"none": func(int) string { return "" },
			"late": func(i int) string {
				if i == 1010 || i == 2050 {
					return "虚构共同投资有限公司"
				}
				return ""
			},
		} {
			r := newRoom(t, db)
			before := r.open(Facts{Name: text("先有的" + name), Source: text("走访"), Finder: text("示例"), FoundOn: text("2026-01-05")}).Project.Code
			parties := `SELECT count(*) FROM party_parties WHERE zone = $1`
			g := r.stage(n, investor)
			had := g.count(parties)
			if v := g.publish(); v.State != intake.Published || v.Counts.New != n {
				t.Fatalf("%s: %+v", name, v)
			}
			var year, first int64
			_, err := fmt.Sscanf(before, "P%d-%d", &year, &first)
			r.must(err)
			all := g.projects()
			if len(all) != n {
				t.Fatalf("%s: %d projects", name, len(all))
			}
			for i := range n {
				if got, want := all[fmt.Sprintf("虚构项目%d", i)].Code, code(fmt.Sprint(year), first+int64(i)+1); got != want {
					t.Fatalf("%s: row %d got %s, want %s", name, i, got, want)
				}
			}
			a, b := all["虚构项目1010"], all["虚构项目2050"]
			if brought := g.count(parties) - had; a.Investor != b.Investor || (name == "late") != (a.Investor != "") || (name == "late") != (brought == 1) {
				t.Errorf("%s: investors %q and %q, %d parties came", name, a.Investor, b.Investor, brought)
			}
			r.must(g.house.Undo(g.ctx, g.id))
			if v := g.drain(); v.State != intake.Undone || len(g.projects()) != 0 || g.count(parties) != had {
				t.Errorf("%s undone: %+v, %d projects", name, v, len(g.projects()))
			}
		}
	})
}

// What others do between the dry run and the publishing is seen, also in batches
// that are decided ahead.
func TestImportSeesWhatChangedSinceItWasStaged(t *testing.T) {
	t.Parallel()
	nobody := func(int) string { return "" }
	storetest.Each(t, staging(), func(t *testing.T, db *store.DB) {
		t.Run("a duplicate", func(t *testing.T) {
			r := newRoom(t, db)
			g := r.stage(1100, nobody)
			r.open(Facts{Name: text("虚构项目1080"), Site: text("1080号地块"), Source: text("走访"), Finder: text("示例"), FoundOn: text("2026-01-05")})
			entries := `SELECT count(*) FROM journal_entries WHERE zone = $1`
			v := g.publish()
			if v.State != intake.Staged || v.ProblemCode != "intake.moved" || !slices.Equal(v.Problems, []string{"第 1082 行：虚构项目1080"}) {
				t.Fatalf("%+v", v)
			}
			if n := len(g.projects()); n != 0 {
				t.Errorf("%d projects were published", n)
			}
			had := g.count(entries)
			g.must(g.house.Cancel(g.ctx, g.id))
			if now := g.count(entries); now != had+1 {
				t.Errorf("%d entries after %d", now, had)
			}
		})
		t.Run("a department renamed", func(t *testing.T) {
			r := newRoom(t, db)
			g := r.stage(1010, nobody)
			r.must(db.Update(storetest.Ctx(t, "z1"), func(tx store.Tx) error {
				u := access.Unit{ID: "d2", Parent: "zone", Kind: access.Department, NameZh: "投促二部", Version: 2}
				changes, err := access.PutUnit(storetest.Ctx(t, "z1"), tx, u)
				if err != nil {
					return err
				}
				_, err = journal.Record(storetest.Ctx(t, "z1"), tx, journal.Act{Verb: "office.renamed", Object: u.Object(), Changes: changes})
				return err
			}))
			if v := g.publish(); v.State != intake.Published {
				t.Fatalf("%+v", v)
			}
			for name, p := range g.projects() {
				if p.Unit != "d1" { // no department bears the name any more: the importer's own
					t.Fatalf("%s is with %s", name, p.Unit)
				}
			}
			g.must(g.house.Undo(g.ctx, g.id))
			g.drain()
		})
		t.Run("the account disabled", func(t *testing.T) {
			r := newRoom(t, db)
			g := r.stage(10, nobody)
			g.must(g.house.Publish(g.ctx, g.id))
			r.holder(lead, "d1", access.Disabled)
			if v := g.drain(); v.State != intake.Staged || v.ProblemCode != "access.disabled" || len(g.projects()) != 0 {
				t.Errorf("%+v", v)
			}
		})
	})
}

// A run is not published by halves when deciding ahead fails.
func TestImportAheadThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, staging()...))
	g := r.stage(1100, func(int) string { return "" })
	calls := 0
	kind := r.desk.ImportKind()
	ahead := kind.Ahead
	kind.Ahead = func(ctx context.Context, tx store.Tx, run intake.Run, rows []intake.Row, prior any) ([]intake.Verdict, any, bool, error) {
		if calls++; calls == 2 {
			return nil, nil, false, kernel.Faultf(kernel.ErrConflict, "pipeline.final")
		}
		return ahead(ctx, tx, run, rows, prior)
	}
	g.house.Kinds[0] = kind
	if v := g.publish(); v.State != intake.Staged || v.ProblemCode != "pipeline.final" || len(g.projects()) != 0 || calls != 2 {
		t.Fatalf("after %d calls: %+v, %d projects", calls, v, len(g.projects()))
	}
	g.house.Kinds[0] = r.desk.ImportKind()
	if v := g.publish(); v.State != intake.Published || len(g.projects()) != 1100 {
		t.Errorf("%+v", v)
	}
}
