package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sente/internal/app"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// config is the whole configuration: what the system needs to know, and where
// and how the program listens and logs.
type config struct {
	app.Config
	Listen          string
	TLSCert, TLSKey string
	LogLevel        string
	LogFormat       string
}

// A setting is one line of the configuration. Its name is the flag
// (session-idle), the key of the file (session_idle) and, in capitals behind
// SENTE_, the environment variable (SENTE_SESSION_IDLE); what it means is the
// word cli.set.<key> in both languages.
type setting struct {
	name     string
	fallback string // the default; "<data_dir>/x" lies in the data folder
	form     form
	secret   bool // never printed; of a connection string only the password is hidden
	at       func(*config) any
}

// form says how a value is written.
type form string

// The forms a value can have; the word cli.form.<form> explains each.
const (
	formText     form = "text"
	formZone     form = "zone"     // see zoneForm
	formPath     form = "path"     // 某省/某市/某开发区, see zonePath
	formNetworks form = "networks" // 10.0.0.1, 10.1.0.0/16
	formDuration form = "duration" // 90s, 30m, 12h
	formSize     form = "size"     // 512KB, 50MB, 2GB
	formNumber   form = "number"
	formSwitch   form = "switch" // on, off
	formLevel    form = "level"  // debug, info, warn, error
	formOutput   form = "output" // text, json
)

// dataDir at the head of a default stands for the configured data folder.
const dataDir = "<data_dir>/"

// settings is the whole configuration of the program, in the order in which it
// is explained. docs/configuration.md is made from it.
func settings() []setting {
	return []setting{
		{name: "database", fallback: dataDir + "sente.db", form: formText, secret: true, at: func(c *config) any { return &c.Database }},
		{name: "owner-database", form: formText, secret: true, at: func(c *config) any { return &c.OwnerDatabase }},
		{name: "data-dir", fallback: "data", form: formText, at: func(c *config) any { return &c.DataDir }},
		{name: "key-file", fallback: dataDir + "journal.key", form: formText, at: func(c *config) any { return &c.KeyFile }},
		{name: "checkpoint-dir", fallback: dataDir + "checkpoints", form: formText, at: func(c *config) any { return &c.CheckpointDir }},
		{name: "zone", fallback: "main", form: formZone, at: func(c *config) any { return &c.Zone }},
		{name: "zone-name", form: formPath, at: func(c *config) any { return &c.ZoneName }},
		{name: "zone-name-en", form: formText, at: func(c *config) any { return &c.ZoneNameEn }},
		{name: "listen", fallback: "127.0.0.1:8080", form: formText, at: func(c *config) any { return &c.Listen }},
		{name: "tls-cert", form: formText, at: func(c *config) any { return &c.TLSCert }},
		{name: "tls-key", form: formText, at: func(c *config) any { return &c.TLSKey }},
		{name: "trusted-proxies", form: formNetworks, at: func(c *config) any { return &c.TrustedProxies }},
		{name: "session-idle", fallback: "30m", form: formDuration, at: func(c *config) any { return &c.Access.SessionIdle }},
		{name: "session-absolute", fallback: "12h", form: formDuration, at: func(c *config) any { return &c.Access.SessionMax }},
		{name: "max-upload", fallback: "50MB", form: formSize, at: func(c *config) any { return &c.MaxUpload }},
		{name: "rate-limit", fallback: "600", form: formNumber, at: func(c *config) any { return &c.RateLimit }},
		{name: "metrics-token", form: formText, secret: true, at: func(c *config) any { return &c.MetricsToken }},
		{name: "oidc-issuer", form: formText, at: func(c *config) any { return &c.Access.OIDC.Issuer }},
		{name: "oidc-client-id", form: formText, at: func(c *config) any { return &c.Access.OIDC.ClientID }},
		{name: "oidc-client-secret", form: formText, secret: true, at: func(c *config) any { return &c.Access.OIDC.ClientSecret }},
		{name: "oidc-client-secret-file", form: formText, at: func(c *config) any { return &c.Access.OIDC.SecretFile }},
		{name: "oidc-base-url", form: formText, at: func(c *config) any { return &c.Access.OIDC.BaseURL }},
		{name: "oidc-scopes", fallback: "openid profile", form: formText, at: func(c *config) any { return &c.Access.OIDC.Scopes }},
		{name: "oidc-name", fallback: "统一身份认证", form: formText, at: func(c *config) any { return &c.Access.OIDC.Name }},
		{name: "oidc-name-en", fallback: "single sign-on", form: formText, at: func(c *config) any { return &c.Access.OIDC.NameEn }},
		{name: "oidc-login-claim", fallback: "preferred_username", form: formText, at: func(c *config) any { return &c.Access.OIDC.LoginClaim }},
		{name: "oidc-link-by-login", fallback: "off", form: formSwitch, at: func(c *config) any { return &c.Access.OIDC.LinkByLogin }},
		{name: "oidc-factors", form: formText, at: func(c *config) any { return &c.Access.OIDC.Factors }},
		{name: "oidc-ca-file", form: formText, at: func(c *config) any { return &c.Access.OIDC.CAFile }},
		{name: "public-url", form: formText, at: func(c *config) any { return &c.Notify.PublicURL }},
		{name: "smtp-addr", form: formText, at: func(c *config) any { return &c.Notify.SMTPAddr }},
		{name: "smtp-from", form: formText, at: func(c *config) any { return &c.Notify.SMTPFrom }},
		{name: "smtp-user", form: formText, at: func(c *config) any { return &c.Notify.SMTPUser }},
		{name: "smtp-password-file", form: formText, at: func(c *config) any { return &c.Notify.SMTPPasswordFile }},
		{name: "smtp-tls", fallback: "starttls", form: formText, at: func(c *config) any { return &c.Notify.SMTPTLS }},
		{name: "smtp-ca-file", form: formText, at: func(c *config) any { return &c.Notify.SMTPCAFile }},
		{name: "notify-hosts", form: formText, at: func(c *config) any { return &c.Notify.Hosts }},
		{name: "log-level", fallback: "info", form: formLevel, at: func(c *config) any { return &c.LogLevel }},
		{name: "log-format", fallback: "text", form: formOutput, at: func(c *config) any { return &c.LogFormat }},
	}
}

