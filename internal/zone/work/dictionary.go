package work

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sente/internal/kernel"
)

//go:embed methods.json
var methodsJSON []byte

//go:embed kinds.json
var kindsJSON []byte

//go:embed limits.json
var limitsJSON []byte

// Method (招商方式) is one way of winning firms: shipped with the program or
// added by the zone. It ends and is never deleted.
type Method struct {
	Zone      string `db:"zone,key" json:"-"`
	ID        string `db:"id,key" json:"id"`
	Zh        string `db:"zh" json:"zh"`
	En        string `db:"en" json:"en"`
	MeaningZh string `db:"meaning_zh" json:"meaning_zh"`
	MeaningEn string `db:"meaning_en" json:"meaning_en"`
	ValidFrom string `db:"valid_from" json:"valid_from" doc:"YYYY-MM-DD"`
	ValidTo   string `db:"valid_to" json:"valid_to" doc:"last day; empty while it is in use"`
	Source    string `db:"source" json:"source"`
	Version   int64  `db:"version" json:"version"`
	UpdatedAt int64  `db:"updated_at" json:"updated_at" doc:"ms UTC; 0: as shipped with the program"`
}

// Table names the table of methods the zone added or changed.
func (Method) Table() string { return "work_methods" }

// Reference marks methods as what others are derived from.
func (Method) Reference() {}

// object is the name of m in the journal.
func (m Method) object() string { return "work.method/" + m.ID }

// Label is m's name in lang.
func (m Method) Label(lang string) string {
	if lang == "en" && m.En != "" {
		return m.En
	}
	return m.Zh
}

// InForce reports whether m is in use on day.
func (m Method) InForce(day kernel.Date) bool { return inTerm(m.ValidFrom, m.ValidTo, day) }

func inTerm(from, to string, day kernel.Date) bool {
	return !day.Before(kernel.Date(from)) && !kernel.Date(to).Before(day)
}

// MethodFacts are the fields of a method a zone sets.
type MethodFacts struct {
	Zh        string `json:"zh"`
	En        string `json:"en,omitempty"`
	MeaningZh string `json:"meaning_zh,omitempty"`
	MeaningEn string `json:"meaning_en,omitempty"`
	ValidFrom string `json:"valid_from,omitempty" doc:"YYYY-MM-DD; today when empty"`
	ValidTo   string `json:"valid_to,omitempty" doc:"last day; empty while it is in use"`
	Source    string `json:"source,omitempty" doc:"the document it rests on"`
}

// apply returns m as f sets it on day.
func (f MethodFacts) apply(m Method, day kernel.Date) (Method, error) {
	trim(&f.Zh, &f.En, &f.MeaningZh, &f.MeaningEn, &f.Source)
	m.Zh, m.En, m.MeaningZh, m.MeaningEn, m.Source = f.Zh, f.En, f.MeaningZh, f.MeaningEn, f.Source
	m.ValidFrom, m.ValidTo = either(f.ValidFrom, either(m.ValidFrom, string(day))), f.ValidTo
	return m, kernel.Faults("work.method_invalid", required("zh", m.Zh, 60), atMost("en", m.En, 60), atMost("meaning_zh", m.MeaningZh, maxReason),
		atMost("meaning_en", m.MeaningEn, maxReason), atMost("source", m.Source, maxTitle), anyDate("valid_from", m.ValidFrom), anyDate("valid_to", m.ValidTo),
		ordered("valid_to", m.ValidFrom, m.ValidTo))
}

// merged is shipped with what the zone changed and added, in that order.
func merged(shipped, own []Method) []Method {
	out := slices.Clone(shipped)
	for _, m := range own {
		if i := slices.IndexFunc(out, func(s Method) bool { return s.ID == m.ID }); i >= 0 {
			out[i] = m
		} else {
			out = append(out, m)
		}
	}
	return out
}

