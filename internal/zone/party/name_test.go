package party

import (
	"reflect"
	"testing"
)

func TestNormalize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"长春示例科技有限公司", "长春示例科技有限公司"},
		{" 长春 示例　科技有限公司 ", "长春示例科技有限公司"},
		{"示例（中国）投资有限公司", "示例中国投资有限公司"},
		{"示例(中国)投资有限公司", "示例中国投资有限公司"},
		{"示例【中国】投资·有限公司", "示例中国投资有限公司"},
		{"ＡＢＣ１２３股份有限公司", "abc123股份有限公司"},
		{"Example Holding, Inc.", "exampleholdinginc"},
		{"EXAMPLE HOLDING INC", "exampleholdinginc"},
		{"㈱示例", "株示例"},
		{"C+示例", "c+示例"},
		{"示例\u200b科技\u00a0公司", "示例科技公司"},
		{"Škoda示例", "škoda示例"},
		{"Straße", "straße"},
		{"（）", ""},
		{"", ""},
	} {
		if got := Normalize(c.in); got != c.want {
			t.Errorf("Normalize(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	f.Add("示例（中国）")
	f.Add("Example, Inc.")
	f.Add("İstanbul ﬁrma")
	f.Fuzz(func(t *testing.T, s string) {
		once := Normalize(s)
		if twice := Normalize(once); twice != once {
			t.Errorf("Normalize(%q) = %q, and again %q: a key must be its own key", s, once, twice)
		}
	})
}

func TestUniteKeepsOrderAndDropsRepeats(t *testing.T) {
	t.Parallel()
	got := unite([]string{"云计算", "大数据"}, " 云计算 ", "", "人工智能", "ＡＩ", "ai")
	want := []string{"云计算", "大数据", "人工智能", "ＡＩ"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSplitList(t *testing.T) {
	t.Parallel()
	got := SplitList("智能手机、IoT设备；Smart, connected; 芯片\n芯片、")
	want := []string{"智能手机", "IoT设备", "Smart, connected", "芯片"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
