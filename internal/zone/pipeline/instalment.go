package pipeline

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"

	"sente/internal/kernel"
)

// What an instalment of paid-in funds consists of.
const (
	PaidCash    = "cash"             // 货币资金
	PaidInKind  = "in_kind"          // 实物（固定资产）
	PaidForeign = "foreign_exchange" // 外汇
)

// PaidKinds lists what an instalment may consist of.
func PaidKinds() []string { return []string{PaidCash, PaidInKind, PaidForeign} }

// Instalment is one payment of funds into a project, shown by a voucher. A wrong
// one is voided with a reason and stays on record.
type Instalment struct {
	Zone       string `db:"zone,key" json:"-"`
	ID         string `db:"id,key" json:"id"`
	Project    string `db:"project" json:"project"`
	Amount     int64  `db:"amount" json:"-"` // minor units
	Currency   string `db:"currency" json:"-"`
	On         string `db:"on_date" json:"on"`
	SourceKind string `db:"source_kind" json:"source_kind"`
	Evidence   string `db:"evidence" json:"evidence"` // the voucher
	Note       string `db:"note" json:"note"`
	By         string `db:"by_account" json:"by"`
	ByName     string `db:"by_name" json:"by_name"`
	RecordedAt int64  `db:"recorded_at" json:"recorded_at"` // ms UTC
	VoidedAt   int64  `db:"voided_at" json:"voided_at"`     // 0 = stands
	VoidedBy   string `db:"voided_by" json:"voided_by"`
	VoidedWhy  string `db:"voided_why" json:"voided_why"`
	Version    int64  `db:"version" json:"version"`
}

// Table names the table of instalments.
func (Instalment) Table() string { return "pipeline_instalments" }

// Live reports whether the instalment still counts.
func (i Instalment) Live() bool { return i.VoidedAt == 0 }

// Money is the amount paid.
func (i Instalment) Money() kernel.Money { return kernel.Money{Minor: i.Amount, Currency: i.Currency} }

// InstalmentEntry is what an official records of a payment.
type InstalmentEntry struct {
	Amount     kernel.Money `json:"amount"`
	On         string       `json:"on" doc:"YYYY-MM-DD, not before the signing"`
	SourceKind string       `json:"source_kind" enum:"cash,in_kind,foreign_exchange" doc:"cash 货币资金, in_kind 实物（固定资产）, foreign_exchange 外汇"`
	Evidence   string       `json:"evidence" doc:"id of the voucher, a document of the project of kind voucher"`
	Note       string       `json:"note,omitempty"`
}

// paidIn is the sum of k's live instalments in currency.
func (k *Docket) paidIn(currency string) kernel.Money {
	sum := kernel.Money{Currency: currency}
	for _, i := range k.Instalments {
		if i.Live() && i.Currency == currency {
			sum.Minor += i.Amount // stays within 64 bits: checkRoom
		}
	}
	return sum
}

// Rate is how much of a contract has been paid in (到位率). Amounts in another
// currency than the contract's are told apart and enter no sum.
type Rate struct {
	Contract    *kernel.Money  `json:"contract,omitempty" doc:"total investment promised and in force; absent: not stated"`
	PaidIn      *kernel.Money  `json:"paid_in,omitempty" doc:"sum of the instalments in the contract's currency"`
	BasisPoints *int64         `json:"basis_points,omitempty" doc:"paid_in ÷ contract in hundredths of a percent, rounded down; absent: not computable"`
	Why         string         `json:"why,omitempty" enum:",no_contract,no_amount,zero" doc:"why no rate can be computed"`
	Elsewhere   []kernel.Money `json:"elsewhere" doc:"sums in other currencies, outside the rate"`
}

// contract is the amount of the contract in force on day: what the instalments
// are held against.
func (k *Docket) contract(day kernel.Date) (kernel.Money, bool) {
	if k.Project.Standing().Rank() < Signed.Rank() {
		return kernel.Money{}, false
	}
	m, known := k.headline(TotalInvestment, day)
	if !known {
		m = k.Project.Total()
	}
	return m, m.Stated()
}

