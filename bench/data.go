package main

import (
	"fmt"
	"io"
	"strings"
)

// firstOfNames and kinds of work make up names that are plainly fictional.
const brandCharacters = "碧播舶昌乘春磁葱鼎豆帆芳飞丰峰逢辅甘歌耕谷冠光贵涵翰禾和恒鸿湖华桦辉惠极佳剑津锦晶景净静菊凯康宽昆兰朗乐雷黎丽良林玲凌流鲁律绿满茂梅美敏铭牧南宁鹏平齐琪启千乔勤青清晴泉瑞润森尚盛石书舒顺松涛腾天田庭同望微伟文"

// branded is how many projects bear a brand, each brand about
// branded/len(brandCharacters)² of them: however many projects there are, a
// brand is a rare word with as many hits.
const branded = 100_000

// A project is one row of the data, the same on every side.
type project struct {
	Name      string
	Stage     string // id
	Amount    int64  // 万元 (10,000 CNY)
	Unit      int    // department, from 0
	Owner     int    // official of the department, from 0
	FoundOn   string
	SignedOn  string // "" before the signing
	StartedOn string // "" before the start of works
}

// brand is the rare word in the name of project i, "" when it has none.
func brand(i int) string {
	if i >= branded {
		return ""
	}
	r := []rune(brandCharacters)
	n := i * 7919 % (len(r) * len(r))
	return string([]rune{r[n/len(r)], r[n%len(r)]})
}

// commonWords are in the names of every, a quarter and an eighth of the projects.
func commonWords() []string { return []string{"项目", "基地", "装备"} }

// stageWeights say how many of 100 projects stand in each stage.
func stageWeights() []stageWeight {
	return []stageWeight{{"lead", "线索", 20}, {"screening", "初判", 15}, {"negotiating", "在谈", 25}, {"signed", "签约", 15},
		{"landed", "落地", 9}, {"started", "开工", 8}, {"producing", "投产", 5}, {"effective", "达效", 3}}
}

type stageWeight struct {
	id, zh  string
	percent int
}

// stageAt returns the place in stageWeights of the stage of project i.
func stageAt(i int) int {
	n := int(mix(i, 1) % 100)
	for at, s := range stageWeights() {
		if n -= s.percent; n < 0 {
			return at
		}
	}
	return 0
}

// mix is a hash of i, another one for every salt: all that is random about the
// data, the same in every run.
func mix(i, salt int) uint64 {
	x := uint64(i)*0x9E3779B97F4A7C15 + uint64(salt)*0xD1B54A32D192ED03
	x ^= x >> 30
	x *= 0xBF58476D1CE4E5B9
	x ^= x >> 27
	x *= 0x94D049BB133111EB
	return x ^ x>>31
}

// projectAt is project i of the data.
func projectAt(i int) project {
	works := []string{"新材料", "装备", "生物医药", "数字", "仓储", "食品", "储能", "电子"}
	places := []string{"生产基地", "研发中心", "产业园", "总部"}
	stage := stageAt(i)
	p := project{
		Name:    fmt.Sprintf("虚构%s%s%s项目%d号", brand(i), works[mix(i, 2)%8], places[mix(i, 3)%4], i+1),
		Stage:   stageWeights()[stage].id,
		Amount:  int64(100 + mix(i, 4)%500_000),
		Unit:    int(mix(i, 5) % departments),
		Owner:   int(mix(i, 6) % officialsPerUnit),
		FoundOn: day(2023, mix(i, 7)),
	}
	if stage >= 3 {
		p.SignedOn = day(2024, mix(i, 8))
	}
	if stage >= 5 {
		p.StartedOn = day(2025, mix(i, 9))
	}
	return p
}

// day is some day of year.
func day(year int, n uint64) string {
	return fmt.Sprintf("%d-%02d-%02d", year, n%12+1, n/12%28+1)
}

// unitName and officialName are what the register calls them.
func unitName(unit int) string { return fmt.Sprintf("虚构招商%02d部", unit+1) }

func officialName(unit, owner int) string { return fmt.Sprintf("专员%02d之%d", unit+1, owner+1) }

// writeCSV writes the projects [from, to) as a register.
func writeCSV(w io.Writer, from, to int) error {
	var b strings.Builder
	b.WriteString("项目名称,当前阶段,总投资(万元),责任部门,责任人,线索日期,签约时间,开工时间\n")
	for i := from; i < to; i++ {
		p := projectAt(i)
		fmt.Fprintf(&b, "%s,%s,%d,%s,%s,%s,%s,%s\n", p.Name, stageWeights()[stageAt(i)].zh, p.Amount, unitName(p.Unit), officialName(p.Unit, p.Owner), p.FoundOn, p.SignedOn, p.StartedOn)
		if b.Len() > 1<<16 {
			if _, err := io.WriteString(w, b.String()); err != nil {
				return err
			}
			b.Reset()
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
