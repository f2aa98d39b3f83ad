package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"sente/internal/kernel"
)

// The size of the zone.
const (
	departments      = 20
	officialsPerUnit = 5
	leastUsers       = departments*officialsPerUnit + departments + 20
)

// passphrase is everybody's; the zone lives as long as the bench.
const passphrase = "Bench-Kennwort-2026"

// A user is an account of the zone, signed in.
type user struct {
	Login, Role, ID string
	Unit            int // department from 0; -1 the zone
	Cookie          string
}

// zone is what a data folder holds; it is kept beside it in bench.json.
type zone struct {
	Scale   int
	Created int // projects beyond Scale, made by earlier runs
	Units   []string
	Users   []user
	Phases  []phase // how the projects came in
}

// phase is one timed step of an import.
type phase struct {
	Name    string
	Seconds float64
}

// sente is the program under measurement and the zone in its data folder.
type sente struct {
	*server
	zone
	dir string
}

// parentOf is the department unit lies under, -1 for the zone: the last eight
// lie under the first four.
func parentOf(unit int) int {
	if unit >= departments-8 {
		return (unit - (departments - 8)) % 4
	}
	return -1
}

// roleOf says who user n is: first the officials that projects belong to, then
// the head of every department, then everyone else, all over the zone.
func roleOf(n int) (role string, unit int) {
	officials := departments * officialsPerUnit
	switch {
	case n < officials:
		return "officer", n / officialsPerUnit
	case n < officials+departments:
		return "department_lead", n - officials
	case n%20 == 0:
		return "leader", -1
	case n%20 == 1:
		return "auditor", -1
	case n%20 == 2:
		return "province", -1
	case n%5 == 3:
		return "operator", n % departments
	}
	return "officer", n % departments
}

// sees reports whether u may list what belongs to department unit and official
// owner (an account's id), as the policies say: leaders, auditors and the
// province everything, a department's head also what lies below it, officers
// also what is their own.
func (u user) sees(unit int, owner string) bool {
	switch {
	case u.Unit < 0 || unit == u.Unit:
		return true
	case u.Role == "department_lead":
		return parentOf(unit) == u.Unit || owner == u.ID
	}
	return u.Role == "officer" && owner == u.ID
}

// openSente starts the program on dir, filling it first when it is empty. The
// database is dsn, or SQLite in dir when dsn is "".
func openSente(ctx context.Context, o options, dir string, args ...string) (_ *sente, err error) {
	defer kernel.Wrap(&err, "sente in %s", dir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	s := &sente{dir: dir}
	text, err := os.ReadFile(filepath.Join(dir, "bench.json"))
	if fresh := errors.Is(err, os.ErrNotExist); !fresh {
		if err = errors.Join(err, json.Unmarshal(text, &s.zone)); err != nil {
			return nil, err
		}
	}
	args = append([]string{"serve", "-data-dir", filepath.Join(dir, "data"), "-listen", "{address}", "-rate-limit", "100000000", "-max-upload", "1GB",
		"-session-idle", "2000h", "-session-absolute", "2000h", "-log-level", "error"}, args...)
	if s.server, err = start(ctx, "Sente", "/readyz", o.sente, args...); err != nil {
		return nil, err
	}
	if len(s.Users) > 0 {
		return s, s.recount(ctx)
	}
	if err := s.populate(ctx, o); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, s.keep()
}

// recount asks for the first page, which ends the start, and how many projects
// were made by hand: a run that was killed could not write that down.
func (s *sente) recount(ctx context.Context) error {
	whole := s.reader(true)(0, 0)
	if err := s.call(ctx, whole.Cookie, "GET", "/projects?limit=50", nil, nil); err != nil {
		return errors.Join(err, s.stop())
	}
	s.ready = time.Since(s.began)
	if s.Scale == 0 {
		return nil
	}
	var got struct{ Count int }
	if err := s.call(ctx, whole.Cookie, "GET", "/projects/totals", nil, &got); err != nil {
		return errors.Join(err, s.stop())
	}
	s.Created = got.Count - s.Scale
	return nil
}

// keep writes down what the folder holds.
func (s *sente) keep() error {
	text, err := json.Marshal(s.zone)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.dir, "bench.json"), text, 0o600)
}

// call asks the API as the holder of cookie and reads the answer into out,
// unless that is nil.
func (s *sente) call(ctx context.Context, cookie, method, path string, in, out any, headers ...header) error {
	_, err := s.callFor(ctx, cookie, method, path, in, out, headers...)
	return err
}

