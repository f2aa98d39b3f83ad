package scoreboard

import "math/big"

// ratio is part ÷ whole as a decimal with four places, rounded half up; "" for
// a whole of nothing.
func ratio(part, whole int64) string {
	if whole <= 0 {
		return ""
	}
	return places(new(big.Rat).SetFrac64(part, whole), 4)
}

// places writes r, which is not negative, with n decimals, rounded half up.
func places(r *big.Rat, n int) string {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	x := new(big.Rat).Mul(r, new(big.Rat).SetInt(scale))
	// floor(x + 1/2)
	num := new(big.Int).Add(new(big.Int).Mul(x.Num(), big.NewInt(2)), x.Denom())
	whole := new(big.Int).Quo(num, new(big.Int).Mul(x.Denom(), big.NewInt(2)))
	return new(big.Rat).SetFrac(whole, scale).FloatString(n)
}

// z975 is the 0.975 quantile of the normal distribution.
const z975 = "1.959963984540054235524594430520551527"

// wilson is the 95 % score interval of k among n (E. B. Wilson, 1927, without
// continuity correction), as decimals with four places. The ends are exact
// where they are 0 or 1: none of n begins at 0, all of n ends at 1. Empty for
// n = 0.
func wilson(k, n int64) (low, high string) {
	if n <= 0 || k < 0 || k > n {
		return "", ""
	}
	const bits = 200
	num := func(v int64) *big.Float { return new(big.Float).SetPrec(bits).SetInt64(v) }
	calc := func() *big.Float { return new(big.Float).SetPrec(bits) }
	z, _ := calc().SetString(z975)
	zz := calc().Mul(z, z)
	// (2k + z² ± z·√(z² + 4k(n−k)/n)) ÷ 2(n + z²)
	root := calc().Quo(calc().Mul(num(4*k), num(n-k)), num(n))
	root.Sqrt(root.Add(root, zz))
	root.Mul(root, z)
	centre := calc().Add(num(2*k), zz)
	under := calc().Mul(num(2), calc().Add(num(n), zz))
	end := func(x *big.Float) string {
		r, _ := x.Quo(x, under).Rat(nil)
		if r == nil || r.Sign() < 0 {
			return "0.0000"
		}
		return places(r, 4)
	}
	low, high = end(calc().Sub(centre, root)), end(calc().Add(centre, root))
	if k == 0 {
		low = "0.0000"
	}
	if k == n {
		high = "1.0000"
	}
	return low, high
}

// quantile is the p-th of hundred parts of days, which are sorted, in tenths of
// a day: linear between observations (Hyndman and Fan, type 7), rounded half up.
func quantile(days []int32, p int64) int64 {
	if len(days) == 0 {
		return 0
	}
	h := int64(len(days)-1) * p // in hundredths of a place
	at, part := h/100, h%100
	value := int64(days[at]) * 100
	if part > 0 {
		value += part * int64(days[at+1]-days[at])
	}
	return (value*10 + 50) / 100
}

// tenths writes 1234 as "123.4".
func tenths(n int64) string { return places(new(big.Rat).SetFrac64(n, 10), 1) }
