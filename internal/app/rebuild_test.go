package app_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sente/internal/app"
	"sente/internal/app/demo"
	"sente/internal/infra/access"
	"sente/internal/infra/calendar"
	"sente/internal/infra/intake"
	"sente/internal/infra/journal"
	"sente/internal/infra/notify"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
	"sente/internal/zone/office"
	"sente/internal/zone/party"
	"sente/internal/zone/pipeline"
	"sente/internal/zone/scoreboard"
	"sente/internal/zone/work"
)

// past is a history with every verb that changes a business row: that of the
// demo, and after it what the demo has no occasion for.
type past struct {
	t     *testing.T
	app   *app.App
	ctx   context.Context // the program in the zone of the demo
	file  string          // of the database
	count int
}

// TestHistory: after a long history the journal alone makes every business
// table anew, and a change made past it is found and named.
func TestHistory(t *testing.T) {
	t.Parallel()
	dir, clock := t.TempDir(), &demo.Clock{}
	p := &past{t: t, file: filepath.Join(dir, "demo.db"), ctx: kernel.WithActor(t.Context(), kernel.SystemActor(demo.Zone, "cli"))}
	var err error
	p.app, err = app.Open(t.Context(), app.Config{Database: p.file, DataDir: dir, KeyFile: filepath.Join(dir, "journal.key"), Zone: demo.Zone, ZoneName: demo.ZoneName,
		Demo: true, Now: clock.Now, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	t.Cleanup(func() { must(t, p.app.Close()) })
	must(t, demo.Fill(t.Context(), p.app, clock, nil))
	p.access()
	p.office()
	p.party()
	p.pipeline()
	p.intake()
	p.calendar()
	p.figures()
	p.reports()
	p.clocks()
	p.views()
	p.notify()
	p.platform()
	p.work()
	p.scoreboard()
	must(t, p.app.Sequencer.Tick(t.Context()))
	t.Run("verbs", p.verbs)
	t.Run("tables", p.tables)
	t.Run("rebuild", p.rebuild)
	t.Run("tamper", p.tamper)
}

func (p *past) name(what string) string { p.count++; return fmt.Sprintf("示例%s%d", what, p.count) }

func ptr[T any](v T) *T { return &v }

func (p *past) access() {
	d := p.app.Access
	a, _, err := d.Open(p.ctx, access.Account{Login: "temporary", Name: p.name("人员")})
	must(p.t, err)
	a, err = d.Amend(p.ctx, a.ID, a.Version, access.Patch{Name: ptr(p.name("人员"))})
	must(p.t, err)
	_, err = d.Disable(p.ctx, a.ID, "示例")
	must(p.t, err)
	_, err = d.Enable(p.ctx, a.ID, "示例")
	must(p.t, err)
}

func (p *past) notify() {
	d, url := p.app.Notify, "https://hooks.example/示例"
	c, _, err := d.AddChannel(p.ctx, notify.Webhook, notify.ChannelDraft{Name: ptr(p.name("渠道")), URL: &url, Topics: &[]string{"work.given"}})
	must(p.t, err)
	c, err = d.ChangeChannel(p.ctx, c.ID, c.Version, notify.ChannelDraft{Paused: ptr(true)})
	must(p.t, err)
	_, _, err = d.AddChannel(p.ctx, notify.WeCom, notify.ChannelDraft{Name: ptr(p.name("渠道")), URL: &url, Offered: ptr(true)})
	must(p.t, err)
	must(p.t, d.RemoveChannel(p.ctx, c.ID))
	_, err = d.Choose(p.ctx, notify.Chosen{Address: "someone@zone.example", Digest: notify.Daily})
	must(p.t, err)
}

func (p *past) office() {
	d := p.app.Office
	all, err := d.Units(p.ctx, false)
	must(p.t, err)
	top := all[slices.IndexFunc(all, func(u access.Unit) bool { return u.Kind == access.ZoneUnit })].ID
	a, err := d.Establish(p.ctx, access.Unit{Parent: top, Kind: access.Department, NameZh: p.name("部门")})
	must(p.t, err)
	b, err := d.Establish(p.ctx, access.Unit{Parent: top, Kind: access.Department, NameZh: p.name("部门")})
	must(p.t, err)
	b, err = d.Rename(p.ctx, b.ID, b.Version, office.UnitNames{NameEn: ptr("Sample unit")})
	must(p.t, err)
	b, err = d.Move(p.ctx, b.ID, b.Version, a.ID)
	must(p.t, err)
	o, err := d.Appoint(p.ctx, office.Official{Name: p.name("干部"), Unit: b.ID, Position: "职务", SinceOn: "2026-01-05"})
	must(p.t, err)
	o, err = d.AmendOfficial(p.ctx, o.ID, o.Version, office.OfficialPatch{Position: ptr("新职务")})
	must(p.t, err)
	duty, err := d.AssignDuty(p.ctx, office.Duty{Official: o.ID, TextZh: "职责", Source: "文件", SinceOn: "2026-01-05"})
	must(p.t, err)
	_, err = d.EndDuty(p.ctx, duty.ID, duty.Version, "2026-02-05")
	must(p.t, err)
	_, err = d.Relieve(p.ctx, o.ID, o.Version, "2026-02-05")
	must(p.t, err)
	_, err = d.Close(p.ctx, b.ID, b.Version, kernel.DayOf(p.app.DB.Now().UnixMilli()))
	must(p.t, err)
}

func (p *past) calendar() {
	file := "year,date,kind\n2027,2027-01-01,off\n2027,2027-05-01,off\n2027,2027-10-01,off\n2027,2027-10-09,work\n"
	_, err := p.app.Calendar.Import(p.ctx, strings.NewReader(file), calendar.Order{Source: "演示通知", Reason: "示例"})
	must(p.t, err)
}

func (p *past) party() {
	d := p.app.Party
	s, err := d.Register(p.ctx, party.Party{Kind: party.Enterprise, Name: p.name("企业")})
	must(p.t, err)
	s, err = d.Amend(p.ctx, s.Party.ID, s.Party.Version, party.Patch{Name: ptr(p.name("企业"))})
	must(p.t, err)
	for range 3 {
		s, err = d.AddContact(p.ctx, s.Party.ID, party.Contact{Name: p.name("联系人"), Phone: "13900000000"})
		must(p.t, err)
	}
	s, err = d.AmendContact(p.ctx, s.Party.ID, s.Contacts[0].ID, s.Party.Version, party.ContactPatch{Title: ptr("经理")})
	must(p.t, err)
	s, err = d.RemoveContact(p.ctx, s.Party.ID, s.Contacts[1].ID, s.Party.Version)
	must(p.t, err)
	_, err = d.Erase(p.ctx, s.Party.ID, s.Contacts[0].ID, "本人申请删除")
	must(p.t, err)
}

func (p *past) work() {
	d, day := p.app.Work, string(kernel.DayOf(p.app.DB.Now().UnixMilli()))
	all, err := p.app.Office.Units(p.ctx, false)
	must(p.t, err)
	unit, other := all[0].ID, all[1].ID
	give := func() work.ShownTask {
		s, err := d.Give(p.ctx, work.Order{Title: p.name("任务"), Unit: unit, DueOn: day})
		must(p.t, err)
		return s
	}
	s := give()
	s, err = d.Return(p.ctx, s.ID, s.Version, "不属本部门职责")
	must(p.t, err)
	s, err = d.Reassign(p.ctx, s.ID, s.Version, other, "", "改由其他部门")
	must(p.t, err)
	s, err = d.Accept(p.ctx, s.ID, s.Version, nil)
	must(p.t, err)
	s, err = d.AmendTask(p.ctx, s.ID, s.Version, work.TaskPatch{Title: ptr(p.name("任务"))})
	must(p.t, err)
	s, err = d.AmendTask(p.ctx, s.ID, s.Version, work.TaskPatch{DueOn: ptr(string(kernel.Date(day).AddDays(7))), Reason: "企业要求改期"})
	must(p.t, err)
	_, err = d.Complete(p.ctx, s.ID, s.Version, "已办妥")
	must(p.t, err)
	s = give()
	_, err = d.Cancel(p.ctx, s.ID, s.Version, "不再需要")
	must(p.t, err)
	for range 2 {
		n, err := d.Write(p.ctx, work.Written{Kind: work.Visit, FirmName: p.name("企业"), Text: "走访", People: p.name("人员")})
		must(p.t, err)
		_, err = d.EraseNote(p.ctx, n.ID, "本人申请删除")
		must(p.t, err)
		_, err = d.Withdraw(p.ctx, n.ID, "记错了")
		must(p.t, err)
	}
	m, err := d.SetMethod(p.ctx, "", 0, work.MethodFacts{Zh: p.name("方式")})
	must(p.t, err)
	c, err := d.SetCampaign(p.ctx, "", 0, work.CampaignFacts{Name: p.name("攻坚战"), Unit: unit, SinceOn: day})
	must(p.t, err)
	facts := work.ActivityFacts{Name: ptr(p.name("活动")), OnDate: &day, Place: ptr("会议室"), Unit: &unit, Method: &m.ID, Campaign: &c.ID}
	a, err := d.Plan(p.ctx, facts)
	must(p.t, err)
	a, err = d.AmendActivity(p.ctx, a.ID, a.Version, work.ActivityFacts{Cost: &kernel.Money{Minor: 100_00, Currency: "CNY"}})
	must(p.t, err)
	a, err = d.Hold(p.ctx, a.ID, a.Version, work.ActivityFacts{})
	must(p.t, err)
	_, err = d.FileMinutes(p.ctx, a.ID, a.Version, "纪要")
	must(p.t, err)
	a, err = d.Plan(p.ctx, facts)
	must(p.t, err)
	_, err = d.CallOff(p.ctx, a.ID, a.Version, "改期")
	must(p.t, err)
	facts.OnDate, facts.Campaign = ptr("2027-12-30"), nil // beyond the calendar, until the next year is imported
	_, err = d.Plan(p.ctx, facts)
	must(p.t, err)
	_, err = p.app.Calendar.Import(p.ctx, strings.NewReader("year,date,kind\n2028,2028-01-01,off\n2028,2028-01-03,off\n2028,2028-05-01,off\n2028,2028-10-01,off\n"), calendar.Order{Source: "演示通知", Reason: "示例"})
	must(p.t, err)
	_, err = d.Reckon(p.ctx)
	must(p.t, err)
}

func (p *past) scoreboard() {
	day := kernel.DayOf(p.app.DB.Now().UnixMilli())
	o := scoreboard.Order{Settings: scoreboard.Settings{Parameters: []scoreboard.Setting{{ID: "bands", Values: []int64{1, 2}}}, Target: ptr(int64(12))}, ValidFrom: day, Source: "演示文件", Reason: "示例"}
	for version := range int64(2) {
		_, err := p.app.Score.Define(p.ctx, "BIG_N_SIGNED", version+1, o)
		must(p.t, err)
		o.Parameters, o.Exclude, o.Target = nil, []string{"K"}, nil
	}
}

func (p *past) pipeline() {
	d := p.app.Pipeline
	k, err := d.Open(p.ctx, pipeline.Facts{Name: ptr(p.name("项目")), Source: ptr("来源"), Finder: ptr("发现人"), FoundOn: ptr("2026-01-05")})
	must(p.t, err)
	k, err = d.AttachEvidence(p.ctx, k.Project.ID, 0, pipeline.Evidence{Kind: pipeline.OtherEvidence, Title: "材料", On: "2026-01-06"}, "note.txt", strings.NewReader("内容"))
	must(p.t, err)
	k, err = d.WithdrawEvidence(p.ctx, k.Project.ID, 0, k.Evidence[0].ID, "示例")
	must(p.t, err)
	k, err = d.CallOff(p.ctx, k.Project.ID, k.Project.Version, pipeline.CallOffOrder{To: pipeline.Shelved, Reason: "示例"})
	must(p.t, err)
	_, err = d.Resume(p.ctx, k.Project.ID, k.Project.Version, "示例")
	must(p.t, err)
	signed := p.signed()
	k, err = d.RecordCeremony(p.ctx, signed, 0, pipeline.CeremonyOrder{On: string(kernel.DayOf(p.app.DB.Now().UnixMilli())), Note: "推介会"})
	must(p.t, err)
	_, err = d.SetBack(p.ctx, signed, k.Project.Version, pipeline.SetBackOrder{To: pipeline.Negotiating, Reason: "示例"})
	must(p.t, err)
}

// signed returns a project that holds a contract.
func (p *past) signed() (id string) {
	must(p.t, p.app.DB.View(p.ctx, func(tx store.Tx) error {
		id = fmt.Sprint(cells(p.t, p.ctx, tx, `SELECT p.id FROM pipeline_projects AS p JOIN pipeline_signings AS s ON s.zone = p.zone AND s.project = p.id
			WHERE p.zone = $1 AND s.held_key <> '' AND p.stage = 'signed' ORDER BY p.id LIMIT 1`, tx.Zone)[0][0])
		return nil
	}))
	return id
}

// intake imports a register of each kind, then one that changes it, and takes
// the first back.
func (p *past) intake() {
	firm, project := p.name("企业"), p.name("项目")
	p.imported("parties", "企业名称,地址\n"+firm+",示例路\n")
	p.imported("parties", "企业名称,地址,英文名称\n"+firm+",示例路,Sample Firm\n")
	head := "项目名称,企业名称,当前阶段,总投资(万元)\n"
	p.imported("projects", head+project+","+firm+",在谈,100\n")
	p.imported("projects", head+project+","+firm+",在谈,200\n")
	for _, kind := range []string{"parties", "projects"} {
		undo := p.imported(kind, map[string]string{"parties": "企业名称\n" + p.name("企业") + "\n", "projects": head + p.name("项目") + "," + p.name("企业") + ",在谈,100\n"}[kind])
		must(p.t, p.app.Intake.Undo(p.ctx, undo))
		must(p.t, p.app.Intake.Drain(p.ctx))
	}
}

func (p *past) imported(kind, text string) string {
	p.t.Helper()
	d := p.app.Intake
	file, err := d.Upload(p.ctx, "register.csv", strings.NewReader(text))
	must(p.t, err)
	found, err := d.Sniff(p.ctx, file, kind, intake.Settings{})
	must(p.t, err)
	run, err := d.Begin(p.ctx, file, kind, intake.Settings{Mapping: found.Mapping})
	must(p.t, err)
	must(p.t, d.Drain(p.ctx))
	must(p.t, d.Publish(p.ctx, run))
	must(p.t, d.Drain(p.ctx))
	v, err := d.Get(p.ctx, run)
	must(p.t, err)
	if v.State != "published" || v.Counts.Rejected > 0 {
		p.t.Fatalf("%s: %+v", text, v)
	}
	return run
}

// elsewhere are the verbs that change no business row; and two that are brought
// about in the tests of pipeline: ceremony_attached, which adds the same row as
// ceremony_recorded, and figure_effective, which waits for another day.
func elsewhere() []string {
	return strings.Fields(`access.credentials_reset access.link_issued access.locked_out access.password_changed access.password_set access.signed_in access.signed_out
		access.identity_allowed access.identity_linked access.identity_unlinked access.token_issued access.token_withdrawn access.totp_dropped access.totp_set access.unlocked
		intake.cancelled intake.profile_saved intake.published intake.started intake.undone intake.uploaded journal.exported
		party.unmasked notify.channel_tested notify.sent_again pipeline.evidence_read pipeline.tax_unmasked pipeline.ceremony_attached pipeline.figure_effective`)
}

// verbs: the history holds every verb there is but those named elsewhere.
func (p *past) verbs(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "map", "verbs.txt"))
	must(t, err)
	told := map[string]bool{}
	must(t, p.app.DB.View(p.ctx, func(tx store.Tx) error {
		for _, row := range cells(t, p.ctx, tx, `SELECT DISTINCT verb FROM journal_entries WHERE zone = $1`, tx.Zone) {
			told[fmt.Sprint(row[0])] = true
		}
		return nil
	}))
	for verb := range strings.Lines(string(raw)) {
		verb = strings.TrimSpace(verb)
		if verb != "" && !strings.HasPrefix(verb, "#") && !told[verb] && !slices.Contains(elsewhere(), verb) {
			t.Errorf("the history has no %s: bring it about here, so that rebuilding is tested with it", verb)
		}
	}
}

