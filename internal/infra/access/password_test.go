package access

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"sente/internal/kernel"
)

func TestPasswordRules(t *testing.T) {
	for _, ok := range []string{"correct horse battery", "三只松鼠爬上了树又下来喝水", "Xk9$mmpQ2w", "Tr0ubadour&3", "aaaa bbbb cccc dddd ee"} {
		if err := checkPassword(ok, "wangwu", "王五"); err != nil {
			t.Errorf("%q: %v", ok, err)
		}
	}
	for password, word := range map[string]string{
		"":              "access.password_short",
		"Ab1$":          "access.password_short",
		"abcdefghijk":   "access.password_short", // 11 of one kind
		"abcdefghij1":   "access.password_short", // 11 of two kinds
		"Abcdefg1$":     "access.password_short", // 9 of four kinds
		"WangWu-2026-x": "access.password_own",
		"我是王五我的密码很长啊":   "access.password_short",
		"我是王五我的密码很长很长很长": "access.password_own",
		"Password1234":               "access.password_common",
		"P@ssw0rd123":                "access.password_common",
		"Changchun@2026":             "access.password_common",
		"Admin@123456":               "access.password_common",
		"111111111111":               "access.password_common",
		"abababababab":               "access.password_common",
		strings.Repeat("x1Y$", 33):   "access.password_long",
		"bad \xff\xfe bytes in here": "access.password_long",
		"Ｐａｓｓｗｏｒｄ１２３４":               "access.password_common", // full width counts as the same
	} {
		refused(t, checkPassword(password, "wangwu", "王五"), kernel.ErrInvalid, word, "password")
	}
}

func testHasher() *hasher {
	return newHasher(Config{HashMemory: 19456, HashTime: 2, HashThreads: 1, HashSlots: 1, HashWait: 20 * time.Millisecond})
}

func TestHash(t *testing.T) {
	h, ctx := testHasher(), t.Context()
	one, err := h.hash(ctx, "correct horse battery")
	must(t, err)
	if !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") || h.weak(one) {
		t.Errorf("got %s", one)
	}
	two, err := h.hash(ctx, "correct horse battery")
	must(t, err)
	if one == two {
		t.Error("two hashes share a salt")
	}
	for password, want := range map[string]bool{"correct horse battery": true, "Correct horse battery": false, "": false,
		"ｃorrect horse battery": true, strings.Repeat("x", 1000): false} {
		got, err := h.verify(ctx, password, one)
		if err != nil || got != want {
			t.Errorf("%.30q: %t, %v", password, got, err)
		}
	}
	if got, err := h.verify(ctx, "", ""); got || err != nil {
		t.Errorf("no hash matches nothing, got %t, %v", got, err)
	}
	// The vector of the reference implementation's command line:
	// echo -n password | argon2 somesalt -id -t 2 -m 8 -p 1
	if got, err := h.verify(ctx, "password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"); !got || err != nil {
		t.Errorf("reference vector: %t, %v", got, err)
	}
	for _, bad := range []string{"plain", "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1a", "$argon2id$v=19$m=x$a$b", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$"} {
		if got, err := h.verify(ctx, "password", bad); got || err == nil {
			t.Errorf("%s: %t, %v", bad, got, err)
		}
	}
}

// TestHashingIsBounded: who waits too long for a slot is told so, and nobody
// waits for ever.
func TestHashingIsBounded(t *testing.T) {
	h := testHasher()
	release, err := h.acquire(t.Context())
	must(t, err)
	_, err = h.hash(t.Context(), "correct horse battery")
	refused(t, err, kernel.ErrUnavailable, "access.busy", "")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.verify(cancelled, "x", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	release()
	if _, err := h.hash(t.Context(), "correct horse battery"); err != nil {
		t.Errorf("the slot was not given back: %v", err)
	}
}

func TestConfig(t *testing.T) {
	c, err := Config{}.withDefaults()
	if err != nil || c.HashMemory != 65536 || c.HashTime != 1 || c.LockAfter != 5 || c.SessionIdle != 30*time.Minute || c.LinkFor != 24*time.Hour {
		t.Errorf("defaults: %+v, %v", c, err)
	}
	for name, bad := range map[string]Config{
		"weak memory":  {HashMemory: 4096, HashTime: 3, HashThreads: 1},
		"one pass":     {HashMemory: 19456, HashTime: 1, HashThreads: 1},
		"no thread":    {HashMemory: 65536, HashTime: 1},
		"idle longer":  {SessionIdle: 48 * time.Hour},
		"negative try": {LockAfter: -1},
		"negative age": {PasswordMaxAge: -1},
	} {
		if _, err := bad.withDefaults(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestTOTP checks the vectors of RFC 6238, appendix B (SHA-1, cut to six digits).
func TestTOTP(t *testing.T) {
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // "12345678901234567890"
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		step, ok := checkTOTP(secret, code, time.Unix(at, 0), 0)
		if !ok || step != at/30 {
			t.Errorf("%s at %d: %d, %t", code, at, step, ok)
		}
		if _, ok := checkTOTP(secret, code, time.Unix(at+30, 0), 0); !ok {
			t.Errorf("%s is not accepted a step late", code)
		}
		if _, ok := checkTOTP(secret, code, time.Unix(at+61, 0), 0); ok {
			t.Errorf("%s is accepted two steps late", code)
		}
		if _, ok := checkTOTP(secret, code, time.Unix(at, 0), step); ok {
			t.Errorf("%s works twice", code)
		}
	}
	for _, bad := range []string{"", "28708", "2870820", "abcdef", "０８１８０４"} {
		if _, ok := checkTOTP(secret, bad, time.Unix(59, 0), 0); ok {
			t.Errorf("%q is accepted", bad)
		}
	}
	if _, ok := checkTOTP("not base32!", "287082", time.Unix(59, 0), 0); ok {
		t.Error("a broken secret accepts a code")
	}
}

func TestBearer(t *testing.T) {
	secret := newSecret()
	if zone, got, ok := splitBearer(bearer("cc.east-1", secret)); zone != "cc.east-1" || got != secret || !ok {
		t.Errorf("got %q, %q, %t", zone, got, ok)
	}
	for _, bad := range []string{"", ".", "z1", "z1.", "." + secret, "*." + secret, "z1." + secret[1:], "z1." + secret + "x", "z 1." + secret,
		"z'1." + secret, "z1." + secret[:42] + "=", strings.Repeat("z", 300) + "." + secret} {
		if _, _, ok := splitBearer(bad); ok {
			t.Errorf("%q is accepted", bad)
		}
	}
}
