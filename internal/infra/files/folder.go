package files

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"sente/internal/kernel"
)

// Words holds the messages of this package.
//
//go:embed words
var Words embed.FS

// DefaultMaxSize is the size limit of a file in bytes when none is configured.
const DefaultMaxSize = 50 << 20

// Config says where files are kept.
type Config struct {
	Dir     string           // made when absent
	MaxSize int64            // bytes per file; default DefaultMaxSize
	Now     func() time.Time // default time.Now
}

// Folder is the place files are kept in.
type Folder struct {
	cfg Config
}

// File is what is known of a saved file.
type File struct {
	Hash string `json:"hash"` // SHA-256 of the content, lower-case hex
	Name string `json:"name"` // as uploaded, without folders
	Type string `json:"type"` // media type, from the content
	Size int64  `json:"size"` // bytes
}

// temporary is the subfolder of files still being written. No zone can have this
// name, for a zone's begins with a letter or digit.
const temporary = "_tmp"

// abandoned is the age from which a temporary file or an orphan belongs to nobody.
const abandoned = 24 * time.Hour

// Open returns the folder at cfg.Dir, making it when absent, and removes what an
// interrupted upload left there more than a day ago.
func Open(cfg Config) (_ *Folder, err error) {
	defer kernel.Wrap(&err, "files.Open(%q)", cfg.Dir)
	if cfg.Dir == "" {
		return nil, errors.New("no folder for attachments is configured")
	}
	if cfg.MaxSize == 0 {
		cfg.MaxSize = DefaultMaxSize
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if err := os.MkdirAll(filepath.Join(cfg.Dir, temporary), 0o700); err != nil {
		return nil, err
	}
	f := &Folder{cfg}
	return f, f.tidy()
}

// tidy removes abandoned temporary files.
func (f *Folder) tidy() error {
	entries, err := os.ReadDir(filepath.Join(f.cfg.Dir, temporary))
	for _, e := range entries {
		info, statErr := e.Info()
		if statErr == nil && f.cfg.Now().Sub(info.ModTime()) > abandoned {
			err = errors.Join(err, os.Remove(filepath.Join(f.cfg.Dir, temporary, e.Name())))
		}
	}
	return err
}

// Save keeps the content of r in the zone of ctx's actor. allowed names the
// extensions that are accepted, see Documents and Sheets. Faults, all about the
// field "file": files.name, files.kind, files.empty, files.large,
// files.executable, files.macro, files.old_office, files.mismatch, files.full.
// After a fault nothing is kept.
func (f *Folder) Save(ctx context.Context, name string, r io.Reader, allowed []string) (_ File, err error) {
	defer kernel.Wrap(&err, "files.Save(%q)", name)
	zone, err := zoneOf(ctx)
	if err != nil {
		return File{}, err
	}
	name, ext, err := cleanName(name, allowed)
	if err != nil {
		return File{}, err
	}
	tmp, err := os.CreateTemp(filepath.Join(f.cfg.Dir, temporary), "in-*")
	if err != nil {
		return File{}, full(err)
	}
	defer func() {
		_ = tmp.Close()           // closed already when all went well
		_ = os.Remove(tmp.Name()) // renamed already when all went well
	}()
	hash, size, err := f.receive(tmp, r)
	if err != nil {
		return File{}, err
	}
	kind, err := inspect(tmp, size, ext)
	if err != nil {
		return File{}, err
	}
	if err := f.place(tmp, zone, hash); err != nil {
		return File{}, full(err)
	}
	return File{Hash: hash, Name: name, Type: kind, Size: size}, nil
}

// receive writes r to tmp, counting and hashing.
func (f *Folder) receive(tmp *os.File, r io.Reader) (hash string, size int64, err error) {
	sum := sha256.New()
	size, err = io.Copy(io.MultiWriter(tmp, sum), io.LimitReader(r, f.cfg.MaxSize+1))
	switch {
	case err != nil:
		return "", 0, full(err)
	case size > f.cfg.MaxSize:
		return "", 0, &kernel.Fault{Kind: kernel.ErrTooLarge, Word: "files.large", Args: []any{f.cfg.MaxSize >> 20}, Field: "file"}
	case size == 0:
		return "", 0, kernel.FieldFault("file", "files.empty")
	}
	return hex.EncodeToString(sum.Sum(nil)), size, nil
}

// place flushes tmp and gives it its name. Renaming onto the same content is harmless.
func (f *Folder) place(tmp *os.File, zone, hash string) error {
	if err := errors.Join(tmp.Chmod(0o600), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	target := f.path(zone, hash)
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), target); err != nil {
		return err
	}
	return syncDir(filepath.Dir(target))
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

// Open opens the file with hash in the zone of ctx's actor, after comparing its
// content with the hash. Faults: files.not_found, files.damaged.
func (f *Folder) Open(ctx context.Context, hash string) (_ io.ReadSeekCloser, err error) {
	defer kernel.Wrap(&err, "files.Folder.Open(%q)", hash)
	zone, err := zoneOf(ctx)
	if err != nil {
		return nil, err
	}
	if !hashForm.MatchString(hash) {
		return nil, kernel.Faultf(kernel.ErrNotFound, "files.not_found")
	}
	file, err := os.Open(f.path(zone, hash))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, kernel.Faultf(kernel.ErrNotFound, "files.not_found")
	}
	if err != nil {
		return nil, err
	}
	if err := verify(file, hash); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// verify reads file once and leaves it at its beginning.
func verify(file *os.File, hash string) error {
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != hash {
		return kernel.Faultf(kernel.ErrConflict, "files.damaged", hash[:12])
	}
	_, err := file.Seek(0, io.SeekStart)
	return err
}

// Sweep removes files of the zone of ctx's actor that are older than a day and of
// which keep says no; it returns how many. The day's grace is for rows that are
// being written.
func (f *Folder) Sweep(ctx context.Context, keep func(hash string) (bool, error)) (removed int, err error) {
	defer kernel.Wrap(&err, "files.Sweep")
	zone, err := zoneOf(ctx)
	if err != nil {
		return 0, err
	}
	err = filepath.WalkDir(filepath.Join(f.cfg.Dir, zone), func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !e.Type().IsRegular() || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		info, err := e.Info()
		if err != nil || f.cfg.Now().Sub(info.ModTime()) <= abandoned {
			return err
		}
		if wanted, err := keep(e.Name()); err != nil || wanted {
			return err
		}
		removed++
		return os.Remove(path)
	})
	return removed, err
}

