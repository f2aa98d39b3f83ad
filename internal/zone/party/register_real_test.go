package party

import (
	"compress/gzip"
	"encoding/csv"
	"maps"
	"os"
	"slices"
	"testing"

	"sente/internal/infra/sheet"
	"sente/internal/infra/testneed"
)

// TestRegisterOnARealList folds a real, dirty list of 4,486 companies. The
// expected figures were computed independently of this program, by a script of
// thirty lines over the same file:
//
//	4,486 rows   1,559 distinct names, 1,558 after normalization: "Amazon Web
//	             Services (Guangzhou)" and "… Services Guangzhou" are one
//	   12 rejected   11 state another founding year than an earlier row of the
//	             same name (ten names; 上海汽车集团 twice), row 406 states
//	             "1981年(新加坡)", which is no date
//	1,557 new    one for each name but 恩士迅信息科技(福州), whose only row is 406
//	2,917 merged the rest: 4,486 − 12 − 1,557
func TestRegisterOnARealList(t *testing.T) {
	t.Parallel()
	r := NewRegister()
	merged, rejected, told := 0, map[int]string{}, map[string]int{}
	for i, line := range realLines(t) {
		number := i + 2 // as a person counts: the header is row 1
		p, ok := partyOf(line)
		if !ok {
			rejected[number] = "no date: " + line["founded"]
			continue
		}
		p, notes := p.scaled()
		before := len(r.Entries)
		at, more, err := r.Take(number, p)
		if err != nil {
			rejected[number] = err.Error()
			continue
		}
		if at < before {
			merged++
		}
		for _, n := range append(notes, more...) {
			told[n.Field+":"+n.Word]++
		}
	}
	if len(r.Entries) != 1557 || merged != 2917 || len(rejected) != 12 {
		t.Errorf("%d new, %d merged, %d rejected; want 1557, 2917, 12", len(r.Entries), merged, len(rejected))
	}
	if got, want := slices.Sorted(maps.Keys(rejected)), []int{406, 1734, 1890, 2468, 2967, 3090, 3288, 3640, 3966, 4045, 4046, 4053}; !slices.Equal(got, want) {
		t.Errorf("rejected rows %v, want %v", got, want)
	}
	want := map[string]int{
		"region:party.kept_first": 150, "funding:party.kept_first": 37, "scale:party.kept_first": 182, "listing:party.kept_first": 73,
		"address:party.kept_first": 78, "aliases:party.alias_shared": 302,
		// networks of security firms: their rows hold products where others hold a headcount
		"scale:party.scale_unread": 131,
	}
	if !maps.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
	checkEntries(t, r.Entries)
}

// checkEntries compares what the entries hold together, and one of them in full.
func checkEntries(t *testing.T, entries []Entry) {
	t.Helper()
	got := map[string]int{}
	for _, e := range entries {
		p := e.Party
		got["rows"] += len(e.Rows)
		got["business"] += len(p.Business)
		got["aliases"] += len(p.Aliases)
		got["tags"] += len(p.Tags)
		got["sources"] += len(p.Sources)
		if p.Founded != "" {
			got["founded"]++
		}
		if p.Headcount > 0 {
			got["headcount"]++
		}
	}
	want := map[string]int{"rows": 4474, "business": 3576, "aliases": 1367, "tags": 1618, "sources": 1934, "founded": 1345, "headcount": 1359}
	if !maps.Equal(got, want) {
		t.Errorf("entries hold %v, want %v", got, want)
	}
	most := slices.MaxFunc(entries, func(a, b Entry) int { return len(a.Rows) - len(b.Rows) })
	p := most.Party
	if len(most.Rows) != 31 || p.Name != "华为技术有限公司" || p.Founded != "1987" || p.Headcount != 200000 || p.Region != "广州" || len(p.Business) != 17 || len(p.Sources) != 12 || len(p.Aliases) != 5 || len(p.Tags) != 6 {
		t.Errorf("the most repeated entry: %d rows %+v", len(most.Rows), p)
	}
}

// realLines reads the list by its headings.
func realLines(t *testing.T) []map[string]string {
	t.Helper()
	f, err := os.Open(testneed.Shared(t, "data", "dirty_companies_4486.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, line := range lines[1:] {
		cells := map[string]string{}
		for i, heading := range lines[0] {
			if !sheet.Blank(line[i]) {
				cells[heading] = line[i]
			}
		}
		out = append(out, cells)
	}
	return out
}

func partyOf(c map[string]string) (Party, bool) {
	p := Party{Kind: Enterprise, Name: c["name"], Aliases: SplitList(c["alias"]), Business: SplitList(c["business"]), Tags: SplitList(c["industry"]),
		Region: c["city"], Address: c["address"], Scale: c["scale"], Listing: c["listing"], Funding: c["funding"], Sources: SplitList(c["source_file"])}
	if c["founded"] != "" {
		var err error
		if p.Founded, err = FoundedOf(c["founded"]); err != nil {
			return p, false
		}
	}
	return p, true
}
