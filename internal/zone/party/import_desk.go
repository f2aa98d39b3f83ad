package party

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"strings"

	"sente/internal/infra/access"
	"sente/internal/infra/intake"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Kind is the register of organisations (企业和机构名录) that can be imported.
//
// Its key is the credit code when a row has one, else the normalized name. Rows
// with the same key are merged into the first accepted one: aliases, business,
// tags and sources are united, blank fields filled; where two rows differ the
// first value stays and the difference is told. A row that states another
// founding year, or another credit code for the same name, contradicts it and
// is rejected with both values. An alias that several organisations share is
// told and allowed. The same rules hold between a row and an organisation that
// is registered already. Private people are not imported.
func (d *Desk) Kind() intake.Kind {
	return intake.Kind{
		ID: "parties", Word: "party.kind", Perm: "party.register",
		Fields:  importFields(),
		Options: []intake.Field{{ID: "unit", Word: "party.field_unit", Type: intake.Text}},
		Key:     importKey,
		Check:   checkRow,
		Merge:   mergeRows,
		Decide:  d.decideImport,
		Undo:    d.undoImport,
	}
}

func importFields() []intake.Field {
	text := func(id string, synonyms ...string) intake.Field {
		return intake.Field{ID: id, Word: "party.field_" + id, Type: intake.Text, Synonyms: synonyms}
	}
	name := text("name", "企业名称", "单位名称", "公司名称", "机构名称", "主体名称", "名称", "company", "company name", "name")
	name.Required = true
	kind := intake.Field{ID: "kind", Word: "party.field_kind", Type: intake.Enum, Synonyms: []string{"主体类型", "单位类型", "kind"}, Values: []intake.Choice{
		{ID: string(Enterprise), Word: "party.kind_enterprise", Synonyms: []string{"企业", "公司", "enterprise", "company"}},
		{ID: string(Institution), Word: "party.kind_institution", Synonyms: []string{"机构", "事业单位", "高校", "科研院所", "institution"}},
	}}
	code := intake.Field{ID: "credit_code", Word: "party.field_credit_code", Type: intake.Code, Synonyms: []string{"统一社会信用代码", "信用代码", "社会信用代码", "credit code", "uscc"}}
	lei := intake.Field{ID: "lei", Word: "party.field_lei", Type: intake.Code, Synonyms: []string{"LEI编码", "lei"}}
	capital := intake.Field{ID: "registered_capital", Word: "party.field_registered_capital", Type: intake.Money, Synonyms: []string{"注册资本", "注册资金", "registered capital"}}
	entered := intake.Field{ID: "origin_on", Word: "party.field_origin_on", Type: intake.Day, Synonyms: []string{"登记日期", "录入日期", "填报日期", "date entered"}}
	author := text("origin_author", "登记人", "录入人", "填报人", "author")
	author.Personal = true
	return []intake.Field{name, kind, text("name_en", "英文名称", "english name"), text("short_name", "规范简称"), text("aliases", "简称", "别名", "企业简称", "alias", "aliases"),
		text("former_names", "曾用名", "former name"), code, lei, text("foreign_reg_no", "境外注册号", "注册号", "registration number"),
		text("country", "国家（地区）代码", "country code"), text("industry", "行业代码", "industry code"), text("tags", "行业", "所属行业", "产业", "标签", "industry", "sector"),
		text("business", "主营业务", "经营范围", "主要产品", "业务", "business"), text("region", "地区", "所在地区", "城市", "所在城市", "city", "region"),
		text("founded", "成立时间", "成立日期", "成立年份", "founded"), text("address", "地址", "注册地址", "企业地址", "address"), capital,
		text("scale", "规模", "人员规模", "企业规模", "scale"), text("listing", "上市情况", "listing"), text("funding", "融资情况", "融资", "funding"),
		text("sources", "来源", "来源文件", "source", "source file"), text("external_key", "原编号", "编号", "external id"), author, entered}
}

