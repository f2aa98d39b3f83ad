package keep

import (
	"cmp"
	"fmt"
	"slices"

	"sente/internal/app"
	"sente/internal/infra/backup"
	"sente/internal/infra/files"
	"sente/internal/infra/grams"
	"sente/internal/infra/notify"
	"sente/internal/infra/store"
)

// Progress is told how far a step has come; all is 0 where nobody knows.
type Progress func(step Step, done, all int64)

// Step is a step of keeping: the word cli.step.<step>.
type Step string

// The steps.
const (
	StepRows    Step = "rows"    // rows written
	StepFiles   Step = "files"   // attachments copied
	StepCheck   Step = "check"   // bytes of a backup read
	StepLoad    Step = "load"    // bytes of a backup read into the database
	StepCompare Step = "compare" // rows compared
	StepVerify  Step = "verify"  // zones whose journal is verified
)

// tell calls p where there is one.
func (p Progress) tell(step Step, done, all int64) {
	if p != nil {
		p(step, done, all)
	}
}

// attachment is a column that names a file by its hash.
type attachment struct {
	table, column string
	register      bool // lies among the uploaded registers, not among the attachments
}

// attachments lists every column that names a file.
func attachments() []attachment {
	return []attachment{
		{"pipeline_evidence", "file", false},
		{"platform_submissions", "file", false},
		{"work_activities", "minutes_file", false},
		{"intake_files", "sha256", true},
	}
}

// passing are the tables that no backup holds: whoever signs in on a restored
// installation does so anew, and nothing is sent twice because of it.
func passing() []string {
	return slices.Concat([]string{"access_flows", "access_links", "access_sessions"}, notify.Passing(), following())
}

// following are the tables that no copy holds, because they follow from others:
// search indexes, which are made anew where the copy arrives.
func following() []string { return grams.Tables(app.Tables()) }

// tally is what is seen of the rows of an installation as they pass.
type tally struct {
	rows   int64
	totals map[backup.Total]*backup.Total // by zone, stage and currency
	files  map[string]attached            // by name of the part
}

// attached is a file that some row names.
type attached struct {
	zone, hash string
	register   bool
}

func newTally() *tally {
	return &tally{totals: map[backup.Total]*backup.Total{}, files: map[string]attached{}}
}

// watch returns what looks at the rows of s in zone.
func (t *tally) watch(zone string, s store.Shape) func(values []any) {
	at := func(column string) int {
		return slices.IndexFunc(s.Columns, func(c store.ShapeColumn) bool { return c.Name == column })
	}
	text := func(values []any, i int) string {
		if i < 0 {
			return ""
		}
		v, _ := values[i].(string)
		return v
	}
	var look []func([]any)
	if stage, currency, total := at("stage"), at("currency"), at("total_minor"); s.Table == "pipeline_projects" && total >= 0 {
		look = append(look, func(values []any) {
			amount, _ := values[total].(int64)
			t.add(backup.Total{Zone: zone, Stage: text(values, stage), Currency: text(values, currency)}, amount)
		})
	}
	for _, a := range attachments() {
		if i := at(a.column); a.table == s.Table && i >= 0 {
			look = append(look, func(values []any) { t.file(zone, text(values, i), a.register) })
		}
	}
	return func(values []any) {
		t.rows++
		for _, l := range look {
			l(values)
		}
	}
}

func (t *tally) add(key backup.Total, amount int64) {
	sum := t.totals[key]
	if sum == nil {
		sum = &backup.Total{Zone: key.Zone, Stage: key.Stage, Currency: key.Currency}
		t.totals[key] = sum
	}
	sum.Count++
	sum.Sum += amount
}

func (t *tally) file(zone, hash string, register bool) {
	place := files.Place(zone, hash)
	if place == "" {
		return // an activity without minutes
	}
	name := backup.FilePart(place)
	if register {
		name = backup.ImportPart(zone, hash)
	}
	t.files[name] = attached{zone, hash, register}
}

// list returns the totals in order.
func (t *tally) list() []backup.Total {
	var out []backup.Total
	for _, sum := range t.totals {
		out = append(out, *sum)
	}
	slices.SortFunc(out, func(a, b backup.Total) int {
		return cmp.Or(cmp.Compare(a.Zone, b.Zone), cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Currency, b.Currency))
	})
	return out
}

// names returns the names of the files' parts in order.
func (t *tally) names() []string {
	var out []string
	for name := range t.files {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// alike compares what arrived with what left.
func alike(left, came []backup.Table, before, after []backup.Total) error {
	for i := range max(len(left), len(came)) {
		if i >= len(left) || i >= len(came) || left[i] != came[i] {
			at := i
			if i >= len(left) {
				at = len(left) - 1
			}
			return fmt.Errorf("the rows of %s in zone %s are not those that left", left[at].Name, left[at].Zone)
		}
	}
	if !slices.Equal(before, after) {
		return fmt.Errorf("the totals of the projects are %v and were %v", after, before)
	}
	return nil
}
