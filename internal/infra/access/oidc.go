package access

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"sente/internal/kernel"
)

// OIDC says by which identity provider people may sign in as well (OpenID
// Connect Core 1.0). Without an Issuer there is none.
type OIDC struct {
	Issuer       string // https://…, exactly as the provider writes it
	ClientID     string
	ClientSecret string
	SecretFile   string // file that holds the client secret instead
	BaseURL      string // https:// address of this system as browsers see it
	Scopes       string // separated by spaces; default "openid profile"
	Name         string // of the provider, on the sign-in page
	NameEn       string
	// LoginClaim is the claim that names the login when an account is linked;
	// default preferred_username.
	LoginClaim string
	// LinkByLogin links an account at its first sign-in when the claim is its
	// login. Off, an administrator allows it account by account.
	LinkByLogin bool
	// Factors are the values of amr or acr by which the provider vouches for two
	// factors, separated by commas; default none: our own second factor is asked.
	Factors string
	CAFile  string // PEM file of the authority that signed the provider's certificate
	Log     *slog.Logger
}

// callbackPath is where the provider sends browsers back to.
const callbackPath = "/api/v1/session/oidc/callback"

// Limits of talking to the provider.
const (
	providerTime = 5 * time.Second
	providerBody = 1 << 20 // bytes
	retryAfter   = 10 * time.Second
)

// algorithms are the signatures accepted on an ID token: none that a holder of
// the client secret could make, and not "none".
func algorithms() []string {
	return []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}
}

// on reports whether a provider is configured.
func (c OIDC) on() bool { return c.Issuer != "" }

func (c OIDC) withDefaults() OIDC {
	if c.Scopes == "" {
		c.Scopes = "openid profile"
	}
	if c.LoginClaim == "" {
		c.LoginClaim = "preferred_username"
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	return c
}

// check refuses a configuration that could not work or would not protect.
func (c OIDC) check() error {
	if !c.on() {
		return nil
	}
	for _, a := range [][2]string{{"oidc_issuer", c.Issuer}, {"oidc_base_url", c.BaseURL}} {
		if err := guarded(a[1]); err != nil {
			return kernel.Faultf(kernel.ErrInvalid, "access.oidc_address", a[0], a[1])
		}
	}
	if c.ClientID == "" {
		return kernel.Faultf(kernel.ErrInvalid, "access.oidc_client")
	}
	if !slices.Contains(strings.Fields(c.Scopes), oidc.ScopeOpenID) {
		return kernel.Faultf(kernel.ErrInvalid, "access.oidc_scopes")
	}
	return nil
}

// guarded refuses an address that is not protected by TLS, unless it stays on
// this machine.
func guarded(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if u.Scheme == "https" && u.Host != "" || u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && ip.IsLoopback()) {
		return nil
	}
	return fmt.Errorf("%q is not an https address", address)
}

// provider is the identity provider as far as it has been reached.
type provider struct {
	OIDC
	client *http.Client
	now    func() time.Time

	mu      sync.Mutex // held while the provider is asked: the others wait for the answer
	found   *oidc.Provider
	triedAt time.Time
	failure error
}

// newProvider reads the files of c and asks nothing of the network.
func newProvider(c OIDC, now func() time.Time) (*provider, error) {
	if !c.on() {
		return &provider{}, nil
	}
	if c.SecretFile != "" {
		text, err := os.ReadFile(c.SecretFile)
		if err != nil {
			return nil, kernel.Faultf(kernel.ErrInvalid, "access.oidc_file", "oidc_client_secret_file", c.SecretFile)
		}
		c.ClientSecret = strings.TrimSpace(string(text))
	}
	settings := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		text, err := os.ReadFile(c.CAFile)
		settings.RootCAs = x509.NewCertPool()
		if err != nil || !settings.RootCAs.AppendCertsFromPEM(text) {
			return nil, kernel.Faultf(kernel.ErrInvalid, "access.oidc_file", "oidc_ca_file", c.CAFile)
		}
	}
	return &provider{OIDC: c, now: now, client: &http.Client{
		Timeout:       providerTime,
		Transport:     bounded{&http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: settings, IdleConnTimeout: time.Minute}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// bounded reads at most providerBody bytes of an answer.
type bounded struct{ http.RoundTripper }

// RoundTrip sends r.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, providerBody), res.Body}
	}
	return res, err
}

