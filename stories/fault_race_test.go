package stories

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/anishathalye/porcupine"
)

// numbered is the answer to opening a project: the last part of its number.
type numbered struct{ status, number int }

// numbersModel gives every opened project the next number: none twice, none left
// out, and a refused one uses up none.
func numbersModel() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return 0 },
		Step: func(state, _, output any) (bool, any) {
			n, out := state.(int), output.(numbered)
			if out.status != 201 { // 422, or too busy
				return true, n
			}
			return out.number == n+1, n + 1
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("open %v: %+v", input, output) },
	}
}

// TestFaultProjectNumbers: eight clients open projects at the same time, every
// fifth of them wrongly.
func TestFaultProjectNumbers(t *testing.T) {
	onBoth(t, func(h *house) {
		h.staff("officer")
		seen := newHistory()
		steps := times(t, "FAULT_OPENS", 10)
		together(func(client int, dice *rand.Rand) {
			c := h.caller("officer")
			for n := range steps {
				name := fmt.Sprintf("演示编号项目%d-%d", client, n)
				body := lead(name)
				if dice.IntN(5) == 0 {
					body["found_on"] = "2026-13-45"
				}
				seen.do(client, name, func() any {
					got := c.do("POST", "/projects", body)
					var p opened
					out := numbered{status: got.status}
					if got.ok() && got.into(&p) == nil {
						_, _ = fmt.Sscanf(p.Code[strings.LastIndex(p.Code, "-")+1:], "%d", &out.number) // no number fails the model
					}
					return out
				})
			}
		})
		seen.explained(h.T, numbersModel())
		seen.sees(h.T, map[int]int{201: 1, 422: 1}, func(out any) int { return out.(numbered).status })
	})
}

// submit is one request under an idempotency key.
type submit struct{ user, key, body string }

// answered is what it was told: the project's id, or why not.
type answered struct {
	status int
	code   string
	id     string
}

// onceModel is what a key promises, each key of each user by itself: the first
// request takes effect, the same one again has the same answer, another one
// under the same key is refused.
func onceModel() porcupine.Model {
	type made struct{ body, id string }
	return porcupine.Model{
		Partition: func(all []porcupine.Operation) [][]porcupine.Operation {
			parts := map[string][]porcupine.Operation{}
			for _, op := range all {
				in := op.Input.(submit)
				parts[in.user+" "+in.key] = append(parts[in.user+" "+in.key], op)
			}
			var out [][]porcupine.Operation
			for _, part := range parts {
				out = append(out, part)
			}
			return out
		},
		Init: func() any { return made{} },
		Step: func(state, input, output any) (bool, any) {
			s, in, out := state.(made), input.(submit), output.(answered)
			switch {
			case out.status == 503 && out.code == "store.busy":
				return true, s
			case s.id == "":
				return out.status == 201 && out.id != "", made{in.body, out.id}
			case in.body != s.body:
				return out.status == 409 && out.code == "httpapi.idempotency_reused", s
			}
			return out.status == 201 && out.id == s.id, s
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v: %+v", input, output) },
	}
}

// TestFaultDoubleSubmits: eight clients of two users send the same few requests
// again and again, some with another body under the same key.
func TestFaultDoubleSubmits(t *testing.T) {
	onBoth(t, func(h *house) {
		h.staff("officer", "department_lead")
		seen := newHistory()
		steps := times(t, "FAULT_SUBMITS", 12)
		together(func(client int, dice *rand.Rand) {
			user := []string{"officer", "department-lead"}[client%2]
			c := h.caller(user)
			for n := range steps {
				in := submit{user, fmt.Sprintf("key-%d", n/4), "甲"}
				if dice.IntN(4) == 0 {
					in.body = "乙"
				}
				seen.do(client, in, func() any {
					got := c.do("POST", "/projects", lead("演示重复提交"+in.user+in.key+in.body), "Idempotency-Key", in.key)
					var p opened
					_ = got.into(&p) // no id fails the model
					return answered{got.status, got.code(), p.ID}
				})
			}
		})
		seen.explained(h.T, onceModel())
		seen.sees(h.T, map[int]int{201: 1, 409: 1}, func(out any) int { return out.(answered).status })
		keys := map[string]bool{}
		for _, op := range seen.ops {
			in := op.Input.(submit)
			keys[in.user+in.key] = true
		}
		if n := h.count(h.signIn("officer"), ""); n != len(keys) {
			h.Errorf("%d keys made %d projects", len(keys), n)
		}
	})
}

// published is how a run ended: how many rows it made, or that it was refused
// because another had made them.
type published struct {
	state string
	made  int
	told  string // why it is staged again
}

// importMoved begins what a run is told when its rows were made by another: the first of them.
const importMoved = "第 2 行：演示同册"

// importModel lets exactly one of the runs of one file make its rows.
func importModel(rows int) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return false },
		Step: func(state, _, output any) (bool, any) {
			done, out := state.(bool), output.(published)
			if done {
				return out.made == 0 && (out.state == "published" || out.state == "staged" && strings.HasPrefix(out.told, importMoved)), true
			}
			return out.state == "published" && out.made == rows, true
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("publish %v: %+v", input, output) },
	}
}

