package httpapi

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"sente/internal/kernel"
)

// messages is the table from what huma and readJSON say to our words. A capture
// becomes an argument. The first that matches counts.
var messages = []struct {
	pattern *regexp.Regexp
	word    string
}{
	{regexp.MustCompile(`^expected required property (.+) to be present$`), "httpapi.v_required"},
	{regexp.MustCompile(`^required (?:query|header|path|cookie|form) parameter is missing$`), "httpapi.v_required"},
	{regexp.MustCompile(`^expected property (.+) to be present when (.+) is present$`), "httpapi.v_required_with"},
	{regexp.MustCompile(`^unexpected property$`), "httpapi.v_unexpected"},
	{regexp.MustCompile(`^unknown query parameter$`), "httpapi.v_unknown_query"},
	{regexp.MustCompile(`^expected (?:string)$`), "httpapi.v_string"},
	{regexp.MustCompile(`^expected boolean$|^invalid boolean$`), "httpapi.v_boolean"},
	{regexp.MustCompile(`^expected number$|^invalid float$|^invalid floating value$`), "httpapi.v_number"},
	{regexp.MustCompile(`^expected integer$|^invalid integer$`), "httpapi.v_integer"},
	{regexp.MustCompile(`^expected array$`), "httpapi.v_array"},
	{regexp.MustCompile(`^expected object$`), "httpapi.v_object"},
	{regexp.MustCompile(`^expected length >= (\d+)$`), "httpapi.v_min_length"},
	{regexp.MustCompile(`^expected length <= (\d+)$`), "httpapi.v_max_length"},
	{regexp.MustCompile(`^expected number >= (.+)$`), "httpapi.v_minimum"},
	{regexp.MustCompile(`^expected number > (.+)$`), "httpapi.v_above"},
	{regexp.MustCompile(`^expected number <= (.+)$`), "httpapi.v_maximum"},
	{regexp.MustCompile(`^expected number < (.+)$`), "httpapi.v_below"},
	{regexp.MustCompile(`^expected number to be a multiple of (.+)$`), "httpapi.v_multiple"},
	{regexp.MustCompile(`^expected value to be one of "(.*)"$`), "httpapi.v_enum"},
	{regexp.MustCompile(`^expected value to be (.+)$`), "httpapi.v_const"},
	{regexp.MustCompile(`^expected array length >= (\d+)$`), "httpapi.v_min_items"},
	{regexp.MustCompile(`^expected array length <= (\d+)$`), "httpapi.v_max_items"},
	{regexp.MustCompile(`^expected array items to be unique$`), "httpapi.v_unique"},
	{regexp.MustCompile(`^expected object with at least (\d+) properties$`), "httpapi.v_min_properties"},
	{regexp.MustCompile(`^expected object with at most (\d+) properties$`), "httpapi.v_max_properties"},
	{regexp.MustCompile(`^expected at most one value, but received multiple values$`), "httpapi.v_one_value"},
	{regexp.MustCompile(`^expected string to be RFC 3339 date$`), "httpapi.v_date"},
	{regexp.MustCompile(`^expected string to be RFC \d+ (?:date-time|time)$|^invalid date/time for format`), "httpapi.v_time"},
	{regexp.MustCompile(`^expected duration: `), "httpapi.v_duration"},
	{regexp.MustCompile(`^expected string to be RFC 5322 email`), "httpapi.v_email"},
	{regexp.MustCompile(`^expected string to be RFC 3986 (?:absolute )?uri|^invalid url.URL value$`), "httpapi.v_uri"},
	{regexp.MustCompile(`^expected string to be RFC 4122 uuid`), "httpapi.v_uuid"},
	{regexp.MustCompile(`^expected string to be (?:either )?RFC (?:2673|2373) ipv?[46]|^expected string to be RFC 5890 hostname$`), "httpapi.v_host"},
	{regexp.MustCompile(`^expected string to be base64 encoded$`), "httpapi.v_base64"},
	{regexp.MustCompile(`^expected string to match pattern (.+)$`), "httpapi.v_pattern"},
	{regexp.MustCompile(`^expected string to be regex|^expected string to be RFC (?:6570|6901)`), "httpapi.v_form"},
	{regexp.MustCompile(`^expected string to be (.+)$`), "httpapi.v_pattern_is"},
	{regexp.MustCompile(`^expected value to (?:match|not match) |^expected propertyName value|^invalid value: `), "httpapi.v_form"},
	{regexp.MustCompile(`^json: not UTF-8$`), "httpapi.json_utf8"},
	{regexp.MustCompile(`^json: syntax at byte (\d+)$`), "httpapi.json_syntax"},
	{regexp.MustCompile(`^json: too deep$`), "httpapi.json_deep"},
	{regexp.MustCompile(`^json: twice: (.+)$`), "httpapi.json_twice"},
	{regexp.MustCompile(`^json: character in: (.*)$`), "httpapi.v_character"},
	{regexp.MustCompile(`^json: cannot unmarshal (?:.* into Go struct field [^. ]*\.(\S+) of type )?`), "httpapi.v_range"},
	{regexp.MustCompile(`^unknown content type`), "httpapi.not_json"},
	{regexp.MustCompile(`^request body is required$`), "httpapi.body_missing"},
}

