package store

import (
	"encoding/hex"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// SortKey returns hex text whose byte order is the pinyin order of names (CLDR
// root and zh tailoring), so that both engines sort a column of it alike. A
// character with several readings sorts by its most frequent one.
func SortKey(name string) string {
	c := collate.New(language.Chinese)
	var b collate.Buffer
	return hex.EncodeToString(c.KeyFromString(&b, name))
}