// importKey is what makes two rows one organisation.
func importKey(v intake.Values) string {
	if code := strings.ToUpper(strings.TrimSpace(v.Text("credit_code"))); code != "" {
		return "code/" + code
	}
	if name := Normalize(v.Text("name")); name != "" {
		return "name/" + name
	}
	return ""
}

// draftOf is the party a row states, with what is worth telling about it.
func draftOf(v intake.Values) (Party, []Warning, error) {
	p := Party{Kind: Kind(v.Text("kind")), Name: v.Text("name"), NameEn: v.Text("name_en"), ShortName: v.Text("short_name"), Aliases: SplitList(v.Text("aliases")),
		FormerNames: SplitList(v.Text("former_names")), CreditCode: v.Text("credit_code"), LEI: v.Text("lei"), ForeignRegNo: v.Text("foreign_reg_no"),
		Country: v.Text("country"), Industry: v.Text("industry"), Tags: SplitList(v.Text("tags")), Business: SplitList(v.Text("business")),
		Region: v.Text("region"), Address: v.Text("address"), CapitalMinor: v["registered_capital"].Money.Minor, CapitalCurrency: v["registered_capital"].Money.Currency,
		Scale: v.Text("scale"), Listing: v.Text("listing"), Funding: v.Text("funding"), Sources: SplitList(v.Text("sources")),
		ExternalKey: v.Text("external_key"), OriginAuthor: v.Text("origin_author"), OriginOn: string(v["origin_on"].Date)}
	if p.Kind == "" {
		p.Kind = Enterprise
	}
	if v.Has("founded") {
		var err error
		if p.Founded, err = FoundedOf(v.Text("founded")); err != nil {
			return p, nil, err
		}
	}
	p, notes := p.scaled()
	return p, notes, nil
}

// checkRow reports what is wrong with a row by itself.
func checkRow(v intake.Values) []kernel.Fault {
	p, _, err := draftOf(v)
	if err == nil {
		_, err = p.settle()
	}
	return parts(err)
}

// mergeRows joins later into first, two rows of one organisation; see
// [Desk.Kind]. Both passed checkRow. The row that stated the founding date is
// kept in its value's Int.
func mergeRows(first, later intake.Row) (joined intake.Values, notes, reject []kernel.Fault) {
	a, _, _ := draftOf(first.Values)
	b, more, _ := draftOf(later.Values)
	a, errA := a.settle()
	b, errB := b.settle()
	e := Entry{Party: a, FoundedRow: first.Number}
	if n := first.Values["founded"].Int; n > 0 {
		e.FoundedRow = int(n)
	}
	both, told, errM := merge(e, b)
	if err := errors.Join(errA, errB, errM, sameCode(a, b)); err != nil {
		return nil, nil, parts(err)
	}
	joined = maps.Clone(first.Values)
	for id, v := range later.Values {
		if !joined.Has(id) {
			joined[id] = v
		}
	}
	for id, list := range map[string][]string{"aliases": both.Aliases, "former_names": both.FormerNames, "business": both.Business, "tags": both.Tags, "sources": both.Sources} {
		if len(list) > 0 {
			joined[id] = intake.Value{Text: strings.Join(list, "、")}
		}
	}
	if both.Founded != a.Founded {
		joined["founded"] = intake.Value{Text: both.Founded, Int: int64(later.Number)}
	}
	return joined, faults(append(more, told...)), nil
}

// sameCode refuses two credit codes under one name.
func sameCode(a, b Party) error {
	if a.CreditCode != "" && b.CreditCode != "" && a.CreditCode != b.CreditCode {
		return kernel.FieldFault("credit_code", "party.code_conflict", a.Name, a.CreditCode, b.CreditCode)
	}
	return nil
}

// parts lists what err says.
func parts(err error) []kernel.Fault {
	var f *kernel.Fault
	switch {
	case !errors.As(err, &f):
		return nil
	case len(f.Details) > 0:
		return f.Details
	}
	return []kernel.Fault{*f}
}

