package journal

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"

	"sente/internal/kernel"
)

// Keys are the Ed25519 keys that sign checkpoints, kept in a file outside the
// database. The newest signs; retired ones keep only their public half, so
// that old checkpoints can still be verified and no longer be forged.
type Keys struct {
	Origin string `json:"origin"` // first part of every checkpoint's origin line
	List   []Key  `json:"keys"`   // oldest first
}

// Key is one signing key; Seed is nil once it is retired.
type Key struct {
	Created int64  `json:"created"` // ms UTC
	Retired int64  `json:"retired,omitempty"`
	Public  []byte `json:"public"`
	Seed    []byte `json:"seed,omitempty"`
}

// LoadKeys reads the key file at path, making one with a fresh key when there
// is none; its origin is then the one given, or one of its own if that is "".
// The file must not be readable by others.
func LoadKeys(path, origin string, now time.Time) (k *Keys, err error) {
	defer kernel.Wrap(&err, "journal.LoadKeys(%q)", path)
	k, err = read(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if err := checkOrigin(origin); err != nil {
		return nil, err
	}
	if origin == "" {
		origin = "sente-" + hex.EncodeToString(newSalt()[:4])
	}
	k = &Keys{Origin: origin}
	k.add(now)
	return k, k.save(path)
}

// checkOrigin refuses what the name of a key (C2SP signed-note) cannot carry.
func checkOrigin(origin string) error {
	if !utf8.ValidString(origin) || strings.ContainsFunc(origin, func(r rune) bool { return r == '+' || unicode.IsSpace(r) }) {
		return fmt.Errorf("the origin %q holds a space or a plus sign, which a checkpoint cannot carry", origin)
	}
	return nil
}

// check refuses keys that could not verify, or would sign what they cannot verify.
func (k *Keys) check() error {
	for i, key := range k.List {
		if len(key.Public) != ed25519.PublicKeySize {
			return fmt.Errorf("key %d has a public half of %d bytes", i+1, len(key.Public))
		}
		if len(key.Seed) == 0 {
			continue
		}
		if len(key.Seed) != ed25519.SeedSize || !bytes.Equal(key.Public, ed25519.NewKeyFromSeed(key.Seed)[ed25519.SeedSize:]) {
			return fmt.Errorf("the halves of key %d do not belong together", i+1)
		}
	}
	return checkOrigin(k.Origin)
}

// read reads the key file at path.
func read(path string) (*Keys, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if st, err := os.Stat(path); err == nil && st.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the signing key may be read by others (mode %v): chmod 600 it", st.Mode().Perm())
	}
	k := &Keys{}
	if err := json.Unmarshal(b, k); err != nil {
		return nil, err
	}
	if len(k.List) == 0 || len(k.newest().Seed) != ed25519.SeedSize {
		return nil, errors.New("the file holds no signing key")
	}
	return k, k.check()
}

// Rotate retires the signing key of the file at path and makes a new one.
// Checkpoints signed before stay verifiable. A running server signs with the
// new key from its next start.
func Rotate(path string, now time.Time) (k *Keys, err error) {
	defer kernel.Wrap(&err, "journal.Rotate(%q)", path)
	if k, err = read(path); err != nil {
		return nil, err
	}
	old := &k.List[len(k.List)-1]
	old.Retired, old.Seed = now.UnixMilli(), nil
	k.add(now)
	return k, k.save(path)
}

func (k *Keys) newest() Key { return k.List[len(k.List)-1] }

func (k *Keys) add(now time.Time) {
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err) // the system's random source never fails
	}
	k.List = append(k.List, Key{Created: now.UnixMilli(), Public: pub, Seed: priv.Seed()})
}

// save replaces the file at path in one step.
func (k *Keys) save(path string) error {
	b, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// Name is the origin line of zone's log, and the name of its keys.
func (k *Keys) Name(zone string) string { return k.Origin + "/" + zone }

// Signer returns the newest key as zone's note signer.
func (k *Keys) Signer(zone string) note.Signer {
	n := k.newest()
	return signer{k.Name(zone), keyHash(k.Name(zone), n.Public), ed25519.NewKeyFromSeed(n.Seed)}
}

// Verifiers returns every key, retired ones too, as zone's note verifiers.
func (k *Keys) Verifiers(zone string) (note.Verifiers, error) {
	var list []note.Verifier
	for _, text := range k.VerifierKeys(zone) {
		v, err := note.NewVerifier(text)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return note.VerifierList(list...), nil
}

// VerifierKeys returns the public keys of zone's log in the text form that
// outsiders verify with (C2SP signed-note, Ed25519), oldest first.
func (k *Keys) VerifierKeys(zone string) []string {
	var out []string
	for _, key := range k.List {
		b := append([]byte{1}, key.Public...)
		out = append(out, fmt.Sprintf("%s+%08x+%s", k.Name(zone), keyHash(k.Name(zone), key.Public), base64.StdEncoding.EncodeToString(b)))
	}
	return out
}

// keyHash is the key ID of C2SP signed-note: the first four bytes of
// SHA-256(name, newline, 0x01, public key).
func keyHash(name string, public []byte) uint32 {
	h := sha256.Sum256(append([]byte(name+"\n\x01"), public...))
	return binary.BigEndian.Uint32(h[:])
}

type signer struct {
	name string
	hash uint32
	key  ed25519.PrivateKey
}

func (s signer) Name() string                    { return s.name }
func (s signer) KeyHash() uint32                 { return s.hash }
func (s signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }
