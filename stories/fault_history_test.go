package stories

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"sente/internal/infra/httpapi/apitest"
)

// clients is how many work at the same time in every test of faults.
const clients = 8

// history is what clients asked and were told, and when, for a checker that
// looks for an order of single steps that explains it.
type history struct {
	mu    sync.Mutex
	begun time.Time
	ops   []porcupine.Operation
}

func newHistory() *history { return &history{begun: time.Now()} }

// do notes one step of client.
func (h *history) do(client int, input any, act func() any) {
	call := time.Since(h.begun)
	output := act()
	done := time.Since(h.begun)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, porcupine.Operation{ClientId: client, Input: input, Call: int64(call), Output: output, Return: int64(done)})
}

// explained fails unless some order of the steps is one the model allows.
func (h *history) explained(t testing.TB, m porcupine.Model) {
	t.Helper()
	switch got := porcupine.CheckOperationsTimeout(m, h.ops, time.Minute); got {
	case porcupine.Ok:
		t.Logf("%d steps are explained by one order", len(h.ops))
	default:
		t.Errorf("%d steps: %s; no order of single steps explains what the clients were told:\n%s", len(h.ops), got, h.told(m))
	}
}

// told lists the first steps in the order in which they were asked.
func (h *history) told(m porcupine.Model) string {
	ops := slices.SortedFunc(slices.Values(h.ops), func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
	var b strings.Builder
	for _, op := range ops[:min(60, len(ops))] {
		fmt.Fprintf(&b, "%9d–%9d client %d: %s\n", op.Call/1000, op.Return/1000, op.ClientId, m.DescribeOperation(op.Input, op.Output))
	}
	return b.String()
}

// together runs fn for every client at the same time.
func together(fn func(client int, dice *rand.Rand)) {
	seed := uint64(time.Now().UnixNano())
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() { fn(c, rand.New(rand.NewPCG(seed, uint64(c)))) })
	}
	all.Wait()
}

// sum is a project's amount and version, the register of the first model.
type sum struct{ minor, version int64 }

// change asks for an amount on the ground of a version; a nil one reads.
type change struct{ minor, version int64 }

// registerModel is a register with compare-and-set by version: a read tells what
// stands, a change is accepted exactly when it names the version that stands.
func registerModel(first sum) porcupine.Model {
	type answer = toldSum
	return porcupine.Model{
		Init: func() any { return first },
		Step: func(state, input, output any) (bool, any) {
			s, out := state.(sum), output.(answer)
			in := input.(*change)
			if in == nil {
				return out.sum == s, s
			}
			next := sum{in.minor, s.version + 1}
			if in.version != s.version {
				return !out.accepted, s
			}
			return out.accepted && out.sum == next, next
		},
		DescribeOperation: func(input, output any) string {
			if in := input.(*change); in != nil {
				return fmt.Sprintf("set %+v: %+v", *in, output)
			}
			return fmt.Sprintf("read %+v", output)
		},
	}
}

// toldSum is what the answer to a read or a change says.
type toldSum struct {
	sum
	accepted bool
}

// TestFaultLostUpdates: eight clients read, add one and write, 200 times in all;
// every accepted addition is in the sum, and what each was told is explained by
// one order of steps.
func TestFaultLostUpdates(t *testing.T) {
	onBoth(t, func(h *house) {
		h.staff("officer")
		owner := h.caller("officer")
		var p opened
		made := owner.do("POST", "/projects", with(lead("演示计数项目"), "total_investment", yuan(0)))
		h.must(made.into(&p))
		each := times(t, "FAULT_UPDATES", 200) / clients
		seen := newHistory()
		var mu sync.Mutex
		retried, strange := 0, []string{}
		together(func(client int, _ *rand.Rand) {
			c := h.caller("officer")
			for done := 0; done < each; {
				var now opened
				seen.do(client, (*change)(nil), func() any {
					if err := c.do("GET", "/projects/"+p.ID, nil).into(&now); err != nil {
						return err
					}
					return toldSum{sum: sum{now.Total.Minor, now.Version}}
				})
				in := &change{now.Total.Minor + 1, now.Version}
				seen.do(client, in, func() any {
					got := c.do("PATCH", "/projects/"+p.ID, apitest.Object{"total_investment": yuan(in.minor)}, "If-Match", now.tag())
					var after opened
					switch {
					case got.status == 200 && got.into(&after) == nil:
						done++
						return toldSum{sum{after.Total.Minor, after.Version}, true}
					case got.status == 412 && got.code() == "pipeline.stale", got.status == 503 && got.code() == "store.busy":
						mu.Lock()
						retried++
						mu.Unlock()
					default:
						mu.Lock()
						strange = append(strange, got.String())
						mu.Unlock()
						done = each
					}
					return toldSum{}
				})
			}
		})
		if len(strange) > 0 {
			h.Fatalf("%d answers of another kind, the first: %s", len(strange), strange[0])
		}
		var after opened
		h.must(owner.do("GET", "/projects/"+p.ID, nil).into(&after))
		want := int64(each * clients)
		if after.Total.Minor != want || after.Version != p.Version+want {
			h.Errorf("%d of %d accepted additions are lost; version %d after %d", want-after.Total.Minor, want, after.Version, p.Version)
		}
		h.Logf("%d additions accepted, %d refused as stale and made again", want, retried)
		seen.explained(h.T, registerModel(sum{0, p.Version}))
		// Who names no version is refused, not taken for the last to write.
		if got := owner.do("PATCH", "/projects/"+p.ID, apitest.Object{"total_investment": yuan(7)}); got.status != 428 {
			h.Errorf("without a version: %v", got)
		}
	})
}

