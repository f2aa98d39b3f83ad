package access

import (
	"maps"
	"sync"
)

// seenKept bounds the sessions whose last use waits to be written down; the use
// of one more is noted at a later request.
const seenKept = 50_000

// marks say when sessions were last used, as far as it is not written down: in
// its stead a request would wait for the disk.
type marks struct {
	mu sync.Mutex
	n  int
	of map[string]map[string]int64 // ms, by zone and session
}

// note marks session id of zone as used at ms.
func (m *marks) note(zone, id string, ms int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	was, known := m.of[zone][id]
	switch {
	case known && was >= ms:
		return
	case !known && m.n >= seenKept:
		return
	case !known:
		m.n++
	}
	if m.of == nil {
		m.of = map[string]map[string]int64{}
	}
	if m.of[zone] == nil {
		m.of[zone] = map[string]int64{}
	}
	m.of[zone][id] = ms
}

// at is when session id of zone was marked last; 0 when that is written down.
func (m *marks) at(zone, id string) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.of[zone][id]
}

// waiting returns what is not written down yet of zone.
func (m *marks) waiting(zone string) map[string]int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.of[zone])
}

// written forgets what of zone is written down now.
func (m *marks) written(zone string, done map[string]int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, ms := range done {
		if m.of[zone][id] == ms {
			delete(m.of[zone], id)
			m.n--
		}
	}
}
