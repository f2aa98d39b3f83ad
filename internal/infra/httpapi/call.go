package httpapi

import (
	"context"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"sente/internal/kernel"
)

// call is what the door knows about one request. It is written by the goroutine
// that serves the request only.
type call struct {
	id      string
	trace   string // trace id of a W3C traceparent, "" without one
	address netip.Addr
	secure  bool
	lang    string
	route   string // "GET /api/v1/projects/{id}", "" until matched
	path    string // as logged: without secrets
	code    string // of the problem answered
	account string
	zone    string
	upload  *http.Request // for Upload
	form    []string      // Route.Form of an upload
}

type callKey struct{}

func callOf(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return &call{}
}

// Caller is where a request came from, as far as it can be believed.
type Caller struct {
	Address netip.Addr // of the client, behind trusted proxies
	Secure  bool       // over TLS, to us or to a trusted proxy
	Request string     // request id
	Trace   string     // W3C trace id, "" without one
}

// CallerOf returns the Caller of a request's context.
func CallerOf(ctx context.Context) Caller {
	c := callOf(ctx)
	return Caller{Address: c.address, Secure: c.secure, Request: c.id, Trace: c.trace}
}

var (
	requestID   = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)
	traceparent = regexp.MustCompile(`^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-|$)`)
)

// begin reads what the connection and the headers say about the caller.
func (d *Door) begin(r *http.Request) *call {
	peer := peerOf(r)
	c := &call{id: kernel.NewID(d.cfg.Now()), address: peer, secure: r.TLS != nil}
	if d.trusts(peer) {
		c.address = d.client(r, peer)
		proto := r.Header.Values("X-Forwarded-Proto")
		c.secure = c.secure || len(proto) > 0 && strings.EqualFold(last(proto[len(proto)-1]), "https")
		if id := r.Header.Get("X-Request-Id"); requestID.MatchString(id) {
			c.id = id
		}
	}
	if m := traceparent.FindStringSubmatch(r.Header.Get("Traceparent")); m != nil && validTrace(m) {
		c.trace = m[1]
	}
	return c
}

// validTrace applies the two rules of W3C Trace Context the pattern cannot:
// version ff is forbidden and ids are not all zero.
func validTrace(m []string) bool {
	return !strings.HasPrefix(m[0], "ff") && strings.Trim(m[1], "0") != "" && strings.Trim(m[2], "0") != ""
}

func peerOf(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

func (d *Door) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(d.cfg.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// client walks X-Forwarded-For from the right, the end our own proxies wrote,
// to the first address that is not one of them.
func (d *Door) client(r *http.Request, peer netip.Addr) netip.Addr {
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		a, ok := parseHop(strings.TrimSpace(hop))
		if !ok {
			return peer
		}
		if peer = a; !d.trusts(peer) {
			return peer
		}
	}
	return peer
}

// parseHop reads an entry of X-Forwarded-For: an address, which some proxies
// write with its port ("192.0.2.1:4711", "[2001:db8::1]:4711") or, IPv6, in
// brackets alone.
func parseHop(hop string) (a netip.Addr, ok bool) {
	if ap, err := netip.ParseAddrPort(hop); err == nil {
		return ap.Addr().Unmap(), true
	}
	if inner, ok := strings.CutPrefix(hop, "["); ok && strings.HasSuffix(inner, "]") {
		hop = strings.TrimSuffix(inner, "]")
	}
	a, err := netip.ParseAddr(hop)
	return a.Unmap(), err == nil
}

func last(list string) string {
	return strings.TrimSpace(list[strings.LastIndex(list, ",")+1:])
}
