package demo

import (
	"testing"

	"sente/internal/app"
	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/scoreboard"
	"sente/internal/zone/scoreboard/naive"
)

// countedTwice fails t unless the scoreboard of the demo says what plain SQL
// over its rows comes to.
func countedTwice(t *testing.T, a *app.App) {
	t.Helper()
	ctx := kernel.WithActor(t.Context(), kernel.Actor{Zone: Zone, ID: "reader", Roles: []string{"leader"}, Via: "session", Lang: "zh"})
	for _, q := range []scoreboard.Query{{}, {From: "2020-01-01"}, {From: "2020-01-01", Kind: "expansion"}} {
		b, err := a.Score.Ask(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		err = a.DB.View(ctx, func(tx store.Tx) error {
			naive.Compare(t, b, naive.Count(ctx, t, tx, naive.Question{From: string(b.From), Until: string(b.Until), AsOf: string(b.AsOf), Expansion: q.Kind != ""}))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
