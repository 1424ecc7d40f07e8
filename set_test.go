package bpfc_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"bpfc"
	"bpfc/names"
	"bpfc/vm"
)

// setFilters are filters of all sorts: with cuts by one field and by several,
// by fields at variable offsets, and without any.
func setFilters(n int) []string {
	kinds := []func(i int) string{
		func(i int) string { return fmt.Sprintf("host 10.0.%d.%d and tcp port %d", i>>8&7, i&255, 1+i%50) },
		func(i int) string { return fmt.Sprintf("not host 10.0.0.%d and udp", i&255) },
		func(i int) string {
			return fmt.Sprintf("net 10.%d.0.0/16 or ether host 02:00:00:00:00:%02x", i&7, i&255)
		},
		func(i int) string { return fmt.Sprintf("less %d", 40+i&63) },
		func(i int) string { return fmt.Sprintf("tcp[2:2] = %d or udp port %d", 1+i%50, 1+i%50) },
		func(i int) string { return fmt.Sprintf("vlan %d and ip src 10.0.0.%d", i&15, i&255) },
		func(i int) string { return fmt.Sprintf("ip6 host 2001:db8::%x", i&255) },
		func(i int) string { return fmt.Sprintf("ip proto %d and ip[8] != %d", i%20, i&255) },
		func(i int) string { return fmt.Sprintf("port %d or not ip", 1+i%50) },
		func(i int) string { return fmt.Sprintf("src host 10.0.0.%d or (arp and len > %d)", i&255, i&63) },
	}
	list := make([]string, n)
	for i := range list {
		list[i] = kinds[i%len(kinds)](i)
	}
	return list
}

// setPacket makes an Ethernet packet whose fields are the values that the
// filters of setFilters look for, cut anywhere.
func setPacket(r *rand.Rand) []byte {
	p := make([]byte, 80)
	for i := range p {
		p[i] = byte(r.IntN(8))
	}
	types := []uint16{0x0800, 0x0800, 0x0800, 0x86dd, 0x0806, 0x8100}
	binary.BigEndian.PutUint16(p[12:], types[r.IntN(len(types))])
	copy(p[6:12], []byte{2, 0, 0, 0, 0, byte(r.IntN(256))})
	p[14] = 0x45
	p[20], p[21] = 0, 0
	p[23] = []byte{6, 17, 132, 1}[r.IntN(4)]
	for _, off := range []int{26, 30} {
		copy(p[off:], []byte{10, byte(r.IntN(4)), byte(r.IntN(4)), byte(r.IntN(256))})
	}
	for _, off := range []int{34, 36, 54, 56} {
		binary.BigEndian.PutUint16(p[off:], uint16(1+r.IntN(50)))
	}
	return p[:r.IntN(len(p)+1)]
}

func TestSetIsItsFilters(t *testing.T) {
	exprs := setFilters(500)
	set, err := bpfc.CompileSet(exprs)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	if set.Indexed() < len(exprs)/2 {
		t.Errorf("only %d of %d filters are looked up", set.Indexed(), len(exprs))
	}
	single := make([]vm.Matcher, len(exprs))
	for i, e := range exprs {
		p, err := bpfc.Compile(e)
		if err != nil {
			t.Fatal(err)
		}
		if single[i], err = p.Matcher(); err != nil {
			t.Fatal(err)
		}
		defer single[i].Close()
	}
	r := rand.New(rand.NewPCG(1, 2))
	bitmap := make([]uint64, set.Words())
	total := 0
	for range 3000 {
		pkt := setPacket(r)
		wire := uint32(len(pkt) + r.IntN(2)*10)
		n := set.Match(pkt, wire, bitmap)
		first := -1
		for i, m := range single {
			want := m.Match(pkt, wire) != 0
			if want && first < 0 {
				first = i
			}
			if got := bitmap[i/64]>>(i%64)&1 != 0; got != want {
				t.Fatalf("filter %d %q on %x: in the set %v, alone %v", i, exprs[i], pkt, got, want)
			}
		}
		if got, _ := set.First(pkt, wire); got != first {
			t.Fatalf("First is %d, want %d, on %x", got, first, pkt)
		}
		total += n
	}
	if total == 0 {
		t.Error("no filter matched anything: the packets do not test the set")
	}
}

func TestSetBuffer(t *testing.T) {
	set, err := bpfc.CompileSet(setFilters(200))
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	r := rand.New(rand.NewPCG(3, 4))
	var buf []byte
	var spans []vm.Span
	for range 2000 {
		p := setPacket(r)
		spans = append(spans, vm.Span{Off: uint32(len(buf)), CapLen: uint32(len(p)), WireLen: uint32(len(p) + r.IntN(2)*10)})
		buf = append(buf, p...)
	}
	bitmaps, first := make([]uint64, set.Words()*len(spans)), make([]int32, len(spans))
	for i := range bitmaps {
		bitmaps[i] = ^uint64(0) // what was there before must not matter
	}
	n := set.MatchBuffer(buf, spans, bitmaps)
	set.FirstBuffer(buf, spans, first)
	one := make([]uint64, set.Words())
	for i, s := range spans {
		pkt := buf[s.Off : s.Off+s.CapLen]
		n -= set.Match(pkt, s.WireLen, one)
		if got := bitmaps[i*len(one) : (i+1)*len(one)]; !slices.Equal(got, one) {
			t.Fatalf("packet %d: %x in the buffer, %x by itself", i, got, one)
		}
		if f, _ := set.First(pkt, s.WireLen); int(first[i]) != f {
			t.Fatalf("packet %d: the first is %d in the buffer, %d by itself", i, first[i], f)
		}
	}
	if n != 0 {
		t.Errorf("the buffer has %d matches more than its packets", n)
	}
}

