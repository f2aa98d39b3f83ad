package stories

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/store/storetest/pgserver"
	"sente/internal/infra/testneed"
)

// kept is a project as its client was last told it is.
type kept struct {
	name, summary string
	minor         int64
	version       int64
	perhaps       *kept // what it is if the change nobody answered was done
}

// asked is a request to open a project that nobody answered.
type asked struct {
	key  string
	want kept
	id   string // under which the database was seen to hold it; "" not seen
}

// siege is one database under load whose server is killed again and again.
type siege struct {
	*testing.T
	server *process
	pg     *pgserver.Server // nil on SQLite
	super  string
	mu     sync.Mutex
	known  map[string]*kept  // by project id: acknowledged
	open   map[string]*asked // by name: not answered
	runs   map[string]int    // of an import's projects: how many, by the head of their names
	ids    []string          // of the imports' runs
	acks   int
	done   int // unanswered requests that were told to have taken effect when repeated
	serial int
}

// besiege installs Sente on the engine and signs eight clients in.
func besiege(t *testing.T, binary string, postgres bool) (*siege, []*caller) {
	s := &siege{T: t, server: &process{T: t, dir: t.TempDir(), binary: binary}, known: map[string]*kept{}, open: map[string]*asked{}, runs: map[string]int{}}
	if postgres {
		var err error
		s.pg, err = pgserver.Start("fsync=on", "synchronous_commit=on", "full_page_writes=on", "autovacuum=on")
		testneed.Need(t, "postgres", err == nil, fmt.Sprint(err))
		t.Cleanup(func() { _ = s.pg.Stop() }) // it ends with this program anyhow
		p := storetest.On(t, s.pg.DSN)
		s.super, s.server.flags = p.Super, []string{"-database", p.App, "-owner-database", p.Owner}
	}
	s.server.start()
	h := &house{T: t, server: apitest.Start(t, s.server), links: map[string]string{"1": s.server.links[0], "2": s.server.links[1], "3": s.server.links[2]}}
	h.staff("officer", "auditor")
	callers := make([]*caller, clients+1)
	for i := range callers {
		callers[i] = newCaller(s.base)
		callers[i].signIn(t, []string{"officer", "auditor"}[i/clients])
	}
	return s, callers
}

func (s *siege) base() string { return s.server.target.Load().String() }

// work is what one client does until the server fails it or the round ends.
func (s *siege) work(client int, c *caller, dice *rand.Rand, over <-chan struct{}) {
	if client == 0 {
		s.importing(c, over)
		return
	}
	for _, a := range s.unanswered(client) {
		if !s.repeat(c, a) {
			return
		}
	}
	for {
		select {
		case <-over:
			return
		default:
		}
		if id, k := s.own(client); k != nil && dice.IntN(2) == 0 {
			if !s.amend(c, id, k, dice) {
				return
			}
		} else if !s.enter(client, c, dice) {
			return
		}
	}
}

// unanswered are the client's requests that nobody answered.
func (s *siege) unanswered(client int) (out []*asked) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, a := range s.open {
		if strings.HasPrefix(name, fmt.Sprintf("演示破坏%d-", client)) {
			out = append(out, a)
		}
	}
	return out
}

// own is one of the client's projects whose state is known, any.
func (s *siege) own(client int) (string, *kept) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, k := range s.known {
		if k.perhaps == nil && strings.HasPrefix(k.name, fmt.Sprintf("演示破坏%d-", client)) {
			return id, k
		}
	}
	return "", nil
}

// enter opens a project under a key; false when the server did not answer.
func (s *siege) enter(client int, c *caller, dice *rand.Rand) bool {
	s.mu.Lock()
	s.serial++
	a := &asked{key: fmt.Sprintf("siege-%d", s.serial), want: kept{name: fmt.Sprintf("演示破坏%d-%d", client, s.serial), minor: dice.Int64N(1e9), summary: "初", version: 1}}
	s.open[a.want.name] = a
	s.mu.Unlock()
	return s.repeat(c, a)
}

