package scoreboard

import (
	"encoding/json"
	"math"
	"strings"
	"time"

	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
	"sente/internal/zone/work"
)

// tables are those whose rows are folded.
func tables() []string {
	return []string{pipeline.Project{}.Table(), pipeline.Milestone{}.Table(), pipeline.Ceremony{}.Table(), pipeline.Instalment{}.Table(), pipeline.FactRow{}.Table(),
		work.Activity{}.Table()}
}

// projectImage is what the fold reads of a project's row.
type projectImage struct {
	Kind          string `json:"kind"`
	Builds        bool   `json:"builds"`
	Industry      string `json:"industry"`
	Total         int64  `json:"total_minor"`
	Currency      string `json:"currency"`
	Unit          string `json:"unit"`
	Stage         string `json:"stage"`
	Prior         string `json:"prior"`
	SigningHeldBy string `json:"signing_held_by"`
	Track         string `json:"track"`
	Platform      string `json:"platform"`
	Activity      string `json:"activity"`
	Method        string `json:"method"`
	Campaign      string `json:"campaign"`
}

// milestoneImage is what the fold reads of a milestone.
type milestoneImage struct {
	Project   string `json:"project"`
	Seq       int64  `json:"seq"`
	Stage     string `json:"stage"`
	Kind      string `json:"kind"`
	On        string `json:"on_date"`
	Precision string `json:"on_precision"`
}

// ceremonyImage is what the fold reads of a ceremony.
type ceremonyImage struct {
	Project string `json:"project"`
	On      string `json:"on_date"`
	First   bool   `json:"is_first"`
}

// instalmentImage is what the fold reads of an instalment of paid-in funds.
type instalmentImage struct {
	Project  string `json:"project"`
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	On       string `json:"on_date"`
	Source   string `json:"source_kind"`
	Evidence string `json:"evidence"`
	VoidedAt int64  `json:"voided_at"`
}

// factImage is what the fold reads of a dated fact (入统, 入库, 落位).
type factImage struct {
	Project  string `json:"project"`
	Kind     string `json:"kind"`
	On       string `json:"on_date"`
	VoidedAt int64  `json:"voided_at"`
}

// activityImage is what the fold reads of a promotion activity.
type activityImage struct {
	On         string            `json:"on_date"`
	Place      string            `json:"place"`
	Platform   string            `json:"platform"`
	Unit       string            `json:"unit"`
	Method     string            `json:"method"`
	Campaign   string            `json:"campaign"`
	Cost       int64             `json:"cost_minor"`
	Currency   string            `json:"currency"`
	Parties    []json.RawMessage `json:"parties"`
	MinutesOn  string            `json:"minutes_on"`
	MinutesDue string            `json:"minutes_due"`
	Tentative  bool              `json:"minutes_provisional"`
	Status     string            `json:"status"`
}

// day counts days from 1970-01-01; noDay is an unknown date.
type day int32

const noDay day = math.MinInt32

// dayOf reads a date that is known to be in form; noDay for "" and for what is
// no date.
func dayOf(d kernel.Date) day {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return noDay
	}
	return day(t.Unix() / 86400)
}

func dayOfText(text string) day { return dayOf(kernel.Date(text)) }

// date is d as a date; "" when unknown.
func (d day) date() kernel.Date {
	if d == noDay {
		return ""
	}
	return kernel.Date(time.Unix(int64(d)*86400, 0).UTC().Format(time.DateOnly))
}

// dayAt is the day in China Standard Time on which the instant ms falls.
func dayAt(ms int64) day { return day((ms + 8*3600_000) / 86_400_000) }

// lastOf is the last day a date known to precision can mean: 2023-05-01 known
// by the month may be any day up to 2023-05-31.
func lastOf(d day, precision string) day {
	if d == noDay {
		return noDay
	}
	t := time.Unix(int64(d)*86400, 0).UTC()
	switch precision {
	case pipeline.ByMonth:
		t = time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC)
	case pipeline.ByYear:
		t = time.Date(t.Year(), time.December, 31, 0, 0, 0, 0, time.UTC)
	}
	return day(t.Unix() / 86400)
}

// yearBefore is the same date a year earlier; 29 February becomes the 28th.
func (d day) yearBefore() day {
	if d == noDay {
		return noDay
	}
	t := time.Unix(int64(d)*86400, 0).UTC()
	back := t.AddDate(-1, 0, 0)
	if back.Day() != t.Day() {
		back = back.AddDate(0, 0, -1)
	}
	return day(back.Unix() / 86400)
}

// splitKey takes the key of a milestone's row apart: project and number.
func splitKey(key string) (project, seq string) {
	project, seq, _ = strings.Cut(key, "/")
	return project, seq
}