func (s *sente) callFor(ctx context.Context, cookie, method, path string, in, out any, headers ...header) (http.Header, error) {
	var raw []byte
	if in != nil {
		var err error
		if raw, err = json.Marshal(in); err != nil {
			return nil, err
		}
	}
	body, got, err := ask(ctx, method, s.url("/api/v1"+path), raw, append(headers, header{"Cookie", cookie})...)
	if err != nil || out == nil {
		return got, err
	}
	return got, json.Unmarshal(body, out)
}

// enter sets the password of a one-time link and signs in.
func (s *sente) enter(ctx context.Context, login, link string) (cookie string, err error) {
	if err := s.call(ctx, "", "POST", "/first-link/"+link, map[string]string{"password": passphrase}, nil); err != nil {
		return "", err
	}
	got, err := s.callFor(ctx, "", "POST", "/session", map[string]string{"login": login, "password": passphrase}, nil)
	if err != nil {
		return "", err
	}
	cookie, _, _ = strings.Cut(got.Get("Set-Cookie"), ";")
	return cookie, nil
}

var linkLine = regexp.MustCompile(`\(([a-z_]+)\)\s+\S+/first-link/(\S+)`)

// populate opens departments and accounts as an administrator would.
func (s *sente) populate(ctx context.Context, o options) error {
	admins := map[string]string{}
	deadline := time.Now().Add(10 * time.Second)
	for ; len(admins) < 3 && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		for _, m := range linkLine.FindAllStringSubmatch(s.out.String(), -1) {
			admins[m[1]] = m[2]
		}
	}
	if len(admins) < 3 {
		return fmt.Errorf("no links of the first start in: %s", s.out)
	}
	for login, link := range admins {
		cookie, err := s.enter(ctx, login, link)
		if err != nil {
			return err
		}
		admins[login] = cookie
	}
	for login := range admins {
		if strings.Contains(login, "sys") {
			admins["system"] = admins[login]
		} else if strings.Contains(login, "sec") {
			admins["security"] = admins[login]
		}
	}
	if err := s.establish(ctx, admins["system"]); err != nil {
		return err
	}
	return s.hire(ctx, admins["system"], admins["security"], o.users)
}

// establish sets up the departments.
func (s *sente) establish(ctx context.Context, system string) error {
	var units struct {
		Items []struct{ ID, Parent, Kind string }
	}
	if err := s.call(ctx, system, "GET", "/units", nil, &units); err != nil {
		return err
	}
	root := ""
	for _, u := range units.Items {
		if u.Kind == "zone" {
			root = u.ID
		}
	}
	if root == "" {
		return fmt.Errorf("no unit is the zone: %+v", units)
	}
	for n := range departments {
		parent := root
		if p := parentOf(n); p >= 0 {
			parent = s.Units[p]
		}
		var made struct{ ID string }
		if err := s.call(ctx, system, "POST", "/units", map[string]any{"parent": parent, "kind": "department", "name_zh": unitName(n), "position": n + 1}, &made); err != nil {
			return err
		}
		s.Units = append(s.Units, made.ID)
	}
	s.Units = append(s.Units, root)
	return nil
}

// unitID is the id of department n, of the zone for -1.
func (s *sente) unitID(n int) string {
	if n < 0 {
		return s.Units[departments]
	}
	return s.Units[n]
}

