package pipeline

import (
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/files"
	"sente/internal/infra/store"
	"sente/internal/infra/words"
)

func newDesk(t testing.TB, db *store.DB, gate *access.Gate) *Desk {
	t.Helper()
	folder, err := files.Open(files.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	book, err := words.Load(Words)
	if err != nil {
		t.Fatal(err)
	}
	return NewDesk(db, gate, book, folder)
}

// trackNamed is a track as shipped.
func trackNamed(id string) Track {
	t, _ := DefaultTracks().Find(id)
	return t
}

func general() Track { return trackNamed(GeneralTrack) }
