package bpfc_test

import (
	"encoding/binary"
	"fmt"
	"math/rand"
	"net/netip"
	"strings"
	"testing"

	"bpfc"
	"bpfc/internal/battery"
	"bpfc/names"
	"bpfc/vm"
)

// This file judges the extended language and seeing through tags by packets that are built layer by layer, so that
// what is in them is known without looking: it shares no code with the compiler. Questions are asked of the
// layers as they were built, and of the packet's bytes through the compiled program.

// layerFrame is what an Ethernet header, a tunnel or a PPP session carries: tags and a network header.
type layerFrame struct {
	vlans  []uint32
	mpls   []uint32
	pppoe  uint32 // 0 for none
	ends   []int  // where each of these headers ends, in the order of the packet
	start  int    // of the network header
	end    int    // of the fixed network header
	told   int    // bytes of the network header that tell its version, 0 where a type before it does
	v6     bool
	src    int // numbers of addresses
	dst    int
	l4     int    // protocol
	l4at   int    // where it starts
	l4end  int    // where its header ends
	later  bool   // a fragment without the transport header
	ports  [2]int // of TCP and UDP
	flags  byte   // of TCP
	tunnel string // what the transport layer is a tunnel of
	id     uint32 // of the tunnel
	inner  *layerFrame
	inAt   int // where the tunnel's header ends
}

var (
	layerHosts4 = []string{"10.0.0.1", "10.0.0.2", "192.168.1.1"}
	layerHosts6 = []string{"2001:db8::1", "2001:db8::2", "2001:db8:1::3"}
	layerPorts  = []int{53, 80, 443, 8050}
	layerIDs    = []uint32{5, 100, 7}
)

// layerBuilder builds a packet.
type layerBuilder struct {
	*rand.Rand
	data []byte
}

func (b *layerBuilder) put16(v int)    { b.data = binary.BigEndian.AppendUint16(b.data, uint16(v)) }
func (b *layerBuilder) put32(v uint32) { b.data = binary.BigEndian.AppendUint32(b.data, v) }
func (b *layerBuilder) zero(n int)     { b.data = append(b.data, make([]byte, n)...) }
func (b *layerBuilder) id() uint32     { return layerIDs[b.Intn(len(layerIDs))] }

// ethernet appends a frame with its header.
func (b *layerBuilder) ethernet(depth int) *layerFrame {
	b.data = append(b.data, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2)
	return b.tagged(depth, b.Intn(5))
}

// tagged appends an EtherType, tags and a network header.
func (b *layerBuilder) tagged(depth, vlans int) *layerFrame {
	f := &layerFrame{v6: b.Intn(2) == 0}
	if b.Intn(3) > 0 {
		vlans = 0
	}
	for range vlans {
		b.put16([]int{0x8100, 0x88a8, 0x9100}[b.Intn(3)])
		f.vlans = append(f.vlans, b.id())
		b.put16(int(f.vlans[len(f.vlans)-1]) | b.Intn(8)<<13)
		f.ends = append(f.ends, len(b.data)+2)
	}
	ether, ppp := 0x0800, 0x0021
	if f.v6 {
		ether, ppp = 0x86dd, 0x0057
	}
	labels := 0
	if b.Intn(4) == 0 {
		labels, ether, ppp = 1+b.Intn(3), 0x8847, 0x0281
	}
	if b.Intn(6) == 0 {
		b.put16(0x8864)
		f.pppoe = b.id()
		b.data = append(b.data, 0x11, 0)
		b.put16(int(f.pppoe))
		b.put16(0)
		b.put16(ppp)
		f.ends = append(f.ends, len(b.data))
	} else {
		b.put16(ether)
	}
	for i := range labels {
		f.mpls = append(f.mpls, b.id())
		bottom := uint32(0)
		if i == labels-1 {
			bottom = 1
		}
		f.told = 1
		b.put32(f.mpls[i]<<12 | bottom<<8 | 64)
		f.ends = append(f.ends, len(b.data))
	}
	b.network(f, depth)
	return f
}

