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

// through tries the filter behind the packet's tags, labels, sessions, tunnels and extension headers, and
// looks whether fragments or the cut hide what it asks for.
func (f *Filter) through(p Packet, w *Why) (list []Would) {
	if w.Matches || f.Root == nil {
		return nil
	}
	o := onion{frame: frame{f.opts.LinkType, p.Data}}
	o.peel()
	if would, ok := f.behind(o.layers, p); ok {
		list = append(list, would)
	}
	return append(list, f.hidden(p, &o, w)...)
}

// behind tries the filter behind one layer more each time.
func (f *Filter) behind(layers []layer, p Packet) (Would, bool) {
	var exprs, names []string
	for _, l := range layers {
		names = append(names, l.says)
		if l.expr != "" {
			exprs = append(exprs, l.expr)
		}
		all := enumerate(names, "and")
		spoken := len(exprs) == len(names) // the language has something for each
		if spoken {
			expr := strings.Join(exprs, " and ") + " and (" + f.Expr + ")"
			matches, compiles := f.matches(expr, f.opts.LinkType, p)
			if matches {
				return Would{Says: "behind its " + all + " this would match: " + expr, Expr: expr}, true
			}
			if compiles {
				continue
			}
		}
		inner := Packet{Data: l.inner.data, WireLen: p.wireLen() - len(p.Data) + len(l.inner.data)}
		if matches, _ := f.matches(f.Expr, l.inner.link, inner); matches {
			here := ""
			if spoken {
				here = " on link-layer type " + f.opts.LinkType.String()
			}
			return Would{Says: l.inWords(all, len(names) == 1) + here}, true
		}
	}
	return Would{}, false
}

// inWords says that the filter would match behind these layers, of which l is the last, where it cannot be asked for.
func (l *layer) inWords(all string, alone bool) string {
	const silent = "; the language has no way to ask for that"
	switch {
	case l.kind == extensions && alone:
		return "without its " + all + " it would match: the filter looks right behind the fixed header"
	case l.kind == tunnel:
		return "the packet inside its " + all + " would match" + silent
	}
	return "behind its " + all + " it would match" + silent
}

// matches tells whether another filter, with the options of this one, compiles, and matches a packet.
func (f *Filter) matches(expr string, t linktype.Type, p Packet) (matches, compiles bool) {
	if expr == f.Expr && t == f.opts.LinkType {
		return f.judge(p).Matches, true
	}
	o := f.opts
	o.LinkType = t
	other, err := New(context.Background(), expr, o)
	return err == nil && other.judge(p).Matches, err == nil
}

