package scoreboard

import "testing"

// What the definitions count with lies where the reckoning of days and shares
// cannot overflow; none is so large that it would be cut.
func TestParametersOfDefinitions(t *testing.T) {
	t.Parallel()
	most := map[string]int64{"count": 1000, "day": mostDays, "month": 120, "CNY_fen": 1_000_000_000_000_000, "permille": 1000}
	days := 0
	for _, d := range Definitions() {
		for _, p := range d.Parameters {
			for _, v := range append(p.Values, p.Value) {
				if v < 0 || v > most[p.Unit] {
					t.Errorf("%s: %s is %d %s", d.ID, p.ID, v, p.Unit)
				}
			}
			if p.Unit == "day" && len(p.Values) == 0 {
				days++
				if int64(d.days(p.ID)) != p.Value {
					t.Errorf("%s: %s of %d days is %d", d.ID, p.ID, p.Value, d.days(p.ID))
				}
			}
		}
	}
	if days < 20 {
		t.Errorf("only %d parameters count days", days)
	}
	long := Definition{Parameters: []Parameter{{ID: "a", Value: 1 << 40}, {ID: "b", Value: -1 << 40}}}
	if long.days("a") != mostDays || long.days("b") != 0 || long.days("c") != 0 {
		t.Errorf("%d, %d, %d days", long.days("a"), long.days("b"), long.days("c"))
	}
}
