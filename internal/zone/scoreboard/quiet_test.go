package scoreboard_test

import (
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"sente/internal/infra/store"
	"sente/internal/zone/scoreboard"
)

// What was let go because nobody asked is counted again, the same, when
// somebody does.
func TestFiguresAfterAQuietNight(t *testing.T) {
	t.Parallel()
	z := newZone(t, store.Config{DSN: filepath.Join(t.TempDir(), "quiet.db")})
	z.live(rand.New(rand.NewPCG(1, 30)), 1, 30)
	z.must(z.seq.Tick(z.ctx))
	q := scoreboard.Query{From: "2023-01-01", Until: "2023-12-31"}
	before := z.ask(q)
	z.must(z.desk.Warm(z.ctx))
	z.now = z.now.Add(2 * time.Hour)
	z.must(z.desk.Warm(z.ctx))
	after := z.ask(q)
	if len(before.Lights) == 0 || !reflect.DeepEqual(before.Lights, after.Lights) {
		t.Errorf("before %+v\nafter %+v", before.Lights, after.Lights)
	}
}