// rate adds up k's instalments and compares them with the contract on day.
func (k *Docket) rate(day kernel.Date) Rate {
	r := Rate{Elsewhere: []kernel.Money{}}
	contract, ok := k.contract(day)
	var currencies []string
	for _, i := range k.Instalments {
		if i.Live() && i.Currency != contract.Currency && !slices.Contains(currencies, i.Currency) {
			currencies = append(currencies, i.Currency)
			r.Elsewhere = append(r.Elsewhere, k.paidIn(i.Currency))
		}
	}
	switch {
	case k.Project.Standing().Rank() < Signed.Rank():
		r.Why = "no_contract"
		return r
	case !ok:
		r.Why = "no_amount"
		return r
	}
	paid := k.paidIn(contract.Currency)
	r.Contract, r.PaidIn = &contract, &paid
	if contract.Minor == 0 {
		r.Why = "zero"
		return r
	}
	bp := share(paid.Minor, contract.Minor)
	r.BasisPoints = &bp
	return r
}

// share is part ÷ whole in hundredths of a percent, rounded down; the greatest
// number there is when it would be above that.
func share(part, whole int64) int64 {
	hi, lo := bits.Mul64(uint64(part), 10_000)
	if hi >= uint64(whole) {
		return math.MaxInt64
	}
	q, _ := bits.Div64(hi, lo, uint64(whole))
	return int64(min(q, math.MaxInt64))
}

// decideInstalment checks a payment against the project's state on day.
func decideInstalment(k *Docket, e InstalmentEntry, day kernel.Date, lang string) error {
	if err := tooMany(len(k.Instalments), maxInstalments); err != nil {
		return err
	}
	switch p := k.Project; {
	case p.Stage.Final():
		return kernel.Faultf(kernel.ErrConflict, "pipeline.final", p.Stage.Label(lang))
	case p.Standing().Rank() < Signed.Rank():
		return kernel.Faultf(kernel.ErrConflict, "pipeline.instalment_unsigned", p.Standing().Label(lang))
	}
	var positive error
	if !e.Amount.Stated() || e.Amount.Minor <= 0 {
		positive = kernel.FieldFault("amount", "pipeline.instalment_amount")
	}
	err := kernel.Faults("pipeline.instalment_invalid", cmp.Or(positive, checkMoney("amount", e.Amount)), k.checkPaidOn(e.On, day),
		checkChoice("source_kind", e.SourceKind, PaidKinds()), checkText("note", e.Note, 500), k.checkVoucher(e.Evidence))
	if err != nil {
		return err
	}
	if slices.ContainsFunc(k.Instalments, func(i Instalment) bool {
		return i.Live() && i.Money() == e.Amount && i.On == e.On && i.Evidence == e.Evidence
	}) {
		return kernel.FieldFault("evidence", "pipeline.instalment_twice")
	}
	return k.checkRoom(e, day)
}

// checkPaidOn accepts a day from the signing up to today.
func (k *Docket) checkPaidOn(on string, day kernel.Date) error {
	if on == "" {
		return kernel.FieldFault("on", "pipeline.no_date")
	}
	if err := checkPast("on", on, day); err != nil {
		return err
	}
	if signed := actualOn(k.Milestones, Signed); kernel.Date(on).Before(signed) {
		return kernel.FieldFault("on", "pipeline.instalment_before_signing", on, string(signed))
	}
	return nil
}

// checkVoucher accepts a voucher that stands in the project's file.
func (k *Docket) checkVoucher(id string) error {
	if id == "" {
		return kernel.FieldFault("evidence", "pipeline.no_voucher")
	}
	for _, e := range k.Evidence {
		if e.ID == id && e.Live() && e.Kind == Voucher {
			return nil
		}
	}
	return kernel.FieldFault("evidence", "pipeline.voucher_not_found")
}

