package party

import "testing"

func TestHeadcountOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		want int64
		ok   bool
	}{
		{"35000+人", 35000, true},
		{"10,000+人", 10000, true},
		{"１２００人", 1200, true},
		{"1000-5000人", 1000, true},
		{"1000 至 5000 人", 1000, true},
		{"1.2万人", 12000, true},
		{"300", 300, true},
		{"300+人(福州)", 0, false},
		{"少于50人", 0, false},
		{"2000+家企业(园区)", 0, false},
		{"防火墙、入侵防御系统", 0, false},
		{"", 0, false},
	} {
		if got, ok := HeadcountOf(c.in); got != c.want || ok != c.ok {
			t.Errorf("HeadcountOf(%q) = %d, %v; want %d, %v", c.in, got, ok, c.want, c.ok)
		}
	}
}

func TestFoundedOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"2010年", "2010"}, {"２０１０", "2010"}, {"1847年", "1847"}, {"2010年5月", "2010-05"}, {"2010/5/17", "2010-05-17"}, {"1981年(新加坡)", ""}, {"上世纪", ""}, {"", ""},
	} {
		got, err := FoundedOf(c.in)
		if got != c.want || (c.want == "") != (err != nil) {
			t.Errorf("FoundedOf(%q) = %q, %v; want %q", c.in, got, err, c.want)
		}
	}
}
