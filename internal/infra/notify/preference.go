package notify

import (
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"

	"sente/internal/kernel"
)

// The ways a notice reaches a person, besides the channels offered to them.
const (
	InProduct = "product"
)

// How often what goes out of the house is put together.
const (
	NoDigest = "none"
	Hourly   = "hour"
	Daily    = "daily"
)

// dailyAt is when a daily digest goes out, in minutes of the day in China: after
// the notices of the morning.
const dailyAt = 9 * 60

// Preferences (通知设置) are what a person has chosen. Without any, everything is
// shown in the product and nothing goes out.
type Preferences struct {
	Zone         string              `db:"zone,key"`
	Account      string              `db:"account,key"`
	Address      string              `db:"address" class:"personal"` // e-mail
	Choices      map[string][]string `db:"choices,json"`             // topic → ways; an absent one: in the product and by e-mail
	QuietFrom    string              `db:"quiet_from"`               // "22:00"; both or neither
	QuietUntil   string              `db:"quiet_until"`
	Digest       string              `db:"digest"`
	UrgentPasses bool                `db:"urgent_passes"` // what is urgent waits for neither
	Version      int64               `db:"version"`
	UpdatedAt    int64               `db:"updated_at"`
}

// Table names the table of preferences.
func (Preferences) Table() string { return "notify_preferences" }

// PreferencesObject is the name of account's preferences in the journal.
func PreferencesObject(account string) string { return "notify.preferences/" + account }

// ways lists how topic reaches the person.
func (p Preferences) ways(topic string) []string {
	if chosen, ok := p.Choices[topic]; ok {
		return chosen
	}
	return []string{InProduct, Email}
}

// maxAddress bounds an e-mail address (RFC 5321, 4.5.3.1).
const maxAddress = 254

var clockForm = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

// check says everything that is wrong with p; topics and ways are those there
// are for the person.
func (p Preferences) check(topics, ways []string) error {
	errs := []error{checkAddress(p.Address), oneOf("digest", p.Digest, []string{NoDigest, Hourly, Daily}),
		checkClock("quiet_from", p.QuietFrom), checkClock("quiet_until", p.QuietUntil)}
	if (p.QuietFrom == "") != (p.QuietUntil == "") {
		errs = append(errs, kernel.FieldFault("quiet_until", "notify.quiet_half"))
	} else if p.QuietFrom != "" && p.QuietFrom == p.QuietUntil {
		errs = append(errs, kernel.FieldFault("quiet_until", "notify.quiet_same"))
	}
	for topic, chosen := range p.Choices {
		errs = append(errs, oneOf("topics", topic, topics))
		for _, way := range chosen {
			errs = append(errs, oneOf("topics", way, ways))
		}
	}
	return kernel.Faults("notify.preferences_invalid", errs...)
}

func checkAddress(address string) error {
	if address == "" {
		return nil
	}
	a, err := mail.ParseAddress(address)
	if err != nil || a.Address != address || len(address) > maxAddress || !strings.Contains(address[strings.LastIndex(address, "@"):], ".") {
		return kernel.FieldFault("address", "notify.address_form", address)
	}
	return nil
}

func checkClock(field, clock string) error {
	if clock == "" || clockForm.MatchString(clock) {
		return nil
	}
	return kernel.FieldFault(field, "notify.clock_form", clock)
}

func oneOf(field, value string, values []string) error {
	if slices.Contains(values, value) {
		return nil
	}
	return kernel.FieldFault(field, "notify.not_a_choice", value, strings.Join(values, ", "))
}

// release is when what arises at now may leave the house for the person: at the
// next digest, and not in quiet hours.
func (p Preferences) release(now time.Time, urgent bool) time.Time {
	if urgent && p.UrgentPasses {
		return now
	}
	return p.afterQuiet(p.nextDigest(now))
}

func (p Preferences) nextDigest(now time.Time) time.Time {
	switch p.Digest {
	case Hourly:
		return now.Truncate(time.Hour).Add(time.Hour)
	case Daily:
		at := midnight(now).Add(dailyAt * time.Minute)
		if !at.After(now) {
			at = at.AddDate(0, 0, 1)
		}
		return at
	}
	return now
}

// afterQuiet is at, or the end of the quiet hours at lies in. Quiet hours are
// kept in China Standard Time and may reach across midnight.
func (p Preferences) afterQuiet(at time.Time) time.Time {
	if p.QuietFrom == "" {
		return at
	}
	from, until, clock := minutes(p.QuietFrom), minutes(p.QuietUntil), at.In(kernel.ChinaTime()).Hour()*60+at.In(kernel.ChinaTime()).Minute()
	end := midnight(at).Add(time.Duration(until) * time.Minute)
	switch {
	case from < until && from <= clock && clock < until, from > until && clock < until:
		return end
	case from > until && clock >= from:
		return end.AddDate(0, 0, 1)
	}
	return at
}

// minutes reads "22:30" as minutes of the day.
func minutes(clock string) int {
	t, _ := time.Parse("15:04", clock) // its form is checked when it is saved
	return t.Hour()*60 + t.Minute()
}

// midnight is the beginning of t's day in China.
func midnight(t time.Time) time.Time {
	y, m, d := t.In(kernel.ChinaTime()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, kernel.ChinaTime())
}
