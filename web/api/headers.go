package api

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"bpfc/ir"
	"bpfc/linktype"
	"bpfc/web/rpc"
)

// HeaderField is a field of a header that is drawn. It is safe for concurrent use as long as nobody changes it.
type HeaderField struct {
	Name   string     `json:"name"`
	Bit    int        `json:"bit"` // from the start of the header
	Bits   int        `json:"bits"`
	Looked bool       `json:"looked"`
	Spans  []rpc.Span `json:"spans"`
}

// Header is a header that a filter looks at. It is safe for concurrent use as long as nobody changes it.
type Header struct {
	Name   string        `json:"name"`
	Offset int           `json:"offset"` // bytes from the start of the packet, -1 where the packet says
	At     string        `json:"at"`
	Fields []HeaderField `json:"fields"`
}

type layoutField struct {
	name string
	bits int
}

// ports begin the headers of TCP, UDP and SCTP.
var ports = []layoutField{{"source port", 16}, {"destination port", 16}}

var icmp = []layoutField{{"type", 8}, {"code", 8}, {"checksum", 16}, {"rest of header", 32}}

// layouts are the headers, field by field (RFC 791, 8200, 826, 9293, 768, 9260, 792, 4443, IEEE 802.3 and 802.1Q).
var layouts = map[string][]layoutField{
	"Ethernet": {{"destination", 48}, {"source", 48}, {"type", 16}},
	"VLAN tag": {{"priority", 3}, {"DEI", 1}, {"VLAN ID", 12}, {"type", 16}},
	"IPv4": {{"version", 4}, {"header length", 4}, {"DSCP", 6}, {"ECN", 2}, {"total length", 16}, {"identification", 16}, {"flags", 3},
		{"fragment offset", 13}, {"time to live", 8}, {"protocol", 8}, {"header checksum", 16}, {"source address", 32}, {"destination address", 32}},
	"IPv6": {{"version", 4}, {"traffic class", 8}, {"flow label", 20}, {"payload length", 16}, {"next header", 8}, {"hop limit", 8},
		{"source address", 128}, {"destination address", 128}},
	"ARP": {{"hardware type", 16}, {"protocol type", 16}, {"hardware length", 8}, {"protocol length", 8}, {"operation", 16},
		{"sender hardware address", 48}, {"sender protocol address", 32}, {"target hardware address", 48}, {"target protocol address", 32}},
	"TCP": append(ports[:2:2], []layoutField{{"sequence number", 32}, {"acknowledgment number", 32}, {"data offset", 4}, {"reserved", 4},
		{"CWR", 1}, {"ECE", 1}, {"URG", 1}, {"ACK", 1}, {"PSH", 1}, {"RST", 1}, {"SYN", 1}, {"FIN", 1}, {"window", 16}, {"checksum", 16}, {"urgent pointer", 16}}...),
	"UDP":  append(ports[:2:2], layoutField{"length", 16}, layoutField{"checksum", 16}),
	"SCTP": append(ports[:2:2], layoutField{"verification tag", 32}, layoutField{"checksum", 32}),
	"ICMP": icmp, "ICMPv6": icmp,
	"transport header":     ports,
	"IPv6 fragment header": {{"next header", 8}, {"reserved", 8}, {"fragment offset", 13}, {"reserved", 2}, {"more fragments", 1}, {"identification", 32}},
}

// The numbers by which headers announce the next one.
var (
	etherTypes = map[uint32]string{0x0800: "IPv4", 0x86dd: "IPv6", 0x0806: "ARP", 0x8035: "RARP", 0x8100: "VLAN", 0x88a8: "provider VLAN",
		0x9100: "VLAN", 0x8847: "MPLS", 0x8848: "MPLS multicast", 0x8863: "PPPoE discovery", 0x8864: "PPPoE session"}
	protocols = map[uint32]string{1: "ICMP", 2: "IGMP", 6: "TCP", 17: "UDP", 41: "IPv6", 44: "fragment header", 47: "GRE", 50: "ESP", 51: "AH",
		58: "ICMPv6", 89: "OSPF", 103: "PIM", 112: "VRRP", 132: "SCTP"}
	transports = map[uint32]string{1: "ICMP", 6: "TCP", 17: "UDP", 44: "IPv6 fragment header", 58: "ICMPv6", 132: "SCTP"}
)

