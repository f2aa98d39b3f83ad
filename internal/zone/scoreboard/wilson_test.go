package scoreboard

import "testing"

// The intervals of R. G. Newcombe, “Two-sided confidence intervals for the
// single proportion”, Statistics in Medicine 17 (1998), table I, method 3.
func TestWilsonAgreesWithNewcombe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		k, n      int64
		low, high string
	}{
		{81, 263, "0.2553", "0.3662"},
		{15, 148, "0.0624", "0.1605"},
		{0, 20, "0.0000", "0.1611"},
		{1, 29, "0.0061", "0.1718"},
		{20, 20, "0.8389", "1.0000"}, // the mirror of 0/20
		{1, 1, "0.2065", "1.0000"},
		{0, 1, "0.0000", "0.7935"},
		{0, 0, "", ""},
		{3, 2, "", ""},
		{500_000_000, 1_000_000_000, "0.5000", "0.5000"},
	} {
		if low, high := wilson(c.k, c.n); low != c.low || high != c.high {
			t.Errorf("%d of %d: %s to %s, want %s to %s", c.k, c.n, low, high, c.low, c.high)
		}
	}
}

func TestRatioRoundsHalfUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		part, whole int64
		want        string
	}{{7, 43, "0.1628"}, {1, 3, "0.3333"}, {2, 3, "0.6667"}, {1, 20000, "0.0001"}, {1, 20001, "0.0000"}, {18, 50, "0.3600"}, {5, 2, "2.5000"}, {0, 5, "0.0000"}, {1, 0, ""}} {
		if got := ratio(c.part, c.whole); got != c.want {
			t.Errorf("%d ÷ %d = %s, want %s", c.part, c.whole, got, c.want)
		}
	}
}

// The values of R: quantile(c(1, 2, 4, 8, 16), type = 7).
func TestQuantilesAreTypeSeven(t *testing.T) {
	t.Parallel()
	days := []int32{1, 2, 4, 8, 16}
	for p, want := range map[int64]string{0: "1.0", 10: "1.4", 25: "2.0", 50: "4.0", 75: "8.0", 90: "12.8", 100: "16.0"} {
		if got := tenths(quantile(days, p)); got != want {
			t.Errorf("the %d-th part is %s, want %s", p, got, want)
		}
	}
	if got := tenths(quantile([]int32{3, 4}, 50)); got != "3.5" {
		t.Errorf("the median of two is %s", got)
	}
	if got := tenths(quantile([]int32{7}, 90)); got != "7.0" {
		t.Errorf("of one it is %s", got)
	}
}
