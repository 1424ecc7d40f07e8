package explain

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"bpfc/ast"
	"bpfc/codegen"
	"bpfc/linktype"
)

// says is what a primitive tests, as a phrase that follows "The filter keeps a packet
// where".
func says(c *codegen.Part) string {
	switch e := c.Expr.(type) {
	case *ast.Relation:
		return relation(e)
	case *ast.Qualified:
		return qualified(c, e)
	case *ast.Protocol:
		return protocol(c, e.Proto)
	case *ast.Test:
		return test(c, e)
	}
	return ast.Format(c.Expr)
}

// protocols says what a protocol's name alone asks for.
var protocols = map[ast.Proto]string{
	ast.IP: "the packet is IPv4", ast.IP6: "the packet is IPv6",
	ast.ARP: "the packet is ARP", ast.RARP: "the packet is RARP",
	ast.Atalk: "the packet is AppleTalk", ast.AARP: "the packet is AppleTalk ARP",
	ast.Decnet: "the packet is DECnet", ast.Lat: "the packet is DEC LAT", ast.Sca: "the packet is DEC SCA",
	ast.Moprc: "the packet is DEC MOP remote console", ast.Mopdl: "the packet is DEC MOP dump/load",
	ast.STP: "the packet is a spanning tree message (LLC address 0x42)",
	ast.IPX: "the packet is Novell IPX", ast.Netbeui: "the packet is NetBEUI (LLC address 0xf0)",
	ast.ISO:  "the packet is of an OSI protocol (LLC address 0xfe)",
	ast.ESIS: "the packet is of the OSI protocol ES-IS", ast.ISIS: "the packet is of the OSI protocol IS-IS",
	ast.CLNP: "the packet is of the OSI protocol CLNP",
	ast.L1:   "the packet is an IS-IS message of level 1", ast.L2: "the packet is an IS-IS message of level 2",
	ast.IIH: "the packet is an IS-IS hello", ast.LSP: "the packet is an IS-IS link state message",
	ast.SNP:  "the packet is an IS-IS sequence numbers message",
	ast.PSNP: "the packet is a partial IS-IS sequence numbers message",
	ast.CSNP: "the packet is a complete IS-IS sequence numbers message",
}

// overIP are the protocols over IP: the name, the number, and by which IP they are
// looked for ("": both).
var overIP = map[ast.Proto]struct {
	name   string
	number uint32
	over   string
}{
	ast.TCP: {"TCP", 6, ""}, ast.UDP: {"UDP", 17, ""}, ast.SCTP: {"SCTP", 132, ""}, ast.AH: {"AH", 51, ""},
	ast.ESP: {"ESP", 50, ""}, ast.PIM: {"PIM", 103, ""},
	ast.ICMP: {"ICMP", 1, "IPv4"}, ast.IGMP: {"IGMP", 2, "IPv4"}, ast.IGRP: {"IGRP", 9, "IPv4"},
	ast.VRRP: {"VRRP or CARP", 112, "IPv4"}, ast.CARP: {"VRRP or CARP", 112, "IPv4"}, ast.ICMP6: {"ICMPv6", 58, "IPv6"},
}

func protocol(c *codegen.Part, p ast.Proto) string {
	if s, ok := protocols[p]; ok {
		return s
	}
	o, ok := overIP[p]
	if !ok {
		return "the packet is " + p.String()
	}
	return "the packet is " + o.name + " over " + overWhich(o.over)
}

// overWhich says by which IP a protocol is looked for.
func overWhich(over string) string {
	switch over {
	case "IPv4":
		return over
	case "IPv6":
		return "IPv6, where it follows the fixed header or a fragment header"
	}
	return "IPv4 or IPv6 (there, where it follows the fixed header or a fragment header)"
}

// ends is how a direction names the ends of a packet.
func ends(d ast.Dir, what string) (subject, verb string) {
	switch d {
	case ast.Src:
		return "the source " + what, "is"
	case ast.Dst:
		return "the destination " + what, "is"
	case ast.SrcAndDst:
		return "both source and destination " + what, "are"
	case ast.RA:
		return "the receiver address", "is"
	case ast.TA:
		return "the transmitter address", "is"
	case ast.Addr1, ast.Addr2, ast.Addr3, ast.Addr4:
		return "the 802.11 address field " + strconv.Itoa(int(d-ast.Addr1)+1), "is"
	}
	return "the source or destination " + what, "is"
}