func TestSetError(t *testing.T) {
	_, err := bpfc.CompileSet([]string{"tcp", "port 99999"})
	var se *bpfc.SetError
	if !errors.As(err, &se) || se.Index != 1 {
		t.Fatalf("got %v, want an error of filter 1", err)
	}
	var e *bpfc.Error
	if !errors.As(err, &e) || e.Pos == e.End {
		t.Errorf("%v does not lead to the place in the expression", err)
	}
}

func BenchmarkSet(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	var buf []byte
	spans := make([]vm.Span, 1024)
	for i := range spans {
		p := setPacket(r)
		spans[i] = vm.Span{Off: uint32(len(buf)), CapLen: uint32(len(p)), WireLen: uint32(len(p))}
		buf = append(buf, p...)
	}
	perPacket := func(b *testing.B, run func()) {
		best := time.Duration(math.MaxInt64) // the machine may be busy with other things
		b.ReportAllocs()
		for b.Loop() {
			start := time.Now()
			run()
			best = min(best, time.Since(start))
		}
		b.ReportMetric(float64(best.Nanoseconds())/float64(len(spans)), "best-ns/packet")
	}
	b.Run("alone", func(b *testing.B) {
		p, err := bpfc.Compile("host 10.0.0.0 and tcp port 1")
		if err != nil {
			b.Fatal(err)
		}
		m, err := p.Matcher()
		if err != nil {
			b.Fatal(err)
		}
		defer m.Close()
		perPacket(b, func() {
			for _, s := range spans {
				m.Match(buf[s.Off:s.Off+s.CapLen], s.WireLen)
			}
		})
	})
	for _, n := range []int{1, 10, 100, 1000} {
		exprs := make([]string, n)
		for i := range exprs {
			exprs[i] = fmt.Sprintf("host 10.%d.%d.%d and tcp port %d", i&3, i>>2&3, i>>4, 1+i%50)
		}
		set, err := bpfc.CompileSet(exprs)
		if err != nil {
			b.Fatal(err)
		}
		defer set.Close()
		b.Run(fmt.Sprintf("%d/one by one", n), func(b *testing.B) {
			bitmap := make([]uint64, set.Words())
			perPacket(b, func() {
				for _, s := range spans {
					set.Match(buf[s.Off:s.Off+s.CapLen], s.WireLen, bitmap)
				}
			})
		})
		b.Run(fmt.Sprintf("%d/buffer", n), func(b *testing.B) {
			bitmaps := make([]uint64, set.Words()*len(spans))
			perPacket(b, func() { set.MatchBuffer(buf, spans, bitmaps) })
		})
		b.Run(fmt.Sprintf("%d/first", n), func(b *testing.B) {
			first := make([]int32, len(spans))
			perPacket(b, func() { set.FirstBuffer(buf, spans, first) })
		})
	}
}

// rotating answers each question for a host with another address.
type rotating struct {
	names.Resolver
	asked int
}

func (r *rotating) Host(context.Context, string) ([]netip.Addr, error) {
	r.asked++
	return []netip.Addr{netip.AddrFrom4([4]byte{10, 0, 0, byte(r.asked)})}, nil
}

// A set whose names are answered differently each time finds what its programs match, and the same name is the same
// host throughout a filter, in all filters of a set, and where the part that contradicts is looked for.
func TestFieldSetResolvesOnce(t *testing.T) {
	packet := func(src byte) []byte {
		p := make([]byte, 34)
		p[12], p[14] = 8, 0x45
		copy(p[26:], []byte{10, 0, 0, src, 192, 0, 2, 1})
		return p
	}
	r := &rotating{Resolver: names.Map{}}
	exprs := []string{"src host a", "src host b", "src host a and not dst host c", "host b"}
	set, err := bpfc.CompileSet(exprs, bpfc.WithNames(r))
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	if set.Indexed() != len(exprs) || r.asked != 3 {
		t.Errorf("%d filters of %d are indexed, %d questions were asked", set.Indexed(), len(exprs), r.asked)
	}
	matched := make([]uint64, set.Words())
	for src, want := range map[byte]uint64{1: 0b0101, 2: 0b1010, 3: 0} {
		if set.Match(packet(src), 34, matched); matched[0] != want {
			t.Errorf("10.0.0.%d: filters %04b match, want %04b", src, matched[0], want)
		}
	}

	r.asked = 0
	p, err := bpfc.Compile("src host a or (dst host a and src host a)", bpfc.WithNames(r))
	if err != nil || r.asked != 1 {
		t.Fatalf("%v, %d questions were asked", err, r.asked)
	}
	m, err := p.Matcher()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Match(packet(1), 34) == 0 {
		t.Error("10.0.0.1 does not match")
	}
	r.asked = 0
	_, err = bpfc.Compile("host a and tcp and host b and udp", bpfc.WithNames(r))
	var refusal *bpfc.Error
	if !errors.As(err, &refusal) || refusal.Kind != "rejects-all" || r.asked != 2 {
		t.Errorf("%v, %d questions were asked", err, r.asked)
	}
}