func (s setting) key() string { return strings.ReplaceAll(s.name, "-", "_") }
func (s setting) env() string { return "SENTE_" + strings.ToUpper(s.key()) }

// sources is where a configuration comes from besides the defaults.
type sources struct {
	flags   map[string]string // what the command line set, by name
	environ []string          // NAME=value, as os.Environ
}

// configFlags defines the configuration's flags on fs; what was set is read
// with setFlags after parsing.
func configFlags(fs *flag.FlagSet) {
	fs.String("config", "", "")
	for _, s := range settings() {
		fs.String(s.name, "", "")
	}
}

// setFlags collects the configuration flags the command line set.
func setFlags(fs *flag.FlagSet) map[string]string {
	out := map[string]string{}
	fs.Visit(func(f *flag.Flag) { out[f.Name] = f.Value.String() })
	return out
}

// readConfig fills a configuration: flags before environment before file before
// default. notes are remarks that refuse nothing (a misspelt variable).
func readConfig(src sources) (c config, notes []error, err error) {
	env := environment(src.environ)
	path := src.flags["config"]
	if path == "" {
		path = env["SENTE_CONFIG"]
	}
	fromFile := map[string]string{}
	if path != "" {
		if fromFile, err = readConfigFile(path); err != nil {
			return config{}, nil, err
		}
	}
	for _, s := range settings() {
		value, from := s.fallback, "default"
		if v, ok := fromFile[s.key()]; ok {
			value, from = v, path
		}
		if v, ok := env[s.env()]; ok {
			value, from = v, s.env()
		}
		if v, ok := src.flags[s.name]; ok {
			value, from = v, "-"+s.name
		}
		if err := s.set(&c, value, from); err != nil {
			return config{}, nil, err
		}
	}
	c.settle()
	return c, unknownVariables(env), c.check()
}

