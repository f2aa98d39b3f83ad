package store

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
)

// holds reports whether the database file and its log hold text.
func (g *grouped) holds(text string) (file, log bool) {
	g.Helper()
	g.db.writer.background.Wait()
	for i, name := range []string{g.db.cfg.DSN, g.db.cfg.DSN + "-wal"} {
		raw, err := os.ReadFile(strings.TrimPrefix(name, "sqlite:"))
		if err != nil {
			g.Fatal(err)
		}
		*[]*bool{&file, &log}[i] = bytes.Contains(raw, []byte(text))
	}
	return file, log
}

func (g *grouped) do(query string, forget bool) {
	g.Helper()
	err := g.db.Update(g.ctx, func(tx Tx) error {
		if forget {
			tx.Forget()
		}
		_, err := tx.ExecContext(g.ctx, query)
		return err
	})
	if err != nil {
		g.Fatal(err)
	}
}

// What is erased by law leaves the log as well, once nobody reads an older state.
func TestForgetEmptiesTheLog(t *testing.T) {
	const secret = "erased-text-of-a-person"
	const put, gone = "INSERT INTO group_rows (zone, id, n) VALUES ('z', '" + secret + "', 1)", "DELETE FROM group_rows"
	g := newGrouped(t)
	g.do(put, false)
	g.do(gone, false)
	if _, log := g.holds(secret); !log {
		t.Fatal("the log does not hold what was written: the test shows nothing")
	}
	g.do(put, false)
	g.do(gone, true)
	if file, log := g.holds(secret); file || log {
		t.Errorf("erased, but held by the file %v, by the log %v", file, log)
	}

	g.do(put, false)
	inside, leave, left := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		left <- g.db.View(g.ctx, func(tx Tx) error {
			_, err := Count(g.ctx, tx, "SELECT count(*) FROM group_rows")
			close(inside)
			<-leave
			return err
		})
	}()
	<-inside
	g.db.writer.tried = time.Time{}
	g.do(gone, true)
	if _, log := g.holds(secret); !log {
		t.Error("the log was emptied under a reader")
	}
	close(leave)
	if err := <-left; err != nil {
		t.Fatal(err)
	}
	g.db.writer.tried = time.Time{}
	g.do("DELETE FROM group_rows", false)
	if file, log := g.holds(secret); file || log {
		t.Errorf("after the reader has left it is held by the file %v, by the log %v", file, log)
	}
}
