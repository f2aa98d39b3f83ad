package words_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"sente/internal/infra/words"
	"sente/internal/kernel"
)

func source(zh, en string) fstest.MapFS {
	return fstest.MapFS{
		"words/zh.json": {Data: []byte(zh)},
		"words/en.json": {Data: []byte(en)},
	}
}

func TestSay(t *testing.T) {
	t.Parallel()
	book, err := words.Load(source(
		`{"a.hello":"%[1]s，您好","a.missing":"缺少%[1]s","a.one":"用地","a.two":"立项批复","a.rate":"完成 100%%","a.swap":"%[2]d 之 %[1]s"}`,
		`{"a.hello":"Hello %[1]s","a.missing":"Missing: %[1]s","a.one":"land","a.two":"approval","a.rate":"100%% done","a.swap":"%[1]s of %[2]d"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		lang, key string
		args      []any
		want      string
	}{
		{"zh", "a.hello", []any{"甲"}, "甲，您好"},
		{"en", "a.hello", []any{"A"}, "Hello A"},
		{"en", "a.hello", []any{"A", "ignored"}, "Hello A"},
		{"fr", "a.one", nil, "用地"},
		{"en", "a.rate", nil, "100% done"},
		{"zh", "a.swap", []any{"甲", 3}, "3 之 甲"},
		{"en", "a.nowhere", nil, "⟦a.nowhere⟧"},
		{"zh", "a.missing", []any{[]words.Key{"a.one", "a.two"}}, "缺少用地、立项批复"},
		{"en", "a.missing", []any{[]words.Key{"a.one", "a.two"}}, "Missing: land, approval"},
		{"en", "a.missing", []any{words.Key("a.one")}, "Missing: land"},
		{"en", "a.missing", []any{kernel.Fault{Word: "a.hello", Args: []any{"B"}}}, "Missing: Hello B"},
		{"en", "kernel.lei_check", []any{"X"}, "The check digits of LEI “X” do not fit; check it"},
	} {
		if got := book.Say(c.lang, c.key, c.args...); got != c.want {
			t.Errorf("Say(%s, %s, %v) = %q, want %q", c.lang, c.key, c.args, got, c.want)
		}
	}
	if !book.Has("a.one") || book.Has("a.nowhere") {
		t.Error("Has does not tell known from unknown keys")
	}
}

func TestLoadRefusesHoles(t *testing.T) {
	t.Parallel()
	ok := `{"a.x":"%[1]s"}`
	for name, c := range map[string]struct {
		sources []fstest.MapFS
		want    string
	}{
		"twice in one file":   {[]fstest.MapFS{source(`{"a.x":"1","a.x":"2"}`, ok)}, `words/zh.json: word "a.x" is defined twice`},
		"twice in two":        {[]fstest.MapFS{source(ok, ok), source(ok, ok)}, `words/zh.json: word "a.x" is defined twice`},
		"no English":          {[]fstest.MapFS{source(ok, `{}`)}, `word "a.x" has no English`},
		"no Chinese":          {[]fstest.MapFS{source(`{}`, ok)}, `word "a.x" has no Chinese`},
		"different verbs":     {[]fstest.MapFS{source(ok, `{"a.x":"%[1]d"}`)}, `word "a.x" takes [1s] in Chinese and [1d] in English`},
		"different arguments": {[]fstest.MapFS{source(ok, `{"a.x":"%[1]s %[2]s"}`)}, `word "a.x" takes [1s] in Chinese and [1s 2s] in English`},
		"not text":            {[]fstest.MapFS{source(`{"a.x":1}`, ok)}, `words/zh.json: a.x: json: cannot unmarshal number`},
		"not an object":       {[]fstest.MapFS{source(`[]`, ok)}, `words/zh.json: want one object`},
		"no file":             {[]fstest.MapFS{{}}, `words/zh.json: file does not exist`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var err error
			if len(c.sources) == 2 {
				err = words.Check(c.sources[0], c.sources[1])
			} else {
				err = words.Check(c.sources[0])
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestKernelWords(t *testing.T) {
	t.Parallel()
	if err := words.Check(); err != nil {
		t.Fatal(err)
	}
}

func TestNegotiate(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"", "", "zh"},
		{"", "en", "en"},
		{"en", "zh", "en"},
		{"zh-CN,zh;q=0.9,en;q=0.8", "en", "zh"},
		{"en-US, zh;q=0.9", "", "en"},
		{"fr, en;q=0.2, zh;q=0.1", "zh", "en"},
		{"fr", "en", "en"},
		{"en;q=0", "zh", "zh"},
		{"en;q=x, *", "", "zh"},
	} {
		if got := words.Negotiate(c[0], c[1]); got != c[2] {
			t.Errorf("Negotiate(%q, %q) = %q, want %q", c[0], c[1], got, c[2])
		}
	}
}
