package httpapi_test

import (
	"context"
	"strings"
	"testing"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/httpapi/apitest"
)

// every is an input with every check an API of ours may ask of huma.
type every struct {
	ID    int64    `path:"id"`
	Limit int      `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Stage []string `query:"stage" enum:"lead,signed"`
	On    string   `query:"on" format:"date"`
	Yes   bool     `query:"yes"`
	Share float64  `query:"share"`
	Need  string   `header:"X-Need" required:"true"`
	Body  struct {
		Name  string   `json:"name" minLength:"2" maxLength:"5"`
		Kind  string   `json:"kind,omitempty" enum:"a,b"`
		Count int64    `json:"count,omitempty" minimum:"1" maximum:"10"`
		Above float64  `json:"above,omitempty" exclusiveMinimum:"1" exclusiveMaximum:"2" `
		Step  int      `json:"step,omitempty" multipleOf:"5"`
		Code  string   `json:"code,omitempty" pattern:"^[0-9]+$"`
		Digit string   `json:"digit,omitempty" pattern:"^[0-9]+$" patternDescription:"digits"`
		Mail  string   `json:"mail,omitempty" format:"email"`
		Site  string   `json:"site,omitempty" format:"uri"`
		UUID  string   `json:"uuid,omitempty" format:"uuid"`
		At    string   `json:"at,omitempty" format:"date-time"`
		Day   string   `json:"day,omitempty" format:"date"`
		Clock string   `json:"clock,omitempty" format:"time"`
		Host  string   `json:"host,omitempty" format:"hostname"`
		IP    string   `json:"ip,omitempty" format:"ipv4"`
		Wait  string   `json:"wait,omitempty" format:"duration"`
		Re    string   `json:"re,omitempty" format:"regex"`
		Raw   []byte   `json:"raw,omitempty"`
		Tags  []string `json:"tags,omitempty" minItems:"2" maxItems:"3" uniqueItems:"true"`
		Sub   *struct {
			N int `json:"n"`
		} `json:"sub,omitempty"`
		Flag  bool           `json:"flag,omitempty"`
		Small int8           `json:"small,omitempty"`
		Map   map[string]int `json:"map,omitempty" minProperties:"1" maxProperties:"2"`
		From  string         `json:"from,omitempty" dependentRequired:"until"`
		Until string         `json:"until,omitempty"`
		Free  any            `json:"free,omitempty"`
	}
}

type echo struct {
	Body struct {
		Name  string `json:"name"`
		Count int64  `json:"count"`
	}
}

// TestEveryMalformedInput goes through all huma and the JSON reader can object to:
// each is answered with the field's name and a message of ours.
func TestEveryMalformedInput(t *testing.T) {
	t.Parallel()
	reached := 0
	h := open(t, database(t), nil, func(d *httpapi.Door) {
		httpapi.Handle(d, httpapi.Route{Method: "POST", Path: "/things/{id}", Perm: "x.y"}, func(_ context.Context, in *every) (*echo, error) {
			reached++
			out := &echo{}
			out.Body.Name, out.Body.Count = in.Body.Name, in.Body.Count
			return out, nil
		})
	})
	ann := h.As("zh").Token("ann").With("X-Need", "1")
	var out struct {
		Name  string
		Count int64
	}
	ann.Post("/things/1?stage=lead,signed", `{"name":"名称","count":9}`).Status(200).JSON(&out)
	if out.Name != "名称" || out.Count != 9 || reached != 1 {
		t.Fatalf("got %+v", out)
	}
	ok := `{"name":"ab"}`
	for _, c := range []struct {
		path, body  string
		status      int
		field, code string
		message     string
	}{
		{"/things/x", ok, 422, "id", "httpapi.v_integer", "应为整数"},
		{"/things/1?limit=0", ok, 422, "limit", "httpapi.v_minimum", "不能小于 1"},
		{"/things/1?limit=201", ok, 422, "limit", "httpapi.v_maximum", "不能大于 200"},
		{"/things/1?limit=9x", ok, 422, "limit", "httpapi.v_integer", "应为整数"},
		{"/things/1?stage=lead,gone", ok, 422, "stage[1]", "httpapi.v_enum", "应为以下之一：lead, signed"},
		{"/things/1?on=2026-02-30", ok, 422, "on", "httpapi.v_date", "应为日期，格式如 2026-01-31"},
		{"/things/1?yes=perhaps", ok, 422, "yes", "httpapi.v_boolean", "应为 true 或 false"},
		{"/things/1?share=x", ok, 422, "share", "httpapi.v_number", "应为数字"},
		{"/things/1?limit=5&limit=6", ok, 422, "limit", "httpapi.v_one_value", "只能填写一个值"},
		{"/things/1?on=%00", ok, 422, "on", "httpapi.v_character", ""},
		{"/things/1?on=%ff", ok, 422, "on", "httpapi.v_character", ""},
		{"/things/1?on=%zz", ok, 400, "", "httpapi.query_broken", ""},
		{"/things/%00", ok, 422, "", "httpapi.v_character", ""},
		{"/things/1?Limit=5", ok, 422, "Limit", "httpapi.v_unknown_query", "没有这个查询参数，请删除或核对名称"},
		{"/things/1", `{}`, 422, "name", "httpapi.v_required", "此项必填"},
		{"/things/1", `{"Name":"ab"}`, 422, "Name", "httpapi.v_unexpected", ""},
		{"/things/1", `{"name":"a"}`, 422, "name", "httpapi.v_min_length", "至少 2 个字符"},
		{"/things/1", `{"name":"汉字六个字了"}`, 422, "name", "httpapi.v_max_length", "最多 5 个字符"},
		{"/things/1", `{"name":5}`, 422, "name", "httpapi.v_string", "应为文字"},
		{"/things/1", `{"name":null}`, 422, "name", "httpapi.v_string", "应为文字"},
		{"/things/1", `{"name":"ab","kind":"c"}`, 422, "kind", "httpapi.v_enum", "应为以下之一：a, b"},
		{"/things/1", `{"name":"ab","count":0}`, 422, "count", "httpapi.v_minimum", "不能小于 1"},
		{"/things/1", `{"name":"ab","count":11}`, 422, "count", "httpapi.v_maximum", "不能大于 10"},
		{"/things/1", `{"name":"ab","count":"7"}`, 422, "count", "httpapi.v_integer", "应为整数"},
		{"/things/1", `{"name":"ab","count":7.5}`, 422, "count", "httpapi.v_integer", "应为整数"},
		{"/things/1", `{"name":"ab","above":1}`, 422, "above", "httpapi.v_above", "应大于 1"},
		{"/things/1", `{"name":"ab","above":2}`, 422, "above", "httpapi.v_below", "应小于 2"},
		{"/things/1", `{"name":"ab","above":"x"}`, 422, "above", "httpapi.v_number", "应为数字"},
		{"/things/1", `{"name":"ab","step":7}`, 422, "step", "httpapi.v_multiple", "应为 5 的倍数"},
		{"/things/1", `{"name":"ab","code":"x"}`, 422, "code", "httpapi.v_pattern", "格式不正确，应符合 ^[0-9]+$"},
		{"/things/1", `{"name":"ab","digit":"x"}`, 422, "digit", "httpapi.v_pattern_is", "格式不正确，应为 digits"},
		{"/things/1", `{"name":"ab","mail":"x"}`, 422, "mail", "httpapi.v_email", "应为电子邮箱地址"},
		{"/things/1", `{"name":"ab","site":"::"}`, 422, "site", "httpapi.v_uri", "应为网址"},
		{"/things/1", `{"name":"ab","uuid":"x"}`, 422, "uuid", "httpapi.v_uuid", "编号格式不正确，请核对"},
		{"/things/1", `{"name":"ab","at":"x"}`, 422, "at", "httpapi.v_time", ""},
		{"/things/1", `{"name":"ab","clock":"x"}`, 422, "clock", "httpapi.v_time", ""},
		{"/things/1", `{"name":"ab","day":"x"}`, 422, "day", "httpapi.v_date", ""},
		{"/things/1", `{"name":"ab","host":"-"}`, 422, "host", "httpapi.v_host", ""},
		{"/things/1", `{"name":"ab","ip":"x"}`, 422, "ip", "httpapi.v_host", ""},
		{"/things/1", `{"name":"ab","wait":"x"}`, 422, "wait", "httpapi.v_duration", ""},
		{"/things/1", `{"name":"ab","re":"("}`, 422, "re", "httpapi.v_form", ""},
		{"/things/1", `{"name":"ab","raw":"%%"}`, 422, "raw", "httpapi.v_base64", ""},
		{"/things/1", `{"name":"ab","tags":["a"]}`, 422, "tags", "httpapi.v_min_items", "至少 2 项"},
		{"/things/1", `{"name":"ab","tags":["a","b","c","d"]}`, 422, "tags", "httpapi.v_max_items", "最多 3 项"},
		{"/things/1", `{"name":"ab","tags":["a","a"]}`, 422, "tags", "httpapi.v_unique", "有重复的项，请删除重复"},
		{"/things/1", `{"name":"ab","tags":"a"}`, 422, "tags", "httpapi.v_array", "应为列表"},
		{"/things/1", `{"name":"ab","tags":["a",5]}`, 422, "tags[1]", "httpapi.v_string", "应为文字"},
		{"/things/1", `{"name":"ab","sub":5}`, 422, "sub", "httpapi.v_object", "应为一组内容"},
		{"/things/1", `{"name":"ab","sub":{}}`, 422, "sub.n", "httpapi.v_required", "此项必填"},
		{"/things/1", `{"name":"ab","sub":{"n":1,"m":2}}`, 422, "sub.m", "httpapi.v_unexpected", "没有这一项，请删除或核对名称"},
		{"/things/1", `{"name":"ab","flag":"yes"}`, 422, "flag", "httpapi.v_boolean", ""},
		{"/things/1", `{"name":"ab","map":{}}`, 422, "map", "httpapi.v_min_properties", ""},
		{"/things/1", `{"name":"ab","map":{"a":1,"b":2,"c":3}}`, 422, "map", "httpapi.v_max_properties", ""},
		{"/things/1", `{"name":"ab","from":"x"}`, 422, "until", "httpapi.v_required_with", "填写了 from 时此项必填"},
		{"/things/1", `{"name":"ab","small":1000}`, 422, "small", "httpapi.v_range", "超出可用范围，请核对"},
		{"/things/1", `[]`, 422, "", "httpapi.v_object", "应为一组内容"},
		{"/things/1", ``, 400, "", "httpapi.body_missing", "请求没有内容，请按接口说明填写后提交"},
		{"/things/1", `{"name":"ab"`, 400, "", "httpapi.json_syntax", ""},
		{"/things/1", `{"name":"ab"} {}`, 400, "", "httpapi.json_syntax", ""},
		{"/things/1", `{name:"ab"}`, 400, "", "httpapi.json_syntax", ""},
		{"/things/1", `{"name":"ab","name":"cd"}`, 400, "name", "httpapi.json_twice", "此项出现了两次，请只保留一个"},
		{"/things/1", `{"name":"ab","sub":{"n":1,"n":2}}`, 400, "sub.n", "httpapi.json_twice", ""},
		{"/things/1", "{\"name\":\"a\xff\"}", 400, "", "httpapi.json_utf8", "请求内容不是有效的 UTF-8 文本，请转换编码后提交"},
		{"/things/1", `{"name":"a\u0000b"}`, 400, "name", "httpapi.v_character", ""},
		{"/things/1", `{"name":"ab","tags":["x","\ud800"]}`, 400, "tags[1]", "httpapi.v_character", "含有不能保存的字符，请删除后重填"},
		{"/things/1", `{"name":"ab","free":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, 400, "", "httpapi.json_deep", ""},
		{"/things/1", `{"name":"ab","count":1e400}`, 400, "", "httpapi.v_range", ""},
	} {
		t.Run(c.path+" "+c.body[:min(len(c.body), 40)], func(t *testing.T) {
			body := any(c.body)
			if c.body == "" {
				body = nil
			}
			r := ann.In(t).Post(c.path, body).Status(c.status)
			var p httpapi.Problem
			r.JSON(&p)
			if c.field == "" && p.Code == c.code && p.Errors == nil {
				if c.message != "" && p.Detail != c.message {
					t.Errorf("detail %q, want %q", p.Detail, c.message)
				}
				return
			}
			for _, e := range p.Errors {
				if e.Field == c.field && e.Code == c.code && (c.message == "" || e.Message == c.message) {
					return
				}
			}
			t.Errorf("want %s %s %q, got %s", c.field, c.code, c.message, r.Body)
		})
	}
	if reached != 1 {
		t.Errorf("a handler was reached %d times with bad input", reached-1)
	}
	if strings.Contains(h.log.String(), `"status":500`) {
		t.Error("bad input became a 500")
	}
	p := h.As("en").Token("ann").Post("/things/1", `{"name":"a","count":0}`).Refused(422, "httpapi.invalid", "X-Need", "count", "name")
	if p.Detail != "Some of the input is not valid; correct each item below" {
		t.Errorf("several at once: %q", p.Detail)
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	h := open(t, database(t), func(c *httpapi.Config) { c.MaxBody = 100 }, func(d *httpapi.Door) {
		httpapi.Handle(d, httpapi.Route{Method: "POST", Path: "/small", Perm: "x.y"}, func(context.Context, *struct{ Body any }) (*none, error) { return nil, nil })
		httpapi.Handle(d, httpapi.Route{Method: "POST", Path: "/big", Perm: "x.y", MaxBody: 1000}, func(context.Context, *struct{ Body any }) (*none, error) { return nil, nil })
	})
	ann := h.As("en").Token("ann")
	text := func(n int) string { return `"` + strings.Repeat("x", n-2) + `"` }
	ann.Post("/small", text(100)).Status(204)
	if p := ann.Post("/small", text(101)).Problem(413, "httpapi.body_large"); p.Detail != "This exceeds the limit of 100 B; make it smaller and send it again" {
		t.Errorf("got %q", p.Detail)
	}
	ann.Post("/big", text(1000)).Status(204)
	ann.Post("/big", text(1001)).Problem(413, "httpapi.body_large")
	ann.With("Content-Type", "text/plain").Post("/big", text(9)).Problem(415, "httpapi.not_json")
	ann.With("Content-Type", "application/json; charset=gbk").Post("/big", text(9)).Problem(415, "httpapi.not_json")
	ann.With("Content-Type", "application/x-www-form-urlencoded").Post("/big", "a=1").Problem(415, "httpapi.not_json")
}

func TestUploads(t *testing.T) {
	t.Parallel()
	type in struct{ httpapi.Upload }
	type out struct {
		Body struct {
			Name, Kind string
			Size       int
		}
	}
	saved := 0
	h := open(t, database(t), nil, func(d *httpapi.Door) {
		r := httpapi.Route{Method: "POST", Path: "/files", Perm: "x.y", Upload: true, Form: []string{"kind"}, MaxBody: 4000, Status: 201}
		httpapi.Handle(d, r, func(_ context.Context, in *in) (*out, error) {
			var o out
			buf := make([]byte, 512)
			for {
				n, err := in.Read(buf)
				o.Body.Size += n
				if err != nil {
					if err.Error() != "EOF" {
						return nil, err
					}
					break
				}
			}
			saved++
			o.Body.Name, o.Body.Kind = in.FileName(), in.Form("kind")
			return &o, nil
		})
	})
	ann := h.As("en").Token("ann")
	var got struct {
		Name, Kind string
		Size       int
	}
	ann.Upload("/files", map[string]string{"kind": "立项"}, "../批复.pdf", []byte(strings.Repeat("x", 3000))).Status(201).JSON(&got)
	if got.Name != "批复.pdf" || got.Kind != "立项" || got.Size != 3000 {
		t.Errorf("got %+v", got)
	}
	ann.Upload("/files", nil, "a.pdf", []byte(strings.Repeat("x", 5000))).Problem(413, "httpapi.body_large")
	ann.Upload("/files", map[string]string{"sort": "x"}, "a.pdf", []byte("x")).Refused(422, "httpapi.v_unexpected", "sort")
	ann.Upload("/files", map[string]string{"kind": "a\x00"}, "a.pdf", []byte("x")).Refused(422, "httpapi.v_character", "kind")
	ann.Post("/files", apitest.Object{}).Problem(415, "httpapi.not_multipart")
	form := "--b\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nx\r\n"
	file := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nx\r\n"
	multi := ann.With("Content-Type", "multipart/form-data; boundary=b")
	multi.Post("/files", form+file+"--b--\r\n").Status(201)
	multi.Post("/files", file+form+"--b--\r\n").Refused(422, "httpapi.upload_order", "file")
	multi.Post("/files", file+file+"--b--\r\n").Refused(422, "httpapi.upload_order", "file")
	multi.Post("/files", form+form+file+"--b--\r\n").Refused(422, "httpapi.v_one_value", "kind")
	multi.Post("/files", form+"--b--\r\n").Refused(422, "httpapi.upload_no_file", "file")
	multi.Post("/files", form+file).Problem(400, "httpapi.upload_broken")
	if saved != 2 {
		t.Errorf("%d uploads were taken, want 2", saved)
	}
}
