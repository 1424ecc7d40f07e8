package dissect

// maxCalls bounds the calls that are remembered, of each protocol of calls and replies; tcpdump's number.
const maxCalls = 64

// Calls remembers what was asked in the last calls, so that the replies can be understood. The zero value is ready.
type Calls[K comparable, V any] struct {
	Most int // how many are remembered; maxCalls if it is 0
	ring []call[K, V]
	next int // where the next one goes
	hint int // where the last one was found
}

type call[K comparable, V any] struct {
	key  K
	what V
}

func (c *Calls[K, V]) Add(key K, what V) {
	most := Pick(c.Most == 0, maxCalls, c.Most)
	if len(c.ring) < most {
		c.ring = append(c.ring, call[K, V]{})
	}
	c.ring[c.next] = call[K, V]{key, what}
	c.next = (c.next + 1) % most
}

// Find gives what was asked, from the call last found on.
func (c *Calls[K, V]) Find(key K) (what V, ok bool) {
	for i := range c.ring {
		at := (c.hint + i) % len(c.ring)
		if c.ring[at].key == key {
			c.hint = at
			return c.ring[at].what, true
		}
	}
	return what, false
}
