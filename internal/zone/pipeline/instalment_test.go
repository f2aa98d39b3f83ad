package pipeline

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

// signed is a project whose contract of 1,000,000 yuan was signed on 2026-04-10.
func (r *room) signed(name string) *Docket {
	r.t.Helper()
	return r.bring(r.open(r.wholeFacts(name)), Signed)
}

// paper files a document of kind under k's project and returns its id.
func (r *room) paper(k *Docket, kind, on string) string {
	r.t.Helper()
	k, err := r.desk.attachFiled(r.officer(), k.Project.ID, 0, Evidence{Kind: kind, Title: kind, File: "f", SHA256: "sha-" + kind + on, On: on})
	r.must(err)
	return last(k.Evidence).ID
}

// part is the fault of err, or its first part when several were gathered.
func part(err error) *kernel.Fault {
	var f *kernel.Fault
	if !errors.As(err, &f) {
		return &kernel.Fault{}
	}
	if len(f.Details) > 0 {
		return &f.Details[0]
	}
	return f
}

func TestInstalmentsNeedVouchersAndStayWithinTheContract(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		lead := r.open(r.wholeFacts("未签项目"))
		_, err := r.desk.RecordInstalment(r.officer(), lead.Project.ID, 0, InstalmentEntry{Amount: *yuan(1), On: "2026-05-01", SourceKind: PaidCash, Evidence: "x"})
		r.refused(err, kernel.ErrConflict, "pipeline.instalment_unsigned")

		k := r.signed("轴承项目")
		id := k.Project.ID
		voucher, other := r.paper(k, Voucher, "2026-05-02"), r.paper(k, OtherEvidence, "2026-05-02")
		pay := func(e InstalmentEntry) (*Docket, error) { return r.desk.RecordInstalment(r.officer(), id, 0, e) }
		whole := InstalmentEntry{Amount: *yuan(400_000), On: "2026-05-02", SourceKind: PaidCash, Evidence: voucher}
		for name, c := range map[string]struct {
			change      func(*InstalmentEntry)
			word, field string
		}{
			"no voucher":         {func(e *InstalmentEntry) { e.Evidence = "" }, "pipeline.no_voucher", "evidence"},
			"another document":   {func(e *InstalmentEntry) { e.Evidence = other }, "pipeline.voucher_not_found", "evidence"},
			"no amount":          {func(e *InstalmentEntry) { e.Amount = kernel.Money{} }, "pipeline.instalment_amount", "amount"},
			"nothing":            {func(e *InstalmentEntry) { e.Amount.Minor = 0 }, "pipeline.instalment_amount", "amount"},
			"no such currency":   {func(e *InstalmentEntry) { e.Amount.Currency = "XXX" }, "pipeline.money_invalid", "amount"},
			"in the future":      {func(e *InstalmentEntry) { e.On = "2099-01-01" }, "pipeline.in_future", "on"},
			"before the signing": {func(e *InstalmentEntry) { e.On = "2026-04-09" }, "pipeline.instalment_before_signing", "on"},
			"no day":             {func(e *InstalmentEntry) { e.On = "" }, "pipeline.no_date", "on"},
			"no kind":            {func(e *InstalmentEntry) { e.SourceKind = "promise" }, "pipeline.not_a_choice", "source_kind"},
			"other currency":     {func(e *InstalmentEntry) { e.Amount = kernel.Money{Minor: 1, Currency: "USD"} }, "pipeline.instalment_currency", "amount"},
		} {
			e := whole
			c.change(&e)
			if _, err := pay(e); part(err).Word != c.word || part(err).Field != c.field {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err = pay(whole)
		r.must(err)
		_, err = pay(whole)
		r.refused(err, kernel.ErrInvalid, "pipeline.instalment_twice")

		// More than the contract says: both amounts, and what to do.
		rest := whole
		rest.Amount, rest.On = *yuan(600_001), "2026-06-02"
		_, err = pay(rest)
		if f := r.refused(err, kernel.ErrInvalid, "pipeline.instalment_over_contract"); !reflect.DeepEqual(f.Args, []any{"1000001.00", "1000000.00", "CNY"}) {
			t.Errorf("refused with %v", f.Args)
		}
		if say := r.desk.book.Say("zh", "pipeline.instalment_over_contract", "1000001.00", "1000000.00", "CNY"); !strings.Contains(say, "先登记总投资的调整") {
			t.Errorf("the refusal says %q", say)
		}
		if got := r.find(id); len(got.Instalments) != 1 || got.paidIn("CNY") != *yuan(400_000) {
			t.Fatalf("after the refusals: %+v", got.Instalments)
		}
		_, err = r.desk.Amend(r.officer(), id, r.find(id).Project.Version, Facts{Total: yuan(1_200_000), Reason: text("补充协议")})
		r.must(err)
		k, err = pay(rest)
		r.must(err)
		if got := k.rate(k.Today); *got.Contract != *yuan(1_200_000) || *got.PaidIn != *yuan(1_000_001) || *got.BasisPoints != 8333 || got.Why != "" {
			t.Errorf("rate %+v", got)
		}
		// Foreign exchange stands apart, held against the foreign capital promised.
		usd := InstalmentEntry{Amount: kernel.Money{Minor: 60_000_00, Currency: "USD"}, On: "2026-07-01", SourceKind: PaidForeign, Evidence: voucher}
		_, err = r.desk.RecordFigure(r.officer(), id, 0, FigureEntry{Measure: ForeignCapital, Kind: Promised, Amount: "50000", Currency: "USD"})
		r.must(err)
		_, err = pay(usd)
		r.refused(err, kernel.ErrInvalid, "pipeline.instalment_over_contract")
		usd.Amount.Minor = 50_000_00
		k, err = pay(usd)
		r.must(err)
		if got := k.rate(k.Today); *got.BasisPoints != 8333 || !reflect.DeepEqual(got.Elsewhere, []kernel.Money{{Minor: 50_000_00, Currency: "USD"}}) {
			t.Errorf("rate %+v", got)
		}
		// What has been paid in is not undercut, and its voucher not withdrawn.
		_, err = r.desk.Amend(r.officer(), id, k.Project.Version, Facts{Total: yuan(1_000_000), Reason: text("减资")})
		if f := part(err); f.Word != "pipeline.contract_below_paid" || !reflect.DeepEqual(f.Args, []any{"1000000.00", "CNY", "1000001.00", "CNY"}) {
			t.Errorf("undercut: %v", err)
		}
		_, err = r.desk.WithdrawEvidence(r.officer(), id, 0, voucher, "扫描有误")
		r.refused(err, kernel.ErrConflict, "pipeline.voucher_in_use")
		// A wrong one is voided and stays.
		wrong := k.Instalments[slices.IndexFunc(k.Instalments, func(i Instalment) bool { return i.Money() == *yuan(600_001) })].ID
		_, err = r.desk.VoidInstalment(r.officer(), id, 0, wrong, " ")
		r.refused(err, kernel.ErrInvalid, "pipeline.no_reason")
		_, err = r.desk.VoidInstalment(r.officer(), id, 0, "none", "重复")
		r.refused(err, kernel.ErrNotFound, "pipeline.instalment_not_found")
		_, err = r.desk.VoidInstalment(r.officer(), id, k.Project.Version-1, wrong, "重复")
		r.refused(err, kernel.ErrStale, "pipeline.stale")
		_, err = r.desk.VoidInstalment(r.officer(), id, k.Project.Version, wrong, "金额重复计算")
		r.must(err)
		_, err = r.desk.VoidInstalment(r.officer(), id, 0, wrong, "再作废")
		r.refused(err, kernel.ErrConflict, "pipeline.voided_already")
		if k = r.find(id); len(k.Instalments) != 3 || k.paidIn("CNY") != *yuan(400_000) {
			t.Errorf("after voiding: %+v", k.Instalments)
		}
	})
}

