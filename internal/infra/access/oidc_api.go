package access

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"sente/internal/infra/httpapi"
	"sente/internal/kernel"
)

// Names of the cookie a browser holds while it is at the identity provider.
const (
	flowCookie       = "sente_oidc"
	secureFlowCookie = "__Host-sente_oidc"
)

func flowCookieName(secure bool) string {
	if secure {
		return secureFlowCookie
	}
	return flowCookie
}

// setFlowCookie is the Set-Cookie header for token; "" ends the cookie. It is
// Lax: the provider sends the browser back from another site.
func setFlowCookie(ctx context.Context, token string) string {
	secure := httpapi.CallerOf(ctx).Secure
	c := http.Cookie{Name: flowCookieName(secure), Value: token, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode, MaxAge: int(flowTime.Seconds())}
	if token == "" {
		c.MaxAge = -1
	}
	return c.String()
}

func (d *Desk) oidcRoutes(door *httpapi.Door) {
	const tag, public, grant = "session", httpapi.Public, "account.grant"
	httpapi.Handle(door, httpapi.Route{Method: "GET", Path: "/session/provider", Perm: public, Tag: tag, Title: "access.route_provider"}, d.getProvider)
	httpapi.Handle(door, httpapi.Route{Method: "GET", Path: "/session/oidc", Perm: public, Status: 303, Tag: tag, Title: "access.route_oidc", Cost: signInCost}, d.getDepart)
	httpapi.Handle(door, httpapi.Route{Method: "GET", Path: "/session/oidc/callback", Perm: public, Status: 303, Foreign: true, Tag: tag, Title: "access.route_oidc_back", Cost: signInCost}, d.getReturn)
	httpapi.Handle(door, httpapi.Route{Method: "POST", Path: "/session/oidc", Perm: public, Tag: tag, Title: "access.route_oidc_code", Secret: true, Cost: signInCost}, d.postFinish)
	httpapi.Handle(door, httpapi.Route{Method: "POST", Path: "/accounts/{id}/identity", Perm: grant, Tag: "account", Title: "access.route_identity_allow"}, d.postIdentity)
	httpapi.Handle(door, httpapi.Route{Method: "DELETE", Path: "/accounts/{id}/identity", Perm: grant, Tag: "account", Title: "access.route_identity_drop"}, d.deleteIdentity)
}

// ProviderBody is the identity provider as the sign-in page shows it.
type ProviderBody struct {
	On     bool   `json:"on" doc:"Whether one may sign in by an identity provider"`
	Ready  bool   `json:"ready" doc:"Whether it is reached now"`
	Name   string `json:"name"`
	NameEn string `json:"name_en"`
}

type providerOut struct{ Body ProviderBody }

func (d *Desk) getProvider(ctx context.Context, _ *struct{}) (*providerOut, error) {
	s, on := d.Provider(ctx)
	return &providerOut{Body: ProviderBody{On: on, Ready: s.Ready, Name: s.Name, NameEn: s.NameEn}}, nil
}

type redirectOut struct {
	Location  string   `header:"Location"`
	SetCookie []string `header:"Set-Cookie"`
}

// flowBrowser is embedded to know the cookie of a sign-in under way as well.
type flowBrowser struct {
	Browser
	flow string
}

// Resolve reads the headers once huma has read the parameters.
func (b *flowBrowser) Resolve(ctx huma.Context) []error {
	cookies, _ := http.ParseCookie(ctx.Header("Cookie"))
	for _, c := range cookies {
		if c.Name == flowCookieName(httpapi.CallerOf(ctx.Context()).Secure) {
			b.flow = c.Value
		}
	}
	return b.Browser.Resolve(ctx)
}

type departIn struct {
	Next string `query:"next" maxLength:"1000" doc:"Own path to go on to"`
	Zone string `query:"zone" maxLength:"64" doc:"Needed only where there are several"`
}

// getDepart answers browsers, not programs: what goes wrong is told by the
// sign-in page.
func (d *Desk) getDepart(ctx context.Context, in *departIn) (*redirectOut, error) {
	address, cookie, err := d.Depart(ctx, in.Zone, in.Next)
	if err != nil {
		return refusedPage(err, in.Next, nil)
	}
	return &redirectOut{Location: address, SetCookie: []string{setFlowCookie(ctx, cookie)}}, nil
}

type returnIn struct {
	flowBrowser
	State string `query:"state" maxLength:"200"`
	Code  string `query:"code" maxLength:"4000"`
	Iss   string `query:"iss" maxLength:"1000" doc:"RFC 9207"`
	Error string `query:"error" maxLength:"200"`
}

func (d *Desk) getReturn(ctx context.Context, in *returnIn) (*redirectOut, error) {
	s, next, err := d.Return(ctx, Returned{Cookie: in.flow, State: in.State, Code: in.Code, Issuer: in.Iss, Refusal: in.Error, Agent: in.agent, Old: in.token})
	var f *kernel.Fault
	if errors.As(err, &f) && f.Word == errTOTPNeeded {
		return &redirectOut{Location: "/sign-in?" + url.Values{"by": {"oidc"}, "next": {next}}.Encode()}, nil
	}
	if errors.As(err, &f) && f.Word == errFlowVoid {
		return refusedPage(err, next, nil) // whoever sent the browser here ends no sign-in under way
	}
	if err != nil {
		return refusedPage(err, next, []string{setFlowCookie(ctx, "")})
	}
	return &redirectOut{Location: next, SetCookie: []string{setFlowCookie(ctx, ""), setCookie(ctx, s.Token)}}, nil
}

// refusedPage leads to the sign-in page, which says in words why nobody was let
// in. What nobody there could do anything about is a failure as any other.
func refusedPage(err error, next string, cookies []string) (*redirectOut, error) {
	var f *kernel.Fault
	if !errors.As(err, &f) {
		return nil, err
	}
	why := strings.TrimPrefix(f.Word, "access.")
	return &redirectOut{Location: "/sign-in?" + url.Values{"refused": {why}, "next": {safeNext(next)}}.Encode(), SetCookie: cookies}, nil
}

type finishIn struct {
	flowBrowser
	Body struct {
		TOTP string `json:"totp" maxLength:"20" doc:"Six digits"`
	}
}

type finishOut struct {
	SetCookie []string `header:"Set-Cookie"`
	Body      SessionBody
}

func (d *Desk) postFinish(ctx context.Context, in *finishIn) (*finishOut, error) {
	s, err := d.Finish(ctx, in.flow, in.Body.TOTP, in.agent, in.token)
	if err != nil {
		return nil, err
	}
	out, err := d.begun(ctx, s.Token)
	if err != nil {
		return nil, err
	}
	return &finishOut{SetCookie: []string{setFlowCookie(ctx, ""), out.SetCookie}, Body: out.Body}, nil
}

func (d *Desk) postIdentity(ctx context.Context, in *reasonIn) (*accountOut, error) {
	if err := d.AllowLink(ctx, in.ID, in.reason()); err != nil {
		return nil, err
	}
	return d.getAccount(ctx, &idIn{ID: in.ID})
}

func (d *Desk) deleteIdentity(ctx context.Context, in *reasonIn) (*accountOut, error) {
	if err := d.Unlink(ctx, in.ID, in.reason()); err != nil {
		return nil, err
	}
	return d.getAccount(ctx, &idIn{ID: in.ID})
}
