package calendar

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"sente/internal/kernel"
)

//go:embed calendar.json
var shippedJSON []byte

// file is calendar.json.
type file struct {
	ReachDays    int      `json:"reach_days"`
	ReachSource  string   `json:"reach_source"`
	Fixed        []string `json:"fixed"` // MM-DD of the holidays every year has on the same date
	FixedSource  string   `json:"fixed_source"`
	ShippedYears []struct {
		Year     int    `json:"year"`
		Source   string `json:"source"`
		Holidays []struct {
			Name string `json:"name"`
			Off  string `json:"off"`
			Work string `json:"work"`
		} `json:"holidays"`
	} `json:"years"`
}

// facts is what the program ships.
type facts struct {
	reach int
	fixed []string // MM-DD
	years []Year
}

// shipped is calendar.json, read once: nobody changes what it returns.
var shipped = sync.OnceValue(func() facts {
	f, err := readShipped(shippedJSON)
	if err != nil {
		panic("calendar: calendar.json: " + err.Error()) // fixed when the program was built
	}
	return f
})

// Shipped returns the calendar the program is delivered with.
func Shipped() Calendar {
	f := shipped()
	return New(f.reach, f.years...)
}

func readShipped(text []byte) (facts, error) {
	var raw file
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&raw); err != nil {
		return facts{}, err
	}
	f := facts{reach: raw.ReachDays, fixed: raw.Fixed}
	for _, y := range raw.ShippedYears {
		year := Year{Year: y.Year, Source: y.Source}
		for _, h := range y.Holidays {
			for _, part := range []struct {
				text string
				kind Kind
			}{{h.Off, Off}, {h.Work, Work}} {
				days, err := spread(y.Year, part.text)
				if err != nil {
					return facts{}, fmt.Errorf("%d %s: %w", y.Year, h.Name, err)
				}
				for _, on := range days {
					year.Days = append(year.Days, Day{on, part.kind, h.Name})
				}
			}
		}
		f.years = append(f.years, sorted(year))
	}
	return f, nil
}

// spread lists the days of "01-01 02-15..02-21"; a day of another year is
// written in full.
func spread(year int, text string) (days []kernel.Date, err error) {
	for _, part := range strings.Fields(text) {
		from, to, span := strings.Cut(part, "..")
		if !span {
			to = from
		}
		first, err := dayIn(year, from)
		if err != nil {
			return nil, err
		}
		last, err := dayIn(year, to)
		if err != nil {
			return nil, err
		}
		for on := first; on <= last; on = on.AddDays(1) {
			days = append(days, on)
		}
	}
	return days, nil
}

func dayIn(year int, text string) (kernel.Date, error) {
	if len(text) == len("01-02") {
		text = fmt.Sprintf("%d-%s", year, text)
	}
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return "", err
	}
	return kernel.Date(text), nil
}
