package scoreboard

import (
	_ "embed"
	"encoding/json"
	"slices"

	"sente/internal/kernel"
)

//go:embed definitions.json
var definitionsJSON []byte

// The kinds a figure can be of. A page prints which kind a ratio is.
const (
	KindCount       = "count"        // how many
	KindSum         = "sum"          // an amount of money
	KindCohortRate  = "cohort_rate"  // of those that began in the period, how many ended well within a horizon
	KindCohortShare = "cohort_share" // of those signed in the period, how many have come so far
	KindCohortMoney = "cohort_money" // of the money of those signed in the period, how much
	KindPeriodRatio = "period_ratio" // two counts of one period, of different things: no success rate
	KindShare       = "share"        // part of the same things of one period
	KindMedian      = "median"       // days, with quantiles
	KindYield       = "yield"        // what came of something, beside what it cost
)

// The lights of 三多两高一明显, and the guards beside them.
const (
	LightActivities  = "activities"  // 活动多
	LightBig         = "big"         // 大项目多
	LightTax         = "tax"         // 税源企业多
	LightDrive       = "drive"       // 招商部门积极性高
	LightNegotiation = "negotiation" // 洽谈成功率高
	LightResults     = "results"     // 成效明显
	LightGuard       = "guard"       // 防虚
	NoLight          = "yield"       // 投入产出: figures of methods and campaigns, no part of any light
)

// Lights lists the six lights in the order in which they are shown.
func Lights() []string {
	return []string{LightActivities, LightBig, LightTax, LightDrive, LightNegotiation, LightResults}
}

// Parameter is one number of a definition.
type Parameter struct {
	ID     string  `json:"id"`
	Zh     string  `json:"zh"`
	En     string  `json:"en"`
	Value  int64   `json:"value,omitempty"`
	Values []int64 `json:"values,omitempty"`
	Unit   string  `json:"unit" enum:"count,day,month,CNY_fen,permille"`
	Least  int64   `json:"least,omitempty" doc:"the least a zone may set"`
}

// Definition says how one figure is counted, from when, and where that was
// seen. A change is a new version with dates of its own; a figure names the
// version it was counted by. A zone may settle versions of its own; in their
// texts {id} stands for the value of a parameter.
type Definition struct {
	ID         string      `json:"id"`
	Version    int64       `json:"version"`
	Light      string      `json:"light" enum:"activities,big,tax,drive,negotiation,results,guard,yield"`
	Kind       string      `json:"kind" enum:"count,sum,cohort_rate,cohort_share,cohort_money,period_ratio,share,median,yield"`
	Unit       string      `json:"unit" doc:"what is counted: project, activity, ceremony, firm, department, official"`
	ValidFrom  kernel.Date `json:"valid_from"`
	ValidTo    kernel.Date `json:"valid_to" doc:"last day; empty: until further notice"`
	Zh         string      `json:"zh"`
	En         string      `json:"en"`
	FormulaZh  string      `json:"formula_zh"`
	FormulaEn  string      `json:"formula_en"`
	Source     string      `json:"source"`
	Exclude    []string    `json:"exclude_industries,omitempty" doc:"GB/T 4754-2017 codes that are not counted; a section takes in its divisions"`
	Parameters []Parameter `json:"parameters"`
	Target     *int64      `json:"target,omitempty" doc:"what the zone aims at, in target_unit: of a count or a sum for the whole calendar year; absent: none is set"`
	TargetUnit string      `json:"target_unit" enum:",count,CNY_fen,permille,day" doc:"empty: the figure takes no target"`
	Aim        string      `json:"aim" enum:"at_least,at_most" doc:"on which side of the target the figure is to be"`
	Own        bool        `json:"own" doc:"settled by the zone; false: shipped with the program"`
	Reason     string      `json:"reason,omitempty" doc:"why the zone settled it so"`
	ByName     string      `json:"by_name,omitempty" doc:"who recorded it"`
	RecordedAt int64       `json:"recorded_at" doc:"ms UTC; 0: shipped with the program"`
}

// Name is the figure's name in lang.
func (d Definition) Name(lang string) string {
	if lang == "en" {
		return d.En
	}
	return d.Zh
}

// param is the value of parameter id; 0 when the definition has none.
func (d Definition) param(id string) int64 {
	for _, p := range d.Parameters {
		if p.ID == id {
			return p.Value
		}
	}
	return 0
}

// mostDays bounds a parameter that counts days: ten years.
const mostDays = 3660

// days is the value of parameter id, which counts days.
func (d Definition) days(id string) day { return day(min(max(d.param(id), 0), mostDays)) }

// params are the values of parameter id.
func (d Definition) params(id string) []int64 {
	for _, p := range d.Parameters {
		if p.ID == id {
			return p.Values
		}
	}
	return nil
}

// Definitions is the table shipped with the program, every version.
func Definitions() []Definition {
	var all []Definition
	if err := json.Unmarshal(definitionsJSON, &all); err != nil {
		panic("scoreboard: definitions.json: " + err.Error()) // fixed when the program was built
	}
	for i := range all {
		all[i].TargetUnit, all[i].Aim = all[i].aims()
	}
	return all
}

// holds reports whether d is in force on day.
func (d Definition) holds(day kernel.Date) bool {
	return d.ValidFrom <= day && (d.ValidTo == "" || day <= d.ValidTo)
}

// over reports whether d goes before e where both are in force: the zone's own
// before the shipped, then the newer.
func (d Definition) over(e Definition) bool {
	return d.Own && !e.Own || d.Own == e.Own && d.Version > e.Version
}

// inForce lists, in their order, the definitions that hold on day by what was
// recorded until the instant cut: of each figure the zone's own newest version
// whose dates take day in, else the shipped one; the first version where day
// lies before all of them.
func inForce(all []Definition, day kernel.Date, cut int64) []Definition {
	var out []Definition
	at := map[string]int{}
	for _, d := range all {
		i, seen := at[d.ID]
		switch {
		case !seen:
			at[d.ID] = len(out)
			out = append(out, d)
		case d.holds(day) && d.RecordedAt <= cut && (!out[i].holds(day) || d.over(out[i])):
			out[i] = d
		}
	}
	return out
}

// find returns the definition of figure id among defs.
func find(defs []Definition, id string) (Definition, error) {
	i := slices.IndexFunc(defs, func(d Definition) bool { return d.ID == id })
	if i < 0 {
		return Definition{}, kernel.Faultf(kernel.ErrNotFound, "scoreboard.no_figure")
	}
	return defs[i], nil
}
