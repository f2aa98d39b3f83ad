package pipeline

import (
	"regexp"
	"slices"
	"strings"

	"sente/internal/kernel"
)

// Stage is how far a project has come.
type Stage string

// The chain in the order a project passes it, and the three states beside it.
const (
	Lead        Stage = "lead"        // 线索
	Screening   Stage = "screening"   // 初判
	Negotiating Stage = "negotiating" // 在谈
	Signed      Stage = "signed"      // 签约
	Landed      Stage = "landed"      // 落地
	Started     Stage = "started"     // 开工
	Producing   Stage = "producing"   // 投产
	Effective   Stage = "effective"   // 达效
	Shelved     Stage = "shelved"     // 搁置
	Lost        Stage = "lost"        // 流失
	Terminated  Stage = "terminated"  // 终止
)

// StageInfo describes one stage; it is data for the pages and the glossary.
type StageInfo struct {
	ID         Stage  `json:"id"`
	Rank       int    `json:"rank"` // 1…8 along the chain; 0 beside it
	Final      bool   `json:"final"`
	Zh         string `json:"zh"`
	En         string `json:"en"`
	MeaningZh  string `json:"meaning_zh"`
	MeaningEn  string `json:"meaning_en"`
	Definition string `json:"definition"` // where the definition was published
}

// Stages is the vocabulary, the chain first. 落地 and 落位 differ from place to
// place, so each definition names where it was seen.
func Stages() []StageInfo {
	return []StageInfo{
		{Lead, 1, false, "线索", "Lead", "策划包装或收到的投资线索", "A packaged project or an enquiry", "长春新区 2025：策划包装"},
		{Screening, 2, false, "初判", "Screening", "初判、预审，判断是否值得洽谈", "First judgement: is it worth talking", "孟州 2023：线索收集→项目初判→项目预审；阿拉善 2025 联审"},
		{Negotiating, 3, false, "在谈", "Negotiating", "与企业开始洽谈；意向、框架协议仍属在谈", "Talks with the firm; letters of intent still count as talks", "吉林：意向/协议/合同三分（民企吉林行 2014）"},
		{Signed, 4, false, "签约", "Signed", "签订正式合同；同一企业、地点、内容只算一次", "A formal contract; once per firm, site and scope", "县级考核办法：“签订正式合同或协议…一个项目只考核一次”"},
		{Landed, 5, false, "落地", "Landed", "区内注册且前期手续办结、建设条件落实", "Registered in the zone, preliminaries complete", "吉林 2017：“早落地”指提早完成项目前期手续，落实建设条件"},
		{Started, 6, false, "开工", "Started", "主体工程开工建设（不涉及建设的为开业入驻）", "Main works under way; for projects that build nothing, moved in", "吉林 2017：“早开工”指尽快开工复工；县级规则：主体工程开工建设"},
		{Producing, 7, false, "投产", "Producing", "竣工投产并已实现流转税收", "Completed and trading", "工业聚集区规则：竣工投产并已实现流转税收"},
		{Effective, 8, false, "达效", "Effective", "产出、税收等达到合同承诺", "Output, tax and the rest reach what was promised", "聊城 2013：投产后三年内达到约定产出和税收"},
		{Shelved, 0, false, "搁置", "Shelved", "暂停推进，可恢复到原阶段", "Paused; may be resumed where it stood", "本平台约定"},
		{Lost, 0, true, "流失", "Lost", "签约前未能谈成，终局", "Did not come to a signing; final", "孟州 2023：项目转化"},
		{Terminated, 0, true, "终止", "Terminated", "签约后合同终止，终局", "Ended after signing; final", "四川、渭南：以未终止计履约"},
	}
}

// ownPart is how a pipeline may call a stage of its own within a stage of the
// chain: the part after the point in "screening.review".
var ownPart = regexp.MustCompile(`^[a-z][a-z0-9_]{0,29}$`)

// Main is the stage of the chain that s is or is part of: "screening" of
// "screening.review". A word that is neither is its own.
func (s Stage) Main() Stage {
	main, own, part := strings.Cut(string(s), ".")
	if part && ownPart.MatchString(own) && slices.Contains(chain(), Stage(main)) {
		return Stage(main)
	}
	return s
}

// Info describes s, a part of a stage by that stage; ok is false for a word
// that is no stage.
func (s Stage) Info() (info StageInfo, ok bool) {
	for _, i := range Stages() {
		if i.ID == s.Main() {
			i.ID = s
			return i, true
		}
	}
	return StageInfo{}, false
}

// Rank is the place of s, or of the stage it is part of, in the chain, 1…8; 0
// beside the chain or unknown.
func (s Stage) Rank() int {
	i := slices.Index(chain(), s.Main())
	return i + 1
}

// Label is the name of s in lang ("en", else Chinese); the bare word when unknown.
func (s Stage) Label(lang string) string {
	info, ok := s.Info()
	switch {
	case !ok:
		return string(s)
	case lang == "en":
		return info.En
	default:
		return info.Zh
	}
}

// Final reports whether nothing follows s.
func (s Stage) Final() bool { return s == Lost || s == Terminated }

func chain() []Stage {
	return []Stage{Lead, Screening, Negotiating, Signed, Landed, Started, Producing, Effective}
}

// The verbs of the transition table; each is a Desk verb and a journal verb's stem.
const (
	MoveAdvance   = "advance"   // 推进
	MoveSetBack   = "setback"   // 退回
	MoveShelve    = "shelve"    // 搁置
	MoveResume    = "resume"    // 恢复
	MoveLose      = "lose"      // 流失
	MoveTerminate = "terminate" // 终止
)

// When says whether a move is open to a project that is shelved.
type When string

