package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"sente/internal/kernel"
)

// Reading is one row of a register, its cells read by type. Only what the row
// states is there.
type Reading struct {
	Texts map[string]string       // by field of the import
	Dates map[string]DatedReading // by field
	Money map[string]kernel.Money // by field
}

// DatedReading is a date as exact as the register gave it.
type DatedReading struct {
	On        kernel.Date
	Precision string // ByDay, ByMonth or ByYear
}

// Draft is what a row says about a project, ready to be compared with the
// project on record or to become one.
type Draft struct {
	Key        string // finds the project again
	Project    Project
	States     []string // fields the row states, by their names in Facts
	Milestones []Milestone
	Investor   InvestorDraft
	Contact    ContactDraft
	UnitName   string         // responsible department as written
	OwnerName  string         // responsible official as written
	Notes      []kernel.Fault // what to look at
}

// InvestorDraft is how a row names the investor.
type InvestorDraft struct {
	Name, CreditCode, LEI, ForeignRegNo, Country string
}

// Stated reports whether the row names an investor at all.
func (i InvestorDraft) Stated() bool { return i.Name != "" }

// ContactDraft is how a row says to reach somebody at the investor.
type ContactDraft struct {
	Name, Phone, Email string
}

// Stated reports whether the row names a way to reach anybody.
func (c ContactDraft) Stated() bool { return c != ContactDraft{} }

// stageField names the import field of a stage's actual ("started_on") or
// planned ("planned_started_on") date.
func stageField(s Stage, planned bool) string {
	if planned {
		return "planned_" + string(s) + "_on"
	}
	return string(s) + "_on"
}

// RowKey is the key by which two rows mean one project: the number the register
// gives it, else name, investor and site.
func RowKey(externalID, name, investor, site string) string {
	if id := fold(externalID); id != "" {
		return "id/" + hashed(id)
	}
	if fold(name) == "" {
		return ""
	}
	return "name/" + hashed(fold(name)+"\n"+fold(investor)+"\n"+fold(site))
}

// originKey is the form in which a project keeps the RowKey key: half of the hash
// tells rows apart as well, in 26 characters for 64. Projects imported earlier keep
// the whole.
func originKey(key string) string {
	kind, sum, _ := strings.Cut(key, "/")
	whole, err := hex.DecodeString(sum)
	if err != nil || len(whole) != sha256.Size {
		return key
	}
	return kind + "/" + kernel.FormatID([16]byte(whole))
}

// reader turns rows of one import run into drafts.
type reader struct {
	stages       stageBook
	industries   industryBook
	today        kernel.Date
	asOf         kernel.Date // of the whole register, when the run says so
	defaultStage Stage       // for registers without a stage column
	tracks       Tracks
}

// read returns what row r says; a *kernel.Fault says why it cannot be taken.
func (rd reader) read(r Reading) (Draft, error) {
	d := Draft{Key: RowKey(r.Texts["external_id"], r.Texts["name"], r.Texts["investor_name"], r.Texts["site"])}
	if err := notProject(r.Texts["name"]); err != nil {
		return d, err
	}
	d.Project = Project{Kind: KindNew, Builds: true, Origin: OriginImported, OriginKey: originKey(d.Key)}
	rd.texts(&d, r)
	rd.money(&d, r)
	rd.dates(&d, r)
	if err := rd.stage(&d, r); err != nil {
		return d, err
	}
	rd.progress(&d, r.Texts["progress"])
	d.Milestones = number(d.Milestones)
	for _, b := range rd.tracks.Of(d.Project).ChainBreaks(d.Milestones) {
		d.note("pipeline.import_chain_break", stageField(b.Later, false), b.LaterOn, b.EarlierOn)
	}
	return d, d.Project.check(rd.today, rd.industries)
}

func (d *Draft) note(word, field string, args ...any) {
	d.Notes = append(d.Notes, kernel.Fault{Kind: kernel.ErrInvalid, Word: word, Field: field, Args: args})
}

// keepText keeps words of the register that could not be placed.
func (d *Draft) keepText(text string) {
	d.Project.Summary = strings.TrimSpace(d.Project.Summary + "\n" + text)
	if !slices.Contains(d.States, "summary") {
		d.States = append(d.States, "summary")
	}
}

