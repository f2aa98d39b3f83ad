package stories

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sente/internal/infra/store/storetest"
)

// vault is where the backups of a house under load are kept.
type vault struct {
	*siege
	dir               string
	backing, bringing time.Duration // how long the last whole one took
	file              string        // the last whole backup
	roots             []string      // as printed when it was made
	least             map[string]int64
	cutBackups, cutRestores,
	committed int // restorings killed after everything was there
}

// acknowledged is the version of every project whose client was told it.
func (s *siege) acknowledged() map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]int64{}
	for id, k := range s.known {
		out[id] = k.version
	}
	return out
}

// endedAfter runs the program and kills it after a while, unless it has ended by then;
// out is what it said when it had.
func (p *process) endedAfter(d time.Duration, args ...string) (out string, killed bool) {
	p.Helper()
	var said strings.Builder
	cmd := exec.Command(p.binary, args...)
	cmd.Stdout, cmd.Stderr, cmd.Env = &said, &said, append(os.Environ(), "SENTE_LANG=en")
	if err := cmd.Start(); err != nil {
		p.Error(err) // also called beside the test's own goroutine
		return "", true
	}
	kill := time.AfterFunc(d, func() { _ = cmd.Process.Kill() }) // it may have ended
	err := cmd.Wait()
	kill.Stop()
	if err != nil && cmd.ProcessState.Exited() {
		p.Errorf("sente %s: %v\n%s", strings.Join(args, " "), err, said.String())
	}
	return said.String(), !cmd.ProcessState.Exited()
}

// within is a moment of d, and a little beyond.
func within(dice *rand.Rand, d time.Duration) time.Duration {
	return time.Duration(dice.Int64N(int64(d + d/10 + time.Millisecond)))
}

// backup is the command that writes a backup to file.
func (v *vault) backup(file string) []string {
	return append([]string{"backup", "-with-keys", "-o", file, "-data-dir", v.server.dir}, v.server.flags...)
}

// store kills a backup in the middle and then makes one, both under load.
func (v *vault) store(callers []*caller, dice *rand.Rand, n int) {
	v.Helper()
	broken := filepath.Join(v.dir, fmt.Sprintf("broken-%d.tar.gz", n))
	v.round(callers, dice, func() {
		if _, killed := v.server.endedAfter(within(dice, v.backing), v.backup(broken)...); killed {
			v.cutBackups++
		}
	})
	if _, err := os.Stat(broken); err == nil { // it has its name only when it is whole
		v.server.done("backup", "-check", broken)
	}
	v.file = filepath.Join(v.dir, fmt.Sprintf("whole-%d.tar.gz", n))
	v.round(callers, dice, func() {
		v.least = v.acknowledged()
		began := time.Now()
		out, _ := v.server.endedAfter(time.Minute, v.backup(v.file)...)
		v.backing, v.roots = time.Since(began), roots(out)
	})
	if checked := v.server.done("backup", "-check", v.file); len(v.roots) != 1 || fmt.Sprint(roots(checked)) != fmt.Sprint(v.roots) {
		v.Fatalf("made %v, checked:\n%s", v.roots, checked)
	}
}

// elsewhere is an empty place for an installation on the same engine.
func (v *vault) elsewhere() *siege {
	v.Helper()
	to := &siege{T: v.T, pg: v.pg, server: &process{T: v.T, dir: filepath.Join(v.TempDir(), "new"), binary: v.server.binary}}
	if v.pg != nil {
		p := storetest.On(v.T, v.pg.DSN)
		to.super, to.server.flags = p.Super, []string{"-database", p.App, "-owner-database", p.Owner}
	}
	to.server.flags = append(to.server.flags, "-checkpoint-dir", "")
	return to
}

