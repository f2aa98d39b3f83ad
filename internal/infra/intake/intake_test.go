package intake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/xuri/excelize/v2"

	"sente/internal/infra/access"
	"sente/internal/infra/intake"
	"sente/internal/infra/journal"
	"sente/internal/infra/sheet"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// supplier is the object of a small register.
type supplier struct {
	Zone    string `db:"zone,key" json:"-"`
	ID      string `db:"id,key" json:"id"`
	Name    string `db:"name" json:"name"`
	Code    string `db:"code" json:"code"`
	Capital int64  `db:"capital" json:"capital"`
	Since   string `db:"since" json:"since"`
	Size    string `db:"size" json:"size"`
	Phone   string `db:"phone" class:"personal" json:"phone"`
	Version int64  `db:"version" json:"version"`
}

func (supplier) Table() string { return "suppliers" }

var suppliers = fstest.MapFS{"migrations/9000_suppliers.sql": {Data: []byte(`CREATE TABLE suppliers (
  zone text NOT NULL, id text NOT NULL, name text NOT NULL, code text NOT NULL, capital bigint NOT NULL,
  since text NOT NULL, size text NOT NULL, phone text NOT NULL, version bigint NOT NULL,
  PRIMARY KEY (zone, id)
); CREATE INDEX suppliers_name ON suppliers (zone, name);`)}}

var supplyWords = fstest.MapFS{
	"words/zh.json": {Data: []byte(`{"supply.kind":"供应商","supply.name":"企业名称","supply.code":"信用代码","supply.capital":"注册资本","supply.since":"成立日期","supply.size":"规模","supply.phone":"联系电话","supply.big":"大型","supply.small":"小型","supply.banned":"已列入禁入名单","supply.used":"已被引用"}`)},
	"words/en.json": {Data: []byte(`{"supply.kind":"Suppliers","supply.name":"Name","supply.code":"Code","supply.capital":"Capital","supply.since":"Founded","supply.size":"Size","supply.phone":"Phone","supply.big":"Large","supply.small":"Small","supply.banned":"On the list of those banned","supply.used":"It is relied on"}`)},
}

// house is a database with a desk for suppliers.
type house struct {
	testing.TB
	ctx    context.Context
	db     *store.DB
	dir    string
	desk   *intake.Desk
	decide func(rows int) error // called before every Decide, may fail
	keyed  func()               // called for each row read; nil: nothing
}

func each(t *testing.T, fn func(h *house)) {
	t.Parallel()
	storetest.Each(t, []fs.FS{journal.Migrations, access.Migrations, intake.Migrations, suppliers}, func(t *testing.T, db *store.DB) { fn(open(t, db)) })
}

func open(t testing.TB, db *store.DB) *house {
	h := &house{TB: t, db: db, dir: t.TempDir(), decide: func(int) error { return nil }}
	h.ctx = kernel.WithActor(context.Background(), kernel.Actor{Zone: "z1", ID: "u1", Name: "演示专员", Unit: "d1", Roles: []string{"officer"}, Via: "session", Lang: "zh"})
	h.must(db.Update(h.ctx, func(tx store.Tx) error {
		return store.Put(h.ctx, tx, store.Zone{ID: "z1", NameZh: "测试区", NameEn: "Test zone"})
	}))
	h.desk = h.newDesk()
	return h
}

// newDesk is what another process, or the same one after a restart, would have.
func (h *house) newDesk() *intake.Desk {
	h.Helper()
	gate, err := access.NewGate()
	h.must(err)
	book, err := words.Load(access.Words, intake.Words, sheet.Words, supplyWords)
	h.must(err)
	return intake.NewDesk(intake.Config{DB: h.db, Gate: gate, Words: book, Dir: h.dir, Kinds: []intake.Kind{h.kind()}, Lease: time.Nanosecond})
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) kind() intake.Kind {
	return intake.Kind{
		ID: "suppliers", Word: "supply.kind", Perm: "party.register",
		Fields: []intake.Field{
			{ID: "name", Word: "supply.name", Type: intake.Text, Required: true, Synonyms: []string{"单位名称", "name"}},
			{ID: "code", Word: "supply.code", Type: intake.Code, Synonyms: []string{"统一社会信用代码"}},
			{ID: "capital", Word: "supply.capital", Type: intake.Money},
			{ID: "since", Word: "supply.since", Type: intake.Day},
			{ID: "size", Word: "supply.size", Type: intake.Enum, Values: []intake.Choice{{ID: "big", Word: "supply.big"}, {ID: "small", Word: "supply.small", Synonyms: []string{"小微"}}}},
			{ID: "phone", Word: "supply.phone", Type: intake.Text, Personal: true},
		},
		Options: []intake.Field{{ID: "size", Word: "supply.size", Type: intake.Enum, Values: []intake.Choice{{ID: "big", Word: "supply.big"}}}},
		Key: func(v intake.Values) string {
			if h.keyed != nil {
				h.keyed()
			}
			return "name/" + sheet.Plain(v.Text("name"))
		},
		Decide: h.decideSuppliers,
		Undo:   h.undoSuppliers,
	}
}

