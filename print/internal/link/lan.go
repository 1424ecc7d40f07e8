package link

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// Local networks beside Ethernet: FDDI and token ring. What they carry is LLC.

// Frame control of FDDI: class, length of addresses and format in the upper half, and whole values that have names.
const (
	fddiKind     = 0xf0
	fddiLLCAsync = 0x50
	fddiSMT      = 0x40
)

var (
	fddiFrames = Names{0x40: "void", 0x80: "nrt", 0xc0: "rt", 0x41: "info", 0x4f: "nsa", 0xc2: "beacon", 0xc3: "claim"}
	fddiKinds  = Names{0xc0: "mac", fddiSMT: "smt", fddiLLCAsync: "async", 0xd0: "sync", 0x60: "imp_async", 0xe0: "imp_sync"}
)

// FDDI prints a frame of FDDI.
func FDDI(d *Context, v View) {
	const size = 13
	if d.Proto = "fddi"; cutHeader(d, v, size) {
		return
	}
	control, a := v.U8(0), dissect.Stations{Src: v.Bytes(7, 6), Dst: v.Bytes(1, 6)}
	payload := v.From(size)
	headed(d, size, payload, func() {
		if !d.Quiet {
			name, ok := fddiFrames[control]
			if kind, known := fddiKinds[control&fddiKind]; !ok && known {
				name = fmt.Sprintf("%s%x", kind, control&^fddiKind)
			} else if !ok {
				name = fmt.Sprintf("%02x", control)
			}
			d.Print(name + " ")
		}
		d.Printf("%s > %s, length %d: ", d.MAC(a.Src), d.MAC(a.Dst), v.Length)
	}, func() bool {
		switch control & fddiKind {
		case fddiLLCAsync:
			llcOrBytes(d, payload, a)
		case fddiSMT:
			d.Print("<SMT printer not yet implemented>")
		default:
			return false
		}
		return true
	})
}

// cutHeader marks a frame of which not so many bytes are captured.
func cutHeader(d *Context, v View, size int) bool {
	if len(v.Data) >= size {
		return false
	}
	d.Header(len(v.Data))
	d.Mark()
	return true
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

// TokenRing prints a frame of token ring (IEEE 802.5), which may have a route of rings and bridges in it.
func TokenRing(d *Context, v View) {
	d.Proto = "token-ring"
	if len(v.Data) < tokenRingHeader {
		d.Header(tokenRingHeader)
		d.Mark()
		return
	}
	routed := v.U8(8)&tokenRingIsRouted != 0
	a := dissect.Stations{Src: append([]byte{}, v.Bytes(8, 6)...), Dst: v.Bytes(2, 6)}
	a.Src[0] &^= tokenRingIsRouted
	head := func() {
		if !d.Quiet {
			d.Printf("%02x %02x ", v.U8(0), v.U8(1))
		}
		d.Printf("%s > %s, length %d: ", d.MAC(a.Src), d.MAC(a.Dst), v.Length)
	}
	if d.LinkHeader {
		head()
	}
	size := tokenRingHeader
	if routed {
		if size = tokenRingRoute(d, v); size == 0 {
			return
		}
	}
	payload := v.From(size)
	d.Header(size)
	if v.U8(1)>>6 == tokenRingLLC {
		llcOrBytes(d, payload, a)
		return
	}
	if !d.LinkHeader {
		head()
	}
	d.HexLines(payload)
}

// tokenRingRoute prints the route and gives the length of the header with it, 0 if it is cut.
func tokenRingRoute(d *Context, v View) int {
	if len(v.Data) < tokenRingHeader+2 {
		d.Header(tokenRingHeader)
		d.Mark()
		return 0
	}
	control := v.U16(tokenRingHeader)
	length := control >> 8 & 0x1f
	size := tokenRingHeader + length
	if len(v.Data) < size {
		d.Header(size)
		d.Mark()
		return 0
	}
	if d.Verbose > 0 {
		d.Printf("%s %s", tokenRingBroadcasts[control>>13], tokenRingDirections[control>>7&1])
	} else {
		d.Printf("rt = %x", control)
	}
	for at := tokenRingHeader + 2; at+2 <= size; at += 2 {
		if d.Verbose > 0 {
			d.Printf(" [%d:%d]", v.U16(at)>>4, v.U16(at)&15)
		} else {
			d.Printf(":%x", v.U16(at))
		}
	}
	d.Printf(" (%s) ", tokenRingLargest[control>>4&7])
	return size
}
