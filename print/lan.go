package print

import "fmt"

// Local networks beside Ethernet: FDDI and token ring. What they carry is LLC.

// Frame control of FDDI: class, length of addresses and format in the upper half, and whole values that have names.
const (
	fddiKind     = 0xf0
	fddiLLCAsync = 0x50
	fddiSMT      = 0x40
)

var (
	fddiFrames = NamesT{0x40: "void", 0x80: "nrt", 0xc0: "rt", 0x41: "info", 0x4f: "nsa", 0xc2: "beacon", 0xc3: "claim"}
	fddiKinds  = NamesT{0xc0: "mac", fddiSMT: "smt", fddiLLCAsync: "async", 0xd0: "sync", 0x60: "imp_async", 0xe0: "imp_sync"}
)

// fddi prints a frame of FDDI.
func (d *dissector) fddi(v view) {
	const size = 13
	d.proto = "fddi"
	if len(v.b) < size {
		d.header(len(v.b))
		d.mark()
		return
	}
	control, a := v.u8(0), addresses{src: v.bytes(7, 6), dst: v.bytes(1, 6)}
	head := func() {
		if !d.Quiet {
			name, ok := fddiFrames[control]
			if kind, known := fddiKinds[control&fddiKind]; !ok && known {
				name = fmt.Sprintf("%s%x", kind, control&^fddiKind)
			} else if !ok {
				name = fmt.Sprintf("%02x", control)
			}
			d.print(name + " ")
		}
		d.printf("%s > %s, length %d: ", mac(a.src), mac(a.dst), v.length)
	}
	if d.LinkHeader {
		head()
	}
	payload := v.from(size)
	d.header(size)
	switch control & fddiKind {
	case fddiLLCAsync:
		d.llcOrBytes(payload, a)
	case fddiSMT:
		d.print("<SMT printer not yet implemented>")
	default:
		if !d.LinkHeader {
			head()
		}
		d.hexLines(payload)
	}
}

const (
	tokenRingHeader   = 14
	tokenRingLLC      = 1    // frame type
	tokenRingIsRouted = 0x80 // of the first byte of the source address
)

var (
	tokenRingBroadcasts = [8]string{"Non-Broadcast", "Non-Broadcast", "Non-Broadcast", "Non-Broadcast", "All-routes", "All-routes", "Single-route", "Single-route"}
	tokenRingDirections = [2]string{"Forward", "Backward"}
	tokenRingLargest    = [8]string{"516", "1500", "2052", "4472", "8144", "11407", "17800", "??"}
)

// tokenRing prints a frame of token ring (IEEE 802.5), which may have a route of rings and bridges in it.
func (d *dissector) tokenRing(v view) {
	d.proto = "token-ring"
	if len(v.b) < tokenRingHeader {
		d.header(tokenRingHeader)
		d.mark()
		return
	}
	routed := v.u8(8)&tokenRingIsRouted != 0
	a := addresses{src: append([]byte{}, v.bytes(8, 6)...), dst: v.bytes(2, 6)}
	a.src[0] &^= tokenRingIsRouted
	head := func() {
		if !d.Quiet {
			d.printf("%02x %02x ", v.u8(0), v.u8(1))
		}
		d.printf("%s > %s, length %d: ", mac(a.src), mac(a.dst), v.length)
	}
	if d.LinkHeader {
		head()
	}
	size := tokenRingHeader
	if routed {
		if size = d.tokenRingRoute(v); size == 0 {
			return
		}
	}
	payload := v.from(size)
	d.header(size)
	if v.u8(1)>>6 == tokenRingLLC {
		d.llcOrBytes(payload, a)
		return
	}
	if !d.LinkHeader {
		head()
	}
	d.hexLines(payload)
}

// tokenRingRoute prints the route and gives the length of the header with it, 0 if it is cut.
func (d *dissector) tokenRingRoute(v view) int {
	if len(v.b) < tokenRingHeader+2 {
		d.header(tokenRingHeader)
		d.mark()
		return 0
	}
	control := v.u16(tokenRingHeader)
	length := control >> 8 & 0x1f
	size := tokenRingHeader + length
	if len(v.b) < size {
		d.header(size)
		d.mark()
		return 0
	}
	if d.Verbose > 0 {
		d.printf("%s %s", tokenRingBroadcasts[control>>13], tokenRingDirections[control>>7&1])
	} else {
		d.printf("rt = %x", control)
	}
	for at := tokenRingHeader + 2; at+2 <= size; at += 2 {
		if d.Verbose > 0 {
			d.printf(" [%d:%d]", v.u16(at)>>4, v.u16(at)&15)
		} else {
			d.printf(":%x", v.u16(at))
		}
	}
	d.printf(" (%s) ", tokenRingLargest[control>>4&7])
	return size
}