// checkRoom refuses a payment by which more would be paid in than the contract
// says, and one in a currency that cannot be compared with it. Foreign exchange
// stands apart and is held against the foreign capital promised in it.
func (k *Docket) checkRoom(e InstalmentEntry, day kernel.Date) error {
	contract, ok := k.contract(day)
	measure := TotalInvestment
	if ok && e.Amount.Currency != contract.Currency {
		if e.SourceKind != PaidForeign {
			return kernel.FieldFault("amount", "pipeline.instalment_currency", e.Amount.Currency, contract.Currency)
		}
		f, promised := inForce(k.Figures, series{ForeignCapital, Promised, ""}, day)
		contract, ok, measure = f.Money(), promised && f.Currency == e.Amount.Currency, ForeignCapital
	}
	contract = k.least(measure, contract, day)
	paid := k.paidIn(e.Amount.Currency)
	if ok && e.Amount.Minor > contract.Minor-paid.Minor {
		sum := kernel.Money{Minor: paid.Minor + e.Amount.Minor, Currency: contract.Currency}
		return kernel.FieldFault("amount", "pipeline.instalment_over_contract", sum.String(), contract.String(), contract.Currency)
	}
	if paid.Minor > maxInvestment {
		return tooLarge(e.Amount.Currency)
	}
	return nil
}

// checkCovers refuses a revision that leaves the contract below what has been
// paid in, or in another currency than it was paid in.
func (k *Docket) checkCovers(was kernel.Money, day kernel.Date) error {
	contract, ok := k.contract(day)
	if !ok || contract == was || !was.Stated() {
		return nil
	}
	paid := k.paidIn(was.Currency)
	if paid.Minor > 0 && (contract.Currency != was.Currency || paid.Minor > contract.Minor) {
		return kernel.FieldFault(TotalInvestment, "pipeline.contract_below_paid", contract.String(), contract.Currency, paid.String(), paid.Currency)
	}
	return nil
}

// least is the lowest amount that measure is promised at from day on, now being
// what holds today: a contract that will be for less takes no more than that.
func (k *Docket) least(measure string, now kernel.Money, day kernel.Date) kernel.Money {
	s := series{measure, Promised, ""}
	for _, f := range k.Figures {
		on := kernel.Date(f.EffectiveOn)
		if f.series() != s || !day.Before(on) {
			continue
		}
		if held, ok := inForce(k.Figures, s, on); ok && held.Currency == now.Currency && held.Amount < now.Minor {
			now = held.Money()
		}
	}
	return now
}

// checkPromised refuses a promise among rows, filed in k already, that holds
// from today or from a later day on and leaves the contract, or the foreign
// capital promised in it, below what has been paid in.
func (k *Docket) checkPromised(rows []Figure, day kernel.Date) error {
	for _, f := range rows {
		if f.Kind != Promised || f.TakenBack || f.Measure != TotalInvestment && f.Measure != ForeignCapital {
			continue
		}
		if held, ok := inForce(k.Figures, f.series(), max(day, kernel.Date(f.EffectiveOn))); !ok || held.Seq != f.Seq {
			continue
		}
		for _, i := range k.Instalments {
			apart := i.SourceKind == PaidForeign && i.Currency != k.Project.Currency // held against the foreign capital
			if !i.Live() || apart != (f.Measure == ForeignCapital) || apart && i.Currency != f.Currency {
				continue
			}
			if paid := k.paidIn(i.Currency); i.Currency != f.Currency || paid.Minor > f.Amount {
				return kernel.FieldFault(f.Measure, "pipeline.contract_below_paid", f.Money().String(), f.Currency, paid.String(), paid.Currency)
			}
		}
	}
	return nil
}

// vouches reports whether a live instalment of k rests on document id.
func (k *Docket) vouches(id string) bool {
	return slices.ContainsFunc(k.Instalments, func(i Instalment) bool { return i.Live() && i.Evidence == id })
}

// checkVoid refuses to void without a reason, or twice.
func checkVoid(live bool, reason string) error {
	if !live {
		return kernel.Faultf(kernel.ErrConflict, "pipeline.voided_already")
	}
	if strings.TrimSpace(reason) == "" {
		return kernel.FieldFault("reason", "pipeline.no_reason")
	}
	return checkText("reason", reason, 500)
}
