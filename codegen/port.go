package codegen

import (
	"regexp"
	"strings"

	"bpfc/ast"
	"bpfc/diag"
	"bpfc/ir"
	"bpfc/names"
)

// anyTransport stands for TCP, UDP and SCTP, the protocols that have ports.
const anyTransport = 0

var transports = map[ast.Proto]uint32{ast.NoProto: anyTransport, ast.TCP: ipTCP, ast.UDP: ipUDP, ast.SCTP: ipSCTP}

var transportNames = map[uint32]string{ipTCP: "tcp", ipUDP: "udp", ipSCTP: "sctp"}

func (g *generator) portProtocol(p ast.Proto, t ast.Type) (uint32, bool) {
	n, ok := transports[p]
	if !ok {
		g.badQualifier(p, t.String())
		g.hint("only tcp, udp and sctp have ports")
	}
	return n, ok
}

// ports tests for a range of ports over IPv6 or IPv4. Of IPv4, only packets
// with fragment offset 0 are looked at; of IPv6, only those whose transport
// header follows the fixed header at once.
func (g *generator) ports(d ast.Dir, t ast.Type, protocol uint32, low, high uint16) *cond {
	switch d {
	case ast.NoDir, ast.Src, ast.Dst, ast.SrcOrDst, ast.SrcAndDst:
	default:
		return g.fail(diag.Qualifier, "'%s' does not apply to '%s'", d, t)
	}
	if g.extended() {
		is := g.opts.Layers.hooks.carriesTransport(g, protocol)
		return g.and(is, g.portPair(fromTransport, d, low, high))
	}
	v6 := g.ports6(d, protocol, low, high)
	return g.or(v6, g.ports4(d, protocol, low, high))
}

func (g *generator) ports4(d ast.Dir, protocol uint32, low, high uint16) *cond {
	ip := g.carries(etherIP)
	is := g.transportIs(ip4ProtoOff, protocol)
	first := g.not(g.anyBit(fromNet, ip4FragOff, 2, 0x1fff))
	return g.allOf(ip, is, first, g.portPair(fromTransport4, d, low, high))
}

func (g *generator) ports6(d ast.Dir, protocol uint32, low, high uint16) *cond {
	ip6 := g.carries(etherIPv6)
	is := g.transportIs(ip6ProtoOff, protocol)
	return g.allOf(ip6, is, g.portPair(fromTransport6, d, low, high))
}

func (g *generator) transportIs(off, protocol uint32) *cond {
	if protocol != anyTransport {
		return g.is(fromNet, off, 1, protocol)
	}
	return g.anyOf(g.is(fromNet, off, 1, ipTCP), g.is(fromNet, off, 1, ipUDP), g.is(fromNet, off, 1, ipSCTP))
}

func (g *generator) portPair(from base, d ast.Dir, low, high uint16) *cond {
	const srcPort, dstPort = 0, 2
	return g.either(d,
		func() *cond { return g.portAt(from, srcPort, low, high) },
		func() *cond { return g.portAt(from, dstPort, low, high) })
}

func (g *generator) portAt(from base, off uint32, low, high uint16) *cond {
	if low == high {
		return g.is(from, off, 2, uint32(low))
	}
	low, high = min(low, high), max(low, high)
	e := g.load(from, off, 2)
	return g.and(g.compare(ir.Ge, e, g.graph.Const(uint32(low))), g.not(g.compare(ir.Gt, e, g.graph.Const(uint32(high)))))
}

// service looks a port up by name. A name that TCP and UDP share stands for
// both, and then for SCTP too, as in libpcap.
func (g *generator) service(name string) (port uint16, protocol uint32, ok bool) {
	if n, ok := names.LiteralPort(name); ok {
		return n, anyTransport, true
	}
	entries, err := g.opts.Names.Port(g.ctx, name)
	if err != nil {
		g.unknownName("port", name, err)
		return 0, 0, false
	}
	find := func(proto string) (uint16, bool) {
		for _, e := range entries {
			if e.Proto == proto {
				return e.Port, true
			}
		}
		return 0, false
	}
	tcp, hasTCP := find("tcp")
	udp, hasUDP := find("udp")
	switch {
	case hasTCP && hasUDP && tcp == udp:
		return tcp, anyTransport, true
	case hasTCP:
		return tcp, ipTCP, true
	case hasUDP:
		return udp, ipUDP, true
	}
	g.fail(diag.Unknown, "unknown port '%s': no TCP or UDP service of that name", name)
	return 0, 0, false
}

func (g *generator) portByName(q *ast.Qualified, name string) *cond {
	want, ok := g.portProtocol(q.Proto, q.Type)
	if !ok {
		return condFalse
	}
	port, has, ok := g.service(name)
	if !ok {
		return g.rangeHint(q, name)
	}
	if !g.agree(name, want, &has) {
		return condFalse
	}
	return g.ports(q.Dir, q.Type, has, port, port)
}

// rangeHint says how a range of ports is written that stands behind port.
func (g *generator) rangeHint(q *ast.Qualified, name string) *cond {
	ends := regexp.MustCompile(`^(\d+)(?:-|\.\.\.?)(\d+)$`).FindStringSubmatch(name)
	if ends == nil {
		return condFalse
	}
	r := *q
	r.Type, r.ID = ast.PortRange, &ast.Name{Text: ends[1] + "-" + ends[2]}
	return g.hint(`write "%s"`, ast.Format(&r))
}

// agree narrows the protocols of a service to the qualifier's.
func (g *generator) agree(name string, want uint32, has *uint32) bool {
	if want == anyTransport {
		return true
	}
	if *has != anyTransport && *has != want {
		g.fail(diag.Qualifier, "port '%s' is a service of %s only", name, transportNames[*has])
		return false
	}
	*has = want
	return true
}

// portRangeByName takes "first-last" apart, each a number or a service.
func (g *generator) portRangeByName(q *ast.Qualified, text string) *cond {
	want, ok := g.portProtocol(q.Proto, q.Type)
	if !ok {
		return condFalse
	}
	first, last, found := strings.Cut(text, "-")
	switch {
	case !found:
		return g.fail(diag.Syntax, "'%s' is not a port range: it has no hyphen", text)
	case strings.Contains(last, "-"):
		g.fail(diag.Syntax, "'%s' has more than one hyphen", text)
		return g.hint("give services whose names have hyphens as numbers")
	case first == "":
		return g.fail(diag.Syntax, "port range '%s' has no first port", text)
	}
	low, protocol, ok := g.rangePort(first, want)
	if !ok {
		return condFalse
	}
	if last == "" {
		return g.fail(diag.Syntax, "port range '%s' has no last port", text)
	}
	high, protocolOfLast, ok := g.rangePort(last, want)
	if !ok {
		return condFalse
	}
	if protocol != protocolOfLast {
		protocol = anyTransport
	}
	if !g.atMost("port number", low, 0xffff) || !g.atMost("port number", high, 0xffff) {
		return condFalse
	}
	return g.ports(q.Dir, q.Type, protocol, uint16(low), uint16(high))
}

// rangePort reads an end of a range: a number, which every protocol has, or a
// service, which must be one of the protocol wanted.
func (g *generator) rangePort(s string, want uint32) (port, protocol uint32, ok bool) {
	if n, ok := parseNumber(s); ok {
		return n, want, true
	}
	p, protocol, ok := g.service(s)
	return uint32(p), protocol, ok && g.agree(s, want, &protocol)
}
