package party

import (
	"slices"
	"strings"
	"unicode/utf8"

	"sente/internal/kernel"
)

// Kind (主体类型) tells what a party is.
type Kind string

// The kinds of party.
const (
	Enterprise  Kind = "enterprise"  // 企业
	Institution Kind = "institution" // 机构
	Person      Kind = "person"      // 个人
)

// Kinds lists the kinds in the order of forms.
func Kinds() []Kind { return []Kind{Enterprise, Institution, Person} }

// Origins of an entry.
const (
	Entered  = "entered"  // typed in at the desk
	Imported = "imported" // came with an import run
)

// Party is an enterprise, institution or person. The name of a private person
// is in PersonName, of class personal, and Name is empty: the open body of the
// journal cannot be erased, so it must not hold what may have to be.
type Party struct {
	Zone            string    `db:"zone,key" json:"-"`
	ID              string    `db:"id,key" json:"id"`
	Unit            string    `db:"unit" json:"unit"`
	Owner           string    `db:"owner" json:"owner"`
	Kind            Kind      `db:"kind" json:"kind"`
	Name            string    `db:"name" json:"name"`
	PersonName      string    `db:"person_name" class:"personal" json:"-"`
	PersonKey       string    `db:"person_key" class:"personal" json:"-"`
	NameEn          string    `db:"name_en" json:"name_en"`
	ShortName       string    `db:"short_name" json:"short_name"`
	FormerNames     []string  `db:"former_names,json" json:"former_names"`
	Aliases         []string  `db:"aliases,json" json:"aliases"`
	CreditCode      string    `db:"credit_code" json:"credit_code"`
	LEI             string    `db:"lei" json:"lei"`
	ForeignRegNo    string    `db:"foreign_reg_no" json:"foreign_reg_no"`
	Country         string    `db:"country" json:"country"`
	Industry        string    `db:"industry" json:"industry"`
	Business        []string  `db:"business,json" json:"business"`
	Tags            []string  `db:"tags,json" json:"tags"`
	Region          string    `db:"region" json:"region"`
	Founded         string    `db:"founded" json:"founded"`
	Address         string    `db:"address" json:"address"`
	CapitalMinor    int64     `db:"capital_minor" json:"-"`
	CapitalCurrency string    `db:"capital_currency" json:"-"`
	Scale           string    `db:"scale" json:"scale"`
	Headcount       int64     `db:"headcount" json:"headcount"`
	Listing         string    `db:"listing" json:"listing"`
	Funding         string    `db:"funding" json:"funding"`
	Origin          string    `db:"origin" json:"origin"`
	OriginRun       string    `db:"origin_run" json:"origin_run"`
	OriginAuthor    string    `db:"origin_author" class:"personal" json:"origin_author"`
	OriginOn        string    `db:"origin_on" json:"origin_on"`
	ExternalKey     string    `db:"external_key" json:"external_key"`
	Sources         []string  `db:"sources,json" json:"sources"`
	Warnings        []Warning `db:"warnings,json" json:"-"`
	NameKey         string    `db:"name_key" json:"-"`
	SortKey         string    `db:"sort_key" json:"-"`
	Search          string    `db:"search" json:"-"`
	Version         int64     `db:"version" json:"version"`
	CreatedAt       int64     `db:"created_at" json:"created_at"`
	UpdatedAt       int64     `db:"updated_at" json:"updated_at"`
}

// Table names the table of parties.
func (Party) Table() string { return "party_parties" }

// Object is the name of p in the journal.
func (p Party) Object() string { return "party.party/" + p.ID }

// Capital is the registered capital; the zero Money when not stated.
func (p Party) Capital() kernel.Money {
	return kernel.Money{Minor: p.CapitalMinor, Currency: p.CapitalCurrency}
}

// Title is the name by which p is called, whatever its kind.
func (p Party) Title() string {
	if p.Kind == Person {
		return p.PersonName
	}
	return p.Name
}

// search is the text that lists are searched in, one normalized name a line;
// a private person is found by PersonKey, by those who may see it.
func (p Party) search() string {
	if p.Kind == Person {
		return ""
	}
	keys := []string{p.NameKey, Normalize(p.NameEn), Normalize(p.ShortName), strings.ToLower(p.CreditCode)}
	for _, name := range append(append([]string{}, p.FormerNames...), p.Aliases...) {
		keys = append(keys, Normalize(name))
	}
	return strings.Join(keys, "\n")
}

// Warning is something doubtful that does not make an entry wrong: Word is a
// message key, Args its arguments.
type Warning struct {
	Field string   `json:"field"`
	Word  string   `json:"word"`
	Args  []string `json:"args"`
}

// Limits of length, in characters.
const (
	maxName = 200
	maxText = 500
	maxList = 200 // entries of a list
)

