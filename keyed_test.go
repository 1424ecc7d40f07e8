package bpfc_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bpfc"
	"bpfc/names"
	"bpfc/vm"
)

type tenant = bpfc.Keyed[string, int]

// tenants makes filters of setFilters with keys, the value being the number.
func tenants(from, to int) []tenant {
	var list []tenant
	for i, expr := range setFilters(to)[from:] {
		list = append(list, tenant{fmt.Sprintf("tenant %d", from+i), expr, from + i})
	}
	return list
}

// reference is the filters of a set one by one, in their order.
type reference struct {
	filters  []tenant
	matchers map[string]vm.Matcher // by expression
}

func (r *reference) check(t *testing.T, s *bpfc.KeyedSet[string, int], packets int, random *rand.Rand) {
	t.Helper()
	if s.Len() != len(r.filters) {
		t.Fatalf("%d filters, want %d", s.Len(), len(r.filters))
	}
	for _, f := range r.filters {
		if got, ok := s.Get(f.Key); !ok || got != f {
			t.Fatalf("under the key %q there is %v, want %v", f.Key, got, f)
		}
	}
	var matches []bpfc.Match[string, int]
	total := 0
	for range packets {
		pkt := setPacket(random)
		wire := uint32(len(pkt) + random.IntN(2)*10)
		var want []tenant
		for _, f := range r.filters {
			if r.matcher(t, f.Expr).Match(pkt, wire) != 0 {
				want = append(want, f)
			}
		}
		matches = s.Match(pkt, wire, matches[:0])
		var got []tenant
		for _, m := range matches {
			got = append(got, m.Filter)
			if m.Verdict != bpfc.DefaultSnapLen {
				t.Fatalf("%v keeps %d bytes", m.Filter, m.Verdict)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("packet %x is matched by\n%v, want\n%v", pkt, got, want)
		}
		first, verdict := s.First(pkt, wire)
		if len(want) == 0 && (first != nil || verdict != 0) || len(want) > 0 && (first == nil || *first != want[0] || verdict == 0) {
			t.Fatalf("packet %x is first matched by %v (%d), want the first of %v", pkt, first, verdict, want)
		}
		total += len(want)
	}
	if total == 0 && len(r.filters) > 100 {
		t.Error("no filter matched anything: the packets do not test the set")
	}
}

func (r *reference) matcher(t *testing.T, expr string) vm.Matcher {
	m := r.matchers[expr]
	if m == nil {
		p, err := bpfc.Compile(expr)
		if err != nil {
			t.Fatal(err)
		}
		if m, err = p.Matcher(); err != nil {
			t.Fatal(err)
		}
		r.matchers[expr] = m
	}
	return m
}

func (r *reference) remove(keys ...string) {
	r.filters = slices.DeleteFunc(slices.Clone(r.filters), func(f tenant) bool { return slices.Contains(keys, f.Key) })
}

func (r *reference) add(list ...tenant) {
	for _, f := range list {
		r.remove(f.Key)
		r.filters = append(slices.Clone(r.filters), f)
	}
}

// However a set came about, it does what its filters do one by one; and no set changes when another is made from it.
func TestKeyedSetIsItsFilters(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	ref := reference{matchers: map[string]vm.Matcher{}}
	ref.add(tenants(0, 300)...)
	s, err := bpfc.NewKeyedSet(ref.filters)
	if err != nil {
		t.Fatal(err)
	}
	if s.Indexed() < s.Len()/2 {
		t.Errorf("only %d of %d filters are looked up", s.Indexed(), s.Len())
	}
	ref.check(t, s, 300, random)
	type version struct {
		s   *bpfc.KeyedSet[string, int]
		ref reference
	}
	versions := []version{{s, ref}}
	more := tenants(0, 600)
	for range 150 {
		v := versions[random.IntN(len(versions))]
		switch random.IntN(3) {
		case 0:
			f := more[random.IntN(len(more))]
			f.Expr, f.Value = more[random.IntN(len(more))].Expr, random.Int() // often a key that is there
			if v.s, err = v.s.With(f); err != nil {
				t.Fatal(err)
			}
			v.ref.add(f)
		case 1:
			at := random.IntN(500)
			list := more[at : at+random.IntN(100)]
			if v.s, err = v.s.With(list...); err != nil {
				t.Fatal(err)
			}
			v.ref.add(list...)
		case 2:
			var keys []string
			for range random.IntN(50) {
				keys = append(keys, more[random.IntN(len(more))].Key)
			}
			v.s = v.s.Without(keys...)
			v.ref.remove(keys...)
		}
		versions = append(versions, v)
	}
	for _, v := range versions {
		v.ref.check(t, v.s, 10, random)
	}
	runtime.GC()
	for i := range 10 {
		versions[i*10].ref.check(t, versions[i*10].s, 10, random)
	}
}

// A set that grows by one filter at a time finds them as well as one that is made of all of them, and one that has lost all is
// empty.
func TestKeyedSetOneByOne(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	ref := reference{matchers: map[string]vm.Matcher{}}
	s, err := bpfc.NewKeyedSet[string, int](nil)
	if err != nil {
		t.Fatal(err)
	}
	ref.check(t, s, 10, random)
	for _, f := range tenants(0, 200) {
		if s, err = s.With(f); err != nil {
			t.Fatal(err)
		}
		ref.add(f)
	}
	ref.check(t, s, 300, random)
	together, err := bpfc.NewKeyedSet(ref.filters)
	if err != nil {
		t.Fatal(err)
	}
	if s.Indexed() != together.Indexed() {
		t.Errorf("%d filters are indexed one by one, %d together", s.Indexed(), together.Indexed())
	}
	for _, f := range ref.filters {
		s = s.Without(f.Key, "no such key", f.Key)
	}
	ref.filters = nil
	ref.check(t, s, 10, random)
	if s.Indexed() != 0 {
		t.Errorf("%d filters of an empty set are indexed", s.Indexed())
	}
}

// Every filter that does not compile is reported; the set has the others, and keeps what it had.
func TestKeyedSetErrors(t *testing.T) {
	old, err := bpfc.NewKeyedSet([]tenant{{"a", "tcp", 1}, {"b", "udp", 2}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := old.With(tenant{"a", "tcp prot 80", 3}, tenant{"c", "icmp", 4}, tenant{"d", "port 99999", 5}, tenant{"e", "tcp and udp", 6},
		tenant{"b", "sctp", 7}, tenant{"b", "arp", 8})
	var bad []string
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		var of *bpfc.KeyError[string]
		if !errors.As(e, &of) {
			t.Fatalf("%v does not tell the key", e)
		}
		var cause *bpfc.Error
		if of.Key != "b" && !errors.As(e, &cause) {
			t.Errorf("%v does not lead to the place in the expression", e)
		}
		bad = append(bad, of.Key+": "+of.Expr)
	}
	if want := []string{"a: tcp prot 80", "d: port 99999", "e: tcp and udp", "b: arp"}; !slices.Equal(bad, want) {
		t.Errorf("errors of %q, want %q", bad, want)
	}
	ref := reference{filters: []tenant{{"a", "tcp", 1}, {"c", "icmp", 4}, {"b", "sctp", 7}}, matchers: map[string]vm.Matcher{}}
	ref.check(t, s, 100, rand.New(rand.NewPCG(5, 6)))
	if f, _ := old.Get("b"); f.Expr != "udp" {
		t.Errorf("the old set has %v", f)
	}

	ctx, cancel := context.WithCancel(context.Background())
	s, err = bpfc.NewKeyedSet([]tenant{{"a", "tcp", 1}}, bpfc.WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if same, err := s.With(tenant{"b", "udp", 2}); same != s || !errors.Is(err, context.Canceled) {
		t.Errorf("after the context: %v, %d filters", err, same.Len())
	}
	if _, err := bpfc.NewKeyedSet([]tenant{{"a", "tcp and udp", 1}}, bpfc.WithAllowRejectAll()); err != nil {
		t.Error(err)
	}
}

// Keys are of any type that can be compared, and so can be many filters for one packet.
func TestKeyedSetMany(t *testing.T) {
	type key struct{ vni, tenant int }
	var list []bpfc.Keyed[key, struct{}]
	for i := range 3000 { // all alike, so that no value tells them apart
		list = append(list, bpfc.Keyed[key, struct{}]{Key: key{i % 7, i}, Expr: "udp port 53"})
	}
	s, err := bpfc.NewKeyedSet(list)
	if err != nil {
		t.Fatal(err)
	}
	pkt := make([]byte, 60)
	pkt[12], pkt[14], pkt[23], pkt[37] = 8, 0x45, 17, 53
	matches := s.Match(pkt, 60, nil)
	if len(matches) != len(list) {
		t.Fatalf("%d matches, want %d", len(matches), len(list))
	}
	for i, m := range matches {
		if m.Filter.Key != list[i].Key {
			t.Fatalf("match %d is of %v", i, m.Filter)
		}
	}
	counts := map[key]uint64{}
	if n := s.Count(pkt, []vm.Span{{CapLen: 60, WireLen: 60}, {CapLen: 60, WireLen: 60}, {CapLen: 20, WireLen: 60}}, counts); n != 2 {
		t.Errorf("%d packets match", n)
	}
	if len(counts) != len(list) || counts[list[9].Key] != 2 {
		t.Errorf("%d filters are counted, the tenth %d times", len(counts), counts[list[9].Key])
	}
}

// Filters are added and removed while many goroutines match; what stays in the set matches throughout.
func TestLive(t *testing.T) {
	always := tenant{"always", "udp port 53", 0}
	s, err := bpfc.NewKeyedSet(append(tenants(0, 100), always))
	if err != nil {
		t.Fatal(err)
	}
	live := bpfc.NewLive(s)
	pkt := make([]byte, 60)
	pkt[12], pkt[14], pkt[23], pkt[37] = 8, 0x45, 17, 53
	stop := make(chan struct{})
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			var matches []bpfc.Match[string, int]
			for {
				select {
				case <-stop:
					return
				default:
				}
				set := live.Set()
				matches = set.Match(pkt, 60, matches[:0])
				if !slices.ContainsFunc(matches, func(m bpfc.Match[string, int]) bool { return m.Filter == always }) {
					t.Error("a filter that stays did not match")
					return
				}
				if f, _ := set.First(pkt, 60); f == nil || *f != matches[0].Filter {
					t.Errorf("first %v, of %d", f, len(matches))
					return
				}
			}
		})
	}
	for i := range 2 {
		wait.Go(func() {
			for j, f := range tenants(100, 250) {
				f.Key = fmt.Sprintf("%d %s", i, f.Key)
				if err := live.Add(f); err != nil {
					t.Error(err)
				}
				if j%3 > 0 {
					live.Remove(f.Key)
				}
			}
		})
	}
	time.AfterFunc(time.Second, func() { close(stop) })
	wait.Wait()
	if n := live.Set().Len(); n != 101+100 {
		t.Errorf("%d filters at the end", n)
	}
}

