package pipeline

import (
	_ "embed"
	"encoding/json"
)

//go:embed stagewords.json
var stageWordsJSON []byte

// StageWord says which stage a word of some register means. A word without a
// stage is known to be ambiguous: a row that uses it is refused, with Note
// saying why, and never guessed.
type StageWord struct {
	Word  string `json:"word"`
	Stage Stage  `json:"stage"`
	WhyZh string `json:"why_zh,omitempty"` // reason kept with a lost or terminated project
	WhyEn string `json:"why_en,omitempty"`
	Note  string `json:"note,omitempty"` // where the word is used, or why it says too little
}

// StageWords is the vocabulary of registers, by word.
func StageWords() []StageWord {
	var all []StageWord
	if err := json.Unmarshal(stageWordsJSON, &all); err != nil {
		panic("pipeline: stagewords.json: " + err.Error()) // fixed when the program was built
	}
	return all
}

// stageBook finds stage words by their folded form.
type stageBook map[string]StageWord

func newStageBook() stageBook {
	book := stageBook{}
	for _, w := range StageWords() {
		book[fold(w.Word)] = w
	}
	return book
}

func (b stageBook) find(text string) (StageWord, bool) {
	w, ok := b[fold(text)]
	return w, ok
}
