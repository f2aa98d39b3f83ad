// Package recall (记取) keeps in memory what was worked out from a version of a
// row, up to a number of bytes. A key names one content for ever, version
// included: nothing kept here can be out of date, and forgetting costs only time.
package recall

import "sync"

// Cache keeps values by key. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	size func(V) int

	mu         sync.Mutex
	half       int // bytes either generation may hold
	bytes      int // in young
	young, old map[K]V
}

// New returns a cache that holds at most about most bytes, where size says how
// many a value takes, its key included.
func New[K comparable, V any](most int, size func(V) int) *Cache[K, V] {
	return &Cache[K, V]{size: size, half: most / 2, young: map[K]V{}}
}

// Get returns what is kept under key.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.young[key]
	if ok {
		return v, true
	}
	if v, ok = c.old[key]; ok {
		c.put(key, v)
	}
	return v, ok
}

// Put keeps value under key. Once a generation is full the one before it is
// forgotten: what was asked for in the meantime has moved on and stays.
func (c *Cache[K, V]) Put(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(key, value)
}

func (c *Cache[K, V]) put(key K, value V) {
	n := c.size(value)
	if c.bytes+n > c.half {
		c.old, c.young, c.bytes = c.young, map[K]V{}, 0
	}
	if _, there := c.young[key]; there || n > c.half {
		return
	}
	c.young[key], c.bytes = value, c.bytes+n
}