// load returns the suppliers whose column is in values, by that column.
func load(ctx context.Context, tx store.Tx, column string, values []string, by func(supplier) string) (map[string]supplier, error) {
	args, marks := []any{tx.Zone}, []string{}
	for _, v := range values {
		args = append(args, v)
		marks = append(marks, fmt.Sprintf("$%d", len(args)))
	}
	out := map[string]supplier{}
	return out, store.Each(ctx, tx, "WHERE zone = $1 AND "+column+" IN ("+strings.Join(marks, ",")+")", args, func(s supplier) error {
		out[by(s)] = s
		return nil
	})
}

func formerly(name string) string { return strings.TrimSuffix(name, "（曾用名）") }

func (h *house) decideSuppliers(ctx context.Context, tx store.Tx, run intake.Run, rows []intake.Row) ([]intake.Verdict, error) {
	if err := h.decide(len(rows)); err != nil {
		return nil, err
	}
	var names []string
	for _, r := range rows {
		names = append(names, formerly(r.Values.Text("name")))
	}
	have, err := load(ctx, tx, "name", names, func(s supplier) string { return s.Name })
	if err != nil {
		return nil, err
	}
	var out []intake.Verdict
	nextID := kernel.IDs(tx.Now)
	for _, r := range rows {
		name := r.Values.Text("name")
		old, found := have[formerly(name)]
		s := old
		if !found {
			s = supplier{Zone: tx.Zone, ID: nextID(), Name: name}
		}
		set(&s, r.Values, run)
		v := intake.Verdict{Title: name, Object: s.ID, Base: old.Version, Status: intake.New}
		switch {
		case strings.Contains(name, "禁入"):
			v.Status, v.Reasons = intake.Rejected, []kernel.Fault{{Word: "supply.banned", Field: "name"}}
		case s == old:
			v.Status = intake.Unchanged
		default:
			if found {
				v.Status = intake.Changed
				if v.Before, err = json.Marshal(old); err != nil {
					return nil, err
				}
			}
			s.Version++
			v.Version = s.Version
			v.Act = journal.Act{Verb: "supply." + string(v.Status), Object: "supply.supplier/" + s.ID, Changes: []journal.Change{journal.Put(s)}}
		}
		out = append(out, v)
	}
	return out, nil
}

func set(s *supplier, v intake.Values, run intake.Run) {
	if v.Has("code") {
		s.Code = v.Text("code")
	}
	if v.Has("capital") {
		s.Capital = v["capital"].Money.Minor
	}
	if v.Has("since") {
		s.Since = string(v["since"].Date)
	}
	if v.Has("size") {
		s.Size = v.Text("size")
	} else if s.Size == "" {
		s.Size = run.Options.Text("size")
	}
	if v.Has("phone") {
		s.Phone = v.Text("phone")
	}
}

func (h *house) undoSuppliers(ctx context.Context, tx store.Tx, _ intake.Run, rows []intake.Done) (acts []journal.Act, blocked []intake.Blocked, err error) {
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.Object)
	}
	have, err := load(ctx, tx, "id", ids, func(s supplier) string { return s.ID })
	if err != nil {
		return nil, nil, err
	}
	for _, r := range rows {
		now := have[r.Object]
		if now.Version != r.Version {
			blocked = append(blocked, intake.Blocked{Row: r.Number, Reason: kernel.Fault{Word: "supply.used"}})
			continue
		}
		change := journal.Drop(now)
		if r.Status == intake.Changed {
			var old supplier
			if err := json.Unmarshal(r.Before, &old); err != nil {
				return nil, nil, err
			}
			old.Zone, old.Version = tx.Zone, now.Version+1
			change = journal.Put(old)
		}
		acts = append(acts, journal.Act{Verb: "supply.undone", Object: "supply.supplier/" + r.Object, Changes: []journal.Change{change}})
	}
	return acts, blocked, err
}

// begin uploads content and starts a run with the suggested mapping, changed by edit.
func (h *house) begin(content string, edit func(*intake.Settings)) string {
	h.Helper()
	file, err := h.desk.Upload(h.ctx, "供应商.csv", strings.NewReader(content))
	h.must(err)
	sniff, err := h.desk.Sniff(h.ctx, file, "suppliers", intake.Settings{})
	h.must(err)
	s := intake.Settings{Mapping: sniff.Mapping}
	if edit != nil {
		edit(&s)
	}
	id, err := h.desk.Begin(h.ctx, file, "suppliers", s)
	h.must(err)
	return id
}

// run drives everything there is to do and returns the run.
func (h *house) run(id string) intake.RunView {
	h.Helper()
	h.must(h.desk.Drain(h.ctx))
	v, err := h.desk.Get(h.ctx, id)
	h.must(err)
	return v
}

func (h *house) all() string {
	h.Helper()
	var out []string
	h.must(h.db.View(h.ctx, func(tx store.Tx) error {
		return store.Each(h.ctx, tx, "WHERE zone = $1 ORDER BY name", []any{"z1"}, func(s supplier) error {
			out = append(out, fmt.Sprintf("%s %s %d %s %s v%d", s.Name, s.Code, s.Capital, s.Since, s.Size, s.Version))
			return nil
		})
	}))
	return strings.Join(out, "\n")
}

