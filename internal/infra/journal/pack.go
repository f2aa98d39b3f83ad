package journal

import (
	_ "embed"
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// phrases are what bodies have in common, most of it names of columns: the
// dictionary that packed bodies refer to. It never changes, for it is needed to read
// them; a better one gets another number and stands beside it.
//
//go:embed data/phrases1.txt
var phrases []byte

const (
	phrasesID = 1
	// maxBody bounds what is packed, and what is believed of a packed body: bytes.
	maxBody = 32 << 20
)

// codec packs and opens bodies: zstd, one frame each. What is committed to is the
// text; the packed form is only how it lies in the database, and damage to it shows
// where the text is compared with its hash.
var codec = sync.OnceValues(func() (*zstd.Encoder, *zstd.Decoder) {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderDictRaw(phrasesID, phrases),
		zstd.WithEncoderCRC(false), zstd.WithWindowSize(256<<10), zstd.WithLowerEncoderMem(true))
	if err != nil {
		panic(err) // the options are fixed: a mistake of the build
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderDictRaw(phrasesID, phrases), zstd.WithDecoderMaxMemory(maxBody), zstd.WithDecoderConcurrency(0))
	if err != nil {
		panic(err)
	}
	return e, d
})

// pack returns text in its packed form, nil where that is no shorter.
func pack(text string) []byte {
	if len(text) > maxBody {
		return nil
	}
	e, _ := codec()
	if packed := e.EncodeAll([]byte(text), nil); len(packed) < len(text) {
		return packed
	}
	return nil
}

var errPacked = errors.New("a packed body is damaged")

// unpack returns the text that was packed.
func unpack(b []byte) (string, error) {
	if len(b) == 0 { // to zstd that is nothing, packed
		return "", errPacked
	}
	_, d := codec()
	text, err := d.DecodeAll(b, nil)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errPacked, err)
	}
	return string(text), nil
}
