package bpfc

import (
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"bpfc/filterset"
	"bpfc/internal/pmap"
	"bpfc/socket"
	"bpfc/vm"
)

// Keyed is a filter of a [KeyedSet]: what it is known by, its expression, and a value that is the caller's.
// It is safe for concurrent use as long as nobody changes it.
type Keyed[K comparable, V any] struct {
	Key   K
	Expr  string
	Value V
}

// KeyError says which filter of a [KeyedSet] does not compile, and why.
// It is safe for concurrent use as long as nobody changes it.
type KeyError[K comparable] struct {
	Key  K
	Expr string
	Err  error
}

func (e *KeyError[K]) Error() string { return fmt.Sprintf("filter %v: %v", e.Key, e.Err) }

// Unwrap gives what is wrong with the expression.
func (e *KeyError[K]) Unwrap() error { return e.Err }

// errTwice is for a key that stands twice in a list of filters.
var errTwice = errors.New("another filter of the list has the same key")

// KeyedSet is a set of filters with keys, which tells in one go which of them match a packet. Each behaves as if it ran
// alone. A set is immutable and safe for concurrent use; [KeyedSet.With] and [KeyedSet.Without] give another, which shares
// what is compiled and takes well under a millisecond to make, whatever the number of filters. [Live] holds the newest of
// such sets. The filters are in the order in which they were added.
//
// A set is for use in process: the kernel cannot run it. It need not be closed; its native code goes with the last set that
// has it.
type KeyedSet[K comparable, V any] struct {
	opts  []Option
	index *filterset.Index[Keyed[K, V]]
	keys  pmap.Map[K, *filterset.Member[Keyed[K, V]]]
}

// NewKeyedSet compiles filters, in parallel, into a set. The options hold for all of them, and for those that are added later.
// See [KeyedSet.With] about errors.
func NewKeyedSet[K comparable, V any](filters []Keyed[K, V], opts ...Option) (*KeyedSet[K, V], error) {
	seed := maphash.MakeSeed()
	hash := func(k K) uint32 { return uint32(maphash.Comparable(seed, k) >> 32) }
	s := &KeyedSet[K, V]{opts: slices.Clone(opts), index: filterset.NewIndex[Keyed[K, V]](),
		keys: pmap.New[K, *filterset.Member[Keyed[K, V]]](hash)}
	return s.With(filters...)
}

// With gives a set with more filters, which come after those of this one. One whose key is here already takes the place of
// that filter in the new set, but in the order comes last.
//
// Every filter that does not compile is reported: the error is all their *[KeyError]s, joined as by [errors.Join]. The set
// returned with it has all that do, and for the keys of the others what this one has. A filter that rejects every packet is
// an error as with [Compile], unless [WithAllowRejectAll] is given. Where the context of [WithContext] ends, the error is its,
// and the set returned is this one.
func (s *KeyedSet[K, V]) With(filters ...Keyed[K, V]) (*KeyedSet[K, V], error) {
	o := newOptions(s.opts)
	compiled, failed := make([]*filterset.Compiled, len(filters)), make([]error, len(filters))
	workers := runtime.GOMAXPROCS(0)
	if o.trace != nil {
		workers = 1 // it is called by one goroutine, as with Compile
	}
	inParallel(workers, len(filters), func(i int) {
		if o.ctx.Err() == nil {
			compiled[i], failed[i] = o.forSet(filters[i].Expr)
		}
	})
	if err := o.ctx.Err(); err != nil {
		return s, err
	}
	var errs []error
	var list []filterset.Addition[Keyed[K, V]]
	var replaced []*filterset.Member[Keyed[K, V]]
	seen := make(map[K]bool, len(filters))
	for i, f := range filters {
		if seen[f.Key] && failed[i] == nil {
			failed[i] = errTwice
		}
		seen[f.Key] = true
		if failed[i] != nil {
			errs = append(errs, &KeyError[K]{f.Key, f.Expr, failed[i]})
			continue
		}
		list = append(list, filterset.Addition[Keyed[K, V]]{Compiled: compiled[i], Filter: f})
		if m, ok := s.keys.Get(f.Key); ok {
			replaced = append(replaced, m)
		}
	}
	next := *s
	if len(replaced) > 0 {
		next.index = next.index.Without(replaced)
	}
	var members []*filterset.Member[Keyed[K, V]]
	next.index, members = next.index.With(list)
	var edit pmap.Edit
	next.keys = s.keys.Copy(&edit)
	for _, m := range members {
		next.keys.Set(&edit, m.Filter.Key, m)
	}
	return &next, errors.Join(errs...)
}