// known is what the way to a node has told about the packet.
type known struct {
	typeOff, net uint32 // where the type field and the network header are
	ether, proto uint32 // 0 where it is not known
	length       int    // the variable that holds how long the IP header is, counted from 1; 0 if there is none
}

// spot is a part of a header: the bits [bit, bit+bits) from its start.
type spot struct {
	header    string
	at        int // bytes from the start of the packet, -1 where the packet says
	bit, bits int
	value     string // what kind of number it is: ether, proto, address or ""
}

// start is what is known of every packet of a link-layer type.
func start(t linktype.Type) known {
	l := t.Layout()
	c := known{typeOff: l.ProtocolOff, net: l.Payload + l.Net}
	if t == linktype.IPV4 {
		c.ether = 0x0800
	}
	if t == linktype.IPV6 {
		c.ether = 0x86dd
	}
	return c
}

// after is what is known behind a test.
func (c known) after(n *ir.Node, holds bool, t linktype.Type) known {
	if n.Kind == ir.Assign && (c.headerLength(n.L) || c.ether == 0x86dd && n.L.IsConst(40)) {
		c.length = n.Var + 1
	}
	if n.Kind != ir.Test || !holds || n.Cmp != ir.Eq || n.R.Op != ir.Const {
		return c
	}
	load, mask := masked(n.L)
	if load == nil {
		return c
	}
	switch k := n.R.K; {
	case load.K == c.typeOff && load.Size == 2 && t != linktype.RAW && (k == 0x8100 || k == 0x88a8 || k == 0x9100):
		c.typeOff, c.net = c.typeOff+4, c.net+4
		c.ether, c.proto = 0, 0
	case load.K == c.typeOff && load.Size == 2 && t != linktype.RAW:
		c.ether, c.proto = k, 0
	case mask == 0xf0 && load.K == c.net && k == 0x40:
		c.ether = 0x0800
	case mask == 0xf0 && load.K == c.net && k == 0x60:
		c.ether = 0x86dd
	case c.ether == 0x0800 && load.Size == 1 && load.K == c.net+9, c.ether == 0x86dd && load.Size == 1 && load.K == c.net+6:
		c.proto = k
	}
	return c
}

// masked takes an expression that is a load, with or without a mask, apart.
func masked(e *ir.Expr) (load *ir.Expr, mask uint32) {
	mask = 0xffffffff
	if e.Op == ir.And && e.R.Op == ir.Const {
		e, mask = e.L, e.R.K
	}
	if e.Op == ir.Load {
		return e, mask
	}
	return nil, 0
}

// spotOf says which part of which header a load reads; ok is false where that is not known.
func (c known) spotOf(load *ir.Expr, mask uint32, t linktype.Type) (s spot, ok bool) {
	off := load.K
	switch {
	case load.L != nil && (c.headerLength(load.L) || load.L.Op == ir.Var && int(load.L.K) == c.length-1):
		s = spot{header: c.transport(), at: -1, bit: 8 * int(off-c.net)}
	case load.L != nil:
		return s, false
	case c.ether == 0x86dd && off >= c.net+40:
		s = spot{header: c.transport(), at: int(c.net + 40), bit: 8 * int(off-c.net-40)}
	case off >= c.net && c.network() != "":
		s = spot{header: c.network(), at: int(c.net), bit: 8 * int(off-c.net)}
	case t == linktype.EN10MB && off < 14:
		s = spot{header: "Ethernet", at: 0, bit: 8 * int(off)}
	case t == linktype.EN10MB && off < c.typeOff+2:
		tag := 14 + (off-14)/4*4
		s = spot{header: "VLAN tag", at: int(tag), bit: 8 * int(off-tag)}
	default:
		return s, false
	}
	s.bits = 8 * int(load.Size)
	s.narrow(mask)
	s.value = c.kind(load)
	return s, true
}

// narrow keeps the bits that a mask leaves, from the first to the last.
func (s *spot) narrow(mask uint32) {
	if s.bits < 32 {
		mask &= 1<<s.bits - 1
	}
	if mask == 0 {
		return
	}
	for s.bits > 1 && mask&(1<<(s.bits-1)) == 0 {
		s.bit, s.bits = s.bit+1, s.bits-1
	}
	for s.bits > 1 && mask&1 == 0 {
		mask >>= 1
		s.bits--
	}
}

