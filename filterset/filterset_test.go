package filterset_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/bpf"

	"bpfc/emit"
	"bpfc/filterset"
	"bpfc/ir"
	"bpfc/vm"
	"bpfc/vm/jit"
)

// graph builds a filter out of a test that leads to one of two nodes.
func graph(t testing.TB, build func(g *ir.Graph, yes, no *ir.Node) *ir.Node) filterset.Filter {
	t.Helper()
	g := ir.New()
	g.Root = build(g, g.AcceptNode, g.RejectNode)
	program, err := emit.Emit(g, 100)
	if err != nil {
		t.Fatal(err)
	}
	return filterset.Filter{Graph: g, Program: program}
}

// equal is the test that so many bytes at an offset have a value.
func equal(g *ir.Graph, size uint8, off, value uint32, yes, no *ir.Node) *ir.Node {
	return g.NewTest(ir.Eq, g.Load(size, off, nil), g.Const(value), yes, no)
}

// hostAndPort is a filter of the kind of "host A and port B", in a header of its own: 4 bytes of address at 0 and at 4, 2 of
// port at 8.
func hostAndPort(t testing.TB, host, port uint32) filterset.Filter {
	return graph(t, func(g *ir.Graph, yes, no *ir.Node) *ir.Node {
		port := equal(g, 2, 8, port, yes, no)
		return equal(g, 4, 0, host, port, equal(g, 4, 4, host, port, no))
	})
}

// kinds are filters of all sorts; those whose name begins with "always" have no cut.
var kinds = map[string]func(g *ir.Graph, i uint32, yes, no *ir.Node) *ir.Node{
	"one field": func(g *ir.Graph, i uint32, yes, no *ir.Node) *ir.Node { return equal(g, 4, 0, i, yes, no) },
	"one of two": func(g *ir.Graph, i uint32, yes, no *ir.Node) *ir.Node {
		return equal(g, 4, 0, i, yes, equal(g, 4, 4, i, yes, no))
	},
	"two": func(g *ir.Graph, i uint32, yes, no *ir.Node) *ir.Node {
		return equal(g, 1, 10, i%3, equal(g, 4, 4, i, yes, no), no)
	},
	"masked": func(g *ir.Graph, i uint32, yes, no *ir.Node) *ir.Node {
		return g.NewTest(ir.Eq, g.Bin(ir.And, g.Load(4, 0, nil), g.Const(0xfffffff0)), g.Const(i<<4), yes, no)
	},
	"at a variable offset": func(g *ir.Graph, i uint32, yes, no *ir.Node) *ir.Node {
		x := g.Bin(ir.And, g.Load(1, 10, nil), g.Const(3))
		return g.NewTest(ir.Eq, g.Load(2, 4, x), g.Const(i), yes, no)
	},
	"always: less": func(g *ir.Graph, i uint32, yes, no *ir.Node) *ir.Node {
		return g.NewTest(ir.Gt, g.Len(), g.Const(i), no, yes)
	},
	"always: not": func(g *ir.Graph, i uint32, yes, no *ir.Node) *ir.Node { return equal(g, 4, 0, i, no, yes) },
	"always: or": func(g *ir.Graph, i uint32, yes, no *ir.Node) *ir.Node {
		return equal(g, 4, 0, i, yes, g.NewTest(ir.Gt, g.Load(1, 10, nil), g.Const(6), yes, no))
	},
	"always: nothing is tested": func(g *ir.Graph, i uint32, yes, no *ir.Node) *ir.Node { return yes },
	"always: nothing accepts":   func(g *ir.Graph, i uint32, yes, no *ir.Node) *ir.Node { return no },
}

// filters are n of all kinds.
func filters(t testing.TB, n int) []filterset.Filter {
	var names []string
	for name := range kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	list := make([]filterset.Filter, n)
	for i := range list {
		list[i] = graph(t, func(g *ir.Graph, yes, no *ir.Node) *ir.Node {
			return kinds[names[i%len(names)]](g, uint32(i%37), yes, no)
		})
		if i%11 == 0 {
			list[i].Graph = nil // only a program
		}
	}
	return list
}

