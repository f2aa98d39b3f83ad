package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
)

// The extent of the history.
const (
	firmCount    = 100
	projectCount = 150
	historyDays  = 3 * 365
)

// firm is a fictional enterprise.
type firm struct {
	name, nameEn, code, industry, business string
	foreign                                bool // known by a foreign registration number instead of a code
}

// project is the course of one fictional project.
type project struct {
	name, site, scope, source, industry string
	firm                                int
	dept                                int // 0…2; one department talks to one firm
	kind                                string
	builds                              bool
	totalMinor, fixedMinor              int64 // fen
	currency                            string
	end                                 pipeline.Stage   // where it stands today
	reached                             []pipeline.Stage // the chain it went through, lead first
	days                                []kernel.Date    // when each of reached was reached
	endOn                               kernel.Date      // when it was shelved, lost or terminated
	reason                              string
}

// trade is a line of business with the words projects and firms of it use.
type trade struct{ code, word, en, product, productEn string }

func trades() []trade {
	return []trade{
		{"C36", "汽车部件", "Auto Parts", "智能座舱部件", "smart cockpit parts"}, {"C36", "汽车电子", "Auto Electronics", "车规级控制器", "vehicle controllers"},
		{"C37", "轨道装备", "Rail Equipment", "轨道车辆转向架", "bogies"}, {"C34", "通用装备", "Machinery", "高端数控机床", "machine tools"},
		{"C35", "医疗器械", "Medical Devices", "体外诊断设备", "diagnostics"}, {"C27", "生物医药", "Biopharma", "疫苗与抗体药物", "vaccines and antibodies"},
		{"C26", "新材料", "Materials", "生物基材料", "bio-based materials"}, {"C38", "电气", "Electrical", "储能变流装备", "storage converters"},
		{"C39", "光电", "Photonics", "激光雷达模组", "lidar modules"}, {"C14", "食品", "Foods", "玉米精深加工食品", "corn foods"},
		{"I65", "软件", "Software", "工业软件研发中心", "industrial software"}, {"I64", "智算", "Computing", "人工智能算力服务", "AI computing"},
		{"F51", "国际贸易", "Trading", "跨境电商展示交易中心", "cross-border trade centre"}, {"G59", "供应链", "Supply Chain", "冷链仓储物流基地", "cold-chain hub"},
		{"L72", "总部服务", "Headquarters", "区域结算总部", "regional headquarters"}, {"M73", "检测研发", "Testing", "汽车检验检测基地", "vehicle testing"},
	}
}

// firms makes the firms: names that say they are examples, codes in a region
// that is not assigned.
func firms(r *rand.Rand) []firm {
	marks := []string{"甲辰", "乙巳", "丙午", "丁未", "戊申", "己酉", "庚戌", "辛亥", "壬子", "癸丑"}
	var out []firm
	for i := range firmCount {
		t := trades()[i%len(trades())]
		n := i / len(trades())
		f := firm{name: fmt.Sprintf("晨港演示%s%s有限公司", marks[n%len(marks)], t.word), nameEn: fmt.Sprintf("Chengang Demo %s %d Co., Ltd.", t.en, n+1),
			code: CreditCode(i), industry: t.code, business: t.product}
		if i%17 == 11 {
			f.foreign, f.code = true, fmt.Sprintf("DEMO-%06d", 100000+r.IntN(900000))
			f.name = fmt.Sprintf("演示海外%s%s株式会社", marks[n%len(marks)], t.word)
		}
		out = append(out, f)
	}
	return out
}

// standing says how many projects stand where today.
func standing() []struct {
	stage pipeline.Stage
	n     int
} {
	return []struct {
		stage pipeline.Stage
		n     int
	}{
		{pipeline.Lead, 18}, {pipeline.Screening, 15}, {pipeline.Negotiating, 30}, {pipeline.Signed, 21}, {pipeline.Landed, 17}, {pipeline.Started, 18},
		{pipeline.Producing, 14}, {pipeline.Effective, 4}, {pipeline.Shelved, 5}, {pipeline.Lost, 6}, {pipeline.Terminated, 2},
	}
}

// projects makes the courses of all projects up to today.
func projects(r *rand.Rand, fs []firm, today kernel.Date) []project {
	var out []project
	for _, s := range standing() {
		for range s.n {
			out = append(out, course(r, fs, len(out), s.stage, today))
		}
	}
	return out
}

