package codegen

import (
	"bpfc/ast"
	"bpfc/diag"
	"bpfc/ir"
	"bpfc/linktype"
)

// IP protocol numbers (IANA).
const (
	ipTCP      = 6
	ipUDP      = 17
	ipFragment = 44
	ipICMP6    = 58
	ipSCTP     = 132
)

// Offsets in IP headers (RFC 791, RFC 8200).
const (
	ip4ProtoOff = 9
	ip4FragOff  = 6
	ip4SrcOff   = 12
	ip4DstOff   = 16
	ip6ProtoOff = 6
	ip6SrcOff   = 8
	ip6DstOff   = 24
)

// ipProtocol is a protocol over IP by number, and by which IP it is looked for
// (NoProto: both).
type ipProtocol struct {
	over   ast.Proto
	number uint32
}

var ipProtocols = map[ast.Proto]ipProtocol{
	ast.SCTP: {ast.NoProto, ipSCTP}, ast.TCP: {ast.NoProto, ipTCP}, ast.UDP: {ast.NoProto, ipUDP},
	ast.AH: {ast.NoProto, 51}, ast.ESP: {ast.NoProto, 50}, ast.PIM: {ast.NoProto, 103},
	ast.ICMP: {ast.IP, 1}, ast.IGMP: {ast.IP, 2}, ast.IGRP: {ast.IP, 9}, ast.VRRP: {ast.IP, 112}, ast.CARP: {ast.IP, 112},
	ast.ICMP6: {ast.IP6, ipICMP6},
}

var isoProtocols = map[ast.Proto]uint32{ast.ESIS: nlpidESIS, ast.ISIS: nlpidISIS, ast.CLNP: nlpidCLNP}

// IS-IS PDU types (ISO/IEC 10589).
const (
	isisL1Hello = 15
	isisL2Hello = 16
	isisPTP     = 17
	isisL1LSP   = 18
	isisL2LSP   = 20
	isisL1CSNP  = 24
	isisL2CSNP  = 25
	isisL1PSNP  = 26
	isisL2PSNP  = 27
	isisMask    = 0x1f
)

var isisTypes = map[ast.Proto][]uint32{
	ast.L1:   {isisL1PSNP, isisL1CSNP, isisL1LSP, isisL1Hello, isisPTP},
	ast.L2:   {isisL2PSNP, isisL2CSNP, isisL2LSP, isisL2Hello, isisPTP},
	ast.IIH:  {isisPTP, isisL1Hello, isisL2Hello},
	ast.LSP:  {isisL1LSP, isisL2LSP},
	ast.SNP:  {isisL2PSNP, isisL1PSNP, isisL1CSNP, isisL2CSNP},
	ast.CSNP: {isisL1CSNP, isisL2CSNP},
	ast.PSNP: {isisL1PSNP, isisL2PSNP},
}

// abbreviation generates a protocol's name that stands alone.
func (g *generator) abbreviation(p ast.Proto) *cond {
	if t, ok := etherTypes[p]; ok {
		return g.carries(t)
	}
	if s, ok := saps[p]; ok {
		return g.carries(s)
	}
	if i, ok := ipProtocols[p]; ok {
		return g.proto(i.over, i.number)
	}
	if n, ok := isoProtocols[p]; ok {
		return g.proto(ast.ISO, n)
	}
	if types, ok := isisTypes[p]; ok {
		c := condFalse
		for _, t := range types {
			c = g.or(c, g.proto(ast.ISIS, t))
		}
		return c
	}
	g.fail(diag.Qualifier, "'%s' alone tests nothing", p)
	return g.hint("write %s[offset:size], or a qualified primitive", p)
}

