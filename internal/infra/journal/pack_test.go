package journal

import (
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// imported is the body of an imported project as the journal writes it.
const imported = `{"name":"用户0100","via":"job","request":"01a20aa7-4806-7211-a07a-0bb7e6aaf42b","detail":{"code":"P2026-05001","row":4951,"run":"01a20aa7-10fa-7898-8fb3-ba1e62c40804","stage":"screening"},"rows":[{"t":"pipeline_projects","k":"01a20aa7-480a-73bf-80ab-d89ad4a3e0c8","v":{"builds":true,"code":"P2026-05001","created_at":1795475064842,"currency":"CNY","found_on":"2023-03-26","id":"01a20aa7-480a-73bf-80ab-d89ad4a3e0c8","kind":"new","missing":5,"name":"虚构凯泉数字总部项目4950号","name_sort":"9682c696234a963b22966161966af2969f94969ff4960846967f1296513214ea14ef14eb14e9662807000000200020002000200020","origin":"imported","origin_key":"name/29a3116b7e7cf7e93db04eccb014aa9ddb432f70af536b9a6afafe5564a77703","origin_run":"01a20aa7-10fa-7898-8fb3-ba1e62c40804","owner":"01a20aa4-fbe2-7654-a229-4c63ac6d89e8","search":"虚构凯泉数字总部项目4950号  p2026-05001","stage":"screening","total_minor":353678000000,"unit":"01a20aa4-968b-7d5d-bddd-5b99dcea94e9","updated_at":1795475064842,"version":1,"waits_on":"owner"}}]}`

func TestPackedBodiesReadBack(t *testing.T) {
	t.Parallel()
	packed := pack(imported)
	if len(packed) == 0 || len(packed) > len(imported)*2/5 {
		t.Errorf("%d bytes are packed into %d", len(imported), len(packed))
	}
	pieces := []string{"", "{", `"v":{"`, string(phrases[:40]), string(phrases), imported, imported[300:900], "01a20aa4-968b-7d5d-bddd-5b99dcea94e9", "01A20AA4-968B-7D5D-BDDD-5B99DCEA94E9",
		"01a20aa4-968b-7d5d-bddd-5b99dcea94e", "deadbeefdeadbeef0", strings.Repeat("0", 500), strings.Repeat("ab", 301), strings.Repeat("虚构", 70), "\xff\xfe\x00", "1795475064842", "01m85affg2evxr1axrkbajsr68", `"id":"01m85affg2evxr1axrkbajsr68","k":"01m85affg2evxr1axrkbajsr69/1"`, "0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		var b strings.Builder
		for range rng.IntN(8) {
			p := pieces[rng.IntN(len(pieces))]
			b.WriteString(p[:len(p)-rng.IntN(len(p)+1)/2])
		}
		text := b.String()
		switch packed := pack(text); {
		case packed == nil:
		case len(packed) >= len(text):
			t.Fatalf("%q is packed into %d bytes", text, len(packed))
		default:
			if back, err := unpack(packed); err != nil || back != text {
				t.Fatalf("%q came back as %q, %v", text, back, err)
			}
		}
	}
	for _, far := range []string{imported + strings.Repeat("虚", 30000) + imported, strings.Repeat(imported, 90)} {
		if back, err := unpack(pack(far)); err != nil || back != far {
			t.Fatalf("a body of %d bytes does not come back: %v", len(far), err)
		}
	}
}

// What was packed with the first phrases is read for ever.
func TestPackFormatStands(t *testing.T) {
	t.Parallel()
	kept, err := os.ReadFile("testdata/packed1.bin")
	if os.Getenv("SENTE_TEST_UPDATE") != "" && errors.Is(err, os.ErrNotExist) {
		kept, err = pack(imported), os.WriteFile("testdata/packed1.bin", pack(imported), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if text, err := unpack(kept); err != nil || text != imported {
		t.Fatalf("%v: %s", err, text)
	}
}

func TestDamagedPackedBodiesAreRefused(t *testing.T) {
	t.Parallel()
	whole := pack(imported)
	other, err := zstd.NewWriter(nil, zstd.WithEncoderDictRaw(phrasesID+1, phrases))
	if err != nil {
		t.Fatal(err)
	}
	bomb := other.EncodeAll(make([]byte, maxBody+1), nil)
	for name, b := range map[string][]byte{"nothing": {}, "a text": []byte(imported), "cut": whole[:len(whole)-1], "more after it": append(slices.Clone(whole), 'x'),
		"other phrases": other.EncodeAll([]byte(imported), nil), "too much in little": bomb} {
		if text, err := unpack(b); !errors.Is(err, errPacked) {
			t.Errorf("%s is read as %.40q, %v", name, text, err)
		}
	}
	if _, err := opened("plain", pack(imported)); !errors.Is(err, errPacked) {
		t.Errorf("an entry with two bodies is read: %v", err)
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(pack(imported), imported)
	f.Fuzz(func(t *testing.T, b []byte, text string) {
		if out, err := unpack(b); err == nil && len(out) > maxBody || err != nil && out != "" {
			t.Fatalf("%d bytes became %d, %v", len(b), len(out), err)
		}
		if packed := pack(text); packed != nil {
			if back, err := unpack(packed); err != nil || back != text {
				t.Fatalf("%q came back as %q, %v", text, back, err)
			}
		}
	})
}

func BenchmarkPack(b *testing.B) {
	b.SetBytes(int64(len(imported)))
	for b.Loop() {
		pack(imported)
	}
}