// settle returns p as it is stored (texts trimmed, codes normalized, matching
// key and warnings computed), or everything that is wrong with it.
func (p Party) settle() (Party, error) {
	p = p.trimmed()
	if p.Kind == Person {
		return p.settlePerson()
	}
	errs := []error{kindKnown(p.Kind), named(p.Name)}
	errs = append(errs, p.checkLengths()...)
	code, err := p.checkCode()
	errs = append(errs, err, p.checkLEI(), p.checkForeign(), industryForm(p.Industry), foundedForm(p.Founded), p.checkFigures())
	if err := kernel.Faults("party.invalid", errs...); err != nil {
		return p, err
	}
	p.CreditCode, p.Warnings = code.Code, codeWarnings(p.Warnings, code)
	p.PersonName, p.PersonKey, p.NameKey = "", "", Normalize(p.Name)
	p.Aliases = without(unite(p.Aliases), p.NameKey)
	p.FormerNames = without(unite(p.FormerNames), p.NameKey)
	p.Business, p.Tags, p.Sources = unite(p.Business), unite(p.Tags), unite(p.Sources)
	return p, nil
}

// settlePerson is settle for a private person, about whom nothing but name,
// country, industry and region is kept here.
func (p Party) settlePerson() (Party, error) {
	kept := Party{Zone: p.Zone, ID: p.ID, Unit: p.Unit, Owner: p.Owner, Kind: p.Kind, Name: p.Name, PersonName: p.PersonName,
		Country: p.Country, Industry: p.Industry, Region: p.Region, Origin: p.Origin, OriginRun: p.OriginRun, OriginAuthor: p.OriginAuthor,
		OriginOn: p.OriginOn, ExternalKey: p.ExternalKey, Sources: p.Sources, Version: p.Version, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt}
	if kept.Name != "" {
		kept.PersonName, kept.Name = kept.Name, ""
	}
	errs := []error{named(kept.PersonName), countryForm(kept.Country), industryForm(kept.Industry), regionForm(kept.Region)}
	for _, f := range p.personExtras() {
		errs = append(errs, kernel.FieldFault(f, "party.person_field"))
	}
	kept.PersonKey = Normalize(kept.PersonName)
	kept.FormerNames, kept.Aliases, kept.Business, kept.Tags = []string{}, []string{}, []string{}, []string{}
	kept.Sources, kept.Warnings = unite(kept.Sources), []Warning{}
	return kept, kernel.Faults("party.invalid", errs...)
}

// personExtras names the filled fields that are not kept about a private person.
func (p Party) personExtras() []string {
	var out []string
	for _, f := range []struct {
		name   string
		filled bool
	}{
		{"name_en", p.NameEn != ""},
		{"short_name", p.ShortName != ""},
		{"former_names", len(p.FormerNames) > 0},
		{"aliases", len(p.Aliases) > 0},
		{"credit_code", p.CreditCode != ""},
		{"lei", p.LEI != ""},
		{"foreign_reg_no", p.ForeignRegNo != ""},
		{"business", len(p.Business) > 0},
		{"tags", len(p.Tags) > 0},
		{"founded", p.Founded != ""},
		{"address", p.Address != ""},
		{"registered_capital", p.Capital().Stated()},
		{"scale", p.Scale != ""},
		{"headcount", p.Headcount != 0},
		{"listing", p.Listing != ""},
		{"funding", p.Funding != ""},
	} {
		if f.filled {
			out = append(out, f.name)
		}
	}
	return out
}

// trimmed returns p without spaces around its texts, codes in upper case.
func (p Party) trimmed() Party {
	for _, s := range []*string{&p.Name, &p.PersonName, &p.NameEn, &p.ShortName, &p.CreditCode, &p.LEI, &p.ForeignRegNo, &p.Country,
		&p.Industry, &p.Region, &p.Founded, &p.Address, &p.Scale, &p.Listing, &p.Funding, &p.ExternalKey} {
		*s = strings.TrimSpace(*s)
	}
	p.LEI, p.Country, p.Industry = strings.ToUpper(p.LEI), strings.ToUpper(p.Country), strings.ToUpper(p.Industry)
	return p
}

func (p Party) checkLengths() []error {
	var errs []error
	for _, f := range []struct {
		field, text string
		most        int
	}{
		{"name_en", p.NameEn, maxName},
		{"short_name", p.ShortName, maxName},
		{"foreign_reg_no", p.ForeignRegNo, maxName},
		{"address", p.Address, maxText},
		{"scale", p.Scale, maxText},
		{"listing", p.Listing, maxText},
		{"funding", p.Funding, maxText},
		{"external_key", p.ExternalKey, maxName},
	} {
		errs = append(errs, atMost(f.field, f.text, f.most))
	}
	return append(errs,
		listAtMost("former_names", p.FormerNames),
		listAtMost("aliases", p.Aliases),
		listAtMost("business", p.Business),
		listAtMost("tags", p.Tags),
		regionForm(p.Region))
}