// counting counts how often it is asked, by many at once.
type counting struct {
	names.Map
	asked atomic.Int64
}

func (c *counting) Host(ctx context.Context, name string) ([]netip.Addr, error) {
	c.asked.Add(1)
	return c.Map.Host(ctx, name)
}

// Filters that are compiled in parallel ask for a name once together.
func TestKeyedSetNames(t *testing.T) {
	resolver := &counting{Map: names.Map{Hosts: map[string][]netip.Addr{"a": {netip.MustParseAddr("10.0.0.1")}}}}
	var list []tenant
	for i := range 100 {
		list = append(list, tenant{fmt.Sprint(i), fmt.Sprintf("src host a and dst port %d", i), i})
	}
	s, err := bpfc.NewKeyedSet(append(list, tenant{"bad", "host b", 0}), bpfc.WithNames(resolver))
	var of *bpfc.KeyError[string]
	if !errors.As(err, &of) || of.Key != "bad" || s.Len() != 100 {
		t.Errorf("%v, %d filters", err, s.Len())
	}
	if n := resolver.asked.Load(); n != 2 {
		t.Errorf("%d questions for two names", n)
	}
}

// manyTenants are n filters, a host and a port each, as a provider has them.
func manyTenants(n int) []bpfc.Keyed[int, string] {
	list := make([]bpfc.Keyed[int, string], n)
	for i := range list {
		list[i] = bpfc.Keyed[int, string]{Key: i, Expr: fmt.Sprintf("host %s and tcp port %d", hostOf(i), 1+i%1000), Value: "queue"}
	}
	return list
}

