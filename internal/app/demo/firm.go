package demo

import (
	"context"
	"fmt"
	"math/rand/v2"

	"sente/internal/kernel"
	"sente/internal/zone/party"
)

// How many firms there are, and how many of them the register brought in.
const (
	firmCount    = 300
	earlierFirms = 130
)

// firm is a fictional enterprise.
type firm struct {
	name, nameEn, code, industry, business string
	foreign                                bool   // known by a foreign registration number instead of a code
	id                                     string // once registered
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

func tradeOf(firm int) trade { return trades()[firm%len(trades())] }

// firms makes the firms: names that say they are examples, codes in a region
// that is not assigned.
func firms(r *rand.Rand) []firm {
	var out []firm
	for i := range firmCount {
		t, mark := tradeOf(i), markOf(i)
		f := firm{name: fmt.Sprintf("晨港演示%s%s有限公司", mark, t.word), nameEn: fmt.Sprintf("Chengang Demo %s %d Co., Ltd.", t.en, i/len(trades())+1),
			code: CreditCode(i), industry: t.code, business: t.product}
		if i%17 == 11 && i >= earlierFirms {
			f.foreign, f.code = true, fmt.Sprintf("DEMO-%06d", 100000+r.IntN(900000))
			f.name = fmt.Sprintf("演示海外%s%s株式会社", mark, t.word)
		}
		out = append(out, f)
	}
	return out
}

// markOf tells firms of one trade apart.
func markOf(firm int) string {
	marks := []string{"甲辰", "乙巳", "丙午", "丁未", "戊申", "己酉", "庚戌", "辛亥", "壬子", "癸丑", "甲寅", "乙卯", "丙辰", "丁巳", "戊午", "己未", "庚申", "辛酉", "壬戌", "癸亥"}
	return marks[firm/len(trades())%len(marks)]
}

// register adds the firms that no register brought in, some with a contact, in
// the days before their first projects.
func (p *replay) register(day kernel.Date) {
	clerks := []string{"officer", "officer3", "officer5", "officer2", "officer4", "officer6"}
	for i := earlierFirms; i < len(p.firms); i++ {
		p.at(day, i, p.who[clerks[i%len(clerks)]], func(ctx context.Context) error {
			s, err := p.app.Party.Register(ctx, p.firms[i].party())
			if err != nil {
				return err
			}
			p.firms[i].id = s.Party.ID
			if i%4 != 0 {
				return nil
			}
			_, err = p.app.Party.AddContact(ctx, s.Party.ID, party.Contact{Name: "演示联系人", Title: "总经理", Phone: fmt.Sprintf("139%08d", i+1), Email: fmt.Sprintf("demo%03d@firm.example", i)})
			return err
		})
	}
}

func (f firm) party() party.Party {
	p := party.Party{Kind: party.Enterprise, Name: f.name, NameEn: f.nameEn, Industry: f.industry, Business: []string{f.business}, Address: "演示地址", Tags: []string{}}
	if f.foreign {
		p.ForeignRegNo, p.Country = f.code, "JP"
		return p
	}
	p.CreditCode = f.code
	return p
}
