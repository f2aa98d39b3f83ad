package pipeline

// anyone stands in a tally for every department or every official; no id is so.
const anyone = "*"

// halfOf is where an amount is cut in two, so that sums over a register stay
// within 64 bits.
const halfOf = 1_000_000_000

// First reports whether p is as it was opened: nothing of it stood before. A
// reckoning writes p anew in the same version.
func (p Project) First() bool { return p.Version == 1 && p.ReckonedAt == 0 }

// Tallies names where projects are counted; see tally.Of.
func (Project) Tallies() (table string, keys, sums []string) {
	return "pipeline_tallies", []string{"unit", "owner", "stage", "kind", "currency", "fixed_currency"},
		[]string{"n", "total_high", "total_low", "fixed_high", "fixed_low"}
}

// Tally counts p for its official in its department, for its department and for
// the zone.
func (p Project) Tally() (cells [][]string, sums []int64) {
	for _, of := range [][2]string{{p.Unit, p.Owner}, {p.Unit, anyone}, {anyone, anyone}} {
		cells = append(cells, []string{of[0], of[1], string(p.Stage), p.Kind, p.Currency, p.FixedCurrency})
	}
	return cells, []int64{1, p.TotalMinor / halfOf, p.TotalMinor % halfOf, p.FixedMinor / halfOf, p.FixedMinor % halfOf}
}

// Searched says by what text a project is found; see grams.Of.
func (p Project) Searched() (index, column, id, text string) {
	return "pipeline_names", "search", p.ID, p.Search
}