// packet has values that the filters look for, and is cut anywhere.
func packet(r *rand.Rand) []byte {
	p := make([]byte, 16)
	binary.BigEndian.PutUint32(p, r.Uint32N(40))
	binary.BigEndian.PutUint32(p[4:], r.Uint32N(40))
	binary.BigEndian.PutUint16(p[8:], uint16(r.Uint32N(40)))
	p[10] = byte(r.IntN(8))
	return p[:r.IntN(len(p)+1)]
}

// alone are filters one by one.
type alone []*vm.VM

func oneByOne(t testing.TB, list []filterset.Filter) (a alone) {
	for _, f := range list {
		m, err := vm.New(f.Program)
		if err != nil {
			t.Fatal(err)
		}
		a = append(a, m)
	}
	return a
}

func (a alone) match(pkt []byte, wireLen uint32) (numbers []int) {
	for i, m := range a {
		if m.Match(pkt, wireLen) != 0 {
			numbers = append(numbers, i)
		}
	}
	return numbers
}

// A set matches what its filters match one by one, in every form in which it can be asked, with native code and without.
func TestSet(t *testing.T) {
	list := filters(t, 300)
	each := oneByOne(t, list)
	for _, opts := range [][]jit.Option{nil, {jit.WithInterpreter()}} {
		set, err := filterset.New(list, opts...)
		if err != nil {
			t.Fatal(err)
		}
		if set.Len() != len(list) || set.Words() != (len(list)+63)/64 {
			t.Fatalf("%d filters, %d words", set.Len(), set.Words())
		}
		r := rand.New(rand.NewPCG(1, 2))
		var buf []byte
		var spans []vm.Span
		var want [][]int
		for range 2000 {
			p := packet(r)
			span := vm.Span{Off: uint32(len(buf)), CapLen: uint32(len(p)), WireLen: uint32(r.IntN(40))}
			buf, spans = append(buf, p...), append(spans, span)
			want = append(want, each.match(p, span.WireLen))
		}
		words := set.Words()
		bitmaps, first, sum := make([]uint64, words*len(spans)), make([]int32, len(spans)), 0
		n := set.MatchBuffer(buf, spans, bitmaps)
		set.FirstBuffer(buf, spans, first)
		bitmap := slices.Repeat([]uint64{^uint64(0)}, words) // what was there before must not matter
		for i, s := range spans {
			pkt := buf[s.Off : s.Off+s.CapLen]
			if got := set.Match(pkt, s.WireLen, bitmap); got != len(want[i]) || !slices.Equal(bits(bitmap), want[i]) {
				t.Fatalf("%s, packet %x: %d filters match, %v; want %v", set.Engine(), pkt, got, bits(bitmap), want[i])
			}
			if got := bits(bitmaps[i*words : (i+1)*words]); !slices.Equal(got, want[i]) {
				t.Fatalf("%s, packet %x in the buffer: %v match, want %v", set.Engine(), pkt, got, want[i])
			}
			number, verdict := set.First(pkt, s.WireLen)
			if wantFirst := firstOf(want[i]); number != wantFirst || int(first[i]) != wantFirst || (verdict != 0) != (wantFirst >= 0) {
				t.Fatalf("%s, packet %x: first is %d, in the buffer %d, want %d", set.Engine(), pkt, number, first[i], wantFirst)
			}
			sum += len(want[i])
		}
		if n != sum {
			t.Errorf("%d matches in the buffer, want %d", n, sum)
		}
		if err := set.Close(); err != nil {
			t.Error(err)
		}
		if number, _ := set.First(buf[spans[0].Off:][:spans[0].CapLen], spans[0].WireLen); number != firstOf(want[0]) {
			t.Errorf("after Close the first is %d, want %d", number, firstOf(want[0]))
		}
	}
}

func bits(bitmap []uint64) (list []int) {
	for i := range len(bitmap) * 64 {
		if bitmap[i/64]>>(i%64)&1 != 0 {
			list = append(list, i)
		}
	}
	return list
}

func firstOf(list []int) int {
	if len(list) == 0 {
		return -1
	}
	return list[0]
}

