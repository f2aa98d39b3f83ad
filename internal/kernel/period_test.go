package kernel

import (
	"testing"
	"time"
)

func TestParseDate(t *testing.T) {
	t.Parallel()
	for in, ok := range map[string]bool{
		"2023-01-05": true, "2024-02-29": true, "": true, "1900-01-01": true, "2199-12-31": true,
		"2023-02-29": false, "2023-1-5": false, "2023/01/05": false, "20230105": false, "1899-12-31": false,
		"2200-01-01": false, " 2023-01-05": false, "2023-01-05T00:00:00Z": false, "２023-01-05": false, "2023-13-01": false,
	} {
		d, err := ParseDate(in)
		if (err == nil) != ok || ok && string(d) != in || !ok && (d != "" || word(t, err) != "kernel.date_form") {
			t.Errorf("ParseDate(%q) = %q, %v", in, d, err)
		}
		if Date(in).Valid() != ok {
			t.Errorf("Date(%q).Valid() = %v", in, !ok)
		}
	}
}

func TestDayIsChinese(t *testing.T) {
	t.Parallel()
	evening := time.Date(2023, 1, 4, 16, 0, 0, 0, time.UTC).UnixMilli() // midnight of 5 January in Changchun
	if got := DayOf(evening); got != "2023-01-05" {
		t.Errorf("DayOf = %s", got)
	}
	if got := DayOf(evening - 1); got != "2023-01-04" {
		t.Errorf("a millisecond earlier: %s", got)
	}
	d := Date("2023-01-05")
	if d.Start() != evening || !d.In(evening) || d.In(evening-1) || Date("").In(evening) {
		t.Errorf("Start = %d, want %d", d.Start(), evening)
	}
}

func TestDateArithmetic(t *testing.T) {
	t.Parallel()
	if got := Date("2024-02-28").AddDays(2); got != "2024-03-01" {
		t.Errorf("AddDays = %s", got)
	}
	if n, ok := Date("2024-03-01").DaysUntil("2023-03-01"); n != -366 || !ok {
		t.Errorf("DaysUntil = %d, %v", n, ok)
	}
	if _, ok := Date("").DaysUntil("2023-03-01"); ok || Date("").AddDays(1) != "" || Date("").Start() != 0 {
		t.Error("an unknown date took part in arithmetic")
	}
	if !Date("2023-01-05").Before("2023-01-06") || Date("").Before("2023-01-06") || Date("2023-01-05").Before("") {
		t.Error("Before is wrong about order or unknown dates")
	}
}

func FuzzParseDate(f *testing.F) {
	f.Add("2023-01-05")
	f.Add("")
	f.Add("2023-02-30")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err != nil || s == "" {
			return
		}
		if string(d) != s || DayOf(d.Start()) != d || d.AddDays(1).AddDays(-1) != d {
			t.Fatalf("%q does not survive a round trip", s)
		}
	})
}
