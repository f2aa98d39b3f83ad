package pipeline

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"sente/internal/kernel"
)

// Mention is a dated event found in free text: "2023年5月签约".
type Mention struct {
	Stage     Stage
	On        kernel.Date // first day of the month or year when that is all the text says
	Precision string      // ByDay, ByMonth or ByYear
	Intended  bool        // planned or still to come, by wording or by date
	Text      string      // the words it was read from
}

// dateForm finds dates as progress reports write them: 2023年5月12日, 今年5月底,
// 5月, 2023.5.12, 2023-05, 年底, 2023年.
var dateForm = regexp.MustCompile(`(?:(?P<y>(?:19|20)\d{2})\s*年\s*|(?P<rel>今年|去年|明年|上年|次年|当年|本年)\s*)?(?P<m>\d{1,2})\s*月份?\s*(?:(?P<d>\d{1,2})\s*[日号])?` +
	`|(?P<y2>(?:19|20)\d{2})[./-](?P<m2>\d{1,2})(?:[./-](?P<d2>\d{1,2}))?` +
	`|(?:(?P<y3>(?:19|20)\d{2})\s*年?|(?P<rel3>今年|去年|明年|上年|次年|当年|本年))?\s*年(?P<end>底|末)` +
	`|(?P<y4>(?:19|20)\d{2})\s*年`)

// events are the words that name reaching a stage. What is not here (奠基, 竣工,
// 试生产) is no stage of its own.
func events() []struct {
	word  string
	stage Stage
} {
	return []struct {
		word  string
		stage Stage
	}{
		{"达产达效", Effective}, {"达产", Effective}, {"达效", Effective},
		{"竣工投产", Producing}, {"建成投产", Producing}, {"投产", Producing}, {"投用", Producing}, {"投入使用", Producing}, {"投入运营", Producing}, {"正式运营", Producing},
		{"开复工", Started}, {"开工", Started}, {"复工", Started}, {"动工", Started},
		{"注册落地", Landed}, {"完成注册", Landed}, {"落地", Landed}, {"前期手续办结", Landed},
		{"签约", Signed}, {"签订合同", Signed}, {"签署合同", Signed}, {"签订正式合同", Signed}, {"签订投资协议", Signed}, {"签订入区协议", Signed},
		{"首次洽谈", Negotiating}, {"洽谈", Negotiating}, {"接洽", Negotiating},
	}
}

func intentions() []string {
	return []string{"计划", "预计", "拟", "争取", "力争", "将于", "将在", "预期", "目标", "确保", "有望"}
}

func denials() []string {
	return []string{"尚未", "未", "待", "没有", "暂缓", "推迟", "取消"}
}

// scanner walks through one text and remembers the year last spoken of.
type scanner struct {
	asOf  kernel.Date
	year  int
	month int
}

// scanProgress finds the dated events in text, which was true on asOf ("" =
// unknown). A date without a year takes the year last named in the text, else
// that of asOf; if that is unknown or would run backwards, nothing is said
// rather than guessed.
func scanProgress(text string, asOf kernel.Date) []Mention {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	s := &scanner{asOf: asOf}
	var out []Mention
	for _, clause := range strings.FieldsFunc(norm.NFKC.String(text), func(r rune) bool { return strings.ContainsRune(";。,、\n\r!", r) }) {
		out = append(out, s.clause(strings.TrimSpace(clause))...)
	}
	return out
}

// clause pairs each date of a clause with the event named after it, or, in the
// manner of a label (开工时间: 2023年5月), before it.
func (s *scanner) clause(clause string) []Mention {
	var out []Mention
	spots := dateForm.FindAllStringSubmatchIndex(clause, -1)
	start := 0
	for i, at := range spots {
		on, precision := s.date(clause, at)
		end := len(clause)
		if i+1 < len(spots) {
			end = spots[i+1][0]
		}
		after, before := clause[at[1]:end], clause[start:at[0]]
		stage, ok := event(after)
		if !ok && strings.TrimRight(before, " :于在为是时间日期约") != before {
			stage, ok = event(before)
		}
		if ok && on != "" && !anyOf(after+before, denials()) {
			intended := anyOf(before+after, intentions()) || s.asOf.Before(on)
			out = append(out, Mention{stage, on, precision, intended, clause})
		}
		start = at[1]
	}
	return out
}

// event names the stage whose word comes first in text; of two that begin at
// the same place the longer one, which events lists first.
func event(text string) (Stage, bool) {
	best, stage := len(text), Stage("")
	for _, e := range events() {
		if i := strings.Index(text, e.word); i >= 0 && i < best {
			best, stage = i, e.stage
		}
	}
	return stage, stage != ""
}

func anyOf(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// date reads one match of dateForm; "" when it is no date or its year is not known.
func (s *scanner) date(text string, at []int) (kernel.Date, string) {
	part := func(names ...string) string {
		for _, n := range names {
			if i := dateForm.SubexpIndex(n); at[2*i] >= 0 {
				return text[at[2*i]:at[2*i+1]]
			}
		}
		return ""
	}
	year := s.yearOf(part("y", "y2", "y3", "y4"), part("rel", "rel3"))
	month, _ := strconv.Atoi(part("m", "m2"))
	day, _ := strconv.Atoi(part("d", "d2"))
	if part("end") != "" {
		month = 12
	}
	stated := part("y", "y2", "y3", "y4", "rel", "rel3") != ""
	if year == 0 || !stated && s.year == year && month < s.month {
		return "", "" // "2023年11月签约,3月开工": which March is not said
	}
	s.year, s.month = year, month
	return madeDate(year, month, day)
}

// yearOf is the year meant by a stated year, a relative one, or none.
func (s *scanner) yearOf(stated, relative string) int {
	if stated != "" {
		y, _ := strconv.Atoi(stated)
		return y
	}
	if s.asOf == "" {
		return s.year
	}
	now, _ := strconv.Atoi(string(s.asOf)[:4])
	switch relative {
	case "今年", "当年", "本年":
		return now
	case "去年", "上年":
		return now - 1
	case "明年", "次年":
		return now + 1
	}
	if s.year != 0 {
		return s.year
	}
	return now
}

func madeDate(year, month, day int) (kernel.Date, string) {
	precision := ByDay
	if day == 0 {
		day, precision = 1, ByMonth
	}
	if month == 0 {
		month, precision = 1, ByYear
	}
	on, err := kernel.ParseDate(fmt.Sprintf("%04d-%02d-%02d", year, month, day))
	if err != nil {
		return "", ""
	}
	return on, precision
}
