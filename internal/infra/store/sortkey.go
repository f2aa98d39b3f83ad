package store

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// SortKey returns hex text whose byte order is the pinyin order of names (CLDR
// root and zh tailoring), so that a column filled with it sorts alike on both
// engines. A character with several readings sorts by the one CLDR gives it,
// save in the place names of placeReadings; names that sound alike may have
// the same key, so sort by the identifier next.
func SortKey(name string) string { return SortKeys(name)[0] }

// SortKeys returns the key that SortKey makes of name and the longer one that it
// made of it at first: rows written then still have that, and sort rightly among
// the others, save that names which differ in accents or case alone may stand in
// either order.
func SortKeys(name string) [2]string {
	s := sorters.Get().(*sorter)
	defer sorters.Put(s)
	s.buffer.Reset()
	key := s.collator.KeyFromString(&s.buffer, s.readings.Replace(name))
	long := hex.EncodeToString(key)
	return [2]string{hex.EncodeToString(shortened(key)), long}
}

// shortened leaves out of a key the weights that say nothing at its end: those of
// the second and third level (accents, then case and width) that every plain
// character has and that are the lowest of their level. Levels are set apart by
// two zero bytes; weights of the first take two or three bytes, of the second
// two, of the third one (collate.Collator.KeyFromString).
func shortened(key []byte) []byte {
	first := 0
	for first+1 < len(key) && (key[first] != 0 || key[first+1] != 0) {
		if key[first]&0x80 != 0 {
			first++
		}
		first += 2
	}
	second := first + 2
	for second+1 < len(key) && (key[second] != 0 || key[second+1] != 0) {
		second += 2
	}
	if second+2 > len(key) {
		return key
	}
	accents, forms := key[first+2:second], bytes.TrimRight(key[second+2:], "\x02")
	for bytes.HasSuffix(accents, []byte{0, 0x20}) {
		accents = accents[:len(accents)-2]
	}
	short := slices.Clone(key[:first])
	if len(accents)+len(forms) > 0 {
		short = append(append(short, 0, 0), accents...)
	}
	if len(forms) > 0 {
		short = append(append(short, 0, 0), forms...)
	}
	return short
}

// sorter makes sort keys for one caller at a time.
type sorter struct {
	collator *collate.Collator
	readings *strings.Replacer
	buffer   collate.Buffer
}

// sorters keeps sorters between calls: making one costs several times what it
// does. They are all alike.
var sorters = sync.Pool{New: func() any {
	return &sorter{collator: collate.New(language.Chinese), readings: placeReadings()}
}}

// placeReadings writes places whose first character CLDR reads differently
// (长 as zhǎng, 重 as zhòng) with one of the right sound, so that 长春 stands
// under C and not among the last.
func placeReadings() *strings.Replacer {
	return strings.NewReplacer(
		"长春", "常春", "长白", "常白", "长沙", "常沙", "长安", "常安", "长江", "常江", "长城", "常城",
		"长治", "常治", "长岭", "常岭", "长兴", "常兴", "长宁", "常宁", "长三角", "常三角", "重庆", "虫庆")
}
