package app

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
)

// usage is what the program holds of the machine's memory, in bytes.
type usage struct {
	held      uint64 // from the system, by the Go runtime
	live      uint64 // in use, as of the last collection
	allocated uint64 // since the start, in all
}

// spare is how much more than what is in use may be held while little happens;
// busy is how much is taken between two looks when much does.
const (
	spare = 16 << 20
	busy  = 8 << 20
)

// frugal gives memory back to the system soon after it was needed: signing in
// takes 64 MB for a moment, an import more, and the runtime by itself would hold
// on to it for minutes.
type frugal struct {
	before usage
	read   func() usage
	give   func()
}

func newFrugal() *frugal { return &frugal{read: readUsage, give: debug.FreeOSMemory} }

// look gives back what is not in use when little was taken since the last look.
func (f *frugal) look(context.Context) error {
	now := f.read()
	quiet := f.before.allocated > 0 && now.allocated-f.before.allocated < busy
	f.before = now
	if quiet && now.held > now.live+now.live/2+spare {
		f.give()
		f.before = f.read()
	}
	return nil
}

func readUsage() usage {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
		{Name: "/gc/heap/live:bytes"}, {Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return usage{held: s[0].Value.Uint64() - s[1].Value.Uint64(), live: s[2].Value.Uint64(), allocated: s[3].Value.Uint64()}
}
