package pipeline

import (
	_ "embed"
	"fmt"

	"sente/internal/kernel"
)

//go:embed papers.json
var papersJSON []byte

// Voucher is the kind of a document that shows funds have been paid in.
const Voucher = "voucher"

// Papers are the kinds of document that no gate asks for but that have a class
// and rules of their own (papers.json).
func Papers() Gates {
	rows, err := parsePapers(papersJSON)
	if err != nil {
		panic("pipeline: papers.json: " + err.Error()) // fixed when the program was built
	}
	return rows
}

func parsePapers(data []byte) (rows Gates, err error) {
	defer kernel.Wrap(&err, "pipeline.parsePapers")
	if err := strictly(data, &rows); err != nil {
		return nil, err
	}
	for _, r := range rows {
		r.Stage = Lead // a paper belongs to no stage; its other rules are those of a gate's row
		if why := faultyRow(r); why != "" || r.Kind != NeedEvidence {
			return nil, fmt.Errorf("%s: %s", r.ID, why)
		}
	}
	return rows, nil
}
