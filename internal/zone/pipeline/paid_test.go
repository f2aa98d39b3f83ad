package pipeline

import (
	"math"
	"testing"

	"sente/internal/kernel"
)

// What has been paid in is never more than the contract, by whichever way the
// contract comes to be for less: from a later day on, by less foreign capital,
// or signed anew.
func TestAContractCoversWhatIsPaidIn(t *testing.T) {
	t.Parallel()
	clock := &dated{day: "2026-11-20"}
	r := newRoom(t, clock.open(t))
	k := r.signed("轴承项目")
	id := k.Project.ID
	voucher := r.paper(k, Voucher, "2026-05-02")
	record := func(e FigureEntry) (*Docket, error) { return r.desk.RecordFigure(r.officer(), id, 0, e) }
	pay := func(amount kernel.Money, kind string) error {
		_, err := r.desk.RecordInstalment(r.officer(), id, 0, InstalmentEntry{Amount: amount, On: "2026-05-02", SourceKind: kind, Evidence: voucher})
		return err
	}
	covered := func(name string, err error) {
		t.Helper()
		if part(err).Word != "pipeline.contract_below_paid" {
			t.Errorf("%s: %v", name, err)
		}
	}
	r.must(pay(*yuan(800_000), PaidCash))
	// Less from a later day on.
	total := FigureEntry{Measure: TotalInvestment, Kind: Promised, Amount: "700000", Currency: "CNY", EffectiveOn: "2026-12-01", Note: "减资"}
	_, err := record(total)
	covered("a revision of a later day", err)
	_, err = r.desk.Amend(r.officer(), id, 0, Facts{Total: yuan(700_000), Reason: text("减资"), EffectiveOn: text("2026-12-01")})
	covered("an amendment of a later day", err)
	total.Amount = "900000"
	_, err = record(total)
	r.must(err)
	err = pay(*yuan(150_000), PaidCash)
	if f := r.refused(err, kernel.ErrInvalid, "pipeline.instalment_over_contract"); f.Args[1] != "900000.00" {
		t.Errorf("held against %v", f.Args)
	}
	r.must(pay(*yuan(100_000), PaidCash))
	// Less foreign capital than came.
	usd := FigureEntry{Measure: ForeignCapital, Kind: Promised, Amount: "50000", Currency: "USD"}
	_, err = record(usd)
	r.must(err)
	r.must(pay(kernel.Money{Minor: 40_000_00, Currency: "USD"}, PaidForeign))
	usd.Amount, usd.Note = "39999.99", "调减"
	_, err = record(usd)
	covered("foreign capital", err)
	// Signed anew for less.
	_, err = r.desk.SetBack(r.leader(), id, 0, SetBackOrder{To: Negotiating, Reason: "重新谈判"})
	r.must(err)
	k, err = r.desk.Amend(r.officer(), id, 0, Facts{Total: yuan(850_000)})
	r.must(err)
	r.supply(k, Signed, "2026-11-20")
	_, err = r.desk.Advance(r.officer(), id, 0, AdvanceOrder{To: Signed})
	covered("a new contract", err)
	if got := r.find(id); got.Project.Stage != Negotiating || got.paidIn("CNY") != *yuan(900_000) {
		t.Errorf("after the refusal %s, %v", got.Project.Stage, got.paidIn("CNY"))
	}
	_, err = r.desk.Amend(r.officer(), id, 0, Facts{Total: yuan(900_000)})
	r.must(err)
	_, err = r.desk.SignOff(r.lead(), id, 0, SignOrder{Stage: Signed, Role: "department_lead", Opinion: "同意"})
	r.must(err)
	_, err = r.desk.SignOff(r.leader(), id, 0, SignOrder{Stage: Signed, Role: "leader", Opinion: "同意"})
	r.must(err)
	_, err = r.desk.Advance(r.officer(), id, 0, AdvanceOrder{To: Signed})
	r.must(err)
}

func TestAShareNeverOverflows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ part, whole, want int64 }{{0, 1, 0}, {1, 3, 3333}, {maxInvestment, maxInvestment, 10_000}, {maxInvestment, 1, math.MaxInt64}, {maxInvestment, 10, math.MaxInt64}, {maxInvestment, 11, 9_090_909_090_909_090_909}} {
		if got := share(c.part, c.whole); got != c.want {
			t.Errorf("share(%d, %d) = %d, want %d", c.part, c.whole, got, c.want)
		}
	}
}
