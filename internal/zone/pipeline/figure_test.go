package pipeline

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

func TestShippedTablesAreWhole(t *testing.T) {
	t.Parallel()
	want := []string{"total_investment", "fixed_investment", "paid_in", "foreign_capital", "land", "power", "water", "gas", "jobs", "wages", "output", "energy", "emissions"}
	var got []string
	for _, m := range DefaultMeasures().At("2026-11-01") {
		got = append(got, m.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("measures %v, want %v", got, want)
	}
	if m, _ := DefaultMeasures().find(PaidIn, "2026-11-01"); slices.Contains(m.Kinds, Actual) {
		t.Error("paid-in funds may be recorded as actual without a voucher")
	}
	if _, ok := DefaultMeasures().find("tax", "2026-11-01"); ok {
		t.Error("tax is no measure: it is restricted and has its own desk")
	}
	if len(FactKinds()) != 3 || len(TaxKinds()) == 0 || len(Papers()) == 0 {
		t.Errorf("%d facts, %d taxes, %d papers", len(FactKinds()), len(TaxKinds()), len(Papers()))
	}
	if _, err := parseMeasures([]byte(`[{"id":"x","zh":"甲","en":"X","definition_zh":"甲","definition_en":"x","source":"s","valid_from":"2020-01-01","kinds":["guessed"]}]`)); err == nil {
		t.Error("a measure of an unknown kind was taken")
	}
	if _, err := parseFactKinds([]byte(`[{"id":"landed","zh":"落位","en":"x","definition_zh":"甲","definition_en":"x","source":"s","version":1,"valid_from":"2020-01-01"}]`)); err == nil {
		t.Error("a fact was taken that bears the name of a stage")
	}
}

func TestQuantitiesAreExact(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text     string
		decimals int
		want     int64
		shown    string
	}{{"12.5", 2, 1250, "12.50"}, {" 1,234 ", 0, 1234, "1234"}, {"0", 1, 0, "0.0"}, {"0.05", 2, 5, "0.05"}, {"3.100", 1, 31, "3.1"}} {
		got, err := parseQuantity(c.text, c.decimals)
		if err != nil || got != c.want || formatQuantity(got, c.decimals) != c.shown {
			t.Errorf("%q: %d (%s), %v", c.text, got, formatQuantity(got, c.decimals), err)
		}
	}
	for _, text := range []string{"", "-1", "1.25", "1e3", ".5", "5.", "十", "1000000000000001", "99999999999999999999"} {
		if got, err := parseQuantity(text, 1); err == nil {
			t.Errorf("%q was read as %d", text, got)
		}
	}
}

func FuzzQuantity(f *testing.F) {
	f.Add("12.50", 2)
	f.Fuzz(func(t *testing.T, text string, decimals int) {
		decimals = (decimals%7 + 7) % 7
		n, err := parseQuantity(text, decimals)
		if err != nil {
			return
		}
		if again, err := parseQuantity(formatQuantity(n, decimals), decimals); err != nil || again != n {
			t.Errorf("%q: %d, read back %d, %v", text, n, again, err)
		}
	})
}

func TestTheLatestEffectiveRevisionIsInForce(t *testing.T) {
	t.Parallel()
	rows := []Figure{
		{Seq: 1, Measure: "jobs", Kind: Planned, Period: "2026", Amount: 100, EffectiveOn: "2026-01-01"},
		{Seq: 2, Measure: "jobs", Kind: Planned, Period: "2026", Amount: 80, EffectiveOn: "2026-06-01"},
		{Seq: 3, Measure: "jobs", Kind: Planned, Period: "2026", Amount: 90, EffectiveOn: "2026-03-01"}, // learnt late
		{Seq: 4, Measure: "jobs", Kind: Planned, Period: "2026", Amount: 85, EffectiveOn: "2026-06-01"}, // corrects 2
		{Seq: 5, Measure: "jobs", Kind: Planned, Period: "2026", TakenBack: true, EffectiveOn: "2026-09-01"},
		{Seq: 6, Measure: "jobs", Kind: Planned, Period: "2027", Amount: 120, EffectiveOn: "2026-01-01"},
	}
	for day, want := range map[kernel.Date]int64{"2025-12-31": 0, "2026-01-01": 100, "2026-03-01": 90, "2026-05-31": 90, "2026-06-01": 85, "2026-08-31": 85} {
		f, ok := inForce(rows, series{"jobs", Planned, "2026"}, day)
		if f.Amount != want || ok != (want > 0) {
			t.Errorf("on %s: %d, %v, want %d", day, f.Amount, ok, want)
		}
	}
	if f, ok := inForce(rows, series{"jobs", Planned, "2026"}, "2026-09-01"); ok {
		t.Errorf("taken back, but %+v is in force", f)
	}
	var seqs []int64
	for _, f := range InForce(rows, "2026-07-01") {
		seqs = append(seqs, f.Seq)
	}
	if !slices.Equal(seqs, []int64{4, 6}) {
		t.Errorf("in force: %v", seqs)
	}
}

