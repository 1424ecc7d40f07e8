package witness

import (
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"iter"
	"slices"
	"strings"
	"sync"
)

// role is what a field means for the rest of the packet.
type role uint8

const (
	plain        role = iota
	follows           // says what comes behind the header
	version           // of IP, which alone may say what comes
	bottom            // the bottom of a stack of MPLS labels
	offset            // of a fragment: if it is not 0, what follows is no header
	content           // says what the data are (ICMP's type)
	headerLength      // in words of 4 bytes
	length            // of what follows
	derived           // a checksum
	fixed             // has one right value
	listed            // has one of the likely values
	shape             // says which form the header has, or the next
)

// field is a part of a header.
type field struct {
	name      string
	off, size int // bytes
	bits      uint32
	role      role
	next      func(v uint32) *kind
	likely    []uint32 // values to try first
}

// mask is which bits of the bytes the field has.
func (f *field) mask() uint32 {
	if f.bits == 0 {
		return uint32(uint64(1)<<(8*f.size) - 1)
	}
	return f.bits
}

func (f *field) shift() (n int) {
	for m := f.mask(); m&1 == 0; m >>= 1 {
		n++
	}
	return n
}

func (f *field) word(b []byte) (v uint32) {
	for _, c := range b[f.off : f.off+f.size] {
		v = v<<8 | uint32(c)
	}
	return v
}

func (f *field) get(b []byte) uint32 {
	if f.size > 4 || f.off+f.size > len(b) {
		return 0
	}
	return f.word(b) & f.mask() >> f.shift()
}

func (f *field) put(b []byte, v uint32) {
	w := f.word(b)&^f.mask() | v<<f.shift()&f.mask()
	for i := f.size - 1; i >= 0; i-- {
		b[f.off+i] = byte(w)
		w >>= 8
	}
}

// pin keeps the field as it is.
func (f *field) pin(l *layer) {
	for i := range f.size {
		l.pin[f.off+i] |= byte(f.mask() >> (8 * (f.size - 1 - i)))
	}
}

// kind is a kind of header.
type kind struct {
	name   string
	head   string // in hexadecimal, as it is at first
	start  []byte // the same, where head is empty
	fields []field
	least  int    // bytes, where the header's length varies
	data   []byte // what it carries at first where that is no header
	// contents are the data by the value of the field that tells it.
	contents map[uint32][]byte
	// fill writes lengths and checksums; b begins with the header and ends with the packet.
	fill func(s *stack, i int, b []byte)
	// measure is what the length field is to be.
	measure func(s *stack, i int) int
	// carries is what stands behind the header where no field says it.
	carries *kind
	// form is which kind the header is that stands at place i of a stack and begins with b; nil where there is no choice.
	form func(s *stack, i int, b []byte) *kind
	// settle adds the headers that follow at first; nil: what carries says.
	settle func(s *stack, i int)
}