// rows shows "number status title: reasons" of a run.
func (h *house) rows(id string, status intake.Status) string {
	h.Helper()
	rows, err := h.desk.Rows(h.ctx, id, status, 0, 100)
	h.must(err)
	var out []string
	for _, r := range rows {
		s := fmt.Sprintf("%d %s %s", r.Number, r.Status, r.Title)
		for _, m := range r.Reasons {
			s += " | " + m.FieldLabel + ":" + m.Text
		}
		out = append(out, s)
	}
	return strings.Join(out, "\n")
}

func word(t testing.TB, err error) string {
	t.Helper()
	var f *kernel.Fault
	if !errors.As(err, &f) {
		t.Fatalf("not a Fault: %v", err)
	}
	return f.Word
}

const register = `某区供应商台账,,,,,
企业名称,统一社会信用代码,注册资本（万元）,成立日期,规模,联系电话
甲公司,91990000ＭＡ１,500,2010年5月6日,大型,000-1
乙公司,,约30万元,2011/3,小微,
小计,,530,,,
甲公司,,501,,,
禁入公司,,1,,,
丙公司,,一千,2012-13-01,特大,
丁公司,,,无,NA,
,,7,,,
`

func TestRunFromFileToUndo(t *testing.T) {
	each(t, func(h *house) {
		id := h.begin(register, nil)
		v := h.run(id)
		if want := (intake.Counts{New: 3, Merged: 1, Rejected: 3, Skipped: 1, Noted: 2}); v.State != intake.Staged || v.Counts != want || v.Problem != "" {
			h.Fatalf("dry run: %+v", v)
		}
		if got := h.all(); got != "" {
			h.Fatalf("a dry run wrote\n%s", got)
		}
		want := `3 new 甲公司
4 new 乙公司 | 注册资本:“约30万元”是约数 | 成立日期:“2011/3”只精确到月
5 skipped 小计 | :合计或小计行，不导入
6 merged 甲公司 | :已并入第 3 行 | 注册资本:两行不一致：取“500”，未取“501”
7 rejected 禁入公司 | 企业名称:已列入禁入名单
8 rejected 丙公司 | 注册资本:“一千”不是可识别的金额，请写成 8500万元 这样的数字加单位 | 成立日期:“2012-13-01”不是可识别的日期，请写成 2023-01-05 | 规模:“特大”不是可选的取值，请为它指定对应的取值，或在原表中改正
9 new 丁公司
10 rejected  | 企业名称:“企业名称”必填，请补充`
		if got := h.rows(id, ""); got != want {
			h.Errorf("rows\n%s\nwant\n%s", got, want)
		}
		h.must(h.desk.Publish(h.ctx, id))
		if v = h.run(id); v.State != intake.Published || v.PublishedAt == 0 || v.Counts.New != 3 {
			h.Fatalf("published: %+v", v)
		}
		published := "丁公司  0   v1\n乙公司  30000000 2011-03-01 small v1\n甲公司 91990000MA1 500000000 2010-05-06 big v1"
		if got := h.all(); got != published {
			h.Errorf("published\n%s\nwant\n%s", got, published)
		}
		h.journaled(id, "supply.new", 3)
		h.journaled(id, "intake.published", 1)

		again := h.begin(register, nil)
		if v := h.run(again); v.Counts.New != 0 || v.Counts.Unchanged != 3 {
			h.Errorf("the same file again: %+v", v.Counts)
		}
		h.must(h.desk.Cancel(h.ctx, again))
		if v := h.run(again); v.State != intake.Cancelled {
			h.Errorf("cancelled: %+v", v)
		}
		h.must(h.desk.Undo(h.ctx, id))
		if v = h.run(id); v.State != intake.Undone {
			h.Fatalf("undone: %+v", v)
		}
		if got := h.all(); got != "" {
			h.Errorf("after undo there is still\n%s", got)
		}
	})
}

// journaled counts the entries with verb whose detail names the run.
func (h *house) journaled(run, verb string, want int) {
	h.Helper()
	h.must(h.db.View(h.ctx, func(tx store.Tx) error {
		entries, err := journal.List(h.ctx, tx, journal.Filter{Verb: verb}, journal.Page{Limit: 100})
		for _, e := range entries {
			if verb != "intake.published" && !strings.Contains(string(e.Detail), `"run":"`+run+`"`) || e.Via != "job" || e.ActorName != "演示专员" {
				h.Errorf("%s: %+v", verb, e)
			}
		}
		if len(entries) != want {
			h.Errorf("%d entries %s, want %d", len(entries), verb, want)
		}
		return err
	}))
}

func TestChangedIsRestoredByUndo(t *testing.T) {
	each(t, func(h *house) {
		first := h.begin("企业名称,注册资本\n甲公司,500万元\n乙公司,1万元\n", nil)
		h.run(first)
		h.must(h.desk.Publish(h.ctx, first))
		h.run(first)
		second := h.begin("企业名称,注册资本\n甲公司,600万元\n乙公司,1万元\n丙公司,2万元\n", nil)
		if v := h.run(second); v.Counts != (intake.Counts{New: 1, Changed: 1, Unchanged: 1}) {
			h.Fatalf("%+v", v.Counts)
		}
		h.must(h.desk.Publish(h.ctx, second))
		h.run(second)
		if got := h.all(); got != "丙公司  2000000   v1\n乙公司  1000000   v1\n甲公司  600000000   v2" {
			h.Errorf("published\n%s", got)
		}
		h.must(h.desk.Undo(h.ctx, first))
		v := h.run(first)
		if v.State != intake.Published || v.ProblemCode != "intake.undo_blocked" || !slices.Equal(v.Problems, []string{"第 2 行：甲公司（已被引用）"}) {
			h.Errorf("an undo that is in the way of a later change: %+v", v)
		}
		h.must(h.desk.Undo(h.ctx, second))
		if v := h.run(second); v.State != intake.Undone {
			h.Fatalf("%+v", v)
		}
		if got := h.all(); got != "乙公司  1000000   v1\n甲公司  500000000   v3" {
			h.Errorf("after undo\n%s", got)
		}
	})
}

