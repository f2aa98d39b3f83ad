package app

import (
	"testing"
)

func TestMemoryIsGivenBackWhenLittleHappens(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	for _, c := range []struct {
		name  string
		looks []usage
		want  int
	}{
		{"the first look has nothing to compare with", []usage{{400 * mb, 20 * mb, 500 * mb}}, 0},
		{"after sign-ins", []usage{{240 * mb, 20 * mb, 500 * mb}, {240 * mb, 20 * mb, 501 * mb}}, 1},
		{"while they go on", []usage{{240 * mb, 20 * mb, 500 * mb}, {240 * mb, 20 * mb, 564 * mb}, {240 * mb, 20 * mb, 628 * mb}}, 0},
		{"after lists and searches", []usage{{50 * mb, 18 * mb, 500 * mb}, {50 * mb, 18 * mb, 501 * mb}}, 1},
		{"what is in use stays", []usage{{45 * mb, 20 * mb, 500 * mb}, {45 * mb, 20 * mb, 501 * mb}}, 0},
	} {
		given := 0
		f := &frugal{give: func() { given++ }}
		for _, u := range c.looks {
			f.read = func() usage {
				if given > 0 {
					u.held = u.live
				}
				return u
			}
			if err := f.look(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if given != c.want {
			t.Errorf("%s: given back %d times, want %d", c.name, given, c.want)
		}
	}
}

// The figures are those of the running program: what it holds is not less than
// what is in use, and what it takes is counted.
func TestUsageIsRead(t *testing.T) {
	t.Parallel()
	before := readUsage()
	taken := make([]byte, 4<<20)
	after := readUsage()
	if after.held < uint64(len(taken)) || after.held < after.live || after.allocated-before.allocated < uint64(len(taken)) {
		t.Errorf("%+v, then %+v", before, after)
	}
}
