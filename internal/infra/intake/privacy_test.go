package intake_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"sente/internal/infra/intake"
	"sente/internal/kernel"
)

// A colleague of the unit sees the run and the shape of the file, and by no way
// of reading it the personal data in it.
func TestPersonalColumnsStayWithWhoBroughtThem(t *testing.T) {
	each(t, func(h *house) {
		content := "企业名称,联系电话\n甲公司,13800000001\n乙公司,13800000002\n丙公司,13800000003\n"
		file, err := h.desk.Upload(h.ctx, "供应商.csv", strings.NewReader(content))
		h.must(err)
		own, err := h.desk.Sniff(h.ctx, file, "suppliers", intake.Settings{HeaderRow: 1})
		h.must(err)
		if !strings.Contains(text(h, own), "13800000001") {
			t.Errorf("who brought the file sees %s", text(h, own))
		}
		colleague := kernel.WithActor(context.Background(), kernel.Actor{Zone: "z1", ID: "u2", Unit: "d1", Roles: []string{"officer"}, Via: "session", Lang: "zh"})
		seen, err := h.desk.Sniff(colleague, file, "suppliers", intake.Settings{})
		h.must(err)
		if said := text(h, seen); strings.Contains(said, "138000") || !strings.Contains(said, "甲公司") {
			t.Errorf("a colleague sees %s", said)
		}
		for name, s := range map[string]intake.Settings{"a later header": {HeaderRow: 2}, "two headers": {HeaderRows: 2}, "another separator": {Delimiter: ";"}, "another encoding": {Encoding: "gb18030"}} {
			if _, err := h.desk.Sniff(colleague, file, "suppliers", s); word(h.TB, err) != "intake.file_of_another" {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := h.desk.Distinct(colleague, file, 1, s); word(h.TB, err) != "intake.file_of_another" {
				t.Errorf("%s, values: %v", name, err)
			}
		}
		asName := intake.Settings{Mapping: []intake.Assign{{Field: "name", Column: 1}}}
		if _, err := h.desk.Begin(colleague, file, "suppliers", asName); word(h.TB, err) != "intake.file_of_another" {
			t.Errorf("a run that names the firms by their telephones: %v", err)
		}
	})
}

func text(h *house, v any) string {
	h.Helper()
	b, err := json.Marshal(v)
	h.must(err)
	return string(b)
}