// with returns o with one more field.
func with(o apitest.Object, name string, v any) apitest.Object { o[name] = v; return o }

// standing is where a project stands, the state of the stage machine.
type standing struct {
	stage, prior string
	signed       bool // the gate of screening has its signature
	version      int64
}

// move is one step of the stage machine on the ground of a version.
type move struct {
	verb    string // advance, setback, shelve, resume, sign
	version int64
}

// moved is the answer to a move.
type moved struct {
	status  int
	stage   string
	version int64
}

// next is what an accepted move makes of s; false when the stage does not know
// the move. Setting back takes the signature back too.
func (s standing) next(verb string) (standing, bool) {
	was := s
	s.version++
	switch {
	case verb == "advance" && s.stage == "lead" && s.signed:
		s.stage = "screening"
	case verb == "setback" && s.stage == "screening":
		s.stage, s.signed = "lead", false
	case verb == "shelve" && s.stage != "shelved":
		s.stage, s.prior = "shelved", s.stage
	case verb == "resume" && s.stage == "shelved":
		s.stage, s.prior = s.prior, ""
	case verb == "sign" && !s.signed:
		s.signed = true
	default:
		return was, false
	}
	return s, true
}

// stageModel is what the stages lead and screening, with shelving beside them,
// allow: a move on another version is stale, one the stage does not know is a
// conflict, and only an accepted one changes anything.
func stageModel(first standing) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return first },
		Step: func(state, input, output any) (bool, any) {
			s, in, out := state.(standing), input.(move), output.(moved)
			if out.status == 503 {
				return true, s
			}
			if in.version != s.version {
				return out.status == 412, s
			}
			to, allowed := s.next(in.verb)
			if !allowed {
				return out.status == 409, s
			}
			return out.status == 200 && out.version == to.version && (out.stage == to.stage || in.verb == "sign"), to
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v: %+v", input, output) },
	}
}

// TestFaultRacingMoves: eight clients move one project forward, back, aside and
// on and sign its gate at the same time, each on the version it saw last.
func TestFaultRacingMoves(t *testing.T) {
	onBoth(t, func(h *house) {
		h.staff("officer", "department_lead")
		owner := h.signIn("officer")
		var p opened
		owner.Post("/projects", with(lead("演示往返项目"), "industry", "C34")).Status(201).JSON(&p)
		owner.Upload("/projects/"+p.ID+"/evidence", map[string]string{"kind": "screening_form", "on": "2026-01-06", "title": "演示佐证"}, "a.txt", []byte("演示数据")).Status(201)
		owner.Get("/projects/" + p.ID).Status(200).JSON(&p)
		seen := newHistory()
		steps := times(t, "FAULT_MOVES", 25)
		together(func(client int, dice *rand.Rand) {
			c := h.caller("department-lead")
			know := p.Version
			for range steps {
				in := move{[]string{"advance", "setback", "shelve", "resume", "sign"}[dice.IntN(5)], know}
				seen.do(client, in, func() any {
					out := c.move(p.ID, in)
					if out.status == 200 {
						know = out.version
					}
					return out
				})
				var now opened
				if dice.IntN(3) > 0 && c.do("GET", "/projects/"+p.ID, nil).into(&now) == nil {
					know = now.Version // who does not look makes a stale step next
				}
			}
		})
		seen.explained(h.T, stageModel(standing{stage: p.Stage, version: p.Version}))
		seen.sees(h.T, map[int]int{200: 1, 409: 1, 412: 1}, func(out any) int { return out.(moved).status })
	})
}

// sees fails unless the answers are of the kinds in least and no other, each at
// least so often: a race nobody entered proves nothing.
func (h *history) sees(t testing.TB, least map[int]int, kind func(output any) int) {
	t.Helper()
	got := map[int]int{}
	for _, op := range h.ops {
		got[kind(op.Output)]++
	}
	t.Logf("answers %v", got)
	for k, n := range got {
		busy := k == 503 && n <= len(h.ops)/10 // PostgreSQL gives up after 15 collisions, says so and changes nothing
		if _, known := least[k]; !known && !busy {
			t.Errorf("answers of another kind: %v", got)
		}
	}
	for k, n := range least {
		if got[k] < n {
			t.Errorf("%d answers %d, want at least %d", got[k], k, n)
		}
	}
}

// move asks for one step of the stage machine.
func (c *caller) move(id string, m move) moved {
	path, body := "", apitest.Object{"reason": "演示理由"}
	switch m.verb {
	case "advance":
		path, body = "advance", apitest.Object{"to": "screening"}
	case "setback":
		path, body["to"] = "setback", "lead"
	case "shelve":
		path, body["to"] = "calloff", "shelved"
	case "resume":
		path = "resume"
	case "sign":
		path, body = "signoffs", apitest.Object{"stage": "screening", "role": "department_lead", "opinion": "同意"}
	}
	got := c.do("POST", "/projects/"+id+"/"+path, body, "If-Match", opened{Version: m.version}.tag())
	if !got.ok() {
		return moved{status: got.status}
	}
	var after opened
	_ = got.into(&after) // a version that is not there fails the model
	version, _ := strconv.ParseInt(strings.Trim(got.header.Get("ETag"), `"`), 10, 64)
	return moved{200, after.Stage, version}
}
