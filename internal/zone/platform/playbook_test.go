package platform

import (
	"testing"

	"sente/internal/infra/words"
)

func TestShippedPlaybook(t *testing.T) {
	t.Parallel()
	b := Shipped()
	if len(b.Platforms) != 5 || b.SourceZh == "" || b.SourceEn == "" || !b.AsOf.Known() || !b.AsOf.Valid() {
		t.Fatalf("playbook %+v", b)
	}
	for _, p := range b.Platforms {
		if err := p.adopt(b.SourceZh, Platform{SinceOn: "2024-01-01"}).check(); err != nil || p.NameEn == "" || p.MissionEn == "" {
			t.Errorf("%s: %v", p.ID, err)
		}
	}
}

// Every refusal of a step that the table of moves does not have has its words.
func TestRefusedStepsHaveWords(t *testing.T) {
	t.Parallel()
	book, err := words.Load(Words)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range Moves() {
		for _, state := range []string{Open, Submitted, Objected, Accepted, Cancelled} {
			err := Docket{}.step(Task{State: state}, m.Do)
			if word := "platform.cannot_" + m.Do + "_" + state; (err == nil) == book.Has(word) {
				t.Errorf("%s from %s: %v, and the words have it: %v", m.Do, state, err, book.Has(word))
			}
		}
	}
}