// hidden says what fragments and the cut hide.
func (f *Filter) hidden(p Packet, o *onion, w *Why) (list []Would) {
	if d := w.Decided; d != nil && d.Truth == Cut && p.wireLen() > len(p.Data) {
		list = append(list, Would{Says: fmt.Sprintf("only %s of %d were captured; with a larger snapshot length the filter could decide", plural(len(p.Data), "byte"), p.wireLen())})
	}
	if o.fragment > 0 && f.asksFor(transportParts) {
		all := `all fragments have "ip[6:2] & 0x1fff != 0" or a protocol alone`
		if o.fragment6 {
			all = `all fragments have "ip6 proto 44"`
		}
		list = append(list, Would{Says: fmt.Sprintf("it is a later fragment, at offset %d: only the first fragment of a packet has ports and the transport header; %s", o.fragment, all)})
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

// layerKind is what kind of thing a layer is.
type layerKind uint8

const (
	tag layerKind = iota // a VLAN tag, an MPLS label, a PPPoE session
	tunnel
	extensions // the extension headers of an IPv6 packet
)

// layer is what stands between the filter and what it asks for.
type layer struct {
	kind  layerKind
	expr  string // what the language has for it; "" if nothing
	says  string
	inner frame // the packet without it and all before it
}

// frame is a packet from its link-layer header on.
type frame struct {
	link linktype.Type
	data []byte
}

// onion is a packet that is taken apart, from the outside.
type onion struct {
	frame          // what is left, and how it begins
	layers []layer // what was taken off
	header int     // bytes of the link-layer header
	// fragment is the offset of the outermost IP packet in what it is a fragment of, in bytes; fragment6 tells that it is IPv6.
	fragment  int
	fragment6 bool
}

// carry makes a packet with the link-layer header of what is left and another payload. Where that header cannot
// announce it, the packet has none.
func (o *onion) carry(etherType uint16, payload []byte) frame {
	if header, ok := o.link.Carrying(o.data[:o.header], etherType); ok {
		return frame{o.link, append(header, payload...)}
	}
	return frame{linktype.RAW, payload}
}

// off takes a layer off.
func (o *onion) off(l layer) {
	o.layers = append(o.layers, l)
	o.frame = l.inner
}

// peel takes off what there is.
func (o *onion) peel() {
	for inIP := false; len(o.layers) < maxLayers; {
		etherType, at, ok := o.link.Carries(o.data)
		if !ok {
			return
		}
		o.header = at
		ip := etherType == etherIPv4 || etherType == etherIPv6
		if ip && !inIP {
			o.noteFragment(etherType)
		}
		inIP = inIP || ip
		l, ok := o.next(etherType, o.data[at:])
		if !ok {
			return
		}
		o.off(l)
	}
}

// next is the layer that an EtherType announces, if it is one.
func (o *onion) next(etherType uint16, b []byte) (l layer, ok bool) {
	switch {
	case (etherType == 0x8100 || etherType == 0x88a8 || etherType == 0x9100) && len(b) >= 4:
		id := binary.BigEndian.Uint16(b) & 0xfff
		return layer{expr: fmt.Sprintf("vlan %d", id), says: fmt.Sprintf("VLAN tag %d", id), inner: o.carry(binary.BigEndian.Uint16(b[2:]), b[4:])}, true
	case (etherType == 0x8847 || etherType == 0x8848) && len(b) >= 4:
		const bottom = 0x100
		entry := binary.BigEndian.Uint32(b)
		if entry&bottom != 0 {
			etherType = ipVersion(b[4:])
		}
		return layer{expr: fmt.Sprintf("mpls %d", entry>>12), says: fmt.Sprintf("MPLS label %d", entry>>12), inner: o.carry(etherType, b[4:])}, true
	case etherType == 0x8864 && len(b) >= 8:
		id := binary.BigEndian.Uint16(b[2:])
		carried := uint16(pppTypes[uint32(binary.BigEndian.Uint16(b[6:]))])
		return layer{expr: fmt.Sprintf("pppoes %d", id), says: fmt.Sprintf("PPPoE session %d", id), inner: o.carry(carried, b[8:])}, true
	case etherType == etherIPv6 && len(b) >= 40:
		if bare, names := withoutExtensions(b); bare != nil {
			return layer{kind: extensions, says: "IPv6 extension headers (" + enumerate(names, "and") + ")", inner: o.carry(etherType, bare)}, true
		}
		return o.tunnel(b[6], b[40:])
	case etherType == etherIPv4 && len(b) >= 20 && fragmentOffset(b) == 0:
		if n := 4 * int(b[0]&15); n >= 20 && n <= len(b) {
			return o.tunnel(b[9], b[n:])
		}
	}
	return layer{}, false
}

const (
	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd
)

func ipVersion(b []byte) uint16 {
	if len(b) == 0 {
		return 0
	}
	return map[byte]uint16{4: etherIPv4, 6: etherIPv6}[b[0]>>4]
}

// noteFragment notes the offset of the packet as a fragment.
func (o *onion) noteFragment(etherType uint16) {
	ip := o.data[o.header:]
	if etherType == etherIPv4 {
		o.fragment = fragmentOffset(ip)
		return
	}
	if len(ip) < 40 {
		return
	}
	walkExtensions(ip, func(kind byte, b []byte, _ int) {
		if kind == fragmentHeader && len(b) >= 4 {
			o.fragment, o.fragment6 = int(binary.BigEndian.Uint16(b[2:])&0xfff8), true
		}
	})
}

func fragmentOffset(ip []byte) int {
	if len(ip) < 8 {
		return 0
	}
	return 8 * int(binary.BigEndian.Uint16(ip[6:])&0x1fff)
}

// tunnel is the tunnel that an IP packet is, by its protocol and what stands behind its header.
func (o *onion) tunnel(proto byte, b []byte) (layer, bool) {
	switch {
	case proto == 4 || proto == 41:
		t := map[byte]uint16{4: etherIPv4, 41: etherIPv6}[proto]
		return layer{kind: tunnel, says: "IP in IP tunnel", inner: o.carry(t, b)}, true
	case proto == 47 && len(b) >= 4 && b[1]&7 == 0:
		flags, t := b[0], binary.BigEndian.Uint16(b[2:])
		n := 4
		for _, bit := range [...]byte{0x80, 0x20, 0x10} { // checksum, key, sequence number (RFC 2784, 2890)
			if flags&bit != 0 {
				n += 4
			}
		}
		if n > len(b) || flags&0x40 != 0 {
			return layer{}, false
		}
		return layer{kind: tunnel, says: "GRE tunnel", inner: o.bridged(t, b[n:])}, true
	case proto == 17 && len(b) >= 16:
		return o.udpTunnel(binary.BigEndian.Uint16(b[2:]), b[8:])
	}
	return layer{}, false
}

// bridged is what an EtherType in a tunnel announces, which may be an Ethernet frame.
func (o *onion) bridged(etherType uint16, b []byte) frame {
	const transparentEthernetBridging = 0x6558
	if etherType == transparentEthernetBridging {
		return frame{linktype.EN10MB, b}
	}
	return o.carry(etherType, b)
}

// udpTunnel is the tunnel behind a UDP header with a destination port; b has at least 8 bytes.
func (o *onion) udpTunnel(port uint16, b []byte) (layer, bool) {
	id := binary.BigEndian.Uint32(b[4:]) >> 8
	switch {
	case port == 4789 && b[0]&8 != 0:
		return layer{kind: tunnel, expr: fmt.Sprintf("vxlan %d", id), says: fmt.Sprintf("VXLAN tunnel %d", id), inner: frame{linktype.EN10MB, b[8:]}}, true
	case port == 6081 && b[0]>>6 == 0:
		n := min(8+4*int(b[0]&0x3f), len(b))
		inner := o.bridged(binary.BigEndian.Uint16(b[2:]), b[n:])
		return layer{kind: tunnel, expr: fmt.Sprintf("geneve %d", id), says: fmt.Sprintf("Geneve tunnel %d", id), inner: inner}, true
	case port == 2152 && b[0]>>5 == 1 && b[1] == 255: // GTP-U, a user's packet (3GPP TS 29.281)
		n := gtpHeader(b)
		if n < 0 || n >= len(b) {
			return layer{}, false
		}
		if t := ipVersion(b[n:]); t != 0 {
			return layer{kind: tunnel, says: "GTP tunnel", inner: o.carry(t, b[n:])}, true
		}
	}
	return layer{}, false
}

// gtpHeader is the length of a GTP-U header with its extension headers, -1 where it is not well formed.
func gtpHeader(b []byte) int {
	n := 8
	if b[0]&7 == 0 {
		return n
	}
	n = 12
	for next := byte(0); len(b) >= n && b[0]&4 != 0; n += 4 * int(next) {
		if b[n-1] == 0 {
			break
		}
		if len(b) <= n || b[n] == 0 {
			return -1
		}
		next = b[n]
	}
	return n
}

// withoutExtensions returns an IPv6 packet without its extension headers, and their names; nil if it has none.
func withoutExtensions(ip []byte) (bare []byte, list []string) {
	next, at := walkExtensions(ip, func(kind byte, _ []byte, size int) {
		if size > 0 {
			list = append(list, asProtocol(uint32(kind)))
		}
	})
	if len(list) == 0 {
		return nil, nil
	}
	bare = append(slices.Clone(ip[:40]), ip[at:]...)
	bare[6] = next
	return bare, list
}

// walkExtensions visits what follows the fixed header of an IPv6 packet, which is all there, with its length in bytes: extension headers, and
// last what is none, or hides what follows, with the length 0. It returns the protocol of that, and where it starts.
func walkExtensions(ip []byte, visit func(kind byte, b []byte, size int)) (next byte, at int) {
	at, next = 40, ip[6]
	for range maxLayers {
		n := extension(next, ip[at:])
		visit(next, ip[at:], n)
		if n == 0 {
			break
		}
		next = ip[at]
		at += n
	}
	return next, at
}

// The protocol numbers of IPv6's extension headers (IANA).
const (
	hopByHop       = 0
	routingHeader  = 43
	fragmentHeader = 44
	authentication = 51
	destination    = 60
)

// extension gives the length of an extension header, 0 if it is none, not all there, or hides what follows.
func extension(kind byte, b []byte) int {
	if len(b) < 8 {
		return 0
	}
	n := 0
	switch kind {
	case hopByHop, routingHeader, destination:
		n = 8 * (int(b[1]) + 1)
	case authentication:
		n = 4 * (int(b[1]) + 2)
	case fragmentHeader:
		if binary.BigEndian.Uint16(b[2:])&0xfff8 == 0 {
			n = 8
		}
	}
	if n > len(b) {
		return 0
	}
	return n
}