// hire opens n accounts, two at a time: passwords are meant to cost time.
func (s *sente) hire(ctx context.Context, system, security string, n int) error {
	s.Users = make([]user, n)
	errs := make([]error, 2)
	var all sync.WaitGroup
	for worker := range errs {
		all.Go(func() {
			for i := worker; i < n && errs[worker] == nil; i += len(errs) {
				s.Users[i], errs[worker] = s.hireOne(ctx, system, security, i)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

func (s *sente) hireOne(ctx context.Context, system, security string, n int) (user, error) {
	u := user{Login: fmt.Sprintf("user%04d", n)}
	u.Role, u.Unit = roleOf(n)
	name := fmt.Sprintf("用户%04d", n)
	if n < departments*officialsPerUnit {
		name = officialName(u.Unit, n%officialsPerUnit)
	}
	var opened struct {
		Account struct {
			ID      string
			Version int64
		}
		Link struct{ Token string }
	}
	if err := s.call(ctx, system, "POST", "/accounts", map[string]string{"login": u.Login, "name": name, "unit": s.unitID(u.Unit)}, &opened); err != nil {
		return u, err
	}
	u.ID = opened.Account.ID
	if err := s.call(ctx, security, "PUT", "/accounts/"+u.ID+"/roles", map[string]any{"roles": []string{u.Role}}, nil, header{"If-Match", fmt.Sprintf("%q", fmt.Sprint(opened.Account.Version))}); err != nil {
		return u, err
	}
	if n < departments*officialsPerUnit {
		post := map[string]string{"name": name, "unit": s.unitID(u.Unit), "position": "招商专员", "account": u.ID, "since_on": "2020-01-01"}
		if err := s.call(ctx, system, "POST", "/officials", post, nil); err != nil {
			return u, err
		}
	}
	var err error
	u.Cookie, err = s.enter(ctx, u.Login, opened.Link.Token)
	return u, err
}

// importer is the head of the first department, whose register is the zone's.
func (s *sente) importer() user { return s.Users[departments*officialsPerUnit] }

// imported is the state of an import.
type imported struct {
	ID, State, Problem string
	Counts             struct{ New, Rejected int }
}

// take brings the projects [from, to) in, as one register: upload, dry run,
// publishing.
func (s *sente) take(ctx context.Context, from, to int) (phases []phase, err error) {
	defer kernel.Wrap(&err, "import into Sente")
	cookie := s.importer().Cookie
	var run imported
	began := time.Now()
	step := func(name string) {
		phases = append(phases, phase{name, time.Since(began).Seconds()})
		began = time.Now()
	}
	file, mapping, err := s.upload(ctx, cookie, from, to)
	if err != nil {
		return nil, err
	}
	step("upload")
	if err := s.call(ctx, cookie, "POST", "/intake/runs", map[string]any{"file": file, "kind": "projects", "settings": map[string]any{"mapping": mapping}}, &run); err != nil {
		return nil, err
	}
	if err := s.await(ctx, cookie, &run, "staged"); err != nil {
		return nil, err
	}
	step("dry run")
	if err := s.call(ctx, cookie, "POST", "/intake/runs/"+run.ID+"/publish", nil, nil); err != nil {
		return nil, err
	}
	if err := s.await(ctx, cookie, &run, "published"); err != nil {
		return nil, err
	}
	step("publishing")
	if run.Counts.New != to-from || run.Counts.Rejected != 0 {
		return nil, fmt.Errorf("of %d rows %d are new and %d rejected", to-from, run.Counts.New, run.Counts.Rejected)
	}
	return phases, nil
}

// upload sends the register and returns its id and the suggested mapping.
func (s *sente) upload(ctx context.Context, cookie string, from, to int) (file string, mapping json.RawMessage, err error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.WriteField("kind", "projects"); err != nil {
		return "", nil, err
	}
	part, err := form.CreateFormFile("file", "register.csv")
	if err != nil {
		return "", nil, err
	}
	if err := errors.Join(writeCSV(part, from, to), form.Close()); err != nil {
		return "", nil, err
	}
	var sniff struct {
		ID      string
		Mapping json.RawMessage
	}
	answer, _, err := ask(ctx, "POST", s.url("/api/v1/intake/files"), body.Bytes(), header{"Content-Type", form.FormDataContentType()}, header{"Cookie", cookie})
	if err != nil {
		return "", nil, err
	}
	err = json.Unmarshal(answer, &sniff)
	return sniff.ID, sniff.Mapping, err
}

// await waits until run is in state; any other rest is an error.
func (s *sente) await(ctx context.Context, cookie string, run *imported, state string) error {
	for {
		if err := s.call(ctx, cookie, "GET", "/intake/runs/"+run.ID, nil, run); err != nil {
			return err
		}
		switch run.State {
		case state:
			return nil
		case "failed", "cancelled", "staged", "published":
			if run.Problem != "" || run.State != "staged" {
				return fmt.Errorf("the import is %s: %s", run.State, run.Problem)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// fill brings projects in until the zone holds o.scale of them, at most 100,000
// in one register.
func (s *sente) fill(ctx context.Context, scale int) error {
	for s.Scale < scale {
		to := min(scale, s.Scale+100_000)
		phases, err := s.take(ctx, s.Scale, to)
		if err != nil {
			return err
		}
		s.Scale, s.Phases = to, phases
		if err := s.keep(); err != nil {
			return err
		}
	}
	return nil
}