// proto generates "p proto v": the protocol field of p's header is v.
func (g *generator) proto(p ast.Proto, v uint32) *cond {
	if g.extended() && (p == ast.NoProto || p == ast.IP6) {
		return g.opts.Layers.hooks.proto(g, p, v)
	}
	switch p {
	case ast.NoProto:
		v4 := g.proto(ast.IP, v)
		return g.or(v4, g.proto(ast.IP6, v))
	case ast.Link:
		return g.carries(v)
	case ast.IP:
		if !g.atMost("IP protocol number", v, 0xff) {
			return condFalse
		}
		ip := g.carries(etherIP)
		return g.and(ip, g.is(fromNet, ip4ProtoOff, 1, v))
	case ast.IP6:
		if !g.atMost("IP protocol number", v, 0xff) {
			return condFalse
		}
		ip6 := g.carries(etherIPv6)
		// Directly, or behind a fragment header.
		fragment := g.and(g.is(fromNet, ip6ProtoOff, 1, ipFragment), g.is(fromNet, ip6HeaderLen, 1, v))
		return g.and(ip6, g.or(g.is(fromNet, ip6ProtoOff, 1, v), fragment))
	case ast.ISO:
		if !g.atMost("ISO protocol", v, 0xff) {
			return condFalse
		}
		return g.isoProto(v)
	case ast.ISIS:
		if !g.atMost("IS-IS PDU type", v, isisMask) {
			return condFalse
		}
		isis := g.isoProto(nlpidISIS)
		off := uint32(4)
		if g.layout.Protocol == linktype.HDLCField {
			off++
		}
		return g.and(isis, g.masked(fromNetLLC, off, 1, v, isisMask))
	}
	return g.badQualifier(p, "proto")
}

// isoProto tests for an OSI protocol by its network layer protocol identifier.
func (g *generator) isoProto(v uint32) *cond {
	switch g.layout.Protocol {
	case linktype.FrameRelayNLPID:
		return g.frameRelayNLPID(v)
	case linktype.HDLCField:
		// Cisco HDLC puts a byte of padding before it.
		iso := g.carries(sapISO<<8 | sapISO)
		return g.and(iso, g.is(fromNetLLC, 1, 1, v))
	}
	iso := g.carries(sapISO)
	return g.and(iso, g.is(fromNetLLC, 0, 1, v))
}

// protoChain generates "p protochain v": v is somewhere in the chain of
// protocol headers. Its loop takes a scratch word; without p libpcap keeps one
// more to the end of the program, so that there can be 15 of them.
func (g *generator) protoChain(p ast.Proto, v uint32) *cond {
	g.takeScratch()
	if p != ast.NoProto {
		defer g.freeScratch()
	}
	switch p {
	case ast.IP, ast.IP6:
	case ast.NoProto:
		v4 := g.protoChain(ast.IP, v)
		return g.or(v4, g.protoChain(ast.IP6, v))
	default:
		return g.badQualifier(p, "protochain")
	}
	if !g.atMost("IP protocol number", v, 0xff) {
		return condFalse
	}
	if g.payload.v != nil {
		return g.fail(diag.Unsupported, "protochain is not possible behind headers of variable length")
	}
	info := ir.ChainInfo{IPv6: p == ast.IP6, Base: g.payload.k + g.net, Proto: v}
	g.loops = true
	carries := g.carries(etherTypes[p])
	walk := g.cond(isLoop)
	walk.loop, walk.text = &info, g.text()
	return g.and(carries, walk)
}

// badQualifier refuses a protocol qualifier that a primitive does not take.
func (g *generator) badQualifier(p ast.Proto, what string) *cond {
	return g.fail(diag.Qualifier, "'%s' does not apply to '%s'", p, what)
}

// badAddress refuses an address behind a protocol that has none of its family.
func (g *generator) badAddress(p, right ast.Proto, family string) *cond {
	g.fail(diag.Qualifier, "'%s' does not apply to an %s address", p, family)
	switch p {
	case ast.IP, ast.IP6, ast.ARP, ast.RARP, ast.Link, ast.Decnet:
		return g.hint("write %s instead of %s, or neither", right, p)
	}
	return g.hint("it has no addresses of its own; write '%s and host …'", p)
}
