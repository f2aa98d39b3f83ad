package store

import (
	"slices"
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

func BenchmarkSortKey(b *testing.B) {
	for b.Loop() {
		SortKey("长春经济技术开发区演示装备制造有限公司")
	}
}