// TestFaultRacingImports: eight clients import the same register and publish it
// at the same time. One makes the projects, the others are told.
func TestFaultRacingImports(t *testing.T) {
	onBoth(t, func(h *house) {
		h.staff("officer", "auditor")
		officer := h.signIn("officer")
		for round := range times(t, "FAULT_IMPORTS", 1) {
			const rows = 40
			var csv strings.Builder
			csv.WriteString("项目名称,投资方,总投资(万元),当前阶段,签约时间\n")
			for i := range rows {
				fmt.Fprintf(&csv, "演示同册%d-%02d,演示企业%d-%02d,%d,签约,2026-03-%02d\n", round, i, round, i, 1000+i, 1+i%28)
			}
			runs := make([]run, clients)
			for i := range runs {
				runs[i] = h.register(officer, "projects", "同册.csv", "", []byte(csv.String()), nil, nil)
				h.counts(runs[i], map[string]int{"new": rows})
			}
			seen := newHistory()
			var mu sync.Mutex
			var lost []string
			together(func(client int, _ *rand.Rand) {
				c := h.caller("officer")
				id := runs[client].ID
				seen.do(client, client, func() any {
					if got := c.do("POST", "/intake/runs/"+id+"/publish", nil); got.status != 202 {
						return published{told: got.String()}
					}
					out := c.settled(id)
					if out.state == "staged" {
						mu.Lock()
						defer mu.Unlock()
						lost = append(lost, id)
					}
					return out
				})
			})
			seen.explained(h.T, importModel(rows))
			if n := h.count(officer, "run="+runs[0].ID); len(lost) != clients-1 || n != 0 && n != rows {
				h.Errorf("%d runs were told, want %d; %d projects of the first", len(lost), clients-1, n)
			}
			if n := h.count(officer, ""); n != rows*(round+1) {
				h.Errorf("%d projects after %d registers of %d", n, round+1, rows)
			}
			for _, id := range lost[:min(1, len(lost))] { // a look again tells that nothing is left to do
				officer.Post("/intake/runs/"+id+"/recheck", nil).Status(202)
				h.counts(h.settled(officer, id), map[string]int{"unchanged": rows})
			}
		}
		h.verified(h.signIn("auditor"))
	})
}

// settled waits until the run has nothing more to do.
func (c *caller) settled(id string) published {
	for range 3000 {
		var r struct {
			State    string         `json:"state"`
			Counts   map[string]int `json:"counts"`
			Problems []string       `json:"problems"`
		}
		if got := c.do("GET", "/intake/runs/"+id, nil); got.status != 200 || got.into(&r) != nil {
			return published{told: got.String()}
		}
		if slices.Contains([]string{"staged", "published", "failed"}, r.State) {
			out := published{state: r.State}
			if r.State == "published" {
				out.made = r.Counts["new"]
			}
			if r.State == "staged" && len(r.Problems) > 0 {
				out.told = r.Problems[0]
			}
			return out
		}
		pause()
	}
	return published{state: "never"}
}

