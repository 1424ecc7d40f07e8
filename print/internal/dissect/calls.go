package dissect

// maxCalls bounds the calls that are remembered, of each protocol of calls and replies; tcpdump's number.
const maxCalls = 64

// Calls remembers what was asked in the last maxCalls calls, so that the replies can be understood. The zero value is ready.
type Calls[K comparable, V any] struct {
	ring [maxCalls]call[K, V]
	next int // where the next one goes
	hint int // where the last one was found
}

type call[K comparable, V any] struct {
	key  K
	what V
	used bool
}

func (c *Calls[K, V]) Add(key K, what V) {
	c.ring[c.next] = call[K, V]{key, what, true}
	c.next = (c.next + 1) % maxCalls
}

// Find gives what was asked, from the call last found on.
func (c *Calls[K, V]) Find(key K) (what V, ok bool) {
	for i := range maxCalls {
		at := (c.hint + i) % maxCalls
		if e := &c.ring[at]; e.used && e.key == key {
			c.hint = at
			return e.what, true
		}
	}
	return what, false
}
