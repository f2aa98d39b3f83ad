package words

import "testing"

// Whatever a browser says it reads, it is answered in a language there is; one
// that is asked for alone is taken.
func FuzzNegotiate(f *testing.F) {
	for _, seed := range []string{"", "zh-CN,zh;q=0.9,en;q=0.8", "en;q=0", "en;q=NaN", "en;q=+Inf,zh", "de", "*", "zh;q=1e999", ",;,;q=", "EN-us"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		for _, fallback := range []string{Chinese, English, "de"} {
			if lang := Negotiate(header, fallback); lang != Chinese && lang != English {
				t.Fatalf("%q is answered in %q", header, lang)
			}
		}
		if lang := Negotiate("en, "+header, Chinese); lang == Chinese && Negotiate(header, English) != Chinese {
			t.Fatalf("%q before English is answered in Chinese, and alone in English", header)
		}
	})
}
