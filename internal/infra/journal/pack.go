package journal

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"sente/internal/kernel"
)

// A body is stored packed: most of it are names of columns that every body has,
// identifiers and hashes. What is committed to is the text; the packed form is
// only how it lies in the database. Format 1 is the byte 1 and tokens:
//
//	00–2F       the next 1–48 bytes as they are
//	30–4F d d   5–36 bytes that stand d (little endian) bytes before in the text
//	50–6F       4–35 bytes, to be written as lower-case hexadecimal digits
//	70          16 bytes: an identifier, 8-4-4-4-12 hexadecimal digits
//	71          16 bytes: an identifier as kernel.NewID writes it, 26 characters
//	80–FF p     4–19 bytes (low four bits) of phrases, from place p on (the eleven
//	            bits between)
const packFormat = 1

const (
	litMax                       = 48
	copyTag, copyMin, copyMax    = 0x30, 5, 36
	hexTag, hexMin, hexMax       = 0x50, 4, 35 // in bytes
	idTag, idLen                 = 0x70, 36
	shortTag, idBytes            = 0x71, 16
	phraseTag, phraseMin, phrase = 0x80, 4, 19
	back                         = 1<<16 - 1
	hashBits                     = 11
)

// phrases is part of format 1 and never changes: another text is another format.
const phrases = `{"name":"用户","via":"job","request":"01a","via":"session","request":"01a","via":"token","reason":"","detail":{"code":"P2026-` +
	`","row":1,"run":"01a","stage":"screening"},"rows":[{"t":"pipeline_projects","k":"01a","v":{"activity":"` +
	`","builds":true,"campaign":"","code":"P2026-0","created_at":17,"currency":"CNY","due_from":"2026-0` +
	`","due_on":"2026-0","due_provisional":true,"due_to":"2026-","fixed_currency":"CNY","fixed_minor":` +
	`,"finder":"","found_on":"202","id":"01a","industry":"","industry_text":"","investor":"01a","investor_name":"` +
	`","kind":"new","method":"","missing":5,"name":"虚构项目","name_sort":"9","origin":"imported","origin_author":"` +
	`","origin_key":"name/","origin_on":"202","origin_run":"01a","owner":"01a","platform":"","prior":"` +
	`","reason":"","reckoned_at":17,"scope":"","search":"  p2026-0","signing_held_by":"","site":"","source":"` +
	`","stage":"lead","stage":"signed","stage":"negotiating","stage_since":"202","summary":"","terms":"` +
	`","total_minor":000000,"track":"","unit":"01a","updated_at":17,"version":1,"waits_on":"owner"}},{"t":"` +
	`pipeline_figures","k":"01a/1","v":{"amount":0000000,"by_account":"01a","by_name":"","currency":"CNY"` +
	`,"effective_on":"2026-","evidence":"","kind":"planned","measure":"total_investment","note":"","period":"` +
	`","project":"01a","recorded_at":17,"seq":1,"taken_back":true}}]}{"t":"pipeline_milestones","k":"01a/1","v":{"` +
	`from_text":true,"kind":"actual","on_date":"202","on_precision":"day","project":"01a","recorded_at":17` +
	`{"t":"party_parties","k":"","v":{"address":"","aliases":["","business":"","capital_currency":"CNY"` +
	`,"capital_minor":,"country":"CN","credit_code":"91","external_key":"","name_key":"","sort_key":"` +
	`","region":"","sources":{"","tags":["{"t":"work_tasks","k":"","v":{"assignee":"01a","closed_at":` +
	`","given_by":"01a","state":"open","title":"","due":"2026-{"from":"","to":"","account":"01a","party":"01a` +
	`","file":"01a","sha256":"","size":,"role":"","expires_at":`

// phrasebook finds phrases by their first four bytes.
type phrasebook struct {
	head [1 << hashBits]int16 // the last place of a hash, -1: none
	prev [len(phrases)]int16  // the place before with the same hash
}

// book follows from phrases alone.
var book = newPhrasebook()

func newPhrasebook() *phrasebook {
	b := &phrasebook{}
	for i := range b.head {
		b.head[i] = -1
	}
	for i := 0; i+phraseMin <= len(phrases); i++ {
		h := hash4(phrases[i:])
		b.prev[i], b.head[h] = b.head[h], int16(i)
	}
	return b
}

func hash4(s string) uint32 {
	n := uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
	return n * 2654435761 >> (32 - hashBits)
}

// longest returns the longest beginning of s among phrases.
func (b *phrasebook) longest(s string) (place, n int) {
	if len(s) < phraseMin {
		return 0, 0
	}
	for p := b.head[hash4(s)]; p >= 0 && n < phrase; p = b.prev[p] {
		if k := common(s, phrases[p:], phrase); k > n {
			place, n = int(p), k
		}
	}
	return place, n
}

// common is how many bytes a and b begin with alike, at most limit.
func common(a, b string, limit int) int {
	limit = min(limit, len(a), len(b))
	n := 0
	for n < limit && a[n] == b[n] {
		n++
	}
	return n
}

// packer packs one text.
type packer struct {
	text string
	out  []byte
	done int // of text, literals up to here are written
	seen [1 << hashBits]int32
}

// pack returns text in its packed form, nil where that is no shorter.
func pack(text string) []byte {
	p := &packer{text: text, out: append(make([]byte, 0, len(text)/2+16), packFormat)}
	for i := 0; i < len(text); {
		n := p.token(i)
		p.remember(i, max(n, 1))
		i += max(n, 1)
		if n > 0 {
			p.done = i
		}
	}
	p.literals(len(text))
	if len(p.out) >= len(text) {
		return nil
	}
	if back, err := unpack(p.out); err != nil || back != text {
		return nil // what could not be read back is better kept as it is
	}
	return p.out
}

