package fuzz

import (
	"encoding/binary"
	"math/rand/v2"
)

// MaxBuilt bounds, in bytes, the packets that Builder makes.
const MaxBuilt = 1500

// Builder makes packets in layers, from the link-layer header down, for one link-layer type. Fields hold the constants of an
// expression where there are some, likely values else, and random ones now and then. One value serves one goroutine.
type Builder struct {
	r     *rand.Rand
	link  Link
	c     *Constants
	b     []byte
	depth int // encapsulations so far
}

// NewBuilder returns a builder of packets of the link-layer type with this DLT number.
func NewBuilder(r *rand.Rand, dlt int) *Builder {
	return &Builder{r: r, link: linkOf(dlt), c: &Constants{}}
}

// Use sets the constants for the packets made from now on.
func (b *Builder) Use(c *Constants) { b.c = c }

// Packet makes a whole packet, neither mutated nor cut.
func (b *Builder) Packet() Packet {
	b.b, b.depth = nil, 0
	b.link.header(b, b.etherType())
	if len(b.b) > MaxBuilt {
		b.b = b.b[:MaxBuilt]
	}
	return Packet{Data: b.b, WireLen: uint32(len(b.b))}
}

// Mutate changes some bytes of a packet and cuts it, mostly only one of both, sometimes neither. The
// data is a copy.
func (b *Builder) Mutate(p Packet) Packet {
	p.Data = append([]byte(nil), p.Data...)
	if b.r.IntN(3) == 0 {
		for range 1 + b.r.IntN(4) {
			b.change(p.Data)
		}
	}
	switch b.r.IntN(6) {
	case 0:
		p.Data = p.Data[:b.r.IntN(len(p.Data)+1)]
	case 1:
		if n := len(p.Data); n > 0 {
			p.Data = p.Data[:n-b.r.IntN(min(n, 5))]
		}
	case 2:
		p.Data = p.Data[:b.edge(len(p.Data))]
	}
	if b.r.IntN(8) == 0 {
		p.WireLen = uint32(len(p.Data)) // a short packet, not a cut one
	}
	if b.r.IntN(8) == 0 {
		p.WireLen += b.r.Uint32N(2000)
	}
	p.WireLen = max(p.WireLen, uint32(len(p.Data)))
	return p
}

// edge is a length at which a load of the program just fails or just succeeds.
func (b *Builder) edge(n int) int {
	if len(b.c.at) == 0 {
		return b.r.IntN(n + 1)
	}
	at := b.c.at[b.r.IntN(len(b.c.at))]
	return min(n, max(0, int(at.off+at.size)-b.r.IntN(2)))
}

