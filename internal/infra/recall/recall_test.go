package recall

import (
	"strings"
	"sync"
	"testing"
)

func length(s string) int { return len(s) }

func TestKeepsWithinItsBytes(t *testing.T) {
	t.Parallel()
	c := New[int](1000, length)
	for i := range 500 {
		c.Put(i, strings.Repeat("x", 50))
		if v, ok := c.Get(i); !ok || len(v) != 50 {
			t.Fatalf("%d is forgotten at once", i)
		}
		held := 0
		for _, generation := range []map[int]string{c.young, c.old} {
			for _, v := range generation {
				held += len(v)
			}
		}
		if held > 1000 {
			t.Fatalf("%d bytes after %d", held, i)
		}
	}
	if _, ok := c.Get(3); ok {
		t.Error("what nobody asks for is kept for ever")
	}
	c.Put(-1, strings.Repeat("x", 501))
	if _, ok := c.Get(-1); ok {
		t.Error("a value larger than half is kept")
	}
}

func TestWhatIsAskedForStays(t *testing.T) {
	t.Parallel()
	c := New[int](1000, length)
	c.Put(0, "kept")
	for i := 1; i < 400; i++ {
		c.Put(i, strings.Repeat("x", 50))
		if v, ok := c.Get(0); !ok || v != "kept" {
			t.Fatalf("forgotten after %d", i)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	c := New[int](300, length)
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() {
			for i := range 2000 {
				c.Put(i*w, strings.Repeat("x", i%40))
				if v, ok := c.Get(i * w); ok && len(v) > 40 {
					t.Error(len(v))
				}
			}
		})
	}
	all.Wait()
}
