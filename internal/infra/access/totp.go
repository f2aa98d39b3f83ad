package access

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"net/url"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// TOTP as authenticator apps expect it (RFC 6238): SHA-1, six digits, steps of
// 30 s; one step before and after are accepted for clocks that differ.
const (
	totpStep = 30
	totpSkew = 1
)

// newTOTP returns a fresh 160-bit secret in base32.
func newTOTP() string {
	b := make([]byte, 20)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
}

// totpURL is what the app reads from a QR code.
func totpURL(issuer, login, secret string) string {
	label := url.PathEscape(issuer + ":" + login)
	q := url.Values{"secret": {secret}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {fmt.Sprint(totpStep)}}
	return "otpauth://totp/" + label + "?" + q.Encode()
}

// checkTOTP returns the time step whose code is code, or ok = false. Steps up to
// last were used before and are refused: no code works twice (RFC 6238, 5.2).
func checkTOTP(secret, code string, now time.Time, last int64) (step int64, ok bool) {
	current := now.Unix() / totpStep
	for s := current - totpSkew; s <= current+totpSkew; s++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(s), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, false
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && s > last {
			return s, true
		}
	}
	return 0, false
}