func (c known) kind(load *ir.Expr) string {
	switch {
	case load.L == nil && load.Size == 2 && load.K == c.typeOff:
		return "ether"
	case c.ether == 0x0800 && load.L == nil && load.K == c.net+9, c.ether == 0x86dd && load.K == c.net+6:
		return "proto"
	case c.ether == 0x0800 && load.L == nil && load.Size == 4 && (load.K == c.net+12 || load.K == c.net+16),
		(c.ether == 0x0806 || c.ether == 0x8035) && load.L == nil && load.Size == 4 && (load.K == c.net+14 || load.K == c.net+24):
		return "address"
	}
	return ""
}

// headerLength tells whether an expression is the length of the IPv4 header.
func (c known) headerLength(e *ir.Expr) bool {
	if e.Op != ir.Lsh || !e.R.IsConst(2) || e.L.Op != ir.And || !e.L.R.IsConst(15) {
		return false
	}
	load := e.L.L
	return load.Op == ir.Load && load.L == nil && load.K == c.net
}

func (c known) network() string {
	switch c.ether {
	case 0x0800:
		return "IPv4"
	case 0x86dd:
		return "IPv6"
	case 0x0806, 0x8035:
		return "ARP"
	}
	return ""
}

func (c known) transport() string {
	if name, ok := transports[c.proto]; ok {
		return name
	}
	return "transport header"
}

// most (node, context) pairs that are looked at.
const mostVisits = 20_000

// follow visits the nodes of a graph with what is known there, each once for each such knowledge.
func follow(g *ir.Graph, t linktype.Type, visit func(n *ir.Node, c known)) {
	type key struct {
		n *ir.Node
		c known
	}
	seen := map[key]bool{}
	todo := []key{{g.Root, start(t)}}
	for len(todo) > 0 && len(seen) < mostVisits {
		k := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if k.n == nil || seen[k] {
			continue
		}
		seen[k] = true
		visit(k.n, k.c)
		yes, no := k.n.Succs()
		todo = append(todo, key{no, k.c.after(k.n, false, t)}, key{yes, k.c.after(k.n, true, t)})
	}
}

// headersOf are the headers that a graph looks at, with the fields and who does.
func headersOf(g *ir.Graph, t linktype.Type, u *Units) []Header {
	type place struct {
		name string
		at   int
	}
	index, list := map[place]int{}, []Header{}
	follow(g, t, func(n *ir.Node, c known) {
		for _, e := range [2]*ir.Expr{n.L, n.R} {
			eachLoad(e, 0xffffffff, func(load *ir.Expr, mask uint32) {
				s, ok := c.spotOf(load, mask, t)
				if !ok {
					return
				}
				p := place{s.header, s.at}
				if _, ok := index[p]; !ok {
					index[p] = len(list)
					list = append(list, newHeader(s, c))
				}
				list[index[p]].look(s, n.Text, u)
			})
		}
	})
	return list
}

// eachLoad calls visit for the loads of an expression, with the mask that is laid over one.
func eachLoad(e *ir.Expr, mask uint32, visit func(load *ir.Expr, mask uint32)) {
	if e == nil {
		return
	}
	if load, mask := masked(e); load != nil {
		visit(load, mask)
		eachLoad(load.L, 0xffffffff, visit)
		return
	}
	eachLoad(e.L, mask, visit)
	eachLoad(e.R, mask, visit)
}

func newHeader(s spot, c known) Header {
	h := Header{Name: s.header, Offset: s.at, At: fmt.Sprintf("byte %d", s.at), Fields: []HeaderField{}}
	if s.at < 0 {
		h.At = "behind the " + c.network() + " header"
	}
	bit := 0
	for _, f := range layouts[s.header] {
		h.Fields = append(h.Fields, HeaderField{Name: f.name, Bit: bit, Bits: f.bits, Spans: []rpc.Span{}})
		bit += f.bits
	}
	return h
}

