package main

import (
	"strings"
	"testing"
)

// A line of the configuration file is a known key with its value, or refused.
func FuzzParseConfigFile(f *testing.F) {
	for _, seed := range []string{"listen = 127.0.0.1:1\n", "\ufeff# x\nzone=a\nzone=b", "zone", "= x", "a\x00=b", "zone = a = b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		values, err := parseConfigFile("x.conf", strings.NewReader(text))
		if err != nil {
			return
		}
		for key, value := range values {
			if !strings.Contains(text, key) || !strings.Contains(text, value) || strings.ContainsAny(value, "\n") {
				t.Fatalf("%q says %s = %q", text, key, value)
			}
		}
	})
}

func FuzzParseSize(f *testing.F) {
	for _, seed := range []string{"50MB", "1 gb", "9223372036854775807", "9007199254740992KB", "-1", "0", "KB", "1e3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := parseSize(text); err == nil && n <= 0 {
			t.Fatalf("%q is %d bytes", text, n)
		}
	})
}

func FuzzParseNetworks(f *testing.F) {
	for _, seed := range []string{"10.0.0.1, 10.1.0.0/16", "", ",", "::1/200", "2001:db8::/32,x", "10.0.0.1/33"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parseNetworks(text)
		if err != nil {
			return
		}
		for _, p := range list {
			if !p.IsValid() {
				t.Fatalf("%q holds %v", text, p)
			}
		}
	})
}

// No command line makes the program panic before a command begins.
func FuzzParseArgs(f *testing.F) {
	for _, seed := range []string{"verify -json", "-json -- -x", "--", "-config", "-json=maybe", "- -", "-=x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, c := range commands() {
			in, err := parseArgs(c, strings.Split(line, " "))
			if err == nil && in.command != c.name {
				t.Fatalf("%q is for %s", line, in.command)
			}
		}
	})
}