func TestRatesThatCannotBeComputed(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.open(r.wholeFacts("轴承项目"))
	if got := k.rate("2026-11-01"); got.Why != "no_contract" || got.BasisPoints != nil {
		t.Errorf("before the signing %+v", got)
	}
	k = &Docket{}
	k.Project.Stage = Signed
	if got := k.rate("2026-11-01"); got.Why != "no_amount" || got.BasisPoints != nil {
		t.Errorf("without an amount %+v", got)
	}
	k.Project.Currency = "CNY"
	if got := k.rate("2026-11-01"); got.Why != "zero" || got.BasisPoints != nil {
		t.Errorf("a contract of nothing %+v", got)
	}
	if got := share(maxInvestment, maxInvestment); got != 10_000 {
		t.Errorf("all of the largest amount is %d", got)
	}
}

func TestAnothersProjectTakesNoFigures(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		k := r.signed("轴承项目")
		id, voucher := k.Project.ID, r.paper(k, Voucher, "2026-05-02")
		abroad := kernel.WithActor(t.Context(), kernel.Actor{Zone: "z2", ID: "stranger", Name: "stranger", Unit: "zone", Roles: []string{"leader", "department_lead"}, Via: "session", Lang: "zh"})
		neighbour := r.as("officer-2", "d2", "officer")
		for name, try := range map[string]func(ctx context.Context) error{
			"figure": func(ctx context.Context) error {
				_, err := r.desk.RecordFigure(ctx, id, 0, FigureEntry{Measure: "land", Kind: Planned, Amount: "1"})
				return err
			},
			"instalment": func(ctx context.Context) error {
				_, err := r.desk.RecordInstalment(ctx, id, 0, InstalmentEntry{Amount: *yuan(1), On: "2026-05-02", SourceKind: PaidCash, Evidence: voucher})
				return err
			},
			"fact": func(ctx context.Context) error {
				_, err := r.desk.RecordFact(ctx, id, 0, FactEntry{Kind: "settled", On: "2026-05-02"})
				return err
			},
			"as of": func(ctx context.Context) error {
				_, err := r.desk.FindAsOf(ctx, id, "2026-05-02")
				return err
			},
			"tax": func(ctx context.Context) error {
				_, err := r.desk.TaxFiled(ctx, id)
				return err
			},
		} {
			for _, ctx := range []context.Context{abroad, neighbour} {
				if err := try(ctx); !errors.Is(err, kernel.ErrNotFound) || wordOf(err) != "pipeline.not_found" {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		// A document of another project proves nothing here.
		other := r.open(r.wholeFacts("别的项目"))
		_, err := r.desk.RecordInstalment(r.officer(), id, 0, InstalmentEntry{Amount: *yuan(1), On: "2026-05-02", SourceKind: PaidCash, Evidence: r.paper(other, Voucher, "2026-05-02")})
		if part(err).Word != "pipeline.voucher_not_found" {
			t.Errorf("another project's voucher: %v", err)
		}
	})
}

func TestFactsAreDatedAndNeverStages(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.signed("轴承项目")
	id := k.Project.ID
	record := func(e FactEntry) (*Docket, error) { return r.desk.RecordFact(r.officer(), id, 0, e) }
	for name, c := range map[string]struct {
		e           FactEntry
		word, field string
	}{
		"unknown":   {FactEntry{Kind: "landed", On: "2026-05-01"}, "pipeline.unknown_fact", "kind"},
		"no day":    {FactEntry{Kind: "settled"}, "pipeline.no_date", "on"},
		"future":    {FactEntry{Kind: "settled", On: "2099-01-01"}, "pipeline.in_future", "on"},
		"no code":   {FactEntry{Kind: "in_statistics", On: "2026-05-01"}, "pipeline.no_fact_code", "code"},
		"a code":    {FactEntry{Kind: "settled", On: "2026-05-01", Code: "2201"}, "pipeline.fact_has_no_code", "code"},
		"no paper":  {FactEntry{Kind: "settled", On: "2026-05-01", Evidence: "none"}, "pipeline.proof_not_found", "evidence"},
		"long note": {FactEntry{Kind: "settled", On: "2026-05-01", Note: strings.Repeat("长", 501)}, "pipeline.too_long", "note"},
	} {
		if _, err := record(c.e); part(err).Word != c.word || part(err).Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	before := r.find(id).Project
	k, err := record(FactEntry{Kind: "in_statistics", On: "2026-05-01", Code: "2205-220101-04-01-100001"})
	r.must(err)
	if k.Project.Stage != before.Stage || k.Project.StageSince != before.StageSince {
		t.Errorf("a fact moved the project to %s", k.Project.Stage)
	}
	_, err = record(FactEntry{Kind: "in_statistics", On: "2026-06-01", Code: "2205-220101-04-01-100001"})
	r.refused(err, kernel.ErrConflict, "pipeline.fact_twice")
	_, err = r.desk.VoidFact(r.officer(), id, 0, k.FactRows[0].ID, "")
	r.refused(err, kernel.ErrInvalid, "pipeline.no_reason")
	_, err = r.desk.VoidFact(r.officer(), id, 0, k.FactRows[0].ID, "代码填错")
	r.must(err)
	k, err = record(FactEntry{Kind: "in_statistics", On: "2026-06-01", Code: "2205-220101-04-01-100002"})
	r.must(err)
	if len(r.find(id).FactRows) != 2 {
		t.Errorf("%+v", k.FactRows)
	}
	// What builds nothing is not admitted to fixed-asset statistics.
	f := r.wholeFacts("总部项目")
	no := false
	f.Builds = &no
	quiet := r.open(f)
	_, err = r.desk.RecordFact(r.officer(), quiet.Project.ID, 0, FactEntry{Kind: "in_statistics", On: "2026-05-01", Code: "1"})
	r.refused(err, kernel.ErrInvalid, "pipeline.fact_not_applicable")
	_, err = r.desk.RecordFact(r.officer(), quiet.Project.ID, 0, FactEntry{Kind: "above_scale", On: "2026-05-01", Code: "1"})
	r.must(err)
}

func TestTaxIsMaskedAndReadForAPurposeOnRecord(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		k := r.signed("轴承项目")
		id := k.Project.ID
		entry := TaxEntry{Period: "2026-Q1", Kind: "vat", Amount: *yuan(123_456), Source: "税务局函告，达效核验用"}
		_, err := r.desk.RecordTax(r.officer(), id, entry)
		if !errors.Is(err, kernel.ErrDenied) {
			t.Errorf("an officer recorded tax: %v", err)
		}
		for name, c := range map[string]struct {
			change func(*TaxEntry)
			word   string
		}{
			"no source": {func(e *TaxEntry) { e.Source = "  " }, "pipeline.tax_source"},
			"period":    {func(e *TaxEntry) { e.Period = "2026-Q5" }, "pipeline.tax_period"},
			"ahead":     {func(e *TaxEntry) { e.Period = "2099" }, "pipeline.period_ahead"},
			"kind":      {func(e *TaxEntry) { e.Kind = "salt" }, "pipeline.unknown_tax"},
			"amount":    {func(e *TaxEntry) { e.Amount = kernel.Money{} }, "pipeline.no_amount"},
			"negative":  {func(e *TaxEntry) { e.Amount.Minor = -1 }, "pipeline.negative"},
			"party":     {func(e *TaxEntry) { e.Party = "nobody" }, "pipeline.tax_party"},
		} {
			e := entry
			c.change(&e)
			if _, err := r.desk.RecordTax(r.lead(), id, e); part(err).Word != c.word {
				t.Errorf("%s: %v", name, err)
			}
		}
		row, err := r.desk.RecordTax(r.lead(), id, entry)
		r.must(err)
		_, err = r.desk.RecordTax(r.lead(), id, entry)
		r.refused(err, kernel.ErrInvalid, "pipeline.tax_twice")
		if row.Party != r.investor {
			t.Errorf("filed under %s", row.Party)
		}
		// Masked for everybody, whoever it is.
		for _, ctx := range []context.Context{r.officer(), r.lead(), r.leader(), r.as("audit-1", "zone", "auditor")} {
			s, err := r.desk.TaxFiled(ctx, id)
			out, err := r.desk.taxSheet(ctx, s, err)
			r.must(err)
			if len(out.Body.Items) != 1 || out.Body.Items[0].Amount != nil || !out.Body.Masked {
				t.Errorf("shown %+v", out.Body)
			}
		}
		_, err = r.desk.UnmaskTax(r.lead(), id, "核验达效")
		r.refused(err, kernel.ErrDenied, "access.role_needed")
		_, err = r.desk.UnmaskTax(r.leader(), id, "看")
		r.refused(err, kernel.ErrInvalid, "pipeline.tax_purpose")
		s, err := r.desk.UnmaskTax(r.leader(), id, "达效核验")
		out, err := r.desk.taxSheet(r.leader(), s, err)
		r.must(err)
		if len(out.Body.Items) != 1 || *out.Body.Items[0].Amount != *yuan(123_456) || out.Body.Items[0].PartyName != "示例精工有限公司" {
			t.Errorf("unmasked %+v", out.Body)
		}
		entries, err := r.desk.Timeline(r.leader(), id, journal.Page{Limit: 1})
		r.must(err)
		if e := entries[0]; e.Verb != "pipeline.tax_unmasked" || e.Actor != leader || e.Reason != "达效核验" || !strings.Contains(string(e.Detail), row.ID) {
			t.Errorf("recorded %+v", e)
		}
		// The journal's open part does not know the amount.
		r.must(db.View(r.leader(), func(tx store.Tx) error {
			n, err := store.Count(r.leader(), tx, `SELECT count(*) FROM journal_entries WHERE zone = $1 AND body LIKE '%12345600%'`, "z1")
			if n != 0 {
				t.Errorf("%d entries tell the amount", n)
			}
			return err
		}))
		_, err = r.desk.VoidTax(r.lead(), id, row.ID, "")
		r.refused(err, kernel.ErrInvalid, "pipeline.no_reason")
		_, err = r.desk.VoidTax(r.lead(), id, row.ID, "税种填错")
		r.must(err)
		_, err = r.desk.VoidTax(r.lead(), id, row.ID, "再作废")
		r.refused(err, kernel.ErrConflict, "pipeline.voided_already")
		if got := r.find(id).Project.Version; got != k.Project.Version {
			t.Errorf("tax changed the project's version from %d to %d", k.Project.Version, got)
		}
	})
}

// Nothing in the product reads the tax of a named firm but its own desk.
func TestNothingElseReadsTax(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, e os.DirEntry, err error) error {
		own := filepath.Dir(path) == filepath.Join("..", "..", "zone", "pipeline") && strings.HasPrefix(e.Name(), "tax")
		if err != nil || e.IsDir() || own || strings.HasSuffix(path, "_test.go") || filepath.Ext(path) != ".go" {
			return err
		}
		text, err := os.ReadFile(path)
		for _, word := range []string{"pipeline_tax", "loadTax(", "Select[Tax]", "Each[Tax]", "Get[Tax]", "pipeline.Tax{", "UnmaskTax("} {
			if strings.Contains(string(text), word) {
				t.Errorf("%s reads tax: %s", path, word)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
