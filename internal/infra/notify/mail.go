package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	netmail "net/mail"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"sente/internal/kernel"
)

// How the connection to the mail server is protected.
const (
	StartTLS    = "starttls"
	ImplicitTLS = "implicit"
	NoTLS       = "none"
)

// mailWait bounds one letter from dialling to its last byte, however slowly the
// server answers.
const mailWait = 20 * time.Second

// mailer sends letters by the configured server.
type mailer struct {
	host  string
	port  int
	from  netmail.Address
	user  string
	pass  string
	tls   string
	roots *x509.CertPool // nil: the system's
	wait  time.Duration
}

// newMailer reads the settings; nil where no server is configured.
func newMailer(s Settings) (*mailer, error) {
	if s.SMTPAddr == "" {
		return nil, nil //nolint:nilnil // no server is no error
	}
	host, text, err := net.SplitHostPort(s.SMTPAddr)
	port, errPort := strconv.Atoi(text)
	if err != nil || errPort != nil || host == "" || port < 1 || port > 65535 {
		return nil, kernel.Faultf(kernel.ErrInvalid, "notify.smtp_addr", s.SMTPAddr)
	}
	from, err := netmail.ParseAddress(s.SMTPFrom)
	if err != nil {
		return nil, kernel.Faultf(kernel.ErrInvalid, "notify.smtp_from", s.SMTPFrom)
	}
	m := &mailer{host: host, port: port, from: *from, user: s.SMTPUser, tls: s.SMTPTLS, wait: mailWait}
	if s.SMTPPasswordFile != "" {
		text, err := os.ReadFile(s.SMTPPasswordFile)
		if err != nil {
			return nil, kernel.Faultf(kernel.ErrInvalid, "notify.smtp_file", s.SMTPPasswordFile)
		}
		m.pass = strings.TrimSpace(string(text))
	}
	if s.SMTPCAFile != "" {
		text, err := os.ReadFile(s.SMTPCAFile)
		m.roots = x509.NewCertPool()
		if err != nil || !m.roots.AppendCertsFromPEM(text) {
			return nil, kernel.Faultf(kernel.ErrInvalid, "notify.smtp_file", s.SMTPCAFile)
		}
	}
	return m, nil
}

// client dials as the settings say. Every connection ends after m.wait, whatever
// the server does: closed from here when ctx is over.
func (m *mailer) client(ctx context.Context) (*mail.Client, error) {
	secure := &tls.Config{ServerName: m.host, MinVersion: tls.VersionTLS12, RootCAs: m.roots}
	dial := func(_ context.Context, network, address string) (net.Conn, error) {
		plain := &net.Dialer{Timeout: m.wait / 2}
		var conn net.Conn
		var err error
		if m.tls == ImplicitTLS {
			conn, err = (&tls.Dialer{NetDialer: plain, Config: secure}).DialContext(ctx, network, address)
		} else {
			conn, err = plain.DialContext(ctx, network, address)
		}
		if err == nil {
			context.AfterFunc(ctx, func() { _ = conn.Close() })
		}
		return conn, err
	}
	policy := map[string]mail.TLSPolicy{StartTLS: mail.TLSMandatory, ImplicitTLS: mail.TLSOpportunistic, NoTLS: mail.NoTLS}[m.tls]
	options := []mail.Option{mail.WithPort(m.port), mail.WithTLSPolicy(policy), mail.WithTLSConfig(secure), mail.WithTimeout(2 * m.wait), mail.WithDialContextFunc(dial), mail.WithoutNoop()}
	if m.user != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.user), mail.WithPassword(m.pass))
	}
	return mail.NewClient(m.host, options...)
}

// send delivers l to address. id is the same for the same letter.
func (m *mailer) send(ctx context.Context, id, address string, l letter, at time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, m.wait)
	defer cancel() // ends the connection too
	msg := mail.NewMsg()
	msg.FromMailAddress(&m.from)
	if err := msg.To(address); err != nil {
		return failure{Reason: "notify.fail_mailbox"}
	}
	msg.Subject(l.Subject)
	msg.SetDateWithValue(at)
	msg.SetMessageIDWithValue(id + "@" + m.from.Address[strings.LastIndex(m.from.Address, "@")+1:])
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office answers
	msg.SetBodyString(mail.TypeTextPlain, l.Text)
	msg.AddAlternativeString(mail.TypeTextHTML, l.HTML)
	c, err := m.client(ctx)
	if err != nil {
		return failure{Reason: "notify.fail_connect", Detail: clipped(err.Error())}
	}
	if err := c.DialWithContext(ctx); err != nil {
		return undelivered(ctx, err, address, true)
	}
	err = c.Send(msg)
	if msg.IsDelivered() {
		_ = c.Close() // the server has taken it: how the parting goes is of no matter
		return nil
	}
	return undelivered(ctx, err, address, false)
}

// undelivered says why a letter did not go out. Before a connection stands, and
// when nobody answers, the rest need not be tried now; else it is about the letter,
// and whose mailbox it was is not told.
func undelivered(ctx context.Context, err error, address string, dialling bool) failure {
	var timeout interface{ Timeout() bool }
	var dns *net.DNSError
	switch {
	case ctx.Err() != nil, errors.As(err, &timeout) && timeout.Timeout():
		return failure{Reason: "notify.fail_timeout", Down: true}
	case errors.As(err, &dns):
		return failure{Reason: "notify.fail_name", Down: true}
	case err == nil:
		return failure{Reason: "notify.fail_connect", Detail: "?"}
	case dialling:
		return failure{Reason: "notify.fail_connect", Detail: clipped(err.Error()), Down: true}
	}
	said, _, _ := strings.Cut(err.Error(), ", affected") // what follows names the mailbox and the letter
	return failure{Reason: "notify.fail_mail", Detail: clipped(strings.ReplaceAll(said, address, "…"))}
}