// notProject refuses totals and targets that stand between the projects.
func notProject(name string) error {
	plain := fold(name)
	for _, mark := range []string{"(合计)", "(目标)", "(小计)", "(总计)"} {
		if strings.HasPrefix(plain, mark) {
			return kernel.FieldFault("name", "pipeline.import_not_project", mark)
		}
	}
	if slices.Contains([]string{"合计", "小计", "总计", "累计"}, plain) {
		return kernel.FieldFault("name", "pipeline.import_not_project", plain)
	}
	return nil
}

// texts takes over the plain fields. Industry words that are no code and no
// name of the standard are kept as written.
func (rd reader) texts(d *Draft, r Reading) {
	p := &d.Project
	for _, f := range []struct {
		id string
		to *string
	}{
		{"name", &p.Name}, {"site", &p.Site}, {"scope", &p.Scope}, {"summary", &p.Summary}, {"source", &p.Source}, {"terms", &p.Terms},
		{"finder", &p.Finder}, {"origin_author", &p.OriginAuthor}, {"unit", &d.UnitName}, {"owner", &d.OwnerName},
		{"investor_name", &d.Investor.Name}, {"credit_code", &d.Investor.CreditCode}, {"lei", &d.Investor.LEI},
		{"foreign_reg_no", &d.Investor.ForeignRegNo}, {"country", &d.Investor.Country},
	} {
		if text := strings.TrimSpace(r.Texts[f.id]); text != "" {
			*f.to = text
			d.States = append(d.States, f.id)
		}
	}
	p.InvestorName = d.Investor.Name
	d.Contact = ContactDraft{r.Texts["contact_name"], r.Texts["contact_phone"], r.Texts["contact_email"]}
	if c := d.Investor.Country; c != "" && (len(c) != 2 || strings.Trim(strings.ToUpper(c), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		d.note("pipeline.import_country_text", "country", c)
		d.keepText(c)
		d.Investor.Country = ""
	}
	rd.industry(d, r.Texts["industry"])
	if progress := strings.TrimSpace(r.Texts["progress"]); progress != "" {
		d.keepText(progress) // the words the dates were read from stay readable
	}
	if kind := r.Texts["kind"]; kind != "" {
		rd.kind(d, kind)
	}
	if !d.Investor.Stated() && d.Investor.CreditCode+d.Investor.LEI+d.Investor.ForeignRegNo != "" {
		d.note("pipeline.import_code_without_name", "credit_code")
	}
}

func (rd reader) industry(d *Draft, text string) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	d.States = append(d.States, "industry")
	d.Project.Industry = rd.industries.named(text)
	if d.Project.Industry == "" {
		d.Project.IndustryText = text
		d.note("pipeline.import_industry_text", "industry", text)
	}
}

func (rd reader) kind(d *Draft, text string) {
	kinds := map[string]string{"新建": KindNew, "新引进": KindNew, "新签约": KindNew, "new": KindNew,
		"增资扩产": KindExpansion, "扩建": KindExpansion, "增资": KindExpansion, "技改": KindExpansion, "二期": KindExpansion, "expansion": KindExpansion}
	if k, ok := kinds[fold(text)]; ok {
		d.Project.Kind = k
		d.States = append(d.States, "kind")
		return
	}
	d.note("pipeline.import_kind_unknown", "kind", text)
	d.keepText(text)
}

func (rd reader) money(d *Draft, r Reading) {
	if m, ok := r.Money["total_investment"]; ok {
		d.Project.TotalMinor, d.Project.Currency = m.Minor, m.Currency
		d.States = append(d.States, "total_investment")
	}
	if m, ok := r.Money["fixed_investment"]; ok {
		d.Project.FixedMinor, d.Project.FixedCurrency = m.Minor, m.Currency
		d.States = append(d.States, "fixed_investment")
	}
}

