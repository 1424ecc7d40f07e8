package link

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// Local networks beside Ethernet: FDDI and token ring. What they carry is LLC.

// Frame control of FDDI: class, length of addresses and format in the upper half, and whole values that have names.
const fddiKind, fddiLLCAsync, fddiSMT = 0xf0, 0x50, 0x40

var (
	fddiFrames = Names{0x40: "void", 0x80: "nrt", 0xc0: "rt", 0x41: "info", 0x4f: "nsa", 0xc2: "beacon", 0xc3: "claim"}
	fddiKinds  = Names{0xc0: "mac", fddiSMT: "smt", fddiLLCAsync: "async", 0xd0: "sync", 0x60: "imp_async", 0xe0: "imp_sync"}
)

// FDDI prints a frame of FDDI.
func FDDI(d *Context, v View) {
	const size = 13
	d.Proto = "fddi"
	cutHeader(d, v, size)
	control, a := v.U8(0), dissect.Stations{Src: v.Bytes(7, 6), Dst: v.Bytes(1, 6)}
	headed(d, v, size, func() {
		if !d.Quiet {
			kind, known := fddiKinds[control&fddiKind]
			d.Printf("%s ", fddiFrames.Of(control, dissect.Pick(known, fmt.Sprintf("%s%x", kind, control&^fddiKind), "%02x")))
		}
		d.Printf("%s > %s, length %d: ", d.MAC(a.Src), d.MAC(a.Dst), v.Length)
	}, func(payload View) bool {
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

// cutHeader ends the dissector of a frame of which not so many bytes are captured; they count as header.
func cutHeader(d *Context, v View, size int) { cutAs(d, v, size, len(v.Data)) }

// cutAs does so with another number of bytes that count.
func cutAs(d *Context, v View, size, header int) {
	if len(v.Data) < size {
		d.Header(header)
		d.MarkIf(true)
	}
}

const (
	tokenRingHeader   = 14
	tokenRingLLC      = 1    // frame type
	tokenRingIsRouted = 0x80 // of the first byte of the source address
)

var (
	tokenRingBroadcasts = Names{4: "All-routes", 5: "All-routes", 6: "Single-route", 7: "Single-route"}.Or("Non-Broadcast")
	tokenRingDirections = [2]string{"Forward", "Backward"}
	tokenRingLargest    = [8]string{"516", "1500", "2052", "4472", "8144", "11407", "17800", "??"}
)

// TokenRing prints a frame of token ring (IEEE 802.5), which may have a route of rings and bridges in it.
func TokenRing(d *Context, v View) {
	d.Proto = "token-ring"
	cutAs(d, v, tokenRingHeader, tokenRingHeader)
	routed := v.U8(8)&tokenRingIsRouted != 0
	a := dissect.Stations{Src: append([]byte{}, v.Bytes(8, 6)...), Dst: v.Bytes(2, 6)}
	a.Src[0] &^= tokenRingIsRouted
	head := func() {
		d.PrintfIf(!d.Quiet, "%02x %02x ", v.U8(0), v.U8(1))
		d.Printf("%s > %s, length %d: ", d.MAC(a.Src), d.MAC(a.Dst), v.Length)
	}
	if d.LinkHeader {
		head()
	}
	size := tokenRingHeader
	if routed {
		size = tokenRingRoute(d, v)
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

// tokenRingRoute prints the route and gives the length of the header with it.
func tokenRingRoute(d *Context, v View) int {
	cutAs(d, v, tokenRingHeader+2, tokenRingHeader)
	control := v.U16(tokenRingHeader)
	size := tokenRingHeader + control>>8&0x1f
	cutAs(d, v, size, size)
	first, ring := "rt = %2h", ":%2h"
	if d.Verbose > 0 {
		first, ring = "%2[0-2]n %=[8]n", " [%2[0-11]d:%=[12-15]d]"
	}
	d.Form(v.Cursor(tokenRingHeader), first, tokenRingBroadcasts, tokenRingDirections)
	dissect.Every(2, "", dissect.Form(ring))(d, v.Limit(size).Cursor(tokenRingHeader+2))
	d.Printf(" (%s) ", tokenRingLargest[control>>4&7])
	return size
}