func TestPublishingIsRefusedWhenOthersChangedRecords(t *testing.T) {
	each(t, func(h *house) {
		late := h.begin("企业名称,注册资本\n甲公司,600万元\n", nil)
		h.run(late)
		other := h.begin("企业名称,注册资本\n甲公司,500万元\n", nil)
		h.run(other)
		h.must(h.desk.Publish(h.ctx, other))
		h.run(other)
		h.must(h.desk.Publish(h.ctx, late))
		v := h.run(late)
		if v.State != intake.Staged || v.ProblemCode != "intake.moved" || !slices.Equal(v.Problems, []string{"第 2 行：甲公司"}) {
			h.Fatalf("%+v", v)
		}
		if got := h.all(); got != "甲公司  500000000   v1" {
			h.Errorf("a refused publishing wrote\n%s", got)
		}
		h.must(h.desk.Recheck(h.ctx, late))
		if v = h.run(late); v.State != intake.Staged || v.Counts != (intake.Counts{Changed: 1}) || v.Problem != "" {
			h.Fatalf("checked again: %+v", v)
		}
		h.must(h.desk.Publish(h.ctx, late))
		h.run(late)
		if got := h.all(); got != "甲公司  600000000   v2" {
			h.Errorf("published\n%s", got)
		}
	})
}

func TestRunSurvivesARestart(t *testing.T) {
	each(t, func(h *house) {
		var text strings.Builder
		text.WriteString("企业名称,注册资本\n")
		for i := range 3500 {
			fmt.Fprintf(&text, "第%d公司,%d万元\n", i, i+1)
		}
		id := h.begin(text.String(), nil)
		calls := 0
		ctx, kill := context.WithCancel(h.ctx)
		h.decide = func(int) error {
			if calls++; calls == 3 {
				kill()
			}
			return ctx.Err()
		}
		if err := h.desk.Drain(ctx); !errors.Is(err, context.Canceled) {
			h.Fatalf("the killed worker returned %v", err)
		}
		v, err := h.desk.Get(h.ctx, id)
		h.must(err)
		if v.State != intake.Reading || v.Done != 2000 || v.Total != 3500 || v.Counts.New != 2000 {
			h.Fatalf("after the kill: %+v", v)
		}
		rows := 0
		h.decide = func(n int) error { rows += n; return nil }
		h.desk = h.newDesk()
		if v := h.run(id); v.State != intake.Staged || v.Counts != (intake.Counts{New: 3500}) || rows != 1500 {
			h.Fatalf("after the restart: %+v, %d rows decided again", v, rows)
		}
		h.must(h.desk.Publish(h.ctx, id))
		if v := h.run(id); v.State != intake.Published {
			h.Fatalf("%+v", v)
		}
		if n := strings.Count(h.all(), "\n") + 1; n != 3500 {
			h.Errorf("%d suppliers", n)
		}
	})
}

// A row that comes again when its first is decided already takes the whole run
// back to where nothing was decided, so that the result does not hang on where
// the file was cut into batches.
func TestARowThatComesAgainLaterIsDecidedWithItsFirst(t *testing.T) {
	each(t, func(h *house) {
		var text strings.Builder
		text.WriteString("企业名称,注册资本,联系电话\n")
		for i := range 2500 {
			switch i {
			case 1200:
				text.WriteString("第3公司,7万元,123\n") // row 5 of the sheet, without a phone and with another amount
			case 2400:
				text.WriteString("第1300公司,,456\n")
			case 2450:
				text.WriteString("第9公司,很多,\n")
			default:
				fmt.Fprintf(&text, "第%d公司,%d万元,\n", i, i+1)
			}
		}
		id := h.begin(text.String(), nil)
		sizes := []int{}
		ctx, kill := context.WithCancel(h.ctx)
		h.decide = func(n int) error {
			if sizes = append(sizes, n); len(sizes) == 2 {
				kill()
			}
			return ctx.Err()
		}
		if err := h.desk.Drain(ctx); !errors.Is(err, context.Canceled) {
			h.Fatalf("the killed worker returned %v", err)
		}
		h.decide = func(n int) error { sizes = append(sizes, n); return nil }
		h.desk = h.newDesk()
		want := intake.Counts{New: 2497, Merged: 2, Rejected: 1, Noted: 2}
		if v := h.run(id); v.State != intake.Staged || v.Counts != want || v.Total != 2497 {
			h.Fatalf("%+v", v)
		}
		if got := fmt.Sprint(sizes); got != "[1000 1000 1000 1000 497]" {
			h.Errorf("decided in batches of %s", got) // the first while reading, the second killed
		}
		h.must(h.desk.Recheck(h.ctx, id))
		if v := h.run(id); v.State != intake.Staged || v.Counts != want || v.Total != 2497 {
			h.Errorf("rechecked: %+v", v)
		}
		h.must(h.desk.Publish(h.ctx, id))
		if v := h.run(id); v.State != intake.Published {
			h.Fatalf("%+v", v)
		}
		phones := map[string]string{}
		h.must(h.db.View(h.ctx, func(tx store.Tx) error {
			return store.Each(h.ctx, tx, "WHERE zone = $1 AND phone <> ''", []any{"z1"}, func(s supplier) error {
				phones[s.Name] = s.Phone
				return nil
			})
		}))
		if want := map[string]string{"第3公司": "123", "第1300公司": "456"}; !maps.Equal(phones, want) {
			h.Errorf("phones: %v", phones)
		}
	})
}