func qualified(c *codegen.Part, q *ast.Qualified) string {
	switch q.Type {
	case ast.Port, ast.PortRange:
		return ports(q)
	case ast.ProtoType:
		return protoField(q)
	case ast.ProtoChain:
		over := map[ast.Proto]string{ast.IP: "IPv4", ast.IP6: "IPv6"}[q.Proto]
		if over == "" {
			over = "IPv4 or IPv6"
		}
		return fmt.Sprintf("the packet is %s and protocol %s stands somewhere in its chain of headers", over, identifier(q.ID))
	case ast.Gateway:
		return fmt.Sprintf("the packet goes through %s without being from or for it: a link-layer address is its own, and neither IPv4 address is", identifier(q.ID))
	}
	return address(c, q)
}

// address is a phrase for host and net.
func address(c *codegen.Part, q *ast.Qualified) string {
	if q.Proto == ast.Link {
		subject, verb := ends(q.Dir, "link-layer address")
		return fmt.Sprintf("%s %s %s", subject, verb, identifier(q.ID))
	}
	subject, verb := ends(q.Dir, "address")
	if q.Proto == ast.ARP || q.Proto == ast.RARP {
		subject = strings.NewReplacer("source", "sender", "destination", "target").Replace(subject)
	}
	if q.Proto == ast.Decnet {
		return fmt.Sprintf("the packet is DECnet and %s %s %s", subject, verb, identifier(q.ID))
	}
	is, network := isNetwork(q)
	where := map[ast.Proto]string{ast.IP: "the packet is IPv4", ast.IP6: "the packet is IPv6", ast.ARP: "the packet is ARP", ast.RARP: "the packet is RARP"}[q.Proto]
	if where == "" {
		where = families(c, q.ID)
	}
	relation := verb + " " + is
	if network {
		relation = map[string]string{"is": "lies in ", "are": "lie in "}[verb] + is
	}
	return fmt.Sprintf("%s and %s %s", where, subject, relation)
}

// families says in which protocols an address without a protocol is looked for.
func families(c *codegen.Part, id ast.ID) string {
	switch id := id.(type) {
	case *ast.IPv6:
		return "the packet is IPv6"
	case *ast.Name:
		if c.Before.MPLS > 0 {
			return "the packet is IPv4 or IPv6"
		}
		if a, err := netip.ParseAddr(id.Text); err == nil && a.Is6() {
			return "the packet is IPv6"
		}
		return "the packet is IPv4, ARP, RARP or IPv6, as the name has addresses for,"
	}
	if c.Before.MPLS > 0 {
		return "the packet is IPv4"
	}
	return "the packet is IPv4, ARP or RARP"
}

// isNetwork names what an address is compared with, and tells whether that is more
// than one address.
func isNetwork(q *ast.Qualified) (text string, network bool) {
	switch id := q.ID.(type) {
	case *ast.IPv4:
		switch {
		case id.HasMask:
			return "the network " + id.Text + " mask " + id.MaskText, true
		case id.HasLen:
			return fmt.Sprintf("the network %s/%d", id.Text, id.Len), id.Len < 32
		case id.Parts < 4:
			return fmt.Sprintf("the network %s/%d", dotted(id.Addr<<(8*(4-id.Parts))), 8*id.Parts), true
		}
		return id.Text, false
	case *ast.IPv6:
		if id.HasLen && id.Len < 128 {
			return fmt.Sprintf("the network %s/%d", id.Addr, id.Len), true
		}
		return id.Addr.String(), false
	case *ast.Number:
		if q.Type == ast.Net {
			v, bits := id.Value, 32
			for v != 0 && v&0xff000000 == 0 {
				v, bits = v<<8, bits-8
			}
			return fmt.Sprintf("the network %s/%d", dotted(v), bits), bits < 32
		}
		return dotted(id.Value), false
	case *ast.Name:
		if q.Type == ast.Net {
			return "the network " + id.Text, true
		}
	}
	return identifier(q.ID), false
}

func identifier(id ast.ID) string {
	switch id := id.(type) {
	case *ast.MAC:
		return mac(id.Addr[:])
	case *ast.Number:
		return strconv.FormatUint(uint64(id.Value), 10)
	case *ast.ARCnet:
		return fmt.Sprintf("$%02x", id.Addr)
	}
	return ast.FormatID(id)
}

