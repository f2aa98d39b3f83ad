package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// What Authenticate writes into kernel.Actor.
const (
	viaSession = "session"
	viaToken   = "token"

	pendingPassword = "password" // a new password comes before anything else
	pendingTOTP     = "totp"     // so does a second factor

	// How a session began.
	methodPassword   = "password"
	methodOIDC       = "oidc"
	methodOIDCStrong = "oidc_mfa" // the provider vouched for two factors

	// errTOTPNeeded is the word that asks for the code of the second factor.
	errTOTPNeeded = "access.totp_needed"
	// errFlowVoid is the word of a way back from the provider that leads nowhere.
	errFlowVoid = "access.oidc_expired"
)

// tokenPrefix makes an API token recognisable, for people and secret scanners.
const tokenPrefix = "sente_"

// newSecret returns 32 random bytes as text.
func newSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// digest is what is stored of a secret. 32 random bytes cannot be guessed, so
// SHA-256 without salt is enough.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// bearer joins zone and secret: "<zone>.<secret>". The zone says where to look;
// a secret is never looked for in another.
func bearer(zone, secret string) string { return zone + "." + secret }

// splitBearer takes a bearer apart; ok is false for anything bearer did not
// make. In particular a zone is never a wildcard.
func splitBearer(text string) (zone, secret string, ok bool) {
	i := strings.LastIndexByte(text, '.')
	if i < 1 || len(text) > 200 {
		return "", "", false
	}
	zone, secret = text[:i], text[i+1:]
	raw, err := base64.RawURLEncoding.Strict().DecodeString(secret)
	return zone, secret, err == nil && len(raw) == 32 && zoneForm(zone)
}

// zoneForm reports whether s can be the identifier of a zone: letters, digits,
// "-", "_" and "."; never the store's "*".
func zoneForm(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.", r) {
			return false
		}
	}
	return true
}
