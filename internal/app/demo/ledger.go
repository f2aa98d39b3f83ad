package demo

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"sente/internal/kernel"
)

// Ledger writes a 招商台账 workbook as bureaus keep them, with all their
// habits: banner rows, a header of two merged rows, units in headers and in
// cells, section rows, subtotals, serial numbers that start again, free-text
// progress holding dates, full-width digits, “NA”, a column without a header,
// line breaks inside cells, a project listed twice, last year's sheet and a
// sheet of instructions. Everything in it is fictional; its credit codes lie in
// a region that is not assigned.
func Ledger(w io.Writer) (err error) {
	defer kernel.Wrap(&err, "demo.Ledger")
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetName("Sheet1", "2026年招商台账"); err != nil {
		return err
	}
	if err := ledgerSheet(f, "2026年招商台账", "2026", ledger2026()); err != nil {
		return err
	}
	if _, err := f.NewSheet("2025年招商台账"); err != nil {
		return err
	}
	if err := ledgerSheet(f, "2025年招商台账", "2025", ledger2025()); err != nil {
		return err
	}
	if err := ledgerNotes(f); err != nil {
		return err
	}
	return f.Write(w)
}

// ledgerHead is the two-row header: the upper cell spans the columns that
// share it.
func ledgerHead() [][2]string {
	return [][2]string{
		{"序号", ""}, {"项目名称", ""}, {"投资方", "企业名称"}, {"投资方", "统一社会信用代码"},
		{"投资额", "总投资\n(亿元)"}, {"投资额", "其中:固定资产投资\n(万元)"},
		{"所属行业", ""}, {"落户地点", ""}, {"当前阶段", ""}, {"进展情况", ""},
		{"时间节点", "签约时间"}, {"时间节点", "开工时间"}, {"时间节点", "投产时间"},
		{"责任部门", ""}, {"责任人", ""}, {"", ""}, {"联系方式", "联系人"}, {"联系方式", "联系电话"},
	}
}

// ledgerSheet writes one year's sheet: two banner rows, the header, the rows.
func ledgerSheet(f *excelize.File, sheet, year string, rows [][]any) error {
	head := ledgerHead()
	last, err := excelize.ColumnNumberToName(len(head))
	if err != nil {
		return err
	}
	banner := map[string]string{
		"A1": "晨港经济技术开发区" + year + "年招商引资项目台账(演示数据)",
		"A2": "填报单位:招商服务局          填报日期:" + year + "年10月31日          单位:见表头",
	}
	for cell, text := range banner {
		if err := f.SetCellValue(sheet, cell, text); err != nil {
			return err
		}
		if err := f.MergeCell(sheet, cell, last+cell[1:]); err != nil {
			return err
		}
	}
	if err := ledgerHeader(f, sheet, head); err != nil {
		return err
	}
	for i, row := range rows {
		n := i + 5
		if err := f.SetSheetRow(sheet, fmt.Sprintf("A%d", n), &row); err != nil {
			return err
		}
		if len(row) == 1 { // a section's title spans the sheet
			if err := f.MergeCell(sheet, fmt.Sprintf("A%d", n), fmt.Sprintf("%s%d", last, n)); err != nil {
				return err
			}
		}
	}
	return nil
}

// ledgerHeader writes head into rows 3 and 4 and merges what belongs together.
func ledgerHeader(f *excelize.File, sheet string, head [][2]string) error {
	for i := 0; i < len(head); i++ {
		end := i
		for head[i][0] != "" && end+1 < len(head) && head[end+1][0] == head[i][0] {
			end++
		}
		from, err := excelize.CoordinatesToCellName(i+1, 3)
		if err != nil {
			return err
		}
		bottom := 3
		if head[i][1] == "" {
			bottom = 4
		}
		to, err := excelize.CoordinatesToCellName(end+1, bottom)
		if err != nil {
			return err
		}
		if err := f.SetCellValue(sheet, from, head[i][0]); err != nil {
			return err
		}
		if err := f.MergeCell(sheet, from, to); err != nil {
			return err
		}
		for ; head[i][1] != "" && i <= end; i++ {
			below, err := excelize.CoordinatesToCellName(i+1, 4)
			if err != nil {
				return err
			}
			if err := f.SetCellValue(sheet, below, head[i][1]); err != nil {
				return err
			}
			if i == end {
				break
			}
		}
	}
	return nil
}

