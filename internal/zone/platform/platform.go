package platform

import (
	"regexp"
	"slices"

	"sente/internal/kernel"
)

// Object is the name of platform id in the journal.
func Object(id string) string { return "platform.platform/" + id }

// Platform is one of the zone's promotion platforms.
type Platform struct {
	Zone      string `db:"zone,key" json:"-"`
	ID        string `db:"id,key" json:"id"`
	Playbook  string `db:"playbook" json:"playbook" doc:"which platform of the playbook it was adopted from; empty for one of the zone's own"`
	Track     string `db:"track" json:"track" doc:"the pipeline its projects follow unless they say otherwise"`
	NameZh    string `db:"name_zh" json:"name_zh"`
	NameEn    string `db:"name_en" json:"name_en"`
	MissionZh string `db:"mission_zh" json:"mission_zh"`
	MissionEn string `db:"mission_en" json:"mission_en"`
	Source    string `db:"source" json:"source" doc:"the document the platform rests on"`
	Unit      string `db:"unit" json:"unit" doc:"responsible department"`
	Owner     string `db:"owner" json:"owner" doc:"responsible official's account"`
	Operator  string `db:"operator" json:"operator" doc:"unit of the operator; empty while the department runs it itself"`
	SinceOn   string `db:"since_on" json:"since_on"`
	UntilOn   string `db:"until_on" json:"until_on" doc:"last day of a retired platform"`
	Version   int64  `db:"version" json:"version"`
	CreatedAt int64  `db:"created_at" json:"created_at" doc:"ms UTC"`
	UpdatedAt int64  `db:"updated_at" json:"updated_at" doc:"ms UTC"`
}

// Table names the table of platforms.
func (Platform) Table() string { return "platform_platforms" }

// Reference marks platforms as what others are derived from.
func (Platform) Reference() {}

// Name returns the platform's name in lang; one without an English name has its
// Chinese one.
func (p Platform) Name(lang string) string {
	if lang == "en" && p.NameEn != "" {
		return p.NameEn
	}
	return p.NameZh
}

// Retired reports whether p has an end, be it still to come.
func (p Platform) Retired() bool { return p.UntilOn != "" }

// Works reports whether p takes projects on day.
func (p Platform) Works(day kernel.Date) bool {
	return !day.Before(kernel.Date(p.SinceOn)) && !kernel.Date(p.UntilOn).Before(day)
}

var trackForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// check says everything that is wrong with p by itself.
func (p Platform) check() error {
	var track error
	if p.Track != "" && !trackForm.MatchString(p.Track) {
		track = kernel.FieldFault("track", "platform.track_form", p.Track)
	}
	return kernel.Faults("platform.invalid", checkNeeded("name_zh", p.NameZh, 80), checkText("name_en", p.NameEn, 120),
		checkNeeded("mission_zh", p.MissionZh, 500), checkText("mission_en", p.MissionEn, 1000), checkText("source", p.Source, 500),
		track, checkDayNeeded("since_on", p.SinceOn), checkDay("until_on", p.UntilOn), checkOrder("until_on", p.SinceOn, p.UntilOn))
}

// Facts are what may be said about a platform; nil leaves a field as it is.
type Facts struct {
	NameZh    *string `json:"name_zh,omitempty"`
	NameEn    *string `json:"name_en,omitempty"`
	MissionZh *string `json:"mission_zh,omitempty"`
	MissionEn *string `json:"mission_en,omitempty"`
	Source    *string `json:"source,omitempty"`
	Track     *string `json:"track,omitempty"`
	Unit      *string `json:"unit,omitempty" doc:"responsible department"`
	Owner     *string `json:"owner,omitempty" doc:"responsible official's account"`
	SinceOn   *string `json:"since_on,omitempty" doc:"YYYY-MM-DD"`
}

func (f Facts) apply(p Platform) Platform {
	set(&p.NameZh, f.NameZh)
	set(&p.NameEn, f.NameEn)
	set(&p.MissionZh, f.MissionZh)
	set(&p.MissionEn, f.MissionEn)
	set(&p.Source, f.Source)
	set(&p.Track, f.Track)
	set(&p.Unit, f.Unit)
	set(&p.Owner, f.Owner)
	set(&p.SinceOn, f.SinceOn)
	return p
}

// changed names the fields in which p differs from was.
func (p Platform) changed(was Platform) []string {
	var out []string
	for _, f := range []struct{ name, a, b string }{
		{"name_zh", was.NameZh, p.NameZh}, {"name_en", was.NameEn, p.NameEn}, {"mission_zh", was.MissionZh, p.MissionZh},
		{"mission_en", was.MissionEn, p.MissionEn}, {"source", was.Source, p.Source}, {"track", was.Track, p.Track},
		{"unit", was.Unit, p.Unit}, {"owner", was.Owner, p.Owner}, {"since_on", was.SinceOn, p.SinceOn},
	} {
		if f.a != f.b {
			out = append(out, f.name)
		}
	}
	return out
}

// adopt returns the platform that p of the playbook becomes.
func (p Play) adopt(source string, base Platform) Platform {
	base.Playbook, base.Track, base.Source = p.ID, p.Track, source
	base.NameZh, base.NameEn, base.MissionZh, base.MissionEn = p.NameZh, p.NameEn, p.MissionZh, p.MissionEn
	return base
}

// Term is the time from SinceOn on in which one operator runs a platform, until
// the next term begins.
type Term struct {
	Zone       string `db:"zone,key" json:"-"`
	Platform   string `db:"platform,key" json:"platform"`
	SinceOn    string `db:"since_on,key" json:"since_on"`
	Operator   string `db:"operator" json:"operator" doc:"unit; empty: the department itself"`
	Reason     string `db:"reason" json:"reason"`
	By         string `db:"by_account" json:"by"`
	ByName     string `db:"by_name" json:"by_name"`
	RecordedAt int64  `db:"recorded_at" json:"recorded_at" doc:"ms UTC"`
}

// Table names the table of operators' terms.
func (Term) Table() string { return "platform_operators" }

// Reference marks terms as what others are derived from.
func (Term) Reference() {}

// decideOperator checks a change of p's operator on day; terms are p's so far,
// the earliest first. Terms are only added to: the new one begins after the last.
func decideOperator(p Platform, terms []Term, operator, since string, day kernel.Date) error {
	if err := checkPast("since_on", since, day); err != nil {
		return err
	}
	switch {
	case p.Retired():
		return kernel.Faultf(kernel.ErrConflict, "platform.retired", p.NameZh, p.UntilOn)
	case operator == p.Operator:
		return kernel.FieldFault("operator", "platform.same_operator")
	case kernel.Date(since).Before(kernel.Date(p.SinceOn)):
		return kernel.FieldFault("since_on", "platform.before_platform", since, p.SinceOn)
	case len(terms) > 0 && since <= terms[len(terms)-1].SinceOn:
		return kernel.FieldFault("since_on", "platform.before_term", since, terms[len(terms)-1].SinceOn)
	}
	return nil
}

// OperatorOn returns who ran a platform on day, "" when the department did;
// terms are in the order of their beginning.
func OperatorOn(terms []Term, day kernel.Date) string {
	i, found := slices.BinarySearchFunc(terms, string(day), func(t Term, d string) int {
		switch {
		case t.SinceOn < d:
			return -1
		case t.SinceOn > d:
			return 1
		}
		return 0
	})
	if found {
		return terms[i].Operator
	}
	if i == 0 {
		return ""
	}
	return terms[i-1].Operator
}