// decideImport decides rows against what is registered and against each other.
func (d *Desk) decideImport(ctx context.Context, tx store.Tx, run intake.Run, rows []intake.Row) ([]intake.Verdict, error) {
	if err := access.CheckUnit(ctx, tx, "options.unit", run.Options.Text("unit")); err != nil {
		return nil, err
	}
	var names, codes []string
	for _, row := range rows {
		names = append(names, Normalize(row.Values.Text("name")))
		codes = append(codes, strings.ToUpper(row.Values.Text("credit_code")))
	}
	known, err := matching(ctx, tx, names, codes)
	if err != nil {
		return nil, err
	}
	in := &importing{desk: d, tx: tx, run: run, known: known, register: NewRegister(known...), nextID: kernel.IDs(tx.Now)}
	in.denied = d.gate.Allow(ctx, tx, "party.register", in.fresh(ctx).resource())
	verdicts := make([]intake.Verdict, len(rows))
	for i, row := range rows {
		if verdicts[i], err = in.decide(ctx, row); err != nil {
			return nil, err
		}
	}
	return verdicts, nil
}

// importing is one batch of rows being decided.
type importing struct {
	desk     *Desk
	tx       store.Tx
	run      intake.Run
	known    []Party   // registered already
	register *Register // known first, then what the batch adds
	nextID   func() string
	denied   error // why the actor may not register what is new
}

// fresh is what all organisations that the run adds have in common.
func (in *importing) fresh(ctx context.Context) Party {
	actor := kernel.ActorOf(ctx)
	return Party{Zone: in.tx.Zone, Unit: either(in.run.Options.Text("unit"), actor.Unit), Owner: actor.ID, Origin: Imported, OriginRun: in.run.ID,
		Version: 1, CreatedAt: in.tx.Now.UnixMilli(), UpdatedAt: in.tx.Now.UnixMilli()}
}

func (in *importing) decide(ctx context.Context, row intake.Row) (intake.Verdict, error) {
	p, notes, err := draftOf(row.Values)
	if err != nil {
		return rejected(p, err)
	}
	if len(p.Sources) == 0 {
		p.Sources = []string{in.run.FileName}
	}
	at, more, err := in.register.Take(row.Number, p)
	if err != nil {
		return rejected(p, err)
	}
	e := in.register.Entries[at]
	if first := e.Rows[0]; first != row.Number { // one by code, one by name: intake took them for two
		return rejected(p, kernel.Faultf(kernel.ErrConflict, "party.row_repeats", first))
	}
	v := intake.Verdict{Title: e.Party.Name, Reasons: faults(append(notes, more...))}
	if at >= len(in.known) {
		return in.add(ctx, v, e.Party)
	}
	return in.complete(ctx, v, in.known[at], e.Party)
}

// add is the verdict on a row that states a new organisation.
func (in *importing) add(ctx context.Context, v intake.Verdict, p Party) (intake.Verdict, error) {
	if in.denied != nil {
		return rejected(p, in.denied)
	}
	f := in.fresh(ctx)
	p.Zone, p.ID, p.Unit, p.Owner, p.Origin, p.OriginRun = f.Zone, in.nextID(), f.Unit, f.Owner, f.Origin, f.OriginRun
	p.Version, p.CreatedAt, p.UpdatedAt = f.Version, f.CreatedAt, f.UpdatedAt
	v.Status, v.Object, v.Version = intake.New, p.ID, p.Version
	v.Act = journal.Act{Verb: "party.imported", Object: p.Object(), Changes: []journal.Change{journal.Put(keyed(p))}}
	return v, nil
}

// complete is the verdict on a row about was, which it turns into p.
func (in *importing) complete(ctx context.Context, v intake.Verdict, was, p Party) (intake.Verdict, error) {
	v.Object, v.Base = was.ID, was.Version
	fields := changed(was, p)
	if len(fields) == 0 {
		v.Status = intake.Unchanged
		return v, nil
	}
	if err := in.desk.gate.Allow(ctx, in.tx, "party.amend", was.resource()); err != nil {
		return rejected(p, err)
	}
	before, err := snapshot(was)
	if err != nil {
		return v, err
	}
	p = next(in.tx, keyed(p))
	v.Status, v.Version, v.Before = intake.Changed, p.Version, before
	v.Act = journal.Act{Verb: "party.merged", Object: p.Object(), Detail: map[string]any{"fields": fields}, Changes: []journal.Change{journal.Put(p)}}
	return v, nil
}

