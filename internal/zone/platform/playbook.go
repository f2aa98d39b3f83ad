package platform

import (
	_ "embed"
	"encoding/json"

	"sente/internal/kernel"
)

//go:embed playbook.json
var playbookText []byte

// Play is one platform of the playbook, to be adopted by a zone.
type Play struct {
	ID        string `json:"id"`
	Track     string `json:"track"` // id of the pipeline its projects follow
	NameZh    string `json:"name_zh"`
	NameEn    string `json:"name_en"`
	MissionZh string `json:"mission_zh"`
	MissionEn string `json:"mission_en"`
}

// Playbook is the platforms that ship with the program, with where they come from.
type Playbook struct {
	AsOf      kernel.Date `json:"as_of"` // the day the source was last checked
	SourceZh  string      `json:"source_zh"`
	SourceEn  string      `json:"source_en"`
	Platforms []Play      `json:"platforms"`
}

// Shipped returns the playbook that ships with the program.
func Shipped() Playbook {
	var b Playbook
	if err := json.Unmarshal(playbookText, &b); err != nil {
		panic("platform: playbook.json: " + err.Error()) // a test reads it
	}
	return b
}

// play finds platform id of b.
func (b Playbook) play(id string) (Play, bool) {
	for _, p := range b.Platforms {
		if p.ID == id {
			return p, true
		}
	}
	return Play{}, false
}