func course(r *rand.Rand, fs []firm, n int, end pipeline.Stage, today kernel.Date) project {
	f := n % len(fs)
	t := trades()[f%len(trades())]
	sites := []string{"东港片区3号地块", "东港片区7号地块", "西港片区标准厂房B2", "南港新材料园", "科创园A座", "总部基地2号楼", "空港物流园", "创新中心6层"}
	sources := []string{"以商招商", "驻点招商", "展会推介", "平台运营方推荐", "商协会介绍", "企业自荐"}
	p := project{name: t.product + "项目", firm: f, dept: f % 3, industry: t.code, end: end, kind: pipeline.KindNew, builds: t.code[0] == 'C' || t.code[0] == 'G',
		site: sites[r.IntN(len(sites))], scope: fmt.Sprintf("%s%d期", t.product, n/len(fs)+1), source: sources[r.IntN(len(sources))], currency: "CNY"}
	if n >= len(fs) { // a firm's second project is an expansion
		p.kind, p.name = pipeline.KindExpansion, t.product+"增资扩产项目"
	}
	p.name = fs[f].name[len("晨港演示"):len("晨港演示")+len("甲辰")] + p.name
	p.totalMinor = int64(2+r.IntN(40)) * int64(1+r.IntN(12)) * 1_000_000_000 // 1,000 万 … 48 亿, in fen
	p.fixedMinor = p.totalMinor / 10 * int64(5+r.IntN(4))
	if fs[f].foreign {
		p.currency, p.totalMinor, p.fixedMinor = "USD", p.totalMinor/8, p.fixedMinor/8
	}
	p.schedule(r, today)
	return p
}

// chainTo is the part of the chain that a project standing at end went through.
func chainTo(r *rand.Rand, end pipeline.Stage) []pipeline.Stage {
	all := []pipeline.Stage{pipeline.Lead, pipeline.Screening, pipeline.Negotiating, pipeline.Signed, pipeline.Landed, pipeline.Started, pipeline.Producing, pipeline.Effective}
	if i := slices.Index(all, end); i >= 0 {
		return all[:i+1]
	}
	switch end {
	case pipeline.Lost:
		return all[:1+r.IntN(3)]
	case pipeline.Terminated:
		return all[:4+r.IntN(2)]
	default: // shelved
		return all[:2+r.IntN(3)]
	}
}

// schedule spreads the steps of p over the history, ending before today.
func (p *project) schedule(r *rand.Rand, today kernel.Date) {
	p.reached = chainTo(r, p.end)
	typical := map[pipeline.Stage]int{pipeline.Screening: 20, pipeline.Negotiating: 25, pipeline.Signed: 110, pipeline.Landed: 90,
		pipeline.Started: 100, pipeline.Producing: 260, pipeline.Effective: 200}
	gaps, total := []int{0}, 2
	for _, s := range p.reached[1:] {
		gap := typical[s]/2 + r.IntN(typical[s])
		gaps, total = append(gaps, gap), total+gap
	}
	back := total + r.IntN(max(1, historyDays-total-40))
	if total > historyDays-30 { // a long course begins with the history
		for i := range gaps {
			gaps[i] = gaps[i] * (historyDays - 60) / total
		}
		back = historyDays - 30
	}
	switch p.end { // what is still moving moved lately
	case pipeline.Lead, pipeline.Screening, pipeline.Negotiating:
		back = min(back, total+r.IntN(150))
	case pipeline.Signed, pipeline.Landed, pipeline.Started:
		back = min(back, total+r.IntN(300))
	}
	at := today.AddDays(-back)
	for _, g := range gaps {
		at = at.AddDays(g)
		p.days = append(p.days, at)
	}
	left, _ := at.DaysUntil(today)
	p.endOn = at.AddDays(max(1, min(left-1, 10+r.IntN(60))))
	p.reason = map[pipeline.Stage]string{pipeline.Shelved: "投资方内部决策推迟，待二季度重新评估", pipeline.Lost: "投资方选址他地，已留存洽谈记录", pipeline.Terminated: "市场变化，双方协商解除合同"}[p.end]
}

// start is the first instant of the history.
func start(now time.Time) time.Time { return now.AddDate(0, 0, -historyDays-20) }