// repeat sends a request under its key, for the first time or once more.
func (s *siege) repeat(c *caller, a *asked) bool {
	got := c.do("POST", "/projects", with(with(lead(a.want.name), "summary", a.want.summary), "total_investment", yuan(a.want.minor)), "Idempotency-Key", a.key)
	var p opened
	switch {
	case got.status == 201 && got.into(&p) == nil:
		s.acknowledge(p.ID, a)
		return true
	case got.status == 409 && got.code() == "httpapi.idempotency_done":
		s.mu.Lock()
		defer s.mu.Unlock()
		if a.id == "" {
			s.Errorf("%s is said to be done, but was not in the database", a.want.name)
		}
		s.done++
		s.known[a.id] = &a.want
		delete(s.open, a.want.name)
		return true
	case got.err == nil && got.status != 503 && got.code() != "httpapi.idempotency_running":
		s.Errorf("opening %s under its key: %v", a.want.name, got)
	}
	return false
}

func (s *siege) acknowledge(id string, a *asked) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.id != "" && a.id != id {
		s.Errorf("%s was opened as %s and again as %s", a.want.name, a.id, id)
	}
	s.acks++
	s.known[id] = &a.want
	delete(s.open, a.want.name)
}

// amend changes one of the client's projects on the version it was told.
func (s *siege) amend(c *caller, id string, k *kept, dice *rand.Rand) bool {
	next := kept{name: k.name, minor: dice.Int64N(1e9), summary: fmt.Sprint("改", dice.IntN(1e6)), version: k.version + 1}
	got := c.do("PATCH", "/projects/"+id, apitest.Object{"summary": next.summary, "total_investment": yuan(next.minor)}, "If-Match", opened{Version: k.version}.tag())
	s.mu.Lock()
	defer s.mu.Unlock()
	if got.status == 200 && got.err == nil {
		s.acks++
		*k = next
		return true
	}
	if got.err == nil && got.status != 503 {
		s.Errorf("amending %s: %v", k.name, got)
	}
	k.perhaps = &next
	return false
}

// importing sends registers and publishes them as long as the server lives.
func (s *siege) importing(c *caller, over <-chan struct{}) {
	const rows = 60
	for {
		s.mu.Lock()
		s.serial++
		head := fmt.Sprintf("演示册%d-", s.serial)
		s.runs[head] = rows
		s.mu.Unlock()
		var csv strings.Builder
		csv.WriteString("项目名称,投资方,总投资(万元),当前阶段,签约时间\n")
		for i := range rows {
			fmt.Fprintf(&csv, "%s%02d,演示企业%s%02d,%d,签约,2026-03-%02d\n", head, i, head, i, 1000+i, 1+i%28)
		}
		var sniff struct {
			ID      string   `json:"id"`
			Mapping []assign `json:"mapping"`
		}
		var r run
		if c.upload("/intake/files", "台账.csv", []byte(csv.String()), "kind", "projects").into(&sniff) != nil || sniff.ID == "" {
			return
		}
		if c.do("POST", "/intake/runs", apitest.Object{"file": sniff.ID, "kind": "projects", "settings": apitest.Object{"mapping": sniff.Mapping}}).into(&r) != nil || r.ID == "" {
			return
		}
		s.mu.Lock()
		s.ids = append(s.ids, r.ID)
		s.mu.Unlock()
		if c.settled(r.ID).state != "staged" || !c.do("POST", "/intake/runs/"+r.ID+"/publish", nil).ok() || c.settled(r.ID).state != "published" {
			return
		}
		select {
		case <-over:
			return
		default:
		}
	}
}

// writes is how many writes were acknowledged so far.
func (s *siege) writes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.acks
}

// round is load that ends with a kill at a moment of the dice.
func (s *siege) round(callers []*caller, dice *rand.Rand, kill func()) {
	over, before := make(chan struct{}), s.writes()
	var all sync.WaitGroup
	for i, c := range callers[:clients] {
		mine := rand.New(rand.NewPCG(dice.Uint64(), uint64(i)))
		all.Go(func() { s.work(i, c, mine, over) })
	}
	for range 100 { // until the writing is in full swing, at most two seconds
		pause()
		if s.writes()-before >= 20 {
			break
		}
	}
	time.Sleep(time.Duration(dice.IntN(300)) * time.Millisecond) // into the middle of whatever is going on
	kill()
	close(over)
	all.Wait()
}

