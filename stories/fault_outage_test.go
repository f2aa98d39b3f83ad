package stories

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sente/internal/app"
	"sente/internal/infra/httpapi"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/store/storetest/pgserver"
	"sente/internal/infra/testneed"
)

// durable starts a PostgreSQL that keeps what it has acknowledged.
func durable(t *testing.T) *pgserver.Server {
	t.Helper()
	s, err := pgserver.Start("fsync=on", "synchronous_commit=on", "full_page_writes=on")
	testneed.Need(t, "postgres", err == nil, fmt.Sprint(err))
	t.Cleanup(func() { _ = s.Stop() }) // it ends with this program anyhow
	return s
}

// outage lets eight clients write while what breaks the database runs, then
// until each has written again, and returns how long nothing could be written.
func (h *house) outage(round int, breaks func()) (down time.Duration, acknowledged []string, words map[string]int) {
	h.Helper()
	var mu sync.Mutex
	words = map[string]int{}
	var begun, back time.Time
	callers := make([]*caller, clients)
	for i := range callers {
		callers[i] = h.caller("officer")
	}
	var broken sync.WaitGroup
	broken.Go(func() {
		time.Sleep(300 * time.Millisecond) // into the writing
		mu.Lock()
		begun = time.Now()
		mu.Unlock()
		breaks()
	})
	together(func(client int, _ *rand.Rand) {
		for n := 0; ; n++ {
			name := fmt.Sprintf("演示中断%d-%d-%d", round, client, n)
			got := callers[client].do("POST", "/projects", lead(name))
			mu.Lock()
			if got.status == 201 {
				acknowledged = append(acknowledged, name)
				if words["failed"+fmt.Sprint(client)] > 0 && back.IsZero() {
					back = time.Now()
				}
			} else {
				words[got.words()]++
				words["failed"+fmt.Sprint(client)]++
			}
			over := !begun.IsZero() && (got.status == 201 && words["failed"+fmt.Sprint(client)] > 0 || time.Since(begun) > time.Minute)
			mu.Unlock()
			if over {
				return
			}
			if got.status != 201 {
				pause()
			}
		}
	})
	broken.Wait()
	for i := range clients {
		delete(words, "failed"+fmt.Sprint(i))
	}
	if !back.IsZero() {
		down = back.Sub(begun)
	}
	return down, acknowledged, words
}

// survived fails unless the outage was told in words, passed by itself and lost
// nothing.
func (h *house) survived(down time.Duration, acknowledged []string, words map[string]int) {
	h.Helper()
	const told = "503 store.down 数据库暂时无法连接，请稍后重试；如持续出现，请联系系统管理员。"
	busy := "503 store.busy 系统繁忙，请稍后重试。"
	if words[told] == 0 || down == 0 {
		h.Errorf("down %v, told %v", down, words)
	}
	for said := range words {
		if said != told && said != busy {
			h.Errorf("clients were also told %q", said)
		}
	}
	names := map[string]int{}
	officer := h.signIn("officer")
	for _, row := range officer.CSV("/projects/export?format=csv")[1:] {
		names[row[1]]++
	}
	lost := 0
	for _, name := range acknowledged {
		if names[name] != 1 {
			lost++
		}
	}
	if lost > 0 {
		h.Errorf("%d of %d acknowledged writes are lost", lost, len(acknowledged))
	}
	h.Logf("nothing could be written for %v; %d writes acknowledged, %d lost; told %v", down.Round(time.Millisecond), len(acknowledged), lost, words)
}

// TestFaultDatabaseRestarts: PostgreSQL crashes under load and starts again.
func TestFaultDatabaseRestarts(t *testing.T) {
	t.Parallel()
	pg := durable(t)
	p := storetest.On(t, pg.DSN)
	h := open(t, app.Config{Database: p.App, OwnerDatabase: p.Owner})
	h.staff("officer", "auditor")
	for round := range times(t, "FAULT_OUTAGES", 1) {
		down, acknowledged, words := h.outage(round, func() {
			h.must(pg.Kill())
			h.must(pg.Again())
		})
		h.survived(down, acknowledged, words)
	}
	h.verified(h.signIn("auditor"))
}

// TestFaultFailover: the primary dies under load, its synchronous standby is
// promoted; the program finds it by itself, and what was acknowledged is there.
func TestFaultFailover(t *testing.T) { repeated(t, "FAULT_FAILOVERS", failover) }

func failover(t *testing.T) {
	primary := durable(t)
	p := storetest.On(t, primary.DSN)
	standby, err := primary.Standby()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = standby.Stop() }) // it ends with this program anyhow
	storetest.Exec(t, primary.DSN, `ALTER SYSTEM SET synchronous_standby_names = '*'`, `SELECT pg_reload_conf()`)
	both := func(dsn string) string {
		u, err := url.Parse(dsn)
		if err != nil {
			t.Fatal(err)
		}
		one := u.Host
		return strings.Replace(dsn, one, one+","+fmt.Sprintf("127.0.0.1:%d", standby.Port), 1) + "&target_session_attrs=read-write"
	}
	h := open(t, app.Config{Database: both(p.App), OwnerDatabase: both(p.Owner)})
	h.staff("officer", "auditor")
	down, acknowledged, words := h.outage(0, func() {
		h.must(primary.Kill())
		h.must(standby.Promote())
	})
	h.survived(down, acknowledged, words)
	h.verified(h.signIn("auditor"))
	if got := h.server.As("zh").Root("GET", httpapi.Prefix+"/session", nil).StatusCode; got != 401 {
		t.Errorf("signed out, the session is answered %d", got)
	}
}
