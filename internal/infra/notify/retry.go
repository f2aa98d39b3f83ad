package notify

import "time"

// delays are how long is waited after each failure: ten attempts in about three
// days, as the Standard Webhooks specification proposes.
func delays() []time.Duration {
	return []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}
}

// after returns how long to wait after the attempt-th failure, with chance
// between 0 and 1 adding up to a fifth, so that what failed together is not tried
// together; ok is false when it was the last.
func after(attempt int64, chance float64) (wait time.Duration, ok bool) {
	all := delays()
	if attempt < 1 || attempt > int64(len(all)) {
		return 0, false
	}
	wait = all[attempt-1]
	return wait + time.Duration(chance*float64(wait)/5), true
}

// failed returns v after a failure at now.
func (v Delivery) failed(f failure, now int64, chance float64) Delivery {
	v.Attempts, v.Reason, v.Detail = v.Attempts+1, f.Reason, f.Detail
	wait, again := after(v.Attempts, chance)
	if !again {
		v.State, v.EndedAt = Dead, now
		return v
	}
	v.State, v.NextAt = Failed, now+wait.Milliseconds()
	return v
}

// sent returns v delivered at now.
func (v Delivery) sent(now int64) Delivery {
	v.State, v.Attempts, v.EndedAt, v.Reason, v.Detail = Sent, v.Attempts+1, now, "", ""
	return v
}

// dropped returns v given up at now because of reason.
func (v Delivery) dropped(reason string, now int64) Delivery {
	v.State, v.EndedAt, v.Reason, v.Detail = Dropped, now, reason, ""
	return v
}

// again returns v as it is sent anew.
func (v Delivery) again(now int64) Delivery {
	v.State, v.Attempts, v.NextAt, v.EndedAt = Waiting, 0, now, 0
	return v
}

// failure is why something did not arrive, fit to be shown: it holds no address
// and no secret.
type failure struct {
	Reason string // word; its argument is Detail
	Detail string
	Down   bool // nobody answered: the rest need not be tried now
}

// Error is for logs.
func (f failure) Error() string { return f.Reason + ": " + f.Detail }

// failing returns h after a failure at now.
func (h health) failing(f failure, now int64) health {
	if h.FailingSince == 0 {
		h.FailingSince, h.ToldAt = now, 0
	}
	h.Reason, h.Detail = f.Reason, f.Detail
	return h
}

// working returns h after a success at now.
func (h health) working(now int64) health {
	h.FailingSince, h.ToldAt, h.SentAt, h.Reason, h.Detail = 0, 0, now, "", ""
	return h
}

// tellAfter is how long a sink fails before the administrators are told.
const tellAfter = time.Hour

// due reports whether the administrators are to be told at now that h fails.
func (h health) due(now int64) bool {
	return h.FailingSince != 0 && h.ToldAt == 0 && now-h.FailingSince >= tellAfter.Milliseconds()
}
