package journal

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// kept is what a zone's file in Dir ends with.
type kept struct {
	size int64      // of the file, bytes; another size than this was not written here
	last Checkpoint // the newest whole note; the zero Checkpoint when there is none
	torn bool       // something that is no whole note follows it
}

// publish appends to the zone's file in Dir the checkpoints it does not hold
// yet: the newest, and those that could not be written when they were signed.
// They are on the disk when it returns.
func (s *Sequencer) publish(ctx context.Context) (err error) {
	if s.Dir == "" {
		return nil
	}
	defer kernel.Wrap(&err, "journal.publish")
	s.publishing.Lock()
	defer s.publishing.Unlock()
	zone := kernel.ActorOf(ctx).Zone
	path := checkpointFile(s.Dir, zone)
	k, err := s.ending(zone, path)
	if err != nil {
		return err
	}
	missing, err := s.missing(ctx, k.last)
	if err != nil || len(missing) == 0 {
		return err
	}
	delete(s.kept, path) // whatever a failure leaves behind is read again
	if k.size, err = appendNotes(path, k.torn, missing); err != nil {
		return err
	}
	s.kept[path] = kept{size: k.size, last: missing[len(missing)-1]}
	return nil
}

// ending tells what zone's file at path ends with; it is read again only when its
// size is not what was written last.
func (s *Sequencer) ending(zone, path string) (kept, error) {
	if s.kept == nil {
		s.kept = map[string]kept{}
	}
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return kept{}, nil
	}
	if err != nil {
		return kept{}, err
	}
	if k, ok := s.kept[path]; ok && k.size == st.Size() {
		return k, nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return kept{}, err
	}
	k := kept{size: int64(len(b)), torn: len(b) > 0 && !strings.HasSuffix(string(b), "\n\n")}
	k.last, err = s.newest(zone, notesIn(string(b)))
	if err != nil {
		return kept{}, err
	}
	s.kept[path] = k
	return k, nil
}

// newest returns the last of notes that the log of zone has signed: one cut
// short is not.
func (s *Sequencer) newest(zone string, notes []string) (Checkpoint, error) {
	verifiers, err := s.Keys.Verifiers(zone)
	if err != nil {
		return Checkpoint{}, err
	}
	for _, text := range slices.Backward(notes) {
		c := Checkpoint{Zone: zone, Note: text}
		if _, err := note.Open([]byte(text), verifiers); err != nil {
			continue
		}
		if c.Size, _, err = c.read(); err == nil {
			return c, nil
		}
	}
	return Checkpoint{}, nil
}

// missing returns the checkpoints of the context's zone after last. When the
// database has been set back behind last, that is its newest one.
func (s *Sequencer) missing(ctx context.Context, last Checkpoint) (list []Checkpoint, err error) {
	err = s.DB.View(ctx, func(tx store.Tx) error {
		list = nil
		head, err := Head(ctx, tx)
		if errors.Is(err, kernel.ErrNotFound) || err == nil && head.Note == last.Note {
			return nil
		}
		if err != nil {
			return err
		}
		list, err = store.Select[Checkpoint](ctx, tx, `WHERE zone = $1 AND size > $2 ORDER BY size`, tx.Zone, last.Size)
		if len(list) == 0 {
			list = []Checkpoint{head}
		}
		return err
	})
	return list, err
}

// appendNotes appends list to the file at path, an empty line after each and,
// if what is there was cut short, before them. It returns the file's size.
func appendNotes(path string, torn bool, list []Checkpoint) (size int64, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return 0, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	if torn {
		_, _ = w.WriteString("\n\n") // Flush tells
	}
	for _, c := range list {
		_, _ = w.WriteString(c.Note + "\n")
	}
	if err := w.Flush(); err != nil {
		return 0, err
	}
	if err := f.Sync(); err != nil {
		return 0, err
	}
	st, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return st.Size(), nil
}

// checkpointFile is the file in dir that holds zone's checkpoints, each a
// signed note followed by an empty line.
func checkpointFile(dir, zone string) string { return filepath.Join(dir, zone+".checkpoints") }

// notesIn takes the content of a checkpoint file apart. A note is a text, an
// empty line and lines of signatures, which begin with a dash. What a write cut
// short has left comes as a piece of its own and spoils no other.
func notesIn(content string) (list []string) {
	const dash = "— "
	text := ""
	flush := func(next string) {
		if text != "" {
			list = append(list, text)
		}
		text = next
	}
	for block := range strings.SplitSeq(content, "\n\n") {
		block = strings.Trim(block, "\n\x00") // a file grown by a write that never came holds zeros
		switch {
		case block == "":
		case strings.HasPrefix(block, dash) && text != "":
			text += "\n\n" + block + "\n"
			flush("")
		default:
			flush(block)
		}
	}
	flush("")
	return list
}
