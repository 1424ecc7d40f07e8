package explain

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"bpfc/ast"
	"bpfc/linktype"
)

// Would is a way in which a packet that does not match would.
// It is safe for concurrent use as long as nobody changes it.
type Would struct {
	// Says is the sentence.
	Says string `json:"says"`
	// Expr is a filter that does match the packet, "" where the language has none.
	Expr string `json:"expr,omitempty"`
}

// maxLayers is how many tags and tunnels are looked behind.
const maxLayers = 8

// through tries the filter behind the packet's tags, labels, sessions and tunnels, and
// looks whether fragments, extension headers or the cut hide what it asks for.
func (f *Filter) through(p Packet, w *Why) (list []Would) {
	if w.Matches || f.Root == nil || f.opts.LinkType != linktype.EN10MB {
		return nil
	}
	layers := peel(p.Data)
	list = f.behindTags(p, layers)
	for _, l := range layers {
		if l.inner == nil {
			continue
		}
		if would, ok := f.inside(l, p); ok {
			list = append(list, would)
		}
	}
	return append(list, f.hidden(p, layers, w)...)
}

// layer is a header that stands between the filter and what it asks for.
type layer struct {
	expr  string // what the language has for it; "" if nothing
	says  string
	inner []byte // the packet inside a tunnel
	// ip is the packet from its IP header on, with etherType its version.
	ip        []byte
	etherType uint16
}

// behindTags tries "vlan 31 and (EXPR)" with one tag more each time.
func (f *Filter) behindTags(p Packet, layers []layer) []Would {
	var exprs, says []string
	for _, l := range layers {
		if l.expr == "" {
			continue
		}
		exprs, says = append(exprs, l.expr), append(says, l.says)
		expr := strings.Join(exprs, " and ") + " and (" + f.Expr + ")"
		if f.matches(expr, f.opts.LinkType, p) {
			return []Would{{Says: "behind its " + enumerate(says, "and") + " this would match: " + expr, Expr: expr}}
		}
	}
	return nil
}

// matches tells whether another filter, with the options of this one, matches a packet.
func (f *Filter) matches(expr string, t linktype.Type, p Packet) bool {
	o := f.opts
	o.LinkType = t
	other, err := New(context.Background(), expr, o)
	return err == nil && other.judge(p).Matches
}

// inside tries the filter on the packet that a tunnel carries. Where that has no
// link-layer header, it gets one.
func (f *Filter) inside(l layer, p Packet) (Would, bool) {
	inner := Packet{Data: l.inner, WireLen: p.wireLen() - len(p.Data) + len(l.inner)}
	if !f.judge(inner).Matches {
		return Would{}, false
	}
	return Would{Says: "the packet inside its " + l.says + " would match; the language has no way to ask for that"}, true
}

// hidden says what fragments, extension headers and the cut hide.
func (f *Filter) hidden(p Packet, layers []layer, w *Why) (list []Would) {
	if d := w.Decided; d != nil && d.Truth == Cut && p.wireLen() > len(p.Data) {
		list = append(list, Would{Says: fmt.Sprintf("only %s of %d were captured; with a larger snapshot length the filter could decide", plural(len(p.Data), "byte"), p.wireLen())})
	}
	var ip layer
	for _, l := range layers {
		if l.ip != nil {
			ip = l
			break
		}
	}
	switch {
	case ip.etherType == 0x0800 && fragmentOffset(ip.ip) > 0 && f.asksFor(transportParts):
		list = append(list, Would{Says: fmt.Sprintf("it is a later fragment, at offset %d: only the first fragment of a packet has ports and the transport header; all fragments have \"ip[6:2] & 0x1fff != 0\" or a protocol alone", fragmentOffset(ip.ip))})
	case ip.etherType == 0x86dd:
		bare, names := withoutExtensions(p.Data, ip.ip)
		if bare != nil && f.judge(Packet{Data: bare, WireLen: p.wireLen()}).Matches {
			list = append(list, Would{Says: "without its IPv6 extension headers (" + enumerate(names, "and") + ") it would match: the filter looks right behind the fixed header"})
		}
	}
	return list
}

// transportParts are primitives that look into the transport header.
func transportParts(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.Qualified:
		return n.Type == ast.Port || n.Type == ast.PortRange
	case *ast.Load:
		_, over := overIP[n.Proto]
		return over
	}
	return false
}

func (f *Filter) asksFor(kind func(ast.Node) bool) (found bool) {
	for _, p := range f.leaves {
		ast.Walk(p.code.Expr, func(n ast.Node) bool {
			found = found || kind(n)
			return !found
		})
	}
	return found
}

func fragmentOffset(ip []byte) int {
	if len(ip) < 8 {
		return 0
	}
	return 8 * int(binary.BigEndian.Uint16(ip[6:])&0x1fff)
}

// peel lists the layers of an Ethernet frame from the outside.
func peel(frame []byte) (list []layer) {
	if len(frame) < 14 {
		return nil
	}
	etherType, rest := binary.BigEndian.Uint16(frame[12:]), frame[14:]
	for len(list) < maxLayers {
		switch {
		case (etherType == 0x8100 || etherType == 0x88a8 || etherType == 0x9100) && len(rest) >= 4:
			id := binary.BigEndian.Uint16(rest) & 0xfff
			list = append(list, layer{expr: fmt.Sprintf("vlan %d", id), says: fmt.Sprintf("VLAN tag %d", id)})
			etherType, rest = binary.BigEndian.Uint16(rest[2:]), rest[4:]
		case etherType == 0x8847 && len(rest) >= 4:
			entry := binary.BigEndian.Uint32(rest)
			list = append(list, layer{expr: fmt.Sprintf("mpls %d", entry>>12), says: fmt.Sprintf("MPLS label %d", entry>>12)})
			rest = rest[4:]
			if entry&0x100 == 0 {
				continue
			}
			etherType = ipVersion(rest)
		case etherType == 0x8864 && len(rest) >= 8:
			id := binary.BigEndian.Uint16(rest[2:])
			list = append(list, layer{expr: fmt.Sprintf("pppoes %d", id), says: fmt.Sprintf("PPPoE session %d", id)})
			etherType, rest = uint16(pppTypes[uint32(binary.BigEndian.Uint16(rest[6:]))]), rest[8:]
		case etherType == 0x0800 || etherType == 0x86dd:
			list = append(list, layer{ip: rest, etherType: etherType})
			return append(list, tunnels(frame[:12], rest, etherType)...)
		default:
			return list
		}
	}
	return list
}

