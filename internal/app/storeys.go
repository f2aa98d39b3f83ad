package app

// Storeys lists the contexts under internal/zone and the storey each stands
// on. A context imports lower storeys only, never its own; internal/arch tests
// it and refuses a context that is not listed here. The storeys of the
// contexts that are planned are in ARCHITECTURE.md.
func Storeys() map[string]int {
	return map[string]int{
		"office":     0, // 部门与干部
		"party":      0, // 主体
		"work":       1, // 协同
		"platform":   1, // 平台
		"pipeline":   3, // 项目
		"scoreboard": 5, // 成效
	}
}