// network appends a network header and what it carries.
func (b *layerBuilder) network(f *layerFrame, depth int) {
	f.start = len(b.data)
	f.src, f.dst = b.Intn(3), b.Intn(3)
	f.l4 = []int{6, 17, 132, 1}[b.Intn(4)]
	if f.v6 && f.l4 == 1 {
		f.l4 = 58
	}
	inner6 := b.Intn(2) == 0
	if depth < 3 && b.Intn(2) == 0 {
		f.tunnel = []string{"vxlan", "geneve", "gtp", "gre", "ipip"}[b.Intn(5)]
		f.l4 = map[string]int{"vxlan": 17, "geneve": 17, "gtp": 17, "gre": 47, "ipip": 4}[f.tunnel]
		if f.tunnel == "ipip" && inner6 {
			f.l4 = 41
		}
	}
	f.later = f.tunnel == "" && b.Intn(12) == 0
	if f.v6 {
		b.network6(f)
	} else {
		b.network4(f)
	}
	f.l4at = len(b.data)
	if f.later {
		f.l4end = len(b.data) + 8
		b.zero(24)
		return
	}
	f.ports = [2]int{layerPorts[b.Intn(4)], layerPorts[b.Intn(4)]}
	b.transport(f, depth, inner6)
}

func (b *layerBuilder) network4(f *layerFrame) {
	options := b.Intn(3)
	fragment := 0
	if f.later {
		fragment = 185
	}
	b.data = append(b.data, byte(0x45+options), 0)
	b.put16(0)
	b.put16(0)
	b.put16(fragment)
	b.data = append(b.data, 64, byte(f.l4), 0, 0)
	for _, i := range []int{f.src, f.dst} {
		a := netip.MustParseAddr(layerHosts4[i]).As4()
		b.data = append(b.data, a[:]...)
	}
	f.end = len(b.data)
	b.zero(4 * options)
}

func (b *layerBuilder) network6(f *layerFrame) {
	var headers []byte // extension headers by number
	for range b.Intn(4) * b.Intn(2) {
		headers = append(headers, []byte{0, 43, 60, 51, 44}[b.Intn(5)])
	}
	if f.later {
		headers = append(headers, 44)
	}
	next := append(headers[:len(headers):len(headers)], byte(f.l4))
	b.put32(6 << 28)
	b.put16(0)
	b.data = append(b.data, next[0], 64)
	for _, i := range []int{f.src, f.dst} {
		a := netip.MustParseAddr(layerHosts6[i]).As16()
		b.data = append(b.data, a[:]...)
	}
	f.end = len(b.data)
	for i, h := range headers {
		units := byte(b.Intn(3))
		switch {
		case h == 44 && f.later && i == len(headers)-1:
			b.data = append(b.data, next[i+1], 0, 0x05, 0xc8, 0, 0, 0, 1)
		case h == 44:
			b.data = append(b.data, next[i+1], 0, 0, 1, 0, 0, 0, 1)
		case h == 51: // in units of 4 bytes, less 2
			b.data = append(b.data, next[i+1], 2*units+1)
			b.zero(4*(int(2*units)+3) - 2)
		default:
			b.data = append(b.data, next[i+1], units)
			b.zero(8*(int(units)+1) - 2)
		}
	}
}

func (b *layerBuilder) transport(f *layerFrame, depth int, inner6 bool) {
	switch f.l4 {
	case 6:
		f.flags = []byte{2, 0x12, 0x10}[b.Intn(3)]
		b.put16(f.ports[0])
		b.put16(f.ports[1])
		b.zero(8)
		b.data = append(b.data, 0x50, f.flags, 0, 0, 0, 0, 0, 0)
		f.l4end = len(b.data)
	case 17, 132:
		if f.tunnel != "" {
			f.ports[1] = map[string]int{"vxlan": 4789, "geneve": 6081, "gtp": 2152}[f.tunnel]
			if f.tunnel == "vxlan" && b.Intn(4) == 0 {
				f.ports[1], f.tunnel = 8472, "vxlan port 8472"
			}
		}
		b.put16(f.ports[0])
		b.put16(f.ports[1])
		b.zero(4)
		f.l4end = len(b.data)
	default:
		f.l4end = len(b.data)
		if f.tunnel == "" {
			b.zero(8)
			f.l4end = len(b.data)
		}
	}
	if f.tunnel != "" {
		b.tunnel(f, depth, inner6)
	}
}

