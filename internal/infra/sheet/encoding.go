package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"sente/internal/kernel"
)

// The character encodings of CSV files that are recognised.
const (
	UTF8    = "utf-8"
	GB18030 = "gb18030"
	CP1252  = "cp1252"
	UTF16LE = "utf-16le" // only with a byte order mark, unless asked for
	UTF16BE = "utf-16be"
)

// Guess is the encoding of a file and how sure that is: 1 is proven by a byte
// order mark or plain ASCII, below 0.8 a person should look at the preview.
type Guess struct {
	Encoding   string  `json:"encoding"`
	Confidence float64 `json:"confidence"`
	loneCR     bool    // rows end with CR alone
	clean      bool    // no byte is invalid as UTF-8
}

// census counts, over a whole file, what tells the encodings apart.
type census struct {
	ascii, multi, bad    int // as UTF-8: bytes, valid sequences, invalid bytes
	pairs, common, badGB int // as GB18030: characters, those of GB 2312, invalid bytes
	undefined            int // bytes cp1252 leaves undefined
	lf, cr               int
	lead                 byte // pending first byte of a GB18030 pair, 0 for none
	four                 int  // bytes of a four-byte character still to come
}

// Detect reads r to its end and guesses its encoding.
func Detect(r io.Reader) (g Guess, err error) {
	defer kernel.Wrap(&err, "sheet.Detect")
	br := bufio.NewReaderSize(r, 1<<16)
	head, err := br.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return Guess{}, err
	}
	g.Encoding, g.Confidence = markOf(head)
	var c census
	if err := c.read(br); err != nil {
		return Guess{}, err
	}
	if g.Encoding == "" {
		g = c.guess()
	}
	g.clean = c.bad == 0
	g.loneCR = c.lf == 0 && c.cr > 0
	return g, nil
}

func markOf(head []byte) (string, float64) {
	switch {
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		return UTF8, 1
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}):
		return UTF16LE, 1
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		return UTF16BE, 1
	}
	return "", 0
}

func (c *census) read(br *bufio.Reader) error {
	for {
		chunk, err := br.Peek(1 << 15)
		if len(chunk) == 0 {
			if err == nil || errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		n := c.utf8(chunk, err != nil)
		for _, b := range chunk[:n] {
			c.gb(b)
		}
		if _, err := br.Discard(n); err != nil {
			return err
		}
	}
}

// utf8 counts UTF-8 sequences in p and returns how many bytes it consumed: all,
// or fewer when the end of p may be a cut sequence and more is to come.
func (c *census) utf8(p []byte, last bool) int {
	i := 0
	for i < len(p) {
		if p[i] < utf8.RuneSelf {
			c.ascii++
			i++
			continue
		}
		if !last && !utf8.FullRune(p[i:]) {
			break
		}
		r, n := utf8.DecodeRune(p[i:])
		if r == utf8.RuneError && n == 1 {
			c.bad++
		} else {
			c.multi++
		}
		i += n
	}
	return i
}

// gb is the state machine of GB18030, one byte at a time.
func (c *census) gb(b byte) {
	switch b {
	case '\n':
		c.lf++
	case '\r':
		c.cr++
	case 0x81, 0x8D, 0x8F, 0x90, 0x9D:
		c.undefined++
	}
	switch {
	case c.four > 0:
		c.four--
	case c.lead == 0 && b < 0x80:
	case c.lead == 0 && (b == 0x80 || b == 0xFF):
		c.badGB++
	case c.lead == 0:
		c.lead = b
	case b >= 0x30 && b <= 0x39:
		c.pairs++
		c.lead, c.four = 0, 2
	case b >= 0x40 && b != 0x7F && b != 0xFF:
		c.pairs++
		if b >= 0xA1 && (c.lead >= 0xB0 && c.lead <= 0xF7 || c.lead >= 0xA1 && c.lead <= 0xA9) {
			c.common++
		}
		c.lead = 0
	default:
		c.badGB++
		c.lead = 0
	}
}

// guess weighs the counts. Chinese text is nearly all characters of GB 2312;
// western text read as GB18030 is nearly none, since its accented letters and
// quotes stand before ASCII.
func (c *census) guess() Guess {
	if c.bad == 0 {
		return Guess{Encoding: UTF8, Confidence: 1}
	}
	if c.multi >= 20*c.bad {
		return Guess{Encoding: UTF8, Confidence: 0.6}
	}
	share := float64(c.common) / float64(max(c.pairs+c.badGB, 1))
	switch {
	case share >= 0.5:
		return Guess{Encoding: GB18030, Confidence: min(share, 0.99)}
	case c.undefined > 0:
		return Guess{Encoding: CP1252, Confidence: 0.4}
	}
	return Guess{Encoding: CP1252, Confidence: min(1-share, 0.95)}
}

// decoder returns r in UTF-8, without byte order mark. What cannot be decoded
// becomes U+FFFD, for which the row reader looks.
func decoder(r io.Reader, name string) (io.Reader, error) {
	var e encoding.Encoding
	switch name {
	case UTF8:
		e = unicode.UTF8BOM
	case GB18030:
		e = simplifiedchinese.GB18030
	case CP1252:
		e = charmap.Windows1252
	case UTF16LE:
		e = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case UTF16BE:
		e = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	default:
		return nil, kernel.FieldFault("encoding", "sheet.encoding_unknown", name)
	}
	return e.NewDecoder().Reader(r), nil
}
