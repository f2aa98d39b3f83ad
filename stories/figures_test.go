package stories

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sente/internal/app"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/kernel"
)

// money is an amount in yuan as the API reads it.
func money(yuan int64) apitest.Object {
	return apitest.Object{"minor": yuan * 100, "currency": "CNY"}
}

// A contract of 852 million is signed, money arrives with its vouchers, the
// contract is raised, a payment turns out to be counted twice; and weeks later
// everybody can still see what was known on any day. The firm's tax stays under
// its cover throughout.
func TestWhatWasKnownOnAnyDay(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	h := open(t, app.Config{Now: func() time.Time { return time.Now().Add(-60*24*time.Hour + time.Duration(ahead.Load())) }})
	today := func() string { return string(kernel.DayOf(h.cfg.Now().UnixMilli())) }
	before := func(days int) string { return string(kernel.Date(today()).AddDays(-days)) }
	h.staff("officer", "department_lead", "leader")
	officer := h.signIn("officer")

	// The register brings a signed project with its contract amount.
	register := "项目名称,投资方,统一社会信用代码,总投资(万元),当前阶段,签约时间,落户地点,建设内容\n演示热管理项目,演示热管理有限公司,,85200,签约," + before(30) + ",一号地块,年产一万套\n"
	h.publish(officer, h.register(officer, "projects", "台账.csv", "", []byte(register), nil, nil))
	id := h.projects(officer, "", 1)[0]
	path := "/projects/" + id
	opened := today()
	type rate struct {
		Contract, PaidIn *kernel.Money
		BasisPoints      *int64 `json:"basis_points"`
		Why              string
	}
	type sheet struct {
		Items   []struct{ Measure, Kind, Value, Note string }
		InForce []struct{ Measure, Kind, Value string } `json:"in_force"`
		Rate    rate
	}
	var s sheet
	officer.Get(path + "/figures").Status(200).JSON(&s)
	if len(s.Items) != 1 || s.Items[0].Kind != "promised" || s.Items[0].Value != "852000000.00" || *s.Rate.BasisPoints != 0 {
		t.Fatalf("%+v", s)
	}

	// Without a voucher nothing has been paid in. With one it has.
	pay := apitest.Object{"amount": money(300_000_000), "on": before(3), "source_kind": "cash", "evidence": ""}
	officer.Post(path+"/instalments", pay).Refused(422, "pipeline.instalment_invalid", "evidence")
	voucher := func(name string) (id string) {
		var e struct{ ID string }
		officer.Upload(path+"/evidence", map[string]string{"kind": "voucher", "on": before(3), "title": name}, name+".txt", []byte("演示凭证 "+name)).Status(201).JSON(&e)
		return e.ID
	}
	officer.Upload(path+"/evidence", map[string]string{"kind": "voucher", "on": string(kernel.Date(today()).AddDays(2)), "title": "明天的凭证"}, "v.txt", []byte("演示")).Refused(422, "pipeline.evidence_invalid", "on")
	pay["evidence"] = voucher("首期")
	officer.Post(path+"/instalments", pay).Status(201)

	// A week later: the second payment is more than the contract allows, so the
	// supplementary agreement is recorded first, with its reason.
	ahead.Add(int64(7 * 24 * time.Hour))
	officer = h.signIn("officer")
	more := apitest.Object{"amount": money(600_000_000), "on": today(), "source_kind": "in_kind", "evidence": voucher("二期")}
	p := officer.Post(path+"/instalments", more).Refused(422, "pipeline.instalment_over_contract", "amount")
	if !strings.Contains(p.Detail+p.Errors[0].Message, "900000000.00") || !strings.Contains(p.Detail+p.Errors[0].Message, "852000000.00") {
		t.Errorf("the refusal says %+v", p)
	}
	raised := apitest.Object{"total_investment": money(1_000_000_000)}
	tag := h.project(officer, id).tag
	officer.IfMatch(tag).Patch(path, raised).Refused(422, "pipeline.revision_reason", "reason")
	raised["reason"], raised["effective_on"] = "补充协议", before(2)
	officer.IfMatch(tag).Patch(path, raised).Status(200)
	officer.IfMatch(tag).Patch(path, raised).Problem(412, "pipeline.stale")
	var second struct{ ID string }
	officer.Post(path+"/instalments", more).Status(201).JSON(&second)
	officer.Post(path+"/facts", apitest.Object{"kind": "in_statistics", "on": today(), "code": "2205-220101-04-01-100001"}).Status(201)
	officer.Post(path+"/figures", apitest.Object{"measure": "jobs", "kind": "promised", "period": today()[:4], "amount": "260"}).Status(201)
	officer.Get(path + "/figures").Status(200).JSON(&s)
	if *s.Rate.BasisPoints != 9000 {
		t.Errorf("rate %+v", s.Rate)
	}
	busy := today()

	// Two weeks on the second payment proves to be wrong.
	ahead.Add(int64(14 * 24 * time.Hour))
	officer = h.signIn("officer")
	officer.Post(path+"/instalments/"+second.ID+"/void", apitest.Object{"reason": "设备重复计价"}).Status(200)
	var now, then, first sheet
	officer.Get(path + "/figures").Status(200).JSON(&now)
	officer.Get(path + "/figures?as_of=" + busy).Status(200).JSON(&then)
	officer.Get(path + "/figures?as_of=" + opened).Status(200).JSON(&first)
	if *now.Rate.BasisPoints != 3000 || *then.Rate.BasisPoints != 9000 || *first.Rate.BasisPoints != 3521 || len(first.Items) != 1 || len(then.Items) != 3 {
		t.Errorf("now %+v, then %+v, first %+v", now.Rate, then.Rate, first.Rate)
	}

	// The project and the list as they stood; nothing there can be changed.
	var seen struct {
		AsOf  string       `json:"as_of"`
		Total kernel.Money `json:"total_investment"`
	}
	r := officer.Get(path + "?as_of=" + opened).Status(200).JSON(&seen)
	if seen.AsOf != opened || seen.Total.Minor != 852_000_000_00 || r.Header.Get("ETag") != "" {
		t.Errorf("as of %s: %+v, tag %q", opened, seen, r.Header.Get("ETag"))
	}
	h.projects(officer, "&as_of="+opened, 1)
	h.projects(officer, "&as_of="+opened+"&currency=CNY&min=900000000", 0)
	h.projects(officer, "&as_of="+busy+"&currency=CNY&min=900000000", 1)
	h.projects(officer, "&as_of="+string(kernel.Date(opened).AddDays(-1)), 0)
	officer.Get(path+"?as_of="+string(kernel.Date(opened).AddDays(-1))).Problem(404, "pipeline.not_yet")
	officer.Get(path+"?as_of="+string(kernel.Date(today()).AddDays(1))).Refused(422, "pipeline.as_of_future", "as_of")

	// Tax: recorded by the department with its source, masked for everybody, shown
	// to the leader for a purpose that stays on record.
	lead, leader := h.signIn("department-lead"), h.signIn("leader")
	entry := apitest.Object{"period": today()[:4], "kind": "vat", "amount": money(1_234_567), "source": "税务局函告，达效核验用"}
	officer.Post(path+"/tax", entry).Status(403)
	lead.Post(path+"/tax", entry).Status(201)
	for _, c := range []*apitest.Client{officer, lead, leader} {
		if body := string(c.Get(path + "/tax").Status(200).Body); strings.Contains(body, "123456700") || !strings.Contains(body, `"masked":true`) {
			t.Errorf("tax is shown: %s", body)
		}
	}
	lead.Post(path+"/tax/unmask", apitest.Object{"purpose": "核验达效"}).Problem(403, "access.role_needed")
	leader.Post(path+"/tax/unmask", apitest.Object{"purpose": ""}).Refused(422, "pipeline.tax_purpose", "purpose")
	if body := string(leader.Post(path+"/tax/unmask", apitest.Object{"purpose": "核验达效"}).Status(200).Body); !strings.Contains(body, "123456700") {
		t.Errorf("the leader sees %s", body)
	}
	if body := string(officer.Get(path + "/timeline").Status(200).Body); !strings.Contains(body, "pipeline.tax_unmasked") || strings.Contains(body, "123456700") {
		t.Errorf("the timeline tells %s", body)
	}
}