func (b *layerBuilder) tunnel(f *layerFrame, depth int, inner6 bool) {
	f.id = b.id()
	ether := map[bool]int{false: 0x0800, true: 0x86dd}[inner6]
	frame := b.Intn(2) == 0 // the tunnel carries Ethernet
	switch f.tunnel {
	case "ipip":
		frame = false
	case "gre":
		flags := []int{0, 0x8000, 0x2000, 0x1000, 0xb000, 0x3000}[b.Intn(6)]
		b.put16(flags)
		b.put16(map[bool]int{true: 0x6558, false: ether}[frame])
		for _, bit := range []int{0x8000, 0x2000, 0x1000} {
			if flags&bit != 0 {
				b.zero(4)
			}
		}
	case "geneve":
		options := b.Intn(3)
		b.data = append(b.data, byte(options), 0)
		b.put16(map[bool]int{true: 0x6558, false: ether}[frame])
		b.put32(f.id << 8)
		b.zero(4 * options)
	case "gtp":
		frame = false
		optional := byte(b.Intn(8))
		b.data = append(b.data, 0x30|optional, 0xff, 0, 0)
		b.put32(f.id)
		extensions := 0
		if optional&4 != 0 {
			extensions = b.Intn(3)
		}
		if optional != 0 {
			b.data = append(b.data, 0, 0, 0, 0)
		}
		for range extensions {
			b.data[len(b.data)-1] = 0x85
			units := 1 + b.Intn(2)
			b.data = append(b.data, byte(units))
			b.zero(4*units - 1)
		}
	default: // VXLAN
		frame = true
		b.put32(8 << 24)
		b.put32(f.id << 8)
	}
	f.inAt = len(b.data)
	if frame {
		f.inner = b.ethernet(depth + 1)
		return
	}
	f.inner = &layerFrame{v6: inner6}
	if f.tunnel == "gtp" {
		f.inner.told = 1
	}
	b.network(f.inner, depth+1)
}

// layerView is what a question is about: a frame behind some of its tags, and how much of the packet there was on the wire.
type layerView struct {
	f       *layerFrame
	entered int // headers of f.ends that are passed
	wire    int
	through bool
}

// atNet tells whether the view is at the network header, of which the first n bytes are asked for.
func (v layerView) atNet(n int) bool {
	if v.through {
		v = v.skip()
	}
	return v.entered == len(v.f.ends) && v.wire >= v.f.start+n
}

// skip passes all tags.
func (v layerView) skip() layerView {
	for v.entered < len(v.f.ends) && v.wire >= v.f.ends[v.entered] {
		v.entered++
	}
	return v
}

// layerQuestion is an expression with its answer by the layers.
type layerQuestion struct {
	text   string
	answer func(v layerView) bool
	scoped bool // it asks nothing outside of braces
}

func (b *layerBuilder) question(depth int) layerQuestion {
	switch n := b.Intn(10); {
	case depth > 3 || n < 3:
		return b.primitive()
	case n == 3:
		q := b.question(depth + 1)
		return layerQuestion{"not (" + q.text + ")", func(v layerView) bool { return !q.answer(v) }, q.scoped}
	case n < 6:
		p, q := b.question(depth+1), b.question(depth+1)
		if b.Intn(2) == 0 {
			return layerQuestion{"(" + p.text + ") and (" + q.text + ")", func(v layerView) bool { return p.answer(v) && q.answer(v) }, p.scoped && q.scoped}
		}
		return layerQuestion{"(" + p.text + ") or (" + q.text + ")", func(v layerView) bool { return p.answer(v) || q.answer(v) }, p.scoped && q.scoped}
	}
	return b.scope(depth)
}

