package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// notes are what people wrote about the figures.
//
//go:embed notes.md
var notes string

// target is one comparison: what is asked and how much better Sente is to be.
type target struct {
	id, title string
	asked     string
	named     string          // the rival the number was set by
	times     map[int]float64 // by clients: Sente's requests/s over the peer's, at least
	cpu       float64         // ms of the server's processor per request, at most; 0: none
}

func targetOf(id string) target {
	const listed = "The numbers were set by PocketBase's list as it is by default, which also counts all matches; skipTotal, which leaves that out, is the fairer comparison and judged by the same numbers"
	for _, t := range []target{
		{"list", "List of 50, stage filter, newest first", "≥ 10× at one client, ≥ 6× at eight, CPU ≤ 0.45 ms. " + listed, "PocketBase", map[int]float64{1: 10, 8: 6}, 0.45},
		{"totals", "Count and sum by stage", "≥ 20× at one client, CPU ≤ 0.5 ms. The number was set by PocketBase with its covering index, which both ways use; the route of one's own reads it once, the view collection twice",
			"PocketBase, a route of one's own", map[int]float64{1: 20}, 0.5},
		{"rare", "Search in names, a rare word of two characters", "≥ 40×, CPU ≤ 1 ms. " + listed, "PocketBase", map[int]float64{1: 40, 8: 40}, 1},
		{"common", "Search in names, very common words of two characters", "≥ 10×, CPU ≤ 5 ms. " + listed, "PocketBase", map[int]float64{1: 10, 8: 10}, 5},
		{"create", "Create, durable against power loss (synchronous=FULL)", "≥ 0.6× at one client, ≥ 1× at eight, of PocketBase set to FULL", "PocketBase, FULL", map[int]float64{1: 0.6, 8: 1}, 0},
	} {
		if t.id == id {
			return t
		}
	}
	return target{id: id, title: id}
}

// What the names of some contenders end in.
const (
	withWrites   = ", 5 % writes"
	promisesLess = " (may lose the last writes)"
)

// row is one contender's part in a comparison.
type row struct {
	label   string
	clients int
	runs    []run
}

// comparison is one table of the report.
type comparison struct {
	target
	rows []row
}

// figure is one line of the report that compares nothing.
type figure struct {
	title, asked string
	got          spread
	unit         string
	reached      string
	missing      string // why it was not measured; "" when it was
}

// report is what was found.
type report struct {
	began       time.Time
	options     options
	comparisons []comparison
	figures     []figure
	sections    []string // whole sections, as text
}

func newReport(o options) *report { return &report{began: time.Now(), options: o} }

// add puts runs of a contender into the comparison t.
func (r *report) add(t target, label string, clients int, runs []run) {
	for i := range r.comparisons {
		if r.comparisons[i].id == t.id {
			r.comparisons[i].rows = append(r.comparisons[i].rows, row{label, clients, runs})
			return
		}
	}
	r.comparisons = append(r.comparisons, comparison{t, []row{{label, clients, runs}}})
}

// figure adds one line; reached judges the median and may be nil.
func (r *report) figure(title, asked string, got spread, unit string, reached func(float64) bool) {
	f := figure{title, asked, got, unit, "–", ""}
	if reached != nil {
		f.reached = yesNo(reached(got.Median))
	}
	r.figures = append(r.figures, f)
}

// missing adds the line of a figure that could not be taken.
func (r *report) missing(title, asked, why string) {
	r.figures = append(r.figures, figure{title: title, asked: asked, missing: why})
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "**no**"
}

// section adds text of its own.
func (r *report) section(title, text string) {
	r.sections = append(r.sections, "## "+title+"\n\n"+strings.TrimSpace(text)+"\n")
}

// text is the whole document.
func (r *report) text() string {
	var b strings.Builder
	b.WriteString("# What was measured\n\n<!-- Written by `make bench`; what people add stands in bench/notes.md. -->\n\n")
	r.head(&b)
	for _, c := range r.comparisons {
		c.table(&b)
	}
	if len(r.figures) > 0 {
		b.WriteString("## Single figures\n\n| figure | target | measured | spread | reached |\n|---|---|---|---|---|\n")
		for _, f := range r.figures {
			if f.missing != "" {
				fmt.Fprintf(&b, "| %s | %s | not measured: %s | – | not measured |\n", f.title, f.asked, f.missing)
				continue
			}
			fmt.Fprintf(&b, "| %s | %s | %s %s | %s – %s | %s |\n", f.title, f.asked, short(f.got.Median), f.unit, short(f.got.Min), short(f.got.Max), f.reached)
		}
		b.WriteString("\n")
	}
	for _, s := range r.sections {
		b.WriteString(s + "\n")
	}
	b.WriteString(strings.TrimSpace(notes) + "\n")
	return b.String()
}