// settle puts the configured data folder into the defaults that lie in it.
func (c *config) settle() {
	for _, p := range []*string{&c.Database, &c.KeyFile, &c.CheckpointDir} {
		if name, ok := strings.CutPrefix(*p, dataDir); ok {
			*p = filepath.Join(c.DataDir, name)
		}
	}
}

// environment turns NAME=value lines into a map of the SENTE_ variables.
func environment(environ []string) map[string]string {
	out := map[string]string{}
	for _, line := range environ {
		if name, value, ok := strings.Cut(line, "="); ok && strings.HasPrefix(name, "SENTE_") {
			out[name] = value
		}
	}
	return out
}

// unknownVariables notes SENTE_ variables that mean nothing to the program;
// those of its tests and its page server are left out.
func unknownVariables(env map[string]string) []error {
	known := []string{"SENTE_CONFIG", "SENTE_LANG", "SENTE_REQUIRE", "SENTE_API"}
	for _, s := range settings() {
		known = append(known, s.env())
	}
	var notes []error
	for name := range env {
		if !slices.Contains(known, name) && !strings.HasPrefix(name, "SENTE_TEST_") {
			notes = append(notes, kernel.Faultf(kernel.ErrInvalid, "cli.env_unknown", name))
		}
	}
	slices.SortFunc(notes, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return notes
}

// readConfigFile reads lines of "key = value". An empty line and a line that
// begins with # say nothing; everything else must be a known key, once. A value
// is taken as it stands, without quotes or escapes.
func readConfigFile(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, kernel.Faultf(kernel.ErrInvalid, "cli.file_unreadable", path, err.Error())
	}
	defer func() { _ = f.Close() }()
	return parseConfigFile(path, f)
}

func parseConfigFile(path string, r io.Reader) (map[string]string, error) {
	out := map[string]string{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		key, value, ok := strings.Cut(text, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch {
		case !ok:
			return nil, kernel.Faultf(kernel.ErrInvalid, "cli.file_line", path, n)
		case !slices.ContainsFunc(settings(), func(s setting) bool { return s.key() == key }):
			return nil, kernel.Faultf(kernel.ErrInvalid, "cli.file_key", path, n, key)
		}
		if _, twice := out[key]; twice {
			return nil, kernel.Faultf(kernel.ErrInvalid, "cli.file_twice", path, n, key)
		}
		out[key] = value
	}
	if err := lines.Err(); err != nil {
		return nil, kernel.Faultf(kernel.ErrInvalid, "cli.file_unreadable", path, err.Error())
	}
	return out, nil
}

// set writes value into the setting's field; from names where it came from.
func (s setting) set(c *config, value, from string) error {
	if s.parse(c, strings.TrimSpace(value)) {
		return nil
	}
	if s.secret {
		value = "***"
	}
	return kernel.Faultf(kernel.ErrInvalid, "cli.value_bad", from, s.key(), value, words.Key("cli.form."+string(s.form)))
}

// parse reports whether value has the setting's form, and stores it.
func (s setting) parse(c *config, value string) bool {
	var err error
	switch p := s.at(c).(type) {
	case *string:
		*p = value
		return s.form.accepts(value)
	case *[]netip.Prefix:
		*p, err = parseNetworks(value)
		return err == nil
	case *time.Duration:
		*p, err = time.ParseDuration(value)
		return err == nil && *p > 0
	case *int64:
		*p, err = parseSize(value)
		return err == nil
	case *bool:
		*p = value == "on"
		return *p || value == "off"
	case *int:
		*p, err = strconv.Atoi(value)
		return err == nil && *p > 0
	}
	return false
}

// accepts reports whether value, a text, is written in form f.
func (f form) accepts(value string) bool {
	switch f {
	case formZone:
		return zoneForm.MatchString(value)
	case formPath:
		return zonePath(value)
	case formLevel:
		return slices.Contains([]string{"debug", "info", "warn", "error"}, value)
	case formOutput:
		return value == "text" || value == "json"
	}
	return f == formText
}

// zoneForm is what a zone can be called: the name stands in addresses, in the
// names of files and in every checkpoint.
var zoneForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// zonePath reports whether value is at most province/city/zone, each of them a
// name the organisation tree can hold; "" stands for the zone's identifier.
func zonePath(value string) bool {
	parts := strings.Split(value, "/")
	for _, part := range parts {
		if n := utf8.RuneCountInString(strings.TrimSpace(part)); n < 1 || n > 80 {
			return value == ""
		}
	}
	return len(parts) <= 3
}

// parseNetworks reads addresses and networks ("10.0.0.1, 10.1.0.0/16").
func parseNetworks(value string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for part := range strings.SplitSeq(value, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if addr, err := netip.ParseAddr(part); err == nil {
			part = netip.PrefixFrom(addr, addr.BitLen()).String()
		}
		network, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, err
		}
		out = append(out, network)
	}
	return out, nil
}

