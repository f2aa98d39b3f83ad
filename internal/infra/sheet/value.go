package sheet

import (
	"strings"
	"unicode"

	"sente/internal/kernel"
)

// Narrow turns full-width letters, digits and signs into their ASCII forms and
// every kind of space into a plain one.
func Narrow(s string) string {
	if plainASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - 0xFEE0
		case r == '\uFEFF', r == '\u200B':
			return -1
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, s)
}

// plainASCII reports that Narrow has nothing to do: most cells of most files.
func plainASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7F {
			return false
		}
	}
	return true
}

// Tidy removes outer spaces, invisible marks and a final line break; inner text
// stays as it is.
func Tidy(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\uFEFF' || r == '\u200B' })
}

// Plain is s for comparison: narrow, lower case, without spaces.
func Plain(s string) string {
	return strings.ToLower(strings.ReplaceAll(Narrow(s), " ", ""))
}

// Blank reports whether a cell says that there is nothing: empty, NA, N/A,
// null, 无, 暂无, or only dashes and slashes.
func Blank(s string) bool {
	s = Tidy(s)
	if len(s) > 60 {
		return false
	}
	p := Plain(s)
	switch p {
	case "", "na", "n/a", "#n/a", "null", "nil", "无", "暂无":
		return true
	}
	return strings.Trim(p, `-—–−－/\`) == ""
}

// FormulaError reports whether a cell holds a spreadsheet's error, #REF! and
// the like. #N/A counts as blank instead.
func FormulaError(s string) bool {
	switch s {
	case "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!":
		return true
	}
	return false
}

func invalid(word string, args ...any) error {
	return kernel.Faultf(kernel.ErrInvalid, word, args...)
}

func note(word string, args ...any) kernel.Fault {
	return kernel.Fault{Kind: kernel.ErrInvalid, Word: word, Args: args}
}
