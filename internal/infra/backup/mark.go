package backup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"sente/internal/kernel"
)

// markName is the file that lies in a data folder while it is being filled.
const markName = "RESTORING"

// Mark notes in the data folder dir, which it makes when absent, that the folder
// is being filled and not whole.
func Mark(dir string) (err error) {
	defer kernel.Wrap(&err, "backup.Mark")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, markName), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return syncDir(dir)
}

// Unmark notes that dir is whole.
func Unmark(dir string) (err error) {
	defer kernel.Wrap(&err, "backup.Unmark")
	if err := os.Remove(filepath.Join(dir, markName)); err != nil {
		return err
	}
	return syncDir(dir)
}

// Marked reports whether the filling of dir was begun and not ended.
func Marked(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, markName))
	return !errors.Is(err, fs.ErrNotExist)
}

// Whole refuses a data folder whose filling was begun and not ended:
// backup.unfinished.
func Whole(dir string) error {
	if Marked(dir) {
		return kernel.Faultf(kernel.ErrConflict, "backup.unfinished", dir)
	}
	return nil
}