// rejected is the verdict on a row that err is wrong with; an error that nobody
// can read ends the run instead.
func rejected(p Party, err error) (intake.Verdict, error) {
	var f *kernel.Fault
	if !errors.As(err, &f) {
		return intake.Verdict{}, err
	}
	return intake.Verdict{Status: intake.Rejected, Title: p.Name, Reasons: parts(err)}, nil
}

func faults(notes []Warning) []kernel.Fault {
	var out []kernel.Fault
	for _, n := range notes {
		f := kernel.Fault{Kind: kernel.ErrInvalid, Word: n.Word, Field: n.Field}
		for _, a := range n.Args {
			f.Args = append(f.Args, a)
		}
		out = append(out, f)
	}
	return out
}

// undoImport takes back what an import did: organisations that it added are
// removed, those that it completed get their former state.
func (d *Desk) undoImport(ctx context.Context, tx store.Tx, run intake.Run, rows []intake.Done) ([]journal.Act, []intake.Blocked, error) {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.Object
	}
	held, err := byID(ctx, tx, ids)
	if err != nil {
		return nil, nil, err
	}
	var acts []journal.Act
	var blocked []intake.Blocked
	for _, row := range rows {
		p, stands := held[row.Object]
		if !stands {
			continue // removed since: nothing is left to take back
		}
		why, err := d.keeps(ctx, tx, p, row)
		if err != nil {
			return nil, nil, err
		}
		if why != nil {
			blocked = append(blocked, intake.Blocked{Row: row.Number, Reason: *why})
			continue
		}
		change, err := takeBack(tx, p, row)
		if err != nil {
			return nil, nil, err
		}
		acts = append(acts, journal.Act{Verb: "party.import_undone", Object: p.Object(), Changes: []journal.Change{change}})
	}
	return acts, blocked, nil
}

// keeps tells why p cannot be taken back, nil when it can. A contact added since
// is a change of p, too.
func (d *Desk) keeps(ctx context.Context, tx store.Tx, p Party, row intake.Done) (*kernel.Fault, error) {
	if p.Version != row.Version {
		return &kernel.Fault{Kind: kernel.ErrConflict, Word: "party.undo_changed", Args: []any{p.Name}}, nil
	}
	if row.Status != intake.New {
		return nil, nil
	}
	for _, ask := range d.holders {
		if f, err := ask(ctx, tx, p.ID); f != nil || err != nil {
			return f, err
		}
	}
	return nil, nil
}

// takeBack is the change that undoes row.
func takeBack(tx store.Tx, p Party, row intake.Done) (journal.Change, error) {
	if row.Status == intake.New {
		return journal.Drop(p), nil
	}
	was, err := restore(p, row.Before)
	was.Version = p.Version
	return journal.Put(next(tx, keyed(was))), err
}

// state is an organisation as it stood before an import completed it.
type state struct {
	Party
	Capital kernel.Money `json:"capital"`
	Doubts  []Warning    `json:"doubts"`
}

func snapshot(p Party) (json.RawMessage, error) {
	return json.Marshal(state{p, p.Capital(), p.Warnings})
}

// restore returns now with the columns of the state before.
func restore(now Party, before json.RawMessage) (Party, error) {
	var s state
	if err := json.Unmarshal(before, &s); err != nil {
		return now, err
	}
	p := s.Party
	p.Zone, p.NameKey = now.Zone, Normalize(p.Name)
	p.CapitalMinor, p.CapitalCurrency, p.Warnings = s.Capital.Minor, s.Capital.Currency, s.Doubts
	return p, nil
}