// dates takes over the columns of dates. A date of 开工 that lies ahead is a
// plan, whatever the column says.
func (rd reader) dates(d *Draft, r Reading) {
	if at, ok := r.Dates["found_on"]; ok && !rd.today.Before(at.On) {
		d.Project.FoundOn = string(at.On)
		d.States = append(d.States, "found_on")
	}
	if at, ok := r.Dates["origin_date"]; ok {
		d.Project.OriginOn = string(at.On)
	} else {
		d.Project.OriginOn = string(rd.asOf)
	}
	for _, s := range chain() {
		if at, ok := r.Dates[stageField(s, false)]; ok {
			kind := Actual
			if rd.today.Before(at.On) {
				kind = Planned
				d.note("pipeline.import_future_planned", stageField(s, false), string(at.On))
			}
			d.Milestones = append(d.Milestones, Milestone{Stage: s, Kind: kind, On: string(at.On), Precision: at.Precision})
		}
		if at, ok := r.Dates[stageField(s, true)]; ok {
			d.Milestones = append(d.Milestones, Milestone{Stage: s, Kind: Planned, On: string(at.On), Precision: at.Precision})
		}
	}
}

// stage finds where the project stands: the stage column, else a progress note
// that is nothing but a stage, else the last stage with an actual date, else
// the run's default. A word that says too little refuses the row.
func (rd reader) stage(d *Draft, r Reading) error {
	word, ok := StageWord{}, false
	if text := strings.TrimSpace(r.Texts["stage"]); text != "" {
		if word, ok = rd.stages.find(text); !ok {
			return kernel.FieldFault("stage", "pipeline.import_stage_unknown", text)
		}
	} else if word, ok = rd.stages.find(r.Texts["progress"]); !ok {
		word.Stage = reached(d.Milestones)
		if word.Stage != "" {
			d.note("pipeline.import_stage_from_dates", "stage", string(actualOn(number(d.Milestones), word.Stage)))
		} else if word.Stage = rd.defaultStage; word.Stage == "" {
			return kernel.FieldFault("stage", "pipeline.import_no_stage")
		}
	}
	if word.Stage == "" {
		return kernel.FieldFault("stage", "pipeline.import_stage_ambiguous", word.Word, word.Note)
	}
	rd.stand(d, word)
	return nil
}

// stand puts the project into the reported stage; beside the chain it keeps the
// place its dates say it had reached.
func (rd reader) stand(d *Draft, word StageWord) {
	p, at := &d.Project, reached(d.Milestones)
	p.Stage = word.Stage
	switch word.Stage {
	case Shelved:
		p.Prior = orStage(at, Lead)
	case Lost:
		p.Prior = orStage(at, Lead)
		if p.Prior.Rank() >= Signed.Rank() {
			d.note("pipeline.import_lost_late", "stage")
			p.Prior = Negotiating
		}
	case Terminated:
		p.Prior = orStage(at, Signed)
		if p.Prior.Rank() < Signed.Rank() {
			p.Prior = Signed
		}
	}
	p.Reason = word.WhyZh
	if p.Stage.Rank() > 0 {
		p.StageSince = string(actualOn(number(d.Milestones), p.Stage))
	}
}

func orStage(s, fallback Stage) Stage {
	if s == "" {
		return fallback
	}
	return s
}

// reached is the furthest stage with an actual date; "" when there is none.
func reached(ms []Milestone) Stage {
	var far Stage
	for _, m := range ms {
		if m.Kind == Actual && m.Stage.Rank() > far.Rank() {
			far = m.Stage
		}
	}
	return far
}

// progress proposes milestones from free text: facts only once an official
// records them. A stage whose date a column states needs no proposal.
func (rd reader) progress(d *Draft, text string) {
	asOf := kernel.Date(d.Project.OriginOn)
	for _, m := range scanProgress(text, asOf) {
		stated := slices.ContainsFunc(d.Milestones, func(x Milestone) bool { return x.Stage == m.Stage && x.On != "" && (x.Kind == Actual) != m.Intended })
		if stated {
			continue
		}
		kind := Proposed
		if m.Intended {
			kind = ProposedPlan
		}
		d.Milestones = append(d.Milestones, Milestone{Stage: m.Stage, Kind: kind, On: string(m.On), Precision: m.Precision, Note: clip(m.Text, 200), FromText: true})
	}
}

func clip(s string, runes int) string {
	r := []rune(s)
	return string(r[:min(len(r), runes)])
}

// number gives milestones their place within the project.
func number(ms []Milestone) []Milestone {
	for i := range ms {
		ms[i].Seq = int64(i + 1)
		if ms[i].Precision == "" {
			ms[i].Precision = ByDay
		}
	}
	return ms
}