// scope is a question about what is inside.
func (b *layerBuilder) scope(depth int) layerQuestion {
	q := b.question(depth + 1)
	head := []string{"vlan", "mpls", "pppoes", "vxlan", "geneve", "gtp", "gre", "ipip", "any", "vxlan port 8472"}[b.Intn(10)]
	id := uint32(0)
	text := head
	if head != "gre" && head != "ipip" && head != "any" && b.Intn(2) == 0 {
		id = b.id()
		text = fmt.Sprintf("%s %d", head, id)
		if strings.Contains(head, "port") {
			text = fmt.Sprintf("vxlan %d port 8472", id)
		}
	}
	if id == 5 && b.Intn(2) == 0 && !strings.Contains(head, "port") {
		text = head + " in {1-5, 4000}"
	}
	is := func(n uint32) bool { return id == 0 || n == id }
	answer := func(v layerView) bool {
		f := v.f
		switch head {
		case "any":
			for range 4 {
				at := v
				at.through = true
				if q.answer(at) {
					return true
				}
				in, ok := at.inside("")
				if !ok {
					return false
				}
				v = in
			}
			return false
		case "vlan":
			if v.entered < len(f.vlans) && is(f.vlans[v.entered]) && v.wire >= f.ends[v.entered] {
				v.entered++
				return q.answer(v)
			}
			return false
		case "pppoes":
			for v.through && v.entered < len(f.vlans) && v.wire >= f.ends[v.entered] {
				v.entered++
			}
			if v.entered == len(f.vlans) && f.pppoe != 0 && is(f.pppoe) && v.wire >= f.ends[v.entered] {
				v.entered++
				return q.answer(v)
			}
			return false
		case "mpls":
			return v.labelled(id, q)
		}
		if in, ok := v.inside(head); ok && is(f.id) {
			return q.answer(in)
		}
		return false
	}
	return layerQuestion{text + " { " + q.text + " }", answer, true}
}

// labelled answers for mpls { } and mpls L { }.
func (v layerView) labelled(label uint32, q layerQuestion) bool {
	f := v.f
	first := len(f.ends) - len(f.mpls)
	for v.through && v.entered < first && v.wire >= f.ends[v.entered] {
		v.entered++
	}
	if v.entered < first || v.entered == len(f.ends) || v.wire < f.ends[v.entered] {
		return false
	}
	if label != 0 {
		if f.mpls[v.entered-first] != label {
			return false
		}
		v.entered++
		return q.answer(v)
	}
	for v.entered < len(f.ends) && v.wire >= f.ends[v.entered] {
		v.entered++
	}
	return q.answer(v)
}

// inside enters a tunnel, any where kind is "".
func (v layerView) inside(kind string) (layerView, bool) {
	f := v.f
	if f.inner == nil || kind != "" && kind != f.tunnel || kind == "" && strings.Contains(f.tunnel, "port") || !v.atNet(0) || v.wire < f.inAt {
		return v, false
	}
	return layerView{f: f.inner, wire: v.wire, through: v.through}, true
}

