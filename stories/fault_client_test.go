package stories

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strconv"
	"testing"
	"time"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/httpapi/apitest"
)

// times is how often something is done: the variable's value in the long run,
// else the number that fits into every run of the tests.
func times(t testing.TB, variable string, short int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return short
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q, not a number of times", variable, text)
	}
	return n
}

// repeated does, as often as variable says, what every run of the tests does once.
func repeated(t *testing.T, variable string, once func(t *testing.T)) {
	t.Parallel()
	for n := range times(t, variable, 1) {
		t.Run(strconv.Itoa(n+1), once)
	}
}

// caller is a client that lives with failures: it tells them instead of ending
// the test, so that it can be used by many at once while the server dies.
type caller struct {
	base func() string // "http://127.0.0.1:…", wherever the server listens now
	http *http.Client
}

// said is what a caller was told; err is set when it was told nothing, or not
// to the end.
type said struct {
	status int
	header http.Header
	body   []byte
	err    error
}

// newCaller returns a client with an empty cookie jar.
func newCaller(base func() string) *caller {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // never: there are no options
	}
	// Connections are not kept over a restart: to tell a dead one costs a request.
	return &caller{base: base, http: &http.Client{Jar: jar, Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 1}}}
}

// caller returns one of login, signed in.
func (h *house) caller(login string) *caller {
	h.Helper()
	c := newCaller(func() string { return h.server.URL })
	c.signIn(h.T, login)
	return c
}

// signIn signs in as login, and again when it is asked to come back later.
func (c *caller) signIn(t testing.TB, login string) {
	t.Helper()
	s := c.do("POST", "/session", apitest.Object{"login": login, "password": password})
	for range 20 {
		if s.status != 503 || s.code() != "access.busy" {
			break
		}
		s = c.do("POST", "/session", apitest.Object{"login": login, "password": password})
	}
	if s.status != 200 {
		t.Fatalf("signing in as %s: %v", login, s)
	}
}

// do sends body as JSON with headers given as name, value, …
func (c *caller) do(method, path string, body any, headers ...string) said {
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return said{err: err}
		}
		headers = append(headers, "Content-Type", "application/json")
	}
	return c.send(method, path, bytes.NewReader(raw), headers...)
}

// upload sends a file with text parts before it.
func (c *caller) upload(path, name string, content []byte, parts ...string) said {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(parts); i += 2 {
		_ = w.WriteField(parts[i], parts[i+1]) // a buffer takes everything
	}
	f, _ := w.CreateFormFile("file", name)
	_, _ = f.Write(content)
	_ = w.Close()
	return c.send("POST", path, &body, "Content-Type", w.FormDataContentType())
}

func (c *caller) send(method, path string, body io.Reader, headers ...string) said {
	req, err := http.NewRequest(method, c.base()+httpapi.Prefix+path, body)
	if err != nil {
		return said{err: err}
	}
	req.Header.Set("Accept-Language", "zh")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.http.Do(req)
	if err != nil {
		return said{err: err}
	}
	defer res.Body.Close()
	s := said{status: res.StatusCode, header: res.Header}
	s.body, s.err = io.ReadAll(res.Body)
	return s
}

// String is what a failed test shows.
func (s said) String() string { return fmt.Sprintf("%d %v %.600s", s.status, s.err, s.body) }

// ok reports whether the request was carried out and acknowledged.
func (s said) ok() bool { return s.err == nil && s.status >= 200 && s.status < 300 }

// into decodes the body.
func (s said) into(v any) error {
	if s.err != nil {
		return s.err
	}
	return json.Unmarshal(s.body, v)
}

// code is the code of a refusal, "" for everything else.
func (s said) code() string {
	var p httpapi.Problem
	if s.err != nil || json.Unmarshal(s.body, &p) != nil {
		return ""
	}
	return p.Code
}

// words is the code and the text of a refusal, as a person reads it.
func (s said) words() string {
	var p httpapi.Problem
	if err := s.into(&p); err != nil {
		return s.String()
	}
	return fmt.Sprintf("%d %s %s", s.status, p.Code, p.Detail)
}

// lead is a project as it is opened with the least that is asked for.
func lead(name string) apitest.Object {
	return apitest.Object{"name": name, "source": "演示推介会", "finder": "演示专员甲", "found_on": "2026-01-05"}
}

// yuan is an amount in the API.
func yuan(minor int64) apitest.Object { return apitest.Object{"minor": minor, "currency": "CNY"} }

// opened is what the faults read of a project.
type opened struct {
	ID      string `json:"id"`
	Code    string `json:"code"`
	Name    string `json:"name"`
	Summary string `json:"summary"`
	Stage   string `json:"stage"`
	Version int64  `json:"version"`
	Total   struct {
		Minor    int64  `json:"minor"`
		Currency string `json:"currency"`
	} `json:"total_investment"`
}

// tag is the project's version as If-Match names it.
func (o opened) tag() string { return httpapi.ETag(o.Version) }

// pause is between two looks at something that is being done.
func pause() { time.Sleep(20 * time.Millisecond) }
