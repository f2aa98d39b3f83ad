package journal

import (
	"strings"
	"testing"
)

// A checkpoint file is read without loss whatever was cut short in it: a whole
// note that follows is found as it was written.
func FuzzNotesIn(f *testing.F) {
	const whole = "sente/zone\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— sente/zone AAAAAAAA\n"
	for _, seed := range []string{"", whole, whole[:20], whole + "\n" + whole, "— ", "\x00\x00\n\n", "\n\n\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		for _, text := range notesIn(content) {
			if text == "" {
				t.Fatalf("%q holds an empty note", content)
			}
			if size, root, err := (Checkpoint{Note: text}).read(); err == nil && (size < 0 || strings.Contains(root, "\n")) {
				t.Fatalf("%q says size %d, root %q", text, size, root)
			}
		}
		list := notesIn(content + "\n\n" + whole)
		if len(list) == 0 || list[len(list)-1] != whole {
			t.Fatalf("after %q the whole note is lost: %q", content, list)
		}
	})
}

func FuzzRowKey(f *testing.F) {
	for _, seed := range []string{"", "a/b", "%2F", "%252F", "长春/新区", "%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, part string) {
		key := escapeKey(part)
		if strings.Contains(key, "/") || unescapeKey(key) != part {
			t.Fatalf("%q became %q", part, key)
		}
	})
}