// change alters one place: a bit, a byte, or the bytes of a comparison.
func (b *Builder) change(data []byte) {
	if len(data) == 0 {
		return
	}
	i := b.r.IntN(len(data))
	if len(data) > 64 && b.r.IntN(2) == 0 {
		i = b.r.IntN(64) // where headers are
	}
	switch b.r.IntN(4) {
	case 0:
		data[i] ^= 1 << b.r.IntN(8)
	case 1:
		data[i] = byte(b.r.Uint32())
	case 2:
		data[i] = byte(b.num(8))
	case 3:
		if len(b.c.at) == 0 {
			return
		}
		at := b.c.at[b.r.IntN(len(b.c.at))]
		if end := int(at.off + at.size); end <= len(data) {
			k := binary.BigEndian.AppendUint32(nil, at.k+b.r.Uint32N(3)-1)
			copy(data[at.off:end], k[4-at.size:])
		}
	}
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// num draws a number of up to n bits: a constant of the expression, mostly.
func (b *Builder) num(n int) uint32 {
	mask := uint32(uint64(1)<<n - 1)
	if len(b.c.Num) > 0 && b.r.IntN(4) != 0 {
		return (pick(b.r, b.c.Num) + pick(b.r, []uint32{0, 0, 0, 0, 1, ^uint32(0)})) & mask
	}
	return b.r.Uint32() & mask
}

// of draws from a list, or a constant of the expression now and then.
func (b *Builder) of(n int, list ...uint32) uint32 {
	if b.r.IntN(6) == 0 {
		return b.num(n)
	}
	return pick(b.r, list)
}

func (b *Builder) u8(v uint32)            { b.b = append(b.b, byte(v)) }
func (b *Builder) u16(v uint32)           { b.b = binary.BigEndian.AppendUint16(b.b, uint16(v)) }
func (b *Builder) u32(v uint32)           { b.b = binary.BigEndian.AppendUint32(b.b, v) }
func (b *Builder) put(bytes ...byte)      { b.b = append(b.b, bytes...) }
func (b *Builder) one(list ...uint32)     { b.u8(pick(b.r, list)) }
func (b *Builder) chance(in int) bool     { return b.r.IntN(in) == 0 }
func (b *Builder) deeper() bool           { b.depth++; return b.depth <= 5 }
func (b *Builder) set16(at int, v uint32) { binary.BigEndian.PutUint16(b.b[at:], uint16(v)) }

// noise appends n random bytes, of which many are zero.
func (b *Builder) noise(n int) {
	for range n {
		if b.chance(3) {
			b.u8(0)
		} else {
			b.u8(b.r.Uint32())
		}
	}
}

// payload is what follows the last header.
func (b *Builder) payload() { b.noise(b.r.IntN(40)) }

func (b *Builder) mac() {
	var m [6]byte
	switch {
	case len(b.c.MAC) > 0 && !b.chance(3):
		m = pick(b.r, b.c.MAC)
	case b.chance(5):
		m = [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	case b.chance(4):
		m = [6]byte{1, 0x80, 0xc2}
	default:
		m = [6]byte{0, 0x11, 0x22, 0x33, byte(b.r.Uint32()), byte(b.r.Uint32())}
	}
	if b.chance(8) {
		m[b.r.IntN(6)] ^= 1 << b.r.IntN(8)
	}
	b.put(m[:]...)
}

func (b *Builder) ip4() {
	a := [4]byte{10, 0, byte(b.r.IntN(4)), byte(b.r.Uint32())}
	if len(b.c.IP4) > 0 && !b.chance(4) {
		a = pick(b.r, b.c.IP4)
	} else if b.chance(3) {
		a = pick(b.r, [][4]byte{{255, 255, 255, 255}, {0, 0, 0, 0}, {224, 0, 0, 1}, {192, 168, 1, 1}})
	}
	if b.chance(6) {
		a[b.r.IntN(4)] ^= 1 << b.r.IntN(8)
	}
	b.put(a[:]...)
}

func (b *Builder) ip6() {
	a := [16]byte{0x20, 0x01, 0x0d, 0xb8, 15: byte(b.r.Uint32())}
	if len(b.c.IP6) > 0 && !b.chance(4) {
		a = pick(b.r, b.c.IP6)
	} else if b.chance(3) {
		a = [16]byte{0xff, 0x02, 15: 1}
	}
	if b.chance(6) {
		a[b.r.IntN(16)] ^= 1 << b.r.IntN(8)
	}
	b.put(a[:]...)
}

// etherType draws the EtherType of what the packet carries.
func (b *Builder) etherType() uint16 {
	return uint16(b.of(16, 0x0800, 0x0800, 0x0800, 0x0800, 0x86dd, 0x86dd, 0x86dd, 0x0806, 0x8035, 0x8100, 0x8847, 0x8864,
		0x6003, 0x809b, 0x80f3, 0x8137, 0x88cc, 0x6000, 0x6001, 0x6002, 0x6004, 0x8863, 0x88a8, 0x9100, 0x9000, 0x8848))
}

// carriers are the layers that an EtherType announces.
var carriers map[uint16]func(*Builder)

// transports are the layers that an IP protocol number announces, for IPv4 and IPv6.
var transports map[uint8]func(*Builder)

// The layers call each other through these tables, so that they cannot be initialized where they are declared.
func init() {
	carriers = map[uint16]func(*Builder){
		0x0800: (*Builder).ipv4, 0x86dd: (*Builder).ipv6, 0x0806: (*Builder).arp, 0x8035: (*Builder).arp,
		0x8100: (*Builder).vlan, 0x88a8: (*Builder).vlan, 0x9100: (*Builder).vlan,
		0x8847: (*Builder).mpls, 0x8848: (*Builder).mpls, 0x8863: (*Builder).pppoe, 0x8864: (*Builder).pppoe,
		0x6003: (*Builder).decnet, 0x6558: (*Builder).innerEthernet,
	}
	transports = map[uint8]func(*Builder){
		1: (*Builder).icmp, 2: (*Builder).icmp, 4: (*Builder).ipv4, 6: (*Builder).tcp, 17: (*Builder).udp, 41: (*Builder).ipv6,
		51: (*Builder).ah, 58: (*Builder).icmp, 103: (*Builder).icmp, 112: (*Builder).icmp, 132: (*Builder).sctp,
		0: (*Builder).extension, 43: (*Builder).extension, 44: (*Builder).fragment6, 60: (*Builder).extension,
		47: (*Builder).gre,
	}
}

// carry appends the layer that an EtherType announces.
func (b *Builder) carry(etherType uint16) {
	if f := carriers[etherType]; f != nil && b.deeper() {
		f(b)
		return
	}
	b.payload()
}

func (b *Builder) vlan() {
	b.u16(b.num(12) | pick(b.r, []uint32{0, 0, 0x2000, 0x1000}))
	t := b.etherType()
	b.u16(uint32(t))
	b.carry(t)
}

func (b *Builder) mpls() {
	bottom := uint32(0)
	if !b.chance(3) {
		bottom = 1 << 8
	}
	b.u32(b.num(20)<<12 | bottom | b.r.Uint32N(8)<<9 | 64)
	switch {
	case bottom == 0 && b.deeper():
		b.mpls()
	default:
		b.carry(pick(b.r, []uint16{0x0800, 0x86dd, 0x6558}))
	}
}

func (b *Builder) pppoe() {
	b.put(0x11, byte(pick(b.r, []uint32{0, 0, 0, 9})))
	b.u16(b.num(16))
	b.u16(b.r.Uint32N(100))
	b.pppProtocol(b.etherType())
}

// pppNumbers are PPP's protocol numbers of what has an EtherType.
var pppNumbers = map[uint16]uint32{0x0800: 0x0021, 0x86dd: 0x0057, 0x8847: 0x0281, 0x8848: 0x0283, 0x8137: 0x002b, 0x6003: 0x0027, 0x809b: 0x0029}

func (b *Builder) pppProtocol(t uint16) {
	n, ok := pppNumbers[t]
	if !ok {
		n = b.of(16, 0xc021, 0x0023, 0x0031, 0x002d, 0x002f)
	}
	b.u16(n)
	b.carry(t)
}

func (b *Builder) ipProto() uint8 {
	return uint8(b.of(8, 6, 6, 6, 17, 17, 17, 1, 58, 132, 51, 2, 4, 41, 0, 43, 44, 60, 50, 47, 103, 112))
}

func (b *Builder) ipv4() {
	words := uint32(5)
	if b.chance(4) {
		words = b.r.Uint32N(16)
	}
	at := len(b.b)
	version := uint32(0x40)
	if b.chance(20) {
		version = b.r.Uint32() & 0xf0
	}
	b.u8(version | words)
	b.u8(b.num(8))
	b.u16(b.num(16))
	b.u16(b.r.Uint32())
	b.u16(pick(b.r, []uint32{0, 0, 0, 0x4000, 0x2000, 0x2001, 0x1fff, b.num(16)}))
	b.u8(b.num(8))
	p := b.ipProto()
	b.u8(uint32(p))
	b.u16(b.r.Uint32())
	b.ip4()
	b.ip4()
	if extra := int(words)*4 - 20; extra > 0 {
		b.noise(extra)
	}
	b.transport(p)
	if !b.chance(4) {
		b.set16(at+2, uint32(len(b.b)-at))
	}
}

func (b *Builder) ipv6() {
	b.u32(0x60000000 | b.r.Uint32N(1<<20))
	at := len(b.b)
	b.u16(b.num(16))
	p := b.ipProto()
	b.u8(uint32(p))
	b.u8(b.num(8))
	b.ip6()
	b.ip6()
	b.transport(p)
	if !b.chance(4) {
		b.set16(at, uint32(len(b.b)-at-36))
	}
}

func (b *Builder) transport(p uint8) {
	if f := transports[p]; f != nil && b.deeper() {
		f(b)
		return
	}
	b.payload()
}

func (b *Builder) extension() {
	p := b.ipProto()
	n := b.r.Uint32N(3)
	b.u8(uint32(p))
	b.u8(n)
	b.noise(6 + 8*int(n))
	b.transport(p)
}

func (b *Builder) fragment6() {
	p := b.ipProto()
	b.u8(uint32(p))
	b.u8(0)
	b.u16(pick(b.r, []uint32{0, 1, 8, b.num(16)}))
	b.u32(b.r.Uint32())
	b.transport(p)
}

func (b *Builder) ah() {
	p := b.ipProto()
	n := b.r.Uint32N(5)
	b.u8(uint32(p))
	b.u8(n)
	b.noise(6 + 4*int(n))
	b.transport(p)
}

func (b *Builder) gre() {
	t := b.etherType()
	b.u16(0)
	b.u16(uint32(t))
	b.carry(t)
}

func (b *Builder) ports(known ...uint32) {
	for range 2 {
		b.u16(b.of(16, append(known, b.num(16), b.num(16), b.num(16))...))
	}
}

func (b *Builder) tcp() {
	b.ports()
	b.u32(b.r.Uint32())
	b.u32(b.r.Uint32())
	b.u8(pick(b.r, []uint32{0x50, 0x50, 0x80, b.num(8)}))
	b.u8(b.of(8, 2, 0x12, 0x10, 0x18, 1, 4, 0x11, 0xff))
	b.u16(b.num(16))
	b.u32(b.r.Uint32())
	b.u32(b.num(32))
	b.payload()
}

func (b *Builder) sctp() {
	b.ports()
	b.u32(b.r.Uint32())
	b.u32(b.r.Uint32())
	b.u8(b.num(8))
	b.payload()
}

func (b *Builder) icmp() {
	b.u8(b.of(8, 0, 3, 8, 11, 128, 129, 133, 134, 135, 136))
	b.u8(b.num(8))
	b.u32(b.num(32))
	b.payload()
}

func (b *Builder) udp() {
	b.u16(b.num(16))
	port := b.of(16, b.num(16), b.num(16), 6081, 4789)
	b.u16(port)
	b.u16(b.num(16))
	b.u16(b.r.Uint32())
	switch {
	case port == 6081 && b.deeper():
		b.geneve()
	case port == 4789 && b.deeper():
		b.vxlan()
	default:
		b.payload()
	}
}

func (b *Builder) geneve() {
	words := pick(b.r, []uint32{0, 0, 1, 2, b.r.Uint32N(64)})
	b.u8(pick(b.r, []uint32{0, 0, 0, 0x40, 0x80}) | words)
	b.u8(b.r.Uint32() & 0xc0)
	t := pick(b.r, []uint16{0x6558, 0x6558, 0x0800, 0x86dd, b.etherType()})
	b.u16(uint32(t))
	b.u32(b.num(24)<<8 | b.r.Uint32N(2))
	b.noise(int(words) * 4)
	b.carry(t)
}

func (b *Builder) vxlan() {
	b.u32(pick(b.r, []uint32{0x08000000, 0x08000000, 0, b.r.Uint32()}))
	b.u32(b.num(24) << 8)
	b.innerEthernet()
}

func (b *Builder) innerEthernet() { b.ethernet(b.etherType()) }

func (b *Builder) arp() {
	b.u16(b.of(16, 1, 6))
	b.u16(b.of(16, 0x0800))
	b.put(6, 4)
	b.u16(b.of(16, 1, 2, 3, 4))
	b.mac()
	b.ip4()
	b.mac()
	b.ip4()
	b.payload()
}

// decnet writes a routing header, short or long, padded or not.
func (b *Builder) decnet() {
	b.put(byte(b.r.Uint32()), 0)
	if b.chance(2) {
		b.u8(0x81)
	}
	long := b.chance(2)
	if long {
		b.one(0x06, 0x26, 0x07)
		b.noise(2)
		b.put(0xaa, 0, 4, 0)
		b.u16(b.num(16))
		b.noise(2)
		b.put(0xaa, 0, 4, 0)
		b.u16(b.num(16))
		b.noise(4)
		return
	}
	b.one(0x02, 0x0a, 0x12)
	b.u16(b.num(16))
	b.u16(b.num(16))
	b.payload()
}

// llc writes an 802.2 LLC header: SNAP for an EtherType, or one of the protocols with a SAP of their own.
func (b *Builder) llc(t uint16) {
	switch {
	case !b.chance(3):
		oui := pick(b.r, [][3]byte{{}, {}, {}, {8, 0, 7}, {0, 0, 0xf8}})
		b.put(0xaa, 0xaa, 3, oui[0], oui[1], oui[2])
		b.u16(uint32(t))
		b.carry(t)
	case b.chance(2):
		b.isis()
	default:
		sap := b.of(8, 0x42, 0xf0, 0xe0, 0xff, 0xfe, 0x06, 0xaa)
		b.u8(sap)
		b.u8(pick(b.r, []uint32{sap, sap, sap | 1}))
		b.u8(b.of(8, 3, 1, 5, 9, 0, 2, 0x13, 0x63, 0x43, 0x6f, 0xe3, 0xaf, 0x87))
		b.u8(b.r.Uint32())
		b.payload()
	}
}

// isis writes an ISO packet: CLNP, ES-IS or IS-IS with its PDU types.
func (b *Builder) isis() {
	b.put(0xfe, 0xfe, 3)
	b.u8(b.of(8, 0x81, 0x82, 0x83, 0x83, 0x83))
	b.noise(3)
	b.u8(b.of(8, 15, 16, 17, 18, 20, 24, 25, 26, 27))
	b.noise(8)
	b.payload()
}

// ethernet writes an Ethernet II header, or 802.3 with LLC.
func (b *Builder) ethernet(t uint16) {
	b.mac()
	b.mac()
	if !b.chance(5) {
		b.u16(uint32(t))
		b.carry(t)
		return
	}
	at := len(b.b)
	b.u16(0)
	if b.chance(8) {
		b.put(0xff, 0xff) // IPX directly in 802.3
		b.payload()
	} else {
		b.llc(t)
	}
	n := uint32(len(b.b) - at - 2)
	if b.chance(4) {
		n = pick(b.r, []uint32{1500, 1501, 1499, 0})
	}
	b.set16(at, n)
}

// bare writes no header: IP at once, or something that is not.
func (b *Builder) bare(t uint16) {
	if t != 0x0800 && t != 0x86dd {
		t = pick(b.r, []uint16{0x0800, 0x86dd, 0x0800, 0x86dd, 0})
	}
	b.carry(t)
}

// family is the address family of an EtherType, with the numbers that IPv6 has on different systems.
func (b *Builder) family(t uint16) uint32 {
	switch t {
	case 0x0800:
		return 2
	case 0x86dd:
		return pick(b.r, []uint32{10, 24, 28, 30, 23})
	}
	return b.num(8)
}

func (b *Builder) null(t uint16) {
	b.b = binary.LittleEndian.AppendUint32(b.b, b.family(t))
	b.carry(t)
}

func (b *Builder) loop(t uint16) {
	b.u32(b.family(t))
	b.carry(t)
}

func (b *Builder) sll(t uint16) {
	b.u16(b.of(16, 0, 1, 2, 3, 4))
	b.u16(b.of(16, 1, 772, 778, 801, 824))
	b.u16(6)
	b.mac()
	b.noise(2)
	if b.chance(5) {
		b.u16(pick(b.r, []uint32{1, 4, 12}))
		b.llc(t)
		return
	}
	b.u16(uint32(t))
	b.carry(t)
}

func (b *Builder) sll2(t uint16) {
	llc := b.chance(5)
	if llc {
		b.u16(pick(b.r, []uint32{1, 4, 12}))
	} else {
		b.u16(uint32(t))
	}
	b.u16(0)
	b.u32(b.num(16))
	b.u16(b.of(16, 1, 772))
	b.u8(b.of(8, 0, 1, 2, 3, 4))
	b.u8(6)
	b.mac()
	b.noise(2)
	if llc {
		b.llc(t)
		return
	}
	b.carry(t)
}

func (b *Builder) tokenRing(t uint16) {
	b.put(0x10, 0x40)
	b.mac()
	at := len(b.b)
	b.mac()
	if b.chance(4) { // a routing information field
		b.b[at] |= 0x80
		n := 2 + 2*b.r.IntN(4)
		b.u8(uint32(n))
		b.noise(n - 1)
	}
	b.llc(t)
}

func (b *Builder) fddi(t uint16) {
	b.u8(b.of(8, 0x50, 0x57))
	b.mac()
	b.mac()
	b.llc(t)
}

func (b *Builder) ipOverFC(t uint16) {
	b.noise(2)
	b.mac()
	b.noise(2)
	b.mac()
	b.llc(t)
}

// arcNumbers are ARCnet's protocol identifiers.
var arcNumbers = map[uint16][]uint32{0x0800: {212, 240}, 0x0806: {213, 241}, 0x8035: {214}, 0x86dd: {196}, 0x809b: {221}}

func (b *Builder) arcnet(t uint16) {
	b.u8(b.num(8))
	b.u8(b.num(8))
	if b.link.DLT == 129 {
		b.noise(2)
	}
	if ids := arcNumbers[t]; ids != nil {
		b.u8(pick(b.r, ids))
	} else {
		b.u8(b.num(8))
	}
	if b.link.DLT == 7 && b.chance(2) {
		b.noise(3)
	}
	b.carry(t)
}

func (b *Builder) slip(t uint16) {
	b.one(0, 1, 2)
	b.noise(15)
	b.bare(t)
}

func (b *Builder) slipBSDOS(t uint16) {
	b.noise(24)
	b.bare(t)
}

func (b *Builder) ppp(t uint16) {
	if b.link.DLT == 166 || b.chance(4) {
		b.one(0, 1)
		b.u8(3)
	} else {
		b.put(0xff, 3)
	}
	b.pppProtocol(t)
}

func (b *Builder) pppBSDOS(t uint16) {
	b.noise(5)
	b.pppProtocol(t)
	for len(b.b) < 24 {
		b.payload()
		b.u8(0)
	}
}

func (b *Builder) pppEther(t uint16) {
	b.put(0x11, 0)
	b.u16(b.num(16))
	b.noise(2)
	b.pppProtocol(t)
}

func (b *Builder) hdlc(t uint16) {
	b.one(0x0f, 0x8f)
	b.u8(0)
	if b.chance(6) {
		b.u16(0x00fe)
		b.isis()
		return
	}
	b.u16(uint32(t))
	b.carry(t)
}

func (b *Builder) frameRelay(t uint16) {
	nlpid := map[uint16]byte{0x0800: 0xcc, 0x86dd: 0x8e}[t]
	if nlpid == 0 {
		nlpid = byte(b.of(8, 0x80, 0x81, 0x82, 0x83))
	}
	b.put(0x18, 0x41, 3, nlpid)
	b.carry(t)
}

func (b *Builder) symantec(t uint16) {
	b.noise(6)
	b.u16(uint32(t))
	b.noise(36)
	b.carry(t)
}

func (b *Builder) enc(t uint16) {
	b.u32(b.family(t))
	b.noise(8)
	b.carry(t)
}

// pflog writes the header of the packet filter log, whose first byte is its length.
func (b *Builder) pflog(t uint16) {
	b.u8(pick(b.r, []uint32{61, 61, 64, 45, b.num(8)}))
	b.u8(b.family(t))
	b.u8(b.num(3))
	b.u8(b.num(4))
	name := pick(b.r, []string{"en0", "em1", "lo", "foo"})
	b.put(append([]byte(name), make([]byte, 16-len(name))...)...)
	rules := pick(b.r, []string{"", "foo", "en0"})
	b.put(append([]byte(rules), make([]byte, 16-len(rules))...)...)
	b.u32(b.num(8))
	b.u32(b.num(8))
	b.noise(16)
	b.one(0, 1, 2)
	b.noise(3)
	b.carry(t)
}

func (b *Builder) wlan(t uint16) {
	kind := pick(b.r, []uint32{0x08, 0x08, 0x08, 0x88, 0x88, b.num(8) & 0xfc, b.r.Uint32() & 0xfc})
	b.u8(kind)
	ds := b.r.Uint32N(4)
	b.u8(ds | pick(b.r, []uint32{0, 0, 0x40, b.r.Uint32() & 0xfc}))
	b.noise(2)
	b.mac()
	b.mac()
	b.mac()
	b.noise(2)
	if ds == 3 {
		b.mac()
	}
	if kind&0x8c == 0x88 {
		b.noise(2)
	}
	b.llc(t)
}

func (b *Builder) radiotap(t uint16) {
	n := pick(b.r, []int{8, 12, 18, 25, 26})
	b.put(0, 0, byte(n), 0)
	b.noise(n - 4)
	b.wlan(t)
}

func (b *Builder) ppi(t uint16) {
	n := pick(b.r, []int{8, 12, 32})
	b.put(0, 0, byte(n), 0)
	b.b = binary.LittleEndian.AppendUint32(b.b, pick(b.r, []uint32{105, 105, 105, 1, b.num(8)}))
	b.noise(n - 8)
	b.wlan(t)
}

func (b *Builder) prism(t uint16) {
	if b.chance(2) {
		b.avs(t)
		return
	}
	b.put(0x44, 0, 0, 0, 144, 0, 0, 0)
	b.noise(136)
	b.wlan(t)
}

func (b *Builder) avs(t uint16) {
	n := pick(b.r, []uint32{64, 64, 68, 8})
	b.u32(0x80211001)
	b.u32(n)
	b.noise(int(n) - 8)
	b.wlan(t)
}

func (b *Builder) sunATM(t uint16) {
	b.u8(b.of(8, 1, 2, 5, 6, 0x81, 0x82, 0x85))
	b.u8(b.num(8))
	b.u16(b.of(16, 0, 1, 2, 3, 4, 5, 16, b.num(16)))
	switch b.r.IntN(3) {
	case 0:
		b.u16(b.of(16, 1, 0xff00))
		b.ethernet(t)
	case 1:
		b.noise(5)
		b.u8(b.of(8, 0x05, 0x02, 0x07, 0x0f, 0x4d, 0x5a))
		b.payload()
	default:
		b.llc(t)
	}
}

// juniper writes the magic number and flags, with and without the Juniper extension and layer 2 header.
func (b *Builder) juniper(t uint16) {
	b.put(0x4d, 0x47, 0x43, byte(b.r.Uint32()))
	b.noise(b.r.IntN(24))
	switch b.r.IntN(4) {
	case 0:
		b.ethernet(t)
	case 1:
		b.llc(t)
	case 2:
		b.ppp(t)
	default:
		b.carry(t)
	}
}

func (b *Builder) firewire(t uint16) {
	b.noise(16)
	b.u16(uint32(t))
	b.carry(t)
}

func (b *Builder) ipnet(t uint16) {
	b.u8(1)
	b.u8(pick(b.r, []uint32{2, 26, b.num(8)}))
	b.u16(b.of(16, 1, 2))
	b.noise(20)
	b.bare(t)
}

func (b *Builder) netAnalyzer(t uint16) {
	b.noise(4)
	b.ethernet(t)
}

func (b *Builder) netAnalyzerTransparent(t uint16) {
	b.noise(4)
	b.put(0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0xd5)
	b.ethernet(t)
}

func (b *Builder) ipoib(t uint16) {
	b.noise(40)
	b.u16(uint32(t))
	b.u16(0)
	b.carry(t)
}

func (b *Builder) dsaBRCM(t uint16) {
	b.mac()
	b.mac()
	b.noise(4)
	b.u16(uint32(t))
	b.carry(t)
}

func (b *Builder) dsa(t uint16) {
	b.mac()
	b.mac()
	b.u8(pick(b.r, []uint32{0, 0x40, 0x80, 0xc0}) | b.num(5))
	b.noise(3)
	b.u16(uint32(t))
	b.carry(t)
}

// random writes noise where a link-layer header is not known, then IP now and then.
func (b *Builder) random(t uint16) {
	for range b.r.IntN(24) {
		b.u8(b.num(8))
	}
	if b.chance(2) {
		b.carry(t)
		return
	}
	b.payload()
}
