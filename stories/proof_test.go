package stories

import (
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// proved finds the newest act of verb in a project's timeline and checks its
// inclusion proof the way an outsider would: leaf to root, root to signature. It returns the entry's id.
func (h *house) proved(c *apitest.Client, project, verb string) (id string) {
	h.Helper()
	var timeline struct{ Items []journal.Entry }
	c.Get("/projects/" + project + "/timeline").Status(200).JSON(&timeline)
	for _, e := range timeline.Items {
		if e.Verb == verb {
			id = e.ID
			break
		}
	}
	if id == "" {
		h.Fatalf("no %s in %+v", verb, timeline.Items)
	}
	var p journal.Proof
	h.eventually("sequencing", func() bool {
		r := c.Get("/journal/" + id + "/proof")
		if r.StatusCode == 200 {
			r.JSON(&p)
		}
		return r.StatusCode == 200
	})
	root, err := tlog.ParseHash(p.Root)
	h.must(err)
	var path tlog.RecordProof
	for _, s := range p.Hashes {
		hash, err := tlog.ParseHash(s)
		h.must(err)
		path = append(path, hash)
	}
	h.must(tlog.CheckRecord(path, p.Size, root, p.Index, tlog.RecordHash([]byte(p.Leaf))))
	verifier, err := note.NewVerifier(p.Keys[len(p.Keys)-1])
	h.must(err)
	signed, err := note.Open([]byte(p.Checkpoint), note.VerifierList(verifier))
	h.must(err)
	if !strings.Contains(signed.Text, p.Root) || !strings.Contains(p.Leaf, id) || !strings.Contains(p.Leaf, verb) {
		h.Fatalf("checkpoint %q does not sign the root of leaf %s", signed.Text, p.Leaf)
	}
	return id
}

// report verifies the journal over the API.
func (h *house) report(c *apitest.Client) (rep journal.Report) {
	h.Helper()
	c.Post("/journal/verify", nil).Status(200).JSON(&rep)
	return rep
}

// verified fails unless everything is as it was recorded.
func (h *house) verified(c *apitest.Client) {
	h.Helper()
	if rep := h.report(c); !rep.OK() || rep.Entries == 0 {
		h.Fatalf("%d entries, %d findings, first %+v", rep.Entries, rep.Total, rep.Findings[:min(3, len(rep.Findings))])
	}
}

// exec changes the database behind the program's back.
func (h *house) exec(q string, args ...any) {
	h.Helper()
	ctx := kernel.WithActor(h.Context(), kernel.SystemActor(h.cfg.Zone, "cli"))
	h.must(h.app.DB.Update(ctx, func(tx store.Tx) error {
		_, err := tx.ExecContext(ctx, q, args...)
		return err
	}))
}