// infrastructure are the tables that are not rebuilt by themselves: secrets, what
// protects requests, uploads and messages on their way, the journal itself, the list of zones,
// and what follows from the business tables and is made with them.
func infrastructure() []string {
	return strings.Fields(`grams_filled pipeline_names pipeline_names_fresh pipeline_names_fts pipeline_names_fts_config pipeline_names_fts_data pipeline_names_fts_docsize pipeline_names_fts_idx
		pipeline_tallies store_epochs
		access_credentials access_flows access_identities access_links access_sessions access_tokens httpapi_idempotency intake_files intake_profiles intake_rows intake_runs
		journal_checkpoints journal_entries journal_hashes notify_deliveries notify_notices notify_progress notify_secrets notify_sinks schema_migrations zones`)
}

// tables: every table is rebuilt and verified, or named as one that is not; and
// of those that are, every column.
func (p *past) tables(t *testing.T) {
	must(t, p.app.DB.View(p.ctx, func(tx store.Tx) error {
		business := map[string]store.Row{}
		for _, row := range app.Tables() {
			business[row.Table()] = row
		}
		for _, cell := range cells(t, p.ctx, tx, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'`) {
			name := fmt.Sprint(cell[0])
			row := business[name]
			if (row == nil) != slices.Contains(infrastructure(), name) {
				t.Errorf("table %s must be in the Tables of its package or among the infrastructure, and not in both", name)
			}
			delete(business, name)
			if row == nil {
				continue
			}
			var have, want []string
			for _, c := range cells(t, p.ctx, tx, `SELECT name FROM pragma_table_xinfo($1) WHERE hidden = 0`, name) {
				have = append(have, fmt.Sprint(c[0]))
			}
			for _, c := range store.Columns(row) {
				want = append(want, c.Name)
			}
			slices.Sort(have)
			slices.Sort(want)
			if !slices.Equal(have, want) {
				t.Errorf("%s has the columns %v, its rows %v", name, have, want)
			}
		}
		for name := range business {
			t.Errorf("no table %s", name)
		}
		return nil
	}))
}