func (k *kind) fresh() []byte {
	if k.start != nil {
		return slices.Clone(k.start)
	}
	b, err := hex.DecodeString(strings.ReplaceAll(k.head, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// all visits the fields.
func (k *kind) all() iter.Seq[*field] {
	return func(yield func(*field) bool) {
		for i := range k.fields {
			if !yield(&k.fields[i]) {
				return
			}
		}
	}
}

// announces tells whether a field of the header says what comes behind it.
func (k *kind) announces() bool {
	return slices.ContainsFunc(k.fields, func(f field) bool { return f.role == follows })
}

// behind adds what the field that says it announces at first.
func behind(s *stack, i int) {
	for f := range s.layers[i].kind.all() {
		if f.role == follows {
			if k := f.next(f.get(s.layers[i].b)); k != nil {
				s.push(k)
			}
			return
		}
	}
}

func rest(s *stack, i int) int { return s.size() - s.start(i) }

// The kinds of header. They refer to each other, so init puts in what they are; after that
// nothing changes them.
var (
	ethernet  = new(kind)
	llc       = new(kind)
	snap      = new(kind)
	stp       = new(kind)
	vlan      = new(kind)
	mpls      = new(kind)
	pppoes    = new(kind)
	ppp       = new(kind)
	pppoed    = new(kind)
	arp       = new(kind)
	lldp      = new(kind)
	appleTalk = new(kind)
	aarp      = new(kind)
	decnet    = new(kind)
	other     = new(kind)

	ipv4        = new(kind)
	ipv6        = new(kind)
	hopByHop    = new(kind)
	routing     = new(kind)
	fragment    = new(kind)
	destination = new(kind)
	ah          = new(kind)
	esp         = new(kind)
	gre         = new(kind)
	noNext      = new(kind)
	someIP      = new(kind)

	tcp    = new(kind)
	udp    = new(kind)
	sctp   = new(kind)
	icmp   = new(kind)
	icmp6  = new(kind)
	igmp   = new(kind)
	ospf   = new(kind)
	pim    = new(kind)
	vrrp   = new(kind)
	eigrp  = new(kind)
	vxlan  = new(kind)
	geneve = new(kind)

	familyHeader = new(kind)
	familyLoop   = new(kind)
	cooked       = new(kind)
	cooked2      = new(kind)
	pppSerial    = new(kind)
	chdlc        = new(kind)
)

func byEtherType(v uint32) *kind {
	switch v {
	case 0x0800:
		return ipv4
	case 0x86dd:
		return ipv6
	case 0x0806, 0x8035:
		return arp
	case 0x8100, 0x88a8, 0x9100:
		return vlan
	case 0x8847, 0x8848:
		return mpls
	case 0x8863:
		return pppoed
	case 0x8864:
		return pppoes
	case 0x88cc:
		return lldp
	case 0x6558:
		return ethernet
	case 0x809b:
		return appleTalk
	case 0x80f3:
		return aarp
	case 0x6003:
		return decnet
	}
	if v <= 1500 {
		return llc
	}
	return other
}

func byCookedType(v uint32) *kind {
	if v == 4 {
		return llc
	}
	if v < 1536 {
		return other
	}
	return byEtherType(v)
}

func byInnerType(v uint32) *kind {
	if v < 1536 {
		return other
	}
	return byEtherType(v)
}

func byPPP(v uint32) *kind {
	switch v {
	case 0x0021:
		return ipv4
	case 0x0057:
		return ipv6
	case 0x0281:
		return mpls
	}
	return other
}

func byProtocol(v uint32) *kind {
	switch v {
	case 0:
		return hopByHop
	case 1:
		return icmp
	case 2:
		return igmp
	case 4:
		return ipv4
	case 6:
		return tcp
	case 17:
		return udp
	case 41:
		return ipv6
	case 43:
		return routing
	case 44:
		return fragment
	case 47:
		return gre
	case 50:
		return esp
	case 51:
		return ah
	case 58:
		return icmp6
	case 59:
		return noNext
	case 60:
		return destination
	case 88:
		return eigrp
	case 89:
		return ospf
	case 103:
		return pim
	case 112:
		return vrrp
	case 132:
		return sctp
	}
	return someIP
}

func byDSAP(v uint32) *kind {
	switch v {
	case 0xaa:
		return snap
	case 0x42:
		return stp
	}
	return other
}

func byFamily(v uint32) *kind {
	if v > 0xffff {
		v = v>>24 | v>>8&0xff00
	}
	switch v {
	case 2:
		return ipv4
	case 10, 24, 28, 30:
		return ipv6
	}
	return other
}

func byPort(v uint32) *kind {
	switch v {
	case 4789:
		return vxlan
	case 6081:
		return geneve
	}
	return nil
}

var (
	etherTypes = []uint32{0x0800, 0x86dd, 0x0806, 0x88cc, 0x8100, 0x88b5, 0x88b6}
	protocols  = []uint32{6, 17, 1, 132, 2, 253, 254}
	next6      = []uint32{6, 17, 58, 132, 44, 253, 254}
)

// makeKinds fills in the kinds when the first packet is made: programs that only contain this package do not wait for it.
var makeKinds = sync.OnceFunc(func() {
	initEthernet()
	initLinks()
	initWLAN()
	initIP()
	initTransport()
})

// initEthernet sets Ethernet and what it alone carries.
func initEthernet() {
	*ethernet = kind{name: "Ethernet", head: "020000000002 020000000001 0800", settle: behind, fields: []field{
		{name: "destination MAC", off: 0, size: 6}, {name: "source MAC", off: 6, size: 6},
		{name: "EtherType", off: 12, size: 2, role: follows, next: byEtherType, likely: append(etherTypes, 38)},
	}, fill: lengthOfLLC(12)}
	*llc = kind{name: "LLC", head: "aaaa03", settle: behind, fields: []field{
		{name: "DSAP", off: 0, size: 1, role: follows, next: byDSAP, likely: []uint32{0xaa, 0x42, 0x04}},
		{name: "SSAP", off: 1, size: 1}, {name: "control", off: 2, size: 1},
	}}
	*snap = kind{name: "SNAP", head: "000000 0800", settle: behind, fields: []field{
		{name: "OUI", off: 0, size: 3}, {name: "SNAP type", off: 3, size: 2, role: follows, next: byInnerType, likely: etherTypes},
	}}
	*stp = kind{name: "STP", head: "0000 00 00 00 8000020000000001 00000000 8000020000000001 8001 0000 1400 0200 0f00"}
	*vlan = kind{name: "VLAN", head: "0001 0800", settle: behind, fields: []field{
		{name: "VLAN", off: 0, size: 2, bits: 0x0fff}, {name: "priority", off: 0, size: 2, bits: 0xe000},
		{name: "EtherType", off: 2, size: 2, role: follows, next: byEtherType, likely: etherTypes},
	}, fill: lengthOfLLC(2)}
	*mpls = kind{name: "MPLS", head: "00010140", fields: []field{
		{name: "label", off: 0, size: 4, bits: 0xfffff000}, {name: "bottom of stack", off: 2, size: 1, bits: 1, role: bottom},
		{name: "time to live", off: 3, size: 1},
	}, carries: ipv4}
	*pppoes = kind{name: "PPPoE", head: "11 00 0001 0000", fields: []field{
		{name: "PPPoE version", off: 0, size: 1, role: fixed}, {name: "PPPoE code", off: 1, size: 1, role: fixed}, {name: "session", off: 2, size: 2},
		{name: "PPPoE length", off: 4, size: 2, role: length},
	}, measure: func(s *stack, i int) int { return rest(s, i) - 6 }, carries: ppp}
	pppoes.fill = fillLength
	*ppp = kind{name: "PPP", head: "0021", settle: behind, fields: []field{
		{name: "PPP protocol", off: 0, size: 2, role: follows, next: byPPP, likely: []uint32{0x0021, 0x0057, 0xc021}},
	}}
	*pppoed = kind{name: "PPPoE discovery", head: "11 09 0000 0000", data: []byte{1, 1, 0, 0}, fields: []field{
		{name: "PPPoE version", off: 0, size: 1, role: fixed}, {name: "PPPoE code", off: 1, size: 1}, {name: "session", off: 2, size: 2},
		{name: "PPPoE length", off: 4, size: 2, role: length},
	}, measure: func(s *stack, i int) int { return rest(s, i) - 6 }}
	pppoed.fill = fillLength
	*arp = kind{name: "ARP", head: "0001 0800 06 04 0001 020000000001 c0000201 000000000000 c0000202", fields: []field{
		{name: "hardware type", off: 0, size: 2}, {name: "protocol type", off: 2, size: 2, role: fixed}, {name: "hardware address length", off: 4, size: 1, role: fixed},
		{name: "protocol address length", off: 5, size: 1, role: fixed}, {name: "operation", off: 6, size: 2, likely: []uint32{1, 2}},
		{name: "sender MAC", off: 8, size: 6}, {name: "sender", off: 14, size: 4}, {name: "target MAC", off: 18, size: 6}, {name: "target", off: 24, size: 4},
	}}
	*lldp = kind{name: "LLDP", head: "0207 04 020000000001 0403 07 3031 0602 0078 0000"}
	*appleTalk = kind{name: "AppleTalk", head: "0012 0000 0001 0001 01 02 04 04 04", data: []byte{1, 0, 0, 0, 0}}
	*decnet = kind{name: "DECnet", head: "0d00 02 0104 0204 00", data: hexBytes("04 0100 0200 0180")} // an acknowledgment of data
	*aarp = kind{name: "AARP", head: "0001 809b 06 04 0001 020000000001 00000101 000000000000 00000102"}
	*other = kind{name: "data", data: []byte("0123456789")}
}

// lengthOfLLC gives a fill that writes the length of what follows if that is LLC, in the place
// of an EtherType.
func lengthOfLLC(at int) func(s *stack, i int, b []byte) {
	return func(s *stack, i int, b []byte) {
		if i+1 < len(s.layers) && s.layers[i+1].kind == llc {
			binary.BigEndian.PutUint16(b[at:], uint16(len(b)-at-2))
		}
	}
}

// fillLength writes the length field.
func fillLength(s *stack, i int, b []byte) {
	k := s.layers[i].kind
	for f := range k.all() {
		if f.role == length {
			f.put(b, uint32(k.measure(s, i)))
		}
	}
}

// initLinks sets the headers of other link-layer types than Ethernet.
func initLinks() {
	families := []uint32{0x02000000, 0x1e000000, 0x07000000}
	*familyHeader = kind{name: "family", head: "02000000", settle: behind, fields: []field{
		{name: "address family", off: 0, size: 4, role: follows, next: byFamily, likely: families},
	}}
	*familyLoop = kind{name: "family", head: "00000002", settle: behind, fields: []field{
		{name: "address family", off: 0, size: 4, role: follows, next: byFamily, likely: []uint32{2, 30, 7}},
	}}
	*cooked = kind{name: "cooked", head: "0000 0001 0006 020000000001 0000 0800", settle: behind, fields: []field{
		{name: "packet type", off: 0, size: 2, likely: []uint32{0, 1, 2, 3, 4}}, {name: "hardware type", off: 2, size: 2}, {name: "address length", off: 4, size: 2},
		{name: "source MAC", off: 6, size: 6}, {name: "protocol", off: 14, size: 2, role: follows, next: byCookedType, likely: etherTypes},
	}}
	*cooked2 = kind{name: "cooked", head: "0800 0000 00000002 0001 00 06 020000000001 0000", settle: behind, fields: []field{
		{name: "protocol", off: 0, size: 2, role: follows, next: byCookedType, likely: etherTypes},
		{name: "interface", off: 4, size: 4}, {name: "hardware type", off: 8, size: 2}, {name: "packet type", off: 10, size: 1, likely: []uint32{0, 1, 2, 3, 4}},
		{name: "address length", off: 11, size: 1}, {name: "source MAC", off: 12, size: 6},
	}}
	*pppSerial = kind{name: "PPP", head: "ff03 0021", settle: behind, fields: []field{
		{name: "PPP address", off: 0, size: 1}, {name: "PPP protocol", off: 2, size: 2, role: follows, next: byPPP, likely: []uint32{0x0021, 0x0057, 0xc021}},
	}}
	*chdlc = kind{name: "Cisco HDLC", head: "0f00 0800", settle: behind, fields: []field{
		{name: "protocol", off: 2, size: 2, role: follows, next: byInnerType, likely: etherTypes},
	}}
}

// sum16 adds 16-bit words as RFC 1071 has it.
func sum16(b []byte, sum uint32) uint32 {
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return sum
}

// pseudo is the sum of the pseudo header of the IP header that layer i stands in.
func (s *stack) pseudo(i int, protocol byte, size int) uint32 {
	at := s.under(i)
	if at < 0 {
		return 0
	}
	b := s.layers[at].b
	addresses := b[12:20]
	if s.layers[at].kind == ipv6 {
		addresses = b[8:40]
	}
	return sum16(addresses, uint32(protocol)+uint32(size)&0xffff+uint32(size)>>16)
}

// checksum gives a fill that sums up a header and all behind it; with the pseudo header
// of a protocol always, or over IPv6 only.
func checksum(at int, protocol byte, always bool) func(s *stack, i int, b []byte) {
	return func(s *stack, i int, b []byte) {
		var sum uint32
		if u := s.under(i); always || u >= 0 && s.layers[u].kind == ipv6 {
			sum = s.pseudo(i, protocol, len(b))
		}
		b[at], b[at+1] = 0, 0
		v := ^uint16(sum16(b, sum))
		if v == 0 && protocol == 17 {
			v = 0xffff
		}
		binary.BigEndian.PutUint16(b[at:], v)
	}
}

func initIP() {
	*ipv4 = kind{name: "IPv4", head: "45 00 0000 0001 0000 40 06 0000 c0000201 c6336402", least: 20, settle: behind, fields: []field{
		{name: "version", off: 0, size: 1, bits: 0xf0, role: version}, {name: "header length", off: 0, size: 1, bits: 0x0f, role: headerLength, likely: []uint32{5, 6}},
		{name: "type of service", off: 1, size: 1}, {name: "total length", off: 2, size: 2, role: length}, {name: "identification", off: 4, size: 2},
		{name: "flags", off: 6, size: 1, bits: 0xe0, likely: []uint32{0, 2, 1}}, {name: "fragment offset", off: 6, size: 2, bits: 0x1fff, role: offset, likely: []uint32{0, 8}},
		{name: "time to live", off: 8, size: 1}, {name: "protocol", off: 9, size: 1, role: follows, next: byProtocol, likely: protocols},
		{name: "header checksum", off: 10, size: 2, role: derived}, {name: "source", off: 12, size: 4}, {name: "destination", off: 16, size: 4},
	}, measure: rest, fill: func(s *stack, i int, b []byte) {
		fillLength(s, i, b)
		for k, p := range s.layers[i].pin { // the checksum is over what is sent
			b[k] = b[k]&^p | s.layers[i].b[k]&p
		}
		n := len(s.layers[i].b)
		b[10], b[11] = 0, 0
		binary.BigEndian.PutUint16(b[10:], ^uint16(sum16(b[:n], 0)))
	}}
	*ipv6 = kind{name: "IPv6", head: "60000000 0000 06 40 20010db8000000000000000000000001 20010db8000000000000000000000002", settle: behind, fields: []field{
		{name: "version", off: 0, size: 1, bits: 0xf0, role: version}, {name: "traffic class", off: 0, size: 2, bits: 0x0ff0}, {name: "flow label", off: 0, size: 4, bits: 0xfffff},
		{name: "payload length", off: 4, size: 2, role: length}, {name: "next header", off: 6, size: 1, role: follows, next: byProtocol, likely: next6},
		{name: "hop limit", off: 7, size: 1}, {name: "source", off: 8, size: 16}, {name: "destination", off: 24, size: 16},
	}, measure: func(s *stack, i int) int { return rest(s, i) - 40 }, fill: fillLength}
	next := field{name: "next header", off: 0, size: 1, role: follows, next: byProtocol, likely: next6}
	extension := field{name: "header length", off: 1, size: 1, role: fixed}
	*hopByHop = kind{name: "hop-by-hop options", head: "06 00 0502 0000 0100", settle: behind, fields: []field{next, extension}}
	*destination = kind{name: "destination options", head: "06 00 010400000000", settle: behind, fields: []field{next, extension}}
	*routing = kind{name: "routing header", head: "06 02 04 00 00 00 0000 20010db8000000000000000000000002", settle: behind, fields: []field{next, extension, {name: "segments left", off: 3, size: 1}}}
	*fragment = kind{name: "fragment header", head: "06 00 0000 00000001", settle: behind, fields: []field{
		next, {name: "fragment offset", off: 2, size: 2, bits: 0xfff8, role: offset, likely: []uint32{0, 8}}, {name: "more fragments", off: 3, size: 1, bits: 1}, {name: "identification", off: 4, size: 4},
	}}
	*ah = kind{name: "AH", head: "06 04 0000 00000100 00000001 000102030405060708090a0b", settle: behind, fields: []field{
		next, {name: "header length", off: 1, size: 1, role: fixed}, {name: "SPI", off: 4, size: 4},
	}}
	*esp = kind{name: "ESP", head: "00000100 00000001", data: []byte("0123456789abcdef0123456789abcdef"), fields: []field{{name: "SPI", off: 0, size: 4}}}
	*gre = kind{name: "GRE", head: "0000 0800", settle: behind, fields: []field{
		{name: "GRE flags", off: 0, size: 2, role: fixed}, {name: "GRE protocol", off: 2, size: 2, role: follows, next: byInnerType, likely: []uint32{0x0800, 0x86dd, 0x6558}},
	}}
	*someIP = kind{name: "data", data: []byte("0123456789abcdef")}
	*noNext = kind{name: "no next header"}
}

func initTransport() {
	ports := func(next func(uint32) *kind) []field {
		f := []field{{name: "source port", off: 0, size: 2}, {name: "destination port", off: 2, size: 2}}
		if next != nil {
			f[1].role, f[1].next = follows, next
		}
		return f
	}
	*tcp = kind{name: "TCP", head: "9c40 c350 00000001 00000000 50 02 ffff 0000 0000", least: 20, fields: append(ports(nil),
		field{name: "sequence number", off: 4, size: 4}, field{name: "acknowledgment", off: 8, size: 4},
		field{name: "data offset", off: 12, size: 1, bits: 0xf0, role: headerLength, likely: []uint32{5, 6}},
		field{name: "flags", off: 13, size: 1, likely: []uint32{2, 0x12, 0x10, 0x18, 0x11, 4, 0x14}}, field{name: "window", off: 14, size: 2},
		field{name: "TCP checksum", off: 16, size: 2, role: derived}, field{name: "urgent pointer", off: 18, size: 2},
	), fill: checksum(16, 6, true)}
	*udp = kind{name: "UDP", head: "9c40 c350 0000 0000", fields: append(ports(byPort),
		field{name: "UDP length", off: 4, size: 2, role: length}, field{name: "UDP checksum", off: 6, size: 2, role: derived},
	), measure: rest, fill: func(s *stack, i int, b []byte) {
		fillLength(s, i, b)
		checksum(6, 17, true)(s, i, b)
	}}
	chunk, _ := hex.DecodeString("01000014" + "00000001" + "0000ffff" + "000a" + "000a" + "00000001")
	*sctp = kind{name: "SCTP", head: "9c40 c350 00000000 00000000", data: chunk, fields: append(ports(nil),
		field{name: "verification tag", off: 4, size: 4}, field{name: "SCTP checksum", off: 8, size: 4, role: derived},
	), fill: func(_ *stack, _ int, b []byte) {
		if n := len(b) - 12; n > len(chunk) { // longer than the association's start: data
			copy(b[12:], []byte{0, 3, byte(n >> 8), byte(n)})
		}
		clear(b[8:12])
		binary.LittleEndian.PutUint32(b[8:], crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
	}}
	*icmp = kind{name: "ICMP", head: "08 00 0000", data: echo, contents: icmpContents(), fields: []field{
		{name: "ICMP type", off: 0, size: 1, role: content, likely: []uint32{8, 0, 3, 11, 5, 13}}, {name: "ICMP code", off: 1, size: 1}, {name: "ICMP checksum", off: 2, size: 2, role: derived},
	}, fill: checksum(2, 1, false)}
	*icmp6 = kind{name: "ICMPv6", head: "80 00 0000", data: echo, contents: icmp6Contents(), fields: []field{
		{name: "ICMPv6 type", off: 0, size: 1, role: content, likely: []uint32{128, 129, 135, 136, 134, 133, 1, 3}}, {name: "ICMPv6 code", off: 1, size: 1},
		{name: "ICMPv6 checksum", off: 2, size: 2, role: derived},
	}, fill: checksum(2, 58, true)}
	*igmp = kind{name: "IGMP", head: "16 00 0000 e0010203", fields: []field{
		{name: "IGMP type", off: 0, size: 1, likely: []uint32{0x16, 0x17}}, {name: "IGMP checksum", off: 2, size: 2, role: derived}, {name: "group", off: 4, size: 4},
	}, fill: checksum(2, 2, false)}
	*ospf = kind{name: "OSPF", head: "02 01 002c c0000201 00000000 0000 0000 0000000000000000 ffffff00 000a 02 01 00000028 c0000201 00000000", fields: []field{
		{name: "OSPF checksum", off: 12, size: 2, role: derived},
	}, fill: checksum(12, 89, false), settle: func(s *stack, i int) {
		if u := s.under(i); u >= 0 && s.layers[u].kind == ipv6 {
			s.layers[i].b, s.layers[i].pin = slices.Clone(ospf3), make([]byte, len(ospf3))
		}
	}}
	*pim = kind{name: "PIM", head: "20 00 0000 0001 0002 0069", fields: []field{
		{name: "PIM checksum", off: 2, size: 2, role: derived},
	}, fill: checksum(2, 103, false)}
	*eigrp = kind{name: "EIGRP", head: "02 05 0000 00000000 00000000 00000000 00000001 0001 000c 01 00 01 00 00 00 000f", fields: []field{
		{name: "EIGRP checksum", off: 2, size: 2, role: derived},
	}, fill: checksum(2, 88, false)}
	*vrrp = kind{name: "VRRP", head: "21 01 64 01 00 01 0000 c0000201 0000000000000000", fields: []field{
		{name: "VRRP checksum", off: 6, size: 2, role: derived},
	}, fill: checksum(6, 112, false)}
	*vxlan = kind{name: "VXLAN", head: "08000000 00000100", carries: ethernet, fields: []field{
		{name: "VXLAN flags", off: 0, size: 1, role: fixed}, {name: "VNI", off: 4, size: 4, bits: 0xffffff00},
	}}
	*geneve = kind{name: "Geneve", head: "00 00 6558 00000100", settle: behind, fields: []field{
		{name: "Geneve version", off: 0, size: 1, role: fixed}, {name: "Geneve protocol", off: 2, size: 2, role: follows, next: byInnerType, likely: []uint32{0x6558, 0x0800, 0x86dd}},
		{name: "VNI", off: 4, size: 4, bits: 0xffffff00},
	}}
}
