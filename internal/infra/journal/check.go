package journal

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"sente/internal/kernel"
)

// What a bundle may hold: it comes from somebody who is not believed.
const (
	bundleSmall = 1 << 20   // bytes of a manifest, of keys, of peaks
	bundleNotes = 256 << 20 // bytes of checkpoints
	bundleLine  = 64 << 20  // bytes of a line of entries
	bundleRoom  = 64 << 20  // bytes of a file, however small it is packed
	bundleRatio = 200       // of a larger file to what it is packed into: digests and salts do not pack
)

// BundleReport is the outcome of checking a bundle.
type BundleReport struct {
	Zone        string    `json:"zone"`
	Origin      string    `json:"origin"`
	At          int64     `json:"at" doc:"ms UTC, when the bundle was made"`
	From        int64     `json:"from" doc:"first leaf in the bundle"`
	Size        int64     `json:"size" doc:"leaves in the tree"`
	Root        string    `json:"root" doc:"base64 root recomputed from the leaves"`
	Entries     int64     `json:"entries"`
	Bodies      int64     `json:"bodies" doc:"open bodies checked against their commitments"`
	Privates    int64     `json:"privates" doc:"private bodies checked against their commitments"`
	Erased      int64     `json:"erased" doc:"entries whose private body was lawfully erased"`
	Erasing     int64     `json:"erasing" doc:"of these, entries whose erasing stands behind the last checkpoint"`
	Checkpoints int64     `json:"checkpoints"`
	Outside     int64     `json:"outside" doc:"checkpoints kept outside that were compared"`
	Uncovered   int64     `json:"uncovered" doc:"checkpoints kept outside that are older than the first leaf"`
	OwnKeys     bool      `json:"own_keys" doc:"the signatures were checked with the bundle's own keys: they only show that it agrees with itself"`
	Findings    []Finding `json:"findings" doc:"empty when everything is as recorded; at most 200"`
	Total       int64     `json:"total_findings"`
}

// OK reports whether everything is as it was recorded.
func (r *BundleReport) OK() bool { return r.Total == 0 }

func (r *BundleReport) found(f Finding) {
	r.Total++
	if len(r.Findings) < 200 {
		r.Findings = append(r.Findings, f)
	}
}

// checker checks one bundle.
type checker struct {
	files     map[string]*zip.File
	m         Manifest
	rep       *BundleReport
	verifiers note.Verifiers
	leaves    []placed
	erased    []erased
	erasures  map[string]int64 // act of erasing → its place
	heads     []signedHead
	notes     []string // the bundle's own checkpoints
}

// placed is a leaf with the place it claims.
type placed struct {
	seq  int64
	hash tlog.Hash
}

// signedHead is a head somebody signed.
type signedHead struct {
	size int64
	root string
	kind string // of the finding if the tree has another
}

// CheckBundle checks a bundle of size bytes by itself: every leaf, the root at
// every checkpoint, the signatures by keys (verifier keys kept outside the
// bundle; none: the bundle's own), the checkpoints kept outside, and every
// disclosed body. What is wrong is named in the report; an error, ErrInvalid,
// means that there is nothing to check: no bundle, or no keys.
func CheckBundle(r io.ReaderAt, size int64, keys []string, outside string) (rep *BundleReport, err error) {
	defer kernel.Wrap(&err, "journal.CheckBundle")
	c := &checker{rep: &BundleReport{Findings: []Finding{}, OwnKeys: len(keys) == 0}, erasures: map[string]int64{}}
	if err := c.open(r, size); err != nil {
		return nil, err
	}
	if err := c.keys(keys); err != nil {
		return nil, err
	}
	if err := c.entries(); err != nil {
		return nil, err
	}
	kept, err := c.read(bundleCheckpoints, bundleNotes)
	if err != nil {
		return nil, err
	}
	c.notes = notesIn(kept)
	for _, text := range c.notes {
		c.rep.Checkpoints++
		c.head(text, "checkpoint_mismatch")
	}
	c.outside(outside)
	c.unlawful()
	whole := c.order()
	if err := c.tree(whole); err != nil {
		return nil, err
	}
	return c.rep, nil
}

// unreadable is the refusal of what is no bundle.
func unreadable(why string) error {
	return kernel.Faultf(kernel.ErrInvalid, "journal.bundle_unreadable", why)
}

