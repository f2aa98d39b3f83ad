package access

import (
	"net/url"
	"testing"

	"golang.org/x/crypto/argon2"
)

// A stored hash that somebody changed is refused or has salt and sum; no text
// makes it panic, and none matches a password it was not made of.
func FuzzParsePHC(f *testing.F) {
	for _, seed := range []string{
		"$argon2id$v=19$m=65536,t=3,p=2$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=0,t=0,p=0$$", "$argon2id$v=19$m=65536,t=0,p=0$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=8,t=1,p=1$$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "$argon2i$v=19$m=1,t=1,p=1$YQ$YQ", "$$$$$", "", "$argon2id$v=19$m=-1,t=1,p=999$YQ$YQ",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePHC(text)
		if err == nil && (len(p.sum) < 16 || p.memory == 0 || p.time == 0 || p.threads == 0 || len(p.salt) == 0) {
			t.Fatalf("%q is taken for %+v", text, p)
		}
		if err == nil && p.memory <= 64 && p.time <= 2 {
			argon2.IDKey([]byte("x"), p.salt, p.time, p.memory, p.threads, uint32(len(p.sum)))
		}
	})
}

// Where a sign-in leads to is a page of our own, whatever the address asked for.
func FuzzSafeNext(f *testing.F) {
	for _, seed := range []string{"/", "/projects?q=1#x", "//evil.example", "/\\evil.example", "/\t/evil.example", "https://evil.example", "/api/v1/x", "/%2f/evil.example", "/.//evil.example", "/sign-in", "javascript:alert(1)", "/a\r\nSet-Cookie: x"} {
		f.Add(seed)
	}
	home := &url.URL{Scheme: "https", Host: "sente.example", Path: "/api/v1/access/oidc/return"}
	f.Fuzz(func(t *testing.T, next string) {
		got := safeNext(next)
		if got != next && got != "/" {
			t.Fatalf("%q became %q", next, got)
		}
		to, err := url.Parse(got)
		if err != nil {
			return // no address: a browser resolves it as a path
		}
		if whole := home.ResolveReference(to); whole.Host != home.Host || whole.Scheme != home.Scheme {
			t.Fatalf("%q leads to %s", next, whole)
		}
	})
}