// A shelved project stands where it stood; some moves are open only then.
const (
	Moving  When = "moving"  // not shelved
	Paused  When = "paused"  // shelved
	Anytime When = "anytime" // either
)

// Move is one row of the transition table.
type Move struct {
	Verb   string  `json:"verb"`
	From   []Stage `json:"from"` // where the project stands in the chain; a shelved one stands where it stood
	To     Stage   `json:"to"`   // "" = back to where it stood
	When   When    `json:"when"`
	Gate   bool    `json:"gate"`   // the gate of To must be met
	Reason bool    `json:"reason"` // a reason must be given
}

// Moves is the whole state machine of a project that passes every stage of the
// chain: that of the general track.
func Moves() []Move { return moves(chain()) }

// Moves is the whole state machine of the track's projects. What is not a row
// here cannot happen: a final stage occurs in no From, so a lost or terminated
// project stays so and a second attempt is a new project.
func (t Track) Moves() []Move { return moves(t.Chain()) }

func moves(chain []Stage) []Move {
	signed := slices.IndexFunc(chain, func(s Stage) bool { return s.Rank() >= Signed.Rank() })
	before, after, open := chain[:signed], chain[signed:], chain[:len(chain)-1]
	moves := []Move{
		{MoveShelve, open, Shelved, Moving, false, true},
		{MoveResume, open, "", Paused, false, true},
		{MoveLose, before, Lost, Anytime, false, true},
		{MoveTerminate, after, Terminated, Anytime, true, true},
	}
	for i, s := range chain {
		if i > 0 {
			moves = append(moves, Move{MoveAdvance, chain[i-1 : i], s, Moving, true, false})
		}
		if i+1 < len(chain) {
			moves = append(moves, Move{MoveSetBack, chain[i+1:], s, Moving, false, true})
		}
	}
	return moves
}

// findMove returns the row that takes a project in stage (having stood in prior
// when shelved) to stage to by verb.
func (t Track) findMove(verb string, stage, prior, to Stage) (Move, bool) {
	standing, when := stage, Moving
	if stage == Shelved {
		standing, when = prior, Paused
	}
	for _, m := range t.Moves() {
		fits := m.Verb == verb && m.To == to && slices.Contains(m.From, standing)
		if fits && (m.When == Anytime || m.When == when) {
			return m, true
		}
	}
	return Move{}, false
}

// decideMove checks that p may go to stage to by verb, apart from the gate.
func (t Track) decideMove(p Project, verb string, to Stage, reason, lang string) (Move, error) {
	if _, ok := to.Info(); to != "" && !ok {
		return Move{}, kernel.FieldFault("to", "pipeline.unknown_stage", string(to))
	}
	if to.Rank() > 0 && !t.Applies(to) && !p.Stage.Final() {
		return Move{}, t.lacks("to", to, lang)
	}
	m, ok := t.findMove(verb, p.Stage, p.Prior, to)
	if !ok {
		return Move{}, t.refuseMove(p, verb, to, lang)
	}
	if m.Reason && strings.TrimSpace(reason) == "" {
		return Move{}, kernel.FieldFault("reason", "pipeline.no_reason")
	}
	return m, nil
}

// refuseMove says why the table has no such row and what to do instead.
func (t Track) refuseMove(p Project, verb string, to Stage, lang string) error {
	at, goal, standing := t.Label(p.Stage, lang), t.Label(to, lang), t.Label(p.Standing(), lang)
	next := t.Next(p.Stage)
	switch {
	case p.Stage.Final():
		return kernel.Faultf(kernel.ErrConflict, "pipeline.final", at)
	case verb == MoveResume:
		return kernel.Faultf(kernel.ErrConflict, "pipeline.not_shelved", at)
	case p.Stage == Shelved && (verb == MoveAdvance || verb == MoveSetBack || verb == MoveShelve):
		return kernel.Faultf(kernel.ErrConflict, "pipeline.is_shelved", standing)
	case verb == MoveLose:
		return kernel.Faultf(kernel.ErrConflict, "pipeline.lost_after_signing", standing)
	case verb == MoveTerminate:
		return kernel.Faultf(kernel.ErrConflict, "pipeline.terminated_before_signing", standing)
	case verb == MoveAdvance && next != "" && t.compare(to, p.Stage) > 0:
		return kernel.Faultf(kernel.ErrConflict, "pipeline.one_step", at, t.Label(next, lang))
	case verb == MoveSetBack:
		return kernel.Faultf(kernel.ErrConflict, "pipeline.not_back", at, goal)
	default:
		return kernel.Faultf(kernel.ErrConflict, "pipeline.no_step", at, goal)
	}
}

// StageDiagram draws the transition table as a Mermaid state diagram for the
// documents; a test keeps the drawn copy fresh.
func StageDiagram() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	for _, s := range Stages() {
		b.WriteString("  state \"" + s.Zh + " " + s.En + "\" as " + string(s.ID) + "\n")
	}
	b.WriteString("  [*] --> lead\n")
	for _, m := range Moves() {
		drawMove(&b, m)
	}
	b.WriteString("  lost --> [*]\n  terminated --> [*]\n")
	return b.String()
}

// drawMove writes one arrow per From stage; going back is drawn only to the
// stage before, because arrows to every earlier stage would hide the chain.
func drawMove(b *strings.Builder, m Move) {
	for _, from := range m.From {
		to, label := m.To, m.Verb
		switch {
		case m.Verb == MoveSetBack && from.Rank() != to.Rank()+1:
			continue
		case m.Verb == MoveSetBack:
			label += " (to this or any earlier stage)"
		case m.Verb == MoveResume:
			from, to = Shelved, from
		}
		b.WriteString("  " + string(from) + " --> " + string(to) + " : " + label + "\n")
	}
}
