package party

import (
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"sente/internal/kernel"
)

// Patch changes a party; nil leaves a field as it is. The kind never changes:
// a wrong one is a wrong entry.
type Patch struct {
	Name, NameEn, ShortName       *string
	FormerNames, Aliases          *[]string
	CreditCode, LEI, ForeignRegNo *string
	Country, Industry, Region     *string
	Business, Tags                *[]string
	Founded, Address              *string
	Capital                       *kernel.Money
	Scale, Listing, Funding       *string
	Headcount                     *int64
	ExternalKey, Unit, Owner      *string
}

// apply returns p with the patch. A name that is replaced becomes a former
// name: it still finds the organisation.
func (c Patch) apply(p Party) Party {
	if c.Name != nil && p.Kind != Person && Normalize(*c.Name) != p.NameKey {
		p.FormerNames = unite(p.FormerNames, p.Name)
	}
	set(&p.Name, c.Name)
	set(&p.NameEn, c.NameEn)
	set(&p.ShortName, c.ShortName)
	set(&p.FormerNames, c.FormerNames)
	set(&p.Aliases, c.Aliases)
	set(&p.CreditCode, c.CreditCode)
	set(&p.LEI, c.LEI)
	set(&p.ForeignRegNo, c.ForeignRegNo)
	set(&p.Country, c.Country)
	set(&p.Industry, c.Industry)
	set(&p.Region, c.Region)
	set(&p.Business, c.Business)
	set(&p.Tags, c.Tags)
	set(&p.Founded, c.Founded)
	set(&p.Address, c.Address)
	set(&p.Scale, c.Scale)
	set(&p.Listing, c.Listing)
	set(&p.Funding, c.Funding)
	set(&p.Headcount, c.Headcount)
	set(&p.ExternalKey, c.ExternalKey)
	set(&p.Unit, c.Unit)
	set(&p.Owner, c.Owner)
	if c.Capital != nil {
		p.CapitalMinor, p.CapitalCurrency = c.Capital.Minor, c.Capital.Currency
	}
	return p
}

// ContactPatch changes a contact; nil leaves a field as it is.
type ContactPatch struct {
	Name, Title, Phone, Email *string
}

func (c ContactPatch) apply(to Contact) Contact {
	set(&to.Name, c.Name)
	set(&to.Title, c.Title)
	set(&to.Phone, c.Phone)
	set(&to.Email, c.Email)
	return to
}

// fields names what the patch changes, never its values.
func (c ContactPatch) fields() []string {
	out := []string{}
	for i, v := range []*string{c.Name, c.Title, c.Phone, c.Email} {
		if v != nil {
			out = append(out, ContactFields()[i])
		}
	}
	return out
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// changed names the columns in which a and b differ, apart from the version
// and what is computed.
func changed(a, b Party) []string {
	out := []string{}
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range va.NumField() {
		column, _, _ := strings.Cut(va.Type().Field(i).Tag.Get("db"), ",")
		if slices.Contains([]string{"version", "updated_at", "name_key", "person_key", "sort_key", "search"}, column) {
			continue
		}
		if !reflect.DeepEqual(va.Field(i).Interface(), vb.Field(i).Interface()) {
			out = append(out, column)
		}
	}
	return out
}

// party returns the entry a draft would make.
func (d Draft) party() Party {
	kind := d.Kind
	if kind == "" {
		kind = Enterprise
	}
	return Party{Kind: kind, Name: d.Name, CreditCode: d.CreditCode, LEI: d.LEI, ForeignRegNo: d.ForeignRegNo, Country: d.Country,
		Industry: d.Industry, Region: d.Region, Unit: d.Unit, Owner: d.Owner, Origin: d.Origin, OriginRun: d.OriginRun,
		OriginAuthor: d.OriginAuthor, OriginOn: d.OriginOn, Sources: d.Sources}
}

// learn fills in the identifying numbers that p lacks; everything else that
// is known stays as it was entered.
func (p Party) learn(more Party) (Party, error) {
	for _, f := range []struct {
		to   *string
		from string
	}{{&p.CreditCode, more.CreditCode}, {&p.LEI, more.LEI}, {&p.ForeignRegNo, more.ForeignRegNo}, {&p.Country, more.Country}} {
		if *f.to == "" {
			*f.to = f.from
		}
	}
	return p.settle()
}

// erased returns p and its contacts without what identifies contact cid, or
// with cid "" the private person p. A contact that is gone leaves the others as
// they are: only the journal has to forget it.
func erased(p Party, all []Contact, cid string, gone bool, at int64) (Party, []Contact, error) {
	if cid == "" && p.Kind != Person {
		return p, nil, kernel.FieldFault("contact", "party.erase_which")
	}
	hit := gone
	for i, c := range all {
		if cid == "" || c.ID == cid {
			all[i], hit = c.blank(at), true
			all[i].Version, all[i].UpdatedAt = c.Version+1, at
		}
	}
	if cid != "" && !hit {
		return p, nil, kernel.Faultf(kernel.ErrNotFound, "party.contact_not_found")
	}
	if cid == "" {
		p.PersonName, p.PersonKey = "", ""
	}
	return p, all, nil
}

// checkUnmask refuses unknown fields and a missing reason.
func checkUnmask(fields []string, reason string) error {
	if len(fields) == 0 {
		return kernel.FieldFault("fields", "party.unmask_fields")
	}
	for _, f := range fields {
		if !slices.Contains(ContactFields(), f) {
			return kernel.FieldFault("fields", "party.unmask_field", f)
		}
	}
	return reasoned(reason)
}

// minReason is the fewest characters that can tell a reason.
const minReason = 4

func reasoned(reason string) error {
	n := utf8.RuneCountInString(strings.TrimSpace(reason))
	if n < minReason {
		return kernel.FieldFault("reason", "party.reason_required", minReason)
	}
	return atMost("reason", reason, maxText)
}