func (b *layerBuilder) primitive() layerQuestion {
	port, host := layerPorts[b.Intn(4)], b.Intn(3)
	l4 := func(v layerView, n int) bool { return v.atNet(0) && !v.f.later && v.wire >= v.f.l4at+n }
	ported := func(v layerView, p int) bool { return v.f.l4 == p && l4(v, 4) }
	has := func(v layerView, is func(int) bool) bool { return is(v.f.ports[0]) || is(v.f.ports[1]) }
	switch b.Intn(9) {
	case 0:
		return layerQuestion{"host " + layerHosts4[host], func(v layerView) bool {
			return !v.f.v6 && v.atNet(20) && (v.f.src == host || v.f.dst == host)
		}, false}
	case 1:
		return layerQuestion{"src host in {" + layerHosts6[host] + ", " + layerHosts4[host] + "}", func(v layerView) bool {
			return (v.f.v6 && v.atNet(40) || !v.f.v6 && v.atNet(20)) && v.f.src == host
		}, false}
	case 2:
		return layerQuestion{fmt.Sprintf("tcp port %d", port), func(v layerView) bool {
			return ported(v, 6) && has(v, func(p int) bool { return p == port })
		}, false}
	case 3:
		return layerQuestion{"port in {53, 8000-8100}", func(v layerView) bool {
			return (ported(v, 6) || ported(v, 17) || ported(v, 132)) && has(v, func(p int) bool { return p == 53 || p >= 8000 && p <= 8100 })
		}, false}
	case 4:
		return layerQuestion{"tcp.flags & (syn|ack) = syn", func(v layerView) bool { return v.f.l4 == 6 && l4(v, 14) && v.f.flags == 2 }, false}
	case 5:
		return layerQuestion{"udp", func(v layerView) bool { return v.f.l4 == 17 && v.atNet(20) && (v.wire >= v.f.l4at) }, false}
	case 6:
		return layerQuestion{"ip6", func(v layerView) bool { return v.f.v6 && v.atNet(v.f.told) }, false}
	case 7:
		return layerQuestion{fmt.Sprintf("udp[2:2] = %d", port), func(v layerView) bool { return ported(v, 17) && v.f.ports[1] == port }, false}
	}
	return layerQuestion{"net in {10.0.0.0/8, 2001:db8:1::/48}", func(v layerView) bool {
		if v.f.v6 {
			return v.atNet(40) && (v.f.src == 2 || v.f.dst == 2)
		}
		return v.atNet(20) && (v.f.src < 2 || v.f.dst < 2)
	}, false}
}

func TestLayersByKnownPackets(t *testing.T) {
	r := rand.New(rand.NewSource(17))
	questions := battery.Size(300)
	packetsEach := 20
	matched, runs := 0, 0
	for i := range questions {
		b := &layerBuilder{Rand: r}
		q := b.question(0)
		opts := []bpfc.Option{bpfc.WithExtensions(), bpfc.WithNames(names.Map{}), bpfc.WithAllowRejectAll(), bpfc.WithVerification()}
		through := i%3 == 0
		if through {
			opts = append(opts, bpfc.WithSeeThrough())
		}
		prog, err := bpfc.Compile(q.text, opts...)
		if err != nil {
			t.Fatalf("%s: %v", q.text, err)
		}
		m, err := vm.New(prog.Instructions())
		if err != nil {
			t.Fatal(err)
		}
		for range packetsEach {
			p := &layerBuilder{Rand: r}
			f := p.ethernet(0)
			whole := q.answer(layerView{f: f, wire: len(p.data), through: through})
			if whole {
				matched++
			}
			if got := m.Run(p.data, uint32(len(p.data))) != 0; got != whole {
				t.Fatalf("%s, through %t: %t, but the packet was built as %t\n%x\n%s", q.text, through, got, whole, p.data, describeLayers(f))
			}
			for n := range len(p.data) {
				runs++
				if m.Run(p.data[:n], uint32(len(p.data))) != 0 && !whole {
					t.Fatalf("%s: accepts the packet cut to %d bytes, but not the whole\n%x", q.text, n, p.data)
				}
			}
			if !q.scoped {
				continue
			}
			for _, n := range boundaries(f) {
				want := q.answer(layerView{f: f, wire: n, through: through})
				if got := m.Run(p.data[:n], uint32(n)) != 0; got != want {
					t.Fatalf("%s, through %t: %t of the packet of %d bytes, but it was built as %t\n%x\n%s", q.text, through, got, n, want, p.data[:n], describeLayers(f))
				}
			}
		}
	}
	t.Logf("%d questions, %d packets each, %d matched, %d cut", questions, packetsEach, matched, runs)
	if matched < questions*packetsEach/50 {
		t.Errorf("only %d of %d matched", matched, questions*packetsEach)
	}
}

// boundaries are the lengths at which one header ends and the next one begins.
func boundaries(f *layerFrame) (list []int) {
	for ; f != nil; f = f.inner {
		list = append(list, f.ends...)
		list = append(list, f.start, f.l4at)
		if f.inner != nil {
			list = append(list, f.inAt)
		}
	}
	return list
}

func describeLayers(f *layerFrame) string {
	s := ""
	for ; f != nil; f = f.inner {
		s += fmt.Sprintf("%+v\n", *f)
	}
	return s
}
