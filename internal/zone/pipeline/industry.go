package pipeline

import (
	_ "embed"
	"encoding/json"
	"strings"

	"sente/internal/kernel"
)

//go:embed industries.json
var industriesJSON []byte

// Industry is a section (one letter) or division (letter and two digits) of the
// industrial classification for national economic activities, GB/T 4754-2017:
// 20 sections, 97 divisions.
type Industry struct {
	Code string `json:"code"`
	Zh   string `json:"zh"`
	En   string `json:"en"`
}

// Industries lists GB/T 4754-2017 in the order of the standard.
func Industries() []Industry {
	var all []Industry
	if err := json.Unmarshal(industriesJSON, &all); err != nil {
		panic("pipeline: industries.json: " + err.Error()) // fixed when the program was built
	}
	return all
}

// industryBook finds industries by code, by bare division number and by name.
type industryBook map[string]Industry

func newIndustryBook() industryBook {
	book := industryBook{}
	for _, i := range Industries() {
		book[i.Code] = i
		if len(i.Code) == 3 {
			book[i.Code[1:]] = i
		}
	}
	for _, i := range Industries() { // a name shared by section and division means the division
		book[i.Zh] = i
		book[strings.ToLower(i.En)] = i
	}
	return book
}

// check returns the standard's spelling of code ("c36" and "36" → "C36").
func (b industryBook) check(code string) (string, error) {
	code = strings.ToUpper(strings.TrimSpace(code))
	if code == "" {
		return "", nil
	}
	if len(code) <= 3 {
		if i, ok := b[code]; ok {
			return i.Code, nil
		}
	}
	return "", kernel.FieldFault("industry", "pipeline.unknown_industry", code)
}

// named finds an industry by its full name or code; "" when the text is neither.
func (b industryBook) named(text string) string {
	text = strings.TrimSpace(text)
	for _, key := range []string{text, strings.ToUpper(text), strings.ToLower(text)} {
		if i, ok := b[key]; ok {
			return i.Code
		}
	}
	return ""
}