// parseSize reads a number of bytes with KB, MB or GB (powers of 1,024) behind it.
func parseSize(text string) (int64, error) {
	units := []struct {
		suffix string
		shift  uint
	}{{"KB", 10}, {"MB", 20}, {"GB", 30}, {"", 0}}
	for _, u := range units {
		digits, ok := strings.CutSuffix(strings.ToUpper(text), u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n <= 0 || n > 1<<(62-u.shift) {
			return 0, fmt.Errorf("%q is not a size", text)
		}
		return n << u.shift, nil
	}
	return 0, fmt.Errorf("%q is not a size", text)
}

// check refuses settings that contradict each other. The password and the
// session cookie must not cross a network in the clear: an address others can
// reach needs TLS here or a proxy that has it.
func (c *config) check() error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return kernel.Faultf(kernel.ErrInvalid, "cli.tls_half")
	}
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return kernel.Faultf(kernel.ErrInvalid, "cli.listen_bad", c.Listen)
	}
	if !loopback(host) && c.TLSCert == "" && len(c.TrustedProxies) == 0 {
		return kernel.Faultf(kernel.ErrInvalid, "cli.listen_open", c.Listen)
	}
	if c.Access.SessionIdle > c.Access.SessionMax {
		return kernel.Faultf(kernel.ErrInvalid, "cli.session_order")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// redact hides the passwords of a connection string, in both its forms.
func redact(dsn string) string {
	dsn = regexp.MustCompile(`(://[^:/@\s]*):[^@\s]*@`).ReplaceAllString(dsn, "$1:***@")
	return regexp.MustCompile(`(?i)((?:ssl)?password\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&]+)`).ReplaceAllString(dsn, "$1***")
}

// shown returns the configuration as key=value pairs fit for a log.
func (c *config) shown() []any {
	var out []any
	for _, s := range settings() {
		text := ""
		switch p := s.at(c).(type) {
		case *string:
			text = *p
		case *[]netip.Prefix:
			text = strings.Trim(fmt.Sprint(*p), "[]")
		case *time.Duration:
			text = p.String()
		case *int64:
			text = strconv.FormatInt(*p, 10)
		case *int:
			text = strconv.Itoa(*p)
		case *bool:
			text = map[bool]string{true: "on", false: "off"}[*p]
		}
		switch {
		case s.secret && text != "" && !strings.Contains(s.name, "database"):
			text = "***"
		case s.secret:
			text = redact(text)
		}
		out = append(out, s.key(), text)
	}
	return out
}
