// Package oidctest is a small OpenID Connect provider for tests: discovery,
// keys, authorization code with PKCE, signed ID tokens; and every lie a test
// wants told.
package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// The one client the provider knows.
const (
	ClientID     = "sente"
	ClientSecret = "client-secret-of-the-test"
)

// Provider answers on loopback. Its fields may be changed between requests.
type Provider struct {
	URL string

	mu      sync.Mutex
	now     func() time.Time
	rsa     *rsa.PrivateKey
	ec      *ecdsa.PrivateKey
	user    map[string]any           // claims of who is signed in at the provider
	alg     string                   // RS256, ES256, none, HS256
	alter   func(map[string]any)     // the lie
	codes   map[string]authorization // not yet redeemed
	secrets []string                 // codes and tokens given out
	down    bool
}

type authorization struct{ nonce, challenge, redirect string }

// Start runs a provider until t ends; now tells the time in its tokens.
func Start(t *testing.T, now func() time.Time) *Provider {
	t.Helper()
	p := &Provider{now: now, alg: "RS256", codes: map[string]authorization{}}
	var err error
	if p.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	if p.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.down {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

// SignIn makes claims those of who is signed in; sub names the subject.
func (p *Provider) SignIn(sub string, more map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.user = map[string]any{"sub": sub}
	maps.Copy(p.user, more)
}

// Lie signs with alg from now on and changes claims by alter, which may be nil.
func (p *Provider) Lie(alg string, alter func(claims map[string]any)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.alg, p.alter = alg, alter
}

// Down makes the provider answer nothing, or answer again.
func (p *Provider) Down(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

// Secrets are the codes and tokens given out so far.
func (p *Provider) Secrets() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{ClientSecret}, p.secrets...)
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	answer(w, 200, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
		"jwks_uri": p.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256", "ES256", "none", "HS256"}})
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	point, err := p.ec.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	answer(w, 200, map[string]any{"keys": []map[string]any{
		{"kty": "RSA", "kid": "rsa", "use": "sig", "alg": "RS256", "n": text(p.rsa.N.Bytes()), "e": text(big.NewInt(int64(p.rsa.E)).Bytes())},
		{"kty": "EC", "kid": "ec", "use": "sig", "alg": "ES256", "crv": "P-256", "x": text(point[1:33]), "y": text(point[33:])},
	}})
}

// authorize lets in who is signed in, without a page; nobody is denied.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back := url.Values{"state": {q.Get("state")}}
	switch {
	case q.Get("client_id") != ClientID, q.Get("response_type") != "code", q.Get("code_challenge_method") != "S256", q.Get("nonce") == "":
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	case p.user == nil:
		back.Set("error", "access_denied")
	default:
		code := p.secret()
		p.codes[code] = authorization{q.Get("nonce"), q.Get("code_challenge"), q.Get("redirect_uri")}
		back.Set("code", code)
		back.Set("iss", p.URL)
		back.Set("session_state", "as some providers add")
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

// token redeems a code once, for the client that asked, with its verifier.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	code := r.PostFormValue("code")
	a, ok := p.codes[code]
	delete(p.codes, code)
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if id != ClientID || secret != ClientSecret || !ok || text(sum[:]) != a.challenge || r.PostFormValue("redirect_uri") != a.redirect {
		answer(w, 400, map[string]any{"error": "invalid_grant"})
		return
	}
	now := p.now()
	claims := map[string]any{"iss": p.URL, "aud": ClientID, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "nonce": a.nonce}
	maps.Copy(claims, p.user)
	if p.alter != nil {
		p.alter(claims)
	}
	signed := p.sign(claims)
	p.secrets = append(p.secrets, signed)
	answer(w, 200, map[string]any{"access_token": p.secret(), "token_type": "Bearer", "expires_in": 300, "id_token": signed})
}

func (p *Provider) secret() string {
	b := make([]byte, 24)
	_, _ = rand.Read(b)
	s := hex.EncodeToString(b)
	p.secrets = append(p.secrets, s)
	return s
}

func (p *Provider) sign(claims map[string]any) string {
	kid := map[string]string{"RS256": "rsa", "ES256": "ec"}[p.alg]
	head, _ := json.Marshal(map[string]string{"alg": p.alg, "kid": kid, "typ": "JWT"})
	body, _ := json.Marshal(claims)
	signed := text(head) + "." + text(body)
	sum := sha256.Sum256([]byte(signed))
	var sig []byte
	switch p.alg {
	case "RS256":
		sig, _ = rsa.SignPKCS1v15(rand.Reader, p.rsa, crypto.SHA256, sum[:])
	case "ES256":
		r, s, _ := ecdsa.Sign(rand.Reader, p.ec, sum[:])
		sig = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	}
	return signed + "." + text(sig)
}

func text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