// What reading rejected stays rejected when the run is decided anew: deciding
// again must not bring a refused repetition in beside its first.
func TestRecheckLeavesWhatReadingRejected(t *testing.T) {
	each(t, func(h *house) {
		id := h.begin("企业名称,注册资本\n甲公司,1万元\n甲公司,2万元\n乙公司,很多\n", func(s *intake.Settings) { s.Duplicates = "reject" })
		want := intake.Counts{New: 1, Rejected: 2}
		if v := h.run(id); v.Counts != want {
			h.Fatalf("%+v", v)
		}
		h.must(h.desk.Recheck(h.ctx, id))
		if v := h.run(id); v.State != intake.Staged || v.Counts != want {
			h.Errorf("rechecked: %+v", v)
		}
	})
}

func TestPublishingIsAllOrNothing(t *testing.T) {
	each(t, func(h *house) {
		var text strings.Builder
		text.WriteString("企业名称\n")
		for i := range 2500 {
			fmt.Fprintf(&text, "第%d公司\n", i)
		}
		id := h.begin(text.String(), nil)
		h.run(id)
		calls := 0
		h.decide = func(int) error {
			if calls++; calls == 2 {
				return kernel.Faultf(kernel.ErrDenied, "supply.banned")
			}
			return nil
		}
		h.must(h.desk.Publish(h.ctx, id))
		if v := h.run(id); v.State != intake.Staged || v.Problem != "已列入禁入名单" {
			h.Fatalf("%+v", v)
		}
		if got := h.all(); got != "" {
			h.Errorf("half a publishing stayed: %d rows", strings.Count(got, "\n")+1)
		}
	})
}

func TestAKindThatKeepsFailingIsGivenUp(t *testing.T) {
	for name, breaks := range map[string]func(h *house){
		"error":            func(h *house) { h.decide = func(int) error { return errors.New("disk on fire") } },
		"panic deciding":   func(h *house) { h.decide = func(int) error { panic("out of range") } },
		"panic while read": func(h *house) { h.keyed = func() { panic("out of range") } },
	} {
		t.Run(name, func(t *testing.T) { failing(t, breaks) })
	}
}

func failing(t *testing.T, breaks func(h *house)) {
	each(t, func(h *house) {
		id := h.begin("企业名称\n甲公司\n", nil)
		breaks(h)
		for range 5 {
			h.must(h.desk.Drain(h.ctx))
			h.must(h.db.Update(h.ctx, func(tx store.Tx) error { // no waiting in a test
				_, err := tx.ExecContext(h.ctx, "UPDATE intake_runs SET lease_until = 0 WHERE zone = $1", "z1")
				return err
			}))
		}
		if v := h.run(id); v.State != intake.Failed || v.ProblemCode != "intake.interrupted" {
			h.Errorf("%+v", v)
		}
	})
}

func TestDateOrderIsDecidedOnTheColumnOrAskedFor(t *testing.T) {
	each(t, func(h *house) {
		proven := h.begin("企业名称,成立日期\n甲公司,05/01/2010\n乙公司,16/01/2010\n", nil)
		if v := h.run(proven); v.Counts.New != 2 || v.Settings.Mapping[1].Order != sheet.DayMonth {
			h.Errorf("proven by another row: %+v", v)
		}
		asked := h.begin("企业名称,成立日期\n甲公司,05/01/2010\n", nil)
		if v := h.run(asked); v.State != intake.Failed || v.Problem != "“成立日期”（B 列）的日期分不清日和月，请选择日期顺序后重新开始" {
			h.Errorf("%+v", v)
		}
		told := h.begin("企业名称,成立日期\n甲公司,05/01/2010\n", func(s *intake.Settings) { s.Mapping[1].Order = sheet.MonthDay })
		h.run(told)
		h.must(h.desk.Publish(h.ctx, told))
		h.run(told)
		if got := h.all(); got != "甲公司  0 2010-05-01  v1" {
			h.Errorf("%s", got)
		}
	})
}