// look notes that a part of the text looks at some bits. What is behind the header's fields is a field of its own.
func (h *Header) look(s spot, text ir.Span, u *Units) {
	end := 0
	for i := range h.Fields {
		f := &h.Fields[i]
		end = f.Bit + f.Bits
		if f.Bit < s.bit+s.bits && s.bit < end {
			f.looked(text, u)
		}
	}
	if s.bit >= end {
		h.Fields = append(h.Fields, HeaderField{Name: fmt.Sprintf("bytes from %d", s.bit/8), Bit: s.bit, Bits: s.bits, Spans: []rpc.Span{}})
		h.Fields[len(h.Fields)-1].looked(text, u)
	}
}

func (f *HeaderField) looked(text ir.Span, u *Units) {
	f.Looked = true
	for _, span := range u.Spans(text) {
		for _, there := range f.Spans {
			if there == span {
				return
			}
		}
		f.Spans = append(f.Spans, span)
	}
}

// describe says in words what the nodes of a graph test, as far as it is a field of a known header.
func describe(g *ir.Graph, t linktype.Type) map[*ir.Node]string {
	says := map[*ir.Node]string{}
	holds := variables(g, t)
	follow(g, t, func(n *ir.Node, c known) {
		if _, done := says[n]; done || n.Kind != ir.Test || n.R.Op != ir.Const {
			return
		}
		if n.L.Op == ir.Var {
			if list := holds[n.L.K]; len(list) > 0 {
				says[n] = either(list) + " " + compared(n, list[0].show(n.R.K))
			}
			return
		}
		if n.L.Op == ir.Len {
			says[n] = "length on the wire " + compared(n, fmt.Sprint(n.R.K))
			return
		}
		load, mask := masked(n.L)
		if load == nil {
			return
		}
		if s, ok := c.spotOf(load, mask, t); ok {
			says[n] = s.name() + " " + compared(n, s.show(n.R.K))
		}
	})
	return says
}

// variables returns, by number, the fields that it may hold.
func variables(g *ir.Graph, t linktype.Type) map[uint32][]spot {
	holds := map[uint32][]spot{}
	follow(g, t, func(n *ir.Node, c known) {
		if n.Kind != ir.Assign {
			return
		}
		if load, mask := masked(n.L); load != nil {
			if s, ok := c.spotOf(load, mask, t); ok && !slices.Contains(holds[uint32(n.Var)], s) {
				holds[uint32(n.Var)] = append(holds[uint32(n.Var)], s)
			}
		}
	})
	return holds
}

// either names what may be looked at.
func either(list []spot) string {
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].name()
	}
	return strings.Join(names, " or ")
}

func compared(n *ir.Node, value string) string {
	switch n.Cmp {
	case ir.Gt:
		return "> " + value
	case ir.Ge:
		return "≥ " + value
	case ir.Set:
		return fmt.Sprintf("has a bit of %#x", n.R.K)
	}
	return "is " + value
}

// name is what the bits are called where there is little room.
func (s *spot) name() string {
	field := s.field()
	if s.header == "VLAN tag" {
		return "VLAN " + strings.TrimPrefix(field, "VLAN ")
	}
	return s.header + " " + field
}

// field names the fields that the bits belong to.
func (s *spot) field() string {
	bit, names := 0, ""
	for _, f := range layouts[s.header] {
		if bit < s.bit+s.bits && s.bit < bit+f.bits {
			if names != "" {
				names += ", "
			}
			names += f.name
		}
		bit += f.bits
	}
	if names == "" {
		names = fmt.Sprintf("byte %d", s.bit/8)
	}
	return names
}

// show writes a value as what it is.
func (s *spot) show(k uint32) string {
	names := map[string]map[uint32]string{"ether": etherTypes, "proto": protocols}[s.value]
	if name, ok := names[k]; ok && s.value == "proto" {
		return fmt.Sprintf("%s (%d)", name, k)
	} else if ok {
		return fmt.Sprintf("%s (%#x)", name, k)
	}
	if s.value == "address" {
		return netip.AddrFrom4([4]byte{byte(k >> 24), byte(k >> 16), byte(k >> 8), byte(k)}).String()
	}
	if s.bits >= 32 || s.value == "ether" {
		return fmt.Sprintf("%#x", k)
	}
	return fmt.Sprint(k)
}