// open reads the bundle's list of files and its manifest.
func (c *checker) open(r io.ReaderAt, size int64) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return unreadable(err.Error())
	}
	c.files = map[string]*zip.File{}
	for _, f := range z.File {
		known := slices.Contains([]string{bundleManifest, bundleKeys, bundleCheckpoints, bundlePeaks, bundleEntries}, f.Name)
		if !known || c.files[f.Name] != nil {
			return unreadable(f.Name)
		}
		if packed := min(f.CompressedSize64, uint64(size)); f.UncompressedSize64 > bundleRoom && f.UncompressedSize64/bundleRatio > packed {
			return unreadable(fmt.Sprintf("%s: %d bytes out of %d", f.Name, f.UncompressedSize64, packed))
		}
		c.files[f.Name] = f
	}
	text, err := c.read(bundleManifest, bundleSmall)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), &c.m); err != nil {
		return unreadable(bundleManifest + ": " + err.Error())
	}
	if c.m.Format != bundleFormat || c.m.From < 0 || c.m.Size < c.m.From {
		return unreadable(bundleManifest + ": " + c.m.Format)
	}
	c.rep.Zone, c.rep.Origin, c.rep.At, c.rep.From, c.rep.Size = c.m.Zone, c.m.Origin, c.m.At, c.m.From, c.m.Size
	return nil
}

// read reads a whole file of the bundle of at most limit bytes.
func (c *checker) read(name string, limit int64) (text string, err error) {
	file := c.files[name]
	if file == nil {
		return "", unreadable(name)
	}
	f, err := file.Open()
	if err != nil {
		return "", unreadable(name + ": " + err.Error())
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil || int64(len(b)) > limit {
		return "", unreadable(fmt.Sprintf("%s: %d bytes, %v", name, len(b), err))
	}
	return string(b), nil
}

// keys takes the checker's keys or, without any, the bundle's.
func (c *checker) keys(list []string) error {
	if len(list) == 0 {
		own, err := c.read(bundleKeys, bundleSmall)
		if err != nil {
			return err
		}
		list = strings.Fields(own)
	}
	var all []note.Verifier
	for _, text := range list {
		v, err := note.NewVerifier(text)
		if err != nil {
			return kernel.Faultf(kernel.ErrInvalid, "journal.key_unreadable", text)
		}
		all = append(all, v)
	}
	c.verifiers = note.VerifierList(all...)
	return nil
}

// entries reads the lines of the bundle.
func (c *checker) entries() (err error) {
	file := c.files[bundleEntries]
	if file == nil {
		return unreadable(bundleEntries)
	}
	f, err := file.Open()
	if err != nil {
		return unreadable(bundleEntries + ": " + err.Error())
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 0, 1<<16), bundleLine)
	for lines.Scan() {
		var d Disclosed
		dec := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&d); err != nil {
			return unreadable(fmt.Sprintf("%s, line %d: %v", bundleEntries, len(c.leaves)+1, err))
		}
		c.entry(d)
	}
	if err := lines.Err(); err != nil {
		return unreadable(bundleEntries + ": " + err.Error())
	}
	return nil
}

// entry checks one line by itself.
func (c *checker) entry(d Disclosed) {
	c.rep.Entries++
	c.leaves = append(c.leaves, placed{d.Seq, tlog.RecordHash([]byte(d.Leaf))})
	l, err := d.opened()
	changed := func(what, why string) Finding {
		return Finding{Kind: "entry_changed", Entry: l.ID, Seq: &d.Seq, Object: l.Object, Fields: []string{what}, Note: why}
	}
	if err != nil || l.V != 1 || l.Zone != c.m.Zone {
		c.rep.found(changed("leaf", ""))
		return
	}
	if d.Body != "" {
		c.rep.Bodies++
		if commit(d.Salt, d.Body) != l.Body {
			c.rep.found(changed("body", ""))
		}
	}
	if d.Private != "" {
		c.rep.Privates++
		if commit(d.PrivateSalt, d.Private) != l.Private {
			c.rep.found(changed("private", ""))
		}
	}
	switch {
	case d.ErasedAt != nil:
		c.rep.Erased++
		c.erased = append(c.erased, erased{erasure(l.Object, *d.ErasedAt), d.Seq, changed("private", "no act of erasing was recorded for it")})
	case c.m.Private && d.Body != "" && d.Private == "" && l.Private != "":
		c.rep.found(changed("private", ""))
	}
	if erases(l.Verb) {
		c.erasures[erasure(l.Object, l.At)] = d.Seq
	}
}

// unlawful names the entries whose private body is gone without an act that
// erased it.
func (c *checker) unlawful() {
	for _, e := range c.erased {
		by, ok := c.erasures[e.by]
		switch {
		case ok && by > e.place:
		case slices.Contains(c.m.Erasing, e.by):
			c.rep.Erasing++
		default:
			c.rep.found(e.found)
		}
	}
}