// rows reads the database past the program.
func (s *siege) rows(query string, each func(scan func(...any))) {
	s.Helper()
	var pool *sql.DB
	if s.pg != nil {
		pool = storetest.Connect(s, s.super)
	} else {
		var err error
		if pool, err = sql.Open("sqlite", "file:"+filepath.Join(s.server.dir, "sente.db")); err != nil {
			s.Fatal(err)
		}
	}
	defer pool.Close()
	found, err := pool.Query(query)
	if err != nil {
		s.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		each(func(to ...any) {
			if err := found.Scan(to...); err != nil {
				s.Fatal(err)
			}
		})
	}
	if err := found.Err(); err != nil {
		s.Fatal(err)
	}
}

// rest waits until PostgreSQL has ended what a killed program had sent: a
// commit that was on its way still takes effect after its client is gone.
func (s *siege) rest() {
	s.Helper()
	if s.pg == nil {
		return
	}
	for range 200 {
		busy := 0
		s.rows(`SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND state <> 'idle' AND pid <> pg_backend_pid()`, func(scan func(...any)) { scan(&busy) })
		if busy == 0 {
			return
		}
		pause()
	}
	s.Fatal("PostgreSQL never comes to rest")
}

// compare fails unless the database holds exactly what was acknowledged, of
// what was not answered each thing at most once, and of an import all or nothing.
func (s *siege) compare() {
	s.Helper()
	s.rest()
	seen, imported := map[string]bool{}, map[string]int{}
	s.rows(`SELECT id, name, summary, total_minor, version FROM pipeline_projects`, func(scan func(...any)) {
		var id string
		var now kept
		scan(&id, &now.name, &now.summary, &now.minor, &now.version)
		if head, _, isImport := strings.Cut(now.name, "-"); isImport && strings.HasPrefix(head, "演示册") {
			imported[head+"-"]++
			return
		}
		if seen[now.name] {
			s.Errorf("%s is there twice", now.name)
		}
		seen[now.name] = true
		s.judge(id, now)
	})
	for _, k := range s.known {
		if !seen[k.name] {
			s.Errorf("%s was acknowledged and is lost", k.name)
		}
	}
	for head, n := range imported {
		if n != s.runs[head] {
			s.Errorf("%d of %d projects of import %s are there: half a register", n, s.runs[head], head)
		}
	}
	if s.Failed() {
		s.Fatalf("the program's log:\n%s", s.server.failures())
	}
}

// judge compares one row with what its client was told.
func (s *siege) judge(id string, now kept) {
	s.Helper()
	k, a := s.known[id], s.open[now.name]
	switch {
	case k != nil && now == kept{k.name, k.summary, k.minor, k.version, nil}:
		k.perhaps = nil
	case k != nil && k.perhaps != nil && now == *k.perhaps:
		*k = now
	case k == nil && a != nil && now == a.want:
		a.id = id
	default:
		s.Errorf("%s holds %+v; its client was told %+v", id, now, k)
	}
}

// audited fails unless the journal and every row verify, by the program's own
// command on the database at rest.
func (s *siege) audited() {
	s.Helper()
	args := append([]string{"audit", "verify", "-data-dir", s.server.dir}, s.server.flags...)
	if out, err := exec.Command(s.server.binary, args...).CombinedOutput(); err != nil {
		s.Fatalf("audit verify: %v\n%s", err, out)
	}
}

// total is how many projects a stage holds and what is to be invested in them.
type total struct {
	Count int64
	Minor int64
}

// totalled fails unless the totals the API tells are those of the rows. An import
// that was cut off may go on meanwhile: then both are read again.
func (s *siege) totalled(c *caller) {
	s.Helper()
	for range 20 {
		before := s.totals()
		told := s.told(c)
		if after := s.totals(); fmt.Sprint(before) != fmt.Sprint(after) {
			continue
		}
		if fmt.Sprint(told) != fmt.Sprint(before) {
			s.Fatalf("totals told %v; the rows give %v", told, before)
		}
		return
	}
	s.Fatal("the rows never stood still")
}