// said is what a figure says, without when and by whom.
type said struct {
	Measure, Kind string
	Amount        int64
	Taken         bool
	On, Note      string
}

func saying(figures []Figure) (out []said) {
	for _, f := range figures {
		out = append(out, said{f.Measure, f.Kind, f.Amount, f.TakenBack, f.EffectiveOn, f.Note})
	}
	return out
}

func yuan(n int64) *kernel.Money { return &kernel.Money{Minor: n * 100, Currency: "CNY"} }

func TestAmountsAreRevisedAndNeverOverwritten(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		now := string(kernel.DayOf(db.Now().UnixMilli()))
		k := r.open(r.wholeFacts("轴承项目"))
		id := k.Project.ID
		k, err := r.desk.Amend(r.officer(), id, k.Project.Version, Facts{Total: yuan(1_200_000)})
		r.must(err)
		k = r.bring(k, Signed)
		_, err = r.desk.Amend(r.officer(), id, k.Project.Version, Facts{Total: yuan(1_500_000)})
		if f := r.refused(err, kernel.ErrInvalid, "pipeline.revision_reason"); f.Field != "reason" || !reflect.DeepEqual(f.Args, []any{"1200000.00", "1500000.00"}) {
			t.Errorf("refused with %+v", f)
		}
		_, err = r.desk.Amend(r.officer(), id, k.Project.Version, Facts{Total: yuan(1_500_000), Reason: text("补充协议"), EffectiveOn: text("2026-01-31")})
		r.refused(err, kernel.ErrInvalid, "pipeline.revision_earlier")
		_, err = r.desk.Amend(r.officer(), id, k.Project.Version-1, Facts{Total: yuan(1_500_000), Reason: text("补充协议")})
		r.refused(err, kernel.ErrStale, "pipeline.stale")
		if k = r.find(id); k.Project.TotalMinor != 1_200_000_00 || len(k.Figures) != 5 {
			t.Fatalf("a refused revision left %d and %+v", k.Project.TotalMinor, saying(k.Figures))
		}
		k, err = r.desk.Amend(r.officer(), id, k.Project.Version, Facts{Total: yuan(1_500_000), Reason: text("补充协议"), EffectiveOn: text("2026-06-01")})
		r.must(err)
		if k.Project.TotalMinor != 1_500_000_00 {
			t.Errorf("the headline is %d", k.Project.TotalMinor)
		}
		want := []said{
			{TotalInvestment, Planned, 1_000_000_00, false, now, ""}, {FixedInvestment, Planned, 600_000_00, false, now, ""}, {TotalInvestment, Planned, 1_200_000_00, false, now, ""},
			{TotalInvestment, Promised, 1_200_000_00, false, "2026-04-10", ""}, {FixedInvestment, Promised, 600_000_00, false, "2026-04-10", ""},
			{TotalInvestment, Promised, 1_500_000_00, false, "2026-06-01", "补充协议"},
		}
		if got := saying(r.find(id).Figures); !reflect.DeepEqual(got, want) {
			t.Errorf("figures %+v\nwant %+v", got, want)
		}
		// Set back to before the signing nothing is promised any more; the amounts
		// stand as plans and none of them changes by it.
		k, err = r.desk.SetBack(r.officer(), id, k.Project.Version, SetBackOrder{Negotiating, "合同未生效"})
		r.must(err)
		if k.Project.TotalMinor != 1_500_000_00 || k.Project.FixedMinor != 600_000_00 {
			t.Errorf("set back: %d and %d", k.Project.TotalMinor, k.Project.FixedMinor)
		}
		if _, ok := inForce(k.Figures, series{TotalInvestment, Promised, ""}, kernel.Date(now)); ok {
			t.Error("something is still promised")
		}
		if f, ok := inForce(k.Figures, series{TotalInvestment, Planned, ""}, kernel.Date(now)); !ok || f.Amount != 1_500_000_00 {
			t.Errorf("planned %+v", f)
		}
		k = r.bring(k, Signed)
		if f, ok := inForce(k.Figures, series{TotalInvestment, Promised, ""}, kernel.Date(now)); !ok || f.Amount != 1_500_000_00 {
			t.Errorf("promised again %+v", f)
		}
	})
}

