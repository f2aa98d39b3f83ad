package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"sente/internal/kernel"
)

// guard decides where messages may go: to public addresses by https, and to the
// hosts and networks the configuration lists by http too. Whoever can set up a
// channel can then not reach what only this machine reaches.
type guard struct {
	hosts    []string       // names, in lower case
	networks []netip.Prefix // addresses
}

// newGuard reads the list of notify_hosts: names, addresses and networks,
// separated by commas.
func newGuard(list string) (g guard, err error) {
	for part := range strings.SplitSeq(list, ",") {
		part = strings.ToLower(strings.TrimSpace(part))
		if part == "" {
			continue
		}
		if addr, err := netip.ParseAddr(part); err == nil {
			g.networks = append(g.networks, netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()))
			continue
		}
		if network, err := netip.ParsePrefix(part); err == nil {
			g.networks = append(g.networks, network.Masked())
			continue
		}
		if strings.ContainsAny(part, "/:@ ") {
			return g, kernel.Faultf(kernel.ErrInvalid, "notify.hosts_form", part)
		}
		g.hosts = append(g.hosts, part)
	}
	return g, nil
}

// private lists the networks no stranger is at: the special-purpose registries of
// IANA (RFC 6890), and the forms of IPv6 that carry an IPv4 address.
func private() []netip.Prefix {
	var out []netip.Prefix
	for _, p := range []string{"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

// allows reports whether addr may be spoken to.
func (g guard) allows(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	in := func(p netip.Prefix) bool { return p.Contains(addr) }
	return addr.IsValid() && (slices.ContainsFunc(g.networks, in) || !slices.ContainsFunc(private(), in))
}

// listed reports whether host is named in the configuration.
func (g guard) listed(host string) bool {
	if slices.Contains(g.hosts, strings.ToLower(strings.TrimSuffix(host, "."))) {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && slices.ContainsFunc(g.networks, func(p netip.Prefix) bool { return p.Contains(addr.Unmap()) })
}

// checkURL refuses, as a fault about url, an address that is none or may not be
// sent to. It is asked again of the address that is dialled.
func (g guard) checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || len(text) > maxURL || u.Host == "" || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return kernel.FieldFault("url", "notify.url_form")
	}
	host := u.Hostname()
	if u.Scheme == "http" && !g.listed(host) {
		return kernel.FieldFault("url", "notify.url_plain", host)
	}
	addr, err := netip.ParseAddr(host)
	if err == nil && !g.allows(addr) || strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") && !g.listed(host) {
		return kernel.FieldFault("url", "notify.url_private", host)
	}
	return nil
}

// errPrivate is met at dialling an address that may not be spoken to.
var errPrivate = errors.New("not a public address")

// Bounds of one request to a channel.
const (
	answerWait = 10 * time.Second
	answerSize = 64 << 10 // bytes of an answer that are read
)

// client is the one way to a channel: no proxy, no redirect, and no address but
// those the guard allows, asked of the address that a name has led to.
func (g guard) client() *http.Client {
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		d := net.Dialer{Timeout: answerWait / 2}
		if !g.listed(host) {
			d.Control = func(_, address string, _ syscall.RawConn) error {
				at, err := netip.ParseAddrPort(address)
				if err != nil || !g.allows(at.Addr()) {
					return errPrivate
				}
				return nil
			}
		}
		return d.DialContext(ctx, network, address)
	}
	return &http.Client{
		Timeout:       answerWait,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: dial, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: answerWait / 2,
			MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true},
	}
}

// exchange posts body to address and returns what was answered with success, or
// why it failed: never with the address, which is a secret.
func exchange(ctx context.Context, c *http.Client, address string, header http.Header, body string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return nil, failure{Reason: "notify.fail_address"}
	}
	req.Header = header
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "Sente")
	res, err := c.Do(req)
	if err != nil {
		return nil, unreached(err)
	}
	defer func() { _ = res.Body.Close() }() // what was read is what counts
	answer, err := io.ReadAll(io.LimitReader(res.Body, answerSize))
	switch {
	case res.StatusCode >= 300 && res.StatusCode < 400:
		return nil, failure{Reason: "notify.fail_redirect", Detail: fmt.Sprint(res.StatusCode)}
	case res.StatusCode >= 300:
		return nil, failure{Reason: "notify.fail_status", Detail: fmt.Sprint(res.StatusCode)}
	case err != nil:
		return nil, unreached(err)
	}
	return answer, nil
}

// unreached says why there was no answer.
func unreached(err error) failure {
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err // what is around it holds the address
	}
	var timeout interface{ Timeout() bool }
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.Is(err, errPrivate):
		return failure{Reason: "notify.fail_private"}
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return failure{Reason: "notify.fail_timeout", Down: true}
	case errors.As(err, &dns):
		return failure{Reason: "notify.fail_name", Down: true}
	case errors.As(err, &op):
		return failure{Reason: "notify.fail_connect", Detail: clipped(op.Err.Error()), Down: true}
	}
	return failure{Reason: "notify.fail_connect", Detail: clipped(err.Error()), Down: true}
}
