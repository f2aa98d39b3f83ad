package access

import (
	"fmt"
	"runtime"
	"slices"
	"time"
)

// Config is the policy for accounts. The zero value of a field means its
// default; the sources of the defaults stand beside them.
type Config struct {
	// HashMemory (KiB), HashTime and HashThreads are argon2id's parameters.
	// Default 65536, 1, 1: above OWASP's Password Storage Cheat Sheet, whose
	// equal minima are 47104/1/1 and 19456/2/1; weaker ones are refused.
	HashMemory  uint32
	HashTime    uint32
	HashThreads uint8
	// HashSlots is how many passwords are hashed at once (memory: slots ×
	// HashMemory); default the number of processors, at most 4. HashWait is how
	// long one waits for a slot before it is told to try later; default 3 s.
	HashSlots int
	HashWait  time.Duration

	// LockAfter wrong tries lock an account for LockFor. Default 5 and 15 min:
	// GB/T 22239-2019, 8.1.4.1 b) asks for a limit on failed sign-ins.
	LockAfter int
	LockFor   time.Duration

	// SessionIdle ends a session that was not used, SessionMax any session.
	// Default 30 min (GB/T 22239-2019, 8.1.4.1 b) asks for an idle timeout) and 12 h.
	SessionIdle time.Duration
	SessionMax  time.Duration

	// LinkFor is how long a one-time link works; default 24 h.
	LinkFor time.Duration
	// TokenMax is the longest life of an API token; default 365 days.
	TokenMax time.Duration
	// TokensMax is how many live API tokens an account may hold; default 20.
	TokensMax int

	// PasswordMaxAge makes a password due for change; default 0, never
	// (NIST SP 800-63B, 5.1.1.2, advises against changing without cause).
	// GB/T 22239-2019, 8.1.4.1 a) asks for regular change: set it where that
	// standard is assessed.
	PasswordMaxAge time.Duration
	// TOTPRoles are the roles that must set up a second factor before anything
	// else; default none. GB/T 22239-2019, 8.1.4.1 d) asks for two factors
	// at level three.
	TOTPRoles []string
	// Issuer is shown in the authenticator app; default "Sente".
	Issuer string
	// OIDC is the identity provider people may sign in by as well.
	OIDC OIDC
}

// withDefaults fills what is not set and refuses what would not protect.
func (c Config) withDefaults() (Config, error) {
	if c.HashMemory == 0 && c.HashTime == 0 && c.HashThreads == 0 {
		c.HashMemory, c.HashTime, c.HashThreads = 64<<10, 1, 1
	}
	orInt(&c.HashSlots, min(4, runtime.NumCPU()))
	orDuration(&c.HashWait, 3*time.Second)
	orInt(&c.LockAfter, 5)
	orDuration(&c.LockFor, 15*time.Minute)
	orDuration(&c.SessionIdle, 30*time.Minute)
	orDuration(&c.SessionMax, 12*time.Hour)
	orDuration(&c.LinkFor, 24*time.Hour)
	orDuration(&c.TokenMax, 365*24*time.Hour)
	orInt(&c.TokensMax, 20)
	if c.Issuer == "" {
		c.Issuer = "Sente"
	}
	c.OIDC = c.OIDC.withDefaults()
	return c, c.check()
}

func orInt(v *int, fallback int) {
	if *v == 0 {
		*v = fallback
	}
}

func orDuration(v *time.Duration, fallback time.Duration) {
	if *v == 0 {
		*v = fallback
	}
}

func (c Config) check() error {
	strong := c.HashMemory >= 47104 && c.HashTime >= 1 || c.HashMemory >= 19456 && c.HashTime >= 2
	switch {
	case !strong || c.HashThreads < 1:
		return fmt.Errorf("access: argon2id with %d KiB, t=%d, p=%d is weaker than 19456 KiB, t=2, p=1", c.HashMemory, c.HashTime, c.HashThreads)
	case c.HashSlots < 1 || c.HashWait < 0 || c.LockAfter < 1 || c.LockFor < 0 || c.SessionIdle < 0 || c.LinkFor < 0 ||
		c.TokenMax < 0 || c.TokensMax < 1 || c.PasswordMaxAge < 0:
		return fmt.Errorf("access: negative counts and times make no sense")
	case c.SessionMax < c.SessionIdle:
		return fmt.Errorf("access: a session cannot end (%s) before it is idle (%s)", c.SessionMax, c.SessionIdle)
	}
	return c.OIDC.check()
}

// needsTOTP reports whether an account with roles must have a second factor.
func (c Config) needsTOTP(roles []string) bool {
	return slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(c.TOTPRoles, r) })
}