// unknownMessage is the word for a message the table lacks; a test sees to it
// that none does.
const unknownMessage = "httpapi.v_other"

// wordOf finds the word and arguments for what huma said.
func wordOf(message string) (string, []any) {
	for _, m := range messages {
		found := m.pattern.FindStringSubmatch(message)
		if found == nil {
			continue
		}
		var args []any
		for _, a := range found[1:] {
			args = append(args, a)
		}
		return m.word, args
	}
	return unknownMessage, []any{message}
}

// maxDetails bounds how many mistakes are told at once: a megabyte of them would
// be answered with ten.
const maxDetails = 100

// translate replaces huma's own errors by problems in the reader's language.
func (d *Door) translate(ctx huma.Context, status string, v any) (any, error) {
	model, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	f := kernel.Fault{Kind: kernel.ErrInvalid, Word: "httpapi.invalid"}
	switch status {
	case strconv.Itoa(http.StatusBadRequest):
		f.Kind, f.Word = errMalformed, "httpapi.malformed"
	case strconv.Itoa(http.StatusUnsupportedMediaType):
		f.Kind, f.Word = kernel.ErrUnsupported, "httpapi.not_json"
	}
	for _, e := range model.Errors[:min(len(model.Errors), maxDetails)] {
		f.Details = append(f.Details, detail(e))
	}
	if len(model.Errors) == 0 {
		word, args := wordOf(model.Detail)
		f.Details = []kernel.Fault{{Word: word, Args: args}}
	}
	slices.SortStableFunc(f.Details, func(a, b kernel.Fault) int { return strings.Compare(a.Field, b.Field) })
	if len(f.Details) > 0 && allLackField(f.Details) {
		f = kernel.Fault{Kind: f.Kind, Word: f.Details[0].Word, Args: f.Details[0].Args}
	}
	p := d.sayFault(callOf(ctx.Context()), &f)
	if n, err := strconv.Atoi(status); err == nil {
		p.Status = n
	}
	return p, nil
}

func allLackField(parts []kernel.Fault) bool {
	return !slices.ContainsFunc(parts, func(f kernel.Fault) bool { return f.Field != "" })
}

// detail turns one of huma's details into a fault about a field. For a missing
// property huma names the object it is missing from; people are told the property.
func detail(e *huma.ErrorDetail) kernel.Fault {
	word, args := wordOf(e.Message)
	field := fieldOf(e.Location)
	switch {
	case word == "httpapi.v_required" && len(args) == 1, word == "httpapi.v_required_with":
		name, _ := args[0].(string)
		field, args = joinField(field, name), args[1:]
	case word == "httpapi.json_twice", word == "httpapi.v_character", word == "httpapi.v_range":
		name, _ := args[0].(string)
		field, args = name, nil
	}
	return kernel.Fault{Kind: kernel.ErrInvalid, Word: word, Args: args, Field: field}
}

// fieldOf drops where huma found the field: people know it by its name.
func fieldOf(location string) string {
	for _, where := range []string{"body", "query", "path", "header", "cookie", "form"} {
		if location == where {
			return ""
		}
		if field, ok := strings.CutPrefix(location, where+"."); ok {
			return field
		}
	}
	return strings.TrimPrefix(location, "body")
}