// Filters of these kinds are found by their values, and the others are run on every packet.
func TestCuts(t *testing.T) {
	for name, build := range kinds {
		list := make([]filterset.Filter, 20)
		for i := range list {
			list[i] = graph(t, func(g *ir.Graph, yes, no *ir.Node) *ir.Node { return build(g, uint32(i), yes, no) })
		}
		want := len(list)
		if strings.HasPrefix(name, "always") {
			want = 0
		}
		set, err := filterset.New(list)
		if err != nil {
			t.Fatal(err)
		}
		defer set.Close()
		if set.Indexed() != want {
			t.Errorf("%s: %d of %d filters of a set are indexed", name, set.Indexed(), len(list))
		}
		x, _ := index(t, list)
		if x.Indexed() != want {
			t.Errorf("%s: %d of %d filters of an index are indexed", name, x.Indexed(), len(list))
		}
	}
}

func TestEmptySet(t *testing.T) {
	set, err := filterset.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, v := set.First(nil, 0); n != -1 || v != 0 || set.Match(nil, 0, nil) != 0 || set.MatchBuffer(nil, nil, nil) != 0 || set.Close() != nil {
		t.Errorf("the empty set: %d, %d", n, v)
	}
	x := filterset.NewIndex[int]()
	if m, v := x.First(nil, 0); m != nil || v != 0 || len(x.Match(nil, 0, nil)) != 0 || x.Len() != 0 {
		t.Errorf("the empty index: %v, %d", m, v)
	}
}

// A program that is not valid is refused, with its number.
func TestInvalidProgram(t *testing.T) {
	bad := filterset.Filter{Program: []bpf.RawInstruction{{Op: 0x28}}}
	_, err := filterset.New([]filterset.Filter{hostAndPort(t, 1, 2), bad})
	var of *jit.ProgramError
	if !errors.As(err, &of) || of.Index != 1 {
		t.Errorf("a set: %v", err)
	}
	var invalid *vm.ValidateError
	if _, err := filterset.Compile(bad); !errors.As(err, &invalid) {
		t.Errorf("an index: %v", err)
	}
}

