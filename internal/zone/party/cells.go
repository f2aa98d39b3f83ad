package party

import (
	"regexp"
	"strconv"
	"strings"

	"sente/internal/infra/sheet"
	"sente/internal/kernel"
)

// rangeOfPeople is a headcount stated as a range: 1000-5000人.
var rangeOfPeople = regexp.MustCompile(`^([0-9,]+)[-~—–至到]([0-9,]+)(人|名)?$`)

// HeadcountOf reads how many people, at least, a scale speaks of: "35000+人",
// "1,200人", "1000-5000人" (the lower end). False when it speaks of none, of a
// part of the organisation ("300+人(福州)") or of an upper bound.
func HeadcountOf(scale string) (int64, bool) {
	s := sheet.Plain(scale)
	if m := rangeOfPeople.FindStringSubmatch(s); m != nil {
		n, err := strconv.ParseInt(strings.ReplaceAll(m[1], ",", ""), 10, 64)
		return n, err == nil
	}
	c, err := sheet.ParseCount(s)
	if err != nil || strings.Trim(c.Unit, "人名") != "" {
		return 0, false
	}
	return c.N, true
}

// longAgo is a year before 1900, which package sheet takes for no date: firms
// that old exist.
var longAgo = regexp.MustCompile(`^(1[0-8][0-9]{2})年?$`)

// FoundedOf reads a founding date as far as the cell states it: 2010, 2010-05
// or 2010-05-17, however it is written ("2010年", "2010/5/17"). Fault:
// party.founded_form.
func FoundedOf(cell string) (string, error) {
	s := sheet.Plain(cell)
	if m := longAgo.FindStringSubmatch(s); m != nil {
		return m[1], nil
	}
	d, err := sheet.ParseDate(cell, sheet.AnyOrder)
	if err != nil {
		return "", kernel.FieldFault("founded", "party.founded_form", cell)
	}
	switch d.Precision {
	case "year":
		return string(d.Date[:4]), nil
	case "month":
		return string(d.Date[:7]), nil
	}
	return string(d.Date), nil
}

// scaled fills in the headcount that p's scale speaks of; what speaks of none
// is kept as it stands and told.
func (p Party) scaled() (Party, []Warning) {
	if p.Scale == "" {
		return p, nil
	}
	n, ok := HeadcountOf(p.Scale)
	if !ok {
		return p, []Warning{{Field: "scale", Word: "party.scale_unread", Args: []string{p.Scale}}}
	}
	p.Headcount = n
	return p, nil
}