func TestMappingMistakesAreRefusedBeforeAnythingStarts(t *testing.T) {
	h := open(t, storetest.Open(t, journal.Migrations, access.Migrations, intake.Migrations, suppliers))
	file, err := h.desk.Upload(h.ctx, "a.csv", strings.NewReader("企业名称,注册资本\n甲公司,5\n"))
	h.must(err)
	for name, c := range map[string]struct {
		s    intake.Settings
		want string
	}{
		"nothing mapped":  {intake.Settings{}, "intake.required_unmapped"},
		"unknown field":   {intake.Settings{Mapping: []intake.Assign{{Field: "name"}, {Field: "x", Column: 1}}}, "intake.field_unknown"},
		"field twice":     {intake.Settings{Mapping: []intake.Assign{{Field: "name"}, {Field: "name", Column: 1}}}, "intake.field_twice"},
		"no such column":  {intake.Settings{Mapping: []intake.Assign{{Field: "name", Column: 2}}}, "intake.column_missing"},
		"unknown unit":    {intake.Settings{Mapping: []intake.Assign{{Field: "name"}, {Field: "capital", Column: 1, Unit: "斗"}}}, "sheet.unit_unknown"},
		"unknown choice":  {intake.Settings{Mapping: []intake.Assign{{Field: "name"}, {Field: "size", Column: 1, Values: map[string]string{"5": "huge"}}}}, "intake.choice_unknown"},
		"bad constant":    {intake.Settings{Mapping: []intake.Assign{{Field: "name"}, {Field: "since", Constant: "明天"}}}, "sheet.date_form"},
		"unknown option":  {intake.Settings{Mapping: []intake.Assign{{Field: "name"}}, Options: map[string]string{"colour": "red"}}, "intake.option_unknown"},
		"bad option":      {intake.Settings{Mapping: []intake.Assign{{Field: "name"}}, Options: map[string]string{"size": "tiny"}}, "intake.choice_none"},
		"unknown policy":  {intake.Settings{Mapping: []intake.Assign{{Field: "name"}}, Duplicates: "guess"}, "intake.duplicates_unknown"},
		"no such sheet":   {intake.Settings{Sheet: "x", Mapping: []intake.Assign{{Field: "name"}}}, "sheet.no_sheet"},
		"no such header":  {intake.Settings{HeaderRow: 99, Mapping: []intake.Assign{{Field: "name"}}}, "sheet.header_missing"},
		"unknown charset": {intake.Settings{Encoding: "big5", Mapping: []intake.Assign{{Field: "name"}}}, "sheet.encoding_unknown"},
	} {
		_, err := h.desk.Begin(h.ctx, file, "suppliers", c.s)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := h.desk.Begin(h.ctx, file, "firms", intake.Settings{}); word(t, err) != "intake.kind_unknown" {
		t.Errorf("unknown kind: %v", err)
	}
	if runs, err := h.desk.List(h.ctx, "", 10); err != nil || len(runs) != 0 {
		t.Errorf("%d runs were started, %v", len(runs), err)
	}
}

func TestTwoWorkersShareTheRunsWithoutHarm(t *testing.T) {
	each(t, func(h *house) {
		gate, err := access.NewGate()
		h.must(err)
		h.desk = intake.NewDesk(intake.Config{DB: h.db, Gate: gate, Words: h.desk.Words, Dir: h.dir, Kinds: []intake.Kind{h.kind()}})
		other := intake.NewDesk(intake.Config{DB: h.db, Gate: gate, Words: h.desk.Words, Dir: h.dir, Kinds: []intake.Kind{h.kind()}})
		var text strings.Builder
		text.WriteString("企业名称\n")
		for i := range 1500 {
			fmt.Fprintf(&text, "第%d公司\n", i)
		}
		ids := []string{h.begin(text.String(), nil), h.begin(text.String(), nil)}
		done := make(chan error)
		for _, d := range []*intake.Desk{h.desk, other} {
			go func() { done <- d.Drain(h.ctx) }()
		}
		h.must(errors.Join(<-done, <-done))
		for _, id := range ids {
			if v, err := h.desk.Get(h.ctx, id); err != nil || v.State != intake.Staged || v.Counts != (intake.Counts{New: 1500}) {
				h.Errorf("%+v, %v", v, err)
			}
		}
	})
}

func TestAFileWithoutAHeaderIsShown(t *testing.T) {
	h := open(t, storetest.Open(t, journal.Migrations, access.Migrations, intake.Migrations, suppliers))
	file, err := h.desk.Upload(h.ctx, "a.csv", strings.NewReader("1,2\n3,4\n"))
	h.must(err)
	s, err := h.desk.Sniff(h.ctx, file, "suppliers", intake.Settings{})
	if err != nil || s.Table.HeaderRow != 0 || len(s.Preview) != 2 || s.Preview[1].Cells[0] != "3" {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := h.desk.Begin(h.ctx, file, "suppliers", intake.Settings{}); word(t, err) != "sheet.header_missing" {
		t.Errorf("begun without a header: %v", err)
	}
}

// A repeat with another phone does not lend its other particulars of the same
// person to the first row.
func TestFieldsOfOneGroupAreMergedTogether(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ policy, phone, want string }{
		{"", "000-1", "甲公司  0  big v1"},
		{"", "000-2", "甲公司  0   v1"},
		{"later", "000-2", "甲公司  0  big v1"},
	} {
		h := open(t, storetest.Open(t, journal.Migrations, access.Migrations, intake.Migrations, suppliers))
		h.desk.Kinds[0].Fields[4].Group, h.desk.Kinds[0].Fields[5].Group = "how", "how"
		id := h.begin("企业名称,规模,联系电话\n甲公司,,000-1\n甲 公司,大型,"+c.phone+"\n", func(s *intake.Settings) { s.Duplicates = c.policy })
		h.run(id)
		h.must(h.desk.Publish(h.ctx, id))
		h.run(id)
		if got := strings.ReplaceAll(h.all(), "甲 公司", "甲公司"); got != c.want {
			t.Errorf("%q, %s: %s, want %s", c.policy, c.phone, got, c.want)
		}
	}
}

// What a file says of people is read back by who uploaded it, and nobody else.
func TestOthersDoNotReadPeopleFromAFile(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.Open(t, journal.Migrations, access.Migrations, intake.Migrations, suppliers))
	const content = "企业名称,联系电话,成立日期\n甲公司,000-1234567,没有日期\n"
	file, err := h.desk.Upload(h.ctx, "a.csv", strings.NewReader(content))
	h.must(err)
	id := h.begin(content, nil)
	if v := h.run(id); v.Counts.Rejected != 1 {
		t.Fatalf("%+v", v.Counts)
	}
	other := kernel.WithActor(context.Background(), kernel.Actor{Zone: "z1", ID: "u2", Name: "演示同事", Unit: "d1", Roles: []string{"officer"}, Via: "session", Lang: "zh"})
	for ctx, want := range map[context.Context]string{h.ctx: "000-1234567", other: "•••"} {
		s, err := h.desk.Sniff(ctx, file, "suppliers", intake.Settings{})
		h.must(err)
		if got := s.Preview[1].Cells; got[0] != "甲公司" || got[1] != want || s.Preview[0].Cells[1] != "联系电话" {
			t.Errorf("the preview shows %v, want %q", s.Preview, want)
		}
		values, err := h.desk.Distinct(ctx, file, 1, intake.Settings{})
		h.must(err)
		if shown := len(values) == 1 && values[0].Text == want; shown != (ctx == h.ctx) {
			t.Errorf("the values of the column are %v", values)
		}
		var book bytes.Buffer
		h.must(h.desk.WriteRejected(ctx, id, &book))
		f, err := excelize.OpenReader(&book)
		h.must(err)
		rows, err := f.GetRows(f.GetSheetList()[0])
		h.must(err)
		if len(rows) != 2 || rows[1][2] != "甲公司" || rows[1][3] != want || rows[0][3] != "联系电话" {
			t.Errorf("the rejected rows are %q, want %q", rows, want)
		}
	}
}

