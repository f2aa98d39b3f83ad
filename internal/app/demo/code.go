package demo

import (
	"fmt"

	"sente/internal/kernel"
)

// CreditCode returns the n-th fictional credit code: valid in both check
// characters, in region 990100, which is not assigned to any place. 0 <= n < 100000.
func CreditCode(n int) string {
	const digits = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	for _, org := range "0123456789X" {
		for _, check := range digits {
			code := fmt.Sprintf("91990100MADE%04d%c%c", n, org, check)
			if _, err := kernel.CheckCreditCode(code); err == nil {
				return code
			}
		}
	}
	panic(fmt.Sprintf("no credit code %d", n)) // every organisation number has exactly one
}
