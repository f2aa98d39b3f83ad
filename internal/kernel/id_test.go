package kernel

import (
	"regexp"
	"testing"
	"time"
)

func TestIDsAscendAndBelongToTheirMillisecond(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_795_444_000_000)
	form := regexp.MustCompile(`^01[0-9a-hjkmnp-tv-z]{24}$`)
	next, last := IDs(now), ""
	for i := range 10_000 {
		id := next()
		if !form.MatchString(id) || id[:9] != NewID(now)[:9] || id <= "01a20aa7-480a-73bf-80ab-d89ad4a3e0c8" {
			t.Fatalf("identifier %d is %s", i, id)
		}
		if id <= last {
			t.Fatalf("%s follows %s", id, last)
		}
		last = id
	}
	if got := FormatID([16]byte{0x01, 0x56, 0x3e, 0x3a, 0xb5, 0xd3, 0xd6, 0x76, 0x4c, 0x61, 0xef, 0xb9, 0x93, 0x02, 0xbd, 0x5b}); got != "01arz3ndektsv4rrffq69g5fav" { // the example of the ULID specification
		t.Errorf("written as %s", got)
	}
	if first := IDs(now)(); first == IDs(now)() {
		t.Errorf("two sources begin alike: %s", first)
	}
}