// head notes a checkpoint to be compared with the tree.
func (c *checker) head(text, kind string) {
	n, err := note.Open([]byte(text), c.verifiers)
	if err != nil {
		c.rep.found(Finding{Kind: "checkpoint_invalid", Note: firstLines(text)})
		return
	}
	size, root, err := Checkpoint{Note: text}.read()
	origin, _, _ := strings.Cut(n.Text, "\n")
	if err != nil || size < 1 || n.Text != strings.Join([]string{origin, fmt.Sprint(size), root, ""}, "\n") || origin != n.Sigs[0].Name || origin != c.m.Origin {
		c.rep.found(Finding{Kind: "checkpoint_invalid", Note: firstLines(text)})
		return
	}
	switch {
	case size < c.m.From && kind == "outside_mismatch":
		c.rep.Uncovered++
		return
	case kind == "outside_mismatch":
		c.rep.Outside++
	}
	if size < c.m.From || size > c.m.Size {
		c.rep.found(Finding{Kind: kind, Seq: &size, Note: fmt.Sprintf("the bundle has only the leaves %d to %d", c.m.From, c.m.Size-1)})
		return
	}
	c.heads = append(c.heads, signedHead{size, root, kind})
}

// outside notes the checkpoints kept outside; what a write cut short has left of
// one of the bundle's is passed over.
func (c *checker) outside(kept string) {
	for _, text := range notesIn(kept) {
		if _, err := note.Open([]byte(text), c.verifiers); err != nil && torn(c.notes, text) {
			continue
		}
		c.head(text, "outside_mismatch")
	}
}

// order names the lines that do not stand where they say, the leaves nobody
// shows and those that no tree has. It returns up to where the leaves are whole.
func (c *checker) order() (whole int64) {
	for i, p := range c.leaves {
		if i > 0 && p.seq < c.leaves[i-1].seq {
			c.rep.found(Finding{Kind: "entry_moved", Seq: &p.seq, Note: fmt.Sprintf("behind %d", c.leaves[i-1].seq)})
		}
	}
	slices.SortStableFunc(c.leaves, func(a, b placed) int { return cmp.Compare(a.seq, b.seq) })
	next, whole := c.m.From, int64(-1)
	list := c.leaves[:0]
	for _, p := range c.leaves {
		if p.seq < next || p.seq >= c.m.Size {
			c.rep.found(Finding{Kind: "entry_added", Seq: &p.seq})
			continue
		}
		if p.seq > next {
			if whole < 0 {
				whole = next
			}
			c.removed(next, p.seq)
		}
		list, next = append(list, p), p.seq+1
	}
	c.leaves = list
	if next < c.m.Size {
		c.removed(next, c.m.Size)
	}
	if whole < 0 {
		whole = next
	}
	return whole
}

// removed names the leaves from begin to before end.
func (c *checker) removed(begin, end int64) {
	if end-begin == 1 {
		c.rep.found(Finding{Kind: "entry_removed", Seq: &begin})
		return
	}
	c.rep.found(Finding{Kind: "entry_removed", Seq: &begin, Note: fmt.Sprintf("%d → %d", begin, end-1)})
}

// tree grows the tree over the leaves, which are whole up to before whole, and
// compares its root with every head.
func (c *checker) tree(whole int64) error {
	now, err := c.peaks()
	if err != nil {
		return err
	}
	slices.SortStableFunc(c.heads, func(a, b signedHead) int { return cmp.Compare(a.size, b.size) })
	agreed, leaves, size := int64(-1), c.leaves, c.m.From
	for _, h := range c.heads {
		for ; size < h.size && size < whole; size++ {
			now.push(leaves[size-c.m.From].hash)
		}
		switch {
		case h.size > whole:
			c.rep.found(Finding{Kind: h.kind, Seq: &h.size, Note: fmt.Sprintf("the leaves from %d on are not whole", whole)})
		case now.root().String() == h.root:
			agreed = h.size
		case agreed == h.size:
			c.rep.found(Finding{Kind: h.kind, Seq: &h.size, Note: "the log has signed two roots of this size"})
		case agreed >= 0:
			c.rep.found(Finding{Kind: h.kind, Seq: &h.size, Note: fmt.Sprintf("changed among the leaves %d to %d", agreed, h.size-1)})
		default:
			c.rep.found(Finding{Kind: h.kind, Seq: &h.size})
		}
	}
	for ; size < whole; size++ {
		now.push(leaves[size-c.m.From].hash)
	}
	if whole < c.m.Size {
		return nil
	}
	c.rep.Root = now.root().String()
	if !slices.ContainsFunc(c.heads, func(h signedHead) bool { return h.size == c.m.Size }) {
		c.rep.found(Finding{Kind: "checkpoint_invalid", Seq: &c.m.Size, Note: "no checkpoint signs the last leaf"})
	}
	return nil
}

// peaks reads the tree before From.
func (c *checker) peaks() (p peaks, err error) {
	text, err := c.read(bundlePeaks, bundleSmall)
	if err != nil {
		return nil, err
	}
	levels, _ := peakLevels(c.m.From)
	hashes := strings.Fields(text)
	if len(hashes) != len(levels) {
		return nil, unreadable(bundlePeaks)
	}
	for i, level := range levels {
		h, err := tlog.ParseHash(hashes[i])
		if err != nil {
			return nil, unreadable(bundlePeaks + ": " + err.Error())
		}
		p = append(p, peak{level, h})
	}
	return p, nil
}
