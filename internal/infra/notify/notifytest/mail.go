package notifytest

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"
)

// Letter is an e-mail that has arrived.
type Letter struct {
	From, To string // of the envelope
	Header   mail.Header
	Subject  string
	Text     string
	HTML     string
	TLS      bool
	User     string // who signed in
}

// Mail is a mail server on loopback. Its fields are set before the first letter.
type Mail struct {
	Addr     string // host:port
	CA       string // certificate it shows, PEM
	Implicit bool   // TLS from the first byte
	User     string // with Pass: signing in is demanded
	Pass     string

	t       testing.TB
	mu      sync.Mutex
	hang    string            // command it never answers; "greeting" before the first
	refuse  map[string]string // mailbox → answer
	letters []Letter
	open    []net.Conn
	dialled int
	config  *tls.Config
}

// StartMail runs a mail server until t ends.
func StartMail(t testing.TB) *Mail { return start(t, &Mail{}) }

// StartSecureMail runs a mail server that demands the password of user; implicit
// says that it speaks TLS from the first byte, else it offers STARTTLS.
func StartSecureMail(t testing.TB, implicit bool, user, pass string) *Mail {
	return start(t, &Mail{Implicit: implicit, User: user, Pass: pass})
}

func start(t testing.TB, m *Mail) *Mail {
	t.Helper()
	m.t, m.refuse = t, map[string]string{}
	m.certify()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.Addr = l.Addr().String()
	t.Cleanup(func() {
		_ = l.Close()
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, c := range m.open {
			_ = c.Close()
		}
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			m.mu.Lock()
			m.open, m.dialled = append(m.open, c), m.dialled+1
			m.mu.Unlock()
			go m.serve(c)
		}
	}()
	return m
}

// certify makes a certificate for 127.0.0.1.
func (m *Mail) certify() {
	m.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		m.t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		m.t.Fatal(err)
	}
	m.CA = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	m.config = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
}

// Hang lets the server never answer command ("greeting", "EHLO", "DATA", "." the
// end of a letter); "" answers again.
func (m *Mail) Hang(command string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hang = command
}

// Refuse lets the server give answer to letters to mailbox; "" takes them again.
func (m *Mail) Refuse(mailbox, answer string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse[mailbox] = answer
}

// Letters returns what has arrived, in order.
func (m *Mail) Letters() []Letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Letter{}, m.letters...)
}

// Dialled is how many connections there have been.
func (m *Mail) Dialled() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dialled
}

// session is one connection.
type session struct {
	*Mail
	conn   net.Conn
	in     *bufio.Reader
	secure bool
	letter Letter
}

func (m *Mail) serve(c net.Conn) {
	s := &session{Mail: m, conn: c}
	defer func() { _ = s.conn.Close() }()
	if m.Implicit {
		s.conn, s.secure = tls.Server(c, m.config), true
	}
	s.in = bufio.NewReader(s.conn)
	if !s.say("greeting", "220 mail.test") {
		return
	}
	for {
		line, err := s.in.ReadString('\n')
		if err != nil || !s.command(strings.TrimRight(line, "\r\n")) {
			return
		}
	}
}

// say answers command; false when the server hangs there.
func (s *session) say(command string, lines ...string) bool {
	s.mu.Lock()
	hang := s.hang == command
	s.mu.Unlock()
	if hang {
		_, _ = io.Copy(io.Discard, s.conn) // until the other has enough
		return false
	}
	for i, line := range lines {
		if i < len(lines)-1 {
			line = line[:3] + "-" + line[4:]
		}
		_, _ = io.WriteString(s.conn, line+"\r\n")
	}
	return true
}

func (s *session) command(line string) bool {
	word, rest, _ := strings.Cut(line, " ")
	switch word = strings.ToUpper(word); word {
	case "EHLO", "HELO":
		lines := []string{"250 mail.test", "250 8BITMIME"}
		if !s.secure {
			lines = append(lines, "250 STARTTLS")
		}
		if s.User != "" {
			lines = append(lines, "250 AUTH PLAIN LOGIN")
		}
		return s.say("EHLO", lines...)
	case "STARTTLS":
		s.say(word, "220 go ahead")
		s.conn, s.secure = tls.Server(s.conn, s.config), true
		s.in = bufio.NewReader(s.conn)
		return true
	case "AUTH":
		return s.auth(rest)
	case "MAIL":
		if s.User != "" && s.letter.User == "" {
			return s.say(word, "530 5.7.0 sign in first")
		}
		s.letter = Letter{From: between(rest), User: s.letter.User, TLS: s.secure}
		return s.say(word, "250 ok")
	case "RCPT":
		s.letter.To = between(rest)
		s.mu.Lock()
		answer := s.refuse[s.letter.To]
		s.mu.Unlock()
		if answer != "" {
			return s.say(word, answer)
		}
		return s.say(word, "250 ok")
	case "DATA":
		return s.say(word, "354 go ahead") && s.data()
	case "QUIT":
		s.say(word, "221 bye")
		return false
	}
	return s.say(word, "250 ok")
}

func (s *session) auth(rest string) bool {
	kind, first, _ := strings.Cut(rest, " ")
	raw, _ := base64.StdEncoding.DecodeString(first)
	parts := strings.Split(string(raw), "\x00")
	if kind != "PLAIN" || len(parts) != 3 || parts[1] != s.User || parts[2] != s.Pass {
		return s.say("AUTH", "535 5.7.8 wrong")
	}
	s.letter.User = parts[1]
	return s.say("AUTH", "235 ok")
}

// data reads a letter to its lone dot.
func (s *session) data() bool {
	var text strings.Builder
	for {
		line, err := s.in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
	if !s.say(".", "250 taken") {
		return false
	}
	s.read(text.String())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.letters = append(s.letters, s.letter)
	return true
}

// read takes a letter apart.
func (s *session) read(text string) {
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		s.t.Errorf("not a letter: %v", err)
		return
	}
	s.letter.Header = m.Header
	s.letter.Subject, _ = (&mime.WordDecoder{}).DecodeHeader(m.Header.Get("Subject"))
	_, params, _ := mime.ParseMediaType(m.Header.Get("Content-Type"))
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := parts.NextPart()
		if err != nil {
			return
		}
		var r io.Reader = p
		switch strings.ToLower(p.Header.Get("Content-Transfer-Encoding")) { // quoted-printable is undone by NextPart
		case "base64":
			r = base64.NewDecoder(base64.StdEncoding, p)
		case "quoted-printable":
			r = quotedprintable.NewReader(p)
		}
		body, _ := io.ReadAll(r)
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			s.letter.HTML = string(body)
		} else {
			s.letter.Text = strings.ReplaceAll(string(body), "\r\n", "\n")
		}
	}
}

// between is what stands in angle brackets.
func between(text string) string {
	_, text, _ = strings.Cut(text, "<")
	text, _, _ = strings.Cut(text, ">")
	return text
}