func TestMergePolicies(t *testing.T) {
	t.Parallel()
	content := "企业名称,注册资本,规模\n甲公司,5万元,\n甲 公司,6万元,大型\n"
	for policy, want := range map[string]string{
		"":       "甲公司  5000000  big v1",
		"later":  "甲公司  6000000  big v1",
		"reject": "甲公司  5000000   v1",
	} {
		h := open(t, storetest.Open(t, journal.Migrations, access.Migrations, intake.Migrations, suppliers))
		id := h.begin(content, func(s *intake.Settings) { s.Duplicates = policy })
		v := h.run(id)
		if rejected := v.Counts.Rejected == 1; rejected != (policy == "reject") || v.Counts.New != 1 {
			t.Errorf("%q: %+v", policy, v.Counts)
		}
		h.must(h.desk.Publish(h.ctx, id))
		h.run(id)
		if got := strings.ReplaceAll(h.all(), "甲 公司", "甲公司"); got != want {
			t.Errorf("%q: %s, want %s", policy, got, want)
		}
	}
}

func TestTwoRowsOfOneObjectByDifferentKeys(t *testing.T) {
	each(t, func(h *house) {
		first := h.begin("企业名称,注册资本\n甲公司,5万元\n", nil)
		h.run(first)
		h.must(h.desk.Publish(h.ctx, first))
		h.run(first)
		second := h.begin("企业名称,注册资本\n甲公司,6万元\n甲公司（曾用名）,7万元\n", nil)
		if v := h.run(second); v.Counts != (intake.Counts{Changed: 1, Rejected: 1}) {
			h.Errorf("%+v", v.Counts)
		}
		if got := h.rows(second, intake.Rejected); got != "3 rejected 甲公司（曾用名） | :与第 2 行指向同一条记录，请合并两行" {
			h.Errorf("%s", got)
		}
	})
}