// forSet compiles an expression for a set.
func (o *options) forSet(expr string) (*filterset.Compiled, error) {
	if o.socket.Valid() && o.socket.Start() == socket.TransportHeader {
		return nil, errInProcess(o.socket)
	}
	f, err := o.filter(expr)
	if err != nil {
		return nil, err
	}
	return filterset.Compile(f)
}

// inParallel calls f with each number below n, from several goroutines.
func inParallel(workers, n int, f func(int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(n, workers) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wait.Wait()
}

// Without gives a set that lacks the filters with these keys. Keys that are not here change nothing.
func (s *KeyedSet[K, V]) Without(keys ...K) *KeyedSet[K, V] {
	next := *s
	var edit pmap.Edit
	next.keys = s.keys.Copy(&edit)
	var removed []*filterset.Member[Keyed[K, V]]
	for _, k := range keys {
		if m, ok := next.keys.Get(k); ok {
			next.keys.Delete(&edit, k)
			removed = append(removed, m)
		}
	}
	next.index = s.index.Without(removed)
	return &next
}

// Len returns the number of filters.
func (s *KeyedSet[K, V]) Len() int { return s.index.Len() }

// Indexed returns how many of the filters are run only on packets that have one of the values that they look for; the others
// are run on every packet.
func (s *KeyedSet[K, V]) Indexed() int { return s.index.Indexed() }

// Get gives the filter with a key.
func (s *KeyedSet[K, V]) Get(key K) (f Keyed[K, V], ok bool) {
	m, ok := s.keys.Get(key)
	if !ok {
		return f, false
	}
	return m.Filter, true
}

// All iterates over the filters, in no order.
func (s *KeyedSet[K, V]) All() iter.Seq[Keyed[K, V]] {
	return func(yield func(Keyed[K, V]) bool) {
		s.keys.All(func(_ K, m *filterset.Member[Keyed[K, V]]) bool { return yield(m.Filter) })
	}
}

// First returns the first filter that matches a packet, in the order in which they were added, and what its program returns,
// which is the bytes of the packet to keep; nil and 0 if none does. pkt holds the captured bytes, wireLen is the length on the
// wire in bytes. The filter is not to be changed. Nothing is allocated.
func (s *KeyedSet[K, V]) First(pkt []byte, wireLen uint32) (f *Keyed[K, V], verdict uint32) {
	m, verdict := s.index.First(pkt, wireLen)
	if m == nil {
		return nil, 0
	}
	return &m.Filter, verdict
}

// Match is a filter that matches a packet: its Filter, which is not to be changed, and as Verdict the bytes of the packet that
// it keeps.
// It is safe for concurrent use as long as nobody changes it.
type Match[K comparable, V any] = filterset.Match[Keyed[K, V]]

// Match appends to dst the filters that match a packet, in the order in which they were added. Their number is the count of
// matches. Where dst has room for them nothing is allocated. See [KeyedSet.First] about the arguments.
func (s *KeyedSet[K, V]) Match(pkt []byte, wireLen uint32, dst []Match[K, V]) []Match[K, V] {
	return s.index.Match(pkt, wireLen, dst)
}

// Count adds to counts, by key, how many of the packets that spans finds in buf each filter matches, and returns how many
// packets any of them does. It panics if a span lies outside of buf.
func (s *KeyedSet[K, V]) Count(buf []byte, spans []vm.Span, counts map[K]uint64) (packets int) {
	var matches []Match[K, V]
	for _, span := range spans {
		matches = s.Match(buf[span.Off:uint64(span.Off)+uint64(span.CapLen)], span.WireLen, matches[:0])
		for i := range matches {
			counts[matches[i].Filter.Key]++
		}
		if len(matches) > 0 {
			packets++
		}
	}
	return packets
}

// Live holds a set that is changed while others match with it: each packet is judged by the set of its time. It is safe for
// concurrent use.
type Live[K comparable, V any] struct {
	set atomic.Pointer[KeyedSet[K, V]]
	mu  sync.Mutex // held while the next set is made
}

// NewLive begins with a set.
func NewLive[K comparable, V any](s *KeyedSet[K, V]) *Live[K, V] {
	l := &Live[K, V]{}
	l.set.Store(s)
	return l
}

// Set gives the set of now. Who judges many packets asks for it once for all of them.
func (l *Live[K, V]) Set() *KeyedSet[K, V] { return l.set.Load() }

// Add adds filters, or exchanges those that have the same keys, see [KeyedSet.With]. Filters that do not compile are reported
// and change nothing; the others are in force when Add returns.
func (l *Live[K, V]) Add(filters ...Keyed[K, V]) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	next, err := l.set.Load().With(filters...)
	l.set.Store(next)
	return err
}

// Remove removes the filters with these keys.
func (l *Live[K, V]) Remove(keys ...K) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.set.Store(l.set.Load().Without(keys...))
}
