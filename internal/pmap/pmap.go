// Package pmap is a hash map of which changed versions are made without
// copying it: those share all but what the change touches.
//
// It is extendible hashing (Fagin and others, 1979): a directory of pointers,
// by the first bits of a hash, to buckets of up to eight entries. The directory
// lies in pages. A change copies the list of pages, and the pages and buckets that
// it touches; a bucket that is full is split in two, and where it was the only one
// of its directory entry the directory doubles. So a lookup goes through three
// pointers, of which the first is always at hand, and a change in a map of ten
// thousand entries copies some 3 KiB. The function that hashes should do so with a
// secret: the directory never has more than two pointers an entry, but keys that
// someone chose for equal hashes would share long buckets.
package pmap

// size is how many entries a bucket has room for. With keys of 32 bits and values of three
// words it has 256 bytes, which Go's allocator puts at a multiple of that: what a key is
// looked for in is one line of the processor's cache.
const size = 8

// pageBits is how many bits of a hash lead through a page of the directory.
const pageBits = 6

// Edit is a change: what it has copied already it may change in place. It is for one goroutine.
type Edit struct{ _ byte }

// Map is a map, as [New] makes it. It is immutable, and so safe for concurrent use, but for the one that an [Edit]
// has made and is still changing.
type Map[K comparable, V any] struct {
	hash  func(K) uint32
	pages []*page[K, V] // of the directory, which has 1<<depth entries; nil for the empty map
	depth uint8
	n     int
	owner *Edit // whose copy the list of pages is
}

// page is a part of the directory. The first one is not used to its end where the directory is shorter.
type page[K comparable, V any] struct {
	buckets [1 << pageBits]*bucket[K, V]
	owner   *Edit
}

type bucket[K comparable, V any] struct {
	keys   [size]K
	values [size]V
	owner  *Edit
	more   *bucket[K, V] // entries for which there is no room, where the directory is not to grow
	n      uint8
	depth  uint8 // how many bits of the hash all entries share
}

// New makes an empty map of keys that hash as given.
func New[K comparable, V any](hash func(K) uint32) Map[K, V] { return Map[K, V]{hash: hash} }

// Len returns the number of entries.
func (m *Map[K, V]) Len() int { return m.n }

// Get finds a key.
func (m *Map[K, V]) Get(key K) (value V, ok bool) {
	if v := m.Find(m.hash(key), key); v != nil {
		return *v, true
	}
	return value, false
}

// Find is [Map.Get] where the hash is known, and without a copy: nil if the key is not there. The value must not be changed.
func (m *Map[K, V]) Find(hash uint32, key K) *V {
	if len(m.pages) == 0 {
		return nil
	}
	for b := m.bucket(hash >> (32 - m.depth)); b != nil; b = b.more {
		for i := range b.keys {
			if b.keys[i] == key && i < int(b.n) {
				return &b.values[i]
			}
		}
	}
	return nil
}

// bucket is that of an entry of the directory.
func (m *Map[K, V]) bucket(at uint32) *bucket[K, V] {
	return m.pages[at>>pageBits].buckets[at%(1<<pageBits)]
}

// entries is the length of the directory.
func (m *Map[K, V]) entries() int {
	if len(m.pages) == 0 {
		return 0
	}
	return 1 << m.depth
}

// All calls f with every entry, in no order, until it returns false.
func (m *Map[K, V]) All(f func(K, V) bool) {
	for i := 0; i < m.entries(); {
		first := m.bucket(uint32(i))
		for b := first; b != nil; b = b.more {
			for j := range int(b.n) {
				if !f(b.keys[j], b.values[j]) {
					return
				}
			}
		}
		i += 1 << (m.depth - first.depth)
	}
}

// Copy gives a map with the same entries that may be changed by [Map.Set] and [Map.Delete] with the same edit.
func (m Map[K, V]) Copy(e *Edit) Map[K, V] {
	if m.owner != e {
		m.pages, m.owner = append([]*page[K, V](nil), m.pages...), e
	}
	return m
}