// totals counts the rows of each stage, and all of them under "".
func (s *siege) totals() map[string]total {
	s.Helper()
	out := map[string]total{}
	s.rows(`SELECT stage, count(*), cast(sum(total_minor) AS bigint) FROM pipeline_projects GROUP BY stage`, func(scan func(...any)) {
		var stage string
		var t total
		scan(&stage, &t.Count, &t.Minor)
		out[stage], out[""] = t, total{Count: out[""].Count + t.Count}
	})
	return out
}

// told is what the API tells of the same.
func (s *siege) told(c *caller) map[string]total {
	s.Helper()
	var told struct {
		Count   int64 `json:"count"`
		ByStage []struct {
			Stage      string `json:"stage"`
			Count      int64  `json:"count"`
			ByCurrency []struct {
				Total struct {
					Minor int64 `json:"minor"`
				} `json:"total_investment"`
			} `json:"by_currency"`
		} `json:"by_stage"`
	}
	if err := c.do("GET", "/projects/totals", nil).into(&told); err != nil {
		s.Fatal(err)
	}
	out := map[string]total{"": {Count: told.Count}}
	for _, t := range told.ByStage {
		if t.Count > 0 {
			x := total{Count: t.Count}
			for _, m := range t.ByCurrency {
				x.Minor += m.Total.Minor
			}
			out[t.Stage] = x
		}
	}
	return out
}

// TestFaultKills: the server is killed in the middle of the writes and imports
// of eight clients, and on PostgreSQL, besides, the database after every fourth kill.
// What was acknowledged is there, what was not has one effect when it is asked for
// again.
func TestFaultKills(t *testing.T) {
	t.Parallel()
	binary := build(t).binary
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			s, callers := besiege(t, binary, engine == "postgres")
			kills, dice := times(t, "FAULT_KILLS", 3), rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
			every := max(kills/10, 2)
			cut := 0
			for n := 1; n <= kills; n++ {
				s.killed(callers, dice, n%every == 0 || n == kills)
				if s.pg != nil && n%4 == 2 {
					cut++
					s.round(callers, dice, func() { s.must(s.pg.Kill()) })
					s.must(s.pg.Again())
					s.compare()
				}
			}
			s.finish(callers, kills > 10)
			slices.Sort(s.server.took)
			t.Logf("%d kills of the server, %d of the database; %d acknowledged writes, none lost; %d imports, %d projects; start p50 %v, longest %v",
				kills, cut, s.acks, len(s.ids), len(s.known), s.server.took[len(s.server.took)/2], s.server.took[len(s.server.took)-1])
			t.Logf("of the unanswered requests repeated under their key %d had taken effect before the kill and were told so", s.done)
		})
	}
}

// killed is one kill of the server under load, and its start after it; closely
// looked at, the journal is verified and totals are compared between.
func (s *siege) killed(callers []*caller, dice *rand.Rand, closely bool) {
	s.Helper()
	s.round(callers, dice, s.server.kill)
	s.compare()
	if closely {
		s.audited()
	}
	s.server.start()
	if closely {
		s.totalled(callers[clients])
	}
}

func (s *siege) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// finish repeats what is unanswered, in the long run also brings every import to
// its end, and looks at everything once more.
func (s *siege) finish(callers []*caller, imports bool) {
	s.Helper()
	for i, c := range callers[:clients] {
		for _, a := range s.unanswered(i) {
			for tries := 0; !s.repeat(c, a); tries++ {
				if tries == 20 {
					s.Fatalf("%s is never answered", a.want.name)
				}
			}
		}
	}
	if imports {
		for _, id := range s.ids {
			end := s.ended(callers[0], id)
			if end == "staged" {
				if got := callers[0].do("POST", "/intake/runs/"+id+"/publish", nil); got.status != 202 {
					s.Fatalf("publishing a resumed import: %v", got)
				}
				end = s.ended(callers[0], id)
			}
			if end != "published" {
				s.Errorf("import %s is %s", id, end)
			}
		}
	}
	s.server.kill()
	s.compare()
	s.audited()
	s.server.start()
	s.totalled(callers[clients])
}

// ended waits until an import has come to rest. On PostgreSQL a dead process
// holds one it was publishing for 200 seconds.
func (s *siege) ended(c *caller, id string) string {
	s.Helper()
	for range 6 {
		if got := c.settled(id); got.state != "never" {
			return got.state
		}
	}
	return "never"
}
