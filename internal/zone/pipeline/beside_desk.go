package pipeline

import (
	"context"
	"encoding/json"
	"slices"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// heldFault refuses what another project's signing stands against. Which project
// that is and when it signed is told to those who may read it: two operators that
// sign the same firm learn nothing of each other.
func (d *Desk) heldFault(ctx context.Context, tx store.Tx, held *Signing) error {
	p, err := Get(ctx, tx, held.Project)
	if err != nil {
		return err
	}
	if d.gate.Allow(ctx, tx, "pipeline.read", p.resource()) != nil {
		return kernel.Faultf(kernel.ErrConflict, "pipeline.signing_held_elsewhere")
	}
	return kernel.Faultf(kernel.ErrConflict, "pipeline.signing_held", p.Code, held.On)
}

// lookBeside finds out which of the other projects on k's contract the caller may
// read, and which signings of theirs.
func (d *Desk) lookBeside(ctx context.Context, tx store.Tx, k *Docket) (err error) {
	defer kernel.Wrap(&err, "lookBeside")
	var projects, signings []string
	if k.Project.SigningHeldBy != "" {
		projects = append(projects, k.Project.SigningHeldBy)
	}
	own := ""
	if k.Signing != nil {
		if own = k.Signing.ID; k.Signing.Follows != "" {
			signings = append(signings, k.Signing.Follows)
		}
	}
	for _, c := range k.Ceremonies {
		if c.Project != k.Project.ID {
			projects = append(projects, c.Project)
		}
		if c.Signing != own {
			signings = append(signings, c.Signing)
		}
	}
	if len(projects)+len(signings) == 0 {
		return nil
	}
	of := map[string]string{}
	if err := store.Among(ctx, tx, "id", signings, "", func(s Signing) error {
		of[s.ID], projects = s.Project, append(projects, s.Project)
		return nil
	}); err != nil {
		return err
	}
	if k.beside, err = Among(ctx, tx, d.gate, slices.Compact(slices.Sorted(slices.Values(projects)))); err != nil {
		return err
	}
	for id, project := range of {
		if k.beside[project] || project == k.Project.ID {
			k.beside[id] = true
		}
	}
	return nil
}

// veilCeremonies takes out of entries about project id what earlier versions told
// of the other project on its contract to those who may not read that one.
func (d *Desk) veilCeremonies(ctx context.Context, tx store.Tx, id string, entries []journal.Entry) error {
	type facts struct {
		Project string `json:"project"`
		Holder  string `json:"holder"`
		On      string `json:"on"`
	}
	told, others := map[int]facts{}, []string{}
	for i, e := range entries {
		var f facts
		if e.Verb != "pipeline.ceremony_attached" || json.Unmarshal(e.Detail, &f) != nil || f.Project == "" {
			continue
		}
		told[i], others = f, append(others, f.Project, f.Holder)
	}
	if len(told) == 0 {
		return nil
	}
	may, err := Among(ctx, tx, d.gate, others)
	if err != nil {
		return err
	}
	for i, f := range told {
		e := &entries[i]
		if may[f.Project] && may[f.Holder] {
			continue
		}
		if e.Detail, err = json.Marshal(map[string]string{"on": f.On}); err != nil {
			return err
		}
		if f.Project != id {
			rule := kernel.ActorOf(byRule(ctx, tx))
			e.Actor, e.ActorName, e.Via, e.Request = rule.ID, rule.Name, rule.Via, ""
		}
	}
	return nil
}