// token writes what stands at i in the shortest form and returns how much of the
// text that is; 0 when it is a literal.
func (p *packer) token(i int) int {
	s := p.text[i:]
	if len(s) < phraseMin {
		return 0
	}
	from, copied := p.earlier(i)
	place, phrased := book.longest(s)
	digits := min(hexDigits(s), 2*hexMax) &^ 1
	best := max(copied-3, phrased-2, digits/2-1)
	if n := p.id(i, best); n > 0 {
		return n
	}
	switch {
	case best <= 0:
		return 0
	case best == copied-3 && copied >= copyMin:
		p.literals(i)
		p.out = binary.LittleEndian.AppendUint16(append(p.out, byte(copyTag+copied-copyMin)), uint16(i-from))
		return copied
	case best == phrased-2 && phrased >= phraseMin:
		p.literals(i)
		p.out = append(p.out, phraseTag|byte(place>>4), byte(place<<4)|byte(phrased-phraseMin))
		return phrased
	case best == digits/2-1 && digits >= 2*hexMin:
		p.literals(i)
		p.out = appendHex(append(p.out, byte(hexTag+digits/2-hexMin)), s[:digits])
		return digits
	}
	return 0
}

// id writes the identifier that stands at i, unless another token gains best bytes
// and thereby more.
func (p *packer) id(i, best int) int {
	s := p.text[i:]
	if isID(s) && best < idLen-1-idBytes {
		p.literals(i)
		p.out = appendHex(append(p.out, idTag), strings.ReplaceAll(s[:idLen], "-", ""))
		return idLen
	}
	if i == 0 || p.text[i-1] != '"' && p.text[i-1] != '/' || len(s) < kernel.IDLen || best > kernel.IDLen-1-idBytes {
		return 0
	}
	b, ok := kernel.ParseID(s[:kernel.IDLen])
	if !ok {
		return 0
	}
	p.literals(i)
	p.out = append(append(p.out, shortTag), b[:]...)
	return kernel.IDLen
}

// earlier returns where the text before i has the beginning of what follows.
func (p *packer) earlier(i int) (from, n int) {
	from = int(p.seen[hash4(p.text[i:])]) - 1
	if from < 0 || i-from > back {
		return 0, 0
	}
	return from, common(p.text[i:], p.text[from:], copyMax)
}

func (p *packer) remember(i, n int) {
	for end := min(i+n, len(p.text)-phraseMin+1); i < end; i++ {
		p.seen[hash4(p.text[i:])] = int32(i + 1)
	}
}

// literals writes what no token stands for, up to end.
func (p *packer) literals(end int) {
	for p.done < end {
		n := min(end-p.done, litMax)
		p.out = append(append(p.out, byte(n-1)), p.text[p.done:p.done+n]...)
		p.done += n
	}
}

func hexDigits(s string) (n int) {
	for n < len(s) && n < 2*hexMax && isHex(s[n]) {
		n++
	}
	return n
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' }

// isID reports whether s begins with an identifier.
func isID(s string) bool {
	if len(s) < idLen || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return false
	}
	for i := range idLen {
		if !isHex(s[i]) && i != 8 && i != 13 && i != 18 && i != 23 {
			return false
		}
	}
	return true
}

func appendHex(b []byte, digits string) []byte {
	b, _ = hex.AppendDecode(b, []byte(digits)) // only digits are given to it
	return b
}

var errPacked = errors.New("a packed body is damaged")

// unpack returns the text that was packed.
func unpack(b []byte) (string, error) {
	if len(b) == 0 || b[0] != packFormat {
		return "", fmt.Errorf("%w: unknown format", errPacked)
	}
	out, b := make([]byte, 0, 4*len(b)), b[1:]
	for len(b) > 0 {
		size, n := tokenSize(b[0]), 0
		if len(b) < size {
			return "", errPacked
		}
		t, rest := b[0], b[1:size]
		b = b[size:]
		switch {
		case t < copyTag:
			out = append(out, rest...)
		case t < hexTag:
			at := len(out) - int(binary.LittleEndian.Uint16(rest))
			if n = int(t) - copyTag + copyMin; at < 0 || at == len(out) {
				return "", errPacked
			}
			for i := range n { // may reach into what it writes
				out = append(out, out[at+i])
			}
		case t < idTag:
			out = hex.AppendEncode(out, rest)
		case t == idTag:
			out = appendID(out, rest)
		case t == shortTag:
			out = append(out, kernel.FormatID([idBytes]byte(rest))...)
		case t >= phraseTag:
			at := int(t&^phraseTag)<<4 | int(rest[0]>>4)
			if n = int(rest[0]&15) + phraseMin; at+n > len(phrases) {
				return "", errPacked
			}
			out = append(out, phrases[at:at+n]...)
		default:
			return "", errPacked
		}
	}
	return string(out), nil
}

// tokenSize is how many bytes the token that begins with t takes.
func tokenSize(t byte) int {
	switch {
	case t < copyTag:
		return int(t) + 2
	case t < hexTag:
		return 3
	case t < idTag:
		return int(t) - hexTag + hexMin + 1
	case t == idTag, t == shortTag:
		return 1 + idBytes
	case t >= phraseTag:
		return 2
	}
	return 1
}

func appendID(out, id []byte) []byte {
	for i, part := range [][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
		if i > 0 {
			out = append(out, '-')
		}
		out = hex.AppendEncode(out, part)
	}
	return out
}
