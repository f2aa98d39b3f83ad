package notify

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sente/internal/kernel"
)

// keySize makes AES-256.
const keySize = 32

// seals hides where channels lead, under a key that lies outside the database.
type seals struct {
	aead cipher.AEAD
}

// loadSeals reads the key file at path, making one when there is none. The file
// must not be readable by others.
func loadSeals(path string) (s seals, err error) {
	defer kernel.Wrap(&err, "notify.loadSeals(%q)", path)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = makeKey(path)
	}
	if err != nil {
		return s, err
	}
	if st, err := os.Stat(path); err == nil && st.Mode().Perm()&0o077 != 0 {
		return s, fmt.Errorf("the key of the channels may be read by others (mode %v): chmod 600 it", st.Mode().Perm())
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != keySize {
		return s, errors.New("the file holds no key: 32 bytes in base64")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return s, err
	}
	s.aead, err = cipher.NewGCM(block)
	return s, err
}

// makeKey writes a fresh key to path; when another process was first, its key
// counts.
func makeKey(path string) ([]byte, error) {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails: it ends the program instead
	text := []byte(base64.StdEncoding.EncodeToString(key) + "\n")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return os.ReadFile(path)
	}
	if err != nil {
		return nil, err
	}
	_, err = f.Write(text)
	return text, errors.Join(err, f.Sync(), f.Close())
}

// seal returns l sealed for channel id of zone: what is sealed for one cannot be
// opened as another's.
func (s seals) seal(zone, id string, l lead) ([]byte, error) {
	plain, err := json.Marshal(l) //nolint:gosec // sealed in the next lines
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, s.aead.NonceSize())
	_, _ = rand.Read(nonce)
	return s.aead.Seal(nonce, nonce, plain, []byte(zone+"/"+id)), nil
}

var errSealed = errors.New("sealed under another key, or changed")

// open is the reverse of seal.
func (s seals) open(zone, id string, sealed []byte) (l lead, err error) {
	n := s.aead.NonceSize()
	if len(sealed) < n {
		return l, errSealed
	}
	plain, err := s.aead.Open(nil, sealed[:n], sealed[n:], []byte(zone+"/"+id))
	if err != nil {
		return l, errSealed
	}
	return l, json.Unmarshal(plain, &l)
}

// newWebhookSecret is a fresh secret of a webhook.
func newWebhookSecret() string {
	key := make([]byte, keySize)
	_, _ = rand.Read(key)
	return "whsec_" + base64.StdEncoding.EncodeToString(key)
}