// reach returns the provider, asking for its configuration when that is not
// known yet; after a failure it is asked again, but not at every request.
func (p *provider) reach(ctx context.Context) (*oidc.Provider, error) {
	if !p.on() {
		return nil, kernel.Faultf(kernel.ErrNotFound, "access.oidc_off")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil || p.failure != nil && p.now().Sub(p.triedAt) < retryAfter {
		return p.found, p.failure
	}
	p.triedAt = p.now()
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.Issuer)
	if err != nil {
		p.Log.Warn("the identity provider is not reached; signing in by password works, and it is asked again", "issuer", p.Issuer, "error", plainly(err))
		p.failure = kernel.Faultf(kernel.ErrUnavailable, "access.oidc_unreachable")
		return nil, p.failure
	}
	p.found, p.failure = found, nil
	return found, nil
}

// plainly is what may be logged of a failure: an answer of the token endpoint
// may hold a token, so only its code is kept; other texts are cut.
func plainly(err error) string {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return fmt.Sprintf("the token endpoint answered %d %q", refused.Response.StatusCode, shorten(refused.ErrorCode, 60))
	}
	return shorten(err.Error(), 300)
}

// exchange is the OAuth 2 client towards found.
func (p *provider) exchange(found *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: found.Endpoint(),
		RedirectURL: p.BaseURL + callbackPath, Scopes: strings.Fields(p.Scopes)}
}

// proven is what the provider said about who signed in.
type proven struct {
	Issuer, Subject string
	Login           string // "" when it names none, or none that is verified
	Strong          bool   // two factors, in a way the configuration trusts
}

// prove redeems code and checks the ID token that comes with it: signature,
// issuer, audience, time, nonce.
func (p *provider) prove(ctx context.Context, code, secret string) (who proven, err error) {
	found, err := p.reach(ctx)
	if err != nil {
		return who, err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), 2*providerTime)
	defer cancel()
	token, err := p.exchange(found).Exchange(ctx, code, oauth2.VerifierOption(pkceOf(secret)))
	if err != nil {
		return who, err
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return who, errors.New("the token endpoint gave no id_token")
	}
	id, err := found.Verifier(&oidc.Config{ClientID: p.ClientID, SupportedSigningAlgs: algorithms(), Now: p.now}).Verify(ctx, raw)
	if err != nil {
		return who, err
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return who, err
	}
	party, _ := claims["azp"].(string)
	switch {
	case id.Nonce == "" || id.Nonce != nonceOf(secret):
		return who, errors.New("the id_token was made for another sign-in: its nonce is not ours")
	case id.Subject == "" || len(id.Subject) > 255:
		return who, errors.New("the id_token names no subject")
	case len(id.Audience) > 1 && party != p.ClientID, party != "" && party != p.ClientID:
		return who, errors.New("the id_token was made for another client")
	}
	return proven{Issuer: id.Issuer, Subject: id.Subject, Login: p.loginOf(claims), Strong: p.strong(claims)}, nil
}

// loginOf is the login claims name; an e-mail address counts when it is verified.
func (p *provider) loginOf(claims map[string]any) string {
	if verified, _ := claims["email_verified"].(bool); p.LoginClaim == "email" && !verified {
		return ""
	}
	login, _ := claims[p.LoginClaim].(string)
	return strings.ToLower(strings.TrimSpace(login))
}

// strong reports whether amr or acr hold a value the configuration trusts.
func (p *provider) strong(claims map[string]any) bool {
	var said []string
	if acr, ok := claims["acr"].(string); ok {
		said = append(said, acr)
	}
	amr, _ := claims["amr"].([]any)
	for _, v := range amr {
		if s, ok := v.(string); ok {
			said = append(said, s)
		}
	}
	return slices.ContainsFunc(strings.Split(p.Factors, ","), func(f string) bool {
		f = strings.TrimSpace(f)
		return f != "" && slices.Contains(said, f)
	})
}

// What belongs to one sign-in is made from the secret in the browser's cookie,
// so that nothing of it lies in the database and nothing is shared by two.
func nonceOf(secret string) string { return digest("nonce." + secret) }
func pkceOf(secret string) string  { return digest("pkce." + secret) }

// safeNext is next when it is a path of our own pages, "/" otherwise.
func safeNext(next string) string {
	outside := !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.HasPrefix(next, "/\\")
	inside := strings.HasPrefix(next, "/api/") || strings.HasPrefix(next, "/sign-in")
	odd := strings.ContainsFunc(next, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' })
	if outside || inside || odd || len(next) > 500 {
		return "/"
	}
	return next
}