// ledgerNotes adds the sheet of instructions that such workbooks end with.
func ledgerNotes(f *excelize.File) error {
	const sheet = "填表说明"
	if _, err := f.NewSheet(sheet); err != nil {
		return err
	}
	for i, text := range []string{"填表说明", "1. 总投资以亿元为单位,保留两位小数。", "2. 进展情况请写明时间。", "3. 本表为演示数据,企业与项目均为虚构。"} {
		if err := f.SetCellValue(sheet, fmt.Sprintf("A%d", i+1), text); err != nil {
			return err
		}
	}
	return nil
}

// ledger2026 holds this year's rows as a clerk typed them.
func ledger2026() [][]any {
	c := func(n int) string { return CreditCode(500 + n) }
	return [][]any{
		{"一、先进制造业"},
		{1, "年产20万套汽车线束智能工厂", "晨港示例线束有限公司", c(1), 2.6, 18000, "C36", "东港片区3号地块", "开工", "2025年11月签约,2026年4月开工,\n主体施工中", "2025.11.18", "2026年4月8日", "", "招商一局", "演示专员甲", "重点", "演示联系人", "13900000001"},
		{2, "高端数控刀具生产线", "晨港示例刀具制造有限公司", c(2), "1.5亿元", "9,500", "C34", "东港片区5号地块", "签约", "2026年3月15日签约", "2026/3/15", "", "", "招商一局", "演示专员甲", "", "演示联系人", "13900000002"},
		{3, "新能源汽车热管理部件", "晨港示例热控科技有限公司", c(3), "８.２", "52000", "C36", "东港片区", "落地", "已完成注册和前期手续", "2026年1月20日", "", "", "招商一局", "演示专员乙", "重点", "NA", "NA"},
		{4, "轨道车辆内饰件扩产", "晨港示例内饰有限公司", c(4), 0.85, "6,200", "C37", "西港片区", "投产", "2024年8月签约;2025年3月开工;2026年6月投产", "2024-08-12", "2025-03-20", "2026-06-30", "招商一局", "演示专员乙", "增资扩产", "/", "/"},
		{5, "精密铸件项目", "晨港示例铸造有限公司", "91990100MA00000000", 1.2, 8000, "C33", "西港片区", "在谈", "信用代码待核", "", "", "", "招商一局", "演示专员乙", "", "", ""},
		{6, "智能仓储装备", "晨港示例物流装备有限公司", c(6), "约3亿元", "", "C34", "待定", "在谈", "4月初现场考察", "", "", "", "招商一局", "演示专员甲", "", "", ""},
		{"小计", "", "", "", 17.35, 93700},
		{"二、新材料与生物医药"},
		{1, "年产3万吨生物基材料", "晨港示例生物材料有限公司", c(7), "8.52", "60000", "C26", "南港化工园", "开复工(在建)", "4月初复工;研发中心主体竣工;争取年底投用", "2025年5月9日", "2025-09-01", "", "招商二局", "演示专员丙", "重点", "演示联系人", "13900000007"},
		{2, "创新药中试基地", "晨港示例医药科技有限公司", c(8), 4, 25000, "C27", "科创园B座", "签约待开工", "已签订入区协议", "2026.5.28", "", "", "招商二局", "演示专员丙", "", "", ""},
		{3, "医用耗材项目", "晨港示例医疗器械有限公司", c(9), "0.6", "0.4亿元", "C35", "科创园", "初判", "正在尽职调查", "", "", "", "招商二局", "演示专员丙", "", "", ""},
		{4, "锂电池负极材料", "晨港示例碳素有限公司", c(10), 30, 210000, "C30", "南港化工园", "推介", "700个就业岗位;占地15.7万㎡", "", "", "", "招商二局", "演示专员丁", "重点", "", ""},
		{5, "特种膜材料", "晨港示例膜材料有限公司", c(11), "2-3亿", "", "C29", "南港化工园", "在谈", "投资额待定", "", "", "", "招商二局", "演示专员丁", "", "", ""},
		{6, "可降解包装", "晨港示例包装有限公司", c(12), 1, 12000, "C22", "南港化工园", "在谈", "固定资产投资误填", "", "", "", "招商二局", "演示专员丁", "", "", ""},
		{"小计", "", "", "", 48.12, 299000},
		{"三、现代服务业"},
		{1, "区域结算总部", "晨港示例供应链管理有限公司", c(13), 10, "", "L72", "总部基地1号楼", "落地", "2026年2月28日签约,5月完成注册", "2026年2月28日", "", "", "招商三局", "演示专员戊", "总部", "", ""},
		{2, "医药冷链仓储", "晨港示例冷链物流有限公司", c(14), "10", "7亿元", "G59", "空港物流园", "签约", "已签约", "2026年13月5日", "", "", "招商三局", "演示专员戊", "", "", ""},
		{3, "跨境电商展示中心", "晨港示例国际贸易有限公司", c(15), "$60,000,000 ", "", "F51", "综保区", "在谈", "外方来访两次", "", "", "", "招商三局", "演示专员戊", "外资", "", ""},
		{4, "人工智能算力中心", "晨港示例智算科技有限公司", c(16), "—", "无", "I65", "创新中心", "线索", "初步接触", "", "", "", "招商三局", "演示专员己", "", "", ""},
		{5, "高端数控刀具生产线", "晨港示例刀具制造有限公司", c(2), 1.5, 9500, "C34", "东港片区5号地块", "签约", "与一局第2项为同一项目", "2026-03-15", "", "", "招商三局", "演示专员己", "重复登记", "", ""},
		{6, "", "晨港示例文旅有限公司", c(17), 0.5, "", "R90", "湖滨片区", "在谈", "项目名称待定", "", "", "", "招商三局", "演示专员己", "", "", ""},
		{7, "会展综合体", "晨港示例会展有限公司", c(18), 5, 30000, "L72", "湖滨片区", "暂缓推进", "等待规划调整", "2025年7月1日", "", "", "招商三局", "演示专员己", "", "", ""},
		{8, "国际学校项目", "晨港示例教育科技有限公司", c(19), 2, "", "P83", "湖滨片区", "已终止", "2025年4月签约,2026年6月终止", "2025年4月10日", "", "", "招商三局", "演示专员己", "", "", ""},
		{"小计", "", "", "", 90.5, 109500},
		{"合计", "", "", "", 155.97, 502200},
		{"", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", ""},
		{"注:投资额以企业申报为准。"},
	}
}

// ledger2025 holds last year's sheet: some of this year's projects at an
// earlier stage, and one that has since gone elsewhere.
func ledger2025() [][]any {
	c := func(n int) string { return CreditCode(500 + n) }
	return [][]any{
		{1, "年产20万套汽车线束智能工厂", "晨港示例线束有限公司", c(1), 2.6, 18000, "C36", "东港片区3号地块", "在谈", "2025年8月首次洽谈", "", "", "", "招商一局", "演示专员甲", "", "演示联系人", "13900000001"},
		{2, "轨道车辆内饰件扩产", "晨港示例内饰有限公司", c(4), 0.85, "6,200", "C37", "西港片区", "开工", "2024年8月签约;2025年3月开工", "2024-08-12", "2025-03-20", "", "招商一局", "演示专员乙", "增资扩产", "", ""},
		{3, "年产3万吨生物基材料", "晨港示例生物材料有限公司", c(7), "8.52", "60000", "C26", "南港化工园", "开工", "2025年5月签约", "2025年5月9日", "2025-09-01", "", "招商二局", "演示专员丙", "重点", "", ""},
		{4, "海洋装备研发基地", "晨港示例海工装备有限公司", c(20), 6, 40000, "C37", "东港片区", "流失", "投资方改投外地", "", "", "", "招商一局", "演示专员甲", "", "", ""},
		{"合计", "", "", "", 17.97, 124200},
	}
}
