package pipeline

import (
	"sente/internal/infra/intake"
)

// importFields are the columns a register of projects may have, with the
// headings bureaus give them; the English ones are those of published registers.
func importFields() []intake.Field {
	f := func(id string, kind intake.Type, synonyms ...string) intake.Field {
		return intake.Field{ID: id, Word: "pipeline.field_" + fieldWord(id), Type: kind, Synonyms: synonyms}
	}
	name := f("name", intake.Text, "项目名称", "项目", "名称", "project", "Site Name", "Title")
	name.Required = true
	author := f("origin_author", intake.Text, "填报人", "录入人", "制表人", "经办人")
	finder := f("finder", intake.Text, "线索发现人", "发现人", "引荐人", "信息提供人")
	author.Personal, finder.Personal = true, true
	contact := func(id string, synonyms ...string) intake.Field {
		x := f(id, intake.Text, synonyms...)
		x.Personal, x.Group = true, "contact"
		return x
	}
	fields := []intake.Field{
		name,
		f("external_id", intake.Code, "项目代码", "项目编码", "项目编号", "Ref ID", "AidData TUFF Project ID"),
		f("investor_name", intake.Text, "投资方", "投资主体", "投资单位", "投资企业", "企业名称", "客商", "项目单位", "建设单位", "Operator (or Applicant)", "investor", "company"),
		f("credit_code", intake.Code, "统一社会信用代码", "信用代码", "社会信用代码", "企业代码"),
		f("lei", intake.Code, "LEI"),
		f("foreign_reg_no", intake.Code, "境外登记号", "境外注册号"),
		f("country", intake.Code, "国别", "国家(地区)", "国别(地区)"),
		f("total_investment", intake.Money, "总投资", "总投资额", "计划总投资", "投资总额", "项目总投资", "投资规模", "total_invest_100m_cny"),
		f("fixed_investment", intake.Money, "固定资产投资", "固定资产投资额", "固投", "其中:固定资产投资"),
		f("industry", intake.Text, "行业", "所属行业", "行业类别", "产业类别", "产业", "行业代码", "Technology Type"),
		f("stage", intake.Text, "当前阶段", "项目阶段", "阶段", "项目状态", "状态", "建设状态", "stage_as_reported", "Development Status"),
		f("progress", intake.Text, "进展情况", "进展", "项目进展", "工作进展", "推进情况", "目前进展", "最新进展", "note"),
		f("site", intake.Text, "落户地点", "落地地点", "建设地点", "项目地点", "项目地址", "选址", "落户地", "zone", "Address"),
		f("scope", intake.Text, "建设内容", "主要建设内容", "建设规模及内容", "建设内容及规模", "项目内容"),
		f("summary", intake.Text, "项目简介", "项目概况", "备注", "remark"),
		f("unit", intake.Text, "责任部门", "责任单位", "牵头部门", "包保部门", "招商部门"),
		f("owner", intake.Text, "责任人", "包保责任人", "项目负责人", "招商专员", "跟踪人"),
		f("source", intake.Text, "线索来源", "项目来源", "信息来源", "source_url"),
		f("kind", intake.Text, "项目类型", "建设性质"),
		f("terms", intake.Text, "合同要点", "约定事项"),
		finder,
		f("found_on", intake.Day, "线索日期", "线索时间", "登记日期"),
		author,
		contact("contact_name", "联系人", "联系人姓名", "企业联系人", "投资方联系人", "contact", "contact person"),
		contact("contact_phone", "联系电话", "电话", "手机", "手机号", "手机号码", "联系方式", "联系人电话", "phone", "mobile", "contact phone"),
		contact("contact_email", "电子邮箱", "电子邮件", "邮箱", "e-mail", "contact email"),
		f("origin_date", intake.Day, "填报日期", "更新日期", "更新时间", "截止日期", "as_of", "Record Last Updated (dd/mm/yyyy)"),
	}
	return append(fields, dateFields()...)
}

// dateFields are the columns of actual and planned dates of the stages.
func dateFields() []intake.Field {
	synonyms := map[Stage][]string{
		Screening:   {"初判时间", "预审时间", "联审时间", "Planning Application Submitted"},
		Negotiating: {"洽谈时间", "首次洽谈时间", "接洽时间"},
		Signed:      {"签约时间", "签约日期", "签订时间", "合同签订时间"},
		Landed:      {"落地时间", "落地日期", "注册时间", "Planning Permission Granted"},
		Started:     {"开工时间", "开工日期", "实际开工时间", "Under Construction"},
		Producing:   {"投产时间", "投产日期", "竣工投产时间", "Operational"},
		Effective:   {"达产时间", "达效时间", "达产达效时间"},
	}
	var out []intake.Field
	for _, s := range chain()[1:] {
		out = append(out, intake.Field{ID: stageField(s, false), Word: "pipeline.field_" + stageField(s, false), Type: intake.Day, Synonyms: synonyms[s]})
	}
	for _, s := range []Stage{Signed, Landed, Started, Producing, Effective} {
		zh := s.Label("zh")
		out = append(out, intake.Field{ID: stageField(s, true), Word: "pipeline.field_" + stageField(s, true), Type: intake.Day,
			Synonyms: []string{"计划" + zh + "时间", "计划" + zh + "日期", "预计" + zh + "时间", "拟" + zh + "时间"}})
	}
	return out
}

// fieldWord is the key of a field's label where it is not the field's own id.
func fieldWord(id string) string {
	word, ok := map[string]string{"investor_name": "investor", "total_investment": "total", "fixed_investment": "fixed"}[id]
	if !ok {
		return id
	}
	return word
}

// importOptions are asked once per run.
func importOptions() []intake.Field {
	stage := intake.Field{ID: "default_stage", Word: "pipeline.import_open_default", Type: intake.Enum}
	for _, s := range append(chain(), Shelved) {
		stage.Values = append(stage.Values, intake.Choice{ID: string(s), Word: "pipeline.stage_" + string(s), Synonyms: []string{string(s)}})
	}
	return []intake.Field{
		{ID: "unit", Word: "pipeline.field_unit", Type: intake.Text},
		{ID: "owner", Word: "pipeline.field_owner", Type: intake.Text},
		{ID: "as_of", Word: "pipeline.field_origin_date", Type: intake.Day},
		stage,
	}
}