// head says where, when and how.
func (r *report) head(b *strings.Builder) {
	o := r.options
	fmt.Fprintf(b, "%s, %s, %d processors, %s, %s/%s. %d accounts, %s projects, %d repetitions of %s for each contender and number of clients, contenders taking turns; medians over the repetitions, least and most beside them.\n\n",
		r.began.Format("2006-01-02 15:04"), processor(), runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, o.users, thousands(o.scale), o.reps, o.lasts)
	fmt.Fprintf(b, "Sente %s; %s. Server and generator share the machine. CPU is the server's processor time over its requests (/proc/PID/stat).\n\n", commit(), peerVersion)
	fmt.Fprintf(b, "“5 %% writes”: every client opens a project with each 20th request, which counts like the others; the peer is only read.\n\n")
	fmt.Fprintf(b, "The command: `go run ./bench %s`\n\n", strings.Join(os.Args[1:], " "))
}

// table writes the comparison; a ratio is Sente's requests/s over the peer's
// beside it, its median over the repetitions.
func (c comparison) table(b *strings.Builder) {
	fmt.Fprintf(b, "## %s\n\n", c.title)
	if c.asked != "" {
		fmt.Fprintf(b, "Target: %s.\n\n", c.asked)
	}
	b.WriteString("| clients | who | p50 ms | p99 ms | requests/s | spread | CPU ms/request | bytes at most |\n|---|---|---|---|---|---|---|---|\n")
	for _, r := range c.rows {
		rate := over(r.runs, func(x run) float64 { return x.PerSecond })
		fmt.Fprintf(b, "| %d | %s | %s | %s | %s | %s – %s | %s | %d |\n", r.clients, r.label,
			short(over(r.runs, func(x run) float64 { return x.P50 }).Median), short(over(r.runs, func(x run) float64 { return x.P99 }).Median),
			short(rate.Median), short(rate.Min), short(rate.Max), short(over(r.runs, func(x run) float64 { return x.CPU }).Median), last(r.runs).Bytes)
	}
	b.WriteString("\n")
	c.ratios(b)
}

func last(runs []run) run {
	if len(runs) == 0 {
		return run{}
	}
	return runs[len(runs)-1]
}

// ratios writes how often Sente answers for each answer of a rival. Every rival
// is judged but one that promises less.
func (c comparison) ratios(b *strings.Builder) {
	lines := ""
	for _, s := range c.rows {
		if !strings.HasPrefix(s.label, "Sente") {
			continue
		}
		for _, p := range c.rows {
			if !strings.HasPrefix(p.label, "Sente") && s.clients == p.clients {
				lines += c.ratio(s, p)
			}
		}
		if c.cpu > 0 && s.clients == 1 {
			cpu := over(s.runs, func(x run) float64 { return x.CPU })
			judged := yesNo(cpu.Median <= c.cpu)
			if strings.HasSuffix(s.label, withWrites) { // the number is of a read
				judged = "–"
			}
			lines += fmt.Sprintf("| 1 | %s | CPU ≤ %s ms | %s ms | %s – %s | %s |\n", s.label, short(c.cpu), short(cpu.Median), short(cpu.Min), short(cpu.Max), judged)
		}
	}
	if lines != "" {
		b.WriteString("| clients | who | against | times | spread | reached |\n|---|---|---|---|---|---|\n" + lines + "\n")
	}
}

// ratio is the line of Sente's row s against the rival's p.
func (c comparison) ratio(s, p row) string {
	ratio, judged, name := ratioOf(s.runs, p.runs), "–", p.label
	if least := c.times[s.clients]; least > 0 && !strings.HasSuffix(p.label, promisesLess) {
		judged = yesNo(ratio.Median >= least)
	}
	if p.label == c.named {
		name += " (named)"
	}
	return fmt.Sprintf("| %d | %s | %s | %s | %s – %s | %s |\n", s.clients, s.label, name, short(ratio.Median), short(ratio.Min), short(ratio.Max), judged)
}

// ratioOf compares repetition with repetition, so that a slow moment of the
// machine counts for both.
func ratioOf(a, b []run) spread {
	var v []float64
	for i := range min(len(a), len(b)) {
		if b[i].PerSecond > 0 {
			v = append(v, a[i].PerSecond/b[i].PerSecond)
		}
	}
	return spreadOf(v)
}

// short writes v with as many digits as mean something.
func short(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// thousands writes n with commas.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// processor is what the machine says its processor is.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return "unknown processor"
}

// commit names the state of the sources.
func commit() string {
	out, err := exec.CommandContext(context.Background(), "git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return "of an unknown state"
	}
	return strings.TrimSpace(string(out))
}