// ports is a phrase for port and portrange, with what they leave out.
func ports(q *ast.Qualified) string {
	kinds := "TCP, UDP or SCTP"
	if o, ok := overIP[q.Proto]; ok {
		kinds = o.name
	}
	subject, verb := ends(q.Dir, "port")
	what := identifier(q.ID)
	if q.Type == ast.PortRange {
		if low, high, ok := strings.Cut(what, "-"); ok {
			verb, what = map[string]string{"is": "lies", "are": "lie"}[verb], "between "+low+" and "+high
		}
	}
	return fmt.Sprintf("the packet is %s over IPv4 (and no fragment but the first) or IPv6 (without extension headers) and %s %s %s",
		kinds, subject, verb, what)
}

// protoField is a phrase for proto.
func protoField(q *ast.Qualified) string {
	number := identifier(q.ID)
	if n, ok := q.ID.(*ast.Number); ok {
		switch q.Proto {
		case ast.Link:
			number = named(n.Value, etherTypes, "%#04x")
		case ast.NoProto, ast.IP, ast.IP6:
			number = named(n.Value, ipProtocols, "%d")
		}
	}
	switch q.Proto {
	case ast.Link:
		return "the link layer announces protocol " + number
	case ast.IP:
		return "the packet is IPv4 and its protocol is " + number
	case ast.IP6:
		return "the packet is IPv6 and its next header is " + number + ", or is a fragment header that announces that"
	case ast.ISO:
		return "the packet is of OSI and its protocol is " + number
	case ast.ISIS:
		return "the packet is IS-IS and its type is " + number
	}
	return "the packet is of IP protocol " + number + " over " + overWhich("")
}

var relationWords = map[ast.RelOp]string{
	ast.Eq: "is", ast.Ne: "is not", ast.Lt: "is less than", ast.Le: "is at most", ast.Gt: "is greater than", ast.Ge: "is at least",
}

// relation is a phrase for a comparison, with the headers that it needs.
func relation(r *ast.Relation) string {
	s := fmt.Sprintf("%s %s %s", arith(r.L), relationWords[r.Op], arith(r.R))
	var needs []string
	ast.Walk(r, func(n ast.Node) bool {
		if l, ok := n.(*ast.Load); ok {
			if need := implied(l.Proto); need != "" && !slices.Contains(needs, need) {
				needs = append(needs, need)
			}
		}
		return true
	})
	if len(needs) == 0 {
		return s
	}
	return enumerate(needs, "and") + ", and " + s
}

// implied says what must hold of a packet before the data of a protocol are looked at.
func implied(p ast.Proto) string {
	switch p {
	case ast.VLANTag:
		return "the packet has a VLAN tag here"
	case ast.ICMP6:
		return "the packet is ICMPv6 right behind the fixed IPv6 header"
	}
	if o, ok := overIP[p]; ok {
		return "the packet is " + o.name + " over IPv4 and no fragment but the first"
	}
	return protocols[p]
}

// arith is a number in words where it is simple, and else as it is written.
func arith(a ast.Arith) string {
	switch a := a.(type) {
	case *ast.Num:
		return number(a.Value)
	case *ast.Len:
		return "the length on the wire"
	case *ast.Load:
		if n, ok := a.Index.(*ast.Num); ok {
			return load(a, n.Value)
		}
	case *ast.Binary:
		l, simple := a.L.(*ast.Load)
		m, constant := a.R.(*ast.Num)
		if simple && constant && a.Op == ast.BitAnd {
			if _, ok := l.Index.(*ast.Num); ok {
				return fmt.Sprintf("%s under the mask %#x", arith(l), m.Value)
			}
		}
	}
	return "the value of " + ast.FormatArith(a)
}

// headers is whose bytes proto[…] addresses.
var headers = map[ast.Proto]string{
	ast.Link: "the frame", ast.IP: "the IPv4 header", ast.IP6: "the IPv6 header", ast.ICMP6: "the ICMPv6 header",
	ast.Radio: "the radio header", ast.VLANTag: "what the outermost tag holds",
}

func load(l *ast.Load, at uint32) string {
	of := headers[l.Proto]
	if of == "" {
		of = "the " + strings.ToUpper(l.Proto.String()) + " header"
	}
	if l.Size <= 1 {
		return fmt.Sprintf("byte %d of %s", at, of)
	}
	return fmt.Sprintf("the number in bytes %d to %d of %s", at, at+l.Size-1, of)
}

