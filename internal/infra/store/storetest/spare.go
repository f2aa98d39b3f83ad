package storetest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"testing"
)

// spares are databases of the test binary's own server that no test uses at the
// moment, by the migrations they have. Making one costs more than most tests.
type spares struct {
	mu   sync.Mutex
	idle map[string][]PostgresDSNs
}

// spare, like server, has no main of ours to be kept in.
var spare = sync.OnceValue(func() *spares { return &spares{idle: map[string][]PostgresDSNs{}} })

// Postgres returns the addresses of an empty database for migrations from
// sources: a new one, or one an earlier test of the binary with the same sources
// is done with, which is migrated already and comes without its owner's address.
// Who changes tables by the owner's hand asks NewPostgres instead.
func Postgres(t testing.TB, sources ...fs.FS) PostgresDSNs {
	t.Helper()
	if os.Getenv("SENTE_TEST_POSTGRES") != "" {
		return NewPostgres(t) // on somebody else's server nothing is left behind
	}
	super, key := ownServer(t), digest(t, sources)
	p, ok := spare().take(key)
	if ok {
		Exec(t, p.Super, empty)
		p.Owner = "" // there is nothing to migrate
	} else {
		p, _ = create(t, super)
	}
	t.Cleanup(func() {
		if !t.Failed() {
			spare().put(key, p)
		}
	})
	return p
}

func (s *spares) take(key string) (p PostgresDSNs, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.idle[key]
	if len(list) == 0 {
		return p, false
	}
	s.idle[key] = list[:len(list)-1]
	return list[len(list)-1], true
}

func (s *spares) put(key string, p PostgresDSNs) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle[key] = append(s.idle[key], p)
}

// empty ends what sessions are left and removes every row but the record of the
// migrations; a large table is emptied at once, for nothing is vacuumed here.
const empty = `DO $$
DECLARE r record;
BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
  SET LOCAL session_replication_role = replica;
  FOR r IN SELECT oid, relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname <> 'schema_migrations' LOOP
    IF pg_relation_size(r.oid) > 500000 THEN
      EXECUTE format('TRUNCATE %I CASCADE', r.relname);
    ELSE
      EXECUTE format('DELETE FROM %I', r.relname);
    END IF;
  END LOOP;
END $$`

// digest tells sources apart by what is in them.
func digest(t testing.TB, sources []fs.FS) string {
	t.Helper()
	sum := sha256.New()
	for _, source := range sources {
		err := fs.WalkDir(source, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := fs.ReadFile(source, path)
			fmt.Fprintf(sum, "%q %q\n", path, text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}
