package journal

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Public returns k without what signs: enough to verify, and no secret.
func (k *Keys) Public() *Keys {
	out := &Keys{Origin: k.Origin}
	for _, key := range k.List {
		key.Seed = nil
		out.List = append(out.List, key)
	}
	return out
}

// ReadKeys reads the key file at path; unlike LoadKeys it never makes one.
func ReadKeys(path string) (k *Keys, err error) {
	defer kernel.Wrap(&err, "journal.ReadKeys(%q)", path)
	return read(path)
}

// ParseKeys reads keys as a key file has them; their secret halves may lack.
// They come from a file that others may have written, so that each is seen to be
// one before it verifies or signs.
func ParseKeys(text []byte) (k *Keys, err error) {
	defer kernel.Wrap(&err, "journal.ParseKeys")
	k = &Keys{}
	if err := json.Unmarshal(text, k); err != nil {
		return nil, err
	}
	if len(k.List) == 0 || k.Origin == "" {
		return nil, errors.New("there is no key in it")
	}
	return k, k.check()
}

// Text is k as a key file has it.
func (k *Keys) Text() ([]byte, error) { return json.MarshalIndent(k, "", "  ") }

// Signs reports whether k holds a secret half to sign with.
func (k *Keys) Signs() bool { return len(k.newest().Seed) > 0 }

// Continues reports whether k are the keys of the same log as earlier: every one
// of them, and perhaps later ones.
func (k *Keys) Continues(earlier *Keys) bool {
	if k.Origin != earlier.Origin {
		return false
	}
	return !slices.ContainsFunc(earlier.List, func(e Key) bool {
		return !slices.ContainsFunc(k.List, func(own Key) bool { return slices.Equal(own.Public, e.Public) })
	})
}

// Renewed returns k with a new signing key; those there are retired and keep
// only their public halves. Checkpoints signed before stay verifiable.
func (k *Keys) Renewed(now time.Time) *Keys {
	out := k.Public()
	for i := range out.List {
		if out.List[i].Retired == 0 {
			out.List[i].Retired = now.UnixMilli()
		}
	}
	out.add(now)
	return out
}

// Save replaces the key file at path in one step.
func (k *Keys) Save(path string) (err error) {
	defer kernel.Wrap(&err, "journal.Keys.Save(%q)", path)
	return k.save(path)
}

// Seal puts every waiting entry of tx's zone into the tree and signs the new
// head, in a transaction that does so for rows no server has seen yet. It
// returns how many.
func Seal(ctx context.Context, tx store.Tx, keys *Keys) (n int64, err error) {
	defer kernel.Wrap(&err, "journal.Seal")
	s := &Sequencer{Keys: keys}
	for {
		rows, err := store.Select[entryRow](ctx, tx, `WHERE zone = $1 AND seq IS NULL ORDER BY ord, id LIMIT $2`, tx.Zone, int64(batch))
		if err != nil || len(rows) == 0 {
			return n, err
		}
		if err := s.grow(ctx, tx, rows); err != nil {
			return n, err
		}
		n += int64(len(rows))
	}
}

// OutsideSize is the size of the newest checkpoint of zone that is kept in dir; 0
// when there is none.
func OutsideSize(dir, zone string, keys *Keys) (size int64, err error) {
	defer kernel.Wrap(&err, "journal.OutsideSize(%q)", dir)
	text, err := keptOutside(dir, zone)
	if err != nil {
		return 0, err
	}
	c, err := (&Sequencer{Keys: keys}).newest(zone, notesIn(text))
	return c.Size, err
}
