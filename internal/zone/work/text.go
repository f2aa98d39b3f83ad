package work

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"sente/internal/kernel"
)

// Limits on what a person may write, in characters: what one screen of a page
// and one line of a list can still show.
const (
	maxTitle  = 200
	maxReason = 500
	maxText   = 8000
	maxList   = 50 // firms or officials of one activity
)

// required faults a text that is blank or too long.
func required(field, text string, limit int) error {
	if fold(text) == "" {
		return kernel.FieldFault(field, "work.required")
	}
	return atMost(field, text, limit)
}

// atMost faults a text that is no text or too long.
func atMost(field, text string, limit int) error {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return kernel.FieldFault(field, "work.not_text")
	}
	if n := utf8.RuneCountInString(text); n > limit {
		return kernel.FieldFault(field, "work.too_long", n, limit)
	}
	return nil
}

func choice(field, value string, choices []string) error {
	if slices.Contains(choices, value) {
		return nil
	}
	return kernel.FieldFault(field, "work.not_a_choice", value, strings.Join(choices, ", "))
}

// dated faults a missing or malformed day.
func dated(field, on string) error {
	if on == "" {
		return kernel.FieldFault(field, "work.no_date")
	}
	return anyDate(field, on)
}

// anyDate accepts "" and a day that exists.
func anyDate(field, on string) error {
	if _, err := kernel.ParseDate(on); err != nil {
		return kernel.FieldFault(field, "kernel.date_form", on)
	}
	return nil
}

// ordered faults an end before its beginning.
func ordered(field, since, until string) error {
	if kernel.Date(until).Before(kernel.Date(since)) {
		return kernel.FieldFault(field, "work.ends_before", until, since)
	}
	return nil
}

// maxCost bounds the cost of one activity in minor units (1 bn yuan), far above
// any fair, so that sums over a register stay within 64 bits.
const maxCost = 100_000_000_000

// priced faults an amount that is negative, too large or has no currency.
func priced(field string, m kernel.Money) error {
	switch {
	case !m.Stated() && m.Minor == 0:
		return nil
	case !m.Stated():
		return kernel.FieldFault(field, "work.no_currency")
	case !m.Valid():
		return kernel.FieldFault(field, "work.money_invalid", m.Currency)
	case m.Minor < 0:
		return kernel.FieldFault(field, "work.negative", m.String())
	case m.Minor > maxCost:
		return kernel.FieldFault(field, "work.money_too_large", m.String(), m.Currency)
	}
	return nil
}

// fold brings a text into the form in which texts are searched: compatibility
// forms unified, lower case, no spaces.
func fold(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(norm.NFKC.String(s)), ""))
}

// trim takes the spaces around texts away.
func trim(texts ...*string) {
	for _, t := range texts {
		*t = strings.TrimSpace(*t)
	}
}

func set(to, from *string) {
	if from != nil {
		*to = strings.TrimSpace(*from)
	}
}
