package store

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"
)

func TestSortKeyPinyin(t *testing.T) {
	want := []string{"", "10号楼", "9号楼", "Acme", "acme2", "阿里", "北京", "长春一厂", "重庆一厂", "东北", "吉林", "厦门", "张三", "中国"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, func(a, b string) int {
		if SortKey(a) < SortKey(b) {
			return -1
		}
		return 1
	})
	if !slices.Equal(got, want) {
		t.Errorf("sorted %q, want %q", got, want)
	}
}

// Keys of now and of before sort names alike, also among each other; only that of
// two names which differ in accents alone the plain one is now the first.
func TestShortSortKeysOrderAsLongOnes(t *testing.T) {
	names := []string{"", "a", "A", "ａ", "á", "ab", "aB", "Ab", "áb", "aé", "ae", "é", "e", "10号楼", "９号楼", "9号楼", "Acme", "acme", "acme2", "阿里", "阿里 A", "阿里a", "长春一厂", "重庆一厂",
		"\U0002070e野", "ß", "ss", "Ⅷ", "VIII", "。", "-", "a-b", "（甲）", "(甲)", "甲", "ｶﾞ", "ガ", "が", "\u0301"}
	for _, a := range names {
		for _, b := range names {
			x, y := SortKeys(a), SortKeys(b)
			if len(x[0]) > len(x[1]) || SortKey(a) != x[0] {
				t.Fatalf("%q has the keys %q", a, x)
			}
			if want := strings.Compare(x[1], y[1]); accents(x[1]) == accents(y[1]) && strings.Compare(x[0], y[0]) != want {
				t.Errorf("%q and %q: %s and %s, before %s and %s", a, b, x[0], y[0], x[1], y[1])
			}
			if primary(x[1]) != primary(y[1]) && (strings.Compare(x[0], y[1]) != strings.Compare(x[1], y[1])) {
				t.Errorf("%q now and %q before: %s and %s", a, b, x[0], y[1])
			}
		}
	}
	if key := SortKeys("长春经济技术开发区演示装备制造有限公司"); 2*len(key[0]) > len(key[1]) {
		t.Errorf("a plain name has a key of %d bytes of %d", len(key[0]), len(key[1]))
	}
}

func accents(long string) string {
	return strings.Split(strings.TrimPrefix(long, hex.EncodeToString([]byte(primary(long)))), "00000")[1]
}

// primary is what tells letters apart in a key, whatever their form.
func primary(long string) string {
	raw, _ := hex.DecodeString(long)
	i := 0
	for i+1 < len(raw) && (raw[i] != 0 || raw[i+1] != 0) {
		i += 2 + int(raw[i]>>7)
	}
	return string(raw[:min(i, len(raw))])
}

func BenchmarkSortKey(b *testing.B) {
	for b.Loop() {
		SortKey("长春经济技术开发区演示装备制造有限公司")
	}
}