// rebuild: an empty database and the journal give every business table again.
func (p *past) rebuild(t *testing.T) {
	other := storetest.Open(t, app.Migrations()...)
	want, got := map[string][]string{}, map[string][]string{}
	must(t, p.app.DB.View(p.ctx, func(from store.Tx) error {
		must(t, other.Update(p.ctx, func(to store.Tx) error {
			_, err := journal.Rebuild(p.ctx, from, to, app.Tables())
			return err
		}))
		p.dump(t, from, want)
		return nil
	}))
	must(t, other.View(p.ctx, func(tx store.Tx) error { p.dump(t, tx, got); return nil }))
	for table, rows := range want {
		if len(rows) == 0 {
			t.Errorf("the history leaves %s empty", table)
		}
		if slices.Equal(rows, got[table]) {
			continue
		}
		t.Errorf("%s: %d rows, %d rebuilt", table, len(rows), len(got[table]))
		for i := range min(len(rows), len(got[table])) {
			if rows[i] != got[table][i] {
				t.Errorf("first difference:\n%s\n%s", rows[i], got[table][i])
				break
			}
		}
	}
}

// dump writes every row of the business tables as text.
func (p *past) dump(t *testing.T, tx store.Tx, into map[string][]string) {
	t.Helper()
	for _, row := range app.Tables() {
		var lines []string
		for _, c := range cells(t, p.ctx, tx, `SELECT * FROM `+row.Table()+` WHERE zone = $1`, tx.Zone) {
			lines = append(lines, fmt.Sprintf("%#v", c))
		}
		slices.Sort(lines)
		into[row.Table()] = lines
	}
}