func TestFiguresOfEveryKind(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.open(r.wholeFacts("轴承项目"))
	id := k.Project.ID
	record := func(e FigureEntry) (*Docket, error) { return r.desk.RecordFigure(r.officer(), id, 0, e) }
	for name, c := range map[string]struct {
		e           FigureEntry
		word, field string
	}{
		"unknown":            {FigureEntry{Measure: "tax", Kind: Actual, Amount: "1", Currency: "CNY"}, "pipeline.unknown_measure", "measure"},
		"kind":               {FigureEntry{Measure: "jobs", Kind: "proposed", Period: "2026", Amount: "1"}, "pipeline.not_a_choice", "kind"},
		"paid in by hand":    {FigureEntry{Measure: PaidIn, Kind: Actual, Amount: "1", Currency: "CNY"}, "pipeline.through_instalments", "kind"},
		"promised too early": {FigureEntry{Measure: "jobs", Kind: Promised, Period: "2026", Amount: "1"}, "pipeline.promise_before_signing", "kind"},
		"actual ahead":       {FigureEntry{Measure: "land", Kind: Actual, Amount: "1", EffectiveOn: "2099-01-01"}, "pipeline.in_future", "effective_on"},
		"year ahead":         {FigureEntry{Measure: "jobs", Kind: Actual, Period: "2099", Amount: "1"}, "pipeline.period_ahead", "period"},
		"no year":            {FigureEntry{Measure: "jobs", Kind: Planned, Amount: "1"}, "pipeline.period_year", "period"},
		"a year too many":    {FigureEntry{Measure: "land", Kind: Planned, Period: "2026", Amount: "1"}, "pipeline.no_period", "period"},
		"no day":             {FigureEntry{Measure: "land", Kind: Planned, Amount: "1", EffectiveOn: "2026-02-30"}, "kernel.date_form", "effective_on"},
		"quantity in yuan":   {FigureEntry{Measure: "land", Kind: Planned, Amount: "1", Currency: "CNY"}, "pipeline.quantity_currency", "currency"},
		"too fine":           {FigureEntry{Measure: "jobs", Kind: Planned, Period: "2026", Amount: "1.5"}, "pipeline.quantity_invalid", "amount"},
		"no currency":        {FigureEntry{Measure: "output", Kind: Planned, Period: "2026", Amount: "1"}, "pipeline.no_currency", "currency"},
		"negative":           {FigureEntry{Measure: "output", Kind: Planned, Period: "2026", Amount: "-1", Currency: "CNY"}, "pipeline.negative", "amount"},
		"another's document": {FigureEntry{Measure: "land", Kind: Planned, Amount: "1", Evidence: "none"}, "pipeline.proof_not_found", "evidence"},
		"nothing to take":    {FigureEntry{Measure: "land", Kind: Planned, Note: "误填"}, "pipeline.nothing_to_take_back", "amount"},
	} {
		_, err := record(c.e)
		f := faultOf(err)
		if f == nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(f.Details) > 0 {
			f = &f.Details[0]
		}
		if f.Word != c.word || f.Field != c.field {
			t.Errorf("%s: %s at %s, want %s at %s", name, f.Word, f.Field, c.word, c.field)
		}
	}
	for _, e := range []FigureEntry{
		{Measure: "land", Kind: Planned, Amount: "66,600.50"},
		{Measure: "land", Kind: Actual, Amount: "60000", EffectiveOn: "2026-05-01"},
		{Measure: "power", Kind: Forecast, Amount: "12000.5"},
		{Measure: "jobs", Kind: Planned, Period: "2027", Amount: "200"},
		{Measure: "wages", Kind: Planned, Period: "2027", Amount: "24000000", Currency: "CNY"},
		{Measure: ForeignCapital, Kind: Planned, Amount: "3000000", Currency: "USD"},
		{Measure: "emissions", Kind: Forecast, Period: "2027", Amount: "1200.75", EffectiveOn: "2099-01-01"},
	} {
		_, err := record(e)
		r.must(err)
	}
	// A day before one already recorded needs a word, and changes nothing since.
	earlier := FigureEntry{Measure: "land", Kind: Actual, Amount: "20000", EffectiveOn: "2026-03-01"}
	_, err := record(earlier)
	if f := r.refused(err, kernel.ErrInvalid, "pipeline.revision_backdated"); f.Field != "note" || f.Args[1] != "2026-05-01" {
		t.Errorf("refused with %+v", f)
	}
	earlier.Note = "一期供地补记"
	k, err = record(earlier)
	r.must(err)
	if f, _ := inForce(k.Figures, series{"land", Actual, ""}, k.Today); f.Amount != 60000_00 {
		t.Errorf("in force %+v", f)
	}
	if f, _ := inForce(k.Figures, series{"land", Actual, ""}, "2026-04-01"); f.Amount != 20000_00 {
		t.Errorf("in April %+v", f)
	}
	_, err = record(FigureEntry{Measure: "land", Kind: Actual, Amount: "60000"})
	r.refused(err, kernel.ErrInvalid, "pipeline.figure_same")
	_, err = record(FigureEntry{Measure: "land", Kind: Actual})
	r.refused(err, kernel.ErrInvalid, "pipeline.figure_reason")
	k, err = record(FigureEntry{Measure: "land", Kind: Actual, Note: "误填"})
	r.must(err)
	if f, ok := inForce(k.Figures, series{"land", Actual, ""}, k.Today); ok {
		t.Errorf("taken back, but in force: %+v", f)
	}
	if len(r.find(id).Figures) != 2+7+2 {
		t.Errorf("%d figures", len(r.find(id).Figures))
	}
}