// Set enters a value. The map must be one that [Map.Copy] made for this edit.
func (m *Map[K, V]) Set(e *Edit, key K, value V) {
	hash := m.hash(key)
	if len(m.pages) == 0 {
		m.pages = []*page[K, V]{{owner: e}}
		m.pages[0].buckets[0] = &bucket[K, V]{owner: e}
	}
	for {
		at := hash >> (32 - m.depth)
		b := m.own(e, at)
		if v := b.find(e, key); v != nil {
			*v = value
			return
		}
		if b.add(e, key, value, m.depth == b.depth && !m.mayGrow()) {
			m.n++
			return
		}
		if b.depth == m.depth {
			m.grow(e)
		} else {
			m.split(e, at)
		}
	}
}

// mayGrow tells whether there are enough entries for a directory of twice the size.
func (m *Map[K, V]) mayGrow() bool { return m.depth < 31 && m.entries() <= m.n }

// Delete removes a key, and tells whether it was there. The map must be one that [Map.Copy] made for this edit.
func (m *Map[K, V]) Delete(e *Edit, key K) bool {
	hash := m.hash(key)
	if m.Find(hash, key) == nil {
		return false
	}
	at := hash >> (32 - m.depth)
	old := m.bucket(at)
	fresh := &bucket[K, V]{depth: old.depth, owner: e}
	for b := old; b != nil; b = b.more {
		for i := range int(b.n) {
			if b.keys[i] != key {
				fresh.add(e, b.keys[i], b.values[i], true)
			}
		}
	}
	m.put(e, at, fresh)
	m.n--
	return true
}

// put makes b the bucket of all directory entries that share its first bits with at.
func (m *Map[K, V]) put(e *Edit, at uint32, b *bucket[K, V]) {
	span := uint32(1) << (m.depth - b.depth)
	first := at &^ (span - 1)
	for at := first; at < first+span; at++ {
		p := m.pages[at>>pageBits]
		if p.owner != e {
			p = &page[K, V]{p.buckets, e}
			m.pages[at>>pageBits] = p
		}
		p.buckets[at%(1<<pageBits)] = b
	}
}

// own gives the bucket of a directory entry, copied if the edit has not done so.
func (m *Map[K, V]) own(e *Edit, at uint32) *bucket[K, V] {
	b := m.bucket(at)
	if b.owner == e {
		return b
	}
	b = b.copy(e)
	m.put(e, at, b)
	return b
}

func (b *bucket[K, V]) copy(e *Edit) *bucket[K, V] {
	c := *b
	c.owner = e
	return &c
}

// find gives the place of a key's value in a bucket that is the edit's own.
func (b *bucket[K, V]) find(e *Edit, key K) *V {
	for {
		for i := range int(b.n) {
			if b.keys[i] == key {
				return &b.values[i]
			}
		}
		if b.more == nil {
			return nil
		}
		if b.more.owner != e {
			b.more = b.more.copy(e)
		}
		b = b.more
	}
}

// add enters what is not there; false if the bucket is full and is not to go on in another.
func (b *bucket[K, V]) add(e *Edit, key K, value V, chain bool) bool {
	for b.n == size {
		if !chain {
			return false
		}
		if b.more == nil {
			b.more = &bucket[K, V]{owner: e}
		} else if b.more.owner != e {
			b.more = b.more.copy(e)
		}
		b = b.more
	}
	b.keys[b.n], b.values[b.n] = key, value
	b.n++
	return true
}

// grow doubles the directory.
func (m *Map[K, V]) grow(e *Edit) {
	pages := make([]*page[K, V], max(2*m.entries()>>pageBits, 1))
	for i := range pages {
		pages[i] = &page[K, V]{owner: e}
	}
	for i := range m.entries() {
		to := &pages[2*i>>pageBits].buckets
		b := m.bucket(uint32(i))
		to[2*i%(1<<pageBits)], to[2*i%(1<<pageBits)+1] = b, b
	}
	m.pages, m.depth = pages, m.depth+1
}

// split divides a bucket by the next bit of the hashes.
func (m *Map[K, V]) split(e *Edit, at uint32) {
	old := m.bucket(at)
	halves := [2]*bucket[K, V]{{depth: old.depth + 1, owner: e}, {depth: old.depth + 1, owner: e}}
	for b := old; b != nil; b = b.more {
		for i := range int(b.n) {
			half := halves[m.hash(b.keys[i])>>(31-old.depth)&1]
			half.add(e, b.keys[i], b.values[i], true)
		}
	}
	bit := uint32(1) << (m.depth - old.depth - 1)
	m.put(e, at&^bit, halves[0])
	m.put(e, at|bit, halves[1])
}
