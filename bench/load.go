package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"sente/internal/kernel"
)

// request is what one client sends, as bytes, and the status it expects.
type request struct {
	raw  []byte
	want int
}

// next makes request n of a client, counted from 0.
type next func(client, n int) request

// header is one line of a request's head.
type header struct{ name, value string }

// newRequest writes a request down; body may be nil.
func newRequest(method, path string, want int, body []byte, headers ...header) request {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n", method, path)
	for _, h := range headers {
		fmt.Fprintf(&b, "%s: %s\r\n", h.name, h.value)
	}
	if body != nil {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n")
	b.Write(body)
	return request{b.Bytes(), want}
}

// client is one keep-alive connection. It does little besides the system calls,
// so that on a small machine the generator leaves the processor to the server.
type client struct {
	conn net.Conn
	in   *bufio.Reader
	body []byte
}

func dial(address string) (*client, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}, nil
}

func (c *client) close() { _ = c.conn.Close() } // nothing is in flight

// do sends r and returns the body, which the next call overwrites.
func (c *client) do(r request) ([]byte, error) {
	if err := c.conn.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		return nil, err
	}
	if _, err := c.conn.Write(r.raw); err != nil {
		return nil, err
	}
	status, length, err := c.head()
	if err != nil {
		return nil, err
	}
	if err := c.read(length); err != nil {
		return nil, err
	}
	if status != r.want {
		line, _, _ := strings.Cut(string(r.raw), "\r")
		return nil, &statusError{line, status, r.want, string(c.body[:min(len(c.body), 300)])}
	}
	return c.body, nil
}

// statusError is an answer with another status than was expected.
type statusError struct {
	request   string
	got, want int
	body      string
}

// Error says what was answered to what.
func (e *statusError) Error() string {
	return fmt.Sprintf("%s: status %d, want %d: %s", e.request, e.got, e.want, e.body)
}

// head reads status line and headers; length is -1 for a chunked body.
func (c *client) head() (status, length int, err error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil || len(line) < 12 {
		return 0, 0, errors.Join(err, fmt.Errorf("a status line %q", line))
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, 0, err
	}
	for {
		if line, err = c.in.ReadSlice('\n'); err != nil {
			return 0, 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return status, length, nil
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, 0, err
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			length = -1
		}
	}
}

// read reads a body of length bytes, or a chunked one, into c.body.
func (c *client) read(length int) error {
	c.body = c.body[:0]
	if length >= 0 {
		return c.more(length)
	}
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
		if err != nil {
			return err
		}
		if err := c.more(int(n)); err != nil {
			return err
		}
		if _, err := c.in.Discard(2); err != nil || n == 0 {
			return err
		}
	}
}

func (c *client) more(n int) error {
	at := len(c.body)
	if need := at + n; cap(c.body) < need {
		c.body = append(make([]byte, 0, 2*need), c.body...)
	}
	c.body = c.body[:at+n]
	_, err := io.ReadFull(c.in, c.body[at:])
	return err
}

// blast lets clients send requests one after the other for a while and times
// every answer.
func blast(ctx context.Context, s *server, clients int, lasts time.Duration, of next) (_ run, err error) {
	defer kernel.Wrap(&err, "%s, %d clients", s.name, clients)
	times := make([][]time.Duration, clients)
	errs := make([]error, clients)
	size := 0
	before, err := s.cpu()
	if err != nil {
		return run{}, err
	}
	began := time.Now()
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			c, err := dial(s.address)
			if err != nil {
				errs[i] = err
				return
			}
			defer c.close()
			for n := 0; time.Since(began) < lasts && ctx.Err() == nil; n++ {
				r := of(i, n)
				at := time.Now()
				body, err := c.do(r)
				if err != nil {
					errs[i] = err
					return
				}
				times[i] = append(times[i], time.Since(at))
				if i == 0 {
					size = max(size, len(body))
				}
			}
		})
	}
	all.Wait()
	wall := time.Since(began)
	after, err := s.cpu()
	if err := errors.Join(errors.Join(errs...), err, ctx.Err()); err != nil {
		return run{}, err
	}
	var took []time.Duration
	for _, t := range times {
		took = append(took, t...)
	}
	return runOf(took, wall, after-before, size), nil
}

// ask is the unhurried way to call an API, for setting up: in and out are JSON.
func ask(ctx context.Context, method, url string, in []byte, headers ...header) (body []byte, got http.Header, err error) {
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(in))
	if err != nil {
		return nil, nil, err
	}
	if len(in) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		r.Header.Set(h.name, h.value)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, a.Body.Close()) }()
	if body, err = io.ReadAll(a.Body); err != nil {
		return nil, nil, err
	}
	if a.StatusCode >= 300 {
		return nil, nil, fmt.Errorf("%s %s: %s: %.500s", method, url, a.Status, body)
	}
	return body, a.Header, nil
}
