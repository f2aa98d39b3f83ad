package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// strictNames makes huma compare field names exactly. Otherwise {"name":…,
// "Name":…} would be two values for one field, and one of them lost.
var strictNames = sync.OnceFunc(func() { huma.ValidateStrictCasing = true })

// jsonFormat reads JSON without guessing: what encoding/json would silently
// repair (bytes that are not UTF-8, halves of a surrogate pair, a name given
// twice, text after the value) is refused.
func jsonFormat() huma.Format {
	return huma.Format{Marshal: writeJSON, Unmarshal: readJSON}
}

// The messages of readJSON; validation.go has their words.
const (
	jsonNotUTF8   = "json: not UTF-8"
	jsonSyntax    = "json: syntax at byte %d"
	jsonDeep      = "json: too deep"
	jsonTwice     = "json: twice: %s"
	jsonCharacter = "json: character in: %s"
)

// maxDepth bounds nesting.
const maxDepth = 64

func readJSON(raw []byte, v any) error {
	if _, first := v.(*any); first { // huma validates a copy in general form before it fills the struct
		if err := checkJSON(raw); err != nil {
			return err
		}
	}
	return json.Unmarshal(raw, v)
}

// checkJSON reads raw token by token.
func checkJSON(raw []byte) error {
	if !utf8.Valid(raw) {
		return errors.New(jsonNotUTF8)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	c := jsonChecker{dec: dec, replaced: bytes.Contains(raw, []byte("\uFFFD")) || bytes.Contains(bytes.ToLower(raw), []byte(`\ufffd`))}
	if err := c.value(""); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf(jsonSyntax, dec.InputOffset())
	}
	return nil
}

type jsonChecker struct {
	dec      *json.Decoder
	replaced bool // the input itself holds U+FFFD
	depth    int
}

func (c *jsonChecker) value(path string) error {
	t, err := c.dec.Token()
	if err != nil {
		return fmt.Errorf(jsonSyntax, c.dec.InputOffset())
	}
	switch t := t.(type) {
	case string:
		return c.text(path, t)
	case json.Delim:
		if c.depth++; c.depth > maxDepth {
			return errors.New(jsonDeep)
		}
		defer func() { c.depth-- }()
		if t == '{' {
			return c.object(path)
		}
		return c.array(path)
	}
	return nil
}

func (c *jsonChecker) object(path string) error {
	names := map[string]bool{}
	for c.dec.More() {
		t, err := c.dec.Token()
		if err != nil {
			return fmt.Errorf(jsonSyntax, c.dec.InputOffset())
		}
		name, _ := t.(string)
		under := joinField(path, name)
		if names[name] {
			return fmt.Errorf(jsonTwice, under)
		}
		names[name] = true
		if err := c.text(path, name); err != nil {
			return err
		}
		if err := c.value(under); err != nil {
			return err
		}
	}
	return c.end()
}

func (c *jsonChecker) array(path string) error {
	for i := 0; c.dec.More(); i++ {
		if err := c.value(fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	return c.end()
}

func (c *jsonChecker) end() error {
	if _, err := c.dec.Token(); err != nil {
		return fmt.Errorf(jsonSyntax, c.dec.InputOffset())
	}
	return nil
}

// text refuses what the databases cannot hold (NUL) and what the decoder made up
// (U+FFFD for half a surrogate pair).
func (c *jsonChecker) text(path, s string) error {
	if strings.ContainsRune(s, 0) || !c.replaced && strings.ContainsRune(s, utf8.RuneError) {
		return fmt.Errorf(jsonCharacter, path)
	}
	return nil
}

// badText is the word for what is wrong with a text parameter, "" for nothing.
func badText(s string) string {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return "httpapi.v_character"
	}
	return ""
}
