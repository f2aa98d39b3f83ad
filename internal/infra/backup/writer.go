package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// piece is from how many bytes on rows go into a part: what a writer and a
// reader hold in memory.
const piece = 1 << 20

// Writer writes one file. Finish gives it its name; Close without Finish leaves
// nothing behind.
type Writer struct {
	Manifest Manifest

	path string
	at   time.Time
	file *os.File
	buf  *bufio.Writer
	zip  *gzip.Writer
	tar  *tar.Writer
}

// Create begins the file at path, which must not be there yet, with head. It is
// readable by its owner alone: it holds personal data. Faults: backup.exists,
// backup.not_writable, backup.full.
func Create(path string, head Head) (_ *Writer, err error) {
	defer kernel.Wrap(&err, "backup.Create(%q)", path)
	if _, err := os.Lstat(path); err == nil {
		return nil, kernel.Faultf(kernel.ErrConflict, "backup.exists", path)
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".part-*") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("%w: %w", kernel.Faultf(kernel.ErrInvalid, "backup.not_writable", path), full(err, path))
	}
	w := &Writer{path: path, at: time.UnixMilli(head.At), file: file, buf: bufio.NewWriterSize(file, 1<<18)}
	if w.zip, err = gzip.NewWriterLevel(w.buf, gzip.BestSpeed); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	w.tar = tar.NewWriter(w.zip)
	if err := w.addJSON(headName, head); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *Writer) addJSON(name string, v any) error {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	return w.Add(name, text)
}

// Add writes a part.
func (w *Writer) Add(name string, content []byte) error {
	_, err := w.AddFrom(name, int64(len(content)), bytes.NewReader(content))
	return err
}

// AddFrom writes size bytes of r as a part and returns their SHA-256.
func (w *Writer) AddFrom(name string, size int64, r io.Reader) (sum string, err error) {
	defer kernel.Wrap(&err, "backup.AddFrom(%q)", name)
	if err := w.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: w.at, Format: tar.FormatPAX}); err != nil {
		return "", full(err, w.path)
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(w.tar, h), io.LimitReader(r, size))
	if err != nil {
		return "", full(err, w.path)
	}
	if n != size {
		return "", fmt.Errorf("it has %d bytes where there were %d", n, size)
	}
	sum = hex.EncodeToString(h.Sum(nil))
	w.Manifest.Parts = append(w.Manifest.Parts, Part{name, size, sum})
	return sum, nil
}

// Finish writes the manifest, brings everything to the disk and gives the file
// its name. It returns the file's size in bytes.
func (w *Writer) Finish() (size int64, err error) {
	defer kernel.Wrap(&err, "backup.Finish")
	if err := w.addJSON(manifestName, w.Manifest); err != nil {
		return 0, err
	}
	if err := errors.Join(w.tar.Close(), w.zip.Close(), w.buf.Flush(), w.file.Sync()); err != nil {
		return 0, full(err, w.path)
	}
	st, err := w.file.Stat()
	if err != nil {
		return 0, err
	}
	// A link, unlike a new name, never takes the place of a file that came meanwhile.
	err = os.Link(w.file.Name(), w.path)
	if errors.Is(err, fs.ErrExist) {
		return 0, kernel.Faultf(kernel.ErrConflict, "backup.exists", w.path)
	}
	if err != nil { // some shares have no links
		if err = os.Rename(w.file.Name(), w.path); err != nil {
			return 0, err
		}
	}
	return st.Size(), syncDir(filepath.Dir(w.path))
}

// Close ends the writer and removes what has not become a file.
func (w *Writer) Close() error {
	err := w.file.Close()
	if gone := os.Remove(w.file.Name()); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// syncDir makes a new name in dir survive a power failure, where the system can.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return nil
}

// full turns a full disk into something the reader can act on.
func full(err error, path string) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", kernel.Faultf(kernel.ErrUnavailable, "backup.full", path), err)
	}
	return err
}

// Rows writes the rows of one table of one zone.
type Rows struct {
	w     *Writer // nil when only counted
	table Table
	sum   hash.Hash
	lines []byte
	parts int
}

// Rows begins the rows of zone in s.
func (w *Writer) Rows(zone string, s store.Shape) *Rows {
	r := Count(zone, s)
	r.w = w
	return r
}

// Count is Rows that only counts and sums up what would be written.
func Count(zone string, s store.Shape) *Rows {
	return &Rows{table: Table{Zone: zone, Name: s.Table}, sum: sha256.New()}
}

// Add writes a row, in the order of the columns.
func (r *Rows) Add(values []any) (err error) {
	if r.lines, err = appendLine(r.lines, values); err != nil {
		return fmt.Errorf("%s: %w", r.table.Name, err)
	}
	r.table.Rows++
	if len(r.lines) >= piece {
		return r.flush()
	}
	return nil
}

func (r *Rows) flush() error {
	if len(r.lines) == 0 {
		return nil
	}
	r.sum.Write(r.lines)
	if r.w != nil {
		r.parts++
		if err := r.w.Add(fmt.Sprintf("rows/%s/%s/%06d.jsonl", r.table.Zone, r.table.Name, r.parts), r.lines); err != nil {
			return err
		}
	}
	r.lines = r.lines[:0]
	return nil
}

// End writes what is left and returns what the table came to, which a Writer's
// manifest then lists.
func (r *Rows) End() (Table, error) {
	if err := r.flush(); err != nil {
		return Table{}, err
	}
	r.table.Sum = hex.EncodeToString(r.sum.Sum(nil))
	if r.w != nil {
		r.w.Manifest.Tables = append(r.w.Manifest.Tables, r.table)
	}
	return r.table, nil
}