var (
	hashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)
	zoneForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
)

// zoneOf returns the zone of ctx's actor, which is also a folder's name.
func zoneOf(ctx context.Context) (string, error) {
	zone := kernel.ActorOf(ctx).Zone
	if !zoneForm.MatchString(zone) {
		return "", fmt.Errorf("zone %q cannot be a folder's name", zone)
	}
	return zone, nil
}

func (f *Folder) path(zone, hash string) string {
	return filepath.Join(f.cfg.Dir, filepath.FromSlash(Place(zone, hash)))
}

// Place is where in the folder the file with hash of zone lies, with slashes;
// "" when these cannot be the names of a zone and a file.
func Place(zone, hash string) string {
	if !zoneForm.MatchString(zone) || !hashForm.MatchString(hash) {
		return ""
	}
	return zone + "/" + hash[:2] + "/" + hash
}

// cleanName returns the name without folders and its extension, when allowed.
func cleanName(name string, allowed []string) (base, ext string, err error) {
	base = strings.TrimSpace(name[strings.LastIndexAny(name, `/\`)+1:])
	if base == "" || len(base) > 255 || strings.ContainsFunc(base, func(r rune) bool { return r < 32 || r == 127 || r == '\uFFFD' }) {
		return "", "", kernel.FieldFault("file", "files.name")
	}
	ext = strings.ToLower(strings.TrimPrefix(filepath.Ext(base), "."))
	if slices.Contains(allowed, ext) {
		return base, ext, nil
	}
	word := map[bool]string{true: "files.macro", false: "files.kind"}[macroExtensions[ext]]
	if executableExtensions[ext] {
		word = "files.executable"
	}
	if oldOffice[ext] {
		word = "files.old_office"
	}
	return "", "", &kernel.Fault{Kind: kernel.ErrUnsupported, Word: word, Args: []any{allowed}, Field: "file"}
}

// full turns a full disk into something the reader can act on.
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", kernel.Faultf(kernel.ErrUnavailable, "files.full"), err)
	}
	return err
}
