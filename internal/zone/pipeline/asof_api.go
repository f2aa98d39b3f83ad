package pipeline

// AsOf asks for what had been recorded by the end of an earlier day.
type AsOf struct {
	AsOf string `query:"as_of" doc:"YYYY-MM-DD: as it had been recorded by the end of that day in China Standard Time; who may read it is decided by today's rights on today's responsible department"`
}

// OnProjectAsOf names a project in a path, as it stands or as of an earlier day.
type OnProjectAsOf struct {
	OnProject
	AsOf
}
