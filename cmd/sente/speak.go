package main

import (
	"embed"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"sente/internal/app"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

//go:embed words
var cliWords embed.FS

// speaker says words in the administrator's language.
type speaker struct {
	book words.Book
	lang string
}

// newSpeaker takes the language from SENTE_LANG, else from the locale, else
// Chinese.
func newSpeaker(environ []string) (speaker, error) {
	book, err := words.Load(append(app.Words(), cliWords)...)
	return speaker{book, languageOf(environ)}, err
}

func languageOf(environ []string) string {
	env := map[string]string{}
	for _, line := range environ {
		if name, value, ok := strings.Cut(line, "="); ok {
			env[name] = value
		}
	}
	for _, name := range []string{"SENTE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		switch value := strings.ToLower(env[name]); {
		case strings.HasPrefix(value, words.English):
			return words.English
		case strings.HasPrefix(value, words.Chinese):
			return words.Chinese
		}
	}
	return words.Chinese
}

func (s speaker) say(key string, args ...any) string { return s.book.Say(s.lang, key, args...) }

// fault says an error: a Fault and its parts in words, anything else as it is.
func (s speaker) fault(err error) string {
	var f *kernel.Fault
	if !errors.As(err, &f) {
		return err.Error()
	}
	text := s.say(f.Word, f.Args...)
	for i := range f.Details {
		text += "\n  " + s.fault(&f.Details[i])
	}
	return text
}

// helpConfig explains every setting, for a terminal.
func (s speaker) helpConfig() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", s.say("cli.help_config"))
	for _, set := range settings() {
		fmt.Fprintf(&b, "\n-%s · %s · %s", set.name, set.env(), set.key())
		if set.fallback != "" {
			fmt.Fprintf(&b, " = %s", set.fallback)
		}
		fmt.Fprintf(&b, "\n    %s\n", s.say("cli.set."+set.key()))
	}
	return b.String()
}

// commandList is the list of commands with what each does.
func (s speaker) commandList() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, c := range commands() {
		fmt.Fprintf(w, "  %s\t%s\n", c.name, s.say("cli.cmd."+c.name))
	}
	_ = w.Flush()
	return b.String()
}

// configTable is docs/configuration.md: the same settings, in both languages.
func configTable(book words.Book) string {
	var b strings.Builder
	b.WriteString("# 配置 · Configuration\n\n<!-- Made from cmd/sente/config.go and its words by `make maps`; edit those. -->\n")
	for _, lang := range []string{words.Chinese, words.English} {
		say := func(key string) string { return book.Say(lang, key) }
		fmt.Fprintf(&b, "\n%s\n\n| %s | %s | %s | %s | %s |\n|---|---|---|---|---|\n", say("cli.help_config"),
			say("cli.col.key"), say("cli.col.flag"), say("cli.col.env"), say("cli.col.default"), say("cli.col.meaning"))
		for _, set := range settings() {
			fallback := ""
			if set.fallback != "" {
				fallback = "`" + set.fallback + "`"
			}
			fmt.Fprintf(&b, "| `%s` | `-%s` | `%s` | %s | %s |\n", set.key(), set.name, set.env(), fallback, say("cli.set."+set.key()))
		}
	}
	return b.String()
}
