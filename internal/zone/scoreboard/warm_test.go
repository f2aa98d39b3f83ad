package scoreboard

import "testing"

// A fold nobody asks for is let go after an hour, not sooner, and only once.
func TestFoldIsLetGo(t *testing.T) {
	t.Parallel()
	k := &keeper{fold: newFold()}
	k.fold.seq = 5
	k.asked.Store(1000)
	k.letGo(1000 + idle)
	if k.fold.seq != 5 {
		t.Error("let go within the hour")
	}
	k.letGo(1000 + idle + 1)
	if k.fold.seq != -1 {
		t.Error("kept although nobody asks")
	}
	empty := k.fold
	if k.letGo(1000 + 2*idle); k.fold != empty {
		t.Error("an empty fold is made anew")
	}
}
