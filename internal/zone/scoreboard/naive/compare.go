package naive

import (
	"math/big"
	"testing"

	"sente/internal/zone/scoreboard"
)

// Compare fails t wherever board says something else than want.
func Compare(t testing.TB, board scoreboard.Board, want map[string]Result) {
	t.Helper()
	figures := append([]scoreboard.Figure{}, board.Guards...)
	for _, l := range board.Lights {
		figures = append(figures, l.Figures...)
	}
	for _, f := range figures {
		compare(t, f.ID, f.Value, want[f.ID])
	}
}

func compare(t testing.TB, id string, v scoreboard.Value, w Result) {
	t.Helper()
	if none := v.State == scoreboard.Insufficient; none != w.None {
		t.Errorf("%s: %s (%s), counted naively %+v", id, v.State, v.Why, w)
		return
	}
	apart := map[string]int64{}
	for _, a := range v.Apart {
		apart[a.ID] = a.Count
	}
	for name, n := range w.Apart {
		if apart[name] != n {
			t.Errorf("%s: %d %s apart, counted naively %d", id, apart[name], name, n)
		}
	}
	if w.None {
		return
	}
	if v.Money != nil {
		if v.Money.Minor != w.Money {
			t.Errorf("%s: %d fen, counted naively %d", id, v.Money.Minor, w.Money)
		}
	} else if *v.Numerator != w.Num {
		t.Errorf("%s: numerator %d, counted naively %d", id, *v.Numerator, w.Num)
	}
	if d := number(v.Denominator); d != w.Den {
		t.Errorf("%s: denominator %d, counted naively %d", id, d, w.Den)
	}
	if v.MoneyOf != nil && v.MoneyOf.Minor != w.Of {
		t.Errorf("%s: of %d fen, counted naively %d", id, v.MoneyOf.Minor, w.Of)
	}
	if v.Days != nil {
		compareDays(t, id, v.Days.P50, w.Days)
	}
}

func number(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// compareDays checks the median against the middle of the sorted days.
func compareDays(t testing.TB, id, got string, days []int) {
	t.Helper()
	n := len(days)
	want := big.NewRat(int64(days[(n-1)/2]+days[n/2]), 2)
	if got != want.FloatString(1) {
		t.Errorf("%s: median %s, counted naively %s", id, got, want.FloatString(1))
	}
}
