package httpapi

import (
	"net/http"
	"strings"

	"sente/internal/kernel"
)

// policy is the content security policy of every answer. antd writes its styles
// into the page as it runs, so styles may be inline; scripts may not.
const policy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
	"font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"

// crossOrigin refuses writes from other origins' pages, by Sec-Fetch-Site or Origin.
func crossOrigin(origins []string) *http.CrossOriginProtection {
	c := http.NewCrossOriginProtection()
	for _, o := range origins {
		if err := c.AddTrustedOrigin(o); err != nil {
			panic("httpapi.NewDoor: Config.Origins: " + err.Error())
		}
	}
	return c
}

// protect sets the headers that keep a browser careful and refuses what another
// site's page sends.
func (d *Door) protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := callOf(r.Context())
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Vary", "Accept-Language, Accept-Encoding, Cookie, Authorization")
		if c.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if err := d.cross.Check(r); err != nil {
			d.refuse(w, r, kernel.Faultf(kernel.ErrDenied, "httpapi.cross_origin"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// unknown answers what no route of the API matches: 405 when another method
// would, else 404.
func (d *Door) unknown(w http.ResponseWriter, r *http.Request) {
	var allow []string
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		probe := &http.Request{Method: method, URL: r.URL, Host: r.Host}
		if _, pattern := d.mux.Handler(probe); strings.HasPrefix(pattern, method+" ") {
			allow = append(allow, method)
		}
	}
	if len(allow) == 0 {
		d.refuse(w, r, kernel.Faultf(kernel.ErrNotFound, "httpapi.no_route"))
		return
	}
	w.Header().Set("Allow", strings.Join(allow, ", "))
	d.refuse(w, r, kernel.Faultf(errMethod, "httpapi.no_method", r.Method, strings.Join(allow, ", ")))
}
