package kernel

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// IDs returns a source of fresh identifiers like [NewID]'s that ascend (RFC 9562,
// 6.2 method 2): rows made together lie together in every index. It is not for
// use by several goroutines.
func IDs(now time.Time) func() string {
	var last [16]byte
	return func() string {
		if last == [16]byte{} {
			last = newID(now)
			return text(last)
		}
		var step [4]byte
		_, _ = rand.Read(step[:])
		rest := uint64(step[0])<<16 | uint64(step[1])<<8 | uint64(step[2]) + 1
		for i := 15; i >= 9 && rest > 0; i-- {
			rest += uint64(last[i])
			last[i] = byte(rest)
			rest >>= 8
		}
		if rest > 0 { // past the end of the counter: begin anew
			last = newID(now)
		}
		return text(last)
	}
}

// NewID returns a fresh UUIDv7 (RFC 9562) as lower-case text: sortable by the
// millisecond of now, opaque otherwise.
func NewID(now time.Time) string { return text(newID(now)) }

func newID(now time.Time) (b [16]byte) {
	ms := uint64(now.UnixMilli())
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	_, _ = rand.Read(b[6:]) // never fails: it ends the program instead
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	return b
}

func text(b [16]byte) string {
	var s [36]byte
	hex.Encode(s[0:8], b[0:4])
	hex.Encode(s[9:13], b[4:6])
	hex.Encode(s[14:18], b[6:8])
	hex.Encode(s[19:23], b[8:10])
	hex.Encode(s[24:36], b[10:16])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return string(s[:])
}