// restore kills the restoring of the last whole backup in the middle, begins it
// again, and looks at what has come.
func (v *vault) restore(dice *rand.Rand) {
	v.Helper()
	to := v.elsewhere()
	restore := append([]string{"restore", v.file, "-data-dir", to.server.dir}, to.server.flags...)
	if v.bringing == 0 { // not known yet; it verifies besides
		v.bringing = 4 * v.backing
	}
	began := time.Now()
	_, killed := to.server.endedAfter(within(dice, v.bringing), restore...)
	mark := filepath.Join(to.server.dir, "RESTORING")
	_, err := os.Stat(mark)
	broken := err == nil
	if broken {
		v.cutRestores++
		out, err := to.server.command(append([]string{"migrate", "-data-dir", to.server.dir}, to.server.flags...)...)
		if err == nil || !strings.Contains(out, "is being restored, or its restoring was broken off") {
			v.Fatalf("a broken-off restoring is taken for an installation: %v\n%s", err, out)
		}
	}
	if killed {
		began = time.Now()
		out, err := to.server.command(restore...)
		switch {
		case err == nil && fmt.Sprint(roots(out)) == fmt.Sprint(v.roots):
			v.bringing = time.Since(began)
		case err != nil && strings.Contains(out, "is not empty") && (v.pg != nil || !broken):
			v.committed++ // killed when all was there: what the manual says is done
			if broken {
				to.audited()
				v.must(os.Remove(mark))
			}
		default:
			v.Fatalf("made %v, restored again: %v\n%s", v.roots, err, out)
		}
	} else {
		v.bringing = time.Since(began)
	}
	to.audited()
	v.holds(to)
}

// holds fails unless the restored installation has all that was acknowledged before
// the backup began, and of every import all or nothing.
func (v *vault) holds(to *siege) {
	v.Helper()
	there, imported := map[string]int64{}, map[string]int{}
	to.rows(`SELECT id, name, version FROM pipeline_projects`, func(scan func(...any)) {
		var id, name string
		var version int64
		scan(&id, &name, &version)
		there[id] = version
		if head, _, isImport := strings.Cut(name, "-"); isImport && strings.HasPrefix(head, "演示册") {
			imported[head+"-"]++
		}
	})
	for id, version := range v.least {
		if there[id] < version {
			v.Errorf("version %d of %s was acknowledged before the backup began; restored is %d", version, id, there[id])
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for head, n := range imported {
		if n != v.runs[head] {
			v.Errorf("%d of %d projects of import %s were restored", n, v.runs[head], head)
		}
	}
	if len(there) == 0 || len(v.least) == 0 {
		v.Errorf("%d projects restored, %d acknowledged: nothing was tried", len(there), len(v.least))
	}
}

// TestFaultBackups: backups are made, and killed at any moment, under eight clients'
// writes and imports; what was made is restored elsewhere, which is killed at any
// moment too and begun again. Nothing half is taken for whole, what comes has the
// root that was printed and all that was acknowledged, and the house that was
// backed up has noticed nothing.
func TestFaultBackups(t *testing.T) {
	t.Parallel()
	binary := build(t).binary
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			s, callers := besiege(t, binary, engine == "postgres")
			v := &vault{siege: s, dir: t.TempDir(), backing: 300 * time.Millisecond}
			rounds, dice := times(t, "FAULT_BACKUPS", 1), rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
			for n := range rounds {
				v.store(callers, dice, n)
				v.restore(dice)
			}
			if n := len(s.open); n > 0 {
				t.Errorf("%d requests were not answered while backups were made", n)
			}
			if rounds >= 10 && (v.cutBackups == 0 || v.cutRestores == 0) {
				t.Errorf("%d backups and %d restorings were killed: nothing was tried", v.cutBackups, v.cutRestores)
			}
			s.server.kill()
			s.compare()
			s.audited()
			t.Logf("%d backups killed and %d whole ones under load, the last in %v; %d restorings broken off (%d after all was there) and begun again, the last in %v; %d acknowledged writes",
				v.cutBackups, rounds, v.backing.Round(time.Millisecond), v.cutRestores, v.committed, v.bringing.Round(time.Millisecond), s.acks)
		})
	}
}
