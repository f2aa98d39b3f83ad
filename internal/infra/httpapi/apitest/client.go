package apitest

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"sente/internal/infra/httpapi"
)

// Object is a JSON object.
type Object = map[string]any

// Server is a door that listens.
type Server struct {
	URL string // "http://127.0.0.1:…"
	t   testing.TB
}

// Start serves h on a free port of this machine until t ends.
func Start(t testing.TB, h http.Handler) *Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return &Server{URL: s.URL, t: t}
}

// As returns a client with an empty cookie jar that asks for lang.
func (s *Server) As(lang string) *Client {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{t: s.t, url: s.URL, http: &http.Client{Jar: jar, CheckRedirect: stay}, header: http.Header{"Accept-Language": {lang}}}
}

// Client is one person or program.
type Client struct {
	t      testing.TB
	url    string
	http   *http.Client
	header http.Header
}

// In returns a client with the same cookies whose steps report to t, for subtests.
func (c *Client) In(t testing.TB) *Client {
	return &Client{t: t, url: c.url, http: c.http, header: c.header}
}

// With returns a client with the same cookies that also sends the header.
func (c *Client) With(name, value string) *Client {
	h := c.header.Clone()
	h.Set(name, value)
	return &Client{t: c.t, url: c.url, http: c.http, header: h}
}

// Token returns a client that sends an access token.
func (c *Client) Token(token string) *Client { return c.With("Authorization", "Bearer "+token) }

// IfMatch returns a client whose next changes are based on etag.
func (c *Client) IfMatch(etag string) *Client { return c.With("If-Match", etag) }

// Key returns a client that sends an Idempotency-Key.
func (c *Client) Key(key string) *Client { return c.With("Idempotency-Key", key) }

// Get reads path, which is below the API's prefix.
func (c *Client) Get(path string) *Reply { c.t.Helper(); return c.Do("GET", path, nil) }

// Post posts body as JSON; nil is an empty body.
func (c *Client) Post(path string, body any) *Reply { c.t.Helper(); return c.Do("POST", path, body) }

// Put puts body as JSON.
func (c *Client) Put(path string, body any) *Reply { c.t.Helper(); return c.Do("PUT", path, body) }

// Patch patches with body as JSON.
func (c *Client) Patch(path string, body any) *Reply { c.t.Helper(); return c.Do("PATCH", path, body) }

// Delete deletes path.
func (c *Client) Delete(path string) *Reply { c.t.Helper(); return c.Do("DELETE", path, nil) }

// Do sends one request below the API's prefix. A body that is a string or bytes
// is sent as it is, anything else as JSON.
func (c *Client) Do(method, path string, body any) *Reply {
	c.t.Helper()
	return c.Root(method, httpapi.Prefix+path, body)
}

// Root is Do for a path from the server's root, such as /healthz.
func (c *Client) Root(method, path string, body any) *Reply {
	c.t.Helper()
	raw, kind := c.encode(body)
	return c.send(method, path, kind, bytes.NewReader(raw))
}

func (c *Client) encode(body any) ([]byte, string) {
	c.t.Helper()
	switch b := body.(type) {
	case nil:
		return nil, ""
	case string:
		return []byte(b), "application/json"
	case []byte:
		return b, "application/json"
	}
	raw, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	return raw, "application/json"
}

func (c *Client) send(method, path, kind string, body io.Reader) *Reply {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	maps.Copy(req.Header, c.header)
	if kind != "" && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := c.http.Do(req)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return &Reply{t: c.t, what: method + " " + path, Response: res, Body: raw, Err: err}
}

// Upload posts a file with text parts before it, in the order of their names.
func (c *Client) Upload(path string, form map[string]string, name string, content []byte) *Reply {
	c.t.Helper()
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	for _, k := range slices.Sorted(maps.Keys(form)) {
		c.must(parts.WriteField(k, form[k]))
	}
	file, err := parts.CreateFormFile("file", name)
	c.must(err)
	_, err = file.Write(content)
	c.must(err)
	c.must(parts.Close())
	return c.send("POST", httpapi.Prefix+path, parts.FormDataContentType(), &body)
}

func (c *Client) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// CSV downloads path and returns its rows; it fails unless the file begins with a
// byte order mark.
func (c *Client) CSV(path string) [][]string {
	c.t.Helper()
	r := c.Get(path).Status(http.StatusOK)
	text, marked := strings.CutPrefix(string(r.Body), "\uFEFF")
	if !marked {
		c.t.Fatalf("%s: no byte order mark", r.what)
	}
	in := csv.NewReader(strings.NewReader(text))
	in.FieldsPerRecord = -1
	rows, err := in.ReadAll()
	c.must(err)
	return rows
}

// XLSX downloads path and returns the rows of its first sheet as shown.
func (c *Client) XLSX(path string) [][]string {
	c.t.Helper()
	r := c.Get(path).Status(http.StatusOK)
	f, err := excelize.OpenReader(bytes.NewReader(r.Body), excelize.Options{UnzipSizeLimit: 256 << 20})
	c.must(err)
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	c.must(err)
	return rows
}

// Stream gets path and returns the answer while it is still being written; the
// caller closes it.
func (c *Client) Stream(path string) *http.Response {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.url+httpapi.Prefix+path, http.NoBody)
	c.must(err)
	maps.Copy(req.Header, c.header)
	res, err := c.http.Do(req)
	c.must(err)
	return res
}

// Event is one server-sent event.
type Event struct {
	Name string
	Data string
}

// Events reads a stream of server-sent events to its end.
func (c *Client) Events(path string) []Event {
	c.t.Helper()
	var out []Event
	for _, block := range strings.Split(string(c.Get(path).Status(http.StatusOK).Body), "\n\n") {
		var e Event
		for _, line := range strings.Split(block, "\n") {
			if v, ok := strings.CutPrefix(line, "event: "); ok {
				e.Name = v
			}
			if v, ok := strings.CutPrefix(line, "data: "); ok {
				e.Data = v
			}
		}
		if e != (Event{}) {
			out = append(out, e)
		}
	}
	return out
}