// Campaign (攻坚战) is a drive of the zone with a goal and a term.
type Campaign struct {
	Zone      string `db:"zone,key" json:"-"`
	ID        string `db:"id,key" json:"id"`
	Name      string `db:"name" json:"name"`
	Goal      string `db:"goal" json:"goal"`
	Unit      string `db:"unit" json:"unit" doc:"leading department"`
	SinceOn   string `db:"since_on" json:"since_on" doc:"YYYY-MM-DD"`
	UntilOn   string `db:"until_on" json:"until_on" doc:"last day; empty while none is set"`
	Version   int64  `db:"version" json:"version"`
	CreatedAt int64  `db:"created_at" json:"created_at" doc:"ms UTC"`
	UpdatedAt int64  `db:"updated_at" json:"updated_at" doc:"ms UTC"`
}

// Table names the table of campaigns.
func (Campaign) Table() string { return "work_campaigns" }

// Reference marks campaigns as what others are derived from.
func (Campaign) Reference() {}

func (c Campaign) object() string { return "work.campaign/" + c.ID }

// CampaignFacts are the fields of a campaign.
type CampaignFacts struct {
	Name    string `json:"name"`
	Goal    string `json:"goal,omitempty"`
	Unit    string `json:"unit,omitempty" doc:"leading department; yours when empty"`
	SinceOn string `json:"since_on" doc:"YYYY-MM-DD"`
	UntilOn string `json:"until_on,omitempty" doc:"last day"`
}

// apply returns c as f sets it.
func (f CampaignFacts) apply(c Campaign) (Campaign, error) {
	trim(&f.Name, &f.Goal)
	c.Name, c.Goal, c.SinceOn, c.UntilOn = f.Name, f.Goal, f.SinceOn, f.UntilOn
	c.Unit = either(f.Unit, c.Unit)
	return c, kernel.Faults("work.campaign_invalid", required("name", c.Name, 100), atMost("goal", c.Goal, maxReason), dated("since_on", c.SinceOn),
		anyDate("until_on", c.UntilOn), ordered("until_on", c.SinceOn, c.UntilOn))
}

// ActivityKind is one kind of activity.
type ActivityKind struct {
	ID string `json:"id"`
	Zh string `json:"zh"`
	En string `json:"en"`
}

// Limit is a term of this context, in force from ValidFrom to ValidTo.
type Limit struct {
	ID        string      `json:"id"`
	Days      int         `json:"days"`
	Unit      string      `json:"unit" enum:"working_day"`
	Zh        string      `json:"zh"`
	En        string      `json:"en"`
	ValidFrom kernel.Date `json:"valid_from"`
	ValidTo   kernel.Date `json:"valid_to"`
	Source    string      `json:"source"`
}

// Limits are the terms shipped with the program (limits.json).
type Limits []Limit

// On returns the limit id as in force on day.
func (l Limits) On(id string, day kernel.Date) (Limit, bool) {
	for _, x := range l {
		if x.ID == id && inTerm(string(x.ValidFrom), string(x.ValidTo), day) {
			return x, true
		}
	}
	return Limit{}, false
}

func shippedMethods() []Method {
	list := parsed[Method](methodsJSON)
	for i := range list {
		list[i].Version = 1
	}
	return list
}

func shippedKinds() []ActivityKind { return parsed[ActivityKind](kindsJSON) }

func shippedLimits() Limits { return parsed[Limit](limitsJSON) }

// parsed reads a dictionary built into the program.
func parsed[T any](data []byte) []T {
	var list []T
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&list); err != nil {
		panic(fmt.Sprintf("work: a shipped dictionary: %v", err)) // fixed when the program was built
	}
	return list
}

func kindIDs(kinds []ActivityKind) (ids []string) {
	for _, k := range kinds {
		ids = append(ids, k.ID)
	}
	return ids
}

// methodField is where refusals about a method stand; a campaign's likewise.
const (
	methodField   = "method"
	campaignField = "campaign"
)

// ended tells of a dictionary row that is not in force.
func ended(field, name, from, to string) error {
	return kernel.FieldFault(field, "work.not_in_force", name, from, strings.TrimSpace(either(to, "…")))
}
