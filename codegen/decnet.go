package codegen

import (
	"math/bits"
	"strconv"
	"strings"

	"bpfc/ast"
	"bpfc/diag"
)

// decnet generates "decnet host area.node".
func (g *generator) decnet(q *ast.Qualified) *cond {
	ip, isAddress := q.ID.(*ast.IPv4)
	number, isNumber := q.ID.(*ast.Number)
	t := q.Type
	if t == ast.NoType {
		t = ast.Host
	}
	if !isAddress && !isNumber || isAddress && (ip.HasLen || ip.HasMask) {
		g.badQualifier(ast.Decnet, t.String())
		return g.hint("a DECnet address is written as area.node")
	}
	if g.wirelessOnly(q.Dir) {
		return condFalse
	}
	if t != ast.Host {
		return g.badQualifier(ast.Decnet, t.String())
	}
	if isNumber {
		g.fail(diag.Range, "%d is not a DECnet address", number.Value)
		return g.hint("a DECnet address is written as area.node")
	}
	addr, ok := decnetAddress(ip.Text)
	if !ok {
		g.fail(diag.Range, "%s is not a DECnet address", ip.Text)
		return g.hint("an area is at most 63, a node at most 1023")
	}
	carries := g.carries(etherDECnet)
	return g.and(carries, g.either(q.Dir,
		func() *cond { return g.decnetSource(addr) },
		func() *cond { return g.decnetDestination(addr) }))
}

func decnetAddress(s string) (uint16, bool) {
	a, n, _ := strings.Cut(s, ".")
	area, err := strconv.ParseUint(a, 10, 16)
	node, err2 := strconv.ParseUint(n, 10, 16)
	if err != nil || err2 != nil || area > 63 || node > 1023 {
		return 0, false
	}
	return uint16(area)<<10 | uint16(node), true
}

// A DECnet message starts with a 2-byte length. Then comes the header, or one
// byte of padding (0x81) and the header, whose first byte tells the short
// format (2) from the long one (6). Addresses are little-endian.

// decnetSource tests the source: at 3 of a short header, at 15 of a long one.
func (g *generator) decnetSource(addr uint16) *cond {
	a := uint32(bits.ReverseBytes16(addr))
	at := func(off uint32) *cond { return g.is(fromNet, off, 2, a) }
	return g.anyOf(
		g.and(g.masked(fromNet, 2, 1, 2, 7), at(5)),
		g.and(g.masked(fromNet, 2, 2, 0x8102, 0xff07), at(6)),
		g.and(g.masked(fromNet, 2, 1, 6, 7), at(17)),
		g.and(g.masked(fromNet, 2, 2, 0x8106, 0xff07), at(18)))
}

// decnetDestination tests the destination: at 1 of a short header, at 7 of a
// long one. In the short header it is within one word of the flags.
func (g *generator) decnetDestination(addr uint16) *cond {
	a := uint32(bits.ReverseBytes16(addr))
	at := func(off uint32) *cond { return g.is(fromNet, off, 2, a) }
	return g.anyOf(
		g.masked(fromNet, 2, 4, 0x02000000|a<<8, 0x07ffff00),
		g.masked(fromNet, 2, 4, 0x81020000|a, 0xff07ffff),
		g.and(g.masked(fromNet, 2, 1, 6, 7), at(9)),
		g.and(g.masked(fromNet, 2, 2, 0x8106, 0xff07), at(10)))
}