// tamper changes every column but the key in one row of every business table
// of a copy, past the program, and has each named.
func (p *past) tamper(t *testing.T) {
	file := filepath.Join(t.TempDir(), "copy.db")
	db, err := sql.Open("sqlite", p.file)
	must(t, err)
	_, err = db.ExecContext(t.Context(), `VACUUM INTO $1`, file)
	must(t, err)
	must(t, db.Close())
	if db, err = sql.Open("sqlite", file); err != nil {
		t.Fatal(err)
	}
	done := map[string][]string{}
	for _, row := range app.Tables() {
		done[row.Table()] = strike(t, db, row)
	}
	must(t, db.Close())
	forged, err := store.Open(t.Context(), store.Config{DSN: file, Log: slog.New(slog.DiscardHandler)}, app.Migrations()...)
	must(t, err)
	defer func() { must(t, forged.Close()) }()
	rep, err := journal.Verify(p.ctx, forged, p.app.Keys, "", app.Tables())
	must(t, err)
	found := map[string]journal.Finding{}
	for _, f := range rep.Findings {
		if f.Kind == "tally_wrong" { // what was kept beside the row that was changed
			rep.Total--
			continue
		}
		found[f.Table] = f
	}
	if rep.Total != int64(len(done)) {
		t.Errorf("%d findings for %d changes: %+v", rep.Total, len(done), rep.Findings)
	}
	for table, columns := range done {
		f := found[table]
		slices.Sort(f.Fields)
		if f.Kind != "row_changed" || !slices.Equal(f.Fields, columns) || f.Key == "" || f.Entry == "" || f.Object == "" {
			t.Errorf("%s: changed %v, found %+v", table, columns, f)
		}
	}
	rep, err = journal.Verify(p.ctx, p.app.DB, p.app.Keys, "", app.Tables())
	must(t, err)
	if !rep.OK() {
		t.Errorf("the original: %+v", rep)
	}
}

