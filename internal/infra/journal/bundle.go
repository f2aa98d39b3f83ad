package journal

import (
	"encoding/json"
	"math/bits"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// A bundle is a zip file that shows a zone's log to somebody who has neither
// server nor database. docs/audit.md explains it to them. Its files:
const (
	bundleFormat      = "sente-audit-bundle/1"
	bundleManifest    = "manifest.json"   // a Manifest
	bundleKeys        = "keys.txt"        // verifier keys of the log (C2SP signed-note), one a line, oldest first
	bundleCheckpoints = "checkpoints.txt" // signed heads, oldest first, an empty line after each
	bundlePeaks       = "peaks.txt"       // roots of the largest whole subtrees over the leaves before From, base64, one a line
	bundleEntries     = "entries.jsonl"   // a Disclosed for each leaf, in the tree's order
)

// Choice says what a bundle shall show.
type Choice struct {
	From    int64    // the first leaf; the tree before it is shown by its peaks alone
	Bodies  []string // beginnings of the objects whose acts' open bodies are disclosed: "" all of them, none when empty
	Private bool     // also the private bodies, as far as they are not erased
}

// discloses reports whether the bodies of an act about object are shown.
func (c Choice) discloses(object string) bool {
	return slices.ContainsFunc(c.Bodies, func(begin string) bool { return strings.HasPrefix(object, begin) })
}

// Manifest says what is in a bundle.
type Manifest struct {
	Format      string `json:"format"`
	Zone        string `json:"zone"`
	Origin      string `json:"origin"` // of every checkpoint, and the name of the keys
	At          int64  `json:"at"`     // ms UTC, when the bundle was begun
	From        int64  `json:"from"`   // first leaf
	Size        int64  `json:"size"`   // leaves in the tree that the last checkpoint signs
	Root        string `json:"root"`   // of that tree, base64
	Checkpoints int64  `json:"checkpoints"`
	Bodies      int64  `json:"bodies"`   // open bodies disclosed
	Private     bool   `json:"private"`  // private bodies were asked for
	Privates    int64  `json:"privates"` // private bodies disclosed
	Erased      int64  `json:"erased"`   // entries whose private body was erased
	// Erasing names the acts of erasing ("object ms") whose own entry has its
	// place behind the last checkpoint.
	Erasing []string `json:"erasing,omitempty"`
}

// Disclosed is what a bundle shows of an entry: the leaf always, the bodies with
// their salts as chosen.
type Disclosed struct {
	Seq         int64  `json:"seq"`                    // index of the leaf
	Leaf        string `json:"leaf"`                   // the exact text whose RFC 6962 hash is the leaf
	Salt        []byte `json:"salt,omitempty"`         // base64
	Body        string `json:"body,omitempty"`         // the exact text that leaf.body commits to
	PrivateSalt []byte `json:"private_salt,omitempty"` // base64
	Private     string `json:"private,omitempty"`      // the exact text that leaf.private commits to
	ErasedAt    *int64 `json:"erased_at,omitempty"`    // ms UTC, when the private body was erased
}

// disclose opens r as far as c allows.
func (c Choice) disclose(r entryRow) Disclosed {
	d := Disclosed{Seq: *r.Seq, Leaf: string(r.leafText()), ErasedAt: r.ErasedAt}
	if !c.discloses(r.Object) {
		return d
	}
	text, err := r.open()
	if err != nil {
		text = err.Error() // not what the leaf commits to: the check names the entry
	}
	d.Salt, d.Body = r.Salt, text
	if c.Private && r.Private != nil {
		d.PrivateSalt, d.Private = r.PrivateSalt, *r.Private
	}
	return d
}

// opened is a leaf's text read back.
func (d Disclosed) opened() (l leaf, err error) {
	err = json.Unmarshal([]byte(d.Leaf), &l)
	return l, err
}

// peaks are the roots of the largest whole subtrees over the first leaves of a
// tree, the largest first: what is needed to go on growing it and to tell its root.
type peaks []peak

type peak struct {
	level int // its subtree has 2^level leaves
	hash  tlog.Hash
}

// push adds the next leaf.
func (p *peaks) push(h tlog.Hash) {
	list, level := *p, 0
	for ; len(list) > 0 && list[len(list)-1].level == level; level++ {
		h = tlog.NodeHash(list[len(list)-1].hash, h)
		list = list[:len(list)-1]
	}
	list = append(list, peak{level, h})
	*p = list
}

// root is the root of the tree; the zero hash of an empty one.
func (p peaks) root() (h tlog.Hash) {
	for i, q := range slices.Backward(p) {
		if i == len(p)-1 {
			h = q.hash
			continue
		}
		h = tlog.NodeHash(q.hash, h)
	}
	return h
}

// peakLevels lists the levels of the peaks of a tree with size leaves, and where
// their hashes are stored.
func peakLevels(size int64) (levels []int, stored []int64) {
	begin := int64(0)
	for left := size; left > 0; {
		level := bits.Len64(uint64(left)) - 1
		levels, stored = append(levels, level), append(stored, tlog.StoredHashIndex(level, begin>>level))
		begin, left = begin+1<<level, left-1<<level
	}
	return levels, stored
}
