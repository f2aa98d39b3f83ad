package pipeline

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sente/internal/kernel"
)

// wordOf is the message key of the Fault in err, "" when there is none.
func wordOf(err error) string {
	var f *kernel.Fault
	if errors.As(err, &f) {
		return f.Word
	}
	return ""
}

// partWords are the message keys of a gathered Fault's parts, with their fields.
func partWords(err error) []string {
	var f *kernel.Fault
	var out []string
	if errors.As(err, &f) {
		for _, d := range f.Details {
			out = append(out, d.Field+" "+d.Word)
		}
	}
	return out
}

func TestDecideMove(t *testing.T) {
	t.Parallel()
	shelved := func(prior Stage) Project { return Project{Stage: Shelved, Prior: prior} }
	at := func(s Stage) Project { return Project{Stage: s} }
	for name, c := range map[string]struct {
		p      Project
		verb   string
		to     Stage
		reason string
		want   string
	}{
		"one step ahead":                {at(Lead), MoveAdvance, Screening, "", ""},
		"two steps ahead":               {at(Lead), MoveAdvance, Negotiating, "", "pipeline.one_step"},
		"ahead of the last":             {at(Effective), MoveAdvance, Effective, "", "pipeline.no_step"},
		"advance backwards":             {at(Signed), MoveAdvance, Lead, "", "pipeline.no_step"},
		"advance into shelved":          {at(Signed), MoveAdvance, Shelved, "", "pipeline.no_step"},
		"unknown stage":                 {at(Lead), MoveAdvance, "moon", "", "pipeline.unknown_stage"},
		"back two stages":               {at(Signed), MoveSetBack, Screening, "重新评估", ""},
		"back without a reason":         {at(Signed), MoveSetBack, Screening, "  ", "pipeline.no_reason"},
		"back to itself":                {at(Signed), MoveSetBack, Signed, "x", "pipeline.not_back"},
		"back ahead":                    {at(Signed), MoveSetBack, Landed, "x", "pipeline.not_back"},
		"shelve":                        {at(Landed), MoveShelve, Shelved, "资金未到位", ""},
		"shelve what is done":           {at(Effective), MoveShelve, Shelved, "x", "pipeline.no_step"},
		"shelve twice":                  {shelved(Landed), MoveShelve, Shelved, "x", "pipeline.is_shelved"},
		"advance while shelved":         {shelved(Landed), MoveAdvance, Started, "", "pipeline.is_shelved"},
		"back while shelved":            {shelved(Landed), MoveSetBack, Lead, "x", "pipeline.is_shelved"},
		"resume":                        {shelved(Landed), MoveResume, "", "恢复建设", ""},
		"resume without a reason":       {shelved(Landed), MoveResume, "", "", "pipeline.no_reason"},
		"resume what moves":             {at(Landed), MoveResume, "", "x", "pipeline.not_shelved"},
		"lose before signing":           {at(Negotiating), MoveLose, Lost, "落户外地", ""},
		"lose after signing":            {at(Signed), MoveLose, Lost, "x", "pipeline.lost_after_signing"},
		"lose while shelved":            {shelved(Screening), MoveLose, Lost, "x", ""},
		"lose shelved after signing":    {shelved(Started), MoveLose, Lost, "x", "pipeline.lost_after_signing"},
		"terminate from signed":         {at(Signed), MoveTerminate, Terminated, "违约", ""},
		"terminate before signing":      {at(Negotiating), MoveTerminate, Terminated, "x", "pipeline.terminated_before_signing"},
		"terminate shelved signed":      {shelved(Signed), MoveTerminate, Terminated, "x", ""},
		"terminate without reason":      {at(Signed), MoveTerminate, Terminated, "", "pipeline.no_reason"},
		"lost stays lost":               {Project{Stage: Lost, Prior: Lead}, MoveAdvance, Screening, "", "pipeline.final"},
		"terminated is not reopened":    {Project{Stage: Terminated, Prior: Signed}, MoveResume, "", "x", "pipeline.final"},
		"terminated is not set back":    {Project{Stage: Terminated, Prior: Signed}, MoveSetBack, Lead, "x", "pipeline.final"},
		"lost is not terminated either": {Project{Stage: Lost, Prior: Lead}, MoveTerminate, Terminated, "x", "pipeline.final"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := general().decideMove(c.p, c.verb, c.to, c.reason, "zh")
			if got := wordOf(err); got != c.want {
				t.Errorf("got %q, want %q (%v)", got, c.want, err)
			}
		})
	}
}

func TestMovesAreComplete(t *testing.T) {
	t.Parallel()
	for _, m := range Moves() {
		if slices.ContainsFunc(m.From, Stage.Final) {
			t.Errorf("%s leads out of a final stage", m.Verb)
		}
		if m.Verb == MoveAdvance && (len(m.From) != 1 || m.To.Rank() != m.From[0].Rank()+1 || !m.Gate) {
			t.Errorf("an advance must be one step through a gate: %+v", m)
		}
		if m.Verb != MoveAdvance && !m.Reason {
			t.Errorf("%s to %s asks for no reason", m.Verb, m.To)
		}
	}
	for _, s := range Stages() {
		if s.Zh == "" || s.En == "" || s.Definition == "" || s.Rank != s.ID.Rank() || s.Final != s.ID.Final() {
			t.Errorf("stage %s is described wrongly: %+v", s.ID, s)
		}
	}
}

func TestStageDiagram(t *testing.T) {
	t.Parallel()
	got := StageDiagram()
	for _, want := range []string{
		"stateDiagram-v2\n", "  state \"签约 Signed\" as signed\n", "  lead --> screening : advance\n", "  producing --> effective : advance\n",
		"  landed --> signed : setback (to this or any earlier stage)\n", "  signed --> shelved : shelve\n", "  shelved --> signed : resume\n",
		"  negotiating --> lost : lose\n", "  effective --> terminated : terminate\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the diagram lacks %q", want)
		}
	}
	for _, never := range []string{"lost --> lead", "effective --> shelved", "signed --> lost", "negotiating --> terminated", "lead --> negotiating"} {
		if strings.Contains(got, never) {
			t.Errorf("the diagram shows %q, which cannot happen", never)
		}
	}
}

func TestPartsOfAStage(t *testing.T) {
	t.Parallel()
	for s, want := range map[Stage]struct {
		main Stage
		rank int
		ok   bool
	}{
		"screening":            {Screening, 2, true},
		"screening.review":     {Screening, 2, true},
		"landed.customs_files": {Landed, 5, true},
		"screening.":           {"screening.", 0, false},
		"screening.Review":     {"screening.Review", 0, false},
		"screening.a.b":        {"screening.a.b", 0, false},
		"moon.review":          {"moon.review", 0, false},
		"shelved.long":         {"shelved.long", 0, false},
		"shelved":              {Shelved, 0, true},
		"":                     {"", 0, false},
	} {
		info, ok := s.Info()
		if s.Main() != want.main || s.Rank() != want.rank || ok != want.ok || ok && info.ID != s {
			t.Errorf("%q is of %q, rank %d, known %v (%q); want %+v", s, s.Main(), s.Rank(), ok, info.ID, want)
		}
	}
}