// TestFaultCheckerRefuses: each model refuses what it must never see. A checker
// that explains everything would prove nothing.
func TestFaultCheckerRefuses(t *testing.T) {
	t.Parallel()
	type step struct {
		from, to int64
		in, out  any
	}
	both := func(a, b step) []step { a.from, a.to, b.from, b.to = 0, 10, 5, 15; return []step{a, b} }
	after := func(a, b step) []step { a.from, a.to, b.from, b.to = 0, 10, 20, 30; return []step{a, b} }
	set := func(minor, version int64) step {
		return step{in: &change{minor, version}, out: toldSum{sum{minor, version + 1}, true}}
	}
	read := func(minor, version int64) step {
		return step{in: (*change)(nil), out: toldSum{sum: sum{minor, version}}}
	}
	open := func(number int) step { return step{in: "x", out: numbered{201, number}} }
	send := func(body, id string) step { return step{in: submit{"a", "k", body}, out: answered{201, "", id}} }
	go1 := step{in: move{"shelve", 1}, out: moved{200, "shelved", 2}}
	pub := step{in: 1, out: published{"published", 4, ""}}
	register, stages := registerModel(sum{0, 1}), stageModel(standing{stage: "lead", version: 1})
	for name, c := range map[string]struct {
		model porcupine.Model
		steps []step
		want  porcupine.CheckResult
	}{
		"two changes on one version":      {register, both(set(1, 1), set(1, 1)), porcupine.Illegal},
		"a change after the other":        {register, after(set(1, 1), set(2, 2)), porcupine.Ok},
		"a read of what was replaced":     {register, after(set(1, 1), read(0, 1)), porcupine.Illegal},
		"a read beside a change":          {register, both(set(1, 1), read(0, 1)), porcupine.Ok},
		"a number twice":                  {numbersModel(), both(open(1), open(1)), porcupine.Illegal},
		"a number left out":               {numbersModel(), after(open(1), open(3)), porcupine.Illegal},
		"numbers against time":            {numbersModel(), after(open(2), open(1)), porcupine.Illegal},
		"numbers in any order at once":    {numbersModel(), both(open(2), open(1)), porcupine.Ok},
		"a key with two effects":          {onceModel(), both(send("b", "1"), send("b", "2")), porcupine.Illegal},
		"a key with one effect":           {onceModel(), both(send("b", "1"), send("b", "1")), porcupine.Ok},
		"a key for two bodies":            {onceModel(), both(send("b", "1"), send("c", "1")), porcupine.Illegal},
		"a move on what has gone":         {stages, both(go1, go1), porcupine.Illegal},
		"a move the stage does not know":  {stages, after(go1, step{in: move{"advance", 2}, out: moved{200, "screening", 3}}), porcupine.Illegal},
		"a move the stage knows":          {stages, after(go1, step{in: move{"resume", 2}, out: moved{200, "lead", 3}}), porcupine.Ok},
		"a register made twice":           {importModel(4), both(pub, pub), porcupine.Illegal},
		"a register made by half":         {importModel(4), both(pub, step{in: 2, out: published{"published", 2, ""}}), porcupine.Illegal},
		"a register made once, refused 1": {importModel(4), both(pub, step{in: 2, out: published{"staged", 0, importMoved}}), porcupine.Ok},
	} {
		var ops []porcupine.Operation
		for i, s := range c.steps {
			ops = append(ops, porcupine.Operation{ClientId: i, Input: s.in, Output: s.out, Call: s.from, Return: s.to})
		}
		if got := porcupine.CheckOperationsTimeout(c.model, ops, 0); got != c.want {
			t.Errorf("%s: the checker says %s, want %s", name, got, c.want)
		}
	}
}
