package store

import (
	"encoding/hex"
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
func SortKey(name string) string {
	s := sorters.Get().(*sorter)
	defer sorters.Put(s)
	s.buffer.Reset()
	return hex.EncodeToString(s.collator.KeyFromString(&s.buffer, s.readings.Replace(name)))
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
