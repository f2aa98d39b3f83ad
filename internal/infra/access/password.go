package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"sente/internal/kernel"
)

// Lengths of a password in characters. Twelve of any kind, or ten of three
// kinds (GB/T 22239-2019, 8.1.4.1 a) asks for complexity; NIST SP 800-63B,
// 5.1.1.2, for length and a list of common ones). The upper limit keeps a
// request from being work.
const (
	passwordPlain = 12
	passwordMixed = 10
	passwordMax   = 128
)

// checkPassword refuses a password that is short, common, or says who owns it.
func checkPassword(password, login, name string) error {
	n := utf8.RuneCountInString(password)
	lower := strings.ToLower(normal(password))
	switch {
	case !utf8.ValidString(password) || n > passwordMax:
		return kernel.FieldFault("password", "access.password_long", passwordMax)
	case n < passwordMixed || n < passwordPlain && kinds(password) < 3:
		return kernel.FieldFault("password", "access.password_short", passwordPlain, passwordMixed)
	case strings.Contains(lower, strings.ToLower(login)) || name != "" && strings.Contains(lower, strings.ToLower(name)):
		return kernel.FieldFault("password", "access.password_own")
	case different(lower) < 5 || common(lower):
		return kernel.FieldFault("password", "access.password_common")
	}
	return nil
}

// kinds counts the kinds of character in s: lower case, upper case, digits, others.
func kinds(s string) int {
	var lower, upper, digit, other int
	for _, r := range s {
		switch {
		case unicode.IsLower(r):
			lower = 1
		case unicode.IsUpper(r):
			upper = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			other = 1
		}
	}
	return lower + upper + digit + other
}

func different(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// common reports whether s, in lower case, is on data/passwords.txt as it is or
// with digits and signs at its ends.
func common(s string) bool {
	list, err := builtin.ReadFile("data/passwords.txt")
	if err != nil {
		panic(err) // embedded: its absence is a mistake of the build
	}
	core := strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	for line := range strings.Lines(string(list)) {
		line = strings.TrimSpace(line)
		if line == s || line != "" && line == core {
			return true
		}
	}
	return false
}

// normal is the form of a password that is hashed: the same characters typed on
// another keyboard or as full-width signs count as the same (NFKC).
func normal(password string) string { return norm.NFKC.String(password) }

// hasher computes argon2id, few at a time: each takes HashMemory.
type hasher struct {
	memory, time uint32
	threads      uint8
	wait         time.Duration
	slots        chan struct{}
	nobody       string // the hash verified when there is no account to verify
}

func newHasher(c Config) *hasher {
	h := &hasher{memory: c.HashMemory, time: c.HashTime, threads: c.HashThreads, wait: c.HashWait, slots: make(chan struct{}, c.HashSlots)}
	h.nobody = h.format(make([]byte, 16), make([]byte, 32))
	return h
}

// acquire takes a slot or, after wait, gives up with ErrUnavailable.
func (h *hasher) acquire(ctx context.Context) (release func(), err error) {
	timer := time.NewTimer(h.wait)
	defer timer.Stop()
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots }, nil
	case <-timer.C:
		return nil, kernel.Faultf(kernel.ErrUnavailable, "access.busy")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hash returns password's hash in PHC string format.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	release, err := h.acquire(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails: it ends the program instead
	return h.format(salt, argon2.IDKey([]byte(normal(password)), salt, h.time, h.memory, h.threads, 32)), nil
}

func (h *hasher) format(salt, sum []byte) string {
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.time, h.threads, b.EncodeToString(salt), b.EncodeToString(sum))
}

// verify reports whether password has the hash phc. An empty phc (no account,
// or no password set) takes the same work and never matches.
func (h *hasher) verify(ctx context.Context, password, phc string) (bool, error) {
	known := phc != ""
	if !known {
		phc = h.nobody
	}
	p, err := parsePHC(phc)
	if err != nil {
		return false, err
	}
	release, err := h.acquire(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	if utf8.RuneCountInString(password) > passwordMax {
		password, known = "", false
	}
	sum := argon2.IDKey([]byte(normal(password)), p.salt, p.time, p.memory, p.threads, uint32(len(p.sum)))
	return subtle.ConstantTimeCompare(sum, p.sum) == 1 && known, nil
}

// weak reports whether phc was made with other parameters than today's.
func (h *hasher) weak(phc string) bool {
	p, err := parsePHC(phc)
	return err != nil || p.memory != h.memory || p.time != h.time || p.threads != h.threads
}

// phc is a parsed hash.
type phc struct {
	memory, time uint32
	threads      uint8
	salt, sum    []byte
}

func parsePHC(text string) (p phc, err error) {
	part := strings.Split(text, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, fmt.Errorf("access: not an argon2id hash")
	}
	if _, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.threads); err != nil {
		return p, fmt.Errorf("access: argon2id parameters: %w", err)
	}
	if p.memory < 1 || p.memory > 1<<20 || p.time < 1 || p.time > 100 || p.threads < 1 { // below it argon2 panics, above it nobody waits
		return p, fmt.Errorf("access: argon2id parameters: %s", part[3])
	}
	if p.salt, err = base64.RawStdEncoding.DecodeString(part[4]); err != nil || len(p.salt) == 0 {
		return p, fmt.Errorf("access: argon2id salt: %d bytes, %v", len(p.salt), err)
	}
	p.sum, err = base64.RawStdEncoding.DecodeString(part[5])
	if err != nil || len(p.sum) < 16 || len(p.sum) > 64 {
		return p, fmt.Errorf("access: argon2id sum: %d bytes, %v", len(p.sum), err)
	}
	return p, nil
}
