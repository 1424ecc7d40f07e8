package index

import (
	"encoding/binary"
	"slices"

	"bpfc/ir"
	"bpfc/linktype"
)

// field is a number that a packet holds: size bytes in network byte order at a fixed offset, or at one counted from the end of
// the IPv4 header that begins at base.
type field struct {
	base int32 // of an IPv4 header; -1: none, the offset is fixed
	off  uint32
	size uint8
	nets bool // the beginnings of its values are noted, too
}

// key numbers fields.
func (f field) key() uint64 { return uint64(f.base+1)<<40 | uint64(f.off)<<8 | uint64(f.size) }

// value reads the field of a packet; false where that is too short.
func (f field) value(data []byte) (uint32, bool) {
	at := uint64(f.off)
	if f.base >= 0 {
		if int(f.base) >= len(data) {
			return 0, false
		}
		at += 4 * uint64(data[f.base]&15)
	}
	if at+uint64(f.size) > uint64(len(data)) {
		return 0, false
	}
	switch b := data[at:]; f.size {
	case 1:
		return uint32(b[0]), true
	case 2:
		return uint32(binary.BigEndian.Uint16(b)), true
	}
	return binary.BigEndian.Uint32(data[at:]), true
}

// class is what packets have in common whose fields are noted: how many VLAN tags they have, and what is behind these. A packet
// is in one class, and each block has packets of one.
type class struct {
	tags uint8
	kind kind
}

type kind uint8

const (
	other kind = iota
	isIPv4
	isIPv6
	isARP
)

// mostTags is how many VLAN tags are looked at.
const mostTags = 2

const (
	etherIPv4, etherIPv6 = 0x0800, 0x86dd
	etherARP, etherRARP  = 0x0806, 0x8035
)

var etherVLAN = []uint32{0x8100, 0x88a8, 0x9100}

func fixed(size uint8, offsets ...uint32) (list []field) {
	for _, off := range offsets {
		list = append(list, field{-1, off, size, false})
	}
	return list
}

func addresses(offsets ...uint32) (list []field) {
	for _, off := range offsets {
		list = append(list, field{-1, off, 4, true})
	}
	return list
}

func ipv4(n uint32) []field {
	list := append(fixed(1, n+9), addresses(n+12, n+16)...)
	return append(list, field{int32(n), n, 2, false}, field{int32(n), n + 2, 2, false}) // ports
}

func ipv6(n uint32) []field {
	list := append(fixed(1, n+6), fixed(4, n+8, n+12, n+16, n+20, n+24, n+28, n+32, n+36)...)
	return append(list, fixed(2, n+40, n+42)...) // ports
}

func arp(n uint32) []field { return addresses(n+14, n+24) }

// layout is where the fields of packets of a link-layer type are.
type layout struct {
	protocol uint32 // offset of the EtherType
	typed    bool   // there is one; else the version of IP tells
	vlan     bool   // tags are looked for
	network  uint32 // offset of the network header, without tags
	always   []field
}

// layoutOf gives the layout of a link-layer type; false for one whose header has no fixed length.
func layoutOf(t linktype.Type) (l layout, ok bool) {
	of := t.Layout()
	const longest = 60 + 44 // of an IPv4 header and what is behind it, or an IPv6 header
	l = layout{protocol: of.ProtocolOff, network: of.Payload + of.Net, vlan: of.VLAN}
	if of.VariablePayload || of.Prefix != linktype.NoPrefix || l.network+4*mostTags+longest > headLen {
		return l, false
	}
	l.typed = slices.Contains([]linktype.ProtocolField{linktype.EtherType, linktype.EthernetField, linktype.CookedField}, of.Protocol)
	if !l.typed {
		l.always = append(fixed(1, l.network), fixed(4, l.protocol)...)
		return l, true
	}
	l.always = fixed(2, l.protocol)
	if t == linktype.EN10MB {
		l.always = append(append(l.always, fixed(2, 0, 6)...), fixed(4, 2, 8)...) // addresses, as filters load them
	}
	return l, true
}

// classify tells the class of a packet.
func (l *layout) classify(data []byte) (c class) {
	if !l.typed {
		if int(l.network) < len(data) {
			c.kind = map[byte]kind{4: isIPv4, 6: isIPv6}[data[l.network]>>4]
		}
		return c
	}
	for {
		at := int(l.protocol) + 4*int(c.tags)
		if at+2 > len(data) {
			return c
		}
		switch v := uint32(binary.BigEndian.Uint16(data[at:])); {
		case v == etherIPv4:
			c.kind = isIPv4
		case v == etherIPv6:
			c.kind = isIPv6
		case v == etherARP, v == etherRARP:
			c.kind = isARP
		case l.vlan && c.tags < mostTags && slices.Contains(etherVLAN, v):
			c.tags++
			continue
		}
		return c
	}
}

// fields are those of a class.
func (l *layout) fields(c class) []field {
	list := slices.Clone(l.always)
	for tag := range uint32(c.tags) {
		at := l.protocol + 4*tag
		list = append(list, fixed(2, at+2, at+4)...) // the tag, and the type behind it
	}
	n := l.network + 4*uint32(c.tags)
	switch c.kind {
	case isIPv4:
		list = append(list, ipv4(n)...)
	case isIPv6:
		list = append(list, ipv6(n)...)
	case isARP:
		list = append(list, arp(n)...)
	}
	return list
}

// fieldOf recognizes a load of a field under a mask.
func fieldOf(e *ir.Expr) (f field, mask uint32, ok bool) {
	mask = ^uint32(0)
	if e.Op == ir.And && e.R.Op == ir.Const {
		e, mask = e.L, e.R.K
	}
	if e.Op != ir.Load {
		return f, 0, false
	}
	if e.L == nil {
		return field{-1, e.K, e.Size, false}, mask, true
	}
	base, plus, ok := headerEnd(e.L)
	return field{base, plus + e.K, e.Size, false}, mask, ok
}

// headerEnd recognizes the length of an IPv4 header, 4*(ip[0]&15), with constants added.
func headerEnd(e *ir.Expr) (base int32, plus uint32, ok bool) {
	for e.Op == ir.Add && e.R.Op == ir.Const {
		e, plus = e.L, plus+e.R.K
	}
	if e.Op != ir.Lsh || e.R.Op != ir.Const || e.R.K != 2 {
		return 0, 0, false
	}
	e = e.L
	if e.Op != ir.And || e.R.Op != ir.Const || e.R.K != 15 {
		return 0, 0, false
	}
	e = e.L
	return int32(e.K), plus, e.Op == ir.Load && e.L == nil && e.Size == 1 && e.K < 1<<16
}