func ipVersion(b []byte) uint16 {
	if len(b) == 0 {
		return 0
	}
	return map[byte]uint16{4: 0x0800, 6: 0x86dd}[b[0]>>4]
}

// transport finds the payload of an IP packet, and its protocol.
func transport(ip []byte, etherType uint16) (proto byte, rest []byte) {
	switch {
	case etherType == 0x0800 && len(ip) >= 20 && fragmentOffset(ip) == 0:
		n := 4 * int(ip[0]&15)
		if n < 20 || n > len(ip) {
			return 0, nil
		}
		return ip[9], ip[n:]
	case etherType == 0x86dd && len(ip) >= 40:
		return ip[6], ip[40:]
	}
	return 0, nil
}

// tunnels lists what an IP packet carries in a tunnel. addresses are the 12 bytes
// that begin the frame, for a packet inside that has none.
func tunnels(addresses, ip []byte, etherType uint16) []layer {
	proto, rest := transport(ip, etherType)
	if rest == nil {
		return nil
	}
	framed := func(etherType uint16, packet []byte) []byte {
		return append(binary.BigEndian.AppendUint16(slices.Clone(addresses), etherType), packet...)
	}
	switch {
	case proto == 4 || proto == 41:
		t := map[byte]uint16{4: 0x0800, 41: 0x86dd}[proto]
		return []layer{{says: "IP in IP tunnel", inner: framed(t, rest)}}
	case proto == 47 && len(rest) >= 4 && rest[1]&7 == 0:
		flags, t := rest[0], binary.BigEndian.Uint16(rest[2:])
		n := 4
		for _, bit := range [...]byte{0x80, 0x20, 0x10} { // checksum, key, sequence number (RFC 2784, 2890)
			if flags&bit != 0 {
				n += 4
			}
		}
		if n > len(rest) || flags&0x40 != 0 {
			return nil
		}
		inner := framed(t, rest[n:])
		if t == 0x6558 { // transparent Ethernet bridging
			inner = rest[n:]
		}
		return []layer{{says: "GRE tunnel", inner: inner}}
	case proto == 17 && len(rest) >= 16:
		return udpTunnels(rest, framed)
	}
	return nil
}

func udpTunnels(udp []byte, framed func(uint16, []byte) []byte) []layer {
	b := udp[8:]
	switch port := binary.BigEndian.Uint16(udp[2:]); {
	case port == 4789 && b[0]&8 != 0:
		id := binary.BigEndian.Uint32(b[4:]) >> 8
		return []layer{{expr: fmt.Sprintf("vxlan %d", id), says: fmt.Sprintf("VXLAN tunnel %d", id)}}
	case port == 6081 && b[0]>>6 == 0:
		id := binary.BigEndian.Uint32(b[4:]) >> 8
		return []layer{{expr: fmt.Sprintf("geneve %d", id), says: fmt.Sprintf("Geneve tunnel %d", id)}}
	case port == 2152 && b[0]>>5 == 1 && b[1] == 255: // GTP-U, a user's packet (3GPP TS 29.281)
		n := 8
		if b[0]&7 != 0 {
			n = 12
			for next := byte(0); len(b) >= n && b[0]&4 != 0; n += 4 * int(next) {
				if b[n-1] == 0 {
					break
				}
				if len(b) <= n || b[n] == 0 {
					return nil
				}
				next = b[n]
			}
		}
		if n >= len(b) {
			return nil
		}
		if t := ipVersion(b[n:]); t != 0 {
			return []layer{{says: "GTP tunnel", inner: framed(t, b[n:])}}
		}
	}
	return nil
}

// withoutExtensions returns the frame without the extension headers of its IPv6
// packet, and their names; nil if it has none.
func withoutExtensions(frame, ip []byte) (bare []byte, list []string) {
	if len(ip) < 40 {
		return nil, nil
	}
	at, next := 40, ip[6]
	for range maxLayers {
		name, n := extension(next, ip[at:])
		if n == 0 || at+n > len(ip) {
			break
		}
		list = append(list, name)
		next = ip[at]
		at += n
	}
	if len(list) == 0 {
		return nil, nil
	}
	start := len(frame) - len(ip)
	bare = append(slices.Clone(frame[:start+40]), ip[at:]...)
	bare[start+6] = next
	return bare, list
}

// extension names an extension header and gives its length, 0 if it is none or hides
// what follows.
func extension(kind byte, b []byte) (string, int) {
	if len(b) < 8 {
		return "", 0
	}
	switch kind {
	case 0, 43, 60:
		return asProtocol(uint32(kind)), 8 * (int(b[1]) + 1)
	case 51:
		return asProtocol(uint32(kind)), 4 * (int(b[1]) + 2)
	case 44:
		if binary.BigEndian.Uint16(b[2:])&0xfff8 == 0 {
			return asProtocol(uint32(kind)), 8
		}
	}
	return "", 0
}
