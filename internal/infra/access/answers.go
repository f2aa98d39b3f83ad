package access

import (
	"strings"
	"sync"

	"sente/internal/kernel"
)

// answersKept bounds the answers remembered of one kind of question; after that
// it begins anew.
const answersKept = 20_000

// answers remembers what follows from its question alone.
type answers[Q comparable, A any] struct {
	mu sync.RWMutex
	of map[Q]A
}

// get returns the answer to q, which work gives the first time. One that failed
// is not remembered.
func (m *answers[Q, A]) get(q Q, work func() (A, error)) (A, error) {
	m.mu.RLock()
	a, ok := m.of[q]
	m.mu.RUnlock()
	if ok {
		return a, nil
	}
	a, err := work()
	if err != nil {
		return a, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.of == nil || len(m.of) >= answersKept {
		m.of = map[Q]A{}
	}
	m.of[q] = a
	return a, nil
}

// question is everything about an actor that policies can look at, and what
// they are asked.
type question struct {
	id, unit, roles string
	program         bool
	perm            string
}

func questionOf(a kernel.Actor, perm string) question {
	return question{id: a.ID, unit: a.Unit, roles: strings.Join(a.Roles, "\x00"), program: isProgram(a), perm: perm}
}

// verdict is whether something is allowed of any object, and the policy that
// forbids it of all.
type verdict struct {
	may bool
	by  *rule
}

// filterQuestion asks for the condition of a list.
type filterQuestion struct {
	question
	zone, resource, alias string
	first                 int
}

// sightQuestion asks what may be seen of a type of rows.
type sightQuestion struct {
	question
	resource string
}

// outlook is what may be seen, before the organisation tree is looked at, and
// whether that can be said so.
type outlook struct {
	overview
	plain bool
}

// condition is SQL and its arguments.
type condition struct {
	where string
	args  []any
}
