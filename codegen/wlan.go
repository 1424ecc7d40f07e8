package codegen

import (
	"bpfc/ast"
	"bpfc/diag"
	"bpfc/linktype"
)

// The frame control field of 802.11 (IEEE 802.11-2020, 9.2.4.1).
const (
	wlanTypeMask       = 0x0c // in its first byte
	wlanTypeManagement = 0x00
	wlanTypeControl    = 0x04
	wlanTypeData       = 0x08
	wlanSubtypeMask    = 0xf0
	wlanSubtypeQoS     = 0x80
	wlanSubtypeCTS     = 0xc0
	wlanSubtypeACK     = 0xd0
	wlanDirMask        = 0x03 // in its second byte
	wlanToDS           = 0x01
	wlanFromDS         = 0x02
)

// Places of addresses from the start of the 802.11 header.
const (
	wlanAddr1 = 4
	wlanAddr2 = 10
	wlanAddr3 = 16
	wlanAddr4 = 24
)

func (g *generator) wlanData() *cond {
	return g.masked(fromLink, 0, 1, wlanTypeData, wlanTypeMask)
}

// wlanBit tests a bit of the frame control field.
func (g *generator) wlanBit(off, bit uint32) *cond { return g.anyBit(fromLink, off, 1, bit) }

// wlanHost tests for an address in an 802.11 header. Which of the four
// addresses is source or destination depends on the type of the frame and on
// its to-DS and from-DS bits. Which frames have an address of receiver or
// transmitter is as pcap-filter(7) has it, but that ta, as in libpcap, leaves out
// all control frames, and not only those without a second address; addr2 has them.
func (g *generator) wlanHost(d ast.Dir, addr [6]byte) *cond {
	at := func(off uint32) *cond { return g.bytesAre(fromLink, off, addr[:]) }
	switch d {
	case ast.Addr1:
		return at(wlanAddr1)
	case ast.Addr2:
		has := g.wlanHasAddr2()
		return g.and(has, at(wlanAddr2))
	case ast.Addr3:
		notControl := g.not(g.masked(fromLink, 0, 1, wlanTypeControl, wlanTypeMask))
		return g.and(notControl, at(wlanAddr3))
	case ast.Addr4:
		both := g.masked(fromLink, 1, 1, wlanDirMask, wlanDirMask)
		return g.and(both, at(wlanAddr4))
	case ast.RA:
		management := g.masked(fromLink, 0, 1, wlanTypeManagement, wlanTypeMask)
		return g.and(g.not(management), at(wlanAddr1))
	case ast.TA:
		data := g.wlanBit(0, wlanTypeData)
		return g.allOf(data, g.wlanHasAddr2(), at(wlanAddr2))
	}
	return g.either(d,
		func() *cond { return g.wlanSource(at) },
		func() *cond { return g.wlanDestination(at) })
}

// wlanHasAddr2 is false for CTS and ACK control frames.
func (g *generator) wlanHasAddr2() *cond {
	notType := func(v, mask uint32) *cond { return g.not(g.masked(fromLink, 0, 1, v, mask)) }
	other := notType(wlanTypeControl, wlanTypeMask)
	return g.or(other, g.and(notType(wlanSubtypeCTS, wlanSubtypeMask), notType(wlanSubtypeACK, wlanSubtypeMask)))
}

// wlanSource tests the source address: there is none in control frames, it is
// the second address in management frames and in data frames not from the DS,
// and else the third, or the fourth if to the DS too.
func (g *generator) wlanSource(at func(uint32) *cond) *cond {
	management := g.and(g.not(g.wlanBit(0, wlanTypeData)), at(wlanAddr2))
	notFromDS := g.and(g.not(g.wlanBit(1, wlanFromDS)), at(wlanAddr2))
	notToDS := g.and(g.not(g.wlanBit(1, wlanToDS)), at(wlanAddr3))
	toDS := g.and(g.wlanBit(1, wlanToDS), at(wlanAddr4))
	fromDS := g.and(g.wlanBit(1, wlanFromDS), g.or(notToDS, toDS))
	data := g.and(g.wlanBit(0, wlanTypeData), g.or(notFromDS, fromDS))
	return g.and(g.not(g.wlanBit(0, wlanTypeControl)), g.or(management, data))
}

// wlanDestination tests the destination address: there is none in control
// frames, it is the first address in management frames and in data frames not
// to the DS, and else the third.
func (g *generator) wlanDestination(at func(uint32) *cond) *cond {
	management := g.and(g.not(g.wlanBit(0, wlanTypeData)), at(wlanAddr1))
	notToDS := g.and(g.not(g.wlanBit(1, wlanToDS)), at(wlanAddr1))
	toDS := g.and(g.wlanBit(1, wlanToDS), at(wlanAddr3))
	data := g.and(g.wlanBit(0, wlanTypeData), g.or(notToDS, toDS))
	return g.and(g.not(g.wlanBit(0, wlanTypeControl)), g.or(management, data))
}

func (g *generator) wlanMulticast() *cond { return g.wlanDestination(g.groupBit) }

func (g *generator) isWLAN() bool { return g.layout.Protocol == linktype.WLANFrame }

// wlanType tests type and subtype of an 802.11 frame. The arguments are
// numbers, a subtype by itself stands with the type it belongs to.
func (g *generator) wlanType(t *ast.Test) *cond {
	if !g.isWLAN() {
		g.lacks("802.11 frame type")
		return g.hint("the type of an ICMP message is icmp[icmptype], or icmp6[icmp6type]")
	}
	v, mask := t.Args[0].Num, uint32(wlanTypeMask)
	switch {
	case t.Kind == ast.WLANSubtype:
		mask |= wlanSubtypeMask
	case v&^wlanTypeMask != 0:
		return g.fail(diag.Range, "%#02x is not a type of 802.11 frames", v)
	case len(t.Args) > 1:
		sub := t.Args[1].Num
		if sub&^wlanSubtypeMask != 0 {
			return g.fail(diag.Range, "%#02x is not a subtype of 802.11 frames", sub)
		}
		v |= sub
		mask |= wlanSubtypeMask
	}
	return g.masked(fromLink, 0, 1, v, mask)
}

func (g *generator) wlanDir(t *ast.Test) *cond {
	if !g.isWLAN() {
		return g.lacks("802.11 frame direction")
	}
	v := t.Args[0].Num
	if v&^wlanDirMask != 0 {
		return g.fail(diag.Range, "%#x is not a direction of 802.11 frames", v)
	}
	return g.masked(fromLink, 1, 1, v, wlanDirMask)
}
