package kernel

import (
	"crypto/rand"
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
			return FormatID(last)
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
		return FormatID(last)
	}
}

// NewID returns a fresh UUIDv7 (RFC 9562) as text: sortable by the millisecond of
// now, opaque otherwise. It is written as ULIDs are, in Crockford's base 32 but in
// lower case: 26 characters, where the hexadecimal form has 36 in every row and
// index that names it. Those given out earlier stay as they are and sort before.
func NewID(now time.Time) string { return FormatID(newID(now)) }

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

const digits = "0123456789abcdefghjkmnpqrstvwxyz"

// IDLen is the length of an identifier as [FormatID] writes it.
const IDLen = 26

// FormatID writes the 16 bytes of an identifier: two zero bits before them, five
// bits a character.
func FormatID(b [16]byte) string {
	var s [IDLen]byte
	rest, bits, at := uint(0), 2, 0
	for _, c := range b {
		rest, bits = rest<<8|uint(c), bits+8
		for bits >= 5 {
			bits -= 5
			s[at] = digits[rest>>bits&31]
			at++
		}
	}
	return string(s[:])
}