// strike changes one row of row's table and returns the columns changed, sorted.
func strike(t *testing.T, db *sql.DB, row store.Row) (changed []string) {
	t.Helper()
	var set, keys []string
	for _, c := range store.Columns(row) {
		if c.Key {
			keys = append(keys, c.Name)
			continue
		}
		to := ""
		kind := reflect.Indirect(reflect.ValueOf(row)).Type().FieldByIndex(c.Index).Type
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		switch {
		case c.JSON && kind.Kind() != reflect.Slice:
			continue // its form is not known here
		case c.JSON && kind.Elem().Kind() == reflect.String:
			to = `'["改"]'`
		case c.JSON:
			to = `CASE WHEN ` + c.Name + ` = '[]' THEN '[{}]' ELSE '[]' END`
		case kind.Kind() == reflect.String:
			to = `coalesce(` + c.Name + `, '') || '改'`
		case kind.Kind() == reflect.Bool:
			to = `1 - ` + c.Name
		case kind.Kind() == reflect.Slice:
			to = `x'00'`
		default:
			to = `coalesce(` + c.Name + `, 0) + 1`
		}
		set, changed = append(set, c.Name+" = "+to), append(changed, c.Name)
	}
	key := strings.Join(keys, ", ")
	res, err := db.ExecContext(t.Context(), `UPDATE `+row.Table()+` SET `+strings.Join(set, ", ")+` WHERE (`+key+`) = (SELECT `+key+` FROM `+row.Table()+` ORDER BY `+strings.Join(keys, " DESC, ")+` DESC LIMIT 1)`)
	must(t, err)
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		t.Fatalf("%s: %d rows changed, %v", row.Table(), n, err)
	}
	slices.Sort(changed)
	return changed
}
