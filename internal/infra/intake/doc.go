// Package intake (导入) takes registers in: a file becomes a run, a run is read
// and decided row by row as a dry run, looked at, published in one step, and can
// be taken back as a whole. It knows files, columns and rows; what a row means
// is a [Kind], supplied by the context that owns the register.
//
// # A run's life
//
//	reading → deciding → staged → publishing → published → undoing → undone
//	    └─────────┴─────────┴→ cancelled        (failed: the file or the database ended it)
//
// Reading and deciding go on in batches of 1,000 rows, each one transaction that
// also moves the run's position, so a killed process loses at most one batch and
// repeats none. Publishing and undoing are one transaction each.
//
// # What it must keep true
//
//   - Every row of the file is accounted for: new, changed, unchanged, merged,
//     rejected and skipped add up to the total. Blank rows are not rows.
//   - Nothing is coerced: a cell that cannot be read by its field's type rejects
//     the row and says why.
//   - Nothing is visible before publishing, everything after it. If the objects
//     changed between dry run and publishing, publishing is refused.
//   - Undo takes back all or nothing and names what stands in the way.
//   - Cells are kept no longer than needed: a published, cancelled or undone run
//     keeps titles, keys and reasons; the state before a change is kept only as
//     long as the run can be undone. The file itself stays in the data folder.
//
// # How to write a Kind
//
// A register of suppliers with name, code and capital:
//
//	intake.Kind{
//	    ID: "suppliers", Word: "supply.kind", Perm: "supply.register",
//	    Fields: []intake.Field{
//	        {ID: "name", Word: "supply.name", Type: intake.Text, Required: true, Synonyms: []string{"企业名称", "单位名称", "name"}},
//	        {ID: "code", Word: "supply.code", Type: intake.Code, Synonyms: []string{"统一社会信用代码"}},
//	        {ID: "capital", Word: "supply.capital", Type: intake.Money, Synonyms: []string{"注册资本"}},
//	    },
//	    Key:    func(v intake.Values) string { return "name/" + v.Text("name") },
//	    Decide: d.decideImport,
//	    Undo:   d.undoImport,
//	}
//
// decideImport loads the suppliers whose keys are in rows with one query,
// compares each with the row and answers New with Act{Verb: "supply.registered",
// Changes: {journal.Put(row)}}, Changed with the version found, the state before
// and the act that amends it, Unchanged, or Rejected with reasons. It must not
// touch fields that the row leaves blank: an import adds and corrects, it does
// not erase. undoImport loads the same objects, blocks those whose version moved
// on, and returns Drop or Put of the state before.
//
// Author and date of the original record are fields of the Kind (origin_author,
// origin_date), kept beside who imported it and when.
package intake
