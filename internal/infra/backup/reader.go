package backup

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// maxDescription bounds head and manifest, in bytes: they are held in memory.
const maxDescription = 256 << 20

// File is a backup that was read through once and found whole.
type File struct {
	Head     Head
	Manifest Manifest
	Size     int64  // bytes
	Keys     []byte // the part KeysName
	KeyFile  []byte // the part KeyFileName, nil when it was left out

	path string
	sums map[string]Part
}

// Open reads the file at path through and compares every part with the
// manifest. seen, unless nil, is told from time to time how many of how many
// bytes are read. Faults: backup.not_there, backup.not_one, backup.newer,
// backup.broken.
func Open(path string, seen func(done, all int64)) (f *File, err error) {
	defer kernel.Wrap(&err, "backup.Open(%q)", path)
	f = &File{path: path}
	got := map[string]Part{}
	err = f.walk(seen, func(p Part, r io.Reader) error {
		switch p.Name {
		case headName:
			return f.readHead(r)
		case manifestName:
			return json.NewDecoder(io.LimitReader(r, maxDescription)).Decode(&f.Manifest)
		case KeysName:
			f.Keys, err = io.ReadAll(io.LimitReader(r, 1<<20))
		case KeyFileName:
			f.KeyFile, err = io.ReadAll(io.LimitReader(r, 1<<20))
		}
		return err
	}, func(p Part) error {
		if _, twice := got[p.Name]; twice {
			return fmt.Errorf("%s is in it twice", p.Name)
		}
		got[p.Name] = p
		return nil
	})
	if err != nil {
		return nil, f.broken(err)
	}
	delete(got, manifestName)
	if err := f.compare(got); err != nil {
		return nil, f.broken(err)
	}
	f.sums = got
	return f, nil
}

// broken says of err that the file is not whole, unless it says something better.
func (f *File) broken(err error) error {
	var fault *kernel.Fault
	if errors.As(err, &fault) {
		return err
	}
	return fmt.Errorf("%w: %w", kernel.Faultf(kernel.ErrInvalid, "backup.broken", f.path, err.Error()), err)
}

func (f *File) readHead(r io.Reader) error {
	if err := json.NewDecoder(io.LimitReader(r, maxDescription)).Decode(&f.Head); err != nil || f.Head.Format < 1 {
		return kernel.Faultf(kernel.ErrInvalid, "backup.not_one", f.path)
	}
	if f.Head.Format > Format {
		return kernel.Faultf(kernel.ErrInvalid, "backup.newer", f.path, f.Head.Program)
	}
	return nil
}

// compare tells whether the parts got are those of the manifest.
func (f *File) compare(got map[string]Part) error {
	if len(f.Manifest.Parts) == 0 {
		return errors.New("it ends before its manifest")
	}
	for _, want := range f.Manifest.Parts {
		p, ok := got[want.Name]
		switch {
		case !ok:
			return fmt.Errorf("%s is missing", want.Name)
		case p != want:
			return fmt.Errorf("%s is not what was written", want.Name)
		}
	}
	if len(got) != len(f.Manifest.Parts) {
		return fmt.Errorf("it has %d parts where %d were written", len(got), len(f.Manifest.Parts))
	}
	return nil
}

// walk calls look with every part as it comes, and done with it when it is read
// to its end.
func (f *File) walk(seen func(done, all int64), look func(Part, io.Reader) error, done func(Part) error) error {
	file, err := os.Open(f.path)
	if errors.Is(err, os.ErrNotExist) {
		return kernel.Faultf(kernel.ErrNotFound, "backup.not_there", f.path)
	}
	if err != nil {
		return err
	}
	defer file.Close()
	st, err := file.Stat()
	if err != nil {
		return err
	}
	f.Size = st.Size()
	unzip, err := gzip.NewReader(bufio.NewReaderSize(&meter{r: file, all: f.Size, seen: seen}, 1<<18))
	if err != nil {
		return kernel.Faultf(kernel.ErrInvalid, "backup.not_one", f.path)
	}
	parts := tar.NewReader(unzip)
	for n := 0; ; n++ {
		h, err := parts.Next()
		if errors.Is(err, io.EOF) {
			_, err := io.Copy(io.Discard, unzip) // to its checksum
			return err
		}
		if err != nil {
			return err
		}
		if (n == 0) != (h.Name == headName) || h.Typeflag != tar.TypeReg {
			return kernel.Faultf(kernel.ErrInvalid, "backup.not_one", f.path)
		}
		sum := sha256.New()
		r := io.TeeReader(parts, sum)
		p := Part{Name: h.Name, Size: h.Size}
		if err := look(p, r); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			return err
		}
		p.Sum = hex.EncodeToString(sum.Sum(nil))
		if err := done(p); err != nil {
			return err
		}
	}
}

// meter tells how far reading has come.
type meter struct {
	r         io.Reader
	done, all int64
	seen      func(done, all int64)
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.done += int64(n)
	if m.seen != nil {
		m.seen(m.done, m.all)
	}
	return n, err
}

// Each reads the file through again: row is called with every row, shaped as in
// the head, and part with every attachment and register. A part that is
// no longer what Open saw ends it with a fault.
func (f *File) Each(seen func(done, all int64), row func(zone string, s store.Shape, values []any) error, part func(name string, size int64, r io.Reader) error) (err error) {
	defer kernel.Wrap(&err, "backup.Each(%q)", f.path)
	return f.walk(seen, func(p Part, r io.Reader) error {
		switch p.Name {
		case headName, manifestName, KeysName, KeyFileName:
			return nil
		}
		place, isRows := strings.CutPrefix(p.Name, "rows/")
		if !isRows {
			return part(p.Name, p.Size, r)
		}
		if p.Size > maxDescription {
			return f.broken(fmt.Errorf("%s is too large", p.Name))
		}
		text, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if err := f.rows(place, string(text), row); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
		return nil
	}, func(p Part) error {
		if p.Name != manifestName && f.sums[p.Name] != p {
			return f.broken(fmt.Errorf("%s has changed", p.Name))
		}
		return nil
	})
}

// rows calls row with the lines of the part at place, "ZONE/TABLE/…".
func (f *File) rows(place, text string, row func(zone string, s store.Shape, values []any) error) error {
	zone, table, _ := strings.Cut(place, "/")
	table, _, _ = strings.Cut(table, "/")
	i := slices.IndexFunc(f.Head.Shapes, func(s store.Shape) bool { return s.Table == table })
	if i < 0 {
		return f.broken(fmt.Errorf("a table %q is not described", table))
	}
	for line := range strings.Lines(text) {
		values, err := parseLine(strings.TrimSuffix(line, "\n"), f.Head.Shapes[i])
		if err != nil {
			return f.broken(err)
		}
		if err := row(zone, f.Head.Shapes[i], values); err != nil {
			return err
		}
	}
	return nil
}
