package httpapi

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sente/internal/kernel"
)

// Rate lets PerSecond requests through on average and Burst at once.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Rates are the request limits of the API; a zero Rate means the default.
type Rates struct {
	Account Rate // default 20 per second, 100 at once
	Address Rate // default 50 per second, 300 at once: an office shares one address
	Keep    int  // accounts and addresses remembered, each; default 20,000
}

func (r Rates) withDefaults() Rates {
	if r.Account == (Rate{}) {
		r.Account = Rate{PerSecond: 20, Burst: 100}
	}
	if r.Address == (Rate{}) {
		r.Address = Rate{PerSecond: 50, Burst: 300}
	}
	if r.Keep == 0 {
		r.Keep = 20_000
	}
	return r
}

// limits holds the buckets of this process.
type limits struct {
	accounts, addresses *buckets
}

func newLimits(r Rates) *limits {
	return &limits{newBuckets(r.Account, r.Keep), newBuckets(r.Address, r.Keep)}
}

func (l *limits) account(key string, cost int, now time.Time) error {
	return l.accounts.take(key, cost, now)
}

// address takes from the bucket of a's network: one IPv6 subscriber has a whole /64.
func (l *limits) address(a netip.Addr, cost int, now time.Time) error {
	if a.Is6() {
		p, _ := a.Prefix(64) // 64 is valid for every IPv6 address
		a = p.Addr()
	}
	return l.addresses.take(a.String(), cost, now)
}

// buckets is a bounded map of token buckets.
type buckets struct {
	mu   sync.Mutex
	rate Rate
	keep int
	of   map[string]*bucket
}

type bucket struct {
	limiter *rate.Limiter
	used    time.Time
}

func newBuckets(r Rate, keep int) *buckets {
	return &buckets{rate: r, keep: keep, of: map[string]*bucket{}}
}

// take takes cost tokens of key's bucket, or says how long to wait.
func (b *buckets) take(key string, cost int, now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.of[key]
	if k == nil {
		if len(b.of) >= b.keep {
			b.forget()
		}
		k = &bucket{limiter: rate.NewLimiter(rate.Limit(b.rate.PerSecond), b.rate.Burst)}
		b.of[key] = k
	}
	k.used = now
	take := k.limiter.ReserveN(now, min(cost, b.rate.Burst))
	wait := take.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	take.CancelAt(now)
	return RetryAfter(kernel.Faultf(kernel.ErrTooMany, "httpapi.too_many", seconds(wait)), wait)
}

// forget drops the longest unused of a few: a map is iterated from a random
// place, so this costs the same however many there are.
func (b *buckets) forget() {
	oldest, seen := "", 0
	for key, k := range b.of {
		if oldest == "" || k.used.Before(b.of[oldest].used) {
			oldest = key
		}
		if seen++; seen == 16 {
			break
		}
	}
	delete(b.of, oldest)
}

// size says a number of bytes as people do.
func size(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.4g MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.4g KB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}
