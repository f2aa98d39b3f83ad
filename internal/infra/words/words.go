package words

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sente/internal/kernel"
)

// The languages every word exists in. Chinese is what a reader gets who asks
// for neither.
const (
	Chinese = "zh"
	English = "en"
)

//go:embed kernel/*.json
var kernelWords embed.FS

// Book holds the words of each language, by key.
type Book struct {
	byLang map[string]map[string]string
}

// Key is an argument of Say that is itself a message key: it is said in the
// reader's language.
type Key string

// Load merges words/zh.json and words/en.json of every source with the words of
// kernel's own faults. It fails when a key is defined twice, exists in one
// language only, or takes different arguments in the two.
func Load(sources ...fs.FS) (book Book, err error) {
	defer kernel.Wrap(&err, "words.Load")
	book = Book{byLang: map[string]map[string]string{Chinese: {}, English: {}}}
	if err := book.add(kernelWords, "kernel"); err != nil {
		return Book{}, err
	}
	for _, src := range sources {
		if err := book.add(src, "words"); err != nil {
			return Book{}, err
		}
	}
	return book, book.compare()
}

// Check reports what Load would refuse in sources: the test of a package's own words.
func Check(sources ...fs.FS) error {
	_, err := Load(sources...)
	return err
}

func (b Book) add(src fs.FS, folder string) error {
	for _, lang := range []string{Chinese, English} {
		name := folder + "/" + lang + ".json"
		raw, err := fs.ReadFile(src, name)
		if err != nil {
			return err
		}
		if err := b.merge(lang, name, raw); err != nil {
			return err
		}
	}
	return nil
}

// merge reads one file token by token, because decoding into a map would hide a
// key written twice.
func (b Book) merge(lang, name string, raw []byte) error {
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("%s: want one object of key to text: %v", name, err)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		var text string
		if err := dec.Decode(&text); err != nil {
			return fmt.Errorf("%s: %v: %w", name, key, err)
		}
		k, _ := key.(string)
		if _, twice := b.byLang[lang][k]; twice {
			return fmt.Errorf("%s: word %q is defined twice", name, k)
		}
		b.byLang[lang][k] = text
	}
	_, err := dec.Token()
	return err
}

// compare finds keys one language lacks and keys whose arguments differ.
func (b Book) compare() error {
	var errs []error
	zh, en := b.byLang[Chinese], b.byLang[English]
	for _, k := range slices.Sorted(maps.Keys(zh)) {
		text, ok := en[k]
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("word %q has no English", k))
		case !slices.Equal(verbs(zh[k]), verbs(text)):
			errs = append(errs, fmt.Errorf("word %q takes %v in Chinese and %v in English", k, verbs(zh[k]), verbs(text)))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(en)) {
		if _, ok := zh[k]; !ok {
			errs = append(errs, fmt.Errorf("word %q has no Chinese", k))
		}
	}
	return errors.Join(errs...)
}

var verb = regexp.MustCompile(`%(?:%|(?:\[(\d+)\])?[-+# 0]*[\d.]*([a-zA-Z]))`)

// verbs returns the distinct arguments text uses as "index verb", sorted.
func verbs(text string) []string {
	var out []string
	next := 1
	for _, m := range verb.FindAllStringSubmatch(text, -1) {
		if m[2] == "" {
			continue
		}
		if m[1] != "" {
			next, _ = strconv.Atoi(m[1])
		}
		out = append(out, fmt.Sprintf("%d%s", next, m[2]))
		next++
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Say returns key in lang with args put into its verbs. Arguments of type Key,
// []Key, kernel.Fault and *kernel.Fault are said in lang too, lists are joined
// as that language joins them. An unknown key is shown as ⟦key⟧: visible, and
// never a reason to fail.
func (b Book) Say(lang, key string, args ...any) string {
	text, ok := b.byLang[lang][key]
	if !ok {
		if text, ok = b.byLang[Chinese][key]; !ok {
			return "⟦" + key + "⟧"
		}
	}
	if len(args) == 0 {
		return strings.ReplaceAll(text, "%%", "%")
	}
	said := make([]any, len(args))
	for i, a := range args {
		said[i] = b.argument(lang, a)
	}
	return fmt.Sprintf(text, used(text, said)...)
}

// used drops arguments beyond the highest the text mentions, which fmt would
// report as %!(EXTRA …) inside the sentence.
func used(text string, args []any) []any {
	highest := 0
	for _, v := range verbs(text) {
		n, _ := strconv.Atoi(v[:len(v)-1])
		highest = max(highest, n)
	}
	return args[:min(highest, len(args))]
}

func (b Book) argument(lang string, arg any) any {
	switch a := arg.(type) {
	case Key:
		return b.Say(lang, string(a))
	case []Key:
		parts := make([]string, len(a))
		for i, k := range a {
			parts[i] = b.Say(lang, string(k))
		}
		return join(lang, parts)
	case []string:
		return join(lang, a)
	case kernel.Fault:
		return b.Say(lang, a.Word, a.Args...)
	case *kernel.Fault:
		return b.Say(lang, a.Word, a.Args...)
	}
	return arg
}

func join(lang string, parts []string) string {
	if lang == English {
		return strings.Join(parts, ", ")
	}
	return strings.Join(parts, "、")
}

// Has reports whether key exists.
func (b Book) Has(key string) bool {
	_, ok := b.byLang[Chinese][key]
	return ok
}

// Negotiate picks the language of an Accept-Language header (RFC 9110): the
// supported one with the highest weight, or fallback when it names none.
func Negotiate(header, fallback string) string {
	best, bestQ := "", 0.0
	for _, part := range strings.Split(header, ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q="); ok {
			var err error
			if q, err = strconv.ParseFloat(v, 64); err != nil {
				continue
			}
		}
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if (base == Chinese || base == English) && q > bestQ {
			best, bestQ = base, q
		}
	}
	switch {
	case best != "":
		return best
	case fallback == English:
		return English
	}
	return Chinese
}
