package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// What a caller sends back as a cursor is a page of exactly the list it was made
// for, or it is refused.
func FuzzDecodeCursor(f *testing.F) {
	made, err := EncodeCursor(map[string]any{"n": 7, "id": "x"}, "sort", "stage")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{made, made[1:], "", "e30", "bnVsbA", "{}", "////", "eyJmb3IiOiJ4IiwiYWZ0ZXIiOm51bGx9"} {
		f.Add(seed, "sort", "stage")
		f.Add(seed, "sort", "")
	}
	f.Fuzz(func(t *testing.T, text, a, b string) {
		var at struct {
			N  int64  `json:"n"`
			ID string `json:"id"`
		}
		more, err := DecodeCursor(text, &at, a, b)
		if err != nil && more || text == "" && (more || err != nil) {
			t.Fatalf("%q: %v, %v", text, more, err)
		}
		if more {
			if _, err := DecodeCursor(text, &at, a, b, "another filter"); err == nil {
				t.Fatalf("%q is a page of two lists", text)
			}
		}
		again, err := EncodeCursor(at, a, b)
		if err != nil {
			t.Fatal(err)
		}
		back := at
		if more, err := DecodeCursor(again, &back, a, b); !more || err != nil || back != at {
			t.Fatalf("%+v became %+v, %v", at, back, err)
		}
	})
}

// What is let through is JSON that means one thing: encoding/json reads it, and
// reads it again from what it wrote.
func FuzzReadJSON(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1,"a":2}`, `[[[1]]]`, `{"a":"\ud800"}`, `"\ufffd"`, "\xff", `1e999`, `{"a":{"b":null}} x`, `-0`, "{\"\u202e\":1}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var v any
		if readJSON(raw, &v) != nil {
			return
		}
		if !json.Valid(raw) {
			t.Fatalf("%q is let through and is not JSON", raw)
		}
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var again any
		if err := readJSON(text, &again); err != nil {
			t.Fatalf("%q became %q: %v", raw, text, err)
		}
	})
}

func FuzzMatchVersion(f *testing.F) {
	for _, seed := range []string{`"3"`, `W/"3"`, `"03"`, `"-1"`, `"1", "2"`, `*`, ``, `"9223372036854775807"`, `"9223372036854775808"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		v, err := matchVersion(header)
		if err == nil && (v < 1 || header != ETag(v) && header != "W/"+ETag(v)) {
			t.Fatalf("%q is version %d", header, v)
		}
	})
}

func FuzzParseHop(f *testing.F) {
	for _, seed := range []string{"192.0.2.1:4711", "[2001:db8::1]:4711", "[2001:db8::1]", "::ffff:192.0.2.1", "fe80::1%eth0", "unknown", "[", "]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, hop string) {
		a, ok := parseHop(hop)
		if ok != a.IsValid() || a.Is4In6() {
			t.Fatalf("%q: %v, %v", hop, a, ok)
		}
	})
}

// A repeated upload is known by its parts: the same bytes under another boundary
// are the same request, and the body is read again as it came.
func FuzzHashUpload(f *testing.F) {
	const part = "Content-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\na,b\r\n"
	f.Add("--x\r\n"+part+"--x--\r\n", "multipart/form-data; boundary=x")
	f.Add("--x\r\n"+part+"--x\r\n"+part+"--x--", `multipart/form-data; boundary="x"`)
	f.Add("--x\r\n"+part, "multipart/form-data; boundary=x")
	f.Add("", "multipart/form-data")
	f.Add("x", "text/plain;;")
	f.Fuzz(func(t *testing.T, body, kind string) {
		hash := func() (string, error) {
			r := &http.Request{Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(strings.NewReader(body))}
			sum := sha256.New()
			if err := hashUpload(r, sum); err != nil {
				return "", err
			}
			again, err := io.ReadAll(r.Body)
			if err := errors.Join(err, r.Body.Close()); err != nil || string(again) != body {
				t.Fatalf("%q is read again as %q: %v", body, again, err)
			}
			return hex.EncodeToString(sum.Sum(nil)), nil
		}
		first, err := hash()
		again, errAgain := hash()
		if first != again || (err == nil) != (errAgain == nil) {
			t.Fatalf("%q, %v, then %q, %v", first, err, again, errAgain)
		}
	})
}
