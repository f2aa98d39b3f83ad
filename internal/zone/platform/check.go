package platform

import (
	"strings"
	"unicode/utf8"

	"sente/internal/kernel"
)

// What one platform, contract or task may hold at most.
const (
	maxPlatforms   = 200  // in work in a zone
	maxContracts   = 1000 // of a platform
	maxTasks       = 200  // of a contract
	maxSubmissions = 100  // of a task
)

// checkNeeded refuses an empty text and one longer than most characters.
func checkNeeded(field, text string, most int) error {
	if strings.TrimSpace(text) == "" {
		return kernel.FieldFault(field, "platform.required")
	}
	return checkText(field, text, most)
}

// checkText refuses a text longer than most characters.
func checkText(field, text string, most int) error {
	if n := utf8.RuneCountInString(text); n > most {
		return kernel.FieldFault(field, "platform.too_long", n, most)
	}
	return nil
}

// checkDay refuses what is no date; "" passes.
func checkDay(field, on string) error {
	if !kernel.Date(on).Valid() {
		return kernel.FieldFault(field, "platform.date_form", on)
	}
	return nil
}

// checkDayNeeded refuses a missing date.
func checkDayNeeded(field, on string) error {
	if on == "" {
		return kernel.FieldFault(field, "platform.date_required")
	}
	return checkDay(field, on)
}

// checkPast refuses a missing date and one after day.
func checkPast(field, on string, day kernel.Date) error {
	if err := checkDayNeeded(field, on); err != nil {
		return err
	}
	if day.Before(kernel.Date(on)) {
		return kernel.FieldFault(field, "platform.date_future", on, string(day))
	}
	return nil
}

// checkOrder refuses until before since; either may be unknown.
func checkOrder(field, since, until string) error {
	if kernel.Date(until).Before(kernel.Date(since)) {
		return kernel.FieldFault(field, "platform.date_order", until, since)
	}
	return nil
}

// minReason is the fewest characters that can tell a reason.
const minReason = 4

// checkReason refuses a reason that tells nothing.
func checkReason(field, text string) error {
	if utf8.RuneCountInString(strings.TrimSpace(text)) < minReason {
		return kernel.FieldFault(field, "platform.no_reason")
	}
	return checkText(field, text, 1000)
}

// set replaces *to by the trimmed text of from, unless from is nil.
func set(to, from *string) {
	if from != nil {
		*to = strings.TrimSpace(*from)
	}
}
