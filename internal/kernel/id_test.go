package kernel

import (
	"testing"
	"time"
)

func TestIDsAscendAndBelongToTheirMillisecond(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_795_444_000_000)
	next, last := IDs(now), ""
	for i := range 10_000 {
		id := next()
		if len(id) != 36 || id[:13] != NewID(now)[:13] || id[14] != '7' || id[19] < '8' || id[19] > 'b' {
			t.Fatalf("identifier %d is %s", i, id)
		}
		if id <= last {
			t.Fatalf("%s follows %s", id, last)
		}
		last = id
	}
	if first := IDs(now)(); first == IDs(now)() {
		t.Errorf("two sources begin alike: %s", first)
	}
}
