package pipeline

import (
	"context"
)

// Vocabulary is the general pipeline as data, with every step that some track
// knows.
type Vocabulary struct {
	Stages   []StageInfo `json:"stages" doc:"the chain, the stages beside it, then the steps that tracks have within a stage (their rank is that stage's)"`
	Moves    []Move      `json:"transitions"`
	Gates    []GateRow   `json:"gates"`
	Papers   []GateRow   `json:"papers" doc:"kinds of document that no gate asks for"`
	Classes  []string    `json:"classes"`
	Evidence string      `json:"other_evidence" doc:"the kind of a document no gate asks for"`
}

type vocabularyOut struct{ Body Vocabulary }

func (d *Desk) getDefinition(ctx context.Context, _ *struct{}) (*vocabularyOut, error) {
	v, err := d.Vocabulary(ctx)
	return &vocabularyOut{v}, err
}