func faultOf(err error) *kernel.Fault {
	var f *kernel.Fault
	if errors.As(err, &f) {
		return f
	}
	return nil
}

func TestAFigureMovesTheHeadline(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.bring(r.open(r.wholeFacts("轴承项目")), Signed)
	id := k.Project.ID
	record := func(e FigureEntry) (*Docket, error) { return r.desk.RecordFigure(r.officer(), id, 0, e) }
	_, err := record(FigureEntry{Measure: TotalInvestment, Kind: Promised, Amount: "2000000", Currency: "CNY"})
	r.refused(err, kernel.ErrInvalid, "pipeline.revision_reason")
	_, err = record(FigureEntry{Measure: TotalInvestment, Kind: Promised, Amount: "500000", Currency: "CNY", Note: "减资"})
	if f := r.refused(err, kernel.ErrInvalid, "pipeline.figure_invalid"); f.Details[0].Word != "pipeline.fixed_over_total" {
		t.Errorf("%+v", f.Details)
	}
	_, err = record(FigureEntry{Measure: TotalInvestment, Kind: Promised, Amount: "2000000", Currency: "USD", Note: "改币种"})
	if f := r.refused(err, kernel.ErrInvalid, "pipeline.figure_invalid"); f.Details[0].Word != "pipeline.fixed_currency" {
		t.Errorf("%+v", f.Details)
	}
	_, err = record(FigureEntry{Measure: TotalInvestment, Kind: Promised, Note: "误填"})
	r.refused(err, kernel.ErrInvalid, "pipeline.promise_in_force")
	k, err = record(FigureEntry{Measure: TotalInvestment, Kind: Promised, Amount: "2000000", Currency: "CNY", Note: "补充协议"})
	r.must(err)
	if k.Project.TotalMinor != 2_000_000_00 || r.find(id).Project.TotalMinor != 2_000_000_00 {
		t.Errorf("the headline is %d", k.Project.TotalMinor)
	}
	// What is planned or forecast beside the contract does not move it.
	k, err = record(FigureEntry{Measure: TotalInvestment, Kind: Forecast, Amount: "2500000", Currency: "CNY"})
	r.must(err)
	if k.Project.TotalMinor != 2_000_000_00 {
		t.Errorf("a forecast moved the headline to %d", k.Project.TotalMinor)
	}
}

func TestARevisionTakesEffectOnItsDay(t *testing.T) {
	t.Parallel()
	clock := &dated{day: "2026-11-20"}
	r := newRoom(t, clock.open(t))
	k := r.open(r.wholeFacts("轴承项目"))
	id := k.Project.ID
	k, err := r.desk.Amend(r.officer(), id, k.Project.Version, Facts{Total: yuan(1_300_000), EffectiveOn: text("2026-11-23")})
	r.must(err)
	if k.Project.TotalMinor != 1_000_000_00 {
		t.Errorf("the headline moved before its day to %d", k.Project.TotalMinor)
	}
	system := storetest.Ctx(t, "z1")
	for _, c := range []struct {
		day    kernel.Date
		n      int
		amount int64
	}{{"2026-11-22", 0, 1_000_000_00}, {"2026-11-23", 1, 1_300_000_00}, {"2026-11-24", 0, 1_300_000_00}} {
		clock.day = c.day
		n, err := r.desk.TakeEffect(system)
		if err != nil || n != c.n {
			t.Errorf("on %s: %d, %v, want %d", c.day, n, err, c.n)
		}
		if got := r.find(id).Project.TotalMinor; got != c.amount {
			t.Errorf("on %s the headline is %d, want %d", c.day, got, c.amount)
		}
	}
	if got := r.verbs(id)[0]; got != "pipeline.figure_effective" {
		t.Errorf("the timeline ends with %s", got)
	}
}