// operand is the argument of a test as a phrase, with its operator.
func operand(t *ast.Test, from int) string {
	ops := map[ast.TestOp]string{
		ast.OpNone: "is", ast.OpEq: "is", ast.OpNe: "is not", ast.OpLt: "is less than", ast.OpLe: "is at most",
		ast.OpGt: "is greater than", ast.OpGe: "is at least",
	}
	var values []string
	for i := from; i < len(t.Args); i++ {
		values = append(values, argument(&t.Args[i]))
	}
	return ops[t.Op] + " " + enumerate(values, "or")
}

func argument(a *ast.Arg) string {
	if a.Word != "" {
		return a.Word
	}
	return strconv.FormatUint(uint64(a.Num), 10)
}

// encapsulations say what a tag, label or tunnel is, and what its number is called.
var encapsulations = map[ast.TestKind]struct{ is, number string }{
	ast.VLAN:   {"the packet has a VLAN tag here (type 0x8100, 0x88a8 or 0x9100)", "its ID"},
	ast.MPLS:   {"the packet has an MPLS label here", "it"},
	ast.PPPoES: {"the packet is of a PPPoE session", "its ID"},
	ast.Geneve: {"the packet is Geneve (UDP to port 6081, version 0; over IPv4 no fragment but the first)", "its network identifier"},
	ast.VXLAN:  {"the packet is VXLAN (UDP to port 4789 with the flag of an identifier; over IPv4 no fragment but the first)", "its network identifier"},
	ast.GTP:    {"the packet is GTP-U (UDP to port 2152, version 1, a message that carries a packet)", "its tunnel endpoint identifier"},
}

// otherPort is the usual port of a tunnel in its phrase.
var otherPort = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`to port \d+`) })

// numbers is a test without the port of its tunnel.
func numbers(t *ast.Test) string {
	c := *t
	c.Port = 0
	return ast.Format(&c)
}

// fields are tests of one field: what it is called.
var fields = map[ast.TestKind]string{
	ast.ATMVPI: "the ATM virtual path", ast.ATMVCI: "the ATM virtual circuit",
	ast.MTPSio: "the SS7 service information octet", ast.MTPOpc: "the SS7 originating point code",
	ast.MTPDpc: "the SS7 destination point code", ast.MTPSls: "the SS7 link selection",
	ast.MTPHSio: "the SS7 service information octet (high speed)", ast.MTPHOpc: "the SS7 originating point code (high speed)",
	ast.MTPHDpc: "the SS7 destination point code (high speed)", ast.MTPHSls: "the SS7 link selection (high speed)",
	ast.PFIfname: "the interface that the packet filter logged", ast.PFRuleset: "the rule set that the packet filter logged",
	ast.PFRule: "the rule that the packet filter logged", ast.PFSubrule: "the rule within its rule set that the packet filter logged",
	ast.PFReason: "the reason that the packet filter logged", ast.PFAction: "the action that the packet filter logged",
	ast.IfIndex: "the number of the interface",
	ast.WLANDir: "the direction bits of the 802.11 frame",
}

// kinds are tests that have no operand.
var kinds = map[ast.TestKind]string{
	ast.Inbound: "the packet came in", ast.Outbound: "the packet went out",
	ast.PPPoED: "the packet is of PPPoE discovery",
	ast.GRE:    "the packet is GRE (IP protocol 47) of version 0", ast.IPIP: "the packet carries IP (IP protocol 4 or 41)",
	ast.ATMLane: "the ATM frame is LAN emulation", ast.ATMMetac: "the ATM cell is of meta signalling",
	ast.ATMBcc: "the ATM cell is of the broadcast signalling circuit", ast.ATMOamF4EC: "the ATM cell is an end-to-end OAM F4 flow",
	ast.ATMOamF4SC: "the ATM cell is a segment OAM F4 flow", ast.ATMSc: "the ATM cell is of point-to-point signalling",
	ast.ATMIlmic: "the ATM cell is of ILMI", ast.ATMOam: "the ATM cell is an OAM flow", ast.ATMOamF4: "the ATM cell is an OAM F4 flow",
	ast.ATMConnectMsg: "the ATM frame is a connection message of signalling", ast.ATMMetaConnect: "the ATM frame is a connection message of meta signalling",
	ast.MTPFisu: "the SS7 signal unit is a fill-in", ast.MTPLssu: "the SS7 signal unit is a link status", ast.MTPMsu: "the SS7 signal unit is a message",
	ast.MTPHFisu: "the high-speed SS7 signal unit is a fill-in", ast.MTPHLssu: "the high-speed SS7 signal unit is a link status",
	ast.MTPHMsu: "the high-speed SS7 signal unit is a message",
}