// checkCode checks the unified social credit code; "" is no code yet.
func (p Party) checkCode() (kernel.CreditCode, error) {
	if p.CreditCode == "" {
		return kernel.CreditCode{}, nil
	}
	code, err := kernel.CheckCreditCode(p.CreditCode)
	return code, inField("credit_code", err)
}

func (p Party) checkLEI() error {
	if p.LEI == "" {
		return nil
	}
	return inField("lei", kernel.CheckLEI(p.LEI))
}

// checkForeign asks for the country or region that issued a foreign
// registration number: without it the number identifies nobody.
func (p Party) checkForeign() error {
	if p.ForeignRegNo != "" && p.Country == "" {
		return kernel.FieldFault("country", "party.country_required")
	}
	return countryForm(p.Country)
}

func (p Party) checkFigures() error {
	switch {
	case !p.Capital().Valid() || p.CapitalMinor < 0:
		return kernel.FieldFault("registered_capital", "party.capital_form")
	case p.Headcount < 0:
		return kernel.FieldFault("headcount", "party.headcount_form")
	}
	return nil
}

// codeWarnings replaces what warnings says about the credit code.
func codeWarnings(warnings []Warning, code kernel.CreditCode) []Warning {
	out := []Warning{}
	for _, w := range warnings {
		if w.Field != "credit_code" {
			out = append(out, w)
		}
	}
	if code.Warning != nil {
		out = append(out, Warning{Field: "credit_code", Word: code.Warning.Word, Args: []string{code.Region}})
	}
	return out
}

func kindKnown(k Kind) error {
	if slices.Contains(Kinds(), k) {
		return nil
	}
	return kernel.FieldFault("kind", "party.kind_unknown", string(k))
}

func named(name string) error {
	if Normalize(name) == "" {
		return kernel.FieldFault("name", "party.name_required")
	}
	return atMost("name", name, maxName)
}

func atMost(field, text string, most int) error {
	if n := utf8.RuneCountInString(text); n > most {
		return kernel.FieldFault(field, "party.too_long", n, most)
	}
	return nil
}

func listAtMost(field string, list []string) error {
	if len(list) > maxList {
		return kernel.FieldFault(field, "party.too_many", len(list), maxList)
	}
	for _, s := range list {
		if err := atMost(field, s, maxName); err != nil {
			return err
		}
	}
	return nil
}

// countryForm accepts "" or two letters (ISO 3166-1 alpha-2, 国家或地区).
func countryForm(code string) error {
	if code == "" || len(code) == 2 && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		return nil
	}
	return kernel.FieldFault("country", "party.country_form", code)
}

// regionForm accepts "", a division code of 2, 4, 6, 9 or 12 digits (the
// statistical codes of the National Bureau of Statistics) or a place name as
// it was reported; only a number of another length is refused.
func regionForm(region string) error {
	n := len(region)
	digits := strings.Trim(region, "0123456789") == ""
	if digits && n != 0 && n != 2 && n != 4 && n != 6 && n != 9 && n != 12 {
		return kernel.FieldFault("region", "party.region_form", region)
	}
	return atMost("region", region, maxName)
}

// industryForm accepts "", a section letter, or division, group and class of
// two to four digits, with or without the letter (GB/T 4754-2017).
func industryForm(code string) error {
	digits := code
	if code != "" && code[0] >= 'A' && code[0] <= 'T' {
		digits = code[1:]
	}
	if strings.Trim(digits, "0123456789") == "" && len(digits) != 1 && len(digits) <= 4 {
		return nil
	}
	return kernel.FieldFault("industry", "party.industry_form", code)
}

// foundedForm accepts "", a year, a month or a day: 2010, 2010-05, 2010-05-17.
func foundedForm(s string) error {
	day := s
	switch len(s) {
	case 0:
		return nil
	case len("2010"):
		day += "-01-01"
	case len("2010-05"):
		day += "-01"
	}
	if _, err := kernel.ParseDate(day); err != nil && !oldYear(day) {
		return kernel.FieldFault("founded", "party.founded_form", s)
	}
	return nil
}

// oldYear accepts the days before 1900 that kernel.ParseDate does not: firms
// older than that exist (1847, Siemens).
func oldYear(day string) bool {
	if len(day) != len("1847-10-12") || day[0] != '1' || day[1] < '0' || day[1] > '8' {
		return false
	}
	_, err := kernel.ParseDate("20" + day[2:])
	return err == nil
}

// without drops the entry whose normalized form is key.
func without(list []string, key string) []string {
	out := []string{}
	for _, s := range list {
		if Normalize(s) != key {
			out = append(out, s)
		}
	}
	return out
}