func TestMatchBufferPanics(t *testing.T) {
	set, err := filterset.New(filters(t, 70))
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	for name, f := range map[string]func(){
		"too few words":           func() { set.MatchBuffer(make([]byte, 9), []vm.Span{{CapLen: 9}, {CapLen: 9}}, make([]uint64, 3)) },
		"a span outside of buf":   func() { set.MatchBuffer(make([]byte, 9), []vm.Span{{Off: 1, CapLen: 9}}, make([]uint64, 2)) },
		"too few firsts":          func() { set.FirstBuffer(make([]byte, 9), make([]vm.Span, 2), make([]int32, 1)) },
		"a sum that wraps around": func() { set.FirstBuffer(make([]byte, 9), []vm.Span{{Off: 9, CapLen: 1<<32 - 1}}, make([]int32, 1)) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}

// index makes an index of filters, whose values are their numbers.
func index(t testing.TB, list []filterset.Filter) (*filterset.Index[int], []*filterset.Member[int]) {
	return filterset.NewIndex[int]().With(additions(t, list, 0))
}

func additions(t testing.TB, list []filterset.Filter, from int) []filterset.Addition[int] {
	more := make([]filterset.Addition[int], len(list))
	for i, f := range list {
		c, err := filterset.Compile(f)
		if err != nil {
			t.Fatal(err)
		}
		more[i] = filterset.Addition[int]{Compiled: c, Filter: from + i}
	}
	return more
}

// Whatever filters were added and removed on the way, an index matches what those that are left match one by one.
func TestIndex(t *testing.T) {
	list := filters(t, 300)
	each := oneByOne(t, list)
	r := rand.New(rand.NewPCG(3, 4))
	x := filterset.NewIndex[int]()
	members := map[int]*filterset.Member[int]{}
	var order []int
	check := func(x *filterset.Index[int], order []int) {
		t.Helper()
		var got []filterset.Match[int]
		for range 40 {
			pkt, wireLen := packet(r), uint32(r.IntN(40))
			var want, numbers []int
			all := each.match(pkt, wireLen)
			for _, i := range order {
				if slices.Contains(all, i) {
					want = append(want, i)
				}
			}
			got = x.Match(pkt, wireLen, got[:0])
			for _, m := range got {
				numbers = append(numbers, m.Filter)
			}
			if !slices.Equal(numbers, want) {
				t.Fatalf("packet %x: %v match, want %v", pkt, numbers, want)
			}
			if m, v := x.First(pkt, wireLen); (m == nil) != (len(want) == 0) || (v == 0) != (m == nil) || m != nil && m.Filter != want[0] {
				t.Fatalf("packet %x: first is %v, want %v", pkt, m, want)
			}
		}
		if x.Len() != len(order) {
			t.Fatalf("%d filters, want %d", x.Len(), len(order))
		}
	}
	type version struct {
		x     *filterset.Index[int]
		order []int
	}
	var versions []version
	for step := range 150 {
		at := r.IntN(len(list))
		n := []int{1, 1, 1, 100}[step%4] // so that the code is gathered in both ways
		var add []int
		for i := at; i < min(at+n, len(list)); i++ {
			if members[i] == nil {
				add = append(add, i)
			}
		}
		var some []filterset.Addition[int]
		for _, i := range add {
			some = append(some, additions(t, list[i:i+1], i)...)
		}
		var made []*filterset.Member[int]
		x, made = x.With(some)
		for j, i := range add {
			members[i] = made[j]
		}
		order = append(slices.Clone(order), add...)
		var gone []*filterset.Member[int]
		for i, m := range members {
			if r.IntN(8) == 0 {
				gone = append(gone, m)
				delete(members, i)
				order = slices.DeleteFunc(slices.Clone(order), func(j int) bool { return j == i })
			}
		}
		x = x.Without(gone)
		check(x, order)
		versions = append(versions, version{x, order})
	}
	for _, v := range versions {
		check(v.x, v.order)
	}
}

// Filters that were added one by one lead to no long lists: another field is taken where a value has some filters already.
func TestIndexSpreads(t *testing.T) {
	x := filterset.NewIndex[int]()
	for i := range 400 {
		f := hostAndPort(t, 7, uint32(i)) // the host is the same for the first half
		if i >= 200 {
			f = hostAndPort(t, uint32(i), 7) // and then the port
		}
		x, _ = x.With(additions(t, []filterset.Filter{f}, i))
	}
	if x.Indexed() != 400 {
		t.Fatalf("%d filters are indexed", x.Indexed())
	}
	longest := 0
	for _, pkt := range [][]byte{headers(7, 1, 500), headers(500, 501, 7), headers(7, 300, 7)} {
		longest = max(longest, x.Candidates(pkt))
	}
	if longest > 20 {
		t.Errorf("%d of 400 filters are run on a packet", longest)
	}
}

// headers is a packet for hostAndPort.
func headers(src, dst uint32, port uint16) []byte {
	p := binary.BigEndian.AppendUint32(nil, src)
	p = binary.BigEndian.AppendUint32(p, dst)
	return binary.BigEndian.AppendUint16(p, port)
}

// BenchmarkIndex measures what one filter more costs, without its compiling, and one less; and a packet. The filters are as a
// provider has them, a host and a port each.
func BenchmarkIndex(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		list := make([]filterset.Filter, n)
		for i := range list {
			list[i] = hostAndPort(b, uint32(10<<24+i), uint32(i%1000))
		}
		x, members := index(b, list)
		r := rand.New(rand.NewPCG(1, 2))
		packets := make([][]byte, 4096)
		for i := range packets {
			who := r.Uint32N(uint32(n))
			packets[i] = headers(r.Uint32(), 10<<24+who, uint16(who%1000+uint32(i%2)*1000)) // half of them match
		}
		more := make([]filterset.Filter, 500)
		for i := range more {
			more[i] = hostAndPort(b, uint32(11<<24+i), uint32(i))
		}
		added := additions(b, more, n)
		b.Run(fmt.Sprintf("%d/first", n), func(b *testing.B) {
			best := time.Duration(1 << 62) // the machine may be busy with other things
			for b.Loop() {
				start := time.Now()
				for _, p := range packets {
					x.First(p, 60)
				}
				best = min(best, time.Since(start))
			}
			b.ReportMetric(float64(best.Nanoseconds())/float64(len(packets)), "best-ns/packet")
		})
		b.Run(fmt.Sprintf("%d/one more", n), func(b *testing.B) {
			y, i := x, 0
			for b.Loop() {
				if i == len(added) {
					y, i = x, 0
				}
				y, _ = y.With(added[i : i+1])
				i++
			}
		})
		b.Run(fmt.Sprintf("%d/one less", n), func(b *testing.B) {
			i := 0
			for b.Loop() {
				x.Without(members[i%n : i%n+1])
				i++
			}
		})
	}
}