func test(c *codegen.Part, t *ast.Test) string {
	if e, ok := encapsulations[t.Kind]; ok {
		if t.Kind == ast.MPLS && c.Before.MPLS > 0 {
			e.is = "another MPLS label follows the one before"
		}
		if t.Port != 0 {
			e.is = otherPort().ReplaceAllString(e.is, fmt.Sprintf("to port %d", t.Port))
		}
		if len(t.Args) == 0 {
			return e.is
		}
		if a := t.Args[0]; len(t.Args) > 1 || a.To > a.Num {
			return e.is + " and " + e.number + " is " + strings.TrimPrefix(numbers(t), t.Kind.String()+" ")
		}
		return e.is + " and " + e.number + " " + operand(t, 0)
	}
	if s, ok := fields[t.Kind]; ok {
		return s + " " + operand(t, 0)
	}
	if s, ok := kinds[t.Kind]; ok {
		return s
	}
	switch t.Kind {
	case ast.Broadcast:
		if t.Proto == ast.IP {
			return "the packet is IPv4 and its destination is the network's broadcast address (host part all ones or all zeros)"
		}
		return "the link-layer destination is the broadcast address"
	case ast.Multicast:
		switch t.Proto {
		case ast.IP:
			return "the packet is IPv4 and its destination is a multicast address (224.0.0.0 and above)"
		case ast.IP6:
			return "the packet is IPv6 and its destination is a multicast address (it begins with ff)"
		}
		return "the link-layer destination has the group bit set (broadcast included)"
	case ast.Less:
		return "the length on the wire is at most " + number(t.Args[0].Num)
	case ast.Greater:
		return "the length on the wire is at least " + number(t.Args[0].Num)
	case ast.Byte:
		return byteTest(t)
	case ast.WLANType, ast.WLANSubtype:
		return wlan(t)
	case ast.LLC:
		if len(t.Args) == 0 {
			return "the frame has an LLC header"
		}
		return "the frame has an LLC header and its control field is of kind " + argument(&t.Args[0])
	}
	return ast.Format(t)
}

func byteTest(t *ast.Test) string {
	field := "byte " + number(t.Args[0].Num) + " of the frame"
	switch v := t.Args[1].Num; t.Op {
	case ast.OpAnd:
		return fmt.Sprintf("%s has any of the bits %#x", field, v)
	case ast.OpOr:
		return fmt.Sprintf("%s has a bit, or %#x has", field, v)
	case ast.OpLt:
		return fmt.Sprintf("%s is less than %d", field, v)
	case ast.OpGt:
		return fmt.Sprintf("%s is greater than %d", field, v)
	default:
		return fmt.Sprintf("%s is %d", field, v)
	}
}

func wlan(t *ast.Test) string {
	if t.Kind == ast.WLANSubtype {
		return "the 802.11 frame is of subtype " + argument(&t.Args[0])
	}
	s := "the 802.11 frame is of type " + argument(&t.Args[0])
	if len(t.Args) > 1 {
		s += " and subtype " + argument(&t.Args[1])
	}
	return s
}

// describe names a link-layer type for people.
func describe(t linktype.Type) string {
	if d := t.Description(); d != "" {
		return t.String() + " (" + d + ")"
	}
	return t.String()
}

func number(n uint32) string {
	if n < 10000 {
		return strconv.FormatUint(uint64(n), 10)
	}
	return fmt.Sprintf("%d (%#x)", n, n)
}

func dotted(a uint32) string {
	return netip.AddrFrom4([4]byte{byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a)}).String()
}

func mac(b []byte) string {
	parts := make([]string, len(b))
	for i, c := range b {
		parts[i] = fmt.Sprintf("%02x", c)
	}
	return strings.Join(parts, ":")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// enumerate joins a list as a sentence does.
func enumerate(list []string, last string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " " + last + " " + list[len(list)-1]
}