func hostOf(i int) string { return fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i&255) }

// tenantPackets are packets of which half match a filter of n, to hosts in no order.
func tenantPackets(n int) (buf []byte, spans []vm.Span) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 4096 {
		p := make([]byte, 60)
		p[12], p[14], p[23] = 8, 0x45, 6
		who := r.IntN(n)
		copy(p[26:], []byte{192, 0, 2, byte(r.IntN(256))})
		copy(p[30:], []byte{10, byte(who >> 16), byte(who >> 8), byte(who)})
		port := 1 + who%1000
		if i%2 == 0 {
			port += 7000
		}
		binary.BigEndian.PutUint16(p[34:], uint16(20000+r.IntN(20000)))
		binary.BigEndian.PutUint16(p[36:], uint16(port))
		spans = append(spans, vm.Span{Off: uint32(len(buf)), CapLen: 60, WireLen: 60})
		buf = append(buf, p...)
	}
	return buf, spans
}

// BenchmarkKeyedSet measures a set of many tenants: a packet, and adding one filter more, whose own compiling is given too.
func BenchmarkKeyedSet(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		list := manyTenants(n)
		b.Run(fmt.Sprintf("%d/compile", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := bpfc.NewKeyedSet(list); err != nil {
					b.Fatal(err)
				}
			}
		})
		s, err := bpfc.NewKeyedSet(list)
		if err != nil {
			b.Fatal(err)
		}
		buf, spans := tenantPackets(n)
		perPacket := func(b *testing.B, run func(pkt []byte)) {
			best := time.Duration(1 << 62) // the machine may be busy with other things
			b.ReportAllocs()
			for b.Loop() {
				start := time.Now()
				for _, s := range spans {
					run(buf[s.Off : s.Off+s.CapLen])
				}
				best = min(best, time.Since(start))
			}
			b.ReportMetric(float64(best.Nanoseconds())/float64(len(spans)), "best-ns/packet")
		}
		b.Run(fmt.Sprintf("%d/first", n), func(b *testing.B) {
			perPacket(b, func(pkt []byte) { s.First(pkt, 60) })
		})
		b.Run(fmt.Sprintf("%d/match", n), func(b *testing.B) {
			var matches []bpfc.Match[int, string]
			perPacket(b, func(pkt []byte) { matches = s.Match(pkt, 60, matches[:0]) })
		})
		more := bpfc.Keyed[int, string]{Key: n, Expr: "host 172.16.3.4 and tcp port 443"}
		b.Run(fmt.Sprintf("%d/one more", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := s.With(more); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("%d/one less", n), func(b *testing.B) {
			for b.Loop() {
				s.Without(n / 2)
			}
		})
	}
	b.Run("compile one", func(b *testing.B) {
		for b.Loop() {
			if _, err := bpfc.Compile("host 172.16.3.4 and tcp port 443"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
