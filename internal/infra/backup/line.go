package backup

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"sente/internal/infra/store"
)

// appendLine appends a row as one line: a JSON array.
func appendLine(dst []byte, values []any) ([]byte, error) {
	dst = append(dst, '[')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		switch x := v.(type) {
		case nil:
			dst = append(dst, "null"...)
		case int64:
			dst = strconv.AppendInt(dst, x, 10)
		case float64:
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return nil, fmt.Errorf("%v cannot be written", x)
			}
			dst = strconv.AppendFloat(dst, x, 'g', -1, 64)
		case string:
			if !utf8.ValidString(x) {
				return nil, errors.New("a text is not UTF-8")
			}
			dst = appendText(dst, x)
		case []byte:
			dst = append(dst, '"')
			dst = base64.StdEncoding.AppendEncode(dst, x)
			dst = append(dst, '"')
		default:
			return nil, fmt.Errorf("a %T cannot be written", v)
		}
	}
	return append(dst, ']', '\n'), nil
}

// escapes are the characters that JSON has a letter for.
const escapes = "\"\\\n\r\t"

// letters are those letters, in the same order.
const letters = "\"\\nrt"

// appendText appends s as a JSON string.
func appendText(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		if n := strings.IndexByte(escapes, c); n >= 0 {
			dst = append(dst, '\\', letters[n])
			continue
		}
		dst = fmt.Appendf(dst, `\u%04x`, c)
	}
	return append(append(dst, s[from:]...), '"')
}

var errLine = errors.New("a line is not a row of its table")

// parseLine is the inverse of appendLine for a row of s.
func parseLine(line string, s store.Shape) (values []any, err error) {
	rest, ok := strings.CutPrefix(line, "[")
	if !ok || !utf8.ValidString(line) {
		return nil, errLine
	}
	values = make([]any, len(s.Columns))
	for i, c := range s.Columns {
		if i > 0 {
			if rest, ok = strings.CutPrefix(rest, ","); !ok {
				return nil, errLine
			}
		}
		if values[i], rest, err = parseValue(rest, c.Kind); err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
	}
	if rest != "]" {
		return nil, errLine
	}
	return values, nil
}

func parseValue(text string, kind store.Kind) (v any, rest string, err error) {
	if rest, ok := strings.CutPrefix(text, "null"); ok {
		return nil, rest, nil
	}
	if kind == store.TextKind || kind == store.BytesKind {
		s, rest, err := parseText(text)
		if err != nil || kind == store.TextKind {
			return s, rest, err
		}
		b, err := base64.StdEncoding.DecodeString(s)
		return b, rest, err
	}
	end := strings.IndexAny(text, ",]")
	if end < 0 {
		return nil, "", errLine
	}
	if kind == store.IntKind {
		v, err = strconv.ParseInt(text[:end], 10, 64)
		return v, text[end:], err
	}
	x, err := strconv.ParseFloat(text[:end], 64)
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil, "", errLine
	}
	return x, text[end:], err
}

// parseText reads one JSON string of the kind appendText writes.
func parseText(text string) (s, rest string, err error) {
	if text == "" || text[0] != '"' {
		return "", "", errLine
	}
	text = text[1:]
	var b strings.Builder
	for {
		n := strings.IndexAny(text, `"\`)
		if n < 0 || n+1 > len(text) {
			return "", "", errLine
		}
		b.WriteString(text[:n])
		if text[n] == '"' {
			if b.Len() == 0 {
				return "", text[n+1:], nil
			}
			return b.String(), text[n+1:], nil
		}
		if text, err = unescape(&b, text[n+1:]); err != nil {
			return "", "", err
		}
	}
}

// unescape writes what stands behind a backslash and returns the rest.
func unescape(b *strings.Builder, text string) (string, error) {
	if text == "" {
		return "", errLine
	}
	if n := strings.IndexByte(letters, text[0]); n >= 0 {
		b.WriteByte(escapes[n])
		return text[1:], nil
	}
	if text[0] != 'u' || len(text) < 5 {
		return "", errLine
	}
	c, err := strconv.ParseUint(text[1:5], 16, 8)
	if err != nil || c >= ' ' {
		return "", errLine
	}
	b.WriteByte(byte(c))
	return text[5:], nil
}