func TestRejectedRowsComeBack(t *testing.T) {
	h := open(t, storetest.Open(t, journal.Migrations, access.Migrations, intake.Migrations, suppliers))
	id := h.begin(register, nil)
	h.run(id)
	for lang, want := range map[string]string{
		"zh": "原表行号|未导入的原因|企业名称|统一社会信用代码|注册资本(万元)|成立日期|规模|联系电话\n" +
			"7|企业名称：已列入禁入名单|禁入公司||1\n" +
			"8|注册资本：“一千”不是可识别的金额，请写成 8500万元 这样的数字加单位；成立日期：“2012-13-01”不是可识别的日期，请写成 2023-01-05；规模：“特大”不是可选的取值，请为它指定对应的取值，或在原表中改正|丙公司||一千|2012-13-01|特大\n" +
			"10|企业名称：“企业名称”必填，请补充|||7",
		"en": "Row in the original|Why it was not imported|企业名称|统一社会信用代码|注册资本(万元)|成立日期|规模|联系电话\n" +
			"7|Name: On the list of those banned|禁入公司||1\n" +
			"8|Capital: “一千” is not a recognised amount; write a number with a unit, such as 8500万元 or USD 3.2 million; Founded: “2012-13-01” is not a recognised date; write it as 2023-01-05; Size: “特大” is none of the choices; say which one it means, or correct it in the original|丙公司||一千|2012-13-01|特大\n" +
			"10|Name: “Name” is required; fill it in|||7",
	} {
		actor := kernel.ActorOf(h.ctx)
		actor.Lang = lang
		var out bytes.Buffer
		h.must(h.desk.WriteRejected(kernel.WithActor(h.ctx, actor), id, &out))
		path := filepath.Join(t.TempDir(), "rejected")
		h.must(os.WriteFile(path, out.Bytes(), 0o600))
		book, err := sheet.Open(path, sheet.Options{})
		h.must(err)
		var lines []string
		for r, err := range book.Rows("") {
			h.must(err)
			lines = append(lines, strings.Join(r.Cells, "|"))
		}
		h.must(book.Close())
		if got := strings.Join(lines, "\n"); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", lang, got, want)
		}
	}
}

func TestProfilesAreFoundByHeaders(t *testing.T) {
	h := open(t, storetest.Open(t, journal.Migrations, access.Migrations, intake.Migrations, suppliers))
	file, err := h.desk.Upload(h.ctx, "a.csv", strings.NewReader("备注,厂名,钱\nx,甲公司,5\n"))
	h.must(err)
	_, err = h.desk.SaveProfile(h.ctx, intake.Profile{Kind: "suppliers", Name: "老台账", Headers: []string{"厂名", "钱"}, Settings: intake.Settings{
		Mapping: []intake.Assign{{Field: "name", Column: 0}, {Field: "capital", Column: 1, Unit: "万元"}, {Field: "size", Constant: "小型"}}}})
	h.must(err)
	s, err := h.desk.Sniff(h.ctx, file, "suppliers", intake.Settings{})
	h.must(err)
	if s.Profile != "老台账" || len(s.Mapping) != 3 || s.Mapping[0].Column != 1 || s.Mapping[1].Column != 2 || s.Mapping[1].Unit != "万元" || !slices.Equal(s.Unmapped, []string{"备注"}) {
		t.Errorf("%+v", s)
	}
	if list, err := h.desk.Profiles(h.ctx, "suppliers"); err != nil || len(list) != 1 || list[0].Name != "老台账" {
		t.Errorf("%+v %v", list, err)
	}
}

func TestOthersSeeNothing(t *testing.T) {
	each(t, func(h *house) {
		id := h.begin("企业名称\n甲公司\n", nil)
		h.run(id)
		for name, actor := range map[string]kernel.Actor{
			"another zone":     {Zone: "z2", ID: "u1", Unit: "d1", Roles: []string{"officer"}, Via: "session"},
			"an administrator": {Zone: "z1", ID: "u9", Roles: []string{"system_admin"}, Via: "session"},
			"another officer":  {Zone: "z1", ID: "u2", Unit: "d2", Roles: []string{"officer"}, Via: "session"},
		} {
			ctx := kernel.WithActor(context.Background(), actor)
			if _, err := h.desk.Get(ctx, id); err == nil {
				h.Errorf("%s reads the run", name)
			}
			for verb, do := range map[string]func(context.Context, string) error{"publish": h.desk.Publish, "cancel": h.desk.Cancel, "undo": h.desk.Undo} {
				if err := do(ctx, id); err == nil {
					h.Errorf("%s may %s the run", name, verb)
				}
			}
		}
		if v := h.run(id); v.State != intake.Staged {
			h.Errorf("%+v", v)
		}
		if err := h.desk.Undo(h.ctx, id); word(h.TB, err) != "intake.state" {
			h.Errorf("undo before publishing: %v", err)
		}
	})
}

// A run acts for the person who asked, as they stand when it acts: whoever has
// been disabled in the meantime publishes nothing.
func TestADisabledAccountsRunStops(t *testing.T) {
	each(t, func(h *house) {
		account := access.Account{Zone: "z1", ID: "u1", Login: "u1", Name: "演示专员", Unit: "d1", Roles: []string{"officer"}, Status: access.Active, Lang: "zh", Version: 1}
		save := func(a access.Account) {
			h.must(h.db.Update(h.ctx, func(tx store.Tx) error { return store.Put(h.ctx, tx, a) }))
		}
		save(account)
		id := h.begin("name,capital\n甲公司,100\n", func(s *intake.Settings) { s.Mapping[1].Unit = "万元" })
		h.must(h.desk.Drain(h.ctx))
		h.must(h.desk.Publish(h.ctx, id))
		account.Status = access.Disabled
		save(account)
		h.must(h.desk.Drain(h.ctx))
		v := h.run(id)
		if v.State == intake.Published || !strings.Contains(fmt.Sprintf("%+v", v), "access.disabled") {
			t.Errorf("the run of a disabled account is %s: %+v", v.State, v.Problems)
		}
		if got := h.all(); got != "" {
			t.Errorf("it published %s", got)
		}
	})
}
